"""Strict reading of tables that officials publish: everything wrong is named, or all of it counts.

A row is one line of comma-separated text under a header. Nothing of a file is taken when one row
of it is wrong: half a tariff would be worse than the old one. Rows are numbered as a spreadsheet
does, the header is row 1.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from operator import attrgetter
from typing import Generic, TypeVar

from silkport.kernel.errors import LimitExceeded, SilkportError
from silkport.kernel.limits import (
    MAX_CELL_BYTES,
    MAX_FAULTS_SHOWN,
    MAX_TARIFF_BYTES,
    MAX_TARIFF_ROWS,
)

T = TypeVar("T")

_SHOWN = 60
_CONTROL = re.compile("[\x00-\x08\x0a-\x1f\x7f\u2028\u2029]")


class WrongCell(Exception):
    """One cell of a row cannot stand; caught where rows are gathered."""

    def __init__(self, column: str, wrong: str, fix: str) -> None:
        super().__init__(column, wrong, fix)
        self.column, self.wrong, self.fix = column, wrong, fix


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in one row, and the smallest change that mends it."""

    row: int
    column: str
    wrong: str
    fix: str

    def __str__(self) -> str:
        """The fault as the operator reads it."""
        place = f"row {self.row}, {self.column}" if self.column else f"row {self.row}"
        return f"{place}: {self.wrong}; {self.fix}"


class Faults:
    """Everything wrong in one file, gathered before the file is refused."""

    def __init__(self, what: str, error: type[SilkportError]) -> None:
        self.what = what
        self.error = error
        self.found: list[Fault] = []

    def add(self, row: int, cell: WrongCell) -> None:
        """Notes what is wrong in a row."""
        self.found.append(Fault(row, cell.column, cell.wrong, cell.fix))

    def refuse(self, reason: str) -> SilkportError:
        """The refusal of the whole file for one reason."""
        return self.error(what=self.what, reason=reason, rows=0)

    def raise_any(self) -> None:
        """Refuses the file when something in it is wrong; names the first rows, counts the rest."""
        if not self.found:
            return
        ordered = sorted(self.found, key=attrgetter("row"))
        lines = [f"\n  {fault}" for fault in ordered[:MAX_FAULTS_SHOWN]]
        rest = len(ordered) - len(lines)
        if rest:
            lines.append(f"\n  and {rest:,} more")
        one = len(ordered) == 1
        count = "1 row is wrong" if one else f"{len(ordered):,} rows are wrong"
        raise self.error(what=self.what, reason=f"{count}:{''.join(lines)}", rows=len(ordered))


def said(error: SilkportError) -> str:
    """What an error says, without its code, its hint and the full stop."""
    return error.sentence.format(**error.facts).removesuffix(".")


def shown(text: str) -> str:
    """A cell as a message quotes it: not longer than a line."""
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")


def header_of(text: str) -> list[str]:
    """The names in the first row."""
    first = text.partition("\n")[0].removeprefix("\ufeff").strip("\r ")
    try:
        return next(csv.reader([first], strict=True), [])
    except csv.Error:
        return [first]


def read_rows(
    text: str, columns: Sequence[str], faults: Faults, *, optional: Collection[str] = ()
) -> Iterator[tuple[int, list[str]]]:
    """Every whole row with its number and its cells in the order of `columns`.

    Columns may stand in any order; those in `optional` may be left out and read as empty. Empty
    lines are no rows. A row with too few or too many cells, an open quote or a control character
    is noted in `faults`, and a last row without line end: half a number would look like a whole.
    Raises LimitExceeded, or the refusal when the header is not the documented one.
    """
    if len(text) > MAX_TARIFF_BYTES:
        reason = f"it has more than {MAX_TARIFF_BYTES:,} characters"
        raise LimitExceeded(source=faults.what, limit="MAX_TARIFF_BYTES", reason=reason)
    lines = text.split("\n")
    if len(lines) > MAX_TARIFF_ROWS + 1:
        reason = f"it has {len(lines) - 1:,} rows"
        raise LimitExceeded(source=faults.what, limit="MAX_TARIFF_ROWS", reason=reason)
    places = _places(header_of(text), columns, faults, optional)
    width = len(header_of(text))
    straight = places == list(range(width))
    for number, line in enumerate(lines[1:], 2):
        if not line.strip():
            continue
        try:
            if number == len(lines):
                wrong = "it is the last one and has no line end"
                raise WrongCell("", wrong, "is the file cut? If it is whole, end the line")
            cells = _cells(line.removesuffix("\r"), width)
        except WrongCell as cell:
            faults.add(number, cell)
            continue
        yield number, cells if straight else [cells[at] if at >= 0 else "" for at in places]


def _places(
    names: list[str], columns: Sequence[str], faults: Faults, optional: Collection[str]
) -> list[int]:
    """Where each column stands in the header; -1 where it was left out."""
    names = [name.strip().casefold() for name in names]
    if not any(names):
        raise faults.refuse("it is empty; its first row names the columns")
    missing = [name for name in columns if name not in names and name not in optional]
    unknown = [name for name in names if name not in columns]
    twice = sorted({name for name in names if names.count(name) > 1})
    for what, some in (("lacks", missing), ("has the unknown", unknown), ("repeats", twice)):
        if some:
            listed = ", ".join(shown(name) for name in some[:MAX_FAULTS_SHOWN])
            raise faults.refuse(f"its header {what} {listed}; the columns are {','.join(columns)}")
    return [names.index(name) if name in names else -1 for name in columns]


def _cells(line: str, width: int) -> list[str]:
    if control := _CONTROL.search(line):
        wrong = f"character {control.start() + 1} of the line is U+{ord(control[0]):04X}"
        raise WrongCell("", wrong, "write plain text without control characters")
    if '"' in line:
        try:
            cells = next(csv.reader([line], strict=True))
        except csv.Error as error:
            wrong = f"its quotes do not close ({error})"
            raise WrongCell("", wrong, "close the quote in this line; is the file cut?") from None
    else:
        cells = line.split(",")
    if len(cells) != width:
        wrong = f"it has {len(cells)} cells, the header {width}"
        fix = "is the file cut?" if len(cells) < width else 'put text with commas in "quotes"'
        raise WrongCell("", wrong, fix)
    if len(line) > MAX_CELL_BYTES:
        wrong = f"the line has {len(line):,} characters, at most {MAX_CELL_BYTES:,} may stand"
        raise WrongCell("", wrong, "shorten its texts")
    return [cell.strip() for cell in cells]


def day_in(text: str, column: str) -> date:
    """A day written 2026-07-01."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:
        raise WrongCell(column, f"{shown(text)} is no day", "write it as 2026-07-01")
    return day


CONFIDENCES = ("cited", "unverified")
"""Whether somebody read the value in the source that is named."""


def confidence_in(text: str) -> str:
    """The confidence of a record; it is never left open, so that a cut row is seen."""
    if text not in CONFIDENCES:
        wrong = f"{shown(text)} is no confidence"
        raise WrongCell("confidence", wrong, f"write {' or '.join(CONFIDENCES)}")
    return text


class Remembered(Generic[T]):
    """Reads each distinct text once: tariffs repeat a few hundred rates thousands of times."""

    def __init__(self, read: Callable[[str], T]) -> None:
        self._read = read
        self._known: dict[str, T] = {}

    def __call__(self, text: str) -> T:
        """The value of a text."""
        value = self._known.get(text)
        if value is None:
            value = self._known[text] = self._read(text)
        return value
