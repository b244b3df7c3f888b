"""Acting: what an officer or a declarant does with a declaration, and what time does to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from silkport.kernel.errors import SilkportError
from silkport.kernel.exchange_errors import StepNotAllowed
from silkport.kernel.limits import DUE_AGAIN_SECONDS, MAX_DOSSIER_PAGE, MAX_DUE_AT_ONCE
from silkport.model.inspections import Finding
from silkport.model.parties import Deed
from silkport.model.states import EVENTS, UNDECIDED, Actor
from silkport.node.corridor.balances import DRAWING
from silkport.node.corridor.reserving import overdue
from silkport.node.sovereign import Node, note
from silkport.node.state.contract import Transaction
from silkport.node.workflow.afterwards import demand_deed, demand_still_here
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
    Raises NotFound, NotCompetent, NoPower, ReleaseBarred, GoodsGone, StepNotAllowed (also for an
    event that is not this actor's).
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
    if what.event == "withdraw" and what.actor is Actor.DECLARANT:
        demand_deed(tx, node, office, case, Deed.WITHDRAW)
    if what.event == "cancel":
        demand_still_here(tx, case)
    return act_on(Work(tx, node, office.terms, case), office, what, finding)


def pass_time(node: Node, office: Office) -> int:
    """Brings about what is due by now, and tries again what something came for.

    Each by itself, so that one that cannot be concluded stops no other: it is noted, and tried
    again after DUE_AGAIN_SECONDS. Of each at most MAX_DUE_AT_ONCE; gives how many were due or
    released.
    """
    now = node.now()
    due = node.state.read(lambda tx: tx.rows("due_declarations", now, MAX_DUE_AT_ONCE))
    for (identity,) in due:
        _each(node, partial(_come_due, node=node, office=office, identity=identity),
              ("postpone_declaration", identity))  # fmt: skip
    released = try_woken(node, office)
    if office.demands is None:
        return len(due) + len(released)
    over = node.state.read(lambda tx: tx.rows("due_dossiers", DRAWING.name, now, MAX_DOSSIER_PAGE))
    for (matter,) in over:
        _each(node, partial(overdue, node=node, matter=matter),
              ("postpone_dossier", DRAWING.name, matter))  # fmt: skip
    return len(due) + len(over) + len(released)


def _each(node: Node, work: Callable[[Transaction], None], postpone: tuple[str, ...]) -> None:
    """Does what is due; what cannot be done is noted and waits, whatever stands in its way.

    Args:
        postpone: the statement by which it is due later, and what it is about.
    """
    try:
        node.state.write(work)
    except SilkportError as error:
        refused = error
    else:
        return

    def noted(tx: Transaction) -> None:
        note(tx, node, "", refused)
        tx.run(*postpone, node.now() + DUE_AGAIN_SECONDS * 1_000)

    node.state.write(noted)


def _come_due(tx: Transaction, *, node: Node, office: Office, identity: str) -> None:
    before = case_of(tx, identity)
    if not 0 <= before.due_at <= node.now():
        return  # somebody was quicker
    work = Work(tx, node, office.terms, before)
    _be_over(work)
    work.finish()
    conclude(work, office, before, None)


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
