"""Two nodes in one home whose messages are handed over within this process, and the command."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from silkport.node.exchange.applying import apply_some
from silkport.node.exchange.peers import current_key
from silkport.node.exchange.sending import is_due, send_next
from silkport.node.home import system_clock
from silkport.sim.day.cargo import FILE, Cargo
from silkport.sim.day.sites import Site, make_sites
from silkport.sim.nodes import answered
from silkport.sim.world import read_toml
from tests.cli.shell import Result, run

MOST = 1_000


class _Handed:
    """A line that hands a batch to the other node of this process."""

    def __init__(self, sender: Site, to: Site) -> None:
        pem = sender.node.state.read(lambda tx: current_key(tx, sender.node).certificate)
        self._certificate = x509.load_pem_x509_certificate(pem.encode()).public_bytes(Encoding.DER)
        self._to: Any = SimpleNamespace(node=to.node, id=to.name)

    def post(self, _url: str, _path: str, body: bytes) -> bytes:
        return answered(self._to, self._certificate, body)


class Pair:
    """Two nodes in one home, what travels between them, and the command."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.sites = make_sites(home, read_toml(FILE)["side"])
        self.east, self.west = self.sites.values()
        self.cargo = Cargo(3, system_clock())

    def exchange(self) -> None:
        """Until neither has anything to send or to consider."""
        pairs = ((self.east, self.west), (self.west, self.east))
        while True:
            busy = 0
            for own, other in pairs:
                while is_due(own.node, own.peer()):
                    send_next(own.node, other.name, _Handed(own, other))
                    busy += 1
                while own.peer().considered < own.peer().received:
                    apply_some(own.node, other.name, MOST)
                    busy += 1
            if not busy:
                return

    def __call__(self, *words: object, code: int = 0) -> Result:
        done = run("trace", *words, "--home", self.home)
        assert done.code == code, done.words
        return done

    def sides(self, *words: object) -> dict[str, Any]:
        return {one["node"]: one for one in self(*words, "--json").json}
