"""Erasing a person everywhere: what was declared here, and what neighbours said.

What was declared is under a key a person, which is destroyed (`people.py`). A message of a peer is
kept as it came, for its leaf in the log is the hash of its bytes: one that names the person loses
its content as a whole, under a mark that says why, and what it said stays without the name. Where
the law has messages kept, or one has not taken effect yet, it stays, and the answer says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from silkport.kernel.ids import pseudonym
from silkport.kernel.limits import AUDIT_ROWS
from silkport.law.retention import Kept, Retention
from silkport.law.strict import CONFIDENCES
from silkport.model.messages import MessageKind
from silkport.node.exchange.outbox import held_at_once
from silkport.node.exchange.peers import Peer, peer_of, peers
from silkport.node.exchange.records import record_act
from silkport.node.sovereign import Node
from silkport.node.state.contract import Transaction
from silkport.node.state.retaining import REMOVED, mark_removed
from silkport.node.transparency.contents import decoded, kind_and_body, parties_of
from silkport.node.transparency.log import RECEIVED
from silkport.node.workflow.cases import encoded
from silkport.node.workflow.people import ERASED, forget

WHY = "a person was erased"


@dataclass(frozen=True, slots=True)
class Erasure:
    """What became of a person.

    Attributes:
        declared: whether a name declared here was known and is gone.
        emptied: messages of peers that lost their content.
        waiting: messages that name the person and stay, as they are parked or took no effect yet:
            erase again when they are settled.
        kept: messages that name the person and that the law has kept; `kept_by` says which.
        sent: messages of this node that told the name to a peer; they stay as the record of that.
    """

    declared: bool
    emptied: int = 0
    waiting: int = 0
    kept: int = 0
    kept_by: str = ""
    sent: int = 0

    def __bool__(self) -> bool:
        """Whether the person was known at all."""
        return self.declared or self.emptied + self.waiting + self.kept + self.sent > 0


def erase(node: Node, person: str, law: Retention) -> Erasure:
    """Erases a person by the name or number as it was declared; scrub the state afterwards.

    Args:
        law: a term that is confirmed has messages kept against it; one that nobody confirmed not.
    Raises ParamNotInForce when there is no term for messages today, UnknownPeer.
    """
    declared = node.state.write(lambda tx: forget(tx, node, person))
    before, term = law.limit(Kept.MESSAGES, node.now())
    is_sure = term.confidence == CONFIDENCES[0]
    token = pseudonym(node.pseudonym_key, person)
    if not token:
        return Erasure(declared)
    search = _Search(node, person.strip().upper(), token, before if is_sure else None)
    done = Erasure(declared)
    for peer in node.state.read(peers):
        done = search.through(peer, done)
    sent = node.state.read(lambda tx: len(tx.rows("disclosures_about", token, "")))
    return replace(done, sent=sent, kept_by=term.why if done.kept else "")


@dataclass(frozen=True, slots=True)
class _Search:
    """For one person; what came before `kept_since` may go, None where all may."""

    node: Node
    name: str
    token: str
    kept_since: int | None

    def through(self, peer: Peer, done: Erasure) -> Erasure:
        """All messages of a peer, a page at a time; only what is found is written."""
        state, after = self.node.state, 0
        while True:
            found, last = state.read(partial(self._page, peer=peer.id, after=after))
            if found:
                done = state.write(partial(self._empty, peer_id=peer.id, found=found, done=done))
            if last == after:
                return done
            after = last

    def _page(self, tx: Transaction, peer: str, after: int) -> tuple[list[int], int]:
        """Numbers of messages that name the person, of some after one; and the last looked at."""
        sizes = tx.rows("in_sizes", peer, after, AUDIT_ROWS)
        rows = tx.rows("in_from", peer, after, held_at_once(sizes))
        found = [seq for seq, content in rows if content and self._fields(content)[1]]
        return found, rows[-1][0] if rows else after

    def _fields(self, content: bytes) -> tuple[MessageKind | None, list[str]]:
        """The kind of a message and the fields of it that name the person.

        In one that cannot be understood the name may stand anywhere, as a field called "".
        """
        kind, body = kind_and_body(decoded(content))
        if kind is None:
            return None, [""] if self.name in content.decode(errors="replace").upper() else []
        parties = parties_of(kind, body, self.node.pseudonym_key)
        return kind, [name for name, token in parties.items() if token == self.token]

    def _empty(self, tx: Transaction, peer_id: str, found: Sequence[int], done: Erasure) -> Erasure:
        """Empties what may go of the messages found."""
        peer = peer_of(tx, peer_id)
        parked = {row[0] for row in tx.rows("parked_between", peer.id, found[0], found[-1])}
        gone = []
        for seq in found:
            row = tx.one("in_at", peer.id, seq)
            if row is None:
                continue
            if seq > peer.considered or seq in parked:
                done = replace(done, waiting=done.waiting + 1)
            elif self.kept_since is not None and row[1] >= self.kept_since:
                done = replace(done, kept=done.kept + 1)
            else:
                self._redact(tx, peer.id, seq, row[0])
                tx.run("empty_in", peer.id, seq, seq)
                mark_removed(tx, RECEIVED, peer.id, (seq, seq), WHY, self.node.now())
                gone.append([RECEIVED, peer.id, seq, seq])
        if gone:
            record_act(tx, self.node, REMOVED, {"contents": gone, "why": WHY})
        return replace(done, emptied=done.emptied + len(gone))

    def _redact(self, tx: Transaction, peer: str, seq: int, content: bytes) -> None:
        """What the message said, where nothing newer was said since, stays without the name."""
        kind, fields = self._fields(content)
        body: Mapping[str, Any] = kind_and_body(decoded(content))[1]
        about = kind.matter_of(body) if kind else ""
        for of, name, number, at, _ in tx.rows("said_about", about) if about else ():
            if (of, number) == (peer, seq):
                tx.run("unsay", peer, seq, seq)
                shown = {**body, **dict.fromkeys(fields, ERASED)}
                tx.run("say", peer, about, name, seq, at, encoded(shown))
