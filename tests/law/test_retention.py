"""How long the law lets a node keep what it holds: terms to the day, and the shipped ones."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from silkport.kernel.errors import (
    MalformedLaw,
    OverlappingDates,
    ParamNotInForce,
    RecordWithoutSource,
    UnknownAdministration,
)
from silkport.kernel.periods import Period, day_number, day_of
from silkport.law.local_time import LocalTime, Offset
from silkport.law.retention import MOST, RETENTION, Kept, Retention, Term, read_retention
from silkport.node.law.books import country_files, law_folder
from silkport.node.law.retention import retention

ALWAYS = Period(date(2000, 1, 1))
FIVE_HOURS = LocalTime("aa", (Offset(minutes=300, period=ALWAYS, source="test"),))


def a_term(value: int, unit: str, kept: Kept = Kept.DECLARATIONS, period: Period = ALWAYS) -> Term:
    return Term(kept=kept, value=value, unit=unit, period=period, source="test")


@pytest.mark.parametrize(
    ("value", "unit", "ended", "free"),
    [
        (5, "years", date(2021, 11, 21), date(2026, 11, 22)),
        (1, "years", date(2023, 12, 31), date(2025, 1, 1)),
        (1, "years", date(2024, 2, 29), date(2025, 3, 1)),  # its last day is the 28th
        (4, "years", date(2024, 2, 29), date(2028, 3, 1)),  # its last day is the 29th
        (1, "years", date(2023, 2, 28), date(2024, 2, 29)),
        (1, "days", date(2024, 2, 28), date(2024, 3, 1)),
        (90, "days", date(2026, 1, 1), date(2026, 4, 2)),
    ],
)
def test_a_term_to_the_day(value: int, unit: str, ended: date, free: date) -> None:
    term, day = a_term(value, unit), day_number(free)
    assert day_of(term.free_on(day_number(ended))) == free
    assert term.last_ended(day) >= day_number(ended)
    assert term.last_ended(day - 1) < day_number(ended)


@given(
    st.integers(1, 100),
    st.sampled_from(sorted(MOST)),
    st.integers(day_number(date(2000, 1, 1)), day_number(date(2199, 12, 31))),
)
def test_the_newest_free_day_is_the_last_one_that_is_free(value: int, unit: str, day: int) -> None:
    term = a_term(value, unit)
    newest = term.last_ended(day)
    assert term.free_on(newest) <= day < term.free_on(newest + 1)


def five(**terms: tuple[Term, ...]) -> Retention:
    given = {kept: terms.get(kept.value, (a_term(2, "years", kept),)) for kept in Kept}
    return Retention("aa", FIVE_HOURS, tuple(one for several in given.values() for one in several))


def moment(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp() * 1000)  # type: ignore[arg-type,misc]


def test_days_are_those_of_the_administration() -> None:
    """Two years after 2024-10-01 by clocks five hours ahead of UTC."""
    law = five()
    limit, term = law.limit(Kept.DECLARATIONS, moment(2026, 10, 1, 18, 59))
    assert limit == moment(2024, 9, 30, 19)
    assert term.value == 2
    limit, _ = law.limit(Kept.DECLARATIONS, moment(2026, 10, 1, 19))
    assert limit == moment(2024, 10, 1, 19)


def test_of_days_before_the_clocks_are_known_the_safe_side_is_taken() -> None:
    late = LocalTime("aa", (Offset(minutes=300, period=Period(date(2026, 1, 1)), source="test"),))
    law = Retention("aa", late, five().terms)
    limit, _ = law.limit(Kept.DECLARATIONS, moment(2026, 10, 1, 12))
    assert limit == moment(2024, 9, 30, 10)
    assert limit < five().limit(Kept.DECLARATIONS, moment(2026, 10, 1, 12))[0]


def test_the_term_of_today_counts() -> None:
    old = a_term(3, "years", Kept.PERSONS, Period(date(2000, 1, 1), date(2026, 7, 1)))
    new = a_term(1, "years", Kept.PERSONS, Period(date(2026, 7, 1), date(2027, 1, 1)))
    law = five(persons=(old, new))
    assert law.limit(Kept.PERSONS, moment(2026, 6, 30, 12))[1] == old
    assert law.limit(Kept.PERSONS, moment(2026, 6, 30, 19))[1] == new
    with pytest.raises(ParamNotInForce, match=r"aa\.retention\.persons is in force on 2027-01-01"):
        law.limit(Kept.PERSONS, moment(2026, 12, 31, 19))


def test_two_terms_on_one_day_are_refused() -> None:
    with pytest.raises(OverlappingDates, match=r"aa\.retention\.messages"):
        five(messages=(a_term(1, "years", Kept.MESSAGES), a_term(2, "years", Kept.MESSAGES)))


def test_proofs_stay_as_long_as_what_they_prove() -> None:
    with pytest.raises(MalformedLaw, match="shorter time than the messages"):
        five(evidence=(a_term(729, "days", Kept.EVIDENCE),))
    five(evidence=(a_term(731, "days", Kept.EVIDENCE),))


GOOD = "\n".join(
    f"""
