"""Which permits goods lines need, and which of them box 44 does not name.

Frame code: only lines of codes that some permit is for are looked at.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import polars as pl

from silkport.kernel.periods import day_number
from silkport.law.permits import Permit

_ROW, _PAPERS = "__row", "__papers"
_ASKED = ("direction", "procedure", "origin")
SAYS_SOMETHING = r"[\p{L}\p{N}]"
"""What a number of a document has at least one of: a letter or a digit of any script."""


def with_missing_permits(
    goods: pl.DataFrame,
    houses: pl.DataFrame,
    permits: Sequence[Permit],
    no_number: Collection[str] = (),
) -> pl.DataFrame:
    """Adds to goods lines what they lack of the permits that their codes need.

    `permits_needed` counts them, `permits_missing` names those that neither the line's documents
    nor the house's state with a number, `permits_unnumbered` those stated without one, as
    "kind name; kind name". One document answers for every permit of its kind: whether it is for
    these goods is for an officer to see. An unknown origin or procedure needs what any of them
    would.

    Args:
        goods: lines with their doc, hs_code, origin, decl_day, documents and house_documents.
        houses: doc, direction and procedure of their declarations.
        permits: of all days and codes.
        no_number: words that stand where there is no number.
    """
    rows = goods.with_row_index(_ROW)
    needs = _needed(rows, houses, permits)
    named = _named(rows, needs, no_number)
    needs = needs.join(named, on=[_ROW, "kind"], how="left", maintain_order="left")
    unnamed = ~pl.col("numbered").fill_null(value=False)
    found = needs.group_by(_ROW).agg(
        pl.len().cast(pl.Int64).alias("permits_needed"),
        _together(unnamed).alias("permits_missing"),
        _together(unnamed & pl.col("numbered").is_not_null()).alias("permits_unnumbered"),
    )
    joined = rows.join(found, on=_ROW, how="left", maintain_order="left").drop(_ROW)
    return joined.with_columns(
        pl.col("permits_needed").fill_null(0),
        pl.col("permits_missing", "permits_unnumbered").fill_null(""),
    )


def _together(which: pl.Expr) -> pl.Expr:
    return pl.col("label").filter(which).str.join("; ")


def _table(permits: Sequence[Permit]) -> pl.DataFrame:
    rows = [
        (
            *(permit.hs, permit.kind, permit.label),
            *(permit.direction, permit.procedure, permit.origin),
            *(day_number(permit.start), day_number(permit.stop)),
        )
        for permit in permits
    ]
    texts = ("prefix", "kind", "label", *(f"of_{name}" for name in _ASKED))
    schema = dict.fromkeys(texts, pl.String) | dict.fromkeys(("start", "stop"), pl.Int64)
    return pl.DataFrame(rows, schema=schema, orient="row")


def _needed(rows: pl.DataFrame, houses: pl.DataFrame, permits: Sequence[Permit]) -> pl.DataFrame:
    """The kind and label of each permit that a line needs, each once, in order of labels."""
    table = _table(permits)
    codes = rows.select(pl.col("hs_code").unique())
    begins = pl.concat(
        codes.with_columns(pl.col("hs_code").str.slice(0, length).alias("prefix"))
        for length in sorted({0, *(len(permit.hs) for permit in permits)})
    )
    lines = (
        rows.select(_ROW, "doc", "hs_code", "origin", "decl_day")
        .join(begins.join(table, on="prefix"), on="hs_code")
        .join(houses.select("doc", "direction", "procedure"), on="doc")
    )
    meets = [
        (pl.col(f"of_{name}") == "") | (pl.col(name) == "") | (pl.col(f"of_{name}") == pl.col(name))
        for name in _ASKED
    ]
    in_force = pl.col("decl_day").is_between("start", "stop", closed="left")
    needed = lines.filter(in_force, *meets).select(_ROW, "kind", "label")
    return needed.unique().sort(_ROW, "label")


def _named(rows: pl.DataFrame, needs: pl.DataFrame, no_number: Collection[str]) -> pl.DataFrame:
    """The kinds of documents that each needy line states, and whether one has its number."""
    lines = rows.join(needs.select(_ROW).unique(), on=_ROW, how="semi")
    stated = pl.concat_str("documents", "house_documents", separator=";").str.split(";")
    papers = lines.select(_ROW, stated.alias(_PAPERS)).explode(_PAPERS)
    papers = papers.with_columns(pl.col(_PAPERS).str.strip_chars())
    number = pl.col(_PAPERS).str.replace(r"^\S+\s*", "")
    has_number = number.str.contains(SAYS_SOMETHING) & ~number.is_in(list(no_number))
    kind = pl.col(_PAPERS).str.extract(r"^(\S+)")
    return papers.group_by(_ROW, kind.alias("kind")).agg(has_number.any().alias("numbered"))
