"""From the quotations a bank publishes, day by day, to the dated table of exchange rates.

A quotation names a day; the table needs periods. What holds on a day without quotation is law:
under the rule "previous" the last one holds on, for so many days at most; under "refuse" each
holds on its own day alone. A day that is left without a rate is a gap, and goods that need the
rate on it wait for an officer.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from silkport.kernel.errors import InvalidValue, RatesRefused
from silkport.kernel.rates import RATE_PLACES
from silkport.kernel.scaled import format_scaled, parse_scaled
from silkport.law.strict import (
    CONFIDENCES,
    Faults,
    WrongCell,
    confidence_in,
    day_in,
    read_rows,
    said,
    shown,
)

PREVIOUS = "previous"
REFUSE = "refuse"
RULES = (PREVIOUS, REFUSE)
"""What may hold on a day without quotation: the last one before it, or none."""

NOMINALS = (1, 10, 100, 1000, 10000)
"""Units of a foreign currency in which central banks quote."""

COLUMNS = ("currency", "nominal", "rate", "start", "stop", "source", "confidence")
"""Columns of the table of exchange rates, `fx.csv`."""


MAX_RATE_E6 = 10**12
"""A million units of account for what is quoted: more is a slip of the pen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What `nominal` units of a currency are worth on the day a bank names.

    `rate_e6` is in millionths of a unit of the currency of account, for all `nominal` units.
    """

    day: date
    currency: str
    nominal: int
    rate_e6: int
    source: str
    confidence: str = CONFIDENCES[0]


@dataclass(frozen=True, slots=True)
class Joined:
    """Quotations after new ones came: all of them, and what is new about them."""

    quotes: tuple[Quote, ...]
    added: tuple[Quote, ...]
    changed: tuple[tuple[Quote, Quote], ...]
    same: int


def currency_in(text: str, column: str) -> str:
    """An alphabetic currency code of three letters."""
    if not (len(text) == 3 and text.isascii() and text.isalpha() and text.isupper()):
        raise WrongCell(column, f"{shown(text)} is no currency", "write its ISO 4217 code: USD")
    return text


def nominal_in(text: str, column: str) -> int:
    """How many units are quoted together."""
    if text not in map(str, NOMINALS):
        wrong = f"{shown(text)} units are never quoted together"
        raise WrongCell(column, wrong, f"write one of {', '.join(map(str, NOMINALS))}")
    return int(text)


def rate_in(text: str, column: str) -> int:
    """A rate of exchange in millionths."""
    try:
        rate_e6 = parse_scaled(text, places=RATE_PLACES, what="the rate")
    except InvalidValue as error:
        raise WrongCell(column, said(error), "write at most six decimals: 72.15") from None
    if rate_e6 <= 0:
        raise WrongCell(column, f"{shown(text)} is not positive", "write what the bank quotes")
    if rate_e6 > MAX_RATE_E6:
        wrong = f"{shown(text)} is beyond {MAX_RATE_E6 // 10**RATE_PLACES:,}"
        raise WrongCell(column, wrong, "quote it for fewer units")
    return rate_e6


def refuse_repeated(numbered: Iterable[tuple[int, Quote]], faults: Faults) -> None:
    """Notes every quotation of a currency and day that an earlier row has too."""
    seen: dict[tuple[str, date], int] = {}
    for row, quote in numbered:
        first = seen.setdefault((quote.currency, quote.day), row)
        if first != row:
            wrong = f"{quote.currency} of {quote.day} stands in row {first} already"
            faults.add(row, WrongCell("", wrong, "leave one of them out"))


def quotes_of(table: str, what: str) -> list[Quote]:
    """The quotations behind a table of exchange rates that was made here.

    Raises RatesRefused when it is not such a table.
    """
    faults = Faults(what, RatesRefused)
    found = []
    for row, cells in read_rows(table, COLUMNS, faults) if table else ():
        currency, nominal, rate, start, _, source, confidence = cells
        try:
            quote = Quote(
                day=day_in(start, "start"),
                currency=currency_in(currency, "currency"),
                nominal=nominal_in(nominal, "nominal"),
                rate_e6=rate_in(rate, "rate"),
                source=source,
                confidence=confidence_in(confidence),
            )
        except WrongCell as cell:
            faults.add(row, cell)
        else:
            found.append(quote)
    faults.raise_any()
    return found


def joined(old: Iterable[Quote], new: Iterable[Quote]) -> Joined:
    """Quotations of before with those that came; of one currency and day the new one counts."""
    known = {(quote.currency, quote.day): quote for quote in old}
    added: list[Quote] = []
    changed: list[tuple[Quote, Quote]] = []
    same = 0
    for quote in new:
        key = (quote.currency, quote.day)
        before = known.get(key)
        if before is None:
            added.append(quote)
        elif (before.nominal, before.rate_e6) != (quote.nominal, quote.rate_e6):
            changed.append((before, quote))
        else:
            same += 1
            continue
        known[key] = quote
    ordered = sorted(known.values(), key=lambda quote: (quote.currency, quote.day))
    return Joined(tuple(ordered), tuple(added), tuple(changed), same)


def table_of(quotes: Iterable[Quote], *, missing_day: str, most_days: int) -> str:
    """The table of exchange rates, as text.

    Args:
        missing_day: the rule for days without quotation, one of RULES.
        most_days: days that one quotation holds at most, its own among them.
    Raises InvalidValue for another rule, or for no day at all.
    """
    if missing_day not in RULES:
        reason = f"the rule is {' or '.join(RULES)}"
        raise InvalidValue(what="fx_missing_day", value=missing_day, reason=reason)
    if most_days < 1:
        reason = "a rate holds on its own day at least"
        raise InvalidValue(what="fx_most_days", value=most_days, reason=reason)
    days = timedelta(days=most_days if missing_day == PREVIOUS else 1)
    ordered = sorted(quotes, key=lambda quote: (quote.currency, quote.day))
    following: Mapping[Quote, date] = {
        quote: later.day for quote, later in pairwise(ordered) if later.currency == quote.currency
    }
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(COLUMNS)
    for quote in ordered:
        rate = format_scaled(quote.rate_e6, places=RATE_PLACES, shortest=True)
        stop = min(_later(quote.day, days), following.get(quote, date.max))
        held = (quote.day.isoformat(), stop.isoformat())
        about = (quote.source, quote.confidence)
        lines.writerow((quote.currency, quote.nominal, rate, *held, *about))
    return text.getvalue()


def _later(day: date, days: timedelta) -> date:
    return day + days if date.max - day > days else date.max
