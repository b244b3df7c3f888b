"""What a logged content says, against the columns beside it and the rows that follow from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from silkport.kernel.ids import pseudonyms
from silkport.model.messages import BY_CODE, MessageKind
from silkport.node.exchange.outbox import moment_text
from silkport.node.sovereign import Node
from silkport.node.state.contract import Row, Transaction
from silkport.node.transparency.faults import Faults
from silkport.node.transparency.log import ACT, DISCLOSED, EVENT, SENT
from silkport.node.transparency.removed import is_removed


def demand_meaning(
    tx: Transaction, node: Node, kind: str, about: str, row: Row, faults: Faults
) -> None:
    """Compares a content that is as it was logged with what is stored of it elsewhere.

    Args:
        row: its number, its content, its leaf, and the other columns of its table.
    """
    name = f"{about} {row[0]}"
    if kind == SENT:
        _sent(tx, node, about, row, faults)
    elif kind == DISCLOSED:
        record = decoded(row[1])
        if (record.get("peer"), record.get("seq")) != (about, row[0]):
            faults.add("disclosure", name, "its record is of another message")
        for party in set(record.get("parties", {}).values()):
            if tx.one("audit_party", party, about, row[0]) is None:
                text = "it is not there; the disclosure names this party"
                faults.add("disclosed_party", f"{party} {name}", text)
    elif kind == EVENT and decoded(row[1]).get("id") != about:
        faults.add("event", name, "its record is of another declaration")
    elif kind == ACT:
        record = decoded(row[1])
        if (record.get("about"), record.get("n")) != (about, row[0]):
            faults.add("act", name, "its record is of another dossier or number")


def _sent(tx: Transaction, node: Node, peer: str, row: Row, faults: Faults) -> None:
    """A message that was sent: its columns, and the record of what it discloses."""
    seq, content, _, kind_name, about, at = row
    name, message = f"{peer} {seq}", decoded(content)
    if (message.get("from"), message.get("to"), message.get("seq")) != (node.id, peer, seq):
        faults.add("outbox", name, "its message states other parties or another number")
    if message.get("EDocDateTime") != moment_text(at):
        faults.add("outbox", name, "its moment is not that of its message")
    kind, body = kind_and_body(message)
    if kind is None:
        return
    if (kind_name, about) != (kind.name, kind.matter_of(body)):
        faults.add("outbox", name, "its kind or matter is not that of its message")
    parties = parties_of(kind, body, node.pseudonym_key)
    found = tx.one("disclosure_of", peer, seq)
    if found is None or (not found[0] and is_removed(tx, DISCLOSED, peer, seq)):
        if parties and found is None:
            faults.add("disclosure", name, "it is not there; the message names a party")
        return
    record = decoded(found[0])
    said = (record.get("kind"), record.get("parties"), record.get("fields"))
    if said != (kind.name, parties, sorted(body)):
        faults.add("disclosure", name, "it says something else than the message discloses")


def kind_and_body(message: Mapping[str, Any]) -> tuple[MessageKind | None, dict[str, Any]]:
    """The kind of a stored message, None for one that this edition does not know; its fields."""
    code, version, body = message.get("EDocCode"), message.get("version"), message.get("body")
    if isinstance(code, str) and isinstance(version, int) and isinstance(body, dict):
        return BY_CODE.get((code, version)), body
    return None, {}


def parties_of(kind: MessageKind, body: dict[str, Any], key: bytes) -> dict[str, str]:
    """The pseudonym of each party that a body names, by field."""
    fields = [one.name for one in kind.fields if one.names_party and body.get(one.name)]
    named = {name: str(body[name]) for name in fields}
    return dict(zip(named, pseudonyms(key, named.values()), strict=True))


def decoded(content: bytes) -> dict[str, Any]:
    """A stored object; empty when the bytes are none."""
    try:
        value = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
