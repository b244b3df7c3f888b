"""What cannot be concluded stops nothing else: terms, releases, what a neighbour says too often."""

from __future__ import annotations

import pytest

from silkport.kernel.limits import DUE_AGAIN_SECONDS, MAX_FLAGS_ALIKE
from silkport.model.release import Flag
from silkport.model.states import State
from silkport.node.corridor import paying
from silkport.node.corridor.balances import DRAWING
from silkport.node.workflow import awaiting
from silkport.node.workflow.acting import pass_time
from silkport.node.workflow.awaiting import AWAITING, add_flag, woken
from silkport.node.workflow.cases import Case
from silkport.node.workflow.neighbours import export_changed
from tests.node.released import Gate
from tests.node.test_releasing import OWED


def damage(gate: Gate, kind: str, identity: str) -> None:
    """A file system that lost a page: the state of a dossier can no longer be read."""
    gate.world["zz"].connection.execute(
        "update dossier set state = x'7b' where kind = ? and id = ?", (kind, identity)
    )


def lost(gate: Gate, case: Case) -> None:
    gate.world["zz"].connection.execute(
        "update declaration set document = x'7b' where id = ?", (case.id,)
    )


def test_a_term_that_cannot_be_concluded_stops_no_other() -> None:
    gate = Gate(("presentation", "payment"))
    gate.pay(3 * OWED)
    bad, worse, good = gate.file(1), gate.file(2), gate.file(3)
    damage(gate, DRAWING.name, bad.id)
    lost(gate, worse)
    gate.world.clock.at = max(one.due_at for one in (bad, worse, good))
    assert pass_time(gate.node, gate.office) == 3
    assert gate.case(good).state is State.REFUSED
    assert gate.case(bad).state is State.REGISTERED
    assert gate.world.codes("zz").count("SP-4101") == 2
    assert pass_time(gate.node, gate.office) == 0  # not every second again
    gate.world.clock.at += DUE_AGAIN_SECONDS * 1_000
    assert pass_time(gate.node, gate.office) == 2


def test_a_term_that_cannot_be_concluded_stops_no_release() -> None:
    gate = Gate(("payment",))
    gate.pay(OWED)
    bad = gate.file(1)
    waits, broken = gate.file(2, early=False), gate.file(3, early=False)
    damage(gate, DRAWING.name, bad.id)
    gate.pay(2 * OWED, "T2")
    damage(gate, AWAITING.name, broken.id)
    gate.world.clock.at = bad.due_at
    pass_time(gate.node, gate.office)
    assert gate.case(waits).state is State.RELEASED
    assert gate.node.state.read(woken) == []


def flag_often(gate: Gate, case: Case, code: str, times: int) -> None:
    for seq in range(times):
        flag = Flag(code=code, who="declarant", cause=f"cn export_amended {code} {seq}", since=1)
        gate.node.state.write(lambda tx, one=flag: add_flag(tx, gate.node, case.id, "x/1", one))


def test_a_neighbour_cannot_fill_what_is_kept_of_a_declaration() -> None:
    gate = Gate(("presentation",))
    case = gate.file()
    flag_often(gate, case, "HLD008", 10 * MAX_FLAGS_ALIKE)
    flag_often(gate, case, "HLD009", 1)
    found = gate.awaiting(case)
    assert found is not None
    assert [one.code for one in found.flags] == ["HLD008"] * MAX_FLAGS_ALIKE + ["HLD009"]
    gate.go_on()
    assert set(gate.stands(case)) == {"HLD001", "HLD008", "HLD009"}
    gate.world.clock.at = case.due_at
    assert pass_time(gate.node, gate.office) == 1
    assert gate.case(case).state is State.REFUSED


# Nobody is left out, and the longest known goes first.


def a_small_page(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(awaiting, "MAX_DOSSIER_PAGE", 2)
    patch.setattr(paying, "MAX_DOSSIER_PAGE", 2)


def test_everybody_who_waits_is_woken_the_longest_known_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    a_small_page(monkeypatch)
    gate = Gate(("permits",))
    gate.permit("KZ-9")  # of this kind a register is kept
    numbers = [f"ZZ/2026/{number}" for number in range(1, 8)]
    for number in range(1, 8):
        gate.file(number, early=False)
        gate.world.clock.at += 1_000
    gate.permit(kg=30)
    assert gate.go_on() == numbers[:3]
    assert gate.node.state.read(lambda tx: tx.rows("woken_declarations", 10)) == []


def test_money_goes_to_the_longest_known_beyond_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    a_small_page(monkeypatch)
    gate = Gate(("payment",))
    cases = []
    for number in range(1, 8):
        cases.append(gate.file(number, early=False))
        gate.world.clock.at += 1_000
    assert gate.pay(3 * OWED).covered == [one.id for one in cases[:3]]


def test_every_house_of_a_consignment_is_told() -> None:
    gate = Gate(("presentation",))
    for number in range(1, 121):
        gate.file(number, consignment_no="ZZ-2026-1", house_no=f"{number}")
    body = {"consignment_no": "ZZ-2026-1", "act": "cancelled", "declaration_no": "KZ/1"}
    told = gate.node.state.write(lambda tx: export_changed(tx, gate.node, "kz", 1, body))
    assert len(told) == 120
