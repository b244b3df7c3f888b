"""silkport node: a sovereign node, from its making to its daily work."""

from __future__ import annotations

import logging
import secrets
import signal
from collections import Counter
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer
from rich.markup import escape

from silkport.cli import node_audit, node_case, node_peers, node_standing, node_upkeep
from silkport.cli.node_options import PassphraseFile, Which, opened
from silkport.cli.options import Home, Json, console, counting, default_home, print_json
from silkport.formats.reading import Problem
from silkport.kernel.errors import InvalidValue, SilkportError
from silkport.model.messages import Competence
from silkport.node.exchange.keys import SEED_BYTES, signing_key_from
from silkport.node.exchange.peers import meta
from silkport.node.home import Identity, folder_of, make_node, make_passphrase, passphrase_for
from silkport.node.law.books import administrations
from silkport.node.offices import is_deciding, office_of
from silkport.node.serving import Serving
from silkport.node.store.disk import write_whole
from silkport.node.workflow.filing import Filed, file_declaration
from silkport.node.workflow.reading import declared_in

SOME_NOT_FILED = 4
COUNSEL_KEY = "counsel.key"
DEFAULT_PORT = 9441

app = typer.Typer(help="A sovereign node: make it, let it serve, see how it stands.")
app.command("case")(node_case.case)
app.command("act")(node_case.act)
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
        office = office_of(found, home or default_home()) if is_deciding(found) else None
        at = port if port >= 0 else address.port or DEFAULT_PORT
        serving = Serving(found, office, host or address.hostname or "127.0.0.1", at)
        for one in (signal.SIGTERM, signal.SIGINT):
            signal.signal(one, lambda *_: serving.stop())
        with serving:
            console.print(escape(f"Node {node} serves at port {serving.port}."))
            serving.wait()
    console.print("Stopped; everything taken is kept.")


@app.command("file")
def file(  # noqa: PLR0917 - a command's options are named on the command line
    inputs: Annotated[
        list[Path], typer.Argument(help="Files or folders with consignments.", exists=True)
    ],
    node: Which,
    home: Home = None,
    who: Annotated[str, typer.Option("--who", help="Who files; else the declarant.")] = "",
    early: Annotated[bool, typer.Option("--early", help="The goods have not arrived yet.")] = False,
    passphrase_file: PassphraseFile = None,
    as_json: Json = False,
) -> None:
    """File every declaration of goods in the inputs with a node, which decides each at once.

    The same again changes nothing. Exits 0 when all were filed, 4 when some could not be.
    """
    states: Counter[str] = Counter()
    problems: list[str] = []
    cases: list[dict[str, Any]] = []
    with opened(home, node, passphrase_file) as found, counting("filing") as progress:
        office = office_of(found, home or default_home())
        for one in declared_in(inputs):
            if isinstance(one, Problem):
                problems.append(f"{one.source} {one.position}: {one.expected}")
                continue
            by = who or str(one.declaration["declarant_code"])
            try:
                filed = file_declaration(
                    found,
                    office,
                    one.declaration,
                    one.goods,
                    who=by,
                    problems=one.problems,
                    early=early,
                )
            except SilkportError as error:
                problems.append(f"{one.declaration['declaration_no']}: {error}")
                continue
            case = filed.case
            states[_became(filed)] += 1
            cases.append({"id": case.id, "number": case.number, "state": case.state.value})
            progress("filing", len(cases))
    if as_json:
        print_json({"filed": cases, "states": states, "problems": problems})
    else:
        for state, count in states.most_common():
            console.print(f"{count:>8,}  {state}")
        for problem in problems[:20]:
            console.print(escape(problem), style="yellow")
        if cases:
            console.print(escape(f"  silkport node case {cases[0]['id']} --as {node}"))
    raise typer.Exit(SOME_NOT_FILED if problems else 0)


def _became(filed: Filed) -> str:
    """What became of a filing, in a word."""
    if filed.is_duplicate:
        return "duplicate"
    if not filed.case.decision["decision"]["regime"]:
        return f"{filed.case.state.value}: no regime of this administration covers it"
    return filed.case.state.value
