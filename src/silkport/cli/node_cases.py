"""silkport node cases: the declarations of a node as officers work through them."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from silkport.cli.node_options import PassphraseFile, Which, moment, opened, plain
from silkport.cli.node_words import event_word, missed_line, say, state_word, way_word
from silkport.cli.options import (
    Home,
    Json,
    Language,
    console,
    default_home,
    parse_day,
    print_json,
)
from silkport.kernel.limits import MAX_CASES_LISTED
from silkport.kernel.periods import day_number
from silkport.model.states import State
from silkport.node.law.calendars import timetable
from silkport.node.workflow.cases import NEVER
from silkport.node.workflow.reading import (
    Listed,
    Wanted,
    flagged_cases,
    list_cases,
    term_missed,
)
from silkport.stages.screen import LANES

ON_A_PAGE = 50


def parse_state(text: str) -> str:
    """A state of a declaration, by its name in data."""
    known = [one.value for one in State]
    if text and text not in known:
        raise typer.BadParameter(f"{text!r} is no state; known: {', '.join(known)}")
    return text


def parse_lane(text: str) -> str:
    """A lane."""
    if text and text not in LANES:
        raise typer.BadParameter(f"{text!r} is no lane; known: {', '.join(LANES)}")
    return text


InState = Annotated[
    str, typer.Option("--state", parser=parse_state, help="In this state, e.g. registered.")
]
DueBefore = Annotated[
    date | None,
    typer.Option(
        "--due-before", parser=parse_day, help="Whose term ends before this day begins there."
    ),
]
Overdue = Annotated[
    bool, typer.Option("--overdue", help="Whose term is over, or was missed without any act since.")
]
Flagged = Annotated[
    bool, typer.Option("--flagged", help="On which a neighbour's word flagged something.")
]
Lane = Annotated[
    str, typer.Option("--lane", parser=parse_lane, help="In this lane: green, yellow or red.")
]
Limit = Annotated[
    int, typer.Option("--limit", min=1, max=MAX_CASES_LISTED, help="So many on a page.")
]
After = Annotated[
    str, typer.Option("--after", metavar="PLACE", help="The next page: as the last one says.")
]


def cases(  # noqa: PLR0917 - a command's options are named on the command line
    node: Which,
    state: InState = "",
    due_before: DueBefore = None,
    overdue: Overdue = False,
    flagged: Flagged = False,
    lane: Lane = "",
    limit: Limit = ON_A_PAGE,
    after: After = "",
    home: Home = None,
    passphrase_file: PassphraseFile = None,
    language: Language = "en",
    as_json: Json = False,
) -> None:
    """List declarations filed with the node, for its officers: it shows lanes.

    Those whose term ends first come first, then those without a term, page by page.

    Exits 0, also when there is none.
    """
    where = home or default_home()
    with opened(home, node, passphrase_file) as found:
        now = found.now()
        wanted = Wanted(
            state=state,
            lane=lane,
            due_before=_opening(found.administration, where, due_before),
            overdue_at=now if overdue else None,
            after=_place(after),
            limit=limit,
        )
        listed = flagged_cases if flagged else list_cases
        rows = found.state.read(lambda tx: listed(tx, wanted))
    following = _written(rows[-1].place) if len(rows) == limit and not flagged else ""
    if as_json:
        print_json({"cases": [_row(one, now) for one in rows], "after": following})
    else:
        _show(rows, now, following, language)


def _opening(administration: str, home: Path, day: date | None) -> int | None:
    """The first moment of a day by the clocks of an administration. Raises LawError."""
    if day is None:
        return None
    return timetable(administration, home).calendar.time.opening(day_number(day))


def _place(text: str) -> tuple[int, str]:
    """A place in the order of the pages, as `_written` wrote it."""
    if not text:
        return NEVER, ""
    due, _, identity = text.partition("/")
    if not due.removeprefix("-").isdigit() or not identity or int(due) >= 2**62:
        raise typer.BadParameter(
            f"{text!r} is no place; take what the last page says after --after"
        )
    return int(due), identity


def _written(place: tuple[int, str]) -> str:
    return f"{place[0]}/{place[1]}"


def _row(one: Listed, now: int) -> dict[str, Any]:
    missed = {"event": term_missed(one.missed), "since": one.missed.since} if one.missed else None
    return asdict(one) | {"missed": missed, "overdue": one.is_overdue(now)}


def _show(rows: list[Listed], now: int, following: str, language: str) -> None:
    if not rows:
        console.print(say("cases_none", language))
        return
    table = Table(box=None, pad_edge=False)
    table.add_column(say("case_number", language), no_wrap=True)
    for name in ("state", "due"):
        table.add_column(say(f"case_{name}", language), overflow="fold")
    for one in rows:
        table.add_row(*_cells(one, now, language))
    console.print(table)
    more = say("cases_more", language, after=following) if following else ""
    shown = say("cases_shown", language, count=f"{len(rows):,}")
    console.print(escape(f"{shown}. {more}".strip()), style="dim", soft_wrap=True)


def _cells(one: Listed, now: int, language: str) -> list[str]:
    lane = say(f"lane_{one.lane}", language) if one.lane else ""
    about = " · ".join(filter(None, (way_word(one.direction, language), lane)))
    state = state_word(one.state, language)
    if one.held:
        state += f"\n[yellow]{say('case_held', language)}[/]"
    ends = ""
    if one.due_at >= 0:
        then = escape(event_word(one.due_then, language))
        sure = "" if one.due_known else f" ({say('case_provisional', language)})"
        style = "red" if one.is_overdue(now) else "default"
        ends = f"[{style}]{moment(one.due_at)}[/]{sure}\n[dim]{then}[/]"
    if one.missed:
        ends = f"{ends}\n[red]{missed_line(one.missed, language)}[/]".strip()
    return [
        f"{escape(plain(one.number))}\n[dim]{one.id}[/]",
        f"{state}\n[dim]{about}[/]",
        ends or "-",
    ]
