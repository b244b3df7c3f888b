"""What reaches transports from elsewhere: the neighbour's messages, and decisions on houses.

Each is called within the transaction of its cause. It never raises for what a transport does not
allow: that is noted for the operator, so that a message takes effect and nothing is lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from silkport.courses.transport_checks import flagged, neighbour_flags, next_due
from silkport.courses.transport_given import By
from silkport.courses.transport_handling import discharged as transit_discharged
from silkport.kernel.errors import SilkportError
from silkport.model.transport import HouseKey, Phase, Role, Transport
from silkport.model.transport_acts import Arrive, Counted
from silkport.node.corridor.transports import (
    TRANSPORT,
    act_in,
    case_states,
    law_of,
    transports_of_house,
)
from silkport.node.dossiers import Act, Dossier, keep
from silkport.node.sovereign import Node, note
from silkport.node.state.contract import Transaction


def arrived(tx: Transaction, node: Node, peer: str, seq: int, body: Mapping[str, Any]) -> list[str]:
    """The neighbour says that a house arrived there (`arrival_notice`).

    Args:
        seq: number of the message; the same one told twice changes nothing.
    Returns: ids of the transports here that learned of it; those whose vehicle was named go first,
        and alone.
    """
    key = _key(body)
    found = [one for one in transports_of_house(tx, *key) if one.state.phase is not Phase.WITHDRAWN]
    named = [one for one in found if _is_on(one.state, str(body.get("vehicle", "")))]
    weighed = body.get("weighed_mass_mg")
    counted = Counted(
        waybill="", consignment_no=key[0], house_no=key[1], gross_mass_mg=weighed or 0
    )
    seals = str(body.get("seals", "")).split()
    facts = Arrive(
        happened_at=min(int(body["arrived_at"]), node.now()),
        place=str(body["post"]),
        act_no=f"{peer} {seq}",
        seals_found=tuple(seals) if seals else None,
        counted=() if weighed is None else (counted,),
    )
    told = []
    for one in named or found:
        try:
            act_in(tx, node, law_of(node), one.id, facts, By(Role.NEIGHBOUR, peer))
            told.append(one.id)
        except SilkportError as error:
            note(tx, node, peer, error)
    return told


def export_amended(
    tx: Transaction, node: Node, peer: str, seq: int, body: Mapping[str, Any]
) -> list[str]:
    """The neighbour amended or cancelled an export (`export_amended`): flags what is too late.

    Returns: ids of the transports that were flagged, each with who must act.
    """
    key = _key(body)
    declared = case_states(tx, *key)
    told = []
    for one in transports_of_house(tx, *key):
        if one.state.phase is Phase.WITHDRAWN:
            continue
        fresh = flagged(one.state, neighbour_flags(one.state, body, declared), node.now())
        if fresh != one.state:
            facts = {"act": str(body["act"]), "seq": seq}
            _keep(tx, node, one, fresh, Act("export_amended", "neighbour", peer, "", facts))
            told.append(one.id)
    return told


def withdrawn(tx: Transaction, node: Node, house: HouseKey, declaration_no: str) -> list[str]:
    """An export declared here was cancelled after its release: who has the goods must act."""
    body = {
        "consignment_no": house[0],
        "house_no": house[1],
        "act": "cancelled",
        "declaration_no": declaration_no,
        "amended_at": node.now(),
    }
    return export_amended(tx, node, node.id, 0, body)


def discharged(
    tx: Transaction, node: Node, house: HouseKey, declaration_no: str, *, who: str, reason: str
) -> list[str]:
    """The office of destination has ended a transit: its transports learn that it frees nothing.

    Returns: ids of those whose transit ended with it.
    """
    told = []
    for one in transports_of_house(tx, *house):
        anew = transit_discharged(one.state, house, declaration_no, node.now())
        if anew != one.state and anew.phase is not Phase.WITHDRAWN:
            act = Act("end_transit", "officer", who, reason, {"declaration_no": declaration_no})
            keep(tx, node, TRANSPORT, one.id, anew, act, due_at=next_due(anew))
            told.append(one.id)
    return told


def released(tx: Transaction, node: Node, house: HouseKey) -> list[str]:
    """A declaration of a house was released: the transports that carry it learn of it.

    What may leave is asked when somebody wants to leave. Returns: ids of those transports.
    """
    told = []
    for one in transports_of_house(tx, *house):
        if one.state.phase in (Phase.WITHDRAWN, Phase.CLOSED):
            continue
        facts = {"consignment_no": house[0], "house_no": house[1]}
        _keep(tx, node, one, one.state, Act("house_released", "node", node.id, "", facts))
        told.append(one.id)
    return told


def parts_of_house(tx: Transaction, consignment_no: str, house_no: str) -> dict[str, int]:
    """Packages and mass of a house over all transports: declared, and what acts found missing."""
    sums = {"packages": 0, "gross_mass_mg": 0, "missing_packages": 0, "missing_mass_mg": 0}
    for transport in transports_of_house(tx, consignment_no, house_no):
        if transport.state.phase is Phase.WITHDRAWN:
            continue
        for house in transport.state.houses:
            if house.key == (consignment_no, house_no):
                for name in sums:
                    sums[name] += getattr(house, name)
    return sums


def _key(body: Mapping[str, Any]) -> HouseKey:
    return str(body["consignment_no"]), str(body.get("house_no", ""))


def _is_on(transport: Transport, vehicle: str) -> bool:
    """Whether a text names the vehicle, a wagon or a container of a transport."""
    numbers = {transport.tractor, transport.trailer, transport.train}
    numbers |= {one.number for one in transport.units}
    words = {*vehicle.split(), vehicle}
    return bool((numbers - {""}) & words) or (bool(vehicle) and vehicle == transport.vehicle)


def _keep(
    tx: Transaction, node: Node, before: Dossier[Transport], state: Transport, told: Act
) -> None:
    keep(tx, node, TRANSPORT, before.id, state, told, due_at=before.due_at)
