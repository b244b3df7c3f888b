"""One part of a document to its rows, by the field table; what cannot be read is a problem."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from silkport.formats.eaeu.catalogue import FALLBACK, READ, UNSTATED, Field, Form
from silkport.formats.eaeu.declared import Cell, Row
from silkport.formats.eaeu.spelling import PIECE, Refused, collapsed, read
from silkport.formats.reading import Notes
from silkport.model.columns import MISSING

if TYPE_CHECKING:
    from lxml.etree import _Element as Node

Rows = dict[str, Row]
"""The rows that a part fills, by table."""


class Gatherer:
    """Reads the parts of one document and notes its problems under the number of a line."""

    def __init__(self, form: Form, notes: Notes) -> None:
        self.form = form
        self.notes = notes
        self.line = 0

    def gather(self, part: str, node: Node, rows: Rows) -> None:
        """Fills `rows` from the element of a part; tables that are not in `rows` are not read.

        A cell that another place already stated is compared: RDG005 where they differ.
        """
        fields = [one for one in self.form.parts.get(part, ()) if one.kind not in ("part", "fixed")]
        for field in fields:
            if field.use in READ:
                self._take(field, node, rows)
        for field in fields:
            if field.use == FALLBACK and self._is_open(field, rows):
                self._take(field, node, rows)
        for field in fields:
            missing = field.needed and not _text(field, node) and _stands(field, node)
            if missing and self._is_open(field, rows):
                self._note("RDG007", field, "", "stated")

    def nodes(self, part: str, name: str, node: Node) -> Iterable[Node]:
        """The elements of a part within another."""
        for field in self.form.parts.get(part, ()):
            if field.kind == "part" and field.column == name:
                return node.iterfind("/".join(field.steps))
        return ()

    def _is_open(self, field: Field, rows: Rows) -> bool:
        return field.table in rows and rows[field.table].get(field.column, "") in UNSTATED

    def _take(self, field: Field, node: Node, rows: Rows) -> None:
        text = _text(field, node)
        if field.kind == "unmapped":
            if text:
                self._note("RDG002", field, text, "one rate; a second is not read")
            return
        if field.kind == "same":
            if text and text != field.value:
                # A number of another unit is none of kilograms.
                rows[field.table][field.column] = MISSING
                self._note("RDG008", field, text, f"the unit {field.value}, kilograms")
            return
        if field.table not in rows or not text:
            return
        try:
            value = read(field, text)
        except Refused as refused:
            self._note(refused.code, field, text, refused.expected)
            if refused.instead is None:
                return
            value = refused.instead
        self._put(field, rows[field.table], value)
        for other in _others(field, node, text):
            self._note("RDG005", field, other, f"{text[:40]}, which stands first and is taken")

    def _put(self, field: Field, row: Row, value: Cell) -> None:
        known = row.get(field.column, "")
        if field.kind == "letter":
            row[field.column] = f"{known}{value}"
        elif field.kind == "latest":
            row[field.column] = max(int(known), int(value))
        elif known in UNSTATED:
            row[field.column] = value
        elif known != value:
            self._note("RDG005", field, str(value), f"{known}, as was stated before")

    def _note(self, code: str, field: Field, read_text: str, expected: str) -> None:
        column = field.place if field.column else field.path
        told = f"{expected} ({field.path})"
        self.notes.problem(code, position=self.line, column=column, read=read_text, expected=told)


def _text(field: Field, node: Node) -> str:
    """The text of a field without white space around it; "" where it is not there."""
    path = "/".join(field.steps)
    if field.attribute:
        found = node if not path else node.find(path)
        return "" if found is None else (found.get(field.attribute) or "").strip()
    if field.kind == "pieces":
        return _pieces(one.text or "" for one in node.iterfind(path))
    if field.kind == "latest":
        return max((collapsed(one.text or "") for one in node.iterfind(path)), default="")
    return collapsed(node.findtext(path) or "")


def _others(field: Field, node: Node, taken: str) -> list[str]:
    """Different texts of further elements at the same place, of which only the first is taken."""
    if field.attribute or field.kind in ("pieces", "latest"):
        return []
    texts = (collapsed(one.text or "") for one in node.iterfind("/".join(field.steps)))
    return [one for one in dict.fromkeys(texts) if one not in ("", taken)]


def _stands(field: Field, node: Node) -> bool:
    """Whether the element is there that a needed attribute belongs to."""
    return not field.attribute or node.find("/".join(field.steps)) is not None


def _pieces(texts: Iterable[str]) -> str:
    """A description put together: a piece of full length was cut, a shorter one is a sentence."""
    whole = ""
    for text in texts:
        whole += text if len(text) == PIECE else f"{text} "
    return collapsed(whole)
