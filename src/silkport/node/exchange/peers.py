"""Peers: who they are, which of their keys count, how far the exchange with each has come."""

from __future__ import annotations

import json
import re
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.x509.oid import NameOID

from silkport.kernel.canonical import canonical_bytes
from silkport.kernel.errors import InvalidValue, NotFound, StoreDamaged
from silkport.kernel.exchange_errors import PeerSuspended, UnknownPeer, WrongSignature
from silkport.kernel.limits import MAX_PEERS
from silkport.model.messages import Competence
from silkport.node.exchange.keys import (
    SigningKey,
    fingerprint,
    key_id_of,
    pinned,
    signing_key_from,
    verify,
)
from silkport.node.exchange.records import record_act
from silkport.node.sovereign import NODE_ID, Node
from silkport.node.state.contract import Transaction

FOREVER = 2**53 - 1
TAKEN, UNTOLD = 0, FOREVER
"""Instead of the number of a key_change: the peer took it; it could not be queued yet."""
SURELY_TAKEN_MS = 3 * 86_400_000
"""After so long a peer that signed for a key_change has taken it; sooner it may stand parked. It
is less than the time after which that peer stops trusting the former key."""
CARD = "card"
MAX_NAME = 100
_URL = re.compile(r"https://[!-~]{1,200}")


@dataclass(frozen=True, slots=True)
class Peer:
    """One peer; numbers are those of messages.

    Attributes:
        received, considered: newest that came from it; newest of these applied or parked.
        queued, taken, considered_there: newest that waits for it; newest it signed a receipt
            for; newest it applied or parked.
        failures, next_try: failed tries in a row, and when the next one is due.
        head_size, head_root: newest proven head of its log.
        told_size: size of the newest head of our log that it was given or says it holds; where
            our proof begins. A receipt that never came there is found out by the next batch.
        unsettled_since: when this node was restored, if it has not agreed with the peer since
            on what was exchanged; else 0.
    """

    id: str
    administration: str
    name: str
    competence: frozenset[Competence]
    url: str
    state: str
    reason: str
    received: int
    considered: int
    queued: int
    taken: int
    considered_there: int
    failures: int
    next_try: int
    last_error: str
    last_heard: int
    head_size: int
    head_root: bytes
    told_size: int
    unsettled_since: int

    @property
    def is_suspended(self) -> bool:
        """Whether exchange with it rests by order."""
        return self.state == "suspended"


@dataclass(frozen=True, slots=True)
class OwnKey:
    """A key pair of this node with the certificate that goes with it."""

    key: SigningKey
    certificate: str
    tls_seed: bytes
    state: str
    since: int


def peer_of(tx: Transaction, peer: str) -> Peer:
    """One peer. Raises UnknownPeer."""
    row = tx.one("peer", peer)
    if row is None:
        raise UnknownPeer(who=peer[:MAX_NAME])
    return _peer(row)


def peers(tx: Transaction) -> list[Peer]:
    """All peers, by id."""
    return [_peer(row) for row in tx.rows("peers")]


def _peer(row: Sequence[Any]) -> Peer:
    try:
        competence = frozenset(Competence(one) for one in row[3].split())
    except ValueError:
        raise StoreDamaged(what=f"peer {row[0]}", reason="its competence is none") from None
    return Peer(row[0], row[1], row[2], competence, *row[4:])


def known_sender(tx: Transaction, node: Node, certificate: bytes) -> Peer:
    """The peer that showed a certificate (DER). Raises UnknownPeer, PeerSuspended."""
    shown = fingerprint(certificate)
    row = tx.one("peer_by_fingerprint", shown, node.now())
    if row is None:
        raise UnknownPeer(who=f"The owner of certificate {shown[:16]}")
    peer = peer_of(tx, row[0])
    if peer.is_suspended:
        raise PeerSuspended(peer=peer.id, reason=peer.reason)
    return peer


def public_key(tx: Transaction, peer: str, key_id: str, at: int, what: str) -> bytes:
    """A key of a peer that is valid at a moment. Raises WrongSignature."""
    row = tx.one("peer_key", peer, key_id)
    if row is None or at >= row[2]:
        raise WrongSignature(what=what, peer=peer)
    key: bytes = row[0]
    return key


def trusted_certificates(tx: Transaction, now: int) -> list[str]:
    """The certificates (PEM) of all peers that count now."""
    return [pem for _, pem, stop in tx.rows("certificates") if stop > now]


# Own keys.


