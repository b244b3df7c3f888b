"""Declarations that wait for their release: what stands against it, and what would let them go on.

Each is found by what it waits for. Whoever brings that (money, a permit, a power, a result) wakes
it; whoever has the law at hand, the look-out of a node or a command, then tries again
(`releasing.py`).
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from silkport.courses.grounds import HOLDS
from silkport.kernel.ids import as_key
from silkport.kernel.limits import MAX_DOSSIER_PAGE, MAX_FLAGS_ALIKE
from silkport.model.release import Awaiting, Flag
from silkport.node.dossiers import Act, DossierKind, find_dossier, keep, linked, relink
from silkport.node.sovereign import Node
from silkport.node.state.contract import Transaction
from silkport.node.workflow.cases import Case

AWAITING = DossierKind("release", Awaiting)
_AWAITS, _FLAGGED = "awaits", "flagged"
_YES = "yes"


def of_house(about: str) -> str:
    """What is said about a house: its numbers, `as_key`."""
    return f"house {about}"


def of_payer(holder: str) -> str:
    """Money of a holder, as balances call him."""
    return f"payer {holder}"


def of_balance(identity: str) -> str:
    """A permit or guarantee."""
    return f"balance {identity}"


def of_power(principal: str, representative: str) -> str:
    """A power of attorney, by the names that parties have here."""
    return f"power {principal} {representative}"


def find_awaiting(tx: Transaction, case_id: str) -> Awaiting | None:
    """What stands against the release of a declaration; None where nothing ever did."""
    found = find_dossier(tx, AWAITING, case_id)
    return found.state if found else None


def keep_awaiting(tx: Transaction, node: Node, after: Awaiting, event: str) -> None:
    """Keeps what stands against release by now; nothing when it is as before and never was."""
    found = find_dossier(tx, AWAITING, after.case)
    if found is not None and found.state == after:
        relink(tx, AWAITING, after.case, _links(after))  # nobody need look at it again
        return
    if found is None and not (after.holds or after.flags or after.inspected):
        return
    facts = {"holds": [one.code for one in after.holds], "flags": [one.code for one in after.flags]}
    act = Act(event, "node", node.id, facts=facts)
    keep(tx, node, AWAITING, after.case, after, act, links=_links(after))


def add_flag(tx: Transaction, node: Node, case_id: str, about: str, flag: Flag) -> None:
    """Flags a declaration, once for one message; it is looked at again.

    Of a kind it is flagged MAX_FLAGS_ALIKE times: what it holds it holds by the first, and a
    neighbour must not fill the dossier, without which the declaration could not go on. Every
    message stays with it as an event all the same.
    """
    known = find_awaiting(tx, case_id) or Awaiting(case=case_id, about=about)
    if any(one.cause == flag.cause for one in known.flags):
        return
    if sum(one.code == flag.code for one in known.flags) >= MAX_FLAGS_ALIKE:
        return
    after = msgspec.structs.replace(known, flags=(*known.flags, flag))
    keep_awaiting(tx, node, after, "flag")
    tx.run("wake_declaration", case_id)


def flag_case(tx: Transaction, node: Node, case: Case, code: str, cause: str) -> None:
    """Flags a declaration, as `add_flag` does, for whoever must act on what the code says."""
    flag = Flag(code=code, who=HOLDS[code][1], cause=cause, since=node.now())
    add_flag(tx, node, case.id, as_key(case.consignment_no, case.house_no), flag)


def wake(tx: Transaction, value: str, *, but: str = "") -> None:
    """Lets everything that waits for something be tried again, but the one that brought it."""
    after = ""
    while page := tx.rows(
        "linked_dossiers", AWAITING.name, _AWAITS, value, after, MAX_DOSSIER_PAGE
    ):
        after = page[-1][0]
        for (case_id,) in page:
            if case_id != but:
                tx.run("wake_declaration", case_id)


def woken(tx: Transaction, most: int = MAX_DOSSIER_PAGE) -> list[str]:
    """The declarations that are to be tried again, the longest known first."""
    return [case_id for (case_id,) in tx.rows("woken_declarations", most)]


def asleep(tx: Transaction, case_id: str) -> None:
    """A declaration is not tried again before something else comes, even one that is damaged."""
    tx.run("calm_declaration", case_id)


def flagged(tx: Transaction, most: int = MAX_DOSSIER_PAGE) -> list[str]:
    """The declarations on which something is flagged."""
    return [one.id for one in linked(tx, AWAITING, _FLAGGED, _YES, most)]


def _links(state: Awaiting) -> dict[str, Iterable[str]]:
    """By what it is found: what would let it go on, and that it is flagged."""
    awaits: list[str] = []
    if state.holds:
        awaits = [of_house(state.about), *map(of_payer, state.payers)]
        awaits += [of_balance(one) for one in state.balances]
        awaits += [f"power {state.between}"] if state.between else []
    return {_AWAITS: awaits, _FLAGGED: [_YES] if state.flags else []}
