"""What a goods declaration of the Union says: its rows, and what its declarant reckoned."""

from __future__ import annotations

import msgspec

from silkport.formats.reading import Problem
from silkport.model.columns import MISSING

PERCENT, SPECIFIC = "%", "*"
"""Kinds of a rate, box 47: by value and by quantity. Source: ESADout_CU.xsd, RateTypeCode."""

Cell = str | int
Row = dict[str, Cell]


class DeclaredPayment(msgspec.Struct, frozen=True, kw_only=True):
    """One row of box 47, or of the totals in box B (`line` 0), as the declarant wrote it.

    Numbers that were not stated are MISSING. `amount_minor` is in minor units of `currency`;
    `base_e6` and `rate_e6` are millionths: of `base_currency` or `base_unit`, of a per cent or of
    `rate_currency`. The properties have the units of a tax line of our own.
    """

    line: int = 0
    payment_code: str = ""
    base_e6: int = MISSING
    base_currency: str = ""
    base_unit: str = ""
    rate_kind: str = ""
    rate_e6: int = MISSING
    rate_unit: str = ""
    rate_currency: str = ""
    months: int = MISSING
    weight_ratio_e3: int = MISSING
    rate_day: int = MISSING
    feature: str = ""
    amount_minor: int = MISSING
    currency: str = ""

    @property
    def base_minor(self) -> int:
        """The base in minor units, the fraction of a unit dropped; 0 where it is a quantity."""
        if self.base_unit:
            return 0
        return self.base_e6 // 10_000 if self.base_e6 >= 0 else MISSING

    @property
    def rate_ppm(self) -> int:
        """The rate by value in millionths (16 % is 160000); 0 for one by quantity."""
        if self.rate_kind == SPECIFIC:
            return 0
        return self.rate_e6 // 100 if self.rate_e6 >= 0 else MISSING

    @property
    def quantity_e6(self) -> int:
        """The base in millionths of `base_unit`; 0 where it is money."""
        return self.base_e6 if self.base_unit else 0

    @property
    def specific_e6(self) -> int:
        """The rate by quantity in millionths of `rate_currency`; 0 for one by value."""
        return self.rate_e6 if self.rate_kind == SPECIFIC else 0


class DeclaredValue(msgspec.Struct, frozen=True, kw_only=True):
    """Boxes 45 and 46 of a line, or box 12 (`line` 0): customs and statistical value.

    Amounts are in minor units; MISSING where not stated.
    """

    line: int = 0
    customs_value_minor: int = MISSING
    currency: str = ""
    statistical_minor: int = MISSING
    statistical_currency: str = ""


class ReadDeclaration(msgspec.Struct, frozen=True, kw_only=True):
    """A goods declaration that was read.

    `declaration` and `goods` are rows of the tables of `model.declarations`, every column stated
    or absent as it says; `registration_no` is office/DDMMYY/number, empty before registration;
    `containers` are their numbers, each once. A problem's `position` is the number of the line,
    0 for the head; its `column` names table and column.
    """

    form: str
    declaration: Row
    goods: tuple[Row, ...]
    payments: tuple[DeclaredPayment, ...]
    totals: tuple[DeclaredPayment, ...]
    values: tuple[DeclaredValue, ...]
    containers: tuple[str, ...]
    registration_no: str
    ref_id: str
    problems: tuple[Problem, ...]
