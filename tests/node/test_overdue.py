"""A missed term stays marked on the declaration, whatever becomes of the incident."""

from __future__ import annotations

import pytest

from silkport.model.states import UNDECIDED, Actor
from silkport.node.state.retaining import retain
from silkport.node.transparency.audit import audit
from silkport.node.workflow.acting import act, pass_time
from silkport.node.workflow.cases import Case, case_of, history
from silkport.node.workflow.filing import file_declaration
from silkport.node.workflow.overdue import Overdue, overdue, overdue_in
from silkport.sim.nodes import Simulated
from tests.node.lively import HEAD, LINE
from tests.node.retained import a_law
from tests.node.worlds import BEGIN, DAY, HOUR, World


class Desk:
    def __init__(self, at: int = BEGIN) -> None:
        self.world = World(("cn", "zz"))
        self.world.clock.at = at
        self.one: Simulated = self.world["zz"]

    def file(self) -> Case:
        declaration = HEAD | {
            "declaration_no": "N1",
            "guid": "G1",
            "decl_day": self.one.office.day(self.world.clock.at),
        }
        goods = [LINE | {"declaration_no": "N1"}]
        return file_declaration(self.one.node, self.one.office, declaration, goods, early=True).case

    def act(self, case: Case, event: str) -> Case:
        return act(
            self.one.node,
            self.one.office,
            case.id,
            event,
            actor=Actor.OFFICER,
            who="Chen",
            reason="",
        )

    def miss(self, case: Case) -> Case:
        """Lets the term of a case pass."""
        self.world.clock.at = case.due_at
        assert pass_time(self.one.node, self.one.office) == 1
        return self.one.node.state.read(lambda tx: case_of(tx, case.id))

    def overdue(self, case: Case) -> Overdue | None:
        return self.one.node.state.read(lambda tx: overdue(tx, case.id))


def test_it_stays_when_the_incident_is_gone_and_goes_with_the_decision() -> None:
    desk = Desk()
    case = desk.act(desk.file(), "present")
    assert desk.overdue(case) is None
    since = case.due_at
    case = desk.miss(case)
    desk.world.clock.at += 8 * DAY
    law = a_law(declarations=9000, messages=9000, evidence=9000, persons=9000)
    assert retain(desk.one.node, law, desk.world.clock.at, 100).removed["incidents"] == 1
    assert desk.world.codes("zz") == []
    assert desk.overdue(case) == Overdue("release_overdue", since)
    case = desk.act(case, "request_documents")
    assert case.due_at > 0
    assert desk.overdue(case) == Overdue("release_overdue", since)  # a new term hides nothing
    case = desk.act(desk.act(case, "receive_documents"), "release")
    assert desk.overdue(case) is None


def test_a_provisional_term_is_an_event_and_marked() -> None:
    desk = Desk(BEGIN + 500 * DAY)  # no list of days off is published for then
    case = desk.file()
    assert not case.due_known
    case = desk.miss(case)
    assert (case.state, case.due_at, case.due_then) == ("registered", -1, "")
    found = desk.overdue(case)
    assert found == Overdue(UNDECIDED, desk.world.clock.at, "presentation_overdue, provisional")
    records = desk.one.node.state.read(lambda tx: history(tx, case.id))
    assert records[-1]["by"] == "time"
    assert desk.world.codes("zz") == ["SP-6102"]
    assert list(audit(desk.one.node, lambda *_: None).faults) == []
    desk.world.clock.at += HOUR
    assert pass_time(desk.one.node, desk.one.office) == 0
    assert desk.overdue(desk.act(case, "refuse")) is None


def test_where_the_law_names_an_event_that_is_not_possible_a_person_decides() -> None:
    desk = Desk()
    case = desk.file()
    desk.world.rows("zz", "update declaration set due_then = 'no_such_overdue'")
    case = desk.miss(case)
    assert desk.overdue(case) == Overdue(UNDECIDED, desk.world.clock.at, "no_such_overdue")
    assert sorted(desk.world.codes("zz")) == ["SP-6101", "SP-6102"]


def step(event: str, before: str, after: str, at: int = 1) -> dict[str, object]:
    return {"event": event, "from": before, "to": after, "at": at, "reason": ""}


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ([], "expertise_overdue"),
        ([step("neighbour", "sampled", "sampled")], "expertise_overdue"),
        ([step("receive_result", "sampled", "inspected")], ""),
        (
            [
                step("receive_result", "sampled", "inspected"),
                step("examination_overdue", "inspected", "inspected", 9),
            ],
            "examination_overdue",
        ),
        ([step("release_conditionally", "sampled", "conditionally_released")], ""),
    ],
)
def test_what_settles_a_missed_term(more: list[dict[str, object]], expected: str) -> None:
    records = [step("expertise_overdue", "sampled", "sampled", 5), *more]
    found = overdue_in(records)
    assert (found.event if found else "") == expected


def test_the_first_of_several_missed_terms_is_shown() -> None:
    records = [
        step("examination_overdue", "inspected", "inspected", 5),
        step("release_overdue", "registered", "registered", 9),
    ]
    assert overdue_in(records) == Overdue("examination_overdue", 5)
