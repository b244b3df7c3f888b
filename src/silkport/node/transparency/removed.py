"""Contents that were removed because their term was over: the leaves stay in the log."""

from __future__ import annotations

from silkport.node.state.contract import Transaction

EVIDENCE_IN, EVIDENCE_OUT = "evidence in", "evidence out"


def is_removed(tx: Transaction, kind: str, about: str, ordinal: int) -> bool:
    """Whether the content of a leaf, or what was signed for a message, was removed by order."""
    return removed_until(tx, kind, about, ordinal) >= ordinal


def removed_until(tx: Transaction, kind: str, about: str, ordinal: int) -> int:
    """The last number up to which everything from this one on was removed; 0 for nothing."""
    row = tx.one("removed_at", kind, about, ordinal)
    return int(row[1]) if row is not None and row[1] >= ordinal else 0
