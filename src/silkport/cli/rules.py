"""silkport rules: every rule in force on a day."""

from __future__ import annotations

import typer
from rich.table import Table

from silkport.cli.options import Administration, At, Json, Language, console, print_json
from silkport.node.catalogue import rule_rows

NONE_IN_FORCE = 4


def rules(
    at: At, administration: Administration = "zz", language: Language = "en", as_json: Json = False
) -> None:
    """List every rule in force on a day, with its legal source.

    Exits 0 when at least one rule is in force, 4 when none is.
    """
    rows = rule_rows(administration, at, language)
    if as_json:
        print_json(rows)
    else:
        table = Table(box=None, pad_edge=False)
        for name in ("code", "stage", "effect", "sentence", "source"):
            table.add_column(name, overflow="fold", no_wrap=name in {"code", "stage", "effect"})
        for row in rows:
            mark = "" if row["confidence"] == "cited" else " (unverified)"
            table.add_row(
                row["code"], row["stage"], row["effect"], row["sentence"], row["source"] + mark
            )
        console.print(table)
    raise typer.Exit(0 if rows else NONE_IN_FORCE)
