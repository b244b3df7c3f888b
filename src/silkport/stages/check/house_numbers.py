"""Rules of the check stage on the declarant's national number, one for each form of number.

A regime lists those of its administration. That no number is stated is CHK203's to say.
"""

from __future__ import annotations

from silkport.kernel.findings import Effect
from silkport.kernel.identifiers import KZ_RETRY_WEIGHTS, KZ_WEIGHTS
from silkport.law.expression import Expr, where
from silkport.law.sheet import Columns
from silkport.stages.check.houses import houses
from silkport.stages.check.parties import nameless

REFUSE = Effect.REFUSE

TWELVE = "[0-9]{12}"
CREDIT = "[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}"
REGISTERED = "[0-9]{4}[0-9A-Z]{6}"

CREDIT_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""Characters of a unified credit code; each is worth its place. Source: GB 32100-2015."""

CREDIT_DIGITS = range(2, 8)
"""Places of the region, which has digits only. Source: GB 32100-2015."""

CREDIT_MODULUS = 31
"""Source: GB 32100-2015."""

CREDIT_WEIGHTS = tuple(3**place % CREDIT_MODULUS for place in range(17))
"""Weights of the seventeen characters before the check character. Source: GB 32100-2015."""


def credit_value(code: Expr, place: int) -> Expr:
    """What the character at `place` of a unified credit code is worth: 0 to 30.

    Bit by bit: there are five bits and thirty-one characters to ask for.
    """
    if place in CREDIT_DIGITS:
        return code.number(place, 1)
    character = code.part(place, 1)
    worth = where(character.matches(_worth_with(1)), 1, 0)
    for bit in (2, 4, 8, 16):
        worth = worth + where(character.matches(_worth_with(bit)), bit, 0)
    return worth


def _worth_with(bit: int) -> str:
    """The form of the characters whose worth has this bit."""
    return "[" + "".join(one for worth, one in enumerate(CREDIT_CHARACTERS) if worth & bit) + "]"


@houses.rule("CHK206", REFUSE)
def twelve_digits_malformed(h: Columns) -> Expr:
    """The declarant's number is stated and does not have twelve digits."""
    return ~nameless(h.declarant_code) & ~h.declarant_code.matches(TWELVE)


@houses.rule("CHK207", REFUSE)
def twelve_digits_check_digit_wrong(h: Columns) -> Expr:
    """The declarant's number has twelve digits, and the last does not fit the others."""
    first = h.declarant_code.weighted_sum(KZ_WEIGHTS) % 11
    again = h.declarant_code.weighted_sum(KZ_RETRY_WEIGHTS) % 11
    check = where(first == 10, again, first)
    return h.declarant_code.matches(TWELVE) & (h.declarant_code.number(11, 1) != check)


@houses.rule("CHK208", REFUSE)
def credit_code_malformed(h: Columns) -> Expr:
    """The declarant's number is stated and is no credit code and no customs registration."""
    return ~nameless(h.declarant_code) & ~h.declarant_code.matches(f"{REGISTERED}|{CREDIT}")


@houses.rule("CHK209", REFUSE)
def credit_code_check_character_wrong(h: Columns) -> Expr:
    """The declarant's unified credit code has a check character that does not fit the others."""
    total = credit_value(h.declarant_code, 17)
    for place, weight in enumerate(CREDIT_WEIGHTS):
        total = total + credit_value(h.declarant_code, place) * weight
    return h.declarant_code.matches(CREDIT) & (total % CREDIT_MODULUS != 0)
