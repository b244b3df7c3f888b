"""Grants: an exporter lets an importer read what he described, field by field, and takes it back.

A grant travels as a message of its own (`exporter_grant`), apart from what authorities tell each
other, and becomes the trader's copy in the importer's node.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from silkport.filings.granting import (
    GRANTABLE,
    description_of,
    granted_body,
    granted_names,
    usual_fields,
)
from silkport.kernel.errors import NotFound, SilkportError
from silkport.kernel.exchange_errors import MessageMalformed
from silkport.kernel.filing_errors import FieldNotTyped, GrantInvalid
from silkport.model.columns import MISSING
from silkport.model.description import Description
from silkport.model.prepared import ConsignmentFile, Grant, Side
from silkport.model.states import Actor
from silkport.node.corridor.consignment_files import (
    CONSIGNMENT,
    NODE,
    File,
    described_id,
    granted_id,
    links_of,
    waiting,
)
from silkport.node.corridor.firms import person_in
from silkport.node.dossiers import NEVER, Act, dossier_of, due, find_dossier, keep
from silkport.node.exchange.outbox import Outgoing, queue
from silkport.node.exchange.peers import peers
from silkport.node.sovereign import Node, note
from silkport.node.state.contract import Transaction
from silkport.node.workflow.telling import country_of

KIND = "exporter_grant"
GRANTED, REVOKED = "granted", "revoked"
NEIGHBOUR = "neighbour"
DAY_MS = 86_400_000
USUAL_DAYS = 90
"""How long a grant holds unless the exporter says otherwise: practice of this project."""


def grant(
    node: Node,
    consignment_no: str,
    house_no: str,
    *,
    who: str,
    fields: Sequence[str] = (),
    prices: bool = False,
    days: int = USUAL_DAYS,
    peer: str = "",
) -> Grant:
    """Lets the importer of a house read fields of it, and sends them to his node.

    Args:
        fields: names of fields of `exporter_grant`; else all but prices.
        prices: with all fields, prices too.
        days: how long it holds from now.
        peer: the importer's node; else that of his country.
    Raises NotFound, FieldNotTyped, GrantInvalid, and as `outbox.queue` does.
    """
    wrong = next((one for one in fields if one not in GRANTABLE), "")
    if wrong:
        reason = "no such field can be granted; see 'silkport consignment grant --fields'"
        raise FieldNotTyped(field=wrong[:60], filing="a grant", value="granted", reason=reason)
    chosen = tuple(fields) or usual_fields(prices=prices)
    return node.state.write(
        lambda tx: _grant(tx, node, (consignment_no, house_no), chosen, (days, peer, who))
    )


def _grant(
    tx: Transaction,
    node: Node,
    house: tuple[str, str],
    fields: tuple[str, ...],
    about: tuple[int, str, str],
) -> Grant:
    (consignment_no, house_no), (days, peer, who) = house, about
    found = dossier_of(tx, CONSIGNMENT, described_id(consignment_no))
    place = found.state.description.house(house_no)
    if place is None:
        raise NotFound(what=f"house {house_no} of {consignment_no}")
    importer = found.state.description.importer_of(place[1])
    number = f"{consignment_no}/{house_no}/{len(found.state.grants) + 1}"
    if not importer.own_code:
        reason = "the description has no number of the importer in his own country to name"
        raise GrantInvalid(grant=number, reason=reason)
    now = node.now()
    made = Grant(
        grant_no=number,
        house_no=house_no,
        peer=peer or _node_of(tx, node, importer.country, number),
        importer_code=importer.own_code,
        fields=fields,
        granted_at=now,
        valid_until=now + days * DAY_MS,
    )
    tell(tx, node, found.state, made, GRANTED)
    facts = {"grant": number, "fields": list(fields), "valid_until": made.valid_until}
    act = Act("grant", Actor.DECLARANT.value, who, facts=facts)
    _keep_grant(tx, node, found, made, act)
    return made


def _node_of(tx: Transaction, node: Node, country: str, number: str) -> str:
    """The node of a country. Raises GrantInvalid unless there is just one."""
    some = [
        one.id
        for one in peers(tx)
        if one.administration != node.administration and country_of(one.administration) == country
    ]
    if len(some) != 1:
        reason = f"{len(some)} peers are of {country or 'no country'}; name the node"
        raise GrantInvalid(grant=number, reason=reason)
    return some[0]


def tell(tx: Transaction, node: Node, state: ConsignmentFile, made: Grant, act: str) -> None:
    """Queues a grant, or its end, for the importer's node; the end carries no field."""
    body: dict[str, Any] = {
        "consignment_no": state.consignment_no,
        "house_no": made.house_no,
        "grant_no": made.grant_no,
        "act": act,
        "version": state.version,
        "granted_at": made.granted_at,
        "valid_until": made.valid_until,
        "importer_code": made.importer_code,
    }
    place = state.description.house(made.house_no)
    if act == GRANTED and place is not None:
        body |= granted_body(state.description, place, made.fields)
    queue(tx, node, made.peer, [Outgoing(KIND, body)])


