"""The course of a passport: every step of the table, and none beside it."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from silkport.courses.inspection import owed
from silkport.courses.passport import (
    STEPS,
    is_spent,
    judged,
    looked_into,
    received_again,
    set_aside,
    step,
)
from silkport.kernel.errors import InvalidValue
from silkport.kernel.inspection_errors import InspectionStepRefused
from silkport.model.inspections import Finding, Inspection, Method, Standing
from tests.courses.passports import HOUSE, OFFERED, PASSPORT, house, law, passport

HELD = Inspection(passport=PASSPORT, peer="aa", administration="aa", standing=Standing.RECEIVED)
ALLOWED = {(one.standing, one.event): one.to for one in STEPS}
EVENTS = sorted({one.event for one in STEPS})


def held(standing: Standing) -> Inspection:
    return Inspection(passport=PASSPORT, peer="aa", administration="aa", standing=standing)


@pytest.mark.parametrize(("standing", "event"), list(product(Standing, EVENTS)))
def test_every_step(standing: Standing, event: str) -> None:
    if (standing, event) in ALLOWED:
        assert step(held(standing), event).standing is ALLOWED[standing, event]
    else:
        with pytest.raises(InspectionStepRefused, match="is not possible then"):
            step(held(standing), event)


def test_a_step_stands_once() -> None:
    assert len(ALLOWED) == len(STEPS)


def test_judged_once_it_says_nothing_new() -> None:
    found = owed(HOUSE, "green", [OFFERED], law(), 999_999)
    event, after = judged(HELD, OFFERED.id, found, HOUSE)
    assert (event, after.standing, after.replaces) == (
        "recognise",
        Standing.RECOGNISED,
        [Method.PLANT],
    )
    assert judged(after, OFFERED.id, found, HOUSE) == ("", after)


def test_a_refusal_names_the_condition() -> None:
    found = owed(house(house_no="2"), "green", [OFFERED], law(), 0)
    event, after = judged(HELD, OFFERED.id, found, HOUSE)
    assert (event, after.standing, after.code) == ("refuse", Standing.NOT_RECOGNISED, "INS05")
    assert after.because == "it is about KHG-1/1, not KHG-1/2"


def test_a_refusal_names_the_condition_of_its_own_method() -> None:
    found = owed(house(day=HOUSE.day + 30), "red", [OFFERED], law(), 0)
    assert judged(HELD, OFFERED.id, found, HOUSE)[1].code == "INS12"


def test_recognised_before_it_is_refused_when_the_facts_change() -> None:
    before = step(HELD, "recognise", replaces=[Method.PLANT])
    found = owed(house(day=HOUSE.day + 30), "green", [OFFERED], law(), 0)
    event, after = judged(before, OFFERED.id, found, HOUSE)
    assert (event, after.replaces) == ("refuse", [])


FIRST, SECOND = house(case="cn-1"), house(case="cn-2")


def relied_on(standing: Standing = Standing.RECEIVED) -> Inspection:
    """A passport on which the first declaration relies."""
    found = owed(FIRST, "green", [replace(OFFERED, standing=standing)], law(), 999_999)
    return judged(held(standing), OFFERED.id, found, FIRST)[1]


@pytest.mark.parametrize("standing", [Standing.RECEIVED, Standing.DRAWN, Standing.CONFIRMED])
def test_a_passport_is_spent_on_one_declaration(standing: Standing) -> None:
    first = relied_on(standing)
    assert first.relied_on_by == {"import": "cn-1"}
    assert [is_spent(first, one) for one in (FIRST, SECOND)] == [False, True]
    offered = replace(OFFERED, standing=first.standing, spent_on="cn-1")
    found = owed(SECOND, "green", [offered], law(), 999_999)
    assert found[0].is_done_here
    assert found[0].judgements[0].code == "INS17"
    assert judged(first, OFFERED.id, found, SECOND) == ("", first)  # the first keeps it


def test_after_transit_it_serves_the_import() -> None:
    transit = house(case="cn-0", direction="transit")
    assert not is_spent(relied_on(), transit)
    assert not is_spent(HELD, SECOND)


def test_who_may_not_rely_on_it_any_more_has_not_spent_it() -> None:
    later = house(case="cn-1", day=HOUSE.day + 30)
    found = owed(later, "green", [OFFERED], law(), 0)
    event, after = judged(relied_on(), OFFERED.id, found, later)
    assert (event, after.relied_on_by) == ("refuse", {})


def test_where_nothing_is_owed_nothing_is_judged() -> None:
    assert judged(HELD, OFFERED.id, [], HOUSE) == ("", HELD)


@pytest.mark.parametrize("reason", ["", "  "])
def test_an_override_has_a_reason(reason: str) -> None:
    with pytest.raises(InvalidValue, match="a reason"):
        set_aside(HELD, reason)
    assert set_aside(HELD, "seal broken").because == "seal broken"


@pytest.mark.parametrize(
    ("standing", "found", "event"),
    [
        (Standing.DRAWN, Finding.CONFORMS, "confirm"),
        (Standing.DRAWN, Finding.DIFFERS, "miss"),
        (Standing.DRAWN, Finding.PROHIBITED, "miss"),
        (Standing.RECOGNISED, Finding.DIFFERS, "miss"),
        (Standing.OVERRIDDEN, Finding.PROHIBITED, "miss"),
    ],
)
def test_what_a_re_check_leads_to(standing: Standing, found: Finding, event: str) -> None:
    assert looked_into(held(standing), found)[0] == event


@pytest.mark.parametrize("standing", [Standing.RECOGNISED, Standing.CONFIRMED, Standing.MISSED])
def test_what_was_not_drawn_is_not_confirmed(standing: Standing) -> None:
    with pytest.raises(InspectionStepRefused):
        looked_into(held(standing), Finding.CONFORMS)


def test_the_same_again_changes_nothing() -> None:
    assert received_again(HELD, PASSPORT) == ("", HELD)


@pytest.mark.parametrize(
    ("standing", "finding", "to"),
    [
        (Standing.RECOGNISED, "conforms", Standing.RECEIVED),
        (Standing.CONFIRMED, "conforms", Standing.RECEIVED),
        (Standing.DRAWN, "conforms", Standing.DRAWN),
        (Standing.OVERRIDDEN, "conforms", Standing.OVERRIDDEN),
        (Standing.MISSED, "conforms", Standing.MISSED),
        (Standing.MISSED, "withdrawn", Standing.MISSED),
        (Standing.RECOGNISED, "withdrawn", Standing.WITHDRAWN),
        (Standing.DRAWN, "withdrawn", Standing.WITHDRAWN),
        (Standing.WITHDRAWN, "conforms", Standing.WITHDRAWN),
    ],
)
def test_a_number_that_comes_again(standing: Standing, finding: str, to: Standing) -> None:
    anew = passport(finding=finding, body="another name")
    assert received_again(held(standing), anew)[1].standing is to
