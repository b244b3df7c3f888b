"""Duty paid: charged against money paid in advance, and the receipts of treasury and banks.

On registration what is owed is reserved, on release it is used (`balances.settle`). What is not
covered whole reserves nothing, so that one declaration does not hold up another. When a receipt
comes, the declarations of its payer that wait are charged again, the longest known first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from silkport.courses.balance import demand_amount, paid_minor
from silkport.courses.write_off import NOT_CHARGED, UNPAID, Take, Want, finding, in_order, plan
from silkport.kernel.balance_errors import EntryDiffers
from silkport.kernel.errors import InvalidValue, SilkportError
from silkport.kernel.findings import Finding
from silkport.kernel.limits import MAX_DOSSIER_PAGE, MAX_GROUP
from silkport.law.strict import Fault, said
from silkport.model.balances import (
    Balance,
    BalanceKind,
    Charge,
    Drawing,
    Receipt,
    balance_id,
    shown,
)
from silkport.model.messages import Competence
from silkport.model.parties import Deed
from silkport.node.corridor.balances import (
    DRAWING,
    Ledger,
    balances_of,
    holder_name,
    open_balance,
    unpaid_link,
)
from silkport.node.corridor.parties import demand_named
from silkport.node.dossiers import dossier_of, find_dossier
from silkport.node.sovereign import Node
from silkport.node.state.contract import Transaction

_CUSTOMS = frozenset({Competence.CUSTOMS})
_ACCOUNT = "money paid in advance, opened by its first receipt"


@dataclass(slots=True)
class Paid:
    """What became of some receipts.

    Attributes:
        taken: receipts that count from now on; known: those that counted already.
        refused: those that do not count, by the row they stand in.
        covered: declarations that waited for money and have all of it reserved now.
    """

    taken: int = 0
    known: int = 0
    refused: list[Fault] = field(default_factory=list)
    covered: list[str] = field(default_factory=list)


def charge(
    tx: Transaction,
    node: Node,
    case_id: str,
    payer: str,
    amount_minor: int,
    currency: str,
    *,
    day: int,
) -> list[Finding]:
    """Sets what a declaration has of its payer's money to what it owes; again changes nothing.

    Reserved before release, used after it; what a correction makes less is free again at once, so
    call it when the refund was decided.

    Args:
        payer: national number or pseudonym.
        amount_minor: all that is to be paid now, without what is secured or deferred.
        day: legal day, days since 1970-01-01.
    Returns nothing, or the finding that says what is missing. Raises InvalidValue.
    """
    demand_amount(amount_minor)
    ledger = Ledger.of(tx, node, case_id)
    known, holder = ledger.drawing.charge, holder_name(node, payer)
    since = known.since if known is not None else node.now()
    owes = Charge(payer=holder, currency=currency, owed=amount_minor, day=day, since=since)
    ledger.replace(charge=owes)
    own = ledger.has(BalanceKind.MONEY)
    mine = {identity for identity, _ in own}
    accounts = [one for one in _accounts(tx, holder, currency) if one.in_force(day)]
    accounts += [ledger.balance(one) for one in mine - {account.id for account in accounts}]
    ordered = sorted(in_order(accounts), key=lambda one: one.id not in mine)
    takes = tuple(Take(one.id, currency, amount_minor) for one in ordered if one.unit == currency)
    free = {one.balance: ledger.free(one.balance, own, day) for one in takes}
    targets, missing = plan(free, [Want(0, takes)] if takes else [])
    if not (missing and ledger.drawing.settled):
        ledger.set_to(own, targets, "charge", day)
    ledger.finish("charge")
    return missing_payment(tx, case_id)


def payer_of(
    tx: Transaction,
    node: Node,
    case_id: str,
    payers: Sequence[str],
    amount_minor: int,
    currency: str,
    *,
    day: int,
) -> str:
    """The first of those who may pay whose free money covers all of it; else the first of them.

    What the declaration has of somebody's money already counts with it.

    Args:
        payers: as `holder_name` gives them, at least one.
    """
    ledger = Ledger.of(tx, node, case_id)
    own = ledger.has(BalanceKind.MONEY)
    mine = {identity for identity, _ in own}
    for payer in payers:
        some = mine | {one.id for one in _accounts(tx, payer, currency) if one.in_force(day)}
        if sum(ledger.free(one, own, day) or 0 for one in some) >= amount_minor:
            return payer
    return payers[0]


def _accounts(tx: Transaction, holder: str, currency: str) -> list[Balance]:
    found = balances_of(tx, holder, BalanceKind.MONEY)
    return [one for one in found if one.unit == currency]


def is_paid(tx: Transaction, case_id: str) -> bool:
    """Whether a declaration was charged and has all of it; nothing may be released before."""
    return not missing_payment(tx, case_id)


def missing_payment(tx: Transaction, case_id: str) -> list[Finding]:
    """What a declaration lacks to be released as paid: nothing, or one finding."""
    found = find_dossier(tx, DRAWING, case_id)
    owes = found.state.charge if found is not None else None
    if found is None or owes is None:
        return [finding(NOT_CHARGED, case_id, 0, {})]
    paid = paid_minor(found.state)
    if paid >= owes.owed:
        return []
    amounts = {"owed": owes.owed, "paid": paid, "missing": owes.owed - paid}
    facts = {name: shown(amount, owes.currency) for name, amount in amounts.items()}
    return [finding(UNPAID, case_id, 0, facts)]


def pay(node: Node, receipts: Sequence[tuple[int, Receipt]], *, currency: str, who: str) -> Paid:
    """Takes receipts: each tops up its balance, once, whatever comes again.

    Without the number of a balance it is the payer's account, opened by its first receipt.

    Args:
        receipts: with the row of each in its file.
        currency: in which duties are paid here; another one is refused.
        who: the officer who hands them in.
    Raises NotCompetent, NoRole; what is wrong with one receipt is named and leaves others alone.
    """
    node.demand(_CUSTOMS, "taking receipts")
    result = Paid()
    for first in range(0, len(receipts), MAX_GROUP):
        some = receipts[first : first + MAX_GROUP]
        part = node.state.write(partial(_pay, node=node, some=some, currency=currency, who=who))
        result.taken += part.taken
        result.known += part.known
        result.refused += part.refused
        result.covered += part.covered
    return result


def _pay(
    tx: Transaction, node: Node, some: Sequence[tuple[int, Receipt]], currency: str, who: str
) -> Paid:
    result = Paid()
    demand_named(tx, node, who, Deed.DECIDE, Deed.CONFIRM_PAYMENT)
    payers: dict[str, None] = {}
    for row, receipt in some:
        try:
            taken = _take(tx, node, receipt, currency, who)
        except SilkportError as error:
            result.refused.append(Fault(row, "", f"{error.code} {said(error)}", error.hint))
            continue
        result.taken += taken
        result.known += not taken
        if taken:
            payers[holder_name(node, receipt.payer)] = None
    for payer in payers:
        result.covered += retry(tx, node, payer, currency)
    return result


def _take(tx: Transaction, node: Node, receipt: Receipt, currency: str, who: str) -> bool:
    """Takes one receipt; False when it counted already. Raises SilkportError, nothing changed."""
    if receipt.currency != currency:
        reason = f"duties are paid in {currency} here"
        raise InvalidValue(what="the currency of a receipt", value=receipt.currency, reason=reason)
    demand_amount(receipt.amount)
    demand_named(tx, node, receipt.issuer, Deed.CONFIRM_PAYMENT)
    holder = holder_name(node, receipt.payer)
    account = balance_id(BalanceKind.MONEY, receipt.balance or f"{holder}-{currency}")
    ledger = Ledger.of(tx, node, f"receipt {receipt.number}")
    if ledger.drawing.entries:
        known = ledger.drawing.entries[0]
        if (known.balance, known.amount, known.day) == (account, receipt.amount, receipt.day):
            return False
        was = f"{shown(known.amount, known.unit)} to {known.balance}"
        now = f"{shown(receipt.amount, currency)} to {account}"
        raise EntryDiffers(what=f"Receipt {receipt.number}", known=was, stated=now)
    if not receipt.balance and ledger.find(account) is None:
        open_balance(tx, node, _account(holder, currency, receipt), who=who)
        ledger = Ledger.of(tx, node, f"receipt {receipt.number}")
    balance = ledger.balance(account)
    if balance.holder and balance.holder != holder:
        reason = f"{balance.id} is of another holder"
        raise InvalidValue(what="the payer of a receipt", value=receipt.number, reason=reason)
    ledger.enter("top_up", account, receipt.amount, "receipt", day=receipt.day)
    ledger.finish("pay", by="officer", who=who, reason=receipt.issuer)
    return True


def _account(holder: str, currency: str, receipt: Receipt) -> Balance:
    return Balance(
        kind=BalanceKind.MONEY,
        number=f"{holder}-{currency}",
        holder=holder,
        issuer=receipt.issuer or "treasury",
        unit=currency,
        opened=0,
        free=0,
        start=0,
        source=_ACCOUNT,
    )


def retry(tx: Transaction, node: Node, payer: str, currency: str) -> list[str]:
    """Charges again what waits for a payer's money; gives what is covered now, ready to go on.

    Args:
        payer: as `holder_name` gives him.
    """
    covered = []
    for one in sorted(_waiting(tx, unpaid_link(payer, currency)), key=_since):
        owes = one.charge
        assert owes is not None, "what waits for money was charged"
        again = (one.matter, payer, owes.owed, currency)
        if not charge(tx, node, *again, day=owes.day):
            covered.append(one.matter)
    return covered


def _waiting(tx: Transaction, link: str) -> Iterator[Drawing]:
    """All that waits for money of a payer, page by page: who is first is known at the end."""
    after = ""
    while page := tx.rows("linked_dossiers", DRAWING.name, "unpaid", link, after, MAX_DOSSIER_PAGE):
        after = page[-1][0]
        for (matter,) in page:
            yield dossier_of(tx, DRAWING, matter).state


def _since(drawing: Drawing) -> tuple[int, str]:
    return (drawing.charge.since if drawing.charge else 0, drawing.matter)
