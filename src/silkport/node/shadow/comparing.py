"""Comparing: decisions of this law beside those of the existing system, table against table.

A declaration is compared in its decision where the existing system's is known, and in its amounts
where what was charged is known. What cannot be compared is set apart with the reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl

from silkport.model.decided import VALUE
from silkport.node.proof.supposing import NO_RATE, NO_REGIME
from silkport.node.shadow.existing import KEY, TOTAL
from silkport.stages.assess import HOUSE_LEVIES
from silkport.stages.release import TAXED

ELSEWHERE = "REG002"
NOT_APPLIED = (NO_REGIME, ELSEWHERE)
"""Rules that say that no law of this administration was applied."""

STANDS_IN_THE_WAY = {"refused": "refuse", "held": "hold", "pending": "wait"}
"""The effect of the rules that an outcome rests on."""

NONE, UNDECIDED, NOT_CARRIED = "no_decision", "no_outcome", "not_carried"
VALUE_PARTS = "value_parts"
NOT_APPLIED_WHY = ("elsewhere", "no_law")

_OWN_RATES = [code for code in NO_RATE if code != NO_REGIME]


@dataclass(frozen=True, slots=True)
class Ours:
    """What this law gives: rows of decisions, findings and payments, and `values`, the customs
    value of goods lines: parcel_id, line, ours_minor."""

    decisions: pl.DataFrame
    findings: pl.DataFrame
    payments: pl.DataFrame
    values: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Compared:
    """What was compared, a row each.

    `declarations`: parcel_id, KEY, day, outcome, regime, old, old_day, reason, apart (why it is
    not compared, empty where it is), decided (same, differs or unknown), charged (same, differs
    or unknown), found (rules of ours that nothing there tells of), off_minor.
    `amounts`: parcel_id, levy, code, old_minor, ours_minor of the whole; line, 0 where none is
    known, with line_old_minor, line_ours_minor, cause, old and our rate and base of it. `causes`:
    parcel_id, code of the rule that a different decision rests on, line. `found` and `apart`:
    parcel_id, line, code. `unmatched`: decisions there of nothing here, KEY.
    """

    declarations: pl.DataFrame
    amounts: pl.DataFrame
    causes: pl.DataFrame
    found: pl.DataFrame
    apart: pl.DataFrame
    unmatched: pl.DataFrame


def compare(
    ours: Ours,
    old: pl.DataFrame,
    charges: pl.DataFrame,
    of_forms: pl.DataFrame,
    silent: Sequence[str],
) -> Compared:
    """Compares everything that was decided here with what is known of there.

    Args:
        old, charges: as `Existing.told` gives them.
        of_forms: KEY of declarations whose form does not carry every field.
        silent: codes of rules on fields that it does not carry: what they say of these
            declarations is said of the form, and no difference.
    """
    keys = ours.decisions.select("parcel_id", *KEY)
    old, charges = _with_declarants(old, keys), _with_declarants(charges, keys)
    formal = keys.join(of_forms, on=list(KEY), how="semi")["parcel_id"].implode()
    is_silent = pl.col("parcel_id").is_in(formal) & pl.col("code").is_in(silent)
    unsaid = ours.findings.filter(is_silent)
    ours = replace(ours, findings=ours.findings.filter(~is_silent))
    rows = _joined(ours, old, charges, unsaid)
    amounts = _amounts(ours, charges, rows)
    amounts = amounts.with_columns(_value_parts(amounts, formal))
    rows = _charged(rows, amounts)
    found = _found(ours.findings, rows)
    counted = found.group_by("parcel_id").agg(pl.len().cast(pl.Int64).alias("found"))
    rows = rows.join(counted, on="parcel_id", how="left", maintain_order="left").with_columns(
        pl.col("found").fill_null(0)
    )
    known = pl.concat([old.select(KEY), charges.select(KEY)]).unique()
    return Compared(
        declarations=rows.sort("day", *KEY, "parcel_id"),
        amounts=amounts,
        causes=_causes(ours.findings, rows),
        found=found,
        apart=_apart(ours.findings, unsaid, rows),
        unmatched=known.join(keys, on=list(KEY), how="anti").sort(KEY),
    )


def _with_declarants(told: pl.DataFrame, keys: pl.DataFrame) -> pl.DataFrame:
    """What names no declarant gets that of its number, where one declarant alone has it."""
    whose, number = KEY
    only = keys.select(KEY).unique().unique(number, keep="none").rename({whose: "__only"})
    joined = told.join(only, on=number, how="left", maintain_order="left")
    empty = pl.col(whose) == ""
    found = pl.when(empty).then(pl.col("__only").fill_null("")).otherwise(whose).alias(whose)
    return joined.with_columns(found).drop("__only")


def _charged(rows: pl.DataFrame, amounts: pl.DataFrame) -> pl.DataFrame:
    """Declarations with how their amounts compare, and what ours less theirs comes to.

    One that is compared in neither decision nor amount rests on what its form does not carry.
    """
    off = (
        amounts.filter(pl.col("cause") != VALUE_PARTS)
        .group_by("parcel_id")
        .agg(
            pl.when(pl.col("levy") != VALUE)
            .then(pl.col("ours_minor") - pl.col("old_minor"))
            .otherwise(0)
            .sum()
            .alias("off_minor")
        )
    )
    rows = rows.join(off, on="parcel_id", how="left", maintain_order="left").with_columns(
        pl.when(pl.col("off_minor").is_not_null())
        .then(pl.lit("differs"))
        .when(pl.col("has_amounts") & ~_of(amounts))
        .then(pl.lit("same"))
        .otherwise(pl.lit("unknown"))
        .alias("charged"),
        pl.col("off_minor").fill_null(0),
    )
    neither = (pl.col("decided") == "unknown") & (pl.col("charged") == "unknown")
    open_now = (pl.col("apart") == "") & neither
    return rows.with_columns(
        pl.when(open_now).then(pl.lit(NOT_CARRIED)).otherwise("apart").alias("apart")
    )


def _of(amounts: pl.DataFrame) -> pl.Expr:
    """Whether any amount of a declaration differs."""
    return pl.col("parcel_id").is_in(amounts["parcel_id"].unique().implode())


def _value_parts(amounts: pl.DataFrame, formal: pl.Series) -> pl.Expr:
    """Customs values of documents that do not carry their parts differ for that alone, and so do
    levies whose rate is the same; they are told, and count as no difference."""
    of_value = (pl.col("levy") == VALUE) & pl.col("cause").is_in(["amount", "rounding"])
    moved = amounts.filter(of_value, pl.col("parcel_id").is_in(formal))["parcel_id"]
    bases = pl.col("cause").is_in(["base", "rounding"]) | of_value
    own = pl.col("parcel_id").is_in(moved.unique().implode()) & bases
    return pl.when(own).then(pl.lit(VALUE_PARTS)).otherwise("cause").alias("cause")


def _joined(
    ours: Ours, old: pl.DataFrame, charges: pl.DataFrame, unsaid: pl.DataFrame
) -> pl.DataFrame:
    """Each declaration with what is known of it there, and whether it can be compared."""
    accounts = charges.group_by(KEY).agg(pl.col("currency").max().alias("foreign"))
    rows = (
        ours.decisions.select(
            "parcel_id", *KEY, "outcome", "regime", pl.col("decl_day").alias("day")
        )
        .join(old.unique(KEY, keep="first"), on=list(KEY), how="left", maintain_order="left")
        .join(accounts, on=list(KEY), how="left", maintain_order="left")
        .with_columns(
            pl.col("old", "said", "reason").fill_null(""),
            pl.col("old_day").fill_null(-1),
            pl.col("foreign").is_not_null().alias("has_charges"),
            pl.col("foreign").fill_null(""),
        )
    )
    lacking = {
        name: rows["parcel_id"].is_in(
            ours.findings.filter(pl.col("code").is_in(codes))["parcel_id"].implode()
        )
        for name, codes in (
            ("elsewhere", [ELSEWHERE]),
            ("no_law", [NO_REGIME]),
            ("no_rate", _OWN_RATES),
        )
    }
    rows = rows.with_columns(**lacking)
    rows = rows.with_columns(_rests_on_unsaid(rows, ours.findings, unsaid))
    owed = pl.col("outcome").is_in(TAXED)
    comparable = pl.col("has_charges") & owed & (pl.col("foreign") == "")
    apart = (
        pl.when("elsewhere")
        .then(pl.lit("elsewhere"))
        .when("no_law")
        .then(pl.lit("no_law"))
        .when("no_rate")
        .then(pl.lit("no_rate"))
        .when(((pl.col("old") != "") & ~pl.col("unsaid")) | comparable)
        .then(pl.lit(""))
        .when("unsaid")
        .then(pl.lit(NOT_CARRIED))
        .when(pl.col("foreign") != "")
        .then(pl.lit("other_currency"))
        .when(pl.col("said") != "")
        .then(pl.lit(UNDECIDED))
        .otherwise(pl.lit(NONE))
        .alias("apart")
    )
    decided = (
        pl.when((apart != "") | (pl.col("old") == "") | pl.col("unsaid"))
        .then(pl.lit("unknown"))
        .when(pl.col("old") == pl.col("outcome"))
        .then(pl.lit("same"))
        .otherwise(pl.lit("differs"))
        .alias("decided")
    )
    return rows.with_columns(apart, decided, ((apart == "") & comparable).alias("has_amounts"))


def _rests_on_unsaid(rows: pl.DataFrame, findings: pl.DataFrame, unsaid: pl.DataFrame) -> pl.Series:
    """Whether an outcome rests on nothing but what the form of a document does not carry."""
    effect = pl.col("outcome").replace_strict(STANDS_IN_THE_WAY, default="").alias("effect")
    place = rows.select("parcel_id", effect)
    on = ["parcel_id", "effect"]
    resting = place.join(unsaid, on=on, how="semi").join(findings, on=on, how="anti")
    return rows["parcel_id"].is_in(resting["parcel_id"].implode()).alias("unsaid")


_LINE = ("parcel_id", "line", "levy", "code")
_WIDE = pl.Int128
ROUNDING_MINOR = 100
"""Less than one whole unit of money: a difference that rounding makes."""


def _amounts(ours: Ours, charges: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Amounts of a levy that differ, with the first line in which they do, and why."""
    compared = rows.filter("has_amounts").select("parcel_id", *KEY)
    there = charges.join(compared, on=list(KEY)).drop(KEY)
    here = _here(ours, there)
    by_levy = ["parcel_id", "levy", "code"]
    sums = _outer(
        there.group_by(by_levy).agg(pl.col("old_minor").cast(_WIDE).sum()),
        here.group_by(by_levy).agg(pl.col("ours_minor").cast(_WIDE).sum()),
        by_levy,
    ).filter(pl.col("old_minor") != pl.col("ours_minor"))
    lines = _outer(there.drop("currency", "whole"), here, list(_LINE))
    lines = lines.join(sums.select(by_levy), on=by_levy, how="semi").sort(_LINE)
    with_lines = there.filter(pl.col("line") > 0).select("parcel_id").unique()
    off = lines.filter(pl.col("old_minor") != pl.col("ours_minor")).join(
        with_lines, on="parcel_id", how="semi"
    )
    ranked = off.with_columns(_cause()).with_columns(
        pl.col("cause").replace_strict(_RANKS, return_dtype=pl.Int64).alias("rank")
    )
    first = ranked.sort("rank", *_LINE).unique(by_levy, keep="first", maintain_order=True)
    nothing = pl.lit(None, dtype=pl.Int64)
    bare = dict.fromkeys(("old_base_minor", "old_rate_ppm", "base_minor", "rate_ppm"), nothing)
    bare |= {"line": pl.lit(0, dtype=pl.Int64)}
    there_here = pl.col("old_minor", "ours_minor")
    alone = sums.join(first, on=by_levy, how="anti").with_columns(**bare).with_columns(_cause())
    alone = alone.with_columns(there_here.name.prefix("line_"))
    of_lines = first.rename({name: f"line_{name}" for name in ("old_minor", "ours_minor")})
    placed = sums.join(of_lines.drop("rank"), on=by_levy)
    found = pl.concat([placed.select(alone.columns), alone], how="vertical_relaxed")
    minor = pl.col("old_minor", "ours_minor", "line_old_minor", "line_ours_minor")
    return found.with_columns(minor.cast(pl.Int64)).sort("parcel_id", "levy", "code")


