"""Grounds of decisions: spoken to declarants, in their language, and never of risk."""

from __future__ import annotations

import json
from datetime import date
from random import Random

import polars as pl
import pytest

from silkport.kernel.findings import Audience
from silkport.kernel.periods import day_number
from silkport.law.sentences import LANGUAGES
from silkport.model.columns import Kind
from silkport.model.outcomes import DECISION, FINDING
from silkport.node.law.books import law_book, sentences
from silkport.node.proof.grounding import ALONE, grounds
from silkport.node.proof.speaking import RULES, column_of, spoken, spoken_law
from silkport.stages.release import RETURN_RULES

DAY = date(2026, 8, 3)
BOOK = law_book("cn")
DIRECT = next(one for one in BOOK.law.regimes_at(DAY) if one.code == "retail_import_direct")

Cells = dict[str, str | int]

PAID: Cells = {"order_paid_e5": 12_980_000, "payment_amount_paid_e5": 12_000_000, "has_order": 1}
QTY: Cells = {"total_e5": 1_100_000, "price_e5": 500_000, "qty_e5": 200_000}
WAITING: Cells = {"has_order": 1, "has_payment": 0, "has_waybill": 1, "waited_days": 1}
UNREAD: Cells = {
    "column": "InventoryList[2]/qty",
    "read": "two",
    "expected": "a decimal",
    "position": 3,
}


def a_decision(parcel_id: str = "cn-1", **changes: str | int) -> Cells:
    row: Cells = {"parcel_id": parcel_id, "outcome": "refused", "regime": DIRECT.code}
    row |= {"direction": "import", "decl_day": day_number(DAY), "currency": "CNY"}
    return row | changes


def a_finding(code: str, facts: Cells, *, line: int = 0, parcel_id: str = "cn-1") -> Cells:
    rule = RULES.get(code)
    stage, effect = (rule.stage, rule.effect.value) if rule else ("declare", "note")
    row: Cells = {"parcel_id": parcel_id, "line": line, "code": code, "stage": stage}
    return row | {"effect": effect, "facts": json.dumps(facts, ensure_ascii=False)}


def told(
    findings: list[Cells], *decisions: Cells, language: str = "en", shuffled: int = 0
) -> dict[tuple[str, str], str]:
    """Grounds by parcel and what they are about."""
    findings = Random(shuffled).sample(findings, len(findings)) if shuffled else findings
    rows = grounds(
        pl.DataFrame(findings, schema=_schema(FINDING)),
        _decisions(decisions or (a_decision(),)),
        BOOK,
        language,
    )
    assert rows.columns == ["parcel_id", "about", "info"]
    return {(row[0], row[1]): row[2] for row in rows.iter_rows()}


def _schema(table: object) -> dict[str, type[pl.DataType]]:
    columns = table.columns  # type: ignore[attr-defined]
    return {c.name: pl.String if c.kind is Kind.TEXT else pl.Int64 for c in columns}


def _decisions(rows: tuple[Cells, ...]) -> pl.DataFrame:
    whole = [{c.name: c.absent for c in DECISION.columns} | row for row in rows]
    return pl.DataFrame(whole, schema=_schema(DECISION))


INVENTORY, WITHDRAWAL = ("cn-1", "inventory"), ("cn-1", "withdrawal")


def test_a_finding_is_told_with_its_sentence_its_fix_and_the_law_it_rests_on() -> None:
    said = told([a_finding("MAT003", PAID)])[INVENTORY]
    assert said == (
        "[Code:MAT003;Field:PaymentHead/amountPaid;Desc:The order says 129.8 was paid, the payment"
        " says 120. Tolerance: 0 CNY. Have the platform and the payment firm send the amount as it"
        " was actually paid for this order.]"
    )


def test_official_codes_stand_after_the_code_of_the_rule() -> None:
    said = told([a_finding("MAT001", WAITING)], a_decision(outcome="pending"))[INVENTORY]
    assert said.startswith("[Code:MAT001;Official:45,46,49,2;Field:InventoryHead/orderNo;Desc:")
    assert "payment: required yes, here no" in said


def test_a_line_is_named_by_its_number() -> None:
    said = told([a_finding("MAT110", QTY, line=2)])[INVENTORY]
    assert ";Field:InventoryList[2]/totalPrice;" in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_is_spoken(language: str) -> None:
    waits = a_decision(outcome="pending")
    said = told([a_finding("MAT001", WAITING)], waits, language=language)[INVENTORY]
    yes, no = {"en": "yes no", "zh": "是 否", "ru": "да нет", "kk": "иә жоқ"}[language].split()
    assert yes in said
    assert no in said


@pytest.mark.parametrize("outcome", ["released", "held", "pending", "refused", "withdrawn"])
def test_risk_is_never_told(outcome: str) -> None:
    risky = [
        a_finding(code, {"buyer_parcels": 77, "draw_ppm": 12})
        for code, rule in RULES.items()
        if rule.effect.value == "risk"
    ]
    assert len(risky) == 14  # ten on parcels, four on houses
    assert told(risky, a_decision(outcome=outcome, lane="red")) == {}


def test_what_officers_alone_may_read_is_not_told_whatever_its_effect() -> None:
    held = a_finding("RSK001", {"buyer_parcels": 77}) | {"effect": "hold"}
    assert told([held], a_decision(outcome="held")) == {}


def test_a_held_parcel_says_what_declarants_may_read_and_nothing_of_the_risk() -> None:
    open_hold = next(
        code
        for code, rule in RULES.items()
        if rule.effect.value == "hold" and sentences().audience(code) is Audience.DECLARANT
    )
    findings = [a_finding(open_hold, {}), a_finding("RSK001", {"buyer_parcels": 77})]
    said = told(findings, a_decision(outcome="held"))[INVENTORY]
    assert said.startswith(f"[Code:{open_hold};")
    assert "RSK" not in said
    assert "77" not in said


