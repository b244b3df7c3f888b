"""The declarant's signature: a real one, every way it can fail, and signatures of our own."""

from __future__ import annotations

import base64
import copy
import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from lxml.etree import _Element as Node

from silkport.formats.ceb import signature as module
from silkport.formats.ceb.signature import Signature, examine, sign
from silkport.kernel.errors import InvalidValue

CEB = "http://www.chinaport.gov.cn/ceb"
DSIG = "http://www.w3.org/2000/09/xmldsig#"
DS = f"{{{DSIG}}}"
PORT = "http://www.chinaport.gov.cn/2022/04/xmldsig#"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
CURVE = ec.SECP256R1()
VERSION_1_1 = "http://www.w3.org/2006/12/xml-c14n11"

MESSAGE = f"""<ceb:CEB621Message xmlns:ceb="{CEB}" xmlns:xsi="urn:instance" guid="G-1">
  <ceb:Inventory xsi:note="a &quot;b&quot;">
    <ceb:buyerName>李宝 &amp; 艾格林</ceb:buyerName>
    <ceb:qty>1</ceb:qty>
  </ceb:Inventory>
  <ceb:BaseTransfer><ceb:copCode>4612</ceb:copCode></ceb:BaseTransfer>
</ceb:CEB621Message>"""


@cache
def key(name: str, bits: int) -> rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey:
    return rsa.generate_private_key(65537, bits) if bits else ec.generate_private_key(CURVE)


def bo(bits: int = 2048) -> rsa.RSAPrivateKey:
    holder = key("Bo", bits)
    assert isinstance(holder, rsa.RSAPrivateKey)
    return holder


@cache
def certificate(name: str = "Bo", bits: int = 2048) -> bytes:
    """A certificate that its holder made and that is long expired; no bits: an elliptic key."""
    holder = key(name, bits)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject)
    builder = builder.public_key(holder.public_key()).serial_number(0x1691FE9)
    builder = builder.not_valid_before(datetime(2015, 1, 1, tzinfo=UTC))
    builder = builder.not_valid_after(datetime(2016, 1, 1, tzinfo=UTC))
    return builder.sign(holder, hashes.SHA256()).public_bytes(Encoding.PEM)


def parsed(text: str | bytes) -> Node:
    return etree.fromstring(text.encode() if isinstance(text, str) else text)


def written(root: Node) -> str:
    return etree.tostring(root, encoding="unicode")


def signed(text: str = MESSAGE, algorithm: str = "rsa-sha256") -> Node:
    root = parsed(text)
    sign(root, bo(), certificate(), algorithm=algorithm)
    return root


def part(root: Node, name: str) -> Node:
    found = root.find(f".//{DS}{name}")
    assert found is not None
    return found


def looked_at(root: Node) -> Signature:
    """What examine finds; the tree must be left as it was."""
    before = etree.tostring(root.getroottree(), encoding="unicode")
    found = examine(root)
    assert etree.tostring(root.getroottree(), encoding="unicode") == before
    return found


def state(text: str | bytes) -> str:
    return looked_at(parsed(text)).state


@pytest.mark.parametrize("algorithm", ["rsa-sha256", "rsa-sha1"])
def test_signed_and_verified(algorithm: str) -> None:
    found = looked_at(signed(algorithm=algorithm))
    assert (found.state, found.reason, found.algorithm) == ("verified", "", algorithm)
    assert found.signer == "01691fe9 CN=Bo"
    assert parsed(found.verbatim).tag == f"{DS}Signature"


@pytest.mark.parametrize("encoding", ["UTF-8", "GBK", "GB18030", "UTF-16"])
def test_the_encoding_of_the_message_does_not_matter(encoding: str) -> None:
    data = etree.tostring(signed(), encoding=encoding, xml_declaration=True)
    assert state(data) == "verified"


def test_comments_are_not_signed_but_instructions_are() -> None:
    text = written(signed())
    assert state(text.replace("<ceb:qty>", "<!-- --><ceb:qty>")) == "verified"
    assert state(text.replace("<ceb:qty>", "<?a b?><ceb:qty>")) == "digest_differs"
    assert state(f"<!-- -->{text}<!-- -->") == "verified"
    assert state(f"<?a b?>{text}") == "digest_differs"


