"""Houses decided twice, by the passage over a batch and one at a time, and compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl

from silkport.engine.house import ClearedHouse, Earlier, SingleHouse
from silkport.engine.house_release import Told, told
from silkport.formats.reading import Problem
from silkport.kernel.periods import day_number
from silkport.law.book import Book
from silkport.model.columns import MISSING, Table
from silkport.model.declarations import DECLARATION, GOODS
from silkport.model.outcomes import ASSESSED, DECISION, DOCUMENT_STATUS, TAX_LINE
from silkport.node.clearing.arrival import PROBLEM_SCHEMA
from silkport.node.law.books import country_code
from silkport.node.store.segments import outcome_schema
from silkport.passage import goods as passage
from silkport.passage.goods import Batch, Cleared
from silkport.stages.declare import NOT_TAKEN, schema_of

Row = dict[str, Any]
Rows = list[Row]

SEED = 20_260_915
"""Of the node's draw."""

STATUS = {
    name: kind
    for name, kind in outcome_schema(DOCUMENT_STATUS).items()
    if name not in ("source", "position")  # the node adds where a document was read
}


@dataclass
class Version:
    """One version of a declaration, with what its reader could not use."""

    head: Row
    lines: Rows
    problems: list[Problem] = field(default_factory=list)

    @property
    def number(self) -> str:
        """The declaration's number, which in these tests is of one house."""
        return str(self.head["declaration_no"])


@dataclass
class Known:
    """What is known of one house."""

    heads: Rows = field(default_factory=list)
    lines: Rows = field(default_factory=list)
    statuses: Rows = field(default_factory=list)
    decision: Row | None = None
    tax_lines: Rows = field(default_factory=list)
    assessed: Rows = field(default_factory=list)

    def told(self, head: Row, today: int) -> Told:
        """What becomes of a new version."""
        late = {one["doc"] for one in self.statuses if one["status"] in NOT_TAKEN}
        return told(
            head,
            [one for one in self.heads if one["doc"] not in late],
            self.decision["outcome"] if self.decision else "",
            processing_day=today,
        )

    def before(self) -> Earlier | None:
        """What was decided last."""
        if self.decision is None:
            return None
        return Earlier(decision=self.decision, tax_lines=self.tax_lines, assessed=self.assessed)


