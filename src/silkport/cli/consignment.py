"""silkport consignment: one description, every filing; grants; what is open, and where it came."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from silkport.cli.consignment_page import (
    field_name,
    received_json,
    say_file,
    say_received,
    shown_file,
    shown_filed,
    typed_values,
)
from silkport.cli.node_options import PassphraseFile, Reason, Which, moment, opened, plain
from silkport.cli.options import Home, Json, Language, console, default_home, print_json
from silkport.filings.granting import GRANTABLE, PRICES
from silkport.formats.description import description_text, read_description_file
from silkport.kernel.errors import NotFound
from silkport.kernel.ids import as_key
from silkport.model.prepared import Side
from silkport.node.corridor import consignments as room
from silkport.node.corridor.consignment_files import (
    IMPORT,
    File,
    files_of,
    partner,
    received_fields,
)
from silkport.node.corridor.desk import FilingDesk, filing_desk
from silkport.node.corridor.grants import USUAL_DAYS
from silkport.node.corridor.grants import grant as grant_fields
from silkport.node.corridor.grants import revoke as take_back
from silkport.node.offices import office_of
from silkport.node.sovereign import Node
from silkport.sim.descriptions import drawn_description, shipments, write_descriptions

SOMETHING_CHANGES = 4

app = typer.Typer(help="A consignment: described once, granted, prepared, confirmed, filed.")

Number = Annotated[str, typer.Argument(help="Number of the consignment, or id of a file.")]
House = Annotated[
    str, typer.Option("--house", help="Number of the house, where there are several.")
]
Who = Annotated[str, typer.Option("--who", help="Who does it; it is kept.")]
Filing = Annotated[
    str, typer.Option("--filing", help="import_declaration, pre_arrival, transit, manifest ...")
]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", help="A field that the declarant types: goods[1].total=120.50"),
]


def _desk(node: Node, home: Path | None) -> FilingDesk:
    where = home or default_home()
    return filing_desk(node.administration, office_of(node, where), where)


def _file(node: Node, number: str, house_no: str, side: Side | None = None) -> File:
    """The one file meant. Raises NotFound for none or several."""
    some = node.state.read(lambda tx: files_of(tx, number))
    if side is not None:
        some = [one for one in some if one.state.side is side]
    if len(some) > 1 and house_no:
        some = [one for one in some if one.state.description.house(house_no)]
    if len(some) != 1:
        named = ", ".join(one.id for one in some[:5]) or "nothing"
        raise NotFound(what=f"{number} alone ({named})")
    return some[0]


@app.command("template")
def template(
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder for both samples and their tariffs.")
    ] = None,
    name: Annotated[str, typer.Option("--sample", help="flour or machines.")] = "flour",
    seed: Annotated[int, typer.Option("--seed", help="Draws figures and number.", min=0)] = 1,
) -> None:
    """Show an exporter's file with every field filled in, or write the samples of both directions.

    Exits 0.
    """
    if name not in shipments():
        raise typer.BadParameter(f"{name!r} is none of {', '.join(shipments())}")
    now = time.time_ns() // 1_000_000
    if out is None:
        typer.echo(description_text(drawn_description(name, seed=seed, at=now)), nl=False)
        return
    for path in write_descriptions(out, seed=seed, at=now):
        console.print(escape(f"{path}"))


@app.command("describe")
def describe(
    path: Annotated[Path, typer.Argument(help="The exporter's file.", exists=True, dir_okay=False)],
    node: Which,
    who: Who,
    home: Home = None,
    passphrase_file: PassphraseFile = None,
    as_json: Json = False,
) -> None:
    """Keep a description; a later version supersedes it and goes to everybody who may read it.

    Exits 0; 4 when it changes what was filed: those filings are named, and are to be amended.
    """
    description = read_description_file(path)
    with opened(home, node, passphrase_file) as found:
        done = room.describe(found, _desk(found, home), description, who=who)
    changes = _named(done.changes)
    if as_json:
        about = {"id": done.file.id, "version": done.file.state.version}
        print_json(about | {"known": done.is_known, "changes": changes, "sent": list(done.sent)})
    else:
        console.print(escape(f"{done.file.id}  {done.file.state.version}"))
        _say_changes(changes)
    if changes:
        raise typer.Exit(SOMETHING_CHANGES)


def _named(changes: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Changes of filings with the fields as people call them."""
    return {key: [field_name(one) for one in some] for key, some in changes.items()}


