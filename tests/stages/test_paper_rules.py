"""Rules on the papers beside the inventory, and on its signature: both sides of every limit.

A paper that is not here is not judged: no rule but MAT001 and MAT101 speaks then.
"""

from __future__ import annotations

import pytest

from silkport.model.columns import MISSING
from tests.stages.cast import Case, Row, a_row, app_time, cases, fires
from tests.stages.places import (
    CN_BORDER,
    CN_BUSINESS,
    CN_DIRECT,
    CN_EXPORT,
    CN_EXPORT_FORM,
    CN_WAREHOUSE,
    CN_ZONE,
    CN_ZONE_2024,
    DAY,
    ZZ_IMPORT,
    Place,
)

WORDS_FOR_NONE = ("", "无", "空", "/", "None")
SIGNATURES = {
    "MAT018": ("absent", "", "?", "Verified", "present"),
    "MAT118": ("digest_differs", "value_differs"),
    "MAT119": ("unsupported", "unreadable"),
}
LAWFUL_SIGNATURES = ("verified", "not_applicable")

SIGNATURE: list[Case] = [
    (code, {"signature": state}, state in states, place)
    for place in (ZZ_IMPORT, CN_DIRECT)
    for code, states in SIGNATURES.items()
    for state in (*LAWFUL_SIGNATURES, *(one for some in SIGNATURES.values() for one in some))
]

PAYMENT: list[Case] = [
    ("MAT020", {"payment_pay_transaction_id": "!~"}, False),
    ("MAT020", {"payment_pay_transaction_id": "PAY 1"}, True),
    ("MAT020", {"payment_pay_transaction_id": "支付1"}, True),
    ("MAT020", {"payment_pay_transaction_id": ""}, True),
    ("MAT020", {"payment_pay_transaction_id": "", "has_payment": 0}, False),
    ("MAT021", {"payment_pay_code": "6501960B4B"}, False),
    ("MAT021", {"payment_pay_code": "91330100799655058B"}, False),
    *(("MAT021", {"payment_pay_code": code}, True) for code in ("650196B4B", "6501960b4b", "")),
    ("MAT021", {"payment_pay_code": "", "has_payment": 0}, False),
    ("MAT022", {"payment_pay_name": "Bank"}, False),
    *(("MAT022", {"payment_pay_name": name}, True) for name in WORDS_FOR_NONE),
    ("MAT022", {"payment_pay_name": "", "has_payment": 0}, False),
    *(("MAT023", {"payment_payer_id_type": kind}, False) for kind in ("1", "2", "iin")),
    *(("MAT023", {"payment_payer_id_type": kind}, True) for kind in ("", "3", "?")),
    ("MAT023", {"payment_payer_id_type": "2"}, True, CN_DIRECT),
    ("MAT023", {"payment_payer_id_type": "", "has_payment": 0}, False),
    ("MAT024", {"payment_payer_id": "11010119900307459X"}, False),
    *(("MAT024", {"payment_payer_id": number}, True) for number in (
        "", "P1234567", "11010119900307459x", "1101011990030745", "1101011990030745140",
    )),
    ("MAT024", {"payment_payer_id": "P1234567", "payment_payer_id_type": "2"}, False),
    ("MAT024", {"payment_payer_id": "", "has_payment": 0}, False),
    ("MAT025", {"payment_pay_time": app_time(DAY)}, False),
    ("MAT025", {"payment_pay_time": app_time(DAY) + 1}, True),
    ("MAT025", {"payment_pay_time": MISSING}, False),
    ("MAT025", {"payment_pay_time": 1, "app_time": MISSING}, False),
    ("MAT025", {"payment_pay_time": app_time(DAY) + 1, "has_payment": 0}, False),
    ("MAT035", {"payment_payer_name": "Chen"}, False),
    *(("MAT035", {"payment_payer_name": name}, True) for name in WORDS_FOR_NONE),
    ("MAT035", {"payment_payer_name": "", "has_payment": 0}, False),
]  # fmt: skip

