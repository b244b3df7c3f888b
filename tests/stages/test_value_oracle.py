"""The customs value of random houses, through the passage, against plain decimal arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from silkport.model.columns import MISSING
from silkport.stages import value
from tests.stages.goods_desk import Declared, GoodsDesk, a_declaration
from tests.stages.goods_law import DAY, E5, KG, WITH_RATES, Under, book_with

RATES = {
    "XTS": Decimal(1),
    "USD": Decimal("1.45"),
    "EUR": Decimal("1.60"),
    "JPY": Decimal("0.0098"),
    "UZS": Decimal("0.000115"),
    "AMD": Decimal("0.00371"),
    "IRR": Decimal("0.0000347"),
}
"""Units of account for one unit of each currency, on `DAY`."""
ZZ_QUOTED = Under(added=WITH_RATES)

TERMS = ("EXW", "FCA", "FAS", "FOB", "CPT", "CFR", "CIP", "CIF", "DAP", "DPU", "DDP")
NO_FREIGHT = TERMS[:4]
UNINSURED = TERMS[:6]


@dataclass(frozen=True)
class House:
    """One house as it is drawn."""

    terms: str
    currency: str
    freight_currency: str
    way: tuple[int, int]
    """Freight to the border and behind it, in hundred-thousandths; below zero not stated."""
    insurance: tuple[int, int]
    additions: int
    share_deducted: int
    """Per cent of the prices."""
    lines: tuple[tuple[int, int], ...]
    """Price in hundred-thousandths and gross mass in milligrams of each line; a mass may lack."""

    @property
    def total(self) -> int:
        return sum(price for price, _ in self.lines)

    @property
    def deductions(self) -> int:
        return self.total * self.share_deducted // 100


amounts = st.integers(0, 10**6 * E5) | st.integers(0, 500) | st.just(12_345 * E5)
both_parts = st.tuples(amounts, amounts)
masses = st.integers(1, 30_000 * KG)
unweighed = st.sampled_from((0, MISSING))
goods = st.one_of(
    st.lists(st.tuples(amounts, masses | unweighed), min_size=1, max_size=4).map(tuple),
    st.lists(st.tuples(amounts, unweighed), min_size=1, max_size=4).map(tuple),
)
houses_of = st.builds(
    House,
    terms=st.sampled_from(TERMS),
    currency=st.sampled_from(sorted(RATES)),
    freight_currency=st.sampled_from(["", *sorted(RATES)]),
    way=both_parts,
    insurance=both_parts,
    additions=amounts,
    share_deducted=st.sampled_from([0, 0, 3, 50]),
    lines=goods,
)
uninsured = st.builds(
    House,
    terms=st.sampled_from(UNINSURED),
    currency=st.sampled_from(sorted(RATES)),
    freight_currency=st.just(""),
    way=both_parts,
    insurance=st.just((MISSING, MISSING)),
    additions=amounts,
    share_deducted=st.just(0),
    lines=goods,
)


def declared(number: int, house: House) -> Declared:
    """The house as its declarant states it."""
    to_border, behind = house.way
    insured = house.insurance[0] >= 0
    return a_declaration(
        f"AIG/{number}",
        *({"total_e5": price, "gross_mass_mg": mass} for price, mass in house.lines),
        incoterms=house.terms,
        currency=house.currency,
        freight_currency=house.freight_currency,
        freight_e5=to_border + behind,
        freight_to_border_e5=to_border,
        insurance_e5=sum(house.insurance) if insured else MISSING,
        insurance_to_border_e5=house.insurance[0],
        additions_e5=house.additions,
        deductions_e5=house.deductions,
    )


def exchanged(e5: int, currency: str) -> int:
    """Minor units of account, rounded half up."""
    return rounded(Decimal(e5) / E5 * RATES[currency] * 100)


def rounded(amount: Decimal) -> int:
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))


def shares(total: int, weights: Sequence[int]) -> list[int]:
    """A total split by weights: what is due up to each line, less what the lines before got."""
    marks = [
        rounded(Decimal(total) * sum(weights[:n]) / sum(weights)) for n in range(len(weights) + 1)
    ]
    return [after - before for before, after in pairwise(marks)]


def oracle(house: House) -> dict[str, Any]:
    """Everything the stage works out, with the shares of each line."""
    freight = house.freight_currency or house.currency
    to_border, behind = (exchanged(part, freight) for part in house.way)
    insured = house.insurance[0] >= 0
    own, further = (exchanged(max(part, 0), freight) for part in house.insurance)
    if not insured:
        carried = to_border if house.terms in NO_FREIGHT else 0
        own = rounded((exchanged(house.total, house.currency) + carried) * Decimal("0.001"))
    adds = own if house.terms in UNINSURED else 0
    less = 0 if house.terms in UNINSURED else further
    found = {
        "freight_added_minor": to_border if house.terms in NO_FREIGHT else 0,
        "freight_deducted_minor": 0 if house.terms in NO_FREIGHT else behind,
        "others_added_minor": adds + exchanged(house.additions, house.currency),
        "others_deducted_minor": less + exchanged(house.deductions, house.currency),
    }
    prices, gross = zip(*house.lines, strict=True)
    by_price = prices if any(prices) else (1, *[0] * (len(prices) - 1))
    weighed = [max(mass, 0) for mass in gross]
    by_mass = weighed if any(weighed) else by_price
    parts = [
        shares(found["freight_added_minor"], by_mass),
        shares(found["others_added_minor"], by_price),
        [-part for part in shares(found["freight_deducted_minor"], by_mass)],
        [-part for part in shares(found["others_deducted_minor"], by_price)],
    ]
    of_lines = [exchanged(price, house.currency) for price in prices]
    wanted = [max(sum(terms), 0) for terms in zip(of_lines, *parts, strict=True)]
    return {"house": found, "lines": wanted, "parts": parts}


@settings(max_examples=40, deadline=None)
@given(st.lists(houses_of | uninsured, min_size=1, max_size=8))
def test_values_are_those_of_plain_decimal_arithmetic(drawn: list[House]) -> None:
    desk = GoodsDesk(book=book_with("zz", WITH_RATES))
    cleared = desk.clear(DAY, *(declared(n, house) for n, house in enumerate(drawn)))
    houses = {row["declaration_no"]: row for row in cleared.houses.to_dicts()}
    lines = cleared.goods.sort("parcel_id", "gnum").to_dicts()
    with localcontext() as context:
        context.prec = 80
        for number, house in enumerate(drawn):
            want, got = oracle(house), houses[f"AIG/{number}"]
            assert {name: got[name] for name in want["house"]} == want["house"]
            own = [row for row in lines if row["parcel_id"] == got["parcel_id"]]
            assert [row["customs_value_minor"] for row in own] == want["lines"]
            assert got["customs_value_minor"] == sum(want["lines"])
            wholes = [sum(part) for part in want["parts"]]
            added = [got["freight_added_minor"], got["others_added_minor"]]
            taken = [got["freight_deducted_minor"], got["others_deducted_minor"]]
            assert wholes == [*added, *(-part for part in taken)]  # to the last minor unit
    of_lines, of_houses = (ZZ_QUOTED.compiled(sheet) for sheet in (value.goods, value.houses))
    for row in lines:
        assert of_lines.single(row)["customs_value_minor"] == row["customs_value_minor"]
    assert of_lines.prove("customs_value_minor", lines[0]).result == lines[0]["customs_value_minor"]
    for row in houses.values():
        alone = of_houses.single(row)
        assert {name: row[name] for name in value.ADJUSTMENTS} == {
            name: alone[name] for name in value.ADJUSTMENTS
        }
        proved = {name: of_houses.prove(name, row).result for name in value.ADJUSTMENTS}
        assert proved == {name: alone[name] for name in value.ADJUSTMENTS}
