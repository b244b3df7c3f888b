"""One changed byte anywhere is found and named."""

from __future__ import annotations

from typing import Any

import pymerkle
import pytest

from silkport.node.transparency.audit import audit
from tests.node.audits import change, found, look, one_found
from tests.node.lively import lively

KEYS = {
    "outbox": "peer seq",
    "inbox": "peer seq",
    "event": "id n",
    "act": "about n",
    "dossier": "kind id",
    "disclosure": "peer seq",
    "disclosed_party": "party peer seq",
    "log_run": "first",
    "log_block": "block",
    "log_frontier": "one",
    "log_head": "origin size",
    "evidence": "peer direction last",
    "declaration": "id",
    "said": "peer about kind",
    "parked": "peer seq",
    "register": "pair",
    "person": "token",
    "person_key": "token",
    "own_key": "key_id",
    "peer_key": "peer key_id",
    "peer": "peer",
}
"""The key of each table that is audited."""

UNPROVEN = {
    "inbox": "at",
    "log_frontier": "one",
    "declaration": "guid filed_at due_at due_then due_known held",
    "dossier": "due_at",
    "said": "at",
    "parked": "about code reason at",
    "person": "since",
    "person_key": "token",
    "own_key": "state since",
    "peer_key": "since stop",
    "peer": "administration name competence url state reason considered_there failures next_try "
    "last_error last_heard settled_for asks_since",
}
"""Columns of these tables of which nothing is logged."""

UNAUDITED = frozenset(
    "meta migration own_key_told incident removed person_case version sqlite_sequence "
    "unnumbered regained restoration lost_head dossier_link".split()
)
"""Tables of which nothing is logged: settings, marks, what operators are told."""

NAMED_ELSEWHERE = {
    ("peer", "peer"): "evidence",
    ("peer_key", "peer"): "log_head",
    ("person_key", "sealed"): "person",
}
"""What is gone is missed where something of it is left."""


def flipped(value: Any, far: bool) -> Any:
    """The value with one byte changed; a number in a key so that it meets no other row."""
    if isinstance(value, int):
        return value + (10**6 if far else 1)
    middle = len(value) // 2
    if not value:
        return b"x" if isinstance(value, bytes) else "x"
    if isinstance(value, bytes):
        return value[:middle] + bytes([value[middle] ^ 1]) + value[middle + 1 :]
    return value[:middle] + chr(ord(value[middle]) ^ 1) + value[middle + 1 :]


def audited_columns() -> list[tuple[str, str, str]]:
    """Node, table and column of everything that is audited and of which there is a row."""
    world, cases = lively(), []
    for table, key in KEYS.items():
        holder = next(name for name in ("zz", "cn") if world.rows(name, f"select * from {table}"))
        columns = [row[1] for row in world.rows(holder, f"pragma table_info({table})")]
        without = UNPROVEN.get(table, "").split()
        assert set(key.split()) | set(without) <= set(columns), table
        cases += [(holder, table, column) for column in columns if column not in without]
    return cases


def test_every_table_is_audited_or_said_not_to_be() -> None:
    tables = lively().rows("cn", "select name from sqlite_master where type = 'table'")
    assert {row[0] for row in tables} == KEYS.keys() | UNAUDITED


def test_a_lively_pair_is_as_it_was() -> None:
    world = lively()
    for name in world.nodes:
        before = world.state_of(name)
        seen: dict[str, int] = {}
        result = audit(world.node(name), seen.__setitem__)
        assert result.is_sound, result.faults
        assert world.state_of(name) == before
        assert seen["log"] == result.size
        assert sum(result.leaves.values()) == result.size > 256
        assert min(result.batches, result.own_heads, result.peer_heads, result.registers) > 0
    assert look(world, "zz").declarations == 5
    assert look(world, "cn").leaves["disclosed"] >= 4


def test_the_root_is_that_of_another_implementation() -> None:
    world = lively()
    tables = {
        "sent": ("outbox", "peer", "seq", "bytes"),
        "received": ("inbox", "peer", "seq", "bytes"),
    }
    tables |= {"event": ("event", "id", "n", "record"), "act": ("act", "about", "n", "record")}
    tables |= {"disclosed": ("disclosure", "peer", "seq", "record")}
    for name in world.nodes:
        tree = pymerkle.InmemoryTree(algorithm="sha256")
        runs = world.rows(name, "select kind, about, ordinal, count from log_run order by first")
        for kind, about, ordinal, count in runs:
            table, key, number, content = tables[kind]
            sql = f"select {content} from {table} where {key} = ? and {number} >= ? limit ?"
            for row in world.rows(name, sql, about, ordinal, count):
                tree.append_entry(row[0])
        assert tree.get_root() == look(world, name).root


@pytest.mark.parametrize(("name", "table", "column"), audited_columns())
@pytest.mark.parametrize("place", ["first", "last"])
def test_one_changed_byte(name: str, table: str, column: str, place: str) -> None:
    world, key = lively(), KEYS[table].split()
    order = ", ".join(f"{one} {'desc' if place == 'last' else ''}" for one in key)
    columns = ", ".join([*key, column])
    (row,) = world.rows(name, f"select {columns} from {table} order by {order} limit 1")
    where = " and ".join(f"{one} = ?" for one in key)
    value = flipped(row[-1], column in key)
    change(world, name, f"update {table} set {column} = ? where {where}", value, *row[:-1])
    faults = found(world, name)
    told = " ".join(map(str, faults))
    table = NAMED_ELSEWHERE.get((table, column), table)
    if column in key:
        assert table in told
    else:
        assert f"{table} {' '.join(map(str, row[:-1]))}" in told


