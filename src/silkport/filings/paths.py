"""What a filing is made of, and paths into it: `importer.codes.@country`, `line.net_mass_mg`.

A path begins with exporter, importer, carrier, terms, transport, master, house, line or
description. Its end may be a mark instead of a name: `@country` is the country of the filing's
administration, `@home` that of the party itself, `@language` the first language of the
administration in which there is a name, in whatever script.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from operator import attrgetter
from typing import Any

from silkport.filings.codes import TariffCodes
from silkport.kernel.codes import CodeList
from silkport.kernel.errors import MalformedLaw
from silkport.model.columns import MISSING
from silkport.model.description import NAME_LANGUAGES, Description, Goods, House, Master, Party
from silkport.model.prepared import Cell, Hold, Open, Provenance

Value = int | str
Found = tuple[Value, str]
"""A value and the path that it came from."""

NOTHING: Found = ("", "")
_ROOTS = frozenset(
    "exporter importer carrier terms transport master house line description".split()
)
_MARKS = ("country", "home", "language")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The law and the place a filing is made for.

    Attributes:
        country: ISO alpha-2 of the administration; languages: its own, the best first.
        tariff: its codes; wanted_unit: the unit in which a code is counted on a day, or "".
        lists: its lists of codes; own_codes: by kind (country, currency, unit) its code list.
    """

    administration: str
    country: str
    languages: tuple[str, ...]
    tariff: TariffCodes
    wanted_unit: Callable[[str, int], str]
    lists: Mapping[str, frozenset[str]]
    own_codes: Mapping[str, CodeList] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class About:
    """One filing in the making.

    Attributes:
        how: DECLARED when the trader described it here, GRANTED when the exporter let it be read.
        day, day_at: the legal day, as days since 1970-01-01 and as a date.
        app_time: fourteen digits, as the column of that name.
    """

    description: Description
    master: Master
    house: House
    ground: Ground
    filing: str
    version: int
    how: Provenance
    day: int
    day_at: date
    app_time: int
    typed: Mapping[str, Value]
    head: dict[str, Cell] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    opens: list[Open] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)

    @property
    def importer(self) -> Party:
        """Who receives the house."""
        return self.description.importer_of(self.house)


@dataclass(slots=True)
class Line:
    """One line of goods of it, with the cells so far."""

    goods: Goods
    place: int
    cells: dict[str, Cell] = field(default_factory=dict)

    def field(self, name: str) -> str:
        """How a field of the line is called from outside."""
        return f"goods[{self.place}].{name}"

    def value(self, name: str) -> Value | None:
        """The value of a cell that stands already."""
        cell = self.cells.get(name)
        return None if cell is None else cell.value


Getter = Callable[[About, Line | None], Found]


def is_stated(value: object) -> bool:
    """Neither absent nor empty."""
    return value not in ("", MISSING, None)


def getter(path: str) -> Getter:
    """What reads a path. Raises MalformedLaw for a path into nothing."""
    root, *rest = path.split(".")
    if root not in _ROOTS or not rest:
        reason = f"it begins with one of {', '.join(sorted(_ROOTS))}"
        raise MalformedLaw(what=f"path {path}", reason=reason)
    mark = rest.pop() if rest[-1].startswith("@") else ""
    if not rest or (mark and mark.removeprefix("@") not in _MARKS):
        raise MalformedLaw(what=f"path {path}", reason=f"{mark} is no mark of it")
    start, inner = _start(root), attrgetter(".".join(rest))
    if not mark:

        def plain(about: About, line: Line | None) -> Found:
            value = inner(start(about, line))
            return (value, path) if is_stated(value) else NOTHING

        return plain
    before = path.removesuffix(mark)

    def marked(about: About, line: Line | None) -> Found:
        owner = start(about, line)
        for key in _keys(mark, about, owner):
            value = inner(owner).get(key, "")
            if value:
                return value, before + key
        return NOTHING

    return marked


def _start(root: str) -> Callable[[About, Line | None], Any]:
    if root == "line":
        return lambda _, line: line.goods if line else Goods()
    if root in ("master", "house", "importer", "description"):
        return lambda about, _: getattr(about, root)
    return lambda about, _: getattr(about.description, root)


def _keys(mark: str, about: About, owner: Any) -> Sequence[str]:
    if mark == "@country":
        return (about.ground.country,)
    if mark == "@home":
        return (owner.country,)
    return languages(about.ground.languages)


@cache
def languages(spoken: tuple[str, ...]) -> tuple[str, ...]:
    """The languages of an administration, each in its scripts, in the order of preference."""
    return tuple(one for own in spoken for one in NAME_LANGUAGES if one.partition("-")[0] == own)
