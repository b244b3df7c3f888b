"""Published tariffs, rates of exchange, names of goods: read whole, or refused with the place."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from silkport.formats.rates_of_exchange import read_rates
from silkport.formats.tariff import TEN_DIGIT_COLUMNS, read_tariff
from silkport.formats.tariff_names import read_published_names
from silkport.kernel.errors import LimitExceeded, RatesRefused, TariffRefused
from silkport.law.quotes import Quote
from silkport.law.tariff.entries import Entry, read_entries, write_entries
from silkport.law.tariff.names import LANGUAGES, Hit, search, write_names
from silkport.law.tariff.rates import Shape
from silkport.law.tariff.seasons import Season
from silkport.law.tariff.sentences import parse_rate, print_rate

START = date(2026, 3, 8)
ETT = "eaeu-ett/eaeu_ett_10digit.csv"
TREE = "eaeu-ett/eaeu_ett_tree.csv"
HEADER = ",".join(TEN_DIGIT_COLUMNS)


def tariff_of(data: bytes) -> list[Entry]:
    return read_tariff(data, "file.csv", source="CCT", start=START)


def listed(*rows: str) -> bytes:
    return "\n".join((HEADER, *rows, "")).encode()


def refusal(data: bytes) -> str:
    with pytest.raises(TariffRefused) as refused:
        tariff_of(data)
    return str(refused.value)


def test_the_common_customs_tariff(shared_data: Callable[[str], Path]) -> None:
    entries = tariff_of(shared_data(ETT).read_bytes())
    assert len(entries) == 12_600
    assert Counter(entry.rate.shape for entry in entries) == {
        Shape.PERCENT: 10_960,
        Shape.GREATER: 1_023,
        Shape.SPECIFIC: 585,
        Shape.SUM: 32,
    }
    assert not [entry for entry in entries if entry.name[:1] in "–- "]
    assert {entry.start for entry in entries} == {START}
    assert read_entries(write_entries(entries), "x") == entries


def test_its_rates_are_those_of_the_tree(shared_data: Callable[[str], Path]) -> None:
    """The list has the parts of each rate, the tree of the same tariff the official sentence."""
    rates = {entry.hs: entry.rate for entry in tariff_of(shared_data(ETT).read_bytes())}
    with shared_data(TREE).open(encoding="utf-8-sig") as file:
        sentences = {row["code"]: row["rate_text"] for row in csv.DictReader(file)}
    wrong = [hs for hs, rate in rates.items() if print_rate(rate, "ru") != sentences[hs]]
    assert wrong == []


def test_its_seasonal_codes(shared_data: Callable[[str], Path]) -> None:
    seasons = {e.hs: e.season for e in tariff_of(shared_data(ETT).read_bytes()) if e.season}
    assert len(seasons) == 27
    assert seasons["0808101000"] == Season((9, 16), (12, 15))
    assert seasons["0709601002"] == Season((10, 1), (3, 31))
    assert seasons["0707000501"] == Season((1, 1), (2, 29)), "to the end of February"
    assert {hs[:2] for hs in seasons} == {"07", "08", "17"}


ROW = '0808101000,"– – сидр, с 16 сентября по 15 декабря",кг N,max,10,0.06,EUR,1,кг,63С),08.03.2026'


def test_a_row_in_full() -> None:
    assert tariff_of(listed(ROW)) == [
        Entry(
            hs="0808101000",
            rate=parse_rate("10, но не менее 0,06 евро за 1 кг"),
            season=Season((9, 16), (12, 15)),
            unit="KNI",
            footnote="63С)",
            name="сидр, с 16 сентября по 15 декабря",
            start=START,
            source="CCT",
        )
    ]


def test_a_mark_and_line_ends_of_a_spreadsheet() -> None:
    data = b"\xef\xbb\xbf" + listed(ROW).replace(b"\n", b"\r\n")
    assert tariff_of(data) == tariff_of(listed(ROW))


def a_row(**cells: str) -> str:
    lawful = {"code": "0101210000", "rate_kind": "advalorem", "ad_valorem_pct": "5"} | cells
    return ",".join(lawful.get(column, "") for column in TEN_DIGIT_COLUMNS)


AMOUNT = {
    "specific_amount": "1",
    "specific_currency": "EUR",
    "specific_per_qty": "1",
    "specific_unit": "кг",
}
WRONG = [
    ({"code": "101210000"}, "row 2, code: '101210000' has 9 digits"),
    ({"code": "O101210000"}, "row 2, code: 'O101210000' is no commodity code"),
    ({"ad_valorem_pct": "0.05"}, "row 2, rate_kind to specific_unit: "),
    ({"ad_valorem_pct": "-5"}, "negative"),
    ({"ad_valorem_pct": "5000"}, "'5000'"),
    ({"ad_valorem_pct": ""}, "row 2, ad_valorem_pct: advalorem needs percentage"),
    ({"rate_kind": "sum"}, "row 2, rate_kind: 'sum' is no kind"),
    ({"rate_kind": "max"}, "row 2, specific_amount: max needs the whole amount"),
    ({"rate_kind": "specific"} | AMOUNT, "row 2, ad_valorem_pct: specific has no percentage"),
    (AMOUNT, "row 2, specific_amount: advalorem has no amount"),
    ({"rate_kind": "max"} | AMOUNT | {"specific_unit": "пуд"}, "пуд"),
    ({"rate_kind": "max"} | AMOUNT | {"specific_currency": "ECU"}, "rate_kind to specific_unit"),
    ({"rate_kind": "max"} | AMOUNT | {"specific_per_qty": "0"}, "rate_kind to specific_unit"),
    ({"supp_unit": "ш" * 50}, "row 2, supp_unit: "),
    ({"name_ru": "с 31 апреля по 1 мая"}, "row 2, name_ru: "),
    ({"chapter_pdf_date": "08.03.20"}, "row 2, chapter_pdf_date: '08.03.20' is no day"),
]


@pytest.mark.parametrize(("cells", "said"), WRONG)
def test_a_wrong_cell_is_named_as_the_file_calls_it(cells: dict[str, str], said: str) -> None:
    text = refusal(listed(a_row(code="0101291000"), a_row(**cells)).replace(b"row 2", b"row 3"))
    assert said.replace("row 2", "row 3") in text


def test_a_code_that_stands_twice() -> None:
    text = refusal(listed(a_row(), a_row(ad_valorem_pct="10")))
    assert "row 3, start: 0101210000 duty has a rate on days from 2026-03-08 in row 2" in text


def test_the_list_needs_a_day_and_an_act() -> None:
    for given_ in ({"source": "CCT"}, {"start": START}):
        with pytest.raises(TariffRefused, match="--start and --source"):
            read_tariff(listed(a_row()), "x", **given_)


def test_a_list_cut_anywhere_but_between_rows_is_refused(
    shared_data: Callable[[str], Path],
) -> None:
    rows = shared_data(ETT).read_bytes().split(b"\n")[:12]
    data = b"\n".join(rows) + b"\n"
    whole = tariff_of(data)
    for cut in range(len(data) - len(rows[-1]) - len(rows[-2]), len(data)):
        if data[:cut].endswith(b"\n"):
            assert tariff_of(data[:cut]) == whole[:-1]
        else:
            assert "the file cut?" in refusal(data[:cut]), cut


BYTES = [
    (b"", "it is empty"),
    (b"\xef\xbb\xbf", "it is empty"),
    (listed(ROW).decode().encode("cp1251"), "byte 13 of row 2 is 0x96, which is not UTF-8 there"),
    (listed(ROW).decode().encode("utf-16"), "it is UTF-16; save it as UTF-8"),
    (b"PK\x03\x04rest", "it is a workbook or another zip archive"),
    (b"%PDF-1.7", "it is a PDF"),
    (b"\x1f\x8b\x08\x00", "it is a gzip archive"),
    (b"\x00" * 100, "its header"),
    (
        listed(ROW).replace("сидр".encode(), b"\x00\x01"),
        "row 2: character 17 of the line is U+0000",
    ),
    (listed(a_row(name_ru='"' + "x" * 70_000 + '"')), "70,0"),
    (b"[]\n", "its header"),
]


@pytest.mark.parametrize(("data", "said"), BYTES)
def test_bytes_that_are_no_table(data: bytes, said: str) -> None:
    assert said in refusal(data)


def test_a_file_above_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("silkport.formats.law_text.MAX_TARIFF_BYTES", 100)
    with pytest.raises(LimitExceeded, match="MAX_TARIFF_BYTES"):
        tariff_of(listed(ROW))


@given(st.binary(max_size=300) | st.text(max_size=200).map(str.encode))
def test_junk_is_refused_by_every_reader(junk: bytes) -> None:
    headers = (b"", listed(), b"date,currency,nominal,rate\n", b"hs,name\n", b"{", b'{"code":')
    for header in headers:
        with pytest.raises(TariffRefused):
            tariff_of(header + junk)
        with pytest.raises(RatesRefused):
            rates_of(header + junk)
        with pytest.raises(TariffRefused):
            names_of(header + junk, "en")


# Rates of exchange.


def rates_of(data: bytes, **arguments: str) -> list[Quote]:
    return read_rates(data, "file.csv", **({"account": "KZT", "source": "bank"} | arguments))


def quoted(*rows: str) -> bytes:
    return "\n".join(("date,currency,nominal,rate", *rows, "")).encode()


def test_documented_rates() -> None:
    found = rates_of(quoted("2026-10-21,USD,1,449.74", "2026-10-21,UZS,100,3.746964"))
    assert [(one.currency, one.nominal, one.rate_e6) for one in found] == [
        ("USD", 1, 449_740_000),
        ("UZS", 100, 3_746_964),
    ]
    assert {(one.source, one.confidence) for one in found} == {("bank", "cited")}


WRONG_RATES = [
    ("2026-10-21,USD,1,0", "row 2, rate: '0' is not positive"),
    ("2026-10-21,USD,1,-449", "row 2, rate: '-449' is not positive"),
    ("2026-10-21,USD,1,1.2345678", "has more than 6 decimals"),
    ('2026-10-21,USD,1,"449,74"', "row 2, rate: "),
    ("2026-10-21,USD,1,1e3", "row 2, rate: "),
    ("2026-10-21,USD,5,449.74", "row 2, nominal: '5' units are never quoted together"),
    ("2026-10-21,Usd,1,449.74", "row 2, currency: 'Usd' is no currency"),
    ("2026-10-21,KZT,1,1", "row 2, currency: KZT is the currency of account itself"),
    ("21.10.2026,USD,1,449.74", "row 2, date: '21.10.2026' is no day"),
    ("2026-10-21,USD,1", "row 2: it has 3 cells, the header 4; is the file cut?"),
    ("2026-10-21,USD,1,449\n2026-10-21,USD,1,450", "row 3: USD of 2026-10-21 stands in row 2"),
    ("", "it holds no quotation"),
]


@pytest.mark.parametrize(("row", "said"), WRONG_RATES)
def test_wrong_rates_are_refused(row: str, said: str) -> None:
    with pytest.raises(RatesRefused) as refused:
        rates_of(quoted(row))
    assert said in str(refused.value)


def test_cross_rates_are_exact_and_unverified(shared_data: Callable[[str], Path]) -> None:
    """Against decimal arithmetic, on every day of the national bank's file."""
    path = shared_data("fx-nbp/pln_per_unit.csv")
    with path.open(encoding="utf-8") as file:
        values = {
            (row["date"], row["currency"]): Decimal(row["pln_per_unit"])
            for row in csv.DictReader(file)
        }
    found = rates_of(path.read_bytes(), through="PLN")
    assert len(found) == 13_310
    assert {one.confidence for one in found} == {"unverified"}
    assert {one.source for one in found} == {"bank; cross rate through PLN"}
    for one in found:
        value = values.get((f"{one.day}", one.currency), Decimal(1))
        cross = one.nominal * value / values[f"{one.day}", "KZT"]
        assert one.rate_e6 == int((cross * 10**6).quantize(Decimal(1), ROUND_HALF_UP))
        assert one.rate_e6 >= 10**6 or one.nominal == 10_000
    latest = {one.currency: one for one in found if one.day == date(2026, 10, 21)}
    assert latest["CNY"].rate_e6 // 10**4 == 6735
    assert latest["UZS"].nominal == 100


