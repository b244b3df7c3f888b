"""Retention of declarations and persons: what is past its term goes, what is open stays."""

from __future__ import annotations

import sqlite3
from datetime import date
from pathlib import Path

import pytest

from silkport.kernel.errors import NotFound, ParamNotInForce
from silkport.kernel.merkle import verify_inclusion
from silkport.kernel.periods import Period
from silkport.law.retention import Kept, Retention, Term
from silkport.model.states import TRANSITIONS, Actor, State
from silkport.node.home import STATE
from silkport.node.state.connecting import connect
from silkport.node.state.contract import Transaction
from silkport.node.state.migrating import migrate
from silkport.node.state.retaining import ENDED, Retained, retain
from silkport.node.transparency import log
from silkport.node.transparency.removed import is_removed
from silkport.node.workflow.acting import act
from silkport.node.workflow.cases import case_of, find_case, history
from silkport.node.workflow.filing import Filed
from silkport.node.workflow.people import ERASED, reveal
from tests.node.retained import (
    DAY_MS,
    PERSON,
    UTC_TIME,
    Corridor,
    a_law,
    everything,
    export,
    rows_of,
)


@pytest.fixture
def corridor(tmp_path: Path) -> Corridor:
    return Corridor(tmp_path)


# Declarations.


def prove_events(tx: Transaction, identity: str, last: int) -> None:
    """Each event is in the log with a proof, and marked as removed."""
    now = log.current(tx)
    for n in range(1, last + 1):
        found = log.inclusion(tx, log.EVENT, identity, n, now.size)
        assert found.index == log.index_of(tx, log.EVENT, identity, n)
        assert verify_inclusion(found.leaf, found.index, now.size, found.path, now.root)
        assert is_removed(tx, log.EVENT, identity, n)


def test_a_declaration_goes_on_the_day_after_its_last(corridor: Corridor) -> None:
    (filed,) = corridor.file(export("1"))
    case = filed.case
    assert case.state is State.RELEASED
    before = corridor.one.node.state.read(log.current)
    ended = corridor.now
    law = a_law(persons=400, incidents=400)

    corridor.now = ended // DAY_MS * DAY_MS + 41 * DAY_MS - 1  # the end of its last day
    assert corridor.retain(law) == {}
    assert corridor.one.node.state.read(lambda tx: case_of(tx, case.id)) == case
    corridor.now += 1
    assert corridor.retain(law) == {"declarations": 1}

    read = corridor.one.node.state.read
    assert read(lambda tx: find_case(tx, case.id)) is None
    assert read(lambda tx: history(tx, case.id)) == []
    for table in ("declaration", "event", "version", "person_case"):
        assert rows_of(corridor.one, table) == 0, table
    assert read(log.current).size == before.size + 1  # which says what was removed
    read(lambda tx: prove_events(tx, case.id, 3))
    with pytest.raises(NotFound):
        read(lambda tx: log.index_of(tx, log.EVENT, case.id, 4))
    assert not read(lambda tx: is_removed(tx, log.EVENT, case.id, 4))
    (mark,) = read(lambda tx: tx.rows("removed_of", log.EVENT, case.id))
    assert mark == (1, 3, "declarations, 40 days: an act", corridor.now)
    corridor.sound(corridor.one)
    assert corridor.retain(law) == {}


def test_open_declarations_stay_however_old(corridor: Corridor) -> None:
    """Inspected, conditionally released, with an act that an officer has to decide."""
    act_on = corridor.one
    waiting, conditional, held, closed = corridor.file(*(export(f"{n}") for n in range(1, 5)))
    law = a_law(persons=4000, incidents=4000, messages=4000, evidence=4000)
    with act_on.connection as connection:
        for filed, state in ((waiting, "inspected"), (conditional, "conditionally_released")):
            connection.execute(
                "update declaration set state = ? where id = ?", (state, filed.case.id)
            )
        connection.execute(
            "update declaration set held = ? where id = ?", (b'{"declaration":{}}', held.case.id)
        )
    corridor.later(4000)
    assert corridor.retain(law) == {"declarations": 1}
    left = [row[0] for row in act_on.connection.execute("select id from declaration")]
    assert sorted(left) == sorted(one.case.id for one in (waiting, conditional, held))
    assert closed.case.id not in left


def test_a_term_that_runs_keeps_a_declaration(corridor: Corridor) -> None:
    corridor.file(export("1"))
    with corridor.one.connection as connection:
        connection.execute("update declaration set due_at = 5")
    corridor.later(4000)
    assert "declarations" not in corridor.retain()
    with corridor.one.connection as connection:
        connection.execute("update declaration set due_at = -1")
    assert corridor.retain()["declarations"] == 1


