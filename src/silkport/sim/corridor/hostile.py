"""A node that lies: now and then it sends, answers or queues what no honest node would.

Apart from its lies it is a node like all others, so what it does is as nearly right as can be.
"""

from __future__ import annotations

from functools import cache
from random import Random

from silkport.kernel.exchange_errors import (
    HeadBehind,
    HistoryChanged,
    LineDown,
    PeerRefused,
    SequenceGap,
)
from silkport.kernel.merkle import consistency_path, leaf_hash, root_of
from silkport.node.exchange.batch import signed_head
from silkport.node.exchange.peers import current_key, key_for
from silkport.node.sovereign import incidents
from silkport.node.transparency import log
from silkport.sim.corridor.footprints import Violated, demand_same, footprint
from silkport.sim.corridor.hostile_answers import answer_instead
from silkport.sim.corridor.hostile_batches import BATCH_LIES, Draft, drafted
from silkport.sim.corridor.hostile_messages import MESSAGE_LIES, plant, sheet_for
from silkport.sim.corridor.mixes import FIRST_MOMENT, MINUTE
from silkport.sim.corridor.network import der_of
from silkport.sim.corridor.sites import Site
from silkport.sim.corridor.world import World
from silkport.sim.nodes import Simulated

WRONG_ANSWERS = 0.25
LIES_AT_THE_END = 4
MENDED_ALONE = {SequenceGap.code, HeadBehind.code}


