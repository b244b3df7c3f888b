"""Lines and records of a text table, cut from a stream of blocks without trusting it.

A record longer than MAX_LINE_BYTES is skipped, never held: reading goes on behind it.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator

from silkport.kernel.limits import MAX_CELL_BYTES, MAX_LINE_BYTES

_MAX_JOINS = 8
"""Lines with quotes that are joined in search of the end of one quoted cell."""


def segments(blocks: Iterator[bytes], *, quoted: bool) -> Iterator[bytes | None]:
    """Whole lines of a stream of blocks; None stands for one line that is too long.

    With `quoted`, no cut is made within quotes as far as can be seen. Only the last segment may
    end without a line end.
    """
    buffer = b""
    skipping = False
    for block in blocks:
        if skipping:
            end = block.find(b"\n")
            if end < 0:
                continue
            block, skipping = block[end + 1 :], False
        buffer += block
        cut = _cut(buffer, quoted)
        if cut:
            yield from _without_long_lines(buffer[:cut])
            buffer = buffer[cut:]
        if len(buffer) > MAX_LINE_BYTES:
            cut = buffer.rfind(b"\n") + 1
            yield from _without_long_lines(buffer[:cut])
            buffer = buffer[cut:]
            if len(buffer) > MAX_LINE_BYTES:
                yield None
                buffer, skipping = b"", True
    if not skipping:
        yield from _without_long_lines(buffer)


def _cut(buffer: bytes, quoted: bool) -> int:
    """Where the last whole record ends; 0 when none does."""
    end = buffer.rfind(b"\n")
    if not quoted or end < 0:
        return end + 1
    odd = buffer.count(b'"', 0, end) % 2 == 1
    floor = max(len(buffer) - MAX_LINE_BYTES, 0)
    while odd and end > floor:
        before = buffer.rfind(b"\n", 0, end)
        if before < 0:
            return 0
        odd = odd != (buffer.count(b'"', before, end) % 2 == 1)
        end = before
    return 0 if odd else end + 1


def _without_long_lines(data: bytes) -> Iterator[bytes | None]:
    """Splits data around lines longer than the limit."""
    begin = at = 0
    while len(data) - at > MAX_LINE_BYTES:
        end = data.rfind(b"\n", at, at + MAX_LINE_BYTES)
        if end >= 0:
            at = end + 1
            continue
        if at > begin:
            yield data[begin:at]
        yield None
        end = data.find(b"\n", at)
        begin = at = len(data) if end < 0 else end + 1
    if begin < len(data):
        yield data[begin:]


def count_clean(data: bytes, delimiter: str) -> int | None:
    """How many records there are when every quote stands where it should; else None."""
    if b'"' in data:
        mark = re.escape(delimiter.encode())
        cell = rb"(?:(?<=[\n" + mark + rb'])|\A)"(?:[^"]|"")*"(?=[\r\n' + mark + rb"]|\Z)"
        data = re.sub(cell, b"q", data)
        if b'"' in data:
            return None
    count = data.count(b"\n")
    return count if data.endswith(b"\n") or not data else count + 1


def careful_records(data: bytes, delimiter: str) -> Iterator[list[str] | None]:
    """Record after record of data that is not clean; None for each line that makes no sense."""
    lines = data.decode("utf-8", "replace").split("\n")
    if lines and not lines[-1]:
        lines.pop()
    at = 0
    while at < len(lines):
        line = lines[at].removesuffix("\r")
        if '"' not in line:
            yield line.split(delimiter)
            at += 1
            continue
        record, used = _quoted_record(lines, at, delimiter)
        yield record
        at += used


def _quoted_record(lines: list[str], at: int, delimiter: str) -> tuple[list[str] | None, int]:
    """The record that begins in line `at`, and how many lines it takes."""
    joined = ""
    joins = 0
    for used, line in enumerate(lines[at : at + 1_000], start=1):
        joined += line if used == 1 else "\n" + line
        if len(joined) > MAX_CELL_BYTES and used > 1:
            break
        if '"' not in line:
            continue
        joins += 1
        try:
            rows = list(csv.reader(_kept(joined), delimiter=delimiter, strict=True))
        except csv.Error as error:
            if "unexpected end" not in str(error) or joins >= _MAX_JOINS:
                break
        else:
            return (rows[0], used) if len(rows) == 1 else (None, 1)
    return None, 1


def _kept(record: str) -> list[str]:
    """A record as the lines the csv module wants, with their ends."""
    return record.removesuffix("\r").splitlines(keepends=True)


def parse_line(line: str, delimiter: str) -> list[str]:
    """The cells of one line, with quotes when they make sense."""
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return line.split(delimiter)
