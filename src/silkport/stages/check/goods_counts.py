"""What the check stage counts and adds up of a house and its goods lines."""

from __future__ import annotations

import polars as pl

from silkport.model.columns import MAX_AMOUNT_E5, MAX_CARGO_MG
from silkport.model.declarations import GOODS

_OF_HOUSE = ("cell", "decl_day", "act", "currency", "stay_months", "feature")


def goods_of(houses: pl.DataFrame, goods: pl.DataFrame) -> pl.DataFrame:
    """The goods lines of `houses` in the order of their numbers, with what they need to know.

    Makers are compared in capitals. Adds what the lines before each one come to: prices in
    `before_e5`, gross masses in `before_gross_mg`.

    Args:
        houses: doc, parcel_id, documents and the columns of a line that the house states.
        goods: GOODS columns with the number `doc` of their declaration.
    """
    about = houses.select(
        "doc", "parcel_id", *_OF_HOUSE, pl.col("documents").alias("house_documents")
    )
    rows = goods.select("doc", *GOODS.names).join(about, on="doc")
    return rows.sort("doc", "gnum", maintain_order=True).with_columns(
        pl.col("producer").str.strip_chars().str.to_uppercase().alias("producer"),
        _before("total_e5", MAX_AMOUNT_E5).alias("before_e5"),
        _before("gross_mass_mg", MAX_CARGO_MG).alias("before_gross_mg"),
    )


def _before(name: str, most: int) -> pl.Expr:
    own = pl.col(name).clip(0).cast(pl.Int128)
    return (own.cum_sum() - own).over("doc").clip(0, most).cast(pl.Int64)


def _sum(name: str, most: int) -> pl.Expr:
    return pl.col(name).clip(0).cast(pl.Int128).sum().clip(0, most).cast(pl.Int64)


def with_goods_counts(houses: pl.DataFrame, goods: pl.DataFrame) -> pl.DataFrame:
    """Adds to houses what their goods lines add up to; sums cannot wrap."""
    counts = goods.group_by("doc").agg(
        pl.len().cast(pl.Int64).alias("line_count"),
        pl.col("gnum").min().alias("first_gnum"),
        pl.col("gnum").max().alias("last_gnum"),
        pl.col("gnum").n_unique().cast(pl.Int64).alias("distinct_gnums"),
        _sum("total_e5", MAX_AMOUNT_E5).alias("lines_total_e5"),
        _sum("gross_mass_mg", MAX_CARGO_MG).alias("lines_gross_mg"),
        _sum("net_mass_mg", MAX_CARGO_MG).alias("lines_net_mg"),
    )
    names = [name for name in counts.columns if name != "doc"]
    joined = houses.join(counts, on="doc", how="left", maintain_order="left")
    return joined.with_columns(pl.col(names).fill_null(0))


def with_house_counts(goods: pl.DataFrame, houses: pl.DataFrame) -> pl.DataFrame:
    """Adds to each goods line the sums of its house."""
    about = houses.select("doc", "line_count", "lines_total_e5", "lines_gross_mg")
    return goods.join(about, on="doc", how="left", maintain_order="left")
