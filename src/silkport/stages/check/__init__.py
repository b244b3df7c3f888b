"""Check: is the declaration well-formed and consistent with itself?

Takes parcels (inventory columns and counts) and their lines; adds findings and the two counts
`form_findings` and `goods_findings`. Every rule looks at one document alone: what two documents
say of each other is for `match`.
"""

from silkport.stages.check import exports, identifiers, parties, transport
from silkport.stages.check.counts import (
    lines_of,
    with_finding_counts,
    with_line_counts,
    with_unreadable_counts,
)
from silkport.stages.check.lines import GOODS_RULES, lines
from silkport.stages.check.parcels import parcels

SHEETS = (parcels, lines)

__all__ = [
    "GOODS_RULES",
    "SHEETS",
    "exports",
    "identifiers",
    "lines",
    "lines_of",
    "parcels",
    "parties",
    "transport",
    "with_finding_counts",
    "with_line_counts",
    "with_unreadable_counts",
]
