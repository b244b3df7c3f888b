"""What the workflow reads: declarations in files, cases as officers list them, and their grounds.

Declarations come one at a time, as filing takes them. Cases come in pages, those whose term ends
first at the front. Grounds are the findings of a decision in words, as `explain` has them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from silkport.formats import intake
from silkport.formats.reading import Problem, SetAside
from silkport.kernel.findings import Audience, Effect
from silkport.kernel.limits import MAX_CASES_LISTED
from silkport.model.declarations import DECLARATION, GOODS
from silkport.model.outcomes import FINDING
from silkport.model.release import Hold
from silkport.model.states import ESCALATIONS, UNDECIDED
from silkport.node.law.books import sentences
from silkport.node.law.decided import law_of_decision
from silkport.node.proof.unfolded import Reason, reasons_of
from silkport.node.state.contract import Transaction
from silkport.node.store.kept import outcome_schema
from silkport.node.workflow.awaiting import flagged
from silkport.node.workflow.cases import NEVER, Case, case_of, decoded
from silkport.node.workflow.overdue import Overdue, overdue

Cells = dict[str, int | str]
PLACE = ("source", "position")


@dataclass(frozen=True, slots=True)
class Declared:
    """One house declaration as it was read: its cells, its lines, what could not be read."""

    declaration: Cells
    goods: list[Cells]
    problems: list[Problem]


def declared_in(
    inputs: Sequence[Path], progress: Callable[[str, int], None] = lambda *_: None
) -> Iterator[Declared | Problem | SetAside]:
    """Every house declaration in the inputs, in order, and what belongs to none of them.

    What was set aside was not read: there may be declarations in it.
    """
    for chunk in intake.read(inputs, on_progress=progress):
        yield from chunk.set_aside
        heads = chunk.tables.get(DECLARATION.name)
        lines: dict[tuple[object, ...], list[Cells]] = {}
        goods = chunk.tables.get(GOODS.name)
        if goods is not None:
            for row in goods.iter_rows(named=True):
                place = tuple(row[name] for name in PLACE)
                lines.setdefault(place, []).append({name: row[name] for name in GOODS.names})
        own: dict[str, list[Problem]] = {}
        for problem in chunk.problems:
            if problem.order_no:
                own.setdefault(problem.order_no, []).append(problem)
            else:
                yield problem
        for row in heads.iter_rows(named=True) if heads is not None else ():
            declaration = {name: row[name] for name in DECLARATION.names}
            place = tuple(row[name] for name in PLACE)
            number = str(declaration["declaration_no"])
            yield Declared(declaration, lines.get(place, []), own.get(number, []))


# Cases, in pages.

_EVER = 2**62
_ESCALATIONS = f" {' '.join(sorted(ESCALATIONS))} "


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which cases are asked for; "" and None ask for all.

    Attributes:
        due_before: the first moment at which a term may no longer end, in milliseconds.
        overdue_at: only cases whose term is over at this moment, or was missed and what was due
            then is not done.
        after: the last case of the page before, as `Listed.place` says it.
        limit: cases in one page, from 1 to MAX_CASES_LISTED.
    """

    state: str = ""
    lane: str = ""
    due_before: int | None = None
    overdue_at: int | None = None
    after: tuple[int, str] = (NEVER, "")
    limit: int = MAX_CASES_LISTED


@dataclass(frozen=True, slots=True)
class Listed:
    """One case of a page, with its lane: for officers.

    Attributes:
        held: an act after release waits for an officer.
        missed: which term was missed and since when, as `overdue.py` reads it from the events.
    """

    id: str
    number: str
    consignment_no: str
    house_no: str
    direction: str
    state: str
    filed_at: int
    due_at: int
    due_then: str
    due_known: bool
    held: bool
    lane: str
    risk_score: int
    missed: Overdue | None

    @property
    def place(self) -> tuple[int, str]:
        """Where it stands in the order of the pages."""
        return self.due_at, self.id

    def is_overdue(self, now: int) -> bool:
        """Whether its term is over, or was missed and what was due then is not done."""
        return self.missed is not None or 0 <= self.due_at <= now


def list_cases(tx: Transaction, wanted: Wanted) -> list[Listed]:
    """One page of cases: by the moment at which their term ends, then those without a term."""
    assert 1 <= wanted.limit <= MAX_CASES_LISTED, "a page is bounded"
    found: list[Listed] = []
    place: tuple[int, str] | None = wanted.after
    while place is not None and len(found) < wanted.limit:
        rows = [_listed(tx, row) for row in _rows(tx, wanted, place)]
        place = rows[-1].place if len(rows) == wanted.limit else None
        if wanted.overdue_at is not None:
            rows = [one for one in rows if one.is_overdue(wanted.overdue_at)]
        found += rows[: wanted.limit - len(found)]
    return found


