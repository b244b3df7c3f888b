"""The customs value of commercial goods: every rule, and worked amounts."""

from __future__ import annotations

from datetime import date

import pytest

from silkport.kernel.periods import day_number
from silkport.model.columns import MISSING
from silkport.model.rows import GOODS_LINE, HOUSE
from tests.stages.goods_desk import GoodsDesk, a_declaration
from tests.stages.goods_law import (
    DAY,
    E5,
    KG,
    WITH_RATES,
    Case,
    Row,
    Under,
    a_row,
    cases,
    fires,
    said,
)

BEFORE = day_number(date(2023, 12, 31))

MARKET = Under("cn", "goods_market_procurement")
DOLLARS = (
    ("fx.csv", ("USD,1,7.10,2026-08-01,,this test,", "JPY,100,4.60,2026-08-01,,this test,")),
)
MARKET_QUOTED = MARKET._replace(added=DOLLARS)
KZ = Under("kz")
CN = Under("cn", "general_trade_import")
ZZ_QUOTED = Under(added=WITH_RATES)

RATE_ROWS: list[Case] = [
    ("VAL201", {}, False),
    ("VAL201", {"currency": "XTS"}, False),
    *(("VAL201", {"currency": one}, True) for one in ("GBP", "usd", "")),
    ("VAL201", {"decl_day": BEFORE}, True),
    ("VAL201", {"decl_day": MISSING}, True),
    ("VAL201", {"currency": "XTS", "decl_day": MISSING}, False),  # one for one, on any day
    ("VAL201", {"currency": "KZT"}, False, KZ),
    ("VAL201", {"currency": "GBP"}, True, KZ),
    ("VAL201", {"currency": "CNY"}, False, CN),
    ("VAL201", {}, True, CN),  # no exchange rate of this administration is shipped
    ("VAL202", {}, False),
    *(("VAL202", {"freight_currency": one}, False) for one in ("XTS", "EUR")),
    *(("VAL202", {"freight_currency": one}, True) for one in ("GBP", "eur", "?")),
    ("VAL202", {"currency": "GBP"}, True),  # that of the invoice is meant
    ("VAL202", {"currency": "GBP", "freight_currency": "EUR"}, False),
    ("VAL202", {"freight_currency": "EUR", "decl_day": BEFORE}, True),
    ("VAL202", {"decl_day": MISSING}, True),
    ("VAL208", {}, False, MARKET),  # in the currency of the limit nothing is exchanged
    ("VAL208", {"currency": "CNY"}, True, MARKET),
    ("VAL208", {"currency": ""}, True, MARKET),
    ("VAL208", {"currency": "CNY"}, False, MARKET_QUOTED),
    ("VAL208", {"currency": "CNY", "decl_day": day_number(date(2026, 7, 31))}, True, MARKET_QUOTED),
]

FREIGHT_ROWS: list[Case] = [
    ("VAL203", {}, False),
    *(("VAL203", {"incoterms": one}, True) for one in ("EXW", "FCA", "FAS", "FOB")),
    *(("VAL203", {"incoterms": one}, False) for one in ("CPT", "CIP", "CFR", "CIF", "DPU", "DDP")),
    ("VAL203", {"incoterms": ""}, False),  # CHK217 says so
    *(("VAL203", {"incoterms": "FCA", "freight_to_border_e5": one}, False) for one in (0, 1)),
    ("VAL203", {"incoterms": "FCA", "freight_e5": 9}, True),  # the whole says nothing of the part
    ("VAL204", {}, False),
    ("VAL204", {"freight_e5": 9, "freight_to_border_e5": 9}, False),
    ("VAL204", {"freight_e5": 9, "freight_to_border_e5": 10}, True),
    ("VAL204", {"freight_e5": 0, "freight_to_border_e5": 1}, True),
    ("VAL204", {"freight_e5": MISSING, "freight_to_border_e5": 10}, False),  # not compared
    ("VAL204", {"freight_e5": 9, "freight_to_border_e5": MISSING}, False),  # VAL205 says so
    ("VAL205", {}, False),
    ("VAL205", {"freight_e5": 1}, True),
    ("VAL205", {"freight_e5": 0}, False),
    ("VAL205", {"freight_e5": 1, "freight_to_border_e5": 0}, False),
    ("VAL205", {"freight_e5": 1, "incoterms": "FOB"}, False),  # VAL203 says so
    ("VAL205", {"freight_e5": 1, "incoterms": ""}, True),
]

INSURANCE_ROWS: list[Case] = [
    ("VAL210", {}, False),
    ("VAL210", {"insurance_e5": 1}, True),
    ("VAL210", {"insurance_e5": 1, "incoterms": "FOB"}, True),  # that to the border is added
    ("VAL210", {"insurance_e5": 0}, False),
    *(("VAL210", {"insurance_e5": 1, "insurance_to_border_e5": one}, False) for one in (0, 1)),
    ("VAL211", {}, False),
    ("VAL211", {"insurance_e5": 9, "insurance_to_border_e5": 9}, False),
    ("VAL211", {"insurance_e5": 9, "insurance_to_border_e5": 10}, True),
    ("VAL211", {"insurance_e5": 0, "insurance_to_border_e5": 1}, True),
    ("VAL211", {"insurance_e5": MISSING, "insurance_to_border_e5": 10}, False),  # not compared
    ("VAL211", {"insurance_e5": 9, "insurance_to_border_e5": MISSING}, False),  # VAL210 says so
]

