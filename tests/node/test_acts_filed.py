"""Acts on a declaration after its release, filed with a node."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from pathlib import Path

import pytest

from silkport.kernel.exchange_errors import StepNotAllowed
from silkport.model.states import Actor, State
from silkport.node.workflow.acting import act
from silkport.node.workflow.cases import Case, history
from silkport.node.workflow.filing import Filed, file_declaration
from silkport.node.workflow.reading import Declared, declared_in
from silkport.sim.nodes import Simulated
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
            read.declaration,
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


def test_what_an_officer_released_can_be_corrected(desk: Desk) -> None:
    case = desk.file(a_house("1", a_line(SCREWS, "1000"))).case
    node, office = desk.node.node, desk.node.office
    gone = act(node, office, case.id, "cancel", actor=Actor.OFFICER, who="Chen", reason="so")
    assert (gone.state, gone.decision["decision"]["outcome"]) == (State.WITHDRAWN, "withdrawn")
    with pytest.raises(StepNotAllowed):
        desk.file(corrected(a_house("1", a_line(SCREWS, "1200"))))
