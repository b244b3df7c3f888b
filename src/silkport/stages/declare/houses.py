"""Declare houses: which version of a declaration counts.

A version is known by its guid and its time; the newest counts, whatever came when. Declarations
and what comes after their release (corrections, claims, assessments) are versions of their own:
after release only the latter are taken, before it only the former. What came at the wrong time is
`too_late` or `too_early`, changes nothing, and may be sent again. So may an act on a house that
nobody declared, which is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from silkport.kernel.ids import parcel_ids
from silkport.model.columns import MISSING
from silkport.model.declarations import DECLARATION, GOODS
from silkport.stages.declare.parcels import schema_of, without_late

KEY = ("declarant_code", "declaration_no")
_VERSION = [*KEY, "guid", "act", "app_time"]

FIRST_ACTS = ("declaration", "withdrawal")
"""Acts that concern a house before its release."""

CLOSED = ("released", "withdrawn")
"""Outcomes after which no declaration is taken any more."""


@dataclass(frozen=True, slots=True)
class DeclaredHouses:
    """Current versions by table, and the status of every new document."""

    current: dict[str, pl.DataFrame]
    statuses: pl.DataFrame


def declare_houses(
    incoming: Mapping[str, pl.DataFrame],
    known: Mapping[str, pl.DataFrame],
    decisions: pl.DataFrame,
    last_time: int,
) -> DeclaredHouses:
    """Tells versions of declarations apart.

    Args:
        incoming, known: tables declaration and goods, with the number and day of each document;
            `known` also the table `documents` with statuses, where there is one.
        decisions: what was decided last, with order_no and ebc_code of the house.
        last_time: a version that says it was made later (YYYYMMDDhhmmss) counts only where there
            is no other, so that a wrong clock cannot shut a house.
    """
    heads = _together(DECLARATION.name, incoming, without_late(known))
    lines = _together(GOODS.name, incoming, known)
    new = incoming[DECLARATION.name]["doc"] if DECLARATION.name in incoming else pl.Series([])
    is_new = pl.col("doc").is_in(new.cast(pl.Int64).implode())
    first = pl.col("act").is_in(FIRST_ACTS)
    over = decisions.filter(pl.col("outcome").is_in(CLOSED)).select(
        "outcome",
        pl.col("ebc_code").alias("declarant_code"),
        pl.col("order_no").alias("declaration_no"),
    )
    closed = heads.join(over, on=list(KEY), how="inner")
    acted = ~first & (pl.col("outcome") == "released")
    rest = heads.join(over, on=list(KEY), how="anti")
    begun = rest.filter(first).select(KEY).unique()
    early = rest.filter(~first).join(begun, on=list(KEY), how="semi")
    told = [
        _tell_apart(closed.filter(acted).drop("outcome"), last_time),
        _out_of_place(closed.filter(~acted).drop("outcome"), is_new, "too_late"),
        _tell_apart(rest.join(early.select("doc"), on="doc", how="anti"), last_time),
        _out_of_place(early, is_new, "too_early"),
    ]
    every = pl.concat(told)
    current = every.filter(pl.col("status") == "current").drop("status")
    undeclared = (
        ~first & (pl.col("status") == "current") & pl.col("doc").is_in(rest["doc"].implode())
    )
    status = pl.when(undeclared).then(pl.lit("too_early")).otherwise(pl.col("status"))
    statuses = (
        every.filter(is_new)
        .with_columns(status.alias("status"))
        .select(
            "doc",
            pl.lit(DECLARATION.name).alias("kind"),
            pl.col("declaration_no").alias("order_no"),
            "guid",
            "app_time",
            "status",
            "received_day",
        )
    )
    goods = lines.join(current.select("doc"), on="doc", how="semi")
    return DeclaredHouses({DECLARATION.name: current, GOODS.name: goods}, statuses)


def _out_of_place(rows: pl.DataFrame, is_new: pl.Expr, status: str) -> pl.DataFrame:
    """New versions at the wrong time; one that came before in its time is a duplicate."""
    before = rows.filter(~is_new).select(_VERSION)
    again = rows.filter(is_new).join(before, on=_VERSION, how="semi")
    late = rows.filter(is_new).join(before, on=_VERSION, how="anti")
    return pl.concat(
        [
            again.with_columns(pl.lit("duplicate").alias("status")),
            late.with_columns(pl.lit(status).alias("status")),
        ]
    )


def _together(
    name: str, incoming: Mapping[str, pl.DataFrame], known: Mapping[str, pl.DataFrame]
) -> pl.DataFrame:
    table = DECLARATION if name == DECLARATION.name else GOODS
    empty = pl.DataFrame(schema=schema_of(table))
    parts = [part[name].select(empty.columns) for part in (known, incoming) if name in part]
    return pl.concat([empty, *parts])


def _tell_apart(rows: pl.DataFrame, last_time: int) -> pl.DataFrame:
    """Adds `status`: current, duplicate, superseded or stale; of one time the last one counts."""
    key = list(KEY)
    rows = rows.sort("doc")
    version = pl.struct(_VERSION)
    time = pl.when(pl.col("app_time") <= last_time).then("app_time").otherwise(MISSING)
    newest_so_far = time.cum_max().over(key)
    newest = pl.col("doc").sort_by(time, "doc").last().over(key)
    first = rows.filter(version.is_first_distinct())
    repeated = rows.filter(~version.is_first_distinct())
    status = (
        pl.when(pl.col("doc") == newest)
        .then(pl.lit("current"))
        .when(time < newest_so_far)
        .then(pl.lit("stale"))
        .otherwise(pl.lit("superseded"))
    )
    return pl.concat(
        [
            first.with_columns(status.alias("status")),
            repeated.with_columns(pl.lit("duplicate").alias("status")),
        ]
    )


def to_houses(declarations: pl.DataFrame, administration: str, country: str) -> pl.DataFrame:
    """One row for each current declaration: its identity and direction.

    Args:
        country: ISO alpha-2 of the administration; towards it is import, away from it export,
            past it transit.
    """
    ids = parcel_ids(
        administration,
        declarations["declarant_code"].to_list(),
        declarations["declaration_no"].to_list(),
    )
    direction = (
        pl.when(pl.col("destination_country") == country)
        .then(pl.lit("import"))
        .when(pl.col("departure_country") == country)
        .then(pl.lit("export"))
        .otherwise(pl.lit("transit"))
    )
    return declarations.with_columns(
        pl.Series("parcel_id", ids, dtype=pl.String),
        direction.alias("direction"),
        pl.col("declaration_no").alias("order_no"),
    )
