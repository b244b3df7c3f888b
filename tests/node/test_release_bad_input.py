"""What does not go together across a border: held or flagged with who must act, never lost."""

from __future__ import annotations

from typing import Any

import pytest

from silkport.kernel.exchange_errors import StepNotAllowed
from silkport.model.balances import Transit
from silkport.model.states import RELEASED_STATES, Actor, State
from silkport.node.corridor.guarantees import reserve_for_transit
from silkport.node.corridor.reserving import Security
from silkport.node.transparency.audit import audit
from silkport.node.workflow.awaiting import flagged
from silkport.node.workflow.cases import Case
from tests.node.lively import PERSON
from tests.node.released import TODAY, Gate
from tests.node.worlds import BEGIN, DAY

OWED = 15_815


def said(case: Case, act: str = "amended", **more: object) -> dict[str, Any]:
    """What Kazakhstan says of the export of a house."""
    about = {"consignment_no": case.consignment_no, "house_no": case.house_no}
    return {**about, "declaration_no": "KZ/1", "act": act, "amended_at": BEGIN, **more}


def tell(gate: Gate, kind: str, body: dict[str, Any]) -> None:
    gate.world.tell("kz", "zz", kind, body)
    gate.world.settle()
    gate.go_on()


def flags(gate: Gate, case: Case) -> list[tuple[str, str]]:
    found = gate.awaiting(case)
    return [(one.code, one.who) for one in found.flags] if found else []


def test_an_export_amended_before_release_holds_until_it_is_declared_anew() -> None:
    gate = Gate(("presentation",))
    case = gate.file()
    tell(gate, "export_amended", said(case))
    assert gate.stands(case) == ["HLD001", "HLD008"]
    assert gate.act(case, "present").state is State.DOCUMENTS_REQUESTED
    again = gate.file(early=False)
    assert (again.state, flags(gate, case)) == (State.RELEASED, [])


def test_an_export_amended_after_release_is_flagged_until_an_officer_has_dealt_with_it() -> None:
    gate = Gate(("presentation",))
    case = gate.file(early=False)
    assert case.state is State.RELEASED
    tell(gate, "export_amended", said(case))
    tell(gate, "export_amended", said(case, amended_at=BEGIN + 1))
    assert flags(gate, case) == [("HLD008", "declarant")] * 2
    read = gate.node.state.read
    assert read(flagged) == [case.id]
    assert gate.case(case).state is State.RELEASED
    gate.act(case, "clear_flags")
    assert read(flagged) == []
    with pytest.raises(StepNotAllowed, match="without a flag"):
        gate.act(case, "clear_flags")
    assert list(audit(gate.node, lambda *_: None).faults) == []


def test_without_a_law_on_release_it_is_flagged_all_the_same() -> None:
    gate = Gate(())
    office, gate.office = gate.office, gate.world["zz"].office
    case = gate.file(early=False)
    tell(gate, "export_amended", said(case))
    assert flags(gate, case) == [("HLD008", "declarant")]
    assert office.demands is not None


def test_a_cancelled_export_whose_truck_has_left_waits_for_an_officer() -> None:
    gate = Gate(("presentation",))
    case = gate.file()
    tell(gate, "export_amended", said(case, "cancelled"))
    assert gate.stands(case) == ["HLD001", "HLD009"]
    assert gate.act(case, "present").state is State.DOCUMENTS_REQUESTED
    assert gate.act(case, "release").state is State.RELEASED
    assert flags(gate, case) == []  # who let it go has seen it


def test_a_house_whose_export_was_cancelled_before_it_is_declared_is_held() -> None:
    gate = Gate(("presentation",))
    first = gate.file()
    tell(gate, "export_amended", said(first, "cancelled"))
    second = gate.file(2, early=False, consignment_no=first.consignment_no)
    assert gate.stands(second) == ["HLD011", "HLD009"]


