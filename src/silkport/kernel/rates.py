"""Rates of duty and tax, and rates of exchange, as scaled whole numbers."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from silkport.kernel.errors import InvalidValue
from silkport.kernel.scaled import format_scaled, parse_scaled

RATE_PLACES = 6
RATE_SCALE = 10**RATE_PLACES
"""Millionths in one: a rate of 120,000 is twelve per cent."""


@dataclass(frozen=True, slots=True, order=True)
class Rate:
    """A share, such as a rate of duty, in millionths; may be negative or above one."""

    ppm: int

    @classmethod
    def parse(cls, value: str | Decimal) -> Rate:
        """Read a share such as "0.12"; twelve per cent is never written "12".

        Raises InvalidValue when the share is not a whole number of millionths.
        """
        return cls(parse_scaled(value, places=RATE_PLACES, what="a rate"))

    def percent(self) -> str:
        """The rate as officers write it, exactly: "12 %", "9.1 %"."""
        return f"{format_scaled(self.ppm, places=RATE_PLACES - 2, shortest=True)} %"

    def __str__(self) -> str:
        """The share as law data writes it: "0.12"."""
        return format_scaled(self.ppm, places=RATE_PLACES, shortest=True)


@dataclass(frozen=True, slots=True)
class ExchangeRate:
    """What `nominal` units of one currency are worth in another, on one legal day.

    `value_e6` is in millionths of a unit of `to_currency`. Central banks quote some currencies
    per 10, 100 or 1,000 units; the quotation is kept as published, never divided out.
    """

    value_e6: int
    nominal: int
    from_currency: str
    to_currency: str

    def __post_init__(self) -> None:
        """Refuse a quotation that is not positive."""
        for what, number in (("an exchange rate", self.value_e6), ("a nominal", self.nominal)):
            if number <= 0:
                raise InvalidValue(what=what, value=number, reason="it must be positive")

    @classmethod
    def parse(
        cls, value: str | Decimal, *, nominal: int, from_currency: str, to_currency: str
    ) -> ExchangeRate:
        """Read a quotation such as "71.38" tenge for one yuan.

        Raises InvalidValue when it has more than six decimals or is not positive.
        """
        value_e6 = parse_scaled(value, places=RATE_PLACES, what="an exchange rate")
        return cls(value_e6, nominal, from_currency, to_currency)

    def __str__(self) -> str:
        """The quotation in words: "1 CNY = 71.38 KZT"."""
        value = format_scaled(self.value_e6, places=RATE_PLACES, shortest=True)
        return f"{self.nominal} {self.from_currency} = {value} {self.to_currency}"
