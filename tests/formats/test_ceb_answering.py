"""Receipts: every outcome has its status, every receipt what its message demands."""

from __future__ import annotations

import re
from random import Random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from silkport.formats.ceb.answering import MOST, receipts
from silkport.formats.ceb.answers import ANSWERS, STANDINGS, STATUSES, answers
from silkport.formats.ceb.catalogue import SHAPES, Element, Shape
from silkport.formats.ceb.statuses import status_of
from silkport.formats.reading import TABLES, dtype_of
from silkport.model.columns import Kind, Table
from silkport.model.outcomes import DECISION
from silkport.model.records import RECEIPT

NOW = "20260803101530123"
ANSWERED = [shape for shape in SHAPES.values() if shape.answer]
MESSAGES = [shape.message for shape in ANSWERED]
PRE_NO, INVT_NO = "B20260803000000001", "94122026I000000001"
OF_PARCELS = ("inventory", "withdrawal")
MISSING, UNSEEN, STALE = 1 << 0, 1 << 14, 1 << 15
GUID = re.compile(r"[0-9A-F]{8}-[0-9A-F]{4}-8[0-9A-F]{3}-A[0-9A-F]{3}-[0-9A-F]{12}")

Cells = dict[str, str | int]


def frame(table: Table, *rows: Cells) -> pl.DataFrame:
    whole = [{c.name: c.absent for c in table.columns} | row for row in rows]
    names = {name for row in rows for name in row} - set(table.names)
    kinds = {c.name: dtype_of(c) for c in table.columns} | dict.fromkeys(names, pl.Int64)
    return pl.DataFrame(whole, schema=kinds)


def a_document(message: str, doc: int = 1, **changes: str | int) -> pl.DataFrame:
    """A document with every field as long as its message allows."""
    shape = SHAPES[message]
    row: Cells = {"message": message, "guid": f"{doc:036d}", "doc": doc}
    elements = [*shape.head.elements, *(shape.line.elements if shape.line else ())]
    for element in elements:
        column = element.column
        if column is not None and column.name not in row and column.name in table_of(shape).names:
            long = column.kind is Kind.TEXT
            row[column.name] = "9" * (element.form.most or 10) if long else 1
    if shape.head.table in OF_PARCELS:
        row |= {"ebc_code": "6501960A1M", "order_no": "AIG-1"}
    return frame(table_of(shape), row | changes)


def table_of(shape: Shape) -> Table:
    return TABLES[shape.head.table]


def a_decision(**changes: str | int) -> pl.DataFrame:
    row: Cells = {"parcel_id": "cn-1", "ebc_code": "6501960A1M", "order_no": "AIG-1"}
    row |= {"outcome": "released", "lane": "green", "match_mask": 0, "pre_no": PRE_NO}
    return frame(DECISION, row | changes)


def said(parcel_id: str = "cn-1", about: str = "inventory", text: str = "[Code:X]") -> pl.DataFrame:
    return pl.DataFrame({"parcel_id": [parcel_id], "about": [about], "info": [text]})


SILENT = said().clear()


def answer(
    *documents: pl.DataFrame,
    status: str = "current",
    decisions: pl.DataFrame | None = None,
    grounds: pl.DataFrame | None = None,
    language: str = "zh",
) -> pl.DataFrame:
    kind = SHAPES[str(documents[0]["message"][0])].head.table
    rows = pl.concat(documents)
    told = rows.select("doc", pl.lit(kind).alias("kind"), pl.lit(status).alias("status"))
    return receipts(
        statuses=told,
        documents={kind: rows},
        decisions=a_decision() if decisions is None else decisions,
        grounds=SILENT if grounds is None else grounds,
        return_time=NOW,
        language=language,
    )


def one(rows: pl.DataFrame) -> Cells:
    (row,) = rows.to_dicts()
    return row


