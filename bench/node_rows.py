"""What is measured of a node: the cost of a commit, declarations, messages, a backlog."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from measuring import Row
from node_pair import DECLARER, RECEIVER, Pair, declarations, made_pair, queue_exports
from silkport.kernel.merkle import leaf_hash
from silkport.node.exchange.sending import send_next
from silkport.node.offices import office_of
from silkport.node.serving import line_keys, line_with
from silkport.node.sovereign import Node
from silkport.node.transparency import log
from silkport.node.workflow.filing import Office, file_declaration
from silkport.node.workflow.reading import Cells

PAGE = 4_096
TURNS = 5
BACKLOG = 200_000
Source = Iterator[tuple[Cells, list[Cells]]]


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured."""

    commits: int = 500
    seconds: int = 20
    messages: int = BACKLOG
    lines: int = 3_000


def store(sizes: Sizes) -> Iterator[Row]:
    """The smallest durable transaction beside a bare flush of one page, in turns."""
    with tempfile.TemporaryDirectory(prefix="silkport-bench-") as folder:
        node = made_pair(Path(folder)).opened(DECLARER)
        raws, ours, ratios = [], [], []
        for turn in range(TURNS):
            raw = median(flushes(Path(folder), sizes.commits))
            own = median(_commits(node, turn * sizes.commits, sizes.commits))
            raws.append(raw)
            ours.append(own)
            ratios.append(own / raw)
        together = _together(node, sizes.seconds / 4)
        node.state.close()
    yield Row("1 store", "write and fdatasync of 4 KiB, p50", median(raws) * 1e6, "us")
    yield Row("1 store", "smallest transaction, one caller, p50", median(ours) * 1e6, "us")
    yield Row(
        "1 store", "transaction / fdatasync", median(ratios), "x", 1.5, at_most=True,
        note="median of turns in one run",
    )  # fmt: skip
    yield Row("1 store", "transactions of eight callers, committed in groups", together, "/s")


def flushes(folder: Path, count: int) -> list[float]:
    """Seconds of each write and flush of one page to a bare file."""
    spent = []
    with (folder / "raw").open("ab", buffering=0) as file:
        for _ in range(count):
            start = time.perf_counter()
            file.write(b"x" * PAGE)
            os.fdatasync(file.fileno())
            spent.append(time.perf_counter() - start)
    return spent


def _commits(node: Node, first: int, count: int) -> list[float]:
    spent = []
    for place in range(first, first + count):
        leaf = leaf_hash(b"%d" % place)
        start = time.perf_counter()
        node.state.write(lambda tx, n=place, one=leaf: log.append(tx, "bench", "", n, [one]))
        spent.append(time.perf_counter() - start)
    return spent


def _together(node: Node, seconds: float) -> float:
    done: list[int] = []

    def caller(who: str) -> None:
        end, place = time.perf_counter() + seconds, 0
        while time.perf_counter() < end:
            leaf = leaf_hash(f"{who} {place}".encode())
            node.state.write(lambda tx, n=place, one=leaf: log.append(tx, "bench", who, n, [one]))
            place += 1
        done.append(place)

    spent = in_threads([lambda who=who: caller(who) for who in "abcdefgh"])
    return sum(done) / spent


def in_threads(work: Sequence[Callable[[], None]]) -> float:
    """Seconds until all are done."""
    threads = [threading.Thread(target=one) for one in work]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - start


def filing(sizes: Sizes) -> Iterator[Row]:
    """Declarations filed, decided and kept: as many as go, then at a steady hundred a second."""
    with tempfile.TemporaryDirectory(prefix="silkport-bench-") as folder:
        pair = made_pair(Path(folder))
        node = pair.opened(DECLARER)
        office = office_of(node, pair.home)
        source = declarations(Path(folder) / "sample", sizes.lines, lambda: office.day(node.now()))
        for _ in range(200):  # every sheet is compiled when it is first needed
            declaration, goods = next(source)
            file_declaration(node, office, declaration, goods, who="bench")
        taken, lines, spent = _as_many(node, office, source, sizes.seconds)
        waited = _paced(node, office, source, rate=100, seconds=sizes.seconds)
        node.state.close()
    what = f"filed, decided, durable, two callers (mean {lines / taken:.1f} lines)"
    yield Row("2 declarations", what, taken / spent, "/s", 200)
    yield Row("2 declarations", "one at 100/s, p50", _at(waited, 50), "ms")
    yield Row("2 declarations", "one at 100/s, p99", _at(waited, 99), "ms", 50, at_most=True)
    yield Row("2 declarations", "one at 100/s, the slowest", waited[-1] * 1_000, "ms")


