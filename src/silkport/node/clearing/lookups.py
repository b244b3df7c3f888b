"""Look-ups by reference: loose documents of parcels, and parcels of loose documents."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from silkport.model.documents import INVENTORY
from silkport.model.outcomes import DECISION, DOCUMENT_STATUS
from silkport.model.records import RECORD_TABLES
from silkport.node.clearing.references import (
    LOOSE,
    LOOSE_TABLES,
    RECORDS,
    inventory_reference,
    references_of_parcels,
    waybill_reference,
)
from silkport.node.store.segments import KEPT_DOCUMENTS, Store

Tables = dict[str, pl.DataFrame]


def known_of(store: Store, wanted: pl.Series) -> Tables:
    """What the store keeps of these links, and of the references of the parcels among them.

    Args:
        wanted: links of orders, and loose links.
    """
    is_loose = wanted.str.starts_with(LOOSE)
    known = store.known(wanted.filter(~is_loose))
    if not has_loose(store):
        return known
    own = references_of_parcels(known["inventory"], known["decisions"])
    loose = known_loose(store, pl.concat([wanted.filter(is_loose), own]).unique())
    for name, rows in loose.items():
        known[name] = pl.concat([known[name], rows])
    return known


def references_in(
    store: Store, incoming: Mapping[str, pl.DataFrame], wanted: pl.Series
) -> pl.Series:
    """Loose links under which documents of the parcels of one batch may be kept.

    Args:
        incoming: documents of the batch.
        wanted: links of its orders; what is kept of them was declared or numbered before.
    """
    columns = ["logistics_code", "logistics_no", "invt_no"]
    inventories = [store.rows_of(INVENTORY, wanted).select(columns)]
    if INVENTORY.name in incoming:
        inventories.append(incoming[INVENTORY.name].select(columns))
    decisions = store.rows_of(DECISION, wanted).select("invt_no")
    return references_of_parcels(pl.concat(inventories), decisions)


def known_loose(store: Store, wanted: pl.Series) -> Tables:
    """Documents kept under these loose links, with their statuses, by table name."""
    if wanted.is_empty():
        return {}
    tables = [table for table in KEPT_DOCUMENTS if table.name in LOOSE_TABLES]
    kept = {table.name: store.rows_of(table, wanted) for table in (*tables, DOCUMENT_STATUS)}
    return {name: rows.drop("batch") for name, rows in kept.items() if rows.height}


def records(store: Store, wanted: pl.Series) -> Tables:
    """Receipts, tax bills and summaries kept under these links, by table name."""
    tables = [table for table in RECORD_TABLES if table.name in RECORDS]
    return {table.name: store.rows_of(table, wanted).drop("batch") for table in tables}


def has_loose(store: Store) -> bool:
    """Whether any document is kept that no parcel had claimed when it came."""
    return any(store.has_links_from(name, LOOSE) for name in LOOSE_TABLES)


def links_named(store: Store, loose: Mapping[str, pl.DataFrame]) -> pl.Series:
    """Links of the parcels that loose documents name; looks through all inventories."""
    found = [pl.Series("link", [], dtype=pl.String)]
    waybills = [
        loose[name].select(waybill_reference().alias("reference"))
        for name in ("waybill", "movement")
        if name in loose
    ]
    if waybills:
        named = pl.concat(waybills).to_series()
        found.append(_links_where(store, "inventory", waybill_reference(), named))
    if "withdrawal" in loose:
        named = loose["withdrawal"].select(inventory_reference().alias("reference")).to_series()
        found += [
            _links_where(store, kind, inventory_reference(), named)
            for kind in ("inventory", DECISION.name)
        ]
    return pl.concat(found).unique().sort()


def _links_where(store: Store, kind: str, reference: pl.Expr, named: pl.Series) -> pl.Series:
    wanted = named.filter(named != "").unique().implode()
    empty = pl.DataFrame(schema={"link": pl.String}).lazy()
    parts = [
        rows.filter(reference.is_in(wanted)).select("link")
        for rows in store.scan(kind)
        if "invt_no" in rows.collect_schema()
    ]
    return store.collect(pl.concat([empty, *parts]))["link"]