ORDER: list[Case] = [
    ("MAT026", {"order_order_type": "I"}, False),
    *(("MAT026", {"order_order_type": kind}, True) for kind in ("E", "B", "", "i")),
    ("MAT026", {"order_order_type": "", "has_order": 0}, False),
    *(("MAT026", {"order_order_type": kind}, kind != lawful, place)
      for place, lawful in (
          (CN_EXPORT, "E"), (CN_ZONE, "E"), (CN_ZONE_2024, "E"), (CN_BUSINESS, "B"),
          (CN_WAREHOUSE, "W"),
      )
      for kind in ("I", "E", "B", "W", "")),
    ("MAT027", {}, False),
    ("MAT027", {"order_ebc_code": "330196X999"}, True),
    ("MAT027", {"order_ebc_code": ""}, True),
    ("MAT027", {"ebc_code": ""}, True),
    ("MAT027", {"order_ebc_code": "", "has_order": 0}, False),
    ("MAT027", {"order_ebc_code": "330196X999"}, True, CN_BORDER),
    ("MAT028", {}, False),
    *(("MAT028", {f"order_{name}": word}, True)
      for name in ("consignee", "consignee_address") for word in WORDS_FOR_NONE),
    ("MAT028", {"order_consignee_phone": ""}, True),
    ("MAT028", {"order_consignee": "", "has_order": 0}, False),
    ("MAT029", {"order_buyer_reg_no": "1"}, False),
    ("MAT029", {"order_buyer_reg_no": ""}, True),
    ("MAT029", {"order_buyer_reg_no": "", "has_order": 0}, False),
    *(("MAT030", {"order_consignee_district": code}, broken) for code, broken in (
        ("330106", False), ("", False), ("33010", True), ("3301066", True), ("33-106", True),
        ("３30106", True),
    )),
    ("MAT030", {"order_consignee_district": "33", "has_order": 0}, False),
]  # fmt: skip

OUT = {"waybill_message": "CEB505", "waybill_goods_info": ""}

WAYBILL: list[Case] = [
    ("MAT031", {"waybill_pack_count": 1}, False),
    *(("MAT031", {"waybill_pack_count": count}, True) for count in (0, 2, MISSING)),
    ("MAT031", {"waybill_pack_count": 2, "has_waybill": 0}, False),
    ("MAT032", {"waybill_ebc_code": ""}, False),
    ("MAT032", {"waybill_ebc_code": "6501960A1M"}, False),
    ("MAT032", {"waybill_ebc_code": "330196X999"}, True),
    ("MAT032", {"waybill_ebc_code": "330196X999", "has_waybill": 0}, False),
    ("MAT033", {}, False),
    ("MAT033", {"waybill_bill_no": ""}, False),
    ("MAT033", {"waybill_bill_no": "MB2"}, True),
    ("MAT033", {"bill_no": ""}, True),
    ("MAT033", {"waybill_bill_no": "MB2", "has_waybill": 0}, False),
    ("MAT034", {"waybill_message": "CEB505"}, False),
    ("MAT034", OUT, True),
    ("MAT034", OUT, True, CN_EXPORT_FORM),
    ("MAT034", {"waybill_goods_info": ""}, False),
    ("MAT034", OUT | {"has_waybill": 0}, False),
    ("MAT036", {"waybill_gross_mass_mg": 1}, False),
    ("MAT036", {"waybill_gross_mass_mg": 0}, True),
    ("MAT036", {"waybill_gross_mass_mg": MISSING}, True),
    ("MAT036", {"waybill_gross_mass_mg": MISSING, "has_waybill": 0}, False),
    ("MAT036", {"waybill_gross_mass_mg": MISSING}, True, CN_EXPORT),
]

ROWS = SIGNATURE + PAYMENT + ORDER + WAYBILL


@pytest.mark.parametrize(("code", "changes", "broken", "place"), cases(ROWS))
def test_rule(code: str, changes: Row, broken: bool, place: Place) -> None:
    assert fires(code, a_row(code, place, **changes), place) is broken


@pytest.mark.parametrize("state", [*LAWFUL_SIGNATURES, *sum(SIGNATURES.values(), ())])
def test_one_rule_at_most_speaks_of_a_signature(state: str) -> None:
    row = a_row("MAT018", CN_DIRECT, signature=state)
    said = [code for code in SIGNATURES if fires(code, row, CN_DIRECT)]
    assert said == [code for code, states in SIGNATURES.items() if state in states]
