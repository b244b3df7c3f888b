"""silkport law calendar: what it lists, what it marks, when a deadline is over."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from silkport.law.sentences import LANGUAGES
from silkport.law.time_loading import DEADLINES
from silkport.node.law.books import law_folder
from silkport.node.law.calendars import pair_timetable, timetable
from tests.cli.shell import run

KZ = ("law", "calendar", "--as", "kz")
DUE = (*KZ, "--due", "release", "--at")


def test_days_with_reasons_and_sources(home: Path) -> None:
    shown = run(*KZ, "--from", "2026-05-07", "--days", "5")
    assert shown.code == 0
    assert "2026-05-07  Thu  rest  Defender of the Fatherland Day  UTC+05:00" in shown.out
    assert "2026-05-08  Fri  09:00-13:00  14:30-18:30\n" in shown.out
    assert "2026-05-10  Sun  rest  weekly rest day" in shown.out
    assert "Legal hours: practice of state bodies" in shown.out
    assert "(unverified)" in shown.out
    assert "2027-01-01: " in shown.out
    found = run(*KZ, "--from", "2026-05-07", "--days", "5", "--json").json
    assert [row["works"] for row in found["days"]] == [False, True, False, False, False]
    assert found["sides"][0]["known_until"] == "2027-01-01"
    assert not home.exists()


def test_make_up_days_and_unverified_days(home: Path) -> None:
    shown = run("law", "calendar", "--as", "cn", "--from", "2026-02-13", "--days", "2").out
    assert "2026-02-14  Sat  08:30-12:00  13:30-17:30  rest day worked: Spring Festival" in shown
    kurban = run(*KZ, "--from", "2026-05-27", "--days", "1").out
    assert "Kurban Ait (unverified)" in kurban


def test_provisional_days_and_the_change_of_clocks(home: Path) -> None:
    shown = run(*KZ, "--from", "2026-12-31", "--days", "2").out.splitlines()
    assert "provisional" not in shown[1]
    assert "(provisional" in shown[2]
    shown = run(*KZ, "--from", "2024-02-29", "--days", "2").out.splitlines()
    assert shown[1].endswith("UTC+06:00")
    assert shown[2].endswith("UTC+05:00")


@pytest.mark.parametrize("language", LANGUAGES)
def test_in_four_languages(home: Path, language: str) -> None:
    both = ("--with", "cn", "--from", "2026-05-08", "--days", "4", "--lang", language)
    days = run(*KZ, *both)
    due = run(*DUE, "2026-12-31T17:30", "--lang", language)
    assert (days.code, due.code) == (0, 0)
    assert "{" not in days.out + due.out
    if language != "en":
        told = [line for line in days.out.splitlines() if line.startswith("2026")]
        assert [line for line in told if re.search(r"\b[A-Z][a-z]+ (Day|Festival)", line)] == []
        assert "working" not in due.out.splitlines()[0]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("country", ["cn", "kz", "zz"])
def test_every_deadline_has_words(home: Path, country: str, language: str) -> None:
    for name in timetable(country).deadlines.names:
        asked = ("--due", name, "--at", "2026-05-08T17:30", "--lang", language)
        shown = run("law", "calendar", "--as", country, *asked).out
        assert not shown.startswith(f"{name}:")
        assert f"{name}_overdue" not in shown


def test_due(home: Path) -> None:
    shown = run(*DUE, "2026-05-08T17:30")
    assert shown.code == 0
    assert "Is over at: 2026-05-12 13:00 (UTC+05:00)\n" in shown.out
    assert "What happens then: the release is overdue" in shown.out
    assert "Law: EAEU CC art. 119" in shown.out
    found = run(*DUE, "2026-05-08T12:30:00Z", "--json").json
    assert found["over"]["local"] == "2026-05-12 13:00"
    assert (found["then"], found["known"], found["confidence"]) == (
        "release_overdue",
        True,
        "unverified",
    )
    provisional = run(*DUE, "2026-12-31T17:30")
    assert "2027-01-01 13:00 (UTC+05:00) (provisional" in provisional.out


def test_deadlines_of_a_pair(home: Path) -> None:
    pair = ("--due", "mirror_answer", "--at", "2026-05-08T17:30")
    shown = run("law", "calendar", "--as", "cn", "--with", "kz", *pair)
    assert "Is over at: 2026-05-14 16:00 (UTC+08:00)" in shown.out
    assert pair_timetable("cn", "kz").deadlines.names == ["mirror_answer"]
    alone = run(*KZ, *pair)
    assert (alone.code, "SP-2104" in alone.words) == (1, True)


def test_deadlines_of_the_home(home: Path) -> None:
    own = law_folder("kz", home)
    own.mkdir(parents=True)
    (own / DEADLINES).write_text(
        '[[deadline.gate]]\nvalue = 5\nunit = "minutes"\nthen = "gate_missed"\n'
        'start = 2026-01-01\nsource = "a notice of the port"\n',
        "utf-8",
    )
    shown = run(*KZ, "--due", "gate", "--at", "2026-05-08T17:30")
    assert "gate: 5 minutes by the clock" in shown.out
    assert "What happens then: gate_missed" in shown.out
    (own / DEADLINES).write_text("[[deadline.gate]]\nvalue = 5\n", "utf-8")
    broken = run(*KZ, "--due", "gate", "--at", "2026-05-08T17:30")
    assert (broken.code, "kz/deadlines.toml gate 1" in broken.words) == (1, True)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--due", "release"),
        ("--due", "release", "--at", "noon"),
        ("--days", "0"),
        ("--days", "100000"),
        ("--from", "tomorrow"),
        ("--with", "cn_kz"),
        ("--lang", "de"),
    ],
)
def test_wrong_usage(home: Path, arguments: tuple[str, ...]) -> None:
    assert run(*KZ, *arguments).code == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("--from", "2017-12-31"),
        ("--from", "9999-12-30"),
        ("--from", "0001-01-01"),
        ("--due", "release", "--at", "0001-01-01T00:00"),
        ("--due", "release", "--at", "9999-12-31T23:59Z"),
        ("--due", "unheard_of", "--at", "2026-05-08T17:30"),
    ],
)
def test_nothing_is_known(home: Path, arguments: tuple[str, ...]) -> None:
    result = run(*KZ, *arguments)
    assert (result.code, "SP-2104" in result.words) == (1, True), result.words
