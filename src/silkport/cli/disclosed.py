"""silkport disclosed: what was told to whom about a party, on which legal basis."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any

import typer
from rich.markup import escape

from silkport.cli.node_options import PassphraseFile, Which, moment, opened
from silkport.cli.node_words import say as node_say
from silkport.cli.options import Home, Json, Language, console, print_json, word
from silkport.node.transparency.disclosed import Disclosure, Ground
from silkport.node.transparency.disclosed import disclosed as disclosures

NOTHING_TOLD = 4

About = Annotated[
    str, typer.Option("--about", metavar="PARTY", help="Name of the party as it was declared.")
]
To = Annotated[str, typer.Option("--to", metavar="PEER", help="To whom; else to anybody.")]


def disclosed(  # noqa: PLR0917 - a command's options are named on the command line
    node: Which,
    about: About,
    to: To = "",
    home: Home = None,
    passphrase_file: PassphraseFile = None,
    language: Language = "en",
    as_json: Json = False,
) -> None:
    """Show what a node told its peers about a party: fields, act, purpose, receipt and proof.

    Exits 0 when something was told, 4 when nothing was.
    """
    with opened(home, node, passphrase_file) as found:
        rows = disclosures(found, about, to)
    if as_json:
        print_json([_row(one) for one in rows])
    else:
        _print(word("disclosed_about", language, about=about, node=node), style="bold")
        for one in rows:
            _show(one, language)
        if not rows:
            _print(word("disclosed_nothing", language))
    raise typer.Exit(0 if rows else NOTHING_TOLD)


def _row(one: Disclosure) -> dict[str, Any]:
    row = asdict(one)
    for ground in row["grounds"]:
        if ground["stop"] == date.max:
            ground["stop"] = None
    return row


def _show(one: Disclosure, language: str) -> None:
    def say(name: str, **facts: str) -> str:
        return word(f"disclosed_{name}", language, **facts)

    received = moment(one.received_at) if one.received_at is not None else say("waiting")
    kind = node_say(f"kind_{one.kind}", language)
    _print(f"\n{one.peer} {one.seq}  {kind}  {moment(one.at)}", style="bold")
    _print(f"  {say('named_as')}: {', '.join(one.named_as)}")
    _print(f"  {say('told')}: {', '.join(one.told)}")
    if one.withheld:
        _print(f"  {say('withheld')}: {', '.join(one.withheld)}")
    for ground in one.grounds:
        _show_ground(ground, language)
    batch = say("batch", first=f"{one.batch[0]}", last=f"{one.batch[1]}") if one.batch else ""
    _print(f"  {say('received')}: {received}  {batch}".rstrip())
    _print(f"  {say('leaf', index=f'{one.index}', size=f'{one.size}')}", style="dim")


def _show_ground(ground: Ground, language: str) -> None:
    basis = word("disclosed_basis", language)
    if not ground.act:
        _print(f"  {basis}: {ground.id} ({word('disclosed_basis_gone', language)})")
        return
    mark = "" if ground.confidence == "cited" else f" ({word('unverified', language)})"
    _print(f"  {basis}: {ground.id} {ground.act}, {ground.article}{mark}")
    _print(f"    {word('disclosed_purpose', language)}: {ground.purpose}", style="dim")


def _print(text: str, style: str = "") -> None:
    console.print(escape(text), style=style, soft_wrap=True)
