"""The local time of one place: its days, and the minutes of a day, as moments.

A moment is an integer: milliseconds since 1970-01-01T00:00Z (UTC). A day is the number that
`kernel.periods.day_number` gives it. Clocks are moved at midnight by the older time: set forward,
the new day begins late and is shorter; set back, the old day has an hour more, which comes twice.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise

from silkport.kernel.errors import MalformedLaw, ParamNotInForce
from silkport.kernel.periods import Period, day_number, day_of, refuse_overlaps

MINUTE_MS = 60_000
"""Milliseconds of a minute."""

DAY_MINUTES = 1_440
"""Minutes of a day on which no clock is moved."""

DAY_MS = DAY_MINUTES * MINUTE_MS

LARGEST_OFFSET = 14 * 60
"""Minutes by which the clocks of a place may differ from UTC."""

_EPOCH_WEEKDAY = 3  # 1970-01-01 was a Thursday; Monday is 0


def weekday(day: int) -> int:
    """The day of the week of a day number: 0 is Monday, 6 is Sunday."""
    return (day + _EPOCH_WEEKDAY) % 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Offset:
    """By how many minutes the clocks of a place are ahead of UTC, from when to when."""

    minutes: int
    period: Period
    source: str
    confidence: str = "cited"


@dataclass(frozen=True, slots=True)
class LocalTime:
    """The clocks of one place: which offsets from UTC they keep, one after the other.

    Args:
        place: how errors name it, such as the code of an administration.
        offsets: without gap and without overlap.
    Raises MalformedLaw, OverlappingDates.
    """

    place: str
    offsets: tuple[Offset, ...]
    _days: tuple[int, ...] = field(init=False, repr=False, compare=False)
    _minutes: tuple[int, ...] = field(init=False, repr=False, compare=False)
    _begins: tuple[int, ...] = field(init=False, repr=False, compare=False)
    _stop: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        ordered = sorted(self.offsets, key=lambda one: one.period)
        what = f"{self.place}.offset"
        refuse_overlaps((one.period for one in ordered), what)
        if not ordered:
            raise MalformedLaw(what=what, reason="there is none, so no day can be told")
        for earlier, later in pairwise(ordered):
            if earlier.period.stop != later.period.start:
                reason = f"no offset holds from {earlier.period.stop} to {later.period.start}"
                raise MalformedLaw(what=what, reason=reason)
        for one in ordered:
            if abs(one.minutes) > LARGEST_OFFSET:
                reason = f"{one.minutes} minutes is more than {LARGEST_OFFSET}"
                raise MalformedLaw(what=what, reason=reason)
        days = tuple(day_number(one.period.start) for one in ordered)
        minutes = tuple(one.minutes for one in ordered)
        older = (minutes[0], *minutes)
        begins = (day * DAY_MS - m * MINUTE_MS for day, m in zip(days, older, strict=False))
        object.__setattr__(self, "offsets", tuple(ordered))
        object.__setattr__(self, "_days", days)
        object.__setattr__(self, "_minutes", minutes)
        object.__setattr__(self, "_begins", tuple(begins))
        object.__setattr__(self, "_stop", day_number(ordered[-1].period.stop))

    @property
    def changes(self) -> tuple[int, ...]:
        """The days on which an offset begins."""
        return self._days

    def opening(self, day: int) -> int:
        """The moment at which a day begins. Raises ParamNotInForce when no offset is known."""
        return self._bounds(day)[1]

    def closing(self, day: int) -> int:
        """The moment at which a day ends: the next one begins. Raises ParamNotInForce."""
        return self._bounds(day)[2]

    def moment(self, day: int, minute: int) -> int:
        """When the clocks show a minute of a day, the first time if they do so twice.

        Args:
            minute: 0 to 1440, the end of the day, however long it is. A minute that clocks set
                forward leave out is the beginning of the day.
        Raises ParamNotInForce.
        """
        return _moment(self._bounds(day), minute)

    def day_at(self, at_ms: int) -> int:
        """The day in which a moment lies. Raises ParamNotInForce when no offset is known then."""
        day = (at_ms + self.offset_at(at_ms) * MINUTE_MS) // DAY_MS
        if day >= self._stop:
            raise self._unknown(day)
        return day

    def offset_at(self, at_ms: int) -> int:
        """Minutes by which clocks are ahead of UTC at a moment. Raises ParamNotInForce."""
        place = bisect_right(self._begins, at_ms) - 1
        if place < 0:
            raise self._unknown(at_ms // DAY_MS)
        return self._minutes[place]

    def spans(self, day: int, minutes: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
        """Stretches of a day, told by its clocks in minutes, as moments: (first, first after).

        Raises ParamNotInForce.
        """
        bounds = self._bounds(day)
        found = [(_moment(bounds, first), _moment(bounds, stop)) for first, stop in minutes]
        return tuple([(opens, closes) for opens, closes in found if opens < closes])

    def _bounds(self, day: int) -> tuple[int, int, int]:
        """When its own clocks would show midnight, when the day begins, and when it ends."""
        if not self._days[0] <= day < self._stop:
            raise self._unknown(day)
        place = bisect_right(self._days, day) - 1
        midnight = day * DAY_MS - self._minutes[place] * MINUTE_MS
        closing = midnight + DAY_MS
        if place + 1 < len(self._days) and self._days[place + 1] == day + 1:
            next_midnight = (day + 1) * DAY_MS - self._minutes[place + 1] * MINUTE_MS
            closing = max(closing, next_midnight)
        return midnight, max(midnight, self._begins[place]), closing

    def _unknown(self, day: int) -> ParamNotInForce:
        shown = min(max(day, day_number(date.min)), day_number(date.max))
        return ParamNotInForce(country=self.place, param="offset", day=str(day_of(shown)))


def _moment(bounds: tuple[int, int, int], minute: int) -> int:
    midnight, opening, closing = bounds
    if minute == DAY_MINUTES:
        return closing
    at = midnight + minute * MINUTE_MS
    return opening if at < opening else min(at, closing)
