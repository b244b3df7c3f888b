"""What is not as it should be with a transport: flags, each with who must act."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from silkport.kernel.identifiers import IdKind, why_not
from silkport.model.columns import MISSING
from silkport.model.states import RELEASED_STATES
from silkport.model.transport import (
    OVER,
    Declared,
    Flag,
    House,
    HouseKey,
    Master,
    Phase,
    Transport,
    Unit,
    UnitKind,
)
from silkport.model.transport_rules import (
    AMENDED_LATE,
    BAD_UNIT,
    CANCELLED_GONE,
    CANCELLED_HERE,
    MASS_DIFFERS,
    PARTS_EXCEED,
    SEAL_DIFFERS,
    TRANSIT_LACKING,
    TRANSIT_OVERDUE,
    TWO_MASTERS,
    TWO_TRANSPORTS,
    WAYBILL_DIFFERS,
)

PPM = 10**6
_KINDS = {UnitKind.CONTAINER: IdKind.ISO6346, UnitKind.WAGON: IdKind.WAGON}


def flagged(
    transport: Transport, flags: Iterable[Flag], at: int, *, again: bool = False
) -> Transport:
    """The transport with flags raised at a moment; the same fault is flagged once.

    Seals and masses are looked at again at every post: what was settled at one says nothing of the
    next, so there the moment belongs to the fault.

    Args:
        again: what was settled here before is raised again, as where goods come back with it.
    """
    known = {_identity(one) for one in transport.flags if one.is_open or not again}
    still = {_fault(one) for one in transport.open_flags}
    fresh = []
    for one in flags:
        if _identity(one) not in known and _fault(one) not in still:
            known.add(_identity(one))
            still.add(_fault(one))
            fresh.append(replace(one, raised_at=at))
    return replace(transport, flags=(*transport.flags, *fresh)) if fresh else transport


def _fault(flag: Flag) -> tuple[object, ...]:
    name = (flag.rule, flag.about, flag.key, flag.found)
    return (*name, flag.expected) if flag.rule in (SEAL_DIFFERS, MASS_DIFFERS) else name


def _identity(flag: Flag) -> tuple[object, ...]:
    return (*_fault(flag), flag.found_at)


def unit_flags(units: Iterable[Unit]) -> list[Flag]:
    """Wagons and containers whose number cannot be right."""
    return [
        Flag(rule=BAD_UNIT, about=one.number, found=one.number, expected=wrong)
        for one in units
        if (wrong := why_not(_KINDS[one.kind], one.number))
    ]


def waybill_flags(masters: Iterable[Master], country: str) -> list[Flag]:
    """Waybills that state other sums than their houses, or pass through undeclared."""
    flags = []
    for master in masters:
        sums = (
            sum(one.packages for one in master.houses),
            sum(one.gross_mass_mg for one in master.houses),
        )
        stated = (master.packages, master.gross_mass_mg)
        if any(said not in (MISSING, sum_) for said, sum_ in zip(stated, sums, strict=True)):
            expected = f"{stated[0]} packages, {stated[1]} mg"
            found = f"{sums[0]} packages, {sums[1]} mg"
            flags.append(
                Flag(rule=WAYBILL_DIFFERS, about=master.waybill, found=found, expected=expected)
            )
        if _passes_through(master, country) and master.transit is None:
            to = master.destination_country
            flags.append(Flag(rule=TRANSIT_LACKING, about=master.waybill, found=to))
    return flags


def _passes_through(master: Master, country: str) -> bool:
    """It comes from elsewhere and goes elsewhere."""
    ends = (master.departure_country, master.destination_country)
    return all(ends) and country not in ends


def together_flags(own: Transport, others: Sequence[Transport]) -> list[Flag]:
    """What is only seen beside the other transports of the same houses and waybills.

    Args:
        others: every transport that shares a house or waybill with `own`.
    """
    alive = [one for one in others if one.id != own.id and one.phase is not Phase.WITHDRAWN]
    if own.phase is Phase.WITHDRAWN:
        return []
    held: dict[tuple[str, str], list[tuple[Transport, Master, House]]] = {}
    for transport in (own, *alive):
        for master in transport.masters:
            for house in master.houses:
                held.setdefault(house.key, []).append((transport, master, house))
    flags: list[Flag] = []
    for key in dict.fromkeys(one.key for one in own.houses):
        flags += _of_house(held[key])
    for master in own.masters:
        flags += _of_master(own, master, alive)
    return flags


def _of_house(entries: Sequence[tuple[Transport, Master, House]]) -> list[Flag]:
    house = entries[0][2]
    waybills = sorted({master.waybill for _, master, _ in entries})
    wholes = {(one.whole_packages, one.whole_mass_mg) for _, _, one in entries}
    parts = (MISSING, MISSING) not in wholes
    if len(waybills) > 1 and not parts:
        found = ", ".join(waybills)
        return [Flag(rule=TWO_MASTERS, about=house.name, key=house.key, found=found)]
    packages = sum(one.packages for _, _, one in entries)
    mass = sum(one.gross_mass_mg for _, _, one in entries)
    stated = wholes - {(MISSING, MISSING)}
    if stated and (len(wholes) > 1 or any(packages > p or mass > m for p, m in stated)):
        expected = "; ".join(f"{p} packages, {m} mg" for p, m in sorted(stated))
        found = f"{packages} packages, {mass} mg"
        return [
            Flag(rule=PARTS_EXCEED, about=house.name, key=house.key, found=found, expected=expected)
        ]
    return []


def _of_master(own: Transport, master: Master, others: Iterable[Transport]) -> list[Flag]:
    if own.phase in OVER:
        return []
    where = [
        other.id
        for other in others
        if other.phase not in OVER
        for one in other.masters
        if one.waybill == master.waybill and not (one.divided and master.divided)
    ]
    if not where:
        return []
    found = ", ".join(sorted({own.id, *where}))
    return [Flag(rule=TWO_TRANSPORTS, about=master.waybill, found=found)]


def seal_flags(transport: Transport, found: Sequence[str] | None, at: int) -> list[Flag]:
    """Seals as found at a moment against those set; None when nobody looked."""
    wanted = sorted(one.number for one in transport.seals)
    if found is None or sorted(found) == wanted:
        return []
    seen = " ".join(sorted(found)) or "none"
    set_ = " ".join(wanted) or "none"
    return [Flag(rule=SEAL_DIFFERS, found=seen, expected=set_, found_at=at)]


def differs(*, found_mg: int, expected_mg: int, weighed_mg: int, tolerance_ppm: int) -> bool:
    """Whether a mass is farther off than the scales may be.

    The tolerance is a share of all that stood on the scales; at the limit is within it.
    """
    return abs(found_mg - expected_mg) * PPM > tolerance_ppm * weighed_mg


def is_meant(house: House, key: HouseKey) -> bool:
    """Whether a house is meant, by its own number or as part of its consignment."""
    alike = house.house_no == key[1] or "" in (house.house_no, key[1])
    return house.consignment_no == key[0] and alike


def overdue_flags(transport: Transport, at: int) -> list[Flag]:
    """Transits whose term is over at a moment."""
    return [
        Flag(rule=TRANSIT_OVERDUE, about=master.waybill, found=transit.declaration_no)
        for master in transport.masters
        if (transit := master.transit)
        and transit.ended_at == MISSING
        and MISSING < transit.due_at <= at
    ]


def next_due(transport: Transport) -> int:
    """When the next transit is over that is not flagged yet; MISSING for none."""
    told = {one.about for one in transport.flags if one.rule == TRANSIT_OVERDUE}
    moments = [
        master.transit.due_at
        for master in transport.masters
        if master.transit
        and master.transit.ended_at == MISSING
        and master.transit.due_at != MISSING
        and master.waybill not in told
    ]
    return min(moments, default=MISSING) if transport.phase not in OVER else MISSING


def neighbour_flags(
    transport: Transport, body: Mapping[str, Any], declared: Sequence[Declared]
) -> list[Flag]:
    """What an export that was amended or cancelled by the neighbour means for a transport here.

    Args:
        body: of the message `export_amended`.
        declared: declarations here of that house.
    """
    key = (str(body["consignment_no"]), str(body.get("house_no", "")))
    houses = [one for one in transport.houses if is_meant(one, key)]
    act, number = str(body["act"]), str(body["declaration_no"])
    found = f"{act} {number} {body['amended_at']}"
    freed = any(one.direction != "export" and one.state in RELEASED_STATES for one in declared)
    if act == "cancelled":
        waits = transport.phase in (Phase.ANNOUNCED, Phase.LOADED)
        rule = CANCELLED_HERE if waits else CANCELLED_GONE
    elif freed:
        rule = AMENDED_LATE
    else:
        return []
    return [Flag(rule=rule, about=one.name, key=one.key, found=found) for one in houses]
