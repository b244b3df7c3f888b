"""How things are measured: CPU time, median of five, and the peak memory of a command."""

from __future__ import annotations

import gc
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import polars as pl

TIMES = 5


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table: what was measured, its figure, and what was aimed at.

    `within` is the limit: at least for shares and speeds, at most when `at_most` is set.
    """

    part: str
    what: str
    figure: float
    unit: str
    within: float | None = None
    at_most: bool = False
    note: str = ""

    @property
    def reached(self) -> bool | None:
        """Whether the target was reached; None where there is none."""
        if self.within is None:
            return None
        return self.figure <= self.within if self.at_most else self.figure >= self.within


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much of everything one run measures."""

    small_rows: int
    python_rows: int
    exact_rows: int
    proofs: int
    parcels: int
    manifest: int
    memory: tuple[int, ...]
    calls: int
    shard_parcels: int
    seed: int = 7


def cpu_seconds(work: Callable[[], object], times: int = TIMES) -> float:
    """CPU seconds of all threads of this process, median of several runs."""
    seconds = []
    for _ in range(times):
        gc.collect()
        before = time.process_time()
        work()
        seconds.append(time.process_time() - before)
    return median(seconds)


def compared(*works: Callable[[], object]) -> list[float]:
    """As `cpu_seconds` for several works, run in turn so that load falls on all alike."""
    seconds: list[list[float]] = [[] for _ in works]
    for _ in range(TIMES):
        for turn, work in enumerate(works):
            seconds[turn].append(cpu_seconds(work, times=1))
    return [median(each) for each in seconds]


def latencies(work: Callable[[int], object], calls: int) -> tuple[float, float]:
    """p50 and p99 of single calls in microseconds of the clock; collections stay on."""
    found = []
    for turn in range(calls):
        before = time.perf_counter_ns()
        work(turn)
        found.append(time.perf_counter_ns() - before)
    found.sort()
    return found[calls // 2] / 1_000, found[calls * 99 // 100] / 1_000


_WATCH = (
    "import resource, subprocess, sys\n"
    "done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)\n"
    "sys.stderr.buffer.write(done.stderr)\n"
    "used = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
    "print(done.returncode, used.ru_maxrss, used.ru_utime + used.ru_stime)\n"
)


def peak_of(command: Sequence[str | Path]) -> tuple[float, float]:
    """Peak resident megabytes and CPU seconds of a command, run as a user would run it.

    A small process stands between: a child's peak counts from that of the process it left.
    """
    env = {name: value for name, value in os.environ.items() if name != "POLARS_MAX_THREADS"}
    done = subprocess.run(
        [sys.executable, "-I", "-c", _WATCH, *map(str, command)],
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    code, kilobytes, seconds = done.stdout.split()
    if code not in {"0", "4"}:
        raise RuntimeError(f"{command} ended with {code}: {done.stderr[-2_000:]}")
    return int(kilobytes) * 1_024 / 1e6, float(seconds)


def machine() -> dict[str, str]:
    """The machine the figures are of."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text("utf-8").splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "cpu": names[0] if names else platform.processor() or platform.machine(),
        "cores": str(os.cpu_count()),
        "system": platform.platform(),
        "python": platform.python_version(),
        "polars": pl.__version__,
        "polars threads": str(pl.thread_pool_size()),
        "load": " ".join(f"{one:.2f}" for one in os.getloadavg()),
    }
