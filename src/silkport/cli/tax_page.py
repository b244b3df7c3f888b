"""A tax proof as a page to print: one file, nothing fetched, nothing run.

Every text is escaped, since names of goods and firms come from outside.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from html import escape
from importlib.resources import files
from pathlib import Path

from silkport.cli.options import word
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
from silkport.kernel.errors import InvalidValue
from silkport.law.compiled import UNVERIFIED
from silkport.node.proof.proving import Payment, Proven, TaxedLine, TaxProof
from silkport.node.proof.unfolded import Unfolded

_TAGS = {"zh": "zh-Hans"}
_NUMBERS = ("base", "amount", "before", "after", "difference")
_PAGE = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
{body}
</body>
</html>
"""


@cache
def _style() -> str:
    return (files("silkport") / "cli" / "tax_page.css").read_text(encoding="utf-8")


def page(title: str, sections: Iterable[str], language: str) -> str:
    """A whole page of sections that are escaped already."""
    return _PAGE.format(
        language=_TAGS.get(language, language),
        title=text_of(title),
        style=_style(),
        body="\n".join(sections),
    )


def page_of_decisions(found: Sequence[Unfolded], language: str) -> str:
    """The tax proofs of one or several decisions."""
    sections = []
    numbers = []
    for place, unfolded in enumerate(found, 1):
        if unfolded.tax is None:
            continue
        numbers.append(unfolded.tax.number)
        parts = [
            head_section(unfolded.tax, "proof_title", language, same_law=unfolded.same_law),
            _other_law(unfolded, language),
            adjustments_section(unfolded.adjustments, language),
            proof_section(unfolded.tax, language, f"{place}"),
        ]
        sections.append(article(parts))
    return page(" ".join([word("proof_title", language), *numbers]), sections, language)


def article(parts: Iterable[str]) -> str:
    """What is printed from a new page on."""
    return f'<article class="proof">\n{"".join(filter(None, parts))}</article>'


PAGES = (".html", ".htm")


def write_page(path: Path, text: str) -> None:
    """Writes a page; folders that are missing are made. Raises InvalidValue for another suffix."""
    if path.suffix.lower() not in PAGES:
        reason = "a page ends in .html, so that no other file is overwritten"
        raise InvalidValue(what="the name of a page", value=str(path), reason=reason)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def text_of(text: object) -> str:
    """A text from outside: escaped, and control characters made visible."""
    shown = "".join(c if c.isprintable() or c.isspace() else "\ufffd" for c in str(text))
    return escape(shown)


def foreign(text: object) -> str:
    """A text from outside that must not change the direction of what stands beside it."""
    return f"<bdi>{text_of(text)}</bdi>"


def heading(name: str, language: str) -> str:
    """A heading of a section."""
    return f"<h2>{text_of(titled(name, language))}</h2>\n"


def notice(text: str) -> str:
    """What the reader must not overlook; nothing where there is nothing to say."""
    return f'<p class="notice">{text_of(text)}</p>\n' if text else ""


def loose_mark(language: str) -> str:
    """The mark of what no source confirms yet."""
    return f'<span class="loose">{text_of(word("unverified", language))}</span>'


def head_section(proof: TaxProof, title: str, language: str, *, same_law: bool = True) -> str:
    """Title, number and what the proof is about."""
    rows = "".join(
        f"<dt>{text_of(label)}</dt><dd>{foreign(text)}</dd>\n"
        for label, text in head_rows(proof, language, same_law=same_law)
    )
    return f"<h1>{text_of(word(title, language))}</h1>\n<dl>\n{rows}</dl>\n"


def _other_law(unfolded: Unfolded, language: str) -> str:
    if unfolded.same_law:
        return ""
    then, now = str(unfolded.decision["law_digest"])[:12], unfolded.law_digest[:12]
    return notice(word("other_law", language, then=then, now=now))


def adjustments_section(adjustments: Sequence[dict[str, object]], language: str) -> str:
    """What acts after release changed."""
    if not adjustments:
        return ""
    table = _table(ADJUSTMENT_HEAD, adjustment_rows(adjustments, language), language)
    return heading("adjustments", language) + table


def proof_section(proof: TaxProof, language: str, anchor: str, *, with_totals: bool = True) -> str:
    """Totals, payments of each line with each amount unfolded, deadlines, and the law.

    Args:
        anchor: what tells the footnotes of this proof from those of others on the page.
    """
    notes = Footnotes()
    whole = ""
    if proof.payments or proof.amounts:
        whole = heading("whole_declaration", language)
        whole += _payments(proof.payments, proof, language)
        whole += _amounts(proof.amounts, proof.currency, language, notes, anchor)
    lines = [_line(line, proof, language, notes, anchor) for line in proof.lines]
    sums = totals(total_rows(proof, language), language) if with_totals else ""
    parts = [sums, notice(unequal_text(proof, language))]
    if proof.unverified:
        parts.append(f"<p>{loose_mark(language)} {text_of(word('some_unverified', language))}</p>")
    parts += [whole, *lines, deadlines_section(proof, language)]
    return "".join([*parts, _law(notes, proof.currency, language, anchor)])


