"""Exports of every regime through the whole journey: the lawful leave, the others do not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.stages.cast import Row
from tests.stages.desk import Desk, a_withdrawal, some_papers
from tests.stages.places import (
    CN_BORDER,
    CN_BUSINESS,
    CN_DIRECT,
    CN_EXPORT,
    CN_EXPORT_FORM,
    CN_MARKET,
    CN_WAREHOUSE,
    CN_ZONE,
    CN_ZONE_FORM,
    Place,
)

YUAN: Row = {f"{paper}currency": "CNY" for paper in ("", "order_", "payment_", "waybill_")}
NOTES = {"MAT014"}
"""Told beside every refusal of form."""


def cleared(place: Place, line: Row | None = None, **changes: int | str) -> Desk:
    desk = Desk(place.country)
    desk.clear(place.day, some_papers(place, line=line, **changes))
    return desk


@pytest.mark.parametrize(
    "place",
    [CN_EXPORT, CN_EXPORT_FORM, CN_ZONE, CN_ZONE_FORM, CN_BUSINESS, CN_WAREHOUSE, CN_BORDER],
    ids=str,
)
def test_lawful_export_is_released(place: Place) -> None:
    desk = cleared(place)
    assert (desk.outcome(), desk.codes()) == ("released", set())
    assert desk.decision()["regime"] == place.regime


def test_no_limit_in_dollars_is_judged_without_a_rate() -> None:
    """Market procurement waits for an officer: in yuan for the limit, in dollars for the value."""
    in_yuan = cleared(CN_MARKET, {"currency": "CNY"}, **YUAN)
    assert (in_yuan.outcome(), in_yuan.codes()) == ("held", {"VAL004"})
    in_dollars = cleared(CN_MARKET)
    assert (in_dollars.outcome(), in_dollars.codes()) == ("held", {"VAL001"})


def test_market_procurement_above_its_limit_is_refused() -> None:
    desk = cleared(CN_MARKET, price_e5=15_000_000_001, pieces=1)
    assert desk.outcome() == "refused"
    assert "VAL003" in desk.codes()


@pytest.mark.parametrize(
    ("place", "changes", "code"),
    [
        (CN_EXPORT_FORM, {"statistics_flag": "A", "licence_no": "26-AA-1"}, "CHK092"),
        (CN_EXPORT_FORM, {"owner_name": ""}, "CHK093"),
        (CN_EXPORT_FORM, {"order_order_type": "B"}, "MAT026"),
        (CN_ZONE, {"ems_no": ""}, "CHK102"),
        (CN_ZONE_FORM, {"zone_code": ""}, "CHK101"),
        (CN_BUSINESS, {"order_order_type": "W"}, "MAT026"),
        (CN_WAREHOUSE, {"order_order_type": "B"}, "MAT026"),
        (CN_WAREHOUSE, {"licence_no": "26-AA-1"}, "CHK103"),
        (CN_MARKET, {"note": ""}, "CHK104"),
        (CN_DIRECT, {"signature": "digest_differs"}, "MAT118"),
    ],
    ids=str,
)
def test_unlawful_parcel_is_refused(place: Place, changes: Row, code: str) -> None:
    desk = cleared(place, **changes)
    assert desk.outcome() == "refused"
    assert desk.codes() - NOTES - {"VAL001"} == {code}


def test_signature_that_cannot_be_verified_is_told_and_changes_nothing() -> None:
    desk = cleared(CN_DIRECT, signature="unsupported")
    assert (desk.outcome(), desk.codes()) == ("released", {"MAT119"})


def test_signature_that_differs_sets_the_bit_of_signatures() -> None:
    assert int(cleared(CN_DIRECT, signature="value_differs").decision()["match_mask"]) == 1 << 17


@pytest.mark.parametrize("place", [CN_EXPORT_FORM, CN_DIRECT], ids=str)
def test_destination_counts_where_it_is_stated(place: Place) -> None:
    desk = cleared(place, {"destination": "XX"})
    assert desk.outcome() == "refused"
    assert "CHK045" in desk.codes()


def test_cancelled_before_release_is_withdrawn_under_every_regime() -> None:
    desk = Desk("cn")
    day = CN_WAREHOUSE.day
    desk.clear(day, some_papers(CN_WAREHOUSE)[:3])
    assert desk.outcome() == "pending"
    desk.clear(day + timedelta(days=1), [a_withdrawal("cancel", "AIG-1", day)])
    assert desk.outcome() == "withdrawn"