def own_keys(tx: Transaction, node: Node) -> list[OwnKey]:
    """All keys of this node, oldest first. Raises KeysLocked."""
    return [
        OwnKey(
            signing_key_from(node.vault.open(sealed, f"signing {key_id}")),
            certificate,
            node.vault.open(tls_sealed, f"tls {key_id}"),
            state,
            since,
        )
        for key_id, _, sealed, certificate, tls_sealed, state, since in tx.rows("own_keys")
    ]


def key_for(tx: Transaction, node: Node, peer: str) -> OwnKey:
    """The key with which this node signs for a peer: the newest that the peer knows of.

    A key that came by message counts once the peer has applied that message, or signed for it and
    could say nothing more for SURELY_TAKEN_MS; one that it was never told of stood on the card by
    which it was added. With a certificate that has ended nobody is reached any more.
    """
    told: dict[str, int] = {row[0]: row[1] for row in tx.rows("own_key_told", peer)}
    for one in reversed(own_keys(tx, node)):
        if ends_at(one.certificate) <= node.now():
            continue
        seq = told.get(one.key.key_id, TAKEN if one.state != "next" else UNTOLD)
        is_old = node.now() - one.since >= SURELY_TAKEN_MS
        if seq == TAKEN or (is_old and 0 < seq <= peer_of(tx, peer).taken):
            return one
    return current_key(tx, node)


def current_key(tx: Transaction, node: Node) -> OwnKey:
    """The key in force."""
    return next(one for one in own_keys(tx, node) if one.state == "current")


def ends_at(certificate: str) -> int:
    """The moment at which a certificate (PEM) ends."""
    parsed = x509.load_pem_x509_certificate(certificate.encode())
    return int(parsed.not_valid_after_utc.timestamp()) * 1000


def add_own_key(
    tx: Transaction, node: Node, seed: bytes, tls_seed: bytes, certificate: str, state: str
) -> SigningKey:
    """Keeps a new key pair, sealed. Later ones are younger, whatever the clock says."""
    key = signing_key_from(seed)
    since = max([node.now(), *(row[6] + 1 for row in tx.rows("own_keys"))])
    tx.run(
        "add_own_key",
        key.key_id,
        key.public,
        node.vault.seal(seed, f"signing {key.key_id}", node.chance(12)),
        certificate,
        node.vault.seal(tls_seed, f"tls {key.key_id}", node.chance(12)),
        state,
        since,
    )
    return key


# Cards: how two operators make their nodes known to one another.


def card(tx: Transaction, node: Node, name: str, url: str) -> bytes:
    """What another operator needs to add this node as a peer; signed, without secrets."""
    own = current_key(tx, node)
    fields: dict[str, object] = {
        "node": node.id,
        "administration": node.administration,
        "name": name,
        "competence": sorted(node.competence),
        "url": url,
        "public": own.key.public.hex(),
        "certificate": own.certificate,
    }
    signature = own.key.sign(CARD, canonical_bytes(fields))
    return canonical_bytes(fields | {"signature": signature.hex()})


def add_peer(tx: Transaction, node: Node, content: bytes, *, replace: bool = False) -> Peer:
    """Adds the node that a card describes, or takes over its new address and name.

    Args:
        replace: the peer lost its keys or was made anew: those of the card count from now on and
            no others, the former stay for the proof of the past. Of a peer that is not known here
            it says that the peer may know this node from before, so it is asked first.
    Raises InvalidValue for what is no card, is of this node itself, or shows another key than
    the one that was added (keys change by message, and by card only where that is said); and for
    a certificate that cannot be pinned.
    """
    fields = _read_card(content)
    peer, public = str(fields["node"]), bytes.fromhex(str(fields["public"]))
    if peer == node.id:
        raise InvalidValue(what="a peer", value=peer, reason="it is this node itself")
    competence = " ".join(sorted({Competence(one) for one in fields["competence"]}))
    known = tx.rows("peer_keys", peer)
    if not known:
        if len(tx.rows("peers")) >= MAX_PEERS:
            raise InvalidValue(what="a peer", value=peer, reason=f"there are {MAX_PEERS} already")
        administration = fields["administration"]
        tx.run("add_peer", peer, administration, fields["name"], competence, fields["url"])
        add_key(tx, peer, public, str(fields["certificate"]), 0)
        if replace:
            tx.run("ask_peer", node.now(), peer)
        return peer_of(tx, peer)
    if replace:
        _replace_keys(tx, node, peer_of(tx, peer), fields)
    elif public not in [row[1] for row in known if row[4] > node.now()]:
        reason = (
            "another key of this peer is known; keys change by message, or, where the peer lost "
            "them and its operator read the new fingerprint to you, with --replace"
        )
        raise InvalidValue(what="a card", value=peer, reason=reason)
    tx.run("set_peer_url", fields["name"], fields["url"], competence, peer)
    return peer_of(tx, peer)


