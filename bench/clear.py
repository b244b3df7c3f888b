"""How fast, how lean and how exact clearing is: one table from one run.

    .venv/bin/python bench/clear.py            the figures; written to bench/results as well
    .venv/bin/python bench/clear.py --quick    a minute, to see that everything still runs
    .venv/bin/python bench/clear.py --full     with ten million parcels for the peak memory

CPU time of one core, median of five; ratios compare figures of the same run. Exits 1 when
something is inexact, whatever the speed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

import full_rows
import scale_rows
import small_rows
from measuring import Row, Sizes, machine
from showing import PIPED_WIDTH, RESULTS, figure, keep, one_thread, table

MILLION = 1_000_000

NORMAL = Sizes(
    small_rows=MILLION,
    python_rows=50_000,
    exact_rows=MILLION,
    proofs=2_000,
    parcels=100_000,
    manifest=500_000,
    memory=(100_000, MILLION),
    calls=20_000,
    shard_parcels=50_000,
)
FULL = Sizes(**(asdict(NORMAL) | {"memory": (MILLION, 10 * MILLION)}))
QUICK = Sizes(
    small_rows=100_000,
    python_rows=10_000,
    exact_rows=50_000,
    proofs=100,
    parcels=10_000,
    manifest=50_000,
    memory=(10_000, 30_000),
    calls=5_000,
    shard_parcels=10_000,
)


def parts(sizes: Sizes, folder: Path) -> dict[str, Callable[[], Iterator[Row]]]:
    """Everything measured, in the order of the table."""
    small, full = small_rows.Small(sizes, folder), full_rows.Full(sizes, folder)
    return {
        "small": lambda: small_rows.speed(small),
        "full": lambda: full_rows.rule_set(full),
        "small-files": lambda: small_rows.file_to_file(small),
        "full-files": lambda: full_rows.file_to_file(full),
        "small-single": lambda: small_rows.single(small),
        "full-single": lambda: full_rows.single(full),
        "match": lambda: full_rows.manifest(full),
        "memory": lambda: scale_rows.memory(sizes, folder),
        "pool": lambda: scale_rows.pool(sizes, folder),
        "exact": lambda: small_rows.exactness(small),
    }


def measured(sizes: Sizes, only: list[str], say: Callable[[str], None]) -> list[Row]:
    """Runs the parts asked for, in a temporary folder."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="silkport-bench-") as folder:
        for name, part in parts(sizes, Path(folder)).items():
            if only and name not in only:
                continue
            say(f"measuring {name}")
            for row in part():
                rows.append(row)
                say(f"  {row.what}: {figure(row)}")
    return rows


def main() -> int:
    """Measures, shows, keeps."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="a minute: small sizes, rough figures")
    size.add_argument("--full", action="store_true", help="ten million parcels for the memory")
    parser.add_argument("--only", nargs="*", default=[], metavar="PART", help="some parts alone")
    parser.add_argument("--out", type=Path, help="folder for clear.md and clear.json")
    chosen = parser.parse_args()
    one_thread()
    sizes = QUICK if chosen.quick else FULL if chosen.full else NORMAL
    scale = "quick" if chosen.quick else "full" if chosen.full else "normal"
    errors = Console(stderr=True)
    console = Console() if sys.stdout.isatty() else Console(width=PIPED_WIDTH)
    about = machine() | {"day": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"}
    rows = measured(sizes, chosen.only, lambda text: errors.print(f"[dim]{text}[/]"))
    about["load after"] = machine()["load"]
    title = f"{about['cpu']}, {about['cores']} cores, Python {about['python']}, polars "
    console.print(table(rows, title + about["polars"]))
    partly = chosen.quick or chosen.only
    out = chosen.out or (None if partly else RESULTS)
    if out is not None:
        keep(out, "clear", "Clearing", rows, about, scale)
        console.print(f"written: {out / 'clear.md'}, {out / 'clear.json'}")
    return int(any(row.part == "8 exact" and row.reached is False for row in rows))


if __name__ == "__main__":
    raise SystemExit(main())