def test_a_house_under_two_waybills_holds_both_until_one_is_withdrawn() -> None:
    gate = Gate(("presentation",))
    first = gate.file(1)
    other = {"consignment_no": first.consignment_no, "transport_document": "CMR 78"}
    second = gate.file(2, early=False, **other)
    assert (second.state, gate.stands(second)) == (State.DOCUMENTS_REQUESTED, ["HLD007"])
    gate.act(first, "present")
    assert gate.stands(first) == ["HLD007"]
    gate.act(second, "withdraw", Actor.DECLARANT)
    assert gate.go_on() == [first.number]


def test_a_certificate_used_twice_lets_one_go_and_holds_the_other() -> None:
    gate = Gate(("permits",))
    gate.permit(kg=15)
    first, second = gate.file(1, early=False), gate.file(2, early=False)
    assert first.state is State.RELEASED
    assert gate.stands(second) == ["BAL007"]
    found = gate.awaiting(second)
    assert found is not None
    assert found.holds[0].facts["others"] == first.id
    gate.file(2, early=False, goods={"net_mass_mg": 5_000_000})
    assert gate.case(second).state is State.RELEASED
    assert gate.parts("permit P01 KZ-1") == (0, 0, 15_000_000)


def test_a_lapsed_power_holds_and_a_new_one_lets_go() -> None:
    gate = Gate(("power",))
    gate.power("PA-0", stop=TODAY)
    case = gate.file(early=False)
    found = gate.awaiting(case)
    assert found is not None
    assert (found.holds[0].code, found.holds[0].who) == ("HLD004", "declarant")
    assert "lapsed" in found.holds[0].facts["reason"]
    gate.power("PA-1")
    assert gate.go_on() == [case.number]


def test_a_person_may_own_the_goods_and_stays_unnamed() -> None:
    gate = Gate(("power", "payment"))
    case = gate.file(early=False, consignee_code=PERSON, consignee_name="Aigerim")
    assert gate.stands(case) == ["HLD004"]
    assert PERSON not in str(gate.facts(case))
    gate.pay(OWED, payer=PERSON)
    assert gate.go_on() == []
    assert gate.stands(case) == ["HLD004"]


def test_what_cannot_be_looked_at_is_noted_and_others_go_on() -> None:
    gate = Gate(("payment",))
    cases = [gate.file(number, early=False) for number in (1, 2)]
    damaged = "update dossier set state = x'7b7d' where kind = 'drawing' and id = ?"
    gate.world["zz"].connection.execute(damaged, (cases[0].id,))
    gate.open(kind="money", number="M-1", unit="XTS", opened=2 * OWED, holder="C1")
    assert gate.go_on() == [cases[1].number]
    assert gate.world.codes("zz") == ["SP-4101"]
    assert gate.go_on() == []


def test_the_neighbours_arrival_frees_the_guarantee_of_a_transit() -> None:
    gate = Gate(())
    gate.open(kind="guarantee", number="G-1", unit="XTS", opened=500)
    transit = Transit(
        case="c", consignment_no="ZZ-9", house_no="1", towards="kz", until=BEGIN + 30 * DAY
    )
    security = Security("G-1", 500, "XTS", holders=["D1"], day=TODAY)
    gate.node.state.write(lambda tx: reserve_for_transit(tx, gate.node, "c", security, transit))
    assert gate.parts("guarantee G-1") == (0, 500, 0)
    body = {"consignment_no": "ZZ-9", "house_no": "1", "post": "KHG", "arrived_at": BEGIN}
    tell(gate, "arrival_notice", body)
    assert gate.parts("guarantee G-1") == (500, 0, 0)


def test_an_adverse_result_opens_what_was_green() -> None:
    gate = Gate(("presentation", "inspection"))
    case = gate.file(gate.number_drawn(drawn=False))
    gate.passport(case, finding="differs")
    gate.go_on()
    assert gate.stands(case).count("HLD002") == 2
    assert gate.act(case, "present").state is State.INSPECTION_ORDERED
    assert gate.case(case).state not in RELEASED_STATES
