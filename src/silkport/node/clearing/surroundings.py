"""Surroundings: what a run knows of buyers and addresses across all of its batches.

Of every inventory only hashes and an upper bound of its value are kept while documents arrive.
From them follow the counts that risk criteria ask for, and the buyers whose year could be
exceeded, who must be decided together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from silkport.stages.screen import Neighbours, addresses_of, buyers_of, keyed

MINOR_E5 = 1_000

COUNTED_TOGETHER = 1_000_000
"""Inventories whose buyers are counted in one go."""


@dataclass(frozen=True, slots=True)
class Quota:
    """What is needed to tell who could exceed a year.

    `limit_minor` is the smallest yearly limit; `used` has what the fullest year of each person
    holds already (person, used_minor), None where the ledger is empty; `name_of` gives persons
    for identity numbers.
    """

    limit_minor: int
    used: pl.DataFrame | None
    name_of: Callable[[list[str]], list[str]]


class Surroundings:
    """Collects what inventories say of buyers and addresses."""

    def __init__(self, staging: Path, quota: Quota | None) -> None:
        self._staging = staging
        self._quota = quota
        self._parts: list[pl.DataFrame] = []
        self._files: list[Path] = []

    def take(self, tables: Mapping[str, pl.DataFrame]) -> None:
        """Takes the numbered documents of one chunk."""
        if "inventory" not in tables:
            return
        inventories = tables["inventory"]
        keys = keyed(inventories.lazy()).collect()
        persons = pl.Series("person", [""], dtype=pl.String).new_from_index(0, keys.height)
        if self._quota is not None and self._quota.used is not None:
            names = self._quota.name_of(inventories["buyer_id"].to_list())
            persons = pl.Series("person", names, dtype=pl.String)
        self._parts.append(keys.with_columns(inventories["link"], _worth(tables), persons))

    def lay_down(self) -> None:
        """Moves what was taken to disk."""
        if self._parts:
            self._staging.mkdir(parents=True, exist_ok=True)
            path = self._staging / f"surroundings_{len(self._files):06d}.parquet"
            pl.concat(self._parts).write_parquet(path, compression="lz4")
            self._files.append(path)
            self._parts = []

    def _all(self) -> pl.LazyFrame:
        empty = pl.DataFrame(schema=_SCHEMA).lazy()
        laid = [pl.scan_parquet(path, glob=False) for path in self._files]
        return pl.concat([empty, *laid, *(part.lazy() for part in self._parts)])

    def neighbours(self) -> Neighbours:
        """Counts of buyers and addresses over everything taken, part by part."""
        parts = self._parts_of_a_count()
        rows = self._all()
        buyers = [buyers_of(rows.filter(pl.col("buyer") % parts == part)) for part in range(parts)]
        addresses = [
            addresses_of(rows.filter(pl.col("address") % parts == part)) for part in range(parts)
        ]
        return Neighbours(pl.concat(buyers), pl.concat(addresses))

    def _parts_of_a_count(self) -> int:
        """Into how many parts buyers are split, so that counting them takes bounded memory."""
        return 1 + int(self._all().select(pl.len()).collect().item()) // COUNTED_TOGETHER

    def close_links(self, size: int) -> Iterator[pl.Series]:
        """Links of the orders of buyers who could exceed their year, whole buyers together.

        Each series has about `size` links at most, more only where one buyer has more.
        """
        if self._quota is None:
            return
        worth = pl.col("worth_e5").cast(pl.Int128).sum()
        buyers = (
            self._all()
            .filter(pl.col("buyer") != 0)
            .group_by("buyer")
            .agg(worth.alias("worth_e5"), pl.len().alias("parcels"), pl.col("person").first())
        )
        used = pl.lit(0)
        if self._quota.used is not None:
            buyers = buyers.join(self._quota.used.lazy(), on="person", how="left")
            used = pl.col("used_minor").fill_null(0)
        over = pl.col("worth_e5") + used * MINOR_E5 > self._quota.limit_minor * MINOR_E5
        parts = self._parts_of_a_count()
        close = pl.concat(
            [
                buyers.filter(pl.col("buyer") % parts == part, over)
                .select("buyer", "parcels")
                .collect(engine="streaming")
                for part in range(parts)
            ]
        ).sort("buyer")
        turns = close.with_columns(((pl.col("parcels").cum_sum() - 1) // size).alias("turn"))
        for part in turns.partition_by("turn", maintain_order=True):
            wanted = part["buyer"].implode()
            orders = self._all().filter(pl.col("buyer").is_in(wanted)).select("link").unique()
            yield orders.collect()["link"]


_SCHEMA = {
    "order": pl.UInt64,
    "buyer": pl.UInt64,
    "address": pl.UInt64,
    "link": pl.String,
    "worth_e5": pl.Int64,
    "person": pl.String,
}


def _worth(tables: Mapping[str, pl.DataFrame]) -> pl.Series:
    """At most what each inventory is worth: lines, freight and insurance, 1/100,000."""
    inventories = tables["inventory"]
    costs = inventories["freight_e5"].clip(0) + inventories["insurance_e5"].clip(0)
    if "line" not in tables:
        return costs.alias("worth_e5")
    bound = pl.col("total_e5").clip(0).cast(pl.Int128).sum().clip(0, _MOST).cast(pl.Int64)
    sums = tables["line"].group_by("doc").agg(bound.alias("lines_e5"))
    joined = inventories.select("doc").join(sums, on="doc", how="left", maintain_order="left")
    return (joined["lines_e5"].fill_null(0) + costs).alias("worth_e5")


_MOST = 10**18
