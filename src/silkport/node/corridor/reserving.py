"""What a guarantee answers for: reserved, free again, noted when its term is over, claimed.

Transits (`guarantees.py`) and payments that are secured or deferred (`securing.py`) use it, each
under a matter of its own.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import msgspec

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
from silkport.kernel.exchange_errors import StepNotAllowed, TermMissed
from silkport.kernel.findings import Finding
from silkport.model.balances import Balance, BalanceKind, Drawing, balance_id
from silkport.model.messages import Competence
from silkport.node.corridor.balances import NODE, Ledger, due_of
from silkport.node.sovereign import Node, note
from silkport.node.state.contract import Transaction
from silkport.node.workflow.cases import find_case

CUSTOMS = frozenset({Competence.CUSTOMS})
"""Who may end and claim what a guarantee answers for."""
OFFICER = "officer"
_TIME = "time"
_LATE = {
    "transit": "the transit has not arrived in time",
    "deferral": "the deferred payment was not made in time",
}


@dataclass(frozen=True, slots=True)
class Security:
    """What a declaration asks of a guarantee.

    Attributes:
        number: as the declaration names it; "" is none.
        amount: minor units of the currency.
        holders: who may answer for it, as `holder_name` gives them; a guarantee may name nobody.
        day: legal day, days since 1970-01-01.
    """

    number: str
    amount: int
    currency: str
    holders: Collection[str]
    day: int


def reserve(ledger: Ledger, case_id: str, security: Security, what: str) -> list[Finding]:
    """Sets what a matter has reserved of a guarantee; the same again changes nothing.

    Args:
        what: for what it answers; it is part of the causes of the entries.
    Returns nothing, or the finding that says why it is not reserved; then nothing was entered.
    """
    own = reserved_of(ledger.drawing)
    number = security.number.strip()
    balance = ledger.find(balance_id(BalanceKind.GUARANTEE, number)) if number else None
    if balance is None or not _may_use(balance, security, own):
        facts = {"permit": number or "-", "currency": security.currency}
        return [finding(NO_GUARANTEE, case_id, 0, facts)]
    want = Want(0, (Take(balance.id, security.currency, security.amount),))
    targets, missing = plan({balance.id: ledger.free(balance.id, own, security.day)}, [want])
    if missing:
        return [short(missing[0], case_id, balance.number, balance.source)]
    ledger.set_to(own, targets, what, security.day)
    return []


def _may_use(balance: Balance, security: Security, own: Targets) -> bool:
    """What was reserved in time stays when the days of the guarantee are over."""
    in_force = balance.in_force(security.day) or any(balance.id == identity for identity, _ in own)
    is_theirs = balance.holder in ("", *security.holders)
    return is_theirs and balance.unit == security.currency and in_force


def reserved_of(drawing: Drawing) -> Targets:
    """What a matter has reserved, by balance and line, without what was claimed."""
    return {place: now.reserved for place, now in all_held(drawing).items() if now.reserved}


def let_free(
    ledger: Ledger, cause: str, event: str, *, by: str = NODE, who: str = "", reason: str = ""
) -> bool:
    """Frees all that a matter has reserved; False when nothing is."""
    if not reserved_of(ledger.drawing):
        return False
    ledger.each(cause, "free", lambda now: now.reserved)
    ledger.finish(event, by=by, who=who, reason=reason or cause)
    return True


def claim_from(
    ledger: Ledger, case_id: str, amount: int, *, settled: bool, who: str, reason: str
) -> None:
    """Uses a part of what a matter has reserved; the rest stays reserved.

    Args:
        amount: minor units.
        settled: nothing is reserved for the matter any more afterwards.
    Raises StepNotAllowed for more than is reserved.
    """
    place, has = next(iter(reserved_of(ledger.drawing).items()), (None, 0))
    if place is None or not 0 < amount <= has:
        state = "without a reserved guarantee of that amount"
        raise StepNotAllowed(what=case_id, state=state, event="claim")
    number, day = ledger.drawing.round + 1, ledger.drawing.entries[-1].day
    ledger.enter("use", place[0], amount, f"claim {number}", line=place[1], day=day)
    ledger.replace(round=number, settled=settled)
    ledger.finish("claim", by=OFFICER, who=who, reason=reason)


def overdue(tx: Transaction, node: Node, matter: str) -> None:
    """Notes that what a guarantee answers for was not done in time, where it is so by now.

    Raises StoreDamaged.
    """
    ledger = Ledger.of(tx, node, matter)
    kind = "transit" if ledger.drawing.transit else "deferral"
    term = ledger.drawing.term
    if term is None or not 0 <= due_of(ledger.drawing) <= node.now():
        return  # somebody was quicker
    ledger.replace(**{kind: msgspec.structs.replace(term, overdue=True)})
    ledger.finish("overdue", by=_TIME)
    case = find_case(tx, term.case)
    note(tx, node, "", TermMissed(what=case.number if case else term.case, term=_LATE[kind]))
