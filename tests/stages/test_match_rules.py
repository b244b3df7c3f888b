"""Every rule of the match stage: lawful, at the limit, just beyond it, unlawful, unknown.

A parcel without a document has absent columns for it: no rule but MAT001 and MAT101 speaks then.
"""

from __future__ import annotations

import pytest

from silkport.kernel.periods import day_number
from silkport.model.columns import MISSING
from tests.stages.cast import PAID_E5, PIECES_E5, PRICE_E5, TOTAL_E5, Case, Row, a_row, cases, fires
from tests.stages.places import (
    CN_DIRECT,
    CN_EXPORT,
    CN_EXPORT_2024,
    DAY,
    KZ_EXPORT,
    KZ_IMPORT,
    KZ_PERSONAL,
    ZZ_EXPORT,
    Place,
)

TODAY = day_number(DAY)
ROOM_E5 = 599_000
"""Five per cent of the price: the tolerance of sums."""

DOCUMENTS: list[Case] = [
    ("MAT001", {}, False),
    *(("MAT001", {f"has_{name}": 0}, True) for name in ("order", "payment", "waybill")),
    *(("MAT001", {f"has_{name}": MISSING}, True) for name in ("order", "payment", "waybill")),
    ("MAT001", {"has_payment": 0, "waited_days": 3}, True),
    ("MAT001", {"has_payment": 0, "waited_days": 4}, False),
    ("MAT101", {"waited_days": 4}, False),
    ("MAT101", {"has_payment": 0, "waited_days": 3}, False),
    *(("MAT101", {f"has_{n}": 0, "waited_days": 4}, True) for n in ("order", "payment", "waybill")),
    ("MAT101", {"has_payment": MISSING, "waited_days": 4}, True),
    ("MAT001", {"has_payment": 0, "waited_days": 1}, True, CN_DIRECT),
    ("MAT101", {"has_payment": 0, "waited_days": 2}, True, CN_DIRECT),
    ("MAT001", {"has_payment": 0}, False, ZZ_EXPORT),
    ("MAT001", {"has_payment": 0}, True, CN_EXPORT_2024),
    ("MAT001", {"has_payment": 0}, False, CN_EXPORT),
    ("MAT001", {"has_waybill": 0}, True, CN_EXPORT),
    ("MAT001", {"has_payment": 0}, False, KZ_PERSONAL),
    ("MAT001", {"has_payment": 0}, True, KZ_IMPORT),
]

SUMS: list[Case] = [
    ("MAT002", {"order_paid_e5": PAID_E5}, False),
    ("MAT002", {"order_paid_e5": PAID_E5 - 1}, True),
    ("MAT002", {"order_paid_e5": PAID_E5 + 1}, True),
    ("MAT002", {"order_discount_e5": 1_000, "order_paid_e5": PAID_E5 - 1_000}, False),
    ("MAT002", {"order_discount_e5": 1_000}, True),
    ("MAT002", {"order_tax_total_e5": 7, "order_paid_e5": PAID_E5 + 7}, False),
    ("MAT002", {"order_freight_e5": 0}, True),
    ("MAT002", {"order_discount_e5": MISSING, "order_tax_total_e5": MISSING}, False),
    ("MAT002", {"order_freight_e5": MISSING}, True),
    ("MAT002", {"order_paid_e5": MISSING}, True),
    ("MAT002", {"order_goods_value_e5": MISSING}, True),
    ("MAT002", {"order_goods_value_e5": MISSING, "order_paid_e5": 1_000_000}, True),
    ("MAT002", {"has_order": 0, "order_paid_e5": MISSING}, False),
    ("MAT003", {"payment_amount_paid_e5": PAID_E5}, False),
    ("MAT003", {"payment_amount_paid_e5": PAID_E5 - 1}, True),
    ("MAT003", {"payment_amount_paid_e5": PAID_E5 + 1}, True),
    ("MAT003", {"payment_amount_paid_e5": MISSING}, True),
    ("MAT003", {"order_paid_e5": MISSING, "payment_amount_paid_e5": MISSING}, True),
    ("MAT003", {"has_payment": 0, "payment_amount_paid_e5": MISSING}, False),
    ("MAT003", {"has_order": 0, "order_paid_e5": MISSING}, False),
    ("MAT010", {"lines_total_e5": TOTAL_E5 + ROOM_E5}, False),
    ("MAT010", {"lines_total_e5": TOTAL_E5 - ROOM_E5}, False),
    ("MAT010", {"lines_total_e5": TOTAL_E5 + ROOM_E5 + 1}, True),
    ("MAT010", {"lines_total_e5": TOTAL_E5 - ROOM_E5 - 1}, True),
    ("MAT010", {"lines_mispriced": 1}, True),
    ("MAT010", {"lines_mispriced": 1, "has_order": 0}, True),
    ("MAT010", {"order_goods_value_e5": 0, "lines_total_e5": 0}, False),
    ("MAT010", {"order_goods_value_e5": MISSING}, True),
    ("MAT010", {"order_goods_value_e5": MISSING, "lines_total_e5": 0}, True),
    ("MAT010", {"has_order": 0, "order_goods_value_e5": MISSING}, False),
    ("MAT110", {"total_e5": TOTAL_E5 + ROOM_E5}, False),
    ("MAT110", {"total_e5": TOTAL_E5 - ROOM_E5}, False),
    ("MAT110", {"total_e5": TOTAL_E5 + ROOM_E5 + 1}, True),
    ("MAT110", {"total_e5": TOTAL_E5 - ROOM_E5 - 1}, True),
    ("MAT110", {"price_e5": 0, "total_e5": 0}, False),
    ("MAT110", {"price_e5": 0, "total_e5": 1}, True),
    ("MAT110", {"total_e5": MISSING}, True),
    ("MAT110", {"qty_e5": MISSING}, True),
    ("MAT110", {"price_e5": MISSING}, False),
    ("MAT110", {"price_e5": 10**18 - 1, "qty_e5": 10**14 - 1, "total_e5": 10**18 - 1}, True),
]

