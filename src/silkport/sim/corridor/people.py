"""What people do with nodes: file, decide, ask, announce, suspend, change keys; and try again.

Who gets no answer because the node crashed or its disk was full does not know what became of it.
A declarant then hands the same version in again; an officer looks, and acts anew if he has to.
"""

from __future__ import annotations

from random import Random

from silkport.journey import possible
from silkport.model.states import EVENTS, Actor
from silkport.node.exchange.applying import retry_parked
from silkport.node.exchange.keys import SEED_BYTES
from silkport.node.exchange.outbox import Outgoing, queue
from silkport.node.exchange.peers import set_state
from silkport.node.exchange.rotating import rotate
from silkport.node.home import certificate_for
from silkport.node.workflow.acting import act
from silkport.node.workflow.filing import file_declaration
from silkport.node.workflow.people import forget
from silkport.sim.corridor.attempts import Attempts
from silkport.sim.corridor.mixes import DAY, MINUTE
from silkport.sim.corridor.notices import Notices
from silkport.sim.corridor.shipments import Declared, Shipments, is_lawful
from silkport.sim.corridor.sites import Site
from silkport.sim.corridor.world import World
from silkport.sim.nodes import HOSTS

ACTS = ("correction", "correction", "correction", "refund", "assessment", "withdrawal")
_BROUGHT_BY_PEOPLE = {
    one.name: sorted(one.actors & {Actor.OFFICER, Actor.DECLARANT})
    for one in EVENTS
    if one.actors & {Actor.OFFICER, Actor.DECLARANT} and one.name != "file"
}
_OFTEN = frozenset(
    "present receive_documents inspect sample receive_result release release_conditionally "
    "fulfil".split()
)


