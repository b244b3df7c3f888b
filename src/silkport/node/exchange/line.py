"""The line to a peer: one request over HTTPS, answered or explained.

Connections are kept and used again. Whatever a peer does, an exchange ends within its seconds and
its answer within its bytes. Nothing is taken from the environment, and no redirect is followed.
"""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from itertools import islice
from time import monotonic
from types import TracebackType
from typing import Any, Protocol, Self

import h11
import httpcore
import httpx

from silkport.kernel import limits as bounds
from silkport.kernel.errors import InvalidValue, LimitExceeded
from silkport.kernel.exchange_errors import LineDown, PeerGarbage, PeerRefused

JSON = "application/json"
PROBLEM = "application/problem+json"
CODE_PREFIX = "urn:silkport:error:"
WORDS = 500
"""Characters of a peer's own words that are passed on."""
NUMBERS = 20
"""Numbers among a peer's facts that are passed on."""


class Line(Protocol):
    """A way to a peer; the simulator has one without a network."""

    def post(self, url: str, path: str, body: bytes) -> bytes:
        """The answer to one request. Raises LineDown, PeerRefused, PeerGarbage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineLimits:
    """How long a line waits, and for how much; `kernel/limits.py` says what each number means."""

    connect_seconds: float = bounds.LINE_CONNECT_SECONDS
    write_seconds: float = bounds.LINE_WRITE_SECONDS
    read_seconds: float = bounds.LINE_READ_SECONDS
    pool_seconds: float = bounds.LINE_POOL_SECONDS
    post_seconds: float = bounds.LINE_POST_SECONDS
    idle_seconds: float = bounds.LINE_IDLE_SECONDS
    connections: int = bounds.LINE_CONNECTIONS
    body_bytes: int = bounds.MAX_BATCH_MESSAGE_BYTES
    answer_bytes: int = bounds.MAX_ANSWER_BYTES


class HttpsLine:
    """A line over HTTPS with mutual TLS, for any number of threads.

    It calls whom its TLS context trusts: one peer, for a context of `keys.client_context`. A
    renewed certificate, of the node or of the peer, needs a new line.
    """

    def __init__(self, context: ssl.SSLContext, *, limits: LineLimits | None = None) -> None:
        """`context` shows this node's certificate and knows those of its peers."""
        self._limits = limits or LineLimits()
        self._term = Term()
        self._client = httpx.Client(
            transport=Transport(context, self._limits, self._term),
            timeout=httpx.Timeout(
                connect=self._limits.connect_seconds,
                write=self._limits.write_seconds,
                read=self._limits.read_seconds,
                pool=self._limits.pool_seconds,
            ),
            headers={"accept": f"{JSON}, {PROBLEM}", "user-agent": "silkport"},
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            follow_redirects=False,
            trust_env=False,
        )

    def post(self, url: str, path: str, body: bytes) -> bytes:
        """Posts JSON to the path of a peer at `https://name:port` and gives its answer, JSON too.

        Raises LineDown when no whole answer came, PeerRefused when the peer answered with a
        problem document, PeerGarbage for any other answer; InvalidValue when `url` is not HTTPS,
        LimitExceeded when the body is longer than peers take.
        """
        if not url.startswith("https://"):
            raise InvalidValue(what="An address of a peer", value=url, reason="it is not https://")
        if len(body) > self._limits.body_bytes:
            reason = "the body has more bytes"
            raise LimitExceeded(source=url, limit=self._limits.body_bytes, reason=reason)
        try:
            request = self._client.build_request(
                "POST",
                url.rstrip("/") + path,
                content=in_parts(body),
                headers={
                    "content-type": JSON,
                    "content-length": str(len(body)),
                    "accept-encoding": "identity",
                },
            )
        except httpx.InvalidURL as error:
            reason = f"{error}".rstrip(".")
            raise InvalidValue(what="An address of a peer", value=url, reason=reason) from error
        try:
            with self._term.of(self._limits.post_seconds):
                response = self._client.send(request, stream=True)
                try:
                    return self._answer(url, response)
                finally:
                    response.close()
        except httpx.TimeoutException as error:
            raise LineDown(peer=url, reason=lateness(error, self._limits)) from error
        except (httpx.NetworkError, httpx.RemoteProtocolError) as error:
            raise explained(url, error) from error

    def close(self) -> None:
        """Ends the connections that are kept; nothing may be under way."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _answer(self, peer: str, response: httpx.Response) -> bytes:
        """What a response says. Raises PeerRefused, PeerGarbage."""
        status = response.status_code
        kind = response.headers.get("content-type", "").split(";")[0].strip().lower()
        if 300 <= status < 400:
            raise PeerGarbage(peer=peer, status=status, reason="it points to another address")
        wanted = JSON if status == 200 else PROBLEM if status >= 400 else ""
        if not wanted:
            raise PeerGarbage(peer=peer, status=status, reason="this status means nothing here")
        if kind != wanted:
            reason = f"the content is {plain(kind) or 'of no type'}, not {wanted}"
            raise PeerGarbage(peer=peer, status=status, reason=reason)
        if response.headers.get("content-encoding", "identity") != "identity":
            raise PeerGarbage(peer=peer, status=status, reason="the content is compressed")
        body = self._body(peer, response)
        try:
            content: object = json.loads(body)
        except (ValueError, RecursionError) as error:
            reason = "the content is not JSON"
            raise PeerGarbage(peer=peer, status=status, reason=reason) from error
        if wanted == PROBLEM:
            raise refusal(peer, status, content)
        return body

    def _body(self, peer: str, response: httpx.Response) -> bytes:
        parts: list[bytes] = []
        size = 0
        for part in response.iter_raw():
            size += len(part)
            if size > self._limits.answer_bytes:
                reason = f"the content is longer than {self._limits.answer_bytes} bytes"
                raise PeerGarbage(peer=peer, status=response.status_code, reason=reason)
            parts.append(part)
        return b"".join(parts)


def in_parts(body: bytes, size: int = 64 * bounds.KIB) -> Iterator[bytes]:
    """A body in parts: a socket takes a long text in many bites and copies the rest at each."""
    return (body[start : start + size] for start in range(0, len(body), size))


def plain(words: object) -> str:
    """A peer's words, fit for a log and a terminal: short, in one line, nothing invisible."""
    text = words[:WORDS] if isinstance(words, str) else ""
    return "".join(letter if letter.isprintable() else " " for letter in text).strip()


