"""Sentences: what a finding says to its reader, and the smallest fix, in four languages.

The texts lie in `law/sentences/*.toml`, one file per stage, one table per code:

    audience    declarant, or officer for what never leaves the node
    field       outside name of the column at fault, `inventory.net_mass_kg`; empty for none
    en zh ru kk                   the sentence; {name} stands for a fact of the finding
    fix_en fix_zh fix_ru fix_kk   how to put it right; acts on form only, names no facts
    reviewed    per language, whether a native reader has checked the text
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from string import Formatter
from typing import Any

from silkport.kernel.errors import InvalidValue, MalformedLaw, UnknownRule
from silkport.kernel.findings import Audience

LANGUAGES = ("en", "zh", "ru", "kk")
"""Every sentence is there in all of them."""

UNKNOWN_FACT = "?"
"""What is printed where a finding does not carry the fact that its sentence names."""

_FACT = re.compile(r"[a-z][a-z0-9_]*")
_KEYS = frozenset(
    ("audience", "field", "reviewed", *LANGUAGES, *(f"fix_{one}" for one in LANGUAGES))
)


_FIRST_SENTENCE = re.compile(r"(?<=[.。])\s*(?=[^\s.…])")


class _Facts(dict[str, str]):
    """Facts of one finding; one that is not there does not stop the sentence."""

    def __missing__(self, name: str) -> str:
        return UNKNOWN_FACT


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Everything said of one code; texts, fixes and marks are by language."""

    code: str
    audience: Audience
    field: str
    texts: Mapping[str, str]
    fixes: Mapping[str, str]
    reviewed: Mapping[str, bool]
    placeholders: frozenset[str]
    """The facts that the sentence names, the same in every language."""


class Sentences:
    """All sentences of this edition, by permanent code."""

    def __init__(self, entries: Mapping[str, Entry]) -> None:
        self._entries = entries

    @property
    def codes(self) -> tuple[str, ...]:
        """Every code that has a sentence, in order."""
        return tuple(sorted(self._entries))

    def sentence(self, code: str, language: str, facts: Mapping[str, str]) -> str:
        """The sentence of `code`, with `facts` already printed by their kinds filled in.

        Raises UnknownRule and InvalidValue (no such language); a missing fact prints `?`.
        """
        return self._entry(code).texts[_known(language)].format_map(_Facts(facts))

    def title(self, code: str, language: str) -> str:
        """The first part of the sentence, without facts, for lists of rules and counts."""
        entry = self._entry(code)
        whole = self.sentence(code, language, dict.fromkeys(entry.placeholders, "…"))
        first = _FIRST_SENTENCE.split(whole, maxsplit=1)[0]
        return first.replace("“…”", "…").replace("«…»", "…")

    def fix(self, code: str, language: str) -> str:
        """The smallest fix for what `code` says."""
        return self._entry(code).fixes[_known(language)]

    def field(self, code: str) -> str:
        """Table and outside name of the column at fault; empty where the finding names its own."""
        return self._entry(code).field

    def audience(self, code: str) -> Audience:
        """Who may read the sentence."""
        return self._entry(code).audience

    def reviewed(self, code: str, language: str) -> bool:
        """Whether a native reader has checked the text; readers are told where none has."""
        return self._entry(code).reviewed[_known(language)]

    def placeholders(self, code: str) -> frozenset[str]:
        """The facts that the sentence of `code` names."""
        return self._entry(code).placeholders

    def _entry(self, code: str) -> Entry:
        if code not in self._entries:
            raise UnknownRule(what="the request for a sentence", code=code)
        return self._entries[code]


def load_sentences(files: Mapping[str, str]) -> Sentences:
    """Reads the texts of `law/sentences/*.toml`, by file name.

    Raises MalformedLaw: broken TOML, a code said twice, a missing language, an unknown audience
    or key, languages that name different facts.
    """
    entries: dict[str, Entry] = {}
    for name, text in files.items():
        try:
            tables = tomllib.loads(text, parse_float=Decimal)
        except tomllib.TOMLDecodeError as error:
            raise MalformedLaw(what=name, reason=str(error)) from error
        for code, table in tables.items():
            what = f"{name} [{code}]"
            if code in entries:
                raise MalformedLaw(what=what, reason="the code has a sentence already")
            if not isinstance(table, dict):
                raise MalformedLaw(what=what, reason="is no table")
            entries[code] = _read(code, table, what)
    return Sentences(entries)


def _read(code: str, table: Mapping[str, Any], what: str) -> Entry:
    strange = sorted(table.keys() - _KEYS)
    if strange:
        raise MalformedLaw(what=what, reason=f"no key is called {strange[0]!r}")
    texts = {language: _text(table, language, what) for language in LANGUAGES}
    fixes = {language: _text(table, f"fix_{language}", what) for language in LANGUAGES}
    named = {language: _placeholders(text, what) for language, text in texts.items()}
    if any(names != named["en"] for names in named.values()):
        raise MalformedLaw(what=what, reason="its languages name different facts")
    if any(_placeholders(fix, what) for fix in fixes.values()):
        raise MalformedLaw(what=what, reason="a fix names no facts")
    return Entry(
        code=code,
        audience=_audience(table, what),
        field=_field(table, what),
        texts=texts,
        fixes=fixes,
        reviewed=_reviewed(table, what),
        placeholders=named["en"],
    )


def _text(table: Mapping[str, Any], key: str, what: str) -> str:
    text = table.get(key)
    if not isinstance(text, str) or not text.strip():
        raise MalformedLaw(what=what, reason=f"{key} is missing")
    return text


def _audience(table: Mapping[str, Any], what: str) -> Audience:
    written = table.get("audience")
    for audience in Audience:
        if audience.value == written:
            return audience
    raise MalformedLaw(what=what, reason=f"no audience is called {written!r}")


def _field(table: Mapping[str, Any], what: str) -> str:
    field = table.get("field")
    if not isinstance(field, str):
        raise MalformedLaw(what=what, reason="field is missing; an empty one names no column")
    return field


def _reviewed(table: Mapping[str, Any], what: str) -> dict[str, bool]:
    marks = table.get("reviewed")
    if not isinstance(marks, dict) or marks.keys() != set(LANGUAGES):
        raise MalformedLaw(what=what, reason="reviewed must have a mark for each language")
    if not all(isinstance(mark, bool) for mark in marks.values()):
        raise MalformedLaw(what=what, reason="a mark of reviewed is true or false")
    return marks


def _placeholders(text: str, what: str) -> frozenset[str]:
    """The names in braces. Only plain names: a text never reaches into what it is given."""
    try:
        parts = list(Formatter().parse(text))
    except ValueError as error:
        raise MalformedLaw(what=what, reason=f"{error}: {text!r}") from error
    names = set()
    for _, name, spec, conversion in parts:
        if name is None:
            continue
        if spec or conversion or not _FACT.fullmatch(name):
            raise MalformedLaw(what=what, reason=f"a placeholder is a plain name, not {name!r}")
        names.add(name)
    return frozenset(names)


def _known(language: str) -> str:
    if language not in LANGUAGES:
        known = ", ".join(LANGUAGES)
        raise InvalidValue(what="a language", value=language, reason=f"known are {known}")
    return language
