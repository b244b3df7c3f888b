"""Acting: what an officer or a declarant does with a declaration, and what time does to it."""

from __future__ import annotations

from dataclasses import replace

from silkport.kernel.errors import SilkportError
from silkport.kernel.exchange_errors import StepNotAllowed
from silkport.kernel.limits import MAX_DUE_AT_ONCE
from silkport.model.states import EVENTS, UNDECIDED, Actor
from silkport.node.sovereign import Node, note
from silkport.node.state.contract import Transaction
from silkport.node.workflow.cases import Case, Happening, Work, case_of
from silkport.node.workflow.filing import Office

_EVENT = {one.name: one for one in EVENTS}
_ON_HELD = ("refuse_act", "accept_act")
_WITH_A_VERSION = ("file", "amend")
"""These come with a version of the declaration, which is filed; by themselves they say nothing."""


def act(
    node: Node, office: Office, identity: str, event: str, *, actor: Actor, who: str, reason: str
) -> Case:
    """Lets a person bring an event about; durable when it returns.

    Raises NotFound, NotCompetent, StepNotAllowed (also for an event that is not this actor's).
    """
    return node.state.write(
        lambda tx: _act(tx, node, office, identity, Happening(event, actor, who, reason))
    )


def _act(tx: Transaction, node: Node, office: Office, identity: str, what: Happening) -> Case:
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
    work = Work(tx, node, office.terms, case)
    work.happen(what)
    return work.finish()


def pass_time(node: Node, office: Office) -> int:
    """Brings about what is due by now, at most MAX_DUE_AT_ONCE; gives how many cases it was."""
    return node.state.write(lambda tx: _pass_time(tx, node, office))


def _pass_time(tx: Transaction, node: Node, office: Office) -> int:
    due = tx.rows("due_declarations", node.now(), MAX_DUE_AT_ONCE)
    for (identity,) in due:
        work = Work(tx, node, office.terms, case_of(tx, identity))
        _be_over(work)
        work.finish()
    return len(due)


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
