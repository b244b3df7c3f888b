"""What a neighbour says reaches the declarations here that it is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from silkport.courses.grounds import UNLIKE, flag_of
from silkport.kernel.exchange_errors import MessageMalformed
from silkport.kernel.ids import as_key
from silkport.kernel.periods import day_number
from silkport.model.states import RELEASED_STATES, Actor, State
from silkport.node.law.books import law_edition
from silkport.node.sovereign import Node
from silkport.node.state.contract import Transaction
from silkport.node.workflow.awaiting import add_flag, flag_case, of_house, wake
from silkport.node.workflow.cases import Case, append_events, find_case
from silkport.node.workflow.house_known import EXPORT_RELEASED, beside, unlike

NEIGHBOUR = "neighbour"
_OVER = frozenset({State.DRAFT, State.REGISTRATION_REFUSED, State.REFUSED, State.WITHDRAWN})


def neighbour_said(
    tx: Transaction, node: Node, peer: str, kind: str, seq: int, body: Mapping[str, Any]
) -> None:
    """Notes with every declaration here of the same house that the neighbour spoke of it."""
    house = (str(body["consignment_no"]), str(body.get("house_no", "")))
    for identity, state in tx.rows("declarations_of_house", *house):
        if state == State.DRAFT:
            continue
        append_events(tx, identity, [_record(node, identity, state, peer, f"{kind} {seq}")])
        if kind == EXPORT_RELEASED and state in RELEASED_STATES:
            _compare(tx, node, identity, f"{peer} {kind} {seq}", body)
    if kind == EXPORT_RELEASED:
        wake(tx, of_house(as_key(*house)))


def _compare(
    tx: Transaction, node: Node, identity: str, cause: str, body: Mapping[str, Any]
) -> None:
    """An export told only after the import was released: what differs is flagged for an officer."""
    case = find_case(tx, identity)
    if case is None or case.direction == "export":
        return
    known = beside(tx, law_edition(node.administration).book.law, case)
    if unlike(replace(known, said=body)):
        flag_case(tx, node, case, UNLIKE, cause)


def export_changed(
    tx: Transaction, node: Node, peer: str, seq: int, body: Mapping[str, Any]
) -> list[str]:
    """Flags every import and transit here of a house whose export was amended or cancelled.

    One that is not released is held by it, until it is declared anew or an officer decides; one
    that is, stays flagged until an officer has dealt with it. Gives the cases that were flagged.
    """
    house = (str(body["consignment_no"]), str(body.get("house_no", "")))
    told = []
    for identity, state in tx.rows("declarations_of_house", *house):
        case = find_case(tx, identity)
        if case is None or case.direction == "export" or state in _OVER:
            continue
        add_flag(tx, node, case.id, as_key(*house), flag_of(peer, seq, body, node.now()))
        told.append(case.id)
    return told


def told_late(tx: Transaction, node: Node, peer: str, case: Case, kind: str, reason: str) -> None:
    """Notes with a declaration that a neighbour was told of it later than it happened."""
    record = _record(node, case.id, case.state, node.id, reason)
    append_events(tx, case.id, [record | {"tells": kind, "told": [peer]}])


def _record(node: Node, identity: str, state: str, who: str, reason: str) -> dict[str, Any]:
    return {
        "at": node.now(),
        "by": Actor.NODE.value,
        "decision": "",
        "document": "",
        "event": NEIGHBOUR,
        "from": state,
        "id": identity,
        "reason": reason,
        "to": state,
        "who": who,
    }


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
