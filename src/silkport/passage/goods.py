"""The passage of commercial goods: `clear` runs the stages of a house over one batch.

Each house of a consignment is declared, decided and corrected by itself: one that is held does
not hold the rest. Tables in, tables out, no clock, no store.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from silkport.kernel.periods import day_of
from silkport.law.book import NO_CELL, Book
from silkport.model.columns import MISSING
from silkport.model.declarations import DECLARATION, GOODS
from silkport.passage.cells import house_facts, with_computed
from silkport.stages import assess, check, declare, release, screen, value

Tables = Mapping[str, pl.DataFrame]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One batch of declarations and what the node knows of the same houses.

    `incoming` and `known` have tables `declaration` and `goods` with the columns of
    `declare.NUMBERED`; `decisions` and `tax_lines` are what was decided last. `problems` are
    values the readers could not use; `from_customs` says that customs itself hands them in, which
    alone may assess anew.
    """

    administration: str
    country: str
    processing_day: int
    draw_seed: int
    incoming: Tables
    known: Tables
    decisions: pl.DataFrame
    tax_lines: pl.DataFrame
    problems: pl.DataFrame
    from_customs: bool = False


@dataclass(frozen=True, slots=True)
class Cleared:
    """What clearing adds: decisions, findings, payment rows, differences, document statuses.

    `standing` are the ids of houses whose earlier decision was left as it is; `kept` those whose
    earlier decision is given again, because an act after release was not accepted. `houses` and
    `goods` are the rows the rules saw, from which a decision is unfolded.
    """

    decisions: pl.DataFrame
    findings: pl.DataFrame
    tax_lines: pl.DataFrame
    adjustments: pl.DataFrame
    statuses: pl.DataFrame
    standing: pl.Series
    kept: pl.Series
    houses: pl.DataFrame
    goods: pl.DataFrame


def clear(batch: Batch, book: Book) -> Cleared:
    """Runs every stage over one batch of houses."""
    day = day_of(batch.processing_day + 1)
    declared = declare.declare_houses(
        batch.incoming, batch.known, batch.decisions, int(f"{day:%Y%m%d}235959")
    )
    houses = _opened(batch, book, declared.current[DECLARATION.name])
    came = batch.incoming[DECLARATION.name]["doc"]
    anew = houses.filter(pl.col("doc").is_in(came.implode()))["parcel_id"]
    named = batch.incoming[DECLARATION.name].select(
        pl.col("declarant_code").alias("ebc_code"), pl.col("declaration_no").alias("order_no")
    )
    decided = batch.decisions.join(named, on=["ebc_code", "order_no"], how="semi")
    standing = decided.filter(~pl.col("parcel_id").is_in(anew.implode()))["parcel_id"]
    houses = houses.filter(~pl.col("parcel_id").is_in(standing.implode()))
    found = [declare.no_regime(houses), declare.unreadable(houses, batch.problems)]
    houses, goods, more = _check(houses, declared.current[GOODS.name], batch.problems, book)
    found += more
    houses, goods, more = _value(houses, goods, book)
    found += more
    houses, goods, rows, more = _assess(houses, goods, book)
    found += more
    for sheet in (screen.houses, release.houses):
        ran = book.run(sheet, houses)
        houses = with_computed(houses, ran.outputs, ("risk_score", "lane_number"))
        found.append(ran.findings)
    worked = _Worked(houses, goods, rows, pl.concat(found))
    return _conclude(worked, batch, book, declared.statuses, standing)


def _opened(batch: Batch, book: Book, declarations: pl.DataFrame) -> pl.DataFrame:
    """One row for each current declaration, with what was decided before."""
    houses = declare.to_houses(declarations, batch.administration, batch.country)
    earlier = batch.decisions.select(
        "parcel_id",
        "released_day",
        pl.col("decl_day").alias("registered_day"),
        pl.col("trade_mode").alias("registered_procedure"),
        pl.col("direction").alias("registered_direction"),
        pl.col("total_minor").alias("paid_before_minor"),
    )
    houses = houses.join(earlier, on="parcel_id", how="left", maintain_order="left")
    houses = houses.with_columns(
        pl.col("released_day", "registered_day").fill_null(MISSING),
        pl.col("paid_before_minor").fill_null(0),
        pl.col("registered_procedure", "registered_direction").fill_null(""),
        pl.lit(int(batch.from_customs), dtype=pl.Int64).alias("from_customs"),
        pl.lit(batch.processing_day, dtype=pl.Int64).alias("processing_day"),
        (pl.col("parcel_id").hash(batch.draw_seed) % 1_000_000).cast(pl.Int64).alias("draw_ppm"),
        pl.col("procedure").alias("trade_mode"),
    )
    after = pl.col("act").is_in(release.AFTER_RELEASE) & (pl.col("registered_day") >= 0)
    legal_day = pl.when(after).then(pl.col("registered_day")).otherwise(pl.col("decl_day"))
    houses = houses.with_columns(legal_day.alias("decl_day"))
    houses = houses.with_columns(book.cell_column("house"))
    elsewhere = (pl.col("cell") == NO_CELL) & (pl.col("direction") == "transit")
    passes_by = pl.when(elsewhere).then(pl.lit("")).otherwise(pl.col("direction"))
    houses = houses.with_columns(passes_by.alias("direction"))
    facts = house_facts(book)
    houses = houses.join(facts, on="cell", how="left", maintain_order="left")
    texts = [name for name, kind in facts.schema.items() if kind == pl.String]
    deferred = pl.when(pl.col("deferred_until_day") >= 0).then(pl.lit("deferred"))
    return houses.with_columns(
        pl.col(texts).fill_null(""),
        pl.col("appeal_days", "refund_days", "payment_days").fill_null(0),
    ).with_columns(
        pl.when(pl.col("feature") == "paid")
        .then(deferred.otherwise(pl.col("feature")))
        .otherwise(pl.col("feature"))
        .alias("feature")
    )


