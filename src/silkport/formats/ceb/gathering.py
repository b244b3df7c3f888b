"""Gathered parcel messages as tables: all cells of a column read at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl

from silkport.formats.ceb.catalogue import SHAPES, Part, Shape
from silkport.formats.ceb.deriving import derived
from silkport.formats.ceb.patterns import Patterned, Texts
from silkport.formats.ceb.validity import MAX_FAULTS, Fault, cell_faults
from silkport.formats.cells import prepare, read_cells
from silkport.formats.code_lists import LIST_OF_KIND, neutral, unknown
from silkport.formats.reading import LINE_OF, TABLES, Documents, Notes, dtype_of, schema_of
from silkport.kernel.errors import InvalidMessage
from silkport.kernel.limits import MAX_PROBLEMS_PER_FILE

if TYPE_CHECKING:
    from lxml.etree import _Element as Node


_CLOSE_AFTER = 10_000
"""Heads and lines held as Python objects before they become columns."""

SHOWN_FAULTS = 3
"""Faults of a refused message that its reason quotes; the answer to the sender has more."""

_SOURCE, _POSITION, _NUMBER, _DOCUMENT = "_source", "_position", "_number", "_document"
_PLACES = (_SOURCE, _POSITION, _NUMBER, _DOCUMENT)


@dataclass
class Opened:
    """One message file: its notes, and what is known of the message as a whole."""

    notes: Notes
    number: int
    transmission: dict[str, str | int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    taken: bool = False


class _Rows:
    """The rows of one part of one kind of message, as they are gathered."""

    def __init__(self, part: Part) -> None:
        self.part = part
        self.tags = tuple(element.tag for element in part.elements)
        self.cells: list[list[str | None]] = []
        self.places: list[tuple[int, int, int, int]] = []
        self.columns: dict[tuple[str, ...], list[list[str] | list[int]]] = {}
        self.frames: list[pl.DataFrame] = []

    def take_columns(self, texts: Texts, places: Sequence[tuple[int, int, int, int]]) -> None:
        """Takes rows of one message that state the same fields; `places` are of all its rows."""
        columns = self.columns.get(texts.paths)
        if columns is None:
            width = len(texts.paths) + len(_PLACES)
            columns = self.columns[texts.paths] = [[] for _ in range(width)]
        own = zip(*(places[row] for row in texts.rows), strict=True)
        for column, more in zip(columns, [*texts.columns, *own], strict=True):
            column.extend(more)

    def take(self, element: Node, place: tuple[int, int, int, int]) -> None:
        """Takes one head or line; an empty element is an empty text, an absent one a null."""
        cells = {child.tag: child.text or "" for child in element}
        self.cells.append([cells.get(tag) for tag in self.tags])
        self.places.append(place)

    @property
    def filled(self) -> bool:
        """Whether any row was taken."""
        return bool(self.frames or self.cells or self.columns)

    def close(self) -> None:
        """Turns what was gathered since the last time into columns."""
        for stated, rows in self.columns.items():
            texts = dict(zip(stated, rows, strict=False))
            absent = [None] * len(rows[-1])
            series = [
                pl.Series(e.path, texts.get(e.path, absent), dtype=pl.String)
                for e in self.part.elements
            ]
            series += [
                pl.Series(name, values, dtype=pl.Int64)
                for name, values in zip(_PLACES, rows[len(stated) :], strict=True)
            ]
            self.frames.append(pl.DataFrame(series))
        self.columns = {}
        if not self.cells:
            return
        paths = [element.path for element in self.part.elements]
        columns = [
            pl.Series(path, values, dtype=pl.String)
            for path, values in zip(paths, zip(*self.cells, strict=True), strict=True)
        ]
        columns += [
            pl.Series(name, values, dtype=pl.Int64)
            for name, values in zip(_PLACES, zip(*self.places, strict=True), strict=True)
        ]
        self.frames.append(pl.DataFrame(columns))
        self.cells, self.places = [], []

    def frame(self) -> pl.DataFrame:
        """All rows as raw text, in the order in which they came."""
        self.close()
        return pl.concat(self.frames, rechunk=True).sort(_DOCUMENT, _NUMBER)


class Batch:
    """Documents gathered from any number of messages."""

    def __init__(self, *, checked: bool) -> None:
        """Begins a batch.

        Args:
            checked: the texts were checked already, against the official schemas.
        """
        self.documents = 0
        self.rows = 0
        self._checked = checked
        self._opened: list[Opened] = []
        self._rows: dict[tuple[str, str], _Rows] = {}

    @property
    def sources(self) -> int:
        """Message files opened."""
        return len(self._opened)

    def open_source(self, source: str) -> Opened:
        """Begins the next message file."""
        self._opened.append(Opened(Notes(source), len(self._opened)))
        return self._opened[-1]

    def add(self, shape: Shape, documents: Sequence[Node], found: Patterned | None) -> None:
        """Takes the documents of the message opened last; their structure was checked.

        Args:
            found: their texts, where the message follows its pattern.
        """
        self._opened[-1].taken = True
        if found is None:
            self._add_each(shape, documents)
        else:
            self._add_whole(shape, len(documents), found)

    def _add_whole(self, shape: Shape, count: int, found: Patterned) -> None:
        number = len(self._opened) - 1
        first = self.documents - 1
        places = [(number, turn, 0, first + turn) for turn in range(1, count + 1)]
        heads = self._of(shape.message, shape.head)
        for texts in found.heads:
            heads.take_columns(texts, places)
        if shape.line is not None:
            lines = self._of(shape.message, shape.line)
            under = [
                (number, ordinal, turn, first + ordinal)
                for ordinal, size in enumerate(found.lines_each, start=1)
                for turn in range(1, size + 1)
            ]
            for texts in found.lines:
                lines.take_columns(texts, under)
        self.documents += count
        self._count(count + sum(found.lines_each))

    def _add_each(self, shape: Shape, documents: Sequence[Node]) -> None:
        number = len(self._opened) - 1
        heads = self._of(shape.message, shape.head)
        lines = None if shape.line is None else self._of(shape.message, shape.line)
        for ordinal, document in enumerate(documents, start=1):
            if lines is None and not shape.nested:
                heads.take(document, (number, ordinal, 0, self.documents))
            else:
                heads.take(document[0], (number, ordinal, 0, self.documents))
            if lines is not None:
                for turn, line in enumerate(list(document)[1:], start=1):
                    lines.take(line, (number, ordinal, turn, self.documents))
            self.documents += 1
            self._count(len(document) if shape.nested else 1)

    def _count(self, rows: int) -> None:
        """Counts rows; from time to time what is held as Python objects becomes columns."""
        before, self.rows = self.rows, self.rows + rows
        if before // _CLOSE_AFTER != self.rows // _CLOSE_AFTER:
            for one in self._rows.values():
                one.close()

    def _of(self, message: str, part: Part) -> _Rows:
        rows = self._rows.get((message, part.name))
        if rows is None:
            rows = self._rows[message, part.name] = _Rows(part)
        return rows

    def documents_frame(self) -> Documents:
        """All documents as tables, and what could not be read."""
        raw = {key: rows.frame() for key, rows in self._rows.items() if rows.filled}
        if not self._checked:
            raw = self._without_faulty(raw)
        tables: dict[str, list[pl.DataFrame]] = {}
        rows = 0
        for shape in SHAPES.values():
            heads = raw.get((shape.message, shape.head.name))
            if heads is None or heads.is_empty():
                continue
            rows += heads.height
            lines = None if shape.line is None else raw.get((shape.message, shape.line.name))
            for name, frame in self._tables(shape, heads, lines).items():
                tables.setdefault(name, []).append(frame)
        tables |= self._transmissions()
        result = Documents(rows=rows)
        result.tables = {name: pl.concat(tables[name]) for name in TABLES if name in tables}
        for opened in self._opened:
            self._refuse(opened)
            problems, aside = opened.notes.close()
            result.problems += problems
            result.set_aside += aside
        return result

    def _without_faulty(
        self, raw: dict[tuple[str, str], pl.DataFrame]
    ) -> dict[tuple[str, str], pl.DataFrame]:
        """Only messages whose every text is as its form demands: one fault, and all of it goes."""
        for (message, part), cells in raw.items():
            for row, fault in cell_faults(self._rows[message, part].part, cells):
                source, position, number, _ = (int(cells[name][row]) for name in _PLACES)
                shape = SHAPES[message]
                path = fault.path if shape.nested else fault.path.partition("/")[2]
                placed = f"{shape.name}[{position}]/{_path(path, number)}"
                self._opened[source].faults.append(
                    Fault(placed, fault.read, fault.rule, fault.expected)
                )
        faulty = [opened.number for opened in self._opened if opened.faults]
        if not faulty:
            return raw
        whole = ~pl.col(_SOURCE).is_in(faulty)
        return {key: cells.filter(whole) for key, cells in raw.items()}

    def _refuse(self, opened: Opened) -> None:
        """Says why a message was not taken; nothing of it counts."""
        if not opened.faults:
            return
        shown = "; ".join(
            f"{one.path} {one.read!r}: expected {one.expected}"
            for one in opened.faults[:SHOWN_FAULTS]
        )
        more = len(opened.faults) - SHOWN_FAULTS
        error = InvalidMessage(
            source=opened.notes.source,
            message=str(opened.transmission.get("message", "")),
            reason=f"{shown}; {more} more" if more > 0 else shown,
        )
        told = tuple(
            (one.path, f"{one.read!r}: expected {one.expected}")
            for one in opened.faults[:MAX_FAULTS]
        )
        opened.notes.refuse(error, facts=_identity(opened) | {"faults": told})

    def _transmissions(self) -> dict[str, list[pl.DataFrame]]:
        """What the messages that were taken said of themselves."""
        rows = [
            {"source": one.notes.source, "position": 0, **one.transmission}
            for one in self._opened
            if one.taken and not one.faults
        ]
        if not rows:
            return {}
        schema = schema_of(TABLES["transmission"])
        return {"transmission": [complete("transmission", pl.DataFrame(rows, schema=schema))]}

    def _tables(
        self, shape: Shape, heads: pl.DataFrame, lines: pl.DataFrame | None
    ) -> dict[str, pl.DataFrame]:
        """The table or tables of one kind of message."""
        orders: dict[int, str] = {}
        head = self._read(shape, shape.head, heads, orders)
        if "order_no" in head.columns:
            orders.update(zip(head[_DOCUMENT].to_list(), head["order_no"].to_list(), strict=True))
        head = head.with_columns(*self._origin(heads), pl.lit(shape.message).alias("message"))
        line = None
        if shape.line is not None and lines is not None:
            line = self._read(shape, shape.line, lines, orders)
        head, line = derived(shape, head, line)
        table = shape.head.table
        if line is None:
            return {table: complete(table, head)}
        if shape.line is not None and shape.line.table == table:
            flat = head.join(line, on=_DOCUMENT, how="left", maintain_order="left_right")
            return {table: complete(table, flat)}
        under = LINE_OF[table]
        keys = [name for name in TABLES[under].key if name != "gnum"]
        whole = complete(table, head)
        owners = whole.select(*keys, "source", "position").with_columns(head[_DOCUMENT])
        keyed = line.join(owners, on=_DOCUMENT, how="left", maintain_order="left")
        return {table: whole, under: complete(under, keyed)}

    def _origin(self, rows: pl.DataFrame) -> list[pl.Series]:
        """Source, position and signature of each row's message."""
        sources = pl.Series([one.notes.source for one in self._opened], dtype=pl.String)
        said = {
            name: pl.Series(
                [str(one.transmission.get(name, "")) for one in self._opened], dtype=pl.String
            )
            for name in ("signature", "signer")
        }
        return [
            sources.gather(rows[_SOURCE]).alias("source"),
            rows[_POSITION].alias("position"),
            *(values.gather(rows[_SOURCE]).alias(name) for name, values in said.items()),
        ]

    def _read(
        self, shape: Shape, part: Part, raw: pl.DataFrame, orders: Mapping[int, str]
    ) -> pl.DataFrame:
        """A part in internal form, by column name, with its document's number."""
        used = {e.path: e.column for e in part.elements if e.column is not None}
        stated = [
            pl.when(pl.col(e.path) == "").then(pl.lit(stands_for)).otherwise(e.path).alias(e.path)
            for e in part.elements
            if (stands_for := e.form.fixed or e.form.default)
        ]
        prepared = prepare(raw.with_columns(stated), used)
        found = read_cells(prepared, used, room=len(self._opened) * MAX_PROBLEMS_PER_FILE)
        places = _Places(shape, self._opened, raw, orders)
        for fault in found.faults:
            places.note(fault.row, fault.code, fault.column, fault.read, fault.expected)
        values = found.values
        for element in part.elements:
            if element.column is None or not element.code:
                continue
            codes = values[element.path]
            expected = f"a code of the {LIST_OF_KIND[element.code]} of China's customs"
            mask = unknown(codes, element.code)
            for row in mask.arg_true().to_list():
                places.note(row, "RDG008", element.path, str(codes[row]), expected)
            values = values.with_columns(neutral(codes, element.code))
        named = values.rename({path: column.name for path, column in used.items()})
        return named.with_columns(raw[_DOCUMENT])


