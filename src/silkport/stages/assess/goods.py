"""Assess commercial goods: duty, trade remedies, excise, VAT and the fee of a house.

Which payments a procedure asks for and what the base of each holds is the country's data: the
regime names the computations, parameters say what lies inside the base of VAT. Payments follow
one another in the order of EAEU Customs Code art. 46 and China's tax acts: duty, remedies,
excise or consumption tax, VAT. Source: facts of each computation stand in `sources.toml`.
"""

from __future__ import annotations

from silkport.kernel.findings import Effect
from silkport.law.expression import (
    Expr,
    Type,
    const,
    greater_of,
    joined,
    lesser_of,
    lookup,
    missed,
    named,
    param,
    round_div,
    seldom,
    where,
)
from silkport.law.sheet import Columns, Sheet
from silkport.model.rows import GOODS_LINE, HOUSE
from silkport.stages.assess.rates import (
    BY_VALUE,
    PPM,
    Amounts,
    Measures,
    Rate,
    amounts,
    either,
    lacks_exchange,
    lacks_quantity,
    of_table,
)

houses = Sheet("assess", HOUSE)
goods = Sheet("assess", GOODS_LINE)

REMEDIES = ("special", "antidumping", "countervailing")
SHEET_GOODS = 3
"""Goods lines on each additional sheet of a declaration."""

_NO = False


def measures(line: Columns) -> Measures:
    """Net mass with retail packaging, the supplementary quantity, and another measure."""
    return Measures(line.net_mass_mg, ((line.qty_e5, line.unit), (line.qty2_e5, line.unit2)))


def value_of(line: Columns) -> Expr:
    """The customs value, nothing where it could not be worked out."""
    return greater_of(line.customs_value_minor, 0)


def claims(code: Expr) -> Expr:
    """Something is claimed: box 36 writes strokes where nothing is."""
    return ~code.is_any("", "-", "--")


def uses_preference(line: Columns) -> Expr:
    """A preference is claimed and the law has one for this code and origin."""
    found = ~missed("preference", line.hs_code, line.decl_day, variant=line.origin)
    return seldom(claims(line.preference), found, _NO)


def uses_national_rate(line: Columns) -> Expr:
    """A national rate below the union's applies, and the declarant did not choose the union's."""
    lower = lookup("tariff", line.hs_code, line.decl_day, "national_flag") == 1
    found = ~missed("national", line.hs_code, line.decl_day)
    return seldom(lower & (line.rate_choice != "union"), found, _NO)


def duty_rate(line: Columns) -> Rate:
    """The rate of duty: of the preference, of the national list, or of the common tariff."""
    code, day = line.hs_code, line.decl_day
    common = either(
        uses_national_rate(line), of_table("national", code, day), of_table("tariff", code, day)
    )
    preferred = of_table("preference", code, day, variant=line.origin)
    return either(uses_preference(line), preferred, common)


def duty(line: Columns) -> Amounts:
    """The duty of one line."""
    return amounts(duty_rate(line), value_of(line), measures(line), line.decl_day, "duty")


def union_duty(line: Columns) -> Amounts:
    """What the duty would be by the common tariff."""
    rate = of_table("tariff", line.hs_code, line.decl_day)
    return amounts(rate, value_of(line), measures(line), line.decl_day, "duty")


def has_remedy(line: Columns) -> Expr:
    """Some remedy concerns a code like this one."""
    return lookup("tariff", line.hs_code, line.decl_day, "remedy_flag") == 1


def remedy_rate(line: Columns, kind: str) -> Rate:
    """The rate of a remedy: of this maker, else of every other maker of the origin, else of every
    origin."""
    code, day = line.hs_code, line.decl_day
    ways = (
        joined(line.origin, "/", line.producer),
        joined(line.origin, "/", const("")),
        const("/"),
    )

    def field(name: str, type_: Type) -> Expr:
        found = lookup(kind, code, day, name, type_, variant=ways[2])
        for way in (ways[1], ways[0]):
            none = missed(kind, code, day, variant=way)
            found = where(none, found, lookup(kind, code, day, name, type_, variant=way))
        return found

    return Rate(field)


