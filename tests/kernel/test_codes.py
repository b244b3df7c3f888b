"""A code and its list, and findings as data."""

from __future__ import annotations

import pytest

from silkport.kernel.codes import Code, CodeEntry, CodeList
from silkport.kernel.errors import InvalidValue
from silkport.kernel.findings import Audience, Effect, Finding

COUNTRIES = CodeList.of(
    "GACC-COUNTRY",
    [CodeEntry("142", "CN", "China"), CodeEntry("145", "KZ", "Kazakhstan")],
)
UNITS = CodeList.of(
    "GACC-UNIT",
    [
        CodeEntry("142", "BO", "bottle"),
        CodeEntry("007", "H87", "piece"),
        CodeEntry("011", "H87", "item"),
    ],
)


def test_one_value_of_two_lists_is_two_codes() -> None:
    assert Code("GACC-COUNTRY", "142") != Code("GACC-UNIT", "142")
    assert Code("GACC-COUNTRY", "142") == COUNTRIES.code("142")
    assert str(Code("GACC-COUNTRY", "142")) == "GACC-COUNTRY:142"
    assert Code.parse("GACC-UNIT:a:b") == Code("GACC-UNIT", "a:b")


@pytest.mark.parametrize("text", ["142", ":142", "GACC-COUNTRY:", ""])
def test_a_code_has_list_and_value(text: str) -> None:
    with pytest.raises(InvalidValue):
        Code.parse(text)
    with pytest.raises(InvalidValue):
        Code("a:b", "c")


def test_look_up() -> None:
    assert COUNTRIES.neutral("145") == "KZ"
    assert UNITS.name(Code("GACC-UNIT", "142")) == "bottle"
    assert COUNTRIES.of_neutral("KZ") == Code("GACC-COUNTRY", "145")
    assert "145" in COUNTRIES
    assert "999" not in COUNTRIES


def test_unknown_is_refused() -> None:
    with pytest.raises(InvalidValue, match="the list does not have it"):
        COUNTRIES.neutral("999")
    with pytest.raises(InvalidValue, match="another list"):
        COUNTRIES.neutral(Code("GACC-UNIT", "142"))
    with pytest.raises(InvalidValue, match="has 2 codes"):
        UNITS.of_neutral("H87")
    with pytest.raises(InvalidValue, match="has 0 codes"):
        UNITS.of_neutral("KGM")
    with pytest.raises(InvalidValue, match="twice"):
        CodeList.of("L", [CodeEntry("1", "a", "a"), CodeEntry("1", "b", "b")])


def test_findings() -> None:
    finding = Finding("CHK012", "cn-0A1B2C3DEFGHJ", 0, Effect.REFUSE)
    assert finding.facts == {}
    assert [str(one) for one in Effect] == ["refuse", "hold", "wait", "note", "risk"]
    assert [str(one) for one in Audience] == ["declarant", "officer"]
