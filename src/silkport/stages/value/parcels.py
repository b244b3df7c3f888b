"""Value parcels: the customs value of a parcel, and the part of each of its lines.

The parcel's value is rounded once; lines share it in proportion to their prices so that they add
up to the minor unit.
"""

from __future__ import annotations

import polars as pl

from silkport.kernel.findings import Effect
from silkport.law.expression import (
    Expr,
    greater_of,
    lookup,
    missed,
    named,
    param,
    round_div,
    text_param,
    where,
)
from silkport.law.sheet import Columns, Sheet
from silkport.model.rows import LINE, PARCEL

parcels = Sheet("value", PARCEL)
lines = Sheet("value", LINE)
PPM = 1_000_000
MINOR_E5 = 1_000


def stated(amount: Expr) -> Expr:
    """An amount, or nothing where it was not stated (which the check refuses)."""
    return greater_of(amount, 0)


@parcels.computation("price_freight_insurance")
def price_freight_insurance(p: Columns) -> dict[str, Expr]:
    """Retail price with freight and insurance, in the currency of account.

    Discounts paid by points or vouchers stay in the value. Minor units, rounded as `value`.
    """
    total = stated(p.lines_total_e5) + stated(p.freight_e5) + stated(p.insurance_e5)
    sum_e5 = named("price with freight and insurance", total, "e5")
    return {"customs_value_minor": round_div(sum_e5, MINOR_E5, "value")}


def exchange_rate(p: Columns) -> Expr:
    """Units of account for `nominal` units of the parcel's currency, in millionths."""
    quoted = lookup("fx", p.currency, p.decl_day, "rate_ppm")
    own = p.currency == text_param("account_currency")
    return named("exchange rate", where(own, PPM, quoted), "rate")


def nominal(p: Columns) -> Expr:
    """Units of the parcel's currency that the exchange rate is quoted for."""
    quoted = greater_of(lookup("fx", p.currency, p.decl_day, "nominal_count"), 1)
    return where(p.currency == text_param("account_currency"), 1, quoted)


@parcels.computation("price_freight_insurance_exchanged")
def price_freight_insurance_exchanged(p: Columns) -> dict[str, Expr]:
    """Retail price with freight and insurance, exchanged at the official rate of the legal day.

    Minor units of account, rounded once as `value`; an amount already in the currency of
    account is not exchanged.
    """
    total = stated(p.lines_total_e5) + stated(p.freight_e5) + stated(p.insurance_e5)
    sum_e5 = named("price with freight and insurance", total, "e5")
    below = nominal(p) * (MINOR_E5 * PPM)
    return {"customs_value_minor": round_div(sum_e5 * exchange_rate(p), below, "value")}


@parcels.computation("price_free_on_board")
def price_free_on_board(p: Columns) -> dict[str, Expr]:
    """The price of the goods free on board, as exports state it, in the currency of account.

    Freight and insurance stay apart. Minor units, rounded once as `value`.
    """
    price = stated(p.lines_total_e5)
    below = nominal(p) * (MINOR_E5 * PPM)
    return {"customs_value_minor": round_div(price * exchange_rate(p), below, "value")}


@lines.computation("share_of_parcel_value")
def share_of_parcel_value(line: Columns) -> dict[str, Expr]:
    """The line's part of the parcel's customs value, in proportion to the prices of the lines.

    Cumulative shares are rounded half up, so that the lines add up exactly.
    """
    value, all_lines = line.parcel_value_minor, line.lines_total_e5
    before = greater_of(line.before_e5, 0)
    until = named("this line and those before", before + stated(line.total_e5), "e5")
    upper = named("cumulative share", round_div(stated(value) * until, all_lines, "share"), "minor")
    lower = named(
        "share of earlier lines",
        round_div(stated(value) * before, all_lines, "share"),
        "minor",
    )
    free = where(line.gnum == 1, stated(value), 0)
    return {"customs_value_minor": where(all_lines > 0, upper - lower, free)}


@parcels.rule("VAL001", Effect.HOLD)
def exchange_rate_missing(p: Columns) -> Expr:
    """The node has no official exchange rate of the legal day for the currency of the parcel."""
    foreign = p.currency != text_param("account_currency")
    return foreign & missed("fx", p.currency, p.decl_day)


@parcels.rule("VAL002", Effect.REFUSE)
def value_beyond_bounds(p: Columns) -> Expr:
    """The total of the parcel is beyond what a retail parcel can be worth."""
    limit = param("max_parcel_price") * (MINOR_E5 * PPM)
    return p.lines_total_e5 * exchange_rate(p) > limit * nominal(p)


def limit_rate(p: Columns) -> Expr:
    """Units of account per unit of the currency of the limit on the legal day, in millionths."""
    quoted = lookup("fx", text_param("declaration_limit_currency"), p.decl_day, "rate_ppm")
    return named("rate of the limit's currency", quoted, "rate")


def in_currency_of_limit(p: Columns) -> Expr:
    """The price is stated in the currency of the limit and is compared as it stands."""
    return p.currency == text_param("declaration_limit_currency")


@parcels.rule("VAL003", Effect.REFUSE)
def declaration_above_limit(p: Columns) -> Expr:
    """The goods of one declaration are worth more than this regime admits."""
    price, limit = p.lines_total_e5, param("declaration_limit") * MINOR_E5
    per = lookup("fx", text_param("declaration_limit_currency"), p.decl_day, "nominal_count")
    exchanged = price * exchange_rate(p) * per > limit * limit_rate(p) * nominal(p)
    quoted = ~missed("fx", text_param("declaration_limit_currency"), p.decl_day)
    return where(in_currency_of_limit(p), price > limit, quoted & exchanged)


@parcels.rule("VAL004", Effect.HOLD)
def limit_rate_missing(p: Columns) -> Expr:
    """The node has no exchange rate of the legal day for the currency of the limit."""
    unquoted = missed("fx", text_param("declaration_limit_currency"), p.decl_day)
    return ~in_currency_of_limit(p) & unquoted


def with_parcel_values(lines: pl.DataFrame, parcels: pl.DataFrame) -> pl.DataFrame:
    """Adds to each line the value of its parcel and the sums it takes a share of."""
    about = parcels.select(
        "parcel_id",
        pl.col("customs_value_minor").alias("parcel_value_minor"),
        "lines_total_e5",
        "line_count",
        "pieces_e5",
    )
    return lines.join(about, on="parcel_id", how="left", maintain_order="left")
