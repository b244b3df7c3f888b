"""Two nodes on one machine, over real sockets with mutual TLS."""

from __future__ import annotations

import hashlib
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest

from silkport.kernel.errors import InvalidValue, LimitExceeded, NotFound
from silkport.kernel.exchange_errors import LineDown, PeerRefused, PortUnusable
from silkport.node.exchange.server import Answer, Request, Server, ServerLimits
from tests.node.wires import (
    POST,
    Cast,
    Handle,
    a_head,
    a_node,
    all_said,
    asked,
    called,
    for_client,
    for_server,
    line,
    url,
    well,
)


@pytest.fixture
def cast() -> Cast:
    return Cast()


@pytest.fixture
def listen(cast: Cast) -> Iterator[Callable[..., Server]]:
    """Makes servers, and stops them when the test is over."""
    servers: list[Server] = []

    def make(handle: Handle, context: ssl.SSLContext | None = None, **some: Any) -> Server:
        limits = ServerLimits(**{"close_seconds": 0.5, **some})
        server = Server(handle, context or cast.door(), "127.0.0.1", 0, limits=limits)
        servers.append(server)
        server.start()
        return server

    yield make
    for server in servers:
        server.stop(2)


def keeping(heard: list[Request]) -> Handle:
    def handle(request: Request) -> Answer:
        heard.append(request)
        return well(request)

    return handle


def test_a_large_body_and_who_sent_it(cast: Cast, listen: Callable[..., Server]) -> None:
    heard: list[Request] = []

    def handle(request: Request) -> Answer:
        heard.append(request)
        return Answer(200, json.dumps(hashlib.sha256(request.body).hexdigest()).encode())

    server = listen(handle)
    body = b"[" + b"1234567," * 1_000_000 + b"0]"
    answer = asked(server, cast.of(cast.khorgos), body)
    assert json.loads(answer) == hashlib.sha256(body).hexdigest()
    asked(server, cast.of(cast.altynkol))
    assert [(one.method, one.path) for one in heard] == [("POST", POST)] * 2
    assert [one.certificate for one in heard] == [cast.khorgos.der, cast.altynkol.der]
    assert heard[0].body == body


@pytest.mark.parametrize("who", [None, "stranger"])
def test_who_is_not_known_is_not_heard(
    who: str | None, cast: Cast, listen: Callable[..., Server]
) -> None:
    heard: list[Request] = []
    server = listen(keeping(heard))
    with pytest.raises(LineDown, match="may not know this node's key") as caught:
        asked(server, cast.of(cast.stranger if who else None))
    assert not caught.value.permanent
    assert heard == []
    assert asked(server, cast.of(cast.khorgos)) == b'{"well":true}'


def test_a_false_server_is_told_nothing(cast: Cast, listen: Callable[..., Server]) -> None:
    heard: list[Request] = []
    door = for_server(cast.stranger, cast.khorgos)
    server = listen(keeping(heard), door)
    with pytest.raises(LineDown, match="its certificate is not trusted"):
        asked(server, cast.of(cast.khorgos))
    assert heard == []


def problem(said: bytes) -> tuple[int, dict[str, Any]]:
    """Status and problem document of a bare answer."""
    head, _, body = said.partition(b"\r\n\r\n")
    assert b"content-type: application/problem+json" in head
    found: dict[str, Any] = json.loads(body)
    assert found["status"] == int(head.split()[1])
    return found["status"], found


@pytest.mark.parametrize("framing", ["Content-Length: 200000000", "Transfer-Encoding: chunked"])
def test_a_body_without_end(framing: str, cast: Cast, listen: Callable[..., Server]) -> None:
    server = listen(well, body_bytes=100_000, discarded_bytes=1_000_000)
    part = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    sent = 0
    with called(server.port, cast.of(cast.khorgos)) as sock:
        sock.sendall(a_head("POST", POST, framing))
        with suppress(ConnectionError, ssl.SSLError):
            while sent < 2000:
                sock.sendall(part)
                sent += 1
        assert problem(all_said(sock))[0] == 413
    assert sent < 400  # what the buffers between both hold, and not 2,000
    assert asked(server, cast.of(cast.khorgos))


