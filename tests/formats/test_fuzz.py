"""Seeded damage to files of every format: never an exception, never silence, bounded time."""

from __future__ import annotations

import io
import random
import time
import zipfile
from pathlib import Path

import polars as pl
import pytest

from silkport.formats.sniffing import TABULAR
from silkport.formats.tabular import read_table
from silkport.formats.writing import to_outside, write
from tests.formats.samples import (
    day_of_parcels,
    gather,
    payment_document,
    payment_message,
    read_all,
)

CASES = 150
SECONDS = 60

SPLICES = [
    b'"',
    b"\n",
    b"\r\n",
    b"\0",
    b",",
    b"\xff\xfe",
    b"<!DOCTYPE x>",
    b"&x;",
    b"]]>",
    b"9" * 400,
    b"\xff" * 9,
    "李".encode("gb18030"),
    b"{",
    b"PAR1",
    b"\x7f\xff\xff\xff",
]


def damaged(whole: bytes, rng: random.Random) -> bytes:
    """One file after a cut, a few flipped bytes, a splice, a repetition or another encoding."""
    data = bytearray(whole)
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(data) + 1)
        match rng.randrange(6):
            case 0:
                del data[at:]
            case 1:
                for _ in range(rng.randint(1, 8)):
                    if data:
                        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
            case 2:
                data[at:at] = rng.choice(SPLICES)
            case 3:
                data[at : at + rng.randrange(200)] = b""
            case 4:
                data[at:at] = data[max(at - rng.randrange(400), 0) : at]
            case _:
                encoding = rng.choice(["gb18030", "utf-16", "utf-16-le", "latin-1"])
                data = bytearray(bytes(data).decode("utf-8", "replace").encode(encoding, "replace"))
    return bytes(data)


def originals() -> dict[str, bytes]:
    flat = to_outside(day_of_parcels(6))
    flat = flat.select([name for name in flat.columns if not name.endswith("note")][::4])
    order = to_outside(day_of_parcels(6))["inventory.order_no"]
    flat = flat.with_columns(order)
    stream, packed = io.BytesIO(), io.BytesIO()
    pl.concat([flat.slice(0, 6), flat.slice(6)], rechunk=False).write_ipc_stream(stream)
    message = payment_message(*(payment_document(n, payerName="李小宝") for n in range(5)))
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", flat.write_csv())
        archive.writestr("b.xml", message)
    return {
        "ipc_stream": stream.getvalue(),
        "xml": message.encode(),
        "zip": packed.getvalue(),
        **{kind: written(flat, suffix) for kind, suffix in SUFFIX.items()},
    }


SUFFIX = {
    "csv": ".csv",
    "ndjson": ".ndjson",
    "xlsx": ".xlsx",
    "parquet": ".parquet",
    "ipc": ".arrow",
}


def written(frame: pl.DataFrame, suffix: str) -> bytes:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"x{suffix}"
        write(frame, path)
        return path.read_bytes()


@pytest.mark.parametrize(
    "kind", ["csv", "ndjson", "xlsx", "parquet", "ipc", "ipc_stream", "xml", "zip"]
)
def test_damaged_files(tmp_path: Path, kind: str, capfd: pytest.CaptureFixture[str]) -> None:
    whole = originals()[kind]
    rng = random.Random(f"silkport {kind}")
    begun = time.process_time()
    for case in range(CASES):
        data = damaged(whole, rng)
        path = tmp_path / f"case{case}.{kind}"
        path.write_bytes(data)
        by_kind = [gather(read_table(path, kind))] if kind in TABULAR else []
        for read in [read_all(path), *by_kind]:
            told = len(read.problems) + len(read.set_aside)
            assert read.rows + told or is_blank(data), f"case {case} vanished"
            assert bool(read.rows) == bool(read.tables)
        path.unlink()
    assert time.process_time() - begun < SECONDS
    capfd.readouterr()  # engines report a panic on the console before it is caught


def is_blank(data: bytes) -> bool:
    """Whether nothing but a header, or rows without any cell, can be left."""
    return data.count(b"\n") <= 1 or not data.strip()
