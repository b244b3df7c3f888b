"""Deadlines: the shipped ones, their cases, and what cannot be one.

Cases are TOML tables beside the law, `[[due]]`: name, deadline, at and want by the clocks of the
administration (of a pair: of the side that must act), known (true when left out), then (optional).
"""

from __future__ import annotations

import tomllib
from datetime import date
from typing import Any

import pytest

from silkport.kernel.errors import MalformedLaw, OverlappingDates, ParamNotInForce
from silkport.kernel.periods import Period, day_number
from silkport.law.calendar import MOST_DAYS, MOST_MINUTES, Due, WorkingTime, joint
from silkport.law.deadlines import UNITS, Deadline, Deadlines, Term
from silkport.law.time_loading import read_deadlines
from tests.law.times import FOLDER, local, shipped, texts, utc

OWN = {
    *("registration", "release", "documents", "examination", "expertise"),
    *("presentation", "conditional", "withdrawal", "arrival_notice"),
}
"""What every administration must say."""

Case = dict[str, Any]


def cases(folder: str) -> list[Any]:
    paths = sorted((FOLDER / folder / "cases").glob("deadlines*.toml"))
    found = [case for path in paths for case in tomllib.loads(path.read_text("utf-8"))["due"]]
    assert found
    return [pytest.param(folder, case, id=f"{folder}: {case['name']}") for case in found]


def calendar_of(folder: str, case: Case) -> WorkingTime:
    if "_" not in folder:
        return shipped(folder)
    (other,) = set(folder.split("_")) - {case["answers"]}
    return joint(shipped(case["answers"]), shipped(other))


@pytest.mark.parametrize(("folder", "case"), [*cases("cn"), *cases("kz"), *cases("zz")])
def test_case(folder: str, case: Case) -> None:
    check(folder, case)


@pytest.mark.parametrize(("folder", "case"), cases("cn_kz"))
def test_case_of_a_pair(folder: str, case: Case) -> None:
    check(folder, case)


def check(folder: str, case: Case) -> None:
    calendar = calendar_of(folder, case)
    deadlines = read_deadlines(folder, texts(folder))
    term = deadlines.due(case["deadline"], local(case["at"], calendar.time), calendar)
    want = Due(local(case["want"], calendar.time), case.get("known", True))
    assert Due(term.at, term.known) == want
    assert term.then == case.get("then", f"{case['deadline']}_overdue")


@pytest.mark.parametrize("folder", ["cn", "kz", "zz", "cn_kz"])
def test_every_name_that_is_asked_for_is_there(folder: str) -> None:
    deadlines = read_deadlines(folder, texts(folder))
    wanted = {"mirror_answer"} if "_" in folder else OWN
    assert wanted <= set(deadlines.names)
    day = day_number(date(2026, 11, 22))
    for name in deadlines.names:
        one = deadlines.at(name, day)
        assert one.source
        assert one.then == f"{name}_overdue"
        if folder == "zz":
            assert "(invented)" in one.source
        if "placeholder" in one.source or one.source.startswith("from memory"):
            assert one.confidence == "unverified", name


def a_deadline(**changed: Any) -> Deadline:
    stated = {
        "name": "release",
        "value": 4,
        "unit": "days",
        "then": "release_overdue",
        "period": Period(date(2024, 1, 1)),
        "source": "test",
    }
    return Deadline(**(stated | changed))


def test_the_day_on_which_a_term_begins_decides() -> None:
    change = date(2026, 5, 6)
    deadlines = Deadlines(
        "kz",
        (
            a_deadline(value=1, period=Period(date(2024, 1, 1), change)),
            a_deadline(value=2, period=Period(change)),
        ),
    )
    kz = shipped("kz")
    for at, value in (("2026-05-05 23:59", 1), ("2026-05-06 00:00", 2)):
        term = deadlines.due("release", local(at, kz.time), kz)
        assert (term.deadline.value, term.then) == (value, "release_overdue")
        assert term == Term(kz.after_days(local(at, kz.time), value).at, True, term.deadline)


@pytest.mark.parametrize(("name", "at"), [("release", "2023-12-31"), ("unheard_of", "2026-05-06")])
def test_no_deadline_in_force_is_an_error(name: str, at: str) -> None:
    deadlines = Deadlines("kz", (a_deadline(),))
    with pytest.raises(ParamNotInForce, match=rf"kz\.deadline\.{name} .*{at}"):
        deadlines.due(name, utc(f"{at}T06:00"), shipped("kz"))


def test_every_unit_counts() -> None:
    kz = shipped("kz")
    at = local("2026-05-06 17:00", kz.time)
    found = {
        unit: Deadlines("kz", (a_deadline(unit=unit, value=120),)).due("release", at, kz).at
        for unit in UNITS
    }
    clock = {unit: moment for unit, moment in found.items() if "minutes" in unit}
    assert clock == {
        "minutes": local("2026-05-06 19:00", kz.time),
        "minutes_from_opening": local("2026-05-06 19:00", kz.time),
        "working_minutes": local("2026-05-08 09:30", kz.time),
        "working_minutes_anew": local("2026-05-08 11:00", kz.time),
    }
    assert found["days"] == local("2026-09-03 24:00", kz.time)
    assert found["days_to_working_day"] == found["days"]
    assert found["end_of_working_day"] == local("2026-10-28 18:30", kz.time)


@pytest.mark.parametrize(
    "changed",
    [
        {"value": 0},
        {"value": -1},
        {"value": MOST_DAYS + 1},
        {"unit": "minutes", "value": MOST_MINUTES + 1},
        {"unit": "hours"},
        {"unit": ""},
        {"then": ""},
        {"then": "Release overdue"},
        {"name": "release-goods"},
    ],
)
def test_what_cannot_be_a_deadline(changed: dict[str, Any]) -> None:
    with pytest.raises(MalformedLaw):
        a_deadline(**changed)


def test_two_deadlines_on_one_day() -> None:
    with pytest.raises(OverlappingDates, match=r"kz\.deadline\.release"):
        Deadlines("kz", (a_deadline(), a_deadline(period=Period(date(2026, 1, 1)))))
