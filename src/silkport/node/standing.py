"""How a node stands: what waits, what is parked, what went wrong, how long its log is."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from silkport.kernel.exchange_errors import MarksOpen, RegisterUnsigned
from silkport.node.exchange.outbox import DAY_MS
from silkport.node.exchange.peers import Peer, current_key, ends_at, meta, own_keys, peers
from silkport.node.exchange.registers import pair_of, register_with
from silkport.node.exchange.reminding import refusal, restoration_of
from silkport.node.sovereign import Node, incidents
from silkport.node.state.contract import Transaction
from silkport.node.transparency import log


@dataclass(frozen=True, slots=True)
class Parked:
    """A message that did not take effect, and why."""

    peer: str
    seq: int
    about: str
    code: str
    reason: str
    at: int


def standing(tx: Transaction, node: Node) -> dict[str, Any]:
    """All an operator wants at a glance, as plain values; moments in milliseconds."""
    size = log.current(tx)
    due = tx.one("next_due")
    return {
        "node": node.id,
        "name": meta(tx, "name"),
        "administration": node.administration,
        "competence": sorted(node.competence),
        "url": meta(tx, "url"),
        "now": node.now(),
        "certificate_days": _certificate_days(tx, node),
        "log": {"size": size.size, "root": size.root.hex()},
        "keys": [
            {"key": one.key.key_id, "state": one.state, "since": one.since}
            for one in own_keys(tx, node)
        ],
        "peers": [_peer(tx, node, one.id) for one in peers(tx)],
        "declarations": [
            {"direction": direction, "state": state, "count": count}
            for direction, state, count in tx.rows("states_counted")
        ],
        "next_due": due[0] if due else None,
        "parked": [asdict(one) for one in parked(tx)],
        "incidents": [asdict(one) for one in incidents(tx, 10)],
    }


def _certificate_days(tx: Transaction, node: Node) -> int:
    """Days until the certificate that the node shows ends."""
    return (ends_at(current_key(tx, node).certificate) - node.now()) // DAY_MS


def _peer(tx: Transaction, node: Node, peer_id: str) -> dict[str, Any]:
    peer = next(one for one in peers(tx) if one.id == peer_id)
    oldest = tx.one("oldest_out", peer.id, peer.taken + 1)
    count = tx.one("count_parked", peer.id)
    pair = pair_of(node.administration, peer.administration)
    try:
        digest = register_with(tx, node, peer.administration).digest
    except RegisterUnsigned:
        digest = ""
    return {
        "peer": peer.id,
        "name": peer.name,
        "competence": sorted(peer.competence),
        "url": peer.url,
        "state": peer.state,
        "reason": peer.reason,
        "waiting": peer.queued - peer.taken,
        "waiting_since": oldest[0] if oldest else None,
        "unconsidered_there": peer.queued - peer.considered_there,
        "sent": peer.taken,
        "received": peer.received,
        "to_apply": peer.received - peer.considered,
        "parked": count[0] if count else 0,
        "failures": peer.failures,
        "next_try": peer.next_try if peer.failures else None,
        "last_error": peer.last_error,
        "last_heard": peer.last_heard or None,
        "log_held": peer.head_size,
        "register": {"pair": pair, "digest": digest},
        **_after_restores(tx, node, peer),
    }


def _after_restores(tx: Transaction, node: Node, peer: Peer) -> dict[str, Any]:
    """What a restore, of this node or of the peer, has left to be known or to be done.

    `regained` are messages that this node sent, lost and has back; nothing else here remembers
    them. `open` says in a sentence what an operator here or there has to do.
    """
    count = tx.one("count_unnumbered", peer.id)
    restored = restoration_of(tx, peer.id)
    if restored is not None and not restored.accepted_at:
        to_do = str(refusal(node, peer.id, restored))
    else:
        to_do = str(MarksOpen(node=node.id, peer=peer.id)) if peer.unsettled_since else ""
    return {
        "unsettled_since": peer.unsettled_since or None,
        "unnumbered": count[0] if count else 0,
        "regained": [
            {"first": first, "last": last, "restored_at": since, "at": at}
            for first, last, since, at in tx.rows("regained", peer.id)
        ],
        "restoration": asdict(restored) if restored is not None else None,
        "open": to_do,
    }


def parked(tx: Transaction) -> list[Parked]:
    """All messages that did not take effect, by peer and number."""
    return [Parked(*row) for row in tx.rows("parked")]
