"""The invariants of a world at rest; each checker yields what it finds broken.

A checker works out by itself what must be there, from what nodes sent, stored and answered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from silkport.sim.corridor.checks.acted import acted
from silkport.sim.corridor.checks.agreeing import agreeing
from silkport.sim.corridor.checks.apart import apart
from silkport.sim.corridor.checks.bounded import bounded
from silkport.sim.corridor.checks.carried import carried
from silkport.sim.corridor.checks.conserved import conserved
from silkport.sim.corridor.checks.deadlines import deadlines
from silkport.sim.corridor.checks.held import held
from silkport.sim.corridor.checks.kept import kept
from silkport.sim.corridor.checks.once import once
from silkport.sim.corridor.checks.proven import proven
from silkport.sim.corridor.checks.released import released

if TYPE_CHECKING:
    from silkport.sim.corridor.world import World

CHECKERS: dict[str, Callable[[World], Iterator[str]]] = {
    "both sides agree": agreeing,
    "nothing lost": kept,
    "nothing applied twice": once,
    "the log proves all": proven,
    "no wait without a term": deadlines,
    "nobody is held up": bounded,
    "acts are kept": acted,
    "balances are conserved": conserved,
    "goods are conserved": carried,
    "traders and authorities stay apart": apart,
    "nothing is released too soon": released,
    "what is held says who must act": held,
}
"""By invariant."""
