"""What a declaration secures or defers instead of paying: reserved from the guarantee it names.

Reserved when it asks for release, it stays reserved afterwards: until a correction leaves nothing
to secure, an officer ends it, or the declaration is refused or withdrawn. Transits have their own
way (`guarantees.py`): the neighbour's word frees them.
"""

from __future__ import annotations

from collections.abc import Collection

from silkport.courses.balance import all_held
from silkport.courses.write_off import (
    NO_GUARANTEE,
    Take,
    Targets,
    Want,
    finding,
    plan,
    short,
)
from silkport.kernel.findings import Finding
from silkport.model.balances import Balance, BalanceKind, Drawing, balance_id
from silkport.model.messages import Competence
from silkport.node.corridor.balances import DRAWING, NODE, Ledger
from silkport.node.dossiers import dossier_of
from silkport.node.sovereign import Node
from silkport.node.state.contract import Transaction

_CUSTOMS = frozenset({Competence.CUSTOMS})
_DISCHARGE = "discharge"


def secured_matter(case_id: str) -> str:
    """Under what the guarantee of what a declaration secures or defers is kept."""
    return f"secured {case_id}"


def secure(
    tx: Transaction,
    node: Node,
    case_id: str,
    guarantee_no: str,
    amount: int,
    *,
    currency: str,
    holders: Collection[str],
    day: int,
) -> list[Finding]:
    """Sets what a declaration has of a guarantee to what it secures; again it changes nothing.

    Args:
        guarantee_no: as it names it; "" is none.
        amount: all that is secured or deferred, in minor units; of none everything is free again.
        holders: who may answer for it, as `holder_name` gives them; a guarantee may name nobody.
        day: legal day, days since 1970-01-01.
    Returns nothing, or the finding that says why it is not secured; then nothing was changed.
    """
    ledger = Ledger.of(tx, node, secured_matter(case_id))
    owed = max(0, amount - discharged(ledger.drawing))
    own = ledger.has(BalanceKind.GUARANTEE)
    if not owed:
        ledger.set_to(own, {}, "secure", day)
        ledger.finish("secure")
        return []
    identity = balance_id(BalanceKind.GUARANTEE, guarantee_no)
    balance = ledger.find(identity) if guarantee_no.strip() else None
    if balance is None or not _may_use(balance, holders, currency, day, own):
        facts = {"permit": guarantee_no.strip() or "-", "currency": currency}
        return [finding(NO_GUARANTEE, case_id, 0, facts)]
    want = Want(0, (Take(balance.id, currency, owed),))
    targets, missing = plan({balance.id: ledger.free(balance.id, own, day)}, [want])
    if missing:
        return [short(missing[0], case_id, balance.number, balance.source)]
    ledger.set_to(own, targets, "secure", day)
    ledger.finish("secure")
    return []


def _may_use(
    balance: Balance, holders: Collection[str], currency: str, day: int, own: Targets
) -> bool:
    """What was reserved in time stays when the guarantee is closed or ends."""
    in_force = balance.in_force(day) or any(balance.id == identity for identity, _ in own)
    return balance.holder in ("", *holders) and balance.unit == currency and in_force


def discharged(drawing: Drawing) -> int:
    """What an officer has let go of it, in minor units: paid since, or no longer owed."""
    return sum(one.amount for one in drawing.entries if one.cause.startswith(f"{_DISCHARGE} "))


def discharge(tx: Transaction, node: Node, case_id: str, *, who: str, reason: str = "") -> bool:
    """Lets an officer free what a declaration has secured: it is paid, or the procedure ended.

    Returns False when nothing is reserved. Raises NotFound, NotCompetent.
    """
    node.demand(_CUSTOMS, "ending a guarantee")
    dossier_of(tx, DRAWING, secured_matter(case_id))
    return _free(tx, node, case_id, _DISCHARGE, by="officer", who=who, reason=reason)


def let_go(tx: Transaction, node: Node, case_id: str, why: str) -> bool:
    """Frees it where nothing is owed any more: refused, withdrawn, cancelled. Again is nothing."""
    return _free(tx, node, case_id, why, by=NODE, who=node.id)


def _free(
    tx: Transaction, node: Node, case_id: str, cause: str, *, by: str, who: str, reason: str = ""
) -> bool:
    ledger = Ledger.of(tx, node, secured_matter(case_id))
    if not any(now.reserved for now in all_held(ledger.drawing).values()):
        return False
    ledger.each(cause, "free", lambda now: now.reserved)
    ledger.finish("free", by=by, who=who, reason=reason or cause)
    return True
