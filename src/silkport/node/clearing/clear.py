"""Clearing: the use case of the main command. Reads, decides, keeps, writes and answers one run."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

import polars as pl

from silkport.formats import intake
from silkport.formats.ceb.schemas import Schemas
from silkport.formats.reading import Problem
from silkport.kernel.ids import pseudonyms
from silkport.kernel.periods import day_number
from silkport.law.book import Book
from silkport.model.outcomes import DOCUMENT_STATUS
from silkport.node.clearing.answering import Answers
from silkport.node.clearing.arrival import Arrival, Arrived, links_of
from silkport.node.clearing.declaring import Houses
from silkport.node.clearing.following import Followed
from silkport.node.clearing.lookups import has_loose, known_of, links_named, references_in
from silkport.node.clearing.numbering import with_numbers
from silkport.node.clearing.output import Writer
from silkport.node.clearing.references import linked_to_orders
from silkport.node.clearing.summary import SHOWN_ASIDE, Summary
from silkport.node.clearing.surroundings import Quota
from silkport.node.law.books import country_code, law_edition
from silkport.node.law.check import unlisted
from silkport.node.law.editions import keep
from silkport.node.store.disk import disk_space
from silkport.node.store.segments import Run, Store, outcome_schema
from silkport.passage import parcels as passage
from silkport.passage.parcels import Batch, Cleared
from silkport.stages.screen import Neighbours

Progress = Callable[[str, int], None]
"""Told what is being done and how much of it is done."""

Tables = Mapping[str, pl.DataFrame]


@dataclass(frozen=True, slots=True)
class Decided:
    """One batch after its decisions.

    `documents` came in; `again` are inventories that came earlier and stand otherwise now;
    `outcomes` are all tables that are written; `standing` counts decisions that were left.
    """

    documents: dict[str, pl.DataFrame]
    again: pl.DataFrame
    outcomes: dict[str, pl.DataFrame]
    standing: int


def clear_inputs(
    inputs: Sequence[Path],
    *,
    home: Path,
    administration: str,
    day: date,
    out: Path | None,
    progress: Progress,
    schemas: Schemas | None = None,
    receipt_language: str = "",
    from_customs: bool = False,
) -> Summary:
    """Clears everything in `inputs` for one administration.

    Every batch is kept whole before it is written to `out`; running again on the same input
    decides nothing anew and writes the same rows. Messages that came as such are answered.

    Args:
        schemas: the official schemas of China's messages, where the operator has them.
        from_customs: customs itself hands the inputs in, so that they may assess anew.
        receipt_language: language of the grounds in receipts; that of the administration if empty.
    Raises StoreError, LawError.
    """
    book, files = law_edition(administration, home)
    summary = Summary(administration, book.law.currency, day, book.law.digest)
    with Writer(out) as writer, Store(home / administration) as store:
        run = Run(store.next_run(), day_number(day), json.dumps([str(path) for path in inputs]))
        arrival = Arrival(run.number, run.processing_day, store.staging, _quota(store, book))
        answers = Answers(writer.receipts(run.number), book, day, receipt_language)
        followed = Followed(store, run)
        keep(home, administration, files, book.law.digest)
        houses = Houses(store, book, run, arrival, from_customs=from_customs)
        for whole in intake.read(
            inputs, on_progress=lambda what, n: progress(f"reading {what}", n), schemas=schemas
        ):
            chunk, declared = houses.split(whole)
            if declared is not None:
                for one in houses.decide(declared):
                    writer.write(one.outcomes, one.replaced["parcel_id"])
                    summary.take_back(one.replaced)
                    summary.add(one.outcomes, one.standing)
            with disk_space(store.staging):
                arrival.take(chunk)
            followed.take(arrival.drain_records())
            answers.to_lists(chunk.tables)
            progress("reading", arrival.documents)
        neighbours = arrival.neighbours()
        for arrived, wanted in _batches(arrival, store, run):
            decided = clear_batch(arrived, wanted, store, book, run, neighbours)
            writer.write(decided.outcomes)
            answers.to_documents(decided.documents, decided.again, decided.outcomes)
            summary.add(decided.outcomes, decided.standing)
            progress("deciding", summary.parcels)
        answers.to_refused(arrival.set_aside)
        writer.write_statuses(followed.standing())
        writer.finish(arrival)
        store.finish_run(run.number)
    summary.receipts_read, summary.receipts_written = followed.counts, answers.counts
    _tell(summary, arrival, book)
    return summary


def _tell(summary: Summary, arrival: Arrival, book: Book) -> None:
    """Adds what the operator is told beside the decisions."""
    summary.notes = [note_of(one) for one in arrival.problems]
    if summary.houses:
        summary.notes += unlisted(book)
    summary.set_aside_why = [one.reason for one in arrival.set_aside[:SHOWN_ASIDE]]
    summary.set_aside = len(arrival.set_aside) + arrival.set_aside_beyond


def _quota(store: Store, book: Book) -> Quota | None:
    """What tells who could exceed a year; None where no regime has a yearly limit."""
    tight = passage.tightest_year(book)
    name_of = partial(pseudonyms, store.person_key)
    return None if tight is None else Quota(tight, store.fullest_years(), name_of)


def _batches(arrival: Arrival, store: Store, run: Run) -> Iterator[tuple[Arrived, pl.Series]]:
    """Documents that belong together with the links to look up; then what is due or loose.

    Loose documents go with the first batch whose parcels they name; those that name parcels of
    earlier runs bring these back; the rest is kept until its parcel comes.
    """
    seen: set[str] = set()
    due = store.overdue(run.processing_day)
    with disk_space(store.staging):
        for arrived in arrival.batches():
            wanted = links_of(arrived)
            if arrival.loose or has_loose(store):
                named = references_in(store, arrived.tables, wanted)
                arrived = arrived.joined_by(arrival.loose.claim(named))
                wanted = pl.concat([wanted, named])
            if wanted.is_empty():
                continue
            if due:
                seen.update(wanted.to_list())
            yield arrived, wanted
        for left in arrival.loose.unclaimed():
            own = [rows["link"] for rows in left.values()]
            named = links_named(store, left)
            seen.update(named.to_list())
            references = references_in(store, left, named)
            whole = Arrived(left).joined_by(arrival.loose.claim(references))
            yield whole, pl.concat([*own, named, references]).unique()
    forgotten = [one for one in due if one not in seen]
    if forgotten:
        yield Arrived(), pl.Series("link", forgotten, dtype=pl.String)


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
) -> Decided:
    """Decides one batch and keeps it."""
    known = known_of(store, wanted)
    incoming = linked_to_orders(arrived.tables, known)
    batch = Batch(
        administration=book.law.country,
        country=country_code(book.law.country),
        processing_day=run.processing_day,
        draw_seed=store.draw_seed,
        incoming=incoming,
        known=known,
        decisions=known["decisions"],
        findings=known["findings"],
        tax_lines=known["tax_lines"],
        quota=known["quota"],
        problems=arrived.problems,
        neighbours=neighbours,
    )
    opened = passage.open_batch(batch, book)
    names = pseudonyms(store.person_key, opened.parcels["buyer_id"].to_list())
    persons = pl.Series("person", names, dtype=pl.String)
    balances = store.balances(persons)
    cleared = passage.clear(batch, book, opened, persons, balances)
    inventories = opened.declared.current["inventory"]
    decisions = with_numbers(cleared.decisions, inventories, batch.decisions, store, book)
    statuses = _with_origin(cleared.statuses, incoming)
    _keep(store, run, incoming, cleared, decisions, statuses)
    return Decided(
        dict(incoming),
        _again(inventories, decisions, batch, statuses),
        _outcomes(batch, cleared, decisions, statuses),
        len(cleared.standing),
    )


def _again(
    inventories: pl.DataFrame, decisions: pl.DataFrame, batch: Batch, statuses: pl.DataFrame
) -> pl.DataFrame:
    """Inventories of earlier runs to answer again.

    Those whose parcel is decided otherwise than it stood; and those of whose order something came
    once more without its inventory, so that an answer that was never written is not lost.
    """
    how = ["parcel_id", "outcome", "lane"]
    changed = decisions.join(batch.decisions.select(how), on=how, how="anti")
    came = batch.incoming.get("inventory")
    earlier = inventories
    repeated = statuses.filter(pl.col("status") == "duplicate", pl.col("order_no") != "")
    if came is not None:
        earlier = inventories.filter(~pl.col("doc").is_in(came["doc"].implode()))
        repeated = repeated.join(came.select("order_no"), on="order_no", how="anti")
    told_again = pl.col("order_no").is_in(repeated["order_no"].unique().implode())
    return pl.concat(
        [
            earlier.filter(~told_again).join(changed, on=["ebc_code", "order_no"], how="semi"),
            earlier.filter(told_again),
        ]
    )


def _with_origin(statuses: pl.DataFrame, incoming: Tables) -> pl.DataFrame:
    origin = [
        rows.select("doc", "source", "position", "link")
        for rows in incoming.values()
        if "source" in rows.columns
    ]
    if not origin:
        return pl.DataFrame(schema=outcome_schema(DOCUMENT_STATUS) | {"link": pl.String()})
    joined = statuses.join(pl.concat(origin), on="doc", how="left").sort("doc")
    return joined.select(*DOCUMENT_STATUS.names, "link")


def _keep(
    store: Store,
    run: Run,
    incoming: Tables,
    cleared: Cleared,
    decisions: pl.DataFrame,
    statuses: pl.DataFrame,
) -> None:
    """Commits new documents (a duplicate is nothing new) with the decisions they led to."""
    fresh = statuses.filter(pl.col("status") != "duplicate")
    kept = dict(incoming)
    if fresh.height < statuses.height:
        kept = {
            name: rows.join(fresh.select("doc"), on="doc", how="semi")
            for name, rows in incoming.items()
        }
    tables = {name: rows.drop("source", "position", strict=False) for name, rows in kept.items()}
    tables |= {
        "decisions": decisions,
        "findings": cleared.findings,
        "tax_lines": cleared.tax_lines,
        "quota": cleared.quota,
        "documents": fresh,
    }
    store.commit(run, tables)


def _outcomes(
    batch: Batch, cleared: Cleared, decisions: pl.DataFrame, statuses: pl.DataFrame
) -> dict[str, pl.DataFrame]:
    """New outcomes beside those that stood, in one order whatever came when."""
    stands = pl.col("parcel_id").is_in(cleared.standing.implode())
    both = {
        "decisions": pl.concat([decisions, batch.decisions.filter(stands)]),
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
