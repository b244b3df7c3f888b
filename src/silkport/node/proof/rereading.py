"""Rereading: old decisions worked out again from the documents that a home keeps.

Each decision sees the documents that were there when it was made, and none that came later.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from silkport.kernel.ids import pseudonyms
from silkport.law.book import Book
from silkport.model.columns import Table
from silkport.model.declarations import DECLARATION, GOODS
from silkport.model.documents import INVENTORY, INVENTORY_LINE, ORDER, ORDER_LINE
from silkport.model.outcomes import DECISION, DOCUMENT_STATUS, FINDING, QUOTA_ENTRY, TAX_LINE
from silkport.node.clearing.arrival import PROBLEM_SCHEMA
from silkport.node.law.books import country_code
from silkport.node.proof.recomputing import PAYMENT, Lacking, Laws, country_of, payments
from silkport.node.proof.unfolding import stores
from silkport.node.proof.written import Written
from silkport.node.store.segments import Store, link_column, outcome_schema
from silkport.passage import goods, parcels
from silkport.passage.cells import with_computed
from silkport.stages import assess, release

AT_ONCE = 30_000
"""Decisions whose documents are read back at a time."""

_PAPERS = (INVENTORY, INVENTORY_LINE, ORDER, ORDER_LINE, DOCUMENT_STATUS, DECLARATION, GOODS)
"""What amounts are worked out from; payments, waybills and movements bear on outcomes alone."""

_VERSION = ("parcel_id", "app_time", "processing_day", "law_digest")
"""What tells one decision on a parcel from another."""

Tables = dict[str, pl.DataFrame]


@dataclass(frozen=True, slots=True)
class Then:
    """Old decisions of one administration, with their payment rows and what was found."""

    decisions: pl.DataFrame
    tax_lines: pl.DataFrame | None
    findings: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Reread:
    """Decisions worked out again: amounts in minor units of account.

    `totals` has the amounts of decisions by parcel_id; `payments` parcel_id, line, hs_code, levy,
    amount_minor; `lines` parcel_id, line, hs_code, customs_value_minor; `findings` what the rules
    say now.
    """

    decisions: pl.DataFrame
    totals: pl.DataFrame
    payments: pl.DataFrame
    lines: pl.DataFrame
    findings: pl.DataFrame


def of_home(home: Path, administration: str = "") -> Iterator[Then]:
    """The latest decision on every parcel and house that a home keeps. Raises StoreError."""
    for country, store in stores(home):
        if administration in {"", country}:
            empty = pl.DataFrame(schema={"link": pl.String}).lazy()
            every = [rows.select("link").unique() for rows in store.scan(DECISION.name)]
            links = store.collect(pl.concat([empty, *every]).unique().sort("link"))["link"]
            for at in range(0, len(links), AT_ONCE):
                known = store.known(links[at : at + AT_ONCE], (DECISION, FINDING, TAX_LINE))
                yield Then(known[DECISION.name], known[TAX_LINE.name], known[FINDING.name])


def without_lines(tables: Written, seen: pl.Series) -> Iterator[Then]:
    """Decisions that were written without their goods lines.

    Args:
        seen: ids of the houses whose goods lines are there.
    """
    is_seen = tables.ids(DECISION).is_in(seen.implode())
    if is_seen.all():
        return
    at = 0
    for some in tables.slices(DECISION, AT_ONCE):
        yield from _then(tables, some.filter(~is_seen.slice(at, some.height)))
        at += some.height


def _then(tables: Written, decisions: pl.DataFrame) -> Iterator[Then]:
    """Decisions with what was written beside them, one administration after another."""
    if decisions.is_empty():
        return
    own = pl.col("parcel_id").is_in(decisions["parcel_id"].unique().implode())
    paid, found = (tables.collect(tables.scan(table).filter(own)) for table in (TAX_LINE, FINDING))
    by_country = decisions.with_columns(pl.col("parcel_id").str.split("-").list.first().alias("by"))
    for each in by_country.partition_by("by", include_key=False, maintain_order=True):
        yield Then(each, paid if tables.has(TAX_LINE) else None, found)


def reread(home: Path, decisions: pl.DataFrame, laws: Laws, lacking: Lacking) -> Iterator[Reread]:
    """Works decisions of one administration out again, each under the law that `laws` has for it.

    What cannot be is noted in `lacking`. Raises StoreError.
    """
    country = country_of(decisions)
    for name, store in stores(home):
        if name == country:
            yield from _reread(store, decisions, laws, lacking)
            return
    lacking.add(f"The home {home} keeps nothing of {country}.", decisions["parcel_id"])


def _reread(
    store: Store, decisions: pl.DataFrame, laws: Laws, lacking: Lacking
) -> Iterator[Reread]:
    links = link_column(decisions).unique().sort()
    placed = _placed(store, decisions, links)
    unknown = placed.filter(pl.col("batch").is_null())
    lacking.add("The home has not decided it so.", unknown["parcel_id"])
    papers = {table.name: store.rows_of(table, links) for table in _PAPERS}
    known = placed.filter(pl.col("batch").is_not_null()).sort("batch", "parcel_id")
    for some in known.partition_by("batch", "law_digest", "processing_day", maintain_order=True):
        book = laws.book(country_of(some), some["law_digest"][0])
        if isinstance(book, str):
            lacking.add(book, some["parcel_id"])
            continue
        there = {
            name: rows.filter(pl.col("batch") <= some["batch"][0]).drop("batch")
            for name, rows in papers.items()
        }
        wanted = some.select(DECISION.names)
        for again in (_parcels(store, wanted, there, book), _houses(store, wanted, there, book)):
            yield again
            wanted = wanted.join(again.decisions, on="parcel_id", how="anti")
        lacking.add("Its documents are not in the home.", wanted["parcel_id"])


def _placed(store: Store, decisions: pl.DataFrame, links: pl.Series) -> pl.DataFrame:
    """Decisions with the number of the batch in which the store kept each, `batch`."""
    kept = store.rows_of(DECISION, links).group_by(_VERSION).agg(pl.col("batch").min())
    return decisions.join(kept, on=_VERSION, how="left", maintain_order="left")


def _parcels(store: Store, wanted: pl.DataFrame, papers: Tables, book: Book) -> Reread:
    """Parcels through their passage; what is around them is left out."""
    inventories = papers[INVENTORY.name].join(
        wanted, on=["ebc_code", "order_no", "app_time"], how="semi"
    )
    orders = papers[ORDER.name].join(wanted, on="order_no", how="semi")
    known = {
        INVENTORY.name: inventories,
        INVENTORY_LINE.name: _of(papers[INVENTORY_LINE.name], inventories),
        ORDER.name: orders,
        ORDER_LINE.name: _of(papers[ORDER_LINE.name], orders),
        DOCUMENT_STATUS.name: papers[DOCUMENT_STATUS.name],
    }
    batch = parcels.Batch(
        administration=book.law.country,
        country=country_code(book.law.country),
        processing_day=int(wanted["processing_day"][0]),
        draw_seed=store.draw_seed,
        incoming={},
        known=known,
        decisions=_nothing(DECISION),
        findings=_nothing(FINDING),
        tax_lines=_nothing(TAX_LINE),
        quota=_nothing(QUOTA_ENTRY),
        problems=pl.DataFrame(schema=PROBLEM_SCHEMA),
    )
    opened = parcels.open_batch(batch, book)
    names = pseudonyms(store.person_key, opened.parcels["buyer_id"].to_list())
    persons = pl.Series("person", names, dtype=pl.String)
    balances = pl.DataFrame(schema=_BALANCES)
    cleared = parcels.clear(batch, book, opened, persons, balances)
    again = wanted.join(cleared.parcels, on="parcel_id", how="semi")
    owing = again.filter(pl.col("outcome").is_in(release.TAXED))["parcel_id"].implode()
    amounts = [f"{levy}_minor" for levy in (*assess.LEVIES, "total")]
    owed = pl.when(pl.col("parcel_id").is_in(owing)).then(pl.col(amounts)).otherwise(0)
    return Reread(
        again,
        cleared.parcels.select(
            "parcel_id",
            "customs_value_minor",
            owed,
            pl.lit(0, dtype=pl.Int64).alias("remedy_minor"),
        ),
        _payments_of_parcels(cleared, book).filter(pl.col("parcel_id").is_in(owing)),
        cleared.lines.select(*_VALUED, line="gnum"),
        cleared.findings,
    )


_BALANCES = {"person": pl.String, "year": pl.Int64, "used_minor": pl.Int64}
_VALUED = ("parcel_id", "hs_code", "customs_value_minor")


def _payments_of_parcels(cleared: parcels.Cleared, book: Book) -> pl.DataFrame:
    """Payment rows whatever the outcome is."""
    names = assess.COLUMNS
    lines = with_computed(cleared.lines, book.work_out(assess.lines, cleared.lines, names), names)
    bare = cleared.parcels.drop(names, strict=False)
    whole = with_computed(bare, book.work_out(assess.parcels, bare, names), names)
    return assess.tax_lines(lines, whole, book.law.currency).select(PAYMENT)


def _houses(store: Store, wanted: pl.DataFrame, papers: Tables, book: Book) -> Reread:
    """Houses through their passage. What came after release stands on the day of registration."""
    keys = {"declarant_code": "ebc_code", "declaration_no": "order_no"}
    late = papers[DOCUMENT_STATUS.name].filter(pl.col("status") == "too_late")
    heads = papers[DECLARATION.name].join(late, on="doc", how="anti")
    heads = heads.join(
        wanted, left_on=[*keys, "app_time"], right_on=[*keys.values(), "app_time"], how="semi"
    )
    after = heads.filter(pl.col("act").is_in(release.AFTER_RELEASE))
    earlier = wanted.join(after, left_on=list(keys.values()), right_on=list(keys), how="semi")
    batch = goods.Batch(
        administration=book.law.country,
        country=country_code(book.law.country),
        processing_day=int(wanted["processing_day"][0]) if wanted.height else 0,
        draw_seed=store.draw_seed,
        incoming={DECLARATION.name: heads, GOODS.name: _of(papers[GOODS.name], heads)},
        known={},
        decisions=earlier,
        tax_lines=_nothing(TAX_LINE),
        problems=pl.DataFrame(schema=PROBLEM_SCHEMA),
    )
    cleared = goods.clear(batch, book)
    again = wanted.join(cleared.houses, on="parcel_id", how="semi")
    gone = again.filter(pl.col("outcome") == "withdrawn")["parcel_id"].implode()
    remedies = [f"{levy}_minor" for levy in assess.REMEDIES]
    levies = [f"{levy}_minor" for levy in (*assess.LEVIES, "total")]
    return Reread(
        again,
        cleared.houses.select(
            "parcel_id",
            "customs_value_minor",
            *levies,
            pl.sum_horizontal(remedies).alias("remedy_minor"),
        ),
        payments(cleared.goods, cleared.houses).filter(~pl.col("parcel_id").is_in(gone)),
        cleared.goods.select(*_VALUED, line="gnum"),
        cleared.findings,
    )


def _of(lines: pl.DataFrame, heads: pl.DataFrame) -> pl.DataFrame:
    return lines.join(heads, on="doc", how="semi")


def _nothing(table: Table) -> pl.DataFrame:
    return pl.DataFrame(schema=outcome_schema(table))
