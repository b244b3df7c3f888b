"""Duty, remedies, excise, VAT and fee of commercial goods: every rule, at both sides of its limit.

Amounts are in `test_assess_amounts.py`.
"""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from silkport.kernel.periods import day_number
from silkport.model.columns import MISSING
from silkport.model.rows import GOODS_LINE
from silkport.stages import assess
from tests.stages import cast
from tests.stages.goods_desk import GoodsDesk, a_declaration
from tests.stages.goods_law import (
    E5,
    ZZ,
    Case,
    Row,
    Under,
    a_row,
    cases,
    fires,
    read_alike,
    said,
    sheet_of,
    tariff_row,
)
from tests.stages.places import CN_DIRECT, ZZ_IMPORT

BEFORE = day_number(date(2023, 12, 31))
KZ = Under("kz")
CN = Under("cn", "general_trade_import")
GBP_EXCISE, USD_EXCISE = ("5 GBP per 1 kg", "excise"), ("5 USD per 1 kg", "excise")
QUOTED_ABROAD = Under(
    added=(
        (
            "tariff.csv",
            (
                tariff_row("9608", "5 GBP per 1 kg"),
                tariff_row("9609", "5 USD per 1 kg"),
                tariff_row("9610", "10, but not more than 5 GBP per 1 kg"),
            ),
        ),
    )
)
REMEDIES_ABROAD = tuple(
    (tariff_row(code, "5"), tariff_row(code, rate, kind, origin="CN"))
    for code, rate, kind in (
        ("9613", "5 GBP per 1 kg", "special"),
        ("9614", "10, but not more than 5 GBP per 1 kg", "antidumping"),
        ("9615", "5 GBP per 1 kg", "countervailing"),
        ("9616", "5 USD per 1 kg", "countervailing"),
    )
)
LEVIED_ABROAD = Under(
    added=(
        (
            "tariff.csv",
            (
                *(tariff_row("9611", rate, kind) for rate, kind in (("5", "duty"), GBP_EXCISE)),
                *(tariff_row("9612", rate, kind) for rate, kind in (("5", "duty"), USD_EXCISE)),
                *(row for rows in REMEDIES_ABROAD for row in rows),
            ),
        ),
    )
)
EXPORT = Under(
    regime="goods_export",
    added=(
        (
            "tariff.csv",
            (
                tariff_row("7206", "10, but not less than 5 GBP per 1 kg", "export"),
                tariff_row("4403", "15 USD per 1 m³", "export"),
                tariff_row("4401", "7", "export"),
                tariff_row("4404", "7, but not more than 9 GBP per 1 m³", "export"),
            ),
        ),
    ),
)
TYRES: Row = {"hs_code": "4011100000"}
APPLES: Row = {"hs_code": "0808100000"}
RUM: Row = {"hs_code": "2208400000"}
BOLTS: Row = {"hs_code": "7318159000", "origin": "CN"}
SPRINGS: Row = {"hs_code": "7320101100", "origin": "CN"}
POTS: Row = {"hs_code": "6911100000", "origin": "CN"}
CLAIMED: Row = {"preference": "OUTP"}

