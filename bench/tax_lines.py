"""Goods lines for the tax benchmark, drawn from a seed and laid in the order of their days.

A few codes are declared often and most of them seldom, as in trade.
"""

from __future__ import annotations

from datetime import date
from random import Random
from typing import Any

import polars as pl

from tax_law import FIRST_DAY, TaxLaw, days

Line = dict[str, Any]
"""A line as JSON gives it: texts and whole numbers under the names of `SCHEMA`."""

EPOCH = date(1970, 1, 1)
ORIGINS = ("CN",) * 17 + ("DE", "KR", "TR")
SCHEMA = pl.Schema(
    {
        "line": pl.Int64,
        "hs_code": pl.String,
        "origin": pl.String,
        "decl_day": pl.Int64,
        "customs_value_minor": pl.Int64,
        "net_mass_mg": pl.Int64,
        "supp_qty_e5": pl.Int64,
        "supp_unit": pl.String,
    }
)
"""A line: its legal day as days since 1970, its customs value in minor units of account, its
net mass, its supplementary quantity in hundred-thousandths of the unit beside it."""

HEAVIEST_MG = 60_000 * 10**6


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - EPOCH).days


def tax_lines(law: TaxLaw, rows: int, seed: int) -> pl.DataFrame:
    """`rows` lines of the codes of `law`."""
    rng = Random(seed)
    codes = by_frequency(law, seed)
    first, span = day_number(FIRST_DAY), len(days())
    drawn = sorted(first + rng.randrange(span) for _ in range(rows))
    lines = []
    for number, day in enumerate(drawn):
        code = codes[int(len(codes) * rng.random() ** 3)]
        unit = law.goods_unit[code]
        value = int(10 ** rng.uniform(6, 10))  # 10,000 tenge to 100 million
        price = 10 ** rng.uniform(2.3, 4.7)  # of a kilogram, in tenge
        mass = min(max(int(value / 100 / price * 10**6), 1_000), HEAVIEST_MG)
        quantity = _quantity(unit, mass, rng)
        origin = rng.choice(ORIGINS)
        lines.append((number, code, origin, day, value, mass, quantity, unit))
    return pl.DataFrame(lines, SCHEMA, orient="row").rechunk()


def by_frequency(law: TaxLaw, seed: int) -> list[str]:
    """The codes of the law, those declared most often first."""
    codes = law.codes
    Random(seed).shuffle(codes)
    return codes


def _quantity(unit: str, mass_mg: int, rng: Random) -> int:
    """Hundred-thousandths of the unit; whole where pieces are counted."""
    kilograms = max(mass_mg // 10**6, 1)
    match unit:
        case "":
            return 0
        case "H87" | "PR":
            return (1 + kilograms // rng.choice((1, 2, 5, 20))) * 100_000
        case "CMQ":
            vehicles = 1 + kilograms // 1_500
            return vehicles * rng.choice((998, 1_497, 1_598, 1_998, 2_487, 3_456)) * 100_000
        case _:
            return mass_mg // 10 * rng.randrange(700, 1_300) // 1_000 + 1