@pytest.mark.parametrize(
    ("name", "sql", "fault"),
    [
        (
            "zz",
            "update outbox set bytes = bytes || ' ' where seq = 9",
            "outbox cn 9: its content is not what was logged as leaf {leaf}, in log_run {leaf}",
        ),
        (
            "zz",
            "update outbox set leaf = zeroblob(32) where seq = 9",
            "outbox cn 9: its leaf column is not the hash of its bytes",
        ),
        (
            "zz",
            "update log_run set hashes = zeroblob(32) where kind = 'sent' and ordinal = 9",
            "log_run {leaf}: its leaf {leaf} is not the hash of outbox cn 9",
        ),
        (
            "zz",
            "update log_block set hash = zeroblob(32)",
            "log_block 0: it is not the hash of leaves 0 to 255",
        ),
        (
            "zz",
            "update log_head set at = at + 1 where size = (select max(size) from log_head)",
            "log_head cn {size}: it is not signed by a key of its node",
        ),
        (
            "zz",
            "update declaration set state = 'released' where state = 'withdrawn'",
            "declaration {case}: its state is not what its events say",
        ),
        (
            "cn",
            "update register set content = content || ' '",
            "register cn_zz: it is not what counsel signed",
        ),
        (
            "cn",
            "delete from disclosed_party where seq = 1 and party = '{party}'",
            "disclosed_party {party} zz 1: it is not there; the disclosure names this party",
        ),
    ],
)
def test_what_is_said_of_a_change(name: str, sql: str, fault: str) -> None:
    world = lively()
    facts = {
        fact: world.rows(of, f"select {query}")[0][0]
        for fact, of, query in (
            ("party", "cn", "min(party) from disclosed_party where seq = 1"),
            ("leaf", "zz", "first from log_run where kind = 'sent' and ordinal = 9"),
            ("size", "zz", "max(size) from log_head"),
            ("case", "zz", "id from declaration where state = 'withdrawn'"),
        )
    }
    change(world, name, sql.format(**facts))
    one_found(world, name, fault.format(**facts))


# Rows that come and go.


@pytest.mark.parametrize(
    ("name", "table", "where"),
    [
        ("zz", "outbox", "seq = 20"),
        ("zz", "inbox", "seq = 2"),
        ("zz", "event", "n = 2"),
        ("cn", "disclosure", "seq = 2"),
        ("cn", "disclosed_party", "seq = 2"),
        ("zz", "log_run", "first = 40"),
        ("zz", "log_block", "block = 0"),
        ("zz", "evidence", "direction = 'in' and last = 3"),
        ("zz", "evidence", "direction = 'out' and last > 20"),
        ("zz", "declaration", "state = 'withdrawn'"),
        ("zz", "person", "1"),
        ("zz", "log_head", "size = (select max(size) from log_head)"),
        ("zz", "own_key", "1"),
    ],
)
def test_a_row_that_is_gone(name: str, table: str, where: str) -> None:
    world = lively()
    change(world, name, f"delete from {table} where {where}")
    tables = {one.table for one in found(world, name)}
    assert tables & {table, "peer" if table == "log_head" else table}, tables


@pytest.mark.parametrize(
    ("name", "table", "sql"),
    [
        ("zz", "outbox", "select peer, 9999, kind, about, at, leaf, bytes from outbox limit 1"),
        ("zz", "inbox", "select peer, 9999, at, leaf, bytes from inbox limit 1"),
        ("zz", "event", "select id, 99, record from event limit 1"),
        ("cn", "disclosure", "select peer, 9, record from disclosure limit 1"),
        ("cn", "disclosed_party", "select 'nobody', peer, seq from disclosed_party limit 1"),
        ("zz", "log_run", "select 9999, count, kind, about, ordinal, hashes from log_run limit 1"),
        ("zz", "log_block", "select 1, hash from log_block"),
        ("zz", "parked", "select 'cn', 9999, '', '', '', 0"),
        ("zz", "said", "select peer, 'other', kind, seq, at, body from said limit 1"),
    ],
)
def test_a_row_too_many(name: str, table: str, sql: str) -> None:
    world = lively()
    change(world, name, f"insert into {table} {sql}")
    assert table in {one.table for one in found(world, name)}


@pytest.mark.parametrize(
    ("name", "table", "column", "key"),
    [
        ("zz", "outbox", "bytes", "seq"),
        ("zz", "inbox", "bytes", "seq"),
        ("cn", "disclosure", "record", "seq"),
        ("zz", "event", "record", "n"),
        ("zz", "log_run", "hashes", "first"),
        ("zz", "evidence", "receipt", "last"),
        ("zz", "log_head", "root", "size"),
    ],
)
def test_two_rows_that_changed_places(name: str, table: str, column: str, key: str) -> None:
    world = lively()
    rows = world.rows(name, f"select {key}, {column} from {table} order by 1 desc limit 2")
    (a, one), (b, other) = rows
    for place, value in ((a, other), (b, one)):
        change(world, name, f"update {table} set {column} = ? where {key} = ?", value, place)
    told = {one.row.split()[-1] for one in found(world, name) if one.table == table}
    assert {str(a), str(b)} <= told


def test_two_runs_of_the_log_that_changed_places() -> None:
    world = lively()
    rows = world.rows("zz", "select first, kind, about from log_run where count = 1")
    alone = {tuple(row) for row in rows}
    one = next(row[0] for row in alone if (row[0] + 1, row[1], row[2]) in alone)
    for first, new in ((one, -1), (one + 1, one), (-1, one + 1)):
        change(world, "zz", "update log_run set first = ? where first = ?", new, first)
    told = {f"{fault.table} {fault.row}" for fault in found(world, "zz")}
    assert {f"log_run {one}", f"log_run {one + 1}"} <= told
