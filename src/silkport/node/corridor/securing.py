"""What a declaration secures or defers instead of paying: reserved from the guarantee it names.

Reserved when it asks for release, it stays reserved afterwards: until a correction leaves nothing
to secure, an officer ends or claims it, or the declaration is refused or withdrawn. Transits have
their own way (`guarantees.py`): the neighbour's word frees them.
"""

from __future__ import annotations

from dataclasses import replace

from msgspec import structs

from silkport.courses.balance import all_held
from silkport.kernel.exchange_errors import StepNotAllowed
from silkport.kernel.findings import Finding
from silkport.model.balances import Deferral, Drawing
from silkport.model.states import RELEASED_STATES
from silkport.node.corridor.balances import DRAWING, Ledger
from silkport.node.corridor.reserving import (
    CUSTOMS,
    OFFICER,
    Security,
    claim_from,
    let_free,
    reserve,
    reserved_of,
)
from silkport.node.dossiers import dossier_of, find_dossier
from silkport.node.sovereign import Node
from silkport.node.state.contract import Transaction
from silkport.node.workflow.cases import case_of

_DISCHARGE = "discharge"
_ENDS = (f"{_DISCHARGE} ", "claim ")


def secured_matter(case_id: str) -> str:
    """Under what the guarantee of what a declaration secures or defers is kept."""
    return f"secured {case_id}"


def secure(
    tx: Transaction,
    node: Node,
    case_id: str,
    security: Security,
    deferral: Deferral | None = None,
) -> list[Finding]:
    """Sets what a declaration has of a guarantee to what it secures; again it changes nothing.

    Args:
        security: `amount` is all that is secured or deferred; of none everything is free again.
        deferral: the day to which payment is deferred; None for what is secured without a day.
    Returns nothing, or the finding that says why it is not secured; then nothing was changed.
    """
    ledger = Ledger.of(tx, node, secured_matter(case_id))
    owed = max(0, security.amount - ended(ledger.drawing))
    if owed:
        found = reserve(ledger, case_id, replace(security, amount=owed), "secure")
        if found:
            return found
        _set_term(ledger, deferral)
    else:
        ledger.set_to(reserved_of(ledger.drawing), {}, "secure", security.day)
    ledger.finish("secure")
    return []


def _set_term(ledger: Ledger, deferral: Deferral | None) -> None:
    """Another day begins anew; one that is over stays so."""
    known = ledger.drawing.deferral
    if known is None or deferral is None or known.day != deferral.day:
        ledger.replace(deferral=deferral)


def owe(tx: Transaction, node: Node, case_id: str) -> None:
    """On release: what is deferred is owed by its day. Again it changes nothing."""
    ledger = Ledger.of(tx, node, secured_matter(case_id))
    if ledger.drawing.deferral is not None:
        ledger.replace(deferral=structs.replace(ledger.drawing.deferral, owed=True))
        ledger.finish("owe")


def ended(drawing: Drawing) -> int:
    """What is not to be reserved again, in minor units: claimed, or let go as paid or not owed."""
    return sum(one.amount for one in drawing.entries if one.cause.startswith(_ENDS))


def falls(tx: Transaction, case_id: str, amount: int) -> bool:
    """Whether securing no more than an amount, in minor units, would free some of what is."""
    found = find_dossier(tx, DRAWING, secured_matter(case_id))
    if found is None:
        return False
    return sum(reserved_of(found.state).values()) > max(0, amount - ended(found.state))


def claimed_beyond(tx: Transaction, case_id: str, amount: int) -> int:
    """What was claimed beyond an amount that is secured, in minor units: it counts as paid."""
    found = find_dossier(tx, DRAWING, secured_matter(case_id))
    claimed = sum(now.used for now in all_held(found.state).values()) if found else 0
    return max(0, claimed - amount)


def discharge(tx: Transaction, node: Node, case_id: str, *, who: str, reason: str = "") -> bool:
    """Lets an officer free what a declaration has secured: it is paid, or the procedure ended.

    Returns False when nothing is reserved. Raises StepNotAllowed before the goods are released:
    nothing would secure them then, NotFound, NotCompetent.
    """
    node.demand(CUSTOMS, "ending a guarantee")
    ledger = _of_released(tx, node, case_id, "discharge")
    return let_free(ledger, _DISCHARGE, "free", by=OFFICER, who=who, reason=reason)


def claim(tx: Transaction, node: Node, case_id: str, amount: int, *, who: str, reason: str) -> None:
    """Lets an officer take from the guarantee what was not paid; the rest stays reserved.

    Args:
        amount: minor units.
    Raises StepNotAllowed before the goods are released, before the day of a deferral is over and
        for more than is reserved, NotFound, NotCompetent.
    """
    node.demand(CUSTOMS, "claiming a guarantee")
    ledger = _of_released(tx, node, case_id, "claim")
    deferral = ledger.drawing.deferral
    if deferral is not None and not deferral.overdue:
        raise StepNotAllowed(what=case_id, state="deferred and in time", event="claim")
    claim_from(ledger, case_id, amount, settled=False, who=who, reason=reason)


def let_go(tx: Transaction, node: Node, case_id: str, why: str) -> None:
    """Frees it where nothing is owed any more, and gives back what was claimed. Again is nothing.

    Args:
        why: the declaration is refused, withdrawn or cancelled.
    """
    ledger = Ledger.of(tx, node, secured_matter(case_id))
    ledger.each(why, "correct", lambda now: 0 if now.used else None)
    ledger.each(why, "free", lambda now: now.reserved)
    ledger.finish("free", reason=why)


def _of_released(tx: Transaction, node: Node, case_id: str, event: str) -> Ledger:
    """What a declaration secures. Raises NotFound when it never did, StepNotAllowed."""
    dossier_of(tx, DRAWING, secured_matter(case_id))
    case = case_of(tx, case_id)
    if case.state not in RELEASED_STATES:  # nothing is owed before, nor of what was cancelled
        raise StepNotAllowed(what=case.number, state=case.state, event=event)
    return Ledger.of(tx, node, secured_matter(case_id))
