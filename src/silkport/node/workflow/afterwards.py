"""May a declarant or his representative do this, and may it take effect without an officer?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from silkport.courses.after import has_gone, less_secured, less_used, other_goods
from silkport.courses.attorney import Acting
from silkport.engine.house import ClearedHouse, Earlier
from silkport.engine.house_sheets import as_json
from silkport.kernel.findings import Finding
from silkport.kernel.release_errors import GoodsGone
from silkport.model.balances import Drawing
from silkport.model.parties import Deed
from silkport.model.release import Demand
from silkport.node.corridor.balances import DRAWING
from silkport.node.corridor.parties import between, demand_power
from silkport.node.corridor.securing import secured_matter
from silkport.node.corridor.transports import transports_of_house
from silkport.node.dossiers import find_dossier
from silkport.node.sovereign import Node
from silkport.node.state.contract import Transaction
from silkport.node.workflow.cases import Case

if TYPE_CHECKING:
    from silkport.node.workflow.filing import Office


class ForAnOfficer(Exception):
    """An act that the rules accept, and an officer has to decide; nothing of it is kept yet."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__(f"{len(findings)} findings")
        self.findings = findings


Had = tuple[Drawing | None, Drawing | None]
"""What a declaration has of balances, and what of guarantees instead of paying."""


def drawn(tx: Transaction, case_id: str) -> Had:
    """What a declaration has of balances by now."""
    own, secured = (
        find_dossier(tx, DRAWING, matter) for matter in (case_id, secured_matter(case_id))
    )
    return own.state if own else None, secured.state if secured else None


def demand_nothing_given_back(tx: Transaction, before: Case, after: Case, had: Had) -> None:
    """An accepted act does not take goods for others and gives nothing back of itself.

    Asked when it has taken effect within the transaction, so that what counts is what was entered.

    Args:
        had: what the declaration had of balances before the act.
    Raises ForAnOfficer.
    """
    has = drawn(tx, after.id)
    found = [
        *other_goods(after.id, before.document["goods"], after.document["goods"]),
        *less_used(after.id, had[0], has[0]),
        *less_secured(after.id, had[1], has[1]),
    ]
    if found:
        raise ForAnOfficer(found)


def put_to_an_officer(
    cleared: ClearedHouse, before: Earlier, findings: Sequence[Finding]
) -> ClearedHouse:
    """An act as the engine gives one that is held: what was decided before stands until then."""
    rows: list[dict[str, int | str]] = [
        {
            "parcel_id": one.parcel_id,
            "line": one.line,
            "code": one.code,
            "stage": "release",
            "effect": one.effect.value,
            "facts": as_json(dict(one.facts)),
        }
        for one in findings
    ]
    return replace(
        cleared,
        decision=dict(before.decision),
        findings=[*cleared.findings, *rows],
        tax_lines=[dict(one) for one in before.tax_lines],
        adjustments=[one | {"outcome": "held"} for one in cleared.adjustments],
        assessed=[dict(one) for one in before.assessed],
        kept=True,
        proposed=cleared,
    )


def demand_deed(
    tx: Transaction,
    node: Node,
    office: Office,
    case: Case,
    deed: Deed,
    declared: Mapping[str, Any] | None = None,
) -> None:
    """Who acts for another holds his power for this deed today, where the law asks for powers.

    The day is the one on which it is done: nobody states it, so nobody acts by a power that lapsed.

    Args:
        declared: a new version; what it changes of whose goods they are is asked as well.
    Raises NoPower.
    """
    if office.demands is None:
        return
    for document in filter(None, (case.document["declaration"], declared)):
        procedure = str(document.get("procedure", ""))
        if Demand.POWER not in office.demands.demanded(case.direction, procedure, case.decl_day):
            continue
        principal, representative = between(document, case.direction)
        if principal and representative:
            today = office.day(node.now())
            what = Acting(principal, representative, deed, procedure, case.direction, today)
            demand_power(tx, node, what)


def demand_still_here(tx: Transaction, case: Case) -> None:
    """A release is not cancelled once its goods have gone: what they used stays used.

    Raises GoodsGone.
    """
    for one in transports_of_house(tx, case.consignment_no, case.house_no):
        if has_gone(one.state, (case.consignment_no, case.house_no), case.direction):
            raise GoodsGone(what=case.number, transport=one.id)
