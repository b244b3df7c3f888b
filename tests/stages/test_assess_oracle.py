"""Every levy of random goods under a random tariff, against plain decimal arithmetic.

Whole houses go through the passage; what it works out, what it writes into payment rows and what
the other readings say must be what the oracle says.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from silkport.stages import assess
from tests.stages.drawn_tariff import (
    MAKERS,
    NOTHING,
    ORIGINS,
    REMEDIES,
    UNITS,
    Charge,
    Drawn,
    Tariff,
    draw_tariff,
    rounded,
    times,
)
from tests.stages.goods_desk import Declared, GoodsDesk, a_declaration
from tests.stages.goods_law import DAY, E5, KG, Under

VAT = {"11": Decimal("0.05"), "40": Decimal("0.12"), "64": Decimal("0.12"), "70": Decimal("0.12")}
"""VAT of the chapters that are drawn, on `DAY`."""

SPELLINGS: tuple[Callable[[str], str], ...] = (str.upper, str.lower, " {} ".format, str)
"""How a maker is written, which is the same one."""

SEEDS = (1, 2)
CODES = 60
WITH_RATES = (
    "fx.csv",
    ("JPY,100,0.98,2024-01-01,,this test,cited", "UZS,1000,0.115,2024-01-01,,this test,cited"),
)
CODE_OF = {
    "duty": "20",
    "special": "21",
    "antidumping": "22",
    "countervailing": "23",
    "excise": "30",
    "vat": "40",
}
"""Kinds of payment in the list of the administration."""


@cache
def tariff_of(seed: int) -> Tariff:
    return draw_tariff(seed, sorted(VAT), CODES)


@cache
def law_of(seed: int, regime: str) -> Under:
    return Under(regime=regime, added=(("tariff.csv", tariff_of(seed).rows()), WITH_RATES))


class Line(NamedTuple):
    """One goods line as it is drawn; the place of its code in the tariff."""

    place: int
    price_e5: int
    net_mg: int
    first: tuple[int, str]
    second: tuple[int, str]
    origin: str
    maker: str
    preferred: bool
    union: bool
    relieved: bool

    @property
    def value(self) -> int:
        """Customs value in minor units: invoiced in the currency of account, free of costs."""
        return rounded(Decimal(self.price_e5) / 1_000, "value")

    def quantities(self) -> dict[str, Decimal]:
        """What the line states, by unit; of a unit that stands twice the first counts."""
        found = {unit: Decimal(quantity) / E5 for quantity, unit in (self.second, self.first)}
        kilograms = Decimal(self.net_mg) / KG
        return found | {"KGM": kilograms, "GRM": kilograms * 1_000}


quantities = st.tuples(st.integers(0, 10**5 * E5), st.sampled_from(sorted(UNITS.values())))
goods_lines = st.builds(
    Line,
    place=st.integers(0, CODES - 1),
    price_e5=st.integers(0, 10**5 * E5) | st.integers(0, 9_999),
    net_mg=st.integers(1, 30_000 * KG),
    first=quantities,
    second=quantities,
    origin=st.sampled_from(ORIGINS),
    maker=st.sampled_from(MAKERS),
    preferred=st.booleans(),
    union=st.booleans(),
    relieved=st.sampled_from([False, False, False, True]),
)
drawn_houses = st.lists(st.lists(goods_lines, min_size=1, max_size=6), min_size=1, max_size=5)


@dataclass(frozen=True)
class Owed:
    """What the oracle says of one line: each levy with its rate, base and charge, and VAT."""

    levies: dict[str, tuple[Drawn, int, Charge]]
    vat: tuple[int, Decimal, int]


def fee_shares(values: list[int]) -> list[int]:
    """The fee of a house among its lines: 23.00, and 4.00 for each further three lines."""
    fee = 2_300 + 400 * -(-(len(values) - 1) // 3)
    whole = sum(values)
    if not whole:
        return [fee] + [0] * (len(values) - 1)
    marks = [
        rounded(Decimal(fee) * sum(values[:n]) / whole, "share") for n in range(len(values) + 1)
    ]
    return [after - before for before, after in pairwise(marks)]


def owed_by(line: Line, tariff: Tariff, fee_share: int) -> Owed:
    """All levies of one line in full, in their order."""
    code = list(tariff.duty)[line.place]
    quantities = line.quantities()
    levies: dict[str, tuple[Drawn, int, Charge]] = {}
    rate = tariff.duty_of(code, line.origin, preferred=line.preferred, union=line.union)
    levies["duty"] = rate, line.value, rate.charge(line.value, quantities, "duty")
    for kind in REMEDIES:
        found = tariff.remedy_of(kind, code, line.origin, line.maker)
        if found:
            levies[kind] = found, line.value, found.charge(line.value, quantities, kind)
    base = line.value + sum(charge.amount for _, _, charge in levies.values())
    if code in tariff.excise:
        rate = tariff.excise[code]
        levies["excise"] = rate, base, rate.charge(base, quantities, "excise")
    base = line.value + sum(charge.amount for _, _, charge in levies.values()) + fee_share
    share = Decimal(0) if line.relieved else VAT[code[:2]]
    return Owed(levies, (base, share, rounded(times(Decimal(base), share), "vat")))


def declared(number: int, lines: list[Line], tariff: Tariff, **changes: int | str) -> Declared:
    """The lines as their declarant states them."""
    codes = list(tariff.duty)
    rows: list[dict[str, int | str]] = [
        {
            "hs_code": codes[line.place],
            "total_e5": line.price_e5,
            "net_mass_mg": line.net_mg,
            "gross_mass_mg": line.net_mg,
            "qty_e5": line.first[0],
            "unit": line.first[1],
            "qty2_e5": line.second[0],
            "unit2": line.second[1],
            "origin": line.origin,
            "producer": SPELLINGS[line.place % len(SPELLINGS)](line.maker),
            "preference": "OUTP" if line.preferred else "",
            "rate_choice": "union" if line.union else "",
            "vat_relief": "HUM" if line.relieved else "",
        }
        for line in lines
    ]
    return a_declaration(f"AIG/{number}", *rows, currency="XTS", **changes)


def expected_row(got: dict[str, Any], owed: Owed, months: Decimal) -> dict[str, Any]:
    """Amounts of a goods line by the names of their columns, of which `months` share is charged."""
    want: dict[str, Any] = {}
    for levy in ("duty", *REMEDIES, "excise"):
        _, base, charge = owed.levies.get(levy, (None, 0, NOTHING))
        want[f"{levy}_minor"] = rounded(times(Decimal(charge.amount), months), levy)
        if charge.way:
            want[f"{levy}_way"] = charge.way
            want[f"{levy}_base_minor"] = base
            want[f"{levy}_by_value_minor"] = charge.by_value
            want[f"{levy}_by_quantity_minor"] = charge.by_quantity
    base, share, amount = owed.vat
    want["vat_base_minor"], want["vat_rate_ppm"] = base, int(share * 10**6)
    want["vat_minor"] = rounded(times(Decimal(amount), months), "vat")
    return {name: value for name, value in want.items() if name in got}


QUOTED = (
    *("levy", "payment_code", "rate_kind", "base_minor", "rate_ppm", "quantity_e6"),
    *("quantity_unit", "specific_e6", "specific_currency", "specific_per", "amount_minor"),
)


def by_value(levy: str, base: int, percent: Decimal, amount: int) -> tuple[Any, ...]:
    """A payment row of a levy by value."""
    return (levy, CODE_OF[levy], "%", base, int(percent * 10_000), 0, "", 0, "", 0, amount)


def by_quantity(
    levy: str, rate: Drawn, quantity: Decimal, amount: int, *, cap: bool
) -> tuple[Any, ...]:
    """A payment row of a levy by quantity."""
    specific = int((rate.cap_amount if cap else rate.amount) * 10**6)
    how = int(quantity * 10**6), UNITS[rate.unit], specific, rate.currency, rate.per
    return (levy, CODE_OF[levy], "*", 0, 0, *how, amount)


def expected_payments(
    owed: Owed, whole: dict[str, Any], quantities: dict[str, Decimal]
) -> set[tuple[Any, ...]]:
    """Payment rows of a line by the names of QUOTED; a sum is two rows, of others one wins."""
    rows = set()
    for levy, (rate, base, charge) in owed.levies.items():
        amount = first = whole[f"{levy}_minor"]
        if charge.way == 3:
            parts = charge.by_value + charge.by_quantity
            first = charge.by_value * amount // parts if parts else 0
        percent = rate.cap_percent if charge.way == 4 else rate.percent
        if charge.way in (1, 3, 4) and percent:
            rows.add(by_value(levy, base, percent, first))
        if charge.way in (2, 3, 5):
            left = amount - first if charge.way == 3 else amount
            quantity = quantities.get(UNITS[rate.unit], Decimal(0))
            rows.add(by_quantity(levy, rate, quantity, left, cap=charge.way == 5))
    base, share, _ = owed.vat
    if share:
        rows.add(by_value("vat", base, share * 100, whole["vat_minor"]))
    return rows


def check_house(
    got: list[dict[str, Any]],
    payments: pl.DataFrame,
    lines: list[Line],
    seed: int,
    months: Decimal,
) -> int:
    """Compares one house; returns what it owes in all."""
    shares = fee_shares([line.value for line in lines])
    total = sum(shares)
    for row, line, share in zip(got, lines, shares, strict=True):
        owed = owed_by(line, tariff_of(seed), share)
        want = expected_row(row, owed, months)
        assert {name: row[name] for name in want} == want
        assert row["fee_share_minor"] == share
        own = payments.filter(line=row["gnum"])
        rows = own.select(QUOTED).rows()
        assert len(rows) == len(set(rows))
        assert set(rows) == expected_payments(owed, want, line.quantities())
        for levy in own["levy"].unique():
            assert own.filter(levy=levy)["amount_minor"].sum() == want[f"{levy}_minor"]
        total += own["amount_minor"].sum()
    assert payments.filter(line=0).select("levy", "amount_minor").rows() == [("fee", sum(shares))]
    return total


def check_readings(rows: list[dict[str, Any]], under: Under) -> None:
    """The single reading of every line, and the proofs of one, say what the passage said."""
    compiled = under.compiled(assess.goods)
    for row in rows:
        single = compiled.single(row)
        shown = {name: row[name] for name in single if name in row}
        assert shown == {name: single[name] for name in shown}
    proved = [name for name in compiled.outputs if name.endswith("_minor")]
    assert {name: compiled.prove(name, rows[0]).result for name in proved} == {
        name: rows[0][name] for name in proved
    }


def check(houses: list[list[Line]], seed: int, stay: int) -> None:
    """Clears the houses for release, and for so many months of stay, and compares everything."""
    share = min(Decimal("0.03") * stay, Decimal(1))
    about: dict[str, int | str] = {"procedure": "53", "stay_months": stay, "guarantee_no": "G-1"}
    for regime, months, stated in (
        ("goods_import", Decimal(1), {}),
        ("goods_temporary_import", share, about),
    ):
        under = law_of(seed, regime)
        desk = GoodsDesk(book=under.book())
        papers = [declared(n, lines, tariff_of(seed), **stated) for n, lines in enumerate(houses)]
        cleared = desk.clear(DAY, *papers)
        rows = cleared.goods.sort("parcel_id", "gnum").to_dicts()
        for number, lines in enumerate(houses):
            decision = desk.decision(f"AIG/{number}")
            own = [row for row in rows if row["parcel_id"] == decision["parcel_id"]]
            total = check_house(own, desk.payments(f"AIG/{number}"), lines, seed, months)
            assert decision["total_minor"] == total
            assert decision["customs_value_minor"] == sum(line.value for line in lines)
        check_readings(rows, under)


@pytest.mark.parametrize("seed", SEEDS)
@settings(max_examples=8, deadline=None)
@given(drawn_houses, st.integers(1, 34))
def test_amounts_are_those_of_plain_decimal_arithmetic(
    seed: int, houses: list[list[Line]], stay: int
) -> None:
    check(houses, seed, stay)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_code_of_the_tariff_is_charged_as_it_says(seed: int) -> None:
    source = random.Random(seed)
    units = sorted(UNITS.values())

    def line(place: int) -> Line:
        stated = [(source.randrange(1, 9_999 * E5), source.choice(units)) for _ in range(2)]
        who = source.choice(ORIGINS), source.choice(MAKERS)
        choices = (source.random() < 0.3, source.random() < 0.5, source.random() < 0.1)
        net_mg, price = source.randrange(1, 9_999 * KG), source.randrange(99_999 * E5)
        return Line(place, price, net_mg, *stated, *who, *choices)

    check(
        [[line(place) for _ in range(5)] for place in range(CODES)], seed, source.randrange(1, 34)
    )
