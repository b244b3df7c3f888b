"""The Arrow IPC stream, cut into its messages so that one batch at a time is decoded.

Frame of a message: FFFFFFFF, length of its metadata, metadata (a flatbuffer whose table
`Message` has the kind in slot 1 and the length of the body in slot 3), body.
Source: Apache Arrow Columnar Format, "Encapsulated message format".
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from typing import BinaryIO

import polars as pl

from silkport.formats.engines import sound_engine
from silkport.kernel.errors import LimitExceeded, UnreadableFile
from silkport.kernel.limits import MAX_BATCH_BYTES, MAX_METADATA_BYTES

MARK = b"\xff\xff\xff\xff"
_END = MARK + b"\0\0\0\0"
_SCHEMA, _DICTIONARY, _BATCH = 1, 2, 3


def stream_batches(file: BinaryIO, source: str) -> Iterator[pl.DataFrame]:
    """The record batches of a stream; raises UnreadableFile where it is cut or damaged."""
    schema = b""
    dictionaries: list[bytes] = []
    row = 2
    while True:
        message = _next_message(file, source, row)
        if message is None:
            return
        kind, data = message
        if kind == _SCHEMA:
            schema, dictionaries = data, []
        elif kind == _DICTIONARY:
            dictionaries.append(data)
            if sum(map(len, dictionaries)) > MAX_BATCH_BYTES:
                reason = "its dictionaries together are larger"
                raise LimitExceeded(source=source, limit=MAX_BATCH_BYTES, reason=reason)
        elif kind == _BATCH and schema:
            whole = b"".join((schema, *dictionaries, data, _END))
            with sound_engine(source, "Arrow IPC", position=row):
                batch = pl.read_ipc_stream(io.BytesIO(whole))
            row += batch.height
            yield batch


def _next_message(file: BinaryIO, source: str, row: int) -> tuple[int, bytes] | None:
    """Kind and bytes of the next message; None at the end of the stream."""
    frame = file.read(8)
    if not frame or frame == _END:
        return None
    if len(frame) < 8 or frame[:4] != MARK:
        raise _damaged(source, row, "there is no message where one must begin")
    (length,) = struct.unpack("<I", frame[4:])
    if length > MAX_METADATA_BYTES:
        raise _damaged(source, row, "a message has metadata beyond measure")
    metadata = file.read(length)
    try:
        kind, body = _kind_and_body(metadata)
    except struct.error as fault:
        raise _damaged(source, row, "the metadata of a message are damaged") from fault
    if not 0 <= body <= MAX_BATCH_BYTES:
        raise LimitExceeded(source=source, limit=MAX_BATCH_BYTES, reason=f"a batch of {body} bytes")
    data = file.read(body)
    if len(metadata) < length or len(data) < body:
        raise _damaged(source, row, "the file ends within a batch")
    return kind, frame + metadata + data


def _damaged(source: str, row: int, reason: str) -> UnreadableFile:
    return UnreadableFile(
        source=source, expected="Arrow IPC", reason=f"from row {row} on, {reason}", position=row
    )


def _kind_and_body(metadata: bytes) -> tuple[int, int]:
    """Slots 1 and 3 of the flatbuffer table at the root."""
    (root,) = struct.unpack_from("<I", metadata, 0)
    (back,) = struct.unpack_from("<i", metadata, root)
    slots = root - back
    if slots < 0:
        raise struct.error("the table of slots lies before the metadata")
    (size,) = struct.unpack_from("<H", metadata, slots)

    def slot(number: int, form: str) -> int:
        place = slots + 4 + 2 * number
        if 4 + 2 * number >= size:
            return 0
        (offset,) = struct.unpack_from("<H", metadata, place)
        return int(struct.unpack_from(form, metadata, root + offset)[0]) if offset else 0

    return slot(1, "<B"), slot(3, "<q")
