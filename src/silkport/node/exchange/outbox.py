"""The outbox: messages are queued with what caused them, and leave in signed batches.

`queue` runs in the transaction of its cause, so that neither exists without the other. The number
of a message within its peer is given once and never again; a batch moves the peer's mark only
when the peer's signed receipt for it is kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import msgspec

from silkport.kernel.exchange_errors import (
    BatchMalformed,
    MessageMalformed,
    OutsideRegister,
    WrongSignature,
)
from silkport.kernel.ids import pseudonyms, uuid_text
from silkport.kernel.limits import (
    MAX_BATCH_BYTES_SENT,
    MAX_BATCH_MESSAGES,
    MAX_EXCHANGED_BYTES,
)
from silkport.kernel.merkle import leaf_hash, root_of
from silkport.kernel.periods import day_of
from silkport.law.message_form import fault
from silkport.law.register import Kept, Register
from silkport.model.messages import BY_NAME, MessageKind
from silkport.node.exchange.batch import (
    BATCH,
    RECEIPT,
    Header,
    read_header,
    signed_head,
)
from silkport.node.exchange.heads import take_head
from silkport.node.exchange.peers import Peer, key_for, peer_of, public_key
from silkport.node.exchange.registers import acting_as, register_with
from silkport.node.sovereign import Node
from silkport.node.state.contract import Row, Transaction
from silkport.node.transparency import log

DAY_MS = 86_400_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to be: the name of its kind, its fields, and what message it answers."""

    kind: str
    body: Mapping[str, object]
    ref: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """A message as it is kept and sent, and the record of what it discloses about whom."""

    seq: int
    at: int
    kind: MessageKind
    about: str
    content: bytes
    disclosed: bytes = b""
    parties: Sequence[str] = field(default_factory=tuple)


def queue(tx: Transaction, node: Node, peer: str, messages: Sequence[Outgoing]) -> int:
    """Queues messages for a peer, in order; gives the number of the first.

    What the register of the pair does not allow is left out; a message that would lack a demanded
    field then is not queued at all. As long as this node, restored, does not know which numbers
    the peer has seen, messages wait without one, and 0 is given.
    Raises UnknownPeer, NotCompetent, RegisterUnsigned, OutsideRegister, MessageMalformed.
    """
    to = peer_of(tx, peer)
    now = node.now()
    first = to.queued + 1
    register = register_with(tx, node, to.administration)
    written = [
        _write(node, to, (first + place, now), one, register) for place, one in enumerate(messages)
    ]
    if to.unsettled_since:
        rows = [(peer, one.kind, one.ref, msgspec.json.encode(one.body)) for one in messages]
        tx.many("add_unnumbered", rows)
        return 0
    keep(tx, peer, written)
    return first


def keep(tx: Transaction, peer: str, written: Sequence[Written]) -> None:
    """Keeps messages that follow the newest one for a peer, and logs them."""
    if not written:
        return
    leaves = [leaf_hash(one.content) for one in written]
    tx.many(
        "add_out",
        [
            (peer, one.seq, one.kind.name, one.about, one.at, leaf, one.content)
            for one, leaf in zip(written, leaves, strict=True)
        ],
    )
    tx.run("set_queued", written[-1].seq, peer)
    log.append(tx, log.SENT, peer, written[0].seq, leaves)
    for one in written:
        if one.parties:
            tx.run("add_disclosure", peer, one.seq, one.disclosed)
            tx.many("add_disclosed_party", [(party, peer, one.seq) for party in one.parties])
            log.append(tx, log.DISCLOSED, peer, one.seq, [leaf_hash(one.disclosed)])


