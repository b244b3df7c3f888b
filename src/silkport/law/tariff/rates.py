"""A rate of duty: one of five shapes, exact, in whole numbers.

A percentage is a share in millionths of the customs value; an amount is in millionths of a
currency unit per so many units of quantity. How a rate is written is in `sentences.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from silkport.kernel.errors import InvalidValue, MalformedLaw
from silkport.kernel.money import decimals_of
from silkport.kernel.rates import RATE_SCALE, Rate
from silkport.kernel.scaled import format_scaled

MAX_DUTY_PPM = 10 * RATE_SCALE
"""A thousand per cent. No tariff charges more; a larger number has lost its decimal mark."""

AMOUNT_PLACES = 6
MAX_AMOUNT_E6 = 10**9 * 10**AMOUNT_PLACES
"""A thousand million currency units; its billionths still fit 64 bits."""

MAX_PER = 10**6
"""Units of quantity that one amount is charged on, at most."""

_BILLIONTHS_IN_E6 = 1_000
_UNIT = re.compile("[A-Z0-9]{2,3}")


class Shape(StrEnum):
    """How a rate of duty is put together from a percentage `a`, an amount `s` and a cap `c`."""

    PERCENT = "percent"
    """a"""
    SPECIFIC = "specific"
    """s"""
    GREATER = "greater"
    """The greater of a and s."""
    SUM = "sum"
    """a and s, both."""
    LESSER = "lesser"
    """The lower of c and what a and s give: the greater of the two, or the one there is."""


@dataclass(frozen=True, slots=True)
class Specific:
    """An amount of a currency per so many units of quantity: "60 USD per 1000 kg".

    Args:
        amount_e6: millionths of a currency unit; positive.
        currency: ISO 4217.
        per: how many units the amount is charged on: 1, 100, 1000.
        unit: UN/ECE Recommendation 20.
    Raises InvalidValue for anything else.
    """

    amount_e6: int
    currency: str
    per: int
    unit: str

    def __post_init__(self) -> None:
        """Refuse an amount that no tariff could mean."""
        if type(self.amount_e6) is not int or self.amount_e6 <= 0:
            reason = "an amount is positive; a good that is free of duty has the rate 0"
            raise InvalidValue(what="an amount of duty", value=str(self.amount_e6), reason=reason)
        if self.amount_e6 > MAX_AMOUNT_E6:
            reason = "it is above a thousand million currency units"
            raise InvalidValue(what="an amount of duty", value=self._amount(), reason=reason)
        decimals_of(self.currency)  # refuses what is no ISO 4217 code
        if type(self.per) is not int or not 1 <= self.per <= MAX_PER:
            reason = f"duty is charged on 1 to {MAX_PER} units"
            raise InvalidValue(what="units of quantity", value=str(self.per), reason=reason)
        if not _UNIT.fullmatch(self.unit):
            reason = "Recommendation 20 writes two or three capital letters and digits"
            raise InvalidValue(what="a unit", value=self.unit, reason=reason)

    def _amount(self) -> str:
        return format_scaled(self.amount_e6, places=AMOUNT_PLACES, shortest=True)

    def __str__(self) -> str:
        """The amount in codes: "60 USD per 1000 KGM"."""
        return f"{self._amount()} {self.currency} per {self.per} {self.unit}"

    @property
    def per_unit_e9(self) -> int:
        """Currency units per one unit of quantity, in billionths, exactly.

        Raises MalformedLaw when billionths cannot hold it, as for one euro per three pieces:
        rounding belongs to the amount of duty, not to its rate.
        """
        billionths, rest = divmod(self.amount_e6 * _BILLIONTHS_IN_E6, self.per)
        if rest:
            reason = "it is no whole number of billionths per unit"
            raise MalformedLaw(what=f"the rate {self}", reason=reason)
        return billionths

    def alike(self, other: Specific) -> bool:
        """Whether both are amounts of one currency per the same unit, so that they compare."""
        return (self.currency, self.unit) == (other.currency, other.unit)

    def exceeds(self, other: Specific) -> bool:
        """Whether this is more than an amount alike, per unit of quantity."""
        return self.amount_e6 * other.per > other.amount_e6 * self.per


@dataclass(frozen=True, slots=True, kw_only=True)
class TariffRate:
    """A rate of duty. What a shape does not use is 0 or None.

    Args:
        shape: how the parts are put together.
        duty_ppm: the percentage of the customs value, in millionths: 15 % is 150,000.
        specific: the amount per quantity.
        cap_ppm: LESSER alone: never more than this percentage.
        cap: LESSER alone: never more than this amount; instead of `cap_ppm`.
    Raises InvalidValue for a part that is missing, superfluous or without effect.
    """

    shape: Shape
    duty_ppm: int = 0
    specific: Specific | None = None
    cap_ppm: int = 0
    cap: Specific | None = None

    def __post_init__(self) -> None:
        """Refuse a rate that says nothing, or says it twice."""
        _demand_percentage("a percentage of duty", self.duty_ppm)
        _demand_percentage("a cap", self.cap_ppm)
        shape = self.shape
        if shape is not Shape.LESSER and (self.cap_ppm or self.cap):
            raise self._refusal("only the lower of two has a cap")
        if shape is Shape.PERCENT and self.specific:
            raise self._refusal("a percentage alone has no amount")
        if shape in (Shape.SPECIFIC, Shape.GREATER, Shape.SUM) and self.specific is None:
            raise self._refusal("the amount per quantity is missing")
        if shape is Shape.SPECIFIC and self.duty_ppm:
            raise self._refusal("an amount alone has no percentage")
        if shape is Shape.LESSER:
            self._demand_cap()

    def _demand_cap(self) -> None:
        if bool(self.cap_ppm) == (self.cap is not None):
            raise self._refusal("a cap is one percentage or one amount")
        if not self.duty_ppm and self.specific is None:
            raise self._refusal("there is nothing that the cap could limit")
        if self.cap is None:
            if self.specific is None:
                raise self._refusal("a percentage is capped by an amount, not by a percentage")
            if self.cap_ppm <= self.duty_ppm:
                raise self._refusal("the cap is not more than the percentage, so it always holds")
        elif self.specific is not None:
            if not self.duty_ppm:
                raise self._refusal("an amount is capped by a percentage, not by an amount")
            if not self.cap.alike(self.specific):
                raise self._refusal("cap and amount differ in currency or unit")
            if not self.cap.exceeds(self.specific):
                raise self._refusal("the cap is not more than the amount, so it always holds")

    def _refusal(self, reason: str) -> InvalidValue:
        return InvalidValue(what="a rate of duty", value=str(self), reason=reason)

    def __str__(self) -> str:
        """The parts in codes, for messages to the operator."""
        parts = [f"{self.shape} of", Rate(self.duty_ppm).percent()]
        parts += [str(one) for one in (self.specific,) if one]
        if self.cap_ppm or self.cap:
            parts.append(f"capped at {self.cap or Rate(self.cap_ppm).percent()}")
        return " ".join(parts)


def _demand_percentage(what: str, ppm: int) -> None:
    if type(ppm) is not int:
        reason = "it is a whole number of millionths"
        raise InvalidValue(what=what, value=repr(ppm), reason=reason)
    if ppm < 0:
        raise InvalidValue(what=what, value=Rate(ppm).percent(), reason="no duty is negative")
    if ppm > MAX_DUTY_PPM:
        reason = "it is above 1000 %"
        raise InvalidValue(what=what, value=Rate(ppm).percent(), reason=reason)
