"""Loading what officials publish into a home: tariffs, rates of exchange, permits, names.

A file is taken whole or not at all. It is read, compared with what the node holds, written beside
it, and the whole law is compiled with it; only then does it take the old table's place. One
process loads at a time; decisions that are being made keep the law they began with.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from silkport.formats.law_text import text_of
from silkport.formats.rates_of_exchange import read_rates
from silkport.formats.tariff import read_tariff
from silkport.formats.tariff_names import read_published_names
from silkport.kernel.errors import (
    LimitExceeded,
    PermitsRefused,
    StoreBusy,
    TariffRefused,
    UnreadableFile,
)
from silkport.kernel.limits import MAX_REMOVED_PERCENT, MAX_TARIFF_BYTES
from silkport.law.book import Book
from silkport.law.permits import read_permits, write_permits
from silkport.law.quotes import Joined, joined, quotes_of, table_of
from silkport.law.tariff.changes import Changes, How, changed
from silkport.law.tariff.entries import Entry, read_entries, write_entries
from silkport.law.tariff.names import Name, read_names, write_names
from silkport.node.law.books import NAMES, book_of_files, country_files, law_book, law_folder
from silkport.node.store.disk import disk_space, replace_whole

TARIFF = "tariff.csv"
RATES = "fx.csv"
PERMITS = "permits.csv"

_LOOKED_THROUGH = 100
"""Rates or permits up to which an operator sees at once which of them go."""

Progress = Callable[[str, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What loading one file did: whether the table was written, and the law as it is now."""

    written: bool
    rows: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedTariff(Loaded):
    """A tariff that was loaded, or tried, with what it changes."""

    changes: Changes


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedRates(Loaded):
    """Rates of exchange that were loaded, or tried, with what is new about them."""

    quotes: Joined


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedPermits(Loaded):
    """Permits that were loaded, or tried: how many rows are new, how many went or stayed."""

    added: int
    removed: int
    same: int


def load_tariff(
    home: Path,
    country: str,
    path: Path,
    *,
    source: str,
    start: date | None,
    whole: bool = True,
    shorter: bool = False,
    dry_run: bool = False,
    progress: Progress,
) -> LoadedTariff:
    """Loads a tariff that holds from a day on; the days before it stay as they are.

    Args:
        source, start: of rows that state none; without a day, the first one in the file.
        whole: whether a code that the file lacks is removed.
        shorter: whether it is meant that more than MAX_REMOVED_PERCENT of the codes are removed.
        dry_run: whether to write nothing.
    Raises InputError, LawError, StoreError; nothing has changed then.
    """
    progress(f"reading {path.name}", 0)
    new = read_tariff(_bytes_of(path), path.name, source=source, start=start)
    progress("comparing", len(new))
    with _alone(home, country, dry_run=dry_run):
        old = tariff_entries(country, home)
        day = start or min(entry.start for entry in new)
        changes = changed(old, new, day, whole=whole, what=path.name)
        _demand_whole(changes, path.name, shorter=shorter)
        progress("compiling the law", len(changes.entries))
        text = write_entries(changes.entries)
        digest = _put(home, country, TARIFF, text, same=changes.nothing, dry_run=dry_run)
        written = not (dry_run or changes.nothing)
        return LoadedTariff(written=written, rows=len(new), digest=digest, changes=changes)


def load_rates(
    home: Path,
    country: str,
    path: Path,
    *,
    source: str,
    through: str = "",
    dry_run: bool = False,
    progress: Progress,
) -> LoadedRates:
    """Adds rates of exchange to those loaded before; of one day and currency the new one counts.

    The package's rates are not kept beside loaded ones. How long a rate holds is the law's:
    parameters fx_missing_day and fx_most_days on the day of the latest rate.

    Args:
        through: the third currency through which the file's rates are crossed, to be sure of it.
    Raises InputError, LawError, StoreError; nothing has changed then.
    """
    progress(f"reading {path.name}", 0)
    law = law_book(country, home).law
    data = _bytes_of(path)
    new = read_rates(data, path.name, account=law.currency, source=source, through=through)
    progress("comparing", len(new))
    with _alone(home, country, dry_run=dry_run):
        table = law_folder(country, home) / RATES
        before = table.read_text("utf-8") if table.is_file() else ""
        quotes = joined(quotes_of(before, f"{country}/{RATES}"), new)
        latest = max(quote.day for quote in quotes.quotes)
        rule = str(law.at("fx_missing_day", latest).value)
        days = int(law.at("fx_most_days", latest).value)
        text = table_of(quotes.quotes, missing_day=rule, most_days=days)
        progress("compiling the law", len(quotes.quotes))
        digest = _put(home, country, RATES, text, same=text == before, dry_run=dry_run)
        written = not (dry_run or text == before)
        return LoadedRates(written=written, rows=len(new), digest=digest, quotes=quotes)


