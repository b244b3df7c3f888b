"""silkport party: firms and their roles, names in every script, powers of attorney."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.markup import escape
from rich.table import Table

from silkport.cli.node_options import PassphraseFile, Reason, Which, opened
from silkport.cli.node_release import gone_on, show_gone_on
from silkport.cli.options import (
    Home,
    Json,
    Language,
    console,
    default_home,
    parse_day,
    print_json,
    today,
    word,
)
from silkport.kernel.errors import LimitExceeded
from silkport.kernel.limits import MAX_POWER_BYTES
from silkport.kernel.periods import day_number, day_of
from silkport.model.parties import BY_POWER, NO_END, Deed, Entering, Name, Power, Role, Script
from silkport.node.corridor import parties as room
from silkport.node.dossiers import dossier_of

Entered = Annotated[
    Entering,
    typer.Option("--role", help="Who enters it: an officer, or the principal by his number."),
]

app = typer.Typer(help="Firms and their roles, names in every script, powers of attorney.")

Code = Annotated[str, typer.Argument(help="National number of the firm.")]
Who = Annotated[str, typer.Option("--who", help="Who does this; it is kept.")]
From = Annotated[
    date | None, typer.Option("--from", parser=parse_day, help="First day; today when not given.")
]
Until = Annotated[
    date | None, typer.Option("--until", parser=parse_day, help="First day after the last.")
]


@app.command()
def register(  # noqa: PLR0917 - a command's options are named on the command line
    code: Code,
    node: Which,
    country: Annotated[str, typer.Option("--country", help="ISO alpha-2.")],
    role: Annotated[list[Role], typer.Option("--role", help="What it is; may be repeated.")],
    who: Who,
    start: From = None,
    stop: Until = None,
    home: Home = None,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Register a firm or office in the roles it plays; persons are not kept."""
    days = (day_number(start or today()), day_number(stop) if stop else NO_END)
    with opened(home, node, passphrase_file) as found:
        party = room.register_party(found, code, country, dict.fromkeys(role, days), who=who)
    console.print(escape(f"{party.code}: {', '.join(sorted(party.roles))}"))


@app.command("name")
def name_(  # noqa: PLR0917 - a command's options are named on the command line
    code: Code,
    text: Annotated[str, typer.Argument(help="The name as it is written.")],
    script: Annotated[Script, typer.Option("--script", help="The script it is written in.")],
    node: Which,
    by: Annotated[str, typer.Option("--by", help="Who wrote it so.")],
    own: Annotated[bool, typer.Option("--own", help="It is the firm's own spelling.")] = False,
    home: Home = None,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Keep how a firm is written in one script, beside the others, with who wrote it so."""
    name = Name(script=script, text=text, by=by, since=day_number(today()), is_own=own)
    with opened(home, node, passphrase_file) as found:
        party = room.write_name(found, code, name)
    _print_names(party.names)


@app.command()
def show(
    code: Code,
    node: Which,
    home: Home = None,
    passphrase_file: PassphraseFile = None,
    language: Language = "en",
    as_json: Json = False,
) -> None:
    """Show a firm: its names side by side, its roles and since when."""
    with opened(home, node, passphrase_file) as found:
        called = room.called(found, code)
        party = found.state.read(lambda tx: dossier_of(tx, room.PARTY, called)).state
    if as_json:
        print_json(msgspec.to_builtins(party))
        return
    console.print(escape(f"{party.code} {party.country}"), style="bold")
    _print_names(party.names)
    for role, (start, stop) in party.roles.items():
        console.print(escape(f"{word(f'role_{role.value}', language)}: {_period(start, stop)}"))


@app.command()
def power(  # noqa: PLR0917 - a command's options are named on the command line
    number: Annotated[str, typer.Argument(help="Number of the power of attorney.")],
    node: Which,
    principal: Annotated[str, typer.Option("--of", help="National number of the principal.")],
    representative: Annotated[str, typer.Option("--to", help="Number of who acts for him.")],
    deed: Annotated[list[Deed], typer.Option("--may", help="What he may do; may be repeated.")],
    stop: Annotated[
        date, typer.Option("--until", parser=parse_day, help="First day after the last.")
    ],
    who: Who,
    start: From = None,
    procedure: Annotated[list[str] | None, typer.Option("--procedure", help="Only these.")] = None,
    direction: Annotated[
        list[str] | None, typer.Option("--direction", help="Only import, export or transit.")
    ] = None,
    paper: Annotated[
        Path | None,
        typer.Option("--paper", help="The signed paper; its digest is kept.", exists=True),
    ] = None,
    entering: Entered = Entering.OFFICER,
    home: Home = None,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Keep a power of attorney: who may act for whom, in what, from when until when.

    Exits 0; 1 when who enters it is neither its principal nor an officer here.
    """
    given = Power(
        number=number,
        principal=principal,
        representative=representative,
        deeds=tuple(sorted(set(deed) & BY_POWER)),
        procedures=tuple(procedure or ()),
        directions=tuple(direction or ()),
        start=day_number(start or today()),
        stop=day_number(stop),
        digest=_digest(paper) if paper else "",
    )
    with opened(home, node, passphrase_file) as found:
        kept = room.give_power(found, given, who=who, entering=entering)
        released = gone_on(found, home or default_home())
    show_gone_on(released, "en")
    console.print(escape(f"{kept.number}: {_period(kept.start, kept.stop)}"))


@app.command()
def revoke(  # noqa: PLR0917 - a command's options are named on the command line
    number: Annotated[str, typer.Argument(help="Number of the power of attorney.")],
    node: Which,
    who: Who,
    start: From = None,
    entering: Entered = Entering.OFFICER,
    home: Home = None,
    reason: Reason = "",
    passphrase_file: PassphraseFile = None,
) -> None:
    """End a power of attorney as of a day; what was done under it before stands.

    Exits 0; 1 when who ends it is neither its principal nor an officer here.
    """
    with opened(home, node, passphrase_file) as found:
        day = day_number(start or today())
        kept = room.revoke_power(found, number, day, who=who, reason=reason, entering=entering)
    console.print(escape(f"{kept.number}: {_period(kept.start, min(kept.stop, kept.revoked))}"))


def _digest(paper: Path) -> str:
    content = paper.read_bytes()[: MAX_POWER_BYTES + 1]
    if len(content) > MAX_POWER_BYTES:
        reason = "it has more bytes"
        raise LimitExceeded(source=str(paper), limit=MAX_POWER_BYTES, reason=reason)
    return hashlib.sha256(content).hexdigest()


def _period(start: int, stop: int) -> str:
    last = "..." if stop == NO_END else f"{day_of(stop - 1)}"
    return f"{day_of(start)} - {last}"


def _print_names(names: Sequence[Name]) -> None:
    table = Table(box=None, pad_edge=False, show_header=False)
    rows: list[tuple[Any, ...]] = [(one.script.value, one.text, one.by) for one in names]
    for row in rows:
        table.add_row(*map(escape, row))
    console.print(table)
