"""From one description every filing: where each field comes from, what is open, what holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from silkport.filings.codes import TariffCodes
from silkport.filings.confirming import changed_fields, confirmed, fields_of, rows_of, typed_share
from silkport.filings.paths import Ground, getter
from silkport.filings.preparing import Moment, checked, due_by, prepare
from silkport.kernel.errors import MalformedLaw
from silkport.kernel.filing_errors import FieldNotTyped, FilingHeld, FilingOpen
from silkport.law.tariff.entries import Entry
from silkport.law.tariff.sentences import parse_rate
from silkport.model.columns import MISSING
from silkport.model.declarations import DECLARATION, GOODS
from silkport.model.description import Description, Measure
from silkport.model.prepared import Cell, Prepared, Provenance
from silkport.node.corridor.desk import pair_filings
from tests.filings.shipments import HOUR, NOW, WAYS, a_home, a_shipment, ground_of, typed_of

TODAY = Moment(day=20_717, date=date(2026, 9, 21), app_time=20_260_921_141_320)
DECLARED, GRANTED = Provenance.DECLARED, Provenance.GRANTED
IMPORT, EXPORT = "import_declaration", "export_declaration"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_home(tmp_path_factory.mktemp("home"))


def made(
    ground: Ground,
    description: Description,
    filing: str = IMPORT,
    *,
    other: str = "",
    typed: Mapping[str, Any] | None = None,
    how: Provenance = GRANTED,
) -> Prepared:
    there = other or ("kz" if ground.administration == "cn" else "cn")
    ready = pair_filings(ground.administration, there)[filing, ground.administration]
    place = next(description.houses())
    new = checked(ready.rules, typed or {}, len(place[1].goods))
    return prepare(ready, ground, description, place, version=1, how=how, moment=TODAY, typed=new)


def with_line(description: Description, **more: Any) -> Description:
    """The description with its first line changed."""
    (master, house), *_ = description.houses()
    line = msgspec.structs.replace(house.goods[0], **more)
    house = msgspec.structs.replace(house, goods=(line, *house.goods[1:]))
    master = msgspec.structs.replace(master, houses=(house,))
    return msgspec.structs.replace(description, masters=(master,))


@pytest.mark.parametrize("name", WAYS)
def test_both_directions_by_data_alone(home: Path, name: str) -> None:
    exporter, importer = WAYS[name]
    description = a_shipment(name)
    export = made(ground_of(exporter, home), description, EXPORT, how=DECLARED)
    assert (export.open, export.holds, export.typed) == ((), (), {})
    bare = made(ground_of(importer, home), description)
    codes = [one.field for one in bare.open]
    assert all(field.endswith("hs_code") for field in codes)
    whole = made(ground_of(importer, home), description, typed=typed_of(name, description))
    assert (whole.open, whole.holds) == ((), ())


@pytest.mark.parametrize("name", WAYS)
def test_every_field_says_where_it_came_from(home: Path, name: str) -> None:
    importer = WAYS[name][1]
    found = made(ground_of(importer, home), a_shipment(name))
    cells = dict(fields_of(found))
    assert {cell.how for cell in cells.values()} <= {
        Provenance.GRANTED,
        Provenance.COMPUTED,
        Provenance.DEFAULTED,
    }
    assert all(cell.came for cell in cells.values())
    assert cells["consignment_no"].how is GRANTED
    assert cells["vehicle"] == Cell(
        a_shipment(name).transport.vehicle, GRANTED, "transport.vehicle"
    )
    assert cells["gross_mass_mg"].came == "sum of goods.gross_mass_mg"
    assert cells["procedure"].how is Provenance.DEFAULTED


def test_names_come_in_the_language_of_the_side(home: Path) -> None:
    description = a_shipment("machines")
    there = made(ground_of("kz", home), description)
    here = made(ground_of("cn", home), description, EXPORT, how=DECLARED)
    assert there.head["consignor_name"].came == "exporter.names.ru"
    assert there.goods[0]["goods_name"].came == "line.names.ru"
    assert here.head["consignee_name"].came == "importer.names.zh"
    only = {"zh": description.exporter.names["zh"]}
    exporter = msgspec.structs.replace(description.exporter, names=only)
    foreign = made(ground_of("kz", home), msgspec.structs.replace(description, exporter=exporter))
    assert "consignor_name" in [one.field for one in foreign.open]


@pytest.mark.parametrize("other", ["cn_kz", "cn_zz", "kz_zz"])
def test_every_column_of_a_declaration_is_spoken_of(other: str) -> None:
    one, two = other.split("_")
    for ready in pair_filings(one, two).values():
        if ready.rules.is_declaration:
            head = {rule.name for rule in ready.rules.head}
            goods = {rule.name for rule in ready.rules.goods}
            assert head == set(DECLARATION.names)
            assert goods == set(GOODS.names) - set(DECLARATION.key)
        assert all(rule.source for rule in (*ready.rules.head, *ready.rules.goods))


def a_tariff(*rows: tuple[str, str]) -> TariffCodes:
    entries = [
        Entry(hs=hs, rate=parse_rate(rate), name=f"name {hs}", start=date(2026, 1, 1), source="act")
        for hs, rate in rows
    ]
    return TariffCodes(entries, {("8422", "en"): "dish washers"}, ("en",))


CODES = [
    ((("842230", "5"),), ["8422300000"], "undivided at six digits"),
    ((("8422", "5"),), ["8422300000"], "undivided at four"),
    ((("8422300008", "5"),), ["8422300008"], "one code"),
    ((("84223000", "5"),), ["8422300000"], "eight digits"),
    ((("8422300001", "5"), ("8422300008", "0")), ["8422300001", "8422300008"], "several"),
    ((("8422", "5"), ("8422300001", "0")), ["8422300000", "8422300001"], "one and the rest"),
    ((("8423", "5"),), [], "none shares them"),
    ((), [], "no tariff"),
]


@pytest.mark.parametrize(("rows", "found", "_"), CODES, ids=[one[2] for one in CODES])
def test_six_digits_lead_to_codes(
    rows: tuple[tuple[str, str], ...], found: list[str], _: str
) -> None:
    assert [one.hs_code for one in a_tariff(*rows).choices("842230", TODAY.date)] == found


def test_codes_are_those_of_the_day() -> None:
    assert a_tariff(("842230", "5")).choices("842230", date(2025, 12, 31)) == ()


def test_a_choice_shows_name_and_duty() -> None:
    (one,) = a_tariff(("8422300008", "5")).choices("842230", TODAY.date)
    assert (one.name, one.duty, one.source) == ("dish washers / name 8422300008", "5", "act")


def with_tariff(ground: Ground, *rows: tuple[str, str]) -> Ground:
    return replace(ground, tariff=a_tariff(*rows), wanted_unit=lambda code, day: "")


def test_one_choice_is_computed_and_still_to_be_confirmed(home: Path) -> None:
    ground = with_tariff(ground_of("cn", home), ("11", "6"))
    found = made(ground, a_shipment("flour"))
    assert found.goods[0]["hs_code"].how is Provenance.COMPUTED
    assert found.open == ()
    with pytest.raises(FilingOpen, match="nobody has confirmed"):
        rows_of(found, "KST-1")


@pytest.mark.parametrize(
    ("rows", "code", "who"),
    [((), "tariff_silent", "operator"), ((("1001", "6"),), "hs_nowhere", "importer")],
)
def test_no_six_digits_shared_holds_and_says_who_acts(
    home: Path, rows: tuple[tuple[str, str], ...], code: str, who: str
) -> None:
    found = made(with_tariff(ground_of("cn", home), *rows), a_shipment("flour"))
    (hold,) = found.holds
    assert (hold.code, hold.field, hold.who) == (code, "goods[1].hs_code", who)
    with pytest.raises(FilingHeld, match=f"The {who} must act"):
        confirmed(found, who="Bo", at=NOW, what="KST-1")


def test_typed_codes_are_judged(home: Path) -> None:
    ground, flour = ground_of("cn", home), a_shipment("flour")
    unknown = made(ground, flour, typed={"goods[1].hs_code": "1101000099"})
    assert [one.code for one in unknown.holds] == ["hs_unknown"]
    ground = with_tariff(ground, ("1101", "6"), ("1102", "6"))
    typed = {"goods[1].hs_code": "1102000000"}
    assert [one.code for one in made(ground, flour, typed=typed).holds] == ["hs_differs"]
    ruling = typed | {"goods[1].hs_code.ruling": "preliminary decision 12 of 2026"}
    assert made(ground, flour, typed=ruling).holds == ()


TYPED_WRONG = [
    ({"nothing": "1"}, "no such field"),
    ({"reason": "so"}, "the law gives it no place"),
    ({"goods[2].total_e5": 1}, "there are 1 lines"),
    ({"goods[x].total_e5": 1}, "there are 1 lines"),
    ({"goods[1].total_e5": "1"}, "a number from 0"),
    ({"goods[1].total_e5": -1}, "a number from 0"),
    ({"currency": ""}, "a text is expected"),
    ({"currency": 5}, "a text is expected"),
    ({"currency": "X" * 9}, "at most 8 characters"),
]


@pytest.mark.parametrize(("typed", "said"), TYPED_WRONG)
def test_what_cannot_be_typed_is_refused(home: Path, typed: dict[str, Any], said: str) -> None:
    with pytest.raises(FieldNotTyped, match=said):
        made(ground_of("cn", home), a_shipment("flour"), typed=typed)


def test_quantities_come_in_the_unit_of_the_tariff(home: Path) -> None:
    machines = a_shipment("machines")
    dozen = with_line(machines, quantities=(Measure(qty_e5=100_000, unit="DZN"),))
    line = made(ground_of("kz", home), dozen, typed=typed_of("machines", machines)).goods[0]
    assert (line["qty_e5"].value, line["unit"].value) == (1_200_000, "H87")
    assert line["qty_e5"].came == "from DZN"
    sets = with_line(machines, quantities=(Measure(qty_e5=100_000, unit="SET"),))
    line = made(ground_of("kz", home), sets, typed=typed_of("machines", machines)).goods[0]
    assert (line["qty_e5"].value, line["unit"].value) == (100_000, "SET")


def test_freight_is_asked_when_the_price_lacks_it(home: Path) -> None:
    flour = a_shipment("flour")
    for term, asked in (("FCA", True), ("DAP", False)):
        terms = msgspec.structs.replace(flour.terms, incoterms=term)
        found = made(ground_of("cn", home), msgspec.structs.replace(flour, terms=terms))
        assert ("freight_to_border_e5" in [one.field for one in found.open]) is asked


def test_transit_owes_a_guarantee_by_road_and_none_by_rail(home: Path) -> None:
    machines = a_shipment("machines")
    for mode, asked in (("30", True), ("20", False)):
        way = msgspec.structs.replace(machines.transport, mode=mode)
        moved = msgspec.structs.replace(machines, transport=way)
        found = made(ground_of("kz", home), moved, "transit")
        assert ("guarantee_no" in [one.field for one in found.open]) is asked
        assert found.head["declaration_no"].value == f"{machines.consignment_no}/1/T"
        assert found.head["procedure"].value == "80"


def test_pre_arrival_information_is_due_two_hours_before(home: Path) -> None:
    machines = a_shipment("machines")
    found = made(ground_of("kz", home), machines, "pre_arrival")
    assert found.file_by == machines.transport.arrives_at - 2 * HOUR
    assert found.head["ucr_id"].value == machines.consignment_no
    assert found.head["checkpoint"].value == "nur_zholy"
    rules = pair_filings("cn", "kz")["pre_arrival", "kz"].rules
    way = msgspec.structs.replace(machines.transport, arrives_at=MISSING)
    assert due_by(rules, msgspec.structs.replace(machines, transport=way)) == MISSING


def test_manifest_lines_use_the_codes_of_their_administration(home: Path) -> None:
    found = made(ground_of("cn", home), a_shipment("machines"), "manifest", how=DECLARED)
    assert found.head["destination_country"].value == "145"
    assert found.head["currency"].value == "142"
    assert found.goods[0]["unit"].value == "007"
    kilograms = with_line(a_shipment("machines"), quantities=(Measure(qty_e5=1, unit="KGM"),))
    found = made(ground_of("cn", home), kilograms, "manifest", how=DECLARED)
    assert found.goods[0]["unit"].value == "035"


@given(seed=st.integers(0, 10**6 - 1), name=st.sampled_from(sorted(WAYS)))
def test_sums_agree_with_a_plain_count(home: Path, seed: int, name: str) -> None:
    description = a_shipment(name, seed)
    typed = typed_of(name, description)
    found = confirmed(
        made(ground_of(WAYS[name][1], home), description, typed=typed),
        who="Bo",
        at=NOW,
        what=description.consignment_no,
    )
    declaration, goods = rows_of(found, "it")
    assert declaration["invoice_total_e5"] == sum(int(one["total_e5"]) for one in goods)
    assert declaration["gross_mass_mg"] == sum(int(one["gross_mass_mg"]) for one in goods)
    assert declaration["goods_count"] == len(goods)
    for table, rows in ((DECLARATION, [declaration]), (GOODS, goods)):
        assert all(set(row) <= set(table.names) for row in rows)
    assert {one["declaration_no"] for one in goods} == {declaration["declaration_no"]}
    assert all(cell.how is Provenance.CONFIRMED for _, cell in fields_of(found))
    assert typed_share(found).permille <= 150


def test_a_confirmed_field_keeps_where_it_came_from(home: Path) -> None:
    flour = a_shipment("flour")
    found = made(ground_of("cn", home), flour, typed=typed_of("flour", flour))
    sure = confirmed(found, who="Bo", at=NOW, what="KST-1")
    assert sure.head["vehicle"].came == "granted: transport.vehicle"
    assert sure.goods[0]["hs_code"].came == "declared: typed by the declarant"
    assert (sure.confirmed_by, sure.confirmed_at) == ("Bo", NOW)


def test_what_changed_is_named_without_the_moment(home: Path) -> None:
    flour = a_shipment("flour")
    (_, house), *_ = flour.houses()
    heavier = with_line(flour, gross_mass_mg=house.goods[0].gross_mass_mg + 1)
    one, other = (made(ground_of("cn", home), some) for some in (flour, heavier))
    assert changed_fields(one, other) == ["gross_mass_mg", "goods[1].gross_mass_mg"]
    assert changed_fields(one, one) == []


@pytest.mark.parametrize(
    "path", ["said.vehicle", "exporter", "line.@home", "exporter.codes.@there"]
)
def test_paths_into_nothing_are_refused(path: str) -> None:
    with pytest.raises(MalformedLaw):
        getter(path)


def test_nothing_received_fills_a_traders_field(home: Path) -> None:
    with pytest.raises(AssertionError):
        made(ground_of("cn", home), a_shipment("flour"), how=Provenance.RECEIVED)
