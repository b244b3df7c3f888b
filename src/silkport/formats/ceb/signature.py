"""The declarant's signature on a China parcel message: is the content still what was signed?

The enveloped XML signature, a direct child of the root, is checked against the certificate that it
carries itself. That certificate's chain, dates and revocation are NOT examined: no roots are
shipped, whom to trust is the operator's decision. "verified" says that the holder of this key
signed this content, not who the holder is.
White space and processing instructions are signed, so parsing must keep them; comments are not.
Source: GACC, definition of the messages, edition 202205; W3C XML Signature Syntax and Processing.
"""

from __future__ import annotations

import base64
import copy
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from silkport.kernel.errors import InvalidValue

if TYPE_CHECKING:
    from lxml.etree import _Element as Node
    from lxml.etree import _ElementTree as Tree

MAX_SIGNATURE_CHARACTERS = 64 * 1024
"""Characters of all signatures of one message; one RSA signature with its certificate has 4,000."""

SHOWN_CHARACTERS = 200
"""Characters that are shown of a signer's name; a longer one ends in a mark."""

RSA_BITS = range(1024, 8192 + 1)
"""China's electronic port uses the shortest; below, values are forgeable, above, merely slow."""

_W3C = "http://www.w3.org/"
_DSIG = f"{_W3C}2000/09/xmldsig#"
_PORT = [f"{scheme}://www.chinaport.gov.cn/2022/04/xmldsig#" for scheme in ("http", "https")]
_INCLUSIVE = f"{_W3C}TR/2001/REC-xml-c14n-20010315"
_ENVELOPED = f"{_DSIG}enveloped-signature"

_EXCLUSIVE_OF = {
    _INCLUSIVE: False,
    # Version 1.1 differs from 1.0 only in attributes inherited from outside, which are refused.
    f"{_W3C}2006/12/xml-c14n11": False,
    f"{_W3C}2001/10/xml-exc-c14n#": True,
}
"""Whether a canonical form is the exclusive one."""

# SHA-1 is broken for signatures whose content an attacker chooses, yet the national definition
# and the keys issued under it demand rsa-sha1: it is read, and written only on request.
_SHA1 = f"{_DSIG}sha1"
_SHA256 = f"{_W3C}2001/04/xmlenc#sha256"
_DIGESTS: dict[str, hashes.HashAlgorithm] = {
    _SHA1: hashes.SHA1(),  # noqa: S303
    _SHA256: hashes.SHA256(),
    **{f"{port}sm3": hashes.SM3() for port in _PORT},
}
_RSA = {f"{_DSIG}rsa-sha1": _SHA1, f"{_W3C}2001/04/xmldsig-more#rsa-sha256": _SHA256}
_SM2 = frozenset(f"{port}sm2-sm3" for port in _PORT)

_CEB = "{http://www.chinaport.gov.cn/ceb}"
_EXPORT = "213 215 303 403 505 507 509 603 605 607 701".split()
_EXTENSION_LAST = frozenset(f"{_CEB}CEB{number}Message" for number in _EXPORT)
"""Messages whose signature stands before ExtendMessage; in those of import it stands after."""

_WHITE = str.maketrans("", "", " \t\r\n")
_XML = "{http://www.w3.org/XML/1998/namespace}"

T = TypeVar("T")


def _ds(name: str) -> str:
    return f"{{{_DSIG}}}{name}"


@dataclass(frozen=True, slots=True)
class Signature:
    """What a message's signature is worth, and the signature itself as evidence.

    state: absent, verified, digest_differs, value_differs, unsupported or unreadable.
    signer: name of the key and subject of the certificate, as far as they can be read.
    algorithm: last part of the signature method's identifier, such as rsa-sha1.
    reason: why it is not verified, for an operator; empty when it is.
    verbatim: the element as lxml writes it; empty when there is none or it is beyond the limit.
    """

    state: str
    signer: str
    algorithm: str
    reason: str
    verbatim: str


class _Doubt(Exception):
    """Why a signature is not verified: a state and a reason."""


@dataclass(frozen=True, slots=True)
class _Claim:
    """What a signature says: how it was made, over which digest, and its value."""

    exclusive_info: bool
    exclusive_content: bool
    method: str
    digest_method: hashes.HashAlgorithm
    digest: bytes
    value: bytes


