"""Rules of the check stage on the way of a parcel: flow, mode of transport, packing, departure."""

from __future__ import annotations

from silkport.kernel.findings import Effect
from silkport.law.expression import Expr, any_of, text_param, where
from silkport.law.sheet import Columns
from silkport.stages.check.parcels import parcels

REFUSE = Effect.REFUSE


@parcels.rule("CHK080", REFUSE)
def transport_mode_unknown(p: Columns) -> Expr:
    """The mode of transport is not in the list of modes."""
    return ~p.traf_mode.in_list("transport_modes")


@parcels.rule("CHK081", REFUSE)
def package_kind_malformed(p: Columns) -> Expr:
    """The kind of package is stated and is no code of packages.

    A message has one digit; a table may also have the two characters of UN/ECE Recommendation 21.
    """
    digit = p.wrap_type.matches("[0-9]")
    in_table = digit | p.wrap_type.matches("[0-9A-Z]{2}")
    return (p.wrap_type != "") & ~where(p.message.in_list("wired_forms"), digit, in_table)


@parcels.rule("CHK082", REFUSE)
def flow_differs(p: Columns) -> Expr:
    """The mark of import or export is not that of the regime the parcel is declared under."""
    return p.flow != text_param("expected_flow")


@parcels.rule("CHK083", REFUSE)
def transport_mode_stays_inside(p: Columns) -> Expr:
    """The mode of transport of goods bought abroad is not one that crosses the border."""
    known = p.traf_mode.in_list("transport_modes")
    return known & ~p.traf_mode.in_list("border_transport_modes")


@parcels.rule("CHK084", REFUSE)
def bonded_goods_with_conveyance(p: Columns) -> Expr:
    """Bonded goods are declared with a conveyance, run or master bill, which is left empty."""
    return any_of(p.traf_no != "", p.voyage_no != "", p.bill_no != "")


@parcels.rule("CHK085", REFUSE)
def bonded_goods_depart_abroad(p: Columns) -> Expr:
    """Bonded goods are declared to depart abroad; they leave a zone of this country."""
    return p.departure_country != text_param("home_country")


@parcels.rule("CHK086", REFUSE)
def bought_abroad_departs_here(p: Columns) -> Expr:
    """Goods bought directly abroad are declared to depart from this country."""
    return p.departure_country == text_param("home_country")
