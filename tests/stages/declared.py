"""A house declaration and its goods line, lawful in three administrations, and `fires`.

The regime is the test's own: it lists every group of rules that an administration keeps for
commercial goods, whatever procedures its law book has.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from silkport.kernel.check_digits import complete_kz_iin
from silkport.kernel.findings import Effect
from silkport.kernel.periods import day_number
from silkport.law.loading import load_law
from silkport.law.sheet import CompiledSheet, Sheet
from silkport.model.columns import Kind
from silkport.model.rows import GOODS_LINE, HOUSE, RowShape
from silkport.stages import check

Row = dict[str, int | str]

FOLDER = Path(check.__file__).resolve().parents[2] / "countries"
COUNTRIES = ("zz", "kz", "cn")
SHEETS: tuple[Sheet, ...] = (check.houses, check.goods)
HARD = (Effect.REFUSE, Effect.WAIT, Effect.HOLD)
DAY = day_number(date(2026, 8, 3))

ALWAYS = ("@house_form", "@house_after_release", "@goods_form", "@goods_permits")
ALL_GROUPS = {
    "zz": (*ALWAYS, "@house_transit", "@house_secured", "@house_temporary", "@house_market"),
    "kz": (*ALWAYS, "@house_transit", "@house_secured", "@house_temporary"),
    "cn": (*ALWAYS, "@house_market"),
}
"""Groups of one administration; no real procedure asks for all of them."""

BIN = complete_kz_iin("94024000012") or ""
CREDIT_CODE = "91330100799655058B"
DECLARANTS = {"zz": "ZZ-4711", "kz": BIN, "cn": CREDIT_CODE}

REGIME = """
[[regime]]
code = "goods_of_every_kind"
title = "Every rule on commercial goods"
procedure = "goods"
direction = "import"
trade_modes = ["goods of every kind"]
start = {start}
source = "this test"
documents = []
check = {codes}
"""


@cache
def compiled(sheet_name: str, country: str, groups: tuple[str, ...]) -> CompiledSheet:
    """The sheet of houses or of goods with these groups of the administration's rules."""
    texts = {p.name: p.read_text("utf-8") for p in sorted((FOLDER / country).glob("*.toml"))}
    codes = "[" + ", ".join(f'"{name}"' for name in groups) + "]"
    kept = texts["regimes.toml"].partition("\n[[regime]]")[0]
    texts["regimes.toml"] = kept + REGIME.format(start=date(2026, 1, 1), codes=codes)
    law = load_law(country, texts)
    (regime,) = law.regimes
    (period,) = [
        one
        for one in law.unchanged_periods(regime)
        if day_number(one[0]) <= DAY < day_number(one[1])
    ]
    (sheet,) = [sheet for sheet in SHEETS if sheet.shape.name == sheet_name]
    return sheet.compiled(law, regime, period)


def sheet_of(code: str) -> Sheet:
    """The sheet that has the rule `code`."""
    (found,) = [sheet for sheet in SHEETS if code in sheet.rules]
    return found


def compiled_of(code: str, country: str) -> CompiledSheet:
    """The sheet of the rule `code` with all groups of the administration."""
    return compiled(sheet_of(code).shape.name, country, ALL_GROUPS[country])


@cache
def country_of(code: str) -> str:
    """The first administration that keeps the rule `code`."""
    return next(one for one in COUNTRIES if code in compiled_of(code, one).outputs)


