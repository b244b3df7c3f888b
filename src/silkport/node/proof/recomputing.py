"""Recomputing: the amounts of goods lines that were decided, under the law of any edition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import polars as pl

from silkport.kernel.errors import LawError, StoreDamaged
from silkport.law.book import Book
from silkport.model.outcomes import ASSESSED_AMOUNTS
from silkport.node.law.books import administrations, book_of_files
from silkport.node.law.editions import editions, files_of
from silkport.passage.cells import with_computed
from silkport.stages import assess, value

VALUE = ("customs_value_minor",)
LEVIES = tuple(f"{levy}_minor" for levy in assess.LINE_LEVIES)
"""The amount of every levy of a goods line."""


class Lacking:
    """What cannot be recomputed: how many decisions of each reason, and one of them."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[int, str]] = {}

    def add(self, reason: str, parcels: pl.Series) -> None:
        """Notes decisions, each once, that cannot be recomputed."""
        if parcels.len():
            count, example = self._found.get(reason, (0, str(parcels[0])))
            self._found[reason] = (count + parcels.n_unique(), example)

    def rows(self) -> list[dict[str, str | int]]:
        """Reason, count and an example."""
        return [
            {"reason": reason, "decisions": count, "example": example}
            for reason, (count, example) in sorted(self._found.items())
        ]


class Laws:
    """The editions of law that decisions name, compiled when first needed."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._books: dict[tuple[str, str], Book | str] = {}

    def book(self, country: str, digest: str) -> Book | str:
        """The law of an edition, or why it cannot be used."""
        key = (country, digest)
        if key not in self._books:
            texts = self.texts(country, digest)
            self._books[key] = texts if isinstance(texts, str) else _compiled(country, texts)
        return self._books[key]

    def texts(self, country: str, digest: str) -> Mapping[str, str] | str:
        """The texts of an edition by file name, or why they cannot be had."""
        if country not in administrations() or digest not in editions(self.home, country):
            return f"Edition {digest[:12]!r} of the law of {country} is not kept in {self.home}."
        try:
            return files_of(self.home, country, digest)
        except StoreDamaged as error:
            return str(error)


def _compiled(country: str, texts: Mapping[str, str]) -> Book | str:
    try:
        return book_of_files(country, texts)
    except LawError as error:  # an edition from before this program knew better
        return str(error)


def by_edition(
    rows: pl.DataFrame, laws: Laws, lacking: Lacking
) -> Iterator[tuple[Book, pl.DataFrame]]:
    """Goods lines by the law that recomputes them, with the `cell` of each.

    Lines of an edition that cannot be used are noted in `lacking`.
    """
    for digest in rows["law_digest"].unique(maintain_order=True).to_list():
        some = rows.filter(pl.col("law_digest") == digest)
        book = laws.book(country_of(some), digest)
        if isinstance(book, str):
            lacking.add(book, some["parcel_id"])
        else:
            yield book, _with_cells(some, book)


def country_of(rows: pl.DataFrame) -> str:
    """The administration whose decision the first row is of."""
    return str(rows["parcel_id"][0]).partition("-")[0]


def _with_cells(rows: pl.DataFrame, book: Book) -> pl.DataFrame:
    keys = ["regime", "decl_day"]
    pairs = rows.select(keys).unique()
    cells = [book.cell_in(regime, day) for regime, day in pairs.iter_rows()]
    found = pairs.with_columns(pl.Series("cell", cells, dtype=pl.Int64))
    return rows.join(found, on=keys, how="left", maintain_order="left")


def valued(rows: pl.DataFrame, book: Book) -> pl.DataFrame:
    """Goods lines with their customs value as `book` has it, in minor units of account."""
    bare = rows.drop(ASSESSED_AMOUNTS)
    return with_computed(bare, book.work_out(value.goods, bare, VALUE), VALUE)


def assessed(rows: pl.DataFrame, book: Book) -> pl.DataFrame:
    """Valued goods lines with every levy, in minor units of account.

    Args:
        rows: as `valued` gives them, with `fee_share_minor`.
    """
    return with_computed(rows, book.work_out(assess.goods, rows, LEVIES), LEVIES)


def fees(rows: pl.DataFrame, book: Book) -> pl.DataFrame:
    """The customs fee of each house in minor units of account: house, parcel_id, fee_minor.

    Args:
        rows: goods lines with `house` and `cell`, all of a house.
    Adds `shares_minor`, what the lines bore of it.
    """
    houses = rows.group_by("house", maintain_order=True).agg(
        pl.first("parcel_id", "cell"),
        pl.len().cast(pl.Int64).alias("line_count"),
        pl.col("fee_share_minor").sum().alias("shares_minor"),
    )
    names = ("fee_minor",)
    return with_computed(houses, book.work_out(assess.houses, houses, names), names)


PAYMENT = ("parcel_id", "line", "hs_code", "levy", "amount_minor")


def payments(goods: pl.DataFrame, houses: pl.DataFrame) -> pl.DataFrame:
    """What is owed of each levy of each goods line, and the fee of each house as line 0: PAYMENT.

    Args:
        goods: parcel_id, gnum, hs_code and every levy in minor units of account.
        houses: parcel_id, fee_minor.
    """
    levies = {levy: f"{levy}_minor" for levy in assess.LINE_LEVIES}
    of_lines = goods.select("parcel_id", "hs_code", line="gnum", **levies).unpivot(
        list(levies),
        index=["parcel_id", "line", "hs_code"],
        variable_name="levy",
        value_name="amount_minor",
    )
    of_houses = houses.select(
        "parcel_id",
        pl.lit(0, dtype=pl.Int64).alias("line"),
        pl.lit("").alias("hs_code"),
        pl.lit("fee").alias("levy"),
        pl.col("fee_minor").alias("amount_minor"),
    )
    return pl.concat([of_lines, of_houses]).filter(pl.col("amount_minor") != 0)