def signed_again(
    hashing: hashes.HashAlgorithm, *, canonical: str = "", transform: str = "", port: str = ""
) -> Node:
    """A signature with other algorithms, made without the help of sign()."""
    root = signed()
    if canonical:
        part(root, "CanonicalizationMethod").set("Algorithm", canonical)
    if transform:
        etree.SubElement(part(root, "Transforms"), f"{DS}Transform", Algorithm=transform)
    if port:
        part(root, "SignatureMethod").set("Algorithm", f"{port}sm2-sm3")
        part(root, "DigestMethod").set("Algorithm", f"{port}sm3")
    content = copy.deepcopy(root)
    content.remove(part(content, "Signature"))
    digest = hashes.Hash(hashing)
    digest.update(etree.tostring(content, method="c14n", exclusive=transform == EXCLUSIVE))
    part(root, "DigestValue").text = base64.b64encode(digest.finalize()).decode()
    info = part(root, "SignedInfo")
    said = etree.tostring(info, method="c14n", exclusive=canonical == EXCLUSIVE)
    value = bo().sign(said, padding.PKCS1v15(), hashes.SHA256())
    part(root, "SignatureValue").text = base64.b64encode(value).decode()
    return root


@pytest.mark.parametrize(
    ("canonical", "transform"),
    [(EXCLUSIVE, ""), ("", EXCLUSIVE), (EXCLUSIVE, EXCLUSIVE), (VERSION_1_1, VERSION_1_1)],
)
def test_other_canonical_forms(canonical: str, transform: str) -> None:
    root = signed_again(hashes.SHA256(), canonical=canonical, transform=transform)
    assert looked_at(root).state == "verified"


@pytest.mark.parametrize("port", [PORT, PORT.replace("http", "https")])
def test_the_digest_of_an_sm2_signature_is_checked(port: str) -> None:
    root = signed_again(hashes.SM3(), port=port)
    found = looked_at(root)
    assert (found.state, found.algorithm) == ("unsupported", "sm2-sm3")
    assert found.reason == "the digest agrees, but SM2 values are not checked here"
    assert f">{part(root, 'SignatureValue').text}<" in found.verbatim
    assert state(written(root).replace(">1<", ">2<")) == "digest_differs"


def places(root: Node) -> list[tuple[Node, str]]:
    """Every text, tail and attribute outside the signature that holds a letter."""
    inside = set(part(root, "Signature").iter())
    outside = [node for node in root.iter() if node not in inside]
    found = [(node, place) for node in outside for place in ("text", "tail")]
    found = [(node, place) for node, place in found if getattr(node, place)]
    return found + [(node, str(name)) for node in outside for name in node.attrib]


@given(st.data(), st.characters(codec="utf-8", exclude_categories=["C"]))
@settings(max_examples=60)
def test_one_other_letter_is_noticed(data: st.DataObject, letter: str) -> None:
    root = signed()
    node, place = data.draw(st.sampled_from(places(root)))
    in_attribute = place not in {"text", "tail"}
    text = (node.get(place) if in_attribute else getattr(node, place)) or ""
    index = data.draw(st.integers(0, len(text) - 1))
    other = letter if letter != text[index] else "x" if text[index] != "x" else "y"
    changed = text[:index] + other + text[index + 1 :]
    if in_attribute:
        node.set(place, changed)
    else:
        setattr(node, place, changed)
    assert state(written(root)) == "digest_differs"


@given(st.text(alphabet=" \t\r\n", max_size=3), st.integers(1, 90))
@settings(max_examples=25)
def test_base64_may_be_broken_anywhere(gap: str, every: int) -> None:
    root = signed()
    for name in ("SignatureValue", "X509Certificate"):
        text = part(root, name).text or ""
        pieces = [text[start : start + every] for start in range(0, len(text), every)]
        part(root, name).text = f"{gap}{gap.join(pieces)}{gap}"
    assert state(written(root)) == "verified"


