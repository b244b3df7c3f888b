"""Half-open periods of legal days, and days as whole numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from silkport.kernel.errors import InvalidValue, OverlappingDates

_EPOCH = date(1970, 1, 1).toordinal()


def day_number(day: date) -> int:
    """A day as days since 1970-01-01; earlier days are negative."""
    return day.toordinal() - _EPOCH


def day_of(number: int) -> date:
    """The day with a number of days since 1970-01-01.

    Raises InvalidValue outside the years 1 to 9999.
    """
    try:
        return date.fromordinal(number + _EPOCH)
    except (ValueError, OverflowError):
        reason = "no calendar day has it"
        raise InvalidValue(what="a day number", value=number, reason=reason) from None


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """The days on which something is in force: `start <= day < stop`.

    `stop` is the first day it no longer applies; `date.max` means that no end is known.
    """

    start: date
    stop: date = date.max

    def __post_init__(self) -> None:
        """Refuse a period without a single day."""
        if self.start >= self.stop:
            reason = f"it must come after the start {self.start}"
            raise InvalidValue(what="a stop", value=str(self.stop), reason=reason)

    def contains(self, day: date) -> bool:
        """Whether it is in force on a day."""
        return self.start <= day < self.stop

    def overlaps(self, other: Period) -> bool:
        """Whether some day lies in both; periods that merely touch do not overlap."""
        return self.start < other.stop and other.start < self.stop

    def __str__(self) -> str:
        """The period as officers read it: "2026-01-01 to before 2026-07-01"."""
        if self.stop == date.max:
            return f"from {self.start}"
        return f"{self.start} to before {self.stop}"


def refuse_overlaps(periods: Iterable[Period], what: str) -> None:
    """Refuse two values of one thing on one day.

    Raises OverlappingDates with `what` and the first day that lies in two of the periods.
    """
    ordered = sorted(periods)
    for earlier, later in pairwise(ordered):
        if earlier.overlaps(later):
            raise OverlappingDates(what=what, day=str(later.start))


def boundaries(periods: Iterable[Period]) -> list[date]:
    """Every day on which something begins or ends, in order, each once; no end is no boundary."""
    days = {day for period in periods for day in (period.start, period.stop)}
    return sorted(days - {date.max})


def unchanged_periods(periods: Iterable[Period]) -> list[Period]:
    """The longest periods within which the set of periods in force does not change.

    They follow one another without gap from the first start; stretches in which nothing is in
    force between two periods are listed too, and the last one has no end unless all have.
    """
    known = list(periods)
    days = boundaries(known)
    if any(period.stop == date.max for period in known):
        days.append(date.max)
    return [Period(start, stop) for start, stop in pairwise(days)]
