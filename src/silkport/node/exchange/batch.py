"""Batches and receipts as they travel: one signed head, then one message a line.

The head is canonical JSON signed with the sender's key. It states the root over the messages
that follow (RFC 6962), so one signature proves them all and each can be proven by itself; and
the size and root of the sender's own log, with the proof that it still begins as the receiver
knows it. A receipt is the same without messages: the receiver's word that it holds them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from silkport.kernel.canonical import canonical_bytes
from silkport.kernel.errors import InvalidValue
from silkport.kernel.exchange_errors import BatchMalformed
from silkport.kernel.limits import (
    MAX_BATCH_HEADER_BYTES,
    MAX_BATCH_MESSAGES,
    MAX_EXCHANGED_BYTES,
)
from silkport.kernel.merkle import leaf_hash, root_of
from silkport.node.exchange.keys import SigningKey, verify

T = TypeVar("T")

VERSION = 1
BATCH, RECEIPT, TREE_HEAD = "batch", "receipt", "tree-head"
HASH_DIGITS = 64


@dataclass(frozen=True, slots=True)
class Head:
    """The signed head of a log: at `at` it had `size` leaves under `root`."""

    origin: str
    size: int
    root: bytes
    at: int
    key_id: str
    signature: bytes

    def signed_bytes(self) -> bytes:
        """What the signature is over."""
        return canonical_bytes(
            {"at": self.at, "origin": self.origin, "root": self.root.hex(), "size": self.size}
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What is signed of a batch, or of the receipt for it.

    Attributes:
        what: BATCH or RECEIPT.
        first, count, root: numbers of the messages and the root over them.
        at: moment of signing.
        log: head of the sender's log; `begins` and `path` prove that it begins as the log of
            that size did.
        holds: size of the newest head of the receiver's log that the sender holds.
    """

    what: str
    sender: str
    receiver: str
    first: int
    count: int
    root: bytes
    at: int
    log: Head
    begins: int
    path: Sequence[bytes]
    holds: int
    key_id: str
    signature: bytes = b""

    def fields(self) -> dict[str, object]:
        """The header as canonical JSON has it, without the signature."""
        return {
            "what": self.what,
            "version": VERSION,
            "from": self.sender,
            "to": self.receiver,
            "first": self.first,
            "count": self.count,
            "root": self.root.hex(),
            "at": self.at,
            "key": self.key_id,
            "holds": self.holds,
            "log": {
                "size": self.log.size,
                "root": self.log.root.hex(),
                "at": self.log.at,
                "key": self.log.key_id,
                "signature": self.log.signature.hex(),
                "begins": self.begins,
                "path": [one.hex() for one in self.path],
            },
        }

    @property
    def last(self) -> int:
        """Number of the last message."""
        return self.first + self.count - 1

    def encode(self, key: SigningKey) -> bytes:
        """One line: the header with its signature."""
        fields = self.fields()
        signature = key.sign(self.what, canonical_bytes(fields))
        return canonical_bytes(fields | {"signature": signature.hex()})

    def is_signed_by(self, public: bytes) -> bool:
        """Whether the signature is by this key."""
        return verify(public, self.what, canonical_bytes(self.fields()), self.signature)


def signed_head(origin: str, size: int, root: bytes, at: int, key: SigningKey) -> Head:
    """A head of a log, signed."""
    bare = Head(origin, size, root, at, key.key_id, b"")
    signature = key.sign(TREE_HEAD, bare.signed_bytes())
    return Head(origin, size, root, at, key.key_id, signature)


def is_head_signed_by(head: Head, public: bytes) -> bool:
    """Whether a head of a log is signed by this key."""
    return verify(public, TREE_HEAD, head.signed_bytes(), head.signature)


