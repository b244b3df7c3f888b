"""A law book: all sheets of the journey, ready for one administration's law.

Law is unchanged within a *cell*: one regime in one period. Rows carry the number of their cell
and are decided cell by cell; cell -1 means that no regime covers the row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from silkport.kernel.periods import day_number
from silkport.law.bulk import Bulk
from silkport.law.compiled import Law, Regime
from silkport.law.expression import columns_of, params_of
from silkport.law.sheet import CompiledSheet, Rule, Sheet, refuse_unknown_rules
from silkport.model.outcomes import FINDING

ANY_MODE = "*"
ANY_DIRECTION = "any"
_FAMILIES = ("rounding", "payment_code")
"""What stands before the dot of parameters that are for every regime."""

_QUOTED = ("_days", "annual_limit", "_feature")
"""Endings of parameters that decisions quote, whatever rules their regime lists."""
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
        reads = list(self._reads())
        self.cells: list[tuple[Regime, tuple[date, date]]] = [
            (regime, period)
            for regime in law.regimes
            for period in law.unchanged_periods(regime, self._elsewhere(regime, reads))
        ]
        self._compiled: dict[tuple[str, str, int], CompiledSheet] = {}
        self._parts: dict[tuple[str, str, int, tuple[str, ...]], tuple[Bulk, list[str]]] = {}

    def _reads(self) -> Iterator[tuple[str, set[str]]]:
        """Of every rule and computation its code, and the names that it reads; a rule's own too."""
        for sheet in self.sheets:
            for code, rule in sheet.rules.items():
                yield code, {code, *params_of(rule.fires)}
            for code, computation in sheet.computations.items():
                yield code, {p for one in computation.outputs.values() for p in params_of(one)}

    def _elsewhere(self, regime: Regime, reads: Sequence[tuple[str, set[str]]]) -> frozenset[str]:
        """Rules that `regime` does not list, and parameters that only they read.

        A parameter that no sheet reads may concern every regime. One for a regime alone carries
        its name.
        """
        listed = {code for codes in regime.stages.values() for code in codes}
        here: set[str] = set()
        others: set[str] = set()
        for code, names in reads:
            (here if code in listed else others).update(names)
        own = f"{regime.code}."
        foreign = {name for name in self.law.params if "." in name and not name.startswith(own)} - {
            name for name in self.law.params if name.partition(".")[0] in _FAMILIES
        }
        alone = {name for name in others - here if not name.endswith(_QUOTED)}
        return frozenset(alone | foreign)

    def cell_of(self, direction: str, trade_mode: str, day: int, declares: str = "parcel") -> int:
        """The cell of one row; NO_CELL when no regime covers it."""
        for number, (regime, (start, stop)) in enumerate(self.cells):
            named = trade_mode in regime.trade_modes or ANY_MODE in regime.trade_modes
            in_force = day_number(start) <= day < day_number(stop)
            directed = regime.direction in (direction, ANY_DIRECTION)
            if regime.declares == declares and directed and named and in_force:
                return number
        return NO_CELL

    def cell_in(self, regime: str, day: int) -> int:
        """The cell of a regime on a day; NO_CELL when there is none."""
        for number, (one, (start, stop)) in enumerate(self.cells):
            if one.code == regime and day_number(start) <= day < day_number(stop):
                return number
        return NO_CELL

    def cells_for(self, declares: str) -> list[int]:
        """The cells of one kind of row, `parcel` or `house`."""
        return [n for n, (regime, _) in enumerate(self.cells) if regime.declares == declares]

    def cell_column(self, declares: str = "parcel") -> pl.Expr:
        """The cell of every row, from columns direction, trade_mode and decl_day."""
        found = pl.lit(NO_CELL, dtype=pl.Int64)
        for number in reversed(self.cells_for(declares)):
            regime, (start, stop) = self.cells[number]
            covered = pl.col("decl_day").is_between(
                day_number(start), day_number(stop), closed="left"
            )
            if regime.direction != ANY_DIRECTION:
                covered &= pl.col("direction") == regime.direction
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

    def work_out(self, sheet: Sheet, frame: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
        """Nothing but the outputs `names` of `sheet` over `frame`, cell by cell.

        Args:
            frame: column cell, and those from which the outputs are worked out.
            names: computed columns, and codes of rules: 1 where one fires.
        Returns: those that some cell has, for every row in the order of `frame`; 0 where its own
            cell has none.
        """
        cells = [cell for cell in frame["cell"].unique().sort().to_list() if cell != NO_CELL]
        alone = len(cells) == 1 and NO_CELL not in frame["cell"]
        parts: list[pl.DataFrame] = []
        for cell in cells:
            bulk, wanted = self._part(sheet, cell, tuple(names))
            rows = frame.select("cell", *wanted) if alone else _rows_of(frame, cell, wanted)
            worked = bulk.run(rows).with_columns(pl.col(pl.Boolean).cast(pl.Int64))
            if not worked.columns:
                continue
            if worked.height == 1:  # what is the same for every row comes once
                again = pl.zeros(rows.height, dtype=pl.get_index_type())
                worked = worked.select(pl.all().gather(again))
            parts.append(worked if alone else worked.with_columns(rows["__at"]))
        return _in_order(frame, parts)

    def _part(self, sheet: Sheet, cell: int, names: tuple[str, ...]) -> tuple[Bulk, list[str]]:
        """Some outputs of a sheet in a cell, compiled by themselves, and the columns they read."""
        key = (sheet.stage, sheet.shape.name, cell, names)
        if key not in self._parts:
            whole = self.compiled(sheet, cell)
            some = {name: whole.outputs[name] for name in names if name in whole.outputs}
            read = {column for output in some.values() for column in columns_of(output)}
            bulk = Bulk(some, whole.law.tables, whole.law.lists, whole.bounds)
            self._parts[key] = (bulk, sorted(read))
        return self._parts[key]


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
    return ("gnum",) if sheet.shape.of_lines else ()


def no_findings() -> pl.DataFrame:
    """An empty table of findings."""
    return pl.DataFrame(schema=FINDING_SCHEMA)


def _findings(
    sheet: Sheet, rules: Sequence[Rule], rows: pl.DataFrame, result: pl.DataFrame
) -> list[pl.DataFrame]:
    line = pl.col("gnum") if sheet.shape.of_lines else pl.lit(0, dtype=pl.Int64)
    found = []
    for rule in rules:
        if not result[rule.code].any():
            continue
        quoted = [name for name in rule.quotes if name in result.columns]
        told = [*rule.facts, *quoted]
        facts = pl.struct(told).struct.json_encode() if told else pl.lit("{}")
        found.append(
            rows.select(
                list(dict.fromkeys(["parcel_id", *_line_column(sheet), *rule.facts])),
            )
            .with_columns(result[name] for name in quoted)
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
    together = pl.concat(parts, how="diagonal_relaxed")
    at = frame.select(pl.int_range(pl.len(), dtype=pl.get_index_type()).alias("__at"))
    joined = at.join(together, on="__at", how="left", maintain_order="left").drop("__at")
    return joined.with_columns(pl.all().fill_null(0))
