"""What of a transport may leave: one held house does not hold the rest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

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


def may_leave(
    transport: Transport,
    declared: Declarations,
    *,
    aboard_only: bool = False,
    needs_release: bool = True,
) -> Leaving:
    """Which lots may go, and what stays with its reason.

    A house may go when a declaration of it is released and no flag holds it. A transit that has
    ended frees nothing any more. An empty run carries nothing and needs no declaration.

    Args:
        declared: by house, what was declared; a house that is not there was not declared.
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
                held = _unreleased(master, house, declared.get(house.key, ()))
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
        return all(one.phase in _AT_POST and not _is_flagged(one, key) for one in live)
    closed = [one for one in known if one.phase is Phase.CLOSED]
    return not any(has_left(one) for one in closed) if closed else None


_AT_POST = (Phase.ARRIVED, Phase.PRESENTED)


def _is_flagged(transport: Transport, key: HouseKey) -> bool:
    meant = {one.key for one in transport.houses if is_meant(one, key)}
    stays = may_leave(transport, {}, needs_release=False).stays
    return any(one.lot.key in meant for one in stays)


def has_left(transport: Transport) -> bool:
    """Whether the last that is known of its way is that it left the territory."""
    return bool(transport.track) and transport.track[-1].event == "exit"


def lot_of(master: Master, house: House) -> Lot:
    """What is really here of a house."""
    return Lot(master.waybill, house.key, house.stored_at, house.here_packages, house.here_mass_mg)


def _held(rules: Iterable[str]) -> tuple[str, Role] | None:
    """The first rule that holds, and who must act."""
    return next(((one, RULES[one].acts) for one in rules), None)


def _unreleased(
    master: Master, house: House, declared: Sequence[Declared]
) -> tuple[str, Role] | None:
    """Why a house is not released, and who must act; None when it is."""
    over = master.transit is not None and master.transit.ended_at != MISSING
    states: dict[str, list[str]] = {}
    for one in declared:
        if one.state != State.WITHDRAWN and not (over and one.direction == "transit"):
            states.setdefault(one.house_no, []).append(one.state)
    if not states:
        return NOT_DECLARED, Role.DECLARANT
    if house.house_no or "" in states:  # a declaration of the consignment covers its houses
        ways = [[one for several in states.values() for one in several]]
        if not house.house_no:
            ways = [states[""]]
    else:  # declared house by house: all of them
        ways = list(states.values())
    for way in ways:
        if not any(one in RELEASED_STATES for one in way):
            state = way[-1]
            return state, Role.DECLARANT if state in _DECLARANT_ACTS else Role.OFFICER
    return None
