"""The course of a transport: announced, loaded, on its way, arrived, presented, closed.

`act` says what an act leads to, or refuses it with a rule; the node only keeps it. The way is a
track of stops ordered by when they happened, so that messages may come twice or in any order: what
is told late takes its place in the track and does not bring the transport back. Rooms beside this
one: `transport_moving` (goods go over), `transport_handling` (acts at a place), `transport_checks`
(flags), `transport_leaving` (what may go), `transport_splitting`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import replace

from silkport.courses.transport_checks import flagged, seal_flags, unit_flags, waybill_flags
from silkport.courses.transport_given import Acted, By, Given, TransportLaw
from silkport.courses.transport_handling import (
    change_seal,
    change_tractor,
    change_wagon,
    count,
    counted_flags,
    end_transit,
    incident,
    seal,
    settle,
    transload,
    unload,
    weigh,
)
from silkport.courses.transport_leaving import has_left, may_leave, released_in_store
from silkport.courses.transport_moving import put
from silkport.courses.transport_refusing import refusal
from silkport.courses.transport_splitting import split
from silkport.model.columns import MISSING
from silkport.model.transport import (
    Flag,
    House,
    Master,
    Phase,
    Role,
    Stop,
    Transport,
    Unit,
)
from silkport.model.transport_acts import (
    MOVES,
    STEPS,
    Arrive,
    ChangeSeal,
    ChangeTractor,
    ChangeWagon,
    Close,
    Count,
    Depart,
    EndTransit,
    Exit,
    Facts,
    Incident,
    Load,
    Present,
    SealUp,
    Settle,
    Split,
    Transload,
    Unload,
    Weigh,
    Withdraw,
)
from silkport.model.transport_rules import (
    BAD_UNIT,
    EMPTY_CARRIES,
    LEFT_HELD,
    NO_FIGURE,
    NO_MOMENT,
    NOT_FREE,
    NOT_OVER,
    NOT_YOURS,
    NOTHING_LOADED,
    TRANSIT_LACKING,
    WAYBILL_DIFFERS,
    WRONG_PHASE,
)

__all__ = ["Acted", "By", "Given", "TransportLaw", "act", "announce", "possible"]

MOST_NAMED = 5
"""Lots that a refusal names; the others are counted."""


def announce(announced: Transport, before: Transport | None, given: Given) -> Acted:
    """A transport is announced, or announced again before it goes.

    Args:
        announced: as its carrier states it, with all masters it is to carry.
        before: what is known under its id.
    Raises ActNotAllowed: figures that cannot be, goods on an empty run, or it is on its way.
    """
    masters = _sound(announced.masters, "announce")
    if announced.is_empty_run and masters:
        raise refusal(EMPTY_CARRIES, what=announced.id, event="announce")
    _unique(announced.units)
    fresh = Transport(
        id=announced.id,
        mode=announced.mode,
        procedure=announced.procedure,
        carrier=announced.carrier,
        tractor=announced.tractor,
        trailer=announced.trailer,
        driver=announced.driver,
        train=announced.train,
        units=announced.units,
        masters=masters,
        seals=announced.seals,
    )
    flags = [*unit_flags(fresh.units), *waybill_flags(masters, given.law.country)]
    if before is None:
        return Acted(flagged(fresh, flags, given.at))
    if before.phase is Phase.ANNOUNCED and _as_stated(before) == fresh:
        return Acted(before, repeated=True)
    if before.phase is not Phase.ANNOUNCED or any(one.legs for one in before.houses):
        if _as_stated(before) == replace(fresh, phase=before.phase):
            return Acted(before, repeated=True)
        reason = f"it is {before.phase}"
        raise refusal(WRONG_PHASE, what=fresh.id, event="announce", reason=reason)
    still = {(one.rule, one.about, one.found) for one in flags}
    kept = tuple(
        one
        if not one.is_open
        or one.rule not in _SEEN_WHEN_ANNOUNCED
        or (one.rule, one.about, one.found) in still
        else replace(one, settled_at=given.at, settled_by=given.by.who, reason="announced again")
        for one in before.flags
    )
    again = replace(fresh, flags=kept, changes=before.changes, done=before.done)
    return Acted(flagged(again, flags, given.at))


_SEEN_WHEN_ANNOUNCED = frozenset({BAD_UNIT, WAYBILL_DIFFERS, TRANSIT_LACKING})
"""What another announcement puts right."""


def _as_stated(transport: Transport) -> Transport:
    """Without what the course added."""
    return replace(transport, flags=(), changes=(), done=(), track=(), discrepancies=())


def act(now: Transport, facts: Facts, given: Given) -> Acted:
    """What an act leads to. Pure: the node keeps it.

    An act that was told before (the same `act_no`, or the same stop of the way) changes nothing.
    Raises ActNotAllowed, with the rule, its source and the smallest fix.
    """
    if _was_told(now, facts):
        return Acted(now, given.other, repeated=True)
    happened = facts.happened_at if facts.happened_at != MISSING else given.at
    if happened > given.at:
        raise refusal(NO_MOMENT, what=now.id, event=facts.event)
    late = facts.event in MOVES and _is_late(now, happened)
    _demand(now, facts, given, late=late)
    done = _WORK[type(facts)](now, facts, given, happened)
    if not facts.act_no:
        return done
    told = (*done.transport.done, _told_name(facts))
    return Acted(replace(done.transport, done=told), done.other)


def possible(now: Transport) -> list[str]:
    """The acts that its phase allows, in the order of the table."""
    return [event for event, step in STEPS.items() if now.phase in step.since]


def _told_name(facts: Facts) -> str:
    return f"{facts.event} {facts.act_no}"


def _was_told(now: Transport, facts: Facts) -> bool:
    if facts.act_no and _told_name(facts) in now.done:
        return True
    if facts.event not in MOVES or facts.happened_at == MISSING:
        return False
    finds = isinstance(facts, Arrive | Present) and facts.seals_found is not None
    finds |= isinstance(facts, Arrive) and bool(facts.counted)
    if finds:  # the stop may be known, what was found there is not
        return False
    return _is_known(now, facts, facts.happened_at)


def _is_known(now: Transport, facts: Any, happened: int) -> bool:
    """Whether the track has this stop."""
    name = (facts.event, happened, facts.place)
    return any((one.event, one.at, one.place) == name for one in now.track)


def _demand(now: Transport, facts: Facts, given: Given, *, late: bool) -> None:
    """Raises ActNotAllowed when phase or role do not allow it."""
    step, event, by = STEPS[facts.event], facts.event, given.by
    if by.role not in step.by:
        reason = f"{by.role} may not; one of {', '.join(sorted(step.by))} may"
        raise refusal(NOT_YOURS, what=now.id, event=event, reason=reason)
    allowed = now.phase in step.since
    if late:
        allowed = now.phase is not Phase.WITHDRAWN
    if not allowed:
        reason = f"it is {now.phase}"
        raise refusal(WRONG_PHASE, what=now.id, event=event, reason=reason)
    if event in _WITH_REASON and not by.reason:
        raise refusal(NO_FIGURE, what=now.id, event=event, reason="a reason is needed")


_WITH_REASON = frozenset({"change_tractor", "change_wagon", "change_seal", "settle", "withdraw"})
"""Acts that nobody may do without saying why."""


def _sound(masters: tuple[Master, ...], event: str) -> tuple[Master, ...]:
    """Masters as they are kept: a waybill without houses carries one without a number.

    Raises ActNotAllowed for figures or names that cannot be.
    """
    sound = []
    for master in masters:
        houses = master.houses or (_only_house(master),)
        keys = [one.key for one in houses]
        if not master.waybill or len(set(keys)) != len(keys):
            reason = f"waybill {master.waybill or '?'} names a house twice, or is not named"
            raise refusal(NO_FIGURE, event=event, reason=reason)
        for house in houses:
            _refuse_odd(house, event)
        sound.append(replace(master, houses=houses, divided=False))
    waybills = [one.waybill for one in sound]
    if len(set(waybills)) != len(waybills):
        raise refusal(NO_FIGURE, event=event, reason="one waybill is stated twice")
    return tuple(sound)


def _only_house(master: Master) -> House:
    return House(
        consignment_no=master.waybill, packages=master.packages, gross_mass_mg=master.gross_mass_mg
    )


def _refuse_odd(house: House, event: str) -> None:
    odd = house.packages < 0 or house.gross_mass_mg < 0 or not house.consignment_no
    came = house.stored_at or house.legs or house.missing_packages or house.missing_mass_mg
    parts = (house.whole_packages == MISSING) != (house.whole_mass_mg == MISSING)
    if odd or came or parts:
        reason = f"house {house.name or '?'}: packages, mass or whole are not stated soundly"
        raise refusal(NO_FIGURE, event=event, reason=reason)


def _unique(units: tuple[Unit, ...]) -> None:
    numbers = [one.number for one in units]
    if len(set(numbers)) != len(numbers) or "" in numbers:
        reason = "a wagon or container is stated twice, or has no number"
        raise refusal(NO_FIGURE, event="announce", reason=reason)


# Acts on the way.


def _load(now: Transport, facts: Any, given: Given, _happened: int) -> Acted:
    if now.is_empty_run:
        raise refusal(EMPTY_CARRIES, what=now.id, event="load")
    masters, known = now.masters, {one.waybill for one in now.masters}
    fresh = _sound(facts.masters, "load")
    for one in fresh:
        if one.waybill in known:
            reason = f"waybill {one.waybill} is aboard already"
            raise refusal(NO_FIGURE, what=now.id, event="load", reason=reason)
        masters = put(masters, one)
    if not masters:
        raise refusal(NOTHING_LOADED, what=now.id, event="load")
    units = (*now.units, *facts.units)
    _unique(units)
    flags = [*unit_flags(facts.units), *waybill_flags(fresh, given.law.country)]
    loaded = replace(now, phase=Phase.LOADED, masters=masters, units=units)
    return Acted(flagged(loaded, flags, given.at))


def _depart(now: Transport, facts: Any, given: Given, happened: int) -> Acted:
    starts = now.phase in (Phase.ANNOUNCED, Phase.LOADED)
    if starts and not now.is_empty_run and (now.phase is Phase.ANNOUNCED or not now.aboard):
        raise refusal(NOTHING_LOADED, what=now.id, event="depart")
    late = _is_late(now, happened)
    here = any(one.event in MOVES[2:] and one.at <= happened for one in now.track)
    guarded = _guarded(now, "depart", given, needs_release=here if late else not starts, late=late)
    return Acted(_stopped(guarded, facts, given, happened))


def _is_late(now: Transport, happened: int) -> bool:
    return bool(now.track) and happened < now.track[-1].at


def _exit(now: Transport, facts: Any, given: Given, happened: int) -> Acted:
    late = _is_late(now, happened)
    guarded = _guarded(now, "exit", given, needs_release=True, late=late)
    ended = tuple(
        replace(one, transit=replace(one.transit, ended_at=happened))
        if one.transit and one.transit.ended_at == MISSING
        else one
        for one in guarded.masters
    )
    return Acted(_stopped(replace(guarded, masters=ended), facts, given, happened))


def _guarded(
    now: Transport, event: str, given: Given, *, needs_release: bool, late: bool
) -> Transport:
    """Lets it go, refuses it, or flags what has happened already though it was not to."""
    leaving = may_leave(
        now,
        given.declared,
        aboard_only=True,
        needs_release=needs_release,
        country=given.law.country,
    )
    if leaving.is_free:
        return now
    what = leaving.told(MOST_NAMED)
    if late or given.by.role in (Role.NODE, Role.NEIGHBOUR):
        return flagged(now, [Flag(rule=LEFT_HELD, found=what)], given.at)
    raise refusal(NOT_FREE, what=now.id, event=event, reason=what)


def _arrive(now: Transport, facts: Any, given: Given, happened: int) -> Acted:
    flags = seal_flags(now, facts.seals_found, happened)
    flags += counted_flags(now, facts.counted, given.law, happened)
    return Acted(flagged(_stopped(now, facts, given, happened), flags, given.at))


def _present(now: Transport, facts: Any, given: Given, happened: int) -> Acted:
    flags = seal_flags(now, facts.seals_found, happened)
    return Acted(flagged(_stopped(now, facts, given, happened), flags, given.at))


def _stopped(now: Transport, facts: Any, given: Given, happened: int) -> Transport:
    """With a stop in its place; the last stop says where the transport is."""
    if _is_known(now, facts, happened):
        return now
    by = given.by
    stop = Stop(event=facts.event, at=happened, place=facts.place, who=by.who, role=by.role.value)
    track = list(now.track)
    at = len(track)
    while at and track[at - 1].at > happened:
        at -= 1
    is_last = at == len(track)
    track.insert(at, stop)
    to = STEPS[facts.event].to
    moves = is_last and now.phase is not Phase.CLOSED  # news does not reopen it
    phase = to if moves and to is not None else now.phase
    return replace(now, track=tuple(track), phase=phase)


def _close(now: Transport, _facts: Any, given: Given, _happened: int) -> Acted:
    free = released_in_store(now, given.declared, given.law.country)
    stored = [one for one in now.houses if one.stored_at and (one.key, one.stored_at) not in free]
    left = [one.name for one in (*stored, *(() if has_left(now) else now.aboard))]
    open_ = [f"{one.rule} {one.about}".strip() for one in now.open_flags]
    if left or open_:
        reason = ", ".join((left + open_)[:MOST_NAMED])
        raise refusal(NOT_OVER, what=now.id, event="close", reason=reason)
    return Acted(replace(now, phase=Phase.CLOSED))


def _withdraw(now: Transport, _facts: Any, _given: Given, _happened: int) -> Acted:
    if any(one.legs for one in now.houses):
        reason = "it has goods of another transport; hand them on first"
        raise refusal(NOT_OVER, what=now.id, event="withdraw", reason=reason)
    return Acted(replace(now, phase=Phase.WITHDRAWN))


Work = Callable[[Transport, Any, Given, int], Acted]

_WORK: Mapping[type, Work] = {
    Load: _load,
    SealUp: seal,
    Depart: _depart,
    Exit: _exit,
    Arrive: _arrive,
    Present: _present,
    Weigh: weigh,
    Unload: unload,
    Transload: transload,
    ChangeTractor: change_tractor,
    ChangeWagon: change_wagon,
    ChangeSeal: change_seal,
    Incident: incident,
    Split: split,
    Count: count,
    EndTransit: end_transit,
    Settle: settle,
    Close: _close,
    Withdraw: _withdraw,
}

assert len(_WORK) == len(STEPS), "every act is worked"
