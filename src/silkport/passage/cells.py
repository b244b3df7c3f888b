"""What passages share: computed columns within their bounds, and what the law says of a cell."""

from __future__ import annotations

import polars as pl

from silkport.law.book import Book
from silkport.model.columns import MAX_AMOUNT_E5
from silkport.stages import assess, match, settle


def with_computed(
    rows: pl.DataFrame, outputs: pl.DataFrame, names: tuple[str, ...]
) -> pl.DataFrame:
    """Adds computed columns; 0 where no computation gave them.

    Amounts stay within the bounds of their columns; what is beyond them VAL002 refuses.
    """
    absent = [
        pl.lit(0, dtype=pl.Int64).alias(name)
        for name in names
        if name not in outputs.columns and name not in rows.columns
    ]
    bounded = [
        pl.col(name).clip(-MAX_AMOUNT_E5, MAX_AMOUNT_E5).cast(pl.Int64)
        for name, kind in outputs.schema.items()
        if kind == pl.Int128
    ]
    return rows.with_columns(outputs).with_columns(*absent, *bounded)


def cell_facts(book: Book) -> pl.DataFrame:
    """What a decision on a parcel quotes of its regime and period: annual limit and days."""
    rows = []
    for number in book.cells_for("parcel"):
        regime, period = book.cells[number]
        quota = settle.QUOTA in regime.stages.get("settle", ())
        days = {
            name: int(book.law.at(name, period[0], regime.code).value)
            for name in ("pending_days", "appeal_days", "refund_days")
        }
        limit = int(book.law.at("annual_limit", period[0], regime.code).value) if quota else 0
        about = {"regime": regime.code, "procedure": regime.procedure, "annual_limit": limit}
        arrives = "arrival_days" if match.ARRIVAL in regime.stages["match"] else "pending_days"
        days["arrival_days"] = int(book.law.at(arrives, period[0], regime.code).value)
        rows.append({"cell": number, **about, **days})
    schema = {
        "cell": pl.Int64,
        "regime": pl.String,
        "procedure": pl.String,
        "annual_limit": pl.Int64,
        "pending_days": pl.Int64,
        "arrival_days": pl.Int64,
        "appeal_days": pl.Int64,
        "refund_days": pl.Int64,
    }
    return pl.DataFrame(rows, schema=schema)


HOUSE_DAYS = ("appeal_days", "refund_days", "payment_days")


def house_facts(book: Book) -> pl.DataFrame:
    """What a decision on a house quotes of its regime and period: days, payments and their codes.

    `feature` says how payments stand at release: paid, secured or relieved; `fee_feature` likewise
    of the fee.
    """
    texts = {"feature": "payment_feature", "fee_feature": "fee_feature"}
    texts |= {f"code_{levy}": f"payment_code.{levy}" for levy in assess.HOUSE_LEVIES}
    rows = []
    for number in book.cells_for("house"):
        regime, period = book.cells[number]
        about: dict[str, str | int] = {"cell": number, "regime": regime.code}
        for name in HOUSE_DAYS:
            about[name] = int(book.law.at(name, period[0], regime.code).value)
        for name, text in texts.items():
            about[name] = str(book.law.at(text, period[0], regime.code).value)
        rows.append(about)
    schema: dict[str, type[pl.Int64] | type[pl.String]] = {"cell": pl.Int64, "regime": pl.String}
    schema |= dict.fromkeys(HOUSE_DAYS, pl.Int64) | dict.fromkeys(texts, pl.String)
    return pl.DataFrame(rows, schema=schema)
