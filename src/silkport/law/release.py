"""What a law demands before it lets goods go, and what it does not let be decided early.

    release.toml   [[demand]] kind, directions, procedures, payers, waived
                   [[not_early]] directions, procedures, hs, says
                   each with start, stop, source, confidence

`procedures` and `hs` may be left out: then everything is meant. `payers` (of a payment) are the
columns of the declaration that name who may pay, the first one first; `waived = true` lets a
conditional release pass. A guarantee is demanded of transits for what would be owed of them, of
other declarations for what they secure or defer. Nothing is demanded that is not stated here.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from silkport.kernel.errors import MalformedLaw, RecordWithoutSource
from silkport.kernel.periods import Period, day_of, refuse_overlaps
from silkport.law.strict import CONFIDENCES
from silkport.model.release import Demand

RELEASE = "release.toml"
DIRECTIONS = ("import", "export", "transit")
PAYERS = ("declarant_code", "consignee_code", "consignor_code")

_DATED = frozenset({"start", "stop", "source", "confidence"})
_KEYS = {
    "demand": _DATED | {"kind", "directions", "procedures", "payers", "waived"},
    "not_early": _DATED | {"directions", "procedures", "hs", "says"},
}
_HS = re.compile(r"[0-9]{2,10}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Demanded:
    """One demand in one period.

    Attributes:
        procedures: to which it is confined; none is every procedure.
        payers: columns of DECLARATION, the first one first; of a payment only.
        waived: a conditional release passes over it.
    """

    kind: Demand
    directions: frozenset[str]
    procedures: frozenset[str] = frozenset()
    payers: tuple[str, ...] = ()
    waived: bool = False
    period: Period
    source: str
    confidence: str = CONFIDENCES[0]

    def meets(self, direction: str, procedure: str, day: date) -> bool:
        """Whether it is made of such a declaration on a day."""
        procedures = not self.procedures or procedure in self.procedures
        return direction in self.directions and procedures and self.period.contains(day)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotEarly:
    """What may not be decided before the goods arrive; `says` is in the words of the law."""

    directions: frozenset[str]
    procedures: frozenset[str] = frozenset()
    hs: tuple[str, ...] = ()
    says: str
    period: Period
    source: str
    confidence: str = CONFIDENCES[0]

    def meets(self, direction: str, procedure: str, codes: Iterable[str], day: date) -> bool:
        """Whether such a declaration is meant on a day."""
        if direction not in self.directions or not self.period.contains(day):
            return False
        if self.procedures and procedure not in self.procedures:
            return False
        return not self.hs or any(one.startswith(self.hs) for one in codes)


Demands = Mapping[Demand, Demanded]


@dataclass(frozen=True, slots=True)
class ReleaseLaw:
    """The demands of one administration. Raises OverlappingDates for two of a kind at once."""

    country: str
    demands: tuple[Demanded, ...] = ()
    not_early: tuple[NotEarly, ...] = ()
    digest: str = ""
    _at_hand: dict[tuple[str, str, int], Demands] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        for kind in Demand:
            some = [one for one in self.demands if one.kind is kind]
            named = {procedure for one in some for procedure in one.procedures}
            for direction in DIRECTIONS:
                for procedure in sorted(named | {""}):
                    self._demand_one(
                        [one for one in some if direction in one.directions], procedure
                    )

    def _demand_one(self, some: Sequence[Demanded], procedure: str) -> None:
        """On one day a procedure meets one demand of a kind; "" is any that none names."""
        meant = [one for one in some if not one.procedures or procedure in one.procedures]
        kind = some[0].kind if some else ""
        refuse_overlaps((one.period for one in meant), f"{self.country}.release.{kind}")

    def demanded(self, direction: str, procedure: str, day: int) -> Demands:
        """What is demanded of a declaration; `day` is its legal day, days since 1970-01-01."""
        key = (direction, procedure, day)
        found = self._at_hand.get(key)
        if found is None:
            on = day_of(max(0, day))
            met = (one for one in self.demands if one.meets(direction, procedure, on))
            found = {one.kind: one for one in met}
            if len(self._at_hand) >= MOST_AT_HAND:
                self._at_hand.clear()
            self._at_hand[key] = found
        return found

    def reserved(
        self, direction: str, procedure: str, codes: Collection[str], day: int
    ) -> NotEarly | None:
        """What keeps a declaration from being decided early; None where nothing does."""
        on = day_of(max(0, day))
        met = (one for one in self.not_early if one.meets(direction, procedure, codes, on))
        return next(met, None)


MOST_AT_HAND = 4_096
"""Ways, procedures and days whose demands are remembered."""


def read_release(country: str, text: str) -> ReleaseLaw:
    """The law of a text. Raises MalformedLaw, RecordWithoutSource, OverlappingDates."""
    what = f"{country}/{RELEASE}"
    try:
        book = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise MalformedLaw(what=what, reason=str(error)) from None
    _refuse_unknown(book, _KEYS, what)
    return ReleaseLaw(
        country,
        tuple(_demanded(one, place) for one, place in _records(book, "demand", what)),
        tuple(_not_early(one, place) for one, place in _records(book, "not_early", what)),
        hashlib.sha256(text.encode()).hexdigest(),
    )


def _demanded(record: Mapping[str, Any], what: str) -> Demanded:
    kind = record.get("kind")
    if kind not in list(Demand):
        raise MalformedLaw(what=what, reason=f"kind is one of {', '.join(Demand)}")
    payers, waived = _words(record, "payers", what, PAYERS), record.get("waived", False)
    if (kind == Demand.PAYMENT) is not bool(payers):
        reason = "a payment names its payers, and nothing else does"
        raise MalformedLaw(what=what, reason=reason)
    if not isinstance(waived, bool):
        raise MalformedLaw(what=what, reason="waived is true or false")
    return Demanded(
        kind=Demand(kind),
        directions=_directions(record, what),
        procedures=frozenset(_words(record, "procedures", what)),
        payers=payers,
        waived=waived,
        **_dated(record, what),
    )


def _not_early(record: Mapping[str, Any], what: str) -> NotEarly:
    hs, says = _words(record, "hs", what), record.get("says")
    if not all(map(_HS.fullmatch, hs)):
        raise MalformedLaw(what=what, reason="hs has beginnings of commodity codes")
    if not isinstance(says, str) or not says.strip():
        raise MalformedLaw(what=what, reason="it does not say why")
    return NotEarly(
        directions=_directions(record, what),
        procedures=frozenset(_words(record, "procedures", what)),
        hs=hs,
        says=" ".join(says.split()),
        **_dated(record, what),
    )


def _records(
    book: Mapping[str, Any], name: str, what: str
) -> Iterable[tuple[Mapping[str, Any], str]]:
    records = book.get(name, [])
    if not isinstance(records, list) or not all(isinstance(one, dict) for one in records):
        raise MalformedLaw(what=what, reason=f"each {name} begins with [[{name}]]")
    for number, record in enumerate(records, 1):
        place = f"{what}, {name} {number}"
        _refuse_unknown(record, _KEYS[name], place)
        yield record, place


def _directions(record: Mapping[str, Any], what: str) -> frozenset[str]:
    found = _words(record, "directions", what, DIRECTIONS)
    if not found:
        raise MalformedLaw(what=what, reason=f"directions has some of {', '.join(DIRECTIONS)}")
    return frozenset(found)


def _words(
    record: Mapping[str, Any], key: str, what: str, known: Sequence[str] = ()
) -> tuple[str, ...]:
    """A list of words, each once; none where the key is not there."""
    found = record.get(key, [])
    if not isinstance(found, list) or not all(isinstance(one, str) and one for one in found):
        raise MalformedLaw(what=what, reason=f"{key} is a list of words")
    if (key in record and not found) or len(set(found)) < len(found):
        raise MalformedLaw(what=what, reason=f"{key} is empty or names something twice")
    if known and not set(found) <= set(known):
        raise MalformedLaw(what=what, reason=f"{key} has some of {', '.join(known)}")
    return tuple(found)


def _dated(record: Mapping[str, Any], what: str) -> dict[str, Any]:
    """Period, source and confidence."""
    source = record.get("source")
    if not isinstance(source, str) or not source.strip():
        raise RecordWithoutSource(what=what)
    start, stop = record.get("start"), record.get("stop", date.max)
    for one in (start, stop):
        if not isinstance(one, date) or isinstance(one, datetime):
            reason = "start and stop are days, written 2026-07-01 and unquoted"
            raise MalformedLaw(what=what, reason=reason)
    assert isinstance(start, date)
    if stop <= start:
        raise MalformedLaw(what=what, reason=f"its stop {stop} is not after its start {start}")
    confidence = record.get("confidence", CONFIDENCES[0])
    if confidence not in CONFIDENCES:
        raise MalformedLaw(what=what, reason=f"confidence is {' or '.join(CONFIDENCES)}")
    said = " ".join(source.split())
    return {"period": Period(start, stop), "source": said, "confidence": confidence}


def _refuse_unknown(record: Mapping[str, Any], known: Collection[str], what: str) -> None:
    unknown = sorted(set(record) - set(known))
    if unknown:
        raise MalformedLaw(what=what, reason=f"nobody reads {unknown[0]!r} there")