PARTIES: list[Case] = [
    *(("MAT004", {name: "x"}, True) for name in (
        "ebp_code", "ebp_name", "order_ebp_code", "order_ebp_name",
        "payment_ebp_code", "payment_ebp_name",
    )),
    *(("MAT004", {name: ""}, True) for name in ("ebp_code", "order_ebp_name", "payment_ebp_name")),
    ("MAT004", {}, False),
    ("MAT004", {"has_payment": 0, "payment_ebp_code": "", "payment_ebp_name": ""}, False),
    ("MAT004", {"has_payment": 0, "ebp_name": "x"}, True),
    ("MAT004", {"has_order": 0, "order_ebp_code": "", "order_ebp_name": ""}, False),
    ("MAT005", {}, False),
    ("MAT005", {"order_pay_transaction_id": "PAY-2"}, True),
    ("MAT005", {"payment_pay_transaction_id": ""}, True),
    ("MAT005", {"order_pay_code": "X"}, True),
    ("MAT005", {"order_pay_transaction_id": "", "order_pay_code": ""}, False),
    ("MAT005", {"order_pay_transaction_id": "", "payment_pay_code": ""}, True),
    ("MAT005", {"has_payment": 0, "payment_pay_transaction_id": ""}, False),
    ("MAT005", {"has_order": 0, "order_pay_code": "X"}, False),
    ("MAT006", {}, False),
    *(("MAT006", {name: "x"}, True) for name in (
        "buyer_name", "buyer_id_type", "buyer_id", "buyer_phone", "order_buyer_name",
    )),
    *(("MAT006", {f"order_{name}": ""}, True) for name in (
        "buyer_name", "buyer_id_type", "buyer_id", "buyer_phone",
    )),
    ("MAT006", {"has_order": 0, "order_buyer_id": ""}, False),
    ("MAT007", {}, False),
    ("MAT007", {"order_buyer_authenticated": 0}, False),
    ("MAT007", {"payment_payer_id": "110101198501011239"}, False),
    ("MAT007", {"order_buyer_authenticated": 0, "payment_payer_id": "x"}, True),
    ("MAT007", {"order_buyer_authenticated": 0, "payment_payer_name": "Chen"}, True),
    ("MAT007", {"order_buyer_authenticated": MISSING, "payment_payer_name": "Chen"}, True),
    ("MAT007", {"order_buyer_authenticated": 0, "payment_payer_id": ""}, True),
    ("MAT007", {"order_buyer_authenticated": 0, "has_payment": 0, "payment_payer_id": ""}, False),
    ("MAT008", {}, False),
    *(("MAT008", {f"waybill_{n}": "x"}, True) for n in (
        "consignee", "consignee_phone", "consignee_address",
    )),
    *(("MAT008", {f"order_{n}": ""}, True) for n in (
        "consignee", "consignee_phone", "consignee_address",
    )),
    ("MAT008", {"has_waybill": 0, "waybill_consignee": ""}, False),
    ("MAT008", {"has_order": 0, "order_consignee": ""}, False),
]  # fmt: skip

