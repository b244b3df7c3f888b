"""Migrations: forward, once, whole or not at all; what another edition made is told apart."""

from __future__ import annotations

import json
import os
import sqlite3
from pathlib import Path

import pytest

from silkport.kernel.errors import StoreDamaged, StoreTooNew
from silkport.node.state.connecting import connect
from silkport.node.state.migrating import Migration, migrate, migrations, read_migrations
from silkport.node.state.sqlite import SqliteState
from tests.node.states import finished, process, value_of

FIRST = """-- The first; with a comment.
create table thing (
    id text primary key, -- a key; not a number
    size integer not null
) without rowid;
create index thing_size on thing (size);
insert into thing (id, size) values ('a', 1), ('b', 2);
"""
SECOND = """alter table thing add column colour text not null default 'none';
create table owner (id text primary key, thing text not null references thing (id));
insert into owner (id, thing) select 'of ' || id, id from thing;
update thing set colour = 'red' where id = 'a';
"""


def a_folder(path: Path, *steps: str) -> tuple[Migration, ...]:
    path.mkdir(exist_ok=True)
    for number, sql in enumerate(steps, 1):
        (path / f"{number:04}_step.sql").write_text(sql, "utf-8")
    return read_migrations(path)


def tables(connection: sqlite3.Connection) -> list[str]:
    rows = connection.execute("select name from sqlite_schema where type = 'table' order by name")
    return [row[0] for row in rows]


def steps_in(connection: sqlite3.Connection) -> list[int]:
    return [row[0] for row in connection.execute("select number from migration order by number")]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "node.sqlite3"


def test_a_second_step_is_added_to_what_the_first_made(tmp_path: Path, path: Path) -> None:
    before = a_folder(tmp_path / "before", FIRST)
    after = a_folder(tmp_path / "after", FIRST, SECOND)
    connection = connect(path)
    migrate(connection, before)
    connection.execute("insert into thing (id, size) values ('c', 3)")
    for _ in range(2):  # the second time there is nothing to do
        migrate(connection, after)
        assert steps_in(connection) == [1, 2]
        assert connection.execute("select count(*) from owner").fetchone() == (3,)
    rows = connection.execute("select id, colour from thing order by id").fetchall()
    assert rows == [("a", "red"), ("b", "none"), ("c", "none")]
    connection.close()


def test_both_steps_at_once_make_the_same(tmp_path: Path) -> None:
    def schema(*editions: tuple[Migration, ...]) -> list[tuple[object, ...]]:
        connection = sqlite3.connect(":memory:", isolation_level=None)
        for one in editions:
            migrate(connection, one)
        found = connection.execute("select type, name, sql from sqlite_schema order by 1, 2")
        rows = found.fetchall()
        connection.close()
        return rows

    steps = a_folder(tmp_path / "steps", FIRST, SECOND)
    assert schema(steps) == schema(steps[:1], steps)
    assert schema(migrations()) == schema(migrations()[:1], migrations())


def test_a_step_that_fails_leaves_nothing(tmp_path: Path, path: Path) -> None:
    steps = a_folder(tmp_path / "steps", FIRST, SECOND + "insert into nowhere values (1);\n")
    connection = connect(path)
    with pytest.raises(StoreDamaged, match="nowhere"):
        migrate(connection, steps)
    assert tables(connection) == []
    migrate(connection, steps[:1])
    with pytest.raises(StoreDamaged):
        migrate(connection, steps)
    assert tables(connection) == ["migration", "thing"]
    connection.close()


KILLED = """
import os, signal, sqlite3, sys
from pathlib import Path
from silkport.node.state.connecting import connect
from silkport.node.state.migrating import migrate, read_migrations
steps = read_migrations(Path(sys.argv[1]))
for number in range(1, 100):
    path = Path(sys.argv[2]) / f"{number}.sqlite3"
    child = os.fork()
    if not child:
        connection = connect(path)
        migrate(connection, steps[:1])
        count = 0
        def step(_):
            global count
            count += 1
            if count == number:
                os.kill(os.getpid(), signal.SIGKILL)
        connection.set_trace_callback(step)
        migrate(connection, steps)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    print(number, os.WIFSIGNALED(status))
    if not os.WIFSIGNALED(status):
        break
"""


def test_a_kill_in_the_middle_leaves_the_old_or_the_new(root: Path, tmp_path: Path) -> None:
    """Killed at each statement in turn, until there is none left to be killed at."""
    steps = a_folder(tmp_path / "steps", FIRST, SECOND)
    (tmp_path / "files").mkdir()
    lines = finished(process(root, KILLED, tmp_path / "steps", tmp_path / "files")).splitlines()
    assert len(lines) > 6
    assert [line.split()[1] for line in lines] == ["True"] * (len(lines) - 1) + ["False"]
    for number in range(1, len(lines) + 1):
        connection = connect(tmp_path / "files" / f"{number}.sqlite3")
        done = steps_in(connection)
        assert done in ([1], [1, 2])
        assert ("owner" in tables(connection)) == (done == [1, 2])
        migrate(connection, steps)
        assert steps_in(connection) == [1, 2]
        assert connection.execute("select count(*) from owner").fetchone() == (2,)
        connection.close()


