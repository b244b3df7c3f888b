"""Compiled law of one administration: dated parameters, tables, code lists and regimes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from silkport.kernel.errors import OverlappingDates, ParamNotInForce
from silkport.law.permits import Permit
from silkport.law.tables import DatedTable

UNVERIFIED = "unverified"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """One value, in force on every day with `start <= day < stop`.

    `value` is the scaled integer that rules compute with, or a text; `written` is the value
    as the file has it, in `unit`. There is no default source: what has none does not load.
    """

    value: int | str
    written: str
    unit: str
    source: str
    start: date
    stop: date = date.max
    confidence: str = "cited"

    def holds(self, day: date) -> bool:
        """Whether this value is in force on `day`."""
        return self.start <= day < self.stop


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSource:
    """Where a rule stands in an administration's law, and the code its officers know it by."""

    source: str
    start: date
    stop: date = date.max
    official: str = ""
    confidence: str = "cited"


@dataclass(frozen=True, slots=True, kw_only=True)
class Regime:
    """What applies to one kind of parcel or house in one period: rules, computations, documents."""

    code: str
    title: str
    procedure: str
    direction: str
    trade_modes: tuple[str, ...]
    start: date
    stop: date
    source: str
    confidence: str
    documents: tuple[str, ...]
    stages: Mapping[str, tuple[str, ...]]

    @property
    def declares(self) -> str:
        """The kind of row it applies to: `parcel`, or `house` for commercial goods."""
        return "parcel" if self.procedure.startswith("parcel") else "house"


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """Everything one administration's law says to this node; `digest` names the edition."""

    country: str
    currency: str
    params: Mapping[str, Sequence[Dated]]
    tables: Mapping[str, DatedTable]
    lists: Mapping[str, frozenset[str]]
    regimes: Sequence[Regime]
    rule_sources: Mapping[str, Sequence[RuleSource]]
    digest: str
    permits: tuple[Permit, ...] = ()

    def at(self, param: str, day: date, regime: str = "") -> Dated:
        """The value of `param` in force on `day`; a value for the regime goes first.

        Raises ParamNotInForce; never None.
        """
        for name in (f"{regime}.{param}", param):
            for dated in self.params.get(name, ()):
                if dated.holds(day):
                    return dated
        raise ParamNotInForce(country=self.country, param=param, day=f"{day}")

    def rule_source(self, code: str, day: date) -> RuleSource | None:
        """Where rule `code` stands on `day`; None when it is not in force."""
        for source in self.rule_sources.get(code, ()):
            if source.start <= day < source.stop:
                return source
        return None

    def regimes_at(self, day: date) -> list[Regime]:
        """Regimes in force on `day`."""
        return [regime for regime in self.regimes if regime.start <= day < regime.stop]

    def unchanged_periods(
        self, regime: Regime, elsewhere: frozenset[str] = frozenset()
    ) -> list[tuple[date, date]]:
        """Half-open periods of the regime within which no parameter or rule changes.

        Args:
            elsewhere: parameters and rules that concern other regimes alone.
        """
        days = {regime.start, regime.stop}
        for name, values in self.params.items():
            own = name.removeprefix(f"{regime.code}.")
            if own not in elsewhere and name not in elsewhere:
                days |= {day for dated in values for day in (dated.start, dated.stop)}
        for code, sources in self.rule_sources.items():
            if code not in elsewhere:
                days |= {day for source in sources for day in (source.start, source.stop)}
        inside = sorted(day for day in days if regime.start <= day <= regime.stop)
        return list(pairwise(inside))


def refuse_overlapping(what: str, dated: Sequence[Dated | RuleSource | Regime]) -> None:
    """Raises OverlappingDates when two of `dated` are in force on one day."""
    ordered = sorted(dated, key=lambda one: one.start)
    for earlier, later in pairwise(ordered):
        if later.start < earlier.stop:
            raise OverlappingDates(what=what, day=f"{later.start}")
