"""Zip archives, unpacked entry by entry with every limit counted, never trusted.

Nested archives, encrypted entries, names that lead outside and entries that unpack beyond
measure are set aside; the others are read.
"""

from __future__ import annotations

import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from silkport.formats.reading import Notes
from silkport.kernel.errors import HostileContent, LimitExceeded, UnreadableFile
from silkport.kernel.limits import (
    MAX_DIRECTORY_BYTES,
    MAX_FILE_BYTES,
    MAX_ZIP_ENTRIES,
    MAX_ZIP_RATIO,
    MAX_ZIP_TOTAL_BYTES,
    MIB,
)

_TAIL_BYTES = 65_536 + 22 + 20 + 56
"""The end of an archive within which its table of contents is described."""

_SMALL = MIB
"""An entry up to this size is harmless whatever its ratio."""

ZIP_FAULTS = (
    zipfile.BadZipFile,
    zlib.error,
    NotImplementedError,
    RuntimeError,
    EOFError,
    OSError,
    ValueError,
)
"""What the unpacking of damaged archives may raise."""


def open_archive(path: Path, source: str) -> zipfile.ZipFile:
    """Opens an archive whose table of contents is not too large to be held."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        start = max(size - _TAIL_BYTES, 0)
        file.seek(start)
        tail = file.read()
    at = tail.rfind(b"PK\5\6")
    directory = int.from_bytes(tail[at + 12 : at + 16], "little") if at >= 0 else 0
    wide = tail.rfind(b"PK\6\6")
    if directory == 0xFFFFFFFF and wide >= 0:
        directory = int.from_bytes(tail[wide + 40 : wide + 48], "little")
    if directory > MAX_DIRECTORY_BYTES:
        reason = f"its table of contents has {directory} bytes"
        raise LimitExceeded(source=source, limit=MAX_DIRECTORY_BYTES, reason=reason)
    try:
        return zipfile.ZipFile(path)
    except ZIP_FAULTS as fault:
        reason = str(fault)[:200] or "it is cut short"
        raise UnreadableFile(source=source, expected="zip", reason=reason) from fault


def check_archive(
    archive: zipfile.ZipFile, source: str, *, limit: int = MAX_ZIP_TOTAL_BYTES
) -> None:
    """Refuses an archive whose own table of contents exceeds the limits."""
    entries = archive.infolist()
    if len(entries) > MAX_ZIP_ENTRIES:
        raise LimitExceeded(source=source, limit=MAX_ZIP_ENTRIES, reason=f"{len(entries)} entries")
    total = 0
    for entry in entries:
        total += entry.file_size
        if entry.file_size > max(entry.compress_size * MAX_ZIP_RATIO, _SMALL):
            reason = f"{entry.filename[:60]} unpacks to {entry.file_size} bytes"
            raise LimitExceeded(source=source, limit=MAX_ZIP_RATIO, reason=reason)
    if total > limit:
        raise LimitExceeded(source=source, limit=limit, reason=f"it unpacks to {total} bytes")


class Unpacking:
    """Entries of one archive as temporary files, one at a time."""

    def __init__(self, archive: zipfile.ZipFile, notes: Notes) -> None:
        self.archive = archive
        self.notes = notes
        self.total = 0

    @property
    def exhausted(self) -> bool:
        """Whether the archive as a whole has unpacked to more than is allowed."""
        return self.total > MAX_ZIP_TOTAL_BYTES

    def entries(self) -> list[zipfile.ZipInfo]:
        """The entries that may be unpacked, by name; the others are set aside."""
        infos = [info for info in self.archive.infolist() if not info.is_dir()]
        if len(infos) > MAX_ZIP_ENTRIES:
            reason = f"{len(infos)} entries"
            raise LimitExceeded(source=self.notes.source, limit=MAX_ZIP_ENTRIES, reason=reason)
        usable = []
        for info in sorted(infos, key=lambda info: info.filename):
            reason = self._objection(info)
            if reason:
                error = HostileContent(source=self.name(info), reason=reason)
                self.notes.refuse(error)
            else:
                usable.append(info)
        return usable

    def name(self, info: zipfile.ZipInfo) -> str:
        """How problems name an entry: the archive, a slash, the entry."""
        inner = info.filename.encode("utf-8", "replace").decode()
        return f"{self.notes.source}/{inner[:200]}"

    @staticmethod
    def _objection(info: zipfile.ZipInfo) -> str:
        path = PurePosixPath(info.filename.replace("\\", "/"))
        if info.flag_bits & 0x1:
            return "the entry is encrypted"
        if path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
            return "the name of the entry leads outside the archive"
        if (info.external_attr >> 16) & 0o170000 == 0o120000:
            return "the entry is a link"
        if path.suffix.lower() in {".zip", ".gz", ".bz2", ".xz", ".7z", ".rar", ".tar", ".zst"}:
            return "the entry is an archive within the archive"
        return ""

    @contextmanager
    def unpacked(self, info: zipfile.ZipInfo) -> Iterator[Path]:
        """One entry as a file, which is gone afterwards; raises InputError beyond the limits."""
        with tempfile.TemporaryDirectory(prefix="silkport-") as folder:
            path = Path(folder) / f"entry{PurePosixPath(info.filename).suffix[:10]}"
            try:
                self._copy(info, path)
            except ZIP_FAULTS as fault:
                reason = str(fault)[:200] or "it is cut short"
                raise UnreadableFile(
                    source=self.name(info), expected="a zip entry", reason=reason
                ) from fault
            yield path

    def _copy(self, info: zipfile.ZipInfo, path: Path) -> None:
        """Unpacks with a counter: what the table of contents says is not believed."""
        allowed = min(max(info.compress_size * MAX_ZIP_RATIO, _SMALL), MAX_FILE_BYTES)
        size = 0
        with self.archive.open(info) as packed, path.open("wb") as file:
            while block := packed.read(MIB):
                size += len(block)
                self.total += len(block)
                if size > allowed:
                    reason = f"it unpacks to more than {allowed} bytes"
                    source = self.name(info)
                    raise LimitExceeded(source=source, limit=MAX_ZIP_RATIO, reason=reason)
                if self.total > MAX_ZIP_TOTAL_BYTES:
                    source = self.notes.source
                    reason = "its entries together unpack to more"
                    raise LimitExceeded(source=source, limit=MAX_ZIP_TOTAL_BYTES, reason=reason)
                file.write(block)
