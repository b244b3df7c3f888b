"""Seasons: the windows of a year as a tariff writes them, and the days they come to."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from silkport.kernel.errors import InvalidValue, UnreadableRate
from silkport.law.tariff.seasons import (
    HORIZON,
    Day,
    Season,
    parse_season,
    periods,
    print_season,
    season_in,
)

LEAP_YEAR = [date(2024, 1, 1) + timedelta(days=number) for number in range(366)]
DAYS: list[Day] = [(day.month, day.day) for day in LEAP_YEAR]

SPELLINGS = [
    ("с 16 сентября по 15 декабря", Season((9, 16), (12, 15))),
    ("С 16 СЕНТЯБРЯ ПО 15 ДЕКАБРЯ", Season((9, 16), (12, 15))),
    ("16 September - 15 December", Season((9, 16), (12, 15))),
    ("from 16 September to 15 December", Season((9, 16), (12, 15))),
    (" 16 september – 15 december ", Season((9, 16), (12, 15))),
    ("09-16..12-15", Season((9, 16), (12, 15))),
    ("с 1 октября по 31 марта", Season((10, 1), (3, 31))),
    ("02-29..02-29", Season((2, 29), (2, 29))),
]


@pytest.mark.parametrize(("text", "season"), SPELLINGS)
def test_spellings(text: str, season: Season) -> None:
    assert parse_season(text) == season


REFUSED = [
    ("", "", "empty"),
    ("16 September", "16 September", "comes between"),
    ("16 September 15 December", "15 December", "comes between"),
    ("16 September -", "-", "nothing follows"),
    ("с 16 по 15 декабря", "по", "no month"),
    ("с 31 апреля по 15 декабря", "31", "1 to 30"),
    ("30 February - 1 May", "30", "1 to 29"),
    ("0 May - 1 June", "0", "1 to 31"),
    ("с 1 Mai по 2 июня", "Mai", "no month"),
    ("1 Sept - 1 Oct", "Sept", "no month"),
    ("1 May - 2 June 2026", "2026", "ends with its last day"),
    ("13-01..12-15", "13-01", "01 to 12"),
    ("09-31..12-15", "31", "1 to 30"),
    ("09-16..12-00", "00", "1 to 31"),
    ("summer", "summer", "expected"),
    ("٩ May - 1 June", "٩", "another script"),
]


@pytest.mark.parametrize(("text", "part", "reason"), REFUSED)
def test_refused_with_the_characters(text: str, part: str, reason: str) -> None:
    with pytest.raises(UnreadableRate, match="SP-2110 The season") as caught:
        parse_season(text)
    assert caught.value.facts["part"] == part
    assert reason in str(caught.value.facts["reason"])


def test_a_day_that_no_year_has() -> None:
    with pytest.raises(InvalidValue, match="04-31"):
        Season((4, 31), (5, 1))
    with pytest.raises(InvalidValue, match="no year"):
        Season((1, 1), (13, 1))


def test_no_other_language() -> None:
    with pytest.raises(InvalidValue, match="en and ru"):
        print_season(Season((1, 1), (3, 31)), "kk")


# Days. The law is in force from its first day to the one before its stop.

WINDOWS = [
    (
        Season((9, 16), (12, 15)),
        date(2024, 1, 1),
        date(2026, 1, 1),
        [(date(2024, 9, 16), date(2024, 12, 16)), (date(2025, 9, 16), date(2025, 12, 16))],
    ),
    (  # over New Year, and the law begins and stops within it
        Season((10, 1), (3, 31)),
        date(2025, 2, 1),
        date(2026, 11, 1),
        [
            (date(2025, 2, 1), date(2025, 4, 1)),
            (date(2025, 10, 1), date(2026, 4, 1)),
            (date(2026, 10, 1), date(2026, 11, 1)),
        ],
    ),
    (  # 29 February, in a year with that day and in one without
        Season((1, 1), (2, 29)),
        date(2024, 1, 1),
        date(2026, 1, 1),
        [(date(2024, 1, 1), date(2024, 3, 1)), (date(2025, 1, 1), date(2025, 3, 1))],
    ),
    (
        Season((2, 29), (4, 30)),
        date(2024, 1, 1),
        date(2026, 1, 1),
        [(date(2024, 2, 29), date(2024, 5, 1)), (date(2025, 3, 1), date(2025, 5, 1))],
    ),
    (
        Season((2, 29), (2, 29)),
        date(2024, 1, 1),
        date(2028, 1, 1),
        [(date(2024, 2, 29), date(2024, 3, 1))],
    ),
    (  # the stop is the first day it no longer applies
        Season((1, 1), (12, 31)),
        date(2025, 12, 31),
        date(2026, 1, 1),
        [(date(2025, 12, 31), date(2026, 1, 1))],
    ),
    (Season((5, 1), (5, 31)), date(2025, 6, 1), date(2026, 5, 1), []),
    (Season((5, 1), (5, 31)), date(2026, 1, 1), date(2025, 1, 1), []),
    (
        Season((12, 1), (1, 31)),
        date(9999, 1, 1),
        date(9999, 12, 30),
        [(date(9999, 1, 1), date(9999, 2, 1)), (date(9999, 12, 1), date(9999, 12, 30))],
    ),
    (
        Season((12, 1), (1, 31)),
        date.min,
        date(1, 12, 2),
        [(date(1, 12, 1), date(1, 12, 2))],
    ),
]


@pytest.mark.parametrize(("season", "start", "stop", "want"), WINDOWS)
def test_periods(season: Season, start: date, stop: date, want: list[tuple[date, date]]) -> None:
    assert periods(season, start, stop) == want


def test_a_law_without_end_is_counted_to_the_horizon() -> None:
    found = periods(Season((10, 1), (3, 31)), date(2026, 1, 1), date.max)
    assert len(found) == 75
    assert found[-1] == (date(2099, 10, 1), HORIZON)
    assert periods(Season((10, 1), (3, 31)), HORIZON, date.max) == []


# Properties, against counting day by day.

seasons = st.builds(Season, st.sampled_from(DAYS), st.sampled_from(DAYS))
starts = st.dates(date(1990, 1, 1), date(2090, 1, 1))


def complement(season: Season) -> Season | None:
    """The rest of the year; none when the season is all of it."""
    after, before = DAYS.index(season.last) + 1, DAYS.index(season.first) - 1
    if after % 366 == (before + 1) % 366:
        return None
    return Season(DAYS[after % 366], DAYS[before])


def is_in(season: Season, day: date) -> bool:
    place, first, last = (
        DAYS.index(one) for one in ((day.month, day.day), season.first, season.last)
    )
    return first <= place <= last if first <= last else place >= first or place <= last


def days_of(windows: list[tuple[date, date]]) -> list[date]:
    return [
        start + timedelta(days=number)
        for start, stop in windows
        for number in range((stop - start).days)
    ]


@given(seasons, starts, st.integers(0, 1500))
def test_a_season_has_the_days_it_names(season: Season, start: date, length: int) -> None:
    law = [start + timedelta(days=number) for number in range(length)]
    stop = start + timedelta(days=length)
    assert days_of(periods(season, start, stop)) == [day for day in law if is_in(season, day)]


@given(seasons, starts, st.integers(366, 1500))
def test_a_season_and_the_rest_of_the_year_share_no_day_and_leave_none(
    season: Season, start: date, length: int
) -> None:
    stop = start + timedelta(days=length)
    rest = complement(season)
    found = days_of(periods(season, start, stop))
    found += days_of(periods(rest, start, stop)) if rest else []
    assert sorted(found) == [start + timedelta(days=number) for number in range(length)]


@given(st.sets(st.sampled_from(DAYS), min_size=2, max_size=6), starts)
def test_all_windows_of_a_year_cover_it_once(firsts: set[Day], start: date) -> None:
    ordered = sorted(firsts)
    stop = start + timedelta(days=800)
    found: list[date] = []
    for place, first in enumerate(ordered):
        last = DAYS[DAYS.index(ordered[(place + 1) % len(ordered)]) - 1]
        found += days_of(periods(Season(first, last), start, stop))
    assert sorted(found) == [start + timedelta(days=number) for number in range(800)]


@given(seasons, st.sampled_from(["en", "ru"]))
def test_what_is_printed_is_read_as_the_same_season(season: Season, language: str) -> None:
    assert parse_season(print_season(season, language)) == season


def season_or_refusal(text: str) -> Season | UnreadableRate:
    try:
        return parse_season(text)
    except UnreadableRate as refused:
        return refused


@given(
    st.text(max_size=400)
    | st.lists(
        st.sampled_from("с по 1 31 сентября May - 09-16 .. to from 2026 × ١".split())
        | st.text(max_size=4),
        max_size=12,
    ).map(" ".join)
)
def test_junk_is_refused_and_nothing_else_happens(text: str) -> None:
    found = season_or_refusal(text)
    if isinstance(found, UnreadableRate):
        start, stop = int(found.facts["start"]), int(found.facts["stop"])
        assert 1 <= start <= stop <= max(len(text), 1)
    else:
        assert parse_season(print_season(found, "en")) == found


# Names of goods.


def test_season_in_a_name() -> None:
    name = "– – для производства сидра, навалом, с 16 сентября по 15 декабря"
    assert season_in(name) == Season((9, 16), (12, 15))
    assert season_in("– – – с 1 декабря по 31 декабря:") == Season((12, 1), (12, 31))
    assert season_in("– помидоры, свежие или охлажденные") is None
    with pytest.raises(UnreadableRate, match="'31'"):
        season_in("– с 1 апреля по 31 апреля")


def test_every_season_of_the_union_tariff(shared_data: Callable[[str], Path]) -> None:
    path = shared_data("eaeu-ett") / "eaeu_ett_tree.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        names = [row["name_ru"] for row in csv.DictReader(file)]
    found = [season for season in map(season_in, names) if season]
    assert len(found) >= 30
    for season in found:
        assert season_in(print_season(season, "ru")) == season
