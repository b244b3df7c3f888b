"""The single reading: a sheet as one generated Python function over one record.

Columnar engines need milliseconds for one row; the generated function needs microseconds and
gives the same values, because both are written from the same expressions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from silkport.kernel.money import Rounding, round_div
from silkport.law.expression import Expr, Type, Value, walk
from silkport.law.tables import DatedTable

Row = Mapping[str, Value]
Single = Callable[[Row], dict[str, Value]]

_INFIX = {
    "add": "+",
    "sub": "-",
    "mul": "*",
    "lt": "<",
    "le": "<=",
    "gt": ">",
    "ge": ">=",
    "eq": "==",
    "ne": "!=",
    "and": "and",
    "or": "or",
}


def digits(text: str, start: int, length: int) -> int:
    """ASCII digits of `text` as a number; -1 when they are fewer or others."""
    piece = text[start : start + length]
    if len(piece) == length and piece.isascii() and piece.isdigit():
        return int(piece)
    return -1


def check_value(text: str, position: int) -> int:
    """A digit, 10 for X, -1 for anything else or nothing."""
    piece = text[position : position + 1]
    if piece == "X":
        return 10
    return digits(text, position, 1)


def compile_single(
    outputs: Mapping[str, Expr],
    tables: Mapping[str, DatedTable],
    lists: Mapping[str, frozenset[str]],
) -> Single:
    """One function giving every output for a row; parameters are already constants."""
    order = walk(list(outputs.values()))
    scope: dict[str, Any] = {"digits": digits, "check_value": check_value, "round_div": round_div}
    uses: dict[Expr, int] = {}
    for node in order:
        for arg in node.args:
            uses[arg] = uses.get(arg, 0) + 1
    for root in outputs.values():
        uses[root] = uses.get(root, 0) + 1
    for node in reversed(order):
        if node.op == "named":  # a name is no work: who uses it uses its body
            uses[node.args[0]] += uses[node] - 1
    text: dict[Expr, str] = {}
    lines = ["def single(row):"]
    for number, node in enumerate(order):
        written = _write(node, text, scope, tables, lists)
        if _worth_a_name(node, uses[node]):
            lines.append(f"    v{number} = {written}")
            written = f"v{number}"
        text[node] = written
    pairs = ", ".join(f"{name!r}: {text[node]}" for name, node in outputs.items())
    lines.append(f"    return {{{pairs}}}")
    exec(compile("\n".join(lines), "<rule sheet>", "exec"), scope)  # noqa: S102 - our own text
    function: Single = scope["single"]
    return function


def _worth_a_name(node: Expr, uses: int) -> bool:
    if node.op in {"const", "named"}:
        return False
    return uses > 1 or node.op in {"col", "lookup", "missed", "round_div"}


def _write(
    node: Expr,
    text: Mapping[Expr, str],
    scope: dict[str, Any],
    tables: Mapping[str, DatedTable],
    lists: Mapping[str, frozenset[str]],
) -> str:
    args = [text[arg] for arg in node.args]
    if node.op == "col":
        return f"row[{node.extra[0]!r}]"
    if node.op == "const":
        return repr(node.extra[0])
    if node.op in _INFIX:
        return f"({args[0]} {_INFIX[node.op]} {args[1]})"
    if node.op == "joined":
        return f"({args[0]} + {node.extra[0]!r} + {args[1]})"
    if node.op in {"lookup", "missed"}:
        return _write_lookup(node, args, scope, tables)
    if node.op == "in_list":
        return f"({args[0]} in {_bind(scope, 'list', lists[str(node.extra[0])])})"
    if node.op == "matches":
        pattern = re.compile(str(node.extra[0]), re.ASCII)
        return f"({_bind(scope, 'pattern', pattern.fullmatch)}({args[0]}) is not None)"
    return _write_plain(node, args, scope)


def _write_plain(node: Expr, args: Sequence[str], scope: dict[str, Any]) -> str:
    extra = node.extra
    if node.op in {"floordiv", "mod"}:
        sign = "//" if node.op == "floordiv" else "%"
        if node.args[1].op == "const" and node.args[1].extra[0] != 0:
            return f"({args[0]} {sign} {args[1]})"
        return f"({args[0]} {sign} {args[1]} if {args[1]} else 0)"
    if node.op == "round_div":
        rounding = Rounding(str(node.args[2].extra[0]))
        bound = _bind(scope, "rounding", rounding)
        if rounding is Rounding.HALF_UP and node.args[1].op == "const" and node.args[1].extra[0]:
            return f"(({args[0]} + {int(node.args[1].extra[0]) // 2}) // {args[1]})"
        return f"(round_div({args[0]}, {args[1]}, {bound}) if {args[1]} else 0)"
    written = {
        "not": "(not {0})",
        "where": "({1} if {0} else {2})",
        "seldom": "({1} if {0} else {2})",
        "max": "({0} if {0} >= {1} else {1})",
        "min": "({0} if {0} <= {1} else {1})",
        "named": "{0}",
        "length": "len({0})",
        "starts_with": "{0}.startswith({x})",
        "part": "{0}[{x}:{z}]",
        "number": "digits({0}, {x}, {y})",
        "check_value": "check_value({0}, {x})",
    }[node.op]
    more = {"x": repr(extra[0]) if extra else "", "y": repr(extra[1]) if len(extra) > 1 else ""}
    if node.op == "part":
        more["z"] = str(int(extra[0]) + int(extra[1]))
    return written.format(*args, **more)


def _write_lookup(
    node: Expr, args: Sequence[str], scope: dict[str, Any], tables: Mapping[str, DatedTable]
) -> str:
    table = tables[str(node.extra[0])]
    find = _bind(scope, f"find_{node.extra[0]}", table.find)
    place = f"{find}({', '.join(args)})"
    if node.op == "missed":
        return f"({place} < 0)"
    values = list(table.fields[str(node.extra[1])])
    values.append(0 if node.type is Type.INT else "")  # what index -1, a miss, reads
    return f"{_bind(scope, 'field', values)}[{place}]"


def _bind(scope: dict[str, Any], stem: str, value: object) -> str:
    for name, known in scope.items():
        if known is value:
            return name
    name = f"{stem}_{len(scope)}"
    scope[name] = value
    return name
