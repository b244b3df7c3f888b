"""Reads the countries' data and the sentences that came with the package."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from silkport.journey import SHEETS
from silkport.kernel.errors import UnknownAdministration
from silkport.law.book import Book
from silkport.law.loading import load_law, read_toml
from silkport.law.sentences import Sentences, load_sentences

_LAW_FILES = (".toml", ".csv")
_BESIDE = ("countries.csv", "currencies.csv", "units.csv")  # code lists that formats read


def administrations() -> list[str]:
    """Codes of the administrations whose data is here."""
    folder = files("silkport") / "countries"
    return sorted(one.name for one in folder.iterdir() if (one / "country.toml").is_file())


def country_files(country: str) -> dict[str, str]:
    """Texts of one country's law, by file name. Raises UnknownAdministration."""
    known = administrations()
    if country not in known:
        raise UnknownAdministration(country=country, known=", ".join(known))
    return _texts(files("silkport") / "countries" / country)


def _texts(folder: Traversable) -> dict[str, str]:
    return {
        one.name: one.read_text(encoding="utf-8")
        for one in sorted(folder.iterdir(), key=lambda item: item.name)
        if one.name.endswith(_LAW_FILES) and one.name not in _BESIDE
    }


@cache
def law_book(country: str) -> Book:
    """The compiled law of one administration, with every sheet of the journey."""
    return Book(load_law(country, country_files(country)), SHEETS)


def country_code(country: str) -> str:
    """ISO alpha-2 code under which documents name this administration's country."""
    return str(read_toml(country, "country.toml", country_files(country))["country"])


@cache
def sentences() -> Sentences:
    """The sentences of every rule, in four languages."""
    return load_sentences(_texts(files("silkport") / "law" / "sentences"))
