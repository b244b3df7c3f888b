"""Inputs made to exhaust memory or time: bounded, and explained with their place."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.formats.samples import read_all

MIB = 1024 * 1024

PEAK = """
import resource, sys
from pathlib import Path
from silkport.formats.intake import read
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
rows = sum(chunk.rows for chunk in read([Path(sys.argv[1])]))
print(rows, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def peak(path: Path, root: Path) -> tuple[int, int]:
    """Rows read and mebibytes of memory that reading a file added, in a process of its own."""
    run = subprocess.run(
        [sys.executable, "-c", PEAK, str(path)],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(root / "src"), "POLARS_MAX_THREADS": "2"},
    )
    rows, mebibytes = run.stdout.split()
    return int(rows), int(mebibytes)


@pytest.mark.parametrize(
    ("name", "begin", "end"),
    [
        ("x.csv", b"inventory.order_no,inventory.note\nA,1\nB,", b"\nC,3\n"),
        ("q.csv", b'inventory.order_no,inventory.note\nA,1\nB,"', b'"\nC,3\n'),
        (
            "x.ndjson",
            b'{"inventory.order_no":"A"}\n{"inventory.order_no":"B","inventory.note":"',
            b'"}\n{"inventory.order_no":"C"}\n',
        ),
    ],
)
def test_a_field_of_100_megabytes(
    tmp_path: Path, root: Path, name: str, begin: bytes, end: bytes
) -> None:
    path = tmp_path / name
    with path.open("wb") as file:
        file.write(begin)
        for _ in range(100):
            file.write(b"x" * MIB)
        file.write(end)
    read = read_all(path)
    assert read.tables["inventory"]["order_no"].to_list() == ["A", "C"]
    position = 2 if name.endswith("ndjson") else 3
    assert [(found.code, found.position) for found in read.set_aside] == [("SP-1103", position)]
    rows, mebibytes = peak(path, root)
    assert rows == 2
    assert mebibytes < 400


def test_memory_is_flat(tmp_path: Path, root: Path) -> None:
    line = b"A%d,g%d,some merchant,12.5,1,99.9\n"
    header = b"inventory.order_no,inventory.guid,inventory.ebc_name,inventory.freight,"
    peaks = []
    for rows in (300_000, 1_500_000):
        path = tmp_path / f"{rows}.csv"
        with path.open("wb") as file:
            file.write(header + b"line.gnum,line.total\n")
            for begin in range(0, rows, 10_000):
                file.write(b"".join(line % (n, n) for n in range(begin, begin + 10_000)))
        found, mebibytes = peak(path, root)
        assert found == rows
        peaks.append(mebibytes)
    assert peaks[1] < 1.5 * peaks[0] + 100


def test_a_line_of_many_open_quotes_is_not_quadratic(tmp_path: Path) -> None:
    path = tmp_path / "quotes.csv"
    path.write_bytes(b"inventory.order_no,inventory.note\n" + b'A,"x""\n' * 200_000)
    read = read_all(path)
    assert read.set_aside
