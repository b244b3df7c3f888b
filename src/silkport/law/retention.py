"""Retention: how long the law lets a node keep what it holds, by class.

A term is counted in whole days: it begins on the day after that on which something ended, and what
was kept may be removed on the day after its last. Years end on the day of the same date; the 29th
of February ends on the 28th where there is none. Source of that way of counting: EAEU Customs
Code, article 4 (terms), from memory; a country that counts otherwise states its term in days.

    retention.toml   [[retention.CLASS]] value, unit, start, stop, source, confidence
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from silkport.kernel.errors import MalformedLaw, ParamNotInForce, RecordWithoutSource
from silkport.kernel.periods import Period, day_number, day_of, refuse_overlaps
from silkport.law.loading import read_toml
from silkport.law.local_time import DAY_MS, LARGEST_OFFSET, MINUTE_MS, LocalTime
from silkport.law.strict import CONFIDENCES

RETENTION = "retention.toml"
MOST: Mapping[str, int] = MappingProxyType({"years": 100, "days": 36_500})
"""Units, each with the largest number that a term may have."""

_FIELDS = frozenset({"value", "unit", "start", "stop", "source", "confidence"})


class Kept(StrEnum):
    """What is kept, by the moment that its term runs from."""

    DECLARATIONS = "declarations"
    """Declarations and their events: from the last event, once nothing runs any more."""
    MESSAGES = "messages"
    """Messages with neighbours: from the moment they were queued or received."""
    EVIDENCE = "evidence"
    """What was signed for messages, and what they disclosed: from the same moment."""
    PERSONS = "persons"
    """Names of persons: from the last event of the last declaration that names them."""
    INCIDENTS = "incidents"
    """Incidents: from the last time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """How long one class is kept, as the law stands in one period. Raises MalformedLaw."""

    kept: Kept
    value: int
    unit: str
    period: Period
    source: str
    confidence: str = CONFIDENCES[0]

    def __post_init__(self) -> None:
        what = f"retention {self.kept}"
        if self.unit not in MOST:
            reason = f"no unit is called {self.unit!r}; known: {', '.join(MOST)}"
            raise MalformedLaw(what=what, reason=reason)
        if not 1 <= self.value <= MOST[self.unit]:
            reason = f"{self.value} is not from 1 to {MOST[self.unit]:,}"
            raise MalformedLaw(what=what, reason=reason)

    @property
    def why(self) -> str:
        """The term and its source, as it is kept with what was removed under it."""
        return f"{self.kept}, {self.value} {self.unit}: {self.source}"

    def free_on(self, ended: int) -> int:
        """The first day on which what ended on a day may be removed; days by number."""
        if self.unit == "days":
            return ended + self.value + 1
        return day_number(_years_after(day_of(ended), self.value)) + 1

    def last_ended(self, today: int) -> int:
        """The newest day such that what ended on it, or before, may be removed today."""
        if self.unit == "days":
            return today - self.value - 1
        day = day_number(_years_after(day_of(today - 1), -self.value))
        while self.free_on(day + 1) <= today:
            day += 1
        return day


