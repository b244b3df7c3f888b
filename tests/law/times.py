"""Calendars and moments for the tests of time: the shipped ones, and small ones made for a test."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

from silkport.kernel.periods import Period, day_number
from silkport.law.calendar import Hours, ListedDay, Minutes, WorkingCalendar
from silkport.law.local_time import LocalTime, Offset
from silkport.law.time_loading import read_calendar

FOLDER = Path(__file__).resolve().parents[2] / "src" / "silkport" / "countries"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY: Minutes = ((9 * 60, 13 * 60), (14 * 60, 18 * 60))


@cache
def texts(folder: str) -> dict[str, str]:
    return {path.name: path.read_text("utf-8") for path in sorted((FOLDER / folder).glob("*.*"))}


@cache
def shipped(country: str) -> WorkingCalendar:
    return read_calendar(country, texts(country))


def utc(text: str) -> int:
    """A moment written 2026-05-08T12:30, in UTC."""
    return (datetime.fromisoformat(text).replace(tzinfo=UTC) - EPOCH) // timedelta(milliseconds=1)


def local(text: str, time: LocalTime) -> int:
    """A moment by the clocks of a place; 24:00 is the end of the day."""
    day, _, clock = text.replace("T", " ").partition(" ")
    hours, minutes = map(int, clock.split(":"))
    return time.moment(day_number(date.fromisoformat(day)), hours * 60 + minutes)


def offset(minutes: int, start: date = date(2000, 1, 1), stop: date = date.max) -> Offset:
    return Offset(minutes=minutes, period=Period(start, stop), source="test")


def hours(
    *days: Minutes, makeup: Minutes = DAY, start: date = date(2000, 1, 1), stop: date = date.max
) -> Hours:
    """Hours of a week, Monday first; what is not stated has none."""
    week = (*days, *((),) * (7 - len(days)))
    return Hours(week=week, makeup=makeup, period=Period(start, stop), source="test")


def a_calendar(
    *stated: Hours,
    offsets: tuple[Offset, ...] = (offset(0),),
    rest: tuple[date, ...] = (),
    worked: tuple[date, ...] = (),
    known: tuple[date, date] = (date(2000, 1, 1), date(2100, 1, 1)),
) -> WorkingCalendar:
    listed = [(day, False) for day in rest] + [(day, True) for day in worked]
    return WorkingCalendar(
        country="xx",
        time=LocalTime("xx", offsets),
        hours=stated,
        days=tuple(ListedDay(day=d, works=w, name="a day", source="test") for d, w in listed),
        known_from=known[0],
        known_until=known[1],
    )
