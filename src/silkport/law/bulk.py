"""The bulk reading: a sheet as columnar expressions over a table of rows.

Look-ups split the work into passes (`law.passes`): what a look-up needs is computed first, the
places of its records are found, and the records' fields join the table as columns. What only few
rows need is worked out for them alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count

import polars as pl

from silkport.law.bounds import Bounds, fits64
from silkport.law.expression import Expr, Type
from silkport.law.passes import Finder, columns_read, in_passes, needed_for_all
from silkport.law.tables import DatedTable

_COMPARE = {"lt": "lt", "le": "le", "gt": "gt", "ge": "ge", "eq": "eq", "ne": "ne"}


@dataclass(frozen=True, slots=True)
class _Few:
    """What is worked out only for the few rows that meet a condition."""

    condition: pl.Expr
    usual: Sequence[pl.Expr]
    names: Sequence[str]
    sheet: Bulk


@dataclass(frozen=True, slots=True)
class _Pass:
    """Look-ups and few rows that need no more than what earlier passes found."""

    codes: Mapping[str, pl.Expr]
    steps: Sequence[Sequence[pl.Expr]]
    few: Sequence[_Few]


class Bulk:
    """A sheet compiled for tables; `run` gives a frame with one column per output."""

    def __init__(
        self,
        outputs: Mapping[str, Expr],
        tables: Mapping[str, DatedTable],
        lists: Mapping[str, frozenset[str]],
        bounds: Mapping[Expr, Bounds],
        given: Mapping[Expr, str] | None = None,
        like: Mapping[str, Expr] | None = None,
    ) -> None:
        """Compiles `outputs`.

        Args:
            given: parts that are columns of the rows already, with the names of the columns.
            like: parts by the name of an output, whose width the output takes.
        """
        self._tables, self._lists, self._bounds = tables, lists, bounds
        self._names: dict[Expr, str] = dict(given or {})
        order = needed_for_all(list(outputs.values()), self._names)
        groups = in_passes(order, self._names)
        found = [(group, dict(self._names), self._name(group)) for group in groups]
        self._written: dict[Expr, pl.Expr] = {}
        for node in order:
            self._written[node] = self._write(node)
        plain = dict(self._written)
        self._finder = Finder(tables, [node for group in groups for node in group], plain)
        self._passes = []
        for group, known, names in found:
            steps = self._finder.steps(group, names)
            few = self._few(group, known, plain)
            self._passes.append(_Pass(self._finder.texts, steps, few))
        self._steps: list[list[pl.Expr]] = []
        self._write_steps(order, outputs)
        width = dict(outputs) | dict(like or {})
        self._outputs = [
            (self._sized(width[name], self._written[node]) if like else self._written[node]).alias(
                name
            )
            for name, node in outputs.items()
        ]
        self._named = list(outputs)
        more = {name for step in self._passes for few in step.few for name in few.sheet.reads}
        self.reads: list[str] = columns_read(order, given or {}, more)

    def _name(self, group: Sequence[Expr]) -> dict[Expr, str]:
        """Names what a pass finds."""
        for node in group:
            self._names[node] = f"__found{next(_TURN)}"
        return {node: self._names[node] for node in group}

    def _few(
        self, group: Sequence[Expr], known: Mapping[Expr, str], plain: Mapping[Expr, pl.Expr]
    ) -> list[_Few]:
        """What few rows of this pass need, by condition; they know what earlier passes found."""
        by_condition: dict[Expr, list[Expr]] = {}
        for node in group:
            if node.op == "seldom":
                by_condition.setdefault(node.args[0], []).append(node)
        few = []
        for condition, nodes in by_condition.items():
            names = [self._names[node] for node in nodes]
            like = dict(zip(names, nodes, strict=True))
            outputs = {name: node.args[1] for name, node in like.items()}
            few.append(
                _Few(
                    plain[condition].alias(_MEETS),
                    [
                        self._sized(node, plain[node.args[2]]).alias(name)
                        for name, node in like.items()
                    ],
                    names,
                    Bulk(outputs, self._tables, self._lists, self._bounds, known, like),
                )
            )
        return few

    def run(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Every output for every row, in the order of the rows."""
        for step in self._passes:
            frame = self._finder.with_ranges(frame, step.codes)
            rows = frame.lazy()
            for exprs in step.steps:
                rows = rows.with_columns(exprs)
            if step.steps:
                frame = rows.collect(optimizations=_AS_WRITTEN)
            for few in step.few:
                frame = _work_out(frame, few)
        rows = frame.lazy()
        for steps in self._steps:
            rows = rows.with_columns(steps)
        return rows.with_columns(self._outputs).select(self._named).collect()

    def _sized(self, node: Expr, value: pl.Expr) -> pl.Expr:
        """A value in the width that the bounds of `node` ask for."""
        if node.type is not Type.INT:
            return value
        return value.cast(pl.Int64 if fits64(self._bounds[node]) else pl.Int128)

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
        if node.op == "joined":
            return pl.concat_str(args[0], pl.lit(str(extra[0])), args[1])
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


_MEETS = "__meets"
_TURN = count()
"""Numbers of found columns: one sheet's results are another's columns, so none is used twice."""
_AS_WRITTEN = pl.QueryOptFlags.none()


def _work_out(frame: pl.DataFrame, few: _Few) -> pl.DataFrame:
    """Adds what `few` says: the usual value, and the other one where the condition holds."""
    frame = frame.with_columns(few.condition, *few.usual)
    meets = frame[_MEETS]
    if not meets.any():
        return frame
    rows = frame.lazy().select(*few.sheet.reads, _MEETS).filter(pl.col(_MEETS))
    others = few.sheet.run(rows.collect(optimizations=_AS_WRITTEN))
    if len(others) == len(frame):
        return frame.with_columns(others)
    turn = pl.col(_MEETS).cum_sum().cast(pl.Int64)
    padded = pl.concat([others.head(1), others])  # rows before the first one that meets it
    return frame.with_columns(
        pl.when(_MEETS).then(pl.lit(padded[name]).gather(turn)).otherwise(pl.col(name)).alias(name)
        for name in few.names
    )
