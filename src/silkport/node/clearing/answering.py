"""Answering: receipts for messages that came in, written as messages into a folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import chain, count
from pathlib import Path

import polars as pl

from silkport.formats.ceb.answering import LISTS, receipts, refusal
from silkport.formats.ceb.answers import LANGUAGE
from silkport.formats.ceb.writing import Sender, write_messages
from silkport.formats.reading import SetAside
from silkport.law.book import Book
from silkport.model.outcomes import DECISION
from silkport.node.proof.grounding import grounds
from silkport.node.store.disk import disk_space
from silkport.node.store.segments import outcome_schema
from silkport.stages.declare import ALTERED, DRAFT

HEADS = ("order", "payment", "waybill", "inventory", "withdrawal")
"""Documents that are answered with their batch."""

GROUNDS = {"parcel_id": pl.String, "about": pl.String, "info": pl.String}
"""Columns of grounds in words."""

FOLDER_FILES = 10_000
"""Receipt files in one folder; the next ones go to a folder of their own."""

_NOBODY = Sender("", "", "")  # receipts do not say who sends them


class Answers:
    """Answers every document that came in a message; does nothing without a folder."""

    def __init__(self, folder: Path | None, book: Book, day: date, language: str) -> None:
        """Begins with a folder of its own, beside those of other runs and other homes."""
        self._folder = None if folder is None else _unused(folder)
        self._book = book
        self._day = day
        self._language = language or LANGUAGE
        self._files = 0
        self.counts: dict[str, int] = {}

    def to_documents(
        self,
        documents: Mapping[str, pl.DataFrame],
        again: pl.DataFrame,
        outcomes: Mapping[str, pl.DataFrame],
    ) -> None:
        """Answers the documents of one batch, and earlier inventories that stand otherwise now."""
        came = {name: rows for name, rows in documents.items() if name in HEADS}
        statuses = outcomes["documents"].select("doc", "kind", "status")
        if again.height:
            own = [came["inventory"].select(again.columns)] if "inventory" in came else []
            came["inventory"] = pl.concat([*own, again])
            current = again.select(
                "doc", pl.lit("inventory").alias("kind"), pl.lit("current").alias("status")
            )
            statuses = pl.concat([statuses, current])
        came = {name: rows for name, rows in came.items() if (rows["message"] != "").any()}
        if self._folder is None or not came:
            return
        decisions = outcomes["decisions"]
        rows = receipts(
            statuses=statuses,
            documents=came,
            decisions=decisions,
            grounds=grounds(outcomes["findings"], decisions, self._book, self._language),
            return_time=self._now(),
            language=self._language,
        )
        self._write(rows)

    def to_lists(self, tables: Mapping[str, pl.DataFrame]) -> None:
        """Answers lists of parcels (movements, summaries), each once, as soon as they are read."""
        if self._folder is None:
            return
        for kind in LISTS:
            if kind not in tables:
                continue
            rows = tables[kind].filter(pl.col("message") != "").with_row_index("doc")
            rows = rows.with_columns(pl.col("doc").cast(pl.Int64))
            status = (
                pl.when(pl.col("signature").is_in(ALTERED))
                .then(pl.lit("altered"))
                .when(pl.col("app_status") == DRAFT)
                .then(pl.lit("draft"))
                .otherwise(pl.lit("current"))
            )
            statuses = rows.select("doc", pl.lit(kind).alias("kind"), status.alias("status"))
            answers = receipts(
                statuses=statuses,
                documents={kind: rows},
                decisions=pl.DataFrame(schema=outcome_schema(DECISION)),
                grounds=pl.DataFrame(schema=GROUNDS),
                return_time=self._now(),
                language=self._language,
            )
            self._write(answers)

    def to_refused(self, refused: Sequence[SetAside]) -> None:
        """Answers messages that were set aside as a whole (CEB900)."""
        if self._folder is None:
            return
        rows = [
            refusal(
                one.faults or [("", one.reason.replace(one.source, Path(one.source).name))],
                return_time=self._now(),
                answered_id=one.envelope_id,
                answered_kind=one.message,
            )
            for one in refused
            if one.message and not one.position
        ]
        for row in rows:
            self._write(row)

    def _now(self) -> str:
        """The time of an answer to the millisecond, on the day that is processed."""
        clock = datetime.now(UTC)
        return f"{self._day:%Y%m%d}{clock:%H%M%S}{clock.microsecond // 1000:03d}"

    def _write(self, rows: pl.DataFrame) -> None:
        named = rows.with_columns(_receiver(rows))
        for own in named.partition_by("receiver", maintain_order=True, include_key=False):
            self._write_to_one(own)

    def _write_to_one(self, rows: pl.DataFrame) -> None:
        """Writes receipts of one receiver: nobody reads what another firm is told."""
        assert self._folder is not None
        for written in write_messages(
            {"receipt": rows}, sender=_NOBODY, numbered_from=self._files + 1
        ):
            folder = self._folder / f"{self._files // FOLDER_FILES:04d}"
            with disk_space(folder):
                if self._files % FOLDER_FILES == 0:
                    folder.mkdir(parents=True, exist_ok=True)
                (folder / written.source).write_bytes(written.data)
            self._files += 1
            count = self.counts.get(written.message, 0)
            self.counts[written.message] = count + written.documents


def _unused(folder: Path) -> Path:
    """The folder, or the first that is not there yet of those numbered after it."""
    others = (folder.with_name(f"{folder.name}-{number}") for number in count(2))
    return next(one for one in chain([folder], others) if not one.exists())


_RECEIVERS = (
    "agent_code",
    "operator_code",
    "pay_code",
    "logistics_code",
    "ebp_code",
    "ebc_code",
)
"""Whom a receipt is for: the first of these that it states."""


def _receiver(rows: pl.DataFrame) -> pl.Series:
    stated = [pl.when(pl.col(name) != "").then(name) for name in _RECEIVERS]
    return rows.select(pl.coalesce(*stated, pl.lit("")).alias("receiver")).to_series()
