"""silkport node: a sovereign node, from its making to its daily work."""

from __future__ import annotations

import logging
import secrets
import signal
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer
from rich.markup import escape

from silkport.cli import (
    node_audit,
    node_case,
    node_cases,
    node_file,
    node_heard,
    node_peers,
    node_standing,
    node_tell,
    node_upkeep,
)
from silkport.cli.node_options import PassphraseFile, Which, opened
from silkport.cli.options import Home, console, default_home
from silkport.kernel.errors import InvalidValue, SilkportError
from silkport.model.messages import Competence
from silkport.node.corridor.desk import filing_desk
from silkport.node.exchange.keys import SEED_BYTES, signing_key_from
from silkport.node.exchange.peers import meta
from silkport.node.home import Identity, folder_of, make_node, make_passphrase, passphrase_for
from silkport.node.law.books import administrations
from silkport.node.offices import is_deciding, office_of
from silkport.node.serving import Serving
from silkport.node.store.disk import write_whole

COUNSEL_KEY = "counsel.key"
DEFAULT_PORT = 9441

app = typer.Typer(help="A sovereign node: make it, let it serve, see how it stands.")
app.command("file")(node_file.file)
app.command("cases")(node_cases.cases)
app.command("case")(node_case.case)
app.command("act")(node_case.act)
app.command("tell")(node_tell.tell)
app.command("heard")(node_heard.heard)
app.command("status")(node_standing.status)
app.command("parked")(node_standing.parked)
app.command("audit")(node_audit.audit_node)
app.command("prove")(node_audit.prove)
app.command("check")(node_audit.check)
app.command("card")(node_peers.card)
app.add_typer(node_peers.app, name="peer")
app.command("register")(node_peers.register)
app.command("keys")(node_upkeep.keys)
app.command("backup")(node_upkeep.backup)
app.command("restore")(node_upkeep.restore)
app.command("verify")(node_upkeep.verify)
app.command("retain")(node_upkeep.retain)
app.command("erase")(node_upkeep.erase)

Law = Annotated[str, typer.Option("--law", help="Whose law it applies; else that of its own name.")]
Competences = Annotated[
    list[Competence] | None,
    typer.Option("--competence", help="What it is entitled to do; else customs."),
]
Name = Annotated[str, typer.Option("--name", help="Its name as people read it.")]
Url = Annotated[
    str, typer.Option("--url", help="Address under which its peers reach it: https://host:port.")
]
Counsel = Annotated[
    Path | None,
    typer.Option(
        "--counsel-key", help="Key file of counsel, who signs registers; else one is made."
    ),
]


@app.command("init")
def init(  # noqa: PLR0917 - a command's options are named on the command line
    node: Which,
    home: Home = None,
    law: Law = "",
    competence: Competences = None,
    name: Name = "",
    url: Url = f"https://127.0.0.1:{DEFAULT_PORT}",
    counsel_key: Counsel = None,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Make a node: its keys under a passphrase, its certificate, an empty state.

    Without a passphrase file or SILKPORT_PASSPHRASE one is made beside the node: keep it
    elsewhere when the node holds anything of value.

    Exits 0 when it was made, 1 when there is one already.
    """
    where, administration = home or default_home(), law or node
    if administration not in administrations():
        raise typer.BadParameter(f"there is no law of {administration}; name one with --law")
    folder = folder_of(where, node)
    try:
        passphrase = passphrase_for(where, node, passphrase_file)
    except SilkportError:
        passphrase = make_passphrase(folder)
        console.print(escape(f"A passphrase was made: {folder / 'passphrase'}"))
    address = urlsplit(url)
    if address.scheme != "https" or not address.hostname:
        raise typer.BadParameter(f"{url!r} is no address like https://host:port")
    counsel = counsel_seed(counsel_key or folder / COUNSEL_KEY)
    identity = Identity(
        id=node,
        administration=administration,
        competence=frozenset(competence or [Competence.CUSTOMS]),
        name=name or node.upper(),
        url=url,
        hosts=[address.hostname],
        counsel=signing_key_from(counsel).public.hex(),
    )
    make_node(where, identity, passphrase)
    console.print(
        escape(f"Node {node} is made in {folder}; it applies the law of {administration}.")
    )
    if counsel_key is None:
        console.print(escape(f"Counsel's key: {folder / COUNSEL_KEY}. Hand it over to counsel."))
    console.print(
        escape("Next: exchange cards (silkport node card), add the peer, sign the register.")
    )


def counsel_seed(path: Path) -> bytes:
    """The key in a counsel's file, made when there is none. Raises InvalidValue."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, secrets.token_bytes(SEED_BYTES).hex().encode())
    try:
        seed = bytes.fromhex(path.read_text("ascii").strip())
    except ValueError:
        seed = b""
    if len(seed) != SEED_BYTES:
        raise InvalidValue(what="a counsel's key", value=str(path), reason="it is no key file")
    return seed


@app.command("serve")
def serve(
    node: Which,
    home: Home = None,
    host: Annotated[str, typer.Option("--host", help="Address to listen at.")] = "",
    port: Annotated[int, typer.Option("--port", help="Port to listen at; 0 for any.")] = -1,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Serve: listen to peers, send, apply, watch the deadlines, until stopped (Ctrl-C or TERM).

    Exits 0 when it was stopped.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    with opened(home, node, passphrase_file) as found:
        address = urlsplit(found.state.read(lambda tx: meta(tx, "url")))
        where = home or default_home()
        office = office_of(found, where) if is_deciding(found) else None
        desk = filing_desk(found.administration, office, where) if office else None
        at = port if port >= 0 else address.port or DEFAULT_PORT
        serving = Serving(found, office, host or address.hostname or "127.0.0.1", at, desk)
        for one in (signal.SIGTERM, signal.SIGINT):
            signal.signal(one, lambda *_: serving.stop())
        with serving:
            console.print(escape(f"Node {node} serves at port {serving.port}."))
            serving.wait()
    console.print("Stopped; everything taken is kept.")