GOODS: list[Case] = [
    ("MAT009", {}, False),
    ("MAT009", {"lines_differing": 1}, True),
    ("MAT009", {"order_line_count": 2}, True),
    ("MAT009", {"order_line_count": 0}, True),
    ("MAT009", {"has_order": 0, "order_line_count": 0}, False),
    ("MAT109", {}, False),
    *(("MAT109", {name: "x"}, True) for name in ("item_name", "unit", "origin")),
    *(("MAT109", {name: 1}, True) for name in ("qty_e5", "price_e5", "total_e5")),
    *(("MAT109", {f"ordered_{n}": MISSING}, True) for n in ("qty_e5", "price_e5", "total_e5")),
    ("MAT109", {"ordered_item_name": ""}, True),
    ("MAT109", {"item_name": "", "ordered_item_name": "Cotton shirt"}, False),
    ("MAT109", {"item_name": ""}, True),
    ("MAT109", {"ordered_origin": ""}, False),
    ("MAT109", {"ordered_origin": "CN"}, True),
    ("MAT109", {"has_ordered": 0}, True),
    ("MAT109", {"has_ordered": MISSING}, True),
    ("MAT011", {}, False),
    ("MAT011", {"waybill_freight_e5": 1}, True),
    ("MAT011", {"waybill_insurance_e5": 1}, True),
    ("MAT011", {"waybill_freight_e5": MISSING, "waybill_insurance_e5": MISSING}, False),
    ("MAT011", {"freight_e5": MISSING}, True),
    ("MAT011", {"has_waybill": 0, "freight_e5": MISSING}, False),
    ("MAT111", {}, False),
    *(("MAT111", {name: "x"}, True) for name in (
        "logistics_no", "logistics_code", "waybill_logistics_no", "waybill_logistics_code",
    )),
    *(("MAT111", {f"waybill_{n}": ""}, True) for n in ("logistics_no", "logistics_code")),
    ("MAT111", {"logistics_no": "x", "waybill_logistics_no": "x"}, False),
    ("MAT111", {"waybill_logistics_no": "x"}, True, CN_EXPORT),
    ("MAT111", {"waybill_logistics_no": "x"}, True, KZ_IMPORT),
    ("MAT111", {"waybill_logistics_no": "x"}, True, KZ_EXPORT),
    ("MAT111", {"has_waybill": 0, "waybill_logistics_no": "", "waybill_logistics_code": ""}, False),
    ("MAT112", {}, False),
    *(("MAT112", {f"{n}currency": "USD"}, True) for n in ("", "order_", "payment_", "waybill_")),
    ("MAT112", {"order_currency": ""}, True),
    ("MAT112", {"payment_currency": ""}, True),
    ("MAT112", {"order_currency": "USD"}, True, KZ_IMPORT),
    ("MAT112", {"order_currency": "USD"}, True, CN_EXPORT),
    ("MAT112", {"has_payment": 0, "payment_currency": ""}, False),
    ("MAT112", {
        "waybill_currency": "",
        "waybill_freight_e5": MISSING,
        "waybill_insurance_e5": MISSING,
    }, False),
    ("MAT115", {"waybill_arrived_day": MISSING, "waited_days": 30}, False, CN_DIRECT),
    ("MAT115", {"waybill_arrived_day": MISSING, "waited_days": 31}, True, CN_DIRECT),
    ("MAT115", {"waybill_arrived_day": TODAY + 1, "waited_days": 31}, True, CN_DIRECT),
    ("MAT115", {"waited_days": 31}, False, CN_DIRECT),
    ("MAT015", {"waybill_arrived_day": MISSING, "waited_days": 31}, False, CN_DIRECT),
    ("MAT013", {"goods_findings": 0}, False),
    ("MAT013", {"goods_findings": 1}, True),
    ("MAT014", {"form_findings": 0}, False),
    ("MAT014", {"form_findings": 1}, True),
    ("MAT015", {"waybill_arrived_day": TODAY}, False),
    ("MAT015", {"waybill_arrived_day": TODAY - 9}, False),
    ("MAT015", {"waybill_arrived_day": TODAY + 1}, True),
    ("MAT015", {"waybill_arrived_day": MISSING}, True),
    ("MAT015", {"waybill_arrived_day": MISSING, "has_waybill": 0}, False),
    ("MAT016", {"stale_versions": 0}, False),
    ("MAT016", {"stale_versions": 1}, True),
    ("MAT017", {"duplicates": 0}, False),
    ("MAT017", {"duplicates": 1}, True),
]  # fmt: skip

ROWS = DOCUMENTS + SUMS + PARTIES + GOODS


@pytest.mark.parametrize(("code", "changes", "broken", "place"), cases(ROWS))
def test_rule(code: str, changes: Row, broken: bool, place: Place) -> None:
    assert fires(code, a_row(code, place, **changes), place) is broken


def test_the_line_of_the_cast_is_price_times_quantity() -> None:
    assert TOTAL_E5 * 100_000 == PRICE_E5 * PIECES_E5