def flagged_cases(tx: Transaction, wanted: Wanted) -> list[Listed]:
    """The cases on which a neighbour's word flagged something, in the order of their ids."""
    found = [_of_case(tx, case_of(tx, one)) for one in flagged(tx)]
    kept = [
        one for one in found if wanted.state in {"", one.state} and wanted.lane in {"", one.lane}
    ]
    return kept[: wanted.limit]


def _of_case(tx: Transaction, case: Case) -> Listed:
    row = case.decision["decision"]
    return Listed(
        id=case.id,
        number=case.number,
        consignment_no=case.consignment_no,
        house_no=case.house_no,
        direction=case.direction,
        state=case.state.value,
        filed_at=case.filed_at,
        due_at=case.due_at,
        due_then=case.due_then,
        due_known=case.due_known,
        held=bool(case.held),
        lane=str(row["lane"]),
        risk_score=int(row["risk_score"]),
        missed=overdue(tx, case.id),
    )


def _rows(tx: Transaction, wanted: Wanted, after: tuple[int, str]) -> list[Any]:
    """Rows behind a place that may be asked for; of those overdue some were settled since."""
    due, identity = after
    now = NEVER if wanted.overdue_at is None else wanted.overdue_at
    before = _EVER if wanted.due_before is None else wanted.due_before
    about, missed = (wanted.state, wanted.lane), (now, _ESCALATIONS)
    rows: list[Any] = []
    if due >= 0 or not identity:
        limit = wanted.limit
        rows += tx.rows("cases_with_term", due, identity, before, *about, *missed, limit)
        identity = ""
    if wanted.due_before is None and len(rows) < wanted.limit:
        left = wanted.limit - len(rows)
        rows += tx.rows("cases_without_term", identity, *about, *missed, left)
    return rows


def _listed(tx: Transaction, row: Sequence[Any]) -> Listed:
    *_, due_known, held, lane, score = row
    missed = overdue(tx, row[0])
    values = [*row[:9], bool(due_known), bool(held), lane or "", score or 0, missed]
    return Listed(*values)


def term_missed(one: Overdue) -> str:
    """The event by which the law names a missed term, also where a person must say what follows."""
    named = one.reason.partition(",")[0] if one.event == UNDECIDED else ""
    return named or one.event


# The grounds of a decision.


@dataclass(frozen=True, slots=True)
class Grounds:
    """The findings of a decision in words, gravest first.

    Attributes:
        decided_by, spoken_by: digests of the law that decided and of the law that is quoted; they
            differ where the edition that decided is not kept.
        appeal_day: the last day for an appeal, by number; -1 where no law gives one.
    """

    reasons: list[Reason]
    decided_by: str
    spoken_by: str
    appeal_day: int


def grounds_of(home: Path, decided: Mapping[str, Any], language: str, *, officer: bool) -> Grounds:
    """The grounds of what was decided (`Case.decision`) in one language.

    Args:
        home: where the law of the node is kept.
        officer: whether what never leaves the node may be seen: the reasons of a risk.
    Raises LawError, StoreDamaged.
    """
    decision, text = decided["decision"], sentences()
    findings = [
        one
        for one in decided["findings"]
        if officer or text.audience(one["code"]) is Audience.DECLARANT
    ]
    book = law_of_decision(home, decision["administration"], decision["law_digest"])
    cell = book.cell_in(decision["regime"], decision["decl_day"])
    rows = pl.DataFrame(findings, schema=outcome_schema(FINDING))
    reasons = reasons_of(rows, book, cell, decision, language)
    return Grounds(
        reasons=sorted(reasons, key=lambda one: _GRAVITY.index(one.effect)),
        decided_by=decision["law_digest"],
        spoken_by=book.law.digest,
        appeal_day=decision["appeal_day"] if decision["regime"] else NEVER,
    )


_GRAVITY = (Effect.REFUSE, Effect.WAIT, Effect.HOLD, Effect.RISK, Effect.NOTE)


def decided_last(tx: Transaction, case: Case) -> Mapping[str, Any]:
    """What was decided on the newest version, which may be an act that is held or was refused."""
    row = tx.one("newest_version", case.id)
    return case.decision if row is None else decoded(row[0])


# What stands against a release.


def held_because(holds: Sequence[Hold], language: str, *, officer: bool) -> list[Reason]:
    """What stands against release in words, in the order in which it is best put right.

    Args:
        officer: whether what never leaves the node may be seen: what is to be examined, and facts.
    """
    text = sentences()
    return [
        Reason(
            code=one.code,
            line=one.line,
            effect=one.effect,
            sentence=text.sentence(one.code, language, one.facts),
            fix=text.fix(one.code, language),
            field=text.field(one.code),
            source=one.source,
            official="",
            confidence=one.confidence,
            facts=dict(one.facts) if officer else {},
        )
        for one in holds
        if officer or text.audience(one.code) is Audience.DECLARANT
    ]
