"""silkport law diff and law search: the tariff of two days, and codes by words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from itertools import groupby
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
    parse_day,
    print_json,
    today,
)
from silkport.node.law.searching import MOST_EXAMPLES, found_rows, tariff_differences

NOT_FOUND = 4

_NAME_SHOWN = 80


def diff(
    administration: Administration,
    first: Annotated[date, typer.Option("--from", parser=parse_day, help="The earlier day.")],
    second: Annotated[date, typer.Option("--to", parser=parse_day, help="The later day.")],
    language: Language = "en",
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Show what differs between the law of two days: rates of the tariff, and parameters.

    JSON has every difference, the screen the first of each sort.
    """
    found = tariff_differences(administration, home or default_home(), first, second, language)
    if as_json:
        print_json(found)
        return
    for row in found["parameters"]:
        values = f"{row['old'] or '–'} -> {row['new'] or '–'} {row['unit']}"
        console.print(escape(f"{row['param']}  {values}"))
        console.print(escape(f"    {row['source']}"), style="dim")
    counts = "  ".join(f"{how} {number:,}" for how, number in found["counts"].items())
    console.print(f"rates: {counts}", soft_wrap=True)
    for how, rows in groupby(sorted(found["rates"], key=_how), key=_how):
        some = list(rows)
        for row in some[:MOST_EXAMPLES]:
            console.print(escape(change_line(row)), soft_wrap=True)
        if len(some) > MOST_EXAMPLES:
            console.print(f"  {how}: and {len(some) - MOST_EXAMPLES:,} more", style="dim")


def search(
    query: Annotated[str, typer.Argument(help="Words of a name, or the first digits of a code.")],
    administration: Administration,
    at: Annotated[
        date | None, typer.Option("--at", parser=parse_day, help="Day of the tariff; else today.")
    ] = None,
    language: Language = "en",
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Find codes of the loaded tariff by words of their names, in any order and language.

    Each word must begin a word of the name of the code or of those above it. Names in another
    language than the tariff's are loaded with 'silkport law load names'. Exits 4 when nothing is
    found.
    """
    rows = found_rows(administration, home or default_home(), query, at or today(), language)
    if as_json:
        print_json(rows)
    else:
        for row in rows:
            _print_found(row)
        if not rows:
            console.print("Nothing is found; 'silkport law load names' adds names to search.")
    raise typer.Exit(0 if rows else NOT_FOUND)


def change_line(row: Mapping[str, Any]) -> str:
    """One change as a line: how, code, what is special about it, name, the rate before -> after."""
    about = " ".join(filter(None, (row["origin"], row["producer"], row["season"])))
    kind = "" if row["kind"] == "duty" else row["kind"]
    name = _short(row["name"])
    subject = "  ".join(filter(None, (f"{row['how']:>7}", row["hs"], kind, about, name)))
    rate = f"{row['old']} -> {row['new'] or '–'}" if row["old"] else row["new"]
    return f"{subject}: {rate}"


def _how(row: Mapping[str, Any]) -> str:
    return str(row["how"])


def _short(name: str) -> str:
    return name if len(name) <= _NAME_SHOWN else f"{name[:_NAME_SHOWN]}…"


def _print_found(row: Mapping[str, Any]) -> None:
    about = [row["rate"], row["season"], row["unit"], row["footnote"]]
    if row["kind"] != "duty":
        about = [row["kind"], row["origin"], row["producer"], *about]
    facts = escape("  ".join(filter(None, about)))
    console.print(f"[bold]{escape(row['hs'])}[/]  {facts}")
    name = " > ".join([*row["above"], row["name"]])
    console.print(escape(f"    {name}"))
    mark = "" if row["confidence"] == "cited" else " (unverified)"
    console.print(escape(f"    {row['source']}{mark}"), style="dim")
