"""The register of legal bases that counsel signed; without it nothing leaves and nothing counts."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from silkport.kernel.canonical import canonical_bytes
from silkport.kernel.errors import InvalidValue
from silkport.kernel.exchange_errors import RegisterUnsigned
from silkport.law.register import Register, read_register
from silkport.model.messages import Competence, MessageKind
from silkport.node.exchange.keys import SigningKey, verify
from silkport.node.exchange.peers import meta
from silkport.node.sovereign import Node
from silkport.node.state.contract import Row, Transaction

REGISTER = "register"
COUNSEL = "counsel"
REGISTERS_AT_HAND = 64


@dataclass(frozen=True, slots=True)
class SignedRegister:
    """A register with who signed it and when."""

    register: Register
    counsel: str
    signed_at: int


def pair_of(one: str, other: str) -> str:
    """Two administrations as the name of their pair: the first letters first."""
    return "_".join(sorted((one, other)))


def sign_register(
    tx: Transaction, node: Node, pair: str, content: str, counsel: SigningKey
) -> Register:
    """Puts a register in force with counsel's signature.

    Raises LawError for a register that does not load, InvalidValue when the key is not that of
    the counsel whom this node was made with, or the register is of another pair.
    """
    register = read_register(content)
    if "_".join(register.pair) != pair:
        reason = f"it is the register of {'_'.join(register.pair)}"
        raise InvalidValue(what="a register", value=pair, reason=reason)
    if counsel.public.hex() != meta(tx, COUNSEL):
        reason = "it is not the key of this node's counsel"
        raise InvalidValue(what="a counsel's key", value=counsel.key_id, reason=reason)
    at = node.now()
    signature = counsel.sign(REGISTER, _signed_bytes(pair, content, at))
    signed = canonical_bytes({"at": at, "signature": signature.hex()})
    tx.run("set_register", pair, content, signed, at)
    return register


def register_with(tx: Transaction, node: Node, administration: str) -> Register:
    """The register in force with another administration. Raises RegisterUnsigned."""
    return signed_with(tx, node, administration).register


def signed_with(tx: Transaction, node: Node, administration: str) -> SignedRegister:
    """The same with who signed it and when. Raises RegisterUnsigned."""
    pair = pair_of(node.administration, administration)
    row = tx.one("register", pair)
    if row is None:
        raise RegisterUnsigned(pair=pair)
    return _verified(pair, row[0], row[1], meta(tx, COUNSEL))


@lru_cache(maxsize=REGISTERS_AT_HAND)
def _verified(pair: str, content: str, signed: bytes, counsel: str) -> SignedRegister:
    try:
        fields = json.loads(signed)
        signature = bytes.fromhex(fields["signature"])
        message = _signed_bytes(pair, content, fields["at"])
        public = bytes.fromhex(counsel)
    except (ValueError, TypeError, KeyError, RecursionError, InvalidValue):
        raise RegisterUnsigned(pair=pair) from None
    if not verify(public, REGISTER, message, signature):
        raise RegisterUnsigned(pair=pair)
    return SignedRegister(read_register(content), counsel, fields["at"])


def acting_as(
    register: Register,
    kind: MessageKind,
    competence: frozenset[Competence],
    sender: str,
    receiver: str,
    day: date,
) -> Competence | None:
    """In which of its competences a node sends a kind: the first that the register allows."""
    entitled = sorted(competence & kind.senders)
    for one in entitled:
        if not register.sendable(kind, sender, receiver, day, competence=one):
            return one
    return entitled[0] if entitled else None


def signed_registers(tx: Transaction) -> dict[str, SignedRegister]:
    """All registers in force, by pair. Raises RegisterUnsigned when one was changed."""
    counsel = meta(tx, COUNSEL)
    return {
        pair: _verified(pair, content, signed, counsel)
        for pair, content, signed, _ in tx.rows("registers")
    }


def demand_signed(tx: Transaction, row: Row) -> None:
    """Raises RegisterUnsigned unless a row of the table is as counsel signed it."""
    pair, content, signed, since = row
    if _verified(pair, content, signed, meta(tx, COUNSEL)).signed_at != since:
        raise RegisterUnsigned(pair=pair)


def _signed_bytes(pair: str, content: str, at: int) -> bytes:
    return canonical_bytes({"at": at, "content": content, "pair": pair})
