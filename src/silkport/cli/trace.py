"""silkport trace: what happened to one consignment, stage by stage."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from silkport.cli.options import Home, Json, console, default_home, print_json
from silkport.node.proof.tracing import trace_rows
from silkport.node.proof.unfolding import find

Officer = Annotated[bool, typer.Option("--officer", help="Also show the lane.")]
Identifier = Annotated[str, typer.Argument(help="Parcel id; order, declaration or waybill number.")]


def trace(
    identifier: Identifier, home: Home = None, officer: Officer = False, as_json: Json = False
) -> None:
    """Print the stages of the journey with what happened to one parcel or house in each.

    Exits 0 when the parcel or house is known, 1 when it is not.
    """
    place = home or default_home()
    traced = [
        (parcel_id, trace_rows(place, country, link, parcel_id, officer=officer))
        for country, link, parcel_id in find(place, identifier)
    ]
    if as_json:
        print_json([{"parcel_id": parcel_id, "stages": rows} for parcel_id, rows in traced])
        return
    for parcel_id, rows in traced:
        console.print(f"\n[bold]{parcel_id}[/]")
        table = Table(box=None, pad_edge=False)
        for name in ("stage", "question", "what happened"):
            table.add_column(name, overflow="fold")
        for row in rows:
            table.add_row(row["stage"], f"[dim]{row['question']}[/]", escape(row["happened"]))
        console.print(table)
