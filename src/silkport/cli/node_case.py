"""silkport node case, act: one declaration, what happened to it, and what an officer does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from silkport.cli.node_options import (
    Identity,
    PassphraseFile,
    Reason,
    Which,
    Who,
    moment,
    opened,
    plain,
)
from silkport.cli.node_release import awaiting_of, awaiting_row, show_awaiting
from silkport.cli.node_words import (
    appeal_lines,
    event_word,
    grounds_row,
    missed_line,
    node_words,
    say,
    show_reasons,
    state_word,
    term_line,
    way_word,
)
from silkport.cli.options import Home, Json, Language, console, default_home, print_json, word
from silkport.journey import possible
from silkport.model.inspections import Finding
from silkport.model.release import Awaiting
from silkport.model.states import EVENTS, RELEASED_STATES, Actor, State
from silkport.node.offices import office_of
from silkport.node.sovereign import Node
from silkport.node.workflow.acting import act as act_on
from silkport.node.workflow.cases import Case, history
from silkport.node.workflow.finding import case_named
from silkport.node.workflow.neighbours import NEIGHBOUR
from silkport.node.workflow.overdue import overdue_in
from silkport.node.workflow.reading import Grounds, decided_last, grounds_of, term_missed

_BY_PERSONS = {one.name for one in EVENTS if one.actors & {Actor.OFFICER, Actor.DECLARANT}}
_ENDED_WELL = RELEASED_STATES | {State.WITHDRAWN}
_HIDDEN = {"lane": "", "risk_score": 0}

Event = Annotated[str, typer.Argument(help="What happens: see 'silkport node case'.")]
Found = Annotated[
    Finding | None, typer.Option("--found", help="Of an inspection: what was found of the goods.")
]
Officer = Annotated[
    bool, typer.Option("--officer", help="Also show lane, risk and the values that rules saw.")
]


@dataclass(frozen=True, slots=True)
class Shown:
    """A case as it is shown.

    Attributes:
        grounds: the findings of the decision that holds.
        of_act: those of an act after release that waits or was refused; None without one.
        awaiting: what stands against release; None where nothing ever did.
    """

    case: Case
    events: Sequence[Mapping[str, Any]]
    grounds: Grounds
    of_act: Grounds | None
    awaiting: Awaiting | None


def case(  # noqa: PLR0917 - a command's options are named on the command line
    identity: Identity,
    node: Which,
    home: Home = None,
    officer: Officer = False,
    passphrase_file: PassphraseFile = None,
    language: Language = "en",
    as_json: Json = False,
) -> None:
    """Show a declaration filed with the node: its state, its past, what is due, what may follow.

    Each finding with its law and the smallest fix. With --officer also what never leaves the
    node: the lane, the reasons of the risk, and the values that each rule looked at.

    Exits 0; 1 when nothing is known under the name.
    """
    where = home or default_home()
    with opened(home, node, passphrase_file) as found:
        shown = _shown(found, where, identity, language, officer=officer)
    if as_json:
        print_json(_row(shown, language, officer=officer))
    else:
        _show(shown, language, officer=officer)


def _shown(node: Node, home: Path, identity: str, language: str, *, officer: bool) -> Shown:
    case = case_named(node, identity)
    events = node.state.read(lambda tx: history(tx, case.id))
    last = node.state.read(lambda tx: decided_last(tx, case))
    grounds = grounds_of(home, case.decision, language, officer=officer)
    of_act = None
    if last["findings"] != case.decision["findings"]:
        of_act = grounds_of(home, last, language, officer=officer)
    return Shown(case, events, grounds, of_act, awaiting_of(node, case.id))


def _row(shown: Shown, language: str, *, officer: bool) -> dict[str, Any]:
    case, missed = shown.case, overdue_in(shown.events)
    return {
        "id": case.id,
        "number": case.number,
        "state": case.state.value,
        "due_at": case.due_at,
        "due_then": case.due_then,
        "due_known": case.due_known,
        "missed": missed and {"event": term_missed(missed), "since": missed.since},
        "decision": {**case.decision["decision"], **({} if officer else _HIDDEN)},
        **grounds_row(shown.grounds),
        **awaiting_row(shown.awaiting, language, officer=officer),
        "act_findings": grounds_row(shown.of_act)["findings"] if shown.of_act else [],
        "events": shown.events,
        "possible": possible(case.state),
    }


def _show(shown: Shown, language: str, *, officer: bool) -> None:
    case, decision = shown.case, shown.case.decision["decision"]
    state = state_word(case.state, language)
    console.print(f"\n[bold]{escape(plain(case.number))}[/] {case.id}  [bold]{state}[/]")
    house = f"{case.consignment_no} {case.house_no}".strip()
    way = way_word(case.direction, language)
    console.print(escape(plain(f"{word('node_consignment', language)}: {house} · {way}")))
    if officer and decision["lane"]:
        score = f"{say('risk_score', language)} {decision['risk_score']}"
        console.print(f"[bold]{say('lane_' + decision['lane'], language)}[/], {score}")
    if term := term_line(case, language):
        console.print(escape(term))
    if missed := overdue_in(shown.events):
        console.print(f"[red]{missed_line(missed, language)}[/]")
    _show_events(shown.events, language)
    show_awaiting(shown.awaiting, language, officer=officer)
    for name, grounds in (("case_findings", shown.grounds), ("case_act_findings", shown.of_act)):
        if grounds is not None and grounds.reasons:
            console.print(f"\n[bold]{say(name, language)}[/]")
            show_reasons(grounds.reasons, decision["currency"], language, facts=officer)
            _show_other_law(grounds, language)
    if case.state not in _ENDED_WELL:
        for line in appeal_lines(shown.grounds, language):
            console.print(line)
    steps = [one for one in possible(case.state) if one in _BY_PERSONS]
    named = ", ".join(f"{event_word(one, language)} ({one})" for one in steps)
    console.print(escape(f"\n{word('node_possible', language)}: {named or '-'}"), style="dim")


def _show_events(events: Sequence[Mapping[str, Any]], language: str) -> None:
    table = Table(box=None, pad_edge=False, show_header=False)
    for _ in range(5):
        table.add_column(overflow="fold")
    for one in events:
        way = state_word(one["to"], language)
        if one["from"] != one["to"]:
            way = f"{state_word(one['from'], language)} → {way}"
        who, reason = escape(plain(one["who"])), escape(plain(why(one, language)))
        table.add_row(moment(one["at"]), event_word(one["event"], language), way, who, reason)
    console.print(table)


def why(event: Mapping[str, Any], language: str) -> str:
    """The reason of an event, and who across the border was told of it.

    What was said across the border stands by the name of its message.
    """
    reason = str(event["reason"])
    kind, _, number = reason.partition(" ")
    if event["event"] == NEIGHBOUR and f"kind_{kind}" in node_words():
        reason = f"{say('kind_' + kind, language)} {number}".rstrip()
    tells = event.get("tells", "")
    if f"kind_{tells}" not in node_words():
        return reason
    peers = ", ".join(event.get("told", []))
    name, kind = ("case_told" if peers else "case_not_told"), say(f"kind_{tells}", language)
    return "; ".join(filter(None, (reason, say(name, language, peers=peers, kind=kind))))


def _show_other_law(grounds: Grounds, language: str) -> None:
    if grounds.decided_by != grounds.spoken_by:
        then, now = grounds.decided_by[:12], grounds.spoken_by[:12]
        console.print(f"[yellow]{say('case_other_law', language, then=then, now=now)}[/]")


def act(  # noqa: PLR0917 - a command's options are named on the command line
    identity: Identity,
    event: Event,
    node: Which,
    who: Who,
    home: Home = None,
    reason: Reason = "",
    found_so: Found = None,
    passphrase_file: PassphraseFile = None,
    language: Language = "en",
    as_json: Json = False,
) -> None:
    """Let an officer bring an event about: request documents, inspect, release, refuse, cancel.

    Goods that were found to conform go of themselves, where nothing else stands against it.

    Exits 0 when it was kept, 1 when the state or the competence does not allow it.
    """
    with opened(home, node, passphrase_file) as found:
        office = office_of(found, home or default_home())
        case = case_named(found, identity)
        done = act_on(
            found,
            office,
            case.id,
            event,
            actor=Actor.OFFICER,
            who=who,
            reason=reason,
            found=found_so,
        )
    if as_json:
        names = ("id", "number", "due_at", "due_then", "due_known")
        print_json({name: getattr(done, name) for name in names} | {"state": done.state.value})
        return
    state = state_word(done.state, language)
    console.print(f"{escape(plain(done.number))}  [bold]{state}[/]")
    if term := term_line(done, language):
        console.print(escape(f"  {term}"), style="dim")
