"""Days and moments of a place, also where its clocks are moved."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest

from silkport.kernel.errors import MalformedLaw, OverlappingDates, ParamNotInForce
from silkport.kernel.periods import day_number, day_of
from silkport.law.local_time import DAY_MS, LocalTime
from tests.law.times import EPOCH, offset, shipped, utc


def test_kazakhstan_set_its_clocks_back_in_2024() -> None:
    time = shipped("kz").time
    assert time.opening(day_number(date(2024, 2, 29))) == utc("2024-02-28T18:00")
    midnight = time.opening(day_number(date(2024, 3, 1)))
    assert midnight == utc("2024-02-29T19:00")
    change = utc("2024-02-29T18:00")
    assert [time.offset_at(change + ms) for ms in (-1, 0)] == [360, 300]
    assert time.moment(day_number(date(2024, 2, 29)), 23 * 60 + 30) == change - 30 * 60_000
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
    day = day_number(change)
    assert time.opening(day) == utc("2024-03-01T00:00"), "by the older clock"
    assert time.closing(day) - time.opening(day) == 23 * 3_600_000
    assert time.closing(day - 1) - time.opening(day - 1) == DAY_MS
    assert time.day_at(time.opening(day) - 1) == day - 1
    assert time.moment(day, 9 * 60) == utc("2024-03-01T08:00")
    assert time.spans(day, [(0, 1440)]) == ((time.opening(day), time.closing(day)),)
    assert time.spans(day, [(10, 50)]) == (), "this hour did not exist"
    assert time.spans(day, [(30, 90)]) == ((time.opening(day), utc("2024-03-01T00:30")),)


def test_offsets_are_those_of_the_time_zone_database() -> None:
    """The capital's zone changed once in these years; the other side's never."""
    zones = (("kz", "Asia/Almaty"), ("cn", "Asia/Shanghai"))
    for country, name in zones:
        try:
            zone = ZoneInfo(name)
        except ZoneInfoNotFoundError:
            pytest.skip("this machine has no time zone database")
        for hour in range(0, 24 * 1_200, 7):
            at = EPOCH + timedelta(days=19_000, hours=hour)
            theirs = at.astimezone(zone).utcoffset()
            ours = shipped(country).time.offset_at((at - EPOCH) // timedelta(milliseconds=1))
            assert theirs == timedelta(minutes=ours), at


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
