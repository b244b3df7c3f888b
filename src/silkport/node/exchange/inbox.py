"""The inbox: a batch is kept whole, with its receipt, or refused with a reason.

What a message means is not looked at here; it takes effect later (`applying.py`). So receiving is
quick, and no fault in one message holds up the line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from silkport.kernel.errors import SilkportError
from silkport.kernel.exchange_errors import (
    BatchMalformed,
    ClockApart,
    HeadBehind,
    HistoryChanged,
    MarksOpen,
    SequenceGap,
    UnknownPeer,
    WrongSignature,
)
from silkport.kernel.limits import MAX_CLOCKS_APART_SECONDS
from silkport.node.exchange.applying import demand_room
from silkport.node.exchange.batch import (
    RECEIPT,
    Header,
    demand_root,
    leaves_of,
    split_batch,
)
from silkport.node.exchange.heads import take_head
from silkport.node.exchange.outbox import Covered, sign
from silkport.node.exchange.peers import Peer, known_sender, peer_of, public_key
from silkport.node.sovereign import Node, note, shown_text
from silkport.node.state.contract import Transaction
from silkport.node.transparency import log

MINUTE_MS = 60_000
SHOWN = 60


def receive(node: Node, certificate: bytes, body: bytes) -> bytes:
    """Keeps a batch durably; gives the signed receipt for it.

    The same batch again gives another receipt and changes nothing.

    Args:
        certificate: the DER certificate that the sender showed.
    Raises UnknownPeer, PeerSuspended, BatchMalformed, WrongSignature, ClockApart, SequenceGap,
    HeadBehind, HistoryChanged, MarksOpen; each that does not mend itself is kept as an incident.
    """
    peer = ""
    try:
        sender = node.state.read(lambda tx: known_sender(tx, node, certificate))
        peer = sender.id
        header, messages = split_batch(peer, body)
        node.state.read(lambda tx: demand_genuine(tx, node, sender, header))
        leaves = leaves_of(messages)
        demand_root(header, leaves)
        batch = _Received(header, body.partition(b"\n")[0], messages, leaves)
        return node.state.write(lambda tx: _take(tx, node, peer, batch))
    except (SequenceGap, HeadBehind, MarksOpen):  # these mend by themselves
        raise
    except SilkportError as error:
        failure = error
        node.state.write(lambda tx: note(tx, node, peer, failure))
        raise


def demand_genuine(tx: Transaction, node: Node, sender: Peer, header: Header) -> None:
    """The header is of this peer, for this node, signed with a valid key, and of now."""
    if header.sender != sender.id:
        named = shown_text(header.sender, SHOWN)
        raise UnknownPeer(who=f"{named} with the certificate of {sender.id}")
    if header.receiver != node.id:
        reason = f"it is for {shown_text(header.receiver, SHOWN)}"
        raise BatchMalformed(peer=sender.id, reason=reason)
    now = node.now()
    public = public_key(tx, sender.id, header.key_id, now, "the batch")
    if not header.is_signed_by(public):
        raise WrongSignature(what="the batch", peer=sender.id)
    if abs(header.at - now) > MAX_CLOCKS_APART_SECONDS * 1000:
        side = "ahead of" if header.at > now else "behind"
        apart = f"{abs(header.at - now) // MINUTE_MS} minutes {side}"
        raise ClockApart(peer=sender.id, apart=apart)


@dataclass(frozen=True, slots=True)
class _Received:
    """A genuine batch: its header, that as it came, its messages and their leaves."""

    header: Header
    line: bytes
    messages: Sequence[bytes]
    leaves: Sequence[bytes]


def _take(tx: Transaction, node: Node, peer: str, batch: _Received) -> bytes:
    """Keeps what is new of a genuine batch and signs the receipt, in one transaction."""
    header, leaves = batch.header, batch.leaves
    sender = peer_of(tx, peer)
    if sender.unsettled_since:
        raise MarksOpen(node=node.id, peer=peer)
    if not 0 < header.first <= sender.received + 1:
        raise SequenceGap(peer=peer, first=header.first, expected=sender.received + 1)
    known = min(sender.received - header.first + 1, header.count)
    if known:
        held = tx.rows("in_leaves", peer, header.first, header.first + known - 1)
        if [row[0] for row in held] != list(leaves[:known]):
            reason = f"a message from {header.first} to {header.first + known - 1} was another"
            raise HistoryChanged(peer=peer, reason=reason)
    take_head(tx, node, sender, header, strict=True)
    now = node.now()
    if known < header.count:
        came = batch.messages[known:]
        demand_room(tx, sender, len(came), sum(map(len, came)))
        begin = header.first + known
        tx.many(
            "add_in",
            [
                (peer, begin + place, now, leaf, content)
                for place, (leaf, content) in enumerate(
                    zip(leaves[known:], batch.messages[known:], strict=True)
                )
            ],
        )
        log.append(tx, log.RECEIVED, peer, begin, leaves[known:])
    tx.run("set_received", max(sender.received, header.last), now, header.holds, peer)
    signed, receipt = sign(
        tx, node, peer_of(tx, peer), RECEIPT, Covered(header.first, header.count, header.root)
    )
    tx.run("set_told_size", signed.log.size, peer)  # it holds that head once the receipt is there
    if known < header.count:
        tx.run("add_evidence", peer, "in", header.first, header.last, batch.line, receipt)
    return receipt
