"""Declare: what message became which parcel, which version supersedes which?

Takes incoming documents and what the node already knows of the same orders; adds the status of
every document, and the current version of each. Versions are told apart by business key and
`app_time`, never by order of arrival; the same message twice counts once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from silkport.kernel.ids import parcel_ids
from silkport.law.book import NO_CELL
from silkport.model.columns import MISSING, Table
from silkport.model.documents import (
    INVENTORY,
    INVENTORY_LINE,
    ORDER,
    ORDER_LINE,
    PAYMENT,
    WAYBILL,
    WITHDRAWAL,
    WITHDRAWAL_LINE,
)
from silkport.model.records import MOVEMENT

HEADS = (INVENTORY, ORDER, PAYMENT, WAYBILL, MOVEMENT, WITHDRAWAL)
LINES_OF = {
    INVENTORY.name: INVENTORY_LINE,
    ORDER.name: ORDER_LINE,
    WITHDRAWAL.name: WITHDRAWAL_LINE,
}

FINAL = ("released", "withdrawn", "returned")
"""Outcomes after which no new version of a document is accepted."""

LEFT = ("withdrawn", "returned")
"""Outcomes after which nothing more is decided."""

NOT_TAKEN = ("too_late", "too_early", "in_process")
"""Statuses of versions that came when no other version could be accepted."""

NUMBERED = {"doc": pl.Int64, "received_day": pl.Int64}
"""Columns the node adds to every document and line: its number, and the day it arrived."""

DELETE = 3
DRAFT = 1

ALTERED = ("digest_differs", "value_differs")
"""States of a signature that say that something else was signed."""

Tables = Mapping[str, pl.DataFrame]


@dataclass(frozen=True, slots=True)
class Declared:
    """Current versions by table, the status of every document, and counts per order."""

    current: dict[str, pl.DataFrame]
    statuses: pl.DataFrame
    per_order: pl.DataFrame


def schema_of(table: Table) -> dict[str, pl.DataType]:
    """Column types of a table of documents as the node keeps it."""
    types: dict[str, pl.DataType] = {
        column.name: pl.String() if column.kind == "text" else pl.Int64()
        for column in table.columns
    }
    return types | {"doc": pl.Int64(), "received_day": pl.Int64()}


def declare(
    incoming: Tables, known: Tables, closed: Sequence[str], busy: Sequence[str] = ()
) -> Declared:
    """Tells versions apart.

    Args:
        incoming: new documents by table name, with NUMBERED columns.
        known: documents of the same orders that the node keeps, likewise, and the table
            `documents` with their statuses where there is one.
        closed: business keys "merchant order" of parcels whose decision is final.
        busy: likewise, of parcels that are under examination and so cannot be changed.
    """
    current: dict[str, pl.DataFrame] = {}
    statuses: list[pl.DataFrame] = []
    late = _late(known)
    known = without_late(known)
    for table in HEADS:
        rows = _together(table, incoming, known)
        new = (
            incoming[table.name]["doc"] if table.name in incoming else pl.Series([], dtype=pl.Int64)
        )
        told = _told(table, rows)
        if table is INVENTORY:
            told = _close(told, new, closed, "too_late")
            told = _close(told, new, busy, "in_process")
        statuses.append(_statuses(table, told.filter(pl.col("doc").is_in(new.implode()))))
        kept = told.filter(pl.col("status") == "current")
        if table is WITHDRAWAL:
            kept = kept.filter(pl.col("order_no") != "")
        if table is not INVENTORY:
            kept = kept.filter(pl.col("app_type") != DELETE)
        current[table.name] = kept.drop("status")
        if table.name in LINES_OF:
            lines = _together(LINES_OF[table.name], incoming, known)
            current[LINES_OF[table.name].name] = lines.join(
                kept.select("doc"), on="doc", how="semi"
            )
    version = ["kind", "order_no", "guid", "app_time"]
    status = pl.concat(statuses).join(late, on=version, how="left", maintain_order="left")
    again = pl.col("status").is_in(NOT_TAKEN) & pl.col("late").is_not_null()
    relabelled = pl.when(again).then(pl.lit("duplicate")).otherwise(pl.col("status"))
    status = status.with_columns(relabelled.alias("status")).drop("late")
    return Declared(current, status, _per_order(status))


def _late(known: Tables) -> pl.DataFrame:
    """Versions that came at the wrong time before: sent again, they are duplicates."""
    schema = {"kind": pl.String, "order_no": pl.String, "guid": pl.String, "app_time": pl.Int64}
    rows = pl.DataFrame(schema=schema)
    if "documents" in known:
        rows = known["documents"].filter(pl.col("status").is_in(NOT_TAKEN)).select(list(schema))
    return rows.unique().with_columns(pl.lit(value=True).alias("late"))


def without_late(known: Tables) -> dict[str, pl.DataFrame]:
    """What the node knows, less the versions that came at the wrong time to count.

    Args:
        known: documents by table name; the table `documents`, if there, has their statuses.
    """
    if "documents" not in known:
        return dict(known)
    late = known["documents"].filter(pl.col("status").is_in(NOT_TAKEN))["doc"]
    if late.is_empty():
        return dict(known)
    return {
        name: rows.filter(~pl.col("doc").is_in(late.implode())) if "doc" in rows.columns else rows
        for name, rows in known.items()
    }


def _together(table: Table, incoming: Tables, known: Tables) -> pl.DataFrame:
    empty = pl.DataFrame(schema=schema_of(table))
    names = list(empty.columns)
    parts = [part[table.name].select(names) for part in (known, incoming) if table.name in part]
    return pl.concat([empty, *parts])


def _told(table: Table, rows: pl.DataFrame) -> pl.DataFrame:
    """Adds `status`; a withdrawal that names no order is known by its inventory number.

    Of inventories and withdrawals rules say whether they are drafts or altered after signing; of
    other documents such versions do not count at all.
    """
    if table is INVENTORY:
        return _tell_apart(rows, table.key)
    if table is not WITHDRAWAL:
        draft = (pl.col("message") != "") & (pl.col("app_status") == DRAFT)
        altered = pl.col("signature").is_in(ALTERED)
        void = pl.when(altered).then(pl.lit("altered")).otherwise(pl.lit("draft"))
        return pl.concat(
            [
                _tell_apart(rows.filter(~draft & ~altered), table.key),
                rows.filter(draft | altered).with_columns(void.alias("status")),
            ]
        )
    linked = pl.col("order_no") != ""
    return pl.concat(
        [
            _tell_apart(rows.filter(linked), table.key),
            _tell_apart(rows.filter(~linked), ("invt_no", "message")),
        ]
    )


def _tell_apart(rows: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """Adds `status`: current, duplicate, superseded or stale.

    Args:
        by: columns of the business key.
    """
    key = list(by)
    several = rows.select(pl.struct(key).is_duplicated()).to_series()
    if not several.any():
        return rows.with_columns(pl.lit("current").alias("status"))
    alone = rows.filter(~several).with_columns(pl.lit("current").alias("status"))
    shared = rows.filter(several).sort("doc")
    version = pl.struct(*key, "guid", "app_type", "app_time")
    repeated = shared.filter(~version.is_first_distinct())
    versions = shared.filter(version.is_first_distinct())
    newest_so_far = pl.col("app_time").cum_max().over(key)
    versions = versions.with_columns(
        (pl.col("app_time") < newest_so_far).alias("late"),
        pl.col("app_time").arg_max().over(key).alias("newest"),
        pl.int_range(pl.len()).over(key).alias("turn"),
    ).with_columns(
        pl.when(pl.col("turn") == pl.col("newest"))
        .then(pl.lit("current"))
        .when(pl.col("late"))
        .then(pl.lit("stale"))
        .otherwise(pl.lit("superseded"))
        .alias("status")
    )
    return pl.concat(
        [
            alone,
            versions.drop("late", "newest", "turn"),
            repeated.with_columns(pl.lit("duplicate").alias("status")),
        ]
    )


def _close(told: pl.DataFrame, new: pl.Series, closed: Sequence[str], status: str) -> pl.DataFrame:
    """New versions of these parcels get `status`; the old version stays current."""
    if not closed:
        return told
    key = pl.concat_str("ebc_code", "order_no", separator=" ")
    is_closed = key.is_in(pl.Series(closed, dtype=pl.String).implode())
    is_new = pl.col("doc").is_in(new.implode())
    open_rows = told.filter(~is_closed)
    late = told.filter(is_closed & is_new).with_columns(
        pl.when(pl.col("status") == "duplicate")
        .then(pl.col("status"))
        .otherwise(pl.lit(status))
        .alias("status")
    )
    old = told.filter(is_closed & ~is_new).drop("status")
    return pl.concat([open_rows, late, _tell_apart(old, INVENTORY.key)])


def _statuses(table: Table, told: pl.DataFrame) -> pl.DataFrame:
    deleted = (pl.col("status") == "current") & (pl.col("app_type") == DELETE)
    named = "order_no" in told.columns
    return told.select(
        "doc",
        pl.lit(table.name).alias("kind"),
        pl.col("order_no") if named else pl.lit("").alias("order_no"),
        "guid",
        "app_time",
        pl.when(deleted).then(pl.lit("deleted")).otherwise(pl.col("status")).alias("status"),
        "received_day",
    )


def _per_order(statuses: pl.DataFrame) -> pl.DataFrame:
    """Counts of stale versions and duplicates among the new documents of each order."""
    return (
        statuses.filter(pl.col("status").is_in(["stale", "duplicate"]))
        .filter(pl.col("order_no") != "")
        .group_by("order_no")
        .agg(
            (pl.col("status") == "stale").sum().cast(pl.Int64).alias("stale_versions"),
            (pl.col("status") == "duplicate").sum().cast(pl.Int64).alias("duplicates"),
        )
    )


def moved(declared: Declared, fresh: pl.Series) -> pl.Expr:
    """Which parcels are named by fresh waybills or movements that state no order number."""
    named = [
        rows.filter(pl.col("doc").is_in(fresh.implode())).select(_waybill())
        for rows in (declared.current[WAYBILL.name], declared.current[MOVEMENT.name])
    ]
    return _waybill().is_in(pl.concat(named).to_series().unique().implode())


def _waybill() -> pl.Expr:
    return pl.concat_str("logistics_code", "logistics_no", separator=" ")


def to_parcels(
    declared: Declared, administration: str, country: str, wanted: set[str]
) -> pl.DataFrame:
    """One row for each current inventory: its identity, direction and withdrawal.

    Args:
        country: ISO alpha-2 of the administration; towards it is import, away from it export.
        wanted: inventory columns some rule reads; the others stay with the document.
    """
    inventories = declared.current[INVENTORY.name]
    names = [name for name in INVENTORY.names if name in wanted | _ALWAYS]
    ids = parcel_ids(
        administration, inventories["ebc_code"].to_list(), inventories["order_no"].to_list()
    )
    direction = (
        pl.when(pl.col("destination_country") == country)
        .then(pl.lit("import"))
        .when(pl.col("departure_country") == country)
        .then(pl.lit("export"))
        .otherwise(pl.lit(""))
    )
    parcels = inventories.select(
        pl.Series("parcel_id", ids, dtype=pl.String),
        "doc",
        "received_day",
        *names,
        direction.alias("direction"),
        (pl.col("app_type") == DELETE).alias("deleted"),
    )
    parcels = parcels.join(declared.per_order, on="order_no", how="left", maintain_order="left")
    return _with_withdrawals(parcels, declared.current[WITHDRAWAL.name])


_ALWAYS = {
    "order_no",
    "ebc_code",
    "ebp_code",
    "logistics_code",
    "logistics_no",
    "trade_mode",
    "decl_day",
    "departure_country",
    "destination_country",
    "app_time",
    "currency",
    "buyer_id",
    "consignee_address",
    "freight_e5",
    "insurance_e5",
    "gross_mass_mg",
}


def _with_withdrawals(parcels: pl.DataFrame, withdrawals: pl.DataFrame) -> pl.DataFrame:
    rows = withdrawals.select(
        "ebc_code",
        "order_no",
        pl.col("kind").alias("withdrawal_kind"),
        pl.col("applied_day").alias("withdrawal_applied_day"),
        pl.col("returned_day").alias("withdrawal_returned_day"),
        pl.col("doc").alias("withdrawal_doc"),
        *(pl.col(name).alias(f"withdrawal_{name}") for name in _APPLICANT),
    )
    joined = parcels.join(rows, on=["ebc_code", "order_no"], how="left", maintain_order="left")
    deleted = pl.col("deleted") & pl.col("withdrawal_kind").is_null()
    return joined.with_columns(
        pl.when(deleted)
        .then(pl.lit("cancel"))
        .otherwise(pl.col("withdrawal_kind").fill_null(""))
        .alias("withdrawal_kind"),
        pl.col("withdrawal_applied_day", "withdrawal_returned_day", "withdrawal_doc").fill_null(
            MISSING
        ),
        pl.col("stale_versions", "duplicates").fill_null(0),
        pl.col("withdrawal_app_status").fill_null(MISSING),
        *(
            pl.col(f"withdrawal_{name}").fill_null("")
            for name in _APPLICANT
            if name != "app_status"
        ),
    ).drop("deleted")


_APPLICANT = ("message", "app_status", "signature", "agent_code", "invt_no", "buyer_id")
"""What tells whether a withdrawal is for this very inventory, and by whom."""


def finding(rows: pl.DataFrame, code: pl.Expr | str, effect: str, facts: pl.Expr) -> pl.DataFrame:
    """Findings that frame code raises, in the columns of every finding."""
    written = pl.lit(code) if isinstance(code, str) else code
    return rows.select(
        "parcel_id",
        pl.lit(0, dtype=pl.Int64).alias("line"),
        written.alias("code"),
        pl.lit("declare").alias("stage"),
        pl.lit(effect).alias("effect"),
        facts.alias("facts"),
    )


def no_regime(parcels: pl.DataFrame) -> pl.DataFrame:
    """REG002 for parcels of other administrations, REG001 for those that no regime covers.

    What is unknown is never lawful.
    """
    uncovered = parcels.filter(pl.col("cell") == NO_CELL)
    ours = pl.col("direction") != ""
    facts = pl.struct("trade_mode", "direction", "decl_day").struct.json_encode()
    way = pl.struct("departure_country", "destination_country").struct.json_encode()
    return pl.concat(
        [
            finding(uncovered.filter(ours), "REG001", "refuse", facts),
            finding(uncovered.filter(~ours), "REG002", "refuse", way),
        ]
    )


def unreadable(parcels: pl.DataFrame, problems: pl.DataFrame) -> pl.DataFrame:
    """What the readers could not use, as findings on the parcels of the same order."""
    rows = parcels.select("parcel_id", "order_no").join(problems, on="order_no")
    facts = pl.struct("column", "read", "expected", "position").struct.json_encode()
    return finding(rows, pl.col("code"), "note", facts)
