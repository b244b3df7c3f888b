"""What a node holds of a tariff, for commands: differences between days, search by words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

from silkport.kernel.errors import TariffNotLoaded
from silkport.law.tariff.changes import Change, Changes, How, differences
from silkport.law.tariff.entries import Entry
from silkport.law.tariff.names import search
from silkport.law.tariff.seasons import print_season
from silkport.law.tariff.sentences import print_rate
from silkport.law.tariff.units import unit_name
from silkport.node.law.catalogue import param_rows
from silkport.node.law.loading import names_of, tariff_entries

MOST_FOUND = 20
"""Codes that a search shows."""

MOST_EXAMPLES = 12
"""Changes of one sort that loading shows."""

_IN_RUSSIAN = ("ru", "kk")


def spoken(language: str) -> str:
    """The language in which rates are printed to a reader of `language`: "ru" or "en"."""
    return "ru" if language in _IN_RUSSIAN else "en"


def change_rows(changes: Sequence[Change], language: str) -> list[dict[str, Any]]:
    """One row for each change: how, code, kind, name, the rate before and after as sentences."""
    return [
        {
            "how": change.how.value,
            **_subject(change.entry, language),
            "name": change.entry.name,
            "old": _sentence(change.old, language),
            "new": _sentence(change.new, language),
        }
        for change in changes
    ]


def examples(changes: Changes, language: str) -> list[dict[str, Any]]:
    """Rows of the first few changes of each sort."""
    return [row for how in How for row in change_rows(changes.of(how)[:MOST_EXAMPLES], language)]


def tariff_differences(
    country: str, home: Path, first: date, second: date, language: str
) -> dict[str, Any]:
    """What differs in the law of two days: counts and rows of rates, rows of parameters."""
    changes = differences(tariff_entries(country, home), first, second)
    return {
        "administration": country,
        "from": first.isoformat(),
        "to": second.isoformat(),
        "counts": changes.counts(),
        "rates": change_rows(changes.changes, language),
        "parameters": _parameters(country, home, first, second),
    }


def found_rows(
    country: str, home: Path, query: str, day: date, language: str
) -> list[dict[str, Any]]:
    """The rates of the codes that a query finds, the best first, at most MOST_FOUND codes.

    Raises TariffNotLoaded.
    """
    entries = tariff_entries(country, home)
    if not entries:
        raise TariffNotLoaded(country=country)
    names = {(name.hs, name.language): name.name for name in names_of(country, home)}
    hits = search(entries, names, query, day=day, language=language)
    return [
        {
            **_subject(entry, language),
            "name": hit.path[-1] if hit.path else "",
            "above": list(hit.path[:-1]),
            "rate": print_rate(entry.rate, spoken(language)),
            "unit": unit_name(entry.unit, spoken(language)) if entry.unit else "",
            "footnote": entry.footnote,
            "start": entry.start.isoformat(),
            "stop": "" if entry.stop == date.max else entry.stop.isoformat(),
            "source": entry.source,
            "confidence": entry.confidence,
        }
        for hit in islice(hits, MOST_FOUND)
        for entry in hit.entries
    ]


def _subject(entry: Entry, language: str) -> dict[str, str]:
    season = print_season(entry.season, spoken(language)) if entry.season else ""
    subject = {"hs": entry.hs, "kind": entry.kind, "origin": entry.origin}
    return subject | {"producer": entry.producer, "season": season}


def _sentence(entry: Entry | None, language: str) -> str:
    """A rate as the tariff says it, with its end where one is known."""
    if entry is None:
        return ""
    sentence = print_rate(entry.rate, spoken(language))
    return sentence if entry.stop == date.max else f"{sentence} (to before {entry.stop})"


def _parameters(country: str, home: Path, first: date, second: date) -> list[dict[str, Any]]:
    """Parameters whose value differs between two days, with both values and the later source."""
    before, after = (
        {row["param"]: row for row in param_rows(country, day, home)} for day in (first, second)
    )
    return [
        {
            "param": name,
            "old": old["value"] if old else "",
            "new": new["value"] if new else "",
            "unit": (new or old)["unit"],
            "source": (new or old)["source"],
        }
        for name in sorted({**before, **after})
        for old, new in [(before.get(name, {}), after.get(name, {}))]
        if old.get("value") != new.get("value")
    ]
