"""Nothing lost: what was answered is there, whole; every declaration follows from its events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from silkport.journey import Step, advance
from silkport.kernel.canonical import digest_bytes
from silkport.kernel.errors import SilkportError
from silkport.model.states import State
from silkport.node.workflow.cases import Case, encoded, other_side
from silkport.node.workflow.telling import country_of
from silkport.sim.corridor.checks.tables import (
    declarations,
    honest_pairs,
    outbox,
    own_records,
    records,
)
from silkport.sim.corridor.sites import Site
from silkport.sim.corridor.world import World

_REGISTERS = {"register", "register_early"}


def kept(world: World) -> Iterator[str]:
    """What people were told, and what the events of each declaration lead to."""
    yield from _seen(world)
    yield from _marked(world)
    for site in world.sites.values():
        for identity in declarations(site):
            yield from _replayed(site, site.case(identity))
    yield from _told(world)


def _seen(world: World) -> Iterator[str]:
    """Events and messages that somebody saw are there, as they were."""
    for (place, identity), seen in world.ledger.records.items():
        now = [row[1] for row in world.sites[place].rows("events", identity)]
        if now[: len(seen)] != seen:
            yield f"{place}: events of {identity} that somebody saw are gone or changed"
    for (place, peer, seq), content in world.ledger.queued.items():
        row = world.sites[place].row("out_at", peer, seq)
        if row is None or row[0] != content:
            yield f"{place}: message {seq} for {peer} was queued and is gone or changed"


def _marked(world: World) -> Iterator[str]:
    """Each act that was answered is one event; one that was not is one at most."""
    found: Counter[str] = Counter()
    for site in world.sites.values():
        for identity in declarations(site):
            for record in records(site, identity):
                found.update({record["who"], *record["reason"].split()})
    ledger = world.ledger
    wrong = {
        "answered": {mark for mark in ledger.done if found[mark] != 1},
        "tried": {mark for mark in ledger.tried if found[mark] > 1},
        "refused": {mark for mark in ledger.refused if found[mark]},
    }
    for what, marks in wrong.items():
        for mark in sorted(marks):
            yield f"{mark} was {what} and stands in {found[mark]} events"


def _steps(site: Site, case: Case) -> Iterator[tuple[dict[str, str], Step]]:
    """The steps that the recorded events are, by the table. Raises StepRefused, LawError."""
    registered = -1
    for record in own_records(site, case.id):
        step = advance(
            State(record["from"]),
            record["event"],
            record["at"],
            site.office.terms,
            direction=case.direction,
            registered_at=registered,
        )
        registered = record["at"] if record["event"] in _REGISTERS else registered
        yield record, step


def _replayed(site: Site, case: Case) -> Iterator[str]:
    """The events of a declaration, taken one by one, lead to what is stored of it."""
    state, version, registered = State.DRAFT, 0, -1
    due: tuple[int, str] = (-1, "")
    try:
        for record, step in _steps(site, case):
            if record["from"] != state or record["to"] != step.state:
                way = f"{record['event']} took it from {record['from']} to {record['to']}"
                yield f"{site.id}: {case.id} was {state}; {way}, and {step.state} follows"
            state, version = step.state, version + 1
            if record["event"] in _REGISTERS:
                registered = int(record["at"])
            if not step.keeps_due:
                due = (step.due.at, step.due.then) if step.due else (-1, "")
    except SilkportError as error:
        yield f"{site.id}: {case.id}: {error}"
    stored = (case.state, case.version, case.registered_at, (case.due_at, case.due_then))
    if stored != (state, version, registered, due):
        yield f"{site.id}: {case.id} is {stored}; {(state, version, registered, due)} follows"
    last = (own_records(site, case.id) or [{}])[-1]
    digests = (digest_bytes(encoded(case.document)), digest_bytes(encoded(case.decision)))
    if (last.get("document"), last.get("decision")) != digests:
        yield f"{site.id}: the last event of {case.id} was upon another document or decision"
    heard = [one for one in records(site, case.id) if one["event"] == "neighbour"]
    if any(one["from"] != one["to"] for one in heard):
        yield f"{site.id}: what a neighbour said took {case.id} to another state"


def _told(world: World) -> Iterator[str]:
    """For each step that the neighbour is to be told of there is one message, and no other."""
    for one, other in honest_pairs(world):
        late = world.mix.unsigned in ((one.id, other.id), (other.id, one.id))
        if late or not one.is_deciding:
            continue
        said: Counter[tuple[str, str]] = Counter()
        for message in outbox(one, other.id):
            if message.kind and "declaration_no" in message.fields["body"]:
                said[message.name, message.fields["body"]["declaration_no"]] += 1
        owed: Counter[tuple[str, str]] = Counter()
        for identity in declarations(one):
            case = one.case(identity)
            if other_side(case) == country_of(other.role.administration):
                steps = [step for _, step in _steps(one, case)]
                owed.update((step.tells, case.number) for step in steps if step.tells)
        if said != owed:
            less, more = owed - said, said - owed
            yield f"{one.id} to {other.id}: not told {dict(less)}, told besides {dict(more)}"
