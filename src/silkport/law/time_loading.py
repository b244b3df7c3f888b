"""From the texts of a country's folder to its calendar, posts and deadlines.

calendar.toml   [known] start, stop, source; [[offset]] minutes; [[hours]] workday, rest, a weekday
days.csv        day, kind (rest or working), name, source, confidence
posts.csv       post, name, opens, closes, weekdays, start, stop, source, confidence
deadlines.toml  [[deadline.NAME]] value, unit, then

Every dated record has start, stop, source and confidence as everywhere. Nothing without a source
loads, and a key that nobody reads is refused: it is a misspelt one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeVar

from silkport.kernel.errors import InvalidValue, MalformedLaw, RecordWithoutSource
from silkport.kernel.periods import Period
from silkport.law.calendar import Hours, ListedDay, Minutes, WorkingCalendar
from silkport.law.deadlines import Deadline, Deadlines
from silkport.law.loading import read_toml
from silkport.law.local_time import DAY_MINUTES, LocalTime, Offset
from silkport.law.posts import Closure, Post, PostHours
from silkport.law.strict import (
    CONFIDENCES,
    Faults,
    WrongCell,
    confidence_in,
    day_in,
    read_rows,
    shown,
)

CALENDAR = "calendar.toml"
DAYS = "days.csv"
POSTS = "posts.csv"
DEADLINES = "deadlines.toml"

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

KINDS = ("rest", "working")

_SHORT = tuple(name[:3] for name in WEEKDAYS)
_DAY_COLUMNS = ("day", "kind", "name", "source", "confidence")
_POST_COLUMNS = (
    *("post", "name", "opens", "closes", "weekdays"),
    *("start", "stop", "source", "confidence"),
)
_DATED = frozenset({"start", "stop", "source", "confidence"})
_CLOCK = re.compile(r"([01][0-9]|2[0-4]):([0-5][0-9])")
_CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")

T = TypeVar("T")


def read_calendar(country: str, files: Mapping[str, str]) -> WorkingCalendar:
    """The working calendar in calendar.toml and days.csv.

    Raises LawError: no source, overlapping periods, malformed values, no working time.
    """
    what = f"{country}/{CALENDAR}"
    book = read_toml(country, CALENDAR, files)
    _refuse_unknown(book, {"known", "offset", "hours", "names"}, what)
    known = _table(book, "known", what)
    _refuse_unknown(known, {"start", "stop", "source"}, f"{what} known")
    _source(known, f"{what} known")
    days = _period(known, f"{what} known")
    if days.stop == date.max:
        reason = "it has no stop: nobody has published the days of every year to come"
        raise MalformedLaw(what=f"{what} known", reason=reason)
    return WorkingCalendar(
        country=country,
        time=LocalTime(country, tuple(_records(book, "offset", what, _offset))),
        hours=tuple(_records(book, "hours", what, _hours)),
        days=read_days(files.get(DAYS, ""), f"{country}/{DAYS}") if DAYS in files else (),
        known_from=days.start,
        known_until=days.stop,
    )


def known_source(country: str, files: Mapping[str, str]) -> str:
    """What says for which days the official lists are published."""
    what = f"{country}/{CALENDAR}"
    return _source(_table(read_toml(country, CALENDAR, files), "known", what), f"{what} known")


def day_names(country: str, files: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Names of days off in other languages, by their name in days.csv and by language."""
    book = read_toml(country, CALENDAR, files)
    what = f"{country}/{CALENDAR} names"
    names = _table(book, "names", what) if "names" in book else {}
    return {
        name: {language: str(text) for language, text in _table(names, name, what).items()}
        for name in names
    }


def read_days(text: str, what: str) -> tuple[ListedDay, ...]:
    """The days of a file in the documented layout.

    Raises MalformedLaw with every wrong row, RecordWithoutSource.
    """
    faults = Faults(what, MalformedLaw)
    found = []
    for row, cells in read_rows(text, _DAY_COLUMNS, faults, optional=("confidence",)):
        day, kind, name, source, confidence = cells
        try:
            if kind not in KINDS:
                wrong = f"{shown(kind)} is no kind of day"
                raise WrongCell("kind", wrong, f"write {' or '.join(KINDS)}")
            if not name:
                raise WrongCell("name", "it has no name", "say what the day is")
            on = day_in(day, "day")
            if on == date.max:
                raise WrongCell("day", f"{shown(day)} is the end of time", "write a day of a list")
            listed = ListedDay(
                day=on,
                works=kind == "working",
                name=name,
                source=_cited(source, what, row),
                confidence=confidence_in(confidence or CONFIDENCES[0]),
            )
        except WrongCell as cell:
            faults.add(row, cell)
            continue
        found.append(listed)
    faults.raise_any()
    return tuple(sorted(found, key=lambda one: one.day))


