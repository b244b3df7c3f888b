"""Rules on identifiers, parties, transport and the export form: both sides of every limit.

Fields that the export form alone has are asked for on the form; of a table what it states counts.
"""

from __future__ import annotations

import pytest

from silkport.model.columns import MISSING
from tests.stages.cast import Case, Row, a_row, cases, fires
from tests.stages.places import (
    CN_BONDED,
    CN_BORDER,
    CN_BUSINESS,
    CN_DIRECT,
    CN_EXPORT,
    CN_EXPORT_2024,
    CN_EXPORT_FORM,
    CN_MARKET,
    CN_WAREHOUSE,
    CN_ZONE,
    CN_ZONE_FORM,
    Place,
)

GUID = "0F8FAD5B-D9CB-469F-A165-70867728950E"
FORM = CN_EXPORT_FORM

COMPANY_CODES = (
    ("6501960A1M", False), ("91330100799655058B", False), ("650196A1M", True),
    ("6501960A1MX", True), ("9133010079965505", True), ("91330100799655058BX", True),
    ("6501960a1m", True), ("6501960A1-", True), ("６501960A1M", True),
)  # fmt: skip

NUMBERS: list[Case] = [
    ("CHK061", {"cop_no": ""}, False),
    ("CHK061", {"cop_no": "!~"}, False),
    ("CHK061", {"cop_no": "D 1"}, True),
    ("CHK061", {"cop_no": "Ｄ１"}, True),
    ("CHK062", {"pre_no": ""}, False),
    ("CHK062", {"pre_no": "B20260803000000001"}, False),
    ("CHK062", {"pre_no": "B20261231000000001"}, False),
    ("CHK062", {"pre_no": "B20261331000000001"}, True),
    ("CHK062", {"pre_no": "B20260001000000001"}, True),
    ("CHK062", {"pre_no": "B20261232000000001"}, True),
    ("CHK062", {"pre_no": "B20261200000000001"}, True),
    ("CHK062", {"pre_no": "P20260803000000001"}, True),
    ("CHK062", {"pre_no": "B2026080300000001"}, True),
    ("CHK062", {"pre_no": "B202608030000000001"}, True),
    ("CHK062", {"pre_no": "B２0260803000000001"}, True),
    ("CHK063", {"invt_no": ""}, False),
    ("CHK063", {"invt_no": "29282026I000000001"}, False),
    ("CHK063", {"invt_no": "29282026E000000001"}, True),
    ("CHK063", {"invt_no": "29282026I00000001"}, True),
    ("CHK063", {"invt_no": "29281926I000000001"}, True),
    ("CHK063", {"invt_no": "29282026i000000001"}, True),
    ("CHK063", {"invt_no": "29282026I000000001", "flow": ""}, True),
    ("CHK063", {"invt_no": "29282026E00000000001"}, False, CN_EXPORT),
    ("CHK063", {"invt_no": "29282026E000000000001"}, True, CN_EXPORT),
    ("CHK063", {"invt_no": "29282026I000000001"}, True, CN_EXPORT),
    *(("CHK068", {"agent_code": code}, broken) for code, broken in (*COMPANY_CODES, ("", False))),
    *(("CHK069", {"area_code": code}, broken) for code, broken in (*COMPANY_CODES, ("", False))),
    ("CHK072", {"logistics_no": "R" * 32}, False),
    ("CHK072", {"logistics_no": "R" * 33}, True),
    ("CHK072", {"logistics_no": ""}, False),
    *(("CHK073", {name: value}, broken)
      for name in ("bill_no", "voyage_no", "total_package_no")
      for value, broken in (("", False), ("!~", False), ("A 1", True), ("提单1", True))),
    *(("CHK074", {name: value}, broken)
      for name in ("ems_no", "licence_no", "loct_no")
      for value, broken in (("", False), ("H2918", False), ("H 1", True), ("监管01", True))),
    ("CHK075", {}, False, FORM),
    ("CHK075", {"guid": "G" * 36}, False, FORM),
    ("CHK075", {"guid": "G" * 35}, True, FORM),
    ("CHK075", {"guid": "G" * 37}, True, FORM),
    ("CHK075", {"guid": f"{GUID[:-1]} "}, True, FORM),
    ("CHK075", {"guid": ""}, True, FORM),
    ("CHK075", {"guid": "short", "message": "CEB621"}, True),
    ("CHK075", {"guid": ""}, False),
    ("CHK076", {}, False, FORM),
    ("CHK076", {"guid": GUID.lower()}, True, FORM),
    ("CHK076", {"guid": f"{GUID[:-1]}z"}, True, FORM),
    ("CHK076", {"guid": f"{GUID[:-1]}`"}, False, FORM),
    ("CHK076", {"guid": f"{GUID[:-1]}" "{"}, False, FORM),
    ("CHK076", {"guid": "short"}, False, FORM),
    ("CHK076", {"guid": GUID.lower()}, False),
    *(("CHK077", {"buyer_id": f"110101{day}4514"[:18]}, broken) for day, broken in (
        ("19900307", False), ("19000101", False), ("18991231", True), ("19900230", True),
        ("20000229", False), ("19000229", True), ("20240229", False), ("20230229", True),
        ("19900431", True), ("19900430", False), ("19901231", False), ("19901301", True),
        ("19900001", True), ("19900100", True), ("19900132", True),
    )),
    ("CHK077", {"buyer_id": "11010119900230451X"}, True),
    ("CHK077", {"buyer_id": "P1234567"}, False),
    ("CHK077", {"buyer_id": ""}, False),
    ("CHK077", {"buyer_id": "110101199002304514", "buyer_id_type": "2"}, False),
    ("CHK079", {"port_code": "9402"}, False),
    ("CHK079", {"port_code": "940"}, True),
    ("CHK079", {"port_code": "94021"}, True),
    ("CHK079", {"port_code": "94O2"}, True),
    ("CHK079", {"port_code": "９４０２"}, True),
    ("CHK079", {"port_code": ""}, True),
]  # fmt: skip

