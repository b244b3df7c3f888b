"""What stands between a declaration and its release, as the node keeps it beside the case."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Demand(StrEnum):
    """What a law may demand before goods are released."""

    PRESENTATION = "presentation"
    """The goods were presented."""
    PAYMENT = "payment"
    """What is to be paid now is covered by money paid in advance."""
    PERMITS = "permits"
    """Demanded permits are written off by what the lines take of them."""
    INSPECTION = "inspection"
    """What is to be examined was examined here, or a recognised result takes its place."""
    POWER = "power"
    """Who declares for another holds his power of attorney."""
    GUARANTEE = "guarantee"
    """What a transit would owe, or what is secured or deferred, is reserved from a guarantee."""


OFFICER = "officer"
"""In the place of a demand: nothing is missing, but an officer decides."""


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that stands against release, and who must act.

    Attributes:
        code: of `courses/grounds.py` or `courses/write_off.py`; sentences are in `law/sentences`.
        line: goods line; 0 is the declaration as a whole.
        demand: a `Demand`, or OFFICER.
        effect: `hold`, or `wait` where something only has to arrive.
        facts: the values that the sentence names.
        source, confidence: the act that demands it; "" where it is a fact of this declaration.
        waived: a conditional release passes over it.
    """

    code: str
    demand: str
    who: str
    effect: str = "hold"
    line: int = 0
    facts: dict[str, str] = msgspec.field(default_factory=dict)
    source: str = ""
    confidence: str = ""
    waived: bool = False


class Flag(msgspec.Struct, frozen=True, kw_only=True):
    """Something a neighbour said of the house that does not go with what is declared here.

    Attributes:
        code: that of the hold that it is before release.
        cause: peer, kind and number of the message; the same one flags once.
        since: milliseconds since 1970-01-01T00:00Z.
    """

    code: str
    who: str
    cause: str
    since: int


class Awaiting(msgspec.Struct, frozen=True, kw_only=True):
    """A declaration that is not released yet, or on which something was flagged.

    Attributes:
        prepared: what takes effect once nothing stands against it: released, or held for an
            officer; "" once it is decided.
        payers: who may pay for it, as holders of balances are called here.
        balances: permits and guarantees that it names, where one of them does not do.
        between: principal and representative, as powers of attorney are found by.
        inspected: what was examined here; it counts for these `goods` alone, by digest.
        found: what an officer found; "" where nobody has looked.
        law: digest of the law on release that says so.
    """

    case: str
    about: str
    prepared: str = ""
    lane: str = ""
    holds: tuple[Hold, ...] = ()
    flags: tuple[Flag, ...] = ()
    payers: tuple[str, ...] = ()
    balances: tuple[str, ...] = ()
    between: str = ""
    inspected: tuple[str, ...] = ()
    goods: str = ""
    found: str = ""
    law: str = ""
