"""silkport sample: a realistic day of parcels, or of commercial goods, with planted errors."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from silkport.cli.options import console, errors, parse_day
from silkport.kernel.errors import InvalidValue
from silkport.sim.consignments import write_goods_sample
from silkport.sim.sample import write_sample

Parcels = Annotated[int, typer.Option("--parcels", min=1, max=100_000_000, help="How many.")]
Goods = Annotated[
    int | None,
    typer.Option("--goods", help="Goods lines of commercial consignments, instead of parcels."),
]
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
    str | None,
    typer.Option(
        "--format",
        "--suffix",
        help="parquet (parcels), xlsx (goods), csv, ndjson or arrow; ceb for China's messages.",
    ),
]


def sample(
    out: Out,
    *,
    parcels: Parcels = 10_000,
    goods: Goods = None,
    seed: Seed = 7,
    catalogue: Catalogue = None,
    day: SampleDay = date(2026, 9, 15),
    suffix: Format = None,
) -> None:
    """Write a realistic day in both directions, with planted errors of every kind.

    With --goods, commercial consignments in JSON and as a table, with a list of what is wrong.
    """
    if goods is not None:
        if catalogue is not None:
            reason = "it is for parcels; goods of trade are built in"
            raise InvalidValue(what="a catalogue", value=catalogue.name, reason=reason)
        _goods_sample(out, goods=goods, seed=seed, day=day, suffix=suffix or "xlsx")
        return
    with Progress(console=errors, transient=True) as bar:
        task = bar.add_task("writing parcels", total=parcels)
        report = write_sample(
            out,
            parcels=parcels,
            seed=seed,
            catalogue=catalogue,
            day=day,
            suffix=suffix or "parquet",
            on_progress=lambda done: bar.update(task, completed=done),
        )
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_row("folder", escape(str(out)))
    table.add_row("parcels", f"{report.parcels:,}")
    table.add_row("planted", f"{sum(report.planted.values()):,} of {len(report.planted)} kinds")
    console.print(table)
    console.print(escape(f"  silkport clear {out} --as cn --out {out}-cleared"))


def _goods_sample(out: Path, *, goods: int, seed: int, day: date, suffix: str) -> None:
    report = write_goods_sample(out, goods=goods, seed=seed, day=day, suffix=suffix)
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_row("folder", escape(str(out)))
    table.add_row("files", ", ".join(path.name for path in report.files))
    table.add_row("goods lines", f"{report.goods:,}")
    table.add_row("houses", f"{report.houses:,} of {report.consignments:,} consignments")
    table.add_row("planted", f"{len(report.planted):,}, listed in {report.planted_file.name}")
    console.print(table)
    console.print(escape(f"  silkport clear {out} --as zz --out {out}-cleared"))
