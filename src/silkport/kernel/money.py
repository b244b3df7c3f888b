"""Money in whole minor units of a named currency."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate

from silkport.kernel.errors import InvalidValue
from silkport.kernel.rates import RATE_SCALE, ExchangeRate, Rate
from silkport.kernel.scaled import Rounding, format_scaled, parse_scaled, round_div

__all__ = ["CURRENCY_DECIMALS", "Money", "Rounding", "allocate", "decimals_of", "round_div"]

_NO_DECIMALS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE_DECIMALS = "BHD IQD JOD KWD LYD OMR TND"
_FOUR_DECIMALS = "CLF UYW"

CURRENCY_DECIMALS: dict[str, int] = {
    **dict.fromkeys(_NO_DECIMALS.split(), 0),
    **dict.fromkeys(_THREE_DECIMALS.split(), 3),
    **dict.fromkeys(_FOUR_DECIMALS.split(), 4),
}
"""Decimals of the currencies that do not have two. Source: ISO 4217, list one."""

_USUAL_DECIMALS = 2


def decimals_of(currency: str) -> int:
    """How many decimals the minor unit of a currency has: 2 for KZT, 0 for JPY, 3 for KWD.

    Raises InvalidValue when `currency` is not three capital letters; whether such a currency
    exists is for the code lists to say.
    """
    _demand_currency(currency)
    return CURRENCY_DECIMALS.get(currency, _USUAL_DECIMALS)


def _demand_currency(currency: str) -> None:
    if not (len(currency) == 3 and currency.isascii() and currency.isupper()):
        reason = "ISO 4217 writes three capital letters"
        raise InvalidValue(what="a currency", value=currency, reason=reason)
    if not currency.isalpha():
        raise InvalidValue(what="a currency", value=currency, reason="ISO 4217 has only letters")


@dataclass(frozen=True, slots=True)
class Money:
    """An amount of one currency in its minor units (fen, tiyn, cents); may be negative.

    Amounts of different currencies are never added or compared: InvalidValue.
    """

    minor: int
    currency: str

    def __post_init__(self) -> None:
        """Refuse fractions of the minor unit and names that are no currency."""
        if type(self.minor) is not int:
            reason = "money is a whole number of minor units"
            raise InvalidValue(what="an amount", value=repr(self.minor), reason=reason)
        _demand_currency(self.currency)

    @classmethod
    def parse(cls, text: str | Decimal, currency: str) -> Money:
        """Read "12.34" exactly.

        Raises InvalidValue when the amount is not a whole number of minor units.
        """
        minor = parse_scaled(text, places=decimals_of(currency), what=f"an amount in {currency}")
        return cls(minor, currency)

    def __str__(self) -> str:
        """The amount with all its decimals, then the currency: "12.34 CNY"."""
        return f"{format_scaled(self.minor, places=decimals_of(self.currency))} {self.currency}"

    def __add__(self, other: Money) -> Money:
        """The sum of two amounts of one currency."""
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        """The difference of two amounts of one currency."""
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> Money:
        """The amount that reverses this one."""
        return Money(-self.minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        """Whether this is less than another amount of the same currency."""
        return self.minor < self._same(other)

    def __le__(self, other: Money) -> bool:
        """Whether this is at most another amount of the same currency."""
        return self.minor <= self._same(other)

    def __gt__(self, other: Money) -> bool:
        """Whether this is more than another amount of the same currency."""
        return self.minor > self._same(other)

    def __ge__(self, other: Money) -> bool:
        """Whether this is at least another amount of the same currency."""
        return self.minor >= self._same(other)

    def _same(self, other: Money) -> int:
        if other.currency != self.currency:
            reason = f"it is set against an amount in {self.currency}; exchange it first"
            raise InvalidValue(what="an amount", value=str(other), reason=reason)
        return other.minor

    def times_rate(self, rate: Rate, rounding: Rounding, *, to_minor: int = 1) -> Money:
        """This amount times a rate of duty or tax, rounded once.

        Args:
            to_minor: the step the law rounds to, in minor units: 1 for the tiyn, 100 for the tenge.
        """
        return self._divided(self.minor * rate.ppm, RATE_SCALE, rounding, to_minor)

    def share_of(self, part: int, whole: int, rounding: Rounding, *, to_minor: int = 1) -> Money:
        """`part / whole` of this amount, rounded once: the freight of one line by its mass.

        One share alone; shares of all lines that must sum to the whole come from `allocate`.
        Raises InvalidValue when `whole` is zero.
        """
        return self._divided(self.minor * part, whole, rounding, to_minor)

    def exchanged(self, rate: ExchangeRate, rounding: Rounding, *, to_minor: int = 1) -> Money:
        """This amount in the other currency of a quotation, rounded once.

        Raises InvalidValue when the quotation starts from another currency.
        """
        if rate.from_currency != self.currency:
            reason = f"it is not quoted from {self.currency}"
            raise InvalidValue(what="an exchange rate", value=str(rate), reason=reason)
        numerator = self.minor * rate.value_e6 * 10 ** decimals_of(rate.to_currency)
        denominator = rate.nominal * RATE_SCALE * 10 ** decimals_of(self.currency)
        minor = to_minor * round_div(numerator, denominator * _step(to_minor), rounding)
        return Money(minor, rate.to_currency)

    def _divided(self, numerator: int, denominator: int, rounding: Rounding, step: int) -> Money:
        minor = step * round_div(numerator, denominator * _step(step), rounding)
        return Money(minor, self.currency)


def _step(to_minor: int) -> int:
    if to_minor < 1:
        reason = "it must be at least one minor unit"
        raise InvalidValue(what="a rounding step", value=to_minor, reason=reason)
    return to_minor


def allocate(total_minor: int, weights: Sequence[int]) -> list[int]:
    """Spread an amount over lines by weight, so that the parts sum to it exactly.

    Part i is the difference of the rounded cumulative amounts up to i and up to i - 1
    (half away from zero); no part is off by one minor unit or more, and the result does not
    depend on anything but the order of the lines.

    Args:
        total_minor: minor units, any sign.
        weights: one number a line, none negative (mass, value), not all zero.
    Raises InvalidValue for a negative weight, or when there is an amount but no weight at all.
    """
    for weight in weights:
        if weight < 0:
            raise InvalidValue(what="a weight", value=weight, reason="it must not be negative")
    whole = sum(weights)
    if whole == 0:
        if total_minor != 0:
            reason = "no line has a weight to carry it"
            raise InvalidValue(what="an amount to spread", value=total_minor, reason=reason)
        return [0] * len(weights)
    marks = [
        round_div(total_minor * so_far, whole, Rounding.HALF_UP) for so_far in accumulate(weights)
    ]
    return [mark - before for before, mark in zip([0, *marks[:-1]], marks, strict=True)]
