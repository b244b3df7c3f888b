"""Acts at a place: sealing, weighing, unloading, transloading, changing, counting, settling."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from silkport.courses.transport_checks import differs, flagged, is_meant, unit_flags
from silkport.courses.transport_given import Acted, Given, TransportLaw
from silkport.courses.transport_moving import everything, found, handed, keys_of, moved
from silkport.courses.transport_refusing import refusal
from silkport.model.columns import MISSING
from silkport.model.transport import (
    Change,
    Discrepancy,
    Flag,
    House,
    HouseKey,
    Leg,
    Master,
    Phase,
    Transport,
    Unit,
)
from silkport.model.transport_acts import Counted
from silkport.model.transport_rules import (
    BAD_UNIT,
    EXCESS,
    INCIDENT,
    MASS_DIFFERS,
    NO_FIGURE,
    NOT_THERE,
    OTHER_NEEDED,
    SHORTAGE,
)

_TAKES = (Phase.ANNOUNCED, Phase.LOADED, Phase.ARRIVED, Phase.PRESENTED)


def seal(now: Transport, facts: Any, given: Given, _happened: int) -> Acted:
    """Seals are set; one that is set already stays."""
    units = {one.number for one in now.units}
    seals = list(now.seals)
    for one in facts.seals:
        if one.unit and one.unit not in units:
            raise refusal(NOT_THERE, what=now.id, event="seal", reason=f"{one.unit} is not on it")
        if not one.number:
            raise refusal(NO_FIGURE, what=now.id, event="seal", reason="a seal has no number")
        if all(one.number != other.number for other in seals):
            seals.append(replace(one, by=one.by or given.by.who))
    return Acted(replace(now, seals=tuple(seals)))


def weigh(now: Transport, facts: Any, given: Given, happened: int) -> Acted:
    """The weighbridge against what is really aboard."""
    if not 0 <= facts.tare_mg <= facts.weighed_mass_mg:
        reason = "more tare than was weighed"
        raise refusal(NO_FIGURE, what=now.id, event="weigh", reason=reason)
    expected = sum(one.here_mass_mg for one in now.aboard)
    cargo = facts.weighed_mass_mg - facts.tare_mg
    if not differs(
        found_mg=cargo,
        expected_mg=expected,
        weighed_mg=facts.weighed_mass_mg,
        tolerance_ppm=given.law.mass_tolerance_ppm,
    ):
        return Acted(now)
    flag = Flag(
        rule=MASS_DIFFERS, found=f"{cargo} mg", expected=f"{expected} mg", found_at=happened
    )
    return Acted(flagged(now, [flag], given.at))


def counted_flags(
    now: Transport, counted: tuple[Counted, ...], law: TransportLaw, at: int
) -> list[Flag]:
    """Masses of houses that somebody weighed at a moment, against what is really here of them.

    A mass without a number of the house is that of the whole consignment, one without a waybill
    that of all waybills.
    """
    flags = []
    for one in counted:
        houses = [
            house
            for master in now.masters
            for house in master.houses
            if one.waybill in {"", master.waybill} and not house.stored_at
            if is_meant(house, one.key) and (house.house_no or not one.house_no)
        ]
        expected, weighed = sum(house.here_mass_mg for house in houses), one.gross_mass_mg
        if houses and differs(
            found_mg=weighed,
            expected_mg=expected,
            weighed_mg=weighed,
            tolerance_ppm=law.mass_tolerance_ppm,
        ):
            flags += [
                Flag(
                    rule=MASS_DIFFERS,
                    about=house.name,
                    key=house.key,
                    found=f"{weighed} mg",
                    expected=f"{expected} mg",
                    found_at=at,
                )
                for house in houses
            ]
    return flags


def unload(now: Transport, facts: Any, _given: Given, _happened: int) -> Acted:
    """Goods go into a warehouse; the transport answers for them until they are handed on."""
    if not facts.store:
        raise refusal(NO_FIGURE, what=now.id, event="unload", reason="no warehouse is named")
    portions = facts.portions or everything(now.masters, aboard=True)
    return Acted(replace(now, masters=moved(now.masters, portions, to=facts.store)))


def transload(now: Transport, facts: Any, given: Given, happened: int) -> Acted:
    """Goods go over to another transport, with the way behind them and what is flagged of them."""
    other = given.other
    if other is None or other.id in ("", now.id) or other.id != facts.to:
        raise refusal(OTHER_NEEDED, what=now.id, event="transload")
    if other.is_empty_run or other.phase not in _TAKES:
        reason = f"{other.id} is {other.procedure or other.phase}"
        raise refusal(OTHER_NEEDED, what=now.id, event="transload", reason=reason)
    going = {one.number: one for one in now.units if one.number in facts.units}
    lacking = set(facts.units) - set(going)
    if lacking or any(one.number in going for one in other.units):
        named = ", ".join(sorted(lacking)) or "one of the units"
        reason = f"{named}: not here, or there already"
        raise refusal(NOT_THERE, what=now.id, event="transload", reason=reason)
    portions = facts.portions or everything(now.masters, aboard=False)
    leg = Leg(
        transport=now.id, vehicle=now.vehicle, until=happened, place=facts.place, who=given.by.who
    )
    masters, received = handed(now.masters, other.masters, portions, leg, frozenset(going))
    inside = frozenset(unit for one in masters for unit in one.units if unit in going)
    if inside:
        reason = f"{', '.join(sorted(inside))} also has what stays"
        raise refusal(OTHER_NEEDED, what=now.id, event="transload", reason=reason)
    left = replace(
        now,
        masters=masters,
        units=tuple(one for one in now.units if one.number not in going),
        seals=tuple(one for one in now.seals if one.unit not in going),
    )
    phase = Phase.LOADED if other.phase is Phase.ANNOUNCED else other.phase
    units = tuple(replace(one, on="") for one in going.values())
    taking = replace(
        other,
        masters=received,
        phase=phase,
        units=(*other.units, *units),
        seals=(*other.seals, *(one for one in now.seals if one.unit in going)),
    )
    moving = {one.key for one in portions}
    return Acted(*_flags_over(now, left, taking, moving, given))


def _flags_over(
    before: Transport,
    left: Transport,
    taking: Transport,
    moving: set[tuple[str, str]],
    given: Given,
) -> tuple[Transport, Transport]:
    """What is flagged of goods goes with them; what held the whole holds each house that went."""
    stays = set(keys_of(left.masters))
    waybills = {one.waybill for one in left.masters}
    numbers = {one.number for one in left.units}
    went_units = {one.number for one in before.units} - numbers
    names = {house.key: house.name for house in before.houses if house.key in moving}
    went_waybills = {
        one.waybill for one in before.masters if any(house.key in moving for house in one.houses)
    }
    over: list[Flag] = []
    kept: list[Flag] = []
    for one in before.flags:
        about = one.about
        goes = one.is_open and (
            one.key in moving if one.key else about in went_waybills or about in went_units
        )
        if one.is_open and not about and one.key is None:
            over += [replace(one, about=name, key=key) for key, name in names.items()]
        if goes:
            over.append(one)
        gone = goes and one.key not in stays and about not in waybills and about not in numbers
        reason = f"gone over to {taking.id}"
        closing = {"settled_at": given.at, "settled_by": given.by.who, "reason": reason}
        kept.append(replace(one, **closing) if gone else one)
    return replace(left, flags=tuple(kept)), flagged(taking, over, given.at, again=True)


def change_tractor(now: Transport, facts: Any, given: Given, happened: int) -> Acted:
    """Another tractor, trailer, driver or train number, and who changed it and why."""
    wanted = {name: getattr(facts, name) for name in ("tractor", "trailer", "driver", "train")}
    fresh = {name: new for name, new in wanted.items() if new and new != getattr(now, name)}
    if not fresh:
        raise refusal(NO_FIGURE, what=now.id, event="change_tractor", reason="nothing new is named")
    changes = [
        _change(name, getattr(now, name), new, given, happened) for name, new in fresh.items()
    ]
    return Acted(replace(now, **fresh, changes=(*now.changes, *changes)))


def change_wagon(now: Transport, facts: Any, given: Given, happened: int) -> Acted:
    """Another wagon or container in the place of one; a wrong number may be put right so."""
    units = {one.number: one for one in now.units}
    old, new = facts.old, facts.new
    if old not in units:
        raise refusal(NOT_THERE, what=now.id, event="change_wagon", reason=f"{old} is not on it")
    if not new or new in units:
        reason = "the new number is lacking or on it already"
        raise refusal(NO_FIGURE, what=now.id, event="change_wagon", reason=reason)

    def renamed(number: str) -> str:
        return new if number == old else number

    def unit(one: Unit) -> Unit:
        tare = MISSING if one.number == old else one.tare_mg
        return replace(one, number=renamed(one.number), on=renamed(one.on), tare_mg=tare)

    def master(one: Master) -> Master:
        return replace(one, units=tuple(map(renamed, one.units)))

    changed = replace(
        now,
        units=tuple(map(unit, now.units)),
        masters=tuple(map(master, now.masters)),
        seals=tuple(replace(one, unit=renamed(one.unit)) for one in now.seals),
        changes=(*now.changes, _change("wagon", old, new, given, happened)),
        flags=tuple(
            replace(one, settled_at=given.at, settled_by=given.by.who, reason=given.by.reason)
            if one.is_open and one.rule == BAD_UNIT and one.about == old
            else one
            for one in now.flags
        ),
    )
    return Acted(flagged(changed, unit_flags([replace(units[old], number=new)]), given.at))


def change_seal(now: Transport, facts: Any, given: Given, happened: int) -> Acted:
    """A seal is opened and another set, and who did it and why."""
    numbers = [one.number for one in now.seals]
    if facts.old not in numbers:
        reason = f"seal {facts.old} is not set"
        raise refusal(NOT_THERE, what=now.id, event="change_seal", reason=reason)
    if facts.new in numbers:
        reason = f"seal {facts.new} is set already"
        raise refusal(NO_FIGURE, what=now.id, event="change_seal", reason=reason)
    at = numbers.index(facts.old)
    old = now.seals[at]
    new = (replace(old, number=facts.new, by=given.by.who),) if facts.new else ()
    change = _change("seal", facts.old, facts.new, given, happened, unit=old.unit)
    seals = (*now.seals[:at], *new, *now.seals[at + 1 :])
    return Acted(replace(now, seals=seals, changes=(*now.changes, change)))


def _change(
    what: str, old: str, new: str, given: Given, happened: int, *, unit: str = ""
) -> Change:
    by = given.by
    return Change(what=what, old=old, new=new, unit=unit, at=happened, who=by.who, reason=by.reason)


def incident(now: Transport, facts: Any, given: Given, happened: int) -> Acted:
    """Something on the way: flagged for the officer who sees the transport next."""
    if not facts.what:
        raise refusal(NO_FIGURE, what=now.id, event="incident", reason="it says not what")
    found_ = " ".join(filter(None, (facts.what, facts.place, str(happened))))
    return Acted(flagged(now, [Flag(rule=INCIDENT, found=found_)], given.at))


def count(now: Transport, facts: Any, given: Given, happened: int) -> Acted:
    """What was found against what is said to be here: acts of shortage and of excess.

    A mass within the tolerance of the scales is as declared.
    """
    masters, acts, flags = now.masters, list(now.discrepancies), list[Flag]()
    for one in facts.counted:
        master, house = found(masters, one)
        packages = 0 if one.packages == MISSING else house.here_packages - one.packages
        mass = _lacking_mass(house, one, given.law)
        if one.packages < MISSING or one.gross_mass_mg < MISSING:
            raise refusal(NO_FIGURE, what=now.id, event="count", reason=house.name)
        if not packages and not mass:
            continue
        anew = replace(
            house,
            missing_packages=house.missing_packages + packages,
            missing_mass_mg=house.missing_mass_mg + mass,
        )
        houses = tuple(anew if kept is house else kept for kept in master.houses)
        masters = tuple(
            replace(master, houses=houses) if kept is master else kept for kept in masters
        )
        for rule, kind, sign in ((SHORTAGE, "shortage", 1), (EXCESS, "excess", -1)):
            much, heavy = max(sign * packages, 0), max(sign * mass, 0)
            if not much and not heavy:
                continue
            acts.append(
                Discrepancy(
                    kind=kind,
                    act_no=facts.act_no,
                    waybill=master.waybill,
                    consignment_no=house.consignment_no,
                    house_no=house.house_no,
                    packages=much,
                    gross_mass_mg=heavy,
                    at=happened,
                    who=given.by.who,
                )
            )
            said = f"{much} packages, {heavy} mg {happened}"
            flags.append(Flag(rule=rule, about=house.name, key=house.key, found=said))
    counted = replace(now, masters=masters, discrepancies=tuple(acts))
    return Acted(flagged(counted, flags, given.at))


def _lacking_mass(house: House, one: Counted, law: TransportLaw) -> int:
    """How much less mass is there than there should be; 0 within the tolerance."""
    if one.gross_mass_mg == MISSING:
        return 0
    beyond = differs(
        found_mg=one.gross_mass_mg,
        expected_mg=house.here_mass_mg,
        weighed_mg=one.gross_mass_mg,
        tolerance_ppm=law.mass_tolerance_ppm,
    )
    return house.here_mass_mg - one.gross_mass_mg if beyond else 0


def end_transit(now: Transport, facts: Any, _given: Given, happened: int) -> Acted:
    """A transit ends at its office: it frees nothing any more."""
    masters = list(now.masters)
    for at, one in enumerate(masters):
        if one.waybill == facts.waybill and one.transit and one.transit.ended_at == MISSING:
            masters[at] = replace(one, transit=replace(one.transit, ended_at=happened))
            return Acted(replace(now, masters=tuple(masters)))
    reason = f"waybill {facts.waybill} has no transit that runs"
    raise refusal(NOT_THERE, what=now.id, event="end_transit", reason=reason)


def discharged(now: Transport, key: HouseKey, declaration_no: str, at: int) -> Transport:
    """Ends the transits that a declaration stood for: its office says that they are over.

    A waybill that names another declaration goes on, unless it carries nothing but that house.

    Args:
        key: the house of the declaration, with "" the whole consignment.
    """

    def is_over(one: Master) -> bool:
        if one.transit is None or one.transit.ended_at != MISSING:
            return False
        meant = [is_meant(house, key) for house in one.houses]
        return all(meant) or (one.transit.declaration_no == declaration_no and any(meant))

    masters = tuple(
        replace(one, transit=replace(one.transit, ended_at=at))
        if one.transit and is_over(one)
        else one
        for one in now.masters
    )
    return replace(now, masters=masters)


def settle(now: Transport, facts: Any, given: Given, _happened: int) -> Acted:
    """An officer settles what is open under a rule about something."""
    flags = tuple(
        replace(one, settled_at=given.at, settled_by=given.by.who, reason=given.by.reason)
        if one.is_open and (one.rule, one.about) == (facts.rule, facts.about)
        else one
        for one in now.flags
    )
    if flags == now.flags:
        reason = f"{facts.rule} is not open about {facts.about or 'the transport'}"
        raise refusal(NOT_THERE, what=now.id, event="settle", reason=reason)
    return Acted(replace(now, flags=flags))