WHOLE = "<ds:Signature .*</ds:Signature>"
VALUE = "(?<=<ds:SignatureValue>)[^<]*"
DIGEST = "(?<=<ds:DigestValue>)[^<]*"
HELD = "(?<=<ds:X509Certificate>)[^<]*"
INFO = "<ds:SignedInfo>.*</ds:SignedInfo>"
REFERENCE = "<ds:Reference .*</ds:Reference>"
KEY = "<ds:KeyInfo>.*</ds:KeyInfo>"

FAILURES = [
    (WHOLE, "", "absent", "carries no signature"),
    ("(?<=<ds:SignatureValue>)....", "AAAA", "value_differs", "not made with"),
    (VALUE, "QUJD", "value_differs", "not made with"),
    (HELD, "2048", "value_differs", "not made with"),
    (HELD, "0", "value_differs", "not an RSA key"),
    ("<ds:SignedInfo>", '<ds:SignedInfo Id="x">', "value_differs", "not made with"),
    (DIGEST, "QUJD", "digest_differs", "3 bytes where sha256 has 32"),
    (">4612<", ">4613<", "digest_differs", "not the content that was signed"),
    (r">1<(.*X509Certificate>)[^<]+", r">2<\1Q", "digest_differs", "moreover, its X509Certificate"),
    ("</ceb:CEB", "\n    </ceb:CEB", "digest_differs", "the white space around it"),
    (VALUE, "§§§", "unreadable", "SignatureValue is not base64"),
    (VALUE, "QUJ", "unreadable", "SignatureValue is not base64"),
    (VALUE, "", "unreadable", "SignatureValue is not base64"),
    (VALUE, "QQ==QQ==", "unreadable", "SignatureValue is not base64"),
    (DIGEST, "李", "unreadable", "DigestValue is not base64"),
    (f"{DIGEST}(?=<)", r"\g<0><!---->", "unreadable", "DigestValue is not base64"),
    (HELD, "QUJD", "unreadable", "certificate cannot be read"),
    (HELD, "*", "unreadable", "X509Certificate is not base64"),
    ("(?<=<ds:KeyName>)", "A" * 70_000, "unreadable", "more than 65536 characters"),
    ("(?=<ds:KeyName>)", "<ds:KeyName/>" * 9_000, "unreadable", "more than 65536 characters"),
    ("<ds:SignedInfo>", r"\g<0><!---->", "unreadable", "SignedInfo holds ? Canonic"),
    ("</ds:Signature>", r"<ds:Object/>\g<0>", "unreadable", "KeyInfo Object"),
    ("(</?)ds:SignedInfo", r"\1SignedInfo", "unreadable", "Signature holds ? SignatureValue"),
    (INFO, "", "unreadable", "Signature holds SignatureValue KeyInfo"),
    ("<ds:Signature .*", f"<Signature xmlns='{DSIG}'/></ceb:CEB621Message>", "unreadable", "noth"),
    ("<ds:DigestMethod[^>]*>", "", "unreadable", "Reference holds Transforms DigestValue"),
    (REFERENCE, "", "unreadable", "SignedInfo holds"),
    ("<ds:Transform [^>]*>", "", "unreadable", "Transforms holds nothing"),
    ("<ds:Transforms>.*</ds:Transforms>", "", "unsupported", "not those of an enveloped"),
    (KEY, "", "unsupported", "carries no certificate"),
    ("<ds:X509Data>.*</ds:X509Data>", "", "unsupported", "carries no certificate"),
    (WHOLE, r"\g<0>\g<0>", "unsupported", "carries 2 signatures"),
    (REFERENCE, r"\g<0>\g<0>", "unsupported", "covers 2 things"),
    (' URI=""', "", "unsupported", "does not cover the message"),
    ('URI=""', 'URI="#G-1"', "unsupported", "does not cover the message"),
    ('URI=""', 'URI="file:///etc/passwd"', "unsupported", "does not cover the message"),
    ("xmldsig#enveloped-signature", "x#xslt", "unsupported", "not those of an enveloped"),
    ("<ds:Transform [^>]*>", r"\g<0>\g<0>", "unsupported", "transform 'enveloped-signature'"),
    ("<ds:Transform [^>]*>", r"\g<0>\g<0>\g<0>", "unsupported", "not those of an enveloped"),
    ("(<ds:Transform [^>]*)/>", r"\1><a/></ds:Transform>", "unsupported", "has parameters"),
    ("-more#rsa-sha256", "#hmac-sha1", "unsupported", "method 'hmac-sha1' is not known"),
    ("xmlenc#sha256", "x#md5", "unsupported", "digest 'md5' is not known"),
    ("REC-xml-c14n-20010315", "other", "unsupported", "canonical form 'other' is not known"),
    (" guid=", " xml:lang=", "unsupported", "attributes of xml: itself"),
    (' guid="', ' xmlns:q="relative', "unreadable", "no canonical form"),
]


