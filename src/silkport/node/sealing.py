"""Sealing: what a written message still lacks before it can be sent: signature and envelope."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from lxml import etree

from silkport.formats.ceb.catalogue import SHAPES
from silkport.formats.ceb.envelope import Envelope, wrap
from silkport.formats.ceb.signature import sign
from silkport.formats.ceb.writing import Written
from silkport.kernel.errors import InvalidValue


@dataclass(frozen=True, slots=True)
class Address:
    """Who sends messages to whom through the exchange, and when."""

    sender: str
    receivers: tuple[str, ...]
    created: str
    """Date and time as 2026-01-31T08:30:00."""


@dataclass(frozen=True, slots=True)
class Seal:
    """Signs messages where their definition foresees it, and puts them into envelopes.

    Either is left undone where there is no key, or no address.
    """

    key: RSAPrivateKey | None = None
    certificate: bytes | None = None
    address: Address | None = None

    def put_on(self, written: Written) -> bytes:
        """The bytes of a message as they are sent."""
        data = written.data
        if self.key is not None and SHAPES[written.message].signature:
            root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))
            sign(root, self.key, self.certificate)
            data = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
        if self.address is not None:
            envelope = Envelope(
                message_id=written.guid,
                sender=self.address.sender,
                receivers=self.address.receivers,
                created=self.address.created,
                message_type=SHAPES[written.message].root,
            )
            data = wrap(envelope, data)
        return data


def read_key(path: Path) -> RSAPrivateKey:
    """The RSA key of a PEM file that is not protected by a passphrase.

    Raises InvalidValue for anything else; the error never quotes the file.
    """
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except TypeError as fault:
        reason = "it is protected by a passphrase"
        raise InvalidValue(what="the key", value=path.name, reason=reason) from fault
    except (ValueError, UnsupportedAlgorithm) as fault:
        reason = "it is no private key in PEM"
        raise InvalidValue(what="the key", value=path.name, reason=reason) from fault
    if not isinstance(key, RSAPrivateKey):
        raise InvalidValue(what="the key", value=path.name, reason="it is no RSA key")
    return key
