"""Words of the commands on a node, and how they show a declaration: states, terms, findings."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import asdict, replace
from functools import cache
from importlib.resources import files
from typing import Any

from rich.markup import escape

from silkport.cli.explain import show_reason
from silkport.cli.node_options import moment, plain
from silkport.cli.options import console, word
from silkport.cli.tax_words import known_as, term_word, vocabulary
from silkport.kernel.errors import InvalidValue
from silkport.node.law.books import sentences
from silkport.node.proof.speaking import column_of, day, spoken
from silkport.node.proof.unfolded import Reason
from silkport.node.workflow.cases import Case
from silkport.node.workflow.overdue import Overdue
from silkport.node.workflow.reading import Grounds, term_missed


@cache
def node_words() -> dict[str, dict[str, str]]:
    """Words of the commands on a node that are not among those of all screens."""
    text = (files("silkport") / "cli" / "node_words.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def say(name: str, language: str, **facts: str) -> str:
    """A word of these commands, else one of all screens."""
    entry = node_words().get(name)
    return word(name, language, **facts) if entry is None else entry[language].format(**facts)


def state_word(state: str, language: str) -> str:
    """A state of a declaration as people call it."""
    return word(f"state_{state}", language)


def event_word(event: str, language: str) -> str:
    """An event as people call it; one that the law names and no list has, as it is called there."""
    if f"event_{event}" in node_words():
        return say(f"event_{event}", language)
    try:
        return word(event, language)
    except InvalidValue:
        return event


def way_word(direction: str, language: str) -> str:
    """Import, export, transit, or that no regime of the administration covers it."""
    return word(f"way_{direction or 'elsewhere'}", language)


def term_line(case: Case, language: str) -> str:
    """Until when something must follow, and what happens then; "" where nothing must."""
    if case.due_at < 0:
        return ""
    provisional = "" if case.due_known else f" ({word('node_provisional', language)})"
    then = event_word(case.due_then, language)
    return f"{word('node_due', language)}: {moment(case.due_at)}{provisional} → {then}"


def missed_line(missed: Overdue, language: str) -> str:
    """Which term was missed, and since when."""
    term = escape(event_word(term_missed(missed), language))
    return f"{say('case_missed', language)} {moment(missed.since)}: {term}"


def appeal_lines(grounds: Grounds, language: str) -> list[str]:
    """How and until when to appeal; nothing where no law gives a term for it."""
    if grounds.appeal_day < 0:
        return []
    facts = {"appeal_until": day(grounds.appeal_day)}
    text = sentences()
    return [text.sentence("APPEAL", language, facts), text.fix("APPEAL", language)]


def show_reasons(
    reasons: Sequence[Reason], currency: str, language: str, *, facts: bool = False
) -> None:
    """Findings with their law and smallest fix, as `explain` shows them.

    Args:
        currency: of the amounts that they quote.
        facts: whether the values that each rule looked at are shown too.
    """
    for reason in reasons:
        show_reason(replace(reason, sentence=plain(reason.sentence)), language)
        if facts and reason.facts:
            named = ", ".join(
                f"{fact_name(name, language)} {spoken(name, value, currency, language)}"
                for name, value in reason.facts.items()
            )
            console.print(escape(plain(f"    {say('facts', language)}: {named}")), style="dim")


def fact_name(name: str, language: str) -> str:
    """A value that a rule looked at: as people call it, else as its column is called in files."""
    if known_as(name)[0] in vocabulary():
        return term_word(name, language)
    column = column_of(name)
    return name if column is None else column.outside


def grounds_row(grounds: Grounds) -> dict[str, Any]:
    """Findings and the end of the term for an appeal, as JSON."""
    until = day(grounds.appeal_day) if grounds.appeal_day >= 0 else ""
    return {"findings": [asdict(one) for one in grounds.reasons], "appeal_until": until}
