"""Release of houses, and what comes after it: correction, refund claim, additional assessment.

What comes after release is worked out under the law of the day of registration. An accepted act
gives a new decision and the difference of every payment; one that is refused or held leaves the
release as it stands. Nothing is overwritten.
"""

from __future__ import annotations

import polars as pl

from silkport.kernel.findings import Effect
from silkport.law.expression import Expr, greater_of, param
from silkport.law.sheet import Columns, Sheet
from silkport.model.columns import MAX_AMOUNT_E5, MISSING
from silkport.model.outcomes import ADJUSTMENT, DECISION
from silkport.model.rows import HOUSE

houses = Sheet("release", HOUSE)

AFTER_RELEASE = ("correction", "refund", "assessment")
"""Acts that concern a house after its release."""


def _received_late(h: Columns, act: str, days: str) -> Expr:
    last = h.released_day + param(days)
    within = (h.act_day >= 0) & (h.act_day <= last)
    return (h.act == act) & (h.released_day >= 0) & within & (h.received_day > last)


def _after(h: Columns) -> Expr:
    return h.act.is_any(*AFTER_RELEASE)


@houses.rule("AFT001", Effect.REFUSE)
def nothing_released_before(h: Columns) -> Expr:
    """A correction, claim or assessment concerns a house that was not released."""
    return _after(h) & (h.released_day < 0)


@houses.rule("AFT002", Effect.REFUSE)
def refund_claimed_too_late(h: Columns) -> Expr:
    """A refund is claimed later than the law allows, or the day of the claim is not stated."""
    late = h.act_day > h.released_day + param("refund_days")
    return (h.act == "refund") & (h.released_day >= 0) & (late | (h.act_day < 0))


@houses.rule("AFT003", Effect.REFUSE)
def correction_too_late(h: Columns) -> Expr:
    """A correction is made later than the law allows, or its day is not stated."""
    late = h.act_day > h.released_day + param("correction_days")
    return (h.act == "correction") & (h.released_day >= 0) & (late | (h.act_day < 0))


@houses.rule("AFT004", Effect.REFUSE)
def assessment_too_late(h: Columns) -> Expr:
    """An additional assessment is made later than the law allows, or its day is not stated."""
    late = h.act_day > h.released_day + param("assessment_days")
    return (h.act == "assessment") & (h.released_day >= 0) & (late | (h.act_day < 0))


@houses.rule("AFT005", Effect.REFUSE)
def nothing_to_refund(h: Columns) -> Expr:
    """A refund is claimed, and not less is owed than was paid."""
    owed = greater_of(h.total_minor, 0)
    return (h.act == "refund") & (h.released_day >= 0) & (owed >= h.paid_before_minor)


@houses.rule("AFT006", Effect.HOLD)
def act_received_after_its_time(h: Columns) -> Expr:
    """The day of an act lies within the time the law allows, but it was received after it."""
    late = _received_late(h, "refund", "refund_days") | _received_late(
        h, "correction", "correction_days"
    )
    return late | _received_late(h, "assessment", "assessment_days")


@houses.rule("AFT007", Effect.REFUSE)
def act_changes_the_procedure(h: Columns) -> Expr:
    """A correction, claim or assessment changes the procedure or the direction of the release."""
    other = (h.procedure != h.registered_procedure) | (h.direction != h.registered_direction)
    return _after(h) & (h.released_day >= 0) & other


@houses.rule("AFT008", Effect.HOLD)
def less_owed_than_before(h: Columns) -> Expr:
    """By a correction or claim less is owed than was charged: an officer decides a refund."""
    less = greater_of(h.total_minor, 0) < h.paid_before_minor
    return h.act.is_any("correction", "refund") & (h.released_day >= 0) & less


@houses.rule("AFT009", Effect.REFUSE)
def assessment_by_another_than_customs(h: Columns) -> Expr:
    """An additional assessment was not handed in by customs."""
    return (h.act == "assessment") & (h.from_customs != 1)


@houses.rule("AFT010", Effect.REFUSE)
def assessment_owes_less(h: Columns) -> Expr:
    """By an additional assessment less would be owed than was charged."""
    less = greater_of(h.total_minor, 0) < h.paid_before_minor
    return (h.act == "assessment") & (h.released_day >= 0) & less


def decide_houses(houses: pl.DataFrame, findings: pl.DataFrame) -> pl.DataFrame:
    """Adds `outcome`, and for acts after release `act_outcome`: accepted, held or refused.

    Args:
        houses: columns parcel_id, act, released_day, lane_number.
        findings: columns parcel_id, effect.
    """

    def has(effect: Effect) -> pl.Expr:
        fired = findings.filter(pl.col("effect") == effect.value)["parcel_id"].unique()
        return pl.col("parcel_id").is_in(fired.implode())

    held = has(Effect.HOLD) | (pl.col("lane_number") > 0)
    verdict = (
        pl.when(has(Effect.REFUSE))
        .then(pl.lit("refused"))
        .when(held)
        .then(pl.lit("held"))
        .otherwise(pl.lit("accepted"))
    )
    after = pl.col("act").is_in(AFTER_RELEASE) & (pl.col("released_day") >= 0)
    withdrawn = pl.col("act") == "withdrawal"
    outcome = (
        pl.when(after | (pl.col("released_day") >= 0))
        .then(pl.lit("released"))
        .when(withdrawn)
        .then(pl.lit("withdrawn"))
        .when(verdict == "refused")
        .then(pl.lit("refused"))
        .when(verdict == "held")
        .then(pl.lit("held"))
        .otherwise(pl.lit("released"))
    )
    return houses.with_columns(
        outcome.alias("outcome"),
        pl.when(after).then(verdict).otherwise(pl.lit("")).alias("act_outcome"),
    )


