"""silkport day: one day between two real nodes, in both directions, with the line cut meanwhile."""

from __future__ import annotations

import signal
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from silkport.cli.node_words import state_word
from silkport.cli.options import Json, Language, console, errors, print_json, word
from silkport.cli.trace_page import wait_line
from silkport.sim.day.playing import CUT_SECONDS, Course, play
from silkport.sim.day.standing import Knows, knows

UNSOUND = 4
TERMINATED = 143
SHOWN = 3

Keep = Annotated[
    Path | None,
    typer.Option("--keep", help="Folder that the two nodes stay in; else they are removed."),
]
Seed = Annotated[int, typer.Option("--seed", min=0, max=99_999, help="Draws goods and numbers.")]
Parcels = Annotated[
    int, typer.Option("--parcels", min=0, max=100_000, help="Parcels that are cleared besides.")
]


def day(
    keep: Keep = None,
    seed: Seed = 7,
    parcels: Parcels = 300,
    language: Language = "en",
    as_json: Json = False,
) -> None:
    """Play one day between two real nodes, and show what each side knows in the end.

    Two nodes are made in a fresh folder and serve as two processes, with mutual TLS. Parcels, a
    truck with machines, flour by rail, a transit train and an empty truck cross the border; in the
    middle the line is cut, and both go on filing and deciding.

    Exits 0 when both came together and both logs are sound, 4 when something waits or was changed.
    """
    begun = time.monotonic()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))  # ends both nodes as well

    def tell(side: str, what: str) -> None:
        if not as_json:
            at = f"{time.monotonic() - begun:5.1f}"
            console.print(
                f"[dim]{at}[/]  [cyan]{side or '--':<3}[/] {escape(what)}", soft_wrap=True
            )

    folder = nullcontext(str(keep)) if keep else tempfile.TemporaryDirectory(prefix="silkport-day-")
    with folder as name:
        sites, course = play(Path(name), seed=seed, parcels=parcels, tell=tell)
        try:
            known = [knows(one, course.consignments, course.transports) for one in sites.values()]
        finally:
            for one in sites.values():
                one.node.state.close()
    if as_json:
        print_json({**asdict(course), "sides": [_as_json(one) for one in known]})
    else:
        _show(course, known, language)
        if keep:
            _show_next(course, keep, language)
    sound = all(one.audit.is_sound and not (one.waiting or one.parked) for one in known)
    if not sound:
        errors.print("[red]✗[/]")
    raise typer.Exit(0 if sound else UNSOUND)


def _as_json(one: Knows) -> dict[str, Any]:
    return {
        "node": one.node,
        "houses": list(one.houses),
        "transports": list(one.transports),
        "balances": list(one.balances),
        "waiting": one.waiting,
        "parked": one.parked,
        "log": {
            "size": one.audit.size,
            "root": one.audit.root.hex(),
            "batches": one.audit.batches,
            "sound": one.audit.is_sound,
        },
    }


def _show(course: Course, known: Sequence[Knows], language: str) -> None:
    for name, outcomes in course.parcels.items():
        parts = [f"{word(one, language)} {count:,}" for one, count in outcomes.items() if count]
        console.print(f"\n{word('day_parcels', language, node=name)}: {', '.join(parts)}")
    for one in known:
        console.print(f"\n[bold]{word('day_knows', language, node=one.node)}[/]")
        _show_houses(one.houses, language)
        rows = [
            f"{row['id']} {word('transport_' + row['phase'], language)}"
            + (f" ({word('transport_empty_run', language)})" if row["empty_run"] else "")
            for row in one.transports
        ]
        console.print(f"{word('day_transports', language)}: {escape(', '.join(rows))}")
        for row in one.balances:
            console.print(f"  {escape(row['balance'])}: {_parts(row, language)}", soft_wrap=True)
        counts = {"waiting": one.waiting, "parked": one.parked, "cut": course.backlog[one.node]}
        facts = {name: f"{count:,}" for name, count in counts.items()}
        console.print(word("day_backlog", language, **facts))
    console.print()
    for one in known:
        _show_audit(one, language)
    seconds = {name: f"{value:.1f}" for name, value in course.seconds.items()}
    console.print(
        word(
            "day_seconds",
            language,
            seconds=seconds["whole day"],
            cut=f"{CUT_SECONDS:.0f}",
            after=seconds["came together"],
        )
    )


def _show_houses(rows: Sequence[Mapping[str, Any]], language: str) -> None:
    names = ("consignment", "export", "neighbour", "import", "waits")
    table = Table(*(word(f"day_{one}", language) for one in names), box=None, pad_edge=False)
    for row in rows:
        waits = [wait_line(one, language) for one in row["waits"]]
        more = [f"+{len(waits) - SHOWN}"] if len(waits) > SHOWN else []
        cells = (
            row["house"],
            state_word(row["export"], language) if row["export"] else "-",
            f"{row['known_there']} / {row['told']}",
            state_word(row["import"], language) if row["import"] else "-",
            "; ".join([*waits[:SHOWN], *more]) or "-",
        )
        table.add_row(*map(escape, cells), style="yellow" if waits else "")
    console.print(table)


def _parts(row: Mapping[str, str], language: str) -> str:
    """What is free, reserved and used of a balance."""
    return ", ".join(
        f"{word(f'balance_{name}', language)} {escape(row[name])}"
        for name in ("free", "reserved", "used")
        if row[name]
    )


def _show_audit(one: Knows, language: str) -> None:
    found = one.audit
    if found.is_sound:
        facts = {"size": f"{found.size:,}", "batches": f"{found.batches:,}"}
        console.print(f"[green]✓[/] {word('day_sound', language, node=one.node, **facts)}")
        return
    count = f"{len(found.faults) + found.unlisted:,}"
    console.print(f"[red]✗[/] {word('day_unsound', language, node=one.node, faults=count)}")


def _show_next(course: Course, home: Path, language: str) -> None:
    """Commands that show more of what is kept."""
    console.print(f"\n[bold]{word('day_try', language)}[/]")
    for command in (
        f"silkport trace {course.consignments[1]} --home {home}",
        f"silkport trace {course.transports[0]} --as kz --home {home} --lang ru",
        f"silkport node cases --as kz --home {home}",
        f"silkport node audit --as cn --home {home}",
    ):
        console.print(escape(f"  {command}"), soft_wrap=True)
