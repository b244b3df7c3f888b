"""China's numeric codes to neutral ones; a code never travels without its list.

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


@cache
def neutral_codes(kind: str) -> Mapping[str, str]:
    """Every code of a list and what stands for it inside."""
    path = files("silkport") / "countries" / "cn" / f"{LIST_OF_KIND[kind]}.csv"
    rows = csv.DictReader(path.read_text(encoding="utf-8").splitlines())
    return {row["code"]: row["neutral"] or f"{_KEPT}{row['code']}" for row in rows}


def neutral(codes: pl.Series, kind: str) -> pl.Series:
    """Codes as they stand inside; an empty one stays empty, an unknown one keeps the list."""
    known = neutral_codes(kind)
    cells = pl.col(codes.name)
    kept = pl.when(cells == "").then(pl.lit("")).otherwise(_KEPT + cells)
    mapped = cells.replace_strict(known, default=None, return_dtype=pl.String)
    return codes.to_frame().select(mapped.fill_null(kept))[codes.name]


def unknown(codes: pl.Series, kind: str) -> pl.Series:
    """Which codes are stated but not in their list."""
    cells = pl.col(codes.name)
    known = pl.Series(list(neutral_codes(kind)))
    test = (cells != "") & ~cells.is_in(known.implode())
    return codes.to_frame().select(test)[codes.name]
