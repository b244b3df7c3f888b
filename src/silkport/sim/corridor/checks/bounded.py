"""Nobody is held up: where only a node that lies is at fault, the others exchange at once."""

from __future__ import annotations

from collections.abc import Iterator

from silkport.sim.corridor.checks.tables import honest_pairs
from silkport.sim.corridor.mixes import MINUTE
from silkport.sim.corridor.world import World

AT_ONCE = 2 * MINUTE
"""The longest that a message may be under way on a whole line: one refused try, one more."""


def bounded(world: World) -> Iterator[str]:
    """How long each message between honest nodes was under way, in a world without faults."""
    if not world.mix.is_calm:
        return
    for one, other in honest_pairs(world):
        for seq in range(1, other.peer(one.id).received + 1):
            queued, came = one.row("out_at", other.id, seq), other.row("in_at", one.id, seq)
            if queued is None or came is None or came[1] - queued[1] > AT_ONCE:
                yield f"{one.id} to {other.id}: message {seq} was under way for too long"