class People:
    """Declarants, officers and operators of all nodes.

    Attributes:
        cases: what was handed in: node, case, declaration and mark.
        under_way: houses that were exported, from and to which administration.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._rng = Random(f"corridor {world.seed} people")
        self._shipments = Shipments(world.seed, Random(f"corridor {world.seed} shipments"))
        self._notices = Notices(Random(f"corridor {world.seed} notices"))
        self.cases: list[tuple[Site, str, Declared, str]] = []
        self.under_way: list[tuple[tuple[str, str], str, str]] = []
        self._suspended: set[tuple[str, str]] = set()
        self._attempts = Attempts(world, self._rng)

    def plan(self) -> None:
        """Spreads what they will do over the life of the world."""
        mix = self._world.mix
        deeds = [self._file] * mix.deeds
        for place in range(mix.deeds):
            deeds[place] = self._rng.choices(
                (self._file, self._import, self._decide, self._act, self._again, self._announce,
                 self._ask, self._retry, self._forget),
                (26, 16, 34, 8, 5, 12, 5, 2, 3),
            )[0]  # fmt: skip
        deeds += [self._rotate] * mix.rotations + [self._suspend] * mix.suspensions
        if mix.unsigned:
            deeds.append(self._sign)
        for deed in deeds:
            self._world.at(mix.begins + self._rng.randrange(mix.span), deed)

    def tidy(self) -> None:
        """What was suspended is resumed, what was not signed is signed, and nothing else."""
        for one, other in sorted(self._suspended):
            self._resume(self._world.sites[one], other)
        self._sign()

    # Filing.

    def _file(self) -> None:
        site = self._office()
        direction = self._rng.choices(("export", "import", "transit"), (6, 3, 1))[0]
        other = self._other_side(site, direction)
        at = site.clock.now()
        declared = self._shipments.new(site.role.administration, direction, other, at)
        if declared is not None:
            if direction == "export":
                self.under_way.append((declared.house, site.role.administration, other))
            self._hand_in(site, declared)

    def _import(self) -> None:
        """What was declared for export there is declared for import here."""
        if not self.under_way:
            self._file()
            return
        house, start, end = self._rng.choice(self.under_way)
        site = next((one for one in self._offices() if one.role.administration == end), None)
        if site is not None:
            at = site.clock.now()
            declared = self._shipments.of(house, end, "import", start, at)
            if declared is not None:
                self._hand_in(site, declared)

    def _again(self) -> None:
        """Another version of a declaration, or the same once more."""
        if self.cases:
            site, _, declared, mark = self._rng.choice(self.cases)
            if self._rng.random() < 0.7:
                declared = self._shipments.again(declared, site.office, site.clock.now())
                mark = ""
            self._hand_in(site, declared, mark)

    def _act(self) -> None:
        """A correction, claim, assessment or withdrawal."""
        if self.cases:
            site, _, declared, _ = self._rng.choice(self.cases)
            kind, mark = self._rng.choice(ACTS), self._attempts.mark("version")
            at = site.clock.now()
            self._hand_in(site, self._shipments.act(declared, kind, mark, site.office, at), mark)

    def _hand_in(self, site: Site, declared: Declared, mark: str = "") -> None:
        mark = mark or self._attempts.mark("version")
        from_customs = declared.head.get("act") == "assessment"

        def attempt() -> None:
            filed = file_declaration(
                site.node,
                site.office,
                declared.head,
                declared.goods,
                who=mark,
                early=declared.early,
                from_customs=from_customs,
            )
            case = filed.case
            if not filed.is_duplicate:
                self._world.course.counts["filed"] += 1
                self._world.course.counts[f"filed: {case.state}"] += 1
            self._world.tell(site.id, f"{mark}: {case.number} is {case.state}")
            if not filed.is_duplicate or mark in self._world.ledger.tried:
                self._world.ledger.answered(mark, site, case.id)
            if declared.head.get("act") == "declaration":
                self.cases.append((site, case.id, declared, mark))

        self._attempts.make(site, attempt, mark, again=attempt)

    # Deciding.

    def _decide(self) -> None:
        if not self.cases:
            self._file()
            return
        site, identity, _, _ = self._rng.choice(self.cases)
        mark = self._attempts.mark("act")

        def attempt() -> None:
            case = site.case(identity)
            event, actor = self._event(possible(case.state))
            after = act(
                site.node, site.office, identity, event, actor=actor, who="officer", reason=mark
            )
            self._world.tell(site.id, f"{mark}: {event}, {after.number} is {after.state}", "acts")
            self._world.ledger.answered(mark, site, identity)

        self._attempts.make(site, attempt, mark, again=None)

    def _event(self, possible_now: list[str]) -> tuple[str, Actor]:
        """Mostly one that is possible."""
        known = [one for one in possible_now if one in _BROUGHT_BY_PEOPLE]
        if not known or self._rng.random() < 0.1:
            known = sorted(_BROUGHT_BY_PEOPLE)
        event = self._rng.choices(known, [4 if one in _OFTEN else 1 for one in known])[0]
        return event, self._rng.choice(_BROUGHT_BY_PEOPLE[event])

    # Between nodes.

    def _announce(self) -> None:
        site = self._rng.choice(list(self._world.sites.values()))
        mark = self._attempts.mark("notice")
        houses = [one[0] for one in self.under_way]
        self._say(site, mark, self._notices.announce(site, mark, houses))

    def _ask(self) -> None:
        site, mark = self._office(), self._attempts.mark("question")
        self._say(site, mark, self._notices.ask(site, mark))

    def _say(self, site: Site, mark: str, message: Outgoing) -> None:
        peer = self._rng.choice(site.peers()).id

        def attempt() -> None:
            node = site.node
            seq = node.state.write(lambda tx: queue(tx, node, peer, [message]))
            self._world.tell(site.id, f"{mark}: {message.kind} for {peer} is {seq}", "notices")
            self._world.ledger.sent(site, peer, seq)

        self._attempts.make(site, attempt, mark, again=None)

    def _retry(self) -> None:
        site = self._rng.choice(list(self._world.sites.values()))
        peer = self._rng.choice(site.peers()).id

        def attempt() -> None:
            self._world.ledger.retried.add((site.id, peer))
            done = retry_parked(site.node, peer)
            self._world.tell(site.id, f"tried what is parked of {peer} again: {done.applied}")

        self._attempts.make(site, attempt, self._attempts.mark("retry"), again=None)

    # Upkeep.

    def _rotate(self) -> None:
        site = self._rng.choice(list(self._world.sites.values()))

        def attempt() -> None:
            node = site.node
            seed, tls_seed = node.chance(SEED_BYTES), node.chance(SEED_BYTES)
            certificate = certificate_for(node, HOSTS, tls_seed)
            key = node.state.write(lambda tx: rotate(tx, node, seed, tls_seed, certificate))
            self._world.tell(site.id, f"changes to key {key.key_id}", "rotations")

        self._attempts.make(site, attempt, self._attempts.mark("rotation"), again=None)

    def _suspend(self) -> None:
        site = self._rng.choice(self._world.honest)
        peer = self._rng.choice(site.peers()).id

        def attempt() -> None:
            node = site.node
            self._suspended.add((site.id, peer))
            node.state.write(lambda tx: set_state(tx, peer, "suspended", "by order"))
            self._world.tell(site.id, f"suspends {peer}", "suspensions")
            until = self._world.now + self._rng.randint(MINUTE, 2 * DAY)
            self._world.at(until, lambda: self._resume(site, peer))

        self._attempts.make(site, attempt, self._attempts.mark("suspension"), again=None)

    def _resume(self, site: Site, peer: str) -> None:
        def attempt() -> None:
            node = site.node
            node.state.write(lambda tx: set_state(tx, peer, "active", ""))
            self._suspended.discard((site.id, peer))
            self._world.tell(site.id, f"resumes {peer}")

        if (site.id, peer) in self._suspended:
            self._attempts.make(site, attempt, self._attempts.mark("resumption"), again=attempt)

    def _sign(self) -> None:
        """Counsel signs the register that was not signed; the operator retries what is parked."""
        if not self._world.mix.unsigned:
            return
        one, other = self._world.mix.unsigned
        site = self._world.sites[one]

        def attempt() -> None:
            site.simulated.sign(self._world.sites[other].role.administration)
            self._world.ledger.retried.add((one, other))
            retry_parked(site.node, other)
            self._world.soon(site, "look")
            self._world.tell(one, f"counsel signed the register with {other}", "late registers")

        self._attempts.make(site, attempt, self._attempts.mark("signature"), again=attempt)

    def _forget(self) -> None:
        named = [one for one in self.cases if one[2].head.get("purchaser")]
        if named:
            site, _, declared, _ = self._rng.choice(named)
            person = str(declared.head["purchaser"])

            def attempt() -> None:
                node = site.node
                node.state.write(lambda tx: forget(tx, node, person))
                self._world.ledger.forgotten.add((site.id, person))
                self._world.tell(site.id, "erased a person", "erased")

            self._attempts.make(site, attempt, self._attempts.mark("erasure"), again=attempt)

    def _offices(self) -> list[Site]:
        return [one for one in self._world.sites.values() if one.is_deciding]

    def _office(self) -> Site:
        return self._rng.choice(self._offices())

    def _other_side(self, site: Site, direction: str) -> str:
        """An administration of the world, mostly one with which there is lawful trade."""
        own = site.role.administration
        others = sorted({one.role.administration for one in self._world.sites.values()} - {own})
        trading = [one for one in others if is_lawful(own, direction, one)]
        return self._rng.choice(trading if trading and self._rng.random() < 0.85 else others)
