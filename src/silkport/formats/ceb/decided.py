"""What China's receipts and tax bills say was decided and charged on parcels.

A receipt names a parcel by its order, by the declarant's own number or by the number customs
gave; a bill by the last alone, which the receipts tie to the others. `decided.csv` says which
status is which outcome; one that is not in it (stored, awaiting arrival, closed) decides nothing.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import polars as pl

from silkport.formats.ceb.statuses import ERROR, TIME
from silkport.formats.reading import schema_of
from silkport.model.columns import MISSING, Table
from silkport.model.decided import CHARGED, DECIDED

ANSWERS = ("CEB604", "CEB622")
"""Receipts for inventories, export and import: they decide on a parcel."""

_VOID = "3"
_LEVIES = ("duty", "vat", "excise")
_NAMES = ("order", "own", "given")


@cache
def outcomes() -> Mapping[str, str]:
    """The outcome of each return status that decides; `-` stands for every error."""
    text = (files("silkport.formats.ceb") / "decided.csv").read_text(encoding="utf-8")
    return {row["return_status"]: row["outcome"] for row in csv.DictReader(text.splitlines())}


def decided_parcels(
    inventories: pl.DataFrame, receipts: pl.DataFrame, bills: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What was decided and charged on parcels: rows of DECIDED and of CHARGED.

    Of several receipts for one parcel the latest that decides counts. What names no parcel of
    `inventories` is told under the number it states.

    Args:
        inventories: ebc_code, order_no, agent_code, cop_no, invt_no.
        receipts, bills: rows of the tables of receipts and tax bills, or some columns of them.
    """
    answers = receipts.filter(pl.col("message").is_in(ANSWERS))
    keys = _keys(inventories)
    tied = _tied(answers, keys)
    return _decisions(tied), _charges(bills, keys, tied)


def _keys(inventories: pl.DataFrame) -> pl.DataFrame:
    """What each parcel is named by: name, declarant and number; a name of two parcels is none."""
    named = inventories.select(*_said(inventories), declarant="ebc_code", number="order_no")
    parts = [
        named.select(pl.col(name).alias("name"), "declarant", "number").filter(pl.col("name") != "")
        for name in _NAMES
    ]
    return pl.concat(parts).unique().unique("name", keep="none").sort("name")


def _said(rows: pl.DataFrame) -> list[pl.Expr]:
    """The names a row states, best first; empty where it does not."""
    parts = {
        "order": ("O", "ebc_code", "order_no"),
        "own": ("C", "agent_code", "cop_no"),
        "given": ("I", "", "invt_no"),
    }
    said = []
    for name, (sort, whose, number) in parts.items():
        if number in rows.columns:
            owner = pl.col(whose) if whose else pl.lit("")
            text = pl.concat_str(pl.lit(sort), owner, number, separator=" ")
            said.append(pl.when(pl.col(number) != "").then(text).otherwise(pl.lit("")).alias(name))
    return said


def _tied(answers: pl.DataFrame, keys: pl.DataFrame) -> pl.DataFrame:
    """Receipts with the parcel each is for; its own number where no parcel is known."""
    rows = answers.with_columns(_said(answers))
    for name in _NAMES:
        known = keys.rename({"declarant": f"{name}_declarant", "number": f"{name}_number"})
        rows = rows.join(known, left_on=name, right_on="name", how="left", maintain_order="left")
    stated = [pl.when(pl.col(x) != "").then(x) for x in ("order_no", "cop_no", "invt_no")]
    return rows.with_columns(
        pl.coalesce(*(f"{name}_declarant" for name in _NAMES), pl.lit("")).alias("declarant"),
        pl.coalesce(*(f"{name}_number" for name in _NAMES), *stated, pl.lit("")).alias("number"),
    )


def _decisions(tied: pl.DataFrame) -> pl.DataFrame:
    is_error = pl.col("return_status").str.starts_with(ERROR)
    status = pl.when(is_error).then(pl.lit(ERROR)).otherwise("return_status")
    rows = tied.with_columns(
        status.replace_strict(dict(outcomes()), default="").alias("outcome"),
        (~is_error).alias("whole"),
        pl.col("return_time").str.contains(TIME).alias("sure"),
    ).filter(pl.col("outcome") != "")
    order = ["whole", "sure", "return_time", "return_status", "return_info"]
    last = rows.sort(*order).unique(["declarant", "number"], keep="last", maintain_order=True)
    day = pl.col("return_time").str.slice(0, 8).str.to_date("%Y%m%d", strict=False)
    days = day.to_physical().cast(pl.Int64).fill_null(MISSING)
    return _shaped(
        last.select(
            "number",
            "declarant",
            "outcome",
            pl.when("sure").then(days).otherwise(MISSING).alias("day"),
            pl.col("return_info").str.slice(0, 1000).alias("reason"),
            pl.lit("").alias("source"),
            pl.lit(0, dtype=pl.Int64).alias("position"),
        ),
        DECIDED,
    )


def _charges(bills: pl.DataFrame, keys: pl.DataFrame, tied: pl.DataFrame) -> pl.DataFrame:
    """Each levy of each bill that is not void, the whole of it."""
    void = bills.filter(pl.col("status") == _VOID).select("invt_no", "tax_no")
    stated = bills.filter(pl.any_horizontal(pl.col(f"{levy}_e5") >= 0 for levy in _LEVIES))
    stands = stated.join(void, on=["invt_no", "tax_no"], how="anti")
    last = stands.sort("return_time").unique(
        ["invt_no", "tax_no"], keep="last", maintain_order=True
    )
    numbers = keys.filter(pl.col("name").str.starts_with("I "))
    given = tied.filter(pl.col("invt_no") != "").select(
        pl.concat_str(pl.lit("I"), pl.lit(""), "invt_no", separator=" ").alias("name"),
        "declarant",
        "number",
    )
    names = pl.concat([numbers, given.select(numbers.columns)]).unique("name", keep="first")
    own = last.with_columns(_said(last)).join(
        names, left_on="given", right_on="name", how="left", maintain_order="left"
    )
    known = own.with_columns(
        pl.col("declarant").fill_null(""), pl.coalesce("number", "invt_no").alias("number")
    )
    parts = [
        known.select(
            "number",
            "declarant",
            pl.lit(0, dtype=pl.Int64).alias("line"),
            pl.lit(levy).alias("levy"),
            pl.max_horizontal(pl.col(f"{levy}_e5"), 0).alias("amount_e5"),
            pl.lit("").alias("source"),
            pl.lit(0, dtype=pl.Int64).alias("position"),
        )
        for levy in _LEVIES
    ]
    return _shaped(pl.concat(parts), CHARGED)


def _shaped(rows: pl.DataFrame, table: Table) -> pl.DataFrame:
    """All columns of a table in order; those that are not there are absent."""
    schema = schema_of(table)
    absent = [
        pl.lit(one.absent, dtype=schema[one.name]).alias(one.name)
        for one in table.columns
        if one.name not in rows.columns
    ]
    return rows.with_columns(absent).select(list(schema))
