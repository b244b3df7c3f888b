"""What was told to whom about a party: every message that names it, with legal basis and proof."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from silkport.kernel.exchange_errors import RegisterUnsigned
from silkport.kernel.ids import pseudonym
from silkport.law.bases import Basis
from silkport.node.exchange.batch import RECEIPT, read_header
from silkport.node.exchange.peers import peer_of
from silkport.node.exchange.registers import register_with
from silkport.node.sovereign import Node
from silkport.node.state.contract import Transaction
from silkport.node.transparency import log
from silkport.node.transparency.contents import decoded


@dataclass(frozen=True, slots=True)
class Ground:
    """A legal basis on which something was told.

    Attributes:
        act, article, purpose, source: as the register of the pair has them today; empty where
            the register no longer has this basis.
        start, stop: first day, and first day on which it no longer counts.
    """

    id: str
    act: str = ""
    article: str = ""
    purpose: str = ""
    source: str = ""
    confidence: str = ""
    start: date | None = None
    stop: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosure:
    """One message that names a party.

    Attributes:
        peer, seq: to whom, and its number; what `prove_message` takes.
        named_as: the fields that name the party, such as consignor_name.
        told: every field that was told with it; `withheld` those that stayed home.
        at: moment it was queued, milliseconds since 1970-01-01T00:00Z.
        batch: first and last number of the batch it left in; None before there is a receipt.
        received_at: the moment that the peer's receipt states; None before there is one.
        index, size: its record is leaf `index` of the log of `size` leaves.
    """

    peer: str
    seq: int
    kind: str
    named_as: tuple[str, ...]
    told: tuple[str, ...]
    withheld: tuple[str, ...]
    grounds: tuple[Ground, ...]
    at: int
    batch: tuple[int, int] | None
    received_at: int | None
    index: int
    size: int


def disclosed(node: Node, about: str, peer: str = "") -> list[Disclosure]:
    """What was told about a party, in the order of the peers and of the messages.

    Args:
        about: its name as it was declared; case and surrounding spaces do not matter.
        peer: to whom; everybody when empty.
    Raises UnknownPeer when there is no such peer.
    """
    return node.state.read(lambda tx: _disclosed(tx, node, about, peer))


def _disclosed(tx: Transaction, node: Node, about: str, peer: str) -> list[Disclosure]:
    if peer:
        peer_of(tx, peer)
    party = pseudonym(node.pseudonym_key, about)
    if not party:
        return []
    size = log.current(tx).size
    grounds: dict[str, Mapping[str, Basis]] = {}
    found = []
    for to, seq, content in tx.rows("disclosures_about", party, peer):
        if to not in grounds:
            grounds[to] = _grounds(tx, node, to)
        record = decoded(content)
        batch, received_at = _receipt(tx, to, seq)
        parties: Mapping[str, str] = record["parties"]
        found.append(
            Disclosure(
                peer=to,
                seq=seq,
                kind=record["kind"],
                named_as=tuple(sorted(name for name, one in parties.items() if one == party)),
                told=tuple(record["fields"]),
                withheld=tuple(record["withheld"]),
                grounds=_named(record["bases"], grounds[to]),
                at=record["at"],
                batch=batch,
                received_at=received_at,
                index=log.index_of(tx, log.DISCLOSED, to, seq),
                size=size,
            )
        )
    return found


def _grounds(tx: Transaction, node: Node, peer: str) -> Mapping[str, Basis]:
    """The legal bases of the register with a peer, by id; none where none is in force."""
    try:
        register = register_with(tx, node, peer_of(tx, peer).administration)
    except RegisterUnsigned:
        return {}
    return {one.id: one for one in register.bases()}


def _named(ids: Sequence[str], bases: Mapping[str, Basis]) -> tuple[Ground, ...]:
    return tuple(
        Ground(
            id=one,
            act=basis.act,
            article=basis.article,
            purpose=basis.purpose,
            source=basis.source,
            confidence=basis.confidence,
            start=basis.start,
            stop=basis.stop,
        )
        if (basis := bases.get(one))
        else Ground(one)
        for one in ids
    )


def _receipt(tx: Transaction, peer: str, seq: int) -> tuple[tuple[int, int] | None, int | None]:
    """The batch a message left in, and when the peer says it received it."""
    row = tx.one("evidence_for", peer, "out", seq)
    if row is None or row[0] > seq:
        return None, None
    return (row[0], row[1]), read_header(peer, row[3], RECEIPT).at
