"""Acts on a declaration: by whom, and which of them an officer decides."""

from __future__ import annotations

from typing import Any

import pytest

from silkport.courses.transport_given import By
from silkport.kernel.party_errors import NoPower
from silkport.kernel.release_errors import GoodsGone
from silkport.model.parties import Deed, Power
from silkport.model.states import Actor, State
from silkport.model.transport import Role, Transit
from silkport.model.transport_acts import Arrive, Depart, Exit, Facts
from silkport.node.corridor import transports
from silkport.node.corridor.parties import give_power
from silkport.node.workflow.cases import Case
from tests.courses.transports import house, master, truck
from tests.node.released import TODAY, Gate
from tests.node.worlds import DAY

PERMIT = "permit P01 KZ-1"
OTHER: dict[str, Any] = {
    "hs_code": "7318150000",
    "goods_name": "screws",
    "documents": "",
    "unit": "H87",
    "qty_e5": 1_000_000,
    "origin": "DE",
}


def correct(gate: Gate, number: int = 1, day: int = TODAY, **more: Any) -> Case:
    about = {"act": "correction", "act_day": day, "reason": "so", "change_flags": "00000100"}
    return gate.file(number, early=False, **about, **more)


def released(gate: Gate) -> Case:
    gate.permit(kg=10)
    gate.pay(10**6)
    case = gate.file(early=False)
    assert (case.state, gate.parts(PERMIT)) == (State.RELEASED, (0, 0, 10_000_000))
    return case


@pytest.mark.parametrize(
    ("goods", "code"), [(OTHER, "ACT001"), ({"net_mass_mg": 9_999_999}, "ACT002")]
)
def test_a_permit_is_given_back_by_an_officer_alone(goods: dict[str, Any], code: str) -> None:
    gate = Gate(("presentation", "permits", "payment"))
    case = released(gate)
    held = correct(gate, goods=goods)
    assert (held.state, bool(held.held)) == (State.RELEASED, True)
    assert gate.parts(PERMIT) == (0, 0, 10_000_000)
    last = gate.node.state.read(lambda tx: tx.rows("events", case.id))[-1][1]
    assert code.encode() in last
    second = gate.file(2, early=False)
    assert (second.state, gate.stands(second)) == (State.DOCUMENTS_REQUESTED, ["BAL007"])
    taken = gate.act(case, "accept_act")
    assert taken.state is State.CORRECTED
    assert gate.parts(PERMIT)[2] < 10_000_000


def test_a_held_act_may_be_refused_and_gives_nothing_back() -> None:
    gate = Gate(("presentation", "permits", "payment"))
    case = released(gate)
    correct(gate, goods=OTHER)
    assert gate.act(case, "refuse_act").state is State.RELEASED
    assert gate.case(case).document["goods"][0]["hs_code"] == "0808108000"
    assert gate.parts(PERMIT) == (0, 0, 10_000_000)


def test_a_correction_that_gives_nothing_back_is_taken_at_once() -> None:
    gate = Gate(("presentation", "permits", "payment"))
    released(gate)
    done = correct(gate, pack_count=11)
    assert (done.state, dict(done.held)) == (State.CORRECTED, {})


# By whom.


def power(gate: Gate, *deeds: Deed, stop: int = TODAY + 100) -> None:
    given = Power(
        number=f"PA-{len(deeds)}-{stop}",
        principal="C1",
        representative="D1",
        deeds=deeds,
        start=TODAY - 100,
        stop=stop,
    )
    give_power(gate.node, given, who="C1")


def test_a_representative_corrects_by_a_power_for_it_alone() -> None:
    gate = Gate(("presentation", "power"))
    power(gate, Deed.DECLARE)
    assert gate.file(early=False).state is State.RELEASED
    with pytest.raises(NoPower, match="only to declare"):
        correct(gate)
    power(gate, Deed.CORRECT, Deed.DECLARE)
    assert correct(gate).state is State.CORRECTED


