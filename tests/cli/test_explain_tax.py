"""silkport explain --tax: the proof of every payment as text, JSON and page, four languages."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from lxml import html

from silkport.law.sentences import LANGUAGES
from tests.cli.shell import run
from tests.node.days import sample_day
from tests.node.houses import (
    ACTED,
    BAGS,
    VARIED,
    Office,
    a_house,
    a_line,
    corrected,
    table,
    written_to,
)

HOSTILE = "</title><script>alert(1)</script> & \u202eспирт 酒"
SPIRIT = a_house(
    "4",
    a_line("2208201200", "2000", goods_name=HOSTILE, unit="LTR", qty="100", qty2="40", unit2="LPA"),
    a_line("4011100003", "1000", goods_name="tyres"),
    currency="USD",
)
"""A rate that is a sum of two, excise by another measure, a duty by the piece in dollars."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    office = Office(tmp_path_factory.mktemp("tax"))
    out = office.decide(*VARIED, SPIRIT)
    assert set(table(out, "decisions")["outcome"]) <= {"released", "held"}
    return office.home


def explained(home: Path, *more: object, number: str = "ZZ-2026-1/4") -> Any:
    result = run("explain", number, "--tax", "--home", home, *more)
    assert result.code == 0, result.err
    return result


def test_as_json(home: Path) -> None:
    (proof,) = explained(home, "--json").json
    assert proof["declaration_no"] == "ZZ-2026-1/4"
    assert (proof["house_no"], proof["procedure"], proof["act"]) == ("4", "40", "declaration")
    assert {party["role"] for party in proof["parties"]} == {"declarant", "consignor", "consignee"}
    assert (proof["legal_day"], proof["outcome"]) == ("2026-10-01", "released")
    assert proof["decided_by"] == proof["law_digest"]
    assert [(one["currency"], one["rate_ppm"]) for one in proof["exchange_rates"]] == [
        ("USD", 1_450_000)
    ]
    assert proof["unequal"] == proof["unverified"] == proof["adjustments"] == []
    paid = [*proof["payments"], *(row for line in proof["lines"] for row in line["payments"])]
    assert sum(row["amount_minor"] for row in paid) == proof["total_minor"]
    for levy, minor in proof["totals_minor"].items():
        assert sum(row["amount_minor"] for row in paid if row["levy"] == levy) == minor
    for amount in (*proof["amounts"], *(one for line in proof["lines"] for one in line["amounts"])):
        assert amount["steps"][-1]["result"] == amount["minor"]
        assert isinstance(amount["minor"], int)
    law = {one["number"]: one for one in proof["law"]}
    used = {
        n for line in proof["lines"] for a in line["amounts"] for s in a["steps"] for n in s["law"]
    }
    assert used <= set(law)
    assert all(one["source"] and one["start"] for one in law.values())
    assert {one["kind"]: one["day"] for one in proof["deadlines"]} == {
        "appeal": "2026-11-30",
        "refund": "2029-09-30",
    }


def test_a_sum_is_two_rows_and_a_rate_is_a_sentence(home: Path) -> None:
    (proof,) = explained(home, "--json").json
    spirit, tyres = proof["lines"]
    duty = [row for row in spirit["payments"] if row["levy"] == "duty"]
    assert [(row["rate_kind"], row["rate"]) for row in duty] == [
        ("%", "10 %"),
        ("*", "0.5 XTS per 1 l"),
    ]
    assert sum(row["amount_minor"] for row in duty) == next(
        one["minor"] for one in spirit["amounts"] if one["name"] == "duty"
    )
    assert [row["rate"] for row in tyres["payments"]] == ["9 USD per 1 piece", "12 %"]
    # 100 pieces × 9 USD × 1.45, to the letter of the tariff.
    assert (tyres["payments"][0]["quantity_e6"], tyres["payments"][0]["amount_minor"]) == (
        10_000_000,
        13_050,
    )
    (russian,) = explained(home, "--json", "--lang", "ru").json
    assert russian["lines"][0]["payments"][1]["rate"] == "0,5 XTS за 1 л"


@pytest.mark.parametrize("language", LANGUAGES)
def test_on_the_screen(home: Path, language: str) -> None:
    for number in range(1, 5):
        shown = explained(home, "--lang", language, number=f"ZZ-2026-1/{number}").out
        assert not set("{}_") & set(re.sub(r"goods_\w+", "", shown)), shown
        assert "None" not in shown
        assert "2026-11-30" in shown
        whole = run("explain", f"ZZ-2026-1/{number}", "--home", home, "--lang", language).out
        assert all(line.strip() in whole for line in shown.splitlines()[2:] if "=" in line)


