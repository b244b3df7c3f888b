"""The small sheet: 16 checks, a dated tariff look-up, duty and VAT, 7 risk rules, one lane.

Written once in the project's expression language over a row shape of its own; `baseline` and
`oracle` say the same again without it.
"""

from __future__ import annotations

from silkport.kernel.check_digits import KZ_RETRY_WEIGHTS, KZ_WEIGHTS, S10_WEIGHTS
from silkport.kernel.findings import Effect
from silkport.law.expression import (
    Expr,
    Type,
    any_of,
    const,
    greater_of,
    lookup,
    missed,
    named,
    param,
    round_div,
    where,
)
from silkport.law.sheet import Columns, CompiledSheet, Sheet
from silkport.model.columns import MASS_SCALE, Column, Kind
from silkport.model.rows import RowShape
from small_law import ACCOUNT, RISK_WEIGHTS, START, STOP, compiled_tables, invented, small_law

T, A, Q, M, C, D = (
    Kind.TEXT,
    Kind.AMOUNT,
    Kind.QUANTITY,
    Kind.MASS,
    Kind.COUNT,
    Kind.DAY,
)
SHAPE = RowShape(
    "small",
    tuple(
        Column(name, kind, name)
        for name, kind in (
            ("order_no", T),
            ("seller_code", T),
            ("hs_code", T),
            ("goods_name", T),
            ("origin", T),
            ("currency", T),
            ("buyer_id", T),
            ("waybill_no", T),
            ("decl_day", D),
            ("processing_day", D),
            ("qty_e5", Q),
            ("net_mass_mg", M),
            ("gross_mass_mg", M),
            ("goods_value_e5", A),
            ("freight_e5", A),
            ("insurance_e5", A),
            ("order_value_e5", A),
            ("paid_e5", A),
            ("buyer_parcels", C),
            ("address_buyers", C),
        )
    ),
)
small = Sheet("small", SHAPE)
REFUSE, HOLD = Effect.REFUSE, Effect.HOLD
PPM, MINOR_E5 = 1_000_000, 1_000


def rate_to_account(p: Columns) -> Expr:
    """Units of account per unit of the parcel's currency, in millionths."""
    quoted = lookup("fx", p.currency, p.decl_day, "rate_ppm")
    return named("exchange rate", where(p.currency == ACCOUNT, PPM, quoted), "rate")


def tariff(p: Columns, field: str, kind: Type = Type.INT) -> Expr:
    """A field of the tariff record of the legal day."""
    return lookup("tariff", p.hs_code, p.decl_day, field, kind)


def stated(amount: Expr) -> Expr:
    """An amount, or nothing where it was not stated."""
    return greater_of(amount, 0)


@small.rule("SML001", REFUSE)
def code_malformed(p: Columns) -> Expr:
    """The commodity code does not have ten digits."""
    return ~p.hs_code.matches("[0-9]{10}")


@small.rule("SML002", REFUSE)
def origin_unknown(p: Columns) -> Expr:
    """The country of origin is not in the country list."""
    return ~p.origin.in_list("countries")


@small.rule("SML003", REFUSE)
def quantity_missing(p: Columns) -> Expr:
    """The quantity is not stated, or is zero."""
    return p.qty_e5 <= 0


@small.rule("SML004", REFUSE)
def net_mass_missing(p: Columns) -> Expr:
    """The net mass is not stated, or is zero."""
    return p.net_mass_mg <= 0


@small.rule("SML005", REFUSE)
def net_exceeds_gross(p: Columns) -> Expr:
    """The net mass is more than the gross mass."""
    return p.net_mass_mg > p.gross_mass_mg


@small.rule("SML006", REFUSE)
def value_missing(p: Columns) -> Expr:
    """The value of the goods is not stated, or is zero."""
    return p.goods_value_e5 <= 0


@small.rule("SML007", REFUSE)
def day_outside_window(p: Columns) -> Expr:
    """The declaration is of the future, or older than the window of the law."""
    return (p.decl_day > p.processing_day) | (p.decl_day < p.processing_day - param("window_days"))


@small.rule("SML008", REFUSE)
def buyer_number_malformed(p: Columns) -> Expr:
    """The buyer's number does not have twelve digits."""
    return ~p.buyer_id.matches("[0-9]{12}")


@small.rule("SML009", REFUSE)
def buyer_number_check_digit(p: Columns) -> Expr:
    """The check digit of the buyer's number is wrong."""
    first = p.buyer_id.weighted_sum(KZ_WEIGHTS)
    again = p.buyer_id.weighted_sum(KZ_RETRY_WEIGHTS)
    check = where(first % 11 == 10, again % 11, first % 11)
    return p.buyer_id.matches("[0-9]{12}") & (p.buyer_id.number(11, 1) != check)


@small.rule("SML010", REFUSE)
def waybill_malformed(p: Columns) -> Expr:
    """The waybill number is not a postal item number."""
    return ~p.waybill_no.matches("[A-Z]{2}[0-9]{9}[A-Z]{2}")


@small.rule("SML011", REFUSE)
def waybill_check_digit(p: Columns) -> Expr:
    """The check digit of the postal item number is wrong."""
    rest = 11 - p.waybill_no.part(2, 8).weighted_sum(S10_WEIGHTS) % 11
    check = where(rest == 10, 0, where(rest == 11, 5, rest))
    return p.waybill_no.matches("[A-Z]{2}[0-9]{9}[A-Z]{2}") & (p.waybill_no.number(10, 1) != check)