RATE_ROWS: list[Case] = [
    ("ASS201", {}, False),
    *(("ASS201", {"hs_code": one}, True) for one in ("0101210000", "11", "110100150A", "")),
    ("ASS201", {"decl_day": BEFORE}, True),
    ("ASS201", {"decl_day": MISSING}, True),
    ("ASS201", {}, True, KZ),  # no tariff is shipped
    ("ASS203", {}, False),
    *(("ASS203", {"hs_code": one}, True) for one in ("7204100000", "11", "")),
    ("ASS203", {"decl_day": BEFORE}, True),
    ("ASS203", {"decl_day": MISSING}, True),
    ("ASS203", {}, False, CN),
    ("ASS203", {"hs_code": "2402200000"}, True, CN),  # its tax hangs on more than the code
    ("ASS204", {}, False),
    ("ASS204", TYRES, False),
    ("ASS204", {"hs_code": "9608100000"}, True, QUOTED_ABROAD),
    ("ASS204", {"hs_code": "9610000000"}, True, QUOTED_ABROAD),  # the cap alone is in pounds
    ("ASS204", {"hs_code": "9609100000"}, False, QUOTED_ABROAD),
    ("ASS204", {"hs_code": "9609100000", "decl_day": BEFORE}, True, QUOTED_ABROAD),
    ("ASS204", {"hs_code": "9608100000", "origin": "TJ"} | CLAIMED, False, QUOTED_ABROAD),
    ("ASS204", {"hs_code": "0101210000"}, False),  # ASS201 holds it
    ("ASS206", {}, False),
    ("ASS206", POTS, True),
    ("ASS206", {"hs_code": ""}, False),
    ("ASS212", {}, False),
    ("ASS212", {"hs_code": "9611000000"}, True, LEVIED_ABROAD),
    ("ASS212", {"hs_code": "9612000000"}, False, LEVIED_ABROAD),
    ("ASS212", {"hs_code": "9612000000", "decl_day": BEFORE}, True, LEVIED_ABROAD),
    ("ASS212", {"hs_code": "9613000000", "origin": "CN"}, False, LEVIED_ABROAD),
    ("ASS212", {"hs_code": ""}, False),
    ("ASS213", {}, False),
    ("ASS213", BOLTS, False),
    *(
        ("ASS213", {"hs_code": f"{one}000000", "origin": "CN"}, True, LEVIED_ABROAD)
        for one in (9613, 9614, 9615)
    ),
    ("ASS213", {"hs_code": "9616000000", "origin": "CN"}, False, LEVIED_ABROAD),
    ("ASS213", {"hs_code": "9613000000", "origin": "KZ"}, False, LEVIED_ABROAD),
    ("ASS213", {"hs_code": "9611000000", "origin": "CN"}, False, LEVIED_ABROAD),
    ("ASS215", {"hs_code": "7206100000"}, True, EXPORT),
    ("ASS215", {"hs_code": "4404100000"}, True, EXPORT),  # its cap alone is in pounds
    ("ASS215", {"hs_code": "4403110000"}, False, EXPORT),
    ("ASS215", {"hs_code": "4403110000", "decl_day": BEFORE}, True, EXPORT),
    ("ASS215", {"hs_code": "4401110000"}, False, EXPORT),
    ("ASS215", {}, False, EXPORT),  # it is not on the list
]

