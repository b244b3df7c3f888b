"""What is written is lawful by the official schemas; what has no place is told or refused."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest
import xmlschema
from lxml import etree

from silkport.formats.eaeu import (
    DeclaredValue,
    House,
    lost_columns,
    read_goods_declaration,
    write_goods_declaration,
    write_prearrival,
    write_transit_declaration,
)
from silkport.formats.eaeu.catalogue import FORMS, JOURNEY, TABLES, Form
from silkport.kernel.errors import InvalidValue, LimitExceeded
from silkport.model.declarations import DECLARATION as HEAD
from silkport.model.declarations import GOODS as LINES
from tests.formats import eaeu_samples as samples
from tests.formats.eaeu_samples import DECLARATION, GOODS, HOUSE, PAYMENTS, VALUES

SCHEMAS = "eec-fts-xsd-5.23/xsd_files/Schemas_out_5_23_0"
FILES = {
    "R.055": "EEC_GoodsDeclaration.xsd",
    "R.048": "EEC_TransitDeclaration.xsd",
    "ESADout_CU": "ESADout_CU.xsd",
    "AutoPreliminary": "AutoPreliminary.xsd",
    "RWPreliminary": "RWPreliminary.xsd",
}
Data = Callable[[str], Path]


@cache
def schema(folder: Path, name: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(folder / FILES[name]))


@pytest.fixture(scope="module")
def folder(shared_data: Data) -> Path:
    return shared_data(SCHEMAS)


def lawful(folder: Path, name: str, content: bytes) -> etree._Element:
    root = etree.fromstring(content)
    schema(folder, name).assertValid(root)
    return root


def with_head(**cells: Any) -> House:
    return msgspec.structs.replace(HOUSE, declaration={**DECLARATION, **cells})


def with_line(**cells: Any) -> House:
    return msgspec.structs.replace(HOUSE, goods=({**GOODS, **cells},))


# The field table against the official schemas.


@pytest.mark.parametrize("name", FILES)
def test_every_place_of_the_field_table_is_in_the_schema(folder: Path, name: str) -> None:
    official = xmlschema.XMLSchema10(str(folder / FILES[name]), validation="lax")
    form = FORMS[name]
    for element in official.elements.values():
        if element.name == form.tag:
            compare(form, "head", element)


def compare(form: Form, part: str, element: Any) -> None:
    """Every field stands there, in the order of the schema, a needed one in each part."""
    last: list[int] = []
    for field in form.parts[part]:
        node, order = element, []
        for step in field.steps:
            names = [one.name for one in node.type.content.iter_elements()]
            assert step in names, f"{form.name} {part} {field.path}: no {step}"
            order.append(names.index(step))
            node = list(node.type.content.iter_elements())[names.index(step)]
        if field.attribute:
            assert field.attribute in node.attributes, field.path
        if field.use != "else":
            assert order >= last, f"{form.name} {part} {field.path} stands too late"
            last = order
        if field.kind == "part":
            compare(form, field.column, node)


def test_every_column_of_the_field_table_exists() -> None:
    reckoned = {"derived", "equal", "packs", "sums", "vehicle", "house", "registration", "repeated"}
    for form in FORMS.values():
        for fields in form.parts.values():
            for field in fields:
                if field.column and field.kind != "part" and field.table not in reckoned:
                    if field.table == "document" and field.column == "presented":
                        continue
                    assert field.column in TABLES[field.table].names, field.place


# Lawful by the official schemas.


def test_goods_declaration_is_lawful(folder: Path) -> None:
    content = write_goods_declaration(
        msgspec.structs.replace(HOUSE, registration_no="39801/010726/0000001"),
        payments=PAYMENTS,
        values=VALUES,
        ref_id=samples.GUID,
    )
    lawful(folder, "R.055", content)
    read = read_goods_declaration(content, "a.xml")
    assert (read.registration_no, read.ref_id) == ("39801/010726/0000001", samples.GUID)
    assert read.declaration["decl_day"] == 20_635
    assert (read.payments, read.totals, read.values) == (PAYMENTS[:2], PAYMENTS[2:], VALUES)
    assert (read.containers, read.problems) == (("MSKU1234565",), ())


def test_correction_is_lawful(folder: Path) -> None:
    house = with_head(act="correction", change_flags="11200310")
    content = write_goods_declaration(house)
    lawful(folder, "R.055", content)
    read = read_goods_declaration(content, "a.xml").declaration
    assert (read["act"], read["change_flags"]) == ("correction", "11200310")


def test_a_bare_declaration_is_lawful(folder: Path) -> None:
    row = {name: DECLARATION[name] for name in ("guid", "app_time", "procedure", "declarant_name")}
    line: dict[str, Any] = {"gnum": 1, "hs_code": "620342", "goods_name": "x"}
    lawful(folder, "R.055", write_goods_declaration(House(declaration=row, goods=(line,))))


@pytest.mark.parametrize("houses", [1, 2])
def test_transit_declaration_is_lawful(folder: Path, houses: int) -> None:
    root = lawful(folder, "R.048", write_transit_declaration([HOUSE] * houses, samples.JOURNEY))
    assert len(root.findall("{*}TDGoodsShipmentDetails")) == houses
    assert "SILK-2026-000001" in [one.text for one in root.iterfind(".//{*}DocId")]


@pytest.mark.parametrize(("mode", "name"), [("30", "AutoPreliminary"), ("20", "RWPreliminary")])
@pytest.mark.parametrize("tir", [{}, {"tir_series": "XA", "tir_number": "12345678"}])
def test_prearrival_is_lawful(folder: Path, mode: str, name: str, tir: dict[str, str]) -> None:
    house = msgspec.structs.replace(
        with_head(transport_mode=mode), registration_no="39801/010726/0000001"
    )
    root = lawful(folder, name, write_prearrival([house, house], {**samples.JOURNEY, **tir}))
    assert {one.text for one in root.iterfind(".//{*}UCRId")} == {"SILK-2026-000001"}
    assert [one.text for one in root.findall("{*}UsageCode")] == ["01", "02"]
    assert root.findtext(".//{*}BIN") == "180140000018"


def test_prearrival_of_the_least(folder: Path) -> None:
    journey = {name: samples.JOURNEY[name] for name in ("doc_id", "doc_time", "purposes")}
    house = House(
        declaration={"consignment_no": "C", "declarant_name": "x"},
        goods=({"gnum": 1, "goods_name": "x"},),
    )
    lawful(folder, "AutoPreliminary", write_prearrival([house], journey))


# What has no place, and what is refused.


def test_what_has_no_place_is_told() -> None:
    house = with_head(freight_e5=5, freight_currency="USD", stay_months=3, decl_day=20_000)
    assert lost_columns(house, write_goods_declaration(house)) == (
        "declaration.decl_day",
        "declaration.freight_currency",
        "declaration.freight_e5",
        "declaration.stay_months",
    )


def test_every_column_comes_back_or_is_known_to_have_no_place() -> None:
    carried = {
        (field.table, field.column) for fields in FORMS["R.055"].parts.values() for field in fields
    }
    reckoned = "act declaration_no consignment_no house_no decl_day vehicle container_count "
    reckoned += "gross_mass_mg transport_document contract_no documents origin_proof declarant_code"
    absent = {
        name
        for table in (HEAD, LINES)
        for name in table.names
        if (table.name, name) not in carried and name not in reckoned.split()
    }
    assert absent == {
        *("act_day", "purchaser", "reason", "stay_months", "rate_choice"),
        *("freight_currency", "freight_e5", "freight_to_border_e5", "insurance_e5"),
        *("insurance_to_border_e5", "additions_e5", "deductions_e5"),
    }


@pytest.mark.parametrize(
    ("house", "what"),
    [
        (with_head(guid="no"), "declaration.guid"),
        (with_head(app_time=-1), "declaration.app_time"),
        (with_head(procedure="0110"), "declaration.procedure"),
        (with_head(office="398"), "declaration.office"),
        (with_head(act="refund"), "declaration.act"),
        (with_head(act="correction"), "declaration.change_flags"),
        (with_head(change_flags="11111111"), "declaration.change_flags"),
        (with_head(consignment_no="A/B"), "declaration.consignment_no"),
        (with_head(house_no="x" * 35), "casdo:InternalDocId"),
        (with_head(currency=""), "declaration.currency"),
        (with_head(invoice_total_e5=1), "declaration.invoice_total_e5"),
        (with_head(declarant_name="a\x01"), "declaration.declarant_name"),
        (with_head(pack_count=10**8), "declaration.pack_count"),
        (with_line(hs_code="1"), "goods.hs_code"),
        (with_line(hs_code=""), "goods.hs_code"),
        (with_line(unit="XBX"), "goods.unit"),
        (with_line(unit=""), "goods.unit"),
        (with_line(gnum=1000), "goods.gnum"),
        (msgspec.structs.replace(HOUSE, goods=(GOODS, GOODS)), "goods.gnum"),
        (msgspec.structs.replace(HOUSE, registration_no="1/2/3"), "registration number"),
    ],
)
def test_refused(house: House, what: str) -> None:
    with pytest.raises(InvalidValue) as raised:
        write_goods_declaration(house)
    assert raised.value.facts["what"] == what


def test_lines_and_vehicles_are_limited() -> None:
    many = msgspec.structs.replace(HOUSE, goods=tuple({**GOODS, "gnum": n} for n in range(1000)))
    with pytest.raises(LimitExceeded):
        write_goods_declaration(many)
    with pytest.raises(LimitExceeded):
        write_prearrival([many], samples.JOURNEY)
    with pytest.raises(InvalidValue):
        write_prearrival([with_head(vehicle="1/2/3/4")], samples.JOURNEY)


def test_a_payment_belongs_to_a_line() -> None:
    with pytest.raises(InvalidValue):
        write_goods_declaration(HOUSE, values=[DeclaredValue(line=7, customs_value_minor=1)])


@pytest.mark.parametrize(
    "gone", ["doc_id", "doc_time", "transit_direction", "destination_office", "carrier_name"]
)
def test_transit_needs(gone: str) -> None:
    journey = {name: cell for name, cell in samples.JOURNEY.items() if name != gone}
    with pytest.raises(InvalidValue) as raised:
        write_transit_declaration([HOUSE], journey)
    assert raised.value.facts["what"] == f"journey.{gone}"


@pytest.mark.parametrize(
    "wrong",
    [
        {"purposes": ""},
        {"seal_method": ""},
        {"tir_number": "12345678"},
        {"repeats": "KZ/123"},
        {"doc_code": "X"},
    ],
)
def test_prearrival_refuses(wrong: dict[str, str]) -> None:
    with pytest.raises(InvalidValue):
        write_prearrival([HOUSE], {**samples.JOURNEY, **wrong})
    assert set(samples.JOURNEY) <= set(JOURNEY.names)