def test_too_long_a_body_is_explained(cast: Cast, listen: Callable[..., Server]) -> None:
    server = listen(well, body_bytes=100_000)
    assert asked(server, cast.of(cast.khorgos), b" " * 99_998 + b"{}")
    with pytest.raises(PeerRefused) as caught:
        asked(server, cast.of(cast.khorgos), b" " * 5_000_000)
    assert caught.value.facts["peer_code"] == "SP-1103"
    assert caught.value.facts["status"] == 413
    assert caught.value.permanent
    with line(cast.of(cast.khorgos), body_bytes=10) as one, pytest.raises(LimitExceeded):
        one.post(url(server), POST, b" " * 11)


def test_a_slow_body_is_cut(cast: Cast, listen: Callable[..., Server]) -> None:
    server = listen(well, body_seconds=0.3, close_seconds=0.2)
    with called(server.port, cast.of(cast.khorgos)) as sock:
        sock.sendall(a_head("POST", POST, "Content-Length: 10") + b"1")
        assert problem(all_said(sock))[0] == 408


def test_the_silent_stop_nobody(cast: Cast, listen: Callable[..., Server]) -> None:
    server = listen(well, handshakes=3, handshake_seconds=30, head_seconds=0.5)
    silent = [socket.create_connection(("127.0.0.1", server.port), timeout=5) for _ in range(8)]
    with called(server.port, cast.of(cast.khorgos)) as mute:
        with line(cast.of(cast.khorgos)) as one:
            assert one.post(url(server), POST, b"{}")
            assert one.post(url(server), POST, b"{}")
        assert all_said(silent[0]) == b""  # the oldest made place long before its time
        mute.sendall(b"POST /bat")
        started = time.monotonic()
        assert all_said(mute) == b""
        assert time.monotonic() - started < 3
    for sock in silent:
        sock.close()


def test_idle_connections_end_and_are_replaced(cast: Cast, listen: Callable[..., Server]) -> None:
    server = listen(well, idle_seconds=1)
    with line(cast.of(cast.khorgos)) as one:
        assert one.post(url(server), POST, b"{}")
        time.sleep(1.3)
        assert one.post(url(server), POST, b"{}")


def failing(request: Request) -> Answer:
    if request.body == b'"lost"':
        raise NotFound(what="batch 7")
    if request.body == b'"stop"':
        return next(iter(()))
    if request.body != b"{}":
        raise ValueError("the secret of the house")
    return well(request)


def test_errors_become_problems(
    cast: Cast, listen: Callable[..., Server], caplog: pytest.LogCaptureFixture
) -> None:
    server = listen(failing)
    with line(cast.of(cast.khorgos)) as one:
        with pytest.raises(PeerRefused) as lost:
            one.post(url(server), POST, b'"lost"')
        assert lost.value.facts == {
            "peer": url(server),
            "status": 404,
            "peer_code": "SP-4102",
            "detail": "Nothing is known under batch 7.",
            "peer_hint": NotFound.hint,
        }
        assert lost.value.permanent
        for body in (b'"bad"', b'"stop"'):
            with pytest.raises(PeerRefused) as inner:
                one.post(url(server), POST, body)
            assert (inner.value.facts["status"], inner.value.permanent) == (500, False)
            assert "secret" not in str(inner.value)
        assert "the secret of the house" in caplog.text
        assert "Traceback" in caplog.text
        assert one.post(url(server), POST, b"{}")


