"""Every rule of value, assess, screen, settle and release, at both sides of its limit."""

from __future__ import annotations

from datetime import date

import pytest

from silkport.kernel.periods import day_number
from silkport.model.columns import MISSING
from tests.stages.cast import Case, Row, a_row, cases, fires
from tests.stages.places import (
    CN_BUSINESS,
    CN_DIRECT,
    CN_EXPORT,
    CN_MARKET,
    CN_WAREHOUSE,
    DAY,
    KZ_IMPORT,
    KZ_PERSONAL,
    Place,
)

TODAY = day_number(DAY)
ZZ_JUNE = Place("zz", "retail_import", date(2026, 6, 30))
CN_2019 = Place("cn", "retail_import_direct", date(2020, 3, 27))
CN_2018 = Place("cn", "retail_import_direct", date(2018, 12, 31))
PIECE = {"line_count": 1, "pieces_e5": 100_000}
RETURN = {"withdrawal_kind": "return", "released_day": TODAY - 50}
APPLIED = {
    "withdrawal_message": "CEB623",
    "withdrawal_app_status": 2,
    "withdrawal_agent_code": "6501960D5D",
    "agent_code": "6501960D5D",
}
NUMBERED = {"given_invt_no": "29282026I000000001"}

VALUE: list[Case] = [
    ("VAL001", {"currency": "XTS"}, False),
    ("VAL001", {"currency": "USD"}, False),
    ("VAL001", {"currency": "GBP"}, True),
    ("VAL001", {"currency": "usd"}, True),
    ("VAL001", {"currency": ""}, True),
    ("VAL001", {"currency": "USD", "decl_day": day_number(date(2023, 12, 31))}, True),
    ("VAL001", {"currency": "USD", "decl_day": MISSING}, True),
    ("VAL001", {"currency": "CNY"}, False, CN_EXPORT),
    ("VAL001", {"currency": "USD"}, True, CN_EXPORT),
    ("VAL002", {"lines_total_e5": 10**11}, False),
    ("VAL002", {"lines_total_e5": 10**11 + 1}, True),
    ("VAL002", {"lines_total_e5": 0}, False),
    ("VAL002", {"currency": "CNY", "lines_total_e5": 476_190_476_190}, False),
    ("VAL002", {"currency": "CNY", "lines_total_e5": 476_190_476_191}, True),
    ("VAL002", {"lines_total_e5": 500_000_000}, False, CN_BUSINESS),
    ("VAL002", {"lines_total_e5": 500_000_001}, True, CN_BUSINESS),
    ("VAL002", {"lines_total_e5": 500_000_001}, True, CN_WAREHOUSE),
    ("VAL002", {"currency": "CNY", "lines_total_e5": 10**12}, False, CN_MARKET),
    ("VAL002", {"currency": "CNY", "lines_total_e5": 10**12 + 1}, True, CN_MARKET),
    ("VAL001", {"currency": "USD"}, True, CN_MARKET),
    ("VAL003", {"lines_total_e5": 15_000_000_000}, False),
    ("VAL003", {"lines_total_e5": 15_000_000_001}, True),
    ("VAL003", {"lines_total_e5": 0}, False),
    ("VAL003", {"lines_total_e5": MISSING}, False),
    ("VAL003", {"currency": "CNY", "lines_total_e5": 10**12}, False),  # no rate: VAL004 holds it
    ("VAL004", {"currency": "USD"}, False),
    ("VAL004", {"currency": "CNY"}, True),
    ("VAL004", {"currency": ""}, True),
    ("VAL004", {"currency": "USD", "decl_day": MISSING}, False),
]

ASSESS: list[Case] = [
    ("LIM001", {"customs_value_minor": 100_000}, False),
    ("LIM001", {"customs_value_minor": 100_001}, True),
    ("LIM001", {"customs_value_minor": 100_001, **PIECE}, False),
    ("LIM001", {"customs_value_minor": 100_001, "pieces_e5": 100_001}, True),
    ("LIM001", {"customs_value_minor": 100_001, "pieces_e5": 99_999}, True),
    ("LIM001", {"customs_value_minor": 100_001, **PIECE, "line_count": 2}, True),
    ("LIM001", {"customs_value_minor": 100_001, "pieces_e5": MISSING}, True),
    ("LIM001", {"customs_value_minor": 80_000}, False, ZZ_JUNE),
    ("LIM001", {"customs_value_minor": 80_001}, True, ZZ_JUNE),
    ("LIM001", {"customs_value_minor": 500_000}, False, CN_DIRECT),
    ("LIM001", {"customs_value_minor": 500_001}, True, CN_DIRECT),
    ("LIM001", {"customs_value_minor": 200_001}, True, CN_2018),
    ("ASS001", {"hs_code": "6109100000"}, False),
    ("ASS001", {"hs_code": "0101210000"}, True),
    ("ASS001", {"hs_code": "610910"}, True),
    ("ASS001", {"hs_code": ""}, True),
    ("ASS001", {"decl_day": day_number(date(2023, 12, 31))}, True),
    ("ASS001", {"decl_day": MISSING}, True),
    ("ASS001", {"hs_code": "2402200000"}, True, CN_DIRECT),
    ("ASS002", {"parcel_value_minor": 500_000}, False),
    ("ASS002", {"parcel_value_minor": 500_001}, True),
    ("ASS002", {"parcel_value_minor": 500_001, "hs_code": "1512190000"}, False),
    ("ASS002", {"parcel_value_minor": 500_001, "hs_code": ""}, True),
    ("ASS003", {"hs_code": "6109100000"}, False),
    ("ASS003", {"hs_code": "0101210000"}, True),
    ("ASS003", {"hs_code": ""}, True),
    ("ASS003", {"decl_day": MISSING}, True),
    ("ASS004", {}, False),
    ("ASS004", {"decl_day": day_number(date(2019, 1, 1))}, False),
    ("ASS004", {"decl_day": day_number(date(2018, 12, 31))}, True),
    ("ASS004", {"decl_day": MISSING}, True, KZ_IMPORT),
]

