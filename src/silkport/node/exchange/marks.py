"""What a restored node asks a peer and what it is answered, as they travel.

The question is a batch whose one message is a statement of the restoration; the answer is one JSON
object: what the peer signed, and the messages that the asking node lost.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from silkport.kernel.canonical import canonical_bytes, digest_bytes
from silkport.kernel.errors import InvalidValue
from silkport.kernel.exchange_errors import BatchMalformed
from silkport.kernel.limits import MAX_ANSWER_BYTES, MAX_BATCH_MESSAGES
from silkport.kernel.merkle import HASH_BYTES, leaf_hash, root_of
from silkport.node.exchange.batch import Header, demand_root, leaves_of, read_header
from silkport.node.exchange.keys import SigningKey, verify

MARKS_PATH = "/marks"
RESTORED, MARKS = "restored", "marks"
VERSION = 1
PAGE_BYTES = MAX_ANSWER_BYTES // 2
"""Bytes of messages after which an answer is closed: in JSON they take a third more."""
_NUMBERS = ("since", "received", "log")
_STATED = ("what", "version", "from", "to", "at", "key", "question", "received", "first", "count")


@dataclass(frozen=True, slots=True)
class Question:
    """A peer was restored and asks what it exchanged since its backup.

    Attributes:
        header: its `first` is the number the peer would give next.
        since: when it was restored; another moment, another restoration.
        received: newest of our messages that it remembers.
        log: leaves of its log when it was restored.
    """

    header: Header
    since: int
    received: int
    log: int
    line: bytes

    @property
    def id(self) -> str:
        """What an answer names it by."""
        return digest_bytes(self.line)


def statement(since: int, received: int, log: int) -> bytes:
    """The one message of a question."""
    return canonical_bytes({"log": log, "received": received, "since": since})


def read_question(peer: str, body: bytes) -> Question:
    """Reads a question, trusting nothing but that a signature will be checked.

    Raises BatchMalformed.
    """
    line, _, said = body.partition(b"\n")
    header = read_header(peer, line, RESTORED)
    demand_root(header, leaves_of([said]))
    fields = _object(peer, said)
    numbers = [fields.get(name) for name in _NUMBERS]
    if fields.keys() != set(_NUMBERS) or not all(map(_is_number, numbers)) or header.first < 1:
        raise BatchMalformed(peer=peer, reason="its statement is not of this form")
    return Question(header, fields["since"], fields["received"], fields["log"], line)


class Held(NamedTuple):
    """A message as it is held: its leaf, and its bytes; none where they were removed."""

    leaf: bytes
    content: bytes


@dataclass(frozen=True, slots=True)
class Marks:
    """The answer: how far the peer has come, and messages of ours that it holds.

    Attributes:
        received: newest message that it received from us.
        first, messages: some of them, from this number on; as many as fit. Of one whose content
            was removed there by order, only the leaf.
        signed: what it signed, without the messages themselves.
    """

    received: int
    first: int
    messages: Sequence[Held]
    signed: bytes


def encode_marks(
    ends: tuple[str, str],
    key: SigningKey,
    question: Question,
    at: int,
    held: tuple[int, Sequence[Held]],
) -> bytes:
    """An answer, signed.

    Args:
        ends: the answering and the asking node.
        held: newest number received, and the messages from the one asked for on.
    """
    received, messages = held
    fields: dict[str, object] = {
        "what": MARKS,
        "version": VERSION,
        "from": ends[0],
        "to": ends[1],
        "at": at,
        "key": key.key_id,
        "question": question.id,
        "received": received,
        "first": question.header.first,
        "count": len(messages),
        "root": root_of([one.leaf for one in messages]).hex(),
    }
    signature = key.sign(MARKS, canonical_bytes(fields)).hex()
    said = [
        b64encode(one.content).decode() if one.content else {"leaf": one.leaf.hex()}
        for one in messages
    ]
    return canonical_bytes({"marks": fields | {"signature": signature}, "messages": said})


def key_named(peer: str, answer: bytes) -> str:
    """The id of the key by which an answer says it is signed. Raises BatchMalformed."""
    stated = _object(peer, answer).get("marks")
    key = stated.get("key") if isinstance(stated, dict) else None
    if not isinstance(key, str):
        raise BatchMalformed(peer=peer, reason="its marks are not of this form")
    return key


def read_marks(ends: tuple[str, str], question: Question, answer: bytes, public: bytes) -> Marks:
    """Reads the answer to a question.

    Args:
        ends: the answering and the asking node.
        public: the key that the answer names.
    Raises BatchMalformed for what is no answer to it, or was not signed by that key.
    """
    peer, here = ends
    fields = _object(peer, answer)
    stated: dict[str, Any] = fields.get("marks", {})
    try:
        signature = bytes.fromhex(stated["signature"])
        bare = {name: one for name, one in stated.items() if name != "signature"}
        is_signed = verify(public, MARKS, canonical_bytes(bare), signature)
        messages = [_held(one) for one in fields["messages"]]
        said = [stated[name] for name in _STATED]
        root = stated["root"]
    except (KeyError, ValueError, TypeError, AttributeError, InvalidValue):
        raise BatchMalformed(peer=peer, reason="its marks are not of this form") from None
    first, received = question.header.first, stated["received"]
    wanted = [MARKS, VERSION, peer, here, stated["at"], stated["key"], question.id]
    wanted += [received, first, len(messages)]
    is_one = is_signed and said == wanted and _is_number(received)
    if not is_one or root != root_of([one.leaf for one in messages]).hex():
        raise BatchMalformed(peer=peer, reason="its marks answer something else, or were changed")
    if len(messages) > MAX_BATCH_MESSAGES or first + len(messages) - 1 > max(received, first - 1):
        raise BatchMalformed(peer=peer, reason="it gives back more messages than it received")
    if received >= first and not messages:
        reason = f"it received {received} messages and gives none back from {first} on"
        raise BatchMalformed(peer=peer, reason=reason)
    return Marks(received, first, messages, canonical_bytes(stated))


def _held(said: Any) -> Held:
    """One message of an answer. Raises ValueError, TypeError, KeyError for what is none."""
    if isinstance(said, dict):
        leaf = bytes.fromhex(said["leaf"])
        if len(leaf) != HASH_BYTES:
            raise ValueError("a leaf has 32 bytes")
        return Held(leaf, b"")
    content = b64decode(said, validate=True)
    return Held(leaf_hash(content), content)


def _object(peer: str, said: bytes) -> dict[str, Any]:
    """Canonical JSON that is an object. Raises BatchMalformed."""
    fields: object = None
    try:
        fields = json.loads(said)
        same = canonical_bytes(fields) == said
    except (ValueError, RecursionError, InvalidValue):
        same = False
    if not same or not isinstance(fields, dict):
        raise BatchMalformed(peer=peer, reason="it is no object in canonical form")
    return fields


def _is_number(value: object) -> bool:
    return type(value) is int and 0 <= value < 2**53
