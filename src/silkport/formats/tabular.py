"""Tolerant, explained reading of rows and JSON: what cannot be read is named, the rest is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from silkport.formats.columnar import read_ipc, read_ipc_stream, read_parquet
from silkport.formats.consignments import read_consignments
from silkport.formats.delimited import read_delimited
from silkport.formats.ndjson import read_ndjson
from silkport.formats.reading import Documents, Notes
from silkport.formats.spreadsheet import read_xlsx
from silkport.kernel.errors import InputError, LimitExceeded, UnreadableFile
from silkport.kernel.limits import MAX_FILE_BYTES

Reader = Callable[[Path, Notes], Iterator[Documents]]

READERS: Mapping[str, Reader] = {
    "csv": read_delimited,
    "ndjson": read_ndjson,
    "consignments": read_consignments,
    "xlsx": read_xlsx,
    "parquet": read_parquet,
    "ipc": read_ipc,
    "ipc_stream": read_ipc_stream,
}
"""The reader of each tabular format, and of consignments in JSON."""


def read_table(path: Path, kind: str, *, source: str = "") -> Iterator[Documents]:
    """Documents of one file of a known kind; never raises for what is in the file."""
    notes = Notes(source or str(path))
    try:
        size = path.stat().st_size
        if not size:
            raise UnreadableFile(source=notes.source, expected=kind, reason="it is empty")
        if size > MAX_FILE_BYTES:
            reason = f"it has {size} bytes"
            raise LimitExceeded(source=notes.source, limit=MAX_FILE_BYTES, reason=reason)
        yield from READERS[kind](path, notes)
    except InputError as error:
        notes.refuse(error)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        notes.refuse(UnreadableFile(source=notes.source, expected="a file", reason=reason))
    problems, aside = notes.close()
    if problems or aside:
        yield Documents(problems=problems, set_aside=aside)
