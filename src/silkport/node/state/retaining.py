"""Retention: what is past its term goes, in bounded transactions; the log stands as it is.

    declarations   the declaration with its versions and events
    messages       the content of a message, and what a neighbour said in it
    evidence       batches and receipts, and the record of what a message disclosed
    persons        the key of a person's name: the pseudonym stays and says nothing
    incidents      rows

Of what is in the log, the leaf stays and the table `removed` says under which law its content
went, so that an audit can tell it from content that is missing; what each transaction removed is
a leaf of its own. Of a message the row stays with
its leaf, so that the same message is still known when it comes again.
Nothing goes that is still open: a declaration that may yet move or waits for an officer, a message
that is not taken and considered on the other side or not considered here, one that is parked,
evidence for a message that is still here, a person in a declaration that is open or young.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice, pairwise

import msgspec

from silkport.law.retention import Kept, Retention, Term
from silkport.law.strict import CONFIDENCES
from silkport.model.states import State
from silkport.node.exchange.peers import Peer, peer_of, peers
from silkport.node.exchange.records import record_act
from silkport.node.sovereign import Node
from silkport.node.state.contract import Transaction
from silkport.node.transparency.log import DISCLOSED, EVENT, RECEIVED, SENT
from silkport.node.transparency.removed import EVIDENCE_IN, EVIDENCE_OUT
from silkport.node.workflow.people import destroy

ENDED = (
    State.RELEASED,
    State.CORRECTED,
    State.REFUSED,
    State.WITHDRAWN,
    State.REGISTRATION_REFUSED,
)
"""States in which nothing runs; the view `ended` of the state has the same."""

REMOVED = "removed"
"""The act of the log that says what was removed."""

Step = Callable[[Transaction], int]
"""Removes at most so many as were agreed; gives how many it looked at or removed."""


@dataclass(frozen=True, slots=True)
class Retained:
    """What became of each class.

    Attributes:
        removed: how many were removed.
        left: classes that were left alone because nobody confirmed their term.
    """

    removed: dict[Kept, int]
    left: tuple[Kept, ...]


def retain(
    node: Node, law: Retention, now: int, limit: int, *, unverified: bool = False
) -> Retained:
    """Removes all that is past its term, and cleans the files of it.

    Args:
        now: milliseconds since 1970-01-01T00:00Z.
        limit: declarations, messages, persons or other rows in one transaction.
        unverified: also by terms that nobody confirmed. What is removed does not come back.
    Raises ParamNotInForce when a class has no term today, StoreError. What was removed until then
    is removed; the rest goes the next time.
    """
    runs = {kept: _Run(now, *law.limit(kept, now), limit) for kept in Kept}
    sure = CONFIDENCES[0]
    left = tuple(k for k, run in runs.items() if run.term.confidence != sure and not unverified)
    removed = {kept: _removed(node, kept, runs[kept]) for kept in Kept if kept not in left}
    if removed:  # also after a run that was cut short before it came to this
        node.state.scrub()
    return Retained(removed, left)


def _removed(node: Node, kept: Kept, run: _Run) -> int:
    """Removes one class to its end; gives how many it was."""
    if kept is Kept.PERSONS:
        return _forget_persons(node, run)
    done = 0
    for step in _steps(node, kept, run):
        while count := node.state.write(partial(_logged, node=node, run=run, step=step)):
            done += count
            if count < run.limit:
                break
    return done


def _logged(tx: Transaction, node: Node, run: _Run, step: Step) -> int:
    """Takes a step, and puts what it marked as removed into the log."""
    run.marked.clear()  # a step that failed marked nothing
    count = step(tx)
    if run.marked:
        gone = [list(one) for one in run.marked]
        record_act(tx, node, REMOVED, {"contents": gone, "why": run.term.why})
    return count


def _forget_persons(node: Node, run: _Run) -> int:
    """Persons whose declarations have all ended long enough ago.

    They are looked for without holding up anybody, and looked at again when they go: one may have
    been declared anew meanwhile.
    """

    def forget(tx: Transaction, tokens: Sequence[str]) -> int:
        gone = [one for one in tokens if tx.one("is_person_before", run.before, one)]
        for token in gone:
            destroy(tx, token)
        return len(gone)

    done = 0
    while rows := node.state.read(lambda tx: tx.rows("persons_before", run.before, run.limit)):
        tokens = [row[0] for row in rows]
        gone = node.state.write(lambda tx, tokens=tokens: forget(tx, tokens))  # type: ignore[misc]
        done += gone
        if not gone:
            break
    return done


def _steps(node: Node, kept: Kept, run: _Run) -> list[Step]:
    """The steps of one class, each for one peer where it has peers."""
    if kept is Kept.DECLARATIONS:
        return [run.declarations]
    if kept is Kept.INCIDENTS:
        return [lambda tx: tx.run("remove_incidents", run.before, run.limit)]
    steps = (run.sent, run.received) if kept is Kept.MESSAGES else run.proofs
    return [
        lambda tx, step=step, peer=peer.id: step(tx, peer_of(tx, peer))  # type: ignore[misc]
        for peer in node.state.read(peers)
        for step in steps
    ]


@dataclass(frozen=True, slots=True)
class _Run:
    """One class in one run: what ended before `before` goes, at most `limit` at once."""

    at: int
    before: int
    term: Term
    limit: int
    marked: list[tuple[str, str, int, int]] = field(default_factory=list)

    def declarations(self, tx: Transaction) -> int:
        """Declarations in which nothing runs any more, with versions and events."""
        found = tx.rows("ended_before", self.before, self.limit)
        for (identity,) in found:
            row = tx.one("event_count", identity)
            known = tx.rows("removed_of", EVENT, identity)
            first = known[-1][1] + 1 if known else 1
            if row is not None and row[0] >= first:
                self._mark(tx, EVENT, identity, first, row[0])
            for name in ("remove_events", "remove_versions", "unname_case", "remove_declaration"):
                tx.run(name, identity)
        return len(found)

    def sent(self, tx: Transaction, peer: Peer) -> int:
        """Messages that the peer has signed for and considered."""
        done = tx.rows("removed_of", SENT, peer.id)
        after = done[-1][1] if done else 0
        kept = tx.one("first_out_since", peer.id, after, self.before)
        last = min(peer.taken, peer.considered_there, after + self.limit)
        last = min(last, kept[0] - 1) if kept is not None else last
        if last <= after:
            return 0
        tx.run("empty_out", peer.id, after + 1, last)
        self._mark(tx, SENT, peer.id, after + 1, last)
        return last - after

    def received(self, tx: Transaction, peer: Peer) -> int:
        """Messages that were considered here and are not parked."""
        done = [(row[0], row[1]) for row in tx.rows("removed_of", RECEIVED, peer.id)]
        first = done[0][1] + 1 if done and done[0][0] == 1 else 1
        kept = tx.one("first_in_since", peer.id, first - 1, self.before)
        last = min(peer.considered, kept[0] - 1) if kept is not None else peer.considered
        parked = {row[0] for row in tx.rows("parked_between", peer.id, first, last)}
        # Between what was removed is what was parked then, and before what an erasure removed.
        gaps = pairwise([(0, first - 1), *done, (last + 1, last + 1)])
        past = (
            seq for (_, end), (begin, _) in gaps for seq in range(end + 1, min(begin, last + 1))
        )
        gone = list(islice((seq for seq in past if seq not in parked), self.limit))
        for first, end in _ranges(gone):
            tx.run("empty_in", peer.id, first, end)
            tx.run("unsay", peer.id, first, end)
            self._mark(tx, RECEIVED, peer.id, first, end)
        return len(gone)

    @property
    def proofs(self) -> tuple[Callable[[Transaction, Peer], int], ...]:
        """The steps of the class evidence."""
        return (self.disclosures, self.evidence_in, self.evidence_out)

    def disclosures(self, tx: Transaction, peer: Peer) -> int:
        """Records of what messages disclosed, once these have gone."""
        stop = self._stop(tx, "first_out_since", peer.id, peer.queued)
        found = tx.rows("disclosures_before", peer.id, stop, self.limit)
        for seq, record in found:
            for party in set(msgspec.json.decode(record)["parties"].values()):
                tx.run("remove_disclosed_party", party, peer.id, seq)
            tx.run("remove_disclosure", peer.id, seq)
            self._mark(tx, DISCLOSED, peer.id, seq, seq)
        return len(found)

    def evidence_in(self, tx: Transaction, peer: Peer) -> int:
        """What was signed for messages of the peer, once these have gone."""
        stop = self._stop(tx, "first_in_since", peer.id, peer.received)
        return self._evidence(tx, peer, "in", EVIDENCE_IN, stop)

    def evidence_out(self, tx: Transaction, peer: Peer) -> int:
        """What was signed for messages to the peer, once these have gone."""
        stop = self._stop(tx, "first_out_since", peer.id, peer.queued)
        return self._evidence(tx, peer, "out", EVIDENCE_OUT, stop)

    def _evidence(self, tx: Transaction, peer: Peer, direction: str, kind: str, stop: int) -> int:
        found = tx.rows(f"evidence_{direction}_before", peer.id, stop, self.limit)
        for first, last in found:
            tx.run("remove_evidence", peer.id, direction, last)
            self._mark(tx, kind, peer.id, first, last)
        return len(found)

    def _stop(self, tx: Transaction, name: str, peer: str, newest: int) -> int:
        """The number of the first message that is not past its term."""
        kept = tx.one(name, peer, 0, self.before)
        return int(kept[0]) if kept is not None else newest + 1

    def _mark(self, tx: Transaction, kind: str, about: str, first: int, last: int) -> None:
        """Says that it was removed; what one run removes in a row is one record."""
        self.marked.append((kind, about, first, last))
        mark_removed(tx, kind, about, (first, last), self.term.why, self.at)


def mark_removed(
    tx: Transaction, kind: str, about: str, which: tuple[int, int], why: str, at: int
) -> None:
    """Says that leaves, first to last, lost their content by order, and by which."""
    first, last = which
    if not tx.run("extend_removed", last, kind, about, first - 1, why, at):
        tx.run("add_removed", kind, about, first, last, why, at)


def _ranges(numbers: Iterable[int]) -> Iterable[tuple[int, int]]:
    """Rising numbers as ranges, both ends included."""
    first = last = 0
    for number in numbers:
        if first and number == last + 1:
            last = number
            continue
        if first:
            yield first, last
        first = last = number
    if first:
        yield first, last