def load_permits(
    home: Path,
    country: str,
    path: Path,
    *,
    source: str = "",
    shorter: bool = False,
    dry_run: bool = False,
    progress: Progress,
) -> LoadedPermits:
    """Puts a list of permits in the place of the one the node holds.

    Args:
        source: the act, for rows that name none.
        shorter: whether it is meant that more than MAX_REMOVED_PERCENT of the permits go.
    Raises InputError, LawError, StoreError; nothing has changed then.
    """
    progress(f"reading {path.name}", 0)
    text = text_of(_bytes_of(path), path.name, PermitsRefused)
    new = set(read_permits(text, path.name, source=source))
    progress("comparing", len(new))
    with _alone(home, country, dry_run=dry_run):
        old = set(law_book(country, home).law.permits)
        removed = len(old - new)
        if _are_many(removed, len(old)) and not shorter:
            reason = (
                f"it would remove {removed:,} of {len(old):,} permits; is it cut? "
                "Give --shorter when all of them are meant to go"
            )
            raise PermitsRefused(what=path.name, reason=reason, rows=0)
        progress("compiling the law", len(new))
        same = old == new
        digest = _put(home, country, PERMITS, write_permits(new), same=same, dry_run=dry_run)
        return LoadedPermits(
            written=not (dry_run or same),
            rows=len(new),
            digest=digest,
            added=len(new - old),
            removed=removed,
            same=len(new & old),
        )


def load_names(
    home: Path,
    country: str,
    path: Path,
    *,
    language: str,
    source: str,
    dry_run: bool = False,
    progress: Progress,
) -> Loaded:
    """Adds names of goods in a language, by which codes are found; they are no law.

    Raises InputError, LawError, StoreError; nothing has changed then.
    """
    progress(f"reading {path.name}", 0)
    new = read_published_names(_bytes_of(path), path.name, language=language, source=source)
    progress("comparing", len(new))
    with _alone(home, country, dry_run=dry_run):
        before = names_of(country, home)
        names = {(name.hs, name.language): name for name in [*before, *new]}
        same = list(names.values()) == before
        if not (dry_run or same):
            _replace(home, country, NAMES, write_names(names.values()))
        digest = law_book(country, home).law.digest
        return Loaded(written=not (dry_run or same), rows=len(new), digest=digest)


def tariff_entries(country: str, home: Path | None = None) -> list[Entry]:
    """The tariff that a node holds of an administration; none when it holds none."""
    text = country_files(country, home).get(TARIFF)
    return read_entries(text, f"{country}/{TARIFF}") if text else []


def names_of(country: str, home: Path) -> list[Name]:
    """The names of goods that were loaded."""
    table = law_folder(country, home) / NAMES
    return read_names(table.read_text("utf-8"), f"{country}/{NAMES}") if table.is_file() else []


@contextmanager
def _alone(home: Path, country: str, *, dry_run: bool) -> Iterator[None]:
    """Lets one process load at a time; what is refused, and a try, leave no trace in the home."""
    if dry_run:
        yield
        return
    folder = law_folder(country, home)
    made = [path for path in (folder, folder.parent, home) if not path.exists()]
    with disk_space(folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder, os.O_RDONLY)
    try:
        _lock_or_refuse(lock, folder)
        yield
    finally:
        for path in made:
            with suppress(OSError):  # it holds something by now
                path.rmdir()
        os.close(lock)


def _lock_or_refuse(lock: int, folder: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise StoreBusy(what=str(folder)) from error


def _bytes_of(path: Path) -> bytes:
    """The content of a file. Raises LimitExceeded, UnreadableFile."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_TARIFF_BYTES + 1)
    except OSError as error:
        reason = error.strerror or str(error)
        raise UnreadableFile(source=str(path), expected="a table", reason=reason) from error
    if len(data) > MAX_TARIFF_BYTES:
        reason = f"it has more than {MAX_TARIFF_BYTES:,} bytes"
        raise LimitExceeded(source=path.name, limit="MAX_TARIFF_BYTES", reason=reason)
    return data


def _demand_whole(changes: Changes, what: str, *, shorter: bool) -> None:
    """Refuses a tariff that drops so many codes that it may be the first part of a cut file."""
    removed = len(changes.of(How.REMOVED))
    before = len(changes.changes) + changes.same - len(changes.of(How.ADDED))
    if _are_many(removed, before) and not shorter:
        reason = (
            f"it would remove {removed:,} of {before:,} rates; is it cut, or a part? "
            "Give --part for a part, --shorter when all of them are meant to go"
        )
        raise TariffRefused(what=what, reason=reason, rows=0)


def _are_many(removed: int, before: int) -> bool:
    return before >= _LOOKED_THROUGH and removed * 100 > before * MAX_REMOVED_PERCENT


def _put(home: Path, country: str, name: str, text: str, *, same: bool, dry_run: bool) -> str:
    """Puts a table in its place when the whole law loads with it; gives the digest of that law."""
    if same:
        return law_book(country, home).law.digest
    book = book_of_files(country, country_files(country, home) | {name: text})
    _demand_computable(book)
    digest = book.law.digest
    if not dry_run:
        _replace(home, country, name, text)
    return digest


def _demand_computable(book: Book) -> None:
    """Refuses law whose products no engine here can hold. Raises SheetError.

    Tables are the same in every period, so one period of each regime tells.
    """
    cells = {regime.code: number for number, (regime, _) in enumerate(book.cells)}
    for sheet in book.sheets:
        for number in cells.values():
            assert book.compiled(sheet, number).bounds is not None


def _replace(home: Path, country: str, name: str, text: str) -> None:
    path = law_folder(country, home) / name
    with disk_space(path):
        replace_whole(path, text.encode())
