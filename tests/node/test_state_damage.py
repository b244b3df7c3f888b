"""A state that is damaged, is something else, or cannot be made is named as such."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from silkport.kernel.errors import StoreDamaged, StoreError, StoreFull
from silkport.node.state.sqlite import SqliteState
from tests.node.states import value_of


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "node.sqlite3"


def a_file(path: Path) -> bytes:
    """The bytes of a state with some hundred rows."""
    state = SqliteState(path)
    state.write(lambda tx: tx.many("set_meta", [(f"{n}", "x" * 500) for n in range(300)]))
    state.close()
    return path.read_bytes()


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"not a database" * 400,
        lambda content: b"\0" * len(content),
        lambda content: content[:2000] + b"\xff" * 5000 + content[7000:],
        lambda content: content[: len(content) // 2],
        lambda content: content[:4096] + bytes(len(content) - 4096),
    ],
    ids=["text", "zeros", "overwritten", "cut", "emptied"],
)
def test_a_damaged_file_is_named(path: Path, damage: object) -> None:
    assert callable(damage)
    path.write_bytes(damage(a_file(path)))

    def use() -> None:
        state = SqliteState(path)
        try:
            for n in range(300):
                value_of(state, f"{n}")
            state.write(lambda tx: tx.many("set_meta", [(f"{n}", "y") for n in range(300)]))
        finally:
            state.close()

    with pytest.raises(StoreDamaged):
        use()


def test_a_file_of_something_else_is_left_alone(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("create table parcels (id text)")
    connection.commit()
    connection.close()
    with pytest.raises(StoreDamaged, match="something else"):
        SqliteState(path)


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "nowhere" / "node.sqlite3", Path("/proc/node.sqlite3")):
        with pytest.raises(StoreError) as caught:
            SqliteState(place)
        assert isinstance(caught.value, StoreFull)
