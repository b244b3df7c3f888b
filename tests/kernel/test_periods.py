"""Half-open periods: the last day is the one before the stop."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from silkport.kernel.errors import InvalidValue, OverlappingDates
from silkport.kernel.periods import (
    Period,
    boundaries,
    day_number,
    day_of,
    refuse_overlaps,
    unchanged_periods,
)

YEAR = Period(date(2025, 1, 1), date(2026, 1, 1))
OPEN = Period(date(2026, 1, 1))
FIRST = date(2026, 1, 1)

PERIODS = st.builds(
    lambda start, length: Period(
        FIRST + timedelta(start),
        FIRST + timedelta(start + length) if length <= 20 else date.max,
    ),
    st.integers(0, 40),
    st.integers(1, 24),
)


@pytest.mark.parametrize(
    ("period", "day", "inside"),
    [
        (YEAR, date(2024, 12, 31), False),
        (YEAR, date(2025, 1, 1), True),
        (YEAR, date(2025, 12, 31), True),
        (YEAR, date(2026, 1, 1), False),
        (OPEN, date(9999, 12, 30), True),
    ],
)
def test_contains(period: Period, day: date, inside: bool) -> None:
    assert period.contains(day) is inside


@pytest.mark.parametrize("stop", [date(2026, 1, 1), date(2025, 12, 31)])
def test_a_period_has_a_day(stop: date) -> None:
    with pytest.raises(InvalidValue):
        Period(date(2026, 1, 1), stop)


def test_periods_that_touch_do_not_overlap() -> None:
    assert not YEAR.overlaps(OPEN)
    refuse_overlaps([OPEN, YEAR], "a rate")
    refuse_overlaps([], "a rate")


def test_overlap_names_thing_and_day() -> None:
    with pytest.raises(OverlappingDates, match=r"a rate has two values in force on 2026-03-01"):
        refuse_overlaps([Period(date(2026, 3, 1), date(2026, 4, 1)), OPEN], "a rate")


def test_boundaries_and_unchanged_periods() -> None:
    spring = Period(date(2026, 3, 1), date(2026, 6, 1))
    assert boundaries([OPEN, YEAR, spring]) == [
        date(2025, 1, 1),
        date(2026, 1, 1),
        date(2026, 3, 1),
        date(2026, 6, 1),
    ]
    assert [str(period) for period in unchanged_periods([OPEN, spring])] == [
        "2026-01-01 to before 2026-03-01",
        "2026-03-01 to before 2026-06-01",
        "from 2026-06-01",
    ]
    assert unchanged_periods([]) == []


@given(st.lists(PERIODS, max_size=5))
def test_overlaps_agree_with_counting_days(periods: list[Period]) -> None:
    days = [FIRST + timedelta(n) for n in range(80)]
    twice = [day for day in days if sum(period.contains(day) for period in periods) > 1]
    if not twice:
        refuse_overlaps(periods, "it")
        return
    with pytest.raises(OverlappingDates) as refusal:
        refuse_overlaps(periods, "it")
    assert refusal.value.facts["day"] == str(twice[0])


@given(st.lists(PERIODS, min_size=1, max_size=6))
def test_nothing_changes_within_an_unchanged_period(periods: list[Period]) -> None:
    slices = unchanged_periods(periods)
    assert slices[0].start == min(period.start for period in periods)
    assert slices[-1].stop == max(period.stop for period in periods)
    for before, after in pairwise(slices):
        assert before.stop == after.start
    for part in slices:
        last = min(part.stop - timedelta(1), FIRST + timedelta(100))
        assert [p.contains(part.start) for p in periods] == [p.contains(last) for p in periods]


@pytest.mark.parametrize(
    ("day", "number"),
    [
        (date(1970, 1, 1), 0),
        (date(1969, 12, 31), -1),
        (date(2099, 12, 31), 47_481),
        (date(2026, 7, 1), 20_635),
    ],
)
def test_day_numbers(day: date, number: int) -> None:
    assert day_number(day) == number
    assert day_of(number) == day


@given(st.dates())
def test_day_numbers_agree_with_subtraction(day: date) -> None:
    assert day_number(day) == (day - date(1970, 1, 1)).days
    assert day_of(day_number(day)) == day


@pytest.mark.parametrize("number", [-(10**6), 10**7, 10**30])
def test_days_outside_the_calendar(number: int) -> None:
    with pytest.raises(InvalidValue):
        day_of(number)
