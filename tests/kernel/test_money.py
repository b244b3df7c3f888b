"""Money, rates and exchange: exact within one currency, rounded once where told."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from silkport.kernel.errors import InvalidValue
from silkport.kernel.money import Money, Rounding, allocate, decimals_of, round_div
from silkport.kernel.rates import ExchangeRate, Rate

HALF_UP, TRUNCATE, UP = Rounding.HALF_UP, Rounding.TRUNCATE, Rounding.UP
MINORS = st.integers(-(10**20), 10**20)


@pytest.mark.parametrize(
    ("text", "currency", "minor", "written"),
    [
        ("12.34", "CNY", 1234, "12.34 CNY"),
        ("12.3", "KZT", 1230, "12.30 KZT"),
        ("1200", "JPY", 1200, "1200 JPY"),
        ("1.234", "KWD", 1234, "1.234 KWD"),
        ("1.2345", "CLF", 12345, "1.2345 CLF"),
        ("-0.01", "EUR", -1, "-0.01 EUR"),
        ("5.00000", "CNY", 500, "5.00 CNY"),
    ],
)
def test_parse_and_write(text: str, currency: str, minor: int, written: str) -> None:
    assert Money.parse(text, currency) == Money(minor, currency)
    assert str(Money(minor, currency)) == written


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("0.001", "CNY"),
        ("0.5", "JPY"),
        ("", "CNY"),
        ("1", "cny"),
        ("1", "CN"),
        ("1", "142"),
        ("1", "CNＹ"),
        ("1", "C1Y"),
        ("1", ""),
    ],
)
def test_parse_refuses(text: str, currency: str) -> None:
    with pytest.raises(InvalidValue):
        Money.parse(text, currency)


@pytest.mark.parametrize("minor", [1.0, True, "1", Decimal(1), None])
def test_money_is_a_whole_number(minor: object) -> None:
    with pytest.raises(InvalidValue):
        Money(minor, "CNY")  # type: ignore[arg-type]


def test_unknown_currencies_have_two_decimals() -> None:
    assert [decimals_of(one) for one in ("KZT", "XXX", "KRW", "BHD")] == [2, 2, 0, 3]


@given(MINORS, MINORS)
def test_arithmetic_is_that_of_integers(a: int, b: int) -> None:
    left, right = Money(a, "KZT"), Money(b, "KZT")
    assert (left + right).minor == a + b
    assert (left - right).minor == a - b
    assert (-left).minor == -a
    assert (left < right, left <= right, left > right, left >= right, left == right) == (
        a < b,
        a <= b,
        a > b,
        a >= b,
        a == b,
    )


@pytest.mark.parametrize(
    "use",
    [
        lambda a, b: a + b,
        lambda a, b: a - b,
        lambda a, b: a < b,
        lambda a, b: a <= b,
        lambda a, b: a > b,
        lambda a, b: a >= b,
    ],
)
def test_two_currencies_never_meet(use: object) -> None:
    with pytest.raises(InvalidValue, match="exchange it first"):
        use(Money(1, "CNY"), Money(1, "KZT"))  # type: ignore[operator]
    assert Money(1, "CNY") != Money(1, "KZT")


@pytest.mark.parametrize(
    ("minor", "rate", "rounding", "to_minor", "want"),
    [
        (10_050, "0.1", HALF_UP, 1, 1005),
        (10_005, "0.1", HALF_UP, 1, 1001),
        (10_005, "0.1", TRUNCATE, 1, 1000),
        (-10_005, "0.1", HALF_UP, 1, -1001),
        (10_001, "0.1", UP, 1, 1001),
        (123_456, "0.12", HALF_UP, 100, 14_800),  # 148.1472 tenge
        (129_166, "0.12", HALF_UP, 100, 15_500),  # 154.9992 tenge
        (10_000, "0", UP, 1, 0),
    ],
)
def test_times_rate(minor: int, rate: str, rounding: Rounding, to_minor: int, want: int) -> None:
    found = Money(minor, "KZT").times_rate(Rate.parse(rate), rounding, to_minor=to_minor)
    assert found == Money(want, "KZT")


@given(MINORS, st.integers(0, 10**7), st.sampled_from(Rounding), st.sampled_from([1, 10, 100]))
def test_times_rate_rounds_once(minor: int, ppm: int, rounding: Rounding, step: int) -> None:
    found = Money(minor, "KZT").times_rate(Rate(ppm), rounding, to_minor=step)
    assert found.minor == step * round_div(minor * ppm, 10**6 * step, rounding)


def test_share_of() -> None:
    assert Money(1000, "CNY").share_of(1, 3, HALF_UP) == Money(333, "CNY")
    assert Money(1000, "CNY").share_of(2, 3, HALF_UP) == Money(667, "CNY")
    with pytest.raises(InvalidValue):
        Money(1000, "CNY").share_of(1, 0, HALF_UP)
    with pytest.raises(InvalidValue, match="rounding step"):
        Money(1000, "CNY").share_of(1, 3, HALF_UP, to_minor=0)


@pytest.mark.parametrize(
    ("minor", "currency", "quotation", "rounding", "want"),
    [
        (10_000, "CNY", ("71.38", 1, "CNY", "KZT"), HALF_UP, "7138.00 KZT"),
        (1, "CNY", ("71.385", 1, "CNY", "KZT"), HALF_UP, "0.71 KZT"),
        (10_000, "KRW", ("34.5", 100, "KRW", "KZT"), HALF_UP, "3450.00 KZT"),
        (10_000, "KZT", ("29.41", 1, "KZT", "JPY"), TRUNCATE, "2941 JPY"),
        (1, "KWD", ("1500", 1, "KWD", "KZT"), HALF_UP, "1.50 KZT"),
        (-1, "CNY", ("71.5", 1, "CNY", "KZT"), HALF_UP, "-0.72 KZT"),
    ],
)
def test_exchanged(
    minor: int,
    currency: str,
    quotation: tuple[str, int, str, str],
    rounding: Rounding,
    want: str,
) -> None:
    value, nominal, source, target = quotation
    rate = ExchangeRate.parse(value, nominal=nominal, from_currency=source, to_currency=target)
    assert str(Money(minor, currency).exchanged(rate, rounding)) == want


def test_exchange_refuses_the_wrong_currency_and_senseless_quotations() -> None:
    rate = ExchangeRate.parse("71.38", nominal=1, from_currency="CNY", to_currency="KZT")
    assert str(rate) == "1 CNY = 71.38 KZT"
    with pytest.raises(InvalidValue, match="not quoted from USD"):
        Money(1, "USD").exchanged(rate, HALF_UP)
    for value, nominal in (("0", 1), ("-1", 1), ("1", 0), ("1.0000001", 1)):
        with pytest.raises(InvalidValue):
            ExchangeRate.parse(value, nominal=nominal, from_currency="CNY", to_currency="KZT")


@pytest.mark.parametrize(
    ("text", "ppm", "percent", "written"),
    [
        ("0.12", 120_000, "12 %", "0.12"),
        ("0.091", 91_000, "9.1 %", "0.091"),
        ("0.000001", 1, "0.0001 %", "0.000001"),
        ("1", 10**6, "100 %", "1"),
        ("0", 0, "0 %", "0"),
        (Decimal("0.2306"), 230_600, "23.06 %", "0.2306"),
    ],
)
def test_rate(text: str | Decimal, ppm: int, percent: str, written: str) -> None:
    rate = Rate.parse(text)
    assert (rate.ppm, rate.percent(), str(rate)) == (ppm, percent, written)


@pytest.mark.parametrize("text", ["0.1234567", "12 %", "", "abc", "1e-2"])
def test_rate_refuses(text: str) -> None:
    with pytest.raises(InvalidValue):
        Rate.parse(text)


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        (100, [1, 1, 1], [33, 34, 33]),
        (-100, [1, 1, 1], [-33, -34, -33]),
        (1, [1, 1], [1, 0]),
        (10, [0, 5, 0], [0, 10, 0]),
        (0, [1, 2], [0, 0]),
        (0, [0, 0], [0, 0]),
        (0, [], []),
        (7, [3], [7]),
    ],
)
def test_allocate(total: int, weights: list[int], parts: list[int]) -> None:
    assert allocate(total, weights) == parts


@pytest.mark.parametrize(("total", "weights"), [(1, []), (1, [0, 0]), (1, [2, -1]), (0, [-1, 1])])
def test_allocate_refuses(total: int, weights: list[int]) -> None:
    with pytest.raises(InvalidValue):
        allocate(total, weights)


@given(MINORS, st.lists(st.integers(0, 10**11), min_size=1, max_size=100).filter(any))
def test_allocated_parts_sum_exactly_and_are_fair(total: int, weights: list[int]) -> None:
    parts = allocate(total, weights)
    whole = sum(weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part * whole - total * weight) <= whole  # within one minor unit
        assert weight or part == 0
