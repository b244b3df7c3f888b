"""The flat table of commercial declarations: a row a goods line, beside it the head of its house.

The head stands on the first row of a declaration; the rows below repeat it or leave it empty. A row
without a `declaration_no` belongs to the declaration of the row directly above it, unless it names
another house: a house without a number of its own is called `<consignment_no>/<house_no>`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from silkport.formats.cells import as_text, prepare, stated
from silkport.formats.decided import decided_rows
from silkport.formats.frames import drained, filled_rows, frame_of, parse, placed
from silkport.formats.headers import Field
from silkport.formats.heads import Parsed, Run, compare_heads
from silkport.formats.reading import Documents, Notes
from silkport.kernel.limits import MAX_GOODS_LINES
from silkport.model.decided import DECIDED
from silkport.model.declarations import ACTS, DECLARATION, GOODS
from silkport.model.documents import ORIGIN_COLUMNS

HEAD, LINES = DECLARATION.name, GOODS.name

LONGEST_NUMBER = DECLARATION.column("declaration_no").longest

_POSITION, _LOST = ORIGIN_COLUMNS[1].name, "_lost"
_MOST_ROWS = MAX_GOODS_LINES + 1
"""Rows of one declaration: its head may stand on a row of its own."""

_VERSION = ("guid", "declarant_code", "act")
"""What tells two versions of a declaration apart where their rows state the same number."""

UNNAMED = "no declaration_no, no consignment_no with house_no"
"""Why a declaration that nothing names is set aside."""

TOO_LONG = f"its number is longer than {LONGEST_NUMBER} characters; state a shorter declaration_no"
"""Why a declaration is set aside that its number cannot name."""

TOO_MANY_LINES = f"more than {MAX_GOODS_LINES} goods lines; divide the house"
"""Why a declaration is set aside that is larger than any may be."""


def declarations_of(
    frames: Iterator[pl.DataFrame], fields: Mapping[str, Field], notes: Notes
) -> Iterator[Documents]:
    """What a stream of raw frames holds; no declaration is split between two chunks."""
    held: pl.DataFrame | None = None
    for raw in _filled(frames, fields):
        if held is None:
            held = raw
            continue
        last = _last_start(held, fields)
        if last:
            yield from drained(_read_declarations(held.slice(0, last), fields, notes), notes)
        # Of a declaration with too many rows, one more than allowed is enough to tell.
        tail = held.slice(last).head(_MOST_ROWS + 1)
        held = pl.concat([tail, raw], how="vertical_relaxed", rechunk=True)
    if held is not None:
        yield from drained(_read_declarations(held, fields, notes), notes)


def _filled(frames: Iterator[pl.DataFrame], fields: Mapping[str, Field]) -> Iterator[pl.DataFrame]:
    """Rows that are not blank, and how many rows above each could not be used at all.

    Such a row may have begun a declaration, so that no row below it continues another.
    """
    lost, before = 0, None
    for raw in frames:
        positions = raw[_POSITION]
        gaps = positions - positions.shift(1, fill_value=before) - 1
        lost_here = (gaps.fill_null(0).cum_sum() + lost).alias(_LOST)
        if raw.height:
            before, lost = positions[-1], lost_here[-1]
        filled = pl.any_horizontal(_any_cell(raw, name) for name in fields)
        yield raw.with_columns(lost_here).filter(filled)


def _any_cell(raw: pl.DataFrame, name: str) -> pl.Expr:
    """Which cells of a raw column hold anything."""
    cells = pl.col(name)
    return cells != "" if raw[name].dtype == pl.String else cells.is_not_null()


def _last_start(raw: pl.DataFrame, fields: Mapping[str, Field]) -> int:
    """Index of the row that the last declaration begins in."""
    fields = {n: place for n, place in fields.items() if raw[n].null_count() < raw.height}
    rows = _numbered(raw, fields)
    starts = _begins(rows, fields).arg_true()
    return int(starts[-1]) if starts.len() else 0


def _texts(raw: pl.DataFrame, column: str, fields: Mapping[str, Field]) -> pl.Series:
    """The cells of a column of the head as text; "" where the file does not have it."""
    name = f"{HEAD}.{column}"
    if name not in fields:
        return pl.repeat("", raw.height, dtype=pl.String, eager=True)
    return raw.select(as_text(raw, name))[name]


@dataclass(slots=True)
class _Rows:
    """Rows, and the number of the declaration each belongs to."""

    cells: pl.DataFrame
    positions: pl.Series
    numbers: pl.Series
    names_itself: pl.Series
    """Whether the row states a number or another house than the row above."""

    def kept(self, mask: pl.Series) -> _Rows:
        """The rows of a mask."""
        return _Rows(
            self.cells.filter(mask),
            self.positions.filter(mask),
            self.numbers.filter(mask),
            self.names_itself.filter(mask),
        )


def _read_declarations(raw: pl.DataFrame, fields: Mapping[str, Field], notes: Notes) -> Documents:
    """Rows of the flat table as declarations and their goods.

    `raw` has a column for each name of `fields` (text, or a type of a typed file), the position
    and how many rows above were lost; it begins with the first row of a declaration.
    """
    fields = {n: place for n, place in fields.items() if raw[n].null_count() < raw.height}
    if not fields:
        return Documents()
    rows = _without_orphans(_numbered(raw, fields), notes)
    if rows.numbers.is_empty():
        return Documents()
    begins = _begins(rows, fields)
    run = Run(HEAD, _all(begins).arg_true(), begins, _first_rows(begins))
    rows, run = _within_limit(rows, run, fields, notes)
    if rows.numbers.is_empty():
        return Documents()
    parsed = parse(rows.cells, fields, rows.positions, rows.numbers, notes)
    head = _completed(parsed, rows, run, fields)
    # Problems of a head name its declaration, as those of other documents name their order.
    compare_heads(run, {**head, "order_no": rows.numbers}, rows.positions, notes)
    heads = _heads(head, rows, run, notes)
    tables = {HEAD: heads}
    filled = filled_rows(rows.cells, fields)
    if LINES in parsed and filled[LINES].any():
        tables[LINES] = _lines(parsed[LINES], heads, run, notes).filter(filled[LINES])
    if DECIDED.name in parsed and filled[DECIDED.name].any():
        tables[DECIDED.name] = decided_rows(
            parsed[DECIDED.name],
            filled[DECIDED.name],
            numbers=rows.numbers,
            declarants=head.get("declarant_code"),
            positions=rows.positions,
            notes=notes,
        )
    return Documents(tables=tables, rows=rows.numbers.len())


def _numbered(raw: pl.DataFrame, fields: Mapping[str, Field]) -> _Rows:
    """Rows with the number of their declaration; "" where a row belongs to none."""
    cells = prepare(raw, {name: place.column for name, place in fields.items()})
    torn = (raw[_LOST].diff() != 0).fill_null(False)
    own, house, consignment = (
        _texts(cells, name, fields) for name in ("declaration_no", "house_no", "consignment_no")
    )
    frame = pl.DataFrame({"own": own, "house": house, "of": consignment, "torn": torn})
    before = {
        name: pl.when(pl.col(name) != "").then(pl.col(name)).forward_fill().shift(1).fill_null("")
        for name in ("house", "of")
    }
    moved = (pl.col("house") != "") & (
        (pl.col("house") != before["house"])
        | ((pl.col("of") != "") & (pl.col("of") != before["of"]))
    )
    frame = frame.with_columns(moved=(pl.col("own") == "") & moved)
    default = pl.concat_str("of", pl.lit("/"), "house")
    named = (
        pl.when(pl.col("own") != "")
        .then(pl.col("own"))
        .when(pl.col("moved") & (pl.col("of") != ""))
        .then(default)
        .when(pl.col("moved") | pl.col("torn"))
        .then(pl.lit(""))
    )
    numbers = frame.select(named.forward_fill().fill_null("").alias("n")).to_series()
    return _Rows(cells, raw[_POSITION], numbers, (frame["own"] != "") | frame["moved"])


def _without_orphans(rows: _Rows, notes: Notes) -> _Rows:
    """Sets aside the rows that belong to no declaration."""
    orphans = rows.numbers == ""
    if orphans.any():
        reason = f"{UNNAMED}, and no row of a declaration stands directly above"
        for position in rows.positions.filter(orphans).to_list():
            notes.aside("RDG010", reason, position=position)
        rows = rows.kept(~orphans)
    return rows


def _begins(rows: _Rows, fields: Mapping[str, Field]) -> pl.Series:
    """The rows that begin a declaration.

    It begins where the number changes, where a row that names itself states another version, and
    where it repeats the first row of its declaration: a message sent twice.
    """
    begins = (rows.numbers != rows.numbers.shift(1)).fill_null(True)
    restart = begins
    for name in _VERSION:
        column = f"{HEAD}.{name}"
        if column in fields:
            cells = pl.DataFrame({"c": rows.cells[column], "b": begins})
            held = cells.select(
                pl.when((pl.col("c") != "") | pl.col("b")).then(pl.col("c")).forward_fill()
            ).to_series()
            restart = restart | (rows.names_itself & (held != held.shift(1)).fill_null(True))
    again = rows.names_itself & ~restart
    gnum = f"{LINES}.gnum"
    if gnum in fields:
        again = again & rows.cells.select(stated(rows.cells, gnum)).to_series()
    candidates, first = again.arg_true(), _first_rows(restart)
    for name in fields:
        if candidates.is_empty():
            return restart
        said = rows.cells[name]
        same = said.gather(candidates).eq_missing(said.gather(first.gather(candidates)))
        candidates = candidates.filter(same)
    return restart.scatter(candidates, True) if candidates.len() else restart


def _first_rows(begins: pl.Series) -> pl.Series:
    """For every row the index of the row its declaration began in."""
    index = pl.int_range(begins.len(), eager=True)
    return index.zip_with(begins, pl.repeat(0, begins.len(), eager=True)).cum_max()


def _all(mask: pl.Series) -> pl.Series:
    return pl.repeat(True, mask.len(), dtype=pl.Boolean, eager=True)


def _within_limit(
    rows: _Rows, run: Run, fields: Mapping[str, Field], notes: Notes
) -> tuple[_Rows, Run]:
    """Sets aside the declarations with too many rows or too long a number."""
    lines = filled_rows(rows.cells, fields).get(LINES, ~_all(run.begins))
    counted = pl.DataFrame({"first": run.first_row, "line": lines, "number": rows.numbers})
    found = counted.group_by("first", maintain_order=True).agg(
        pl.col("line").sum(), pl.len().alias("rows"), pl.col("number").first()
    )
    gone: list[int] = []
    for first, line_count, row_count, number in found.iter_rows():
        beyond = line_count > MAX_GOODS_LINES or row_count > _MOST_ROWS
        if beyond or len(number) > LONGEST_NUMBER:
            code, reason = ("SP-1103", TOO_MANY_LINES) if beyond else ("RDG010", TOO_LONG)
            notes.aside(code, f"{number[:60]}: {reason}", position=int(rows.positions[first]))
            gone.append(first)
    if not gone:
        return rows, run
    keep = ~run.first_row.is_in(gone)
    begins = run.begins.filter(keep)
    return rows.kept(keep), Run(HEAD, _all(begins).arg_true(), begins, _first_rows(begins))


def _completed(
    parsed: Parsed, rows: _Rows, run: Run, fields: Mapping[str, Field]
) -> dict[str, pl.Series]:
    """The head of each row: a cell that a row below the first leaves empty is the first row's."""
    head = dict(parsed.get(HEAD, {}))
    for name, place in fields.items():
        if place.table.name == HEAD:
            here = rows.cells.select(stated(rows.cells, name)).to_series() | run.begins
            series = head[place.column.name]
            head[place.column.name] = series.zip_with(here, series.gather(run.first_row))
    head["declaration_no"] = rows.numbers
    return head


def _heads(head: Mapping[str, pl.Series], rows: _Rows, run: Run, notes: Notes) -> pl.DataFrame:
    """One row a declaration, with where it was read."""
    at = run.begins.arg_true()
    columns = {name: series.gather(at) for name, series in head.items()}
    frame = placed(frame_of(HEAD, columns), rows.positions.gather(at), notes)
    return with_act(frame)


def with_act(heads: pl.DataFrame) -> pl.DataFrame:
    """Heads with their act; a version that states none declares."""
    act = pl.col("act")
    return heads.with_columns(pl.when(act == "").then(pl.lit(ACTS[0])).otherwise(act).alias("act"))


def _lines(
    columns: Mapping[str, pl.Series], heads: pl.DataFrame, run: Run, notes: Notes
) -> pl.DataFrame:
    """Every row as a goods line, with the keys and the place of its declaration."""
    owner = run.begins.cast(pl.Int64).cum_sum() - 1
    keys = {name: heads[name].gather(owner) for name in DECLARATION.key}
    return placed(frame_of(LINES, {**columns, **keys}), heads["position"].gather(owner), notes)