def remedy(line: Columns, kind: str) -> Amounts:
    """One trade remedy of one line."""
    return amounts(remedy_rate(line, kind), value_of(line), measures(line), line.decl_day, kind)


def remedies_minor(line: Columns) -> Expr:
    """All trade remedies of one line."""
    total: Expr = const(0)
    for kind in REMEDIES:
        total = total + remedy(line, kind).amount_minor
    return named("trade remedies", seldom(has_remedy(line), total, 0), "minor")


def excise_by_rate(line: Columns) -> Amounts:
    """Excise by its own rates; by value it is charged on the value with duties."""
    base = value_of(line) + duty(line).amount_minor + remedies_minor(line)
    rate = of_table("excise", line.hs_code, line.decl_day)
    return amounts(rate, base, measures(line), line.decl_day, "excise")


def inside_excise_ppm(line: Columns) -> Expr:
    """The rate of consumption tax by commodity code."""
    rate = lookup("taxes", line.hs_code, line.decl_day, "excise_ppm")
    return named("consumption tax rate", rate, "ppm")


def excise_inside_price(line: Columns) -> Expr:
    """Consumption tax lies inside the price: (value + duties) × c / (1 - c)."""
    base = value_of(line) + duty(line).amount_minor + remedies_minor(line)
    rate = inside_excise_ppm(line)
    return named("consumption tax", round_div(base * rate, PPM - rate, "excise"), "minor")


def excise_minor(line: Columns) -> Expr:
    """Excise, or consumption tax where the law puts it inside the price."""
    inside = param("excise_inside_price") == 1
    return where(inside, excise_inside_price(line), excise_by_rate(line).amount_minor)


def vat_base(line: Columns) -> Expr:
    """What VAT is charged on: the value, and what the law's parameters put beside it."""
    total = value_of(line)
    total = total + duty(line).amount_minor * param("vat_base_includes_duty")
    total = total + remedies_minor(line) * param("vat_base_includes_remedies")
    total = total + excise_minor(line) * param("vat_base_includes_excise")
    total = total + greater_of(line.fee_share_minor, 0) * param("vat_base_includes_fee")
    return named("base of VAT", total, "minor")


def vat_rate(line: Columns) -> Expr:
    """The VAT rate of the code, else the standard rate where the law has one for every code."""
    by_code = lookup("taxes", line.hs_code, line.decl_day, "vat_ppm")
    none = missed("taxes", line.hs_code, line.decl_day)
    rate = where(none & (param("vat_standard_applies") == 1), param("import_vat_rate"), by_code)
    relieved = line.vat_relief.in_list("vat_reliefs")
    claimed = claims(line.vat_relief)
    return named("VAT rate", seldom(claimed, where(relieved, 0, rate), rate), "ppm")


def charged(line: Columns, full: Expr, levy: str) -> Expr:
    """What is charged of a full amount: all, or under temporary import a share for each month."""
    monthly = param("monthly_share")
    months = lesser_of(greater_of(line.stay_months, 0) * monthly, PPM)
    part = round_div(full * months, PPM, levy)
    return where(monthly > 0, part, full)


def _of(line: Columns, amount: Amounts, levy: str) -> dict[str, Expr]:
    outputs = amount.outputs(levy)
    outputs[f"{levy}_minor"] = charged(line, amount.amount_minor, levy)
    return outputs


@goods.computation("tariff_duty")
def tariff_duty(line: Columns) -> dict[str, Expr]:
    """Duty by the tariff of the legal day, by preference or national rate where they apply.

    `territory_flag` marks goods that stay in the territory because the national rate was used;
    `union_duty_minor` is what the common tariff would have charged.
    """
    restricted = uses_national_rate(line) & ~uses_preference(line)
    return {
        **_of(line, duty(line), "duty"),
        "territory_flag": where(restricted, 1, 0),
        "union_duty_minor": seldom(restricted, union_duty(line).amount_minor, 0),
    }


