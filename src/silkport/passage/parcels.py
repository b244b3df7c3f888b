"""The passage of parcels: `clear` runs the stages of a parcel over one batch.

Tables in, tables out, no clock, no store. What the node knows of the batch's keys is handed in;
what it must remember comes back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from silkport.law.book import Book
from silkport.model.columns import MISSING
from silkport.passage.cells import cell_facts, with_computed
from silkport.stages import assess, check, declare, match, release, screen, settle, value


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One batch of documents and what the node knows of their orders.

    `incoming` and `known` are tables of documents with NUMBERED columns; `decisions`,
    `findings`, `tax_lines` and `quota` are what was decided earlier for the same orders;
    `balances` has person, year, used_minor. `problems` are values the readers could not use;
    `neighbours` counts buyers and addresses beyond this batch.
    """

    administration: str
    country: str
    processing_day: int
    draw_seed: int
    incoming: Mapping[str, pl.DataFrame]
    known: Mapping[str, pl.DataFrame]
    decisions: pl.DataFrame
    findings: pl.DataFrame
    tax_lines: pl.DataFrame
    quota: pl.DataFrame
    problems: pl.DataFrame
    neighbours: screen.Neighbours | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """A batch after declare: parcels to decide, and those whose decision stands."""

    declared: declare.Declared
    parcels: pl.DataFrame
    standing: pl.Series


@dataclass(frozen=True, slots=True)
class Cleared:
    """What clearing adds: decisions, findings, tax lines, ledger entries, document statuses.

    `standing` are the ids of parcels whose earlier decision was left as it is. `parcels` and
    `lines` are the rows the rules saw, from which a decision is unfolded.
    """

    decisions: pl.DataFrame
    findings: pl.DataFrame
    tax_lines: pl.DataFrame
    quota: pl.DataFrame
    statuses: pl.DataFrame
    standing: pl.Series
    parcels: pl.DataFrame
    lines: pl.DataFrame


def open_batch(batch: Batch, book: Book) -> Opened:
    """Declare: tells versions apart and finds the parcels that must be decided (again)."""
    decided = batch.decisions.with_columns(
        pl.concat_str("ebc_code", "order_no", separator=" ").alias("key")
    )
    closed = decided.filter(pl.col("outcome").is_in(declare.FINAL))["key"]
    examined = ((pl.col("outcome") == "held") & (pl.col("lane") != "green")).fill_null(value=False)
    busy = decided.filter(examined)["key"]
    declared = declare.declare(batch.incoming, batch.known, closed.to_list(), busy.to_list())
    wanted = book.columns("parcel", book.cells_for("parcel"))
    parcels = declare.to_parcels(declared, batch.administration, batch.country, wanted)
    earlier = batch.decisions.select(
        "parcel_id",
        "outcome",
        "due_day",
        "released_day",
        examined.cast(pl.Int64).alias("under_examination"),
        pl.col("invt_no").alias("given_invt_no"),
    )
    parcels = parcels.join(earlier, on="parcel_id", how="left", maintain_order="left")
    fresh = declared.statuses.filter(pl.col("status").is_in(["current", "deleted"]))
    withdrawn = fresh.filter(pl.col("kind") == "withdrawal")["order_no"].unique()
    is_decided = pl.col("outcome").is_not_null()
    overdue = (pl.col("outcome") == "pending") & (pl.col("due_day") < batch.processing_day)
    touched = pl.col("order_no").is_in(fresh["order_no"].unique().implode()) | overdue
    touched |= declare.moved(declared, fresh["doc"])
    is_final = pl.col("outcome").is_in(declare.FINAL) & ~pl.col("order_no").is_in(
        withdrawn.implode()
    )
    is_final |= pl.col("outcome").is_in(declare.LEFT)
    stands = is_decided & (is_final | ~touched)
    standing = parcels.filter(stands)["parcel_id"]
    parcels = parcels.filter(stands.fill_null(value=False).not_())
    parcels = parcels.drop("outcome", "due_day").with_columns(
        pl.col("released_day").fill_null(MISSING),
        pl.col("under_examination").fill_null(0),
        pl.col("given_invt_no").fill_null(""),
        pl.lit(batch.processing_day, dtype=pl.Int64).alias("processing_day"),
        (batch.processing_day - pl.col("received_day")).clip(0).alias("waited_days"),
        (pl.col("parcel_id").hash(batch.draw_seed) % 1_000_000).cast(pl.Int64).alias("draw_ppm"),
        book.cell_column(),
    )
    return Opened(declared, parcels, standing)