KILOGRAM = {"net_mass_mg": 1_000_000, "gross_mass_mg": 1_000_000}

SCREEN: list[Case] = [
    ("RSK001", {"buyer_parcels": 9}, False),
    ("RSK001", {"buyer_parcels": 10}, True),
    ("RSK001", {"buyer_parcels": 0}, False),
    ("RSK002", {"address_buyers": 4}, False),
    ("RSK002", {"address_buyers": 5}, True),
    ("RSK003", {**KILOGRAM, "customs_value_minor": 100}, False),
    ("RSK003", {**KILOGRAM, "customs_value_minor": 99}, True),
    ("RSK003", {"net_mass_mg": MISSING, "customs_value_minor": 0}, False),
    ("RSK003", {**KILOGRAM, "customs_value_minor": 499}, True, CN_DIRECT),
    ("RSK004", {"customs_value_minor": 94_999}, False),
    ("RSK004", {"customs_value_minor": 95_000}, True),
    ("RSK004", {"customs_value_minor": 100_000}, True),
    ("RSK004", {"customs_value_minor": 100_001}, False),
    ("RSK004", {"customs_value_minor": 500_000}, True, CN_DIRECT),
    ("RSK005", {"net_mass_mg": 100, "gross_mass_mg": 500}, False),
    ("RSK005", {"net_mass_mg": 100, "gross_mass_mg": 501}, True),
    ("RSK005", {"net_mass_mg": MISSING}, False),
    ("RSK006", {"year_used_minor": 462_019}, False),
    ("RSK006", {"year_used_minor": 462_020}, True),
    ("RSK006", {"year_used_minor": MISSING, "customs_value_minor": 475_000}, True),
    ("RSK006", {"year_used_minor": 475_000, "customs_value_minor": MISSING}, True),
    ("RSK007", {"waybill_gross_mass_mg": 550_000}, False),
    ("RSK007", {"waybill_gross_mass_mg": 550_001}, True),
    ("RSK007", {"waybill_gross_mass_mg": 454_546}, False),
    ("RSK007", {"waybill_gross_mass_mg": 454_545}, True),
    ("RSK007", {"waybill_gross_mass_mg": MISSING}, False),
    ("RSK007", {"waybill_gross_mass_mg": 1, "has_waybill": 0}, False),
    ("RSK008", {"lines_total_e5": 10_000_000}, True),
    ("RSK008", {"lines_total_e5": 10_000_001}, False),
    ("RSK008", {"lines_total_e5": 9_999_999}, False),
    ("RSK008", {"lines_total_e5": 0}, False),
    ("RSK009", {"gross_mass_mg": 31_000_000}, False),
    ("RSK009", {"gross_mass_mg": 31_000_001}, True),
    ("RSK009", {"gross_mass_mg": MISSING}, False),
    ("RSK010", {"draw_ppm": 9_999}, True),
    ("RSK010", {"draw_ppm": 10_000}, False),
]

SETTLE: list[Case] = [
    ("LIM002", {"year_used_minor": 487_020}, False),
    ("LIM002", {"year_used_minor": 487_021}, True),
    ("LIM002", {"year_used_minor": 0, "customs_value_minor": 500_001}, True),
    ("LIM002", {"year_used_minor": -100, "customs_value_minor": 500_000}, False),
    ("LIM002", {"year_used_minor": -100, "customs_value_minor": 500_001}, True),
    ("LIM002", {"year_used_minor": 500_001, "customs_value_minor": MISSING}, True),
    ("LIM002", {"year_used_minor": 387_020}, False, ZZ_JUNE),
    ("LIM002", {"year_used_minor": 387_021}, True, ZZ_JUNE),
    ("LIM002", {"year_used_minor": 2_587_020}, False, CN_DIRECT),
    ("LIM002", {"year_used_minor": 2_587_021}, True, CN_DIRECT),
    ("LIM002", {"year_used_minor": 1_987_021}, True, CN_2018),
]

