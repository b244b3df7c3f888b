"""What a rate of duty may be, whoever makes it."""

from __future__ import annotations

import pytest

from silkport.kernel.errors import InvalidValue, MalformedLaw
from silkport.law.tariff.rates import MAX_DUTY_PPM, Shape, Specific, TariffRate

PER_KG = Specific(200_000, "EUR", 1, "KGM")
TWO_PER_KG = Specific(2_000_000, "EUR", 1, "KGM")

MALFORMED = [
    ({"shape": Shape.PERCENT, "duty_ppm": -1}, "negative"),
    ({"shape": Shape.PERCENT, "duty_ppm": MAX_DUTY_PPM + 1}, "above 1000"),
    ({"shape": Shape.PERCENT, "duty_ppm": 0.05}, "whole number"),
    ({"shape": Shape.PERCENT, "specific": PER_KG}, "no amount"),
    ({"shape": Shape.PERCENT, "cap_ppm": 1}, "only the lower"),
    ({"shape": Shape.SPECIFIC}, "missing"),
    ({"shape": Shape.SPECIFIC, "specific": PER_KG, "duty_ppm": 1}, "no percentage"),
    ({"shape": Shape.GREATER, "duty_ppm": 1}, "missing"),
    ({"shape": Shape.GREATER, "specific": PER_KG, "cap": TWO_PER_KG}, "only the lower"),
    ({"shape": Shape.SUM, "duty_ppm": 1}, "missing"),
    ({"shape": Shape.LESSER, "duty_ppm": 1}, "one percentage or one amount"),
    (
        {"shape": Shape.LESSER, "duty_ppm": 1, "cap_ppm": 2, "cap": PER_KG},
        "one percentage or one amount",
    ),
    ({"shape": Shape.LESSER, "cap": PER_KG}, "nothing"),
    ({"shape": Shape.LESSER, "duty_ppm": 1, "cap_ppm": 2}, "by an amount"),
    ({"shape": Shape.LESSER, "specific": PER_KG, "cap": TWO_PER_KG}, "by a percentage"),
    ({"shape": Shape.LESSER, "duty_ppm": 2, "specific": PER_KG, "cap_ppm": 2}, "always holds"),
    ({"shape": Shape.LESSER, "duty_ppm": 2, "specific": PER_KG, "cap": PER_KG}, "always holds"),
    (
        {
            "shape": Shape.LESSER,
            "duty_ppm": 2,
            "specific": PER_KG,
            "cap": Specific(10**6, "EUR", 1, "LTR"),
        },
        "differ",
    ),
]


@pytest.mark.parametrize(("parts", "reason"), MALFORMED)
def test_a_rate_that_makes_no_sense_is_refused(parts: dict[str, object], reason: str) -> None:
    with pytest.raises(InvalidValue, match=reason):
        TariffRate(**parts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("amount_e6", "currency", "per", "unit", "reason"),
    [
        (0, "EUR", 1, "KGM", "positive"),
        (-1, "EUR", 1, "KGM", "positive"),
        (10**15 + 1, "EUR", 1, "KGM", "thousand million"),
        (1, "euro", 1, "KGM", "ISO 4217"),
        (1, "EUR", 0, "KGM", "1 to 1000000"),
        (1, "EUR", 10**6 + 1, "KGM", "1 to 1000000"),
        (1, "EUR", 1, "kg", "Recommendation 20"),
        (1, "EUR", 1, "", "Recommendation 20"),
    ],
)
def test_an_amount_that_makes_no_sense_is_refused(
    amount_e6: int, currency: str, per: int, unit: str, reason: str
) -> None:
    with pytest.raises(InvalidValue, match=reason):
        Specific(amount_e6, currency, per, unit)


def test_per_unit_is_exact_or_refused() -> None:
    assert Specific(60_000_000, "USD", 1000, "KGM").per_unit_e9 == 60_000_000
    assert Specific(1, "USD", 1000, "KGM").per_unit_e9 == 1
    assert Specific(10**15, "USD", 1, "KGM").per_unit_e9 == 10**18 < 2**63
    with pytest.raises(MalformedLaw, match="billionths"):
        _ = Specific(1_000_000, "EUR", 3, "H87").per_unit_e9
