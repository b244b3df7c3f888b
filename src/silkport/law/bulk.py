"""The bulk reading: a sheet as columnar expressions over a table of rows.

Look-ups split the work into passes: what a look-up needs is computed first, the places of its
records are found by binary search, and the records' fields join the table as columns.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from silkport.law.bounds import Bounds, fits64
from silkport.law.expression import Expr, Type, walk
from silkport.law.tables import CODE_DIGITS, DAY_SPAN, DatedTable, is_number

_COMPARE = {"lt": "lt", "le": "le", "gt": "gt", "ge": "ge", "eq": "eq", "ne": "ne"}


@dataclass
class _Found:
    """What the look-ups of one run found so far, so that no key is searched twice."""

    keys: dict[tuple[Expr, bool], pl.Series] = field(default_factory=dict)
    days: dict[Expr, pl.Series] = field(default_factory=dict)
    places: dict[tuple[str, Expr, Expr], pl.Series] = field(default_factory=dict)


class Bulk:
    """A sheet compiled for tables; `run` gives a frame with one column per output."""

    def __init__(
        self,
        outputs: Mapping[str, Expr],
        tables: Mapping[str, DatedTable],
        lists: Mapping[str, frozenset[str]],
        bounds: Mapping[Expr, Bounds],
    ) -> None:
        self._lists = lists
        self._bounds = bounds
        self._written: dict[Expr, pl.Expr] = {}
        order = walk(list(outputs.values()))
        self._passes = _passes(order)
        self._searches = {
            table: _Search(tables[table])
            for table in {str(n.extra[0]) for n in order if n.op in {"lookup", "missed"}}
        }
        self._names: dict[Expr, str] = {}
        for node in (n for group in self._passes for n in group):
            self._names[node] = f"__found{len(self._names)}"
        for node in order:
            self._written[node] = self._write(node)
        self._keys = {node: [self._written[arg] for arg in node.args] for node in self._names}
        self._steps: list[list[pl.Expr]] = []
        self._write_steps(order, outputs)
        self._outputs = [self._written[node].alias(name) for name, node in outputs.items()]

    def run(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Every output for every row, in the order of the rows."""
        found = _Found()
        for group in self._passes:
            frame = self._look_up(frame, group, found)
        rows = frame.lazy()
        for step in self._steps:
            rows = rows.with_columns(step)
        return rows.select(self._outputs).collect()

    def _write_steps(self, order: Sequence[Expr], outputs: Mapping[str, Expr]) -> None:
        """Writes every node; what is used more than once becomes a column of an earlier step.

        The engine finds common parts within `select`, but not those below when-then-otherwise,
        and pays for looking: digits of a checked number would be cut out again for every weight.
        """
        uses = Counter([*(arg for node in order for arg in node.args), *outputs.values()])
        step: dict[Expr, int] = {}
        plain: set[Expr] = set()
        for node in order:
            written = self._write(node)
            found = node in self._names
            step[node] = 0 if found else max((step[a] for a in node.args), default=0)
            cheap = found or node.op in {"col", "const"}
            if cheap or (node.op == "named" and node.args[0] in plain):
                plain.add(node)
            elif uses[node] > 1:
                while len(self._steps) <= step[node]:
                    self._steps.append([])
                name = f"__value{len(step)}"
                self._steps[step[node]].append(written.alias(name))
                written = pl.col(name)
                step[node] += 1
                plain.add(node)
            self._written[node] = written

    def _look_up(self, frame: pl.DataFrame, group: Sequence[Expr], found: _Found) -> pl.DataFrame:
        """Adds what every look-up of one pass finds; places and numbers of keys are kept."""
        columns: list[pl.Series] = []
        for node in group:
            table = str(node.extra[0])
            search = self._searches[table]
            site = (table, node.args[0], node.args[1])
            if site not in found.places:
                key = self._key(frame, node, search.by_code, found)
                day = self._day(frame, node, found)
                found.places[site] = search.places(key, day)
            place = found.places[site]
            value = search.field(str(node.extra[1]), place) if node.op == "lookup" else place < 0
            columns.append(value.alias(self._names[node]))
        return frame.with_columns(columns)

    def _key(self, frame: pl.DataFrame, node: Expr, by_code: bool, found: _Found) -> pl.Series:
        """The keys of a look-up: numbers of ten-digit codes, or texts; one where it is fixed."""
        key = node.args[0]
        if (key, by_code) not in found.keys:
            written = self._keys[node][0]
            if by_code:
                exact = written.str.len_bytes() == CODE_DIGITS
                written = pl.when(exact).then(_digits(written, 0, CODE_DIGITS)).otherwise(-1)
            rows = frame.head(1) if key.op == "const" else frame
            found.keys[key, by_code] = rows.select(written.alias("key")).to_series()
        return found.keys[key, by_code]

    def _day(self, frame: pl.DataFrame, node: Expr, found: _Found) -> pl.Series:
        day = node.args[1]
        if day not in found.days:
            written = self._keys[node][1].cast(pl.Int64).alias("day")
            series = frame.select(written).to_series()
            found.days[day] = series.new_from_index(0, frame.height) if len(series) == 1 else series
        return found.days[day]

    def _write(self, node: Expr) -> pl.Expr:
        if node in self._names:
            return pl.col(self._names[node])
        args = [self._written[arg] for arg in node.args]
        if node.op == "col":
            return pl.col(str(node.extra[0]))
        if node.op == "const":
            value = node.extra[0]
            wide = isinstance(value, int) and not fits64((int(value), int(value)))
            kind = pl.Int128 if wide else {bool: pl.Boolean, int: pl.Int64}.get(type(value))
            return pl.lit(value, dtype=kind)
        if node.type is Type.INT:
            return self._write_number(node, args)
        if node.op in _COMPARE:
            left, right = self._same_width(node, args)
            compared: pl.Expr = getattr(left, _COMPARE[node.op])(right)
            return compared
        return self._write_text(node, args)

    def _same_width(self, node: Expr, args: Sequence[pl.Expr]) -> tuple[pl.Expr, pl.Expr]:
        """Both operands, widened when only one of them needs 128 bits."""
        wide = [a.type is Type.INT and not fits64(self._bounds[a]) for a in node.args[:2]]
        if any(wide) and not all(wide):
            return args[0].cast(pl.Int128), args[1].cast(pl.Int128)
        return args[0], args[1]

    def _write_number(self, node: Expr, args: Sequence[pl.Expr]) -> pl.Expr:
        if node.op in {"length", "number", "check_value", "named"}:
            return _number_of_text(node, args[0])
        wide_inside = not all(
            fits64(self._bounds[n]) for n in (node, *node.args) if n.type is Type.INT
        )
        if wide_inside:
            args = [
                arg.cast(pl.Int128) if operand.type is Type.INT else arg
                for operand, arg in zip(node.args, args, strict=True)
            ]
        result = self._combine(node, args, wide_inside)
        return result.cast(pl.Int64) if wide_inside and fits64(self._bounds[node]) else result

    def _combine(self, node: Expr, args: Sequence[pl.Expr], wide: bool) -> pl.Expr:
        zero = pl.lit(0, dtype=pl.Int128 if wide else pl.Int64)
        if node.op == "where":
            return pl.when(args[0]).then(args[1]).otherwise(args[2])
        if node.op == "max":
            return pl.when(args[0] >= args[1]).then(args[0]).otherwise(args[1])
        if node.op == "min":
            return pl.when(args[0] <= args[1]).then(args[0]).otherwise(args[1])
        if node.op in {"add", "sub", "mul"}:
            combined: pl.Expr = getattr(args[0], f"__{node.op}__")(args[1])
            return combined
        divided = _divide(node, args)
        divisor = node.args[1]
        if divisor.op == "const" and divisor.extra[0] != 0:
            return divided
        return pl.when(args[1] == 0).then(zero).otherwise(divided)

    def _write_text(self, node: Expr, args: Sequence[pl.Expr]) -> pl.Expr:
        extra = node.extra
        if node.op == "where":
            return pl.when(args[0]).then(args[1]).otherwise(args[2])
        if node.op in {"and", "or"}:
            return args[0] & args[1] if node.op == "and" else args[0] | args[1]
        if node.op == "not":
            return ~args[0]
        if node.op == "named":
            return args[0]
        if node.op == "matches":
            return args[0].str.contains(f"^(?:{extra[0]})$")
        if node.op == "starts_with":
            return args[0].str.starts_with(str(extra[0]))
        if node.op == "part":
            return args[0].str.slice(int(extra[0]), int(extra[1]))
        assert node.op == "in_list", node.op
        names = pl.Series(sorted(self._lists[str(extra[0])]), dtype=pl.String)
        return args[0].is_in(names.implode())


