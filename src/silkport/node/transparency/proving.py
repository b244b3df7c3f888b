"""A proof that one message was exchanged, for people who have neither node nor database.

It shows that the sender signed a batch with the message in it, that the receiver signed for that
batch, and that the message is in the log of the node that gives the proof. To check it, only the
public keys of the two nodes are needed.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from silkport.kernel.canonical import canonical_bytes
from silkport.kernel.errors import InvalidValue, NotFound, StoreDamaged
from silkport.kernel.exchange_errors import BatchMalformed
from silkport.kernel.merkle import inclusion_path, leaf_hash, verify_inclusion
from silkport.node.exchange.batch import (
    BATCH,
    RECEIPT,
    Head,
    Header,
    is_head_signed_by,
    read_header,
    signed_head,
)
from silkport.node.exchange.keys import key_id_of
from silkport.node.exchange.peers import current_key
from silkport.node.sovereign import Node
from silkport.node.state.contract import Transaction
from silkport.node.transparency import log

WHAT, VERSION = "silkport-proof", 1
DIRECTIONS = (log.SENT, log.RECEIVED)
FIELDS = frozenset("what version node peer direction seq message batch path receipt log".split())
LOG_FIELDS = frozenset("at index key path root signature size".split())
MAX_PROOF_BYTES = 16 * 1024 * 1024

Publics = Mapping[str, Collection[bytes]]
"""All public keys of each node, by its id: former ones as well."""


def prove_message(node: Node, direction: str, peer: str, seq: int) -> bytes:
    """The proof for one message, as canonical JSON.

    Args:
        direction: SENT or RECEIVED, as this node sees it.
    Raises NotFound when there is no such message, or nobody signed for it yet; InvalidValue for
    another direction.
    """
    if direction not in DIRECTIONS:
        reason = f"it is {' or '.join(DIRECTIONS)}"
        raise InvalidValue(what="the direction of a message", value=direction, reason=reason)
    return node.state.read(lambda tx: _prove(tx, node, direction, peer, seq))


def _prove(tx: Transaction, node: Node, direction: str, peer: str, seq: int) -> bytes:
    sent = direction == log.SENT
    row = tx.one("out_at" if sent else "in_at", peer, seq)
    if row is None or not row[0]:
        raise NotFound(what=f"message {seq} {direction}, peer {peer}")
    signed = tx.one("evidence_for", peer, "out" if sent else "in", seq)
    if signed is None or signed[0] > seq:
        raise NotFound(what=f"a receipt for message {seq} {direction}, peer {peer}")
    first, last, header, receipt = signed
    leaves = log.leaves_about(tx, direction, peer, first, last)
    if len(leaves) != last - first + 1:
        raise StoreDamaged(what="the batch", reason=f"messages {first} to {last} are incomplete")
    key, size = current_key(tx, node).key, log.current(tx)
    head = signed_head(node.id, size.size, size.root, node.now(), key)
    included = log.inclusion(tx, direction, peer, seq, size.size)
    return canonical_bytes(
        {
            "what": WHAT,
            "version": VERSION,
            "node": node.id,
            "peer": peer,
            "direction": direction,
            "seq": seq,
            "message": _shown(row[0]),
            "batch": json.loads(header),
            "path": [one.hex() for one in inclusion_path(seq - first, leaves)],
            "receipt": json.loads(receipt),
            "log": {
                "at": head.at,
                "index": included.index,
                "key": head.key_id,
                "path": [one.hex() for one in included.path],
                "root": head.root.hex(),
                "signature": head.signature.hex(),
                "size": head.size,
            },
        }
    )


def _shown(message: bytes) -> dict[str, str]:
    """A message in a proof: its text, or its bytes where they are none."""
    try:
        return {"text": message.decode()}
    except UnicodeDecodeError:
        return {"bytes": message.hex()}


class _Unusable(Exception):
    """A part of a proof that is not of its form; never leaves this module."""


def check_proof(document: bytes, publics: Publics) -> list[str]:
    """What is wrong with a proof; nothing when it proves what it says. Never raises.

    Args:
        publics: the keys of both nodes, from their cards or whoever vouches for them.
    """
    try:
        proof = _read(document)
        return list(_checked(proof, publics))
    except _Unusable as error:
        return [str(error)]
    except BatchMalformed as error:
        return [f"The batch or its receipt: {error.facts['reason']}."]


def _read(document: bytes) -> dict[str, Any]:
    try:
        proof = json.loads(document) if len(document) <= MAX_PROOF_BYTES else None
        sound = isinstance(proof, dict) and canonical_bytes(proof) == document
    except (ValueError, RecursionError, InvalidValue):
        proof, sound = None, False
    if not isinstance(proof, dict) or not sound:
        raise _Unusable("The document is no canonical JSON object.")
    if (proof.get("what"), _number(proof, "version")) != (WHAT, VERSION):
        raise _Unusable(f"The document is no {WHAT} of version {VERSION}.")
    if proof.keys() != FIELDS:
        raise _Unusable("The document has other fields.")
    return proof


def _checked(proof: dict[str, Any], publics: Publics) -> list[str]:
    node, peer, seq = _text(proof, "node"), _text(proof, "peer"), _number(proof, "seq")
    direction = proof["direction"]
    if direction not in DIRECTIONS:
        return ["The direction is neither sent nor received."]
    sender, receiver = (node, peer) if direction == log.SENT else (peer, node)
    batch = read_header(sender, _bytes_of(proof, "batch"), BATCH)
    receipt = read_header(receiver, _bytes_of(proof, "receipt"), RECEIPT)
    leaf = leaf_hash(_message(proof))
    wrong = []
    if (batch.sender, batch.receiver) != (sender, receiver):
        wrong.append("The batch is of other nodes.")
    if not batch.first <= seq <= batch.last:
        wrong.append("The batch does not have this number.")
    elif not verify_inclusion(
        leaf, seq - batch.first, batch.count, _hashes(proof, "path"), batch.root
    ):
        wrong.append("The message is not in the batch that was signed.")
    stated = (receipt.sender, receipt.receiver, receipt.first, receipt.count, receipt.root)
    if stated != (receiver, sender, batch.first, batch.count, batch.root):
        wrong.append("The receipt is for something else.")
    wrong += [
        f"The {name} is not signed by a key of {by}."
        for name, header, by in (("batch", batch, sender), ("receipt", receipt, receiver))
        if not _is_signed(header, publics.get(by, ()))
    ]
    return wrong + _log_faults(proof, leaf, publics.get(node, ()))


def _is_signed(header: Header, publics: Collection[bytes]) -> bool:
    """Whether one of the keys, the one that the header names, signed it."""
    return any(
        key_id_of(public) == header.key_id and header.is_signed_by(public) for public in publics
    )


def _log_faults(proof: dict[str, Any], leaf: bytes, publics: Collection[bytes]) -> list[str]:
    """What is wrong with the part on the log of the node that gives the proof."""
    part = proof["log"]
    if not isinstance(part, dict) or part.keys() != LOG_FIELDS:
        raise _Unusable("The part on the log has other fields.")
    root, signature = _hex(part, "root"), _hex(part, "signature")
    size, at = _number(part, "size"), _number(part, "at")
    head = Head(_text(proof, "node"), size, root, at, _text(part, "key"), signature)
    wrong = []
    named = [public for public in publics if key_id_of(public) == head.key_id]
    if not any(is_head_signed_by(head, public) for public in named):
        wrong.append(f"The head of the log is not signed by a key of {head.origin}.")
    if not verify_inclusion(leaf, _number(part, "index"), size, _hashes(part, "path"), root):
        wrong.append("The message is not in the log that was signed.")
    return wrong


def _message(proof: dict[str, Any]) -> bytes:
    shown = proof["message"]
    if isinstance(shown, dict) and shown.keys() == {"text"}:
        return _text(shown, "text").encode()
    if isinstance(shown, dict) and shown.keys() == {"bytes"}:
        return _hex(shown, "bytes")
    raise _Unusable("The message is missing.")


def _bytes_of(proof: dict[str, Any], name: str) -> bytes:
    return canonical_bytes(proof.get(name))


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str):
        raise _Unusable(f"{name} is no text.")
    return value


def _number(fields: dict[str, Any], name: str) -> int:
    value = fields.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise _Unusable(f"{name} is no number.")
    return value


def _hex(fields: dict[str, Any], name: str) -> bytes:
    return _from_hex(_text(fields, name), name)


def _hashes(fields: dict[str, Any], name: str) -> Sequence[bytes]:
    value = fields.get(name)
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise _Unusable(f"{name} is no list of hashes.")
    return [_from_hex(one, name) for one in value]


def _from_hex(text: str, name: str) -> bytes:
    try:
        value = bytes.fromhex(text)
    except ValueError:
        value = b""
    if value.hex() != text:
        raise _Unusable(f"{name} is no hexadecimal number in small letters.")
    return value
