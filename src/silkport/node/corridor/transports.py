"""Transports as the node keeps them: announced, acted on, found by house, waybill and vehicle.

What an act leads to is worked out in `courses/transport.py`; here state, act and leaf are kept in
one transaction, and what is only seen beside other transports is flagged with all of them. Drivers
and natural persons are kept as pseudonyms, the same as in declarations. What other rooms and the
exchange call: `transport_news.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from silkport.courses import transport as course
from silkport.courses.transport_checks import flagged, next_due, overdue_flags, together_flags
from silkport.courses.transport_given import Acted, By, Declarations, Given, TransportLaw
from silkport.courses.transport_leaving import Leaving, may_leave
from silkport.kernel.ids import pseudonyms
from silkport.kernel.periods import day_of
from silkport.model.messages import Competence
from silkport.model.parties import Deed
from silkport.model.transport import (
    Declared,
    House,
    HouseKey,
    Master,
    Phase,
    Role,
    Transport,
)
from silkport.model.transport_acts import (
    Arrive,
    ChangeTractor,
    Close,
    Depart,
    Exit,
    Facts,
    Load,
    Present,
    Settle,
    Split,
    Transload,
)
from silkport.model.transport_rules import PARTS_EXCEED, TWO_MASTERS, TWO_TRANSPORTS
from silkport.node.corridor.parties import demand_named
from silkport.node.corridor.transport_notices import ON_ARRIVAL, tell_arrival
from silkport.node.corridor.transport_waking import wake_houses
from silkport.node.dossiers import (
    Act,
    Dossier,
    DossierKind,
    acts,
    dossier_of,
    due,
    find_dossier,
    keep,
    linked,
)
from silkport.node.law.books import country_code, law_edition
from silkport.node.law.calendars import timetable
from silkport.node.sovereign import Node
from silkport.node.state.contract import Transaction
from silkport.node.workflow.cases import find_case
from silkport.node.workflow.people import PREFIX, personal_fields

TRANSPORT = DossierKind("transport", Transport)
"""How a transport is kept."""

DEEDS_OF = {
    Role.CARRIER: (Deed.CARRY,),
    Role.DECLARANT: (Deed.PRESENT,),
    Role.KEEPER: (Deed.STORE,),
    Role.OFFICER: (Deed.DECIDE, Deed.LET_THROUGH),
}
"""By role in which something is told of a transport: as what who tells it may be registered."""

TOLERANCE = "transport_mass_tolerance"
AT_POSTS = frozenset({Competence.CUSTOMS, Competence.CHECKPOINT})
"""Who may let officers act."""

_TOGETHER = (TWO_MASTERS, TWO_TRANSPORTS, PARTS_EXCEED)
_ASKS_RELEASE = (Close, Depart, Exit, Split)


def law_of(node: Node, home: Path | None = None) -> TransportLaw:
    """What the law of the node's administration says today. Raises ParamNotInForce, LawError."""
    law = law_edition(node.administration, home).book.law
    time = timetable(node.administration, home).calendar.time
    value = law.at(TOLERANCE, day_of(time.day_at(node.now()))).value
    assert isinstance(value, int), "a share is a number"
    return TransportLaw(country_code(node.administration), value)


def announce(node: Node, law: TransportLaw, announced: Transport, by: By) -> Dossier[Transport]:
    """A transport is announced, or again before it goes; durable when it returns.

    Raises ActNotAllowed, LimitExceeded, NoRole.
    """
    return node.state.write(lambda tx: announce_in(tx, node, law, announced, by))


def announce_in(
    tx: Transaction, node: Node, law: TransportLaw, announced: Transport, by: By
) -> Dossier[Transport]:
    """As `announce`, within a transaction."""
    for acting in (by.who, announced.carrier):
        demand_named(tx, node, acting, Deed.CARRY)
    before = find_dossier(tx, TRANSPORT, announced.id)
    plain = _without_persons(node, announced)
    acted = course.announce(plain, before.state if before else None, Given(by, node.now(), law))
    if acted.repeated and before is not None:
        return before
    act = Act("announce", by.role.value, by.who, by.reason)
    return _kept_together(tx, node, acted.transport, act)


def act(node: Node, law: TransportLaw, identity: str, facts: Facts, by: By) -> Dossier[Transport]:
    """Something is done with a transport; durable when it returns.

    Raises NotFound, NotCompetent, ActNotAllowed, LimitExceeded, NoRole.
    """
    return node.state.write(lambda tx: act_in(tx, node, law, identity, facts, by))