PARTIES: list[Case] = [
    *((code, {name: value}, broken) for code, name in (
        ("CHK064", "ebc_name"), ("CHK065", "ebp_name"), ("CHK066", "logistics_name"),
        ("CHK070", "area_name"), ("CHK104", "note"),
    ) for value, broken in (
        ("Nur", False), ("博", False), ("", True), ("无", True), ("空", True), ("/", True),
        ("None", True), ("无锡", False),
    )),
    ("CHK067", {"agent_name": "Declare"}, False),
    ("CHK067", {"agent_name": ""}, False),
    ("CHK067", {"agent_name": "无"}, True),
    ("CHK067", {"agent_name": "/"}, True),
    ("CHK071", {}, False),
    *(("CHK071", {"assure_code": a_row("CHK071", CN_DIRECT)[name]}, False)
      for name in ("ebp_code", "ebc_code", "logistics_code", "agent_code")),
    ("CHK071", {"assure_code": "330196Q999"}, True),
    ("CHK071", {"assure_code": ""}, False),
    *(("CHK078", {"buyer_phone": value}, broken) for value, broken in (
        ("", False), ("13900000000", False), ("+7 (701) 000-00-00", False),
        ("0571/88888888", False),
        ("12345", False), ("1234", True), ("+", True), ("none", True), ("139 0000 0000 ext", True),
        ("１３９00000000", True), ("1" * 29, False), ("1" * 30, True),
    )),
]  # fmt: skip

