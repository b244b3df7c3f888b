"""What a new tariff changes: history stays, the same stays the same, the rest is counted."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from silkport.kernel.errors import TariffRefused
from silkport.law.tariff.changes import How, changed, differences
from silkport.law.tariff.entries import Entry, order, read_entries, write_entries
from silkport.law.tariff.seasons import Season
from silkport.law.tariff.sentences import parse_rate

OLD_DAY, DAY, LATER = date(2022, 1, 1), date(2026, 3, 8), date(2027, 1, 1)


def an(hs: str = "6105100000", rate: str = "15", **rest: object) -> Entry:
    lawful: dict[str, object] = {"start": OLD_DAY, "source": "old act"} | rest
    return Entry(hs=hs, rate=parse_rate(rate), **lawful)  # type: ignore[arg-type]


def new(hs: str = "6105100000", rate: str = "15", **rest: object) -> Entry:
    return an(hs, rate, **({"start": DAY, "source": "new act"} | rest))


MOVES = [
    ("15", "15", None),
    ("15", "16", How.UP),
    ("15", "12.5", How.DOWN),
    ("0", "5", How.UP),
    ("15", "15, but not less than 0.2 EUR per 1 kg", How.CHANGED),
    ("2 EUR per 1 kg", "2 USD per 1 kg", How.CHANGED),
    ("2 EUR per 1 kg", "2 EUR per 1 l", How.CHANGED),
    ("2 EUR per 1 kg", "2.1 EUR per 1 kg", How.UP),
    ("2 EUR per 1 kg", "2000 EUR per 1000 kg", How.CHANGED),
    ("2 EUR per 1 kg", "1999 EUR per 1000 kg", How.DOWN),
    ("10, but not less than 1 EUR per 1 kg", "10, but not less than 2 EUR per 1 kg", How.UP),
    ("10, but not less than 2 EUR per 1 kg", "9, but not less than 2 EUR per 1 kg", How.DOWN),
    ("10, but not less than 2 EUR per 1 kg", "9, but not less than 3 EUR per 1 kg", How.CHANGED),
    ("10 plus 1 EUR per 1 kg", "12 plus 2 EUR per 1 kg", How.UP),
    ("10, but not more than 2 EUR per 1 kg", "10, but not more than 3 EUR per 1 kg", How.UP),
    (
        "0.2 EUR per 1 kg, but not more than 15 %",
        "0.2 EUR per 1 kg, but not more than 12 %",
        How.DOWN,
    ),
]


@pytest.mark.parametrize(("before", "after", "how"), MOVES)
def test_up_or_down(before: str, after: str, how: How | None) -> None:
    changes = changed([an(rate=before)], [new(rate=after)], DAY)
    assert [change.how for change in changes.changes] == ([how] if how else [])
    assert changes.same == (how is None)


def test_a_new_rate_begins_where_the_old_one_stops() -> None:
    old, entry = an(rate="15"), new(rate="10")
    changes = changed([old], [entry], DAY)
    assert changes.entries == (replace(old, stop=DAY), entry)
    assert not changes.nothing
    (change,) = changes.changes
    assert (change.old, change.new) == (old, entry)


def test_the_same_rate_keeps_its_first_day_and_its_source() -> None:
    old = an(name="shirts")
    changes = changed([old], [new(name="shirts")], DAY)
    assert changes.entries == (old,)
    assert changes.nothing
    assert changes.counts() == dict.fromkeys(How, 0) | {"same": 1, "renamed": 0}


def test_a_new_name_or_unit_is_taken_and_counted() -> None:
    changes = changed([an(name="shirts")], [new(name="blouses", unit="H87", footnote="1")], DAY)
    assert changes.entries == (an(name="blouses", unit="H87", footnote="1"),)
    assert (changes.same, changes.renamed, changes.nothing) == (1, 1, False)


def test_a_rate_that_was_unverified_begins_anew_when_it_is_cited() -> None:
    old = an(confidence="unverified")
    changes = changed([old], [new()], DAY)
    assert changes.entries == (replace(old, stop=DAY), new())
    assert changes.same == 1
    assert changed(changes.entries, [new()], DAY).nothing


def test_codes_that_are_gone_stop_when_the_tariff_is_whole() -> None:
    old = [an("01"), an("02"), an("03", kind="excise"), an("04", stop=OLD_DAY + timedelta(9))]
    whole = changed(old, [new("01")], DAY)
    assert [change.entry.hs for change in whole.of(How.REMOVED)] == ["02"]
    assert replace(old[1], stop=DAY) in whole.entries
    assert old[2] in whole.entries, "a file of duties leaves excise as it is"
    assert old[3] in whole.entries
    assert whole.counts()["same"] == 1, "excise is not compared"
    part = changed(old, [new("01")], DAY, whole=False)
    assert part.entries == tuple(old)
    assert part.nothing


def test_loading_again_changes_nothing() -> None:
    old = [an("01"), an("02", "5"), an("03")]
    file = [new("01"), new("02", "10"), new("04", season=Season((1, 1), (6, 30)))]
    once = changed(old, file, DAY)
    assert once.counts() | {} == {
        "added": 1, "removed": 1, "up": 1, "down": 0, "changed": 0, "same": 1, "renamed": 0
    }  # fmt: skip
    again = changed(once.entries, file, DAY)
    assert again.entries == once.entries
    assert again.nothing
    assert again.counts() == dict.fromkeys(How, 0) | {"same": 3, "renamed": 0}


def test_a_file_that_is_corrected_replaces_itself() -> None:
    wrong = changed([an(rate="15")], [new(rate="51")], DAY)
    right = changed(wrong.entries, [new(rate="5")], DAY)
    assert right.entries == (replace(an(rate="15"), stop=DAY), new(rate="5"))
    back = changed(right.entries, [new(rate="15")], DAY)
    assert back.entries == (an(rate="15"),)


def test_an_earlier_tariff_is_refused_while_a_later_one_is_loaded() -> None:
    later = changed([an(rate="15")], [new(rate="10", start=LATER)], LATER)
    with pytest.raises(TariffRefused, match="from 2027-01-01 is loaded for a later day already"):
        changed(later.entries, [new(rate="12")], DAY)
    both = [new(rate="12", stop=LATER), new(rate="10", start=LATER)]
    assert len(changed(later.entries, both, DAY).entries) == 3
    with pytest.raises(TariffRefused):
        changed([*later.entries, an("01", start=LATER)], both, DAY)
    part = changed([*later.entries, an("01", start=LATER)], both, DAY, whole=False)
    assert len(part.entries) == 4


def test_a_rate_that_ends_before_the_day_is_refused_unless_it_is_known() -> None:
    ended = an(rate="5", stop=DAY)
    with pytest.raises(TariffRefused, match="duty from 2022-01-01 ends before 2026-03-08"):
        changed([], [ended, new()], DAY)
    assert changed([ended], [ended, new()], DAY).entries == (ended, new())


def test_a_season_that_replaces_the_whole_year_as_a_part_is_refused() -> None:
    summer = new(season=Season((6, 1), (8, 31)))
    with pytest.raises(TariffRefused, match="would have two rates on one day"):
        changed([an()], [summer], DAY, whole=False)
    counts = changed([an()], [summer], DAY).counts()
    assert (counts["added"], counts["removed"]) == (1, 1)


def test_a_temporary_rate() -> None:
    temporary = new(rate="0", stop=LATER)
    changes = changed([an(rate="15")], [temporary], DAY)
    assert changes.counts()["down"] == 1
    longer = changed(changes.entries, [replace(temporary, stop=date.max)], DAY)
    assert longer.counts()["changed"] == 1


def test_a_rate_that_begins_later_leaves_the_old_one_until_then() -> None:
    old = [an("01", "15"), an("02", "5")]
    changes = changed(old, [new("01", "20", start=LATER), new("02", "6")], DAY)
    assert replace(old[0], stop=LATER) in changes.entries
    assert replace(old[1], stop=DAY) in changes.entries
    assert changes.counts()["up"] == 2
    same = changed([an()], [new(start=LATER)], DAY)
    assert (same.nothing, same.same) == (True, 1)


def test_many_refusals_are_counted() -> None:
    with pytest.raises(TariffRefused, match="and 10 more") as refused:
        changed([], [an(f"{code:04}", stop=DAY) for code in range(30)], DAY)
    assert "30 rates cannot be placed" in str(refused.value)


def test_differences_between_two_days() -> None:
    tariff = [
        an("01", "5", stop=DAY),
        new("01", "4"),
        an("02", stop=DAY),
        new("03"),
        an("04", confidence="unverified", stop=DAY),
        new("04"),
    ]
    found = differences(tariff, OLD_DAY, DAY)
    assert {change.entry.hs: change.how for change in found.changes} == {
        "01": How.DOWN,
        "02": How.REMOVED,
        "03": How.ADDED,
    }
    assert (found.same, found.nothing) == (1, False)
    assert differences(tariff, DAY, LATER).nothing
    assert differences(tariff, DAY, OLD_DAY).counts()["up"] == 1


CODES = st.sampled_from(("01", "0101", "0101210000", "0102"))
RATES = st.sampled_from(("0", "5", "10", "1 EUR per 1 kg"))
FILES = st.dictionaries(CODES, RATES, min_size=1)
LOADS = st.lists(st.tuples(FILES, st.booleans()), min_size=1, max_size=5)


@given(LOADS)
def test_every_day_has_the_rates_of_the_latest_tariff(
    loads: list[tuple[dict[str, str], bool]],
) -> None:
    """Loaded one after another, against a plain table of what holds on each day."""
    tariff: tuple[Entry, ...] = ()
    held: dict[str, str] = {}
    expected = []
    for at, (file, whole) in enumerate(loads):
        day = DAY + timedelta(days=at)
        entries = [new(hs, rate, start=day) for hs, rate in file.items()]
        tariff = changed(tariff, entries, day, whole=whole).entries
        held = file if whole else held | file
        expected.append((day, held))
    for day, rates in expected:
        in_force = {e.hs: e.rate for e in tariff if e.start <= day < e.stop}
        assert in_force == {hs: parse_rate(rate) for hs, rate in rates.items()}
    assert read_entries(write_entries(tariff), "x") == sorted(tariff, key=order)
