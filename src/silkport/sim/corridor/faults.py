"""What goes wrong within a node: it crashes at any write, its disk is full, its clock is wrong."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from random import Random

from silkport.node.state.statements import STATEMENTS

COMMIT, COMMITTED, WRITE, READ = "commit", "committed", "write", "read"
FURTHEST = {WRITE: 15, COMMIT: 3, COMMITTED: 3}
"""The last of the coming writes, or commits, at which a crash that is near may happen."""

_POINTS = {
    name: READ if text.lstrip().lower().startswith("select") else WRITE
    for name, text in STATEMENTS.items()
} | {COMMIT: COMMIT, COMMITTED: COMMITTED}


class Crashed(BaseException):
    """The process of a simulated node ended here. No error: nothing in the product may catch it."""


class Troubles:
    """What goes wrong while a node writes: called before each statement and commit, and after one.

    Attributes:
        full_share: how often a write finds the disk full.
        crashes: names of the statements at which it crashed.
    """

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._point, self._left = "", 0
        self.full_share = 0.0
        self.crashes: list[str] = []

    def arm(self) -> None:
        """A crash is near: at one of the next writes, before a commit or after one."""
        self._point = self._rng.choices(list(FURTHEST), (4, 1, 1))[0]
        self._left = self._rng.randint(1, FURTHEST[self._point])

    def disarm(self) -> None:
        """No crash is near any more."""
        self._left = 0

    def __call__(self, name: str) -> None:
        """Raises Crashed, or what SQLite raises when a disk is full."""
        point = _POINTS[name]
        if self._left and point == self._point:
            self._left -= 1
            if not self._left:
                self.crashes.append(name)
                raise Crashed(name)
        if point in (WRITE, COMMIT) and self._rng.random() < self.full_share:
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise error


class Clock:
    """The clock of a node: a little wrong all the time, very wrong for a while.

    Attributes:
        wrong: by how many milliseconds it is ahead for now.
    """

    def __init__(self, true: Callable[[], int], apart: int) -> None:
        self._true, self._apart = true, apart
        self.wrong = 0

    def now(self) -> int:
        """What it shows."""
        return self._true() + self._apart + self.wrong

    def wait_until(self, shown: int) -> int:
        """Milliseconds until it shows a moment, 0 when that is over."""
        return max(0, shown - self.now())
