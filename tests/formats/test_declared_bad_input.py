"""Declarations with mistakes: each is told with its place, and takes nothing else with it."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from silkport.formats import consignments
from silkport.formats.consignments import FORMAT
from silkport.formats.writing import declared_to_outside
from silkport.kernel.limits import MAX_GOODS_LINES, MAX_HOUSES, MAX_NESTING
from silkport.model.columns import MISSING
from tests.formats.declarations import column, consignment, house, read_json, rows
from tests.formats.samples import read_all
from tests.formats.test_fuzz import damaged, is_blank

GOOD = house("9", "1")
CASES = 60
DEEP = "[" * 5_000 + "]" * 5_000


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth - 1):
        value = [value]
    return value


# JSON: values.

SHARED: list[tuple[dict[str, object], str, str, str]] = [
    ({"decl_day": "2026-02-30"}, "RDG001", "decl_day", "a day such as 2026-07-01 or 20260701"),
    ({"currency": "x" * 9}, "RDG004", "currency", "at most 8 characters"),
    ({"departure_cuntry": "CN"}, "RDG002", "departure_cuntry", "perhaps departure_country"),
    ({"net_mass_kg": 1}, "RDG002", "net_mass_kg", "a key of each goods line"),
    ({"guid": "g"}, "RDG002", "guid", "a key of each house"),
    ({"zzz": 1}, "RDG002", "zzz", "a documented key"),
    ({"vehicle": {"plate": "1"}}, "RDG001", "vehicle", "text"),
    ({"vehicle": True}, "RDG001", "vehicle", "text"),
    ({"stay_months": "1.5"}, "RDG001", "stay_months", "a whole number"),
]


@pytest.mark.parametrize(("shared", "code", "name", "expected"), SHARED)
def test_values_said_for_all(
    tmp_path: Path, shared: dict[str, object], code: str, name: str, expected: str
) -> None:
    read = read_json(tmp_path, consignment(house("1", "1"), **shared))
    (problem,) = read.problems
    assert (problem.code, problem.column, problem.expected) == (code, name, expected)
    assert problem.position == 1
    assert problem.order_no == ("" if code == "RDG002" else "C1/1")
    assert (read.rows, read.set_aside) == (1, [])


HEADS: list[tuple[dict[str, object], str, str, str]] = [
    ({"freight": "12,50"}, "RDG001", "freight", "12,50"),
    ({"freight": -1}, "RDG003", "freight", "-1"),
    ({"freight": 1e300}, "RDG001", "freight", "1E+300"),
    ({"freight": float("nan")}, "RDG001", "freight", "nan"),
    ({"freight": float("inf")}, "RDG001", "freight", "infinity"),
    ({"freight": [1]}, "RDG001", "freight", "a list"),
    ({"freight": False}, "RDG001", "freight", "false"),
    ({"freight": "0.000001"}, "RDG001", "freight", "0.000001"),
    ({"gross_mass_kg": "1000000000"}, "RDG003", "gross_mass_kg", "1000000000"),
    ({"app_time": "2026-13-01T00:00:00"}, "RDG001", "app_time", "2026-13-01T00:00:00"),
    ({"documents": [{"kind": "04021"}]}, "RDG001", "documents", "a list"),
    ({"documents": [{"kind": "0 4", "number": "1"}]}, "RDG001", "documents", "a list"),
    ({"documents": [{"kind": "04", "number": "1; 2"}]}, "RDG001", "documents", "a list"),
    ({"documents": [{"kind": "04", "number": 5, "day": 1}]}, "RDG001", "documents", "a list"),
    ({"documents": ["04021 1"]}, "RDG001", "documents", "a list"),
    ({"vehicle": "\ud800"}, "RDG001", "vehicle", "half of a character"),
    ({"gross_mas_kg": "1"}, "RDG002", "gross_mas_kg", "gross_mas_kg"),
    ({"currency": "x" * 9}, "RDG004", "currency", "x" * 9),
]


@pytest.mark.parametrize(("head", "code", "name", "read_as"), HEADS)
def test_values_of_a_house(
    tmp_path: Path, head: dict[str, object], code: str, name: str, read_as: str
) -> None:
    read = read_json(tmp_path, consignment(GOOD, house("1", "1", **head)))
    (problem,) = read.problems
    assert (problem.code, problem.column) == (code, f"houses[2].{name}")
    assert problem.read.lower() == read_as.lower()
    assert (problem.position, read.rows, read.set_aside) == (2, 2, [])


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("1e" + "9" * 30, "RDG001"),
        ("1e41", "RDG001"),
        ("1e40", "RDG003"),
        ("-0.5", "RDG003"),
        ("NaN", "RDG001"),
        ("-Infinity", "RDG001"),
        ("9" * 5_000, "RDG003"),
    ],
)
def test_numbers_of_no_ordinary_size(tmp_path: Path, written: str, code: str) -> None:
    text = json.dumps(consignment(house("1", freight="?"))).replace('"?"', written)
    read = read_json(tmp_path, text)
    assert [(one.code, one.column) for one in read.problems] == [(code, "houses[1].freight")]
    assert column(read, "declaration", "freight_e5") == [MISSING]


LINES: list[tuple[dict[str, object], str, str]] = [
    ({"net_mass_kg": "x"}, "RDG001", "net_mass_kg"),
    ({"total": -5}, "RDG003", "total"),
    ({"goods_name": "x" * 1_001}, "RDG004", "goods_name"),
    ({"declaration_no": "D"}, "RDG002", "declaration_no"),
    ({"hs_cod": "1"}, "RDG002", "hs_cod"),
    ({"qty": "99999999999"}, "RDG003", "qty"),
    ({"documents": {"kind": "1"}}, "RDG001", "documents"),
]


@pytest.mark.parametrize(("line", "code", "name"), LINES)
def test_values_of_a_goods_line(
    tmp_path: Path, line: dict[str, object], code: str, name: str
) -> None:
    bad = house("1") | {"goods": [{"gnum": 1}, {"gnum": 2, **line}]}
    read = read_json(tmp_path, consignment(bad, GOOD))
    (problem,) = read.problems
    assert (problem.code, problem.column) == (code, f"houses[1].goods[2].{name}")
    assert column(read, "goods", "gnum") == [1, 2, 1]


def test_sums_are_not_said_for_several_houses(tmp_path: Path) -> None:
    read = read_json(
        tmp_path, consignment(house("1", "1", freight="3"), house("2", "1"), freight="7")
    )
    assert column(read, "declaration", "freight_e5") == [300_000, MISSING]
    (problem,) = read.problems
    assert (problem.code, problem.column, problem.order_no) == ("RDG001", "freight", "C1/2")
    assert (problem.read, problem.position) == ("7", 2)
    assert problem.expected == "stated in each house: it is a sum of one house"


def test_a_fault_said_for_all_concerns_every_house_without_its_own(tmp_path: Path) -> None:
    read = read_json(
        tmp_path,
        consignment(house("1", decl_day="2026-01-02"), house("2"), house("3"), decl_day="soon"),
    )
    assert [(one.order_no, one.code) for one in read.problems] == [
        ("C1/2", "RDG001"),
        ("C1/3", "RDG001"),
    ]


def test_a_key_that_comes_twice_counts_once(tmp_path: Path) -> None:
    text = json.dumps(consignment(house("1", "5", vehicle="first")))
    text = text.replace('"vehicle": "first"', '"vehicle": "first", "vehicle": "second"')
    text = text.replace('"total": "5"', '"total": "5", "total": "6"')
    read = read_json(tmp_path, text)
    assert [(one.code, one.column, one.expected[:13]) for one in read.problems] == [
        ("RDG002", "houses[1].vehicle", "each key once"),
        ("RDG002", "houses[1].goods[1].total", "each key once"),
    ]
    assert column(read, "declaration", "vehicle") == ["first"]
    assert column(read, "goods", "total_e5") == [500_000]


# JSON: houses and consignments that cannot be used.

HOUSES: list[tuple[object, str, str]] = [
    ("text", "RDG011", "houses[1]: an object with goods is expected"),
    (None, "RDG011", "houses[1]: an object with goods is expected"),
    (house("1") | {"goods": {}}, "", ""),
    (house("1") | {"goods": {"gnum": 1}}, "RDG011", "houses[1]: goods: a list of goods lines"),
    (house("1") | {"goods": [5]}, "RDG011", "houses[1]: goods[1]: an object is expected"),
    (house(""), "RDG010", "houses[1]: no declaration_no, no consignment_no with house_no"),
    (house("x" * 72, declaration_no=" "), "RDG010", "houses[1]: its number is longer than 71"),
    (house("1", declaration_no="x" * 72), "RDG010", "houses[1]: its number is longer than 71"),
    (house("1", *["1"] * (MAX_GOODS_LINES + 1)), "SP-1103", "houses[1]: more than 999 goods"),
    (
        house("1", extra=nested(MAX_NESTING + 1)),
        "SP-1103",
        "houses[1]: houses[1].extra: objects and",
    ),
    (
        house("1", vehicle=nested(MAX_NESTING + 1)),
        "SP-1103",
        "houses[1]: houses[1].vehicle: objects",
    ),
]


@pytest.mark.parametrize(("bad", "code", "reason"), HOUSES)
def test_one_bad_house_does_not_lose_the_others(
    tmp_path: Path, bad: object, code: str, reason: str
) -> None:
    read = read_json(tmp_path, consignment(bad, GOOD))  # type: ignore[arg-type]
    assert column(read, "declaration", "declaration_no")[-1] == "C1/9"
    assert column(read, "declaration", "position")[-1] == 2
    assert [(one.code, one.position) for one in read.set_aside] == [(code, 1)] * bool(code)
    assert all(one.reason.startswith(reason) for one in read.set_aside)


def test_nesting_below_the_limit_is_an_unknown_key(tmp_path: Path) -> None:
    read = read_json(tmp_path, consignment(house("1", extra=nested(MAX_NESTING))))
    assert ([one.code for one in read.problems], read.set_aside) == (["RDG002"], [])


CONSIGNMENTS: list[tuple[object, str, str]] = [
    (5, "RDG011", "an object with houses is expected"),
    ([], "RDG011", "an object with houses is expected"),
    ({}, "SP-1102", "its format is 'None', not 'silkport-consignment-1'"),
    (consignment(GOOD) | {"format": f"{FORMAT}1"}, "SP-1102", "its format is"),
    (consignment(GOOD) | {"format": ["x"]}, "SP-1102", "its format is"),
    (consignment(), "RDG011", "houses: a list of houses is expected"),
    (consignment(GOOD) | {"houses": {"1": GOOD}}, "RDG011", "houses: a list of houses is expected"),
    (consignment(*[5] * (MAX_HOUSES + 1)), "SP-1103", "10001 houses"),  # type: ignore[list-item]
    (consignment(GOOD, extra=nested(MAX_NESTING + 1)), "SP-1103", "extra: objects and lists"),
]


@pytest.mark.parametrize(("bad", "code", "reason"), CONSIGNMENTS)
def test_one_bad_consignment_does_not_lose_the_others(
    tmp_path: Path, bad: object, code: str, reason: str
) -> None:
    read = read_json(tmp_path, [consignment(GOOD), bad, consignment(GOOD, consignment_no="C3")])
    assert rows(read, "declaration", "declaration_no", "position") == [("C1/9", 1), ("C3/9", 3)]
    (aside,) = read.set_aside
    assert (aside.code, aside.position) == (code, 2)
    assert reason in aside.reason


# JSON: text that is damaged.

ONE = json.dumps(consignment(GOOD))
TWO = json.dumps(consignment(GOOD, consignment_no="C2"))
PRETTY = json.dumps(consignment(GOOD), indent=1)

TEXTS = [
    (ONE[:-20], [], "line 1, character 110: the text ends within it"),
    (PRETTY[: PRETTY.index("houses")], [], "line 4, character 2: the text ends within it"),
    (f"[{ONE}, {TWO[:-9]}", ["C1/9"], "the text ends within it"),
    (f"[{ONE}, {TWO}", ["C1/9", "C2/9"], "the text ends within it; nothing from there on"),
    (f"[{ONE}, {TWO}] [1]", ["C1/9", "C2/9"], "Something follows the list"),
    (f"[{ONE} {TWO}]", ["C1/9"], "Expecting ',' or ']'"),
    (f"[{ONE},]", ["C1/9"], "line 1, character"),
    (f"{ONE}\n{TWO[:-5]}\n{TWO}\n{TWO}", ["C1/9", "C2/9", "C2/9"], "line 2, character"),
    (f"{ONE}\n{DEEP}\n{TWO}", ["C1/9", "C2/9"], "deeper than 64"),
    (f"{ONE}\n{TWO}\nnonsense", ["C1/9", "C2/9"], "line 3, character 1: Expecting value"),
    (f"{PRETTY}\n{{]", ["C1/9"], "line 16, character 2"),
    (ONE.replace('"gnum": 1', f'"gnum": {DEEP}'), [], "deeper than 64"),
    (ONE.replace('"total": "1"', '"total": .5'), [], "line 1, character"),
    (ONE.replace('"C1"', "'C1'"), [], "Expecting value"),
    (ONE.replace('"C1"', '"C\n1"'), [], "Invalid control character"),
]


@pytest.mark.parametrize(("text", "numbers", "reason"), TEXTS)
def test_damaged_text(tmp_path: Path, text: str, numbers: list[str], reason: str) -> None:
    read = read_json(tmp_path, text)
    found = column(read, "declaration", "declaration_no") if read.tables else []
    assert found == numbers
    (aside,) = read.set_aside
    assert reason in aside.reason
    assert (aside.code in {"RDG011", "SP-1103"}, read.problems) == (True, [])


@pytest.mark.parametrize(
    ("data", "code", "reason"),
    [
        (b"", "SP-1101", "it is empty"),
        (b" \n\t ", "SP-1101", "its content is none of them"),
        (b"[]", "RDG011", "the list is empty"),
        (b"[ ]\n", "RDG011", "the list is empty"),
        (ONE.encode("utf-32"), "SP-1101", "it is UTF-32"),
        (b'{"format": "silkport-consignment-1", "vehicle": "\xff\xfe\xfd\x81"' * 9, "SP-1101", ""),
    ],
)
def test_files_without_anything_to_read(
    tmp_path: Path, data: bytes, code: str, reason: str
) -> None:
    path = tmp_path / "c.json"
    path.write_bytes(data)
    read = read_all(path)
    (aside,) = read.set_aside
    assert (aside.code, read.tables) == (code, {})
    assert reason in aside.reason


def test_a_house_with_damaged_bytes(tmp_path: Path) -> None:
    text = json.dumps(
        consignment(house("1", "1", vehicle="мир" * 9), house("2", "1", vehicle="?")),
        ensure_ascii=False,
    )
    path = tmp_path / "c.json"
    path.write_bytes(text.encode().replace(b'"?"', b'"\xff"'))
    read = read_all(path)
    assert column(read, "declaration", "house_no") == ["1"]
    (aside,) = read.set_aside
    assert (aside.code, aside.position) == ("RDG011", 2)
    assert aside.reason == "houses[2]: it has bytes that are not UTF-8"


def test_a_file_beyond_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consignments, "MAX_CONSIGNMENT_BYTES", 50)
    read = read_json(tmp_path, consignment(GOOD))
    assert [(one.code, one.position) for one in read.set_aside] == [("SP-1103", 0)]


def test_many_unknown_keys_are_told_in_bounded_time(tmp_path: Path) -> None:
    read = read_json(
        tmp_path, consignment(*(house(str(n), **{f"k{n}": 1}) for n in range(MAX_HOUSES)))
    )
    assert (read.rows, len(read.problems)) == (MAX_HOUSES, MAX_HOUSES)


@pytest.mark.parametrize("form", ["json", "lines", "csv", "ndjson"])
def test_damaged_files(tmp_path: Path, form: str) -> None:
    found = read_json(tmp_path, [json.loads(ONE), json.loads(TWO)])
    written = {
        "json": PRETTY,
        "lines": f"{ONE}\n{TWO}\n",
        "csv": declared_to_outside(found.tables).write_csv(),
        "ndjson": declared_to_outside(found.tables).write_ndjson(),
    }
    rng = random.Random(form)
    for case in range(CASES):
        path = tmp_path / f"case{case}.{form if form in {'csv', 'ndjson'} else 'json'}"
        path.write_bytes(damaged(written[form].encode(), rng))
        read = read_all(path)
        assert read.rows or read.problems or read.set_aside or is_blank(path.read_bytes())
        assert bool(read.rows) == bool(read.tables)
