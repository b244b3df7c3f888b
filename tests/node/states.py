"""Every state that is held to the contract, and processes that use one from outside."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from silkport.node.state.connecting import connect
from silkport.node.state.contract import State, Transaction
from silkport.node.state.sqlite import InlineState, SqliteState

Factory = Callable[[Path], State]


def in_memory(path: Path) -> State:
    return InlineState(sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False))


def inline(path: Path) -> State:
    return InlineState(connect(path))


STATES: dict[str, Factory] = {"grouped": SqliteState, "inline": inline, "in memory": in_memory}
"""A second store joins here."""

ON_DISK = {name: make for name, make in STATES.items() if make is not in_memory}


def put(tx: Transaction, key: str, value: str = "") -> None:
    tx.run("set_meta", key, value)


def value_of(state: State, key: str) -> str | None:
    row = state.read(lambda tx: tx.one("meta", key))
    return None if row is None else str(row[0])


def counted(state: State, prefix: str, upto: int) -> int:
    """How many of the keys prefix0, prefix1, ... are there."""
    return state.read(
        lambda tx: sum(tx.one("meta", f"{prefix}{n}") is not None for n in range(upto))
    )


def process(root: Path, code: str, *arguments: object) -> subprocess.Popen[str]:
    """Python code in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(root / "src")},
    )


def finished(running: subprocess.Popen[str]) -> str:
    """What it printed; it must have ended well."""
    printed, errors = running.communicate(timeout=60)
    assert running.returncode == 0, errors
    return printed


def all_finished(running: list[subprocess.Popen[str]]) -> None:
    """All have ended well. None is left running, also where one has failed."""
    try:
        for one in running:
            finished(one)
    finally:
        for one in running:
            one.kill()
            one.communicate()
