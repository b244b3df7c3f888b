"""China's parcel messages: the official samples, and every way a message can be wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from silkport.formats.ceb_schema import KINDS, SHAPES
from silkport.formats.code_lists import LIST_OF_KIND, neutral, neutral_codes, unknown
from silkport.formats.reading import Documents
from silkport.model.columns import Kind
from tests.formats.samples import order_message, payment_document, payment_message, read_all

SAMPLES = "ceb-messages"


def read_text(folder: Path, text: str | bytes) -> Documents:
    path = folder / "message.xml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_all(path)


@pytest.mark.parametrize(
    ("message", "table", "documents", "lines"),
    [
        (311, "order", 6, 12),
        (411, "payment", 10, 0),
        (511, "waybill", 6, 0),
        (621, "inventory", 10, 20),
    ],
)
def test_official_samples(
    shared_data: Callable[[str], Path], message: int, table: str, documents: int, lines: int
) -> None:
    path = shared_data(SAMPLES) / "202205" / "import" / f"CEB{message}Message.xml"
    read = read_all(path)
    assert (read.problems, read.set_aside, read.rows) == ([], [], documents)
    assert read.tables[table].height == documents
    assert read.tables[table]["position"].to_list() == list(range(1, documents + 1))
    assert sum(f.height for name, f in read.tables.items() if "line" in name) == lines


def test_an_official_inventory_in_full(shared_data: Callable[[str], Path]) -> None:
    read = read_all(shared_data(SAMPLES) / "signed" / "CEB621Message_signed.xml")
    head = read.tables["inventory"].row(0, named=True)
    line = read.tables["line"].row(0, named=True)
    assert head["app_time"] == 20220208175055
    assert (head["signature"], head["flow"], head["trade_mode"]) == ("present", "I", "9610")
    assert (head["departure_country"], head["destination_country"]) == ("CN", "CN")
    assert (head["currency"], head["gross_mass_mg"], head["decl_day"]) == ("CNY", 70_000, 19031)
    assert (line["origin"], line["unit"], line["unit1"]) == ("IE", "GACC:140", "KGM")
    assert (line["qty1_e5"], line["total_e5"], line["hs_code"]) == (6_000, 1_000, "2106909090")
    assert (line["order_no"], line["ebc_code"]) == (head["order_no"], head["ebc_code"])


def test_a_folder_of_all_samples(shared_data: Callable[[str], Path]) -> None:
    read = read_all(shared_data(SAMPLES))
    assert read.rows == 34
    assert read.problems == []
    named = [aside for aside in read.set_aside if "is not among the messages" in aside.reason]
    assert len(named) == len(read.set_aside) == 25


@pytest.mark.parametrize(
    ("changes", "code", "column", "shown"),
    [
        ({"orderNo": ""}, "RDG007", "PaymentHead/orderNo", ""),
        ({"amountPaid": "19,05"}, "RDG001", "PaymentHead/amountPaid", "19,05"),
        ({"amountPaid": "-1"}, "RDG003", "PaymentHead/amountPaid", "-1"),
        ({"payTime": "20260231103000"}, "RDG001", "PaymentHead/payTime", "20260231103000"),
        ({"ebpName": "x" * 101}, "RDG004", "PaymentHead/ebpName", "x" * 80),
        ({"currency": "999"}, "RDG008", "PaymentHead/currency", "999"),
        ({"currency": "CNY"}, "RDG008", "PaymentHead/currency", "CNY"),
        ({"surprise": "1"}, "RDG002", "PaymentHead/surprise", "1"),
        ({"note": "a</ceb:note><ceb:note>b"}, "RDG002", "PaymentHead/note", "b"),
    ],
)
def test_a_faulty_element_is_explained_and_the_document_kept(
    tmp_path: Path, changes: dict[str, str], code: str, column: str, shown: str
) -> None:
    read = read_text(tmp_path, payment_message(payment_document(1), payment_document(2, **changes)))
    (problem,) = read.problems
    assert (problem.code, problem.position, problem.column) == (code, 2, column)
    assert problem.read == shown
    assert problem.order_no == ("" if changes.get("orderNo") == "" else "A2")
    assert read.rows == read.tables["payment"].height == 2


def test_codes_keep_their_list_when_they_have_no_neutral_form(tmp_path: Path) -> None:
    read = read_text(tmp_path, payment_message(payment_document(1, currency="777")))
    assert read.tables["payment"]["currency"].to_list() == ["GACC:777"]


def test_142_means_three_things() -> None:
    code = pl.Series("code", ["142"])
    assert [neutral(code, kind)[0] for kind in LIST_OF_KIND] == ["CN", "CNY", "GACC:142"]


@pytest.mark.parametrize(
    ("kind", "code", "inside"),
    [
        ("country", "145", "KZ"),
        ("country", "110", "HK"),
        ("country", "701", "GACC:701"),
        ("country", "328", "RO"),
        ("country", "141", "VN"),
        ("currency", "502", "USD"),
        ("currency", "398", "GACC:398"),
        ("unit", "007", "H87"),
        ("unit", "035", "KGM"),
        ("unit", "011", "GACC:011"),
        ("unit", "", ""),
    ],
)
def test_code_lists(kind: str, code: str, inside: str) -> None:
    assert neutral(pl.Series("code", [code]), kind)[0] == inside
    assert not unknown(pl.Series("code", [code]), kind)[0]


@pytest.mark.parametrize("kind", sorted(LIST_OF_KIND))
def test_code_lists_are_complete_and_one_to_one(kind: str) -> None:
    codes = neutral_codes(kind)
    assert len(codes) == {"country": 243, "currency": 29, "unit": 123}[kind]
    shared = {"BQ", "PF"}  # islands of one neutral territory
    own = [value for value in codes.values() if value not in shared]
    assert len(own) == len(set(own))


def whole(documents: int) -> str:
    return payment_message(*(payment_document(n) for n in range(documents)))


def inventory(lines: int) -> str:
    line = "<ceb:OrderList><ceb:gnum>1</ceb:gnum></ceb:OrderList>" * lines
    return order_message(f"<ceb:Order><ceb:OrderHead/>{line}</ceb:Order>")


@pytest.mark.parametrize(
    ("text", "rows", "aside"),
    [
        (whole(100), 100, []),
        (whole(101), 0, [("SP-1103", 0)]),
        (whole(0), 0, [("SP-1101", 0)]),
        (inventory(99), 1, []),
        (inventory(100), 0, [("SP-1103", 1)]),
        ("", 0, [("SP-1101", 0)]),
        ("<", 0, [("SP-1101", 1)]),
        ("<a/>", 0, [("SP-1101", 0)]),
        (order_message("", root="CEB312Message"), 0, [("SP-1101", 0)]),
        (whole(1).replace("chinaport", "chinapart"), 0, [("SP-1101", 0)]),
        (payment_message("<ceb:Payment/>", payment_document(2)), 1, [("RDG011", 1)]),
        (whole(3)[: whole(3).index("<ceb:guid>G2")], 2, [("SP-1101", 3)]),
        (whole(2).replace("<ceb:BaseTransfer/>", "<ceb:BaseTransfer/>" * 2), 2, []),
    ],
)
def test_messages_good_and_bad(
    tmp_path: Path, text: str, rows: int, aside: list[tuple[str, int]]
) -> None:
    read = read_text(tmp_path, text)
    assert read.rows == rows
    assert [(found.code, found.position) for found in read.set_aside] == aside


BILLION = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
HOSTILE = {
    "billion laughs": f'<!DOCTYPE x [<!ENTITY l0 "ha">{BILLION}]><x>&l9;</x>',
    "external entity": '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
    "external document type": '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd"><x/>',
    "parameter entity": '<!DOCTYPE x [<!ENTITY % p SYSTEM "file:///etc/passwd">%p;]><x/>',
    "plain document type": f"<!DOCTYPE x>{whole(1).partition('?>')[2]}",
}


@pytest.mark.parametrize("name", sorted(HOSTILE))
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-7"])
def test_document_types_are_never_opened(tmp_path: Path, name: str, encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?>{HOSTILE[name]}'
    read = read_text(tmp_path, text.encode(encoding))
    assert read.rows == 0
    (aside,) = read.set_aside
    assert aside.code in {"SP-1104", "SP-1101"}
    assert "root:" not in aside.reason


def test_deep_and_wide_elements_are_refused(tmp_path: Path) -> None:
    deep = "<a>" * 50_000
    assert read_text(tmp_path, payment_message(deep)).set_aside[0].code == "SP-1101"
    large = payment_document(1, note="x" * 11_000_000)
    assert read_text(tmp_path, payment_message(large)).set_aside[0].code == "SP-1101"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "gb18030"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    declared = {"utf-8-sig": "UTF-8", "utf-16": "UTF-16"}.get(encoding, encoding.upper())
    text = payment_message(payment_document(1, payerName="李小宝"))
    read = read_text(tmp_path, text.replace("UTF-8", declared).encode(encoding))
    assert read.tables["payment"]["payer_name"].to_list() == ["李小宝"]


def test_many_messages_become_one_chunk(tmp_path: Path) -> None:
    for number in range(30):
        text = payment_message(payment_document(number), payment_document(number + 100))
        (tmp_path / f"{number:02}.xml").write_text(text)
    read = read_all(tmp_path)
    assert read.tables["payment"].height == read.rows == 60
    assert read.tables["payment"]["position"].to_list() == [1, 2] * 30
    assert read.tables["payment"]["source"][58].endswith("29.xml")


def test_the_field_table_fits_the_model() -> None:
    for shape in SHAPES.values():
        for part in filter(None, (shape.head, shape.line)):
            for element in part.elements:
                if element.column is not None and element.column.kind is Kind.TEXT:
                    assert element.column.longest
    assert set(KINDS.values()) <= set(Kind)
