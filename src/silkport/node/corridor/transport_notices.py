"""Arrivals are told to the administration from which the goods came: house by house."""

from __future__ import annotations

from silkport.kernel.errors import SilkportError
from silkport.model.messages import BY_NAME
from silkport.model.transport import Transport
from silkport.node.exchange.outbox import Outgoing, queue
from silkport.node.exchange.peers import peers
from silkport.node.sovereign import Node, note
from silkport.node.state.contract import Transaction
from silkport.node.workflow.telling import country_of

ARRIVAL = "arrival_notice"


def tell_arrival(tx: Transaction, node: Node, transport: Transport) -> int:
    """Queues a notice for each house aboard to the peers of its country of departure.

    What the register does not allow stays home and is noted. Gives how many messages were queued.
    """
    kind = BY_NAME[ARRIVAL]
    if not node.competence & kind.senders or not transport.track:
        return 0
    told = 0
    for peer in peers(tx):
        if peer.administration == node.administration:
            continue
        bodies = _bodies(node, transport, country_of(peer.administration))
        try:
            if bodies:
                queue(tx, node, peer.id, [Outgoing(ARRIVAL, one) for one in bodies])
                told += len(bodies)
        except SilkportError as error:
            note(tx, node, peer.id, error)
    return told


def _bodies(node: Node, transport: Transport, country: str) -> list[dict[str, object]]:
    stop = transport.track[-1]
    longest = {one.name: one.longest for one in BY_NAME[ARRIVAL].fields}
    shared: dict[str, object] = {
        "post": (stop.place or node.id)[: longest["post"]],
        "arrived_at": stop.at,
        "vehicle": transport.vehicle[: longest["vehicle"]],
    }
    seals = " ".join(one.number for one in transport.seals)
    if seals and len(seals) <= longest["seals"]:
        shared["seals"] = seals
    return [
        {**shared, "consignment_no": house.consignment_no, "house_no": house.house_no}
        for master in transport.masters
        if master.departure_country == country
        for house in master.houses
        if not house.stored_at
    ]
