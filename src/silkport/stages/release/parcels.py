"""Release of parcels: findings refuse, wait or hold; without any of them the lane decides.

A withdrawn or returned parcel ends as such.
"""

from __future__ import annotations

import polars as pl

from silkport.kernel.findings import Effect
from silkport.law.expression import Expr, param
from silkport.law.sheet import Columns, Sheet
from silkport.model.columns import MISSING
from silkport.model.outcomes import DECISION
from silkport.model.rows import PARCEL

parcels = Sheet("release", PARCEL)

OUTCOMES = ("released", "held", "pending", "refused", "withdrawn", "returned")
"""Every way in which a parcel can leave a run; refused and pending count as decided."""

DEBITING = ("released", "held")
"""Outcomes of accepted parcels, which bear on the buyer's year."""

RETURN_RULES = (
    "RET001",
    "RET002",
    "RET003",
    "RET004",
    "RET005",
    "RET007",
    "RET008",
    "RET009",
    "RET010",
)
"""Findings that refuse a return or a cancellation, not the parcel."""


@parcels.rule("RET001", Effect.NOTE)
def return_applied_too_late(p: Columns) -> Expr:
    """The return was not applied for, or too long after release, so the release stands."""
    late = p.withdrawal_applied_day > p.released_day + param("return_apply_days")
    missing = p.withdrawal_applied_day < 0
    return (p.withdrawal_kind == "return") & (p.released_day >= 0) & (late | missing)


@parcels.rule("RET002", Effect.NOTE)
def goods_back_too_late(p: Columns) -> Expr:
    """The goods are not back, or came back too long after release, so the release stands."""
    late = p.withdrawal_returned_day > p.released_day + param("return_goods_days")
    missing = p.withdrawal_returned_day < 0
    return (p.withdrawal_kind == "return") & (p.released_day >= 0) & (late | missing)


@parcels.rule("RET003", Effect.NOTE)
def withdrawal_out_of_place(p: Columns) -> Expr:
    """A released parcel is returned, not cancelled; one not released is cancelled, not returned."""
    cancels_released = (p.withdrawal_kind == "cancel") & (p.released_day >= 0)
    returns_unreleased = (p.withdrawal_kind == "return") & (p.released_day < 0)
    return cancels_released | returns_unreleased


@parcels.rule("RET004", Effect.NOTE)
def returned_line_unknown(p: Columns) -> Expr:
    """A returned line is none of the inventory, or has another code or unit there.

    The release stands.
    """
    return (p.withdrawal_kind == "return") & (p.return_lines_unknown > 0)


@parcels.rule("RET005", Effect.NOTE)
def more_returned_than_released(p: Columns) -> Expr:
    """More of a line is returned than was released, or nothing of it, so the release stands."""
    return (p.withdrawal_kind == "return") & (p.return_lines_exceeding > 0)


@parcels.rule("RET006", Effect.NOTE)
def part_returned(p: Columns) -> Expr:
    """Part of the goods came back; the rest stays released, and the year bears the rest only."""
    lawful = (p.return_lines_unknown == 0) & (p.return_lines_exceeding == 0)
    return (p.withdrawal_kind == "return") & (p.return_lines_kept > 0) & lawful


@parcels.rule("RET007", Effect.NOTE)
def cancelled_under_examination(p: Columns) -> Expr:
    """A parcel under examination is not cancelled: the examination is ended first."""
    return (p.withdrawal_kind == "cancel") & (p.under_examination == 1)


@parcels.rule("RET008", Effect.NOTE)
def withdrawn_by_another(p: Columns) -> Expr:
    """The application names another declarant, buyer or inventory number than the inventory."""
    number = (
        (p.withdrawal_invt_no != "")
        & (p.withdrawal_invt_no != p.given_invt_no)
        & (p.withdrawal_invt_no != p.invt_no)
    )
    declarant = p.withdrawal_agent_code != p.agent_code
    buyer = (p.withdrawal_buyer_id != "") & (p.withdrawal_buyer_id != p.buyer_id)
    return (p.withdrawal_message != "") & (number | declarant | buyer)