QUANTITY_ROWS: list[Case] = [
    ("ASS202", {}, False),
    ("ASS202", TYRES, True),  # 20,000 kg are no pieces
    ("ASS202", TYRES | {"unit": "H87", "qty_e5": 1}, False),
    ("ASS202", TYRES | {"unit": "H87", "qty_e5": 0}, True),
    ("ASS202", TYRES | {"unit": "H87", "qty_e5": MISSING}, True),
    ("ASS202", TYRES | {"unit2": "H87", "qty2_e5": 1}, False),
    ("ASS202", TYRES | {"unit": "", "qty_e5": 1}, True),
    ("ASS202", TYRES | {"unit": "h87", "qty_e5": 1}, True),
    ("ASS202", APPLES, False),
    *(("ASS202", APPLES | {"net_mass_mg": one}, True) for one in (0, MISSING)),
    ("ASS202", APPLES | {"net_mass_mg": 1, "unit": "PR"}, False),
    ("ASS202", APPLES | {"net_mass_mg": MISSING, "origin": "KG"} | CLAIMED, False),  # free
    ("ASS202", {"hs_code": "8528720000"}, True),  # a percentage, but its cap is by piece
    ("ASS202", {"hs_code": "8528720000", "unit": "H87", "qty_e5": E5}, False),
    ("ASS202", RUM | {"unit": "LPA"}, True),
    ("ASS202", RUM | {"unit": "LPA", "unit2": "LTR", "qty2_e5": 1}, False),
    ("ASS202", {"hs_code": "0101210000", "net_mass_mg": MISSING}, False),  # ASS201 holds it
    ("ASS210", {}, False),
    ("ASS210", RUM | {"unit": "LTR"}, True),
    ("ASS210", RUM | {"unit": "LPA"}, False),
    ("ASS210", RUM | {"unit": "LPA", "qty_e5": 0}, True),
    ("ASS210", RUM | {"unit": "LPA", "qty_e5": MISSING}, True),
    ("ASS210", {"hs_code": "2203000100", "unit2": "LTR", "qty2_e5": 1}, False),
    ("ASS210", {"hs_code": "", "unit": ""}, False),  # CHK251 says so
    ("ASS211", {}, False),
    ("ASS211", BOLTS, False),
    *(("ASS211", BOLTS | {"net_mass_mg": one}, True) for one in (0, MISSING)),
    ("ASS211", BOLTS | {"net_mass_mg": MISSING, "origin": "KZ"}, False),
    ("ASS211", POTS | {"net_mass_mg": MISSING}, True),
    ("ASS211", SPRINGS | {"net_mass_mg": MISSING}, False),  # by value alone
    ("ASS214", {"hs_code": "4403110000"}, True, EXPORT),  # 20,000 kg are no cubic metres
    ("ASS214", {"hs_code": "4403110000", "unit": "MTQ", "qty_e5": 1}, False, EXPORT),
    ("ASS214", {"hs_code": "4403110000", "unit": "MTQ", "qty_e5": 0}, True, EXPORT),
    ("ASS214", {"hs_code": "4403110000", "unit2": "MTQ", "qty2_e5": 1}, False, EXPORT),
    ("ASS214", {"hs_code": "4404100000"}, True, EXPORT),
    ("ASS214", {"hs_code": "7206100000"}, False, EXPORT),
    *(
        ("ASS214", {"hs_code": "7206100000", "net_mass_mg": one}, True, EXPORT)
        for one in (0, MISSING)
    ),
    ("ASS214", {"hs_code": "4401110000", "net_mass_mg": MISSING}, False, EXPORT),
    ("ASS214", {"net_mass_mg": MISSING}, False, EXPORT),
]

CLAIM_ROWS: list[Case] = [
    ("ASS205", {}, False),
    ("ASS205", CLAIMED, True),
    *(("ASS205", {"preference": one}, False) for one in ("-", "--")),  # strokes claim nothing
    *(("ASS205", {"preference": one}, True) for one in ("---", " ", "0")),
    ("ASS205", CLAIMED | APPLES | {"origin": "KG"}, False),
    ("ASS205", CLAIMED | APPLES | {"origin": "UZ"}, True),
    ("ASS205", CLAIMED | {"hs_code": "6109100000", "origin": "UZ"}, False),
    ("ASS205", CLAIMED | {"origin": "TJ"}, False),  # for all goods
    ("ASS205", CLAIMED | {"origin": ""}, True),
    ("ASS205", CLAIMED | {"origin": "TJ", "decl_day": BEFORE}, True),
    ("ASS205", CLAIMED | {"origin": "TJ", "decl_day": MISSING}, True),
    ("ASS205", CLAIMED | {"origin": "TJ", "hs_code": ""}, True),
    ("ASS207", {}, False),
    ("ASS207", {"hs_code": "9018900000"}, True),
    ("ASS207", {"hs_code": "9018900000", "rate_choice": "union"}, False),
    ("ASS207", {"hs_code": "9018900000", "origin": "TJ"} | CLAIMED, False),
    ("ASS207", {"hs_code": "9018900000"} | CLAIMED, True),  # refused: nobody gave it
    ("ASS207", {"hs_code": ""}, False),
    ("ASS208", {}, False),
    ("ASS208", {"vat_relief": "HUM"}, False),
    *(("ASS208", {"vat_relief": one}, False) for one in ("-", "--")),
    *(("ASS208", {"vat_relief": one}, True) for one in ("hum", "HUM ", "?", "---")),
    ("ASS208", {"vat_relief": "HUM"}, True, KZ),  # no code of a relief is known there
    ("ASS209", {}, False),
    ("ASS209", SPRINGS, True),
    ("ASS209", SPRINGS | {"producer": "BEDEL SPRINGS"}, False),
    ("ASS209", {"hs_code": ""}, False),
    ("ASS216", {}, False),
    *(("ASS216", BOLTS | {"origin": one}, True) for one in ("00", "EU")),
    ("ASS216", BOLTS, False),
    ("ASS216", BOLTS | {"origin": ""}, False),  # CHK253 says so
    *(("ASS216", {"origin": one}, False) for one in ("00", "EU")),  # nothing hangs on it
    ("ASS216", BOLTS | {"origin": "00", "decl_day": BEFORE}, False),  # ASS201 holds it
]

