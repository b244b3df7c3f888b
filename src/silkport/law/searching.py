"""Dated look-ups of many keys at once: the bulk reading of a compiled table of law.

Every look-up is a few gathers. A key is searched once for all tables of commodity codes that a
sheet reads: their ranges are cut into common ones, and each common range knows its range in every
table. What is not found has a place of its own behind the last one, so nothing is ever negative.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache

import polars as pl

from silkport.law.tables import CODE_DIGITS, CODE_SPAN, DAY_SPAN, DatedTable, is_number

MOST_PERIODS = 8
"""Records of one key up to which comparing starts is quicker than a binary search."""


FEWEST_WRITTEN = 1_000
"""Whole codes from which on a dictionary of them is worth its making."""


FEW_CODES = 10_000
"""Rows up to which searching is quicker than asking that dictionary."""


def code_number(text: pl.Expr) -> pl.Expr:
    """The number of a commodity code of exactly ten digits; -1 for any other text.

    A sign would leave nine digits, so only a text that begins with 0 can have fewer than ten.
    """
    number = text.cast(pl.Int64, strict=False)
    ten_digits = (text.str.len_bytes() == CODE_DIGITS) & (number >= 0)
    whole = (number >= CODE_SPAN // 10) | text.str.starts_with("0")
    return pl.when(ten_digits & whole).then(number).otherwise(pl.lit(-1, dtype=pl.Int64))


def _numbers(text: pl.Series) -> pl.Series:
    return text.to_frame("code").select(code_number(pl.col("code")).alias("number"))["number"]


class Search:
    """One dated table as columns, ready for the look-up of many keys.

    A *slot* is a range of keys, a *place* a record; those behind the last mean none.
    """

    def __init__(self, table: DatedTable) -> None:
        kind = pl.Int64 if table.by_code else pl.String
        self.nowhere = len(table.composite)
        self._no_slot = len(table.starts)
        self._starts = pl.Series(table.starts, dtype=kind)
        self._stops = pl.Series([*table.stops, -1 if table.by_code else ""], dtype=kind)
        self._composite = pl.Series(table.composite, dtype=pl.Int64)
        begins = [one % DAY_SPAN for one in table.composite]
        self._begins = pl.Series([*begins, DAY_SPAN], dtype=pl.Int64)
        self._until = pl.Series([*table.until, 0], dtype=pl.Int64)
        self._variants = table.variants
        self._fields = {
            name: pl.Series(
                [*values, 0 if is_number(name) else ""],
                dtype=pl.Int64 if is_number(name) else pl.String,
            )
            for name, values in table.fields.items()
        }
        slots = [one // DAY_SPAN for one in table.composite]
        first = [bisect_left(slots, n) for n in range(len(table.starts))]
        self._first = pl.Series([*first, self.nowhere], dtype=pl.Int64)
        self._later: list[pl.Series] | None = None
        counts = Counter(slots)
        most = max(counts.values(), default=0)
        if most <= MOST_PERIODS:
            self._later = self._later_starts(table, counts, most)

    @staticmethod
    def _later_starts(table: DatedTable, counts: Mapping[int, int], most: int) -> list[pl.Series]:
        """For each key range the start of its second record, of its third, and so on."""
        later: list[list[int]] = [[DAY_SPAN] * (len(table.starts) + 1) for _ in range(most - 1)]
        turn: Counter[int] = Counter()
        for one in table.composite:
            slot = one // DAY_SPAN
            if turn[slot]:
                later[turn[slot] - 1][slot] = one % DAY_SPAN
            turn[slot] += 1
        assert turn == counts
        return [pl.Series(starts, dtype=pl.Int64) for starts in later]

    def variant(self, text: pl.Expr) -> pl.Expr:
        """The number of a variant; -1 where the table has no such one."""
        names = pl.Series(list(self._variants), dtype=pl.String)
        if names.is_empty():
            return pl.lit(-1, dtype=pl.Int64)
        found = pl.lit(names).search_sorted(text, side="left").cast(pl.Int64)
        return found.clip(0, len(names) - 1)

    def varied_key(self, code: pl.Expr, number: pl.Expr, text: pl.Expr) -> pl.Expr:
        """The key of a code within the records of a variant; -1 where there is none."""
        names = pl.Series([*self._variants, ""], dtype=pl.String)
        known = (pl.lit(names).gather(number.clip(0)) == text) & (code >= 0) & (number >= 0)
        none = pl.lit(-1, dtype=pl.Int64)
        return pl.when(known).then(number * CODE_SPAN + code).otherwise(none)

    def found(self, key: pl.Expr) -> pl.Expr:
        """The last range that begins at or before each key, or none.

        Args:
            key: numbers of ten-digit codes (-1 for what is none), or texts.
        """
        if not self._no_slot:
            return pl.lit(-1, dtype=pl.Int64)
        return pl.lit(self._starts).search_sorted(key, side="right").cast(pl.Int64) - 1

    def slot(self, found: pl.Expr, key: pl.Expr) -> pl.Expr:
        """The range each key is in, of the one that was found."""
        inside = (found >= 0) & (key <= pl.lit(self._stops).gather(found.clip(0)))
        return pl.when(inside).then(found).otherwise(pl.lit(self._no_slot, dtype=pl.Int64))

    def latest(self, slot: pl.Expr, day: pl.Expr) -> pl.Expr:
        """The latest record of each range that began by its day, or the first of the range."""
        first = pl.lit(self._first).gather(slot)
        if self._later is None:
            found = pl.lit(self._composite).search_sorted(slot * DAY_SPAN + day, side="right")
            return pl.max_horizontal(found.cast(pl.Int64) - 1, first)
        for starts in self._later:
            first = first + (day >= pl.lit(starts).gather(slot)).cast(pl.Int64)
        return first

    def in_force(self, latest: pl.Expr, day: pl.Expr) -> pl.Expr:
        """The place of that record if it is in force on the day, else nowhere."""
        begun = pl.lit(self._begins).gather(latest) <= day
        held = begun & (day < pl.lit(self._until).gather(latest))
        return pl.when(held).then(latest).otherwise(pl.lit(self.nowhere, dtype=pl.Int64))

    def field(self, name: str, place: pl.Expr) -> pl.Expr:
        """Field `name` of the record at each place; 0 or "" for a miss."""
        return pl.lit(self._fields[name]).gather(place)


class Codes:
    """The common ranges of several tables of commodity codes: one search for all of them.

    Most codes that are declared stand in a tariff as they are, so that a dictionary of them tells
    their range; the others are searched for.
    """

    def __init__(self, tables: Sequence[DatedTable]) -> None:
        edges = {-1, 0}
        whole: set[int] = set()
        for table in tables:
            edges.update(int(one) for one in table.starts)
            edges.update(int(one) + 1 for one in table.stops)
            whole.update(int(r.key) for r in table.records if len(r.key) == CODE_DIGITS)
        self._edges = pl.Series(sorted(edges), dtype=pl.Int64)
        frame = pl.DataFrame({"edge": self._edges}).lazy()
        edge = pl.col("edge")
        self._slots = {
            table: frame.with_columns(found=search_of(table).found(edge))
            .with_columns(slot=search_of(table).slot(pl.col("found"), edge))
            .collect()["slot"]
            for table in tables
        }
        self._written: pl.Enum | None = None
        if len(whole) >= FEWEST_WRITTEN:
            codes = pl.Series(sorted(whole), dtype=pl.Int64)
            self._written = pl.Enum(f"{code:0{CODE_DIGITS}d}" for code in sorted(whole))
            self._of_written = self._searched(codes)

    def _searched(self, code: pl.Series) -> pl.Series:
        return self._edges.search_sorted(code, side="right").cast(pl.Int64) - 1

    def ranges(self, text: pl.Series) -> pl.Series:
        """The common range of each commodity code; the first one for what is none."""
        if self._written is None or len(text) < FEW_CODES:
            return self._searched(
                text.to_frame("n").select(code_number(pl.col("n")).alias("n"))["n"]
            )
        turn = text.cast(self._written, strict=False).to_physical()
        known = self._of_written.gather(turn)
        if not known.null_count():
            return known
        searched = self._searched(_numbers(text.filter(known.is_null())))
        return known.scatter(known.is_null().arg_true(), searched)

    def slot(self, table: DatedTable, ranges: pl.Expr) -> pl.Expr:
        """The range of `table` that each common range is in."""
        return pl.lit(self._slots[table]).gather(ranges)


@lru_cache(maxsize=256)
def search_of(table: DatedTable) -> Search:
    """`table` as columns; made once for all sheets and cells that read it."""
    return Search(table)


@lru_cache(maxsize=64)
def codes_of(tables: tuple[DatedTable, ...]) -> Codes:
    """The common ranges of `tables`; made once for all sheets and cells that read them."""
    return Codes(tables)
