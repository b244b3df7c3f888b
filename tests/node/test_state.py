"""The contract of a state, which every store keeps; and its statements, which all are in use."""

from __future__ import annotations

import ast
import re
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from silkport.kernel.errors import NodeThere, NotFound, StoreClosed, StoreDamaged
from silkport.node.state.contract import State, Transaction
from silkport.node.state.migrating import migrate
from silkport.node.state.sqlite import SqliteState
from silkport.node.state.statements import STATEMENTS
from tests.node.states import STATES, counted, put, value_of

FOR_TESTS = {"said_about"}
"""Statements that only tests ask for so far."""

PACKAGE = Path(__file__).resolve().parents[2] / "src" / "silkport"


@pytest.fixture(params=STATES)
def state(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[State]:
    state = STATES[request.param](tmp_path / "node.sqlite3")
    yield state
    state.close()


def test_a_write_sees_what_it_wrote(state: State) -> None:
    def work(tx: Transaction) -> tuple[object, int, int]:
        put(tx, "one", "1")
        seen = tx.one("meta", "one")
        tx.many("set_meta", [(f"many{n}", "") for n in range(5)])
        return seen and seen[0], tx.run("set_meta", "one", "2"), len(tx.rows("meta", "many4"))

    assert state.write(work) == ("1", 1, 1)
    assert value_of(state, "one") == "2"
    assert state.write(lambda tx: tx.one("meta", "nothing")) is None


@pytest.mark.parametrize("error", [NotFound(what="it"), ValueError("no"), KeyboardInterrupt()])
def test_an_exception_undoes_all_of_its_work(state: State, error: BaseException) -> None:
    def fail(tx: Transaction) -> None:
        put(tx, "before", "changed")
        tx.many("set_meta", [("half", "done")])
        raise error

    state.write(lambda tx: put(tx, "before", "as it was"))
    with pytest.raises(type(error)) as caught:
        state.write(fail)
    assert caught.value is error
    state.write(lambda tx: put(tx, "after"))
    assert value_of(state, "before") == "as it was"
    assert value_of(state, "half") is None
    assert value_of(state, "after") == ""


def test_a_failed_constraint_is_that_of_one_work_alone(state: State) -> None:
    """What contradicts itself is told to whoever wrote it, by its name."""

    def twice(tx: Transaction) -> None:
        put(tx, "twice")
        tx.run("add_event", "nobody", 1, b"x")

    with pytest.raises(StoreDamaged, match="FOREIGN KEY"):
        state.write(twice)
    assert value_of(state, "twice") is None
    state.write(lambda tx: put(tx, "next"))
    assert value_of(state, "next") == ""


def test_a_wrong_use_is_no_damage(state: State) -> None:
    with pytest.raises(sqlite3.ProgrammingError):
        state.write(lambda tx: tx.run("set_meta", "too few"))
    with pytest.raises(KeyError):
        state.write(lambda tx: tx.run("no such statement"))
    with pytest.raises(KeyError):
        state.read(lambda tx: tx.one("no such statement"))
    state.write(lambda tx: put(tx, "next"))


def test_a_read_does_not_write(state: State) -> None:
    with pytest.raises(AssertionError, match="a read wrote"):
        state.read(lambda tx: put(tx, "sly"))
    assert value_of(state, "sly") is None
    state.write(lambda tx: put(tx, "open"))
    assert value_of(state, "open") == ""


def test_an_exception_of_a_read_is_raised(state: State) -> None:
    def fail(tx: Transaction) -> None:
        raise NotFound(what="it")

    with pytest.raises(NotFound):
        state.read(fail)
    assert value_of(state, "anything") is None


def test_many_threads_are_all_counted_once(state: State) -> None:
    threads, each = 8, 25

    def add(tx: Transaction) -> int:
        row = tx.one("meta", "sum")
        new = int(row[0]) + 1 if row else 1
        put(tx, "sum", str(new))
        return new

    given: list[int] = []

    def work(name: int) -> None:
        for n in range(each):
            state.write(lambda tx, n=n: put(tx, f"{name} {n}"))  # type: ignore[misc]
            given.append(state.write(add))

    running = [threading.Thread(target=work, args=(name,)) for name in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    assert sorted(given) == list(range(1, threads * each + 1))
    assert value_of(state, "sum") == str(threads * each)
    assert sum(counted(state, f"{name} ", each) for name in range(threads)) == threads * each


NESTED: dict[str, Callable[[State], object]] = {
    "write": lambda state: state.write(lambda tx: None),
    "read": lambda state: state.read(lambda tx: None),
    "close": lambda state: state.close(),
    "scrub": lambda state: state.scrub(),
    "backup": lambda state: state.backup(Path("/nowhere")),
}


@pytest.mark.parametrize("outer", ["write", "read"])
@pytest.mark.parametrize("inner", NESTED)
def test_work_within_work_fails_loudly(state: State, outer: str, inner: str) -> None:
    def work(tx: Transaction) -> None:
        if outer == "write":
            put(tx, "half")
        NESTED[inner](state)

    with pytest.raises(AssertionError, match="calls the state again"):
        getattr(state, outer)(work)
    assert value_of(state, "half") is None
    state.write(lambda tx: put(tx, "next"))
    assert value_of(state, "next") == ""


def test_after_close_everything_is_refused(state: State, tmp_path: Path) -> None:
    state.write(lambda tx: put(tx, "kept"))
    state.close()
    state.close()
    late: list[Callable[[], object]] = [
        lambda: state.write(lambda tx: put(tx, "late")),
        lambda: state.read(lambda tx: tx.one("meta", "kept")),
        lambda: state.backup(tmp_path / "late"),
        state.scrub,
    ]
    for one in late:
        with pytest.raises(StoreClosed, match="closing") as caught:
            one()
        assert not caught.value.permanent


def test_a_backup_is_one_file_of_one_moment(state: State, tmp_path: Path) -> None:
    state.write(lambda tx: put(tx, "before"))
    state.backup(tmp_path / "copy")
    state.write(lambda tx: put(tx, "after"))
    left = sorted(path.name for path in tmp_path.iterdir() if path.name.startswith("copy"))
    assert left == ["copy"]
    assert (tmp_path / "copy").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "copy").read_bytes()[18:20] == b"\1\1"  # it keeps no journal beside it
    copy = SqliteState(tmp_path / "copy")
    assert value_of(copy, "before") == ""
    assert value_of(copy, "after") is None
    copy.close()
    before = (tmp_path / "copy").read_bytes()
    with pytest.raises(NodeThere):
        state.backup(tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == before


def test_a_reader_keeps_its_view_while_others_write(tmp_path: Path) -> None:
    """Of a state whose readers do not hold up its writer."""
    state = SqliteState(tmp_path / "node.sqlite3")
    state.write(lambda tx: put(tx, "key", "old"))
    seen: list[object] = []

    def look(tx: Transaction) -> None:
        seen.append(tx.one("meta", "key"))
        writer = threading.Thread(target=state.write, args=(lambda tx: put(tx, "key", "new"),))
        writer.start()
        writer.join()
        seen.append(tx.one("meta", "key"))

    state.read(look)
    assert seen == [("old",), ("old",)]
    assert value_of(state, "key") == "new"
    state.close()


# Statements.


def test_every_statement_fits_the_schema() -> None:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrate(connection)
    broken = []
    for name, sql in STATEMENTS.items():
        try:
            connection.execute(f"explain {sql}", [None] * values_in(connection, sql))
        except sqlite3.Error as error:
            broken.append(f"{name}: {error}")
    assert broken == []
    connection.close()


def values_in(connection: sqlite3.Connection, sql: str) -> int:
    """How many values a statement wants, as its refusal of a hundred says."""
    try:
        connection.execute(f"explain {sql}", [None] * 100)
    except sqlite3.ProgrammingError as error:
        wanted = re.search(r"uses (\d+)", str(error))
        return int(wanted[1]) if wanted else 0
    return 0


def named_in_code() -> tuple[set[str], list[re.Pattern[str]], set[str]]:
    """Texts in the code, patterns of those put together, and names that are asked for."""
    texts: set[str] = set()
    patterns: list[re.Pattern[str]] = []
    asked: set[str] = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                texts.add(node.value)
            elif isinstance(node, ast.JoinedStr):
                parts = [
                    re.escape(str(one.value)) if isinstance(one, ast.Constant) else "[a-z_]+"
                    for one in node.values
                ]
                if re.fullmatch("[a-z_]+_", parts[0]):
                    patterns.append(re.compile("".join(parts)))
            elif (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in {"one", "rows", "run", "many"}
                and ast.unparse(node.func.value).removeprefix("self.") in {"tx", "_tx"}
                and node.args
                and isinstance(node.args[0], ast.Constant)
            ):
                asked.add(str(node.args[0].value))
    return texts, patterns, asked


def test_every_statement_is_used_and_every_name_is_one() -> None:
    texts, patterns, asked = named_in_code()
    unused = [
        name
        for name in STATEMENTS
        if name not in texts and not any(one.fullmatch(name) for one in patterns)
    ]
    assert set(unused) <= FOR_TESTS
    assert sorted(asked - set(STATEMENTS)) == []
    assert len(asked) > 50
