"""silkport quote: what goods would owe, with the proof of every amount."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from silkport.cli import quote_options as given
from silkport.cli.explain import Html, show_reason
from silkport.cli.options import (
    Administration,
    Home,
    Json,
    Language,
    console,
    default_home,
    parse_processing_day,
    print_json,
    today,
    word,
)
from silkport.cli.quote_page import page_of_quotes, permit_texts, quote_json, quote_rows
from silkport.cli.tax_page import write_page
from silkport.cli.tax_text import show_deadlines, show_head, show_payments, show_rows
from silkport.cli.tax_words import titled
from silkport.node.law.books import law_book
from silkport.node.proof.quoting import Declared, Quote, declared_in, on_day, quotes

INCOMPLETE = 4

Direction = Annotated[str, typer.Option("--direction", help="import or export.")]
LegalDay = Annotated[
    date | None,
    typer.Option("--day", parser=parse_processing_day, help="Legal day; else today."),
]
Consignment = Annotated[
    Path | None,
    typer.Option("--file", help="A file of consignments, instead of options.", exists=True),
]


def quote(  # noqa: PLR0917 - a command's options are named on the command line
    administration: Administration,
    hs: given.Hs = None,
    price: given.Price = None,
    currency: given.Currency = "",
    origin: given.Origin = None,
    producer: given.Producer = None,
    gross_mass: given.GrossMass = None,
    net_mass: given.NetMass = None,
    qty: given.Quantity = None,
    unit: given.Unit = None,
    qty2: given.Quantity2 = None,
    unit2: given.Unit2 = None,
    preference: given.Preference = None,
    vat_relief: given.Relief = None,
    rate_choice: given.RateChoice = None,
    incoterms: given.Terms = "",
    freight_to_border: given.ToBorder = "",
    freight: given.Freight = "",
    freight_currency: given.FreightCurrency = "",
    insurance_to_border: given.InsuredToBorder = "",
    insurance: given.Insurance = "",
    additions: given.Additions = "",
    deductions: given.Deductions = "",
    stay_months: given.Months = "",
    procedure: given.Procedure = "",
    direction: Direction = "import",
    day: LegalDay = None,
    file: Consignment = None,
    home: Home = None,
    language: Language = "en",
    as_json: Json = False,
    html: Html = None,
) -> None:
    """Work out what goods would owe: duties, taxes and fees with their proof; no decision.

    Nothing is declared or stored. The tariff is the one loaded in the home, where there is one.
    Exits 0 when every amount could be worked out, 4 when something is missing (a rate that is not
    on file, a quantity that the rate asks for) or a file cannot be read, 2 for wrong usage.
    """
    here = locals()
    options = {name: here[name] for name in (*given.OF_LINES, *given.OF_HOUSE)}
    book, on = law_book(administration, home or default_home()), day or today()
    if file is not None and any(options.values()):
        raise typer.BadParameter("give a file, or goods by options, but not both")
    if file is None:
        declared = Declared(given.declared_from(options, book, direction=direction, day=on))
    else:
        declared = declared_in(file, on)
    tables = on_day(declared.tables, on) if day else declared.tables
    found = list(quotes(tables, book, day=on, language=language))
    if html is not None:
        write_page(html, page_of_quotes(found, declared.unread, language))
    if as_json:
        print_json([quote_json(one, declared.unread, language) for one in found])
    elif html is None:
        show_quotes(found, declared.unread, language)
    complete = all(one.is_complete for one in found) and not declared.unread
    raise typer.Exit(0 if complete else INCOMPLETE)


def show_quotes(found: Sequence[Quote], unread: Sequence[str], language: str) -> None:
    """Quotes on the screen, and what of a file could not be read."""
    for one in found:
        _show_quote(one, language)
    if unread:
        console.print(f"\n[yellow]{word('unread', language)}[/]")
        for text in unread:
            console.print(escape(f"  {text}"), style="dim")


def _show_quote(quote: Quote, language: str) -> None:
    console.print(f"\n[bold]{word('quote_title', language)}[/]")
    show_head(quote.proof, language)
    console.print(f"[yellow]{word('disclaimer', language)}[/]")
    if quote.missing:
        console.print(f"\n[bold red]{word('missing', language)}[/]")
    for reason in quote.missing:
        show_reason(reason, language)
    show_payments(quote.proof, language, with_totals=False)
    console.print()
    show_rows(quote_rows(quote, language))
    if not quote.is_complete:
        console.print(f"[yellow]{word('incomplete', language)}[/]")
    if quote.notes:
        console.print(f"\n[bold]{word('to_note', language)}[/]")
    for reason in quote.notes:
        show_reason(reason, language)
    console.print(f"\n[bold]{titled('permits', language)}[/]")
    permits = permit_texts(quote, language)
    for text, loose in permits:
        mark = f" [yellow]({word('unverified', language)})[/]" if loose else ""
        console.print(f"{escape(text)}{mark}")
    if not permits:
        console.print(word("no_permits", language))
    console.print(f"\n[bold]{titled('deadlines', language)}[/]")
    show_deadlines(quote.proof, language)
