"""What a declaration takes from which balance: permits by what they cover, money in its currency.

Pure: the node hands in the balances that were named, and enters what is planned here. A balance
that cannot be used becomes a finding that says who must act; nothing is refused or lost by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from silkport.kernel.errors import InvalidValue
from silkport.kernel.findings import Effect, Finding
from silkport.kernel.periods import day_of
from silkport.kernel.quantities import QUANTITY_PLACES, Quantity, unit_of
from silkport.kernel.scaled import Rounding
from silkport.model.balances import MASS, NO_END, OF_UNIT, SHIPMENTS, Balance, shown
from silkport.model.columns import MISSING

UNPAID, NOT_CHARGED = "BAL001", "BAL002"
UNKNOWN, OUTSIDE, OTHER_HOLDER, NOT_IN_FORCE = "BAL003", "BAL004", "BAL005", "BAL006"
SHORT, UNMEASURED, NO_GUARANTEE = "BAL007", "BAL008", "BAL009"

FINDINGS: Mapping[str, tuple[Effect, str]] = {
    UNPAID: (Effect.WAIT, "declarant"),
    NOT_CHARGED: (Effect.WAIT, "officer"),
    UNKNOWN: (Effect.HOLD, "issuer"),
    OUTSIDE: (Effect.HOLD, "declarant"),
    OTHER_HOLDER: (Effect.HOLD, "officer"),
    NOT_IN_FORCE: (Effect.HOLD, "declarant"),
    SHORT: (Effect.HOLD, "declarant"),
    UNMEASURED: (Effect.HOLD, "declarant"),
    NO_GUARANTEE: (Effect.HOLD, "declarant"),
}
"""By code: what the finding does, and who must act. Sentence, field and fix: `law/sentences`."""

_MILLIGRAMS = "MGM"


@dataclass(frozen=True, slots=True, kw_only=True)
class Goods:
    """What a line states that a permit can be measured by.

    Attributes:
        country: origin; of exports the destination. ISO alpha-2.
        parties: national numbers or pseudonyms of declarant, consignor and consignee.
        day: legal day, days since 1970-01-01.
        mass_mg: net mass; MISSING when it is not stated.
        quantities: box 41 and the other quantity of the line.
    """

    line: int
    hs: str
    country: str
    procedure: str
    direction: str
    parties: frozenset[str]
    day: int
    mass_mg: int = MISSING
    quantities: tuple[Quantity, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """Documents of one kind that a line names, by number; any of them may answer for it.

    `demanded` says that the law wants one of that kind for these goods.
    """

    paper: str
    numbers: tuple[str, ...]
    goods: Goods
    demanded: bool = True


@dataclass(frozen=True, slots=True)
class Take:
    """So much that could be taken from a balance; `line` 0 is the declaration as a whole."""

    balance: str
    unit: str
    amount: int
    line: int = 0


@dataclass(frozen=True, slots=True)
class Want:
    """One thing to be covered by one or several of these, in this order; one unit at a time."""

    line: int
    takes: tuple[Take, ...]


@dataclass(frozen=True, slots=True)
class Missing:
    """A want that the balances named for it do not cover."""

    want: Want
    has: int
    missing: int

    @property
    def first(self) -> Take:
        """The balance that is named to whoever must act."""
        return self.want.takes[0]


def finding(code: str, case: str, line: int, facts: Mapping[str, str]) -> Finding:
    """A finding of this room, with who must act among its facts."""
    effect, who = FINDINGS[code]
    return Finding(code, case, line, effect, {"who": who, **facts})


def objection(balance: Balance, goods: Goods) -> str:
    """The code of why a permit does not answer for goods; "" when it does.

    In order: what it covers, whose it is, what is measured, when it is in force.
    """
    scope = balance.scope
    asked = (
        (scope.procedures, goods.procedure),
        (scope.directions, goods.direction),
        (scope.countries, goods.country),
    )
    if any(some and one not in some for some, one in asked):
        return OUTSIDE
    if scope.hs and not goods.hs.startswith(scope.hs):
        return OUTSIDE
    if balance.holder and balance.holder not in goods.parties:
        return OTHER_HOLDER
    if measured(balance.unit, goods) is None:
        return UNMEASURED
    return "" if balance.in_force(goods.day) else NOT_IN_FORCE


def measured(unit: str, goods: Goods) -> int | None:
    """What goods are in the unit of a permit, never rounded down; None when they do not say it."""
    if unit == SHIPMENTS:
        return 1
    mass = Quantity(goods.mass_mg * 10**QUANTITY_PLACES, _MILLIGRAMS)
    if unit == MASS:
        return goods.mass_mg if goods.mass_mg >= 0 else None
    wanted = unit.removeprefix(OF_UNIT)
    for stated in (*goods.quantities, *([mass] if goods.mass_mg >= 0 else [])):
        if stated.value_e5 < 0 or (stated.unit != wanted and not _alike(stated.unit, wanted)):
            continue
        return stated.convert(wanted, Rounding.UP).value_e5
    return None


def _alike(one: str, other: str) -> bool:
    try:
        return unit_of(one).dimension is unit_of(other).dimension
    except InvalidValue:
        return False


def take(balance: Balance, goods: Goods) -> Take:
    """What a permit without objection has to give for goods."""
    amount = measured(balance.unit, goods)
    assert amount is not None, "a permit without objection can be measured"
    line = 0 if balance.unit == SHIPMENTS else goods.line
    return Take(balance.id, balance.unit, amount, line)


def in_order(balances: Iterable[Balance]) -> list[Balance]:
    """The order in which balances are drawn upon: what ends first goes first."""
    return sorted(balances, key=lambda one: (one.stop, one.start, one.id))


Targets = dict[tuple[str, int], int]
"""By balance and line: what a matter shall have of it."""


def plan(
    free: Mapping[str, int | None], wants: Sequence[Want], *, partial: bool = False
) -> tuple[Targets, list[Missing]]:
    """What to take of each balance so that every want is covered, and which are not.

    Args:
        free: by balance what may be taken, with what the matter has of it now; None is no limit.
        partial: of a want that is not covered what there is is taken: its goods are gone already.
    """
    left = dict(free)
    targets: Targets = {}
    missing = []
    for want in wants:
        groups: dict[str, list[Take]] = {}
        for one in want.takes:
            groups.setdefault(one.unit, []).append(one)
        shares = [(_shares(left, targets, group), group[0].amount) for group in groups.values()]
        whole = next((found for found, amount in shares if sum(found.values()) >= amount), None)
        if whole is None:
            first, amount = shares[0]
            has = sum(first.values())
            missing.append(Missing(want, has, amount - has))
            whole = first if partial else {}
        for place, share in whole.items():
            before = targets.get(place, 0)
            targets[place] = share if place[1] == 0 and _is_count(want, place) else before + share
            rest = left[place[0]]
            if rest is not None:
                left[place[0]] = rest - (targets[place] - before)
    return targets, missing


def _is_count(want: Want, place: tuple[str, int]) -> bool:
    return any(one.unit == SHIPMENTS and (one.balance, one.line) == place for one in want.takes)


def _shares(left: Mapping[str, int | None], targets: Targets, group: Sequence[Take]) -> Targets:
    """How a group of one unit would share a want; what is counted once already costs no more."""
    amount, found = group[0].amount, Targets()
    for one in group:
        place = (one.balance, one.line)
        if one.unit == SHIPMENTS and targets.get(place):
            return {place: targets[place]}
    for one in group:
        rest = left[one.balance]
        share = amount if rest is None else min(amount, rest)
        if share > 0:
            found[one.balance, one.line] = share
            amount -= share
    return found


def short(
    missing: Missing, case: str, name: str, source: str, others: Sequence[str] = ()
) -> Finding:
    """The finding of a permit or guarantee of which too little is left.

    Args:
        name: the permit as box 44 states it, or the number of the guarantee.
        source: what it stands on.
        others: matters that use it, for officers.
    """
    unit = missing.first.unit
    facts = {
        "permit": name,
        "source": source,
        "missing": shown(missing.missing, unit),
        "left": shown(missing.has, unit),
        "others": ", ".join(others),
    }
    return finding(SHORT, case, missing.want.line, facts)


def dated(balance: Balance) -> dict[str, str]:
    """The days of a balance as facts of a finding."""
    last = "-" if balance.stop == NO_END else str(day_of(balance.stop - 1))
    return {"first_day": str(day_of(balance.start)), "last_day": last}
