"""Codes that never travel without their list.

142 is at once China, the yuan and a bottle in the lists of one customs service.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from silkport.kernel.errors import InvalidValue


@dataclass(frozen=True, slots=True, order=True)
class Code:
    """One value of one code list; equal only to the same value of the same list."""

    list_id: str
    value: str

    def __post_init__(self) -> None:
        """Refuse a code without a list or without a value."""
        if not self.list_id or ":" in self.list_id:
            reason = "a list has a name without colon"
            raise InvalidValue(what="a code list", value=self.list_id, reason=reason)
        if not self.value:
            raise InvalidValue(what=f"a code of {self.list_id}", value="", reason="it is empty")

    def __str__(self) -> str:
        """List and value: "GACC-COUNTRY:142"."""
        return f"{self.list_id}:{self.value}"

    @classmethod
    def parse(cls, text: str) -> Code:
        """Read "GACC-COUNTRY:142". Raises InvalidValue when the list is missing."""
        list_id, colon, value = text.partition(":")
        if not colon:
            raise InvalidValue(what="a code", value=text, reason="it does not name its list")
        return cls(list_id, value)


@dataclass(frozen=True, slots=True)
class CodeEntry:
    """What one value of a list means: a neutral code ("CN", "CNY", "KGM") and a name."""

    value: str
    neutral: str
    name: str


@dataclass(frozen=True, slots=True)
class CodeList:
    """A code list: its values with their neutral codes and names."""

    list_id: str
    entries: Mapping[str, CodeEntry]

    @classmethod
    def of(cls, list_id: str, entries: Iterable[CodeEntry]) -> CodeList:
        """A list from its entries. Raises InvalidValue when a value stands in it twice."""
        known: dict[str, CodeEntry] = {}
        for entry in entries:
            if entry.value in known:
                reason = "it stands in the list twice"
                raise InvalidValue(what=f"a code of {list_id}", value=entry.value, reason=reason)
            known[entry.value] = entry
        return cls(list_id, MappingProxyType(known))

    def __contains__(self, value: str) -> bool:
        """Whether the list has a value."""
        return value in self.entries

    def code(self, value: str) -> Code:
        """The value as a code of this list. Raises InvalidValue when the list lacks it."""
        return Code(self.list_id, self._entry(value).value)

    def neutral(self, code: str | Code) -> str:
        """The neutral code of a value. Raises InvalidValue when the list lacks it."""
        return self._entry(code).neutral

    def name(self, code: str | Code) -> str:
        """The name of a value. Raises InvalidValue when the list lacks it."""
        return self._entry(code).name

    def of_neutral(self, neutral: str) -> Code:
        """The code of this list for a neutral code.

        Raises InvalidValue when there is none, or more than one so that a choice is needed.
        """
        found = [entry.value for entry in self.entries.values() if entry.neutral == neutral]
        if len(found) != 1:
            reason = f"{self.list_id} has {len(found)} codes for it"
            raise InvalidValue(what="a neutral code", value=neutral, reason=reason)
        return Code(self.list_id, found[0])

    def _entry(self, code: str | Code) -> CodeEntry:
        value = code
        if isinstance(code, Code):
            if code.list_id != self.list_id:
                reason = f"it belongs to another list than {self.list_id}"
                raise InvalidValue(what="a code", value=str(code), reason=reason)
            value = code.value
        entry = self.entries.get(str(value))
        if entry is None:
            reason = "the list does not have it"
            raise InvalidValue(what=f"a code of {self.list_id}", value=str(value), reason=reason)
        return entry
