"""silkport node keys, backup, restore, verify, retain, erase: the upkeep of a node."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from silkport.cli.node_options import PassphraseFile, Which, moment, opened
from silkport.cli.options import Home, Json, console, default_home, print_json
from silkport.kernel.limits import MAX_DUE_AT_ONCE
from silkport.node.exchange.peers import ends_at, own_keys
from silkport.node.exchange.rotating import begin_change
from silkport.node.home import folder_of
from silkport.node.law.retention import retention
from silkport.node.state import backing, retaining
from silkport.node.workflow.erasing import erase as erase_person


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

    A new key comes with a new certificate. A node that serves changes both by itself sixty days
    before the certificate ends.

    Exits 0; 1 when a change is still under way.
    """
    with opened(home, node, passphrase_file) as found:
        if rotating:
            found.state.write(lambda tx: begin_change(tx, found))
        own = found.state.read(lambda tx: own_keys(tx, found))
    rows = [
        {
            "key": one.key.key_id,
            "state": one.state,
            "since": moment(one.since),
            "certificate_ends": moment(ends_at(one.certificate)),
        }
        for one in own
    ]
    if as_json:
        print_json(rows)
    else:
        for row in rows:
            text = f"{row['key']}  {row['state']:<8} {row['since']}"
            console.print(escape(f"{text}  certificate until {row['certificate_ends']}"))


def erase(
    person: Annotated[str, typer.Argument(help="Name or number as it was declared.")],
    node: Which,
    home: Home = None,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Erase a person: the key of what is kept of them is destroyed; documents and log stand.

    What peers said of the person goes too, unless the law has it kept or it still takes effect.
    Exits 0 when the person was known here, 4 otherwise. Backups made before keep what they hold.
    """
    with opened(home, node, passphrase_file) as found:
        law = retention(found.administration, home or default_home())
        done = erase_person(found, person, law)
        found.state.scrub()
    console.print("Erased." if done else "Nobody of that name is kept here.")
    for count, what in (
        (done.emptied, "messages of peers lost their content"),
        (done.waiting, "messages name the person and still wait or are parked: erase again later"),
        (done.kept, f"messages stay by law: {done.kept_by}"),
        (done.sent, "messages of this node had told the name to a peer; the record of that stays"),
    ):
        if count:
            console.print(escape(f"{count} {what}"))
    raise typer.Exit(0 if done else 4)


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

    Its peers may know more than it does. When it serves it asks each what that is, before it says
    anything else; where something was lost, the operator of that peer accepts it with 'silkport
    node peer resume NODE --restored'. Exits 0; 1 when there is a node or it is damaged.
    """
    done = backing.restore(folder, home or default_home(), node)
    console.print(escape(f"{node} stands again in {done.folder} as of {moment(done.backup.at)}."))
    console.print("Tell the operators of its peers. When it serves it asks what they exchanged;")
    console.print(escape(f"each may have to give: silkport node peer resume {node} --restored"))


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
