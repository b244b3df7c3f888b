"""What the parts of one consignment cost, one after another, both nodes in this process."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator
from statistics import median
from typing import TypeVar

from corridor_day import HOUSE, WAYS, drawn, typed_for
from corridor_pair import pay_in_advance
from node_pair import Pair
from silkport.kernel.errors import SilkportError
from silkport.kernel.exchange_errors import PeerRefused
from silkport.model.description import Description
from silkport.model.prepared import key_of
from silkport.node.corridor.consignment_files import CONSIGNMENT, IMPORT, granted_id
from silkport.node.corridor.consignments import confirm, describe, file_export, file_import
from silkport.node.corridor.desk import FilingDesk, filing_desk
from silkport.node.corridor.grants import grant
from silkport.node.corridor.waiting import prepare_new
from silkport.node.dossiers import dossier_of
from silkport.node.exchange.applying import apply_some
from silkport.node.exchange.inbox import receive
from silkport.node.exchange.peers import current_key
from silkport.node.exchange.sending import send_next
from silkport.node.offices import office_of
from silkport.node.sovereign import Node

WHO = "measured"
WARM = 10
T = TypeVar("T")


class Parts:
    """Both nodes, and what each step took: seconds of the clock and of the CPU."""

    def __init__(self, pair: Pair, names: tuple[str, str]) -> None:
        self.nodes: dict[str, Node] = {name: pair.opened(name) for name in names}
        self.desks: dict[str, FilingDesk] = {}
        for name, node in self.nodes.items():
            self.desks[name] = filing_desk(name, office_of(node, pair.home), pair.home)
            pay_in_advance(node, self.desks[name])
        self.spent: dict[str, list[tuple[float, float]]] = {}

    def close(self) -> None:
        for node in self.nodes.values():
            node.state.close()

    def each(self, count: int) -> Iterator[tuple[str, float, float]]:
        """So many of each direction; by step the medians in milliseconds, of clock and CPU."""
        some = [
            (name, drawn(name, number, self.nodes[ends[0]].now()))
            for number in range(1, count + WARM + 1)
            for name, ends in WAYS.items()
        ]
        for place, (name, description) in enumerate(some):
            if place == WARM * len(WAYS):
                self.spent.clear()
            self._one(*WAYS[name], description)
        for what, found in self.spent.items():
            clock, cpu = zip(*found, strict=True)
            yield what, median(clock) * 1_000, median(cpu) * 1_000

    def _one(self, sender: str, other: str, description: Description) -> None:
        here, there = self.nodes[sender], self.nodes[other]
        desk, desk_there = self.desks[sender], self.desks[other]
        number = description.consignment_no
        copy = granted_id(sender, number, HOUSE)
        self._timed("described", lambda: describe(here, desk, description, who=WHO))
        self._timed("export filed, decided", lambda: file_export(here, desk, number, who=WHO))
        self._timed("granted", lambda: grant(here, number, HOUSE, who=WHO))
        self._sent(here, there)
        self._timed("applied", lambda: apply_some(there, sender))
        self._timed("prepared", lambda: prepare_new(there, desk_there))
        file = there.state.read(lambda tx: dossier_of(tx, CONSIGNMENT, copy))
        typed = typed_for(file.state.filings[key_of(IMPORT, HOUSE)])
        self._timed("confirmed", lambda: confirm(there, desk_there, copy, who=WHO, typed=typed))
        self._timed("import filed, decided", lambda: file_import(there, desk_there, copy, who=WHO))
        self._sent(there, here)
        self._timed("told back, applied", lambda: apply_some(here, other))
        self._sent(here, there)

    def _timed(self, what: str, work: Callable[[], T]) -> T:
        clock, cpu = time.perf_counter(), time.thread_time()
        done = work()
        spent = (time.perf_counter() - clock, time.thread_time() - cpu)
        self.spent.setdefault(what, []).append(spent)
        return done

    def _sent(self, here: Node, there: Node) -> None:
        """Everything that waits, as one batch; of the line only its answers are there."""
        shown = here.state.read(lambda tx: current_key(tx, here)).certificate
        line = _Line(there, ssl.PEM_cert_to_DER_cert(shown))
        self._timed("sent, received, receipt settled", lambda: _send(here, there.id, line))


def _send(here: Node, peer: str, line: _Line) -> None:
    """Sends until it is taken: a proof that begins too early is refused, and made anew."""
    while not send_next(here, peer, line):
        pass


class _Line:
    """A line within this process; the other's refusals come as they would over the wire."""

    def __init__(self, to: Node, certificate: bytes) -> None:
        self._to, self._certificate = to, certificate

    def post(self, url: str, path: str, body: bytes) -> bytes:  # noqa: ARG002 - as lines do
        try:
            return receive(self._to, self._certificate, body)
        except SilkportError as error:
            numbers = {name: one for name, one in error.facts.items() if isinstance(one, int)}
            raise PeerRefused(
                peer=self._to.id,
                status=error.status,
                peer_code=error.code,
                detail=str(error),
                peer_hint=error.hint,
                numbers=numbers,
            ) from None


def parts_of(pair: Pair, names: tuple[str, str], count: int) -> list[tuple[str, float, float]]:
    """By step, milliseconds of the clock and of the CPU; the home holds the tariffs."""
    parts = Parts(pair, names)
    try:
        return list(parts.each(count))
    finally:
        parts.close()