def _say_changes(changes: Mapping[str, Sequence[str]]) -> None:
    for key, fields in changes.items():
        console.print(escape(plain(f"  {key}: {', '.join(fields)}")), style="yellow")


@app.command("export")
def export(  # noqa: PLR0917 - a command's options are named on the command line
    number: Number,
    node: Which,
    who: Who,
    house: House = "",
    values: Set = None,
    home: Home = None,
    passphrase_file: PassphraseFile = None,
    as_json: Json = False,
) -> None:
    """Confirm every field of the export declaration of a house, and file it.

    Exits 0 when it was filed, 1 when something is open or held.
    """
    with opened(home, node, passphrase_file) as found:
        desk = _desk(found, home)
        file = _file(found, number, house, Side.EXPORTER)
        typed = typed_values(desk, file, "export_declaration", values or [])
        number = file.state.consignment_no
        filed = room.file_export(found, desk, number, house, who=who, typed=typed)
    _say_filed(shown_filed(filed), as_json=as_json)


@app.command("grant")
def grant(  # noqa: PLR0917 - a command's options are named on the command line
    number: Number,
    node: Which,
    who: Who,
    house: House = "1",
    fields: Annotated[
        list[str] | None, typer.Option("--field", help="A field to grant; else all but prices.")
    ] = None,
    prices: Annotated[bool, typer.Option("--prices", help="Prices too.")] = False,
    days: Annotated[int, typer.Option("--days", help="How long it holds.", min=1)] = USUAL_DAYS,
    to: Annotated[str, typer.Option("--to", help="The importer's node; else his country's.")] = "",
    revoke: Annotated[str, typer.Option("--revoke", help="Number of a grant to take back.")] = "",
    listed: Annotated[bool, typer.Option("--fields", help="List what can be granted.")] = False,
    reason: Reason = "",
    home: Home = None,
    passphrase_file: PassphraseFile = None,
    as_json: Json = False,
) -> None:
    """Let the importer read what was described, field by field, or take that back.

    Exits 0.
    """
    if listed:
        for one in GRANTABLE:
            console.print(escape(f"{one}{'  (price)' if one in PRICES else ''}"))
        return
    with opened(home, node, passphrase_file) as found:
        if revoke:
            made = take_back(found, number, revoke, who=who, reason=reason)
        else:
            some = fields or []
            made = grant_fields(
                found, number, house, who=who, fields=some, prices=prices, days=days, peer=to
            )
    if as_json:
        print_json(
            {
                "grant_no": made.grant_no,
                "peer": made.peer,
                "importer_code": made.importer_code,
                "fields": list(made.fields),
                "valid_until": made.valid_until,
                "revoked_at": made.revoked_at,
            }
        )
    else:
        until = moment(made.valid_until if made.revoked_at < 0 else made.revoked_at)
        console.print(escape(plain(f"{made.grant_no} → {made.peer} {made.importer_code}  {until}")))


@app.command("prepare")
def prepare(  # noqa: PLR0917 - a command's options are named on the command line
    number: Number,
    node: Which,
    who: Who,
    house: House = "",
    filing: Annotated[list[str] | None, typer.Option("--filing", help="Else the usual.")] = None,
    home: Home = None,
    passphrase_file: PassphraseFile = None,
    language: Language = "en",
    as_json: Json = False,
) -> None:
    """Prepare the filings of a file to the last field; show what is open and what holds.

    Exits 0 when nothing is open or held, 4 when the declarant or somebody else must act.
    """
    with opened(home, node, passphrase_file) as found:
        file = _file(found, number, house)
        desk = _desk(found, home)
        of_house = house if file.state.side is Side.EXPORTER else ""
        done = room.prepare(found, desk, file.id, who=who, filings=filing or [], house_no=of_house)
        changes = _named(room.changes_of(desk, done.state, desk.moment(found.now())))
    if as_json:
        print_json(shown_file(done) | {"changes": changes})
    else:
        say_file(done, language, cells=False)
        _say_changes(changes)
    if changes or any(one.open or one.holds for one in done.state.filings.values()):
        raise typer.Exit(SOMETHING_CHANGES)


