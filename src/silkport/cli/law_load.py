"""silkport law load: official tariffs, rates of exchange, permits and names into a home."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from silkport.cli.law_tariff import change_line
from silkport.cli.options import (
    Administration,
    Home,
    Json,
    Language,
    console,
    counting,
    default_home,
    errors,
    parse_day,
    print_json,
)
from silkport.kernel.errors import InputError, LawError
from silkport.node.law import loading as lawloading
from silkport.node.law.loading import Loaded
from silkport.node.law.searching import examples

REFUSED = 4

app = typer.Typer(
    help="Load what officials publish; a file is taken whole or nothing changes.",
    no_args_is_help=True,
)

File = Annotated[Path, typer.Argument(help="The published file: CSV in UTF-8.")]
Source = Annotated[
    str, typer.Option("--source", help="The act, or the bank, that published the file.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would change; write nothing.")]


@app.command()
def tariff(  # noqa: PLR0917 - a command's options are named on the command line
    file: File,
    administration: Administration,
    source: Annotated[str, typer.Option("--source", help="The act, for rows that name none.")] = "",
    start: Annotated[
        date | None,
        typer.Option(
            "--start",
            parser=parse_day,
            help="The day from which the tariff holds; else the first one in the file.",
        ),
    ] = None,
    part: Annotated[
        bool, typer.Option("--part", help="Codes that the file lacks stay as they are.")
    ] = False,
    shorter: Annotated[
        bool,
        typer.Option("--shorter", help="It is meant that more than a tenth of the codes go."),
    ] = False,
    dry_run: DryRun = False,
    language: Language = "en",
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Load a tariff that holds from a day on, and show what it changes.

    Exits 4 when the file is refused; nothing has changed then.
    """
    with _refusals(), counting("loading") as progress:
        loaded = lawloading.load_tariff(
            home or default_home(),
            administration,
            file,
            source=source,
            start=start,
            whole=not part,
            shorter=shorter,
            dry_run=dry_run,
            progress=progress,
        )
    changes = loaded.changes
    about: dict[str, Any] = {
        "administration": administration,
        "start": changes.start.isoformat(),
        "counts": changes.counts(),
        "examples": examples(changes, language),
    }
    if as_json:
        print_json(about | _outcome(loaded))
        return
    counts = "  ".join(f"{how} {number:,}" for how, number in changes.counts().items())
    console.print(f"from {changes.start}: {counts}", soft_wrap=True)
    for row in about["examples"]:
        console.print(escape(change_line(row)), soft_wrap=True)
    _say_outcome(loaded, dry_run=dry_run)


@app.command()
def rates(  # noqa: PLR0917 - a command's options are named on the command line
    file: File,
    administration: Administration,
    source: Source,
    through: Annotated[
        str, typer.Option("--through", help="Refuse the file unless its rates are in this one.")
    ] = "",
    dry_run: DryRun = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Add rates of exchange to those loaded before.

    Rates in a third currency are crossed into the currency of account. Exits 4 when the file is
    refused; nothing has changed then.
    """
    with _refusals(), counting("loading") as progress:
        loaded = lawloading.load_rates(
            home or default_home(),
            administration,
            file,
            source=source,
            through=through,
            dry_run=dry_run,
            progress=progress,
        )
    quotes = loaded.quotes
    about: dict[str, Any] = {
        "administration": administration,
        "counts": {
            "added": len(quotes.added),
            "changed": len(quotes.changed),
            "same": quotes.same,
        },
        "currencies": sorted({quote.currency for quote in quotes.quotes}),
        "first": min(quote.day for quote in quotes.quotes).isoformat(),
        "last": max(quote.day for quote in quotes.quotes).isoformat(),
    }
    if as_json:
        print_json(about | _outcome(loaded))
        return
    counts = "  ".join(f"{how} {number:,}" for how, number in about["counts"].items())
    console.print(f"{about['first']} to {about['last']}: {counts}")
    console.print(" ".join(about["currencies"]))
    _say_outcome(loaded, dry_run=dry_run)


@app.command()
def permits(  # noqa: PLR0917 - a command's options are named on the command line
    file: File,
    administration: Administration,
    source: Annotated[str, typer.Option("--source", help="The act, for rows that name none.")] = "",
    shorter: Annotated[
        bool,
        typer.Option("--shorter", help="It is meant that more than a tenth of the permits go."),
    ] = False,
    dry_run: DryRun = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Load the whole list of permits that goods need, in the place of the one before.

    Exits 4 when the file is refused; nothing has changed then.
    """
    with _refusals(), counting("loading") as progress:
        loaded = lawloading.load_permits(
            home or default_home(),
            administration,
            file,
            source=source,
            shorter=shorter,
            dry_run=dry_run,
            progress=progress,
        )
    counts = {"added": loaded.added, "removed": loaded.removed, "same": loaded.same}
    if as_json:
        print_json({"administration": administration, "counts": counts} | _outcome(loaded))
        return
    console.print("  ".join(f"{how} {number:,}" for how, number in counts.items()))
    _say_outcome(loaded, dry_run=dry_run)


@app.command()
def names(  # noqa: PLR0917 - a command's options are named on the command line
    file: File,
    administration: Administration,
    source: Source,
    language: Language = "en",
    dry_run: DryRun = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Add names of goods in the language --lang, by which 'silkport law search' finds codes.

    Exits 4 when the file is refused; nothing has changed then.
    """
    with _refusals(), counting("loading") as progress:
        loaded = lawloading.load_names(
            home or default_home(),
            administration,
            file,
            language=language,
            source=source,
            dry_run=dry_run,
            progress=progress,
        )
    if as_json:
        print_json({"administration": administration} | _outcome(loaded))
        return
    console.print(f"names {loaded.rows:,}")
    _say_outcome(loaded, dry_run=dry_run)


@contextmanager
def _refusals() -> Iterator[None]:
    """A file that is refused is one message, and exit code 4."""
    try:
        yield
    except (InputError, LawError) as error:
        errors.print(f"[bold red]{type(error).__doc__}[/]")
        errors.print(escape(str(error)))
        raise typer.Exit(REFUSED) from error


def _outcome(loaded: Loaded) -> dict[str, Any]:
    return {"rows": loaded.rows, "written": loaded.written, "law": loaded.digest}


def _say_outcome(loaded: Loaded, *, dry_run: bool) -> None:
    if loaded.written:
        console.print(f"Loaded. The law is edition {loaded.digest[:12]}.")
    elif dry_run:
        console.print("Nothing was written: this was a try.")
    else:
        console.print("Nothing changes: the same was loaded before.")
