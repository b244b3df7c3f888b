"""silkport clear: the main job."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from silkport.cli.options import (
    SOME_UNREADABLE,
    Administration,
    Day,
    Home,
    Json,
    Language,
    console,
    counting,
    default_home,
    print_json,
    today,
    word,
)
from silkport.formats.ceb.schemas import Schemas
from silkport.node.clearing.clear import clear_inputs
from silkport.node.clearing.summary import Summary
from silkport.node.law.books import sentences
from silkport.node.proof.speaking import money
from silkport.sim.comparison import read_comparison

SHOWN = 12

Inputs = Annotated[
    list[Path], typer.Argument(help="Files, folders or zip archives with parcels.", exists=True)
]
Out = Annotated[
    Path | None, typer.Option("--out", help="Folder for decisions, findings, tax lines, quota.")
]

OfficialSchemas = Annotated[
    Path | None,
    typer.Option(
        "--schemas",
        help="Folder with the official import.xsd and export.xsd, to check messages by.",
        exists=True,
        file_okay=False,
    ),
]
FromCustoms = Annotated[
    bool,
    typer.Option(
        "--from-customs", help="Customs hands these inputs in: additional assessments count."
    ),
]
ReceiptLanguage = Annotated[
    str, typer.Option("--receipt-lang", help="Language of the grounds in receipts: zh, en, ru, kk.")
]


def clear(  # noqa: PLR0917 - a command's options are named on the command line
    inputs: Inputs,
    administration: Administration,
    day: Day = None,
    out: Out = None,
    home: Home = None,
    language: Language = "en",
    as_json: Json = False,
    schemas: OfficialSchemas = None,
    receipt_language: ReceiptLanguage = "zh",
    from_customs: FromCustoms = False,
) -> None:
    """Decide every parcel and declaration in the inputs, and keep and write what was decided.

    Documents that came in messages (CEB) are answered with receipts in the folder of --out.

    Exits 0 when every input was decided (refused and pending count as decided), 4 when some
    input could not be read (the rest is decided, the unreadable set aside with reasons),
    2 for wrong usage, 1 when the node itself failed.
    """
    for path in inputs:
        if out is not None and out.resolve().is_relative_to(path.resolve()):
            raise typer.BadParameter(f"{out} lies within the input {path}", param_hint="--out")
    started = time.monotonic()
    with counting("reading") as progress:
        summary = clear_inputs(
            inputs,
            home=home or default_home(),
            administration=administration,
            day=day or today(),
            out=out,
            progress=progress,
            schemas=None if schemas is None else Schemas.load(schemas),
            receipt_language=receipt_language,
            from_customs=from_customs,
        )
    seconds = time.monotonic() - started
    comparison = read_comparison(inputs, out, administration) if out else None
    if as_json:
        print_json(asdict(summary) | {"seconds": round(seconds, 3), "planted": comparison})
    else:
        show_summary(summary, language, seconds, out)
        if comparison:
            show_comparison(comparison, language)
    raise typer.Exit(SOME_UNREADABLE if summary.set_aside else 0)


def show_summary(summary: Summary, language: str, seconds: float, out: Path | None) -> None:
    """The day on one screen."""
    title, counted = _SUBJECTS[bool(summary.parcels), bool(summary.houses)]
    title = word(
        title,
        language,
        administration=summary.administration.upper(),
        day=f"{summary.processing_day}",
    )
    console.print(f"\n[bold]{title}[/]  {summary.decided:,} · {seconds:.1f} s")
    table = Table(box=None, pad_edge=False)
    table.add_column(word("outcome", language))
    table.add_column(word(counted, language), justify="right")
    table.add_column(word("share", language), justify="right")
    table.add_column("")
    for outcome in ("released", "held", "pending", "refused", "withdrawn", "returned"):
        count = summary.outcomes.get(outcome, 0)
        if count:
            share = count / summary.decided
            style = _STYLES.get(outcome, "white")
            bar = f"[{style}]{'█' * max(1, round(share * 40))}[/]"
            table.add_row(word(outcome, language), f"{count:,}", f"{share * 100:.1f} %", bar)
    console.print(table)
    about = "_any" if summary.houses else ""
    _show_codes(f"why_refused{about}", summary.refusals, language)
    _show_codes("why_held", summary.holds, language)
    _show_codes("why_pending", summary.waiting, language)
    _show_money(f"owed{about}", summary, language)
    for kind, name in (("debt", "debts"), ("refund", "refunds")):
        if kind in summary.adjustments:
            amount = money(abs(summary.adjusted[kind]), summary.currency)
            console.print(f"{word(name, language)}: {summary.adjustments[kind]:,}, {amount}")
    if summary.standing:
        console.print(f"{word('standing', language)}: {summary.standing:,}")
    for name in ("receipts_read", "receipts_written"):
        if counts := getattr(summary, name):
            each = ", ".join(f"{kind} {count:,}" for kind, count in sorted(counts.items()))
            console.print(f"{word(name, language)}: {each}")
    if summary.set_aside:
        console.print(f"[yellow]{word('set_aside', language)}: {summary.set_aside:,}[/]")
        for reason in summary.set_aside_why[:SHOWN]:
            console.print(escape(f"  {reason}"), style="dim")
    for note in summary.notes[:SHOWN]:
        console.print(escape(f"{word('notes', language)}: {note}"), style="dim")
    _show_next(summary, language, out)


_SUBJECTS = {
    (False, False): ("day_of", "parcels"),
    (True, False): ("day_of", "parcels"),
    (False, True): ("houses_of", "houses"),
    (True, True): ("parcels_and_houses_of", "parcels_and_houses"),
}
"""Title and count of a day with or without parcels, with or without houses."""

_STYLES = {"released": "green", "held": "yellow", "pending": "cyan", "refused": "red"}


def _show_codes(name: str, counts: dict[str, int], language: str) -> None:
    if not counts:
        return
    console.print(f"\n[bold]{word(name, language)}[/]")
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold")
    for code, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:SHOWN]:
        table.add_row(code, f"{count:,}", sentences().title(code, language))
    if len(counts) > SHOWN:
        table.add_row("…", f"{sum(sorted(counts.values())[:-SHOWN]):,}", f"+ {len(counts) - SHOWN}")
    console.print(table)


def _show_money(name: str, summary: Summary, language: str) -> None:
    if not any(summary.money.values()):
        return
    console.print(f"\n[bold]{word(name, language)}[/]")
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for levy, minor in summary.money.items():
        if minor:
            table.add_row(word(levy, language), money(minor, summary.currency))
    console.print(table)


def _show_next(summary: Summary, language: str, out: Path | None) -> None:
    console.print(f"\n[bold]{word('next', language)}[/]")
    if out:
        console.print(escape(f"  {out}"))
    for outcome in ("refused", "held", "released"):
        if outcome in summary.examples:
            console.print(
                f"  silkport explain {summary.examples[outcome]}   # {word(outcome, language)}"
            )


def show_comparison(comparison: list[dict[str, object]], language: str) -> None:
    """Planted errors against what was found, per kind."""
    table = Table(box=None, pad_edge=False)
    for name in ("kind", "planted", "found", "missed", "extra"):
        justify = "left" if name == "kind" else "right"
        table.add_column(word(name, language), justify=justify)  # type: ignore[arg-type]
    table.add_column("")
    for row in comparison:
        mark = "[green]✓[/]" if row["missed"] == 0 else "[red]✗[/]"
        cells = [str(row[name]) for name in ("planted", "found", "missed", "false")]
        table.add_row(f"{row['kind']} {row['rule']}", *cells, mark)
    console.print()
    console.print(table)