Step = tuple[pl.DataFrame, pl.DataFrame, list[pl.DataFrame]]


def _check(houses: pl.DataFrame, goods: pl.DataFrame, problems: pl.DataFrame, book: Book) -> Step:
    houses = check.with_unreadable_counts(houses, problems)
    goods = check.goods_of(houses, goods)
    houses = check.with_goods_counts(houses, goods)
    goods = check.with_house_counts(goods, houses)
    no_number = book.law.lists.get("empty_names", ())
    goods = check.with_missing_permits(goods, houses, book.law.permits, no_number)
    of_goods, of_houses = book.run(check.goods, goods), book.run(check.houses, houses)
    return houses, goods, [of_goods.findings, of_houses.findings]


def _value(houses: pl.DataFrame, goods: pl.DataFrame, book: Book) -> Step:
    ran = book.run(value.houses, houses)
    houses = with_computed(houses, ran.outputs, value.ADJUSTMENTS)
    goods = value.with_house_amounts(goods, houses)
    of_goods = book.run(value.goods, goods)
    goods = with_computed(goods, of_goods.outputs, ("customs_value_minor",))
    houses = value.with_customs_value(houses, goods)
    return houses, goods, [ran.findings, of_goods.findings]


def _assess(
    houses: pl.DataFrame, goods: pl.DataFrame, book: Book
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, list[pl.DataFrame]]:
    of_houses = book.run(assess.houses, houses)
    houses = with_computed(houses, of_houses.outputs, ("fee_minor",))
    goods = assess.with_fee_shares(goods, houses)
    of_goods = book.run(assess.goods, goods)
    goods = assess.with_payments(with_computed(goods, of_goods.outputs, assess.GOODS_COLUMNS))
    rows = assess.payment_rows(goods, houses, book.law.currency)
    return assess.house_totals(houses, rows), goods, rows, [of_houses.findings, of_goods.findings]


@dataclass(frozen=True, slots=True)
class _Worked:
    """Houses and goods after the last stage but one, payment rows, and all that was found."""

    houses: pl.DataFrame
    goods: pl.DataFrame
    rows: pl.DataFrame
    found: pl.DataFrame


def _conclude(
    worked: _Worked, batch: Batch, book: Book, statuses: pl.DataFrame, standing: pl.Series
) -> Cleared:
    """Decides; where an act after release is not accepted, what was decided before stands."""
    rows, found = worked.rows, worked.found
    houses = release.decide_houses(worked.houses, found)
    decisions = release.house_decisions(
        houses, book.law.country, book.law.currency, book.law.digest
    )
    kept = houses.filter(pl.col("act_outcome").is_in(["held", "refused"]))["parcel_id"]
    keeps = pl.col("parcel_id").is_in(kept.implode())
    gone = houses.filter(pl.col("outcome") == "withdrawn")["parcel_id"]
    changes = release.adjustments(houses, rows, batch.tax_lines, book.law.currency)
    earlier = batch.decisions.filter(keeps).select(decisions.columns)
    return Cleared(
        decisions=pl.concat([decisions.filter(~keeps), earlier]),
        findings=found.sort("parcel_id", "line", "code", maintain_order=True),
        tax_lines=pl.concat(
            [
                rows.filter(~keeps & ~pl.col("parcel_id").is_in(gone.implode())),
                batch.tax_lines.filter(keeps).select(rows.columns),
            ]
        ),
        adjustments=changes,
        statuses=statuses,
        standing=standing,
        kept=kept,
        houses=houses,
        goods=worked.goods,
    )
