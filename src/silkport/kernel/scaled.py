"""Integers that stand for decimal fractions, and the four ways the law rounds them.

Money, rates and quantities are kept as whole numbers of a small unit. Reading is exact: what
does not fit the unit is refused, never rounded, because rounding belongs to the law alone.
"""

from __future__ import annotations

import re
from decimal import Decimal
from enum import StrEnum

from silkport.kernel.errors import InvalidValue

_MOST_DIGITS = 30
_SHOWN = 60
_DECIMAL = re.compile(rf"(-?)([0-9]{{1,{_MOST_DIGITS}}})(?:\.([0-9]{{1,{_MOST_DIGITS}}}))?")


class Rounding(StrEnum):
    """How a law says that a fraction of the smallest unit is dropped."""

    HALF_UP = "half_up"
    """To the nearest; a half goes away from zero."""
    HALF_EVEN = "half_even"
    """To the nearest; a half goes to the even neighbour."""
    TRUNCATE = "truncate"
    """Towards zero."""
    UP = "up"
    """Away from zero."""


def round_div(numerator: int, denominator: int, rounding: Rounding) -> int:
    """The quotient of two whole numbers, rounded once as the law says.

    Both may have any sign; the directions are symmetrical about zero, so that a refund is
    rounded like the charge it reverses.
    Raises InvalidValue when the denominator is zero.
    """
    if denominator == 0:
        raise InvalidValue(what="a denominator", value=0, reason="nothing is divided by zero")
    size, rest = divmod(abs(numerator), abs(denominator))
    twice = 2 * rest - abs(denominator)
    if rounding == Rounding.HALF_UP:
        size += twice >= 0
    elif rounding == Rounding.HALF_EVEN:
        size += twice > 0 or (twice == 0 and size % 2 == 1)
    elif rounding == Rounding.UP:
        size += rest > 0
    elif rounding != Rounding.TRUNCATE:
        raise InvalidValue(what="a rounding", value=str(rounding), reason="no law rounds so here")
    return -size if (numerator < 0) != (denominator < 0) else size


def parse_scaled(value: str | Decimal, *, places: int, what: str) -> int:
    """Read a decimal number as a whole number of units of 10**-places, exactly.

    Args:
        value: plain ASCII digits with at most one point, such as "-12.50", or a Decimal.
        places: decimals the unit can hold; zeros beyond them carry nothing and are accepted.
        what: the name of the value, for the error.
    Raises InvalidValue for an exponent, a sign "+", group separators, spaces, digits of other
    scripts, a number that is not finite, or a decimal that the unit cannot hold.
    """
    if isinstance(value, Decimal):
        if not value.is_finite() or abs(value.adjusted()) > _MOST_DIGITS:
            reason = "it is not a number of ordinary size"
            raise InvalidValue(what=what, value=str(value)[:_SHOWN], reason=reason)
        text = format(value, "f")
    elif isinstance(value, str):
        text = value
    else:
        raise InvalidValue(what=what, value=repr(value), reason="it is neither text nor Decimal")
    match = _DECIMAL.fullmatch(text)
    if match is None:
        reason = "it is not a plain decimal number"
        raise InvalidValue(what=what, value=text[:_SHOWN], reason=reason)
    sign, whole, fraction = match[1], match[2], (match[3] or "").rstrip("0")
    if len(fraction) > places:
        reason = f"it has more than {places} decimals"
        raise InvalidValue(what=what, value=text, reason=reason)
    return int(f"{sign}{whole}{fraction:0<{places}}")


def format_scaled(value: int, *, places: int, shortest: bool = False) -> str:
    """A whole number of units of 10**-places, written as a decimal.

    All decimals are written, or with `shortest` only as many as carry something.
    """
    whole, fraction = divmod(abs(value), 10**places)
    decimals = f"{fraction:0{places}d}" if places else ""
    if shortest:
        decimals = decimals.rstrip("0")
    sign = "-" if value < 0 else ""
    return f"{sign}{whole}.{decimals}" if decimals else f"{sign}{whole}"
