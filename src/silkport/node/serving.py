"""A node at work: listens to its peers, sends, applies, and lets time pass, until it is stopped.

Each peer has a thread of its own for sending, so none waits for another. What other processes
write (a declaration filed, a peer added, keys changed) is noticed within a second.
"""

from __future__ import annotations

import logging
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from silkport.kernel.errors import SilkportError, StoreClosed
from silkport.kernel.exchange_errors import BatchMalformed
from silkport.kernel.limits import MAX_APPLIED_AT_ONCE
from silkport.node.corridor.desk import FilingDesk
from silkport.node.corridor.grants import expire
from silkport.node.corridor.transports import pass_time as pass_transports
from silkport.node.corridor.waiting import prepare_new
from silkport.node.exchange.applying import apply_some
from silkport.node.exchange.inbox import receive
from silkport.node.exchange.keys import client_context, private_key_pem, server_context
from silkport.node.exchange.line import HttpsLine
from silkport.node.exchange.marks import MARKS_PATH
from silkport.node.exchange.peers import key_for, peer_of, peers, trusted_certificates
from silkport.node.exchange.reminding import remind
from silkport.node.exchange.rotating import promote, renew, shown_key
from silkport.node.exchange.sending import is_due, send_next
from silkport.node.exchange.server import Answer, Request, Server
from silkport.node.sovereign import Node
from silkport.node.state.contract import Transaction
from silkport.node.workflow.acting import pass_time
from silkport.node.workflow.filing import Office
from silkport.node.workflow.telling_late import tell_late

ALIVE = "/alive"
IDLE_SECONDS = 0.2
LOOK_SECONDS = 1.0

log = logging.getLogger("silkport.node")


@dataclass(frozen=True, slots=True)
class _Trust:
    """What the TLS contexts are made from; another value, other contexts."""

    own: str
    trusted: tuple[str, ...]


