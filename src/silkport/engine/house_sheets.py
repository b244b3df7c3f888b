"""The sheets of one cell as functions over one house, and the house on its way through them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from silkport.engine.house_counts import Row
from silkport.law.book import Book
from silkport.law.bounds import fits64
from silkport.law.sheet import CompiledSheet, Sheet
from silkport.law.single import Single
from silkport.model.columns import MAX_AMOUNT_E5
from silkport.stages import assess, check, release, screen, value

_SHEETS = (
    check.houses,
    check.goods,
    value.houses,
    value.goods,
    assess.houses,
    assess.goods,
    screen.houses,
    release.houses,
)
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


class Fires(NamedTuple):
    """A rule as a finding names it, and the columns and computed values that it quotes."""

    code: str
    stage: str
    effect: str
    facts: tuple[str, ...] = ()
    quotes: tuple[str, ...] = ()


class Reading(NamedTuple):
    """One sheet of one cell: its function, its rules, what it computes, what of it is wide."""

    run: Single
    rules: tuple[Fires, ...]
    computed: tuple[str, ...]
    wide: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """What a decision quotes of a regime and period, and its sheets by stage and kind of row."""

    facts: Row
    sheets: Mapping[tuple[str, str], Reading]


def as_json(facts: Row) -> str:
    """What a rule looked at, written as tables write it."""
    return _ENCODER.encode(facts)


def sheets_of(book: Book, cell: int) -> dict[tuple[str, str], Reading]:
    """The sheets of a house as they stand in a cell, without those its regime lists nothing of."""
    compiled = [book.compiled(sheet, cell) for sheet in _SHEETS]
    return {
        (one.sheet.stage, one.sheet.shape.name): _reading(one) for one in compiled if one.outputs
    }


def _reading(compiled: CompiledSheet) -> Reading:
    outputs, bounds = compiled.outputs, compiled.bounds
    rules = (
        Fires(
            rule.code,
            rule.stage,
            rule.effect.value,
            rule.facts,
            tuple(name for name in rule.quotes if name in outputs),
        )
        for rule in compiled.rules
    )
    computed = tuple(name for name in outputs if name not in compiled.sheet.rules)
    wide = tuple(name for name in computed if not fits64(bounds[outputs[name]]))
    return Reading(compiled.single, tuple(rules), computed, wide)


@dataclass(slots=True)
class Work:
    """One house on its way: its row, its lines, what was found and with which effects."""

    cell: Cell
    house: Row
    lines: list[Row] = field(default_factory=list)
    findings: list[Row] = field(default_factory=list)
    effects: set[str] = field(default_factory=set)

    def found(self, line: int, rule: Fires, facts: Row) -> None:
        """Notes a finding; `line` 0 is the whole house."""
        self.effects.add(rule.effect)
        self.findings.append(
            {
                "parcel_id": self.house["parcel_id"],
                "line": line,
                "code": rule.code,
                "stage": rule.stage,
                "effect": rule.effect,
                "facts": as_json(facts),
            }
        )

    def run(self, sheet: Sheet, rows: Iterable[Row]) -> None:
        """Runs a sheet over rows: notes what fires, adds what is computed.

        Twin of `Book.run` and `passage.cells.with_computed`: what tables hold in 128 bits is kept
        within the bounds of amounts.
        """
        reading = self.cell.sheets.get((sheet.stage, sheet.shape.name))
        if reading is None:
            return
        for row in rows:
            outputs = reading.run(row)
            for rule in reading.rules:
                if outputs[rule.code]:
                    facts = {name: row[name] for name in rule.facts}
                    facts |= {name: outputs[name] for name in rule.quotes}
                    self.found(row["gnum"] if sheet.shape.of_lines else 0, rule, facts)
            for name in reading.computed:
                row[name] = outputs[name]
            for name in reading.wide:
                row[name] = max(-MAX_AMOUNT_E5, min(MAX_AMOUNT_E5, row[name]))
