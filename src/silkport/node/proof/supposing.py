"""Supposing: what the decisions of a time would have paid under another law.

The day of each decision stays, only the law changes. Counted is what was released or held, as in
the summary of a run. What the other law has no rate for is counted apart and never taken as
nothing, and so is what had no rate then.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from silkport.kernel.errors import InvalidValue, UnreadableFile
from silkport.kernel.periods import day_of
from silkport.law.book import NO_CELL, Book
from silkport.model.outcomes import ASSESSED, DECISION, FINDING
from silkport.node.law.other import OtherLaw
from silkport.node.proof.recomputing import (
    PAYMENT,
    Lacking,
    assessed,
    by_edition,
    country_of,
    fees,
    payments,
    valued,
)
from silkport.node.proof.replaying import Progress
from silkport.node.proof.rereading import Reread, Then, of_home, reread, without_lines
from silkport.node.proof.unfolding import stores
from silkport.node.proof.written import Written, is_home, written
from silkport.stages import assess, release, value

NO_REGIME = "REG001"
NO_RATE = (
    "VAL001", "VAL201", "VAL202", "ASS001", "ASS002", "ASS003", "ASS004", "ASS005", "ASS006",
    "ASS201", "ASS202", "ASS203", "ASS204", "ASS210", "ASS211", "REG001",
)  # fmt: skip
"""Rules that say that an amount cannot be worked out: no rate, no quantity for it, no regime."""

MOVERS = 20
"""Commodity codes that are named as those that change most."""


@dataclass(slots=True)
class Supposed:
    """What would have been paid: minor units of `currency`.

    `levies` has levy, then_minor, now_minor, difference_minor; `chapters` the same by the first two
    digits of the code, with lines and customs value, and empty for fees and what is charged on
    whole parcels; `movers` the codes that change most. `apart` has what is not in them: code of
    the rule, whether it holds now or held then, lines, and what was paid for them.
    """

    law: str
    administration: str = ""
    currency: str = ""
    decisions: int = 0
    lines: int = 0
    levies: list[dict[str, str | int]] = field(default_factory=list)
    chapters: pl.DataFrame = field(default_factory=pl.DataFrame)
    movers: pl.DataFrame = field(default_factory=pl.DataFrame)
    apart: list[dict[str, str | int]] = field(default_factory=list)
    lacking: list[dict[str, str | int]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def suppose(
    path: Path, new: str, *, home: Path, administration: str = "", progress: Progress
) -> Supposed:
    """What old decisions would have paid under another law.

    Args:
        path: a folder that `clear` wrote, one of its files, or a home.
        new: a folder of law files that replace those of the same name, a tariff as CSV that
            replaces the rates of the kinds it states, or the beginning of an edition's digest.
        home: where the editions of law and the documents of parcels are kept.
        administration: only its decisions; needed where there are those of several.
    Raises InputError, LawError, StoreError.
    """
    at_home = is_home(path)
    tables = Written({}) if at_home else written(path, administration)
    first, last = _days(path, administration) if at_home else _days_written(tables)
    law, lacking = OtherLaw(home, new, day_of(first)), Lacking()
    sums = _Sums(Supposed(law.name), accepted=_accepted(tables), no_rate=_no_rate_then(tables))
    if law.first_rate is not None and law.first_rate > day_of(last):
        told = f"The rates of {law.name} begin on {law.first_rate}, after the last decision; "
        held = f"rates that state no first day are taken to hold from {day_of(first)}."
        sums.result.notes.append(told + held)
    seen = [pl.Series("parcel_id", [], dtype=pl.String)]
    for rows in tables.houses():
        counted = sums.counted(rows)
        for book, then in by_edition(counted, law, lacking):
            sums.add_lines(then, book)
            progress("supposing for goods lines", sums.result.lines)
        seen.append(rows["parcel_id"].unique())
    others = of_home(path, administration) if at_home else without_lines(tables, pl.concat(seen))
    for some in others:
        if some.tax_lines is None:
            reason = "tax_lines.parquet is not beside it, so nobody knows what was paid for what"
            raise UnreadableFile(source=str(path), expected="payments", reason=reason)
        owing = some.decisions.filter(pl.col("outcome").is_in(release.DEBITING))
        if owing.height:
            for again in reread(home, owing, law, lacking):
                sums.add_documents(again, some)
                progress("supposing for documents", sums.result.decisions)
    return sums.finished(lacking)


def _days_written(tables: Written) -> tuple[int, int]:
    """The first and the last legal day of decisions; the first day of all without any."""
    table = DECISION if tables.has(DECISION) else ASSESSED
    return _ends(tables.collect(tables.scan(table).select(_ENDS)))


def _days(home: Path, administration: str) -> tuple[int, int]:
    ends = [
        store.collect(
            pl.concat([rows.select(_DAY) for rows in store.scan(DECISION.name)]).select(_ENDS)
        )
        for country, store in stores(home)
        if administration in {"", country} and list(store.scan(DECISION.name))
    ]
    return _ends(pl.concat(ends)) if ends else (0, 0)


_DAY = pl.col("decl_day").filter(pl.col("decl_day") >= 0)
_ENDS = (_DAY.min().alias("first"), _DAY.max().alias("last"))


def _ends(rows: pl.DataFrame) -> tuple[int, int]:
    first, last = rows["first"].min(), rows["last"].max()
    return int(str(first or 0)), int(str(last or 0))


def _accepted(tables: Written) -> pl.Series | None:
    """Ids of what was released or held; None where outcomes are not there."""
    if not tables.has(DECISION):
        return None
    accepted = tables.scan(DECISION).filter(pl.col("outcome").is_in(release.DEBITING))
    return tables.collect(accepted.select("parcel_id"))["parcel_id"]


def _no_rate_then(tables: Written) -> pl.DataFrame:
    return tables.collect(tables.scan(FINDING).select(_FOUND).filter(_IS_NO_RATE))


_FOUND = ("parcel_id", "line", "code")
_IS_NO_RATE = pl.col("code").is_in(list(NO_RATE))
_COUNTED = {
    "hs_code": pl.String,
    "levy": pl.String,
    "then_minor": pl.Int128,
    "now_minor": pl.Int128,
}
_WORTH = {"hs_code": pl.String, "lines": pl.Int64, "customs_value_minor": pl.Int128}
_APART = {"code": pl.String, "when": pl.String, "lines": pl.Int64, "then_minor": pl.Int128}


class _Sums:
    """What was paid and would have been, added up as it comes."""

    def __init__(
        self, result: Supposed, *, accepted: pl.Series | None, no_rate: pl.DataFrame
    ) -> None:
        self.result = result
        self._accepted, self._no_rate = accepted, no_rate
        self._paid = pl.DataFrame(schema=_COUNTED)
        self._worth = pl.DataFrame(schema=_WORTH)
        self._apart = pl.DataFrame(schema=_APART)

    def counted(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Goods lines of houses that were released or held, each decided once in the run."""
        if self._accepted is None:
            return rows
        return rows.filter(pl.col("parcel_id").is_in(self._accepted.implode()))

    def add_lines(self, then: pl.DataFrame, book: Book) -> None:
        """Adds goods lines that were stored with what their amounts are worked out from."""
        self._demand_one(book.law.country, book.law.currency)
        rows = valued(then, book)
        owed = fees(rows, book)
        moved = bool((rows["customs_value_minor"] != then["customs_value_minor"]).any())
        if moved or bool((owed["fee_minor"] != owed["shares_minor"]).any()):
            rows = _with_shares(rows, owed)
        if moved and _FREIGHT_NOTE not in self.result.notes:
            self.result.notes.append(_FREIGHT_NOTE)
        now = assessed(rows, book)
        before = owed.with_columns(pl.col("shares_minor").alias("fee_minor"))
        lines = now.select("parcel_id", "hs_code", "customs_value_minor", line="gnum")
        self._add(lines, payments(then, before), payments(now, owed), _without_rate(now, book))
        self.result.decisions += owed.height
        self.result.lines += now.height

    def add_documents(self, again: Reread, then: Then) -> None:
        """Adds decisions that were worked out again from their documents."""
        if again.decisions.is_empty():
            return
        currency = str(again.decisions["currency"][0])
        self._demand_one(country_of(again.decisions), currency)
        paid = then.tax_lines
        assert paid is not None
        paid = paid.join(again.decisions, on="parcel_id", how="semi").select(PAYMENT)
        self._no_rate = then.findings.select(_FOUND).filter(_IS_NO_RATE)
        found = again.findings.select(_FOUND).filter(_IS_NO_RATE)
        self._add(again.lines, paid, again.payments, found)
        self.result.decisions += again.decisions.height
        self.result.lines += again.lines.height

    def _demand_one(self, country: str, currency: str) -> None:
        own = self.result.administration
        if own not in {"", country}:
            reason = f"there are decisions of {own} and of {country}; choose one with --as"
            raise InvalidValue(what="the administration", value="", reason=reason)
        self.result.administration, self.result.currency = country, currency

    def _add(
        self, lines: pl.DataFrame, then: pl.DataFrame, now: pl.DataFrame, found: pl.DataFrame
    ) -> None:
        """Counts lines that have rates, and sets the others apart with what was paid for them."""
        whole = (
            lines.select("parcel_id").unique().with_columns(pl.lit(0, dtype=pl.Int64).alias("line"))
        )
        marks = _marked(pl.concat([lines.select("parcel_id", "line"), whole]), found, self._no_rate)
        here = lines.join(marks, on=["parcel_id", "line"], how="left")
        worth = (
            here.filter(pl.col("code").is_null())
            .group_by("hs_code")
            .agg(
                pl.len().cast(pl.Int64).alias("lines"),
                pl.col("customs_value_minor").cast(pl.Int128).sum(),
            )
        )
        self._worth = _folded(self._worth, worth, ["hs_code"])
        both = pl.concat(
            [
                then.select(*_PLACE, _WIDE.alias("then_minor"), _NOTHING.alias("now_minor")),
                now.select(*_PLACE, _NOTHING.alias("then_minor"), _WIDE.alias("now_minor")),
            ]
        ).join(marks, on=["parcel_id", "line"], how="left")
        counted = both.filter(pl.col("code").is_null()).select(list(_COUNTED))
        self._paid = _folded(self._paid, counted, ["hs_code", "levy"])
        aside = [
            here.select(
                "code",
                "when",
                pl.lit(1, dtype=pl.Int64).alias("lines"),
                _NOTHING.alias("then_minor"),
            ),
            both.select("code", "when", pl.lit(0, dtype=pl.Int64).alias("lines"), "then_minor"),
        ]
        apart = pl.concat(aside).filter(pl.col("code").is_not_null())
        self._apart = _folded(self._apart, apart, ["code", "when"])

    def finished(self, lacking: Lacking) -> Supposed:
        """The sums by levy, by chapter and by code."""
        result = self.result
        result.lacking = lacking.rows()
        result.apart = self._apart.sort("code", "when").to_dicts()
        by_levy = {
            row["levy"]: row for row in _with_difference(_sum(self._paid, "levy")).to_dicts()
        }
        result.levies = [by_levy[levy] for levy in assess.HOUSE_LEVIES if levy in by_levy]
        total = self._paid.select(pl.col("then_minor", "now_minor").sum()).row(0)
        change = total[1] - total[0]
        result.levies.append(
            {
                "levy": "total",
                "then_minor": total[0],
                "now_minor": total[1],
                "difference_minor": change,
            }
        )
        chapter = pl.col("hs_code").str.slice(0, 2).alias("chapter")
        result.chapters = _by(self._paid, self._worth, chapter)
        codes = _by(self._paid, self._worth, pl.col("hs_code")).filter(
            pl.col("difference_minor") != 0, pl.col("hs_code") != ""
        )
        by_size = [-pl.col("difference_minor").abs(), pl.col("hs_code")]
        result.movers = codes.sort(by_size).head(MOVERS)
        return result


