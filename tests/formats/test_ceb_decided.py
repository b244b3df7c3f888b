"""What receipts and tax bills of China's messages say was decided and charged on parcels."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl
import pytest

from silkport.formats.ceb.decided import decided_parcels, outcomes
from silkport.formats.ceb.statuses import STATUSES
from silkport.formats.reading import schema_of
from silkport.model.columns import Table
from silkport.model.decided import OUTCOMES
from silkport.model.records import RECEIPT, TAX_BILL


def test_every_status_that_decides_is_known() -> None:
    assert set(outcomes()) <= set(STATUSES)
    assert set(outcomes().values()) <= set(OUTCOMES)


def _rows(table: Table, *rows: Mapping[str, object]) -> pl.DataFrame:
    absent = {column.name: column.absent for column in table.columns}
    absent |= {"source": "", "position": 0}
    return pl.DataFrame([absent | row for row in rows], schema=schema_of(table), orient="row")


INVENTORIES = pl.DataFrame(
    {
        "ebc_code": ["E1", "E1"],
        "order_no": ["A", "B"],
        "agent_code": ["G", "G"],
        "cop_no": ["c1", "c2"],
        "invt_no": ["", "I2"],
    }
)


@pytest.mark.parametrize(
    ("named", "number"),
    [
        ({"agent_code": "G", "cop_no": "c1"}, "A"),
        ({"ebc_code": "E1", "order_no": "B"}, "B"),
        ({"invt_no": "I2"}, "B"),
        ({"agent_code": "G", "cop_no": "nobody's"}, "nobody's"),
    ],
)
def test_a_receipt_is_for_the_parcel_it_names(named: dict[str, str], number: str) -> None:
    receipt = {"message": "CEB622", "return_status": "800", "return_time": "20260915101010123"}
    decided, _ = decided_parcels(INVENTORIES, _rows(RECEIPT, receipt | named), _rows(TAX_BILL))
    assert decided.select("number", "outcome", "day").rows() == [(number, "released", 20_711)]


@pytest.mark.parametrize(
    ("statuses", "outcome"),
    [
        (["2", "120"], []),
        (["120", "500", "800"], ["released"]),
        (["800", "899"], ["released"]),
        (["-621005"], ["refused"]),
        (["800", "-621005"], ["released"]),
        (["no status"], []),
    ],
)
def test_the_latest_status_that_decides_counts(statuses: list[str], outcome: list[str]) -> None:
    about = {"message": "CEB622", "agent_code": "G", "cop_no": "c1"}
    receipts = [
        about | {"return_status": status, "return_time": f"2026091510101{turn}000"}
        for turn, status in enumerate(statuses)
    ]
    for rows in (receipts, receipts[::-1]):
        decided, _ = decided_parcels(INVENTORIES, _rows(RECEIPT, *rows), _rows(TAX_BILL))
        assert decided["outcome"].to_list() == outcome


def test_a_tax_bill_counts_unless_it_is_void() -> None:
    receipt = {"message": "CEB622", "agent_code": "G", "cop_no": "c1", "invt_no": "I1"}
    receipt |= {"return_status": "800", "return_time": "20260915101010123"}
    bill = {"message": "CEB816", "invt_no": "I1", "tax_no": "T1", "status": "1"}
    bill |= {"vat_e5": 150_000, "duty_e5": 0, "return_time": "20260915101010123"}
    void = bill | {"tax_no": "T2", "status": "3"}
    lines = [bill | {"gnum": 1}, bill | {"gnum": 2}]
    _, charged = decided_parcels(
        INVENTORIES, _rows(RECEIPT, receipt), _rows(TAX_BILL, *lines, void)
    )
    rows = charged.select("number", "levy", "amount_e5").rows()
    assert sorted(rows) == [("A", "duty", 0), ("A", "excise", 0), ("A", "vat", 150_000)]
