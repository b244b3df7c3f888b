"""Nothing applied twice: each message had its effect exactly once, whatever was sent again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from silkport.node.exchange.peers import own_keys
from silkport.node.state.contract import Transaction
from silkport.node.transparency import log
from silkport.sim.corridor.checks.tables import (
    NEIGHBOUR,
    Message,
    declarations,
    inbox,
    outbox,
    parked,
    records,
    sound_pairs,
)
from silkport.sim.corridor.sites import Site
from silkport.sim.corridor.world import World

OF_HOUSES = frozenset(
    "export_released export_amended arrival_notice import_registered import_decision "
    "inspection_result".split()
)


def once(world: World) -> Iterator[str]:
    """Events by neighbours, keys of peers, and replies."""
    for one, other in sound_pairs(world):
        waiting = parked(other, one.id)
        effective = [m for m in inbox(other, one.id) if m.seq not in waiting]
        yield from _neighbour_events(one, other, effective)
        yield from _keys(one, other, effective)
        yield from _answers(one, other, effective)
        yield from _receipts(world, one, other)


def _neighbour_events(one: Site, other: Site, effective: list[Message]) -> Iterator[str]:
    """Each declaration of the house has one event for a message that came after it was filed."""
    found: Counter[tuple[str, str]] = Counter()
    for identity in declarations(other):
        for record in records(other, identity):
            if record["event"] == NEIGHBOUR and record["who"] == one.id:
                found[identity, record["reason"]] += 1
    expected: set[tuple[str, str]] = set()
    for message in effective:
        if message.name not in OF_HOUSES:
            continue
        reason = f"{message.name} {message.seq}"
        for identity in declarations(other):
            if not _is_about(message, other, identity):
                continue
            expected.add((identity, reason))
            if not found[identity, reason] and _is_older(other, identity, one.id, message.seq):
                yield f"{other.id}: {identity} never learnt of {reason} of {one.id}"
    for (identity, reason), times in sorted(found.items()):
        if times > 1 or (identity, reason) not in expected:
            yield f"{other.id}: {reason} of {one.id} had its effect on {identity} {times} times"


def _is_about(message: Message, site: Site, identity: str) -> bool:
    """Whether a message is about the house of a declaration; without a number it is about all."""
    case, body = site.case(identity), message.fields["body"]
    told = str(body.get("house_no", ""))
    same = not told or not case.house_no or told == case.house_no
    return same and case.consignment_no == body["consignment_no"]


def _is_older(site: Site, identity: str, peer: str, seq: int) -> bool:
    """Whether a declaration was there when a message came, as the log has it."""

    def filed_before(tx: Transaction) -> bool:
        filed = log.index_of(tx, log.EVENT, identity, 1)
        return filed < log.index_of(tx, log.RECEIVED, peer, seq)

    return site.read(filed_before)


def _keys(one: Site, other: Site, effective: list[Message]) -> Iterator[str]:
    """The keys held of a peer are its first one and those of its changes, each once."""
    changes = [m.fields["body"]["public"] for m in effective if m.name == "key_change"]
    first = one.read(lambda tx: own_keys(tx, one.node))[0].key.public.hex()
    held = [row[1].hex() for row in other.rows("peer_keys", one.id)]
    if sorted(held) != sorted([first, *changes]):
        yield f"{other.id}: {len(held)} keys of {one.id} are held, {len(changes) + 1} were told"


def _answers(one: Site, other: Site, effective: list[Message]) -> Iterator[str]:
    """Every question has one answer, from whoever may answer."""
    answers = Counter(
        m.fields["EDocRefId"] for m in outbox(other, one.id) if m.name == "mirror_answer"
    )
    for message in effective:
        times = answers[message.fields["EDocId"]]
        if message.name == "mirror_query" and times != int(other.is_deciding):
            yield f"{other.id}: question {message.seq} of {one.id} was answered {times} times"


def _receipts(world: World, one: Site, other: Site) -> Iterator[str]:
    """Every message stands in one receipt; in several only when it was parked and retried."""
    covered: Counter[int] = Counter()
    for message in outbox(other, one.id):
        if message.name == "receipt" and (one.id, message.content) not in world.lies:
            body = message.fields["body"]
            covered.update(range(body["first"], body["last"] + 1))
    retried = (other.id, one.id) in world.ledger.retried
    for message in inbox(other, one.id):
        times = covered[message.seq]
        if (message.name != "receipt" and not times) or (times > 1 and not retried):
            yield f"{other.id}: message {message.seq} of {one.id} stands in {times} receipts"
