"""silkport node case, act: one declaration, what happened to it, and what an officer does."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from silkport.cli.node_options import PassphraseFile, Reason, Which, moment, opened
from silkport.cli.options import Home, Json, Language, console, default_home, print_json, word
from silkport.journey import possible
from silkport.model.states import EVENTS, Actor
from silkport.node.law.books import sentences
from silkport.node.offices import office_of
from silkport.node.workflow.acting import act as act_on
from silkport.node.workflow.cases import Case, history
from silkport.node.workflow.finding import case_named

_BY_PERSONS = {one.name for one in EVENTS if one.actors & {Actor.OFFICER, Actor.DECLARANT}}

Identity = Annotated[
    str, typer.Argument(help="Id, declaration number, or consignment number with one house.")
]
Event = Annotated[str, typer.Argument(help="What happens: see 'silkport node case'.")]
Who = Annotated[str, typer.Option("--who", help="The officer; it is kept.")]


def case(
    identity: Identity,
    node: Which,
    home: Home = None,
    passphrase_file: PassphraseFile = None,
    language: Language = "en",
    as_json: Json = False,
) -> None:
    """Show a declaration filed with the node: its state, its past, what is due, what may follow.

    Exits 0; 1 when nothing is known under the name.
    """
    with opened(home, node, passphrase_file) as found:
        shown = case_named(found, identity)
        events = found.state.read(lambda tx: history(tx, shown.id))
    if as_json:
        decided = shown.decision["decision"] | {"lane": "", "risk_score": 0}
        print_json(
            {
                "id": shown.id,
                "number": shown.number,
                "state": shown.state.value,
                "due_at": shown.due_at,
                "due_then": shown.due_then,
                "due_known": shown.due_known,
                "decision": decided,
                "findings": _told(shown),
                "events": events,
                "possible": possible(shown.state),
            }
        )
    else:
        _show(shown, events, language)


def _told(shown: Case) -> list[dict[str, Any]]:
    """The findings a declarant may read: those for officers stay in the office."""
    return [one for one in shown.decision["findings"] if one["effect"] != "risk"]


def _show(shown: Case, events: list[dict[str, Any]], language: str) -> None:
    def say(name: str) -> str:
        return word(f"node_{name}", language)

    def state(name: str) -> str:
        return word(f"state_{name}", language)

    console.print(f"\n[bold]{escape(shown.number)}[/] {shown.id}  [bold]{state(shown.state)}[/]")
    console.print(escape(f"{say('consignment')}: {shown.consignment_no} {shown.house_no}"))
    if shown.due_at >= 0:
        provisional = "" if shown.due_known else f" ({say('provisional')})"
        console.print(f"{say('due')}: {moment(shown.due_at)}{provisional} → {shown.due_then}")
    table = Table(box=None, pad_edge=False, show_header=False)
    for _ in range(5):
        table.add_column(overflow="fold")
    for one in events:
        way = state(one["to"])
        if one["from"] != one["to"]:
            way = f"{state(one['from'])} → {way}"
        table.add_row(
            moment(one["at"]), one["event"], way, escape(one["who"]), escape(one["reason"])
        )
    console.print(table)
    for finding in _told(shown):
        title = sentences().title(finding["code"], language)
        line = f" {finding['line']}" if finding["line"] else ""
        console.print(escape(f"{finding['code']}{line}: {title}"), style="yellow")
    steps = [one for one in possible(shown.state) if one in _BY_PERSONS]
    console.print(escape(f"{say('possible')}: {', '.join(steps) or '-'}"), style="dim")


def act(  # noqa: PLR0917 - a command's options are named on the command line
    identity: Identity,
    event: Event,
    node: Which,
    who: Who,
    home: Home = None,
    reason: Reason = "",
    passphrase_file: PassphraseFile = None,
) -> None:
    """Let an officer bring an event about: request documents, inspect, release, refuse, cancel.

    Exits 0 when it was kept, 1 when the state or the competence does not allow it.
    """
    with opened(home, node, passphrase_file) as found:
        office = office_of(found, home or default_home())
        shown = case_named(found, identity)
        done = act_on(found, office, shown.id, event, actor=Actor.OFFICER, who=who, reason=reason)
    console.print(f"{escape(done.number)}  [bold]{done.state}[/]")
    if done.due_at >= 0:
        console.print(f"  {moment(done.due_at)} → {done.due_then}", style="dim")
