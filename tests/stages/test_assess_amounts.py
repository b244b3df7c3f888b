"""What stands in the base of VAT, what a month and a sheet cost, and what is nothing.

Worked amounts are cases of each administration (`countries/*/cases`); amounts of random rates are
compared with plain arithmetic in `test_assess_oracle.py`.
"""

from __future__ import annotations

import random
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import pytest

from silkport.kernel.periods import day_number
from silkport.model.columns import MISSING
from silkport.model.rows import GOODS_LINE, HOUSE
from silkport.stages import assess
from tests.stages import cast
from tests.stages.goods_law import E5, KG, Row, Under, a_row, said, tariff_row

BEFORE = day_number(date(2023, 12, 31))
TYRES: Row = {"hs_code": "4011100000"}
APPLES: Row = {"hs_code": "0808100000"}
CLAIMED: Row = {"preference": "OUTP"}


@pytest.mark.parametrize("strokes", ["", "-", "--"])
def test_strokes_claim_neither_preference_nor_relief(strokes: str) -> None:
    """Apples of an origin that would come in free, and flour that could be free of VAT."""
    claims: Row = {"preference": strokes, "vat_relief": strokes}
    got = said("tariff_duty", a_row(GOODS_LINE, **(APPLES | {"origin": "KG"} | claims)))
    assert got["duty_minor"] == 120_000  # 20,000 kg at 0.06 XTS, more than 8 %
    assert got["vat_rate_ppm"] == 50_000
    free = said("tariff_duty", a_row(GOODS_LINE, **(APPLES | {"origin": "KG"} | CLAIMED)))
    assert free["duty_minor"] == 0


def flagged(name: str, value: str) -> Under:
    """The law with another answer to what the base of VAT holds."""
    record = f'[[param.vat_base_includes_{name}]]\nvalue = "{{}}"'
    change = ("params_goods.toml", record.format("1"), record.format(value))
    return Under(changed=(change,))


@pytest.mark.parametrize(
    ("name", "left_out"),
    [("duty", 135_000), ("remedies", 20_000), ("excise", 168_000), ("fee", 2_300)],
)
def test_the_base_of_vat_holds_what_the_law_puts_there(name: str, left_out: int) -> None:
    """Rum worth 10,000 XTS with a countervailing duty; its VAT is 12 %."""
    remedied = tariff_row("2208", "0.5 XTS per 1 kg", "countervailing", origin="CN")
    line = a_row(
        GOODS_LINE,
        hs_code="2208400000",
        origin="CN",
        customs_value_minor=1_000_000,
        net_mass_mg=400 * KG,
        unit="LPA",
        qty_e5=280 * E5,
        unit2="LTR",
        qty2_e5=700 * E5,
    )
    bases = {}
    for value in ("1", "0"):
        under = flagged(name, value) if value == "0" else Under()
        got = said("import_vat", line, under._replace(added=(("tariff.csv", (remedied,)),)))
        assert got["countervailing_minor"] == 20_000
        assert got["vat_minor"] == (int(str(got["vat_base_minor"])) * 12 + 50) // 100
        bases[value] = got["vat_base_minor"]
    assert bases == {"1": 1_325_300, "0": 1_325_300 - left_out}


@pytest.mark.parametrize(
    ("months", "minor"),
    [(MISSING, 0), (0, 0), (1, 2_400), (33, 79_200), (34, 80_000), (99, 80_000)],
)
def test_a_share_for_each_month_never_exceeds_the_whole(months: int, minor: int) -> None:
    under = Under(regime="goods_temporary_import")
    row = a_row(GOODS_LINE, customs_value_minor=1_000_000, stay_months=months)
    assert said("tariff_duty", row, under)["duty_minor"] == minor


@pytest.mark.parametrize(
    ("lines", "sheets"), [(MISSING, 0), (0, 0), (1, 0), (2, 1), (4, 1), (5, 2), (7, 2), (8, 3)]
)
def test_the_fee_counts_further_sheets_of_three_lines(lines: int, sheets: int) -> None:
    row = a_row(HOUSE, line_count=lines)
    assert said("declaration_fee", row)["fee_minor"] == 2_300 + sheets * 400


CONSUMED = {"3303000010": "0.15", "2402200000": "0.56", "8703241110": "0.25"}
"""Codes and their shares of consumption tax."""

INSIDE = Under(
    "cn",
    "general_trade_import",
    added=(
        ("tariff.csv", tuple(tariff_row(code, "5.5") for code in CONSUMED)),
        (
            "taxes.csv",
            tuple(f"{code},0.13,{share},2026-08-01,,test," for code, share in CONSUMED.items()),
        ),
    ),
)


def test_consumption_tax_lies_inside_the_price() -> None:
    """Tax is c / (1 - c) of value and duty; VAT is charged on value, duty and tax."""

    def half_up(amount: Decimal) -> int:
        return int(amount.quantize(Decimal(1), ROUND_HALF_UP))

    source = random.Random(5)
    compiled = INSIDE.compiled(assess.goods)
    values = [0, 1, *(source.randrange(10 ** source.randrange(1, 12)) for _ in range(200))]
    drawn = [(value, source.choice(sorted(CONSUMED))) for value in values]
    rows = [
        a_row(GOODS_LINE, INSIDE, customs_value_minor=value, hs_code=code) for value, code in drawn
    ]
    bulk = compiled.bulk.run(cast.frame_of(GOODS_LINE, rows)).to_dicts()
    for (value, code), row, got in zip(drawn, rows, bulk, strict=True):
        share = Decimal(CONSUMED[code])
        duty = half_up(value * Decimal("0.055"))
        tax = half_up((value + duty) * share / (1 - share))
        want = {"duty_minor": duty, "excise_minor": tax, "vat_base_minor": value + duty + tax}
        want["vat_minor"] = half_up(want["vat_base_minor"] * Decimal("0.13"))
        assert {name: got[name] for name in want} == want
        assert compiled.single(row) == got
        assert compiled.prove("vat_minor", row).result == want["vat_minor"]


@pytest.mark.parametrize("value", [0, MISSING])
def test_goods_without_value_owe_nothing_by_value(value: int) -> None:
    got = said("tariff_duty", a_row(GOODS_LINE, customs_value_minor=value, fee_share_minor=MISSING))
    assert (got["duty_minor"], got["vat_minor"], got["excise_minor"]) == (0, 0, 0)


def test_nothing_is_a_rate_on_a_day_without_a_rate() -> None:
    row = a_row(GOODS_LINE, decl_day=BEFORE, **TYRES)
    got = said("tariff_duty", row)
    assert got["duty_minor"] == 0
    assert got["ASS201"] is True  # an officer decides