def read_posts(text: str, what: str, time: LocalTime) -> dict[str, Post]:
    """The border posts of a file in the documented layout, by code.

    Args:
        time: the clocks that all of them keep.
    Raises LawError; MalformedLaw names every wrong row.
    """
    faults = Faults(what, MalformedLaw)
    names: dict[str, str] = {}
    hours: dict[str, list[PostHours]] = {}
    closures: dict[str, list[Closure]] = {}
    for row, cells in read_rows(text, _POST_COLUMNS, faults, optional=("confidence",)):
        code, name = cells[:2]
        try:
            if not _CODE.fullmatch(code):
                wrong = f"{shown(code)} is no code of a post"
                raise WrongCell("post", wrong, "write small letters, digits and low lines")
            if not name or names.setdefault(code, name) != name:
                wrong = f"{shown(name)} is not the name of {code} in an earlier row"
                raise WrongCell("name", wrong, "a post has one name in all its rows")
            record = _post_record(cells[2:], what, row)
        except WrongCell as cell:
            faults.add(row, cell)
            continue
        if isinstance(record, Closure):
            closures.setdefault(code, []).append(record)
        else:
            hours.setdefault(code, []).append(record)
    faults.raise_any()
    return {
        code: Post(
            code=code,
            name=name,
            time=time,
            hours=tuple(hours.get(code, ())),
            closures=tuple(closures.get(code, ())),
        )
        for code, name in names.items()
    }


def read_deadlines(country: str, files: Mapping[str, str]) -> Deadlines:
    """The deadlines in deadlines.toml, of an administration or of a pair. Raises LawError."""
    what = f"{country}/{DEADLINES}"
    book = read_toml(country, DEADLINES, files)
    _refuse_unknown(book, {"deadline"}, what)
    named = _table(book, "deadline", what) if book else {}

    def deadline(name: str) -> Callable[[Mapping[str, Any], str], Deadline]:
        return lambda record, place: _deadline(name, record, place)

    found = [one for name in named for one in _records(named, name, what, deadline(name))]
    return Deadlines(country, tuple(found))


def _deadline(name: str, record: Mapping[str, Any], what: str) -> Deadline:
    _refuse_unknown(record, {"value", "unit", "then"} | _DATED, what)
    value = record.get("value")
    if not isinstance(value, int) or isinstance(value, bool):
        raise MalformedLaw(what=what, reason=f"its value {value!r} is no whole number")
    return Deadline(
        name=name,
        value=value,
        unit=str(record.get("unit", "")),
        then=str(record.get("then", "")),
        period=_period(record, what),
        source=_source(record, what),
        confidence=_confidence(record, what),
    )


def _offset(record: Mapping[str, Any], what: str) -> Offset:
    _refuse_unknown(record, {"minutes"} | _DATED, what)
    minutes = record.get("minutes")
    if not isinstance(minutes, int) or isinstance(minutes, bool):
        raise MalformedLaw(what=what, reason=f"{minutes!r} are no whole minutes")
    return Offset(
        minutes=minutes,
        period=_period(record, what),
        source=_source(record, what),
        confidence=_confidence(record, what),
    )


def _hours(record: Mapping[str, Any], what: str) -> Hours:
    _refuse_unknown(record, {"workday", "rest", *WEEKDAYS} | _DATED, what)
    rest = record.get("rest", [])
    if not isinstance(rest, list) or any(name not in WEEKDAYS for name in rest):
        raise MalformedLaw(what=what, reason=f"its rest {rest!r} is no list of weekdays")
    both = [name for name in rest if name in record]
    if both:
        raise MalformedLaw(what=what, reason=f"{both[0]} has hours and is a day of rest")
    workday = _minutes(record.get("workday"), what)
    return Hours(
        week=tuple(
            () if name in rest else _minutes(record[name], what) if name in record else workday
            for name in WEEKDAYS
        ),
        makeup=workday,
        period=_period(record, what),
        source=_source(record, what),
        confidence=_confidence(record, what),
    )


def _minutes(written: object, what: str) -> Minutes:
    if not isinstance(written, list) or not written:
        reason = f'{written!r} are no hours; write them as ["09:00-13:00", "14:00-18:00"]'
        raise MalformedLaw(what=what, reason=reason)
    found = []
    for text in written:
        first, _, stop = str(text).partition("-")
        try:
            found.append((minute_in(first), minute_in(stop)))
        except ValueError as error:
            reason = f"{text!r} are no hours; write them as 09:00-13:00"
            raise MalformedLaw(what=what, reason=reason) from error
    return tuple(found)


