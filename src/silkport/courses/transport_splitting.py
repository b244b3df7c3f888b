"""A transport becomes two lots: what was released goes on with the vehicle, the rest stays."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from silkport.courses.transport_given import Acted, Given
from silkport.courses.transport_leaving import Lot, may_leave
from silkport.courses.transport_moving import everything, handed, moved
from silkport.courses.transport_refusing import refusal
from silkport.model.columns import MISSING
from silkport.model.transport import Leg, Transport
from silkport.model.transport_acts import Portion
from silkport.model.transport_rules import NOT_FREE, NOTHING_TO_SPLIT, UNIT_SHARED


def split(now: Transport, facts: Any, given: Given, happened: int) -> Acted:
    """The lot that goes has an id of its own and the vehicle; what stays keeps the id.

    What stays comes off the vehicle into the warehouse `store`; without one it must be in wagons or
    containers of its own, which then stay as well.
    Raises ActNotAllowed.
    """
    leaving = may_leave(now, given.declared, country=given.law.country)
    free = [one for one in leaving.goes if not one.stored_at]
    wanted = set(facts.houses) or {one.key for one in free}
    going = [one for one in free if one.key in wanted]
    lacking = wanted - {one.key for one in going}
    if lacking:
        names = ", ".join("/".join(filter(None, key)) for key in sorted(lacking))
        raise refusal(NOT_FREE, what=now.id, event="split", reason=names)
    staying = [one for one in now.houses if one.key not in wanted or one.stored_at]
    if not going or not staying:
        raise refusal(NOTHING_TO_SPLIT, what=now.id, event="split")
    left_units = _left_units(now, going, store=facts.store)
    vehicle = now.vehicle
    leg = Leg(
        transport=now.id, vehicle=vehicle, until=happened, place=facts.place, who=given.by.who
    )
    units = frozenset(one.number for one in now.units) - left_units
    masters, gone = handed(now.masters, (), map(_portion, going), leg, units)
    if facts.store:
        masters = moved(masters, everything(masters, aboard=True), to=facts.store)
        masters = tuple(replace(one, units=()) for one in masters)
    number = given.lot or now.lots + 1
    lot = replace(
        now,
        id=f"{now.id}/{number}",
        masters=gone,
        units=tuple(one for one in now.units if one.number not in left_units),
        seals=tuple(one for one in now.seals if one.unit not in left_units),
        flags=(),
        discrepancies=(),
        done=(),
        parent=now.id,
        lots=0,
    )
    rest = replace(
        now,
        masters=masters,
        units=tuple(one for one in now.units if one.number in left_units),
        seals=tuple(one for one in now.seals if one.unit in left_units),
        tractor="",
        trailer="",
        driver="",
        train="",
        lots=number,
    )
    return Acted(rest, lot)


def _portion(lot: Lot) -> Portion:
    consignment_no, house_no = lot.key
    return Portion(
        waybill=lot.waybill,
        consignment_no=consignment_no,
        house_no=house_no,
        stored_at=lot.stored_at,
        packages=MISSING,
        gross_mass_mg=MISSING,
    )


def _left_units(now: Transport, going: list[Lot], *, store: str) -> frozenset[str]:
    """Wagons and containers that stay, because what stays is in them. Raises ActNotAllowed."""
    if store:
        return frozenset()
    keys = {(one.waybill, one.key) for one in going}
    stays = [
        master
        for master in now.masters
        if any((master.waybill, one.key) not in keys and not one.stored_at for one in master.houses)
    ]
    on = {one.number: one.on for one in now.units}
    left = {number for master in stays for number in master.units}
    left |= {on[one] for one in left if on.get(one)}
    goes = {number for one in now.masters if one not in stays for number in one.units}
    goes |= {on[one] for one in goes if on.get(one)}
    mixed = [one for one in stays if any((one.waybill, h.key) in keys for h in one.houses)]
    if mixed or left & goes or any(not one.units for one in stays):
        raise refusal(UNIT_SHARED, what=now.id, event="split")
    return frozenset(left)
