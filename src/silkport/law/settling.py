"""What the law settles before anything runs: parameters become constants, and what follows.

A table without records is never asked, nor a field that says nothing in any of its records; a
condition that parameters decide leaves only its branch. The proof reading keeps every step.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from silkport.law.expression import Expr, Type, Value, const, walk
from silkport.law.tables import DatedTable

_COMPARED: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
}
_LEFT_WITH = {"and": True, "or": False}
"""The operand that leaves the other one as it is; its opposite decides."""


def settled(
    outputs: Mapping[str, Expr], params: Mapping[str, Value], tables: Mapping[str, DatedTable]
) -> dict[str, Expr]:
    """The same expressions over one law, as short as it allows."""
    done: dict[Expr, Expr] = {}
    for node in walk(list(outputs.values())):
        args = tuple(done[arg] for arg in node.args)
        if node.op == "param":
            done[node] = const(params[str(node.extra[0])])
        elif node.op in {"lookup", "missed"}:
            done[node] = _asked(node, args, tables[str(node.extra[0])])
        else:
            done[node] = _shortened(node, args)
    return {name: done[node] for name, node in outputs.items()}


def _asked(node: Expr, args: tuple[Expr, ...], table: DatedTable) -> Expr:
    if node.op == "missed" and not table.records:
        return const(True)
    if node.op == "lookup" and str(node.extra[1]) in table.idle:
        return const(0) if node.type is Type.INT else const("")
    return Expr(node.op, args, node.type, node.extra)


def _shortened(node: Expr, args: tuple[Expr, ...]) -> Expr:
    if node.op in {"where", "seldom"}:
        return _chosen(node, args)
    fixed = [arg.extra[0] for arg in args if arg.op == "const"]
    if not fixed:
        return Expr(node.op, args, node.type, node.extra)
    if node.op in _COMPARED and len(fixed) == 2:
        return const(_COMPARED[node.op](*fixed))
    if node.op == "not":
        return const(not fixed[0])
    if node.op in _LEFT_WITH:
        other = args[1] if args[0].op == "const" else args[0]
        return other if fixed[0] is _LEFT_WITH[node.op] else const(fixed[0])
    return _reckoned(node, args, fixed)


def _reckoned(node: Expr, args: tuple[Expr, ...], fixed: Sequence[Value]) -> Expr:
    """Arithmetic with a fixed operand that leaves nothing to work out."""
    if node.op == "mul" and 0 in fixed:
        return const(0)
    if node.op == "mul" and 1 in fixed:
        return args[1] if args[0].op == "const" else args[0]
    if node.op == "add" and 0 in fixed:
        return args[1] if args[0].op == "const" and args[0].extra[0] == 0 else args[0]
    if node.op == "round_div" and args[0].op == "const" and args[0].extra[0] == 0:
        return const(0)
    if node.op in {"max", "min"} and len(fixed) == 2:
        return const(max(fixed) if node.op == "max" else min(fixed))
    return Expr(node.op, args, node.type, node.extra)


def _chosen(node: Expr, args: tuple[Expr, ...]) -> Expr:
    """One branch where the condition is settled, or where both say the same."""
    if args[0].op == "const":
        return args[1] if args[0].extra[0] else args[2]
    if args[1] is args[2]:
        return args[1]
    return Expr(node.op, args, node.type, node.extra)