WAY: list[Case] = [
    *(("CHK080", {"traf_mode": mode}, False) for mode in "0123456789HWXYZ"),
    *(("CHK080", {"traf_mode": mode}, True) for mode in ("", "K", "h", "10", "road", "３")),
    *(("CHK081", {"wrap_type": kind}, False) for kind in ("", "2", "CT", "4G", "22")),
    *(("CHK081", {"wrap_type": kind}, True) for kind in ("box", "ct", "C", "纸箱", " ")),
    ("CHK081", {"wrap_type": "2"}, False, FORM),
    ("CHK081", {"wrap_type": "CT"}, True, FORM),
    ("CHK081", {"wrap_type": "CT", "message": "CEB621"}, True),
    ("CHK082", {"flow": "I"}, False),
    *(("CHK082", {"flow": mark}, True) for mark in ("E", "", "i", "X")),
    *(("CHK082", {"flow": mark}, mark != "E", place)
      for place in (CN_EXPORT, CN_ZONE, CN_BUSINESS, CN_WAREHOUSE, CN_MARKET, CN_BORDER)
      for mark in ("E", "I", "")),
    *(("CHK083", {"traf_mode": mode}, False) for mode in "234569"),
    *(("CHK083", {"traf_mode": mode}, True) for mode in "0178HZ"),
    ("CHK083", {"traf_mode": "?"}, False),
    ("CHK084", {}, False),
    *(("CHK084", {name: "A1"}, True) for name in ("traf_no", "voyage_no", "bill_no")),
    ("CHK085", {"departure_country": "CN"}, False),
    ("CHK085", {"departure_country": "KZ"}, True),
    ("CHK085", {"departure_country": ""}, True),
    ("CHK086", {"departure_country": "KZ"}, False),
    ("CHK086", {"departure_country": "CN"}, True),
    ("CHK086", {"departure_country": ""}, False),
]  # fmt: skip

COSTS = ("freight_currency", "insurance_currency")
MARKS = ("freight_mark", "insurance_mark")

EXPORT_FORM: list[Case] = [
    *(("CHK091", {"statistics_flag": mark}, mark not in ("A", "B"), FORM)
      for mark in ("A", "B", "C", "a", "")),
    ("CHK091", {}, False),
    ("CHK091", {"statistics_flag": "B"}, False),
    ("CHK091", {"statistics_flag": "C"}, True),
    ("CHK092", {"statistics_flag": "A", "licence_no": ""}, False),
    ("CHK092", {"statistics_flag": "A", "licence_no": "26-AA-1"}, True),
    ("CHK092", {"statistics_flag": "B", "licence_no": "26-AA-1"}, False),
    ("CHK092", {"statistics_flag": "", "licence_no": "26-AA-1"}, False),
    ("CHK093", {}, False),
    *(("CHK093", {"owner_code": code}, broken, FORM) for code, broken in (
        *COMPANY_CODES, ("NO", False), ("no", True), ("无", True), ("", True),
    )),
    *(("CHK093", {"owner_name": name}, True, FORM) for name in ("", "无", "/")),
    ("CHK093", {"owner_code": "NO", "owner_name": "Mill"}, False),
    ("CHK093", {"owner_code": "NO"}, True),
    ("CHK093", {"owner_name": "Mill"}, True),
    *(("CHK094", {"port_abroad": port}, broken, FORM) for port, broken in (
        ("145", False), ("KZ01", False), ("14", True), ("KZ001", True), ("kz1", True), ("", True),
    )),
    ("CHK094", {}, False),
    ("CHK094", {"port_abroad": "K"}, True),
    *(("CHK095", {name: value}, broken, FORM) for name in COSTS for value, broken in (
        ("CNY", False), ("USD", False), ("KZT", True), ("142", True), ("GACC:999", True),
        ("", True),
    )),
    ("CHK095", {}, False),
    ("CHK095", {"freight_currency": "USD", "insurance_currency": "CNY"}, False),
    ("CHK095", {"freight_currency": "USD"}, True),
    *(("CHK096", {name: value}, broken, FORM) for name in MARKS for value, broken in (
        ("3", False), ("1", True), ("2", True), ("", True),
    )),
    ("CHK096", {}, False),
    ("CHK096", {"freight_mark": "3", "insurance_mark": "3"}, False),
    ("CHK096", {"insurance_mark": "3"}, True),
    ("CHK097", {}, False),
    ("CHK097", {}, False, FORM),
    ("CHK097", {"wrap_type": ""}, True, FORM),
    ("CHK098", {"ie_day": MISSING}, False),
    ("CHK098", {"ie_day": 0}, False, FORM),
    ("CHK098", {"ie_day": MISSING}, True, FORM),
    ("CHK099", {}, False),
    ("CHK099", {}, False, FORM),
    ("CHK099", {"cop_no": ""}, True, FORM),
    *(("CHK100", {"ebp_code": code}, broken) for code, broken in (
        *COMPANY_CODES, ("无", False), ("NO", True), ("/", True), ("", True),
    )),
    ("CHK100", {"ebp_code": "无"}, False, CN_BUSINESS),
]  # fmt: skip