CAUSES = ("not_charged_there", "not_charged_here", "rate", "amount", "base", "rounding")
"""Why amounts differ; of several lines the cause that stands first here is told."""

_RANKS = {cause: rank for rank, cause in enumerate(CAUSES)}


def _cause() -> pl.Expr:
    old, here = pl.col("old_minor"), pl.col("ours_minor")
    rates = pl.col("old_rate_ppm").is_not_null() & (pl.col("rate_ppm") > 0)
    bases = pl.col("old_base_minor").is_not_null() & (pl.col("base_minor") > 0)
    return (
        pl.when(old == 0)
        .then(pl.lit("not_charged_there"))
        .when(here == 0)
        .then(pl.lit("not_charged_here"))
        .when((here - old).abs() < ROUNDING_MINOR)
        .then(pl.lit("rounding"))
        .when(rates & (pl.col("old_rate_ppm") != pl.col("rate_ppm")))
        .then(pl.lit("rate"))
        .when(bases & (pl.col("old_base_minor") != pl.col("base_minor")))
        .then(pl.lit("base"))
        .otherwise(pl.lit("amount"))
        .alias("cause")
    )


def _here(ours: Ours, there: pl.DataFrame) -> pl.DataFrame:
    """Our amounts of the levies that are known there; of a whole account, of all levies."""
    nothing = pl.lit(None, dtype=pl.Int64)
    paid = ours.payments.select(
        "parcel_id",
        "line",
        "levy",
        pl.col("amount_minor").alias("ours_minor"),
        "base_minor",
        "rate_ppm",
    )
    totals = paid.with_columns(pl.lit(0, dtype=pl.Int64).alias("line"), pl.lit(TOTAL).alias("levy"))
    values = ours.values.with_columns(
        pl.lit(VALUE).alias("levy"), nothing.alias("base_minor"), nothing.alias("rate_ppm")
    ).select(paid.columns)
    every = (
        pl.concat([paid, totals, values])
        .group_by("parcel_id", "line", "levy")
        .agg(pl.col("ours_minor").sum(), pl.col("base_minor", "rate_ppm").max())
        .with_columns(pl.lit("").alias("code"))
    )
    stated = there.select("parcel_id", "levy").unique()
    whole = there.filter("whole").select("parcel_id").unique()
    levies = pl.DataFrame({"levy": HOUSE_LEVIES})
    wanted = pl.concat([stated, whole.join(levies, how="cross")]).unique()
    return every.join(wanted, on=["parcel_id", "levy"], how="semi")


