"""The bulk reading: a sheet as columnar expressions over a table of rows.

Look-ups split the work into passes: what a look-up needs is computed first, the places of its
records are found by binary search, and the records' fields join the table as columns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from silkport.law.bounds import Bounds, fits64
from silkport.law.expression import Expr, Type, walk
from silkport.law.tables import CODE_DIGITS, DAY_SPAN, DatedTable, is_number

_COMPARE = {"lt": "lt", "le": "le", "gt": "gt", "ge": "ge", "eq": "eq", "ne": "ne"}


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
        self._places: dict[tuple[str, Expr, Expr], str] = {}
        for node in (n for group in self._passes for n in group):
            site = (str(node.extra[0]), node.args[0], node.args[1])
            self._places.setdefault(site, f"__place{len(self._places)}")
            self._names[node] = f"__found{len(self._names)}"
        for node in order:
            self._written[node] = self._write(node)
        self._outputs = [self._written[node].alias(name) for name, node in outputs.items()]
        self._keep = list(outputs)

    def run(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Every output for every row, in the order of the rows."""
        done: set[str] = set()
        for group in self._passes:
            frame = self._look_up(frame, group, done)
        return frame.lazy().select(self._outputs).collect()

    def _look_up(self, frame: pl.DataFrame, group: Sequence[Expr], done: set[str]) -> pl.DataFrame:
        for node in group:
            table = str(node.extra[0])
            search = self._searches[table]
            place = self._places[table, node.args[0], node.args[1]]
            if place not in done:
                done.add(place)
                keys = frame.lazy().select(
                    self._written[node.args[0]].alias("key"),
                    self._written[node.args[1]].cast(pl.Int64).alias("day"),
                )
                frame = frame.with_columns(search.places(keys.collect()).alias(place))
            found = (
                search.field(str(node.extra[1]), frame[place])
                if node.op == "lookup"
                else frame[place] < 0
            )
            frame = frame.with_columns(found.alias(self._names[node]))
        return frame

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
    number = piece.cast(pl.Int64, strict=False).fill_null(-1)
    signed = piece.str.starts_with("+") | piece.str.starts_with("-")
    plain = (piece.str.len_bytes() == length) & ~signed
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


class _Search:
    """One dated table as columns, ready for binary search of many keys."""

    def __init__(self, table: DatedTable) -> None:
        kind = pl.Int64 if table.by_code else pl.String
        self._by_code = table.by_code
        self._starts = pl.Series(table.starts, dtype=kind)
        self._stops = pl.Series(table.stops, dtype=kind)
        self._composite = pl.Series(table.composite, dtype=pl.Int64)
        self._until = pl.Series(table.until, dtype=pl.Int64)
        self._fields = {
            name: pl.Series(
                [*values, 0 if is_number(name) else ""],
                dtype=pl.Int64 if is_number(name) else pl.String,
            )
            for name, values in table.fields.items()
        }

    def places(self, wanted: pl.DataFrame) -> pl.Series:
        """Place of each record found for columns `key` and `day`; -1 on a miss."""
        if self._composite.is_empty():
            return pl.Series("place", [-1], dtype=pl.Int64).new_from_index(0, wanted.height)
        key, day = wanted["key"], wanted["day"]
        if self._by_code:
            exact = pl.col("key").str.len_bytes() == CODE_DIGITS
            code = pl.when(exact).then(_digits(pl.col("key"), 0, CODE_DIGITS)).otherwise(-1)
            key = wanted.select(code).to_series()
        slot = self._starts.search_sorted(key, side="right").cast(pl.Int64) - 1
        inside = (slot >= 0) & (day >= 0) & (key <= self._stops.gather(slot.clip(0)))
        place = self._composite.search_sorted(slot * DAY_SPAN + day, side="right").cast(pl.Int64)
        place = place - 1
        at = place.clip(0)
        in_force = (
            inside
            & (place >= 0)
            & (self._composite.gather(at) // DAY_SPAN == slot)
            & (day < self._until.gather(at))
        )
        return place.zip_with(in_force, pl.Series([-1], dtype=pl.Int64))

    def field(self, name: str, place: pl.Series) -> pl.Series:
        """Field `name` of the record at each place; 0 or "" for a miss."""
        values = self._fields[name]
        last = len(values) - 1
        return values.gather(place.zip_with(place >= 0, pl.Series([last], dtype=pl.Int64)))