[[retention.{kept}]]
value = 5
unit = "years"
start = 2024-01-01
source = "an act"
"""
    for kept in Kept
)


def test_a_file_is_read() -> None:
    law = read_retention("aa", GOOD, FIVE_HOURS)
    assert {term.kept for term in law.terms} == set(Kept)
    assert law.at(Kept.MESSAGES, day_number(date(2026, 1, 1))).why == "messages, 5 years: an act"


@pytest.mark.parametrize(
    ("old", "new", "error", "says"),
    [
        ("value = 5", "value = 0", MalformedLaw, "0 is not from 1 to 100"),
        ("value = 5", "value = 101", MalformedLaw, "101 is not from 1 to 100"),
        ("value = 5", 'value = "5"', MalformedLaw, "'5' is no whole number"),
        ("value = 5", "value = true", MalformedLaw, "True is no whole number"),
        ("value = 5", "value = 5.0", MalformedLaw, "no whole number"),
        ("value = 5\n", "", MalformedLaw, "None is no whole number"),
        ('unit = "years"', 'unit = "months"', MalformedLaw, "no unit is called 'months'"),
        ("start = 2024-01-01", 'start = "2024-01-01"', MalformedLaw, "without quotes"),
        ("start = 2024-01-01\n", "", MalformedLaw, "None is no day"),
        (
            "start = 2024-01-01",
            "start = 2024-01-01\nstop = 2024-01-01",
            MalformedLaw,
            "is not after its start",
        ),
        ('source = "an act"', 'source = " "', RecordWithoutSource, "has no source"),
        ('source = "an act"\n', "", RecordWithoutSource, "declarations 1 has no source"),
        ('source = "an act"', 'source = "an act"\nfrom = 1', MalformedLaw, "nobody reads 'from'"),
        (
            'source = "an act"',
            'source = "an act"\nconfidence = "sure"',
            MalformedLaw,
            "'sure' is no confidence",
        ),
        ("[[retention.messages]]", "[[retention.letters]]", MalformedLaw, "'letters'"),
        ("[[retention.messages]]", "[[retention.persons]]", MalformedLaw, "nothing of messages"),
        ("[[retention.messages]]", "[retention.messages]", MalformedLaw, "no list of records"),
        ("[[retention.messages]]", "[[other.messages]]", MalformedLaw, "is not made of"),
        ("value = 5", "value 5", MalformedLaw, RETENTION),
    ],
)
def test_a_malformed_file_is_refused(old: str, new: str, error: type[Exception], says: str) -> None:
    assert old in GOOD
    with pytest.raises(error) as caught:
        read_retention("aa", GOOD.replace(old, new, 1), FIVE_HOURS)
    assert says in str(caught.value)


# What is shipped.


@pytest.mark.parametrize("country", ["cn", "kz", "zz"])
def test_a_shipped_file_covers_every_class_today_and_tomorrow(country: str) -> None:
    law = retention(country)
    for year in (2025, 2026, 2027, 2040):
        for kept in Kept:
            limit, term = law.limit(kept, moment(year, 3, 1))
            assert limit < moment(year, 1, 1)
            assert term.source


@pytest.mark.parametrize("country", ["cn", "kz"])
def test_what_nobody_confirmed_says_so(country: str) -> None:
    assert {term.confidence for term in retention(country).terms} == {"unverified"}


def test_it_is_no_part_of_the_law_that_decides() -> None:
    assert RETENTION not in country_files("zz")


def test_a_file_in_the_home_takes_its_place(home: Path) -> None:
    law_folder("zz", home).mkdir(parents=True)
    assert retention("zz", home) == retention("zz")
    (law_folder("zz", home) / RETENTION).write_text(GOOD, "utf-8")
    assert {term.source for term in retention("zz", home).terms} == {"an act"}
    with pytest.raises(UnknownAdministration):
        retention("nowhere", home)
