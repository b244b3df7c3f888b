"""What holds of all rules on commercial goods together: unknown, readings, sentences, sources."""

from __future__ import annotations

import random
import re

import pytest
from stdnum.cn import uscc

from silkport.kernel.check_digits import complete_kz_iin
from silkport.kernel.findings import Effect
from silkport.kernel.identifiers import is_uscc
from silkport.law.expression import params_of
from silkport.law.sentences import LANGUAGES, load_sentences
from silkport.law.sheet import Rule
from silkport.model.columns import MISSING, is_personal
from silkport.model.declarations import DECLARED_TABLES
from silkport.model.rows import GOODS_LINE, HOUSE, RowShape
from silkport.stages import check
from tests.law.rows import TEXTS, random_rows
from tests.stages.declared import (
    ALL_GROUPS,
    ALWAYS,
    BIN,
    COUNTRIES,
    CREDIT_CODE,
    DAY,
    FOLDER,
    HARD,
    SHEETS,
    Row,
    a_house,
    a_line,
    compiled,
    fired,
    frame_of,
)

RULES: dict[str, Rule] = {code: rule for sheet in SHEETS for code, rule in sheet.rules.items()}
SENTENCES = load_sentences(
    {"check_goods.toml": (FOLDER.parent / "law/sentences/check_goods.toml").read_text("utf-8")}
)
PLACES = [
    pytest.param(country, shape, id=f"{country} {shape.name}")
    for country in COUNTRIES
    for shape in (HOUSE, GOODS_LINE)
]

OPTIONAL = {
    "consignor_country": "stated where it is known",
    "consignee_country": "stated where it is known",
    "freight_currency": "empty for that of the invoice",
    "act_day": "asked for after release",
    "reason": "asked for after release",
    "change_flags": "asked for in a correction",
    "qty2_e5": "few rates ask for a second quantity",
    "unit2": "few rates ask for a second quantity",
    "preference": "empty for none",
    "origin_proof": "asked for with a preference",
    "rate_choice": "empty for the lower rate",
    "deferred_until_day": "stated where payment was deferred",
    "processing_day": "the node's own",
    "unreadable_cells": "counted, never unknown",
    "permits_missing": "found by the node, never unknown",
    "line_count": "counted, never unknown",
    "lines_total_e5": "a sum, never unknown",
    "lines_gross_mg": "a sum, never unknown",
}
"""Columns that may be absent, and why."""

WITHOUT_BOX = {"goods_count", "invoice_total_e5", "gross_mass_mg", "net_mass_mg", "guarantee_no"}
"""Columns for which the form of some administration has no place, so that it asks for none."""


def lawful(shape: RowShape, country: str) -> Row:
    return (a_house if shape is HOUSE else a_line)(country)


@pytest.mark.parametrize(("country", "shape"), PLACES)
def test_lawful_row_is_lawful_under_every_rule(country: str, shape: RowShape) -> None:
    assert fired(lawful(shape, country), shape, country, ALL_GROUPS[country]) == set()


@pytest.mark.parametrize(("country", "shape"), PLACES)
def test_unknown_is_never_lawful_and_named_once(country: str, shape: RowShape) -> None:
    rules = compiled(shape.name, country, ALL_GROUPS[country]).rules
    read = {name for rule in rules if rule.effect in HARD for name in rule.facts} - set(OPTIONAL)
    if country == "cn":
        read -= WITHOUT_BOX
    said = {}
    for name in sorted(read):
        row = lawful(shape, country) | {name: shape.by_name[name].absent}
        said[name] = fired(row, shape, country, ALL_GROUPS[country])
    assert [name for name, codes in said.items() if not codes] == []
    several = {name: codes for name, codes in said.items() if len(codes) > 1}
    assert several in ({}, {"guarantee_no": {"CHK239", "CHK240"}}), "each of another procedure"


def test_empty_rows_are_told_what_they_lack_and_nothing_is_compared() -> None:
    house: Row = {column.name: column.absent for column in HOUSE.columns}
    house |= {"processing_day": 20_000, "line_count": 1, "unreadable_cells": 0}
    codes = fired(house, HOUSE, "kz", ("@house_form", "@house_transit"))
    compared = {"CHK206", "CHK207", "CHK219", "CHK221", "CHK228", "CHK230", "CHK232"}
    assert codes & compared == set()
    assert {"CHK203", "CHK220", "CHK227", "CHK229", "CHK231", "CHK240", "CHK241"} <= codes
    line: Row = {column.name: column.absent for column in GOODS_LINE.columns}
    assert fired(line, GOODS_LINE, "kz", ("@goods_form",)) == {
        *("CHK251", "CHK253", "CHK254", "CHK255", "CHK256", "CHK258", "CHK263"),
    }


def test_transit_asks_for_no_terms_of_sale() -> None:
    sold: Row = {"incoterms": "", "incoterms_place": "", "trade_country": ""}
    assert fired(a_house("kz", **sold), HOUSE, "kz", ("@house_transit_form",)) == set()
    assert fired(a_house("kz", **sold), HOUSE, "kz", ALWAYS) == {"CHK213", "CHK217", "CHK218"}
    unvalued = a_line("kz", valuation_method=MISSING)
    assert fired(unvalued, GOODS_LINE, "kz", ("@goods_transit_form",)) == set()