def test_the_gravest_comes_first_whatever_came_first() -> None:
    findings = [
        a_finding("MAT001", WAITING),
        a_finding("MAT110", QTY, line=2),
        a_finding("MAT110", QTY, line=1),
        a_finding("MAT003", PAID),
        a_finding("RDG001", UNREAD),
    ]
    want = told(findings, language="zh")
    assert [part[:6] for part in want[INVENTORY].split("[Code:")[1:]] == [
        *("MAT003", "MAT110", "MAT110", "RDG001"),  # what only waits is not told of a refusal
    ]
    for seed in range(1, 6):
        assert told(findings, language="zh", shuffled=seed) == want


def test_what_there_is_no_room_for_is_counted() -> None:
    findings = [a_finding("MAT110", QTY, line=line) for line in range(1, 30)]
    said = told(findings)[INVENTORY]
    assert len(said) <= 1_000
    whole = said.count("[Code:MAT110;")
    assert said.endswith(f"[Code:...;Desc:+{29 - whole}]")


def test_notes_name_the_cell_that_was_not_read_and_do_not_count_findings() -> None:
    said = told([a_finding("RDG001", UNREAD), a_finding("MAT014", {"form_findings": 1})])
    assert said[INVENTORY].startswith("[Code:RDG001;Field:InventoryList[2]/qty;Desc:")
    assert "read two, expected a decimal (row 3)" in said[INVENTORY]
    assert "MAT014" not in said[INVENTORY]


def test_words_of_a_file_cannot_forge_an_entry() -> None:
    forged = UNREAD | {"read": "1][Code:2600;Desc:放行]"}
    said = told([a_finding("RDG001", forged)])[INVENTORY]
    assert said.count("[Code:") == 1


@pytest.mark.parametrize("outcome", ["released", "withdrawn", "returned"])
def test_nothing_is_told_of_what_stands_in_no_way(outcome: str) -> None:
    assert told([a_finding("RDG001", UNREAD)], a_decision(outcome=outcome)) == {}


@pytest.mark.parametrize("code", ["RET001", "RET003"])
def test_a_denied_withdrawal_is_told_apart_from_the_parcel(code: str) -> None:
    days = day_number(DAY)
    facts: Cells = {"withdrawal_kind": "return", "released_day": days - 40}
    facts |= {"withdrawal_applied_day": days}
    assert code in RETURN_RULES
    said = told([a_finding(code, facts)], a_decision(outcome="released"))
    assert list(said) == [WITHDRAWAL]
    said = told([a_finding(code, facts), a_finding("MAT003", PAID)])
    assert said[WITHDRAWAL].startswith(f"[Code:{code};")
    assert said[INVENTORY].startswith("[Code:MAT003;")
    assert code not in said[INVENTORY]


def test_a_parcel_without_a_regime_is_told_without_parameters() -> None:
    facts: Cells = {"trade_mode": "9999", "direction": "import", "decl_day": day_number(DAY)}
    refused = a_finding("REG001", facts) | {"effect": "refuse"}
    said = told([refused], a_decision(regime="", decl_day=-1))[INVENTORY]
    assert ";Field:InventoryHead/tradeMode;" in said
    assert "2026-08-03" in said


def test_findings_of_other_parcels_are_not_told() -> None:
    assert told([a_finding("MAT003", PAID, parcel_id="cn-2")]) == {}
    assert told([]) == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_rule_can_be_told_with_nothing_left_open(language: str) -> None:
    for regime in BOOK.law.regimes_at(DAY):
        named = [code for codes in regime.stages.values() for code in codes]
        listed = [code for code in named if code in RULES and code in sentences().codes]
        findings, decisions = [], []
        for n, code in enumerate(listed):
            if sentences().audience(code) is not Audience.DECLARANT:
                continue
            facts = {name: _some(name) for name in RULES[code].facts}
            facts |= dict.fromkeys(RULES[code].quotes, "KGM")
            findings.append(a_finding(code, facts, parcel_id=f"cn-{n}") | {"effect": "refuse"})
            decisions.append(a_decision(f"cn-{n}", regime=regime.code))
        said = told(findings, *decisions, language=language)
        assert sum(about not in ALONE for _, about in said) == len(findings)
        assert not [text for text in said.values() if "?" in text]


def _some(name: str) -> str | int:
    column = column_of(name)
    assert column is not None
    return "X1" if column.kind is Kind.TEXT else 1


def test_flags_and_needs_are_spoken_in_the_language() -> None:
    assert spoken("has_order", 1, "CNY") == "yes"
    assert spoken("has_order", 0, "CNY", "zh") == "否"
    words = spoken_law("MAT001", BOOK.law, DIRECT, DAY, "ru")
    assert words["needs_payment"] == "да"
    assert words["pending_days"] == "1"
    assert spoken_law("RDG001", BOOK.law, DIRECT, DAY, "ru") == {}


def test_a_document_is_told_its_own_faults_and_no_difference() -> None:
    """A payment without a firm's name is at fault; of two that differ nobody knows which."""
    said = told([a_finding("MAT022", {"payment_pay_name": ""}), a_finding("MAT003", PAID)])
    assert "MAT022" in said["cn-1", "payment"]
    assert "MAT003" not in said["cn-1", "payment"]
    assert {"MAT022", "MAT003"} <= {part[:6] for part in said[INVENTORY].split("[Code:")}
