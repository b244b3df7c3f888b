"""What an operator may remove, and what is found when he rewrites the log as well."""

from __future__ import annotations

import pytest

from silkport.kernel.exchange_errors import HistoryChanged
from silkport.kernel.limits import MAX_AUDIT_FAULTS, MAX_AUDIT_FAULTS_ALIKE
from silkport.kernel.merkle import Frontier, leaf_hash
from tests.node.audits import change, found, look, one_found
from tests.node.lively import lively
from tests.node.worlds import HOUR, World, deliver, forged

# What is let go by law.


def test_what_was_removed_by_order_is_tolerated() -> None:
    world = lively()
    change(world, "zz", "update outbox set bytes = x'', about = '' where seq <= 50")
    assert len(found(world, "zz")) == MAX_AUDIT_FAULTS_ALIKE
    assert look(world, "zz").unlisted == 50 - MAX_AUDIT_FAULTS_ALIKE
    removed = (
        "insert into removed (kind, about, first, last, why, at) values (?, 'cn', ?, ?, '', 0)"
    )
    change(world, "zz", removed, "sent", 1, 30)
    change(world, "zz", removed, "sent", 31, 50)
    result = look(world, "zz")
    assert result.is_sound, result.faults
    assert result.removed == {"sent": 50}
    change(world, "zz", "delete from evidence where direction = 'out' and last < 50")
    assert {one.table for one in found(world, "zz")} == {"evidence"}
    (first,) = world.rows("zz", "select min(first) from evidence where direction = 'out'")[0]
    change(world, "zz", removed, "evidence out", 1, first - 1)
    assert look(world, "zz").is_sound
    change(world, "zz", "update outbox set leaf = zeroblob(32) where seq = 7")
    one_found(world, "zz", "outbox cn 7: its leaf column is not the hash of its bytes")


# Who rewrites the log as well.


def logged_anew(world: World, name: str) -> None:
    """The log made to fit its leaves again, as only somebody with the database can."""
    log = Frontier()
    for run in world.rows(name, "select hashes from log_run order by first"):
        blocks = log.extend([run[0][at : at + 32] for at in range(0, len(run[0]), 32)])
        for block in blocks:
            world.rows(name, "insert or replace into log_block values (?, ?)", *block)
    peaks = b"".join(log.peaks)
    world.rows(name, "update log_frontier set size = ?, peaks = ?", log.size, peaks)


def rewritten(world: World) -> None:
    """An operator changes what was sent, and everything that would tell of it at home."""
    (row,) = world.rows("cn", "select bytes from outbox where seq = 5")
    content = row[0].replace(b'"last":12', b'"last":11')
    assert content != row[0]
    leaf = leaf_hash(content)
    change(world, "cn", "update outbox set bytes = ?, leaf = ? where seq = 5", content, leaf)
    change(world, "cn", "update log_run set hashes = ? where kind = 'sent' and ordinal = 5", leaf)
    logged_anew(world, "cn")


def test_a_rewritten_log_is_betrayed_by_what_was_signed() -> None:
    world = lively()
    rewritten(world)
    tables = {one.table for one in found(world, "cn")}
    assert tables == {"evidence"}
    texts = " ".join(one.wrong for one in found(world, "cn"))
    assert "with another root than they have" in texts
    assert "is not that of the messages it covers" in texts


def test_a_rewritten_log_is_found_from_the_other_side() -> None:
    world = lively()
    rewritten(world)
    world.export("cn", "zz", "10")
    for _ in range(3):
        assert world.send("cn", "zz") == 0
        world.clock.at += HOUR
    assert world.codes("zz")[0] == "SP-5206"
    assert "does not begin as that of" in world.incidents("zz")[0].reason
    assert look(world, "zz").is_sound, "the other side holds the proof"


def test_a_log_cut_short_is_found() -> None:
    world = lively()
    last = world.rows("cn", "select max(first) from log_run")[0][0]
    change(world, "cn", "delete from log_run where first = ?", last)
    logged_anew(world, "cn")
    texts = " ".join(map(str, found(world, "cn")))
    assert "signs a log of" in texts
    assert "there are" in texts


def test_a_receipt_that_the_peer_never_gave() -> None:
    """The sender cannot claim that a message was received."""
    world = lively()
    world.export("cn", "zz", "10")
    batch = forged(world, "cn", "zz", [b"{}"])
    line, receipt = batch.body.partition(b"\n")[0], batch.but(what="receipt").body
    row = ("zz", "out", batch.header.first, batch.header.last, line, receipt.partition(b"\n")[0])
    change(world, "cn", "insert into evidence values (?, ?, ?, ?, ?, ?)", *row)
    assert "its receipt is of another batch" in " ".join(map(str, found(world, "cn")))


def test_a_peer_that_forks_is_refused_before_anything_is_kept() -> None:
    world = lively()
    batch = forged(world, "cn", "zz", [b"{}"])
    head = batch.header.log
    wrong = batch.but(path=[bytes(32)] * len(batch.header.path))
    if head.size > world.peer("zz", "cn").head_size:
        with pytest.raises(HistoryChanged):
            deliver(world, "cn", "zz", wrong.body)
    assert look(world, "zz").is_sound


def test_a_wreck_is_told_in_few_words() -> None:
    world = lively()
    change(world, "zz", "update outbox set bytes = x'00', leaf = x'00', at = 0")
    change(world, "zz", "update inbox set bytes = x'00', leaf = x'00'")
    change(world, "zz", "update log_run set hashes = x'00'")
    change(world, "zz", "update evidence set header = x'00', receipt = x'ff'")
    result = look(world, "zz")
    assert len(result.faults) <= MAX_AUDIT_FAULTS
    assert result.unlisted > 200
