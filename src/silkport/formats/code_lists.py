"""China's numeric codes to neutral ones and back; a code never travels without its list.

The lists are data of the administration (`countries/cn`): countries to ISO 3166-1 alpha-2,
currencies to ISO 4217, units to UN/ECE Recommendation 20. What has no sure neutral code, or is
not in the list, keeps the list in front: "GACC:142".
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import polars as pl

LIST_OF_KIND = {"country": "countries", "currency": "currencies", "unit": "units"}
"""The list in which each kind of code of the message family is defined."""

_KEPT = "GACC:"

_PART = "part of the neutral territory"
"""The mark of a code that names a part of what its neutral code names."""


@cache
def neutral_codes(kind: str) -> Mapping[str, str]:
    """Every code of a list and what stands for it inside."""
    return {row["code"]: row["neutral"] or f"{_KEPT}{row['code']}" for row in _rows(kind)}


def _rows(kind: str) -> list[dict[str, str]]:
    path = files("silkport") / "countries" / "cn" / f"{LIST_OF_KIND[kind]}.csv"
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def neutral(codes: pl.Series, kind: str) -> pl.Series:
    """Codes as they stand inside; an empty one stays empty, an unknown one keeps the list."""
    known = neutral_codes(kind)
    cells = pl.col(codes.name)
    kept = pl.when(cells == "").then(pl.lit("")).otherwise(_KEPT + cells)
    mapped = cells.replace_strict(known, default=None, return_dtype=pl.String)
    return codes.to_frame().select(mapped.fill_null(kept))[codes.name]


@cache
def outside_codes(kind: str) -> Mapping[str, str]:
    """The code of a list for each neutral one; where several share it, that of the whole."""
    rows = sorted(_rows(kind), key=lambda row: row["confidence"] != _PART, reverse=True)
    found: dict[str, str] = {}
    for row in rows:
        found.setdefault(row["neutral"] or f"{_KEPT}{row['code']}", row["code"])
    return found


def outside(codes: pl.Series, kind: str) -> pl.Series:
    """Neutral codes as China writes them, the inverse of `neutral`.

    A code that carries the list in front loses only that; one without any counterpart stays.
    """
    cells = pl.col(codes.name)
    mapped = cells.replace_strict(outside_codes(kind), default=None, return_dtype=pl.String)
    kept = cells.str.strip_prefix(_KEPT)
    return codes.to_frame().select(mapped.fill_null(kept))[codes.name]


def without_counterpart(codes: pl.Series, kind: str) -> pl.Series:
    """Which codes are stated but have no code of the list that means the same."""
    cells = pl.col(codes.name)
    whole = [row["neutral"] for row in _rows(kind) if row["neutral"] and row["confidence"] != _PART]
    known = pl.Series(whole, dtype=pl.String)
    test = (cells != "") & ~cells.is_in(known.implode()) & ~cells.str.starts_with(_KEPT)
    return codes.to_frame().select(test)[codes.name]


def unknown(codes: pl.Series, kind: str) -> pl.Series:
    """Which codes are stated but not in their list."""
    cells = pl.col(codes.name)
    known = pl.Series(list(neutral_codes(kind)))
    test = (cells != "") & ~cells.is_in(known.implode())
    return codes.to_frame().select(test)[codes.name]
