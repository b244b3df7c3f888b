"""The legal day of a declaration is the day on which it is filed; nobody chooses it."""

from __future__ import annotations

import pytest

from silkport.kernel.filing_errors import DayNotOfFiling
from silkport.model.parties import Deed
from silkport.model.states import State
from tests.node.released import TODAY, Gate
from tests.node.test_acts_decided import correct, power
from tests.node.worlds import DAY


@pytest.mark.parametrize("day", [TODAY - 365, TODAY - 1, TODAY + 1])
def test_another_day_is_refused_and_nothing_is_kept(day: int) -> None:
    gate = Gate()
    with pytest.raises(DayNotOfFiling, match="SP-6308"):
        gate.file(decl_day=day)
    assert gate.world.rows("zz", "select count(*) from declaration") == [(0,)]


def test_the_day_of_filing_is_taken_and_no_day_is_for_the_rules() -> None:
    gate = Gate(("presentation",))
    assert gate.file(2, early=False, decl_day=TODAY).state is State.RELEASED
    assert gate.file(3, decl_day=-1).state is State.REGISTRATION_REFUSED


def test_the_day_is_local_and_ends_at_midnight_there() -> None:
    gate = Gate()
    at = gate.world.clock.at
    while gate.office.day(at + 1) == TODAY:
        at += min(DAY, 60_000)
    begins = at  # within a minute of midnight
    gate.world.clock.at = begins - 60_000
    gate.file(1, decl_day=TODAY)
    gate.world.clock.at = begins + 60_000
    with pytest.raises(DayNotOfFiling):
        gate.file(2, decl_day=TODAY)
    gate.file(2, decl_day=TODAY + 1)


def test_a_lapsed_power_declares_by_no_earlier_day() -> None:
    gate = Gate(("presentation", "power"))
    power(gate, Deed.DECLARE, stop=TODAY)
    assert gate.stands(gate.file(early=False)) == ["HLD004"]
    with pytest.raises(DayNotOfFiling):
        gate.file(2, early=False, decl_day=TODAY - 1)


@pytest.mark.parametrize("stated", [TODAY - 300, TODAY, TODAY + 3])
def test_what_is_registered_keeps_its_day(stated: int) -> None:
    gate = Gate(("presentation", "payment"))
    first = gate.file()
    gate.world.clock.at += 3 * DAY
    amended = gate.file(pack_count=11, decl_day=stated)
    assert (amended.id, amended.state, amended.decl_day) == (first.id, State.REGISTERED, TODAY)
    assert amended.document["declaration"]["decl_day"] == TODAY


def test_what_was_refused_is_of_the_day_on_which_it_is_filed_anew() -> None:
    gate = Gate(("presentation",))
    assert gate.file(goods_count=77).state is State.REGISTRATION_REFUSED
    gate.world.clock.at += DAY
    with pytest.raises(DayNotOfFiling):
        gate.file(decl_day=TODAY)
    assert gate.file().decl_day == TODAY + 1


def test_an_act_after_release_keeps_the_day() -> None:
    gate = Gate(("presentation",))
    gate.file(2, early=False)
    gate.world.clock.at += DAY
    after = correct(gate, 2, day=TODAY + 1, decl_day=TODAY - 300)
    assert (after.state, after.decl_day) == (State.CORRECTED, TODAY)
    assert after.document["declaration"]["decl_day"] == TODAY
