"""silkport rules: every rule in force on a day."""

from __future__ import annotations

import typer
from rich.markup import escape

from silkport.cli.options import (
    At,
    Home,
    Json,
    Language,
    SomeAdministration,
    console,
    default_home,
    print_json,
)
from silkport.node.law.books import administrations
from silkport.node.law.catalogue import rule_rows

NONE_IN_FORCE = 4


def rules(
    at: At,
    administration: SomeAdministration = None,
    language: Language = "en",
    home: Home = None,
    as_json: Json = False,
) -> None:
    """List every rule in force on a day, with its legal source.

    Without --as, of every administration this node has law of.

    Exits 0 when at least one rule is in force, 4 when none is.
    """
    countries = [administration] if administration else administrations()
    rows = [
        {"administration": country} | row
        for country in countries
        for row in rule_rows(country, at, language, home or default_home())
    ]
    if as_json:
        print_json(rows)
    else:
        for row in rows:
            mark = "" if row["confidence"] == "cited" else " (unverified)"
            about = f"{row['administration']}  {row['stage']}  {row['effect']}"
            console.print(f"[bold]{row['code']}[/]  {about}  {escape(row['sentence'])}")
            console.print(escape(f"    {row['source']}{mark}"), style="dim")
    raise typer.Exit(0 if rows else NONE_IN_FORCE)
