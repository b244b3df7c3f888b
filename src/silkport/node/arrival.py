"""Arrival: numbers every document, and gathers documents of the same orders into batches.

A batch must hold all documents of its orders and must not grow with the input. Input that fits
one batch stays in memory; more is laid down on disk by link and comes back link range by link
range, so that a day of ten million parcels needs the memory of one batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from silkport.formats.reading import LINE_OF, Documents, Problem, SetAside
from silkport.kernel.ids import CROCKFORD, links
from silkport.model.documents import DOCUMENT_TABLES
from silkport.node.store import link_column

BATCH_PARCELS = 100_000
"""Inventories (or, without any, heads of another kind) decided together."""

RUN_SHIFT = 1 << 40
"""Document numbers are the number of the run times this, plus the turn of arrival."""

MAX_SET_ASIDE = 100_000

_OWNER = {line: head for head, line in LINE_OF.items()}
_HEADS = [table.name for table in DOCUMENT_TABLES if table.name not in _OWNER]

PROBLEM_SCHEMA: dict[str, pl.DataType] = {
    "order_no": pl.String(),
    "source": pl.String(),
    "position": pl.Int64(),
    "column": pl.String(),
    "read": pl.String(),
    "expected": pl.String(),
    "code": pl.String(),
}


@dataclass
class Arrived:
    """Documents that belong together, numbered, and what could not be read in them."""

    tables: dict[str, pl.DataFrame] = field(default_factory=dict)
    problems: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=PROBLEM_SCHEMA))


class Arrival:
    """Takes chunks as readers give them; gives batches."""

    def __init__(self, run: int, day: int, staging: Path) -> None:
        self._base = run * RUN_SHIFT
        self._day = day
        self._staging = staging
        self._chunks: list[Arrived] = []
        self._parcels = 0
        self._flushes = 0
        self.documents = 0
        self.problems: list[Problem] = []
        self.set_aside: list[SetAside] = []
        self.set_aside_beyond = 0

    def take(self, chunk: Documents) -> None:
        """Numbers one chunk; lays everything down when one batch is full."""
        room = MAX_SET_ASIDE - len(self.set_aside)
        self.set_aside += chunk.set_aside[:room]
        self.set_aside_beyond += max(0, len(chunk.set_aside) - room)
        tables = self._number(chunk.tables)
        rows = [
            (p.order_no, p.source, p.position, p.column, p.read, p.expected, p.code)
            for p in chunk.problems
        ]
        problems = pl.DataFrame(rows, schema=PROBLEM_SCHEMA, orient="row")
        self.problems += [p for p in chunk.problems if not p.order_no][:room]
        self._chunks.append(Arrived(tables, problems))
        self._parcels += max((tables[name].height for name in _HEADS if name in tables), default=0)
        if self._parcels >= BATCH_PARCELS:
            self._lay_down()

    def _number(self, tables: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
        numbered: dict[str, pl.DataFrame] = {}
        for name in _HEADS:
            if name not in tables:
                continue
            rows = tables[name]
            first = self._base + self.documents
            self.documents += rows.height
            doc = pl.int_range(first, first + rows.height, dtype=pl.Int64, eager=True)
            numbered[name] = rows.with_columns(doc.alias("doc"), self._arrived())
        for name, owner in _OWNER.items():
            if name in tables and owner in numbered:
                if "source" not in tables[name].columns:  # SHIM
                    keys = ["order_no", "ebc_code" if name == "line" else "ebp_code"]
                    heads = numbered[owner].select(*keys, "source", "position").unique(keys)
                    tables = {**tables, name: tables[name].join(heads, on=keys)}
                heads = numbered[owner].select("source", "position", "doc")
                rows = tables[name].join(heads, on=["source", "position"], maintain_order="left")
                numbered[name] = rows.drop("source", "position").with_columns(self._arrived())
        return numbered

    def _arrived(self) -> pl.Expr:
        return pl.lit(self._day, dtype=pl.Int64).alias("received_day")

    def _lay_down(self) -> None:
        together = _gather(self._chunks)
        self._chunks, self._parcels = [], 0
        self._staging.mkdir(parents=True, exist_ok=True)
        self._flushes += 1
        for name, rows in (*together.tables.items(), ("problems", together.problems)):
            if not rows.height:
                continue
            linked = rows.with_columns(link_column(name, rows))
            by_first = linked.with_columns(pl.col("link").str.slice(0, 1).alias("__first"))
            for (first,), part in by_first.partition_by("__first", as_dict=True).items():
                path = self._staging / f"{name}-{first}-{self._flushes:06d}.parquet"
                part.drop("__first").write_parquet(path, compression="lz4")

    def batches(self) -> Iterator[Arrived]:
        """All documents in batches; every order in one batch."""
        if not self._flushes:
            if self._chunks:
                yield _gather(self._chunks)
            return
        if self._chunks:
            self._lay_down()
        for first in CROCKFORD:
            yield from self._of_link(first)

    def _of_link(self, first: str) -> Iterator[Arrived]:
        names = [*(table.name for table in DOCUMENT_TABLES), "problems"]
        files = {name: sorted(self._staging.glob(f"{name}-{first}-*.parquet")) for name in names}
        scans = {name: pl.scan_parquet(paths) for name, paths in files.items() if paths}
        if not scans:
            return
        largest = max(
            (scans[name].select(pl.len()).collect().item() for name in _HEADS if name in scans),
            default=0,
        )
        if largest <= BATCH_PARCELS + BATCH_PARCELS // 2:
            yield _collected(scans, pl.lit(value=True))
        else:
            step = max(1, len(CROCKFORD) * BATCH_PARCELS // largest)
            for at in range(0, len(CROCKFORD), step):
                wanted = [first + second for second in CROCKFORD[at : at + step]]
                yield _collected(scans, pl.col("link").str.slice(0, 2).is_in(wanted))
        for path in (path for paths in files.values() for path in paths):
            path.unlink()


def _collected(scans: Mapping[str, pl.LazyFrame], wanted: pl.Expr) -> Arrived:
    tables = {name: scan.filter(wanted).drop("link").collect() for name, scan in scans.items()}
    problems = tables.pop("problems", pl.DataFrame(schema=PROBLEM_SCHEMA))
    return Arrived(tables, problems)


def _gather(chunks: Iterable[Arrived]) -> Arrived:
    chunks = list(chunks)
    tables = {
        table.name: pl.concat(
            [chunk.tables[table.name] for chunk in chunks if table.name in chunk.tables]
        )
        for table in DOCUMENT_TABLES
        if any(table.name in chunk.tables for chunk in chunks)
    }
    return Arrived(tables, pl.concat([chunk.problems for chunk in chunks]))


def links_of(arrived: Arrived) -> pl.Series:
    """Every link of a batch, each once, sorted."""
    orders = [rows["order_no"] for name, rows in arrived.tables.items() if name in _HEADS]
    if not orders:
        return pl.Series("link", [], dtype=pl.String)
    different = pl.concat(orders).unique()
    return pl.Series("link", links(different.to_list()), dtype=pl.String).unique().sort()
