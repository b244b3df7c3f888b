"""Match: do order, payment and waybill agree with the inventory?

Takes parcels joined with their documents; adds findings and `match_mask`, in which bit n - 1
stands for rule MAT0n. Documents may arrive in any order: what is missing is waited for, until
the time-out of the regime passes. Tolerances are dated parameters per regime.
"""

from silkport.stages.match import papers
from silkport.stages.match.joining import (
    mask,
    only_ordered,
    with_documents,
    with_line_findings,
    with_ordered_lines,
)
from silkport.stages.match.rules import ARRIVAL, MASK_ALIASES, MASK_RULES, apart, lines, parcels

SHEETS = (parcels, lines)

__all__ = [
    "ARRIVAL",
    "MASK_ALIASES",
    "MASK_RULES",
    "SHEETS",
    "apart",
    "lines",
    "mask",
    "only_ordered",
    "papers",
    "parcels",
    "with_documents",
    "with_line_findings",
    "with_ordered_lines",
]
