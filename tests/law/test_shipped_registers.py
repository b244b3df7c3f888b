"""The registers that come with the package: they load, and prices and images stay home."""

from __future__ import annotations

from datetime import date

import pytest

from silkport.kernel.errors import MalformedLaw
from silkport.law.register import Register, read_register
from silkport.model.messages import KINDS, Competence, MessageKind
from silkport.node.law.registers import shipped_pairs, shipped_register
from tests.law.registers import AMENDED, BODY, CALENDAR, EXPORT, INSPECTION, RECEIPT

SHIPPED = {"_".join(pair): read_register(shipped_register(*pair)) for pair in shipped_pairs()}
TODAY = date(2026, 8, 3)
PRICES = ("currency", "invoice_total", "incoterms", "goods.total")


def both_ways(found: Register) -> tuple[tuple[str, str], tuple[str, str]]:
    one, other = found.pair
    return (one, other), (other, one)


def test_the_known_pairs_are_shipped() -> None:
    assert set(SHIPPED) >= {"cn_kz", "cn_zz", "kz_zz"}


@pytest.mark.parametrize("name", SHIPPED)
def test_the_folder_is_called_as_the_pair(name: str) -> None:
    assert "_".join(SHIPPED[name].pair) == name


@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_kind_can_be_sent_by_somebody(name: str, kind: MessageKind) -> None:
    found = SHIPPED[name]
    for way in both_ways(found):
        reasons = [found.sendable(kind, *way, TODAY, competence=one) for one in kind.senders]
        assert "" in reasons, reasons


@pytest.mark.parametrize("name", SHIPPED)
def test_nothing_shipped_claims_to_be_confirmed_and_all_name_the_approval(name: str) -> None:
    for one in SHIPPED[name].bases():
        assert one.confidence == "unverified", one.id
        assert one.approval, one.id


@pytest.mark.parametrize(("name", "crosses"), [("cn_kz", False), ("cn_zz", True), ("kz_zz", True)])
def test_prices_and_images(name: str, crosses: bool) -> None:
    found = SHIPPED[name]
    for way in both_ways(found):
        for kind in (EXPORT, AMENDED):
            for field in PRICES:
                assert bool(found.allowed(kind, field, *way, TODAY)) is crosses
        for competence in (None, *INSPECTION.senders):
            image = found.allowed(INSPECTION, "image_digest", *way, TODAY, competence=competence)
            assert bool(image) is crosses


def test_between_neighbours_inspections_are_for_inspection_bodies() -> None:
    found = SHIPPED["cn_kz"]
    for way in both_ways(found):
        assert found.sendable(INSPECTION, *way, TODAY) != ""
        assert found.sendable(INSPECTION, *way, TODAY, competence=Competence.CUSTOMS) != ""


def test_between_neighbours_a_price_is_kept_back() -> None:
    found = SHIPPED["cn_kz"]
    kept = found.keep_allowed(EXPORT, BODY, *found.pair, TODAY)
    assert kept.withheld == ("currency", "goods.total")
    assert kept.bases == ("cn_kz-EX-01",)
    assert found.refuse(EXPORT, BODY, *found.pair, TODAY) == "currency"


@pytest.mark.parametrize(
    ("kind", "day", "sendable"),
    [
        (EXPORT, date(2020, 11, 20), False),
        (EXPORT, date(2020, 11, 21), True),
        (CALENDAR, date(2025, 10, 21), False),
        (CALENDAR, date(2025, 10, 22), True),
        (RECEIPT, date(2026, 8, 3), True),
    ],
)
def test_first_days_between_neighbours(kind: MessageKind, day: date, sendable: bool) -> None:
    found = SHIPPED["cn_kz"]
    assert (found.sendable(kind, *found.pair, day) == "") is sendable


def test_either_order_names_the_pair() -> None:
    assert shipped_register("kz", "cn") == shipped_register("cn", "kz")


@pytest.mark.parametrize("pair", [("cn", "xx"), ("cn", "cn"), ("", ""), ("../cn", "kz")])
def test_a_pair_without_a_register(pair: tuple[str, str]) -> None:
    with pytest.raises(MalformedLaw, match="no register of this pair, so everything stays home"):
        shipped_register(*pair)
