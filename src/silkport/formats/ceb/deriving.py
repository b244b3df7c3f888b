"""What a message says without a field of its own: countries, legal day, kind, currency."""

from __future__ import annotations

import polars as pl

from silkport.formats.ceb.catalogue import EXPORT, Shape
from silkport.model.columns import MISSING

_CN = "CN"

KIND_OF = {
    "CEB513": "signed_for",
    "CEB507": "at_site",
    "CEB509": "departed",
    "CEB607": "on_bill",
    "CEB711": "listed",
    "CEB215": "tallied",
    "CEB623": "cancel",
    "CEB605": "cancel",
    "CEB625": "return",
    "CEB213": "return",
}
"""What a movement or a withdrawal is, by the kind of its message."""


def derived(
    shape: Shape, head: pl.DataFrame, line: pl.DataFrame | None
) -> tuple[pl.DataFrame, pl.DataFrame | None]:
    """Head and lines of one kind of message with the columns the message implies."""
    if shape.head.table == "inventory":
        return _inventory(shape, head, line), line
    if shape.message in KIND_OF:
        head = head.with_columns(pl.lit(KIND_OF[shape.message]).alias("kind"))
    if shape.head.table == "withdrawal":
        # The declarant applies when the goods are back in the supervised place, so the day of
        # the application is the day of return as well (from memory, unverified).
        day = _day_of_time("app_time")
        back = day if KIND_OF[shape.message] == "return" else pl.lit(MISSING, dtype=pl.Int64)
        head = head.with_columns(day.alias("applied_day"), back.alias("returned_day"))
    return head, line


def _inventory(shape: Shape, head: pl.DataFrame, line: pl.DataFrame | None) -> pl.DataFrame:
    """An export names the country it goes to, no day of declaration and no currency of its own.

    Which way the goods go follows from the kind of message, not from what its sender marks in
    ieFlag: an import marked as an export would otherwise owe nothing. A mark that differs is
    refused by a rule.
    """
    country, home = pl.col("departure_country"), pl.lit(_CN)
    if shape.flow != EXPORT:
        return head.with_columns(home.alias("destination_country"))
    head = head.with_columns(home.alias("departure_country"), country.alias("destination_country"))
    assert line is not None
    currencies = line.group_by("_document").agg(
        pl.when(pl.col("currency").n_unique() == 1)
        .then(pl.col("currency").first())
        .otherwise(pl.lit(""))
        .first()
        .alias("currency")
    )
    head = head.join(currencies, on="_document", how="left", maintain_order="left")
    return head.with_columns(_day_of_time("app_time").alias("decl_day"))


def _day_of_time(name: str) -> pl.Expr:
    """The day of a time of fourteen digits; MISSING where it is none."""
    digits = (pl.col(name) // 1_000_000).cast(pl.String)
    day = digits.str.to_date("%Y%m%d", strict=False).to_physical().cast(pl.Int64)
    return pl.when(pl.col(name) > 0).then(day).fill_null(MISSING)
