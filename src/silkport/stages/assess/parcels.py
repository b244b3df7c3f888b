"""Assess parcels: duty, excise, VAT and fee, per line or per parcel as the regime says."""

from __future__ import annotations

import polars as pl

from silkport.kernel.findings import Effect
from silkport.law.expression import (
    Expr,
    const,
    greater_of,
    lesser_of,
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
from silkport.stages.assess.rates import (
    PPM,
    Measures,
    amounts,
    lacks_exchange,
    needs_quantity,
    of_table,
)

parcels = Sheet("assess", PARCEL)
lines = Sheet("assess", LINE)
LEVIES = ("duty", "excise", "vat", "fee")
PIECE_E5 = 100_000


def over_single_limit(parcel_value_minor: Expr) -> Expr:
    """The parcel is worth more than the limit of a single transaction."""
    return parcel_value_minor > param("single_limit")


@lines.computation("retail_import_composite")
def retail_import_composite(line: Columns) -> dict[str, Expr]:
    """Retail import: no duty and a share of VAT and consumption tax within the single limit;
    above it, for one indivisible article, everything in full.

    Consumption tax lies inside the price: tax = (value + duty) × c / (1 - c); VAT is charged on
    the price with it: (value + duty) × v / (1 - c). Minor units, each levy rounded once.
    """
    value = line.customs_value_minor
    over = named("above the single limit", over_single_limit(line.parcel_value_minor))
    duty_rate = lookup("tariff", line.hs_code, line.decl_day, "duty_ppm")
    excise = named(
        "consumption tax rate", lookup("taxes", line.hs_code, line.decl_day, "excise_ppm"), "ppm"
    )
    vat = named("VAT rate", lookup("taxes", line.hs_code, line.decl_day, "vat_ppm"), "ppm")
    applied = named("duty rate", where(over, duty_rate, param("retail_duty_share")), "ppm")
    share = named("share charged", where(over, const(PPM), param("retail_tax_share")), "ppm")
    duty = named("duty", round_div(value * applied, PPM, "duty"), "minor")
    base = named("value with duty", value + duty, "minor")
    outside = named("1 - consumption tax rate", PPM - excise, "ppm")
    return {
        "duty_base_minor": value,
        "duty_rate_ppm": applied,
        "duty_minor": duty,
        "excise_base_minor": base,
        "excise_rate_ppm": excise,
        "excise_minor": round_div(base * excise * share, outside * PPM, "excise"),
        "vat_base_minor": base,
        "vat_rate_ppm": vat,
        "vat_minor": round_div(base * vat * share, outside * PPM, "vat"),
    }


@lines.computation("greater_of_duty_and_vat")
def greater_of_duty_and_vat(line: Columns) -> dict[str, Expr]:
    """Duty by value, but not less than an amount per kilogram; excise and VAT on top.

    The line's mass is its part of the gross mass by price. Minor units, each levy rounded once.
    """
    value = line.customs_value_minor
    price, whole = greater_of(line.total_e5, 0), greater_of(line.gross_mass_mg, 0)
    part = whole * price // greater_of(line.lines_total_e5, 0)
    mass = named("mass of the line", lesser_of(part, whole), "mg")
    rate = of_table("tariff", line.hs_code, line.decl_day)
    charged = amounts(rate, greater_of(value, 0), Measures(mass), line.decl_day, "duty")
    duty = charged.amount_minor
    excise_rate = named(
        "excise rate", lookup("taxes", line.hs_code, line.decl_day, "excise_ppm"), "ppm"
    )
    excise = named("excise", round_div((value + duty) * excise_rate, PPM, "excise"), "minor")
    vat = named("VAT rate", lookup("taxes", line.hs_code, line.decl_day, "vat_ppm"), "ppm")
    base = named("value, duty and excise", value + duty + excise, "minor")
    return {
        "duty_base_minor": value,
        "duty_rate_ppm": rate.duty_ppm,
        "duty_minor": duty,
        "excise_base_minor": value + duty,
        "excise_rate_ppm": excise_rate,
        "excise_minor": excise,
        "vat_base_minor": base,
        "vat_rate_ppm": vat,
        "vat_minor": round_div(base * vat, PPM, "vat"),
    }


def _free_limit(p: Columns) -> tuple[Expr, Expr]:
    """The duty-free limit in millionths of minor units of account, and the rate it used."""
    quoted = lookup("fx", text_param("free_limit_currency"), p.decl_day, "rate_ppm")
    nominal = lookup("fx", text_param("free_limit_currency"), p.decl_day, "nominal_count")
    rate = named("rate of the limit's currency", quoted // nominal, "rate")
    return named("free limit", param("free_limit") * rate, "micro"), rate


@parcels.computation("flat_duty_on_excess")
def flat_duty_on_excess(p: Columns) -> dict[str, Expr]:
    """One flat duty on what exceeds the free value or mass; whichever gives more.

    Minor units of account, rounded once as `duty`.
    """
    limit, rate = _free_limit(p)
    value = greater_of(p.customs_value_minor, 0)
    over_value = named("value above the limit", greater_of(value * PPM - limit, 0), "micro")
    over_mass = named(
        "mass above the limit", greater_of(p.gross_mass_mg - param("free_mass"), 0), "mg"
    )
    by_value = named("by value", over_value * param("flat_duty_share"), "pico")
    by_mass = named("by mass", over_mass * param("flat_duty_minimum") * rate, "pico")
    return {
        "duty_base_minor": over_value // PPM,
        "duty_rate_ppm": param("flat_duty_share"),
        "duty_minor": round_div(greater_of(by_value, by_mass), PPM * PPM, "duty"),
    }


@parcels.computation("flat_duty_on_full_value")
def flat_duty_on_full_value(p: Columns) -> dict[str, Expr]:
    """Nothing up to the free limit; above it one flat duty on the full value, not less than an
    amount per kilogram, and VAT unless the platform collected it at the sale.

    Minor units of account, each levy rounded once.
    """
    limit, rate = _free_limit(p)
    value = greater_of(p.customs_value_minor, 0)
    over = named("above the free limit", value * PPM > limit)
    by_value = named("by value", value * PPM * param("flat_duty_share"), "pico")
    by_mass = named(
        "by mass", greater_of(p.gross_mass_mg, 0) * param("flat_duty_minimum") * rate, "pico"
    )
    flat = round_div(greater_of(by_value, by_mass), PPM * PPM, "duty")
    duty = named("duty", where(over, flat, 0), "minor")
    vat_base = named("value with duty", where(over, value + duty, 0), "minor")
    charged = over & (p.order_platform_vat_collected != 1)
    vat = where(charged, round_div(vat_base * param("import_vat_rate"), PPM, "vat"), 0)
    return {
        "duty_base_minor": where(over, value, 0),
        "duty_rate_ppm": where(over, param("flat_duty_share"), 0),
        "duty_minor": duty,
        "vat_base_minor": vat_base,
        "vat_rate_ppm": where(charged, param("import_vat_rate"), 0),
        "vat_minor": vat,
    }


@parcels.computation("fixed_fee")
def fixed_fee(p: Columns) -> dict[str, Expr]:
    """A fixed customs fee for each parcel above the fee-free value."""
    charged = p.customs_value_minor > param("fee_free_value")
    fee = where(charged, param("parcel_fee"), 0)
    return {"fee_base_minor": p.customs_value_minor, "fee_rate_ppm": const(0), "fee_minor": fee}


@parcels.rule("LIM001", Effect.REFUSE)
def single_limit_exceeded(p: Columns) -> Expr:
    """The parcel is worth more than a single transaction may be, and is not one article."""
    one_article = (p.line_count == 1) & (p.pieces_e5 == PIECE_E5)
    return over_single_limit(p.customs_value_minor) & ~one_article


@lines.rule("ASS001", Effect.HOLD)
def tax_rate_missing(line: Columns) -> Expr:
    """The node has no VAT and excise rates of the legal day for this commodity code."""
    return missed("taxes", line.hs_code, line.decl_day)


@lines.rule("ASS002", Effect.HOLD)
def duty_rate_missing_above_limit(line: Columns) -> Expr:
    """The parcel owes full duty and the node has no duty rate of the legal day for this code."""
    over = over_single_limit(line.parcel_value_minor)
    return over & missed("tariff", line.hs_code, line.decl_day)


@lines.rule("ASS003", Effect.HOLD)
def duty_rate_missing(line: Columns) -> Expr:
    """The node has no duty rate of the legal day for this commodity code."""
    return missed("tariff", line.hs_code, line.decl_day)


@lines.rule("ASS005", Effect.HOLD)
def duty_by_quantity(line: Columns) -> Expr:
    """The parcel owes full duty, and the rate is for a quantity, which this regime does not ask."""
    rate = of_table("tariff", line.hs_code, line.decl_day)
    return over_single_limit(line.parcel_value_minor) & needs_quantity(rate)


@lines.rule("ASS006", Effect.HOLD)
def duty_not_by_mass(line: Columns) -> Expr:
    """The rate of duty is for another measure than mass, or in a currency without a rate."""
    rate = of_table("tariff", line.hs_code, line.decl_day)
    other = (rate.specific_unit != "") & (rate.specific_unit != "KGM")
    return other | lacks_exchange(rate, line.decl_day)


@parcels.rule("ASS004", Effect.HOLD)
def limit_rate_missing(p: Columns) -> Expr:
    """The node has no exchange rate of the legal day for the currency of the free limit."""
    return missed("fx", text_param("free_limit_currency"), p.decl_day)


COLUMNS = tuple(f"{levy}_{what}" for levy in LEVIES for what in ("base_minor", "rate_ppm", "minor"))
"""Base, rate and amount of every levy."""


_PARCEL_ROW = (
    pl.lit("").alias("payment_code"),
    pl.lit("").alias("rate_kind"),
    pl.lit(0, dtype=pl.Int64).alias("quantity_e6"),
    pl.lit("").alias("quantity_unit"),
    pl.lit(0, dtype=pl.Int64).alias("specific_e6"),
    pl.lit("").alias("specific_currency"),
    pl.lit(0, dtype=pl.Int64).alias("specific_per"),
    pl.lit("").alias("feature"),
)
"""What a payment row of a parcel does not have: there is no box 47."""


def tax_lines(lines: pl.DataFrame, parcels: pl.DataFrame, currency: str) -> pl.DataFrame:
    """One row for each levy with an amount or a rate, of lines and of whole parcels."""
    parts = []
    for rows, line, code in (
        (lines, pl.col("gnum"), pl.col("hs_code")),
        (parcels, pl.lit(0, dtype=pl.Int64), pl.lit("")),
    ):
        for levy in LEVIES:
            base, rate, amount = (
                pl.col(f"{levy}_{w}") for w in ("base_minor", "rate_ppm", "minor")
            )
            parts.append(
                rows.filter((amount > 0) | (rate > 0)).select(
                    "parcel_id",
                    line.alias("line"),
                    code.alias("hs_code"),
                    pl.lit(levy).alias("levy"),
                    base.alias("base_minor"),
                    rate.alias("rate_ppm"),
                    amount.alias("amount_minor"),
                    pl.lit(currency).alias("currency"),
                    *_PARCEL_ROW,
                )
            )
    return pl.concat(parts).sort("parcel_id", "line", maintain_order=True)


def with_totals(parcels: pl.DataFrame, tax: pl.DataFrame) -> pl.DataFrame:
    """Adds what each parcel owes of every levy, and `total_minor`."""
    sums = tax.group_by("parcel_id").agg(
        pl.col("amount_minor").filter(pl.col("levy") == levy).sum().alias(f"{levy}_minor")
        for levy in LEVIES
    )
    names = [f"{levy}_minor" for levy in LEVIES]
    joined = parcels.drop(names, strict=False).join(
        sums, on="parcel_id", how="left", maintain_order="left"
    )
    filled = joined.with_columns(pl.col(names).fill_null(0))
    return filled.with_columns(pl.sum_horizontal(names).alias("total_minor"))
