"""What lies behind one decision: grounds in words, amounts with their proof, documents."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from silkport.kernel.periods import day_of
from silkport.law.book import NO_CELL, Book
from silkport.law.proof import Proof
from silkport.model.consignment import Consignment
from silkport.node.law.books import sentences
from silkport.node.proof.proving import TaxProof
from silkport.node.proof.speaking import spoken_facts, spoken_law

Cells = dict[str, object]


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule that fired, in words, with its law and the smallest fix."""

    code: str
    line: int
    effect: str
    sentence: str
    fix: str
    field: str
    source: str
    official: str
    confidence: str
    facts: dict[str, object]


@dataclass(frozen=True, slots=True)
class Amount:
    """One amount with its proof."""

    name: str
    line: int
    minor: int
    proof: Proof


@dataclass
class Unfolded:
    """One decision with everything behind it.

    `adjustments` are what acts after release changed: rows of `model.outcomes.ADJUSTMENT`.
    `tax` is the tax proof, of a house always, of a parcel where it was asked for.
    """

    decision: Cells
    consignment: Consignment | None = None
    reasons: list[Reason] = field(default_factory=list)
    amounts: list[Amount] = field(default_factory=list)
    documents: list[Cells] = field(default_factory=list)
    quota: list[Cells] = field(default_factory=list)
    adjustments: list[Cells] = field(default_factory=list)
    same_law: bool = True
    law_digest: str = ""
    tax: TaxProof | None = None


def reasons_of(
    findings: pl.DataFrame, book: Book, cell: int, decision: Mapping[str, object], language: str
) -> list[Reason]:
    """Findings of one decision in words, line by line.

    Args:
        cell: regime and period under which they were found; NO_CELL when none covers the row.
    """
    rows = findings.sort("line", "code").to_dicts()
    return [_reason(finding, book, cell, decision, language) for finding in rows]


def _reason(
    finding: Cells, book: Book, cell: int, decision: Mapping[str, object], language: str
) -> Reason:
    code = str(finding["code"])
    facts: dict[str, object] = json.loads(str(finding["facts"]))
    words = spoken_facts(facts, str(decision["currency"]), language)
    day = day_of(max(0, int(str(decision["decl_day"]))))
    source = book.law.rule_source(code, day)
    if cell != NO_CELL:
        words |= spoken_law(code, book.law, book.cells[cell][0], day, language)
    text = sentences()
    return Reason(
        code=code,
        line=int(str(finding["line"])),
        effect=str(finding["effect"]),
        sentence=text.sentence(code, language, words),
        fix=text.fix(code, language),
        field=text.field(code),
        source=source.source if source else "",
        official=source.official if source else "",
        confidence=source.confidence if source else "",
        facts=facts,
    )
