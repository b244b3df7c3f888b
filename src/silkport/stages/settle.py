"""Settle: what is owed and what the yearly quota bears, as entries of an append-only ledger.

Takes assessed parcels, the balances of their buyers and earlier entries; adds the finding of an
exceeded year and ledger entries. Only buyers who could exceed the limit run one by one, in the
order of their declarations, because a parcel over the limit must not debit.
"""

from __future__ import annotations

import polars as pl

from silkport.kernel.findings import Effect
from silkport.law.expression import Expr, greater_of, param
from silkport.law.sheet import Columns, Sheet
from silkport.model.rows import PARCEL

parcels = Sheet("settle", PARCEL)
SHEETS = (parcels,)

QUOTA = "LIM002"
"""The rule whose presence in a regime means that the regime debits the yearly quota."""


@parcels.rule(QUOTA, Effect.REFUSE)
def year_exceeded(p: Columns) -> Expr:
    """With this parcel the buyer would exceed the yearly limit."""
    used = greater_of(p.year_used_minor, 0)
    return used + greater_of(p.customs_value_minor, 0) > param("annual_limit")


def running_use(parcels: pl.DataFrame, balances: pl.DataFrame) -> pl.Series:
    """What each parcel's buyer had used of the year before it, `year_used_minor`.

    Args:
        parcels: columns person, year, app_time, parcel_id, customs_value_minor, annual_limit
            (0 where the regime has no quota), eligible (accepted so far), own_minor (what the
            ledger already holds for this very parcel).
        balances: columns person, year, used_minor.
    Returns: minor units, one for each row of `parcels`, in their order.
    """
    rows = parcels.with_row_index("at").join(
        balances.rename({"used_minor": "opening"}), on=["person", "year"], how="left"
    )
    counts = pl.col("eligible") & (pl.col("annual_limit") > 0)
    rows = rows.with_columns(
        pl.col("opening").fill_null(0),
        pl.when(counts).then(pl.col("customs_value_minor")).otherwise(0).alias("wanted"),
        pl.when(counts).then(pl.col("own_minor")).otherwise(0).alias("own"),
    ).sort("person", "year", "app_time", "parcel_id")
    group = ["person", "year"]
    rows = rows.with_columns(
        (pl.col("opening") - pl.col("own").sum().over(group)).alias("opening"),
        (pl.col("wanted").cum_sum().over(group) - pl.col("wanted")).alias("before"),
        pl.col("wanted").sum().over(group).alias("all"),
    )
    rows = rows.with_columns((pl.col("opening") + pl.col("before")).alias("used"))
    limits = pl.when(pl.col("annual_limit") > 0).then(pl.col("annual_limit"))
    close = rows.filter(pl.col("opening") + pl.col("all") > limits.min().over(group))
    if close.height:
        rows = rows.join(_one_by_one(close), on="at", how="left")
        rows = rows.with_columns(pl.coalesce("exact", "used").alias("used"))
    return rows.sort("at")["used"].alias("year_used_minor")


def _one_by_one(close: pl.DataFrame) -> pl.DataFrame:
    """The exact use before each parcel of buyers who could exceed their year."""
    places: list[int] = []
    exact: list[int] = []
    person: tuple[str, int] = ("", 0)
    used = 0
    columns = ["at", "person", "year", "opening", "wanted", "annual_limit"]
    for at, who, year, opening, wanted, limit in close.select(columns).iter_rows():
        if (who, year) != person:
            person, used = (who, year), opening
        places.append(at)
        exact.append(used)
        if used + wanted <= limit:
            used += wanted
    return pl.DataFrame(
        {"at": places, "exact": exact}, schema={"at": pl.get_index_type(), "exact": pl.Int64}
    )


def held(entries: pl.DataFrame) -> pl.DataFrame:
    """What the ledger holds for each parcel, person and year: own_minor, debits less credits."""
    signed = (
        pl.when(pl.col("kind") == "debit")
        .then(pl.col("amount_minor"))
        .otherwise(-pl.col("amount_minor"))
    )
    return entries.group_by("parcel_id", "person", "year").agg(signed.sum().alias("own_minor"))


def ledger_entries(parcels: pl.DataFrame, entries: pl.DataFrame) -> pl.DataFrame:
    """Entries that bring the ledger from what it holds to what the decisions demand.

    A parcel whose buyer or year changed is credited where it was debited.

    Args:
        parcels: decided parcels with person, year, parcel_id, customs_value_minor,
            annual_limit, debits (the decision bears on the year) and processing_day.
        entries: the ledger's entries for these parcels so far.
    Returns: person, year, day, parcel_id, kind (debit or credit), amount_minor (above zero).
    """
    key = ["parcel_id", "person", "year"]
    wanted = parcels.filter(pl.col("debits") & (pl.col("annual_limit") > 0)).select(
        *key, pl.col("customs_value_minor").alias("wanted_minor")
    )
    before = held(entries).join(parcels.select("parcel_id"), on="parcel_id", how="semi")
    both = wanted.join(before, on=key, how="full", coalesce=True)
    change = pl.col("wanted_minor").fill_null(0) - pl.col("own_minor").fill_null(0)
    kind = pl.when(pl.col("change") > 0).then(pl.lit("debit")).otherwise(pl.lit("credit"))
    return (
        both.with_columns(change.alias("change"))
        .filter(pl.col("change") != 0)
        .join(parcels.select("parcel_id", "processing_day"), on="parcel_id")
        .sort(key)
        .select(
            "person",
            "year",
            pl.col("processing_day").alias("day"),
            "parcel_id",
            kind.alias("kind"),
            pl.col("change").abs().alias("amount_minor"),
        )
    )
