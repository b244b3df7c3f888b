"""Effective-dated tables of law: one record for a key on a day, found by binary search.

Records of commodity codes are written at the shortest prefix they hold for; a longer prefix
wins. Compiled, a table is a sorted list of disjoint key ranges and, per range, of days, so
that a look-up is two binary searches in every reading. Overlapping periods are refused.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import pairwise
from typing import Any

from silkport.kernel.errors import OverlappingDates
from silkport.kernel.periods import day_number

DAY_SPAN = 1 << 17
"""More days than a compiled law covers; composite keys are range number times this plus day."""

CODE_DIGITS = 10
"""Commodity codes are looked up as ten-digit numbers."""

CODE_SPAN = 10**CODE_DIGITS
"""Commodity codes there could be; keys are the number of a variant times this plus the code."""

NO_VARIANT: Mapping[str, int] = {"": 0}


@dataclass(frozen=True, slots=True)
class TableShape:
    """What a table of law holds; fields named as in `is_number` are integers, others text.

    In a `varied` table a code has a record for each variant, such as an origin.
    """

    by_code: bool
    fields: tuple[str, ...]
    varied: bool = False


RATE_FIELDS = (
    "duty_ppm",
    "specific_e6",
    "specific_per_count",
    "specific_currency",
    "specific_unit",
    "sum_flag",
    "cap_flag",
    "cap_ppm",
    "cap_e6",
    "cap_per_count",
)
"""A rate of any of the five shapes: the greater of a share and so much of a currency per so many
units, or with `sum_flag` their sum; with `cap_flag` not more than the cap."""

_RATES = TableShape(by_code=True, fields=RATE_FIELDS)
_RATES_BY_ORIGIN = TableShape(by_code=True, fields=RATE_FIELDS, varied=True)

TABLE_SHAPES: dict[str, TableShape] = {
    "tariff": TableShape(
        by_code=True,
        fields=(*RATE_FIELDS, "unit", "footnote", "season", "remedy_flag", "national_flag"),
    ),
    "national": _RATES,
    "excise": _RATES,
    "export": _RATES,
    "special": _RATES_BY_ORIGIN,
    "antidumping": _RATES_BY_ORIGIN,
    "countervailing": _RATES_BY_ORIGIN,
    "preference": _RATES_BY_ORIGIN,
    "taxes": TableShape(by_code=True, fields=("vat_ppm", "excise_ppm")),
    "statutory_units": TableShape(by_code=True, fields=("unit1", "unit2")),
    "fx": TableShape(by_code=False, fields=("rate_ppm", "nominal_count")),
}
"""Every dated table of a country's law; one without records is empty, never assumed.

Those with rates come from tariff.csv (`law.tariff.compiling`), the others from files of their name.
"""

_NUMBERS = ("_ppm", "_minor", "_e6", "_count", "_flag")


def is_number(field: str) -> bool:
    """Whether a field of a table is a scaled integer."""
    return field.endswith(_NUMBERS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One dated record as it was written, with where it comes from."""

    key: str
    start: date
    stop: date
    values: Mapping[str, int | str]
    source: str
    confidence: str
    variant: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class DatedTable:
    """A compiled table.

    `starts` are the first keys of disjoint ranges (numbers for code tables, texts for others),
    `stops` the last keys; `composite` is sorted; `until` is the first day a record stops.
    `bounds` are the least and the greatest value of each field that is a number.
    """

    name: str
    by_code: bool
    starts: Sequence[int] | Sequence[str]
    stops: Sequence[int] | Sequence[str]
    composite: Sequence[int]
    until: Sequence[int]
    fields: Mapping[str, Sequence[int] | Sequence[str]]
    records: Sequence[Record]
    bounds: Mapping[str, tuple[int, int]]
    variants: Mapping[str, int] = field(default_factory=lambda: NO_VARIANT)
    idle: frozenset[str] = frozenset()
    """Fields that say nothing in any record: 0 or empty, as a miss does."""

    def find(self, key: str, day: int, variant: str = "") -> int:
        """Place of the record for `key` in force on `day`; -1 when there is none.

        Args:
            key: a commodity code of exactly ten digits, or the text key of another table.
            day: days since 1970-01-01.
            variant: of a varied table, which of the records of the code.
        """
        wanted: int | str = key
        if self.by_code:
            number = self.variants.get(variant, -1)
            if len(key) != CODE_DIGITS or not (key.isascii() and key.isdigit()) or number < 0:
                return -1
            wanted = number * CODE_SPAN + int(key)
        slot = bisect_right(self.starts, wanted) - 1
        if slot < 0 or wanted > self.stops[slot] or day < 0:  # type: ignore[operator]
            return -1
        place = bisect_right(self.composite, slot * DAY_SPAN + day) - 1
        if place < 0 or self.composite[place] // DAY_SPAN != slot or day >= self.until[place]:
            return -1
        return place


def compile_table(name: str, records: Sequence[Record], shape: TableShape) -> DatedTable:
    """Sorts, checks and flattens `records`. Raises OverlappingDates."""
    variants = {"": 0}
    if shape.varied:
        variants = {one: n for n, one in enumerate(sorted({r.variant for r in records}))}
    ranges: list[tuple[Any, Any, list[Record]]] = []
    for variant, number in variants.items():
        by_key = _by_key(name, [record for record in records if record.variant == variant])
        if shape.by_code:
            first = number * CODE_SPAN
            ranges += [(first + low, first + high, d) for low, high, d in _code_ranges(by_key)]
        else:
            ranges += [(key, key, by_key[key]) for key in sorted(by_key)]
    composite: list[int] = []
    placed: list[Record] = []
    for slot, (_, _, dated) in enumerate(ranges):
        composite += [slot * DAY_SPAN + day_number(record.start) for record in dated]
        placed += dated
    columns = _columns(shape, placed)
    return DatedTable(
        name=name,
        by_code=shape.by_code,
        starts=[first for first, _, _ in ranges],
        stops=[last for _, last, _ in ranges],
        composite=composite,
        until=[min(day_number(record.stop), DAY_SPAN - 1) for record in placed],
        fields=columns,
        records=placed,
        bounds={
            name: (min(map(int, values), default=0), max(map(int, values), default=0))
            for name, values in columns.items()
            if is_number(name)
        },
        variants=variants,
        idle=frozenset(name for name, values in columns.items() if not any(values)),
    )


def _by_key(name: str, records: Sequence[Record]) -> dict[str, list[Record]]:
    """Records by key, in order of their days. Raises OverlappingDates."""
    by_key: dict[str, list[Record]] = {}
    for record in records:
        by_key.setdefault(record.key, []).append(record)
    for key, dated in by_key.items():
        dated.sort(key=lambda record: record.start)
        for earlier, later in pairwise(dated):
            if later.start < earlier.stop:
                what = " ".join(part for part in (name, key, later.variant) if part)
                raise OverlappingDates(what=what, day=f"{later.start}")
    return by_key


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
    return int(prefix or "0") * room, (int(prefix or "0") + 1) * room - 1


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
            covered.append(replace(found, start=start, stop=stop))
    return covered