BEHIND: Row = {"freight_e5": 8_000 * E5, "freight_to_border_e5": 0}
FREE: Row = {"insurance_to_border_e5": 0}
AROUND = ((344, False), (345, True))
"""Freight behind the border for the whole price; half a minor unit at 1.45."""

SUM_ROWS: list[Case] = [
    ("VAL206", {}, False),
    ("VAL206", {"deductions_e5": 8_000 * E5}, False),
    ("VAL206", {"deductions_e5": 8_000 * E5 + 344}, False),  # the same in minor units
    ("VAL206", {"deductions_e5": 8_000 * E5 + 345}, True),
    ("VAL206", {"deductions_e5": 345, "lines_total_e5": 0}, True),
    ("VAL206", {"deductions_e5": 345, "lines_total_e5": MISSING}, True),
    *(("VAL206", BEHIND | {"deductions_e5": one}, broken) for one, broken in AROUND),
    *(("VAL206", BEHIND | {"insurance_e5": one} | FREE, broken) for one, broken in AROUND),
    ("VAL206", BEHIND | {"deductions_e5": 345, "incoterms": "CPT"}, True),
    ("VAL206", BEHIND | {"insurance_e5": E5, "incoterms": "CPT"} | FREE, False),  # not within
    ("VAL206", BEHIND | {"deductions_e5": 345, "incoterms": "FCA"}, False),
    ("VAL206", BEHIND | {"freight_e5": 7_250 * E5, "freight_currency": "EUR"}, False),
    ("VAL206", BEHIND | {"freight_e5": 7_250 * E5 + 313, "freight_currency": "EUR"}, True),
    ("VAL206", BEHIND | {"freight_to_border_e5": 1_000, "deductions_e5": 345}, False),
    ("VAL206", BEHIND | {"freight_to_border_e5": MISSING, "deductions_e5": 345}, True),
    ("VAL206", {"deductions_e5": 0, "lines_total_e5": 0}, False),
    ("VAL207", {"lines_total_e5": 150_000 * E5}, False, MARKET),
    ("VAL207", {"lines_total_e5": 150_000 * E5 + 1}, True, MARKET),
    ("VAL207", {"lines_total_e5": MISSING}, False, MARKET),
    ("VAL207", {"currency": "CNY", "lines_total_e5": 10**14}, False, MARKET),  # VAL208 holds it
    ("VAL207", {"currency": "CNY", "lines_total_e5": 1_065_000 * E5}, False, MARKET_QUOTED),
    ("VAL207", {"currency": "CNY", "lines_total_e5": 1_065_000 * E5 + 1}, True, MARKET_QUOTED),
    # 1,065,000 yuan at 4.60 for a hundred yen
    ("VAL207", {"currency": "JPY", "lines_total_e5": 23_152_173 * E5}, False, MARKET_QUOTED),
    ("VAL207", {"currency": "JPY", "lines_total_e5": 23_152_174 * E5}, True, MARKET_QUOTED),
    ("VAL209", {}, False),
    ("VAL209", {"currency": "XTS", "total_e5": 10**13}, False),
    ("VAL209", {"currency": "XTS", "total_e5": 10**13 + 1}, True),
    ("VAL209", {"currency": "CNY", "total_e5": 47_619_047_619_047}, False),
    ("VAL209", {"currency": "CNY", "total_e5": 47_619_047_619_048}, True),
    ("VAL209", {"currency": "JPY", "total_e5": 1_020_408_163_265_306}, False, ZZ_QUOTED),
    ("VAL209", {"currency": "JPY", "total_e5": 1_020_408_163_265_307}, True, ZZ_QUOTED),
    ("VAL209", {"currency": "GBP", "total_e5": 10**17}, False),  # VAL201 holds it
    ("VAL209", {"total_e5": MISSING}, False),  # CHK258 says so
    ("VAL209", {"total_e5": 0}, False),
]

ROWS = RATE_ROWS + FREIGHT_ROWS + INSURANCE_ROWS + SUM_ROWS


@pytest.mark.parametrize(("code", "changes", "broken", "under"), cases(ROWS))
def test_rule(code: str, changes: Row, broken: bool, under: Under) -> None:
    assert fires(code, changes, under) is broken


WAY: Row = {"currency": "XTS", "freight_e5": 700 * E5, "freight_to_border_e5": 450 * E5}
INSURED: Row = {"insurance_e5": 30 * E5, "insurance_to_border_e5": 20 * E5}
OTHERS: Row = {"additions_e5": 5 * E5, "deductions_e5": 3 * E5}


