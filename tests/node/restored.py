"""Worlds in which a node is restored from a backup, or made anew, while its peers go on."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

from silkport.kernel.errors import SilkportError
from silkport.kernel.exchange_errors import PeerRefused
from silkport.node.exchange.marks import MARKS_PATH
from silkport.node.exchange.outbox import next_batch
from silkport.node.exchange.peers import add_peer, card
from silkport.node.exchange.reminding import Restoration, accept, remind
from silkport.node.exchange.sending import send_next
from silkport.node.state.backing import RESTORED_AT, RESTORED_LOG
from silkport.node.state.contract import Transaction
from silkport.node.transparency import log
from silkport.node.transparency.audit import audit
from tests.node.worlds import Wire, World, shown_by


class Mended(World):
    """A world whose lines carry questions after a restore as well.

    Attributes:
        changing: what becomes of answers to such questions on the way.
    """

    changing: Callable[[bytes], bytes] | None = None

    def send(self, sender: str, to: str) -> int:
        return send_next(self.node(sender), to, Asking(self, sender, to))

    def kept(self, name: str) -> sqlite3.Connection:
        """A backup of a node, as of now."""
        copy = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        self[name].connection.backup(copy)
        return copy

    def restore(self, name: str, kept: sqlite3.Connection) -> None:
        """Lets a node stand again as it was; its connection is the only thing that stays."""
        one = self[name]
        self.clock.at += 1_000
        kept.backup(one.connection)
        one.wake()

        def noted(tx: Transaction) -> None:
            tx.run("set_meta", RESTORED_AT, str(self.clock.at))
            tx.run("set_meta", RESTORED_LOG, str(log.current(tx).size))

        one.node.state.write(noted)

    def accept(self, name: str, peer: str) -> Restoration:
        node = self.node(name)
        return node.state.write(lambda tx: accept(tx, node, peer))

    def replace(self, name: str, peer: str) -> None:
        """Adds the card that a peer has now, instead of what was known of it."""
        one, node = self[peer].node, self.node(name)
        shown = one.state.read(lambda tx: card(tx, one, peer, f"https://{peer}.simulated:1"))
        node.state.write(lambda tx: add_peer(tx, node, shown, replace=True))

    def sent(self, name: str, to: str) -> list[tuple[int, bytes]]:
        """What a node has sent to another, as it remembers."""
        sql = "select seq, bytes from outbox where peer = ? order by seq"
        return [tuple(row) for row in self.rows(name, sql, to)]

    def received(self, name: str, sender: str) -> list[tuple[int, bytes]]:
        """What a node has received from another."""
        sql = "select seq, bytes from inbox where peer = ? order by seq"
        return [tuple(row) for row in self.rows(name, sql, sender)]

    def agree(self) -> None:
        """Both sides of each pair hold the same messages, and every audit passes."""
        for name in self.nodes:
            for peer in self.peers(name):
                assert self.sent(name, peer.id) == self.received(peer.id, name)
                assert peer.taken == peer.queued
                assert next_batch_of(self, name, peer.id) is None
            result = audit(self.node(name), lambda *_: None)
            assert result.is_sound, result.faults


def next_batch_of(world: World, name: str, to: str) -> object:
    node = world.node(name)
    return node.state.read(lambda tx: next_batch(tx, node, to))


@dataclass(frozen=True)
class Asking(Wire):
    """A line without faults that carries questions after a restore as well."""

    def post(self, url: str, path: str, body: bytes) -> bytes:
        if path != MARKS_PATH:
            return super().post(url, path, body)
        try:
            shown = shown_by(self.world, self.sender, self.to)
            answer = remind(self.world.node(self.to), shown, body)
        except SilkportError as error:
            numbers = {name: one for name, one in error.facts.items() if isinstance(one, int)}
            raise PeerRefused(
                peer=self.to,
                status=error.status,
                peer_code=error.code,
                detail=error.sentence.format(**error.facts),
                peer_hint=error.hint,
                numbers=numbers,
            ) from None
        assert isinstance(self.world, Mended)
        return self.world.changing(answer) if self.world.changing else answer


def exchange(world: World, *houses: str) -> None:
    """News in both directions, and their receipts."""
    first, second = world.names
    for house in houses:
        world.export(first, second, house)
        world.export(second, first, house)
    world.settle()
