"""The table of permits: read whole or refused with every wrong row; what goods of a day need."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from silkport.kernel.errors import LimitExceeded, PermitsRefused
from silkport.kernel.limits import MAX_TARIFF_BYTES
from silkport.law.loading import load_law
from silkport.law.permits import (
    COLUMNS,
    Permit,
    permits_for,
    read_permits,
    write_permits,
)
from tests.law.test_countries import COUNTRIES, law_of, texts

HEADER = ",".join(COLUMNS)
DAY = date(2026, 8, 3)


def row(**cells: str) -> str:
    """A lawful row with some cells otherwise, quoted where they have commas."""
    lawful = {"hs": "0201", "kind": "01011", "name": "licence for beef", "start": "2026-01-01"}
    lawful |= {"source": "Act 1", "confidence": "cited"} | cells
    found = (lawful.get(column, "") for column in COLUMNS)
    return ",".join(f'"{text}"' if "," in text else text for text in found)


def table(*rows: str) -> str:
    return "\n".join((HEADER, *rows)) + "\n"


def refusal(*rows: str) -> str:
    with pytest.raises(PermitsRefused) as refused:
        read_permits(table(*rows), "list.csv")
    return str(refused.value)


def test_a_row_in_full() -> None:
    cells = {"direction": "import", "procedure": "40", "origin": "CN", "stop": "2027-01-01"}
    (permit,) = read_permits(table(row(**cells)), "list.csv")
    assert permit == Permit(
        hs="0201",
        kind="01011",
        name="licence for beef",
        direction="import",
        procedure="40",
        origin="CN",
        start=date(2026, 1, 1),
        stop=date(2027, 1, 1),
        source="Act 1",
    )
    assert permit.label == "01011 licence for beef"


def test_the_operator_may_name_the_act_for_rows_that_do_not() -> None:
    (permit,) = read_permits(table(row(source="")), "x", source="Act 2")
    assert permit.source == "Act 2"


WRONG = [
    ({"hs": ""}, "row 2, hs: '' is no commodity code; write 2, 4, 6, 8, 9 or 10 digits"),
    ({"hs": "020"}, "'020' is no commodity code"),
    ({"hs": "0201 10"}, "'0201 10' is no commodity code"),
    ({"hs": "٠٢٠١"}, "is no commodity code"),
    ({"kind": ""}, "row 2, kind: '' is no kind; write the code of its kind, such as 01011"),
    ({"kind": "01011 A"}, "'01011 A' is no kind"),
    ({"kind": "010111"}, "'010111' is no kind"),
    ({"name": ""}, "row 2, name: '' names no permit"),
    ({"name": "a; b"}, "'a; b' names no permit; write at most 120 characters without ';'"),
    ({"name": "x" * 121}, "names no permit"),
    ({"direction": "in"}, "row 2, direction: 'in' is no direction; write import or export, or"),
    ({"direction": "transit"}, "'transit' is no direction"),
    ({"procedure": "IM40"}, "row 2, procedure: 'IM40' is no procedure; write its digits"),
    ({"origin": "China"}, "row 2, origin: 'China' is no origin; write two capital letters"),
    ({"start": ""}, "row 2, start: it has no first day"),
    ({"start": "01.01.2026"}, "'01.01.2026' is no day"),
    ({"stop": "2026-02-30"}, "row 2, stop: '2026-02-30' is no day"),
    ({"stop": "2026-01-01"}, "row 2, stop: 2026-01-01 is not after the start 2026-01-01"),
    ({"source": ""}, "row 2, source: it has no source; name the act, or give --source"),
    ({"confidence": ""}, "row 2, confidence: '' is no confidence"),
    ({"name": "a\x00b"}, "U+0000"),
]


@pytest.mark.parametrize(("cells", "said"), WRONG)
def test_a_wrong_cell_is_named_with_its_row_and_fix(cells: dict[str, str], said: str) -> None:
    text = refusal(row(**cells))
    assert said in text
    assert text.startswith("SP-2115 list.csv is refused as a whole: 1 row is wrong")


def test_every_wrong_row_is_named_and_the_rest_counted() -> None:
    text = refusal(*(row(hs="1" * (3 + 2 * (n % 2))) for n in range(50)), row())
    assert "50 rows are wrong" in text
    assert "row 21, hs" in text
    assert "row 22" not in text
    assert "and 30 more" in text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "it is empty"),
        (HEADER + "\n", "it holds no permit"),
        (table(row())[:-20], "is the file cut"),
        (table(row()).rstrip(), "has no line end"),
        (table(row()).replace("hs,", "code,"), "its header lacks 'hs'"),
        (HEADER.replace("origin,", "") + "\n", "its header lacks 'origin'"),
    ],
)
def test_a_broken_file_is_refused(text: str, said: str) -> None:
    with pytest.raises(PermitsRefused, match=said):
        read_permits(text, "list.csv")


def test_a_file_without_end_is_refused() -> None:
    with pytest.raises(LimitExceeded):
        read_permits("x" * (MAX_TARIFF_BYTES + 1), "list.csv")


@pytest.mark.parametrize(
    ("first", "second", "clash"),
    [
        ({}, {}, True),
        ({}, {"start": "2026-05-01"}, True),
        ({"stop": "2026-05-01"}, {"start": "2026-05-01"}, False),
        ({"stop": "2026-05-02"}, {"start": "2026-05-01"}, True),
        ({}, {"name": "quota for beef"}, False),
        ({}, {"kind": "01017"}, False),
        ({}, {"hs": "020110"}, False),
        ({}, {"direction": "import"}, False),
        ({}, {"procedure": "40"}, False),
        ({}, {"origin": "CN"}, False),
    ],
)
def test_one_permit_stands_once_on_a_day(
    first: dict[str, str], second: dict[str, str], clash: bool
) -> None:
    rows = (row(**second), row(**first))
    if clash:
        assert "is needed on" in refusal(*rows)
    else:
        assert len(read_permits(table(*rows), "x")) == 2


def test_a_long_period_clashes_with_each_one_within_it() -> None:
    inside = [row(start=f"2026-0{month}-01", stop=f"2026-0{month}-09") for month in (3, 5)]
    text = refusal(row(), *inside)
    assert "row 3, start: 0201 01011 licence for beef is needed on 2026-03-01 by row 2" in text
    assert "row 4, start: 0201 01011 licence for beef is needed on 2026-05-01 by row 2" in text


PERMITS = read_permits(
    table(
        row(hs="02", kind="01171", name="veterinary certificate"),
        row(hs="0201", direction="import"),
        row(hs="0201", name="quota", direction="import", procedure="40", start="2026-08-03"),
        row(hs="0201101000", name="extract", origin="CN", stop="2026-08-03"),
        row(hs="29", kind="01017", name="observation", direction="export"),
    ),
    "list.csv",
)


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({"hs": "0201300000"}, ["licence for beef", "quota", "veterinary certificate"]),
        ({"hs": "0201300000", "procedure": "53"}, ["licence for beef", "veterinary certificate"]),
        ({"hs": "0201300000", "direction": "export"}, ["veterinary certificate"]),
        ({"hs": "0201300000", "direction": "transit"}, ["veterinary certificate"]),
        ({"hs": "0201101000", "day": DAY}, ["licence for beef", "quota", "veterinary certificate"]),
        (
            {"hs": "0201101000", "day": DAY - timedelta(1)},
            ["extract", "licence for beef", "veterinary certificate"],
        ),
        (
            {"hs": "0201101000", "day": DAY - timedelta(1), "origin": "KZ"},
            ["licence for beef", "veterinary certificate"],
        ),
        ({"hs": "0201300000", "day": date(2025, 12, 31)}, []),
        ({"hs": "020", "procedure": "53"}, ["veterinary certificate"]),
        ({"hs": "2903710000"}, []),
        ({"hs": "2903710000", "direction": ""}, ["observation"]),
        ({"hs": ""}, []),
    ],
)
def test_what_goods_of_a_day_need(asked: dict[str, object], names: list[str]) -> None:
    told: dict[str, object] = {"direction": "import", "day": DAY} | asked
    assert [one.name for one in permits_for(PERMITS, **told)] == names  # type: ignore[arg-type]


days = st.dates(date(2020, 1, 1), date(2030, 1, 1))
drawn = st.builds(
    Permit,
    hs=st.sampled_from(["02", "0201", "020110", "2934109011"]),
    kind=st.sampled_from(["01011", "7", "V01"]),
    name=st.sampled_from(["licence", 'of "goods", in bulk', "разрешение"]),
    direction=st.sampled_from(["", "import", "export"]),
    procedure=st.sampled_from(["", "40", "0110"]),
    origin=st.sampled_from(["", "CN"]),
    start=days,
    stop=st.one_of(st.just(date.max), days.map(lambda day: day + timedelta(4_000))),
    source=st.sampled_from(["Act 1", "Act 2, art. 3"]),
    confidence=st.sampled_from(["cited", "unverified"]),
)


@given(st.lists(drawn, min_size=1, unique_by=lambda permit: permit.subject))
def test_what_is_written_is_read_again(permits: list[Permit]) -> None:
    text = write_permits(permits)
    again = read_permits(text, "list.csv")
    assert set(again) == set(permits)
    assert write_permits(again) == text


@pytest.mark.parametrize("country", COUNTRIES)
def test_every_permit_has_a_source_and_says_how_sure_it_is(country: str) -> None:
    permits = law_of(country).permits
    assert permits
    for permit in permits:
        if country == "zz":
            assert "(invented)" in permit.source
        else:
            assert permit.confidence == "unverified", "nobody read it in the act itself"
    assert len({permit.label for permit in permits}) > 3


def test_an_administration_without_permits_and_one_with_a_wrong_list() -> None:
    files = dict(texts("zz"))
    held = load_law("zz", files)
    files["permits.csv"] = files["permits.csv"].replace("V01,", "V1 1,")
    with pytest.raises(PermitsRefused, match="zz/permits"):
        load_law("zz", files)
    del files["permits.csv"]
    without = load_law("zz", files)
    assert without.permits == ()
    assert without.digest != held.digest
