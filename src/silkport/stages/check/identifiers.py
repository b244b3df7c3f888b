"""Rules of the check stage on the numbers and codes of a parcel.

A number that need not be stated is judged where it is; one that must be is refused where it is
not, here or by the rule of its own.
"""

from __future__ import annotations

from silkport.kernel.findings import Effect
from silkport.law.expression import Expr, any_of, param, where
from silkport.law.sheet import Columns
from silkport.stages.check.parcels import COMPANY, PRINTABLE, parcels

REFUSE, NOTE = Effect.REFUSE, Effect.NOTE


def stated_badly(number: Expr) -> Expr:
    """A number is stated and has characters other than printable ASCII."""
    return (number != "") & ~number.matches(PRINTABLE)


@parcels.rule("CHK061", REFUSE)
def own_number_not_ascii(p: Columns) -> Expr:
    """The declarant's own number has characters other than printable ASCII."""
    return stated_badly(p.cop_no)


@parcels.rule("CHK062", REFUSE)
def pre_entry_number_malformed(p: Columns) -> Expr:
    """The pre-entry number is stated and is not B, a day and nine digits."""
    month, day = p.pre_no.number(5, 2), p.pre_no.number(7, 2)
    day_exists = (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)
    return (p.pre_no != "") & ~(p.pre_no.matches("B[0-9]{17}") & day_exists)


@parcels.rule("CHK063", REFUSE)
def inventory_number_malformed(p: Columns) -> Expr:
    """The inventory number is stated and is not office, year, the letter of the flow and digits."""
    formed = p.invt_no.matches("[0-9]{4}20[0-9]{2}[IE][0-9]{9,11}")
    return (p.invt_no != "") & ~(formed & (p.invt_no.part(8, 1) == p.flow))


@parcels.rule("CHK068", REFUSE)
def declarant_code_malformed(p: Columns) -> Expr:
    """The declarant's code is neither a ten-character customs code nor a unified credit code.

    That it is not stated is CHK034's to say.
    """
    return (p.agent_code != "") & ~p.agent_code.matches(COMPANY)


@parcels.rule("CHK069", REFUSE)
def keeper_code_malformed(p: Columns) -> Expr:
    """The code of the bonded zone's operator is neither a customs code nor a credit code.

    That it is not stated is CHK025's to say.
    """
    return (p.area_code != "") & ~p.area_code.matches(COMPANY)


@parcels.rule("CHK072", REFUSE)
def waybill_number_too_long(p: Columns) -> Expr:
    """The waybill number is longer than a waybill of this regime can have."""
    return p.logistics_no.length() > param("waybill_longest")


@parcels.rule("CHK073", REFUSE)
def transport_number_not_ascii(p: Columns) -> Expr:
    """The master bill, run or collective package has characters other than printable ASCII."""
    return any_of(
        stated_badly(p.bill_no), stated_badly(p.voyage_no), stated_badly(p.total_package_no)
    )


@parcels.rule("CHK074", REFUSE)
def register_number_not_ascii(p: Columns) -> Expr:
    """The account book, licence or supervised place has characters other than printable ASCII."""
    return any_of(stated_badly(p.ems_no), stated_badly(p.licence_no), stated_badly(p.loct_no))


@parcels.rule("CHK075", REFUSE)
def message_identifier_malformed(p: Columns) -> Expr:
    """The identifier of the message does not have 36 printable characters.

    Tables have no message of their own: for them it says nothing.
    """
    return p.message.in_list("wired_forms") & ~p.guid.matches("[!-~]{36}")


@parcels.rule("CHK076", NOTE)
def message_identifier_in_small_letters(p: Columns) -> Expr:
    """The identifier of the message has small letters where capitals are asked for."""
    formed = p.guid.matches("[!-~]{36}")
    return p.message.in_list("wired_forms") & formed & ~p.guid.matches("[!-`{-~]{36}")


@parcels.rule("CHK077", REFUSE)
def birth_day_impossible(p: Columns) -> Expr:
    """The day of birth in the buyer's resident identity number does not exist."""
    year, month, day = p.buyer_id.number(6, 4), p.buyer_id.number(10, 2), p.buyer_id.number(12, 2)
    leap = ((year % 4 == 0) & (year % 100 != 0)) | (year % 400 == 0)
    is_short = any_of(month == 4, month == 6, month == 9, month == 11)
    longest = where(month == 2, where(leap, 29, 28), where(is_short, 30, 31))
    exists = (year >= 1900) & (month >= 1) & (month <= 12) & (day >= 1) & (day <= longest)
    return (p.buyer_id_type == "1") & p.buyer_id.matches("[0-9]{17}[0-9X]") & ~exists


@parcels.rule("CHK079", REFUSE)
def border_office_malformed(p: Columns) -> Expr:
    """The customs office of entry or exit is not a code of this administration."""
    size = p.port_code.length()
    return (
        ~p.port_code.matches("[0-9]+")
        | (size < param("office_digits_min"))
        | (size > param("office_digits_max"))
    )