def test_a_lapsed_power_acts_by_no_day_that_is_stated() -> None:
    gate = Gate(("presentation", "power"))
    power(gate, Deed.CORRECT, Deed.DECLARE, stop=TODAY + 1)
    gate.file(early=False)
    gate.world.clock.at += DAY
    with pytest.raises(NoPower, match="lapsed"):
        correct(gate, day=TODAY)


def test_a_new_owner_is_asked_for_his_power_as_well() -> None:
    gate = Gate(("presentation", "power"))
    power(gate, Deed.CORRECT, Deed.DECLARE)
    gate.file(early=False)
    with pytest.raises(NoPower, match="C2"):
        correct(gate, consignee_code="C2")


def test_customs_and_the_principal_need_no_power() -> None:
    gate = Gate(("presentation", "power"))
    own = gate.file(2, declarant_code="C1", early=False)
    assert correct(gate, 2, declarant_code="C1").state is State.CORRECTED
    assert gate.act(own, "cancel").state is State.WITHDRAWN


def test_withdrawn_by_a_representative_with_power_alone() -> None:
    gate = Gate(("presentation", "power"))
    power(gate, Deed.DECLARE)
    case = gate.file()
    with pytest.raises(NoPower):
        gate.act(case, "withdraw", Actor.DECLARANT)
    with pytest.raises(NoPower):
        gate.file(act="withdrawal", act_day=TODAY, reason="so")
    assert gate.act(case, "withdraw").state is State.WITHDRAWN  # by an officer
    other = gate.file(2)
    power(gate, Deed.DECLARE, Deed.WITHDRAW)
    assert gate.act(other, "withdraw", Actor.DECLARANT).state is State.WITHDRAWN


# Cancelled.


def under_way(gate: Gate, case: Case, *acts: Facts, to: str = "ZZ") -> None:
    law = transports.law_of(gate.node)
    way = {"departure_country": "KZ", "destination_country": to}
    transit = Transit(declaration_no=case.number) if case.direction == "transit" else None
    aboard = master(
        "CMR 77", house("1", consignment_no=case.consignment_no), transit=transit, **way
    )
    transports.announce(gate.node, law, truck(aboard), By(Role.CARRIER, "x"))
    for one in acts:
        transports.act(gate.node, law, "T-1", one, By(Role.OFFICER, "Chen"))


def test_what_has_gone_is_not_cancelled_and_its_permit_stays_used() -> None:
    gate = Gate(("presentation", "permits", "payment"))
    case = released(gate)
    under_way(gate, case, Arrive(place="P"), Depart(place="P"))
    with pytest.raises(GoodsGone, match="T-1"):
        gate.act(case, "cancel")
    assert gate.parts(PERMIT) == (0, 0, 10_000_000)


def test_what_has_not_gone_is_cancelled() -> None:
    gate = Gate(("presentation", "permits", "payment"))
    case = released(gate)
    under_way(gate, case, Arrive(place="P"))
    assert gate.act(case, "cancel").state is State.WITHDRAWN
    assert gate.parts(PERMIT) == (10_000_000, 0, 0)


def a_transit(gate: Gate) -> Case:
    gate.open(kind="guarantee", number="G-1", unit="XTS", opened=10**9)
    about = {"destination_country": "KG", "procedure": "80", "incoterms": "", "contract_no": ""}
    return gate.file(early=False, guarantee_no="G-1", **about)


def test_a_cancelled_transit_leaves_no_guarantee_in_reserve() -> None:
    gate = Gate(("guarantee", "presentation"))
    case = a_transit(gate)
    if case.state is not State.RELEASED:
        case = gate.act(case, "release")
    assert gate.parts("guarantee G-1")[1] > 0
    assert gate.act(case, "cancel").state is State.WITHDRAWN
    assert gate.parts("guarantee G-1") == (10**9, 0, 0)


def test_a_transit_under_way_is_not_cancelled() -> None:
    gate = Gate(("guarantee", "presentation"))
    case = a_transit(gate)
    if case.state is not State.RELEASED:
        case = gate.act(case, "release")
    under_way(gate, case, Arrive(place="P"), Depart(place="P"), Exit(place="P"), to="KG")
    with pytest.raises(GoodsGone):
        gate.act(case, "cancel")
    assert gate.parts("guarantee G-1")[1] > 0
