"""silkport law calendar: working days of an administration, and when a deadline is over."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Annotated, Any

import typer
from rich.markup import escape

from silkport.cli.options import (
    Administration,
    Home,
    Json,
    Language,
    console,
    default_home,
    parse_administration,
    parse_day,
    print_json,
    today,
    word,
)
from silkport.kernel.errors import InvalidValue
from silkport.law.calendar import WorkingTime
from silkport.node.law.calendars import Timetable, pair_timetable, timetable
from silkport.node.law.time_rows import (
    NO_JOINT_TIME,
    WEEKLY_REST,
    day_rows,
    moment_of,
    offset_text,
    term_row,
)

DEFAULT_DAYS = 31
MOST_DAYS = 3_660

Row = Mapping[str, Any]


def parse_moment(text: str | datetime) -> datetime:
    """A moment written 2026-05-08T17:30, with or without an offset from UTC."""
    if isinstance(text, datetime):
        return text
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is no moment; write 2026-05-08T17:30") from error


def calendar(  # noqa: PLR0917 - a command's options are named on the command line
    administration: Administration,
    other: Annotated[
        str | None,
        typer.Option(
            "--with",
            parser=parse_administration,
            help="Another administration: the time in which both work, and the pair's deadlines.",
        ),
    ] = None,
    first: Annotated[
        date | None, typer.Option("--from", parser=parse_day, help="First day; else today.")
    ] = None,
    days: Annotated[
        int, typer.Option("--days", min=1, max=MOST_DAYS, help="How many days.")
    ] = DEFAULT_DAYS,
    due: Annotated[
        str | None, typer.Option("--due", help="Show one deadline instead, such as release.")
    ] = None,
    at: Annotated[
        datetime | None,
        typer.Option(
            "--at",
            parser=parse_moment,
            metavar="MOMENT",
            help="Moment from which it runs, by the administration's clocks.",
        ),
    ] = None,
    language: Language = "en",
    home: Home = None,
    as_json: Json = False,
) -> None:
    """List working days and legal hours, or show when a deadline is over and what happens then.

    With --with, days and clocks are those of the first administration, the one that must act. What
    is provisional or unverified says so.
    """
    home = home or default_home()
    sides = [timetable(one, home) for one in (administration, other) if one]
    counted: WorkingTime = sides[0].calendar
    deadlines = sides[0].deadlines
    if other:
        pair = pair_timetable(administration, other, home)
        counted, deadlines = pair.calendar, pair.deadlines
    if due is not None:
        if at is None:
            raise typer.BadParameter("--due needs --at, the moment from which the deadline runs")
        begins = moment_of(at, counted.time)
        term = term_row(deadlines.due(due, begins, counted), begins, counted, sides)
        if as_json:
            print_json(term)
        else:
            _print_term(term, language)
        return
    first = first or today()
    rows = day_rows(counted, sides, first, days, language)
    if as_json:
        print_json({"sides": [_side_row(side) for side in sides], "days": rows})
        return
    _print_days(rows, sides, first, language)


def _side_row(side: Timetable) -> dict[str, Any]:
    return {
        "administration": side.country,
        "known_from": f"{side.calendar.known_from}",
        "known_until": f"{side.calendar.known_until}",
        "known_source": side.known_source,
        "digest": side.digest,
    }


def _print_days(rows: list[dict[str, Any]], sides: list[Timetable], first: date, lang: str) -> None:
    names = [side.country for side in sides]
    last = first + timedelta(days=len(rows) - 1)
    facts = {"administration": names[0], "other": names[-1], "first": f"{first}", "last": f"{last}"}
    title = word("calendar_of" if len(sides) == 1 else "calendar_of_both", lang, **facts)
    _print(title, style="bold")
    offset = None
    for row in rows:
        told = "" if row["offset_minutes"] == offset else offset_text(row["offset_minutes"])
        offset = row["offset_minutes"]
        style = "" if row["works"] else "dim"
        _print(_day_line(row, len(sides) > 1, told, lang), style=style)
    for heading, source in _sources(rows, lang):
        _print(f"{heading}: {source}", style="dim")
    for side in sides:
        known = {"first": f"{side.calendar.known_from}", "last": f"{side.calendar.known_until}"}
        text = word("days_off_known", lang, administration=side.country, **known)
        _print(f"{text}: {side.known_source}", style="dim")


def _day_line(row: Row, joint: bool, offset: str, lang: str) -> str:
    reasons = []
    for one in row["why"]:
        name = one["name"]
        said = word(name, lang) if name in {WEEKLY_REST, NO_JOINT_TIME} else name
        worked = f"{word('rest_day_worked', lang)}: " if one.get("works") else ""
        side = f"{one['side']}: " if joint and one["side"] else ""
        reasons.append(f"{side}{worked}{said}{_mark(one, lang)}")
    hours = "  ".join(row["hours"]) or word("rest_day", lang)
    known = "" if row["known"] else f"({word('provisional', lang)})"
    parts = (row["day"], word(row["weekday"], lang), hours, "; ".join(reasons), known, offset)
    return "  ".join(filter(None, parts))


def _sources(rows: list[dict[str, Any]], lang: str) -> list[tuple[str, str]]:
    """Every source once, in the order in which its days come."""
    hours = [("legal_hours", one) for row in rows for one in row["grounds"]]
    days = [("days_off", one) for row in rows for one in row["why"] if "source" in one]
    found = ((word(name, lang), f"{one['source']}{_mark(one, lang)}") for name, one in hours + days)
    return list(dict.fromkeys(found))


def _mark(record: Row, lang: str) -> str:
    cited = record.get("confidence", "cited") == "cited"
    return "" if cited else f" ({word('unverified', lang)})"


def _print_term(row: Row, lang: str) -> None:
    title = _said(f"deadline_{row['deadline']}", row["deadline"], lang)
    length = _said(f"unit_{row['unit']}", "{count} " + row["unit"], lang, count=f"{row['value']}")
    mark = "" if row["known"] else f" ({word('provisional', lang)})"
    _print(f"{title}: {length}{_mark(row, lang)}", style="bold")
    for heading, text in (
        ("runs_from", _moment(row["begins"])),
        ("over_at", _moment(row["over"]) + mark),
        ("what_then", _said(row["then"], row["then"], lang)),
        ("law", row["source"]),
    ):
        _print(f"{word(heading, lang)}: {text}")
    for one in row["grounds"]:
        _print(f"{word('legal_hours', lang)}: {one['source']}{_mark(one, lang)}", style="dim")


def _moment(row: Row) -> str:
    return f"{row['local']} ({offset_text(row['offset_minutes'])})"


def _said(name: str, otherwise: str, lang: str, **facts: str) -> str:
    """A phrase of the screens, or the name itself: data may name what no screen knows yet."""
    try:
        return word(name, lang, **facts)
    except InvalidValue:
        return otherwise.format(**facts)


def _print(text: str, style: str = "") -> None:
    console.print(escape(text), style=style, soft_wrap=True)
