"""Corrections, refund claims and additional assessments, through the passage with real law.

The house is flour for 8,123 US dollars at 1.45, duty 8 %, VAT 5 %, fee 23.00: released on `DAY`
with 1,602.44 in all.
"""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from silkport.kernel.periods import day_number
from silkport.model.columns import MISSING
from silkport.stages import release
from tests.stages.goods_desk import OWED, GoodsDesk, a_declaration, an_act, released
from tests.stages.goods_law import DAY, E5, KG, Case, Row, Under, cases, fires

TODAY = day_number(DAY)
FIRST = TODAY - 800
RELEASED: Row = {"released_day": FIRST, "total_minor": 10, "paid_before_minor": 11}


def of(act: str, days: int, **changes: int | str) -> Row:
    """An act so many days after the release."""
    return RELEASED | {"act": act, "act_day": FIRST + days} | changes


KZ = Under("kz")
CN = Under("cn", "general_trade_import")

ROWS: list[Case] = [
    ("AFT001", {"released_day": MISSING}, False),
    *(("AFT001", {"act": one}, True) for one in release.AFTER_RELEASE),
    *(("AFT001", of(one, 1), False) for one in release.AFTER_RELEASE),
    ("AFT001", {"act": "withdrawal"}, False),
    ("AFT001", {"act": "correction", "released_day": 0}, False),
    ("AFT002", of("refund", 1_095), False),
    ("AFT002", of("refund", 1_096), True),
    ("AFT002", of("refund", 0, act_day=MISSING), True),
    ("AFT002", of("refund", 1_096, released_day=MISSING), False),  # AFT001 says so
    ("AFT002", of("correction", 1_096), False),
    ("AFT002", of("refund", 1_095), False, KZ),
    ("AFT002", of("refund", 1_096), True, KZ),
    ("AFT002", of("refund", 365), False, CN),
    ("AFT002", of("refund", 366), True, CN),
    ("AFT003", of("correction", 730), False),
    ("AFT003", of("correction", 731), True),
    ("AFT003", of("correction", 0, act_day=MISSING), True),
    ("AFT003", of("correction", 731, released_day=MISSING), False),
    ("AFT003", of("refund", 731), False),
    ("AFT004", of("assessment", 1_095), False),
    ("AFT004", of("assessment", 1_096), True),
    ("AFT004", of("assessment", 0, act_day=MISSING), True),
    ("AFT004", of("assessment", 1_096, released_day=MISSING), False),
    ("AFT005", of("refund", 1), False),
    ("AFT005", of("refund", 1, total_minor=11), True),
    ("AFT005", of("refund", 1, total_minor=12), True),
    ("AFT005", of("refund", 1, total_minor=MISSING), False),  # nothing is owed any more
    ("AFT005", of("refund", 1, total_minor=0, paid_before_minor=0), True),
    ("AFT005", of("correction", 1, total_minor=11), False),
    ("AFT005", of("refund", 1, total_minor=11, released_day=MISSING), False),
    ("AFT006", {}, False),
    *(
        ("AFT006", of(act, dated, received_day=FIRST + received), broken)
        for act, days in (("refund", 1_095), ("correction", 730), ("assessment", 1_095))
        for dated, received, broken in (
            (days, days, False),
            (days, days + 1, True),
            (0, days + 1, True),
            (days + 1, days + 1, False),  # AFT002, AFT003 and AFT004 say so
        )
    ),
    ("AFT006", of("refund", 9, received_day=MISSING), False),
    ("AFT006", of("refund", 0, act_day=MISSING, received_day=FIRST + 1_096), False),
    ("AFT006", of("refund", 9, released_day=MISSING, received_day=FIRST + 1_096), False),
    ("AFT006", of("declaration", 9, received_day=FIRST + 1_096), False),
    ("AFT006", of("refund", 9, received_day=FIRST + 366), True, CN),
    ("AFT006", of("refund", 9, received_day=FIRST + 365), False, CN),
]


@pytest.mark.parametrize(("code", "changes", "broken", "under"), cases(ROWS))
def test_rule(code: str, changes: Row, broken: bool, under: Under) -> None:
    assert fires(code, changes, under) is broken


def differences(desk: GoodsDesk) -> dict[str, tuple[int, str]]:
    """What changed by levy: now less before, and its kind."""
    return {row["levy"]: (row["difference_minor"], row["kind"]) for row in desk.adjusted()}