@pytest.mark.parametrize(("old", "new", "what", "reason"), FAILURES)
def test_a_signature_that_is_not_verified(old: str, new: str, what: str, reason: str) -> None:
    if new.isdigit():  # somebody else's certificate, with a key of so many bits
        new = "".join(certificate("Chen", int(new)).decode().splitlines()[1:-1])
    text, count = re.subn(old, new, written(signed()), flags=re.DOTALL)
    assert count
    found = looked_at(parsed(text))
    assert (found.state, reason in found.reason) == (what, True), found
    assert bool(found.verbatim) is not (what == "absent" or "not kept" in found.reason)


def test_where_a_signature_stands() -> None:
    root = signed()
    root.insert(0, part(root, "Signature"))
    assert looked_at(root).state == state(written(root)) == "verified"
    root[1].append(part(root, "Signature"))
    assert looked_at(root).state == "absent"


def test_a_document_type_is_not_opened() -> None:
    text = '<!DOCTYPE x [<!ENTITY e "1">]>' + written(signed()).replace(">1<", ">&e;<")
    root = etree.fromstring(text.encode(), etree.XMLParser(resolve_entities=False))
    assert looked_at(root).state == "unreadable"


@pytest.mark.parametrize("bits", [1024, 2048])
def test_short_keys(bits: int, monkeypatch: pytest.MonkeyPatch) -> None:
    root = parsed(MESSAGE)
    sign(root, bo(bits), certificate("Bo", bits))
    assert looked_at(root).state == "verified"
    monkeypatch.setattr(module, "RSA_BITS", range(bits + 1, 9000))
    assert looked_at(root).reason == f"a key of {bits} bits is not accepted"


SHOWN = [("a\u202e\n  b", "a b CN=Bo"), ("A" * 200, "A" * 199 + "…"), ("", "CN=Bo")]


@pytest.mark.parametrize(("name", "shown"), SHOWN)
def test_the_signer_is_shown_without_tricks(name: str, shown: str) -> None:
    root = signed()
    part(root, "KeyName").text = name
    assert looked_at(root).signer == shown


@given(st.binary(max_size=400), st.integers(0, 10_000), st.integers(0, 255))
@settings(max_examples=150)
def test_no_certificate_makes_it_fail(junk: bytes, index: int, value: int) -> None:
    root = signed()
    held = part(root, "X509Certificate")
    data = bytearray(base64.b64decode(held.text or ""))
    data[index % len(data)] = value
    for one in (junk, bytes(data)):
        held.text = base64.b64encode(one).decode()
        assert looked_at(root).state in {"verified", "value_differs", "unsupported", "unreadable"}


@pytest.mark.parametrize(("number", "place"), [(621, -1), (311, -1), (603, -2), (213, -2)])
def test_the_place_of_a_new_signature(number: int, place: int) -> None:
    text = MESSAGE.replace("621", str(number))
    text = text.replace("</ceb:CEB", "<ceb:ExtendMessage/>\n</ceb:CEB")
    root = signed(text)
    assert root[place].tag == f"{DS}Signature"
    assert state(written(root)) == "verified"
    root.remove(root[place])
    assert written(root) == written(parsed(text))
    sign(root, bo())
    assert looked_at(root).reason == "it carries no certificate to check it with"


