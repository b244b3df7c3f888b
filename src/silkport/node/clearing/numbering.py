"""Numbering: the pre-entry and inventory numbers of parcels that were declared by message.

A parcel keeps the number it was given, whatever happens to it later. How a number is built is
data of the administration; one that has none gives none.
"""

from __future__ import annotations

import polars as pl

from silkport.kernel.periods import day_of
from silkport.law.book import Book
from silkport.node.store.segments import Store

DIGITS = 9
"""Digits that count within what stands before them."""

PRE_ENTRY, INVENTORY = "pre_entry_number", "inventory_number"
"""Parameters of the administration that say how a number is built."""

STORED = ("released", "held", "pending")
"""Outcomes with which an inventory gets its number; without it nobody could cancel a parcel that
is waited for, because a cancellation must name it."""


def with_numbers(
    decisions: pl.DataFrame,
    inventories: pl.DataFrame,
    earlier: pl.DataFrame,
    store: Store,
    book: Book,
) -> pl.DataFrame:
    """Decisions with pre_no and invt_no.

    Args:
        inventories: the current ones, with message, pre_no, invt_no, customs_code and flow.
        earlier: what was decided before on the same parcels.
    """
    declared = inventories.filter(pl.col("message") != "").select(
        "ebc_code", "order_no", "customs_code", "flow", own_pre="pre_no", own_invt="invt_no"
    )
    if declared.is_empty() or decisions.is_empty():
        return decisions
    before = earlier.select("parcel_id", old_pre="pre_no", old_invt="invt_no")
    rows = decisions.join(
        declared, on=["ebc_code", "order_no"], how="left", maintain_order="left"
    ).join(before, on="parcel_id", how="left", maintain_order="left")
    by_message = pl.col("flow").is_not_null()
    rows = rows.with_columns(
        _first("old_pre", "own_pre").alias("pre_no"),
        _first("old_invt", "own_invt").alias("invt_no"),
    )
    for name, param, wanted in (
        ("pre_no", PRE_ENTRY, by_message),
        ("invt_no", INVENTORY, by_message & pl.col("outcome").is_in(STORED)),
    ):
        if param in book.law.params:
            lacking = wanted & (pl.col(name) == "")
            rows = _numbered(rows, name, param, lacking, store, book)
    return rows.select(decisions.columns)


def _first(given: str, own: str) -> pl.Expr:
    """The number given before, else the one the declarant states."""
    return pl.when(pl.col(given) != "").then(given).otherwise(pl.col(own)).fill_null("")


def _numbered(
    rows: pl.DataFrame, name: str, param: str, lacking: pl.Expr, store: Store, book: Book
) -> pl.DataFrame:
    """Gives the rows that lack a number the next ones after what stands before them."""
    rows = rows.with_columns(lacking.alias("__lacking")).with_row_index("__row")
    asked = rows.filter("__lacking").select(
        "__row", "processing_day", "customs_code", "flow", "parcel_id"
    )
    given: list[pl.DataFrame] = []
    keys = ["processing_day", "customs_code", "flow"]
    for (number, office, flow), part in asked.partition_by(keys, as_dict=True).items():
        day = day_of(int(str(number)))
        built = str(book.law.at(param, day).value)
        before = built.format(
            day=f"{day:%Y%m%d}", year=f"{day:%Y}", office=office, flow=flow, number=""
        )
        first = store.allocate(before, part.height)
        turns = pl.int_range(first, first + part.height, eager=True).cast(pl.String)
        numbers = pl.Series(before + turns.str.zfill(DIGITS)).alias("__number")
        given.append(part.select("__row", numbers))
    if not given:
        return rows.drop("__row", "__lacking")
    joined = rows.join(pl.concat(given), on="__row", how="left", maintain_order="left")
    return joined.with_columns(pl.coalesce("__number", name).alias(name)).drop(
        "__row", "__lacking", "__number"
    )
