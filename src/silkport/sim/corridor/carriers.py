"""Carriers, keepers and officers at posts: transports announced, moved, weighed, split, emptied.

Each node keeps its own view of a transport. Some announce what cannot be: one house on two trucks,
one waybill twice, a container whose number is wrong, goods on an empty run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random

from silkport.courses.transport_given import By
from silkport.model.transport import (
    EMPTY_RUN,
    House,
    Master,
    Mode,
    Phase,
    Role,
    Seal,
    Transit,
    Transport,
    Unit,
    UnitKind,
    WaybillForm,
)
from silkport.model.transport_acts import (
    STEPS,
    Arrive,
    ChangeSeal,
    ChangeTractor,
    ChangeWagon,
    Close,
    Count,
    Counted,
    Depart,
    EndTransit,
    Exit,
    Facts,
    Incident,
    Load,
    Portion,
    Present,
    SealUp,
    Settle,
    Split,
    Transload,
    Unload,
    Weigh,
    Withdraw,
)
from silkport.node.corridor.transports import TRANSPORT, act, announce, law_of
from silkport.node.dossiers import dossier_of
from silkport.sim.corridor.attempts import Attempts
from silkport.sim.corridor.mixes import DAY
from silkport.sim.corridor.sites import Site
from silkport.sim.corridor.traders import HOUSE, Traders
from silkport.sim.corridor.world import World

PEOPLE = (Role.CARRIER, Role.DECLARANT, Role.KEEPER, Role.OFFICER)
CONTAINERS = ("CSQU3054383", "TGHU7599330", "CSQU3054384")
"""The last has a check digit that cannot be."""

_OFTEN: Mapping[Phase, tuple[str, ...]] = {
    Phase.ANNOUNCED: ("load", "load", "seal", "arrive"),
    Phase.LOADED: ("depart", "depart", "seal", "weigh"),
    Phase.DEPARTED: ("exit", "arrive", "arrive", "change_seal", "incident"),
    Phase.EXITED: ("arrive", "close"),
    Phase.ARRIVED: ("present", "weigh", "unload", "split", "depart", "transload"),
    Phase.PRESENTED: ("count", "split", "unload", "transload", "settle", "depart", "close"),
}


@dataclass(frozen=True, slots=True)
class _Draw:
    """What the facts of an act are drawn from."""

    now: Transport
    others: list[str]
    rng: Random
    mark: str

    def portion(self) -> Portion | None:
        """A house aboard or in store, mostly all of it."""
        some = [(one, house) for one in self.now.masters for house in one.houses]
        if not some:
            return None
        master, house = self.rng.choice(some)
        all_ = self.rng.random() < 0.6
        return Portion(
            waybill=master.waybill,
            consignment_no=house.consignment_no,
            house_no=house.house_no,
            stored_at=house.stored_at,
            **({} if all_ else {"packages": house.packages // 2,
                                "gross_mass_mg": house.gross_mass_mg // 2}),
        )  # fmt: skip

    def counted(self) -> tuple[Counted, ...]:
        """One house as it was counted: mostly what it should be."""
        one = self.portion()
        if one is None:
            return ()
        house = next(each for each in self.now.houses if each.key == one.key)
        less = self.rng.choice((0, 0, 1))
        return (
            Counted(
                waybill=one.waybill,
                consignment_no=one.consignment_no,
                house_no=one.house_no,
                stored_at=one.stored_at,
                packages=max(0, house.here_packages - less),
                gross_mass_mg=house.here_mass_mg,
            ),
        )

    def seals(self) -> tuple[str, ...] | None:
        """Seals as found: nobody looked, as set, or one is missing."""
        set_ = tuple(one.number for one in self.now.seals)
        return self.rng.choice((None, set_, set_, set_[1:]))


def _weigh(draw: _Draw) -> Facts:
    mass = sum(one.here_mass_mg for one in draw.now.aboard)
    off = draw.rng.choice((0, 0, mass // 20, 9_000_000_000))
    return Weigh(weighed_mass_mg=mass + off + 7_000_000_000, tare_mg=7_000_000_000)


def _load(draw: _Draw) -> Facts:
    if draw.rng.random() < 0.9:
        return Load(masters=())
    house = House(consignment_no=f"LATE-{draw.mark}", packages=1, gross_mass_mg=10**6)
    return Load(masters=(Master(waybill=f"W-{draw.mark}", form=WaybillForm.CMR, houses=(house,)),))


def _change_seal(draw: _Draw) -> Facts:
    old = draw.rng.choice([one.number for one in draw.now.seals] or ["none"])
    return ChangeSeal(old=old, new=draw.rng.choice((f"{old}-new", "")))


def _transload(draw: _Draw) -> Facts:
    one = draw.portion()
    return Transload(to=draw.rng.choice(draw.others or [""]), portions=(one,) if one else ())


def _unload(draw: _Draw) -> Facts:
    one = draw.portion()
    return Unload(store="store-1", portions=(one,) if one and draw.rng.random() < 0.7 else ())


def _settle(draw: _Draw) -> Facts:
    flags = draw.now.open_flags
    flag = draw.rng.choice(flags) if flags else None
    return Settle(rule=flag.rule if flag else "TRN007", about=flag.about if flag else "")


_FACTS: Mapping[str, Callable[[_Draw], Facts]] = {
    "load": _load,
    "seal": lambda draw: SealUp(seals=(Seal(number=f"S-{draw.rng.randint(1, 99)}"),)),
    "depart": lambda draw: Depart(place=draw.rng.choice(("", "post-1"))),
    "exit": lambda _: Exit(place="post-1"),
    "arrive": lambda draw: Arrive(place="post-2", seals_found=draw.seals()),
    "present": lambda draw: Present(place="post-2", seals_found=draw.seals()),
    "weigh": _weigh,
    "unload": _unload,
    "transload": _transload,
    "change_tractor": lambda draw: ChangeTractor(tractor=f"{draw.rng.randint(100, 999)} NEW 02"),
    "change_wagon": lambda draw: ChangeWagon(
        old=draw.rng.choice([one.number for one in draw.now.units] or ["none"]), new=CONTAINERS[1]
    ),
    "change_seal": _change_seal,
    "incident": lambda _: Incident(what="the vehicle stood in the ditch"),
    "split": lambda draw: Split(store=draw.rng.choice(("", "store-1"))),
    "count": lambda draw: Count(counted=draw.counted()),
    "end_transit": lambda draw: EndTransit(
        waybill=draw.rng.choice([one.waybill for one in draw.now.masters] or ["none"])
    ),
    "settle": _settle,
    "close": lambda _: Close(),
    "withdraw": lambda _: Withdraw(),
}

assert _FACTS.keys() == STEPS.keys(), "every act is done by somebody"


class Carriers:
    """Whoever has to do with the transports of a world.

    Attributes:
        announced: transports by node, as they were announced.
    """

    def __init__(self, world: World, attempts: Attempts, traders: Traders, rng: Random) -> None:
        self._world, self._attempts, self._rng = world, attempts, rng
        self._traders = traders
        self.announced: dict[str, list[str]] = {}
        self._count = 0
        self._loaded: set[str] = set()

    def act(self) -> None:
        """Somebody announces a transport, or does something with one."""
        known = [one for one, some in sorted(self.announced.items()) if some]
        if not known or self._rng.random() < 0.2:
            self._announce()
        else:
            self._do(self._world.sites[self._rng.choice(known)])

    # Announcing.

    def _announce(self) -> None:
        self._count += 1
        houses = self._houses()
        start, end = self._ends()
        drawn = self._drawn(houses, start, end)
        self._world.ledger.announced[drawn.id] = drawn
        for site in (start, end):
            if self._rng.random() < 0.8:
                self._announce_at(site, drawn)

    def _ends(self) -> tuple[Site, Site]:
        offices = [one for one in self._world.sites.values() if one.is_deciding]
        trades = self._traders.trades
        if trades and self._rng.random() < 0.8:
            trade = self._rng.choice(trades[-3:])
            return trade.start, trade.end
        one, other = self._rng.sample(offices, 2)
        return one, other

    def _houses(self) -> list[House]:
        """Houses that go nowhere yet; now and then one that travels on another waybill already."""
        trades = self._traders.trades
        if self._rng.random() < 0.8:
            trades = [one for one in trades if one.number not in self._loaded]
        houses = []
        for trade in self._rng.sample(trades, min(3, len(trades))):
            self._loaded.add(trade.number)
            (_, house), *_ = trade.description.houses()
            mass = sum(one.gross_mass_mg for one in house.goods)
            one = House(consignment_no=trade.number, house_no=HOUSE, procedure="40",
                        packages=house.pack_count, gross_mass_mg=mass)  # fmt: skip
            houses.append(one)
        return houses

    def _drawn(self, houses: list[House], start: Site, end: Site) -> Transport:
        rng, count = self._rng, self._count
        number = f"T-{self._world.seed}-{count}"
        to = end.office.country if rng.random() < 0.9 else "DE"
        rail, empty = rng.random() < 0.25, rng.random() < 0.1
        box = rng.choices(CONTAINERS, (4, 4, 1))[0]
        cut = rng.randint(0, len(houses))
        due = self._world.now + rng.randint(1, 20) * DAY
        transit = Transit(declaration_no=f"TD-{count}", office="55301", due_at=due)
        masters = [
            Master(
                waybill=f"W-{count}-{place}" if rng.random() < 0.95 else "W-1-0",
                form=WaybillForm.CIM_SMGS if rail else WaybillForm.CMR,
                departure_country=start.office.country,
                destination_country=to,
                packages=sum(one.packages for one in some) + rng.choices((0, 1), (9, 1))[0],
                gross_mass_mg=sum(one.gross_mass_mg for one in some),
                units=(box,) if rail else (),
                houses=tuple(some),
                transit=transit if rng.random() < 0.5 else None,
            )
            for place, some in enumerate((houses[:cut], houses[cut:]))
            if some
        ]
        return Transport(
            id=number,
            mode=Mode.RAIL if rail else Mode.ROAD,
            procedure=EMPTY_RUN if empty else "",
            carrier="Altyn Trans",
            tractor="" if rail else f"{rng.randint(100, 999)} ABC 02",
            train=f"X{count}" if rail else "",
            driver="" if rail else f"{rng.randint(10**11, 10**12 - 1)}",
            units=(Unit(number=box, kind=UnitKind.CONTAINER),) if rail else (),
            masters=() if empty and rng.random() < 0.8 else tuple(masters),
            seals=(Seal(number=f"S-{count}"),),
        )

    def _announce_at(self, site: Site, drawn: Transport) -> None:
        mark = self._attempts.mark("announcement")

        def attempt() -> None:
            kept = announce(site.node, law_of(site.node), drawn, By(Role.CARRIER, mark))
            if drawn.id not in self.announced.setdefault(site.id, []):
                self.announced[site.id].append(drawn.id)
            last = site.rows("newest_act", TRANSPORT.about(drawn.id))[0][0]
            self._world.ledger.acted(
                mark, site, TRANSPORT.about(drawn.id), anew=mark.encode() in last
            )
            self._saw(site, kept.state)
            flags = " ".join(one.rule for one in kept.state.open_flags)
            self._world.tell(site.id, f"{mark}: {drawn.id} {flags}", "transports announced")

        self._attempts.make(site, attempt, mark, again=attempt)

    # Acting.

    def _do(self, site: Site) -> None:
        number, mark = self._rng.choice(self.announced[site.id]), self._attempts.mark("handling")

        def attempt() -> None:
            now = site.read(lambda tx: dossier_of(tx, TRANSPORT, number)).state
            event = self._rng.choice(_OFTEN.get(now.phase) or sorted(STEPS))
            if self._rng.random() < 0.2:
                event = self._rng.choice(sorted(STEPS))
            others = [one for one in self.announced[site.id] if one != number]
            facts = _FACTS[event](_Draw(now, others, self._rng, mark))
            by = By(self._role(event), mark, "seen")
            before = now.phase
            kept = act(site.node, law_of(site.node), number, facts, by)
            self._saw(site, kept.state)
            lots = [f"{number}/{n + 1}" for n in range(kept.state.lots)]
            known = self.announced[site.id]
            known += [one for one in lots if one not in known]
            last = site.rows("newest_act", TRANSPORT.about(number))[0][0]
            self._world.ledger.acted(
                mark, site, TRANSPORT.about(number), anew=mark.encode() in last
            )
            self._world.course.counts[f"transports: {event}"] += 1
            text = f"{mark}: {event}, {number} was {before} and is {kept.state.phase}"
            self._world.tell(site.id, text, "transport acts")

        self._attempts.make(site, attempt, mark, again=None)

    def _saw(self, site: Site, now: Transport) -> None:
        seen = self._world.ledger.flags.setdefault((site.id, now.id), set())
        seen |= {(one.rule, one.about, one.found) for one in now.flags}

    def _role(self, event: str) -> Role:
        fit = [one for one in PEOPLE if one in STEPS[event].by]
        return self._rng.choice(fit if fit and self._rng.random() < 0.95 else list(PEOPLE))
