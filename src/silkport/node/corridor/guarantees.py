"""The guarantee of a transit: reserved when goods set out, free again when they arrive.

It is freed once, by the neighbour's word on the arrival or by the office of destination, whichever
comes first. What did not arrive in time is noted; only an officer claims it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec

from silkport.courses.balance import all_held
from silkport.courses.write_off import NO_GUARANTEE, Take, Want, finding, plan, short
from silkport.kernel.exchange_errors import StepNotAllowed, TermMissed
from silkport.kernel.findings import Finding
from silkport.law.compiled import Law
from silkport.model.balances import Balance, BalanceKind, Drawing, Transit, balance_id, shown
from silkport.model.messages import Competence
from silkport.node.corridor import transport_news
from silkport.node.corridor.balances import DRAWING, NODE, Ledger, holder_name
from silkport.node.dossiers import Dossier, dossier_of, linked
from silkport.node.sovereign import Node, note
from silkport.node.state.contract import Transaction
from silkport.node.workflow.cases import find_case

_CUSTOMS = frozenset({Competence.CUSTOMS})
_DAY_MS = 86_400_000
_TIME, _OFFICER = "time", "officer"


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
    tx: Transaction,
    node: Node,
    case_id: str,
    guarantee_no: str,
    amount: int,
    *,
    currency: str,
    principal: str,
    transit: Transit,
    day: int,
) -> list[Finding]:
    """Sets what a transit has of a guarantee; the same again changes nothing.

    Args:
        amount: what would be owed were the goods to stay, in minor units.
        principal: who answers for the transit, by national number or pseudonym.
        transit: what is under way, until when, and whose word on the arrival counts.
        day: legal day, days since 1970-01-01.
    Returns nothing, or the finding that says why it is not secured: it must not set out then.
    Raises StepNotAllowed once it has been claimed.
    """
    ledger = Ledger.of(tx, node, matter_of(case_id))
    if ledger.drawing.settled:
        raise StepNotAllowed(what=case_id, state="claimed", event="reserve_for_transit")
    own = ledger.has(BalanceKind.GUARANTEE)
    balance = ledger.find(balance_id(BalanceKind.GUARANTEE, guarantee_no))
    if balance is None or not _may_use(balance, holder_name(node, principal), currency, day):
        facts = {"permit": guarantee_no, "currency": currency}
        return [finding(NO_GUARANTEE, case_id, 0, facts)]
    want = Want(0, (Take(balance.id, currency, amount),))
    targets, missing = plan({balance.id: ledger.free(balance.id, own, day)}, [want])
    if missing:
        return [short(missing[0], case_id, balance.number, balance.source)]
    ledger.replace(transit=transit)
    ledger.set_to(own, targets, "transit", day)
    ledger.finish("reserve")
    return []


def _may_use(balance: Balance, principal: str, currency: str, day: int) -> bool:
    is_his = balance.holder in ("", principal)
    return is_his and balance.unit == currency and balance.in_force(day)


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
    for found in linked(tx, DRAWING, "consignment", str(body["consignment_no"])):
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
    node.demand(_CUSTOMS, "ending a transit")
    transit = dossier_of(tx, DRAWING, matter_of(case_id)).state.transit
    if transit is not None:
        case, house = find_case(tx, case_id), (transit.consignment_no, transit.house_no)
        number = case.number if case else case_id
        transport_news.discharged(tx, node, house, number, who=who, reason=reason or "discharge")
    return _free(tx, node, matter_of(case_id), "discharge", by=_OFFICER, who=who, reason=reason)


def let_go(tx: Transaction, node: Node, case_id: str, why: str) -> bool:
    """Frees what a transit has that does not set out: refused or withdrawn. Again it is nothing."""
    return _free(tx, node, matter_of(case_id), why, by=NODE, who=node.id)


def overdue(tx: Transaction, node: Node, matter: str) -> None:
    """Notes that a transit did not arrive in time, which is so by now. Raises StoreDamaged."""
    transit = dossier_of(tx, DRAWING, matter).state.transit
    assert transit is not None, "only transits are due"
    if transit.overdue:
        return
    ledger = Ledger.of(tx, node, matter)
    ledger.replace(transit=msgspec.structs.replace(transit, overdue=True))
    ledger.finish("overdue", by=_TIME)
    note(tx, node, "", TermMissed(what=transit.case, term="transit"))


def claim(tx: Transaction, node: Node, case_id: str, amount: int, *, who: str, reason: str) -> None:
    """Lets an officer claim the guarantee of a transit that is overdue or arrived otherwise.

    Args:
        amount: minor units; what is claimed less than is reserved stays reserved.
    Raises StepNotAllowed before that and for more than is reserved, NotFound, NotCompetent.
    """
    node.demand(_CUSTOMS, "claiming a guarantee")
    found = dossier_of(tx, DRAWING, matter_of(case_id))
    transit = found.state.transit
    assert transit is not None, "a guarantee is reserved for a transit"
    if not (transit.overdue or transit.differs):
        raise StepNotAllowed(what=case_id, state="under way and in time", event="claim")
    has = _reserved(found.state)
    place = next(iter(has), None)
    if place is None or not 0 < amount <= has[place]:
        state = "without a reserved guarantee of that amount"
        raise StepNotAllowed(what=case_id, state=state, event="claim")
    ledger = Ledger.of(tx, node, found.id)
    identity, line = place
    cause = f"claim {ledger.drawing.round + 1}"
    ledger.enter("use", identity, amount, cause, line=line, day=_day(found))
    ledger.replace(round=ledger.drawing.round + 1, settled=True)
    ledger.finish("claim", by=_OFFICER, who=who, reason=reason)


def _differs(tx: Transaction, node: Node, drawing: Drawing, transit: Transit, how: str) -> None:
    """Keeps that an arrival contradicts the declaration; told once to whoever must decide."""
    if not _reserved(drawing) or transit.differs:
        return
    ledger = Ledger.of(tx, node, drawing.matter)
    ledger.replace(transit=msgspec.structs.replace(transit, differs=how))
    ledger.finish("arrive_otherwise", reason=how)
    secured = sum(_reserved(drawing).values())
    unit = drawing.entries[-1].unit
    state = f"arrived otherwise than declared with {shown(secured, unit)} reserved ({how})"
    note(tx, node, "", StepNotAllowed(what=transit.case, state=state, event="free"))


def _free(
    tx: Transaction, node: Node, matter: str, cause: str, *, by: str, who: str, reason: str = ""
) -> bool:
    """Frees all that a transit has reserved; False when nothing is."""
    ledger = Ledger.of(tx, node, matter)
    if not _reserved(ledger.drawing):
        return False
    ledger.each(cause, "free", lambda now: now.reserved)
    ledger.finish("arrive", by=by, who=who, reason=reason or cause)
    return True


def _reserved(drawing: Drawing) -> dict[tuple[str, int], int]:
    return {place: now.reserved for place, now in all_held(drawing).items() if now.reserved}


def _day(found: Dossier[Drawing]) -> int:
    return found.state.entries[-1].day
