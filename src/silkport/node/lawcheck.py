"""Checks one administration's law as a whole, beyond what loading refuses."""

from __future__ import annotations

from datetime import date
from typing import Any

from silkport.journey import SHEETS
from silkport.kernel.errors import SilkportError
from silkport.law.book import Book
from silkport.law.compiled import Law
from silkport.node.lawbooks import law_book, sentences


def check_law(country: str) -> list[dict[str, Any]]:
    """Findings of kind `wrong` (something cannot work) or `told` (an operator should know)."""
    try:
        book = law_book(country)
        found = [*_sheets(book), *_sentences(book)]
    except SilkportError as error:
        return [_row(country, "wrong", error.code, str(error))]
    return found + _told(book.law)


def _row(country: str, kind: str, what: str, text: str) -> dict[str, Any]:
    return {"administration": country, "kind": kind, "what": what, "text": text}


def _sheets(book: Book) -> list[dict[str, Any]]:
    """Compiles every sheet of every cell in the bulk and single readings."""
    country = book.law.country
    for cell, (regime, period) in enumerate(book.cells):
        for sheet in SHEETS:
            try:
                compiled = book.compiled(sheet, cell)
                assert compiled.bulk is not None
                assert compiled.single is not None
            except SilkportError as error:
                what = f"{regime.code} from {period[0]}, {sheet.stage} of {sheet.shape.name}s"
                return [_row(country, "wrong", what, str(error))]
    return []


def _sentences(book: Book) -> list[dict[str, Any]]:
    known = set(sentences().codes)
    missing = sorted(code for sheet in SHEETS for code in sheet.rules if code not in known)
    return [_row(book.law.country, "wrong", code, "has no sentence") for code in missing]


def _told(law: Law) -> list[dict[str, Any]]:
    found = []
    unverified = sorted(
        name
        for name, values in law.params.items()
        if any(value.confidence != "cited" and value.stop == date.max for value in values)
    )
    if unverified:
        text = ", ".join(unverified)
        found.append(_row(law.country, "told", f"{len(unverified)} unverified values", text))
    for name, table in law.tables.items():
        if not table.records:
            text = "parcels that need it are held for an officer; load the official table"
            found.append(_row(law.country, "told", f"no {name} table", text))
        loose = sum(record.confidence != "cited" for record in table.records)
        if loose:
            text = f"{loose} of {len(table.records)} records"
            found.append(_row(law.country, "told", f"unverified in the {name} table", text))
    return found
