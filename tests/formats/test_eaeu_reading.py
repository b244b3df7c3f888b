"""Goods declarations of the Union become rows, and what is wrong is named by its place."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from silkport.formats.eaeu import is_eaeu, read_goods_declaration, write_goods_declaration
from silkport.formats.eaeu.catalogue import FORMS
from silkport.kernel.errors import HostileContent, InputError, LimitExceeded, UnreadableFile
from silkport.kernel.limits import MAX_GOODS_LINES
from silkport.model.columns import MISSING, Kind
from silkport.model.declarations import DECLARATION as TABLE
from silkport.model.declarations import GOODS as LINES
from tests.formats.eaeu_samples import GUID, HOUSE, PAYMENTS, VALUES, album

WRITTEN = write_goods_declaration(HOUSE, payments=PAYMENTS, values=VALUES)
SCHEMAS = "eec-fts-xsd-5.23/xsd_files/Schemas_out_5_23_0"


@pytest.mark.parametrize("encoding", ["UTF-8", "windows-1251", "UTF-16"])
def test_the_form_of_the_album(encoding: str) -> None:
    read = read_goods_declaration(album(encoding), "a.xml")
    assert read.problems == ()
    assert read.form == "ESADout_CU"
    row = read.declaration
    assert tuple(row) == TABLE.names
    stated = {name: row[name] for name in TABLE.names if row[name] not in ("", MISSING)}
    assert stated == {
        "guid": GUID,
        "act": "declaration",
        "app_time": 20260701103000,
        "declaration_no": "D-77",
        "consignment_no": "D-77",
        "procedure": "40",
        "previous_procedure": "00",
        "office": "39801",
        "border_office": "39802",
        "declarant_code": "180140000018",
        "declarant_name": "ТОО «Айгерім»",
        "consignor_name": "Bo Trading",
        "consignor_country": "CN",
        "consignee_code": "180140000018",
        "consignee_name": "ТОО «Айгерім»",
        "consignee_country": "KZ",
        "departure_country": "CN",
        "destination_country": "KZ",
        "trade_country": "CN",
        "transport_mode": "30",
        "transport_document": "CMR-9",
        "vehicle": "000AAA00/00AAA00",
        "container_count": 0,
        "pack_count": 40,
        "goods_count": 1,
        "gross_mass_mg": 1_250_500_000,
        "contract_no": "K-9, 2026",
        "incoterms": "FCA",
        "incoterms_place": "Yiwu",
        "currency": "USD",
        "invoice_total_e5": 1_250_000_000,
    }
    (line,) = read.goods
    assert tuple(line) == LINES.names
    assert {name: line[name] for name in LINES.names if line[name] not in ("", MISSING)} == {
        "declarant_code": "180140000018",
        "declaration_no": "D-77",
        "gnum": 1,
        "hs_code": "6203423100",
        "goods_name": "брюки мужские из денима",
        "trade_mark": "EXAMPLE",
        "producer": "Yiwu Garments",
        "origin": "CN",
        "gross_mass_mg": 1_250_500_000,
        "net_mass_mg": 1_100_000_000,
        "qty_e5": 200_000_000,
        "unit": "H87",
        "total_e5": 1_250_000_000,
        "valuation_method": 1,
        "documents": "02015 CMR-9; 03011 K-9, 2026",
    }


def test_what_the_declarant_reckoned() -> None:
    read = read_goods_declaration(album(), "a.xml")
    (duty,), (total,) = read.payments, read.totals
    assert (duty.line, duty.payment_code, duty.base_minor) == (1, "2010", 600_000_000)
    assert (duty.rate_kind, duty.rate_ppm, duty.amount_minor) == ("%", 100_000, 60_000_000)
    assert (duty.currency, duty.feature, duty.quantity_e6, duty.specific_e6) == ("KZT", "ИУ", 0, 0)
    assert (total.line, total.amount_minor, total.rate_ppm) == (0, 60_000_000, MISSING)
    assert [(one.line, one.customs_value_minor) for one in read.values] == [
        (0, 600_000_000),
        (1, 600_000_000),
    ]


def test_a_payment_by_quantity_has_the_units_of_a_tax_line() -> None:
    read = read_goods_declaration(WRITTEN, "a.xml")
    specific = read.payments[1]
    assert (specific.base_minor, specific.rate_ppm) == (0, 0)
    assert (specific.quantity_e6, specific.specific_e6) == (1_100_000_000, 200_000)


def changed(old: str, new: str, content: bytes = WRITTEN) -> bytes:
    text = content.decode()
    assert text.count(old) >= 1, old
    return text.replace(old, new, 1).encode()


@pytest.mark.parametrize(
    ("old", "new", "code", "position", "column"),
    [
        (">1250.5<", ">1,250.5<", "RDG001", 1, "goods.gross_mass_mg"),
        (">1250.5<", ">-1<", "RDG001", 1, "goods.gross_mass_mg"),
        (">1250.5<", ">1e3<", "RDG001", 1, "goods.gross_mass_mg"),
        (">1250.5<", ">0.0000001<", "RDG003", 1, "goods.gross_mass_mg"),
        (">1250.5<", ">1000000000.1<", "RDG003", 1, "goods.gross_mass_mg"),
        (
            'measurementUnitCode="166"',
            'measurementUnitCode="163"',
            "RDG008",
            1,
            "goods.gross_mass_mg",
        ),
        ('measurementUnitCode="796"', 'measurementUnitCode="999"', "RDG008", 1, "goods.unit"),
        (">6203423100<", "><", "RDG007", 1, "goods.hs_code"),
        (">6203423100<", ">62034231001<", "RDG004", 1, "goods.hs_code"),
        ('"USD" ', '"EUR" ', "RDG005", 1, "declaration.currency"),
        (">2026-07-01T10:30:00<", ">yesterday<", "RDG001", 0, "declaration.app_time"),
        (">2026-07-01<", ">2026-02-30<", "RDG001", 1, "payment.rate_day"),
        (">2026-07-01<", ">1969-12-31<", "RDG003", 1, "payment.rate_day"),
        ('currencyCode="398"', 'currencyCode="999"', "RDG008", 1, "payment.currency"),
        (GUID, "4cde", "RDG001", 0, "declaration.guid"),
    ],
)
def test_problems_name_their_place(
    old: str, new: str, code: str, position: int, column: str
) -> None:
    read = read_goods_declaration(changed(old, new), "a.xml")
    found = [(one.code, one.position, one.column) for one in read.problems]
    assert found == [(code, position, column)]
    assert {one.source for one in read.problems} == {"a.xml"}
    assert {one.order_no for one in read.problems} == {read.declaration["declaration_no"]}


def test_a_mass_in_another_unit_is_none() -> None:
    content = changed('measurementUnitCode="166"', 'measurementUnitCode="163"')
    read = read_goods_declaration(content, "a.xml")
    assert (read.goods[0]["gross_mass_mg"], read.declaration["gross_mass_mg"]) == (MISSING, MISSING)


@pytest.mark.parametrize(
    ("old", "new", "position", "column"),
    [
        ("<c:PrDocumentNumber>CMR-9<", f"<c:PrDocumentNumber>{'9' * 60}<", 0, "transport_document"),
        (">000AAA00<", f">{'9' * 120}<", 0, "vehicle"),
        ("<p:RegNumberDoc>D-77<", f"<p:RegNumberDoc>{'9' * 80}<", 0, "declaration_no"),
    ],
)
def test_what_is_too_long_is_cut_and_told(old: str, new: str, position: int, column: str) -> None:
    read = read_goods_declaration(changed(old, new, album()), "a.xml")
    found = {(one.code, one.position, one.column) for one in read.problems}
    assert ("RDG004", position, f"declaration.{column}") in found
    assert len(str(read.declaration[column])) == TABLE.column(column).longest


def test_of_several_trade_marks_the_first_is_taken_and_the_others_told() -> None:
    old = "<s:TradeMark>EXAMPLE</s:TradeMark></s:GoodsGroupInformation>"
    more = "<s:GoodsGroupInformation><s:TradeMark>OTHER</s:TradeMark></s:GoodsGroupInformation>"
    read = read_goods_declaration(changed(old, f"{old}{more}", album()), "a.xml")
    (problem,) = read.problems
    assert (problem.code, problem.position, problem.read) == ("RDG005", 1, "OTHER")
    assert read.goods[0]["trade_mark"] == "EXAMPLE"


def test_a_second_rate_is_not_dropped_in_silence() -> None:
    old = "<s:RateTypeCode>%</s:RateTypeCode>"
    read = read_goods_declaration(changed(old, f"{old}<s:Rate2>5</s:Rate2>", album()), "a.xml")
    (problem,) = read.problems
    assert (problem.code, problem.position, problem.column) == ("RDG002", 1, "ces:Rate2")


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]>'
    '<a xmlns="urn:EEC:R:055:GoodsDeclaration:v1.0.0">&c;</a>'
)
OLDER = WRITTEN.replace(b":R:055:GoodsDeclaration:v1.0.0", b":R:036:GoodsDeclaration:v1.1.0")


@pytest.mark.parametrize(
    ("content", "error", "words"),
    [
        (b"", UnreadableFile, "empty"),
        (b" \n", UnreadableFile, "empty"),
        (WRITTEN[: len(WRITTEN) // 2], UnreadableFile, ""),
        (b"not xml", UnreadableFile, ""),
        (b"<a/>", UnreadableFile, "namespace none"),
        (OLDER, UnreadableFile, "R:036"),
        (album("windows-1251").replace(b"windows-1251", b"UTF-8"), UnreadableFile, ""),
        (album().replace(b"UTF-8", b"no-such"), UnreadableFile, ""),
        (BOMB.encode(), HostileContent, "document type"),
        (BOMB.encode("utf-16"), HostileContent, "document type"),
        (b"<a>" * 400 + b"</a>" * 400, UnreadableFile, ""),
    ],
)
def test_what_cannot_be_used(content: bytes, error: type[InputError], words: str) -> None:
    with pytest.raises(error) as raised:
        read_goods_declaration(content, "a.xml")
    assert raised.value.facts["source"] == "a.xml"
    assert words in str(raised.value)


def test_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("silkport.formats.eaeu.opening.MAX_XML_BYTES", 100)
    with pytest.raises(LimitExceeded) as raised:
        read_goods_declaration(WRITTEN, "a.xml")
    assert raised.value.facts["limit"] == 100


@pytest.mark.parametrize("limit", [1, 2])
def test_parts_at_the_limit(monkeypatch: pytest.MonkeyPatch, limit: int) -> None:
    monkeypatch.setattr("silkport.formats.eaeu.reading.MAX_DECLARED_PARTS", limit)
    if limit == 1:  # it has two documents
        with pytest.raises(LimitExceeded):
            read_goods_declaration(album(), "a.xml")
    else:
        assert read_goods_declaration(album(), "a.xml").problems == ()


@given(st.lists(st.tuples(st.integers(0, 10_000), st.binary(max_size=4)), max_size=5))
def test_damaged_bytes_give_a_declaration_or_a_refusal(damage: list[tuple[int, bytes]]) -> None:
    content = bytearray(WRITTEN)
    for place, put in damage:
        at = place % len(content)
        content[at : at + len(put)] = put
    try:
        read = read_goods_declaration(bytes(content), "a.xml")
    except InputError:
        return
    for column in TABLE.columns:
        cell = read.declaration[column.name]
        assert isinstance(cell, str if column.kind is Kind.TEXT else int)
        assert not isinstance(cell, str) or len(cell) <= column.longest


@pytest.mark.parametrize("beyond", [0, 1])
def test_lines_at_the_limit(beyond: int) -> None:
    root = etree.fromstring(WRITTEN)
    tag = "{urn:EEC:M:CA:ComplexDataObjects:v1.8.1}GDGoodsItemDetails"
    line = root.find(f".//{tag}")
    assert line is not None
    shipment = line.getparent()
    assert shipment is not None
    bare = etree.SubElement(shipment, tag)
    for _ in range(MAX_GOODS_LINES - 2 + beyond):
        etree.SubElement(shipment, tag)
    assert bare.tag == tag
    content = etree.tostring(root)
    if beyond:
        with pytest.raises(LimitExceeded):
            read_goods_declaration(content, "a.xml")
    else:
        assert len(read_goods_declaration(content, "a.xml").goods) == MAX_GOODS_LINES


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (WRITTEN[:500], True),
        (OLDER[:500], True),
        (album()[:500], True),
        (album("UTF-16")[:1000], True),
        (b"\xef\xbb\xbf<!-- a --> " + album()[38:], True),
        (b"<a xmlns='http://www.chinaport.gov.cn/ceb'/>", False),
        (b"urn:EEC:R:055", False),
        (b"gnum,hs_code\n1,urn:EEC:R:\n", False),
        (b"", False),
    ],
)
def test_told_from_other_files(head: bytes, found: bool) -> None:
    assert is_eaeu(head) is found


def test_the_sample_is_lawful(shared_data: Any) -> None:
    schema = etree.XMLSchema(etree.parse(shared_data(SCHEMAS) / "ESADout_CU.xsd"))
    schema.assertValid(etree.fromstring(album()))


def test_the_page_says_where_every_column_stands(root: Path) -> None:
    page = (root / "docs" / "eaeu.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `((?:declaration|goods)\.\w+)` \| (.*) \|$", page, re.MULTILINE))
    assert list(rows) == [
        f"{table.name}.{name}" for table in (TABLE, LINES) for name in table.names
    ]
    for form in ("R.055", "ESADout_CU"):
        for fields in FORMS[form].parts.values():
            for field in fields:
                if field.place in rows:
                    assert rows[field.place].strip(" |"), f"{field.place} is read from {field.path}"
