"""silkport explain: a decision unfolded."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from silkport.cli.options import (
    Home,
    Json,
    Language,
    console,
    default_home,
    print_json,
    word,
)
from silkport.law.proof import Grounds, Step
from silkport.node.speaking import day, money
from silkport.node.unfolding import Amount, Reason, Unfolded, example, find, unfold

Identifier = Annotated[
    str, typer.Argument(help="Parcel id, order number or waybill number.", show_default=False)
]
Example = Annotated[
    str, typer.Option("--example", help="Unfold one that is refused, taxed, held or pending.")
]
Officer = Annotated[
    bool, typer.Option("--officer", help="Also show risk criteria, score and lane.")
]
_MARKS = {"refuse": "[red]✗[/]", "wait": "[cyan]…[/]", "hold": "[yellow]![/]", "risk": "[magenta]▲[/]"}


def explain(
    identifier: Identifier = "",
    example_of: Example = "",
    home: Home = None,
    language: Language = "en",
    officer: Officer = False,
    as_json: Json = False,
) -> None:
    """Unfold a decision: every rule that fired with its law and smallest fix, every amount.

    Exits 0 when the parcel is known, 1 when it is not, 2 for wrong usage.
    """
    if bool(identifier) == bool(example_of):
        raise typer.BadParameter("give an identifier, or --example refused, but not both")
    place = home or default_home()
    wanted = identifier or example(place, example_of)
    for country, link, parcel_id in find(place, wanted):
        unfolded = unfold(place, country, link, parcel_id, language=language, officer=officer)
        if as_json:
            print_json(asdict(unfolded))
        else:
            show(unfolded, language)


def show(unfolded: Unfolded, language: str) -> None:
    """One decision on one screen."""
    decision = unfolded.decision
    currency = str(decision["currency"])
    outcome = str(decision["outcome"])
    console.print(f"\n[bold]{decision['parcel_id']}[/]  {word(outcome, language)}")
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_row(word("regime", language), f"{decision['administration']} · {decision['regime']}")
    table.add_row("order", escape(f"{decision['order_no']} · {decision['ebc_code']}"))
    table.add_row(word("legal_day", language), day(int(str(decision["decl_day"]))))
    table.add_row(word("decision", language), day(int(str(decision["processing_day"]))))
    if int(str(decision["due_day"])) >= 0:
        table.add_row(word("appeal", language), day(int(str(decision["due_day"]))))
    table.add_row(word("total", language), money(int(str(decision["total_minor"])), currency))
    if "lane" in decision:
        table.add_row("lane", f"{decision['lane']} ({decision['risk_score']})")
    console.print(table)
    console.print(f"\n[bold]{word('reasons', language)}[/]")
    if not unfolded.reasons:
        console.print(word("no_reasons", language))
    for reason in unfolded.reasons:
        _show_reason(reason, language)
    if not unfolded.same_law:
        then, now = str(decision["law_digest"])[:12], unfolded.law_digest[:12]
        console.print(f"[yellow]{word('other_law', language, then=then, now=now)}[/]")
    if unfolded.amounts:
        console.print(f"\n[bold]{word('amounts', language)}[/]")
    for amount in unfolded.amounts:
        _show_amount(amount, currency, language)


def _show_reason(reason: Reason, language: str) -> None:
    where = f" · {word('line', language)} {reason.line}" if reason.line else ""
    mark = _MARKS.get(reason.effect, "[dim]·[/]")
    console.print(f"{mark} [bold]{reason.code}[/]{where}  {escape(reason.sentence)}")
    if reason.fix:
        console.print(f"    {word('fix', language)}: {escape(reason.fix)}")
    if reason.field:
        console.print(f"    {word('field', language)}: {reason.field}", style="dim")
    if reason.source:
        loose = "" if reason.confidence == "cited" else f" ({word('unverified', language)})"
        official = f" [{reason.official}]" if reason.official else ""
        console.print(escape(f"    {word('law', language)}: {reason.source}{loose}{official}"), style="dim")


def _show_amount(amount: Amount, currency: str, language: str) -> None:
    where = f" · {word('line', language)} {amount.line}" if amount.line else ""
    label = word(amount.name, language)
    console.print(f"[bold]{label}{where}[/] = {money(amount.minor, currency)}")
    for step in amount.proof.steps:
        _show_step(step, language)


def _show_step(step: Step, language: str) -> None:
    console.print(escape(f"    {step.name} = {step.symbols}"))
    if step.numbers != step.symbols and step.numbers != str(step.result):
        console.print(escape(f"      = {step.numbers}"))
    console.print(escape(f"      = {step.result}"))
    for ground in step.grounds:
        _show_ground(ground, language)


def _show_ground(ground: Grounds, language: str) -> None:
    stop = "…" if ground.stop == "9999-12-31" else ground.stop
    loose = "" if ground.confidence == "cited" else f" ({word('unverified', language)})"
    text = f"      {ground.name} = {ground.value}  {ground.start} – {stop}  {ground.source}{loose}"
    console.print(escape(text), style="dim")