def _outer(there: pl.DataFrame, here: pl.DataFrame, on: list[str]) -> pl.DataFrame:
    joined = there.join(here, on=on, how="full", coalesce=True)
    return joined.with_columns(pl.col("old_minor", "ours_minor").fill_null(0))


def _causes(findings: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """The rules that decisions rest on which differ; an empty code where no rule says it."""
    differ = rows.filter(pl.col("decided") == "differs").select("parcel_id", "outcome")
    effect = pl.col("outcome").replace_strict(STANDS_IN_THE_WAY, default="")
    resting = (
        differ.with_columns(effect.alias("effect"))
        .join(findings, on=["parcel_id", "effect"], how="left")
        .with_columns(pl.col("code").fill_null(""), pl.col("line").fill_null(0))
    )
    return _once(resting)


def _found(findings: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """What rules say here and nothing there tells of.

    Where the decision there is known, only what changes none: notes. Where it is not, also what
    stands in the way.
    """
    about = rows.filter(~pl.col("apart").is_in(NOT_APPLIED_WHY))
    open_here = about.filter(pl.col("old") == "").select("parcel_id")
    notes = findings.filter(pl.col("effect").is_in(["note", "risk"])).join(
        about, on="parcel_id", how="semi"
    )
    others = findings.filter(pl.col("effect").is_in(list(STANDS_IN_THE_WAY.values()))).join(
        open_here, on="parcel_id", how="semi"
    )
    both = pl.concat([notes, others]).filter(~pl.col("code").is_in([*NO_RATE, *NOT_APPLIED]))
    return _once(both)


def _apart(findings: pl.DataFrame, unsaid: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """The rules that say why something cannot be compared; an empty code where none does."""
    codes = {
        **dict.fromkeys(_OWN_RATES, "no_rate"),
        NO_REGIME: "no_law",
        ELSEWHERE: "elsewhere",
    }
    said = findings.with_columns(pl.col("code").replace_strict(codes, default="").alias("apart"))
    why = rows.filter(~pl.col("apart").is_in(["", NOT_CARRIED])).select("parcel_id", "apart")
    found = why.join(said, on=["parcel_id", "apart"], how="left").with_columns(
        pl.col("code").fill_null(""), pl.col("line").fill_null(0)
    )
    silent = unsaid.join(
        rows.filter(~pl.col("apart").is_in(list(NOT_APPLIED_WHY))), on="parcel_id", how="semi"
    )
    silent = silent.with_columns(pl.lit(NOT_CARRIED).alias("apart"))
    return _once(pl.concat([found.select(silent.columns), silent]), "apart")


def _once(findings: pl.DataFrame, *more: str) -> pl.DataFrame:
    """Each rule once a declaration, with the first line it fired on."""
    return (
        findings.sort("parcel_id", "code", "line")
        .unique(["parcel_id", "code"], keep="first", maintain_order=True)
        .select("parcel_id", "line", "code", *more)
    )