@small.rule("SML012", REFUSE)
def name_length(p: Columns) -> Expr:
    """The name of the goods is too short or too long."""
    size = p.goods_name.length()
    return (size < param("name_chars_min")) | (size > param("name_chars_max"))


@small.rule("SML013", REFUSE)
def order_differs(p: Columns) -> Expr:
    """The order states another value."""
    return p.order_value_e5 != p.goods_value_e5


@small.rule("SML014", REFUSE)
def payment_differs(p: Columns) -> Expr:
    """What was paid is not goods, freight and insurance."""
    return p.paid_e5 != p.goods_value_e5 + stated(p.freight_e5) + stated(p.insurance_e5)


@small.rule("SML015", HOLD)
def rate_missing(p: Columns) -> Expr:
    """There is no exchange rate of the legal day."""
    return (p.currency != ACCOUNT) & missed("fx", p.currency, p.decl_day)


@small.rule("SML016", HOLD)
def tariff_missing(p: Columns) -> Expr:
    """The tariff has no record of the legal day."""
    return missed("tariff", p.hs_code, p.decl_day)


def customs_value(p: Columns) -> Expr:
    """Goods, freight and insurance in minor units of account, rounded once."""
    total = stated(p.goods_value_e5) + stated(p.freight_e5) + stated(p.insurance_e5)
    value = round_div(total * rate_to_account(p), MINOR_E5 * PPM, "value")
    return named("customs value", value, "minor")


def duty(p: Columns) -> Expr:
    """By value and by mass, the greater or the sum as the tariff says, rounded once."""
    by_value = named("by value", customs_value(p) * tariff(p, "duty_ppm") * PPM)
    euro = lookup("fx", const("EUR"), p.decl_day, "rate_ppm")
    by_mass = named("by mass", stated(p.net_mass_mg) * tariff(p, "specific_minor") * euro)
    both = where(
        tariff(p, "combine", Type.TEXT) == "sum", by_value + by_mass, greater_of(by_value, by_mass)
    )
    return named("duty", round_div(both, PPM * PPM, "duty"), "minor")


@small.computation("small_tax")
def small_tax(p: Columns) -> dict[str, Expr]:
    """Customs value, combined duty, VAT: minor units, each rounded once."""
    value = customs_value(p)
    vat = round_div((value + duty(p)) * tariff(p, "vat_ppm"), PPM, "vat")
    return {
        "customs_value_minor": value,
        "duty_minor": duty(p),
        "vat_minor": vat,
        "total_minor": duty(p) + vat,
    }


@small.rule("SMR001", HOLD)
def of_high_value(p: Columns) -> Expr:
    """The parcel is of high value."""
    return customs_value(p) > param("high_value")


@small.rule("SMR002", HOLD)
def cheap_for_its_mass(p: Columns) -> Expr:
    """A kilogram is worth suspiciously little."""
    return customs_value(p) * MASS_SCALE < stated(p.net_mass_mg) * param("cheap_value")


@small.rule("SMR003", HOLD)
def watched_heading(p: Columns) -> Expr:
    """The heading is watched."""
    return p.hs_code.part(0, 4).in_list("watched_headings")


@small.rule("SMR004", HOLD)
def watched_origin(p: Columns) -> Expr:
    """The origin is watched."""
    return p.origin.in_list("watched_origins")


@small.rule("SMR005", HOLD)
def many_parcels_of_buyer(p: Columns) -> Expr:
    """The buyer has many parcels."""
    return p.buyer_parcels > param("buyer_parcels_max")


@small.rule("SMR006", HOLD)
def many_buyers_at_address(p: Columns) -> Expr:
    """The address has many buyers."""
    return p.address_buyers > param("address_buyers_max")


@small.rule("SMR007", HOLD)
def mostly_packing(p: Columns) -> Expr:
    """The gross mass is a multiple of the net mass."""
    return p.gross_mass_mg > stated(p.net_mass_mg) * param("packing_factor")


@small.computation("small_lane")
def small_lane(_: Columns) -> dict[str, Expr]:
    """Risk score and lane: 0 green, 1 yellow, 2 refused."""
    score: Expr | int = 0
    for code, weight in RISK_WEIGHTS.items():
        score = score + where(small.rules[code].fires, weight, 0)
    refused = any_of(*(r.fires for r in small.rules.values() if r.effect is REFUSE))
    held = any_of(small.rules["SML015"].fires, small.rules["SML016"].fires)
    assert isinstance(score, Expr)
    lane = where(refused, 2, where(held | (score >= param("lane_score")), 1, 0))
    return {"risk_score": score, "lane_number": lane}


RULES = tuple(small.rules)
OUTPUTS = (*RULES, *(name for c in small.computations.values() for name in c.outputs))


def compiled_small(seed: int) -> CompiledSheet:
    """The small sheet for the invented law of `seed`."""
    tables = compiled_tables(invented(seed))
    law = small_law(tables, (*RULES, *small.computations), RULES)
    return small.compiled(law, law.regimes[0], (START, STOP))