def crossed(*rows: str) -> bytes:
    return "\n".join(("date,currency,pln_per_unit,nbp_table", *rows, "")).encode()


def test_days_without_the_currency_of_account_give_nothing() -> None:
    rows = ("2026-10-21,USD,4,A", "2026-10-21,KZT,0.008,B", "2026-10-22,USD,5,A")
    found = rates_of(crossed(*rows))
    assert [(f"{one.day}", one.currency, one.rate_e6) for one in found] == [
        ("2026-10-21", "PLN", 125_000_000),
        ("2026-10-21", "USD", 500_000_000),
    ]


@pytest.mark.parametrize(
    ("rows", "arguments", "said"),
    [
        (("2026-10-21,USD,4,A",), {}, "it has no rate of KZT, the currency of account"),
        (("2026-10-21,KZT,0.008,A",), {"through": "EUR"}, "its rates are in PLN, not through EUR"),
        (("2026-10-21,KZT,0,A",), {}, "row 2, pln_per_unit: '0' is not positive"),
        (("2026-10-21,KZT,x,A",), {}, "row 2, pln_per_unit: "),
        (("2026-10-21,KZT,1,A", "2026-10-21,KZT,2,A"), {}, "stands in row 2 already"),
    ],
)
def test_what_cannot_be_crossed(rows: tuple[str], arguments: dict[str, str], said: str) -> None:
    with pytest.raises(RatesRefused) as refused:
        rates_of(crossed(*rows), **arguments)
    assert said in str(refused.value)