WORDS = (
    *("EXW", "FOB", "CIF", "20", "30", "31", "declaration", "correction", "refund", "01100100"),
    *("00000000", "EU", "00", "union", "9412", "94", BIN, CREDIT_CODE, "1101001500", "LPA", "—"),
    *(CREDIT_CODE[:-1] + "A", BIN[:-1] + "9", "7701001500"),
)


def disturbed(row: Row, shape: RowShape, source: random.Random) -> Row:
    """A lawful row with a few columns changed, so that most rules are near their limits."""
    (nonsense,) = random_rows(shape, 1, source.randrange(10**9))
    if source.random() < 0.3 and shape is HOUSE:
        row = row | {
            "act": "correction",
            "act_day": source.choice((MISSING, DAY - 1, DAY, DAY + 1)),
        }
    for name in source.sample(sorted(row), source.randint(0, 12)):
        text = isinstance(row[name], str)
        row = row | {name: source.choice((*WORDS, *TEXTS)) if text else nonsense[name]}
    return row


@pytest.mark.parametrize(("country", "shape"), PLACES)
def test_readings_agree_on_random_rows(country: str, shape: RowShape) -> None:
    sheet = compiled(shape.name, country, ALL_GROUPS[country])
    source = random.Random(15)
    rows = random_rows(shape, 400, seed=15)
    rows += [disturbed(lawful(shape, country), shape, source) for _ in range(5_000)]
    bulk = sheet.bulk.run(frame_of(shape, rows)).to_dicts()
    assert bulk == [sheet.single(row) for row in rows]
    for row, want in list(zip(rows, bulk, strict=True))[::300]:
        for name in sheet.outputs:
            assert sheet.prove(name, row).result is want[name], name
    seen = {code for found in bulk for code, result in found.items() if result}
    assert set(sheet.outputs) - seen <= {"CHK232", "CHK267"}, "two columns at once make these"


def judged(code: str, country: str, numbers: list[str]) -> list[bool]:
    """Whether the rule `code` fires for each of these numbers of a declarant."""
    sheet = compiled("house", country, ALL_GROUPS[country])
    rows = [a_house(country, declarant_code=number) for number in numbers]
    bulk: list[bool] = sheet.bulk.run(frame_of(HOUSE, rows))[code].to_list()
    return bulk


def test_credit_codes_are_judged_as_by_the_kernel() -> None:
    source = random.Random(17)
    letters = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    codes = []
    for _ in range(500):
        digits = "".join(source.choices("0123456789", k=6))
        body = f"{source.choice('1259ANY')}{source.choice(letters)}{digits}"
        body += "".join(source.choices(letters, k=9))
        codes += [body + uscc.calc_check_digit(body), body + source.choice(letters)]
    assert judged("CHK209", "cn", codes) == [not is_uscc(code) for code in codes]


def test_numbers_of_twelve_digits_are_judged_as_by_the_kernel() -> None:
    source = random.Random(19)
    bodies = ["".join(source.choices("0123456789", k=11)) for _ in range(500)]
    numbers = [body + digit for body in bodies for digit in "0123456789"]
    right = {complete_kz_iin(body) for body in bodies}
    assert None in right, "eleven digits that are never issued are among them"
    assert judged("CHK207", "kz", numbers) == [number not in right for number in numbers]


def test_every_rule_has_its_sentence_and_names_only_what_it_reads() -> None:
    assert set(SENTENCES.codes) == set(RULES)
    columns = {f"{t.name}.{column.outside}" for t in DECLARED_TABLES for column in t.columns}
    for code, rule in RULES.items():
        assert SENTENCES.placeholders(code) <= {*rule.facts, *params_of(rule.fires)}, code
        assert not any(map(is_personal, SENTENCES.placeholders(code))), code
        assert not {one for one in SENTENCES.placeholders(code) if one.endswith("_name")} - {
            "goods_name"
        }
        assert SENTENCES.field(code) in columns, code
        said = [SENTENCES.sentence(code, language, {}) for language in LANGUAGES]
        assert len(set(said)) == len(LANGUAGES)
        assert all(re.search(r"[.。]$", text) and "  " not in text for text in said), code


def test_a_hold_asks_nothing_of_the_declarant() -> None:
    held = {code for code, rule in RULES.items() if rule.effect is Effect.HOLD}
    assert held == {"CHK259", "CHK271"}
    for code in held:
        assert "officer of the node" in SENTENCES.sentence(code, "en", {})
        assert SENTENCES.fix(code, "en").startswith("You need do nothing")


@pytest.mark.parametrize("country", COUNTRIES)
def test_every_rule_an_administration_keeps_has_a_source(country: str) -> None:
    for shape in (HOUSE, GOODS_LINE):
        sheet = compiled(shape.name, country, ALL_GROUPS[country])
        listed = {code for code in sheet.regime.stages["check"] if code in sheet.sheet.rules}
        assert listed == {rule.code for rule in sheet.rules}
        assert all(sheet.law.rule_sources[code] for code in listed)


def test_every_rule_is_kept_by_some_administration() -> None:
    kept = {
        code
        for country in COUNTRIES
        for shape in (HOUSE, GOODS_LINE)
        for code in compiled(shape.name, country, ALL_GROUPS[country]).outputs
    }
    assert kept == set(RULES)
    assert [sheet for sheet in check.SHEETS if sheet in SHEETS] == list(SHEETS)
