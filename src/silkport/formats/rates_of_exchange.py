"""Rates of exchange as banks publish them, to dated quotations in the currency of account.

Two layouts, told apart by their header:

date,currency,nominal,rate        what `nominal` units of the currency are worth in the currency
                                  of account, at most six decimals
date,currency,xxx_per_unit,…      what one unit is worth in a third currency XXX, from its bank

From the second, rates are crossed: a currency and the currency of account are divided on the days
on which both are quoted. The quotient is rounded half up to six decimals, per 1, 10, … 10,000
units so that it is at least one where that is possible. A cross rate is nobody's official rate;
it is unverified and says so.
"""

from __future__ import annotations

import re
from datetime import date

from silkport.formats.law_text import text_of
from silkport.kernel.errors import InvalidValue, RatesRefused
from silkport.kernel.rates import RATE_SCALE
from silkport.kernel.scaled import Rounding, parse_scaled, round_div
from silkport.law.quotes import (
    NOMINALS,
    Quote,
    currency_in,
    nominal_in,
    rate_in,
    refuse_repeated,
)
from silkport.law.strict import Faults, WrongCell, day_in, header_of, read_rows, said, shown

COLUMNS = ("date", "currency", "nominal", "rate")
"""The documented layout."""

_PER_UNIT = re.compile(r"([a-z]{3})_per_unit")
_CROSS_PLACES = 12
"""Decimals of a quotation that may be crossed; some currencies are worth millionths."""

Crossing = dict[date, dict[str, int]]


def read_rates(
    data: bytes, what: str, *, account: str, source: str, through: str = ""
) -> list[Quote]:
    """The quotations in a file, by currency and day.

    Args:
        data: the bytes of the file.
        what: how messages name it.
        account: currency of account of the administration.
        source: the bank and its act; for cross rates the bank of the third currency.
        through: the third currency that the operator expects; any if empty.
    Raises RatesRefused with every wrong row, LimitExceeded.
    """
    text = text_of(data, what, RatesRefused)
    faults = Faults(what, RatesRefused)
    names = [name.strip().casefold() for name in header_of(text)]
    third = next((m[1].upper() for name in names if (m := _PER_UNIT.fullmatch(name))), "")
    if through and through != third:
        reason = f"its rates are in {third}" if third else "its rates go through no third currency"
        raise faults.refuse(f"{reason}, not through {through}")
    if third:
        quotes = _crossed(text, third, account, source, faults)
    else:
        quotes = _quoted(text, account, source, faults)
    if not quotes:
        raise faults.refuse("it holds no quotation")
    return sorted(quotes, key=lambda quote: (quote.currency, quote.day))


def _quoted(text: str, account: str, source: str, faults: Faults) -> list[Quote]:
    found: list[tuple[int, Quote]] = []
    for row, (day, currency, nominal, rate) in read_rows(text, COLUMNS, faults):
        try:
            quote = Quote(
                day=day_in(day, "date"),
                currency=currency_in(currency, "currency"),
                nominal=nominal_in(nominal, "nominal"),
                rate_e6=rate_in(rate, "rate"),
                source=source,
            )
            if currency == account:
                wrong = f"{account} is the currency of account itself"
                raise WrongCell("currency", wrong, "leave the row out")
            found.append((row, quote))
        except WrongCell as cell:
            faults.add(row, cell)
    refuse_repeated(found, faults)
    faults.raise_any()
    return [quote for _, quote in found]


def _crossed(text: str, third: str, account: str, source: str, faults: Faults) -> list[Quote]:
    column = f"{third.lower()}_per_unit"
    others = [
        n for n in header_of(text) if n.strip().casefold() not in ("date", "currency", column)
    ]
    columns = ("date", "currency", column, *(name.strip().casefold() for name in others))
    by_day: Crossing = {}
    rows: dict[tuple[date, str], int] = {}
    for row, cells in read_rows(text, columns, faults):
        try:
            day = day_in(cells[0], "date")
            currency = currency_in(cells[1], "currency")
            value = _value_in(cells[2], column)
            first = rows.setdefault((day, currency), row)
            if first != row:
                wrong = f"{currency} of {day} stands in row {first} already"
                raise WrongCell("", wrong, "leave one of them out")
            by_day.setdefault(day, {})[currency] = value
        except WrongCell as cell:
            faults.add(row, cell)
    faults.raise_any()
    if account != third and not any(account in values for values in by_day.values()):
        raise faults.refuse(f"it has no rate of {account}, the currency of account")
    source = f"{source}; cross rate through {third}"
    return [
        quote
        for day, values in by_day.items()
        for quote in _crossings(day, values | {third: 10**_CROSS_PLACES}, account, source)
    ]


def _value_in(text: str, column: str) -> int:
    try:
        value = parse_scaled(text, places=_CROSS_PLACES, what="the rate")
    except InvalidValue as error:
        raise WrongCell(column, said(error), "write a plain decimal: 0.008647") from None
    if value <= 0:
        raise WrongCell(column, f"{shown(text)} is not positive", "write what the bank quotes")
    return value


def _crossings(day: date, values: dict[str, int], account: str, source: str) -> list[Quote]:
    """Every currency of one day in the currency of account; nothing where that is not quoted."""
    divisor = values.get(account)
    if divisor is None:
        return []
    found = []
    for currency, value in values.items():
        if currency == account:
            continue
        enough = (n for n in NOMINALS if n * value >= divisor)
        nominal = next(enough, NOMINALS[-1])
        rate_e6 = round_div(nominal * value * RATE_SCALE, divisor, Rounding.HALF_UP)
        if rate_e6 == 0:
            continue  # worth less than a millionth per ten thousand units: no quotation says so
        about = {"source": source, "confidence": "unverified"}
        found.append(Quote(day=day, currency=currency, nominal=nominal, rate_e6=rate_e6, **about))
    return found