@goods.computation("trade_remedies")
def trade_remedies(line: Columns) -> dict[str, Expr]:
    """Special, anti-dumping and countervailing duty by origin and maker."""
    outputs: dict[str, Expr] = {}
    for kind in REMEDIES:
        for name, value in _of(line, remedy(line, kind), kind).items():
            nothing = "" if value.type is Type.TEXT else 0
            outputs[name] = seldom(has_remedy(line), value, nothing)
    return outputs


@goods.computation("excise_duty")
def excise_duty(line: Columns) -> dict[str, Expr]:
    """Excise by its own rates, by quantity or by value."""
    excised = ~missed("excise", line.hs_code, line.decl_day)
    outputs: dict[str, Expr] = {}
    for name, value in _of(line, excise_by_rate(line), "excise").items():
        nothing = "" if value.type is Type.TEXT else 0
        outputs[name] = seldom(excised, value, nothing)
    return outputs


@goods.computation("consumption_tax")
def consumption_tax(line: Columns) -> dict[str, Expr]:
    """Consumption tax inside the price, at the rate of the commodity code."""
    return {
        "excise_base_minor": value_of(line) + duty(line).amount_minor + remedies_minor(line),
        "excise_rate_ppm": inside_excise_ppm(line),
        "excise_minor": charged(line, excise_inside_price(line), "excise"),
        "excise_way": where(inside_excise_ppm(line) > 0, BY_VALUE, 0),
    }


@goods.computation("import_vat")
def import_vat(line: Columns) -> dict[str, Expr]:
    """VAT on the value with what the law puts into its base."""
    base, rate = vat_base(line), vat_rate(line)
    return {
        "vat_base_minor": base,
        "vat_rate_ppm": rate,
        "vat_minor": charged(line, round_div(base * rate, PPM, "vat"), "vat"),
        "vat_way": const(BY_VALUE),
    }


@goods.computation("export_duty")
def export_duty(line: Columns) -> dict[str, Expr]:
    """Export duty by its own list; a code that is not on the list owes none."""
    rate = of_table("export", line.hs_code, line.decl_day)
    own = amounts(rate, value_of(line), measures(line), line.decl_day, "duty")
    return own.outputs("duty")


@houses.computation("declaration_fee")
def declaration_fee(house: Columns) -> dict[str, Expr]:
    """The customs fee of a declaration: a sum, so many index units, and a sum for each further
    sheet of goods."""
    further = greater_of(house.line_count - 1, 0)
    sheets = (further + (SHEET_GOODS - 1)) // SHEET_GOODS
    fixed = param("declaration_fee") + param("declaration_fee_units") * param("index_unit")
    fee = named("fee", fixed + sheets * param("declaration_fee_further_sheet"), "minor")
    return {"fee_minor": fee}


@goods.rule("ASS201", Effect.HOLD)
def code_without_rate(line: Columns) -> Expr:
    """The tariff on file has no rate of duty for this commodity code on the legal day."""
    return missed("tariff", line.hs_code, line.decl_day)


@goods.rule("ASS202", Effect.REFUSE, quotes=("duty_unit",))
def quantity_for_duty_missing(line: Columns) -> Expr:
    """The rate of duty is for a quantity in a unit that the line does not state."""
    return lacks_quantity(duty_rate(line), measures(line))


@goods.rule("ASS203", Effect.HOLD)
def vat_rate_missing(line: Columns) -> Expr:
    """The law on file has no VAT rate for this commodity code on the legal day."""
    return missed("taxes", line.hs_code, line.decl_day)


@goods.rule("ASS204", Effect.HOLD, quotes=("duty_currency",))
def tariff_currency_without_rate(line: Columns) -> Expr:
    """The rate of duty is in a currency without an official exchange rate on the legal day."""
    return lacks_exchange(duty_rate(line), line.decl_day)


