"""Repeated heads of the flat table: which rows are one document, and whether they agree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from silkport.formats.reading import LINE_OF, NUMBER_WITHOUT_ORDER, TABLES, Notes
from silkport.formats.spelling import spell
from silkport.model.columns import MISSING

Parsed = dict[str, dict[str, pl.Series]]
"""Columns in internal form, by table and name."""


@dataclass(frozen=True, slots=True)
class Run:
    """The rows that hold one head table, and which of them begin a document."""

    table: str
    rows: pl.Series
    """Indices of the rows with a head."""
    begins: pl.Series
    """Among `rows`, those that begin a document."""
    first_row: pl.Series
    """For every row of the chunk, the index of the row its document began in."""

    @classmethod
    def of(
        cls, table: str, parsed: Parsed, filled: Mapping[str, pl.Series], orders: pl.Series
    ) -> Run:
        """Finds the documents: a row continues the row before it when order and guid agree.

        Where there is no order number, the numbers that stand for it have to agree.
        """
        columns = parsed[table]
        held = filled[table]
        same = held & held.shift(1, fill_value=False) & (orders == orders.shift(1))
        for name in ("order_no", "guid"):
            if name in columns:
                same = same & (columns[name] == columns[name].shift(1))
        for name in (NUMBER_WITHOUT_ORDER.get(table, ""), "cop_no"):
            number = columns.get(name)
            if number is not None:
                same = same & ((orders != "") | (number == number.shift(1)))
        same = same.fill_null(False)
        if same.any():
            same = same & ~_sent_again(table, parsed, same)
        begins = held & ~same
        index = pl.int_range(held.len(), eager=True)
        first = index.zip_with(begins, pl.repeat(0, held.len(), eager=True)).cum_max()
        rows = held.arg_true()
        return cls(table, rows, begins.gather(rows), first)


def _sent_again(table: str, parsed: Parsed, same: pl.Series) -> pl.Series:
    """Rows that do not continue a document but repeat it: a message sent twice.

    Such a row begins with the line the document began with, or is in all tables equal to the
    row before it.
    """
    index = pl.int_range(same.len(), eager=True)
    first = index.zip_with(~same, pl.repeat(0, same.len(), eager=True)).cum_max()
    line = LINE_OF.get(table, "")
    if line in parsed and "gnum" in parsed[line]:
        number = parsed[line]["gnum"]
        candidates = same & (number == number.gather(first)) & (number != MISSING)
        compared = [*parsed[table].values(), *parsed[line].values()]
        return _equal_rows(candidates, first, compared)
    by_lines_first = sorted(parsed, key=lambda name: name not in LINE_OF.values())
    everything = [series for name in by_lines_first for series in parsed[name].values()]
    return _equal_rows(same, (index - 1).clip(0), everything)


def _equal_rows(candidates: pl.Series, other: pl.Series, columns: list[pl.Series]) -> pl.Series:
    """The candidates that equal, in all `columns`, the row whose index `other` names."""
    rows = candidates.arg_true()
    for series in columns:
        if not rows.len():
            break
        rows = rows.filter(series.gather(rows) == series.gather(other.gather(rows)))
    equal = pl.repeat(False, candidates.len(), dtype=pl.Boolean, eager=True)
    return equal.scatter(rows, True) if rows.len() else equal


def compare_heads(
    run: Run, columns: Mapping[str, pl.Series], positions: pl.Series, notes: Notes
) -> None:
    """Notes every repeated head cell that differs from the first row of its document."""
    again = run.rows.filter(~run.begins)
    if not again.len():
        return
    first = run.first_row.gather(again)
    cells = pl.DataFrame(dict(columns))
    here, there = cells.select(pl.all().gather(again)), cells.select(pl.all().gather(first))
    unlike = here.select(pl.col(name) != there[name] for name in columns)
    for differs in unlike:
        if not differs.any():
            continue
        column = TABLES[run.table].column(differs.name)
        listed = differs.arg_true().head(max(notes.room, 0))
        notes.unlisted(int(differs.sum()) - listed.len())
        for at in listed.to_list():
            row = int(positions[int(first[at])])
            before = spell(there[column.name].slice(at, 1), column)[0]
            notes.problem(
                "RDG005",
                position=int(positions[int(again[at])]),
                column=f"{run.table}.{column.outside}",
                read=spell(here[column.name].slice(at, 1), column)[0],
                expected=f"{before[:60]!r} as in row {row}",
                order_no=str(columns["order_no"][int(again[at])]),
            )
