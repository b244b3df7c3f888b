"""Expressions over the typed columns of one row: the language of rules and computations.

An expression is built once, from operators on columns, and read three ways: `law.bulk` runs it
over a table, `law.single` over one record, `law.proof` unfolds it with its numbers. Equal
expressions are one object, so what two rules share is computed once.

Pinned meanings, the same in all readings:
    floor division and remainder round towards minus infinity; by zero they give 0;
    integers never overflow: bounds are worked out before anything runs (`law.bounds`);
    text that is not a plain ASCII number gives -1 as a number;
    a pattern always matches the whole text.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum

from silkport.kernel.sheet_errors import IllTyped


class Type(StrEnum):
    """What an expression gives."""

    INT = "int"
    TEXT = "text"
    BOOL = "bool"


type_of = {int: Type.INT, str: Type.TEXT, bool: Type.BOOL}
_NODES: dict[tuple[object, ...], Expr] = {}

Value = int | str | bool


class Expr:
    """One node: an operator, its operands, and what cannot be an operand (names, constants)."""

    __slots__ = ("args", "extra", "op", "type")

    op: str
    args: tuple[Expr, ...]
    extra: tuple[Value, ...]
    type: Type

    def __new__(
        cls, op: str, args: tuple[Expr, ...], kind: Type, extra: tuple[Value, ...] = ()
    ) -> Expr:
        """The node of these parts; always the same object for the same parts."""
        key = (op, tuple(map(id, args)), kind, tuple((type(x), x) for x in extra))
        known = _NODES.get(key)
        if known is not None:
            return known
        node = super().__new__(cls)
        node.op, node.args, node.type, node.extra = op, args, kind, extra
        _NODES[key] = node
        return node

    def __add__(self, other: Expr | int) -> Expr:
        return _arithmetic("add", self, other)

    def __radd__(self, other: Expr | int) -> Expr:
        return _arithmetic("add", other, self)

    def __sub__(self, other: Expr | int) -> Expr:
        return _arithmetic("sub", self, other)

    def __rsub__(self, other: Expr | int) -> Expr:
        return _arithmetic("sub", other, self)

    def __mul__(self, other: Expr | int) -> Expr:
        return _arithmetic("mul", self, other)

    def __rmul__(self, other: Expr | int) -> Expr:
        return _arithmetic("mul", other, self)

    def __floordiv__(self, other: Expr | int) -> Expr:
        return _arithmetic("floordiv", self, other)

    def __mod__(self, other: Expr | int) -> Expr:
        return _arithmetic("mod", self, other)

    def __lt__(self, other: Expr | int) -> Expr:
        return _comparison("lt", self, other)

    def __le__(self, other: Expr | int) -> Expr:
        return _comparison("le", self, other)

    def __gt__(self, other: Expr | int) -> Expr:
        return _comparison("gt", self, other)

    def __ge__(self, other: Expr | int) -> Expr:
        return _comparison("ge", self, other)

    def __eq__(self, other: Expr | Value) -> Expr:  # type: ignore[override]
        return _comparison("eq", self, other)

    def __ne__(self, other: Expr | Value) -> Expr:  # type: ignore[override]
        return _comparison("ne", self, other)

    __hash__ = object.__hash__

    def __and__(self, other: Expr) -> Expr:
        return _logic("and", self, other)

    def __or__(self, other: Expr) -> Expr:
        return _logic("or", self, other)

    def __invert__(self) -> Expr:
        _need(self, Type.BOOL, "not")
        return Expr("not", (self,), Type.BOOL)

    def __bool__(self) -> bool:
        raise IllTyped(what=self.op, reason="a rule has no 'and', 'or', 'if': use &, |, ~, where")

    def length(self) -> Expr:
        """Number of characters of a text."""
        _need(self, Type.TEXT, "length")
        return Expr("length", (self,), Type.INT)

    def matches(self, pattern: str) -> Expr:
        """Whether the whole text has the form of `pattern` (ASCII classes only)."""
        _need(self, Type.TEXT, "matches")
        if "\\" in pattern or "$" in pattern or "^" in pattern.replace("[^", ""):
            raise IllTyped(what="matches", reason=f"no anchors or escapes in {pattern!r}")
        return Expr("matches", (self,), Type.BOOL, (pattern,))

    def starts_with(self, prefix: str) -> Expr:
        """Whether the text begins with `prefix`."""
        _need(self, Type.TEXT, "starts_with")
        return Expr("starts_with", (self,), Type.BOOL, (prefix,))

    def part(self, start: int, length: int) -> Expr:
        """The characters `start` (from 0) to `start + length`, fewer where the text ends."""
        _need(self, Type.TEXT, "part")
        return Expr("part", (self,), Type.TEXT, (start, length))

    def number(self, start: int, length: int) -> Expr:
        """The ASCII digits at `start` as a number; -1 when one of them is no digit."""
        _need(self, Type.TEXT, "number")
        if not 0 < length <= 17:
            raise IllTyped(what="number", reason="takes 1 to 17 digits")
        return Expr("number", (self,), Type.INT, (start, length))

    def check_value(self, position: int) -> Expr:
        """A check character: a digit, 10 for X, -1 for anything else."""
        _need(self, Type.TEXT, "check_value")
        return Expr("check_value", (self,), Type.INT, (position,))

    def weighted_sum(self, weights: Sequence[int]) -> Expr:
        """Digits from the first on, each times its weight; -1 when one is no digit."""
        number = self.number(0, len(weights))
        total: Expr | int = 0
        for place, weight in enumerate(weights):
            digit = (number // 10 ** (len(weights) - 1 - place)) % 10
            total = total + digit * weight
        return where(number < 0, -1, total)

    def in_list(self, name: str) -> Expr:
        """Whether the compiled law's list `name` holds this text."""
        _need(self, Type.TEXT, "in_list")
        return Expr("in_list", (self,), Type.BOOL, (name,))

    def is_any(self, *texts: str) -> Expr:
        """Whether the text is one of `texts`."""
        found = self == texts[0]
        for text in texts[1:]:
            found = found | (self == text)
        return found