def act_in(
    tx: Transaction, node: Node, law: TransportLaw, identity: str, facts: Facts, by: By
) -> Dossier[Transport]:
    """As `act`, within a transaction. An act that was told before keeps nothing."""
    if by.role is Role.OFFICER:
        node.demand(AT_POSTS, facts.event)
    if deeds := DEEDS_OF.get(by.role):
        demand_named(tx, node, by.who, *deeds)
    now = dossier_of(tx, TRANSPORT, identity)
    facts = _without_persons(node, facts)
    other = dossier_of(tx, TRANSPORT, facts.to) if isinstance(facts, Transload) else None
    declared = declared_of(tx, now.state) if isinstance(facts, _ASKS_RELEASE) else {}
    lot = _free_lot(tx, now.state) if isinstance(facts, Split) else 0
    given = Given(by, node.now(), law, declared, other.state if other else None, lot)
    acted = course.act(now.state, facts, given)
    if acted.repeated:
        return now
    told = Act(facts.event, by.role.value, by.who, by.reason, msgspec.to_builtins(facts))
    if isinstance(facts, Load):
        kept = _kept_together(tx, node, acted.transport, told)
    else:
        kept = _kept(tx, node, acted.transport, told)
    _keep_other(tx, node, acted, told)
    if isinstance(facts, Settle) and facts.rule in _TOGETHER:
        _settle_beside(tx, node, law, kept.state, (facts, by))
    judged = isinstance(facts, Settle) and facts.rule in ON_ARRIVAL
    if by.role is Role.OFFICER and (judged or isinstance(facts, Arrive | Present)):
        tell_arrival(tx, node, kept.state, acts(tx, TRANSPORT, identity))
    return kept


def _free_lot(tx: Transaction, now: Transport) -> int:
    """The next number under which nobody has announced a transport of his own."""
    number = now.lots + 1
    while find_dossier(tx, TRANSPORT, f"{now.id}/{number}") is not None:
        number += 1
    return number


def leaving_of(tx: Transaction, identity: str, country: str = "") -> Leaving:
    """What of a transport may leave a country now. Raises NotFound."""
    found = dossier_of(tx, TRANSPORT, identity).state
    return may_leave(found, declared_of(tx, found), country=country)


def pass_time(node: Node) -> int:
    """Flags transits whose term is over by now, at most a page; gives how many transports."""
    return node.state.write(partial(_pass_time, node=node))


def _pass_time(tx: Transaction, node: Node) -> int:
    found = due(tx, TRANSPORT, node.now())
    for one in found:
        late = flagged(one.state, overdue_flags(one.state, node.now()), node.now())
        _kept(tx, node, late, Act("transit_overdue", "time", node.id))
    return len(found)


def declared_of(tx: Transaction, transport: Transport) -> Declarations:
    """What was declared here of the houses of a transport."""
    return {key: case_states(tx, *key) for key in dict.fromkeys(h.key for h in transport.houses)}


def case_states(tx: Transaction, consignment_no: str, house_no: str) -> Sequence[Declared]:
    """The declarations of a house that the node keeps, with their states."""
    rows = tx.rows("declarations_of_house", consignment_no, house_no)
    cases = (find_case(tx, identity) for identity, _ in rows)
    return [
        Declared(house_no=one.house_no, direction=one.direction, state=one.state.value)
        for one in cases
        if one is not None
    ]


def houses_of(tx: Transaction, transport: str) -> list[HouseKey]:
    """The houses that a transport answers for, each once. Raises NotFound."""
    found = dossier_of(tx, TRANSPORT, transport).state
    return list(dict.fromkeys(one.key for one in found.houses))


def transports_of_house(
    tx: Transaction, consignment_no: str, house_no: str
) -> list[Dossier[Transport]]:
    """The transports that carry a house or part of it, also one where it is not named by itself.

    Without a number of the house, all that carry something of the consignment.
    """
    if not house_no:
        return linked(tx, TRANSPORT, "consignment", consignment_no)
    found = {
        one.id: one
        for name in (house_no, "")
        for one in linked(tx, TRANSPORT, "house", house_link((consignment_no, name)))
    }
    return [found[name] for name in sorted(found)]


def transports_of_waybill(tx: Transaction, waybill: str) -> list[Dossier[Transport]]:
    """The transports on which a waybill travels or travelled."""
    return linked(tx, TRANSPORT, "master", waybill)


