"""China's parcel messages: the official samples, and every way a message can be wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from silkport.formats.ceb.catalogue import KINDS, SHAPES
from silkport.formats.code_lists import LIST_OF_KIND, neutral, neutral_codes, unknown
from silkport.formats.reading import Documents
from silkport.model.columns import Kind
from tests.formats.samples import (
    TRANSFER,
    guid_of,
    order_message,
    payment_document,
    payment_message,
    read_all,
)

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
    assert (head["signature"], head["flow"]) == ("digest_differs", "I")
    assert (head["message"], head["trade_mode"]) == ("CEB621", "9610")
    assert (head["departure_country"], head["destination_country"]) == ("CN", "CN")
    assert (head["currency"], head["gross_mass_mg"], head["decl_day"]) == ("CNY", 70_000, 19031)
    assert (line["origin"], line["unit"], line["unit1"]) == ("IE", "GACC:140", "KGM")
    assert (line["qty1_e5"], line["total_e5"], line["hs_code"]) == (6_000, 1_000, "2106909090")
    assert (line["order_no"], line["ebc_code"]) == (head["order_no"], head["ebc_code"])


def test_a_folder_of_all_samples(shared_data: Callable[[str], Path]) -> None:
    """Every message of the package is read but one, which lacks the signature it must have."""
    read = read_all(shared_data(SAMPLES))
    assert read.problems == []
    assert {name: rows.height for name, rows in read.tables.items()} == {
        "inventory": 11,
        "line": 21,
        "order": 6,
        "order_line": 12,
        "payment": 10,
        "waybill": 6,
        "withdrawal": 30,
        "withdrawal_line": 20,
        "movement": 21,
        "receipt": 180,
        "summary": 20,
        "transmission": 30,
    }
    (aside,) = read.set_aside
    assert (aside.code, aside.message) == ("SP-1107", "CEB621")
    assert "Signature" in aside.reason


@pytest.mark.parametrize(
    ("changes", "path", "expected"),
    [
        ({"payTransactionId": ""}, "PaymentHead/orderNo", "payTransactionId"),
        ({"amountPaid": "19,05"}, "PaymentHead/amountPaid", "a number"),
        ({"amountPaid": "1.000001"}, "PaymentHead/amountPaid", "at most 5"),
        ({"guid": "G1"}, "PaymentHead/guid", "exactly 36 characters"),
        ({"ebpName": "x" * 101}, "PaymentHead/ebpName", "100 characters"),
        ({"currency": "999"}, "PaymentHead/currency", "142"),
        ({"surprise": "1"}, "PaymentHead/surprise", ""),
        ({"note": "a</ceb:note><ceb:note>b"}, "PaymentHead/note", ""),
    ],
)
def test_one_faulty_element_and_the_whole_message_is_set_aside(
    tmp_path: Path, changes: dict[str, str], path: str, expected: str
) -> None:
    read = read_text(tmp_path, payment_message(payment_document(1), payment_document(2, **changes)))
    assert (read.rows, read.tables, read.problems) == (0, {}, [])
    (aside,) = read.set_aside
    assert (aside.code, aside.position, aside.message) == ("SP-1107", 0, "CEB411")
    assert aside.guid == guid_of(0)
    assert f"Payment[2]/{path}" in aside.reason or "payTransactionId" in aside.reason
    assert expected in aside.reason


@pytest.mark.parametrize(
    ("changes", "code", "column", "shown"),
    [
        ({"amountPaid": "-1"}, "RDG003", "PaymentHead/amountPaid", "-1"),
        ({"payTime": "20260231103000"}, "RDG001", "PaymentHead/payTime", "20260231103000"),
    ],
)
def test_a_value_without_sense_is_explained_and_the_document_kept(
    tmp_path: Path, changes: dict[str, str], code: str, column: str, shown: str
) -> None:
    """What the definition allows and no rule can use: the parcel's rules judge it."""
    read = read_text(tmp_path, payment_message(payment_document(1), payment_document(2, **changes)))
    (problem,) = read.problems
    assert (problem.code, problem.position, problem.column) == (code, 2, column)
    assert (problem.read, problem.order_no) == (shown, "A2")
    assert read.rows == read.tables["payment"].height == 2


