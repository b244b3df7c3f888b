"""silkport explain: a decision unfolded."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

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
from silkport.cli.tax_json import proof_json
from silkport.cli.tax_page import page_of_decisions, write_page
from silkport.cli.tax_text import show_adjustments, show_deadlines, show_head, show_payments
from silkport.kernel.scaled import format_scaled
from silkport.law.proof import Grounds, Step
from silkport.model.consignment import Consignment
from silkport.node.law.books import sentences
from silkport.node.proof.speaking import day, money, spoken
from silkport.node.proof.unfolded import Amount, Reason, Unfolded
from silkport.node.proof.unfolding import example, find, unfold

Identifier = Annotated[
    str,
    typer.Argument(help="Parcel id; order, declaration or waybill number.", show_default=False),
]
Example = Annotated[
    str, typer.Option("--example", help="Unfold one that is refused, taxed, held or pending.")
]
Officer = Annotated[
    bool, typer.Option("--officer", help="Also show risk criteria, score and lane.")
]
Tax = Annotated[
    bool, typer.Option("--tax", help="Show the tax proof alone: payments, each amount unfolded.")
]
Html = Annotated[
    Path | None,
    typer.Option("--html", help="Write the tax proof as a page to print; implies --tax."),
]
_ORDER = ("refuse", "wait", "hold", "risk", "note")
_MARKS = {
    "refuse": "[red]✗[/]",
    "wait": "[cyan]…[/]",
    "hold": "[yellow]![/]",
    "risk": "[magenta]▲[/]",
}


def explain(  # noqa: PLR0917 - a command's options are named on the command line
    identifier: Identifier = "",
    example_of: Example = "",
    home: Home = None,
    language: Language = "en",
    officer: Officer = False,
    as_json: Json = False,
    tax: Tax = False,
    html: Html = None,
) -> None:
    """Unfold a decision: every rule that fired with its law and smallest fix, every amount.

    With --tax only the payments: each row, each amount by its steps in words and numbers, act and
    article, dates in force and rounding, under the law that the decision was made with.

    Exits 0 when the parcel or house is known, 1 when it is not, 2 for wrong usage.
    """
    if bool(identifier) == bool(example_of):
        raise typer.BadParameter("give an identifier, or --example refused, but not both")
    place = home or default_home()
    wanted = identifier or example(place, example_of)
    tax = tax or html is not None
    found = [
        unfold(place, country, link, parcel_id, language=language, officer=officer, tax=tax)
        for country, link, parcel_id in find(place, wanted)
    ]
    if html is not None:
        write_page(html, page_of_decisions(found, language))
    if as_json:
        print_json([_tax_json(one, language) if tax else _json(one, language) for one in found])
    elif html is None:
        for unfolded in found:
            (show_tax if tax else show)(unfolded, language)


def _json(unfolded: Unfolded, language: str) -> dict[str, Any]:
    """Everything behind a decision; the tax proof of a house by its own keys, under `tax`."""
    proof, unfolded.tax = unfolded.tax, None
    shown = asdict(unfolded)
    shown["tax"] = proof_json(proof, language) if proof else None
    return shown


def _tax_json(unfolded: Unfolded, language: str) -> dict[str, Any]:
    """The tax proof with what it is a proof of."""
    assert unfolded.tax is not None
    decision = unfolded.decision
    return {
        "parcel_id": decision["parcel_id"],
        "outcome": decision["outcome"],
        "decided_by": decision["law_digest"],
        "same_law": unfolded.same_law,
        **proof_json(unfolded.tax, language),
        "adjustments": unfolded.adjustments,
    }


def show_tax(unfolded: Unfolded, language: str) -> None:
    """The tax proof of one decision on one screen."""
    assert unfolded.tax is not None
    console.print(f"\n[bold]{word('proof_title', language)}[/]  {unfolded.decision['parcel_id']}")
    show_head(unfolded.tax, language, same_law=unfolded.same_law)
    _show_other_law(unfolded, language)
    show_adjustments(unfolded.adjustments, language)
    show_payments(unfolded.tax, language)
    show_deadlines(unfolded.tax, language)


def show(unfolded: Unfolded, language: str) -> None:
    """One decision on one screen."""
    decision = unfolded.decision
    currency = str(decision["currency"])
    outcome = str(decision["outcome"])
    console.print(f"\n[bold]{decision['parcel_id']}[/]  {word(outcome, language)}")
    if unfolded.tax is not None:
        show_head(unfolded.tax, language, same_law=unfolded.same_law)
    else:
        _show_parcel(decision, currency, language)
    _show_facts(decision, language)
    if unfolded.consignment:
        _show_consignment(unfolded.consignment, language)
    console.print(f"\n[bold]{word('reasons', language)}[/]")
    if not unfolded.reasons:
        console.print(word("no_reasons", language))
    for reason in sorted(unfolded.reasons, key=lambda one: (_ORDER.index(one.effect), one.line)):
        show_reason(reason, language)
    if outcome == "refused" and int(str(decision["due_day"])) >= 0:
        until = day(int(str(decision["due_day"])))
        console.print(sentences().sentence("APPEAL", language, {"appeal_until": until}))
    _show_other_law(unfolded, language)
    show_adjustments(unfolded.adjustments, language)
    if unfolded.tax is not None:
        show_payments(unfolded.tax, language)
        show_deadlines(unfolded.tax, language)
    else:
        _show_amounts(unfolded.amounts, currency, language)


def _show_parcel(decision: dict[str, object], currency: str, language: str) -> None:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_row(word("regime", language), f"{decision['administration']} · {decision['regime']}")
    table.add_row(
        word("order", language), escape(f"{decision['order_no']} · {decision['ebc_code']}")
    )
    table.add_row(word("legal_day", language), day(int(str(decision["decl_day"]))))
    table.add_row(word("decision", language), day(int(str(decision["processing_day"]))))
    if decision["outcome"] == "pending":
        table.add_row(word("due", language), day(int(str(decision["due_day"]))))
    table.add_row(word("total", language), money(int(str(decision["total_minor"])), currency))
    for kind in ("appeal", "refund"):
        until = int(str(decision[f"{kind}_day"]))
        if until >= 0:
            table.add_row(word(f"{kind}_until", language), day(until))
    console.print(table)


def _show_facts(decision: dict[str, object], language: str) -> None:
    if "lane" in decision:
        lane = f"{decision['lane']} ({decision['risk_score']})"
        console.print(f"{word('lane', language)}  {lane}")


def _show_other_law(unfolded: Unfolded, language: str) -> None:
    if not unfolded.same_law:
        then, now = str(unfolded.decision["law_digest"])[:12], unfolded.law_digest[:12]
        console.print(f"[yellow]{word('other_law', language, then=then, now=now)}[/]")


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


def show_reason(reason: Reason, language: str) -> None:
    """One rule that fired, with its law and the smallest fix."""
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