def test_an_act_begins_the_term_anew(corridor: Corridor) -> None:
    (filed,) = corridor.file(export("1"))
    corridor.later(30)
    act(
        corridor.one.node,
        corridor.one.office,
        filed.case.id,
        "cancel",
        actor=Actor.OFFICER,
        who="Chen",
        reason="counted again",
    )
    corridor.later(30)
    assert "declarations" not in corridor.retain()
    corridor.later(11)
    assert corridor.retain()["declarations"] == 1
    corridor.sound(corridor.one)


def test_the_same_declaration_again_goes_on_in_the_log(corridor: Corridor) -> None:
    (filed,) = corridor.file(export("1"))
    corridor.later(41)
    corridor.retain()
    corridor._filed = 0
    (again,) = corridor.file(export("1"))
    assert not again.is_duplicate
    assert again.case.id == filed.case.id
    read = corridor.one.node.state.read
    assert [row[0] for row in read(lambda tx: tx.rows("events", filed.case.id))] == [4, 5, 6]
    assert read(lambda tx: log.index_of(tx, log.EVENT, filed.case.id, 4))
    corridor.sound(corridor.one)
    corridor.later(41)
    assert corridor.retain()["declarations"] == 1
    assert read(lambda tx: is_removed(tx, log.EVENT, filed.case.id, 5))
    corridor.sound(corridor.one)


def test_states_that_have_ended_are_those_in_which_nothing_runs() -> None:
    deadlines = {one.to for one in TRANSITIONS if one.deadline}
    times = {one.state for one in TRANSITIONS if one.event.endswith("_overdue")}
    assert set(ENDED) == set(State) - deadlines - times - {State.DRAFT}
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrate(connection)
    sql = connection.execute("select sql from sqlite_schema where name = 'ended'").fetchone()[0]
    assert {state.value for state in State if f"'{state.value}'" in sql} == {
        state.value for state in ENDED
    }
    connection.close()


# Persons.


def name_in(corridor: Corridor, filed: Filed) -> object:
    document = filed.case.document["declaration"]
    node = corridor.one.node
    return node.state.read(lambda tx: reveal(tx, node, document))["consignee_name"]


def test_persons_of_closed_declarations_are_forgotten(corridor: Corridor) -> None:
    (filed,) = corridor.file(export("1", **PERSON))
    assert name_in(corridor, filed) == PERSON["consignee_name"]
    corridor.later(10)
    assert corridor.retain() == {}
    corridor.later(1)
    assert corridor.retain() == {"persons": 2}  # the name and the number
    assert name_in(corridor, filed) == ERASED
    assert rows_of(corridor.one, "person_key") == 0
    assert corridor.one.node.state.read(lambda tx: case_of(tx, filed.case.id)) == filed.case
    assert corridor.retain() == {}
    corridor.sound(corridor.one)


@pytest.mark.parametrize("open_by", ["state", "held", "due_at", "a younger one"])
def test_a_person_in_something_open_or_young_is_kept(corridor: Corridor, open_by: str) -> None:
    (filed,) = corridor.file(export("1", **PERSON))
    change = {"state": "'sampled'", "held": "x'7b7d'", "due_at": "9"}
    if open_by in change:
        with corridor.one.connection as connection:
            connection.execute(f"update declaration set {open_by} = {change[open_by]}")
    else:
        corridor.later(5)
        corridor.file(export("2", **PERSON))
    corridor.later(10)
    assert corridor.retain() == {}
    assert name_in(corridor, filed) == PERSON["consignee_name"]


def test_a_person_goes_before_or_with_the_declaration(corridor: Corridor) -> None:
    corridor.file(export("1", **PERSON))
    corridor.later(41)
    found = corridor.retain(a_law(persons=40))
    assert (found["declarations"], found["persons"]) == (1, 2)
    assert rows_of(corridor.one, "person_case") == 0


# Incidents, bounds, law.


def test_incidents_go(corridor: Corridor) -> None:
    state = corridor.one.node.state
    state.write(lambda tx: tx.run("add_incident", 1, "two", "SP-1", "old", corridor.now))
    corridor.later(3)
    state.write(lambda tx: tx.run("add_incident", 1, "two", "SP-2", "new", corridor.now))
    corridor.later(3)
    assert corridor.retain() == {"incidents": 1}
    assert [row[4] for row in state.read(lambda tx: tx.rows("incidents", 9))] == ["new"]


