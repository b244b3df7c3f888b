"""The law on recognition: what is shipped, what a file may say, and what it may not."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from silkport.kernel.errors import MalformedLaw, OverlappingDates, RecordWithoutSource
from silkport.law.recognition import RecognitionLaw
from silkport.law.recognition_file import RECOGNITION, read_recognition
from silkport.model.inspections import Method
from silkport.node.law.recognition import administration_of, recognition_law
from silkport.node.law.registers import shipped_pairs
from tests.courses.passports import IMAGES, LAW, law

TODAY = date(2026, 9, 21)
PAIRS = shipped_pairs()
NOT_IMAGES = [one for one in Method if one is not Method.X_RAY]


@pytest.mark.parametrize("pair", PAIRS)
def test_every_pair_has_its_law_and_nothing_claims_to_be_confirmed(pair: tuple[str, str]) -> None:
    found = recognition_law(*pair)
    assert found.pair == pair
    records = (*found.recognitions, *found.pendings, *found.examinations, *found.trusts)
    assert {one.confidence for one in records} == {"unverified"}
    assert found.trust_rule(TODAY) is not None
    for side in pair:
        assert found.lists(side, "import", TODAY)


@pytest.mark.parametrize(
    ("pair", "recognised"),
    [(("cn", "kz"), False), (("cn", "zz"), True), (("kz", "zz"), True)],
)
def test_images_between_neighbours_have_no_basis(pair: tuple[str, str], recognised: bool) -> None:
    found = recognition_law(*pair)
    for side in pair:
        assert bool(found.basis(Method.X_RAY, side, TODAY)) is recognised
        assert found.basis(Method.PLANT, side, TODAY) is not None
    assert bool(found.pending(Method.X_RAY, TODAY)) is not recognised


def test_between_neighbours_only_the_bodies_of_the_agreement_count() -> None:
    found = recognition_law("kz", "cn")
    (basis,) = found.recognitions
    assert basis.act.endswith("5 July 1996")
    assert "Resolution 1165" in basis.source
    assert {one for r in basis.replaces.values() for one in r.bodies} == {
        *("plant", "veterinary", "health", "quality")
    }
    for side in found.pair:
        for method in (Method.OPENING, Method.WEIGHING, Method.DOCUMENTS):
            assert found.basis(method, side, TODAY) is None


@pytest.mark.parametrize(("day", "known"), [(date(2025, 5, 22), False), (date(2025, 5, 23), True)])
def test_since_when_images_are_talked_of(day: date, known: bool) -> None:
    assert bool(recognition_law("cn", "kz").pending(Method.X_RAY, day)) is known


@pytest.mark.parametrize(("day", "holds"), [(date(2019, 12, 31), False), (date(2020, 1, 1), True)])
def test_a_basis_has_a_first_day(day: date, holds: bool) -> None:
    assert bool(law().basis(Method.PLANT, "bb", day)) is holds
    assert law().basis(Method.PLANT, "cc", day) is None


def test_a_pair_without_law_recognises_nothing() -> None:
    assert recognition_law("kz", "") == RecognitionLaw(("kz", ""))
    assert recognition_law("kz", "xx").recognitions == ()
    assert recognition_law("kz", "..").recognitions == ()


def test_administrations_by_country() -> None:
    assert (administration_of("CN"), administration_of("XX")) == ("cn", "")


def test_a_file_in_the_home_takes_the_place_of_the_package(tmp_path: Path) -> None:
    own = tmp_path / "cn_kz" / "law"
    own.mkdir(parents=True)
    text = LAW.replace("aa", "cn").replace("bb", "kz") + IMAGES.replace("aa_bb", "cn_kz").replace(
        '"bb"', '"kz"'
    )
    (own / RECOGNITION).write_text(text, "utf-8")
    found = recognition_law("kz", "cn", tmp_path)
    assert found.basis(Method.X_RAY, "kz", TODAY) is not None
    assert found.digest != recognition_law("kz", "cn").digest


SPOILT = [
    ('pair = ["aa", "bb"]', 'pair = ["bb", "aa"]', "alphabetical"),
    ('pair = ["aa", "bb"]', 'pair = ["aa"]', "two administrations"),
    ("aa_bb-RE-01", "cc_dd-RE-01", "its id has the form aa_bb-RE-01"),
    ('kind = "results"', 'kind = "result"', "'result' is none of results, images"),
    ('kind = "results"', 'kind = "images"', "under images there is nothing but x_ray"),
    ('methods = ["plant"]', 'methods = ["x_ray"]', "under results there is no x_ray"),
    ('methods = ["plant"]', 'methods = ["plants"]', "'plants' is none of"),
    ('methods = ["plant"]', "methods = []", "methods is a list of words"),
    ('methods = ["plant"]', 'methods = ["plant", "plant"]', "twice"),
    ('bodies = ["plant"]', 'bodies = ["customers"]', "'customers' is none of"),
    ("age_days = 14", "age_days = -1", "age_days is a whole number from 0"),
    ("age_days = 14", "age_days = true", "age_days is a whole number from 0"),
    ("age_days = 14", "days = 14", "nothing is called 'days' there"),
    ('receivers = ["aa", "bb"]', 'receivers = ["aa", "cc"]', "'cc' is none of aa, bb"),
    ('findings = ["conforms"]', 'findings = ["differs"]', "'differs' is none of conforms"),
    ("mass_tolerance_ppm = 5000", "mass_tolerance_ppm = 1000001", "from 0 to 1000000"),
    ('act = "Compact"', 'act = " "', "it has no act"),
    ('side = "bb"', 'side = "cc"', "'cc' is none of aa, bb"),
    ('lanes = ["red"]', 'lanes = ["blue"]', "'blue' is none of"),
    ('hs = ["07", "1101"]', 'hs = ["7"]', "no beginning of a code"),
    ("start = 2020-01-01", 'start = "2020-01-01"', "unquoted"),
    ("start = 2020-01-01", "start = 2020-01-01\nstop = 2020-01-01", "not after its start"),
    ('confidence = "unverified"', 'confidence = "sure"', "confidence is cited or unverified"),
    ("p1_ppm = 100000", "p1_ppm = 10000", "p0_ppm < p1_ppm"),
    ("[[trust]]", "[trust]", "each trust begins with"),
    ("[[pending]]", "[[planned]]", "nothing is called 'planned' there"),
]


@pytest.mark.parametrize(("old", "new", "reason"), SPOILT)
def test_what_is_misspelt_is_refused_with_its_place(old: str, new: str, reason: str) -> None:
    assert old in LAW
    with pytest.raises(MalformedLaw) as refused:
        read_recognition(LAW.replace(old, new, 1))
    assert reason in str(refused.value)


def test_a_record_without_source_does_not_load() -> None:
    with pytest.raises(RecordWithoutSource, match="pending 1"):
        read_recognition(LAW.replace('source = "a press release"\n', ""))


@pytest.mark.parametrize(
    "again",
    [
        IMAGES + IMAGES.replace("RE-02", "RE-03"),
        LAW[LAW.index("[[trust]]") :],
        LAW[LAW.index("[[pending]]") : LAW.index("[[examination]]")],
    ],
)
def test_two_of_a_kind_on_one_day_are_refused(again: str) -> None:
    with pytest.raises(OverlappingDates):
        law(again)


def test_no_toml_at_all() -> None:
    with pytest.raises(MalformedLaw, match=RECOGNITION):
        read_recognition("pair =")
