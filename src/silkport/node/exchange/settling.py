"""After a restore: this node asks each peer what they exchanged since the backup, then goes on.

What it had sent and lost the peer gives back, signed: those messages have their numbers and their
leaves again, so that none is given twice. What it had received and lost the peer offers again.
Until then nothing is numbered for that peer and nothing taken from it (`MarksOpen`).
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta

from silkport.kernel.errors import NotFound, SilkportError
from silkport.kernel.exchange_errors import BatchMalformed, MessageMalformed, RegisterUnsigned
from silkport.kernel.merkle import leaf_hash, root_of
from silkport.kernel.periods import day_of
from silkport.law.register import Kept
from silkport.node.exchange.applying import read_message
from silkport.node.exchange.line import Line
from silkport.node.exchange.marks import (
    MARKS_PATH,
    RESTORED,
    Marks,
    Question,
    key_named,
    read_marks,
    statement,
)
from silkport.node.exchange.outbox import (
    DAY_MS,
    EPOCH,
    Covered,
    Outgoing,
    Written,
    disclosing,
    keep,
    moment_text,
    queue,
    sign,
)
from silkport.node.exchange.peers import Peer, meta, peer_of, public_key
from silkport.node.exchange.records import record_act
from silkport.node.exchange.registers import acting_as, register_with
from silkport.node.sovereign import Node, note
from silkport.node.state.backing import RESTORED_AT, RESTORED_LOG
from silkport.node.state.contract import Transaction
from silkport.node.transparency import log
from silkport.node.transparency.removed import EVIDENCE_OUT

REMOVED_THERE = "it was removed at the peer before this node was restored"
TOLD = "restored_told"
"""The setting that says which restoration of this node is a leaf of its log."""


def question(tx: Transaction, node: Node, peer: str) -> tuple[Question, bytes]:
    """What a peer is asked, and its bytes; the restoration becomes a leaf before the first one."""
    to = peer_of(tx, peer)
    at = _setting(tx, RESTORED_AT)
    size = _setting(tx, RESTORED_LOG) if to.unsettled_since == at else 0
    if to.unsettled_since == at and _setting(tx, TOLD) != at:
        record_act(tx, node, "restored", {"log": size, "since": at})
        tx.run("set_meta", TOLD, str(at))
    said = statement(to.unsettled_since, to.received, size)
    covered = Covered(to.queued + 1, 1, root_of([leaf_hash(said)]))
    header, line = sign(tx, node, to, RESTORED, covered)
    asked = Question(header, to.unsettled_since, to.received, size, line)
    return asked, b"\n".join([line, said])


def _setting(tx: Transaction, name: str) -> int:
    try:
        return int(meta(tx, name))
    except NotFound:
        return 0


def ask(node: Node, peer: str, line: Line, asked: Question, body: bytes) -> int:
    """Asks a peer and takes its answer; gives how many messages came back.

    Raises SilkportError: nothing has changed then.
    """
    url = node.state.read(lambda tx: peer_of(tx, peer).url)
    answer = line.post(url, MARKS_PATH, body)
    return node.state.write(lambda tx: _take(tx, node, peer, asked, answer))


def _take(tx: Transaction, node: Node, peer: str, asked: Question, answer: bytes) -> int:
    """Takes back the messages of an answer; when there are no more, the exchange goes on."""
    public = public_key(tx, peer, key_named(peer, answer), node.now(), "the answer on its marks")
    marks = read_marks((peer, node.id), asked, answer, public)
    to = peer_of(tx, peer)
    if (to.unsettled_since, to.queued + 1) != (asked.since, marks.first):
        return 0  # somebody else took the answer to the same question
    for seq, held in enumerate(marks.messages, marks.first):
        if held.content:
            keep(tx, peer, [_regained(tx, node, to, seq, held.content)])
        else:
            _leaf_alone(tx, node, peer, seq, held.leaf)
    last = to.queued + len(marks.messages)
    if marks.messages:
        tx.run("add_regained", peer, marks.first, last, asked.since, node.now(), marks.signed)
    if last >= marks.received:
        _settle(tx, node, peer, asked, marks)
    return len(marks.messages)


def _settle(tx: Transaction, node: Node, peer: str, asked: Question, marks: Marks) -> None:
    """The marks are agreed: what waited gets its numbers, after those that the peer has seen."""
    tx.run("rewind", marks.received, peer)
    begin = peer_of(tx, peer).taken + 1
    row = tx.one("newest_leaf_alone", peer, begin)
    if row is not None and row[0]:  # what has no content cannot be sent again for a receipt
        tx.run("add_removed", EVIDENCE_OUT, peer, begin, row[0], REMOVED_THERE, node.now())
        tx.run("skip_taken", row[0], peer)
    tx.run("settle_peer", peer)
    regained = [[row[0], row[1]] for row in tx.rows("regained", peer) if row[2] == asked.since]
    facts = {"about": peer, "received": marks.received, "regained": regained}
    record_act(tx, node, "marks_agreed", facts | {"log": asked.log, "since": asked.since})
    waiting = tx.rows("unnumbered", peer)
    tx.run("remove_unnumbered", peer)
    for _, kind, ref, body in waiting:
        try:
            queue(tx, node, peer, [Outgoing(kind, json.loads(body), ref)])
        except SilkportError as error:
            note(tx, node, peer, error)


def _leaf_alone(tx: Transaction, node: Node, peer: str, seq: int, leaf: bytes) -> None:
    """A message whose content the peer has removed by order: its number and leaf stay taken."""
    tx.run("add_out", peer, seq, "", "", node.now(), leaf, b"")
    tx.run("set_queued", seq, peer)
    log.append(tx, log.SENT, peer, seq, [leaf])
    tx.run("add_removed", log.SENT, peer, seq, seq, REMOVED_THERE, node.now())


def _regained(tx: Transaction, node: Node, to: Peer, seq: int, content: bytes) -> Written:
    """A message of this node that a peer gives back. Raises BatchMalformed when it is none."""
    try:
        kind, fields = read_message(replace(to, id=node.id), to.id, seq, content)
        moment = fields["EDocDateTime"]
        at = (datetime.fromisoformat(moment) - EPOCH) // timedelta(milliseconds=1)
        if moment_text(at) != moment:
            raise MessageMalformed(peer=node.id, reason="its moment is not written as here")
    except (SilkportError, TypeError, OverflowError) as error:
        reason = f"what it says is message {seq} of this node is none: {error}"
        raise BatchMalformed(peer=to.id, reason=reason) from None
    body = fields["body"]
    bases: tuple[str, ...] = ()
    try:
        register = register_with(tx, node, to.administration)
    except RegisterUnsigned:  # counsel signed it after the backup
        pass
    else:
        sides, day = (node.administration, to.administration), day_of(at // DAY_MS)
        acting = acting_as(register, kind, node.competence, *sides, day)
        bases = register.keep_allowed(kind, body, *sides, day, competence=acting).bases
    return disclosing(node, to.id, Written(seq, at, kind, "", content), Kept(body, (), bases))
