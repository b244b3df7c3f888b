"""Reading parcel messages: one file is one message, bare or in its transport envelope.

A message counts as a whole or not at all, as at China's customs: one element that is not as the
definition demands, and the message is set aside with every fault named. Messages are parsed
without document types, entities and network, and gathered so that columns are read at once.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

from lxml import etree

from silkport.formats.ceb.catalogue import COMMON, NAMESPACE, ROOTS, Shape, tag_of
from silkport.formats.ceb.envelope import Envelope, is_envelope, open_envelope
from silkport.formats.ceb.gathering import Batch, Opened
from silkport.formats.ceb.patterns import patterned
from silkport.formats.ceb.schemas import Schemas
from silkport.formats.ceb.signature import examine
from silkport.formats.ceb.validity import beside_grammar, is_crowded, structural_faults
from silkport.formats.reading import Documents, Notes
from silkport.kernel.errors import HostileContent, InputError, LimitExceeded, UnreadableFile
from silkport.kernel.limits import CHUNK_ROWS, MAX_XML_BYTES

if TYPE_CHECKING:
    from lxml.etree import _Element as Node


EXPECTED = "a CEB message of edition 202205"

UNKNOWN = "Unknown"
"""What the answer to a message calls a kind that could not be told."""

_MOST_KEPT = 60_000
"""Characters of an extension or a signature that are kept with the message."""

_MAX_ROWS = 3 * CHUNK_ROWS
"""Heads and lines gathered into one chunk."""

_MAX_SOURCES = 20_000
"""Message files gathered into one chunk."""

_DOCTYPE = (
    b"<!DOCTYPE",
    "<!DOCTYPE".encode("utf-16-le"),
    "<!DOCTYPE".encode("utf-16-be"),
)
_ANNOUNCED = re.compile(rb"<(?:[\w.-]+:)?(CEB[0-9]{3})Message\b[^>]{0,2000}")
_GUID = re.compile(rb"\bguid\s*=\s*[\"']([^\"'<>]{1,60})[\"']")
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


class Messages:
    """Gathers the documents of many messages into chunks."""

    def __init__(self, schemas: Schemas | None = None) -> None:
        """Begins without any.

        Args:
            schemas: the official schemas, where the operator has them; otherwise the field table
                decides, which refuses the same.
        """
        self._schemas = schemas
        self._batch = Batch(checked=schemas is not None)

    @property
    def sources(self) -> int:
        """Message files gathered and not yet handed on."""
        return self._batch.sources

    @property
    def full(self) -> bool:
        """Whether what was gathered is a chunk."""
        batch = self._batch
        return batch.rows >= _MAX_ROWS or batch.sources >= _MAX_SOURCES

    def add(self, path: Path, source: str) -> int:
        """Reads one message file; returns how many documents it gave. Never raises for content."""
        opened = self._batch.open_source(source)
        before = self._batch.documents
        try:
            self._add(_content(path, opened.notes.source), opened)
        except InputError as error:
            opened.notes.refuse(error, facts=_named(opened))
        except OSError as error:
            reason = error.strerror or type(error).__name__
            source = opened.notes.source
            opened.notes.refuse(UnreadableFile(source=source, expected="a file", reason=reason))
        return self._batch.documents - before

    def _add(self, data: bytes, opened: Opened) -> None:
        root = _parsed(data, opened)
        if is_envelope(root):
            opened.transmission["envelope_id"] = (root.findtext(".//{*}CopMsgId") or "")[:255]
            envelope, data = open_envelope(root, opened.notes.source)
            opened.transmission |= _of_envelope(envelope)
            if any(mark in data for mark in _DOCTYPE):
                raise _hostile(opened.notes)
            root = _parsed(data, opened)
        shape = _shape(root, opened.notes.source)
        opened.transmission |= {"message": shape.message, "guid": root.get("guid", "")[:60]}
        documents = root.findall(shape.document)
        found = None if is_crowded(root) else patterned(root, shape)
        if self._schemas is not None:
            faults = self._schemas.faults(root, shape)
        elif found is not None:
            faults = beside_grammar(root, shape)
        else:
            faults = structural_faults(root, shape)
        if faults:
            opened.faults.extend(faults)
            return
        self._batch.add(shape, documents, found)
        opened.transmission |= {
            "version": root.get("version", "")[:10],
            "documents": len(documents),
            **_of_sender(root, shape),
            **_of_signature(root, shape),
        }

    def flush(self) -> Documents:
        """Hands on what was gathered."""
        batch, self._batch = self._batch, Batch(checked=self._schemas is not None)
        return batch.documents_frame()


def _content(path: Path, source: str) -> bytes:
    """The bytes of a message, unless there are too many or they hold a document type."""
    size = path.stat().st_size
    if size > MAX_XML_BYTES:
        raise LimitExceeded(source=source, limit=MAX_XML_BYTES, reason=f"it has {size} bytes")
    if not size:
        raise UnreadableFile(source=source, expected=EXPECTED, reason="it is empty")
    data = path.read_bytes()
    if any(mark in data for mark in _DOCTYPE):
        raise _hostile(Notes(source))
    return data


def _parsed(data: bytes, opened: Opened) -> Node:
    """The root of a message; what is not well-formed is named as far as its beginning tells."""
    # The text of an envelope is a whole message, longer than a parser allows one text to be.
    options = _SAFE | {"huge_tree": b"DxpMsg" in data[:2_000]}
    try:
        root = etree.fromstring(data, etree.XMLParser(**options))  # type: ignore[arg-type]
    except (etree.XMLSyntaxError, ValueError) as fault:
        if (announced := _ANNOUNCED.search(data[:10_000])) is not None:
            opened.transmission["message"] = announced[1].decode("ascii")
            guid = _GUID.search(announced[0])
            opened.transmission["guid"] = guid[1].decode("utf-8", "replace") if guid else ""
        raise UnreadableFile(
            source=opened.notes.source, expected="XML", reason=str(fault)[:200]
        ) from fault
    if root.getroottree().docinfo.internalDTD is not None:
        raise _hostile(opened.notes)
    return root


def _hostile(notes: Notes) -> HostileContent:
    return HostileContent(source=notes.source, reason="it declares a document type")


def _named(opened: Opened) -> dict[str, str]:
    """What the answer to a message that was set aside names it by."""
    said = opened.transmission
    names = ("guid", "envelope_id")
    named = {name: str(said.get(name, "")) for name in names}
    return {"message": str(said.get("message", UNKNOWN))} | named


def _shape(root: Node, source: str) -> Shape:
    """What the root element announces; UnreadableFile names it when it is not read here."""
    name = etree.QName(root)
    if name.namespace != NAMESPACE:
        reason = (
            f"its root is {name.localname[:60]} of namespace {(name.namespace or 'none')[:80]}, "
            f"not of {NAMESPACE}"
        )
        raise UnreadableFile(source=source, expected=EXPECTED, reason=reason)
    shape = ROOTS.get(name.localname)
    if shape is None:
        reason = f"{name.localname[:60]} is not among the messages that are read"
        raise UnreadableFile(source=source, expected=EXPECTED, reason=reason)
    return shape


def _of_envelope(envelope: Envelope) -> dict[str, str | int]:
    return {
        "envelope_id": envelope.message_id,
        "envelope_sender": envelope.sender,
        "envelope_receivers": " ".join(envelope.receivers),
        "envelope_time": envelope.created,
        "envelope_kind": envelope.message_type,
    }


def _of_sender(root: Node, shape: Shape) -> dict[str, str | int]:
    """Who sent the message, who else gets the receipts, and what was added to it."""
    said: dict[str, str | int] = {}
    transfer = root.find(tag_of("BaseTransfer"))
    if transfer is not None:
        columns = {e.tag: e.column for e in COMMON[shape.flow]["BaseTransfer"].elements}
        for child in transfer:
            column = columns.get(str(child.tag))
            if column is not None:
                said[column.name] = child.text or ""
    subscriptions = [
        {etree.QName(child).localname: child.text or "" for child in subscription}
        for subscription in root.findall(tag_of("BaseSubscribe"))
    ]
    if subscriptions:
        said["subscriptions"] = json.dumps(subscriptions, ensure_ascii=False)
    extension = root.find(tag_of("ExtendMessage"))
    if extension is not None:
        said["extension"] = _verbatim(extension)
    return said


def _of_signature(root: Node, shape: Shape) -> dict[str, str | int]:
    """What was found of the signature; the signature itself is kept as it came."""
    if not shape.signature:
        return {"signature": "", "signer": ""}
    found = examine(root, consume=True)
    return {
        "signature": found.state,
        "signer": found.signer,
        "signature_xml": _kept(found.verbatim),
    }


def _verbatim(element: Node) -> str:
    """An element as text, or a word that it is too long to be kept."""
    return _kept(etree.tostring(element, encoding="unicode", with_tail=False))


def _kept(text: str) -> str:
    if len(text) > _MOST_KEPT:
        return f"<!-- {len(text)} characters, more than are kept -->"
    return text
