"""What a file is, by its first bytes; its name decides only between kinds of text."""

from __future__ import annotations

import re
from pathlib import Path

from silkport.formats.arrow_stream import MARK
from silkport.formats.reading import TABLES

_HEAD_BYTES = 4_096
_BY_SUFFIX = {".csv": "csv", ".tsv": "csv", ".txt": "csv", ".ndjson": "ndjson", ".jsonl": "ndjson"}

TABULAR = frozenset({"csv", "ndjson", "consignments", "xlsx", "parquet", "ipc", "ipc_stream"})
"""Kinds of files with a reader of their own rows; "consignments" is JSON with houses."""

_CONSIGNMENT = re.compile(rb"\"format\"\s*:\s*\"silkport-consignment")

SUFFIXES = frozenset(
    {
        *_BY_SUFFIX,
        *(".json", ".xml", ".zip", ".xlsx", ".parquet", ".pq", ".arrow", ".feather", ".arrows"),
    }
)
"""Suffixes a folder is searched for; any other file is read only when it is named itself."""

_ARCHIVES = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"Rar!", b"\x28\xb5\x2f\xfd")


def sniff(path: Path) -> str:
    """The kind of a file: one of TABULAR, "xml", "zip", "empty", or "" when nobody reads it."""
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if not head:
        return "empty"
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"ARROW1"):
        return "ipc"
    if head.startswith(MARK):
        return "ipc_stream"
    if head.startswith(b"PK"):
        return _zip_kind(path, head)
    if head.startswith(_ARCHIVES):
        return ""
    return _text_kind(path, head)


def _zip_kind(path: Path, head: bytes) -> str:
    """A workbook is a zip as well; its first entries or its name tell."""
    looks_like_book = b"[Content_Types].xml" in head or b"xl/" in head
    return "xlsx" if looks_like_book or path.suffix.lower() == ".xlsx" else "zip"


def _text_kind(path: Path, head: bytes) -> str:
    """XML begins with an angle bracket, JSON with a brace, a table with its header."""
    start = head.replace(b"\0", b"").removeprefix(b"\xef\xbb\xbf")
    start = start.removeprefix(b"\xff\xfe").removeprefix(b"\xfe\xff").lstrip()
    if start.startswith(b"<"):
        return "xml"
    suffix = path.suffix.lower()
    if start.startswith((b"{", b"[")) and _is_consignment(start, suffix):
        return "consignments"
    if start.startswith(b"{"):
        return "ndjson"
    if suffix in _BY_SUFFIX:
        return _BY_SUFFIX[suffix]
    if suffix == ".xml":
        return "xml"
    return "" if suffix in SUFFIXES or (not suffix.strip(".") and b"\0" in head) else _guess(head)


def _is_consignment(start: bytes, suffix: str) -> bool:
    """Objects that say so; by its name any JSON that has no columns of a table for keys."""
    if _CONSIGNMENT.search(start):
        return True
    return suffix == ".json" and not any(f'"{table}.'.encode() in start for table in TABLES)


def _guess(head: bytes) -> str:
    """A table when the first line has a documented prefix of a column name."""
    first = head.replace(b"\0", b"").partition(b"\n")[0]
    return "csv" if any(f"{table}.".encode() in first for table in TABLES) else ""
