"""What is overdue: a missed term stays with the declaration until that which was due is done.

It is read from the events of the declaration, which are kept as long as itself. The incidents that
say the same to the operator go earlier. A new term that begins meanwhile does not hide it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from silkport.model.states import ESCALATIONS, SETTLED_BY, State
from silkport.node.state.contract import Transaction
from silkport.node.workflow.cases import history

_DECIDED = frozenset(
    {
        State.CONDITIONALLY_RELEASED,
        State.CORRECTED,
        State.REFUSED,
        State.REGISTRATION_REFUSED,
        State.RELEASED,
        State.WITHDRAWN,
    }
)


@dataclass(frozen=True, slots=True)
class Overdue:
    """A term that was missed: the event that says which, since when, and what was noted with it."""

    event: str
    since: int
    reason: str = ""


def overdue(tx: Transaction, identity: str) -> Overdue | None:
    """What has been overdue for longest in a declaration; None where nothing is."""
    return overdue_in(history(tx, identity))


def overdue_in(records: Iterable[Mapping[str, Any]]) -> Overdue | None:
    """The same from the records of its events, oldest first."""
    missed: list[Overdue] = []
    for one in records:
        event = one["event"]
        if event in ESCALATIONS:
            missed.append(Overdue(event, one["at"], one["reason"]))
        elif one["from"] != one["to"] and one["to"] in _DECIDED:
            missed = []
        else:
            missed = [old for old in missed if event not in SETTLED_BY.get(old.event, ())]
    return missed[0] if missed else None
