"""The table of answers: which status, in which words, answers which outcome of a document.

`answers.csv` is read from the top; the first row that fits is taken. A row says whether composed
grounds go before its own words, how sure it is and what it rests on.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import polars as pl

from silkport.formats.ceb.catalogue import SHAPES, Shape

LANGUAGE = "zh"
"""Receipts of China's customs speak Chinese unless told otherwise."""

ANY = "*"
NOTE = "note"
"""In the table: any value; and the row whose words are added to the answer of a duplicate."""

STATUSES = (
    "current",
    "superseded",
    "stale",
    "duplicate",
    "deleted",
    "too_late",
    "in_process",
    "draft",
    "altered",
)
"""What became of a document."""

STANDINGS = (
    "released",
    "held",
    "inspection",
    "awaiting",
    "missing",
    "refused",
    "left",
    "denied",
    "unknown",
    "",
)
"""How the parcel stands: `left` is withdrawn or returned, `denied` says that a withdrawal was not
granted, `unknown` that there is no decision; empty for documents that decide nothing alone."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One row of the table of answers; `words` are by language, empty where Chinese serves all."""

    kind: str
    message: str
    statuses: tuple[str, ...]
    standing: str
    return_status: str
    grounds: bool
    code: str
    official: str
    words: Mapping[str, str]
    confidence: str
    source: str

    def fits(self, shape: Shape, status: str, standing: str) -> bool:
        """Whether this row answers a document of `shape`."""
        return (
            self.kind in {ANY, shape.head.table}
            and self.message in {ANY, shape.message}
            and (status in self.statuses or ANY in self.statuses)
            and self.standing in {ANY, standing}
        )

    def said(self, language: str) -> str:
        """The entry this answer is given with."""
        official = f";Official:{self.official}" if self.official else ""
        words = self.words[language] or self.words[LANGUAGE]
        return f"[Code:{self.code}{official};Desc:{words}]"


def _answers() -> Iterator[Answer]:
    text = (files("silkport.formats.ceb") / "answers.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(text.splitlines()):
        yield Answer(
            kind=row["kind"],
            message=row["message"],
            statuses=tuple(row["status"].split()),
            standing=row["standing"],
            return_status=row["return_status"],
            grounds=row["grounds"] == "yes",
            code=row["code"],
            official=row["official"],
            words={language: row[language] for language in ("en", "zh", "ru", "kk")},
            confidence=row["confidence"],
            source=row["source"],
        )


ANSWERS: tuple[Answer, ...] = tuple(_answers())
"""What is answered to which outcome, first that fits."""

REPEATED = next(answer for answer in ANSWERS if answer.standing == NOTE)
"""What is added to the answer of a document that came before."""


@cache
def answers(message: str, language: str) -> pl.DataFrame:
    """The answers to one kind of message: status, standing, return_status, grounds, said."""
    shape = SHAPES[message]
    rows = []
    for status in STATUSES:
        for standing in STANDINGS:
            one = next(answer for answer in ANSWERS if answer.fits(shape, status, standing))
            note = REPEATED.said(language) if status == "duplicate" else ""
            said = one.said(language)
            rows.append((status, standing, one.return_status, one.grounds, said, note))
    schema = ["status", "standing", "return_status", "grounds", "said", "note"]
    return pl.DataFrame(rows, schema=schema, orient="row")
