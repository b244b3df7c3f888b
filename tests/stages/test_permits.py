"""Permits of goods lines: what is needed, stated, stated without a number; against a plain loop."""

from __future__ import annotations

import random
import re
from datetime import date
from typing import Any

import polars as pl
import pytest

from silkport.kernel.periods import day_number, day_of
from silkport.law.permits import Permit, permits_for
from silkport.stages import check
from tests.stages.frames import SEEDS

DAY = date(2026, 8, 3)
NOTHING = frozenset({"none", "无", "/"})
COLUMNS = ("permits_needed", "permits_missing", "permits_unnumbered")

Row = dict[str, Any]
Told = tuple[int, str, str]


def a_permit(hs: str, kind: str, name: str, **cells: Any) -> Permit:
    return Permit(hs=hs, kind=kind, name=name, source="this test", start=date(2026, 1, 1), **cells)


LICENCE = a_permit("0203", "01011", "licence", direction="import")
QUOTA = a_permit("0203", "01011", "quota", procedure="40", origin="CN")
HEALTH = a_permit("02", "V01", "health certificate")
SAME_HEALTH = a_permit("020312", "V01", "health certificate")
WEAPON = a_permit("9303", "01021", "conclusion", stop=date(2026, 8, 3))
PERMITS = (LICENCE, QUOTA, HEALTH, SAME_HEALTH, WEAPON)


def a_line(**cells: Any) -> Row:
    lawful = {"doc": 1, "hs_code": "0203120000", "origin": "CN", "decl_day": day_number(DAY)}
    return lawful | {"documents": "", "house_documents": ""} | cells


def a_house(**cells: Any) -> Row:
    return {"doc": 1, "direction": "import", "procedure": "40"} | cells


def told(lines: list[Row], houses: list[Row], permits: tuple[Permit, ...] = PERMITS) -> list[Told]:
    frame = pl.DataFrame(lines, schema_overrides={"doc": pl.Int64, "decl_day": pl.Int64})
    found = check.with_missing_permits(frame, pl.DataFrame(houses), permits, NOTHING)
    assert found.drop(COLUMNS).equals(frame)
    assert found.select(COLUMNS).dtypes == [pl.Int64, pl.String, pl.String]
    assert found.select(COLUMNS).null_count().row(0) == (0, 0, 0)
    return found.select(COLUMNS).rows()


BOTH = "01011 licence; 01011 quota"
ALL = f"{BOTH}; V01 health certificate"


@pytest.mark.parametrize(
    ("line", "house", "want"),
    [
        ({}, {}, (3, ALL, "")),
        ({"hs_code": "0201300000"}, {}, (1, "V01 health certificate", "")),
        ({"hs_code": "8517620000"}, {}, (0, "", "")),
        ({"hs_code": "02"}, {}, (1, "V01 health certificate", "")),
        ({"hs_code": ""}, {}, (0, "", "")),
        ({"hs_code": "0203"}, {}, (3, ALL, "")),
        ({"origin": "KZ"}, {}, (2, "01011 licence; V01 health certificate", "")),
        ({"origin": ""}, {}, (3, ALL, "")),
        ({}, {"procedure": "53"}, (2, "01011 licence; V01 health certificate", "")),
        ({}, {"procedure": ""}, (3, ALL, "")),
        ({}, {"direction": "export"}, (2, "01011 quota; V01 health certificate", "")),
        ({"decl_day": day_number(date(2025, 12, 31))}, {}, (0, "", "")),
        ({"decl_day": -1}, {}, (0, "", "")),
        ({"hs_code": "9303100000"}, {}, (0, "", "")),
        ({"hs_code": "93031000", "decl_day": day_number(DAY) - 1}, {}, (1, "01021 conclusion", "")),
        # one document of a kind answers for every permit of the kind
        ({"documents": "01011 KZ-7"}, {}, (3, "V01 health certificate", "")),
        # three documents, on the line and on the house
        ({"documents": "04021 INV-1; V01 12"}, {}, (3, BOTH, "")),
        ({"documents": "01011 KZ-7; 04021 INV-1; V01 12"}, {}, (3, "", "")),
        ({"documents": "01011 KZ-7", "house_documents": "04021 A; V01 12"}, {}, (3, "", "")),
        ({"house_documents": "01011 7;V01  12 of 3 August ; 02015 C"}, {}, (3, "", "")),
        # the number is missing or none, the kind another
        ({"documents": "01011; V01 12"}, {}, (3, BOTH, BOTH)),
        ({"documents": "01011 ; V01"}, {}, (3, ALL, ALL)),
        ({"documents": "01011 —; V01 12"}, {}, (3, BOTH, BOTH)),
        ({"documents": "01011 none; V01 无"}, {}, (3, ALL, ALL)),
        ({"documents": "01011 none; V01 12", "house_documents": "01011 7"}, {}, (3, "", "")),
        ({"documents": "v01 12"}, {}, (3, ALL, "")),
        ({"documents": "V010 12; 1011 5"}, {}, (3, ALL, "")),
        ({"documents": "licence 01011 KZ-7"}, {}, (3, ALL, "")),
        ({"documents": "; ;;"}, {}, (3, ALL, "")),
    ],
)  # fmt: skip
def test_one_line(line: Row, house: Row, want: Told) -> None:
    assert told([a_line(**line)], [a_house(**house)]) == [want]


