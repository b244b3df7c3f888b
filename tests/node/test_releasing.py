"""Release: decided early, in effect on presentation, never before what is demanded is there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from silkport.kernel.exchange_errors import StepNotAllowed
from silkport.kernel.release_errors import ReleaseBarred
from silkport.model.states import Actor, State
from silkport.node.corridor.inspections import override
from silkport.node.corridor.parties import revoke_power
from silkport.node.transparency.audit import audit
from silkport.node.workflow.acting import pass_time
from silkport.node.workflow.cases import Case
from tests.node.released import TODAY, Gate

OWED = 15_815


@pytest.fixture
def gate() -> Gate:
    return Gate()


def ready(gate: Gate, number: int = 0, **more: object) -> Case:
    """Everything is there but the goods."""
    number = number or gate.number_drawn(drawn=False)
    gate.permit()
    gate.power()
    gate.pay(10 * OWED)
    case = gate.file(number, **more)
    gate.passport(case)
    gate.go_on()
    return gate.case(case)


def test_decided_while_it_loads_and_released_when_it_is_presented(gate: Gate) -> None:
    case = ready(gate)
    assert (case.state, gate.stands(case)) == (State.REGISTERED, ["HLD001"])
    awaiting = gate.awaiting(case)
    assert awaiting is not None
    assert (awaiting.prepared, awaiting.lane) == ("released", "green")
    assert case.decision["decision"]["outcome"] == "held"
    assert gate.parts("money C1-XTS") == (9 * OWED, OWED, 0)
    done = gate.act(case, "present", Actor.DECLARANT)
    assert (done.state, gate.stands(case)) == (State.RELEASED, [])
    assert gate.events(case)[-2:] == ["present", "release"]
    row = done.decision["decision"]
    assert (row["outcome"], row["released_day"]) == ("released", TODAY)
    assert gate.parts("money C1-XTS") == (9 * OWED, 0, OWED)
    assert gate.parts("permit P01 KZ-1")[1:] == (0, 10_000_000)
    assert list(audit(gate.node, lambda *_: None).faults) == []


def test_what_is_there_on_filing_goes_at_once(gate: Gate) -> None:
    gate.kinds = ("presentation", "payment", "power", "permits")
    gate.__post_init__()
    gate.permit()
    gate.power()
    gate.pay(OWED)
    case = gate.file(early=False)
    assert gate.events(case) == ["file", "register", "release"]
    assert gate.awaiting(case) is None  # nothing ever stood against it


def test_what_stands_is_said_with_who_must_act_and_the_law(gate: Gate) -> None:
    gate.permit("KZ-9")  # the register of its kind is kept, and this one is not in it
    case = gate.file()
    found = gate.awaiting(case)
    assert found is not None
    said = [(one.code, one.demand, one.who) for one in found.holds]
    assert said == [
        ("HLD004", "power", "declarant"),
        ("HLD002", "inspection", "officer"),
        ("HLD001", "presentation", "carrier"),
    ]
    gate.power()
    gate.go_on()
    found = gate.awaiting(case)
    assert found is not None
    said = [(one.code, one.demand, one.who) for one in found.holds]
    assert said == [
        ("BAL003", "permits", "issuer"),
        ("BAL001", "payment", "declarant"),
        ("HLD002", "inspection", "officer"),
        ("HLD001", "presentation", "carrier"),
    ]
    assert all("an act for tests" in one.source for one in found.holds)


def test_who_has_no_power_draws_on_nothing_of_the_owner() -> None:
    gate = Gate(("presentation", "payment", "permits", "power"))
    gate.pay(OWED)
    gate.open(kind="permit", number="KZ-1", paper="P01", unit="mg", opened=10_000_000, holder="C1")
    evil = gate.file(1, declarant_code="EVIL")
    assert gate.stands(evil) == ["HLD004", "HLD001"]
    assert gate.parts("money C1-XTS") == (OWED, 0, 0)
    assert gate.parts("permit P01 KZ-1") == (10_000_000, 0, 0)
    assert gate.file(2, early=False, declarant_code="C1").state is State.RELEASED


def test_a_power_taken_back_frees_what_was_reserved_under_it() -> None:
    gate = Gate(("presentation", "payment", "permits", "power"))
    gate.permit(kg=10)
    gate.pay(OWED)
    gate.power()
    case = gate.file(1)
    assert gate.parts("money C1-XTS") == (0, OWED, 0)
    revoke_power(gate.node, "PA-1", TODAY, who="C1", reason="so")
    for _ in range(2):
        gate.file(1, goods={"gross_mass_mg": 11_500_000}, gross_mass_mg=11_500_000)
        assert gate.stands(case) == ["HLD004", "HLD001"]
        assert gate.parts("money C1-XTS") == (OWED, 0, 0)
        assert gate.parts("permit P01 KZ-1") == (10_000_000, 0, 0)
    gate.power("PA-2")
    gate.go_on()
    assert gate.stands(case) == ["HLD001"]
    assert gate.parts("money C1-XTS") == (0, OWED, 0)


@pytest.mark.parametrize(
    ("kinds", "state"),
    [
        (("presentation", "payment"), State.REGISTERED),
        (("presentation", "power"), State.REGISTERED),
        (("presentation", "inspection"), State.INSPECTION_ORDERED),
        (("presentation",), State.RELEASED),
        ((), State.RELEASED),
    ],
)
def test_presented_it_goes_to_the_state_that_it_asks_for(
    kinds: tuple[str, ...], state: State
) -> None:
    gate = Gate(kinds)
    case = gate.file()
    assert case.state is State.REGISTERED
    assert gate.act(case, "present", Actor.DECLARANT).state is state


def test_a_missing_permit_asks_for_documents_and_its_top_up_lets_it_go() -> None:
    gate = Gate(("presentation", "permits"))
    gate.permit("KZ-9")
    case = gate.act(gate.file(), "present", Actor.DECLARANT)
    assert (case.state, gate.stands(case)) == (State.DOCUMENTS_REQUESTED, ["BAL003"])
    gate.permit("KZ-1")
    assert gate.go_on() == [case.number]
    assert gate.parts("permit P01 KZ-1")[1:] == (0, 10_000_000)


def test_nobody_lets_go_what_the_law_does_not_let_go(gate: Gate) -> None:
    case = gate.file()
    for event in ("release", "release_conditionally"):
        with pytest.raises(ReleaseBarred, match="HLD001"):
            gate.act(case, event)
    with pytest.raises(StepNotAllowed, match="SP-6101"):
        gate.act(case, "fulfil")
    assert gate.case(case) == case


def test_a_conditional_release_passes_over_what_the_law_waives() -> None:
    gate = Gate(("presentation", "permits", "payment"))
    gate.permit("KZ-9")
    gate.pay(OWED)
    case = gate.file(early=False)
    with pytest.raises(ReleaseBarred, match="BAL003"):
        gate.act(case, "release")
    freed = gate.act(case, "release_conditionally")
    assert freed.state is State.CONDITIONALLY_RELEASED
    assert gate.stands(case) == ["BAL003"]
    assert gate.parts("money C1-XTS") == (0, 0, OWED)
    with pytest.raises(ReleaseBarred, match="BAL003"):
        gate.act(case, "fulfil")
    gate.permit("KZ-1")
    assert gate.act(case, "fulfil").state is State.RELEASED
    assert gate.parts("permit P01 KZ-1")[1:] == (0, 10_000_000)
    assert gate.stands(case) == []


def test_what_an_officer_took_up_is_his_to_let_go() -> None:
    gate = Gate(("presentation", "payment"))
    case = gate.act(gate.file(), "present", Actor.DECLARANT)
    gate.act(case, "request_documents")
    gate.pay(OWED)
    assert gate.go_on() == []
    assert gate.stands(case) == ["HLD005"]
    assert gate.act(case, "release").state is State.RELEASED


@pytest.mark.parametrize(
    ("found", "state"),
    [("conforms", State.RELEASED), ("differs", State.INSPECTED), ("", State.INSPECTED)],
)
def test_only_goods_that_conform_go_of_themselves(found: str, state: State) -> None:
    gate = Gate(("presentation", "inspection"))
    case = gate.act(gate.file(), "present", Actor.DECLARANT)
    assert gate.act(case, "inspect", found=found).state is state


def test_nobody_inspects_what_is_not_there(gate: Gate) -> None:
    case = gate.act(gate.file(), "order_inspection")
    with pytest.raises(StepNotAllowed, match="not presented"):
        gate.act(case, "inspect", found="conforms")
    gate.act(case, "present")
    assert gate.act(case, "inspect", found="conforms").state is State.INSPECTED


def test_a_recognised_result_takes_the_place_of_the_inspection_that_was_ordered() -> None:
    gate = Gate(("presentation", "inspection"))
    case = gate.file(gate.number_drawn(drawn=False), early=False)
    assert case.state is State.INSPECTION_ORDERED
    gate.passport(case)
    assert gate.go_on() == [case.number]
    assert gate.events(case)[-2:] == ["recognise", "release"]


def test_what_was_drawn_is_examined_all_the_same() -> None:
    gate = Gate(("presentation", "inspection"))
    case = gate.file(gate.number_drawn(drawn=True), early=False)
    gate.passport(case)
    assert gate.go_on() == []
    assert gate.stands(case) == ["HLD003"]
    assert gate.act(case, "inspect").state is State.INSPECTED
    assert gate.stands(case) == ["HLD003", "HLD005"]  # nobody has said what was found
    gate.act(case, "order_inspection")
    gate.act(case, "inspect", found="conforms")
    assert gate.stands(case) == ["HLD005"]  # an officer took it up meanwhile
    assert gate.act(case, "release").state is State.RELEASED


def test_an_override_asks_for_the_inspection_again() -> None:
    gate = Gate(("presentation", "inspection"))
    case = gate.file(gate.number_drawn(drawn=False))
    gate.passport(case)
    gate.go_on()
    assert gate.stands(case) == ["HLD001"]
    override(gate.node, f"PQ-{case.number}", who="Chen", reason="the seal was broken")
    gate.go_on()
    assert gate.stands(case) == ["HLD002", "HLD001"]
    assert gate.act(case, "present").state is State.INSPECTION_ORDERED


def test_refused_or_withdrawn_it_gives_back_and_others_go_on() -> None:
    gate = Gate(("presentation", "payment", "permits"))
    gate.permit(kg=10)
    gate.pay(OWED)
    first, second = gate.file(1), gate.file(2, early=False)
    assert gate.stands(second) == ["BAL007", "BAL001"]
    gate.act(first, "withdraw", Actor.DECLARANT)
    assert gate.go_on() == [second.number]
    assert gate.parts("money C1-XTS") == (0, 0, OWED)
    assert gate.stands(first) == []


def test_time_gives_back_what_is_not_presented() -> None:
    gate = Gate(("presentation", "payment"))
    gate.pay(OWED)
    case = gate.file()
    gate.world.clock.at = case.due_at
    assert pass_time(gate.node, gate.office) == 1
    assert gate.case(case).state is State.REFUSED
    assert gate.parts("money C1-XTS") == (OWED, 0, 0)
    again = gate.act(case, "reopen")
    assert (again.state, gate.stands(case)) == (State.REGISTERED, ["HLD001", "HLD005"])
    with pytest.raises(ReleaseBarred):
        gate.act(case, "release")


def test_an_amendment_is_looked_at_anew() -> None:
    gate = Gate(("presentation", "payment", "permits"))
    gate.permit()
    gate.pay(10 * OWED)
    case = gate.file()
    assert gate.parts("permit P01 KZ-1")[1] == 10_000_000
    gate.file(goods={"net_mass_mg": 8_000_000})
    assert gate.parts("permit P01 KZ-1")[1] == 8_000_000
    refused = gate.file(goods_count=77)
    assert refused.state is State.REGISTRATION_REFUSED
    assert gate.parts("permit P01 KZ-1")[1] == 0
    assert gate.parts("money C1-XTS")[1] == 0
    assert refused.id == case.id


def test_what_a_correction_makes_dearer_is_seen_until_it_is_paid() -> None:
    gate = Gate(("payment",))
    gate.pay(OWED)
    case = gate.file(early=False)
    assert case.state is State.RELEASED
    about = {"act": "correction", "act_day": TODAY, "change_flags": "00000100", "reason": "price"}
    dearer = gate.file(
        early=False,
        goods={"total_e5": 200_000_000},
        invoice_total_e5=200_000_000,
        decl_day=TODAY,
        **about,
    )
    if dearer.held:
        dearer = gate.act(dearer, "accept_act")
    assert dearer.state is State.CORRECTED
    assert gate.stands(case) == ["BAL001"]
    gate.pay(100 * OWED, "T2")
    gate.go_on()
    assert gate.stands(case) == []
    gate.act(case, "cancel")
    assert gate.parts("money C1-XTS")[1:] == (0, 0)


def test_a_declarant_may_pay_for_the_owner(gate: Gate) -> None:
    case = gate.file()
    gate.pay(OWED, payer="D1")
    gate.go_on()
    assert "BAL001" not in gate.stands(case)


@pytest.mark.parametrize(
    ("owner", "broker", "used"),
    [
        (OWED, OWED, "C1"),  # whoever comes first and has it
        (OWED - 1, OWED, "D1"),
        (0, OWED, "D1"),
        (OWED - 1, OWED - 1, ""),  # nobody pays in parts with another
    ],
)
def test_the_first_whose_money_covers_it_pays(owner: int, broker: int, used: str) -> None:
    gate = Gate(("presentation", "payment"))
    for payer, amount in (("C1", owner), ("D1", broker)):
        gate.open(kind="money", number=f"{payer}-XTS", unit="XTS", opened=amount, holder=payer)
    case = gate.file(early=False)
    assert (case.state is State.RELEASED) is bool(used)
    for payer in ("C1", "D1"):
        assert gate.parts(f"money {payer}-XTS")[2] == (OWED if payer == used else 0)


def test_a_brokers_money_serves_when_the_owner_has_spent_his() -> None:
    gate = Gate(("presentation", "payment"))
    gate.pay(OWED)
    assert gate.file(1, early=False).state is State.RELEASED
    case = gate.file(2, early=False)
    assert gate.stands(case) == ["BAL001"]
    gate.pay(OWED, "T2", payer="D1")
    assert gate.go_on() == [case.number]
    assert gate.parts("money D1-XTS") == (0, 0, OWED)


def test_the_law_may_keep_goods_from_being_decided_early() -> None:
    more = """
