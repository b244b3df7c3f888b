"""A tax proof in words: formulas, rates, payments and law, in one of four languages.

What is said here is the same on the screen and on the page; only the layout differs.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from silkport.cli.options import word
from silkport.kernel.rates import Rate
from silkport.kernel.scaled import Rounding, format_scaled
from silkport.law.compiled import UNVERIFIED
from silkport.law.formula import SCALES, Ground, Step, Term, written
from silkport.law.tariff.rates import Shape, Specific, TariffRate
from silkport.law.tariff.sentences import print_rate
from silkport.node.proof.proving import LEVIES, Payment, Proven, TaxProof
from silkport.node.proof.speaking import money, tariff_language, unit

_PATTERNS = (
    "{levy} rate",
    "{levy} by value",
    "{levy} by quantity",
    "{levy} charged",
    "quantity for {levy}",
    "rounding.{levy}",
)
_NARROW = "\u202f"


@cache
def vocabulary() -> dict[str, dict[str, str]]:
    """Words of formulas by their names in the rule sheets."""
    text = (files("silkport") / "cli" / "proof_words.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def known_as(name: str) -> tuple[str, str]:
    """The entry under which a name stands in the vocabulary, and the levy it names.

    Steps of a levy stand once for all levies; a levy alone is a word of the screens.
    """
    if name in vocabulary():
        return name, ""
    for pattern in _PATTERNS:
        before, after = pattern.split("{levy}")
        levy = name.removeprefix(before).removesuffix(after)
        if name == f"{before}{levy}{after}" and levy in LEVIES:
            return pattern, levy
    return name, ""


def term_word(name: str, language: str, **facts: str) -> str:
    """A step, column, parameter or field of a table as people call it."""
    entry, levy = known_as(name)
    if levy:
        facts["levy"] = word(levy, language)
    if entry in vocabulary():
        return vocabulary()[entry][language].format(**facts)
    return word(name, language)


def titled(name: str, language: str, **facts: str) -> str:
    """A word of the screens as a heading or label, with a capital."""
    text = word(name, language, **facts)
    return text[:1].upper() + text[1:]


def percent(ppm: int) -> str:
    """A share as "12 %"."""
    return Rate(ppm).percent()


def value_text(value: object, unit_of: str, measure: str, currency: str, language: str) -> str:
    """A value of a step or term with what it is measured in."""
    number = int(str(value))
    if unit_of == "ppm":
        return percent(number)
    if unit_of == "minor":
        return money(number, measure or currency)
    text = grouped(number, SCALES.get(unit_of, 0))
    if unit_of == "rate":
        return text
    name = unit(measure, language) if unit_of in ("e5", "e6") else measure
    return f"{text} {name}".strip()


def grouped(number: int, places: int) -> str:
    """A scaled whole number as a decimal, thousands apart."""
    text = format_scaled(number, places=places, shortest=True)
    whole, mark, fraction = text.partition(".")
    return f"{int(whole):,}".replace(",", _NARROW) + mark + fraction


def rate_text(payment: Payment, language: str) -> str:
    """The rate of a payment: as the tariff says it, or a part of a sum by itself."""
    ground = payment.rate
    if ground is not None and not payment.is_part:
        return sentence_of(ground, language)
    if payment.rate_kind == "*":
        part = Specific(
            payment.specific_e6,
            payment.specific_currency,
            payment.specific_per,
            payment.quantity_unit,
        )
        rate = TariffRate(shape=Shape.SPECIFIC, specific=part)
        return print_rate(rate, tariff_language(language))
    return percent(payment.rate_ppm) if payment.rate_kind or payment.rate_ppm else "–"


def sentence_of(ground: Ground, language: str) -> str:
    """A rate as the sentence of the tariff; a percentage alone with its sign."""
    text = ground.sentence_ru if tariff_language(language) == "ru" else ground.sentence_en
    return f"{text} %" if text.replace(",", "").replace(".", "").isdigit() else text


def base_text(payment: Payment, currency: str, language: str) -> str:
    """What a rate was applied to: a sum of money, or a quantity."""
    if not payment.is_known:
        return "–"
    if payment.rate_kind == "*":
        return f"{grouped(payment.quantity_e6, 6)} {unit(payment.quantity_unit, language)}"
    return money(payment.base_minor, currency) if payment.base_minor else "–"


def payment_cells(payment: Payment, proof: TaxProof, language: str) -> tuple[str, ...]:
    """Kind, levy, base, rate, amount and feature of one payment row."""
    return (
        payment.payment_code or "–",
        titled(payment.levy, language),
        base_text(payment, proof.currency, language),
        rate_text(payment, language),
        money(payment.amount_minor, proof.currency)
        if payment.is_known
        else word("not_known", language),
        word(payment.feature, language) if payment.feature else "–",
    )


PAYMENT_HEAD = ("payment_code", "levy", "base", "rate", "amount", "feature")
"""Words above the columns of `payment_cells`."""


def exchange_text(ground: Ground, currency: str) -> str:
    """A rate of exchange with the bank's quantity: 100 KZT = 1.52 XTS."""
    rate = grouped(int(ground.written), SCALES["rate"])
    return f"{ground.nominal_count} {ground.key} = {rate} {currency}"


