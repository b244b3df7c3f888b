"""The exporter's one file: JSON of the layout `silkport-description-1`, read whole or refused.

Keys are the names of `model.description`, but masses are in kilograms (`gross_mass_kg`) and sums
and quantities decimals (`total`, `qty`); days are 2026-07-01 and moments 2026-07-01T10:00:00Z. A
code may name its list, "GACC:142", and a unit may be called as a tariff does, "шт"; both become
neutral. Whatever is wrong is named with its place, `masters[1].houses[2].goods[3].net_mass_kg`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import msgspec
from msgspec import inspect

from silkport.formats.code_lists import neutral_codes
from silkport.formats.json_values import NoNumber, Repeated, Unusable, is_deep, values_of
from silkport.kernel.errors import InvalidValue, SilkportError
from silkport.kernel.filing_errors import DescriptionRefused
from silkport.kernel.limits import MAX_DESCRIPTION_BYTES, MAX_FAULTS_SHOWN
from silkport.kernel.periods import day_number, day_of
from silkport.kernel.scaled import format_scaled, parse_scaled
from silkport.law.tariff.units import known_unit
from silkport.model.columns import BOUNDS, MISSING, Kind
from silkport.model.decoding import converted
from silkport.model.description import NAME_LANGUAGES, SIX, Description

FORMAT = "silkport-description-1"

_LISTED = "GACC:"
_LIST_OF = {"currency": "currency", "freight_currency": "currency", "unit": "unit"} | dict.fromkeys(
    ("country", "origin", "departure_country", "destination_country"), "country"
)
"""Fields that hold a code, by the list that defines its numbers."""

_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
"""Characters that no name needs, and by which one text can look like another."""

_COUNTRY = re.compile(r"[A-Z]{2}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?Z")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SUFFIXES = {"_mg": ("_kg", 6, Kind.CARGO), "_e5": ("", 5, Kind.AMOUNT)}
_KINDS = {"qty": Kind.QUANTITY}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at a place of the file."""

    place: str
    read: str
    expected: str

    def __str__(self) -> str:
        """The fault as the exporter reads it."""
        return f"{self.place}: {self.read!r} is not {self.expected}"


def read_description(data: bytes, source: str) -> Description:
    """The description in a file. Raises DescriptionRefused with every fault, up to a number."""
    if len(data) > MAX_DESCRIPTION_BYTES:
        raise _refused(source, f"it has {len(data):,} bytes, more than {MAX_DESCRIPTION_BYTES:,}")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _refused(source, f"byte {error.start + 1} in line {line} is not UTF-8") from None
    values = list(values_of(text, FORMAT)) or [Unusable("RDG011", "it is empty")]
    value = values[0]
    if isinstance(value, Unusable):
        raise _refused(source, f"{value.code} {value.reason}")
    if len(values) > 1 or not isinstance(value, dict):
        raise _refused(source, "one object is expected, that of one consignment")
    if is_deep(value):
        raise _refused(source, "objects and lists lie within one another too deep")
    stated = value.pop("format", "")
    if stated != FORMAT:
        raise _refused(source, f"its format is {str(stated)[:40]!r}, not {FORMAT!r}")
    reading = _Reading()
    found = reading.struct(_SHAPE, value, "")
    if not reading.faults:
        reading.sense(found)
    if reading.faults:
        raise _refused(source, _listed(reading.faults))
    described: Description = converted(found, Description)
    return described


def read_description_file(path: Path) -> Description:
    """The description in a file on disk. Raises DescriptionRefused, OSError."""
    with path.open("rb") as file:
        return read_description(file.read(MAX_DESCRIPTION_BYTES + 1), path.name)


def _refused(source: str, reason: str) -> SilkportError:
    return DescriptionRefused(source=source, reason=reason)


def _listed(faults: list[Fault]) -> str:
    lines = [f"\n  {fault}" for fault in faults[:MAX_FAULTS_SHOWN]]
    if rest := len(faults) - len(lines):
        lines.append(f"\n  and {rest:,} more")
    return "".join(lines)


def outside(name: str) -> str:
    """The key of a field in the file: `gross_mass_mg` is `gross_mass_kg`, `total_e5` `total`."""
    for inner, (outer, _, _) in _SUFFIXES.items():
        if name.endswith(inner):
            return name.removesuffix(inner) + outer
    return name


