"""A law book: all sheets of the journey, ready for one administration's law.

Law is unchanged within a *cell*: one regime in one period. Rows carry the number of their cell
and are decided cell by cell; cell -1 means that no regime covers the row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from silkport.kernel.periods import day_number
from silkport.law.compiled import Law, Regime
from silkport.law.sheet import CompiledSheet, Rule, Sheet, refuse_unknown_rules
from silkport.model.outcomes import FINDING

ANY_MODE = "*"
NO_CELL = -1

FINDING_SCHEMA = {
    column.name: pl.String if column.kind == "text" else pl.Int64 for column in FINDING.columns
}


@dataclass(frozen=True, slots=True)
class Ran:
    """What a sheet gave: computed columns for every row, and findings for some."""

    outputs: pl.DataFrame
    findings: pl.DataFrame


class Book:
    """Compiled sheets by cell, made when first needed."""

    def __init__(self, law: Law, sheets: Sequence[Sheet]) -> None:
        refuse_unknown_rules(law, tuple(sheets))
        self.law = law
        self.sheets = tuple(sheets)
        self.cells: list[tuple[Regime, tuple[date, date]]] = [
            (regime, period) for regime in law.regimes for period in law.unchanged_periods(regime)
        ]
        self._compiled: dict[tuple[str, str, int], CompiledSheet] = {}

    def cell_of(self, direction: str, trade_mode: str, day: int) -> int:
        """The cell of one row; NO_CELL when no regime covers it."""
        for number, (regime, (start, stop)) in enumerate(self.cells):
            named = trade_mode in regime.trade_modes or ANY_MODE in regime.trade_modes
            in_force = day_number(start) <= day < day_number(stop)
            if regime.direction == direction and named and in_force:
                return number
        return NO_CELL

    def cell_column(self) -> pl.Expr:
        """The cell of every row, from columns direction, trade_mode and decl_day."""
        found = pl.lit(NO_CELL, dtype=pl.Int64)
        for number, (regime, (start, stop)) in reversed(list(enumerate(self.cells))):
            covered = (pl.col("direction") == regime.direction) & pl.col("decl_day").is_between(
                day_number(start), day_number(stop), closed="left"
            )
            if ANY_MODE not in regime.trade_modes:
                covered &= pl.col("trade_mode").is_in(list(regime.trade_modes))
            found = pl.when(covered).then(pl.lit(number, dtype=pl.Int64)).otherwise(found)
        return found.alias("cell")

    def compiled(self, sheet: Sheet, cell: int) -> CompiledSheet:
        """`sheet` as it stands in `cell`."""
        key = (sheet.stage, sheet.shape.name, cell)
        if key not in self._compiled:
            regime, period = self.cells[cell]
            self._compiled[key] = sheet.compiled(self.law, regime, period)
        return self._compiled[key]

    def columns(self, shape: str, cells: Sequence[int]) -> set[str]:
        """Every column of rows of `shape` that some rule or computation in `cells` reads."""
        return {
            column
            for sheet in self.sheets
            if sheet.shape.name == shape
            for cell in cells
            if cell != NO_CELL
            for column in self.compiled(sheet, cell).columns
        }

    def run(self, sheet: Sheet, frame: pl.DataFrame) -> Ran:
        """Runs `sheet` over `frame`, cell by cell.

        Args:
            frame: columns cell, parcel_id, the columns the sheet reads, and for lines gnum.
        Returns: the computed columns for every row in the order of `frame` (0 where a cell does
            not compute one), and the findings.
        """
        cells = [cell for cell in frame["cell"].unique().sort().to_list() if cell != NO_CELL]
        alone = len(cells) == 1 and NO_CELL not in frame["cell"]
        parts: list[pl.DataFrame] = []
        findings: list[pl.DataFrame] = []
        for cell in cells:
            compiled = self.compiled(sheet, cell)
            if not compiled.outputs:
                continue
            wanted = sorted({"parcel_id", *compiled.columns, *_line_column(sheet)})
            rows = frame.select(wanted) if alone else _rows_of(frame, cell, wanted)
            result = compiled.bulk.run(rows)
            findings += _findings(sheet, compiled.rules, rows, result)
            computed = [name for name in compiled.outputs if name not in sheet.rules]
            if computed and "__at" in rows.columns:
                parts.append(result.select(computed).with_columns(rows["__at"]))
            elif computed:
                parts.append(result.select(computed))
        return Ran(_in_order(frame, parts), pl.concat([no_findings(), *findings]))


def _rows_of(frame: pl.DataFrame, cell: int, wanted: Sequence[str]) -> pl.DataFrame:
    """The rows of one cell with their places in `frame`, and only the columns it reads."""
    return (
        frame.lazy()
        .select("cell", *(name for name in wanted if name != "cell"))
        .with_row_index("__at")
        .filter(pl.col("cell") == cell)
        .drop("cell")
        .collect()
    )


def _line_column(sheet: Sheet) -> tuple[str, ...]:
    return ("gnum",) if sheet.shape.name == "line" else ()


def no_findings() -> pl.DataFrame:
    """An empty table of findings."""
    return pl.DataFrame(schema=FINDING_SCHEMA)


def _findings(
    sheet: Sheet, rules: Sequence[Rule], rows: pl.DataFrame, result: pl.DataFrame
) -> list[pl.DataFrame]:
    line = pl.col("gnum") if sheet.shape.name == "line" else pl.lit(0, dtype=pl.Int64)
    found = []
    for rule in rules:
        if not result[rule.code].any():
            continue
        facts = pl.struct(rule.facts).struct.json_encode() if rule.facts else pl.lit("{}")
        found.append(
            rows.select(list(dict.fromkeys(["parcel_id", *_line_column(sheet), *rule.facts])))
            .filter(result[rule.code])
            .select(
                "parcel_id",
                line.alias("line"),
                pl.lit(rule.code).alias("code"),
                pl.lit(rule.stage).alias("stage"),
                pl.lit(rule.effect.value).alias("effect"),
                facts.alias("facts"),
            )
        )
    return found


def _in_order(frame: pl.DataFrame, parts: list[pl.DataFrame]) -> pl.DataFrame:
    if not parts:
        return frame.select()
    if len(parts) == 1 and "__at" not in parts[0].columns:
        return parts[0]
    together = pl.concat(parts, how="diagonal")
    at = frame.select(pl.int_range(pl.len(), dtype=pl.get_index_type()).alias("__at"))
    joined = at.join(together, on="__at", how="left", maintain_order="left").drop("__at")
    return joined.with_columns(pl.all().fill_null(0))
