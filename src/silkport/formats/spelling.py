"""Internal values as they are spelt outside: the inverse of reading a cell."""

from __future__ import annotations

import polars as pl

from silkport.formats.cells import PLACES
from silkport.model.columns import MISSING, Column, Kind


def spell(values: pl.Series, column: Column) -> pl.Series:
    """A column as text: exact decimals without trailing zeros, ISO days, "" when not stated."""
    frame = values.alias("v").to_frame()
    return frame.select(spelling(pl.col("v"), column.kind).alias(column.name)).to_series()


def spelling(value: pl.Expr, kind: Kind) -> pl.Expr:
    """As `spell`, within an expression."""
    if kind is Kind.TEXT:
        return value.fill_null("")
    if kind in PLACES:
        text = _decimal(value, PLACES[kind])
    elif kind is Kind.DAY:
        text = value.clip(0, None).cast(pl.Int32).cast(pl.Date).cast(pl.String)
    elif kind is Kind.FLAG:
        text = pl.when(value == 1).then(pl.lit("yes")).otherwise(pl.lit("no"))
    else:
        text = value.cast(pl.String)
    unstated = value.is_null() | (value == MISSING)
    return pl.when(unstated).then(pl.lit("")).otherwise(text)


def _decimal(value: pl.Expr, places: int) -> pl.Expr:
    """A scaled integer as the shortest decimal that names it."""
    if not places:
        return value.cast(pl.String)
    step = 10**places
    digits = (value % step).cast(pl.String).str.zfill(places).str.strip_chars_end("0")
    whole = (value // step).cast(pl.String)
    return (
        pl.when(value % step == 0).then(whole).otherwise(pl.concat_str(whole, pl.lit("."), digits))
    )