def examine(root: Node, *, consume: bool = False) -> Signature:
    """Whether a message is still what its signer signed. Never raises for content.

    Args:
        root: the root element of a parsed message.
        consume: the caller needs the message no more, so that it need not be copied.
    """
    assert root.getparent() is None
    found = root.findall(_ds("Signature"))
    if not found:
        return Signature("absent", "", "", "the message carries no signature", "")
    verbatim = "".join(etree.tostring(one, encoding="unicode", with_tail=False) for one in found)
    if len(verbatim) > MAX_SIGNATURE_CHARACTERS:
        reason = f"it is not kept: it has more than {MAX_SIGNATURE_CHARACTERS} characters"
        return Signature("unreadable", "", "", reason, "")
    certificate = _certificate(found[0])
    state, reason = "verified", ""
    try:
        if len(found) > 1:
            raise _Doubt("unsupported", f"the message carries {len(found)} signatures")
        if root.getroottree().docinfo.internalDTD is not None:
            raise _Doubt("unreadable", "the message declares a document type")
        _verify(root, _claim(found[0]), certificate, consume=consume)
    except _Doubt as doubt:
        state, reason = doubt.args
    if state == "digest_differs" and isinstance(certificate, _Doubt):
        reason = f"{reason}; moreover, {certificate.args[1]}"
    method = found[0].find(f"{_ds('SignedInfo')}/{_ds('SignatureMethod')}")
    algorithm = "" if method is None else _last_part(method.get("Algorithm") or "")
    return Signature(state, _signer(found[0], certificate), algorithm, reason, verbatim)


def _signer(signature: Node, certificate: x509.Certificate | _Doubt) -> str:
    names = [one.text or "" for one in signature.iterfind(f"{_ds('KeyInfo')}/{_ds('KeyName')}")]
    if not isinstance(certificate, _Doubt):
        try:
            names.append(certificate.subject.rfc4514_string())
        except ValueError:
            names.append("(subject not readable)")
    return _shown(" ".join(names))


def _last_part(identifier: str) -> str:
    return _shown(re.split("[#/]", identifier)[-1])


def _shown(text: str) -> str:
    """A sender's words as an operator may read them: nothing hidden, reordered or endless."""
    clean = "".join(letter if letter.isprintable() else " " for letter in text[:SHOWN_CHARACTERS])
    mark = "…" if len(text) > SHOWN_CHARACTERS else ""
    return " ".join(clean[: SHOWN_CHARACTERS - len(mark)].split()) + mark


def _certificate(signature: Node) -> x509.Certificate | _Doubt:
    """The first certificate that is carried: the signer's own; others would be its chain."""
    carried = signature.find(f"{_ds('KeyInfo')}/{_ds('X509Data')}/{_ds('X509Certificate')}")
    if carried is None:
        return _Doubt("unsupported", "it carries no certificate to check it with")
    try:
        return x509.load_der_x509_certificate(_binary(carried))
    except _Doubt as doubt:
        return doubt
    except (ValueError, x509.InvalidVersion, Warning):  # a test run makes warnings errors
        return _Doubt("unreadable", "its certificate cannot be read")


def _claim(signature: Node) -> _Claim:
    """Takes a signature apart; whatever is not exactly the known form is a doubt."""
    info, value = _parts(signature, "SignedInfo SignatureValue( KeyInfo)?")[:2]
    wanted = "CanonicalizationMethod SignatureMethod( Reference)+"
    canonical, method, reference, *others = _parts(info, wanted)
    if others:
        raise _Doubt("unsupported", f"it covers {len(others) + 1} things, not just the message")
    if reference.get("URI") != "":
        raise _Doubt("unsupported", "it does not cover the message that carries it")
    *transforms, digest_method, digest = _parts(reference, "(Transforms )?DigestMethod DigestValue")
    wanted = "Transform( Transform)*"
    steps = [_identifier(step) for one in transforms for step in _parts(one, wanted)]
    if steps[:1] != [_ENVELOPED] or len(steps) > 2:
        raise _Doubt("unsupported", "its transforms are not those of an enveloped signature")
    return _Claim(
        exclusive_info=_known(_EXCLUSIVE_OF, _identifier(canonical), "canonical form"),
        exclusive_content=_known(_EXCLUSIVE_OF, [*steps, _INCLUSIVE][1], "transform"),
        method=_identifier(method),
        digest_method=_known(_DIGESTS, _identifier(digest_method), "digest"),
        digest=_binary(digest),
        value=_binary(value),
    )


