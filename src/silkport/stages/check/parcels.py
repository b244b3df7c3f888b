"""Rules of the check stage on a parcel as a whole."""

from __future__ import annotations

from silkport.kernel.findings import Effect
from silkport.kernel.identifiers import CN_RESIDENT_WEIGHTS, KZ_RETRY_WEIGHTS, KZ_WEIGHTS
from silkport.law.expression import Expr, param, text_param, where
from silkport.law.sheet import Columns, Sheet
from silkport.model.rows import PARCEL

parcels = Sheet("check", PARCEL)

REFUSE, WAIT = Effect.REFUSE, Effect.WAIT

PRINTABLE = "[!-~]+"
COMPANY = "[0-9A-Z]{10}|[0-9A-Z]{18}"


@parcels.rule("CHK001", REFUSE)
def order_number_malformed(p: Columns) -> Expr:
    """The order number is empty or has characters other than printable ASCII."""
    return ~p.order_no.matches(PRINTABLE)


@parcels.rule("CHK002", REFUSE)
def merchant_code_malformed(p: Columns) -> Expr:
    """The merchant's code is neither a ten-character customs code nor a unified credit code."""
    return ~p.ebc_code.matches(COMPANY)


@parcels.rule("CHK003", REFUSE)
def platform_code_malformed(p: Columns) -> Expr:
    """The platform's code is neither a ten-character customs code nor a unified credit code."""
    return ~p.ebp_code.matches(COMPANY)


@parcels.rule("CHK004", REFUSE)
def carrier_code_malformed(p: Columns) -> Expr:
    """The carrier's code is neither a ten-character customs code nor a unified credit code."""
    return ~p.logistics_code.matches(COMPANY)


@parcels.rule("CHK005", REFUSE)
def waybill_number_malformed(p: Columns) -> Expr:
    """The waybill number is empty or has characters other than printable ASCII."""
    return ~p.logistics_no.matches(PRINTABLE)


@parcels.rule("CHK006", WAIT)
def still_a_draft(p: Columns) -> Expr:
    """The inventory was saved, not declared."""
    return p.app_status != 2


@parcels.rule("CHK007", REFUSE)
def version_unknown(p: Columns) -> Expr:
    """The message is neither new, a change nor a deletion, or does not say when it was made."""
    return (p.app_type < 1) | (p.app_type > 3) | (p.app_time < 0)


@parcels.rule("CHK008", REFUSE)
def declared_in_the_future(p: Columns) -> Expr:
    """The day of declaration is later than the day of processing."""
    return p.decl_day > p.processing_day


@parcels.rule("CHK009", REFUSE)
def office_malformed(p: Columns) -> Expr:
    """The customs office of declaration is not a code of this administration."""
    size = p.customs_code.length()
    return (
        ~p.customs_code.matches("[0-9]+")
        | (size < param("office_digits_min"))
        | (size > param("office_digits_max"))
    )


@parcels.rule("CHK010", REFUSE)
def not_in_currency_of_account(p: Columns) -> Expr:
    """The amounts are not in the currency this regime demands."""
    return p.currency != text_param("declared_currency")


@parcels.rule("CHK011", REFUSE)
def country_unknown(p: Columns) -> Expr:
    """The country of departure or of destination is not in the country list."""
    return ~p.departure_country.in_list("countries") | ~p.destination_country.in_list("countries")


@parcels.rule("CHK012", REFUSE)
def net_mass_exceeds_gross(p: Columns) -> Expr:
    """The net mass of the parcel is more than its gross mass; equality is lawful."""
    return (p.net_mass_mg > p.gross_mass_mg) & (p.gross_mass_mg >= 0)


@parcels.rule("CHK013", REFUSE)
def gross_mass_missing(p: Columns) -> Expr:
    """The gross mass is not stated, or is zero."""
    return p.gross_mass_mg <= 0


@parcels.rule("CHK014", REFUSE)
def net_mass_missing(p: Columns) -> Expr:
    """The net mass is not stated, or is zero."""
    return p.net_mass_mg <= 0


@parcels.rule("CHK015", REFUSE)
def not_one_package(p: Columns) -> Expr:
    """A retail parcel is one package."""
    return p.pack_count != 1


@parcels.rule("CHK016", REFUSE)
def packages_missing(p: Columns) -> Expr:
    """The number of packages is not stated, or is zero."""
    return p.pack_count < 1


