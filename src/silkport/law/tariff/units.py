"""Units of quantity as a tariff names them, and their codes.

The names are those of the Common Customs Tariff of the EAEU; the codes are of UN/ECE
Recommendation 20. `units.csv` holds a row per unit: its name after 1, after 2 to 4 and after
5 and more ("1 пару, 2 пары, 10 пар"), the same in English, and what is read as well. Engine
capacity is the only volume that the tariff counts in cubic centimetres, so CMQ says so.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from importlib.resources import files

from silkport.kernel.errors import InvalidValue

OWN = "EEU:"
"""Stands before the text of a supplementary unit that has no neutral code."""

_MAX_OWN = 40
_NONE = frozenset(("", "-", "–", "—"))
_COUNTED = re.compile(r"([1-9][0-9]{1,6})\s+(\S.*)")


@dataclass(frozen=True, slots=True)
class TariffUnit:
    """One unit: its code, its names by language and number, and what is read for it as well."""

    code: str
    forms: dict[str, tuple[str, str, str]]
    also: tuple[str, ...]


def _units() -> dict[str, TariffUnit]:
    text = (files("silkport.law.tariff") / "units.csv").read_text(encoding="utf-8")
    found = {}
    for row in csv.DictReader(text.splitlines()):
        forms = {
            "ru": (row["one_ru"], row["few_ru"], row["many_ru"]),
            "en": (row["one_en"], row["many_en"], row["many_en"]),
        }
        also = tuple(filter(None, row["also"].split("|")))
        found[row["code"]] = TariffUnit(row["code"], forms, also)
    return found


def folded(name: str) -> str:
    """A name as it is looked up: any letter case, one space for each run of white space."""
    return " ".join(name.split()).replace(" %", "%").casefold()


UNIT_TABLE = _units()
"""Every unit that a tariff may name, by code."""

NAMES = {
    name: unit.code
    for unit in UNIT_TABLE.values()
    for name in (*unit.forms["ru"], *unit.forms["en"], *unit.also)
}
"""Every name that is read, with the code it stands for."""

_FOLDED = {folded(name): code for name, code in NAMES.items()}


def plural_form(count: int) -> int:
    """Which form of a Russian noun follows a whole number: 0 after 1, 1 after 2, 2 after 5."""
    if count % 10 == 1 and count % 100 != 11:
        return 0
    return 1 if 2 <= count % 10 <= 4 and not 12 <= count % 100 <= 14 else 2


def known_unit(name: str) -> str:
    """The Recommendation 20 code of a unit named in Russian or English; empty for no unit."""
    return _FOLDED.get(folded(name), "")


def unit_code(name: str, what: str = "a unit") -> str:
    """The code of a unit that a tariff names: "пару" is PR.

    Raises InvalidValue, which calls the value `what`, when no unit has the name.
    """
    code = known_unit(name)
    if not code:
        raise InvalidValue(what=what, value=name, reason="no unit of a tariff is called so")
    return code


def unit_name(code: str, language: str) -> str:
    """A unit as the head of a column names it: "кг", "пар", "л 100% спирта"; "kg", "pairs".

    What `supplementary_unit` gives can be named too: "1000 H87" is "1000 шт".
    Raises InvalidValue for an unknown code, or a language other than "en" and "ru".
    """
    if code.startswith(OWN):
        return code.removeprefix(OWN)
    counted = _COUNTED.fullmatch(code)
    if counted:
        return f"{counted[1]} {_form(counted[2], language, plural_form(int(counted[1])))}"
    return _form(code, language, 2)


def counted_unit(count: int, code: str, language: str) -> str:
    """So many of a unit: "1 пару", "1000 шт", "100 pairs".

    Raises InvalidValue as `unit_name` does.
    """
    form = plural_form(count) if language == "ru" else min(count - 1, 2)
    return f"{count} {_form(code, language, form)}"


def _form(code: str, language: str, form: int) -> str:
    unit = UNIT_TABLE.get(code)
    if unit is None:
        raise InvalidValue(what="a unit", value=code, reason="no tariff here uses it")
    forms = unit.forms.get(language)
    if forms is None:
        reason = "units are named in en and ru"
        raise InvalidValue(what="a language", value=language, reason=reason)
    return forms[form]


def supplementary_unit(text: str) -> str:
    """The supplementary unit in a tariff's column: a code, with a count before it if there is one.

    "шт" is "H87" and "1000 шт" is "1000 H87"; an empty cell or a dash is "". A unit that has no
    neutral code keeps its own text: "шт (колод)" is "EEU:шт (колод)".
    Raises InvalidValue for what is no name at all: more than 40 characters, or unprintable ones.
    """
    name = " ".join(text.split())
    if name in _NONE:
        return ""
    counted = _COUNTED.fullmatch(name)
    count, bare = (f"{counted[1]} ", counted[2]) if counted else ("", name)
    code = known_unit(bare)
    if code:
        return f"{count}{code}"
    if len(name) > _MAX_OWN or not name.isprintable():
        reason = "a unit has a short printable name"
        raise InvalidValue(what="a supplementary unit", value=name[:_MAX_OWN], reason=reason)
    return f"{OWN}{name}"
