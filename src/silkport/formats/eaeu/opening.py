"""Opening an XML document of the Union: no document type, no entity, no network, all bounded."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lxml import etree

from silkport.formats.eaeu.catalogue import READABLE, Form
from silkport.kernel.errors import HostileContent, LimitExceeded, UnreadableFile
from silkport.kernel.limits import MAX_XML_BYTES

if TYPE_CHECKING:
    from lxml.etree import _Element as Node

EXPECTED = "a goods declaration R.055 or ESADout_CU 5.23.0"

_FAMILIES = (b"urn:EEC:R:", b"urn:customs.ru:")
_ROOT = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*(?:<\?.*?\?>\s*|<!--.*?-->\s*)*<[A-Za-z_]", re.DOTALL)
_SNIFFED = 8_192
_DOCTYPE = tuple("<!DOCTYPE".encode(one) for one in ("ascii", "utf-16-le", "utf-16-be"))
_SAFE = {
    "resolve_entities": False,
    "load_dtd": False,
    "dtd_validation": False,
    "no_network": True,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
    "collect_ids": False,
}


def is_eaeu(content_head: bytes) -> bool:
    """Whether the first bytes of a file are XML of the Union's families, of whatever edition."""
    head = content_head[:_SNIFFED].replace(b"\0", b"").removeprefix(b"\xff\xfe")
    head = head.removeprefix(b"\xfe\xff")
    return _ROOT.match(head) is not None and any(one in head for one in _FAMILIES)


def opened(content: bytes, source: str) -> tuple[Form, Node]:
    """The form and the root of a goods declaration.

    Raises LimitExceeded, HostileContent, or UnreadableFile for what is empty, cut short, not of
    its encoding, or of another namespace.
    """
    if len(content) > MAX_XML_BYTES:
        reason = f"it has {len(content)} bytes"
        raise LimitExceeded(source=source, limit=MAX_XML_BYTES, reason=reason)
    if not content.strip():
        raise UnreadableFile(source=source, expected=EXPECTED, reason="it is empty")
    if any(mark in content for mark in _DOCTYPE):
        raise HostileContent(source=source, reason="it declares a document type")
    try:
        root = etree.fromstring(content, etree.XMLParser(**_SAFE))  # type: ignore[arg-type]
    except (etree.XMLSyntaxError, ValueError) as fault:
        reason = str(fault)[:200]
        raise UnreadableFile(source=source, expected="XML", reason=reason) from fault
    if root.getroottree().docinfo.internalDTD is not None:
        raise HostileContent(source=source, reason="it declares a document type")
    return _form(root, source), root


def _form(root: Node, source: str) -> Form:
    form = READABLE.get(str(root.tag))
    if form is None:
        name = etree.QName(root)
        reason = f"its root is {name.localname[:60]} of namespace {(name.namespace or 'none')[:80]}"
        raise UnreadableFile(source=source, expected=EXPECTED, reason=reason)
    return form
