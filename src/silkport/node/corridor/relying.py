"""Released goods whose inspection a result replaced, where the body says otherwise afterwards.

What is not released yet is judged anew by what the result says now (`inspections.py`).
"""

from __future__ import annotations

from collections.abc import Iterable

from silkport.courses.grounds import CHANGED
from silkport.model.inspections import Inspection, Passport
from silkport.model.states import RELEASED_STATES
from silkport.node.dossiers import Dossier
from silkport.node.sovereign import Node
from silkport.node.state.contract import Transaction
from silkport.node.workflow.awaiting import find_awaiting, flag_case
from silkport.node.workflow.cases import find_case

RESULT = "inspection_result"


def changed(tx: Transaction, node: Node, held: Dossier[Inspection], passport: Passport) -> None:
    """Flags what relied on a result that comes again and says something else."""
    _flag(tx, node, held.state, _cause(held.state.peer, passport, held.version + 1))


def contradicted(
    tx: Transaction,
    node: Node,
    peer: str,
    passport: Passport,
    others: Iterable[Dossier[Inspection]],
) -> None:
    """Flags what relied on another result of the house that was found in the same way.

    Args:
        others: results of inspections of that house.
    """
    for one in others:
        if one.state.peer == peer and one.state.passport.method == passport.method:
            _flag(tx, node, one.state, _cause(peer, passport, 1))


def _cause(peer: str, passport: Passport, version: int) -> str:
    body = passport.body_code or passport.body
    return f"{peer} {RESULT} {body} {passport.inspection_no}, {version}: {passport.finding}"


def _flag(tx: Transaction, node: Node, held: Inspection, cause: str) -> None:
    """Not what was examined here all the same, or never rested on this result."""
    for identity in held.relied_on_by.values():
        case, known = find_case(tx, identity), find_awaiting(tx, identity)
        examined = set(known.inspected) if known else set()
        rests = not set(held.replaces) <= examined
        if rests and case is not None and case.state in RELEASED_STATES:
            flag_case(tx, node, case, CHANGED, cause)
