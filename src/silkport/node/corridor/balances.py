"""Balances as a node keeps them: opened, drawn upon by matters, closed.

A balance is one dossier; all entries of one matter are another, its **drawing**. Both change in
one transaction, so that what balances say is used is what drawings say uses it. A balance with
too many acts for one dossier goes on in the next, its page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import msgspec

from silkport.courses.balance import Held, all_held, close, enter, held, opening, paid_minor
from silkport.courses.write_off import Targets
from silkport.kernel.balance_errors import EntryDiffers, Unpaid
from silkport.kernel.errors import NotFound
from silkport.kernel.ids import pseudonyms
from silkport.kernel.limits import MAX_ACTS, MAX_DOSSIER_PAGE
from silkport.kernel.periods import day_of
from silkport.model.balances import (
    Balance,
    BalanceKind,
    Deferral,
    Drawing,
    Entry,
    shown,
)
from silkport.model.messages import Competence
from silkport.node.dossiers import (
    NEVER,
    Act,
    Dossier,
    DossierKind,
    every_dossier,
    find_dossier,
    keep,
    linked,
)
from silkport.node.sovereign import Node
from silkport.node.state.contract import Transaction
from silkport.node.workflow.awaiting import of_balance, of_payer, wake
from silkport.node.workflow.people import PREFIX, personal_fields

BALANCE = DossierKind("balance", Balance)
DRAWING = DossierKind("drawing", Drawing)
NODE = "node"

_KEEPERS: Mapping[BalanceKind, frozenset[Competence]] = {
    BalanceKind.MONEY: frozenset({Competence.CUSTOMS}),
    BalanceKind.GUARANTEE: frozenset({Competence.CUSTOMS}),
    BalanceKind.PERMIT: frozenset({Competence.CUSTOMS, Competence.INSPECTION}),
}
"""Who may open and close balances of a kind."""


@dataclass(slots=True)
class Ledger:
    """One matter being entered within one transaction; `finish` keeps what changed."""

    tx: Transaction
    node: Node
    drawing: Drawing
    _found: dict[str, Dossier[Balance] | None] = field(default_factory=dict)
    _now: dict[str, Balance] = field(default_factory=dict)
    _before: Drawing | None = None

    @classmethod
    def of(cls, tx: Transaction, node: Node, matter: str) -> Ledger:
        """The ledger of a matter, with what it has already."""
        found = find_dossier(tx, DRAWING, matter)
        before = found.state if found else None
        return cls(tx, node, before or Drawing(matter=matter), _before=before)

    def find(self, identity: str) -> Balance | None:
        """A balance as it is by now, or None."""
        if identity not in self._found:
            self._found[identity] = _newest(self.tx, identity)
        found = self._found[identity]
        return self._now.get(identity, found.state) if found else None

    def balance(self, identity: str) -> Balance:
        """A balance as it is by now. Raises NotFound."""
        found = self.find(identity)
        if found is None:
            raise NotFound(what=identity)
        return found

    def enter(
        self, event: str, identity: str, amount: int, cause: str, *, line: int = 0, day: int
    ) -> None:
        """Makes one entry. Raises NotFound and as `courses.balance.enter`."""
        balance = self.balance(identity)
        entry = Entry(
            cause=cause,
            event=event,
            balance=balance.id,
            amount=amount,
            unit=balance.unit,
            line=line,
            day=day,
            at=self.node.now(),
        )
        after, self.drawing = enter(balance, self.drawing, entry)
        if after is not balance:
            self._now[identity] = after

    def has(self, kind: BalanceKind) -> Targets:
        """What the matter has of balances of one kind, by balance and line."""
        return {
            place: now.amount
            for place, now in all_held(self.drawing).items()
            if self.balance(place[0]).kind is kind and now.amount
        }

    def free(self, identity: str, own: Targets, day: int) -> int | None:
        """What the matter may have of a balance in all: what is free and what it has."""
        balance = self.balance(identity)
        has = sum(amount for place, amount in own.items() if place[0] == identity)
        if not balance.in_force(day):
            return has
        return None if balance.free is None else has + balance.free

    def set_to(self, own: Targets, targets: Targets, what: str, day: int) -> bool:
        """Enters what leads from what a matter has to what it shall have; whether that is much.

        What becomes less is entered first, so that a line takes over what another gives back.
        """
        changes = [
            (targets.get(place, 0) - own.get(place, 0), place) for place in {**own, **targets}
        ]
        changes = [one for one in changes if one[0]]
        if not changes:
            return False
        number = self.drawing.round + 1
        self.drawing = msgspec.structs.replace(self.drawing, round=number)
        for change, (identity, line) in sorted(changes):
            now = held(self.drawing, identity, line)
            event, amount = "reserve" if change > 0 else "free", abs(change)
            if now.settled and self.drawing.settled:
                event, amount = "correct", now.used + change
            elif self.drawing.settled:
                event = "use"
            self.enter(event, identity, amount, f"{what} {number}", line=line, day=day)
        return True

    def each(self, what: str, event: str, amount_of: Callable[[Held], int | None]) -> None:
        """Makes one entry for all that the matter has, where there is an amount, even of none."""
        number = self.drawing.round + 1
        for (identity, line), now in all_held(self.drawing).items():
            amount = amount_of(now)
            if amount is None or (event != "correct" and not amount):
                continue
            day = self.drawing.entries[-1].day
            self.enter(event, identity, amount, f"{what} {number}", line=line, day=day)
            self.replace(round=number)

    def replace(self, **changes: object) -> None:
        """Changes what is kept of the matter beside its entries."""
        self.drawing = msgspec.structs.replace(self.drawing, **changes)

    def finish(self, event: str, *, by: str = NODE, who: str = "", reason: str = "") -> None:
        """Keeps the drawing and the balances that changed; nothing when nothing did."""
        if self.drawing == (self._before or Drawing(matter=self.drawing.matter)):
            return
        matter = self.drawing.matter
        for identity, after in self._now.items():
            found = self._found[identity]
            assert found is not None, "what changed was found"
            moved = {
                name: (getattr(after, name) or 0) - (getattr(found.state, name) or 0)
                for name in ("opened", "reserved", "used")
            }
            facts = {"matter": matter, **{name: one for name, one in moved.items() if one}}
            act = Act(event, by, who or self.node.id, reason, facts)
            _keep_balance(self.tx, self.node, found, after, act)
            if (after.free or 0) > (found.state.free or 0):
                money = after.kind is BalanceKind.MONEY
                wake(self.tx, of_payer(after.holder) if money else of_balance(identity), but=matter)
        drawing = self.drawing
        act = Act(event, by, who or self.node.id, reason, {"entries": len(drawing.entries)})
        keep(
            self.tx,
            self.node,
            DRAWING,
            matter,
            drawing,
            act,
            links=_links(drawing),
            due_at=due_of(drawing),
        )


def due_of(drawing: Drawing) -> int:
    """Until when what a guarantee is reserved for must be done: arrived, or paid."""
    term = drawing.term
    if term is None or term.overdue or (isinstance(term, Deferral) and not term.owed):
        return NEVER
    waits = any(now.reserved for now in all_held(drawing).values())
    return term.until if waits else NEVER


def _links(drawing: Drawing) -> dict[str, list[str]]:
    """By what a drawing is found: the balances it has of, who has not paid, the consignment."""
    has = [identity for (identity, _), now in all_held(drawing).items() if now.amount]
    links = {"balance": list(dict.fromkeys(has))}
    owes = drawing.charge
    if owes is not None and paid_minor(drawing) < owes.owed:
        links["unpaid"] = [unpaid_link(owes.payer, owes.currency)]
    if drawing.transit is not None:
        links["consignment"] = [drawing.transit.consignment_no]
    return links


def unpaid_link(payer: str, currency: str) -> str:
    """By what the declarations of a payer that wait for money are found."""
    return f"{payer} {currency}"


def holder_name(node: Node, code: str) -> str:
    """How a holder is kept: firms by their number, persons by the pseudonym they have here."""
    plain = code.strip()
    if plain.startswith(PREFIX):  # after an erasure a pseudonym has a number behind it
        return plain.partition(".")[0]
    if personal_fields({"consignee_code": plain}):
        return PREFIX + pseudonyms(node.pseudonym_key, (plain,))[0]
    return plain


def open_balance(tx: Transaction, node: Node, balance: Balance, *, who: str = "") -> Balance:
    """Opens a balance; the same again changes nothing.

    Args:
        balance: its terms; `opened` is the amount, the other sums do not matter.
    Raises EntryDiffers when the number is there with other terms, NotCompetent, InvalidValue.
    """
    node.demand(_KEEPERS[balance.kind], f"opening a {balance.kind}")
    made = opening(msgspec.structs.replace(balance, holder=holder_name(node, balance.holder)))
    known = _newest(tx, made.id)
    if known is not None:
        before = _opened_with(tx, made.id)
        if _terms(known.state) != _terms(made) or before != made.opened:
            said = (_said(known.state, before), _said(made, made.opened))
            raise EntryDiffers(what=made.id, known=said[0], stated=said[1])
        return known.state
    facts = {"opened": made.opened, "unit": made.unit}
    act = Act("open", "officer" if who else NODE, who or node.id, made.source, facts)
    keep(tx, node, BALANCE, made.id, made, act, links=_found_by(made))
    wake(tx, of_payer(made.holder) if made.kind is BalanceKind.MONEY else of_balance(made.id))
    return made


def close_balance(tx: Transaction, node: Node, identity: str, *, who: str, reason: str) -> Balance:
    """Closes a balance for good. Raises NotFound, StillReserved, NotCompetent."""
    found = _newest(tx, identity)
    if found is None:
        raise NotFound(what=identity)
    node.demand(_KEEPERS[found.state.kind], f"closing a {found.state.kind}")
    if found.state.closed:
        return found.state
    closed = close(found.state)
    _keep_balance(tx, node, found, closed, Act("close", "officer", who, reason))
    return closed


def find_balance(tx: Transaction, identity: str) -> Balance | None:
    """A balance by its identity, as it is now, or None."""
    found = _newest(tx, identity)
    return found.state if found else None


def balances_of(tx: Transaction, holder: str, kind: BalanceKind) -> list[Balance]:
    """The balances of a kind that a holder has, as `holder_name` gives him; at most a page."""
    return [one.state for one in linked(tx, BALANCE, "holder", f"{kind.value} {holder}")]


def every_balance(tx: Transaction) -> Iterable[Balance]:
    """All balances as they are now, in the order of their ids."""
    return (one.state for one in every_dossier(tx, BALANCE) if not one.state.carried)


def is_kept(tx: Transaction, paper: str) -> bool:
    """Whether this node keeps the register of a kind of permit: it has one of them at least."""
    return bool(tx.rows("linked_dossiers", BALANCE.name, "paper", paper, "", 1))


def drawings_of(tx: Transaction, identity: str, most: int = MAX_DOSSIER_PAGE) -> list[Drawing]:
    """The matters that have something of a balance, at most so many."""
    return [one.state for one in linked(tx, DRAWING, "balance", identity, most)]


def settle(tx: Transaction, node: Node, case_id: str) -> None:
    """On release: all that a declaration has reserved is used. Again it changes nothing.

    Raises Unpaid when what it was charged is not covered: nothing is released unpaid.
    """
    ledger = Ledger.of(tx, node, case_id)
    charge = ledger.drawing.charge
    missing = charge.owed - paid_minor(ledger.drawing) if charge is not None else 0
    if charge is not None and missing > 0:
        raise Unpaid(what=case_id, missing=missing, currency=charge.currency)
    ledger.each("release", "use", lambda now: now.reserved)
    ledger.replace(settled=True)
    ledger.finish("release")


def free(tx: Transaction, node: Node, case_id: str, why: str = "refused") -> None:
    """On refusal or withdrawal before release: all that is reserved is free again."""
    ledger = Ledger.of(tx, node, case_id)
    ledger.each(why, "free", lambda now: now.reserved)
    if not ledger.drawing.settled:
        ledger.replace(charge=None)
    ledger.finish(why)


def give_back(tx: Transaction, node: Node, case_id: str, why: str = "cancelled") -> None:
    """On cancellation after release: what was used is free again, and nothing is owed."""
    ledger = Ledger.of(tx, node, case_id)
    ledger.each(why, "correct", lambda now: 0 if now.used else None)
    ledger.replace(charge=None)
    ledger.finish(why)


def _newest(tx: Transaction, identity: str) -> Dossier[Balance] | None:
    """The last page of a balance."""
    found = linked(tx, BALANCE, "balance", identity)
    assert len(found) < 2, "a balance has one page that is drawn upon"
    return found[0] if found else None


def _keep_balance(
    tx: Transaction, node: Node, found: Dossier[Balance], after: Balance, act: Act
) -> None:
    """Keeps a balance, on a new page when the one before has no room for a further act."""
    if found.version < MAX_ACTS - 1:
        keep(tx, node, BALANCE, found.id, after, act)
        return
    page = msgspec.structs.replace(after, page=after.page + 1)
    carry = Act("carry", NODE, node.id, "", {"page": page.page})
    before = msgspec.structs.replace(found.state, carried=True)
    keep(tx, node, BALANCE, found.id, before, carry, links={})
    keep(tx, node, BALANCE, f"{after.id} #{page.page}", page, act, links=_found_by(page))


def _found_by(balance: Balance) -> dict[str, list[str]]:
    kind = balance.kind.value
    return {
        "balance": [balance.id],
        "holder": [f"{kind} {balance.holder}"] if balance.holder else [],
        "paper": [balance.paper] if balance.paper else [],
    }


def _terms(balance: Balance) -> Balance:
    """What a balance was opened as, but for its amount and how its number is written."""
    return msgspec.structs.replace(
        balance,
        number="",
        opened=None,
        free=None,
        reserved=0,
        used=0,
        closed=False,
        page=1,
        carried=False,
    )


def _opened_with(tx: Transaction, identity: str) -> int | None:
    """The amount that a balance was opened with."""
    (_, record), *_ = tx.rows("acts", BALANCE.about(identity), 1, 1)
    amount: int | None = msgspec.json.decode(record)["facts"]["opened"]
    return amount


def _said(balance: Balance, opened: int | None) -> str:
    amount = "without limit" if opened is None else shown(opened, balance.unit)
    last = day_of(balance.stop - 1)
    return f"{amount} for {balance.holder or 'anybody'}, {day_of(balance.start)} to {last}"
