"""Virtual time: what happens in a world, in an order that its seed decides.

A node works as `node/serving.py` does: one thread applies, one looks out, one sends to each peer.
Here each is a job that runs soon after something gave it cause. While a request is under way, the
jobs of all nodes go on, those of its sender too.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from random import Random

from silkport.kernel.errors import StoreFull
from silkport.kernel.limits import LAST_RETRY_SECONDS
from silkport.node.exchange.applying import apply_some
from silkport.node.exchange.rotating import promote
from silkport.node.exchange.sending import is_due, send_next
from silkport.node.workflow.acting import pass_time
from silkport.node.workflow.telling_late import tell_late
from silkport.sim.corridor.course import Course
from silkport.sim.corridor.faults import Crashed
from silkport.sim.corridor.ledger import Ledger
from silkport.sim.corridor.mixes import DAY, HOUR, MINUTE, SECOND, Mix
from silkport.sim.corridor.network import Network
from silkport.sim.corridor.sites import LOOK_PAUSE, Site, make_sites
from silkport.sim.corridor.terms import next_due, pass_all

MOST_AT_ONCE = 3
"""Requests that may wait for one another's answers: further ones do not let time pass."""

PATIENT_AFTER = 5
"""Failed tries after which a node of a rough world may wait longer than it would have to."""

LONGEST_LOOK_PAUSE = 12 * HOUR
"""A node looks out each second; where nothing happens that need not be simulated."""

LOOK, APPLY = "look", "apply"
_FOREVER = 2**62


