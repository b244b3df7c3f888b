"""In which order the bulk reading finds things: look-ups, and what only few rows need.

A pass needs no more than what earlier passes found. What few rows need waits until everything
they share with all rows has been found, so that it is not found twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from silkport.law.expression import Expr
from silkport.law.searching import code_number, codes_of, search_of
from silkport.law.tables import NO_VARIANT, DatedTable

FINDS = ("lookup", "missed")
FOUND = (*FINDS, "seldom")
"""Operators whose results are columns that a pass adds."""


def needed_for_all(roots: Sequence[Expr], given: Mapping[Expr, str]) -> list[Expr]:
    """Nodes below `roots`, operands first; not what is below those given or only for few rows."""
    order: list[Expr] = []
    seen: set[Expr] = set()
    stack: list[tuple[Expr, bool]] = [(root, False) for root in reversed(roots)]
    while stack:
        node, done = stack.pop()
        if done:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            if node not in given:
                stack.extend((arg, False) for arg in reversed(_needed(node)) if arg not in seen)
    return order


def _needed(node: Expr) -> tuple[Expr, ...]:
    """What a node is worked out from for every row."""
    return (node.args[0], node.args[2]) if node.op == "seldom" else node.args


def in_passes(order: Sequence[Expr], given: Mapping[Expr, str]) -> list[list[Expr]]:
    """The nodes of `order` that are found, by pass."""
    own = {node for node in order if node.op in FOUND and node not in given}
    level: dict[Expr, int] = {}
    stack = [(node, False) for node in reversed(order)]
    below: dict[Expr, list[Expr]] = {}
    while stack:
        node, done = stack.pop()
        if node in level:
            continue
        if done:
            found = max((level[one] for one in below[node]), default=0)
            level[node] = found + (node in own)
            continue
        below[node] = [] if node in given else _awaited(node, own, given)
        stack.append((node, True))
        stack.extend((one, False) for one in below[node])
    groups: list[list[Expr]] = [[] for _ in range(max(level.values(), default=0))]
    for node in order:
        if node in own:
            groups[level[node] - 1].append(node)
    return groups


def _awaited(node: Expr, own: set[Expr], given: Mapping[Expr, str]) -> list[Expr]:
    """What must be found before `node`: its operands, and what few rows share with all."""
    awaited = list(_needed(node))
    if node.op != "seldom":
        return awaited
    seen: set[Expr] = set()
    stack = [node.args[1]]
    while stack:
        one = stack.pop()
        if one in seen or one in given:
            continue
        seen.add(one)
        if one in own:
            awaited.append(one)
        else:
            stack.extend(one.args)
    return awaited


def columns_read(order: Iterable[Expr], given: Mapping[Expr, str], more: set[str]) -> list[str]:
    """Columns that rows must have: those of the row, and those given.

    Args:
        more: columns that the sheets of few rows read; what passes add themselves is left out.
    """
    read = {given[node] for node in order if node in given}
    read |= {str(node.extra[0]) for node in order if node.op == "col" and node not in given}
    mine = set(given.values())
    return sorted(read | {name for name in more if not name.startswith("__") or name in mine})


class Finder:
    """Writes the look-ups of passes as steps; each step adds columns that later ones read."""

    def __init__(
        self,
        tables: Mapping[str, DatedTable],
        nodes: Sequence[Expr],
        written: Mapping[Expr, pl.Expr],
    ) -> None:
        self._tables, self._written = tables, written
        read = sorted({str(node.extra[0]) for node in nodes if node.op in FINDS})
        self._plain = [
            name for name in read if tables[name].by_code and tables[name].variants == NO_VARIANT
        ]
        self._codes = codes_of(tuple(tables[name] for name in self._plain))
        self._columns: dict[tuple[object, ...], str] = {}
        self.texts: dict[str, pl.Expr] = {}

    def with_ranges(self, frame: pl.DataFrame, texts: Mapping[str, pl.Expr]) -> pl.DataFrame:
        """Adds the common range of each commodity code, by the name of its column."""
        for name, text in texts.items():
            codes = frame.select(text.alias("code"))["code"]
            if len(codes) < len(frame):  # a fixed code
                codes = codes.new_from_index(0, len(frame))
            frame = frame.hstack([self._codes.ranges(codes).alias(name)])
        return frame

    def steps(self, group: Sequence[Expr], names: Mapping[Expr, str]) -> list[list[pl.Expr]]:
        """The steps of one pass: codes and days, keys, what was found, slots, places, fields.

        `texts` gathers the codes whose ranges the pass must have been given before.
        """
        self.texts = {}
        steps: list[list[pl.Expr]] = [[] for _ in range(_FIELDS + 1)]
        for node in group:
            if node.op in FINDS:
                place = self._place(node, steps)
                search = search_of(self._tables[str(node.extra[0])])
                value = (
                    search.field(str(node.extra[1]), place)
                    if node.op == "lookup"
                    else place == search.nowhere
                )
                steps[_FIELDS].append(value.alias(names[node]))
        return [step for step in steps if step]

    def _add(self, step: list[pl.Expr], key: tuple[object, ...], value: pl.Expr) -> pl.Expr:
        """A column that is worked out once however many look-ups need it."""
        if key not in self._columns:
            self._columns[key] = f"__step_{key[0]}{len(self._columns)}"
            step.append(value.alias(self._columns[key]))
        return pl.col(self._columns[key])

    def _place(self, node: Expr, steps: Sequence[list[pl.Expr]]) -> pl.Expr:
        name = str(node.extra[0])
        search = search_of(self._tables[name])
        site = (name, *node.args)
        if ("place", *site) in self._columns:
            return pl.col(self._columns["place", *site])
        written = self._written[node.args[1]].cast(pl.Int64)
        day = self._add(steps[_CODES], ("day", node.args[1]), written)
        slot = self._add(steps[_SLOTS], ("slot", *site), self._slot(node, steps))
        latest = self._add(steps[_LATEST], ("latest", *site), search.latest(slot, day))
        return self._add(steps[_PLACES], ("place", *site), search.in_force(latest, day))

    def _slot(self, node: Expr, steps: Sequence[list[pl.Expr]]) -> pl.Expr:
        name, args = str(node.extra[0]), node.args
        table = self._tables[name]
        search = search_of(table)
        if not table.by_code:
            key = self._written[args[0]]
            found = self._add(steps[_FOUND], ("found", name, args[0]), search.found(key))
            return search.slot(found, key)
        if name in self._plain:
            return self._codes.slot(table, self._range(args[0]))
        number = code_number(self._written[args[0]])
        code = self._add(steps[_CODES], ("code", args[0]), number)
        text = self._add(steps[_CODES], ("text", args[2]), self._written[args[2]])
        variant = self._add(steps[_VARIANTS], ("variant", name, args[2]), search.variant(text))
        whole = search.varied_key(code, variant, text)
        key = self._add(steps[_KEYS], ("key", name, *args), whole)
        found = self._add(steps[_FOUND], ("found", name, *args), search.found(key))
        return search.slot(found, key)

    def _range(self, code: Expr) -> pl.Expr:
        """The common range of a code, which the pass is given before its steps."""
        key = ("range", code)
        if key not in self._columns:
            self._columns[key] = f"__step_range{len(self._columns)}"
            self.texts[self._columns[key]] = self._written[code]
        return pl.col(self._columns[key])


_CODES, _VARIANTS, _KEYS, _FOUND, _SLOTS, _LATEST, _PLACES, _FIELDS = range(8)
"""Steps of a pass; each reads columns of the steps before it alone."""