def test_a_correction_that_raises_the_value_is_a_debt() -> None:
    desk, house = released()
    assert desk.amounts() == OWED
    day = DAY + timedelta(days=40)
    desk.clear(day, an_act("correction", house, day, total_e5=9_123 * E5))
    # value 13,228.35: duty 1,058.268, cut off; VAT of 14,309.61 with the fee
    assert desk.amounts() == {"duty": 105_826, "vat": 71_548, "fee": 2_300}
    assert differences(desk) == {"duty": (11_600, "debt"), "vat": (7_830, "debt")}
    for row in desk.adjusted():
        assert (row["outcome"], row["change_flags"]) == ("accepted", "00000100")
        assert row["due_day"] == day_number(day) + 10
        assert row["after_minor"] - row["before_minor"] == row["difference_minor"]
    decision = desk.decision()
    assert (decision["outcome"], decision["released_day"]) == ("released", TODAY)
    assert decision["processing_day"] == day_number(day)
    assert decision["total_minor"] == 105_826 + 71_548 + 2_300
    assert decision["refund_day"] == TODAY + 1_095  # of the release, whatever came after


def test_a_correction_that_lowers_the_value_is_a_refund() -> None:
    desk, house = released()
    desk.clear(DAY, an_act("correction", house, DAY, total_e5=7_123 * E5))
    assert differences(desk) == {"duty": (-11_600, "refund"), "vat": (-7_830, "refund")}
    assert {row["due_day"] for row in desk.adjusted()} == {MISSING}


def test_a_correction_that_changes_no_amount_is_kept_without_a_difference() -> None:
    desk, house = released()
    before = desk.amounts()
    desk.clear(DAY, an_act("correction", house, DAY, trade_mark="Altyn Mill"))
    (row,) = desk.adjusted()
    assert (row["levy"], row["kind"], row["outcome"]) == ("", "nothing", "accepted")
    assert desk.amounts() == before


def test_a_second_correction_counts_from_the_first() -> None:
    desk, house = released()
    for clock, price in ((120_000, 9_123), (130_000, 8_623)):
        desk.clear(DAY, an_act("correction", house, DAY, clock, total_e5=price * E5))
    duties = [row for row in desk.adjusted() if row["levy"] == "duty"]
    assert [row["difference_minor"] for row in duties] == [11_600, -5_800]
    assert duties[1]["before_minor"] == duties[0]["after_minor"] == 105_826


def test_a_code_with_another_levy_adds_a_row_of_its_own() -> None:
    desk, house = released()
    goods: Row = {"hs_code": "7318159000", "origin": "CN", "net_mass_mg": 400 * KG}
    desk.clear(DAY, an_act("correction", house, DAY, **goods))
    changed = differences(desk)
    assert changed["countervailing"] == (10_000, "debt")
    assert changed["duty"][1] == "refund"  # 5 % where it was 8 %
    assert desk.decision()["remedy_minor"] == 10_000


DEADLINES = [
    ("refund", 1_095, "AFT002", 7_123),
    ("correction", 730, "AFT003", 7_123),
    ("assessment", 1_095, "AFT004", 9_123),
]


@pytest.mark.parametrize(("act", "days", "code", "price"), DEADLINES)
def test_an_act_is_taken_on_its_last_day_and_refused_a_day_later(
    act: str, days: int, code: str, price: int
) -> None:
    for late in (0, 1):
        desk, house = released()
        before, paid = desk.decision(), desk.payments()
        day = DAY + timedelta(days=days + late)
        desk.clear(day, an_act(act, house, day, total_e5=price * E5))
        assert desk.statuses == ["current", "current"]
        if not late:
            assert desk.codes() == set()
            assert {row["outcome"] for row in desk.adjusted()} == {"accepted"}
            assert desk.decision()["total_minor"] != before["total_minor"]
            continue
        assert desk.codes() == {code}
        assert desk.decision() == before  # the release and its amounts, as they were
        assert desk.payments().equals(paid)
        (row,) = desk.adjusted()
        assert (row["outcome"], row["levy"], row["difference_minor"]) == ("refused", "", 0)


