"""Deadlines: how long the law gives for an act, and what happens when the time is over.

A deadline is named, dated and has a source; the unit says how it is counted. Which moment it runs
from is said by whoever asks: the registration, the request, the arrival.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from silkport.kernel.errors import MalformedLaw, ParamNotInForce
from silkport.kernel.periods import Period, day_of, refuse_overlaps
from silkport.law.calendar import MOST_DAYS, MOST_MINUTES, Due, WorkingTime

Count = Callable[[WorkingTime, int, int], Due]
"""Counts a number of units from a moment."""

UNITS: Mapping[str, tuple[Count, int]] = MappingProxyType(
    {
        "minutes": (WorkingTime.after_minutes, MOST_MINUTES),
        "minutes_from_opening": (WorkingTime.after_minutes_from_opening, MOST_MINUTES),
        "working_minutes": (WorkingTime.after_working_minutes, MOST_MINUTES),
        "working_minutes_anew": (WorkingTime.after_working_minutes_anew, MOST_MINUTES),
        "end_of_working_day": (WorkingTime.end_of_working_day, MOST_DAYS),
        "days": (WorkingTime.after_days, MOST_DAYS),
        "days_to_working_day": (WorkingTime.after_days_to_working_day, MOST_DAYS),
    }
)
"""Ways of counting, each with the largest number that a deadline may have."""

_NAME = re.compile(r"[a-z][a-z_]{1,39}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """How long the law gives for one act, in one period.

    Args:
        name: which act, such as `release`.
        value: how many units.
        unit: a name of UNITS.
        then: the event that follows when nothing was done in time, such as `release_overdue`.
        period: the days on which a term may begin under it.
    Raises MalformedLaw.
    """

    name: str
    value: int
    unit: str
    then: str
    period: Period
    source: str
    confidence: str = "cited"

    def __post_init__(self) -> None:
        what = f"deadline {self.name}"
        for name in (self.name, self.then):
            if not _NAME.fullmatch(name):
                reason = f"{name!r} is no name; write small letters and low lines"
                raise MalformedLaw(what=what, reason=reason)
        if self.unit not in UNITS:
            known = ", ".join(UNITS)
            raise MalformedLaw(what=what, reason=f"no unit is called {self.unit!r}; known: {known}")
        if not 1 <= self.value <= UNITS[self.unit][1]:
            reason = f"{self.value} is not from 1 to {UNITS[self.unit][1]:,}"
            raise MalformedLaw(what=what, reason=reason)


@dataclass(frozen=True, slots=True)
class Term(Due):
    """When a deadline that began at some moment is over, and the deadline that says so."""

    deadline: Deadline

    @property
    def then(self) -> str:
        """The event that follows when nothing was done in time."""
        return self.deadline.then


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Every deadline of one administration, or of a pair of them.

    Args:
        country: how errors name them.
    Raises OverlappingDates when one name has two deadlines on one day.
    """

    country: str
    deadlines: tuple[Deadline, ...]
    _named: Mapping[str, tuple[Deadline, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        named: dict[str, list[Deadline]] = {}
        for one in self.deadlines:
            named.setdefault(one.name, []).append(one)
        for name, several in named.items():
            refuse_overlaps((one.period for one in several), self._param(name, self.country))
        object.__setattr__(self, "_named", {name: tuple(all_) for name, all_ in named.items()})

    @property
    def names(self) -> list[str]:
        """The acts that have a deadline on some day, in order."""
        return sorted(self._named)

    def at(self, name: str, day: int) -> Deadline:
        """The deadline of that name under which a term begins on a day.

        Args:
            day: number of the local day.
        Raises ParamNotInForce; never None.
        """
        for one in self._named.get(name, ()):
            if one.period.contains(day_of(day)):
                return one
        param = self._param(name)
        raise ParamNotInForce(country=self.country, param=param, day=str(day_of(day)))

    def due(self, name: str, at_ms: int, calendar: WorkingTime) -> Term:
        """When a term that begins at a moment is over, and what happens then.

        Args:
            at_ms: the moment from which the term runs.
            calendar: whose working time counts; its local day decides which deadline holds.
        Raises ParamNotInForce when no deadline of that name, no hours or no clocks are in force.
        """
        deadline = self.at(name, calendar.time.day_at(at_ms))
        count, _ = UNITS[deadline.unit]
        due = count(calendar, at_ms, deadline.value)
        return Term(due.at, due.known, deadline)

    @staticmethod
    def _param(name: str, country: str = "") -> str:
        return ".".join(filter(None, (country, "deadline", name)))
