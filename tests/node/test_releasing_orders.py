"""In whatever order things come, goods go exactly when everything that is demanded is there."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from silkport.kernel.exchange_errors import StepNotAllowed
from silkport.model.states import RELEASED_STATES, Actor, State
from silkport.node.workflow.cases import Case
from tests.node.released import TODAY, Gate

OWED = 15_815


@dataclass
class Oracle:
    """What a careful clerk would have noted: all of it must be there."""

    paid: int = 0
    permit_kg: int = 0
    named_permit: bool = False
    power: bool = False
    presented: bool = False
    examined: bool = False
    done: set[str] = field(default_factory=set)

    @property
    def holds(self) -> bool:
        whole = self.paid >= OWED and self.permit_kg >= 10
        return whole and self.power and self.presented and self.examined


STEPS = (
    "pay half",
    "pay half",
    "permit",
    "lapsed power",
    "power",
    "present",
    "inspect",
    "passport",
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.permutations([*STEPS, "pay half", "look", "present", "inspect"]),
    st.booleans(),
    st.integers(0, 12),
)
def test_released_exactly_when_everything_holds(
    steps: list[str], early: bool, filed_after: int
) -> None:
    gate, oracle = Gate(), Oracle(presented=not early)
    gate.permit("KZ-9")  # of this kind a register is kept
    number = gate.number_drawn(drawn=False)
    case: Case | None = None
    for place, step in enumerate(steps):
        if place == filed_after:
            case = gate.file(number, early=early)
            assert (gate.case(case).state in RELEASED_STATES) is oracle.holds
        take(gate, oracle, step, case)
        gate.go_on()
        if case is not None:
            state = gate.case(case).state
            assert (state in RELEASED_STATES) is oracle.holds, (step, state, gate.stands(case))
    if case is not None:
        money = gate.parts("money C1-XTS") if oracle.paid else (0, 0, 0)
        assert money[2] == (OWED if oracle.holds else 0)
        assert sum(part or 0 for part in money) == oracle.paid


def take(gate: Gate, oracle: Oracle, step: str, case: Case | None) -> None:
    count = len(oracle.done)
    oracle.done.add(f"{step} {count}")
    if step == "pay half":
        half = OWED // 2 + 1
        gate.pay(half, f"T{count}")
        oracle.paid += half
    elif step == "permit":
        gate.permit()
        oracle.permit_kg = 1_000
    elif step == "lapsed power":
        gate.power("PA-0", stop=TODAY)
    elif step == "power":
        gate.power()
        oracle.power = True
    elif case is None or gate.case(case).state in RELEASED_STATES:
        return
    elif step == "present":
        try:
            gate.act(case, "present", Actor.DECLARANT)
        except StepNotAllowed:
            assert oracle.presented
        oracle.presented = True
    elif step == "inspect":
        if gate.case(case).state is State.INSPECTION_ORDERED:
            gate.act(case, "inspect", found="conforms")
            oracle.examined = True
        else:
            with pytest.raises(StepNotAllowed):
                gate.act(case, "inspect", found="conforms")
    elif step == "passport":
        gate.passport(case)
        oracle.examined = True