def waybill_message(currency: str) -> str:
    return order_message(
        f"<ceb:Logistics><ceb:guid>{guid_of(1)}</ceb:guid><ceb:appType>1</ceb:appType>"
        "<ceb:appTime>20260701103000</ceb:appTime><ceb:appStatus>2</ceb:appStatus>"
        "<ceb:logisticsCode>1</ceb:logisticsCode><ceb:logisticsName>Bo</ceb:logisticsName>"
        "<ceb:logisticsNo>L1</ceb:logisticsNo><ceb:freight>0</ceb:freight>"
        f"<ceb:insuredFee>0</ceb:insuredFee><ceb:currency>{currency}</ceb:currency>"
        "<ceb:grossWeight>1</ceb:grossWeight><ceb:packNo>1</ceb:packNo>"
        "<ceb:goodsInfo>tea</ceb:goodsInfo></ceb:Logistics>",
        root="CEB505Message",
    )


def test_an_export_waybill_states_no_order(tmp_path: Path) -> None:
    rows = read_text(tmp_path, waybill_message("502")).tables["waybill"]
    assert rows.select("message", "order_no", "currency", "gross_mass_mg").row(0) == (
        "CEB505",
        "",
        "USD",
        1_000_000,
    )


def test_codes_keep_their_list_when_they_have_no_neutral_form(tmp_path: Path) -> None:
    read = read_text(tmp_path, waybill_message("777"))
    assert read.tables["waybill"]["currency"].to_list() == ["GACC:777"]
    assert [problem.code for problem in read.problems] == ["RDG008"]


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


@pytest.mark.parametrize(
    ("text", "rows", "aside"),
    [
        (whole(100), 100, []),
        (whole(101), 0, ["SP-1107"]),
        (whole(0), 0, ["SP-1107"]),
        ("", 0, ["SP-1101"]),
        ("<", 0, ["SP-1101"]),
        ("<a/>", 0, ["SP-1101"]),
        (order_message("", root="CEB999Message"), 0, ["SP-1101"]),
        (whole(1).replace("chinaport", "chinapart"), 0, ["SP-1101"]),
        (payment_message("<ceb:Payment/>", payment_document(2)), 0, ["SP-1107"]),
        (whole(3)[: whole(3).index(f"<ceb:guid>{guid_of(2)}")], 0, ["SP-1101"]),
        (whole(2).replace("</ceb:BaseTransfer>", "</ceb:BaseTransfer>" + TRANSFER), 2, []),
    ],
)
def test_messages_good_and_bad(tmp_path: Path, text: str, rows: int, aside: list[str]) -> None:
    read = read_text(tmp_path, text)
    assert read.rows == rows
    assert [(found.code, found.position) for found in read.set_aside] == [(one, 0) for one in aside]


def test_a_cut_message_is_named_for_its_answer(tmp_path: Path) -> None:
    (aside,) = read_text(tmp_path, whole(2)[:-40]).set_aside
    assert (aside.message, aside.guid) == ("CEB411", guid_of(0))


def test_rows_of_one_message_may_state_different_fields(tmp_path: Path) -> None:
    """Some with a note and a telephone, one with one of them: every text in its own column."""
    documents = [
        payment_document(1),
        payment_document(2, note="two"),
        payment_document(3, note="three"),
        payment_document(4),
    ]
    with_phone = documents[2].replace(
        "<ceb:amountPaid>", "<ceb:telephone>139</ceb:telephone><ceb:amountPaid>"
    )
    for order in ((0, 1, 2, 3), (3, 2, 1, 0)):
        sent = [[*documents[:2], with_phone, documents[3]][place] for place in order]
        rows = read_text(tmp_path, payment_message(*sent)).tables["payment"]
        notes = dict(rows.select("order_no", "note").iter_rows())
        phones = dict(rows.select("order_no", "payer_phone").iter_rows())
        assert notes == {"A1": "", "A2": "two", "A3": "three", "A4": ""}
        assert phones == {"A1": "", "A2": "", "A3": "139", "A4": ""}
        assert rows["order_no"].to_list() == [f"A{place + 1}" for place in order]
        assert rows["amount_paid_e5"].to_list() == [1_905_000] * 4


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
