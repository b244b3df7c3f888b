"""Acts of this node about its exchange, each a leaf of its log: restored, agreed, keys replaced.

They are kept in the table of disclosures under the node's own id, as disclosed to nobody: no peer
is ever called so, no party is named in them, and an audit reads them like every other record.
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
    row = tx.one("newest_act", node.id)
    seq = (row[0] if row else 0) + 1
    stated = {"act": act, "at": node.now(), "facts": dict(facts)}
    record = canonical_bytes(stated | {"parties": {}, "peer": node.id, "seq": seq})
    tx.run("add_disclosure", node.id, seq, record)
    log.append(tx, log.DISCLOSED, node.id, seq, [leaf_hash(record)])


def acts(tx: Transaction, node: Node) -> list[dict[str, Any]]:
    """All acts, oldest first."""
    return [json.loads(row[1]) for row in tx.rows("acts", node.id)]
