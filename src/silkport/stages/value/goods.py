"""Value commercial goods: the customs value of each line at the place of arrival at the border.

The price is exchanged at the official rate of the legal day. Freight and insurance are split at
the border: what the price lacks up to it is added, what it holds behind it is deducted, as the
term of delivery says. Freight is shared among the lines by gross mass, or by price where no mass
is stated; the rest by price.
Sources: Incoterms 2020 (ICC publication 723); the valuation articles stand in `sources.toml`.
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
from silkport.model.columns import MAX_AMOUNT_E5
from silkport.model.rows import GOODS_LINE, HOUSE

houses = Sheet("value", HOUSE)
goods = Sheet("value", GOODS_LINE)

PPM = 1_000_000
MINOR_E5 = 1_000

WITHOUT_FREIGHT = ("EXW", "FCA", "FAS", "FOB")
"""Terms whose price holds no main carriage."""

WITH_INSURANCE = ("CIP", "CIF", "DAP", "DPU", "DDP")
"""Terms under which the seller bears the insurance, so that the price holds it."""


def stated(amount: Expr) -> Expr:
    """An amount, or nothing where it was not stated."""
    return greater_of(amount, 0)


def _quoted(currency: Expr, day: Expr, name: str) -> tuple[Expr, Expr]:
    """Millionths of a unit of account, and the number of units of the currency they are for."""
    own = currency == text_param("account_currency")
    rate = where(own, PPM, lookup("fx", currency, day, "rate_ppm"))
    per = greater_of(lookup("fx", currency, day, "nominal_count"), 1)
    return named(name, rate, "rate"), where(own, 1, per)


def exchanged(amount_e5: Expr, currency: Expr, day: Expr, name: str) -> Expr:
    """An amount in minor units of account, rounded once as `value`."""
    rate, per = _quoted(currency, day, name)
    return round_div(amount_e5 * rate, per * (MINOR_E5 * PPM), "value")


def freight_currency(h: Columns) -> Expr:
    """The currency of freight and insurance: the invoice's where none is stated."""
    return where(h.freight_currency == "", h.currency, h.freight_currency)


def lacks_freight(h: Columns) -> Expr:
    """The price holds no main carriage, by its term of delivery."""
    return h.incoterms.is_any(*WITHOUT_FREIGHT)


def lacks_insurance(h: Columns) -> Expr:
    """The price holds no insurance, by its term of delivery."""
    return ~h.incoterms.is_any(*WITH_INSURANCE)


@houses.computation("split_at_border")
def split_at_border(h: Columns) -> dict[str, Expr]:
    """What is added to the prices of a house and deducted from them, in minor units of account.

    Insurance that was not taken out is nothing, or the share the law deems it to be.
    """
    currency, day = freight_currency(h), h.decl_day

    def of_way(amount_e5: Expr) -> Expr:
        return exchanged(amount_e5, currency, day, "rate of freight")

    def of_invoice(amount_e5: Expr) -> Expr:
        return exchanged(amount_e5, h.currency, day, "exchange rate")

    to_border = of_way(stated(h.freight_to_border_e5))
    behind = of_way(greater_of(stated(h.freight_e5) - stated(h.freight_to_border_e5), 0))
    insured = of_way(stated(h.insurance_to_border_e5))
    carried = where(lacks_freight(h), to_border, 0)  # elsewhere it lies within the price
    deemed = round_div(
        (of_invoice(stated(h.lines_total_e5)) + carried) * param("deemed_insurance_share"),
        PPM,
        "value",
    )
    uninsured = h.insurance_to_border_e5 < 0
    insurance = where(uninsured, deemed, insured)
    insured_behind = of_way(
        greater_of(stated(h.insurance_e5) - stated(h.insurance_to_border_e5), 0)
    )
    added = where(lacks_insurance(h), insurance, 0) + of_invoice(stated(h.additions_e5))
    deducted = where(lacks_insurance(h), 0, insured_behind) + of_invoice(stated(h.deductions_e5))
    return {
        "freight_added_minor": where(lacks_freight(h), to_border, 0),
        "freight_deducted_minor": where(lacks_freight(h), 0, behind),
        "others_added_minor": added,
        "others_deducted_minor": deducted,
    }


def share(total: Expr, before: Expr, own: Expr, whole: Expr, first: Expr) -> Expr:
    """The part of one line in a total, by cumulative shares so that the lines add up exactly."""
    until = round_div(total * (stated(before) + stated(own)), whole, "share")
    part = until - round_div(total * stated(before), whole, "share")
    return where(whole > 0, part, where(first, total, 0))


def border_value(line: Columns) -> Expr:
    """The price of the line with its part of what is added and deducted."""
    first = line.gnum == 1

    def by_price(total: Expr) -> Expr:
        return share(stated(total), line.before_e5, line.total_e5, line.lines_total_e5, first)

    def by_mass(total: Expr) -> Expr:
        weighed = share(
            stated(total), line.before_gross_mg, line.gross_mass_mg, line.lines_gross_mg, first
        )
        return where(line.lines_gross_mg > 0, weighed, by_price(total))

    price = exchanged(stated(line.total_e5), line.currency, line.decl_day, "exchange rate")
    value = named("price", price, "minor")
    value = value + named("freight to the border", by_mass(line.freight_added_minor), "minor")
    value = value + named("insurance and additions", by_price(line.others_added_minor), "minor")
    value = value - named(
        "freight behind the border", by_mass(line.freight_deducted_minor), "minor"
    )
    return value - named("deductions", by_price(line.others_deducted_minor), "minor")


@goods.computation("value_at_border")
def value_at_border(line: Columns) -> dict[str, Expr]:
    """The price of the line with its part of what is added and deducted; never below zero."""
    return {"customs_value_minor": greater_of(border_value(line), 0)}