@pytest.mark.parametrize(
    ("incoterms", "stated", "freight", "others"),
    [
        ("EXW", WAY | INSURED, (45_000, 0), (2_000, 0)),
        ("FCA", WAY | INSURED, (45_000, 0), (2_000, 0)),
        ("FOB", WAY | INSURED | OTHERS, (45_000, 0), (2_500, 300)),
        ("CPT", WAY | INSURED, (0, 25_000), (2_000, 0)),
        ("CFR", WAY | INSURED | OTHERS, (0, 25_000), (2_500, 300)),
        ("CIP", WAY | INSURED, (0, 25_000), (0, 1_000)),
        ("CIF", WAY | INSURED | OTHERS, (0, 25_000), (500, 1_300)),
        ("DAP", WAY | INSURED, (0, 25_000), (0, 1_000)),
        ("DPU", {"currency": "XTS"}, (0, 0), (0, 0)),
        ("DDP", {"currency": "XTS"} | OTHERS, (0, 0), (500, 300)),
        # nobody took out insurance: it is deemed a thousandth of price and freight, 8,450 XTS
        ("FCA", WAY, (45_000, 0), (845, 0)),
        ("FCA", WAY | {"insurance_to_border_e5": 0}, (45_000, 0), (0, 0)),  # known to be none
        # the price holds the freight: of 8,000 XTS a thousandth
        ("CPT", WAY, (0, 25_000), (800, 0)),
        ("CFR", WAY, (0, 25_000), (800, 0)),
        ("CIF", WAY, (0, 25_000), (0, 0)),
        # freight in euro, 1.60 each
        ("FCA", WAY | INSURED | {"freight_currency": "EUR"}, (72_000, 0), (3_200, 0)),
        ("DAP", WAY | INSURED | {"freight_currency": "EUR"}, (0, 40_000), (0, 1_600)),
        # additions and deductions in the currency of the invoice, 1.45 each
        (
            "DAP",
            WAY | INSURED | OTHERS | {"currency": "USD", "freight_currency": "XTS"},
            (0, 25_000),
            (725, 435 + 1_000),
        ),
    ],
)
def test_split_at_border(
    incoterms: str, stated: Row, freight: tuple[int, int], others: tuple[int, int]
) -> None:
    row = a_row(HOUSE, incoterms=incoterms, **stated)
    got = said("split_at_border", row)
    assert (got["freight_added_minor"], got["freight_deducted_minor"]) == freight
    assert (got["others_added_minor"], got["others_deducted_minor"]) == others


def test_insurance_is_not_deemed_where_the_law_deems_none() -> None:
    row = a_row(HOUSE, KZ, incoterms="FCA", currency="KZT", freight_to_border_e5=450 * E5)
    assert said("split_at_border", row, KZ)["others_added_minor"] == 0


@pytest.mark.parametrize(
    ("masses", "minor"),
    [
        ((1 * KG, 3 * KG), (10_000, 30_000)),
        ((MISSING, 3 * KG), (0, 40_000)),
        ((0, 0), (24_000, 16_000)),
        ((MISSING, MISSING), (24_000, 16_000)),
    ],
)
def test_freight_is_shared_by_mass_and_by_price_where_no_line_states_one(
    masses: tuple[int, int], minor: tuple[int, int]
) -> None:
    """400 XTS of freight for goods of 600 and 400 XTS; insured for nothing."""
    prices = (600 * E5, 400 * E5)
    lines: list[Row] = [
        {"total_e5": price, "gross_mass_mg": mass}
        for price, mass in zip(prices, masses, strict=True)
    ]
    about: Row = {"incoterms": "FCA", "currency": "XTS", "freight_to_border_e5": 400 * E5}
    house = a_declaration("AIG/1", *lines, **(about | {"insurance_to_border_e5": 0}))
    goods = GoodsDesk().clear(DAY, house).goods.sort("gnum")
    wanted = [price // 1_000 + part for price, part in zip(prices, minor, strict=True)]
    assert goods["customs_value_minor"].to_list() == wanted


@pytest.mark.parametrize(
    ("changes", "minor"),
    [
        ({}, 1_160_000),  # 8,000 dollars at 1.45
        ({"currency": "XTS"}, 800_000),
        ({"total_e5": 0}, 0),
        ({"total_e5": MISSING}, 0),
        ({"currency": "GBP"}, 0),  # VAL201 holds it
        ({"total_e5": 1}, 0),
        ({"currency": "XTS", "total_e5": 499}, 0),
        ({"currency": "XTS", "total_e5": 500}, 1),  # half a minor unit is rounded up
    ],
)
def test_value_of_price(changes: Row, minor: int) -> None:
    export = Under(regime="goods_export")
    row = a_row(GOODS_LINE, export, **changes)
    assert said("value_of_price", row, export)["customs_value_minor"] == minor


def test_a_line_is_never_worth_less_than_nothing() -> None:
    row = a_row(GOODS_LINE, currency="XTS", others_deducted_minor=800_001)
    assert said("value_at_border", row)["customs_value_minor"] == 0
    row = a_row(GOODS_LINE, currency="XTS", others_deducted_minor=799_999)
    assert said("value_at_border", row)["customs_value_minor"] == 1