@app.command("confirm")
def confirm(  # noqa: PLR0917 - a command's options are named on the command line
    number: Number,
    node: Which,
    who: Who,
    house: House = "",
    filing: Filing = IMPORT,
    values: Set = None,
    home: Home = None,
    passphrase_file: PassphraseFile = None,
    language: Language = "en",
    as_json: Json = False,
) -> None:
    """Show every field of a filing, take those that are typed, and confirm all of them at once.

    Exits 0 when all are confirmed, 1 when something is still open or held.
    """
    with opened(home, node, passphrase_file) as found:
        desk, file = _desk(found, home), _file(found, number, house)
        typed = typed_values(desk, file, filing, values or [])
        done = room.confirm(
            found, desk, file.id, who=who, typed=typed, filing=filing, house_no=house
        )
    if as_json:
        print_json(shown_file(done))
    else:
        say_file(done, language, only=filing)


@app.command("import")
def file_import(  # noqa: PLR0917 - a command's options are named on the command line
    number: Number,
    node: Which,
    who: Who,
    house: House = "",
    filing: Filing = IMPORT,
    arrived: Annotated[bool, typer.Option("--arrived", help="The goods are here.")] = False,
    home: Home = None,
    passphrase_file: PassphraseFile = None,
    language: Language = "en",
    as_json: Json = False,
) -> None:
    """File what was confirmed: a declaration, before arrival or after; or lodge information.

    Exits 0 when it was filed in time, 4 when information is late, 1 when nobody confirmed it.
    """
    with opened(home, node, passphrase_file) as found:
        desk, file = _desk(found, home), _file(found, number, house)
        if not desk.filing(filing, partner(file.state, desk)).rules.is_declaration:
            done, late = room.lodge(found, desk, file.id, who=who, filing=filing, house_no=house)
            if as_json:
                print_json(shown_file(done) | {"late_ms": late})
            else:
                say_file(done, language, only=filing, cells=False)
            if late:
                raise typer.Exit(SOMETHING_CHANGES)
            return
        filed = room.file_import(
            found, desk, file.id, who=who, early=not arrived, filing=filing, house_no=house
        )
    _say_filed(shown_filed(filed), as_json=as_json)


def _say_filed(shown: dict[str, str | int | bool], *, as_json: bool) -> None:
    if as_json:
        print_json(shown)
    else:
        console.print(escape(plain(f"{shown['number']}  {shown['state']}  {shown['id']}")))


@app.command("show")
def show(  # noqa: PLR0917 - a command's options are named on the command line
    number: Number,
    node: Which,
    home: Home = None,
    control: Annotated[
        bool, typer.Option("--control", help="For officers: what the authority received.")
    ] = False,
    passphrase_file: PassphraseFile = None,
    language: Language = "en",
    as_json: Json = False,
) -> None:
    """Show the files of a consignment: every field of every filing and where it came from.

    Exits 0; 1 when nothing is known under the number.
    """
    with opened(home, node, passphrase_file) as found:
        files = found.state.read(lambda tx: files_of(tx, number))
        received = {
            as_key(no, house): found.state.read(
                partial(received_fields, consignment_no=no, house_no=house)
            )
            for no, house in (_houses(files) if control else ())
        }
    if not files:
        raise NotFound(what=number)
    if as_json:
        print_json({"files": [shown_file(one) for one in files], **received_json(received)})
        return
    for one in files:
        say_file(one, language)
    if control:
        say_received(received, language)


def _houses(files: list[File]) -> list[tuple[str, str]]:
    """Every house of some files, once."""
    some = {
        (one.state.consignment_no, house.house_no)
        for one in files
        for _, house in one.state.description.houses()
    }
    return sorted(some)
