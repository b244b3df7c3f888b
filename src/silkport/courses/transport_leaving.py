"""What of a transport may leave: one held house does not hold the rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from silkport.courses.transport_checks import is_meant
from silkport.courses.transport_given import Declarations
from silkport.model.columns import MISSING
from silkport.model.states import RELEASED_STATES, State
from silkport.model.transport import (
    OVER,
    Declared,
    House,
    HouseKey,
    Master,
    Phase,
    Role,
    Transport,
)
from silkport.model.transport_rules import RULES

NOT_DECLARED = "not_declared"

_DECLARANT_ACTS = frozenset(
    {
        State.DRAFT,
        State.REGISTRATION_REFUSED,
        State.DOCUMENTS_REQUESTED,
        State.REFUSED,
    }
)
"""States of a declaration in which the declarant must act; in the others an officer does."""


@dataclass(frozen=True, slots=True)
class Lot:
    """A house, or part of it, on a waybill; packages and mass as they are really here."""

    waybill: str
    key: HouseKey
    stored_at: str
    packages: int
    gross_mass_mg: int


@dataclass(frozen=True, slots=True)
class Stays:
    """A lot that may not leave.

    Attributes:
        reason: NOT_DECLARED, the state of its declaration, or the code of a rule.
        acts: who must act.
    """

    lot: Lot
    reason: str
    acts: Role


@dataclass(frozen=True, slots=True)
class Leaving:
    """What may go and what stays; `held` are the rules that hold the whole transport."""

    goes: tuple[Lot, ...]
    stays: tuple[Stays, ...]
    held: tuple[str, ...]

    @property
    def is_free(self) -> bool:
        """All of it may leave."""
        return not self.stays and not self.held

    def told(self, most: int) -> str:
        """In words what stays and why, at most so many lots; without any, the rules that hold."""
        named = [f"{'/'.join(filter(None, one.lot.key))} {one.reason}" for one in self.stays]
        more = f" and {len(named) - most} more" if len(named) > most else ""
        return ", ".join((named or list(self.held))[:most]) + more


def may_leave(
    transport: Transport,
    declared: Declarations,
    *,
    aboard_only: bool = False,
    needs_release: bool = True,
    country: str = "",
) -> Leaving:
    """Which lots may go, and what stays with its reason.

    A house may go when it was declared in the direction that is owed here, all that was filed of
    it in that direction is released, and no flag holds it: another declaration of the same house
    does not free what the first one holds. A transit frees what its waybill names it for, until it
    has ended. An empty run carries nothing and needs no declaration.

    Args:
        declared: by house, what was declared; a house that is not there was not declared.
        country: from which it would leave; "" where that is not known.
        aboard_only: leaves out what was unloaded into a warehouse.
        needs_release: False asks for flags alone, as at the departure from the place of loading.
    """
    holding = [one for one in transport.open_flags if RULES[one.rule].holds]
    on = {one.number: one.on for one in transport.units}
    inside = {
        master.waybill: {*master.units, *(on.get(one, "") for one in master.units)}
        for master in transport.masters
    }
    named = {unit for several in inside.values() for unit in several}
    whole = {
        one.rule
        for one in holding
        if one.key is None and (not one.about or (one.about in on and one.about not in named))
    }
    goes: list[Lot] = []
    stays: list[Stays] = []
    for master in transport.masters:
        for house in master.houses:
            if aboard_only and house.stored_at:
                continue
            lot = lot_of(master, house)
            about = {master.waybill, *inside[master.waybill]} - {""}
            rules = [
                one.rule
                for one in holding
                if one.key == house.key or (one.key is None and one.about in about)
            ]
            held = _held(sorted(whole) + rules)
            if held is None and needs_release:
                held = _unreleased(master, declared.get(house.key, ()), country)
            if held is None:
                goes.append(lot)
            else:
                stays.append(Stays(lot, *held))
    return Leaving(tuple(goes), tuple(stays), tuple(sorted(whole)))


def stands(transports: Iterable[Transport], key: HouseKey) -> bool | None:
    """Whether a house that comes in is at a post, by the word of the transports that carry it.

    Each of them must have arrived and must not be held by a flag for it. One that was withdrawn
    says nothing; one that was closed only where no other carries the house: that it left with it,
    or that its goods are handed over. None where no transport says anything.

    Args:
        transports: those that carry the house or part of it.
        key: number of the consignment and of the house in it.
    """
    known = list(transports)
    live = [one for one in known if one.phase not in OVER]
    if live:
        return all(_is_at_post(one) and not _is_flagged(one, key) for one in live)
    closed = [one for one in known if one.phase is Phase.CLOSED]
    return not any(has_left(one) for one in closed) if closed else None


def _is_at_post(transport: Transport) -> bool:
    """Where a neighbour says that it arrived, it arrived there."""
    is_here = transport.phase in (Phase.ARRIVED, Phase.PRESENTED)
    return is_here and transport.track[-1].role != Role.NEIGHBOUR


def _is_flagged(transport: Transport, key: HouseKey) -> bool:
    meant = {one.key for one in transport.houses if is_meant(one, key)}
    stays = may_leave(transport, {}, needs_release=False).stays
    return any(one.lot.key in meant for one in stays)


def has_left(transport: Transport) -> bool:
    """Whether its way here ended with leaving the territory; what a neighbour says comes after."""
    own = [
        one.event for one in transport.track if one.role != Role.NEIGHBOUR or one.event == "exit"
    ]
    return bool(own) and own[-1] == "exit"


def released_in_store(
    transport: Transport, declared: Declarations, country: str
) -> set[tuple[HouseKey, str]]:
    """Houses in a warehouse, with it, that their owner may fetch: nobody has to carry them on.

    What is released in transit alone has to go on with a transport.
    """
    masters = tuple(
        replace(one, transit=replace(one.transit, ended_at=0)) if one.transit else one
        for one in transport.masters
    )
    leaving = may_leave(replace(transport, masters=masters), declared, country=country)
    stay = {(one.lot.key, one.lot.stored_at) for one in leaving.stays}
    return {(one.key, one.stored_at) for one in leaving.goes if one.stored_at} - stay


def lot_of(master: Master, house: House) -> Lot:
    """What is really here of a house."""
    return Lot(master.waybill, house.key, house.stored_at, house.here_packages, house.here_mass_mg)


def _held(rules: Iterable[str]) -> tuple[str, Role] | None:
    """The first rule that holds, and who must act."""
    return next(((one, RULES[one].acts) for one in rules), None)


def _unreleased(
    master: Master, declared: Sequence[Declared], country: str
) -> tuple[str, Role] | None:
    """Why a house is not released, and who must act; None when it is."""
    filed = [one for one in declared if one.state not in _NOT_FILED]
    held: tuple[str, Role] | None = None
    for directions in _ways(master, country):
        states = [one.state for one in filed if one.direction in directions]
        against = [one for one in states if one not in RELEASED_STATES]
        if states and not against:
            return None
        if against and held is None:
            held = against[-1], Role.DECLARANT if against[-1] in _DECLARANT_ACTS else Role.OFFICER
    return held or (_only_drafted(declared), Role.DECLARANT)


def _ways(master: Master, country: str) -> Iterator[frozenset[str]]:
    """The directions that must be declared here of what is on a waybill, and instead of which.

    Where its ends do not say whether goods come or go, what was declared of either counts.
    """
    start, end = master.departure_country, master.destination_country
    if country and start == country != end:
        yield _EXPORT
    elif country and start and end:  # it comes to stay, or passes through and may be cleared here
        yield _IMPORT
    else:
        yield _EXPORT | _IMPORT
    transit = master.transit
    passes = bool(country and start and end) and country not in (start, end)
    if transit.ended_at == MISSING if transit else passes:
        yield _TRANSIT


_EXPORT, _IMPORT, _TRANSIT = (frozenset({one}) for one in ("export", "import", "transit"))
_NOT_FILED = frozenset({State.DRAFT, State.REGISTRATION_REFUSED, State.WITHDRAWN})
"""States in which nothing is declared: such a declaration neither frees goods nor holds them."""


def _only_drafted(declared: Sequence[Declared]) -> str:
    """What is there instead of a declaration: the last that was begun."""
    begun = [one.state for one in declared if one.state != State.WITHDRAWN]
    return begun[-1] if begun and set(begun) <= _NOT_FILED else NOT_DECLARED