def clear(
    batch: Batch, book: Book, opened: Opened, persons: pl.Series, balances: pl.DataFrame
) -> Cleared:
    """Runs every stage after declare over one batch.

    Args:
        persons: pseudonym of the buyer of each of `opened.parcels`; "" where none is stated.
        balances: what those persons' years had used: person, year, used_minor.
    """
    parcels = opened.parcels.with_columns(persons.alias("person"))
    found = [declare.no_regime(parcels), declare.unreadable(parcels, batch.problems)]
    parcels, lines, more = _check(opened, parcels, batch.problems, book)
    found += more
    parcels, lines, more = _match(opened, parcels, lines, book)
    found += more
    parcels, lines, more = _value(parcels, lines, book)
    found += more
    parcels, lines, tax_lines, more = _assess(parcels, lines, book)
    found += more
    returned = opened.declared.current["withdrawal_line"]
    parcels = release.with_return_counts(parcels, lines, returned)
    found.append(book.run(release.parcels, parcels).findings)  # a withdrawal out of place stays
    parcels = _year(parcels, pl.concat(found), batch, book, balances)
    for sheet in (screen.parcels, settle.parcels):
        ran = book.run(sheet, parcels)
        parcels = parcels.with_columns(ran.outputs)
        found.append(ran.findings)
    return _conclude(
        parcels, lines, opened, book, found=pl.concat(found), tax=tax_lines, quota=batch.quota
    )


Step = tuple[pl.DataFrame, pl.DataFrame, list[pl.DataFrame]]


def _check(opened: Opened, parcels: pl.DataFrame, problems: pl.DataFrame, book: Book) -> Step:
    parcels = check.with_unreadable_counts(parcels, problems)
    wanted = book.columns("line", book.cells_for("parcel"))
    lines = check.lines_of(parcels, opened.declared.current["line"], wanted)
    parcels = check.with_line_counts(parcels, lines)
    of_lines, of_parcels = book.run(check.lines, lines), book.run(check.parcels, parcels)
    found = [of_lines.findings, of_parcels.findings]
    return check.with_finding_counts(parcels, pl.concat(found)), lines, found


def _match(opened: Opened, parcels: pl.DataFrame, lines: pl.DataFrame, book: Book) -> Step:
    wanted = book.columns("parcel", book.cells_for("parcel"))
    parcels = match.with_documents(parcels, opened.declared.current, wanted)
    orders = parcels.select("parcel_id", "order_doc")
    lines = lines.join(orders, on="parcel_id", how="left", maintain_order="left")
    in_lines = book.columns("line", book.cells_for("parcel"))
    lines = match.with_ordered_lines(lines, opened.declared.current["order_line"], in_lines)
    of_lines = book.run(match.lines, match.only_ordered(lines))
    parcels = match.with_line_findings(
        parcels, of_lines.findings, opened.declared.current["order_line"]
    )
    of_parcels = book.run(match.parcels, parcels)
    return parcels, lines, [of_lines.findings, of_parcels.findings]


def _value(parcels: pl.DataFrame, lines: pl.DataFrame, book: Book) -> Step:
    ran = book.run(value.parcels, parcels)
    parcels = with_computed(parcels, ran.outputs, ("customs_value_minor",))
    lines = value.with_parcel_values(lines, parcels)
    of_lines = book.run(value.lines, lines)
    lines = with_computed(lines, of_lines.outputs, ("customs_value_minor",))
    return parcels, lines, [ran.findings, of_lines.findings]