def _keep_grant(tx: Transaction, node: Node, found: File, made: Grant, act: Act) -> File:
    grants = {**found.state.grants, made.grant_no: made}
    state = msgspec.structs.replace(found.state, grants=grants)
    return keep(tx, node, CONSIGNMENT, found.id, state, act)


def revoke(node: Node, consignment_no: str, grant_no: str, *, who: str, reason: str = "") -> Grant:
    """Takes a grant back: what the importer has not filed he may no longer use.

    An older grant that stands is told again: his node keeps what the newest one told alone.
    Raises NotFound, GrantInvalid when it no longer stands.
    """

    def work(tx: Transaction) -> Grant:
        found = dossier_of(tx, CONSIGNMENT, described_id(consignment_no))
        known = found.state.grants.get(grant_no)
        if known is None:
            raise NotFound(what=f"grant {grant_no}")
        if known.revoked_at != MISSING:
            raise GrantInvalid(grant=grant_no, reason="it was taken back before")
        done = msgspec.structs.replace(known, revoked_at=node.now())
        tell(tx, node, found.state, done, REVOKED)
        act = Act("revoke", Actor.DECLARANT.value, who, reason, {"grant": grant_no})
        kept = _keep_grant(tx, node, found, done, act)
        _tell_some(tx, node, kept.state, _standing_like(kept.state, done, node.now())[-1:])
        return done

    return node.state.write(work)


def _standing_like(state: ConsignmentFile, other: Grant, at: int) -> list[Grant]:
    """The grants that stand and lead to the same copy as another, the newest last."""
    copy = (other.peer, other.house_no, other.importer_code)
    some = [one for one in state.grants.values() if one.holds(at)]
    some = [one for one in some if (one.peer, one.house_no, one.importer_code) == copy]
    return sorted(some, key=lambda one: one.granted_at)  # those of one moment stay in their order


def tell_again(tx: Transaction, node: Node, state: ConsignmentFile) -> tuple[str, ...]:
    """Sends a new version under every grant that stands; gives their numbers.

    What may not be sent any more stays home and is noted.
    """
    return _tell_some(
        tx, node, state, [one for one in state.grants.values() if one.holds(node.now())]
    )


def _tell_some(
    tx: Transaction, node: Node, state: ConsignmentFile, some: Iterable[Grant]
) -> tuple[str, ...]:
    sent = []
    for one in some:
        try:
            tell(tx, node, state, one, GRANTED)
        except SilkportError as error:
            note(tx, node, one.peer, error)
        else:
            sent.append(one.grant_no)
    return tuple(sent)