def test_lines_keep_their_order_and_their_own_documents() -> None:
    lines = [
        a_line(documents="V01 1"),
        a_line(hs_code="6109100000"),
        a_line(doc=2),
        a_line(documents="01011 7"),
        a_line(documents="V01 1"),
    ]
    found = told(lines, [a_house(), a_house(doc=2, direction="export", procedure="10")])
    assert found == [
        (3, BOTH, ""),
        (0, "", ""),
        (1, "V01 health certificate", ""),
        (3, "V01 health certificate", ""),
        (3, BOTH, ""),
    ]


def test_without_lines_and_without_permits() -> None:
    assert told([a_line()], [a_house()], ()) == [(0, "", "")]
    lines = pl.DataFrame([a_line()]).clear()
    for permits in (PERMITS, ()):
        assert check.with_missing_permits(lines, pl.DataFrame([a_house()]), permits).is_empty()


def oracle(line: Row, house: Row, permits: tuple[Permit, ...]) -> Told:
    """What one line needs and states, one document after the other."""
    needed = permits_for(
        permits,
        hs=line["hs_code"],
        direction=house["direction"],
        procedure=house["procedure"],
        origin=line["origin"],
        day=day_of(line["decl_day"]),
    )
    stated: dict[str, bool] = {}
    for paper in f"{line['documents']};{line['house_documents']}".split(";"):
        kind, _, number = paper.strip().partition(" ")
        is_number = bool(re.search(r"\w", number)) and number.strip() not in NOTHING
        stated[kind] = stated.get(kind, False) or is_number
    kinds = {(permit.label, permit.kind) for permit in needed}
    missing = sorted(label for label, kind in kinds if not stated.get(kind))
    unnumbered = [
        label for label in missing if any(label == one and kind in stated for one, kind in kinds)
    ]
    return len(kinds), "; ".join(missing), "; ".join(unnumbered)


def drawn_permits(source: random.Random) -> tuple[Permit, ...]:
    return tuple(
        Permit(
            hs=source.choice(("1", "12", "123", "1234567890", "2")),
            kind=source.choice("ABC"),
            name=source.choice(("one", "two")),
            direction=source.choice(("", "import", "export")),
            procedure=source.choice(("", "40", "10")),
            origin=source.choice(("", "", "CN")),
            start=day_of(source.randint(0, 9)),
            stop=source.choice((date.max, day_of(source.randint(10, 19)))),
            source="this test",
        )
        for _ in range(source.randint(0, 12))
    )


def drawn_papers(source: random.Random) -> str:
    numbers = ("", " ", " 1", " none", " none 1", " /", " 7/8", " -", " №")
    papers = [source.choice("ABCD") + source.choice(numbers) for _ in range(source.randint(0, 3))]
    return source.choice((";", "; ", " ; ")).join(papers)


@pytest.mark.parametrize("seed", SEEDS)
def test_against_one_line_after_the_other(seed: int) -> None:
    source = random.Random(seed)
    permits = drawn_permits(source)
    houses = [
        a_house(
            doc=doc,
            direction=source.choice(("import", "export", "transit")),
            procedure=source.choice(("40", "10", "")),
        )
        for doc in range(5)
    ]
    lines = [
        a_line(
            doc=source.randrange(5),
            hs_code=source.choice(("1", "12", "1230000000", "1234567890", "2", "3", "")),
            origin=source.choice(("CN", "KZ", "")),
            decl_day=source.randint(0, 25),
            documents=drawn_papers(source),
            house_documents=drawn_papers(source),
        )
        for _ in range(150)
    ]
    assert told(lines, houses, permits) == [
        oracle(line, houses[line["doc"]], permits) for line in lines
    ]