class _Reading:
    """Reads values by the shape of the model and gathers what is wrong."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def _wrong(self, place: str, read: object, expected: str) -> None:
        self.faults.append(Fault(place, str(read)[:60], expected))

    def struct(self, shape: inspect.StructType, value: object, place: str) -> dict[str, Any]:
        """An object as the fields of a struct."""
        if not isinstance(value, dict):
            self._wrong(place or "the file", value, "an object")
            return {}
        known = {outside(one.name): one for one in shape.fields}
        found: dict[str, Any] = {}
        for key, inner in value.items():
            spot = f"{place}.{key}" if place else key
            if key not in known:
                close = get_close_matches(key[:60], known, n=1)
                perhaps = f"; perhaps {close[0]}" if close else ""
                self._wrong(spot[:120], key, f"a known field{perhaps}")
            elif inner is not None:
                found[known[key].name] = self._value(known[key].name, known[key].type, inner, spot)
        for key in value.again if isinstance(value, Repeated) else ():
            self._wrong(f"{place}.{key}".strip("."), key, "written once")
        return found

    def _value(self, name: str, shape: inspect.Type, value: object, place: str) -> Any:
        match shape:
            case inspect.StructType():
                return self.struct(shape, value, place)
            case inspect.VarTupleType():
                return self._list(name, shape, value, place)
            case inspect.DictType():
                return self._names(name, shape, value, place)
            case inspect.StrType():
                return self._text(name, shape.max_length or 0, value, place)
        return self._figure(name, value, place)

    def _list(self, name: str, shape: inspect.VarTupleType, value: object, place: str) -> list[Any]:
        if not isinstance(value, list):
            self._wrong(place, value, "a list")
            return []
        if shape.max_length is not None and len(value) > shape.max_length:
            self._wrong(place, len(value), f"a list of at most {shape.max_length} items")
            return []
        return [
            self._value(name, shape.item_type, one, f"{place}[{at}]")
            for at, one in enumerate(value, 1)
        ]

    def _names(
        self, name: str, shape: inspect.DictType, value: object, place: str
    ) -> dict[str, str]:
        """Names by language, or codes by country."""
        if not isinstance(value, dict):
            self._wrong(place, value, "an object")
            return {}
        assert isinstance(shape.value_type, inspect.StrType)
        longest, found = shape.value_type.max_length or 0, {}
        for key, text in value.items():
            spot = f"{place}.{key}"[:120]
            if name == "names" and key not in NAME_LANGUAGES:
                self._wrong(spot, key, f"one of {', '.join(NAME_LANGUAGES)}")
            elif name != "names" and not _COUNTRY.fullmatch(key):
                self._wrong(spot, key, "a country by two capital letters")
            elif said := self._text(name, longest, text, spot):
                found[key] = said
        return found

    def _text(self, name: str, longest: int, value: object, place: str) -> str:
        if not isinstance(value, str) or isinstance(value, NoNumber):
            self._wrong(place, value, "a text")
            return ""
        text = value.strip()
        if unseen := _UNSEEN.search(text):
            self._wrong(place, f"U+{ord(unseen[0]):04X}", "a character of a text in one line")
            return ""
        if name in _LIST_OF:
            text = self._neutral(_LIST_OF[name], text, place)
        if len(text) > longest:
            self._wrong(place, text, f"a text of at most {longest} characters")
            return ""
        return text

    def _neutral(self, kind: str, text: str, place: str) -> str:
        """A code that names its list, or a unit that is called by its name, as neutral code."""
        if text.startswith(_LISTED):
            found = neutral_codes(kind).get(text.removeprefix(_LISTED), "")
            if not found:
                self._wrong(place, text, f"a {kind} of that list")
            return found
        return (known_unit(text) or text) if kind == "unit" else text

    def _figure(self, name: str, value: object, place: str) -> int:
        if not isinstance(value, str) or isinstance(value, NoNumber):
            self._wrong(place, value, "a number")
            return MISSING
        try:
            return figure_in(name, value.strip())
        except InvalidValue as error:
            self._wrong(place, value, f"taken: {error.facts['reason']}")
            return MISSING

    def sense(self, found: Mapping[str, Any]) -> None:
        """What no declaration can be made from: no number, no goods, lines or houses twice."""
        if not found.get("consignment_no"):
            self._wrong("consignment_no", "", "the number of the consignment")
        numbers: set[str] = set()
        for at, master in enumerate(found.get("masters", ()), 1):
            for order, house in enumerate(master.get("houses", ()), 1):
                place = f"masters[{at}].houses[{order}]"
                number = house.setdefault("house_no", "1")
                if number in numbers:
                    self._wrong(f"{place}.house_no", number, "the number of one house only")
                numbers.add(number)
                self._sense_of_goods(house.get("goods", ()), place)
        if not numbers:
            self._wrong("masters", "", "masters with houses and their goods")

    def _sense_of_goods(self, goods: list[dict[str, Any]], place: str) -> None:
        if not goods:
            self._wrong(f"{place}.goods", "", "a list of goods lines")
        for at, line in enumerate(goods, 1):
            spot = f"{place}.goods[{at}]"
            if line.setdefault("gnum", at) != at:
                self._wrong(f"{spot}.gnum", line["gnum"], f"{at}, its place in the list")
            own, six = line.get("hs_own", ""), line.get("hs6", "")
            for name, code in (("hs_own", own), ("hs6", six)):
                if code and not (code.isascii() and code.isdigit() and len(code) >= SIX):
                    self._wrong(f"{spot}.{name}", code, "a commodity code of at least six digits")
            line["hs6"] = six or own[:SIX]
            if own and six and not own.startswith(six):
                self._wrong(f"{spot}.hs6", six, f"the first six digits of {own}")


def figure_in(name: str, text: str) -> int:
    """The internal value of a number, mass, sum, day or moment. Raises InvalidValue.

    Args:
        name: of the field, whose ending says what it is.
    """
    if not text:
        return MISSING
    if name.endswith("_day"):
        return _day_in(text)
    if name.endswith("_at"):
        return _moment_in(text)
    places, kind = 0, Kind.COUNT
    for inner, (_, decimals, of) in _SUFFIXES.items():
        if name.endswith(inner):
            places, kind = decimals, _KINDS.get(name.removesuffix(inner), of)
    value = parse_scaled(text, places=places, what=name)
    if not 0 <= value <= BOUNDS[kind][1]:
        most = format_scaled(BOUNDS[kind][1], places=places, shortest=True)
        raise InvalidValue(what=name, value=text, reason=f"a number from 0 to {most}")
    return value


def _day_in(text: str) -> int:
    try:
        day = day_number(date.fromisoformat(text))
    except ValueError:
        day = MISSING
    if not 0 <= day <= BOUNDS[Kind.DAY][1] or len(text) != 10:
        raise InvalidValue(what="a day", value=text, reason="a day written as 2026-07-01")
    return day


def _moment_in(text: str) -> int:
    try:
        known = datetime.fromisoformat(text) if _MOMENT.fullmatch(text) else None
    except ValueError:
        known = None
    if known is None or known < _EPOCH:
        reason = "a moment written as 2026-07-01T10:00:00Z"
        raise InvalidValue(what="a moment", value=text, reason=reason)
    return (known - _EPOCH) // timedelta(milliseconds=1)


def figure_text(name: str, value: int) -> str:
    """An internal number as it is written in the file; "" when it is MISSING."""
    if value == MISSING:
        return ""
    if name.endswith("_day"):
        return f"{day_of(value)}"
    if name.endswith("_at"):
        return f"{_EPOCH + timedelta(milliseconds=value):%Y-%m-%dT%H:%M:%SZ}"
    for inner, (_, places, _) in _SUFFIXES.items():
        if name.endswith(inner):
            return format_scaled(value, places=places, shortest=True)
    return str(value)


def description_text(description: Description) -> str:
    """A description as the text of a file; `read_description` gives the same again."""
    said = _spelt(msgspec.to_builtins(description))
    return json.dumps({"format": FORMAT, **said}, ensure_ascii=False, indent=1) + "\n"


def _spelt(value: Any) -> Any:
    """What is stated, under outside names."""
    if isinstance(value, list | tuple):
        return [_spelt(one) for one in value]
    if not isinstance(value, dict):
        return value
    found = {}
    for name, inner in value.items():
        if isinstance(inner, int):
            text = figure_text(name, inner)
            plain = outside(name) == name and not name.endswith(("_day", "_at"))
            said: Any = int(text) if plain and text else text
        else:
            said = _spelt(inner)
        if said not in ("", [], {}):
            found[outside(name)] = said
    return found


_DESCRIPTION = inspect.type_info(Description)
assert isinstance(_DESCRIPTION, inspect.StructType)
_SHAPE: inspect.StructType = _DESCRIPTION
