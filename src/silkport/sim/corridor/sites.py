"""A node of the world with its clock and its troubles; the law and the first state are shared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from random import Random
from typing import TypeVar

from silkport.model.messages import Competence
from silkport.node.exchange.peers import Peer, peer_of, peers
from silkport.node.sovereign import Node
from silkport.node.state.contract import Row, Transaction, Value
from silkport.node.state.sqlite import SqliteTransaction
from silkport.node.workflow.cases import Case, case_of
from silkport.node.workflow.filing import Office
from silkport.sim.corridor.faults import Clock, Troubles
from silkport.sim.corridor.mixes import FIRST_MOMENT, HOUR, MINUTE, Mix, Role, may_exchange
from silkport.sim.nodes import Simulated, office_of

LOOK_PAUSE = 20 * MINUTE

T = TypeVar("T")


@dataclass(slots=True)
class Site:
    """Where a node stands.

    Attributes:
        life: how often it has crashed; what an earlier life began comes to nothing.
        sending: peers to which a request is under way.
        look_pause: how long until it looks out again, when there is no other cause.
        is_demanding: it decides by what the law demands before goods are released.
        rests_until: a true moment before which it tries nothing, as its disk is full.
    """

    role: Role
    simulated: Simulated
    clock: Clock
    troubles: Troubles
    life: int = 0
    is_up: bool = True
    sending: set[str] = field(default_factory=set)
    rests_until: int = 0
    look_pause: int = LOOK_PAUSE
    is_demanding: bool = False

    @property
    def id(self) -> str:
        """The id of its node."""
        return self.role.id

    @property
    def node(self) -> Node:
        """The node in its present life."""
        return self.simulated.node

    @property
    def office(self) -> Office:
        """The law by which it decides."""
        return office_of(self.role.administration, demanding=self.is_demanding)

    @property
    def is_deciding(self) -> bool:
        """Whether declarations are filed with it."""
        return Competence.CUSTOMS in self.role.competence

    def read(self, work: Callable[[Transaction], T]) -> T:
        """Looks at its state from outside, up or down, and without its knowing."""
        return work(SqliteTransaction(self.simulated.connection))

    def rows(self, name: str, *values: Value) -> list[Row]:
        """All rows of a named statement."""
        return self.read(lambda tx: tx.rows(name, *values))

    def row(self, name: str, *values: Value) -> Row | None:
        """The first row of a named statement, or None."""
        return self.read(lambda tx: tx.one(name, *values))

    def case(self, identity: str) -> Case:
        """One of its declarations."""
        return self.read(lambda tx: case_of(tx, identity))

    def peers(self) -> list[Peer]:
        """All its peers."""
        return self.read(peers)

    def changes_keys(self) -> bool:
        """Whether a change of its keys is under way."""
        return any(row[5] == "next" for row in self.rows("own_keys"))

    def has_changed_keys(self) -> bool:
        """Whether it began to change keys once: some peer may still have to be told."""
        return len(self.rows("own_keys")) > 1

    def peer(self, other: str) -> Peer:
        """One peer."""
        return self.read(lambda tx: peer_of(tx, other))


def make_sites(mix: Mix, seed: int, true: Callable[[], int]) -> dict[str, Site]:
    """The nodes of a world, acquainted, each with a copy of a state that was founded before."""
    sites = {}
    for role, first, apart in zip(
        mix.cast, _founded(mix.cast, mix.unsigned), mix.apart, strict=True
    ):
        clock = Clock(true, apart)
        troubles = Troubles(Random(f"corridor {seed} troubles {role.id}"))
        simulated = Simulated(
            role.id,
            role.administration,
            clock.now,
            Random(f"corridor {seed} chance {role.id}").randbytes,
            role.competence,
            troubles,
            first,
        )
        demanding = mix.trades > 0
        sites[role.id] = Site(role, simulated, clock, troubles, is_demanding=demanding)
    return sites


@cache
def _founded(cast: tuple[Role, ...], unsigned: tuple[str, str] | None) -> tuple[Simulated, ...]:
    """A cast as it is before anything happened; the same in every process."""
    at = FIRST_MOMENT - HOUR
    nodes = {
        role.id: Simulated(
            role.id,
            role.administration,
            lambda: at,
            Random(f"founded {role.id}").randbytes,
            role.competence,
        )
        for role in cast
    }
    for one in cast:
        for other in cast:
            if may_exchange(one, other):
                signs = unsigned != (one.id, other.id)
                nodes[one.id].meet(nodes[other.id], signs=signs)
    return tuple(nodes.values())