@goods.computation("value_of_price")
def value_of_price(line: Columns) -> dict[str, Expr]:
    """The price of the line as invoiced, as exports and transit state it."""
    price = exchanged(stated(line.total_e5), line.currency, line.decl_day, "exchange rate")
    return {"customs_value_minor": price}


@houses.rule("VAL201", Effect.HOLD)
def invoice_currency_without_rate(h: Columns) -> Expr:
    """The node has no official exchange rate of the legal day for the currency of the invoice."""
    return (h.currency != text_param("account_currency")) & missed("fx", h.currency, h.decl_day)


@houses.rule("VAL202", Effect.HOLD)
def freight_currency_without_rate(h: Columns) -> Expr:
    """The node has no official exchange rate of the legal day for the currency of freight."""
    currency = freight_currency(h)
    return (currency != text_param("account_currency")) & missed("fx", currency, h.decl_day)


@houses.rule("VAL203", Effect.REFUSE)
def freight_to_border_missing(h: Columns) -> Expr:
    """The price holds no freight, and the freight to the border is not stated."""
    return lacks_freight(h) & (h.freight_to_border_e5 < 0)


@houses.rule("VAL204", Effect.REFUSE)
def more_freight_to_border_than_in_all(h: Columns) -> Expr:
    """The freight to the border is more than the freight for the whole way."""
    both = (h.freight_e5 >= 0) & (h.freight_to_border_e5 >= 0)
    return both & (h.freight_to_border_e5 > h.freight_e5)


@houses.rule("VAL205", Effect.REFUSE)
def freight_split_missing(h: Columns) -> Expr:
    """Freight for the whole way is stated, but not the part of it to the border."""
    return ~lacks_freight(h) & (h.freight_e5 > 0) & (h.freight_to_border_e5 < 0)


@houses.rule("VAL206", Effect.REFUSE)
def deductions_exceed_price(h: Columns) -> Expr:
    """More is deducted than the prices of the lines: freight behind the border and the rest."""
    split = split_at_border(h)
    deducted = split["freight_deducted_minor"] + split["others_deducted_minor"]
    return deducted > exchanged(stated(h.lines_total_e5), h.currency, h.decl_day, "exchange rate")


@houses.rule("VAL207", Effect.REFUSE)
def declaration_above_market_limit(h: Columns) -> Expr:
    """The goods of one declaration are worth more than this mode of trade admits."""
    rate, per = _quoted(h.currency, h.decl_day, "exchange rate")
    limit_rate, limit_per = _quoted(
        text_param("declaration_limit_currency"), h.decl_day, "rate of the limit's currency"
    )
    price = stated(h.lines_total_e5)
    limit = param("declaration_limit") * MINOR_E5
    same = h.currency == text_param("declaration_limit_currency")
    over = price * rate * limit_per > limit * limit_rate * per
    return where(same, price > limit, (limit_rate > 0) & over)


@houses.rule("VAL208", Effect.HOLD)
def limit_currency_without_rate(h: Columns) -> Expr:
    """The node has no exchange rate of the legal day for the currency of the limit."""
    limit = text_param("declaration_limit_currency")
    own = limit == text_param("account_currency")
    return (h.currency != limit) & ~own & missed("fx", limit, h.decl_day)


@goods.rule("VAL209", Effect.REFUSE)
def line_beyond_bounds(line: Columns) -> Expr:
    """The price of the line is beyond what one line of goods can be worth."""
    rate, per = _quoted(line.currency, line.decl_day, "exchange rate")
    limit = param("max_line_price") * (MINOR_E5 * PPM)
    return stated(line.total_e5) * rate > limit * per


@houses.rule("VAL210", Effect.REFUSE)
def insurance_split_missing(h: Columns) -> Expr:
    """Insurance for the whole way is stated, but not the part of it to the border."""
    return (h.insurance_e5 > 0) & (h.insurance_to_border_e5 < 0)


@houses.rule("VAL211", Effect.REFUSE)
def more_insurance_to_border_than_in_all(h: Columns) -> Expr:
    """The insurance to the border is more than the insurance for the whole way."""
    both = (h.insurance_e5 >= 0) & (h.insurance_to_border_e5 >= 0)
    return both & (h.insurance_to_border_e5 > h.insurance_e5)


@goods.rule("VAL212", Effect.HOLD)
def line_worth_less_than_deducted(line: Columns) -> Expr:
    """The line's part of freight behind the border and deductions is more than its price."""
    return border_value(line) < 0


ADJUSTMENTS = (
    "freight_added_minor",
    "freight_deducted_minor",
    "others_added_minor",
    "others_deducted_minor",
)
"""What a house adds to its lines and deducts from them."""


def with_house_amounts(goods: pl.DataFrame, houses: pl.DataFrame) -> pl.DataFrame:
    """Adds to each goods line what its house adds and deducts."""
    about = houses.select("parcel_id", *ADJUSTMENTS)
    return goods.join(about, on="parcel_id", how="left", maintain_order="left")


def with_customs_value(houses: pl.DataFrame, goods: pl.DataFrame) -> pl.DataFrame:
    """Adds to each house the customs value of its lines; what is beyond bounds VAL209 refuses."""
    value = pl.col("customs_value_minor").cast(pl.Int128).sum().clip(0, MAX_AMOUNT_E5)
    sums = goods.group_by("parcel_id").agg(value.cast(pl.Int64).alias("customs_value_minor"))
    joined = houses.join(sums, on="parcel_id", how="left", maintain_order="left")
    return joined.with_columns(pl.col("customs_value_minor").fill_null(0))
