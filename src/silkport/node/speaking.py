"""Internal values in the form people read: kilograms, dates, decimals with their currency.

What a sentence names comes from the finding (facts) and from the law (parameters); both are put
into words here, for the page of a decision and for the receipt alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from silkport.journey import SHEETS
from silkport.kernel.periods import day_of
from silkport.kernel.scaled import format_scaled
from silkport.law.compiled import Dated, Law, Regime
from silkport.law.expression import params_of
from silkport.law.sheet import Rule
from silkport.model.columns import MISSING, Column, Kind
from silkport.model.rows import LINE, PARCEL

RULES: Mapping[str, Rule] = {code: rule for sheet in SHEETS for code, rule in sheet.rules.items()}
"""Every rule of the journey by its permanent code."""

_NARROW = "\u202f"

_YES_NO = {"en": ("no", "yes"), "zh": ("否", "是"), "ru": ("нет", "да"), "kk": ("жоқ", "иә")}

_PLAIN_UNITS = ("count", "text", "digits", "days")
"""Units that a sentence names itself, where it needs them."""


def column_of(name: str) -> Column | None:
    """The column of a parcel or line row called `name`."""
    return PARCEL.by_name.get(name) or LINE.by_name.get(name)


def spoken(name: str, value: object, currency: str, language: str = "en") -> str:
    """The value of column `name` as a person reads it; a dash where nothing was stated."""
    column = column_of(name)
    if column is None or not isinstance(value, int):
        return str(value) if value != "" else "–"
    if value == MISSING:
        return "–"
    if column.kind is Kind.MASS:
        return f"{format_scaled(value, places=6, shortest=True)} kg"
    if column.kind is Kind.QUANTITY:
        return format_scaled(value, places=5, shortest=True)
    if column.kind is Kind.AMOUNT:
        if name.endswith("_minor"):
            return money(value, currency)
        return format_scaled(value, places=5, shortest=True)
    if column.kind is Kind.DAY:
        return day(value)
    if column.kind is Kind.FLAG:
        return _yes_no(bool(value), language)
    if column.kind is Kind.TIME:
        text = f"{value:014d}"
        return f"{text[:4]}-{text[4:6]}-{text[6:8]} {text[8:10]}:{text[10:12]}:{text[12:]}"
    return str(value)


def spoken_facts(facts: Mapping[str, object], currency: str, language: str) -> dict[str, str]:
    """What a finding quotes, in words, by the names its sentence uses."""
    return {name: spoken(name, fact, currency, language) for name, fact in facts.items()}


def spoken_law(code: str, law: Law, regime: Regime, day: date, language: str) -> dict[str, str]:
    """The parameters that rule `code` read in `regime` on `day`, in words.

    Nothing where `code` is no rule of a sheet. Raises ParamNotInForce.
    """
    words: dict[str, str] = {}
    for name in params_of(RULES[code].fires) if code in RULES else ():
        if name.startswith("needs_"):
            needed = name.removeprefix("needs_") in regime.documents
            words[name] = _yes_no(needed, language)
        else:
            dated = law.at(name, day, regime.code)
            words[name] = _spoken_value(dated)
    return words


def _spoken_value(dated: Dated) -> str:
    """A value of the law within a sentence, which itself names days and counts."""
    if dated.unit == "share":
        return f"{(Decimal(dated.written) * 100).normalize():f} %"
    return dated.written if dated.unit in _PLAIN_UNITS else f"{dated.written} {dated.unit}"


def _yes_no(value: bool, language: str) -> str:
    return _YES_NO.get(language, _YES_NO["en"])[value]


def money(minor: int, currency: str) -> str:
    """An amount in minor units with its currency: 1 234.50 CNY."""
    whole, cents = divmod(abs(minor), 100)
    sign = "-" if minor < 0 else ""
    return f"{sign}{whole:,}".replace(",", _NARROW) + f".{cents:02d} {currency}"


def day(number: int) -> str:
    """A day as 2026-07-01; a dash where there is none."""
    return f"{day_of(number)}" if number >= 0 else "–"
