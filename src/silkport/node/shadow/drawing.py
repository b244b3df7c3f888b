"""The random draw left out: whom it takes is chance, and no difference between two systems."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import polars as pl

from silkport.kernel.periods import day_of
from silkport.law.book import Book
from silkport.law.expression import columns_of
from silkport.node.proof.speaking import RULES

DRAWN = tuple(code for code, rule in RULES.items() if "draw_ppm" in columns_of(rule.fires))
"""The rules that fire by lot."""


def without_draw(
    decisions: pl.DataFrame, findings: pl.DataFrame, book: Book
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Decisions and findings as they are where nobody is drawn.

    What is held for nothing but the lot is released; what other criteria hold stays held.
    """
    taken = findings.filter(pl.col("code").is_in(DRAWN)).select("parcel_id", "code")
    others = findings.filter(pl.col("effect") == "hold").select("parcel_id")
    held = decisions.filter(pl.col("outcome") == "held").join(taken, on="parcel_id")
    held = held.join(others, on="parcel_id", how="anti")
    freed = pl.Series("parcel_id", list(_freed(held, book)), dtype=pl.String)
    by_lot = pl.col("parcel_id").is_in(freed.implode())
    outcome = pl.when(by_lot).then(pl.lit("released")).otherwise("outcome").alias("outcome")
    return decisions.with_columns(outcome), findings.filter(~pl.col("code").is_in(DRAWN))


def _freed(held: pl.DataFrame, book: Book) -> Iterator[str]:
    @cache
    def value(name: str, day: int, regime: str) -> int:
        return int(book.law.at(name, day_of(day), regime).value)

    columns = ("parcel_id", "code", "decl_day", "regime", "risk_score")
    for parcel_id, code, day, regime, score in held.select(columns).iter_rows():
        if score - value(f"weight_{code}", day, regime) < value("yellow_from", day, regime):
            yield parcel_id