ROWS = RATE_ROWS + QUANTITY_ROWS + CLAIM_ROWS
CODES = sorted(code for sheet in (assess.houses, assess.goods) for code in sheet.rules)


@pytest.mark.parametrize(("code", "changes", "broken", "under"), cases(ROWS))
def test_rule(code: str, changes: Row, broken: bool, under: Under) -> None:
    assert fires(code, changes, under) is broken


@pytest.mark.parametrize("code", CODES)
def test_rule_has_a_row_that_fires_and_one_that_does_not(code: str) -> None:
    assert Counter(broken for c, _, broken, *_ in ROWS if c == code).keys() == {True, False}


DIRECT = Under(
    "cn",
    "retail_import_direct",
    added=(
        (
            "tariff.csv",
            (
                tariff_row("9619001000", "0.5 CNY per 1 kg"),
                tariff_row("9619009000", "5, but not more than 1 CNY per 1 piece"),
                tariff_row("9617009000", "5"),
            ),
        ),
    ),
)
RETAIL = QUOTED_ABROAD._replace(regime="retail_import")
DEAR: Row = {"parcel_value_minor": 500_001}

PARCEL_ROWS: list[Case] = [
    ("ASS005", {"hs_code": "9617009000"} | DEAR, False, DIRECT),
    ("ASS005", {"hs_code": "9619001000"} | DEAR, True, DIRECT),
    ("ASS005", {"hs_code": "9619009000"} | DEAR, True, DIRECT),  # its cap is by piece
    ("ASS005", {"hs_code": "9619001000", "parcel_value_minor": 500_000}, False, DIRECT),
    ("ASS005", {"hs_code": ""} | DEAR, False, DIRECT),  # ASS002 holds it
    ("ASS006", {}, False, RETAIL),
    ("ASS006", APPLES, False, RETAIL),
    ("ASS006", TYRES, True, RETAIL),
    ("ASS006", RUM, True, RETAIL),
    ("ASS006", {"hs_code": "9608100000"}, True, RETAIL),
    ("ASS006", {"hs_code": "9609100000"}, False, RETAIL),
    ("ASS006", {"hs_code": "9609100000", "decl_day": BEFORE}, True, RETAIL),
    ("ASS006", {"hs_code": ""}, False, RETAIL),  # ASS003 holds it
]
"""Rules on lines of parcels whose duty is by quantity."""


@pytest.mark.parametrize(("code", "changes", "broken", "under"), cases(PARCEL_ROWS))
def test_rule_on_a_parcel(code: str, changes: Row, broken: bool, under: Under) -> None:
    place = CN_DIRECT if under.country == "cn" else ZZ_IMPORT
    row = cast.a_line(place, **changes)
    assert read_alike(under.compiled(sheet_of(code)), row)[code] is broken