def test_a_changed_step_is_refused(tmp_path: Path, path: Path) -> None:
    connection = connect(path)
    migrate(connection, a_folder(tmp_path / "steps", FIRST))
    changed = a_folder(tmp_path / "changed", FIRST.replace("'b', 2", "'b', 3"), SECOND)
    with pytest.raises(StoreDamaged, match="0001_step is damaged: it was made by a changed"):
        migrate(connection, changed)
    assert steps_in(connection) == [1]
    assert "owner" not in tables(connection)
    connection.close()


def test_a_step_that_was_left_out_is_refused(tmp_path: Path, path: Path) -> None:
    steps = a_folder(tmp_path / "steps", FIRST, SECOND)
    connection = connect(path)
    migrate(connection, steps)
    connection.execute("delete from migration where number = 1")
    with pytest.raises(StoreDamaged, match="never applied"):
        migrate(connection, steps)
    connection.close()


def test_a_newer_state_says_what_to_do(tmp_path: Path, path: Path) -> None:
    steps = a_folder(tmp_path / "steps", FIRST, SECOND)
    connection = connect(path)
    migrate(connection, steps)
    with pytest.raises(StoreTooNew) as caught:
        migrate(connection, steps[:1])
    assert str(caught.value) == (
        "SP-4105 the state has schema 2; this edition knows 1. "
        "Use the newer edition; migrations only go forward."
    )
    assert steps_in(connection) == [1, 2]
    connection.close()


def test_a_newer_state_of_a_node_is_not_touched(path: Path) -> None:
    SqliteState(path).close()
    connection = connect(path)
    newest = len(migrations())
    row = (newest + 1, "9999_tomorrow", "0" * 64)
    connection.execute("insert into migration values (?, ?, ?)", row)
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreTooNew, match=f"schema {newest + 1}; this edition knows {newest}"):
        SqliteState(path)
    assert path.read_bytes() == before


def test_steps_out_of_place_are_seen(tmp_path: Path) -> None:
    (tmp_path / "0002_step.sql").write_text(FIRST, "utf-8")
    with pytest.raises(AssertionError, match="out of place"):
        read_migrations(tmp_path)
    (tmp_path / "0001_step.sql").write_text("create table cut (id text", "utf-8")
    connection = sqlite3.connect(":memory:", isolation_level=None)
    with pytest.raises(AssertionError, match="in the middle"):
        migrate(connection, read_migrations(tmp_path))
    connection.close()


# Editions of this product.


def as_of_the_first(path: Path) -> None:
    """A state as the edition with one migration made it, with a case that names persons."""
    connection = connect(path)
    migrate(connection, migrations()[:1])
    connection.execute("insert into meta values ('node', 'aa')")
    for token in ("p1", "p2", "p3"):
        connection.execute("insert into person values (?, x'01', 5)", (token,))
        connection.execute("insert into person_key values (?, x'02')", (token,))
    for number, (document, held) in enumerate(
        (
            ({"purchaser": "person:p1", "goods_count": 1, "vehicle": "personal"}, None),
            ({"purchaser": "person:p1"}, {"consignee_name": "person:p2"}),
        )
    ):
        content = [
            json.dumps({"declaration": one, "goods": []}).encode() if one else b""
            for one in (document, held)
        ]
        connection.execute(
            "insert into declaration (id, number, consignment_no, house_no, direction, state,"
            " version, guid, decl_day, gross_mass_mg, filed_at, changed_at, document, decision,"
            " held, other_side) values (?, '1', 'c', 'h', 'import', 'released', 1, 'g', 1, 1, 1, 1,"
            " ?, x'7b7d', ?, 'CN')",
            (f"case{number}", *content),
        )
        connection.execute("insert into event values (?, 1, x'7b7d')", (f"case{number}",))
    connection.close()


def test_the_state_of_the_first_edition_opens(path: Path) -> None:
    as_of_the_first(path)
    state = SqliteState(path)
    assert value_of(state, "node") == "aa"
    assert state.read(lambda tx: len(tx.rows("events", "case1"))) == 1
    assert state.read(lambda tx: tx.one("declaration", "case0")) is not None
    assert state.read(lambda tx: tx.rows("removed_of", "event", "case0")) == []
    state.close()
    connection = sqlite3.connect(path)
    named = connection.execute("select token, id from person_case order by 1, 2").fetchall()
    assert named == [("p1", "case0"), ("p1", "case1"), ("p2", "case1")]
    assert connection.execute("pragma integrity_check").fetchone() == ("ok",)
    connection.close()
    assert os.listdir(path.parent) == [path.name]