def minute_in(text: str) -> int:
    """Minutes since the day began of an hour written 09:00; 24:00 is its end.

    Raises ValueError.
    """
    match = _CLOCK.fullmatch(text)
    minute = int(match[1]) * 60 + int(match[2]) if match else DAY_MINUTES + 1
    if minute > DAY_MINUTES:
        raise ValueError(text)
    return minute


def _post_record(cells: Sequence[str], what: str, row: int) -> PostHours | Closure:
    """What one row says of a post. Raises WrongCell, RecordWithoutSource."""
    opens, closes, weekdays, first, last, source, confidence = cells
    start = day_in(first, "start")
    stop = day_in(last, "stop") if last else date.max
    if stop <= start:
        wrong = f"{stop} is not after the start {start}"
        raise WrongCell("stop", wrong, "write the first day on which it no longer applies")
    period = Period(start, stop)
    act = _cited(source, what, row)
    sure = confidence_in(confidence or CONFIDENCES[0])
    if not (opens or closes or weekdays):
        if not last:
            raise WrongCell("stop", "it is shut without end", "write the first day it is not")
        return Closure(period=period, source=act, confidence=sure)
    minutes = []
    for column, text in (("opens", opens), ("closes", closes)):
        try:
            minutes.append(minute_in(text))
        except ValueError:
            wrong = f"{shown(text)} is no hour"
            fix = "write it as 08:00, or leave opens, closes and weekdays empty: shut"
            raise WrongCell(column, wrong, fix) from None
    if minutes[0] >= minutes[1]:
        wrong = f"it closes at {closes}, not after it opens at {opens}"
        raise WrongCell("closes", wrong, "hours end on the day on which they begin; 24:00 ends it")
    return PostHours(
        opens=minutes[0],
        closes=minutes[1],
        weekdays=_weekdays(weekdays),
        period=period,
        source=act,
        confidence=sure,
    )


def _weekdays(text: str) -> frozenset[int]:
    """Days of the week written `mon-sun`, `sat-thu` or `mon wed fri`. Raises WrongCell."""
    found: set[int] = set()
    for part in text.split():
        first, _, last = part.partition("-")
        if first not in _SHORT or (last or first) not in _SHORT:
            wrong = f"{shown(text)} are no days of the week"
            raise WrongCell("weekdays", wrong, "write them as mon-sun or mon wed fri")
        start, stop = _SHORT.index(first), _SHORT.index(last or first)
        found |= {day % 7 for day in range(start, stop + 1 + 7 * (stop < start))}
    if not found:
        raise WrongCell("weekdays", "it names no day of the week", "write mon-sun for every day")
    return frozenset(found)


def _records(
    book: Mapping[str, Any], name: str, what: str, read: Callable[[Mapping[str, Any], str], T]
) -> list[T]:
    """Every record of one name, each told apart by its number in messages."""
    records = book.get(name, [])
    if not isinstance(records, list) or not all(isinstance(one, dict) for one in records):
        raise MalformedLaw(what=what, reason=f"{name} is no list of records; write [[{name}]]")
    return [read(one, f"{what} {name} {number}") for number, one in enumerate(records, 1)]


def _table(book: Mapping[str, Any], name: str, what: str) -> dict[str, Any]:
    table = book.get(name)
    if not isinstance(table, dict):
        raise MalformedLaw(what=what, reason=f"it has no [{name}]")
    return table


def _refuse_unknown(record: Mapping[str, Any], known: set[str] | frozenset[str], what: str) -> None:
    unknown = sorted(set(record) - known)
    if unknown:
        reason = f"nobody reads {unknown[0]!r}; it may hold {', '.join(sorted(known))}"
        raise MalformedLaw(what=what, reason=reason)


def _period(record: Mapping[str, Any], what: str) -> Period:
    start, stop = record.get("start"), record.get("stop", date.max)
    for one in (start, stop):
        if not isinstance(one, date) or isinstance(one, datetime):
            reason = f"{one!r} is no day; write start = 2026-07-01, without quotes"
            raise MalformedLaw(what=what, reason=reason)
    assert isinstance(start, date)
    try:
        return Period(start, stop)
    except InvalidValue as error:
        reason = f"its stop {stop} is not after its start {start}"
        raise MalformedLaw(what=what, reason=reason) from error


def _source(record: Mapping[str, Any], what: str) -> str:
    source = str(record.get("source") or "").strip()
    if not source:
        raise RecordWithoutSource(what=what)
    return source


def _cited(source: str, what: str, row: int) -> str:
    return _source({"source": source}, f"{what} row {row}")


def _confidence(record: Mapping[str, Any], what: str) -> str:
    confidence = str(record.get("confidence", CONFIDENCES[0]))
    if confidence not in CONFIDENCES:
        reason = f"{confidence!r} is no confidence; write {' or '.join(CONFIDENCES)}"
        raise MalformedLaw(what=what, reason=reason)
    return confidence