@parcels.rule("RET009", Effect.NOTE)
def withdrawal_altered(p: Columns) -> Expr:
    """The content of the application is not the content that was signed."""
    return p.withdrawal_signature.is_any("digest_differs", "value_differs")


@parcels.rule("RET010", Effect.NOTE)
def withdrawal_is_a_draft(p: Columns) -> Expr:
    """The application was saved, not declared."""
    return (p.withdrawal_message != "") & (p.withdrawal_app_status != 2)


def with_return_counts(
    parcels: pl.DataFrame, lines: pl.DataFrame, returned: pl.DataFrame
) -> pl.DataFrame:
    """Adds how many returned lines the inventory does not have, how many return too much, of how
    many lines something stays, and the customs value of what came back (`returned_minor`).

    Args:
        parcels: column withdrawal_doc, the withdrawal of the parcel or MISSING.
        lines: lines of the inventories: parcel_id, gnum, hs_code, unit, qty_e5,
            customs_value_minor.
        returned: lines of the withdrawals, with the number of their document.
    """
    owners = parcels.select("parcel_id", doc="withdrawal_doc").filter(pl.col("doc") != MISSING)
    back = returned.select("doc", "gnum", "hs_code", "unit", "qty_e5").join(owners, on="doc")
    declared = lines.select("parcel_id", "gnum", "hs_code", "unit", "qty_e5", "customs_value_minor")
    declared = declared.join(back.select("parcel_id").unique(), on="parcel_id", how="semi")
    both = declared.join(
        back.with_columns(pl.lit(value=True).alias("here")),
        on=["parcel_id", "gnum"],
        how="full",
        coalesce=True,
        suffix="_back",
    )
    same = (pl.col("hs_code") == pl.col("hs_code_back")) & (pl.col("unit") == pl.col("unit_back"))
    here = pl.col("here").fill_null(value=False)
    unknown = here & ~same.fill_null(value=False)
    exceeding = here & ((pl.col("qty_e5_back") > pl.col("qty_e5")) | (pl.col("qty_e5_back") <= 0))
    kept = ~here | (pl.col("qty_e5_back") < pl.col("qty_e5"))
    share = pl.col("customs_value_minor").cast(pl.Int128) * pl.col("qty_e5_back")
    value = pl.when(here & ~unknown & (pl.col("qty_e5") > 0)).then(share // pl.col("qty_e5"))
    counts = both.group_by("parcel_id").agg(
        unknown.sum().cast(pl.Int64).alias("return_lines_unknown"),
        (exceeding & ~unknown).sum().cast(pl.Int64).alias("return_lines_exceeding"),
        (kept & ~unknown).sum().cast(pl.Int64).alias("return_lines_kept"),
        value.sum().cast(pl.Int64).alias("returned_minor"),
    )
    joined = parcels.join(counts, on="parcel_id", how="left", maintain_order="left")
    return joined.with_columns(
        pl.col(*(name for name in counts.columns if name != "parcel_id")).fill_null(0)
    )


def part_back(stays: pl.Series) -> pl.Expr:
    """What of a parcel's value came back while the rest stays released; 0 otherwise.

    Args:
        stays: ids of parcels whose withdrawal was not granted.
    """
    granted = (pl.col("withdrawal_kind") == "return") & ~pl.col("parcel_id").is_in(stays.implode())
    partly = granted & (pl.col("return_lines_kept") > 0)
    return pl.when(partly).then(pl.col("returned_minor")).otherwise(0)


def decide(parcels: pl.DataFrame, findings: pl.DataFrame) -> pl.DataFrame:
    """Adds `outcome` to `parcels` from what was found.

    Args:
        parcels: columns parcel_id, lane_number, withdrawal_kind, released_day, return_lines_kept.
        findings: columns parcel_id, code, effect.
    """
    columns = ["parcel_id", "lane_number", "withdrawal_kind", "released_day", "return_lines_kept"]
    rows = parcels.select(columns).with_columns(
        *(
            _has(findings.filter(pl.col("effect") == effect.value)).alias(effect.value)
            for effect in _HARD
        ),
        _has(findings.filter(pl.col("code").is_in(RETURN_RULES))).alias("stands"),
    )
    withdrawn = (pl.col("withdrawal_kind") != "") & ~pl.col("stands")
    outcome = (
        pl.when(withdrawn & (pl.col("withdrawal_kind") == "cancel"))
        .then(pl.lit("withdrawn"))
        .when(
            withdrawn & (pl.col("withdrawal_kind") == "return") & (pl.col("return_lines_kept") == 0)
        )
        .then(pl.lit("returned"))
        .when(pl.col("released_day") >= 0)  # a withdrawal that fails leaves the release standing
        .then(pl.lit("released"))
        .when(pl.col(Effect.REFUSE.value))
        .then(pl.lit("refused"))
        .when(pl.col(Effect.WAIT.value))
        .then(pl.lit("pending"))
        .when(pl.col(Effect.HOLD.value) | (pl.col("lane_number") > 0))
        .then(pl.lit("held"))
        .otherwise(pl.lit("released"))
    )
    return parcels.with_columns(rows.select(outcome.alias("outcome")).to_series())


_HARD = (Effect.REFUSE, Effect.WAIT, Effect.HOLD)


def _has(findings: pl.DataFrame) -> pl.Expr:
    return pl.col("parcel_id").is_in(findings["parcel_id"].unique().implode())


TAXED = ("released", "held", "pending", "refused")
"""Outcomes for which amounts are stated; withdrawn and returned parcels owe nothing."""


def decisions(parcels: pl.DataFrame, country: str, currency: str, digest: str) -> pl.DataFrame:
    """The decisions as they are written and stored.

    Args:
        parcels: every column the stages added.
        digest: edition of the law that decided.
    """
    owes = pl.col("outcome").is_in(TAXED)
    pending, refused = pl.col("outcome") == "pending", pl.col("outcome") == "refused"
    lanes = pl.col("lane_number").replace_strict({0: "green", 1: "yellow", 2: "red"})
    amounts = [
        pl.when(owes).then(pl.col(name)).otherwise(0).alias(name)
        for name in ("duty_minor", "excise_minor", "vat_minor", "fee_minor", "total_minor")
    ]
    today = pl.col("processing_day")
    lacking = pl.col("match_mask") % 2 == 1  # MAT001: a document is missing
    patience = pl.when(lacking).then("pending_days").otherwise("arrival_days")
    first_release = (
        pl.when(pl.col("released_day") >= 0).then(pl.col("released_day")).otherwise(today)
    )
    is_released = pl.col("outcome").is_in(["released", "returned"])
    ready = parcels.with_columns(
        *amounts,
        pl.lit(country).alias("administration"),
        pl.lit(currency).alias("currency"),
        pl.lit(digest).alias("law_digest"),
        pl.lit("").alias("pre_no"),  # the node numbers what it answers
        pl.lit("").alias("invt_no"),
        lanes.alias("lane"),
        pl.when(is_released).then(first_release).otherwise(MISSING).alias("released_day"),
        pl.when(pending)
        .then(pl.col("received_day") + patience)
        .when(refused)
        .then(today + pl.col("appeal_days"))
        .otherwise(MISSING)
        .fill_null(MISSING)
        .alias("due_day"),
        pl.lit(0, dtype=pl.Int64).alias("remedy_minor"),
        pl.lit(0, dtype=pl.Int64).alias("secured_minor"),
        (today + pl.col("appeal_days")).fill_null(MISSING).alias("appeal_day"),
        pl.when(is_released)
        .then(first_release + pl.col("refund_days"))
        .otherwise(MISSING)
        .fill_null(MISSING)
        .alias("refund_day"),
    )
    return ready.select(DECISION.names).sort("parcel_id")
