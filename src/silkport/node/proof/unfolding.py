"""Unfolding: everything behind one decision, for a declarant, an officer or an auditor.

The decision's documents are read back and run through the journey once more, as of the day of
the decision and under the law it was made with; every amount is unfolded to its inputs and to
the law it rests on.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from silkport.kernel.errors import NotFound
from silkport.kernel.findings import Audience
from silkport.kernel.ids import link_of, pseudonyms
from silkport.law.book import NO_CELL, Book
from silkport.model.columns import Table
from silkport.model.consignment import Consignment, consignment_of
from silkport.model.outcomes import DECISION, FINDING, QUOTA_ENTRY, TAX_LINE
from silkport.node.clearing.arrival import PROBLEM_SCHEMA
from silkport.node.law.books import administrations, country_code, sentences
from silkport.node.law.decided import law_of_decision
from silkport.node.proof.proving import TaxProof, tax_proof
from silkport.node.proof.unfolded import Amount, Cells, Unfolded, reasons_of
from silkport.node.proof.unfolding_houses import is_house, unfold_house
from silkport.node.store.segments import Store, outcome_schema
from silkport.passage import parcels as passage
from silkport.passage.parcels import Batch, Cleared
from silkport.stages import assess, value


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
    home: Path,
    country: str,
    link: str,
    parcel_id: str,
    *,
    language: str,
    officer: bool,
    tax: bool = False,
) -> Unfolded:
    """Everything behind the latest decision on one parcel or house, in one language.

    Args:
        officer: whether risk criteria, score and lane may be seen.
        tax: whether the tax proof of a parcel is wanted; a house always has one.
    """
    with Store(home / country, writing=False) as store:
        if is_house(store, link, parcel_id):
            result = unfold_house(home, store, link, parcel_id, language=language)
        else:
            result = _unfold_parcel(home, store, link, parcel_id, language=language, tax=tax)
    if not officer:
        text = sentences()
        result.reasons = [
            one for one in result.reasons if text.audience(one.code) is Audience.DECLARANT
        ]
        for name in ("lane", "risk_score"):
            result.decision.pop(name)
    return result


def _unfold_parcel(
    home: Path, store: Store, link: str, parcel_id: str, *, language: str, tax: bool
) -> Unfolded:
    known = store.known(pl.Series("link", [link]))
    own = pl.col("parcel_id") == parcel_id
    decision = known["decisions"].filter(own).to_dicts()[0]
    book = law_of_decision(home, decision["administration"], decision["law_digest"])
    cleared = _again(store, known, decision, book)
    cell = _cell(parcel_id, cleared)
    return Unfolded(
        decision,
        consignment=_consignment(known, decision),
        reasons=reasons_of(known["findings"].filter(own), book, cell, decision, language),
        amounts=list(_amounts(parcel_id, cleared, book)),
        documents=_documents(known, str(decision["order_no"])),
        quota=known["quota"].filter(own).to_dicts(),
        same_law=decision["law_digest"] == book.law.digest,
        law_digest=book.law.digest,
        tax=_tax(known, cleared, decision, book, cell) if tax else None,
    )


def _tax(
    known: dict[str, pl.DataFrame], cleared: Cleared, decision: Cells, book: Book, cell: int
) -> TaxProof:
    """The tax proof of a parcel; what no rule reads is told from its documents."""
    own = pl.col("parcel_id") == decision["parcel_id"]
    inventory, items = _inventory(known, decision)
    declared = {item["gnum"]: item for item in items}
    lines = cleared.lines.filter(own).sort("gnum").to_dicts()
    rows = known["tax_lines"].filter(own).sort("line", maintain_order=True)
    return tax_proof(
        inventory | cleared.parcels.filter(own).to_dicts()[0],
        [declared.get(line["gnum"], {}) | line for line in lines],
        rows.to_dicts(),
        book,
        decision=decision,
        cell=cell,
    )


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
    opened = passage.open_batch(batch, book)
    names = pseudonyms(store.person_key, opened.parcels["buyer_id"].to_list())
    persons = pl.Series("person", names, dtype=pl.String)
    return passage.clear(batch, book, opened, persons, store.balances(persons))


def _consignment(known: dict[str, pl.DataFrame], decision: Cells) -> Consignment | None:
    """The version of the consignment that was decided."""
    inventory, lines = _inventory(known, decision)
    return consignment_of(inventory, lines) if inventory else None


def _inventory(
    known: dict[str, pl.DataFrame], decision: Cells
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The version of the inventory that was decided, with its lines; empty without one."""
    keys = ("order_no", "ebc_code", "app_time")
    same = [pl.col(key) == decision[key] for key in keys]
    inventories = known["inventory"].filter(*same).sort("doc").to_dicts()
    if not inventories:
        return {}, []
    return inventories[0], known["line"].filter(pl.col("doc") == inventories[0]["doc"]).to_dicts()


def _nothing(table: Table) -> pl.DataFrame:
    return pl.DataFrame(schema=outcome_schema(table))


def _cell(parcel_id: str, cleared: Cleared) -> int:
    cells = cleared.parcels.filter(pl.col("parcel_id") == parcel_id)["cell"]
    return int(cells[0]) if len(cells) else NO_CELL


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
