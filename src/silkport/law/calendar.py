"""The working calendar of an administration: when it works, and when a term ends.

Days and moments are those of `law.local_time`. Legal working hours are one thing and the opening
hours of a border post another (`law.posts`): a post that never closes does not make a term shorter.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import islice, pairwise

from silkport.kernel.errors import InvalidValue, MalformedLaw, ParamNotInForce
from silkport.kernel.periods import Period, day_number, day_of, refuse_overlaps
from silkport.law.local_time import DAY_MINUTES, MINUTE_MS, LocalTime, weekday

MOST_MINUTES = 366 * DAY_MINUTES
"""Minutes, worked or of the clock, that a term may last."""

MOST_DAYS = 3_660
"""Days, working or of the calendar, that a term may last."""

LONGEST_TERM = 20 * 366
"""Days of the calendar over which a term may extend."""

LONGEST_REST = 366
"""Days in a row without any working time; with more of them a calendar does not load."""

WEEK = 7

Minutes = tuple[tuple[int, int], ...]
"""Stretches of a day in minutes since it began, half-open, in order, with rests between them."""

Spans = tuple[tuple[int, int], ...]
"""Stretches of time as moments, half-open, in order."""


@dataclass(frozen=True, slots=True)
class Due:
    """When a term ends.

    Args:
        at: the moment from which it is over: what was done before it was done in time.
        known: False when the list of holidays of a day that was counted is not published; the
            moment then follows from the weekly pattern alone and is provisional.
    """

    at: int
    known: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Legal working hours of one period.

    Args:
        week: the hours of each day of the week, Monday first; a weekly rest day has none.
        makeup: the hours of a weekly rest day that was made a working day.
    """

    week: tuple[Minutes, ...]
    makeup: Minutes
    period: Period
    source: str
    confidence: str = "cited"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedDay:
    """A day on which the weekly pattern does not hold: a holiday, or a rest day worked."""

    day: date
    works: bool
    name: str
    source: str
    confidence: str = "cited"


