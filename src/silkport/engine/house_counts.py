"""What a house and its goods lines add up to, by plain code, one house at a time.

Every function names the frame code of the stages that it repeats; a property test holds the two
equal.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from silkport.kernel.periods import day_of
from silkport.law.compiled import Law
from silkport.law.permits import Permit, permits_for
from silkport.model.columns import MAX_AMOUNT_E5, MAX_CARGO_MG
from silkport.model.rows import GOODS_LINE
from silkport.stages.check.permits import SAYS_SOMETHING

Row = dict[str, Any]
"""A row as rules see it: integers and texts by column."""

_EMPTY_LINE: Row = {column.name: column.absent for column in GOODS_LINE.columns}
_OF_HOUSE = ("parcel_id", "decl_day", "act", "currency", "stay_months")

WHITE_SPACE = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
"""Unicode's White_Space, which is what tables strip; Python's own strips four characters more."""

_KIND = re.compile(f"[^{WHITE_SPACE}]+")


class _Characters(dict[str, tuple[str, bool]]):
    """The capital of each character, and whether it is a letter or a digit, as tables have it.

    Asked for once: Python's Unicode may be older than that of the tables, and a letter must not
    have two capitals.
    """

    def of(self, text: str) -> list[tuple[str, bool]]:
        """What is known of each character of a text; new ones are asked for together."""
        new = set(text).difference(self)
        if new:
            column = pl.Series(sorted(new))
            says = zip(column.str.to_uppercase(), column.str.contains(SAYS_SOMETHING), strict=True)
            self.update(zip(column, says, strict=True))
        return [self[one] for one in text]


_CHARACTERS = _Characters()


def bounded(total: int, most: int = MAX_AMOUNT_E5) -> int:
    """A sum within the bounds of its column; what is beyond them a rule refuses."""
    return max(0, min(total, most))


def in_capitals(text: str) -> str:
    """A maker's name in capitals without surrounding spaces: `check.goods_of`, of one name."""
    name = text.strip(WHITE_SPACE)
    if name.isascii():
        return name.upper()
    return "".join(capital for capital, _ in _CHARACTERS.of(name))


def goods_rows(house: Row, goods: Iterable[Mapping[str, int | str]]) -> list[Row]:
    """The goods lines in the order of their numbers with what they need to know of their house.

    Twin of `check.goods_of`.
    """
    about = {name: house[name] for name in _OF_HOUSE}
    about["house_documents"] = house["documents"]
    lines = [{**_EMPTY_LINE, **cells, **about} for cells in goods]
    lines.sort(key=_number)
    price = mass = 0
    for line in lines:
        line["producer"] = in_capitals(line["producer"])
        line["before_e5"] = bounded(price)
        line["before_gross_mg"] = bounded(mass, MAX_CARGO_MG)
        price += max(0, line["total_e5"])
        mass += max(0, line["gross_mass_mg"])
    return lines


def _number(line: Row) -> int:
    return int(line["gnum"])


def count_goods(house: Row, lines: Sequence[Row]) -> None:
    """Adds to a house what its lines add up to, and to the lines the sums of their house.

    Twin of `check.with_goods_counts` and `check.with_house_counts`.
    """
    numbers = [line["gnum"] for line in lines]  # in order
    sums = {
        "line_count": len(lines),
        "lines_total_e5": bounded(sum(max(0, line["total_e5"]) for line in lines)),
        "lines_gross_mg": _mass(lines, "gross_mass_mg"),
    }
    house |= sums
    house["lines_net_mg"] = _mass(lines, "net_mass_mg")
    house["first_gnum"], house["last_gnum"] = (numbers[0], numbers[-1]) if numbers else (0, 0)
    house["distinct_gnums"] = len(set(numbers))
    for line in lines:
        line |= sums


def _mass(lines: Iterable[Row], name: str) -> int:
    return bounded(sum(max(0, line[name]) for line in lines), MAX_CARGO_MG)


class Permits:
    """The permits of one administration, found by commodity code."""

    def __init__(self, law: Law) -> None:
        self._by_code: dict[str, list[Permit]] = {}
        for permit in law.permits:
            self._by_code.setdefault(permit.hs, []).append(permit)
        self._lengths = sorted({len(code) for code in self._by_code})
        self._no_number = law.lists.get("empty_names", frozenset())

    def add_missing(self, line: Row, house: Row) -> None:
        """Adds to a line what it lacks of the permits that its code needs.

        Twin of `check.with_missing_permits`.
        """
        needed = self._needed(line, house)
        missing: list[str] = []
        unnumbered: list[str] = []
        if needed:
            named = self._named(line)
            missing = [label for label, kind in needed if not named.get(kind)]
            unnumbered = [label for label, kind in needed if named.get(kind) is False]
        line["permits_needed"] = len(needed)
        line["permits_missing"] = "; ".join(missing)
        line["permits_unnumbered"] = "; ".join(unnumbered)

    def _needed(self, line: Row, house: Row) -> list[tuple[str, str]]:
        """Label and kind of each permit, each once, in order of labels."""
        code = line["hs_code"]
        near = [p for size in self._lengths for p in self._by_code.get(code[:size], ())]
        if not near:
            return []
        found = permits_for(
            near,
            hs=code,
            direction=house["direction"],
            day=day_of(line["decl_day"]),
            procedure=house["procedure"],
            origin=line["origin"],
        )
        return sorted({(permit.label, permit.kind) for permit in found})

    def _named(self, line: Row) -> dict[str, bool]:
        """The kinds of documents that line and house state, and whether one has its number."""
        named: dict[str, bool] = {}
        for paper in f"{line['documents']};{line['house_documents']}".split(";"):
            stated = paper.strip(WHITE_SPACE)
            kind = _KIND.match(stated)
            if kind is not None:
                number = stated[kind.end() :].lstrip(WHITE_SPACE)
                numbered = number not in self._no_number and says_something(number)
                named[kind[0]] = named.get(kind[0], False) or numbered
        return named


def says_something(number: str) -> bool:
    """A number of a document has a letter or a digit of any script."""
    if number.isascii():
        return any(map(str.isalnum, number))
    return any(says for _, says in _CHARACTERS.of(number))


def customs_value(lines: Iterable[Row]) -> int:
    """The customs value of a house in minor units: `value.with_customs_value`, of one house."""
    return bounded(sum(line["customs_value_minor"] for line in lines))


def share_fee(lines: Sequence[Row], fee_minor: int) -> None:
    """Adds to each line its part of the fee, in proportion to customs value.

    Twin of `assess.with_fee_shares`: cumulative shares rounded half up; without value the lines
    with the first number bear it.
    """
    whole = sum(line["customs_value_minor"] for line in lines)
    until = before = 0
    for line in lines:
        if whole > 0:
            until += line["customs_value_minor"]
            mark = (2 * fee_minor * until + whole) // (2 * whole)
            line["fee_share_minor"], before = mark - before, mark
        else:
            first = line["gnum"] == lines[0]["gnum"]
            line["fee_share_minor"] = fee_minor if first else 0
