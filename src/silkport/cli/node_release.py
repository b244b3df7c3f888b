"""What stands against the release of a declaration, on a screen; and trying again what waits."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.markup import escape

from silkport.cli.explain import show_reason
from silkport.cli.node_options import moment, plain
from silkport.cli.node_words import node_words, say
from silkport.cli.options import console
from silkport.model.release import Awaiting, Flag
from silkport.node.law.books import sentences
from silkport.node.offices import is_deciding, office_of
from silkport.node.sovereign import Node
from silkport.node.tracing.sides import is_for_declarants
from silkport.node.workflow.awaiting import find_awaiting
from silkport.node.workflow.cases import Case
from silkport.node.workflow.reading import held_because
from silkport.node.workflow.releasing import try_woken


def awaiting_of(node: Node, case_id: str) -> Awaiting | None:
    """What stands against the release of a declaration, as it was looked at last."""
    return node.state.read(lambda tx: find_awaiting(tx, case_id))


def awaiting_row(state: Awaiting | None, language: str, *, officer: bool) -> dict[str, Any]:
    """The same as JSON: what was decided, what stands against it and who must act, flags."""
    if state is None:
        return {"prepared": "", "stands": [], "flags": []}
    stands = []
    for hold in state.holds:
        for reason in held_because([hold], language, officer=officer):
            told = {"code": hold.code, "demand": hold.demand, "who": hold.who, "line": hold.line}
            words = {"sentence": reason.sentence, "fix": reason.fix, "field": reason.field}
            stands.append({**told, **words, "source": hold.source, "facts": reason.facts})
    flags = [
        {"code": one.code, "who": one.who, "cause": one.cause}
        for one in _flags(state, officer=officer)
    ]
    return {"prepared": state.prepared, "stands": stands, "flags": flags}


def show_awaiting(state: Awaiting | None, language: str, *, officer: bool) -> None:
    """The same on a screen."""
    if state is None:
        return
    holds = [one for one in state.holds if held_because([one], language, officer=officer)]
    if holds:
        title = "case_stands" if state.prepared else "case_owed_after"
        console.print(f"\n[bold]{say(title, language)}[/]")
    if state.prepared:
        console.print(say(f"case_prepared_{state.prepared}", language), style="dim")
    for hold in holds:
        for reason in held_because([hold], language, officer=officer):
            show_reason(reason, language)
        _show_who(hold.who, language)
    flags = _flags(state, officer=officer)
    if flags and not state.prepared:
        console.print(f"\n[bold red]{say('case_flags', language)}[/]")
        for flag in flags:
            text = sentences().sentence(flag.code, language, {"cause": flag.cause})
            console.print(escape(plain(f"{flag.code} {moment(flag.since)} {text}")))
            console.print(escape(f"    {sentences().fix(flag.code, language)}"), style="dim")
            _show_who(flag.who, language)


def _flags(state: Awaiting, *, officer: bool) -> list[Flag]:
    """What was flagged, less what is for officers alone."""
    return [one for one in state.flags if officer or is_for_declarants(one.code)]


def _show_who(who: str, language: str) -> None:
    known = say(f"who_{who}", language) if f"who_{who}" in node_words() else who
    console.print(f"    {say('case_acts', language, who=known)}", style="yellow")


def gone_on(node: Node, home: Path) -> list[Case]:
    """Tries again what something came for; gives the declarations that were released by it."""
    return try_woken(node, office_of(node, home)) if is_deciding(node) else []


def show_gone_on(released: Sequence[Case], language: str) -> None:
    """Says which were released."""
    for one in released:
        number = f"{one.number} {one.id}"
        console.print(escape(plain(say("released_now", language, number=number))))
