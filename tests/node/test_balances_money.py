"""Duty charged against money and receipts; guarantees of transits freed once or claimed."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from silkport.kernel.balance_errors import Unpaid
from silkport.kernel.check_digits import complete_kz_iin
from silkport.kernel.exchange_errors import StepNotAllowed
from silkport.kernel.findings import Effect
from silkport.kernel.party_errors import NoRole
from silkport.model.parties import NO_END, Role
from silkport.node.corridor import balances as room
from silkport.node.corridor.guarantees import (
    claim,
    discharge,
    transit_days,
)
from silkport.node.corridor.parties import register_party
from silkport.node.corridor.paying import missing_payment
from silkport.node.law.books import law_book
from tests.node.audits import look
from tests.node.balance_desk import TODAY, Desk, codes, receipt
from tests.node.worlds import BEGIN, HOUR


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_nothing_is_released_unpaid(desk: Desk) -> None:
    account = desk.open("money", "A-1", 10_000, holder="C1").id
    assert not desk.paid("case 1")  # never charged
    (never,) = desk.node.state.read(lambda tx: missing_payment(tx, "case 1"))
    assert (never.code, never.effect) == ("BAL002", Effect.WAIT)
    assert desk.charge("case 1", 8_000) == []
    assert desk.charge("case 1", 8_000) == []
    assert desk.paid("case 1")
    assert desk.parts(account) == (2_000, 8_000, 0)
    (short,) = desk.charge("case 2", 5_000)
    assert (short.code, short.facts["missing"]) == ("BAL001", "50.00 KZT")
    with pytest.raises(Unpaid, match="5000 KZT"):
        desk.do(room.settle, "case 2")
    assert desk.parts(account) == (2_000, 8_000, 0)  # what is short holds nothing back
    desk.do(room.settle, "case 1")
    assert desk.paid("case 1")
    assert desk.parts(account) == (2_000, 0, 8_000)


def test_a_receipt_counts_once_and_lets_waiting_declarations_go_on(desk: Desk) -> None:
    assert codes(desk.charge("case 2", 5_000)) == [("BAL001", 0)]
    assert codes(desk.charge("case 1", 900)) == [("BAL001", 0)]
    first = desk.pay(receipt("R1", 4_000), receipt("R1", 4_000))
    assert (first.taken, first.known, first.refused) == (1, 1, [])
    assert first.covered == ["case 1"]
    again = desk.pay(receipt("R1", 4_000), receipt("R2", 2_000))
    assert (again.taken, again.known, again.covered) == (1, 1, ["case 2"])
    assert desk.parts("money C1-KZT") == (100, 5_900, 0)
    assert look(desk.world, "kz").is_sound


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"amount": 4_001}, "SP-6404"),  # the same number with another amount
        ({"balance": "A-1"}, "SP-6404"),  # and for another account: it would count twice
        ({"number": "R2", "currency": "CNY"}, "SP-1105"),
        ({"number": "R2", "amount": 10**18}, "SP-1105"),
        ({"number": "R2", "balance": "A-9"}, "SP-4102"),
        ({"number": "R2", "balance": "A-1", "payer": "C2"}, "SP-1105"),
    ],
)
def test_a_wrong_receipt_is_named_and_the_others_stand(
    desk: Desk, wrong: dict[str, Any], said: str
) -> None:
    desk.open("money", "A-1", 0, holder="C1")
    desk.pay(receipt("R1", 4_000))
    stated: dict[str, Any] = {"number": "R1", "amount": 4_000}
    result = desk.pay(receipt(**stated | wrong), receipt("R3", 10))
    assert [(one.row, one.wrong[:7]) for one in result.refused] == [(2, said)]
    assert result.taken == 1
    assert desk.parts("money C1-KZT") == (4_010, 0, 0)


def test_who_confirms_a_payment_is_no_carrier(desk: Desk) -> None:
    register_party(desk.node, "B1", "KZ", {Role.BANK: (0, NO_END)}, who="Chen")
    register_party(desk.node, "T1", "KZ", {Role.CARRIER: (0, NO_END)}, who="Chen")
    paid = desk.pay(
        receipt("R1", 10, issuer="B1"), receipt("R2", 10, issuer="T1"), receipt("R3", 10)
    )
    assert paid.taken == 2
    assert [(one.row, one.wrong[:7]) for one in paid.refused] == [(3, "SP-6802")]
    register_party(desk.node, "Chen", "KZ", {Role.CARRIER: (0, NO_END)}, who="Aigerim")
    with pytest.raises(NoRole):
        desk.pay(receipt("R4", 10))


def test_after_release_a_debt_is_owed_and_a_refund_is_free_again(desk: Desk) -> None:
    account = desk.open("money", "A-1", 10_000, holder="C1").id
    desk.charge("case", 8_000)
    desk.do(room.settle, "case")
    assert desk.charge("case", 6_000) == []
    assert desk.parts(account) == (4_000, 0, 6_000)
    assert codes(desk.charge("case", 11_000)) == [("BAL001", 0)]
    assert desk.parts(account) == (4_000, 0, 6_000)  # what was paid stays paid
    assert not desk.paid("case")
    assert desk.pay(receipt("R1", 1_000, balance="A-1")).covered == ["case"]
    assert desk.parts(account) == (0, 0, 11_000)


def test_refused_nothing_is_owed_any_more(desk: Desk) -> None:
    account = desk.open("money", "A-1", 10_000, holder="C1").id
    desk.charge("case", 8_000)
    desk.do(room.free, "case")
    assert desk.parts(account) == (10_000, 0, 0)
    assert not desk.paid("case")
    assert desk.charge("case", 8_000) == []  # reopened


def test_several_accounts_pay_together_and_others_do_not(desk: Desk) -> None:
    desk.open("money", "A-1", 500, holder="C1")
    desk.open("money", "A-2", 500, holder="C1", stop=TODAY + 1)
    desk.open("money", "A-3", 500, holder="C1", stop=TODAY)
    desk.open("money", "A-4", 500, holder="C2")
    desk.open("money", "A-5", 500, holder="C1", unit="CNY")
    assert codes(desk.charge("case", 1_001)) == [("BAL001", 0)]
    assert desk.charge("case", 700) == []
    assert (desk.parts("money A-2"), desk.parts("money A-1")) == ((0, 500, 0), (300, 200, 0))


def test_nothing_to_pay_is_paid(desk: Desk) -> None:
    assert desk.charge("case", 0) == []
    assert desk.paid("case")


def test_a_person_pays_under_a_pseudonym(desk: Desk) -> None:
    person = complete_kz_iin("85010130012") or ""
    desk.pay(receipt("R1", 900, payer=person))
    assert desk.charge("case", 900, payer=person) == []
    rows = desk.world.rows("kz", "select state from dossier union all select record from act")
    assert not any(
        person in bytes(row[0] if isinstance(row[0], bytes) else row[0].encode()).decode()
        for row in rows
    )


def test_a_guarantee_is_freed_by_the_neighbour_once(desk: Desk) -> None:
    one = desk.open("guarantee", "G-1", 10_000, holder="C1").id
    assert desk.secure("t1", 6_000) == []
    assert desk.secure("t1", 6_000) == []
    assert codes(desk.secure("t2", 5_000)) == [("BAL007", 0)]
    assert desk.arrive("t1") == ["t1"]
    assert desk.arrive("t1") == []
    assert desk.arrive("t1", 9) == []
    assert desk.parts(one) == (10_000, 0, 0)
    assert desk.secure("t2", 5_000) == []
    assert desk.do(discharge, "t2", who="Chen")
    assert not desk.do(discharge, "t2", who="Chen")
    assert desk.arrive("t2") == []
    assert desk.parts(one) == (10_000, 0, 0)
    assert look(desk.world, "kz").is_sound


@pytest.mark.parametrize(
    ("transit", "notice", "freed"),
    [
        ({}, {}, ["t1"]),
        ({"house_no": "1"}, {"house_no": "1"}, ["t1"]),
        ({"house_no": "1"}, {"house_no": "2"}, []),
        ({"house_no": "1"}, {}, []),  # of one house nothing was said
        ({}, {"house_no": "1"}, []),  # the rest of the consignment is still under way
        ({"towards": "cn"}, {}, ["t1"]),
        ({"towards": "zz"}, {}, []),
        ({}, {"differs": "seal 77 is broken"}, []),
    ],
)
def test_which_arrival_frees(
    desk: Desk, transit: dict[str, Any], notice: dict[str, Any], freed: list[str]
) -> None:
    desk.open("guarantee", "G-1", 10_000, holder="C1")
    desk.secure("t1", 6_000, **transit)
    assert desk.arrive("t1", **notice) == freed


def test_an_arrival_that_differs_waits_for_an_officer(desk: Desk) -> None:
    one = desk.open("guarantee", "G-1", 10_000, holder="C1").id
    desk.secure("t1", 6_000)
    desk.arrive("t1", differs="weighed 900 kg less")
    desk.arrive("t1", 2)  # a second notice does not undo the first
    assert desk.parts(one) == (4_000, 6_000, 0)
    assert "weighed 900 kg less" in desk.world.incidents("kz")[0].reason
    desk.do(claim, "t1", 1_500, who="Chen", reason="the shortage")
    assert desk.do(discharge, "t1", who="Chen", reason="the rest arrived")
    assert desk.parts(one) == (8_500, 0, 1_500)


def test_overdue_is_noted_and_claimed_by_an_officer_alone(desk: Desk) -> None:
    one = desk.open("guarantee", "G-1", 10_000, holder="C1").id
    desk.secure("t1", 6_000, until=BEGIN + HOUR)
    with pytest.raises(StepNotAllowed, match="in time"):
        desk.do(claim, "t1", 6_000, who="Chen", reason="too early")
    assert desk.late() == []
    desk.world.clock.at = BEGIN + HOUR
    assert desk.late() == ["t1"]
    assert desk.late() == []
    assert desk.world.codes("kz") == ["SP-6102"]
    assert desk.parts(one) == (4_000, 6_000, 0)
    with pytest.raises(StepNotAllowed):
        desk.do(claim, "t1", 6_001, who="Chen", reason="too much")
    desk.do(claim, "t1", 6_000, who="Chen", reason="never came")
    assert desk.parts(one) == (4_000, 0, 6_000)
    assert desk.arrive("t1") == []
    with pytest.raises(StepNotAllowed, match="claimed"):
        desk.secure("t1", 6_000)


def test_a_late_arrival_frees_what_nobody_claimed(desk: Desk) -> None:
    one = desk.open("guarantee", "G-1", 10_000, holder="C1").id
    desk.secure("t1", 6_000, until=BEGIN)
    assert desk.late() == ["t1"]
    assert desk.arrive("t1") == ["t1"]
    assert desk.parts(one) == (10_000, 0, 0)


@pytest.mark.parametrize(
    "terms", [{"holder": "C2"}, {"unit": "CNY"}, {"stop": TODAY}, {"number": "G-2"}]
)
def test_a_guarantee_that_cannot_be_used(desk: Desk, terms: dict[str, Any]) -> None:
    stated: dict[str, Any] = {"number": "G-1", "holder": "C1"} | terms
    desk.open("guarantee", stated.pop("number"), 10_000, **stated)
    (found,) = desk.secure("t1", 6_000)
    assert (found.code, found.effect) == ("BAL009", Effect.HOLD)


@pytest.mark.parametrize(
    ("km", "by_rail", "days"),
    [(2_000, False, 30), (2_001, False, 31), (1, False, 1), (100, True, 7), (5_430, True, 82)],
)
def test_how_long_a_transit_may_take(km: int, by_rail: bool, days: int) -> None:
    law = law_book("kz").law
    assert transit_days(law, date(2026, 9, 21), km, by_rail=by_rail) == days
