"""What is secured or deferred instead of being paid: only under a guarantee that covers it."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from silkport.kernel.errors import NotFound
from silkport.kernel.exchange_errors import StepNotAllowed
from silkport.model.states import Actor, State
from silkport.node.corridor import securing
from silkport.node.corridor.reserving import overdue
from silkport.node.transparency.audit import audit
from silkport.node.workflow.cases import Case
from silkport.node.workflow.demanding import owed_now, secured_now
from tests.node.released import TODAY, Gate

KINDS = ("presentation", "payment", "guarantee")
DEFERRED = {"deferred_until_day": TODAY + 20, "guarantee_no": "G-1"}
FEE, LATER = 2_300, 13_515


def gate_of(amount: int = 0, **terms: Any) -> Gate:
    """A gate that demands a guarantee of imports too; the fee is there, and a guarantee."""
    gate = Gate(KINDS)
    gate.pay(FEE)
    if amount:
        about = {"kind": "guarantee", "number": "G-1", "unit": "XTS", "opened": amount}
        gate.open(**{**about, **terms})
    return gate


def correct(gate: Gate, **more: Any) -> Case:
    about = {"act": "correction", "act_day": TODAY, "change_flags": "00000100", "reason": "so"}
    done = gate.file(early=False, decl_day=TODAY, **{**about, **more})
    return gate.act(done, "accept_act") if done.held else done


@pytest.mark.parametrize(
    ("amount", "terms", "holds"),
    [
        (LATER + 1, {}, []),
        (LATER, {}, []),
        (LATER - 1, {}, ["BAL007"]),
        (0, {}, ["BAL009"]),  # nobody knows that number
        (LATER, {"holder": "C1"}, []),
        (LATER, {"holder": "D1"}, []),
        (LATER, {"holder": "Q9"}, ["BAL009"]),
        (LATER, {"unit": "EUR"}, ["BAL009"]),
        (LATER, {"stop": TODAY}, ["BAL009"]),
    ],
)
def test_what_is_deferred_is_reserved_from_its_guarantee(
    amount: int, terms: dict[str, Any], holds: list[str]
) -> None:
    gate = gate_of(amount, **terms)
    case = gate.file(early=False, **DEFERRED)
    assert (owed_now(case.decision), secured_now(case.decision)) == (FEE, LATER)
    assert gate.stands(case) == holds
    assert (case.state is State.RELEASED) is (not holds)
    if amount:
        assert gate.parts("guarantee G-1")[1] == (0 if holds else LATER)


def test_a_guarantee_that_comes_later_lets_them_go_and_stays_reserved() -> None:
    gate = gate_of()
    case = gate.file(early=False, **DEFERRED)
    assert gate.go_on() == []
    gate.open(kind="guarantee", number="G-1", unit="XTS", opened=LATER)
    assert gate.go_on() == [case.number]
    assert gate.parts("guarantee G-1") == (0, LATER, 0)
    assert list(audit(gate.node, lambda *_: None).faults) == []


@pytest.mark.parametrize("event", ["withdraw", "refuse"])
def test_what_does_not_set_out_gives_it_back(event: str) -> None:
    gate = gate_of(LATER)
    case = gate.file(**DEFERRED)
    assert gate.parts("guarantee G-1") == (0, LATER, 0)
    gate.act(case, event, Actor.DECLARANT if event == "withdraw" else Actor.OFFICER)
    assert gate.parts("guarantee G-1") == (LATER, 0, 0)


def test_what_is_cancelled_after_release_gives_it_back() -> None:
    gate = gate_of(LATER)
    gate.act(gate.file(early=False, **DEFERRED), "cancel")
    assert gate.parts("guarantee G-1") == (LATER, 0, 0)


def test_a_correction_sets_it_to_what_is_deferred_now() -> None:
    gate = gate_of(LATER)
    gate.pay(LATER, "T2")
    gate.file(early=False, **DEFERRED)
    done = correct(gate)
    assert (done.state, secured_now(done.decision)) == (State.CORRECTED, 0)
    assert gate.parts("guarantee G-1") == (LATER, 0, 0)
    assert gate.parts("money C1-XTS")[2] == FEE + LATER


def test_a_deferral_after_release_gives_nothing_back_without_its_guarantee() -> None:
    gate = gate_of()
    gate.pay(LATER, "T2")
    case = gate.file(early=False)
    assert correct(gate, **DEFERRED).state is State.CORRECTED
    assert gate.stands(case) == ["BAL009"]
    assert gate.parts("money C1-XTS") == (0, 0, FEE + LATER)
    gate.open(kind="guarantee", number="G-1", unit="XTS", opened=LATER)
    gate.go_on()
    assert gate.stands(case) == []
    assert gate.parts("money C1-XTS") == (LATER, 0, FEE)


def test_an_officer_ends_it_once_and_nothing_reserves_it_again() -> None:
    gate = gate_of(2 * LATER)
    case = gate.file(early=False, **DEFERRED)

    def end() -> bool:
        return gate.node.state.write(
            lambda tx: securing.discharge(tx, gate.node, case.id, who="Chen", reason="paid")
        )

    assert [end(), end()] == [True, False]
    correct(gate, **DEFERRED, goods={"gross_mass_mg": 11_900_000}, gross_mass_mg=11_900_000)
    assert gate.parts("guarantee G-1") == (2 * LATER, 0, 0)
    assert gate.stands(case) == []
    with pytest.raises(NotFound):
        gate.node.state.write(lambda tx: securing.discharge(tx, gate.node, "x", who="Chen"))


def test_a_deferral_that_is_over_is_noted_once_and_claimed() -> None:
    gate = gate_of(2 * LATER)
    case = gate.file(early=False, **DEFERRED)

    def claim(amount: int) -> None:
        work = partial(securing.claim, node=gate.node, case_id=case.id, amount=amount)
        gate.node.state.write(lambda tx: work(tx, who="Chen", reason="not paid"))

    with pytest.raises(StepNotAllowed, match="in time"):
        claim(1)
    gate.world.clock.at = gate.over(TODAY + 20) - 1
    gate.pass_time()
    assert gate.world.codes("zz") == []
    gate.world.clock.at += 1
    gate.pass_time()
    gate.pass_time()
    assert gate.world.codes("zz") == ["SP-6102"]
    assert case.number in gate.world.incidents("zz")[0].reason
    with pytest.raises(StepNotAllowed, match="of that amount"):
        claim(LATER + 1)
    claim(LATER - 500)
    assert gate.parts("guarantee G-1") == (LATER, 500, LATER - 500)
    claim(500)
    assert gate.parts("guarantee G-1") == (LATER, 0, LATER)
    with pytest.raises(StepNotAllowed):
        claim(1)
    assert list(audit(gate.node, lambda *_: None).faults) == []


def test_what_was_claimed_is_not_reserved_again_nor_given_back() -> None:
    gate = gate_of(2 * LATER)
    gate.pay(LATER, "T2")
    case = gate.file(early=False, **DEFERRED)
    gate.world.clock.at = gate.over(TODAY + 20)
    gate.pass_time()
    gate.node.state.write(
        lambda tx: securing.claim(tx, gate.node, case.id, 500, who="Chen", reason="a part")
    )
    correct(gate, **DEFERRED, goods={"gross_mass_mg": 11_900_000}, gross_mass_mg=11_900_000)
    assert gate.parts("guarantee G-1") == (LATER, LATER - 500, 500)
    correct(gate)
    assert gate.parts("guarantee G-1") == (2 * LATER - 500, 0, 500)


def test_what_was_claimed_of_a_declaration_that_is_cancelled_is_given_back() -> None:
    gate = gate_of(LATER)
    case = gate.file(early=False, **DEFERRED)
    gate.world.clock.at = gate.over(TODAY + 20)
    gate.pass_time()
    gate.node.state.write(
        lambda tx: securing.claim(tx, gate.node, case.id, 500, who="Chen", reason="a part")
    )
    gate.act(case, "cancel")
    assert gate.parts("guarantee G-1") == (LATER, 0, 0)
    assert list(audit(gate.node, lambda *_: None).faults) == []


def test_a_later_day_begins_anew() -> None:
    gate = gate_of(LATER)
    gate.file(early=False, **DEFERRED)
    gate.world.clock.at = gate.over(TODAY + 20)
    gate.pass_time()
    assert [one.times for one in gate.world.incidents("zz")] == [1]
    correct(gate, **{**DEFERRED, "deferred_until_day": TODAY + 40})
    gate.pass_time()
    assert [one.times for one in gate.world.incidents("zz")] == [1]
    gate.world.clock.at = gate.over(TODAY + 40)
    gate.pass_time()
    assert [one.times for one in gate.world.incidents("zz")] == [2]


def is_over(gate: Gate) -> None:
    gate.world.clock.at = gate.over(TODAY + 20)
    gate.pass_time()


@pytest.mark.parametrize(
    ("more", "held"),
    [
        ({"deferred_until_day": TODAY + 40}, True),
        ({"deferred_until_day": TODAY + 21}, True),
        ({}, False),  # the same day
        ({"deferred_until_day": TODAY + 19}, False),  # sooner
        ({"deferred_until_day": -1, "guarantee_no": ""}, True),  # not secured any more
    ],
)
def test_nobody_defers_longer_or_secures_less_by_himself(more: dict[str, Any], held: bool) -> None:
    gate = gate_of(LATER)
    gate.pay(LATER, "T2")
    gate.file(early=False, **DEFERRED)
    about = {"act": "correction", "act_day": TODAY, "change_flags": "00000100", "reason": "so"}
    done = gate.file(early=False, decl_day=TODAY, **{**about, **DEFERRED, **more})
    last = gate.node.state.read(lambda tx: tx.rows("events", done.id))[-1][1]
    assert (bool(done.held), b"ACT003" in last) == (held, held)
    assert gate.parts("guarantee G-1") == (0, LATER, 0)


def test_what_takes_the_place_of_security_must_be_there_first() -> None:
    gate = gate_of(LATER)
    case = gate.file(early=False, **DEFERRED)
    is_over(gate)
    assert correct(gate).state is State.CORRECTED  # nothing was paid for it
    assert (gate.stands(case), gate.parts("guarantee G-1")) == (["BAL001"], (0, LATER, 0))
    gate.pay(LATER, "T2")
    gate.go_on()
    assert (gate.stands(case), gate.parts("guarantee G-1")) == ([], (LATER, 0, 0))
    assert gate.parts("money C1-XTS") == (0, 0, FEE + LATER)


def test_what_was_claimed_is_not_charged_again() -> None:
    gate = gate_of(LATER)
    gate.pay(LATER, "T2")
    case = gate.file(early=False, **DEFERRED)
    is_over(gate)
    gate.node.state.write(
        lambda tx: securing.claim(tx, gate.node, case.id, LATER - 5, who="Chen", reason="not paid")
    )
    correct(gate)
    assert gate.parts("guarantee G-1") == (5, 0, LATER - 5)
    assert gate.parts("money C1-XTS") == (LATER - 5, 0, FEE + 5)


def test_a_term_that_changed_meanwhile_is_not_over() -> None:
    """What is due is listed first, and each is looked at again before it is noted."""
    gate = gate_of(LATER)
    case = gate.file(early=False, **DEFERRED)
    gate.world.clock.at = gate.over(TODAY + 20)
    correct(gate, **{**DEFERRED, "deferred_until_day": TODAY + 40})
    matter = securing.secured_matter(case.id)
    gate.node.state.write(lambda tx: overdue(tx, gate.node, matter))
    gate.node.state.write(lambda tx: securing.discharge(tx, gate.node, case.id, who="Chen"))
    gate.node.state.write(lambda tx: overdue(tx, gate.node, matter))
    assert gate.world.codes("zz") == []


def test_before_release_nothing_is_late_and_nothing_is_claimed() -> None:
    gate = gate_of(LATER)
    case = gate.file(**{**DEFERRED, "deferred_until_day": TODAY + 1})
    gate.world.clock.at = gate.over(TODAY + 1)
    gate.pass_time()
    assert gate.world.codes("zz") == []

    def claim() -> None:
        gate.node.state.write(
            lambda tx: securing.claim(tx, gate.node, case.id, 1, who="Chen", reason="not paid")
        )

    with pytest.raises(StepNotAllowed, match="registered"):
        claim()
    with pytest.raises(StepNotAllowed, match="registered"):  # nothing would secure them then
        gate.node.state.write(lambda tx: securing.discharge(tx, gate.node, case.id, who="Chen"))
    assert gate.act(case, "present", Actor.DECLARANT).state is State.RELEASED
    with pytest.raises(StepNotAllowed, match="in time"):
        claim()
    gate.pass_time()  # its day was over before
    assert gate.world.codes("zz") == ["SP-6102"]
    claim()
    assert gate.parts("guarantee G-1") == (0, LATER - 1, 1)


def test_what_is_paid_is_no_longer_due() -> None:
    gate = gate_of(LATER)
    case = gate.file(early=False, **DEFERRED)
    gate.node.state.write(lambda tx: securing.discharge(tx, gate.node, case.id, who="Chen"))
    gate.world.clock.at = gate.over(TODAY + 20)
    gate.pass_time()
    assert gate.world.codes("zz") == []


def test_one_guarantee_answers_for_no_more_than_it_has() -> None:
    gate = gate_of(2 * LATER - 1)
    gate.pay(FEE, "T2")
    first, second = (gate.file(number, early=False, **DEFERRED) for number in (1, 2))
    assert (first.state, gate.stands(second)) == (State.RELEASED, ["BAL007"])
    gate.act(first, "cancel")
    assert gate.go_on() == [second.number]


def test_without_the_demand_nothing_is_reserved() -> None:
    gate = Gate(("presentation", "payment"))
    gate.pay(FEE)
    gate.open(kind="guarantee", number="G-1", unit="XTS", opened=LATER)
    assert gate.file(early=False, **DEFERRED).state is State.RELEASED
    assert gate.parts("guarantee G-1") == (LATER, 0, 0)
