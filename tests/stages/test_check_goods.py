"""Every check rule on house declarations and goods lines: both sides of its limit, and unknown."""

from __future__ import annotations

from collections import Counter

import pytest

from silkport.model.columns import MISSING
from tests.stages.declared import (
    BIN,
    CREDIT_CODE,
    DAY,
    SHEETS,
    Case,
    Row,
    a_row,
    cases,
    country_of,
    fires,
)

CORRECTED: Row = {
    "act": "correction",
    "act_day": DAY,
    "reason": "recount",
    "change_flags": "01100100",
}
REFUND: Row = CORRECTED | {"act": "refund", "change_flags": ""}
ASSESSED: Row = REFUND | {"act": "assessment"}
GOODS_MG = 20_400 * 10**6
TOTAL_E5 = 8_000 * 10**5


def names(code: str, column: str, *also: Case) -> list[Case]:
    """A name that must be there: stated, missing, and words that stand for none."""
    unlawful: list[Case] = [(code, {column: word}, True) for word in ("", "无", "-", "none")]
    return [(code, {}, False), (code, {column: "Ә"}, False), *unlawful, *also]


def listed(code: str, column: str, lawful: str, unlawful: str) -> list[Case]:
    """A code that must be on a list: a part of one, small letters and unknown codes are not."""
    known: list[Case] = [(code, {column: one}, False) for one in lawful.split()]
    strange = ["", "?", *unlawful.split(), lawful[:1]]
    return known + [(code, {column: one}, True) for one in strange]


def offices(code: str, column: str) -> list[Case]:
    return [
        *((code, {column: one}, False) for one in ("9412", "12345678")),
        *((code, {column: one}, True) for one in ("", "941", "123456789", "94A2", "９４１２")),
        (code, {column: "94"}, False, "kz"),
        (code, {column: "94120"}, True, "cn"),
    ]


PARTIES: list[Case] = [
    *names("CHK201", "declaration_no"),
    ("CHK202", {}, False),
    ("CHK202", {"consignment_no": "A/1"}, False),
    ("CHK202", {"consignment_no": ""}, True),
    ("CHK202", {"consignment_no": "-"}, True),
    ("CHK202", {"consignment_no": "A 1"}, True),
    ("CHK202", {"consignment_no": "Партия-1"}, True),
    *names("CHK203", "declarant_name", ("CHK203", {"declarant_code": ""}, True)),
    ("CHK203", {"declarant_code": "/"}, True),
    *names("CHK204", "consignor_name"),
    *names("CHK205", "consignee_name"),
    *(("CHK206", {"declarant_code": one}, False) for one in (BIN, "0" * 12, "", "-")),
    *(("CHK206", {"declarant_code": one}, True) for one in (BIN[1:], BIN + "0", "1" * 11 + "x")),
    ("CHK206", {"declarant_code": "٣" * 12}, True),
    ("CHK207", {"declarant_code": BIN}, False),
    ("CHK207", {"declarant_code": f"{BIN[:11]}{(int(BIN[11]) + 1) % 10}"}, True),
    ("CHK207", {"declarant_code": BIN[1:]}, False),  # CHK206 says so
    ("CHK207", {"declarant_code": ""}, False),  # CHK203 says so
    *(("CHK208", {"declarant_code": one}, False) for one in (CREDIT_CODE, "6501960A1M", "", "无")),
    *(("CHK208", {"declarant_code": one}, True) for one in (CREDIT_CODE[1:], "65A1960A1M")),
    ("CHK208", {"declarant_code": CREDIT_CODE.lower()}, True),
    ("CHK208", {"declarant_code": "I" + CREDIT_CODE[1:]}, True),  # a letter no credit code has
    ("CHK209", {"declarant_code": CREDIT_CODE}, False),
    ("CHK209", {"declarant_code": CREDIT_CODE[:17] + "A"}, True),
    ("CHK209", {"declarant_code": "82" + CREDIT_CODE[2:]}, True),
    ("CHK209", {"declarant_code": "6501960A1M"}, False),  # a registration has none
    ("CHK209", {"declarant_code": ""}, False),
    ("CHK210", {"consignor_country": "", "consignee_country": ""}, False),
    ("CHK210", {"consignor_country": "KZ", "consignee_country": "CN"}, False),
    ("CHK210", {"consignor_country": "KAZ"}, True),
    ("CHK210", {"consignee_country": "kz"}, True),
]  # fmt: skip

