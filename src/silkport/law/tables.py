"""Effective-dated tables of law: one record for a key on a day, found by binary search.

Records of commodity codes are written at the shortest prefix they hold for; a longer prefix
wins. Compiled, a table is a sorted list of disjoint key ranges and, per range, of days, so
that a look-up is two binary searches in every reading. Overlapping periods are refused.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from silkport.kernel.errors import OverlappingDates
from silkport.kernel.periods import day_number

DAY_SPAN = 1 << 17
"""More days than a compiled law covers; composite keys are range number times this plus day."""

CODE_DIGITS = 10
"""Commodity codes are looked up as ten-digit numbers."""


@dataclass(frozen=True, slots=True)
class TableShape:
    """What a table of law holds; fields named _ppm or _minor are scaled integers, others text."""

    by_code: bool
    fields: tuple[str, ...]


TABLE_SHAPES: dict[str, TableShape] = {
    "duty": TableShape(by_code=True, fields=("duty_ppm", "minimum_minor")),
    "taxes": TableShape(by_code=True, fields=("vat_ppm", "excise_ppm")),
    "statutory_units": TableShape(by_code=True, fields=("unit1", "unit2")),
    "fx": TableShape(by_code=False, fields=("rate_ppm",)),
}
"""Every dated table a country's folder may have; one without records is empty, never assumed."""


def is_number(field: str) -> bool:
    """Whether a field of a table is a scaled integer."""
    return field.endswith(("_ppm", "_minor"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One dated record as it was written, with where it comes from."""

    key: str
    start: date
    stop: date
    values: Mapping[str, int | str]
    source: str
    confidence: str


@dataclass(frozen=True, slots=True)
class DatedTable:
    """A compiled table.

    `starts` are the first keys of disjoint ranges (numbers for code tables, texts for others),
    `stops` the last keys; `composite` is sorted; `until` is the first day a record stops.
    """

    name: str
    by_code: bool
    starts: Sequence[int] | Sequence[str]
    stops: Sequence[int] | Sequence[str]
    composite: Sequence[int]
    until: Sequence[int]
    fields: Mapping[str, Sequence[int] | Sequence[str]]
    records: Sequence[Record]

    def find(self, key: str, day: int) -> int:
        """Place of the record for `key` in force on `day`; -1 when there is none.

        Args:
            key: a commodity code of exactly ten digits, or the text key of another table.
            day: days since 1970-01-01.
        """
        wanted: int | str = key
        if self.by_code:
            if len(key) != CODE_DIGITS or not (key.isascii() and key.isdigit()):
                return -1
            wanted = int(key)
        slot = bisect_right(self.starts, wanted) - 1
        if slot < 0 or wanted > self.stops[slot] or day < 0:  # type: ignore[operator]
            return -1
        place = bisect_right(self.composite, slot * DAY_SPAN + day) - 1
        if place < 0 or self.composite[place] // DAY_SPAN != slot or day >= self.until[place]:
            return -1
        return place


def compile_table(name: str, records: Sequence[Record], shape: TableShape) -> DatedTable:
    """Sorts, checks and flattens `records`. Raises OverlappingDates."""
    by_key: dict[str, list[Record]] = {}
    for record in records:
        by_key.setdefault(record.key, []).append(record)
    for key, dated in by_key.items():
        dated.sort(key=lambda record: record.start)
        for earlier, later in pairwise(dated):
            if later.start < earlier.stop:
                raise OverlappingDates(what=f"{name} {key}", day=f"{later.start}")
    ranges: Sequence[tuple[int | str, int | str, list[Record]]]
    if shape.by_code:
        ranges = _code_ranges(by_key)
    else:
        ranges = [(key, key, by_key[key]) for key in sorted(by_key)]
    composite: list[int] = []
    placed: list[Record] = []
    for slot, (_, _, dated) in enumerate(ranges):
        composite += [slot * DAY_SPAN + day_number(record.start) for record in dated]
        placed += dated
    return DatedTable(
        name=name,
        by_code=shape.by_code,
        starts=[first for first, _, _ in ranges],  # type: ignore[arg-type]
        stops=[last for _, last, _ in ranges],  # type: ignore[arg-type]
        composite=composite,
        until=[min(day_number(record.stop), DAY_SPAN - 1) for record in placed],
        fields=_columns(shape, placed),
        records=placed,
    )


def _columns(shape: TableShape, records: Sequence[Record]) -> dict[str, list[int] | list[str]]:
    """The values of every field, numbers or texts."""
    return {
        field: [int(record.values[field]) for record in records]
        if is_number(field)
        else [str(record.values[field]) for record in records]
        for field in shape.fields
    }


def _code_ranges(by_key: Mapping[str, list[Record]]) -> list[tuple[int, int, list[Record]]]:
    """Disjoint ranges of ten-digit codes; on each day of a range the longest prefix wins."""
    spans = {key: _span(key) for key in by_key}
    edges = sorted({edge for low, high in spans.values() for edge in (low, high + 1)})
    ordered = sorted(by_key, key=lambda key: (spans[key][0], len(key)))
    ranges: list[tuple[int, int, list[Record]]] = []
    open_keys: list[str] = []
    waiting = iter([*ordered, None])
    coming = next(waiting)
    for low, following in pairwise(edges):
        open_keys = [key for key in open_keys if spans[key][1] >= low]
        while coming is not None and spans[coming][0] <= low:
            open_keys.append(coming)
            coming = next(waiting)
        if open_keys:
            longest_first = sorted(open_keys, key=len, reverse=True)
            ranges.append((low, following - 1, _cover([by_key[key] for key in longest_first])))
    return ranges


def _span(prefix: str) -> tuple[int, int]:
    room = 10 ** (CODE_DIGITS - len(prefix))
    return int(prefix) * room, (int(prefix) + 1) * room - 1


def _cover(layers: Sequence[Sequence[Record]]) -> list[Record]:
    """The records of the first layer, their gaps filled from the next, and so on."""
    if len(layers) == 1:
        return list(layers[0])
    days = sorted(
        {day for layer in layers for record in layer for day in (record.start, record.stop)}
    )
    covered: list[Record] = []
    for start, stop in pairwise(days):
        found = next(
            (r for layer in layers for r in layer if r.start <= start and stop <= r.stop), None
        )
        if found is not None:
            covered.append(
                Record(
                    key=found.key,
                    start=start,
                    stop=stop,
                    values=found.values,
                    source=found.source,
                    confidence=found.confidence,
                )
            )
    return covered
