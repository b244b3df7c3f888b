"""Checks one administration's law as a whole, beyond what loading refuses."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from silkport.journey import SHEETS
from silkport.kernel.errors import SilkportError
from silkport.law.book import Book
from silkport.law.compiled import Law
from silkport.node.law.books import law_book, sentences
from silkport.stages.assess import REMEDIES


def check_law(country: str, home: Path | None = None) -> list[dict[str, Any]]:
    """Findings of kind `wrong` (something cannot work) or `told` (an operator should know).

    Args:
        home: a home whose loaded tables are checked with the rest.
    """
    try:
        book = law_book(country, home)
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
    loose = sum(permit.confidence != "cited" for permit in law.permits)
    if loose or not law.permits:
        text = f"{loose} of them unverified; load the official list"
        found.append(_row(law.country, "told", f"{len(law.permits)} permits", text))
    return found


_LISTS = {"excise_duty": ("excise",), "trade_remedies": REMEDIES}
"""Computations that charge nothing where no list of theirs is on file, and their tables."""


def unlisted(book: Book) -> list[str]:
    """Levies that regimes of goods ask for and of which the law on file has no list at all.

    A code that a list does not name owes nothing; without a list nobody knows.
    """
    asked = {
        code
        for number in book.cells_for("house")
        for code in book.cells[number][0].stages.get("assess", ())
    }
    return [
        f"No {' or '.join(tables)} rates are on file, so none were charged; load the official list."
        for code, tables in _LISTS.items()
        if code in asked and not any(book.law.tables[name].records for name in tables)
    ]
