"""Declarations filed with a node: decided at once, kept, advanced, told to the neighbour."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from silkport.kernel.errors import LimitExceeded, NotFound
from silkport.kernel.exchange_errors import NotCompetent, StepNotAllowed
from silkport.kernel.limits import MAX_GOODS_LINES
from silkport.model.messages import Competence
from silkport.model.states import Actor, State
from silkport.node.exchange.applying import apply_some
from silkport.node.exchange.peers import peer_of
from silkport.node.exchange.sending import send_next
from silkport.node.sovereign import incidents
from silkport.node.workflow.acting import act, pass_time
from silkport.node.workflow.cases import Case, case_of, history
from silkport.node.workflow.filing import file_declaration
from silkport.node.workflow.neighbours import answer_query
from silkport.node.workflow.reading import Cells, Declared, declared_in
from silkport.sim.consignments import write_goods_sample
from silkport.sim.nodes import DirectLine, Simulated, introduce
from tests.node.dating import of_day

NOON = 1_795_300_000_000
DAY = 86_400_000
HERE, THERE = "zz", "cn"


class Desk:
    """Two nodes with a clock between them, and one declaration of each outcome."""

    def __init__(self, declared: list[Declared]) -> None:
        self.at = NOON
        chance = random.Random(1).randbytes
        self.here, self.there = (
            Simulated(name, name, lambda: self.at, chance) for name in (HERE, THERE)
        )
        introduce([self.here, self.there])
        self._declared = declared

    def draw(self, direction: str, outcome: str) -> tuple[Cells, list[Cells]]:
        """A declaration of the sample that comes out so."""
        for one in self._declared:
            office = self.here.office
            dated = of_day(one.declaration, office, self.at)
            cleared = office.engine.clear(
                dated, one.goods, processing_day=office.day(self.at), draw_seed=7
            )
            found = cleared.decision
            if (found["direction"], found["outcome"]) == (direction, outcome):
                return dated, one.goods
        raise AssertionError(f"the sample has no {direction} that is {outcome}")

    def file(self, declaration: Cells, goods: list[Cells], **more: bool) -> Case:
        return file_declaration(
            self.here.node, self.here.office, declaration, goods, who="Aigerim", **more
        ).case

    def act(self, case: Case, event: str, actor: Actor = Actor.OFFICER) -> Case:
        return act(
            self.here.node, self.here.office, case.id, event, actor=actor, who="Chen", reason="so"
        )

    def events(self, case: Case) -> list[str]:
        return [one["event"] for one in self.here.node.state.read(lambda tx: history(tx, case.id))]

    def queued(self) -> int:
        return self.here.node.state.read(lambda tx: peer_of(tx, THERE)).queued

    def kinds(self) -> list[str]:
        rows = range(1, self.queued() + 1)
        read = self.here.node.state.read
        return [read(lambda tx, n=n: tx.one("out_at", THERE, n))[2] for n in rows]


@pytest.fixture(scope="module")
def declared(tmp_path_factory: pytest.TempPathFactory) -> list[Declared]:
    folder: Path = tmp_path_factory.mktemp("sample")
    write_goods_sample(folder, goods=600, seed=7)
    return [
        one
        for one in declared_in([folder])
        if isinstance(one, Declared)
        and not one.problems
        and one.declaration["act"] == "declaration"
        and {"ZZ", "CN"}
        == {one.declaration["departure_country"], one.declaration["destination_country"]}
    ]


@pytest.fixture
def desk(declared: list[Declared]) -> Desk:
    return Desk(declared)


def test_a_green_export_is_released_and_told(desk: Desk) -> None:
    case = desk.file(*desk.draw("export", "released"))
    assert (case.state, case.version, case.registered_at) == (State.RELEASED, 3, NOON)
    assert desk.events(case) == ["file", "register", "release"]
    assert desk.kinds() == ["export_released"]


def test_the_same_again_changes_nothing(desk: Desk) -> None:
    drawn = desk.draw("import", "released")
    first = desk.file(*drawn)
    again = file_declaration(desk.here.node, desk.here.office, *drawn)
    assert (again.is_duplicate, again.case) == (True, first)
    assert len(desk.events(first)) == 3


def test_a_refused_one_is_not_registered_and_may_be_filed_again(desk: Desk) -> None:
    declaration, goods = desk.draw("import", "released")
    wrong = declaration | {"guid": "first", "goods_count": 77}
    case = desk.file(wrong, goods)
    assert case.state is State.REGISTRATION_REFUSED
    assert desk.events(case) == ["file", "refuse_registration"]
    assert desk.kinds() == []
    right = desk.file(declaration, goods)
    assert (right.id, right.state) == (case.id, State.RELEASED)
    assert desk.events(right)[2:] == ["file", "register", "release"]


def test_a_second_version_of_a_released_one_is_refused(desk: Desk) -> None:
    declaration, goods = desk.draw("import", "released")
    desk.file(declaration, goods)
    with pytest.raises(StepNotAllowed):
        desk.file(declaration | {"guid": "another"}, goods)


def test_an_early_one_waits_for_its_goods_and_is_refused_without_them(desk: Desk) -> None:
    case = desk.file(*desk.draw("import", "released"), early=True)
    assert (case.state, case.due_then) == (State.REGISTERED, "presentation_overdue")
    assert desk.kinds() == ["import_registered"]
    desk.at = case.due_at - 1
    assert pass_time(desk.here.node, desk.here.office) == 0
    desk.at = case.due_at
    assert pass_time(desk.here.node, desk.here.office) == 1
    late = desk.here.node.state.read(lambda tx: case_of(tx, case.id))
    assert (late.state, late.due_at) == (State.REFUSED, -1)
    assert desk.kinds() == ["import_registered", "import_decision"]


def test_presented_inspected_sampled_released(desk: Desk) -> None:
    case = desk.file(*desk.draw("import", "released"), early=True)
    way = [
        ("present", State.REGISTERED),
        ("order_inspection", State.INSPECTION_ORDERED),
        ("sample", State.SAMPLED),
        ("receive_result", State.INSPECTED),
        ("release_conditionally", State.CONDITIONALLY_RELEASED),
        ("fulfil", State.RELEASED),
        ("cancel", State.WITHDRAWN),
    ]
    for event, state in way:
        desk.at += 60_000
        case = desk.act(case, event)
        assert case.state is state
        assert (case.due_at >= 0) == (state not in {State.RELEASED, State.WITHDRAWN})


def test_a_missed_term_of_the_office_is_an_incident_and_no_decision(desk: Desk) -> None:
    case = desk.file(*desk.draw("import", "released"), early=True)
    case = desk.act(case, "present")
    desk.at = case.due_at
    pass_time(desk.here.node, desk.here.office)
    after = desk.here.node.state.read(lambda tx: case_of(tx, case.id))
    assert (after.state, after.due_at) == (State.REGISTERED, -1)
    found = desk.here.node.state.read(incidents)
    assert [one.code for one in found] == ["SP-6102"]


@pytest.mark.parametrize(
    ("event", "actor"),
    [
        ("release", Actor.DECLARANT),
        ("documents_overdue", Actor.OFFICER),
        ("file", Actor.OFFICER),
        ("file", Actor.DECLARANT),
        ("amend", Actor.DECLARANT),
        ("no such", Actor.OFFICER),
        ("neighbour", Actor.OFFICER),
        ("refuse_act", Actor.OFFICER),
    ],
)
def test_nobody_does_what_is_not_theirs(desk: Desk, event: str, actor: Actor) -> None:
    case = desk.file(*desk.draw("import", "released"), early=True)
    with pytest.raises(StepNotAllowed):
        desk.act(case, event, actor)
    assert desk.here.node.state.read(lambda tx: case_of(tx, case.id)) == case


def test_a_relay_may_not_decide(desk: Desk) -> None:
    relay = Simulated(
        "zz-port",
        HERE,
        lambda: NOON,
        random.Random(2).randbytes,
        frozenset({Competence.RELAY}),
    )
    with pytest.raises(NotCompetent):
        file_declaration(relay.node, relay.office, *desk.draw("import", "released"))


def test_too_many_lines_and_unknown_cases(desk: Desk) -> None:
    declaration, goods = desk.draw("import", "released")
    with pytest.raises(LimitExceeded):
        desk.file(declaration, goods[:1] * (MAX_GOODS_LINES + 1))
    with pytest.raises(NotFound):
        act(
            desk.here.node,
            desk.here.office,
            "zz-0",
            "release",
            actor=Actor.OFFICER,
            who="",
            reason="",
        )


def test_the_neighbour_learns_and_what_it_says_is_noted(desk: Desk) -> None:
    case = desk.file(*desk.draw("export", "released"))
    line = DirectLine(desk.here, [desk.here, desk.there])
    assert send_next(desk.here.node, THERE, line) == 1
    assert apply_some(desk.there.node, HERE).applied == 1
    about = f"{case.consignment_no}/{case.house_no}"
    said = desk.there.node.state.read(lambda tx: tx.rows("said_about", about))
    assert [(row[0], row[1]) for row in said] == [(HERE, "export_released")]


def test_many_at_once_are_each_kept_once(desk: Desk) -> None:
    declaration, goods = desk.draw("import", "released")

    def file(number: int) -> str:
        own = declaration | {"declaration_no": f"N{number % 10}", "guid": f"G{number % 10}"}
        return desk.file(own, [one | {"declaration_no": f"N{number % 10}"} for one in goods]).id

    with ThreadPoolExecutor(4) as pool:
        ids = set(pool.map(file, range(40)))
    assert len(ids) == 10
    rows = desk.here.node.state.read(lambda tx: tx.rows("states_counted"))
    assert [tuple(row) for row in rows] == [("import", "released", 10)]


def test_an_early_one_stays_early_when_it_is_amended(desk: Desk) -> None:
    declaration, goods = desk.draw("import", "released")
    first = desk.file(declaration, goods, early=True)
    assert first.decision["decision"]["outcome"] == "held"
    later = {"guid": "second", "app_time": int(declaration["app_time"]) + 1}
    amended = desk.file(declaration | later, goods)
    assert (amended.state, amended.due_then) == (State.REGISTERED, "presentation_overdue")
    desk.at += DAY
    released = desk.act(desk.act(amended, "present"), "release")
    decision = released.decision["decision"]
    today = desk.here.office.day(desk.at)
    assert (decision["outcome"], decision["released_day"]) == ("released", today)
    assert decision["refund_day"] > today


def test_of_an_export_that_never_left_nothing_is_told(desk: Desk) -> None:
    case = desk.file(*desk.draw("export", "released"), early=True)
    assert desk.act(case, "withdraw").state is State.WITHDRAWN
    assert desk.kinds() == []


def test_a_provisional_term_refuses_nobody(desk: Desk) -> None:
    desk.at = NOON + 400 * DAY  # no list of days off is published for then
    case = desk.file(*desk.draw("import", "released"), early=True)
    if case.due_known:
        pytest.skip("the calendar knows that year by now")
    desk.at = case.due_at
    assert pass_time(desk.here.node, desk.here.office) == 1
    after = desk.here.node.state.read(lambda tx: case_of(tx, case.id))
    assert (after.state, after.due_at) == (State.REGISTERED, -1)
    assert [one.code for one in desk.here.node.state.read(incidents)] == ["SP-6102"]


def test_a_refusal_can_be_taken_back(desk: Desk) -> None:
    case = desk.file(*desk.draw("import", "released"), early=True)
    reopened = desk.act(desk.act(case, "refuse"), "reopen")
    assert (reopened.state, reopened.due_at > desk.at) == (State.REGISTERED, True)


def test_a_neighbour_is_told_its_own_counts_only(desk: Desk) -> None:
    desk.file(*desk.draw("import", "released"))
    asked = {"query_no": "Q", "first_day": "2020-01-01", "last_day": "2030-01-01"}
    counted = [
        desk.here.node.state.read(
            lambda tx, c=country: answer_query(tx, asked | {"direction": "import"}, c)
        )["declarations"]
        for country in ("CN", "KZ")
    ]
    assert counted == [1, 0]
