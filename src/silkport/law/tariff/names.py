"""Names of goods in other words than the tariff's own, and the search among all of them.

A tariff prints most names as a part of those above ("– – – прочие"), in one language. The table
`names.csv` holds names of codes of any length in any language; they help to find a code and say
nothing about its rate.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from silkport.kernel.errors import TariffRefused
from silkport.law.strict import Faults, WrongCell, read_rows, shown
from silkport.law.tariff.entries import CODE_LENGTHS, Entry, order

COLUMNS = ("hs", "language", "name", "source")
"""Columns of `names.csv`."""

LANGUAGES = ("en", "zh", "ru", "kk")
"""Languages in which goods are named and searched."""

_WORD = re.compile(r"[^\W_]+")
_WITHOUT_SPACES = re.compile("[\u3400-\u9fff]")
"""Letters of a script that puts no space between words."""

Names = Mapping[tuple[str, str], str]
"""Names by code and language."""


@dataclass(frozen=True, slots=True)
class Name:
    """What the goods of a code are called in one language."""

    hs: str
    language: str
    name: str
    source: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A code that was found: its rates in force and its name, behind those of the codes above."""

    hs: str
    path: tuple[str, ...]
    entries: tuple[Entry, ...]


def read_names(
    text: str, what: str, *, language: str = "", source: str = "", columns: Sequence[str] = COLUMNS
) -> list[Name]:
    """The names in a table, by code.

    Args:
        what: how messages name it.
        language, source: of rows that state none.
        columns: those of the table, in the order of COLUMNS.
    Raises TariffRefused with every wrong row, LimitExceeded.
    """
    faults = Faults(what, TariffRefused)
    optional = {columns[1], columns[3]}
    rows = read_rows(text, columns, faults, optional=optional)
    return named(
        (
            (row, Name(hs, spoken or language, name, by or source))
            for row, (hs, spoken, name, by) in rows
        ),
        faults,
    )


def named(numbered: Iterable[tuple[int, Name]], faults: Faults) -> list[Name]:
    """The names of a file by code, or its refusal with every wrong row."""
    rows: dict[tuple[str, str], int] = {}
    found = []
    for row, name in numbered:
        try:
            _demand_name(name)
            first = rows.setdefault((name.hs, name.language), row)
            if first != row:
                wrong = f"{name.hs} has a name in {name.language} in row {first} already"
                raise WrongCell("hs", wrong, "leave one of them out")
        except WrongCell as cell:
            faults.add(row, cell)
        else:
            found.append(name)
    faults.raise_any()
    if not found:
        raise faults.refuse("it holds no name")
    return sorted(found, key=lambda name: (name.hs, name.language))


def _demand_name(name: Name) -> None:
    if not (len(name.hs) in CODE_LENGTHS and name.hs.isascii() and name.hs.isdigit()):
        fix = f"write {', '.join(map(str, CODE_LENGTHS[:-1]))} or 10 digits"
        raise WrongCell("hs", f"{shown(name.hs)} is no commodity code", fix)
    if name.language not in LANGUAGES:
        wrong = f"{shown(name.language)} is no language here"
        raise WrongCell("language", wrong, f"write one of {', '.join(LANGUAGES)}")
    if not name.name:
        raise WrongCell("name", "it is empty", "write the name or leave the row out")
    if not name.source:
        raise WrongCell("source", "it has no source", "name it, or give --source")


def write_names(names: Iterable[Name]) -> str:
    """The table `names.csv`."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(COLUMNS)
    for one in sorted(names, key=lambda name: (name.hs, name.language)):
        lines.writerow((one.hs, one.language, one.name, one.source))
    return text.getvalue()


def search(
    entries: Iterable[Entry], names: Names, query: str, *, day: date, language: str
) -> list[Hit]:
    """The codes in force on a day in whose names every word of a query begins some word.

    A word of digits may begin the code instead. Names of the codes above count too; codes whose
    own name has all words come first, then those that have more of them in nearer names.

    Args:
        names: names in any language beside the tariff's own; all of them are searched.
        language: that of the names shown, where there are such.
    """
    words = _words(query)
    if not words:
        return []
    in_force: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.hs and entry.start <= day < entry.stop:
            in_force.setdefault(entry.hs, []).append(entry)
    spoken: dict[str, list[str]] = {}
    for (hs, _), name in names.items():
        spoken.setdefault(hs, []).append(name)
    match = _Match(words)
    ranked = []
    for hs, some in in_force.items():
        rank = _rank(match, hs, [entry.name for entry in some], spoken)
        if rank is not None:
            ranked.append((rank, hs, some))
    ranked.sort(key=lambda found: found[:2])
    return [
        Hit(hs, _path(hs, some[0], names, language), tuple(sorted(some, key=order)))
        for _, hs, some in ranked
    ]


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold().replace("ё", "е"))


class _Match:
    """How well each name has the words that are looked for; names above many codes recur."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words = words
        self._known: dict[str, list[int]] = {}

    def of(self, text: str) -> list[int]:
        """For each word 2 when the text has it, 1 when some word of it begins so, else 0."""
        known = self._known.get(text)
        if known is None:
            have = _words(text)
            known = self._known[text] = [self._one(word, have) for word in self.words]
        return known

    @staticmethod
    def _one(word: str, have: Sequence[str]) -> int:
        if word in have:
            return 2
        if _WITHOUT_SPACES.search(word):
            return int(any(word in one for one in have))
        return int(any(one.startswith(word) for one in have))


def _rank(
    match: _Match, hs: str, own: Sequence[str], spoken: Mapping[str, Sequence[str]]
) -> tuple[int, int, int] | None:
    """How far a code is from a query, least first; None when a word is nowhere.

    The name of a shorter code that is this one but for zeros at the end is its own name.
    """
    levels = [list(own)]
    for length in range(len(hs), 1, -1):
        above = spoken.get(hs[:length], ())
        if not hs[length:].strip("0"):
            levels[0] += above
        elif above:
            levels.append(list(above))
    far = begun = foreign = 0
    for place, word in enumerate(match.words):
        for distance, texts in enumerate(levels):
            best = max((match.of(text)[place] for text in texts), default=0)
            if best:
                far += distance
                foreign += distance > 0
                begun += best == 1
                break
        else:
            if not (word.isdigit() and hs.startswith(word)):
                return None
    return foreign, far, begun


def _path(hs: str, entry: Entry, names: Names, language: str) -> tuple[str, ...]:
    """The names above a code in one language, and its own behind them."""
    shorter = [hs[:length] for length in CODE_LENGTHS if length < len(hs)]
    found = [names[code, language] for code in shorter if (code, language) in names]
    own = names.get((hs, language)) or entry.name
    if own and own not in found[-1:]:
        found.append(own)
    return tuple(found)