def house_decisions(houses: pl.DataFrame, country: str, currency: str, digest: str) -> pl.DataFrame:
    """The decisions on houses as they are written and stored.

    Args:
        houses: every column the stages added, with secured_minor and charged_minor.
        digest: edition of the law that decided.
    """
    today = pl.col("processing_day")
    released = pl.col("outcome") == "released"
    first = pl.when(pl.col("released_day") >= 0).then(pl.col("released_day")).otherwise(today)
    lanes = pl.col("lane_number").replace_strict({0: "green", 1: "yellow", 2: "red"})
    zero = pl.lit(0, dtype=pl.Int64)
    ready = houses.with_columns(
        pl.lit(country).alias("administration"),
        pl.col("declaration_no").alias("order_no"),
        pl.col("declarant_code").alias("ebc_code"),
        pl.col("transport_document").alias("logistics_no"),
        pl.col("procedure").alias("trade_mode"),
        lanes.alias("lane"),
        zero.alias("match_mask"),
        pl.lit(currency).alias("currency"),
        pl.sum_horizontal("special_minor", "antidumping_minor", "countervailing_minor").alias(
            "remedy_minor"
        ),
        pl.when(released).then(first).otherwise(MISSING).alias("released_day"),
        pl.when(pl.col("outcome") == "refused")
        .then(today + pl.col("appeal_days"))
        .otherwise(MISSING)
        .fill_null(MISSING)
        .alias("due_day"),
        pl.lit(digest).alias("law_digest"),
        pl.lit("").alias("person"),
        pl.from_epoch(pl.col("decl_day"), time_unit="d").dt.year().cast(pl.Int64).alias("year"),
        pl.lit("").alias("pre_no"),
        pl.lit("").alias("invt_no"),
        (today + pl.col("appeal_days")).fill_null(MISSING).alias("appeal_day"),
        pl.when(released)
        .then(first + pl.col("refund_days"))
        .otherwise(MISSING)
        .fill_null(MISSING)
        .alias("refund_day"),
    )
    return ready.select(DECISION.names)


def adjustments(
    houses: pl.DataFrame, rows: pl.DataFrame, before: pl.DataFrame, currency: str
) -> pl.DataFrame:
    """What acts after release change, levy by levy; one row without levy where nothing changes.

    Args:
        houses: decided houses with act, act_outcome, act_day, app_time, payment_days.
        rows: payment rows worked out for them; before: those of the decision before.
    Returns: ADJUSTMENT columns; differences are debts above zero and refunds below.
    """
    acts = houses.filter(pl.col("act_outcome") != "").select(
        "parcel_id",
        pl.col("declaration_no"),
        "act",
        "act_day",
        "app_time",
        pl.col("act_outcome").alias("outcome"),
        "change_flags",
        (pl.col("processing_day") + pl.col("payment_days")).alias("due_day"),
    )
    both = _sums(rows, "after_minor").join(
        _sums(before, "before_minor"), on=["parcel_id", "levy"], how="full", coalesce=True
    )
    changed = both.with_columns(pl.col("after_minor", "before_minor").fill_null(0)).filter(
        pl.col("after_minor") != pl.col("before_minor")
    )
    accepted = pl.col("outcome").is_in(["accepted", "held"])  # what an officer is to decide
    zero = pl.lit(0, dtype=pl.Int64)
    found = acts.join(changed, on="parcel_id", how="left").with_columns(
        pl.when(accepted).then(pl.col("levy").fill_null("")).otherwise(pl.lit("")).alias("levy"),
        *(
            pl.when(accepted).then(pl.col(name).fill_null(0)).otherwise(zero).alias(name)
            for name in ("before_minor", "after_minor")
        ),
    )
    difference = pl.col("after_minor") - pl.col("before_minor")
    kind = (
        pl.when(difference > 0)
        .then(pl.lit("debt"))
        .when(difference < 0)
        .then(pl.lit("refund"))
        .otherwise(pl.lit("nothing"))
    )
    return (
        found.with_columns(
            difference.alias("difference_minor"),
            kind.alias("kind"),
            pl.lit(currency).alias("currency"),
            pl.when(difference > 0).then(pl.col("due_day")).otherwise(MISSING).alias("due_day"),
        )
        .select(ADJUSTMENT.names)
        .unique(maintain_order=True)
        .sort("parcel_id", "app_time", "levy")
    )


def _sums(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    total = pl.col("amount_minor").cast(pl.Int128).sum().clip(0, MAX_AMOUNT_E5)
    return rows.group_by("parcel_id", "levy").agg(total.cast(pl.Int64).alias(name))
