"""Transports: packages and masses of every house stay what they were; no flag is lost.

No house that was to be imported leaves a post while a declaration of it is not released. What was
announced is known to whoever announced it, what was loaded later stands in the acts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from silkport.model.states import RELEASED_STATES, State
from silkport.model.transport import Phase, Role, Transport
from silkport.model.transport_rules import LEFT_HELD, RULES
from silkport.node.corridor.transports import TRANSPORT
from silkport.sim.corridor.checks.tables import (
    act_place,
    event_place,
    kept,
    own_records,
    told,
)
from silkport.sim.corridor.sites import Site
from silkport.sim.corridor.world import World

Key = tuple[str, str]


def carried(world: World) -> Iterator[str]:
    """Every transport of each node."""
    for site in world.sites.values():
        some = [one.state for one in kept(site, TRANSPORT)]
        yield from _conserved(world, site, some)
        for one in some:
            yield from _flags(world, site, one)
            yield from _left(site, one)


def _conserved(world: World, site: Site, some: list[Transport]) -> Iterator[str]:
    """Packages, masses, and what acts found missing, by house."""
    there: Counter[tuple[Key, str]] = Counter()
    missing: Counter[Key] = Counter()
    drawn: Counter[Key] = Counter()
    for transport in some:
        for house in transport.houses:
            there[house.key, "packages"] += house.packages
            there[house.key, "mass"] += house.gross_mass_mg
            missing[house.key] += house.missing_packages
            if min(house.here_packages, house.here_mass_mg) < 0:
                yield f"{site.id}: less than nothing is left of {house.name} on {transport.id}"
        for act in transport.discrepancies:
            sign = 1 if act.kind == "shortage" else -1
            drawn[act.consignment_no, act.house_no] += sign * act.packages
    loaded = _loaded(world, site, some)
    for what in sorted(loaded.keys() | there.keys()):
        if loaded[what] != there[what]:
            yield f"{site.id}: {loaded[what]} of {what} were loaded, {there[what]} are there"
    for key in sorted(missing.keys() | drawn.keys()):
        if missing[key] != drawn[key]:
            yield f"{site.id}: {missing[key]} packages of {key} lack, acts say {drawn[key]}"


def _loaded(world: World, site: Site, some: list[Transport]) -> Counter[tuple[Key, str]]:
    """What was announced, and what was loaded besides."""
    loaded: Counter[tuple[Key, str]] = Counter()
    for transport in some:
        announced = world.ledger.announced.get(transport.id)
        for house in announced.houses if announced else ():
            loaded[house.key, "packages"] += house.packages
            loaded[house.key, "mass"] += house.gross_mass_mg
        for act in told(site, TRANSPORT, transport.id):
            for master in act["facts"].get("masters", ()) if act["event"] == "load" else ():
                for one in master["houses"]:
                    key = (one["consignment_no"], one.get("house_no", ""))
                    loaded[key, "packages"] += one["packages"]
                    loaded[key, "mass"] += one["gross_mass_mg"]
    return loaded


def _left(site: Site, transport: Transport) -> Iterator[str]:
    """Houses that people let go: by the states of their declarations at that moment."""
    last = transport.track[-1] if transport.track else None
    if last is None or last.event not in {"depart", "exit"} or last.role not in _PEOPLE:
        return
    if transport.phase is Phase.LOADED:
        return
    noted = any(one.rule == LEFT_HELD for one in transport.flags)
    acts = told(site, TRANSPORT, transport.id)
    left = [n for n, one in enumerate(acts) if one["event"] == last.event]
    if not left:
        yield f"{site.id}: no act says that {transport.id} left"
        return
    if last.event == "depart" and not _came(transport, acts[left[-1] :]):
        return
    place = act_place(site, TRANSPORT, transport.id, acts[left[-1]])
    for master in transport.masters:
        ends = (master.departure_country, master.destination_country)
        if ends[0] == ends[1] or ends[1] != site.office.country or master.transit or noted:
            continue
        for house in master.houses:
            states = set(_imports(site, house.key, place))
            if not house.stored_at and not (states and states <= _RELEASED):
                yield f"{site.id}: {house.name} left on {transport.id}: {sorted(states)}"


def _came(transport: Transport, since: Sequence[Mapping[str, Any]]) -> bool:
    """Whether it had arrived here when it left.

    Where a neighbour says that it arrived, it arrived there. What was told afterwards does not
    count either, though by a clock that was set back it came before.
    """
    arrivals: int = sum(
        one.event == "arrive" and one.role != Role.NEIGHBOUR for one in transport.track
    )
    later: int = sum(one["event"] == "arrive" and one["by"] != Role.NEIGHBOUR for one in since)
    return arrivals > later


def _imports(site: Site, key: Key, place: int) -> Iterator[str]:
    """The states of the import declarations of a house when something else was logged."""
    for identity, _ in site.rows("declarations_of_house", *key):
        case = site.case(identity)
        records = own_records(site, identity)
        states = [one["to"] for one in records if event_place(site, identity, one) < place]
        if case.direction == "import" and states and states[-1] not in _NOT_FILED:
            yield states[-1]


_PEOPLE = frozenset({Role.CARRIER.value, Role.OFFICER.value})
_RELEASED = frozenset(one.value for one in RELEASED_STATES)
_NOT_FILED = frozenset({State.DRAFT.value, State.REGISTRATION_REFUSED.value, State.WITHDRAWN.value})


def _flags(world: World, site: Site, transport: Transport) -> Iterator[str]:
    """Each flag says who must act, or who settled it; one that somebody saw is still there."""
    for one in transport.flags:
        rule = RULES.get(one.rule)
        if rule is None or not rule.acts:
            yield f"{site.id}: {one.rule} on {transport.id} does not say who must act"
        if not one.is_open and not (one.settled_by and one.reason):
            yield f"{site.id}: {one.rule} on {transport.id} was settled by nobody"
    now = {(one.rule, one.about, one.found) for one in transport.flags}
    for seen in world.ledger.flags.get((site.id, transport.id), set()) - now:
        yield f"{site.id}: {seen} was flagged on {transport.id} and is gone"