class Hostile:
    """What the node that lies does besides its work."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._site = world.sites[world.mix.hostile]
        self._rng = Random(f"corridor {world.seed} lies")
        self._sent: list[tuple[Site, bytes, bytes]] = []
        world.network.answers = self._answer

    def plan(self) -> None:
        """Spreads its lies over the life of the world."""
        mix = self._world.mix
        for _ in range(mix.lies):
            lie = self._rng.choices((self._batch, self._message, self._replay), (10, 5, 2))[0]
            self._world.at(mix.begins + self._rng.randrange(mix.span), lie)
        if self._rng.random() < 0.2:
            self._world.at(mix.begins + self._rng.randrange(mix.span), self._spoil)

    def go_on(self) -> None:
        """It goes on lying when all is whole: that must hold up nobody else."""
        for _ in range(LIES_AT_THE_END):
            later = self._world.now + self._rng.randrange(5 * MINUTE)
            self._world.at(later, self._rng.choice((self._batch, self._replay)))

    def _victim(self) -> Site | None:
        """An honest node that is up, and so is the liar."""
        honest = [self._world.sites[one.id] for one in self._site.peers()]
        up = [one for one in honest if one.is_up]
        return self._rng.choice(up) if up and self._site.is_up else None

    def _draft(self, to: Site) -> Draft | None:
        """An honest batch for somebody, to begin from."""
        held = to.peer(self._site.id)
        return self._site.read(
            lambda tx: drafted(tx, self._site, to.id, (held.received, held.head_size), self._rng)
        )

    # Batches.

    def _batch(self) -> None:
        """A batch that is a lie: refused with a reason, and nothing of it stays."""
        to = self._victim()
        if to is None:
            return
        draft = self._draft(to)
        if draft is None or not to.peer(self._site.id).head_size:
            return  # who holds no head yet believes the first that is shown
        name = self._rng.choice(sorted(BATCH_LIES))
        self._deliver(to, self._certificate(to), BATCH_LIES[name](draft), name)

    def _certificate(self, to: Site) -> bytes:
        own = self._site.read(lambda tx: key_for(tx, self._site.node, to.id)).certificate
        strange = self._rng.random() < 0.05
        return der_of(_stranger(to.role.administration) if strange else own)

    def _deliver(self, to: Site, certificate: bytes, body: bytes, name: str) -> None:
        world = self._world
        before = to.read(footprint)
        world.tell(self._site.id, f"lies to {to.id}: {name}", "lying batches")
        try:
            world.network.deliver(to, certificate, body)
        except PeerRefused as refused:
            code = str(refused.facts["peer_code"])
            world.tell(to.id, f"refused it: {code}")
            self._demand_noted(to, code, name)
        except LineDown:
            world.tell(to.id, "crashed over it")
        else:
            raise Violated("no trace", f"{to.id} took {name}")
        demand_same(before, to.read(footprint), name)

    def _demand_noted(self, to: Site, code: str, name: str) -> None:
        """An operator can see what was refused, unless it mends itself or the disk is full."""
        if code.startswith("SP-52") and code not in MENDED_ALONE:
            noted = to.read(lambda tx: incidents(tx, 1_000))
            if not any(one.code == code and one.last == to.clock.now() for one in noted):
                raise Violated("no trace", f"{to.id} refused {name} for {code} and noted nothing")

    def _replay(self) -> None:
        """A batch that was sent before comes again: another receipt, and nothing changes."""
        to = self._victim()
        if to is None:
            return
        draft = self._draft(to)
        if draft is not None and draft.header.last <= draft.known:
            self._sent.append((to, self._certificate(to), draft.body()))
        if not self._sent:
            return
        to, certificate, body = self._rng.choice(self._sent)
        if not to.is_up:
            return
        before = to.read(footprint)
        self._world.tell(self._site.id, f"sends {to.id} an old batch again", "replays")
        try:
            self._world.network.deliver(to, certificate, body)
        except (LineDown, PeerRefused):
            return
        after = to.read(footprint)
        # A receipt of the same messages may tell of a newer head of the liar's log.
        for told in ("peers", "heads"):
            before[told] = after[told]
        demand_same(before, after, "a replay")

    # Messages.

    def _message(self) -> None:
        """A message that is a lie, in a batch that is in order."""
        to = self._victim()
        if to is None:
            return
        others = [one for one in self._world.honest if one.id != to.id]
        other = self._rng.choice(others) if others else to
        shown = other.read(lambda tx: current_key(tx, other.node)).certificate
        sheet = self._site.read(lambda tx: sheet_for(tx, self._site, to, shown, self._rng))
        name = self._rng.choice(sorted(MESSAGE_LIES))
        content = MESSAGE_LIES[name](sheet)

        def queue() -> None:
            node = self._site.node
            self._world.lies[to.id, content] = name
            node.state.write(lambda tx: plant(tx, self._site, to.id, content))
            self._world.tell(self._site.id, f"queues a lie for {to.id}: {name}", "lying messages")

        self._world.work(self._site, queue)

    # Answers.

    def _answer(self, sender: Site, body: bytes, receipt: bytes) -> bytes:
        """Another answer than the one it owes, now and then."""
        if not self._world.is_rough or self._rng.random() > WRONG_ANSWERS:
            return receipt
        if not sender.peer(self._site.id).head_size:
            return receipt  # whoever holds no head yet would believe any
        self._world.course.counts["lying answers"] += 1
        name, answer = answer_instead(self._site, body, receipt, self._rng)
        self._world.tell(self._site.id, f"answers {sender.id} with {name}")
        return answer

    # For good.

    def _spoil(self) -> None:
        """It contradicts itself to somebody: their exchange is over, and nobody else's."""
        to = self._victim()
        if to is None:
            return
        draft = self._draft(to)
        if draft is None or to.peer(self._site.id).is_suspended:
            return
        held = to.peer(self._site.id).head_size
        leaves = self._site.read(lambda tx: log.leaves_between(tx, 0, log.current(tx).size))
        forked = [*leaves, leaf_hash(self._rng.randbytes(8))]

        def subtree(begin: int, end: int) -> bytes:
            return root_of(forked[begin:end])

        head = signed_head(self._site.id, len(forked), root_of(forked), draft.header.at, draft.key)
        path = consistency_path(held, len(forked), subtree) if held else []
        body = draft.body(log=head, begins=held, path=path)
        self._world.tell(self._site.id, f"forks its log for {to.id}", "forked logs")
        try:
            self._world.network.deliver(to, self._certificate(to), body)
        except PeerRefused:
            return
        except LineDown:
            self._world.tell(to.id, "crashed over it")
        self._world.spoilt.add(frozenset((self._site.id, to.id)))


def demand_found_out(world: World) -> None:
    """Whoever was told two histories has noted it. Raises Violated."""
    for pair in world.spoilt:
        (victim,) = pair - {world.mix.hostile}
        site = world.sites[victim]
        noted = site.read(lambda tx: incidents(tx, 1_000))
        liar = world.sites[world.mix.hostile]
        at_odds = liar.peer(victim).queued > liar.peer(victim).taken
        if at_odds and not any(one.code == HistoryChanged.code for one in noted):
            raise Violated("no trace", f"{victim} was told two histories and noted nothing")


@cache
def _stranger(administration: str) -> str:
    """The certificate of a node that is nobody's peer."""
    found = Simulated(
        "stranger", administration, lambda: FIRST_MOMENT, Random("stranger").randbytes
    )
    return found.node.state.read(lambda tx: current_key(tx, found.node)).certificate
