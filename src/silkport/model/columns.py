"""How a column of a table between stages is typed, bounded and written outside.

Every table that passes between stages has its columns declared once, in `model/documents.py`
and `model/outcomes.py`. The same declaration drives the tabular readers, the template, the
reference page, the rows a rule sheet sees, and the bounds from which overflow is excluded.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

MISSING = -1
"""The value of a number, mass, amount or day that was not stated. No lawful value is negative."""

AMOUNT_SCALE = 100_000
"""Declared amounts and quantities carry five decimals (CEB type N19,5)."""

MASS_SCALE = 1_000_000
"""Milligrams in a kilogram."""

MAX_AMOUNT_E5 = 10**13 * AMOUNT_SCALE - 1
MAX_MASS_MG = 10**11 - 1
MAX_CARGO_MG = 10**15 - 1
MAX_QUANTITY_E5 = 10**9 * AMOUNT_SCALE - 1
MAX_COUNT = 10**9 - 1
MAX_DAY = 47_481  # 2099-12-31
MAX_TIME = 99_991_231_235_959


class Kind(StrEnum):
    """What a column holds; the internal form is text or an integer, never a float or a null."""

    TEXT = "text"  # outside and inside: text; absent is ""
    AMOUNT = "amount"  # outside: decimal, up to 5 places; inside: integer, 1/100,000
    QUANTITY = "quantity"  # as AMOUNT, with a smaller bound
    MASS = "mass"  # outside: kilograms, up to 6 places; inside: integer milligrams
    CARGO = "cargo"  # as MASS, up to a million tonnes
    COUNT = "count"  # a plain integer
    DAY = "day"  # outside: 2026-07-01 or 20260701; inside: days since 1970-01-01
    TIME = "time"  # outside: YYYYMMDDhhmmss; inside: the same fourteen digits as an integer
    FLAG = "flag"  # outside: yes or no; inside: 1 or 0, MISSING when not stated


BOUNDS: dict[Kind, tuple[int, int]] = {
    Kind.AMOUNT: (MISSING, MAX_AMOUNT_E5),
    Kind.QUANTITY: (MISSING, MAX_QUANTITY_E5),
    Kind.MASS: (MISSING, MAX_MASS_MG),
    Kind.CARGO: (MISSING, MAX_CARGO_MG),
    Kind.COUNT: (MISSING, MAX_COUNT),
    Kind.DAY: (MISSING, MAX_DAY),
    Kind.TIME: (MISSING, MAX_TIME),
    Kind.FLAG: (MISSING, 1),
}
"""Smallest and largest internal value of each numeric kind, both included."""


PERSONAL = (
    "buyer_id",
    "buyer_name",
    "buyer_phone",
    "payer_id",
    "payer_name",
    "payer_phone",
    "consignee",
    "consignee_phone",
    "consignee_address",
    "purchaser",
)
"""Columns that name a natural person, in whatever document; findings never quote them."""


def is_personal(name: str) -> bool:
    """Whether a column of a row, with or without its document in front, names a person."""
    return name in PERSONAL or name.partition("_")[2] in PERSONAL


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its internal name, kind, longest text, and what it means.

    `outside` is the name in tabular files; masses are outside in kilograms, amounts and
    quantities as decimals, so that the outside name carries the outside unit.
    """

    name: str
    kind: Kind
    meaning: str
    longest: int = 0
    ceb: str = ""

    @property
    def outside(self) -> str:
        """The name of this column in a tabular file."""
        for inner, outer in (("_mg", "_kg"), ("_e5", "")):
            if self.name.endswith(inner):
                return self.name.removesuffix(inner) + outer
        return self.name

    @property
    def absent(self) -> str | int:
        """The internal value when nothing was stated."""
        return "" if self.kind is Kind.TEXT else MISSING


@dataclass(frozen=True, slots=True)
class Table:
    """A table of one kind of document or of its lines; `key` names the business key columns."""

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    def column(self, name: str) -> Column:
        """The column called `name`; KeyError when there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    @property
    def names(self) -> tuple[str, ...]:
        """All column names, in order."""
        return tuple(column.name for column in self.columns)
