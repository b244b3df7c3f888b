"""Rules of the check stage on who is named: parties have names, and the right ones."""

from __future__ import annotations

from silkport.kernel.findings import Effect
from silkport.law.expression import Expr
from silkport.law.sheet import Columns
from silkport.stages.check.parcels import parcels

REFUSE, NOTE = Effect.REFUSE, Effect.NOTE


def nameless(name: Expr) -> Expr:
    """A name is empty, or a word stands in its place that means none."""
    return (name == "") | name.in_list("empty_names")


@parcels.rule("CHK064", REFUSE)
def merchant_name_empty(p: Columns) -> Expr:
    """The merchant's name is empty or stands for nothing."""
    return nameless(p.ebc_name)


@parcels.rule("CHK065", REFUSE)
def platform_name_empty(p: Columns) -> Expr:
    """The platform's name is empty or stands for nothing."""
    return nameless(p.ebp_name)


@parcels.rule("CHK066", REFUSE)
def carrier_name_empty(p: Columns) -> Expr:
    """The carrier's name is empty or stands for nothing."""
    return nameless(p.logistics_name)


@parcels.rule("CHK067", REFUSE)
def declarant_name_stands_for_nothing(p: Columns) -> Expr:
    """The declarant's name is a word that stands for nothing; an empty one is CHK034's."""
    return p.agent_name.in_list("empty_names")


@parcels.rule("CHK070", REFUSE)
def keeper_name_empty(p: Columns) -> Expr:
    """The name of the bonded zone's operator is empty or stands for nothing."""
    return nameless(p.area_name)


@parcels.rule("CHK071", NOTE)
def guarantor_is_another(p: Columns) -> Expr:
    """The guarantor is not platform, merchant, carrier or declarant of this inventory.

    A note only: one firm may be known here by its customs code and there by its credit code.
    """
    is_named = (
        (p.assure_code == p.ebp_code)
        | (p.assure_code == p.ebc_code)
        | (p.assure_code == p.logistics_code)
        | (p.assure_code == p.agent_code)
    )
    return (p.assure_code != "") & ~is_named


@parcels.rule("CHK078", NOTE)
def buyer_telephone_unlikely(p: Columns) -> Expr:
    """The buyer's telephone is stated and cannot be dialled."""
    return (p.buyer_phone != "") & ~p.buyer_phone.matches("[+]?[0-9][0-9 ()/-]{4,28}")


@parcels.rule("CHK104", REFUSE)
def purchaser_not_named(p: Columns) -> Expr:
    """The remarks do not name the purchaser.

    The form of the remarks is not laid down, so what they say is not judged.
    """
    return nameless(p.note)
