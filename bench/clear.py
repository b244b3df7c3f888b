"""How fast, how lean and how exact clearing is: one table from one run.

    .venv/bin/python bench/clear.py            the figures; written to bench/results as well
    .venv/bin/python bench/clear.py --quick    a minute, to see that everything still runs
    .venv/bin/python bench/clear.py --full     with ten million parcels for the peak memory

CPU time of one core, median of five; ratios compare figures of the same run. Exits 1 when
something is inexact, whatever the speed.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

import full_rows
import scale_rows
import small_rows
from measuring import Row, Sizes, machine

RESULTS = Path(__file__).resolve().parent / "results"
MILLION = 1_000_000
PIPED_WIDTH = 150

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


def figure(row: Row) -> str:
    """A figure with its unit, three digits where they say something."""
    digits = 0 if row.figure >= 100 or row.unit == "wrong" else 1 if row.figure >= 10 else 3
    return f"{row.figure:,.{digits}f} {row.unit}"


def aim(row: Row) -> str:
    """What was aimed at."""
    if row.within is None:
        return ""
    return f"{'≤' if row.at_most else '≥'} {row.within:g}"


def verdict(row: Row) -> str:
    """Whether it was reached."""
    return {None: "", True: "yes", False: "NO"}[row.reached]


def table(rows: list[Row], title: str) -> Table:
    """The table for a terminal."""
    shown = Table(title=title, title_justify="left", pad_edge=False, show_lines=False)
    for name, justify in zip(
        HEADER, ("left", "left", "right", "right", "left", "left"), strict=True
    ):
        shown.add_column(name, justify=justify, overflow="fold")
    for row in rows:
        style = {None: "", True: "green", False: "bold red"}[row.reached]
        mark = f"[{style}]{verdict(row)}[/]" if style else ""
        shown.add_row(row.part, row.what, figure(row), aim(row), mark, f"[dim]{row.note}[/]")
    return shown


HEADER = ("part", "what", "figure", "aim", "reached", "")


def markdown(rows: list[Row], about: dict[str, str], scale: str) -> str:
    """The table as text for the repository."""
    lines = [
        "# Clearing, measured",
        "",
        f"`bench/clear.py`, {scale} sizes. CPU time of one core, median of five; ratios are of",
        "figures of this same run, absolute figures are of this machine and moment.",
        "",
        *(f"* {name}: {value}" for name, value in about.items()),
        "",
        f"| {' | '.join(HEADER)} |",
        "|---|---|---:|---:|---|---|",
    ]
    lines += [
        f"| {row.part} | {row.what} | {figure(row)} | {aim(row)} | {verdict(row)} | {row.note} |"
        for row in rows
    ]
    return "\n".join(lines) + "\n"


def keep(out: Path, rows: list[Row], about: dict[str, str], scale: str) -> None:
    """Writes the table as text and as JSON."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "clear.md").write_text(markdown(rows, about, scale), "utf-8")
    plain = [asdict(row) | {"reached": row.reached} for row in rows]
    written = {"machine": about, "sizes": scale, "rows": plain}
    text = json.dumps(written, ensure_ascii=False, indent=1)
    (out / "clear.json").write_text(text + "\n", "utf-8")


def one_thread() -> None:
    """Starts this command anew with one thread for columns: it is read once, on import."""
    if os.environ.get("POLARS_MAX_THREADS") != "1":
        os.environ["POLARS_MAX_THREADS"] = "1"
        os.execv(sys.executable, [sys.executable, *sys.argv])


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
        keep(out, rows, about, scale)
        console.print(f"written: {out / 'clear.md'}, {out / 'clear.json'}")
    return int(any(row.part == "8 exact" and row.reached is False for row in rows))


if __name__ == "__main__":
    raise SystemExit(main())