def _write(
    node: Node, to: Peer, place: tuple[int, int], message: Outgoing, register: Register
) -> Written:
    """A message as it is kept; `place` is its number and its moment."""
    kind, (seq, now) = BY_NAME[message.kind], place
    node.demand(kind.senders, kind.name)
    day = day_of(now // DAY_MS)
    sides = (node.administration, to.administration)
    acting = acting_as(register, kind, node.competence, *sides, day)
    if lacking := register.sendable(kind, *sides, day, competence=acting):
        raise OutsideRegister(reason=lacking)
    kept = register.keep_allowed(kind, message.body, *sides, day, competence=acting)
    if wrong := fault(kind, kept.body):
        raise MessageMalformed(peer=node.id, reason=wrong)
    envelope = {
        "EDocCode": kind.code,
        "EDocId": uuid_text(node.ids.next()),
        "EDocRefId": message.ref,
        "EDocDateTime": moment_text(now),
        "version": kind.version,
        "from": node.id,
        "to": to.id,
        "seq": seq,
        "body": kept.body,
    }
    content = msgspec.json.encode(envelope, order="sorted")
    if len(content) > MAX_EXCHANGED_BYTES:
        reason = f"it has more than {MAX_EXCHANGED_BYTES} bytes"
        raise MessageMalformed(peer=node.id, reason=reason)
    return disclosing(node, to.id, Written(seq, now, kind, "", content), kept)


def disclosing(node: Node, to: str, message: Written, kept: Kept) -> Written:
    """A message with what it is about and the record of what it discloses to a peer."""
    kind, about = message.kind, message.kind.matter_of(kept.body)
    named = {
        one.name: str(kept.body[one.name])
        for one in kind.fields
        if one.names_party and kept.body.get(one.name)
    }
    if not named:
        return replace(message, about=about)
    parties = dict(zip(named, pseudonyms(node.pseudonym_key, named.values()), strict=True))
    record = {
        "at": message.at,
        "bases": list(kept.bases),
        "fields": sorted(kept.body),
        "kind": kind.name,
        "parties": parties,
        "peer": to,
        "seq": message.seq,
        "withheld": list(kept.withheld),
    }
    disclosed = msgspec.json.encode(record, order="sorted")
    return replace(message, about=about, disclosed=disclosed, parties=sorted(set(parties.values())))


def moment_text(at: int) -> str:
    """A moment as ISO 8601 with milliseconds: "2026-11-22T09:30:00.000Z"."""
    moment = EPOCH + timedelta(milliseconds=at)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{at % 1000:03d}Z"


@dataclass(frozen=True, slots=True)
class Covered:
    """The messages that a batch or receipt is about, and the root over them."""

    first: int
    count: int
    root: bytes


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch ready to be sent: what was signed, and all its bytes."""

    header: Header
    line: bytes
    body: bytes


def next_batch(tx: Transaction, node: Node, peer: str) -> Batch | None:
    """What the peer has no receipt for, as one signed batch; None when it has all."""
    to = peer_of(tx, peer)
    if to.is_suspended or to.taken >= to.queued:
        return None
    leaves: list[bytes] = []
    messages: list[bytes] = []
    sizes = tx.rows("out_sizes", peer, to.taken + 1, MAX_BATCH_MESSAGES)
    for _, leaf, content in tx.rows("out_from", peer, to.taken + 1, held_at_once(sizes)):
        leaves.append(leaf)
        messages.append(content)
    first = to.taken + 1
    header, line = sign(tx, node, to, BATCH, Covered(first, len(messages), root_of(leaves)))
    return Batch(header, line, b"\n".join([line, *messages]))


def held_at_once(sizes: Sequence[Row]) -> int:
    """How many messages of these sizes are read together: one, and what then fits a batch."""
    size = count = 0
    for (one,) in sizes:
        size += one + 1
        if count and size > MAX_BATCH_BYTES_SENT:
            break
        count += 1
    return count


def sign(
    tx: Transaction, node: Node, to: Peer, what: str, covered: Covered
) -> tuple[Header, bytes]:
    """Signs a batch or a receipt, with the head of our log and its proof for this peer."""
    key = key_for(tx, node, to.id).key
    now, size = node.now(), log.current(tx)
    begins = min(to.told_size, size.size)
    header = Header(
        what=what,
        sender=node.id,
        receiver=to.id,
        first=covered.first,
        count=covered.count,
        root=covered.root,
        at=now,
        log=signed_head(node.id, size.size, size.root, now, key),
        begins=begins,
        path=log.consistency(tx, begins, size.size),
        holds=to.head_size,
        key_id=key.key_id,
    )
    return header, header.encode(key)


def settle(tx: Transaction, node: Node, peer: str, batch: Batch, answer: bytes) -> int:
    """Keeps the peer's receipt for a batch and moves its mark; gives the messages it covers.

    Raises BatchMalformed, WrongSignature, HistoryChanged when the answer is no such receipt.
    """
    receipt = read_header(peer, answer, RECEIPT)
    sent = batch.header
    stated = (receipt.sender, receipt.receiver, receipt.first, receipt.count, receipt.root)
    if stated != (peer, node.id, sent.first, sent.count, sent.root):
        raise BatchMalformed(peer=peer, reason="its receipt is for something else")
    if not receipt.is_signed_by(public_key(tx, peer, receipt.key_id, node.now(), "a receipt")):
        raise WrongSignature(what="a receipt", peer=peer)
    from_peer = peer_of(tx, peer)
    take_head(tx, node, from_peer, receipt, strict=False)
    tx.run("set_taken", sent.last, node.now(), receipt.holds, peer)
    tx.run("add_evidence", peer, "out", sent.first, sent.last, batch.line, answer)
    return sent.count
