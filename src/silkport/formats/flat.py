"""The flat table: one row a line of a parcel, beside it the heads of the parcel's documents.

Rows of one document stand next to one another and repeat its head; they give one head. A row gives
a document (or line) of each table of which any cell is filled.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import polars as pl

from silkport.formats.cells import as_text, prepare
from silkport.formats.decided import decided_rows
from silkport.formats.declared import declarations_of
from silkport.formats.frames import drained, filled_rows, frame_of, parse, placed
from silkport.formats.headers import Field
from silkport.formats.heads import Parsed, Run, compare_heads
from silkport.formats.reading import (
    HEADS,
    LINE_OF,
    NUMBER_WITHOUT_ORDER,
    TABLES,
    Documents,
    Notes,
)
from silkport.kernel.limits import CHUNK_ROWS
from silkport.model.decided import DECIDED
from silkport.model.declarations import DECLARED_TABLES
from silkport.model.records import RECORD_TABLES

POSITION = "position"
"""The column of a raw frame that counts rows as a person does, the header included."""

_MOST_BLOCKS = 12
"""Blocks of a text file that are read as one chunk, however few rows they hold."""

_OWNER = {line: head for head, line in LINE_OF.items()}
_KEY_OF_LINE = {line: tuple(name for name in TABLES[line].key if name != "gnum") for line in _OWNER}


@dataclass(slots=True)
class Carry:
    """Holds the last parcel of a chunk back until it is known to be whole."""

    fields: Mapping[str, Field]
    _tail: pl.DataFrame | None = None
    _order_columns: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._order_columns = [n for n, f in self.fields.items() if _links(f)]

    def push(self, raw: pl.DataFrame) -> Iterator[pl.DataFrame]:
        """Takes the next rows; yields earlier ones that no later row can belong to."""
        if self._tail is None:
            self._tail = raw
            return
        whole = self._tail
        cut = self._last_start(whole)
        if cut:
            yield whole.slice(0, cut)
            whole = whole.slice(cut)
        elif whole.height >= CHUNK_ROWS:
            yield whole
            whole = raw.clear()
        self._tail = pl.concat([whole, raw], how="vertical_relaxed", rechunk=True)

    def finish(self) -> Iterator[pl.DataFrame]:
        """Yields what was held back."""
        if self._tail is not None and self._tail.height:
            yield self._tail
        self._tail = None

    def _last_start(self, raw: pl.DataFrame) -> int:
        """Index of the last row that shares no number of a parcel with the row before it."""
        for window in (1_000, raw.height):
            first = max(raw.height - window, 0)
            part = raw.slice(first)
            joined = pl.repeat(False, part.height, dtype=pl.Boolean, eager=True)
            for name in self._order_columns:
                orders = part.select(as_text(part, name))[name]
                joined = joined | ((orders == orders.shift(1)) & (orders != "")).fill_null(False)
            starts = (~joined).arg_true()
            last = int(starts[-1]) if starts.len() else 0
            if last > 0 or first == 0:
                return first + last
        return 0


def _links(place: Field) -> bool:
    """Whether rows that say the same in this column may belong to one document."""
    return place.column.name in {"order_no", NUMBER_WITHOUT_ORDER.get(place.table.name)}


def read_rows(raw: pl.DataFrame, fields: Mapping[str, Field], notes: Notes) -> Documents:
    """Rows of the flat table as documents.

    `raw` has a column for each name of `fields` (text, or a type of a typed file) and POSITION.
    A column without any cell counts as absent.
    """
    fields = {n: place for n, place in fields.items() if raw[n].null_count() < raw.height}
    positions = raw[POSITION]
    cells = prepare(raw, {name: place.column for name, place in fields.items()})
    orders = _orders(cells, fields)
    filled = filled_rows(cells, fields)
    if (without := _unnamed(cells, fields, orders, filled)).any():
        _set_aside(without, filled, positions, notes)
        cells, positions = cells.filter(~without), positions.filter(~without)
        orders = orders.filter(~without)
        filled = {name: mask.filter(~without) for name, mask in filled.items()}
    if not orders.len():
        return Documents()
    parsed = parse(cells, fields, positions, orders, notes)
    _complete_orders(parsed, orders)
    tables: dict[str, pl.DataFrame] = {}
    starts: dict[str, pl.Series] = {}
    for head in HEADS:
        if head in parsed and filled[head].any():
            run = Run.of(head, parsed, filled, orders)
            starts[head] = run.first_row
            compare_heads(run, parsed[head], positions, notes)
            tables[head] = _head_frame(run, parsed[head], positions, notes)
    for line, head in _OWNER.items():
        if line in parsed and filled[line].any():
            _complete_line_keys(line, parsed, filled, orders, starts)
            stands = positions
            if head in starts:
                stands = positions.gather(starts[head]).zip_with(filled[head], positions)
            tables[line] = placed(frame_of(line, parsed[line]), stands, notes).filter(filled[line])
    if DECIDED.name in parsed and filled[DECIDED.name].any():
        tables[DECIDED.name] = decided_rows(
            parsed[DECIDED.name],
            filled[DECIDED.name],
            numbers=orders,
            declarants=parsed.get("inventory", {}).get("ebc_code"),
            positions=positions,
            notes=notes,
        )
    ordered = {name: tables[name] for name in TABLES if name in tables}
    return Documents(tables=ordered, rows=orders.len())


def read_records(raw: pl.DataFrame, fields: Mapping[str, Field], notes: Notes) -> Documents:
    """Rows of a table that follows a parcel's way: a row of the file is a row of the table."""
    (table,) = {place.table for place in fields.values()}
    fields = {n: place for n, place in fields.items() if raw[n].null_count() < raw.height}
    if not fields:
        return Documents()
    cells = prepare(raw, {name: place.column for name, place in fields.items()})
    filled = filled_rows(cells, fields)[table.name]
    cells, positions = cells.filter(filled), raw[POSITION].filter(filled)
    if cells.is_empty():
        return Documents()
    columns = parse(cells, fields, positions, _orders(cells, fields), notes)[table.name]
    rows = placed(frame_of(table.name, columns), positions, notes)
    return Documents(tables={table.name: rows}, rows=rows.height)


