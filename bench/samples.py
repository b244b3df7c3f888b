"""Sample days for the full rule set: as tables, as nested parcels, and multiplied.

A multiplied day repeats a drawn one under fresh order, message, waybill and payment numbers;
buyers and goods come again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

import polars as pl

from silkport.formats import intake
from silkport.kernel.ids import pseudonyms
from silkport.kernel.periods import day_number
from silkport.law.book import Book
from silkport.model.outcomes import DECISION, FINDING, QUOTA_ENTRY, TAX_LINE
from silkport.node.clearing.arrival import PROBLEM_SCHEMA, Arrival
from silkport.node.law.books import country_code, law_book
from silkport.node.store.segments import outcome_schema
from silkport.passage import parcels as passage
from silkport.passage.parcels import Batch, Cleared, Opened
from silkport.sim.sample import write_sample

DAY = date(2026, 9, 16)
KEY = b"a key for measuring, 16 bytes or more"
NUMBERS = ("order_no", "guid", "logistics_no", "pay_transaction_id")
Tables = Mapping[str, pl.DataFrame]
Nested = dict[str, object]


def sample_tables(folder: Path) -> dict[str, pl.DataFrame]:
    """A sample day as numbered tables, whatever batches the node would make of it."""
    arrival = Arrival(1, day_number(DAY), folder.parent / "staging")
    for chunk in intake.read([folder]):
        arrival.take(chunk)
    batches = list(arrival.batches())
    names = {name for batch in batches for name in batch.tables}
    return {
        name: pl.concat([b.tables[name] for b in batches if name in b.tables]) for name in names
    }


def batch_of(tables: Tables, country: str) -> Batch:
    """One batch of a node that knows nothing yet."""
    outcomes = {
        table.name: pl.DataFrame(schema=outcome_schema(table))
        for table in (DECISION, FINDING, TAX_LINE, QUOTA_ENTRY)
    }
    return Batch(
        administration=country,
        country=country_code(country),
        processing_day=day_number(DAY),
        draw_seed=7,
        incoming=tables,
        known={},
        decisions=outcomes["decisions"],
        findings=outcomes["findings"],
        tax_lines=outcomes["tax_lines"],
        quota=outcomes["quota"],
        problems=pl.DataFrame(schema=PROBLEM_SCHEMA),
    )


def persons_of(opened: Opened) -> pl.Series:
    """Pseudonyms of the buyers."""
    names = pseudonyms(KEY, opened.parcels["buyer_id"].to_list())
    return pl.Series("person", names, dtype=pl.String)


NO_BALANCES = {"person": pl.String, "year": pl.Int64, "used_minor": pl.Int64}


def cleared_tables(tables: Tables, country: str) -> Cleared:
    """The journey over one batch."""
    book = law_book(country)
    batch = batch_of(tables, country)
    opened = passage.open_batch(batch, book)
    balances = pl.DataFrame(schema=NO_BALANCES)
    return passage.clear(batch, book, opened, persons_of(opened), balances)


def import_cells(book: Book) -> list[int]:
    """Cells of the regimes under which parcels are imported."""
    return [n for n, (regime, _) in enumerate(book.cells) if regime.direction == "import"]


def multiplied(tables: Tables, times: int) -> dict[str, pl.DataFrame]:
    """`tables` as often as asked, every time with other numbers."""
    most = max(int(rows["doc"].max() or 0) for rows in tables.values())
    least = min(int(rows["doc"].min() or most) for rows in tables.values())
    step = most - least + 1
    return {
        name: pl.concat([_renumbered(rows, turn, turn * step) for turn in range(times)])
        for name, rows in tables.items()
    }


def _renumbered(rows: pl.DataFrame, turn: int, shift: int) -> pl.DataFrame:
    named = [_suffixed(name, turn) for name in NUMBERS if name in rows.columns]
    return rows.with_columns(pl.col("doc") + shift, *named)


def _suffixed(name: str, turn: int) -> pl.Expr:
    column = pl.col(name)
    return pl.when(column == "").then(column).otherwise(column + f"{turn:03d}").alias(name)


def write_days(base: Path, out: Path, *, drawn: int, parcels: int, seed: int) -> Path:
    """A folder with `parcels` parcels: drawn once, then multiplied file by file."""
    if not base.exists():
        write_sample(base, parcels=drawn, seed=seed)
    if parcels == drawn:
        return base
    out.mkdir()
    for path in sorted(base.glob("*.parquet")):
        rows = pl.read_parquet(path)
        numbers = [name for name in rows.columns if name.split(".")[-1] in NUMBERS]
        for turn in range(parcels // drawn):
            fresh = rows.with_columns(_suffixed(name, turn) for name in numbers)
            fresh.write_parquet(out / f"{path.stem}-{turn:03d}.parquet")
    return out


def nested(tables: Tables, wanted: int) -> Iterator[Nested]:
    """Parcels with their documents as JSON would bring them; of orders that came once."""
    heads = {
        name: tables[name].filter(~pl.col("order_no").is_duplicated()).head(wanted * 4)
        for name in ("inventory", "order", "payment", "waybill")
    }
    by_order = {
        name: {row["order_no"]: row for row in rows.iter_rows(named=True)}
        for name, rows in heads.items()
    }
    lines: dict[int, list[dict[str, int | str]]] = {}
    for name, head in (("line", "inventory"), ("order_line", "order")):
        rows = tables[name].join(heads[head].select("doc"), on="doc", how="semi")
        for row in rows.iter_rows(named=True):
            lines.setdefault(row["doc"], []).append(row)
    for number, inventory in list(by_order["inventory"].items())[:wanted]:
        order = by_order["order"].get(number)
        yield {
            "inventory": inventory,
            "lines": lines.get(inventory["doc"], []),
            "order": order,
            "order_lines": lines.get(order["doc"], []) if order else [],
            "payment": by_order["payment"].get(number),
            "waybill": by_order["waybill"].get(number),
        }
