"""silkport transport: a truck, a train or an empty run, what it carries and what may leave."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from msgspec.structs import replace
from rich.markup import escape
from rich.table import Table

from silkport.cli.node_options import PassphraseFile, Reason, Which, moment, opened
from silkport.cli.node_release import gone_on, show_gone_on
from silkport.cli.options import (
    SOME_UNREADABLE,
    Home,
    Json,
    Language,
    console,
    default_home,
    print_json,
    word,
)
from silkport.courses.transport import possible
from silkport.courses.transport_given import By
from silkport.courses.transport_leaving import NOT_DECLARED, Leaving, Stays
from silkport.formats.waybills import read_unit_list, read_waybills
from silkport.kernel.errors import InvalidValue
from silkport.kernel.scaled import format_scaled
from silkport.model.decoding import converted
from silkport.model.transport import Flag, Role, Transport
from silkport.model.transport_acts import STEPS, Facts
from silkport.model.transport_rules import RULES
from silkport.node.corridor.transports import (
    TRANSPORT,
    announce,
    law_of,
    leaving_of,
)
from silkport.node.corridor.transports import act as act_on
from silkport.node.dossiers import acts, dossier_of, every_dossier
from silkport.node.workflow.telling import country_of

KG_PLACES = 6

app = typer.Typer(help="Transports: announce one, tell what happens to it, see what may leave.")

Identity = Annotated[str, typer.Argument(help="Number of the transport as it was announced.")]
Event = Annotated[str, typer.Argument(help="What happens: see 'silkport transport show'.")]
Who = Annotated[str, typer.Option("--who", help="Who does it; it is kept.")]
Acting = Annotated[Role, typer.Option("--role", help="In which role.")]
Place = Annotated[str, typer.Option("--place", help="Where: a post, a station, a warehouse.")]
ActNo = Annotated[
    str, typer.Option("--act-no", help="Number of the act: told twice it counts once.")
]
Stated = Annotated[
    str, typer.Option("--facts", help="What it says besides, as a JSON object; or @FILE.")
]
Source = Annotated[
    Path, typer.Argument(help="Waybills as JSON or CSV.", exists=True, dir_okay=False)
]
Units = Annotated[
    Path | None,
    typer.Option("--units", help="List of wagons and containers.", exists=True, dir_okay=False),
]


@app.command("announce")
def announce_file(  # noqa: PLR0917 - a command's options are named on the command line
    file: Source,
    node: Which,
    who: Who,
    home: Home = None,
    units: Units = None,
    passphrase_file: PassphraseFile = None,
    language: Language = "en",
    as_json: Json = False,
) -> None:
    """Announce the transports of a file, or announce them again before they go.

    Exits 0; 4 when something of the file could not be read as it was written; 1 when one is
    refused: those before it stand.
    """
    read = read_waybills(file)
    transports, problems = list(read.transports), list(read.problems)
    if units is not None:
        if len(transports) != 1:
            reason = f"{file.name} has {len(transports)} transports; a list belongs to one"
            raise InvalidValue(what="a list of units", value=units.name, reason=reason)
        listed = read_unit_list(units)
        problems += listed.problems
        one = transports[0]
        transports[0] = replace(
            one, units=(*one.units, *listed.units), seals=(*one.seals, *listed.seals)
        )
    with opened(home, node, passphrase_file) as found:
        law = law_of(found, home)
        kept = [announce(found, law, one, By(Role.CARRIER, who)).state for one in transports]
    if as_json:
        print_json(
            {
                "transports": [_summary(one) for one in kept],
                "problems": msgspec.to_builtins(problems),
                "set_aside": msgspec.to_builtins(read.set_aside),
            }
        )
    else:
        for one in kept:
            console.print(_line(one, language))
            _show_flags(one, language)
        for problem in problems:
            at = f"{problem.position} {problem.column}"
            console.print(escape(f"{problem.code} {at}: {problem.expected}"), style="yellow")
        for aside in read.set_aside:
            console.print(escape(f"{aside.code} {aside.position}: {aside.reason}"), style="red")
    raise typer.Exit(SOME_UNREADABLE if problems or read.set_aside else 0)


@app.command("act")
def act(  # noqa: PLR0917 - a command's options are named on the command line
    identity: Identity,
    event: Event,
    node: Which,
    who: Who,
    role: Acting = Role.OFFICER,
    place: Place = "",
    facts: Stated = "",
    act_no: ActNo = "",
    home: Home = None,
    reason: Reason = "",
    passphrase_file: PassphraseFile = None,
    language: Language = "en",
    as_json: Json = False,
) -> None:
    """Tell what happens to a transport: load, seal, depart, arrive, weigh, unload, split, close.

    Exits 0 when it was kept or told before; 1 when a rule refuses it, with the smallest fix.
    """
    told = _facts(event, facts, {"place": place, "act_no": act_no})
    with opened(home, node, passphrase_file) as found:
        law, by = law_of(found, home), By(role, who, reason)
        kept = act_on(found, law, identity, told, by).state
        released = gone_on(found, home or default_home())
    if as_json:
        print_json(_summary(kept))
    else:
        console.print(_line(kept, language))
        _show_flags(kept, language)
        show_gone_on(released, language)


def _facts(event: str, stated: str, options: dict[str, str]) -> Facts:
    """The facts of an act as its author states them. Raises InvalidValue."""
    if event not in STEPS:
        reason = f"known: {', '.join(STEPS)}"
        raise InvalidValue(what="an act on a transport", value=event, reason=reason)
    try:
        text = Path(stated[1:]).read_text("utf-8") if stated.startswith("@") else stated
        said = msgspec.json.decode(text) if text else {}
        named = {name: value for name, value in options.items() if value}
        whole = {**said, **named, "event": event}
        told: Facts = converted(whole, Facts)
    except (msgspec.MsgspecError, TypeError, UnicodeDecodeError) as error:
        what = f"what {event} says"
        raise InvalidValue(what=what, value=stated[:60], reason=str(error)) from None
    return told


@app.command("show")
def show(
    identity: Identity,
    node: Which,
    home: Home = None,
    passphrase_file: PassphraseFile = None,
    language: Language = "en",
    as_json: Json = False,
) -> None:
    """Show a transport: what it carries, what may leave, what stays and why, and its past.

    Exits 0; 1 when nothing is known under the number.
    """
    with opened(home, node, passphrase_file) as found:
        dossier = found.state.read(lambda tx: dossier_of(tx, TRANSPORT, identity))
        country = country_of(found.administration)
        leaving = found.state.read(lambda tx: leaving_of(tx, identity, country))
        past = found.state.read(lambda tx: acts(tx, TRANSPORT, identity))
    if as_json:
        print_json(
            {
                "transport": msgspec.to_builtins(dossier.state),
                "due_at": dossier.due_at,
                "flags": [_told(one) for one in dossier.state.open_flags],
                "leaving": msgspec.to_builtins(leaving),
                "acts": past,
                "possible": possible(dossier.state),
            }
        )
        return
    now = dossier.state
    console.print(_line(now, language))
    if now.seals:
        numbers = ", ".join(f"{one.number} {one.unit}".strip() for one in now.seals)
        console.print(escape(f"{word('transport_seals', language)}: {numbers}"))
    _show_houses(now, leaving, language)
    _show_flags(now, language)
    table = Table(box=None, pad_edge=False, show_header=False)
    for _ in range(4):
        table.add_column(overflow="fold")
    for one in past:
        table.add_row(moment(one["at"]), one["event"], escape(one["who"]), escape(one["reason"]))
    console.print(table)
    console.print(
        f"{word('transport_possible', language)}: {', '.join(possible(now)) or '-'}", style="dim"
    )


@app.command("list")
def list_transports(
    node: Which,
    home: Home = None,
    passphrase_file: PassphraseFile = None,
    language: Language = "en",
    as_json: Json = False,
) -> None:
    """List all transports with where they are and what is open. Exits 0."""
    with opened(home, node, passphrase_file) as found:
        kept = found.state.read(lambda tx: [one.state for one in every_dossier(tx, TRANSPORT)])
    if as_json:
        print_json([_summary(one) for one in kept])
        return
    for one in kept:
        console.print(_line(one, language))
    if not kept:
        console.print(word("transport_nothing", language), style="dim")


def _summary(one: Transport) -> dict[str, Any]:
    return {
        "id": one.id,
        "mode": one.mode.value,
        "phase": one.phase.value,
        "procedure": one.procedure,
        "vehicle": one.vehicle,
        "masters": len(one.masters),
        "houses": len(one.houses),
        "packages": sum(house.here_packages for house in one.houses),
        "gross_mass_mg": sum(house.here_mass_mg for house in one.houses),
        "flags": [_told(flag) for flag in one.open_flags],
    }


def _told(flag: Flag) -> dict[str, Any]:
    """A flag with who must act and what helps."""
    rule = RULES[flag.rule]
    return {
        "rule": flag.rule,
        "meaning": rule.meaning,
        "about": flag.about,
        "found": flag.found,
        "expected": flag.expected,
        "acts": rule.acts.value,
        "holds": rule.holds,
        "field": rule.field,
        "source": rule.source,
        "fix": rule.fix,
        "raised_at": flag.raised_at,
    }


def _line(one: Transport, language: str) -> str:
    phase = word(f"transport_{one.phase}", language)
    empty = f"  {word('transport_empty_run', language)}" if one.is_empty_run else ""
    return f"[bold]{escape(one.id)}[/]  {escape(one.vehicle)}  [bold]{phase}[/]{empty}"


def _show_flags(one: Transport, language: str) -> None:
    for flag in one.open_flags:
        who = word(f"transport_role_{RULES[flag.rule].acts}", language)
        said = word(f"transport_{flag.rule.lower()}", language)
        figures = " / ".join(filter(None, (flag.found, flag.expected)))
        about = " ".join(filter(None, (flag.rule, flag.about)))
        acting = f"{word('transport_acts', language)}: {who}"
        console.print(escape(f"{about}: {said} {figures} ({acting})"), style="yellow")


def _show_houses(now: Transport, leaving: Leaving, language: str) -> None:
    stays = {(one.lot.waybill, one.lot.key, one.lot.stored_at): one for one in leaving.stays}
    names = ("waybill", "house", "packages", "mass", "where", "leaving")
    table = Table(*(word(f"transport_{one}", language) for one in names), box=None)
    for master in now.masters:
        for house in master.houses:
            held = stays.get((master.waybill, house.key, house.stored_at))
            mass = format_scaled(house.here_mass_mg, places=KG_PLACES, shortest=True)
            where = house.stored_at or word("transport_aboard", language)
            may = _why(held, language) if held else word("transport_goes", language)
            cells = (master.waybill, house.name, str(house.here_packages), mass, where, may)
            table.add_row(*map(escape, cells))
    console.print(table)


def _why(held: Stays, language: str) -> str:
    """Why a lot stays and who must act."""
    if held.reason == NOT_DECLARED:
        reason = word("transport_not_declared", language)
    elif held.reason in RULES:
        reason = held.reason
    else:
        reason = word(f"state_{held.reason}", language)
    return f"{reason} ({word(f'transport_role_{held.acts}', language)})"
