"""Commodity codes of a tariff by the six digits that all tariffs share.

Six digits lead to every code of the tariff that begins with them. Where the tariff states a rate
for those six digits or fewer and divides them no further, the code is they with zeros behind.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache

from silkport.law.tariff.entries import CODE_LENGTHS, Entry
from silkport.law.tariff.names import Names
from silkport.law.tariff.sentences import print_rate
from silkport.model.description import SIX
from silkport.model.prepared import Choice

DIGITS = 10
_SETS_AT_HAND = 50_000
_DUTY = "duty"


class TariffCodes:
    """The codes of one tariff, found by their first six digits.

    Args:
        entries: rates of the tariff, as they were loaded.
        names: of goods by code and language, beside the tariff's own.
        languages: in which names are shown, the best first.
    """

    def __init__(self, entries: Iterable[Entry], names: Names, languages: Sequence[str]) -> None:
        self._longer: dict[str, list[Entry]] = {}
        self._shorter: dict[str, list[Entry]] = {}
        for entry in entries:
            if entry.kind != _DUTY or not entry.hs:
                continue
            if len(entry.hs) > SIX:
                self._longer.setdefault(entry.hs[:SIX], []).append(entry)
            else:
                self._shorter.setdefault(entry.hs, []).append(entry)
        self._names, self._languages = names, tuple(languages)
        self.choices = lru_cache(_SETS_AT_HAND)(self._choices)

    @property
    def is_empty(self) -> bool:
        """Whether no tariff was loaded."""
        return not (self._longer or self._shorter)

    def _choices(self, six: str, day: date) -> tuple[Choice, ...]:
        """The codes in force on a day that begin with six digits, in order; none: not in it."""
        found: dict[str, Entry] = {}
        for entry in self._longer.get(six, ()):
            if entry.start <= day < entry.stop:
                found.setdefault(entry.hs.ljust(DIGITS, "0"), entry)
        lengths = [length for length in CODE_LENGTHS if length <= SIX]
        for length in reversed(lengths):
            above = self._shorter.get(six[:length], ())
            rate = next((one for one in above if one.start <= day < one.stop), None)
            if rate is not None:
                found.setdefault(six.ljust(DIGITS, "0"), rate)
                break
        return tuple(self._choice(code, found[code]) for code in sorted(found))

    def _choice(self, code: str, entry: Entry) -> Choice:
        return Choice(
            hs_code=code,
            name=self._name(code, entry),
            duty=print_rate(entry.rate, "en"),
            unit=entry.unit,
            source=entry.source,
            confidence=entry.confidence,
        )

    def _name(self, code: str, entry: Entry) -> str:
        """Names of the levels above and of the code itself, in the best language there is."""
        for language in self._languages:
            said = [
                self._names[code[:length], language]
                for length in CODE_LENGTHS
                if length < len(entry.hs) and (code[:length], language) in self._names
            ]
            own = self._names.get((entry.hs, language), entry.name)
            if said or own:
                return " / ".join(dict.fromkeys([*said, own] if own else said))
        return ""


def chosen(choices: Sequence[Choice], code: str) -> Choice | None:
    """The choice of a code, or None."""
    return next((one for one in choices if one.hs_code == code), None)