@pytest.mark.parametrize(("act", "days", "code", "price"), DEADLINES)
def test_an_officer_decides_on_an_act_of_its_last_day_that_comes_a_day_later(
    act: str, days: int, code: str, price: int
) -> None:
    desk, house = released()
    before, paid = desk.decision(), desk.payments()
    last = DAY + timedelta(days=days)
    desk.clear(last + timedelta(days=1), an_act(act, house, last, total_e5=price * E5))
    assert desk.codes() == {"AFT006"}
    assert desk.decision() == before
    assert desk.payments().equals(paid)
    assert {row["outcome"] for row in desk.adjusted()} == {"held"}


@pytest.mark.parametrize(
    ("act", "line", "codes"),
    [
        ("refund", {"total_e5": 8_123 * E5}, {"AFT005"}),
        ("refund", {"total_e5": 9_123 * E5}, {"AFT005"}),
        ("correction", {"hs_code": "11"}, {"ASS201", "ASS203", "CHK251"}),
        ("correction", {"preference": "OUTP", "origin_proof": "CT-1"}, {"ASS205"}),
    ],
)
def test_a_refused_act_leaves_the_release_as_it_was(act: str, line: Row, codes: set[str]) -> None:
    desk, house = released()
    before, paid = desk.decision(), desk.payments()
    desk.clear(DAY, an_act(act, house, DAY, **line))
    assert desk.codes() == codes
    assert desk.decision() == before
    assert desk.payments().equals(paid)
    assert [row["outcome"] for row in desk.adjusted()] == ["refused"]


@pytest.mark.parametrize(
    ("line", "codes"),
    [({"hs_code": "0101210000"}, {"ASS201", "ASS203"}), ({"total_e5": 600 * E5}, set())],
)
def test_a_held_act_leaves_the_release_as_it_was(line: Row, codes: set[str]) -> None:
    """An officer decides: no rate is on file, or the goods became too cheap for their mass."""
    desk, house = released()
    before, paid = desk.decision(), desk.payments()
    desk.clear(DAY, an_act("correction", house, DAY, **line))
    assert desk.codes() == codes
    assert desk.decision() == before
    assert desk.payments().equals(paid)
    assert {row["outcome"] for row in desk.adjusted()} == {"held"}


def test_a_later_act_counts_from_what_stands_not_from_what_was_refused() -> None:
    desk, house = released()
    desk.clear(DAY, an_act("refund", house, DAY, 120_000, total_e5=9_123 * E5))
    desk.clear(DAY, an_act("correction", house, DAY, 130_000, total_e5=9_123 * E5))
    accepted = [row for row in desk.adjusted() if row["outcome"] == "accepted"]
    assert {row["levy"]: row["before_minor"] for row in accepted} == {"duty": 94_226, "vat": 63_718}


def test_the_law_of_the_registered_day_is_used_though_the_tariff_changed_since() -> None:
    """Chargers: 5 % until the end of June and 3 % since; the dollar was 1.40 and is 1.45."""
    registered = date(2026, 6, 30)
    goods: Row = {"hs_code": "8504401400"}
    desk, house = released(registered, goods)
    assert desk.amounts()["duty"] == 8_123 * 140 * 5 // 100
    desk.clear(DAY, an_act("correction", house, DAY, total_e5=9_123 * E5))
    assert desk.amounts()["duty"] == 9_123 * 140 * 5 // 100
    assert desk.decision()["decl_day"] == day_number(registered)
    # also where the act states another day of registration
    moved = an_act("correction", house, DAY, 130_000, total_e5=9_223 * E5)
    moved = moved._replace(head=moved.head | {"decl_day": TODAY})
    desk.clear(DAY, moved)
    assert desk.amounts()["duty"] == 9_223 * 140 * 5 // 100
    fresh = GoodsDesk()
    fresh.clear(DAY, a_declaration("AIG/1", goods))
    assert fresh.amounts()["duty"] == 8_123 * 145 * 3 // 100


def test_an_act_on_one_house_leaves_the_others_of_the_consignment_alone() -> None:
    desk, house = released()
    other = a_declaration("AIG/2", {"total_e5": 9_567 * E5})
    desk.clear(DAY, other)
    before, paid = desk.decision("AIG/2"), desk.payments("AIG/2")
    act = an_act("correction", house, DAY, total_e5=9_123 * E5)
    refused = an_act("refund", other, DAY, total_e5=9_999 * E5)
    desk.clear(DAY, act, refused)
    assert desk.amounts()["duty"] == 105_826
    assert desk.decision("AIG/2") == before
    assert desk.payments("AIG/2").equals(paid)