def _wrap(value: Expr | Value) -> Expr:
    return value if isinstance(value, Expr) else const(value)


def _need(node: Expr, kind: Type, what: str) -> None:
    if node.type is not kind:
        raise IllTyped(what=what, reason=f"needs {kind}, not {node.type}")


def _arithmetic(op: str, left: Expr | int, right: Expr | int) -> Expr:
    a, b = _wrap(left), _wrap(right)
    _need(a, Type.INT, op)
    _need(b, Type.INT, op)
    if a.op == b.op == "const":
        return const(_FOLD[op](int(a.extra[0]), int(b.extra[0])))
    return Expr(op, (a, b), Type.INT)


_FOLD: dict[str, Callable[[int, int], int]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "floordiv": lambda a, b: a // b if b else 0,
    "mod": lambda a, b: a % b if b else 0,
}


def _comparison(op: str, left: Expr | Value, right: Expr | Value) -> Expr:
    a, b = _wrap(left), _wrap(right)
    if a.type is not b.type:
        raise IllTyped(what=op, reason=f"compares {a.type} with {b.type}")
    if op not in {"eq", "ne"} and a.type is not Type.INT:
        raise IllTyped(what=op, reason=f"does not order {a.type}")
    return Expr(op, (a, b), Type.BOOL)


def _logic(op: str, left: Expr, right: Expr) -> Expr:
    _need(left, Type.BOOL, op)
    _need(right, Type.BOOL, op)
    return Expr(op, (left, right), Type.BOOL)


def const(value: Value) -> Expr:
    """A fixed value."""
    return Expr("const", (), type_of[type(value)], (value,))


def col(name: str, kind: Type) -> Expr:
    """A column of the row."""
    return Expr("col", (), kind, (name,))


def param(name: str) -> Expr:
    """A dated numeric parameter of the country's law, in its scaled integer form."""
    return Expr("param", (), Type.INT, (name,))


def text_param(name: str) -> Expr:
    """A dated parameter of the country's law that is a text."""
    return Expr("param", (), Type.TEXT, (name,))


