"""Rules of the check stage on one line of an inventory."""

from __future__ import annotations

from silkport.kernel.findings import Effect
from silkport.law.expression import Expr, Type, any_of, lookup, missed, param, where
from silkport.law.sheet import Columns, Sheet
from silkport.model.rows import LINE
from silkport.stages.check.parcels import PRINTABLE

lines = Sheet("check", LINE)

REFUSE, NOTE = Effect.REFUSE, Effect.NOTE

GOODS_RULES = ("CHK041", "CHK042", "CHK046", "CHK049", "CHK050", "CHK051", "CHK054", "CHK112")
"""Rules on codes, units and quantities of goods, counted apart for the match mask."""

_GTIN13 = (1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3)


@lines.rule("CHK041", REFUSE)
def commodity_code_malformed(line: Columns) -> Expr:
    """The commodity code does not have the digits this regime demands."""
    size = line.hs_code.length()
    return (
        ~line.hs_code.matches("[0-9]{4}|[0-9]{6}|[0-9]{8}|[0-9]{10}")
        | (size < param("hs_digits_min"))
        | (size > param("hs_digits_max"))
    )


@lines.rule("CHK042", REFUSE)
def chapter_unknown(line: Columns) -> Expr:
    """The commodity code begins with a chapter that the Harmonized System does not have."""
    chapter = line.hs_code.number(0, 2)
    return (chapter < 1) | (chapter > 97) | (chapter == 77)


@lines.rule("CHK043", REFUSE)
def goods_name_empty(line: Columns) -> Expr:
    """The name of the goods is empty or stands for nothing."""
    return (line.goods_name == "") | line.goods_name.in_list("empty_names")


@lines.rule("CHK044", REFUSE)
def specification_missing(line: Columns) -> Expr:
    """The specification of the goods is not stated."""
    return line.goods_model == ""


@lines.rule("CHK045", REFUSE)
def origin_unknown(line: Columns) -> Expr:
    """The country of origin or destination of the goods is not in the country list.

    Exports on their own form state the destination and no origin.
    """
    country = where(line.destination != "", line.destination, line.origin)
    return ~country.in_list("countries")


@lines.rule("CHK046", REFUSE)
def quantity_missing(line: Columns) -> Expr:
    """The quantity of the goods is not stated, or is zero."""
    return line.qty_e5 <= 0


@lines.rule("CHK047", REFUSE)
def price_missing(line: Columns) -> Expr:
    """The price or the total of the line is not stated; a gift has price 0."""
    return (line.price_e5 < 0) | (line.total_e5 < 0)


@lines.rule("CHK049", REFUSE)
def unit_unknown(line: Columns) -> Expr:
    """The unit of the quantity is not in the unit list."""
    return ~line.unit.in_list("units")


@lines.rule("CHK050", REFUSE)
def statutory_quantity_missing(line: Columns) -> Expr:
    """The first statutory quantity or its unit is not stated."""
    return (line.qty1_e5 <= 0) | ~line.unit1.in_list("units")


@lines.rule("CHK051", REFUSE)
def second_quantity_halved(line: Columns) -> Expr:
    """The second statutory quantity and a unit of the unit list stand both or not at all."""
    return ((line.qty2_e5 > 0) != (line.unit2 != "")) | (
        (line.unit2 != "") & ~line.unit2.in_list("units")
    )


@lines.rule("CHK052", REFUSE)
def line_in_another_currency(line: Columns) -> Expr:
    """The line is not in the currency of its inventory."""
    return line.currency != line.parcel_currency


@lines.rule("CHK053", REFUSE)
def bonded_record_missing(line: Columns) -> Expr:
    """A line of bonded goods lacks its record number in the account book."""
    return line.item_record_no == ""


@lines.rule("CHK054", REFUSE)
def statutory_unit_differs(line: Columns) -> Expr:
    """The first statutory unit is not the one the tariff gives for this commodity code."""
    unit = lookup("statutory_units", line.hs_code, line.decl_day, "unit1", Type.TEXT)
    return ~missed("statutory_units", line.hs_code, line.decl_day) & (line.unit1 != unit)


@lines.rule("CHK055", NOTE)
def bar_code_check_digit_wrong(line: Columns) -> Expr:
    """The bar code has thirteen digits and the last is not their check digit."""
    total = line.bar_code.weighted_sum(_GTIN13)
    wrong = (total + line.bar_code.number(12, 1)) % 10 != 0
    return line.bar_code.matches("[0-9]{13}") & wrong


@lines.rule("CHK056", REFUSE)
def goods_page_missing(line: Columns) -> Expr:
    """The page of the goods in the shop is not stated."""
    return line.goods_url == ""


@lines.rule("CHK057", REFUSE)
def identifier_not_ascii(line: Columns) -> Expr:
    """The article number or the bar code has characters other than printable ASCII."""
    number_bad = (line.item_no != "") & ~line.item_no.matches(PRINTABLE)
    code_bad = (
        (line.bar_code != "")
        & ~line.bar_code.in_list("empty_names")
        & ~line.bar_code.matches(PRINTABLE)
    )
    return any_of(number_bad, code_bad)


@lines.rule("CHK058", REFUSE)
def seller_country_unknown(line: Columns) -> Expr:
    """The country of the seller is stated and is not in the country list."""
    return (line.trade_country != "") & ~line.trade_country.in_list("countries")


@lines.rule("CHK112", REFUSE)
def second_statutory_unit_differs(line: Columns) -> Expr:
    """The second statutory unit is not the one the tariff gives for this code, or is missing."""
    unit = lookup("statutory_units", line.hs_code, line.decl_day, "unit2", Type.TEXT)
    return ~missed("statutory_units", line.hs_code, line.decl_day) & (line.unit2 != unit)
