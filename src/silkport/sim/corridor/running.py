"""One seed: its world lives, comes to rest, and is checked. Many seeds: the same, in processes."""

from __future__ import annotations

import signal
import sqlite3
from collections import Counter
from collections.abc import Generator, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import islice, repeat
from multiprocessing import get_context

from silkport.kernel.errors import SilkportError
from silkport.model.inspections import Standing
from silkport.model.states import RELEASED_STATES
from silkport.node.corridor.balances import DRAWING
from silkport.node.corridor.inspections import INSPECTION
from silkport.node.corridor.transports import TRANSPORT
from silkport.node.transparency import log
from silkport.sim.corridor.checks import CHECKERS
from silkport.sim.corridor.checks.tables import declarations, kept, sound_pairs, told
from silkport.sim.corridor.course import SHOWN_AT_THE_END
from silkport.sim.corridor.footprints import Violated
from silkport.sim.corridor.hostile import Hostile, demand_found_out
from silkport.sim.corridor.mixes import DAY, MINUTE, SECOND, draw_mix
from silkport.sim.corridor.people import People
from silkport.sim.corridor.sites import Site
from silkport.sim.corridor.trading import Trading
from silkport.sim.corridor.weather import Weather
from silkport.sim.corridor.world import World

REST_WITHIN = 45 * MINUTE
"""How long whole lines may take until both sides agree: the longest pause is five minutes."""

AFTERWARDS = 62 * DAY
"""How long the world goes on so that every term is over."""

FALLS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RuntimeError,
    SilkportError,
    TypeError,
    ValueError,
    sqlite3.Error,
)
"""Whatever a node may raise that it should not have."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one seed showed.

    Attributes:
        digest: names the course; the same seed, the same digest.
        points: names of the statements at which nodes crashed.
        invariant, detail: what was broken; "" when all holds.
        end: the last lines of the course.
    """

    seed: int
    digest: str
    counts: Counter[str]
    points: frozenset[str]
    invariant: str = ""
    detail: str = ""
    end: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether every invariant held."""
        return not self.invariant


def run_seed(seed: int, nodes: int | None = None) -> Outcome:
    """The world of a seed, from its beginning to its checks."""
    world = new_world(seed, nodes)
    try:
        return concluded(world)
    finally:
        world.close()


def new_world(seed: int, nodes: int | None = None) -> World:
    """The world of a seed as it begins."""
    return World(seed, draw_mix(seed, nodes))


def concluded(world: World) -> Outcome:
    """Lets a world live and checks it."""
    invariant = detail = ""
    try:
        live(world)
        check(world)
    except Violated as violated:
        invariant, detail = violated.invariant, violated.detail
    except FALLS as error:
        invariant, detail = "no error", f"{type(error).__name__}: {error}"
    if invariant:
        world.tell("world", f"violated: {invariant}: {detail}")
    sum_up(world)
    return Outcome(
        seed=world.seed,
        digest=world.course.digest(),
        counts=world.course.counts,
        points=frozenset(one for site in world.sites.values() for one in site.troubles.crashes),
        invariant=invariant,
        detail=detail,
        end=world.course.shown(SHOWN_AT_THE_END) if invariant else [],
    )


def sum_up(world: World) -> None:
    """Closes the course with what the nodes hold: another root, another digest."""
    counts = world.course.counts
    counts[f"worlds of {len(world.sites)} nodes"] += 1
    counts["worlds with a node that lies"] += bool(world.mix.hostile)
    for site in world.sites.values():
        counts["messages queued"] += sum(peer.queued for peer in site.peers())
        if site.is_demanding:
            counts["released as the law demands"] += sum(
                site.case(identity).state in RELEASED_STATES for identity in declarations(site)
            )
        _count_kept(site, counts)
        size = site.read(log.current)
        world.tell(site.id, f"log of {size.size} leaves, {size.root.hex()[:16]}")


_UNJUDGED = (Standing.ISSUED, Standing.RECEIVED)


def _count_kept(site: Site, counts: Counter[str]) -> None:
    """What became of transports, guarantees and passports."""
    for one in kept(site, TRANSPORT):
        counts.update(f"flagged: {flag.rule}" for flag in one.state.flags)
    for drawing in kept(site, DRAWING):
        freed = [act["by"] for act in told(site, DRAWING, drawing.id) if act["event"] == "arrive"]
        counts["guarantees freed by arrivals"] += freed.count("node")
    for passport in kept(site, INSPECTION):
        counts["passports judged"] += passport.state.standing not in _UNJUDGED


def live(world: World) -> None:
    """People act and things go wrong; then all is whole, and nobody helps. Raises Violated."""
    people = People(world)
    people.plan()
    if world.mix.trades:
        Trading(world, people).plan()
    Weather(world).plan()
    liar = Hostile(world) if world.mix.hostile else None
    if liar:
        liar.plan()
    world.run(world.mix.begins + world.mix.span)
    world.calm()
    people.tidy()
    if liar:
        liar.go_on()
    come_to_rest(world, world.now)
    come_to_rest(world, world.now + AFTERWARDS)


def come_to_rest(world: World, until: int) -> None:
    """Lets the nodes work until a moment, and on until both sides of every pair agree.

    Raises Violated when they do not agree for longer than REST_WITHIN.
    """
    since = world.now
    while True:
        unrest = next(unsettled(world), "")
        if not unrest:
            since = world.now
            if world.now >= until:
                return
        elif world.now - since > REST_WITHIN:
            raise Violated("comes to rest", unrest)
        latest = world.now + MINUTE if unrest else until
        world.run(min(latest, max(world.next_moment(), world.now + SECOND)))
        if not unrest:
            since = world.now


def unsettled(world: World) -> Iterator[str]:
    """What is still under way between two nodes."""
    for one, other in sound_pairs(world):
        here, there = one.peer(other.id), other.peer(one.id)
        marks = (here.queued, here.taken, there.received, there.considered)
        if len(set(marks)) > 1:
            why = here.last_error or "nothing went wrong"
            yield f"{one.id} to {other.id}: queued, taken, received, considered: {marks}; {why}"
    for site in world.sites.values():
        is_free = not any(site.id in pair for pair in world.spoilt)
        if is_free and site.changes_keys():
            yield f"{site.id}: its change of keys does not end"


def check(world: World) -> None:
    """Every invariant. Raises Violated with the first that does not hold."""
    demand_found_out(world)
    for invariant, checker in CHECKERS.items():
        found = list(islice(checker(world), 5))
        if found:
            raise Violated(invariant, "; ".join(found))


def run_seeds(
    first: int, count: int, nodes: int | None = None, jobs: int = 1
) -> Generator[Outcome, None, None]:
    """Outcomes of many seeds, in their order.

    Args:
        jobs: processes; when the caller stops early, what they have begun comes to its end.
    Raises BrokenExecutor when a process was ended from outside.
    """
    seeds = range(first, first + count)
    if jobs == 1:
        for seed in seeds:
            yield run_seed(seed, nodes)
        return
    pool = ProcessPoolExecutor(jobs, get_context("spawn"), _ignore_interrupts)
    try:
        yield from pool.map(run_seed, seeds, repeat(nodes))
    finally:
        pool.shutdown(cancel_futures=True)


def _ignore_interrupts() -> None:
    """Ctrl-C is for the process that waits: it ends the others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
