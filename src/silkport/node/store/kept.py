"""What a store keeps: its tables, their schemas, and which of their rows count."""

from __future__ import annotations

import polars as pl

from silkport.kernel.ids import links
from silkport.model.columns import Kind, Table
from silkport.model.declarations import DECLARED_TABLES
from silkport.model.documents import DOCUMENT_TABLES
from silkport.model.outcomes import (
    ADJUSTMENT,
    ASSESSED,
    DECISION,
    DOCUMENT_STATUS,
    FINDING,
    QUOTA_ENTRY,
    TAX_LINE,
)
from silkport.model.records import MOVEMENT, RECORD_TABLES
from silkport.stages.declare import schema_of

KEPT_DOCUMENTS = (*DOCUMENT_TABLES, MOVEMENT)
KEPT_OUTCOMES = (DECISION, FINDING, TAX_LINE, QUOTA_ENTRY, DOCUMENT_STATUS)
KEPT_OF_HOUSES = (
    *DECLARED_TABLES,
    DECISION,
    FINDING,
    TAX_LINE,
    ASSESSED,
    DOCUMENT_STATUS,
    ADJUSTMENT,
)
"""Tables of commercial goods."""


def outcome_schema(table: Table) -> dict[str, pl.DataType]:
    """Column types of a table of outcomes."""
    return {c.name: pl.String() if c.kind == "text" else pl.Int64() for c in table.columns}


def absent_columns(table: Table, rows: pl.DataFrame) -> list[pl.Expr]:
    """Columns that older segments do not have yet: nothing was stated, or nothing was owed."""
    return [
        pl.col(column.name).fill_null(
            0 if table is DECISION and column.kind is Kind.AMOUNT else column.absent
        )
        for column in table.columns
        if column.name in rows.columns and rows[column.name].null_count()
    ]


def link_column(rows: pl.DataFrame) -> pl.Series:
    """The link of each row: as it stands, or from its order number or its parcel id."""
    if "link" in rows.columns:
        return rows["link"]
    if "parcel_id" not in rows.columns:
        return pl.Series("link", links(rows["order_no"].to_list()), dtype=pl.String)
    return rows["parcel_id"].str.split("-").list.last().str.slice(0, 8).alias("link")


def kept_schema(table: Table) -> dict[str, pl.DataType]:
    """Column types of a table as it is kept, without its link."""
    numbered = table in (*DOCUMENT_TABLES, *DECLARED_TABLES, *RECORD_TABLES)
    return schema_of(table) if numbered else outcome_schema(table)


def latest(kept: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Of each parcel the latest decision, with the findings and tax lines of the same batch."""
    decisions = kept[DECISION.name].sort("batch").unique("parcel_id", keep="last")
    newest = decisions.select("parcel_id", "batch")
    kept[DECISION.name] = decisions.sort("parcel_id")
    for table in (FINDING, TAX_LINE, ASSESSED):
        if table.name not in kept:
            continue
        kept[table.name] = kept[table.name].join(newest, on=["parcel_id", "batch"], how="semi")
    return {name: rows.drop("batch") for name, rows in kept.items()}
