"""Rules of the check stage on one goods line of a house declaration.

Comparisons are silent where a side is missing: that is another rule's to say.
"""

from __future__ import annotations

from silkport.kernel.findings import Effect
from silkport.law.expression import Expr, any_of, param
from silkport.law.sheet import Columns, Sheet
from silkport.model.rows import GOODS_LINE
from silkport.stages.check.parties import nameless

goods = Sheet("check", GOODS_LINE)

REFUSE, HOLD, NOTE = Effect.REFUSE, Effect.HOLD, Effect.NOTE

TEN = "[0-9]{10}"


def unlisted(unit: Expr) -> Expr:
    """A unit is stated, and neither the list of units nor that of tariff units has it."""
    return (unit != "") & ~unit.in_list("units") & ~unit.in_list("goods_units")


@goods.rule("CHK251", REFUSE)
def code_without_ten_digits(line: Columns) -> Expr:
    """The commodity code does not have ten digits."""
    return ~line.hs_code.matches(TEN)


@goods.rule("CHK252", REFUSE)
def chapter_missing_in_tariff(line: Columns) -> Expr:
    """The commodity code begins with a chapter that the Harmonized System does not have."""
    chapter = line.hs_code.number(0, 2)
    return line.hs_code.matches(TEN) & any_of(chapter < 1, chapter > 97, chapter == 77)


@goods.rule("CHK253", REFUSE)
def description_missing(line: Columns) -> Expr:
    """The description of the goods is empty, stands for nothing, or is too short to tell."""
    return nameless(line.goods_name) | (line.goods_name.length() < param("goods_name_shortest"))


@goods.rule("CHK254", REFUSE)
def origin_off_the_lists(line: Columns) -> Expr:
    """The origin is neither a country nor one of the marks for a union or an unknown origin."""
    return ~line.origin.in_list("countries") & ~line.origin.in_list("goods_origins")


@goods.rule("CHK255", REFUSE)
def gross_mass_of_line_missing(line: Columns) -> Expr:
    """The gross mass of the line is not stated, or is zero."""
    return line.gross_mass_mg <= 0


@goods.rule("CHK256", REFUSE)
def net_mass_of_line_missing(line: Columns) -> Expr:
    """The net mass of the line is not stated, or is zero."""
    return line.net_mass_mg <= 0


@goods.rule("CHK257", REFUSE)
def net_mass_of_line_exceeds_gross(line: Columns) -> Expr:
    """The net mass of the line is more than its gross mass; equality is lawful."""
    return (line.gross_mass_mg > 0) & (line.net_mass_mg > line.gross_mass_mg)


@goods.rule("CHK258", REFUSE)
def price_of_line_missing(line: Columns) -> Expr:
    """The price of the line is not stated."""
    return line.total_e5 < 0


@goods.rule("CHK259", HOLD)
def price_of_line_zero(line: Columns) -> Expr:
    """The price of the line is 0: a gift, a sample, or a slip of the pen."""
    return line.total_e5 == 0


@goods.rule("CHK260", REFUSE)
def quantity_without_unit(line: Columns) -> Expr:
    """The supplementary quantity stands without its unit, or the unit without its quantity."""
    return (line.qty_e5 >= 0) != (line.unit != "")


@goods.rule("CHK261", REFUSE)
def other_quantity_without_unit(line: Columns) -> Expr:
    """The other quantity stands without its unit, or the unit without its quantity."""
    return (line.qty2_e5 >= 0) != (line.unit2 != "")


@goods.rule("CHK262", REFUSE)
def quantity_zero(line: Columns) -> Expr:
    """A stated quantity of the goods is zero."""
    return (line.qty_e5 == 0) | (line.qty2_e5 == 0)


@goods.rule("CHK263", REFUSE)
def valuation_method_unknown(line: Columns) -> Expr:
    """The method of customs valuation is not one of the six."""
    return (line.valuation_method < 1) | (line.valuation_method > 6)


@goods.rule("CHK264", REFUSE)
def preference_without_proof(line: Columns) -> Expr:
    """A preference for duty is claimed, and no certificate of origin is named."""
    return ~nameless(line.preference) & nameless(line.origin_proof)


@goods.rule("CHK265", NOTE)
def unit_off_the_lists(line: Columns) -> Expr:
    """A unit is stated that is in no list of units, so that no rate by quantity can meet it."""
    return unlisted(line.unit) | unlisted(line.unit2)


@goods.rule("CHK266", REFUSE)
def choice_of_rate_unknown(line: Columns) -> Expr:
    """The choice of the rate is stated and is not the one there is: the union's."""
    return (line.rate_choice != "") & (line.rate_choice != "union")


@goods.rule("CHK267", REFUSE)
def quantity_not_stated(line: Columns) -> Expr:
    """The line has neither a quantity nor a unit, where every line must have both."""
    return (line.qty_e5 < 0) & (line.unit == "")


@goods.rule("CHK271", HOLD)
def permit_not_stated(line: Columns) -> Expr:
    """The goods need a permit, and no document of its kind is stated with a number."""
    return line.permits_missing != ""


@goods.rule("CHK272", NOTE)
def permit_without_number(line: Columns) -> Expr:
    """The goods need a permit, and a document of its kind is stated without a number."""
    return line.permits_unnumbered != ""