_FREIGHT_NOTE = (
    "Customs values change; of goods lines, freight, insurance and additions stand as they were "
    "exchanged then."
)
_PLACE = ("parcel_id", "line", "hs_code", "levy")
_WIDE = pl.col("amount_minor").cast(pl.Int128)
_NOTHING = pl.lit(0, dtype=pl.Int128)


def _with_shares(rows: pl.DataFrame, owed: pl.DataFrame) -> pl.DataFrame:
    """Goods lines with their parts of another fee, or of the same one by other values."""
    houses = owed.select("fee_minor", parcel_id="house")
    shared = assess.with_fee_shares(rows.with_columns(parcel_id="house"), houses)
    return shared.with_columns(rows["parcel_id"])


def _without_rate(rows: pl.DataFrame, book: Book) -> pl.DataFrame:
    """Goods lines for which `book` has no rate, or no regime: parcel_id, line, code."""
    flags = [
        book.work_out(assess.goods, rows, NO_RATE),
        book.work_out(value.houses, rows, ("VAL201",)),
        rows.select((pl.col("cell") == NO_CELL).cast(pl.Int64).alias(NO_REGIME)),
    ]
    every = pl.concat([one for one in flags if one.columns], how="horizontal")
    place = rows.select("parcel_id", line="gnum")
    return pl.concat(
        place.filter(every[code] == 1).with_columns(pl.lit(code).alias("code"))
        for code in every.columns
    )


