"""A declaration, or a blank form for one, as a page to print with its code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from io import BytesIO
from typing import Any

import segno

from silkport.cli.options import word
from silkport.cli.tax_page import article, foreign, page, text_of
from silkport.kernel.scaled import format_scaled
from silkport.model.columns import AMOUNT_SCALE
from silkport.model.paper import Stated

CODE_MILLIMETRES = 46
_MG_PLACES, _E5_PLACES = 6, 5
_EMPTY_LINES = 6
_LINE = ("line", "code", "goods", "origin", "net", "quantity", "price")
_BOXES = ("declarant", "consignor", "consignee", "vehicle", "procedure", "packs", "gross")


def code_image(code: str) -> str:
    """A code as an image within the page; error correction M, and the quiet zone it needs."""
    drawn = BytesIO()
    made = segno.make(code, error="m", boost_error=False, micro=False)
    made.save(drawn, kind="svg", border=4, xmldecl=False, svgns=True, nl=False, omitsize=True)
    svg = drawn.getvalue().decode()
    size = f'width="{CODE_MILLIMETRES}mm" height="{CODE_MILLIMETRES}mm"'
    return svg.replace("<svg ", f'<svg role="img" aria-label="QR" {size} ', 1)


def declaration_page(
    code: str,
    stated: Stated,
    declared: Mapping[str, Any],
    goods: Sequence[Mapping[str, Any]],
    language: str,
) -> str:
    """A declaration as it is kept, with its code."""
    say = partial(word, language=language)
    moment = datetime.fromtimestamp(stated.printed_at / 1000, UTC)
    rows = {
        "number": stated.number,
        "state": word(f"state_{stated.state}", language),
        "printed": f"{moment:%Y-%m-%d %H:%M}",
        "consignment": f"{stated.consignment} / {stated.house}",
        "procedure": stated.procedure,
        "office": f"{declared.get('office', '')} / {declared.get('border_office', '')}",
        "declarant": _party(declared, "declarant"),
        "consignor": _party(declared, "consignor"),
        "consignee": _party(declared, "consignee"),
        "vehicle": f"{stated.vehicle} / {stated.document}",
        "packs": _count(stated.packs),
        "gross": _scaled(stated.gross_mass_mg, _MG_PLACES),
        "invoice": _price(declared.get("invoice_total_e5", -1), declared.get("currency", "")),
        "due": stated.due or "-",
    }
    lines = [
        [
            str(one.get("gnum", "")),
            str(one.get("hs_code", "")),
            str(one.get("goods_name", "")),
            str(one.get("origin", "")),
            _scaled(one.get("net_mass_mg", -1), _MG_PLACES),
            f"{_scaled(one.get('qty_e5', -1), _E5_PLACES)} {one.get('unit', '')}",
            _price(one.get("total_e5", -1), ""),
        ]
        for one in goods
    ]
    parts = [
        _head(say("paper_title"), code, stated, word("paper_scan", language, node=stated.node)),
        _facts((say(f"paper_{name}"), value) for name, value in rows.items()),
        _table([say(f"paper_{name}") for name in _LINE], lines),
        _boxes(say("paper_signed"), say("paper_registered")),
    ]
    return page(f"{say('paper_title')} {stated.number}", [article(parts)], language)


def blank_pages(codes: Sequence[tuple[str, Stated]], language: str) -> str:
    """Blank forms, each on a sheet of its own, to be filled in by hand."""
    say = partial(word, language=language)
    sheets = []
    for code, stated in codes:
        empty = [[str(n), *[""] * (len(_LINE) - 1)] for n in range(1, _EMPTY_LINES + 1)]
        parts = [
            _head(say("paper_blank_title"), code, stated, say("paper_later")),
            _facts([(say("paper_number"), stated.number)]),
            _boxes(*(say(f"paper_{name}") for name in _BOXES)),
            _table([say(f"paper_{name}") for name in _LINE], empty, by_hand=True),
            _boxes(say("paper_signed"), say("paper_registered")),
        ]
        sheets.append(article(parts))
    return page(say("paper_blank_title"), sheets, language)


def _head(title: str, code: str, stated: Stated, note: str) -> str:
    return (
        f'<div class="coded"><div><h1>{text_of(title)}</h1>\n'
        f'<p class="number">{foreign(stated.number)}</p><p class="dim">{text_of(note)}</p></div>'
        f"<div>{code_image(code)}</div></div>\n"
    )


def _facts(rows: Iterable[tuple[str, str]]) -> str:
    inner = "".join(f"<dt>{text_of(name)}</dt><dd>{foreign(text)}</dd>\n" for name, text in rows)
    return f"<dl>\n{inner}</dl>\n"


def _table(head: Sequence[str], lines: Sequence[Sequence[str]], *, by_hand: bool = False) -> str:
    """Codes and figures stay whole; what the goods are takes the room that is left."""
    marks = ["" if name == "goods" else ' class="whole"' for name in _LINE]
    top = "".join(f"<th>{text_of(one)}</th>" for one in head)
    body = "".join(
        "<tr>"
        + "".join(f"<td{m}>{foreign(cell)}</td>" for m, cell in zip(marks, line, strict=True))
        + "</tr>\n"
        for line in lines
    )
    kind = ' class="by-hand"' if by_hand else ""
    return f"<table{kind}><thead><tr>{top}</tr></thead><tbody>\n{body}</tbody></table>\n"


def _boxes(*names: str) -> str:
    inner = "".join(f"<div><span>{text_of(one)}</span></div>" for one in names)
    return f'<div class="boxes">{inner}</div>\n'


def _party(declared: Mapping[str, Any], role: str) -> str:
    return f"{declared.get(f'{role}_name', '')} {declared.get(f'{role}_code', '')}".strip()


def _count(number: int) -> str:
    return "-" if number < 0 else str(number)


def _scaled(value: int, places: int) -> str:
    return "-" if value < 0 else format_scaled(value, places=places).rstrip("0").rstrip(".")


def _price(value_e5: int, currency: str) -> str:
    if value_e5 < 0:
        return "-"
    assert AMOUNT_SCALE == 10**_E5_PLACES
    whole, _, part = format_scaled(value_e5, places=_E5_PLACES).partition(".")
    return f"{whole}.{part.rstrip('0').ljust(2, '0')} {currency}".strip()
