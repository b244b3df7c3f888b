"""What a newly published tariff changes from a day on, and how tariffs of two days differ.

History is never rewritten: before its first day a new tariff leaves everything as it was. From
that day on it holds alone, for the kinds of rate it states: a file of duties leaves national rates,
remedies and excise as they are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import TypedDict

from silkport.kernel.errors import TariffRefused
from silkport.kernel.limits import MAX_FAULTS_SHOWN
from silkport.law.tariff.entries import Entry, clashes, order
from silkport.law.tariff.rates import Specific, TariffRate

Key = tuple[object, ...]
ByKey = dict[Key, list[Entry]]


class How(StrEnum):
    """What became of one rate."""

    ADDED = "added"
    REMOVED = "removed"
    UP = "up"
    DOWN = "down"
    CHANGED = "changed"
    """Neither up nor down: another shape, currency, unit or last day, or parts that move apart."""


@dataclass(frozen=True, slots=True)
class Change:
    """One rate before and after; there is no `old` where it is added, no `new` where removed."""

    how: How
    old: Entry | None
    new: Entry | None

    @property
    def entry(self) -> Entry:
        """The entry that says which goods it is about."""
        entry = self.new or self.old
        assert entry is not None
        return entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """A tariff from `start` on, and what became of each rate that was in force.

    Args:
        entries: the whole tariff, with everything that was in force before, in order.
        changes: by code.
        same: rates that stay, of those that the new tariff is about.
        renamed: those among them with another name, unit or footnote.
        nothing: whether the tariff is word for word what it was.
    """

    start: date
    entries: tuple[Entry, ...]
    changes: tuple[Change, ...]
    same: int
    renamed: int
    nothing: bool

    def of(self, how: How) -> list[Change]:
        """The changes of one sort."""
        return [change for change in self.changes if change.how is how]

    def counts(self) -> dict[str, int]:
        """How many rates of each sort, those that stay among them."""
        counted = Counter(change.how for change in self.changes)
        return {how.value: counted[how] for how in How} | {
            "same": self.same,
            "renamed": self.renamed,
        }


def changed(
    old: Sequence[Entry], new: Sequence[Entry], start: date, *, whole: bool = True, what: str = ""
) -> Changes:
    """The tariff in which `new` holds from `start` on.

    A rate that stays the same keeps its first day and its source; any other stops where the new
    one begins: on `start`, or on a later day that the new one states. Loading the same file from
    the same day again changes nothing.

    Args:
        old: the tariff so far.
        new: what was published; only the kinds of rate in it are touched.
        whole: whether codes that are not in `new` are removed; otherwise they stay.
        what: how messages name the new tariff.
    Raises TariffRefused when a rate of `new` ends before `start`, when the tariff so far knows a
    later one of the same goods that is not in `new`, or when the result contradicts itself.
    """
    refuse = _Refusal(what or "the new tariff")
    kinds = {entry.kind for entry in new}
    before, after = _by_key(old), _by_key(new)
    refuse.any(
        (entry for entry in new if entry.stop <= start and entry not in before.get(entry.key, ())),
        f"ends before {start}, from which the tariff is to hold: load it from an earlier day",
    )
    touched = [key for key, some in before.items() if key in after or (whole and _in(kinds, some))]
    days = {key: _first_day(after.get(key, []), start) for key in {*touched, *after}}
    refuse.any(
        (
            entry
            for key in touched
            for entry in before[key]
            if entry.start > days[key] and entry not in after.get(key, ())
        ),
        "is loaded for a later day already: load from that day, or state it too",
    )
    stated = {key: before.get(key, []) for key in days}
    result = {key: _joined(some, after.get(key, []), days[key]) for key, some in stated.items()}
    entries = sorted((entry for some in (before | result).values() for entry in some), key=order)
    clashing = clashes(entries)
    refuse.any(
        (entries[later] for _, later in clashing),
        "would have two rates on one day: state the shorter period or the season that ends too",
    )
    nothing = entries == sorted(old, key=order)
    counted = _compared(_at(stated, days), _at(result, days), ends=True)
    return Changes(start=start, entries=tuple(entries), nothing=nothing, **counted)


def differences(entries: Sequence[Entry], first: date, second: date) -> Changes:
    """How the tariff in force on `second` differs from that in force on `first`."""
    known = _by_key(entries)
    before, after = (_at(known, dict.fromkeys(known, day)) for day in (first, second))
    counted = _compared(before, after, ends=False)
    return Changes(start=second, entries=tuple(entries), nothing=not counted["changes"], **counted)


class _Refusal:
    """Refuses a tariff for all rates that share a reason."""

    def __init__(self, what: str) -> None:
        self.what = what

    def any(self, entries: Iterable[Entry], reason: str) -> None:
        """Raises TariffRefused when there is any."""
        found = sorted(entries, key=order)
        if not found:
            return
        lines = [
            f"\n  {entry.about()} from {entry.start} {reason}" for entry in found[:MAX_FAULTS_SHOWN]
        ]
        if len(found) > len(lines):
            lines.append(f"\n  and {len(found) - len(lines):,} more")
        count = "1 rate" if len(found) == 1 else f"{len(found):,} rates"
        text = f"{count} cannot be placed:{''.join(lines)}"
        raise TariffRefused(what=self.what, reason=text, rows=len(found))


def _by_key(entries: Iterable[Entry]) -> ByKey:
    found: ByKey = {}
    for entry in entries:
        found.setdefault(entry.key, []).append(entry)
    return found


def _in(kinds: set[str], some: Sequence[Entry]) -> bool:
    return some[0].kind in kinds


def _first_day(new: Sequence[Entry], start: date) -> date:
    """The day on which the new rates of one key take over from the old ones."""
    return max(start, min((entry.start for entry in new if entry.stop > start), default=start))


def _joined(old: Sequence[Entry], new: Sequence[Entry], start: date) -> list[Entry]:
    """The rates of one key: the old ones before `start`, the new ones from it on."""
    before = [
        replace(entry, stop=start) if entry.stop > start else entry
        for entry in sorted(old, key=order)
        if entry.start < start
    ]
    after = [
        replace(entry, start=start) if entry.start < start else entry
        for entry in sorted(new, key=order)
        if entry.stop > start
    ]
    if before and after and before[-1].stop == start == after[0].start:
        earlier, later = before[-1], after[0]
        if (earlier.rate, earlier.confidence) == (later.rate, later.confidence):
            about = {"name": later.name, "unit": later.unit, "footnote": later.footnote}
            stays = replace(earlier, stop=later.stop, **about)  # type: ignore[arg-type]
            return [*before[:-1], stays, *after[1:]]
    return [*before, *after]


def _at(entries: Mapping[Key, Sequence[Entry]], days: Mapping[Key, date]) -> dict[Key, Entry]:
    """The entry of each key that is in force on the key's day."""
    return {
        key: entry
        for key, day in days.items()
        for entry in entries[key]
        if entry.start <= day < entry.stop
    }