@pytest.mark.parametrize(
    ("changes", "status", "said_info"),
    [
        ({"outcome": "released"}, "800", "[Code:2600;Desc:放行]"),
        ({"outcome": "refused"}, "100", "[Code:100;Desc:海关退单。]"),
        ({"outcome": "refused", "match_mask": UNSEEN}, "100", "[Code:100;Desc:海关退单。]"),
        ({"outcome": "pending", "match_mask": MISSING}, "120", "[Code:1800;Desc:逻辑校验通过]"),
        (
            {"outcome": "pending", "match_mask": MISSING | UNSEEN},
            "120",
            "[Code:1800;Desc:逻辑校验通过]",
        ),
        ({"outcome": "pending"}, "120", "[Code:1800;Desc:逻辑校验通过]"),
        (
            {"outcome": "pending", "match_mask": UNSEEN | STALE},
            "400",
            "[Code:400;Desc:已受理，等待运抵监管场所。]",
        ),
        ({"outcome": "held", "lane": "red"}, "500", "[Code:500;Desc:清单审核中。]"),
        ({"outcome": "held", "lane": "yellow"}, "300", "[Code:300;Desc:清单审核中。]"),
        ({"outcome": "held", "lane": "green"}, "300", "[Code:300;Desc:清单审核中。]"),
        ({"outcome": "withdrawn"}, "899", "[Code:899;Desc:结关：已撤销或退货。]"),
        ({"outcome": "returned"}, "899", "[Code:899;Desc:结关：已撤销或退货。]"),
        ({"order_no": "AIG-2"}, "120", "[Code:1800;Desc:逻辑校验通过]"),  # no decision
    ],
)
@pytest.mark.parametrize("message", ["CEB621", "CEB603"])
def test_inventories_are_answered_with_their_decision(
    message: str, changes: Cells, status: str, said_info: str
) -> None:
    row = one(answer(a_document(message), decisions=a_decision(**changes)))
    assert (row["return_status"], row["return_info"]) == (status, said_info)
    again = one(answer(a_document(message), status="duplicate", decisions=a_decision(**changes)))
    assert again["return_status"] == status
    assert (
        str(again["return_info"]) == said_info + "[Code:MAT017;Desc:该报文此前已收到，只计一次。]"
    )


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        ("refused", True),
        ("pending", True),
        ("held", True),
        ("released", False),
        ("returned", False),
    ],
)
def test_grounds_are_told_where_something_stands_in_the_way(outcome: str, told: bool) -> None:
    row = one(answer(a_document("CEB621"), decisions=a_decision(outcome=outcome), grounds=said()))
    assert (row["return_info"] == "[Code:X]") is told


@pytest.mark.parametrize(
    ("message", "status", "return_status", "code"),
    [
        ("CEB311", "stale", "-301014", "MAT016;Official:-301014"),
        ("CEB303", "stale", "-301014", "MAT016;Official:-301014"),
        ("CEB411", "stale", "-401012", "MAT016;Official:-401012"),
        ("CEB511", "stale", "-505016", "MAT016;Official:-505016"),
        ("CEB621", "stale", "-621055", "MAT016;Official:-621055"),
        ("CEB623", "stale", "100", "MAT016"),
        ("CEB513", "stale", "100", "MAT016"),
        *((message, "too_late", "100", "MAT017") for message in MESSAGES),
        *((message, "in_process", "100", "MAT017") for message in MESSAGES),
        *((message, "superseded", "120", "1800") for message in MESSAGES),
        *(
            (shape.message, status, "120", "1800")
            for shape in ANSWERED
            for status in ("current", "deleted", "duplicate")
            if shape.head.table not in OF_PARCELS
        ),
    ],
)
def test_documents_that_change_nothing_are_answered_too(
    message: str, status: str, return_status: str, code: str
) -> None:
    row = one(answer(a_document(message), status=status))
    assert row["return_status"] == return_status
    assert str(row["return_info"]).startswith(f"[Code:{code};Desc:")
    assert str(row["return_info"]).count("[Code:MAT017") == (code == "MAT017") + (
        status == "duplicate"
    )


