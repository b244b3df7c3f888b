"""The trader's copy and the authority's data stay apart; a copy holds what was granted, no more.

Both sides agree on it: the copy is that of the newest grant that took effect, and gone when that
was taken back or is over.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import msgspec

from silkport.kernel.periods import day_number
from silkport.model.columns import AMOUNT_SCALE
from silkport.model.prepared import ConsignmentFile, Prepared, Provenance, Side
from silkport.node.corridor.consignment_files import CONSIGNMENT, described_id, granted_id
from silkport.sim.corridor.checks.tables import inbox, kept, outbox, parked, sound_pairs
from silkport.sim.corridor.sites import Site
from silkport.sim.corridor.world import World

_ALWAYS = frozenset(
    "consignment_no house_no grant_no act version granted_at valid_until importer_code".split()
)
_OWN = frozenset(("", -1, 0, 1))
"""Values that stand where nothing was stated, and what counts lines and versions."""


def apart(world: World) -> Iterator[str]:
    """Files of traders, and grants between each pair of nodes."""
    for site in world.sites.values():
        for file in kept(site, CONSIGNMENT):
            yield from _provenance(site, file.id, file.state)
    for one, other in sound_pairs(world):
        yield from _told(world, one, other)
        yield from _granted(one, other)


def _provenance(site: Site, identity: str, state: ConsignmentFile) -> Iterator[str]:
    """No field of a trader is what the authority here received; what is filed was confirmed."""
    for key, filing in state.filings.items():
        for name, cell in _cells(filing):
            how = f"{cell.how} {cell.came}"
            if Provenance.RECEIVED in how or "export_released" in how or "export_amended" in how:
                yield f"{site.id}: {name} of {key} in {identity} is what the authority received"
            typed = state.side is Side.EXPORTER or name in filing.typed
            if cell.how is Provenance.DECLARED and not typed:
                yield f"{site.id}: {name} of {key} in {identity} was declared by nobody here"
        if filing.filed_id and not filing.confirmed_by:
            yield f"{site.id}: {key} in {identity} was filed and nobody confirmed it"


def _cells(filing: Prepared) -> Iterator[tuple[str, Any]]:
    yield from filing.head.items()
    for n, line in enumerate(filing.goods, 1):
        for name, cell in line.items():
            yield f"goods[{n}].{name}", cell


def _granted(one: Site, other: Site) -> Iterator[str]:
    """What `other` holds by grants of `one`, against the messages that took effect there."""
    waiting = parked(other, one.id)
    newest: dict[tuple[str, str], dict[str, Any]] = {}
    ended: dict[tuple[str, str], set[str]] = {}
    for message in inbox(other, one.id):
        if message.name != "exporter_grant" or message.seq in waiting:
            continue
        body = message.fields["body"]
        house = (str(body["consignment_no"]), str(body.get("house_no", "")))
        known = newest.get(house)
        if body["act"] == "revoked":
            ended.setdefault(house, set()).add(str(body["grant_no"]))
        elif known is None or body["version"] >= known["version"]:
            newest[house] = body
    held = {
        file.id: file.state
        for file in kept(other, CONSIGNMENT)
        if file.state.side is Side.IMPORTER and file.state.peer == one.id
    }
    for house, body in newest.items():
        identity = granted_id(one.id, *house)
        state = held.pop(identity, None)
        if state is None:
            yield f"{other.id}: {identity} was granted by {one.id} and is not there"
            continue
        yield from _copy(other, identity, state, body, ended.get(house, set()))
    for identity in held:
        yield f"{other.id}: {identity} is there and {one.id} granted nothing of it"


def _told(world: World, one: Site, other: Site) -> Iterator[str]:
    """Each message tells what its exporter granted by it, and no further field."""
    files = {file.id: file.state for file in kept(one, CONSIGNMENT)}
    for message in outbox(one, other.id):
        is_lie = (other.id, message.content) in world.lies
        if message.name != "exporter_grant" or is_lie:
            continue
        body = message.fields["body"]
        file = files.get(described_id(str(body["consignment_no"])))
        grant = file.grants.get(str(body["grant_no"])) if file else None
        if grant is None:
            yield f"{one.id}: {body['grant_no']} was told to {other.id} and never granted"
            continue
        more = [name for name in _names(body) if name not in grant.fields]
        if more or grant.peer != other.id:
            yield f"{one.id}: {grant.grant_no} told {other.id} {', '.join(more)} besides"


def _names(body: dict[str, Any]) -> Iterator[str]:
    """The fields of a grant that a body carries, those of rows as `goods.total`."""
    for name, value in body.items():
        if isinstance(value, list):
            inner = {part for row in value for part in row} - {"gnum"}
            yield from (f"{name}.{part}" for part in sorted(inner))
        elif name not in _ALWAYS:
            yield name


def _copy(
    site: Site, identity: str, state: ConsignmentFile, body: dict[str, Any], ended: set[str]
) -> Iterator[str]:
    """One copy: nothing in it that was not granted, and nothing at all when that is over."""
    is_over = body["grant_no"] in ended or body["valid_until"] <= site.clock.now()
    if state.version != body["version"] and not is_over:
        yield f"{site.id}: {identity} is of version {state.version}, granted is {body['version']}"
    if bool(state.description.masters) == is_over:
        yield f"{site.id}: {identity} {'is still' if is_over else 'is no longer'} there"
    granted = set(_leaves(body))
    granted |= {read(one) for one in granted if isinstance(one, str) for read in (_scaled, _day)}
    more = set(_leaves(msgspec.to_builtins(state.description))) - granted - _OWN
    if more:
        named = sorted(map(str, more))[:3]
        yield f"{site.id}: {identity} holds what was not granted: {', '.join(named)}"


def _leaves(value: Any) -> Iterator[int | str]:
    """Every plain value within a value."""
    if isinstance(value, dict):
        for one in value.values():
            yield from _leaves(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _leaves(one)
    else:
        yield value


def _day(text: str) -> int:
    """A day as descriptions have it; -1 for what is none."""
    try:
        return day_number(date.fromisoformat(text))
    except ValueError:
        return -1


def _scaled(text: str) -> int:
    """A decimal as descriptions have it, in hundred-thousandths; -1 for what is none."""
    whole, _, part = text.partition(".")
    if not whole.isdigit() or (part and not part.isdigit()) or len(part) > 5:
        return -1
    return int(whole) * AMOUNT_SCALE + int(part.ljust(5, "0") or 0)