WAY: list[Case] = [
    *listed("CHK211", "departure_country", "KZ CN", "kz KAZ 398 00"),
    *listed("CHK212", "destination_country", "CN KZ", "cn CHN 142 00"),
    *listed("CHK213", "trade_country", "CN HK", "EU 00"),
    *listed("CHK214", "transport_mode", "20 30 31 10 40 71", "2 3 99"),
    *listed("CHK215", "currency", "USD KZT CNY EUR XTS", "usd US 840 XXX"),
    ("CHK215", {"currency": "XTS"}, True, "kz"),
    ("CHK216", {"freight_currency": ""}, False),
    ("CHK216", {"freight_currency": "KZT"}, False),
    ("CHK216", {"freight_currency": "tenge"}, True),
    *listed("CHK217", "incoterms", "EXW FCA CPT CIP DAP DPU DDP FAS FOB CFR CIF", "DAT dap C&F"),
    *names("CHK218", "incoterms_place"),
    ("CHK219", {}, False),
    *(("CHK219", {"incoterms": one}, True) for one in ("FAS", "FOB", "CFR", "CIF")),
    *(("CHK219", {"incoterms": "FOB", "transport_mode": one}, True) for one in ("20", "31")),
    *(("CHK219", {"incoterms": "FOB", "transport_mode": one}, False) for one in ("10", "80", "")),
    ("CHK220", {"decl_day": 0}, False),
    ("CHK220", {"decl_day": MISSING}, True),
    ("CHK221", {}, False),
    ("CHK221", {"decl_day": DAY + 1}, True),
    ("CHK221", {"decl_day": MISSING}, False),  # CHK220 says so
    *listed("CHK222", "act", "declaration correction refund assessment withdrawal", "new amend"),
    *offices("CHK223", "office"),
    ("CHK233", {}, False),
    ("CHK233", {"unreadable_cells": 1}, True),
]  # fmt: skip


def counted(lines: int, **changes: int) -> Row:
    """A house of so many lines, numbered as they should be."""
    row: Row = {"line_count": lines, "last_gnum": lines, "distinct_gnums": lines}
    return row | {"goods_count": lines} | changes


FIGURES: list[Case] = [
    ("CHK224", {}, False),
    ("CHK224", counted(999), False, "kz"),
    ("CHK224", counted(1000), True, "kz"),
    ("CHK224", counted(50), False, "cn"),
    ("CHK224", counted(51), True, "cn"),
    ("CHK224", counted(0), True),
    ("CHK225", {}, False),
    ("CHK225", counted(3), False),
    ("CHK225", counted(3, goods_count=2), True),
    ("CHK225", counted(3, goods_count=4), True),
    ("CHK225", {"goods_count": MISSING}, True),
    ("CHK226", {}, False),
    ("CHK226", counted(3), False),
    ("CHK226", counted(3, first_gnum=0), True),
    ("CHK226", counted(3, last_gnum=4), True),
    ("CHK226", counted(3, distinct_gnums=2), True),
    ("CHK226", counted(3, first_gnum=MISSING), True),
    ("CHK226", counted(0), False),  # CHK224 says so
    ("CHK227", {}, False),
    ("CHK227", {"invoice_total_e5": 0}, False),
    ("CHK227", {"invoice_total_e5": MISSING}, True),
    ("CHK228", {}, False),
    ("CHK228", {"invoice_total_e5": TOTAL_E5 + 1}, True),
    ("CHK228", {"invoice_total_e5": TOTAL_E5 - 1}, True),
    ("CHK228", {"invoice_total_e5": 0, "lines_total_e5": 0}, False),
    ("CHK228", {"invoice_total_e5": MISSING}, False),  # CHK227 says so
    ("CHK228", {"line_count": 0, "lines_total_e5": 0}, False),  # CHK224 says so
    ("CHK229", {"gross_mass_mg": 1}, False),
    ("CHK229", {"gross_mass_mg": 0}, True),
    ("CHK229", {"gross_mass_mg": MISSING}, True),
    ("CHK230", {"gross_mass_mg": GOODS_MG + 1}, False),
    ("CHK230", {"gross_mass_mg": GOODS_MG}, False),
    ("CHK230", {"gross_mass_mg": GOODS_MG - 1}, True),
    ("CHK230", {"gross_mass_mg": 0}, False),  # CHK229 says so
    ("CHK230", {"gross_mass_mg": MISSING}, False),
    ("CHK231", {"pack_count": 1}, False),
    ("CHK231", {"pack_count": 0}, True),
    ("CHK231", {"pack_count": MISSING}, True),
    ("CHK231", {"pack_count": MISSING, "transport_mode": "20"}, True),
    ("CHK231", {"pack_count": 0, "transport_mode": "20"}, False),
    ("CHK231", {"pack_count": 0, "transport_mode": "20"}, True, "cn"),
    ("CHK231", {"pack_count": 0, "transport_mode": ""}, True),
    ("CHK232", {"pack_count": 0, "transport_mode": "20"}, True),
    ("CHK232", {"pack_count": 0}, False),
    ("CHK232", {"pack_count": 1, "transport_mode": "20"}, False),
]

