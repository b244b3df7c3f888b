"""Units are converted exactly, or rounded when told, or refused."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from silkport.kernel.errors import InvalidValue
from silkport.kernel.quantities import UNITS, Quantity, unit_of
from silkport.kernel.scaled import Rounding, round_div


@pytest.mark.parametrize(
    ("text", "unit", "target", "want"),
    [
        ("1", "KGM", "GRM", "1000 GRM"),
        ("2.5", "KGM", "MGM", "2500000 MGM"),
        ("1", "TNE", "DTN", "10 DTN"),
        ("250", "GRM", "KGM", "0.25 KGM"),
        ("1", "LBR", "GRM", "453.59237 GRM"),
        ("5", "CTM", "GRM", "1 GRM"),
        ("1", "MTQ", "LTR", "1000 LTR"),
        ("1", "HLT", "MLT", "100000 MLT"),
        ("0.5", "LTR", "DMQ", "0.5 DMQ"),
        ("1", "KMT", "MMT", "1000000 MMT"),
        ("1", "INH", "CMT", "2.54 CMT"),
        ("1", "YRD", "FOT", "3 FOT"),
        ("1", "MTK", "CMK", "10000 CMK"),
        ("1", "DZN", "H87", "12 H87"),
        ("1", "MIL", "CEN", "10 CEN"),
        ("3", "C62", "H87", "3 H87"),
        ("1", "DPR", "PR", "12 PR"),
        ("1", "MWH", "KWH", "1000 KWH"),
        ("7", "SET", "SET", "7 SET"),
    ],
)
def test_exact(text: str, unit: str, target: str, want: str) -> None:
    assert str(Quantity.parse(text, unit).convert(target)) == want


@pytest.mark.parametrize(
    ("unit", "target", "why"),
    [
        ("KGM", "LTR", "mass is not converted to volume"),
        ("PR", "H87", "pairs is not converted to count"),
        ("SET", "H87", "size is not known"),
        ("KGM", "KG", "size is not known"),
        ("KGM", "kgm", "size is not known"),
        ("H87", "DZN", "no rounding is given"),
        ("MGM", "KGM", "no rounding is given"),
    ],
)
def test_refused(unit: str, target: str, why: str) -> None:
    with pytest.raises(InvalidValue, match=why):
        Quantity.parse("1", unit).convert(target)


def test_rounded_when_told() -> None:
    one = Quantity.parse("1", "H87")
    assert str(one.convert("DZN", Rounding.HALF_UP)) == "0.08333 DZN"
    assert str(one.convert("DZN", Rounding.UP)) == "0.08334 DZN"


def test_pairs_become_pieces_only_when_said() -> None:
    assert Quantity.parse("3", "PR").as_pieces(pieces_each=2) == Quantity.parse("6", "H87")
    with pytest.raises(InvalidValue):
        Quantity.parse("3", "PR").as_pieces(pieces_each=0)


def test_sums_keep_the_unit() -> None:
    assert Quantity(1, "KGM") + Quantity(2, "KGM") == Quantity(3, "KGM")
    with pytest.raises(InvalidValue, match="convert it first"):
        Quantity(1, "KGM") + Quantity(2, "GRM")


def test_five_decimals_at_most() -> None:
    assert Quantity.parse("0.00001", "KGM").value_e5 == 1
    with pytest.raises(InvalidValue):
        Quantity.parse("0.000001", "KGM")


@given(
    st.integers(-(10**14), 10**14),
    st.sampled_from(sorted(UNITS)),
    st.sampled_from(sorted(UNITS)),
    st.sampled_from(Rounding),
)
def test_agrees_with_fractions(value: int, source: str, target: str, rounding: Rounding) -> None:
    left, right = unit_of(source), unit_of(target)
    quantity = Quantity(value, source)
    if left.dimension is not right.dimension:
        with pytest.raises(InvalidValue):
            quantity.convert(target, rounding)
        return
    exact = value * Fraction(left.numerator, left.denominator)
    exact /= Fraction(right.numerator, right.denominator)
    want = round_div(exact.numerator, exact.denominator, rounding)
    assert quantity.convert(target, rounding) == Quantity(want, target)
    if exact.denominator == 1:
        assert quantity.convert(target).convert(source) == quantity
    else:
        with pytest.raises(InvalidValue):
            quantity.convert(target)