@parcels.rule("CHK017", REFUSE)
def buyer_name_empty(p: Columns) -> Expr:
    """The buyer's name is empty or stands for nothing."""
    return (p.buyer_name == "") | p.buyer_name.in_list("empty_names")


@parcels.rule("CHK018", REFUSE)
def resident_id_malformed(p: Columns) -> Expr:
    """The buyer's resident identity number does not have seventeen digits and a check character."""
    return (p.buyer_id_type == "1") & ~p.buyer_id.matches("[0-9]{17}[0-9X]")


@parcels.rule("CHK019", REFUSE)
def resident_id_check_character_wrong(p: Columns) -> Expr:
    """The check character of the buyer's resident identity number is wrong."""
    total = p.buyer_id.weighted_sum(CN_RESIDENT_WEIGHTS)
    check = p.buyer_id.check_value(17)
    return (
        (p.buyer_id_type == "1")
        & (p.buyer_id.length() == 18)
        & (total >= 0)
        & (check >= 0)
        & ((total + check) % 11 != 1)
    )


@parcels.rule("CHK020", REFUSE)
def buyer_telephone_missing(p: Columns) -> Expr:
    """The buyer's telephone is not stated."""
    return p.buyer_phone == ""


@parcels.rule("CHK021", REFUSE)
def address_missing(p: Columns) -> Expr:
    """The delivery address is not stated."""
    return p.consignee_address == ""


@parcels.rule("CHK022", REFUSE)
def freight_missing(p: Columns) -> Expr:
    """Freight or insurance is not stated; none is written 0."""
    return (p.freight_e5 < 0) | (p.insurance_e5 < 0)


@parcels.rule("CHK023", REFUSE)
def buyer_identity_missing(p: Columns) -> Expr:
    """The buyer's identity number is not stated, or its kind is not one this regime knows."""
    return (p.buyer_id == "") | ~p.buyer_id_type.in_list("buyer_id_types")


@parcels.rule("CHK024", REFUSE)
def guarantor_missing(p: Columns) -> Expr:
    """The guarantor of the taxes is not stated."""
    return p.assure_code == ""


@parcels.rule("CHK025", REFUSE)
def bonded_account_missing(p: Columns) -> Expr:
    """Bonded goods lack the account book or the zone's operator."""
    return (p.ems_no == "") | (p.area_code == "")


@parcels.rule("CHK026", REFUSE)
def conveyance_missing(p: Columns) -> Expr:
    """Directly purchased goods lack the conveyance, the run or the master bill."""
    return (p.traf_no == "") | (p.voyage_no == "") | (p.bill_no == "")


@parcels.rule("CHK027", REFUSE)
def line_count_unlawful(p: Columns) -> Expr:
    """The inventory has no line, or more lines than one declaration may have."""
    return (p.line_count < 1) | (p.line_count > param("max_lines"))


@parcels.rule("CHK028", REFUSE)
def line_numbers_not_consecutive(p: Columns) -> Expr:
    """The line numbers are not 1, 2, 3 and so on, each once."""
    consecutive = (
        (p.first_gnum == 1) & (p.last_gnum == p.line_count) & (p.distinct_gnums == p.line_count)
    )
    return (p.line_count >= 1) & ~consecutive


@parcels.rule("CHK030", REFUSE)
def values_unreadable(p: Columns) -> Expr:
    """A value of the parcel could not be read."""
    return p.unreadable_cells > 0


@parcels.rule("CHK031", REFUSE)
def individual_number_malformed(p: Columns) -> Expr:
    """The buyer's individual identification number does not have twelve digits."""
    return ~p.buyer_id.matches("[0-9]{12}")


@parcels.rule("CHK032", REFUSE)
def individual_number_check_digit_wrong(p: Columns) -> Expr:
    """The check digit of the buyer's individual identification number is wrong."""
    first = p.buyer_id.weighted_sum(KZ_WEIGHTS)
    again = p.buyer_id.weighted_sum(KZ_RETRY_WEIGHTS)
    check = where(first % 11 == 10, again % 11, first % 11)
    return p.buyer_id.matches("[0-9]{12}") & (p.buyer_id.number(11, 1) != check)


@parcels.rule("CHK034", REFUSE)
def declarant_missing(p: Columns) -> Expr:
    """The declarant's code or name is not stated."""
    return (p.agent_code == "") | (p.agent_name == "")
