"""Time in which two sides work; both kinds of calendar against a plain oracle."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from silkport.kernel.errors import MalformedLaw
from silkport.kernel.periods import day_number, day_of
from silkport.law.calendar import Due, Minutes, WorkingCalendar, joint
from silkport.law.local_time import DAY_MS
from tests.law.times import DAY, a_calendar, hours, offset, shipped, utc

WEEK = (DAY,) * 5
JOINT = [
    # hours: 08:30-12:00, 13:30-17:30 at UTC+8 and 09:00-13:00, 14:30-18:30 at UTC+5
    ("2026-05-06T04:00", 60, "2026-05-06T06:30"),  # joint time is 05:30-08:00 UTC
    ("2026-05-06T07:00", 60, "2026-05-06T08:00"),
    ("2026-05-06T07:00", 61, "2026-05-08T05:31"),  # Thursday is a holiday of one side
    ("2026-05-08T07:30", 60, "2026-05-12T06:00"),  # 9 May works one side, 11 May the other
    ("2026-02-13T07:30", 60, "2026-02-24T06:00"),  # the Saturday worked by one side alone
]


@pytest.mark.parametrize(("begins", "minutes", "over"), JOINT)
def test_joint_working_minutes(begins: str, minutes: int, over: str) -> None:
    kz, cn = shipped("kz"), shipped("cn")
    for both in (joint(kz, cn), joint(cn, kz)):
        assert both.after_working_minutes(utc(begins), minutes) == Due(utc(over), known=True)


def test_joint_days_are_those_of_the_first_side() -> None:
    kz, cn = shipped("kz"), shipped("cn")
    at = utc("2026-05-08T17:30")  # already 9 May for one of them
    assert joint(kz, cn).after_days(at, 1).at == utc("2026-05-09T19:00")
    assert joint(cn, kz).after_days(at, 1).at == utc("2026-05-10T16:00")
    assert joint(cn, kz).end_of_working_day(at, 3).at == utc("2026-05-14T08:00")
    assert joint(kz, cn).country == "kz and cn"
    assert not joint(kz, cn).is_working_day(date(2026, 5, 11))
    assert joint(kz, cn).is_working(utc("2026-05-12T05:30"))
    assert not joint(kz, cn).end_of_working_day(utc("2026-12-31T06:00"), 1).known


def test_sides_that_never_work_at_once() -> None:
    early, late = (a_calendar(hours(*(((a, b),),) * 5)) for a, b in ((480, 720), (720, 960)))
    with pytest.raises(MalformedLaw, match="nobody works"):
        joint(early, late)
    ended = a_calendar(hours(*WEEK, stop=date(2020, 1, 1)))
    begun = a_calendar(hours(*WEEK, start=date(2020, 1, 1)))
    with pytest.raises(MalformedLaw, match="nobody ever works"):
        joint(ended, begun)


def test_three_sides() -> None:
    all_three = joint(shipped("zz"), joint(shipped("kz"), shipped("cn")))
    due = all_three.after_working_minutes(utc("2026-05-06T00:00"), 90)
    assert due.at == utc("2026-05-06T08:00"), "05:30-08:00 UTC, less the third side's lunch"


# A plain oracle: minute by minute, days told by watching the local date turn.


class Oracle:
    """Walks the clock; knows nothing of spans, bisection or joint calendars."""

    def __init__(self, calendar: WorkingCalendar, start: int) -> None:
        self.calendar = calendar
        self.now = start - 3 * DAY_MS
        self.day, self.minute, self.again = self.clock()[0], self.clock()[1], False
        while self.now < start:
            self.tick()

    def clock(self) -> tuple[int, int]:
        """The date and the minute that the clock on the wall shows now."""
        offsets = self.calendar.time.offsets
        shown = offsets[0].minutes
        for one in offsets[1:]:
            if self.now + shown * 60_000 >= day_number(one.period.start) * DAY_MS:
                shown = one.minutes
                break
        day, rest = divmod(self.now + shown * 60_000, DAY_MS)
        return day, rest // 60_000

    def tick(self) -> None:
        self.now += 60_000
        day, minute = self.clock()
        if day > self.day:
            self.day, self.again = day, False
        elif minute < self.minute:
            self.again = (
                True  # clocks were set back: the day has more minutes than it has names for
            )
        self.minute = minute + self.again * 1440

    def works(self) -> bool:
        day = day_of(self.day)
        (stated,) = [one for one in self.calendar.hours if one.period.contains(day)]
        minutes = stated.week[day.weekday()]
        for listed in self.calendar.days:
            if listed.day == day:
                minutes = (minutes or stated.makeup) if listed.works else ()
        return any(a <= self.minute < b or (b == 1440 <= self.minute) for a, b in minutes)


def after_minutes_by_hand(calendars: list[WorkingCalendar], start: int, minutes: int) -> int:
    oracles = [Oracle(one, start) for one in calendars]
    while True:
        minutes -= all(one.works() for one in oracles)
        for one in oracles:
            one.tick()
        if not minutes:
            return oracles[0].now


FIRST = date(2024, 2, 26)


@st.composite
def some_minutes(draw: st.DrawFn) -> Minutes:
    ends = st.integers(0, 24).map(lambda hour: hour * 60)
    a, b, c, d = sorted(draw(st.lists(ends, min_size=4, max_size=4, unique=True)))
    return draw(st.sampled_from([((a, d),), ((a, b), (c, d)), ((c, d),)]))


@st.composite
def calendars(draw: st.DrawFn) -> WorkingCalendar:
    week = [draw(some_minutes()) if draw(st.integers(0, 3)) else () for _ in range(7)]
    if not any(week):
        week[draw(st.integers(0, 6))] = DAY
    change = FIRST + timedelta(draw(st.integers(1, 8)))
    one, two = draw(st.tuples(*[st.sampled_from([0, 300, 330, 360, 480, -120])] * 2))
    listed = st.sets(st.integers(0, 12).map(lambda n: FIRST + timedelta(n)), max_size=4)
    rest = draw(listed)
    return a_calendar(
        hours(*week, makeup=draw(some_minutes())),
        offsets=(offset(one, stop=change), offset(two, start=change)),
        rest=tuple(rest),
        worked=tuple(draw(listed) - rest),
    )


STARTS = st.integers(0, 6 * 1440).map(lambda n: utc("2024-02-26T00:00") + n * 60_000)


@settings(max_examples=120)
@given(calendars(), STARTS, st.integers(1, 600))
def test_terms_agree_with_the_oracle(calendar: WorkingCalendar, at: int, minutes: int) -> None:
    due = calendar.after_working_minutes(at, minutes)
    assert due.at == after_minutes_by_hand([calendar], at, minutes)
    oracle = Oracle(calendar, at)
    assert calendar.is_working(at) is oracle.works()
    assert calendar.time.day_at(at) == oracle.day


def meet(ours: WorkingCalendar, theirs: WorkingCalendar) -> bool:
    try:
        joint(ours, theirs)
    except MalformedLaw:
        return False
    return True


@settings(max_examples=80)
@given(calendars(), calendars(), STARTS, st.integers(1, 120))
def test_joint_terms_agree_with_the_oracle(
    ours: WorkingCalendar, theirs: WorkingCalendar, at: int, minutes: int
) -> None:
    assume(meet(ours, theirs))
    by_hand = after_minutes_by_hand([ours, theirs], at, minutes)
    for both in (joint(ours, theirs), joint(theirs, ours)):
        assert both.after_working_minutes(at, minutes).at == by_hand
        assert both.next_working(at).at <= by_hand
