"""What receipts say: whole entries, elements by their path, the faults of a message."""

from __future__ import annotations

import re

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from silkport.formats.ceb.answering import MOST, MOST_ANSWERED, field_path, info, refusal
from silkport.formats.ceb.catalogue import SHAPES
from tests.formats.test_ceb_answering import GUID, NOW, fits, one


def entries(*texts: str, parcel_id: str = "cn-1") -> pl.DataFrame:
    cells = {"parcel_id": parcel_id, "code": "MAT003", "official": "45,46", "field": "a/b"}
    return pl.DataFrame([cells | {"text": text} for text in texts])


def test_info_names_code_official_code_field_and_words() -> None:
    (row,) = info(entries("said [so];\n twice")).to_dicts()
    assert row["info"] == "[Code:MAT003;Official:45,46;Field:a/b;Desc:said (so);  twice]"
    bare = entries("x").with_columns(pl.lit("").alias("official"), pl.lit("").alias("field"))
    assert info(bare)["info"][0] == "[Code:MAT003;Desc:x]"


@settings(max_examples=60, deadline=None)
@given(lengths=st.lists(st.integers(0, 1_200), min_size=1, max_size=30), most=st.just(MOST))
def test_info_holds_whole_entries_and_counts_the_rest(lengths: list[int], most: int) -> None:
    texts = ["字" * length for length in lengths]
    (row,) = info(entries(*texts), most=most).to_dicts()
    told = row["info"]
    assert len(told) <= most
    whole = told.count("[Code:MAT003;")
    beyond = re.search(r"\[Code:\.\.\.;Desc:\+(\d+)\]$", told)
    assert whole >= 1
    assert whole + int(beyond[1] if beyond else 0) == len(texts)
    for text in texts[: whole if lengths[0] < 900 else 0]:
        assert len(text) > 900 or f"Desc:{text}]" in told
    assert "…" not in told or max(lengths) > 900


def test_info_of_nothing() -> None:
    assert info(entries("x").clear()).is_empty()


@pytest.mark.parametrize(
    ("name", "message", "line", "path"),
    [
        ("inventory.freight", "CEB621", 0, "InventoryHead/freight"),
        ("inventory.freight_e5", "CEB603", 0, "InventoryHead/freight"),
        ("freight_e5", "CEB621", 0, "InventoryHead/freight"),
        ("inventory.net_mass_kg", "CEB621", 0, "InventoryHead/netWeight"),
        ("line.qty", "CEB621", 2, "InventoryList[2]/qty"),
        ("line.qty", "CEB621", 0, "InventoryList/qty"),
        ("payment.amount_paid", "CEB621", 0, "PaymentHead/amountPaid"),
        ("order.paid", "CEB621", 0, "OrderHead/acturalPaid"),
        ("waybill.arrived_day", "CEB621", 0, ""),
        ("line.goods_url", "CEB621", 3, "InventoryList[3]"),
        ("withdrawal.reason", "CEB623", 0, "InvtCancel/reason"),
        ("InventoryList[2]/qty", "CEB621", 2, "InventoryList[2]/qty"),
        ("a/b;Desc:c", "CEB621", 0, ""),
        ("", "CEB621", 0, ""),
    ],
)
def test_field_path(name: str, message: str, line: int, path: str) -> None:
    assert field_path(name, message, line) == path


def test_a_refused_message_is_answered_with_its_faults() -> None:
    row = one(
        refusal(
            [("Order[2]", "no root"), ("", "no namespace")],
            return_time=NOW,
            answered_id="ENV-1",
            answered_kind="CEB621",
            answered_text="<a/>",
        )
    )
    assert (row["message"], row["return_status"]) == ("CEB900", "-1")
    assert row["return_info"] == "[Code:-1;Field:Order[2];Desc:no root][Code:-1;Desc:no namespace]"
    assert (row["answered_id"], row["answered_kind"]) == ("ENV-1", "CEB621")
    assert row["answered_text"] == "<a/>"
    assert GUID.fullmatch(str(row["guid"]))


@pytest.mark.parametrize("length", [60_000, 60_001])
def test_a_refused_message_stays_within_its_bounds(length: int) -> None:
    row = one(refusal([("", "x" * 999)] * 20, return_time=NOW, answered_text="x" * length))
    assert (row["answered_text"] == "") is (length > MOST_ANSWERED)
    assert row["answered_kind"] == "Unknown"
    for element in SHAPES["CEB900"].head.elements:
        assert element.column is not None
        assert fits(element, row[element.column.name]), element.path
    assert str(row["return_info"]).endswith("[Code:...;Desc:+16]")


def test_a_refusal_without_faults_and_one_that_is_none() -> None:
    assert one(refusal([], return_time=NOW))["return_info"] == ""
    with pytest.raises(AssertionError):
        refusal([("", "x")], return_time=NOW, return_status="120")
