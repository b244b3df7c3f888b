"""The whole journey on small batches made by hand, batch after batch at one desk."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from silkport.kernel.periods import day_number
from silkport.model.columns import MISSING
from tests.stages.cast import RESIDENT_ID, Row
from tests.stages.desk import Desk, Document, a_withdrawal, buyer, some_papers
from tests.stages.places import (
    CN_BONDED,
    CN_DIRECT,
    CN_EXPORT,
    CN_EXPORT_2024,
    DAY,
    KZ_EXPORT,
    KZ_IMPORT,
    KZ_PERSONAL,
    ZZ_EXPORT,
    ZZ_IMPORT,
    Place,
)

BO_LI = "110101198501011239"
YEAR = (RESIDENT_ID, DAY.year)
LEVIES = ("duty", "excise", "vat", "fee", "total")


def later(days: int) -> date:
    return DAY + timedelta(days=days)


def cleared_desk(place: Place = CN_DIRECT, **changes: Any) -> Desk:
    """A desk that has cleared one parcel."""
    desk = Desk(place.country)
    desk.clear(place.day, some_papers(place, **changes))
    return desk


def owed(desk: Desk, order_no: str = "AIG-1") -> dict[str, int]:
    decision = desk.decision(order_no)
    return {name: int(decision[f"{name}_minor"]) for name in LEVIES if decision[f"{name}_minor"]}


@pytest.mark.parametrize(
    ("place", "value", "amounts"),
    [
        (CN_DIRECT, 12_980, {"vat": 1_181, "total": 1_181}),  # 129.80 × 13 % × 70 %
        (CN_BONDED, 12_980, {"vat": 1_181, "total": 1_181}),
        (ZZ_IMPORT, 12_980, {"duty": 1_557, "vat": 1_744, "fee": 300, "total": 3_601}),
        (KZ_IMPORT, 934_560, {}),  # 129.80 × 72 lies below 200 EUR
        (KZ_PERSONAL, 934_560, {}),
        (CN_EXPORT, 11_980, {}),  # free on board
        (CN_EXPORT_2024, 11_980, {}),
        (ZZ_EXPORT, 12_980, {}),
        (KZ_EXPORT, 934_560, {}),
    ],
    ids=str,
)
def test_clean_parcel_is_released_with_exact_amounts(
    place: Place, value: int, amounts: dict[str, int]
) -> None:
    desk = cleared_desk(place)
    decision = desk.decision()
    assert (decision["outcome"], decision["lane"], desk.codes()) == ("released", "green", set())
    assert decision["customs_value_minor"] == value
    assert owed(desk) == amounts
    assert decision["regime"] == place.regime
    assert decision["released_day"] == decision["processing_day"] == day_number(place.day)
    taxes = desk.outcomes["tax_lines"]
    assert taxes["amount_minor"].sum() == amounts.get("total", 0)


@pytest.mark.parametrize(
    ("place", "pieces", "amounts"),
    [
        # 2,010 CNY × 72 = 144,720 KZT; the limit is 200 × 600 = 120,000 KZT.
        (KZ_PERSONAL, 2, {"duty": 370_800, "total": 370_800}),
        (KZ_IMPORT, 2, {"duty": 723_600, "vat": 2_431_296, "total": 3_154_896}),
        (KZ_PERSONAL, 1, {}),
        (KZ_IMPORT, 1, {}),
    ],
    ids=str,
)
def test_kazakh_law_changes_on_the_first_of_july(
    place: Place, pieces: int, amounts: dict[str, int]
) -> None:
    assert KZ_PERSONAL.day == date(2026, 6, 30)
    place = place if place is KZ_PERSONAL else place._replace(day=date(2026, 7, 1))
    desk = cleared_desk(place, price_e5=100_000_000, pieces=pieces)
    assert desk.outcome() == "released"
    assert desk.decision()["regime"] == place.regime
    assert owed(desk) == amounts


def test_the_legal_day_is_of_the_message_not_of_processing() -> None:
    desk = Desk("kz")
    desk.clear(date(2026, 7, 9), some_papers(KZ_PERSONAL, price_e5=100_000_000))
    assert desk.decision()["regime"] == "parcels_personal_use"
    assert owed(desk)["total"] == 370_800


@pytest.mark.parametrize(
    ("place", "missing", "outcome"),
    [
        (CN_EXPORT_2024, "payment", "pending"),
        (CN_EXPORT, "payment", "released"),
        (CN_EXPORT._replace(day=date(2024, 12, 15)), "payment", "released"),
        *((place, name, "pending") for place in (CN_EXPORT, CN_EXPORT_2024, CN_DIRECT)
          for name in ("order", "waybill")),
        (ZZ_EXPORT, "payment", "released"),
        (KZ_PERSONAL, "payment", "released"),
        (KZ_IMPORT, "payment", "pending"),
    ],
    ids=str,
)  # fmt: skip
def test_the_regime_demands_its_documents(place: Place, missing: str, outcome: str) -> None:
    desk = Desk(place.country)
    desk.clear(place.day, [one for one in some_papers(place) if one.table != missing])
    assert desk.outcome() == outcome
    assert desk.codes() == ({"MAT001"} if outcome == "pending" else set())


def test_bonded_import_needs_its_record_and_no_arrival() -> None:
    nowhere: Row = {"waybill_arrived_day": MISSING}
    assert cleared_desk(CN_BONDED, **nowhere).outcome() == "released"
    desk = cleared_desk(CN_DIRECT, **nowhere)
    assert (desk.outcome(), desk.codes()) == ("pending", {"MAT015"})
    desk = cleared_desk(CN_BONDED, line={"item_record_no": ""}, area_code="")
    assert desk.outcome() == "refused"
    assert desk.codes() == {"CHK025", "CHK053", "MAT014"}


def test_second_identical_batch_changes_nothing() -> None:
    papers = some_papers(CN_DIRECT)
    desk = Desk("cn")
    desk.clear(DAY, papers)
    before = {name: rows.clone() for name, rows in desk.outcomes.items()}
    again = desk.clear(later(1), papers)
    assert len(again.standing) == 1
    assert again.decisions.is_empty()
    assert again.quota.is_empty()
    assert set(again.statuses["status"]) == {"duplicate"}
    assert all(rows.equals(before[name]) for name, rows in desk.outcomes.items())


def test_payment_that_comes_later_releases() -> None:
    papers = some_papers(CN_DIRECT)
    desk = Desk("cn")
    desk.clear(DAY, [papers.inventory, papers.order, papers.waybill])
    assert (desk.outcome(), desk.codes(), desk.ledger()) == ("pending", {"MAT001"}, {})
    assert desk.decision()["due_day"] == day_number(later(1))
    assert desk.decision()["match_mask"] == 1
    desk.clear(later(1), [papers.payment])
    assert (desk.outcome(), desk.codes(), desk.ledger()) == ("released", set(), {YEAR: 12_980})
    assert desk.decision()["match_mask"] == 0


def test_documents_that_do_not_come_in_time_refuse() -> None:
    papers = some_papers(CN_DIRECT)
    desk = Desk("cn")
    desk.clear(DAY, [papers.inventory, papers.order, papers.waybill])
    assert desk.clear(later(1)).decisions.is_empty()
    assert desk.outcome() == "pending"
    desk.clear(later(2))
    assert (desk.outcome(), desk.codes()) == ("refused", {"MAT101"})
    assert desk.decision()["due_day"] == day_number(later(62))
    assert desk.decision()["match_mask"] == 1
    assert desk.clear(later(3)).decisions.is_empty()


def test_newer_version_decides_again_and_older_is_stale() -> None:
    papers = some_papers(CN_DIRECT, net_mass_mg=600_000)
    desk = Desk("cn")
    desk.clear(DAY, papers)
    assert (desk.outcome(), desk.codes()) == ("refused", {"CHK012", "MAT014"})
    older = papers.inventory.version(70_000, net_mass_mg=400_000)
    ran = desk.clear(DAY, [older])
    assert ran.statuses["status"].to_list() == ["stale"]
    assert ran.decisions.is_empty()
    newer = papers.inventory.version(90_000, net_mass_mg=400_000)
    ran = desk.clear(DAY, [newer])
    assert ran.statuses["status"].to_list() == ["current"]
    assert (desk.outcome(), desk.codes()) == ("released", set())
    assert desk.decision()["app_time"] == newer.head["app_time"]


def test_older_version_in_the_same_batch_is_told_and_left_aside() -> None:
    papers = some_papers(CN_DIRECT)
    older = papers.inventory.version(70_000, net_mass_mg=900_000)
    desk = Desk("cn")
    desk.clear(DAY, [*papers, older, papers.order])
    assert (desk.outcome(), desk.codes()) == ("released", {"MAT016", "MAT017"})
    desk = Desk("cn")
    desk.clear(DAY, [older, *papers])
    assert (desk.outcome(), desk.codes()) == ("released", set())


def test_newer_order_decides_a_waiting_or_refused_parcel_again() -> None:
    papers = some_papers(CN_DIRECT, order_consignee="Somebody")
    desk = Desk("cn")
    desk.clear(DAY, papers)
    assert (desk.outcome(), desk.codes()) == ("refused", {"MAT008"})
    desk.clear(DAY, [papers.order.version(90_000, consignee="Bo Wen")])
    assert desk.outcome() == "released"


def test_change_after_release_comes_too_late() -> None:
    papers = some_papers(CN_DIRECT)
    desk = Desk("cn")
    desk.clear(DAY, papers)
    before = desk.decision()
    ran = desk.clear(DAY, [papers.inventory.version(90_000, net_mass_mg=900_000)])
    assert ran.statuses["status"].to_list() == ["too_late"]
    assert ran.decisions.is_empty()
    assert desk.decision() == before
    ran = desk.clear(DAY, [papers.inventory.version(95_000)._replace(lines=())])
    assert ran.statuses["status"].to_list() == ["too_late"]
    assert desk.decision() == before


@pytest.mark.parametrize("way", ["cancel", "delete"])
def test_cancelled_before_release_is_withdrawn_for_good(way: str) -> None:
    papers = some_papers(CN_DIRECT)
    desk = Desk("cn")
    desk.clear(DAY, [papers.inventory, papers.order])
    cancel = a_withdrawal("cancel", "AIG-1", DAY)
    delete = papers.inventory.version(90_000, app_type=3)
    desk.clear(DAY, [cancel if way == "cancel" else delete])
    assert desk.outcome() == "withdrawn"
    assert owed(desk) == {}
    assert desk.clear(later(1), [papers.payment, papers.waybill]).decisions.is_empty()
    assert (desk.outcome(), desk.ledger()) == ("withdrawn", {})


def test_return_in_one_batch_with_its_parcel_does_not_undo_a_release_that_never_was() -> None:
    desk = Desk("cn")
    desk.clear(DAY, [*some_papers(CN_DIRECT), a_withdrawal("return", "AIG-1", DAY, DAY)])
    assert (desk.outcome(), desk.codes(), desk.ledger()) == ("released", {"RET003"}, {YEAR: 12_980})


def a_return(applied: int | None, back: date | None) -> Document:
    """A return applied for so many days after release; None where no day is stated."""
    if applied is None:
        return a_withdrawal("return", "AIG-1", later(1), back, applied_day=MISSING)
    return a_withdrawal("return", "AIG-1", later(applied), back)


@pytest.mark.parametrize(
    ("applied", "returned", "codes"),
    [
        (0, 0, set()),
        (30, 45, set()),
        (31, 45, {"RET001"}),
        (30, 46, {"RET002"}),
        (31, 46, {"RET001", "RET002"}),
        (30, None, {"RET002"}),
        (None, 45, {"RET001"}),
    ],
)
def test_return(applied: int | None, returned: int | None, codes: set[str]) -> None:
    desk = cleared_desk(CN_DIRECT)
    back = later(returned) if returned is not None else None
    ran = desk.clear(later(50), [a_return(applied, back)])
    assert desk.codes() == codes
    assert desk.decision()["released_day"] == day_number(DAY)
    if codes:
        assert (desk.outcome(), desk.ledger()) == ("released", {YEAR: 12_980})
        assert owed(desk) == {"vat": 1_181, "total": 1_181}
        assert ran.quota.is_empty()
    else:
        assert (desk.outcome(), desk.ledger(), owed(desk)) == ("returned", {}, {})
        assert ran.quota.select("kind", "amount_minor").rows() == [("credit", 12_980)]
        assert desk.outcomes["tax_lines"].is_empty()


@pytest.mark.parametrize("kind", ["cancel", "return"])
def test_what_was_withdrawn_or_returned_is_never_decided_again(kind: str) -> None:
    papers = some_papers(CN_DIRECT)
    desk = Desk("cn")
    desk.clear(DAY, papers if kind == "return" else [papers.inventory])
    desk.clear(DAY, [a_withdrawal(kind, "AIG-1", DAY, DAY)])
    before = desk.decision()
    assert before["outcome"] == {"cancel": "withdrawn", "return": "returned"}[kind]
    for again in ("cancel", "return"):
        last = a_withdrawal(again, "AIG-1", later(70), later(70), guid=f"again-{again}")
        ran = desk.clear(later(70), [*papers, last])
        assert (ran.decisions.height, ran.quota.height) == (0, 0)
        assert ran.standing.to_list() == [before["parcel_id"]]
    newer = papers.inventory.version(90_000)
    assert desk.clear(later(71), [newer]).decisions.is_empty()
    assert (desk.decision(), desk.ledger()) == (before, {})


@pytest.mark.parametrize("place", [CN_DIRECT, CN_EXPORT, KZ_IMPORT, KZ_EXPORT], ids=str)
def test_another_waybill_than_the_inventory_names_is_refused(place: Place) -> None:
    desk = cleared_desk(place, waybill_logistics_no="RR-OTHER")
    assert (desk.outcome(), desk.codes()) == ("refused", {"MAT111"})
    assert desk.decision()["match_mask"] == 1


def test_a_released_parcel_is_not_cancelled() -> None:
    desk = cleared_desk(CN_DIRECT)
    desk.clear(DAY, [a_withdrawal("cancel", "AIG-1", DAY)])
    assert (desk.outcome(), desk.codes()) == ("released", {"RET003"})
    assert desk.ledger() == {YEAR: 12_980}


def article(order_no: str, yuan: int, place: Place = CN_DIRECT, **changes: Any) -> list[Document]:
    """One indivisible article whose duty rate is known, freight within its value."""
    oil: Row = {"hs_code": "1512190000"}
    price = yuan * 100_000 - 1_000_000
    return list(some_papers(place, order_no, price_e5=price, pieces=1, line=oil, **changes))


@pytest.mark.parametrize("turned", [False, True])
def test_of_two_parcels_in_one_second_that_exceed_the_year_one_is_accepted(turned: bool) -> None:
    day = [*article("AIG-1", 15_000), *article("AIG-2", 15_000)]
    desk = Desk("cn")
    desk.clear(DAY, day[::-1] if turned else day)
    outcomes = {order: desk.outcome(order) for order in ("AIG-1", "AIG-2")}
    assert sorted(outcomes.values()) == ["refused", "released"]
    (refused,) = [order for order, outcome in outcomes.items() if outcome == "refused"]
    assert desk.codes(refused) == {"LIM002"}
    assert desk.ledger() == {YEAR: 1_500_000}


def test_the_year_may_be_used_to_the_last_fen_and_returns_free_it() -> None:
    desk = Desk("cn")
    desk.clear(DAY, [*article("AIG-1", 15_000), *article("AIG-2", 11_000)])
    assert desk.ledger() == {YEAR: 2_600_000}
    desk.clear(DAY, some_papers(CN_DIRECT, "AIG-3"))
    assert (desk.outcome("AIG-3"), desk.codes("AIG-3")) == ("refused", {"LIM002"})
    desk.clear(DAY, article("AIG-4", 26_000, **buyer(BO_LI)))
    assert desk.outcome("AIG-4") in {"released", "held"}
    desk.clear(DAY, [a_withdrawal("return", "AIG-2", DAY, DAY)])
    desk.clear(DAY, some_papers(CN_DIRECT, "AIG-5"))
    assert desk.outcome("AIG-5") in {"released", "held"}
    assert desk.ledger() == {YEAR: 1_512_980, (BO_LI, DAY.year): 2_600_000}


def test_every_year_has_its_own_limit() -> None:
    next_year = CN_DIRECT._replace(day=date(2027, 1, 1))
    desk = Desk("cn")
    desk.clear(DAY, article("AIG-1", 26_000))
    desk.clear(next_year.day, article("AIG-2", 26_000, next_year))
    assert {year: used for (_, year), used in desk.ledger().items()} == {
        2026: 2_600_000,
        2027: 2_600_000,
    }


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"trade_mode": "0110"}, "REG001"),
        ({"decl_day": MISSING}, "REG001"),
        ({"decl_day": day_number(date(2016, 4, 7))}, "REG001"),
        ({"destination_country": "RU"}, "REG002"),
    ],
)
def test_what_no_regime_covers_is_refused(changes: Row, code: str) -> None:
    desk = Desk("cn")
    desk.clear(DAY, some_papers(CN_DIRECT, "AIG-1", **changes))
    assert (desk.outcome(), desk.codes(), desk.ledger()) == ("refused", {code}, {})
    desk.clear(DAY, [*some_papers(CN_DIRECT, "AIG-2", **changes), *some_papers(CN_DIRECT, "AIG-3")])
    assert (desk.outcome("AIG-2"), desk.outcome("AIG-3")) == ("refused", "released")


def test_orders_without_an_inventory_decide_nothing() -> None:
    papers = some_papers(CN_DIRECT)
    desk = Desk("cn")
    assert desk.clear(DAY, [papers.order, papers.payment, papers.waybill]).decisions.is_empty()
    desk.clear(later(9), [papers.inventory])
    assert desk.outcome() == "released"


def test_a_value_that_could_not_be_read_refuses() -> None:
    problem: Row = {"order_no": "AIG-1", "source": "day.csv", "position": 2, "column": "pack_count"}
    problem |= {"read": "one", "expected": "a number", "code": "RDG001"}
    desk = Desk("cn")
    desk.clear(DAY, some_papers(CN_DIRECT), [problem])
    assert desk.outcome() == "refused"
    assert {"CHK030", "RDG001"} <= desk.codes()
