"""Acts of this node about its exchange, each a leaf of its log: restored, agreed, keys replaced.

They lie with the acts on dossiers, under the node's own name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from silkport.kernel.canonical import canonical_bytes
from silkport.kernel.merkle import leaf_hash
from silkport.node.sovereign import Node
from silkport.node.state.contract import Transaction
from silkport.node.transparency import log


def record_act(tx: Transaction, node: Node, act: str, facts: Mapping[str, object]) -> None:
    """Keeps an act and logs it."""
    about = _about(node)
    row = tx.one("last_act", about)
    n = (row[0] if row else 0) + 1
    stated = {"about": about, "act": act, "at": node.now(), "facts": dict(facts), "n": n}
    record = canonical_bytes(stated)
    tx.run("add_act", about, n, record)
    log.append(tx, log.ACT, about, n, [leaf_hash(record)])


def acts(tx: Transaction, node: Node) -> list[dict[str, Any]]:
    """All acts, oldest first."""
    return [json.loads(record) for _, record in tx.rows("acts", _about(node), 1, -1)]


def _about(node: Node) -> str:
    return f"node {node.id}"
