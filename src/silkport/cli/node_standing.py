"""silkport node status, parked: how a node stands, and what could not take effect."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import Annotated, Any

import typer
from rich.markup import escape

from silkport.cli.node_options import PassphraseFile, Reason, moment, opened, plain
from silkport.cli.options import Home, Json, Language, console, default_home, print_json, word
from silkport.kernel.errors import NotFound
from silkport.node import standing
from silkport.node.exchange.applying import drop_parked, retry_parked
from silkport.node.exchange.rotating import RENEW_DAYS
from silkport.node.home import nodes_in

WARNING_DAYS = RENEW_DAYS
COUNTS = ("waiting", "sent", "received", "to_apply", "parked")

Some = Annotated[
    str | None, typer.Option("--as", metavar="NODE", help="The node; else every node of the home.")
]


def status(
    node: Some = None,
    home: Home = None,
    passphrase_file: PassphraseFile = None,
    language: Language = "en",
    as_json: Json = False,
) -> None:
    """Show how nodes stand: backlog per peer, what is parked, what went wrong, what is due.

    Exits 0 when nothing needs an operator, 4 when something is parked, a peer cannot be reached,
    is suspended or was restored, a register is not signed, or the certificate ends within sixty
    days.
    """
    shown = []
    for name in _named(node, home):
        with opened(home, name, passphrase_file) as found:
            shown.append(found.state.read(partial(standing.standing, node=found)))
    if as_json:
        print_json(shown)
    else:
        for one in shown:
            _show(one, language)
    troubled = any(
        one["parked"] or one["certificate_days"] < WARNING_DAYS or any(map(_needs, one["peers"]))
        for one in shown
    )
    raise typer.Exit(4 if troubled else 0)


def _named(node: str | None, home: Home) -> list[str]:
    names = [node] if node else nodes_in(home or default_home())
    if not names:
        raise NotFound(what=f"a node in {home or default_home()}")
    return names


def _needs(peer: dict[str, Any]) -> bool:
    """Whether a peer needs an operator."""
    return bool(
        peer["failures"]
        or peer["open"]
        or peer["state"] == "suspended"
        or not peer["register"]["digest"]
    )


def _show(one: dict[str, Any], language: str) -> None:
    def say(name: str) -> str:
        return word(f"node_{name}", language)

    head = f"[bold]{escape(one['node'])}[/] {escape(one['name'])}"
    console.print(f"\n{head}  {escape(one['url'])}  {', '.join(one['competence'])}")
    key = next(own for own in one["keys"] if own["state"] == "current")
    size = f"{one['log']['size']:,}"
    if one["certificate_days"] < WARNING_DAYS:
        days = f"{one['certificate_days']:,}"
        console.print(f"[red]{word('node_certificate', language, days=days)}[/]")
    console.print(f"{say('log')}: {size} · {one['log']['root'][:16]}  {say('key')}: {key['key']}")
    for peer in one["peers"]:
        console.print(f"{say('peer')} {_peer(peer, language)}")
        counts = ", ".join(f"{say(name)} {peer[name]:,}" for name in COUNTS)
        since = f" ({say('since')} {moment(peer['waiting_since'])})" if peer["waiting"] else ""
        heard = f"{say('heard')} {moment(peer['last_heard'])}"
        console.print(f"  {counts}{since} · {heard}")
        _show_restores(peer)
        if not peer["register"]["digest"]:
            console.print(f"  [yellow]{say('unsigned')}: {escape(peer['register']['pair'])}[/]")
    if one["declarations"]:
        console.print(f"{say('declarations')}:")
    for direction, rows in groupby(one["declarations"], key=itemgetter("direction")):
        parts = [f"{word('state_' + row['state'], language)} {row['count']:,}" for row in rows]
        way = word(f"way_{direction or 'elsewhere'}", language)
        console.print(f"  {way}: {', '.join(parts)}")
    if one["next_due"]:
        console.print(f"{say('next_due')}: {moment(one['next_due'])}")
    for incident in one["incidents"]:
        times = f" ×{incident['times']:,}" if incident["times"] > 1 else ""
        text = f"{moment(incident['last'])}{times} {incident['peer']} {incident['reason']}"
        console.print(escape(text), style="dim")


def _show_restores(peer: dict[str, Any]) -> None:
    """What a restore has left to be done, and which messages are remembered on one side only."""
    if peer["open"]:
        console.print(f"  [red]{escape(peer['open'])}[/]")
    for one in peer["regained"]:
        text = f"  messages {one['first']:,} to {one['last']:,} to {peer['peer']} came back from it"
        text += (
            f" after the restore of {moment(one['restored_at'])}: no declaration here knows them"
        )
        console.print(escape(text), style="yellow")
    restored = peer["restoration"]
    if restored and restored["accepted_at"] and restored["last"] >= restored["first"]:
        text = f"  {peer['peer']} was restored at {moment(restored['since'])} and has lost what"
        text += f" caused its messages {restored['first']:,} to {restored['last']:,}"
        console.print(escape(text), style="dim")


def _peer(peer: dict[str, Any], language: str) -> str:
    """Its name, and whether the line to it is whole."""
    name = f"[bold]{escape(peer['peer'])}[/]"
    if peer["state"] == "suspended":
        suspended = word("node_suspended", language)
        return f"{name} [yellow]{suspended}: {escape(peer['reason'])}[/]"
    if peer["failures"]:
        return f"{name} [red]✗ {escape(peer['last_error'])}[/]"
    return f"{name} [green]✓[/]" if peer["last_heard"] else f"{name} -"


def parked(  # noqa: PLR0917 - a command's options are named on the command line
    node: Annotated[str, typer.Option("--as", metavar="NODE", help="The node.")],
    home: Home = None,
    retry: Annotated[bool, typer.Option("--retry", help="Try them again, in order.")] = False,
    drop: Annotated[
        str, typer.Option("--drop", metavar="PEER:NUMBER", help="Give one up for good.")
    ] = "",
    reason: Reason = "",
    passphrase_file: PassphraseFile = None,
    as_json: Json = False,
) -> None:
    """List the messages that did not take effect and why; try them again, or drop one.

    A dropped one stays in the log and no longer holds up those behind it; the reason is kept.

    Exits 0 when nothing is parked (any more), 4 otherwise.
    """
    with opened(home, node, passphrase_file) as found:
        if drop:
            peer_id, _, number = drop.rpartition(":")
            if not number.isdigit() or not reason:
                raise typer.BadParameter("name PEER:NUMBER and a --reason")
            drop_parked(found, peer_id, int(number), reason)
        if retry:
            for peer in sorted({one.peer for one in found.state.read(standing.parked)}):
                done = retry_parked(found, peer)
                console.print(escape(f"{peer}: {done.applied} took effect, {done.parked} stay"))
        rows = found.state.read(standing.parked)
    if as_json:
        print_json([asdict(one) for one in rows])
    else:
        for one in rows:
            said = f"{one.peer} {one.seq} {moment(one.at)} {one.about}\n  {one.reason}"
            console.print(escape(plain(said)), style="yellow")
    raise typer.Exit(4 if rows else 0)
