"""The store of one administration: an SQLite index and append-only Parquet segments.

The contract: `known(links)` gives everything kept for some orders; `commit` keeps one batch
whole or not at all; nothing is changed in place. A segment that SQLite does not name was cut off
by a crash and is removed when the store is next opened. Writers exclude one another.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.resources import files
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import IO

import polars as pl

from silkport.kernel.errors import StoreBusy, StoreDamaged, StoreTooNew
from silkport.kernel.ids import links
from silkport.model.columns import Table
from silkport.model.outcomes import DECISION, QUOTA_ENTRY
from silkport.node.store.disk import digest, disk_space, sync_and_digest, write_whole
from silkport.node.store.kept import (
    KEPT_DOCUMENTS,
    KEPT_OF_HOUSES,
    KEPT_OUTCOMES,
    absent_columns,
    kept_schema,
    latest,
    link_column,
    outcome_schema,
)

__all__ = ["KEPT_DOCUMENTS", "KEPT_OF_HOUSES", "Run", "Store", "link_column", "outcome_schema"]

SCHEMA_VERSION = 2
KEY_BYTES = 32
FEW = 1_000


def _statements() -> dict[str, str]:
    text = (files("silkport") / "node" / "store" / "segments.sql").read_text(encoding="utf-8")
    found = {}
    for part in text.split("-- name: ")[1:]:
        name, _, body = part.partition("\n")
        found[name.strip()] = body
    return found


SQL = _statements()


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a command that adds to the store."""

    number: int
    processing_day: int
    inputs: str


