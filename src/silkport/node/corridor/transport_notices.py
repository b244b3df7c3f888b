"""Arrivals are told to the administrations over whose land goods came: house by house.

An officer's word alone is told, with the seals as he found them and what was weighed. While seals
or masses differ, nothing is told of what they are about: an officer settles that first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from silkport.kernel.errors import SilkportError
from silkport.model.decoding import converted
from silkport.model.messages import BY_NAME
from silkport.model.transport import Flag, House, HouseKey, Master, Phase, Role, Stop, Transport
from silkport.model.transport_acts import Arrive, Counted, Present
from silkport.model.transport_rules import MASS_DIFFERS, SEAL_DIFFERS
from silkport.node.exchange.outbox import Outgoing, queue
from silkport.node.exchange.peers import Peer, peers
from silkport.node.sovereign import Node, note
from silkport.node.state.contract import Transaction
from silkport.node.workflow.telling import country_of

ARRIVAL = "arrival_notice"
ON_ARRIVAL = frozenset({MASS_DIFFERS, SEAL_DIFFERS})
"""What makes an arrival differ from what set out."""

_AT_POST = (Phase.ARRIVED, Phase.PRESENTED)
_LEAVING = ("depart", "exit")


@dataclass(frozen=True, slots=True)
class _Seen:
    """What officers saw since the transport came, as far as they looked.

    Attributes:
        looked: how many of their acts said that it is here.
    """

    looked: int
    seals: tuple[str, ...] | None
    counted: tuple[Counted, ...]


def tell_arrival(
    tx: Transaction, node: Node, transport: Transport, past: Sequence[Mapping[str, Any]]
) -> int:
    """Queues a notice for each house to the peers on its way; gives how many were queued.

    What the register does not allow stays home and is noted. Who presents what an officer saw
    arrive, and looks at no seal, tells nothing new.

    Args:
        past: the records of all its acts; the last is what an officer has just done.
    """
    last, seen = past[-1], _seen(past)
    nothing_new = last["event"] == "present" and seen.looked > 1
    if not node.competence & BY_NAME[ARRIVAL].senders or not seen.looked:
        return 0
    if nothing_new and last["facts"].get("seals_found") is None:
        return 0
    told = 0
    abroad = [one for one in peers(tx) if one.administration != node.administration]
    for peer in abroad:
        bodies = list(_bodies(tx, node, transport, seen, (peer, abroad)))
        try:
            if bodies:
                queue(tx, node, peer.id, [Outgoing(ARRIVAL, one) for one in bodies])
                told += len(bodies)
        except SilkportError as error:
            note(tx, node, peer.id, error)
    return told


def _seen(past: Sequence[Mapping[str, Any]]) -> _Seen:
    looked, seals, counted = 0, None, tuple[Counted, ...]()
    for record in reversed(past):
        if record["event"] in _LEAVING:
            break
        if record["event"] not in {"arrive", "present"} or record["by"] != Role.OFFICER:
            continue
        looked += 1
        facts = converted(record["facts"], Arrive | Present)
        seals = facts.seals_found if seals is None else seals
        counted = counted or (facts.counted if isinstance(facts, Arrive) else ())
    return _Seen(looked, seals, counted)


def _bodies(
    tx: Transaction,
    node: Node,
    transport: Transport,
    seen: _Seen,
    to: tuple[Peer, Sequence[Peer]],
) -> Iterator[dict[str, object]]:
    stop = _arrival(transport)
    against = [one for one in transport.open_flags if one.rule in ON_ARRIVAL]
    if stop is None:
        return
    longest = {one.name: one.longest for one in BY_NAME[ARRIVAL].fields}
    shared: dict[str, object] = {
        "post": (stop.place or node.id)[: longest["post"]],
        "arrived_at": stop.at,
        "vehicle": transport.vehicle[: longest["vehicle"]],
    }
    if seen.seals is not None and len(text := " ".join(seen.seals)) <= longest["seals"]:
        shared["seals"] = text
    for key, waybills in _arrived(tx, node, transport, to).items():
        if not _is_held(against, key):
            weighed = _weighed(seen.counted, key, waybills)
            body = {**shared, "consignment_no": key[0], "house_no": key[1]}
            yield body if weighed is None else body | {"weighed_mass_mg": weighed}


def _arrival(transport: Transport) -> Stop | None:
    """The last stop at a post."""
    stops = (one for one in reversed(transport.track) if one.event not in _LEAVING)
    return next(stops, None)


def _is_held(against: Sequence[Flag], key: HouseKey) -> bool:
    return any(one.key in {None, key} for one in against)


def _arrived(
    tx: Transaction, node: Node, transport: Transport, to: tuple[Peer, Sequence[Peer]]
) -> dict[HouseKey, set[str]]:
    """The houses that came to the last post over the land of a peer, with their waybills here.

    What was unloaded came as well, unless the transport has gone on to another post since.
    """
    events = [one.event for one in transport.track]
    here = events.index("arrive") if "arrive" in events else 0
    has_gone_on = "depart" in events[here:]
    found: dict[HouseKey, set[str]] = {}
    for master in transport.masters:
        for house in master.houses:
            came = not house.stored_at or (transport.phase in _AT_POST and not has_gone_on)
            if came and _is_on_the_way(tx, node, master, house, to):
                found.setdefault(house.key, set()).add(master.waybill)
    return found


def _is_on_the_way(
    tx: Transaction, node: Node, master: Master, house: House, to: tuple[Peer, Sequence[Peer]]
) -> bool:
    """Whether goods that come from elsewhere came over the land of a peer.

    That is where they began, and whoever spoke of the house. Where no peer is where they began,
    they came over the land of some neighbour: each that is not their destination.
    """
    peer, abroad = to
    country, start = country_of(peer.administration), master.departure_country
    if country in {"", master.destination_country} or start == country_of(node.administration):
        return False
    if start == country:
        return True
    if start and start not in {country_of(one.administration) for one in abroad}:
        return True
    about = {"consignment_no": house.consignment_no, "house_no": house.house_no}
    return any(
        row[0] == peer.id for row in tx.rows("said_about", BY_NAME[ARRIVAL].matter_of(about))
    )


def _weighed(counted: Sequence[Counted], key: HouseKey, waybills: set[str]) -> int | None:
    """The mass of a house, where all of it that is here was weighed."""
    own = {one.waybill: one.gross_mass_mg for one in counted if one.key == key}
    if not own or min(own.values()) < 0 or not ("" in own or waybills <= own.keys()):
        return None
    return own[""] if "" in own else sum(own[one] for one in waybills)
