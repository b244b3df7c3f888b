"""Contents that retention took away: their leaves stay in the log, their rows need not be there."""

from __future__ import annotations

from silkport.node.state.contract import Transaction


def is_removed(tx: Transaction, kind: str, about: str, ordinal: int) -> bool:
    """Whether the content of a leaf was removed by order: then its row is rightly missing.

    No retention is recorded in this edition; where it is, it is asked here and nowhere else.
    """
    return False