@pytest.mark.parametrize("language", LANGUAGES)
def test_as_a_page(home: Path, tmp_path: Path, language: str) -> None:
    path = tmp_path / "new folder" / "proof.html"
    result = explained(home, "--html", path, "--lang", language)
    assert result.out == ""
    text = path.read_text("utf-8")
    page = html.document_fromstring(text)
    assert page.get("lang").startswith(language)
    assert not page.xpath("//script | //link | //img | //iframe | //@onclick | //@src")
    assert "://" not in re.sub(r"<!doctype.*?>", "", text)
    assert HOSTILE.replace("\u202e", "\ufffd") in page.xpath("string(//body)")
    assert "<script>" not in text
    assert not page.xpath("//a[@href][not(@href = concat('#', //li/@id))]") or all(
        page.xpath(f"//li[@id='{link[1:]}']") for link in page.xpath("//a/@href")
    )
    assert len(page.xpath("//h2")) >= 5
    assert not set("{}") & set(page.xpath("string(//body)"))
    (proof,) = explained(home, "--json", "--lang", language).json
    shown = page.xpath("string(//body)").replace("\u202f", "")
    for line in proof["lines"]:
        for amount in line["amounts"]:
            for step in amount["steps"]:
                assert step["formula"] in page.xpath("string(//body)")
    assert f"{proof['total_minor'] // 100}.{proof['total_minor'] % 100:02d} XTS" in shown
    assert proof["law_digest"] in shown


def test_the_page_is_made_to_print(home: Path, tmp_path: Path) -> None:
    explained(home, "--html", tmp_path / "proof.html")
    style = "".join((tmp_path / "proof.html").read_text("utf-8").split("<style>")[1:])
    for said in ("size: A4", "@media print", "@media (max-width", "break-inside: avoid"):
        assert said in style
    assert "default-src 'none'" in (tmp_path / "proof.html").read_text("utf-8")


def test_whole_decisions_carry_the_proof(home: Path) -> None:
    (whole,) = run("explain", "ZZ-2026-1/4", "--home", home, "--json").json
    (proof,) = explained(home, "--json").json
    assert whole["tax"]["lines"] == proof["lines"]
    assert whole["decision"]["total_minor"] == proof["total_minor"]
    assert not {"lane", "risk_score"} & set(whole["decision"])
    for levy, minor in proof["totals_minor"].items():
        assert sum(one["minor"] for one in whole["amounts"] if one["name"] == levy) == minor
    shown = run("explain", "ZZ-2026-1/4", "--home", home)
    assert shown.code == 0
    assert "Nothing was found against it" in shown.words or "Law:" in shown.words


def test_a_correction_shows_what_it_changed(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.decide(a_house("1", a_line(BAGS, "1000")))
    office.decide(corrected(a_house("1", a_line(BAGS, "1500"))), day=ACTED)
    for language in LANGUAGES:
        shown = run(
            "explain", "ZZ-2026-1/1", "--tax", "--home", office.home, "--lang", language
        ).words
        assert "2026-10-15" in shown  # ten days to pay
        assert not set("{}") & set(shown)
    (proof,) = explained(office.home, "--json", number="ZZ-2026-1/1").json
    assert {one["levy"] for one in proof["adjustments"]} == {"duty", "vat"}
    assert proof["act"] == "correction"
    page = tmp_path / "proof.html"
    explained(office.home, "--html", page, number="ZZ-2026-1/1")
    assert "Changes after release" in page.read_text("utf-8")


@pytest.mark.parametrize("administration", ["cn", "kz"])
def test_parcels_have_a_proof_as_well(tmp_path: Path, administration: str) -> None:
    day, place = sample_day(tmp_path / "day", parcels=200), tmp_path / "home"
    arguments = ("--as", administration, "--day", "2026-09-16", "--home", place)
    assert run("clear", day, *arguments).code == 0
    for language in LANGUAGES:
        result = run("explain", "--example", "taxed", "--tax", "--home", place, "--lang", language)
        assert result.code == 0
        assert not set("{}_") & set(re.sub(r"\w+_\w+", "", result.out.split("\n\n")[0]))
    (proof,) = run("explain", "--example", "taxed", "--tax", "--json", "--home", place).json
    assert proof["unequal"] == []
    assert proof["total_minor"] > 0
    assert "buyer" not in str(proof)
    plain = run("explain", "--example", "taxed", "--home", place).words
    assert "Appeal until 20" in plain


def test_clear_speaks_of_houses(tmp_path: Path) -> None:
    declared = written_to(tmp_path / "in", *VARIED)
    arguments = ("--as", "zz", "--day", "2026-10-01", "--home", tmp_path / "home")
    for language in LANGUAGES:
        shown = run("clear", declared, *arguments, "--lang", language).words
        assert not set("{}") & set(shown)
    assert "Declarations cleared for ZZ" in run("clear", declared, *arguments).words
    more = corrected(a_house("1", a_line(BAGS, "2000")))
    shown = run(
        "clear",
        written_to(tmp_path / "in", more),
        *arguments[:2],
        *arguments[4:],
        "--day",
        "2026-10-06",
    ).words
    assert "Additional payments after release: " in shown
    traced = run("trace", "ZZ-2026-1/1", "--home", tmp_path / "home").words
    assert "debtduty212.50XTS" in traced.replace(" ", "")


def test_words_are_whole() -> None:
    text = (files("silkport") / "cli" / "words.toml").read_text(encoding="utf-8")
    for name, entry in tomllib.loads(text).items():
        assert set(entry) == set(LANGUAGES), name
        facts = {frozenset(re.findall(r"{(\w+)}", words)) for words in entry.values()}
        assert len(facts) == 1, name