def totals(rows: Sequence[tuple[str, str]], language: str) -> str:
    """Totals by levy; the row of their sum stands out."""
    total = (titled("total", language), titled("total_known", language))
    cells = "".join(
        f"<tr{' class=sum' if label in total else ''}>"
        f'<td>{text_of(label)}</td><td class="right">{text_of(text)}</td></tr>\n'
        for label, text in rows
    )
    return f'{heading("total", language)}<table class="totals">\n{cells}</table>\n'


def _line(line: TaxedLine, proof: TaxProof, language: str, notes: Footnotes, anchor: str) -> str:
    title = text_of(word("goods_line", language, number=str(line.gnum)))
    facts = "".join(
        f"<div><span>{text_of(label)}:</span> {foreign(text)}</div>"
        for label, text in goods_rows(line, language)
    )
    return (
        f"<h2>{title}. {foreign(line.goods_name or line.hs_code)}</h2>\n"
        f'<div class="facts">{facts}</div>\n'
        + _payments(line.payments, proof, language)
        + _amounts(line.amounts, proof.currency, language, notes, anchor)
    )


def _payments(payments: Sequence[Payment], proof: TaxProof, language: str) -> str:
    if not payments:
        return ""
    return _table(PAYMENT_HEAD, (payment_cells(p, proof, language) for p in payments), language)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], language: str) -> str:
    """A table whose rows become blocks on a narrow screen."""
    labels = [text_of(titled(name, language)) for name in head]
    marks = [' class="right"' if name in _NUMBERS else "" for name in head]
    top = "".join(f"<th{mark}>{label}</th>" for label, mark in zip(labels, marks, strict=True))
    body = "".join(
        "<tr>"
        + "".join(
            f'<td{mark} data-label="{label}">{text_of(cell)}</td>'
            for label, mark, cell in zip(labels, marks, row, strict=True)
        )
        + "</tr>\n"
        for row in rows
    )
    return f'<table class="wide">\n<thead><tr>{top}</tr></thead>\n<tbody>\n{body}</tbody></table>\n'


def _amounts(
    amounts: Sequence[Proven], currency: str, language: str, notes: Footnotes, anchor: str
) -> str:
    steps = [
        _step(step, language, anchor, is_last=number == len(steps))
        for _, steps in told(amounts, currency, language, notes)
        for number, step in enumerate(steps, 1)
    ]
    if not steps:
        return ""
    title = text_of(word("how_worked_out", language))
    return f'<h3>{title}</h3>\n<div class="steps">\n{"".join(steps)}</div>\n'


def _step(step: Told, language: str, anchor: str, *, is_last: bool) -> str:
    marks = "".join(f' <a href="#law-{anchor}-{n}">[{n}]</a>' for n in step.marks)
    rounding = f' <span class="dim">({text_of(step.rounding)})</span>' if step.rounding else ""
    loose = f" {loose_mark(language)}" if step.is_unverified else ""
    own = "step last" if is_last else "step"
    name = text_of(step.name[:1].upper() + step.name[1:])
    return (
        f'<div class="{own}"><span class="name">{name}</span> = '
        f"{text_of(step.formula)}\n"
        f'<div class="worked">= {text_of(step.numbers)} = '
        f'<span class="result">{text_of(step.result)}</span>{rounding}'
        f'<span class="mark">{marks}</span>{loose}</div></div>\n'
    )


def deadlines_section(proof: TaxProof, language: str) -> str:
    """Until when one may appeal, and claim a refund."""
    rows = "".join(
        f"<dt>{text_of(label)}</dt><dd>{text_of(text)}"
        f"{' ' + loose_mark(language) if loose else ''}</dd>\n"
        for label, text, loose in deadline_rows(proof, language)
    )
    return f"{heading('deadlines', language)}<dl>\n{rows}</dl>\n" if rows else ""


def _law(notes: Footnotes, currency: str, language: str, anchor: str) -> str:
    if not notes.numbers:
        return ""
    items = []
    for ground, number in notes.numbers.items():
        loose = f" {loose_mark(language)}" if ground.confidence == UNVERIFIED else ""
        since = period_text(ground.start, ground.stop, language)
        items.append(
            f'<li id="law-{anchor}-{number}"><span>[{number}]</span><div>'
            f"{text_of(ground_text(ground, currency, language))}{loose}"
            f'<div class="source">{text_of(since)}: {text_of(ground.source)}</div></div></li>\n'
        )
    return f'{heading("law_behind", language)}<ol class="law">\n{"".join(items)}</ol>\n'