class WorkingTime(ABC):
    """What counts terms: working time, told day by day.

    `country` says whose working time it is; `time` has the clocks by which its days begin.
    """

    __slots__ = ()

    country: str
    time: LocalTime

    @property
    @abstractmethod
    def changes(self) -> frozenset[int]:
        """Days on which hours or clocks change."""

    @abstractmethod
    def spans(self, day: int) -> Spans:
        """The working time of a day; none on a rest day.

        Raises ParamNotInForce when no hours are known for the day.
        """

    @abstractmethod
    def knows(self, day: int) -> bool:
        """Whether the official list of days is published for a day."""

    def is_working_day(self, day: date) -> bool:
        """Whether some of a day is working time. Raises ParamNotInForce."""
        return bool(self.spans(day_number(day)))

    def is_working(self, at_ms: int) -> bool:
        """Whether a moment is working time; the closing moment is not. Raises ParamNotInForce."""
        return any(start <= at_ms < stop for start, stop in self.spans(self.time.day_at(at_ms)))

    def next_working(self, at_ms: int) -> Due:
        """The first working moment that is not before `at_ms`. Raises ParamNotInForce."""
        first = self.time.day_at(at_ms)
        worked = self._worked(first)
        day, at = next(
            (day, max(start, at_ms))
            for day, spans in worked
            for start, stop in spans
            if at_ms < stop
        )
        return Due(at, self._known(first, day))

    def after_working_minutes(self, at_ms: int, minutes: int) -> Due:
        """When so much working time has passed since a moment.

        A rest of the term that does not fit into a day runs on when work begins again. What
        ends exactly with the hours of a day ends on that day.

        Args:
            minutes: 1 to MOST_MINUTES.
        Raises InvalidValue, ParamNotInForce.
        """
        _refuse_count("working minutes", minutes, MOST_MINUTES)
        left = minutes * MINUTE_MS
        first = self.time.day_at(at_ms)
        worked = self._worked(first)
        while True:
            day, spans = next(worked)
            for start, stop in spans:
                here = stop - max(start, at_ms)
                if here >= left:
                    return Due(stop - here + left, self._known(first, day))
                left -= max(here, 0)

    def after_working_minutes_anew(self, at_ms: int, minutes: int) -> Due:
        """Like `after_working_minutes`, but whole on one day: never split by a night.

        When less than the term is left of the day's working time, the whole term is counted anew
        from the next opening on a later day.
        """
        _refuse_count("working minutes", minutes, MOST_MINUTES)
        first = self.time.day_at(at_ms)
        left = sum(max(stop - max(start, at_ms), 0) for start, stop in self.spans(first))
        begin = at_ms if left >= minutes * MINUTE_MS else self.time.closing(first)
        due = self.after_working_minutes(begin, minutes)
        return Due(due.at, due.known and self.knows(first))

    def after_minutes(self, at_ms: int, minutes: int) -> Due:
        """When so many minutes of the clock have passed; no day is counted, so it is known.

        Args:
            minutes: 1 to MOST_MINUTES.
        Raises InvalidValue.
        """
        _refuse_count("minutes", minutes, MOST_MINUTES)
        return Due(at_ms + minutes * MINUTE_MS, True)

    def after_minutes_from_opening(self, at_ms: int, minutes: int) -> Due:
        """Minutes of the clock since a moment or, when nobody works then, since work begins.

        Args:
            minutes: 1 to MOST_MINUTES.
        Raises InvalidValue, ParamNotInForce.
        """
        begin = self.next_working(at_ms)
        return Due(self.after_minutes(begin.at, minutes).at, begin.known)

    def end_of_working_day(self, at_ms: int, days: int) -> Due:
        """When work ends on the n-th working day after the day in which a moment lies.

        Args:
            days: 1 to MOST_DAYS.
        Raises InvalidValue, ParamNotInForce.
        """
        _refuse_count("working days", days, MOST_DAYS)
        first = self.time.day_at(at_ms)
        day, spans = next(islice(self._worked(first + 1), days - 1, None))
        return Due(spans[-1][1], self._known(first, day))

    def after_days(self, at_ms: int, days: int) -> Due:
        """The end of the n-th calendar day after the day in which a moment lies.

        Args:
            days: 1 to MOST_DAYS.
        Raises InvalidValue, ParamNotInForce.
        """
        _refuse_count("days", days, MOST_DAYS)
        first = self.time.day_at(at_ms)
        last = first + days
        return Due(self.time.closing(last), self._known(first, last))

    def after_days_to_working_day(self, at_ms: int, days: int) -> Due:
        """Like `after_days`, but a last day without work gives way to the next working day."""
        _refuse_count("days", days, MOST_DAYS)
        first = self.time.day_at(at_ms)
        last, _ = next(self._worked(first + days))
        return Due(self.time.closing(last), self._known(first, last))

    def _known(self, first: int, last: int) -> bool:
        """Whether the list of every day from the first to the last is published."""
        return self.knows(first) and self.knows(last)

    def _worked(self, day: int) -> Iterator[tuple[int, Spans]]:
        """Every day with working time, from a day on, without end.

        Raises ParamNotInForce after the last day with known hours, InvalidValue after LONGEST_TERM
        days, MalformedLaw after LONGEST_REST days without work.
        """
        idle = 0
        for one in range(day, day + LONGEST_TERM):
            spans = self.spans(one)
            idle = 0 if spans else idle + 1
            if spans:
                yield one, spans
            elif idle > LONGEST_REST:
                reason = f"nobody works on the {LONGEST_REST} days before {day_of(one)}"
                raise MalformedLaw(what=f"the calendar of {self.country}", reason=reason)
        reason = f"it would not end within {LONGEST_TERM:,} days"
        raise InvalidValue(what="a term", value=f"from {day_of(day)}", reason=reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingCalendar(WorkingTime):
    """When one administration works.

    Args:
        country: code of the administration.
        time: its clocks.
        hours: legal working hours, by period.
        days: holidays and rest days worked.
        known_from, known_until: the days for which the official lists are published,
            `known_from <= day < known_until`.
    Raises MalformedLaw when it never works, OverlappingDates.
    """

    country: str
    time: LocalTime
    hours: tuple[Hours, ...]
    days: tuple[ListedDay, ...] = ()
    known_from: date
    known_until: date
    _starts: tuple[int, ...] = field(init=False, repr=False, compare=False)
    _stops: tuple[int, ...] = field(init=False, repr=False, compare=False)
    _listed: Mapping[int, ListedDay] = field(init=False, repr=False, compare=False)
    _known_days: tuple[int, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        ordered = sorted(self.hours, key=lambda one: one.period)
        refuse_overlaps((one.period for one in ordered), f"{self.country}.hours")
        one_day = timedelta(days=1)
        listed = (Period(one.day, one.day + one_day) for one in self.days)
        refuse_overlaps(listed, f"{self.country}.days")
        for one in ordered:
            _refuse_malformed(one, f"{self.country}.hours from {one.period.start}")
        set_ = object.__setattr__
        set_(self, "hours", tuple(ordered))
        set_(self, "_starts", tuple(day_number(one.period.start) for one in ordered))
        set_(self, "_stops", tuple(day_number(one.period.stop) for one in ordered))
        set_(self, "_listed", {day_number(one.day): one for one in self.days})
        set_(self, "_known_days", (day_number(self.known_from), day_number(self.known_until)))
        refuse_idle(self)

    @property
    def changes(self) -> frozenset[int]:
        """Days on which hours or clocks change."""
        return frozenset(self._starts) | frozenset(self.time.changes)

    def listed(self, day: date) -> ListedDay | None:
        """What the official list says of a day; None when the weekly pattern holds."""
        return self._listed.get(day_number(day))

    def hours_on(self, day: date) -> Hours:
        """The legal hours in force on a day. Raises ParamNotInForce."""
        return self._hours(day_number(day))

    def _hours(self, day: int) -> Hours:
        place = bisect_right(self._starts, day) - 1
        if place < 0 or day >= self._stops[place]:
            raise ParamNotInForce(country=self.country, param="hours", day=str(day_of(day)))
        return self.hours[place]

    def spans(self, day: int) -> Spans:
        """The working time of a day; none on a rest day. Raises ParamNotInForce."""
        hours = self._hours(day)
        minutes = hours.week[weekday(day)]
        listed = self._listed.get(day)
        if listed is not None:
            minutes = (minutes or hours.makeup) if listed.works else ()
        return self.time.spans(day, minutes) if minutes else ()

    def knows(self, day: int) -> bool:
        """Whether the official list of days is published for a day."""
        first, stop = self._known_days
        return first <= day < stop


@dataclass(frozen=True, slots=True)
class JointCalendar(WorkingTime):
    """The time in which two sides work at once; days are those of the first, who must act."""

    ours: WorkingTime
    theirs: WorkingTime
    country: str = field(init=False)
    time: LocalTime = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "country", f"{self.ours.country} and {self.theirs.country}")
        object.__setattr__(self, "time", self.ours.time)
        refuse_idle(self)

    @property
    def changes(self) -> frozenset[int]:
        """Days on which hours or clocks of one side change."""
        return self.ours.changes | self.theirs.changes

    def spans(self, day: int) -> Spans:
        """The joint working time of a day of the first side. Raises ParamNotInForce."""
        there = [span for one in self._there(day) for span in self.theirs.spans(one)]
        both = (
            (max(start, first), min(stop, last))
            for start, stop in self.ours.spans(day)
            for first, last in there
        )
        return tuple((start, stop) for start, stop in both if start < stop)

    def knows(self, day: int) -> bool:
        """Whether both sides' official lists are published for the time of a day."""
        return self.ours.knows(day) and all(map(self.theirs.knows, self._there(day)))

    def _there(self, day: int) -> range:
        """The other side's days that lie in a day of the first side."""
        first = self.theirs.time.day_at(self.time.opening(day))
        return range(first, self.theirs.time.day_at(self.time.closing(day) - 1) + 1)


def joint(ours: WorkingTime, theirs: WorkingTime) -> JointCalendar:
    """The time in which both sides work, for answers between administrations.

    Args:
        ours: the side who must act: calendar days and "the end of the day" are its own.
    Raises MalformedLaw when they never work at the same time.
    """
    return JointCalendar(ours, theirs)


def refuse_idle(calendar: WorkingTime) -> None:
    """Refuses a calendar under which a term would never end.

    Raises MalformedLaw when nobody works for LONGEST_REST days, or never.
    """
    works = False
    for day in calendar.changes:
        try:
            next(calendar._worked(day))  # noqa: SLF001 - of the same module
            works = True
        except ParamNotInForce:
            continue  # these hours end, or the clocks are not known; asking for them is an error
    if not works:
        raise MalformedLaw(what=f"the calendar of {calendar.country}", reason="nobody ever works")


def _refuse_count(what: str, count: int, most: int) -> None:
    if not 1 <= count <= most:
        reason = f"a term lasts from 1 to {most:,} of them"
        raise InvalidValue(what=what, value=count, reason=reason)


def _refuse_malformed(hours: Hours, what: str) -> None:
    if len(hours.week) != WEEK:
        raise MalformedLaw(what=what, reason=f"a week has {WEEK} days, not {len(hours.week)}")
    for minutes in (*hours.week, hours.makeup):
        inside = all(0 <= first < stop <= DAY_MINUTES for first, stop in minutes)
        if not inside or any(one[1] >= two[0] for one, two in pairwise(minutes)):
            reason = f"{minutes} are no stretches of a day in order, with a rest between them"
            raise MalformedLaw(what=what, reason=reason)
    if not hours.makeup:
        raise MalformedLaw(what=what, reason="a rest day that is worked has no hours")
