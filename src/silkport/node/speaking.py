"""Internal values in the form people read: kilograms, dates, decimals with their currency."""

from __future__ import annotations

from silkport.kernel.periods import day_of
from silkport.kernel.scaled import format_scaled
from silkport.model.columns import MISSING, Column, Kind
from silkport.model.rows import LINE, PARCEL

_NARROW = "\u202f"


def column_of(name: str) -> Column | None:
    """The column of a parcel or line row called `name`."""
    return PARCEL.by_name.get(name) or LINE.by_name.get(name)


def spoken(name: str, value: object, currency: str) -> str:
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
        return "yes" if value else "no"
    if column.kind is Kind.TIME:
        text = f"{value:014d}"
        return f"{text[:4]}-{text[4:6]}-{text[6:8]} {text[8:10]}:{text[10:12]}:{text[12:]}"
    return str(value)


def money(minor: int, currency: str) -> str:
    """An amount in minor units with its currency: 1 234.50 CNY."""
    whole, cents = divmod(abs(minor), 100)
    sign = "-" if minor < 0 else ""
    return f"{sign}{whole:,}".replace(",", _NARROW) + f".{cents:02d} {currency}"


def day(number: int) -> str:
    """A day as 2026-07-01; a dash where there is none."""
    return f"{day_of(number)}" if number >= 0 else "–"
