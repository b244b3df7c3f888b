"""Options of `silkport quote`, and the declaration they amount to."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any

import polars as pl
import typer

from silkport.law.book import Book
from silkport.law.tariff.units import known_unit
from silkport.model.declarations import GOODS
from silkport.node.law.books import country_code
from silkport.node.proof.quoting import Tables, declared_by, procedures, regime_of

OF_LINES = {
    "hs": "hs_code",
    "price": "total",
    "origin": "origin",
    "producer": "producer",
    "gross_mass": "gross_mass_kg",
    "net_mass": "net_mass_kg",
    "qty": "qty",
    "unit": "unit",
    "qty2": "qty2",
    "unit2": "unit2",
    "preference": "preference",
    "vat_relief": "vat_relief",
    "rate_choice": "rate_choice",
}
"""Options of goods lines, and the columns they state."""

OF_HOUSE = (
    "procedure",
    "currency",
    "incoterms",
    "freight_to_border",
    "freight",
    "freight_currency",
    "insurance_to_border",
    "insurance",
    "additions",
    "deductions",
    "stay_months",
)
"""Options of the whole declaration, called like the columns they state."""

_FIGURES = ("price", "gross_mass", "net_mass", "qty", "qty2")
"""What belongs to one line and is never meant for all."""

_COUNTRY = (r"[A-Z]{2}", "a country is written in two capital letters, ISO 3166")
_CURRENCY = (r"[A-Z]{3}", "a currency is written in three capital letters, ISO 4217")
_UNIT = (r"[A-Z0-9]{2,3}", "a unit is a code such as H87, or a name such as 'pieces'")
_FORMS = {
    "hs": (r"[0-9]{10}", "a commodity code has ten digits, such as 6109100000"),
    "origin": _COUNTRY,
    "currency": _CURRENCY,
    "freight_currency": _CURRENCY,
    "unit": _UNIT,
    "unit2": _UNIT,
    "rate_choice": ("union", "the one choice is 'union'"),
}
"""What an option must look like where its column does not say so."""


def of_lines(name: str, text: str) -> Any:
    """An option of goods lines: given again for each further line."""
    return typer.Option(name, help=f"{text}.", show_default=False)


Each = list[str] | None
Hs = Annotated[Each, of_lines("--hs", "Commodity code; again for each further line")]
Price = Annotated[Each, of_lines("--price", "Price of the line; again for each --hs")]
Origin = Annotated[Each, of_lines("--origin", "Country of origin, of all lines or of each")]
Producer = Annotated[Each, of_lines("--producer", "Maker of the goods, of all lines or of each")]
NetMass = Annotated[Each, of_lines("--net-mass", "Net mass of the line in kilograms")]
GrossMass = Annotated[Each, of_lines("--gross-mass", "Gross mass of the line in kilograms")]
Quantity = Annotated[Each, of_lines("--qty", "Quantity of the line")]
Unit = Annotated[Each, of_lines("--unit", "Its unit: H87, LTR, or a name such as 'pieces'")]
Quantity2 = Annotated[Each, of_lines("--qty2", "Another quantity that a rate asks for")]
Unit2 = Annotated[Each, of_lines("--unit2", "Its unit")]
Preference = Annotated[Each, of_lines("--preference", "Preference claimed for duty")]
Relief = Annotated[Each, of_lines("--vat-relief", "VAT relief claimed")]
RateChoice = Annotated[Each, of_lines("--rate-choice", "'union': not the lower national rate")]


def of_house(name: str, text: str) -> Any:
    """An option of the whole declaration."""
    return typer.Option(name, help=f"{text}.", show_default=False)


Currency = Annotated[str, of_house("--currency", "Currency of the prices")]
Terms = Annotated[str, of_house("--incoterms", "Term of delivery, Incoterms 2020")]
ToBorder = Annotated[str, of_house("--freight-to-border", "Freight to the border")]
Freight = Annotated[str, of_house("--freight", "Freight for the whole way")]
FreightCurrency = Annotated[
    str, of_house("--freight-currency", "Currency of freight and insurance, if another")
]
InsuredToBorder = Annotated[str, of_house("--insurance-to-border", "Insurance to the border")]
Insurance = Annotated[str, of_house("--insurance", "Insurance for the whole way")]
Additions = Annotated[str, of_house("--additions", "Royalties, commissions and the like")]
Deductions = Annotated[str, of_house("--deductions", "Costs after arrival within the prices")]
Months = Annotated[str, of_house("--stay-months", "Temporary import: months of stay")]
Procedure = Annotated[
    str, of_house("--procedure", "Procedure or supervision mode; else the usual one")
]


def option(name: str) -> str:
    """How an option is written: `net_mass` is --net-mass."""
    return "--" + name.replace("_", "-")


def declared_from(options: Mapping[str, Any], book: Book, *, direction: str, day: date) -> Tables:
    """The declaration that options amount to.

    Args:
        options: by the names of OF_LINES (a list, or None) and OF_HOUSE (a text).
    Raises BadParameter, which names the option and what is wrong with it.
    """
    lines = _lines(options)
    head = {name: str(options[name]) for name in OF_HOUSE if options[name]}
    _demand_form(head)
    for line in lines:
        _demand_form(line)
    head["procedure"] = _procedure(head.get("procedure", ""), book, direction, day)
    _demand_terms(head, book, direction, day)
    here = country_code(book.law.country)
    there = lines[0].get("origin", "")
    way = {"departure_country": there, "destination_country": here}
    if direction == "export":
        way = {"departure_country": here, "destination_country": ""}
    head |= way | {"decl_day": f"{day}"}
    of_columns = [{OF_LINES[name]: text for name, text in line.items()} for line in lines]
    for number, line in enumerate(of_columns, 1):
        line["gnum"] = f"{number}"
    tables, faults = declared_by(head, of_columns, day)
    names = {column: name for name, column in OF_LINES.items()}
    for number, fault in faults:
        which = f" of line {number}" if number and len(lines) > 1 else ""
        told = f"{fault.read!r}{which}: {fault.expected} is expected"
        raise typer.BadParameter(told, param_hint=option(names.get(fault.column, fault.column)))
    _demand_sense(tables[GOODS.name])
    return tables


def _lines(options: Mapping[str, Any]) -> list[dict[str, str]]:
    """The options of each line; what was given once and is no figure is for all of them."""
    codes: Sequence[str] = options["hs"] or []
    if not codes or not options["price"]:
        raise typer.BadParameter("a code and its price are needed, or --file", param_hint="--hs")
    lines: list[dict[str, str]] = [{} for _ in codes]
    for name in OF_LINES:
        given: Sequence[str] = options[name] or []
        if len(given) == 1 and name not in _FIGURES:
            given = [given[0]] * len(codes)
        if given and len(given) != len(codes):
            told = f"it is given {len(given)} times for {len(codes)} lines: once for each --hs"
            raise typer.BadParameter(told, param_hint=option(name))
        for line, text in zip(lines, given, strict=False):
            line[name] = known_unit(text) or text if name in ("unit", "unit2") else text
    return lines


def _demand_form(texts: Mapping[str, str]) -> None:
    for name, (pattern, expected) in _FORMS.items():
        text = texts.get(name, "")
        if text and not re.fullmatch(pattern, text, re.ASCII):
            raise typer.BadParameter(f"{text!r} cannot be: {expected}", param_hint=option(name))


def _procedure(given: str, book: Book, direction: str, day: date) -> str:
    """The procedure that was named, or the usual one of the direction."""
    if direction not in ("import", "export"):
        told = f"{direction!r} cannot be: goods are for import or export"
        raise typer.BadParameter(told, param_hint="--direction")
    known = procedures(book.law, day, direction)
    if given in known:
        return given
    if given or not known:
        told = f"{given or direction!r}: the law has no such procedure of {direction} on {day}"
        told += f"; it has {', '.join(known)}" if known else ""
        raise typer.BadParameter(told, param_hint="--procedure")
    return known[0]


def _demand_terms(head: Mapping[str, str], book: Book, direction: str, day: date) -> None:
    """Refuses what leaves the customs value open: no currency, or no term of delivery."""
    if not head.get("currency"):
        raise typer.BadParameter("the currency of the price is needed", param_hint="--currency")
    regime = regime_of(book.law, day, direction, head["procedure"])
    terms, known = head.get("incoterms", ""), sorted(book.law.lists.get("incoterms", ()))
    is_split = regime is not None and "split_at_border" in regime.stages.get("value", ())
    if (terms and known and terms not in known) or (is_split and not terms):
        told = f"{terms!r} is no term" if terms else "the term of delivery is needed: it decides"
        told += f" of {', '.join(known)}" if terms else " which freight belongs to the value"
        raise typer.BadParameter(told, param_hint="--incoterms")


def _demand_sense(goods: pl.DataFrame) -> None:
    """Refuses a price or quantity of nothing, and a net mass above the gross mass."""
    for name in _FIGURES:
        column = GOODS_COLUMNS[name]
        if goods.select((pl.col(column) == 0).any()).item():
            raise typer.BadParameter("0 cannot be: it is above zero", param_hint=option(name))
    both = (pl.col("gross_mass_mg") >= 0) & (pl.col("net_mass_mg") > pl.col("gross_mass_mg"))
    if goods.select(both.any()).item():
        told = "the net mass is more than the gross mass"
        raise typer.BadParameter(told, param_hint="--net-mass")


GOODS_COLUMNS = {
    name: column.name
    for name, outside in OF_LINES.items()
    for column in GOODS.columns
    if column.outside == outside
}
"""Options of goods lines, and the internal names of their columns."""
