"""What a neighbour says reaches the declarations here that it is about."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec

from silkport.kernel.exchange_errors import MessageMalformed
from silkport.kernel.merkle import leaf_hash
from silkport.kernel.periods import day_number
from silkport.model.states import Actor, State
from silkport.node.sovereign import Node
from silkport.node.state.contract import Transaction
from silkport.node.transparency import log


def neighbour_said(
    tx: Transaction, node: Node, peer: str, kind: str, seq: int, body: Mapping[str, Any]
) -> None:
    """Notes with every declaration here of the same house that the neighbour spoke of it."""
    house = (str(body["consignment_no"]), str(body.get("house_no", "")))
    for identity, state in tx.rows("declarations_of_house", *house):
        if state == State.DRAFT:
            continue
        record = {
            "at": node.now(),
            "by": Actor.NODE.value,
            "decision": "",
            "document": "",
            "event": "neighbour",
            "from": state,
            "id": identity,
            "reason": f"{kind} {seq}",
            "to": state,
            "who": peer,
        }
        row = tx.one("event_count", identity)
        n = int(row[0]) + 1 if row else 1
        content = msgspec.json.encode(record, order="sorted")
        tx.run("add_event", identity, n, content)
        log.append(tx, log.EVENT, identity, n, [leaf_hash(content)])


def answer_query(tx: Transaction, body: Mapping[str, Any], country: str) -> dict[str, object]:
    """Counts of what was registered here in a period, from or to a country; of no single one."""
    days = []
    for name in ("first_day", "last_day"):
        try:
            days.append(day_number(date.fromisoformat(str(body[name]))))
        except ValueError:
            raise MessageMalformed(peer="the asker", reason=f"{name} is no day") from None
    row = tx.one("counted_days", country, str(body["direction"]), *days)
    assert row is not None, "a count always gives a row"
    return {
        "query_no": body["query_no"],
        "declarations": row[0],
        "released": row[1],
        "gross_mass_mg": min(row[2], 2**53 - 1),
    }