def transports_of_vehicle(tx: Transaction, number: str) -> list[Dossier[Transport]]:
    """The transports of a plate, a wagon, a container or a train."""
    return linked(tx, TRANSPORT, "vehicle", number)


def house_link(key: HouseKey) -> str:
    """How a house is linked: both numbers, apart by a character that neither has."""
    return "\x1f".join(key)


def links_of(transport: Transport) -> dict[str, list[str]]:
    """By what a transport is found."""
    vehicle = [transport.tractor, transport.trailer, transport.train]
    vehicle += [one.number for one in transport.units]
    return {
        "house": [house_link(one.key) for one in transport.houses],
        "consignment": [one.consignment_no for one in transport.houses],
        "master": [one.waybill for one in transport.masters],
        "vehicle": [one for one in vehicle if one],
    }


def _kept(tx: Transaction, node: Node, state: Transport, told: Act) -> Dossier[Transport]:
    due_at = next_due(state)
    wake_houses(tx, state)
    return keep(tx, node, TRANSPORT, state.id, state, told, links=links_of(state), due_at=due_at)


def _kept_together(tx: Transaction, node: Node, state: Transport, told: Act) -> Dossier[Transport]:
    """Keeps it with what is seen beside the others, and flags those as well."""
    others = _beside(tx, state)
    flags = together_flags(state, [one.state for one in others.values()])
    kept = _kept(tx, node, flagged(state, flags, node.now()), told)
    for one in others.values():
        if one.state.phase is Phase.WITHDRAWN:
            continue
        keys = {house.key for house in one.state.houses}
        waybills = {master.waybill for master in one.state.masters}
        shared = [f for f in flags if f.key in keys or (f.key is None and f.about in waybills)]
        anew = flagged(one.state, shared, node.now())
        if anew != one.state:
            _kept(tx, node, anew, Act("flag", "node", node.id, f"beside {state.id}"))
    return kept


def _beside(tx: Transaction, state: Transport) -> dict[str, Dossier[Transport]]:
    """The other transports of the same houses or waybills, by id."""
    found: dict[str, Dossier[Transport]] = {}
    for key in dict.fromkeys(one.key for one in state.houses):
        found |= {one.id: one for one in linked(tx, TRANSPORT, "house", house_link(key))}
    for master in state.masters:
        found |= {one.id: one for one in transports_of_waybill(tx, master.waybill)}
    return {name: one for name, one in found.items() if name != state.id}


def _keep_other(tx: Transaction, node: Node, acted: Acted, told: Act) -> None:
    """The transport that took the goods over, or the lot that was split off."""
    if acted.other is None:
        return
    event = "split_off" if told.event == "split" else "receive"
    facts = {"from": acted.transport.id}
    _kept(tx, node, acted.other, Act(event, told.by, told.who, told.reason, facts))


def _settle_beside(
    tx: Transaction, node: Node, law: TransportLaw, own: Transport, settled: tuple[Settle, By]
) -> None:
    """What two transports have to do with each other is settled with both."""
    facts, by = settled
    for one in _beside(tx, own).values():
        if any((f.rule, f.about) == (facts.rule, facts.about) for f in one.state.open_flags):
            acted = course.act(one.state, replace(facts, act_no=""), Given(by, node.now(), law))
            told = Act(facts.event, by.role.value, by.who, by.reason, {"beside": own.id})
            _kept(tx, node, acted.transport, told)


# Persons.


def _without_persons(node: Node, said: Any) -> Any:
    """The same with pseudonyms for drivers, and for owners and declarants that are no firms."""
    if isinstance(said, Transport | Load):
        masters = tuple(_master(node, one) for one in said.masters)
        said = replace(said, masters=masters)
    if isinstance(said, Transport | ChangeTractor):
        said = replace(said, driver=_pseudonym(node, said.driver))
    return said


def _master(node: Node, master: Master) -> Master:
    return replace(master, houses=tuple(_house(node, one) for one in master.houses))


def _house(node: Node, house: House) -> House:
    named: Mapping[str, int | str] = {
        "consignor_code": house.owner,
        "consignee_code": house.declarant,
    }
    hidden = personal_fields(named)
    owner = _pseudonym(node, house.owner) if "consignor_code" in hidden else house.owner
    by = house.declarant
    declarant = _pseudonym(node, by) if "consignee_code" in hidden else by
    return replace(house, owner=owner, declarant=declarant)


def _pseudonym(node: Node, person: str) -> str:
    if not person or person.startswith(PREFIX):
        return person
    return PREFIX + pseudonyms(node.pseudonym_key, (person,))[0]
