"""Assess: which duty, excise, VAT and fee does the law demand?

Takes valued parcels and lines, or houses and their goods; adds for each levy its base, rate and
amount. Computations carry concept names; which one a regime uses, and every rate and limit, is
the country's data.
"""

from silkport.stages.assess import rates
from silkport.stages.assess.goods import REMEDIES, goods, houses
from silkport.stages.assess.parcels import (
    COLUMNS,
    LEVIES,
    lines,
    parcels,
    tax_lines,
    with_totals,
)
from silkport.stages.assess.payments import (
    GOODS_COLUMNS,
    HOUSE_LEVIES,
    LINE_LEVIES,
    house_totals,
    payment_rows,
    with_fee_shares,
    with_payments,
)

SHEETS = (parcels, lines, houses, goods)

__all__ = [
    "COLUMNS",
    "GOODS_COLUMNS",
    "HOUSE_LEVIES",
    "LEVIES",
    "LINE_LEVIES",
    "REMEDIES",
    "SHEETS",
    "goods",
    "house_totals",
    "houses",
    "lines",
    "parcels",
    "payment_rows",
    "rates",
    "tax_lines",
    "with_fee_shares",
    "with_payments",
    "with_totals",
]
