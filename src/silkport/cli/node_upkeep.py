"""silkport node keys, backup, restore, verify, retain, erase: the upkeep of a node."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from silkport.cli.node_options import PassphraseFile, Which, moment, opened
from silkport.cli.options import Home, Json, console, default_home, print_json
from silkport.kernel.limits import MAX_DUE_AT_ONCE
from silkport.node.exchange.keys import SEED_BYTES
from silkport.node.exchange.peers import meta, own_keys
from silkport.node.exchange.rotating import rotate
from silkport.node.home import certificate_for, folder_of
from silkport.node.law.retention import retention
from silkport.node.state import backing, retaining
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
        found.state.scrub()
    console.print("Erased." if known else "Nobody of that name is kept here.")
    raise typer.Exit(0 if known else 4)


Folder = Annotated[Path, typer.Argument(help="Folder of the backup.", exists=True, file_okay=False)]


def backup(
    node: Which,
    out: Annotated[Path, typer.Option("--out", help="New folder for the backup.")],
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Back a node up into a new folder, while it runs. The passphrase is not in it.

    Exits 0. Write the digest down elsewhere: it shows whether somebody exchanged the backup.
    """
    _show(backing.backup(folder_of(home or default_home(), node), out), as_json=as_json)


def verify(folder: Folder, as_json: Json = False) -> None:
    """Check a backup: every file, the state's own integrity, the log from its leaves.

    Exits 0 when it is whole, 1 when not.
    """
    _show(backing.verify(folder), as_json=as_json)


def restore(folder: Folder, node: Which, home: Home = None) -> None:
    """Let a node stand again as it was when the backup was made, where there is none.

    Its peers may know more than it does: they refuse numbers that are given again (SP-5206), so
    talk to their operators before it serves. Exits 0; 1 when there is a node or it is damaged.
    """
    done = backing.restore(folder, home or default_home(), node)
    console.print(escape(f"{node} stands again in {done.folder} as of {moment(done.backup.at)}."))
    console.print("Talk to the operators of its peers before it serves.")


def _show(found: backing.Backup, *, as_json: bool) -> None:
    if as_json:
        print_json(found.fields() | {"digest": found.digest})
        return
    console.print(escape(f"{found.node} of {moment(found.at)} in {found.folder}"))
    console.print(f"  log {found.log_size:,} {found.log_root}", soft_wrap=True)
    console.print(f"  digest {found.digest}", soft_wrap=True)


def retain(
    node: Which,
    home: Home = None,
    unverified: Annotated[
        bool,
        typer.Option("--unverified", help="Also by terms that nobody confirmed: it is for good."),
    ] = False,
    passphrase_file: PassphraseFile = None,
    as_json: Json = False,
) -> None:
    """Remove what is past the term for which the law has it kept; the log stands.

    Exits 0; 4 when classes were left alone because their term is unverified.
    """
    with opened(home, node, passphrase_file) as found:
        law = retention(found.administration, home or default_home())
        done = retaining.retain(found, law, found.now(), MAX_DUE_AT_ONCE, unverified=unverified)
    if as_json:
        print_json({"removed": done.removed, "left": done.left})
    else:
        for kept, count in done.removed.items():
            console.print(f"{count:>10,}  {kept}")
        if done.left:
            names = ", ".join(done.left)
            console.print(f"[yellow]Left alone, their terms are unverified: {names}[/]")
    raise typer.Exit(4 if done.left else 0)
