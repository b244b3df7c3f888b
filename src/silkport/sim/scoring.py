"""Planted against found: did a clearing find what was planted, and nothing else?"""

from __future__ import annotations

import polars as pl

_KEY = ("order_no", "ebc_code")

_AS_EXPECTED = {"released": ("released", "held")}
"""Outcomes that count as another: a parcel without fault may still be drawn by its lane."""


SET_ASIDE = "set_aside"
"""Effect of a file that must be set aside as a whole: its rule is the code, not a finding."""


def planted_against_found(
    planted: pl.DataFrame,
    findings: pl.DataFrame,
    decisions: pl.DataFrame,
    administration: str,
    set_aside: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Per kind that an administration must see: how many were planted, found and missed.

    A kind with a rule is found where the rule fired; one without where the outcome is as
    expected. `false` counts parcels in which nothing at all is planted that got the rule; kinds
    of the same rule show the same number.

    Args:
        planted: planted.csv, all columns text.
        findings: columns parcel_id, code.
        decisions: columns parcel_id, order_no, ebc_code, outcome, one row a parcel.
        administration: as in the column seen_by.
        set_aside: columns source, position, code; files planted as such are looked for in it.
    Returns: kind, rule, planted, found, missed, false; in the order of planted.csv.
    """
    planted = planted.with_columns(pl.col("rule", "effect").cast(pl.String).fill_null(""))
    fired = findings.select("parcel_id", rule="code").unique()
    mine = planted.filter(pl.col("seen_by").is_in([administration, "both"]))
    files = mine.filter(pl.col("effect") == SET_ASIDE)
    planted, mine = (rows.filter(pl.col("effect") != SET_ASIDE) for rows in (planted, mine))
    seen = mine.join(decisions.select("parcel_id", *_KEY, "outcome"), on=_KEY, how="left").join(
        fired.with_columns(fired=pl.lit(value=True)), on=["parcel_id", "rule"], how="left"
    )
    by_rule = pl.col("fired").fill_null(value=False)
    by_outcome = (pl.col("effect") == "") | (pl.col("outcome") == pl.col("effect"))
    for effect, outcomes in _AS_EXPECTED.items():
        by_outcome |= (pl.col("effect") == effect) & pl.col("outcome").is_in(outcomes)
    by_outcome = by_outcome.fill_null(value=False) & pl.col("parcel_id").is_not_null()
    found = pl.when(pl.col("rule") != "").then(by_rule).otherwise(by_outcome)
    table = (
        seen.with_columns(found=found)
        .group_by("kind", "rule", maintain_order=True)
        .agg(planted=pl.len().cast(pl.Int64), found=pl.col("found").sum().cast(pl.Int64))
        .with_columns(missed=pl.col("planted") - pl.col("found"))
        .join(_false(planted, fired, decisions), on="rule", how="left", maintain_order="left")
        .with_columns(pl.col("false").fill_null(0))
    )
    if files.is_empty():
        return table
    return pl.concat([table, _files(files, set_aside)])


def _files(files: pl.DataFrame, set_aside: pl.DataFrame | None) -> pl.DataFrame:
    """Per kind, the files that were set aside whole with the code they must be set aside with.

    `false` counts files beside the planted ones that got the code.
    """
    aside = [] if set_aside is None else list(set_aside.select("source", "code").iter_rows())
    names = files["file"].to_list()

    def planted_as(source: str) -> bool:
        return any(source == name or source.endswith(f"/{name}") for name in names)

    beside = [code for source, code in aside if not planted_as(source)]
    rows = []
    for kind, rule, name in files.select("kind", "rule", "file").iter_rows():
        whole = [code for source, code in aside if source == name or source.endswith(f"/{name}")]
        found = int(whole == [rule])
        rows.append((kind, rule, 1, found, 1 - found, beside.count(rule)))
    schema = {
        **dict.fromkeys(("kind", "rule"), pl.String),
        **dict.fromkeys(("planted", "found", "missed", "false"), pl.Int64),
    }
    each = pl.DataFrame(rows, schema=schema, orient="row")
    return each.group_by("kind", "rule", maintain_order=True).agg(
        pl.col("planted", "found", "missed").sum(), pl.col("false").first()
    )


def _false(planted: pl.DataFrame, fired: pl.DataFrame, decisions: pl.DataFrame) -> pl.DataFrame:
    """Per rule, the parcels without anything planted that got it."""
    return (
        decisions.join(planted.select(_KEY).unique(), on=_KEY, how="anti")
        .select("parcel_id")
        .join(fired, on="parcel_id")
        .group_by("rule")
        .agg(false=pl.len().cast(pl.Int64))
    )
