"""A change of keys without stopping: tell every peer, then sign with the new key.

The new key is told under the old one. With each peer the new key signs once that peer has taken
the change; when all active peers have, the new key and its certificate are the current ones. A
peer that cannot be reached holds that up only so long: the others soon stop trusting the former
certificate. With that peer the former key goes on signing until it has taken the change.
"""

from __future__ import annotations

from silkport.kernel.canonical import canonical_bytes
from silkport.kernel.errors import InvalidValue, SilkportError
from silkport.kernel.limits import MAX_KEYS_OF_PEER
from silkport.node.exchange.effects import KEY_CHANGE, OVERLAP_MS
from silkport.node.exchange.keys import SEED_BYTES, SigningKey
from silkport.node.exchange.outbox import DAY_MS, Outgoing, queue
from silkport.node.exchange.peers import (
    UNTOLD,
    OwnKey,
    add_own_key,
    current_key,
    ends_at,
    key_for,
    meta,
    own_keys,
    peer_of,
    peers,
)
from silkport.node.home import certificate_for
from silkport.node.sovereign import Node, note
from silkport.node.state.contract import Transaction

NEXT = "next"
RENEW_DAYS = 60
"""So long before the certificate ends a node that serves changes it."""
LATEST_MS = OVERLAP_MS // 2
"""After so long the new key is the current one in any case."""
TURN_MS = 6 * 60_000
"""How long a certificate is shown in its turn: a peer tries again within five minutes."""


def rotate(
    tx: Transaction, node: Node, seed: bytes, tls_seed: bytes, certificate: str
) -> SigningKey:
    """Begins a change to a new key.

    Raises InvalidValue while another one is under way, and after so many that peers would park it.
    """
    if reason := _against_change(tx, node):
        raise InvalidValue(what="a change of keys", value=node.id, reason=reason)
    key = add_own_key(tx, node, seed, tls_seed, certificate, NEXT)
    promote(tx, node)
    return key


def renew(tx: Transaction, node: Node) -> bool:
    """Changes keys by itself when the certificate that goes with them ends soon.

    Returns: whether it began to.
    """
    if _days_left(tx, node) >= RENEW_DAYS or _against_change(tx, node):
        return False
    begin_change(tx, node)
    return True


def begin_change(tx: Transaction, node: Node) -> SigningKey:
    """Makes new keys with a new certificate and begins to change to them. Raises InvalidValue."""
    seed, tls_seed = node.chance(SEED_BYTES), node.chance(SEED_BYTES)
    certificate = certificate_for(node, meta(tx, "hosts").split(), tls_seed)
    return rotate(tx, node, seed, tls_seed, certificate)


def _against_change(tx: Transaction, node: Node) -> str:
    """Why keys cannot be changed now, "" when nothing is in the way."""
    keys = own_keys(tx, node)
    if any(one.state == NEXT for one in keys):
        return "a change is under way; every peer must take it first"
    now, term = node.now(), OVERLAP_MS + LATEST_MS  # a peer that takes a key late counts it longer
    counting = [one.since for one in keys if now - term < one.since <= now + OVERLAP_MS]
    if len(counting) >= MAX_KEYS_OF_PEER - 1:
        days = (counting[1 - MAX_KEYS_OF_PEER] + term - now) // DAY_MS + 1
        return f"peers count no more than {MAX_KEYS_OF_PEER} keys at once; possible in {days} days"
    return ""


def _days_left(tx: Transaction, node: Node) -> int:
    """Days until the certificate of the key in force ends."""
    return (ends_at(current_key(tx, node).certificate) - node.now()) // DAY_MS


def promote(tx: Transaction, node: Node) -> bool:
    """Tells of new keys whoever was not told yet, and makes the next key the current one.

    That is done when all active peers have taken it, or when it has waited LATEST_MS, or when the
    certificate in force has ended, with which nobody can be reached.
    Returns: whether it was done.
    """
    keys = own_keys(tx, node)
    for one in keys:
        _tell(tx, node, one)
    coming = next((one for one in keys if one.state == NEXT), None)
    if coming is None:
        return False
    is_late = node.now() - coming.since >= LATEST_MS or _days_left(tx, node) <= 0
    if not is_late and tx.rows("own_key_untold", coming.key.key_id, UNTOLD):
        return False
    for one in keys:
        if one.state == "current":
            tx.run("set_own_key_state", "former", one.key.key_id)
    tx.run("set_own_key_state", "current", coming.key.key_id)
    return True


def shown_key(tx: Transaction, node: Node) -> OwnKey:
    """The key whose certificate is shown to whoever calls: the current one.

    While some peer has not taken it, the former one that this peer knows is shown in turn with it.
    Two sides that both changed keys while their line was down could else never call each other.
    """
    keys = own_keys(tx, node)
    known = {key_for(tx, node, one.id).key.key_id for one in peers(tx)} if len(keys) > 1 else set()
    shown = [
        one
        for one in reversed(keys)
        if one.state == "current" or (one.state == "former" and one.key.key_id in known)
    ]
    return shown[node.now() // TURN_MS % len(shown)]


def _tell(tx: Transaction, node: Node, own: OwnKey) -> None:
    """Queues the change for peers that lack it. What cannot be queued is tried again next time."""
    key_id = own.key.key_id
    for peer, seq in tx.rows("own_key_lacking", key_id, UNTOLD, int(own.state == NEXT)):
        if peer_of(tx, peer).unsettled_since:  # once it is settled
            tx.run("tell_own_key", key_id, peer, UNTOLD)
            continue
        try:
            told = queue(tx, node, peer, [Outgoing("key_change", _change(node, own))])
        except SilkportError as error:
            if seq is None:
                note(tx, node, peer, error)
            told = UNTOLD
        tx.run("tell_own_key", key_id, peer, told)


def _change(node: Node, own: OwnKey) -> dict[str, object]:
    public, certificate = own.key.public.hex(), own.certificate
    stated = {"certificate": certificate, "node": node.id, "public": public}
    proof = own.key.sign(KEY_CHANGE, canonical_bytes(stated)).hex()
    return {"certificate": certificate, "public": public, "proof": proof}
