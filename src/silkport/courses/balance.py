"""The course of a balance: which entries may be made, and what they move.

    top_up    opened and free grow by the amount
    reserve   free to reserved: on registration
    use       reserved to used, and from free what was not reserved: on release
    free      reserved to free: on refusal and withdrawal
    correct   what the line uses (before its first use: reserves) is set to the amount

After every entry opened = free + reserved + used, and none is below zero. The same entry again
changes nothing. What leaves `free` leaves it while the balance is in force on the legal day;
what was reserved in time may be used later.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import msgspec

from silkport.kernel.balance_errors import (
    BalanceEnded,
    BalanceShort,
    EntryDiffers,
    StillReserved,
    UnitDiffers,
)
from silkport.kernel.errors import InvalidValue
from silkport.kernel.exchange_errors import StepNotAllowed
from silkport.kernel.periods import day_of
from silkport.model.balances import (
    MOST,
    NO_END,
    SHIPMENTS,
    Balance,
    BalanceKind,
    Drawing,
    Entry,
    demand_unit,
    shown,
)

_LONGEST = {"number": 60, "paper": 5, "holder": 60, "issuer": 150, "source": 400}


@dataclass(frozen=True, slots=True)
class Held:
    """What one line of a matter has of a balance; `settled` once something of it was used."""

    reserved: int = 0
    used: int = 0
    settled: bool = False

    @property
    def amount(self) -> int:
        """Reserved and used together."""
        return self.reserved + self.used


@dataclass(frozen=True, slots=True)
class Moved:
    """What an entry adds to each part of a balance."""

    opened: int = 0
    free: int = 0
    reserved: int = 0
    used: int = 0


def _use(held: Held, amount: int) -> Moved:
    reserved = min(amount, held.reserved)
    return Moved(free=reserved - amount, reserved=-reserved, used=amount)


def _correct(held: Held, amount: int) -> Moved:
    if held.settled:
        return Moved(free=held.used - amount, used=amount - held.used)
    return Moved(free=held.reserved - amount, reserved=amount - held.reserved)


MOVES: Mapping[str, Callable[[Held, int], Moved]] = {
    "top_up": lambda _, amount: Moved(opened=amount, free=amount),
    "reserve": lambda _, amount: Moved(free=-amount, reserved=amount),
    "use": _use,
    "free": lambda _, amount: Moved(free=amount, reserved=-amount),
    "correct": _correct,
}
"""By event: what it moves, given what the line holds."""


def opening(balance: Balance) -> Balance:
    """A balance as it is opened, all of it free.

    Raises InvalidValue for what no balance can be: no number, a unit of another kind, no day in
    force, money without an amount, an amount below zero or above MOST.
    """
    for name, longest in _LONGEST.items():
        value = str(getattr(balance, name))
        demanded = name in {"number", "issuer", "source"}
        if len(value) > longest or not value.isprintable() or (demanded and not value.strip()):
            reason = f"write {'1' if demanded else '0'} to {longest} printable characters"
            raise InvalidValue(what=f"the {name} of a balance", value=value[:60], reason=reason)
    demand_unit(balance.kind, balance.unit)
    if (balance.kind is BalanceKind.PERMIT) != bool(balance.paper):
        reason = "a permit has a kind of document, money and guarantees have none"
        raise InvalidValue(what="the paper of a balance", value=balance.paper, reason=reason)
    if balance.opened is None and balance.unit != SHIPMENTS:
        reason = f"only permits in {SHIPMENTS} are without limit"
        raise InvalidValue(what="the amount of a balance", value="", reason=reason)
    demand_amount(0 if balance.opened is None else balance.opened)
    if not balance.start < balance.stop <= NO_END:
        reason = "it is in force on no day"
        raise InvalidValue(what="the stop of a balance", value=balance.stop, reason=reason)
    return msgspec.structs.replace(
        balance, free=balance.opened, reserved=0, used=0, closed=False, page=1, carried=False
    )


def held(drawing: Drawing, balance: str, line: int) -> Held:
    """What one line of a matter has of a balance: its entries, added up."""
    now = Held()
    for entry in drawing.entries:
        if entry.balance == balance and entry.line == line:
            now = _after(now, entry)
    return now


def all_held(drawing: Drawing) -> dict[tuple[str, int], Held]:
    """What every line of a matter has, by balance and line, in the order of the first entries."""
    found: dict[tuple[str, int], Held] = {}
    for entry in drawing.entries:
        place = (entry.balance, entry.line)
        found[place] = _after(found.get(place, Held()), entry)
    return found


def paid_minor(drawing: Drawing) -> int:
    """What a declaration has of money, reserved and used together, in minor units."""
    money = f"{BalanceKind.MONEY.value} "
    has = all_held(drawing).items()
    return sum(now.amount for (identity, _), now in has if identity.startswith(money))


def _after(now: Held, entry: Entry) -> Held:
    moved = MOVES[entry.event](now, entry.amount)
    settled = now.settled or entry.event == "use"
    return Held(now.reserved + moved.reserved, now.used + moved.used, settled)


def enter(balance: Balance, drawing: Drawing, entry: Entry) -> tuple[Balance, Drawing]:
    """Makes an entry; one that was made already changes nothing.

    Raises EntryDiffers when its key was used for something else, UnitDiffers, BalanceShort,
    BalanceEnded, StepNotAllowed for more than is reserved, InvalidValue.
    """
    known = next((one for one in drawing.entries if one.key == entry.key), None)
    if known is not None:
        if (known.event, known.amount, known.unit) == (entry.event, entry.amount, entry.unit):
            return balance, drawing
        what = f"The entry {entry.cause} of {drawing.matter}, line {entry.line}, on {balance.id}"
        said = [f"{one.event} {shown(one.amount, one.unit)}" for one in (known, entry)]
        raise EntryDiffers(what=what, known=said[0], stated=said[1])
    demand_amount(entry.amount)
    if entry.event not in MOVES:
        reason = f"known are {', '.join(MOVES)}"
        raise InvalidValue(what="an entry on a balance", value=entry.event, reason=reason)
    assert entry.balance == balance.id, "an entry is made on the balance it names"
    if entry.unit != balance.unit:
        raise UnitDiffers(balance=balance.id, unit=balance.unit, stated=entry.unit)
    now = held(drawing, entry.balance, entry.line)
    if entry.event == "free" and entry.amount > now.reserved:
        state = f"holding {shown(now.reserved, balance.unit)} of {balance.id} in reserve"
        raise StepNotAllowed(
            what=f"{drawing.matter}, line {entry.line},", state=state, event="free"
        )
    after = _moved(balance, entry, MOVES[entry.event](now, entry.amount))
    return after, msgspec.structs.replace(drawing, entries=(*drawing.entries, entry))


def _moved(balance: Balance, entry: Entry, moved: Moved) -> Balance:
    if moved.opened and (balance.closed or balance.opened is None):
        state = "closed" if balance.closed else "without limit"
        raise StepNotAllowed(what=balance.id, state=state, event=entry.event)
    if moved.free < 0:
        _demand_free(balance, entry, -moved.free)
    opened, free = balance.opened, balance.free
    if opened is not None and free is not None:
        opened, free = opened + moved.opened, free + moved.free
        demand_amount(opened)
    after = msgspec.structs.replace(
        balance,
        opened=opened,
        free=free,
        reserved=balance.reserved + moved.reserved,
        used=balance.used + moved.used,
    )
    assert is_conserved(after), "opened is free, reserved and used together"
    return after


def is_conserved(balance: Balance) -> bool:
    """Whether opened = free + reserved + used, with nothing below zero."""
    if balance.reserved < 0 or balance.used < 0:
        return False
    if balance.opened is None or balance.free is None:
        return balance.opened is balance.free
    return balance.free >= 0 and balance.opened == balance.free + balance.reserved + balance.used


def close(balance: Balance) -> Balance:
    """A balance that is drawn upon no more; what is free stays stated. Raises StillReserved."""
    if balance.reserved:
        reserved = shown(balance.reserved, balance.unit)
        raise StillReserved(balance=balance.id, reserved=reserved)
    return msgspec.structs.replace(balance, closed=True)


def demand_amount(amount: int) -> None:
    """Raises InvalidValue for what is no amount of a balance."""
    if type(amount) is not int or not 0 <= amount <= MOST:
        reason = f"it is a whole number from 0 to {MOST:,}"
        raise InvalidValue(what="the amount of a balance", value=str(amount)[:60], reason=reason)


def _demand_free(balance: Balance, entry: Entry, wanted: int) -> None:
    if not balance.in_force(entry.day):
        raise BalanceEnded(
            balance=balance.id, day=str(day_of(entry.day)), reason=why_not(balance, entry.day)
        )
    if balance.free is not None and balance.free < wanted:
        amounts = {"has": balance.free, "wanted": wanted, "missing": wanted - balance.free}
        raise BalanceShort(
            balance=balance.id,
            **{name: shown(one, balance.unit) for name, one in amounts.items()},
        )


def why_not(balance: Balance, day: int) -> str:
    """Why a balance may not be drawn upon on a day."""
    if balance.closed:
        return "it is closed"
    if day < balance.start:
        return f"it begins on {day_of(balance.start)}"
    return f"its last day was {day_of(balance.stop - 1)}"
