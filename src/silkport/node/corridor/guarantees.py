"""The guarantee of a transit: reserved when goods set out, free again when they arrive.

It is freed once, by the neighbour's word on the arrival or by the office of destination, whichever
comes first. What did not arrive in time is noted; only an officer claims it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec

from silkport.kernel.exchange_errors import StepNotAllowed
from silkport.kernel.findings import Finding
from silkport.law.compiled import Law
from silkport.model.balances import Drawing, Transit, shown
from silkport.node.corridor import transport_news
from silkport.node.corridor.balances import DRAWING, NODE, Ledger
from silkport.node.corridor.reserving import (
    CUSTOMS,
    OFFICER,
    Security,
    claim_from,
    let_free,
    reserve,
    reserved_of,
)
from silkport.node.dossiers import dossier_of, every_linked
from silkport.node.sovereign import Node, note
from silkport.node.state.contract import Transaction
from silkport.node.workflow.cases import find_case


def matter_of(case_id: str) -> str:
    """Under what the guarantee of a transit declaration is kept."""
    return f"transit {case_id}"


def transit_days(law: Law, day: date, distance_km: int, *, by_rail: bool) -> int:
    """The days that the law gives a transit: so many kilometres a month, by rail not below a least.

    Args:
        day: on which it sets out.
    Raises ParamNotInForce where the law of the administration says nothing.
    """
    a_month = int(law.at("transit_km_per_month", day).value)
    days = int(law.at("transit_month_days", day).value)
    needed = -(-max(distance_km, 1) * days // a_month)
    return max(needed, int(law.at("transit_rail_days_min", day).value)) if by_rail else needed


def reserve_for_transit(
    tx: Transaction, node: Node, case_id: str, security: Security, transit: Transit
) -> list[Finding]:
    """Sets what a transit has of a guarantee; the same again changes nothing.

    Args:
        security: `amount` is what would be owed were the goods to stay.
        transit: what is under way, until when, and whose word on the arrival counts.
    Returns nothing, or the finding that says why it is not secured: it must not set out then.
    Raises StepNotAllowed once it has been claimed.
    """
    ledger = Ledger.of(tx, node, matter_of(case_id))
    if ledger.drawing.settled:
        raise StepNotAllowed(what=case_id, state="claimed", event="reserve_for_transit")
    found = reserve(ledger, case_id, security, "transit")
    if not found:
        ledger.replace(transit=transit)
        ledger.finish("reserve")
    return found


def arrived(
    tx: Transaction,
    node: Node,
    peer: str,
    seq: int,
    body: Mapping[str, Any],
    *,
    differs: str = "",
) -> list[str]:
    """What a neighbour's arrival notice does: it frees the guarantee of what it names, once.

    A notice that names a house speaks of that house; one that names none speaks of transits of
    the whole consignment.

    Args:
        differs: how the goods arrived otherwise than declared, in the words of whoever compared
            seals and masses; then nothing is freed and an officer decides.
    Returns the cases that were freed.
    """
    house = str(body.get("house_no", ""))
    freed = []
    for found in every_linked(tx, DRAWING, "consignment", str(body["consignment_no"])):
        transit = found.state.transit
        if transit is None or transit.house_no != house or transit.towards not in ("", peer):
            continue
        if differs:
            _differs(tx, node, found.state, transit, f"{peer} {seq}: {differs}")
        elif not transit.differs and _free(
            tx, node, found.id, f"arrival {peer} {seq}", by=NODE, who=peer
        ):
            freed.append(transit.case)
    return freed


def discharge(tx: Transaction, node: Node, case_id: str, *, who: str, reason: str = "") -> bool:
    """Lets the office of destination end a transit; False when it was ended before.

    From then on its declaration lets no transport go on either. Raises NotFound, NotCompetent.
    """
    node.demand(CUSTOMS, "ending a transit")
    transit = dossier_of(tx, DRAWING, matter_of(case_id)).state.transit
    if transit is not None:
        case, house = find_case(tx, case_id), (transit.consignment_no, transit.house_no)
        number = case.number if case else case_id
        transport_news.discharged(tx, node, house, number, who=who, reason=reason or "discharge")
    return _free(tx, node, matter_of(case_id), "discharge", by=OFFICER, who=who, reason=reason)


def let_go(tx: Transaction, node: Node, case_id: str, why: str) -> bool:
    """Frees what a transit has that does not set out: refused or withdrawn. Again it is nothing."""
    return _free(tx, node, matter_of(case_id), why, by=NODE, who=node.id)


def claim(tx: Transaction, node: Node, case_id: str, amount: int, *, who: str, reason: str) -> None:
    """Lets an officer claim the guarantee of a transit that is overdue or arrived otherwise.

    Args:
        amount: minor units; what is claimed less than is reserved stays reserved.
    Raises StepNotAllowed before that and for more than is reserved, NotFound, NotCompetent.
    """
    node.demand(CUSTOMS, "claiming a guarantee")
    found = dossier_of(tx, DRAWING, matter_of(case_id))
    transit = found.state.transit
    assert transit is not None, "a guarantee is reserved for a transit"
    if not (transit.overdue or transit.differs):
        raise StepNotAllowed(what=case_id, state="under way and in time", event="claim")
    ledger = Ledger.of(tx, node, found.id)
    claim_from(ledger, case_id, amount, settled=True, who=who, reason=reason)


def _differs(tx: Transaction, node: Node, drawing: Drawing, transit: Transit, how: str) -> None:
    """Keeps that an arrival contradicts the declaration; told once to whoever must decide."""
    if not reserved_of(drawing) or transit.differs:
        return
    ledger = Ledger.of(tx, node, drawing.matter)
    ledger.replace(transit=msgspec.structs.replace(transit, differs=how))
    ledger.finish("arrive_otherwise", reason=how)
    secured = sum(reserved_of(drawing).values())
    unit = drawing.entries[-1].unit
    state = f"arrived otherwise than declared with {shown(secured, unit)} reserved ({how})"
    note(tx, node, "", StepNotAllowed(what=transit.case, state=state, event="free"))


def _free(
    tx: Transaction, node: Node, matter: str, cause: str, *, by: str, who: str, reason: str = ""
) -> bool:
    """Frees all that a transit has reserved; False when nothing is."""
    return let_free(Ledger.of(tx, node, matter), cause, "arrive", by=by, who=who, reason=reason)
