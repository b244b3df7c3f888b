"""Formulas for people: each is worked out as it is written, and gives what the rule sheet gives."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date
from fractions import Fraction

import pytest

from silkport.cli.tax_words import Footnotes, known_as, tell, vocabulary
from silkport.kernel.periods import day_number
from silkport.law.book import Book
from silkport.law.derivation import Derivation
from silkport.law.formula import SCALES, Formula, Term, plain_call, plain_name, worth, written
from silkport.law.sentences import LANGUAGES
from silkport.law.sheet import CompiledSheet, Sheet
from silkport.model.columns import Kind
from silkport.node.law.books import law_book
from silkport.node.proof.proving import LEVIES, OF_GOODS, OF_HOUSES, OF_LINES, OF_PARCELS
from tests.stages.goods_law import book_with, tariff_row

ASKED = (*OF_HOUSES, *OF_GOODS, *OF_PARCELS, *OF_LINES)
TEXTS = {
    "hs_code": (
        "2208201200",
        "4011100003",
        "6911100000",
        "7320202008",
        "8528722009",
        "6109100000",
        "9018199000",
        "2203000100",
        "7204100000",
        "0203111000",
    ),
    "origin": ("CN", "UZ", "DE", "TJ"),
    "producer": ("", "Altyn Spring Works"),
    "preference": ("", "", "UZ"),
    "currency": ("USD", "EUR", "CNY", "KZT", "XTS"),
    "freight_currency": ("", "EUR"),
    "parcel_currency": ("CNY",),
    "incoterms": ("EXW", "FCA", "CIF", "CPT", "DAP"),
    "unit": ("KGM", "H87", "LTR", "GRM"),
    "unit2": ("", "LPA"),
    "rate_choice": ("", "union"),
    "vat_relief": ("", "NO"),
}
ADDED = (
    (
        "tariff.csv",
        (
            tariff_row("7204", "10, but not less than 20 EUR per 1000 kg"),
            tariff_row("9701", "0"),
        ),
    ),
)


def books() -> Iterator[tuple[str, Book]]:
    yield "zz", law_book("zz")
    yield "cn", law_book("cn")
    yield "kz", book_with("kz", ADDED)


def a_row(sheet: Sheet, source: random.Random) -> dict[str, int | str]:
    """A row whose figures are stated, some of them zero; its day is in 2026."""
    row: dict[str, int | str] = {}
    for column in sheet.shape.columns:
        if column.kind is Kind.TEXT:
            row[column.name] = source.choice(TEXTS.get(column.name, ("",)))
        elif column.kind is Kind.DAY:
            row[column.name] = day_number(date(2026, 10, 1))
        elif column.kind is Kind.COUNT:
            row[column.name] = source.choice((1, 2, 3, 7))
        else:
            row[column.name] = source.choice((0, 1, source.randint(1, 10**9)))
    for part, whole in (
        ("gross_mass_mg", "lines_gross_mg"),
        ("total_e5", "lines_total_e5"),
        ("freight_to_border_e5", "freight_e5"),
        ("insurance_to_border_e5", "insurance_e5"),
    ):
        if part in row and whole in row:
            row[whole] = int(row[part]) + int(row[whole])
    return row


def amounts(compiled: CompiledSheet, outputs: tuple[str, ...]) -> list[str]:
    return [name for name in outputs if name in compiled.written]


@pytest.mark.parametrize("country", ["zz", "cn", "kz"])
@pytest.mark.parametrize(
    ("sheet", "outputs"), ASKED, ids=lambda one: getattr(one, "stage", "") and one.shape.name
)
def test_formulas_give_what_the_sheet_gives(
    country: str, sheet: Sheet, outputs: tuple[str, ...]
) -> None:
    book = dict(books())[country]
    source = random.Random(f"{country} {sheet.stage} {sheet.shape.name}")
    for cell in range(len(book.cells)):
        regime, (start, stop) = book.cells[cell]
        compiled = book.compiled(sheet, cell)
        names = amounts(compiled, outputs)
        if not names or not start <= date(2026, 10, 1) < stop:
            continue
        derivation = Derivation(compiled, names)
        for _ in range(30):
            row = a_row(sheet, source)
            single = compiled.single(row)
            for name, formula in derivation.of(row).items():
                assert formula.result == single[name], (regime.code, name)
                check_by_hand(formula)
            proven = source.choice(names)
            assert compiled.prove(proven, row).result == single[proven]


def check_by_hand(formula: Formula) -> None:
    """Every step comes to its value when it is worked out as it is written."""
    for step in formula.steps:
        want = Fraction(int(step.value), 10 ** SCALES.get(step.unit, 0))
        if step.measure == "GRM":  # grams, written from kilograms
            assert worth(step.body) == want
            continue
        assert worth(step.body) == want, written(step.body, plain_name, plain_call)


def names_in(term: Term) -> Iterator[Term]:
    if not term.terms and term.op not in ("number", "nothing"):
        yield term
    for part in term.terms:
        yield from names_in(part)


@pytest.mark.parametrize("country", ["zz", "cn", "kz"])
def test_every_part_of_a_formula_has_a_word(country: str) -> None:
    """In each language; the names of the rule sheets are never shown instead."""
    book = dict(books())[country]
    source = random.Random(country)
    for cell in range(len(book.cells)):
        for sheet, outputs in ASKED:
            compiled = book.compiled(sheet, cell)
            names = amounts(compiled, outputs)
            if not names:
                continue
            derivation = Derivation(compiled, names)
            for _ in range(3):
                for formula in derivation.of(a_row(sheet, source)).values():
                    for step in formula.steps:
                        for language in LANGUAGES:
                            told = tell(step, "XTS", language, Footnotes())
                            assert not set("{}_") & set(f"{told.name}{told.formula}{told.numbers}")


def test_the_vocabulary_is_whole() -> None:
    for name, entry in vocabulary().items():
        assert set(entry) == set(LANGUAGES), name
        marks = {
            frozenset(part.split("}")[0] for part in text.split("{")[1:]) for text in entry.values()
        }
        assert len(marks) == 1, name
        assert all(text.strip() for text in entry.values()), name


@pytest.mark.parametrize(
    ("name", "entry", "levy"),
    [
        ("duty rate", "{levy} rate", "duty"),
        ("excise by quantity", "{levy} by quantity", "excise"),
        ("quantity for antidumping", "quantity for {levy}", "antidumping"),
        ("rounding.vat", "rounding.{levy}", "vat"),
        ("VAT rate", "VAT rate", ""),
        ("duty", "duty", ""),
    ],
)
def test_names_of_levies_stand_once(name: str, entry: str, levy: str) -> None:
    assert known_as(name) == (entry, levy)
    assert levy in ("", *LEVIES)
