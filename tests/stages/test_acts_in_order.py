"""Versions of a house before and after its release: what comes too early, too late, or again.

The house and its law are those of `test_after_release`.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations, product

import pytest

from silkport.stages import release
from tests.stages.goods_desk import OWED, Declared, GoodsDesk, a_declaration, an_act, released
from tests.stages.goods_law import DAY, E5


@pytest.mark.parametrize("act", ["declaration", "withdrawal"])
def test_what_comes_before_release_comes_too_late_after_it(act: str) -> None:
    desk, house = released()
    before, paid = desk.decision(), desk.payments()
    again = house.with_line(total_e5=1).version(120_000, act=act)
    cleared = desk.clear(DAY, again)
    assert desk.statuses == ["current", "too_late"]
    assert cleared.decisions.height == 0
    assert desk.decision() == before
    assert desk.payments().equals(paid)
    assert desk.adjusted() == []


def test_a_duplicate_changes_nothing() -> None:
    desk, house = released()
    act = an_act("correction", house, DAY, total_e5=9_123 * E5)
    desk.clear(DAY, act)
    before, paid, adjusted = desk.decision(), desk.payments(), desk.adjusted()
    later = DAY + timedelta(days=5)
    for papers in ([act], [house], [house, act], [act, act]):
        cleared = desk.clear(later, *papers)
        assert cleared.decisions.height == 0
        assert cleared.adjustments.height == 0
        assert set(cleared.statuses["status"]) == {"duplicate"}
    assert desk.decision() == before
    assert desk.payments().equals(paid)
    assert desk.adjusted() == adjusted


def held() -> tuple[GoodsDesk, Declared]:
    """A desk that holds one house: no rate is on file for its goods."""
    desk, house = GoodsDesk(), a_declaration("AIG/1", {"hs_code": "0101210000"})
    desk.clear(DAY, house)
    assert desk.decision()["outcome"] == "held"
    return desk, house


@pytest.mark.parametrize("act", release.AFTER_RELEASE)
def test_an_act_before_release_comes_too_early_and_changes_nothing(act: str) -> None:
    desk, house = held()
    before, paid, found = desk.decision(), desk.payments(), desk.codes()
    cleared = desk.clear(DAY, an_act(act, house, DAY, hs_code="1101001500"))
    assert desk.statuses == ["current", "too_early"]
    assert cleared.decisions.height == cleared.adjustments.height == 0
    assert desk.decision() == before
    assert desk.payments().equals(paid)
    assert desk.codes() == found


@pytest.mark.parametrize("apart", [True, False])
def test_an_act_that_came_too_early_is_taken_when_it_is_sent_again(apart: bool) -> None:
    """It does not outrank the version that releases the house, although it is newer."""
    desk, house = held()
    act = an_act("correction", house, DAY, 150_000, hs_code="1101001500", total_e5=9_123 * E5)
    again = house.with_line(hs_code="1101001500").version(140_000)
    for papers in ([act], [again]) if apart else ([act, again],):
        desk.clear(DAY, *papers)
    assert desk.statuses == ["current", "too_early", "current"]
    assert desk.decision()["outcome"] == "released"
    assert desk.amounts() == OWED
    desk.clear(DAY, act)
    assert desk.statuses[3:] == ["current"]
    assert desk.amounts()["duty"] == 105_826
    desk.clear(DAY, act)
    assert desk.statuses[4:] == ["duplicate"]


def test_what_came_too_early_does_not_count_after_release() -> None:
    desk, house = held()
    desk.clear(DAY, an_act("correction", house, DAY, 150_000, total_e5=9_999 * E5))
    desk.clear(DAY, house.with_line(hs_code="1101001500").version(120_000))
    assert desk.amounts() == OWED
    lawful = an_act("correction", house, DAY, 130_000, hs_code="1101001500", total_e5=9_123 * E5)
    desk.clear(DAY, lawful)
    assert desk.statuses == ["current", "too_early", "current", "current"]
    assert desk.amounts()["duty"] == 105_826


def test_an_act_on_a_house_that_nobody_declared_is_refused_and_blocks_nothing() -> None:
    desk, house = GoodsDesk(), a_declaration("AIG/1")
    act = an_act("correction", house, DAY, 150_000, total_e5=9_123 * E5)
    desk.clear(DAY, act)
    assert (desk.decision()["outcome"], desk.codes()) == ("refused", {"AFT001"})
    desk.clear(DAY, house)
    assert desk.decision()["outcome"] == "released"
    assert desk.amounts() == OWED
    desk.clear(DAY, act)
    assert desk.statuses == ["too_early", "current", "current"]
    assert desk.amounts()["duty"] == 105_826


@pytest.mark.parametrize("act", [*release.AFTER_RELEASE, "declaration"])
def test_nothing_changes_a_withdrawn_house(act: str) -> None:
    desk, house = held()
    desk.clear(DAY, house.version(120_000, act="withdrawal"))
    before = desk.decision()
    assert before["outcome"] == "withdrawn"
    desk.clear(DAY, an_act(act, house, DAY, 130_000, hs_code="1101001500"))
    assert desk.statuses[2:] == ["too_late"]
    assert desk.decision() == before
    desk.clear(DAY, house.version(140_000))
    assert desk.statuses[3:] == ["too_late"]
    assert desk.decision() == before


def test_what_came_too_late_does_not_count_among_acts() -> None:
    """Neither as a version of the house nor as a newer one than a correction."""
    desk, house = released()
    late = house.with_line(total_e5=1).version(150_000)
    desk.clear(DAY, late)
    desk.clear(DAY, an_act("correction", house, DAY, 120_000, total_e5=9_123 * E5))
    assert desk.statuses == ["current", "too_late", "current"]
    assert desk.amounts()["duty"] == 105_826
    desk.clear(DAY, late)
    assert desk.statuses[3:] == ["too_late"]
    assert desk.amounts()["duty"] == 105_826


def acts_on(house: Declared) -> list[Declared]:
    """Two corrections and an assessment, made one after the other."""
    return [
        an_act("correction", house, DAY, 120_000, total_e5=9_123 * E5),
        an_act("correction", house, DAY, 130_000, total_e5=7_123 * E5),
        an_act("assessment", house, DAY, 140_000, total_e5=9_523 * E5),
    ]


WAYS = [
    *([[one] for one in order] for order in permutations(range(3))),
    *([list(order)] for order in permutations(range(3))),
    *([list(order[:2]), [order[2]]] for order in permutations(range(3))),
    *([[a], [a, b], [b, 2], [2, a]] for a, b in product(range(2), repeat=2)),
]
"""Batches in which the acts come: in every order, apart and together, and repeated."""


@pytest.mark.parametrize("batches", WAYS, ids=str)
def test_reordered_and_repeated_messages_give_the_same_end(batches: list[list[int]]) -> None:
    desk, house = released()
    first = desk.decision()["total_minor"]
    acts = acts_on(house)
    for batch in batches:
        desk.clear(DAY, house, *(acts[one] for one in batch))
    assert desk.amounts() == {"duty": 110_466, "vat": 74_680, "fee": 2_300}
    decision = desk.decision()
    assert decision["total_minor"] == 110_466 + 74_680 + 2_300
    assert decision["app_time"] == acts[-1].head["app_time"]
    assert sum(row["difference_minor"] for row in desk.adjusted()) == (
        decision["total_minor"] - first
    )
