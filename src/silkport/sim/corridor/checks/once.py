"""Nothing applied twice: each message had its effect exactly once, whatever was sent again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from silkport.node.exchange.peers import own_keys
from silkport.node.state.contract import Transaction
from silkport.node.transparency import log
from silkport.node.workflow.cases import case_of
from silkport.sim.corridor.checks.tables import (
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
        effective = [m for m in inbox(other, one.id) if m.seq not in parked(other, one.id)]
        yield from _neighbour_events(one, other, effective)
        yield from _keys(one, other, effective)
        yield from _replies(world, one, other, effective)


def _neighbour_events(one: Site, other: Site, effective: list[Message]) -> Iterator[str]:
    """Each declaration of the house has one event for a message that came after it was filed."""
    found: Counter[tuple[str, str]] = Counter()
    houses: dict[str, tuple[str, str]] = {}
    for identity in declarations(other):
        case = other.read(lambda tx, key=identity: case_of(tx, key))  # type: ignore[misc]
        houses[identity] = (case.consignment_no, case.house_no)
        for record in records(other, identity):
            if record["event"] == "neighbour" and record["who"] == one.id:
                found[identity, record["reason"]] += 1
    expected: set[tuple[str, str]] = set()
    for message in effective:
        if message.name not in OF_HOUSES:
            continue
        body, reason = message.fields["body"], f"{message.name} {message.seq}"
        for identity, (consignment, house) in houses.items():
            told = str(body.get("house_no", ""))
            if consignment != body["consignment_no"] or (told and house and told != house):
                continue
            expected.add((identity, reason))
            if _filed_before(other, identity, one.id, message.seq) and not found[identity, reason]:
                yield f"{other.id}: {identity} never learnt of {reason} of {one.id}"
    for (identity, reason), times in sorted(found.items()):
        if times > 1 or (identity, reason) not in expected:
            yield f"{other.id}: {reason} of {one.id} had its effect on {identity} {times} times"


def _filed_before(site: Site, identity: str, peer: str, seq: int) -> bool:
    """Whether a declaration was there when a message came, as the log has it."""

    def places(tx: Transaction) -> bool:
        filed = log.index_of(tx, log.EVENT, identity, 1)
        return filed < log.index_of(tx, log.RECEIVED, peer, seq)

    return site.read(places)


def _keys(one: Site, other: Site, effective: list[Message]) -> Iterator[str]:
    """The keys held of a peer are its first one and those of its changes, each once."""
    changes = [m.fields["body"]["public"] for m in effective if m.name == "key_change"]
    own = one.read(lambda tx: own_keys(tx, one.node))
    held = [row[1].hex() for row in other.read(lambda tx: tx.rows("peer_keys", one.id))]
    if sorted(held) != sorted({own[0].key.public.hex(), *changes}):
        yield f"{other.id}: {len(held)} keys of {one.id} are held, {len(changes) + 1} were told"


def _replies(world: World, one: Site, other: Site, effective: list[Message]) -> Iterator[str]:
    """Every question has one answer; every message stands in a receipt, once."""
    back = outbox(other, one.id)
    answers = Counter(m.fields["EDocRefId"] for m in back if m.name == "mirror_answer")
    for message in effective:
        if message.name != "mirror_query":
            continue
        owed = 1 if other.is_deciding else 0
        if answers[message.fields["EDocId"]] != owed:
            times = answers[message.fields["EDocId"]]
            yield f"{other.id}: question {message.seq} of {one.id} was answered {times} times"
    covered: Counter[int] = Counter()
    for message in back:
        if message.name == "receipt":
            body = message.fields["body"]
            covered.update(range(body["first"], body["last"] + 1))
    for message in inbox(other, one.id):
        if message.name != "receipt" and not covered[message.seq]:
            yield f"{other.id}: message {message.seq} of {one.id} stands in no receipt"
        if covered[message.seq] > 1 and (other.id, one.id) not in world.ledger.retried:
            yield f"{other.id}: message {message.seq} of {one.id} stands in several receipts"
