"""The reference amounts: every levy of every line in plain Decimal arithmetic.

Shares no code with the engine, the yardsticks or the peers, looks everything up from first to
last, and is in no hurry. Each levy is rounded once, half up, to the minor unit; a
sum of two parts is two payments, each of which is rounded.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import TypeVar

import polars as pl

from tax_law import FIRST_DAY, Duty, Excise, Special, TaxLaw
from tax_lines import EPOCH, Line

AMOUNTS = ("duty_minor", "special_minor", "excise_minor", "vat_minor")
EXACT = Context(prec=80, rounding=ROUND_HALF_UP)
MILLION = Decimal(1_000_000)


OneDated = TypeVar("OneDated", Duty, Excise, Special)


class Oracle:
    """Says what each line owes."""

    def __init__(self, law: TaxLaw) -> None:
        self._law = law
        self._duties: dict[str, list[Duty]] = {}
        for duty in law.duties:
            self._duties.setdefault(duty.code, []).append(duty)
        self._excises: dict[str, list[Excise]] = {}
        for excise in law.excises:
            self._excises.setdefault(excise.code, []).append(excise)

    def amounts(self, line: Line) -> tuple[int, int, int, int]:
        """Duty, anti-dumping duty, excise and VAT in minor units."""
        day = EPOCH + timedelta(int(line["decl_day"]))
        code = str(line["hs_code"])
        value = Decimal(line["customs_value_minor"])
        duty = _rounded(self._duty(_in_force(self._duties[code], day), line, day))
        specials = [
            special
            for special in self._law.specials
            if code.startswith(special.prefix) and special.origin == line["origin"]
        ]
        special = Decimal(0)
        if specials:
            rate = Decimal(_in_force(specials, day).rate_ppm) / MILLION
            special = _rounded(EXACT.multiply(value, rate))
        excise = _rounded(self._excise(code, line, day))
        (share,) = [rate for start, stop, rate in self._law.vat if start <= day < stop]
        base = value + duty + special + excise
        vat = _rounded(EXACT.multiply(base, Decimal(share) / MILLION))
        return int(duty), int(special), int(excise), int(vat)

    def _duty(self, rate: Duty, line: Line, day: date) -> Decimal:
        """Minor units of account, not yet rounded."""
        value = Decimal(line["customs_value_minor"])
        by_value = EXACT.multiply(value, Decimal(rate.rate_ppm) / MILLION)
        if rate.shape == "percent":
            return by_value
        portions = _quantity(line, rate.unit) / rate.per
        fx = Decimal(self._law.fx[rate.currency][(day - FIRST_DAY).days]) / MILLION
        each = EXACT.multiply(portions, EXACT.multiply(fx, Decimal(100)))
        by_quantity = EXACT.multiply(each, Decimal(rate.amount_e4) / 10_000)
        if rate.shape == "specific":
            return by_quantity
        if rate.shape == "sum":
            return EXACT.add(_rounded(by_value), _rounded(by_quantity))
        greater = max(by_value, by_quantity)
        if rate.shape == "greater":
            return greater
        assert rate.shape == "lesser"
        cap = EXACT.multiply(value, Decimal(rate.cap_ppm) / MILLION)
        cap = EXACT.add(cap, EXACT.multiply(each, Decimal(rate.cap_e4) / 10_000))
        return min(greater, cap)

    def _excise(self, code: str, line: Line, day: date) -> Decimal:
        if code not in self._excises:
            return Decimal(0)
        excise = _in_force(self._excises[code], day)
        return EXACT.multiply(_quantity(line, excise.unit), Decimal(excise.amount_minor))


def _in_force(records: list[OneDated], day: date) -> OneDated:
    (found,) = [record for record in records if record.start <= day < record.stop]
    return found


def _quantity(line: Line, unit: str) -> Decimal:
    """Of the unit that a rate names: the mass, or the quantity declared in that very unit."""
    if unit == "KGM":
        return Decimal(line["net_mass_mg"]) / MILLION
    assert line["supp_unit"] == unit
    return Decimal(line["supp_qty_e5"]) / 100_000


def _rounded(amount: Decimal) -> Decimal:
    return EXACT.quantize(amount, Decimal(1))


def reference(law: TaxLaw, frame: pl.DataFrame) -> pl.DataFrame:
    """The amounts of every line, in the order of the lines."""
    oracle = Oracle(law)
    found = [oracle.amounts(line) for line in frame.iter_rows(named=True)]
    return pl.DataFrame(found, dict.fromkeys(AMOUNTS, pl.Int64), orient="row")
