"""How fast and how lean China's messages are read, decided and answered.

    .venv/bin/python bench/ceb.py                    the figures; written to bench/results as well
    .venv/bin/python bench/ceb.py --quick            a minute, to see that everything still runs
    .venv/bin/python bench/ceb.py --schemas FOLDER   beside the official schemas in that folder

CPU time of one core, median of several; ratios compare figures of the same run.
"""

from __future__ import annotations

import argparse
import gc
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from ceb_rows import Bench, Scale, memory, reading, receipts, whole
from measuring import Row, machine
from showing import PIPED_WIDTH, RESULTS, figure, keep, one_thread, table

PARTS = {"read": reading, "whole": whole, "receipts": receipts, "memory": memory}
NORMAL = Scale(parcels=60_000, files=500, memory=(20_000, 60_000, 180_000))
QUICK = Scale(parcels=2_000, files=50, memory=(1_000, 2_000))
SHARED = Path(__file__).resolve().parents[2] / "shared/data/ceb-messages/202205/xsd"


def main() -> int:
    """Measures, shows, keeps."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a minute: small sizes")
    parser.add_argument("--only", nargs="*", default=list(PARTS), choices=PARTS, metavar="PART")
    parser.add_argument("--schemas", type=Path, default=SHARED, help="folder of import.xsd")
    parser.add_argument("--out", type=Path, help="folder for ceb.md and ceb.json")
    chosen = parser.parse_args()
    one_thread()
    gc.set_threshold(100_000, 50, 50)  # as the command has it
    scale = QUICK if chosen.quick else NORMAL
    errors = Console(stderr=True)
    about = machine() | {"day": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"}
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="silkport-bench-") as folder:
        schemas = chosen.schemas if (chosen.schemas / "import.xsd").is_file() else None
        bench = Bench(scale, Path(folder), schemas)
        for name in chosen.only:
            errors.print(f"[dim]{name}[/]")
            for row in PARTS[name](bench):
                rows.append(row)
                errors.print(f"[dim]  {row.what}: {figure(row)}[/]")
    about["load after"] = machine()["load"]
    console = Console() if sys.stdout.isatty() else Console(width=PIPED_WIDTH)
    console.print(table(rows, f"{about['cpu']}, {about['cores']} cores, Python {about['python']}"))
    out = chosen.out or (None if chosen.quick or len(chosen.only) < len(PARTS) else RESULTS)
    if out is not None:
        keep(out, "ceb", "China's messages", rows, about, "normal" if scale is NORMAL else "quick")
        console.print(f"written: {out / 'ceb.md'}, {out / 'ceb.json'}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
