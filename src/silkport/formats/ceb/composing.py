"""Rows as the text of message elements, a whole column at a time.

No element is built as an object: a column becomes text, the text is escaped where anything in the
column needs it, and all elements of a row are joined at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import polars as pl

from silkport.formats.ceb.catalogue import EXPORT, Element, Part
from silkport.formats.ceb.validity import cell_faults
from silkport.formats.cells import PLACES
from silkport.formats.code_lists import outside
from silkport.formats.spelling import spelling
from silkport.model.columns import MISSING, Kind

PREFIX = "ceb"

_NOT_ALLOWED = r"[\x00-\x08\x0B\x0C\x0E-\x1F\x{FFFE}\x{FFFF}]"
"""Characters that no XML 1.0 document may hold, escaped or not."""

_SPECIAL = r"[&<>\x00-\x08\x0B-\x1F\x{FFFE}\x{FFFF}]"
"""Characters that do not stand for themselves in the text of an element."""


@dataclass(frozen=True, slots=True)
class Misfit:
    """A cell that its element cannot hold, or holds only when something is cut off."""

    row: int
    element: Element
    written: str
    reason: str


def source_of(element: Element) -> pl.Expr:
    """The internal value an element is written from.

    The country of an inventory is the other one: of departure for an import, of destination for
    an export.
    """
    assert element.column is not None
    if element.path == "InventoryHead/country":
        leaving = pl.col("flow") == EXPORT
        return pl.when(leaving).then("destination_country").otherwise("departure_country")
    return pl.col(element.column.name)


def texts(part: Part, rows: pl.DataFrame) -> pl.DataFrame:
    """The text of each element of a part, by its name, "" where nothing was stated."""
    plain = rows.select(
        _written(source_of(element), element).alias(element.name)
        for element in part.elements
        if element.column is not None
    )
    codes = [
        outside(plain[element.name], element.code) for element in part.elements if element.code
    ]
    return plain.with_columns(codes)


def _written(value: pl.Expr, element: Element) -> pl.Expr:
    """A column as the family writes it: days and times as digits, numbers as short decimals."""
    assert element.column is not None
    kind = element.column.kind
    if kind is Kind.DAY:
        text = value.clip(0, None).cast(pl.Int32).cast(pl.Date).dt.strftime("%Y%m%d")
    elif kind is Kind.TIME:
        text = value.cast(pl.String).str.zfill(14)
    else:
        return spelling(value, kind)
    return pl.when(value.is_null() | (value == MISSING)).then(pl.lit("")).otherwise(text)


def misfits(part: Part, written: pl.DataFrame) -> Iterator[Misfit]:
    """Every cell that is longer than its element, or has more decimal places."""
    tests = {
        element.name: test
        for element in part.elements
        if element.column is not None and (test := _too_much(element)) is not None
    }
    if not tests or written.is_empty():
        return
    found = written.select(test.alias(name) for name, test in tests.items())
    faulty = [
        name for name, any_one in found.select(pl.all().any()).row(0, named=True).items() if any_one
    ]
    for name in faulty:
        element = next(one for one in part.elements if one.name == name)
        for row in found[name].arg_true().to_list():
            yield Misfit(row, element, written[name][row], _limit(element))


def unlawful(part: Part, written: pl.DataFrame) -> Iterator[Misfit]:
    """Every cell for which a receiver refuses the whole message: too long, empty, no number."""
    told = [
        (pl.col(e.name) if e.mandatory else pl.col(e.name).replace("", None)).alias(e.path)
        for e in part.elements
        if e.column is not None
    ]
    for row, fault in cell_faults(part, written.select(told)):
        element = part.by_path[fault.path]
        reason = f"{element.name} must be {fault.expected}"
        yield Misfit(row, element, written[element.name][row], reason)


def _too_much(element: Element) -> pl.Expr | None:
    form, text = element.form, pl.col(element.name)
    if form.sort == "text":
        return text.str.len_chars() > form.most if form.most else None
    if form.sort == "integer":
        return text.str.len_bytes() > form.digits if form.digits else None
    assert element.column is not None
    if PLACES[element.column.kind] <= form.fraction:
        return None
    return text.str.contains(rf"\.[0-9]{{{form.fraction + 1}}}")


def _limit(element: Element) -> str:
    form = element.form
    if form.sort == "text":
        return f"{element.name} holds at most {form.most} characters"
    if form.sort == "integer":
        return f"{element.name} holds at most {form.digits} digits"
    return f"{element.name} holds at most {form.fraction} decimal places"


def elements(part: Part, written: pl.DataFrame) -> pl.Series:
    """Per row the elements of a part in order, those that may be left out only when stated."""
    if written.is_empty():
        return pl.Series("xml", [], dtype=pl.String)
    names = written.columns
    figures = written.select(
        *((pl.col(name) == "").any().alias(f"{name} any") for name in names),
        *((pl.col(name) == "").all().alias(f"{name} all") for name in names),
        *(pl.col(name).str.contains(_SPECIAL).any().alias(f"{name} special") for name in names),
    ).row(0, named=True)
    pieces: list[pl.Expr] = []
    for element in part.elements:
        name = element.name
        if name not in names or (figures[f"{name} all"] and not element.mandatory):
            continue
        text = escaped(pl.col(name)) if figures[f"{name} special"] else pl.col(name)
        opening, closing = f"<{PREFIX}:{name}>", f"</{PREFIX}:{name}>"
        piece = pl.concat_str(pl.lit(opening), text, pl.lit(closing))
        if not element.mandatory and figures[f"{name} any"]:
            piece = pl.when(pl.col(name) == "").then(pl.lit("")).otherwise(piece)
        pieces.append(piece)
    return written.select(pl.concat_str(pieces).alias("xml"))["xml"]


def escaped(text: pl.Expr) -> pl.Expr:
    """Text that says the same within an element or a quoted attribute.

    A carriage return is written as a reference, or a reader would take it for a line feed.
    """
    replaced = text.str.replace_all(_NOT_ALLOWED, "\ufffd")
    for character, reference in (
        ("&", "&amp;"),
        ("<", "&lt;"),
        (">", "&gt;"),
        ('"', "&quot;"),
        ("\r", "&#13;"),
    ):
        replaced = replaced.str.replace_all(character, reference, literal=True)
    return replaced


@lru_cache(maxsize=4_096)
def escape(text: str) -> str:
    """As `escaped`, for one text."""
    return str(pl.select(escaped(pl.lit(text))).item())
