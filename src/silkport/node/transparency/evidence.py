"""What was signed: batches and receipts in both directions, and heads of logs.

A signature of a peer must be by a key of it that counted then, by our own clock: the moment we
signed for the same batch. A head of this node must be a beginning of its log as it is today.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import msgspec

from silkport.kernel.exchange_errors import BatchMalformed
from silkport.kernel.limits import AUDIT_ROWS
from silkport.kernel.merkle import root_of, verify_consistency
from silkport.model.decoding import decoded
from silkport.node.exchange.batch import (
    BATCH,
    RECEIPT,
    Head,
    Header,
    is_head_signed_by,
    read_header,
)
from silkport.node.exchange.peers import Peer, peers
from silkport.node.sovereign import Node
from silkport.node.state.contract import Row, Transaction
from silkport.node.transparency.faults import Faults, Progress
from silkport.node.transparency.leaves import Walked
from silkport.node.transparency.log import RECEIVED, SENT, leaves_about
from silkport.node.transparency.removed import EVIDENCE_IN, EVIDENCE_OUT, removed_until

IN, OUT = "in", "out"
EVER = 2**63 - 1


class _Log(msgspec.Struct):
    size: int


class _Sized(msgspec.Struct):
    """As much of a header as is needed to know which roots to compute."""

    log: _Log


@dataclass(frozen=True, slots=True)
class Key:
    """A public key, and the moment from which it no longer counts."""

    public: bytes
    stop: int


Keys = Mapping[tuple[str, str], Key]
"""By node and id of the key."""


def known_keys(tx: Transaction, node: Node) -> dict[tuple[str, str], Key]:
    """All keys of this node and of its peers."""
    keys = {(node.id, row[0]): Key(row[1], EVER) for row in tx.rows("own_keys")}
    for peer, key_id, public, _, _, stop in tx.rows("audit_peer_keys"):
        keys[peer, key_id] = Key(public, stop)
    return keys


def _rows(tx: Transaction) -> Iterator[Row]:
    key: tuple[str, str, int] = ("", "", -1)
    while rows := tx.rows("audit_evidence", *key, AUDIT_ROWS):
        yield from rows
        key = (rows[-1][0], rows[-1][1], rows[-1][3])


def signed_sizes(tx: Transaction) -> array[int]:
    """The sizes at which this node ever signed its log, rising: eight bytes for each."""
    sizes: array[int] = array("Q")
    seen: set[int] = set()
    for _, direction, _, _, header, receipt in _rows(tx):
        try:
            size = decoded(header if direction == OUT else receipt, _Sized).log.size
        except (msgspec.DecodeError, UnicodeError):
            continue  # reported when it is read in full
        if 0 <= size <= EVER and size not in seen:
            seen.add(size)
    sizes.extend(sorted(seen))
    return sizes


class Evidence:
    """The check of all that was signed."""

    def __init__(self, tx: Transaction, node: Node, walked: Walked, faults: Faults) -> None:
        self._tx, self._node, self._walked, self._faults = tx, node, walked, faults
        self._keys = known_keys(tx, node)
        self._peers = {one.id: one for one in peers(tx)}
        self.batches = self.own_heads = self.peer_heads = 0

    def go(self, progress: Progress) -> None:
        """Checks every batch, every receipt and every head that is held."""
        self._held(progress)
        covered: dict[tuple[str, str], int] = {}
        for row in _rows(self._tx):
            peer, direction, first, last = row[:4]
            name = f"{peer} {direction} {last}"
            before = covered.get((peer, direction), 0)
            self._covers(name, peer, direction, before + 1, first - 1)
            covered[peer, direction] = max(before, last)
            if peer in self._peers:
                self._pair(name, row)
            else:
                self._faults.add("evidence", name, "there is no such peer")
            self.batches += 1
            if self.batches % AUDIT_ROWS == 0:
                progress("batches", self.batches)
        for peer in self._peers.values():
            for direction, mark in ((IN, peer.received), (OUT, peer.taken)):
                begin = covered.get((peer.id, direction), 0) + 1
                self._covers(f"{peer.id} {direction}", peer.id, direction, begin, mark)

    def _covers(self, name: str, peer: str, direction: str, first: int, last: int) -> None:
        """Of messages between two batches, what was signed was removed by order."""
        kind = EVIDENCE_OUT if direction == OUT else EVIDENCE_IN
        while first <= last:
            until = removed_until(self._tx, kind, peer, first)
            if not until:
                text = "nothing signed is kept of messages {first} to {last}"
                self._faults.add("evidence", name, text, first=first, last=last)
                return
            first = until + 1

    def _pair(self, name: str, row: Row) -> None:
        """A batch and the receipt for it."""
        peer, direction, first, last, header, receipt = row
        ours, theirs = self._node.id, peer
        ends = (ours, theirs) if direction == OUT else (theirs, ours)
        batch = self._read(name, "header", ends[0], header, BATCH)
        answer = self._read(name, "receipt", ends[1], receipt, RECEIPT)
        for part, found, sender, receiver in (
            ("header", batch, *ends),
            ("receipt", answer, *ends[::-1]),
        ):
            if found is None:
                continue
            stated = (found.sender, found.receiver, found.first, found.last)
            if stated != (sender, receiver, first, last):
                self._faults.add("evidence", name, f"its {part} is of another batch")
                return
            own = batch if direction == OUT else answer
            self._signatures(name, part, found, own.at if own else found.at)
            if sender == ours:
                self._own_head(name, part, found.log)
            else:
                self._peer_head(name, part, found)
        if batch is None or answer is None:
            return
        if answer.root != batch.root:
            self._faults.add("evidence", name, "its receipt has another root than its header")
        kind = SENT if direction == OUT else RECEIVED
        if all(root != batch.root for root in self._roots(kind, peer, first, last)):
            text = "the root of its header is not that of the messages it covers"
            self._faults.add("evidence", name, text)

    def _read(self, name: str, part: str, sender: str, line: bytes, what: str) -> Header | None:
        try:
            return read_header(sender, line, what)
        except BatchMalformed as error:
            text = f"its {part} cannot be read: {{reason}}"
            self._faults.add("evidence", name, text, reason=error.facts["reason"])
        return None

    def _signatures(self, name: str, part: str, found: Header, at: int) -> None:
        key = self._keys.get((found.sender, found.key_id))
        if key is None or not found.is_signed_by(key.public):
            self._faults.add("evidence", name, f"its {part} is not signed by a key of its sender")
        elif at >= key.stop:
            self._faults.add("evidence", name, f"its {part} is signed by a key that was over then")
        if not self._is_signed(found.log):
            text = f"the head of the log in its {part} is not signed by a key of its sender"
            self._faults.add("evidence", name, text)

    def _is_signed(self, head: Head) -> bool:
        key = self._keys.get((head.origin, head.key_id))
        return key is not None and is_head_signed_by(head, key.public)

    def _own_head(self, name: str, part: str, head: Head) -> None:
        """This node once signed this: today's log must begin so."""
        self.own_heads += 1
        size = self._walked.size
        if head.size > size:
            text = f"its {part} signs a log of {{signed}} leaves; there are {{size}}"
            self._faults.add("evidence", name, text, signed=head.size, size=size)
        elif not self._walked.fits(head.size, head.root):
            text = f"its {part} signs a log of {{signed}} leaves with another root than they have"
            self._faults.add("evidence", name, text, signed=head.size)

    def _peer_head(self, name: str, part: str, found: Header) -> None:
        """A peer's log grew from one head that is held to another."""
        head = found.log
        held = self._tx.one("head_at", head.origin, head.size)
        if held is None:
            return
        if held[0] != head.root:
            text = f"the head in its {part} contradicts the one that is held"
            self._faults.add("evidence", name, text)
        earlier = self._tx.one("head_at", head.origin, found.begins)
        if earlier is None or head.size == found.begins or held[3] != head.signature:
            return  # its proof led from no head held here, or was not the one that was looked at
        if not verify_consistency(found.begins, head.size, earlier[0], head.root, found.path):
            text = f"the head in its {part} is no continuation of that of {{size}} leaves"
            self._faults.add("evidence", name, text, size=found.begins)

    def _roots(self, kind: str, peer: str, first: int, last: int) -> Iterator[bytes]:
        """The root over messages: by the leaves in their table, or else by those in the log.

        Where the two differ, that was found when the log was gone through.
        """
        count = last - first + 1
        rows = self._tx.rows(f"audit_{kind}_leaves", peer, first, last)
        if len(rows) == count:
            yield root_of([row[0] for row in rows])
        leaves = leaves_about(self._tx, kind, peer, first, last)
        if len(leaves) == count:
            yield root_of(leaves)

    def _held(self, progress: Progress) -> None:
        """Every head that is held is signed; the newest is the one the peer is known by."""
        key: tuple[str, int] = ("", -1)
        newest: dict[str, tuple[int, bytes]] = {}
        while rows := self._tx.rows("audit_heads", *key, AUDIT_ROWS):
            for row in rows:
                head = Head(*row)
                if not self._is_signed(head):
                    text = "it is not signed by a key of its node"
                    self._faults.add("log_head", f"{head.origin} {head.size}", text)
                newest[head.origin] = (head.size, head.root)
                self.peer_heads += 1
            key = (rows[-1][0], rows[-1][1])
            progress("heads", self.peer_heads)
        for peer in self._peers.values():
            self._newest(peer, newest.get(peer.id, (0, b"")))

    def _newest(self, peer: Peer, head: tuple[int, bytes]) -> None:
        if (peer.head_size, peer.head_root) != head:
            text = (
                "the newest head of its log has {size} leaves; {other} are stated, or another root"
            )
            facts = {"size": head[0], "other": peer.head_size}
            self._faults.add("peer", peer.id, text, **facts)
