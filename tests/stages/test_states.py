"""The steps of a declaration: what is possible, who may, what is due, and who is told."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from silkport.courses.grounds import follows
from silkport.journey import Terms, advance, possible, registration
from silkport.kernel.exchange_errors import StepNotAllowed
from silkport.model.release import Hold
from silkport.model.states import ANNOUNCED, EVENTS, TRANSITIONS, Actor, State
from silkport.node.law.books import administrations
from silkport.node.law.calendars import timetable

END = {State.REGISTRATION_REFUSED, State.RELEASED, State.REFUSED, State.WITHDRAWN, State.CORRECTED}
NOON = (
    int(datetime(2026, 11, 24, 6, 0, tzinfo=UTC).timestamp()) * 1000
)  # a Tuesday, 11:00 in Almaty


def terms(administration: str = "kz") -> Terms:
    times = timetable(administration)
    return Terms(times.deadlines, times.calendar)


def test_events_and_transitions_name_each_other() -> None:
    names = [one.name for one in EVENTS]
    assert len(names) == len(set(names))
    assert {one.event for one in TRANSITIONS} == set(names)


def test_one_step_for_each_state_and_event() -> None:
    keys = [(one.state, one.event) for one in TRANSITIONS]
    assert len(keys) == len(set(keys))


def test_every_state_is_reached_and_every_end_is_known() -> None:
    assert {one.to for one in TRANSITIONS} | {State.DRAFT} == set(State)
    waiting = set(State) - END - {State.DRAFT}
    for state in waiting:
        entering = [one for one in TRANSITIONS if one.to == state and one.state != state]
        assert entering, state
        assert all(one.deadline for one in entering), f"{state} may wait for ever"


@pytest.mark.parametrize("administration", administrations())
def test_what_follows_a_term_is_possible_in_the_state_that_waits(administration: str) -> None:
    law = terms(administration)
    for one in TRANSITIONS:
        if one.deadline:
            term = law.deadlines.due(one.deadline, NOON, law.calendar)
            assert term.at > NOON
            assert term.then in possible(one.to), (one, term.then)


@pytest.mark.parametrize(
    ("state", "event", "to", "tells"),
    [
        (State.DRAFT, "file", State.FILED, ""),
        (State.FILED, "register", State.REGISTERED, "import_registered"),
        (State.FILED, "refuse_registration", State.REGISTRATION_REFUSED, ""),
        (State.REGISTERED, "release", State.RELEASED, "import_decision"),
        (State.REGISTERED, "request_documents", State.DOCUMENTS_REQUESTED, ""),
        (State.DOCUMENTS_REQUESTED, "receive_documents", State.REGISTERED, ""),
        (State.DOCUMENTS_REQUESTED, "documents_overdue", State.REFUSED, "import_decision"),
        (State.REGISTERED, "order_inspection", State.INSPECTION_ORDERED, ""),
        (State.INSPECTION_ORDERED, "sample", State.SAMPLED, ""),
        (State.SAMPLED, "receive_result", State.INSPECTED, ""),
        (State.INSPECTED, "release", State.RELEASED, "import_decision"),
        (State.SAMPLED, "release_conditionally", State.CONDITIONALLY_RELEASED, "import_decision"),
        (State.CONDITIONALLY_RELEASED, "fulfil", State.RELEASED, "import_decision"),
        (State.RELEASED, "correct", State.CORRECTED, "import_decision"),
        (State.CORRECTED, "cancel", State.WITHDRAWN, "import_decision"),
    ],
)
def test_the_way_of_an_import(state: State, event: str, to: State, tells: str) -> None:
    step = advance(state, event, NOON, terms(), direction="import", registered_at=NOON)
    assert (step.state, step.tells, step.escalates) == (to, tells, False)


@pytest.mark.parametrize(
    ("event", "to", "tells"),
    [("release", State.RELEASED, "export_released"), ("refuse", State.REFUSED, "")],
)
def test_of_an_export_only_what_was_released_is_told(event: str, to: State, tells: str) -> None:
    step = advance(State.REGISTERED, event, NOON, terms(), direction="export", registered_at=NOON)
    assert (step.state, step.tells) == (to, tells)
    assert ANNOUNCED["export", State.CORRECTED] == "export_amended"


@pytest.mark.parametrize(
    ("state", "event"),
    [
        (State.DRAFT, "release"),
        (State.RELEASED, "release"),
        (State.REFUSED, "release"),
        (State.REGISTRATION_REFUSED, "inspect"),
        (State.WITHDRAWN, "correct"),
        (State.REGISTERED, "no such event"),
        (State.DRAFT, "neighbour"),
    ],
)
def test_what_is_not_in_the_table_is_not_possible(state: State, event: str) -> None:
    with pytest.raises(StepNotAllowed):
        advance(state, event, NOON, terms(), direction="import", registered_at=-1)


def test_a_missed_term_of_the_office_escalates_and_decides_nothing() -> None:
    step = advance(
        State.REGISTERED, "release_overdue", NOON, terms(), direction="import", registered_at=NOON
    )
    assert (step.state, step.escalates, step.due, step.tells) == (State.REGISTERED, True, None, "")


def test_terms_run_from_registration_or_from_the_event() -> None:
    law, early = terms(), NOON - 3_600_000
    asked = advance(
        State.REGISTERED, "request_documents", NOON, law, direction="import", registered_at=early
    )
    want = law.deadlines.due("documents", early, law.calendar)
    assert asked.due == want
    registered = advance(State.FILED, "register", NOON, law, direction="import", registered_at=-1)
    assert registered.due == law.deadlines.due("release", NOON, law.calendar)


def test_what_the_neighbour_says_leaves_the_term_running() -> None:
    step = advance(
        State.REGISTERED, "neighbour", NOON, terms(), direction="import", registered_at=NOON
    )
    assert (step.keeps_due, step.state) == (True, State.REGISTERED)


@pytest.mark.parametrize(
    ("outcome", "before", "early", "has_term", "event"),
    [
        ("released", None, False, False, "register"),
        ("held", None, True, False, "register_early"),
        ("refused", None, False, False, "refuse_registration"),
        ("refused", None, True, False, "refuse_registration"),
        ("refused", State.REGISTERED, False, True, "refuse_amended"),
        ("released", State.REGISTERED, False, True, "register_amended"),
        ("released", State.REGISTERED, True, True, "register_amended"),
        ("released", State.REGISTERED, True, False, "register_early"),
    ],
)
def test_how_a_filing_is_registered(
    outcome: str, before: State | None, early: bool, has_term: bool, event: str
) -> None:
    assert registration(outcome, early=early, before=before, has_term=has_term) == event


@pytest.mark.parametrize(
    ("demands", "lane", "event"),
    [
        ((), "green", "release"),
        (("officer",), "yellow", "request_documents"),
        (("officer",), "red", "order_inspection"),
        (("officer",), "green", "request_documents"),
        (("permits",), "green", "request_documents"),
        (("payment",), "green", ""),
        (("power", "payment"), "green", ""),
        (("inspection", "payment"), "green", "order_inspection"),
        (("presentation", "inspection"), "red", ""),
    ],
)
def test_what_follows_on_a_decision(demands: tuple[str, ...], lane: str, event: str) -> None:
    holds = [Hold(code="HLD001", demand=one, who="officer") for one in demands]
    assert follows(holds, lane) == event


@given(st.lists(st.integers(0, 30), max_size=40), st.sampled_from(["import", "export", "transit"]))
def test_no_course_leaves_the_table(choices: list[int], direction: str) -> None:
    law, state, at, registered = terms("zz"), State.DRAFT, NOON, -1
    for choice in choices:
        events = possible(state)
        if not events:
            break
        event = events[choice % len(events)]
        step = advance(state, event, at, law, direction=direction, registered_at=registered)
        if event.startswith("register"):
            registered = at if event in {"register", "register_early"} else registered
        assert step.due is None or step.due.at > at
        state, at = step.state, at + 600_000


def test_time_only_does_what_time_may() -> None:
    overdue = {one.name for one in EVENTS if Actor.TIME in one.actors}
    assert overdue == {one.name for one in EVENTS if one.name.endswith("_overdue")}
