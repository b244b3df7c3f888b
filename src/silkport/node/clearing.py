"""Clearing: the use case of the main command. Reads, decides, keeps and writes one run."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from itertools import chain
from pathlib import Path
from types import TracebackType

import polars as pl

from silkport import journey
from silkport.formats import intake
from silkport.formats.reading import Problem
from silkport.journey import Batch, Cleared
from silkport.kernel.ids import pseudonyms
from silkport.kernel.periods import day_number
from silkport.law.book import Book
from silkport.model.outcomes import DOCUMENT_STATUS, OUTCOME_TABLES, SET_ASIDE
from silkport.node.arrival import Arrival, Arrived, links_of
from silkport.node.lawbooks import country_code, law_book
from silkport.node.store import Run, Store, disk_space, outcome_schema
from silkport.node.surroundings import Quota
from silkport.stages.screen import Neighbours

Progress = Callable[[str, int], None]
"""Told what is being done and how much of it is done."""

SHOWN_ASIDE = 20
"""Reasons for setting aside that the summary quotes; the table has them all."""


@dataclass
class Summary:
    """What one run did, in numbers; `money` is in minor units of `currency`."""

    administration: str
    currency: str
    processing_day: date
    law_digest: str
    documents: dict[str, int] = field(default_factory=dict)
    outcomes: dict[str, int] = field(default_factory=dict)
    lanes: dict[str, int] = field(default_factory=dict)
    regimes: dict[str, int] = field(default_factory=dict)
    money: dict[str, int] = field(default_factory=dict)
    refusals: dict[str, int] = field(default_factory=dict)
    waiting: dict[str, int] = field(default_factory=dict)
    holds: dict[str, int] = field(default_factory=dict)
    quota_entries: int = 0
    standing: int = 0
    set_aside: int = 0
    set_aside_why: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    examples: dict[str, str] = field(default_factory=dict)

    @property
    def parcels(self) -> int:
        """Parcels with a decision."""
        return sum(self.outcomes.values())

    def add(self, tables: Mapping[str, pl.DataFrame], standing: int) -> None:
        """Counts one batch."""
        decisions, findings = tables["decisions"], tables["findings"]
        for name, target in (
            ("outcome", self.outcomes),
            ("lane", self.lanes),
            ("regime", self.regimes),
        ):
            _count(target, decisions[name])
        _count(
            self.documents,
            tables["documents"].select(pl.concat_str("kind", "status", separator=" ")).to_series(),
        )
        for levy in ("customs_value", "duty", "excise", "vat", "fee", "total"):
            accepted = decisions.filter(pl.col("outcome").is_in(["released", "held"]))
            amount = int(accepted[f"{levy}_minor"].sum())
            self.money[levy] = self.money.get(levy, 0) + amount
        for effect, target in (
            ("refuse", self.refusals),
            ("wait", self.waiting),
            ("hold", self.holds),
        ):
            each = findings.filter(pl.col("effect") == effect).unique(["parcel_id", "code"])
            _count(target, each["code"])
        self.quota_entries += tables["quota"].height
        self.standing += standing
        for outcome in self.outcomes:
            if outcome not in self.examples:
                self._note_example(outcome, decisions)

    def _note_example(self, outcome: str, decisions: pl.DataFrame) -> None:
        rows = decisions.filter(pl.col("outcome") == outcome)
        if rows.height:
            self.examples[outcome] = str(rows["parcel_id"][0])


def _count(target: dict[str, int], values: pl.Series) -> None:
    for value, count in values.value_counts().iter_rows():
        target[value] = target.get(value, 0) + count


def clear_inputs(
    inputs: Sequence[Path],
    *,
    home: Path,
    administration: str,
    day: date,
    out: Path | None,
    progress: Progress,
) -> Summary:
    """Clears everything in `inputs` for one administration.

    Every batch is kept whole before it is written to `out`; running again on the same input
    decides nothing anew and writes the same rows. Raises StoreError, LawError.
    """
    book = law_book(administration)
    summary = Summary(administration, book.law.currency, day, book.law.digest)
    with Writer(out) as writer, Store(home / administration) as store:
        run = Run(store.next_run(), day_number(day), json.dumps([str(path) for path in inputs]))
        tight = journey.tightest_year(book)
        name_of = partial(pseudonyms, store.person_key)
        left = None if tight is None else Quota(tight, store.fullest_years(), name_of)
        arrival = Arrival(run.number, run.processing_day, store.staging, left)
        for chunk in intake.read(
            inputs, on_progress=lambda what, n: progress(f"reading {what}", n)
        ):
            with disk_space(store.staging):
                arrival.take(chunk)
            progress("reading", arrival.documents)
        neighbours = arrival.neighbours()
        seen: set[str] = set()
        due = store.overdue(run.processing_day)
        for arrived in chain(_batches(arrival, store), [Arrived()]):
            wanted = links_of(arrived)
            if not arrived.tables:
                wanted = pl.Series("link", [one for one in due if one not in seen], dtype=pl.String)
            if wanted.is_empty():
                continue
            if due:
                seen.update(wanted.to_list())
            tables, standing = clear_batch(arrived, wanted, store, book, run, neighbours)
            writer.write(tables)
            summary.add(tables, standing)
            progress("deciding", summary.parcels)
        writer.finish(arrival)
        store.finish_run(run.number)
    summary.notes = [note_of(one) for one in arrival.problems]
    summary.set_aside_why = [one.reason for one in arrival.set_aside[:SHOWN_ASIDE]]
    summary.set_aside = len(arrival.set_aside) + arrival.set_aside_beyond
    return summary


def _batches(arrival: Arrival, store: Store) -> Iterator[Arrived]:
    with disk_space(store.staging):
        yield from arrival.batches()


def note_of(problem: Problem) -> str:
    """A reading problem that belongs to no single order, in words."""
    place = f"{problem.source}:{problem.position}" if problem.position else problem.source
    what = " ".join(part for part in (problem.column, problem.read) if part)
    return f"{problem.code} {place} {what}: expected {problem.expected}"


def clear_batch(
    arrived: Arrived,
    wanted: pl.Series,
    store: Store,
    book: Book,
    run: Run,
    neighbours: Neighbours,
) -> tuple[dict[str, pl.DataFrame], int]:
    """Decides one batch and keeps it; gives every table of outcomes and what stood already."""
    known = store.known(wanted)
    batch = Batch(
        administration=book.law.country,
        country=country_code(book.law.country),
        processing_day=run.processing_day,
        draw_seed=store.draw_seed,
        incoming=arrived.tables,
        known=known,
        decisions=known["decisions"],
        findings=known["findings"],
        tax_lines=known["tax_lines"],
        quota=known["quota"],
        problems=arrived.problems,
        neighbours=neighbours,
    )
    opened = journey.open_batch(batch, book)
    names = pseudonyms(store.person_key, opened.parcels["buyer_id"].to_list())
    persons = pl.Series("person", names, dtype=pl.String)
    balances = store.balances(persons)
    cleared = journey.clear(batch, book, opened, persons, balances)
    statuses = _with_origin(cleared.statuses, arrived)
    _keep(store, run, arrived, cleared, statuses)
    return _outcomes(batch, cleared, statuses), len(cleared.standing)


def _with_origin(statuses: pl.DataFrame, arrived: Arrived) -> pl.DataFrame:
    origin = [
        rows.select("doc", "source", "position", "link")
        for rows in arrived.tables.values()
        if "source" in rows.columns
    ]
    if not origin:
        return pl.DataFrame(schema=outcome_schema(DOCUMENT_STATUS) | {"link": pl.String()})
    joined = statuses.join(pl.concat(origin), on="doc", how="left").sort("doc")
    return joined.select(*DOCUMENT_STATUS.names, "link")


def _keep(
    store: Store, run: Run, arrived: Arrived, cleared: Cleared, statuses: pl.DataFrame
) -> None:
    """Commits new documents (a duplicate is nothing new) with the decisions they led to."""
    fresh = statuses.filter(pl.col("status") != "duplicate")
    kept = dict(arrived.tables)
    if fresh.height < statuses.height:
        kept = {
            name: rows.join(fresh.select("doc"), on="doc", how="semi")
            for name, rows in arrived.tables.items()
        }
    tables = {name: rows.drop("source", "position", strict=False) for name, rows in kept.items()}
    tables |= {
        "decisions": cleared.decisions,
        "findings": cleared.findings,
        "tax_lines": cleared.tax_lines,
        "quota": cleared.quota,
        "documents": fresh,
    }
    store.commit(run, tables)


def _outcomes(batch: Batch, cleared: Cleared, statuses: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """New outcomes beside those that stood, in one order whatever came when."""
    stands = pl.col("parcel_id").is_in(cleared.standing.implode())
    both = {
        "decisions": pl.concat([cleared.decisions, batch.decisions.filter(stands)]),
        "findings": pl.concat([cleared.findings, batch.findings.filter(stands)]),
        "tax_lines": pl.concat([cleared.tax_lines, batch.tax_lines.filter(stands)]),
        "quota": pl.concat([cleared.quota, batch.quota]),
    }
    orders = {
        "decisions": ["parcel_id"],
        "findings": ["parcel_id", "line", "code", "facts"],
        "tax_lines": ["parcel_id", "line", "levy"],
        "quota": ["parcel_id", "day", "kind"],
    }
    sorted_tables = {name: both[name].sort(orders[name]) for name in both}
    return sorted_tables | {"documents": statuses.drop("link")}


class Writer:
    """Writes the tables of outcomes as they come, and puts each together at the end.

    Whatever happens, its parts are taken away; tables of an earlier run stay until the end.
    """

    def __init__(self, out: Path | None) -> None:
        self._out = out
        self._parts = 0
        if out is not None:
            with disk_space(out):
                out.mkdir(parents=True, exist_ok=True)
                self._folder = Path(tempfile.mkdtemp(prefix=".parts-", dir=out))

    def __enter__(self) -> Writer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if self._out is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def write(self, tables: Mapping[str, pl.DataFrame]) -> None:
        """Lays down one batch."""
        if self._out is None:
            return
        self._parts += 1
        for name, rows in tables.items():
            with disk_space(self._out):
                rows.write_parquet(self._folder / f"{name}-{self._parts:06d}.parquet")

    def finish(self, arrival: Arrival) -> None:
        """Puts every table into one file, and those in place when all are whole."""
        if self._out is None:
            return
        rows = [(one.source, one.position, one.code, one.reason) for one in arrival.set_aside]
        aside = pl.DataFrame(rows, schema=outcome_schema(SET_ASIDE), orient="row")
        for table in OUTCOME_TABLES:
            parts = sorted(self._folder.glob(f"{table.name}-*.parquet"))
            scans = [pl.scan_parquet(path, glob=False) for path in parts]
            if table is SET_ASIDE:
                scans = [aside.lazy()]
            empty = pl.DataFrame(schema=outcome_schema(table)).lazy()
            target = self._folder / f"{table.name}.parquet"
            with disk_space(self._out):
                pl.concat([empty, *scans]).sink_parquet(target, compression="zstd")
        for table in OUTCOME_TABLES:
            with disk_space(self._out):
                (self._folder / f"{table.name}.parquet").replace(
                    self._out / f"{table.name}.parquet"
                )
