"""silkport node card, peer, register: how two nodes come to know and to trust each other."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from silkport.cli.node_options import PassphraseFile, Reason, Which, moment, opened
from silkport.cli.options import Home, Json, console, print_json
from silkport.kernel.errors import InvalidValue
from silkport.kernel.limits import MAX_BATCH_HEADER_BYTES
from silkport.law.compiled import UNVERIFIED
from silkport.law.register import Register, read_register
from silkport.node.exchange import peers as known
from silkport.node.exchange.keys import SEED_BYTES, fingerprint, signing_key_from
from silkport.node.exchange.registers import pair_of, register_with, sign_register
from silkport.node.exchange.reminding import accept
from silkport.node.law.registers import shipped_register
from silkport.node.store.disk import replace_whole

app = typer.Typer(help="Peers: add, suspend, resume; 'silkport node status' lists them.")

Peer = Annotated[str, typer.Argument(help="The peer.")]


def card(
    node: Which,
    home: Home = None,
    out: Annotated[Path | None, typer.Option("--out", help="File to write it to.")] = None,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Write the node's card: what another operator needs to add it. It holds no secret.

    Exits 0.
    """
    with opened(home, node, passphrase_file) as found:
        content = found.state.read(
            lambda tx: known.card(tx, found, known.meta(tx, "name"), known.meta(tx, "url"))
        )
    if out is None:
        typer.echo(content.decode())
    else:
        replace_whole(out, content)
        console.print(escape(f"{out}: hand it to the operator of the peer by a way you trust."))


