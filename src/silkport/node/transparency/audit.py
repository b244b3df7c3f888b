"""The audit of a node: everything that was logged and signed is still as it was.

First the keys (`keyrings.py`). Then one pass over the log, page by page: leaves against rows,
blocks, frontier (`leaves.py`, `contents.py`); then all that was signed (`evidence.py`) and all
that is stored beside the log and follows from it (`holdings.py`). In memory are a page of rows,
forty bytes for each size at which this node signed its log, and a number for each peer.

Not logged, and so not audited: names, addresses and pauses of peers, terms that run, incidents.
What an operator rewrote along with the log is not found here but by the peers, who hold signed
heads of it: by an audit of theirs, or by their next proof of consistency.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from silkport.node.sovereign import Node
from silkport.node.state.contract import Transaction
from silkport.node.transparency.evidence import Evidence, signed_sizes
from silkport.node.transparency.faults import Fault, Faults, Progress
from silkport.node.transparency.holdings import Holdings
from silkport.node.transparency.keyrings import check_keys
from silkport.node.transparency.leaves import Walk

__all__ = ["Audit", "Fault", "audit"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What an audit saw and found.

    Attributes:
        at: moment it began, milliseconds since 1970-01-01T00:00Z.
        size, root: the log, as its leaves give it.
        leaves, removed: how many of each kind; of these, contents removed by order.
        batches: batches with their receipts, in both directions.
        own_heads, peer_heads: signed heads of this node's log and of those of peers.
        faults, unlisted: what is wrong; and how many more there are.
    """

    node: str
    at: int
    size: int
    root: bytes
    leaves: Mapping[str, int]
    removed: Mapping[str, int]
    batches: int
    own_heads: int
    peer_heads: int
    declarations: int
    registers: int
    faults: Sequence[Fault]
    unlisted: int

    @property
    def is_sound(self) -> bool:
        """Whether nothing was changed."""
        return not self.faults and not self.unlisted


def audit(node: Node, progress: Progress) -> Audit:
    """Looks through the whole state of a node as it is at one moment; changes nothing.

    Args:
        progress: told what is being looked at, and how many of them were seen.
    Raises StoreDamaged when the store itself cannot be read.
    """
    return node.state.read(lambda tx: _audit(tx, node, progress))


def _audit(tx: Transaction, node: Node, progress: Progress) -> Audit:
    at, faults = node.now(), Faults()
    check_keys(tx, node, faults)
    walked = Walk(tx, node, signed_sizes(tx), faults).go(progress)
    evidence = Evidence(tx, node, walked, faults)
    evidence.go(progress)
    holdings = Holdings(tx, node, walked, faults)
    holdings.go(progress)
    return Audit(
        node=node.id,
        at=at,
        size=walked.size,
        root=walked.root,
        leaves=dict(walked.leaves),
        removed=dict(walked.removed),
        batches=evidence.batches,
        own_heads=evidence.own_heads,
        peer_heads=evidence.peer_heads,
        declarations=holdings.declarations,
        registers=holdings.registers,
        faults=faults.listed,
        unlisted=faults.unlisted,
    )
