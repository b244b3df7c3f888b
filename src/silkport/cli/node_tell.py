"""silkport node tell: what a person has a node tell a neighbour.

What becomes of declarations the node tells by itself; arrivals, inspections, posts and questions
are told with this command. Every message goes through the outbox, so the register of the pair
decides what of it leaves.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.markup import escape

from silkport.cli.node_bodies import BY_HAND, example_of, read_body
from silkport.cli.node_options import PassphraseFile, opened
from silkport.cli.node_words import say
from silkport.cli.options import Home, Json, Language, console, print_json
from silkport.model.messages import BY_NAME
from silkport.node.exchange.outbox import Outgoing, queue
from silkport.node.sovereign import Node
from silkport.node.state.contract import Transaction


def parse_kind(text: str) -> str:
    """A kind of message that a person may have sent."""
    if text not in BY_HAND:
        raise typer.BadParameter(f"{text!r} is not told by hand; known: {', '.join(BY_HAND)}")
    return text


Kind = Annotated[str, typer.Argument(parser=parse_kind, help=f"One of {', '.join(BY_HAND)}.")]
Some = Annotated[str, typer.Option("--as", metavar="NODE", help="The node that tells it.")]
To = Annotated[str, typer.Option("--to", metavar="PEER", help="The peer it is told to.")]
File = Annotated[
    Path | None,
    typer.Option("--file", help="Its body as one JSON object.", exists=True, dir_okay=False),
]
Example = Annotated[
    bool, typer.Option("--example", help="Print a valid body of the kind; nothing is told.")
]


@dataclass(frozen=True, slots=True)
class Told:
    """A message that waits to be sent.

    Attributes:
        seq: its number; 0 as long as the node, restored, does not know which the peer has seen.
        withheld: fields that stayed home, because the register has no basis for them.
    """

    seq: int
    withheld: list[str]


def tell(  # noqa: PLR0917 - a command's options are named on the command line
    kind: Kind,
    node: Some = "",
    to: To = "",
    file: File = None,
    example: Example = False,
    home: Home = None,
    passphrase_file: PassphraseFile = None,
    language: Language = "en",
    as_json: Json = False,
) -> None:
    """Tell a neighbour of an arrival, an inspection, a post or a slot, or ask for its counts.

    A moment may be written as 2026-11-22T09:30:00+08:00. What the register of the pair does not
    allow stays home and is named. A serving node sends it within a second.

    Exits 0 when it waits to be sent, 1 when register or competence do not allow it, 4 when the
    body is not as its kind demands.
    """
    if example:
        typer.echo(json.dumps(example_of(BY_NAME[kind]), ensure_ascii=False, indent=2))
        return
    if not (node and to and file):
        raise typer.BadParameter(
            "name the node with --as, the peer with --to, the body with --file"
        )
    body = read_body(BY_NAME[kind], file)
    with opened(home, node, passphrase_file) as found:
        told = found.state.write(lambda tx: tell_peer(tx, found, to, Outgoing(kind, body)))
    if as_json:
        row = {"peer": to, "seq": told.seq, "kind": kind, "withheld": told.withheld}
        print_json(row)
        return
    named = say(f"kind_{kind}", language)
    name = "told" if told.seq else "told_later"
    console.print(escape(say(name, language, seq=f"{told.seq}", peer=to, kind=named)))
    if told.withheld:
        fields = ", ".join(told.withheld)
        console.print(escape(say("told_withheld", language, fields=fields)), style="yellow")


def tell_peer(tx: Transaction, node: Node, peer: str, message: Outgoing) -> Told:
    """Queues one message; gives what of it leaves. Raises what `queue` raises."""
    seq = queue(tx, node, peer, [message])
    if not seq:
        return Told(seq, [])
    ((_, _, content),) = tx.rows("out_from", peer, seq, 1)
    return Told(seq, withheld(message.body, msgspec.json.decode(content)["body"]))


def withheld(body: Mapping[str, Any], sent: Mapping[str, Any]) -> list[str]:
    """The fields of a body that are not in what is sent; `openings.day` within rows."""
    found = {name for name in body if name not in sent}
    for name, rows in body.items():
        if isinstance(rows, list) and name in sent:
            for row, kept in zip(rows, sent[name], strict=True):
                found |= {f"{name}.{part}" for part in row if part not in kept}
    return sorted(found)
