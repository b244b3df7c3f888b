"""What is written of a goods declaration comes back as the same rows, whatever they say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from silkport.formats.eaeu import (
    DeclaredPayment,
    House,
    lost_columns,
    read_goods_declaration,
    write_goods_declaration,
)
from silkport.formats.eaeu.spelling import outward
from silkport.model.columns import BOUNDS, Kind

SCHEMA = "eec-fts-xsd-5.23/xsd_files/Schemas_out_5_23_0/EEC_GoodsDeclaration.xsd"

TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Zs", "Zl", "Zp"))
)
UNITS = sorted(outward("unit"))
CURRENCIES = sorted(outward("currency"))


def words(longest: int, *, least: int = 0) -> st.SearchStrategy[str]:
    """Words with single blanks between them, without what divides entries."""
    one = TEXT.map(lambda text: text.replace(";", "").replace("/", ""))
    text = st.lists(one, max_size=5).map(lambda parts: " ".join(" ".join(parts).split())[:longest])
    return text.map(str.strip).map(lambda found: found if len(found) >= least else "x")


def amount(high: int = 10**18 - 1) -> st.SearchStrategy[int]:
    return st.just(-1) | st.integers(0, high // 1000).map(lambda value: value * 1000)


def number(kind: Kind, high: int | None = None) -> st.SearchStrategy[int]:
    return st.integers(-1, BOUNDS[kind][1] if high is None else high)


def codes(pattern: str) -> st.SearchStrategy[str]:
    return st.just("") | st.from_regex(pattern, fullmatch=True)


COUNTRY = codes("[A-Z]{2}")
ENTRIES = st.lists(
    st.tuples(codes("[0-9]{5}"), words(40)).filter(any), max_size=4, unique=True
).map(
    lambda found: "; ".join(
        " ".join(filter(None, (kind, f"N{text}" if text else ""))) for kind, text in found
    )
)


@st.composite
def goods(draw: st.DrawFn, gnum: int) -> dict[str, Any]:
    measured = draw(st.booleans())
    return {
        "gnum": gnum,
        "hs_code": draw(st.from_regex("[0-9]{10}|[0-9]{6}", fullmatch=True)),
        "goods_name": (draw(words(1000, least=1)) * draw(st.integers(1, 40)))[:1000].strip(),
        "trade_mark": draw(words(150)),
        "producer": draw(words(150)),
        "origin": draw(COUNTRY),
        "preference": draw(codes("[A-Z]{2}").filter(lambda text: text != "OO")),
        "vat_relief": draw(codes("[A-Z]{2}").filter(lambda text: text != "OO")),
        "origin_proof": draw(words(50)),
        "gross_mass_mg": draw(number(Kind.CARGO, 10**12)),
        "net_mass_mg": draw(number(Kind.CARGO)),
        "qty_e5": draw(st.integers(0, BOUNDS[Kind.QUANTITY][1])) if measured else -1,
        "unit": draw(st.sampled_from(UNITS)) if measured else "",
        "total_e5": draw(amount()),
        "valuation_method": draw(st.integers(-1, 6)),
        "documents": draw(ENTRIES),
    }


@st.composite
def houses(draw: st.DrawFn) -> House:
    lines = [draw(goods(n)) for n in range(1, draw(st.integers(1, 3)) + 1)]
    masses = [line["gross_mass_mg"] for line in lines]
    head = {
        "guid": str(draw(st.uuids())),
        "act": "declaration",
        "app_time": draw(st.integers(0, 59)) + 20260701103000,
        "consignment_no": draw(st.from_regex("[A-Z0-9-]{1,20}", fullmatch=True)),
        "house_no": draw(words(20)),
        "procedure": draw(st.sampled_from(("40", "10", "53"))),
        "previous_procedure": draw(st.sampled_from(("", "00", "31"))),
        "office": draw(codes("[0-9]{5}")),
        "border_office": draw(codes("[0-9]{8}")),
        "declarant_code": draw(words(18)),
        "declarant_name": draw(words(150, least=1)),
        "consignor_code": draw(words(18)),
        "consignor_name": draw(words(150)),
        "consignor_country": draw(COUNTRY),
        "consignee_code": draw(words(18)),
        "consignee_name": draw(words(150)),
        "consignee_country": draw(COUNTRY),
        "departure_country": draw(COUNTRY),
        "destination_country": draw(COUNTRY),
        "trade_country": draw(COUNTRY),
        "transport_mode": draw(st.sampled_from(("", "20", "30", "31", "40"))),
        "transport_document": draw(words(50)),
        "vehicle": "/".join(draw(st.lists(words(20, least=1), max_size=4))),
        "pack_count": draw(number(Kind.COUNT, 99_999_999)),
        "goods_count": draw(number(Kind.COUNT, 99_999)),
        "gross_mass_mg": sum(masses) if min(masses) >= 0 else -1,
        "contract_no": draw(words(50)),
        "incoterms": draw(codes("[A-Z]{3}")),
        "incoterms_place": draw(words(120)),
        "currency": draw(st.sampled_from(CURRENCIES)),
        "invoice_total_e5": draw(st.integers(0, 10**15)) * 1000,
        "documents": draw(ENTRIES),
    }
    boxes = draw(
        st.lists(st.from_regex("[A-Z]{4}[0-9]{7}", fullmatch=True), max_size=3, unique=True)
    )
    head["container_count"] = len(boxes)
    return House(declaration=head, goods=tuple(lines), containers=tuple(boxes))


@st.composite
def payments(draw: st.DrawFn) -> DeclaredPayment:
    money = draw(st.booleans())
    return DeclaredPayment(
        line=1,
        payment_code=draw(st.from_regex("[0-9]{4}", fullmatch=True)),
        base_e6=draw(number(Kind.AMOUNT)),
        base_currency=draw(st.sampled_from(CURRENCIES)) if money else "",
        base_unit="" if money else draw(st.sampled_from(UNITS)),
        rate_kind=draw(st.sampled_from(("", "%", "*"))),
        rate_e6=draw(st.integers(-1, 10**12 - 1)),
        rate_unit=draw(st.sampled_from(["", *UNITS])),
        rate_currency=draw(st.sampled_from(["", *CURRENCIES])),
        months=draw(st.integers(-1, 999_999)),
        weight_ratio_e3=draw(st.integers(-1, 10**9 - 1)),
        rate_day=draw(number(Kind.DAY)),
        feature=draw(st.sampled_from(("", "ИУ", "УО"))),
        amount_minor=draw(st.integers(0, BOUNDS[Kind.AMOUNT][1])),
        currency=draw(st.sampled_from(CURRENCIES)),
    )


@given(house=houses(), rows=st.lists(payments(), max_size=3))
def test_what_is_written_is_read_again(house: House, rows: list[DeclaredPayment]) -> None:
    content = write_goods_declaration(house, payments=rows)
    read = read_goods_declaration(content, "a.xml")
    assert read.problems == ()
    assert {name: read.declaration[name] for name in house.declaration} == house.declaration
    for line, back in zip(house.goods, read.goods, strict=True):
        assert {name: back[name] for name in line} == line
    assert list(read.payments) == rows
    assert read.containers == house.containers
    assert lost_columns(house, content) == ()


@pytest.fixture(scope="module")
def schema(shared_data: Callable[[str], Path]) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(shared_data(SCHEMA)))


@given(house=houses(), rows=st.lists(payments(), max_size=3))
def test_what_is_written_is_lawful(
    schema: etree.XMLSchema, house: House, rows: list[DeclaredPayment]
) -> None:
    schema.assertValid(etree.fromstring(write_goods_declaration(house, payments=rows)))
