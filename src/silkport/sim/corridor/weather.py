"""What befalls nodes and lines for a while: cut lines, full disks, wrong clocks."""

from __future__ import annotations

from itertools import permutations
from random import Random

from silkport.sim.corridor.mixes import DAY, HOUR, MINUTE
from silkport.sim.corridor.sites import Site
from silkport.sim.corridor.world import World

TERMS = (5 * MINUTE, HOUR, 8 * HOUR, 3 * DAY, 10 * DAY)


class Weather:
    """Draws the windows of a world and lets them begin and end."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._rng = Random(f"corridor {world.seed} weather")

    def plan(self) -> None:
        """Sets all windows of the world."""
        mix = self._world.mix
        for _ in range(mix.partitions):
            self._world.at(self._begin(), self._cut)
        for _ in range(mix.full_disks):
            self._world.at(self._begin(), self._fill)
        for _ in range(mix.wrong_clocks):
            self._world.at(self._begin(), self._set_clock)

    def _begin(self) -> int:
        return self._world.mix.begins + self._rng.randrange(self._world.mix.span)

    def _term(self, most: int) -> int:
        return self._rng.randint(MINUTE, min(most, self._rng.choice(TERMS)))

    def _cut(self) -> None:
        world = self._world
        one, other = self._rng.choice(list(permutations(world.sites, 2)))
        ways = [(one, other), (other, one)][: self._rng.choice((1, 2, 2))]
        term = self._term(10 * DAY)
        for way in ways:
            world.network.cut[way] += 1
        world.tell("world", f"no line {one} to {other} for {term // MINUTE} min", "partitions")

        def end() -> None:
            for way in ways:
                world.network.cut[way] -= 1
            world.tell("world", f"the line {one} to {other} is whole")
            world.impatient()

        world.at(world.now + term, end)

    def _fill(self) -> None:
        world, site = self._world, self._a_site()
        site.troubles.full_share = self._rng.choice((1.0, 0.3, 0.05))
        world.tell(site.id, "its disk is filling", "full disks")

        def end() -> None:
            site.troubles.full_share, site.rests_until = 0.0, 0
            world.poke(site)

        world.at(world.now + self._term(8 * HOUR), end)

    def _set_clock(self) -> None:
        world, site = self._world, self._a_site()
        ahead = self._rng.choice((-1, 1)) * self._rng.randint(5 * MINUTE, 30 * HOUR)
        site.clock.wrong = ahead
        world.tell(site.id, f"its clock is {ahead // MINUTE} min ahead", "wrong clocks")
        world.poke(site)

        def end() -> None:
            site.clock.wrong = 0
            world.tell(site.id, "its clock is right")
            world.poke(site)

        world.at(world.now + self._term(3 * DAY), end)

    def _a_site(self) -> Site:
        return self._rng.choice(list(self._world.sites.values()))
