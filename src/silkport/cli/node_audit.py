"""silkport node audit, prove, check: is everything as it was, and proofs for people without a node.

The first is for the operator; a proof is for a court, a declarant or the other side.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from silkport.cli.node_options import PassphraseFile, Which, moment, opened
from silkport.cli.options import Home, Json, Language, console, counting, print_json, word
from silkport.node.store.disk import write_whole
from silkport.node.transparency.audit import Audit, audit
from silkport.node.transparency.log import RECEIVED, SENT
from silkport.node.transparency.proving import check_proof, prove_message

UNSOUND = 4

Seq = Annotated[int, typer.Argument(min=1, help="Number of the message within the peer.")]
Peer = Annotated[str, typer.Argument(help="The peer it was exchanged with.")]
Received = Annotated[
    bool, typer.Option("--received", help="One that came from the peer; else one sent to it.")
]
Out = Annotated[Path | None, typer.Option("--out", help="File for the proof; else it is printed.")]
Proof = Annotated[Path, typer.Argument(help="File of the proof.", exists=True, dir_okay=False)]
Key = Annotated[
    list[str],
    typer.Option("--key", metavar="NODE=HEX", help="Public key of one of the two nodes; repeat."),
]


def audit_node(
    node: Which,
    home: Home = None,
    passphrase_file: PassphraseFile = None,
    language: Language = "en",
    as_json: Json = False,
) -> None:
    """Prove that nothing a node logged, signed or holds was changed; name what was.

    Every leaf of the log is computed again from its message, event or disclosure, every signed
    head from the leaves, every signature is checked.

    Exits 0 when all is as it was, 4 when something was changed.
    """
    with opened(home, node, passphrase_file) as found, counting(node) as progress:
        result = audit(found, progress)
    show_audit(result, language, as_json=as_json)
    raise typer.Exit(0 if result.is_sound else UNSOUND)


def show_audit(result: Audit, language: str, *, as_json: bool) -> None:
    """Prints what an audit saw and found."""
    if as_json:
        print_json(audit_row(result))
        return

    def say(name: str, **facts: int) -> str:
        return word(f"audit_{name}", language, **{key: f"{n:,}" for key, n in facts.items()})

    console.print(f"[bold]{escape(result.node)}[/]  {moment(result.at)}")
    _line(say("log", size=result.size), result.root.hex())
    for kind in sorted(result.leaves):
        count = say("leaves", count=result.leaves[kind])
        gone = result.removed.get(kind, 0)
        _line(f"  {say(kind)}", count + (f", {say('removed', count=gone)}" if gone else ""))
    _line(say("signed"), say("batches", count=result.batches))
    _line(say("heads"), say("of_both", own=result.own_heads, others=result.peer_heads))
    _line(say("declarations"), f"{result.declarations:,}")
    _line(say("registers"), f"{result.registers:,}")
    for fault in result.faults:
        console.print(f"[red]✗[/] {escape(str(fault))}", soft_wrap=True)
    if result.unlisted:
        console.print(f"[red]✗[/] {escape(say('unlisted', count=result.unlisted))}")
    if result.is_sound:
        console.print(f"[green]✓[/] {escape(say('sound'))}")
    else:
        console.print(escape(say("what_now")), style="yellow", soft_wrap=True)


def _line(name: str, text: str) -> None:
    console.print(f"{escape(name)}: {escape(text)}", soft_wrap=True)


def audit_row(result: Audit) -> dict[str, Any]:
    """An audit as JSON."""
    row = {
        name: getattr(result, name)
        for name in (
            *("node", "at", "size", "leaves", "removed", "batches", "own_heads", "peer_heads"),
            *("declarations", "registers", "unlisted"),
        )
    }
    faults = [asdict(one) for one in result.faults]
    return row | {"root": result.root.hex(), "sound": result.is_sound, "faults": faults}


def prove(  # noqa: PLR0917 - a command's options are named on the command line
    peer: Peer,
    seq: Seq,
    node: Which,
    received: Received = False,
    out: Out = None,
    home: Home = None,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Write the proof that one message was exchanged: for whoever has the public keys.

    It holds the message itself, so give it to nobody who may not see that.

    Exits 0, or 1 when there is no such message or nobody signed for it yet.
    """
    with opened(home, node, passphrase_file) as found:
        proof = prove_message(found, RECEIVED if received else SENT, peer, seq)
    if out is None:
        typer.echo(proof.decode())
    else:
        write_whole(out, proof)


def check(proof: Proof, key: Key, language: Language = "en", as_json: Json = False) -> None:
    """Check the proof of a message, with nothing but the public keys of the two nodes.

    Exits 0 when it proves what it says, 4 when it does not.
    """
    wrong = check_proof(proof.read_bytes(), _publics(key))
    if as_json:
        print_json({"proves": not wrong, "wrong": wrong})
    else:
        for one in wrong or [word("audit_proven", language)]:
            console.print(f"{'[red]✗' if wrong else '[green]✓'}[/] {escape(one)}")
    raise typer.Exit(UNSOUND if wrong else 0)


def _publics(given: Sequence[str]) -> Mapping[str, list[bytes]]:
    publics: dict[str, list[bytes]] = {}
    for one in given:
        node, _, digits = one.partition("=")
        try:
            publics.setdefault(node, []).append(bytes.fromhex(digits))
        except ValueError:
            raise typer.BadParameter(f"{one!r} is not written as NODE=HEX") from None
    return publics
