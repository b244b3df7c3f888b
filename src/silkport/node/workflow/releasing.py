"""Release: what stands against it, and letting goods go of themselves as soon as nothing does.

A declaration is looked at when it is filed, when something happens to it, and when something came
that it waits for (`awaiting.py`). Each look sets what it has of balances to what this version
needs, asks what is to be examined, and keeps what stands. What the law demands nobody passes over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import msgspec

from silkport.courses.grounds import (
    AMENDED,
    bars,
    examined,
    follows,
    goes_on,
    named,
)
from silkport.courses.inspection import Owed
from silkport.journey import possible
from silkport.kernel.canonical import digest_bytes
from silkport.kernel.errors import SilkportError
from silkport.kernel.exchange_errors import StepNotAllowed
from silkport.kernel.ids import as_key
from silkport.kernel.limits import MAX_DUE_AT_ONCE
from silkport.kernel.release_errors import ReleaseBarred
from silkport.model.inspections import Finding as Examined
from silkport.model.release import Awaiting, Demand, Hold
from silkport.model.states import RELEASED_STATES, Actor, State
from silkport.node.corridor import balances, guarantees, securing, transport_news
from silkport.node.corridor.inspections import recheck_in
from silkport.node.sovereign import Node, note
from silkport.node.state.contract import Transaction
from silkport.node.workflow import demanding
from silkport.node.workflow.awaiting import (
    asleep,
    find_awaiting,
    keep_awaiting,
    of_house,
    wake,
    woken,
)
from silkport.node.workflow.cases import NEVER, Case, Happening, Work, case_of, encoded, history
from silkport.node.workflow.coursing import Course, course_of

if TYPE_CHECKING:
    from silkport.node.workflow.filing import Office

RELEASED, HELD = "released", "held"
LETTING_GO = frozenset({"release", "release_conditionally", "fulfil"})
_ENDED = frozenset({State.REFUSED, State.REGISTRATION_REFUSED, State.WITHDRAWN})


@dataclass(frozen=True, slots=True)
class Seen:
    """What one look at a declaration showed; `state` is to be kept with it."""

    state: Awaiting
    owed: Sequence[Owed]

    @property
    def holds(self) -> tuple[Hold, ...]:
        """What stands against release."""
        return self.state.holds


def look(
    tx: Transaction,
    node: Node,
    office: Office,
    case: Case,
    course: Course,
    *,
    anew: bool = False,
) -> Seen | None:
    """Looks at a declaration that waits, or was released and is corrected; None without a law.

    Sets what it has of balances, and keeps what becomes of passports; looked at again without
    anything new it changes nothing.

    Args:
        anew: it was declared anew, so that what the neighbour amended before is behind it.
    Raises LawError.
    """
    law = office.demands
    if law is None:
        return None
    before = find_awaiting(tx, case.id)
    state = before or Awaiting(case=case.id, about=as_key(case.consignment_no, case.house_no))
    goods = digest_bytes(encoded(case.document["goods"])) if state.inspected else ""
    if goods != state.goods:  # other goods: what was examined was not these
        state = msgspec.structs.replace(state, inspected=(), goods="", found="")
    if before is None:
        state = msgspec.structs.replace(state, flags=demanding.said_before(tx, case))
    elif anew:
        left = tuple(one for one in state.flags if one.code != AMENDED)
        state = msgspec.structs.replace(state, flags=left)
    found = demanding.asked(tx, node, office, case, course, state)
    released = case.state in RELEASED_STATES
    decided = case.decision
    return Seen(
        msgspec.structs.replace(
            state,
            prepared="" if released else outcome_of(decided),
            lane=str(decided["decision"]["lane"]),
            holds=found.holds,
            payers=found.payers,
            balances=found.balances,
            between=found.between,
            law=law.digest,
        ),
        found.owed,
    )


def outcome_of(decided: Mapping[str, Any]) -> str:
    """What the rules decided: released, or held for an officer."""
    return RELEASED if demanding.is_clean(decided) else HELD


def waits(case: Case) -> Case:
    """A declaration that the rules would release, while something stands against it."""
    row = case.decision["decision"]
    if row["outcome"] != RELEASED:
        return case
    held = row | {"outcome": HELD, "released_day": NEVER, "refund_day": NEVER}
    return replace(case, decision={**case.decision, "decision": held})


def step_of(case: Case, seen: Seen | None, course: Course) -> str:
    """The event that follows on a decision whose goods are there; "" for none."""
    row = case.decision["decision"]
    if seen is None:
        holds: Sequence[Hold] = () if row["outcome"] == RELEASED else (demanding.FOR_AN_OFFICER,)
        return follows(holds, str(row["lane"]))
    event = follows(seen.holds, seen.state.lane)
    return "" if event == "request_documents" and course.documents else event


def _demand_free(work: Work, event: str, seen: Seen | None) -> None:
    """Raises ReleaseBarred when an officer lets go what the law does not let go."""
    if seen is None or event not in LETTING_GO:
        return
    barred = bars(seen.holds, event)
    if barred:
        told = "; ".join(f"{one.code} ({one.demand}, {one.who})" for one in barred)
        raise ReleaseBarred(what=work.case.number, event=event, holds=told)


def act_on(work: Work, office: Office, what: Happening, found: Examined | None) -> Case:
    """Lets a person bring an event about, and then whatever follows of itself; keeps it.

    Raises StepNotAllowed, ReleaseBarred, NotCompetent.
    """
    tx, node = work.tx, work.node
    records = history(tx, work.case.id) if office.demands else []
    course = course_of(records)
    _demand_examined(work, what, found)
    if what.event in {"inspect", "present"} and office.demands is not None:
        _demand_there(work, office, what.event, course)
    watched = what.event in LETTING_GO | {"inspect"} and what.event in possible(work.case.state)
    seen = look(tx, node, office, work.case, course) if watched else None
    _demand_free(work, what.event, seen)
    before = work.case
    work.happen(what)
    if what.event == "clear_flags":
        _clear_flags(work, what)
    if seen is not None and what.event == "inspect":
        _examined(work, office, seen, found, what)
    course = course_of([*records, *work.records])
    if work.case.state not in _ENDED | RELEASED_STATES:
        seen = look(tx, node, office, work.case, course)
        _go_on(work, seen, course, presented=what.event == "present")
    after = work.finish()
    conclude(work, office, before, seen)
    return after


def _demand_examined(work: Work, what: Happening, found: Examined | None) -> None:
    """Only an inspection finds something."""
    if found is not None and what.event not in {"inspect", "receive_result"}:
        state = f"{work.case.state}, and only an inspection finds something"
        raise StepNotAllowed(what=work.case.number, state=state, event=what.event)


def _clear_flags(work: Work, what: Happening) -> None:
    """An officer has dealt with what a neighbour's word flagged."""
    known = find_awaiting(work.tx, work.case.id)
    if known is None or not known.flags:
        raise StepNotAllowed(what=work.case.number, state="without a flag", event=what.event)
    keep_awaiting(work.tx, work.node, msgspec.structs.replace(known, flags=()), what.event)


