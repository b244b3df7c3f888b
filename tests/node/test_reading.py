"""Cases in pages, and the grounds of a decision, as officers and declarants read them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from silkport.law.sentences import LANGUAGES
from silkport.model.states import Actor, State
from silkport.node.workflow.acting import act, pass_time
from silkport.node.workflow.cases import Case
from silkport.node.workflow.filing import file_declaration
from silkport.node.workflow.reading import (
    Declared,
    Listed,
    Wanted,
    decided_last,
    declared_in,
    grounds_of,
    list_cases,
    term_missed,
)
from silkport.sim.nodes import Simulated
from tests.node.dating import of_day
from tests.node.houses import ACTED, SCREWS, a_house, a_line, corrected, written_to
from tests.node.worlds import DAY, HOUR, MINUTE, Clock

BEGIN = int(datetime(ACTED.year, ACTED.month, ACTED.day, 4, tzinfo=UTC).timestamp()) * 1000


class Bench:
    """A node without peers, by a clock that is set by hand."""

    def __init__(self, folder: Path) -> None:
        self.clock = Clock(BEGIN)
        self.node = Simulated("zz", "zz", self.clock, lambda count: bytes(range(count)))
        self._folder, self._files = folder, 0

    def file(self, number: str, **more: object) -> Case:
        """Files one import; of screws it is released at once."""
        house = a_house(number, a_line(SCREWS, "1000"), **more)
        return self.take(house, number)

    def take(self, house: dict[str, Any], number: str) -> Case:
        self._files += 1
        path = written_to(self._folder / str(self._files), house, number=number)
        (read,) = declared_in([path])
        assert isinstance(read, Declared)
        one = self.node
        declared = of_day(read.declaration, one.office, self.clock.at)
        return file_declaration(
            one.node, one.office, declared, read.goods, problems=read.problems
        ).case

    def act(self, case: Case, event: str) -> Case:
        one = self.node
        return act(
            one.node, one.office, case.id, event, actor=Actor.OFFICER, who="Chen", reason="r"
        )

    def list(self, **wanted: Any) -> list[Listed]:
        return self.node.node.state.read(lambda tx: list_cases(tx, Wanted(**wanted)))

    def lane(self, case: Case, lane: str) -> None:
        """Puts what is kept of a case into a lane."""
        sql = (
            "update declaration set decision = cast(json_set(cast(decision as text), ?, ?) as blob)"
        )
        self.node.connection.execute(f"{sql} where id = ?", ("$.decision.lane", lane, case.id))


NO_RATE = "0101210000"
"""A commodity that no tariff of the tests has: an officer decides."""


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def waiting(bench: Bench, number: str) -> Case:
    """A declaration of which documents are wanted."""
    case = bench.take(a_house(number, a_line(NO_RATE, "1000")), number)
    assert case.state is State.DOCUMENTS_REQUESTED
    return case


def ids(rows: list[Listed]) -> list[str]:
    return [one.id for one in rows]


def test_terms_come_first_then_the_rest_page_by_page(bench: Bench) -> None:
    released = [bench.file(f"R{n}") for n in range(3)]
    first = waiting(bench, "W1")
    bench.clock.at += DAY
    later = [waiting(bench, f"W{n}") for n in range(2, 5)]
    order = ids(bench.list())
    assert order[0] == first.id
    assert set(order[1:4]) == {one.id for one in later}
    assert order[4:] == sorted(one.id for one in released)
    for limit in (1, 2, 3, 5, 7):
        paged: list[str] = []
        after = (-1, "")
        while page := bench.list(limit=limit, after=after):
            assert len(page) <= limit
            paged += ids(page)
            after = page[-1].place
        assert paged == order


def test_state_lane_and_day_choose(bench: Bench) -> None:
    bench.file("R1")
    case, other = waiting(bench, "W1"), waiting(bench, "W2")
    bench.lane(other, "red")
    assert ids(bench.list(state="documents_requested", lane="red")) == [other.id]
    assert ids(bench.list(lane="red")) == [other.id]
    assert bench.list(state="released", lane="red") == []
    assert {one.lane for one in bench.list(state="released")} == {"green"}
    assert bench.list(due_before=case.due_at) == []
    assert set(ids(bench.list(due_before=case.due_at + 1))) == {case.id, other.id}


def test_overdue_before_and_after_the_node_notices(bench: Bench) -> None:
    bench.file("R1")
    case = waiting(bench, "W1")
    case = bench.act(case, "receive_documents")  # a term whose end escalates
    now = case.due_at
    assert bench.list(overdue_at=now - 1) == []
    (seen,) = bench.list(overdue_at=now)
    assert (seen.id, seen.missed, seen.is_overdue(now)) == (case.id, None, True)
    bench.clock.at = now + MINUTE
    assert pass_time(bench.node.node, bench.node.office) == 1
    (seen,) = bench.list(overdue_at=now + HOUR)
    assert seen.missed is not None
    assert (seen.state, seen.due_at) == ("registered", -1)
    assert (term_missed(seen.missed), seen.missed.since) == ("documents_overdue", now + MINUTE)
    bench.act(case, "release")
    assert bench.list(overdue_at=now + DAY) == []


def test_overdue_ones_fill_a_page_behind_those_that_were_settled(bench: Bench) -> None:
    cases = [bench.act(waiting(bench, f"W{n}"), "receive_documents") for n in range(6)]
    bench.clock.at = max(one.due_at for one in cases) + MINUTE
    pass_time(bench.node.node, bench.node.office)
    settled = sorted(one.id for one in cases)[:4]
    for one in cases:
        if one.id in settled:
            bench.act(one, "release")
    left = sorted({one.id for one in cases} - set(settled))
    assert ids(bench.list(overdue_at=bench.clock.at, limit=2)) == left


@pytest.mark.parametrize("language", LANGUAGES)
def test_grounds_in_words(bench: Bench, tmp_path: Path, language: str) -> None:
    case = waiting(bench, "W1")
    grounds = grounds_of(tmp_path, case.decision, language, officer=False)
    assert grounds.decided_by == grounds.spoken_by
    assert grounds.appeal_day == case.decision["decision"]["appeal_day"] > 0
    reason = next(one for one in grounds.reasons if one.code == "ASS201")
    assert NO_RATE in reason.sentence
    assert reason.fix
    assert reason.source
    assert reason.facts["hs_code"] == NO_RATE


def test_grounds_come_gravest_first_and_risk_is_for_officers(bench: Bench, tmp_path: Path) -> None:
    case = bench.take(a_house("W1", a_line(NO_RATE, "1000"), gross_mass_kg="3"), "W1")
    seen = grounds_of(tmp_path, case.decision, "en", officer=True).reasons
    effects = [one.effect for one in seen]
    assert effects[0] == "refuse"
    assert {"hold", "risk"} <= set(effects)
    assert effects.index("hold") < effects.index("risk")
    told = grounds_of(tmp_path, case.decision, "en", officer=False).reasons
    assert [one.code for one in told] == [one.code for one in seen if one.effect != "risk"]


def test_no_regime_no_term_for_an_appeal(bench: Bench, tmp_path: Path) -> None:
    case = bench.file("1", procedure="99")
    grounds = grounds_of(tmp_path, case.decision, "en", officer=False)
    assert (grounds.reasons[0].code, grounds.appeal_day) == ("REG001", -1)


def test_what_was_decided_last_is_that_of_the_act(bench: Bench) -> None:
    case = bench.file("1")
    late = corrected(a_house("1", a_line(NO_RATE, "1200")))
    acted = bench.take(late, "1")
    last = bench.node.node.state.read(lambda tx: decided_last(tx, acted))
    assert acted.id == case.id
    assert last["findings"] != []
    assert (acted.state, bool(acted.held)) in {(State.RELEASED, True), (State.RELEASED, False)}
