"""Flat tables of declarations with mistakes: which rows are told of, which are set aside."""

from __future__ import annotations

from pathlib import Path

import pytest

from silkport.kernel.limits import MAX_GOODS_LINES
from tests.formats.declarations import column, read_csv, rows


@pytest.mark.parametrize(
    ("text", "problems", "aside", "numbers"),
    [
        ("D1,C,1,g,USD,x,1,1\n", [("RDG001", 2, "declaration.gross_mass_kg")], [], ["D1"]),
        ("D1,C,1,g,USD,1,1,-1\n", [("RDG003", 2, "goods.total")], [], ["D1"]),
        ("D1,C,1,g,USDUSDUSD,1,1,1\n", [("RDG004", 2, "declaration.currency")], [], ["D1"]),
        ("D1,C,1,g,USD,1,1,1\n,,,,EUR,,2,1\n", [("RDG005", 3, "declaration.currency")], [], ["D1"]),
        ("D1,,,,,,1,1\n,,,,USD,,2,1\n", [("RDG005", 3, "declaration.currency")], [], ["D1"]),
        (",,,,USD,,1,1\n,,,,,,2,1\nD2,,,,,,1,1\n", [], [("RDG010", 2), ("RDG010", 3)], ["D2"]),
        (",,1,,,,1,1\nD2,,,,,,1,1\n", [], [("RDG010", 2)], ["D2"]),
        (",C,,,,,1,1\nD2,,,,,,1,1\n", [], [("RDG010", 2)], ["D2"]),
        ("D1,,,,,,1,1\n,,7,,,,1,1\n,,,,,,2,1\n", [], [("RDG010", 3), ("RDG010", 4)], ["D1"]),
        ("x" * 72 + ",,,,,,1,1\n,,,,,,2,1\nD2,,,,,,1,1\n", [], [("RDG010", 2)], ["D2"]),
        (f",{'x' * 35},{'y' * 35},,,,1,1\n", [], [], [f"{'x' * 35}/{'y' * 35}"]),
    ],
)
def test_rows_good_and_bad(
    tmp_path: Path, text: str, problems: object, aside: object, numbers: list[str]
) -> None:
    read = read_csv(tmp_path, text)
    assert [(one.code, one.position, one.column) for one in read.problems] == problems
    assert [(one.code, one.position) for one in read.set_aside] == aside
    found = column(read, "declaration", "declaration_no") if read.tables else []
    assert found == numbers
    assert all(one.order_no == numbers[0] for one in read.problems)


def test_rows_below_a_damaged_one_do_not_join_the_declaration_above(tmp_path: Path) -> None:
    read = read_csv(
        tmp_path,
        'D1,C,1,g,USD,1,1,1\nD2,C,2,g,USD"x,1,1,1,9\n,,,,,,2,1\n,,,,,,,\n,,,,,,3,1\n'
        "D1,C,1,,,,2,1\n",
    )
    assert rows(read, "goods", "declaration_no", "gnum", "position") == [
        ("D1", 1, 2),
        ("D1", 2, 2),
    ]
    assert [(one.code, one.position) for one in read.set_aside] == [
        ("RDG011", 3),
        ("RDG010", 4),
        ("RDG010", 6),
    ]


@pytest.mark.parametrize("beyond", [1, 2, 500_000])
def test_a_declaration_with_too_many_lines(tmp_path: Path, beyond: int) -> None:
    lines = ",,,,,,1,1\n" * (MAX_GOODS_LINES + beyond - 1)
    read = read_csv(tmp_path, f"D1,,,,,,1,1\n{lines}D2,,,,,,1,1\n")
    assert column(read, "declaration", "declaration_no") == ["D2"]
    assert column(read, "goods", "declaration_no") == ["D2"]
    (aside,) = read.set_aside
    assert (aside.code, aside.position) == ("SP-1103", 2)
    assert aside.reason == "D1: more than 999 goods lines; divide the house"


@pytest.mark.parametrize("head_alone", [False, True])
def test_a_declaration_with_as_many_lines_as_there_may_be(tmp_path: Path, head_alone: bool) -> None:
    first = "D1,C,1,,,,,\n,,,,,,1,1\n" if head_alone else "D1,C,1,,,,1,1\n"
    read = read_csv(tmp_path, first + ",,,,,,1,1\n" * (MAX_GOODS_LINES - 1))
    assert (read.set_aside, read.tables["goods"].height) == ([], MAX_GOODS_LINES)


def test_headers(tmp_path: Path) -> None:
    header = "declaration.declaration_no,declaration.curency,goods.hscode,inventory.order_no,x"
    read = read_csv(tmp_path, "D1,USD,1,A,\n", header)
    assert [(one.code, one.column, one.expected) for one in read.problems] == [
        ("RDG002", "declaration.curency", "perhaps declaration.currency"),
        ("RDG002", "goods.hscode", "perhaps goods.hs_code"),
        ("RDG002", "inventory.order_no", "columns of inventory in a file of their own"),
        ("RDG002", "x", "a name of 'silkport template'"),
    ]
    assert column(read, "declaration", "declaration_no") == ["D1"]


def test_goods_without_a_head(tmp_path: Path) -> None:
    read = read_csv(tmp_path, "1,2\n2,3\n", "goods.gnum,goods.total")
    assert [(one.code, one.position) for one in read.set_aside] == [("RDG010", 2), ("RDG010", 3)]
    assert read.tables == {}
