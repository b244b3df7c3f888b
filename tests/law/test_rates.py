"""Rates of duty as official sentences: what is read, what is printed, what is refused and where."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from silkport.kernel.errors import InvalidValue, UnreadableRate
from silkport.law.tariff.currencies import CURRENCIES
from silkport.law.tariff.rates import MAX_DUTY_PPM, Shape, Specific, TariffRate
from silkport.law.tariff.sentences import parse_rate, print_rate
from silkport.law.tariff.units import UNIT_TABLE

PER_KG = Specific(200_000, "EUR", 1, "KGM")
HALF_PER_KG = Specific(500_000, "EUR", 1, "KGM")
TWO_PER_KG = Specific(2_000_000, "EUR", 1, "KGM")


def percent(ppm: int) -> TariffRate:
    return TariffRate(shape=Shape.PERCENT, duty_ppm=ppm)


def specific(*parts: int | str) -> TariffRate:
    return TariffRate(shape=Shape.SPECIFIC, specific=Specific(*parts))  # type: ignore[arg-type]


def greater(ppm: int, amount: Specific) -> TariffRate:
    return TariffRate(shape=Shape.GREATER, duty_ppm=ppm, specific=amount)


def lesser(**parts: int | Specific) -> TariffRate:
    return TariffRate(shape=Shape.LESSER, **parts)  # type: ignore[arg-type]


# Sentences: Russian, English, the rate.

SENTENCES = [
    ("0", "0", percent(0)),
    ("15", "15", percent(150_000)),
    ("3,75", "3.75", percent(37_500)),
    ("0,5", "0.5", percent(5_000)),
    ("0,1", "0.1", percent(1_000)),
    ("0,05 %", "0.05 %", percent(500)),
    ("1000", "1000", percent(MAX_DUTY_PPM)),
    ("0,06 евро за 1 кг", "0.06 EUR per 1 kg", specific(60_000, "EUR", 1, "KGM")),
    (
        "60 долларов США за 1000 кг",
        "60 USD per 1000 kg",
        specific(60_000_000, "USD", 1000, "KGM"),
    ),
    ("1 доллар США за 1 кг", "1 USD per 1 kg", specific(1_000_000, "USD", 1, "KGM")),
    ("171 доллар США за 1 т", "171 USD per 1 t", specific(171_000_000, "USD", 1, "TNE")),
    ("2 доллара США за 1 кг", "2 USD per 1 kg", specific(2_000_000, "USD", 1, "KGM")),
    ("11 долларов США за 1 г", "11 USD per 1 g", specific(11_000_000, "USD", 1, "GRM")),
    ("0,5 доллара США за 1 карат", "0.5 USD per 1 carat", specific(500_000, "USD", 1, "CTM")),
    ("1,5 юаня за 3 пары", "1.5 CNY per 3 pairs", specific(1_500_000, "CNY", 3, "PR")),
    ("21 юань за 1 м²", "21 CNY per 1 m²", specific(21_000_000, "CNY", 1, "MTK")),
    ("5 юаней за 1 м³", "5 CNY per 1 m³", specific(5_000_000, "CNY", 1, "MTQ")),
    ("7 тенге за 1 л", "7 KZT per 1 l", specific(7_000_000, "KZT", 1, "LTR")),
    ("22 рубля за 1 шт", "22 RUB per 1 piece", specific(22_000_000, "RUB", 1, "H87")),
    ("4 GBP за 100 пар", "4 GBP per 100 pairs", specific(4_000_000, "GBP", 100, "PR")),
    ("0,75 евро за 1 пару", "0.75 EUR per 1 pair", specific(750_000, "EUR", 1, "PR")),
    ("2 евро за 1000 шт", "2 EUR per 1000 pieces", specific(2_000_000, "EUR", 1000, "H87")),
    (
        "2 евро за 1 л 100% спирта",
        "2 EUR per 1 l of 100% alcohol",
        specific(2_000_000, "EUR", 1, "LPA"),
    ),
    (
        "3,2 евро за 1 см³ объема двигателя",
        "3.2 EUR per 1 cm³ of engine capacity",
        specific(3_200_000, "EUR", 1, "CMQ"),
    ),
    (
        "15, но не менее 0,2 евро за 1 кг",
        "15, but not less than 0.2 EUR per 1 kg",
        greater(150_000, PER_KG),
    ),
    (
        "10 плюс 0,2 евро за 1 кг",
        "10 plus 0.2 EUR per 1 kg",
        TariffRate(shape=Shape.SUM, duty_ppm=100_000, specific=PER_KG),
    ),
    (
        "10, но не менее 0,2 евро за 1 кг, но не более 0,5 евро за 1 кг",
        "10, but not less than 0.2 EUR per 1 kg, but not more than 0.5 EUR per 1 kg",
        lesser(duty_ppm=100_000, specific=PER_KG, cap=HALF_PER_KG),
    ),
    (
        "10, но не менее 0,2 евро за 1 кг, но не более 15 %",
        "10, but not less than 0.2 EUR per 1 kg, but not more than 15 %",
        lesser(duty_ppm=100_000, specific=PER_KG, cap_ppm=150_000),
    ),
    (
        "10, но не более 2 евро за 1 кг",
        "10, but not more than 2 EUR per 1 kg",
        lesser(duty_ppm=100_000, cap=TWO_PER_KG),
    ),
    (
        "0,2 евро за 1 кг, но не более 15 %",
        "0.2 EUR per 1 kg, but not more than 15 %",
        lesser(specific=PER_KG, cap_ppm=150_000),
    ),
]


@pytest.mark.parametrize(("russian", "english", "rate"), SENTENCES)
def test_official_sentence(russian: str, english: str, rate: TariffRate) -> None:
    assert parse_rate(russian) == parse_rate(english) == rate
    assert print_rate(rate, "ru") == russian
    assert print_rate(rate, "en") == english


READ_AS_WELL = [
    ("15%, но не менее 0.2евро/кг", "15, но не менее 0,2 евро за 1 кг"),
    ("15 %", "15"),
    (" 15,0 ", "15"),
    ("50%, но не менее 1 евро за 1 кг", "50, но не менее 1 евро за 1 кг"),
    ("€0.2 per 1 kg", "0,2 евро за 1 кг"),
    ("EUR 0.2 per kg", "0,2 евро за 1 кг"),
    (
        "19%, but not less than 0.68 Euros per cm3",
        "19, но не менее 0,68 евро за 1 см³ объема двигателя",
    ),
    ("50%, but not less than 0.75 Euros/kg", "50, но не менее 0,75 евро за 1 кг"),
    ("30, but not less than 60 € / 1000 kg", "30, но не менее 60 евро за 1000 кг"),
    ("15 but not less than 0.5 EUR/kg", "15, но не менее 0,5 евро за 1 кг"),
    ("Free", "0"),
    ("беспошлинно", "0"),
    ("171 долларов США за 1 000 кг", "171 доллар США за 1000 кг"),
    ("5 ЕВРО ЗА 1 Л 100 % СПИРТА", "5 евро за 1 л 100% спирта"),
    ("10 + 1\u00a0евро за 1\u00a0кг", "10 плюс 1 евро за 1 кг"),
    ("0,250 евро за 1 кг", "0,25 евро за 1 кг"),
    ("1,250 евро за 1 кг", "1,25 евро за 1 кг"),
    ("12,125", "12,125"),
    ("10 per cent but not more than 2 EUR per kg", "10, но не более 2 евро за 1 кг"),
]


@pytest.mark.parametrize(("text", "official"), READ_AS_WELL)
def test_other_spellings_are_printed_officially(text: str, official: str) -> None:
    assert print_rate(parse_rate(text), "ru") == official


REFUSED = [
    ("15 but not les than 3", "but not les than", "join two parts"),
    ("10 <1С>", "<1С>", "footnote"),
    ("10 63С)", "63С)", "footnote"),
    ("0,06 евро за 1 кг 63С)", "63С)", "footnote"),
    ("10 63С), но не менее 1 евро за 1 кг", "63С)", "footnote"),
    ("10*", "*", "footnote"),
    ("0.05", "0.05", "5 % is written 5"),
    ("0,05", "0,05", "5 % is written 5"),
    ("0,05, но не менее 0,2 евро за 1 кг", "0,05", "5 % is written 5"),
    ("-5", "-5", "negative"),
    ("−5 %", "−5", "negative"),
    ("10 plus -0.2 EUR per kg", "-0.2", "negative"),
    ("1000.0001", "1000.0001", "above 1000"),
    ("1,000", "1,000", "comma"),
    ("1,250 USD per 1000 kg", "1,250", "comma"),
    ("5 EUR per 1 bushel", "bushel", "unit"),
    ("5 EUR per hectolıtre", "hectolıtre", "unit"),
    ("5 XYZ per 1 kg", "XYZ", "currency"),
    ("5 долларов за 1 кг", "долларов", "currency"),
    ("5 $ per kg", "$", "currency"),
    ("0.2 per kg", "0.2 per", "currency of the amount is missing"),
    ("", "", "empty"),
    (" \n", " ", "empty"),
    ("15 abc", "abc", "join two parts"),
    ("15,", ",", "join two parts"),
    ("15\u200b", "\u200b", "join two parts"),
    ("15 10", "10", "second number"),
    ("15 000 EUR per 1 kg", "000", "second number"),
    ("١٥", "١٥", "another script"),
    ("15, но не менее １ евро за 1 кг", "１", "another script"),
    ("1e3", "1e3", "exponent"),
    ("1.5E-2 EUR per kg", "1.5E-2", "exponent"),
    ("15.5.5", "15.5.5", "one decimal mark"),
    ("015", "015", "begin with 0"),
    ("0.1234567 EUR per kg", "0.1234567", "6 decimals"),
    ("1.23456", "1.23456", "4 decimals"),
    ("1 EUR per 3 kg", "1 EUR per 3 kg", "billionths"),
    ("0 EUR per 1 kg", "0 EUR per 1 kg", "positive"),
    ("9999999999 EUR per kg", "9999999999 EUR per kg", "thousand million"),
    ("5 EUR per 0 kg", "0", "whole numbers"),
    ("5 EUR per 1.5 kg", "1.5", "whole numbers"),
    ("5 EUR per 1000001 kg", "5 EUR per 1000001 kg", "1000000 units"),
    ("5 EUR", "5 EUR", "quantity"),
    ("5 EUR per", "per", "unit that"),
    ("5 EUR per 1 ", "1", "unit that"),
    ("15, but not less than", "but not less than", "nothing follows"),
    ("15, but not less than 5", "5", "currency and unit"),
    ("0.2 EUR per kg, but not less than 10", "but not less than", "percentage stands first"),
    ("0.2 EUR per kg, but not more than 15", "15", "its sign"),
    ("10, but not more than 5 %", "but not more than 5 %", "by an amount"),
    ("10 plus 1 EUR/kg, but not more than 3 EUR/kg", "but not more than", "no cap"),
    (
        "10, but not less than 2 EUR/kg, but not more than 1 EUR/kg",
        "but not more than 1 EUR/kg",
        "always holds",
    ),
    (
        "10, but not less than 2 EUR/kg, but not more than 3 USD/kg",
        "but not more than 3 USD/kg",
        "differ",
    ),
    ("–", "–", "number is expected"),
    ("EUR", "EUR", "number is expected"),
    ("abc 5", "abc", "number is expected"),
]


@pytest.mark.parametrize(("text", "part", "reason"), REFUSED)
def test_refused_with_the_characters(text: str, part: str, reason: str) -> None:
    with pytest.raises(UnreadableRate, match=r"^SP-2110 The rate .* cannot be read at") as caught:
        parse_rate(text)
    facts = caught.value.facts
    assert (facts["part"], facts["text"]) == (part, text)
    assert text[int(facts["start"]) - 1 : int(facts["stop"])] == part
    assert reason in str(facts["reason"])


def test_the_error_as_the_operator_reads_it() -> None:
    with pytest.raises(UnreadableRate) as caught:
        parse_rate("15 but not les than 3")
    assert str(caught.value).startswith(
        "SP-2110 The rate '15 but not les than 3' cannot be read at characters 4-19 "
        "('but not les than'): only 'but not less than', 'plus', 'but not more than' join two "
        "parts, once each. A rate is '15', '0.06 EUR per 1 kg', "
    )


def test_a_long_text_is_refused_without_repeating_it() -> None:
    with pytest.raises(UnreadableRate, match="has 100000 characters") as caught:
        parse_rate("1" * 100_000)
    assert len(str(caught.value)) < 1_000


@pytest.mark.parametrize("language", ["zh", "", "EN"])
def test_rates_are_printed_in_no_other_language(language: str) -> None:
    with pytest.raises(InvalidValue, match="en and ru"):
        print_rate(percent(1), language)


def test_a_unit_that_no_tariff_names_is_not_printed() -> None:
    with pytest.raises(InvalidValue, match="no tariff here uses it"):
        print_rate(specific(1, "EUR", 1, "LBR"), "en")


# Properties.

percentages = st.integers(0, MAX_DUTY_PPM)


@st.composite
def amounts(draw: st.DrawFn) -> Specific:
    currency = draw(st.sampled_from(["EUR", "USD", "CNY", "KZT", "RUB", *sorted(CURRENCIES)]))
    found = Specific(
        draw(st.integers(1, 10**4) | st.integers(1, 10**15)),
        currency,
        draw(st.sampled_from([1, 2, 5, 10, 100, 1000, 10**6]) | st.integers(1, 10**6)),
        draw(st.sampled_from(sorted(UNIT_TABLE))),
    )
    assume(found.amount_e6 * 1000 % found.per == 0)
    return found


@st.composite
def rates(draw: st.DrawFn) -> TariffRate:
    shape = draw(st.sampled_from(Shape))
    duty, amount = draw(percentages), draw(amounts())
    if shape is Shape.PERCENT:
        return percent(duty)
    if shape is Shape.SPECIFIC:
        return TariffRate(shape=shape, specific=amount)
    if shape is not Shape.LESSER:
        return TariffRate(shape=shape, duty_ppm=duty, specific=amount)
    inner = draw(st.sampled_from(["percent", "specific", "greater"]))
    if inner == "percent":
        return lesser(duty_ppm=max(duty, 1), cap=amount)
    if inner == "specific":
        return lesser(specific=amount, cap_ppm=max(duty, 1))
    if draw(st.booleans()):
        low = draw(st.integers(0, MAX_DUTY_PPM - 1))
        return lesser(duty_ppm=low, specific=amount, cap_ppm=draw(st.integers(low + 1, 10**7)))
    assume(amount.amount_e6 <= 10**14)
    times = draw(st.integers(2, 10))
    cap = Specific(amount.amount_e6 * times, amount.currency, amount.per, amount.unit)
    return lesser(duty_ppm=max(duty, 1), specific=amount, cap=cap)


@given(rates(), st.sampled_from(["en", "ru"]))
def test_what_is_printed_is_read_as_the_same_rate(rate: TariffRate, language: str) -> None:
    assert parse_rate(print_rate(rate, language)) == rate


pieces = st.sampled_from(
    "15 0,2 0.05 1000 евро EUR € за per / кг л 100% спирта но не менее but not less than , plus "
    "плюс не более not more than % 63С) - × \u00a0 ١ 1e9 пару K ı".split()
) | st.text(max_size=4)


def rate_or_refusal(text: str) -> TariffRate | UnreadableRate:
    try:
        return parse_rate(text)
    except UnreadableRate as refused:
        return refused


@given(st.text(max_size=400) | st.lists(pieces, max_size=25).map(" ".join))
def test_junk_is_refused_and_nothing_else_happens(text: str) -> None:
    found = rate_or_refusal(text)
    if isinstance(found, UnreadableRate):
        start, stop = int(found.facts["start"]), int(found.facts["stop"])
        assert 1 <= start <= stop <= max(len(text), 1)
    else:
        assert parse_rate(print_rate(found, "ru")) == parse_rate(print_rate(found, "en")) == found


@given(rates(), st.sampled_from(["en", "ru"]), st.data())
def test_one_wrong_character_never_crashes(
    rate: TariffRate, language: str, data: st.DataObject
) -> None:
    text = print_rate(rate, language)
    place = data.draw(st.integers(0, len(text) - 1))
    change = data.draw(st.sampled_from(["", ",", ".", "0", " ", "%", "-", "С"]))
    assert rate_or_refusal(text[:place] + change + text[place + 1 :])


# The tariff itself.


def tariff_cells(folder: Path, column: str) -> list[str]:
    with (folder / "eaeu_ett_tree.csv").open(encoding="utf-8-sig", newline="") as file:
        return [row[column] for row in csv.DictReader(file)]


def test_every_rate_of_the_union_tariff(shared_data: Callable[[str], Path]) -> None:
    texts = [
        text
        for text in tariff_cells(shared_data("eaeu-ett"), "rate_text")
        if text not in {"", "(not included)"}
    ]
    assert len(texts) == 12_600
    read = [parse_rate(text) for text in texts]
    for text, rate in dict(zip(texts, read, strict=True)).items():
        assert print_rate(rate, "ru") == text
        assert print_rate(parse_rate(print_rate(rate, "en")), "ru") == text
