"""Batches that no honest node sends, signed as well as a liar can. None may leave a trace."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from random import Random
from types import MappingProxyType

import msgspec

from silkport.kernel.limits import (
    MAX_BATCH_HEADER_BYTES,
    MAX_BATCH_MESSAGES,
    MAX_CLOCKS_APART_SECONDS,
    MAX_EXCHANGED_BYTES,
)
from silkport.kernel.merkle import leaf_hash, root_of
from silkport.node.exchange.batch import BATCH, RECEIPT, Header, signed_head
from silkport.node.exchange.keys import SigningKey, signing_key_from
from silkport.node.exchange.outbox import Covered, sign
from silkport.node.exchange.peers import key_for, peer_of
from silkport.node.state.contract import Transaction
from silkport.sim.corridor.mixes import HOUR, SECOND
from silkport.sim.corridor.sites import Site

LARGEST = 2**53 - 1


@dataclass(frozen=True, slots=True)
class Draft:
    """A batch as it would be if it were honest, before it is made into a lie.

    Attributes:
        known: how many messages the receiver has of this node already.
        held: size of the newest head that it holds of the log of this node.
    """

    header: Header
    messages: Sequence[bytes]
    key: SigningKey
    known: int
    held: int
    rng: Random

    def body(self, *, key: SigningKey | None = None, **changes: object) -> bytes:
        """All its bytes, with some fields of its header changed before it is signed."""
        header = replace(self.header, **changes)  # type: ignore[arg-type]
        return b"\n".join([header.encode(key or self.key), *self.messages])

    def of(self, messages: Sequence[bytes], **changes: object) -> bytes:
        """The same with other messages, and their root."""
        root = root_of([leaf_hash(one) for one in messages])
        return replace(self, messages=messages).body(
            **{"count": len(messages), "root": root, **changes}  # type: ignore[arg-type]
        )

    def with_head(self, size: int, root: bytes, key: SigningKey | None = None) -> bytes:
        """The same with another head of its log, signed anew."""
        head = signed_head(self.header.sender, size, root, self.header.at, key or self.key)
        return self.body(log=replace(head, key_id=self.key.key_id))


def drafted(
    tx: Transaction, site: Site, to: str, marks: tuple[int, int], rng: Random
) -> Draft | None:
    """A batch of what was queued, from some message on; None when nothing was.

    Args:
        marks: how many messages the receiver has already, and the size of the head it holds.
    """
    known, held = marks
    peer = peer_of(tx, to)
    if not peer.queued:
        return None
    first = rng.randint(1, min(known + 1, peer.queued))
    rows = tx.rows("out_from", to, first, rng.randint(1, 5))
    messages = [bytes(row[2]) for row in rows]
    covered = Covered(first, len(messages), root_of([leaf_hash(one) for one in messages]))
    header, _ = sign(tx, site.node, peer, BATCH, covered)
    return Draft(header, messages, key_for(tx, site.node, to).key, known, held, rng)


@cache
def stranger() -> SigningKey:
    """A key that nobody knows."""
    return signing_key_from(bytes(reversed(range(32))))


def _garbage(draft: Draft) -> bytes:
    rng = draft.rng
    return rng.choice(
        (
            b"",
            b"\n",
            b"null",
            b"[]",
            b"{}",
            rng.randbytes(rng.randint(1, 3000)),
            b"[" * 50_000,
            b"{" + b'"a":{' * 2_000,
            b'{"what":"batch","version":1}\n{}',
            b"\xff\xfe" * 100,
            b"x" * (MAX_BATCH_HEADER_BYTES + 1),
        )
    )


def _not_canonical(draft: Draft) -> bytes:
    line, _, rest = draft.body().partition(b"\n")
    spaced = draft.rng.choice((line.replace(b":", b": ", 1), line + b" ", b" " + line))
    return spaced + b"\n" + rest


def _capital_digest(draft: Draft) -> bytes:
    line, _, rest = draft.body().partition(b"\n")
    root = draft.header.root.hex().encode()
    return line.replace(root, root.upper()) + b"\n" + rest


def _other_types(draft: Draft) -> bytes:
    """A field of the header with a value of another type, signed with it."""
    fields = draft.header.fields()
    name = draft.rng.choice(sorted(fields))
    values: tuple[object, ...] = (None, True, -1, 2**60, "x", [], {}, "\u0000", 10**400)
    fields[name] = draft.rng.choice([one for one in values if one != fields[name]])
    plain = msgspec.json.encode(fields, order="sorted") if fields[name] != 10**400 else b"{}"
    signature = draft.key.sign(BATCH, plain).hex()
    line = json.dumps(fields | {"signature": signature}, sort_keys=True, separators=(",", ":"))
    return b"\n".join([line.encode(), *draft.messages])


def _changed_content(draft: Draft) -> bytes:
    """A number that was used, with other content."""
    if draft.header.first > draft.known:
        return _gap(draft)
    changed = [draft.messages[0].replace(b"0", b"1") + b" ", *draft.messages[1:]]
    return draft.of(changed)


def _other_root(draft: Draft) -> bytes:
    return draft.body(root=draft.rng.randbytes(32))


def _gap(draft: Draft) -> bytes:
    return draft.body(first=draft.known + draft.rng.choice((2, 3, 1000, LARGEST - 10_000)))


def _forked_log(draft: Draft) -> bytes:
    size = draft.header.log.size + draft.rng.randint(1, 5)
    return draft.with_head(size, draft.rng.randbytes(32))


def _forked_here(draft: Draft) -> bytes:
    """Another root for the very size that the receiver holds."""
    return draft.with_head(draft.held, draft.rng.randbytes(32))


def _begins_elsewhere(draft: Draft) -> bytes:
    size = draft.header.log.size + 2
    head = signed_head(draft.header.sender, size, draft.rng.randbytes(32), 0, draft.key)
    return draft.body(begins=draft.rng.choice((draft.held + 1, LARGEST)), log=head)


def _wrong_path(draft: Draft) -> bytes:
    size = draft.header.log.size + 2
    head = signed_head(draft.header.sender, size, draft.rng.randbytes(32), 0, draft.key)
    path = [draft.rng.randbytes(32) for _ in range(draft.rng.choice((0, 1, 3, 200)))]
    return draft.body(log=head, path=path)


def _clock(draft: Draft) -> bytes:
    apart = draft.rng.randint(MAX_CLOCKS_APART_SECONDS * SECOND * 3, 99 * HOUR)
    at = draft.header.at
    return draft.body(at=draft.rng.choice((at - apart, at + apart, 0, LARGEST)))


def _truncated(draft: Draft) -> bytes:
    body = draft.body()
    return body[: draft.rng.randrange(len(body))]


BATCH_LIES: Mapping[str, Callable[[Draft], bytes]] = MappingProxyType(
    {
        "garbage": _garbage,
        "a header that is not canonical": _not_canonical,
        "a digest in capitals": _capital_digest,
        "a header of other types": _other_types,
        "other content under a number that was used": _changed_content,
        "messages that are not those signed": _other_root,
        "a gap": _gap,
        "a number below the first": lambda draft: draft.body(first=0),
        "a forked log": _forked_log,
        "another root for a size that is held": _forked_here,
        "a proof that begins elsewhere": _begins_elsewhere,
        "a proof that proves nothing": _wrong_path,
        "a clock hours wrong": _clock,
        "half a batch": _truncated,
        "a stranger's key": lambda draft: draft.body(key=stranger()),
        "a stranger's key under its name": lambda draft: draft.body(
            key=stranger(), key_id=stranger().key_id
        ),
        "a head signed by a stranger": lambda draft: draft.with_head(
            draft.header.log.size + 1, draft.rng.randbytes(32), stranger()
        ),
        "a batch for somebody else": lambda draft: draft.body(receiver="nobody"),
        "a batch of somebody else": lambda draft: draft.body(sender="nobody"),
        "a receipt for a batch": lambda draft: draft.body(what=RECEIPT),
        "more messages stated than there are": lambda draft: draft.body(
            count=len(draft.messages) + 1
        ),
        "an empty message": lambda draft: draft.of([*draft.messages, b""]),
        "no message": lambda draft: draft.of([b"{}"], count=0),
        "too many messages": lambda draft: draft.of([b"{}"] * (MAX_BATCH_MESSAGES + 1)),
        "a message that is too long": lambda draft: draft.of([b"x" * (MAX_EXCHANGED_BYTES + 1)]),
    }
)
"""By what is wrong with it."""
