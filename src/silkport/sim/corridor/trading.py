"""Everybody besides declarants and officers: traders, carriers, payers, inspection bodies."""

from __future__ import annotations

from random import Random

from silkport.sim.corridor.attempts import Attempts
from silkport.sim.corridor.bodies import Bodies
from silkport.sim.corridor.carriers import Carriers
from silkport.sim.corridor.clearances import Clearances
from silkport.sim.corridor.people import People
from silkport.sim.corridor.purses import Purses
from silkport.sim.corridor.traders import Traders
from silkport.sim.corridor.world import World


class Trading:
    """The people of the consignments that are declared once."""

    def __init__(self, world: World, people: People) -> None:
        self._world = world
        self._rng = Random(f"corridor {world.seed} trading")
        attempts = Attempts(world, Random(f"corridor {world.seed} attempts"))

        def chance(name: str) -> Random:
            return Random(f"corridor {world.seed} {name}")

        clearances = Clearances(world, attempts, chance("clearances"))
        self.traders = Traders(world, attempts, clearances, chance("traders"))
        self._carriers = Carriers(world, attempts, self.traders, chance("carriers"))
        self._bodies = Bodies(world, attempts, self.traders, people, chance("bodies"))
        self._purses = Purses(world, attempts, self.traders, chance("purses"))
        clearances.helpers += [
            self._purses.settle_for,
            self._purses.secure_for,
            self._bodies.vouch_for,
            clearances.declare_again,
        ]

    def plan(self) -> None:
        """Spreads what they will do over the life of the world."""
        mix = self._world.mix
        some = (self.traders.act, self._carriers.act, self._purses.act, self._bodies.act)
        for deed in self._rng.choices(some, (10, 5, 5, 5), k=mix.trades):
            self._world.at(mix.begins + self._rng.randrange(mix.span), deed)
