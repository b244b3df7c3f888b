"""A tax proof on the screen."""

from __future__ import annotations

from collections.abc import Sequence

from rich.markup import escape
from rich.table import Table

from silkport.cli.options import console, word
from silkport.cli.tax_rows import (
    ADJUSTMENT_HEAD,
    adjustment_rows,
    deadline_rows,
    goods_rows,
    head_rows,
    total_rows,
    unequal_text,
)
from silkport.cli.tax_words import (
    PAYMENT_HEAD,
    Footnotes,
    Told,
    ground_text,
    payment_cells,
    period_text,
    titled,
    told,
)
from silkport.law.compiled import UNVERIFIED
from silkport.node.proof.proving import Payment, Proven, TaxedLine, TaxProof

_NUMBERS = ("base", "amount", "before", "after", "difference")


def show_head(proof: TaxProof, language: str, *, same_law: bool = True) -> None:
    """What the proof is about."""
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True, style="dim")
    table.add_column(overflow="fold")
    for label, text in head_rows(proof, language, same_law=same_law):
        table.add_row(label, escape(text))
    console.print(table)


def show_payments(proof: TaxProof, language: str, *, with_totals: bool = True) -> None:
    """Payments of each line, each amount unfolded, totals, and the law behind them."""
    notes = Footnotes()
    if proof.payments or proof.amounts:
        console.print(f"\n[bold]{word('whole_declaration', language)}[/]")
        _show_table(proof.payments, proof, language)
        _show_amounts(proof.amounts, proof.currency, language, notes)
    for line in proof.lines:
        _show_line(line, proof, language, notes)
    if with_totals:
        console.print(f"\n[bold]{titled('total', language)}[/]")
        show_rows(total_rows(proof, language))
    if proof.unequal:
        console.print(f"[yellow]{unequal_text(proof, language)}[/]")
    _show_law(notes, proof.currency, language)


def show_rows(rows: Sequence[tuple[str, str]]) -> None:
    """Labels with their figures."""
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for label, text in rows:
        table.add_row(label, text)
    console.print(table)


def show_deadlines(proof: TaxProof, language: str) -> None:
    """Until when one may appeal, and claim a refund."""
    for label, text, loose in deadline_rows(proof, language):
        mark = f" [yellow]({word('unverified', language)})[/]" if loose else ""
        console.print(f"{label}: {escape(text)}{mark}")


def show_adjustments(adjustments: Sequence[dict[str, object]], language: str) -> None:
    """What acts after release changed."""
    if adjustments:
        console.print(f"\n[bold]{word('adjustments', language)}[/]")
        table = _table(ADJUSTMENT_HEAD, language)
        for row in adjustment_rows(adjustments, language):
            table.add_row(*map(escape, row))
        console.print(table)


def _table(head: Sequence[str], language: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in head:
        right = name in _NUMBERS
        table.add_column(titled(name, language), justify="right" if right else "left")
    return table


def _show_line(line: TaxedLine, proof: TaxProof, language: str, notes: Footnotes) -> None:
    title = word("goods_line", language, number=str(line.gnum))
    console.print(f"\n[bold]{title}[/]  {escape(line.goods_name or line.hs_code)}")
    facts = " · ".join(f"{label}: {text}" for label, text in goods_rows(line, language))
    console.print(escape(f"    {facts}"), style="dim")
    _show_table(line.payments, proof, language)
    _show_amounts(line.amounts, proof.currency, language, notes)


def _show_table(payments: Sequence[Payment], proof: TaxProof, language: str) -> None:
    if not payments:
        return
    table = _table(PAYMENT_HEAD, language)
    for payment in payments:
        table.add_row(*(escape(cell) for cell in payment_cells(payment, proof, language)))
    console.print(table)


def _show_amounts(
    amounts: Sequence[Proven], currency: str, language: str, notes: Footnotes
) -> None:
    for _, steps in told(amounts, currency, language, notes):
        for number, step in enumerate(steps, 1):
            _show_step(step, language, is_last=number == len(steps))


def _show_step(step: Told, language: str, *, is_last: bool) -> None:
    marks = "".join(f"[{number}]" for number in step.marks)
    about = ", ".join(
        filter(None, (step.rounding, word("unverified", language) if step.is_unverified else ""))
    )
    name = f"[bold]{escape(step.name)}[/]" if is_last else escape(step.name)
    console.print(f"  {name} = {escape(step.formula)}", soft_wrap=True)
    how = f" ({about})" if about else ""
    console.print(
        escape(f"      = {step.numbers} = {step.result}{how} {marks}"), style="dim", soft_wrap=True
    )


def _show_law(notes: Footnotes, currency: str, language: str) -> None:
    if not notes.numbers:
        return
    console.print(f"\n[bold]{word('law_behind', language)}[/]")
    for ground, number in notes.numbers.items():
        loose = ground.confidence == UNVERIFIED
        mark = f" [yellow]({word('unverified', language)})[/]" if loose else ""
        text = f"[{number}] {ground_text(ground, currency, language)}"
        console.print(f"{escape(text)}{mark}", soft_wrap=True)
        since = period_text(ground.start, ground.stop, language)
        console.print(escape(f"      {since}: {ground.source}"), style="dim", soft_wrap=True)
