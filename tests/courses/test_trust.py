"""The sequential test: its turns, its limits, and a plain oracle in exact fractions."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from silkport.courses.trust import (
    ACCEPT,
    REJECT,
    missed_beside,
    rechecked,
    reinstated,
    share_ppm,
    verdict,
)
from silkport.kernel.errors import MalformedLaw
from silkport.kernel.inspection_errors import InspectionStepRefused
from silkport.kernel.periods import Period
from silkport.law.recognition import PPM, TrustRule
from silkport.model.inspections import Trust, TrustState
from tests.courses.passports import RULE


def rule(**changes: int) -> TrustRule:
    return TrustRule(period=Period(date(2020, 1, 1)), source="practice", **(RULE | changes))


def oracle(clean: int, missed: int, with_: TrustRule) -> str:
    """Wald's test as the book has it, in fractions."""
    p0, p1 = Fraction(with_.p0_ppm, PPM), Fraction(with_.p1_ppm, PPM)
    alpha, beta = Fraction(with_.alpha_ppm, PPM), Fraction(with_.beta_ppm, PPM)
    ratio = (p1 / p0) ** missed * ((1 - p1) / (1 - p0)) ** clean
    if ratio >= (1 - beta) / alpha:
        return REJECT
    return ACCEPT if ratio <= beta / (1 - alpha) else ""


SHARES = st.integers(1, PPM - 1)


@given(st.integers(0, 400), st.integers(0, 60), SHARES, SHARES, SHARES, SHARES)
def test_the_test_is_walds(
    clean: int, missed: int, p0: int, p1: int, alpha: int, beta: int
) -> None:
    assume(p0 < p1 and alpha + beta < PPM)
    with_ = rule(p0_ppm=p0, p1_ppm=p1, alpha_ppm=alpha, beta_ppm=beta)
    assert verdict(clean, missed, with_) == oracle(clean, missed, with_)


@given(st.integers(0, 300), st.integers(0, 30))
def test_it_agrees_with_logarithms_to_fifty_digits(clean: int, missed: int) -> None:
    with localcontext() as context:
        context.prec = 50
        ln = {name: (Decimal(RULE[f"{name}_ppm"]) / PPM) for name in ("p0", "p1", "alpha", "beta")}
        so_far = missed * (ln["p1"] / ln["p0"]).ln()
        so_far += clean * ((1 - ln["p1"]) / (1 - ln["p0"])).ln()
        upper = ((1 - ln["beta"]) / ln["alpha"]).ln()
        lower = (ln["beta"] / (1 - ln["alpha"])).ln()
    expected = REJECT if so_far >= upper else ACCEPT if so_far <= lower else ""
    assert verdict(clean, missed, rule()) == expected


@pytest.mark.parametrize(
    ("clean", "missed", "said"),
    [
        (0, 0, ""),
        (30, 0, ""),
        (31, 0, ACCEPT),
        (0, 1, ""),
        (0, 2, REJECT),
        (17, 2, REJECT),
        (18, 2, ""),
        (55, 1, ""),
        (56, 1, ACCEPT),
    ],
)
def test_where_the_shipped_test_ends(clean: int, missed: int, said: str) -> None:
    assert verdict(clean, missed, rule()) == said == oracle(clean, missed, rule())


def after(*misses: bool, trust: Trust | None = None) -> Trust:
    found = trust or Trust(body_code="B", method="plant")
    for one in misses:
        found = rechecked(found, rule(), missed=one)
    return found


def test_a_body_is_learnt_then_trusted_then_watched_on() -> None:
    learnt = after(*[False] * 30)
    assert (learnt.state, learnt.clean) == (TrustState.LEARNING, 30)
    trusted = after(False, trust=learnt)
    assert (trusted.state, trusted.clean, trusted.tests) == (TrustState.TRUSTED, 0, 1)
    assert trusted.rechecked == 31
    again = after(*[False] * 31, trust=trusted)
    assert (again.state, again.tests) == (TrustState.TRUSTED, 2)
    assert after(True, True, trust=again).state is TrustState.SUSPENDED


def test_out_of_suspension_there_is_only_an_officer() -> None:
    suspended = after(True, True)
    assert suspended.state is TrustState.SUSPENDED
    still = after(*[False] * 200, trust=suspended)
    assert (still.state, still.rechecked, still.misses) == (TrustState.SUSPENDED, 202, 2)
    assert (still.clean, still.missed) == (0, 0)
    back = reinstated(still)
    assert (back.state, back.clean, back.missed) == (TrustState.LEARNING, 0, 0)


@pytest.mark.parametrize("state", [TrustState.LEARNING, TrustState.TRUSTED])
def test_only_the_suspended_are_reinstated(state: TrustState) -> None:
    with pytest.raises(InspectionStepRefused, match="SP-6601"):
        reinstated(Trust(body_code="B", method="plant", state=state))


def test_a_miss_beside_the_draw_is_shown_and_proves_nothing() -> None:
    found = missed_beside(missed_beside(Trust(body_code="B", method="plant")))
    assert (found.misses_beside, found.misses, found.missed) == (2, 0, 0)
    assert found.state is TrustState.LEARNING


def test_without_a_rule_nothing_is_concluded_and_all_is_re_checked() -> None:
    found = rechecked(Trust(body_code="B", method="plant"), None, missed=True)
    assert (found.state, found.missed) == (TrustState.LEARNING, 1)
    assert {share_ppm(one, None) for one in TrustState} == {PPM}


def test_shares() -> None:
    shares = {one: share_ppm(one, rule()) for one in TrustState}
    assert shares == {
        TrustState.LEARNING: 300_000,
        TrustState.TRUSTED: 50_000,
        TrustState.SUSPENDED: PPM,
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"p0_ppm": 100_000},
        {"p0_ppm": 0},
        {"p1_ppm": PPM},
        {"alpha_ppm": 0},
        {"alpha_ppm": 950_000},
        {"beta_ppm": 0},
        {"trusted_ppm": 0},
        {"trusted_ppm": 300_001},
        {"learning_ppm": PPM + 1},
    ],
)
def test_a_test_that_cannot_end_does_not_load(changes: dict[str, int]) -> None:
    with pytest.raises(MalformedLaw):
        rule(**changes)
