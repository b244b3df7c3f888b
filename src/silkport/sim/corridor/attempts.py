"""Attempts of people: who gets no answer tries again; who is refused was told why."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from silkport.kernel.balance_errors import BalanceRefused
from silkport.kernel.errors import InvalidValue, NotFound
from silkport.kernel.exchange_errors import (
    MessageMalformed,
    NotCompetent,
    OutsideRegister,
    RegisterUnsigned,
    StepNotAllowed,
)
from silkport.kernel.filing_errors import FilingRefused
from silkport.kernel.inspection_errors import InspectionStepRefused
from silkport.kernel.party_errors import ActRefused
from silkport.kernel.release_errors import GoodsGone, ReleaseBarred
from silkport.kernel.transport_errors import TransportRefused
from silkport.sim.corridor.mixes import HOUR, MINUTE
from silkport.sim.corridor.sites import Site
from silkport.sim.corridor.world import World

REFUSALS = (
    ActRefused,
    BalanceRefused,
    FilingRefused,
    GoodsGone,
    InspectionStepRefused,
    InvalidValue,
    MessageMalformed,
    NotCompetent,
    NotFound,
    OutsideRegister,
    RegisterUnsigned,
    ReleaseBarred,
    StepNotAllowed,
    TransportRefused,
)
"""What may be answered to somebody who asks for what cannot be."""

MOST_TRIES = 4
Attempt = Callable[[], None]


class Attempts:
    """Lets people of one kind try things, each under a mark of its own."""

    def __init__(self, world: World, rng: Random) -> None:
        self._world, self._rng = world, rng

    def mark(self, kind: str) -> str:
        """A name for what somebody is about to try, given once in a world."""
        self._world.marks += 1
        return f"{kind}-{self._world.marks}"

    def make(
        self, site: Site, attempt: Attempt, mark: str, *, again: Attempt | None, tries: int = 0
    ) -> None:
        """Makes an attempt; without an answer, the one that follows is made later."""
        world = self._world

        def piece() -> None:
            try:
                attempt()
            except REFUSALS as error:
                if mark not in world.ledger.tried:
                    world.ledger.refused.add(mark)
                world.tell(site.id, f"{mark} is refused: {error}"[:160], "refused to people")

        follows: Attempt | None = attempt  # a node that is down has tried nothing
        if site.is_up:
            if world.work(site, piece):
                return
            if mark not in world.ledger.done and mark not in world.ledger.deeds:
                world.ledger.tried.add(mark)
            world.tell(site.id, f"{mark} was not answered", "unanswered")
            follows = again
        if follows is not None and tries < MOST_TRIES and world.is_rough:
            then = follows

            def later() -> None:
                if world.is_rough:
                    self.make(site, then, mark, again=again, tries=tries + 1)

            world.at(world.now + self._rng.randint(MINUTE, 2 * HOUR), later)
