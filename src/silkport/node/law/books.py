"""Reads the countries' data and the sentences that came with the package.

What an operator loads lies in the home, `<home>/<administration>/law/*.csv`; a table there takes
the place of the package's table of that name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import NamedTuple

from silkport.journey import SHEETS
from silkport.kernel.errors import UnknownAdministration
from silkport.law.book import Book
from silkport.law.loading import load_law, read_toml
from silkport.law.sentences import Sentences, load_sentences

NAMES = "names.csv"
"""Names of goods in other languages; they help to find a code and decide nothing."""

_LAW_FILES = (".toml", ".csv")
_TIMES = (  # when, not what
    *("calendar.toml", "days.csv", "posts.csv", "deadlines.toml"),
    "retention.toml",
    "release.toml",
)
_BESIDE = ("countries.csv", "currencies.csv", "units.csv", NAMES, *_TIMES)  # read by others
_BOOKS_AT_HAND = 16

Stamp = tuple[tuple[str, int, int, int], ...]
"""Name, size, time of change and inode of every loaded table: another stamp, another law."""


class Edition(NamedTuple):
    """A compiled law with the texts that it was compiled from."""

    book: Book
    files: Mapping[str, str]


def administrations() -> list[str]:
    """Codes of the administrations whose data is here."""
    folder = files("silkport") / "countries"
    return sorted(one.name for one in folder.iterdir() if (one / "country.toml").is_file())


def law_folder(country: str, home: Path) -> Path:
    """Where a home keeps the tables that its operator loaded."""
    return home / country / "law"


def country_files(country: str, home: Path | None = None) -> dict[str, str]:
    """Texts of one country's law, by file name. Raises UnknownAdministration.

    Args:
        home: a home whose loaded tables take the place of the package's; it need not exist.
    """
    known = administrations()
    if country not in known:
        raise UnknownAdministration(country=country, known=", ".join(known))
    texts = _texts(files("silkport") / "countries" / country)
    loaded = {path.name: path.read_text(encoding="utf-8") for path in _loaded(country, home)}
    return dict(sorted((texts | loaded).items()))


def _texts(folder: Traversable, beside: Sequence[str] = _BESIDE) -> dict[str, str]:
    return {
        one.name: one.read_text(encoding="utf-8")
        for one in sorted(folder.iterdir(), key=lambda item: item.name)
        if one.name.endswith(_LAW_FILES) and one.name not in beside
    }


def _loaded(country: str, home: Path | None) -> list[Path]:
    if home is None:
        return []
    found = sorted(law_folder(country, home).glob("*.csv"))
    return [path for path in found if path.name not in _BESIDE]


def law_edition(country: str, home: Path | None = None) -> Edition:
    """The law of one administration as this node holds it now, with its texts.

    Read and compiled once, and again only when a loaded table changed.
    """
    about = [(path, path.stat()) for path in _loaded(country, home)]
    stamp = tuple((p.name, one.st_size, one.st_mtime_ns, one.st_ino) for p, one in about)
    return _edition(country, home.resolve() if stamp and home else None, stamp)


@lru_cache(maxsize=_BOOKS_AT_HAND)
def _edition(country: str, home: Path | None, stamp: Stamp) -> Edition:  # noqa: ARG001 - a key
    texts = country_files(country, home)
    return Edition(book_of_files(country, texts), texts)


def law_book(country: str, home: Path | None = None) -> Book:
    """The compiled law of one administration, with every sheet of the journey."""
    return law_edition(country, home).book


def book_of_files(country: str, files: Mapping[str, str]) -> Book:
    """The compiled law of texts that are at hand: an edition that was kept, or one to try."""
    return Book(load_law(country, files), SHEETS)


def country_code(country: str) -> str:
    """ISO alpha-2 code under which documents name this administration's country."""
    return str(read_toml(country, "country.toml", country_files(country))["country"])


@cache
def sentences() -> Sentences:
    """The sentences of every rule, in four languages."""
    return load_sentences(_texts(files("silkport") / "law" / "sentences", ()))
