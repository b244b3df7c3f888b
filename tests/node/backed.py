"""A node on the disk that is backed up and restored in tests."""

from __future__ import annotations

from pathlib import Path

from silkport.kernel.merkle import leaf_hash
from silkport.model.messages import Competence
from silkport.node.home import (
    PASSPHRASE,
    Identity,
    make_node,
    make_passphrase,
    open_node,
)
from silkport.node.sovereign import Node
from silkport.node.state.contract import Transaction
from silkport.node.transparency import log
from tests.node.states import put

NOW = 1_800_000_000_000


def a_home(home: Path) -> Path:
    """A home with a node that has a passphrase of its own and a log of some blocks."""
    identity = Identity(
        id="aa",
        administration="zz",
        competence=frozenset({Competence.CUSTOMS}),
        name="Zerafshan Customs",
        url="https://aa.example:1",
        hosts=("aa.example",),
        counsel="00" * 32,
    )
    make_node(home, identity, make_passphrase(home / "aa"))
    node = opened(home)
    for n in range(8):
        node.state.write(lambda tx, n=n: add(tx, n * 100, 100))  # type: ignore[misc]
    node.state.close()
    return home


def opened(home: Path) -> Node:
    return open_node(home, "aa", (home / "aa" / PASSPHRASE).read_text("ascii").strip())


def add(tx: Transaction, first: int, count: int) -> None:
    """Leaves, and how many there are by a count of its own."""
    leaves = [leaf_hash(b"%d" % n) for n in range(first, first + count)]
    log.append(tx, log.RECEIVED, "bb", first + 1, leaves)
    put(tx, "count", str(first + count))


def now() -> int:
    return NOW
