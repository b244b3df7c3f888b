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
from silkport.law.tariff.units import OWN, UNIT_TABLE, unit_name
from silkport.model.columns import MISSING, Column, Kind
from silkport.model.rows import GOODS_LINE, HOUSE, LINE, PARCEL

RULES: Mapping[str, Rule] = {code: rule for sheet in SHEETS for code, rule in sheet.rules.items()}
"""Every rule of the journey by its permanent code."""

_NARROW = "\u202f"

_YES_NO = {"en": ("no", "yes"), "zh": ("否", "是"), "ru": ("нет", "да"), "kk": ("жоқ", "иә")}

_PLAIN_UNITS = ("count", "text", "digits", "days")
"""Units that a sentence names itself, where it needs them."""


_UNIT = "_unit"
"""How the name of a value ends that is the code of a unit of quantity."""

_IN_RUSSIAN = ("ru", "kk")


def tariff_language(language: str) -> str:
    """The language in which a reader of `language` is shown rates and units: "ru" or "en"."""
    return "ru" if language in _IN_RUSSIAN else "en"


def unit(code: str, language: str) -> str:
    """A unit of quantity by its name, with its code; the code alone where no tariff names it."""
    if code in UNIT_TABLE or code.startswith(OWN):
        name = unit_name(code, tariff_language(language))
        return name if name == code or code.startswith(OWN) else f"{name} ({code})"
    return code


def column_of(name: str) -> Column | None:
    """The column called `name` of a parcel or house, or of one of their lines."""
    shapes = (PARCEL, LINE, HOUSE, GOODS_LINE)
    return next((shape.by_name[name] for shape in shapes if name in shape.by_name), None)


def spoken(name: str, value: object, currency: str, language: str = "en") -> str:
    """The value of column `name` as a person reads it; a dash where nothing was stated."""
    if isinstance(value, str) and name.endswith(_UNIT):
        return unit(value, language) or "–"
    if isinstance(value, int) and name.endswith("_e6"):
        return format_scaled(value, places=6, shortest=True)
    column = column_of(name)
    if column is None or not isinstance(value, int):
        return str(value) if value != "" else "–"
    return "–" if value == MISSING else _spoken_number(column, value, currency, language)


def _spoken_number(column: Column, value: int, currency: str, language: str) -> str:
    if column.kind in (Kind.MASS, Kind.CARGO):
        return f"{format_scaled(value, places=6, shortest=True)} kg"
    if column.kind is Kind.AMOUNT and column.name.endswith("_minor"):
        return money(value, currency)
    if column.kind in (Kind.AMOUNT, Kind.QUANTITY):
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
