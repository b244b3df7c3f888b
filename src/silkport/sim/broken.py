"""Messages that must be set aside as a whole: each a first attempt at one that comes in order.

They are made from messages of the sample, so that whoever read even a part of one would see
documents twice.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from lxml import etree

from silkport.formats.ceb.catalogue import NAMESPACE, SHAPES, SIGNATURE
from silkport.kernel.errors import HostileContent, InvalidMessage, UnreadableFile
from silkport.kernel.limits import MAX_DOCUMENTS_PER_MESSAGE

FOLDER = "broken"


@dataclass(frozen=True, slots=True)
class Broken:
    """One file: how it is called, what is wrong with it, the code it is set aside with."""

    kind: str
    name: str
    code: str
    note: str
    data: bytes


def _too_many(data: bytes) -> bytes:
    """One document more than a message may hold, each with the lines it had."""
    root = etree.fromstring(data)
    shape = next(one for one in SHAPES.values() if root.tag == f"{{{NAMESPACE}}}{one.root}")
    documents = root.findall(shape.document)
    for turn in range(MAX_DOCUMENTS_PER_MESSAGE + 1 - len(documents)):
        documents[-1].addnext(copy.deepcopy(documents[turn % len(documents)]))
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _of_another_family(data: bytes) -> bytes:
    return data.replace(NAMESPACE.encode(), b"http://www.chinaport.example/ceb")


def _of_another_kind(data: bytes) -> bytes:
    return re.sub(rb"CEB[0-9]{3}Message", b"CEB399Message", data)


def _with_entities(data: bytes) -> bytes:
    """Ten entities, each ten times the one before: expanded, it would be ten thousand million."""
    entities = '<!ENTITY e0 "silk">' + "".join(
        f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 11)
    )
    kind, body = data.partition(b"?>\n")[::2]
    document_type = f"<!DOCTYPE message [{entities}]>\n".encode()
    return kind + b"?>\n" + document_type + body.replace(b"</ceb:reason>", b"&e10;</ceb:reason>")


def _truncated(data: bytes) -> bytes:
    """The line broke after two thirds."""
    return data[: len(data) * 2 // 3]


def _in_two_encodings(data: bytes) -> bytes:
    """What it says is UTF-8 is GB18030 from the second document, or the sender, on."""
    middle = len(data) * 2 // 3
    while data[middle] & 0b1100_0000 == 0b1000_0000:  # not within a character
        middle += 1
    return data[:middle] + (data[middle:].decode() + "<!-- 完 -->").encode("gb18030")


def _without_signature(data: bytes) -> bytes:
    root = etree.fromstring(data)
    for signature in root.findall(SIGNATURE):
        root.remove(signature)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _with_comma(data: bytes) -> bytes:
    """A decimal comma in the first document is enough."""
    return re.sub(rb"<ceb:weight>([0-9]+)[0-9.]*<", rb"<ceb:weight>\1,5<", data, count=1)


def _without_lines(data: bytes) -> bytes:
    return re.sub(rb"<ceb:OrderList>.*?</ceb:OrderList>", b"", data, count=4, flags=re.DOTALL)


def _without_code(data: bytes) -> bytes:
    return re.sub(rb"<ceb:goodsInfo>[^<]*</ceb:goodsInfo>", b"", data, count=1)


Change = Callable[[bytes], bytes]

_KINDS: tuple[tuple[str, str, type[Exception], Change, str], ...] = (
    ("too_many_documents", "CEB311", InvalidMessage, _too_many, "101 documents in one message"),
    (
        "namespace_of_another",
        "CEB311",
        UnreadableFile,
        _of_another_family,
        "the namespace is of another family",
    ),
    ("root_unknown", "CEB411", UnreadableFile, _of_another_kind, "the root is CEB399Message"),
    ("entity_bomb", "CEB623", HostileContent, _with_entities, "a document type with entities"),
    ("truncated", "CEB621", UnreadableFile, _truncated, "it breaks off after two thirds"),
    (
        "two_encodings",
        "CEB511",
        UnreadableFile,
        _in_two_encodings,
        "it begins in UTF-8 and goes on in GB18030",
    ),
    (
        "signature_missing",
        "CEB621",
        InvalidMessage,
        _without_signature,
        "an inventory must be signed and is not",
    ),
    ("decimal_comma", "CEB511", InvalidMessage, _with_comma, "a mass with a decimal comma"),
    ("order_without_lines", "CEB303", InvalidMessage, _without_lines, "orders without a line"),
    (
        "element_missing",
        "CEB505",
        InvalidMessage,
        _without_code,
        "a waybill without the element for its goods",
    ),
)
"""What is wrong, with a message of which kind, and the error it amounts to."""


def broken_messages(samples: Mapping[str, bytes]) -> Iterator[Broken]:
    """One of each kind, as far as there are messages to make it from.

    Args:
        samples: a whole message of each kind, as it was sent.
    """
    for kind, message, error, change, note in _KINDS:
        if message in samples:
            name = f"{message}-{kind.replace('_', '-')}.xml"
            code = str(getattr(error, "code"))  # noqa: B009 - a class of errors has one
            yield Broken(kind, f"{FOLDER}/{name}", code, note, change(samples[message]))
