"""silkport node heard: what neighbours said that people act on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from silkport.cli.node_options import PassphraseFile, Which, moment, opened, plain
from silkport.cli.node_words import say, way_word
from silkport.cli.options import Home, Json, Language, console, print_json
from silkport.kernel.limits import MAX_CASES_LISTED
from silkport.kernel.scaled import format_scaled
from silkport.model.messages import BY_NAME
from silkport.node.tracing.hearing import FOR_PEOPLE, Heard
from silkport.node.tracing.hearing import heard as heard_of

ON_A_PAGE = 50
KG_PLACES = 6
_MASS = "gross_mass_mg"
_COUNTS = ("declarations", "released", _MASS)


def parse_kind(text: str) -> str:
    """A kind of message that people act on; "" is all of them."""
    if text and text not in FOR_PEOPLE:
        raise typer.BadParameter(f"{text!r} is none of {', '.join(FOR_PEOPLE)}")
    return text


Kind = Annotated[
    str, typer.Option("--kind", parser=parse_kind, help=f"One of {', '.join(FOR_PEOPLE)}.")
]
From = Annotated[str, typer.Option("--from", metavar="PEER", help="Said by this peer alone.")]
Limit = Annotated[
    int, typer.Option("--limit", min=1, max=MAX_CASES_LISTED, help="At most so many.")
]


def heard(  # noqa: PLR0917 - a command's options are named on the command line
    node: Which,
    kind: Kind = "",
    peer: From = "",
    limit: Limit = ON_A_PAGE,
    home: Home = None,
    passphrase_file: PassphraseFile = None,
    language: Language = "en",
    as_json: Json = False,
) -> None:
    """Show what neighbours said: room at posts, slots, openings, and answers to questions.

    The newest first, and of each matter the newest word. An answer on counts stands beside what
    was counted here of the same goods, with the difference.

    Exits 0, also when nothing was said.
    """
    kinds = (kind,) if kind else FOR_PEOPLE
    with opened(home, node, passphrase_file) as found:
        rows = found.state.read(lambda tx: heard_of(tx, limit, peer=peer, kinds=kinds))
    if as_json:
        print_json([asdict(one) for one in rows])
        return
    if not rows:
        console.print(escape(say("heard_nothing", language)))
        return
    table = Table(box=None, pad_edge=False)
    for name in ("heard_at", "heard_from", "heard_what"):
        table.add_column(say(name, language), no_wrap=name != "heard_what")
    for one in rows:
        what = say(f"kind_{one.kind}", language)
        text = "\n".join(
            escape(line) for line in (f"{what} · {plain(one.about)}", *_lines(one, language))
        )
        table.add_row(moment(one.at), escape(one.peer), text)
    console.print(table)


def _lines(one: Heard, language: str) -> Iterator[str]:
    """What was said, field by field; counts beside those of this side."""
    if one.here is not None:
        here = one.here
        way = way_word(here.direction, language)
        yield f"{here.first_day} - {here.last_day} · {way}"
        for name in _COUNTS:
            there, ours = int(one.body[name]), int(getattr(here, name))
            yield say(
                f"heard_{name}",
                language,
                there=_shown(name, there),
                here=_shown(name, ours),
                apart=_shown(name, there - ours),
            )
        return
    for field in BY_NAME[one.kind].fields:
        value = one.body.get(field.name)
        if field.rows:
            for row in value or ():
                parts = [
                    _field(inner.name, row[inner.name], language)
                    for inner in field.rows
                    if inner.name in row
                ]
                yield " · ".join(parts)
        elif value not in (None, one.about):
            yield _field(field.name, value, language)


def _field(name: str, value: Any, language: str) -> str:
    shown = moment(value) if name.endswith("_at") else _shown(name, value)
    if name == "direction":
        shown = way_word(shown, language)
    return f"{say(f'heard_field_{name}', language)}: {plain(shown)}"


def _shown(name: str, value: Any) -> str:
    if name == _MASS:
        return f"{format_scaled(value, places=KG_PLACES, shortest=True)} kg"
    return f"{value:,}" if isinstance(value, int) else str(value)
