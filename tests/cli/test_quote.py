"""silkport quote: what goods would owe, what is missing, and what is wrong with the options."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from lxml import html

from silkport.law.sentences import LANGUAGES
from tests.cli.shell import run
from tests.node.houses import VARIED, Office, a_house, a_line, a_tariff, written_to

DAY = ("--day", "2026-10-01")
SHIRTS = ("--hs", "6109100000", "--origin", "CN", "--price", "2000", "--currency", "USD")
MASSES = ("--net-mass", "60", "--gross-mass", "70")
TERMS = ("--incoterms", "FCA", "--freight-to-border", "400", "--insurance-to-border", "0")
USUAL = (*SHIRTS, *MASSES, *TERMS)


def quoted(*more: object, home: Path, code: int = 0, administration: str = "zz") -> Any:
    result = run("quote", "--as", administration, *DAY, "--home", home, *more, "--json")
    assert result.code == code, result.words
    (quote,) = result.json
    return quote


@pytest.fixture
def nowhere(tmp_path: Path) -> Path:
    """A home that does not exist, and is not made."""
    return tmp_path / "no home"


def test_worked_by_hand(nowhere: Path) -> None:
    quote = quoted(*USUAL, home=nowhere)
    # (2000 + 400) USD × 1.45; 12 %, not less than 0.8 a kilogram; fee 12 + 2 × 5.5; VAT 12 %.
    assert quote["customs_value_minor"] == 348_000
    assert quote["totals_minor"] == {"duty": 41_760, "vat": 47_047, "fee": 2_300}
    assert quote["total_minor"] == 91_107
    assert (quote["price_minor"], quote["share_ppm"]) == (290_000, 314_162)
    assert (quote["is_decision"], quote["is_complete"]) == (False, True)
    assert quote["missing"] == quote["unread"] == quote["unequal"] == []
    assert {one["kind"]: one["day"] for one in quote["deadlines"]} == {
        "appeal": "2026-11-30",
        "refund": "2029-09-30",
    }
    assert not nowhere.exists()


def test_several_lines(nowhere: Path) -> None:
    more = ("--hs", "2203000100", "--price", "500", "--net-mass", "90", "--gross-mass", "100")
    quote = quoted(*USUAL, *more, "--qty", "", "--qty", "400", "--unit", "l", home=nowhere)
    shirts, beer = quote["lines"]
    assert [line["origin"] for line in quote["lines"]] == ["CN", "CN"]
    assert shirts["quantity_e5"] is None
    assert (beer["quantity_e5"], beer["quantity_unit"]) == (40_000_000, "LTR")
    excise = next(row for row in beer["payments"] if row["levy"] == "excise")
    assert (excise["rate"], excise["amount_minor"]) == ("0.3 XTS per 1 l", 12_000)
    assert sum(line["customs_value_minor"] for line in quote["lines"]) == 290 * 1_250 + 58_000


def test_what_decides_and_what_is_quoted_agree(tmp_path: Path) -> None:
    """The same passage: a file gives the amounts that its declaration is charged."""
    office = Office(tmp_path)
    office.decide(*VARIED)
    path = written_to(tmp_path / "quoted", *VARIED)
    result = run("quote", "--as", "zz", "--file", path, "--home", office.home, "--json")
    assert result.code == 0, result.words
    for quote in result.json:
        arguments = ("--tax", "--json", "--home", office.home)
        (decided,) = run("explain", quote["declaration_no"], *arguments).json
        for name in ("totals_minor", "lines", "payments", "amounts", "exchange_rates", "law"):
            assert quote[name] == decided[name], name


def test_the_tariff_of_the_home_is_used(tmp_path: Path) -> None:
    folder = tmp_path / "zz" / "law"
    folder.mkdir(parents=True)
    tariff = a_tariff(folder / "tariff.csv", "6109;20;2024-01-01")
    tariff.write_text(tariff.read_text("utf-8").replace(",cited", "this test,unverified"), "utf-8")
    quote = quoted(*USUAL, home=tmp_path)
    assert quote["totals_minor"]["duty"] == 69_600
    assert [quote["law"][n - 1]["table"] for n in quote["unverified"]] == ["tariff"]
    assert "unverified" in run("quote", "--as", "zz", *DAY, *USUAL, "--home", tmp_path).words


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_rate_that_is_not_on_file(tmp_path: Path, nowhere: Path, language: str) -> None:
    options = (*USUAL, "--lang", language)
    quote = quoted(*options, home=nowhere, code=4, administration="kz")
    assert [one["code"] for one in quote["missing"]] == ["ASS201"]
    assert (quote["is_complete"], quote["share_ppm"]) == (False, None)
    (line,) = quote["lines"]
    assert {row["levy"]: row["amount_minor"] for row in line["payments"]} == {
        "duty": None,
        "vat": None,
    }
    assert set(quote["totals_minor"]) == {"fee"}
    page = tmp_path / "quote.html"
    shown = run("quote", "--as", "kz", *DAY, *options, "--home", nowhere)
    assert shown.code == 4
    assert "6109100000" in shown.out
    assert not set("{}") & set(shown.out)
    written = run("quote", "--as", "kz", *DAY, *options, "--home", nowhere, "--html", page)
    assert (written.code, written.out) == (4, "")
    document = html.document_fromstring(page.read_text("utf-8"))
    assert quote["missing"][0]["sentence"] in document.xpath("string(//body)")
    assert quote["disclaimer"] in document.xpath("string(//body)")
    assert quote["disclaimer"] in shown.words or language == "zh"


@pytest.mark.parametrize(
    ("code", "more", "rule", "unit"),
    [
        ("4011100003", (), "ASS202", "pieces (H87)"),
        ("2203000100", (), "ASS210", "l (LTR)"),
        ("2208201200", ("--qty", "3", "--unit", "l"), "ASS210", "100% alcohol"),
        ("7318150000", (), "ASS211", ""),
    ],
)
def test_a_quantity_that_the_rate_asks_for(
    nowhere: Path, code: str, more: tuple[str, ...], rule: str, unit: str
) -> None:
    options = ("--hs", code, "--origin", "CN", "--price", "100", "--currency", "XTS")
    quote = quoted(*options, *more, "--incoterms", "DAP", home=nowhere, code=4)
    assert rule in [one["code"] for one in quote["missing"]]
    assert any(unit in one["sentence"] for one in quote["missing"])
    rows = quote["lines"][0]["payments"]
    assert {row["levy"] for row in rows if row["amount_minor"] is None} >= {"vat"}


@pytest.mark.parametrize(
    ("options", "rule"),
    [
        ((*SHIRTS, *MASSES, "--incoterms", "FCA"), "VAL203"),
        ((*SHIRTS, *MASSES, "--incoterms", "CIP", "--freight", "9"), "VAL205"),
        (
            ("--hs", "6109100000", "--price", "1", "--currency", "CHF", *MASSES, *TERMS),
            "VAL201",
        ),
        ((*USUAL, "--preference", "XX"), "ASS205"),
    ],
)
def test_what_leaves_an_amount_open(nowhere: Path, options: tuple[str, ...], rule: str) -> None:
    quote = quoted(*options, home=nowhere, code=4)
    assert rule in [one["code"] for one in quote["missing"]]
    assert quote["totals_minor"].keys() <= {"fee"}
    if rule.startswith("VAL"):
        assert quote["customs_value_minor"] is None


def test_findings_of_form_are_not_told(nowhere: Path) -> None:
    quote = quoted(*USUAL, home=nowhere)
    codes = [one["code"] for one in (*quote["missing"], *quote["notes"])]
    assert not [code for code in codes if code.startswith("CHK")]


def test_permits_and_exports(nowhere: Path) -> None:
    pork = ("--hs", "0203111000", "--price", "200", "--currency", "XTS", "--incoterms", "DAP")
    quote = quoted(*pork, "--net-mass", "60", home=nowhere)
    assert {one["kind"] for one in quote["permits"]} == {"L01", "V01"}
    assert all(one["source"] and one["line"] == 1 for one in quote["permits"])
    shown = run("quote", "--as", "zz", *pork, "--net-mass", "60", "--home", nowhere)
    assert "licence for pork" in shown.words
    scrap = ("--hs", "7204100000", "--price", "200", "--currency", "XTS", "--net-mass", "900")
    export = quoted(*scrap, "--direction", "export", home=nowhere)
    assert export["regime"] == "goods_export"
    # 15 %, but not less than 20 EUR × 1.6 for each tonne.
    assert export["totals_minor"]["duty"] == 3_000


@pytest.mark.parametrize("language", LANGUAGES)
def test_in_four_languages(tmp_path: Path, nowhere: Path, language: str) -> None:
    page = tmp_path / "quote.html"
    options = (*USUAL, "--lang", language)
    shown = run("quote", "--as", "zz", *DAY, *options, "--home", nowhere)
    assert shown.code == 0
    assert "911.07 XTS" in shown.out
    assert run("quote", "--as", "zz", *DAY, *options, "--home", nowhere, "--html", page).code == 0
    text = page.read_text("utf-8")
    assert "911.07 XTS" in text
    assert "<script" not in text
    assert "://" not in text


WRONG = {
    "--hs": [
        (),
        ("--hs", "61091", "--price", "1"),
        ("--hs", "６１０９１０００００", "--price", "1"),
    ],
    "--price": [
        ("--hs", "6109100000", "--price", "abc"),
        ("--hs", "6109100000", "--price", "0"),
        ("--hs", "6109100000", "--price", "1.1234567"),
        ("--hs", "6109100000", "--hs", "6109100000", "--price", "1"),
    ],
    "--currency": [("--hs", "6109100000", "--price", "1", "--currency", "usd")],
    "--origin": [("--origin", "China")],
    "--net-mass": [
        ("--net-mass", "80"),
        ("--net-mass", "-1"),
        ("--net-mass", "1", "--net-mass", "2"),
    ],
    "--qty": [("--qty", "0"), ("--qty", "1e3")],
    "--unit": [("--unit", "parsecs each")],
    "--incoterms": [("--incoterms", "XXX"), ("--incoterms", "")],
    "--procedure": [("--procedure", "99"), ("--procedure", "10")],
    "--direction": [("--direction", "both")],
    "--freight": [("--freight", "much")],
    "--day": [("--day", "tomorrow")],
    "--rate-choice": [("--rate-choice", "mine")],
    "--stay-months": [("--stay-months", "two")],
}


@pytest.mark.parametrize("option", WRONG)
def test_wrong_options_are_named(nowhere: Path, option: str) -> None:
    for wrong in WRONG[option]:
        given = list(wrong)
        if option not in ("--hs", "--price"):
            for name in ("--hs", "--price", "--currency", "--incoterms", "--gross-mass"):
                if name not in wrong:
                    at = (*USUAL, "").index(name)
                    given += USUAL[at : at + 2]
        elif wrong:
            given += ["--incoterms", "DAP"]
            given += [] if "--currency" in wrong else ["--currency", "USD"]
        result = run("quote", "--as", "zz", *DAY, *given, "--home", nowhere)
        assert result.code == 2, (given, result.words)
        assert option in result.err, (given, result.words)
    assert not nowhere.exists()


def test_a_price_without_currency_is_refused(nowhere: Path) -> None:
    result = run("quote", "--as", "zz", "--hs", "6109100000", "--price", "1", "--home", nowhere)
    assert (result.code, "--currency" in result.err) == (2, True)


def test_files_that_say_nothing_of_use(tmp_path: Path, nowhere: Path) -> None:
    arguments = ("quote", "--as", "zz", "--home", nowhere)
    empty = tmp_path / "empty.json"
    empty.write_text("{}", "utf-8")
    result = run(*arguments, "--file", empty)
    assert result.code == 4
    assert "has no usable header" in result.words
    path = written_to(tmp_path, a_house("1", a_line("6109100000", "2000")))
    assert run(*arguments, "--file", path, *SHIRTS).code == 2
    assert run(*arguments, "--file", tmp_path / "missing.json").code == 2
    content = json.loads(path.read_text("utf-8"))
    content["houses"][0]["goods"][0]["net_mass_kg"] = "ten"
    path.write_text(json.dumps(content), "utf-8")
    result = run(*arguments, "--file", path, "--json")
    assert result.code == 4
    (quote,) = result.json
    assert any("net_mass_kg" in one and "ten" in one for one in quote["unread"])
    assert "net_mass_kg" in run(*arguments, "--file", path).words


def test_a_file_on_another_day(tmp_path: Path, nowhere: Path) -> None:
    path = written_to(tmp_path, a_house("1", a_line("0808100000", "2000")))
    arguments = ("quote", "--as", "zz", "--home", nowhere, "--file", path, "--json")
    days = {day: run(*arguments, *day).json[0] for day in ((), ("--day", "2026-06-30"))}
    assert days[()]["legal_day"] == "2026-10-01"
    assert days["--day", "2026-06-30"]["legal_day"] == "2026-06-30"
    assert days[()]["totals_minor"]["duty"] == 16_000
    assert days["--day", "2026-06-30"]["totals_minor"]["duty"] == 20_000
