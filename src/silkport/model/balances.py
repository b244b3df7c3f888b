"""Balances: money paid in advance, a guarantee, a permit written off by mass or number.

A balance is one number that an issuer opened for a holder. What is taken from it is kept with the
matter that takes it, in a drawing: a declaration, a transit, a receipt.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum

import msgspec

from silkport.kernel.errors import InvalidValue
from silkport.kernel.money import Money, decimals_of
from silkport.kernel.periods import day_number
from silkport.kernel.quantities import Quantity
from silkport.kernel.scaled import format_scaled

NO_END = day_number(date.max)
"""The stop of what has no end that is known: 31 December 9999."""

MASS = "mg"
SHIPMENTS = "shipments"
OF_UNIT = "e5 "
"""What begins the unit of a quantity: "e5 H87" is hundred-thousandths of a piece."""

MOST = 10**17
"""The largest amount of one balance, in its unit."""


class BalanceKind(StrEnum):
    """What is kept."""

    MONEY = "money"
    GUARANTEE = "guarantee"
    PERMIT = "permit"


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """What a balance may be used for; an empty tuple is everything.

    Attributes:
        hs: digits that the commodity code begins with.
        procedures: customs procedures or supervision modes.
        directions: import, export or transit.
        countries: ISO alpha-2; the origin of the goods, of exports their destination.
    """

    hs: tuple[str, ...] = ()
    procedures: tuple[str, ...] = ()
    directions: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()


class Balance(msgspec.Struct, frozen=True, kw_only=True):
    """One balance as it stands: opened = free + reserved + used.

    Attributes:
        paper: of a permit the kind of document, in the administration's list of box 44.
        number: as its issuer writes it.
        holder: who may use it, by national number or pseudonym; "" is whoever names it.
        unit: currency (amounts in its minor units), "mg", "e5 UNIT" or "shipments".
        opened: all that was ever there to use; None is without limit, and then so is `free`.
        start, stop: days since 1970-01-01 on which it may be drawn upon, half-open.
        source: the act or paper it stands on.
        page: counts the dossiers that keep it, one after the other; `carried` is on those before.
    """

    kind: BalanceKind
    number: str
    paper: str = ""
    holder: str = ""
    issuer: str
    unit: str
    opened: int | None
    free: int | None
    reserved: int = 0
    used: int = 0
    scope: Scope = Scope()
    start: int
    stop: int = NO_END
    source: str
    closed: bool = False
    page: int = 1
    carried: bool = False

    @property
    def id(self) -> str:
        """How entries name it."""
        return balance_id(self.kind, self.number, self.paper)

    def in_force(self, day: int) -> bool:
        """Whether it may be drawn upon on a day."""
        return not self.closed and self.start <= day < self.stop


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One entry on one balance.

    Attributes:
        cause: why, once for each thing that happens: the registration, the release, a receipt.
        line: of the matter; 0 is the matter as a whole.
        amount: in `unit`; of a correction what it is set to, else what is moved.
        day: legal day of the matter, days since 1970-01-01.
        at: moment it was made, milliseconds since 1970-01-01T00:00Z.
    """

    cause: str
    event: str
    balance: str
    amount: int
    unit: str
    line: int = 0
    day: int
    at: int

    @property
    def key(self) -> tuple[str, int, str]:
        """What stands once in a drawing."""
        return self.cause, self.line, self.balance


class Charge(msgspec.Struct, frozen=True, kw_only=True):
    """What a declaration has to pay: minor units of a currency.

    Attributes:
        payer: by national number or pseudonym.
        day: legal day, days since 1970-01-01.
        since: moment from which it is charged, milliseconds since 1970-01-01T00:00Z.
    """

    payer: str
    currency: str
    owed: int
    day: int
    since: int


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """The word of a treasury or bank that somebody paid.

    Attributes:
        balance: number of the balance it is for; "" is the payer's account.
        amount: minor units of the currency.
        day: of the payment, days since 1970-01-01.
    """

    number: str
    payer: str
    amount: int
    currency: str
    day: int
    balance: str = ""
    issuer: str = ""


class Transit(msgspec.Struct, frozen=True, kw_only=True):
    """The transit that a guarantee is reserved for.

    Attributes:
        towards: the peer whose word on the arrival counts; "" is any.
        until: moment by which it must have arrived, milliseconds since 1970-01-01T00:00Z.
        differs: how it arrived otherwise than declared; an officer decides then.
    """

    case: str
    consignment_no: str
    house_no: str = ""
    towards: str = ""
    until: int
    overdue: bool = False
    differs: str = ""


class Deferral(msgspec.Struct, frozen=True, kw_only=True):
    """The deferred payment that a guarantee is reserved for.

    Attributes:
        day: the last on which it may be paid, days since 1970-01-01.
        until: moment at which that day is over, milliseconds since 1970-01-01T00:00Z.
        owed: the goods are released; of those that are not, nothing is late.
    """

    case: str
    day: int
    until: int
    owed: bool = False
    overdue: bool = False


class Drawing(msgspec.Struct, frozen=True, kw_only=True):
    """All entries of one matter: a declaration, a transit, a receipt.

    Attributes:
        round: counts the times that what it takes was set; it is part of the causes.
        settled: what was reserved is used, so what comes now is used as well.
    """

    matter: str
    entries: tuple[Entry, ...] = ()
    round: int = 0
    settled: bool = False
    charge: Charge | None = None
    transit: Transit | None = None
    deferral: Deferral | None = None

    @property
    def term(self) -> Transit | Deferral | None:
        """What has to be done by a moment as long as something is reserved for it."""
        return self.transit or self.deferral


def balance_id(kind: BalanceKind, number: str, paper: str = "") -> str:
    """The identity of a balance: spaces and case of its number carry nothing."""
    plain = "".join(number.split()).upper()
    return " ".join(filter(None, (kind.value, paper, plain)))


def shown(amount: int, unit: str) -> str:
    """An amount of a balance as people read it: "12.50 KZT", "1.5 kg", "20 H87", "3 shipments"."""
    if unit == MASS:
        return f"{format_scaled(amount, places=6, shortest=True)} kg"
    if unit == SHIPMENTS:
        return f"{amount} {SHIPMENTS}"
    if unit.startswith(OF_UNIT):
        return str(Quantity(amount, unit.removeprefix(OF_UNIT)))
    return str(Money(amount, unit))


def demand_unit(kind: BalanceKind, unit: str) -> None:
    """Raises InvalidValue unless a balance of that kind can be kept in the unit."""
    if kind is not BalanceKind.PERMIT:
        decimals_of(unit)
    elif unit not in (MASS, SHIPMENTS) and not (
        unit.startswith(OF_UNIT) and unit.removeprefix(OF_UNIT).isalnum()
    ):
        reason = f"write {MASS}, {SHIPMENTS} or {OF_UNIT}and a unit, such as {OF_UNIT}H87"
        raise InvalidValue(what="the unit of a permit", value=unit, reason=reason)
