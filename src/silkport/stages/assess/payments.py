"""Payment rows of commercial goods: what box 47 of a declaration says of each levy.

A rate that is the sum of two parts is two rows, of the greater of two the row that won; the fee
stands once for the whole house, as line 0.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from silkport.model.columns import MAX_AMOUNT_E5
from silkport.model.outcomes import TAX_LINE
from silkport.stages.assess.goods import REMEDIES
from silkport.stages.assess.rates import (
    BY_BOTH,
    BY_QUANTITY,
    BY_VALUE,
    CAPPED_BY_QUANTITY,
    CAPPED_BY_VALUE,
)

LINE_LEVIES = ("duty", *REMEDIES, "excise", "vat")
"""Levies of a goods line, in the order in which they are computed."""

HOUSE_LEVIES = (*LINE_LEVIES, "fee")

NOT_PAID = ("secured", "relieved")
"""Features of payments that are worked out and not paid."""

_BY_QUANTITY = ("quantity_e6", "specific_e6", "per")
_TEXTS = ("currency", "unit")


GOODS_COLUMNS = tuple(
    f"{levy}_{name}" for levy in LINE_LEVIES for name in ("base_minor", "rate_ppm", "minor")
)
"""Base, rate and amount of every levy of a goods line."""


def with_fee_shares(goods: pl.DataFrame, houses: pl.DataFrame) -> pl.DataFrame:
    """Adds to each line its part of the fee of its house, in proportion to customs value.

    Cumulative shares, rounded half up, so that the lines add up; a house without value lays the
    fee on its first line.
    """
    fees = houses.select("parcel_id", pl.col("fee_minor").alias("__fee"))
    rows = goods.join(fees, on="parcel_id", how="left", maintain_order="left")
    own = pl.col("customs_value_minor").cast(pl.Int128)
    until, whole = own.cum_sum().over("parcel_id"), own.sum().over("parcel_id")
    fee = pl.col("__fee").fill_null(0).cast(pl.Int128)
    first = pl.col("gnum") == pl.col("gnum").min().over("parcel_id")

    def mark(value: pl.Expr) -> pl.Expr:
        return (2 * fee * value + whole) // (2 * whole)

    share = pl.when(whole > 0).then(mark(until) - mark(until - own))
    alone = pl.when(first).then(fee).otherwise(0)
    return rows.with_columns(share.otherwise(alone).cast(pl.Int64).alias("fee_share_minor")).drop(
        "__fee"
    )


def with_payments(goods: pl.DataFrame) -> pl.DataFrame:
    """Adds nothing for every levy that the regime of a line does not compute."""
    numbers = ("base_minor", "rate_ppm", "minor", "way", "by_value_minor", "by_quantity_minor")
    zeros = [
        pl.lit(0, dtype=pl.Int64).alias(f"{levy}_{name}")
        for levy in LINE_LEVIES
        for name in (*numbers, *_BY_QUANTITY)
        if f"{levy}_{name}" not in goods.columns
    ]
    texts = [
        pl.lit("").alias(f"{levy}_{name}")
        for levy in LINE_LEVIES
        for name in _TEXTS
        if f"{levy}_{name}" not in goods.columns
    ]
    return goods.with_columns(*zeros, *texts)


def payment_rows(goods: pl.DataFrame, houses: pl.DataFrame, currency: str) -> pl.DataFrame:
    """Every payment of goods lines and houses.

    Args:
        goods: lines with what `with_payments` completes, and feature.
        houses: parcel_id, fee_minor, fee_feature, and per levy the code of its payment,
            code_duty and so on.
    Returns: TAX_LINE columns.
    """
    codes = houses.select("parcel_id", *(f"code_{levy}" for levy in HOUSE_LEVIES))
    coded = goods.join(codes, on="parcel_id", how="left", maintain_order="left")
    parts = [part for levy in LINE_LEVIES for part in _rows_of_levy(coded, levy, currency)]
    fees = houses.filter(pl.col("fee_minor") > 0).select(
        "parcel_id",
        **_fixed(
            line=0,
            hs_code="",
            levy="fee",
            base_minor=0,
            rate_ppm=0,
            currency=currency,
            rate_kind="",
            quantity_e6=0,
            quantity_unit="",
            specific_e6=0,
            specific_currency="",
            specific_per=0,
        ),
        amount_minor=pl.col("fee_minor"),
        payment_code=pl.col("code_fee"),
        feature=pl.col("fee_feature"),
    )
    rows = pl.concat([part.select(TAX_LINE.names) for part in (*parts, fees)])
    return rows.sort("parcel_id", "line", maintain_order=True)


def _fixed(**values: str | int) -> dict[str, pl.Expr]:
    return {
        name: pl.lit(value) if isinstance(value, str) else pl.lit(value, dtype=pl.Int64)
        for name, value in values.items()
    }


def _rows_of_levy(goods: pl.DataFrame, levy: str, currency: str) -> list[pl.DataFrame]:
    """By value, by quantity, and both of a sum. Where a share is charged, of each part."""
    way = pl.col(f"{levy}_way")
    about: Mapping[str, pl.Expr] = {
        "parcel_id": pl.col("parcel_id"),
        "line": pl.col("gnum"),
        "hs_code": pl.col("hs_code"),
        "levy": pl.lit(levy),
        "currency": pl.lit(currency),
        "payment_code": pl.col(f"code_{levy}"),
        "feature": pl.col("feature"),
    }
    owed = (pl.col(f"{levy}_minor") > 0) | (pl.col(f"{levy}_rate_ppm") > 0)
    both = way == BY_BOTH
    whole = pl.col(f"{levy}_minor")
    full = pl.col(f"{levy}_by_value_minor") + pl.col(f"{levy}_by_quantity_minor")
    of_value = pl.col(f"{levy}_by_value_minor").cast(pl.Int128) * whole
    share = pl.when(full > 0).then(of_value // full).otherwise(0).cast(pl.Int64)
    value_part = pl.when(both).then(share).otherwise(whole)
    by_value = goods.filter(
        way.is_in([BY_VALUE, CAPPED_BY_VALUE]) & owed | both & (pl.col(f"{levy}_rate_ppm") > 0)
    ).select(
        **about,
        base_minor=pl.col(f"{levy}_base_minor"),
        rate_ppm=pl.col(f"{levy}_rate_ppm"),
        amount_minor=value_part,
        rate_kind=pl.lit("%"),
        **_fixed(
            quantity_e6=0,
            quantity_unit="",
            specific_e6=0,
            specific_currency="",
            specific_per=0,
        ),
    )
    by_quantity = goods.filter(
        way.is_in([BY_QUANTITY, CAPPED_BY_QUANTITY, BY_BOTH]) & (pl.col(f"{levy}_specific_e6") > 0)
    ).select(
        **about,
        amount_minor=pl.when(both).then(whole - share).otherwise(whole),
        rate_kind=pl.lit("*"),
        quantity_e6=pl.col(f"{levy}_quantity_e6"),
        quantity_unit=pl.col(f"{levy}_unit"),
        specific_e6=pl.col(f"{levy}_specific_e6"),
        specific_currency=pl.col(f"{levy}_currency"),
        specific_per=pl.col(f"{levy}_per"),
        **_fixed(base_minor=0, rate_ppm=0),
    )
    return [by_value, by_quantity]


def house_totals(houses: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Adds what each house owes of every levy, `total_minor`, and `secured_minor` of it.

    Sums cannot wrap; what is beyond bounds VAL209 refuses.
    """
    not_paid = pl.col("feature").is_in(NOT_PAID)
    amount = pl.col("amount_minor").cast(pl.Int128)
    totals = {f"{levy}_minor": amount.filter(pl.col("levy") == levy) for levy in HOUSE_LEVIES}
    totals |= {"total_minor": amount, "secured_minor": amount.filter(not_paid)}
    sums = rows.group_by("parcel_id").agg(
        some.sum().clip(0, MAX_AMOUNT_E5).cast(pl.Int64).alias(name)
        for name, some in totals.items()
    )
    names = [name for name in sums.columns if name != "parcel_id"]
    joined = houses.drop(names, strict=False).join(
        sums, on="parcel_id", how="left", maintain_order="left"
    )
    return joined.with_columns(pl.col(names).fill_null(0))
