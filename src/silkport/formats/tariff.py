"""A tariff as it is published, to entries of law. Two layouts, told apart by their header.

The documented one is `tariff.csv` itself (`law.tariff.entries`). The other is a list of ten-digit
codes of the Common Customs Tariff of the EAEU:

code               ten digits
name_ru            name, behind the dashes of its level; it may name a season
supp_unit          supplementary unit, as the tariff writes it
rate_kind          advalorem, specific, max (the greater of both) or plus (their sum)
ad_valorem_pct     per cent
specific_amount, specific_currency, specific_per_qty, specific_unit
footnote_ref       mark of the footnote
chapter_pdf_date   day of the text that the chapter was read from, as 08.03.2026

Where a name itself says "с 16 сентября по 15 декабря", the code may be declared on these days
alone, and has no rate on others.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from silkport.formats.law_text import text_of
from silkport.kernel.errors import InvalidValue, TariffRefused
from silkport.law.strict import Faults, WrongCell, header_of, read_rows, said, shown
from silkport.law.tariff.entries import CODE_LENGTHS, Entry, EntryReader, checked, read_entries
from silkport.law.tariff.units import supplementary_unit

TEN_DIGIT_COLUMNS = (
    "code",
    "name_ru",
    "supp_unit",
    "rate_kind",
    "ad_valorem_pct",
    "specific_amount",
    "specific_currency",
    "specific_per_qty",
    "specific_unit",
    "footnote_ref",
    "chapter_pdf_date",
)
"""Columns of the list of ten-digit codes."""

_STANDS_IN = {
    "hs": "code",
    "rate": "rate_kind to specific_unit",
    "season": "name_ru",
    "unit": "supp_unit",
    "footnote": "footnote_ref",
    "name": "name_ru",
}
"""Where the list has what an entry calls otherwise."""

_LEVEL = re.compile(r"^[\s–—-]+")
_MONTH = (
    "(?:январ|феврал|март|апрел|ма|июн|июл|август|сентябр|октябр|ноябр|декабр)[аья]"  # of a date
)
_END_OF_FEBRUARY = "конец февраля"
_WINDOW = re.compile(rf"\bс \d{{1,2}} {_MONTH} по (?:\d{{1,2}} {_MONTH}|{_END_OF_FEBRUARY})\b")
_CHAPTER_DAY = re.compile(r"\d\d\.\d\d\.\d{4}")


def read_tariff(
    data: bytes, what: str, *, source: str = "", start: date | None = None
) -> list[Entry]:
    """The entries of a published tariff, in order.

    Args:
        data: the bytes of the file.
        what: how messages name it.
        source: the act, for rows that name none.
        start: the first day, for rows that state none.
    Raises TariffRefused with every wrong row, LimitExceeded.
    """
    text = text_of(data, what, TariffRefused)
    names = [name.strip().casefold() for name in header_of(text)]
    if "rate_kind" in names:
        return _ten_digit_codes(text, what, source, start)
    return read_entries(text, what, source=source, start=start)


def _ten_digit_codes(text: str, what: str, source: str, start: date | None) -> list[Entry]:
    faults = Faults(what, TariffRefused)
    if start is None or not source:
        raise faults.refuse("this layout states no first day and no act: give --start and --source")
    reader = EntryReader(source=source, start=start)
    numbered: list[tuple[int, Entry]] = []
    for row, cells in read_rows(text, TEN_DIGIT_COLUMNS, faults):
        try:
            numbered.append((row, reader.entry(_documented(cells))))
        except WrongCell as cell:
            column = _STANDS_IN.get(cell.column, cell.column)
            faults.add(row, WrongCell(column, cell.wrong, cell.fix))
    return checked(numbered, faults)


def _documented(cells: Sequence[str]) -> tuple[str, ...]:
    """A row of the list as the cells of the documented layout."""
    code, name, unit, *_, footnote, chapter_day = cells
    if len(code) != CODE_LENGTHS[-1]:
        wrong = f"{shown(code)} has {len(code)} digits"
        raise WrongCell("hs", wrong, "write all ten; a spreadsheet cuts zeros in front")
    if chapter_day and not _CHAPTER_DAY.fullmatch(chapter_day):
        wrong = f"{shown(chapter_day)} is no day"
        raise WrongCell("chapter_pdf_date", wrong, "write it as 08.03.2026; is the file cut?")
    name = _LEVEL.sub("", name)
    window = _WINDOW.search(name)
    season = window[0].replace(_END_OF_FEBRUARY, "29 февраля") if window else ""
    subject = (code, "", "", "", _sentence(cells[3:9]), season)
    return (*subject, _unit(unit), footnote, name, "", "", "", "cited")


def _sentence(cells: Sequence[str]) -> str:
    """The rate as the tariff says it."""
    kind, percent, *parts = cells
    amount, currency, per, unit = parts
    if kind not in _KINDS:
        raise WrongCell("rate_kind", f"{shown(kind)} is no kind", f"write {', '.join(_KINDS)}")
    has_percent, has_amount = _KINDS[kind]
    if bool(percent) is not has_percent:
        word = "needs" if has_percent else "has no"
        raise WrongCell("ad_valorem_pct", f"{kind} {word} percentage", "correct the kind or it")
    if any(bool(part) is not has_amount for part in parts):
        word = "needs the whole" if has_amount else "has no"
        raise WrongCell("specific_amount", f"{kind} {word} amount", "correct the kind or it")
    specific = f"{amount} {currency} за {per} {unit}"
    sentences = {
        "advalorem": percent,
        "specific": specific,
        "max": f"{percent}, но не менее {specific}",
        "plus": f"{percent} плюс {specific}",
    }
    return sentences[kind]


_KINDS = {
    "advalorem": (True, False),
    "specific": (False, True),
    "max": (True, True),
    "plus": (True, True),
}
"""Kinds of rate of the list: whether each has a percentage, and an amount per quantity."""


def _unit(text: str) -> str:
    """The supplementary unit as a code; one without a neutral code keeps its own text."""
    try:
        return supplementary_unit(text)
    except InvalidValue as error:
        raise WrongCell("unit", said(error), "write it as the tariff does") from None
