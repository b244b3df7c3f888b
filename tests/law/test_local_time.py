"""Days and moments of a place, also where its clocks are moved."""

from __future__ import annotations

from datetime import date

import pytest

from silkport.kernel.errors import MalformedLaw, OverlappingDates, ParamNotInForce
from silkport.kernel.periods import day_number, day_of
from silkport.law.local_time import DAY_MS, LocalTime
from tests.law.times import offset, shipped, utc


def test_kazakhstan_set_its_clocks_back_in_2024() -> None:
    time = shipped("kz").time
    assert time.opening(day_number(date(2024, 2, 29))) == utc("2024-02-28T18:00")
    midnight = time.opening(day_number(date(2024, 3, 1)))
    assert midnight == utc("2024-02-29T19:00")
    assert [time.offset_at(midnight + ms) for ms in (-1, 0)] == [360, 300]
    days = {day_of(time.day_at(utc(f"2024-02-29T{hour}:59"))).isoformat() for hour in (17, 18)}
    assert days == {"2024-02-29"}, "the hour that comes twice belongs to the older day"
    assert time.day_at(midnight) == day_number(date(2024, 3, 1))
    lengths = [
        time.closing(day_number(date(2024, 2, d))) - time.opening(day_number(date(2024, 2, d)))
        for d in (28, 29)
    ]
    assert lengths == [DAY_MS, 25 * 3_600_000]


@pytest.mark.parametrize(
    ("begins", "minutes", "over"),
    [
        ("2024-02-29T12:00", 30, "2024-02-29T12:30"),  # 18:00 by the older clock
        ("2024-02-29T12:00", 31, "2024-03-01T04:01"),  # 09:01 by the newer clock
        ("2024-02-28T12:00", 31, "2024-02-29T03:01"),
    ],
)
def test_terms_over_the_change_of_clocks(begins: str, minutes: int, over: str) -> None:
    assert shipped("kz").after_working_minutes(utc(begins), minutes).at == utc(over)


def test_a_day_of_twenty_three_hours() -> None:
    change = date(2024, 3, 1)
    time = LocalTime("xx", (offset(0, stop=change), offset(60, start=change)))
    before = day_number(date(2024, 2, 29))
    assert time.closing(before) - time.opening(before) == 23 * 3_600_000
    assert time.day_at(time.closing(before) - 1) == before
    assert time.day_at(time.closing(before)) == before + 1
    all_day = time.spans(before, [(0, 1440)])
    assert all_day == ((time.opening(before), time.closing(before)),)
    assert time.spans(before, [(1_390, 1_400)]) == (), "this hour did not exist"


@pytest.mark.parametrize(
    ("offsets", "error"),
    [
        ((), MalformedLaw),
        ((offset(15 * 60),), MalformedLaw),
        ((offset(0), offset(60, start=date(2024, 1, 1))), OverlappingDates),
        (
            (offset(0, stop=date(2024, 1, 1)), offset(60, start=date(2024, 1, 2))),
            MalformedLaw,
        ),
    ],
)
def test_clocks_that_cannot_be(offsets: tuple[object, ...], error: type[Exception]) -> None:
    with pytest.raises(error):
        LocalTime("xx", offsets)  # type: ignore[arg-type]


def test_no_clock_is_known() -> None:
    time = LocalTime("xx", (offset(60, date(2024, 1, 1), date(2024, 2, 1)),))
    first, last = day_number(date(2024, 1, 1)), day_number(date(2024, 1, 31))
    assert time.day_at(time.opening(first)) == first
    assert time.day_at(time.closing(last) - 1) == last
    for at in (time.opening(first) - 1, time.closing(last), -(10**18), 10**18):
        with pytest.raises(ParamNotInForce):
            time.day_at(at)
    for day in (first - 1, last + 1):
        with pytest.raises(ParamNotInForce):
            time.opening(day)
        with pytest.raises(ParamNotInForce):
            time.closing(day)
