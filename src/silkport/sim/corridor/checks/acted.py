"""Dossiers: what somebody saw of them stays, each act that was answered is there, once for each.

The state that is kept is the one that the last act led to.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import msgspec

from silkport.kernel.canonical import digest_bytes
from silkport.sim.corridor.checks.tables import ALL, dossiers
from silkport.sim.corridor.sites import Site
from silkport.sim.corridor.world import World

_KEEPS_THOUGH_REFUSED = frozenset({"fill"})
"""What was typed is kept though the filing is not complete."""


def acted(world: World) -> Iterator[str]:
    """Every dossier of each node, and what people were told of it."""
    found: Counter[str] = Counter()
    for site in world.sites.values():
        for about, (_, _, version, state) in dossiers(site).items():
            yield from _one(site, about, version, state, found)
    ledger = world.ledger
    for mark, (place, about) in ledger.deeds.items():
        if not found[mark]:
            yield f"{place}: {mark} on {about} was answered and is not there"
    for mark in sorted(ledger.refused):
        if found[mark]:
            yield f"{mark} was refused and stands in {found[mark]} acts"
    for (place, about), seen in ledger.acts.items():
        now = [row[1] for row in world.sites[place].rows("acts", about, 1, ALL)]
        if now[: len(seen)] != seen:
            yield f"{place}: acts on {about} that somebody saw are gone or changed"


def _one(site: Site, about: str, version: int, state: bytes, found: Counter[str]) -> Iterator[str]:
    rows = site.rows("acts", about, 1, ALL)
    records = [msgspec.json.decode(record) for _, record in rows]
    if [n for n, _ in rows] != list(range(1, version + 1)):
        yield f"{site.id}: {about} is at version {version} and has {len(rows)} acts"
    if records and records[-1]["state"] != digest_bytes(state):
        yield f"{site.id}: the last act on {about} led to another state"
    for one in records:
        if one["event"] not in _KEEPS_THOUGH_REFUSED:
            found[one["who"]] += 1
