"""Formulas: how one row came to an amount, in the terms in which people work it out by hand.

A formula is a list of steps, each of which may refer to those before it; the last one is the
amount itself. `law.derivation` makes formulas from the expressions of a rule sheet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import floor

from silkport.kernel.scaled import Rounding, format_scaled, round_div
from silkport.law.expression import Value
from silkport.law.proof import Grounds

SCALES = {
    "minor": 2,
    "rate": 6,
    "ppm": 6,
    "e5": 5,
    "e6": 6,
    "mg": 6,
    "micro": 8,
    "pico": 14,
}
"""Decimal places of a whole number in each unit; a unit that is not here is a plain count."""

LEAVES = ("column", "law", "table", "number")
"""What is stated, a parameter of law, a field of a table of law, a number of the formula itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """A value of law that a step rests on.

    `table` is empty for a parameter. A rate also has its official sentences; a currency's rate
    has the number of units it is for.
    """

    name: str
    written: str
    unit: str
    source: str
    start: str
    stop: str
    confidence: str
    table: str = ""
    key: str = ""
    variant: str = ""
    sentence_en: str = ""
    sentence_ru: str = ""
    nominal_count: int = 1
    footnote: str = ""

    def plain(self) -> Grounds:
        """The same as a step of a proof has it."""
        name = " ".join(part for part in (self.table, self.key, self.variant, self.name) if part)
        value = self.sentence_en or f"{self.written} {self.unit}".strip()
        return Grounds(name, value, self.source, self.start, self.stop, self.confidence)


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One part of a formula.

    `op` is one of LEAVES, `step` (what an earlier step gave), `nothing`, or how `terms` are
    put together: add, sub, mul, div, floor, max, min. `value` is a whole number in `unit`, and
    `measure` says of what: a currency, or a unit of quantity. A div that is rounded, to the
    smallest part of its unit, says how in `rounding`.
    """

    op: str
    value: Value
    unit: str = ""
    name: str = ""
    label: str = ""
    measure: str = ""
    rounding: str = ""
    terms: tuple[Term, ...] = ()
    grounds: tuple[Ground, ...] = ()
    step: Step | None = None

    @property
    def called(self) -> str:
        """The name under which a step is shown, else the name of column, parameter or field."""
        return self.label or self.name


NOTHING = Term(op="nothing", value=0)
"""What does not apply to the row, or was not stated."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: `name` is `body`, which comes to `value` in `unit`."""

    name: str
    body: Term
    value: Value
    unit: str = ""
    measure: str = ""

    @property
    def grounds(self) -> tuple[Ground, ...]:
        """The law this step itself rests on; what earlier steps rest on stands with them."""
        return tuple(dict.fromkeys(_grounds(self.body)))


@dataclass(frozen=True, slots=True)
class Formula:
    """How an amount came about; `result` is in minor units of account."""

    result: int
    steps: tuple[Step, ...]


def _grounds(term: Term) -> Iterator[Ground]:
    yield from term.grounds
    for part in term.terms:
        yield from _grounds(part)


def formula_of(last: Step) -> Formula:
    """The formula that ends in `last`: every step it refers to, each once, before its use."""
    found: dict[int, Step] = {}

    def visit(step: Step) -> None:
        if id(step) not in found:
            for part in references(step.body):
                visit(part)
            found[id(step)] = step

    visit(last)
    return Formula(int(last.value), tuple(found.values()))


def references(term: Term) -> Iterator[Step]:
    """The steps that a term refers to."""
    if term.step is not None:
        yield term.step
    for part in term.terms:
        yield from references(part)


_MARKS = {"add": " + ", "sub": " − ", "mul": " × ", "div": " ÷ ", "floor": " ÷ "}
_CALLS = {
    "max": "greater of",
    "min": "lesser of",
    "floor": "whole part of",
    "round": "rounded",
}


def written(term: Term, leaf: Callable[[Term], str], call: Callable[[str], str]) -> str:
    """A term as text; the rounding of the whole is said beside it, that of a part within it.

    Args:
        leaf: how a leaf or an earlier step is written.
        call: the word before "(...)" of max, min, floor and round.
    """
    return _written(term, leaf, call, inside="")


def _written(
    term: Term, leaf: Callable[[Term], str], call: Callable[[str], str], inside: str
) -> str:
    if not term.terms:
        return leaf(term)
    own = {"floor": "div"}.get(term.op, term.op)
    parts = [_written(part, leaf, call, f"{own} {n}") for n, part in enumerate(term.terms)]
    if term.op in ("max", "min"):
        return f"{call(term.op)} ({'; '.join(parts)})"
    text = _MARKS[term.op].join(parts)
    if term.op == "floor":
        return f"{call(term.op)} ({text})"
    if term.rounding and inside:
        return f"{call('round')} ({text})"
    around, _, place = inside.partition(" ")
    is_sum = term.op in ("add", "sub")
    loose = is_sum and (around in ("mul", "div") or (around == "sub" and place != "0"))
    return f"({text})" if loose or (around == "div" and term.op == "div") else text


def plain_call(op: str) -> str:
    """The words of max, min, floor and round in plain English."""
    return _CALLS[op]


def plain_name(term: Term) -> str:
    """A leaf by its name in the law and the tables."""
    return str(term.value) if term.op in ("number", "nothing") else term.called


def plain_value(term: Term) -> str:
    """A leaf by its value as a plain decimal, with what it is measured in."""
    if isinstance(term.value, bool) or not isinstance(term.value, int):
        return str(term.value)
    number = format_scaled(term.value, places=SCALES.get(term.unit, 0), shortest=True)
    return f"{number} {term.measure}".strip()


def worth(term: Term) -> Fraction:
    """What a term comes to when it is worked out as it is written; amounts are in whole units."""
    if term.op in (*LEAVES, "step", "nothing"):
        return Fraction(int(term.value), 10 ** SCALES.get(term.unit, 0))
    parts = [worth(part) for part in term.terms]
    total = parts[0]
    for part in parts[1:]:
        if term.op == "add":
            total += part
        elif term.op == "sub":
            total -= part
        elif term.op == "mul":
            total *= part
        elif term.op in ("div", "floor"):
            total /= part
        else:
            total = max(total, part) if term.op == "max" else min(total, part)
    if term.rounding:
        scale = 10 ** SCALES[term.unit]
        smallest = total * scale
        rounded = round_div(smallest.numerator, smallest.denominator, Rounding(term.rounding))
        return Fraction(rounded, scale)
    return Fraction(floor(total)) if term.op == "floor" else total
