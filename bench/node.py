"""Measures what one node bears: commits, declarations, messages, a backlog after an outage.

Declarations are filed by the node's own use case (rules, decision, events, log, message to the
neighbour); each is durable when it is answered. Messages go between two processes over mutual
TLS on loopback, both sides on disk, every receipt verified.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

import node_rows
from measuring import Row, machine
from showing import PIPED_WIDTH, RESULTS, figure, keep, table

PARTS = {
    "store": node_rows.store,
    "filing": node_rows.filing,
    "messages": node_rows.messages,
}
QUICK = node_rows.Sizes(commits=50, seconds=3, messages=20_000, lines=500)


def main() -> int:
    """Measures, shows, keeps."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="small sizes")
    parser.add_argument("--only", nargs="*", default=list(PARTS), choices=PARTS, metavar="PART")
    parser.add_argument("--out", type=Path, help="folder for node.md and node.json")
    chosen = parser.parse_args()
    sizes = QUICK if chosen.quick else node_rows.Sizes()
    errors = Console(stderr=True)
    about = machine() | {
        "day": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "disk": tempfile.gettempdir(),
    }
    rows: list[Row] = []
    for name in chosen.only:
        errors.print(f"[dim]{name}[/]")
        for row in PARTS[name](sizes):
            rows.append(row)
            errors.print(f"[dim]  {row.what}: {figure(row)}[/]")
    about["load after"] = machine()["load"]
    console = Console() if sys.stdout.isatty() else Console(width=PIPED_WIDTH)
    console.print(table(rows, f"{about['cpu']}, {about['cores']} cores, Python {about['python']}"))
    out = chosen.out or (None if chosen.quick or len(chosen.only) < len(PARTS) else RESULTS)
    if out is not None:
        keep(out, "node", "One node", rows, about, "quick" if chosen.quick else "normal")
        console.print(f"written: {out / 'node.md'}, {out / 'node.json'}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
