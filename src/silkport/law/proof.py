"""The proof reading: an expression unfolded for one row, with its numbers and its sources.

A proof is a list of steps. Every named part of the expression is one: what it says in symbols,
the same with the numbers filled in, the result, and the law it rests on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from silkport.kernel.money import Rounding, round_div
from silkport.law.expression import Expr, Value, walk
from silkport.law.single import Row, check_value, digits
from silkport.law.tables import DatedTable

_SYMBOL = {
    "add": "+",
    "sub": "-",
    "mul": "×",
    "floordiv": "div",
    "mod": "mod",
    "lt": "<",
    "le": "≤",
    "gt": ">",
    "ge": "≥",
    "eq": "=",
    "ne": "≠",
    "and": "and",
    "or": "or",
}


@dataclass(frozen=True, slots=True)
class Grounds:
    """A value the law gave: what it is called, its value as printed, where it stands."""

    name: str
    value: str
    source: str
    start: str
    stop: str
    confidence: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a proof."""

    name: str
    symbols: str
    numbers: str
    result: Value
    unit: str = ""
    grounds: tuple[Grounds, ...] = ()


@dataclass
class Proof:
    """All steps that led to `result`, the last step being the result itself."""

    result: Value
    steps: list[Step] = field(default_factory=list)


ParamGrounds = Callable[[str], Grounds]


def prove(
    name: str,
    root: Expr,
    row: Row,
    *,
    tables: Mapping[str, DatedTable],
    lists: Mapping[str, frozenset[str]],
    params: Mapping[str, Value],
    grounds: ParamGrounds,
) -> Proof:
    """Evaluates `root` for `row`, keeping every named step.

    Args:
        params: values of the parameters in force, by name.
        grounds: says where a parameter in force comes from.
    """
    trace = _Trace(row, tables, lists, params)
    for node in walk([root]):
        trace.values[node] = trace.evaluate(node)
    proof = Proof(result=trace.values[root])
    steps = [node for node in walk([root]) if node.op == "named"]
    for node in [*steps, root]:
        if node is root and root.op == "named" and proof.steps:
            break
        proof.steps.append(
            trace.step(str(node.extra[0]) if node.op == "named" else name, node, grounds)
        )
    return proof


