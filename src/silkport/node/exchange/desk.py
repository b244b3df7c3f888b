"""Takes one request of a peer: right address, in turn, within bounds; then has it handled.

An ASGI application of a handful of routes. Every refusal, and every error of what handles a
request, becomes a problem document in one place: `problem_answer`.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Executor, Future
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import Any

from silkport.kernel import limits as bounds
from silkport.kernel.errors import LimitExceeded, SilkportError
from silkport.kernel.exchange_errors import NotAnswered, RequestRefused

log = logging.getLogger("silkport.node.wire")

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


@dataclass(frozen=True)
class Request:
    """What a peer asks. `certificate` is the one it has shown, in DER."""

    method: str
    path: str
    certificate: bytes
    body: bytes


@dataclass(frozen=True)
class Answer:
    """What a peer is answered."""

    status: int
    body: bytes
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerLimits:
    """What a server bears; `kernel/limits.py` says what each number means."""

    body_bytes: int = bounds.MAX_BATCH_MESSAGE_BYTES
    head_bytes: int = bounds.MAX_HEAD_BYTES
    discarded_bytes: int = bounds.MAX_DISCARDED_BYTES
    connections: int = bounds.MAX_CONNECTIONS
    connections_per_peer: int = bounds.MAX_CONNECTIONS_PER_PEER
    handshakes: int = bounds.MAX_HANDSHAKES
    requests_per_peer: int = bounds.MAX_REQUESTS_PER_PEER
    handshake_seconds: float = bounds.HANDSHAKE_SECONDS
    head_seconds: float = bounds.HEAD_SECONDS
    body_seconds: float = bounds.BODY_SECONDS
    answer_seconds: float = bounds.ANSWER_SECONDS
    idle_seconds: int = bounds.IDLE_SECONDS
    close_seconds: float = bounds.CLOSE_SECONDS


def problem_answer(error: SilkportError) -> Answer:
    """An error as the answer that a peer gets."""
    body = json.dumps(error.problem()).encode()
    return Answer(error.status, body, "application/problem+json")


def head(answer: Answer, *, last: bool, allow: str = "") -> list[tuple[bytes, bytes]]:
    """The headers of an answer. `last`: nothing more is said on this connection."""
    headers = [
        (b"content-type", answer.content_type.encode("latin-1")),
        (b"content-length", str(len(answer.body)).encode()),
    ]
    if allow:
        headers.append((b"allow", allow.encode()))
    if last:
        headers.append((b"connection", b"close"))
    return headers


class PeerLeft(Exception):
    """The caller closed the connection before its request was whole; never leaves this module."""


class Body:
    """The body of a request, as it comes in."""

    def __init__(self, headers: Mapping[bytes, bytes], receive: Receive) -> None:
        self.announced = int(headers.get(b"content-length", b"0"))
        self.whole = not self.announced and b"transfer-encoding" not in headers
        self._receive = receive

    async def part(self) -> bytes:
        """The next bytes. Raises PeerLeft."""
        message = await self._receive()
        if message["type"] == "http.disconnect":
            raise PeerLeft
        self.whole = not message.get("more_body", False)
        return bytes(message.get("body", b""))

    async def read(self, limits: ServerLimits) -> bytes:
        """All of it. Raises LimitExceeded, RequestRefused when it comes too slowly, PeerLeft."""
        parts: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout(limits.body_seconds):
                while not self.whole and max(size, self.announced) <= limits.body_bytes:
                    parts.append(await self.part())
                    size += len(parts[-1])
        except TimeoutError:
            reason = f"its body did not come within {limits.body_seconds:g} seconds"
            raise RequestRefused(status=408, what="A request", reason=reason) from None
        if max(size, self.announced) > limits.body_bytes:
            reason = "its body has more bytes"
            raise LimitExceeded(source="A request", limit=limits.body_bytes, reason=reason)
        return b"".join(parts)

    async def discard(self, limits: ServerLimits) -> None:
        """Throws the rest away, for a while: who is still sending does not see an answer."""
        size = 0
        with suppress(TimeoutError, PeerLeft):
            async with asyncio.timeout(limits.close_seconds):
                while not self.whole and size < limits.discarded_bytes:
                    size += len(await self.part())


class Desk:
    """The application: everything between a request's headers and its answer."""

    def __init__(
        self,
        handle: Callable[[Request], Answer],
        routes: Mapping[str, str],
        pool: Executor,
        limits: ServerLimits,
    ) -> None:
        self.closing = False
        self._handle, self._routes, self._pool, self._limits = handle, routes, pool, limits
        self._running: Counter[bytes] = Counter()

    @property
    def busy(self) -> bool:
        """Whether anything is being read or handled, be its peer still waiting or not."""
        return bool(self._running)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """One request, as ASGI has it."""
        body = Body(dict(scope["headers"]), receive)
        try:
            answer = await self._answer(scope, body)
        except SilkportError as error:
            answer = problem_answer(error)
        except (PeerLeft, asyncio.CancelledError):  # the second: the server stops
            return
        whole = body.whole
        allow = self._routes[scope["path"]] if answer.status == 405 else ""
        headers = head(answer, last=self.closing or not whole, allow=allow)
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        message = {"type": "http.response.body", "body": answer.body, "more_body": not whole}
        await send(message)
        if not whole:
            await body.discard(self._limits)
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _answer(self, scope: Message, body: Body) -> Answer:
        """Raises SilkportError with what is answered instead, PeerLeft."""
        method, path = scope["method"], scope["path"]
        certificate: bytes = scope["state"]["certificate"]
        what = f"{method} {path}"
        parts = [scope["raw_path"], scope["query_string"], *map(b"".join, scope["headers"])]
        if sum(map(len, parts)) > self._limits.head_bytes:
            raise RequestRefused(status=431, what="A request", reason="its head is too long")
        if path not in self._routes:
            raise RequestRefused(status=404, what=what, reason="nothing is served under this path")
        if method != self._routes[path]:
            reason = f"this path takes {self._routes[path]}"
            raise RequestRefused(status=405, what=what, reason=reason)
        if self._running[certificate] >= self._limits.requests_per_peer:
            reason = "as many requests of this peer as are allowed are being handled"
            raise RequestRefused(status=429, what=what, reason=reason)
        with ExitStack() as place:
            self._running[certificate] += 1
            place.callback(self._release, certificate)
            request = Request(method, path, certificate, await body.read(self._limits))
            work = self._pool.submit(self._handle, request)
            place.pop_all()  # from here on the work holds the place, however long it takes
        await self._wait(work, request)
        return outcome(work, what)

    async def _wait(self, work: Future[Answer], request: Request) -> None:
        """Until the work is done. Raises NotAnswered when that takes too long."""
        loop = asyncio.get_running_loop()
        done = asyncio.Event()

        def finish() -> None:
            done.set()
            self._release(request.certificate)

        def tell(_: Future[Answer]) -> None:
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(finish)

        work.add_done_callback(tell)
        try:
            async with asyncio.timeout(self._limits.answer_seconds):
                await done.wait()
        except TimeoutError:
            work.cancel()  # what waits for a worker is not begun; what runs goes on
            what = f"{request.method} {request.path}"
            reason = f"it takes longer than {self._limits.answer_seconds:g} seconds"
            log.error("%s: %s", what, reason)
            raise NotAnswered(status=503, what=what, reason=reason) from None

    def _release(self, certificate: bytes) -> None:
        self._running[certificate] -= 1
        if not self._running[certificate]:
            del self._running[certificate]


def outcome(work: Future[Answer], what: str) -> Answer:
    """What finished work has come to. Raises the SilkportError of it, or NotAnswered."""
    error = work.exception()
    if error is None:
        return work.result()
    if isinstance(error, SilkportError):
        raise error
    log.error("%s failed", what, exc_info=error)
    raise NotAnswered(status=500, what=what, reason="an unexpected error")
