"""What stands against release, and what follows of itself: tables, and a careful clerk."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from silkport.courses.grounds import (
    HOLDS,
    Known,
    bars,
    examined,
    flag_of,
    follows,
    goes_on,
    named,
    standing,
)
from silkport.courses.inspection import Owed
from silkport.kernel.findings import Effect, Finding
from silkport.kernel.periods import Period
from silkport.law.release import Demanded
from silkport.model.inspections import Method
from silkport.model.release import OFFICER, Demand, Hold
from silkport.model.states import State

ALWAYS = Period(date(2020, 1, 1), date.max)
DEMANDS = {
    kind: Demanded(
        kind=kind,
        directions=frozenset({"import"}),
        payers=("declarant_code",) if kind is Demand.PAYMENT else (),
        waived=kind is Demand.PERMITS,
        period=ALWAYS,
        source=f"art. on {kind}",
    )
    for kind in Demand
}
UNPAID = Finding("BAL001", "c", 0, Effect.WAIT, {"who": "declarant", "missing": "1"})
NO_PERMIT = Finding("BAL003", "c", 2, Effect.HOLD, {"who": "issuer", "permit": "V01 1"})


def owed(kind: Method, **more: object) -> Owed:
    values: dict[str, object] = {"because": "so", "source": "art. 7", "confidence": "cited"}
    return Owed(kind=kind, **values | more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("known", "codes"),
    [
        (Known(), []),
        (Known(presented=False), ["HLD001"]),
        (Known(away=["T-1"]), ["HLD013"]),
        (Known(presented=False, away=["T-1"]), ["HLD001", "HLD013"]),
        (Known(payments=[UNPAID]), ["BAL001"]),
        (Known(permits=[NO_PERMIT]), ["BAL003"]),
        (Known(no_power="it lapsed"), ["HLD004"]),
        (Known(owed=[owed(Method.PLANT)]), ["HLD002"]),
        (Known(owed=[owed(Method.PLANT)], inspected=["plant"]), []),
        (Known(owed=[owed(Method.PLANT, replaced_by="P")]), []),
        (Known(owed=[owed(Method.PLANT, replaced_by="P", re_check=True)]), ["HLD003"]),
        (
            Known(owed=[owed(Method.PLANT, replaced_by="P", re_check=True)], inspected=["plant"]),
            ["HLD003"],
        ),
        (Known(owed=[owed(Method.DOCUMENTS)], inspected=["documents"]), ["HLD010"]),
        (Known(decides="the rules ask for it"), ["HLD005"]),
        (Known(not_early=("weapons", "art. 9", "cited")), ["HLD006"]),
        (Known(twice=["A", "B"]), ["HLD007"]),
        (Known(too_much=["A"]), ["HLD011"]),
        (Known(unlike="2 kg declared"), ["HLD012"]),
        (Known(flags=[flag_of("kz", 3, {"act": "amended"}, 0)]), ["HLD008"]),
        (Known(flags=[flag_of("kz", 3, {"act": "cancelled"}, 0)]), ["HLD009"]),
    ],
)
def test_each_ground_and_who_must_act(known: Known, codes: list[str]) -> None:
    found = standing(known, DEMANDS)
    assert [one.code for one in found] == codes
    for one in found:
        assert one.who == (HOLDS[one.code][1] if one.code in HOLDS else one.who)
        assert (one.demand == OFFICER) or one.source.startswith("art. on")


@given(st.sets(st.sampled_from(list(Demand))), st.booleans())
def test_only_what_is_demanded_holds(kinds: set[Demand], waits: bool) -> None:
    known = Known(
        presented=False,
        payments=[UNPAID],
        permits=[NO_PERMIT],
        guarantee=[NO_PERMIT],
        owed=[owed(Method.OPENING)],
        no_power="none",
        decides="so" if waits else "",
    )
    found = standing(known, {kind: DEMANDS[kind] for kind in kinds})
    assert {one.demand for one in found} == {kind.value for kind in kinds} | (
        {OFFICER} if waits else set()
    )
    demanded = {kind.value for kind in kinds}
    assert {one.demand for one in bars(found, "release")} == demanded
    assert {one.demand for one in bars(found, "release_conditionally")} == demanded - {"permits"}
    assert (follows(found, "green") == "release") is (not kinds and not waits)


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize(
    "asks", [(), ("payment",), ("inspection",), ("presentation", "inspection")]
)
def test_what_goes_on_never_lets_go_what_is_held(state: State, asks: tuple[str, ...]) -> None:
    holds = [Hold(code="HLD001", demand=one, who="officer") for one in asks]
    event = goes_on(holds, state, [], ordered=True)
    waits = state in {State.REGISTERED, State.DOCUMENTS_REQUESTED, State.INSPECTED}
    assert (event == "release") is (waits and not holds)
    orders = state in {State.REGISTERED, State.DOCUMENTS_REQUESTED} and asks == ("inspection",)
    assert (event == "order_inspection") is orders


@pytest.mark.parametrize(
    ("ordered", "replaced", "asks", "event"),
    [
        (True, "P", (), "recognise"),
        (False, "P", (), ""),
        (True, "", (), ""),
        (True, "P", ("inspection",), ""),
        (True, "P", ("payment",), "recognise"),
    ],
)
def test_a_result_replaces_only_what_the_node_ordered(
    ordered: bool, replaced: str, asks: tuple[str, ...], event: str
) -> None:
    holds = [Hold(code="HLD001", demand=one, who="officer") for one in asks]
    some = [owed(Method.PLANT, replaced_by=replaced)]
    assert goes_on(holds, State.INSPECTION_ORDERED, some, ordered=ordered) == event


def test_what_was_examined_and_what_everybody_may_read() -> None:
    some = [owed(Method.DOCUMENTS), owed(Method.PLANT)]
    assert examined(some) == ("opening", "plant", "x_ray")
    holds = standing(Known(owed=some, payments=[UNPAID]), DEMANDS)
    assert named(holds) == "BAL001, HLD010"