@app.command("add")
def add(
    card_file: Annotated[Path, typer.Argument(help="The peer's card.", exists=True)],
    node: Which,
    home: Home = None,
    replace: Annotated[
        bool,
        typer.Option(
            "--replace",
            help="The peer lost its keys, or one of the two nodes was made anew.",
        ),
    ] = False,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Add the node of a card as a peer, pinning its key and certificate.

    With --replace its keys count from now on instead of those that were known, which are kept for
    the proof of the past; a peer that is not known here is asked first what it knows of this node.

    Compare the fingerprint with the peer's operator before anything is sent. Exits 0.
    """
    if card_file.stat().st_size > MAX_BATCH_HEADER_BYTES:
        raise InvalidValue(what="a card", value=str(card_file), reason="it is too long")
    content = card_file.read_bytes()
    with opened(home, node, passphrase_file) as found:
        peer = found.state.write(lambda tx: known.add_peer(tx, found, content, replace=replace))
        rows = found.state.read(lambda tx: tx.rows("peer_keys", peer.id))
        now = found.now()
    console.print(
        escape(f"{peer.id}: {peer.name}, {', '.join(sorted(peer.competence))}, {peer.url}")
    )
    for certificate in (row[2] for row in rows if row[4] > now):
        console.print(escape(f"  certificate SHA-256 {fingerprint(certificate.encode())}"))


@app.command("suspend")
def suspend(
    peer: Peer,
    node: Which,
    reason: Reason,
    home: Home = None,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Stop all exchange with a peer; what is to be sent to it waits. Exits 0."""
    with opened(home, node, passphrase_file) as found:
        found.state.write(lambda tx: known.set_state(tx, peer, "suspended", reason))
    console.print(escape(f"Exchange with {peer} is suspended: {reason}"))


@app.command("resume")
def resume(
    peer: Peer,
    node: Which,
    home: Home = None,
    restored: Annotated[
        bool,
        typer.Option("--restored", help="Accept that the peer was restored from a backup."),
    ] = False,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Take up the exchange with a suspended peer again, or with one that was restored.

    What a restored peer had lost is given back to it; heads of the log that it lost are kept as
    proof. Make sure with its operator that it was restored, and from which backup.

    Exits 0; 1 when --restored is stated and the peer has asked for nothing.
    """
    with opened(home, node, passphrase_file) as found:
        if restored:
            done = found.state.write(lambda tx: accept(tx, found, peer))
            lost = f"{done.first:,} to {done.last:,}" if done.last >= done.first else "none"
            console.print(escape(f"{peer} was restored to a log of {done.log:,} leaves."))
            console.print(escape(f"  Its messages it gets back: {lost}."))
            console.print(escape(f"  Sent to it again: what follows message {done.received:,}."))
        else:
            found.state.write(lambda tx: known.set_state(tx, peer, "active", ""))
    console.print(escape(f"Exchange with {peer} goes on."))


With = Annotated[str, typer.Option("--with", help="The other administration.")]
File = Annotated[
    Path | None,
    typer.Option("--file", help="The register as counsel changed it; else the shipped one."),
]
Sign = Annotated[
    Path | None, typer.Option("--sign", help="Counsel's key file: puts the register in force.")
]


def register(  # noqa: PLR0917 - a command's options are named on the command line
    node: Which,
    other: With,
    home: Home = None,
    file: File = None,
    sign: Sign = None,
    passphrase_file: PassphraseFile = None,
    as_json: Json = False,
) -> None:
    """Show the register of legal bases with another administration, or sign it.

    With --file it is that file that is shown, which nobody has signed yet.

    Exits 0 when a signed register is in force (or has just been signed), 4 when what is shown is
    not signed.
    """
    with opened(home, node, passphrase_file) as found:
        if sign is not None:
            content = (
                file.read_text("utf-8") if file else shipped_register(found.administration, other)
            )
            seed = _counsel_seed(sign)
            pair = pair_of(found.administration, other)
            signed = found.state.write(
                lambda tx: sign_register(tx, found, pair, content, signing_key_from(seed))
            )
            console.print(escape(f"The register {pair} {signed.digest[:16]} is in force."))
            return
        row = found.state.read(lambda tx: tx.one("register", pair_of(found.administration, other)))
        in_force = row is not None and file is None
        if in_force:
            shown = found.state.read(lambda tx: register_with(tx, found, other))
        else:
            text = (
                file.read_text("utf-8") if file else shipped_register(found.administration, other)
            )
            shown = read_register(text)
        _show(shown, in_force=in_force, as_json=as_json)
    raise typer.Exit(0 if in_force else 4)


def _counsel_seed(path: Path) -> bytes:
    try:
        seed = bytes.fromhex(path.read_text("ascii").strip())
    except (ValueError, OSError):
        seed = b""
    if len(seed) != SEED_BYTES:
        raise InvalidValue(what="a counsel's key", value=str(path), reason="it is no key file")
    return seed


def _show(shown: Register, *, in_force: bool, as_json: bool) -> None:
    lines = [
        {
            "kind": passage.kind,
            "field": passage.field,
            "from": passage.sender,
            "to": passage.receiver,
            "basis": basis.id,
            "act": basis.act,
            "article": basis.article,
            "purpose": basis.purpose,
            "start": str(basis.start),
            "stop": str(basis.stop),
            "confidence": basis.confidence,
            "approval": basis.approval,
        }
        for passage, basis in shown.lines()
    ]
    if as_json:
        print_json({"digest": shown.digest, "signed": in_force, "lines": lines})
        return
    state = "in force, signed by counsel" if in_force else "NOT signed: nothing leaves"
    console.print(f"[bold]{'_'.join(shown.pair)}[/] {shown.digest[:16]}  {state}")
    table = Table(box=None, pad_edge=False)
    for name in ("way", "kind", "fields", "basis", "purpose", ""):
        table.add_column(name, overflow="fold")
    grouped: dict[tuple[str, ...], list[str]] = {}
    for one in lines:
        key = (f"{one['from']}→{one['to']}", one["kind"], one["basis"], one["purpose"])
        grouped.setdefault((*key, one["confidence"]), []).append(one["field"])
    for (way, kind, basis, purpose, confidence), fields in grouped.items():
        mark = "[yellow]unverified[/]" if confidence == UNVERIFIED else ""
        table.add_row(way, kind, ", ".join(fields), basis, escape(purpose), mark)
    console.print(table)
    for basis_ in shown.bases():
        console.print(escape(f"{basis_.id}: {basis_.act} {basis_.article}"), style="dim")
    if not in_force:
        console.print(moment(None), end="")
        console.print(" silkport node register --sign COUNSEL_KEY puts it in force")