def _demand_there(work: Work, office: Office, event: str, course: Course) -> None:
    assert office.demands is not None, "asked only where something is demanded"
    case = work.case
    procedure = str(case.document["declaration"].get("procedure", ""))
    demands = office.demands.demanded(case.direction, procedure, case.decl_day)
    if event == "inspect" and Demand.PRESENTATION in demands and not course.presented:
        state = "not presented, so nobody can have looked at its goods"
        raise StepNotAllowed(what=case.number, state=state, event=event)


def _examined(
    work: Work, office: Office, seen: Seen, found: Examined | None, what: Happening
) -> None:
    """Keeps what an officer examined; what was drawn for a re-check is judged by what he found."""
    for passport in dict.fromkeys(one.replaced_by for one in seen.owed if one.re_check):
        if found is not None:
            who, why = what.who, what.reason
            recheck_in(work.tx, work.node, passport, found, who=who, reason=why, home=office.home)
    done = msgspec.structs.replace(
        seen.state,
        inspected=examined(seen.owed),
        goods=digest_bytes(encoded(work.case.document["goods"])),
        found=found.value if found else "",
    )
    keep_awaiting(work.tx, work.node, done, "examine")


def _go_on(work: Work, seen: Seen | None, course: Course, *, presented: bool) -> None:
    """Takes the steps that follow of themselves; without a law on release there are none."""
    if seen is None:
        return
    if presented and work.case.state is State.REGISTERED and not course.in_hand:
        if event := step_of(work.case, seen, course):
            happen(work, event, seen.holds)
        return
    while event := goes_on(seen.holds, work.case.state, seen.owed, ordered=course.ordered):
        happen(work, event, seen.holds)
        if event != "recognise":
            return


