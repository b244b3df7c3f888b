"""Rows of the small sheet: speed, file to file, latency, exactness."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path

import msgspec
import polars as pl

from baseline import PolarsBaseline, PythonBaseline
from measuring import Row, Sizes, compared, cpu_seconds, latencies
from oracle import Oracle
from small_law import invented
from small_parcels import random_parcels
from small_sheet import OUTPUTS, compiled_small

Rows = list[dict[str, int | str]]
CHUNK = 50_000


class Small:
    """The small sheet, its rivals and its rows, made when first needed."""

    def __init__(self, sizes: Sizes, folder: Path) -> None:
        self.sizes = sizes
        self.folder = folder
        self.law = invented(sizes.seed)
        self.sheet = compiled_small(sizes.seed)
        self.polars = PolarsBaseline(self.law)

    @cached_property
    def frame(self) -> pl.DataFrame:
        """The rows that speed is measured on."""
        return random_parcels(self.sizes.small_rows, self.sizes.seed, self.law.codes)

    def bulk(self) -> pl.DataFrame:
        """The bulk reading over all rows."""
        return self.sheet.bulk.run(self.frame)

    def by_hand(self) -> pl.DataFrame:
        """The hand-written baseline over all rows."""
        return self.polars.run(self.frame)


def speed(small: Small) -> Iterator[Row]:
    """Bulk against the baseline, against reading and writing, against plain Python."""
    frame, rows = small.frame, small.sizes.small_rows
    path = small.folder / "columns.parquet"
    frame.write_parquet(path)
    sheet, hand, files = compared(
        small.bulk, small.by_hand, lambda: pl.read_parquet(path).write_parquet(path)
    )
    python = PythonBaseline(small.law)
    some: Rows = frame.head(small.sizes.python_rows).to_dicts()
    plain = cpu_seconds(lambda: [python.clear(row) for row in some]) / len(some) * rows
    million = f"{rows / 1e6:g} M rows, 16 checks, look-ups, tax, 7 risks"
    yield Row("1 small", "sheet in bulk", rows / sheet / 1e6, "M rows/s/core", 0.8, note=million)
    yield Row("1 small", "hand-written Polars", rows / hand / 1e6, "M rows/s/core")
    yield Row("1 small", "sheet / hand-written", hand / sheet, "x", 0.7)
    yield Row("1 small", "read + write Parquet", rows / files / 1e6, "M rows/s/core")
    yield Row("1 small", "sheet / read + write", files / sheet, "x", note="speed")
    yield Row("1 small", "plain Python", rows / plain / 1e6, "M rows/s/core")
    yield Row("1 small", "sheet / plain Python", plain / sheet, "x")


def file_to_file(small: Small) -> Iterator[Row]:
    """Parquet to Parquet, as a multiple of reading and writing the same columns."""
    source, target = small.folder / "parcels.parquet", small.folder / "cleared.parquet"
    frame, sheet = small.frame, small.sheet.bulk
    frame.write_parquet(source)
    outputs = sheet.run(frame)
    wide, thin = frame.hstack(outputs), frame.select("order_no").hstack(outputs)

    def cleared() -> None:
        rows = pl.read_parquet(source)
        rows.hstack(sheet.run(rows)).write_parquet(target)

    def cleared_thin() -> None:
        rows = pl.read_parquet(source)
        rows.select("order_no").hstack(sheet.run(rows)).write_parquet(target)

    def alone(table: pl.DataFrame) -> Callable[[], None]:
        def both() -> None:
            pl.read_parquet(source)
            table.write_parquet(target)

        return both

    times = compared(cleared, alone(wide), cleared_thin, alone(thin))
    yield Row(
        "3 files",
        "small: file to file / read + write",
        times[0] / times[1],
        "x",
        4,
        at_most=True,
        note="20 columns read, these and 29 outputs written",
    )
    yield Row(
        "3 files",
        "small: the same, outputs alone written",
        times[2] / times[3],
        "x",
        note="20 columns read, order_no and 29 outputs written",
    )


def single(small: Small) -> Iterator[Row]:
    """One parcel from decoded JSON to its outputs, and with the decoding."""
    texts = [msgspec.json.encode(row) for row in small.frame.head(2_000).iter_rows(named=True)]
    rows = [msgspec.json.decode(text) for text in texts]
    function, many = small.sheet.single, len(rows)
    latencies(lambda turn: function(rows[turn % many]), many)
    p50, p99 = latencies(lambda turn: function(rows[turn % many]), small.sizes.calls)
    yield Row("4 single", "small: p50", p50, "µs", 50, at_most=True, note="decoded JSON to outputs")
    yield Row("4 single", "small: p99", p99, "µs")
    p50, _ = latencies(
        lambda turn: function(msgspec.json.decode(texts[turn % many])), small.sizes.calls
    )
    yield Row("4 single", "small: p50 with decoding", p50, "µs")


def exactness(small: Small) -> Iterator[Row]:
    """Values that differ from the oracle's, in all columns of all rows; none may."""
    rows = small.sizes.exact_rows
    oracle, python = Oracle(small.law), PythonBaseline(small.law)
    frame = random_parcels(rows, small.sizes.seed + 1, small.law.codes)
    sheet = small.sheet
    wrong = {
        "bulk": dict.fromkeys(OUTPUTS, 0),
        "single": dict.fromkeys(OUTPUTS, 0),
        "hand-written Polars": dict.fromkeys(OUTPUTS, 0),
        "plain Python": dict.fromkeys(OUTPUTS, 0),
    }
    for chunk in frame.iter_slices(CHUNK):
        records: Rows = chunk.to_dicts()
        right = _table([oracle.outputs(record) for record in records])
        _count(wrong["bulk"], sheet.bulk.run(chunk), right)
        _count(wrong["single"], _table([sheet.single(record) for record in records]), right)
        _count(wrong["hand-written Polars"], small.polars.run(chunk), right)
        _count(wrong["plain Python"], _table([python.clear(r) for r in records]), right)
    wrong["proof"] = _proofs(small, frame.head(small.sizes.proofs).to_dicts(), oracle)
    for reading, by_column in wrong.items():
        bad = {name: count for name, count in by_column.items() if count}
        many = small.sizes.proofs if reading == "proof" else rows
        note = f"{many:,} rows x {len(OUTPUTS)} columns" + (f"; wrong: {bad}" if bad else "")
        total = sum(by_column.values())
        what = f"{reading} against the Decimal oracle"
        yield Row("8 exact", what, total, "wrong", 0, at_most=True, note=note)


def _table(records: list[dict[str, int | bool]]) -> pl.DataFrame:
    return pl.DataFrame(records, infer_schema_length=1).select(OUTPUTS)


def _count(wrong: dict[str, int], found: pl.DataFrame, right: pl.DataFrame) -> None:
    assert found.columns == right.columns
    for name in OUTPUTS:
        wrong[name] += int(found[name].ne_missing(right[name]).sum())


def _proofs(small: Small, records: Rows, oracle: Oracle) -> Mapping[str, int]:
    wrong = dict.fromkeys(OUTPUTS, 0)
    for record in records:
        right = oracle.outputs(record)
        for name in OUTPUTS:
            wrong[name] += small.sheet.prove(name, record).result != right[name]
    return wrong
