"""What the neighbour is told of a declaration: the fields of a message from those declared.

All that the message has is filled in; the register of the pair decides what of it leaves.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from silkport.kernel.errors import SilkportError, UnknownAdministration
from silkport.model.columns import AMOUNT_SCALE
from silkport.model.messages import BY_NAME
from silkport.model.states import State
from silkport.node.exchange.outbox import Outgoing, queue
from silkport.node.exchange.peers import peers
from silkport.node.law.books import country_code
from silkport.node.sovereign import Node, note
from silkport.node.state.contract import Transaction
from silkport.node.workflow.people import PREFIX

if TYPE_CHECKING:
    from silkport.node.workflow.cases import Case

_SAME = frozenset(
    "consignment_no house_no transport_document transport_mode vehicle container_count "
    "consignor_name consignee_name departure_country destination_country procedure office "
    "border_office gross_mass_mg pack_count currency incoterms".split()
)
"""Fields that are called in messages as they are in declarations."""

_GOODS = {
    "gnum": "gnum",
    "hs_code": "hs_code",
    "goods_name": "description",
    "origin": "origin",
    "gross_mass_mg": "gross_mass_mg",
    "net_mass_mg": "net_mass_mg",
    "qty_e5": "qty_e5",
    "unit": "unit",
}


def tell(
    tx: Transaction, node: Node, side: str, kind: str, body: Mapping[str, object]
) -> list[str]:
    """Queues a message for all peers of a country; gives those for whom it was.

    What may not be sent stays home and is noted, no more.
    """
    told = []
    for peer in peers(tx):
        if peer.administration == node.administration or side != country_of(peer.administration):
            continue
        try:
            queue(tx, node, peer.id, [Outgoing(kind, body)])
        except SilkportError as error:
            note(tx, node, peer.id, error)
        else:
            told.append(peer.id)
    return told


def announcement(kind: str, case: Case, *, at: int, state: str) -> dict[str, object]:
    """The body of a message about what happened to a case at a moment, and the state since."""
    declared = case.document["declaration"]
    wanted = {one.name for one in BY_NAME[kind].fields}
    body: dict[str, object] = {
        name: value for name, value in declared.items() if name in _SAME and _is_stated(value)
    }
    total = declared.get("invoice_total_e5", -1)
    if total >= 0:
        body["invoice_total"] = amount_text(total)
    body |= {
        "declaration_no": case.number,
        "released_at": at,
        "amended_at": at,
        "decided_at": at,
        "registered_at": case.registered_at,
        "decision": state,
        "act": "cancelled" if state == State.WITHDRAWN else "amended",
        "goods": [_line(one) for one in case.document["goods"]],
    }
    return {name: value for name, value in body.items() if name in wanted}


def _line(goods: Mapping[str, Any]) -> dict[str, object]:
    line: dict[str, object] = {
        told: goods[name]
        for name, told in _GOODS.items()
        if name in goods and _is_stated(goods[name])
    }
    if goods.get("total_e5", -1) >= 0:
        line["total"] = amount_text(goods["total_e5"])
    return line


def _is_stated(value: object) -> bool:
    """Neither absent nor the name of a person, which never leaves."""
    if isinstance(value, str):
        return value != "" and not value.startswith(PREFIX)
    return isinstance(value, int) and value >= 0


def amount_text(amount_e5: int) -> str:
    """An amount in hundred-thousandths as an exact decimal: "12.5"."""
    whole, rest = divmod(amount_e5, AMOUNT_SCALE)
    return f"{whole}.{rest:05d}".rstrip("0").rstrip(".")


@lru_cache(maxsize=1_000)
def country_of(administration: str) -> str:
    """ISO alpha-2 of an administration's country; "" for one whose data is not here."""
    try:
        return country_code(administration)
    except UnknownAdministration:
        return ""
