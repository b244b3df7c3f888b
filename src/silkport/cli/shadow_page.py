"""A shadow report as a page to print: one file, nothing fetched, nothing run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from silkport.cli.options import word
from silkport.cli.shadow_words import (
    COUNTS,
    SORTS,
    day_cells,
    day_text,
    off_text,
    place_text,
    proof_title,
    rule_rows,
    signed,
    sort_of,
    steps_of,
    there_text,
    title_of,
)
from silkport.cli.tax_page import article, foreign, heading, notice, page, text_of
from silkport.cli.tax_words import titled
from silkport.node.proof.speaking import money
from silkport.node.shadow.report import CHARGED, Example, Group, Report

_WHOLE_NUMBER = 30
"""Characters of a number that is not broken over lines."""


def page_of_report(report: Report, language: str) -> str:
    """The whole report."""
    title = word(
        "shadow_title",
        language,
        administration=report.administration.upper(),
        day=day_text(report.as_of),
    )
    edition = f"{word('law_edition', language)}: {report.law_digest}"
    parts = [
        f"<h1>{text_of(title)}</h1>\n<p>{text_of(word('shadow_about', language))}</p>\n",
        f'<p class="dim">{text_of(edition)}</p>\n',
        _days(report, language),
        "" if report.whole.compared else notice(word("shadow_nothing", language)),
        *(_sort(one, report, language) for one in SORTS),
        _rest(report, language),
    ]
    return page(title, [article(parts)], language)


def _days(report: Report, language: str) -> str:
    head = [
        word(f"shadow_head_{name}", language, currency=report.currency)
        for name in ("day", *COUNTS, "off")
    ]
    rows = [[day_text(one.day), *day_cells(one, report)] for one in report.days]
    rows.append([word("shadow_all", language), *day_cells(report.whole, report)])
    cells = [[text_of(cell) for cell in row] for row in rows]
    table = _table(head, cells, right=range(1, len(head)), sums=True)
    return f"{heading('shadow_days', language)}{table}"


def _sort(name: str, report: Report, language: str) -> str:
    groups = report.of(sort_of(name))
    if not groups:
        return ""
    several = word("shadow_several", language)
    parts = [heading(name, language), f'<p class="dim">{text_of(several)}</p>\n']
    return "".join([*parts, *(_group(one, report, language) for one in groups)])


def _group(group: Group, report: Report, language: str) -> str:
    off = f" · {text_of(off_text(group, report))}" if group.sort == CHARGED else ""
    title = text_of(title_of(group, language))
    facts = "".join(
        f"<div><span>{text_of(label)}:</span> {text_of(text)}</div>"
        for label, text in rule_rows(group, language)
    )
    about = f'<div class="facts">{facts}</div>\n' if facts else ""
    is_charged = group.sort == CHARGED
    examples = ""
    if group.examples:
        examples = _amounts(group, report, language) if is_charged else _examples(group, language)
    return f"<h3>{group.count:,} · {title}{off}</h3>\n{about}{examples}"


def _examples(group: Group, language: str) -> str:
    head = [titled(name, language) for name in ("shadow_number", "shadow_day", "decision")]
    has_reasons = any(one.reason for one in group.examples)
    head += [titled("shadow_said", language)] if has_reasons else []
    rows = [
        [
            _number(one, language),
            f'<span class="whole">{text_of(day_text(one.day))}</span>',
            foreign(one.sentence or title_of(group, language)),
            *([foreign(one.reason or "–")] if has_reasons else []),
        ]
        for one in group.examples
    ]
    return _table(head, rows)


def _number(one: Example, language: str) -> str:
    """Which declaration is meant; its number stays whole unless it is too long for a column."""
    kind = ' class="whole"' if len(one.number) <= _WHOLE_NUMBER else ""
    return f"<span{kind}>{foreign(place_text(one, language))}</span>"


def _amounts(group: Group, report: Report, language: str) -> str:
    names = ("shadow_number", "shadow_day", "shadow_there", "shadow_here", "shadow_difference")
    rows = [
        [
            _number(one, language),
            f'<span class="whole">{text_of(day_text(one.day))}</span>',
            text_of(there_text(one, report)),
            text_of(money(one.ours_minor, report.currency)),
            text_of(signed(one.ours_minor - one.old_minor, report.currency)),
        ]
        for one in group.examples
    ]
    table = _table([titled(name, language) for name in names], rows, right=range(2, 5))
    return table + _proof(group.examples[0], report, language)


def _proof(one: Example, report: Report, language: str) -> str:
    """How our amount of an example came about: its last steps, and the acts."""
    steps = steps_of(one, report, language)
    if not steps:
        return ""
    lines = "".join(
        f'<div class="step"><span class="name">{text_of(step.name)}</span> = '
        f"{text_of(step.formula)}\n"
        f'<div class="worked">= {text_of(step.numbers)} = '
        f'<span class="result">{text_of(step.result)}</span>'
        f"{f' ({text_of(step.rounding)})' if step.rounding else ''}</div></div>\n"
        for step in steps
    )
    law = text_of("; ".join(one.sources))
    place = foreign(place_text(one, language))
    return (
        f'<p class="dim">{place}: {text_of(proof_title(one, language))}</p>\n'
        f'<div class="steps">\n{lines}</div>\n<p class="source">{law}</p>\n'
    )


def _rest(report: Report, language: str) -> str:
    parts = []
    if report.hidden:
        parts.append(f"<p>{text_of(word('shadow_hidden', language, count=str(report.hidden)))}</p>")
    if report.contradictory:
        count = str(report.contradictory)
        parts.append(notice(word("shadow_contradictory", language, count=count)))
    if report.unread:
        parts.append(heading("shadow_unread", language))
        items = "".join(f"<li>{foreign(reason)}</li>\n" for reason in report.unread_why)
        parts.append(f"<p>{report.unread:,}</p>\n<ul>\n{items}</ul>\n")
        more = report.unread - len(report.unread_why)
        if more > 0:
            parts.append(f"<p>{text_of(word('shadow_and_more', language, count=str(more)))}</p>\n")
    parts += [f'<p class="dim">{text_of(note)}</p>\n' for note in report.notes]
    return "".join(parts)


def _table(
    head: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    right: Iterable[int] = (),
    sums: bool = False,
) -> str:
    """A table of cells that are escaped already; its rows become blocks on a narrow screen."""
    numbers = set(right)
    marks = [' class="right"' if at in numbers else "" for at in range(len(head))]
    top = "".join(f"<th{m}>{text_of(label)}</th>" for label, m in zip(head, marks, strict=True))
    body = [
        "<tr>"
        + "".join(
            f'<td{mark} data-label="{text_of(label)}">{cell}</td>'
            for label, mark, cell in zip(head, marks, row, strict=True)
        )
        + "</tr>\n"
        for row in rows
    ]
    if sums:
        body[-1] = body[-1].replace("<tr>", '<tr class="sum">', 1)
    return (
        f'<table class="wide">\n<thead><tr>{top}</tr></thead>\n'
        f"<tbody>\n{''.join(body)}</tbody></table>\n"
    )
