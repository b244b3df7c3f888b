"""What a node knows of a declaration that asks for release: balances, powers, examinations, news.

Everything that has to be looked up for `courses/grounds.py`, and only what is demanded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from silkport.courses.grounds import (
    CONFORMS,
    DECIDED,
    HOLDS,
    Known,
    flag_of,
    standing,
)
from silkport.courses.inspection import Owed
from silkport.kernel.errors import ParamNotInForce
from silkport.kernel.findings import Effect, Finding
from silkport.kernel.periods import day_of
from silkport.law.compiled import Law
from silkport.law.release import Demands
from silkport.model.balances import BalanceKind, Deferral, Transit, balance_id
from silkport.model.messages import BY_NAME
from silkport.model.release import OFFICER, Awaiting, Demand, Flag, Hold
from silkport.model.states import AMENDED as EXPORT_AMENDED
from silkport.model.states import RELEASED_STATES
from silkport.node.corridor import balances, guarantees, securing
from silkport.node.corridor.balances import DRAWING, holder_name
from silkport.node.corridor.guarantees import reserve_for_transit, transit_days
from silkport.node.corridor.inspections import facts_of, inspections_owed
from silkport.node.corridor.parties import between, called, power_of_declarant
from silkport.node.corridor.paying import charge, payer_of
from silkport.node.corridor.permits import needs_of, write_off
from silkport.node.corridor.reserving import Security
from silkport.node.dossiers import find_dossier
from silkport.node.exchange.peers import peers
from silkport.node.sovereign import Node
from silkport.node.state.contract import Transaction
from silkport.node.workflow.cases import Case, decoded
from silkport.node.workflow.coursing import Course
from silkport.node.workflow.house_known import away, beside, too_much, twice, unlike
from silkport.node.workflow.telling import country_of

if TYPE_CHECKING:
    from silkport.node.workflow.filing import Office

TRANSIT = "transit"
DAY_MS = 86_400_000
RAIL = "20"
NOBODY = "-"
"""In the place of a peer: nobody's word on the arrival counts, so an officer ends the transit."""

_AGAINST = frozenset({Effect.REFUSE.value, Effect.HOLD.value})
_GUARANTEED = ("declarant_code", "consignee_code", "consignor_code")
"""Who may answer for what is secured or deferred."""
_DRAWN = frozenset({Demand.PERMITS, Demand.PAYMENT, Demand.GUARANTEE})
"""What is demanded of balances."""
_ACTED = BY_NAME[EXPORT_AMENDED]

FOR_AN_OFFICER = Hold(code=DECIDED, demand=OFFICER, who=HOLDS[DECIDED][1])
"""What stands against a declaration that the rules do not release, where nothing is demanded."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What stands against release, and by what the declaration is found again.

    Attributes: as those of `Awaiting`; `owed` are the examinations with what replaces them.
    """

    holds: tuple[Hold, ...]
    owed: Sequence[Owed] = ()
    payers: tuple[str, ...] = ()
    balances: tuple[str, ...] = ()
    between: str = ""


def is_clean(decided: Mapping[str, Any]) -> bool:
    """Whether the rules would release what was decided: a green lane, and nothing held."""
    effects = {one["effect"] for one in decided["findings"]}
    return decided["decision"]["lane"] == "green" and not effects & _AGAINST


def asked(
    tx: Transaction, node: Node, office: Office, case: Case, course: Course, state: Awaiting
) -> Asked:
    """Asks everything that the law demands of a declaration. Raises LawError."""
    assert office.demands is not None, "asked only where something is demanded"
    declared = case.document["declaration"]
    procedure = str(declared.get("procedure", ""))
    demands = office.demands.demanded(case.direction, procedure, case.decl_day)
    released = case.state in RELEASED_STATES
    power = _no_power(tx, node, case) if Demand.POWER in demands and not released else ""
    if power:  # whoever may not act for another draws on nothing of his, and learns nothing of it
        balances.free(tx, node, case.id, "no power")
        if Demand.GUARANTEE in demands:
            free_guarantee = guarantees if case.direction == TRANSIT else securing
            free_guarantee.let_go(tx, node, case.id, "no power")
        demands = {kind: one for kind, one in demands.items() if kind not in _DRAWN}
    permits, named = _permits(tx, node, office, case) if Demand.PERMITS in demands else ([], ())
    if released and securing.falls(tx, case.id, secured_now(case.decision)):
        # what takes the place of security must be there before it is let go
        payments, payers = _payments(tx, node, case, demands, keeps=False)
        kept: tuple[list[Finding], tuple[str, ...]] = ([], ())
        guarantee, secured = kept if payments else _guarantee(tx, node, office, case, demands)
    else:
        guarantee, secured = _guarantee(tx, node, office, case, demands)
        payments, payers = _payments(tx, node, case, demands, keeps=released and bool(guarantee))
    if released:
        known = Known(permits=permits, payments=payments, guarantee=guarantee)
        return Asked(standing(known, demands), payers=payers, balances=(*named, *secured))
    codes = [str(line.get("hs_code", "")) for line in case.document["goods"]]
    owed = _owed(tx, node, office, case) if Demand.INSPECTION in demands else []
    known_beside = beside(tx, office.engine.law, case)
    reserved = None
    if course.early:
        reserved = office.demands.reserved(case.direction, procedure, codes, case.decl_day)
    known = Known(
        presented=course.presented,
        away=away(known_beside),
        payments=payments,
        permits=permits,
        guarantee=guarantee,
        owed=owed,
        inspected=state.inspected,
        no_power=power,
        decides=_decides(case, course, state),
        not_early=(reserved.says, reserved.source, reserved.confidence)
        if reserved
        else ("", "", ""),
        twice=twice(known_beside),
        too_much=too_much(known_beside),
        unlike=unlike(known_beside),
        flags=state.flags,
    )
    return Asked(
        standing(known, demands),
        owed,
        payers=payers if payments else (),
        balances=(*(named if permits else ()), *secured),
        between=_between(node, case) if power else "",
    )


