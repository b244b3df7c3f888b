"""The opening hours of border posts, apart from the legal working hours of administrations.

Days and moments are those of `law.local_time`. Hours hold for days of the week; a closure shuts the
post on whole days and goes before them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from silkport.kernel.errors import MalformedLaw, ParamNotInForce
from silkport.kernel.periods import Period, day_number, day_of, refuse_overlaps
from silkport.law.local_time import DAY_MINUTES, LocalTime, weekday

LONGEST_CLOSURE = 3_660
"""Days after which the next opening of a post is not looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostHours:
    """When a post is open on some days of the week, from when to when.

    Args:
        opens, closes: minutes since the local day began; 0 and 1440 is the whole day.
        weekdays: 0 is Monday, 6 is Sunday.
    """

    opens: int
    closes: int
    weekdays: frozenset[int]
    period: Period
    source: str
    confidence: str = "cited"


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """Days on which a post is shut, whatever its hours."""

    period: Period
    source: str
    confidence: str = "cited"


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One border post.

    Args:
        code: how data names it.
        name: how people name it, in English.
        time: its clocks.
    Raises MalformedLaw, OverlappingDates when it has two hours for one day.
    """

    code: str
    name: str
    time: LocalTime
    hours: tuple[PostHours, ...]
    closures: tuple[Closure, ...] = ()
    _periods: tuple[tuple[int, int], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        what = f"post {self.code}"
        for one in self.hours:
            if not (0 <= one.opens < one.closes <= DAY_MINUTES):
                reason = f"it cannot open at minute {one.opens} of a day and close at {one.closes}"
                raise MalformedLaw(what=what, reason=reason)
            if not one.weekdays or not one.weekdays <= frozenset(range(7)):
                raise MalformedLaw(what=what, reason="its hours hold on no day of the week")
        for number in range(7):
            on_it = (one.period for one in self.hours if number in one.weekdays)
            refuse_overlaps(on_it, what)
        refuse_overlaps((one.period for one in self.closures), f"{what}, closed,")
        periods = ((day_number(h.period.start), day_number(h.period.stop)) for h in self.hours)
        object.__setattr__(self, "_periods", tuple(periods))

    def is_open(self, at_ms: int) -> bool:
        """Whether it is open at a moment; at the closing moment it is not.

        Raises ParamNotInForce when no hours are known for the day.
        """
        return any(start <= at_ms < stop for start, stop in self._spans(self.time.day_at(at_ms)))

    def next_opening(self, at_ms: int) -> int:
        """The first moment that is not before `at_ms` at which it is open.

        Raises ParamNotInForce when hours are not known that far.
        """
        first = self.time.day_at(at_ms)
        for day in range(first, first + LONGEST_CLOSURE):
            for start, stop in self._spans(day):
                if at_ms < stop:
                    return max(start, at_ms)
        reason = f"it does not open for {LONGEST_CLOSURE:,} days after {day_of(first)}"
        raise MalformedLaw(what=f"post {self.code}", reason=reason)

    def grounds(self, day: int) -> PostHours | Closure | None:
        """What says when it is open on a day; None when it has no hours on that day of the week.

        Raises ParamNotInForce when no hours are known for the day.
        """
        shut = _holding(self.closures, day)
        if shut is not None:
            return shut
        holding = [
            hours
            for hours, (start, stop) in zip(self.hours, self._periods, strict=True)
            if start <= day < stop
        ]
        if not holding:
            param = f"hours of {self.code}"
            raise ParamNotInForce(country=self.time.place, param=param, day=str(day_of(day)))
        return next((hours for hours in holding if weekday(day) in hours.weekdays), None)

    def _spans(self, day: int) -> tuple[tuple[int, int], ...]:
        match self.grounds(day):
            case PostHours(opens=opens, closes=closes):
                return self.time.spans(day, [(opens, closes)])
            case _:
                return ()


def _holding(closures: Iterable[Closure], day: int) -> Closure | None:
    return next((one for one in closures if one.period.contains(day_of(day))), None)
