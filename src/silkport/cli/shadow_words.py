"""The groups of a shadow report in words, for the screen, the page and JSON alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from silkport.cli.options import word
from silkport.cli.tax_json import payment_json
from silkport.cli.tax_words import Footnotes, Told, percent, titled, told
from silkport.kernel.periods import day_of
from silkport.law.compiled import UNVERIFIED
from silkport.model.decided import VALUE
from silkport.node.proof.speaking import day, money
from silkport.node.shadow.existing import OTHER
from silkport.node.shadow.report import APART, CHARGED, DECIDED, Day, Example, Group, Report

SORTS = ("shadow_decided", "shadow_charged", "shadow_found", "shadow_apart")
"""Headings of the sorts of groups, in order; without what goes before: their names."""

COUNTS = ("declarations", "compared", "agree", "decided", "charged", "found", "apart")
"""What is counted of each day."""

STEPS = 2
"""Last steps of an amount that an example is shown with: its base, and the levy."""


def sort_of(heading: str) -> str:
    """The sort of groups that stands under a heading."""
    return heading.removeprefix("shadow_")


def title_of(group: Group, language: str) -> str:
    """What a group has in common, in one line."""
    if group.sort == CHARGED:
        cause = word(f"shadow_cause_{group.cause}", language)
        return f"{_levy(group, language)}: {cause}"
    if group.sort == APART:
        why = word(f"shadow_why_{group.cause}", language)
        return f"{why} ({group.code}: {group.title})" if group.code else why
    rule = f"{group.code}  {group.title}" if group.code else _without_rule(group, language)
    if group.sort == DECIDED:
        return f"{word(group.old, language)} → {word(group.ours, language)}: {rule}"
    return rule


def _levy(group: Group, language: str) -> str:
    if group.levy == OTHER:
        return word("shadow_other", language, code=group.payment_code)
    return titled("customs_value" if group.levy == VALUE else group.levy, language)


def _without_rule(group: Group, language: str) -> str:
    name = "shadow_selected" if group.ours == "held" else "shadow_no_rule"
    return word(name, language)


def rule_rows(group: Group, language: str) -> list[tuple[str, str]]:
    """Field, smallest fix and legal source of the rule behind a group: labels and texts."""
    loose = f" ({word('unverified', language)})" if group.confidence == UNVERIFIED else ""
    rows = [
        (word("field", language), group.field),
        (word("fix", language), group.fix),
        (word("law", language), f"{group.source}{loose}" if group.source else ""),
    ]
    return [(label, text) for label, text in rows if text]


def off_text(group: Group, report: Report) -> str:
    """What a group of amounts comes to, with its sign."""
    return signed(group.off_minor, report.currency)


def signed(minor: int, currency: str) -> str:
    """A difference of money with its sign."""
    return f"{'+' if minor > 0 else ''}{money(minor, currency)}"


def place_text(one: Example, language: str) -> str:
    """Number and line of an example."""
    return f"{one.number} · {word('line', language)} {one.line}" if one.line else one.number


def day_text(number: int) -> str:
    """A day; a dash where none is known."""
    return day(number) if number >= 0 else "–"


def there_text(one: Example, report: Report) -> str:
    """What was charged there, with base and rate where they are known."""
    known = []
    if one.old_base_minor is not None:
        known.append(money(one.old_base_minor, report.currency))
    if one.old_rate_ppm is not None:
        known.append(percent(one.old_rate_ppm))
    shown = f" = {' × '.join(known)}" if known else ""
    return f"{money(one.old_minor, report.currency)}{shown}"


def steps_of(one: Example, report: Report, language: str) -> list[Told]:
    """The last steps by which our amount of an example came about."""
    if one.proven is None:
        return []
    found = told([one.proven], report.currency, language, Footnotes())
    steps = [step for _, steps in found for step in steps][-STEPS:]
    return [step for step in steps if step.formula != step.numbers]  # a mere 0 tells nothing


def proof_title(one: Example, language: str) -> str:
    """What stands above the steps of an example: of which line they are."""
    if one.line == 0 and one.proven_line:
        return word("shadow_largest", language, line=str(one.proven_line))
    return word("shadow_as_whole", language)


def report_json(report: Report, language: str) -> dict[str, Any]:
    """The report as JSON: amounts in minor units, days as texts or null."""
    return {
        "administration": report.administration,
        "currency": report.currency,
        "as_of": f"{day_of(report.as_of)}" if report.as_of >= 0 else None,
        "law_digest": report.law_digest,
        "documents": report.documents,
        "whole": _day_json(report.whole),
        "days": [_day_json(one) for one in report.days],
        **{sort_of(one): _groups_json(report, sort_of(one), language) for one in SORTS},
        "hidden": report.hidden,
        "contradictory": report.contradictory,
        "unread": report.unread,
        "unread_why": report.unread_why,
        "notes": report.notes,
    }


def _day_json(one: Day) -> dict[str, Any]:
    counts = {name: getattr(one, name) for name in COUNTS}
    known = f"{day_of(one.day)}" if one.day >= 0 else None
    return {"day": known, **counts, "off_minor": one.off_minor}


_RULE = ("code", "title", "effect", "field", "fix", "source", "confidence", "old", "ours")


def _groups_json(report: Report, sort: str, language: str) -> list[dict[str, Any]]:
    return [
        {
            "text": title_of(group, language),
            "count": group.count,
            **{name: getattr(group, name) for name in (*_RULE, "levy", "payment_code", "cause")},
            "off_minor": group.off_minor,
            "examples": [_example_json(one, group, report, language) for one in group.examples],
        }
        for group in report.of(sort)
    ]


def _example_json(one: Example, group: Group, report: Report, language: str) -> dict[str, Any]:
    about: dict[str, Any] = {
        "number": one.number,
        "declarant": one.declarant,
        "day": f"{day_of(one.day)}" if one.day >= 0 else None,
        "line": one.line,
        "sentence": one.sentence,
        "reason": one.reason,
    }
    if group.sort != CHARGED:
        return about
    return about | {
        "old_minor": one.old_minor,
        "ours_minor": one.ours_minor,
        "difference_minor": one.ours_minor - one.old_minor,
        "old_base_minor": one.old_base_minor,
        "old_rate_ppm": one.old_rate_ppm,
        "proof_line": one.proven_line,
        "payments": [payment_json(row, language) for row in one.payments],
        "proof": [_step_json(step) for step in steps_of(one, report, language)],
        "sources": list(one.sources),
    }


def _step_json(step: Told) -> dict[str, str]:
    return {
        "name": step.name,
        "formula": step.formula,
        "numbers": step.numbers,
        "result": step.result,
        "rounding": step.rounding,
    }


def day_cells(one: Day, report: Report) -> Sequence[str]:
    """The counts of a day, and what ours less theirs comes to."""
    counts = [f"{getattr(one, name):,}".replace(",", "\u202f") for name in COUNTS]
    off = signed(one.off_minor, report.currency).removesuffix(f" {report.currency}")
    return [*counts, off if one.off_minor else "–"]