def _between(node: Node, case: Case) -> str:
    """By what a power of attorney for this declaration would be found."""
    both = between(case.document["declaration"], case.direction)
    return " ".join(called(node, one) for one in both)


def _decides(case: Case, course: Course, state: Awaiting) -> str:
    """Why an officer decides; "" where the rules have released it and nobody took it up."""
    if not is_clean(case.decision):
        return "the rules ask for it"
    if course.in_hand:
        return "an officer took it up"
    if course.looked and state.found != CONFORMS:
        return "the goods were inspected"
    return ""


def _permits(
    tx: Transaction, node: Node, office: Office, case: Case
) -> tuple[list[Finding], tuple[str, ...]]:
    """What is wrong with permits, and all that are named."""
    needs = needs_of(
        node,
        case.document["declaration"],
        case.document["goods"],
        direction=case.direction,
        permits=office.engine.law.permits,
    )
    if not needs and find_dossier(tx, DRAWING, case.id) is None:
        return [], ()
    found = write_off(tx, node, case.id, needs)
    if not found:
        return [], ()
    named = {
        balance_id(BalanceKind.PERMIT, number, need.paper): None
        for need in needs
        if need.demanded
        for number in need.numbers
    }
    return found, tuple(named)


def owed_now(decided: Mapping[str, Any]) -> int:
    """What is to be paid now, in minor units: neither secured nor relieved nor deferred."""
    row = decided["decision"]
    return int(row["total_minor"]) - int(row["secured_minor"]) - _of_feature(decided, "deferred")


def secured_now(decided: Mapping[str, Any]) -> int:
    """What stands under a guarantee instead of being paid, in minor units: secured or deferred."""
    return _of_feature(decided, "secured", "deferred")


def _of_feature(decided: Mapping[str, Any], *features: str) -> int:
    lines = decided["tax_lines"]
    return sum(int(one["amount_minor"]) for one in lines if one["feature"] in features)


def _payments(
    tx: Transaction, node: Node, case: Case, demands: Demands, *, keeps: bool
) -> tuple[list[Finding], tuple[str, ...]]:
    """What is not paid, and who may pay it.

    Args:
        keeps: what was paid is not given back, as no guarantee takes its place.
    """
    demanded = demands.get(Demand.PAYMENT)
    if demanded is None:
        return [], ()
    declared, row = case.document["declaration"], case.decision["decision"]
    claimed = securing.claimed_beyond(tx, case.id, secured_now(case.decision))
    amount, currency = max(0, owed_now(case.decision) - claimed), str(row["currency"])
    drawing = find_dossier(tx, DRAWING, case.id)
    charged = drawing.state.charge if drawing is not None else None
    if charged is not None and keeps:
        amount = max(amount, charged.owed)
    if not amount and charged is None:
        return [], ()
    stated = (str(declared.get(name, "")) for name in demanded.payers)
    payers = tuple(dict.fromkeys(holder_name(node, one) for one in stated if one))
    payer = payer_of(tx, node, case.id, payers, amount, currency, day=case.decl_day)
    found = charge(tx, node, case.id, payer, amount, currency, day=case.decl_day)
    return found, payers


def _guarantee(
    tx: Transaction, node: Node, office: Office, case: Case, demands: Demands
) -> tuple[list[Finding], tuple[str, ...]]:
    """What is wrong with the guarantee that is named, and which one that is."""
    number = str(case.document["declaration"].get("guarantee_no", ""))
    if Demand.GUARANTEE not in demands:
        return [], ()
    if case.direction == TRANSIT:
        # one that has set out is let go by its arrival; whether it must name one, its form says
        waits = number and case.state not in RELEASED_STATES
        found = _of_transit(tx, node, office, case, number) if waits else []
    else:
        found = _of_payments(tx, node, office, case, number)
    return found, (balance_id(BalanceKind.GUARANTEE, number),) if found and number.strip() else ()


