"""A quote in words, as JSON, and as a page to print."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from silkport.cli.options import word
from silkport.cli.tax_json import proof_json
from silkport.cli.tax_page import (
    article,
    head_section,
    heading,
    loose_mark,
    notice,
    page,
    proof_section,
    text_of,
    totals,
)
from silkport.cli.tax_rows import total_rows
from silkport.cli.tax_words import percent, titled
from silkport.law.compiled import UNVERIFIED
from silkport.node.proof.quoting import Quote
from silkport.node.proof.speaking import money
from silkport.node.proof.unfolded import Reason


def quote_rows(quote: Quote, language: str) -> list[tuple[str, str]]:
    """Price, totals, and the share of the price; a total that lacks something says so."""
    proof = quote.proof
    figures = (
        ("price_exchanged", quote.price_minor),
        ("customs_value", proof.customs_value_minor),
    )
    rows = [
        (titled(name, language), money(minor, proof.currency))
        for name, minor in figures
        if minor > 0
    ]
    names = {titled("total", language): titled("total_known", language)}
    known = {} if quote.is_complete else names
    rows += [(known.get(label, label), text) for label, text in total_rows(proof, language)]
    if quote.share_ppm >= 0:
        share = percent((quote.share_ppm + 50) // 100 * 100)  # hundredths of a per cent
        rows.append((titled("share_of_price", language), share))
    return rows


def permit_texts(quote: Quote, language: str) -> list[tuple[str, bool]]:
    """The permits of each line, and whether no source confirms them yet."""
    return [
        (
            f"{titled('goods_line', language, number=str(line))}: {one.label} ({one.source})",
            one.confidence == UNVERIFIED,
        )
        for line, permits in quote.permits.items()
        for one in permits
    ]


def quote_json(quote: Quote, unread: Sequence[str], language: str) -> dict[str, Any]:
    """The quote: the keys of a tax proof, and besides

    is_decision     always false
    is_complete     whether nothing is missing
    price_minor     price of all lines in the currency of account, null without a rate
    share_ppm       total as a share of that price, in millionths
    missing, notes  findings: code, line, effect, sentence, fix, source, confidence, facts
    permits         line, kind, name, source, confidence
    unread          what of a file could not be read and counts as not stated
    """
    return {
        "is_decision": False,
        "is_complete": quote.is_complete,
        "disclaimer": word("disclaimer", language),
        **proof_json(quote.proof, language),
        "price_minor": quote.price_minor if quote.price_minor >= 0 else None,
        "share_ppm": quote.share_ppm if quote.share_ppm >= 0 else None,
        "missing": [asdict(one) for one in quote.missing],
        "notes": [asdict(one) for one in quote.notes],
        "permits": [
            {
                "line": line,
                "kind": one.kind,
                "name": one.name,
                "start": f"{one.start}",
                "stop": None if one.stop == date.max else f"{one.stop}",
                "source": one.source,
                "confidence": one.confidence,
            }
            for line, some in quote.permits.items()
            for one in some
        ],
        "unread": list(unread),
    }


def page_of_quotes(quotes: Sequence[Quote], unread: Sequence[str], language: str) -> str:
    """Quotes as one page."""
    sections = [
        article(
            [
                head_section(quote.proof, "quote_title", language),
                notice(word("disclaimer", language)),
                notice("" if quote.is_complete else word("incomplete", language)),
                _reasons("missing", quote.missing, language),
                totals(quote_rows(quote, language), language),
                _reasons("to_note", quote.notes, language),
                _permits(quote, language),
                proof_section(quote.proof, language, f"{place}", with_totals=False),
            ]
        )
        for place, quote in enumerate(quotes, 1)
    ]
    if unread:
        lines = "".join(f"<p>{text_of(one)}</p>\n" for one in unread)
        sections.append(heading("unread", language) + lines)
    return page(word("quote_title", language), sections, language)


def _reasons(title: str, reasons: Sequence[Reason], language: str) -> str:
    """Findings with their law and the smallest fix."""
    if not reasons:
        return ""
    items = []
    for one in reasons:
        line = f"{titled('goods_line', language, number=str(one.line))}: " if one.line else ""
        loose = f" {loose_mark(language)}" if one.confidence == UNVERIFIED else ""
        fix = f"<br>{text_of(word('fix', language))}: {text_of(one.fix)}" if one.fix else ""
        items.append(
            f"<li><div>{text_of(line)}{text_of(one.sentence)}{fix}"
            f'<div class="source">{text_of(one.code)} · {text_of(one.source)}{loose}</div>'
            "</div></li>\n"
        )
    return f'{heading(title, language)}<ul class="law plain">\n{"".join(items)}</ul>\n'


def _permits(quote: Quote, language: str) -> str:
    lines = [
        f"<p>{text_of(text)}{' ' + loose_mark(language) if loose else ''}</p>\n"
        for text, loose in permit_texts(quote, language)
    ]
    none = f"<p>{text_of(word('no_permits', language))}</p>\n"
    return heading("permits", language) + ("".join(lines) or none)
