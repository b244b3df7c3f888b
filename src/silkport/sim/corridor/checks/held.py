"""Held is not lost: what waits says for what and who must act, and wakes when that comes."""

from __future__ import annotations

from collections.abc import Iterator

from silkport.model.states import State
from silkport.node.dossiers import find_dossier
from silkport.node.workflow.awaiting import AWAITING
from silkport.sim.corridor.checks.tables import declarations, kept
from silkport.sim.corridor.sites import Site
from silkport.sim.corridor.world import World

_WAITING = (State.REGISTERED, State.DOCUMENTS_REQUESTED, State.INSPECTED)


def held(world: World) -> Iterator[str]:
    """Every declaration that waits at a node which asks what the law demands."""
    for site in world.sites.values():
        if not site.is_demanding or not site.is_deciding:
            continue
        for identity in declarations(site):
            yield from _of(site, identity)
        for one in kept(site, AWAITING):
            stands = [(hold.code, hold.who) for hold in one.state.holds]
            stands += [(flag.code, flag.who) for flag in one.state.flags]
            for code, who in stands:
                if not (code and who):
                    yield f"{site.id}: {one.id} does not say who must act on {code or '?'}"
        if site.row("woken_declarations", 1):
            yield f"{site.id}: something came for a declaration, and nobody looked at it again"


def _of(site: Site, identity: str) -> Iterator[str]:
    case = site.case(identity)
    found = site.read(lambda tx: find_dossier(tx, AWAITING, identity))
    holds = found.state.holds if found else ()
    if case.state in _WAITING and not holds:
        yield f"{site.id}: {case.number} is {case.state}, and nothing says what it waits for"