class World:
    """Nodes, the lines between them, and the time.

    Attributes:
        now: the true time in milliseconds.
        is_rough: things go wrong.
        spoilt: pairs of nodes whose exchange a lie has ended for good.
        lies: by receiver and content, what is wrong with messages of the node that lies.
        marks: how many attempts of people have a name.
    """

    def __init__(self, seed: int, mix: Mix) -> None:
        self.seed, self.mix, self.now = seed, mix, mix.begins
        self.course = Course()
        self.ledger = Ledger()
        self.is_rough = True
        self.marks = 0
        self.spoilt: set[frozenset[str]] = set()
        self.lies: dict[tuple[str, bytes], str] = {}
        self.sites: dict[str, Site] = make_sites(mix, seed, lambda: self.now)
        self.network = Network(self)
        self._rng = Random(f"corridor {seed} world")
        self._queue: list[tuple[int, float, int, Callable[[], None]]] = []
        self._count = self._depth = 0
        self._jobs: dict[tuple[str, str], int] = {}
        self._patience: dict[tuple[str, str], int] = {}

    @property
    def honest(self) -> list[Site]:
        """The nodes that do not lie."""
        return [one for one in self.sites.values() if one.id != self.mix.hostile]

    def tell(self, where: str, what: str, count: str = "") -> None:
        """Notes what happened, and counts it under a name."""
        self.course.tell(self.now, where, what)
        if count:
            self.course.counts[count] += 1

    # Time.

    def at(self, when: int, work: Callable[[], None]) -> None:
        """Something is to happen at a moment."""
        self._count += 1
        heapq.heappush(self._queue, (when, self._rng.random(), self._count, work))

    def run(self, until: int) -> None:
        """Lets everything happen that is to happen by a moment."""
        while self._queue and self._queue[0][0] <= until:
            when, _, _, work = heapq.heappop(self._queue)
            self.now = max(self.now, when)
            work()
        self.now = max(self.now, until)

    def next_moment(self) -> int:
        """When something happens next."""
        return self._queue[0][0] if self._queue else _FOREVER

    def wait(self, term: int) -> None:
        """Lets a term pass for whoever waits for an answer, while all else goes on."""
        if self._depth < MOST_AT_ONCE:
            self._depth += 1
            try:
                self.run(self.now + term)
            finally:
                self._depth -= 1

    # Nodes at work.

    def work(self, site: Site, piece: Callable[[], object]) -> bool:
        """Lets a node do a piece of work; gives whether it came to its end.

        It does not when the node crashed or its disk was full.
        """
        life = site.life
        if self.is_rough and self._rng.random() < self.mix.crash:
            site.troubles.arm()
        try:
            piece()
        except Crashed as crash:
            if site.life == life:
                self.crash(site, str(crash))
            return False
        except StoreFull:
            self.tell(site.id, "the disk was full", "writes on a full disk")
            site.rests_until = self.now + self._rng.randint(SECOND, 10 * MINUTE)
            self.soon(site, LOOK)
            return False
        finally:
            self.poke(site)
        return True

    def crash(self, site: Site, point: str) -> None:
        """A node's process is gone; it starts again after a while."""
        self.tell(site.id, f"crashed at {point}", "crashes")
        site.life += 1
        site.is_up = False
        site.sending.clear()
        site.troubles.disarm()
        longest = self._rng.choice((5 * SECOND, MINUTE, 20 * MINUTE, 2 * HOUR))
        life = site.life
        self.at(self.now + self._rng.randint(SECOND, longest), lambda: self.wake(site, life))

    def wake(self, site: Site, life: int) -> None:
        """A node starts from what its disk holds."""
        if site.life == life and not site.is_up:
            site.simulated.wake()
            site.is_up = True
            self.tell(site.id, "started again")
            self.poke(site)

    def poke(self, site: Site) -> None:
        """Lets the jobs of a node run for which there is cause."""
        if not site.is_up:
            return
        own = site.peers()
        if any(one.considered < one.received for one in own):
            self.soon(site, APPLY)
        for one in own:
            if one.queued > one.taken and not one.is_suspended and one.id not in site.sending:
                patience = self._patience.get((site.id, one.id), 0) - self.now
                wait = min(site.clock.wait_until(one.next_try), LAST_RETRY_SECONDS * SECOND)
                self.soon(site, one.id, max(wait, patience))
        due = site.row("next_due")
        if site.is_deciding and due and due[0] is not None:
            self.soon(site, LOOK, site.clock.wait_until(due[0]))
        if self.mix.trades and (besides := next_due(site)) is not None:
            self.soon(site, LOOK, site.clock.wait_until(besides))
        if site.has_changed_keys():
            self.soon(site, LOOK, site.look_pause)

    def soon(self, site: Site, job: str, wait: int = 0) -> None:
        """A job of a node runs after a wait, and no later than it was to run anyway."""
        rest = max(0, site.rests_until - self.now)
        when = self.now + max(wait, rest) + self._rng.randint(20, 400)
        key = (site.id, job)
        if self._jobs.get(key, _FOREVER) > when:
            self._jobs[key] = when
            self.at(when, lambda: self._run_job(site, job, when))

    def _run_job(self, site: Site, job: str, when: int) -> None:
        key = (site.id, job)
        if self._jobs.get(key) != when:
            return  # it was to run earlier and did
        del self._jobs[key]
        if not site.is_up:
            return
        if job == LOOK:
            self.work(site, lambda: self._look(site))
        elif job == APPLY:
            self.work(site, lambda: self._apply(site))
        elif job not in site.sending:
            self.work(site, lambda: self._send(site, job))

    def _look(self, site: Site) -> None:
        """Keys that every peer knows now, terms that are over."""
        node = site.node
        site.look_pause = min(2 * site.look_pause, LONGEST_LOOK_PAUSE)
        if site.has_changed_keys() and node.state.write(lambda tx: promote(tx, node)):
            self.tell(site.id, "its new key is the current one", "keys changed")
        while told := tell_late(node):
            self.tell(site.id, f"went through its log for {told} peers", "told late")
        if self.mix.trades and (due := pass_all(site)):
            self.tell(site.id, f"went on with {due} grants and transits", "grants and transits")
        if site.is_deciding:
            while due := pass_time(node, site.office):
                self.tell(site.id, f"{due} terms were over", "terms over")
                self.course.counts["terms over"] += due - 1

    def _apply(self, site: Site) -> None:
        for one in site.peers():
            if one.considered < one.received:
                done = apply_some(site.node, one.id, self._rng.choice((1, 3, 1000)))
                what = f"of {one.id}: {done.applied} took effect, {done.parked} parked"
                self.tell(site.id, what)
                self.course.counts["messages applied"] += done.applied
                self.course.counts["messages parked"] += done.parked
        if site.has_changed_keys():
            self.soon(site, LOOK)

    def _send(self, site: Site, peer: str) -> None:
        if not is_due(site.node, site.peer(peer)):
            return
        life = site.life
        site.sending.add(peer)
        try:
            sent = send_next(site.node, peer, self.network.line(site))
        finally:
            if site.life == life:
                site.sending.discard(peer)
        if sent:
            self.tell(site.id, f"has the receipt of {peer} for {sent}")
            self.course.counts["batches with a receipt"] += 1
            return
        failed = site.peer(peer)
        self.tell(site.id, f"failed to reach {peer}: {failed.last_error[:120]}", "failed tries")
        hopeless = frozenset((site.id, peer)) in self.spoilt
        if (self.is_rough or hopeless) and failed.failures > PATIENT_AFTER:
            wait = site.clock.wait_until(failed.next_try) * self._rng.randint(1, 60)
            self._patience[site.id, peer] = self.now + (
                2 * DAY if hopeless else min(wait, 8 * HOUR)
            )

    def close(self) -> None:
        """Lets go of all states."""
        for site in self.sites.values():
            site.simulated.connection.close()

    # The end of trouble.

    def calm(self) -> None:
        """Nothing goes wrong any more: the lines are whole, disks and clocks right, nodes up."""
        self.is_rough = False
        self.tell("world", "all is whole")
        self.network.heal()
        for site in self.sites.values():
            site.clock.wrong = 0
            site.troubles.full_share = 0
            site.rests_until = 0
            site.troubles.disarm()
            self.wake(site, site.life)
        self.impatient()

    def impatient(self) -> None:
        """Nobody waits longer than he has to."""
        self._patience.clear()
        for site in self.sites.values():
            site.look_pause = LOOK_PAUSE
            self.poke(site)
