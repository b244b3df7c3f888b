"""Acting for another: which power of attorney lets a representative act, or why none does.

A dated power is read by the legal day of what is done under it. Source: Customs Code of the
Eurasian Economic Union, art. 401 to 405 (customs representative; from memory, unverified); China:
declarations by a broker under a power of attorney, Customs Law art. 9 (from memory, unverified).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from silkport.kernel.periods import day_of
from silkport.model.parties import BY_POWER, ENTITLED, Deed, Party, Power


@dataclass(frozen=True, slots=True)
class Acting:
    """Something somebody does for a principal on a legal day."""

    principal: str
    representative: str
    deed: Deed
    procedure: str
    direction: str
    day: int


@dataclass(frozen=True, slots=True)
class Entitled:
    """The power that lets him act, or the reason why none does; he needs none for himself."""

    power: Power | None = None
    reason: str = ""

    @property
    def is_so(self) -> bool:
        """Whether he may act."""
        return not self.reason


def entitled(what: Acting, powers: Iterable[Power]) -> Entitled:
    """Whether the representative may act, by the powers that are known of the two.

    Of several that hold the one that ends last is named. Of several that do not, the reason is that
    of the one that comes closest, so that the smallest fix is told.
    """
    if what.representative == what.principal:
        return Entitled()
    if not what.principal or not what.representative:
        return Entitled(reason="it is not stated who acts for whom")
    if what.deed not in BY_POWER:
        return Entitled(reason="nobody can do that for another")
    of_both = [
        one
        for one in powers
        if (one.principal, one.representative) == (what.principal, what.representative)
    ]
    holding = [one for one in of_both if not _why_not(one, what)]
    if holding:
        return Entitled(power=max(holding, key=lambda one: (one.stop, one.number)))
    reasons = sorted(filter(None, (_why_not(one, what) for one in of_both)))
    return Entitled(reason=reasons[-1][1] if reasons else "none is known")


def _why_not(power: Power, what: Acting) -> tuple[int, str] | None:
    """How close a power comes, and why it does not do; None where it does."""
    if what.deed not in power.deeds:
        named = ", ".join(power.deeds)
        return 0, f"{power.number} is only to {named}"
    if power.procedures and what.procedure not in power.procedures:
        return 1, f"{power.number} is only for procedures {', '.join(power.procedures)}"
    if power.directions and what.direction not in power.directions:
        return 2, f"{power.number} is only for {', '.join(power.directions)}"
    if what.day < power.start:
        return 3, f"{power.number} begins on {day_of(power.start)}"
    if what.day >= power.revoked:
        return 4, f"{power.number} was revoked as of {day_of(power.revoked)}"
    if what.day >= power.stop:
        return 5, f"{power.number} lapsed; its last day was {day_of(power.stop - 1)}"
    return None


def may(party: Party | None, deed: Deed, day: int) -> bool:
    """Whether a party is registered on a day in a role that may do a deed; nobody unknown is."""
    if party is None:
        return False
    return any(
        deed in ENTITLED[role] and start <= day < stop
        for role, (start, stop) in party.roles.items()
    )
