"""The report of a shadow: per day and in all, and every difference by its cause.

Amounts are in minor units of `currency`; days are days since 1970-01-01, below zero where none is
known. Words are those of the language that was asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from silkport.node.proof.proving import Payment, Proven

DECIDED, CHARGED, FOUND, APART = "decided", "charged", "found", "apart"
"""Sorts of groups: decided differently, charged differently, found here alone, not compared."""


@dataclass(slots=True)
class Day:
    """What came of the declarations of one legal day.

    `compared` are `agree` and those that differ, in decision, amount or both. `off_minor` is what
    would have been charged less what was, over all amounts that are known there.
    """

    day: int
    declarations: int = 0
    compared: int = 0
    agree: int = 0
    decided: int = 0
    charged: int = 0
    found: int = 0
    apart: int = 0
    off_minor: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One declaration of a group.

    `sentence` is what the rule says of it; `reason` what the existing system said. Of an amount,
    `old_minor` is what was charged there and `ours_minor` here, on `line` or, where that is 0, on
    all; `payments` and `proven` are how ours came about, on `proven_line`, the largest where no
    line is known, and `sources` the acts it rests on.
    """

    number: str
    declarant: str
    day: int
    line: int = 0
    sentence: str = ""
    reason: str = ""
    old_minor: int = 0
    ours_minor: int = 0
    old_base_minor: int | None = None
    old_rate_ppm: int | None = None
    payments: tuple[Payment, ...] = ()
    proven: Proven | None = None
    proven_line: int = 0
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Differences of one cause.

    `old` and `ours` are outcomes, or empty; `levy` is of amounts, `payment_code` of a levy no law
    here knows; `cause` says why amounts differ, or why nothing was compared. `code` is the rule
    that says so, `title`, `field`, `fix`, `source` what is told of it; `confidence` how sure the
    source is. `off_minor` is ours less theirs over all of them.
    """

    sort: str
    count: int
    examples: tuple[Example, ...]
    code: str = ""
    title: str = ""
    effect: str = ""
    field: str = ""
    fix: str = ""
    source: str = ""
    confidence: str = ""
    old: str = ""
    ours: str = ""
    levy: str = ""
    payment_code: str = ""
    cause: str = ""
    off_minor: int = 0


@dataclass(slots=True, kw_only=True)
class Report:
    """What a shadow found.

    `as_of` is the day the inputs were looked at as of. `hidden` counts differences whose reasons
    are for officers. `unread` counts files, messages and rows that could not be used, by code;
    `unread_why` quotes some. `contradictory` are decisions there that are told in two ways.
    """

    administration: str
    currency: str
    as_of: int
    law_digest: str
    documents: int
    whole: Day
    days: list[Day]
    groups: list[Group]
    hidden: int
    unread: int
    unread_why: list[str] = field(default_factory=list)
    contradictory: int = 0
    notes: list[str] = field(default_factory=list)

    @property
    def differs(self) -> bool:
        """Whether any decision or amount differs."""
        return bool(self.whole.decided or self.whole.charged)

    def of(self, sort: str) -> list[Group]:
        """The groups of one sort, the largest first."""
        return [one for one in self.groups if one.sort == sort]
