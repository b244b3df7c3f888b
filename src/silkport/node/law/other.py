"""Another law than the one that decided: an edition that was kept, or files to try.

Files take the place of those of the same name in the edition that decided; everything else stays
as it was on the day.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from silkport.formats.tariff import read_tariff
from silkport.kernel.canonical import digest as digest_of
from silkport.kernel.errors import (
    LimitExceeded,
    MalformedLaw,
    NothingToRead,
    UnreadableFile,
)
from silkport.kernel.limits import MAX_TARIFF_BYTES
from silkport.law.book import Book
from silkport.law.tariff.entries import Entry, order, read_entries, write_entries
from silkport.node.law.books import administrations, book_of_files, country_files
from silkport.node.law.editions import files_of
from silkport.node.proof.recomputing import Laws

TARIFF = "tariff.csv"


class OtherLaw(Laws):
    """For each edition that decided, the law to suppose in its place."""

    def __init__(self, home: Path, new: str, first_day: date) -> None:
        """Reads the new law.

        Args:
            new: a folder of law files, a tariff as CSV, or the beginning of the digest of an
                edition that the home keeps.
            first_day: from which rates hold that state no first day.
        Raises InputError, LawError.
        """
        super().__init__(home)
        path = Path(new)
        self.name = path.name if path.exists() else new
        self._prefix = "" if path.exists() else new
        self._files = _files_in(path) if path.is_dir() else {}
        self._entries: list[Entry] = []
        if path.is_file():
            text = _bytes_of(path)
            self._entries = read_tariff(text, path.name, source=path.name, start=first_day)
        self._compiled_books: dict[str, Book] = {}

    @property
    def first_rate(self) -> date | None:
        """The day from which the first rate of a new tariff holds."""
        return min((entry.start for entry in self._entries), default=None)

    def book(self, country: str, digest: str) -> Book | str:
        """The law to suppose for what an edition decided, or why that edition cannot be used.

        Raises LawError when the new law itself is wrong, or is no edition that is kept.
        """
        if self._prefix:
            return self._book_of(country, files_of(self.home, country, self._prefix))
        old = self.texts(country, digest)
        return old if isinstance(old, str) else self._book_of(country, self._replaced(country, old))

    def _book_of(self, country: str, files: Mapping[str, str]) -> Book:
        key = digest_of(dict(files))
        if key not in self._compiled_books:
            self._compiled_books[key] = book_of_files(country, files)
        return self._compiled_books[key]

    def _replaced(self, country: str, old: Mapping[str, str]) -> dict[str, str]:
        if not self._entries:
            return dict(sorted((dict(old) | self._files).items()))
        kinds = {entry.kind for entry in self._entries}
        kept = read_entries(old[TARIFF], f"{country}/{TARIFF}") if TARIFF in old else []
        both = [entry for entry in kept if entry.kind not in kinds] + self._entries
        text = write_entries(sorted(both, key=order))
        return dict(sorted((dict(old) | {TARIFF: text}).items()))


def _files_in(folder: Path) -> dict[str, str]:
    """The law files of a folder. Raises MalformedLaw for one that is none of a law."""
    known = {name for country in administrations() for name in country_files(country)} | {TARIFF}
    paths = sorted(path for path in folder.iterdir() if path.suffix in {".csv", ".toml"})
    if not paths:
        raise NothingToRead(source=str(folder))
    for path in paths:
        if path.name not in known:
            reason = f"no file of a law is called so; those are {', '.join(sorted(known))}"
            raise MalformedLaw(what=str(path), reason=reason)
    return {path.name: _text_of(path) for path in paths}


def _text_of(path: Path) -> str:
    try:
        return _bytes_of(path).decode("utf-8")
    except UnicodeDecodeError as error:
        reason = f"byte {error.start + 1} is not UTF-8"
        raise UnreadableFile(source=str(path), expected="law", reason=reason) from error


def _bytes_of(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_TARIFF_BYTES + 1)
    except OSError as error:
        reason = error.strerror or str(error)
        raise UnreadableFile(source=str(path), expected="law", reason=reason) from error
    if len(data) > MAX_TARIFF_BYTES:
        reason = f"it has more than {MAX_TARIFF_BYTES:,} bytes"
        raise LimitExceeded(source=str(path), limit="MAX_TARIFF_BYTES", reason=reason)
    return data
