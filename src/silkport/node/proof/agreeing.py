"""Tables of one run that say the same thing must agree: goods lines, payment rows, decisions.

Whatever one table states is added and whatever the other states is taken away; what is left over
is a difference.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl

from silkport.model.outcomes import ASSESSED, DECISION, TAX_LINE
from silkport.node.proof.rereading import Reread
from silkport.node.proof.written import Written
from silkport.stages import assess

DIFFERENCE = {
    "parcel_id": pl.String,
    "line": pl.Int64,
    "hs_code": pl.String,
    "levy": pl.String,
    "then_minor": pl.Int64,
    "now_minor": pl.Int64,
    "found_in": pl.String,
}
"""One amount that differs: what was stored then, what comes out now, the table it stands in.

Line 0 is the whole parcel or house. Minor units of the administration's currency of account.
"""

TOTALS = ("customs_value", "duty", "remedy", "excise", "vat", "fee", "total")
"""Amounts that a decision states."""

_LEVIES = assess.LINE_LEVIES
_PAID = assess.HOUSE_LEVIES
_LINE = ("parcel_id", "line")
_HOUSE = ("parcel_id",)
_ZERO = pl.lit(0, dtype=pl.Int64)
_NOTHING = "withdrawn"
"""The outcome of a house that has no payment rows."""


def disagreements(tables: Written, found: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Where payment rows and decisions on houses differ from their goods lines, as DIFFERENCE.

    Args:
        found: amounts of the goods lines that are wrong themselves; the others are compared with
            what is right.
    Raises UnreadableFile.
    """
    if not tables.has(ASSESSED):
        return
    for part in tables.parts((ASSESSED, TAX_LINE, DECISION)):
        if tables.has(TAX_LINE):
            yield _of_tax_lines(tables, part, found)
        if tables.has(DECISION):
            yield _of_decisions(tables, part, found)


Parts = dict[str, pl.LazyFrame]


def _of_tax_lines(tables: Written, part: Parts, found: pl.DataFrame) -> pl.DataFrame:
    lines, paid = part[ASSESSED.name], part[TAX_LINE.name]
    paid = paid.join(lines.select("parcel_id").unique(), on="parcel_id", how="semi")
    gone = part[DECISION.name].filter(pl.col("outcome") == _NOTHING).select("parcel_id")
    own = [pl.col(f"{levy}_minor").alias(levy) for levy in _LEVIES]
    of_lines = lines.select("parcel_id", pl.col("gnum").alias("line"), *own, _ZERO.alias("fee"))
    nothing = [_ZERO.alias(levy) for levy in _LEVIES]
    fees = lines.group_by("parcel_id").agg(pl.col("fee_share_minor").sum().alias("fee"))
    of_houses = fees.select("parcel_id", _ZERO.alias("line"), *nothing, "fee")
    mended = found.lazy().select(*_LINE, *_spread(_PAID, _change()))
    mended = mended.join(lines.select("parcel_id").unique(), on="parcel_id", how="semi")
    owed = pl.concat([of_lines, of_houses, mended]).join(gone, on="parcel_id", how="anti")
    taken = paid.select(*_LINE, *_spread(_PAID, -pl.col("amount_minor")))
    wrong = _left_over(tables, _LINE, _PAID, [owed, taken])
    if wrong.is_empty():
        return pl.DataFrame(schema=DIFFERENCE)
    same = paid.join(wrong.lazy().select(_LINE).unique(), on=_LINE, how="semi")
    stated = same.group_by(*_LINE, "levy").agg(
        pl.col("amount_minor").sum().alias("then_minor"), pl.first("hs_code")
    )
    return _told(wrong, tables.collect(stated), TAX_LINE.name)


