"""China's cross-border parcel messages: order 311, payment 411, waybill 511, inventory 621.

Edition 202205; `ceb_fields.csv` says which element becomes which column. Messages are parsed
without document types, entities and network, and are gathered so that columns are read at once.
Source: GACC, definition of the messages of the unified cross-border e-commerce system.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, cast

from lxml import etree

from silkport.formats.ceb_frames import Batch
from silkport.formats.ceb_schema import DSIG, NAMESPACE, SHAPES, Shape
from silkport.formats.reading import Documents, Notes
from silkport.kernel.errors import HostileContent, InputError, LimitExceeded, UnreadableFile
from silkport.kernel.limits import (
    CHUNK_ROWS,
    MAX_DOCUMENTS_PER_MESSAGE,
    MAX_LINES_IMPORT,
    MAX_XML_BYTES,
)

if TYPE_CHECKING:
    from lxml.etree import _Element as Node


EXPECTED = "a CEB message (311, 411, 511, 621)"

_MAX_SOURCES = 20_000
"""Message files gathered into one chunk."""

_DOCTYPE = (
    b"<!DOCTYPE",
    "<!DOCTYPE".encode("utf-16-le"),
    "<!DOCTYPE".encode("utf-16-be"),
)
_SIGNATURE = f"{{{DSIG}}}Signature"
_ABOUT = {f"{{{NAMESPACE}}}{name}" for name in ("BaseTransfer", "BaseSubscribe", "ExtendMessage")}


def _parser() -> etree.XMLParser:
    return etree.XMLParser(**_SAFE)  # type: ignore[arg-type]


_SAFE = {
    "resolve_entities": False,
    "load_dtd": False,
    "dtd_validation": False,
    "no_network": True,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
}


class Messages:
    """Gathers the documents of many messages into chunks."""

    def __init__(self) -> None:
        self._batch = Batch()

    @property
    def sources(self) -> int:
        """Message files gathered and not yet handed on."""
        return self._batch.sources

    @property
    def full(self) -> bool:
        """Whether what was gathered is a chunk."""
        return self._batch.documents >= CHUNK_ROWS or self._batch.sources >= _MAX_SOURCES

    def add(self, path: Path, source: str) -> int:
        """Reads one message file; returns how many documents it gave. Never raises for content."""
        notes = self._batch.open_source(source)
        before = self._batch.documents
        try:
            self._add(_content(path, notes.source), notes)
        except InputError as error:
            notes.refuse(error)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            notes.refuse(UnreadableFile(source=notes.source, expected="a file", reason=reason))
        return self._batch.documents - before

    def _add(self, data: bytes, notes: Notes) -> None:
        try:
            root = etree.fromstring(data, _parser())
        except (etree.XMLSyntaxError, ValueError) as fault:
            self._add_whole_part(data, notes, str(fault))
            return
        if _has_doctype(root):
            raise _hostile(notes.source)
        shape = _shape(root, notes.source)
        documents = [child for child in root if child.tag == shape.document]
        self._note_strangers(root, shape, notes)
        if len(documents) > MAX_DOCUMENTS_PER_MESSAGE:
            raise _too_many(notes.source)
        if not documents:
            reason = "it holds no document"
            raise UnreadableFile(source=notes.source, expected=EXPECTED, reason=reason)
        signature = "absent" if root.find(_SIGNATURE) is None else "present"
        for ordinal, document in enumerate(documents, start=1):
            self._add_document(document, shape, ordinal, signature, notes)

    def _add_document(
        self, document: Node, shape: Shape, ordinal: int, signature: str, notes: Notes
    ) -> None:
        """Takes one document over, or sets it aside when it has no head or too many lines."""
        head: Node | None = None
        lines: list[Node] = []
        for part in document:
            if part.tag == shape.head.tag and head is None:
                head = part
            elif shape.line is not None and part.tag == shape.line.tag:
                lines.append(part)
            else:
                self._stranger(part, f"{shape.name}/", ordinal, notes)
        if head is None:
            reason = f"the document has no {shape.head.name}"
            notes.aside("RDG011", reason, position=ordinal)
            return
        if len(lines) > MAX_LINES_IMPORT:
            error = LimitExceeded(
                source=notes.source,
                limit=MAX_LINES_IMPORT,
                reason=f"document {ordinal} has {len(lines)} lines",
                position=ordinal,
            )
            notes.refuse(error)
            return
        self._batch.add(shape, head, lines, ordinal=ordinal, signature=signature)

    def _note_strangers(self, root: Node, shape: Shape, notes: Notes) -> None:
        known = {shape.document, _SIGNATURE, *_ABOUT}
        for child in root:
            if child.tag not in known:
                self._stranger(child, "", 0, notes)

    @staticmethod
    def _stranger(element: Node, path: str, position: int, notes: Notes) -> None:
        name = etree.QName(element).localname
        notes.problem(
            "RDG002",
            position=position,
            column=f"{path}{name[:80]}",
            read=name,
            expected="an element of the message definition",
        )

    def _add_whole_part(self, data: bytes, notes: Notes, fault: str) -> None:
        """Documents that are complete before the place where a message breaks off."""
        pull = etree.XMLPullParser(events=("start", "end"), **_SAFE)  # type: ignore[arg-type]
        complete: list[Node] = []
        shape: Shape | None = None
        with suppress(etree.XMLSyntaxError, ValueError):
            pull.feed(data)
        with suppress(etree.XMLSyntaxError, ValueError):
            for event, found in pull.read_events():
                element = cast("Node", found)
                if shape is None:
                    shape = _announced(element, notes.source)
                elif event == "end" and element.tag == shape.document:
                    complete.append(element)
        if len(complete) > MAX_DOCUMENTS_PER_MESSAGE:
            raise _too_many(notes.source)
        for ordinal, document in enumerate(complete, start=1):
            assert shape is not None
            self._add_document(document, shape, ordinal, "absent", notes)
        raise UnreadableFile(
            source=notes.source,
            expected="XML",
            reason=f"after {len(complete)} whole documents, {fault[:200]}",
            position=len(complete) + 1,
        )

    def flush(self) -> Documents:
        """Hands on what was gathered."""
        batch, self._batch = self._batch, Batch()
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
        raise _hostile(source)
    return data


def _has_doctype(root: Node) -> bool:
    """Whether a document type was declared, in whatever encoding."""
    return root.getroottree().docinfo.internalDTD is not None


def _announced(root: Node, source: str) -> Shape:
    """The shape of a message that is not complete."""
    if _has_doctype(root):
        raise _hostile(source)
    return _shape(root, source)


def _hostile(source: str) -> HostileContent:
    return HostileContent(source=source, reason="it declares a document type")


def _too_many(source: str) -> LimitExceeded:
    limit = MAX_DOCUMENTS_PER_MESSAGE
    return LimitExceeded(source=source, limit=limit, reason="the message has more documents")


def _shape(root: Node, source: str) -> Shape:
    """What the root element announces; UnreadableFile names it when it is not read here."""
    name = etree.QName(root)
    if name.namespace != NAMESPACE:
        reason = f"its root is {name.localname[:60]} of namespace {(name.namespace or 'none')[:80]}"
        raise UnreadableFile(source=source, expected=EXPECTED, reason=reason)
    shape = SHAPES.get(name.localname)
    if shape is None:
        reason = f"{name.localname[:60]} is not among the messages that are read"
        raise UnreadableFile(source=source, expected=EXPECTED, reason=reason)
    return shape