# Names of goods, and the search among them.


def names_of(data: bytes, language: str) -> dict[tuple[str, str], str]:
    found = read_published_names(data, "file.csv", language=language, source="names")
    assert read_published_names(write_names(found).encode(), "x", language="", source="") == found
    return {(name.hs, name.language): name.name for name in found}


def test_layouts_of_names(shared_data: Callable[[str], Path]) -> None:
    english = names_of(shared_data("hs-text/hs2022_en.csv").read_bytes(), "en")
    assert english["610510", "en"] == "Shirts; men's or boys', of cotton, knitted or crocheted"
    russian = names_of(shared_data("hs-text/eaeu_tnved_ru_2022.jsonl").read_bytes(), "ru")
    assert russian["0101", "ru"] == "ЛОШАДИ, ОСЛЫ, МУЛЫ И ЛОШАКИ ЖИВЫЕ"
    chinese = names_of(shared_data("hs-text/cn_hs10_zh_2019.jsonl").read_bytes(), "zh")
    assert chinese["0101210010", "zh"] == "改良种用濒危野马"
    tree = names_of(shared_data(TREE).read_bytes(), "ru")
    assert tree["0101210000", "ru"] == "лошади: чистопородные племенные животные"
    assert tree["010129", "ru"] == "лошади: прочие"
    assert tree["0101291000", "ru"] == "убойные"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"hs,name\n61,\n", "row 2, name: it is empty"),
        (b"hs,name\n6,Shirts\n", "row 2, hs: '6' is no commodity code"),
        (b"hs,name\n61,A\n61,B\n", "row 3, hs: 61 has a name in en in row 2 already"),
        (b"hs,language,name\n61,de,Hemd\n", "row 2, language: 'de' is no language here"),
        (b"hs,name\n", "it holds no name"),
        (b'{"code": "61", "name": "A"}\n{"code"', "row 2: "),
        (b'{"code": 61, "name": "A"}', "row 1, code: '61' is no text"),
        (b'{"code": "61"}', "row 1, name: it is empty"),
        (b"{" * 5_000, "row 1: "),
    ],
)
def test_names_that_are_refused(data: bytes, said: str) -> None:
    with pytest.raises(TariffRefused) as refused:
        names_of(data, "en")
    assert said in str(refused.value)


