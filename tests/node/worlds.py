"""Worlds of simulated nodes for the tests: a clock, chance by seed, lines without faults."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from silkport.kernel.exchange_errors import LineDown
from silkport.kernel.merkle import leaf_hash, root_of
from silkport.model.messages import BY_NAME, Competence
from silkport.node.exchange.applying import apply_some
from silkport.node.exchange.batch import BATCH, Header
from silkport.node.exchange.inbox import receive
from silkport.node.exchange.keys import SEED_BYTES, SigningKey
from silkport.node.exchange.outbox import Covered, Outgoing, moment_text, queue, sign
from silkport.node.exchange.peers import Peer, current_key, key_for, peer_of
from silkport.node.exchange.rotating import promote, rotate
from silkport.node.exchange.sending import BATCHES, is_due, send_next
from silkport.node.home import certificate_for
from silkport.node.sovereign import Incident, Node, incidents
from silkport.node.state.contract import Transaction
from silkport.sim.nodes import HOSTS, Simulated, answered, introduce

BEGIN = 1_790_000_000_000
"""21 September 2026, 14:13:20 UTC."""
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000

CUSTOMS = frozenset({Competence.CUSTOMS})

EXPORT = {
    "consignment_no": "KHG-000015",
    "house_no": "1",
    "declaration_no": "CN/2026/15",
    "released_at": BEGIN,
    "vehicle": "A 123",
    "consignor_name": "Bo & Sons",
    "consignee_name": "Aigerim Mill",
    "goods": [{"gnum": 1, "hs_code": "1101001500", "description": "flour"}],
}
"""An export released, with all that the register of the first pair lets pass."""


@dataclass
class Clock:
    """A clock that is set by hand, milliseconds since 1970-01-01T00:00Z."""

    at: int = BEGIN

    def __call__(self) -> int:
        return self.at


@dataclass
class World:
    """Some nodes that are peers of one another."""

    names: Sequence[str] = ("cn", "kz")
    seed: int = 1
    competence: Mapping[str, frozenset[Competence]] = field(default_factory=dict)
    clock: Clock = field(default_factory=Clock)
    nodes: dict[str, Simulated] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in self.names:
            self.add(name, self.competence.get(name, CUSTOMS))
        introduce([*self.nodes.values()])

    def add(self, name: str, competence: frozenset[Competence] = CUSTOMS) -> Simulated:
        """Makes a node that nobody knows yet; it applies the law it is called after."""
        chance = random.Random(f"{self.seed} {name}").randbytes
        made = Simulated(name, name[:2], self.clock, chance, competence)
        self.nodes[name] = made
        return made

    def __getitem__(self, name: str) -> Simulated:
        return self.nodes[name]

    def node(self, name: str) -> Node:
        """The node of that name."""
        return self.nodes[name].node

    def tell(self, sender: str, to: str, kind: str, body: Mapping[str, object]) -> int:
        """Queues one message; gives its number."""
        node = self.node(sender)
        return node.state.write(lambda tx: queue(tx, node, to, [Outgoing(kind, body)]))

    def export(self, sender: str, to: str, house: str = "1", **more: object) -> int:
        """Queues the news of an export."""
        return self.tell(sender, to, "export_released", EXPORT | {"house_no": house} | more)

    def send(self, sender: str, to: str) -> int:
        """Sends one batch over a line without faults; gives the messages signed for."""
        return send_next(self.node(sender), to, Wire(self, sender, to))

    def pass_on(self, sender: str, to: str) -> None:
        """Sends one batch and lets it take effect."""
        self.send(sender, to)
        apply_some(self.node(to), sender)

    def settle(self, rounds: int = 20) -> None:
        """Sends and applies until nothing moves any more."""
        for _ in range(rounds):
            busy = False
            for name, one in self.nodes.items():
                node = one.node
                node.state.write(partial(promote, node=node))
                for peer in self.peers(name):
                    if peer.id in self.nodes and is_due(node, peer):
                        busy |= self.send(name, peer.id) > 0 or is_due(
                            node, self.peer(name, peer.id)
                        )
                    busy |= bool(apply_some(node, peer.id))
            if not busy:
                return
        raise AssertionError("they never come to rest")

    def rotate(self, name: str) -> SigningKey:
        """Begins a change of keys."""
        one = self[name]
        seed, tls_seed = one.chance(SEED_BYTES), one.chance(SEED_BYTES)
        pem = certificate_for(one.node, HOSTS, tls_seed)
        return one.node.state.write(lambda tx: rotate(tx, one.node, seed, tls_seed, pem))

    def peer(self, name: str, of: str) -> Peer:
        """How one node knows another."""
        return self.node(name).state.read(lambda tx: peer_of(tx, of))

    def peers(self, name: str) -> list[Peer]:
        """All peers of a node."""
        rows = self.rows(name, "select peer from peer order by peer")
        return [self.peer(name, row[0]) for row in rows]

    def rows(self, name: str, sql: str, *values: Any) -> list[Any]:
        """What stands in the state of a node."""
        return self[name].connection.execute(sql, values).fetchall()

    def incidents(self, name: str) -> list[Incident]:
        """All incidents of a node, newest first."""
        return self.node(name).state.read(lambda tx: incidents(tx, 1_000))

    def codes(self, name: str) -> list[str]:
        """The codes of all incidents of a node, newest first."""
        return [one.code for one in self.incidents(name)]

    def parked(self, name: str) -> list[tuple[int, str]]:
        """Number and code of all that is parked at a node."""
        return [tuple(row) for row in self.rows(name, "select seq, code from parked order by seq")]

    def state_of(self, name: str) -> list[Any]:
        """Everything that a node holds, but when it was last heard of."""
        tables = [
            row[0] for row in self.rows(name, "select name from sqlite_master where type = 'table'")
        ]
        ignored = "update peer set last_heard = 0"
        copy = sqlite3.connect(":memory:")
        self[name].connection.backup(copy)
        copy.execute(ignored)
        content = [(table, copy.execute(f"select * from {table}").fetchall()) for table in tables]
        copy.close()
        return content


@dataclass(frozen=True)
class Wire:
    """A line without faults; the sender shows the certificate that the receiver knows of it."""

    world: World
    sender: str
    to: str

    def post(self, url: str, path: str, body: bytes) -> bytes:
        """Delivers at once."""
        if self.to not in self.world.nodes:
            raise LineDown(peer=url, reason="there is no such node")
        assert (url, path) == (f"https://{self.to}.simulated:1", BATCHES)
        return answered(self.world[self.to], shown_by(self.world, self.sender, self.to), body)


def shown_by(world: World, sender: str, to: str) -> bytes:
    """The certificate (DER) that a node shows to a peer."""
    node = world.node(sender)
    pem = node.state.read(lambda tx: key_for(tx, node, to).certificate)
    return x509.load_pem_x509_certificate(pem.encode()).public_bytes(Encoding.DER)


@dataclass(frozen=True)
class Forged:
    """A batch made by hand, signed as if all were well: its head, its messages, its bytes."""

    header: Header
    messages: Sequence[bytes]
    key: SigningKey

    @property
    def body(self) -> bytes:
        """All its bytes."""
        return b"\n".join([self.header.encode(self.key), *self.messages])

    def but(self, **changes: Any) -> Forged:
        """The same with another head, signed again."""
        return replace(self, header=replace(self.header, **changes))


def forged(
    world: World, sender: str, to: str, messages: Sequence[bytes], first: int | None = None
) -> Forged:
    """A batch of messages that the sender's node never wrote, signed with its key.

    Args:
        first: number of the first; else the next that the receiver expects.
    """
    known = world.peer(to, sender)
    begin = known.received + 1 if first is None else first
    node, root = world.node(sender), root_of([leaf_hash(one) for one in messages])

    def signed(tx: Transaction) -> Forged:
        peer = peer_of(tx, to)
        held = world.peer(to, sender).head_size
        header, _ = sign(
            tx, node, replace(peer, told_size=held), BATCH, Covered(begin, len(messages), root)
        )
        return Forged(header, messages, key_for(tx, node, to).key)

    return node.state.read(signed)


def message(
    world: World,
    sender: str,
    to: str,
    kind: str,
    body: object,
    seq: int | None = None,
    *,
    envelope: Mapping[str, object] | None = None,
) -> bytes:
    """A message as its sender would write it, were it allowed to.

    Args:
        seq: its number; else the next that the receiver expects.
        envelope: what stands there instead.
    """
    stated: dict[str, object] = {
        "EDocCode": BY_NAME[kind].code,
        "EDocId": "00000000-0000-7000-8000-000000000000",
        "EDocRefId": "",
        "EDocDateTime": moment_text(world.clock.at),
        "version": 1,
        "from": sender,
        "to": to,
        "seq": world.peer(to, sender).received + 1 if seq is None else seq,
        "body": body,
    }
    return msgspec.json.encode(stated | dict(envelope or {}), order="sorted")


def deliver(world: World, sender: str, to: str, body: bytes) -> bytes:
    """Hands bytes to a node under the sender's certificate; what it raises is raised here."""
    return receive(world.node(to), shown_by(world, sender, to), body)


def own_key(world: World, name: str) -> SigningKey:
    """The signing key in force of a node."""
    node = world.node(name)
    return node.state.read(lambda tx: current_key(tx, node).key)
