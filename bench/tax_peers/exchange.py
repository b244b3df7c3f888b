"""What passes between the benchmark and a peer: goods lines in, figures out, as JSON.

Runs in the Python of the peer as well and therefore imports the standard library alone.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

AMOUNTS = ("duty", "special", "excise", "vat")
TURNS = 3
PER_UNIT = 100
"""Minor units in one unit of account."""


def given() -> dict[str, Any]:
    """The file named on the command line: `lines` (columns, with the rates of each line),
    `duties` (the tariff), `vat` and `right` (the reference amounts, columns of minor units)."""
    found: dict[str, Any] = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    return found


def timed(work: Callable[[], Any]) -> tuple[Any, dict[str, float]]:
    """What warm `work` gives, and the CPU and clock seconds of it: medians of three."""
    found = None
    cpu, clock = [], []
    for _ in range(TURNS):
        started, used = time.perf_counter(), time.process_time()
        found = work()
        cpu.append(time.process_time() - used)
        clock.append(time.perf_counter() - started)
    return found, {"cpu_seconds": median(cpu), "clock_seconds": median(clock)}


def compared(found: Sequence[Sequence[float]], right: Sequence[Sequence[int]]) -> dict[str, float]:
    """Lines of which any amount differs by a minor unit or more, and the greatest difference.

    Args:
        found: rows of amounts in units of account.
        right: the same rows in minor units.
    """
    wrong, greatest = 0, 0
    for one, other in zip(found, right, strict=True):
        pairs = zip(one, other, strict=True)
        off = max(abs(round(amount * PER_UNIT) - minor) for amount, minor in pairs)
        wrong += off > 0
        greatest = max(greatest, off)
    return {"wrong": wrong, "greatest_minor": greatest}


def answer(rows: list[dict[str, Any]]) -> None:
    """The figures, for the benchmark to read."""
    sys.stdout.write(json.dumps(rows))