def _parts(node: Node, wanted: str) -> list[Node]:
    """The children of a node, whose names must follow a pattern."""
    tags = (str(child.tag).partition(_ds("")) for child in node)
    names = " ".join("?" if strange else name for strange, _, name in tags)
    if not re.fullmatch(wanted, names):
        raise _Doubt("unreadable", f"its {_name(node)} holds {_shown(names) or 'nothing'}")
    return list(node)


def _name(node: Node) -> str:
    return str(etree.QName(node).localname)


def _identifier(node: Node) -> str:
    """The algorithm that an element names; parameters would change what it means."""
    if len(node):
        raise _Doubt("unsupported", f"its {_name(node)} has parameters")
    return node.get("Algorithm") or ""


def _known(table: dict[str, T], identifier: str, what: str) -> T:
    if identifier not in table:
        raise _Doubt("unsupported", f"its {what} {_last_part(identifier)!r} is not known here")
    return table[identifier]


def _binary(node: Node) -> bytes:
    """The bytes that an element holds as base64, with white space anywhere."""
    try:
        # A child could hide what stands behind it.
        text = "" if len(node) else (node.text or "").translate(_WHITE)
        found = base64.b64decode(text, validate=True)
    except ValueError:
        found = b""
    if not found:
        raise _Doubt("unreadable", f"its {_name(node)} is not base64")
    return found


def _verify(
    root: Node, claim: _Claim, certificate: x509.Certificate | _Doubt, *, consume: bool
) -> None:
    """Raises a doubt unless content and value are both what the certificate's holder signed."""
    tree = root.getroottree() if consume else copy.deepcopy(root.getroottree())
    signature = tree.getroot().find(_ds("Signature"))
    assert signature is not None
    info = _signed_info(signature, exclusive=claim.exclusive_info)
    _check_digest(tree, signature, claim)
    _check_value(info, claim, certificate)


def _signed_info(signature: Node, *, exclusive: bool) -> bytes:
    """The bytes whose signature is the value."""
    parent = signature.getparent()
    assert parent is not None
    if not exclusive and any(_XML in str(name) for name in [*parent.attrib, *signature.attrib]):
        # The canonical form hands these down to its parts, which lxml does not.
        raise _Doubt("unsupported", "the message carries attributes of xml: itself")
    return _canonical(signature[0], exclusive=exclusive)


def _canonical(part: Node | Tree, *, exclusive: bool) -> bytes:
    try:
        return etree.tostring(part, method="c14n", exclusive=exclusive, with_comments=False)
    except etree.C14NError as fault:
        raise _Doubt("unreadable", "no canonical form: perhaps a relative namespace") from fault


def _digest(content: bytes, method: hashes.HashAlgorithm) -> bytes:
    try:
        digest = hashes.Hash(method)
    except UnsupportedAlgorithm as fault:
        raise _Doubt("unsupported", f"this machine lacks the digest {method.name}") from fault
    digest.update(content)
    return digest.finalize()


def _check_digest(tree: Tree, signature: Node, claim: _Claim) -> None:
    """Compares the content without its signature with the signed digest; consumes the tree."""
    root, before = tree.getroot(), signature.getprevious()
    lead = (root.text if before is None else before.tail) or ""
    trail = signature.tail or ""

    def holds(gap: str) -> bool:
        if before is None:
            root.text = gap
        else:
            before.tail = gap
        content = _canonical(tree, exclusive=claim.exclusive_content)
        return _digest(content, claim.digest_method) == claim.digest

    root.remove(signature)
    if holds(lead + trail):
        return
    reason = "the content is not the content that was signed"
    size, method = len(claim.digest), claim.digest_method
    if size != method.digest_size:
        reason = f"its digest has {size} bytes where {method.name} has {method.digest_size}"
    elif not f"{lead}{trail}".strip() and any(map(holds, {"", lead, trail})):
        reason = "the white space around it was changed after signing; send the message unchanged"
    raise _Doubt("digest_differs", reason)


