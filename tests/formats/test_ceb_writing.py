"""Tables as messages: what stands in them, that they are valid, and what cannot be written."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from silkport.formats.ceb.catalogue import NAMESPACE, SHAPES, Part, Shape
from silkport.formats.ceb.losses import Losses
from silkport.formats.ceb.writing import Sender, Written, write_messages
from silkport.formats.code_lists import LIST_OF_KIND, neutral, neutral_codes, outside
from silkport.formats.reading import LINE_OF
from silkport.kernel.errors import InvalidValue
from silkport.model.columns import MISSING, Kind
from tests.formats.messages import EXTENSION, SIGNATURE, frame, tables_of

SENDER = Sender("1105919159", "Port & Sons", "DXPENT0000000001")
CEB = f"{{{NAMESPACE}}}"


def written_of(tables: dict[str, pl.DataFrame], **options: Any) -> list[Written]:
    return list(write_messages(tables, sender=SENDER, **options))


def expected(part: Part, row: dict[str, Any]) -> dict[str, str]:
    """What the elements of a part say, worked out cell by cell."""
    found = {}
    for element in part.elements:
        column = element.column
        assert column is not None
        name = column.name
        if element.path == "InventoryHead/country" and row["flow"] == "E":
            name = "destination_country"
        value = row[name]
        if value in {"", MISSING}:
            said = ""
        elif element.code:
            codes = neutral_codes(element.code)
            said = next(code for code, neutral in codes.items() if neutral == value)
        elif column.kind in {Kind.AMOUNT, Kind.QUANTITY}:
            said = plain(Decimal(value).scaleb(-5))
        elif column.kind is Kind.MASS:
            said = plain(Decimal(value).scaleb(-6))
        elif column.kind is Kind.DAY:
            said = pl.select(
                pl.lit(value).cast(pl.Int32).cast(pl.Date).dt.strftime("%Y%m%d")
            ).item()
        else:
            said = str(value)
        if said or element.mandatory:
            found[element.name] = said
    return found


def plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def said(element: Any) -> dict[str, str]:
    return {child.tag.removeprefix(CEB): child.text or "" for child in element}


def stated(part: Part, row: dict[str, Any]) -> bool:
    return any(row[e.column.name] not in {"", MISSING} for e in part.elements if e.column)


def heads_and_lines(
    shape: Shape, tables: dict[str, pl.DataFrame]
) -> list[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """The documents of one kind in the order of their table, found without any frame code."""
    found: dict[tuple[str, int], tuple[dict[str, Any], list[dict[str, Any]]]] = {}
    table = shape.head.table
    flat = shape.line is not None and shape.line.table == table
    for row in tables[table].filter(pl.col("message") == shape.message).to_dicts():
        _, lines = found.setdefault((row["source"], row["position"]), (row, []))
        if flat and stated(shape.line, row):
            lines.append(row)
    if shape.line is not None and not flat and LINE_OF[table] in tables:
        for row in tables[LINE_OF[table]].to_dicts():
            if (row["source"], row["position"]) in found:
                found[row["source"], row["position"]][1].append(row)
    return list(found.values())


@pytest.mark.parametrize("known", [True, False], ids=["known", "new"])
@pytest.mark.parametrize("message", SHAPES)
@settings(max_examples=4)
@given(seed=st.integers(0, 2**32))
def test_elements_say_what_the_tables_say(message: str, known: bool, seed: int) -> None:
    tables = tables_of(seed, message, known=known)
    shape = SHAPES[message]
    losses = Losses()
    found = []
    for one in written_of(tables, losses=losses, per_message=3):
        assert one.message == message
        assert one.unsigned is (shape.signature == "required")
        root = etree.fromstring(one.data)
        assert root.tag == f"{CEB}{shape.root}"
        documents = root.findall(shape.document)
        assert len(documents) == one.documents
        found += documents
    assert losses == Losses()
    wanted = heads_and_lines(shape, tables)
    assert len(found) == len(wanted)
    for document, (head, lines) in zip(found, wanted, strict=True):
        parts = list(document) if shape.nested else [document]
        want = expected(shape.head, head)
        assert list(said(parts[0]).items()) == list(want.items())
        below = [list(said(part).items()) for part in parts[1:]] if shape.nested else []
        assert below == [list(expected(shape.line, line).items()) for line in lines]


@cache
def schema(path: Path) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(path))


@pytest.mark.parametrize("message", SHAPES)
@settings(max_examples=4)
@given(seed=st.integers(0, 2**32))
def test_messages_are_valid(shared_data: Callable[[str], Path], message: str, seed: int) -> None:
    shape = SHAPES[message]
    name = "import" if shape.flow == "I" else "export"
    official = schema(shared_data("ceb-messages") / "202205" / "xsd" / f"{name}.xsd")
    for one in written_of(tables_of(seed, message)):
        root = etree.fromstring(one.data)
        if one.unsigned:
            root.append(etree.fromstring(SIGNATURE))
        official.assertValid(root)


def test_a_known_message_is_written_again(tmp_path: Path) -> None:
    tables = tables_of(5, "CEB621")
    row = tables["transmission"].row(0, named=True)
    cells = {"subscriptions": '[{"status": "ALL", "dxpMode": "DXP", "dxpAddress": "D"}]'}
    cells |= {"extension": EXTENSION, "guid": "G<&>", "version": "2.0", "transfer_note": "n"}
    tables["transmission"] = frame("transmission", [row | cells])
    one = written_of(tables, per_message=1)[0]
    root = etree.fromstring(one.data)
    assert one.source == "CEB621-0.xml"
    assert (root.get("guid"), root.get("version")) == ("G<&>", "2.0")
    names = [child.tag for child in root if child.tag != SHAPES["CEB621"].document]
    assert names == [f"{CEB}{n}" for n in ("BaseTransfer", "BaseSubscribe", "ExtendMessage")]
    assert said(root.find(f"{CEB}BaseTransfer"))["note"] == "n"
    assert root.find(f"{CEB}ExtendMessage/{CEB}Message/a").attrib == {"x": "<"}


def test_new_messages_have_a_sender_and_the_same_identifier_each_time() -> None:
    tables = tables_of(6, "CEB311", "CEB312", known=False)
    first, second = written_of(tables), written_of(tables)
    assert [one.data for one in first] == [one.data for one in second]
    order, receipt = (etree.fromstring(one.data) for one in first)
    assert said(order.find(f"{CEB}BaseTransfer")) == {
        "copCode": SENDER.code,
        "copName": SENDER.name,
        "dxpMode": "DXP",
        "dxpId": SENDER.dxp_id,
    }
    assert receipt.find(f"{CEB}BaseTransfer") is None
    guids = [root.get("guid") for root in (order, receipt)]
    assert all(len(guid) == 36 and guid == guid.upper() for guid in guids)
    assert len(set(guids)) == 2
    assert [one.source for one in written_of(tables, numbered_from=7)] == [
        "CEB311-000007.xml",
        "CEB312-000008.xml",
    ]


@pytest.mark.parametrize(("message", "per_message"), [("CEB622", 2), ("CEB711", 1)])
def test_documents_in_one_message(message: str, per_message: int) -> None:
    rows = [
        {"message": message, "guid": f"G{n}", "gnum": 1, "source": "a.csv", "position": n}
        for n in range(5)
    ]
    table = SHAPES[message].head.table
    tables = {
        table: frame(
            table, [{k: v for k, v in r.items() if table != "receipt" or k != "gnum"} for r in rows]
        )
    }
    counts = [one.documents for one in written_of(tables, per_message=2)]
    assert counts == [per_message] * (5 // per_message) + [5 % per_message] * (5 % per_message > 0)


KINDS = [
    ("inventory", {"flow": "E"}, "CEB603"),
    ("inventory", {"flow": "I"}, "CEB621"),
    ("inventory", {}, "CEB621"),
    ("order", {"order_type": "B"}, "CEB303"),
    ("order", {"order_type": "I"}, "CEB311"),
    ("payment", {"order_no": "OUT"}, "CEB403"),
    ("payment", {"order_no": "IN"}, "CEB411"),
    ("payment", {"order_no": "?"}, "CEB411"),
    ("payment", {"order_no": "?", "ebc_code": "1"}, "CEB403"),
    ("waybill", {"order_no": "OUT"}, "CEB505"),
    ("waybill", {"logistics_no": "L-IN"}, "CEB511"),
    ("waybill", {"logistics_no": "L9"}, "CEB505"),
    ("waybill", {"order_no": "?"}, "CEB511"),
    ("withdrawal", {"kind": "cancel", "order_no": "OUT"}, "CEB605"),
    ("withdrawal", {"kind": "cancel", "order_no": "IN"}, "CEB623"),
    ("withdrawal", {"kind": "return", "order_no": "IN"}, "CEB625"),
    ("withdrawal", {"kind": "return", "invt_no": "I9"}, "CEB213"),
    ("movement", {"kind": "signed_for"}, "CEB513"),
    ("movement", {"kind": "at_site"}, "CEB507"),
    ("movement", {"kind": "departed"}, "CEB509"),
    ("movement", {"kind": "on_bill"}, "CEB607"),
    ("movement", {"kind": "listed"}, "CEB711"),
    ("movement", {"kind": "tallied"}, "CEB215"),
    ("tax_bill", {"duty_e5": 0}, "CEB816"),
    ("tax_bill", {"status": "2"}, "CEB818"),
    ("summary", {"decl_seq_no": "1"}, "CEB792"),
    ("summary", {"cop_no": "1"}, "CEB701"),
    ("receipt", {"message": "CEB216"}, "CEB216"),
]


@pytest.mark.parametrize(("table", "cells", "message"), KINDS)
def test_rows_that_were_in_no_message_get_the_kind_that_fits(
    table: str, cells: dict[str, Any], message: str
) -> None:
    parcels = [
        {"order_no": "OUT", "flow": "E", "logistics_no": "L-OUT", "message": "CEB603"},
        {"order_no": "IN", "flow": "I", "logistics_no": "L-IN", "message": "CEB621"},
    ]
    if table == "inventory":
        parcels = [cells]
    tables = {"inventory": frame("inventory", parcels), table: frame(table, [cells])}
    found = [one.message for one in written_of(tables)]
    assert found == [message] if table == "inventory" else message in found


@pytest.mark.parametrize(
    ("table", "cells", "told"),
    [
        ("receipt", {"guid": "G"}, "receipt row 1 message"),
        ("payment", {"message": "CEB621"}, "payment row 1 message"),
        ("withdrawal", {"invt_no": "1"}, "withdrawal row 1 message"),
        ("receipt", {"message": "CEB622", "return_info": "x" * 1001}, "receipt.return_info"),
        ("receipt", {"message": "CEB608", "message_seq": 10**9}, "receipt.message_seq"),
        ("waybill", {"message": "CEB511", "gross_mass_mg": 5}, "waybill.gross_mass_kg"),
        ("inventory", {"buyer_name": "x" * 61}, "(personal)"),
    ],
)
def test_a_document_that_does_not_fit(table: str, cells: dict[str, Any], told: str) -> None:
    good = {"message": "CEB622", "guid": "OK", "return_info": "x" * 1000}
    rows = [{"source": "f", "position": 7} | cells]
    tables = {"receipt": frame("receipt", [good])}
    tables[table] = frame(table, [*rows, good] if table == "receipt" else rows)
    with pytest.raises(InvalidValue, match="SP-1105") as caught:
        written_of(tables)
    assert told in str(caught.value)
    losses = Losses()
    assert [one.documents for one in written_of(tables, losses=losses)] == [1]
    (aside,) = losses.set_aside
    assert (aside.source, aside.position, aside.code) == ("f", 7, "SP-1105")
    assert told in aside.reason


def test_too_many_lines_and_lines_without_a_document() -> None:
    head = {"guid": "G", "ebc_code": "E", "order_no": "A", "source": "f", "position": 1}
    line = {"ebc_code": "E", "order_no": "A", "source": "f", "position": 1}
    tables = {
        "inventory": frame("inventory", [head]),
        "line": frame("line", [line | {"gnum": n} for n in range(1, 101)]),
    }
    losses = Losses()
    assert written_of(tables, losses=losses) == []
    assert "at most 99 lines" in losses.set_aside[0].reason
    tables["line"] = frame("line", [line | {"gnum": 1, "position": 2}])
    losses = Losses()
    assert [one.documents for one in written_of(tables, losses=losses)] == [1]
    assert "line row 1" in losses.set_aside[0].reason


def test_cells_without_an_element_are_counted() -> None:
    tables = {
        "order": frame("order", [{"shop_url": "u", "buyer_authenticated": 1}] * 2),
        "inventory": frame(
            "inventory", [{"flow": "E", "departure_country": "KZ", "destination_country": "BQ"}]
        ),
        "transmission": frame("transmission", [{"message": "CEB622", "guid": "T"}]),
    }
    losses = Losses()
    assert len(written_of(tables, losses=losses)) == 2
    assert losses.left_out == {
        "CEB311 order.shop_url": 2,
        "CEB311 order.buyer_authenticated": 2,
        "CEB603 inventory.departure_country": 1,
        "CEB603 inventory.departure_country: a code without counterpart": 1,
        "CEB622 transmission.guid": 1,
    }


def test_rows_of_a_table_go_on_with_a_document() -> None:
    head = {"message": "CEB607", "guid": "G", "bill_no": "B", "source": "m.csv"}
    rows = [head | {"position": n + 2, "gnum": g} for n, g in enumerate((1, 2, 3, 1, 2))]
    rows += [head | {"position": 9, "gnum": 3, "bill_no": "C"}]
    (one,) = written_of({"movement": frame("movement", rows)})
    documents = etree.fromstring(one.data).findall(f"{CEB}WayBill")
    assert [len(document) - 1 for document in documents] == [3, 2, 1]


def test_characters_that_xml_does_not_know() -> None:
    row = {"message": "CEB622", "return_info": "a\x00b\x0b\uffffc\r\nd\te", "guid": "\x1f"}
    (one,) = written_of({"receipt": frame("receipt", [row])})
    (document,) = etree.fromstring(one.data)
    assert said(document)["returnInfo"] == "a\ufffdb\ufffd\ufffdc\r\nd\te"
    assert said(document)["guid"] == "\ufffd"


@pytest.mark.parametrize("extension", ["</ceb:x>", "<a/>", "<!-- 70000 characters -->", "text"])
def test_an_extension_that_is_none(extension: str) -> None:
    tables = tables_of(5, "CEB621")
    tables["transmission"] = tables["transmission"].with_columns(
        pl.lit(extension).alias("extension")
    )
    with pytest.raises(InvalidValue, match=r"transmission\.extension"):
        written_of(tables)
    losses = Losses()
    assert all(etree.fromstring(one.data) is not None for one in written_of(tables, losses=losses))
    assert losses.set_aside


@pytest.mark.parametrize("kind", LIST_OF_KIND)
def test_neutral_codes_go_back_to_what_they_came_from(kind: str) -> None:
    known = pl.Series("code", list(neutral_codes(kind)))
    inside = neutral(known, kind)
    again = neutral(outside(inside, kind), kind)
    assert again.to_list() == inside.to_list()
    strange = pl.Series("code", ["", "GACC:999", "QQQ"])
    assert outside(strange, kind).to_list() == ["", "999", "QQQ"]


def test_only_valid_documents_when_asked() -> None:
    tables = tables_of(6, "CEB311", known=False)
    whole = tables["order"].height
    origin = tables["order"].select("source", "position")
    first, second = (origin.row(n, named=True) for n in (0, 1))
    here = [
        (pl.col("source") == one["source"]) & (pl.col("position") == one["position"])
        for one in (first, second)
    ]
    tables["order"] = tables["order"].with_columns(
        pl.when(here[0]).then(pl.lit("")).otherwise("ebp_name").alias("ebp_name")
    )
    tables["order_line"] = tables["order_line"].filter(~here[1])
    assert sum(one.documents for one in written_of(tables, losses=Losses())) == whole
    losses = Losses(only_valid=True)
    assert sum(one.documents for one in written_of(tables, losses=losses)) == whole - 2
    told = sorted(one.reason for one in losses.set_aside)
    assert any("ebpName must be 1 to 100 characters" in one for one in told)
    assert any("at least 1 and at most 99 lines" in one for one in told)
