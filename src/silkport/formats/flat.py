"""The flat table: one row a line of a parcel, beside it the heads of the parcel's documents.

Rows of one document stand next to one another and repeat its head; they give one head. A row gives
a document (or line) of each table of which any cell is filled.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import polars as pl

from silkport.formats.cells import as_text, prepare, read_cells, stated
from silkport.formats.headers import Field
from silkport.formats.reading import (
    HEADS,
    LINE_OF,
    TABLES,
    Documents,
    Notes,
    dtype_of,
)
from silkport.formats.spelling import spell
from silkport.kernel.limits import CHUNK_ROWS
from silkport.model.columns import MISSING

POSITION = "position"
"""The column of a raw frame that counts rows as a person does, the header included."""

_MOST_BLOCKS = 12
"""Blocks of a text file that are read as one chunk, however few rows they hold."""

_OWNER = {line: head for head, line in LINE_OF.items()}
_KEY_OF_LINE = {"line": ("ebc_code", "order_no"), "order_line": ("ebp_code", "order_no")}

Parsed = dict[str, dict[str, pl.Series]]


@dataclass(slots=True)
class Carry:
    """Holds the last parcel of a chunk back until it is known to be whole."""

    fields: Mapping[str, Field]
    _tail: pl.DataFrame | None = None
    _order_columns: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._order_columns = [n for n, f in self.fields.items() if f.column.name == "order_no"]

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
        """Index of the last row that shares no order number with the row before it."""
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


def read_rows(raw: pl.DataFrame, fields: Mapping[str, Field], notes: Notes) -> Documents:
    """Rows of the flat table as documents.

    `raw` has a column for each name of `fields` (text, or a type of a typed file) and POSITION.
    A column without any cell counts as absent.
    """
    fields = {n: place for n, place in fields.items() if raw[n].null_count() < raw.height}
    positions = raw[POSITION]
    cells = prepare(raw, {name: place.column for name, place in fields.items()})
    orders = _orders(cells, fields)
    filled = _filled(cells, fields)
    if (without := orders == "").any():
        _set_aside(without, filled, positions, notes)
        cells, positions = cells.filter(~without), positions.filter(~without)
        orders = orders.filter(~without)
        filled = {name: mask.filter(~without) for name, mask in filled.items()}
    if not orders.len():
        return Documents()
    parsed = _parse(cells, fields, positions, orders, notes)
    _complete_orders(parsed, orders)
    tables: dict[str, pl.DataFrame] = {}
    starts: dict[str, pl.Series] = {}
    for head in HEADS:
        if head in parsed and filled[head].any():
            run = _Run.of(head, parsed, filled, orders)
            starts[head] = run.first_row
            _compare_heads(run, parsed[head], positions, notes)
            tables[head] = _head_frame(run, parsed[head], positions, notes)
    for line, head in _OWNER.items():
        if line in parsed and filled[line].any():
            _complete_line_keys(line, parsed, filled, orders, starts)
            stands = positions
            if head in starts:
                stands = positions.gather(starts[head]).zip_with(filled[head], positions)
            tables[line] = _placed(_frame(line, parsed[line]), stands, notes).filter(filled[line])
    ordered = {name: tables[name] for name in TABLES if name in tables}
    return Documents(tables=ordered, rows=orders.len())


def _filled(cells: pl.DataFrame, fields: Mapping[str, Field]) -> dict[str, pl.Series]:
    """Per table, the rows in which any of its cells is filled."""
    tests: dict[str, list[pl.Expr]] = {}
    for name, place in fields.items():
        tests.setdefault(place.table.name, []).append(stated(cells, name))
    return cells.select(
        pl.any_horizontal(exprs).alias(table) for table, exprs in tests.items()
    ).to_dict()


def _orders(cells: pl.DataFrame, fields: Mapping[str, Field]) -> pl.Series:
    """The order number of each row: that of the first table which states one."""
    orders = pl.repeat("", cells.height, dtype=pl.String, eager=True)
    for name, place in fields.items():
        if place.column.name == "order_no" and (missing := orders == "").any():
            orders = orders.zip_with(~missing, cells[name])
    return orders


def _set_aside(
    without: pl.Series, filled: Mapping[str, pl.Series], positions: pl.Series, notes: Notes
) -> None:
    """Notes the rows that have cells but no order number; blank rows are nothing."""
    any_cell = pl.repeat(False, without.len(), dtype=pl.Boolean, eager=True)
    for mask in filled.values():
        any_cell = any_cell | mask
    for position in positions.filter(without & any_cell).to_list():
        notes.aside("RDG010", "the row has no order number in any table", position=position)


def _parse(
    cells: pl.DataFrame,
    fields: Mapping[str, Field],
    positions: pl.Series,
    orders: pl.Series,
    notes: Notes,
) -> Parsed:
    """Every column in internal form; refused cells are noted with their row."""
    columns = {name: place.column for name, place in fields.items()}
    found = read_cells(cells, columns, room=notes.room)
    for fault in found.faults:
        notes.problem(
            fault.code,
            position=int(positions[fault.row]),
            column=fault.column,
            read=fault.read,
            expected=fault.expected,
            order_no=str(orders[fault.row]),
        )
    notes.unlisted(found.unlisted)
    parsed: Parsed = {}
    for name, place in fields.items():
        parsed.setdefault(place.table.name, {})[place.column.name] = found.values[name]
    return parsed


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


@dataclass(frozen=True, slots=True)
class _Run:
    """The rows that hold one head table, and which of them begin a document."""

    table: str
    rows: pl.Series
    """Indices of the rows with a head."""
    begins: pl.Series
    """Among `rows`, those that begin a document."""
    first_row: pl.Series
    """For every row of the chunk, the index of the row its document began in."""

    @classmethod
    def of(
        cls, table: str, parsed: Parsed, filled: Mapping[str, pl.Series], orders: pl.Series
    ) -> _Run:
        """Finds the documents: a row continues the row before it when order and guid agree."""
        columns = parsed[table]
        held = filled[table]
        same = held & held.shift(1, fill_value=False) & (orders == orders.shift(1))
        for name in ("order_no", "guid"):
            if name in columns:
                same = same & (columns[name] == columns[name].shift(1))
        same = same.fill_null(False)
        if same.any():
            same = same & ~_sent_again(table, parsed, same)
        begins = held & ~same
        index = pl.int_range(held.len(), eager=True)
        first = index.zip_with(begins, pl.repeat(0, held.len(), eager=True)).cum_max()
        rows = held.arg_true()
        return cls(table, rows, begins.gather(rows), first)


def _sent_again(table: str, parsed: Parsed, same: pl.Series) -> pl.Series:
    """Rows that do not continue a document but repeat it: a message sent twice.

    Such a row begins with the line the document began with, or is in all tables equal to the
    row before it.
    """
    index = pl.int_range(same.len(), eager=True)
    first = index.zip_with(~same, pl.repeat(0, same.len(), eager=True)).cum_max()
    line = LINE_OF.get(table, "")
    if line in parsed and "gnum" in parsed[line]:
        number = parsed[line]["gnum"]
        candidates = same & (number == number.gather(first)) & (number != MISSING)
        compared = [*parsed[table].values(), *parsed[line].values()]
        return _equal_rows(candidates, first, compared)
    by_lines_first = sorted(parsed, key=lambda name: name not in _OWNER)
    everything = [series for name in by_lines_first for series in parsed[name].values()]
    return _equal_rows(same, (index - 1).clip(0), everything)


def _equal_rows(candidates: pl.Series, other: pl.Series, columns: list[pl.Series]) -> pl.Series:
    """The candidates that equal, in all `columns`, the row whose index `other` names."""
    rows = candidates.arg_true()
    for series in columns:
        if not rows.len():
            break
        rows = rows.filter(series.gather(rows) == series.gather(other.gather(rows)))
    equal = pl.repeat(False, candidates.len(), dtype=pl.Boolean, eager=True)
    return equal.scatter(rows, True) if rows.len() else equal


def _compare_heads(
    run: _Run, columns: Mapping[str, pl.Series], positions: pl.Series, notes: Notes
) -> None:
    """Notes every repeated head cell that differs from the first row of its document."""
    again = run.rows.filter(~run.begins)
    if not again.len():
        return
    first = run.first_row.gather(again)
    for name, series in columns.items():
        here, there = series.gather(again), series.gather(first)
        differs = here != there
        if not differs.any():
            continue
        column = TABLES[run.table].column(name)
        listed = differs.arg_true().head(max(notes.room, 0))
        notes.unlisted(int(differs.sum()) - listed.len())
        for at in listed.to_list():
            row = int(positions[int(first[at])])
            notes.problem(
                "RDG005",
                position=int(positions[int(again[at])]),
                column=f"{run.table}.{column.outside}",
                read=spell(here.slice(at, 1), column)[0],
                expected=f"{spell(there.slice(at, 1), column)[0][:60]!r} as in row {row}",
                order_no=str(columns["order_no"][int(again[at])]),
            )


def _frame(table: str, columns: Mapping[str, pl.Series]) -> pl.DataFrame:
    """All columns of a table in order; those the file does not have are absent."""
    height = next(iter(columns.values())).len()
    series = []
    for column in TABLES[table].columns:
        own = columns.get(column.name)
        if own is None:
            own = pl.repeat(column.absent, height, dtype=dtype_of(column)(), eager=True)
        series.append(own.alias(column.name))
    return pl.DataFrame(series)


def _head_frame(
    run: _Run, columns: Mapping[str, pl.Series], positions: pl.Series, notes: Notes
) -> pl.DataFrame:
    """One row a document, with where it was read."""
    rows = run.rows.filter(run.begins)
    chosen = {name: series.gather(rows) for name, series in columns.items()}
    return _placed(_frame(run.table, chosen), positions.gather(rows), notes)


def _placed(frame: pl.DataFrame, positions: pl.Series, notes: Notes) -> pl.DataFrame:
    """Rows with the source and the position of the document they belong to."""
    return frame.with_columns(
        pl.lit(notes.source).alias("source"), positions.cast(pl.Int64).alias("position")
    )


def documents_of(
    frames: Iterator[pl.DataFrame], fields: Mapping[str, Field], notes: Notes
) -> Iterator[Documents]:
    """Documents of a stream of raw frames, in bounded chunks that never split a parcel."""
    carry = Carry(fields)
    for raw in _grouped(frames):
        for offset in range(0, raw.height, CHUNK_ROWS):
            for whole in carry.push(raw.slice(offset, CHUNK_ROWS)):
                yield from _chunk(whole, fields, notes)
    for whole in carry.finish():
        yield from _chunk(whole, fields, notes)


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


def _chunk(raw: pl.DataFrame, fields: Mapping[str, Field], notes: Notes) -> Iterator[Documents]:
    """What the rows hold, when they hold anything."""
    chunk = read_rows(raw, fields, notes)
    chunk.problems, chunk.set_aside = notes.drain()
    if chunk.rows or chunk.problems or chunk.set_aside:
        yield chunk