def _of_decisions(tables: Written, part: Parts, found: pl.DataFrame) -> pl.DataFrame:
    lines, decisions = part[ASSESSED.name], part[DECISION.name]
    decisions = decisions.join(lines.select("parcel_id").unique(), on="parcel_id", how="semi")
    levies = [f"{levy}_minor" for levy in _LEVIES]
    remedies = [f"{levy}_minor" for levy in assess.REMEDIES]
    all_lines = lines.select(
        "parcel_id",
        pl.col("customs_value_minor").alias("customs_value"),
        pl.col("duty_minor").alias("duty"),
        pl.sum_horizontal(remedies).alias("remedy"),
        pl.col("excise_minor").alias("excise"),
        pl.col("vat_minor").alias("vat"),
        pl.col("fee_share_minor").alias("fee"),
        pl.sum_horizontal(*levies, "fee_share_minor").alias("total"),
    )
    levy, change = pl.col("levy"), _change()
    remedy = pl.when(levy.is_in(list(assess.REMEDIES))).then(change).otherwise(_ZERO)
    whole = pl.when(levy.is_in(list(_PAID))).then(change).otherwise(_ZERO)
    spread = [one for one in _spread(TOTALS, change) if one.meta.output_name() not in _SUMS]
    mended = found.lazy().select("parcel_id", *spread, remedy.alias("remedy"), whole.alias("total"))
    mended = mended.join(lines.select("parcel_id").unique(), on="parcel_id", how="semi")
    taken = decisions.select("parcel_id", *((-pl.col(f"{x}_minor")).alias(x) for x in TOTALS))
    order = ["parcel_id", *TOTALS]
    wrong = _left_over(
        tables, _HOUSE, TOTALS, [all_lines.select(order), mended.select(order), taken]
    )
    if wrong.is_empty():
        return pl.DataFrame(schema=DIFFERENCE)
    same = decisions.join(wrong.lazy().select(_HOUSE).unique(), on=_HOUSE, how="semi")
    sums = same.group_by("parcel_id").agg(pl.col(f"{x}_minor").sum().alias(x) for x in TOTALS)
    stated = sums.unpivot(
        index="parcel_id", variable_name="levy", value_name="then_minor"
    ).with_columns(pl.lit("").alias("hs_code"))
    return _told(wrong, tables.collect(stated), DECISION.name)


_SUMS = ("remedy", "total")


def _change() -> pl.Expr:
    return pl.col("now_minor") - pl.col("then_minor")


def _spread(names: Sequence[str], amount: pl.Expr) -> list[pl.Expr]:
    """One column for each levy, from a row for each."""
    return [pl.when(pl.col("levy") == x).then(amount).otherwise(_ZERO).alias(x) for x in names]


def _left_over(
    tables: Written, keys: Sequence[str], names: Sequence[str], parts: list[pl.LazyFrame]
) -> pl.DataFrame:
    """What is not nothing when everything is added up: keys, levy, left_minor."""
    sums = pl.concat(parts).group_by(keys).agg(pl.col(names).sum())
    some = tables.collect(sums.filter(pl.any_horizontal(pl.col(names) != 0)))
    left = some.unpivot(names, index=keys, variable_name="levy", value_name="left_minor")
    return left.filter(pl.col("left_minor") != 0)


def _told(wrong: pl.DataFrame, stated: pl.DataFrame, table: str) -> pl.DataFrame:
    """Differences: what a table states of the keys that are left over, and what it should."""
    keys = [name for name in wrong.columns if name != "left_minor"]
    both = wrong.join(stated, on=keys, how="left")
    line = pl.col("line") if "line" in keys else _ZERO
    then = pl.col("then_minor").fill_null(0)
    return both.select(
        "parcel_id",
        line.alias("line"),
        pl.col("hs_code").fill_null(""),
        "levy",
        then.alias("then_minor"),
        (then + pl.col("left_minor")).alias("now_minor"),
        pl.lit(table).alias("found_in"),
    )


def disagreements_of_documents(
    again: Reread, tax_lines: pl.DataFrame | None
) -> Iterator[pl.DataFrame]:
    """Where decisions and their payment rows differ from what their documents give.

    Args:
        tax_lines: payment rows as they were written, of these decisions and perhaps others; None
            where they were not.
    """
    names = {f"{name}_minor": name for name in TOTALS}

    def long(rows: pl.DataFrame, amount: str) -> pl.DataFrame:
        some = rows.select("parcel_id", *names).rename(names)
        return some.unpivot(index="parcel_id", variable_name="levy", value_name=amount)

    whole = {"line": _ZERO, "hs_code": pl.lit("")}
    then = long(again.decisions, "then_minor").with_columns(**whole)
    now = long(again.totals, "now_minor")
    yield _differing(then.join(now, on=["parcel_id", "levy"]), DECISION.name)
    if tax_lines is not None:
        keys = ["parcel_id", "line", "levy"]
        paid = tax_lines.join(again.decisions, on="parcel_id", how="semi")
        sides = [
            rows.group_by(keys).agg(pl.col("amount_minor").sum().alias(name), pl.first("hs_code"))
            for name, rows in (("then_minor", paid), ("now_minor", again.payments))
        ]
        both = sides[0].join(sides[1], on=keys, how="full", coalesce=True)
        filled = both.with_columns(
            pl.col("then_minor", "now_minor").fill_null(0),
            pl.coalesce("hs_code", "hs_code_right"),
        )
        yield _differing(filled, TAX_LINE.name)


def _differing(both: pl.DataFrame, table: str) -> pl.DataFrame:
    off = both.filter(pl.col("then_minor") != pl.col("now_minor"))
    return off.with_columns(pl.lit(table).alias("found_in")).select(list(DIFFERENCE))