@pytest.mark.parametrize("limit", [1, 2, 1000])
def test_any_limit_removes_the_same(tmp_path: Path, limit: int) -> None:
    corridor = Corridor(tmp_path)
    corridor.file(*(export(f"{n}", **PERSON) for n in range(1, 4)))
    corridor.exchange()
    corridor.later(50)
    assert corridor.retain(limit=limit) == {
        "declarations": 3,
        "messages": 4,
        "evidence": 5,  # three disclosures, a batch out, a batch in
        "persons": 2,
    }
    marks = corridor.one.connection.execute("select kind, first, last from removed order by 1, 2")
    assert marks.fetchall() == [
        ("disclosed", 1, 3),
        *[("event", 1, 3)] * 3,
        ("evidence in", 1, 1),
        ("evidence out", 1, 3),
        ("received", 1, 1),
        ("sent", 1, 3),
    ]
    assert corridor.retain(limit=limit) == {}
    corridor.sound()


def test_each_transaction_is_bounded(corridor: Corridor) -> None:
    corridor.file(*(export(f"{n}") for n in range(1, 6)))
    corridor.later(50)
    seen: list[str] = []
    corridor.one.watch = seen.append
    corridor.one.wake()
    corridor.retain(limit=2)
    parts = "/".join(seen).split("/committed")
    assert max(part.count("remove_declaration") for part in parts) == 2
    assert "/".join(seen).count("remove_declaration") == 5


def test_a_crash_in_the_middle_loses_no_mark(tmp_path: Path) -> None:
    """At every statement in turn: what is gone is marked, and the next run does the rest."""

    class Crash(BaseException):
        pass

    corridor = Corridor(tmp_path)
    corridor.file(*(export(f"{n}", **PERSON) for n in range(1, 3)))
    corridor.exchange()
    corridor.later(50)
    start = list(corridor.one.connection.iterdump())
    for number in range(1, 200, 3):
        copy = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        copy.executescript("\n".join(start))
        corridor.one.connection = copy
        count = 0

        def step(_: str, number: int = number) -> None:
            nonlocal count
            count += 1
            if count == number:
                raise Crash

        corridor.one.watch = step
        corridor.one.wake()
        try:
            corridor.retain()
        except Crash:
            corridor.one.watch = None
            corridor.one.wake()
            corridor.sound(corridor.one)
            corridor.retain()
            corridor.sound(corridor.one)
            assert rows_of(corridor.one, "declaration") == 0
        else:
            assert number > 30
            return
    pytest.fail("it never came to its end")


def test_what_nobody_confirmed_is_left_alone(corridor: Corridor) -> None:
    corridor.file(export("1", **PERSON))
    corridor.exchange()
    corridor.later(4000)
    before, law = everything(corridor.one), a_law("unverified")
    found = retain(corridor.one.node, law, corridor.now, 100)
    assert found == Retained({}, tuple(Kept))
    assert everything(corridor.one) == before
    found = retain(corridor.one.node, law, corridor.now, 100, unverified=True)
    assert found.left == ()
    assert found.removed[Kept.DECLARATIONS] == 1


def test_without_a_law_for_today_nothing_goes(corridor: Corridor) -> None:
    corridor.file(export("1"))
    corridor.later(4000)
    terms = {one.kept: one for one in a_law().terms}
    over = Term(
        kept=Kept.INCIDENTS,
        value=1,
        unit="days",
        period=Period(date(2000, 1, 1), date(2030, 1, 1)),
        source="an act",
    )
    law = Retention("aa", UTC_TIME, tuple((terms | {Kept.INCIDENTS: over}).values()))
    before = everything(corridor.one)
    with pytest.raises(ParamNotInForce):
        retain(corridor.one.node, law, corridor.now, 100)
    assert everything(corridor.one) == before


def test_what_went_is_in_no_file(tmp_path: Path) -> None:
    """Of a state on the disk: neither in the database nor in its journal."""
    corridor = Corridor(tmp_path)
    (filed,) = corridor.file(export("1", vehicle="KZ777SECRET02"))
    corridor.exchange()
    path = tmp_path / STATE
    copy = sqlite3.connect(path)
    corridor.one.connection.backup(copy)
    copy.close()
    corridor.one.connection = connect(path)
    corridor.one.wake()
    corridor.later(50)
    assert b"SECRET02" in path.read_bytes()
    assert corridor.retain()["declarations"] == 1
    for left in tmp_path.glob(f"{STATE}*"):
        content = left.read_bytes()
        assert b"SECRET02" not in content, left
        assert filed.case.number.encode() not in content
    corridor.sound(corridor.one)
    corridor.one.connection.close()
