"""Rules of the check stage on one house declaration: who declares what for whom, and the way.

Box numbers stand in the sentences of the rules. What a regime does not ask for it does not list.
"""

from __future__ import annotations

from silkport.kernel.findings import Effect
from silkport.law.expression import Expr, any_of, param
from silkport.law.sheet import Columns, Sheet
from silkport.model.declarations import ACTS
from silkport.model.rows import HOUSE
from silkport.stages.check.parcels import PRINTABLE
from silkport.stages.check.parties import nameless

houses = Sheet("check", HOUSE)

REFUSE, NOTE = Effect.REFUSE, Effect.NOTE


def no_office(code: Expr) -> Expr:
    """A customs office is not stated, or is not a code of this administration."""
    size = code.length()
    return any_of(
        ~code.matches("[0-9]+"),
        size < param("office_digits_min"),
        size > param("office_digits_max"),
    )


@houses.rule("CHK201", REFUSE)
def declaration_number_missing(h: Columns) -> Expr:
    """The declarant's own number of the declaration is empty or stands for nothing."""
    return nameless(h.declaration_no)


@houses.rule("CHK202", REFUSE)
def consignment_number_malformed(h: Columns) -> Expr:
    """The consignment number is empty, stands for nothing, or is not printable ASCII.

    Both sides find the consignment by it, so that it has letters which both can type.
    """
    return ~h.consignment_no.matches(PRINTABLE) | h.consignment_no.in_list("empty_names")


@houses.rule("CHK203", REFUSE)
def declarant_not_named(h: Columns) -> Expr:
    """The declarant's number or name is empty or stands for nothing."""
    return nameless(h.declarant_code) | nameless(h.declarant_name)


@houses.rule("CHK204", REFUSE)
def consignor_not_named(h: Columns) -> Expr:
    """The consignor's name is empty or stands for nothing."""
    return nameless(h.consignor_name)


@houses.rule("CHK205", REFUSE)
def consignee_not_named(h: Columns) -> Expr:
    """The consignee's name is empty or stands for nothing."""
    return nameless(h.consignee_name)


@houses.rule("CHK210", REFUSE)
def country_of_party_unknown(h: Columns) -> Expr:
    """The country of consignor or consignee is stated and is not in the country list."""
    return any_of(
        (h.consignor_country != "") & ~h.consignor_country.in_list("countries"),
        (h.consignee_country != "") & ~h.consignee_country.in_list("countries"),
    )


@houses.rule("CHK211", REFUSE)
def departure_unknown(h: Columns) -> Expr:
    """The country of departure is not in the country list."""
    return ~h.departure_country.in_list("countries")


@houses.rule("CHK212", REFUSE)
def destination_unknown(h: Columns) -> Expr:
    """The country of destination is not in the country list."""
    return ~h.destination_country.in_list("countries")


@houses.rule("CHK213", REFUSE)
def trading_country_unknown(h: Columns) -> Expr:
    """The trading country is not in the country list."""
    return ~h.trade_country.in_list("countries")


@houses.rule("CHK214", REFUSE)
def mode_at_border_unknown(h: Columns) -> Expr:
    """The mode of transport at the border is not in the list of modes."""
    return ~h.transport_mode.in_list("goods_transport_modes")


@houses.rule("CHK215", REFUSE)
def invoice_currency_unknown(h: Columns) -> Expr:
    """The currency of the invoice is not in the currency list."""
    return ~h.currency.in_list("invoice_currencies")


@houses.rule("CHK216", REFUSE)
def freight_currency_unknown(h: Columns) -> Expr:
    """Freight is in a currency of its own that is not in the currency list."""
    return (h.freight_currency != "") & ~h.freight_currency.in_list("invoice_currencies")


@houses.rule("CHK217", REFUSE)
def term_unknown(h: Columns) -> Expr:
    """The term of delivery is not in the list of terms."""
    return ~h.incoterms.in_list("incoterms")


@houses.rule("CHK218", REFUSE)
def named_place_missing(h: Columns) -> Expr:
    """The place of the term of delivery is empty or stands for nothing."""
    return nameless(h.incoterms_place)


@houses.rule("CHK219", NOTE)
def sea_term_by_land(h: Columns) -> Expr:
    """A term of delivery made for ships is used for goods that come by rail or road.

    Contracts are written so; where risk and freight pass is then for the parties to say.
    """
    return h.incoterms.in_list("sea_terms") & h.transport_mode.in_list("land_transport_modes")


@houses.rule("CHK220", REFUSE)
def legal_day_missing(h: Columns) -> Expr:
    """The day of registration is not stated: no law can be chosen."""
    return h.decl_day < 0


@houses.rule("CHK221", REFUSE)
def legal_day_in_the_future(h: Columns) -> Expr:
    """The day of registration is later than the day of processing."""
    return h.decl_day > h.processing_day


@houses.rule("CHK222", REFUSE)
def act_unknown(h: Columns) -> Expr:
    """What this version does is not one of the acts of a declaration."""
    return ~h.act.is_any(*ACTS)


@houses.rule("CHK223", REFUSE)
def office_of_declaration_malformed(h: Columns) -> Expr:
    """The customs office of declaration is not a code of this administration."""
    return no_office(h.office)


@houses.rule("CHK233", REFUSE)
def declaration_unreadable(h: Columns) -> Expr:
    """A value of the declaration or of its lines could not be read."""
    return h.unreadable_cells > 0