def test_cotton_shirts(shared_data: Callable[[str], Path]) -> None:
    entries = tariff_of(shared_data(ETT).read_bytes())
    names = names_of(shared_data("hs-text/hs2022_en.csv").read_bytes(), "en")

    def found(query: str, language: str = "en") -> list[Hit]:
        return search(entries, names, query, day=START, language=language)

    hits = found("cotton shirts")
    assert [hit.hs for hit in hits[:2]] == ["6105100000", "6106100000"]
    assert hits[0].path[-1] == "из хлопчатобумажной пряжи"
    assert hits[0].path[-2] == "Shirts; men's or boys', of cotton, knitted or crocheted"
    assert {hit.hs for hit in found("SHIRTS, cotton!")} == {hit.hs for hit in hits}
    assert {hit.hs for hit in found("cott shir")} >= {hit.hs for hit in hits}
    assert [hit.hs for hit in found("cotton shirts 6205")] == ["6205200000"]
    assert len(found("0702")) == 8
    assert found("томаты")[0].path[-1] == "томаты"
    assert found("неттомассой") == []
    assert found("") == found("—") == []
    assert search(entries, names, "shirts", day=date(2026, 3, 7), language="en") == []


def test_names_above_a_code_count_less_than_its_own() -> None:
    entries = [
        Entry(hs=hs, rate=parse_rate("5"), name=name, start=START, source="x")
        for hs, name in (("0101210000", "прочие"), ("0101300000", "лошади"), ("02", "лошадиное"))
    ]
    names = {("0101", "ru"): "Лошади, ослы живые", ("010121", "ru"): "племенные"}
    hits = search(entries, names, "лошади", day=START, language="ru")
    assert [hit.hs for hit in hits] == ["0101300000", "02", "0101210000"]
    assert hits[2].path == ("Лошади, ослы живые", "племенные", "прочие")
    assert [hit.hs for hit in search(entries, names, "ослы племенные", day=START, language="en")]
    assert set(LANGUAGES) == {"en", "zh", "ru", "kk"}
