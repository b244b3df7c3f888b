"""Acting: what an officer or a declarant does with a declaration, and what time does to it."""

from __future__ import annotations

from dataclasses import replace

from silkport.kernel.errors import SilkportError
from silkport.kernel.exchange_errors import StepNotAllowed
from silkport.kernel.limits import MAX_DUE_AT_ONCE
from silkport.model.inspections import Finding
from silkport.model.states import EVENTS, UNDECIDED, Actor
from silkport.node.corridor.guarantees import overdue
from silkport.node.sovereign import Node, note
from silkport.node.state.contract import Transaction
from silkport.node.workflow.cases import Case, Happening, Work, case_of
from silkport.node.workflow.filing import Office
from silkport.node.workflow.releasing import act_on, conclude, try_woken

_EVENT = {one.name: one for one in EVENTS}
_ON_HELD = ("refuse_act", "accept_act")
_WITH_A_VERSION = ("file", "amend")
"""These come with a version of the declaration, which is filed; by themselves they say nothing."""


def act(
    node: Node,
    office: Office,
    identity: str,
    event: str,
    *,
    actor: Actor,
    who: str,
    reason: str,
    found: Finding | None = None,
) -> Case:
    """Lets a person bring an event about, and what follows of itself; durable when it returns.

    Args:
        found: of an inspection: what it found. Goods that conform may then go of themselves.
    Raises NotFound, NotCompetent, ReleaseBarred, StepNotAllowed (also for an event that is not
    this actor's).
    """
    what = Happening(event, actor, who, reason)
    return node.state.write(lambda tx: _act(tx, node, office, identity, what, found))


def _act(
    tx: Transaction,
    node: Node,
    office: Office,
    identity: str,
    what: Happening,
    finding: Finding | None,
) -> Case:
    case = case_of(tx, identity)
    known = _EVENT.get(what.event)
    if known is None or what.actor not in known.actors or what.event in _WITH_A_VERSION:
        raise StepNotAllowed(what=case.number, state=case.state, event=what.event)
    if what.event in _ON_HELD and not case.held:
        raise StepNotAllowed(what=case.number, state="without a held act", event=what.event)
    if what.event == "accept_act":
        case = replace(case, document=case.held["document"], decision=case.held["decision"])
    if what.event in _ON_HELD:
        case = replace(case, held={})
    return act_on(Work(tx, node, office.terms, case), office, what, finding)


def pass_time(node: Node, office: Office) -> int:
    """Brings about what is due by now, and tries again what something came for.

    Of each at most MAX_DUE_AT_ONCE; gives how many were due or released.
    """
    due = node.state.write(lambda tx: _pass_time(tx, node, office))
    return due + len(try_woken(node, office))


def _pass_time(tx: Transaction, node: Node, office: Office) -> int:
    due = tx.rows("due_declarations", node.now(), MAX_DUE_AT_ONCE)
    for (identity,) in due:
        before = case_of(tx, identity)
        work = Work(tx, node, office.terms, before)
        _be_over(work)
        work.finish()
        conclude(work, office, before, None)
    return len(due) + (len(overdue(tx, node)) if office.demands else 0)


def _be_over(work: Work) -> None:
    """The term of a case is over: what the law has follow, or a person must say.

    It is the person's where days off were counted that nobody has published, and where the law
    names an event that the state does not have.
    """
    case, by = work.case, work.node.id
    why = f"{case.due_then}, provisional"
    if case.due_known:
        try:
            work.happen(Happening(case.due_then, Actor.TIME, by))
        except SilkportError as error:
            note(work.tx, work.node, "", error)
            why = case.due_then
        else:
            return
    try:
        work.happen(Happening(UNDECIDED, Actor.TIME, by, why))
    except SilkportError as error:  # it is over all the same, and not every second again
        note(work.tx, work.node, "", error)
        work.case = replace(case, due_at=-1)