def numbers(facts: object) -> Iterator[tuple[str, int]]:
    """The whole numbers among a peer's facts; what is none is not read."""
    for name, value in facts.items() if isinstance(facts, dict) else ():
        if type(value) is int and 0 <= value < 2**53:
            yield plain(name), value


def refusal(peer: str, status: int, problem: object) -> PeerRefused | PeerGarbage:
    """A problem document as an error."""
    if not isinstance(problem, dict):
        return PeerGarbage(peer=peer, status=status, reason="its problem is not an object")
    return PeerRefused(
        peer=peer,
        status=status,
        peer_code=plain(problem.get("type")).removeprefix(CODE_PREFIX),
        detail=plain(problem.get("detail")) or plain(problem.get("title")),
        peer_hint=plain(problem.get("hint")),
        numbers=dict(islice(numbers(problem.get("facts")), NUMBERS)),
    )


def lateness(error: httpx.TimeoutException, limits: LineLimits) -> str:
    """Which wait was too long."""
    whole = f", or the whole took longer than {limits.post_seconds:g} seconds"
    if isinstance(error, httpx.ConnectTimeout):
        return f"no connection came about within {limits.connect_seconds:g} seconds"
    if isinstance(error, httpx.PoolTimeout):
        return f"every connection was in use for {limits.pool_seconds:g} seconds"
    if isinstance(error, httpx.WriteTimeout):
        return f"it took nothing for {limits.write_seconds:g} seconds{whole}"
    return f"it said nothing for {limits.read_seconds:g} seconds{whole}"


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error and all that it came from."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def explained(peer: str, error: Exception) -> LineDown | PeerGarbage:
    """What broke, in words that an operator can act on."""
    reason = "the connection was closed; if it is each time, the peer may not know this node's key"
    for cause in causes(error):
        if isinstance(cause, h11.RemoteProtocolError) and "peer closed" not in f"{cause}":
            return PeerGarbage(peer=peer, status=0, reason=f"it is not HTTP ({plain(str(cause))})")
        if isinstance(cause, ssl.SSLCertVerificationError):
            reason = f"TLS refused, its certificate is not trusted: {cause.verify_message}"
        elif isinstance(cause, ssl.SSLError) and "ALERT" in (cause.reason or ""):
            reason = f"TLS refused by the peer, which may not know this node's key: {cause.reason}"
        elif isinstance(cause, ssl.SSLEOFError):
            continue
        elif isinstance(cause, ssl.SSLError):
            reason = f"TLS refused: {cause.reason or cause}"
        elif isinstance(cause, socket.gaierror):
            reason = "its name is not known to the name service"
        elif isinstance(cause, ConnectionRefusedError):
            reason = "nothing listens at this address"
        elif isinstance(cause, OSError) and not isinstance(cause, ConnectionError):
            reason = cause.strerror or f"{cause}"
        else:
            continue
        break
    return LineDown(peer=peer, reason=reason)


