"""silkport node keys, backup, restore, verify, retain, erase: the upkeep of a node."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape

from silkport.cli.node_options import PassphraseFile, Which, moment, opened
from silkport.cli.options import Home, Json, console, print_json
from silkport.node.exchange.keys import SEED_BYTES
from silkport.node.exchange.peers import meta, own_keys
from silkport.node.exchange.rotating import rotate
from silkport.node.home import certificate_for
from silkport.node.workflow.people import forget


def keys(
    node: Which,
    home: Home = None,
    rotating: Annotated[
        bool, typer.Option("--rotate", help="Change to new keys; nothing stops meanwhile.")
    ] = False,
    passphrase_file: PassphraseFile = None,
    as_json: Json = False,
) -> None:
    """List the node's keys, or change them: each peer takes the new one under the old.

    Exits 0; 1 when a change is still under way.
    """
    with opened(home, node, passphrase_file) as found:
        if rotating:
            hosts = found.state.read(lambda tx: meta(tx, "hosts")).split()
            seed, tls_seed = found.chance(SEED_BYTES), found.chance(SEED_BYTES)
            certificate = certificate_for(found, hosts, tls_seed)
            found.state.write(lambda tx: rotate(tx, found, seed, tls_seed, certificate))
        own = found.state.read(lambda tx: own_keys(tx, found))
    rows = [{"key": one.key.key_id, "state": one.state, "since": moment(one.since)} for one in own]
    if as_json:
        print_json(rows)
    else:
        for row in rows:
            console.print(escape(f"{row['key']}  {row['state']:<8} {row['since']}"))


def erase(
    person: Annotated[str, typer.Argument(help="Name or number as it was declared.")],
    node: Which,
    home: Home = None,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Erase a person: the key of what is kept of them is destroyed; documents and log stand.

    Exits 0 when the person was known here, 4 otherwise. Backups made before keep what they hold.
    """
    with opened(home, node, passphrase_file) as found:
        known = found.state.write(lambda tx: forget(tx, found, person))
    console.print("Erased." if known else "Nobody of that name is kept here.")
    raise typer.Exit(0 if known else 4)