def split_batch(sender: str, body: bytes) -> tuple[Header, list[bytes]]:
    """The header and the messages of a batch. Raises BatchMalformed."""
    line, newline, rest = body.partition(b"\n")
    header = read_header(sender, line, BATCH)
    messages = rest.split(b"\n") if newline else []
    if len(messages) != header.count or not 0 < header.count <= MAX_BATCH_MESSAGES:
        reason = f"{header.count} messages are stated and {len(messages)} are there"
        raise BatchMalformed(peer=sender, reason=reason)
    if max(map(len, messages)) > MAX_EXCHANGED_BYTES or min(map(len, messages)) == 0:
        reason = f"a message is empty or longer than {MAX_EXCHANGED_BYTES} bytes"
        raise BatchMalformed(peer=sender, reason=reason)
    return header, messages


def leaves_of(messages: Sequence[bytes]) -> list[bytes]:
    """The leaf hash of each message."""
    return [leaf_hash(one) for one in messages]


def demand_root(header: Header, leaves: Sequence[bytes]) -> None:
    """Raises BatchMalformed when the messages are not those that were signed."""
    if root_of(leaves) != header.root:
        reason = "the messages are not those that were signed"
        raise BatchMalformed(peer=header.sender, reason=reason)


def read_header(sender: str, line: bytes, what: str) -> Header:
    """Reads a header or receipt, trusting nothing. Raises BatchMalformed."""
    if len(line) > MAX_BATCH_HEADER_BYTES:
        reason = f"its head is longer than {MAX_BATCH_HEADER_BYTES} bytes"
        raise BatchMalformed(peer=sender, reason=reason)
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        fields = None
    reader = _Reader(sender, fields)
    log = _Reader(sender, reader.of("log", dict))
    if reader.of("what", str) != what or reader.of("version", int) != VERSION:
        reason = f"it is no {what} of version {VERSION}"
        raise BatchMalformed(peer=sender, reason=reason)
    path = log.of("path", list)
    if len(path) > 128:
        raise BatchMalformed(peer=sender, reason="its proof is too long")
    origin = reader.of("from", str)
    head = Head(
        origin,
        log.number("size"),
        log.digest("root"),
        log.number("at"),
        log.of("key", str),
        log.hexadecimal("signature"),
    )
    header = Header(
        what=what,
        sender=origin,
        receiver=reader.of("to", str),
        first=reader.number("first"),
        count=reader.number("count"),
        root=reader.digest("root"),
        at=reader.number("at"),
        log=head,
        begins=log.number("begins"),
        path=[_digest(sender, one) for one in path],
        holds=reader.number("holds"),
        key_id=reader.of("key", str),
        signature=reader.hexadecimal("signature"),
    )
    try:
        same = canonical_bytes(header.fields() | {"signature": header.signature.hex()}) == line
    except InvalidValue:  # half a surrogate pair
        same = False
    if not same:
        raise BatchMalformed(peer=sender, reason="its head is not in canonical form")
    return header


class _Reader:
    """Takes typed values out of foreign JSON."""

    def __init__(self, sender: str, fields: object) -> None:
        self._sender = sender
        if not isinstance(fields, Mapping):
            raise BatchMalformed(peer=sender, reason="its head is not an object")
        self._fields = fields

    def of(self, name: str, kind: type[T]) -> T:
        value = self._fields.get(name)
        if not isinstance(value, kind) or isinstance(value, bool):
            raise BatchMalformed(peer=self._sender, reason=f"{name} is missing or of another type")
        return value

    def number(self, name: str) -> int:
        value = self.of(name, int)
        if not 0 <= value < 2**53:
            raise BatchMalformed(peer=self._sender, reason=f"{name} is out of bounds")
        return value

    def digest(self, name: str) -> bytes:
        return _digest(self._sender, self._fields.get(name))

    def hexadecimal(self, name: str) -> bytes:
        return _from_hex(self._sender, self.of(name, str))


def _digest(sender: str, value: object) -> bytes:
    if not isinstance(value, str) or len(value) != HASH_DIGITS:
        raise BatchMalformed(peer=sender, reason="a digest has 64 hexadecimal digits")
    return _from_hex(sender, value)


def _from_hex(sender: str, text: str) -> bytes:
    try:
        value = bytes.fromhex(text)
    except ValueError:
        value = b""
    if value.hex() != text:  # capitals and spaces would be another text for the same bytes
        raise BatchMalformed(peer=sender, reason="a digest has lower-case hexadecimal digits")
    return value
