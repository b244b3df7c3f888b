"""Applying: what was received takes effect, each message once, in order, or is parked.

Effects, their mark, and the reply commit together. A message that cannot take effect is parked
with a reason an operator can act on; later ones about the same matter wait behind it, all others
go on. A transaction ends after so many messages, so many questions, or so much time, whichever
comes first: other peers, and people, write meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import msgspec

from silkport.kernel.errors import NotFound, SilkportError
from silkport.kernel.exchange_errors import (
    KindUnknown,
    MessageDropped,
    MessageMalformed,
    OutsideRegister,
    RequestRefused,
    WaitsForEarlier,
)
from silkport.kernel.limits import (
    MAX_APPLIED_AT_ONCE,
    MAX_APPLY_MILLISECONDS,
    MAX_QUESTIONS_AT_ONCE,
    MAX_WAITING_BYTES_OF_PEER,
    MAX_WAITING_OF_PEER,
    WEIGHED_EVERY,
)
from silkport.kernel.periods import day_of
from silkport.law.message_form import fault
from silkport.law.register import Register
from silkport.model.messages import BY_CODE, BY_NAME, MessageKind
from silkport.node.exchange.effects import COUNTS, EFFECTS, Understood
from silkport.node.exchange.outbox import DAY_MS, Outgoing, held_at_once, queue
from silkport.node.exchange.peers import Peer, peer_of
from silkport.node.exchange.registers import acting_as, register_with
from silkport.node.sovereign import Node, demand_competence, note, shown_text
from silkport.node.state.contract import Row, Transaction

ENVELOPE = frozenset("EDocCode EDocId EDocRefId EDocDateTime version from to seq body".split())
RECEIPT = "receipt"
"""The one kind that is not acknowledged in turn."""
RECEIPT_CODE = BY_NAME[RECEIPT].code.encode()
"""Its sender is told of what could not be read, unless it was a receipt of another edition: two
editions would answer each other without end."""
_COUNTS = tuple(BY_NAME[name].code.encode() for name in sorted(COUNTS))
SHOWN = 80


@dataclass(frozen=True, slots=True)
class Applied:
    """What one round did: messages that took effect, and that were parked."""

    applied: int
    parked: int

    def __bool__(self) -> bool:
        """Whether there was anything to do."""
        return self.applied + self.parked > 0


def apply_some(node: Node, peer: str, limit: int = MAX_APPLIED_AT_ONCE) -> Applied:
    """Applies the next messages of a peer, in one transaction. Raises UnknownPeer."""
    return node.state.write(lambda tx: _apply(tx, node, peer, limit))


def _apply(tx: Transaction, node: Node, peer: str, limit: int) -> Applied:
    sender = peer_of(tx, peer)
    sizes = tx.rows("in_sizes", peer, sender.considered, limit)
    rows = tx.rows("in_from", peer, sender.considered, held_at_once(sizes))
    if not rows:
        return Applied(0, 0)
    round_, begun = _Round(tx, node, sender), node.now()
    count = 0
    for seq, content in until_questions(rows):
        round_.consider(seq, content)
        count += 1
        if node.now() - begun >= MAX_APPLY_MILLISECONDS:
            break
    last = rows[count - 1][0]
    tx.run("set_considered", last, peer)
    round_.finish(rows[0][0], last)
    return Applied(count - len(round_.parked), len(round_.parked))


def until_questions(rows: Sequence[Row]) -> Sequence[Row]:
    """The messages up to the last question that may be answered with them."""
    questions = 0
    for place, (_, content) in enumerate(rows, 1):
        questions += any(code in content for code in _COUNTS)
        if questions == MAX_QUESTIONS_AT_ONCE:
            return rows[:place]
    return rows


def demand_room(tx: Transaction, sender: Peer, count: int, size: int) -> None:
    """What comes finds room: not too much of the peer waits here to take effect, or is parked.

    Args:
        count, size: messages that come, and their bytes.
    Raises RequestRefused with status 429: the peer keeps them and tries again.
    """
    most, bytes_ = MAX_WAITING_OF_PEER, MAX_WAITING_BYTES_OF_PEER
    row = tx.one("count_parked", sender.id)
    waiting = sender.received - sender.considered + (int(row[0]) if row else 0)
    reason = ""
    if waiting and waiting + count > most:
        reason = f"more than {most} messages would wait here or be parked (MAX_WAITING_OF_PEER)"
    elif waiting // WEIGHED_EVERY < (waiting + count) // WEIGHED_EVERY and (
        _one_number(tx, "store_bytes") + size > bytes_  # a smaller store holds no more than it is
    ):
        weighed = _one_number(tx, "waiting_bytes", sender.id, sender.considered)
        if weighed and weighed + size > bytes_:
            reason = f"more than {bytes_} bytes would wait here or be parked"
            reason += " (MAX_WAITING_BYTES_OF_PEER)"
    if reason:
        raise RequestRefused(status=429, what=f"A batch of {sender.id}", reason=reason)


def _one_number(tx: Transaction, name: str, *values: str | int) -> int:
    row = tx.one(name, *values)
    assert row is not None, "it always gives a row"
    return int(row[0])


class _Round:
    """One transaction of effects for one peer."""

    def __init__(self, tx: Transaction, node: Node, sender: Peer) -> None:
        self._tx, self._node, self._sender = tx, node, sender
        self._some_parked = tx.one("some_parked", sender.id) is not None
        self._waiting: dict[str, int] = {}
        self._replies: list[Outgoing] = []
        self._said: list[tuple[str, str, str, int, int, bytes]] = []
        self._acknowledge = False
        self.parked: list[tuple[int, str]] = []
        self._register: Register | SilkportError
        try:
            self._register = register_with(tx, node, sender.administration)
        except SilkportError as error:
            self._register = error

    def consider(self, seq: int, content: bytes) -> bool:
        """Lets one message take effect, or parks it; gives whether it did."""
        about, is_read = "", False
        try:
            kind, fields = read_message(self._sender, self._node.id, seq, content)
            is_read = True
            about = kind.matter_of(fields["body"])
            self._acknowledge |= kind.name != RECEIPT
            if about and 0 < (earlier := self._first_parked(about)) < seq:
                raise WaitsForEarlier(earlier=earlier)
            message = self._understood(kind, fields, seq, about)
            self._replies += EFFECTS[kind.name](self._tx, self._node, message)
        except SilkportError as error:
            self._acknowledge |= not is_read and RECEIPT_CODE not in content
            self._park(seq, about, error)
            return False
        if about:
            body = msgspec.json.encode(message.body, order="sorted")
            row = (self._sender.id, about, kind.name, seq, self._node.now(), body)
            self._said.append(row)
        return True

    def _first_parked(self, about: str) -> int:
        """The first message on a matter that is parked; 0 where none is."""
        if self._some_parked and about not in self._waiting:
            row = self._tx.one("first_parked", self._sender.id, about)
            self._waiting[about] = int(row[0]) if row is not None else 0
        return self._waiting.get(about, 0)

    def _understood(
        self, kind: MessageKind, fields: Mapping[str, Any], seq: int, about: str
    ) -> Understood:
        """A message whose sender is entitled to it and whose every field has a legal basis."""
        sender, body = self._sender, fields["body"]
        demand_competence(sender.id, sender.competence, kind.senders, kind.name)
        if isinstance(self._register, SilkportError):
            raise self._register
        day = day_of(self._node.now() // DAY_MS)
        sides = (sender.administration, self._node.administration)
        acting = acting_as(self._register, kind, sender.competence, *sides, day)
        outside = self._register.refuse(kind, body, *sides, day, competence=acting)
        if outside:
            reason = f"nothing lets {outside} of {kind.name} pass from {sides[0]} to {sides[1]}"
            raise OutsideRegister(reason=reason)
        return Understood(sender, kind, seq, fields["EDocId"], about, body)

    def _park(self, seq: int, about: str, error: SilkportError) -> None:
        self.parked.append((seq, error.code))
        if about:
            self._waiting[about] = min(seq, self._first_parked(about) or seq)
        row = (self._sender.id, seq, about, error.code, str(error), self._node.now())
        self._tx.run("add_parked", *row)
        if not isinstance(error, WaitsForEarlier):
            note(self._tx, self._node, self._sender.id, error)

    def finish(self, first: int, last: int) -> None:
        """Keeps what was said and queues the replies; the sender learns what took effect."""
        self._tx.many("say", self._said)
        replies = list(self._replies)
        if self._acknowledge:
            parked = [{"seq": seq, "code": code} for seq, code in self.parked]
            body: dict[str, object] = {"first": first, "last": last, "parked": parked}
            replies.append(Outgoing(RECEIPT, body))
        for reply in replies:  # one by one: what may not be sent keeps back no other
            try:
                queue(self._tx, self._node, self._sender.id, [reply])
            except SilkportError as error:
                note(self._tx, self._node, self._sender.id, error)


def read_message(
    sender: Peer, here: str, seq: int, content: bytes
) -> tuple[MessageKind, dict[str, Any]]:
    """The kind and the fields of a message, form checked, nothing trusted.

    Raises MessageMalformed, KindUnknown.
    """
    fields = _canonical(sender, content)
    if not isinstance(fields, dict) or fields.keys() != ENVELOPE:
        raise MessageMalformed(peer=sender.id, reason="its envelope has other fields")
    stated = (fields["from"], fields["to"], fields["seq"])
    if stated != (sender.id, here, seq) or type(fields["seq"]) is not int:
        shown = ascii(stated)[:SHOWN]
        reason = f"its envelope says {shown}, it is {(sender.id, here, seq)}"
        raise MessageMalformed(peer=sender.id, reason=reason)
    code, version = fields["EDocCode"], fields["version"]
    kind = None
    if isinstance(code, str) and isinstance(version, int) and not isinstance(version, bool):
        kind = BY_CODE.get((code, version))
    if kind is None:
        raise KindUnknown(kind=shown_text(code, SHOWN), version=shown_text(version, SHOWN))
    identifiers = (fields["EDocId"], fields["EDocRefId"], fields["EDocDateTime"])
    if not all(isinstance(one, str) and len(one) <= SHOWN for one in identifiers):
        raise MessageMalformed(peer=sender.id, reason="an identifier in its envelope is no text")
    try:
        datetime.fromisoformat(identifiers[2])
    except ValueError:
        raise MessageMalformed(peer=sender.id, reason="EDocDateTime is no moment") from None
    if wrong := fault(kind, fields["body"]):
        raise MessageMalformed(peer=sender.id, reason=wrong)
    return kind, fields


def _canonical(sender: Peer, content: bytes) -> object:
    """The value of canonical JSON. Raises MessageMalformed for anything else."""
    try:
        value = msgspec.json.decode(content)
        same = msgspec.json.encode(value, order="sorted") == content
    except (ValueError, RecursionError, OverflowError) as error:
        reason = f"it is no JSON: {ascii(str(error))[1 : SHOWN + 1]}"
        raise MessageMalformed(peer=sender.id, reason=reason) from None
    if not same:
        raise MessageMalformed(peer=sender.id, reason="it is not in canonical form")
    return value


def retry_parked(node: Node, peer: str) -> Applied:
    """Tries all parked messages of a peer again, in order, some in each transaction.

    It begins with few, and takes more as long as that is quick.
    """
    applied = parked = done = 0
    limit = MAX_QUESTIONS_AT_ONCE
    while True:
        begun = node.now()
        work = partial(_retry, node=node, peer=peer, after=done, limit=limit)
        seqs, again = node.state.write(work)
        if not seqs:
            return Applied(applied, parked)
        applied, parked, done = applied + again.applied, parked + again.parked, seqs[-1]
        is_slow = node.now() - begun >= MAX_APPLY_MILLISECONDS
        limit = max(1, limit // 2) if is_slow else min(2 * limit, MAX_APPLIED_AT_ONCE)


def _retry(
    tx: Transaction, node: Node, peer: str, after: int, limit: int
) -> tuple[list[int], Applied]:
    sender = peer_of(tx, peer)
    sizes = tx.rows("parked_sizes", peer, after, limit)
    rows = until_questions(tx.rows("parked_from", peer, after, held_at_once(sizes)))
    for seq, _ in rows:
        tx.run("unpark", peer, seq)
    round_ = _Round(tx, node, sender)
    for seq, content in rows:
        round_.consider(seq, content)
    if rows:
        round_.finish(rows[0][0], rows[-1][0])
    seqs = [row[0] for row in rows]
    return seqs, Applied(len(rows) - len(round_.parked), len(round_.parked))


def drop_parked(node: Node, peer: str, seq: int, reason: str) -> None:
    """Gives up a parked message for good; it stays in the inbox and in the log.

    Raises NotFound when it is not parked.
    """

    def drop(tx: Transaction) -> None:
        if not tx.run("unpark", peer, seq):
            raise NotFound(what=f"the parked message {seq} of {peer}")
        note(tx, node, peer, MessageDropped(peer=peer, seq=seq, reason=reason))

    node.state.write(drop)
