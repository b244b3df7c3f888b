"""Gathered parcel messages as tables: all cells of a column read at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl
from lxml import etree

from silkport.formats.ceb_schema import NAMESPACE, SHAPES, Part, Shape
from silkport.formats.cells import prepare, read_cells
from silkport.formats.code_lists import LIST_OF_KIND, neutral, unknown
from silkport.formats.reading import TABLES, Documents, Notes, dtype_of, schema_of
from silkport.kernel.limits import MAX_PROBLEMS_PER_FILE

if TYPE_CHECKING:
    from lxml.etree import _Element as Node


_CLOSE_AFTER = 2_000
"""Documents held as Python objects before they become columns."""

_NOTES, _POSITION, _NUMBER, _DOCUMENT = "_notes", "_position", "_number", "_document"
_INTEGERS = (_NOTES, _POSITION, _NUMBER, _DOCUMENT)
_CN = "CN"


class _Rows:
    """The rows of one part of one message, as they are gathered."""

    def __init__(self, part: Part) -> None:
        self.part = part
        self.tags = tuple(element.tag for element in part.elements)
        self.known = frozenset(self.tags)
        self.cells: list[list[str | None]] = []
        self.places: list[tuple[int, int, int, int]] = []
        self.signatures: list[str] = []
        self.frames: list[pl.DataFrame] = []

    def close(self) -> None:
        """Turns what was gathered since the last time into columns."""
        if not self.cells:
            return
        paths = [element.path for element in self.part.elements]
        columns = [
            pl.Series(path, values, dtype=pl.String)
            for path, values in zip(paths, zip(*self.cells, strict=True), strict=True)
        ]
        columns += [
            pl.Series(name, values, dtype=pl.Int64)
            for name, values in zip(_INTEGERS, zip(*self.places, strict=True), strict=True)
        ]
        if self.signatures:
            columns.append(pl.Series("signature", self.signatures, dtype=pl.String))
        self.frames.append(pl.DataFrame(columns))
        self.cells, self.places, self.signatures = [], [], []


class Batch:
    """Documents gathered from any number of messages."""

    def __init__(self) -> None:
        self.documents = 0
        self._notes: list[Notes] = []
        self._rows: dict[str, _Rows] = {}

    @property
    def sources(self) -> int:
        """Message files opened."""
        return len(self._notes)

    def open_source(self, source: str) -> Notes:
        """Begins the next message file."""
        self._notes.append(Notes(source))
        return self._notes[-1]

    def add(
        self,
        shape: Shape,
        head: Node,
        lines: list[Node],
        *,
        ordinal: int,
        signature: str,
    ) -> None:
        """Takes one document of the message opened last."""
        rows = self._of(shape.head)
        rows.signatures.append(signature)
        self._take(rows, head, (len(self._notes) - 1, ordinal, 0, self.documents))
        if shape.line is not None:
            rows = self._of(shape.line)
            for number, line in enumerate(lines, start=1):
                self._take(rows, line, (len(self._notes) - 1, ordinal, number, self.documents))
        self.documents += 1
        if self.documents % _CLOSE_AFTER == 0:
            for rows in self._rows.values():
                rows.close()

    def _of(self, part: Part) -> _Rows:
        rows = self._rows.get(part.table)
        if rows is None:
            rows = self._rows[part.table] = _Rows(part)
        return rows

    def _take(self, rows: _Rows, element: Node, place: tuple[int, int, int, int]) -> None:
        cells = {child.tag: child.text for child in element}
        if len(cells) != len(element) or not cells.keys() <= rows.known:
            self._note_strangers(rows, element, place)
        rows.cells.append(list(map(cells.get, rows.tags)))
        rows.places.append(place)

    def _note_strangers(self, rows: _Rows, element: Node, place: tuple[int, int, int, int]) -> None:
        """Notes elements that are not defined, or stand in one part twice."""
        seen: set[str] = set()
        for child in element:
            known = child.tag in rows.known
            if known and child.tag not in seen:
                seen.add(child.tag)
                continue
            name = etree.QName(child).localname[:80]
            self._notes[place[0]].problem(
                "RDG002",
                position=place[1],
                column=_path(f"{rows.part.name}/{name}", place[2]),
                read=(child.text or "")[:100],
                order_no=(element.findtext(f"{{{NAMESPACE}}}orderNo") or "")[:60],
                expected="each element once; the last one counts"
                if known
                else "an element of the message definition",
            )

    def documents_frame(self) -> Documents:
        """All documents as tables, and what could not be read."""
        tables: dict[str, pl.DataFrame] = {}
        for shape in SHAPES.values():
            if shape.head.table not in self._rows:
                continue
            raw, head = self._read(shape.head)
            tables[shape.head.table] = self._head(shape.head.table, raw, head)
            if shape.line is not None and shape.line.table in self._rows:
                own, line = self._read(shape.line, orders=_orders(raw, head))
                tables[shape.line.table] = _line(
                    shape.line.table, own, line, raw, tables[shape.head.table]
                )
        result = Documents(rows=self.documents)
        result.tables = {name: tables[name] for name in TABLES if name in tables}
        for notes in self._notes:
            problems, aside = notes.close()
            result.problems += problems
            result.set_aside += aside
        return result

    def _read(
        self, part: Part, *, orders: Mapping[int, str] | None = None
    ) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The raw cells of a part and the same in internal form, by column name."""
        rows = self._rows[part.table]
        rows.close()
        raw = pl.concat(rows.frames, rechunk=True)
        used = {e.path: e.column for e in part.elements if e.column is not None}
        prepared = prepare(raw, used)
        found = read_cells(prepared, used, room=len(self._notes) * MAX_PROBLEMS_PER_FILE)
        if orders is None:
            orders = _orders(raw, found.values.rename({p: c.name for p, c in used.items()}))
        places = _Places(self._notes, raw, orders)
        for fault in found.faults:
            places.note(fault.row, fault.code, fault.column, fault.read, fault.expected)
        values = found.values
        for element in part.elements:
            if element.column is None:
                continue
            if element.mandatory:
                empty = prepared[element.path] == ""
                places.note_each(empty, "RDG007", prepared[element.path], "it is mandatory")
            if element.code:
                codes = values[element.path]
                expected = f"a code of the {LIST_OF_KIND[element.code]} of China's customs"
                places.note_each(unknown(codes, element.code), "RDG008", codes, expected)
                values = values.with_columns(neutral(codes, element.code))
        return raw, values.rename({path: column.name for path, column in used.items()})

    def _head(self, table: str, raw: pl.DataFrame, values: pl.DataFrame) -> pl.DataFrame:
        """The heads with all their columns, the legal ones derived from others included."""
        sources = pl.Series([notes.source for notes in self._notes], dtype=pl.String)
        values = values.with_columns(
            sources.gather(raw[_NOTES]).alias("source"), raw[_POSITION].alias("position")
        )
        if table == "inventory":
            leaving = pl.col("flow") == "E"
            country = pl.col("departure_country")
            values = values.with_columns(
                raw["signature"],
                pl.when(leaving).then(pl.lit(_CN)).otherwise(country).alias("departure_country"),
                pl.when(leaving).then(country).otherwise(pl.lit(_CN)).alias("destination_country"),
            )
        return _complete(table, values)


