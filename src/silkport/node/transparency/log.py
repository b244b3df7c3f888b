"""The transparency log of a node: append-only, digests only (RFC 6962).

Every message sent or received, every event of a declaration,
every act on a dossier and every disclosure is a leaf: the
hash of bytes that lie in their own table. Leaves are kept in runs as they were appended.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from silkport.kernel.errors import InvalidValue, NotFound, StoreDamaged
from silkport.kernel.merkle import (
    Frontier,
    Subtree,
    consistency_path,
    inclusion_path_of,
    range_root,
)
from silkport.node.state.contract import Transaction

HASH_BYTES = 32
SENT, RECEIVED, EVENT, DISCLOSED = "sent", "received", "event", "disclosed"
ACT = "act"


@dataclass(frozen=True, slots=True)
class Size:
    """A log at one moment: how many leaves, and the root over them."""

    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class Inclusion:
    """The proof that one leaf is in the log of `size` leaves."""

    index: int
    size: int
    leaf: bytes
    path: list[bytes]


def append(tx: Transaction, kind: str, about: str, ordinal: int, leaves: Sequence[bytes]) -> Size:
    """Appends leaves that follow one another; gives the log afterwards.

    Args:
        about: the peer of a message, the id of a declaration.
        ordinal: number of the first of them within `about`.
    """
    log = _frontier(tx)
    if not leaves:
        return Size(log.size, log.root())
    tx.run("add_run", log.size, len(leaves), kind, about, ordinal, b"".join(leaves))
    blocks = log.extend(leaves)
    if blocks:
        tx.many("add_block", blocks)
    tx.run("set_frontier", log.size, b"".join(log.peaks))
    return Size(log.size, log.root())


def current(tx: Transaction) -> Size:
    """The log as it is."""
    log = _frontier(tx)
    return Size(log.size, log.root())


def _frontier(tx: Transaction) -> Frontier:
    row = tx.one("frontier")
    if row is None:
        raise StoreDamaged(what="the log", reason="its size is missing")
    try:
        return Frontier(row[0], _split(row[1]))
    except InvalidValue as error:
        raise StoreDamaged(what="the log", reason=str(error)) from error


def index_of(tx: Transaction, kind: str, about: str, ordinal: int) -> int:
    """The number of a leaf in the log, from 0. Raises NotFound."""
    row = tx.one("run_about", kind, about, ordinal)
    if row is None or ordinal >= row[2] + row[1]:
        raise NotFound(what=f"{kind} {about} {ordinal} in the log")
    return int(row[0] + ordinal - row[2])


def inclusion(tx: Transaction, kind: str, about: str, ordinal: int, size: int) -> Inclusion:
    """Proves that a leaf is in the log of the first `size` leaves. Raises NotFound."""
    index = index_of(tx, kind, about, ordinal)
    if index >= size:
        raise NotFound(what=f"{kind} {about} {ordinal} in the log of size {size}")
    path = inclusion_path_of(index, size, _subtree(tx))
    return Inclusion(index, size, leaves_between(tx, index, index + 1)[0], path)


def consistency(tx: Transaction, first: int, second: int) -> list[bytes]:
    """Proves that the log of `second` leaves begins with that of `first` leaves."""
    return consistency_path(first, second, _subtree(tx)) if 0 < first < second else []


def leaves_between(tx: Transaction, begin: int, end: int) -> list[bytes]:
    """The hashes of leaves `begin <= number < end`."""
    hashes: list[bytes] = []
    for first, run in tx.rows("runs_between", begin, end):
        skip = max(0, begin - first) * HASH_BYTES
        stop = min(len(run), (end - first) * HASH_BYTES)
        hashes += _split(run[skip:stop])
    if len(hashes) != end - begin:
        raise StoreDamaged(what="the log", reason=f"leaves {begin} to {end - 1} are incomplete")
    return hashes


def leaves_about(tx: Transaction, kind: str, about: str, first: int, last: int) -> list[bytes]:
    """The leaf hashes of numbers `first` to `last` of a peer or declaration, as far as logged."""
    leaves: list[bytes] = []
    for ordinal, hashes in tx.rows("runs_about", kind, about, first, last):
        begin = max(first - ordinal, 0) * HASH_BYTES
        leaves += _split(hashes[begin : (last - ordinal + 1) * HASH_BYTES])
    return leaves


def _subtree(tx: Transaction) -> Subtree:
    def leaves(begin: int, end: int) -> list[bytes]:
        return leaves_between(tx, begin, end)

    def blocks(begin: int, end: int) -> list[bytes]:
        return [row[0] for row in tx.rows("blocks_between", begin, end)]

    def subtree(begin: int, end: int) -> bytes:
        return range_root(begin, end, leaves, blocks)

    return subtree


def _split(hashes: bytes) -> list[bytes]:
    return [hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)]
