"""The course of a transport: lawful, at the limit, unlawful, told twice and out of order."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from silkport.courses.transport import act, possible
from silkport.courses.transport_given import By, Given
from silkport.courses.transport_leaving import may_leave
from silkport.kernel.transport_errors import ActNotAllowed
from silkport.model.transport import Declared, Phase, Role, Seal
from silkport.model.transport_acts import (
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
from silkport.model.transport_rules import FLAGS, RULES
from tests.courses.transports import (
    AT,
    BOX,
    CN,
    KG,
    LAW,
    OTHER_BOX,
    WAGON,
    acted,
    announced,
    at_post,
    done,
    empty_run,
    groupage,
    house,
    master,
    part,
    refused,
    released,
    rules,
    sealed,
    train,
    truck,
)

ALL = released("1", "2", "3")


def test_a_truck_from_the_farm_to_the_warehouse() -> None:
    now = announced(groupage())
    assert now.phase is Phase.ANNOUNCED
    now = done(now, Load(masters=()), Role.CARRIER)
    now = done(now, SealUp(seals=sealed("S-1")))
    now = done(now, Depart(happened_at=AT - 5), Role.CARRIER)
    exports = released("1", "2", "3", direction="export")
    now = done(now, Exit(happened_at=AT - 4, place="Khorgos"), declared=exports, law=CN)
    now = done(now, Arrive(happened_at=AT - 3, place="Nur Zholy", seals_found=("S-1",)))
    now = done(now, Present(happened_at=AT - 2))
    now = done(now, Unload(store="SVX-7"), Role.KEEPER)
    assert [one.stored_at for one in now.houses] == ["SVX-7"] * 3
    refused("TRN106", now, Close())
    refused("TRN106", now, Close(), declared=released("1", "2"))
    refused("TRN106", now, Close(), declared=ALL | released("2", direction="transit"))
    now = done(now, Close(), declared=ALL)
    assert (now.phase, rules(now)) == (Phase.CLOSED, [])
    assert [one.event for one in now.track] == ["depart", "exit", "arrive", "present"]


def test_an_empty_run_needs_no_declaration_and_carries_nothing() -> None:
    now = announced(empty_run())
    refused("TRN101", now, Load(masters=(master("CMR-9", house("1")),)), Role.CARRIER)
    with pytest.raises(ActNotAllowed, match="TRN101"):
        announced(empty_run(masters=(master("CMR-9", house("1")),)))
    now = done(now, Depart(), Role.CARRIER)
    now = done(now, Exit())
    now = done(now, Arrive(place="Nur Zholy"))
    assert may_leave(now, {}).is_free
    assert done(done(now, Depart()), Arrive()).phase is Phase.ARRIVED
    heavy = done(now, Weigh(weighed_mass_mg=9_000 * KG, tare_mg=8_000 * KG))
    assert rules(heavy) == [("TRN007", "")]
    refused("TRN102", heavy, Depart())


@pytest.mark.parametrize(
    ("states", "goes", "stays"),
    [
        ({}, [], [("1", "not_declared"), ("2", "not_declared"), ("3", "not_declared")]),
        (ALL, ["1", "2", "3"], []),
        (released("1", "3"), ["1", "3"], [("2", "not_declared")]),
        (
            ALL | released("2", state="inspection_ordered"),
            ["1", "3"],
            [("2", "inspection_ordered")],
        ),
        (ALL | released("2", state="conditionally_released"), ["1", "2", "3"], []),
        (ALL | released("2", state="corrected"), ["1", "2", "3"], []),
        (ALL | released("2", state="withdrawn"), ["1", "3"], [("2", "not_declared")]),
        (ALL | released("2", state="refused"), ["1", "3"], [("2", "refused")]),
        (ALL | released("2", state="no such state"), ["1", "3"], [("2", "no such state")]),
    ],
)
def test_one_held_house_does_not_hold_the_rest(states: Any, goes: Any, stays: Any) -> None:
    leaving = may_leave(at_post(), states)
    assert [one.key[1] for one in leaving.goes] == goes
    assert [(one.lot.key[1], one.reason) for one in leaving.stays] == stays
    assert leaving.is_free is not bool(stays)


def test_a_house_that_is_no_house_needs_all_that_was_declared_of_it() -> None:
    now = at_post(truck(master("CMR-1", packages=5, gross_mass_mg=KG)))
    key = ("CMR-1", "")
    part = [Declared(house_no=n, direction="import", state="released") for n in ("1", "2")]
    assert may_leave(now, {key: part}).is_free
    held = [*part, Declared(house_no="3", direction="import", state="filed")]
    assert [one.reason for one in may_leave(now, {key: held}).stays] == ["filed"]
    whole = [*held, Declared(house_no="", direction="import", state="released")]
    assert [one.reason for one in may_leave(now, {key: whole}).stays] == ["filed"]


def test_split_release_sends_the_released_on_and_keeps_the_rest() -> None:
    now = at_post(groupage(seals=sealed("S-1")))
    free = released("1", "3")
    assert "KHG-1/2" in refused("TRN102", now, Depart(), declared=free)
    refused("TRN108", now, Split(), declared=free)
    refused("TRN105", now, Split(store="SVX-7"))
    refused("TRN105", now, Split(store="SVX-7"), declared=ALL)
    refused("TRN102", now, Split(store="SVX-7", houses=(("KHG-1", "2"),)), declared=free)
    both = acted(now, Split(store="SVX-7", place="Nur Zholy"), declared=free)
    stays, goes = both.transport, both.other
    assert goes is not None
    assert (goes.id, goes.parent, stays.lots) == ("T-1/1", "T-1", 1)
    assert [one.house_no for one in goes.aboard] == ["1", "3"]
    assert [(one.house_no, one.stored_at) for one in stays.houses] == [("2", "SVX-7")]
    assert (goes.vehicle, stays.vehicle) == ("777 ABC 02 12 AB 05", "")
    leg = goes.aboard[0].legs[0]
    assert (leg.transport, leg.vehicle, leg.place) == ("T-1", "777 ABC 02 12 AB 05", "Nur Zholy")
    assert [one.divided for one in (*stays.masters, *goes.masters)] == [True, True, False]
    gone = done(goes, Depart(), declared=free)
    assert gone.phase is Phase.DEPARTED


def test_a_held_wagon_is_uncoupled() -> None:
    now = at_post(train())
    free = {("SM-1", ""): [Declared(house_no="", direction="transit", state="released")]}
    both = acted(now, Split(), declared=free)
    assert both.other is not None
    assert [one.number for one in both.other.units] == [WAGON, BOX]
    assert [one.number for one in both.transport.units] == [OTHER_BOX]
    assert [one.waybill for one in both.transport.masters] == ["SM-2"]
    assert both.other.train == "X8027"


def test_a_transit_train_passes_through() -> None:
    now = announced(train())
    assert rules(now) == []
    assert [one.name for one in now.houses] == ["SM-1", "SM-2"]
    free = {
        (f"SM-{n}", ""): [Declared(house_no="", direction="transit", state="released")]
        for n in (1, 2)
    }
    now = done(now, Arrive(happened_at=AT - 9, place="Altynkol"))
    now = done(now, Depart(happened_at=AT - 8), declared=free)
    now = done(now, Exit(happened_at=AT - 7, place="Iletsk"), declared=free)
    assert all(one.transit and one.transit.ended_at == AT - 7 for one in now.masters)
    assert done(now, Close()).phase is Phase.CLOSED


def test_a_transit_that_ended_frees_nothing_any_more() -> None:
    now = at_post(train())
    free = {("SM-1", ""): [Declared(house_no="", direction="transit", state="released")]}
    assert [one.waybill for one in may_leave(now, free).goes] == ["SM-1"]
    now = done(now, EndTransit(waybill="SM-1"))
    assert [one.reason for one in may_leave(now, free).stays] == ["not_declared"] * 2
    refused("TRN104", now, EndTransit(waybill="SM-1"))


def test_transloading_keeps_the_chain_of_custody() -> None:
    now = at_post(train())
    onward = announced(truck(name="T-2"))
    facts = Transload(to="T-2", place="Altynkol", units=(BOX,), portions=(part("SM-1", "SM-1"),))
    both = acted(now, facts, Role.KEEPER, other=onward)
    assert both.other is not None
    assert both.other.phase is Phase.LOADED
    assert [one.number for one in both.other.units] == [BOX]
    assert both.other.masters[0].units == (BOX,)
    assert [one.transport for one in both.other.houses[0].legs] == ["X8027"]
    assert [one.waybill for one in both.transport.masters] == ["SM-2"]
    refused("TRN112", now, Transload(to="T-3"), Role.KEEPER, other=onward)
    refused("TRN112", now, Transload(to="E-1"), Role.KEEPER, other=announced(empty_run()))
    refused("TRN104", now, Transload(to="T-2", units=("X",)), Role.KEEPER, other=onward)
    refused("TRN112", now, Transload(to="X8027"), Role.KEEPER, other=now)


def test_part_shipments_state_the_whole() -> None:
    now = at_post()
    other = announced(truck(name="T-2"))
    some = part("CMR-1", "KHG-1", "1", packages=4, gross_mass_mg=40 * KG)
    both = acted(now, Transload(to="T-2", portions=(some,)), Role.CARRIER, other=other)
    assert both.other is not None
    halves = [both.transport.houses[0], both.other.houses[0]]
    assert [(one.packages, one.gross_mass_mg // KG) for one in halves] == [(6, 60), (4, 40)]
    assert {(one.whole_packages, one.whole_mass_mg // KG) for one in halves} == {(10, 100)}


@pytest.mark.parametrize(
    ("rule", "wanted"),
    [
        ("TRN103", {"packages": 11, "gross_mass_mg": 1}),
        ("TRN103", {"packages": 1, "gross_mass_mg": 101 * KG}),
        ("TRN110", {"packages": 1}),
        ("TRN110", {"gross_mass_mg": 1}),
        ("TRN110", {"packages": 0, "gross_mass_mg": 0}),
        ("TRN110", {"packages": 10, "gross_mass_mg": 1}),
        ("TRN110", {"packages": -5, "gross_mass_mg": 1}),
        ("TRN104", {"stored_at": "SVX-1"}),
    ],
)
def test_portions_that_cannot_be(rule: str, wanted: Any) -> None:
    portion = part("CMR-1", "KHG-1", "1", **wanted)
    refused(rule, at_post(), Unload(store="SVX-7", portions=(portion,)), Role.KEEPER)


def test_changes_say_old_and_new_who_and_why() -> None:
    now = at_post(train(seals=(Seal(number="S-1", unit=BOX),)))
    refused("TRN110", now, ChangeTractor(train="X1"), Role.CARRIER, reason="")
    refused("TRN110", now, ChangeTractor(), Role.CARRIER)
    refused("TRN104", now, ChangeSeal(old="S-9", new="S-2"))
    refused("TRN104", now, ChangeWagon(old="X", new="Y"), Role.CARRIER)
    refused("TRN110", now, ChangeWagon(old=BOX, new=WAGON), Role.CARRIER)
    now = done(now, ChangeTractor(train="X1", driver="person:1"), Role.CARRIER, reason="relief")
    now = done(now, ChangeSeal(old="S-1", new="S-2"), reason="opened")
    now = done(now, ChangeWagon(old=WAGON, new="52895068"), Role.CARRIER, reason="hot box")
    assert [(one.what, one.old, one.new, one.reason) for one in now.changes] == [
        ("driver", "", "person:1", "relief"),
        ("train", "X8027", "X1", "relief"),
        ("seal", "S-1", "S-2", "opened"),
        ("wagon", WAGON, "52895068", "hot box"),
    ]
    assert next(one.on for one in now.units if one.number == BOX) == "52895068"
    assert rules(now) == [("TRN001", "52895068")]
    now = done(now, ChangeWagon(old="52895068", new=WAGON), Role.CARRIER, reason="misread")
    assert rules(now) == []


def test_announcing_again() -> None:
    one = announced(groupage())
    assert announced(groupage(), one) == one
    changed = announced(groupage(tractor="001 AAA 02"), one)
    assert changed.tractor == "001 AAA 02"
    loaded = done(one, Load(masters=()), Role.CARRIER)
    assert announced(groupage(), loaded) == loaded
    with pytest.raises(ActNotAllowed, match="TRN111"):
        announced(groupage(tractor="001 AAA 02"), loaded)


def test_who_may_and_when() -> None:
    now = announced(groupage())
    refused("TRN107", now, Exit(), Role.CARRIER)
    refused("TRN107", now, Settle(rule="TRN001"), Role.DECLARANT)
    refused("TRN111", now, Present())
    refused("TRN109", now, Arrive(happened_at=AT + 1))
    refused("TRN113", now, Depart(), Role.CARRIER)
    refused("TRN113", announced(truck()), Load(masters=()), Role.CARRIER)
    refused("TRN110", now, Withdraw(), Role.CARRIER, reason="")
    gone = done(now, Withdraw(), Role.CARRIER)
    assert possible(gone) == ["settle"]
    refused("TRN111", gone, Arrive(happened_at=AT - 1))
    refused("TRN106", at_post(), Close())
    refused("TRN110", at_post(), Unload(store=""), Role.KEEPER)
    refused("TRN104", now, SealUp(seals=(Seal(number="S", unit="X"),)))
    refused("TRN110", now, SealUp(seals=(Seal(number=""),)))


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("event", STEPS)
def test_every_act_in_every_phase_is_done_or_refused(event: str, phase: Phase) -> None:
    """Nothing but a refusal with its rule ever comes out."""
    now = announced(groupage(seals=sealed("S-1")))
    now = replace(now, phase=phase)
    facts = SAMPLES[event]
    given = Given(By(min(STEPS[event].by), "Chen", "why"), AT, LAW, ALL)
    rule, after = "", now
    try:
        after = act(now, facts, given).transport
    except ActNotAllowed as error:
        rule = str(error.facts["rule"])
    assert rule in {"", *RULES} - {"TRN107"}
    assert rule or phase in STEPS[event].since
    assert sum(one.packages for one in after.houses) <= 19


SAMPLES: dict[str, Facts] = {
    "load": Load(masters=()),
    "seal": SealUp(seals=sealed("S-2")),
    "depart": Depart(),
    "exit": Exit(),
    "arrive": Arrive(),
    "present": Present(),
    "weigh": Weigh(weighed_mass_mg=200 * KG, tare_mg=10 * KG),
    "unload": Unload(store="SVX-7"),
    "transload": Transload(to="T-2"),
    "change_tractor": ChangeTractor(tractor="X"),
    "change_wagon": ChangeWagon(old="X", new="Y"),
    "change_seal": ChangeSeal(old="S-1"),
    "incident": Incident(what="rain"),
    "split": Split(houses=(("KHG-1", "1"),), store="SVX-7"),
    "count": Count(counted=()),
    "end_transit": EndTransit(waybill="CMR-1"),
    "settle": Settle(rule="TRN001"),
    "close": Close(),
    "withdraw": Withdraw(),
}


def test_every_rule_is_whole() -> None:
    assert set(SAMPLES) == set(STEPS)
    for rule in RULES.values():
        assert rule.meaning
        assert rule.source
        assert rule.fix
        assert rule.holds or rule.code in FLAGS
