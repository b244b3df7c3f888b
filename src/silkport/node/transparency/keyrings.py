"""The keys by which everything else is checked: are they themselves what they were?"""

from __future__ import annotations

from collections import Counter

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from silkport.kernel.errors import InvalidValue, SilkportError
from silkport.node.exchange.keys import fingerprint, key_id_of, signing_key_from
from silkport.node.sovereign import Node
from silkport.node.state.contract import Transaction
from silkport.node.transparency.faults import Faults

_BROKEN = (ValueError, TypeError, InvalidSignature)


def check_keys(tx: Transaction, node: Node, faults: Faults) -> None:
    """Every key can be opened and is the one its public part says; certificates are as pinned."""
    states = Counter[str]()
    for key_id, public, sealed, certificate, tls_sealed, state, _ in tx.rows("own_keys"):
        states[state] += 1
        try:
            key = signing_key_from(node.vault.open(sealed, f"signing {key_id}"))
            node.vault.open(tls_sealed, f"tls {key_id}")
            sound = (key.public, key.key_id) == (public, key_id)
        except SilkportError:
            sound = False
        if not sound:
            faults.add("own_key", key_id, "its parts do not belong together")
        if not _is_self_signed(certificate):
            faults.add("own_key", key_id, "its certificate was changed")
    if states["current"] != 1 or states["next"] > 1:
        faults.add("own_key", "-", "one of them is in force, and at most one is to come")
    for peer, key_id, public, certificate, shown, _ in tx.rows("audit_peer_keys"):
        name = f"{peer} {key_id}"
        if key_id_of(public) != key_id:
            faults.add("peer_key", name, "its public key is another")
        try:
            same = fingerprint(certificate.encode()) == shown
        except InvalidValue:
            same = False
        if not same:
            faults.add("peer_key", name, "its certificate has another fingerprint")


def _is_self_signed(certificate: str) -> bool:
    try:
        parsed = x509.load_pem_x509_certificate(certificate.encode())
        parsed.verify_directly_issued_by(parsed)
    except _BROKEN:
        return False
    return True
