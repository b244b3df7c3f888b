"""silkport shadow: what would have been decided, beside what an existing system did."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import polars as pl
import typer
from rich.markup import escape
from rich.table import Table

from silkport.cli.clear import OfficialSchemas
from silkport.cli.explain import Officer
from silkport.cli.options import (
    SOME_UNREADABLE,
    Day,
    Home,
    Json,
    Language,
    SomeAdministration,
    console,
    counting,
    default_home,
    print_json,
    word,
)
from silkport.cli.shadow_page import page_of_report
from silkport.cli.shadow_words import (
    COUNTS,
    SORTS,
    day_cells,
    day_text,
    off_text,
    place_text,
    proof_title,
    report_json,
    rule_rows,
    signed,
    sort_of,
    steps_of,
    there_text,
    title_of,
)
from silkport.cli.tax_page import write_page
from silkport.cli.tax_words import titled
from silkport.formats.ceb.schemas import Schemas
from silkport.formats.headers import DECIDED_FIELDS
from silkport.formats.writing import write
from silkport.node.proof.speaking import money
from silkport.node.shadow.grouping import Asked
from silkport.node.shadow.report import CHARGED, Example, Group, Report
from silkport.node.shadow.shadow import Wanted
from silkport.node.shadow.shadow import shadow as shadow_inputs

Inputs = Annotated[
    list[Path] | None,
    typer.Argument(
        help="Files, folders or zip archives of an existing system: messages, XML declarations, "
        "tables.",
        exists=True,
        show_default=False,
    ),
]
Examples = Annotated[
    int, typer.Option("--examples", min=0, max=100, help="Examples of each cause.")
]
Html = Annotated[Path | None, typer.Option("--html", help="Write the report as a page to print.")]
Template = Annotated[
    Path | None,
    typer.Option(
        "--template",
        help="Write an empty table for decisions of the existing system: .csv, .xlsx, .parquet.",
    ),
]


def shadow(  # noqa: PLR0917 - a command's options are named on the command line
    inputs: Inputs = None,
    administration: SomeAdministration = None,
    day: Day = None,
    home: Home = None,
    language: Language = "en",
    officer: Officer = False,
    examples: Examples = 3,
    html: Html = None,
    schemas: OfficialSchemas = None,
    template: Template = None,
    as_json: Json = False,
) -> None:
    """Compare an existing system with this law: decided, charged and found differently, with why.

    Nothing is kept and nothing is changed. The home is read for the tariffs loaded in it. What the
    existing system decided stands in its receipts and tax bills, in box 47 of XML declarations, or
    in columns decided.* of tables (--template). Without --day the inputs are looked at as of the
    last day in them.

    Exits 0 when the report is made, whatever differs, 4 when some input could not be read (the
    rest is compared), 2 for wrong usage, 1 when the command itself failed.
    """
    if template is not None:
        _write_template(template)
        return
    if not inputs:
        raise typer.BadParameter("name files, folders or archives", param_hint="INPUTS")
    if administration is None:
        raise typer.BadParameter("name the administration", param_hint="--as")
    wanted = Wanted(
        administration=administration,
        home=home or default_home(),
        day=day,
        asked=Asked(language, officer, examples),
        schemas=None if schemas is None else Schemas.load(schemas),
    )
    with counting("reading") as progress:
        report = shadow_inputs(inputs, wanted, progress)
    if html is not None:
        write_page(html, page_of_report(report, language))
    if as_json:
        print_json(report_json(report, language))
    elif html is None:
        show(report, language)
    raise typer.Exit(SOME_UNREADABLE if report.unread else 0)


def _write_template(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write(pl.DataFrame(schema=dict.fromkeys(DECIDED_FIELDS, pl.String)), path)
    console.print(escape(f"{path}"))


def show(report: Report, language: str) -> None:
    """The report on one screen."""
    title = word(
        "shadow_title",
        language,
        administration=report.administration.upper(),
        day=day_text(report.as_of),
    )
    console.print(f"\n[bold]{escape(title)}[/]")
    console.print(word("shadow_about", language), style="dim")
    _show_days(report, language)
    if not report.whole.compared:
        console.print(escape(word("shadow_nothing", language)), style="yellow")
    for heading in SORTS:
        groups = report.of(sort_of(heading))
        if groups:
            console.print(f"\n[bold]{titled(heading, language)}[/]")
        for group in groups:
            _show_group(group, report, language)
    _show_rest(report, language)


def _show_days(report: Report, language: str) -> None:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column(word("shadow_head_day", language), no_wrap=True)
    for name in (*COUNTS, "off"):
        head = word(f"shadow_head_{name}", language, currency=report.currency)
        longest = max(map(len, head.split()))
        table.add_column(head, justify="right", overflow="fold", min_width=longest)
    for one in report.days:
        table.add_row(day_text(one.day), *day_cells(one, report))
    table.add_row(word("shadow_all", language), *day_cells(report.whole, report), style="bold")
    console.print(table)


def _show_group(group: Group, report: Report, language: str) -> None:
    off = f"  {off_text(group, report)}" if group.sort == CHARGED else ""
    title = escape(title_of(group, language))
    console.print(f"[bold]{group.count:,}[/]  {title}{off}", soft_wrap=True)
    for one in group.examples:
        _show_example(one, group, report, language)
    for label, text in rule_rows(group, language):
        console.print(escape(f"      {label}: {text}"), style="dim", soft_wrap=True)


def _show_example(one: Example, group: Group, report: Report, language: str) -> None:
    place = f"    {place_text(one, language)}, {day_text(one.day)}"
    if group.sort != CHARGED:
        said = f"  {word('shadow_said', language)}: {one.reason}" if one.reason else ""
        console.print(escape(f"{place}  {one.sentence}{said}"), soft_wrap=True)
        return
    there, here = there_text(one, report), money(one.ours_minor, report.currency)
    off = signed(one.ours_minor - one.old_minor, report.currency)
    both = f"{word('shadow_there', language)} {there}, {word('shadow_here', language)} {here}"
    console.print(escape(f"{place}  {both}: {off}"), soft_wrap=True)
    steps = steps_of(one, report, language)
    if steps:
        console.print(escape(f"      {proof_title(one, language)}:"), style="dim")
    for step in steps:
        rounding = f" ({step.rounding})" if step.rounding else ""
        text = f"        {step.name} = {step.formula} = {step.numbers} = {step.result}{rounding}"
        console.print(escape(text), style="dim", soft_wrap=True)
    if one.sources:
        text = f"        {word('law', language)}: {'; '.join(one.sources)}"
        console.print(escape(text), style="dim", soft_wrap=True)


def _show_rest(report: Report, language: str) -> None:
    if report.hidden:
        console.print(f"\n{escape(word('shadow_hidden', language, count=str(report.hidden)))}")
    if report.contradictory:
        count = str(report.contradictory)
        console.print(word("shadow_contradictory", language, count=count), style="yellow")
    if report.unread:
        console.print(f"\n[yellow]{word('shadow_unread', language)}: {report.unread:,}[/]")
        for reason in report.unread_why:
            console.print(escape(f"  {reason}"), style="dim", soft_wrap=True)
        more = report.unread - len(report.unread_why)
        if more > 0:
            console.print(f"  {word('shadow_and_more', language, count=str(more))}", style="dim")
    for note in report.notes:
        console.print(escape(f"{word('notes', language)}: {note}"), style="dim", soft_wrap=True)