def _at(waited: Sequence[float], percent: int) -> float:
    return waited[len(waited) * percent // 100] * 1_000


def _as_many(node: Node, office: Office, source: Source, seconds: float) -> tuple[int, int, float]:
    counts: list[tuple[int, int]] = []
    turn = threading.Lock()

    def caller() -> None:
        end, taken, lines = time.perf_counter() + seconds, 0, 0
        while time.perf_counter() < end:
            with turn:
                declaration, goods = next(source)
            file_declaration(node, office, declaration, goods, who="bench")
            taken, lines = taken + 1, lines + len(goods)
        counts.append((taken, lines))

    spent = in_threads([caller, caller])
    return sum(one[0] for one in counts), sum(one[1] for one in counts), spent


def _paced(node: Node, office: Office, source: Source, *, rate: int, seconds: int) -> list[float]:
    """Seconds from the moment each was due until it was durable, sorted.

    Arrivals do not wait for answers; two callers share them, and waiting counts.
    """
    start = time.perf_counter() + 0.1
    places = iter(range(rate * seconds))
    turn = threading.Lock()
    waited: list[float] = []

    def caller() -> None:
        while True:
            with turn:
                place = next(places, None)
                if place is None:
                    return
                declaration, goods = next(source)
            due = start + place / rate
            time.sleep(max(0.0, due - time.perf_counter()))
            file_declaration(node, office, declaration, goods, who="bench")
            waited.append(time.perf_counter() - due)

    in_threads([caller, caller])
    return sorted(waited)


def messages(sizes: Sizes) -> Iterator[Row]:
    """A backlog sent to a receiver in a process of its own over mutual TLS; applied there."""
    with tempfile.TemporaryDirectory(prefix="silkport-bench-") as folder:
        pair = made_pair(Path(folder))
        node = pair.opened(DECLARER)
        start = time.perf_counter()
        queue_exports(node, RECEIVER, sizes.messages)
        queued = sizes.messages / (time.perf_counter() - start)
        received, applied = _exchanged(pair, node, sizes.messages)
        node.state.close()
    what = f"of a backlog of {sizes.messages:,}"
    full = sizes.messages == BACKLOG
    yield Row("3 messages", "queued with log and disclosures", queued, "/s")
    yield Row("3 messages", "received durably", sizes.messages / received, "/s", 50_000)
    yield Row(
        "3 messages", "applied with effects and replies", sizes.messages / applied, "/s", 5_000
    )
    yield Row("3 messages", f"receipt {what}", received, "s", 10 if full else None, at_most=True)
    yield Row("3 messages", f"effect {what}", applied, "s", 60 if full else None, at_most=True)


def _exchanged(pair: Pair, node: Node, count: int) -> tuple[float, float]:
    """Seconds until all were received, and until all were applied."""
    command = [sys.executable, str(Path(__file__).with_name("node_pair.py"))]
    with subprocess.Popen(
        [*command, str(pair.home), RECEIVER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        pair.point(node, RECEIVER, int(process.stdout.readline()))
        line = line_with(node, node.state.read(lambda tx: line_keys(tx, node, RECEIVER)))
        start, sent = time.perf_counter(), 0
        while sent < count:
            now = send_next(node, RECEIVER, line)
            assert now, node.state.read(lambda tx: tx.one("peer", RECEIVER))
            sent += now
        received = time.perf_counter() - start
        line.close()
        process.stdin.write("apply\n")
        process.stdin.flush()
        return received, float(process.stdout.readline())
