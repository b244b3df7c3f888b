"""A tariff drawn at random, and what it charges in plain decimal arithmetic.

Nothing here uses the product's law: the sentences are printed for it to read, and the amounts are
worked out from the numbers behind them.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import (
    ROUND_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    Context,
    Decimal,
)

from tests.stages.goods_law import tariff_row

EXACT = Context(prec=80)
ZERO = Decimal(0)

QUOTES = {"XTS": Decimal(1), "EUR": Decimal("1.60"), "USD": Decimal("1.45")} | {
    "JPY": Decimal("0.0098"),
    "UZS": Decimal("0.000115"),
}
"""Units of account for one unit of each currency."""

UNITS = {"kg": "KGM", "g": "GRM", "l": "LTR", "piece": "H87", "pair": "PR", "m³": "MTQ"}
ROUNDED = {"duty": ROUND_DOWN, "excise": ROUND_HALF_EVEN}
"""Where it is not half up: the law of the fictional administration."""

ORIGINS = ("CN", "KG", "KZ")
MAKERS = ("", "Altyn Works", "Bedel & Sons")
REMEDIES = ("special", "antidumping", "countervailing")


def rounded(amount: Decimal, levy: str) -> int:
    """Minor units, as the law rounds the levy."""
    return int(amount.quantize(Decimal(1), ROUNDED.get(levy, ROUND_HALF_UP), EXACT))


def times(*factors: Decimal) -> Decimal:
    """An exact product."""
    found = Decimal(1)
    for factor in factors:
        found = EXACT.multiply(found, factor)
    return found


@dataclass(frozen=True)
class Charge:
    """What a rate gives: both parts, the amount, and the part that counted."""

    by_value: int
    by_quantity: int
    amount: int
    way: int
    """1 by value, 2 by quantity, 3 both, 4 and 5 a cap by value and by quantity; 0 nothing."""


NOTHING = Charge(0, 0, 0, 0)


@dataclass(frozen=True)
class Drawn:
    """One rate: a percentage, an amount for so many units, perhaps a cap of either kind."""

    shape: str
    percent: Decimal = ZERO
    amount: Decimal = ZERO
    currency: str = ""
    per: int = 1
    unit: str = ""
    cap_percent: Decimal = ZERO
    cap_amount: Decimal = ZERO

    def sentence(self) -> str:
        """The rate as a tariff writes it."""

        def of(amount: Decimal) -> str:
            return f"{amount} {self.currency} per {self.per} {self.unit}"

        first = f"{self.percent}" if self.percent or self.shape == "percent" else ""
        join = " plus " if self.shape == "sum" else ", but not less than "
        text = join.join(part for part in (first, of(self.amount) if self.amount else "") if part)
        if self.cap_percent:
            return f"{text}, but not more than {self.cap_percent} %"
        return f"{text}, but not more than {of(self.cap_amount)}" if self.cap_amount else text

    def charge(self, base: int, quantities: Mapping[str, Decimal], levy: str) -> Charge:
        """What it charges on a base in minor units and quantities by unit."""
        quantity = max(quantities.get(UNITS.get(self.unit, ""), ZERO), ZERO)

        def by_value(percent: Decimal) -> int:
            return rounded(times(Decimal(base), percent, Decimal("0.01")), levy)

        def by_quantity(amount: Decimal) -> int:
            if not self.unit:
                return 0
            minor = times(quantity, amount, QUOTES[self.currency], Decimal(100))
            return rounded(EXACT.divide(minor, Decimal(self.per)), levy)

        value, measured = by_value(self.percent), by_quantity(self.amount)
        if self.shape == "sum":
            return Charge(value, measured, value + measured, 3)
        plain, way = max(value, measured), 2 if measured > value else 1
        if not self.percent and self.unit and not self.cap_amount:
            way = 2
        if self.cap_percent and by_value(self.cap_percent) < plain:
            return Charge(value, measured, by_value(self.cap_percent), 4)
        if self.cap_amount and by_quantity(self.cap_amount) < plain:
            return Charge(value, measured, by_quantity(self.cap_amount), 5)
        return Charge(value, measured, plain, way)


def draw_rate(source: random.Random) -> Drawn:
    """A rate of one of the five shapes."""
    shape = source.choice(("percent", "specific", "greater", "sum", "capped", "capped", "capped"))
    percent = Decimal(source.randrange(10, 4_000)) / 100
    measured = {
        "amount": Decimal(source.randrange(1, 90_000)) / source.choice((100, 1_000)),
        "currency": source.choice(sorted(QUOTES)),
        "per": source.choice((1, 1, 100, 1_000)),
        "unit": source.choice(sorted(UNITS)),
    }
    if shape == "percent":
        return Drawn(shape, source.choice((percent, ZERO)))
    if shape == "specific":
        return Drawn(shape, ZERO, **measured)
    if shape in ("greater", "sum"):
        return Drawn(shape, percent, **measured)
    more = Decimal(source.randrange(101, 900)) / 100
    cap = (measured["amount"] * more).quantize(Decimal("0.000001"))
    return source.choice(
        (
            Drawn(shape, percent, **(measured | {"amount": ZERO}), cap_amount=cap),
            Drawn(shape, percent, **measured, cap_amount=cap),
            Drawn(shape, ZERO, **measured, cap_percent=percent),
            Drawn(shape, percent, **measured, cap_percent=percent + more),
        )
    )


@dataclass
class Tariff:
    """Rates by code: the common one, and where there are some the national one and the others."""

    duty: dict[str, Drawn] = field(default_factory=dict)
    national: dict[str, Drawn] = field(default_factory=dict)
    excise: dict[str, Drawn] = field(default_factory=dict)
    preference: dict[tuple[str, str], Drawn] = field(default_factory=dict)
    remedies: dict[tuple[str, str, str, str], Drawn] = field(default_factory=dict)
    """By kind, code, origin and maker; of every other maker, and of every origin, empty."""

    def rows(self) -> tuple[str, ...]:
        """The tariff as the product reads it."""
        plain = {"duty": self.duty, "national": self.national, "excise": self.excise}
        found = [
            tariff_row(code, rate.sentence(), kind)
            for kind, rates in plain.items()
            for code, rate in rates.items()
        ]
        found += [
            tariff_row(code, rate.sentence(), "preference", origin=origin)
            for (code, origin), rate in self.preference.items()
        ]
        found += [
            tariff_row(code, rate.sentence(), kind, origin=origin, producer=maker)
            for (kind, code, origin, maker), rate in self.remedies.items()
        ]
        return tuple(found)

    def duty_of(self, code: str, origin: str, *, preferred: bool, union: bool) -> Drawn:
        """The rate of duty that applies."""
        if preferred and (code, origin) in self.preference:
            return self.preference[code, origin]
        if not union and code in self.national:
            return self.national[code]
        return self.duty[code]

    def remedy_of(self, kind: str, code: str, origin: str, maker: str) -> Drawn | None:
        """The remedy that applies: of the maker, else of every other one, else of every origin."""
        ways = ((origin, maker), (origin, ""), ("", ""))
        found = [self.remedies.get((kind, code, *way)) for way in ways]
        return next((one for one in found if one), None)


def draw_tariff(seed: int, chapters: Sequence[str], codes: int) -> Tariff:
    """A tariff of so many codes, with the other kinds of rates on some of them."""
    source = random.Random(seed)
    tariff = Tariff()
    for number in range(codes):
        code = f"{source.choice(chapters)}{number:08d}"
        tariff.duty[code] = draw_rate(source)
        if source.random() < 0.3:
            tariff.national[code] = draw_rate(source)
        if source.random() < 0.3:
            tariff.excise[code] = draw_rate(source)
        if source.random() < 0.4:
            tariff.preference[code, source.choice(ORIGINS)] = draw_rate(source)
        for kind in REMEDIES:
            for maker in MAKERS:
                if source.random() < 0.2:
                    key = kind, code, source.choice(ORIGINS), maker
                    tariff.remedies[key] = draw_rate(source)
        if source.random() < 0.2:
            tariff.remedies["special", code, "", ""] = draw_rate(source)
    return tariff
