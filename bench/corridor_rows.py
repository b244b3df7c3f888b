"""What is measured of the two-sided flow: delay, consignments a second, parts, fields typed."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import msgspec

from corridor_day import WAYS, counted
from corridor_pair import Done, Task, id_there
from corridor_parts import parts_of
from measuring import Row
from node_pair import Pair, made_pair
from node_rows import flushes
from silkport.filings.confirming import Share
from silkport.node.corridor.desk import filing_desk
from silkport.node.offices import office_of
from silkport.sim.descriptions import sample_tariffs

SIDES = ("cn", "kz")
START_SECONDS = 0.1
WARM = 20
PAGES = 100


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured.

    Attributes:
        paced: consignments of each side in a run at `rate` a second from both together.
        many: consignments of each side in a run of as many as go.
        alone: consignments of each direction, one step after another.
        day: consignments of each direction whose fields are counted.
    """

    runs: int = 5
    paced: int = 80
    rate: int = 20
    many: int = 600
    alone: int = 100
    day: int = 500


def load() -> str:
    """How busy the machine is."""
    return Path("/proc/loadavg").read_text("ascii").split()[0]


def a_home(folder: Path) -> Path:
    """A home with both tariffs of the samples."""
    for name, text in sample_tariffs().items():
        law = folder / name / "law"
        law.mkdir(parents=True)
        (law / "tariff.csv").write_text(text, "utf-8")
    return folder


@dataclass(frozen=True, slots=True)
class Run:
    """One run through both nodes: what each said, its start, one flush of the disk, the load."""

    done: dict[str, Done]
    start_at: float
    flush: float
    load: str

    @property
    def count(self) -> int:
        return sum(len(one.released) for one in self.done.values())

    @property
    def seconds(self) -> float:
        return max(one.told for one in self.done.values()) - self.start_at

    @property
    def cpu(self) -> float:
        return sum(one.cpu for one in self.done.values())

    def delays(self) -> list[float]:
        """Seconds from the release of each export to its import declaration prepared, sorted."""
        found = []
        for name, other in (SIDES, SIDES[::-1]):
            there = self.done[other].prepared
            for number, at in self.done[name].released.items():
                found.append(there[id_there(name, number)] - at)
        return sorted(found)


