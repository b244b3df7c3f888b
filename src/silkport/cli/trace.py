"""silkport trace: what happened to one parcel or consignment, stage by stage and side by side."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from silkport.cli.node_options import PassphraseFile, opened
from silkport.cli.options import Json, Language, console, default_home, errors, print_json
from silkport.cli.trace_page import show_sides
from silkport.kernel.errors import KeysLocked, NotFound
from silkport.node.home import nodes_in
from silkport.node.proof.tracing import trace_rows
from silkport.node.proof.unfolding import find
from silkport.node.tracing.finding import houses_meant
from silkport.node.tracing.sides import side_of

Officer = Annotated[
    bool, typer.Option("--officer", help="Also the lane, and what became of inspections.")
]
Identifier = Annotated[
    str,
    typer.Argument(
        help="Parcel id, order or waybill; consignment, CONSIGNMENT/HOUSE, declaration, transport."
    ),
]
Homes = Annotated[
    list[Path] | None,
    typer.Option(
        "--home", help="State directory; repeat for several; else SILKPORT_HOME, silkport-data."
    ),
]
One = Annotated[
    str, typer.Option("--as", metavar="NODE", help="This node alone; else every node of the homes.")
]


def trace(  # noqa: PLR0917 - a command's options are named on the command line
    identifier: Identifier,
    home: Homes = None,
    node: One = "",
    officer: Officer = False,
    passphrase_file: PassphraseFile = None,
    language: Language = "en",
    as_json: Json = False,
) -> None:
    """Show what happened to a parcel, or both sides of a consignment.

    Of a parcel or house that was cleared here: the stages of its journey. Of a consignment: what
    each node at hand knows of it, from the description to both declarations, what the neighbour
    was told and said, what waits and who must act.

    Exits 0 when it is known, 1 when it is not.
    """
    homes = home or [default_home()]
    parcels = [] if node else [row for place in homes for row in _parcels(place, identifier)]
    sides = _sides(homes, identifier, node, passphrase_file, officer=officer, asked=not parcels)
    known = {(*one, parcel_id) for one, parcel_id in parcels}
    if not known and not sides:
        raise NotFound(what=identifier)
    traced = [
        (parcel_id, trace_rows(place, country, link, parcel_id, officer=officer))
        for place, country, link, parcel_id in sorted(known)
    ]
    if as_json:
        stages = [{"parcel_id": parcel_id, "stages": rows} for parcel_id, rows in traced]
        print_json([*stages, *sides])
        return
    for parcel_id, rows in traced:
        console.print(f"\n[bold]{parcel_id}[/]")
        show_stages(rows)
    if sides:
        show_sides(sides, language)


def _parcels(home: Path, identifier: str) -> list[tuple[tuple[Path, str, str], str]]:
    """Where parcels and houses of that name were cleared; nothing where none was."""
    try:
        return [((home, country, link), one) for country, link, one in find(home, identifier)]
    except NotFound:
        return []


def _sides(
    homes: Sequence[Path],
    identifier: str,
    node: str,
    passphrase_file: Path | None,
    *,
    officer: bool,
    asked: bool,
) -> list[dict[str, Any]]:
    """What the nodes of some homes know. Raises KeysLocked when only a locked one could tell."""
    locked: list[KeysLocked] = []
    with ExitStack() as until:
        nodes = []
        for home in homes:
            for one in nodes_in(home):
                if node in ("", one):
                    try:
                        nodes.append(until.enter_context(opened(home, one, passphrase_file)))
                    except KeysLocked as error:
                        locked.append(error)
        meant = {
            house
            for one in nodes
            for house in one.state.read(partial(houses_meant, name=identifier))
        }
        sides = [
            one.state.read(
                partial(side_of, node=one, name=identifier, also=sorted(meant), officer=officer)
            )
            for one in nodes
        ]
    found = [one for one in sides if one["houses"] or one["transports"]]
    if locked and asked and not found:
        raise locked[0]
    for reason in locked:
        errors.print(escape(str(reason)), style="dim")
    return found


def show_stages(rows: Sequence[dict[str, str]]) -> None:
    """Prints the stages of a journey."""
    table = Table(box=None, pad_edge=False)
    for name in ("stage", "question", "what happened"):
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(row["stage"], f"[dim]{row['question']}[/]", escape(row["happened"]))
    console.print(table)
