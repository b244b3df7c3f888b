"""One connection of a peer: the certificate it has shown, and how long it may keep silent.

Stands on uvicorn's protocol for HTTP/1.1, which does not say who called: this one puts the
certificate of the TLS session into the state of every request.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from typing import cast

import h11
from uvicorn import Config
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle
from uvicorn.server import ServerState

from silkport.kernel.exchange_errors import RequestRefused
from silkport.node.exchange.desk import ServerLimits, head, problem_answer

log = logging.getLogger("silkport.node.wire")


class Door:
    """Which connections are open, per certificate."""

    def __init__(self, limits: ServerLimits) -> None:
        self.limits = limits
        self.closed = False
        self._open: dict[bytes, list[Connection]] = defaultdict(list)

    def enter(self, connection: Connection) -> bool:
        """Takes a new connection in, if need be for an idle one of the same peer."""
        if self.closed:
            return False
        own = self._open[connection.certificate]
        if len(own) >= self.limits.connections_per_peer:
            idle = next((one for one in own if one.idle), None)
            if idle is None:
                return False
            idle.cut()
            own.remove(idle)
        if sum(map(len, self._open.values())) >= self.limits.connections:
            return False
        own.append(connection)
        return True

    def leave(self, connection: Connection) -> None:
        """Forgets a connection that is gone, or was never taken in."""
        own = self._open.get(connection.certificate, [])
        if connection in own:
            own.remove(connection)
        if not own:
            self._open.pop(connection.certificate, None)

    def close(self) -> None:
        """Ends every idle connection now and every other one after its answer."""
        self.closed = True
        for connection in [one for own in self._open.values() for one in own]:
            connection.shutdown()


class Connection(H11Protocol):
    """One connection, on which a caller asks one thing after another."""

    def __init__(self, config: Config, state: ServerState, door: Door) -> None:
        super().__init__(config, state, {})
        self.door = door
        self.certificate = b""
        self.gone = asyncio.Event()
        self._patience: asyncio.TimerHandle | None = None

    @property
    def idle(self) -> bool:
        """Whether no request is being read or answered."""
        cycle = cast(RequestResponseCycle | None, self.cycle)  # none before the first request
        return cycle is None or cycle.response_complete

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """TLS stands: keeps the caller's certificate, in DER."""
        super().connection_made(cast(asyncio.Transport, transport))
        self.certificate = transport.get_extra_info("ssl_object").getpeercert(True) or b""
        self.app_state = {"certificate": self.certificate}
        if self.certificate and self.door.enter(self):
            self._watch()
        else:
            log.warning("a connection was closed: there are too many, or the node is stopping")
            self.cut()

    def data_received(self, data: bytes) -> None:
        """Some bytes of a request came."""
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone, whoever ended it."""
        super().connection_lost(exc)
        self._relax()
        self._unset_keepalive_if_required()
        self.door.leave(self)
        self.gone.set()

    def shutdown(self) -> None:
        """Ends the connection, after the answer that is being made."""
        if self.idle:
            self.transport.close()  # says goodbye
            self.cut()
        else:
            self.cycle.keep_alive = False

    def cut(self) -> None:
        """Ends the connection at once."""
        if self.flow is not None:  # else the handshake has not come to its end
            self.transport.abort()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002
        """Answers what is no HTTP, or has too long a head, and ends the connection."""
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            answer = problem_answer(RequestRefused(status=400, what="A request", reason=REASON))
            for event in (
                h11.Response(status_code=answer.status, headers=head(answer, last=True)),
                h11.Data(data=answer.body),
                h11.EndOfMessage(),
            ):
                self.transport.write(self.conn.send(event) or b"")
        if not self.idle:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.transport.close()

    def _should_upgrade(self) -> bool:
        """No other protocol is spoken here, and none is advertised in the log."""
        return False

    def _watch(self) -> None:
        """Runs a clock while the head of a request is awaited."""
        if not self.idle:
            self._relax()
        elif self._patience is None:
            self._patience = self.loop.call_later(self.door.limits.head_seconds, self._impatient)

    def _relax(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _impatient(self) -> None:
        self._patience = None
        if self.idle:
            self.cut()


REASON = "it is not HTTP/1.1, or its head is too long"
