"""When a peer was restored: it is told what it lost, once an operator here has accepted that.

Where it has lost nothing that came to this node, nobody has to accept anything. Otherwise its log
and its numbers would contradict what it signed, so an operator says that this is a restoration:
then the heads of the lost log are set aside as proof, its messages are given back to it, and it is
sent again what it no longer remembers.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from silkport.kernel.errors import InvalidValue, NotFound, SilkportError
from silkport.kernel.exchange_errors import HeadBehind, HistoryChanged, PeerRestored, WrongSignature
from silkport.kernel.limits import MAX_BATCH_MESSAGES
from silkport.kernel.merkle import verify_consistency
from silkport.node.exchange.batch import is_head_signed_by
from silkport.node.exchange.inbox import demand_genuine
from silkport.node.exchange.marks import PAGE_BYTES, Held, Question, encode_marks, read_question
from silkport.node.exchange.peers import (
    TAKEN,
    Peer,
    current_key,
    key_for,
    known_sender,
    peer_of,
    public_key,
)
from silkport.node.exchange.records import record_act
from silkport.node.sovereign import Node, note
from silkport.node.state.contract import Transaction
from silkport.node.transparency.log import SENT


@dataclass(frozen=True, slots=True)
class Restoration:
    """A peer was restored from a backup.

    Attributes:
        since: when, by its own clock.
        first, last: numbers of its messages that it no longer remembers and that are kept here;
            none when `last` is below `first`.
        received: newest of our messages that it remembers.
        log: leaves of its log when it was restored; `seen` of the longest it ever signed to us.
        accepted_at: when that was accepted; 0 as long as an operator has to.
    """

    since: int
    first: int
    last: int
    received: int
    log: int
    seen: int
    asked_at: int
    accepted_at: int


def restoration_of(tx: Transaction, peer: str) -> Restoration | None:
    """The newest restoration of a peer, or None."""
    row = tx.one("restoration", peer)
    return Restoration(*row) if row is not None else None


def remind(node: Node, certificate: bytes, body: bytes) -> bytes:
    """Answers a restored peer with what it lost.

    Args:
        certificate: the DER certificate that the peer showed.
    Raises PeerRestored as long as an operator has to accept it, HeadBehind, HistoryChanged and
    whatever a batch is refused for.
    """
    peer = ""
    try:
        peer = node.state.read(lambda tx: known_sender(tx, node, certificate)).id
        asked = read_question(peer, body)
        node.state.read(lambda tx: demand_genuine(tx, node, peer_of(tx, peer), asked.header))
        restored = node.state.write(lambda tx: _learn(tx, node, peer, asked))
        if not restored.accepted_at:
            raise refusal(node, peer, restored)
        return node.state.read(lambda tx: _answer(tx, node, peer, asked))
    except HeadBehind:  # mends by itself
        raise
    except SilkportError as error:
        failure = error
        node.state.write(lambda tx: note(tx, node, peer, failure))
        raise


def refusal(node: Node, peer: str, restored: Restoration) -> PeerRestored:
    """What both operators read as long as a restoration was not accepted."""
    lost = f"its messages {restored.first} to {restored.last}"
    if restored.last < restored.first:
        lost = f"{restored.seen - restored.log} leaves of its log"
    return PeerRestored(peer=peer, node=node.id, log=restored.log, lost=lost)


def accept(tx: Transaction, node: Node, peer: str) -> Restoration:
    """An operator accepts that a peer was restored. Raises NotFound when none waits for that."""
    restored = restoration_of(tx, peer)
    if restored is None or restored.accepted_at:
        raise NotFound(what=f"a restoration of {peer} that waits to be accepted")
    _step_back(tx, node, peer_of(tx, peer), restored)
    tx.run("accept_restoration", node.now(), peer)
    facts = {"about": peer, "first": restored.first, "last": restored.last, "log": restored.log}
    facts |= {"received": restored.received, "seen": restored.seen, "since": restored.since}
    record_act(tx, node, "restoration_accepted", facts)
    return restored


def _learn(tx: Transaction, node: Node, peer: str, asked: Question) -> Restoration:
    """Keeps a restoration that is new; one that lost nothing from here is accepted at once."""
    sender, header = peer_of(tx, peer), asked.header
    _demand_continued(tx, node, sender, asked)
    known = restoration_of(tx, peer)
    if known is not None and known.since == asked.since:
        return known
    seen, now = _longest_seen(tx, sender), node.now()
    is_whole = seen <= asked.log and sender.received < header.first
    last = max(sender.received, header.first - 1)
    new = Restoration(asked.since, header.first, last, asked.received, asked.log, seen, now, 0)
    if is_whole:
        _step_back(tx, node, sender, new)
    tx.run(
        "set_restoration",
        *(peer, new.since, new.first, new.last, new.received, new.log, new.seen),
        *(asked.line, now, now if is_whole else 0),
    )
    return restoration_of(tx, peer) or new


def _demand_continued(tx: Transaction, node: Node, sender: Peer, asked: Question) -> None:
    """Its log begins as the newest head does that is held from before its backup.

    Raises WrongSignature, HeadBehind, HistoryChanged.
    """
    header, head = asked.header, asked.header.log
    public = public_key(tx, sender.id, head.key_id, node.now(), "the head of its log")
    if not is_head_signed_by(head, public):
        raise WrongSignature(what="the head of its log", peer=sender.id)
    size, root = _common(tx, sender, asked.log)
    if header.begins != size:
        raise HeadBehind(peer=sender.id, stated=header.begins, held=size)
    if size and not verify_consistency(size, head.size, root, head.root, header.path):
        reason = f"its restored log does not begin as that of {size} leaves did"
        raise HistoryChanged(peer=sender.id, reason=reason)


def _common(tx: Transaction, sender: Peer, log: int) -> tuple[int, bytes]:
    """The newest head that is held of a log, no longer than it was when it was restored."""
    row = tx.one("head_before", sender.id, log)
    return (row[0], row[1]) if row is not None else (0, b"")


def _longest_seen(tx: Transaction, sender: Peer) -> int:
    """The size of the longest log that a peer ever signed, in a batch or a receipt."""
    longest = sender.head_size
    for direction, _, _, header, receipt in tx.rows("evidence_of", sender.id):
        theirs = json.loads(header if direction == "in" else receipt)
        longest = max(longest, theirs["log"]["size"])
    return longest


def _step_back(tx: Transaction, node: Node, sender: Peer, restored: Restoration) -> None:
    """Goes back to what the peer remembers.

    Raises InvalidValue when what it would be sent again is not kept any more.
    """
    gone = tx.rows("removed_of", SENT, sender.id)
    if gone and gone[-1][1] > restored.received:
        reason = (
            f"messages up to {gone[-1][1]} to it are past their term and were removed here, and "
            f"its backup ends with {restored.received}; a younger backup has to be restored"
        )
        raise InvalidValue(what="a restoration", value=sender.id, reason=reason)
    size, root = _common(tx, sender, restored.log)
    tx.run("set_heads_aside", sender.id, size, node.now())
    tx.run("remove_heads", sender.id, size)
    tx.run("set_head", size, root, sender.id)
    tx.run("step_back", sender.id, restored.received)
    if not restored.received and not restored.log:  # made anew, it knows us by our card
        tx.run("tell_own_key", current_key(tx, node).key.key_id, sender.id, TAKEN)


def _answer(tx: Transaction, node: Node, peer: str, asked: Question) -> bytes:
    """The marks, and as many of the lost messages as fit."""
    sender, first = peer_of(tx, peer), asked.header.first
    fit = size = 0
    for (one,) in tx.rows("in_after_sizes", peer, first, MAX_BATCH_MESSAGES):
        size += one
        if fit and size > PAGE_BYTES:
            break
        fit += 1
    messages = [Held(leaf, content) for _, leaf, content in tx.rows("in_after", peer, first, fit)]
    key, ends = key_for(tx, node, peer).key, (node.id, peer)
    return encode_marks(ends, key, asked, node.now(), (sender.received, messages))
