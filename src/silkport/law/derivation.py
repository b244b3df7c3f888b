"""From the expressions of a sheet to the formula of one row.

An expression holds every way that the law could take. A derivation keeps the way that a row took:
the branch whose condition held, what was stated, what is not zero by its nature. Factors that only
turn one scaled unit into another are left out, so that a formula can be worked out by hand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from silkport.kernel.scaled import Rounding
from silkport.law.expression import Expr, Value, walk
from silkport.law.formula import (
    LEAVES,
    NOTHING,
    Formula,
    Ground,
    Step,
    Term,
    formula_of,
    references,
)
from silkport.law.settling import settled
from silkport.law.sheet import CompiledSheet
from silkport.law.single import Row, compile_single
from silkport.law.tables import DatedTable, Record
from silkport.model.columns import Kind

KILO = 1_000
_ONE = 1_000_000
_ABOUT_FREIGHT = ("freight", "insurance")
_MEASURES = {"qty_e5": "unit", "qty2_e5": "unit2"}
_UNITS = {"share": "ppm", "kg": "mg", "count": "", "days": "", "flag": "flag", "points": ""}
_FIELD_UNITS = {"rate_ppm": "rate", "_ppm": "ppm", "_e6": "e6"}


class Derivation:
    """Formulas of some outputs of one compiled sheet, for row after row."""

    def __init__(self, sheet: CompiledSheet, outputs: Sequence[str]) -> None:
        self.sheet = sheet
        self.roots: dict[str, Expr] = {name: sheet.written[name] for name in outputs}
        self.nodes = walk(list(self.roots.values()))
        numbered = {str(number): node for number, node in enumerate(self.nodes)}
        law = sheet.law
        shortened = settled(numbered, sheet.params, law.tables)
        self._single = compile_single(shortened, law.tables, law.lists)

    def of(self, row: Row) -> dict[str, Formula]:
        """The formula of every output for one row."""
        found = self._single(row)
        values = {node: found[str(number)] for number, node in enumerate(self.nodes)}
        reading = _Reading(self.sheet, row, values)
        return {name: reading.formula(name, root) for name, root in self.roots.items()}


class _Reading:
    """One row on its way through the expressions."""

    def __init__(self, sheet: CompiledSheet, row: Row, values: Mapping[Expr, Value]) -> None:
        self.sheet, self.row, self.values = sheet, row, values
        self._terms: dict[Expr, Term] = {}

    def formula(self, name: str, root: Expr) -> Formula:
        """Steps that end in the output called `name`."""
        term = self.term(root)
        body = term.step.body if term.step is not None else term
        name = name.removesuffix("_minor")
        if any(step.name == name for step in references(body)):
            name = f"{name} charged"  # a share of what it would be in full
        return formula_of(Step(name, body, self.values[root], "minor"))

    def term(self, node: Expr) -> Term:
        """What a node is for this row."""
        if node not in self._terms:
            self._terms[node] = self._term(node)
        return self._terms[node]

    def _term(self, node: Expr) -> Term:
        value = self.values[node]
        if node.op in ("where", "seldom"):
            return self.term(node.args[1] if self.values[node.args[0]] else node.args[2])
        if node.op == "named":
            return self._named(node, value)
        if node.op == "col":
            return self._column(str(node.extra[0]), value)
        if node.op == "const":
            return Term(op="number", value=value) if value else NOTHING
        if node.op == "param":
            return self._param(str(node.extra[0]), value)
        if node.op == "lookup":
            return self._field(node, value)
        return self._put_together(node, value)

    def _named(self, node: Expr, value: Value) -> Term:
        name, unit = str(node.extra[0]), str(node.extra[1])
        inner = self.term(node.args[0])
        if inner.op == "nothing":
            return NOTHING
        if inner.op in LEAVES:
            scaled = inner.value != value  # a quantity in another unit: its own is shown
            return replace(inner, label=name, unit=inner.unit if scaled else unit or inner.unit)
        if inner.step is not None and not inner.name.startswith(name):
            return inner
        body = inner.step.body if inner.step is not None else inner
        step = Step(name, body, value, unit, _measure(body) if unit == "e6" else "")
        return Term(op="step", value=value, unit=unit, name=name, measure=step.measure, step=step)

    def _column(self, name: str, value: Value) -> Term:
        """A column; one that is zero or was not stated is nothing."""
        if isinstance(value, int) and value <= 0:
            return NOTHING
        kind = self.sheet.sheet.shape.by_name[name].kind
        measure, unit = "", ""
        if name.endswith("_minor"):
            unit = "minor"
        elif kind is Kind.AMOUNT:
            unit = "e5"
            measure = str(self.row.get("currency") or self.row.get("parcel_currency") or "")
            if name.startswith(_ABOUT_FREIGHT):
                measure = str(self.row.get("freight_currency") or measure)
        elif kind is Kind.QUANTITY:
            unit, measure = "e5", str(self.row.get(_MEASURES.get(name, ""), ""))
        elif kind in (Kind.MASS, Kind.CARGO):
            unit, measure = "mg", "kg"
        return Term(op="column", value=value, unit=unit, name=name, measure=measure)

    def _param(self, name: str, value: Value) -> Term:
        ground = self._ground(name)
        if not value:
            return NOTHING
        unit = _UNITS.get(ground.unit, "minor")
        measure = ground.unit if unit == "minor" else ""
        return Term(op="law", value=value, unit=unit, name=name, measure=measure, grounds=(ground,))

    def _ground(self, name: str) -> Ground:
        """The law behind a parameter."""
        dated = self.sheet.law.at(name, self.sheet.period[0], self.sheet.regime.code)
        return Ground(
            name=name,
            written=dated.written,
            unit=dated.unit,
            source=dated.source,
            start=f"{dated.start}",
            stop="" if dated.stop == date.max else f"{dated.stop}",
            confidence=dated.confidence,
        )

    def _field(self, node: Expr, value: Value) -> Term:
        table, name = self.sheet.law.tables[str(node.extra[0])], str(node.extra[1])
        record = self._record(table, node)
        if record is None:
            return NOTHING
        unit = next((unit for end, unit in _FIELD_UNITS.items() if name.endswith(end)), "")
        measure = str(record.values["specific_currency"]) if unit == "e6" else ""
        ground = _table_ground(str(node.extra[0]), name, value, record)
        if unit == "rate":
            measure = record.key
        return Term(
            op="table",
            value=value,
            unit=unit,
            name=f"{node.extra[0]} {name}",
            measure=measure,
            grounds=(ground,),
        )

    def _record(self, table: DatedTable, node: Expr) -> Record | None:
        key, at, *variant = (self.values[arg] for arg in node.args)
        place = table.find(str(key), int(at), *map(str, variant))
        return table.records[place] if place >= 0 else None

    def _put_together(self, node: Expr, value: Value) -> Term:
        op = node.op
        if op == "round_div":
            return self._quotient(node, value)
        a, b = (self.term(arg) for arg in node.args)
        if op == "add":
            return _sum(a, b, value)
        if op == "sub":
            a, b = _alike(a, b)
            return a if b.op == "nothing" else Term(op="sub", value=value, terms=(a, b))
        if op == "mul":
            return _product(a, b, value)
        if op == "floordiv":
            return _cut_off(a, b, value)
        return _picked(op, a, b, value)

    def _quotient(self, node: Expr, value: Value) -> Term:
        above, below = (self.term(arg) for arg in node.args[:2])
        if above.op == "nothing" or below.op == "nothing":
            return NOTHING
        mode = node.args[2]
        factors = [one for one in _factors(below) if not _is_scale(one)]
        whole = _of_factors(factors, value)
        terms = (above,) if whole is None else (above, whole)
        return Term(
            op="div",
            value=value,
            unit="minor",
            rounding=str(self.values[mode]),
            terms=terms,
            grounds=(self._ground(str(mode.extra[0])),),
        )


def _table_ground(table: str, name: str, value: Value, record: Record) -> Ground:
    """The law behind a field of a table; all fields of one rate are one ground."""
    values = record.values
    is_rate = "sentence_en" in values
    quoted = table == "fx"
    return Ground(
        name="rate" if is_rate or quoted else name,
        written=str(values["rate_ppm"]) if quoted else "" if is_rate else str(value),
        unit="rate" if quoted else "" if is_rate else "ppm" if name.endswith("_ppm") else "",
        source=record.source,
        start=f"{record.start}",
        stop="" if record.stop == date.max else f"{record.stop}",
        confidence=record.confidence,
        table=table,
        key=record.key,
        variant=record.variant,
        sentence_en=str(values.get("sentence_en", "")),
        sentence_ru=str(values.get("sentence_ru", "")),
        nominal_count=int(values["nominal_count"]) if quoted else 1,
        footnote=str(values.get("footnote", "")),
    )


def _measure(body: Term) -> str:
    """The unit of a quantity that was worked out from another: grams, from kilograms."""
    return (
        "GRM"
        if body.op == "mul"
        else next((part.measure for part in (body, *body.terms) if part.measure), "")
    )


def _alike(a: Term, b: Term) -> tuple[Term, Term]:
    """A bare number beside a share is a share as well: 1 - 0.15."""
    for one, other in ((a, b), (b, a)):
        if one.op == "number" and not one.unit and other.unit == "ppm":
            share = replace(one, unit="ppm")
            return (share, b) if one is a else (a, share)
    return a, b


def _sum(a: Term, b: Term, value: Value) -> Term:
    if "nothing" in (a.op, b.op):
        return b if a.op == "nothing" else a
    parts = (*(a.terms if a.op == "add" else (a,)), *(b.terms if b.op == "add" else (b,)))
    return Term(op="add", value=value, terms=parts)


def _factors(term: Term) -> tuple[Term, ...]:
    return term.terms if term.op == "mul" else (term,)


def _product(a: Term, b: Term, value: Value) -> Term:
    if "nothing" in (a.op, b.op):
        return NOTHING
    factors = [*_factors(a), *_factors(b)]
    silent = [one for one in factors if one.unit == "flag" or _is_scale(one, keep=KILO)]
    kept = [one for one in factors if one not in silent]
    grounds = tuple(ground for one in silent for ground in one.grounds)
    whole = _of_factors(kept, value)
    if whole is None:
        return Term(op="number", value=value)
    return replace(whole, grounds=(*whole.grounds, *grounds))


def _of_factors(factors: Sequence[Term], value: Value) -> Term | None:
    """One factor, the product of several, or none."""
    if not factors:
        return None
    if len(factors) == 1:
        return factors[0]
    units = [one.unit for one in factors if one.unit]
    unit = units[0] if len(units) == 1 else ""
    return Term(op="mul", value=value, unit=unit, terms=tuple(factors))


def _is_scale(term: Term, keep: int = 0) -> bool:
    """A number that only turns one unit into another, or a count or rate of one.

    Args:
        keep: a power of ten that is meant: a thousand grams are a kilogram.
    """
    if term.op not in ("number", "table") or not isinstance(term.value, int):
        return False
    if term.op == "table":
        return not term.unit and term.value == 1
    if term.unit == "rate":
        return term.value == _ONE
    digits = str(term.value)
    return digits == "1" + "0" * (len(digits) - 1) and term.value != keep


def _cut_off(a: Term, b: Term, value: Value) -> Term:
    """A whole number of something; of a measured quantity, whole units of the smallest kind."""
    if "nothing" in (a.op, b.op):
        return NOTHING
    units = [one.unit for one in _factors(a)]
    for one in _factors(b):
        if one.unit in units:
            units.remove(one.unit)
    unit = next(filter(None, units), "")
    if not unit:
        return Term(op="floor", value=value, terms=(a, b))
    terms = (a,) if _is_scale(b) else (a, b)
    return Term(op="div", value=value, unit=unit, rounding=Rounding.TRUNCATE, terms=terms)


def _is_one(term: Term) -> bool:
    return term.op == "number" and term.value == 1 and not term.unit


def _picked(op: str, a: Term, b: Term, value: Value) -> Term:
    """The greater or the lesser of two that both say something."""
    a, b = _alike(a, b)
    if op == "min":
        terms = Term(op=op, value=value, terms=(a, b))
        return NOTHING if "nothing" in (a.op, b.op) else terms
    said = [one for one in (a, b) if one.op != "nothing"]
    if len(said) == 2 and _is_one(b) and int(a.value) >= 1:
        return a  # a bank's quantity and a tariff's number of units are one at least
    if len(said) == 1 and int(said[0].value) < 0:
        zero = replace(NOTHING, op="number")
        least = Term(op=op, value=value, terms=(said[0], zero))
        return NOTHING if said[0].op == "number" else least
    more = [one for one in said if one.value != 0] or said[:1]
    if len(more) == 2:
        return Term(op=op, value=value, terms=tuple(more))
    return more[0] if more else NOTHING
