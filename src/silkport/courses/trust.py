"""Trust in an inspection body, by method: Wald's sequential probability ratio test of re-checks.

Each re-check that was drawn either agrees with the passport or shows a miss. With m misses in n
re-checks the likelihood ratio of a bad body (share of misses p1) to a good one (p0) is

    (p1/p0)^m * ((1-p1)/(1-p0))^(n-m)

The body is suspended once the ratio reaches (1-beta)/alpha, trusted once it is down to
beta/(1-alpha); until then it is re-checked on. A test that ended begins anew, so that a body that
was once good stays under watch. Both sides are multiplied out and compared as whole numbers:
nothing is rounded. Source: A. Wald, Sequential Analysis, 1947, section 3.2.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from silkport.kernel.inspection_errors import InspectionStepRefused
from silkport.law.recognition import PPM, TrustRule
from silkport.model.inspections import Trust, TrustState

ACCEPT, REJECT, REINSTATE = "accept", "reject", "reinstate"


class Turn(NamedTuple):
    """From one state, by one event, to another."""

    state: TrustState
    event: str
    to: TrustState


TURNS: tuple[Turn, ...] = (
    Turn(TrustState.LEARNING, ACCEPT, TrustState.TRUSTED),
    Turn(TrustState.LEARNING, REJECT, TrustState.SUSPENDED),
    Turn(TrustState.TRUSTED, ACCEPT, TrustState.TRUSTED),
    Turn(TrustState.TRUSTED, REJECT, TrustState.SUSPENDED),
    Turn(TrustState.SUSPENDED, REINSTATE, TrustState.LEARNING),
)
"""Every turn. Out of suspension there is no way but an officer's."""

_TURNS = {(one.state, one.event): one.to for one in TURNS}


def verdict(clean: int, missed: int, rule: TrustRule) -> str:
    """What the test says after so many re-checks: ACCEPT, REJECT, or "" while it goes on.

    Args:
        clean, missed: re-checks without and with a miss.
    """
    bad = rule.p1_ppm**missed * (PPM - rule.p1_ppm) ** clean
    good = rule.p0_ppm**missed * (PPM - rule.p0_ppm) ** clean
    if bad * rule.alpha_ppm >= good * (PPM - rule.beta_ppm):
        return REJECT
    if bad * (PPM - rule.alpha_ppm) <= good * rule.beta_ppm:
        return ACCEPT
    return ""


def rechecked(trust: Trust, rule: TrustRule | None, *, missed: bool) -> Trust:
    """The trust after a re-check that was drawn.

    Args:
        rule: the test in force; None draws no conclusion.
    """
    counted = msgspec.structs.replace(
        trust, rechecked=trust.rechecked + 1, misses=trust.misses + missed
    )
    if trust.state is TrustState.SUSPENDED:
        return counted
    counted = msgspec.structs.replace(
        counted, clean=trust.clean + (not missed), missed=trust.missed + missed
    )
    said = verdict(counted.clean, counted.missed, rule) if rule else ""
    return _turned(counted, said) if said else counted


def missed_beside(trust: Trust) -> Trust:
    """The trust after a miss where nothing was drawn.

    Who looks because he suspects something finds more than chance would: it is counted and shown,
    and is no part of the test.
    """
    return msgspec.structs.replace(trust, misses_beside=trust.misses_beside + 1)


def reinstated(trust: Trust) -> Trust:
    """The trust after an officer lifted a suspension. Raises InspectionStepRefused."""
    return _turned(trust, REINSTATE)


def share_ppm(state: TrustState, rule: TrustRule | None) -> int:
    """The share of passports that is re-checked, in millionths; all where no rule is in force."""
    if rule is None or state is TrustState.SUSPENDED:
        return PPM
    return rule.learning_ppm if state is TrustState.LEARNING else rule.trusted_ppm


def _turned(trust: Trust, event: str) -> Trust:
    to = _TURNS.get((trust.state, event))
    if to is None:
        what = f"Trust in {trust.body_code} by {trust.method}"
        raise InspectionStepRefused(what=what, standing=trust.state, event=event)
    return msgspec.structs.replace(trust, state=to, clean=0, missed=0, tests=trust.tests + 1)