@pytest.mark.parametrize(
    ("message", "holder", "method", "reason"),
    [
        (MESSAGE, "", "sm2-sm3", "known are rsa-sha1, rsa-sha256"),
        (MESSAGE, "nobody", "rsa-sha1", "not one in PEM"),
        (MESSAGE, "Chen", "rsa-sha1", "belongs to another key"),
        (MESSAGE.replace("guid", "xml:lang"), "", "rsa-sha1", "attributes of xml:"),
        (MESSAGE.replace("urn:instance", "instance"), "", "rsa-sha1", "no canonical form"),
        (f"<a><ds:Signature xmlns:ds='{DSIG}'/></a>", "", "rsa-sha1", "signed already"),
    ],
)
def test_what_cannot_be_signed(message: str, holder: str, method: str, reason: str) -> None:
    root = parsed(message)
    pem = certificate(holder) if holder == "Chen" else b"no certificate" if holder else None
    with pytest.raises(InvalidValue, match=reason):
        sign(root, bo(), pem, algorithm=method)
    assert written(root) == written(parsed(message))


def test_a_signed_inventory_is_valid(shared_data: Callable[[str], Path]) -> None:
    folder = shared_data("ceb-messages") / "202205"
    schema = etree.XMLSchema(etree.parse(folder / "xsd" / "import.xsd"))
    root = etree.parse(folder / "import" / "CEB621Message.xml").getroot()
    for old in root.findall(f"{DS}Signature"):
        root.remove(old)
    assert not schema.validate(root)
    sign(root, bo(), certificate())
    assert schema.validate(root), schema.error_log
    assert state(written(root)) == "verified"


SIGNED = "signed/CEB621Message_signed.xml"
ORDER = [2, 0, 3, 1, 6, 4, 8, 5, 7, 12, 9, 13, 10, 11, 14, 15, 16, 18, 17, 20, 19, 22, 21, 24]
"""Lines of the published certificate in the order in which they make one; the rest follows."""


def test_a_published_message_was_changed_after_signing(shared_data: Callable[[str], Path]) -> None:
    """It was indented for publication, and the lines of its certificate were shuffled."""
    found = looked_at(etree.parse(shared_data("ceb-messages") / SIGNED).getroot())
    assert (found.state, found.algorithm) == ("digest_differs", "rsa-sha1")
    assert found.signer == "01691fe9"
    assert found.reason.startswith("the white space around it was changed after signing; ")
    assert found.reason.endswith("; moreover, its certificate cannot be read")


def test_the_published_message_as_it_was_signed(shared_data: Callable[[str], Path]) -> None:
    """A national key's own signature is verified once indentation and shuffling are undone.

    The signing client declared xsi in SignedInfo only, which is part of what was signed.
    """
    folder = shared_data("ceb-messages")
    signature = part(etree.parse(folder / SIGNED).getroot(), "Signature")
    for node in signature.iter():
        node.tail = None
        node.text = None if len(node) else (node.text or "").strip()
    lines = (part(signature, "X509Certificate").text or "").split()
    rest = [number for number in range(len(lines)) if number not in ORDER]
    part(signature, "X509Certificate").text = "\n".join(lines[n] for n in [*ORDER, *rest])
    info = '<ds:SignedInfo xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    bare = (folder / "signed" / "CEB621Message.xml").read_text("utf-8")
    said = written(signature).replace("<ds:SignedInfo", info)
    whole = bare.replace("</ceb:CEB", f"{said}</ceb:CEB")
    found = looked_at(parsed(whole))
    assert (found.state, found.reason) == ("verified", "")
    assert found.signer.startswith("01691fe9 ")
    assert state(whole.replace("2106909090", "2106909091")) == "digest_differs"


@pytest.mark.parametrize("number", [213, 215, 701])
def test_samples_hold_placeholders(shared_data: Callable[[str], Path], number: int) -> None:
    path = shared_data("ceb-messages") / "202205" / "export" / f"CEB{number}Message.xml"
    found = looked_at(etree.parse(path).getroot())
    assert found.state == "digest_differs"
    assert ("sm3 has 32" in found.reason) is (found.algorithm == "sm2-sm3")