class _Trace:
    def __init__(
        self,
        row: Row,
        tables: Mapping[str, DatedTable],
        lists: Mapping[str, frozenset[str]],
        params: Mapping[str, Value],
    ) -> None:
        self.row, self.tables, self.lists, self.params = row, tables, lists, params
        self.values: dict[Expr, Value] = {}

    def evaluate(self, node: Expr) -> Value:
        """The value of one node whose operands are known."""
        args = [self.values[arg] for arg in node.args]
        if node.op == "col":
            return self.row[str(node.extra[0])]
        if node.op == "const":
            return node.extra[0]
        if node.op == "param":
            return self.params[str(node.extra[0])]
        if node.op == "named":
            return args[0]
        if node.op in {"lookup", "missed"}:
            table = self.tables[str(node.extra[0])]
            place = table.find(str(args[0]), int(args[1]), *map(str, args[2:]))
            if node.op == "missed":
                return place < 0
            if place < 0:
                return 0 if node.type == "int" else ""
            return table.fields[str(node.extra[1])][place]
        if node.op == "in_list":
            return str(args[0]) in self.lists[str(node.extra[0])]
        return _apply(node, args)

    def step(self, name: str, node: Expr, grounds: ParamGrounds) -> Step:
        """One step: the body of a named node in symbols and in numbers."""
        body = node.args[0] if node.op == "named" else node
        found: list[Grounds] = []
        self._collect(body, grounds, found)
        return Step(
            name=name,
            symbols=self._print(body, numbers=False, top=True),
            numbers=self._print(body, numbers=True, top=True),
            result=self.values[node],
            unit=str(node.extra[1]) if node.op == "named" else "",
            grounds=tuple(dict.fromkeys(found)),
        )

    def _collect(self, node: Expr, grounds: ParamGrounds, found: list[Grounds]) -> None:
        if node.op == "param":
            found.append(grounds(str(node.extra[0])))
        if node.op == "lookup":
            table = self.tables[str(node.extra[0])]
            key, at, *variant = (self.values[arg] for arg in node.args)
            place = table.find(str(key), int(at), *map(str, variant))
            if place >= 0:
                record = table.records[place]
                found.append(
                    Grounds(
                        name=f"{node.extra[0]} {record.key} {node.extra[1]}",
                        value=str(self.values[node]),
                        source=record.source,
                        start=f"{record.start}",
                        stop=f"{record.stop}",
                        confidence=record.confidence,
                    )
                )
        for arg in node.args:
            if arg.op != "named":
                self._collect(arg, grounds, found)

    def _print(self, node: Expr, *, numbers: bool, top: bool = False) -> str:
        if node.op in {"named", "col", "param", "lookup"}:
            label = str(node.extra[1] if node.op == "lookup" else node.extra[0])
            return _show(self.values[node]) if numbers else label
        if node.op == "const":
            return _show(node.extra[0])
        parts = [self._print(arg, numbers=numbers) for arg in node.args]
        if node.op in _SYMBOL:
            text = f"{parts[0]} {_SYMBOL[node.op]} {parts[1]}"
            return text if top else f"({text})"
        if node.op == "round_div":
            return f"round[{self.values[node.args[2]]}]({parts[0]} / {parts[1]})"
        if node.op == "not":
            return f"not {parts[0]}"
        shown = ", ".join([*parts, *(str(x) for x in node.extra)])
        return f"{node.op}({shown})"


def _show(value: Value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}".replace(",", "\u202f") if abs(value) > 9999 else str(value)
    return f"“{value}”"


def _apply(node: Expr, args: Sequence[Value]) -> Value:
    """The pinned meaning of every operator, spelled out once more without generated text."""
    op, extra = node.op, node.extra
    if op in {"eq", "ne"}:
        return (args[0] == args[1]) is (op == "eq")
    if op == "joined":
        return f"{args[0]}{extra[0]}{args[1]}"
    if op in {"and", "or", "not", "where", "seldom"}:
        return _apply_logic(op, args)
    if op in {"length", "matches", "starts_with", "part", "number", "check_value"}:
        return _apply_text(op, str(args[0]), extra)
    a, b = int(args[0]), int(args[1])
    if op == "round_div":
        return round_div(a, b, Rounding(str(args[2]))) if b else 0
    if op in {"floordiv", "mod"}:
        return 0 if b == 0 else (a // b if op == "floordiv" else a % b)
    plain: dict[str, Callable[[], Value]] = {
        "add": lambda: a + b,
        "sub": lambda: a - b,
        "mul": lambda: a * b,
        "max": lambda: max(a, b),
        "min": lambda: min(a, b),
        "lt": lambda: a < b,
        "le": lambda: a <= b,
        "gt": lambda: a > b,
        "ge": lambda: a >= b,
    }
    return plain[op]()


def _apply_logic(op: str, args: Sequence[Value]) -> Value:
    if op == "not":
        return not args[0]
    if op in {"where", "seldom"}:
        return args[1] if args[0] else args[2]
    return bool(args[0] and args[1]) if op == "and" else bool(args[0] or args[1])


def _apply_text(op: str, text: str, extra: tuple[Value, ...]) -> Value:
    if op == "length":
        return len(text)
    if op == "matches":
        return re.fullmatch(str(extra[0]), text, re.ASCII) is not None
    if op == "starts_with":
        return text.startswith(str(extra[0]))
    if op == "part":
        return text[int(extra[0]) : int(extra[0]) + int(extra[1])]
    if op == "number":
        return digits(text, int(extra[0]), int(extra[1]))
    return check_value(text, int(extra[0]))
