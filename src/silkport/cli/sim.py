"""silkport sim: worlds of sovereign nodes by seed, with every fault; their invariants checked."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import BrokenExecutor
from contextlib import closing
from hashlib import sha256
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from silkport.cli.options import Json, console, errors, print_json

if TYPE_CHECKING:
    from silkport.sim.corridor.running import Outcome

BROKEN = 4
FAILED = 1
FAILURES_SHOWN = 5
MOST_SEEDS = 10_000_000

Nodes = Annotated[
    int | None,
    typer.Option(
        "--nodes", min=2, max=3, help="Nodes of each world; else the seed says.", show_default=False
    ),
]


def sim(
    *,
    seeds: Annotated[int, typer.Option("--seeds", min=1, max=MOST_SEEDS, help="How many.")] = 1_000,
    first: Annotated[int, typer.Option("--first", min=0, help="The first seed.")] = 1,
    seed: Annotated[
        int | None, typer.Option("--seed", min=0, help="This one alone.", show_default=False)
    ] = None,
    trace: Annotated[
        bool, typer.Option("--trace", help="With --seed: print the whole course.")
    ] = False,
    nodes: Nodes = None,
    jobs: Annotated[int, typer.Option("--jobs", min=1, max=256, help="Processes.")] = 2,
    as_json: Json = False,
) -> None:
    """Simulate worlds of two and three nodes with every fault, and check that nothing is lost.

    A seed draws its own world: clocks, lines that lose, repeat and cut, crashes at any write, full
    disks, a node that lies. When all is whole again the invariants must hold; the same seed always
    gives the same course. Exits 0 when all hold, 4 when a seed breaks one (it is printed, with the
    command that repeats it), 1 when it was stopped before the last seed.
    """
    if seed is not None:
        _one(seed, nodes, trace=trace, as_json=as_json)
    begun, summary = time.monotonic(), Summary()
    stopped = _run(summary, first, seeds, nodes, jobs)
    seconds = time.monotonic() - begun
    if as_json:
        print_json(summary.as_json(first, nodes, seconds))
    else:
        summary.show(nodes, seconds)
    if stopped:
        errors.print(f"Stopped {stopped}; --first {first + summary.seeds} goes on from there.")
    raise typer.Exit(BROKEN if summary.broken else FAILED if stopped else 0)


def _run(summary: Summary, first: int, seeds: int, nodes: int | None, jobs: int) -> str:
    """Runs the seeds into a summary; gives why it did not come to the end, or nothing."""
    from silkport.sim.corridor.running import run_seeds

    outcomes = run_seeds(first, seeds, nodes, min(jobs, seeds))
    try:
        with closing(outcomes), _progress() as bar:
            task = bar.add_task("seeds", total=seeds, broken=0)
            for outcome in outcomes:
                summary.add(outcome)
                bar.update(task, advance=1, broken=len(summary.broken))
    except BrokenExecutor:
        return "because a process was ended from outside (fewer --jobs need less memory)"
    except KeyboardInterrupt:
        return "by hand"
    return ""


def _progress() -> Progress:
    return Progress(
        TextColumn("seeds"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[broken]} broken"),
        TimeRemainingColumn(),
        console=errors,
        transient=True,
    )


class Summary:
    """What many seeds showed together."""

    def __init__(self) -> None:
        self.seeds = 0
        self.counts: Counter[str] = Counter()
        self.met: Counter[str] = Counter()
        self.points: set[str] = set()
        self.broken: list[Outcome] = []
        self._digests = sha256()

    def add(self, outcome: Outcome) -> None:
        """Adds one seed."""
        self.seeds += 1
        self.counts.update(outcome.counts)
        self.met.update(name for name, count in outcome.counts.items() if count)
        self.points |= outcome.points
        self._digests.update(outcome.digest.encode())
        if not outcome.holds:
            self.broken.append(outcome)

    @property
    def digest(self) -> str:
        """Names all their courses together."""
        return self._digests.hexdigest()[:16]

    def as_json(self, first: int, nodes: int | None, seconds: float) -> dict[str, Any]:
        """The whole as plain values."""
        return {
            "first": first,
            "seeds": self.seeds,
            "broken": [_broken(one, nodes) | {"end": one.end} for one in self.broken],
            "digest": self.digest,
            "seconds": round(seconds, 1),
            "points_of_crashes": sorted(self.points),
            "counts": dict(sorted(self.counts.items())),
            "met_in_seeds": dict(sorted(self.met.items())),
        }

    def show(self, nodes: int | None, seconds: float) -> None:
        """Prints what happened, in how many seeds, and what did not hold."""
        table = Table(box=None, pad_edge=False)
        table.add_column("what happened")
        table.add_column("times", justify="right")
        table.add_column("in seeds", justify="right")
        for name in _in_order(self.counts):
            table.add_row(escape(name), f"{self.counts[name]:,}", f"{self.met[name]:,}")
        console.print(table)
        if self.points:
            console.print(f"Nodes crashed at {len(self.points)} different statements and commits.")
        for one in self.broken[:FAILURES_SHOWN]:
            _show_broken(one, nodes)
        if len(self.broken) > FAILURES_SHOWN:
            more = ", ".join(str(one.seed) for one in self.broken[FAILURES_SHOWN:][:100])
            console.print(f"and seeds {more}")
        held = self.seeds - len(self.broken)
        rate = self.seeds / max(seconds, 0.001)
        console.print(
            f"{held:,} of {self.seeds:,} seeds hold; {seconds:.0f} s, {rate:.1f} a second; "
            f"course {self.digest}"
        )


def _one(seed: int, nodes: int | None, *, trace: bool, as_json: bool) -> None:
    """One seed, with its whole course if that is wanted."""
    from silkport.sim.corridor.running import concluded, new_world

    world = new_world(seed, nodes)
    outcome = concluded(world)
    if as_json:
        lines = {"course": world.course.shown()} if trace else {}
        facts = {"digest": outcome.digest, "counts": dict(sorted(outcome.counts.items()))}
        print_json(_broken(outcome, nodes) | facts | lines)
        raise typer.Exit(0 if outcome.holds else BROKEN)
    for line in world.course.shown() if trace else ():
        console.print(escape(line), soft_wrap=True)
    if outcome.holds:
        console.print(f"seed {seed}: every invariant holds; course {outcome.digest}")
    else:
        _show_broken(outcome, nodes)
    raise typer.Exit(0 if outcome.holds else BROKEN)


def _broken(outcome: Outcome, nodes: int | None) -> dict[str, Any]:
    return {
        "seed": outcome.seed,
        "invariant": outcome.invariant,
        "detail": outcome.detail,
        "repeat": _command(outcome.seed, nodes),
    }


def _command(seed: int, nodes: int | None) -> str:
    return f"silkport sim --seed {seed}{f' --nodes {nodes}' if nodes else ''} --trace"


def _show_broken(outcome: Outcome, nodes: int | None) -> None:
    console.print(f"[bold red]seed {outcome.seed} breaks:[/] {escape(outcome.invariant)}")
    console.print(f"  {escape(outcome.detail)}", soft_wrap=True)
    for line in outcome.end:
        console.print(f"    {escape(line)}", soft_wrap=True)
    console.print(f"  {_command(outcome.seed, nodes)}")


def _in_order(names: Iterable[str]) -> list[str]:
    """Faults and deeds that count most first; then the rest by name."""
    from silkport.sim.corridor.course import COUNTED

    return [*(one for one in COUNTED if one in names), *sorted(set(names) - set(COUNTED))]
