"""Raw rows of a flat file as columns of the tables they belong to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from silkport.formats.cells import read_cells, stated
from silkport.formats.headers import Field
from silkport.formats.heads import Parsed
from silkport.formats.reading import TABLES, Documents, Notes, dtype_of


def filled_rows(cells: pl.DataFrame, fields: Mapping[str, Field]) -> dict[str, pl.Series]:
    """Per table, the rows in which any of its cells is filled."""
    tests: dict[str, list[pl.Expr]] = {}
    for name, place in fields.items():
        tests.setdefault(place.table.name, []).append(stated(cells, name))
    return cells.select(
        pl.any_horizontal(exprs).alias(table) for table, exprs in tests.items()
    ).to_dict()


def parse(
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


def frame_of(table: str, columns: Mapping[str, pl.Series]) -> pl.DataFrame:
    """All columns of a table in order; those the file does not have are absent."""
    known = pl.DataFrame(dict(columns))
    return known.select(
        pl.col(one.name)
        if one.name in columns
        else pl.lit(one.absent, dtype=dtype_of(one)).alias(one.name)
        for one in TABLES[table].columns
    )


def placed(frame: pl.DataFrame, positions: pl.Series, notes: Notes) -> pl.DataFrame:
    """Rows with the source and the position of the document they belong to."""
    return frame.with_columns(
        pl.lit(notes.source).alias("source"), positions.cast(pl.Int64).alias("position")
    )


def drained(chunk: Documents, notes: Notes) -> Iterator[Documents]:
    """What was read, when it is anything."""
    chunk.problems, chunk.set_aside = notes.drain()
    if chunk.rows or chunk.problems or chunk.set_aside:
        yield chunk
