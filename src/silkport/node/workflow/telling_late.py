"""Telling later: what could not be told to a neighbour when it happened is told once it may be.

When counsel signs the register of a pair, on each day on which what it allows changes, and when a
peer is added, the log of this node is gone through once for that peer, from its beginning to where
it was then, one stretch a transaction. Events come in their order; one that the peer was to be told
of and was not, and that is still current, is queued, and noted with the declaration, so that it
is told once. How far it has come is a setting of the node: it goes on after a crash. To a suspended
peer nothing is offered until it is resumed; what happens meanwhile waits in the outbox as ever.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from silkport.kernel.errors import SilkportError
from silkport.kernel.exchange_errors import RegisterUnsigned
from silkport.kernel.limits import AUDIT_ROWS, MAX_TOLD_LATE_AT_ONCE
from silkport.kernel.periods import day_of
from silkport.law.register import Register
from silkport.model.messages import BY_NAME
from silkport.model.states import AMENDED, ANNOUNCED, RELEASED_STATES
from silkport.node.exchange.outbox import DAY_MS, Outgoing, queue
from silkport.node.exchange.peers import Peer, peer_of, peers
from silkport.node.exchange.registers import acting_as, signed_with
from silkport.node.sovereign import Node, note
from silkport.node.state.contract import Transaction
from silkport.node.transparency import log
from silkport.node.workflow.cases import Case, decoded, find_case, other_side
from silkport.node.workflow.neighbours import NEIGHBOUR, told_late
from silkport.node.workflow.telling import announcement, country_of

_KINDS = sorted(set(ANNOUNCED.values()))
_OF_EXPORTS = frozenset(kind for (way, _), kind in ANNOUNCED.items() if way == "export")

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Mark:
    """How far the log was gone through for a peer.

    Attributes:
        cause: what made it begin: the signature of the register, and what it allows today.
        next, until: leaves of the log, from the next one to before which.
    """

    cause: str
    next: int
    until: int


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A part of the log to be gone through: as it was before, where it ends, what it may owe."""

    before: Mark | None
    after: Mark
    events: Sequence[tuple[str, int]]


def tell_late(node: Node) -> int:
    """Goes on by one stretch with each peer; gives for how many there was one.

    A node calls it again and again while it serves; mostly there is nothing to do.
    """
    return sum(_go_on(node, one.id) for one in node.state.read(peers))


def _go_on(node: Node, peer: str) -> bool:
    stretch = node.state.read(lambda tx: _stretch(tx, node, peer_of(tx, peer)))
    if stretch is not None:
        node.state.write(lambda tx: _offer(tx, node, peer_of(tx, peer), stretch))
    return stretch is not None


