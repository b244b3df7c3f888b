"""Working days and terms as the commands show them."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from silkport.law.calendar import joint
from silkport.law.time_loading import CALENDAR
from silkport.node.law.calendars import pair_timetable, timetable, timetable_of_files
from silkport.node.law.time_rows import (
    clock,
    day_rows,
    moment_of,
    moment_row,
    offset_text,
    term_row,
)
from tests.law.times import utc
from tests.node.test_calendars import changed, good


def test_rows_of_days() -> None:
    found = good()
    rows = day_rows(found.calendar, [found], date(2026, 3, 2), 7, "ru")
    assert [row["hours"] for row in rows][:3] == [
        ["09:00-13:00", "14:00-18:00"],
        [],
        ["09:00-13:00", "14:00-18:00"],
    ]
    assert [[why["name"] for why in row["why"]] for row in rows] == [
        [],
        ["День основания"],
        [],
        [],
        [],
        ["День основания"],
        ["weekly_rest"],
    ]
    assert [row["works"] for row in rows] == [True, False, True, True, True, True, False]
    assert rows[5]["why"][0]["confidence"] == "unverified"
    assert rows[0]["grounds"][0]["confidence"] == "unverified"
    assert not day_rows(found.calendar, [found], date(2027, 1, 1), 1, "en")[0]["known"]


def test_rows_of_both_sides_say_who_rests() -> None:
    sides = [timetable("kz"), timetable("cn")]
    rows = day_rows(pair_timetable("kz", "cn").calendar, sides, date(2026, 5, 8), 4, "en")
    assert [row["hours"] for row in rows] == [["10:30-13:00"], [], [], []]
    assert [[(one["side"], one["works"]) for one in row["why"]] for row in rows] == [
        [],
        [("kz", False), ("cn", True)],
        [("kz", False), ("cn", False)],
        [("kz", False)],
    ]


def test_both_work_and_never_at_once() -> None:
    early = timetable_of_files("xx", changed(CALENDAR, '"09:00-12:00"', '"00:00-01:00"'))
    late = good()
    pair = joint(early.calendar, late.calendar)
    (row,) = day_rows(pair, [early, late], date(2026, 5, 8), 1, "en")
    assert (row["works"], [one["name"] for one in row["why"]]) == (False, ["no_joint_time"])


def test_row_of_a_term() -> None:
    found = timetable("kz")
    time = found.calendar.time
    at = moment_of(datetime.fromisoformat("2026-05-08T17:30"), time)
    assert at == moment_of(datetime.fromisoformat("2026-05-08T12:30:00Z"), time)
    assert at == moment_of(datetime.fromisoformat("2026-05-08T20:30:00+08:00"), time)
    term = found.deadlines.due("presentation", at, found.calendar)
    row = term_row(term, at, found.calendar, [found])
    assert row["begins"] == {
        "ms": at,
        "utc": "2026-05-08T12:30:00Z",
        "local": "2026-05-08 17:30",
        "offset_minutes": 300,
    }
    assert row["over"]["local"] == "2026-06-08 24:00"
    assert row["over"]["utc"] == "2026-06-08T19:00:00Z"
    assert (row["then"], row["known"], row["confidence"]) == (
        "presentation_overdue",
        True,
        "unverified",
    )


def test_moments_around_the_change_of_clocks() -> None:
    time = timetable("kz").calendar.time
    closing = utc("2024-02-29T19:00")
    assert moment_row(closing, time)["local"] == "2024-03-01 00:00"
    assert moment_row(closing, time, ends=True)["local"] == "2024-02-29 24:00"
    assert clock(time, utc("2024-02-29T17:59")) == "23:59"
    assert clock(time, utc("2024-02-29T18:00")) == "23:00"


@pytest.mark.parametrize(
    ("minutes", "text"),
    [(300, "UTC+05:00"), (330, "UTC+05:30"), (-90, "UTC-01:30"), (0, "UTC+00:00")],
)
def test_offset_text(minutes: int, text: str) -> None:
    assert offset_text(minutes) == text
