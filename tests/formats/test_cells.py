"""Cells of every kind: lawful, at the limit, beyond it, and unreadable."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from silkport.formats.cells import prepare, read_cells
from silkport.formats.spelling import spell
from silkport.model.columns import BOUNDS, MISSING, Column, Kind

OK = ""


def read_one(cells: pl.Series, kind: Kind, longest: int = 0) -> tuple[list[object], list[str]]:
    columns = {"cell": Column("cell", kind, "a test", longest)}
    found = read_cells(prepare(cells.alias("cell").to_frame(), columns), columns, room=100)
    return found.values["cell"].to_list(), [fault.code for fault in found.faults]


CASES = [
    (Kind.AMOUNT, "1234.5", 123450000, OK),
    (Kind.AMOUNT, "0", 0, OK),
    (Kind.AMOUNT, "", MISSING, OK),
    (Kind.AMOUNT, "  7\t", 700000, OK),
    (Kind.AMOUNT, "0.00001", 1, OK),
    (Kind.AMOUNT, "0.000001", MISSING, "RDG001"),
    (Kind.AMOUNT, "9999999999999.99999", 10**18 - 1, OK),
    (Kind.AMOUNT, "10000000000000", MISSING, "RDG003"),
    (Kind.AMOUNT, "-0.01", MISSING, "RDG003"),
    (Kind.AMOUNT, "-1", MISSING, "RDG003"),
    (Kind.AMOUNT, "9" * 60, MISSING, "RDG003"),
    (Kind.AMOUNT, "1,234.5", MISSING, "RDG001"),
    (Kind.AMOUNT, "1234,5", MISSING, "RDG001"),
    (Kind.AMOUNT, "1e3", MISSING, "RDG001"),
    (Kind.AMOUNT, "+5", MISSING, "RDG001"),
    (Kind.AMOUNT, ".5", MISSING, "RDG001"),
    (Kind.AMOUNT, "5.", MISSING, "RDG001"),
    (Kind.AMOUNT, "１２", MISSING, "RDG001"),
    (Kind.AMOUNT, "NaN", MISSING, "RDG001"),
    (Kind.AMOUNT, "1_000", MISSING, "RDG001"),
    (Kind.QUANTITY, "999999999.99999", 10**14 - 1, OK),
    (Kind.QUANTITY, "1000000000", MISSING, "RDG003"),
    (Kind.MASS, "0.000001", 1, OK),
    (Kind.MASS, "99999.999999", 10**11 - 1, OK),
    (Kind.MASS, "100000", MISSING, "RDG003"),
    (Kind.MASS, "0.0000001", MISSING, "RDG001"),
    (Kind.COUNT, "999999999", 999999999, OK),
    (Kind.COUNT, "1000000000", MISSING, "RDG003"),
    (Kind.COUNT, "1.5", MISSING, "RDG001"),
    (Kind.DAY, "2026-07-01", 20635, OK),
    (Kind.DAY, "20260701", 20635, OK),
    (Kind.DAY, "1970-01-01", 0, OK),
    (Kind.DAY, "2099-12-31", 47481, OK),
    (Kind.DAY, "2100-01-01", MISSING, "RDG003"),
    (Kind.DAY, "1969-12-31", MISSING, "RDG003"),
    (Kind.DAY, "2026-02-29", MISSING, "RDG001"),
    (Kind.DAY, "2026-7-1", MISSING, "RDG001"),
    (Kind.DAY, "01.07.2026", MISSING, "RDG001"),
    (Kind.DAY, "202607011", MISSING, "RDG001"),
    (Kind.TIME, "20260701103000", 20260701103000, OK),
    (Kind.TIME, "2026-07-01T10:30:00", 20260701103000, OK),
    (Kind.TIME, "2026-07-01 10:30:00", 20260701103000, OK),
    (Kind.TIME, "20260231103000", MISSING, "RDG001"),
    (Kind.TIME, "20260701253000", MISSING, "RDG001"),
    (Kind.TIME, "2026-07-01T10:30:00Z", MISSING, "RDG001"),
    (Kind.FLAG, "Yes", 1, OK),
    (Kind.FLAG, "false", 0, OK),
    (Kind.FLAG, "1", 1, OK),
    (Kind.FLAG, "perhaps", MISSING, "RDG001"),
]


@pytest.mark.parametrize(("kind", "cell", "value", "code"), CASES)
def test_text_cells(kind: Kind, cell: str, value: int, code: str) -> None:
    alone = read_one(pl.Series([cell]), kind)
    assert alone == ([value], [code] if code else [])


def test_every_cell_reads_the_same_beside_any_other() -> None:
    for kind in {case[0] for case in CASES}:
        cases = [case for case in CASES if case[0] is kind]
        values, codes = read_one(pl.Series([case[1] for case in cases]), kind)
        assert values == [case[2] for case in cases]
        assert codes == [case[3] for case in cases if case[3]]


@pytest.mark.parametrize(
    ("cells", "kind", "values", "codes"),
    [
        ([5, -1, 10**13, None], Kind.AMOUNT, [500000, -1, -1, -1], ["RDG003", "RDG003"]),
        ([Decimal("1.25"), Decimal("0.000001")], Kind.AMOUNT, [125000, -1], ["RDG001"]),
        ([Decimal("1.250"), None], Kind.MASS, [1250000, -1], []),
        ([Decimal("2.0"), Decimal("2.5")], Kind.COUNT, [2, -1], ["RDG001"]),
        ([1.5, 0.1 + 0.2, float("nan"), 3.0], Kind.AMOUNT, [150000, -1, -1, 300000], ["RDG001"]),
        ([1.0, 2.5], Kind.COUNT, [1, -1], ["RDG001"]),
        ([date(2026, 7, 1), date(1960, 1, 1)], Kind.DAY, [20635, -1], ["RDG003"]),
        ([datetime(2026, 7, 1, 10, 30)], Kind.TIME, [20260701103000], []),  # noqa: DTZ001
        ([20260701, 20260231], Kind.DAY, [20635, -1], ["RDG001"]),
        ([20260701103000], Kind.TIME, [20260701103000], []),
        ([True, False, None], Kind.FLAG, [1, 0, -1], []),
        ([8517130000.0, None], Kind.TEXT, ["8517130000", ""], []),
        ([None, None], Kind.AMOUNT, [-1, -1], []),
    ],
)
def test_typed_cells(cells: list[object], kind: Kind, values: object, codes: object) -> None:
    assert read_one(pl.Series(cells, strict=False), kind) == (values, codes)


def test_text_is_cut_at_its_longest() -> None:
    values, codes = read_one(pl.Series(["李李李", "abcd", "  ab "]), Kind.TEXT, longest=3)
    assert values == ["李李李", "abc", "ab"]
    assert codes == ["RDG004"]


def test_faults_beyond_the_room_are_counted() -> None:
    columns = {"cell": Column("cell", Kind.COUNT, "a test")}
    cells = prepare(pl.DataFrame({"cell": ["x"] * 50}), columns)
    found = read_cells(cells, columns, room=7)
    assert (len(found.faults), found.unlisted) == (7, 43)


@given(st.sampled_from([k for k in Kind if k is not Kind.TEXT]), st.data())
def test_spelling_is_the_inverse(kind: Kind, data: st.DataObject) -> None:
    column = Column("cell", kind, "a test")
    if kind is Kind.TIME:
        day = data.draw(st.dates(date(1970, 1, 1), date(2099, 12, 31)))
        values = [int(f"{day:%Y%m%d}235959"), MISSING]
    else:
        values = data.draw(st.lists(st.integers(*BOUNDS[kind]), min_size=1))
    spelt = spell(pl.Series("cell", values, dtype=pl.Int64), column)
    assert read_one(spelt, kind) == (values, [])


@given(st.decimals(0, 10**12, places=5, allow_nan=False))
def test_amounts_are_exact(amount: Decimal) -> None:
    values, _ = read_one(pl.Series([f"{amount:f}"]), Kind.AMOUNT)
    assert values == [int(amount * 100_000)]