def _marked(places: pl.DataFrame, now: pl.DataFrame, then: pl.DataFrame) -> pl.DataFrame:
    """The places that are set apart, each once: code, and `when` it held. Line 0 is for all."""
    found = pl.concat(
        [
            now.with_columns(pl.lit("now").alias("when")),
            then.with_columns(pl.lit("then").alias("when")),
        ]
    )
    own = places.join(found.filter(pl.col("line") > 0), on=["parcel_id", "line"])
    whole = places.join(found.filter(pl.col("line") == 0).drop("line"), on="parcel_id")
    marks = pl.concat([own.select(whole.columns), whole])
    return marks.unique(["parcel_id", "line"], keep="first", maintain_order=True)


def _sum(rows: pl.DataFrame, by: str | pl.Expr) -> pl.DataFrame:
    return rows.group_by(by).agg(pl.col(pl.Int128, pl.Int64).sum())


def _folded(sums: pl.DataFrame, more: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    together = pl.concat([sums, more.select(sums.columns)])
    return together.group_by(by).agg(pl.exclude(by).sum()).select(sums.columns)


def _with_difference(rows: pl.DataFrame) -> pl.DataFrame:
    change = pl.col("now_minor") - pl.col("then_minor")
    return rows.with_columns(change.alias("difference_minor"))


def _by(paid: pl.DataFrame, worth: pl.DataFrame, key: pl.Expr) -> pl.DataFrame:
    """Lines, customs value, what was paid, what would have been, and each levy of both."""
    name = key.meta.output_name()
    levies = [
        pl.col(f"{when}_minor").filter(pl.col("levy") == levy).sum().alias(f"{levy}_{when}_minor")
        for levy in assess.HOUSE_LEVIES
        for when in ("then", "now")
    ]
    sums = paid.group_by(key).agg(pl.col("then_minor", "now_minor").sum(), *levies)
    goods = worth.group_by(key).agg(pl.col("lines", "customs_value_minor").sum())
    both = goods.join(_with_difference(sums), on=name, how="full", coalesce=True)
    filled = both.with_columns(pl.exclude(name).fill_null(0).cast(pl.Int64))
    front = [name, "lines", "customs_value_minor", "then_minor", "now_minor", "difference_minor"]
    return filled.select(*front, *(one.meta.output_name() for one in levies)).sort(name)
