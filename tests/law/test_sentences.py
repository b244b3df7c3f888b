"""Every rule speaks four languages, names only what it reads, and advises on form alone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from silkport.courses import after, grounds, write_off
from silkport.kernel.errors import InvalidValue, MalformedLaw, UnknownRule
from silkport.kernel.findings import Audience, Effect
from silkport.law.expression import params_of
from silkport.law.sentences import LANGUAGES, Sentences, load_sentences
from silkport.law.sheet import Rule
from silkport.model.declarations import DECLARED_TABLES
from silkport.model.documents import DOCUMENT_TABLES
from silkport.stages import assess, check, match, release, screen, settle, value

FOLDER = Path(screen.__file__).resolve().parent.parent / "law" / "sentences"
FILES = {path.name: path.read_text("utf-8") for path in sorted(FOLDER.glob("*.toml"))}
SENTENCES = load_sentences(FILES)

STAGES = (check, match, value, assess, screen, settle, release)
RULES: dict[str, Rule] = {
    code: rule for stage in STAGES for sheet in stage.SHEETS for code, rule in sheet.rules.items()
}
TABLES = (*DOCUMENT_TABLES, *DECLARED_TABLES)
OF_GOODS = {code for code in RULES if code.startswith("CHK2")}
"""Rules of the check stage on commercial goods, whose sentences have a file of their own."""

OF_COURSES = {
    "act.toml": set(after.FINDINGS),
    "balance.toml": set(write_off.FINDINGS),
    "hold.toml": set(grounds.HOLDS),
}
"""By file: what courses beside the journey say, in frame code."""

FRAME: dict[str, set[str]] = {
    "REG001": {"trade_mode", "direction", "decl_day"},
    "REG002": {"departure_country", "destination_country"},
    **{f"RDG00{n}": {"column", "read", "expected", "position"} for n in range(1, 9)},
    "RDG006": {"read", "expected"},
    "RDG009": {"read", "expected"},
    "RDG010": {"position"},
    "RDG011": {"position"},
    "APPEAL": {"appeal_until"},
}
"""What frame code says outside the sheets, with the facts it gives."""

PERSONAL = re.compile(
    r"(buyer|payer|consignee)_(id|name|phone|address|reg_no)$|(order|waybill)_consignee"
)

SUBSTANCE = {
    "line.hs_code",
    "line.origin",
    "line.qty",
    "line.qty1",
    "line.qty2",
    "line.price",
    "line.total",
    "order.paid",
    "payment.amount_paid",
    "inventory.freight",
    "inventory.insurance",
    "inventory.currency",
    "goods.hs_code",
    "goods.origin",
    "goods.qty",
    "goods.qty2",
    "goods.total",
    "declaration.invoice_total",
    "declaration.currency",
}
"""Fields of classification, origin, quantity and value: a fix says where to copy them from."""

COPIES = re.compile(
    r"^(State|Copy|Follow the advice|You need do nothing|Have the platform|Compare)\b"
)
BENDS = {
    "en": r"\b(change|lower|reduce|raise|increase|decrease|adjust|amend|replace|split|divide|"
    r"reclassify|undervalue|correct)\b.*\b(code|classif|origin|countr|value|price|total|amount|"
    r"quantit|parcel|goods)",
    "zh": r"(更改|修改|调整|降低|提高|减少|增加|拆分|分拆|更正)[^。；]{0,12}"
    r"(编码|归类|原产|国别|价格|单价|总价|金额|数量|包裹|商品)",
    "ru": r"\b(измените|снизьте|уменьшите|увеличьте|скорректируйте|исправьте|разделите|замените)\b"
    r".*(код|класс|происх|стран|стоим|цен|сумм|колич|посыл|товар)",
    "kk": r"(код|сынып|шығарылған ел|құн|баға|сома|сан|сәлемдеме|тауар)\w*\s+"
    r"(өзгертіңіз|төмендетіңіз|азайтыңыз|көбейтіңіз|бөліңіз|ауыстырыңыз|түзетіңіз)",
}
"""Advice that would act on substance. A mass and a day may be corrected."""

LETTERS = {"zh": r"[\u4e00-\u9fff]", "ru": r"[а-яё]", "kk": r"[әіңғүұқөһ]"}


def in_code_order(codes: set[str]) -> list[str]:
    return sorted(codes)


def rules_said_in(name: str) -> set[str]:
    """Codes whose sentences belong into a file: of its stage, parcels and goods apart."""
    stage, _, goods = name.removesuffix(".toml").partition("_")
    of_stage = {code for code, rule in RULES.items() if rule.stage == stage}
    if stage == "check":
        return of_stage & OF_GOODS if goods else of_stage - OF_GOODS
    return of_stage


def test_every_rule_has_its_sentence_in_the_file_of_its_stage() -> None:
    for name, text in FILES.items():
        expected = rules_said_in(name) or OF_COURSES.get(name, set(FRAME))
        assert set(load_sentences({name: text}).codes) == expected, name
    assert set(SENTENCES.codes) == RULES.keys() | FRAME.keys() | set().union(*OF_COURSES.values())
    assert len(FILES) == len(STAGES) + len({"declare.toml", "check_goods.toml"}) + len(OF_COURSES)


@pytest.mark.parametrize("code", SENTENCES.codes)
def test_four_languages_say_something_in_their_own_letters(code: str) -> None:
    for language, letters in LETTERS.items():
        for text in (SENTENCES.sentence(code, language, {}), SENTENCES.fix(code, language)):
            assert re.search(letters, text.lower()), (language, text)
    said = [SENTENCES.sentence(code, language, {}) for language in LANGUAGES]
    assert len(set(said)) == len(LANGUAGES)
    assert not re.search(r"[\u0400-\u04ff\u4e00-\u9fff]", said[0] + SENTENCES.fix(code, "en"))
    for text in said:
        assert re.search(r"[.。]$", text)
        assert "  " not in text


@pytest.mark.parametrize("code", SENTENCES.codes)
def test_reviewed_marks_are_honest(code: str) -> None:
    assert [SENTENCES.reviewed(code, one) for one in LANGUAGES] == [True, False, False, False]


@pytest.mark.parametrize("code", in_code_order(set(RULES)))
def test_a_sentence_names_only_what_its_rule_reads(code: str) -> None:
    rule = RULES[code]
    assert SENTENCES.placeholders(code) <= {*rule.facts, *rule.quotes, *params_of(rule.fires)}


@pytest.mark.parametrize("code", in_code_order({code for code in RULES if RULES[code].quotes}))
def test_what_a_rule_quotes_is_computed_beside_it_and_said(code: str) -> None:
    (sheet,) = [s for stage in STAGES for s in stage.SHEETS if code in s.rules]
    computed = {name for one in sheet.computations.values() for name in one.outputs}
    assert set(RULES[code].quotes) <= computed & SENTENCES.placeholders(code)


@pytest.mark.parametrize("code", in_code_order(set(FRAME)))
def test_a_sentence_of_frame_code_names_what_it_is_given(code: str) -> None:
    assert SENTENCES.placeholders(code) == FRAME[code]


@pytest.mark.parametrize("code", SENTENCES.codes)
def test_no_sentence_quotes_a_person(code: str) -> None:
    assert [name for name in SENTENCES.placeholders(code) if PERSONAL.search(name)] == []


@pytest.mark.parametrize("code", SENTENCES.codes)
def test_only_officers_see_risk(code: str) -> None:
    risk = code in RULES and RULES[code].effect is Effect.RISK
    assert risk is code.startswith("RSK")
    hidden = risk or code in grounds.FOR_OFFICERS
    assert SENTENCES.audience(code) is (Audience.OFFICER if hidden else Audience.DECLARANT)


@pytest.mark.parametrize("code", SENTENCES.codes)
def test_the_field_is_a_documented_column(code: str) -> None:
    outside = {f"{t.name}.{column.outside}" for t in TABLES for column in t.columns}
    own_column = code.startswith("RDG") or code == "APPEAL"
    assert SENTENCES.field(code) in outside or (own_column and not SENTENCES.field(code))


@pytest.mark.parametrize("code", SENTENCES.codes)
def test_a_fix_acts_on_form_only(code: str) -> None:
    if SENTENCES.field(code) in SUBSTANCE:
        assert COPIES.search(SENTENCES.fix(code, "en")), SENTENCES.fix(code, "en")
    for language, bends in BENDS.items():
        assert not re.search(bends, SENTENCES.fix(code, language).lower()), language


@pytest.mark.parametrize(
    ("language", "fix"),
    [
        ("en", "Lower the price of the line."),
        ("en", "Correct the commodity code."),
        ("en", "Split the parcel in two."),
        ("zh", "请更改商品编码。"),
        ("zh", "请降低申报价格。"),
        ("ru", "Измените код ТН ВЭД."),
        ("ru", "Уменьшите стоимость позиции."),
        ("kk", "Тауардың кодын өзгертіңіз."),
        ("kk", "Бағасын төмендетіңіз."),
    ],
)
def test_advice_on_substance_is_seen(language: str, fix: str) -> None:
    assert re.search(BENDS[language], fix.lower())


def test_a_hold_asks_nothing_of_the_declarant() -> None:
    held = {code for code, rule in RULES.items() if rule.effect is Effect.HOLD}
    assert held == {
        *("CHK259", "CHK271", "VAL001", "VAL004", "VAL201", "VAL202", "VAL208"),
        *("ASS001", "ASS002", "ASS003", "ASS004", "ASS005", "ASS006"),
        *(
            "ASS201",
            "ASS203",
            "ASS204",
            "ASS212",
            "ASS213",
            "ASS215",
            "ASS216",
            "VAL212",
            "AFT006",
            "AFT008",
        ),
        *("AFT008", "VAL212"),
    }
    for code in held:
        assert "officer of the node" in SENTENCES.sentence(code, "en", {})
        assert SENTENCES.fix(code, "en").startswith("You need do nothing")
        assert SENTENCES.fix(code, "zh").startswith("您无需采取任何操作")
        assert SENTENCES.fix(code, "ru").startswith("От вас ничего не требуется")
        assert SENTENCES.fix(code, "kk").startswith("Сізден ештеңе талап етілмейді")


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Net mass 1.2 kg is more than gross mass 1.1 kg."),
        ("zh", "净重 1.2 kg 大于毛重 1.1 kg。"),
        ("ru", "Масса нетто 1.2 kg больше массы брутто 1.1 kg."),
        ("kk", "Нетто салмағы 1.2 kg брутто салмағынан 1.1 kg артық."),
    ],
)
def test_facts_are_filled_in(language: str, said: str) -> None:
    facts = {"net_mass_mg": "1.2 kg", "gross_mass_mg": "1.1 kg"}
    assert SENTENCES.sentence("CHK012", language, facts) == said


def test_a_missing_fact_prints_a_question_mark() -> None:
    said = SENTENCES.sentence("CHK012", "en", {"net_mass_mg": "2 kg"})
    assert said == "Net mass 2 kg is more than gross mass ?."


def test_a_fact_is_never_read_as_a_template() -> None:
    said = SENTENCES.sentence("CHK001", "en", {"order_no": "{x.__class__} {"})
    assert "“{x.__class__} {”" in said


def test_unknown_codes_and_languages_are_refused() -> None:
    with pytest.raises(UnknownRule, match="CHK999"):
        SENTENCES.fix("CHK999", "en")
    with pytest.raises(InvalidValue, match="de"):
        SENTENCES.sentence("CHK012", "de", {})


ENTRY = """
[CHK012]
audience = "declarant"
field = "inventory.net_mass_kg"
en = "{a} one"
zh = "{a} two"
ru = "{a} three"
kk = "{a} four"
fix_en = "one"
fix_zh = "two"
fix_ru = "three"
fix_kk = "four"
reviewed = { en = true, zh = false, ru = false, kk = false }
"""


def one(text: str) -> Sentences:
    return load_sentences({"check.toml": text})


def test_a_whole_entry_loads() -> None:
    assert one(ENTRY).sentence("CHK012", "kk", {"a": "4"}) == "4 four"
    assert one(ENTRY).field("CHK012") == "inventory.net_mass_kg"
    assert one(ENTRY).reviewed("CHK012", "en")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('kk = "{a} four"\n', "", "kk is missing"),
        ('fix_ru = "three"\n', "", "fix_ru is missing"),
        ('fix_zh = "two"', 'fix_zh = " "', "fix_zh is missing"),
        ('"declarant"', '"everybody"', "no audience is called 'everybody'"),
        ('audience = "declarant"\n', "", "no audience is called None"),
        ('field = "inventory.net_mass_kg"\n', "", "field is missing"),
        ("{a} two", "{b} two", "different facts"),
        ("{a} two", "{a two", "CHK012"),
        ("{a}", "{a.b}", "plain name"),
        ("{a}", "{a:>9}", "plain name"),
        ("{a}", "{}", "plain name"),
        ('fix_en = "one"', 'fix_en = "{a}"', "a fix names no facts"),
        (", kk = false", "", "a mark for each language"),
        ("kk = false", 'kk = "no"', "true or false"),
        ("field =", "fields =", "no key is called 'fields'"),
        ("[CHK012]", "[CHK012", "check.toml"),
        ("[CHK012]", "loose = 1\n[CHK012]", "is no table"),
    ],
)
def test_malformed_entries_do_not_load(old: str, new: str, reason: str) -> None:
    assert old in ENTRY
    with pytest.raises(MalformedLaw, match=re.escape(reason)):
        one(ENTRY.replace(old, new))


def test_a_code_is_said_once() -> None:
    with pytest.raises(MalformedLaw, match="already"):
        load_sentences({"check.toml": ENTRY, "match.toml": ENTRY})