def happen(work: Work, event: str, holds: Sequence[Hold]) -> None:
    """The node takes a step by itself; what stands against release is the reason."""
    work.happen(Happening(event, Actor.NODE, work.node.id, named(holds)))


def conclude(work: Work, office: Office, before: Case, seen: Seen | None) -> None:
    """Keeps what became of a declaration outside it: balances, what stands, transports, others.

    Args:
        before: the case before this transaction's events; of a new one as it was filed.
    """
    tx, node, case = work.tx, work.node, work.case
    was, now = before.state, case.state
    house = (case.consignment_no, case.house_no)
    if now in RELEASED_STATES and was not in RELEASED_STATES:
        transport_news.released(tx, node, house)
    if now is State.WITHDRAWN and was in RELEASED_STATES and case.direction == "export":
        transport_news.withdrawn(tx, node, house, case.number)
    if office.demands is None:
        return
    if now in _ENDED:
        _ended(tx, node, case, given_back=was in RELEASED_STATES)
    elif now in RELEASED_STATES:
        _let_gone(tx, node, case, seen if was not in RELEASED_STATES else None, office)
    elif seen is not None:
        keep_awaiting(tx, node, seen.state, "look")


def _let_gone(tx: Transaction, node: Node, case: Case, seen: Seen | None, office: Office) -> None:
    """What was reserved is used; what is still owed after release stays to be seen.

    Args:
        seen: the look by which it was released just now; None where that was before.
    """
    if seen is None:
        owes = look(tx, node, office, case, Course())
        assert owes is not None, "there is a law on release"
        state = owes.state
    else:  # who let it go has seen what was flagged
        owed = tuple(one for one in seen.holds if one.waived)
        state = msgspec.structs.replace(seen.state, prepared="", holds=owed, flags=())
        balances.settle(tx, node, case.id)
        securing.owe(tx, node, case.id)
    keep_awaiting(tx, node, state, case.state.value)


def _ended(tx: Transaction, node: Node, case: Case, *, given_back: bool) -> None:
    """What was reserved is free again, and others that wait for the same may have it."""
    if given_back:
        balances.give_back(tx, node, case.id)
    else:
        balances.free(tx, node, case.id, case.state.value)
    guarantees.let_go(tx, node, case.id, case.state.value)  # nothing has set out, or will any more
    securing.let_go(tx, node, case.id, case.state.value)
    known = find_awaiting(tx, case.id)
    if known is not None:
        over = Awaiting(case=case.id, about=known.about, law=known.law)
        keep_awaiting(tx, node, over, case.state.value)
    wake(tx, of_house(as_key(case.consignment_no, case.house_no)), but=case.id)


def try_release(tx: Transaction, node: Node, office: Office, case_id: str) -> Case:
    """Looks at a declaration again: it is released when nothing stands against it any more.

    The same again changes nothing. Raises NotFound, LawError.
    """
    case = case_of(tx, case_id)
    records = history(tx, case_id)
    if case.state in _ENDED or office.demands is None:
        asleep(tx, case_id)
        return case
    course = course_of(records)
    seen = look(tx, node, office, case, course)
    assert seen is not None, "there is a law on release"
    work = Work(tx, node, office.terms, case)
    if case.state not in RELEASED_STATES:
        _go_on(work, seen, course, presented=False)
    if work.records:
        after = work.finish()
        conclude(work, office, case, seen)
        return after
    keep_awaiting(tx, node, seen.state, "look")
    return case


def try_woken(node: Node, office: Office) -> list[Case]:
    """Tries again what something came for, each by itself; gives those that were released.

    What cannot be looked at is noted, and waits for something else to come.
    """
    if office.demands is None:
        return []
    released = []
    for case_id in node.state.read(lambda tx: woken(tx, MAX_DUE_AT_ONCE)):
        found = _tried(node, office, case_id)
        if found is not None:
            released.append(found)
    return released


def _tried(node: Node, office: Office, case_id: str) -> Case | None:
    """Tries one; gives it when it was released by that."""

    def work(tx: Transaction) -> Case | None:
        before = case_of(tx, case_id).state
        after = try_release(tx, node, office, case_id)
        newly = after.state in RELEASED_STATES and before not in RELEASED_STATES
        return after if newly else None

    try:
        return node.state.write(work)
    except SilkportError as error:
        refused = error

    def noted(tx: Transaction) -> None:
        note(tx, node, "", refused)
        asleep(tx, case_id)

    node.state.write(noted)
    return None
