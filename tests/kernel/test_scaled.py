"""Reading and writing scaled integers, and the four roundings against the decimal module."""

from __future__ import annotations

import decimal
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from silkport.kernel.errors import InvalidValue
from silkport.kernel.scaled import Rounding, format_scaled, parse_scaled, round_div

ORACLE = {
    Rounding.HALF_UP: decimal.ROUND_HALF_UP,
    Rounding.HALF_EVEN: decimal.ROUND_HALF_EVEN,
    Rounding.TRUNCATE: decimal.ROUND_DOWN,
    Rounding.UP: decimal.ROUND_UP,
}
WIDE = st.integers(-(10**30), 10**30)


@pytest.mark.parametrize(
    ("numerator", "denominator", "rounded"),  # half up, half even, truncate, up
    [
        (0, 2, [0, 0, 0, 0]),
        (4, 2, [2, 2, 2, 2]),
        (5, 2, [3, 2, 2, 3]),
        (7, 2, [4, 4, 3, 4]),
        (-5, 2, [-3, -2, -2, -3]),
        (5, -2, [-3, -2, -2, -3]),
        (-5, -2, [3, 2, 2, 3]),
        (1, 3, [0, 0, 0, 1]),
        (-1, 3, [0, 0, 0, -1]),
        (2, 3, [1, 1, 0, 1]),
    ],
)
def test_round_div(numerator: int, denominator: int, rounded: list[int]) -> None:
    assert [round_div(numerator, denominator, rounding) for rounding in Rounding] == rounded


@given(WIDE, WIDE.filter(bool), st.sampled_from(Rounding))
def test_round_div_agrees_with_decimal(n: int, d: int, rounding: Rounding) -> None:
    with decimal.localcontext(decimal.Context(prec=150)):
        want = (Decimal(n) / Decimal(d)).to_integral_value(rounding=ORACLE[rounding])
    assert round_div(n, d, rounding) == want


@given(st.integers(-200, 200), st.sampled_from([-4, -2, 2, 4, 10]), st.sampled_from(Rounding))
def test_round_div_agrees_with_decimal_at_ties(n: int, d: int, rounding: Rounding) -> None:
    want = (Decimal(n) / Decimal(d)).to_integral_value(rounding=ORACLE[rounding])
    assert round_div(n, d, rounding) == want


def test_round_div_refuses_zero_and_unknown_roundings() -> None:
    with pytest.raises(InvalidValue, match="divided by zero"):
        round_div(1, 0, Rounding.UP)
    with pytest.raises(InvalidValue, match="no law rounds so"):
        round_div(1, 2, "down")  # type: ignore[arg-type]


def test_roundings_carry_the_names_of_law_data() -> None:
    assert [str(one) for one in Rounding] == ["half_up", "half_even", "truncate", "up"]


@pytest.mark.parametrize(
    ("text", "places", "value"),
    [
        ("12.34", 2, 1234),
        ("12", 2, 1200),
        ("-0.05", 2, -5),
        ("0012.50", 2, 1250),
        ("12.34000", 2, 1234),
        ("7", 0, 7),
        ("7.0", 0, 7),
        (Decimal("0.12"), 6, 120_000),
        (Decimal("1E+2"), 2, 10_000),
        (Decimal("-0"), 2, 0),
        ("9" * 30, 0, int("9" * 30)),
    ],
)
def test_parse(text: str | Decimal, places: int, value: int) -> None:
    assert parse_scaled(text, places=places, what="a number") == value


@pytest.mark.parametrize(
    "text",
    [
        *("", "-", ".", "1.", ".5", "+1", "1,5", "1 000", " 1", "1\n", "1e3", "0x1", "--1"),
        *("NaN", "inf", "１２", "١٢", "1.234", "9" * 31, "9" * 70_000),
        *(Decimal("NaN"), Decimal("Infinity"), Decimal("0.001"), Decimal("1E+999999999")),
        *(Decimal("1E-999999999"), 12, None, b"12", 12.5),
    ],
)
def test_parse_refuses(text: object) -> None:
    with pytest.raises(InvalidValue) as refusal:
        parse_scaled(text, places=2, what="a number")  # type: ignore[arg-type]
    assert len(str(refusal.value)) < 300


@pytest.mark.parametrize(
    ("value", "places", "full", "shortest"),
    [
        (1250, 2, "12.50", "12.5"),
        (-5, 2, "-0.05", "-0.05"),
        (1200, 2, "12.00", "12"),
        (0, 2, "0.00", "0"),
        (7, 0, "7", "7"),
    ],
)
def test_format(value: int, places: int, full: str, shortest: str) -> None:
    assert format_scaled(value, places=places) == full
    assert format_scaled(value, places=places, shortest=True) == shortest


@given(st.integers(-(10**24), 10**24), st.integers(0, 6), st.booleans())
def test_what_was_written_is_read_again(value: int, places: int, shortest: bool) -> None:
    text = format_scaled(value, places=places, shortest=shortest)
    assert parse_scaled(text, places=places, what="a number") == value
    assert Decimal(text).scaleb(places) == value
