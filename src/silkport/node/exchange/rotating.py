"""A change of keys without stopping: tell every peer, then sign with the new key.

The new key is told under the old one. With each peer the new key signs once that peer has taken
the change; when all active peers have, the new key and its certificate are the current ones.
"""

from __future__ import annotations

from silkport.kernel.canonical import canonical_bytes
from silkport.kernel.errors import InvalidValue, SilkportError
from silkport.node.exchange.keys import SigningKey, signing_key_from
from silkport.node.exchange.outbox import Outgoing, queue
from silkport.node.exchange.peers import add_own_key, own_keys, peers
from silkport.node.sovereign import Node, note
from silkport.node.state.contract import Transaction

KEY_CHANGE = "key-change"


def rotate(
    tx: Transaction, node: Node, seed: bytes, tls_seed: bytes, certificate: str
) -> SigningKey:
    """Begins a change to a new key. Raises InvalidValue while another one is under way."""
    if any(one.state == "next" for one in own_keys(tx, node)):
        reason = "a change is under way; every peer must take it first"
        raise InvalidValue(what="a change of keys", value=node.id, reason=reason)
    public = signing_key_from(seed).public.hex()
    stated = {"certificate": certificate, "node": node.id, "public": public}
    proof = signing_key_from(seed).sign(KEY_CHANGE, canonical_bytes(stated)).hex()
    body = {"certificate": certificate, "public": public, "proof": proof}
    key = add_own_key(tx, node, seed, tls_seed, certificate, "next")
    for peer in peers(tx):
        try:
            seq = queue(tx, node, peer.id, [Outgoing("key_change", body)])
        except SilkportError as error:
            note(tx, node, peer.id, error)
            continue
        tx.run("tell_own_key", key.key_id, peer.id, seq)
    promote(tx, node)
    return key


def promote(tx: Transaction, node: Node) -> bool:
    """Makes the next key the current one when all active peers know it; gives whether it did."""
    keys = own_keys(tx, node)
    coming = next((one for one in keys if one.state == "next"), None)
    if coming is None or tx.rows("own_key_untold", coming.key.key_id):
        return False
    for one in keys:
        if one.state == "current":
            tx.run("set_own_key_state", "former", one.key.key_id)
    tx.run("set_own_key_state", "current", coming.key.key_id)
    return True
