"""Smallest and largest value every expression can reach, worked out before anything runs.

The columnar engine wraps silently beyond 64 or 128 bits. Columns are bounded by their schema
and parameters by their value, so interval arithmetic says which products need 128 bits, and
refuses those that would need more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from silkport.kernel.sheet_errors import PossibleOverflow
from silkport.law.expression import Expr, Type

Bounds = tuple[int, int]

INT64: Bounds = (-(2**63), 2**63 - 1)
INT128: Bounds = (-(2**127), 2**127 - 1)
_NO_BOUNDS: Bounds = (0, 0)


def fits64(bounds: Bounds) -> bool:
    """Whether every value between `bounds` is a 64-bit integer."""
    return INT64[0] <= bounds[0] and bounds[1] <= INT64[1]


def work_out(
    order: Sequence[Expr], columns: Mapping[str, Bounds], lookups: Mapping[tuple[str, str], Bounds]
) -> dict[Expr, Bounds]:
    """Bounds of every node of `order` (operands first).

    Args:
        order: nodes without parameters left in them, as `expression.walk` gives them.
        columns: bounds of each integer column.
        lookups: bounds of each integer field of each table.
    Raises PossibleOverflow for a node beyond 128 bits.
    """
    found: dict[Expr, Bounds] = {}
    for node in order:
        bounds = _of(node, found, columns, lookups)
        if bounds[0] < INT128[0] or bounds[1] > INT128[1]:
            raise PossibleOverflow(what=node.op, bound=max(abs(bounds[0]), abs(bounds[1])))
        found[node] = bounds
    return found


def _of(
    node: Expr,
    found: Mapping[Expr, Bounds],
    columns: Mapping[str, Bounds],
    lookups: Mapping[tuple[str, str], Bounds],
) -> Bounds:
    if node.type is not Type.INT:
        return _NO_BOUNDS
    if node.op == "col":
        return columns[str(node.extra[0])]
    if node.op == "const":
        return (int(node.extra[0]), int(node.extra[0]))
    if node.op == "lookup":
        low, high = lookups[str(node.extra[0]), str(node.extra[1])]
        return (min(low, 0), max(high, 0))
    if node.op in _LEAVES:
        return _LEAVES[node.op]
    if node.op == "number":
        return (-1, 10 ** int(node.extra[1]) - 1)
    inner = [found[arg] for arg in node.args]
    return _combine(node.op, inner)


_LEAVES: dict[str, Bounds] = {"length": (0, 2**31), "check_value": (-1, 10)}


def _combine(op: str, inner: Sequence[Bounds]) -> Bounds:
    if op == "named":
        return inner[0]
    if op in {"where", "seldom"}:
        return (min(inner[1][0], inner[2][0]), max(inner[1][1], inner[2][1]))
    (a, b), (c, d) = inner[0], inner[1]
    if op == "add":
        return (a + c, b + d)
    if op == "sub":
        return (a - d, b - c)
    if op == "mul":
        corners = (a * c, a * d, b * c, b * d)
        return (min(corners), max(corners))
    if op == "max":
        return (max(a, c), max(b, d))
    if op == "min":
        return (min(a, c), min(b, d))
    if op == "mod":
        return (min(0, c + 1), max(0, d - 1))
    # floordiv, round_div: a divisor of one leaves the most, and rounding adds at most one
    if c < 0:
        most = max(abs(a), abs(b)) + 1
        return (-most, most)
    smallest = max(1, c)
    return (min(0, a // smallest - 1) if a < 0 else 0, max(0, b // smallest) + 1)
