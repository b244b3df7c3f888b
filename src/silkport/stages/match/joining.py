"""What the match stage joins and counts: documents of one order, lines of one number."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from silkport.model.columns import MISSING, Table
from silkport.model.documents import ORDER, ORDER_LINE, PAYMENT, WAYBILL
from silkport.model.records import MOVEMENT
from silkport.stages.match.rules import MASK_ALIASES, MASK_RULES

ARRIVING = ("at_site", "listed")
"""Movements that say a parcel is in the supervised place."""


def with_documents(
    parcels: pl.DataFrame, documents: Mapping[str, pl.DataFrame], wanted: set[str]
) -> pl.DataFrame:
    """Adds to each parcel its order, payment and waybill, as far as they are here.

    Documents are linked by order number; where one number stands in several documents, the
    second key decides (platform, payment number, carrier and waybill number). A waybill without
    an order number is linked by carrier and waybill number.

    Args:
        parcels: columns order_no, ebp_code, logistics_code, logistics_no.
        documents: current orders, payments and waybills by table name.
        wanted: names of the columns some rule reads; others are not carried along.
    """
    number = "pay_transaction_id"
    named = f"{ORDER.name}_{number}"
    parcels = _with(parcels, ORDER, documents, wanted | {named}, (["ebp_code"], ["ebp_code"]))
    parcels = _with(parcels, PAYMENT, documents, wanted, ([named], [number]))
    carried = ["logistics_code", "logistics_no"]
    parcels = _with(parcels, WAYBILL, documents, wanted, (carried, carried))
    return _with_arrivals(parcels, documents[MOVEMENT.name])


def _with_arrivals(parcels: pl.DataFrame, movements: pl.DataFrame) -> pl.DataFrame:
    """Fills in the day a parcel was seen at the site, where a movement tells and the waybill not.

    The first list or arrival that names the waybill counts, by the time its sender made it.
    """
    arrived = "waybill_arrived_day"
    seen = movements.filter(pl.col("kind").is_in(ARRIVING), pl.col("app_time") > 0)
    if arrived not in parcels.columns or seen.is_empty():
        return parcels
    day = (pl.col("app_time") // 1_000_000).cast(pl.String).str.to_date("%Y%m%d", strict=False)
    keys = ["logistics_code", "logistics_no"]
    first = seen.group_by(keys).agg(day.min().to_physical().cast(pl.Int64).alias("__seen"))
    joined = parcels.join(first, on=keys, how="left", maintain_order="left")
    unsaid = pl.col(arrived) == MISSING
    filled = pl.when(unsaid).then(pl.col("__seen").fill_null(MISSING)).otherwise(pl.col(arrived))
    return joined.with_columns(filled.alias(arrived)).drop("__seen")


def _with(
    parcels: pl.DataFrame,
    table: Table,
    documents: Mapping[str, pl.DataFrame],
    wanted: set[str],
    second: tuple[list[str], list[str]],
) -> pl.DataFrame:
    here = f"has_{table.name}"
    rows = _prefixed(table, documents[table.name], wanted).with_columns(
        pl.lit(1, dtype=pl.Int64).alias(here), documents[table.name]["order_no"].alias("__order")
    )
    rows = rows.with_columns(documents[table.name].select(_together(second[1])).to_series())
    several = rows["__order"].is_duplicated()
    unlinked = rows["__order"] == ""
    alone = rows.filter(~several & ~unlinked).drop("__second")
    joined = parcels.join(
        alone, left_on="order_no", right_on="__order", how="left", maintain_order="left"
    )
    if several.any() or unlinked.any():
        joined = _with_second_key(joined, table, rows, second[0], several)
    filled = [
        pl.col(name).fill_null("" if joined[name].dtype == pl.String else MISSING)
        for name in rows.columns
        if name not in {"__order", "__second", here}
    ]
    return joined.with_columns(*filled, pl.col(here).fill_null(0))


def _with_second_key(
    joined: pl.DataFrame, table: Table, rows: pl.DataFrame, second: list[str], several: pl.Series
) -> pl.DataFrame:
    """Fills in documents whose order number is shared by several, or not stated at all."""
    linked = rows["__order"] != ""
    joined = joined.with_columns(_together(second))
    shared = rows.filter(several & linked).unique(["__order", "__second"], keep="last")
    joined = _coalesced(joined, shared, ["order_no", "__second"], ["__order", "__second"])
    if table is WAYBILL:
        loose = rows.filter(~linked).unique("__second", keep="last")
        joined = _coalesced(joined, loose.drop("__order"), ["__second"], ["__second"])
    return joined.drop("__second")


def _together(columns: list[str]) -> pl.Expr:
    return pl.concat_str(columns, separator=" ").alias("__second")


def _coalesced(
    joined: pl.DataFrame, rows: pl.DataFrame, left: list[str], right: list[str]
) -> pl.DataFrame:
    names = [name for name in rows.columns if name not in {"__order", "__second"}]
    if rows.is_empty():
        return joined
    more = joined.join(
        rows, left_on=left, right_on=right, how="left", suffix="__more", maintain_order="left"
    )
    filled = [pl.coalesce(name, f"{name}__more").alias(name) for name in names]
    return more.with_columns(filled).select(joined.columns)


def _prefixed(table: Table, rows: pl.DataFrame, wanted: set[str]) -> pl.DataFrame:
    names = [name for name in table.names if f"{table.name}_{name}" in wanted]
    return rows.select(
        pl.col(names).name.prefix(f"{table.name}_"), pl.col("doc").alias(f"{table.name}_doc")
    )


def with_ordered_lines(
    lines: pl.DataFrame, order_lines: pl.DataFrame, wanted: set[str]
) -> pl.DataFrame:
    """Adds to each line the order's line of the same number.

    Args:
        lines: columns order_doc (the matched order; 0 for none), gnum.
        order_lines: current lines of orders with their document number `doc`.
        wanted: names of the columns some rule reads.
    """
    names = [name for name in ORDER_LINE.names if f"ordered_{name}" in wanted]
    rows = order_lines.select(
        pl.col(names).name.prefix("ordered_"),
        pl.col("doc").alias("order_doc"),
        pl.col("gnum"),
        pl.lit(1, dtype=pl.Int64).alias("has_ordered"),
    ).unique(["order_doc", "gnum"], keep="last")
    joined = lines.join(rows, on=["order_doc", "gnum"], how="left", maintain_order="left")
    filled = [
        pl.col(f"ordered_{name}").fill_null(
            "" if joined.schema[f"ordered_{name}"] == pl.String else MISSING
        )
        for name in names
    ]
    return joined.with_columns(*filled, pl.col("has_ordered").fill_null(0))


def with_line_findings(
    parcels: pl.DataFrame, findings: pl.DataFrame, order_lines: pl.DataFrame
) -> pl.DataFrame:
    """Adds the lines of the order, how many lines differ from it, how many do not add up."""
    of_orders = order_lines.group_by(pl.col("doc").alias("order_doc")).agg(
        pl.len().cast(pl.Int64).alias("order_line_count")
    )
    parcels = parcels.join(of_orders, on="order_doc", how="left", maintain_order="left")
    counts = findings.group_by("parcel_id").agg(
        (pl.col("code") == "MAT109").sum().cast(pl.Int64).alias("lines_differing"),
        (pl.col("code") == "MAT110").sum().cast(pl.Int64).alias("lines_mispriced"),
    )
    joined = parcels.join(counts, on="parcel_id", how="left", maintain_order="left")
    return joined.with_columns(
        pl.col("order_line_count", "lines_differing", "lines_mispriced").fill_null(0)
    )


def mask(parcels: pl.DataFrame, findings: pl.DataFrame) -> pl.DataFrame:
    """Adds `match_mask`: bit n - 1 is set where rule n of MASK_RULES fired."""
    bits = pl.DataFrame(
        {
            "code": [*MASK_RULES, *MASK_ALIASES],
            "bit": [1 << n for n in range(len(MASK_RULES))]
            + [1 << MASK_RULES.index(code) for code in MASK_ALIASES.values()],
        }
    )
    masks = (
        findings.join(bits, on="code")
        .unique(["parcel_id", "bit"])
        .group_by("parcel_id")
        .agg(pl.col("bit").sum().alias("match_mask"))
    )
    joined = parcels.join(masks, on="parcel_id", how="left", maintain_order="left")
    return joined.with_columns(pl.col("match_mask").fill_null(0))


def only_ordered(lines: pl.DataFrame) -> pl.DataFrame:
    """Lines of parcels whose order is here; the others have nothing to be compared with."""
    return lines.filter(pl.col("order_doc") != MISSING)