def _years_after(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # the 29th of February in a year without one
        return day.replace(year=day.year + years, day=28)


@dataclass(frozen=True, slots=True)
class Retention:
    """How long one administration keeps each class of what its node holds.

    Args:
        country: how errors name it.
        time: its clocks, by which days are told.
    Raises OverlappingDates; MalformedLaw when a class has no term at all, or proofs may be kept
    for a shorter time than what they prove.
    """

    country: str
    time: LocalTime
    terms: tuple[Term, ...]
    _by_class: Mapping[Kept, tuple[Term, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        found = {kept: tuple(one for one in self.terms if one.kept is kept) for kept in Kept}
        for kept, several in found.items():
            if not several:
                reason = f"it says nothing of {kept}"
                raise MalformedLaw(what=f"{self.country}/{RETENTION}", reason=reason)
            refuse_overlaps((one.period for one in several), f"{self.country}.retention.{kept}")
        object.__setattr__(self, "_by_class", found)
        for evidence in found[Kept.EVIDENCE]:
            for messages in found[Kept.MESSAGES]:
                self._demand_proven(messages, evidence)

    def _demand_proven(self, messages: Term, evidence: Term) -> None:
        first = day_number(messages.period.start)
        if messages.period.overlaps(evidence.period) and (
            evidence.free_on(first) < messages.free_on(first)
        ):
            reason = "evidence is kept for a shorter time than the messages that it proves"
            raise MalformedLaw(what=f"{self.country}/{RETENTION}", reason=reason)

    def at(self, kept: Kept, day: int) -> Term:
        """The term of a class in force on a day. Raises ParamNotInForce; never None."""
        for one in self._by_class[kept]:
            if one.period.contains(day_of(day)):
                return one
        param = f"retention.{kept}"
        raise ParamNotInForce(country=self.country, param=param, day=str(day_of(day)))

    def limit(self, kept: Kept, now: int) -> tuple[int, Term]:
        """The moment before which what ended may be removed now, and the term that says so.

        Args:
            now: milliseconds since 1970-01-01T00:00Z. The term in force today counts, also for
                what ended under another one.
        Raises ParamNotInForce.
        """
        today = self.time.day_at(now)
        term = self.at(kept, today)
        first_kept = term.last_ended(today) + 1
        try:
            return self.time.opening(first_kept), term
        except ParamNotInForce:  # of days before the clocks are known the safe side is taken
            return first_kept * DAY_MS - LARGEST_OFFSET * MINUTE_MS, term


def read_retention(country: str, text: str, time: LocalTime) -> Retention:
    """The terms in a text of the documented form. Raises LawError."""
    what = f"{country}/{RETENTION}"
    book = read_toml(country, RETENTION, {RETENTION: text})
    named = book.get("retention")
    if not isinstance(named, dict) or set(book) != {"retention"}:
        raise MalformedLaw(what=what, reason="it is not made of [[retention.CLASS]]")
    terms = []
    for name, records in named.items():
        if name not in set(Kept):
            reason = f"no class is called {name!r}; known: {', '.join(Kept)}"
            raise MalformedLaw(what=what, reason=reason)
        if not isinstance(records, list):
            reason = f"{name} is no list of records; write [[retention.{name}]]"
            raise MalformedLaw(what=what, reason=reason)
        for number, record in enumerate(records, 1):
            terms.append(_term(Kept(name), record, f"{what} {name} {number}"))
    return Retention(country, time, tuple(terms))


def _term(kept: Kept, record: Mapping[str, Any], what: str) -> Term:
    unknown = sorted(set(record) - _FIELDS)
    if unknown:
        reason = f"nobody reads {unknown[0]!r}; it may hold {', '.join(sorted(_FIELDS))}"
        raise MalformedLaw(what=what, reason=reason)
    value = record.get("value")
    if not isinstance(value, int) or isinstance(value, bool):
        raise MalformedLaw(what=what, reason=f"its value {value!r} is no whole number")
    start, stop = record.get("start"), record.get("stop", date.max)
    for one in (start, stop):
        if not isinstance(one, date) or isinstance(one, datetime):
            reason = f"{one!r} is no day; write start = 2026-07-01, without quotes"
            raise MalformedLaw(what=what, reason=reason)
    assert isinstance(start, date)
    if stop <= start:
        raise MalformedLaw(what=what, reason=f"its stop {stop} is not after its start {start}")
    source = str(record.get("source") or "").strip()
    if not source:
        raise RecordWithoutSource(what=what)
    confidence = str(record.get("confidence", CONFIDENCES[0]))
    if confidence not in CONFIDENCES:
        reason = f"{confidence!r} is no confidence; write {' or '.join(CONFIDENCES)}"
        raise MalformedLaw(what=what, reason=reason)
    return Term(
        kept=kept,
        value=value,
        unit=str(record.get("unit", "")),
        period=Period(start, stop),
        source=source,
        confidence=confidence,
    )
