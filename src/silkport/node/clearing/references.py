"""References: how documents without an order number find the parcels they belong to.

Export waybills, movements and cancellations of exports name a waybill or an inventory number, and
so do receipts, tax bills and summaries. They are kept under a loose link, made from what they
name; whoever knows a parcel knows its references, and so finds them.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from silkport.kernel.ids import link_of, links
from silkport.model.records import RECORD_TABLES

LOOSE = "~"
"""First character of a loose link: it sorts behind every link of an order."""

LOOSE_TABLES = ("waybill", "movement", "withdrawal", "withdrawal_line")
"""Tables of documents that may lack an order number and yet bear on a decision."""

RECORDS = tuple(table.name for table in RECORD_TABLES if table.name not in LOOSE_TABLES)
"""Tables that follow a parcel and never bear on its decision."""


def waybill_reference(carrier: str = "logistics_code", number: str = "logistics_no") -> pl.Expr:
    """A waybill as a reference; empty where no number is stated."""
    return _said("W", pl.col(carrier), pl.col(number))


def inventory_reference(number: str = "invt_no") -> pl.Expr:
    """An inventory as a reference, by the number customs gave it; empty where there is none."""
    return _said("I", pl.lit(""), pl.col(number))


def _said(sort: str, whose: pl.Expr, number: pl.Expr) -> pl.Expr:
    text = pl.concat_str([pl.lit(sort), whose, number], separator=" ")
    return pl.when(number != "").then(text).otherwise(pl.lit(""))


REFERENCES: Mapping[str, pl.Expr] = {
    "waybill": waybill_reference(),
    "inventory": inventory_reference(),
    "declarant": _said("C", pl.col("agent_code"), pl.col("cop_no")),
    "unnamed": _said("C", pl.lit(""), pl.col("cop_no")),
    "payment": _said("P", pl.col("pay_code"), pl.col("pay_transaction_id")),
}
"""What others may name a parcel by, beside its order number."""

_OF_TABLE: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "waybill": (("W", "logistics_code", "logistics_no"),),
    "movement": (("W", "logistics_code", "logistics_no"),),
    "withdrawal": (("I", "", "invt_no"),),
    "receipt": (
        ("P", "pay_code", "pay_transaction_id"),
        ("W", "logistics_code", "logistics_no"),
        ("C", "agent_code", "cop_no"),
        ("I", "", "invt_no"),
        ("G", "", "guid"),
    ),
    "tax_bill": (("I", "", "invt_no"), ("G", "", "guid")),
    "summary": (("I", "", "invt_no"), ("C", "", "cop_no"), ("G", "", "guid")),
    "transmission": (("G", "", "guid"),),
}
"""What a row refers to: the first of these that it states; by sort, owner and number."""


def reference_of(table: str) -> pl.Expr:
    """What each row of a table refers to, as text; empty where it refers to nothing."""
    said = [
        _said(sort, pl.col(whose) if whose else pl.lit(""), pl.col(number))
        for sort, whose, number in _OF_TABLE[table]
    ]
    stated = [pl.when(one != "").then(one) for one in said]
    return pl.coalesce(*stated, pl.lit("")).alias("reference")


def loose_links(references: pl.Series) -> pl.Series:
    """The loose link of each reference."""
    different = references.unique().to_list()
    made = {one: LOOSE + link_of(one) for one in different}
    return references.replace_strict(made, return_dtype=pl.String).alias("link")


def with_links(table: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Rows with their link: of the order where one is stated, else of what they refer to."""
    loose = loose_links(rows.select(reference_of(table)).to_series())
    if "order_no" not in rows.columns:
        return rows.with_columns(loose)
    linked = pl.Series("link", links(rows["order_no"].to_list()), dtype=pl.String)
    return rows.with_columns(linked.zip_with(rows["order_no"] != "", loose))


def references_of_parcels(inventories: pl.DataFrame, decisions: pl.DataFrame) -> pl.Series:
    """Loose links under which documents of these parcels may be kept.

    Args:
        inventories: columns logistics_code, logistics_no, invt_no.
        decisions: column invt_no, the numbers this node gave.
    """
    said = [
        inventories.select(waybill_reference().alias("reference")),
        inventories.select(inventory_reference().alias("reference")),
        decisions.select(inventory_reference().alias("reference")),
    ]
    every = pl.concat(said).to_series().unique()
    return loose_links(every.filter(every != ""))


def with_orders(
    rows: pl.DataFrame, inventories: pl.DataFrame, decisions: pl.DataFrame
) -> pl.DataFrame:
    """Withdrawals with the order of the inventory whose number and merchant they name.

    Numbers follow each other, so a number alone gives nobody a hold on another merchant's parcel.
    """
    if rows.is_empty() or not (rows["order_no"] == "").any():
        return rows
    key = ["invt_no", "ebc_code"]
    named = pl.concat(
        [
            one.filter(pl.col("invt_no") != "").select(*key, pl.col("order_no").alias("__order"))
            for one in (decisions, inventories)
        ]
    ).unique(key, keep="first", maintain_order=True)
    joined = rows.join(named, on=key, how="left", maintain_order="left")
    found = (pl.col("order_no") == "") & pl.col("__order").is_not_null()
    order = pl.when(found).then("__order").otherwise("order_no").alias("order_no")
    return joined.with_columns(order).drop("__order")


def linked_to_orders(
    incoming: Mapping[str, pl.DataFrame], known: Mapping[str, pl.DataFrame]
) -> dict[str, pl.DataFrame]:
    """Incoming documents; loose ones get the link of the parcel they name, where it is here.

    A withdrawal gets the order number of its inventory as well.
    """
    linked = dict(incoming)
    if not any(_has_loose(name, incoming) for name in LOOSE_TABLES):
        return linked
    both = [tables["inventory"] for tables in (incoming, known) if "inventory" in tables]
    columns = ["logistics_code", "logistics_no", "invt_no", "order_no", "ebc_code"]
    inventories = pl.concat([rows.select(columns) for rows in both])
    for name in ("waybill", "movement"):
        if _has_loose(name, linked):
            linked[name] = _to_order_of_waybill(linked[name], inventories)
    if _has_loose("withdrawal", linked):
        rows = with_orders(linked["withdrawal"], inventories, known["decisions"])
        linked["withdrawal"] = with_links("withdrawal", rows.drop("link"))
        if "withdrawal_line" in linked:
            owners = linked["withdrawal"].select("doc", "link", "order_no", "ebc_code")
            lines = linked["withdrawal_line"].drop("link", "order_no", "ebc_code")
            own = lines.join(owners, on="doc", how="left", maintain_order="left")
            linked["withdrawal_line"] = own.select(linked["withdrawal_line"].columns)
    return linked


def _has_loose(name: str, tables: Mapping[str, pl.DataFrame]) -> bool:
    return name in tables and bool(tables[name]["link"].str.starts_with(LOOSE).any())


def _to_order_of_waybill(rows: pl.DataFrame, inventories: pl.DataFrame) -> pl.DataFrame:
    keys = ["logistics_code", "logistics_no"]
    named = inventories.join(rows.select(keys).unique(), on=keys, how="semi")
    named = named.unique(keys, keep="first", maintain_order=True)
    orders = pl.Series("__link", links(named["order_no"].to_list()), dtype=pl.String)
    joined = rows.join(
        named.select(keys).with_columns(orders), on=keys, how="left", maintain_order="left"
    )
    loose = pl.col("link").str.starts_with(LOOSE)
    link = pl.when(loose).then(pl.coalesce("__link", "link")).otherwise("link").alias("link")
    return joined.with_columns(link).drop("__link")
