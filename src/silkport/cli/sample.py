"""silkport sample: a realistic day of parcels, with planted errors and the list of them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from silkport.cli.options import console, errors, parse_day
from silkport.sim.sample import write_sample

Parcels = Annotated[int, typer.Option("--parcels", min=1, max=100_000_000, help="How many.")]
Seed = Annotated[int, typer.Option("--seed", help="The same seed gives the same day.")]
Out = Annotated[Path, typer.Option("--out", help="Folder to write into.")]
Catalogue = Annotated[
    Path | None,
    typer.Option("--catalogue", exists=True, dir_okay=False, help="CSV of real goods to draw."),
]
SampleDay = Annotated[
    date, typer.Option("--day", parser=parse_day, help="Legal day of the parcels.")
]
Format = Annotated[
    str,
    typer.Option(
        "--format",
        "--suffix",
        help="parquet, csv, ndjson, xlsx or arrow; ceb for China's messages.",
    ),
]


def sample(
    out: Out,
    parcels: Parcels = 10_000,
    seed: Seed = 7,
    catalogue: Catalogue = None,
    day: SampleDay = date(2026, 9, 15),
    suffix: Format = "parquet",
) -> None:
    """Write a realistic day in both directions, with planted errors of every kind."""
    with Progress(console=errors, transient=True) as bar:
        task = bar.add_task("writing parcels", total=parcels)
        report = write_sample(
            out,
            parcels=parcels,
            seed=seed,
            catalogue=catalogue,
            day=day,
            suffix=suffix,
            on_progress=lambda done: bar.update(task, completed=done),
        )
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_row("folder", escape(str(out)))
    table.add_row("parcels", f"{report.parcels:,}")
    table.add_row("planted", f"{sum(report.planted.values()):,} of {len(report.planted)} kinds")
    console.print(table)
    console.print(escape(f"  silkport clear {out} --as cn --out {out}-cleared"))