class Pairing:
    """Both nodes in their processes."""

    def __init__(self, home: Path, processes: dict[str, subprocess.Popen[str]]) -> None:
        self._home, self._processes = home, processes
        self._next = 1

    def run(self, count: int, rate: int = 0) -> Run:
        """So many consignments of each side; `rate` from both a second, 0 for all that go."""
        flush = median(flushes(self._home, PAGES))
        text = msgspec.json.encode(Task(self._next, count, rate // 2)).decode()
        self._next += count
        self._say(text)
        for process in self._processes.values():
            _line(process)  # drawn
        start_at = time.time() + START_SECONDS
        self._say(f"{start_at}")
        for process in self._processes.values():
            _line(process)  # told
        self._say("both")
        done = {
            name: msgspec.json.decode(_line(process), type=Done)
            for name, process in self._processes.items()
        }
        if wrong := [text for one in done.values() for text in one.incidents]:
            raise RuntimeError("\n".join(wrong[:5]))
        return Run(done, start_at, flush, load())

    def _say(self, text: str) -> None:
        for process in self._processes.values():
            _say(process, text)


@contextmanager
def both() -> Iterator[Pairing]:
    """Two nodes that serve and know where the other listens, warm."""
    with tempfile.TemporaryDirectory(prefix="silkport-bench-") as folder, ExitStack() as stack:
        pair = made_pair(a_home(Path(folder)), SIDES)
        processes = {
            name: stack.enter_context(_process(pair, name, other))
            for name, other in (SIDES, SIDES[::-1])
        }
        ports = {name: _line(process) for name, process in processes.items()}
        for name, other in (SIDES, SIDES[::-1]):
            _say(processes[name], ports[other].strip())
        found = Pairing(pair.home, processes)
        found.run(WARM)  # every sheet is compiled when it is first needed
        yield found


@contextmanager
def _process(pair: Pair, name: str, other: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, str(Path(__file__).with_name("corridor_pair.py"))]
    with subprocess.Popen(
        [*command, str(pair.home), name, other],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            assert process.stdin is not None
            process.stdin.close()


def _say(process: subprocess.Popen[str], text: str) -> None:
    assert process.stdin is not None
    process.stdin.write(text + "\n")
    process.stdin.flush()


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise RuntimeError("a node ended")
    return line


def delay(sizes: Sizes) -> Iterator[Row]:
    """From the release of an export to the neighbour's import declaration, prepared."""
    with both() as pair:
        runs = [pair.run(sizes.paced, sizes.rate) for _ in range(sizes.runs)]
    what = f"export released to import prepared, {sizes.rate}/s"
    for percent, most in ((50, None), (95, 1_000), (99, None)):
        each = [_at(one.delays(), percent) * 1_000 for one in runs]
        note = f"best {min(each):.0f}; {_loads(runs)}" if percent == 95 else ""
        yield Row("1 delay", f"{what}, p{percent}", median(each), "ms", most, True, note)
    worst = [one.delays()[-1] * 1_000 for one in runs]
    yield Row("1 delay", f"{what}, the slowest", max(worst), "ms")
    yield _flush("1 delay", runs)


def _at(waited: Sequence[float], percent: int) -> float:
    return waited[len(waited) * percent // 100]


def _loads(runs: Sequence[Run]) -> str:
    return f"load {' '.join(one.load for one in runs)}"


def _flush(part: str, runs: Sequence[Run]) -> Row:
    figure = median(one.flush for one in runs) * 1e6
    return Row(part, "write and fdatasync of 4 KiB beside it, p50", figure, "us")


def whole(sizes: Sizes) -> Iterator[Row]:
    """Whole consignments a second, both nodes at once exporter's and importer's."""
    with both() as pair:
        runs = [pair.run(sizes.many) for _ in range(sizes.runs)]
    rates = [one.count / one.seconds for one in runs]
    lines = sum(one.lines for run in runs for one in run.done.values())
    sent = sizes.many * 2 * len(runs)
    states: Counter[str] = Counter()
    for run in runs:
        for one in run.done.values():
            states.update(one.states)
    what = f"both sides durable, both ways at once (mean {lines / sent:.1f} lines)"
    note = f"best {max(rates):.0f}; {_loads(runs)}"
    yield Row("2 consignments", what, median(rates), "/s", 100, note=note)
    cpu = [one.cpu / one.count * 1_000 for one in runs]
    note = f"of both nodes; exports: {', '.join(f'{n} {state}' for state, n in states.items())}"
    yield Row("2 consignments", "CPU time of one", median(cpu), "ms", note=note)
    alone = len(SIDES) * 1_000 / median(cpu)
    yield Row("2 consignments", "by that, with both cores to themselves", alone, "/s")
    busy = [one.cpu / one.seconds for one in runs]
    yield Row("2 consignments", "cores had of two", median(busy), "")
    yield _flush("2 consignments", runs)


def parts(sizes: Sizes) -> Iterator[Row]:
    """Each step of one consignment alone: clock with its flushes of the disk, and CPU."""
    with tempfile.TemporaryDirectory(prefix="silkport-bench-") as folder:
        home = a_home(Path(folder))
        flush = median(flushes(home, PAGES))
        found = parts_of(made_pair(home, SIDES), SIDES, sizes.alone)
    for what, clock, cpu in found:
        yield Row("3 parts", what, clock, "ms", note=f"CPU {cpu:.2f} ms")
    yield Row(
        "3 parts", "write and fdatasync of 4 KiB, p50", flush * 1e6, "us", note=f"load {load()}"
    )


def fields(sizes: Sizes) -> Iterator[Row]:
    """Fields that importers type, of all fields of their declarations."""
    at = time.time_ns() // 1_000_000
    with tempfile.TemporaryDirectory(prefix="silkport-bench-") as folder:
        home = a_home(Path(folder))
        pair = made_pair(home, SIDES)
        numbers, every = range(1, sizes.day + 1), []
        priced = Share(0, 0)
        for name, (sender, there) in WAYS.items():
            node = pair.opened(there)
            desk = filing_desk(there, office_of(node, home), home)
            node.state.close()
            found = counted(name, numbers, desk, at, prices=False)
            every += found
            some = sum((one.share for one in found), Share(0, 0))
            lines = sum(one.lines for one in found) / len(found)
            what = f"typed, {sender} to {there} ({len(found)} of mean {lines:.1f} lines)"
            yield Row("4 fields", what, some.permille / 10, "%")
            priced += sum(
                (one.share for one in counted(name, numbers, desk, at, prices=True)), Share(0, 0)
            )
    total = sum((one.share for one in every), Share(0, 0))
    each = sorted(one.share.permille / 10 for one in every)
    held = sum(one.is_held for one in every)
    what = f"typed, of {total.fields:,} fields of {len(every)} declarations"
    yield Row("4 fields", what, total.permille / 10, "%", 15, at_most=True)
    yield Row("4 fields", "typed of one declaration, p95", _at(each, 95), "%")
    yield Row("4 fields", "typed of one declaration, the most", each[-1], "%")
    yield Row("4 fields", "typed, prices granted too", priced.permille / 10, "%")
    yield Row("4 fields", "declarations held", held, "", note="no code of the tariff fits")


PARTS: dict[str, Callable[[Sizes], Iterator[Row]]] = {
    "delay": delay,
    "whole": whole,
    "parts": parts,
    "fields": fields,
}