RELEASE: list[Case] = [
    ("RET001", {**RETURN, "withdrawal_applied_day": TODAY - 20}, False),
    ("RET001", {**RETURN, "withdrawal_applied_day": TODAY - 19}, True),
    ("RET001", {**RETURN, "withdrawal_applied_day": 0}, False),
    ("RET001", {**RETURN, "withdrawal_applied_day": MISSING}, True),
    ("RET001", {**RETURN, "released_day": 0, "withdrawal_applied_day": MISSING}, True),
    ("RET001", {"withdrawal_kind": "return", "withdrawal_applied_day": MISSING}, False),
    ("RET001", {**RETURN, "withdrawal_applied_day": TODAY, "withdrawal_kind": "cancel"}, False),
    ("RET001", {**RETURN, "withdrawal_applied_day": TODAY, "released_day": MISSING}, False),
    ("RET002", {**RETURN, "withdrawal_returned_day": TODAY - 5}, False),
    ("RET002", {**RETURN, "withdrawal_returned_day": TODAY - 4}, True),
    ("RET002", {**RETURN, "withdrawal_returned_day": MISSING}, True),
    ("RET002", {**RETURN, "withdrawal_kind": "cancel"}, False),
    ("RET002", {**RETURN, "released_day": MISSING}, False),
    ("RET002", {**RETURN, "withdrawal_returned_day": TODAY - 20}, False, CN_2019),
    ("RET002", {**RETURN, "withdrawal_returned_day": TODAY - 19}, True, CN_2019),
    ("RET003", {}, False),
    ("RET003", {"withdrawal_kind": "cancel"}, False),
    ("RET003", {"withdrawal_kind": "cancel", "released_day": 0}, True),
    ("RET003", {"withdrawal_kind": "return"}, True),
    ("RET003", {"withdrawal_kind": "return", "released_day": 0}, False),
    ("RET003", {"withdrawal_kind": "return"}, True, KZ_PERSONAL),
    *(
        (code, {**RETURN, column: count}, count > 0, *place)
        for code, column in (
            ("RET004", "return_lines_unknown"),
            ("RET005", "return_lines_exceeding"),
        )
        for count in (0, 1, 99)
        for place in ((), (CN_DIRECT,), (CN_EXPORT,))
    ),
    ("RET004", {"withdrawal_kind": "cancel", "return_lines_unknown": 1}, False),
    ("RET005", {"withdrawal_kind": "cancel", "return_lines_exceeding": 1}, False),
    ("RET004", {"return_lines_unknown": MISSING, **RETURN}, False),
    ("RET007", {}, False),
    ("RET007", {"withdrawal_kind": "cancel", "under_examination": 0}, False),
    ("RET007", {"withdrawal_kind": "cancel", "under_examination": 1}, True),
    ("RET007", {"withdrawal_kind": "cancel", "under_examination": 1}, True, KZ_PERSONAL),
    ("RET007", {"withdrawal_kind": "return", "under_examination": 1}, False),
    ("RET008", {}, False),
    ("RET008", APPLIED, False),
    ("RET008", {**APPLIED, "withdrawal_agent_code": "330198X999"}, True),
    ("RET008", {**APPLIED, "withdrawal_agent_code": ""}, True),
    ("RET008", {**APPLIED, "withdrawal_buyer_id": "110101199003070070"}, True),
    ("RET008", {**APPLIED, "withdrawal_buyer_id": ""}, False),
    ("RET008", {**APPLIED, "withdrawal_invt_no": "29282026I000000001"}, True),
    ("RET008", {**APPLIED, **NUMBERED, "withdrawal_invt_no": "29282026I000000001"}, False),
    ("RET008", {**APPLIED, **NUMBERED, "withdrawal_invt_no": "29282026I000000002"}, True),
    ("RET008", {**APPLIED, "withdrawal_message": "", "withdrawal_agent_code": "x"}, False),
    ("RET009", {}, False),
    ("RET009", {"withdrawal_signature": "verified"}, False),
    ("RET009", {"withdrawal_signature": "unsupported"}, False),
    ("RET009", {"withdrawal_signature": "digest_differs"}, True),
    ("RET009", {"withdrawal_signature": "value_differs"}, True),
    ("RET010", {}, False),
    ("RET010", APPLIED, False),
    ("RET010", {**APPLIED, "withdrawal_app_status": 1}, True),
    ("RET010", {**APPLIED, "withdrawal_app_status": MISSING}, True),
    ("RET006", {**RETURN, "return_lines_kept": 0}, False),
    ("RET006", {**RETURN, "return_lines_kept": 1}, True),
    ("RET006", {**RETURN, "return_lines_kept": 1}, True, CN_DIRECT),
    ("RET006", {**RETURN, "return_lines_kept": 1, "return_lines_unknown": 1}, False),
    ("RET006", {**RETURN, "return_lines_kept": 1, "return_lines_exceeding": 1}, False),
    ("RET006", {"withdrawal_kind": "cancel", "return_lines_kept": 1}, False),
]

ROWS = VALUE + ASSESS + SCREEN + SETTLE + RELEASE


@pytest.mark.parametrize(("code", "changes", "broken", "place"), cases(ROWS))
def test_rule(code: str, changes: Row, broken: bool, place: Place) -> None:
    assert fires(code, a_row(code, place, **changes), place) is broken
