"""Whatever is done with transports, packages and masses of every house stay what they were."""

from __future__ import annotations

from collections import Counter
from typing import Any

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from silkport.courses.transport import act, announce
from silkport.courses.transport_leaving import may_leave
from silkport.courses.transport_moving import portion_of
from silkport.kernel.transport_errors import ActNotAllowed
from silkport.model.transport import Declared, House, HouseKey, Phase, Role, Transport
from silkport.model.transport_acts import (
    Arrive,
    Count,
    Counted,
    Depart,
    Facts,
    Load,
    Portion,
    Split,
    Transload,
    Unload,
)
from tests.courses.transports import AT, given, master, truck

SOME, FEW = st.integers(0, 8), st.integers(0, 3)


class Custody(RuleBasedStateMachine):
    """Trucks come, goods go from hand to hand; an oracle only adds up what was loaded and found."""

    def __init__(self) -> None:
        super().__init__()
        self.held: dict[str, Transport] = {}
        self.loaded: Counter[HouseKey] = Counter()
        self.mass: Counter[HouseKey] = Counter()
        self.missing: Counter[tuple[HouseKey, str]] = Counter()
        self.released: set[HouseKey] = set()
        self.now = AT

    @initialize()
    def two_at_the_post(self) -> None:
        for houses in ([(8, 8), (5, 7)], [(6, 4)]):
            self.come(houses)
            self.do(f"T-{len(self.held) - 1}", Arrive(place="Nur Zholy"))

    @precondition(lambda self: len(self.held) < 5)
    @rule(houses=st.lists(st.tuples(SOME, SOME), max_size=3))
    def come(self, houses: list[tuple[int, int]]) -> None:
        n = len(self.held)
        some = [
            House(consignment_no=f"C-{n}", house_no=str(at), packages=packages, gross_mass_mg=mass)
            for at, (packages, mass) in enumerate(houses)
        ]
        masters = (master(f"W-{n}", *some),) if some else ()
        one = announce(truck(*masters, name=f"T-{n}"), None, given(Role.CARRIER)).transport
        self.held[one.id] = one
        for each in some:
            self.loaded[each.key] += each.packages
            self.mass[each.key] += each.gross_mass_mg

    def do(self, name: str, facts: Facts, other: str = "") -> bool:
        self.now += 1
        declared = {
            one.key: [Declared(house_no=one.house_no, direction="import", state="released")]
            for one in self.held[name].houses
            if one.key in self.released
        }
        around = given(Role.OFFICER, self.now, other=self.held.get(other), declared=declared)
        try:
            done = act(self.held[name], facts, around)
        except ActNotAllowed:
            return False
        self.held[name] = done.transport
        if done.other is not None:
            self.held[done.other.id] = done.other
        return True

    @precondition(lambda self: self.held)
    @rule(data=st.data(), event=st.sampled_from(["load", "arrive", "depart"]))
    def go(self, data: Any, event: str) -> None:
        facts: dict[str, Facts] = {
            "load": Load(masters=()),
            "arrive": Arrive(place="Nur Zholy"),
            "depart": Depart(),
        }
        self.do(data.draw(st.sampled_from(sorted(self.held))), facts[event])

    def portion(self, data: Any, name: str) -> Portion | None:
        choices = [portion_of(one, each) for one in self.held[name].masters for each in one.houses]
        if not choices:
            return None
        whole: Portion = data.draw(st.sampled_from(choices))
        if data.draw(st.booleans()):
            return whole
        return Portion(
            waybill=whole.waybill,
            consignment_no=whole.consignment_no,
            house_no=whole.house_no,
            stored_at=whole.stored_at,
            packages=data.draw(FEW),
            gross_mass_mg=data.draw(FEW),
        )

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def hand_over(self, data: Any) -> None:
        name, other = (data.draw(st.sampled_from(sorted(self.held))) for _ in range(2))
        portion = self.portion(data, name)
        facts = Transload(to=other, portions=() if portion is None else (portion,))
        self.do(name, facts, other)

    @precondition(lambda self: self.held)
    @rule(data=st.data(), store=st.sampled_from(["SVX-1", "SVX-2"]))
    def put_down(self, data: Any, store: str) -> None:
        name = data.draw(st.sampled_from(sorted(self.held)))
        portion = self.portion(data, name)
        self.do(name, Unload(store=store, portions=() if portion is None else (portion,)))

    @precondition(lambda self: self.loaded)
    @rule(data=st.data())
    def release(self, data: Any) -> None:
        self.released.add(data.draw(st.sampled_from(sorted(self.loaded))))

    @precondition(lambda self: self.held)
    @rule(data=st.data(), store=st.sampled_from(["", "SVX-1"]))
    def split(self, data: Any, store: str) -> None:
        self.do(data.draw(st.sampled_from(sorted(self.held))), Split(store=store))

    @precondition(lambda self: self.held)
    @rule(data=st.data(), packages=SOME, mass=SOME)
    def count(self, data: Any, packages: int, mass: int) -> None:
        name = data.draw(st.sampled_from(sorted(self.held)))
        portion = self.portion(data, name)
        if portion is None:
            return
        place = (portion.waybill, portion.key, portion.stored_at)
        before = next(
            each
            for one in self.held[name].masters
            for each in one.houses
            if (one.waybill, each.key, each.stored_at) == place
        )
        counted = Counted(
            waybill=portion.waybill,
            consignment_no=portion.consignment_no,
            house_no=portion.house_no,
            stored_at=portion.stored_at,
            packages=packages,
            gross_mass_mg=mass,
        )
        if self.do(name, Count(counted=(counted,))):
            self.missing[before.key, "packages"] += before.here_packages - packages
            off = before.here_mass_mg - mass
            if abs(off) * 10**6 > 10_000 * mass:
                self.missing[before.key, "mass"] += off

    @invariant()
    def nothing_is_gained_or_lost(self) -> None:
        packages: Counter[HouseKey] = Counter()
        mass: Counter[HouseKey] = Counter()
        missing: Counter[tuple[HouseKey, str]] = Counter()
        for one in self.held.values():
            assert one.phase is not Phase.WITHDRAWN
            for each in one.houses:
                packages[each.key] += each.packages
                mass[each.key] += each.gross_mass_mg
                missing[each.key, "packages"] += each.missing_packages
                missing[each.key, "mass"] += each.missing_mass_mg
                assert each.here_packages >= 0
                assert each.here_mass_mg >= 0
        for key in self.loaded:
            assert packages[key] == self.loaded[key]
            assert mass[key] == self.mass[key]
            assert missing[key, "packages"] == self.missing[key, "packages"]
            assert missing[key, "mass"] == self.missing[key, "mass"]
        assert set(packages) == set(self.loaded)

    @invariant()
    def acts_add_up_to_what_is_missing(self) -> None:
        drawn: Counter[HouseKey] = Counter()
        for one in self.held.values():
            for act_ in one.discrepancies:
                sign = 1 if act_.kind == "shortage" else -1
                drawn[act_.consignment_no, act_.house_no] += sign * act_.packages
        for key in self.loaded:
            assert drawn[key] == self.missing[key, "packages"]

    @invariant()
    def every_lot_goes_or_stays(self) -> None:
        for one in self.held.values():
            leaving = may_leave(one, {})
            assert len(leaving.goes) + len(leaving.stays) == len(one.houses)
            assert not leaving.goes, "nothing was declared"

    @invariant()
    def custody_is_a_chain(self) -> None:
        for one in self.held.values():
            for each in one.houses:
                assert all(leg.transport in self.held for leg in each.legs)


TestCustody = Custody.TestCase
TestCustody.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
