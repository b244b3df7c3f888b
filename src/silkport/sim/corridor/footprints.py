"""What a request leaves behind at a node, and the error of a broken invariant."""

from __future__ import annotations

from typing import Any

from silkport.node.state.contract import Transaction

_MARKS, _HEADS = slice(0, 12), slice(16, 19)
"""Of a row of peers: all before the failures and moments, which any try may change."""


class Violated(Exception):
    """An invariant does not hold."""

    def __init__(self, invariant: str, detail: str) -> None:
        super().__init__(f"{invariant}: {detail}")
        self.invariant, self.detail = invariant, detail


def footprint(tx: Transaction) -> dict[str, Any]:
    """All that a batch may change, but for incidents and failures."""
    peers = tx.rows("peers")
    return {
        "peers": [(row[_MARKS], row[_HEADS]) for row in peers],
        "log": tx.one("frontier"),
        "rows": tx.rows("counted_rows"),
        "parked": tx.rows("parked"),
        "said": tx.rows("all_said"),
        "keys": [tx.rows("peer_keys", row[0]) for row in peers],
        "heads": [tx.rows("heads_of", row[0]) for row in peers],
        "evidence": [len(tx.rows("evidence_of", row[0])) for row in peers],
    }


def demand_same(before: dict[str, Any], after: dict[str, Any], what: str) -> None:
    """Raises Violated when something changed."""
    changed = [name for name, value in before.items() if after[name] != value]
    if changed:
        raise Violated("no trace", f"{what} changed {', '.join(changed)}")
