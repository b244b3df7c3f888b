"""silkport law: what this node holds of each administration's law."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import typer
from rich.console import JustifyMethod
from rich.markup import escape
from rich.table import Table

from silkport.cli import law_calendar, law_load, law_tariff
from silkport.cli.options import (
    At,
    Home,
    Json,
    SomeAdministration,
    console,
    default_home,
    parse_day,
    print_json,
    today,
)
from silkport.node.law.books import administrations
from silkport.node.law.catalogue import law_rows, param_rows, value_rows
from silkport.node.law.check import check_law

BROKEN = 4

app = typer.Typer(help="Look at the law this node decides by.", no_args_is_help=True)
app.add_typer(law_load.app, name="load")
app.command("calendar")(law_calendar.calendar)
app.command("diff")(law_tariff.diff)
app.command("search")(law_tariff.search)

Param = Annotated[
    str, typer.Argument(help="Name of a parameter; see 'silkport law list --at DAY'.")
]


@app.command("list")
def list_law(
    at: Annotated[
        date | None, typer.Option("--at", parser=parse_day, help="Day of the values; else today.")
    ] = None,
    administration: SomeAdministration = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """List the administrations, or every value of one of them in force on a day."""
    home = home or default_home()
    if administration is None:
        rows = law_rows(home)
    else:
        rows = param_rows(administration, at or today(), home)
    _print(rows, as_json)


@app.command()
def check(home: Home = None, as_json: Json = False) -> None:
    """Check every administration's law: sources, overlaps, gaps, sheets in all readings.

    Exits 0 when nothing is wrong, 4 when something is.
    """
    home = home or default_home()
    rows = [finding for country in administrations() for finding in check_law(country, home)]
    _print(rows, as_json)
    wrong = [row for row in rows if row["kind"] == "wrong"]
    raise typer.Exit(BROKEN if wrong else 0)


@app.command()
def show(
    param: Param,
    at: At,
    administration: SomeAdministration = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Show every dated value of a parameter, with its source; the one in force is marked.

    Without --as, of every administration that has it. Exits 1 when none has it on that day.
    """
    _print(value_rows(administration, param, at, home or default_home()), as_json)


LONG = ("source", "text")
"""Fields that stand on a line of their own, because they do not fit a column."""


def _print(rows: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        print_json(rows)
        return
    table = Table(box=None, pad_edge=False)
    names = [name for name in (rows[0] if rows else {}) if name not in LONG]
    if any(name in LONG for row in rows for name in row):
        for row in rows:
            line = "  ".join(_cell(name, row[name]) for name in names if row[name] != "")
            console.print(escape(line), style="bold" if row.get("in_force") else "")
            for name in LONG:
                if row.get(name):
                    console.print(escape(f"    {row[name]}"), style="dim")
        return
    for name in names:
        justify: JustifyMethod = "left" if name == "administration" else "right"
        table.add_column(_SHORT.get(name, name), justify=justify)
    for row in rows:
        table.add_row(*(_cell(name, row[name]) for name in names))
    console.print(table)


DIGEST_SHOWN = 12
_SHORT = {"administration": "as", "statutory_units": "units"}


def _cell(name: str, value: object) -> str:
    if isinstance(value, bool):
        return "in force" if value else ""
    return str(value)[:DIGEST_SHOWN] if name == "digest" else str(value)
