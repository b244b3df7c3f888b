"""What the check stage counts and adds up: lines, findings, values that could not be read."""

from __future__ import annotations

import polars as pl

from silkport.kernel.findings import Effect
from silkport.model.columns import MAX_AMOUNT_E5
from silkport.model.documents import INVENTORY_LINE
from silkport.stages.check.lines import GOODS_RULES

REFUSING_PROBLEMS = ("RDG001", "RDG003", "RDG004", "RDG005", "RDG007", "RDG008")
"""Reading problems that leave a value in doubt; the others only tell."""


def with_line_counts(parcels: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Adds to parcels what their lines add up to.

    Args:
        parcels: column doc, the inventory of the parcel.
        lines: columns doc, gnum, total_e5, qty_e5 (what is not stated counts as nothing).
    """
    counts = lines.group_by("doc").agg(
        pl.len().cast(pl.Int64).alias("line_count"),
        pl.col("gnum").min().alias("first_gnum"),
        pl.col("gnum").max().alias("last_gnum"),
        pl.col("gnum").n_unique().cast(pl.Int64).alias("distinct_gnums"),
        _bounded_sum("total_e5").alias("lines_total_e5"),
        _bounded_sum("qty_e5").alias("pieces_e5"),
    )
    names = [name for name in counts.columns if name != "doc"]
    joined = parcels.join(counts, on="doc", how="left", maintain_order="left")
    return joined.with_columns(pl.col(names).fill_null(0))


def _bounded_sum(name: str) -> pl.Expr:
    """Sum that cannot wrap; VAL002 refuses a parcel that reaches the bound."""
    return pl.col(name).clip(0).cast(pl.Int128).sum().clip(0, MAX_AMOUNT_E5).cast(pl.Int64)


def with_finding_counts(parcels: pl.DataFrame, findings: pl.DataFrame) -> pl.DataFrame:
    """Adds `form_findings` and `goods_findings`: refusals of this stage per parcel."""
    refusals = findings.filter(pl.col("effect") == Effect.REFUSE.value)
    counts = refusals.group_by("parcel_id").agg(
        (~pl.col("code").is_in(GOODS_RULES)).sum().cast(pl.Int64).alias("form_findings"),
        pl.col("code").is_in(GOODS_RULES).sum().cast(pl.Int64).alias("goods_findings"),
    )
    joined = parcels.join(counts, on="parcel_id", how="left", maintain_order="left")
    return joined.with_columns(pl.col("form_findings", "goods_findings").fill_null(0))


def with_unreadable_counts(parcels: pl.DataFrame, problems: pl.DataFrame) -> pl.DataFrame:
    """Adds `unreadable_cells`: values of the order's documents that could not be read."""
    counts = (
        problems.filter(pl.col("code").is_in(REFUSING_PROBLEMS))
        .group_by("order_no")
        .agg(pl.len().cast(pl.Int64).alias("unreadable_cells"))
    )
    joined = parcels.join(counts, on="order_no", how="left", maintain_order="left")
    return joined.with_columns(pl.col("unreadable_cells").fill_null(0))


def lines_of(parcels: pl.DataFrame, lines: pl.DataFrame, wanted: set[str]) -> pl.DataFrame:
    """The lines of `parcels`, with what their rules need to know of the parcel.

    Args:
        lines: current inventory lines with the number `doc` of their inventory.
        wanted: names of the line columns some rule reads.
    """
    always = {"gnum", "qty_e5", "total_e5", "hs_code", "unit"}
    names = [name for name in INVENTORY_LINE.names if name in wanted | always]
    cost = pl.col("freight_e5").clip(0) + pl.col("insurance_e5").clip(0)
    about = parcels.select(
        "doc",
        "parcel_id",
        "cell",
        "decl_day",
        pl.col("currency").alias("parcel_currency"),
        cost.alias("goods_cost_e5"),
        "gross_mass_mg",
    )
    joined = lines.select("doc", *names).join(about, on="doc", how="inner", maintain_order="left")
    stated = pl.col("total_e5").clip(0).cast(pl.Int128)
    return joined.sort("doc", "gnum", maintain_order=True).with_columns(
        (stated.cum_sum().over("doc") - stated)
        .clip(0, MAX_AMOUNT_E5)
        .cast(pl.Int64)
        .alias("before_e5")
    )
