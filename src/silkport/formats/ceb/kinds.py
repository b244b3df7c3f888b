"""Which kind of message a row becomes that was never in one."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from silkport.formats.ceb.catalogue import EXPORT, SHAPES
from silkport.formats.ceb.deriving import KIND_OF
from silkport.formats.reading import NUMBER_WITHOUT_ORDER
from silkport.model.columns import MISSING

HEAD_TABLES = tuple(dict.fromkeys(shape.head.table for shape in SHAPES.values()))
"""The tables that messages are made of, without those of lines."""

_EXPORT_ORDERS = (EXPORT, "B", "W")
"""Order types of exports: to a buyer, to a firm, to a store abroad."""

_IN_BOTH_FLOWS = {
    "inventory": ("CEB603", "CEB621"),
    "order": ("CEB303", "CEB311"),
    "payment": ("CEB403", "CEB411"),
    "waybill": ("CEB505", "CEB511"),
}
"""Kinds of message of a table: of exports, of imports."""

_LEAVES = {
    "inventory": pl.col("flow") == EXPORT,
    "order": pl.col("order_type").is_in(_EXPORT_ORDERS),
}
"""What says of itself whether the parcel leaves the country."""

_LOOKS_LEAVING = {
    "payment": (pl.col("ebc_code") != "") & (pl.col("payer_id") == ""),
    "waybill": pl.col("order_no") == "",
    "withdrawal": pl.col("order_no") == "",
}
"""What only documents of exports have, for those whose inventory and order are not here."""


def fitting_kinds(table: str, rows: pl.DataFrame, tables: Mapping[str, pl.DataFrame]) -> pl.Series:
    """The kind of message each row of a table has, or fits; "" where nothing tells.

    A row that was read from a message keeps its kind. Otherwise an inventory or order says
    whether it leaves the country, and the other documents of a parcel follow it; without one
    they belong to an import unless they have what only exports have.
    """
    stated = rows["message"]
    if (stated != "").all():
        return stated
    kept = pl.col("message") != ""
    fits = _fits(table, tables)
    return rows.select(pl.when(kept).then("message").otherwise(fits).alias("message"))["message"]


def _fits(table: str, tables: Mapping[str, pl.DataFrame]) -> pl.Expr:
    leaves = _LEAVES[table] if table in _LEAVES else _follows(table, tables)
    if table in _IN_BOTH_FLOWS:
        return _either(leaves, *_IN_BOTH_FLOWS[table])
    if table == "withdrawal":
        return (
            pl.when(pl.col("kind") == "cancel")
            .then(_either(leaves, "CEB605", "CEB623"))
            .when(pl.col("kind") == "return")
            .then(_either(leaves, "CEB213", "CEB625"))
            .otherwise(pl.lit(""))
        )
    if table == "movement":
        moved = [m for m in KIND_OF if SHAPES[m].head.table == table]
        messages = {KIND_OF[message]: message for message in moved}
        return pl.col("kind").replace_strict(messages, default="", return_dtype=pl.String)
    if table == "tax_bill":
        figures = ("duty_e5", "vat_e5", "excise_e5", "gnum")
        bill = pl.any_horizontal(pl.col(name) != MISSING for name in figures)
        return _either(bill, "CEB816", "CEB818")
    if table == "summary":
        return _either(pl.col("decl_seq_no") != "", "CEB792", "CEB701")
    return pl.lit("")


def _either(test: pl.Expr, then: str, otherwise: str) -> pl.Expr:
    return pl.when(test).then(pl.lit(then)).otherwise(pl.lit(otherwise))


def _follows(table: str, tables: Mapping[str, pl.DataFrame]) -> pl.Expr:
    """Whether the parcel of a document leaves the country, as its inventory or order says."""
    if table not in _LOOKS_LEAVING:
        return pl.lit(value=False)
    numbers = ("order_no", *filter(None, [NUMBER_WITHOUT_ORDER.get(table)]))
    found = [
        pl.col(number).replace_strict(_flows(tables, number), default=None, return_dtype=pl.Boolean)
        for number in numbers
    ]
    return pl.coalesce(*found, _LOOKS_LEAVING[table])


def _flows(tables: Mapping[str, pl.DataFrame], number: str) -> dict[str, bool]:
    """Per number of a parcel whether it leaves; an inventory says so rather than an order."""
    found: dict[str, bool] = {}
    for name in ("order", "inventory"):
        rows = tables.get(name)
        if rows is not None and number in rows.columns:
            stated = rows.filter(pl.col(number) != "")
            leaves = stated.select(_LEAVES[name].alias("leaves"))["leaves"]
            found.update(zip(stated[number].to_list(), leaves.to_list(), strict=True))
    return found
