"""Nodes of a simulated world: real use cases and a real SQLite state, in memory.

Clock, chance and line are handed in, so one seed gives one course of events.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from silkport.engine.house import SingleHouse
from silkport.journey import Terms
from silkport.kernel.errors import SilkportError
from silkport.kernel.exchange_errors import LineDown, PeerRefused
from silkport.model.messages import Competence
from silkport.node.exchange.inbox import receive
from silkport.node.exchange.keys import Vault, new_vault, signing_key_from
from silkport.node.exchange.peers import add_peer, card, current_key
from silkport.node.exchange.registers import pair_of, sign_register
from silkport.node.exchange.sending import BATCHES
from silkport.node.home import Identity, found_node, node_of
from silkport.node.law.books import country_code, law_edition
from silkport.node.law.calendars import timetable
from silkport.node.law.registers import shipped_register
from silkport.node.law.release import release_law
from silkport.node.sovereign import Node
from silkport.node.state.sqlite import InlineState
from silkport.node.workflow.filing import Office

COUNSEL_SEED = bytes(range(32))
HOSTS = ("127.0.0.1",)


@cache
def office_of(administration: str, *, demanding: bool = False) -> Office:
    """The law by which a simulated node decides.

    Args:
        demanding: with what the law demands before goods are released; else nothing is.
    """
    book = law_edition(administration).book
    times = timetable(administration)
    country = country_code(administration)
    terms = Terms(times.deadlines, times.calendar)
    demands = release_law(administration) if demanding else None
    return Office(SingleHouse(book, country), terms, country, draw_seed=7, demands=demands)


@cache
def _vault() -> Vault:
    return new_vault("simulated", bytes(16), n=2**10)


@dataclass(slots=True)
class Simulated:
    """A node of a simulated world, which can crash and come back.

    Attributes:
        watch: told before each statement and commit; what it raises happens there.
        founded: a node founded before, whose state it begins with a copy of.
        certificate: what it shows on the line, DER.
    """

    id: str
    administration: str
    now: Callable[[], int]
    chance: Callable[[int], bytes]
    competence: frozenset[Competence] = frozenset({Competence.CUSTOMS})
    watch: Callable[[str], None] | None = None
    founded: Simulated | None = None
    node: Node = field(init=False)
    certificate: bytes = field(init=False)
    connection: sqlite3.Connection = field(init=False)

    def __post_init__(self) -> None:
        self.connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        if self.founded is not None:
            self.founded.connection.backup(self.connection)
        else:
            self._found()
        self.wake()
        self.show()

    def _found(self) -> None:
        state = InlineState(self.connection)
        self.node = Node(
            id=self.id,
            administration=self.administration,
            competence=self.competence,
            state=state,
            vault=_vault(),
            pseudonym_key=self.chance(32),
            now=self.now,
            chance=self.chance,
        )
        counsel = signing_key_from(COUNSEL_SEED)
        identity = Identity(
            id=self.id,
            administration=self.administration,
            competence=self.competence,
            name=self.id.upper(),
            url=f"https://{self.id}.simulated:1",
            hosts=HOSTS,
            counsel=counsel.public.hex(),
        )
        state.write(lambda tx: found_node(tx, self.node, identity))

    @property
    def office(self) -> Office:
        """The law by which it decides."""
        return office_of(self.administration)

    def show(self) -> None:
        """Takes the certificate of the current key."""
        pem = self.node.state.read(lambda tx: current_key(tx, self.node).certificate)
        parsed = x509.load_pem_x509_certificate(pem.encode())
        self.certificate = parsed.public_bytes(Encoding.DER)

    def wake(self) -> None:
        """Begins anew from what is durable: everything else is gone, as after a crash."""
        if self.connection.in_transaction:
            self.connection.execute("rollback")
        state = InlineState(self.connection, self.watch)
        self.node = state.read(lambda tx: node_of(tx, state, _vault(), self.now, self.chance))

    def meet(self, other: Simulated, *, signs: bool = True) -> None:
        """Adds another node as a peer, and counsel signs the register of the pair."""
        own = self.node
        about = other.node.state.read(
            lambda tx: card(tx, other.node, other.id, f"https://{other.id}.simulated:1")
        )
        own.state.write(lambda tx: add_peer(tx, own, about))
        if signs and self.administration != other.administration:
            self.sign(other.administration)

    def sign(self, administration: str) -> None:
        """Counsel signs the register with another administration."""
        own, pair = self.node, pair_of(self.administration, administration)
        text = shipped_register(self.administration, administration)
        counsel = signing_key_from(COUNSEL_SEED)
        own.state.write(lambda tx: sign_register(tx, own, pair, text, counsel))


def introduce(nodes: Sequence[Simulated]) -> None:
    """Makes all nodes peers of one another."""
    for one in nodes:
        for other in nodes:
            if one is not other:
                one.meet(other)


def answered(to: Simulated, certificate: bytes, body: bytes) -> bytes:
    """What a node answers to a batch, as it would arrive over the wire.

    Raises PeerRefused for an error of that node; a crash there goes through.
    """
    try:
        return receive(to.node, certificate, body)
    except SilkportError as error:
        numbers = {name: one for name, one in error.facts.items() if isinstance(one, int)}
        raise PeerRefused(
            peer=to.id,
            status=error.status,
            peer_code=error.code,
            detail=str(error),
            peer_hint=error.hint,
            numbers=numbers,
        ) from None


@dataclass(frozen=True, slots=True)
class DirectLine:
    """A line without faults between simulated nodes."""

    sender: Simulated
    nodes: Sequence[Simulated]

    def post(self, url: str, path: str, body: bytes) -> bytes:
        """Delivers at once."""
        for one in self.nodes:
            if path == BATCHES and url == f"https://{one.id}.simulated:1":
                return answered(one, self.sender.certificate, body)
        raise LineDown(peer=url, reason="there is no such node")
