"""Acting: what an officer or a declarant does with a declaration, and what time does to it."""

from __future__ import annotations

from dataclasses import replace

from silkport.kernel.errors import SilkportError
from silkport.kernel.exchange_errors import StepNotAllowed, TermMissed
from silkport.kernel.limits import MAX_DUE_AT_ONCE
from silkport.model.states import EVENTS, Actor
from silkport.node.sovereign import Node, note
from silkport.node.state.contract import Transaction
from silkport.node.workflow.cases import Case, Happening, Work, case_of
from silkport.node.workflow.filing import Office

_EVENT = {one.name: one for one in EVENTS}
_ON_HELD = ("refuse_act", "accept_act")


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
    if known is None or what.actor not in known.actors:
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
        case = case_of(tx, identity)
        work = Work(tx, node, office.terms, case)
        if not case.due_known:  # by days off that nobody has published: a person decides
            missed = TermMissed(what=case.number, term=f"{case.due_then}, provisional")
            note(tx, node, "", missed)
            work.case = replace(case, due_at=-1)
            work.finish()
            continue
        try:
            work.happen(Happening(case.due_then, Actor.TIME, node.id))
        except SilkportError as error:  # the law names an event that this state does not have
            note(tx, node, "", error)
            work.case = replace(case, due_at=-1)
        work.finish()
    return len(due)
