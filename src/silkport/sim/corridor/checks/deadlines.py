"""No wait without a term: who waits has a due time, or was escalated when it passed."""

from __future__ import annotations

from collections.abc import Iterator

from silkport.model.states import TRANSITIONS, State
from silkport.node.workflow.cases import case_of
from silkport.sim.corridor.checks.tables import declarations, records
from silkport.sim.corridor.world import World

_WAITING = {one.to for one in TRANSITIONS if one.deadline}
_ESCALATIONS = {one.event for one in TRANSITIONS if one.escalates}


def deadlines(world: World) -> Iterator[str]:
    """Each declaration of each node; what was due has happened."""
    for site in world.sites.values():
        for identity in declarations(site):
            case = site.read(lambda tx, key=identity: case_of(tx, key))  # type: ignore[misc]
            own = [one for one in records(site, identity) if one["event"] != "neighbour"]
            last = own[-1]["event"] if own else ""
            waits = case.state in _WAITING
            if waits and case.due_at < 0 and last not in _ESCALATIONS:
                yield f"{site.id}: {case.number} is {case.state} and waits for nothing, after {last}"
            if 0 <= case.due_at <= site.clock.now():
                yield f"{site.id}: {case.number} was due at {case.due_at} and nothing happened"
            if case.due_at >= 0 and case.state not in _WAITING:
                yield f"{site.id}: {case.number} is {case.state} and still due"
            if case.state is State.DRAFT:
                yield f"{site.id}: {case.number} is kept as a draft"
            for record in own:
                if record["by"] == "time" and record["event"] not in {
                    one.event for one in TRANSITIONS if one.state == record["from"]
                }:
                    yield f"{site.id}: {case.number}: {record['event']} passed in {record['from']}"