def _assess(
    parcels: pl.DataFrame, lines: pl.DataFrame, book: Book
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, list[pl.DataFrame]]:
    of_lines, of_parcels = book.run(assess.lines, lines), book.run(assess.parcels, parcels)
    taxed_lines = with_computed(lines, of_lines.outputs, assess.COLUMNS)
    taxed_parcels = with_computed(parcels, of_parcels.outputs, assess.COLUMNS)
    tax_lines = assess.tax_lines(taxed_lines, taxed_parcels, book.law.currency)
    parcels = assess.with_totals(parcels, tax_lines)
    return parcels, lines, tax_lines, [of_lines.findings, of_parcels.findings]


def _year(
    parcels: pl.DataFrame, found: pl.DataFrame, batch: Batch, book: Book, balances: pl.DataFrame
) -> pl.DataFrame:
    """What each buyer's year had used, released parcels first, and what is around each parcel."""
    stays = found.filter(pl.col("code").is_in(release.RETURN_RULES))["parcel_id"].unique()
    hard = found.filter(pl.col("effect").is_in(["refuse", "wait"]))["parcel_id"].unique()
    parcels = parcels.join(cell_facts(book), on="cell", how="left", maintain_order="left")
    year = pl.from_epoch(pl.col("decl_day"), time_unit="d").dt.year().cast(pl.Int64)
    parcels = parcels.with_columns(year.alias("year")).join(
        settle.held(batch.quota),
        on=["parcel_id", "person", "year"],
        how="left",
        maintain_order="left",
    )
    leaves = (pl.col("withdrawal_kind") != "") & ~pl.col("parcel_id").is_in(stays.implode())
    leaves &= pl.col("return_lines_kept") == 0
    parcels = parcels.with_columns(
        pl.col("own_minor", "annual_limit").fill_null(0),
        pl.col("regime", "procedure").fill_null(""),
        (~pl.col("parcel_id").is_in(hard.implode()) & ~leaves).alias("eligible"),
    )
    first = pl.when(pl.col("released_day") >= 0).then(0).otherwise(pl.col("app_time"))
    parcels = parcels.with_columns(
        (pl.col("customs_value_minor") - release.part_back(stays)).alias("borne_minor")
    )
    borne = pl.col("borne_minor").alias("customs_value_minor")
    used = settle.running_use(parcels.with_columns(first.alias("app_time"), borne), balances)
    return screen.with_neighbours(parcels.with_columns(used), batch.neighbours)


def _conclude(
    parcels: pl.DataFrame,
    lines: pl.DataFrame,
    opened: Opened,
    book: Book,
    *,
    found: pl.DataFrame,
    tax: pl.DataFrame,
    quota: pl.DataFrame,
) -> Cleared:
    parcels = match.mask(parcels, found)
    parcels = release.decide(
        with_computed(parcels, parcels.select(), ("risk_score", "lane_number")), found
    )
    debits = pl.col("outcome").is_in(release.DEBITING).alias("debits")
    borne = pl.col("borne_minor").alias("customs_value_minor")
    entries = settle.ledger_entries(parcels.with_columns(debits, borne), quota)
    decisions = release.decisions(parcels, book.law.country, book.law.currency, book.law.digest)
    owed = decisions.filter(pl.col("outcome").is_in(release.TAXED))["parcel_id"]
    return Cleared(
        decisions=decisions,
        findings=found.sort("parcel_id", "line", "code", maintain_order=True),
        tax_lines=tax.filter(pl.col("parcel_id").is_in(owed.implode())),
        quota=entries,
        statuses=opened.declared.statuses,
        standing=opened.standing,
        parcels=parcels,
        lines=lines,
    )


def tightest_year(book: Book) -> int | None:
    """The smallest yearly limit of any regime and period, in minor units; None without quota."""
    limits = cell_facts(book).filter(pl.col("annual_limit") > 0)["annual_limit"]
    return int(str(limits.min())) if len(limits) else None
