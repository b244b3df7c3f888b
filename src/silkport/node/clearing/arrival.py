"""Arrival: numbers every document, and gathers documents of the same orders into batches.

A batch must hold all documents of its orders and must not grow with the input. Input that fits
one batch stays in memory; more is laid down on disk by link and comes back link range by link
range, so that a day of ten million parcels needs the memory of one batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import polars as pl

from silkport.formats.reading import LINE_OF, Documents, Problem, SetAside
from silkport.kernel.ids import CROCKFORD, link_of, links
from silkport.model.documents import DOCUMENT_TABLES
from silkport.model.records import MOVEMENT
from silkport.node.clearing.loose import Loose
from silkport.node.clearing.references import RECORDS, with_links
from silkport.node.clearing.surroundings import Quota, Surroundings
from silkport.stages.screen import Neighbours

BATCH_PARCELS = 60_000
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
    "link": pl.String(),
}


@dataclass
class Arrived:
    """Documents that belong together, numbered, and what could not be read in them."""

    tables: dict[str, pl.DataFrame] = field(default_factory=dict)
    problems: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=PROBLEM_SCHEMA))

    def joined_by(self, claimed: Mapping[str, pl.DataFrame]) -> Arrived:
        """These documents and the loose ones that name their parcels."""
        together = dict(self.tables)
        for name, rows in claimed.items():
            if name in together:
                rows = pl.concat([together[name], rows.select(together[name].columns)])
            together[name] = rows
        return Arrived(together, self.problems)


class Arrival:
    """Takes chunks as readers give them; gives batches."""

    def __init__(self, run: int, day: int, staging: Path, quota: Quota | None = None) -> None:
        """Begins one run.

        Args:
            quota: tells who could exceed a year and must be decided in one batch; None where
                no regime has a yearly limit.
        """
        self._around = Surroundings(staging, quota)
        self._base = run * RUN_SHIFT
        self._day = day
        self._staging = staging
        self._chunks: list[Arrived] = []
        self._parcels = 0
        self._flushes = 0
        self._laid: dict[str, dict[str, int]] = {}
        self.loose = Loose(staging)
        self._records: dict[str, list[pl.DataFrame]] = {}
        self.documents = 0
        self.problems: list[Problem] = []
        self.set_aside: list[SetAside] = []
        self.set_aside_beyond = 0

    def take(self, chunk: Documents) -> None:
        """Numbers one chunk; lays everything down when one batch is full."""
        self._set_aside(chunk.set_aside)
        tables = self.loose.part(self._number(chunk.tables))
        self._take_records(chunk.tables)
        self._around.take(tables)
        rows = [
            (
                p.order_no,
                p.source,
                p.position,
                p.column,
                p.read,
                p.expected,
                p.code,
                link_of(p.order_no),
            )
            for p in chunk.problems
        ]
        problems = pl.DataFrame(rows, schema=PROBLEM_SCHEMA, orient="row")
        self.problems += [p for p in chunk.problems if not p.order_no][:MAX_SET_ASIDE]
        self._chunks.append(Arrived(tables, problems))
        self._parcels += max((tables[name].height for name in _HEADS if name in tables), default=0)
        if self._parcels >= BATCH_PARCELS:
            self._lay_down()

    def _number(self, tables: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
        numbered: dict[str, pl.DataFrame] = {}
        links_by_order = _links_by_order(tables)
        for name in _HEADS:
            if name not in tables:
                continue
            rows = self.numbered(tables[name])
            numbered[name] = rows.join(
                links_by_order, on="order_no", how="left", maintain_order="left"
            )
        if MOVEMENT.name in tables:
            numbered[MOVEMENT.name] = self.numbered(tables[MOVEMENT.name])
        for name, owner in _OWNER.items():
            if name in tables and owner not in numbered:
                self._without_head(tables[name], owner)
            elif name in tables:
                heads = numbered[owner].select("source", "position", "doc", "link")
                rows = tables[name].join(heads, on=["source", "position"], maintain_order="left")
                numbered[name] = rows.drop("source", "position").with_columns(self._arrived())
        return numbered

    def numbered(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Rows with the number and the day of arrival of each."""
        first = self._base + self.documents
        self.documents += rows.height
        doc = pl.int_range(first, first + rows.height, dtype=pl.Int64, eager=True)
        return rows.with_columns(doc.alias("doc"), self._arrived())

    def _take_records(self, tables: Mapping[str, pl.DataFrame]) -> None:
        for name in RECORDS:
            if name in tables:
                rows = with_links(name, self.numbered(tables[name]))
                self._records.setdefault(name, []).append(rows)

    def drain_records(self) -> dict[str, pl.DataFrame]:
        """Receipts, tax bills, summaries and transmissions taken since the last call."""
        taken, self._records = self._records, {}
        return {name: pl.concat(parts) for name, parts in taken.items()}

    def _without_head(self, lines: pl.DataFrame, owner: str) -> None:
        """Sets lines aside that came without the document they belong to."""
        reason = f"lines without the {owner} they belong to"
        for source, position in lines.select("source", "position").unique().iter_rows():
            self._set_aside([SetAside(source, position, reason, "RDG010")])

    def _set_aside(self, entries: list[SetAside]) -> None:
        room = MAX_SET_ASIDE - len(self.set_aside)
        self.set_aside += entries[:room]
        self.set_aside_beyond += max(0, len(entries) - room)

    def _arrived(self) -> pl.Expr:
        return pl.lit(self._day, dtype=pl.Int64).alias("received_day")

    def _lay_down(self) -> None:
        together = _gather(self._chunks)
        self._around.lay_down()
        self._chunks, self._parcels = [], 0
        self._staging.mkdir(parents=True, exist_ok=True)
        self._flushes += 1
        for name, rows in (*together.tables.items(), ("problems", together.problems)):
            by_first = rows.with_columns(pl.col("link").str.slice(0, 1).alias("__first"))
            for (first,), part in by_first.partition_by("__first", as_dict=True).items():
                path = self._staging / f"{name}-{first}-{self._flushes:06d}.parquet"
                part.drop("__first").write_parquet(path, compression="lz4", statistics=False)
                if name in _HEADS:
                    counts = self._laid.setdefault(str(first), dict.fromkeys(_HEADS, 0))
                    counts[name] += part.height

    def neighbours(self) -> Neighbours:
        """Counts of buyers and addresses over the whole run."""
        return self._around.neighbours()

    def batches(self) -> Iterator[Arrived]:
        """All documents in batches; every order in one batch, and so is every buyer whose year
        could be exceeded, so that the order of declarations decides and not the split."""
        if not self._flushes:
            if self._chunks:
                yield _gather(self._chunks)
            return
        if self._chunks:
            self._lay_down()
        apart: list[pl.Series] = []
        for wanted in self._around.close_links(BATCH_PARCELS):
            apart.append(wanted)
            scans = self._scans(sorted(self._laid))
            yield _collected(scans, pl.col("link").is_in(wanted.implode()), engine="streaming")
        others = pl.lit(value=True)
        if apart:
            others = ~pl.col("link").is_in(pl.concat(apart).implode())
        gathered: list[str] = []
        parcels = 0
        for first in sorted(self._laid):
            largest = max(self._laid[first].values())
            if gathered and parcels + largest > BATCH_PARCELS:
                yield from self._of_links(gathered, parcels, others)
                gathered, parcels = [], 0
            gathered.append(first)
            parcels += largest
        if gathered:
            yield from self._of_links(gathered, parcels, others)

    def _scans(self, firsts: list[str]) -> dict[str, pl.LazyFrame]:
        names = [*(table.name for table in DOCUMENT_TABLES), "problems"]
        files = {
            name: [path for one in firsts for path in sorted(self._staging.glob(f"{name}-{one}-*"))]
            for name in names
        }
        return {name: pl.scan_parquet(paths, glob=False) for name, paths in files.items() if paths}

    def _of_links(self, firsts: list[str], parcels: int, others: pl.Expr) -> Iterator[Arrived]:
        scans = self._scans(firsts)
        pieces = -(-parcels // BATCH_PARCELS)
        if len(firsts) > 1 or pieces <= 1:
            yield _collected(scans, others)
        else:
            step = max(1, len(CROCKFORD) // pieces)
            for at in range(0, len(CROCKFORD), step):
                wanted = [firsts[0] + second for second in CROCKFORD[at : at + step]]
                yield _collected(scans, others & pl.col("link").str.slice(0, 2).is_in(wanted))
        for first in firsts:
            for path in self._staging.glob(f"*-{first}-*.parquet"):
                path.unlink()


def _links_by_order(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """The link of every order number of a chunk, made once for all its documents."""
    orders = [rows["order_no"] for name, rows in tables.items() if name in _HEADS]
    different = pl.concat(orders).unique() if orders else pl.Series([], dtype=pl.String)
    return pl.DataFrame(
        {"order_no": different, "link": links(different.to_list())},
        schema={"order_no": pl.String, "link": pl.String},
    )


def _collected(
    scans: Mapping[str, pl.LazyFrame],
    wanted: pl.Expr,
    engine: Literal["auto", "streaming"] = "auto",
) -> Arrived:
    """The wanted rows; `streaming` where few are wanted of all that was laid down."""
    tables = {name: scan.filter(wanted).collect(engine=engine) for name, scan in scans.items()}
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
    found = [rows["link"] for name, rows in arrived.tables.items() if name in _HEADS]
    if not found:
        return pl.Series("link", [], dtype=pl.String)
    return pl.concat(found).unique().sort()