def a_house(country: str = "zz", **changes: int | str) -> Row:
    """A truck of flour, one house of one line, of which no rule has anything to say."""
    row: Row = {column.name: column.absent for column in HOUSE.columns}
    row |= {
        "parcel_id": f"{country}-0A1B2C3DEFGHJKMN",
        "guid": "house-1",
        "act": "declaration",
        "app_time": 20260803080000,
        "declaration_no": "AIG/2026/15",
        "consignment_no": "AIG-KHG-000015",
        "house_no": "1",
        "decl_day": DAY,
        "procedure": "40",
        "office": "9412",
        "border_office": "9402",
        "declarant_code": DECLARANTS[country],
        "declarant_name": "Declare Ltd",
        "consignor_name": "Altyn Mill",
        "consignor_country": "KZ",
        "consignee_name": "Bo & Sons",
        "purchaser": "Bo Wen, ZZ, P1234567",
        "departure_country": "KZ",
        "destination_country": "CN",
        "trade_country": "KZ",
        "transport_mode": "30",
        "transport_document": "CMR 15",
        "container_count": 0,
        "pack_count": 800,
        "goods_count": 1,
        "gross_mass_mg": 20_400 * 10**6,
        "incoterms": "DAP",
        "incoterms_place": "Khorgos",
        "currency": "USD",
        "invoice_total_e5": 8_000 * 10**5,
        "stay_months": 12,
        "guarantee_no": "G-15",
        "processing_day": DAY,
        "unreadable_cells": 0,
        "line_count": 1,
        "first_gnum": 1,
        "last_gnum": 1,
        "distinct_gnums": 1,
        "lines_total_e5": 8_000 * 10**5,
        "lines_gross_mg": 20_400 * 10**6,
        "lines_net_mg": 20_000 * 10**6,
    }
    assert set(changes) <= set(row), set(changes) - set(row)
    return row | changes


def a_line(country: str = "zz", **changes: int | str) -> Row:
    """The only line of `a_house`."""
    row: Row = {column.name: column.absent for column in GOODS_LINE.columns}
    row |= {
        "parcel_id": f"{country}-0A1B2C3DEFGHJKMN",
        "gnum": 1,
        "hs_code": "1101001500",
        "goods_name": "Wheat flour, first grade",
        "origin": "KZ",
        "gross_mass_mg": 20_400 * 10**6,
        "net_mass_mg": 20_000 * 10**6,
        "qty_e5": 20_000 * 10**5,
        "unit": "KGM",
        "total_e5": 8_000 * 10**5,
        "valuation_method": 1,
        "decl_day": DAY,
        "act": "declaration",
        "currency": "USD",
        "line_count": 1,
    }
    assert set(changes) <= set(row), set(changes) - set(row)
    return row | changes


def a_row(code: str, country: str, **changes: int | str) -> Row:
    """The lawful row that the rule `code` looks at, with `changes`."""
    return (a_house if sheet_of(code) is check.houses else a_line)(country, **changes)


def frame_of(shape: RowShape, rows: list[Row]) -> pl.DataFrame:
    """Rows as a table of their columns' types."""
    schema = {c.name: pl.String if c.kind is Kind.TEXT else pl.Int64 for c in shape.columns}
    return pl.DataFrame(rows, schema=schema)


def fires(code: str, row: Row, country: str) -> bool:
    """Whether the rule `code` fires for `row`; every reading says the same."""
    sheet = compiled_of(code, country)
    single = sheet.single(row)
    (bulk,) = sheet.bulk.run(frame_of(sheet.sheet.shape, [row])).to_dicts()
    assert bulk == single
    assert sheet.prove(code, row).result is single[code]
    return bool(single[code])


def fired(row: Row, shape: RowShape, country: str, groups: tuple[str, ...]) -> set[str]:
    """Codes of all rules of these groups that fire for `row`."""
    sheet = compiled(shape.name, country, groups)
    return {code for code, result in sheet.single(row).items() if result}


Case = tuple[str, Row, bool] | tuple[str, Row, bool, str]
"""A rule, what is changed in the lawful row, whether it fires, and where if not its first place."""


def cases(rows: list[Case]) -> list[object]:
    """Rows of a table test, each under its rule's code and what it changes."""
    found = []
    for number, (code, changes, broken, *where) in enumerate(rows):
        country = where[0] if where else country_of(code)
        stated = ",".join(f"{name}={value!r:.24}" for name, value in changes.items())
        name = f"{number}-{code}[{stated or 'lawful'}]"
        found.append(pytest.param(code, changes, broken, country, id=name))
    return found
