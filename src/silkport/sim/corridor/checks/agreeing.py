"""Both sides agree: what one queued the other has, in order, to the byte, and took to heart."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from silkport.kernel.exchange_errors import WaitsForEarlier
from silkport.sim.corridor.checks.tables import Message, inbox, outbox, parked, sound_pairs
from silkport.sim.corridor.sites import Site
from silkport.sim.corridor.world import World


def agreeing(world: World) -> Iterator[str]:
    """Messages, marks and what was said, of each pair of nodes."""
    for one, other in sound_pairs(world):
        way = f"{one.id} to {other.id}"
        sent, came = outbox(one, other.id), inbox(other, one.id)
        if [(m.seq, m.content) for m in sent] != [(m.seq, m.content) for m in came]:
            yield f"{way}: {len(sent)} messages were queued and {len(came)} came, or came otherwise"
        if [m.seq for m in sent] != list(range(1, len(sent) + 1)):
            yield f"{way}: the numbers of the messages queued have a gap"
        yield from _marks(way, one, other, sent)
        yield from _said(way, one, other, sent)
        yield from _parked(world, way, other, one.id, sent)


def _marks(way: str, one: Site, other: Site, sent: list[Message]) -> Iterator[str]:
    here, there = one.peer(other.id), other.peer(one.id)
    marks = {
        "queued": here.queued,
        "taken": here.taken,
        "received": there.received,
        "considered": there.considered,
    }
    if set(marks.values()) != {len(sent)}:
        yield f"{way}: {len(sent)} were queued, the marks say {marks}"
    owed = max((m.seq for m in sent if m.name != "receipt"), default=0)
    if not owed <= here.considered_there <= there.considered:
        yield f"{way}: {here.considered_there} is known to be considered there, {owed} should be"


def _said(way: str, one: Site, other: Site, sent: list[Message]) -> Iterator[str]:
    """What is kept as said is the newest of each kind on each matter, less what is parked."""
    waiting = parked(other, one.id)
    newest: dict[tuple[str, str], tuple[int, bytes]] = {}
    for message in sent:
        if message.seq not in waiting and message.about:
            body = msgspec.json.encode(message.fields["body"], order="sorted")
            newest[message.about, message.name] = (message.seq, body)
    held = {
        (about, kind): (seq, bytes(body))
        for peer, about, kind, seq, body in other.rows("all_said")
        if peer == one.id
    }
    for key in sorted(newest.keys() | held.keys()):
        if newest.get(key) != held.get(key):
            what = f"the newest {key[1]} on {key[0]}"
            yield f"{way}: {what} is {newest.get(key)}, held is {held.get(key)}"


def _parked(world: World, way: str, other: Site, one: str, sent: list[Message]) -> Iterator[str]:
    """Parked is what was a lie, and what waits behind one; of an honest node nothing."""
    found = parked(other, one)
    lies = {message.seq: world.lies.get((other.id, message.content), "") for message in sent}
    for seq, code in found.items():
        waits = code == WaitsForEarlier.code and any(lies.values())
        if not lies.get(seq) and not waits:
            yield f"{way}: message {seq} is parked for {code}, and nothing is wrong with it"
    for seq, lie in lies.items():
        if lie and seq not in found:
            yield f"{way}: message {seq} took effect, which is {lie}"
