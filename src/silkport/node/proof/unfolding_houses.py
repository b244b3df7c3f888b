"""Unfolding a house: the decision on one declaration of commercial goods.

The version of the declaration that was decided is read back and runs through the passage once
more, with what had been decided before it. What was decided stands as it was stored; what is
worked out again is how it came about.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from silkport.kernel.errors import StoreDamaged
from silkport.law.book import Book
from silkport.law.formula import Formula, plain_call, plain_name, plain_value, written
from silkport.law.proof import Proof, Step
from silkport.model.declarations import DECLARATION, GOODS
from silkport.model.outcomes import ADJUSTMENT, DECISION, DOCUMENT_STATUS, FINDING, TAX_LINE
from silkport.node.clearing.arrival import PROBLEM_SCHEMA
from silkport.node.law.books import country_code
from silkport.node.law.decided import law_of_decision
from silkport.node.proof.proving import TaxProof, tax_proof
from silkport.node.proof.unfolded import Amount, Cells, Unfolded, reasons_of
from silkport.node.store.segments import KEPT_OF_HOUSES, Store, outcome_schema
from silkport.passage import goods as passage
from silkport.passage.goods import Batch, Cleared

Tables = dict[str, pl.DataFrame]

_NOT_DECIDED = ("duplicate", "too_late", "stale", "superseded")


def is_house(store: Store, link: str, parcel_id: str) -> bool:
    """Whether what was decided under this identity is a house of commercial goods."""
    links = pl.Series("link", [link])
    known = {table.name: store.rows_of(table, links) for table in (DECISION, DECLARATION)}
    decisions = known[DECISION.name].filter(pl.col("parcel_id") == parcel_id)
    return bool(_declared(known, decisions).height)


def unfold_house(home: Path, store: Store, link: str, parcel_id: str, *, language: str) -> Unfolded:
    """Everything behind the latest decision on one house, in one language.

    Raises StoreDamaged when the version that was decided is not kept.
    """
    known = store.known(pl.Series("link", [link]), KEPT_OF_HOUSES)
    own = pl.col("parcel_id") == parcel_id
    decision = known[DECISION.name].filter(own).to_dicts()[0]
    book = law_of_decision(home, decision["administration"], decision["law_digest"])
    cleared = again(store, known, decision, book)
    cell = int(cleared.houses["cell"][0])
    tax = _tax(cleared, known, decision, book, cell)
    order = (pl.col("order_no") == decision["order_no"]) & (pl.col("kind") == DECLARATION.name)
    return Unfolded(
        decision,
        reasons=reasons_of(known[FINDING.name].filter(own), book, cell, decision, language),
        amounts=list(_amounts(tax)),
        documents=known[DOCUMENT_STATUS.name].filter(order).sort("doc").to_dicts(),
        adjustments=known[ADJUSTMENT.name].filter(own).sort("app_time", "levy").to_dicts(),
        same_law=decision["law_digest"] == book.law.digest,
        law_digest=book.law.digest,
        tax=tax,
    )


def _declared(known: Tables, decision: pl.DataFrame) -> pl.DataFrame:
    """The versions of the declaration that a decision is on."""
    key = decision.select(
        pl.col("ebc_code").alias("declarant_code"), pl.col("order_no").alias("declaration_no")
    )
    return known[DECLARATION.name].join(key, on=list(DECLARATION.key), how="semi")


def again(store: Store, known: Tables, decision: Cells, book: Book) -> Cleared:
    """The passage of a house once more, from the version that was decided."""
    heads = _version(known, decision)
    goods = known[GOODS.name].join(heads.select("doc"), on="doc", how="semi")
    before, paid = _before(store, decision)
    batch = Batch(
        administration=book.law.country,
        country=country_code(book.law.country),
        processing_day=int(str(decision["processing_day"])),
        draw_seed=store.draw_seed,
        incoming={DECLARATION.name: heads, GOODS.name: goods},
        known={},
        decisions=before,
        tax_lines=paid,
        problems=pl.DataFrame(schema=PROBLEM_SCHEMA),
    )
    return passage.clear(batch, book)


def _version(known: Tables, decision: Cells) -> pl.DataFrame:
    """The one version of the declaration that was decided."""
    of_house = _declared(known, pl.DataFrame([decision], schema=outcome_schema(DECISION)))
    statuses = known[DOCUMENT_STATUS.name].filter(pl.col("status").is_in(_NOT_DECIDED))
    taken = of_house.join(statuses.select("doc"), on="doc", how="anti")
    version = taken.filter(pl.col("app_time") == decision["app_time"]).sort("doc").tail(1)
    if version.is_empty():
        reason = "the version that was decided is not kept"
        raise StoreDamaged(what=str(decision["parcel_id"]), reason=reason)
    return version


def _before(store: Store, decision: Cells) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What had been decided before: the decision, and what it charged.

    A decision that stands although an act after release was refused is kept once more as it was;
    it was made when it was kept first.
    """
    link = pl.Series("link", [str(decision["parcel_id"]).rsplit("-", maxsplit=1)[-1][:8]])
    own = pl.col("parcel_id") == decision["parcel_id"]
    every = store.rows_of(DECISION, link).filter(own).sort("batch")
    same = pl.all_horizontal(pl.col(name) == decision[name] for name in DECISION.names)
    made = int(every.filter(same)["batch"][0])
    earlier = every.filter(pl.col("batch") < made).tail(1)
    paid = store.rows_of(TAX_LINE, link).filter(own)
    paid = paid.join(earlier.select("batch"), on="batch", how="semi")
    return earlier.drop("batch"), paid.drop("batch")


def _tax(cleared: Cleared, known: Tables, decision: Cells, book: Book, cell: int) -> TaxProof:
    rows = known[TAX_LINE.name].filter(pl.col("parcel_id") == decision["parcel_id"])
    return tax_proof(
        cleared.houses.to_dicts()[0],
        cleared.goods.sort("gnum").to_dicts(),
        rows.sort("line", maintain_order=True).to_dicts(),
        book,
        decision=decision,
        cell=cell,
    )


def _amounts(tax: TaxProof) -> Iterator[Amount]:
    """Every amount of the proof as a parcel has it."""
    for line, amounts in ((0, tax.amounts), *((one.gnum, one.amounts) for one in tax.lines)):
        for amount in amounts:
            yield Amount(amount.name, line, amount.formula.result, _proof(amount.formula))


def _proof(formula: Formula) -> Proof:
    steps = [
        Step(
            name=step.name,
            symbols=written(step.body, plain_name, plain_call),
            numbers=written(step.body, plain_value, plain_call),
            result=step.value,
            unit=step.unit,
            grounds=tuple(ground.plain() for ground in step.grounds),
        )
        for step in formula.steps
    ]
    return Proof(formula.result, steps)