class Term:
    """The moment at which the exchange of the present thread must be over."""

    def __init__(self) -> None:
        self._own = threading.local()

    @contextmanager
    def of(self, seconds: float) -> Iterator[None]:
        """Within, no wait of this thread on the network goes beyond `seconds` from now."""
        self._own.end = monotonic() + seconds
        try:
            yield
        finally:
            del self._own.end

    def left(self, seconds: float | None, late: type[httpcore.TimeoutException]) -> float | None:
        """How long a wait may be that would be `seconds`. Raises `late` when no time is left."""
        end: float | None = getattr(self._own, "end", None)
        if end is None:
            return seconds
        rest = end - monotonic()
        if rest <= 0:
            raise late("the exchange took too long")
        return rest if seconds is None else min(seconds, rest)


class Stream(httpcore.NetworkStream):
    """A connection on which no wait goes beyond the term of the exchange."""

    def __init__(self, inner: httpcore.NetworkStream, term: Term) -> None:
        self._inner, self._term = inner, term

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Some bytes, as soon as there are any."""
        return self._inner.read(max_bytes, self._term.left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Sends all of some bytes."""
        self._inner.write(buffer, self._term.left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        """Ends the connection."""
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """Agrees on TLS with the peer."""
        left = self._term.left(timeout, httpcore.ConnectTimeout)
        return Stream(self._inner.start_tls(ssl_context, server_hostname, left), self._term)

    def get_extra_info(self, info: str) -> Any:
        """What httpcore asks of a connection."""
        return self._inner.get_extra_info(info)


class Network(httpcore.SyncBackend):
    """Makes such connections."""

    def __init__(self, term: Term) -> None:
        self._term = term

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """A connection to a port of a host."""
        left = self._term.left(timeout, httpcore.ConnectTimeout)
        inner = super().connect_tcp(host, port, left, local_address, socket_options)
        return Stream(inner, self._term)


class Transport(httpx.HTTPTransport):
    """httpx's own, over connections that know the term of their exchange."""

    def __init__(self, context: ssl.SSLContext, limits: LineLimits, term: Term) -> None:
        super().__init__(verify=context, trust_env=False)
        self._pool = httpcore.ConnectionPool(
            ssl_context=context,
            max_connections=limits.connections,
            max_keepalive_connections=limits.connections,
            keepalive_expiry=limits.idle_seconds,
            network_backend=Network(term),
        )
