"""Released goods whose inspection a result replaced: what its body says afterwards is flagged."""

from __future__ import annotations

import pytest

from silkport.cli.node_release import awaiting_row
from silkport.model.states import State
from silkport.node.corridor.inspections import override
from silkport.node.workflow.cases import Case
from tests.node.released import Gate
from tests.node.test_release_bad_input import flags

FLAGGED = [("HLD014", "officer")]


def by_passport(gate: Gate, *, drawn: bool = False) -> Case:
    """A declaration that a result of the neighbour saved from an inspection, and released."""
    case = gate.file(gate.number_drawn(drawn=drawn), early=False)
    gate.passport(case)
    gate.go_on()
    return gate.case(case)


def test_a_result_that_is_changed_after_the_release_is_flagged() -> None:
    gate = Gate(("presentation", "inspection"))
    case = by_passport(gate)
    gate.passport(case)
    assert (case.state, flags(gate, case)) == (State.RELEASED, [])
    gate.passport(case, "differs")
    assert flags(gate, case) == FLAGGED
    gate.passport(case, "withdrawn")
    assert flags(gate, case) == FLAGGED * 2
    state = gate.awaiting(case)
    assert state is not None
    causes = [one.cause.split(": ") for one in state.flags]  # numbers as people write them
    assert [one[1] for one in causes] == ["differs", "withdrawn"]
    assert all(f"KZ-PQ PQ-{case.number}, " in one[0] for one in causes)
    assert gate.act(case, "clear_flags").state is State.RELEASED
    assert flags(gate, case) == []


@pytest.mark.parametrize(
    ("says", "flagged"),
    [
        ("conforms", []),
        ("differs", [("HLD014", "officer")]),
        ("withdrawn", [("HLD014", "officer")]),
    ],
)
def test_a_further_result_that_contradicts_it_is_flagged(
    says: str, flagged: list[tuple[str, str]]
) -> None:
    gate = Gate(("presentation", "inspection"))
    case = by_passport(gate)
    gate.passport(case, says, number="PQ-again")
    assert flags(gate, case) == flagged


def test_no_flag_for_what_was_examined_here() -> None:
    gate = Gate(("presentation", "inspection"))
    case = by_passport(gate, drawn=True)
    assert gate.act(case, "inspect", found="conforms").state is State.RELEASED
    gate.passport(case, "differs")
    assert flags(gate, case) == []


def test_no_flag_for_what_an_officer_set_aside() -> None:
    gate = Gate(("presentation", "inspection"))
    case = gate.file(gate.number_drawn(drawn=False))
    gate.passport(case)
    gate.go_on()
    override(gate.node, f"PQ-{case.number}", who="Chen", reason="the seal was broken")
    gate.go_on()
    gate.act(case, "present")
    gate.act(case, "inspect", found="conforms")
    if gate.case(case).state is not State.RELEASED:
        gate.act(case, "release")
    gate.passport(case, "differs")
    assert (gate.case(case).state, flags(gate, case)) == (State.RELEASED, [])


def test_a_declarant_does_not_read_what_is_flagged_for_officers() -> None:
    gate = Gate(("presentation", "inspection"))
    case = by_passport(gate)
    gate.passport(case, "differs")
    state = gate.awaiting(case)
    assert [one["code"] for one in awaiting_row(state, "en", officer=True)["flags"]] == ["HLD014"]
    assert awaiting_row(state, "en", officer=False)["flags"] == []


def test_a_result_that_is_changed_before_the_release_is_judged_anew() -> None:
    gate = Gate(("presentation", "inspection"))
    case = gate.file(gate.number_drawn(drawn=False))
    gate.passport(case)
    gate.go_on()
    gate.passport(case, "differs")
    gate.go_on()
    assert flags(gate, case) == []
    assert set(gate.stands(case)) == {"HLD001", "HLD002"}