def _of_payments(
    tx: Transaction, node: Node, office: Office, case: Case, number: str
) -> list[Finding]:
    """Whether the guarantee covers what is secured or deferred instead of being paid."""
    declared = case.document["declaration"]
    stated = (str(declared.get(name, "")) for name in _GUARANTEED)
    security = Security(
        number,
        secured_now(case.decision),
        str(case.decision["decision"]["currency"]),
        holders=[holder_name(node, one) for one in stated if one],
        day=case.decl_day,
    )
    return securing.secure(tx, node, case.id, security, _deferral(office, case))


def _deferral(office: Office, case: Case) -> Deferral | None:
    """The day by which a part of it is paid, if any is deferred; of released goods it is owed."""
    day = int(case.document["declaration"].get("deferred_until_day", -1))
    if day < 0 or not _of_feature(case.decision, "deferred"):
        return None
    is_owed = case.state in RELEASED_STATES
    return Deferral(case=case.id, day=day, until=_closing(office, day), owed=is_owed)


def _closing(office: Office, day: int) -> int:
    """The moment at which a day is over; where no clock is known so far ahead, in UTC."""
    try:
        return office.terms.calendar.time.closing(day)
    except ParamNotInForce:
        return (day + 1) * DAY_MS


def _of_transit(
    tx: Transaction, node: Node, office: Office, case: Case, number: str
) -> list[Finding]:
    """Whether the guarantee covers what would be owed were the goods to stay."""
    declared, row = case.document["declaration"], case.decision["decision"]
    law, day = office.engine.law, case.decl_day
    principal = holder_name(node, str(declared.get("declarant_code", "")))
    security = Security(number, int(row["secured_minor"]), str(row["currency"]), (principal,), day)
    transit = Transit(
        case=case.id,
        consignment_no=case.consignment_no,
        house_no=case.house_no,
        towards=_towards(tx, node, declared),
        until=case.filed_at + DAY_MS * _most_days(law, day, str(declared.get("transport_mode"))),
    )
    return reserve_for_transit(tx, node, case.id, security, transit)


def _most_days(law: Law, day: int, mode: str) -> int:
    """The longest that a transit may take: a declaration states no distance, so a month's is."""
    on = day_of(day)
    return transit_days(
        law, on, int(law.at("transit_km_per_month", on).value), by_rail=mode == RAIL
    )


def _towards(tx: Transaction, node: Node, declared: Mapping[str, Any]) -> str:
    """The one peer at whose post a transit arrives next; nobody where that cannot be told.

    That is the peer of the destination, or where none is, the only one to whom goods can go on:
    neither here nor back. What ends here an office here ends.
    """
    own, end = country_of(node.administration), str(declared.get("destination_country", ""))
    behind = {"", own, str(declared.get("departure_country", ""))}
    abroad = [(one.id, country_of(one.administration)) for one in peers(tx)]
    there = [name for name, country in abroad if country == end and end not in {"", own}]
    beyond = [name for name, country in abroad if country not in behind]
    some = there or (beyond if end not in {"", own} else [])
    return some[0] if len(some) == 1 else NOBODY


def _owed(tx: Transaction, node: Node, office: Office, case: Case) -> list[Owed]:
    lane = str(case.decision["decision"]["lane"])
    facts = facts_of(case, node.administration, lane, case.decl_day)
    return inspections_owed(tx, node, facts, home=office.home)


def _no_power(tx: Transaction, node: Node, case: Case) -> str:
    """Why the declarant may not declare; "" when he may."""
    return power_of_declarant(tx, node, case.document["declaration"], case.direction).reason


def said_before(tx: Transaction, case: Case) -> tuple[Flag, ...]:
    """What the neighbour said of the house before it was declared here: its export is cancelled."""
    if case.direction == "export":
        return ()
    told: dict[str, tuple[str, int, int, Mapping[str, Any]]] = {}
    about = _ACTED.matter_of({"consignment_no": case.consignment_no, "house_no": case.house_no})
    for peer, kind, seq, at, body in tx.rows("said_about", about):
        if kind in {EXPORT_AMENDED, "export_released"} and told.get(peer, ("", -1))[1] < seq:
            told[peer] = (kind, seq, at, decoded(body))
    return tuple(
        flag_of(peer, seq, body, at)
        for peer, (kind, seq, at, body) in told.items()
        if kind == EXPORT_AMENDED and body.get("act") == "cancelled"
    )