PROCEDURES: list[Case] = [
    ("CHK234", {}, False),
    *(("CHK234", act, False) for act in (CORRECTED, REFUND, ASSESSED)),
    *(("CHK234", act | {"reason": ""}, True) for act in (CORRECTED, REFUND, ASSESSED)),
    ("CHK234", CORRECTED | {"reason": "无"}, True),
    ("CHK234", {"act": "withdrawal"}, False),
    *(("CHK235", CORRECTED | {"change_flags": x}, False) for x in ("00000001", "1" * 8)),
    *(("CHK235", CORRECTED | {"change_flags": x}, True) for x in ("", "0" * 8, "1" * 7, "1" * 9)),
    ("CHK235", CORRECTED | {"change_flags": "0110010x"}, True),
    ("CHK235", CORRECTED | {"change_flags": "02100100"}, True),
    ("CHK235", REFUND, False),
    ("CHK235", {"change_flags": "?"}, False),
    *(("CHK236", act, False) for act in (CORRECTED, REFUND, ASSESSED, Row())),
    *(("CHK236", act | {"act_day": MISSING}, True) for act in (CORRECTED, REFUND, ASSESSED)),
    ("CHK237", CORRECTED, False),
    ("CHK237", CORRECTED | {"decl_day": DAY - 30, "act_day": DAY - 30}, False),
    ("CHK237", CORRECTED | {"decl_day": DAY - 30, "act_day": DAY - 31}, True),
    ("CHK237", CORRECTED | {"act_day": DAY + 1}, True),
    ("CHK237", CORRECTED | {"act_day": MISSING}, False),  # CHK236 says so
    ("CHK237", {"act_day": DAY + 1}, False),
    *(("CHK238", {"stay_months": one}, False) for one in (1, 24)),
    *(("CHK238", {"stay_months": one}, True) for one in (MISSING, 0, 25)),
    *names("CHK239", "guarantee_no"),
    ("CHK240", {}, False),
    ("CHK240", {"guarantee_no": ""}, True),
    ("CHK240", {"guarantee_no": "", "transport_mode": "20"}, False),
    ("CHK240", {"guarantee_no": "", "transport_mode": ""}, True),
    *offices("CHK241", "border_office"),
    *names("CHK242", "purchaser"),
]  # fmt: skip