def _divide(node: Expr, args: Sequence[pl.Expr]) -> pl.Expr:
    """Floor division, remainder, or a division rounded as the law says; operands >= 0 there."""
    top, below = args[0], args[1]
    if node.op == "floordiv":
        return top // below
    if node.op == "mod":
        return top % below
    rounding = node.args[2].extra[0]
    if rounding == "truncate":
        return top // below
    if rounding == "up":
        return (top + below - 1) // below
    half_up = (top + below // 2) // below
    if rounding == "half_up":
        return half_up
    tie = (top % below) * 2 == below
    return pl.when(tie & (half_up % 2 == 1)).then(half_up - 1).otherwise(half_up)


def _number_of_text(node: Expr, text: pl.Expr) -> pl.Expr:
    if node.op == "named":
        return text
    if node.op == "length":
        return text.str.len_chars().cast(pl.Int64)
    if node.op == "number":
        return _digits(text, int(node.extra[0]), int(node.extra[1]))
    position = int(node.extra[0])
    is_ten = text.str.slice(position, 1) == "X"
    return pl.when(is_ten).then(pl.lit(10, dtype=pl.Int64)).otherwise(_digits(text, position, 1))


def _digits(text: pl.Expr, start: int, length: int) -> pl.Expr:
    piece = text.str.slice(start, length)
    number = piece.cast(pl.Int64, strict=False)
    plain = piece.str.contains(f"^[0-9]{{{length}}}$")
    return pl.when(plain).then(number).otherwise(pl.lit(-1, dtype=pl.Int64))


def _passes(order: Sequence[Expr]) -> list[list[Expr]]:
    """Look-up nodes grouped so that each group needs only what earlier groups found."""
    level: dict[Expr, int] = {}
    groups: list[list[Expr]] = []
    for node in order:
        below = max((level[arg] for arg in node.args), default=0)
        is_lookup = node.op in {"lookup", "missed"}
        level[node] = below + is_lookup
        if is_lookup:
            while len(groups) <= below:
                groups.append([])
            groups[below].append(node)
    return groups


MOST_PERIODS = 8
"""Records of one key up to which comparing starts is quicker than a binary search."""


class _Search:
    """One dated table as columns, ready for the look-up of many keys."""

    def __init__(self, table: DatedTable) -> None:
        kind = pl.Int64 if table.by_code else pl.String
        self.by_code = table.by_code
        self._starts = pl.Series(table.starts, dtype=kind)
        self._stops = pl.Series(table.stops, dtype=kind)
        self._composite = pl.Series(table.composite, dtype=pl.Int64)
        self._begins = self._composite % DAY_SPAN
        self._until = pl.Series(table.until, dtype=pl.Int64)
        self._fields = {
            name: pl.Series(
                [*values, 0 if is_number(name) else ""],
                dtype=pl.Int64 if is_number(name) else pl.String,
            )
            for name, values in table.fields.items()
        }
        slots = [one // DAY_SPAN for one in table.composite]
        counts = Counter(slots)
        self._first = pl.Series([bisect_left(slots, n) for n in range(len(table.starts))])
        self._later: list[pl.Series] | None = None
        most = max(counts.values(), default=0)
        if most <= MOST_PERIODS:
            self._later = self._later_starts(table, counts, most)

    @staticmethod
    def _later_starts(table: DatedTable, counts: Mapping[int, int], most: int) -> list[pl.Series]:
        """For each key range the start of its second record, of its third, and so on."""
        later: list[list[int]] = [[DAY_SPAN] * len(table.starts) for _ in range(most - 1)]
        turn: Counter[int] = Counter()
        for one in table.composite:
            slot = one // DAY_SPAN
            if turn[slot]:
                later[turn[slot] - 1][slot] = one % DAY_SPAN
            turn[slot] += 1
        assert turn == counts
        return [pl.Series(starts, dtype=pl.Int64) for starts in later]

    def places(self, key: pl.Series, day: pl.Series) -> pl.Series:
        """Place of the record of each key in force on its day; -1 on a miss.

        Args:
            key: numbers of ten-digit codes (-1 for what is none) or texts; one or as many as days.
        """
        if self._composite.is_empty():
            return pl.repeat(-1, len(day), dtype=pl.Int64, eager=True)
        slot = self._starts.search_sorted(key, side="right").cast(pl.Int64) - 1
        inside = (slot >= 0) & (key <= self._stops.gather(slot.clip(0)))
        if len(slot) == 1 < len(day):
            slot = slot.new_from_index(0, len(day))
            inside = inside.new_from_index(0, len(day))
        place = self._place(slot.clip(0), day)
        in_force = inside & (day >= self._begins.gather(place)) & (day < self._until.gather(place))
        return place.zip_with(in_force, pl.Series([-1], dtype=pl.Int64))

    def _place(self, slot: pl.Series, day: pl.Series) -> pl.Series:
        """The latest record of each key range that began by its day, or the range's first."""
        first = self._first.gather(slot)
        if self._later is not None:
            for starts in self._later:
                first = first + (day >= starts.gather(slot)).cast(pl.Int64)
            return first
        found = self._composite.search_sorted(slot * DAY_SPAN + day, side="right").cast(pl.Int64)
        place = (found - 1).clip(0)
        return place.zip_with(place >= first, first)

    def field(self, name: str, place: pl.Series) -> pl.Series:
        """Field `name` of the record at each place; 0 or "" for a miss."""
        values = self._fields[name]
        last = len(values) - 1
        return values.gather(place.zip_with(place >= 0, pl.Series([last], dtype=pl.Int64)))
