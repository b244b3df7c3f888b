"""Names of goods as they are published, to rows of `names.csv`. Layouts, told apart by their head:

hs,name                                            documented; language and source may follow
section,hscode,description,parent,level            the Harmonized System in English
chapter_file,code,name_ru,unit,rate_text,footnote  the tree of the EAEU tariff; a row without code
                                                   names what stands below it
{"code": …, "name": …, "heading": …}               one JSON object a line; `heading` may be left out
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

from silkport.formats.law_text import text_of
from silkport.kernel.errors import TariffRefused
from silkport.kernel.limits import MAX_LINE_BYTES
from silkport.law.strict import Faults, WrongCell, header_of, read_rows, shown
from silkport.law.tariff.names import COLUMNS, Name, named, read_names

HARMONIZED = ("section", "hscode", "description", "parent", "level")
"""Columns of the Harmonized System as published for data sets."""

TREE = ("chapter_file", "code", "name_ru", "unit", "rate_text", "footnote")
"""Columns of the tree of the EAEU tariff."""

_LEVEL = re.compile(r"^(?:[–—-]\s*)*")
_HEADING_DIGITS = 4


def read_published_names(data: bytes, what: str, *, language: str, source: str) -> list[Name]:
    """The names in a file, by code.

    Args:
        data: the bytes of the file.
        what: how messages name it.
        language, source: of names that state none.
    Raises TariffRefused with every wrong row, LimitExceeded.
    """
    text = text_of(data, what, TariffRefused)
    faults = Faults(what, TariffRefused)
    if text.lstrip().startswith("{"):
        return named(_of_objects(text, language, source, faults), faults)
    names = {name.strip().casefold() for name in header_of(text)}
    if names >= set(HARMONIZED[1:3]):
        found = (
            (row, Name(cells[1], language, cells[2], source))
            for row, cells in read_rows(text, HARMONIZED, faults)
            if cells[1].isdigit()  # sections and the total are no codes
        )
        return named(found, faults)
    if names >= set(TREE[1:3]):
        return named(_of_tree(read_rows(text, TREE, faults), language, source), faults)
    return read_names(text, what, language=language, source=source, columns=COLUMNS)


def _of_tree(
    rows: Iterable[tuple[int, list[str]]], language: str, source: str
) -> Iterator[tuple[int, Name]]:
    """Names with those of the rows without code between them and the next code above."""
    above: list[tuple[int, str, bool]] = []
    for row, (_, code, printed, *_) in rows:
        dashes = _LEVEL.match(printed)
        depth = len(re.sub(r"\s", "", dashes[0])) if dashes else 0
        name = " ".join(_LEVEL.sub("", printed).removesuffix(":").split())
        while above and above[-1][0] >= depth:
            above.pop()
        if code:
            between: list[str] = []
            for _, one, coded in reversed(above):
                if coded:
                    break
                between.insert(0, one)
            yield row, Name(code, language, ": ".join([*between, name]), source)
        above.append((depth, name, bool(code)))


def _of_objects(
    text: str, language: str, source: str, faults: Faults
) -> Iterator[tuple[int, Name]]:
    headings: set[str] = set()
    for row, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            code, name, heading = _of_object(line)
        except WrongCell as cell:
            faults.add(row, cell)
            continue
        if heading and code[:_HEADING_DIGITS] not in headings:
            headings.add(code[:_HEADING_DIGITS])
            yield row, Name(code[:_HEADING_DIGITS], language, heading, source)
        yield row, Name(code, language, _LEVEL.sub("", name).strip(), source)


def _of_object(line: str) -> tuple[str, str, str]:
    if len(line) > MAX_LINE_BYTES:
        raise WrongCell("", f"the line has {len(line):,} characters", "shorten it")
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        raise WrongCell("", f"{shown(line)} is no JSON object", "is the file cut?") from None
    if not isinstance(found, dict):
        raise WrongCell("", f"{shown(line)} is no JSON object", "write one object a line")
    values = [found.get(key, "") for key in ("code", "name", "heading")]
    for key, value in zip(("code", "name", "heading"), values, strict=True):
        if not isinstance(value, str):
            raise WrongCell(key, f"{shown(str(value))} is no text", 'write it in "quotes"')
    code, name, heading = (" ".join(value.split()) for value in values)
    return code, name, heading
