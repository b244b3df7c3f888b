"""Values of a JSON text, exact and one after the other: what is damaged does not hide the rest.

Numbers stay as they are written, never floats; a key that comes twice counts once.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from silkport.formats.cells import EXPECTED
from silkport.kernel.limits import MAX_NESTING
from silkport.model.columns import Column

TOO_DEEP = f"objects and lists within one another deeper than {MAX_NESTING}"

_MOST_ZEROS = 40
"""Largest exponent of a number that is written out."""

_SPACE = re.compile(r"[ \t\r\n]*")


@dataclass(frozen=True, slots=True)
class Unusable:
    """Text that is no JSON value, under the code and with the reason it is set aside for."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Misfit:
    """A value of another type than its column: what was read, and what was expected."""

    read: str
    expected: str


class Repeated(dict[str, Any]):
    """An object in which keys come again; the first of each counts."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__()
        self.again: list[str] = []
        for key, value in pairs:
            if key in self:
                self.again.append(key)
            else:
                self[key] = value


class NoNumber(str):
    """NaN or Infinity, which JSON does not have."""

    __slots__ = ()


def values_of(text: str, mark: str) -> Iterator[object]:
    """The values of a text: one, one after the other, one a line, or the items of one list.

    Where `mark` stands in two lines that are objects, every line is read for itself. Elsewhere
    nothing can be read behind a fault, since nobody can tell where the next value begins.
    """
    if text.lstrip().startswith("["):
        yield from _items(text)
    elif _is_one_a_line(text, mark):
        for number, line in enumerate(io.StringIO(text), 1):
            if line.strip():
                yield from _sequence(line.rstrip(), number)
    else:
        yield from _sequence(text, 1)


def _is_one_a_line(text: str, mark: str) -> bool:
    found = 0
    for line in io.StringIO(text):
        found += line.lstrip().startswith("{") and line.rstrip().endswith("}") and mark in line
        if found > 1:
            return True
    return False


def _sequence(text: str, line: int) -> Iterator[object]:
    """Values that follow one another; `line` is the number of the text's first line."""
    at = _after_space(text, 0)
    while at < len(text):
        value, at = _decode(text, at, line)
        yield value
        at = _after_space(text, at)


def _items(text: str) -> Iterator[object]:
    """The items of the list a text consists of."""
    at = _after_space(text, text.index("[") + 1)
    more = text[at : at + 1] != "]"
    if not more:
        yield Unusable("RDG011", "the list is empty")
    while more:
        value, at = _decode(text, at, 1)
        yield value
        if isinstance(value, Unusable):
            return
        at = _after_space(text, at)
        more = text[at : at + 1] == ","
        if not more and text[at : at + 1] != "]":
            yield _fault(json.JSONDecodeError("Expecting ',' or ']'", text, at), 1, _BEHIND)
            return
        at = _after_space(text, at + 1) if more else at
    if _after_space(text, at + 1) < len(text):
        error = json.JSONDecodeError("Something follows the list", text, at + 1)
        yield _fault(error, 1, _BEHIND)


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _decode(text: str, at: int, line: int) -> tuple[object, int]:
    """The value at a place and where it ends; what cannot be decoded ends with the text."""
    try:
        return _DECODER.raw_decode(text, at)
    except json.JSONDecodeError as error:
        return _fault(error, line), len(text)
    except RecursionError:
        return Unusable("SP-1103", TOO_DEEP), len(text)


_WITHIN = "nothing from the beginning of this consignment on is read"
_BEHIND = "nothing from there on is read"


def _fault(error: json.JSONDecodeError, line: int, lost: str = _WITHIN) -> Unusable:
    cut = error.msg.startswith("Unterminated") or not error.doc[error.pos :].strip()
    what = "the text ends within it" if cut else error.msg
    place = f"line {line - 1 + error.lineno}, character {error.colno}"
    return Unusable("RDG011", f"{place}: {what}; {lost}")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    return found if len(found) == len(pairs) else Repeated(pairs)


def _number(text: str) -> str:
    """A number as plain digits, exactly; one of no ordinary size as it is written."""
    if "e" not in text and "E" not in text:
        return text
    try:
        value = Decimal(text)
    except InvalidOperation:
        return text
    return f"{value:f}" if abs(value.adjusted()) <= _MOST_ZEROS else text


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=_number, parse_int=str, parse_constant=NoNumber
)


def text_of(value: object, column: Column) -> str | Misfit:
    """A value as the text of a cell, "" for null; Misfit when it is no text and no number."""
    expected = EXPECTED.get(column.kind, "text")
    if isinstance(value, str) and not isinstance(value, NoNumber):
        if value.isascii() or _is_encodable(value):
            return value.strip()
        return Misfit("half of a character", expected)
    if value is None:
        return ""
    if isinstance(value, list) and column.name == "documents":
        return _documents(value)
    return Misfit(_words(value), expected)


def _words(value: object) -> str:
    """What a value of a wrong type is, in words."""
    if isinstance(value, dict):
        return "an object"
    return "a list" if isinstance(value, list) else str(value).lower()


def _is_encodable(text: str) -> bool:
    """Whether every character is whole: JSON escapes can spell halves that no encoding holds."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


_DOCUMENT = Misfit("a list", 'documents such as {"kind": "04021", "number": "INV-7"}')


def _documents(items: list[Any]) -> str | Misfit:
    """A list of documents as one text: kind number; kind number."""
    texts = []
    for item in items:
        if not isinstance(item, dict) or {*item} != {"kind", "number"}:
            return _DOCUMENT
        kind, number = item["kind"], item["number"]
        if not (isinstance(kind, str) and isinstance(number, str)):
            return _DOCUMENT
        kind, number = kind.strip(), number.strip()
        if not kind or not number or " " in kind or ";" in number:
            return _DOCUMENT
        texts.append(f"{kind} {number}")
    text = "; ".join(texts)
    return text if _is_encodable(text) else Misfit("half of a character", "text")


def documents_of(text: str) -> str | list[dict[str, str]]:
    """Documents as a list of kind and number, where the text is written so; else the text."""
    items = []
    for part in text.split("; "):
        kind, _, number = part.partition(" ")
        items.append({"kind": kind, "number": number})
    return items if _documents(items) == text else text


def is_deep(value: object) -> bool:
    """Whether objects and lists lie within one another beyond the limit."""
    level: list[Any] = [value]
    for _ in range(MAX_NESTING):
        level = [
            inner
            for one in level
            if isinstance(one, dict | list)
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
        if not level:
            return False
    return any(isinstance(one, dict | list) for one in level)
