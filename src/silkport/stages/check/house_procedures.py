"""Rules of the check stage on what one procedure or act asks of a house declaration."""

from __future__ import annotations

from silkport.kernel.findings import Effect
from silkport.law.expression import Expr, param
from silkport.law.sheet import Columns
from silkport.stages.check.houses import houses, no_office
from silkport.stages.check.parties import nameless

REFUSE = Effect.REFUSE

NOTHING_CHANGED = "00000000"


def after_release(h: Columns) -> Expr:
    """This version corrects a declaration, claims a refund or assesses anew."""
    return h.act.is_any("correction", "refund", "assessment")


@houses.rule("CHK234", REFUSE)
def reason_missing(h: Columns) -> Expr:
    """A correction, a claim for refund or an assessment does not say why."""
    return after_release(h) & nameless(h.reason)


@houses.rule("CHK235", REFUSE)
def change_flags_malformed(h: Columns) -> Expr:
    """A correction lacks the eight marks of what changes, each 0 or 1, or marks no change."""
    marked = h.change_flags.matches("[01]{8}") & (h.change_flags != NOTHING_CHANGED)
    return (h.act == "correction") & ~marked


@houses.rule("CHK236", REFUSE)
def day_of_act_missing(h: Columns) -> Expr:
    """A correction, a claim for refund or an assessment does not say of which day it is."""
    return after_release(h) & (h.act_day < 0)


@houses.rule("CHK237", REFUSE)
def day_of_act_impossible(h: Columns) -> Expr:
    """The day of an act after release is before the declaration's own day, or in the future."""
    stated = after_release(h) & (h.act_day >= 0)
    return stated & ((h.act_day < h.decl_day) | (h.act_day > h.processing_day))


@houses.rule("CHK238", REFUSE)
def stay_unlawful(h: Columns) -> Expr:
    """Goods imported for a time lack the months of their stay, or may not stay so long."""
    return (h.stay_months < 1) | (h.stay_months > param("max_stay_months"))


@houses.rule("CHK239", REFUSE)
def guarantee_missing(h: Columns) -> Expr:
    """Duties and taxes are relieved on condition, and no guarantee is named."""
    return nameless(h.guarantee_no)


@houses.rule("CHK240", REFUSE)
def guarantee_of_transit_missing(h: Columns) -> Expr:
    """Goods are in transit by a mode of transport that owes a guarantee, and none is named."""
    return nameless(h.guarantee_no) & ~h.transport_mode.in_list("unsecured_transit_modes")


@houses.rule("CHK241", REFUSE)
def office_at_border_malformed(h: Columns) -> Expr:
    """The customs office at the border is not a code of this administration."""
    return no_office(h.border_office)


@houses.rule("CHK243", REFUSE)
def deferral_without_grounds(h: Columns) -> Expr:
    """Payment is deferred to a day that is not after the legal day, or without a guarantee."""
    stated = h.deferred_until_day >= 0
    return stated & ((h.deferred_until_day <= h.decl_day) | nameless(h.guarantee_no))


@houses.rule("CHK242", REFUSE)
def purchaser_of_market_not_named(h: Columns) -> Expr:
    """Goods bought on a market lack their purchaser.

    The form of name, nationality and document is not laid down, so it is not judged.
    """
    return nameless(h.purchaser)
