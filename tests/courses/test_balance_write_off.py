"""What goods take from which permit: what it covers, how it is measured, how several share."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from silkport.courses.write_off import (
    NOT_IN_FORCE,
    OTHER_HOLDER,
    OUTSIDE,
    UNMEASURED,
    Goods,
    Take,
    Want,
    measured,
    objection,
    plan,
)
from silkport.kernel.quantities import Quantity
from silkport.model.balances import SHIPMENTS, Scope
from tests.courses.test_balance import END, FIRST, a_permit

MEAT: dict[str, Any] = {
    "line": 1,
    "hs": "0203111000",
    "country": "CN",
    "procedure": "40",
    "direction": "import",
    "parties": frozenset({"C1", "D1"}),
    "day": FIRST,
    "mass_mg": 5_000_000,
    "quantities": (Quantity(1_000_000, "H87"),),
}


def goods(**more: Any) -> Goods:
    return Goods(**MEAT | more)


@pytest.mark.parametrize(
    ("scope", "code"),
    [
        ({}, ""),
        ({"hs": ("0203",)}, ""),
        ({"hs": ("01", "02")}, ""),
        ({"hs": ("0204",)}, OUTSIDE),
        ({"procedures": ("40",)}, ""),
        ({"procedures": ("51",)}, OUTSIDE),
        ({"directions": ("export",)}, OUTSIDE),
        ({"countries": ("CN", "UZ")}, ""),
        ({"countries": ("UZ",)}, OUTSIDE),
    ],
)
def test_what_a_permit_covers(scope: dict[str, tuple[str, ...]], code: str) -> None:
    assert objection(a_permit(scope=Scope(**scope)), goods()) == code


@pytest.mark.parametrize(
    ("permit", "line", "code"),
    [
        ({"holder": "C1"}, {}, ""),
        ({"holder": "C2"}, {}, OTHER_HOLDER),
        ({}, {"day": FIRST - 1}, NOT_IN_FORCE),
        ({}, {"day": END - 1}, ""),
        ({}, {"day": END}, NOT_IN_FORCE),
        ({}, {"mass_mg": -1}, UNMEASURED),
        ({"unit": "e5 PR"}, {}, UNMEASURED),
        ({"unit": "e5 XBX"}, {}, UNMEASURED),
        ({"unit": SHIPMENTS}, {"mass_mg": -1}, ""),
    ],
)
def test_whose_when_and_how_much(permit: dict[str, Any], line: dict[str, Any], code: str) -> None:
    assert objection(a_permit(**permit), goods(**line)) == code


def test_a_closed_permit_answers_for_nothing() -> None:
    closed = msgspec.structs.replace(a_permit(), closed=True)
    assert objection(closed, goods()) == NOT_IN_FORCE


@pytest.mark.parametrize(
    ("unit", "amount"),
    [
        ("mg", 5_000_000),
        ("e5 KGM", 500_000),
        ("e5 TNE", 500),
        ("e5 H87", 1_000_000),
        ("e5 DZN", 83_334),  # ten pieces are 0.83333... dozen: never written off by less
        (SHIPMENTS, 1),
        ("e5 LTR", None),
    ],
)
def test_measured_in_the_unit_of_the_permit(unit: str, amount: int | None) -> None:
    assert measured(unit, goods()) == amount


def want(line: int, amount: int, *names: str, unit: str = "mg") -> Want:
    at = 0 if unit == SHIPMENTS else line
    return Want(line, tuple(Take(name, unit, amount, at) for name in names))


def test_two_lines_share_two_certificates() -> None:
    targets, missing = plan({"a": 6, "b": 10}, [want(1, 10, "a", "b"), want(2, 6, "a", "b")])
    assert targets == {("a", 1): 6, ("b", 1): 4, ("b", 2): 6}
    assert missing == []


def test_what_is_not_covered_takes_nothing_unless_its_goods_are_gone() -> None:
    wants = [want(1, 11, "a"), want(2, 10, "a")]
    targets, (one,) = plan({"a": 10}, wants)
    assert (targets, one.has, one.missing, one.want.line) == ({("a", 2): 10}, 10, 1, 1)
    targets, several = plan({"a": 10}, wants, partial=True)
    assert targets == {("a", 1): 10}
    assert [one.missing for one in several] == [1, 10]


def test_a_shipment_counts_once_however_many_lines_it_has() -> None:
    wants = [want(line, 1, "a", unit=SHIPMENTS) for line in (1, 2, 3)]
    assert plan({"a": 1}, wants) == ({("a", 0): 1}, [])
    assert plan({"a": None}, wants) == ({("a", 0): 1}, [])
    targets, missing = plan({"a": 0}, wants)
    assert (targets, len(missing)) == ({}, 3)


def test_units_are_not_mixed() -> None:
    both = Want(1, (Take("a", "mg", 10, 1), Take("b", "e5 H87", 3, 1)))
    assert plan({"a": 9, "b": 3}, [both]) == ({("b", 1): 3}, [])
    assert plan({"a": 10, "b": 3}, [both]) == ({("a", 1): 10}, [])
    targets, (one,) = plan({"a": 9, "b": 2}, [both])
    assert (targets, one.first.balance, one.missing) == ({}, "a", 1)


@given(
    free=st.dictionaries(st.sampled_from("abc"), st.integers(0, 30), min_size=3),
    wants=st.lists(st.tuples(st.integers(0, 20), st.permutations("abc")), max_size=6),
    partial=st.booleans(),
)
def test_a_plan_takes_no_more_than_there_is_and_all_that_is_wanted(
    free: dict[str, int], wants: list[tuple[int, list[str]]], partial: bool
) -> None:
    asked = [want(line, amount, *names) for line, (amount, names) in enumerate(wants, 1)]
    targets, missing = plan(free, asked, partial=partial)
    for name, there in free.items():
        assert sum(amount for place, amount in targets.items() if place[0] == name) <= there
    lacking = {one.want.line: one.missing for one in missing}
    for line, (amount, _) in enumerate(wants, 1):
        got = sum(taken for place, taken in targets.items() if place[1] == line)
        assert got == (amount if line not in lacking else amount - lacking[line] if partial else 0)
    if sum(free.values()) >= sum(amount for amount, _ in wants):
        assert missing == []