@pytest.mark.parametrize(
    ("said", "statuses"),
    [
        (a_head("POST", "/elsewhere", "Content-Length: 0", "Connection: close"), (404,)),
        (a_head("GET", POST, "Connection: close"), (405,)),
        (a_head("POST", "/elsewhere", "Content-Length: 9"), (404,)),
        (a_head("POST", POST, "X: " + "x" * 20_000, "Connection: close"), (400, 431)),
        (b"\x00\x01\x02 not a request\r\n\r\n", (400,)),
        (a_head("POST", POST, "Transfer-Encoding: chunked") + b"zz\r\n", (400,)),
    ],
)
def test_requests_that_are_not_served(
    said: bytes, statuses: tuple[int, ...], cast: Cast, listen: Callable[..., Server]
) -> None:
    server = listen(well)
    with called(server.port, cast.of(cast.khorgos)) as sock:
        sock.sendall(said)
        answer = all_said(sock)
    assert problem(answer)[0] in statuses
    assert (b"allow: POST" in answer) is (405 in statuses)
    assert asked(server, cast.of(cast.khorgos))


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """What a hanging handler waits for; open at the end, whatever happens."""
    event = threading.Event()
    yield event
    event.set()


def hanging(gate: threading.Event, entered: threading.Semaphore) -> Handle:
    def handle(request: Request) -> Answer:
        if request.body == b'"hang"':
            entered.release()
            gate.wait(10)
        return well(request)

    return handle


def test_a_hanging_peer_does_not_stop_another(
    cast: Cast, listen: Callable[..., Server], gate: threading.Event
) -> None:
    entered = threading.Semaphore(0)
    server = listen(hanging(gate, entered))
    with ThreadPoolExecutor(2) as pool, line(cast.of(cast.khorgos)) as khorgos:
        stuck = [pool.submit(khorgos.post, url(server), POST, b'"hang"') for _ in range(2)]
        assert all(entered.acquire(timeout=5) for _ in stuck)
        with pytest.raises(PeerRefused) as caught:
            khorgos.post(url(server), POST, b"{}")
        assert (caught.value.facts["status"], caught.value.permanent) == (429, False)
        with line(cast.of(cast.altynkol)) as altynkol:
            assert all(altynkol.post(url(server), POST, b"{}") for _ in range(5))
        gate.set()
        assert all(one.result(5) for one in stuck)
        assert khorgos.post(url(server), POST, b"{}")


def test_a_late_answer_is_given_up_and_its_place_kept(
    cast: Cast, listen: Callable[..., Server], gate: threading.Event
) -> None:
    entered = threading.Semaphore(0)
    server = listen(hanging(gate, entered), answer_seconds=0.2, requests_per_peer=1)
    with line(cast.of(cast.khorgos)) as one:
        with pytest.raises(PeerRefused, match=r"longer than 0\.2 seconds") as late:
            one.post(url(server), POST, b'"hang"')
        assert (late.value.facts["status"], late.value.permanent) == (503, False)
        with pytest.raises(PeerRefused, match="429"):
            one.post(url(server), POST, b"{}")
        gate.set()
        time.sleep(0.1)
        assert one.post(url(server), POST, b"{}")


def test_a_peer_has_so_many_connections(cast: Cast, listen: Callable[..., Server]) -> None:
    server = listen(well, connections_per_peer=2, head_seconds=5)
    khorgos = cast.of(cast.khorgos)
    with called(server.port, khorgos) as first, called(server.port, khorgos):
        assert asked(server, khorgos)  # in the place of the oldest
        assert all_said(first) == b""
        assert asked(server, cast.of(cast.altynkol))


def test_a_server_has_so_many_connections(cast: Cast, listen: Callable[..., Server]) -> None:
    server = listen(well, connections=1)
    with called(server.port, cast.of(cast.khorgos)) as busy:
        busy.sendall(a_head("POST", POST, "Content-Length: 2") + b"{")
        with pytest.raises(LineDown):
            asked(server, cast.of(cast.altynkol))
        busy.sendall(b"}")
        assert b"200" in busy.recv(4096)


