"""The line in each direction: requests and answers that are lost, late, twice, garbled or cut off.

What comes of a request is what `exchange/line.py` raises for it. A delivery that a network or a
process in between held back comes later, when its sender has long given up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from silkport.kernel.exchange_errors import LineDown, PeerGarbage, PeerRefused
from silkport.kernel.limits import LINE_POST_SECONDS
from silkport.node.exchange.peers import key_for, trusted_certificates
from silkport.node.exchange.rotating import shown_key
from silkport.sim.corridor.faults import Crashed
from silkport.sim.corridor.footprints import demand_same, footprint
from silkport.sim.corridor.mixes import HOUR, SECOND
from silkport.sim.corridor.sites import Site
from silkport.sim.nodes import answered

if TYPE_CHECKING:
    from silkport.sim.corridor.world import World

Deliver = Callable[[Site, Site, bytes, bytes], bytes]


@dataclass(frozen=True, slots=True)
class SimulatedLine:
    """The line of one node to its peers."""

    network: Network
    sender: Site

    def post(self, url: str, path: str, body: bytes) -> bytes:  # noqa: ARG002 - there is one path
        """The answer of a peer. Raises LineDown, PeerRefused, PeerGarbage."""
        return self.network.carry(self.sender, url, body)


class Network:
    """All lines of a world.

    Attributes:
        cut: how many windows cut the way from one node to another now.
        answers: what a hostile node makes of the answer it owes; it may raise as a line does.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._rng = Random(f"corridor {world.seed} network")
        self.cut: Counter[tuple[str, str]] = Counter()
        self.answers: Callable[[Site, bytes, bytes], bytes] | None = None

    def line(self, sender: Site) -> SimulatedLine:
        """The line of a node."""
        return SimulatedLine(self, sender)

    def heal(self) -> None:
        """Nothing is cut any more."""
        self.cut.clear()

    def carry(self, sender: Site, url: str, body: bytes) -> bytes:
        """A request and its answer, as far as they come."""
        world, mix = self._world, self._world.mix
        to = self._called(url)
        self._pass(sender, self._rng.randint(5, 400))
        self._demand_open(sender, to)
        certificate = self._agree_on_tls(sender, to)
        if self._goes_wrong(mix.drop_request):
            world.course.counts["requests lost"] += 1
            raise LineDown(peer=url, reason="the request was lost")
        if self._goes_wrong(mix.late):
            self._again_later(to, certificate, body, "requests late")
            raise LineDown(peer=url, reason="the request is late")
        if self._goes_wrong(mix.garbled):
            return self._garbled(to, certificate, body)
        hangs = self._goes_wrong(mix.hang)
        if hangs and self._rng.random() < 0.5:
            self._hang(sender, url)
        answer = self.deliver(to, certificate, body)
        if self._goes_wrong(mix.twice):
            self._again_later(to, certificate, body, "requests twice")
        if to.id == mix.hostile and self.answers is not None:
            answer = self.answers(sender, body, answer)
        if hangs:
            self._hang(sender, url)
        self._pass(sender, self._rng.randint(5, 400))
        if self.cut[sender.id, to.id] > 0 or self._goes_wrong(mix.drop_answer):
            world.course.counts["answers lost"] += 1
            raise LineDown(peer=url, reason="the answer was lost")
        if self._goes_wrong(mix.garbage):
            return self._garbage(url, answer)
        return answer

    def deliver(self, to: Site, certificate: bytes, body: bytes) -> bytes:
        """Hands a request over. Raises PeerRefused; LineDown when the receiver crashes over it."""
        world, life = self._world, to.life
        if world.is_rough and self._rng.random() < world.mix.crash:
            to.troubles.arm()
        try:
            return answered(to.simulated, certificate, body)
        except Crashed as crash:
            assert to.life == life, "a node crashes once"
            world.crash(to, str(crash))
            raise LineDown(peer=to.id, reason="it went away") from None
        finally:
            world.poke(to)

    def _called(self, url: str) -> Site:
        for one in self._world.sites.values():
            if url == f"https://{one.id}.simulated:1":
                return one
        raise LineDown(peer=url, reason="there is no such node")

    def _goes_wrong(self, share: float) -> bool:
        return self._world.is_rough and self._rng.random() < share

    def _pass(self, sender: Site, term: int) -> None:
        """Time passes; who crashed meanwhile gets no answer."""
        life = sender.life
        self._world.wait(term)
        if sender.life != life:
            raise Crashed("while it waited")

    def _demand_open(self, sender: Site, to: Site) -> None:
        if self.cut[sender.id, to.id] > 0:
            self._world.course.counts["tries on a cut line"] += 1
            raise LineDown(peer=to.id, reason="no connection came about")
        if not to.is_up:
            raise LineDown(peer=to.id, reason="nothing listens at this address")

    def _agree_on_tls(self, sender: Site, to: Site) -> bytes:
        """What the sender shows. Each side must know the other's certificate, as in TLS."""
        own, shown = _certificate_for(sender, to.id), _certificate_shown(to)
        now = sender.clock.now()
        known = [row[2] for row in sender.rows("peer_keys", to.id) if row[4] > now]
        if shown not in known:
            raise LineDown(peer=to.id, reason="TLS refused, its certificate is not trusted")
        if own not in to.read(lambda tx: trusted_certificates(tx, to.clock.now())):
            raise LineDown(peer=to.id, reason="TLS refused by the peer")
        return der_of(own)

    def _again_later(self, to: Site, certificate: bytes, body: bytes, count: str) -> None:
        """The same request comes, or comes again, when nobody waits for its answer."""
        world = self._world
        longest = self._rng.choice((SECOND, 60 * SECOND, 3 * HOUR))
        world.course.counts[count] += 1

        def come() -> None:
            if to.is_up:
                try:
                    self.deliver(to, certificate, body)
                    world.tell(to.id, "a late request was taken", "late requests taken")
                except (PeerRefused, LineDown) as error:
                    world.tell(to.id, f"a late request was refused: {error}"[:120])

        world.at(world.now + self._rng.randint(10, longest), come)

    def _hang(self, sender: Site, url: str) -> None:
        self._world.course.counts["hangs"] += 1
        self._pass(sender, LINE_POST_SECONDS * SECOND)
        raise LineDown(peer=url, reason="it said nothing for too long")

    def _garbled(self, to: Site, certificate: bytes, body: bytes) -> bytes:
        """Some bytes arrive as others: refused, and nothing of it stays."""
        changed = bytearray(body)
        for _ in range(self._rng.choice((1, 1, 1, 5))):
            changed[self._rng.randrange(len(body))] ^= self._rng.randint(1, 255)
        cut = self._rng.randrange(len(body)) if self._rng.random() < 0.2 else len(body)
        self._world.course.counts["requests garbled"] += 1
        if bytes(changed[:cut]) == body:
            cut -= 1
        before = to.read(footprint)
        answer = self.deliver(to, certificate, bytes(changed[:cut]))
        demand_same(before, to.read(footprint), "a garbled batch")
        return answer

    def _garbage(self, url: str, answer: bytes) -> bytes:
        """An answer that nobody agreed on, or one that is nearly right."""
        self._world.course.counts["answers garbled"] += 1
        kind = self._rng.randrange(4)
        if kind == 0:
            raise PeerGarbage(peer=url, status=200, reason="the content is not JSON")
        if kind == 1:
            return b'{"alive":true}'
        at = self._rng.randrange(len(answer))
        if kind == 2:
            return answer[:at]
        return answer[:at] + bytes([answer[at] ^ self._rng.randint(1, 255)]) + answer[at + 1 :]


def _certificate_for(site: Site, peer: str) -> str:
    """What a node shows when it calls a peer."""
    rows = site.rows("own_keys")
    if len(rows) == 1:  # to open all keys takes longer than all else
        return str(rows[0][3])
    return site.read(lambda tx: key_for(tx, site.node, peer)).certificate


def _certificate_shown(site: Site) -> str:
    """What a node shows to whoever calls."""
    rows = site.rows("own_keys")
    if len(rows) == 1:
        return str(rows[0][3])
    return site.read(lambda tx: shown_key(tx, site.node)).certificate


@lru_cache(maxsize=1_000)
def der_of(certificate: str) -> bytes:
    """A certificate in PEM as it is shown on a line."""
    return x509.load_pem_x509_certificate(certificate.encode()).public_bytes(Encoding.DER)
