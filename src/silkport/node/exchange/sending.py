"""Sending: one batch to one peer; a failure is kept, and the next try comes later.

Each peer has its own mark, pause and errors: none holds up another.
"""

from __future__ import annotations

from silkport.kernel.errors import SilkportError
from silkport.kernel.exchange_errors import HeadBehind, HistoryChanged, PeerRefused, SequenceGap
from silkport.kernel.limits import FIRST_RETRY_SECONDS, LAST_RETRY_SECONDS
from silkport.node.exchange.line import Line
from silkport.node.exchange.outbox import next_batch, settle
from silkport.node.exchange.peers import Peer, peer_of
from silkport.node.exchange.settling import ask, question
from silkport.node.sovereign import Node, note
from silkport.node.state.contract import Transaction
from silkport.node.transparency import log

BATCHES = "/batches"
OVERTAKEN_MS = 50
"""The pause when a receipt of ours overtook a batch more than once in a row."""


def is_due(node: Node, peer: Peer) -> bool:
    """Whether there is something to send or ask and the pause after the last failure is over.

    A pause longer than any is one that a clock set back since then has made.
    """
    waits = peer.queued > peer.taken or bool(peer.unsettled_since)
    pause = peer.next_try - node.now()
    return waits and not peer.is_suspended and not 0 < pause <= LAST_RETRY_SECONDS * 1000


def send_next(node: Node, peer: str, line: Line) -> int:
    """Sends what the peer lacks, as one batch; gives the messages it signed for, 0 on failure.

    A node that was restored asks the peer what it holds before it sends anything.
    Never raises for what the peer or the line does: that is kept with the peer.
    """
    to = node.state.read(lambda tx: peer_of(tx, peer))
    if to.unsettled_since and not to.is_suspended:
        return _ask(node, peer, line)
    batch = node.state.read(lambda tx: next_batch(tx, node, peer))
    if batch is None:
        return 0
    try:
        answer = line.post(to.url, BATCHES, batch.body)
        return node.state.write(lambda tx: settle(tx, node, peer, batch, answer))
    except SilkportError as error:
        failure, at = error, (batch.header.first, batch.header.begins)
        node.state.write(lambda tx: _failed(tx, node, peer, at, failure))
        return 0


def _ask(node: Node, peer: str, line: Line) -> int:
    """Asks a peer after a restore; gives how many messages came back."""
    asked, body = node.state.write(lambda tx: question(tx, node, peer))
    try:
        return ask(node, peer, line, asked, body)
    except SilkportError as error:
        failure = error
        node.state.write(lambda tx: _failed(tx, node, peer, (0, 0), failure))
        return 0


def _failed(
    tx: Transaction, node: Node, peer: str, sent: tuple[int, int], error: SilkportError
) -> None:
    """Keeps a failure. What the peer says of its marks is followed at once, but once in a row.

    Args:
        sent: number of the first message that was sent, and where the proof with it began.
    """
    (first, begins), to = sent, peer_of(tx, peer)
    numbers = error.numbers if isinstance(error, PeerRefused) else {}
    code = error.facts.get("peer_code") if isinstance(error, PeerRefused) else ""
    pause = _pause(node, to.failures)
    at_once = 0 if f" {code} " not in to.last_error else pause  # not for ever, whatever it says
    if code == SequenceGap.code and 0 < numbers.get("expected", 0) <= first:
        if numbers["expected"] <= to.taken:  # it lost what it had signed for
            note(tx, node, peer, error)
        tx.run("rewind", numbers["expected"] - 1, peer)
        pause = at_once
    elif code == HeadBehind.code and "held" in numbers:
        held, size = numbers["held"], log.current(tx).size
        if begins < held <= size:  # our receipt overtook the batch: no failure of the line
            tx.run("set_told_size", held, peer)
            tx.run("set_pause", node.now() + min(at_once, OVERTAKEN_MS), str(error), peer)
            return
        if held <= size:
            tx.run("set_told_size", held, peer)
            pause = at_once
        else:
            reason = f"it holds a head of {held} leaves of this node's log, which has {size}"
            note(tx, node, peer, HistoryChanged(peer=node.id, reason=reason))
    else:
        note(tx, node, peer, error)
    tx.run("set_failure", node.now() + pause, str(error), peer)


def _pause(node: Node, failures: int) -> int:
    """Milliseconds until the next try: doubling, with chance so that nodes do not beat in step."""
    longest = min(FIRST_RETRY_SECONDS << min(failures, 20), LAST_RETRY_SECONDS) * 1000
    return longest * 3 // 4 + int.from_bytes(node.chance(2), "big") * longest // 4 // 65_536