@pytest.mark.parametrize(
    ("message", "outcome", "denied", "return_status"),
    [
        ("CEB623", "withdrawn", False, "399"),
        ("CEB625", "returned", False, "399"),
        ("CEB605", "withdrawn", False, "399"),
        ("CEB213", "returned", False, "800"),  # CEB214 does not carry 399
        ("CEB625", "released", True, "100"),
        ("CEB623", "refused", True, "100"),
        ("CEB625", "released", False, "120"),
    ],
)
def test_withdrawals(message: str, outcome: str, denied: bool, return_status: str) -> None:
    about = "withdrawal" if denied else "inventory"
    for status in ("current", "duplicate"):
        rows = answer(
            a_document(message),
            status=status,
            decisions=a_decision(outcome=outcome),
            grounds=said(about=about, text="[Code:RET001]"),
        )
        row = one(rows)
        assert row["return_status"] == return_status
        assert str(row["return_info"]).startswith("[Code:RET001]") is denied


def test_a_withdrawal_of_an_unknown_inventory() -> None:
    row = one(answer(a_document("CEB623"), decisions=a_decision().clear(), language="en"))
    assert row["return_status"] == "100"
    assert row["return_info"] == "[Code:100;Desc:The inventory it refers to is not known.]"
    assert row["pre_no"] == "9" * 18  # what the application itself states


def test_a_denied_withdrawal_says_nothing_of_the_inventory_and_the_other_way_round() -> None:
    denied = said(about="withdrawal", text="[Code:RET001]")
    row = one(answer(a_document("CEB621"), grounds=denied))
    assert row["return_status"] == "800"
    row = one(answer(a_document("CEB621"), status="deleted", grounds=denied))
    assert (row["return_status"], row["return_info"]) == ("100", "[Code:RET001]")
    row = one(
        answer(a_document("CEB621"), status="deleted", decisions=a_decision(outcome="withdrawn"))
    )
    assert row["return_status"] == "899"


def fits(element: Element, value: object) -> bool:
    if element.form.sort != "text":
        return isinstance(value, int) and value >= 0
    text = str(value)
    longest = element.form.most or len(text)
    if not element.mandatory and text == "":
        return True
    return element.form.least <= len(text) <= longest


@pytest.mark.parametrize("message", MESSAGES)
@pytest.mark.parametrize("given", [True, False])
@pytest.mark.parametrize("bare", [True, False])
def test_every_receipt_has_what_its_message_demands(message: str, given: bool, bare: bool) -> None:
    shape = SHAPES[message]
    elements = [*shape.head.elements, *(shape.line.elements if shape.line else ())]
    names = table_of(shape).names
    absent: Cells = {
        e.column.name: ""
        for e in elements
        if bare and e.column and e.column.name in names
        if (e.form.least == 0 or not e.mandatory) and e.column.kind is Kind.TEXT
    }
    if shape.head.table in OF_PARCELS:
        absent |= {"ebc_code": "6501960A1M", "order_no": "AIG-1"}
    decisions = a_decision(invt_no=INVT_NO, pre_no=PRE_NO) if given else a_decision().clear()
    document = a_document(message, **absent)
    row = one(answer(document, decisions=decisions))
    named = {"message"}
    for element in SHAPES[shape.answer].head.elements:
        assert element.column is not None
        named.add(element.column.name)
        assert fits(element, row[element.column.name]), (element.path, row[element.column.name])
        if element.column.name in document.columns and element.name not in {
            "guid",
            "preNo",
            "copNo",
            "invtNo",
        }:
            assert row[element.column.name] == document[element.column.name][0], element.path
    for column in RECEIPT.columns:
        if column.name not in named:
            assert row[column.name] == column.absent, column.name
    assert row["message"] == shape.answer
    assert GUID.fullmatch(str(row["guid"]))
    if given and shape.head.table in OF_PARCELS:
        assert row["pre_no"] == PRE_NO
        assert row["invt_no"] == INVT_NO