@goods.rule("ASS205", Effect.REFUSE)
def preference_unknown(line: Columns) -> Expr:
    """A preference is claimed, and the law on file has none for this code and origin."""
    unknown = missed("preference", line.hs_code, line.decl_day, variant=line.origin)
    return seldom(claims(line.preference), unknown, _NO)


@goods.rule("ASS206", Effect.NOTE)
def rate_has_footnote(line: Columns) -> Expr:
    """The rate of duty has a footnote in the tariff, which may change it."""
    return lookup("tariff", line.hs_code, line.decl_day, "footnote", Type.TEXT) != ""


@goods.rule("ASS207", Effect.NOTE)
def national_rate_used(line: Columns) -> Expr:
    """The national rate was used, so the goods may not leave for another member of the union."""
    return uses_national_rate(line) & ~uses_preference(line)


@goods.rule("ASS208", Effect.REFUSE)
def vat_relief_unknown(line: Columns) -> Expr:
    """The VAT relief that is claimed is none of the law on file."""
    return claims(line.vat_relief) & ~line.vat_relief.in_list("vat_reliefs")


@goods.rule("ASS209", Effect.NOTE)
def maker_of_remedied_goods_unknown(line: Columns) -> Expr:
    """Goods like these bear duties that differ by maker, and the maker is not stated."""
    return has_remedy(line) & (line.producer == "")


@goods.rule("ASS210", Effect.REFUSE, quotes=("excise_unit",))
def quantity_for_excise_missing(line: Columns) -> Expr:
    """The rate of excise is for a quantity in a unit that the line does not state."""
    return lacks_quantity(of_table("excise", line.hs_code, line.decl_day), measures(line))


@goods.rule(
    "ASS211", Effect.REFUSE, quotes=("special_unit", "antidumping_unit", "countervailing_unit")
)
def quantity_for_remedy_missing(line: Columns) -> Expr:
    """A trade remedy is for a quantity in a unit that the line does not state."""
    lacking = [lacks_quantity(remedy_rate(line, kind), measures(line)) for kind in REMEDIES]
    return seldom(has_remedy(line), lacking[0] | lacking[1] | lacking[2], _NO)


@goods.rule("ASS212", Effect.HOLD, quotes=("excise_currency",))
def excise_currency_without_rate(line: Columns) -> Expr:
    """The rate of excise is in a currency without an official exchange rate on the legal day."""
    return lacks_exchange(of_table("excise", line.hs_code, line.decl_day), line.decl_day)


@goods.rule("ASS213", Effect.HOLD)
def remedy_currency_without_rate(line: Columns) -> Expr:
    """A trade remedy is in a currency without an official exchange rate on the legal day."""
    lacking = [lacks_exchange(remedy_rate(line, kind), line.decl_day) for kind in REMEDIES]
    return seldom(has_remedy(line), lacking[0] | lacking[1] | lacking[2], _NO)


@goods.rule("ASS214", Effect.REFUSE, quotes=("duty_unit",))
def quantity_for_export_duty_missing(line: Columns) -> Expr:
    """The rate of export duty is for a quantity in a unit that the line does not state."""
    return lacks_quantity(of_table("export", line.hs_code, line.decl_day), measures(line))


@goods.rule("ASS215", Effect.HOLD, quotes=("duty_currency",))
def export_currency_without_rate(line: Columns) -> Expr:
    """The rate of export duty is in a currency without an official exchange rate on the day."""
    return lacks_exchange(of_table("export", line.hs_code, line.decl_day), line.decl_day)


@goods.rule("ASS216", Effect.HOLD)
def origin_of_remedied_goods_unknown(line: Columns) -> Expr:
    """Goods like these bear duties by origin, and the country of origin is not known."""
    return has_remedy(line) & line.origin.in_list("goods_origins")
