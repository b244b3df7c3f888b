"""No wait without a term: who waits has a due time, or was escalated when it passed."""

from __future__ import annotations

from collections.abc import Iterator

from silkport.model.states import TRANSITIONS, State
from silkport.node.workflow.cases import Case
from silkport.sim.corridor.checks.tables import declarations, own_records
from silkport.sim.corridor.sites import Site
from silkport.sim.corridor.world import World

_WAITING = {one.to for one in TRANSITIONS if one.deadline}
_KEEPING = {(one.state.value, one.event) for one in TRANSITIONS if one.keeps_due}
"""Steps that leave the term that runs as it is, and one that was missed as well."""
_ESCALATIONS = {one.event for one in TRANSITIONS if one.escalates}


def deadlines(world: World) -> Iterator[str]:
    """Each declaration of each node; what was due has happened."""
    for site in world.sites.values():
        for identity in declarations(site):
            yield from _of(site, site.case(identity))


def _of(site: Site, case: Case) -> Iterator[str]:
    what = f"{site.id}: {case.number} is {case.state}"
    records = own_records(site, case.id)
    events = [one["event"] for one in records]
    lasting = [one["event"] for one in records if (one["from"], one["event"]) not in _KEEPING]
    escalated = bool(lasting) and lasting[-1] in _ESCALATIONS
    if case.state in _WAITING and case.due_at < 0 and not escalated:
        yield f"{what} and waits without a term after {events[-1:]}"
    if case.state not in _WAITING and case.due_at >= 0:
        yield f"{what} and still due"
    if 0 <= case.due_at <= site.clock.now():
        yield f"{what}, {case.due_then} was due at {case.due_at} and did not happen"
    if case.state is State.DRAFT:
        yield f"{what}, which is never kept"
