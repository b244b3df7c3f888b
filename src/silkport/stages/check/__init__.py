"""Check: is the declaration well-formed and consistent with itself?

Takes parcels (inventory columns and counts) and their lines; adds findings and the two counts
`form_findings` and `goods_findings`. Takes house declarations and their goods lines likewise; adds
findings. Every rule looks at one document alone: what two documents say of each other is for
`match`.
"""

from silkport.stages.check import (
    exports,
    house_figures,
    house_numbers,
    house_procedures,
    identifiers,
    parties,
    transport,
)
from silkport.stages.check.counts import (
    lines_of,
    with_finding_counts,
    with_line_counts,
    with_unreadable_counts,
)
from silkport.stages.check.goods import goods
from silkport.stages.check.goods_counts import goods_of, with_goods_counts, with_house_counts
from silkport.stages.check.houses import houses
from silkport.stages.check.lines import GOODS_RULES, lines
from silkport.stages.check.parcels import parcels
from silkport.stages.check.permits import with_missing_permits

SHEETS = (parcels, lines, houses, goods)

__all__ = [
    "GOODS_RULES",
    "SHEETS",
    "exports",
    "goods",
    "goods_of",
    "house_figures",
    "house_numbers",
    "house_procedures",
    "houses",
    "identifiers",
    "lines",
    "lines_of",
    "parcels",
    "parties",
    "transport",
    "with_finding_counts",
    "with_goods_counts",
    "with_house_counts",
    "with_line_counts",
    "with_missing_permits",
    "with_unreadable_counts",
]
