"""How fast and how exact the tariff and tax engine is, beside engines of others.

    .venv/bin/python bench/tax.py            the figures; written to bench/results as well
    .venv/bin/python bench/tax.py --quick    a tenth of the lines, to see that everything runs

The same goods lines for everybody. CPU time of one core, medians; ratios compare figures of the
same run. Peers are installed into environments of their own in the user's cache (--peers FOLDER
for another place) and run as separate programs. Exits 1 when Silkport is inexact, whatever the
speed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

import tax_rows
from measuring import Row, machine
from showing import PIPED_WIDTH, RESULTS, figure, keep, one_thread, table
from tax_peers.environment import home_of_peers

PARTS = {
    "bulk": tax_rows.speed,
    "peers": tax_rows.peers,
    "single": tax_rows.single,
    "tariff": tax_rows.tariff,
    "look-up": tax_rows.look_up,
    "replay": tax_rows.replay,
    "exact": tax_rows.exactness,
}
LINES, DECISIONS = 100_000, 1_000_000
QUICK = 10


def main() -> int:
    """Measures, shows, keeps."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the lines")
    parser.add_argument("--only", nargs="*", default=list(PARTS), choices=PARTS, metavar="PART")
    parser.add_argument("--peers", type=Path, help="folder for the environments of the peers")
    parser.add_argument("--out", type=Path, help="folder for tax.md and tax.json")
    chosen = parser.parse_args()
    one_thread()
    less = QUICK if chosen.quick else 1
    errors = Console(stderr=True)
    about = machine() | {"day": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"}
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="silkport-bench-") as folder:
        bench = tax_rows.Bench(
            lines=LINES // less,
            decisions=DECISIONS // less,
            folder=Path(folder),
            peers=chosen.peers or home_of_peers(),
        )
        for name in chosen.only:
            errors.print(f"[dim]{name}[/]")
            for row in PARTS[name](bench):
                rows.append(row)
                errors.print(f"[dim]  {row.what}: {figure(row)}[/]")
    rows.sort(key=lambda row: row.part)
    about["load after"] = machine()["load"]
    about["not measured"] = "; ".join(dict.fromkeys(bench.missing)) or "nothing"
    console = Console() if sys.stdout.isatty() else Console(width=PIPED_WIDTH)
    console.print(table(rows, f"{about['cpu']}, {about['cores']} cores, Python {about['python']}"))
    console.print(f"not measured: {about['not measured']}")
    out = chosen.out or (None if chosen.quick or len(chosen.only) < len(PARTS) else RESULTS)
    if out is not None:
        keep(out, "tax", "Tariff and taxes", rows, about, "quick" if chosen.quick else "normal")
        console.print(f"written: {out / 'tax.md'}, {out / 'tax.json'}")
    return int(any(row.part == "8 exact" and row.reached is False for row in rows))


if __name__ == "__main__":
    raise SystemExit(main())