class Serving:
    """A node that serves; a context manager.

    Args:
        office: the law it decides by; None for a node that is not competent to.
        desk: what it prepares by what its traders were granted; None where it prepares nothing.
    """

    def __init__(
        self,
        node: Node,
        office: Office | None,
        host: str,
        port: int,
        desk: FilingDesk | None = None,
    ) -> None:
        self._node, self._office, self._desk = node, office, desk
        self._host, self._port = host, port
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self._senders: set[str] = set()
        self._trust, context = node.state.read(self._contexts)
        self._server = Server(self._handle, context, host, port)

    @property
    def port(self) -> int:
        """The port it listens at."""
        return self._server.port

    def __enter__(self) -> Serving:
        self._server.start()
        self._run("applier", self._apply)
        self._run("look-out", self._look_out)
        if self._desk is not None:
            self._run("preparer", partial(self._prepare, self._desk))
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._server.stop()
        for thread in self._threads:
            thread.join()

    def wait(self) -> None:
        """Returns when `stop` was called."""
        while not self._stop.wait(LOOK_SECONDS):
            pass

    def stop(self) -> None:
        """Lets `wait` return; may be called by a signal handler."""
        self._stop.set()

    def _run(self, name: str, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, name=f"silkport {name}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _handle(self, request: Request) -> Answer:
        if request.path == ALIVE:
            return Answer(200, b'{"alive":true}')
        if not request.body:
            raise BatchMalformed(peer="the sender", reason="it is empty")
        if request.path == MARKS_PATH:
            return Answer(200, remind(self._node, request.certificate, request.body))
        return Answer(200, receive(self._node, request.certificate, request.body))

    def _contexts(self, tx: Transaction) -> tuple[_Trust, ssl.SSLContext]:
        own = shown_key(tx, self._node)
        trusted = trusted_certificates(tx, self._node.now())
        secret = self._node.chance(16).hex().encode()
        context = server_context(
            own.certificate.encode(),
            private_key_pem(own.tls_seed, secret),
            secret,
            [one.encode() for one in trusted],
        )
        return _Trust(own.certificate, tuple(trusted)), context

    def _keep_on(self, what: str, step: Callable[[], bool]) -> None:
        """Does a step again and again until the node stops, whatever goes wrong in one.

        A step gives whether there may be more to do at once. A thread that died unseen would let
        the node look healthy while it no longer sends, applies or watches its terms.
        """
        while not self._stop.is_set():
            try:
                more = step()
            except StoreClosed:
                self._stop.set()
                return
            except SilkportError as error:
                log.error("%s: %s", what, error)
                self._stop.wait(LOOK_SECONDS)
            except Exception:
                log.exception("%s failed and goes on", what)
                self._stop.wait(LOOK_SECONDS)
            else:
                if not more:
                    self._stop.wait(IDLE_SECONDS)

    def _look_out(self) -> None:
        self._keep_on("look-out", self._look)

    def _look(self) -> bool:
        """Once a second: new peers, changed keys, terms that are over."""
        node = self._node
        node.state.write(lambda tx: (renew(tx, node), promote(tx, node)))
        trust = node.state.read(self._trust_now)
        if trust != self._trust:
            self._trust, context = node.state.read(self._contexts)
            self._server.renew(context)
        for peer in node.state.read(peers):
            if peer.id not in self._senders:
                self._senders.add(peer.id)
                self._run(f"sender {peer.id}", partial(self._send, peer.id))
        if tell_late(node):
            return True
        if expire(node) or pass_transports(node):
            return True
        if self._office is not None and pass_time(node, self._office):
            return True
        self._stop.wait(LOOK_SECONDS)
        return False

    def _trust_now(self, tx: Transaction) -> _Trust:
        own = shown_key(tx, self._node).certificate
        return _Trust(own, tuple(trusted_certificates(tx, self._node.now())))

    def _prepare(self, desk: FilingDesk) -> None:
        self._keep_on("preparer", lambda: bool(prepare_new(self._node, desk)))

    def _apply(self) -> None:
        self._keep_on("applier", self._apply_round)

    def _apply_round(self) -> bool:
        """Lets what was received take effect, peer after peer."""
        node, busy = self._node, False
        for peer in node.state.read(peers):
            if peer.considered < peer.received:
                busy |= bool(apply_some(node, peer.id, MAX_APPLIED_AT_ONCE))
        return busy

    def _send(self, peer: str) -> None:
        """Sends to one peer whatever waits for it."""
        sender = _Sender(self._node, peer)
        self._keep_on(f"sender {peer}", sender.send)
        sender.close()


class _Sender:
    """Sends to one peer; its line lasts as long as the keys that it was made with."""

    def __init__(self, node: Node, peer: str) -> None:
        self._node, self._peer = node, peer
        self._line: HttpsLine | None = None
        self._made_for: LineKeys | None = None

    def send(self) -> bool:
        """The next batch, if one is due; gives whether there was one."""
        node, peer = self._node, self._peer
        if not is_due(node, node.state.read(lambda tx: peer_of(tx, peer))):
            return False
        keys = node.state.read(lambda tx: line_keys(tx, node, peer))
        if self._line is None or self._made_for != keys:
            self.close()
            self._line, self._made_for = line_with(node, keys), keys
        send_next(node, peer, self._line)
        return True

    def close(self) -> None:
        """Lets go of the line."""
        if self._line is not None:
            self._line.close()
            self._line = None


@dataclass(frozen=True, slots=True)
class LineKeys:
    """What a line to a peer is made with: our certificate and key, the peer's certificates."""

    certificate: str
    tls_seed: bytes
    trusted: tuple[str, ...]


def line_keys(tx: Transaction, node: Node, peer: str) -> LineKeys:
    """Our key for a peer, and the certificates of the peer that count now."""
    own = key_for(tx, node, peer)
    trusted = tuple(row[2] for row in tx.rows("peer_keys", peer) if row[4] > node.now())
    return LineKeys(own.certificate, own.tls_seed, trusted)


def line_with(node: Node, keys: LineKeys) -> HttpsLine:
    """A line to a peer, to be closed. Raises KeysLocked, InvalidValue."""
    secret = node.chance(16).hex().encode()
    context = client_context(
        keys.certificate.encode(),
        private_key_pem(keys.tls_seed, secret),
        secret,
        [one.encode() for one in keys.trusted],
    )
    return HttpsLine(context)
