"""Amendments before release: no term begins anew, and a refusal after one is told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from silkport.model.states import TRANSITIONS, WITHOUT_A_STEP, Actor, State
from silkport.node.law.books import administrations
from silkport.node.law.calendars import timetable
from silkport.node.transparency.audit import audit
from silkport.node.workflow.acting import act, pass_time
from silkport.node.workflow.cases import Case, case_of, history
from silkport.node.workflow.coursing import awaits_goods
from silkport.node.workflow.filing import file_declaration
from tests.node.lively import HEAD, LINE
from tests.node.worlds import DAY, HOUR, MINUTE, World


class Desk:
    """One declaration at zz, filed, amended and decided."""

    def __init__(self) -> None:
        self.world = World(("cn", "zz"))
        self.versions = 0

    def file(self, *, early: bool = False, **more: object) -> Case:
        one = self.world["zz"]
        self.versions += 1
        declaration: dict[str, Any] = {
            **HEAD,
            "declaration_no": "ZZ/2026/1",
            "guid": f"G{self.versions}",
            "app_time": HEAD["app_time"] + self.versions,
            "decl_day": one.office.day(self.world.clock.at),
            **more,
        }
        goods = [LINE | {"declaration_no": "ZZ/2026/1"}]
        return file_declaration(one.node, one.office, declaration, goods, early=early).case

    def act(self, case: Case, event: str, actor: Actor = Actor.OFFICER) -> Case:
        one = self.world["zz"]
        return act(one.node, one.office, case.id, event, actor=actor, who="Chen", reason="")

    def told(self) -> list[str]:
        rows = self.world.rows("zz", "select kind from outbox where peer = 'cn' order by seq")
        return [row[0] for row in rows]

    def events(self, case: Case) -> list[str]:
        read = self.world.node("zz").state.read
        return [one["event"] for one in read(lambda tx: history(tx, case.id))]


@pytest.fixture
def desk() -> Desk:
    return Desk()


WRONG: dict[str, object] = {"goods_count": 77}
"""Which its form does not allow."""


def test_a_refusal_after_an_amendment_is_told(desk: Desk) -> None:
    desk.file(early=True)
    refused = desk.file(**WRONG)
    assert refused.state is State.REGISTRATION_REFUSED
    assert desk.events(refused)[-2:] == ["amend", "refuse_amended"]
    assert desk.told() == ["import_registered", "import_decision"]
    desk.world.settle()
    said = desk.world.rows("cn", "select body from said where kind = 'import_decision'")
    assert b'"decision":"registration_refused"' in said[0][0]
    assert list(audit(desk.world.node("zz"), lambda *_: None).faults) == []


def test_of_one_that_was_never_registered_no_refusal_is_told(desk: Desk) -> None:
    refused = desk.file(**WRONG)
    assert desk.events(refused) == ["file", "refuse_registration"]
    assert desk.told() == []
    assert desk.file(early=True).registered_at == desk.world.clock.at  # filed anew
    assert desk.told() == ["import_registered"]


def test_the_term_of_presentation_does_not_begin_anew(desk: Desk) -> None:
    first = desk.file(early=True)
    for _ in range(3):
        desk.world.clock.at += DAY
        amended = desk.file()
        assert desk.events(amended)[-2:] == ["amend", "register_amended"]
        assert (amended.due_at, amended.due_then) == (first.due_at, first.due_then)
        assert (amended.registered_at, amended.state) == (first.registered_at, State.REGISTERED)
    desk.world.clock.at = first.due_at
    one = desk.world["zz"]
    assert pass_time(one.node, one.office) == 1
    after = one.node.state.read(lambda tx: case_of(tx, first.id))
    assert after.state is State.REFUSED


def test_goods_that_were_presented_are_not_awaited_again(desk: Desk) -> None:
    presented = desk.act(desk.file(early=True), "present")
    desk.world.clock.at += MINUTE
    amended = desk.file(early=True)  # as the declarant wrote before
    assert amended.state is State.RELEASED
    assert desk.events(presented)[-3:] == ["amend", "register_amended", "release"]


def test_the_term_for_documents_does_not_begin_anew(desk: Desk) -> None:
    """Whatever the amended version is decided to need, if it still needs documents."""
    case = desk.file(early=True)
    case = desk.act(desk.act(case, "present"), "request_documents")
    one = desk.world["zz"]
    held = {"outcome": "held", "lane": "yellow"}
    desk.world.clock.at += HOUR
    amended = _amended(desk, held)
    assert desk.events(amended)[-3:] == ["amend", "register_amended", "await_documents"]
    assert (amended.due_at, amended.due_then) == (case.due_at, "documents_overdue")
    desk.world.clock.at = case.due_at
    pass_time(one.node, one.office)
    assert one.node.state.read(lambda tx: case_of(tx, case.id)).state is State.REFUSED


def _amended(desk: Desk, decided: dict[str, str]) -> Case:
    """An amendment that the rules decide so."""
    engine = desk.world["zz"].office.engine
    real = type(engine).clear

    def clear(self: Any, *arguments: Any, **named: Any) -> Any:
        cleared = real(self, *arguments, **named)
        return replace(cleared, decision=cleared.decision | decided)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(engine), "clear", clear)
        return desk.file()


def test_an_inspection_after_an_amendment_counts_from_the_first_registration(desk: Desk) -> None:
    office = desk.world["zz"].office
    first = desk.file(early=True)
    desk.act(first, "present")
    desk.world.clock.at += HOUR
    amended = _amended(desk, {"outcome": "held", "lane": "red"})
    assert amended.state is State.INSPECTION_ORDERED
    since = first.registered_at
    term = office.terms.deadlines.due("examination", since, office.terms.calendar)
    assert amended.due_at == term.at


@pytest.mark.parametrize(
    ("events", "waits"),
    [
        (["file", "register"], False),
        (["file", "register_early"], True),
        (["file", "register_early", "amend", "register_amended"], True),
        (["file", "register_early", "undecided_overdue"], True),
        (["file", "register_early", "present"], False),
        (["file", "register_early", "present", "amend", "register_amended"], False),
        (["file", "register_early", "refuse", "reopen"], False),
        (["file", "register_early", "refuse_amended", "file", "register"], False),
    ],
)
def test_who_awaits_goods(events: list[str], waits: bool) -> None:
    assert awaits_goods([{"event": one} for one in events]) is waits


@pytest.mark.parametrize("administration", administrations())
def test_every_deadline_of_the_law_has_a_step_or_a_reason(administration: str) -> None:
    bound = {one.deadline for one in TRANSITIONS if one.deadline}
    assert not bound & WITHOUT_A_STEP.keys()
    names = set(timetable(administration).deadlines.names)
    assert names <= bound | WITHOUT_A_STEP.keys()
    assert bound <= names
