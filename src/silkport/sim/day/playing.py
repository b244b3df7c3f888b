"""The day, scene after scene: both sides file and decide, the line is cut and mended."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path

from silkport.kernel.errors import NotFound
from silkport.model.balances import Transit
from silkport.model.transport import Role
from silkport.model.transport_acts import (
    Arrive,
    Depart,
    Exit,
    Load,
    Present,
    Split,
)
from silkport.node.clearing.clear import clear_inputs
from silkport.node.corridor.balances import holder_name
from silkport.node.corridor.consignment_files import IMPORT
from silkport.node.corridor.guarantees import discharge, reserve_for_transit
from silkport.node.corridor.reserving import Security
from silkport.node.exchange.keys import SEED_BYTES, signing_key_from
from silkport.node.home import system_clock
from silkport.sim.day import border, traders
from silkport.sim.day.cargo import FILE, Cargo, Entrusted, Freight
from silkport.sim.day.sites import Site, make_sites, serving, silent
from silkport.sim.descriptions import DAY_MS
from silkport.sim.sample import write_sample
from silkport.sim.world import read_toml

STORE = "customs warehouse"
CUT_SECONDS = 4.0
PATIENCE_SECONDS = 30.0
_LOOK_SECONDS = 0.2

Tell = Callable[[str, str], None]


@dataclass(slots=True)
class Course:
    """What was played.

    Attributes:
        consignments: numbers of the consignments in the order in which they were described.
        transports: ids of all transports.
        parcels: by side, outcomes and how many parcels came to each.
        backlog: by side, the messages that waited when the line had been cut for a while.
        seconds: how long what took.
    """

    consignments: list[str] = field(default_factory=list)
    transports: list[str] = field(default_factory=list)
    parcels: dict[str, dict[str, int]] = field(default_factory=dict)
    backlog: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)


class Day:
    """One day between two sites that serve."""

    def __init__(self, sites: dict[str, Site], cargo: Cargo, tell: Tell) -> None:
        self.sites, self.cargo, self.tell = sites, cargo, tell
        self.east, self.west = sites.values()
        self.course = Course()
        self.truck, self.train = cargo.groupage(), cargo.flour()
        self.transit, self.later = cargo.transit(), cargo.later()
        self.empty = cargo.empty()
        self._cases: dict[tuple[str, str], str] = {}
        self._body_seed = secrets.token_bytes(SEED_BYTES)

    def play(self) -> Course:
        """Plays all of it. Raises NotFound when something does not come in time."""
        for scene in (
            self._prepare_the_ground,
            self._describe,
            self._declare_early,
            self._cut,
            self._work_alone,
            self._mend,
            self._arrive,
            self._end,
        ):
            scene()
        return self.course

    # The scenes.

    def _prepare_the_ground(self) -> None:
        """Money, guarantees and a certificate are opened; customs learns of an inspection body."""
        for site in self.sites.values():
            amount, currency = site.told["prepaid"], site.told["currency"]
            border.deposit(site, self._payers(), amount=amount, currency=currency)
            border.secure(site, self.cargo.guarantee, amount=amount, currency=currency)
        for own in self.truck.houses:
            if own.declarant != own.importer:
                border.empower(self.west, own.importer, own.declarant, direction="import")
        told = self.cargo.told["certificate"]
        kind, mass = told["kind"], told["mass_kg"] * 10**6
        number, issuer = self.cargo.certificate, told["issuer"]
        border.certify(self.east, kind, number, issuer=issuer, mass_mg=mass)
        public = signing_key_from(self._body_seed).public
        border.trust_body(self.east, self.west, code=told["body"], name=issuer, public=public)

    def _payers(self) -> list[str]:
        """Everybody who may have to pay, on whatever side."""
        freights = (self.truck, self.train, self.transit, self.later)
        exporters = [one.exporter.own_code for some in freights for one in some.descriptions]
        houses = [one for some in freights for one in some.houses]
        return [*exporters, *(one.importer for one in houses), *(one.declarant for one in houses)]

    def _describe(self) -> None:
        """Exporters of both sides describe, declare and grant."""
        for site, to, who, freight in (
            (self.east, self.west, self.cargo.told["machines"], self.truck),
            (self.west, self.east, self.cargo.told["flour"], self.train),
            (self.east, self.west, self.cargo.told["machines"], self.transit),
        ):
            self._send(site, to.name, who, freight)
        told = self.cargo.told["certificate"]
        body, east = (told["body"], told["issuer"]), self.east.name
        number = border.inspect(self.west, east, self.train, seed=self._body_seed, body=body)
        self.tell(self.west.name, f"inspection passport {number} signed for {east}")
        for one in self._ways():
            what = f"the grants of {one[2].transport.id}"
            self._await(what, partial(traders.is_granted, *one))

    def _ways(self) -> list[tuple[Site, str, Freight]]:
        return [
            (self.west, self.east.name, self.truck),
            (self.east, self.west.name, self.train),
            (self.west, self.east.name, self.transit),
        ]

    def _send(self, site: Site, to: str, who: str, freight: Freight) -> None:
        released = traders.send(site, freight, to=to, who=who)
        self.course.consignments += [one.consignment_no for one in freight.descriptions]
        for side in self.sites.values():
            border.announce(side, freight.transport)
        self.course.transports.append(freight.transport.id)
        count = len(freight.houses)
        self.tell(
            site.name,
            f"{freight.transport.id}: {count} houses described, declared, granted;"
            f" {released} released for export",
        )

    def _declare_early(self) -> None:
        """Importers and brokers type what only they know, confirm the rest, and file."""
        for site, peer, freight in self._ways():
            self._declare(site, peer, freight)

    def _declare(self, site: Site, peer: str, freight: Freight) -> None:
        filing = traders.TRANSIT if freight is self.transit else IMPORT
        for own in freight.houses:
            who = f"declarant {own.declarant}"
            identity = traders.declare(site, peer, own, who=who, filing=filing)
            self._cases[own.consignment_no, own.house_no] = identity
        self.tell(site.name, f"{freight.transport.id}: {len(freight.houses)} filed early")

    def _cut(self) -> None:
        for site in self.sites.values():
            site.line.cut()
        self.tell("", "the line is cut; both sides go on")

    def _work_alone(self) -> None:
        """All that both sides do while they cannot reach each other."""
        begun = time.monotonic()
        truck, train = self.truck.transport.id, self.train.transport.id
        crossing = self.transit.transport.id
        self._sets_out(self.east, truck, "Hangzhou")
        border.moves(self.east, truck, Exit(place=self.east.told["post"]))
        self._sets_out(self.west, train, "Kostanay")
        self._send(self.east, self.west.name, self.cargo.told["machines"], self.later)
        self._groupage(truck)
        self._transit_sets_out(crossing)
        self._empty_run()
        time.sleep(max(0.0, CUT_SECONDS - (time.monotonic() - begun)))
        for name, site in self.sites.items():
            peer = site.peer()
            self.course.backlog[name] = peer.queued - peer.taken
            self.tell(name, f"{self.course.backlog[name]} messages wait; the peer is not reached")

    def _sets_out(self, site: Site, identity: str, place: str) -> None:
        border.moves(site, identity, Load(masters=()), Depart(place=place), role=Role.CARRIER)

    def _groupage(self, truck: str) -> None:
        """The truck arrives; one house is held, and what is released goes on without it."""
        post = self.west.told["post"]
        seals = tuple(one.number for one in self.truck.transport.seals)
        border.moves(self.west, truck, Arrive(place=post, seals_found=seals))
        border.moves(self.west, truck, Present(place=post))
        released = []
        for own in self.truck.houses:
            identity = self._cases[own.consignment_no, own.house_no]
            if own.held:  # before its goods are presented: then it would go of itself
                border.hold(self.west, identity, own.held)
            border.present(self.west, identity)
            if not own.held:
                case = border.decide(self.west, identity)
                released.append(case.state.value)
        border.moves(self.west, truck, Split(place=post, store=STORE))
        lot = border.moves(self.west, f"{truck}/1", Depart(place=post), role=Role.CARRIER)
        gone = len(lot.state.houses)
        self.tell(self.west.name, f"{truck}: split; {gone} houses go on as {truck}/1, one is held")

    def _transit_sets_out(self, crossing: str) -> None:
        """The train to Europe crosses the border; its guarantee is reserved on both sides."""
        (own,) = self.transit.houses
        self._reserve(own)
        self._sets_out(self.east, crossing, "Xi'an")
        border.moves(self.east, crossing, Exit(place=self.east.told["station"]))
        border.moves(
            self.west,
            crossing,
            Arrive(place=self.west.told["station"]),
            Present(place=self.west.told["station"]),
        )
        identity = self._cases[own.consignment_no, own.house_no]
        border.present(self.west, identity)
        border.decide(self.west, identity)
        border.moves(
            self.west, crossing, Depart(place=self.west.told["station"]), role=Role.CARRIER
        )
        self.tell(
            self.west.name,
            f"{crossing}: in transit to {self.cargo.told['transit']['at']}, guarantee reserved",
        )

    def _reserve(self, own: Entrusted) -> None:
        """The way to the border is secured on the side where it begins, too."""
        site, told = self.east, self.cargo.told["transit"]
        node, day, case = site.node, site.today, f"{own.consignment_no} to the border"
        transit = Transit(
            case=case,
            consignment_no=own.consignment_no,
            house_no=own.house_no,
            towards=self.west.name,
            until=node.now() + told["days_to_border"] * DAY_MS,
        )
        security = Security(
            self.cargo.guarantee,
            told["owed"],
            site.told["currency"],
            holders=[holder_name(node, own.declarant)],
            day=day,
        )
        node.state.write(lambda tx: reserve_for_transit(tx, node, case, security, transit))

    def _empty_run(self) -> None:
        """An empty truck goes home: no declaration, no message."""
        for site in self.sites.values():
            border.announce(site, self.empty)
        self.course.transports.append(self.empty.id)
        border.moves(
            self.west, self.empty.id, Depart(place=self.west.told["post"]), role=Role.CARRIER
        )
        border.moves(self.west, self.empty.id, Exit(place=self.west.told["post"]))
        border.moves(self.east, self.empty.id, Arrive(place=self.east.told["post"]))
        self.tell(self.east.name, f"{self.empty.id}: the empty truck is back")

    def _mend(self) -> None:
        for site in self.sites.values():
            site.line.mend()
        self.tell("", "the line is whole again")
        begun = time.monotonic()
        self._await("both sides to come together", self._is_calm)
        self.course.seconds["came together"] = time.monotonic() - begun

    def _arrive(self) -> None:
        """What was granted while the line was cut is declared; the trains arrive."""
        self._declare(self.west, self.east.name, self.later)
        train, crossing = self.train.transport.id, self.transit.transport.id
        border.moves(self.west, train, Exit(place=self.west.told["station"]))
        border.moves(
            self.east,
            train,
            Arrive(place=self.east.told["station"]),
            Present(place=self.east.told["station"]),
        )
        for own in self.train.houses:
            identity = self._cases[own.consignment_no, own.house_no]
            border.present(self.east, identity)
            border.decide(self.east, identity)
        self.tell(self.east.name, f"{train}: the flour has arrived")
        (own,) = self.transit.houses
        border.moves(
            self.west,
            crossing,
            Arrive(place=self.cargo.told["transit"]["at"]),
            Depart(place=self.cargo.told["transit"]["at"]),
            Exit(place=self.cargo.told["transit"]["at"]),
        )
        identity = self._cases[own.consignment_no, own.house_no]
        who = self.west.officer
        node, why = self.west.node, "arrived at the exit office"
        freed = node.state.write(lambda tx: discharge(tx, node, identity, who=who, reason=why))
        self.tell(
            self.west.name,
            f"{crossing}: transit ended, guarantee {'free again' if freed else 'free'}",
        )

    def _end(self) -> None:
        self._await("both sides to know the same", self._is_calm)
        for name in self.sites:
            self.tell(name, "nothing waits")

    # How both come together.

    def _is_calm(self) -> bool:
        """Whether each has taken, and considered, all that the other queued."""
        here, there = self.east.peer(), self.west.peer()
        return all(
            one.queued == one.taken == other.received == other.considered
            for one, other in ((here, there), (there, here))
        )

    def _await(self, what: str, condition: Callable[[], bool]) -> None:
        last = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            if time.monotonic() > last:
                raise NotFound(what=f"{what} within {PATIENCE_SECONDS:.0f} seconds")
            time.sleep(_LOOK_SECONDS)


def clear_parcels(sites: dict[str, Site], home: Path, *, parcels: int, seed: int) -> Course:
    """A small day of parcels, cleared by both sides in the same folder."""
    course = Course()
    if not parcels:
        return course
    sample = home / "parcels"
    day = date.today()  # noqa: DTZ011 - the operator's own day is meant
    write_sample(sample, parcels=parcels, seed=seed, day=day, suffix="csv")
    for name in sites:
        cleared = clear_inputs(
            [sample], home=home, administration=name, day=day, out=None, progress=silent
        )
        course.parcels[name] = dict(cleared.outcomes)
    return course


def play(home: Path, *, seed: int, parcels: int, tell: Tell) -> tuple[dict[str, Site], Course]:
    """Makes two nodes in a folder, plays the day, and ends both processes.

    Args:
        parcels: how many of them are cleared besides; 0 for none.
        tell: told what happens, with the side that it happens on.
    Raises SilkportError when the folder is not fresh, or something does not come in time.
    """
    begun = time.monotonic()
    with ExitStack() as undo:
        sites = make_sites(home, read_toml(FILE)["side"])
        tell("", f"two nodes in {home}: cards exchanged, registers signed, tariffs loaded")
        undo.enter_context(serving(sites, seconds=PATIENCE_SECONDS))
        tell("", "both serve, each as a process of its own")
        cargo = Cargo(seed, system_clock())
        parcelled = clear_parcels(sites, home, parcels=parcels, seed=seed)
        course = Day(sites, cargo, tell).play()
        course.parcels = parcelled.parcels
        course.seconds["whole day"] = time.monotonic() - begun
    return sites, course