[[not_early]]
directions = ["import"]
hs = ["08"]
says = "fruit is decided on presentation"
start = 2024-01-01
source = "art. 9 (invented)"
"""
    gate = Gate(("presentation",), more=more)
    case = gate.file()
    assert gate.stands(case) == ["HLD001", "HLD006"]
    assert gate.act(case, "present").state is State.DOCUMENTS_REQUESTED
    assert gate.act(case, "release").state is State.RELEASED
    there = gate.file(2, early=False)
    assert there.state is State.RELEASED


def test_a_transit_sets_out_only_secured() -> None:
    gate = Gate(("guarantee", "presentation"))
    transit = {"destination_country": "KG", "procedure": "80", "incoterms": "", "contract_no": ""}
    case = gate.file(early=False, **transit)
    assert (case.direction, case.state) == ("transit", State.REGISTRATION_REFUSED)
    named = gate.file(early=False, guarantee_no="G-1", **transit)
    assert gate.stands(named) == ["BAL009"]
    gate.open(kind="guarantee", number="G-1", unit="XTS", opened=10**9)
    assert gate.go_on() == [named.number]
    secured = gate.parts("guarantee G-1")
    assert secured[1] == int(named.decision["decision"]["secured_minor"])


def test_without_a_law_nothing_is_demanded_and_nothing_goes_of_itself() -> None:
    gate = Gate()
    gate.office = replace(gate.office, demands=None)
    case = gate.file()
    assert gate.act(case, "present").state is State.REGISTERED
    assert gate.awaiting(case) is None
    assert gate.act(case, "release").state is State.RELEASED
    assert gate.go_on() == []
