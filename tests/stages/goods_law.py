"""Law for tests of commercial goods, and `fires`: whether a rule fires under it.

It is the shipped law of an administration, or that with rows added to its tables and words changed
in its texts, so that a test has the tariff it needs. A row is lawful under it: tests change what
they test and nothing else.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import NamedTuple

import pytest

from silkport.journey import SHEETS
from silkport.kernel.periods import day_number
from silkport.law.book import Book
from silkport.law.loading import load_law
from silkport.law.sheet import CompiledSheet, Sheet
from silkport.law.tariff.entries import COLUMNS
from silkport.model.rows import GOODS_LINE, HOUSE, RowShape
from silkport.node.law.books import country_files
from tests.stages.cast import frame_of
from tests.stages.declared import a_house, a_line

Row = dict[str, int | str]
Added = tuple[tuple[str, tuple[str, ...]], ...]
Changed = tuple[tuple[str, str, str], ...]

DAY = date(2026, 8, 3)
E5 = 10**5
KG = 10**6
"""Hundred-thousandths of an amount or a quantity; milligrams of a kilogram."""

_QUOTED = (
    *("JPY,100,0.98", "UZS,1000,0.115", "AMD,10,0.0371"),
    "IRR,10000,0.347",
)
WITH_RATES = (("fx.csv", tuple(f"{row},2024-01-01,,this test,cited" for row in _QUOTED)),)
"""Exchange rates of currencies quoted by the hundred, the thousand and the ten thousand."""


def tariff_row(hs: str, rate: str, kind: str = "duty", **cells: str) -> str:
    """A row of tariff.csv in force since 2019."""
    row = {"hs": hs, "kind": kind, "rate": f'"{rate}"', "start": "2019-01-01"}
    row |= {"source": "this test", "confidence": "cited"} | cells
    assert row.keys() <= set(COLUMNS)
    return ",".join(row.get(name, "") for name in COLUMNS)


@cache
def book_with(country: str, added: Added = (), changed: Changed = ()) -> Book:
    """The administration's law with rows at the end of tables and other words in its texts."""
    files = dict(country_files(country))
    for name, rows in added:
        before = files.get(name, ",".join(COLUMNS) + "\n")  # a tariff that is not shipped
        files[name] = before + "".join(f"{row}\n" for row in rows)
    for name, old, new in changed:
        assert files[name].count(old) == 1, (name, old)
        files[name] = files[name].replace(old, new)
    return Book(load_law(country, files), SHEETS)


class Under(NamedTuple):
    """The law a row is decided under."""

    country: str = "zz"
    regime: str = "goods_import"
    day: date = DAY
    added: Added = ()
    changed: Changed = ()

    def __str__(self) -> str:
        return f"{self.country} {self.regime} {self.day}"

    def book(self) -> Book:
        """The law book."""
        return book_with(self.country, self.added, self.changed)

    def compiled(self, sheet: Sheet) -> CompiledSheet:
        """A sheet as it stands in the regime on the day."""
        book = self.book()
        (cell,) = [
            number
            for number, (regime, (start, stop)) in enumerate(book.cells)
            if regime.code == self.regime and start <= self.day < stop
        ]
        return book.compiled(sheet, cell)


ZZ = Under()


def sheet_of(code: str) -> Sheet:
    """The sheet that has a rule or computation."""
    (found,) = [s for s in SHEETS if code in s.rules or code in s.computations]
    return found


def read_alike(sheet: CompiledSheet, row: Row) -> Row:
    """What a sheet says of a row; every reading says the same."""
    single = sheet.single(row)
    (bulk,) = sheet.bulk.run(frame_of(sheet.sheet.shape, [row])).to_dicts()
    assert bulk == single
    assert {name: sheet.prove(name, row).result for name in sheet.outputs} == single
    return dict(single)


def a_row(shape: RowShape, under: Under = ZZ, **changes: int | str) -> Row:
    """A house or goods line that is lawful in the administration, with changes."""
    day: Row = {"decl_day": day_number(under.day)}
    valued: Row = {"customs_value_minor": 1_160_000, "lines_total_e5": 8_000 * E5, "line_count": 1}
    if shape is HOUSE:
        return a_house(under.country, **(day | valued | _DECIDED | changes))
    assert shape is GOODS_LINE
    return a_line(under.country, **(day | valued | _LINE | changes))


_DECIDED: Row = {"total_minor": 160_244, "paid_before_minor": 0, "draw_ppm": 500_000}
_LINE: Row = {
    "before_e5": 0,
    "before_gross_mg": 0,
    "lines_gross_mg": 20_400 * KG,
    "freight_added_minor": 0,
    "freight_deducted_minor": 0,
    "others_added_minor": 0,
    "others_deducted_minor": 0,
    "fee_share_minor": 2_300,
}


def said(name: str, row: Row, under: Under = ZZ) -> Row:
    """Everything the sheet of a rule or computation says of a row."""
    return read_alike(under.compiled(sheet_of(name)), row)


def fires(code: str, changes: Row, under: Under = ZZ) -> bool:
    """Whether a rule fires for the lawful row with changes."""
    shape = sheet_of(code).shape
    return bool(said(code, a_row(shape, under, **changes), under)[code])


Case = tuple[str, Row, bool] | tuple[str, Row, bool, Under]
"""A rule, what is changed in the lawful row, whether it fires, and under which law if not `ZZ`."""


def cases(rows: list[Case]) -> list[object]:
    """Rows of a table test, each under its rule's code and what it changes."""
    found = []
    for number, (code, changes, broken, *under) in enumerate(rows):
        stated = ",".join(f"{name}={value!r:.24}" for name, value in changes.items())
        name = f"{number}-{code}[{stated or 'lawful'}]"
        found.append(pytest.param(code, changes, broken, under[0] if under else ZZ, id=name))
    return found
