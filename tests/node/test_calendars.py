"""Timetables as the node reads them: whole, from the home, and what is refused."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from silkport.kernel.errors import (
    LawError,
    MalformedLaw,
    OverlappingDates,
    ParamNotInForce,
    RecordWithoutSource,
    UnknownAdministration,
)
from silkport.law.time_loading import CALENDAR, DAYS, DEADLINES, POSTS, minute_in
from silkport.node.law.books import administrations, country_files, law_folder
from silkport.node.law.calendars import (
    TIME_FILES,
    Timetable,
    pair_timetable,
    timetable,
    timetable_of_files,
)
from silkport.node.law.time_rows import (
    moment_row,
)
from tests.law.times import local, texts, utc

COUNTRIES = ("cn", "kz", "zz")

GOOD = {
    CALENDAR: """
[known]
start = 2024-01-01
stop = 2027-01-01
source = "Act, s. 1"

[[offset]]
minutes = 300
start = 2024-01-01
source = "Act, s. 2"

[[hours]]
workday = ["09:00-13:00", "14:00-18:00"]
friday = ["09:00-12:00"]
rest = ["saturday", "sunday"]
start = 2024-01-01
source = "Act, s. 3"
confidence = "unverified"

[names."Founding Day"]
ru = "День основания"
""",
    DAYS: """day,kind,name,source,confidence
2026-03-03,rest,Founding Day,"Act, s. 4",cited
2026-03-07,working,Founding Day,"Act, s. 4",unverified
""",
    POSTS: """post,name,opens,closes,weekdays,start,stop,source,confidence
gate,Gate,06:00,24:00,mon-fri,2024-01-01,,"Act, s. 5",cited
gate,Gate,08:00,12:00,sat sun,2024-01-01,,"Act, s. 5",cited
gate,Gate,,,,2026-03-03,2026-03-04,"Act, s. 6",cited
""",
    DEADLINES: """
