"""What reaches transports from elsewhere: the neighbour's messages, and decisions on houses.

Each is called within the transaction of its cause. It never raises for what a transport does not
allow: that is noted for the operator, so that a message takes effect and nothing is lost.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from msgspec.structs import replace

from silkport.courses.transport_checks import (
    differs,
    flagged,
    is_meant,
    neighbour_flags,
    next_due,
    seal_flags,
)
from silkport.courses.transport_given import By, TransportLaw
from silkport.courses.transport_handling import counted_flags
from silkport.courses.transport_handling import discharged as transit_discharged
from silkport.kernel.errors import SilkportError
from silkport.kernel.limits import MAX_ACTS
from silkport.model.states import State
from silkport.model.transport import Flag, HouseKey, Phase, Role, Transport
from silkport.model.transport_acts import Arrive, Counted
from silkport.model.transport_rules import MASS_DIFFERS, SEAL_DIFFERS
from silkport.node.corridor.transport_notices import ON_ARRIVAL
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
from silkport.node.workflow.cases import find_case


def arrived(tx: Transaction, node: Node, peer: str, seq: int, body: Mapping[str, Any]) -> list[str]:
    """The neighbour says that a house arrived there (`arrival_notice`).

    Args:
        seq: number of the message; the same one told twice changes nothing.
    Returns: ids of the transports here that learned of it; those whose vehicle was named go first,
        and alone.
    """
    facts = Arrive(
        happened_at=min(int(body["arrived_at"]), node.now()),
        place=str(body["post"]),
        act_no=f"{peer} {seq}",
        seals_found=_seals(body),
        counted=_weighed(body),
    )
    told = []
    for one in _meant(tx, body):
        try:
            act_in(tx, node, law_of(node), one.id, facts, By(Role.NEIGHBOUR, peer))
            told.append(one.id)
        except SilkportError as error:
            note(tx, node, peer, error)
    return told


def _meant(tx: Transaction, body: Mapping[str, Any]) -> list[Dossier[Transport]]:
    """The transports that a notice of arrival is about."""
    found = transports_of_house(tx, *_key(body))
    found = [one for one in found if one.state.phase is not Phase.WITHDRAWN]
    return [one for one in found if _is_on(one.state, str(body.get("vehicle", "")))] or found


def _seals(body: Mapping[str, Any]) -> tuple[str, ...] | None:
    return tuple(str(body["seals"]).split()) if "seals" in body else None


def _weighed(body: Mapping[str, Any]) -> tuple[Counted, ...]:
    (consignment_no, house_no), mass = _key(body), body.get("weighed_mass_mg")
    one = Counted(waybill="", consignment_no=consignment_no, house_no=house_no)
    return () if mass is None else (replace(one, gross_mass_mg=int(mass)),)


def arrived_otherwise(
    tx: Transaction, node: Node, told: Collection[str], body: Mapping[str, Any]
) -> str:
    """How seals or masses on arrival contradict what set out; "" when nobody found that.

    What a transport here could not take as news is compared with it all the same. What no transport
    can be compared with is compared with the declarations of the house; without any it differs, so
    that an officer looks.

    Args:
        told: the transports that took the news.
    """
    key, seals, weighed = _key(body), _seals(body), _weighed(body)
    known = _meant(tx, body)
    flags: list[Flag] = []
    for one in known:
        if one.id in told:
            flags += [f for f in one.state.open_flags if f.key in {None, key}]
        else:
            flags += seal_flags(one.state, seals, node.now())
            flags += counted_flags(one.state, weighed, _law(node), node.now())
    said = [
        f"{flag.rule} {flag.found}, expected {flag.expected}"
        for flag in flags
        if flag.rule in ON_ARRIVAL
    ]
    if seals and not known:
        said.append(f"{SEAL_DIFFERS} {' '.join(seals)}, and no transport is known here")
    if weighed and not any(is_meant(h, key) for one in known for h in one.state.aboard):
        said += _other_mass(tx, node, key, weighed[0].gross_mass_mg)
    return "; ".join(said)


def _law(node: Node) -> TransportLaw:
    """The law of the day; where it cannot be had no mass may differ at all."""
    try:
        return law_of(node)
    except SilkportError:
        return TransportLaw("", 0)


def _other_mass(tx: Transaction, node: Node, key: HouseKey, weighed_mg: int) -> list[str]:
    """A mass against what was declared of the house."""
    rows = tx.rows("declarations_of_house", *key)
    cases = [one for identity, _ in rows if (one := find_case(tx, identity)) is not None]
    masses = {
        one.gross_mass_mg
        for one in cases
        if one.house_no == key[1] and one.state is not State.WITHDRAWN
    }
    tolerance = _law(node).mass_tolerance_ppm
    if masses and not any(
        differs(
            found_mg=weighed_mg, expected_mg=one, weighed_mg=weighed_mg, tolerance_ppm=tolerance
        )
        for one in masses
    ):
        return []
    declared = ", ".join(f"{one} mg" for one in sorted(masses)) or "nothing"
    return [f"{MASS_DIFFERS} {weighed_mg} mg, declared {declared}"]


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

    What may leave is asked when somebody wants to leave; of very many houses the last releases
    leave no act, so that there is room for what is done with the transport itself.
    Returns: ids of those transports.
    """
    told = []
    for one in transports_of_house(tx, *house):
        if one.state.phase in (Phase.WITHDRAWN, Phase.CLOSED):
            continue
        if one.version < MAX_ACTS // 2:
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
