"""Shadow: what this law would have decided and charged, beside what an existing system did.

Exports of the existing system go through the same clearing as everything else, in a temporary
home that is deleted afterwards; the operator's own home is read for its tariffs and not written.
What is known of the existing system's decisions is then compared with it.

All inputs are looked at as of one day, by which everything in them has arrived; the law of each
declaration is that of its own legal day. The random draw is left out, for whom it takes is chance.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from silkport.formats import intake
from silkport.formats.ceb.schemas import Schemas
from silkport.formats.decided import NOT_CARRIED
from silkport.kernel.periods import day_number, day_of
from silkport.law.book import Book
from silkport.model.columns import MISSING
from silkport.model.outcomes import ASSESSED, DECISION, FINDING, TAX_LINE
from silkport.node.clearing.clear import clear_inputs
from silkport.node.law.books import law_book, law_folder, sentences
from silkport.node.shadow.comparing import Ours, compare
from silkport.node.shadow.drawing import without_draw
from silkport.node.shadow.existing import Existing
from silkport.node.shadow.grouping import Asked, Grouper, days_of
from silkport.node.shadow.report import Report
from silkport.node.store.segments import KEY_BYTES, Store, outcome_schema

Progress = Callable[[str, int], None]

DRAW_KEY = b"silkport shadow".ljust(KEY_BYTES, b".")
"""The key of the temporary home, so that nothing in it is left to chance. It is no secret."""

AT_ONCE = 50_000
"""Orders whose decisions are read back at a time."""

_READ = (DECISION, FINDING, TAX_LINE, ASSESSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be reported, and how.

    Args of the same names are those of the command; `day` None is the last day of the inputs.
    """

    administration: str
    home: Path
    day: date | None = None
    asked: Asked
    schemas: Schemas | None = None


def shadow(inputs: Sequence[Path], wanted: Wanted, progress: Progress) -> Report:
    """Compares what is in `inputs` with what this law says; keeps and changes nothing.

    Raises StoreError, LawError; never for what is in a file.
    """
    existing = Existing()
    for chunk in intake.read(inputs, on_progress=progress, schemas=wanted.schemas):
        existing.take(chunk)
    as_of = wanted.day or day_of(existing.last_day)
    with TemporaryDirectory(prefix="silkport-shadow-") as folder:
        home = _prepared(Path(folder), wanted)
        book = law_book(wanted.administration, home)
        summary = clear_inputs(
            inputs,
            home=home,
            administration=wanted.administration,
            day=as_of,
            out=None,
            progress=progress,
            schemas=wanted.schemas,
            from_customs=True,
        )
        progress("comparing", summary.decided)
        ours = _decided_here(home / wanted.administration, book)
        decisions, charges = existing.told(book)
        of_forms = existing.of_forms()
        compared = compare(ours, decisions, charges, of_forms, _silent(ours.findings))
        grouper = Grouper(compared, ours.decisions, ours.findings, book, home, wanted.asked)
        groups = grouper.groups()
        whole, days = days_of(compared)
        return Report(
            administration=wanted.administration,
            currency=book.law.currency,
            as_of=day_number(as_of) if existing.documents else MISSING,
            law_digest=book.law.digest,
            documents=existing.documents,
            whole=whole,
            days=days,
            groups=groups,
            hidden=grouper.hidden,
            unread=summary.set_aside,
            unread_why=summary.set_aside_why,
            contradictory=int((decisions["others"] > 0).sum()),
            notes=summary.notes,
        )


def _silent(findings: pl.DataFrame) -> list[str]:
    """Rules that fired on what XML declarations do not carry."""
    text = sentences()
    return [one for one in findings["code"].unique() if text.field(one) in NOT_CARRIED]


def _prepared(folder: Path, wanted: Wanted) -> Path:
    """An empty home with the tariffs that the operator's home has, and a key of its own."""
    own = folder / wanted.administration
    own.mkdir()
    (own / "person.key").write_bytes(DRAW_KEY)
    loaded = law_folder(wanted.administration, wanted.home)
    if loaded.is_dir():
        shutil.copytree(loaded, law_folder(wanted.administration, folder))
    return folder


def _decided_here(folder: Path, book: Book) -> Ours:
    """Everything that was decided in the temporary home."""
    parts: dict[str, list[pl.DataFrame]] = {
        table.name: [pl.DataFrame(schema=outcome_schema(table))] for table in _READ
    }
    with Store(folder, writing=False) as store:
        for links in _links(store):
            for name, rows in store.known(links, _READ).items():
                parts[name].append(rows.select(parts[name][0].columns))
    read = {name: pl.concat(found) for name, found in parts.items()}
    goods, decisions = read[ASSESSED.name], read[DECISION.name]
    of_lines = goods.select("parcel_id", line=pl.col("gnum"), ours_minor="customs_value_minor")
    whole = decisions.join(goods, on="parcel_id", how="anti").select(
        "parcel_id", line=pl.lit(0, dtype=pl.Int64), ours_minor="customs_value_minor"
    )
    decisions, findings = without_draw(decisions, read[FINDING.name], book)
    return Ours(decisions, findings, read[TAX_LINE.name], pl.concat([of_lines, whole]))


def _links(store: Store) -> Iterator[pl.Series]:
    empty = pl.DataFrame(schema={"link": pl.String}).lazy()
    every = [rows.select("link").unique() for rows in store.scan(DECISION.name)]
    links = store.collect(pl.concat([empty, *every]).unique().sort("link"))["link"]
    for at in range(0, len(links), AT_ONCE):
        yield links[at : at + AT_ONCE]
