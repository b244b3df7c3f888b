"""One sovereign node: its identity, its competence, its state, its keys, its clock.

Everything the use cases of the exchange and of the workflow need is in `Node`; the simulator
makes one with a virtual clock, seeded chance and a state in memory.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from silkport.kernel.errors import SilkportError
from silkport.kernel.exchange_errors import NotCompetent
from silkport.kernel.ids import TimeOrderedIds
from silkport.kernel.limits import MAX_INCIDENTS, MAX_INCIDENTS_OF_PEER
from silkport.model.messages import Competence
from silkport.node.exchange.keys import Vault
from silkport.node.state.contract import State, Transaction

NEWEST_FIRST = 50
NODE_ID = re.compile(r"[a-z][a-z0-9-]{0,30}")
"""How nodes and administrations are called."""


@dataclass(frozen=True, slots=True)
class Node:
    """A node at work.

    Attributes:
        id: its name towards peers, for example that of its administration.
        administration: whose law it applies.
        pseudonym_key: names parties in the log so that nobody without it can tell who they are.
        now: milliseconds since 1970-01-01T00:00Z.
        chance: so many fresh random bytes.
    """

    id: str
    administration: str
    competence: frozenset[Competence]
    state: State
    vault: Vault
    pseudonym_key: bytes = field(repr=False)
    now: Callable[[], int]
    chance: Callable[[int], bytes]
    ids: TimeOrderedIds = field(init=False)

    def __post_init__(self) -> None:
        """Gives it ids by its own clock."""
        object.__setattr__(self, "ids", TimeOrderedIds(self.now, lambda: self.chance(10)))

    def demand(self, needed: frozenset[Competence], act: str) -> None:
        """Raises NotCompetent unless the node has one of the competences."""
        demand_competence(self.id, self.competence, needed, act)


def demand_competence(
    who: str, has: frozenset[Competence], needed: frozenset[Competence], act: str
) -> None:
    """Raises NotCompetent when somebody has none of the competences that an act needs."""
    if not has & needed:
        raise NotCompetent(
            who=who, competence=", ".join(sorted(has)), act=act, needed=" or ".join(sorted(needed))
        )


@dataclass(frozen=True, slots=True)
class Incident:
    """Something an operator should know; the same again is counted, not repeated."""

    n: int
    at: int
    peer: str
    code: str
    reason: str
    times: int
    last: int


def note(tx: Transaction, node: Node, peer: str, error: SilkportError) -> None:
    """Keeps an error as an incident."""
    now, reason = node.now(), str(error)
    if not tx.run("same_incident", now, peer, error.code, reason):
        tx.run("add_incident", now, peer, error.code, reason, now)
        tx.run("trim_incidents_of", peer, MAX_INCIDENTS_OF_PEER)
        tx.run("trim_incidents", MAX_INCIDENTS)


def shown_text(value: object, longest: int) -> str:
    """A foreign value as a word in a sentence: short, in one line, nothing invisible."""
    text = value if isinstance(value, str) and value.isprintable() else ascii(value)
    return text[:longest]


def incidents(tx: Transaction, limit: int = NEWEST_FIRST) -> list[Incident]:
    """The newest incidents, newest first."""
    return [Incident(*row) for row in tx.rows("incidents", limit)]
