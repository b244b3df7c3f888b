"""Parties: which part each plays, how it is called in each script, and who may act for whom."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

import msgspec

from silkport.kernel.errors import InvalidValue
from silkport.kernel.periods import day_number

NO_END = day_number(date.max)
"""The day after the last, where no end is known: 31 December 9999."""


class Role(StrEnum):
    """What a party is in the movement of goods."""

    DECLARANT = "declarant"
    REPRESENTATIVE = "representative"
    CARRIER = "carrier"
    WAREHOUSE_KEEPER = "warehouse_keeper"
    GUARANTOR = "guarantor"
    BANK = "bank"
    INSPECTION_BODY = "inspection_body"
    BORDER_GUARD = "border_guard"
    OFFICER = "officer"


class Deed(StrEnum):
    """What somebody does in the matter of a consignment."""

    DECLARE = "declare"
    CORRECT = "correct"
    WITHDRAW = "withdraw"
    PAY = "pay"
    PRESENT = "present"
    RECEIVE = "receive"
    CARRY = "carry"
    STORE = "store"
    GUARANTEE = "guarantee"
    CONFIRM_PAYMENT = "confirm_payment"
    INSPECT = "inspect"
    LET_THROUGH = "let_through"
    DECIDE = "decide"


ENTITLED: dict[Role, frozenset[Deed]] = {
    Role.DECLARANT: frozenset(
        (Deed.DECLARE, Deed.CORRECT, Deed.WITHDRAW, Deed.PAY, Deed.PRESENT, Deed.RECEIVE)
    ),
    Role.REPRESENTATIVE: frozenset(
        (Deed.DECLARE, Deed.CORRECT, Deed.WITHDRAW, Deed.PAY, Deed.PRESENT, Deed.RECEIVE)
    ),
    Role.CARRIER: frozenset((Deed.CARRY, Deed.PRESENT)),
    Role.WAREHOUSE_KEEPER: frozenset((Deed.STORE, Deed.PRESENT)),
    Role.GUARANTOR: frozenset((Deed.GUARANTEE,)),
    Role.BANK: frozenset((Deed.CONFIRM_PAYMENT, Deed.GUARANTEE)),
    Role.INSPECTION_BODY: frozenset((Deed.INSPECT,)),
    Role.BORDER_GUARD: frozenset((Deed.LET_THROUGH,)),
    Role.OFFICER: frozenset((Deed.DECIDE, Deed.INSPECT)),
}
"""What each role may do; a representative only within a power of attorney of his principal."""

BY_POWER = frozenset(
    (Deed.DECLARE, Deed.CORRECT, Deed.WITHDRAW, Deed.PAY, Deed.PRESENT, Deed.RECEIVE)
)
"""What somebody may do for another who gave him power."""


class Entering(StrEnum):
    """Who gives or ends a power of attorney at a node."""

    PRINCIPAL = "principal"
    """Himself, by his own number."""
    OFFICER = "officer"
    """For him: the paper that he signed was handed in."""


class Script(StrEnum):
    """How a name is written: ISO 15924, with the language where the script has several."""

    CHINESE = "Hans"
    PINYIN = "Latn-zh"
    CYRILLIC = "Cyrl"
    KAZAKH_LATIN = "Latn-kk"
    LATIN = "Latn"


class Name(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One way a name is written.

    Attributes:
        by: who wrote it so: the party itself, or who transliterated it.
        since: day since 1970-01-01.
        is_own: the party's own spelling, as in its register of firms.
    """

    script: Script
    text: str
    by: str
    since: int
    is_own: bool = False


class Party(msgspec.Struct, frozen=True, kw_only=True):
    """A firm or office that the node knows; persons are not kept here.

    Attributes:
        code: its national number.
        names: one for each script at most.
        roles: by role, days from and until (exclusive) which it is registered in it.
    """

    code: str
    country: str
    names: tuple[Name, ...] = ()
    roles: dict[Role, tuple[int, int]] = msgspec.field(default_factory=dict)


class Power(msgspec.Struct, frozen=True, kw_only=True):
    """A power of attorney: who may act for whom, in what, from when until when.

    Attributes:
        principal, representative: national numbers; of a person the node's pseudonym.
        deeds: what he may do.
        procedures, directions: to which it is confined; an empty tuple is everything.
        start, stop: days since 1970-01-01, half-open.
        revoked: first day on which it no longer holds; NO_END while it was not revoked.
        document: number of the paper; box 44, document 11004 in the Union's list 2009.
        digest: SHA-256 of the signed paper, hexadecimal; "" where none was handed in.
    """

    number: str
    principal: str
    representative: str
    deeds: tuple[Deed, ...]
    procedures: tuple[str, ...] = ()
    directions: tuple[str, ...] = ()
    start: int
    stop: int
    revoked: int = NO_END
    document: str = ""
    digest: str = ""

    def __post_init__(self) -> None:
        """Refuse a power over nothing, for oneself, or without end."""
        reason = ""
        if not self.start < self.stop:
            reason = "it ends before it begins"
        elif not self.deeds or not set(self.deeds) <= BY_POWER:
            reason = f"it is for some of {', '.join(sorted(BY_POWER))}"
        elif self.principal == self.representative:
            reason = "nobody needs power to act for himself"
        if reason:
            raise InvalidValue(what="a power of attorney", value=self.number, reason=reason)
