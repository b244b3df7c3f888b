"""Declaring: houses of commercial goods are decided chunk by chunk as they are read.

A declaration comes whole, with its goods lines, so it need not wait for other documents. What the
store knows of the same houses is handed to the passage; what comes of it is kept whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import polars as pl

from silkport.formats.reading import Documents
from silkport.kernel.ids import link_of, links
from silkport.law.book import Book
from silkport.model.declarations import DECLARATION, DECLARED_TABLES, GOODS
from silkport.model.outcomes import (
    ADJUSTMENT,
    ASSESSED,
    DECISION,
    DOCUMENT_STATUS,
    FINDING,
    QUOTA_ENTRY,
    TAX_LINE,
)
from silkport.node.clearing.arrival import PROBLEM_SCHEMA, Arrival
from silkport.node.law.books import country_code
from silkport.node.store.segments import KEPT_OF_HOUSES, Run, Store, outcome_schema
from silkport.passage import goods as passage
from silkport.passage.goods import Batch, Cleared
from silkport.stages.release import AFTER_RELEASE

Outcomes = dict[str, pl.DataFrame]


@dataclass(frozen=True, slots=True)
class DecidedHouses:
    """The tables that are written; how many decisions were left as they stood; and the decisions
    that this very run had taken before and that no longer count."""

    outcomes: Outcomes
    standing: int
    replaced: pl.DataFrame


class Houses:
    """Decides the declarations of one run."""

    def __init__(
        self, store: Store, book: Book, run: Run, arrival: Arrival, *, from_customs: bool = False
    ) -> None:
        self._store, self._book, self._run, self._arrival = store, book, run, arrival
        self._decided: set[str] = set()
        self._from_customs = from_customs

    def split(self, chunk: Documents) -> tuple[Documents, Documents | None]:
        """What of a chunk are parcels, and what are declarations; problems go with theirs."""
        if DECLARATION.name not in chunk.tables:
            return chunk, None
        mine = {table.name for table in DECLARED_TABLES}
        own = {name: rows for name, rows in chunk.tables.items() if name in mine}
        rest = {name: rows for name, rows in chunk.tables.items() if name not in mine}
        general = [one for one in chunk.problems if not one.order_no]
        named = [one for one in chunk.problems if one.order_no]
        return replace(chunk, tables=rest, problems=general), Documents(own, named)

    def decide(self, chunk: Documents) -> Iterator[DecidedHouses]:
        """Decides the declarations of one chunk and keeps what came of it.

        Declarations go first, so that a correction that came with its declaration, or before it
        in the same chunk, finds it decided.
        """
        incoming = self._numbered(chunk)
        after = incoming[DECLARATION.name]["act"].is_in(list(AFTER_RELEASE))
        for wanted in (~after, after):
            docs = incoming[DECLARATION.name].filter(wanted).select("doc")
            if docs.height:
                part = {
                    name: rows.join(docs, on="doc", how="semi", maintain_order="left")
                    for name, rows in incoming.items()
                }
                yield self._decide(part, _problems(chunk))

    def _decide(self, incoming: Outcomes, problems: pl.DataFrame) -> DecidedHouses:
        heads = incoming[DECLARATION.name]
        known = self._store.known(heads["link"].unique().sort(), KEPT_OF_HOUSES)
        batch = Batch(
            administration=self._book.law.country,
            country=country_code(self._book.law.country),
            processing_day=self._run.processing_day,
            draw_seed=self._store.draw_seed,
            incoming=incoming,
            known=known,
            decisions=known[DECISION.name],
            tax_lines=known[TAX_LINE.name],
            problems=problems,
            from_customs=self._from_customs,
        )
        cleared = passage.clear(batch, self._book)
        statuses = self._statuses(cleared, heads)
        worked = _assessed(cleared, known[ASSESSED.name])
        self._keep(incoming, cleared, worked, statuses)
        ids = cleared.decisions["parcel_id"]
        twice = ids.filter(ids.is_in(list(self._decided))) if self._decided else ids.clear()
        again = [one for one in cleared.standing if one not in self._decided]
        standing = pl.Series(again, dtype=pl.String)
        self._decided.update(ids, standing)
        return DecidedHouses(
            _outcomes(cleared, worked, statuses, known, standing),
            len(standing),
            known[DECISION.name].filter(pl.col("parcel_id").is_in(twice.implode())),
        )

    def _numbered(self, chunk: Documents) -> Outcomes:
        heads = self._arrival.numbered(chunk.tables[DECLARATION.name])
        link = pl.Series("link", links(heads["declaration_no"].to_list()), dtype=pl.String)
        heads = heads.with_columns(link)
        lines = chunk.tables.get(GOODS.name)
        if lines is None:
            return {DECLARATION.name: heads}
        about = heads.select("source", "position", "doc", "received_day", "link")
        goods = lines.join(about, on=["source", "position"], maintain_order="left")
        return {DECLARATION.name: heads, GOODS.name: goods.drop("source", "position")}

    def _statuses(self, cleared: Cleared, heads: pl.DataFrame) -> pl.DataFrame:
        origin = heads.select("doc", "source", "position", "link")
        joined = cleared.statuses.join(origin, on="doc", how="left").sort("doc")
        return joined.select(*DOCUMENT_STATUS.names, "link")

    def _keep(
        self, incoming: Outcomes, cleared: Cleared, worked: pl.DataFrame, statuses: pl.DataFrame
    ) -> None:
        fresh = statuses.filter(pl.col("status") != "duplicate")
        kept = {
            name: rows.join(fresh.select("doc"), on="doc", how="semi").drop(
                "source", "position", strict=False
            )
            for name, rows in incoming.items()
        }
        kept |= {
            DECISION.name: cleared.decisions,
            FINDING.name: cleared.findings,
            TAX_LINE.name: cleared.tax_lines,
            ADJUSTMENT.name: cleared.adjustments,
            ASSESSED.name: worked,
            DOCUMENT_STATUS.name: fresh,
        }
        self._store.commit(self._run, kept)


def _problems(chunk: Documents) -> pl.DataFrame:
    rows = [
        (*(getattr(one, name) for name in list(PROBLEM_SCHEMA)[:-1]), link_of(one.order_no))
        for one in chunk.problems
    ]
    return pl.DataFrame(rows, schema=PROBLEM_SCHEMA, orient="row")


def _outcomes(
    cleared: Cleared,
    worked: pl.DataFrame,
    statuses: pl.DataFrame,
    known: Outcomes,
    standing: pl.Series,
) -> Outcomes:
    """What is written: new outcomes beside those of `standing`, whose decision stood."""
    stands = pl.col("parcel_id").is_in(standing.implode())

    def both(name: str, new: pl.DataFrame, by: list[str]) -> pl.DataFrame:
        return pl.concat([new, known[name].filter(stands).select(new.columns)]).sort(by)

    return {
        DECISION.name: both(DECISION.name, cleared.decisions, ["parcel_id"]),
        FINDING.name: both(FINDING.name, cleared.findings, ["parcel_id", "line", "code", "facts"]),
        TAX_LINE.name: both(TAX_LINE.name, cleared.tax_lines, ["parcel_id", "line"]),
        ADJUSTMENT.name: both(ADJUSTMENT.name, cleared.adjustments, _ADJUSTED),
        ASSESSED.name: both(ASSESSED.name, worked, ["parcel_id", "gnum"]),
        QUOTA_ENTRY.name: pl.DataFrame(schema=outcome_schema(QUOTA_ENTRY)),
        DOCUMENT_STATUS.name: statuses.drop("link"),
    }


_ADJUSTED = ["parcel_id", "app_time", "levy"]


def _assessed(cleared: Cleared, earlier: pl.DataFrame) -> pl.DataFrame:
    """The goods lines as the rules saw them, with what was worked out; earlier ones where kept."""
    about = cleared.decisions.select("parcel_id", "regime", "law_digest")
    keeps = pl.col("parcel_id").is_in(cleared.kept.implode())
    rows = cleared.goods.filter(~keeps).join(about, on="parcel_id", maintain_order="left")
    again = earlier.filter(keeps).select(ASSESSED.names)
    both = pl.concat([rows.select(ASSESSED.names), again])
    return both.sort("parcel_id", "gnum", maintain_order=True)