GOODS: list[Case] = [
    ("CHK251", {}, False),
    *(("CHK251", {"hs_code": x}, True) for x in ("", "110100150", "11010015000", "1101 00150")),
    ("CHK251", {"hs_code": "１１０１００１５００"}, True),
    *(("CHK252", {"hs_code": f"{x}01001500"}, False) for x in ("01", "97", "76", "78")),
    *(("CHK252", {"hs_code": f"{x}01001500"}, True) for x in ("00", "77", "98", "99")),
    ("CHK252", {"hs_code": "98"}, False),  # CHK251 says so
    *names("CHK253", "goods_name")[:1],
    *(("CHK253", {"goods_name": x}, False) for x in ("tea", "чай")),
    *(("CHK253", {"goods_name": x}, True) for x in ("", "te", "无", "none")),
    ("CHK253", {"goods_name": "苹果"}, False, "cn"),
    ("CHK253", {"goods_name": "果"}, True, "cn"),
    *listed("CHK254", "origin", "KZ CN EU 00", "kz 01"),
    ("CHK254", {"origin": "EU"}, True, "cn"),
    ("CHK255", {"gross_mass_mg": 1}, False),
    *(("CHK255", {"gross_mass_mg": x}, True) for x in (0, MISSING)),
    ("CHK256", {"net_mass_mg": 1}, False),
    *(("CHK256", {"net_mass_mg": x}, True) for x in (0, MISSING)),
    ("CHK257", {"net_mass_mg": GOODS_MG}, False),
    ("CHK257", {"net_mass_mg": GOODS_MG + 1}, True),
    ("CHK257", {"net_mass_mg": MISSING}, False),  # CHK256 says so
    *(("CHK257", {"gross_mass_mg": x}, False) for x in (0, MISSING)),  # CHK255 says so
    *(("CHK258", {"total_e5": x}, False) for x in (0, 1)),
    ("CHK258", {"total_e5": MISSING}, True),
    ("CHK259", {"total_e5": 0}, True),
    *(("CHK259", {"total_e5": x}, False) for x in (1, MISSING)),
    *(("CHK263", {"valuation_method": x}, False) for x in (1, 6)),
    *(("CHK263", {"valuation_method": x}, True) for x in (MISSING, 0, 7)),
    ("CHK264", {}, False),
    ("CHK264", {"preference": "OUTP", "origin_proof": "CT-1 15"}, False),
    ("CHK264", {"preference": "-"}, False),
    *(("CHK264", {"preference": "OUTP", "origin_proof": x}, True) for x in ("", "-")),
    *(("CHK265", {"unit": x}, False) for x in ("KGM", "LPA", "")),
    *(("CHK265", {"unit2": x}, True) for x in ("kg", "千克", "?")),
    ("CHK265", {"unit": "kg"}, True),
    *(("CHK266", {"rate_choice": x}, False) for x in ("", "union")),
    *(("CHK266", {"rate_choice": x}, True) for x in ("Union", "national", "-")),
    ("CHK267", {}, False),
    ("CHK267", {"qty_e5": MISSING, "unit": ""}, True),
    ("CHK267", {"qty_e5": MISSING}, False),  # CHK260 says so
    ("CHK271", {}, False),
    ("CHK271", {"permits_missing": "01011 licence"}, True),
    ("CHK271", {"permits_needed": 1}, False),  # it is stated
    ("CHK272", {}, False),
    ("CHK272", {"permits_unnumbered": "01011 licence"}, True),
    ("CHK272", {"permits_missing": "01011 licence"}, False),  # CHK271 says so
    *(("CHK262", {"qty_e5": x, "qty2_e5": y}, False) for x, y in ((1, MISSING), (MISSING, 1))),
    *(("CHK262", {"qty_e5": x, "qty2_e5": y}, True) for x, y in ((0, MISSING), (1, 0))),
]


def pairs(code: str, quantity: str, unit: str) -> list[Case]:
    """A quantity and its unit: both, neither, and each alone."""
    return [
        (code, {quantity: 1, unit: "KGM"}, False),
        (code, {quantity: 0, unit: "KGM"}, False),
        (code, {quantity: MISSING, unit: ""}, False),
        (code, {quantity: 1, unit: ""}, True),
        (code, {quantity: MISSING, unit: "KGM"}, True),
    ]


DEFERRED: Row = {"deferred_until_day": 20_700, "guarantee_no": "G-1", "decl_day": 20_699}
ROWS = [
    ("CHK243", DEFERRED, False),
    ("CHK243", DEFERRED | {"deferred_until_day": 20_699}, True),
    ("CHK243", DEFERRED | {"guarantee_no": ""}, True),
    *(PARTIES + WAY + FIGURES + PROCEDURES + GOODS),
    *pairs("CHK260", "qty_e5", "unit"),
    *pairs("CHK261", "qty2_e5", "unit2"),
]
CODES = sorted(code for sheet in SHEETS for code in sheet.rules)


@pytest.mark.parametrize(("code", "changes", "broken", "country"), cases(ROWS))
def test_rule(code: str, changes: Row, broken: bool, country: str) -> None:
    assert fires(code, a_row(code, country, **changes), country) is broken


@pytest.mark.parametrize("code", CODES)
def test_rule_has_a_row_that_fires_and_one_that_does_not(code: str) -> None:
    assert Counter(broken for c, _, broken, *_ in ROWS if c == code).keys() == {True, False}
    assert not fires(code, a_row(code, country_of(code)), country_of(code))