def test_numbers() -> None:
    long = "ORDER-" + "1" * 30
    bare = a_document("CEB621", cop_no="", pre_no="", invt_no="", order_no=long)
    row = one(answer(bare))
    assert row["cop_no"] == "1" * 20
    assert row["pre_no"] == "B20260803000000000"  # none was given
    assert row["invt_no"] == ""
    given = a_decision(order_no=long, invt_no=INVT_NO)
    row = one(answer(bare, decisions=given))
    assert (row["pre_no"], row["invt_no"]) == (PRE_NO, INVT_NO)


def test_tables_and_receipts_are_not_answered() -> None:
    for message in ("", "CEB622"):
        rows = a_document("CEB621").with_columns(pl.lit(message).alias("message"))
        told = pl.DataFrame({"doc": [1], "kind": ["inventory"], "status": ["current"]})
        given = receipts(
            statuses=told,
            documents={"inventory": rows},
            decisions=a_decision(),
            grounds=SILENT,
            return_time=NOW,
        )
        assert given.is_empty()
        assert given.columns == list(RECEIPT.names)


@pytest.mark.parametrize("message", ["CEB711", "CEB607", "CEB701"])
def test_a_list_of_parcels_is_answered_once(message: str) -> None:
    rows = [a_document(message, doc, guid="G", invt_no=f"I{doc}") for doc in (1, 2, 3)]
    other = a_document(message, 4, guid="H")
    assert answer(*rows, other).height == 2


def test_a_message_that_comes_twice_gets_two_receipts_of_different_identity() -> None:
    first, second = a_document("CEB311", 1), a_document("CEB311", 2, guid=f"{1:036d}")
    told = pl.DataFrame({"doc": [1, 2], "kind": ["order"] * 2, "status": ["current", "duplicate"]})
    rows = receipts(
        statuses=told,
        documents={"order": pl.concat([first, second])},
        decisions=a_decision(),
        grounds=SILENT,
        return_time=NOW,
    )
    assert rows["guid"].n_unique() == 2
    both = answer(first, second, status="duplicate")
    assert both["guid"].n_unique() == 2


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 1 << 30), count=st.integers(1, 12))
def test_receipts_do_not_depend_on_the_order_of_rows(seed: int, count: int) -> None:
    random = Random(seed)
    outcomes = ("released", "held", "pending", "refused", "withdrawn", "returned")
    documents = [a_document("CEB621", n, order_no=f"A-{n}") for n in range(count)]
    decided = [
        a_decision(
            parcel_id=f"cn-{n}",
            order_no=f"A-{n}",
            outcome=random.choice(outcomes),
            match_mask=random.choice([0, 1, UNSEEN]),
        )
        for n in range(count)
    ]
    want = answer(*documents, decisions=pl.concat(decided))
    random.shuffle(documents)
    random.shuffle(decided)
    assert answer(*documents, decisions=pl.concat(decided)).equals(want)
    assert want["guid"].n_unique() == count


def test_every_answer_rests_on_something_and_is_carried_by_its_receipt() -> None:
    for answer_row in ANSWERS:
        assert answer_row.source
        assert answer_row.confidence in {"facts", "unverified"}
        assert answer_row.words["zh"]
    for shape in ANSWERED:
        for language in ("en", "zh", "ru", "kk"):
            table = answers(shape.message, language)
            assert table.height == len(STATUSES) * len(STANDINGS)
            for row in table.to_dicts():
                status = status_of(row["return_status"])
                assert status is not None
                assert shape.answer in status.carried_by, (shape.message, row)
                assert len(row["said"]) + len(row["note"]) <= MOST


def test_every_kind_of_document_is_answered() -> None:
    submitted = {shape.message for shape in SHAPES.values() if shape.role == "submitted"}
    assert submitted == set(MESSAGES)
    assert {SHAPES[m].head.table for m in MESSAGES} == {
        "order",
        "payment",
        "waybill",
        "inventory",
        "withdrawal",
        "movement",
        "summary",
    }
