"""Quantities of goods in units of UN/ECE Recommendation 20, converted exactly or refused."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from silkport.kernel.errors import InvalidValue
from silkport.kernel.scaled import Rounding, format_scaled, parse_scaled, round_div

QUANTITY_PLACES = 5


class Dimension(StrEnum):
    """What a unit measures; units of different dimensions are never converted."""

    MASS = "mass"
    VOLUME = "volume"
    LENGTH = "length"
    AREA = "area"
    COUNT = "count"
    PAIRS = "pairs"
    ENERGY = "energy"


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: its dimension and its size, `numerator / denominator` of the dimension's base."""

    code: str
    dimension: Dimension
    numerator: int
    denominator: int = 1


_MASS, _VOLUME, _LENGTH = Dimension.MASS, Dimension.VOLUME, Dimension.LENGTH
_AREA, _COUNT, _PAIRS, _ENERGY = (
    Dimension.AREA,
    Dimension.COUNT,
    Dimension.PAIRS,
    Dimension.ENERGY,
)

UNITS: dict[str, Unit] = {
    unit.code: unit
    for unit in (
        Unit("MGM", _MASS, 1),  # milligram, the base
        Unit("CTM", _MASS, 200),  # metric carat
        Unit("GRM", _MASS, 10**3),
        Unit("KGM", _MASS, 10**6),
        Unit("DTN", _MASS, 10**8),  # decitonne: 100 kg
        Unit("TNE", _MASS, 10**9),
        Unit("LBR", _MASS, 45_359_237, 100),  # pound
        Unit("MLT", _VOLUME, 1),  # millilitre, the base
        Unit("CMQ", _VOLUME, 1),
        Unit("LTR", _VOLUME, 10**3),
        Unit("DMQ", _VOLUME, 10**3),
        Unit("HLT", _VOLUME, 10**5),
        Unit("MTQ", _VOLUME, 10**6),
        Unit("MMT", _LENGTH, 10),  # base: tenth of a millimetre, so that the inch is whole
        Unit("CMT", _LENGTH, 100),
        Unit("INH", _LENGTH, 254),
        Unit("FOT", _LENGTH, 3_048),
        Unit("YRD", _LENGTH, 9_144),
        Unit("MTR", _LENGTH, 10**4),
        Unit("KMT", _LENGTH, 10**7),
        Unit("MMK", _AREA, 1),  # square millimetre, the base
        Unit("CMK", _AREA, 10**2),
        Unit("MTK", _AREA, 10**6),
        Unit("H87", _COUNT, 1),  # piece, the base
        Unit("C62", _COUNT, 1),  # one
        Unit("EA", _COUNT, 1),  # each
        Unit("DZN", _COUNT, 12),
        Unit("CEN", _COUNT, 10**2),
        Unit("MIL", _COUNT, 10**3),
        Unit("PR", _PAIRS, 1),  # pair, the base; a pair counts as pieces only where a law says so
        Unit("TPR", _PAIRS, 10),
        Unit("DPR", _PAIRS, 12),
        Unit("KWH", _ENERGY, 1),  # kilowatt hour, the base
        Unit("MWH", _ENERGY, 10**3),
    )
}
"""Every unit that can be converted. Source: UN/ECE Recommendation 20, annexes I to III."""


def unit_of(code: str) -> Unit:
    """The unit with a Recommendation 20 code. Raises InvalidValue when it is not known."""
    unit = UNITS.get(code)
    if unit is None:
        raise InvalidValue(what="a unit", value=code, reason="its size is not known here")
    return unit


@dataclass(frozen=True, slots=True)
class Quantity:
    """So much of a unit, in hundred-thousandths of it.

    Any unit code can be carried; only those in `UNITS` can be converted.
    """

    value_e5: int
    unit: str

    @classmethod
    def parse(cls, text: str | Decimal, unit: str) -> Quantity:
        """Read "2.5" of a unit exactly. Raises InvalidValue beyond five decimals."""
        return cls(parse_scaled(text, places=QUANTITY_PLACES, what=f"a quantity in {unit}"), unit)

    def __str__(self) -> str:
        """The quantity with the decimals that carry something: "2.5 KGM"."""
        return f"{format_scaled(self.value_e5, places=QUANTITY_PLACES, shortest=True)} {self.unit}"

    def __add__(self, other: Quantity) -> Quantity:
        """The sum of two quantities in one unit. Raises InvalidValue when the units differ."""
        if other.unit != self.unit:
            reason = f"it is added to a quantity in {self.unit}; convert it first"
            raise InvalidValue(what="a quantity", value=str(other), reason=reason)
        return Quantity(self.value_e5 + other.value_e5, self.unit)

    def convert(self, unit: str, rounding: Rounding | None = None) -> Quantity:
        """The same quantity in another unit of its dimension.

        Exact, or rounded once to five decimals when the law names a rounding.
        Raises InvalidValue for an unknown unit, a unit of another dimension, or a result that
        five decimals cannot hold while no rounding is given.
        """
        if unit == self.unit:
            return self
        source, target = unit_of(self.unit), unit_of(unit)
        if source.dimension is not target.dimension:
            reason = f"{source.dimension} is not converted to {target.dimension}"
            raise InvalidValue(what=f"a quantity in {unit}", value=str(self), reason=reason)
        numerator = self.value_e5 * source.numerator * target.denominator
        denominator = source.denominator * target.numerator
        if rounding is None:
            if numerator % denominator:
                reason = "five decimals do not hold it and no rounding is given"
                raise InvalidValue(what=f"a quantity in {unit}", value=str(self), reason=reason)
            rounding = Rounding.TRUNCATE
        return Quantity(round_div(numerator, denominator, rounding), unit)

    def as_pieces(self, *, pieces_each: int) -> Quantity:
        """These pairs, sets or packs counted in pieces, because a law says how many each has.

        Raises InvalidValue when `pieces_each` is not positive.
        """
        if pieces_each < 1:
            reason = "each holds at least one"
            raise InvalidValue(what="pieces each", value=pieces_each, reason=reason)
        return Quantity(self.value_e5 * pieces_each, "H87")