def where(condition: Expr, yes: Expr | Value, no: Expr | Value) -> Expr:
    """`yes` where the condition holds, else `no`."""
    a, b = _wrap(yes), _wrap(no)
    _need(condition, Type.BOOL, "where")
    if a.type is not b.type:
        raise IllTyped(what="where", reason=f"gives {a.type} or {b.type}")
    return Expr("where", (condition, a, b), a.type)


def seldom(condition: Expr, then: Expr | Value, otherwise: Expr | Value) -> Expr:
    """As `where`, for a condition that few rows meet: the bulk reading works out `then` for them
    alone."""
    picked = where(condition, then, otherwise)
    return Expr("seldom", picked.args, picked.type)


def joined(left: Expr, mark: str, right: Expr) -> Expr:
    """Two texts with a mark between them."""
    _need(left, Type.TEXT, "joined")
    _need(right, Type.TEXT, "joined")
    return Expr("joined", (left, right), Type.TEXT, (mark,))


def greater_of(left: Expr | int, right: Expr | int) -> Expr:
    """The greater of two numbers."""
    return _pick("max", left, right)


def lesser_of(left: Expr | int, right: Expr | int) -> Expr:
    """The lesser of two numbers."""
    return _pick("min", left, right)


def _pick(op: str, left: Expr | int, right: Expr | int) -> Expr:
    a, b = _wrap(left), _wrap(right)
    _need(a, Type.INT, op)
    _need(b, Type.INT, op)
    return Expr(op, (a, b), Type.INT)


def round_div(numerator: Expr, denominator: Expr | int, levy: str) -> Expr:
    """`numerator / denominator`, rounded once as the law rounds `levy`.

    Both are non-negative; a denominator of 0 gives 0. The direction is the text parameter
    `rounding.<levy>` of the country's law: half_up, half_even, truncate or up.
    """
    below = _wrap(denominator)
    _need(numerator, Type.INT, "round_div")
    _need(below, Type.INT, "round_div")
    return Expr("round_div", (numerator, below, text_param(f"rounding.{levy}")), Type.INT)


def named(name: str, value: Expr, unit: str = "") -> Expr:
    """The same value with a name under which a proof shows it as a step of its own.

    Args:
        unit: how people read it: ppm, minor, e5, mg, or nothing for a plain value.
    """
    return Expr("named", (value,), value.type, (name, unit))


def lookup(
    table: str,
    key: Expr,
    day: Expr,
    field: str,
    kind: Type = Type.INT,
    *,
    variant: Expr | None = None,
) -> Expr:
    """Field `field` of the record of `table` for `key` in force on `day`; 0 or "" on a miss."""
    return Expr("lookup", _site(key, day, variant), kind, (table, field))


def missed(table: str, key: Expr, day: Expr, *, variant: Expr | None = None) -> Expr:
    """Whether `table` has no record for `key` in force on `day`."""
    return Expr("missed", _site(key, day, variant), Type.BOOL, (table,))


def _site(key: Expr, day: Expr, variant: Expr | None) -> tuple[Expr, ...]:
    _need(day, Type.INT, "lookup")
    if variant is None:
        return (key, day)
    _need(variant, Type.TEXT, "lookup")
    return (key, day, variant)


def any_of(*conditions: Expr) -> Expr:
    """Whether at least one condition holds."""
    found = conditions[0]
    for condition in conditions[1:]:
        found = found | condition
    return found


def walk(roots: Sequence[Expr]) -> list[Expr]:
    """Every node below `roots`, each once, operands before what uses them."""
    order: list[Expr] = []
    seen: set[int] = set()
    stack: list[tuple[Expr, bool]] = [(root, False) for root in reversed(roots)]
    while stack:
        node, done = stack.pop()
        if done:
            order.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            stack.append((node, True))
            stack.extend((arg, False) for arg in reversed(node.args) if id(arg) not in seen)
    return order


def columns_of(node: Expr) -> list[str]:
    """Names of the columns an expression reads, in order of first use."""
    return [str(n.extra[0]) for n in walk([node]) if n.op == "col"]


def params_of(node: Expr) -> list[str]:
    """Names of the parameters an expression reads."""
    return [str(n.extra[0]) for n in walk([node]) if n.op == "param"]
