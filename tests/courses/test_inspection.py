"""What is owed for a house, and when a passport takes its place: each condition at its limit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from silkport.courses.conditions import CONDITIONS, Offered
from silkport.courses.inspection import DRAWN, NOT_RECOGNISED, OVERRIDDEN, RECOGNISED, Owed, owed
from silkport.model.inspections import (
    DAY_MS,
    BodyKey,
    InspectedLine,
    Method,
    Standing,
    Subject,
    TrustState,
)
from tests.courses.passports import (
    BODY,
    DAY,
    FLOUR,
    HOUSE,
    IMAGES,
    MACHINE,
    OFFERED,
    body,
    house,
    law,
    passport,
)

NEVER_DRAWN = 999_999
MASS = 20_000_000_000
FIVE_PER_MILLE = MASS // 200


def plant(offered: Offered, facts: Any = HOUSE, draw: int = NEVER_DRAWN) -> Owed:
    """What becomes of the examination by plant quarantine."""
    found = owed(facts, facts.lane, [offered], law(), draw)
    return next(one for one in found if one.kind is Method.PLANT)


def with_passport(**changes: Any) -> Offered:
    return replace(OFFERED, passport=passport(**changes))


def test_a_passport_replaces_the_examination_that_it_fits() -> None:
    (found,) = owed(HOUSE, "green", [OFFERED], law(), NEVER_DRAWN)
    assert (found.kind, found.replaced_by, found.re_check) == (Method.PLANT, OFFERED.id, False)
    assert not found.is_done_here
    assert (found.basis, found.source, found.confidence) == ("aa_bb-RE-01", "Code 4", "unverified")
    (judged,) = found.judgements
    assert (judged.verdict, judged.code) == (RECOGNISED, "")
    assert judged.source == "Compact, art. 6 (Gazette 1)"


@pytest.mark.parametrize(
    ("lane", "kinds"),
    [
        ("green", ["plant"]),
        ("yellow", ["documents", "plant"]),
        ("red", ["documents", "x_ray", "weighing", "plant"]),
        ("", ["documents", "x_ray", "weighing", "plant"]),  # unknown counts as red
    ],
)
def test_what_is_owed_by_lane(lane: str, kinds: list[str]) -> None:
    assert [one.kind for one in owed(HOUSE, lane, [], law(), 0)] == kinds


@pytest.mark.parametrize(
    ("goods", "kinds"),
    [
        ([MACHINE], []),
        ([MACHINE, FLOUR], ["plant"]),
        ([InspectedLine(1, "")], ["plant"]),  # it may be anything
        ([InspectedLine(1, "11")], ["plant"]),  # it may be flour
        ([InspectedLine(1, "12")], []),
        ([], ["plant"]),
    ],
)
def test_what_is_owed_by_code(goods: list[InspectedLine], kinds: list[str]) -> None:
    found = owed(house(goods=goods), "green", [], law(), 0)
    assert [one.kind for one in found] == kinds


@pytest.mark.parametrize(
    ("lane", "kinds"),
    [("green", []), ("yellow", ["documents"]), ("red", ["documents", "opening"])],
)
@pytest.mark.parametrize("changes", [{"direction": "transit"}, {"side": "cc"}, {"day": 100}])
def test_where_no_law_lists_anything_the_lane_decides(
    lane: str, kinds: list[str], changes: dict[str, Any]
) -> None:
    found = owed(house(**changes), lane, [OFFERED], law(), 0)
    assert [one.kind for one in found] == kinds
    assert all(one.is_done_here for one in found)


FAILS: list[tuple[str, Offered]] = [
    ("INS01", replace(OFFERED, standing=Standing.OVERRIDDEN, because="seal broken")),
    ("INS02", replace(OFFERED, standing=Standing.WITHDRAWN)),
    ("INS03", replace(OFFERED, standing=Standing.MISSED)),
    ("INS05", with_passport(house_no="2")),
    ("INS05", with_passport(house_no="")),
    ("INS06", replace(OFFERED, body=None)),
    ("INS06", replace(OFFERED, administration="cc")),
    ("INS06", replace(OFFERED, administration="cc", body=body(administration="cc"))),
    ("INS07", with_passport(key_id="")),
    ("INS07", replace(OFFERED, body=body(keys=[BodyKey("k1", "00", DAY - 1)]))),
    ("INS07", replace(OFFERED, body=body(keys=[BodyKey("k1", "00", DAY - 9, DAY - 2)]))),
    ("INS08", replace(OFFERED, signed=False)),
    ("INS09", with_passport(competence="")),
    ("INS09", with_passport(competence="quality")),
    ("INS09", with_passport(competence="customs")),
    ("INS10", with_passport(method="")),
    ("INS10", with_passport(method="sampling")),
    ("INS11", with_passport(finding="")),
    ("INS11", with_passport(finding="conforms to the sample")),
    ("INS12", with_passport(inspected_at=(DAY - 15) * DAY_MS)),
    ("INS12", with_passport(inspected_at=(DAY + 1) * DAY_MS)),
    ("INS13", with_passport(valid_until="")),
    ("INS13", with_passport(valid_until="2024-10-03")),
    ("INS15", with_passport(goods=[])),
    ("INS15", with_passport(goods=[InspectedLine(1, "1101", 1, MASS)])),
    ("INS15", with_passport(goods=[InspectedLine(1, "110200", 1, MASS)])),
    ("INS16", with_passport(goods=[InspectedLine(1, "110100")])),
    ("INS16", with_passport(goods=[InspectedLine(1, "110100", 1, MASS + FIVE_PER_MILLE + 1)])),
    ("INS16", with_passport(goods=[InspectedLine(1, "110100", 1, MASS - FIVE_PER_MILLE - 1)])),
    ("INS17", replace(OFFERED, spent_on="ZZ/2026/1")),
]


@pytest.mark.parametrize(("code", "offered"), FAILS)
def test_what_is_not_recognised(code: str, offered: Offered) -> None:
    found = plant(offered)
    (judged,) = found.judgements
    assert judged.code == code
    assert judged.verdict == (OVERRIDDEN if code == "INS01" else NOT_RECOGNISED)
    assert judged.says
    assert judged.fix
    assert judged.field
    assert judged.source
    assert found.is_done_here
    assert found.replaced_by == ""


@pytest.mark.parametrize(
    "offered",
    [
        with_passport(inspected_at=(DAY - 14) * DAY_MS),
        with_passport(inspected_at=DAY * DAY_MS + DAY_MS - 1),
        with_passport(valid_until="2024-10-04"),
        with_passport(goods=[InspectedLine(1, "1101001500", 1, MASS + FIVE_PER_MILLE)]),
        with_passport(goods=[InspectedLine(1, "110100", 1, MASS - FIVE_PER_MILLE)]),
        with_passport(goods=[InspectedLine(n, "110100", 1, MASS // 2) for n in (1, 2)]),
        with_passport(goods=[FLOUR, MACHINE]),  # more was inspected than is asked for
        with_passport(weighed_mass_mg=1),  # the examination is of one line, not of the house
        replace(OFFERED, body=body(keys=[BodyKey("k1", "00", DAY - 2)])),
        replace(OFFERED, body=body(keys=[BodyKey("k1", "00", 0, DAY - 1)])),
    ],
)
def test_at_the_limit_it_is_recognised(offered: Offered) -> None:
    assert plant(offered).replaced_by == OFFERED.id


@pytest.mark.parametrize(
    "goods",
    [
        [InspectedLine(1, "110100", 1, -1)],
        [FLOUR, InspectedLine(2, "1101009000", 1, -1)],
    ],
)
def test_an_unknown_mass_of_the_house_is_never_the_same(goods: list[InspectedLine]) -> None:
    (judged,) = plant(OFFERED, house(goods=goods)).judgements
    assert judged.code == "INS16"


def test_an_unknown_code_of_the_house_is_never_the_same() -> None:
    (judged,) = plant(OFFERED, house(goods=[FLOUR, InspectedLine(2, "")])).judgements
    assert judged.code == "INS15"


WEIGHED = replace(
    OFFERED,
    passport=passport(
        method="weighing",
        competence=Subject.CUSTOMS,
        weighed_mass_mg=21_000_000_000,
        inspected_at=(DAY - 1) * DAY_MS,
    ),
)


@pytest.mark.parametrize(
    ("weighed", "gross", "code"),
    [
        (21_000_000_000, 21_000_000_000, ""),
        (21_105_000_000, 21_000_000_000, ""),
        (21_105_000_001, 21_000_000_000, "INS16"),
        (-1, 21_000_000_000, "INS16"),
        (21_000_000_000, -1, "INS16"),
        (0, 0, "INS16"),
    ],
)
def test_a_weighing_compares_the_gross_mass(weighed: int, gross: int, code: str) -> None:
    changed = passport(**{n: getattr(WEIGHED.passport, n) for n in ("method", "inspected_at")})
    changed = passport(
        method=changed.method,
        inspected_at=changed.inspected_at,
        competence="customs",
        weighed_mass_mg=weighed,
    )
    found = owed(
        house(gross_mass_mg=gross),
        "red",
        [replace(WEIGHED, passport=changed)],
        law(),
        NEVER_DRAWN,
    )
    (one,) = [one for one in found if one.kind is Method.WEIGHING]
    assert one.judgements[0].code == code


def test_of_a_whole_house_nothing_else_may_have_been_inspected() -> None:
    more = passport(
        method="weighing",
        competence="customs",
        weighed_mass_mg=21_000_000_000,
        inspected_at=DAY * DAY_MS,
        goods=[FLOUR, MACHINE],
    )
    found = owed(HOUSE, "red", [replace(WEIGHED, passport=more)], law(), NEVER_DRAWN)
    (one,) = [one for one in found if one.kind is Method.WEIGHING]
    assert one.judgements[0].says == "843351 is not in the house"


X_RAY = replace(
    OFFERED,
    passport=passport(
        method="x_ray", competence="customs", inspected_at=DAY * DAY_MS, image_digest="ab" * 32
    ),
)


def test_an_image_is_recognised_on_no_agreement_about_results() -> None:
    found = owed(HOUSE, "red", [X_RAY], law(), NEVER_DRAWN)
    (one,) = [one for one in found if one.kind is Method.X_RAY]
    assert one.is_done_here
    (judged,) = one.judgements
    assert judged.code == "INS04"
    assert "images were agreed in principle; a press release" in judged.says
    assert judged.source.startswith("no act on file")


def test_an_image_is_recognised_on_a_basis_of_its_own() -> None:
    found = owed(HOUSE, "red", [X_RAY], law(IMAGES), NEVER_DRAWN)
    (one,) = [one for one in found if one.kind is Method.X_RAY]
    assert (one.replaced_by, one.basis) == (X_RAY.id, "aa_bb-RE-02")


@pytest.mark.parametrize("digest", ["", "ab", "xy" * 32, "AB" * 32])
def test_an_image_without_its_digest_is_none(digest: str) -> None:
    blind = passport(
        method="x_ray", competence="customs", inspected_at=DAY * DAY_MS, image_digest=digest
    )
    found = owed(HOUSE, "red", [replace(X_RAY, passport=blind)], law(IMAGES), NEVER_DRAWN)
    (one,) = [one for one in found if one.kind is Method.X_RAY]
    assert one.judgements[0].code == "INS14"


@pytest.mark.parametrize(
    ("trust", "draw", "re_check"),
    [
        (TrustState.LEARNING, 299_999, True),
        (TrustState.LEARNING, 300_000, False),
        (TrustState.TRUSTED, 49_999, True),
        (TrustState.TRUSTED, 50_000, False),
        (TrustState.SUSPENDED, 999_999, True),
    ],
)
def test_the_share_that_is_re_checked(trust: TrustState, draw: int, re_check: bool) -> None:
    found = plant(replace(OFFERED, trust=trust), draw=draw)
    assert found.re_check is re_check
    assert found.is_done_here is re_check
    assert found.judgements[0].verdict == (DRAWN if re_check else RECOGNISED)


def test_without_a_rule_everything_is_re_checked() -> None:
    ruleless = replace(law(), trusts=())
    (found,) = owed(HOUSE, "green", [OFFERED], ruleless, NEVER_DRAWN)
    assert found.re_check


def test_what_was_drawn_stays_drawn_whatever_comes_later() -> None:
    newer = replace(OFFERED, id="from aa AA-PQ/P-2", passport=passport(inspected_at=DAY * DAY_MS))
    before = replace(OFFERED, standing=Standing.DRAWN)
    (found,) = owed(HOUSE, "green", [newer, before], law(), NEVER_DRAWN)
    assert (found.replaced_by, found.re_check) == (before.id, True)


def test_what_a_re_check_confirmed_is_not_drawn_again() -> None:
    (found,) = owed(HOUSE, "green", [replace(OFFERED, standing=Standing.CONFIRMED)], law(), 0)
    assert (found.replaced_by, found.re_check) == (OFFERED.id, False)


@pytest.mark.parametrize("finding", ["differs", "prohibited"])
@pytest.mark.parametrize("signed", [True, False])
def test_whoever_found_a_difference_is_heard(finding: str, signed: bool) -> None:
    found = owed(HOUSE, "green", [replace(with_passport(finding=finding), signed=signed)], law(), 0)
    assert [one.kind for one in found] == [Method.OPENING, Method.PLANT]
    assert all(one.is_done_here for one in found)
    assert f"P-1: {finding}" in found[0].because


@pytest.mark.parametrize("standing", [Standing.OVERRIDDEN, Standing.WITHDRAWN])
def test_what_was_set_aside_opens_nothing(standing: Standing) -> None:
    aside = replace(with_passport(finding="differs"), standing=standing)
    assert [one.kind for one in owed(HOUSE, "green", [aside], law(), 0)] == [Method.PLANT]


def test_codes_are_permanent_and_in_order() -> None:
    assert [one.code for one in CONDITIONS] == [f"INS{n:02}" for n in range(1, 18)]


def test_the_body_that_is_registered_is_as_the_tests_say() -> None:
    assert BODY.key("k1", DAY) is not None
    assert BODY.key("k1", DAY + 100) is None


def test_every_condition_is_documented() -> None:
    page = (Path(__file__).parents[2] / "docs" / "inspections.md").read_text("utf-8")
    assert [one.code for one in CONDITIONS if f"| {one.code} | `{one.field}` |" not in page] == []