OTHER_EXPORTS: list[Case] = [
    ("CHK101", {}, False, CN_ZONE),
    ("CHK101", {"zone_code": "", "zone_name": ""}, False, CN_ZONE),
    ("CHK101", {"zone_code": "", "zone_name": ""}, True, CN_ZONE_FORM),
    *(("CHK101", changes, True, place) for place in (CN_ZONE, CN_ZONE_FORM) for changes in (
        {"zone_code": ""}, {"zone_name": ""}, {"zone_name": "无"}, {"zone_code": "65019"},
    )),
    ("CHK102", {"ems_no": "H1"}, False),
    ("CHK102", {"ems_no": ""}, True),
    ("CHK053", {"item_record_no": ""}, True, CN_ZONE),
    ("CHK103", {}, False),
    ("CHK103", {"licence_no": "26-AA-1"}, True),
    *(("CHK103", {"licence_no": "26-AA-1"}, True, place) for place in (CN_WAREHOUSE, CN_MARKET)),
    ("CHK010", {"currency": "USD"}, True, CN_WAREHOUSE),
    ("CHK045", {"origin": "", "destination": "KZ"}, False),
    ("CHK045", {"origin": "KZ", "destination": "XX"}, True),
    ("CHK045", {"origin": "", "destination": ""}, True, FORM),
    ("CHK058", {"trade_country": ""}, False),
    ("CHK058", {"trade_country": "DE"}, False),
    ("CHK058", {"trade_country": "304"}, True),
    ("CHK058", {"trade_country": "XX"}, True),
    ("CHK059", {"destination": ""}, False),
    ("CHK059", {"destination": "KZ"}, False),
    ("CHK059", {"destination": "CN"}, True),
    *((code, {name: value, "destination": there}, broken)
      for code, name in (("CHK060", "bar_code"), ("CHK111", "item_no"))
      for value, there, broken in (
          ("", "KZ", True), ("A-1", "KZ", False), ("无", "KZ", False), ("", "", False),
      )),
    ("CHK041", {"hs_code": "6109"}, False, CN_ZONE),
    ("CHK041", {"hs_code": "610910"}, False, CN_WAREHOUSE),
    ("CHK041", {"hs_code": "6109"}, True, CN_WAREHOUSE),
    ("CHK041", {"hs_code": "610910"}, True, CN_MARKET),
    ("CHK027", {"line_count": 50}, False, CN_MARKET),
    ("CHK027", {"line_count": 51}, True, CN_MARKET),
    ("CHK112", {"unit2": "KGM"}, False),
    ("CHK112", {"unit2": "H87"}, True),
    ("CHK112", {"unit2": ""}, True),
    ("CHK112", {"hs_code": "0409000000", "unit2": ""}, False),
    ("CHK112", {"hs_code": "0409000000", "unit2": "KGM"}, True),
    ("CHK112", {"hs_code": "0101210000", "unit2": "H87"}, False),
    ("CHK112", {"hs_code": "", "unit2": "H87"}, False),
    ("CHK112", {"decl_day": MISSING, "unit2": "H87"}, False),
    ("CHK112", {"hs_code": "0409000000", "unit2": "KGM"}, True, CN_DIRECT),
    ("CHK070", {"area_name": ""}, True, CN_BONDED),
    ("CHK072", {"logistics_no": "R" * 33}, True, CN_EXPORT_2024),
]  # fmt: skip

ROWS = NUMBERS + PARTIES + WAY + EXPORT_FORM + OTHER_EXPORTS


@pytest.mark.parametrize(("code", "changes", "broken", "place"), cases(ROWS))
def test_rule(code: str, changes: Row, broken: bool, place: Place) -> None:
    assert fires(code, a_row(code, place, **changes), place) is broken
