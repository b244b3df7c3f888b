"""Sample parcels in both shapes: tables for the journey, nested parcels for the single path."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl

from silkport.engine.single import Parcel
from silkport.formats import intake
from silkport.kernel.ids import pseudonyms
from silkport.kernel.periods import day_number
from silkport.model.outcomes import DECISION, FINDING, QUOTA_ENTRY, TAX_LINE
from silkport.node.clearing.arrival import PROBLEM_SCHEMA, Arrival, Arrived
from silkport.node.law.books import country_code, law_book
from silkport.node.store.segments import outcome_schema
from silkport.passage import parcels as passage
from silkport.passage.parcels import Batch, Cleared
from silkport.sim.sample import write_sample

DAY = date(2026, 9, 16)
KEY = b"a key for tests, 16 bytes or more"


def arrived_sample(folder: Path, parcels: int, seed: int) -> Arrived:
    """A sample day as numbered tables, all in one batch."""
    write_sample(folder, parcels=parcels, seed=seed)
    arrival = Arrival(1, day_number(DAY), folder / "staging")
    for chunk in intake.read([folder]):
        arrival.take(chunk)
    (arrived,) = arrival.batches()
    return arrived


def empty(name: str) -> pl.DataFrame:
    tables = {t.name: t for t in (DECISION, FINDING, TAX_LINE, QUOTA_ENTRY)}
    return pl.DataFrame(schema=outcome_schema(tables[name]))


def clear_tables(arrived: Arrived, country: str) -> Cleared:
    """The journey over one batch of a node that knows nothing yet."""
    book = law_book(country)
    batch = Batch(
        administration=country,
        country=country_code(country),
        processing_day=day_number(DAY),
        draw_seed=7,
        incoming=arrived.tables,
        known={},
        decisions=empty("decisions"),
        findings=empty("findings"),
        tax_lines=empty("tax_lines"),
        quota=empty("quota"),
        problems=pl.DataFrame(schema=PROBLEM_SCHEMA),
    )
    opened = passage.open_batch(batch, book)
    names = pseudonyms(KEY, opened.parcels["buyer_id"].to_list())
    balances = pl.DataFrame(schema={"person": pl.String, "year": pl.Int64, "used_minor": pl.Int64})
    return passage.clear(batch, book, opened, pl.Series("person", names), balances)


def nested(arrived: Arrived) -> dict[tuple[str, str], Parcel]:
    """Parcels by merchant and order number, of orders whose every document came once."""
    tables = {name: rows.to_dicts() for name, rows in arrived.tables.items()}
    once = _orders_once(arrived)
    by_order: dict[str, dict[str, dict[str, int | str]]] = {}
    for name in ("order", "payment", "waybill"):
        for row in tables.get(name, []):
            by_order.setdefault(str(row["order_no"]), {})[name] = row
    lines: dict[int, list[dict[str, int | str]]] = {}
    for name in ("line", "order_line"):
        for row in tables[name]:
            lines.setdefault(row["doc"], []).append(row)
    found = {}
    for row in tables["inventory"]:
        number = str(row["order_no"])
        if number not in once:
            continue
        documents = by_order.get(number, {})
        order = documents.get("order")
        found[str(row["ebc_code"]), number] = Parcel(
            inventory=row,
            lines=lines.get(row["doc"], []),
            order=order,
            order_lines=lines.get(int(order["doc"]), []) if order else (),
            payment=documents.get("payment"),
            waybill=documents.get("waybill"),
        )
    return found


def _orders_once(arrived: Arrived) -> set[str]:
    tables = arrived.tables
    once: set[str] = set(tables["inventory"]["order_no"].to_list())
    for name in ("inventory", "order", "payment", "waybill"):
        counts = tables[name]["order_no"].value_counts()
        once -= set(counts.filter(pl.col("count") > 1)["order_no"].to_list())
    return once - set(tables["withdrawal"]["order_no"].to_list()) - {""}
