"""Cells of nested objects whose values are texts: each is read, and noted where it does not fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar

from silkport.formats.reading import Notes
from silkport.kernel.errors import InvalidValue, LimitExceeded
from silkport.kernel.scaled import parse_scaled
from silkport.model.columns import MAX_CARGO_MG, MAX_COUNT, MISSING

E = TypeVar("E", bound=StrEnum)

_KG_PLACES = 6
_LONGEST = 150
_EXPECTED = f"text of at most {_LONGEST} characters in one line"
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class NestedCells:
    """Reads cells of one object after the other.

    Attributes:
        at: position of what is being read.
        about: the number that problems name.
    """

    def __init__(self, notes: Notes) -> None:
        self.notes = notes
        self.at = 0
        self.about = ""

    def problem(self, code: str, column: str, read: object, expected: str) -> None:
        """Notes one thing that could not be read as it was written."""
        self.notes.problem(
            code,
            position=self.at,
            column=column,
            read=str(read),
            expected=expected,
            order_no=self.about,
        )

    def refuse_many(self, limit: int, reason: str) -> None:
        """Sets aside what holds more than a limit."""
        error = LimitExceeded(source=self.notes.source, limit=limit, reason=reason)
        self.notes.aside(error.code, str(error), position=self.at)

    def keyed(self, value: Any, known: Sequence[str], place: str) -> Mapping[str, Any]:
        """An object; a value of another type is an empty one, and noted."""
        if not isinstance(value, dict):
            self.problem("RDG001", place.rstrip("."), value, "an object")
            return {}
        for key in value:
            if key not in known:
                self.problem("RDG002", f"{place}{key}"[:80], key, "a documented key")
        return value

    def listed(self, value: Mapping[str, Any], key: str, place: str) -> list[Any]:
        """A list; what is none is an empty one, and noted."""
        found = value.get(key) or []
        if isinstance(found, list):
            return found
        self.problem("RDG001", f"{place}{key}", found, "a list")
        return []

    def text(self, value: Mapping[str, Any], key: str, place: str) -> str:
        """A text of one line, "" for none."""
        found = value.get(key)
        if found is None:
            return ""
        text = found.strip() if isinstance(found, str) else ""
        if not isinstance(found, str) or len(text) > _LONGEST or not text.isprintable():
            self.problem("RDG001", f"{place}{key}", found, _EXPECTED)
            return ""
        return text

    def one_of(self, value: Mapping[str, Any], key: str, place: str, kind: type[E]) -> E | None:
        """A value of an enumeration, or None."""
        text = self.text(value, key, place)
        if text in {one.value for one in kind}:
            return kind(text)
        if text:
            known = ", ".join(one.value for one in kind)
            self.problem("RDG008", f"{place}{key}", text, f"one of {known}")
        return None

    def number(
        self, value: Mapping[str, Any], key: str, place: str, *, places: int, most: int
    ) -> int:
        """A whole number of units of 10**-places, MISSING for none."""
        text = self.text(value, key, place)
        if not text:
            return MISSING
        try:
            number = parse_scaled(text, places=places, what=key)
        except InvalidValue as error:
            self.problem("RDG001", f"{place}{key}", text, str(error.facts["reason"]))
            return MISSING
        if not 0 <= number <= most:
            self.problem("RDG003", f"{place}{key}", text, "a number within its bounds")
            return MISSING
        return number

    def count(self, value: Mapping[str, Any], key: str, place: str) -> int:
        """A plain whole number."""
        return self.number(value, key, place, places=0, most=MAX_COUNT)

    def mass(self, value: Mapping[str, Any], key: str, place: str) -> int:
        """Kilograms, as milligrams."""
        return self.number(value, key, place, places=_KG_PLACES, most=MAX_CARGO_MG)

    def moment(self, value: Mapping[str, Any], key: str, place: str) -> int:
        """A moment with its zone, as milliseconds since 1970-01-01T00:00Z."""
        text = self.text(value, key, place)
        if not text:
            return MISSING
        found: datetime | None = None
        with suppress(ValueError):
            found = datetime.fromisoformat(text)
        if found is None or found.tzinfo is None or found < _FIRST:
            self.problem("RDG001", f"{place}{key}", text, "a moment such as 2026-12-01T00:00Z")
            return MISSING
        return (found - _FIRST) // _MILLISECOND