def test_renewed_while_it_runs(cast: Cast, listen: Callable[..., Server]) -> None:
    server = listen(well)
    newer = a_node("nur-zholy-next")
    with line(cast.of(cast.khorgos)) as old:
        assert old.post(url(server), POST, b"{}")
        with pytest.raises(LineDown):
            asked(server, cast.of(cast.stranger))
        server.renew(for_server(newer, cast.khorgos, cast.stranger))
        assert old.post(url(server), POST, b"{}")  # its connection stands
        with pytest.raises(LineDown, match="not trusted"):
            asked(server, cast.of(cast.khorgos))
        assert asked(server, for_client(cast.stranger, newer))
        with called(server.port, for_client(cast.khorgos, newer)) as sock:
            assert sock.getpeercert(True) == newer.der
        with pytest.raises(LineDown):
            asked(server, for_client(cast.altynkol, newer))


def test_stopping_finishes_what_runs(cast: Cast, gate: threading.Event) -> None:
    entered = threading.Semaphore(0)
    server = Server(hanging(gate, entered), cast.door(), "127.0.0.1", 0)
    server.start()
    with ThreadPoolExecutor(2) as pool, line(cast.of(cast.khorgos)) as one:
        running = pool.submit(one.post, url(server), POST, b'"hang"')
        assert entered.acquire(timeout=5)
        stopping = pool.submit(server.stop, 5)
        time.sleep(0.3)
        with pytest.raises(LineDown, match="nothing listens"):
            asked(server, cast.of(cast.altynkol))
        gate.set()
        assert running.result(5) == b'{"well":true}'
        assert stopping.result(5) is True
        assert server.stop() is True  # a second time does no harm


def test_stopping_does_not_wait_for_ever(cast: Cast, gate: threading.Event) -> None:
    entered = threading.Semaphore(0)
    server = Server(hanging(gate, entered), cast.door(), "127.0.0.1", 0)
    server.start()
    with ThreadPoolExecutor(1) as pool, line(cast.of(cast.khorgos)) as one:
        running = pool.submit(one.post, url(server), POST, b'"hang"')
        assert entered.acquire(timeout=5)
        started = time.monotonic()
        with socket.create_connection(("127.0.0.1", server.port)):  # nor for who says nothing
            assert server.stop(0.2) is False
        assert time.monotonic() - started < 2
        with pytest.raises(LineDown):
            running.result(5)


def test_stopping_with_work_nobody_waits_for(cast: Cast, gate: threading.Event) -> None:
    handle = hanging(gate, threading.Semaphore(0))
    limits = ServerLimits(answer_seconds=0.1)
    server = Server(handle, cast.door(), "127.0.0.1", 0, limits=limits)
    with server, line(cast.of(cast.khorgos)) as one:
        with pytest.raises(PeerRefused, match="503"):
            one.post(url(server), POST, b'"hang"')
        assert server.stop(0.1) is False


def test_a_taken_port_is_said(cast: Cast, listen: Callable[..., Server]) -> None:
    server = listen(well)
    for port in (server.port, 70_000):
        with pytest.raises(PortUnusable):
            Server(well, cast.door(), "127.0.0.1", port).start()


def test_one_connection_for_many_posts(
    cast: Cast, listen: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # where nobody listens
    greeted: list[object] = []
    door = cast.door()
    door.sni_callback = lambda *seen: greeted.append(seen)
    server = listen(well, door)
    with line(cast.of(cast.khorgos)) as one:
        for _ in range(200):
            assert one.post(url(server), POST, b"{}")
    assert len(greeted) == 1


def test_an_address_is_https(cast: Cast) -> None:
    with line(cast.of(cast.khorgos)) as one:
        for address in ("http://localhost:1", "https://localhost:port"):
            with pytest.raises(InvalidValue):
                one.post(address, POST, b"{}")
