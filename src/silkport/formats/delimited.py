"""Tables as delimited text: CSV with comma, semicolon or tab, quoted or not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path

import polars as pl

from silkport.formats.encodings import DAMAGE_MARK, Encoding, sniff_encoding, utf8_blocks
from silkport.formats.flat import POSITION, documents_of
from silkport.formats.headers import Field, count_known, match_header
from silkport.formats.reading import SPLINTERS, Documents, Notes
from silkport.formats.records import careful_records, count_clean, parse_line, segments
from silkport.kernel.errors import WrongHeader
from silkport.kernel.limits import MAX_LINE_BYTES

DELIMITERS = (",", ";", "\t")

_SURPLUS = 3
"""Columns kept behind the header's last, to notice rows with too many cells."""


def read_delimited(path: Path, notes: Notes) -> Iterator[Documents]:
    """Documents of a delimited text file; raises InputError when there is no usable header."""
    encoding = sniff_encoding(path, notes)
    blocks = utf8_blocks(path, encoding)
    names, delimiter, position, rest = _header(blocks, notes)
    matched = match_header(names, notes, position=position)
    table = _Table(names, matched, delimiter, encoding, position, notes)
    fields = {field.name: field for field in matched.values()}
    yield from documents_of(table.frames(chain([rest], blocks)), fields, notes)


def _header(blocks: Iterator[bytes], notes: Notes) -> tuple[list[str], str, int, bytes]:
    """Header cells, delimiter, the header's row and what follows it in the first block."""
    rest = b""
    position = 1
    while True:
        while b"\n" not in rest and len(rest) <= MAX_LINE_BYTES:
            block = next(blocks, None)
            if block is None:
                break
            rest += block
        raw, newline, rest = rest.partition(b"\n")
        if len(raw) > MAX_LINE_BYTES:
            reason = f"its first line is longer than {MAX_LINE_BYTES} bytes"
            raise WrongHeader(source=notes.source, reason=reason)
        line = raw.decode("utf-8", "replace").strip("\ufeff\r \x00")
        if line and not line.startswith("sep="):
            break
        if not newline:
            raise WrongHeader(source=notes.source, reason="there is no line in it")
        position += 1
    candidates = {mark: parse_line(line, mark) for mark in DELIMITERS}
    delimiter = max(DELIMITERS, key=lambda mark: count_known(candidates[mark]))
    return candidates[delimiter], delimiter, position, rest


class _Table:
    """The rows under a header, as raw frames."""

    def __init__(
        self,
        names: list[str],
        matched: Mapping[int, Field],
        delimiter: str,
        encoding: Encoding,
        position: int,
        notes: Notes,
    ) -> None:
        self.width = len(names)
        self.matched = matched
        self.delimiter = delimiter
        self.damaged = encoding.damaged
        self.position = position
        self.notes = notes
        self.columns = [f"c{i}" for i in range(self.width + _SURPLUS)]

    def frames(self, blocks: Iterator[bytes]) -> Iterator[pl.DataFrame]:
        """Reads block after block; the position counts every record, also unusable ones."""
        for segment in segments(blocks, quoted=True):
            if segment is None:
                self.position += 1
                reason = f"the line is longer than {MAX_LINE_BYTES} bytes"
                self.notes.aside("SP-1103", reason, position=self.position)
                continue
            end = segment.rfind(b"\n") + 1
            frame = self._clean(segment[:end])
            if frame is None:
                yield self._sound(self._careful(segment))
                continue
            yield self._sound(frame)
            if end < len(segment):
                yield self._sound(self._careful(segment[end:]))

    def _clean(self, data: bytes) -> pl.DataFrame | None:
        """Parses clean records; None when the engine does not see as many as there are."""
        count = count_clean(data, self.delimiter)
        if count is None:
            return None
        header = self.delimiter.join(self.columns).encode() + b"\n"
        try:
            frame = pl.read_csv(
                header + data,
                separator=self.delimiter,
                quote_char='"' if b'"' in data else None,
                infer_schema=False,
                truncate_ragged_lines=True,
                raise_if_empty=False,
            )
        except SPLINTERS:
            return None
        if frame.height != count or frame.width != len(self.columns):
            return None
        first = self.position + 1
        self.position += count
        positions = pl.int_range(first, first + count, dtype=pl.Int64, eager=True)
        return frame.with_columns(positions.alias(POSITION))

    def _careful(self, data: bytes) -> pl.DataFrame:
        """Parses records one by one and sets aside those that make no sense."""
        rows: list[list[str | None]] = []
        positions: list[int] = []
        records = list(careful_records(data, self.delimiter))
        cut_short = None if data.endswith(b"\n") else len(records) - 1
        for at, record in enumerate(records):
            self.position += 1
            if at == cut_short and (record is None or len(record) < self.width):
                self.notes.aside("RDG011", "the file ends within this row", position=self.position)
            elif record is None:
                reason = "a quote in the row is not closed or stands within a cell"
                self.notes.aside("RDG011", reason, position=self.position)
            else:
                padding = [None] * (len(self.columns) - len(record))
                rows.append([*record[: len(self.columns)], *padding])
                positions.append(self.position)
        schema = dict.fromkeys(self.columns, pl.String)
        frame = pl.DataFrame(rows, schema=schema, orient="row")
        return frame.with_columns(pl.Series(POSITION, positions, dtype=pl.Int64))

    def _sound(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The documented columns of the rows that are whole; the others are set aside."""
        surplus = [pl.col(name).str.len_bytes() > 0 for name in self.columns[self.width :]]
        reasons = [(pl.any_horizontal(surplus), "the row has more cells than the header")]
        if self.damaged:
            marked = [pl.col(n).str.contains(DAMAGE_MARK, literal=True) for n in self.columns]
            reasons.append((pl.any_horizontal(marked), "the row has bytes that are not UTF-8"))
        for unsound, reason in reasons:
            mask = frame.select(unsound.fill_null(False).alias("u"))["u"]
            if mask.any():
                for position in frame[POSITION].filter(mask).to_list():
                    self.notes.aside("RDG011", reason, position=position)
                frame = frame.filter(~mask)
        return frame.select(
            *(pl.col(self.columns[i]).alias(field.name) for i, field in self.matched.items()),
            POSITION,
        )
