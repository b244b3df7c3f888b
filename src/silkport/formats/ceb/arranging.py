"""Tables as documents of one kind of message each, every line with the document it belongs to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from silkport.formats.ceb.catalogue import SHAPES, Part, Shape
from silkport.formats.ceb.kinds import HEAD_TABLES, fitting_kinds
from silkport.formats.ceb.losses import DOCUMENT, Losses
from silkport.formats.reading import LINE_OF, TABLES
from silkport.formats.writing import owners
from silkport.model.documents import ORIGIN_COLUMNS

_ORIGIN = tuple(column.name for column in ORIGIN_COLUMNS)


@dataclass(frozen=True, slots=True)
class Bundle:
    """All documents of one kind of message: a row each in `heads`, DOCUMENT counting them from 0.

    `lines` are in the order of their documents; `kept` marks documents of a message that is known
    as a whole and is put together again.
    """

    shape: Shape
    heads: pl.DataFrame
    lines: pl.DataFrame | None
    kept: pl.Series


def bundles(tables: Mapping[str, pl.DataFrame], losses: Losses) -> Iterator[Bundle]:
    """The documents of all tables by kind of message, in the order of the message table."""
    whole = _whole_messages(tables)
    for table in HEAD_TABLES:
        rows = tables.get(table)
        if rows is None or rows.is_empty():
            continue
        rows = _with_origin(rows).with_columns(fitting_kinds(table, rows, tables))
        rows = _known(table, rows, losses)
        own_lines = tables.get(LINE_OF.get(table, ""))
        owner = None if own_lines is None else _owners(table, tables[table], own_lines, losses)
        for shape in SHAPES.values():
            if shape.head.table != table:
                continue
            mine = rows.filter(pl.col("message") == shape.message)
            if mine.is_empty():
                continue
            if shape.line is not None and shape.line.table == table:
                yield _flat(shape, shape.line, mine, whole)
            else:
                yield _separate(shape, mine, own_lines, owner, whole, losses)


def _whole_messages(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Source and kind of the messages that are known as a whole."""
    schema = {"source": pl.String, "message": pl.String}
    known = tables.get("transmission")
    if known is None or "source" not in known.columns:
        return pl.DataFrame(schema=schema)
    return known.select("source", "message").unique()


def _with_origin(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows that nobody read from anywhere stand in the order they are in."""
    rows = rows.with_row_index("_row").with_columns(pl.col("_row").cast(pl.Int64))
    if set(_ORIGIN) <= set(rows.columns):
        return rows
    return rows.with_columns(pl.lit("").alias("source"), (pl.col("_row") + 1).alias("position"))


def _known(table: str, rows: pl.DataFrame, losses: Losses) -> pl.DataFrame:
    """Only rows that are of a kind of message their table can become."""
    kinds = [shape.message for shape in SHAPES.values() if shape.head.table == table]
    strange = ~rows["message"].is_in(kinds)
    if not strange.any():
        return rows
    for row in rows.filter(strange).iter_rows(named=True):
        losses.refuse(
            f"{table} row {row['_row'] + 1} message",
            row["message"],
            f"known for this table: {', '.join(kinds)}",
            source=row["source"],
            position=row["position"],
        )
    return rows.filter(~strange)


def _owners(table: str, heads: pl.DataFrame, lines: pl.DataFrame, losses: Losses) -> pl.Series:
    """For every line the row of its document; a line without one cannot be written."""
    under = TABLES[LINE_OF[table]]
    owner = owners(lines, heads, under)
    for at in (owner < 0).arg_true().to_list():
        row = lines.row(at, named=True)
        losses.refuse(
            f"{under.name} row {at + 1} order_no",
            row["order_no"],
            f"there is no {table} it belongs to",
            source=row.get("source", ""),
            position=row.get("position", 0),
        )
    return owner


def _separate(
    shape: Shape,
    mine: pl.DataFrame,
    lines: pl.DataFrame | None,
    owner: pl.Series | None,
    whole: pl.DataFrame,
    losses: Losses,
) -> Bundle:
    """Documents whose lines stand in a table of their own."""
    heads = mine.with_columns(pl.int_range(pl.len()).alias(DOCUMENT))
    own = None
    if lines is not None and owner is not None:
        numbers = heads.select("_row", DOCUMENT)
        own = (
            lines.with_columns(owner.alias("_row"))
            .join(numbers, on="_row", how="inner", maintain_order="left")
            .sort(DOCUMENT, maintain_order=True)
        )
        if shape.line is None:
            losses.leave_out(shape.message, LINE_OF[shape.head.table], own.height)
            own = None
    return Bundle(shape, heads, own, _kept(shape, heads, whole))


def _kept(shape: Shape, rows: pl.DataFrame, whole: pl.DataFrame) -> pl.Series:
    sources = whole.filter(pl.col("message") == shape.message)["source"]
    return rows["source"].is_in(sources.implode())


def _flat(shape: Shape, part: Part, rows: pl.DataFrame, whole: pl.DataFrame) -> Bundle:
    """Documents whose head is repeated beside each entry of their list."""
    stated = _stated(part, rows)
    begins = _begins(shape, part, rows, stated, _kept(shape, rows, whole))
    rows = rows.with_columns((begins.cum_sum().cast(pl.Int64) - 1).alias(DOCUMENT))
    heads = rows.filter(begins)
    return Bundle(shape, heads, rows.filter(stated), _kept(shape, heads, whole))


def _stated(part: Part, rows: pl.DataFrame) -> pl.Series:
    """Rows with an entry of the list; a document with an empty list has one without."""
    columns = [element.column for element in part.elements if element.column is not None]
    tests = [pl.col(column.name) != column.absent for column in columns]
    return rows.select(pl.any_horizontal(tests).alias("stated"))["stated"]


def _begins(
    shape: Shape, part: Part, rows: pl.DataFrame, stated: pl.Series, kept: pl.Series
) -> pl.Series:
    """Rows that begin a document.

    A row goes on with the document above when it has the same head and was read from the same
    place. In tabular files each row has a place of its own: there it goes on when the head names
    the same guid and the list continues.
    """
    heads = [element.column.name for element in shape.head.elements if element.column is not None]
    columns = [pl.col(name) for name in dict.fromkeys(("source", *heads))]
    same_head = pl.all_horizontal(column == column.shift(1) for column in columns)
    same_place = pl.col("position") == pl.col("position").shift(1)
    goes_on = pl.lit(stated & stated.shift(1)) & ~pl.lit(kept) & (pl.col("guid") != "")
    if part.elements[0].name == "gnum":
        goes_on &= pl.col("gnum") > pl.col("gnum").shift(1)
    continued = rows.select((same_head & (same_place | goes_on)).fill_null(False).alias("same"))
    return ~continued["same"]
