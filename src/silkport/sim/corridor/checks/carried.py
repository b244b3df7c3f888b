"""Transports: packages and masses of every house stay what they were; no flag is lost.

What was announced is known to whoever announced it, what was loaded later stands in the acts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from silkport.model.transport import Transport
from silkport.model.transport_rules import RULES
from silkport.node.corridor.transports import TRANSPORT
from silkport.sim.corridor.checks.tables import kept, told
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
