"""Identifiers: lawful, at the limit, unlawful, and never silently put right."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import ean, iso6346
from stdnum.cn import ric, uscc

from silkport.kernel import identifiers as ids
from silkport.kernel.check_digits import gtin_check
from silkport.kernel.errors import InvalidValue
from silkport.kernel.identifiers import IdKind, is_valid, why_not

LAWFUL = [
    ("hs_code", "0101"),
    ("hs_code", "970690"),
    ("hs_code", "61091000"),
    ("hs_code", "8517130000"),
    ("hs_code_national", "9801"),
    ("hs_code_national", "9900000000"),
    ("uscc", "91110000600037341L"),
    ("customs10", "3301964J31"),
    ("cn_resident_id", "11010519491231002X"),
    ("cn_resident_id", "360426199101010071"),
    ("kz_iin", "061211600012"),
    ("kz_bin", "941240000193"),
    ("iso6346", "CSQU3054383"),
    ("wagon", "52895067"),  # gauge of 1520 mm
    ("wagon", "505126180015"),  # UIC: a worked example of the Polish railways
    ("wagon", "1234567"),  # seven digits carry no check digit
    ("gtin", "73513537"),
    ("gtin", "036000291452"),
    ("gtin", "4006381333931"),
    ("gtin", "10012345678902"),
    ("s10", "RR473124829CN"),
    ("vin", "1M8GDM9AXKP042788"),
    ("vin", "LSVAA49J132047371"),
    ("cn_declaration_no", "940220260123456789"),
    ("cn_declaration_no", "29282026E000000001"),
    ("cn_inventory_no", "29242020I439440284"),
    ("cn_inventory_no", "29242020E12345678901"),
    ("cn_pre_no", "B20260701000000001"),
    ("eaeu_declaration_no", "55302/150726/0012345"),
    ("eaeu_declaration_no", "10702070/290224/0012345"),
    ("aeo", "AEOCN3301964J31"),
    ("aeo", "AEOKZ1"),
]

UNLAWFUL = [
    ("hs_code", "0001", "chapter"),
    ("hs_code", "7701", "chapter"),
    ("hs_code", "9801", "chapter"),
    ("hs_code", "01012", "4, 6, 8 or 10"),
    ("hs_code", "010121000000", "4, 6, 8 or 10"),
    ("hs_code", "01", "4, 6, 8 or 10"),
    ("hs_code_national", "7701", "chapter"),
    ("uscc", "91110000600037341M", "check digit"),
    ("uscc", "9111000060003734IL", "18 characters"),
    ("uscc", "91110000600037341", "18 characters"),
    ("customs10", "330196431", "10 characters"),
    ("customs10", "A301964J31", "first four digits"),
    ("cn_resident_id", "110105194912310021", "check digit"),
    ("cn_resident_id", "110105194902310021", "not a day"),
    ("cn_resident_id", "110105494912310021", "date of birth"),
    ("cn_resident_id", "110105491231002", "17 digits"),
    ("kz_iin", "061211600013", "check digit"),
    ("kz_iin", "061311600012", "not a day"),
    ("kz_iin", "061211700012", "seventh digit"),
    ("kz_iin", "000000000000", "seventh digit"),
    ("kz_iin", "06121160001", "12 digits"),
    ("kz_bin", "941240000194", "check digit"),
    ("kz_bin", "941340000193", "month"),
    ("kz_bin", "941230000193", "fifth"),
    ("kz_bin", "941244000193", "sixth"),
    ("iso6346", "CSQU3054384", "check digit"),
    ("wagon", "52895060", "check digit"),
    ("wagon", "505126180016", "check digit"),
    ("wagon", "123456", "7, 8 or 12"),
    ("iso6346", "CSQX3054383", "letters of the owner"),
    ("gtin", "4006381333932", "check digit"),
    ("gtin", "40063813339", "8, 12, 13 or 14"),
    ("s10", "RR473124828CN", "check digit"),
    ("s10", "R4473124829CN", "two letters"),
    ("vin", "1M8GDM9AXKP04278O", "without I, O and Q"),
    ("vin", "1M8GDM9AXKP04278", "17 characters"),
    ("cn_declaration_no", "940220262123456789", "18 characters"),
    ("cn_declaration_no", "94022026012345678", "18 characters"),
    ("cn_inventory_no", "29242020X439440284", "I or E"),
    ("cn_inventory_no", "29242020I43944028", "9 to 11"),
    ("cn_pre_no", "B20260231000000001", "not a day"),
    ("eaeu_declaration_no", "55302/310226/0012345", "not a day"),
    ("eaeu_declaration_no", "5530/150726/0012345", "5 or 8"),
    ("aeo", "AEOCN123", "10-character"),
    ("aeo", "CN3301964J31", "AEO"),
]


@pytest.mark.parametrize(("kind", "text"), LAWFUL)
def test_lawful(kind: str, text: str) -> None:
    assert why_not(kind, text) is None
    assert is_valid(kind, text)


@pytest.mark.parametrize(("kind", "text", "why"), UNLAWFUL)
def test_unlawful(kind: str, text: str, why: str) -> None:
    sentence = why_not(kind, text)
    assert sentence is not None
    assert why in sentence
    assert len(text) < 9 or text not in sentence  # it may be personal data
    assert sentence.endswith(".")


@pytest.mark.parametrize(("kind", "text"), LAWFUL)
def test_nothing_is_silently_put_right(kind: str, text: str) -> None:
    wide = "".join(chr(ord(char) + 0xFEE0) for char in text)
    for spoilt, why in (
        (wide, "outside ASCII"),
        (f" {text}", "space"),
        (f"{text}\n", "space"),
        (f"{text}\x00", "invisible"),
        ("", "empty"),
    ):
        assert why in (why_not(kind, spoilt) or "")
    if text.lower() != text:
        assert "lower-case" in (why_not(kind, text.lower()) or "")


def test_every_kind_is_in_the_tables() -> None:
    assert {kind for kind, _ in LAWFUL} == {kind for kind, _, _ in UNLAWFUL} == set(IdKind)


def test_unknown_kind() -> None:
    with pytest.raises(InvalidValue, match="no such identifier"):
        why_not("passport", "1")


@pytest.mark.parametrize("kind", list(IdKind))
def test_named_validators(kind: IdKind) -> None:
    if kind is IdKind.HS_CODE_NATIONAL:
        assert ids.is_hs_code("9801", national_use=True)
        return
    named = getattr(ids, f"is_{kind}")
    for other, text in LAWFUL:
        assert named(text) is is_valid(kind, text)
        assert named(text) or other != kind


def test_vin_check_digit_binds_in_north_america_only() -> None:
    assert ids.vin_check_digit("1M8GDM9AXKP042788")
    assert ids.vin_check_digit("1" * 17)
    assert not ids.vin_check_digit("1M8GDM9A0KP042788")
    assert not ids.vin_check_digit("1M8GDM9AXKP04278O")


@given(st.from_regex(r"\A[0-9]{17}\Z"))
def test_resident_check_agrees_with_stdnum(first17: str) -> None:
    assert ids.complete_cn_resident_id(first17)[-1] == ric.calc_check_digit(f"{first17}0")


@given(st.from_regex(r"\A(?:[0-9]{7}|[0-9]{11,13})\Z"))
def test_trade_items_agree_with_stdnum(body: str) -> None:
    number = body + gtin_check(body)
    assert ids.is_gtin(number)
    assert ean.is_valid(number)


@given(st.from_regex(r"\A[0-9]{12}\Z"))
def test_complete_gtin13(first12: str) -> None:
    assert ean.validate(ids.complete_gtin13(first12))


@given(st.from_regex(r"\A[A-Z]{3}[UJZ][0-9]{7}\Z"))
def test_containers_agree_with_stdnum(text: str) -> None:
    assert ids.is_iso6346(text) is iso6346.is_valid(text)


@given(st.from_regex(r"\A9[0-9]{7}[0-9A-HJ-NPQRTUWXY]{9}\Z"), st.sampled_from(uscc._alphabet))
def test_credit_codes_agree_with_stdnum(first17: str, last: str) -> None:
    right = first17 + uscc.calc_check_digit(first17)
    assert ids.is_uscc(right)
    assert ids.is_uscc(first17 + last) is uscc.is_valid(first17 + last)


@given(st.from_regex(r"\A[0-9]{11}\Z"))
def test_kazakh_check_has_a_retry_and_then_gives_up(first11: str) -> None:
    digits = [int(digit) for digit in first11]
    once = sum(d * w for d, w in zip(digits, range(1, 12), strict=True)) % 11
    again = sum(d * w for d, w in zip(digits, [*range(3, 12), 1, 2], strict=True)) % 11
    want = once if once < 10 else again
    assert ids.complete_kz_iin(first11) == (f"{first11}{want}" if want < 10 else None)


def test_some_kazakh_beginnings_are_never_issued() -> None:
    never = [
        first11
        for number in range(100_000)
        if ids.complete_kz_iin(first11 := f"900101{number:05d}") is None
    ]
    assert 500 < len(never) < 1500
    assert not any(ids.is_kz_iin(f"{never[0]}{digit}") for digit in range(10))


@given(st.from_regex(r"\A[0-9]{8}\Z"))
def test_postal_items(serial8: str) -> None:
    number = ids.complete_s10("RR", serial8, "KZ")
    assert ids.is_s10(number)
    total = sum(int(d) * w for d, w in zip(number[2:10], ids.S10_WEIGHTS, strict=True))
    remainder = 11 - total % 11
    assert int(number[10]) == (0 if remainder == 10 else 5 if remainder == 11 else remainder)


@pytest.mark.parametrize(
    ("complete", "arguments"),
    [
        (ids.complete_cn_resident_id, ("1" * 16,)),
        (ids.complete_cn_resident_id, ("１" * 17,)),
        (ids.complete_kz_iin, ("1" * 12,)),
        (ids.complete_gtin13, ("1" * 12 + "\n",)),
        (ids.complete_s10, ("rr", "1" * 8, "CN")),
        (ids.complete_s10, ("RR", "1" * 9, "CN")),
        (ids.complete_s10, ("RR", "1" * 8, "CHN")),
    ],
)
def test_completion_refuses_other_text(complete: object, arguments: tuple[str, ...]) -> None:
    with pytest.raises(InvalidValue):
        complete(*arguments)  # type: ignore[operator]