def period_text(start: str, stop: str, language: str) -> str:
    """From when, and until when, law is in force."""
    if stop:
        return term_word("in_force_until", language, start=start, stop=stop)
    return term_word("in_force", language, start=start)


def ground_text(ground: Ground, currency: str, language: str) -> str:
    """A value of law: what it is and what it says."""
    if ground.table:
        name = term_word(f"in {ground.table}", language, key=ground.key)
        name += f", {ground.variant.rstrip('/')}" if ground.variant.rstrip("/") else ""
        if ground.table == "fx":
            return f"{name}: {exchange_text(ground, currency)}"
        if ground.sentence_en:
            return f"{name}: {sentence_of(ground, language)}"
        return f"{name}, {term_word(ground.name, language)}: {percent(int(ground.written))}"
    name = term_word(ground.name, language)
    return f"{name}: {_written_value(ground, language)}"


def _written_value(ground: Ground, language: str) -> str:
    if ground.written in set(Rounding):
        return term_word(ground.written, language)
    if ground.unit == "flag":
        return term_word("yes", language)
    if ground.unit == "share":
        return percent(Rate.parse(ground.written).ppm)
    unit_of = "" if ground.unit in ("count", "days", "text", "points") else f" {ground.unit}"
    return f"{ground.written}{unit_of}"


@dataclass
class Footnotes:
    """Law that amounts rest on, numbered in order of first mention."""

    numbers: dict[Ground, int] = field(default_factory=dict)

    def marks(self, grounds: Sequence[Ground]) -> list[int]:
        """The numbers of some grounds."""
        return [self.numbers.setdefault(one, len(self.numbers) + 1) for one in grounds]


@dataclass(frozen=True, slots=True)
class Told:
    """One step in words: its name, the formula, the same with numbers, what it comes to."""

    name: str
    formula: str
    numbers: str
    result: str
    rounding: str
    marks: tuple[int, ...]
    is_unverified: bool


def told(
    amounts: Sequence[Proven], currency: str, language: str, notes: Footnotes
) -> Iterator[tuple[Proven, list[Told]]]:
    """Every amount with its steps; a step that was told before is not told again."""
    seen: set[tuple[str, Term]] = set()
    for amount in amounts:
        steps: list[Told] = []
        for step in amount.formula.steps:
            mark = (step.name, step.body)
            if mark not in seen or step is amount.formula.steps[-1]:
                seen.add(mark)
                steps.append(tell(step, currency, language, notes))
        yield amount, steps


def tell(step: Step, currency: str, language: str, notes: Footnotes) -> Told:
    """One step in words; what it rests on is numbered among `notes`."""

    def name(term: Term) -> str:
        return name_of(term, language)

    def number(term: Term) -> str:
        return value_text(term.value, term.unit, term.measure, currency, language)

    def call(op: str) -> str:
        return term_word(op, language)

    grounds = step.grounds
    modes = sorted(set(_roundings(step.body)))
    return Told(
        name=term_word(step.name, language),
        formula=written(step.body, name, call),
        numbers=written(step.body, number, call),
        result=value_text(step.value, step.unit, step.measure, currency, language),
        rounding=", ".join(term_word(mode, language) for mode in modes),
        marks=tuple(notes.marks(grounds)),
        is_unverified=any(one.confidence == UNVERIFIED for one in grounds),
    )


def name_of(term: Term, language: str) -> str:
    """A leaf of a formula in words; a rate of exchange with its currency."""
    if term.op in ("number", "nothing"):
        return value_text(term.value, term.unit, "", "", language)
    text = term_word(
        term.called.rpartition(" ")[2] if not term.label and term.op == "table" else term.called,
        language,
    )
    return f"{text} {term.measure}" if term.unit == "rate" else text


def _roundings(term: Term) -> Iterator[str]:
    if term.rounding:
        yield term.rounding
    for part in term.terms:
        yield from _roundings(part)