@dataclass(frozen=True, slots=True)
class _Places:
    """Finds the source, document and line of a gathered row again."""

    shape: Shape
    opened: list[Opened]
    raw: pl.DataFrame
    orders: Mapping[int, str]

    def note(self, row: int, code: str, path: str, read: str, expected: str) -> None:
        """Notes a problem of one cell with its source."""
        source, position, number, document = (int(self.raw[name][row]) for name in _PLACES)
        own = self.orders.get(document) or self._order(row)
        self.opened[source].notes.problem(
            code,
            position=position,
            column=_path(path, number),
            read=read,
            expected=expected,
            order_no=own,
        )

    def _order(self, row: int) -> str:
        path = f"{self.shape.head.name}/orderNo"
        return str(self.raw[path][row] or "") if path in self.raw.columns else ""


def _identity(opened: Opened) -> dict[str, Any]:
    """What the answer to a refused message names it by."""
    names = ("message", "guid", "envelope_id")
    return {name: str(opened.transmission.get(name, "")) for name in names}


def complete(table: str, values: pl.DataFrame) -> pl.DataFrame:
    """Every column of a table in order; those the message does not have are absent."""
    absent = [
        pl.lit(column.absent, dtype=dtype_of(column)()).alias(column.name)
        for column in TABLES[table].columns
        if column.name not in values.columns
    ]
    filled = [
        pl.col(column.name).fill_null(column.absent)
        for column in TABLES[table].columns
        if column.name in values.columns and values[column.name].null_count()
    ]
    return values.with_columns(absent + filled).select(list(schema_of(TABLES[table])))


def _path(path: str, number: int) -> str:
    """The element as a person finds it: InventoryList[2]/qty is the second line's."""
    if not number:
        return path
    part, _, name = path.partition("/")
    return f"{part}[{number}]/{name}"
