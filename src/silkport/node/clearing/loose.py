"""Loose documents of a run: those without an order number, until their parcel claims them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import polars as pl

from silkport.formats.reading import LINE_OF
from silkport.node.clearing.references import LOOSE_TABLES, with_links

HELD_ROWS = 200_000
"""Loose rows held in memory; more are laid down on disk."""

PART_ROWS = 100_000
"""Rows of one table handed back at a time at the end."""

Tables = dict[str, pl.DataFrame]


class Loose:
    """Takes loose documents; gives each to the first batch whose parcels it names."""

    def __init__(self, staging: Path) -> None:
        self._staging = staging
        self._held: dict[str, list[pl.DataFrame]] = {}
        self._rows = 0
        self._files: dict[str, list[Path]] = {}
        self._claimed: list[pl.Series] = []

    def __bool__(self) -> bool:
        return bool(self._held or self._files)

    def part(self, tables: Mapping[str, pl.DataFrame]) -> Tables:
        """Keeps the loose documents among numbered ones; gives the others back."""
        rest: Tables = {}
        for name, rows in tables.items():
            if name not in LOOSE_TABLES or name in LINE_OF.values():
                rest.setdefault(name, rows)
                continue
            stated = rows["order_no"] != "" if "order_no" in rows.columns else None
            loose = rows if stated is None else rows.filter(~stated)
            if stated is not None and loose.height < rows.height:
                rest[name] = rows.filter(stated)
            if loose.is_empty():
                continue
            loose = with_links(name, loose.drop("link", strict=False))
            self._take(name, loose)
            under = LINE_OF.get(name)
            if under is not None and under in tables:
                lines = tables[under]
                own = lines.drop("link").join(loose.select("doc", "link"), on="doc")
                self._take(under, own.select(lines.columns))
                rest[under] = lines.filter(~pl.col("doc").is_in(loose["doc"].implode()))
        return rest

    def _take(self, name: str, rows: pl.DataFrame) -> None:
        if rows.is_empty():
            return
        self._held.setdefault(name, []).append(rows)
        self._rows += rows.height
        if self._rows >= HELD_ROWS:
            self._lay_down()

    def _lay_down(self) -> None:
        self._staging.mkdir(parents=True, exist_ok=True)
        for name, parts in self._held.items():
            files = self._files.setdefault(name, [])
            path = self._staging / f"loose_{name}_{len(files):06d}.parquet"
            pl.concat(parts).write_parquet(path, compression="lz4")
            files.append(path)
        self._held, self._rows = {}, 0

    def _scan(self, name: str) -> pl.LazyFrame:
        laid = [pl.scan_parquet(path, glob=False) for path in self._files.get(name, [])]
        return pl.concat([*laid, *(part.lazy() for part in self._held.get(name, []))])

    @property
    def _names(self) -> list[str]:
        return [name for name in LOOSE_TABLES if name in self._held or name in self._files]

    def claim(self, wanted: pl.Series) -> Tables:
        """The documents with these links that nobody claimed before."""
        if wanted.is_empty():
            return {}
        found: Tables = {}
        claimed = self._claimed_docs()
        for name in self._names:
            rows = self._scan(name).filter(pl.col("link").is_in(wanted.implode())).collect()
            rows = rows.filter(~pl.col("doc").is_in(claimed.implode()))
            if rows.height:
                found[name] = rows
        self._claimed += [rows["doc"] for name, rows in found.items() if name in _HEADS]
        return found

    def _claimed_docs(self) -> pl.Series:
        if len(self._claimed) > 1:
            self._claimed = [pl.concat(self._claimed).rechunk()]
        return self._claimed[0] if self._claimed else pl.Series("doc", [], dtype=pl.Int64)

    def unclaimed(self) -> Iterator[Tables]:
        """What no parcel of the run claimed, in bounded parts by ranges of links.

        What is claimed while this goes on does not come again.
        """
        keys = [self._scan(name).filter(self._left).select("link") for name in self._names]
        if not keys:
            return
        different = pl.concat(keys).collect().to_series().sort()
        starts = different.gather_every(PART_ROWS).unique().sort()
        for turn, start in enumerate(starts):
            inside = pl.col("link") >= start
            if turn + 1 < len(starts):
                inside &= pl.col("link") < starts[turn + 1]
            mine = self._left & inside
            part = {name: self._scan(name).filter(mine).collect() for name in self._names}
            self._claimed += [rows["doc"] for name, rows in part.items() if name in _HEADS]
            yield {name: rows for name, rows in part.items() if rows.height}

    @property
    def _left(self) -> pl.Expr:
        return ~pl.col("doc").is_in(self._claimed_docs().implode())


_HEADS = frozenset(LOOSE_TABLES) - frozenset(LINE_OF.values())
