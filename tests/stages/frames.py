"""Tables of documents for tests of frame code, from rows that state only what matters."""

from __future__ import annotations

from typing import Any

import polars as pl

from silkport.model.columns import Table
from silkport.stages.declare import NUMBERED, schema_of

RECEIVED = next(name for name in NUMBERED if name != "doc")
SEEDS = range(25)
Rows = list[dict[str, Any]]


def empty(table: Table) -> dict[str, Any]:
    return {column.name: column.absent for column in table.columns} | {"doc": 0, RECEIVED: 1}


def table_of(table: Table, rows: Rows) -> pl.DataFrame:
    return pl.DataFrame([empty(table) | row for row in rows], schema=schema_of(table))
