"""Replay: every old decision once more under the law that it was made with, and what differs.

Goods lines are recomputed from what was stored with them, many at a time; decisions whose lines
were not written, those on parcels among them, from their documents in the home. Outcomes are not
compared: they depend on what was around a decision, on the buyer's year and the neighbours, which
no document tells. Amounts do not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from silkport.law.book import Book
from silkport.model.outcomes import ASSESSED, ASSESSED_AMOUNTS
from silkport.node.proof.agreeing import DIFFERENCE, disagreements, disagreements_of_documents
from silkport.node.proof.recomputing import Lacking, Laws, assessed, by_edition, fees, valued
from silkport.node.proof.rereading import of_home, reread, without_lines
from silkport.node.proof.written import is_home, written

Progress = Callable[[str, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What a replay found.

    `decisions` were recomputed, and with them `lines` goods lines from what was stored of them;
    `differences` has the columns of DIFFERENCE; `lacking` says what could not be recomputed.
    """

    decisions: int
    lines: int
    differences: pl.DataFrame
    lacking: list[dict[str, str | int]]

    @property
    def same(self) -> bool:
        """Whether every decision was recomputed and none differs."""
        return self.differences.is_empty() and not self.lacking


def replay(path: Path, *, home: Path, administration: str = "", progress: Progress) -> Replayed:
    """Recomputes old decisions under the law they were made with.

    Args:
        path: a folder that `clear` wrote, one of its files, or a home: then the latest decision on
            each parcel and house in it.
        home: where the editions of law and the documents of parcels are kept.
        administration: only its decisions; empty for all.
    Raises UnreadableFile for what holds no decisions or is damaged, StoreError.
    """
    laws, lacking = Laws(home), Lacking()
    found = [pl.DataFrame(schema=DIFFERENCE)]
    decisions = lines = 0
    if is_home(path):
        others = of_home(path, administration)
    else:
        tables = written(path, administration)
        seen = [pl.Series("parcel_id", [], dtype=pl.String)]
        for rows in tables.houses():
            for book, then in by_edition(rows, laws, lacking):
                found += _differences(then, book)
                decisions += then["parcel_id"].n_unique()
                lines += then.height
                progress("replaying goods lines", lines)
            seen.append(rows["parcel_id"].unique())
        progress("comparing the tables", lines)
        found += disagreements(tables, pl.concat(found))
        others = without_lines(tables, pl.concat(seen))
    for some in others:
        for again in reread(home, some.decisions, laws, lacking):
            decisions += again.decisions.height
            found += disagreements_of_documents(again, some.tax_lines)
            progress("replaying documents", decisions)
    differences = pl.concat(found).sort("parcel_id", "line", "levy", "found_in")
    return Replayed(
        decisions=decisions, lines=lines, differences=differences, lacking=lacking.rows()
    )


def _differences(then: pl.DataFrame, book: Book) -> list[pl.DataFrame]:
    """Amounts stored with goods lines that come out otherwise under `book`."""
    now = assessed(valued(then, book), book)
    found = []
    for name in ASSESSED_AMOUNTS:
        off = then[name] != now[name]
        if off.any():
            rows = then.with_columns(now[name].alias("now_minor")).filter(off)
            levy = name.removesuffix("_minor")
            found.append(_as_differences(rows, "gnum", pl.col("hs_code"), levy, then=name))
    houses = fees(then, book).with_columns(pl.lit(0, dtype=pl.Int64).alias("line"))
    off_fees = houses.filter(pl.col("shares_minor") != pl.col("fee_minor"))
    off_fees = off_fees.with_columns(pl.col("fee_minor").alias("now_minor"))
    found.append(_as_differences(off_fees, "line", pl.lit(""), "fee", then="shares_minor"))
    return found


def _as_differences(
    rows: pl.DataFrame, line: str, hs_code: pl.Expr, levy: str, *, then: str
) -> pl.DataFrame:
    return rows.select(
        "parcel_id",
        pl.col(line).alias("line"),
        hs_code.alias("hs_code"),
        pl.lit(levy).alias("levy"),
        pl.col(then).alias("then_minor"),
        "now_minor",
        pl.lit(ASSESSED.name).alias("found_in"),
    )
