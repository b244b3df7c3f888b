"""Working calendars: tables of terms, the shipped days against a library, a plain oracle."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from itertools import product

import holidays
import pytest

from silkport.kernel.errors import (
    InvalidValue,
    MalformedLaw,
    OverlappingDates,
    ParamNotInForce,
)
from silkport.law.calendar import (
    LONGEST_REST,
    MOST_DAYS,
    MOST_MINUTES,
    Due,
    Minutes,
    WorkingTime,
)
from tests.law.times import DAY, a_calendar, hours, local, shipped, utc

YEARS = (2024, 2025, 2026)
WEEK = (DAY,) * 5


# The shipped days. The library keeps the same official lists by another way.

EXCEPTIONS: dict[tuple[str, date], str] = {}
"""Days on which the library differs from the official list, each with the reason: none is known."""


@pytest.mark.parametrize(("country", "year"), list(product(("cn", "kz"), YEARS)))
def test_working_days_are_those_of_the_library(country: str, year: int) -> None:
    ours, theirs = shipped(country), holidays.country_holidays(country.upper(), years=year)
    first = date(year, 1, 1)
    days = [first + timedelta(n) for n in range((date(year + 1, 1, 1) - first).days)]
    differ = {
        (country, day) for day in days if ours.is_working_day(day) is not theirs.is_working_day(day)
    }
    assert differ == {key for key in EXCEPTIONS if key[0] == country and key[1].year == year}


@pytest.mark.parametrize(
    ("country", "days_off", "worked"), [("cn", 89, 19), ("kz", 59, 2), ("zz", 10, 1)]
)
def test_how_many_days_are_listed(country: str, days_off: int, worked: int) -> None:
    listed = shipped(country).days
    assert (sum(not d.works for d in listed), sum(d.works for d in listed)) == (days_off, worked)
    assert {day.day.year for day in listed} == set(YEARS)


@pytest.mark.parametrize(
    ("country", "day", "works"),
    [
        ("kz", "2024-05-04", True),  # a Saturday worked for Wednesday 8 May
        ("kz", "2024-05-08", False),
        ("kz", "2024-06-17", True),  # Kurban Ait fell on the Sunday before and is not moved
        ("kz", "2025-01-05", True),  # a Sunday worked for Friday 3 January
        ("kz", "2025-01-03", False),
        ("kz", "2025-09-01", False),
        ("kz", "2026-05-11", False),  # Victory Day falls on Saturday
        ("kz", "2026-08-31", True),  # Constitution Day is no longer kept in August
        ("cn", "2026-02-14", True),
        ("cn", "2026-02-15", False),
        ("cn", "2026-02-28", True),
        ("cn", "2026-01-04", True),  # a Sunday
        ("cn", "2024-02-09", True),  # rest was recommended that day, not ordered
    ],
)
def test_days_that_are_easily_missed(country: str, day: str, works: bool) -> None:
    assert shipped(country).is_working_day(date.fromisoformat(day)) is works


# Tables: begins and is over by the clocks of the administration.

WORKING_MINUTES = [
    ("kz", "2026-05-06 09:00", 60, "2026-05-06 10:00"),
    ("kz", "2026-05-06 12:30", 60, "2026-05-06 15:00"),  # over lunch
    ("kz", "2026-05-06 13:00", 60, "2026-05-06 15:30"),  # the lunch break begins
    ("kz", "2026-05-06 12:00", 60, "2026-05-06 13:00"),  # ends exactly with the morning
    ("kz", "2026-05-06 17:30", 60, "2026-05-06 18:30"),  # ends exactly with the day
    ("kz", "2026-05-06 17:31", 60, "2026-05-08 09:01"),  # Thursday is a holiday
    ("kz", "2026-05-06 18:30", 60, "2026-05-08 10:00"),  # handed in at closing
    ("kz", "2026-05-06 23:59", 60, "2026-05-08 10:00"),
    ("kz", "2026-05-08 17:30", 240, "2026-05-12 12:00"),  # over a long weekend
    ("kz", "2026-05-15 17:30", 61, "2026-05-18 09:01"),  # over a weekend
    ("kz", "2026-05-16 12:00", 60, "2026-05-18 10:00"),  # a Saturday
    ("kz", "2025-01-03 12:00", 60, "2025-01-05 10:00"),  # the Sunday worked
    ("kz", "2025-01-05 18:00", 60, "2025-01-06 09:30"),
    ("kz", "2026-03-20 18:00", 480 + 30, "2026-03-26 18:30"),  # Nauryz with its moved days
    ("cn", "2026-02-13 17:00", 60, "2026-02-14 09:00"),  # the Saturday worked
    ("cn", "2026-02-14 17:00", 60, "2026-02-24 09:00"),  # Spring Festival
    ("cn", "2026-02-27 17:00", 60, "2026-02-28 09:00"),  # the second Saturday worked
    ("cn", "2026-01-01 12:00", 60, "2026-01-04 09:30"),  # the Sunday worked
    ("cn", "2026-09-18 17:00", 60 + 450, "2026-09-21 09:00"),  # the Sunday worked, whole
    ("zz", "2026-09-10 16:30", 60, "2026-09-11 08:30"),  # the Friday worked
    ("zz", "2026-09-12 11:30", 60, "2026-09-13 08:30"),  # a short Saturday
]


@pytest.mark.parametrize(("country", "begins", "minutes", "over"), WORKING_MINUTES)
def test_after_working_minutes(country: str, begins: str, minutes: int, over: str) -> None:
    calendar = shipped(country)
    due = calendar.after_working_minutes(local(begins, calendar.time), minutes)
    assert due == Due(local(over, calendar.time), known=True)


ANEW = [
    ("kz", "2026-05-06 14:30", 240, "2026-05-06 18:30"),  # exactly four hours are left
    ("kz", "2026-05-06 13:15", 240, "2026-05-06 18:30"),  # the break does not count
    ("kz", "2026-05-06 14:31", 240, "2026-05-08 13:00"),  # a minute less is left
    ("kz", "2026-05-08 17:30", 240, "2026-05-12 13:00"),  # not 12:00: nothing is carried over
    ("kz", "2026-05-09 10:00", 240, "2026-05-12 13:00"),
    ("kz", "2026-05-06 08:00", 240, "2026-05-06 13:00"),
    ("kz", "2026-05-06 09:00", 600, "2026-05-12 11:00"),  # more than any day has: it runs on
]


@pytest.mark.parametrize(("country", "begins", "minutes", "over"), ANEW)
def test_after_working_minutes_anew(country: str, begins: str, minutes: int, over: str) -> None:
    calendar = shipped(country)
    due = calendar.after_working_minutes_anew(local(begins, calendar.time), minutes)
    assert due == Due(local(over, calendar.time), known=True)


FROM_OPENING = [
    ("kz", "2026-05-06 17:45", 60, "2026-05-06 18:45"),  # by the clock, beyond closing
    ("kz", "2026-05-06 13:10", 60, "2026-05-06 15:30"),
    ("kz", "2026-05-06 18:30", 60, "2026-05-08 10:00"),
    ("kz", "2026-05-09 03:00", 60, "2026-05-12 10:00"),
]


@pytest.mark.parametrize(("country", "begins", "minutes", "over"), FROM_OPENING)
def test_after_minutes_from_opening(country: str, begins: str, minutes: int, over: str) -> None:
    calendar = shipped(country)
    due = calendar.after_minutes_from_opening(local(begins, calendar.time), minutes)
    assert due == Due(local(over, calendar.time), known=True)


WORKING_DAYS = [
    ("kz", "2026-05-06 09:00", 1, "2026-05-08 18:30"),
    ("kz", "2026-05-08 23:59", 1, "2026-05-12 18:30"),
    ("kz", "2026-05-09 00:00", 1, "2026-05-12 18:30"),
    ("kz", "2026-05-08 17:30", 10, "2026-05-25 18:30"),
    ("kz", "2026-05-08 17:30", 13, "2026-05-29 18:30"),  # Kurban Ait on 27 May
    ("cn", "2026-02-13 09:00", 1, "2026-02-14 17:30"),
    ("cn", "2026-02-14 09:00", 1, "2026-02-24 17:30"),
    ("cn", "2026-02-24 09:00", 4, "2026-02-28 17:30"),
    ("zz", "2026-09-11 09:00", 1, "2026-09-12 12:00"),
]


@pytest.mark.parametrize(("country", "begins", "days", "over"), WORKING_DAYS)
def test_end_of_working_day(country: str, begins: str, days: int, over: str) -> None:
    calendar = shipped(country)
    due = calendar.end_of_working_day(local(begins, calendar.time), days)
    assert due == Due(local(over, calendar.time), known=True)


DAYS = [
    ("kz", "2026-05-08 17:30", 1, "2026-05-09 24:00", "2026-05-12 24:00"),
    ("kz", "2026-05-08 00:00", 30, "2026-06-07 24:00", "2026-06-08 24:00"),
    ("kz", "2024-02-29 12:00", 1, "2024-03-01 24:00", "2024-03-01 24:00"),
    ("cn", "2026-02-01 12:00", 14, "2026-02-15 24:00", "2026-02-24 24:00"),
    ("cn", "2026-01-31 12:00", 14, "2026-02-14 24:00", "2026-02-14 24:00"),
]


@pytest.mark.parametrize(("country", "begins", "days", "over", "to_working_day"), DAYS)
def test_after_days(country: str, begins: str, days: int, over: str, to_working_day: str) -> None:
    calendar = shipped(country)
    at = local(begins, calendar.time)
    assert calendar.after_days(at, days) == Due(local(over, calendar.time), known=True)
    due = calendar.after_days_to_working_day(at, days)
    assert due == Due(local(to_working_day, calendar.time), known=True)


def test_to_the_millisecond() -> None:
    calendar = shipped("kz")
    closing = local("2026-05-06 18:30", calendar.time)
    assert calendar.is_working(closing - 1)
    assert not calendar.is_working(closing)
    opening = local("2026-05-08 09:00", calendar.time)
    assert not calendar.is_working(opening - 1)
    assert calendar.is_working(opening)
    assert calendar.next_working(closing - 1) == Due(closing - 1, known=True)
    assert calendar.next_working(closing) == Due(opening, known=True)
    assert calendar.after_working_minutes(closing - 1, 1).at == opening + 59_999
    assert calendar.after_minutes(closing, 90) == Due(closing + 90 * 60_000, known=True)


# What is not known.

PROVISIONAL: list[tuple[str, str, Callable[[WorkingTime, int], Due], bool]] = [
    ("kz", "2026-12-31 17:30", lambda c, at: c.after_working_minutes(at, 60), True),
    ("kz", "2026-12-31 17:30", lambda c, at: c.after_working_minutes(at, 61), False),
    ("kz", "2026-12-31 17:30", lambda c, at: c.after_working_minutes_anew(at, 240), False),
    ("kz", "2026-12-31 19:00", lambda c, at: c.next_working(at), False),
    ("kz", "2026-12-31 19:00", lambda c, at: c.after_minutes_from_opening(at, 60), False),
    ("kz", "2026-12-30 12:00", lambda c, at: c.end_of_working_day(at, 1), True),
    ("kz", "2026-12-30 12:00", lambda c, at: c.end_of_working_day(at, 2), False),
    ("kz", "2026-12-30 12:00", lambda c, at: c.after_days(at, 1), True),
    ("kz", "2026-12-30 12:00", lambda c, at: c.after_days(at, 2), False),
    ("kz", "2026-12-30 12:00", lambda c, at: c.after_days_to_working_day(at, 2), False),
    ("kz", "2026-12-31 23:00", lambda c, at: c.after_minutes(at, 600), True),
    ("cn", "2027-06-01 12:00", lambda c, at: c.after_working_minutes(at, 60), False),
    ("kz", "2023-12-29 18:00", lambda c, at: c.after_working_minutes(at, 60), False),
    ("kz", "2023-12-29 12:00", lambda c, at: c.after_working_minutes(at, 60), False),
    ("kz", "2024-01-03 12:00", lambda c, at: c.after_working_minutes(at, 60), True),
]


@pytest.mark.parametrize(("country", "begins", "count", "known"), PROVISIONAL)
def test_provisional(
    country: str, begins: str, count: Callable[[WorkingTime, int], Due], known: bool
) -> None:
    calendar = shipped(country)
    assert count(calendar, local(begins, calendar.time)).known is known


def test_a_provisional_term_follows_the_weekly_pattern() -> None:
    calendar = shipped("kz")
    due = calendar.end_of_working_day(local("2026-12-31 12:00", calendar.time), 1)
    assert due == Due(local("2027-01-01 18:30", calendar.time), known=False)


@pytest.mark.parametrize("at", ["2017-12-31T12:00", "1969-12-31T23:59"])
def test_no_hours_are_known(at: str) -> None:
    for ask in (
        lambda c, ms: c.is_working(ms),
        lambda c, ms: c.after_working_minutes(ms, 60),
        lambda c, ms: c.end_of_working_day(ms, 1),
        lambda c, ms: c.after_days(ms, 1),
    ):
        with pytest.raises(ParamNotInForce):
            ask(shipped("kz"), utc(at))


# Bounds: a term is finite, and so is the search for its end.


@pytest.mark.parametrize("count", [0, -1, MOST_MINUTES + 1])
def test_minutes_beyond_the_limit(count: int) -> None:
    calendar, at = shipped("kz"), utc("2026-05-06T12:00")
    for count_minutes in (
        calendar.after_minutes,
        calendar.after_minutes_from_opening,
        calendar.after_working_minutes,
        calendar.after_working_minutes_anew,
    ):
        with pytest.raises(InvalidValue):
            count_minutes(at, count)


@pytest.mark.parametrize("count", [0, -1, MOST_DAYS + 1])
def test_days_beyond_the_limit(count: int) -> None:
    calendar, at = shipped("kz"), utc("2026-05-06T12:00")
    for count_days in (
        calendar.after_days,
        calendar.after_days_to_working_day,
        calendar.end_of_working_day,
    ):
        with pytest.raises(InvalidValue):
            count_days(at, count)


def test_the_longest_terms_are_counted() -> None:
    calendar, at = shipped("kz"), utc("2026-05-06T12:00")
    assert calendar.after_working_minutes(at, MOST_MINUTES).at > at
    assert calendar.end_of_working_day(at, MOST_DAYS).at > at


def test_a_term_that_would_last_for_centuries_is_refused() -> None:
    calendar = a_calendar(hours(((0, 1),)))
    with pytest.raises(InvalidValue, match="would not end"):
        calendar.after_working_minutes(utc("2026-05-06T12:00"), MOST_MINUTES)


@pytest.mark.parametrize(
    ("stated", "reason"),
    [
        ((), "nobody ever works"),
        ((hours(),), "nobody works"),
        ((hours(*WEEK, makeup=()),), "a rest day that is worked"),
        ((hours(((9, 8),)),), "no stretches"),
        ((hours(((0, 60), (60, 120))),), "no stretches"),
        ((hours(((0, 60), (59, 120))),), "no stretches"),
        ((hours(((0, 1441),)),), "no stretches"),
        ((hours(*((DAY,) * 8)),), "8"),
    ],
)
def test_hours_that_cannot_be(stated: tuple[object, ...], reason: str) -> None:
    with pytest.raises(MalformedLaw, match=reason):
        a_calendar(*stated)  # type: ignore[arg-type]


def test_a_year_of_holidays_does_not_load() -> None:
    off = tuple(date(2024, 1, 1) + timedelta(n) for n in range(LONGEST_REST + 8))
    with pytest.raises(MalformedLaw, match="nobody works"):
        a_calendar(hours(*WEEK, start=date(2024, 1, 1)), rest=off)


def test_periods_and_days_overlap() -> None:
    with pytest.raises(OverlappingDates):
        a_calendar(hours(*WEEK), hours(*WEEK, start=date(2024, 1, 1)))
    with pytest.raises(OverlappingDates):
        a_calendar(hours(*WEEK), rest=(date(2024, 5, 1),), worked=(date(2024, 5, 1),))


def test_hours_change_from_one_day_to_the_next() -> None:
    change = date(2024, 5, 8)
    morning: Minutes = ((8 * 60, 12 * 60),)
    calendar = a_calendar(
        hours(*WEEK, stop=change), hours(*(morning,) * 5, makeup=morning, start=change)
    )
    assert calendar.after_working_minutes(utc("2024-05-07T17:30"), 60).at == utc("2024-05-08T08:30")
    assert calendar.hours_on(change).makeup == morning


def test_hours_that_end_are_not_carried_on() -> None:
    calendar = a_calendar(hours(*WEEK, stop=date(2024, 5, 8)))
    with pytest.raises(ParamNotInForce, match="2024-05-08"):
        calendar.after_working_minutes(utc("2024-05-07T17:30"), 60)