def _replace_keys(tx: Transaction, node: Node, peer: Peer, fields: Mapping[str, Any]) -> None:
    """The keys of a card count instead of all former ones; a leaf of the log says so."""
    if fields["administration"] != peer.administration:
        reason = f"it applies the law of {fields['administration']}, not {peer.administration}"
        raise InvalidValue(what="a card", value=peer.id, reason=reason)
    public, certificate = bytes.fromhex(fields["public"]), str(fields["certificate"])
    key_id, now = key_id_of(public), node.now()
    before = [row[0] for row in tx.rows("peer_keys", peer.id) if row[4] > now]
    add_key(tx, peer.id, public, certificate, now)
    shown = fingerprint(certificate.encode())
    tx.run("revive_peer_key", certificate, shown, FOREVER, peer.id, key_id)
    tx.run("stop_other_keys", now + 1, peer.id, key_id)  # what was signed this moment counts
    tx.run("set_peer_state", peer.state, peer.reason, peer.id)  # tried again at once
    record_act(
        tx, node, "peer_replaced", {"about": peer.id, "former": before, "key": key_id, "tls": shown}
    )


def add_key(tx: Transaction, peer: str, public: bytes, certificate: str, since: int) -> None:
    """Pins a key and certificate of a peer.

    Raises InvalidValue for a certificate that is not made out to the peer, that TLS does not
    take, that could sign others, or that is pinned for another peer: its owner could no longer be
    told from this one.
    """
    shown = fingerprint(certificate.encode())
    if _made_out_to(certificate) != [peer]:
        reason = "its common name is not that of the peer"
        raise InvalidValue(what="a certificate", value=shown, reason=reason)
    try:
        trial = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        trial.load_verify_locations(cadata=pinned(certificate.encode()))
    except ssl.SSLError as error:
        reason = f"TLS does not take it: {error.reason}"
        raise InvalidValue(what="a certificate", value=shown, reason=reason) from None
    if tx.one("peer_by_certificate", shown, peer) is not None:
        reason = "it is that of another peer"
        raise InvalidValue(what="a certificate", value=shown, reason=reason)
    tx.run("add_peer_key", peer, key_id_of(public), public, certificate, shown, since, FOREVER)


def _made_out_to(certificate: str) -> list[str | bytes]:
    """The common names in a certificate."""
    try:
        subject = x509.load_pem_x509_certificate(certificate.encode()).subject
    except ValueError:
        return []
    return [one.value for one in subject.get_attributes_for_oid(NameOID.COMMON_NAME)]


def set_state(tx: Transaction, peer: str, state: str, reason: str) -> None:
    """Suspends or resumes a peer. Raises UnknownPeer."""
    peer_of(tx, peer)
    tx.run("set_peer_state", state, reason, peer)


def _read_card(content: bytes) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    try:
        fields = json.loads(content)
        signature = bytes.fromhex(fields.pop("signature"))
        public = bytes.fromhex(fields["public"])
        for competence in fields["competence"]:
            Competence(competence)
        fingerprint(fields["certificate"].encode())
        is_card = all(NODE_ID.fullmatch(fields[name]) for name in ("node", "administration"))
        is_card = is_card and bool(_URL.fullmatch(fields["url"])) and _is_name(fields["name"])
        is_card = is_card and verify(public, CARD, canonical_bytes(fields), signature)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, InvalidValue):
        is_card = False
    if not is_card:
        reason = "it is not one, was changed, or its signature is wrong"
        raise InvalidValue(what="a card", value=f"{len(content)} bytes", reason=reason)
    return fields


def keys_on_card(content: bytes) -> tuple[str, bytes]:
    """The node that a card describes and its public key. Raises InvalidValue for what is none."""
    fields = _read_card(content)
    return str(fields["node"]), bytes.fromhex(str(fields["public"]))


def _is_name(text: str) -> bool:
    return 0 < len(text) <= MAX_NAME and text.isprintable()


def meta(tx: Transaction, key: str) -> str:
    """A setting of the node. Raises NotFound."""
    row = tx.one("meta", key)
    if row is None:
        raise NotFound(what=f"the setting {key}")
    value: str = row[0]
    return value