class Both:
    """An administration that decides every house by tables and by itself, and compares."""

    def __init__(self, book: Book) -> None:
        self.book, self.country = book, country_code(book.law.country)
        self.single = SingleHouse(book, self.country)
        self.known: dict[str, Known] = {}
        self.documents = 0
        self.came: Counter[str] = Counter()
        """Outcomes of houses, of acts and of their differences, statuses, codes of findings."""

    def clear(self, day: date, *versions: Version, from_customs: bool = False) -> None:
        """Decides one new version of each of some houses, in one batch and one by one."""
        assert len({one.number for one in versions}) == len(versions), "a house stands here once"
        today = day_number(day)
        numbered = [self._numbered(one, today) for one in versions]
        known = [self.known.setdefault(one.number, Known()) for one in versions]
        batch = self._batch(today, numbered, known, from_customs)
        problems = [problem for one in versions for problem in one.problems]
        tables = by_number(passage.clear(batch, self.book))
        for version, of in zip(numbered, known, strict=True):
            want = tables.pop(version.number)
            (status,) = want["statuses"]
            says = of.told(version.head, today)
            assert says == Told(status["status"], "decisions" in want)
            self.came[says.status] += 1
            if status["status"] != "duplicate":
                of.heads.append(version.head)
                of.lines += version.lines
                of.statuses.append(status)
            if says.decides:
                got = self.single.clear(
                    stated(version.head),
                    [stated(line) for line in version.lines],
                    processing_day=today,
                    draw_seed=SEED,
                    before=of.before(),
                    problems=problems,
                    from_customs=from_customs,
                )
                self._compare(got, of, want)
        assert tables == {}

    def _numbered(self, version: Version, today: int) -> Version:
        self.documents += 1
        about = {"doc": self.documents, "received_day": today}
        lines = [line | about for line in version.lines]
        return Version(version.head | about, lines, version.problems)

    def _batch(
        self, today: int, versions: Sequence[Version], known: Sequence[Known], customs: bool
    ) -> Batch:
        problems = [
            {name: getattr(problem, name, "") for name in PROBLEM_SCHEMA}
            for one in versions
            for problem in one.problems
        ]
        told_before = pl.DataFrame(_all(of.statuses for of in known), STATUS)
        documents = _documents(_all(of.heads for of in known), _all(of.lines for of in known))
        return Batch(
            administration=self.book.law.country,
            country=self.country,
            processing_day=today,
            draw_seed=SEED,
            incoming=_documents(
                [one.head for one in versions], _all(one.lines for one in versions)
            ),
            known=documents | {DOCUMENT_STATUS.name: told_before},
            decisions=_frame(DECISION, [of.decision for of in known if of.decision]),
            tax_lines=_frame(TAX_LINE, _all(of.tax_lines for of in known)),
            problems=pl.DataFrame(problems, PROBLEM_SCHEMA),
            from_customs=customs,
        )

    def _compare(self, got: ClearedHouse, of: Known, want: dict[str, Rows]) -> None:
        agree(got, want | ({"assessed": of.assessed} if got.kept else {}))
        of.decision, of.tax_lines, of.assessed = got.decision, got.tax_lines, got.assessed
        self.came[got.decision["outcome"]] += 1
        self.came["kept"] += got.kept
        self.came.update(f"{one['outcome']} {one['kind']}" for one in got.adjustments)
        self.came.update(one["code"] for one in got.findings)


def agree(got: ClearedHouse, want: dict[str, Rows]) -> None:
    """Every column of every table is the same, in the same order."""
    for name in ("findings", "tax_lines", "adjustments", "assessed"):
        rows = getattr(got, name)
        assert rows == want.get(name, []), name
        assert [list(row) for row in rows] == [list(row) for row in want.get(name, [])]
    assert [got.decision] == want["decisions"]
    assert list(got.decision) == list(want["decisions"][0])


def by_number(cleared: Cleared) -> dict[str, dict[str, Rows]]:
    """What the passage gave, by declaration number and table; lines as the node keeps them."""
    about = cleared.decisions.select("parcel_id", "regime", "law_digest")
    keeps = pl.col("parcel_id").is_in(cleared.kept.implode())
    lines = cleared.goods.filter(~keeps).join(about, on="parcel_id", maintain_order="left")
    tables = {
        "decisions": cleared.decisions,
        "findings": cleared.findings,
        "tax_lines": cleared.tax_lines,
        "adjustments": cleared.adjustments,
        "assessed": lines.select(ASSESSED.names).sort("parcel_id", "gnum", maintain_order=True),
    }
    numbers = dict(cleared.houses.select("parcel_id", "declaration_no").iter_rows())
    found: dict[str, dict[str, Rows]] = {
        status["order_no"]: {"statuses": [status]} for status in cleared.statuses.to_dicts()
    }
    for name, frame in tables.items():
        for row in frame.to_dicts():
            found[numbers[row["parcel_id"]]].setdefault(name, []).append(row)
    return found


def stated(cells: Row) -> Row:
    """A head or line without the cells that say nothing, which the engine takes left out."""
    return {name: cell for name, cell in cells.items() if cell not in ("", MISSING)}


def _all(parts: Iterable[Rows]) -> Rows:
    return [row for part in parts for row in part]


def _frame(table: Table, rows: Rows) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=outcome_schema(table))


def _documents(heads: Rows, lines: Rows) -> dict[str, pl.DataFrame]:
    return {
        table.name: pl.DataFrame(
            [{name: row[name] for name in schema_of(table)} for row in rows],
            schema=schema_of(table),
        )
        for table, rows in ((DECLARATION, heads), (GOODS, lines))
    }
