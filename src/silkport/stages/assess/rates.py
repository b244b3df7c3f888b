"""Amounts by a rate of any of the five shapes, as expressions over one row.

A rate is the fields of a record of law (`law.tables.RATE_FIELDS`): so much of the value, so much
of a currency for a quantity, the greater of both or their sum, and perhaps a cap.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from silkport.law.expression import (
    Expr,
    Type,
    const,
    greater_of,
    lesser_of,
    lookup,
    missed,
    named,
    round_div,
    seldom,
    text_param,
    where,
)
from silkport.model.columns import MISSING

PPM = 1_000_000
E16 = 10**16
"""Millionths of a quantity, of an amount and of an exchange rate, less the minor units."""

GRAM_MG = 1_000

BY_VALUE, BY_QUANTITY, BY_BOTH, CAPPED_BY_VALUE, CAPPED_BY_QUANTITY = 1, 2, 3, 4, 5
"""Which part of a rate gave the amount; 0 where there is none."""

_TEXTS = ("specific_currency", "specific_unit")
_NO = False


class Rate:
    """The fields of one rate by their names: `rate.duty_ppm`."""

    def __init__(self, field: Callable[[str, Type], Expr]) -> None:
        self._field = field

    def __getattr__(self, name: str) -> Expr:
        return self._field(name, Type.TEXT if name in _TEXTS else Type.INT)


def of_table(table: str, code: Expr, day: Expr, *, variant: Expr | None = None) -> Rate:
    """The rate that `table` has for a commodity code on a day."""
    return Rate(lambda name, kind: lookup(table, code, day, name, kind, variant=variant))


def either(condition: Expr, few: Rate, usual: Rate) -> Rate:
    """One rate where a condition that few rows meet holds, else the usual one."""
    return Rate(lambda name, _: seldom(condition, getattr(few, name), getattr(usual, name)))


@dataclass(frozen=True, slots=True)
class Measures:
    """What a row states of its quantity: net mass in milligrams, and measures with their units."""

    net_mass_mg: Expr
    measured: tuple[tuple[Expr, Expr], ...] = ()
    """Quantity in hundred-thousandths, and the code of its unit."""

    def of_unit(self, unit: Expr) -> Expr:
        """The quantity in millionths of `unit`; below zero where it is not stated."""
        found: Expr = const(MISSING)
        for quantity_e5, own in reversed(self.measured):
            found = where(unit == own, quantity_e5 * 10, found)
        found = where(unit == "GRM", self.net_mass_mg * GRAM_MG, found)
        return where(unit == "KGM", self.net_mass_mg, found)


@dataclass(frozen=True, slots=True)
class Quote:
    """Millionths of a unit of account for so many units of a currency."""

    rate_ppm: Expr
    nominal: Expr
    absent: Expr


def quote(currency: Expr, day: Expr) -> Quote:
    """The official exchange rate of a day; one for one in the currency of account."""
    own = currency == text_param("account_currency")
    rate = named("exchange rate", where(own, PPM, lookup("fx", currency, day, "rate_ppm")), "rate")
    per = greater_of(lookup("fx", currency, day, "nominal_count"), 1)
    return Quote(rate, where(own, 1, per), ~own & missed("fx", currency, day))


def needs_quantity(rate: Rate) -> Expr:
    """The rate asks for a quantity."""
    return (rate.specific_e6 > 0) | (rate.cap_e6 > 0)


@dataclass(frozen=True, slots=True)
class Amounts:
    """An amount of a levy in minor units of account with its parts, and which of them counted."""

    base_minor: Expr
    quantity_e6: Expr
    by_value_minor: Expr
    by_quantity_minor: Expr
    amount_minor: Expr
    way: Expr
    rate: Rate

    def outputs(self, levy: str) -> dict[str, Expr]:
        """Everything a payment row quotes, under the name of its levy."""
        rate = self.rate
        asks = needs_quantity(rate)
        return {
            f"{levy}_base_minor": self.base_minor,
            f"{levy}_rate_ppm": where(self.way == CAPPED_BY_VALUE, rate.cap_ppm, rate.duty_ppm),
            f"{levy}_minor": self.amount_minor,
            f"{levy}_way": self.way,
            f"{levy}_by_value_minor": self.by_value_minor,
            f"{levy}_by_quantity_minor": self.by_quantity_minor,
            f"{levy}_quantity_e6": seldom(asks, self.quantity_e6, 0),
            f"{levy}_specific_e6": seldom(
                asks,
                where(self.way == CAPPED_BY_QUANTITY, rate.cap_e6, rate.specific_e6),
                0,
            ),
            f"{levy}_per": seldom(
                asks,
                where(
                    self.way == CAPPED_BY_QUANTITY,
                    rate.cap_per_count,
                    rate.specific_per_count,
                ),
                0,
            ),
            f"{levy}_currency": seldom(asks, rate.specific_currency, ""),
            f"{levy}_unit": seldom(asks, rate.specific_unit, ""),
        }


def amounts(rate: Rate, base_minor: Expr, measures: Measures, day: Expr, levy: str) -> Amounts:
    """What `rate` gives of a base and a quantity.

    Each part is rounded once as the law rounds `levy`; a sum adds rounded parts, because they
    are declared as two payments.

    Args:
        base_minor: minor units of account, not below zero.
        day: the legal day of the exchange rate.
    """
    asks = needs_quantity(rate)
    stated = measures.of_unit(rate.specific_unit)
    quantity = named(f"quantity for {levy}", greater_of(stated, 0), "e6")
    exchange = quote(rate.specific_currency, day)

    def by_quantity(amount_e6: Expr, per: Expr) -> Expr:
        whole = quantity * amount_e6 * exchange.rate_ppm
        return round_div(whole, greater_of(per, 1) * exchange.nominal * E16, levy)

    share = named(f"{levy} rate", rate.duty_ppm, "ppm")
    by_value = named(f"{levy} by value", round_div(base_minor * share, PPM, levy), "minor")
    specific = seldom(asks, by_quantity(rate.specific_e6, rate.specific_per_count), 0)
    measured = named(f"{levy} by quantity", specific, "minor")
    both = rate.sum_flag == 1
    plain = where(both, by_value + measured, greater_of(by_value, measured))
    cap = where(
        rate.cap_e6 > 0,
        by_quantity(rate.cap_e6, rate.cap_per_count),
        round_div(base_minor * rate.cap_ppm, PPM, levy),
    )
    capped = rate.cap_flag == 1
    amount = named(levy, seldom(capped, lesser_of(plain, cap), plain), "minor")
    ordinary = where(both, BY_BOTH, where(measured > by_value, BY_QUANTITY, BY_VALUE))
    by_cap = where(rate.cap_e6 > 0, CAPPED_BY_QUANTITY, CAPPED_BY_VALUE)
    only_quantity = asks & (rate.duty_ppm == 0) & (rate.cap_e6 == 0) & ~both
    way = seldom(capped & (cap < plain), by_cap, where(only_quantity, BY_QUANTITY, ordinary))
    return Amounts(base_minor, quantity, by_value, measured, amount, way, rate)


def lacks_quantity(rate: Rate, measures: Measures) -> Expr:
    """The rate asks for a quantity that is not stated, or is nothing."""
    return seldom(needs_quantity(rate), measures.of_unit(rate.specific_unit) <= 0, _NO)


def lacks_exchange(rate: Rate, day: Expr) -> Expr:
    """The rate is in a currency that has no exchange rate on the day."""
    absent = quote(rate.specific_currency, day).absent
    return seldom(needs_quantity(rate), absent, _NO)