def _stretch(tx: Transaction, node: Node, peer: Peer) -> _Stretch | None:
    """What is next for a peer; None where nothing is."""
    if peer.is_suspended or peer.administration == node.administration:
        return None
    try:
        signed = signed_with(tx, node, peer.administration)
    except RegisterUnsigned:
        return None
    day = day_of(node.now() // DAY_MS)
    cause = f"{signed.signed_at} {bisect_right(signed.register.days, day)} {signed.register.digest}"
    before = _mark(tx, peer.id)
    mark = before
    if mark is None or mark.cause != cause:
        mark = Mark(cause, 0, log.current(tx).size)
    elif mark.next >= mark.until:
        return None
    events: list[tuple[str, int]] = []
    last = mark.until
    runs = tx.rows("audit_runs", mark.next, AUDIT_ROWS) if mark.next < mark.until else []
    for first, count, kind, about, ordinal, _ in runs:
        last = first + count
        if kind == log.EVENT and first < mark.until:
            events += [(about, n) for n in _untold(tx, peer.id, about, ordinal, count)]
        if len(events) >= MAX_TOLD_LATE_AT_ONCE:
            break
    return _Stretch(before, replace(mark, next=last), events)


def _mark(tx: Transaction, peer: str) -> Mark | None:
    row = tx.one("meta", _key(peer))
    return Mark(**json.loads(row[0])) if row else None


def _key(peer: str) -> str:
    return f"told late {peer}"


def _untold(tx: Transaction, peer: str, identity: str, first: int, count: int) -> list[int]:
    """Of some events of a declaration, those that a peer was to be told of and was not."""
    found = []
    for n, content in tx.rows("events_from", identity, first, count):
        record = decoded(content)
        if _is_fact(record) and peer not in record["told"]:
            found.append(n)
    return found


def _is_fact(record: Record) -> bool:
    """Whether it is a step that the neighbour was to be told of."""
    return "tells" in record and record["event"] != NEIGHBOUR


def _offer(tx: Transaction, node: Node, peer: Peer, stretch: _Stretch) -> None:
    """Queues what is owed and may leave; what may not is left for the next signature."""
    if _mark(tx, peer.id) != stretch.before:
        return  # somebody else has gone on meanwhile
    register = signed_with(tx, node, peer.administration).register
    open_ = _open_kinds(node, peer, register)
    for identity, n in stretch.events:
        owed = _owed(tx, peer, identity, n)
        if owed is None or owed[1]["tells"] not in open_:
            continue
        case, record = owed
        kind = record["tells"]
        body = announcement(kind, case, at=record["at"], state=record["to"])
        try:
            seq = queue(tx, node, peer.id, [Outgoing(kind, body)])
        except SilkportError as error:
            note(tx, node, peer.id, error)
            continue
        told_late(tx, node, peer.id, case, kind, f"told {peer.id} late: {kind} {seq}")
    tx.run("set_meta", _key(peer.id), json.dumps(asdict(stretch.after)))


def _open_kinds(node: Node, peer: Peer, register: Register) -> frozenset[str]:
    """The kinds that may be sent to a peer today."""
    sides = (node.administration, peer.administration)
    day = day_of(node.now() // DAY_MS)
    found = []
    for name in _KINDS:
        kind = BY_NAME[name]
        acting = acting_as(register, kind, node.competence, *sides, day)
        if acting and not register.sendable(kind, *sides, day, competence=acting):
            found.append(name)
    return frozenset(found)


def _owed(tx: Transaction, peer: Peer, identity: str, n: int) -> tuple[Case, Record] | None:
    """The case and the event, when the peer still has to be told of it; else None.

    It need not be when it was told meanwhile, when something newer of the same kind happened to
    the house, and when it is an export that did not stay released and of which it never heard.
    """
    case = find_case(tx, identity)
    if case is None or other_side(case) != country_of(peer.administration):
        return None
    records = {place: decoded(content) for place, content in tx.rows("events", identity)}
    record = records.get(n)
    if record is None:
        return None
    kind = record["tells"]
    newer = [(place, one) for place, one in records.items() if place > n and "tells" in one]
    if any(_is_fact(one) and one["tells"] == kind for _, one in newer):
        return None
    told = [(place, one["tells"]) for place, one in records.items() if peer.id in _told(one)]
    if any(place > n and one == kind for place, one in told):
        return None
    if kind == AMENDED:
        first = [place for place, one in told if one in _OF_EXPORTS and one != AMENDED]
        if not first or max(first) > n:  # it never heard of it, or has heard what it says now
            return None
    elif kind in _OF_EXPORTS and case.state not in RELEASED_STATES:
        return None
    return None if _is_outdated(tx, case, kind, record["at"]) else (case, record)


def _told(record: Record) -> Sequence[str]:
    told: Sequence[str] = record.get("told", ())
    return told


def _is_outdated(tx: Transaction, case: Case, kind: str, at: int) -> bool:
    """Whether another declaration of the same house has newer news of the same kind."""
    house = (case.consignment_no, case.house_no)
    for identity, _ in tx.rows("declarations_of_house", *house):
        other = find_case(tx, identity) if identity != case.id else None
        if other is None or (other.consignment_no, other.house_no) != house:
            continue
        for _, content in tx.rows("events", identity):
            record = decoded(content)
            if _is_fact(record) and record["tells"] == kind and record["at"] > at:
                return True
    return False
