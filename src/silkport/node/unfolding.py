"""Unfolding: everything behind one decision, for a declarant, an officer or an auditor.

The decision's documents are read back and run through the journey once more, as of the day of
the decision; every amount is unfolded to its inputs and to the law it rests on.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from silkport import journey
from silkport.journey import Batch, Cleared
from silkport.kernel.errors import NotFound
from silkport.kernel.findings import Audience
from silkport.kernel.ids import link_of, pseudonyms
from silkport.kernel.periods import day_of
from silkport.law.book import NO_CELL, Book
from silkport.law.proof import Proof
from silkport.model.columns import Table
from silkport.model.consignment import Consignment, consignment_of
from silkport.model.outcomes import DECISION, FINDING, QUOTA_ENTRY, TAX_LINE
from silkport.node.arrival import PROBLEM_SCHEMA
from silkport.node.lawbooks import administrations, country_code, law_book, sentences
from silkport.node.speaking import spoken_facts, spoken_law
from silkport.node.store import Store, outcome_schema
from silkport.stages import assess, value

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
    """One decision with everything behind it."""

    decision: Cells
    consignment: Consignment | None = None
    reasons: list[Reason] = field(default_factory=list)
    amounts: list[Amount] = field(default_factory=list)
    documents: list[Cells] = field(default_factory=list)
    quota: list[Cells] = field(default_factory=list)
    same_law: bool = True
    law_digest: str = ""


def stores(home: Path) -> Iterator[tuple[str, Store]]:
    """The stores of a home, for reading."""
    for country in administrations():
        if (home / country / "index.sqlite3").is_file():
            with Store(home / country, writing=False) as store:
                yield country, store


def find(home: Path, identifier: str) -> list[tuple[str, str, str]]:
    """Administration, link and parcel id of every parcel known under `identifier`.

    Args:
        identifier: a parcel id, an order number or a waybill number.
    Raises NotFound.
    """
    found: list[tuple[str, str, str]] = []
    for country, store in stores(home):
        if identifier.startswith(f"{country}-"):
            link, by = identifier.rsplit("-", maxsplit=1)[-1][:8], "parcel_id"
        else:
            link, by = link_of(identifier), "order_no"
        decisions = store.known(pl.Series("link", [link]))["decisions"]
        rows = decisions.filter(pl.col(by) == identifier)
        if rows.is_empty():
            rows = store.find_decisions("logistics_no", identifier)
        found += [(country, link_of(row["order_no"]), row["parcel_id"]) for row in rows.to_dicts()]
    if not found:
        raise NotFound(what=identifier)
    return found


def example(home: Path, kind: str) -> str:
    """A parcel id to unfold: `refused`, `taxed`, or any outcome. Raises NotFound."""
    wanted = pl.col("outcome") == kind
    if kind == "taxed":
        wanted = pl.col("outcome").is_in(["released", "held"]) & (pl.col("total_minor") > 0)
    for _, store in stores(home):
        rows = store.some_decision(wanted)
        if rows.height:
            return str(rows["parcel_id"][0])
    raise NotFound(what=f"an example of {kind}")


def unfold(
    home: Path, country: str, link: str, parcel_id: str, *, language: str, officer: bool
) -> Unfolded:
    """Everything behind the latest decision on one parcel, in one language.

    Args:
        officer: whether risk criteria, score and lane may be seen.
    """
    with Store(home / country, writing=False) as store:
        known = store.known(pl.Series("link", [link]))
        decision = known["decisions"].filter(pl.col("parcel_id") == parcel_id).to_dicts()[0]
        book = law_book(country)
        cleared = _again(store, known, decision, book)
    result = Unfolded(decision, law_digest=book.law.digest)
    result.consignment = _consignment(known, decision)
    result.same_law = decision["law_digest"] == book.law.digest
    findings = known["findings"].filter(pl.col("parcel_id") == parcel_id)
    for finding in findings.sort("line", "code").to_dicts():
        reason = _reason(finding, cleared, book, decision, language)
        if officer or sentences().audience(reason.code) is Audience.DECLARANT:
            result.reasons.append(reason)
    result.amounts = list(_amounts(parcel_id, cleared, book))
    result.documents = _documents(known, str(decision["order_no"]))
    result.quota = known["quota"].filter(pl.col("parcel_id") == parcel_id).to_dicts()
    if not officer:
        for name in ("lane", "risk_score"):
            result.decision.pop(name)
    return result


def _again(store: Store, known: dict[str, pl.DataFrame], decision: Cells, book: Book) -> Cleared:
    """The journey of the parcel once more, from its documents alone."""
    batch = Batch(
        administration=book.law.country,
        country=country_code(book.law.country),
        processing_day=int(str(decision["processing_day"])),
        draw_seed=store.draw_seed,
        incoming={},
        known=known,
        problems=pl.DataFrame(schema=PROBLEM_SCHEMA),
        decisions=_nothing(DECISION),
        findings=_nothing(FINDING),
        tax_lines=_nothing(TAX_LINE),
        quota=_nothing(QUOTA_ENTRY),
    )
    opened = journey.open_batch(batch, book)
    names = pseudonyms(store.person_key, opened.parcels["buyer_id"].to_list())
    persons = pl.Series("person", names, dtype=pl.String)
    return journey.clear(batch, book, opened, persons, store.balances(persons))


def _consignment(known: dict[str, pl.DataFrame], decision: Cells) -> Consignment | None:
    """The version of the consignment that was decided."""
    keys = ("order_no", "ebc_code", "app_time")
    same = [pl.col(key) == decision[key] for key in keys]
    inventories = known["inventory"].filter(*same).sort("doc").to_dicts()
    if not inventories:
        return None
    lines = known["line"].filter(pl.col("doc") == inventories[0]["doc"]).to_dicts()
    return consignment_of(inventories[0], lines)


def _nothing(table: Table) -> pl.DataFrame:
    return pl.DataFrame(schema=outcome_schema(table))


def _cell(parcel_id: str, cleared: Cleared) -> int:
    cells = cleared.parcels.filter(pl.col("parcel_id") == parcel_id)["cell"]
    return int(cells[0]) if len(cells) else NO_CELL


def _reason(finding: Cells, cleared: Cleared, book: Book, decision: Cells, language: str) -> Reason:
    code = str(finding["code"])
    facts: dict[str, object] = json.loads(str(finding["facts"]))
    words = spoken_facts(facts, str(decision["currency"]), language)
    cell = _cell(str(finding["parcel_id"]), cleared)
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


def _amounts(parcel_id: str, cleared: Cleared, book: Book) -> Iterator[Amount]:
    """Customs value and every levy of the parcel and of its lines, each with its proof."""
    cell = _cell(parcel_id, cleared)
    if cell == NO_CELL:
        return
    parcels = cleared.parcels.filter(pl.col("parcel_id") == parcel_id).to_dicts()
    lines = cleared.lines.filter(pl.col("parcel_id") == parcel_id).sort("gnum").to_dicts()
    levies = [f"{levy}_minor" for levy in assess.LEVIES]
    for sheet, rows, names in (
        (value.parcels, parcels, ["customs_value_minor"]),
        (value.lines, lines, ["customs_value_minor"]),
        (assess.lines, lines, levies),
        (assess.parcels, parcels, levies),
    ):
        compiled = book.compiled(sheet, cell)
        for row in rows:
            for name in names:
                if name not in compiled.outputs:
                    continue
                proof = compiled.prove(name, row)
                line = int(row["gnum"]) if sheet.shape.name == "line" else 0
                yield Amount(name.removesuffix("_minor"), line, int(proof.result), proof)


def _documents(known: dict[str, pl.DataFrame], order_no: str) -> list[Cells]:
    rows = known["documents"].filter(pl.col("order_no") == order_no).sort("doc")
    return rows.to_dicts()
