"""Whatever was handed in (files, folders, zip archives), read as documents in bounded chunks.

In a folder, hidden files, links and the files of `IGNORED` and of unknown suffix are passed over;
a file that was named itself is read or set aside with its reason, never passed over.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from silkport.formats.archives import Unpacking, open_archive
from silkport.formats.ceb.reading import Messages
from silkport.formats.ceb.schemas import Schemas
from silkport.formats.decided import documents_of_declaration
from silkport.formats.eaeu import is_eaeu, read_goods_declaration
from silkport.formats.reading import Documents, Notes
from silkport.formats.sniffing import SUFFIXES, TABULAR, sniff
from silkport.formats.tabular import read_table
from silkport.kernel.errors import (
    HostileContent,
    InputError,
    LimitExceeded,
    NothingToRead,
    UnreadableFile,
)
from silkport.kernel.limits import MAX_FOLDER_FILES, MAX_XML_BYTES

Progress = Callable[[str, int], None]

IGNORED = frozenset(
    {"readme", "readme.txt", "readme.md", "source.txt", "license", "license.txt"}
    | {"planted.csv", "planted_goods.csv"}
)
"""Names (in lower case) that no folder or archive means as input."""

_SNIFFED = 8_192
"""Bytes at the beginning of XML that tell whose it is."""

IGNORED_SUFFIXES = frozenset({".md", ".xsd", ".xsl", ".html", ".pdf", ".log", ".toml"})


def read(
    paths: Sequence[Path],
    *,
    on_progress: Progress | None = None,
    schemas: Schemas | None = None,
) -> Iterator[Documents]:
    """Documents of all these inputs; what is bad ends in problems or set aside, never raised.

    Args:
        paths: files, folders and zip archives; folders are read in the order of their names.
        on_progress: called with a source and the rows or documents read of it so far.
        schemas: the official schemas of China's messages, where the operator has them.
    """
    return _Intake(on_progress, schemas).read(paths)


class _Intake:
    """One run over a number of inputs; gathers small messages across files."""

    def __init__(self, on_progress: Progress | None, schemas: Schemas | None) -> None:
        self.on_progress = on_progress
        self.messages = Messages(schemas)
        self.opened = 0

    def read(self, paths: Sequence[Path]) -> Iterator[Documents]:
        for path in paths:
            notes = Notes(path.as_posix())
            before = self.opened
            try:
                yield from self._input(path, notes)
                if path.is_dir() and self.opened == before:
                    raise NothingToRead(source=notes.source)
            except InputError as error:
                notes.refuse(error)
            except OSError as error:
                notes.refuse(_no_file(notes.source, error))
            yield from _remarks(notes)
        yield from self._gathered()

    def _input(self, path: Path, notes: Notes) -> Iterator[Documents]:
        """One thing the user named."""
        if not path.exists():
            raise UnreadableFile(source=notes.source, expected="a file", reason="there is none")
        if path.is_dir():
            yield from self._folder(path, notes)
        elif path.is_file():
            yield from self._file(path, notes.source)
        else:
            reason = "it is neither a file nor a folder"
            raise UnreadableFile(source=notes.source, expected="a file", reason=reason)

    def _folder(self, folder: Path, notes: Notes) -> Iterator[Documents]:
        """The files below a folder, sorted; no hidden ones, no links."""
        taken = 0
        for path in _files_below(folder):
            if not _wanted(path.name):
                continue
            taken += 1
            if taken > MAX_FOLDER_FILES:
                reason = "it holds more files"
                raise LimitExceeded(source=notes.source, limit=MAX_FOLDER_FILES, reason=reason)
            yield from self._file(path, path.as_posix())

    def _file(self, path: Path, source: str, *, nested: bool = False) -> Iterator[Documents]:
        """One file, by what is in it."""
        self.opened += 1
        notes = Notes(source)
        try:
            kind = sniff(path)
            if kind == "zip" and nested:
                reason = "it is an archive within an archive"
                raise HostileContent(source=source, reason=reason)
            if kind in TABULAR:
                yield from self._table(path, kind, source)
            elif kind == "xml":
                yield from self._message(path, source)
            elif kind == "zip":
                yield from self._archive(path, notes)
            else:
                reason = "it is empty" if kind == "empty" else "its content is none of them"
                known = "CSV, NDJSON, XLSX, Parquet, Arrow, XML, JSON of consignments or zip"
                raise UnreadableFile(source=source, expected=known, reason=reason)
        except InputError as error:
            notes.refuse(error)
        except OSError as error:
            notes.refuse(_no_file(source, error))
        yield from _remarks(notes)

    def _table(self, path: Path, kind: str, source: str) -> Iterator[Documents]:
        rows = 0
        for chunk in read_table(path, kind, source=source):
            rows += chunk.rows
            yield chunk
            self._progress(source, rows)

    def _message(self, path: Path, source: str) -> Iterator[Documents]:
        with path.open("rb") as file:
            content = file.read(_SNIFFED)
            if is_eaeu(content):
                content += file.read(MAX_XML_BYTES)  # one byte too many is enough to refuse it
                read = read_goods_declaration(content, source)
                yield documents_of_declaration(read, source)
                self._progress(source, 1)
                return
        rows = self.messages.add(path, source)
        self._progress(source, rows)
        if self.messages.full:
            yield from self._gathered()

    def _archive(self, path: Path, notes: Notes) -> Iterator[Documents]:
        """The entries of an archive, one after the other."""
        tried = 0
        with open_archive(path, notes.source) as archive:
            unpacking = Unpacking(archive, notes)
            for info in unpacking.entries():
                name = info.filename.replace("\\", "/").rsplit("/", 1)
                hidden = any(part.startswith((".", "__")) for part in info.filename.split("/"))
                if hidden or not _wanted(name[-1]):
                    continue
                tried += 1
                try:
                    with unpacking.unpacked(info) as entry:
                        yield from self._file(entry, unpacking.name(info), nested=True)
                except InputError as error:
                    inner = Notes(unpacking.name(info))
                    inner.refuse(error)
                    yield from _remarks(inner)
                    if unpacking.exhausted:
                        return
        if not tried:
            raise NothingToRead(source=notes.source)

    def _gathered(self) -> Iterator[Documents]:
        if self.messages.sources:
            yield self.messages.flush()

    def _progress(self, source: str, rows: int) -> None:
        if self.on_progress is not None:
            self.on_progress(source, rows)


def _files_below(folder: Path) -> Iterator[Path]:
    """Regular files below a folder in the order of their names."""
    for root, folders, names in os.walk(folder, followlinks=False):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(root) / name
            if not name.startswith(".") and not path.is_symlink() and path.is_file():
                yield path


def _wanted(name: str) -> bool:
    """Whether a file found in a folder or archive is meant as input."""
    suffix = Path(name).suffix.lower()
    return name.lower() not in IGNORED and suffix not in IGNORED_SUFFIXES and suffix in SUFFIXES


def _no_file(source: str, error: OSError) -> UnreadableFile:
    reason = error.strerror or type(error).__name__
    return UnreadableFile(source=source, expected="a file", reason=reason)


def _remarks(notes: Notes) -> Iterator[Documents]:
    """A chunk without documents, when there is anything to say."""
    problems, aside = notes.close()
    if problems or aside:
        yield Documents(problems=problems, set_aside=aside)
