"""The law on release: shipped files load, each with its source; what is wrong is refused."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from silkport.kernel.errors import MalformedLaw, OverlappingDates, RecordWithoutSource
from silkport.kernel.periods import day_number
from silkport.law.release import read_release
from silkport.model.release import Demand
from silkport.node.law.books import administrations, law_book
from silkport.node.law.release import release_law

DAY = day_number(date(2026, 9, 21))
LATER = day_number(date(2027, 2, 1))
GOOD = """
[[demand]]
kind = "presentation"
directions = ["import"]
start = 2026-01-01
stop = 2027-01-01
source = "art. 1"
"""
EARLY = """
[[not_early]]
directions = ["import"]
procedures = ["40"]
hs = ["93"]
says = "weapons"
start = 2026-01-01
source = "art. 2"
"""


@pytest.mark.parametrize("administration", administrations())
def test_every_administration_says_what_it_demands(administration: str) -> None:
    law = release_law(administration)
    assert {one.kind for one in law.demands} >= {Demand.PRESENTATION, Demand.PAYMENT}
    assert all(one.source for one in (*law.demands, *law.not_early))
    assert len(law.digest) == 64


@pytest.mark.parametrize("administration", administrations())
def test_where_there_is_transit_it_is_presented_and_secured(administration: str) -> None:
    regimes = law_book(administration).law.regimes
    demands = release_law(administration).demanded("transit", "80", LATER)
    asked = {Demand.PRESENTATION, Demand.GUARANTEE} & set(demands)
    has_transit = any(one.procedure == "transit" for one in regimes)
    assert asked == ({Demand.PRESENTATION, Demand.GUARANTEE} if has_transit else set())


@pytest.mark.parametrize("administration", administrations())
def test_what_an_import_does_not_pay_stands_under_a_guarantee(administration: str) -> None:
    demands = release_law(administration).demanded("import", "40", LATER)
    assert {Demand.PAYMENT, Demand.GUARANTEE} <= set(demands)


def test_a_demand_is_of_its_days_and_directions() -> None:
    law = read_release("zz", GOOD)
    on = {
        (direction, day): list(law.demanded(direction, "40", day_number(day)))
        for direction in ("import", "export")
        for day in (date(2025, 12, 31), date(2026, 1, 1), date(2026, 12, 31), date(2027, 1, 1))
    }
    met = {key for key, found in on.items() if found}
    assert met == {("import", date(2026, 1, 1)), ("import", date(2026, 12, 31))}


@pytest.mark.parametrize(
    ("direction", "procedure", "codes", "is_meant"),
    [
        ("import", "40", ["9301000000"], True),
        ("import", "40", ["0808108000", "9304000000"], True),
        ("import", "40", ["0808108000"], False),
        ("import", "53", ["9301000000"], False),
        ("export", "40", ["9301000000"], False),
        ("import", "40", [], False),
    ],
)
def test_what_may_not_be_decided_early(
    direction: str, procedure: str, codes: list[str], is_meant: bool
) -> None:
    found = read_release("zz", EARLY).reserved(direction, procedure, codes, DAY)
    assert (found is not None) is is_meant


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("demand = 1", MalformedLaw),
        ("[[demands]]", MalformedLaw),
        ("[[demand]", MalformedLaw),
        (GOOD.replace("presentation", "tea"), MalformedLaw),
        (GOOD.replace('["import"]', '["in"]'), MalformedLaw),
        (GOOD.replace('["import"]', "[]"), MalformedLaw),
        (GOOD.replace('["import"]', '["import", "import"]'), MalformedLaw),
        (GOOD.replace('source = "art. 1"', ""), RecordWithoutSource),
        (GOOD.replace("2027-01-01", "2025-01-01"), MalformedLaw),
        (GOOD.replace("2026-01-01", '"2026-01-01"'), MalformedLaw),
        (GOOD + 'confidence = "sure"', MalformedLaw),
        (GOOD + 'payers = ["declarant_code"]', MalformedLaw),
        (GOOD.replace("presentation", "payment"), MalformedLaw),
        (GOOD + 'waived = "yes"', MalformedLaw),
        (GOOD + "why = 1", MalformedLaw),
        (GOOD + GOOD, OverlappingDates),
        (GOOD + GOOD + 'procedures = ["40"]', OverlappingDates),
        (EARLY.replace("93", "9x"), MalformedLaw),
        (EARLY.replace('says = "weapons"', ""), MalformedLaw),
    ],
)
def test_what_is_wrong_is_refused(text: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        read_release("zz", text)


def test_a_file_in_the_home_takes_the_place_of_the_packages(tmp_path: Path) -> None:
    folder = tmp_path / "zz" / "law"
    folder.mkdir(parents=True)
    (folder / "release.toml").write_text(GOOD, "utf-8")
    assert len(release_law("zz", tmp_path).demands) == 1
    assert release_law("zz", tmp_path / "nowhere") == release_law("zz")


def test_without_a_file_nobody_can_tell() -> None:
    with pytest.raises(MalformedLaw, match="nobody can tell"):
        release_law("nowhere")
