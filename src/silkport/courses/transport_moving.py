"""Goods going over: taken from one place and put into another, nothing gained and nothing lost.

Everything that moves goods is made of `taken` and `put`: packages, mass and what is missing of a
house are the same in sum before and after.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from silkport.courses.transport_refusing import refusal
from silkport.model.columns import MISSING
from silkport.model.transport import House, HouseKey, Leg, Master
from silkport.model.transport_acts import Portion
from silkport.model.transport_rules import NO_FIGURE, NOT_SO_MUCH, NOT_THERE

Masters = tuple[Master, ...]


@dataclass(frozen=True, slots=True)
class Taken:
    """What is left, and the master with nothing but what was taken."""

    rest: Masters
    part: Master


def found(masters: Iterable[Master], portion: Portion) -> tuple[Master, House]:
    """The master and the house that a portion names. Raises ActNotAllowed."""
    for master in masters:
        if master.waybill == portion.waybill:
            for house in master.houses:
                if house.key == portion.key and house.stored_at == portion.stored_at:
                    return master, house
    name = "/".join(filter(None, (portion.waybill, *portion.key, portion.stored_at)))
    raise refusal(NOT_THERE, reason=f"{name} is not here")


def taken(masters: Masters, portion: Portion) -> Taken:
    """Takes a portion away.

    What is missing of a house stays with the rest of it, unless all of it is taken.
    Raises ActNotAllowed for what is not there, or not so much of it.
    """
    master, house = found(masters, portion)
    part, rest = _divided(house, portion)
    left = tuple(one for one in (rest if one is house else one for one in master.houses) if one)
    at = masters.index(master)
    kept = (replace(master, houses=left),) if left else ()
    rest_of_all = (*masters[:at], *kept, *masters[at + 1 :])
    return Taken(rest_of_all, replace(master, houses=(part,)))


def _divided(house: House, portion: Portion) -> tuple[House, House | None]:
    """The part that is taken, and the rest; None where nothing is left."""
    wanted = (portion.packages, portion.gross_mass_mg)
    if wanted == (MISSING, MISSING):
        return house, None
    packages, mass = wanted
    if MISSING in wanted or packages < 0 or mass < 0 or wanted == (0, 0):
        raise refusal(NO_FIGURE, reason=f"{house.name}: packages and mass go together")
    if packages > house.here_packages or mass > house.here_mass_mg:
        here = f"{house.here_packages} packages, {house.here_mass_mg} mg"
        raise refusal(NOT_SO_MUCH, reason=f"{house.name}: {here} are here")
    if (packages, mass) == (house.packages, house.gross_mass_mg):
        return house, None
    if (packages == house.here_packages) != (mass == house.here_mass_mg):
        raise refusal(NO_FIGURE, reason=f"{house.name}: packages without mass would be left")
    whole = _whole(house)
    none_missing = {"missing_packages": 0, "missing_mass_mg": 0}
    part = replace(house, packages=packages, gross_mass_mg=mass, **whole, **none_missing)
    left = {"packages": house.packages - packages, "gross_mass_mg": house.gross_mass_mg - mass}
    return part, replace(house, **left, **whole)


def _whole(house: House) -> dict[str, int]:
    """Figures of the whole house, of which this was one part or all."""
    if house.whole_packages != MISSING:
        return {}
    return {"whole_packages": house.packages, "whole_mass_mg": house.gross_mass_mg}


def put(masters: Masters, arriving: Master) -> Masters:
    """Puts a master with its houses beside or into the same master."""
    for at, master in enumerate(masters):
        if master.waybill == arriving.waybill:
            houses = master.houses
            for house in arriving.houses:
                houses = _with(houses, house)
            units = tuple(dict.fromkeys((*master.units, *arriving.units)))
            divided = master.divided or arriving.divided
            joined = replace(master, houses=houses, units=units, divided=divided)
            return (*masters[:at], joined, *masters[at + 1 :])
    return (*masters, arriving)


def _with(houses: Sequence[House], house: House) -> tuple[House, ...]:
    """Parts of one house in one place become one again."""
    kept = list(houses)
    for at, one in enumerate(kept):
        if one.key == house.key and one.stored_at == house.stored_at:
            kept[at] = replace(
                one,
                packages=one.packages + house.packages,
                gross_mass_mg=one.gross_mass_mg + house.gross_mass_mg,
                missing_packages=one.missing_packages + house.missing_packages,
                missing_mass_mg=one.missing_mass_mg + house.missing_mass_mg,
                legs=tuple(dict.fromkeys((*one.legs, *house.legs))),
            )
            return tuple(kept)
    return (*kept, house)


def everything(masters: Iterable[Master], *, aboard: bool) -> tuple[Portion, ...]:
    """All there is, or all that is not in a warehouse, as portions."""
    return tuple(
        portion_of(master, house)
        for master in masters
        for house in master.houses
        if not (aboard and house.stored_at)
    )


def portion_of(master: Master, house: House) -> Portion:
    """All of a house in the place where it is."""
    return Portion(
        waybill=master.waybill,
        consignment_no=house.consignment_no,
        house_no=house.house_no,
        stored_at=house.stored_at,
    )


def moved(masters: Masters, portions: Iterable[Portion], *, to: str) -> Masters:
    """Portions brought into a warehouse."""
    for portion in portions:
        took = taken(masters, portion)
        stored = tuple(replace(one, stored_at=to) for one in took.part.houses)
        masters = put(took.rest, replace(took.part, houses=stored))
    return masters


def handed(
    masters: Masters,
    receiving: Masters,
    portions: Iterable[Portion],
    leg: Leg,
    units: frozenset[str],
) -> tuple[Masters, Masters]:
    """Portions handed over to another transport.

    Args:
        leg: the way that is behind them then.
        units: wagons and containers that go over with them.
    Returns: what stays, and what the receiver has then.
    """
    for portion in portions:
        took = taken(masters, portion)
        masters = took.rest
        houses = tuple(
            replace(one, stored_at="", legs=(*one.legs, leg)) for one in took.part.houses
        )
        inside = tuple(one for one in took.part.units if one in units)
        receiving = put(receiving, replace(took.part, houses=houses, units=inside))
    both = {one.waybill for one in masters} & {one.waybill for one in receiving}
    return _divided_between(masters, both), _divided_between(receiving, both)


def _divided_between(masters: Masters, waybills: set[str]) -> Masters:
    return tuple(replace(one, divided=True) if one.waybill in waybills else one for one in masters)


def keys_of(masters: Iterable[Master]) -> tuple[HouseKey, ...]:
    """The houses, each once, in order."""
    return tuple(dict.fromkeys(house.key for master in masters for house in master.houses))
