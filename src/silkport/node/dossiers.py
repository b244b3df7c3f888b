"""What a node keeps of a thing: its present state and the acts that led to it, each a leaf.

A **dossier** is kept of everything besides declarations that has a course of its own: a transport,
a consignment, a balance, an inspection, a power of attorney. State, act and leaf commit together.
What an act leads to is worked out by pure functions elsewhere; here it is only kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec

from silkport.kernel.canonical import digest_bytes
from silkport.kernel.errors import LimitExceeded, NotFound, StoreDamaged
from silkport.kernel.limits import MAX_ACTS, MAX_DOSSIER_BYTES, MAX_DOSSIER_PAGE
from silkport.kernel.merkle import leaf_hash
from silkport.model.decoding import decoded
from silkport.node.sovereign import Node
from silkport.node.state.contract import Transaction
from silkport.node.transparency import log

NEVER = -1
T = TypeVar("T", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True)
class DossierKind(Generic[T]):
    """A kind of dossier: its name, and the shape of its state."""

    name: str
    shape: type[T]

    def about(self, identity: str) -> str:
        """How the acts on one of them are filed."""
        return f"{self.name} {identity}"


@dataclass(frozen=True, slots=True)
class Act:
    """Something that was done to a dossier.

    Attributes:
        by: declarant, officer, carrier, node, time or neighbour.
        facts: what the act states besides, as JSON values; no personal data.
    """

    event: str
    by: str
    who: str
    reason: str = ""
    facts: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Dossier(Generic[T]):
    """A dossier as it is; `version` counts its acts, `due_at` is NEVER where nothing is due."""

    kind: DossierKind[T]
    id: str
    version: int
    due_at: int
    state: T


def find_dossier(tx: Transaction, kind: DossierKind[T], identity: str) -> Dossier[T] | None:
    """One dossier, or None."""
    row = tx.one("dossier", kind.name, identity)
    return None if row is None else _dossier(kind, identity, *row)


def dossier_of(tx: Transaction, kind: DossierKind[T], identity: str) -> Dossier[T]:
    """One dossier. Raises NotFound."""
    found = find_dossier(tx, kind, identity)
    if found is None:
        raise NotFound(what=f"{kind.name} {identity}")
    return found


def keep(
    tx: Transaction,
    node: Node,
    kind: DossierKind[T],
    identity: str,
    state: T,
    act: Act,
    *,
    links: Mapping[str, Iterable[str]] | None = None,
    due_at: int = NEVER,
) -> Dossier[T]:
    """Keeps what an act led to.

    Args:
        links: by what the dossier can be found from now on; None leaves them as they are.
    Raises LimitExceeded when the state is too large or too much was done already.
    """
    row = tx.one("dossier_version", kind.name, identity)
    n = (int(row[0]) if row else 0) + 1
    content = encoded(state)
    if len(content) > MAX_DOSSIER_BYTES:
        source, reason = kind.about(identity), "it has more bytes"
        raise LimitExceeded(source=source, limit=MAX_DOSSIER_BYTES, reason=reason)
    if n > MAX_ACTS:
        raise LimitExceeded(source=kind.about(identity), limit=MAX_ACTS, reason="it has more acts")
    about = kind.about(identity)
    record = {
        "about": about,
        "at": node.now(),
        "by": act.by,
        "event": act.event,
        "facts": dict(act.facts or {}),
        "n": n,
        "reason": act.reason,
        "state": digest_bytes(content),
        "who": act.who,
    }
    content_of_act = encoded(record)
    tx.run("put_dossier", kind.name, identity, n, due_at, content)
    tx.run("add_act", about, n, content_of_act)
    log.append(tx, log.ACT, about, n, [leaf_hash(content_of_act)])
    if links is not None:
        relink(tx, kind, identity, links)
    return Dossier(kind, identity, n, due_at, state)


def relink(
    tx: Transaction, kind: DossierKind[T], identity: str, links: Mapping[str, Iterable[str]]
) -> None:
    """Lets a dossier be found by these links and no others; no act, and no leaf."""
    tx.run("drop_dossier_links", kind.name, identity)
    rows = [(kind.name, name, one, identity) for name, some in links.items() for one in some]
    tx.many("add_dossier_link", rows)


def dossiers(tx: Transaction, kind: DossierKind[T], after: str = "") -> list[Dossier[T]]:
    """A page of them in the order of their ids, from behind `after`."""
    rows = tx.rows("dossiers", kind.name, after, MAX_DOSSIER_PAGE)
    return [_dossier(kind, identity, *rest) for identity, *rest in rows]


def every_dossier(tx: Transaction, kind: DossierKind[T]) -> Iterator[Dossier[T]]:
    """All of a kind, page by page."""
    after = ""
    while page := dossiers(tx, kind, after):
        yield from page
        after = page[-1].id


def linked(
    tx: Transaction, kind: DossierKind[T], name: str, value: str, most: int = MAX_DOSSIER_PAGE
) -> list[Dossier[T]]:
    """The dossiers found by a link, the first of them in the order of their ids."""
    rows = tx.rows("linked_dossiers", kind.name, name, value, "", most)
    return [dossier_of(tx, kind, identity) for (identity,) in rows]


def every_linked(
    tx: Transaction, kind: DossierKind[T], name: str, value: str
) -> Iterator[Dossier[T]]:
    """All dossiers found by a link, in the order of their ids, read a page at a time."""
    after = ""
    while page := tx.rows("linked_dossiers", kind.name, name, value, after, MAX_DOSSIER_PAGE):
        after = str(page[-1][0])
        yield from (dossier_of(tx, kind, identity) for (identity,) in page)


def due(tx: Transaction, kind: DossierKind[T], now: int) -> list[Dossier[T]]:
    """Those that are due by a moment, at most a page, the longest due first."""
    rows = tx.rows("due_dossiers", kind.name, now, MAX_DOSSIER_PAGE)
    return [dossier_of(tx, kind, identity) for (identity,) in rows]


def acts(tx: Transaction, kind: DossierKind[T], identity: str) -> list[dict[str, Any]]:
    """The records of all acts on a dossier, in order."""
    rows = tx.rows("acts", kind.about(identity), 1, MAX_ACTS)
    return [msgspec.json.decode(record) for _, record in rows]


def encoded(value: object) -> bytes:
    """The one sequence of bytes of a stored value."""
    return msgspec.json.encode(value, order="sorted")


def _dossier(
    kind: DossierKind[T], identity: str, version: int, due_at: int, content: bytes
) -> Dossier[T]:
    try:
        state = decoded(content, kind.shape)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise StoreDamaged(what=kind.about(identity), reason=str(error)) from error
    return Dossier(kind, identity, version, due_at, state)
