"""The door of a node: HTTPS, at which every caller has shown a certificate.

A caller is served only after mutual TLS; whose certificate it is, and what it may ask, `handle`
decides. Everything a caller sends is bounded in bytes and in seconds, and one caller cannot take
the places of another. What is refused here is answered with a problem document (RFC 9457).
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import TracebackType
from typing import Self

from uvicorn import Config
from uvicorn.server import ServerState

from silkport.kernel import limits as bounds
from silkport.kernel.exchange_errors import PortUnusable
from silkport.node.exchange.connection import Connection, Door
from silkport.node.exchange.desk import Answer, Desk, Request, ServerLimits

__all__ = ["ROUTES", "Answer", "Request", "Server", "ServerLimits"]

log = logging.getLogger("silkport.node.wire")

ROUTES: Mapping[str, str] = {"/batches": "POST", "/marks": "POST", "/alive": "GET"}
"""The method of every path that is served."""


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens. Raises PortUnusable."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    if not 0 <= port < 1 << 16:
        raise PortUnusable(host=host, port=port, reason="ports go from 0 to 65535")
    try:
        listener = socket.create_server((host, port), family=family, backlog=128)
    except OSError as error:
        raise PortUnusable(host=host, port=port, reason=f"{error}") from error
    listener.setblocking(False)
    return listener


async def ended(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancels tasks and sees them end."""
    some = set(tasks)
    for task in some:
        task.cancel()
    if some:
        await asyncio.wait(some)


def settings(desk: Desk, limits: ServerLimits) -> Config:
    """What uvicorn is told: one protocol, no log of its own, no trust in anybody's headers."""
    config = Config(
        desk,
        interface="asgi3",
        http=Connection,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        h11_max_incomplete_event_size=limits.head_bytes,
        timeout_keep_alive=limits.idle_seconds,
    )
    config.load()
    return config


class Server:
    """Listens in a thread of its own and gives each request of a peer to `handle`.

    `handle` runs in one of `workers` threads. A SilkportError that it raises becomes the answer;
    any other exception is logged and answered without its text.
    """

    def __init__(
        self,
        handle: Callable[[Request], Answer],
        context: ssl.SSLContext,
        host: str,
        port: int,
        *,
        routes: Mapping[str, str] = ROUTES,
        workers: int = bounds.WIRE_WORKERS,
        limits: ServerLimits | None = None,
    ) -> None:
        """`context` must demand a certificate of the client; port 0 takes any free port."""
        self.host, self.port = host, port
        self._limits = limits or ServerLimits()
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="silkport-wire")
        self._desk = Desk(handle, routes, self._pool, self._limits)
        self._door = Door(self._limits)
        self._config = settings(self._desk, self._limits)
        self._state = ServerState()
        self._greeting: dict[asyncio.Task[None], None] = {}
        self._present: set[asyncio.Task[None]] = set()
        self._listening = threading.Event()
        self._thread: threading.Thread | None = None
        self._clean = True
        self.renew(context)

    def start(self) -> None:
        """Listens; returns when peers can connect, with the port that was taken in `port`.

        Raises PortUnusable when nothing can listen there. A server starts once.
        """
        assert self._thread is None, "a server starts once"
        self._listener = listening(self.host, self.port)
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve()), name="silkport-wire", daemon=True
        )
        self._thread.start()
        self._listening.wait()

    def renew(self, context: ssl.SSLContext) -> None:
        """Takes another TLS context for every connection made from now on.

        Open connections stay as they are: `handle` refuses a certificate that is no longer known.
        """
        assert context.verify_mode is ssl.CERT_REQUIRED, "every caller shows a certificate"
        self._context = context

    def stop(self, seconds: float = bounds.ANSWER_SECONDS) -> bool:
        """Takes no more requests and waits for those that run, for at most `seconds`.

        Returns whether `handle` has come to an end for all of them. Where it has not, the peer
        gets no answer, while the thread runs on: nothing can break it off.
        """
        if self._thread is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._end, seconds)
            self._thread.join()
        self._pool.shutdown(wait=False, cancel_futures=True)
        return self._clean

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _end(self, seconds: float) -> None:
        if not self._ending.done():
            self._ending.set_result(seconds)

    async def _serve(self) -> None:
        """Everything that runs in the thread, from the first connection to the last."""
        self._loop = asyncio.get_running_loop()
        self._ending: asyncio.Future[float] = self._loop.create_future()
        self._listen()
        self._listening.set()
        seconds = await self._ending
        self._loop.remove_reader(self._listener)
        self._listener.close()
        await self._finish(self._loop.time() + seconds)

    async def _finish(self, until: float) -> None:
        """Lets running requests be answered until a moment of the loop's clock, then cuts."""
        tasks = self._state.tasks
        self._desk.closing = True
        self._door.close()
        await ended(self._greeting)
        while (tasks or self._desk.busy) and self._loop.time() < until:
            await asyncio.sleep(0.02)
        self._clean = not tasks and not self._desk.busy
        if self._present and self._clean:  # answers are on their way; callers see them and leave
            await asyncio.wait(self._present, timeout=self._limits.close_seconds)
        await ended(self._present)
        await ended(tasks)

    def _listen(self) -> None:
        if not self._desk.closing:
            self._loop.add_reader(self._listener, self._accept)

    def _accept(self) -> None:
        """Somebody connects."""
        try:
            sock, _ = self._listener.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return
        except OSError as error:  # no free file descriptor, for one
            log.warning("a connection was not accepted: %s", error)
            self._loop.remove_reader(self._listener)
            self._loop.call_later(1, self._listen)
            return
        sock.setblocking(False)
        task = self._loop.create_task(self._attend(sock))
        self._present.add(task)
        task.add_done_callback(partial(self._left, sock))

    def _left(self, sock: socket.socket, task: asyncio.Task[None]) -> None:
        self._present.discard(task)
        sock.close()

    async def _attend(self, sock: socket.socket) -> None:
        """One connection, from its first byte until it is gone."""
        if self._desk.closing:
            return
        connection = Connection(self._config, self._state, self._door)
        task = asyncio.current_task()
        assert task is not None
        self._greeting[task] = None
        if len(self._greeting) > self._limits.handshakes:
            oldest = next(iter(self._greeting))
            del self._greeting[oldest]
            oldest.cancel()
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else 40 ms an answer
            await self._loop.connect_accepted_socket(
                lambda: connection,
                sock,
                ssl=self._context,
                ssl_handshake_timeout=self._limits.handshake_seconds,
                ssl_shutdown_timeout=self._limits.close_seconds,
            )
            self._greeting.pop(task, None)
            await connection.gone.wait()
        except OSError as error:  # what TLS refuses is an OSError too
            log.info("a connection was refused in its handshake: %s", error)
        finally:
            self._greeting.pop(task, None)
            connection.cut()
