"""Working days and the end of a deadline as rows, for the commands."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from silkport.kernel.periods import day_number, day_of
from silkport.law.calendar import WorkingTime
from silkport.law.deadlines import Term
from silkport.law.local_time import DAY_MINUTES, MINUTE_MS, LocalTime, weekday
from silkport.law.time_loading import WEEKDAYS
from silkport.node.law.calendars import Timetable

WEEKLY_REST = "weekly_rest"
"""Why a day is no working day when no list names it."""

NO_JOINT_TIME = "no_joint_time"
"""Why a day has no joint working time although both sides work."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def day_rows(
    calendar: WorkingTime, sides: list[Timetable], first: date, count: int, language: str
) -> list[dict[str, Any]]:
    """Every day from the first on: working or not, why, and the hours by the local clocks.

    Args:
        calendar: of one administration, or joint.
        sides: the administrations whose calendar it is, the one whose days are counted first.
        count: how many days.
        language: of the names of days off; English where there is none.
    Raises ParamNotInForce when no hours are known for one of the days.
    """
    start = day_number(first)
    return [_day_row(calendar, sides, day, language) for day in range(start, start + count)]


def _day_row(
    calendar: WorkingTime, sides: list[Timetable], day: int, language: str
) -> dict[str, Any]:
    spans = calendar.spans(day)
    time, on = calendar.time, day_of(day)
    reasons = [one for side in sides for one in _reasons(side, on, language, bool(spans))]
    return {
        "day": f"{on}",
        "weekday": WEEKDAYS[weekday(day)],
        "works": bool(spans),
        "hours": [f"{clock(time, a)}-{clock(time, b, ends=True)}" for a, b in spans],
        "offset_minutes": time.offset_at(time.opening(day)),
        "why": reasons or ([] if spans else [{"side": "", "name": NO_JOINT_TIME}]),
        "known": calendar.knows(day),
        "grounds": [_hours_grounds(side, on) for side in sides],
    }


def _reasons(side: Timetable, day: date, language: str, works: bool) -> list[dict[str, Any]]:
    """Why a side does not work on a day, or why it works although it is a day of rest."""
    listed = side.calendar.listed(day)
    if listed is not None and (listed.works or not side.calendar.is_working_day(day)):
        return [
            {
                "side": side.country,
                "name": side.names.get(listed.name, {}).get(language, listed.name),
                "works": listed.works,
                "source": listed.source,
                "confidence": listed.confidence,
            }
        ]
    if works or side.calendar.is_working_day(day):
        return []
    return [{"side": side.country, "name": WEEKLY_REST, "works": False}]


def _hours_grounds(side: Timetable, day: date) -> dict[str, str]:
    hours = side.calendar.hours_on(day)
    return {"side": side.country, "source": hours.source, "confidence": hours.confidence}


def term_row(
    term: Term, begins_ms: int, calendar: WorkingTime, sides: list[Timetable]
) -> dict[str, Any]:
    """When a term begins and is over, what happens then, and what says so.

    Args:
        calendar: under which the term was counted.
        sides: the administrations whose calendar it is.
    """
    deadline, time = term.deadline, calendar.time
    began = day_of(time.day_at(begins_ms))
    stop = deadline.period.stop
    return {
        "deadline": deadline.name,
        "value": deadline.value,
        "unit": deadline.unit,
        "begins": moment_row(begins_ms, time),
        "over": moment_row(term.at, time, ends=True),
        "known": term.known,
        "then": term.then,
        "source": deadline.source,
        "confidence": deadline.confidence,
        "start": f"{deadline.period.start}",
        "stop": "" if stop == date.max else f"{stop}",
        "grounds": [_hours_grounds(side, began) for side in sides],
    }


def moment_row(at_ms: int, time: LocalTime, *, ends: bool = False) -> dict[str, Any]:
    """A moment in milliseconds since 1970-01-01T00:00Z, in UTC, and by the clocks of a place.

    Args:
        ends: it is the end of something; midnight is then 24:00 of the day that ends.
    """
    utc = (_EPOCH + timedelta(milliseconds=at_ms)).strftime("%Y-%m-%dT%H:%M:%SZ")
    day = day_of(time.day_at(at_ms - ends))
    local = f"{day} {clock(time, at_ms, ends=ends)}"
    offset = time.offset_at(at_ms - ends)
    return {"ms": at_ms, "utc": utc, "local": local, "offset_minutes": offset}


def clock(time: LocalTime, at_ms: int, *, ends: bool = False) -> str:
    """What the clocks of a place show at a moment: 09:00; at the end of a day 24:00."""
    minute = (at_ms + time.offset_at(at_ms - ends) * MINUTE_MS) // MINUTE_MS % DAY_MINUTES
    if ends and not minute:
        return "24:00"
    return f"{minute // 60:02}:{minute % 60:02}"


def offset_text(minutes: int) -> str:
    """An offset from UTC as people write it: UTC+05:30."""
    sign = "-" if minutes < 0 else "+"
    return f"UTC{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def moment_of(written: datetime, time: LocalTime) -> int:
    """The moment of a time as written: by the clocks of a place when it names no offset.

    An hour that comes twice, because clocks are set back, is taken as the first.
    """
    if written.tzinfo is not None:
        return (written - _EPOCH) // timedelta(milliseconds=1)
    minute = written.hour * 60 + written.minute
    return time.moment(day_number(written.date()), minute) + written.second * 1_000