def _orders(cells: pl.DataFrame, fields: Mapping[str, Field]) -> pl.Series:
    """The order number of each row: that of the first table which states one."""
    orders = pl.repeat("", cells.height, dtype=pl.String, eager=True)
    for name, place in fields.items():
        if place.column.name == "order_no" and (missing := orders == "").any():
            orders = orders.zip_with(~missing, cells[name])
    return orders


def _unnamed(
    cells: pl.DataFrame,
    fields: Mapping[str, Field],
    orders: pl.Series,
    filled: Mapping[str, pl.Series],
) -> pl.Series:
    """Rows without an order number in which anything needs one.

    A waybill or withdrawal that stands alone is named by its own number, and so are its lines.
    """
    without = orders == ""
    if not without.any():
        return without
    nothing = pl.repeat(False, orders.len(), dtype=pl.Boolean, eager=True)
    named = nothing
    allowed: dict[str, pl.Series] = {}
    for head, number in NUMBER_WITHOUT_ORDER.items():
        column = f"{head}.{number}"
        own = cells[column] != "" if column in fields else nothing
        allowed[head] = allowed[LINE_OF.get(head, head)] = own
        named = named | own
    for table, mask in filled.items():
        named = named & (~mask | allowed.get(table, nothing))
    return without & ~named


def _set_aside(
    without: pl.Series, filled: Mapping[str, pl.Series], positions: pl.Series, notes: Notes
) -> None:
    """Notes the rows that have cells but no order number; blank rows are nothing."""
    any_cell = pl.repeat(False, without.len(), dtype=pl.Boolean, eager=True)
    for mask in filled.values():
        any_cell = any_cell | mask
    for position in positions.filter(without & any_cell).to_list():
        notes.aside("RDG010", "the row has no order number in any table", position=position)


def _complete_orders(parsed: Parsed, orders: pl.Series) -> None:
    """A head without a column of order numbers of its own takes the order number of the row."""
    for head in HEADS:
        if head in parsed and "order_no" not in parsed[head]:
            longest = TABLES[head].column("order_no").longest
            parsed[head]["order_no"] = orders.str.slice(0, longest)


def _complete_line_keys(
    line: str,
    parsed: Parsed,
    filled: Mapping[str, pl.Series],
    orders: pl.Series,
    starts: Mapping[str, pl.Series],
) -> None:
    """Empty keys of a line are those of the inventory or order of its row."""
    head = _OWNER[line]
    for name in _KEY_OF_LINE[line]:
        own = parsed[line].get(name)
        if own is None:
            own = pl.repeat("", orders.len(), dtype=pl.String, eager=True)
        for source in (parsed.get(head, {}).get(name), orders if name == "order_no" else None):
            if source is None or not (missing := own == "").any():
                continue
            if source is not orders:
                missing = missing & filled[head]
                source = source.gather(starts[head]) if head in starts else source
            own = own.zip_with(~missing, source)
        parsed[line][name] = own


def _head_frame(
    run: Run, columns: Mapping[str, pl.Series], positions: pl.Series, notes: Notes
) -> pl.DataFrame:
    """One row a document, with where it was read."""
    rows = run.rows.filter(run.begins)
    chosen = pl.DataFrame(dict(columns)).select(pl.all().gather(rows)).to_dict()
    return placed(frame_of(run.table, chosen), positions.gather(rows), notes)


def documents_of(
    frames: Iterator[pl.DataFrame], fields: Mapping[str, Field], notes: Notes
) -> Iterator[Documents]:
    """What a stream of raw frames holds, in bounded chunks that never split a parcel."""
    tables = {place.table for place in fields.values()}
    beside = tables - {DECIDED}
    if beside and beside <= set(DECLARED_TABLES):
        parts = (part for raw in _grouped(frames) for part in raw.iter_slices(CHUNK_ROWS))
        yield from declarations_of(parts, fields, notes)
        return
    if tables <= {DECIDED, *RECORD_TABLES}:
        for raw in _grouped(frames):
            for part in raw.iter_slices(CHUNK_ROWS):
                yield from drained(read_records(part, fields, notes), notes)
        return
    carry = Carry(fields)
    for raw in _grouped(frames):
        for part in raw.iter_slices(CHUNK_ROWS):
            for whole in carry.push(part):
                yield from drained(read_rows(whole, fields, notes), notes)
    for whole in carry.finish():
        yield from drained(read_rows(whole, fields, notes), notes)


def _grouped(frames: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Small frames put together: what a chunk costs hardly depends on its rows."""
    group: list[pl.DataFrame] = []
    rows = 0
    for frame in frames:
        group.append(frame)
        rows += frame.height
        if rows >= CHUNK_ROWS or len(group) >= _MOST_BLOCKS:
            yield pl.concat(group, how="vertical_relaxed")
            group, rows = [], 0
    if group:
        yield pl.concat(group, how="vertical_relaxed")