def _check_value(info: bytes, claim: _Claim, certificate: x509.Certificate | _Doubt) -> None:
    """Checks what was signed against the key of the certificate."""
    if claim.method in _SM2:
        raise _Doubt("unsupported", "the digest agrees, but SM2 values are not checked here")
    method = _DIGESTS[_known(_RSA, claim.method, "method")]
    if isinstance(certificate, _Doubt):
        raise certificate
    try:
        key = certificate.public_key()
        if not isinstance(key, rsa.RSAPublicKey):
            raise _Doubt("value_differs", "its certificate's key is not an RSA key")
        if key.key_size not in RSA_BITS:
            raise _Doubt("unsupported", f"a key of {key.key_size} bits is not accepted")
        key.verify(claim.value, info, padding.PKCS1v15(), method)
    except InvalidSignature as fault:
        raise _Doubt(
            "value_differs", "its value was not made with its certificate's key"
        ) from fault
    except (ValueError, UnsupportedAlgorithm) as fault:
        raise _Doubt("unsupported", "its certificate's key is of an unknown kind") from fault


def sign(
    root: Node,
    key: rsa.RSAPrivateKey,
    certificate_pem: bytes | None = None,
    *,
    algorithm: str = "rsa-sha256",
) -> None:
    """Signs a message with a key kept in software, at the place its definition gives.

    Args:
        root: the message, unsigned; it gains one child and is otherwise left as it is.
        certificate_pem: the certificate of that key; without one, no receiver can check the value.
        algorithm: rsa-sha256, or rsa-sha1 where the receiver takes nothing else.
    """
    method = next((known for known in _RSA if _last_part(known) == algorithm), "")
    if not method:
        known = ", ".join(map(_last_part, _RSA))
        raise InvalidValue(what="the algorithm", value=algorithm, reason=f"known are {known}")
    if root.find(_ds("Signature")) is not None:
        raise _refused("it is signed already")
    hashing = _DIGESTS[_RSA[method]]
    tree = copy.deepcopy(root.getroottree())
    try:
        digest = _digest(_canonical(tree, exclusive=False), hashing)
        signature = _unsigned(method, digest)
        tree.getroot().append(signature)
        info = _signed_info(signature, exclusive=False)
    except _Doubt as doubt:
        raise _refused(doubt.args[1]) from doubt
    value = key.sign(info, padding.PKCS1v15(), hashing)
    etree.SubElement(signature, _ds("SignatureValue")).text = base64.b64encode(value).decode()
    if certificate_pem is not None:
        _add_certificate(signature, key, certificate_pem)
    extension = root.find(f"{_CEB}ExtendMessage") if root.tag in _EXTENSION_LAST else None
    root.insert(len(root) if extension is None else root.index(extension), signature)


def _refused(reason: str) -> InvalidValue:
    return InvalidValue(what="a message to be signed", value="this one", reason=reason)


def _unsigned(method: str, digest: bytes) -> Node:
    """A signature without its value: what is signed and how."""
    signature = etree.Element(_ds("Signature"), nsmap={"ds": _DSIG})
    info = etree.SubElement(signature, _ds("SignedInfo"))
    etree.SubElement(info, _ds("CanonicalizationMethod"), Algorithm=_INCLUSIVE)
    etree.SubElement(info, _ds("SignatureMethod"), Algorithm=method)
    reference = etree.SubElement(info, _ds("Reference"), URI="")
    transforms = etree.SubElement(reference, _ds("Transforms"))
    etree.SubElement(transforms, _ds("Transform"), Algorithm=_ENVELOPED)
    etree.SubElement(reference, _ds("DigestMethod"), Algorithm=_RSA[method])
    etree.SubElement(reference, _ds("DigestValue")).text = base64.b64encode(digest).decode()
    return signature


def _add_certificate(signature: Node, key: rsa.RSAPrivateKey, certificate_pem: bytes) -> None:
    """Adds the signer's certificate, named by its serial number as the national keys do."""
    try:
        certificate = x509.load_pem_x509_certificate(certificate_pem)
        owned = certificate.public_key() == key.public_key()
    except (ValueError, x509.InvalidVersion, UnsupportedAlgorithm) as fault:
        raise _refused("the certificate is not one in PEM") from fault
    if not owned:
        raise _refused("the certificate belongs to another key")
    serial = f"{certificate.serial_number:x}"
    name = serial.rjust(len(serial) + len(serial) % 2, "0")
    about = etree.SubElement(signature, _ds("KeyInfo"))
    etree.SubElement(about, _ds("KeyName")).text = name
    held = etree.SubElement(etree.SubElement(about, _ds("X509Data")), _ds("X509Certificate"))
    held.text = base64.b64encode(certificate.public_bytes(Encoding.DER)).decode()
