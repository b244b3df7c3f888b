"""Following: receipts, tax bills and summaries that came in, and how documents stand by them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from silkport.formats.ceb.catalogue import SHAPES
from silkport.formats.ceb.statuses import standing_of
from silkport.formats.reading import TABLES
from silkport.model.outcomes import STANDING
from silkport.model.records import TRANSMISSION
from silkport.node.clearing.lookups import records
from silkport.node.clearing.references import reference_of
from silkport.node.store.segments import Run, Store, outcome_schema

PART_LINKS = 50_000
"""References whose receipts are looked at together."""


class Followed:
    """Keeps the records of a run, each once; tells how the documents they answer stand."""

    def __init__(self, store: Store, run: Run) -> None:
        self._store = store
        self._run = run
        self._links: list[pl.Series] = []
        self.counts: dict[str, int] = {}

    def take(self, tables: Mapping[str, pl.DataFrame]) -> None:
        """Keeps the records of one chunk that were not kept before."""
        if not tables:
            return
        fresh: dict[str, pl.DataFrame] = {}
        for name, rows in tables.items():
            if name != TRANSMISSION.name:
                self._count(rows["message"])
            known = self._store.rows_of(TABLES[name], rows["link"].unique().sort())
            key = list(TABLES[name].names)  # one guid may stand in all documents of a message
            new = rows.unique(key, keep="first", maintain_order=True)
            new = new.join(known.select(key), on=key, how="anti", maintain_order="left")
            if new.height:
                fresh[name] = new.drop("source", "position")
            if name == "receipt":
                self._links.append(rows["link"].unique())
        self._store.commit(self._run, fresh)

    def _count(self, messages: pl.Series) -> None:
        for message, count in messages.value_counts().iter_rows():
            if SHAPES[message].role != "receipt":  # an application to summarise is none
                continue
            self.counts[message] = self.counts.get(message, 0) + count

    def standing(self) -> Iterator[pl.DataFrame]:
        """How every document stands that a receipt of this run answers; STANDING rows."""
        if not self._links:
            return
        links = pl.concat(self._links).unique().sort()
        for start in range(0, len(links), PART_LINKS):
            part = links.slice(start, PART_LINKS)
            yield standings(records(self._store, part)["receipt"])


def standings(receipts: pl.DataFrame) -> pl.DataFrame:
    """How each document stands by all receipts for it, whatever came when; STANDING rows."""
    named = receipts.with_columns(
        pl.when(pl.col("order_no") != "")
        .then(pl.concat_str(pl.lit("O "), "order_no"))
        .otherwise(reference_of("receipt"))
        .alias("reference")
    )
    stand = standing_of(named, ["message", "reference"])
    return stand.select(list(outcome_schema(STANDING)))
