"""Tables as a workbook (XLSX): the first sheet, its first filled row the documented header."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import fastexcel
import polars as pl

from silkport.formats.archives import ZIP_FAULTS, check_archive, open_archive
from silkport.formats.engines import sound_engine
from silkport.formats.flat import POSITION, documents_of
from silkport.formats.headers import count_known, match_header
from silkport.formats.reading import SPLINTERS, Documents, Notes
from silkport.kernel.errors import LimitExceeded, UnreadableFile, WrongHeader
from silkport.kernel.limits import (
    MAX_SHEET_CELLS,
    MAX_XLSX_BYTES,
    MAX_XLSX_UNPACKED_BYTES,
    MIB,
)
from silkport.model.columns import Kind

_HEADER_WITHIN = 20
"""Rows at the top among which the header is looked for."""

_CELL = re.compile(rb"\sr\s*=\s*[\"']([A-Za-z]+)([0-9]+)[\"']")
_OVERLAP = 64


def read_xlsx(path: Path, notes: Notes) -> Iterator[Documents]:
    """Documents of the first sheet of a workbook; positions are the sheet's row numbers."""
    size = path.stat().st_size
    if size > MAX_XLSX_BYTES:
        raise LimitExceeded(source=notes.source, limit=MAX_XLSX_BYTES, reason=f"{size} bytes")
    _check_workbook(path, notes)
    with sound_engine(notes.source, "XLSX", faults=(*SPLINTERS, fastexcel.FastExcelError)):
        book = fastexcel.read_excel(path)
        sheet = book.load_sheet(0, header_row=None, skip_rows=0, dtypes="string")
        frame = sheet.to_polars()
    at = _header_row(frame)
    names = [str(cell or "") for cell in frame.row(at)] if frame.height else []
    if not any(names):
        raise WrongHeader(source=notes.source, reason="the first sheet is empty")
    matched = match_header(names, notes, position=at + 1)
    raw = frame.slice(at + 1).select(
        *(
            _cells(frame.columns[i], field.column.kind).alias(field.name)
            for i, field in matched.items()
        ),
        pl.int_range(at + 2, frame.height + 1, dtype=pl.Int64).alias(POSITION),
    )
    del frame
    fields = {field.name: field for field in matched.values()}
    yield from documents_of(iter([raw]), fields, notes)


def _cells(name: str, kind: Kind) -> pl.Expr:
    """A column of the sheet; a day formatted as such comes with a midnight."""
    cells = pl.col(name)
    return cells.str.strip_suffix(" 00:00:00") if kind is Kind.DAY else cells


def _header_row(frame: pl.DataFrame) -> int:
    """Index of the first row with documented names, or of the first row with any cell."""
    first_filled = 0
    for at, row in enumerate(frame.head(_HEADER_WITHIN).iter_rows()):
        names = [str(cell) for cell in row if cell]
        if count_known(names):
            return at
        first_filled = first_filled if first_filled or not names else at
    return first_filled


def _check_workbook(path: Path, notes: Notes) -> None:
    """Refuses what is no workbook, unpacks beyond measure, or spans too many cells."""
    try:
        with open_archive(path, notes.source) as archive:
            check_archive(archive, notes.source, limit=MAX_XLSX_UNPACKED_BYTES)
            names = archive.namelist()
            if "xl/workbook.xml" not in names:
                reason = "there is no workbook in it"
                raise UnreadableFile(source=notes.source, expected="XLSX", reason=reason)
            for name in names:
                if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                    _check_extent(archive, name, notes)
    except ZIP_FAULTS as fault:
        reason = str(fault) or "it is cut short"
        raise UnreadableFile(source=notes.source, expected="XLSX", reason=reason) from fault


def _check_extent(archive: zipfile.ZipFile, name: str, notes: Notes) -> None:
    """Refuses a sheet whose corners span more cells than can be held."""
    width = height = 0
    rest = b""
    with archive.open(name) as sheet:
        while block := sheet.read(MIB):
            found = _CELL.findall(rest + block)
            rest = block[-_OVERLAP:]
            for column in {column for column, _ in found}:
                width = max(width, _column_number(column))
            height = max(height, max((int(row[:12]) for _, row in found), default=0))
            if width * height > MAX_SHEET_CELLS:
                reason = f"{name} spans {height} rows and {width} columns"
                raise LimitExceeded(source=notes.source, limit=MAX_SHEET_CELLS, reason=reason)


def _column_number(letters: bytes) -> int:
    """A is 1, Z is 26, AA is 27."""
    number = 0
    for letter in letters.upper()[:7]:
        number = number * 26 + letter - ord("A") + 1
    return number