@dataclass(frozen=True, slots=True)
class _Places:
    """Finds the source, document and line of a gathered row again."""

    notes: list[Notes]
    raw: pl.DataFrame
    orders: Mapping[int, str]

    def note(self, row: int, code: str, path: str, read: str, expected: str) -> None:
        """Notes a problem of one cell with its source."""
        source, position, number, document = (int(self.raw[name][row]) for name in _INTEGERS)
        self.notes[source].problem(
            code,
            position=position,
            column=_path(path, number),
            read=read,
            expected=expected,
            order_no=self.orders.get(document, ""),
        )

    def note_each(self, mask: pl.Series, code: str, cells: pl.Series, expected: str) -> None:
        """Notes a problem of every cell that `mask` marks."""
        for row in mask.arg_true().to_list():
            self.note(row, code, cells.name, str(cells[row]), expected)


def _orders(raw: pl.DataFrame, values: pl.DataFrame) -> dict[int, str]:
    """The order number of each document, to find it again from a problem."""
    if "order_no" not in values.columns:
        return {}
    return dict(zip(raw[_DOCUMENT].to_list(), values["order_no"].to_list(), strict=True))


def _line(
    table: str, own: pl.DataFrame, line: pl.DataFrame, raw: pl.DataFrame, head: pl.DataFrame
) -> pl.DataFrame:
    """Lines with the keys of their document."""
    keys = [name for name in TABLES[table].key if name != "gnum"] + ["source", "position"]
    owners = pl.DataFrame([raw[_DOCUMENT], *(head[name] for name in keys)])
    keyed = line.with_columns(own[_DOCUMENT]).join(
        owners, on=_DOCUMENT, how="left", maintain_order="left"
    )
    return _complete(table, keyed)


def _complete(table: str, values: pl.DataFrame) -> pl.DataFrame:
    """Every column of a table in order; those the message does not have are absent."""
    absent = [
        pl.lit(column.absent, dtype=dtype_of(column)()).alias(column.name)
        for column in TABLES[table].columns
        if column.name not in values.columns
    ]
    return values.with_columns(absent).select(list(schema_of(TABLES[table])))


def _path(path: str, number: int) -> str:
    """The element as a person finds it: InventoryList[2]/qty is the second line's."""
    if not number:
        return path
    part, _, name = path.partition("/")
    return f"{part}[{number}]/{name}"
