"""Value: what is the customs value in the currency of account?

Takes checked parcels and lines, or houses and their goods; adds `customs_value_minor`.
"""

from silkport.stages.value.goods import (
    ADJUSTMENTS,
    goods,
    houses,
    with_customs_value,
    with_house_amounts,
)
from silkport.stages.value.parcels import lines, parcels, with_parcel_values

SHEETS = (parcels, lines, houses, goods)

__all__ = [
    "ADJUSTMENTS",
    "SHEETS",
    "goods",
    "houses",
    "lines",
    "parcels",
    "with_customs_value",
    "with_house_amounts",
    "with_parcel_values",
]
