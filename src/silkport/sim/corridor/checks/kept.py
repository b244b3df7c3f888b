"""Nothing lost: what was answered is there, whole; every declaration follows from its events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from silkport.journey import advance
from silkport.kernel.canonical import digest_bytes
from silkport.kernel.errors import SilkportError
from silkport.model.states import State
from silkport.node.workflow.cases import Case, case_of, encoded, other_side
from silkport.node.workflow.telling import country_of
from silkport.sim.corridor.checks.tables import declarations, honest_pairs, outbox, records
from silkport.sim.corridor.sites import Site
from silkport.sim.corridor.world import World


def kept(world: World) -> Iterator[str]:
    """What people were told, and what the events of each declaration lead to."""
    yield from _answered(world)
    for site in world.sites.values():
        for identity in declarations(site):
            yield from _replayed(site, identity)
    yield from _told(world)


def _answered(world: World) -> Iterator[str]:
    ledger = world.ledger
    for (place, identity), seen in ledger.records.items():
        site = world.sites[place]
        now = [row[1] for row in site.read(lambda tx, one=identity: tx.rows("events", one))]  # type: ignore[misc]
        if now[: len(seen)] != seen:
            yield f"{place}: events of {identity} that somebody saw are gone or changed"
    for (place, peer, seq), content in ledger.queued.items():
        row = world.sites[place].read(lambda tx, p=peer, s=seq: tx.one("out_at", p, s))  # type: ignore[misc]
        if row is None or row[0] != content:
            yield f"{place}: message {seq} for {peer} was queued and is gone or changed"
    found: Counter[str] = Counter()
    for site in world.sites.values():
        for identity in declarations(site):
            for record in records(site, identity):
                found.update({record["who"], *record["reason"].split()})
    for mark in sorted(ledger.done):
        if found[mark] != 1:
            yield f"{mark} was answered and stands in {found[mark]} events"
    for mark in sorted(ledger.tried):
        if found[mark] > 1:
            yield f"{mark} was tried and stands in {found[mark]} events"
    for mark in sorted(ledger.refused):
        if found[mark]:
            yield f"{mark} was refused and stands in {found[mark]} events"


def _replayed(site: Site, identity: str) -> Iterator[str]:
    """The events of a declaration, taken one by one, lead to what is stored of it."""
    case = site.read(lambda tx: case_of(tx, identity))
    state, version, registered = State.DRAFT, 0, -1
    due: tuple[int, str] = (-1, "")
    for record in records(site, identity):
        event = record["event"]
        if record["from"] != state:
            yield f"{site.id}: {identity} was {state} and {event} began at {record['from']}"
        if event == "neighbour":
            continue
        try:
            step = advance(
                state,
                event,
                record["at"],
                site.office.terms,
                direction=case.direction,
                registered_at=registered,
            )
        except SilkportError as error:
            yield f"{site.id}: {identity}: {error}"
            return
        state, version = step.state, version + 1
        if record["to"] != state:
            yield f"{site.id}: {identity} came by {event} to {record['to']}, not to {state}"
        if event in {"register", "register_early"}:
            registered = record["at"]
        if not step.keeps_due:
            due = (step.due.at, step.due.then) if step.due else (-1, "")
    stored = (case.state, case.version, case.registered_at, (case.due_at, case.due_then))
    if stored != (state, version, registered, due):
        yield f"{site.id}: {identity} is {stored}; {(state, version, registered, due)} follows"
    yield from _last(site, case)


def _last(site: Site, case: Case) -> Iterator[str]:
    """The last event of its own was upon what is stored."""
    own = [one for one in records(site, case.id) if one["event"] != "neighbour"]
    if not own:
        yield f"{site.id}: {case.id} is there without an event"
        return
    digests = (digest_bytes(encoded(case.document)), digest_bytes(encoded(case.decision)))
    if (own[-1]["document"], own[-1]["decision"]) != digests:
        yield f"{site.id}: {case.id}: its last event was upon another document or decision"


def _told(world: World) -> Iterator[str]:
    """For each step that the neighbour is to be told of there is one message, and no other."""
    for one, other in honest_pairs(world):
        if world.mix.unsigned in ((one.id, other.id), (other.id, one.id)) or not one.is_deciding:
            continue
        said: Counter[tuple[str, str]] = Counter()
        for message in outbox(one, other.id):
            if message.kind and "declaration_no" in message.fields["body"]:
                said[message.name, message.fields["body"]["declaration_no"]] += 1
        owed: Counter[tuple[str, str]] = Counter()
        for identity in declarations(one):
            case = one.read(lambda tx, key=identity: case_of(tx, key))  # type: ignore[misc]
            if other_side(case) == country_of(other.role.administration):
                owed.update((kind, case.number) for kind in _tellings(one, case))
        if said != owed:
            less, more = owed - said, said - owed
            yield f"{one.id} to {other.id}: not told {dict(less)}, told besides {dict(more)}"


def _tellings(site: Site, case: Case) -> Iterator[str]:
    registered = -1
    for record in records(site, case.id):
        if record["event"] == "neighbour":
            continue
        step = advance(
            State(record["from"]),
            record["event"],
            record["at"],
            site.office.terms,
            direction=case.direction,
            registered_at=registered,
        )
        if record["event"] in {"register", "register_early"}:
            registered = record["at"]
        if step.tells:
            yield step.tells


