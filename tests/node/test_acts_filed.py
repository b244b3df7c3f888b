"""Acts on a declaration after its release, filed with a node."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from silkport.engine.house import ClearedHouse, Earlier
from silkport.kernel.exchange_errors import StepNotAllowed
from silkport.model.states import Actor, State
from silkport.node.workflow.acting import act
from silkport.node.workflow.cases import Case, decoded, history
from silkport.node.workflow.filing import Filed, file_declaration
from silkport.node.workflow.reading import Declared, declared_in
from silkport.sim.nodes import Simulated
from tests.node.dating import of_day
from tests.node.houses import ACTED, SCREWS, House, a_house, a_line, corrected, written_to

AT = int(datetime(ACTED.year, ACTED.month, ACTED.day, 4, tzinfo=UTC).timestamp()) * 1000


class Desk:
    """A node without peers, and files of houses filed with it."""

    def __init__(self, folder: Path) -> None:
        self.node = Simulated("zz", "zz", lambda: AT, random.Random(1).randbytes)
        self._folder, self._files = folder, 0

    def file(self, house: House, *, from_customs: bool = False) -> Filed:
        self._files += 1
        path = written_to(self._folder / str(self._files), house)
        (read,) = declared_in([path])
        assert isinstance(read, Declared)
        return file_declaration(
            self.node.node,
            self.node.office,
            of_day(read.declaration, self.node.office, AT),
            read.goods,
            problems=read.problems,
            from_customs=from_customs,
        )

    def events(self, case: Case) -> list[str]:
        read = self.node.node.state.read
        return [one["event"] for one in read(lambda tx: history(tx, case.id))]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def owed(case: Case) -> int:
    return int(case.decision["decision"]["total_minor"])


def test_a_correction_is_taken_and_owes_the_difference(desk: Desk) -> None:
    first = desk.file(a_house("1", a_line(SCREWS, "1000"))).case
    later = desk.file(corrected(a_house("1", a_line(SCREWS, "1200")))).case
    assert (first.state, later.state) == (State.RELEASED, State.CORRECTED)
    (change,) = [one for one in later.decision["adjustments"] if one["levy"] == "duty"] or [None]
    assert owed(later) > owed(first)
    assert change is None or change["kind"] == "debt"
    assert desk.events(later)[-1] == "correct"


def test_each_version_is_known_when_it_comes_again(desk: Desk) -> None:
    house, second = a_house("1", a_line(SCREWS, "1000")), None
    desk.file(house)
    second = corrected(a_house("1", a_line(SCREWS, "1200")))
    corrected_case = desk.file(second).case
    for version in (house, second):
        again = desk.file(version)
        assert (again.is_duplicate, again.case) == (True, corrected_case)


def test_a_correction_of_nothing_is_not_taken(desk: Desk) -> None:
    case = desk.file(corrected(a_house("1", a_line(SCREWS, "1200")))).case
    assert case.state is State.REGISTRATION_REFUSED


def test_a_correction_before_release_is_too_early(desk: Desk) -> None:
    house = a_house("1", a_line(SCREWS, "1000"))
    refused = house | {"goods_count": 9} if isinstance(house, dict) else house
    desk.file(refused)
    with pytest.raises(StepNotAllowed, match="not released yet"):
        desk.file(corrected(a_house("1", a_line(SCREWS, "1200"))))


def held_act(desk: Desk) -> Case:
    """A released house with a correction that an officer has to decide: its lane is not green."""
    desk.file(a_house("1", a_line(SCREWS, "1000")))
    engine = desk.node.office.engine
    clear = engine.clear

    def doubtful(*arguments: object, **more: object) -> ClearedHouse:
        cleared = clear(*arguments, **more)  # type: ignore[arg-type]
        earlier = more["before"]
        assert isinstance(earlier, Earlier)
        return replace(
            cleared,
            decision=dict(earlier.decision),
            tax_lines=[dict(one) for one in earlier.tax_lines],
            assessed=[dict(one) for one in earlier.assessed],
            kept=True,
            proposed=cleared,
        )

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(engine), "clear", lambda _self, *a, **k: doubtful(*a, **k))
        return desk.file(corrected(a_house("1", a_line(SCREWS, "1200")))).case


def test_a_held_act_waits_for_an_officer_who_accepts_it(desk: Desk) -> None:
    case = held_act(desk)
    assert (case.state, desk.events(case)[-1]) == (State.RELEASED, "hold_act")
    before = owed(case)
    with pytest.raises(StepNotAllowed, match="waiting for an officer"):
        desk.file(corrected(a_house("1", a_line(SCREWS, "1300"))) | {"guid": "third"})
    node, office = desk.node.node, desk.node.office
    done = act(node, office, case.id, "accept_act", actor=Actor.OFFICER, who="Chen", reason="so")
    assert (done.state, dict(done.held)) == (State.CORRECTED, {})
    assert owed(done) > before
    assert done.document["goods"][0]["total_e5"] == 1_200 * 100_000


def test_a_held_act_can_be_refused_and_nothing_changes(desk: Desk) -> None:
    case = held_act(desk)
    node, office = desk.node.node, desk.node.office
    done = act(node, office, case.id, "refuse_act", actor=Actor.OFFICER, who="Chen", reason="so")
    assert (done.state, owed(done), dict(done.held)) == (State.RELEASED, owed(case), {})
    for event in ("accept_act", "refuse_act", "correct"):
        with pytest.raises(StepNotAllowed):
            act(node, office, case.id, event, actor=Actor.OFFICER, who="Chen", reason="so")


def test_every_version_is_kept_whole(desk: Desk) -> None:
    case = desk.file(a_house("1", a_line(SCREWS, "1000"))).case
    desk.file(corrected(a_house("1", a_line(SCREWS, "1200"))))
    rows = desk.node.connection.execute(
        "select act, document from version where id = ? order by app_time", (case.id,)
    )
    totals = [(act_, decoded(document)["goods"][0]["total_e5"]) for act_, document in rows]
    assert totals == [("declaration", 100_000_000), ("correction", 120_000_000)]


def test_what_an_officer_cancelled_cannot_be_corrected(desk: Desk) -> None:
    case = desk.file(a_house("1", a_line(SCREWS, "1000"))).case
    node, office = desk.node.node, desk.node.office
    gone = act(node, office, case.id, "cancel", actor=Actor.OFFICER, who="Chen", reason="so")
    assert (gone.state, gone.decision["decision"]["outcome"]) == (State.WITHDRAWN, "withdrawn")
    with pytest.raises(StepNotAllowed):
        desk.file(corrected(a_house("1", a_line(SCREWS, "1200"))))
