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
from silkport.kernel.scaled import format_scaled
from silkport.law.proof import Grounds, Step
from silkport.model.consignment import Consignment
from silkport.node.lawbooks import sentences
from silkport.node.speaking import day, money, spoken
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
_ORDER = ("refuse", "wait", "hold", "risk", "note")
_MARKS = {
    "refuse": "[red]✗[/]",
    "wait": "[cyan]…[/]",
    "hold": "[yellow]![/]",
    "risk": "[magenta]▲[/]",
}


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
    found = [
        unfold(place, country, link, parcel_id, language=language, officer=officer)
        for country, link, parcel_id in find(place, wanted)
    ]
    if as_json:
        print_json([asdict(unfolded) for unfolded in found])
        return
    for unfolded in found:
        show(unfolded, language)


def show(unfolded: Unfolded, language: str) -> None:
    """One decision on one screen."""
    decision = unfolded.decision
    currency = str(decision["currency"])
    outcome = str(decision["outcome"])
    console.print(f"\n[bold]{decision['parcel_id']}[/]  {word(outcome, language)}")
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_row(word("regime", language), f"{decision['administration']} · {decision['regime']}")
    table.add_row(
        word("order", language), escape(f"{decision['order_no']} · {decision['ebc_code']}")
    )
    table.add_row(word("legal_day", language), day(int(str(decision["decl_day"]))))
    table.add_row(word("decision", language), day(int(str(decision["processing_day"]))))
    if outcome == "pending":
        table.add_row(word("due", language), day(int(str(decision["due_day"]))))
    table.add_row(word("total", language), money(int(str(decision["total_minor"])), currency))
    if "lane" in decision:
        table.add_row(word("lane", language), f"{decision['lane']} ({decision['risk_score']})")
    console.print(table)
    if unfolded.consignment:
        _show_consignment(unfolded.consignment, language)
    console.print(f"\n[bold]{word('reasons', language)}[/]")
    if not unfolded.reasons:
        console.print(word("no_reasons", language))
    for reason in sorted(unfolded.reasons, key=lambda one: (_ORDER.index(one.effect), one.line)):
        _show_reason(reason, language)
    if outcome == "refused" and int(str(decision["due_day"])) >= 0:
        until = day(int(str(decision["due_day"])))
        console.print(sentences().sentence("APPEAL", language, {"appeal_until": until}))
    if not unfolded.same_law:
        then, now = str(decision["law_digest"])[:12], unfolded.law_digest[:12]
        console.print(f"[yellow]{word('other_law', language, then=then, now=now)}[/]")
    _show_amounts(unfolded.amounts, currency, language)


def _show_consignment(consignment: Consignment, language: str) -> None:
    way = f"{consignment.departure_country} → {consignment.destination_country}"
    console.print(f"\n[bold]{word('goods', language)}[/]  {escape(way)}")
    for party in consignment.parties:
        role = word(party.role, language)
        console.print(escape(f"    {role}: {party.name} ({party.code})"), style="dim")
    for line in consignment.lines:
        quantity = spoken("qty_e5", line.qty_e5, "")
        total = spoken("total_e5", line.total_e5, "")
        text = f"    {line.gnum}. {line.hs_code} {line.name} · {quantity} {line.unit}"
        console.print(escape(f"{text} · {total} {line.currency} · {line.origin}"))


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
        console.print(
            escape(f"    {word('law', language)}: {reason.source}{loose}{official}"), style="dim"
        )


def _show_amounts(amounts: list[Amount], currency: str, language: str) -> None:
    """Every amount by its steps; a step that was shown is not shown again, sources stand below."""
    if amounts:
        console.print(f"\n[bold]{word('amounts', language)}[/]")
    shown: set[tuple[int, str, str]] = set()
    footnotes: dict[Grounds, int] = {}
    single_line = {amount.line for amount in amounts} <= {0, 1}
    for amount in amounts:
        if single_line and amount.line and amount.name == "customs_value":
            continue
        where = f" · {word('line', language)} {amount.line}" if amount.line else ""
        console.print(
            f"[bold]{word(amount.name, language)}{where}[/] = {money(amount.minor, currency)}"
        )
        for step in amount.proof.steps:
            mark = (amount.line, step.name, step.numbers)
            if mark not in shown:
                shown.add(mark)
                _show_step(step, amount, currency, footnotes)
    for ground, number in footnotes.items():
        _show_ground(number, ground, language)


def _show_step(step: Step, amount: Amount, currency: str, footnotes: dict[Grounds, int]) -> None:
    is_amount = step.name == f"{amount.name}_minor"
    result = _read(step.result, "minor" if is_amount else step.unit, currency)
    marks = "".join(f" [{footnotes.setdefault(g, len(footnotes) + 1)}]" for g in step.grounds)
    numbers = f" = {step.numbers}" if step.numbers not in {step.symbols, str(step.result)} else ""
    name = "" if is_amount else f"{step.name} = "
    console.print(escape(f"    {name}{step.symbols}"), style="dim")
    console.print(escape(f"      {numbers} = {result}{marks}"))


def _read(result: object, unit: str, currency: str) -> str:
    if isinstance(result, bool):
        return "yes" if result else "no"
    number = int(str(result))
    if unit == "ppm":
        return f"{format_scaled(number, places=4, shortest=True)} %"
    if unit == "minor":
        return money(number, currency)
    if unit in {"e5", "rate", "mg", "micro", "pico"}:
        places = {"e5": 5, "rate": 6, "mg": 6, "micro": 8, "pico": 14}[unit]
        suffix = {"mg": " kg", "micro": f" {currency}", "pico": f" {currency}"}.get(unit, "")
        return f"{format_scaled(number, places=places, shortest=True)}{suffix}"
    return f"{number:,}".replace(",", "\u202f")


def _show_ground(number: int, ground: Grounds, language: str) -> None:
    stop = "…" if ground.stop == "9999-12-31" else ground.stop
    loose = "" if ground.confidence == "cited" else f" ({word('unverified', language)})"
    value = ground.value
    if ground.name.endswith("_ppm"):
        value = format_scaled(int(value), places=6, shortest=True)
    text = f"[{number}] {ground.name} = {value}, {ground.start} – {stop}: {ground.source}{loose}"
    console.print(escape(text), style="dim")
