"""Tables as Parquet and Arrow IPC: typed or text columns, read batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import chain
from pathlib import Path

import polars as pl

from silkport.formats.arrow_stream import stream_batches
from silkport.formats.cells import readable
from silkport.formats.engines import sound_engine
from silkport.formats.flat import POSITION, documents_of
from silkport.formats.headers import Field, match_header
from silkport.formats.reading import Documents, Notes
from silkport.kernel.errors import UnreadableFile
from silkport.kernel.limits import CHUNK_ROWS


def match_schema(schema: Mapping[str, pl.DataType], notes: Notes) -> dict[str, Field]:
    """Which column of a typed file is which documented one; unreadable types are noted."""
    names = list(schema)
    matched = {names[i]: field for i, field in match_header(names, notes).items()}
    for name in list(matched):
        if not readable(schema[name]):
            notes.problem(
                "RDG002",
                position=1,
                column=name,
                read=f"cells of type {schema[name]}",
                expected="text, numbers, days or times",
            )
            del matched[name]
    return matched


def raw_frame(frame: pl.DataFrame, matched: Mapping[str, Field], first: int) -> pl.DataFrame:
    """The documented columns of a batch under their documented names, with positions."""
    positions = pl.int_range(first, first + frame.height, dtype=pl.Int64, eager=True)
    return frame.select(
        *(pl.col(name).alias(field.name) for name, field in matched.items()),
        positions.alias(POSITION),
    )


def read_parquet(path: Path, notes: Notes) -> Iterator[Documents]:
    """Documents of a Parquet file; positions count as if the names stood in row 1."""
    with sound_engine(notes.source, "Parquet"), path.open("rb") as file:
        schema = pl.read_parquet_schema(file)
    scan = partial(pl.scan_parquet, path, glob=False, hive_partitioning=False)
    yield from _scanned(scan, schema, "Parquet", notes)


def read_ipc(path: Path, notes: Notes) -> Iterator[Documents]:
    """Documents of an Arrow IPC file."""
    with sound_engine(notes.source, "Arrow IPC"), path.open("rb") as file:
        schema = pl.read_ipc_schema(file)
    scan = partial(pl.scan_ipc, path, glob=False, hive_partitioning=False)
    yield from _scanned(scan, schema, "Arrow IPC", notes)


def _scanned(
    scan: Callable[[], pl.LazyFrame],
    schema: Mapping[str, pl.DataType],
    expected: str,
    notes: Notes,
) -> Iterator[Documents]:
    """Documents of a file the engine can scan lazily, slice by slice: a stream would run ahead."""
    matched = match_schema(schema, notes)
    fields = {field.name: field for field in matched.values()}

    def frames() -> Iterator[pl.DataFrame]:
        first = 2
        while True:
            with sound_engine(notes.source, expected, position=first):
                batch = scan().select(list(matched)).slice(first - 2, CHUNK_ROWS).collect()
            yield raw_frame(batch, matched, first)
            first += batch.height
            if batch.height < CHUNK_ROWS:
                return

    yield from documents_of(frames(), fields, notes)


def read_ipc_stream(path: Path, notes: Notes) -> Iterator[Documents]:
    """Documents of an Arrow IPC stream, batch by batch; of a cut stream the whole batches."""
    with path.open("rb") as file:
        batches = stream_batches(file, notes.source)
        head = next(batches, None)
        if head is None:
            reason = "there is no whole batch of rows in it"
            raise UnreadableFile(source=notes.source, expected="Arrow IPC", reason=reason)
        matched = match_schema(head.schema, notes)
        fields = {field.name: field for field in matched.values()}

        def frames() -> Iterator[pl.DataFrame]:
            first = 2
            for batch in chain([head], batches):
                yield raw_frame(batch, matched, first)
                first += batch.height

        yield from documents_of(frames(), fields, notes)
