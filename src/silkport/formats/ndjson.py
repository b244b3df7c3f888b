"""Tables as newline-delimited JSON: one flat object a row, its keys the documented names."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path

import polars as pl

from silkport.formats.encodings import DAMAGE_MARK, sniff_encoding, utf8_blocks
from silkport.formats.flat import POSITION, documents_of
from silkport.formats.headers import FIELDS, Field, header_of_all, match_header, tidy
from silkport.formats.reading import SPLINTERS, Documents, Notes
from silkport.formats.records import segments
from silkport.kernel.errors import WrongHeader
from silkport.kernel.limits import MAX_LINE_BYTES

_SAMPLED_LINES = 1_000
"""Lines at the beginning in which keys that are not documented are looked for."""

_LONG_NUMBER = re.compile(rb":[ \t]*-?[0-9][0-9.]{15}")
"""A number whose digits a float may not hold: such lines are decoded with exact numbers."""

Row = dict[str, str | None]


def read_ndjson(path: Path, notes: Notes) -> Iterator[Documents]:
    """Documents of a file of JSON lines; positions count lines from 1."""
    encoding = sniff_encoding(path, notes)
    pieces = segments(utf8_blocks(path, encoding), quoted=False)
    first = next(pieces, b"")
    fields, plain = _check_keys(first or b"", notes)
    lines = _Lines(notes, list(fields), plain=plain and not encoding.damaged)
    yield from documents_of(lines.frames(chain([first], pieces)), fields, notes)


def _check_keys(data: bytes, notes: Notes) -> tuple[Mapping[str, Field], bool]:
    """All keys that may occur, and whether those found are spelt exactly as documented.

    Notes unknown keys.
    """
    keys: dict[str, None] = {}
    for line in data.removeprefix(b"\xef\xbb\xbf").split(b"\n", _SAMPLED_LINES)[:_SAMPLED_LINES]:
        keys.update(dict.fromkeys(_object(line) or ()))
        if len(keys) > 10 * len(FIELDS):
            raise WrongHeader(source=notes.source, reason="every row has other keys")
    fields = header_of_all(match_header(list(keys), notes).values())
    return fields, all(key in fields or tidy(key) not in fields for key in keys)


def _object(line: bytes) -> Row | None:
    """One row with its numbers as they are written; None when the line is no flat object."""
    try:
        found = json.loads(line, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    return {key: _cell(value) for key, value in found.items()}


def _cell(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False)


class _Lines:
    """The rows of a file, as raw frames of every documented column."""

    def __init__(self, notes: Notes, names: list[str], *, plain: bool) -> None:
        self.notes = notes
        self.names = names
        self.plain = plain
        self.position = 0

    def frames(self, pieces: Iterator[bytes | None]) -> Iterator[pl.DataFrame]:
        """Reads segment after segment; the position counts every line."""
        for data in pieces:
            if data is None:
                self.position += 1
                reason = f"the line is longer than {MAX_LINE_BYTES} bytes"
                self.notes.aside("SP-1103", reason, position=self.position)
                continue
            frame = self._clean(data) if self.plain else None
            yield self._careful(data) if frame is None else frame

    def _clean(self, data: bytes) -> pl.DataFrame | None:
        """Decodes with the columnar engine; None when it cannot, or might change a number."""
        count = data.count(b"\n") + (not data.endswith(b"\n"))
        if _LONG_NUMBER.search(data):
            return None
        try:
            frame = pl.read_ndjson(data, schema=dict.fromkeys(self.names, pl.String))
        except SPLINTERS:
            return None
        if frame.height != count:
            return None
        first = self.position + 1
        self.position += count
        positions = pl.int_range(first, first + count, dtype=pl.Int64, eager=True)
        return frame.with_columns(positions.alias(POSITION))

    def _careful(self, data: bytes) -> pl.DataFrame:
        """Decodes line by line and sets aside those that are no flat objects."""
        columns: dict[str, list[str | None]] = {name: [] for name in self.names}
        positions: list[int] = []
        for line in data.removesuffix(b"\n").split(b"\n"):
            self.position += 1
            if not line.strip():
                continue
            row = _object(line.removeprefix(b"\xef\xbb\xbf"))
            if row is None:
                self.notes.aside("RDG011", "the line is no JSON object", position=self.position)
            elif DAMAGE_MARK.encode() in line:
                reason = "the row has bytes that are not UTF-8"
                self.notes.aside("RDG011", reason, position=self.position)
            else:
                tidied = {tidy(key): cell for key, cell in row.items()}
                for name, cells in columns.items():
                    cells.append(_encodable(tidied.get(name)))
                positions.append(self.position)
        frame = pl.DataFrame(columns, schema=dict.fromkeys(self.names, pl.String))
        return frame.with_columns(pl.Series(POSITION, positions, dtype=pl.Int64))


def _encodable(cell: str | None) -> str | None:
    """Text without half characters, which JSON escapes can spell but no encoding holds."""
    return cell and cell.encode("utf-8", "replace").decode()