class Store:
    """One administration's store in a folder of its own; use it as a context manager."""

    def __init__(self, folder: Path, *, writing: bool = True) -> None:
        self.folder = folder
        self.segments = folder / "segments"
        self.staging = folder / "staging"
        self._lock: IO[bytes] | None = None
        with disk_space(folder):
            self.segments.mkdir(parents=True, exist_ok=True)
        if writing:
            self._lock_or_refuse()
        with disk_space(folder):
            self._index = sqlite3.connect(folder / "index.sqlite3", isolation_level=None)
        with ExitStack() as undo:
            undo.callback(self.close)
            self._open(writing=writing)
            undo.pop_all()

    def _open(self, *, writing: bool) -> None:
        with disk_space(self.folder):
            self._index.execute("pragma journal_mode = wal")
            self._index.execute("pragma synchronous = full")
            self._index.executescript(SQL["schema"])
            self._demand_version()
        self.person_key = self._key()
        if writing:
            self._remove_uncommitted()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Lets go of the index and the lock; nothing of the run stays in `staging`."""
        self._index.close()
        if self._lock is not None:
            shutil.rmtree(self.staging, ignore_errors=True)
            self._lock.close()
            self._lock = None

    def _lock_or_refuse(self) -> None:
        self._lock = (self.folder / "lock").open("ab")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._lock.close()
            raise StoreBusy(what=str(self.folder)) from error

    def _demand_version(self) -> None:
        row = self._index.execute("select value from meta where key = 'schema'").fetchone()
        if row is None:
            self._index.execute(
                "insert into meta (key, value) values ('schema', ?)", (str(SCHEMA_VERSION),)
            )
        elif int(row[0]) < SCHEMA_VERSION:  # what is new in it was added before
            self._index.execute(
                "update meta set value = ? where key = 'schema'", (str(SCHEMA_VERSION),)
            )
        elif int(row[0]) > SCHEMA_VERSION:
            raise StoreTooNew(what=str(self.folder), found=row[0], known=SCHEMA_VERSION)

    def _key(self) -> bytes:
        """The node's key for pseudonyms and draws, made once, readable by its owner only."""
        path = self.folder / "person.key"
        if not path.exists():
            with disk_space(path):
                write_whole(path, secrets.token_bytes(KEY_BYTES))
        key = path.read_bytes()
        if len(key) != KEY_BYTES:
            raise StoreDamaged(what=str(path), reason=f"it has {len(key)} bytes")
        return key

    @property
    def draw_seed(self) -> int:
        """Seed of the random draw, from the node's key, so that nobody outside can foresee it."""
        return int.from_bytes(hashlib.blake2b(self.person_key, digest_size=8).digest(), "big")

    def _remove_uncommitted(self) -> None:
        named = {row[0] for row in self._index.execute(SQL["all_segments"])}
        for path in self.segments.iterdir():
            if path.name not in named:
                path.unlink()
        shutil.rmtree(self.staging, ignore_errors=True)

    def next_run(self) -> int:
        """Number of a run about to start; it is noted with its first batch."""
        return int(self._index.execute(SQL["next_run"]).fetchone()[0])

    def finish_run(self, run: int) -> None:
        """Marks a run as finished."""
        with disk_space(self.folder):
            self._index.execute(SQL["finish_run"], (run,))

    def known(
        self, wanted: pl.Series, tables: Sequence[Table] = KEPT_DOCUMENTS + KEPT_OUTCOMES
    ) -> dict[str, pl.DataFrame]:
        """Everything kept in `tables` for the orders with these links, by table name.

        Of decisions only the latest of each parcel or house, with its findings and tax lines.
        """
        return latest({table.name: self.rows_of(table, wanted) for table in tables})

    def allocate(self, prefix: str, count: int) -> int:
        """Sets `count` numbers after `prefix` apart for good; gives the first, from 1."""
        with disk_space(self.folder), self._index:
            self._index.execute("begin immediate")
            row = self._index.execute(SQL["last_number"], (prefix,)).fetchone()
            last = int(row[0]) if row else 0
            self._index.execute(SQL["set_last_number"], (prefix, last + count))
        return last + 1

    def rows_of(self, table: Table, wanted: pl.Series) -> pl.DataFrame:
        """All rows kept under these links, with the number of their `batch`."""
        first, last = (wanted.min(), wanted.max()) if len(wanted) else ("", "")
        return self._read(table, str(first), str(last), wanted)

    def has_links_from(self, kind: str, first: str) -> bool:
        """Whether any row of this kind may have a link at or behind `first`."""
        return bool(self._overlapping(kind, first, "\U0010ffff"))

    def scan(self, kind: str) -> Iterator[pl.LazyFrame]:
        """Every segment of one kind, in order of commit."""
        for name, sha256, _ in self._index.execute(SQL["segments_of_kind"], (kind,)).fetchall():
            yield self._segment(name, sha256)

    def _overlapping(self, kind: str, first: str, last: str) -> list[tuple[str, str, int]]:
        return self._index.execute(SQL["segments_overlapping"], (kind, last, first)).fetchall()

    def _read(self, table: Table, first: str, last: str, wanted: pl.Series) -> pl.DataFrame:
        found = self._overlapping(table.name, first, last)
        parts = [
            self._segment(name, sha256)
            .filter(pl.col("link").is_in(wanted.implode()))
            .with_columns(pl.lit(batch, dtype=pl.Int64).alias("batch"))
            for name, sha256, batch in found
        ]
        schema = kept_schema(table) | {"batch": pl.Int64()}
        empty = pl.DataFrame(schema=schema).lazy()
        rows = self.collect(pl.concat([empty, *parts], how="diagonal").select(list(schema)))
        return rows.with_columns(absent_columns(table, rows))

    def collect(self, rows: pl.LazyFrame) -> pl.DataFrame:
        """Rows of segments; those that cannot be read are named."""
        try:
            return rows.collect()
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
            damaged = ", ".join(self.verify()) or str(self.folder)
            raise StoreDamaged(what=damaged, reason=str(error).partition("\n")[0]) from error

    def _segment(self, name: str, sha256: str) -> pl.LazyFrame:
        path = self.segments / name
        if not path.exists():
            raise StoreDamaged(what=name, reason="the file is missing")
        if not sha256:
            raise StoreDamaged(what=name, reason="it has no digest")
        return pl.scan_parquet(path, glob=False)

    def balances(self, persons: pl.Series) -> pl.DataFrame:
        """What the years of these persons have used: person, year, used_minor."""
        found = self._index.execute(SQL["segments_of_kind"], (QUOTA_ENTRY.name,)).fetchall()
        empty = pl.DataFrame(schema=kept_schema(QUOTA_ENTRY)).lazy()
        parts = [self._segment(name, sha256).drop("link") for name, sha256, _ in found]
        signed = (
            pl.when(pl.col("kind") == "debit")
            .then(pl.col("amount_minor"))
            .otherwise(-pl.col("amount_minor"))
        )
        return self.collect(
            pl.concat([empty, *parts])
            .filter(pl.col("person").is_in(persons.unique().implode()))
            .group_by("person", "year")
            .agg(signed.sum().alias("used_minor"))
        )

    def fullest_years(self) -> pl.DataFrame | None:
        """Of each person the most that a year has used: person, used_minor; None without any."""
        found = self._index.execute(SQL["segments_of_kind"], (QUOTA_ENTRY.name,)).fetchall()
        if not found:
            return None
        signed = (
            pl.when(pl.col("kind") == "debit")
            .then(pl.col("amount_minor"))
            .otherwise(-pl.col("amount_minor"))
        )
        years = (
            pl.concat([self._segment(name, sha256) for name, sha256, _ in found])
            .group_by("person", "year")
            .agg(signed.sum().alias("used_minor"))
        )
        return self.collect(years.group_by("person").agg(pl.col("used_minor").max()))

    def find_decisions(self, column: str, value: str) -> pl.DataFrame:
        """Decisions, the latest of each parcel, whose `column` is `value`; reads everything."""
        rows = self.collect(self._all_decisions().filter(pl.col(column) == value))
        return rows.unique("parcel_id", keep="last", maintain_order=True)

    def some_decision(self, wanted: pl.Expr) -> pl.DataFrame:
        """The latest decision, if it is as `wanted`, of one parcel; an empty table otherwise."""
        for begin in count(0, FEW):
            some = self.collect(self._all_decisions().filter(wanted).slice(begin, FEW))
            keys = link_column(some).unique().sort()
            if keys.is_empty():
                break
            every = self._read(DECISION, keys[0], keys[-1], keys)
            latest = every.sort("batch").unique("parcel_id", keep="last", maintain_order=True)
            some = latest.drop("batch").filter(wanted)
            if some.height:
                return some.head(1)
        return pl.DataFrame(schema=outcome_schema(DECISION))

    def _all_decisions(self) -> pl.LazyFrame:
        found = self._index.execute(SQL["segments_of_kind"], (DECISION.name,)).fetchall()
        empty = pl.DataFrame(schema=outcome_schema(DECISION)).lazy()
        parts = (self._segment(name, sha256).drop("link") for name, sha256, _ in found)
        return pl.concat([empty, *parts], how="diagonal")

    def overdue(self, processing_day: int) -> list[str]:
        """Links of parcels that were waited for until before `processing_day`."""
        return [row[0] for row in self._index.execute(SQL["overdue"], (processing_day,))]

    def count_pending(self) -> int:
        """Parcels that wait for documents."""
        return int(self._index.execute(SQL["count_pending"]).fetchone()[0])

    def commit(self, run: Run, tables: Mapping[str, pl.DataFrame]) -> None:
        """Keeps one batch: segments first, durable, then their names in one transaction.

        Args:
            tables: rows to add by table name; documents carry NUMBERED columns.
        """
        if not any(rows.height for rows in tables.values()):
            return
        with disk_space(self.folder):
            written = [self._write(name, rows) for name, rows in tables.items() if rows.height]
            self._sync_folder()
            with self._index:  # commits, or rolls back where anything goes wrong
                self._index.execute("begin immediate")
                batch = int(self._index.execute(SQL["next_batch"]).fetchone()[0])
                self._index.execute(SQL["add_run"], (run.number, run.processing_day, run.inputs))
                rows = [(run.number, batch, *one) for one in written]
                self._index.executemany(SQL["add_segment"], rows)
                self._note_pending(tables.get(DECISION.name))

    def _note_pending(self, decisions: pl.DataFrame | None) -> None:
        if decisions is None:
            return
        pending = decisions.filter(pl.col("outcome") == "pending")
        done = decisions.filter(pl.col("outcome") != "pending")["parcel_id"]
        if self.count_pending():
            self._index.executemany(SQL["no_longer_pending"], ((one,) for one in done))
        rows = zip(
            pending["parcel_id"], links(pending["order_no"]), pending["due_day"], strict=True
        )
        self._index.executemany(SQL["now_pending"], rows)

    def _write(self, kind: str, rows: pl.DataFrame) -> tuple[object, ...]:
        linked = rows.with_columns(link_column(rows)).sort("link", maintain_order=True)
        name = f"{secrets.token_hex(8)}-{kind}.parquet"
        path = self.segments / name
        linked.write_parquet(path, compression="lz4", row_group_size=50_000)
        sha256 = sync_and_digest(path)
        first, last = linked["link"].first(), linked["link"].last()
        return (kind, name, sha256, rows.height, first, last)

    def _sync_folder(self) -> None:
        handle = os.open(self.segments, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def verify(self) -> Iterable[str]:
        """Names of segments that are not as they were committed."""
        for name, sha256, _ in self._index.execute(SQL["all_segments"]).fetchall():
            path = self.segments / name
            if not path.exists() or digest(path) != sha256:
                yield name