[[deadline.release]]
value = 240
unit = "working_minutes"
then = "release_overdue"
start = 2024-01-01
source = "Act, s. 7"
""",
}


def changed(name: str, before: str, after: str) -> dict[str, str]:
    assert GOOD[name].count(before) >= 1, before
    return GOOD | {name: GOOD[name].replace(before, after, 1)}


def good() -> Timetable:
    return timetable_of_files("xx", GOOD)


def test_a_good_folder() -> None:
    found = good()
    calendar = found.calendar
    friday, saturday = date(2026, 3, 6), date(2026, 3, 7)
    assert [calendar.is_working_day(d) for d in (date(2026, 3, 3), friday, saturday)] == [
        False,
        True,
        True,
    ]
    at = utc("2026-03-06T04:00")  # 09:00 on a Friday
    term = found.deadlines.due("release", at, calendar)
    assert moment_row(term.at, calendar.time)["local"] == "2026-03-07 10:00"
    gate = found.posts["gate"]
    assert gate.next_opening(utc("2026-03-02T19:00")) == utc("2026-03-04T01:00")
    assert gate.is_open(utc("2026-03-07T03:30"))
    assert found.names == {"Founding Day": {"ru": "День основания"}}
    assert (found.known_source, len(found.digest)) == ("Act, s. 1", 64)


def test_the_digest_names_the_edition() -> None:
    other = timetable_of_files("xx", changed(DAYS, "2026-03-03", "2026-03-04"))
    assert other.digest != good().digest == good().digest


def test_what_is_left_out_is_not_known() -> None:
    found = timetable_of_files("xx", {CALENDAR: GOOD[CALENDAR]})
    assert (found.posts, found.deadlines.names, found.calendar.days) == ({}, [], ())
    with pytest.raises(MalformedLaw, match=r"no calendar\.toml"):
        timetable_of_files("xx", {DAYS: GOOD[DAYS]})


BAD_CALENDAR = [
    ('source = "Act, s. 1"\n', "", RecordWithoutSource, "known"),
    ('source = "Act, s. 2"\n', "", RecordWithoutSource, "offset 1"),
    ('source = "Act, s. 3"\n', "", RecordWithoutSource, "hours 1"),
    ('source = "Act, s. 3"\n', 'source = "  "\n', RecordWithoutSource, "hours 1"),
    ("stop = 2027-01-01\n", "", MalformedLaw, "no stop"),
    ("stop = 2027-01-01", "stop = 2023-01-01", MalformedLaw, "not after its start"),
    ("stop = 2027-01-01", 'stop = "2027-01-01"', MalformedLaw, "without quotes"),
    ("stop = 2027-01-01", "stop = 2027-01-01T00:00:00", MalformedLaw, "is no day"),
    ("[known]", "[knwon]", MalformedLaw, "knwon"),
    ("minutes = 300", "minutes = 5.5", MalformedLaw, "no whole minutes"),
    ("minutes = 300", "minutes = true", MalformedLaw, "no whole minutes"),
    ("minutes = 300", "minutes = 3000", MalformedLaw, "more than"),
    ("minutes = 300", "hours = 5", MalformedLaw, "'hours'"),
    ('"09:00-13:00"', '"9-13"', MalformedLaw, "are no hours"),
    ('"09:00-13:00"', '"13:00-09:00"', MalformedLaw, "no stretches"),
    ('"09:00-13:00"', '"09:00-14:30"', MalformedLaw, "no stretches"),
    ('"09:00-13:00"', '"09:00-24:01"', MalformedLaw, "are no hours"),
    ('["09:00-13:00", "14:00-18:00"]', '"09:00-18:00"', MalformedLaw, "are no hours"),
    ('["09:00-13:00", "14:00-18:00"]', "[]", MalformedLaw, "are no hours"),
    ('workday = ["09:00-13:00", "14:00-18:00"]', "", MalformedLaw, "are no hours"),
    ('"saturday", "sunday"', '"saturday", "Sunday"', MalformedLaw, "no list of weekdays"),
    ('"saturday", "sunday"', '"friday"', MalformedLaw, "friday has hours"),
    (
        '"saturday", "sunday"',
        '"monday","tuesday","wednesday","thursday","saturday","sunday"',
        None,
        "",
    ),
    ('friday = ["09:00-12:00"]', "frday = 1", MalformedLaw, "frday"),
    ('confidence = "unverified"', 'confidence = "sure"', MalformedLaw, "no confidence"),
    ("[[hours]]", "[hours]", MalformedLaw, "no list of records"),
    ("[[offset]]", "[offset]", MalformedLaw, "no list of records"),
    ('[names."Founding Day"]\nru = "День основания"', "names = 1", MalformedLaw, "names"),
    ("[known]", "[known", MalformedLaw, CALENDAR),
]


@pytest.mark.parametrize(("before", "after", "error", "said"), BAD_CALENDAR)
def test_bad_calendar(before: str, after: str, error: type[LawError] | None, said: str) -> None:
    files = changed(CALENDAR, before, after)
    if error is None:
        assert timetable_of_files("xx", files)
        return
    with pytest.raises(error, match=said) as raised:
        timetable_of_files("xx", files)
    assert "xx" in str(raised.value)


def test_everybody_rests_every_day() -> None:
    week = ", ".join(f'"{d}day"' for d in "mon tues wednes thurs satur sun fri".split())
    text = GOOD[CALENDAR].replace('friday = ["09:00-12:00"]\n', "")
    text = text.replace('rest = ["saturday", "sunday"]', f"rest = [{week}]")
    with pytest.raises(MalformedLaw, match="nobody works"):
        timetable_of_files("xx", GOOD | {CALENDAR: text})
    nothing = GOOD[CALENDAR].partition("[[hours]]")[0]
    with pytest.raises(MalformedLaw, match="nobody ever works"):
        timetable_of_files("xx", GOOD | {CALENDAR: nothing})


def test_overlapping_periods_are_refused() -> None:
    for name, part in (("offset", "[[offset]]"), ("hours", "[[hours]]")):
        block = part + GOOD[CALENDAR].split(part)[1].partition("\n\n")[0]
        twice = GOOD[CALENDAR] + "\n" + block.replace("2024-01-01", "2025-01-01")
        with pytest.raises(OverlappingDates, match=rf"xx\.{name}.*2025-01-01"):
            timetable_of_files("xx", GOOD | {CALENDAR: twice})
    deadlines = GOOD[DEADLINES] + GOOD[DEADLINES].replace("2024", "2026")
    with pytest.raises(OverlappingDates, match="release"):
        timetable_of_files("xx", GOOD | {DEADLINES: deadlines})
    days = GOOD[DAYS] + '2026-03-03,working,Founding Day,"Act, s. 4",cited\n'
    with pytest.raises(OverlappingDates, match="2026-03-03"):
        timetable_of_files("xx", GOOD | {DAYS: days})
    posts = GOOD[POSTS] + 'gate,Gate,00:00,05:00,sun,2026-01-01,,"Act, s. 5",cited\n'
    with pytest.raises(OverlappingDates, match="gate"):
        timetable_of_files("xx", GOOD | {POSTS: posts})


BAD_ROWS = [
    (DAYS, "2026-03-03,", "3 March,", "row 2, day"),
    (DAYS, "2026-03-03,", "9999-12-31,", "row 2, day"),
    (DAYS, "rest", "holiday", "row 2, kind"),
    (DAYS, "rest,Founding Day", "rest,", "row 2, name"),
    (DAYS, "unverified", "perhaps", "row 3, confidence"),
    (DAYS, "day,kind", "day,sort", "header"),
    (DAYS, ',"Act, s. 4",cited', "", "row 2"),
    (DAYS, "unverified\n", "unver", "row 3"),
    (POSTS, "gate,Gate,06", "Gate,Gate,06", "row 2, post"),
    (POSTS, "gate,Gate,08", "gate,The Gate,08", "row 3, name"),
    (POSTS, "06:00", "6", "row 2, opens"),
    (POSTS, "24:00", "25:00", "row 2, closes"),
    (POSTS, "06:00,24:00", "06:00,05:00", "row 2, closes"),
    (POSTS, "mon-fri", "weekdays", "row 2, weekdays"),
    (POSTS, "mon-fri", "", "row 2, weekdays"),
    (POSTS, "06:00,24:00,mon-fri", ",24:00,mon-fri", "row 2, opens"),
    (POSTS, "2026-03-04", "", "row 4, stop"),
    (POSTS, "2026-03-04", "2026-03-03", "row 4, stop"),
    (POSTS, "2024-01-01", "", "row 2, start"),
]


@pytest.mark.parametrize(("name", "before", "after", "said"), BAD_ROWS)
def test_bad_rows_are_named(name: str, before: str, after: str, said: str) -> None:
    with pytest.raises(MalformedLaw, match=said) as raised:
        timetable_of_files("xx", changed(name, before, after))
    assert f"xx/{name}" in str(raised.value)


@pytest.mark.parametrize(("name", "act"), [(DAYS, "Act, s. 4"), (POSTS, "Act, s. 6")])
def test_a_row_without_source_does_not_load(name: str, act: str) -> None:
    with pytest.raises(RecordWithoutSource, match=f"xx/{name} row"):
        timetable_of_files("xx", changed(name, act, ""))


def test_confidence_may_be_left_out() -> None:
    rows = [line.rpartition(",")[0] for line in GOOD[DAYS].splitlines()]
    found = timetable_of_files("xx", GOOD | {DAYS: "\n".join([*rows, ""])})
    assert {day.confidence for day in found.calendar.days} == {"cited"}


BAD_DEADLINES = [
    ("value = 240", "value = 240.0", MalformedLaw, "no whole number"),
    ("value = 240", 'value = "240"', MalformedLaw, "no whole number"),
    ("value = 240", "value = true", MalformedLaw, "no whole number"),
    ("value = 240", "value = 0", MalformedLaw, "not from 1"),
    ('"working_minutes"', '"hours"', MalformedLaw, "no unit"),
    ('then = "release_overdue"\n', "", MalformedLaw, "no name"),
    ('source = "Act, s. 7"\n', "", RecordWithoutSource, "release 1"),
    ("start = 2024-01-01\n", "", MalformedLaw, "is no day"),
    ("unit =", "units =", MalformedLaw, "units"),
    ("[[deadline.release]]", "[[deadlines.release]]", MalformedLaw, "deadlines"),
    ("[[deadline.release]]", "[deadline.release]", MalformedLaw, "no list"),
]


@pytest.mark.parametrize(("before", "after", "error", "said"), BAD_DEADLINES)
def test_bad_deadlines(before: str, after: str, error: type[LawError], said: str) -> None:
    with pytest.raises(error, match=said):
        timetable_of_files("xx", changed(DEADLINES, before, after))


@pytest.mark.parametrize(
    ("text", "minute"),
    [("00:00", 0), ("09:30", 570), ("24:00", 1440), ("24:01", -1), ("9:30", -1), ("09:60", -1)],
)
def test_minute_in(text: str, minute: int) -> None:
    if minute < 0:
        with pytest.raises(ValueError, match=text):
            minute_in(text)
    else:
        assert minute_in(text) == minute


# What is shipped.


def test_a_pair_is_no_administration() -> None:
    assert administrations() == list(COUNTRIES)
    with pytest.raises(UnknownAdministration):
        timetable("cn_kz")


@pytest.mark.parametrize("country", COUNTRIES)
def test_shipped(country: str) -> None:
    found = timetable(country)
    assert found is timetable(country), "read once"
    assert found.posts
    assert {day.name for day in found.calendar.days} == set(found.names)
    for texts_of_day in found.names.values():
        assert set(texts_of_day) == {"zh", "ru", "kk"}
    if country == "zz":
        records = (*found.calendar.days, *found.calendar.hours, *found.calendar.time.offsets)
        assert all("(invented)" in one.source for one in records)


@pytest.mark.parametrize("country", COUNTRIES)
def test_time_is_no_part_of_the_compiled_law(country: str) -> None:
    assert set(TIME_FILES) <= set(texts(country))
    assert set(country_files(country)).isdisjoint(TIME_FILES)


def test_the_home_goes_before_the_package(tmp_path: Path) -> None:
    assert timetable("zz", tmp_path) is timetable("zz")
    own = law_folder("zz", tmp_path)
    own.mkdir(parents=True)
    (own / DAYS).write_text("day,kind,name,source\n2026-05-06,rest,Flood,Notice\n", "utf-8")
    found = timetable("zz", tmp_path)
    assert [day.name for day in found.calendar.days] == ["Flood"]
    assert found.posts.keys() == timetable("zz").posts.keys()
    assert found is timetable("zz", tmp_path)
    (own / DAYS).write_text("day,kind,name,source\n2026-05-07,rest,Flood,Notice 2\n", "utf-8")
    assert timetable("zz", tmp_path).calendar.days[0].day == date(2026, 5, 7)
    (own / DAYS).write_text("day,kind,name\n", "utf-8")
    with pytest.raises(MalformedLaw, match="header"):
        timetable("zz", tmp_path)


def test_a_home_may_hold_the_deadlines_of_a_pair(tmp_path: Path) -> None:
    kz = timetable("kz").calendar
    at = local("2026-05-08 14:30", kz.time)
    pair = pair_timetable("kz", "zz", tmp_path)
    with pytest.raises(ParamNotInForce, match="kz_zz"):
        pair.deadlines.due("mirror_answer", at, pair.calendar)
    own = law_folder("kz_zz", tmp_path)
    own.mkdir(parents=True)
    text = GOOD[DEADLINES].replace("release", "mirror_answer")
    (own / DEADLINES).write_text(text, "utf-8")
    for ours, theirs in (("kz", "zz"), ("zz", "kz")):
        pair = pair_timetable(ours, theirs, tmp_path)
        assert pair.deadlines.due("mirror_answer", at, pair.calendar).deadline.value == 240
