"""The contract of a node's state, whatever store is behind it.

Statements are named (`statements/*.sql`); a store brings them in its own dialect, with the same
names, columns and meaning. `tests/node/test_state.py` holds every store to this contract.

Work is a function of one transaction. It is called once, does not call the state again (that is
refused as a broken invariant, by AssertionError), and what it raises is raised to its caller.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

T = TypeVar("T")
Row = Sequence[Any]
Value = str | int | bytes | None


class Transaction(Protocol):
    """What may be done within one transaction; sees its own changes."""

    def one(self, name: str, *values: Value) -> Row | None:
        """The first row of a named statement, or None."""

    def rows(self, name: str, *values: Value) -> list[Row]:
        """All rows of a named statement."""

    def run(self, name: str, *values: Value) -> int:
        """Runs a named statement; gives the number of rows it changed."""

    def many(self, name: str, rows: Iterable[Sequence[Value]]) -> None:
        """Runs a named statement once for each row of values."""


class State(Protocol):
    """The durable state of one node; its methods may be called from any thread."""

    def write(self, work: Callable[[Transaction], T]) -> T:
        """Does `work` in a transaction of its own; what it did is on the disk when this returns.

        An exception of `work` undoes all it did, and nothing else, and is raised here.
        Raises StoreFull, StoreBusy, StoreDamaged, StoreClosed: nothing of `work` stands then.
        """

    def read(self, work: Callable[[Transaction], T]) -> T:
        """Does `work` on one unchanging view of the state; it must not write."""

    def backup(self, target: Path) -> None:
        """Copies the state as it is at one moment into a new file, while others write.

        Raises NodeThere when there is such a file, StoreFull when it does not fit.
        """

    def scrub(self) -> None:
        """Makes what was deleted before gone from every file of the store as well.

        Raises StoreBusy when somebody else holds on to it; then it may be tried again.
        """

    def close(self) -> None:
        """Finishes what was begun and lets go of the files; then nothing is taken any more."""
