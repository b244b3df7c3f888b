"""Measures the two-sided flow: declared once by the exporter, cleared on both sides.

Two nodes in processes of their own, SQLite on disk, mutual TLS between them; each has exporters and
importers at work, and both directions run at once. A consignment counts when both sides have it on
their disks and the exporter's node has applied what the other told of the import.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

import corridor_rows
from corridor_pair import TRADERS
from measuring import Row, machine
from showing import PIPED_WIDTH, RESULTS, figure, keep, table

PARTS = corridor_rows.PARTS
QUICK = corridor_rows.Sizes(runs=1, paced=20, many=40, alone=5, day=50)
CONSIGNMENT = (
    "one house of 1 to 5 lines, machines one way and flour the other: described; export "
    "declaration filed, charged, decided, released; told to the other authority; granted to the "
    "importer; there pre-arrival information and import declaration prepared, typed into, "
    "confirmed; import declaration filed before arrival, charged and decided; told back"
)


def main() -> int:
    """Measures, shows, keeps."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="small sizes")
    parser.add_argument("--only", nargs="*", default=list(PARTS), choices=PARTS, metavar="PART")
    parser.add_argument("--out", type=Path, help="folder for corridor.md and corridor.json")
    chosen = parser.parse_args()
    sizes = QUICK if chosen.quick else corridor_rows.Sizes()
    errors = Console(stderr=True)
    about = machine() | {
        "day": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "disk": tempfile.gettempdir(),
        "at work": f"{TRADERS} exporters and {TRADERS} importers in each of two nodes",
        "a consignment": CONSIGNMENT,
        "figures": "medians of runs; best and load of each run beside them",
    }
    rows: list[Row] = []
    for name in chosen.only:
        errors.print(f"[dim]{name}[/]")
        for row in PARTS[name](sizes):
            rows.append(row)
            errors.print(f"[dim]  {row.what}: {figure(row)} {row.note}[/]")
    about["load after"] = machine()["load"]
    console = Console() if sys.stdout.isatty() else Console(width=PIPED_WIDTH)
    console.print(table(rows, f"{about['cpu']}, {about['cores']} cores, Python {about['python']}"))
    out = chosen.out or (None if chosen.quick or len(chosen.only) < len(PARTS) else RESULTS)
    if out is not None:
        scale = "quick" if chosen.quick else "normal"
        keep(out, "corridor", "The two-sided flow", rows, about, scale)
        console.print(f"written: {out / 'corridor.md'}, {out / 'corridor.json'}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
