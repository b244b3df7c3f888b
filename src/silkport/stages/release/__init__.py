"""Release: what is decided, and on what grounds?

Takes parcels and houses with the findings of every stage before; adds the outcome, and for what
comes after release whether it is accepted.
"""

from silkport.stages.release.houses import (
    AFTER_RELEASE,
    adjustments,
    decide_houses,
    house_decisions,
    houses,
)
from silkport.stages.release.parcels import (
    DEBITING,
    OUTCOMES,
    RETURN_RULES,
    TAXED,
    decide,
    decisions,
    parcels,
    part_back,
    with_return_counts,
)

SHEETS = (parcels, houses)

__all__ = [
    "AFTER_RELEASE",
    "DEBITING",
    "OUTCOMES",
    "RETURN_RULES",
    "SHEETS",
    "TAXED",
    "adjustments",
    "decide",
    "decide_houses",
    "decisions",
    "house_decisions",
    "houses",
    "parcels",
    "part_back",
    "with_return_counts",
]
