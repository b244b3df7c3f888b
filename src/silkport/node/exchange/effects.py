"""What a message of each kind does here. What a neighbour says of a matter is kept in any case.

An effect checks before it writes: once it has written it does not fail. It gives the replies.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from silkport.kernel.canonical import canonical_bytes
from silkport.kernel.errors import InvalidValue, LimitExceeded
from silkport.kernel.exchange_errors import MessageMalformed, PeerParked, WrongSignature
from silkport.kernel.limits import MAX_KEYS_OF_PEER, MAX_PARKED_TOLD
from silkport.model.messages import MessageKind
from silkport.node.corridor import guarantees, transport_news
from silkport.node.corridor.grants import grant_received
from silkport.node.corridor.inspections import passport_received
from silkport.node.exchange.keys import fingerprint, key_id_of, verify
from silkport.node.exchange.outbox import Outgoing
from silkport.node.exchange.peers import TAKEN, Peer, add_key
from silkport.node.sovereign import Node, note, shown_text
from silkport.node.state.contract import Transaction
from silkport.node.workflow.neighbours import answer_query, export_changed, neighbour_said
from silkport.node.workflow.telling import country_of

KEY_CHANGE = "key-change"
MAX_CODE = 20
OVERLAP_MS = 7 * 86_400_000
"""How long the former key of a peer still counts after the new one: what is under way arrives."""


@dataclass(frozen=True, slots=True)
class Understood:
    """A message whose form, sender and legal basis are in order."""

    sender: Peer
    kind: MessageKind
    seq: int
    id: str
    about: str
    body: Mapping[str, Any]


Effect = Callable[[Transaction, Node, Understood], list[Outgoing]]


def _keep(_tx: Transaction, _node: Node, _message: Understood) -> list[Outgoing]:
    """Nothing beyond what is kept of every message."""
    return []


def _consignment(tx: Transaction, node: Node, message: Understood) -> list[Outgoing]:
    """Declarations here about the same house learn of it."""
    neighbour_said(tx, node, message.sender.id, message.kind.name, message.seq, message.body)
    return []


def _export_changed(tx: Transaction, node: Node, message: Understood) -> list[Outgoing]:
    """What is declared and carried here of that house is flagged: somebody must act."""
    peer, seq, body = message.sender.id, message.seq, message.body
    export_changed(tx, node, peer, seq, body)
    transport_news.export_amended(tx, node, peer, seq, body)
    return _consignment(tx, node, message)


def _arrival(tx: Transaction, node: Node, message: Understood) -> list[Outgoing]:
    """What set out from here arrived: its transport learns of it, its guarantee is free.

    Not where it arrived otherwise than declared: then an officer decides.
    """
    peer, seq, body = message.sender.id, message.seq, message.body
    told = transport_news.arrived(tx, node, peer, seq, body)
    differs = transport_news.arrived_otherwise(tx, node, told, body)
    guarantees.arrived(tx, node, peer, seq, body, differs=differs)
    return _consignment(tx, node, message)


def _inspection(tx: Transaction, node: Node, message: Understood) -> list[Outgoing]:
    """A passport is kept, and what waits for an inspection of that house is looked at again."""
    passport_received(tx, node, message.sender.id, message.body)
    return _consignment(tx, node, message)


def _grant(tx: Transaction, node: Node, message: Understood) -> list[Outgoing]:
    """The trader's copy comes to the importer, or goes again."""
    grant_received(tx, node, message.sender.id, message.body)
    return []


def _receipt(tx: Transaction, node: Node, message: Understood) -> list[Outgoing]:
    """How far the peer has come; what it parked becomes an incident here."""
    peer = message.sender
    first, last = int(message.body["first"]), int(message.body["last"])
    if not 0 < last <= peer.queued:
        raise MessageMalformed(peer=peer.id, reason=f"{last} was never sent to it")
    parked: dict[str, list[int]] = {}
    for row in message.body.get("parked", []):
        parked.setdefault(row["code"], []).append(row["seq"])
    for code, seqs in islice(parked.items(), MAX_PARKED_TOLD):
        more = f" and {len(seqs) - MAX_PARKED_TOLD} more" if len(seqs) > MAX_PARKED_TOLD else ""
        named = ", ".join(map(str, seqs[:MAX_PARKED_TOLD])) + more
        why = shown_text(code, MAX_CODE)
        note(tx, node, peer.id, PeerParked(peer=peer.id, seq=named, why=why))
    _keys_taken(
        tx, peer.id, range(first, last + 1), {one for own in parked.values() for one in own}
    )
    tx.run("set_considered_there", last, peer.id)
    return []


def _keys_taken(tx: Transaction, peer: str, seqs: range, parked: set[int]) -> None:
    """A key of ours counts with a peer once it took the change; not while that is parked there."""
    for key_id, seq in tx.rows("own_key_told", peer):
        if abs(seq) in seqs:
            tx.run("tell_own_key", key_id, peer, -abs(seq) if abs(seq) in parked else TAKEN)


def _key_change(tx: Transaction, node: Node, message: Understood) -> list[Outgoing]:
    """The peer's new key counts from now on, the former ones a while longer.

    Raises LimitExceeded when as many count already as may; the change is parked then.
    """
    peer, body = message.sender.id, message.body
    try:
        public, proof = bytes.fromhex(body["public"]), bytes.fromhex(body["proof"])
        fingerprint(body["certificate"].encode())
    except (ValueError, InvalidValue) as error:
        raise MessageMalformed(peer=peer, reason=f"its new key cannot be read: {error}") from None
    stated = {"certificate": body["certificate"], "node": peer, "public": body["public"]}
    if not verify(public, KEY_CHANGE, canonical_bytes(stated), proof):
        raise WrongSignature(what="the change of keys", peer=peer)
    if tx.one("peer_key", peer, key_id_of(public)) is not None:
        raise MessageMalformed(peer=peer, reason="its new key was in use before")
    now = node.now()
    if sum(row[4] > now for row in tx.rows("peer_keys", peer)) >= MAX_KEYS_OF_PEER:
        reason = "so many of its keys count at the same time"
        raise LimitExceeded(source=f"The keys of {peer}", limit=MAX_KEYS_OF_PEER, reason=reason)
    try:
        add_key(tx, peer, public, body["certificate"], now)
    except InvalidValue as error:
        raise MessageMalformed(peer=peer, reason=f"its certificate: {error}") from None
    tx.run("stop_other_keys", now + OVERLAP_MS, peer, key_id_of(public))
    return []


def _query(tx: Transaction, _node: Node, message: Understood) -> list[Outgoing]:
    """A question on what was counted is answered with counts."""
    country = country_of(message.sender.administration)
    return [Outgoing("mirror_answer", answer_query(tx, message.body, country), message.id)]


COUNTS = frozenset({"mirror_query"})
"""Kinds that are answered by counting, which takes the time of many others."""

EFFECTS: Mapping[str, Effect] = {
    "export_released": _consignment,
    "export_amended": _export_changed,
    "exporter_grant": _grant,
    "arrival_notice": _arrival,
    "import_registered": _consignment,
    "import_decision": _consignment,
    "inspection_result": _inspection,
    "capacity_notice": _keep,
    "slot_state": _keep,
    "checkpoint_calendar": _keep,
    "mirror_query": _query,
    "mirror_answer": _keep,
    "receipt": _receipt,
    "key_change": _key_change,
}
"""By name of kind."""