class _Counted(TypedDict):
    changes: tuple[Change, ...]
    same: int
    renamed: int


def _compared(before: Mapping[Key, Entry], after: Mapping[Key, Entry], *, ends: bool) -> _Counted:
    """What became of each rate; with `ends`, another last day is a change as well."""
    same = renamed = 0
    found = []
    for key in {**before, **after}:
        old, new = before.get(key), after.get(key)
        if old is None or new is None:
            found.append(Change(How.ADDED if old is None else How.REMOVED, old, new))
        elif old.rate != new.rate:
            found.append(Change(_direction(old.rate, new.rate), old, new))
        elif ends and old.stop != new.stop:
            found.append(Change(How.CHANGED, old, new))
        else:
            same += 1
            renamed += (old.name, old.unit, old.footnote) != (new.name, new.unit, new.footnote)
    ordered = sorted(found, key=lambda change: order(change.entry))
    return {"changes": tuple(ordered), "same": same, "renamed": renamed}


def _direction(old: TariffRate, new: TariffRate) -> How:
    """Up or down when every part moves that way or stays; changed otherwise."""
    moves = [
        (new.duty_ppm > old.duty_ppm) - (new.duty_ppm < old.duty_ppm),
        (new.cap_ppm > old.cap_ppm) - (new.cap_ppm < old.cap_ppm),
    ]
    for one, other in ((old.specific, new.specific), (old.cap, new.cap)):
        move = _move(one, other)
        if move is None:
            return How.CHANGED
        moves.append(move)
    alike = old.shape is new.shape and bool(old.cap_ppm) == bool(new.cap_ppm)
    if not alike or (1 in moves and -1 in moves) or not any(moves):
        return How.CHANGED
    return How.UP if 1 in moves else How.DOWN


def _move(old: Specific | None, new: Specific | None) -> int | None:
    """1 when an amount per unit of quantity rose, -1 when it fell; None where none can tell."""
    if old is None or new is None:
        return 0 if old is new else None
    if not old.alike(new):
        return None
    return new.exceeds(old) - old.exceeds(new)