REMEDIED = Under(
    added=(
        (
            "tariff.csv",
            (
                tariff_row("9617", "5"),
                tariff_row("9617", "5 XTS per 1 piece", "special"),
                tariff_row("9617", "3 XTS per 1 l", "special", origin="CN"),
                tariff_row(
                    "9617", "2 XTS per 1 pair", "antidumping", origin="CN", producer="Ao Er"
                ),
                tariff_row("9617", "9 XTS per 1 m³", "countervailing", origin="CN"),
            ),
        ),
    )
)
FLASKS: Row = {"hs_code": "9617000000", "origin": "CN"}
MISSED: list[tuple[Row, str, str, str, Under]] = [
    (TYRES, "ASS202", "duty_unit", "H87", ZZ),
    (APPLES | {"net_mass_mg": MISSING}, "ASS202", "duty_unit", "KGM", ZZ),
    ({"hs_code": "8528720000"}, "ASS202", "duty_unit", "H87", ZZ),
    (RUM | {"unit": "LTR"}, "ASS210", "excise_unit", "LPA", ZZ),
    (FLASKS | {"origin": "KZ"}, "ASS211", "special_unit", "H87", REMEDIED),
    (FLASKS, "ASS211", "special_unit", "LTR", REMEDIED),
    (FLASKS | {"producer": "AO ER"}, "ASS211", "antidumping_unit", "PR", REMEDIED),
    (FLASKS, "ASS211", "antidumping_unit", "", REMEDIED),
    (FLASKS, "ASS211", "countervailing_unit", "MTQ", REMEDIED),
    ({"hs_code": "4403110000"}, "ASS214", "duty_unit", "MTQ", EXPORT),
    ({"hs_code": "9608100000"}, "ASS204", "duty_currency", "GBP", QUOTED_ABROAD),
    ({"hs_code": "9611000000"}, "ASS212", "excise_currency", "GBP", LEVIED_ABROAD),
    ({"hs_code": "7206100000"}, "ASS215", "duty_currency", "GBP", EXPORT),
]


@pytest.mark.parametrize(("line", "code", "name", "stated", "under"), MISSED)
def test_the_unit_or_currency_that_is_missing_is_named(
    line: Row, code: str, name: str, stated: str, under: Under
) -> None:
    got = said(code, a_row(GOODS_LINE, under, **line), under)
    assert got[code] is True
    assert got[name] == stated
    assert name in sheet_of(code).rules[code].quotes


@pytest.mark.parametrize(
    ("line", "minor"),
    [
        ({"origin": "KZ"}, 5_000),  # that of every origin
        ({"origin": ""}, 5_000),
        ({"origin": "00"}, 5_000),  # ASS216 holds it
        ({"origin": "CN", "unit2": "LTR", "qty2_e5": 4 * E5}, 1_200),  # its own instead
        ({"origin": "CN"}, 0),  # ASS211 refuses it
    ],
)
def test_a_special_duty_of_every_origin_gives_way_to_one_of_the_origin(
    line: Row, minor: int
) -> None:
    pieces: Row = {"hs_code": "9617000000", "unit": "H87", "qty_e5": 10 * E5}
    got = said("trade_remedies", a_row(GOODS_LINE, REMEDIED, **(pieces | line)), REMEDIED)
    assert got["special_minor"] == minor


@pytest.mark.parametrize("maker", ["Ao Er", "ao er", "AO ER", " Ao er "])
def test_makers_are_the_same_in_large_and_small_letters(maker: str) -> None:
    pairs: Row = {"unit": "PR", "qty_e5": 10 * E5, "unit2": "LTR", "qty2_e5": E5}
    house = a_declaration("AIG/1", FLASKS | pairs | {"producer": maker})
    desk = GoodsDesk(book=REMEDIED.book())
    desk.clear(REMEDIED.day, house)
    assert desk.amounts()["antidumping"] == 2_000
    desk.clear(REMEDIED.day, a_declaration("AIG/2", FLASKS | pairs | {"producer": "Ao Er Works"}))
    assert "antidumping" not in desk.amounts("AIG/2")
