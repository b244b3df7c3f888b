"""Opening hours of border posts: around the clock, by day, shut, and when nothing is known."""

from __future__ import annotations

from datetime import date
from functools import cache

import pytest

from silkport.kernel.errors import MalformedLaw, OverlappingDates, ParamNotInForce
from silkport.kernel.periods import Period, day_number
from silkport.law.local_time import LocalTime
from silkport.law.posts import Closure, Post, PostHours
from silkport.law.time_loading import POSTS, read_posts
from tests.law.times import local, offset, shipped, texts

EVERY_DAY = frozenset(range(7))
PLAIN = LocalTime("xx", (offset(0),))


@cache
def posts(country: str) -> dict[str, Post]:
    return read_posts(texts(country)[POSTS], f"{country}/{POSTS}", shipped(country).time)


def post_hours(
    opens: int,
    closes: int,
    weekdays: frozenset[int] = EVERY_DAY,
    start: date = date(2024, 1, 1),
    stop: date = date.max,
) -> PostHours:
    period = Period(start, stop)
    return PostHours(opens=opens, closes=closes, weekdays=weekdays, period=period, source="test")


def a_post(*hours: PostHours, closures: tuple[Closure, ...] = ()) -> Post:
    return Post(code="gate", name="Gate", time=PLAIN, hours=hours, closures=closures)


def shut(start: date, stop: date) -> Closure:
    return Closure(period=Period(start, stop), source="test")


OPENINGS = [
    ("kz", "nur_zholy", "2026-05-09 03:00", "2026-05-09 03:00"),
    ("kz", "nur_zholy", "2026-02-15 23:59", "2026-02-15 23:59"),
    ("kz", "nur_zholy", "2026-02-16 00:00", "2026-02-19 00:00"),  # shut for three days
    ("kz", "nur_zholy", "2025-12-31 23:59", "2025-12-31 23:59"),
    ("kz", "bakhty", "2026-05-09 03:00", "2026-05-09 08:00"),
    ("kz", "bakhty", "2026-05-09 08:00", "2026-05-09 08:00"),
    ("kz", "bakhty", "2026-05-09 19:59", "2026-05-09 19:59"),
    ("kz", "bakhty", "2026-05-09 20:00", "2026-05-10 08:00"),
    ("kz", "bakhty", "2026-02-15 20:00", "2026-02-19 08:00"),
    ("kz", "dostyk_rail", "2026-02-17 03:00", "2026-02-17 03:00"),
    ("cn", "khorgos", "2026-02-16 00:00", "2026-02-19 00:00"),
    ("zz", "river_quay", "2026-06-04 21:00", "2026-06-06 08:00"),  # over a Friday
    ("zz", "river_quay", "2026-07-02 21:00", "2026-07-02 21:00"),  # longer since July
    ("zz", "river_quay", "2026-03-02 20:00", "2026-03-05 08:00"),  # the flood
]


@pytest.mark.parametrize(("country", "code", "at", "opening"), OPENINGS)
def test_next_opening(country: str, code: str, at: str, opening: str) -> None:
    post = posts(country)[code]
    asked, want = local(at, post.time), local(opening, post.time)
    assert post.next_opening(asked) == want
    assert post.is_open(asked) is (asked == want)


def test_what_says_so() -> None:
    post = posts("kz")["nur_zholy"]
    found = {
        day: post.grounds(day_number(date.fromisoformat(day)))
        for day in ("2026-02-17", "2026-06-30", "2026-07-01")
    }
    assert isinstance(found["2026-02-17"], Closure)
    assert [found[day].confidence for day in found if found[day]] == [  # type: ignore[union-attr]
        "cited",
        "cited",
        "unverified",
    ]
    friday = posts("zz")["river_quay"].grounds(day_number(date(2026, 6, 5)))
    assert friday is None


def test_around_the_clock_also_when_clocks_are_set_back() -> None:
    post = posts("kz")["nur_zholy"]
    day = day_number(date(2024, 2, 29))
    for at in range(post.time.opening(day), post.time.closing(day), 15 * 60_000):
        assert post.is_open(at)


@pytest.mark.parametrize("at", ["2023-11-23 12:00", "2020-01-01 12:00"])
def test_unknown_hours_are_an_error(at: str) -> None:
    post = posts("kz")["nur_zholy"]
    with pytest.raises(ParamNotInForce, match="nur_zholy"):
        post.is_open(local(at, post.time))
    with pytest.raises(ParamNotInForce, match="nur_zholy"):
        post.next_opening(local(at, post.time))


def test_hours_that_end_are_not_carried_on() -> None:
    post = a_post(post_hours(480, 1200, stop=date(2024, 2, 1)))
    with pytest.raises(ParamNotInForce, match="2024-02-01"):
        post.next_opening(local("2024-01-31 20:00", PLAIN))


def test_a_post_that_stays_shut() -> None:
    post = a_post(post_hours(0, 1440), closures=(shut(date(2024, 1, 1), date(2044, 1, 1)),))
    with pytest.raises(MalformedLaw, match="does not open"):
        post.next_opening(local("2024-01-01 00:00", PLAIN))


@pytest.mark.parametrize(
    ("opens", "closes", "weekdays"),
    [
        (600, 600, EVERY_DAY),
        (601, 600, EVERY_DAY),
        (0, 1441, EVERY_DAY),
        (-1, 600, EVERY_DAY),
        (0, 600, frozenset[int]()),
        (0, 600, frozenset({7})),
    ],
)
def test_hours_that_cannot_be(opens: int, closes: int, weekdays: frozenset[int]) -> None:
    with pytest.raises(MalformedLaw):
        a_post(post_hours(opens, closes, weekdays))


def test_overlaps() -> None:
    whole = post_hours(0, 1440)
    with pytest.raises(OverlappingDates):
        a_post(whole, post_hours(480, 1200, frozenset({6}), start=date(2025, 1, 1)))
    weekend = frozenset({5, 6})
    assert a_post(post_hours(0, 1440, EVERY_DAY - weekend), post_hours(480, 1200, weekend))
    with pytest.raises(OverlappingDates):
        a_post(
            whole,
            closures=(
                shut(date(2024, 5, 1), date(2024, 5, 3)),
                shut(date(2024, 5, 2), date(2024, 5, 4)),
            ),
        )


@pytest.mark.parametrize("country", ["cn", "kz", "zz"])
def test_every_shipped_post_has_a_source_and_hours_now(country: str) -> None:
    for post in posts(country).values():
        assert all(one.source for one in (*post.hours, *post.closures))
        assert post.next_opening(local("2026-11-22 12:00", post.time)) > 0