def grant_received(tx: Transaction, node: Node, peer: str, body: Mapping[str, Any]) -> None:
    """What a grant, or its end, does in the importer's node: the trader's copy comes or goes.

    Called by the effect of `exporter_grant`, form and legal basis checked. An older version than
    the one that is here changes nothing.
    Raises MessageMalformed, GrantInvalid; nothing was written then.
    """
    identity = granted_id(peer, str(body["consignment_no"]), str(body.get("house_no", "")))
    found = find_dossier(tx, CONSIGNMENT, identity)
    if body["act"] == REVOKED:
        _take_back(tx, node, peer, found, body)
        return
    if body["act"] != GRANTED:
        raise MessageMalformed(peer=peer, reason="its act is neither granted nor revoked")
    try:
        description = description_of(body)
    except SilkportError as error:
        raise MessageMalformed(peer=peer, reason=str(error)) from None
    if role := person_in(description):
        raise MessageMalformed(peer=peer, reason=f"the {role} of its consignment is a person")
    own = found.state if found else None
    if own is not None and body["version"] < own.version:
        return
    _demand_same(own, description, body)
    state = ConsignmentFile(
        side=Side.IMPORTER,
        consignment_no=str(body["consignment_no"]),
        version=int(body["version"]),
        description=description,
        peer=peer,
        grants={str(body["grant_no"]): _grant_in(peer, body)},
        filings=own.filings if own else {},
    )
    facts = {"grant": body["grant_no"], "version": body["version"]}
    act = Act(GRANTED, NEIGHBOUR, peer, facts=facts)
    due_at = int(body["valid_until"])
    links = waiting(state, NODE)
    keep(tx, node, CONSIGNMENT, identity, state, act, links=links, due_at=due_at)


def _demand_same(own: ConsignmentFile | None, new: Description, body: Mapping[str, Any]) -> None:
    """Refuses a grant of another exporter under the number of one that is here, or to another."""
    if own is None or not own.description.exporter.own_code:
        return
    number = str(body["grant_no"])
    if new.exporter.own_code != own.description.exporter.own_code:
        raise GrantInvalid(grant=number, reason="the copy that is here is of another exporter")
    named = {one.importer_code for one in own.grants.values()}
    if named != {str(body["importer_code"])}:
        raise GrantInvalid(grant=number, reason="the copy that is here was granted to another")


def _grant_in(peer: str, body: Mapping[str, Any]) -> Grant:
    return Grant(
        grant_no=str(body["grant_no"]),
        house_no=str(body.get("house_no", "")),
        peer=peer,
        importer_code=str(body["importer_code"]),
        fields=granted_names(body),
        granted_at=int(body["granted_at"]),
        valid_until=int(body["valid_until"]),
    )


def _take_back(
    tx: Transaction, node: Node, peer: str, found: File | None, body: Mapping[str, Any]
) -> None:
    """The copy goes; what was filed from it is the importer's own statement and stays."""
    number = str(body["grant_no"])
    if found is None or number not in found.state.grants:
        return
    known = found.state.grants[number]
    if known.revoked_at == MISSING:
        ended = msgspec.structs.replace(known, revoked_at=node.now())
        act = Act(REVOKED, NEIGHBOUR, peer, facts={"grant": number})
        _without_copy(tx, node, found, ended, act)


def _without_copy(tx: Transaction, node: Node, found: File, ended: Grant, act: Act) -> None:
    state = msgspec.structs.replace(
        found.state,
        description=Description(consignment_no=found.state.consignment_no),
        grants={ended.grant_no: ended},
        filings={key: one for key, one in found.state.filings.items() if one.filed_id},
    )
    keep(tx, node, CONSIGNMENT, found.id, state, act, links=links_of(state), due_at=NEVER)


def expire(node: Node) -> int:
    """Lets copies go whose grants are over, at most a page; gives how many. For the look-out."""

    def work(tx: Transaction) -> int:
        some = due(tx, CONSIGNMENT, node.now())
        for found in some:
            for one in found.state.grants.values():
                act = Act("expire", Actor.TIME.value, node.id, facts={"grant": one.grant_no})
                _without_copy(tx, node, found, one, act)
        return len(some)

    return node.state.write(work)
