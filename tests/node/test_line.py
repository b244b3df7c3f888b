"""What a line makes of peers that are away, broken or hostile."""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time

import pytest

from silkport.kernel.errors import SilkportError
from silkport.kernel.exchange_errors import LineDown, PeerGarbage, PeerRefused
from silkport.node.exchange.line import HttpsLine, LineLimits
from tests.node.wires import Node, Saying, a_node, false_peer, for_client, for_server

JSON = "Content-Type: application/json"
PROBLEM = "Content-Type: application/problem+json"


@pytest.fixture(scope="module")
def pair() -> tuple[Node, Node]:
    return a_node("here"), a_node("there")


def says(status: str, *headers: str, body: str = "{}") -> Saying:
    text = "\r\n".join((f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "", body))
    return lambda sock: sock.sendall(text.encode())


def raw(text: bytes) -> Saying:
    return lambda sock: sock.sendall(text)


def endless(sock: ssl.SSLSocket) -> None:
    sock.sendall(f"HTTP/1.1 200 OK\r\n{JSON}\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
    while True:
        sock.sendall(b"1000\r\n" + b" " * 4096 + b"\r\n")


def dripping(first: bytes, drop: bytes) -> Saying:
    def drip(sock: ssl.SSLSocket) -> None:
        sock.sendall(first)
        while True:
            sock.sendall(drop)
            time.sleep(0.05)

    return drip


def silent(sock: ssl.SSLSocket) -> None:
    sock.recv(1)


REFUSAL = json.dumps(
    {
        "type": "urn:silkport:error:SP-5205",
        "detail": "Not\x1b[2J yet.",
        "hint": 7,
        "facts": {"expected": 41, "who": "x", "on": True, "less": -1, "huge": 10**20},
    }
)

ANSWERS: list[tuple[str, Saying, type[SilkportError], bool, str]] = [
    ("not HTTP", raw(b"SSH-2.0-OpenSSH\r\n\r\n"), PeerGarbage, True, "not HTTP"),
    ("silent", silent, LineDown, False, "said nothing for 0.5 seconds"),
    ("closes", raw(b""), LineDown, False, "connection was closed"),
    ("endless", endless, PeerGarbage, True, "longer than 100000 bytes"),
    ("too long", says("200 OK", JSON, body=" " * 100_001), PeerGarbage, True, "longer than"),
    (
        "cut short",
        raw(f"HTTP/1.1 200 OK\r\n{JSON}\r\nContent-Length: 9\r\n\r\n{{}}".encode()),
        LineDown,
        False,
        "connection was closed",
    ),
    ("drips a head", dripping(b"HTTP/1.1 200 OK\r\n", b"x: y\r\n"), LineDown, False, "1 seconds"),
    ("goes on", dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), LineDown, False, "1 seconds"),
    (
        "drips a body",
        dripping(f"HTTP/1.1 200 OK\r\n{JSON}\r\nContent-Length: 99999\r\n\r\n".encode(), b" "),
        LineDown,
        False,
        "1 seconds",
    ),
    ("moved", says("302 Found", "Location: https://localhost:1/"), PeerGarbage, True, "points to"),
    ("a page", says("200 OK", "Content-Type: text/html"), PeerGarbage, True, "text/html"),
    ("no type", says("200 OK"), PeerGarbage, True, "of no type"),
    ("not JSON", says("200 OK", JSON, body="{"), PeerGarbage, True, "not JSON"),
    ("deep", says("200 OK", JSON, body="[" * 50_000), PeerGarbage, True, "not JSON"),
    (
        "packed",
        says("200 OK", JSON, "Content-Encoding: gzip"),
        PeerGarbage,
        True,
        "compressed",
    ),
    ("created", says("201 Created", JSON), PeerGarbage, True, "means nothing"),
    ("switching", says("101 Other", "Upgrade: x"), PeerGarbage, True, "not HTTP"),
    ("a list", says("400 Bad", PROBLEM, body="[]"), PeerGarbage, True, "not an object"),
    ("gateway", says("502 Bad", "Content-Type: text/html"), PeerGarbage, False, "text/html"),
    (
        "refuses",
        says("403 Forbidden", PROBLEM, body=REFUSAL),
        PeerRefused,
        True,
        "SP-5205 Not [2J yet.",
    ),
    ("later", says("425 Early", PROBLEM, body=REFUSAL), PeerRefused, False, "425"),
    ("busy", says("503 Busy", PROBLEM, body=REFUSAL), PeerRefused, False, "503"),
]


@pytest.mark.parametrize(
    ("saying", "error", "permanent", "words"),
    [pytest.param(*row[1:], id=row[0]) for row in ANSWERS],
)
def test_what_a_peer_may_answer(
    saying: Saying,
    error: type[SilkportError],
    permanent: bool,
    words: str,
    pair: tuple[Node, Node],
) -> None:
    here, there = pair
    limits = LineLimits(read_seconds=0.5, post_seconds=1, answer_bytes=100_000)
    started = time.monotonic()
    with (
        false_peer(for_server(there, here), saying) as url,
        HttpsLine(for_client(here, there), limits=limits) as line,
    ):
        with pytest.raises(error) as caught:
            line.post(url, "/batches", b"{}")
        assert type(caught.value) is error
        assert caught.value.permanent is permanent
        assert words in str(caught.value)
        assert "\x1b" not in str(caught.value)
        if isinstance(caught.value, PeerRefused):
            assert caught.value.numbers == {"expected": 41}
    assert time.monotonic() - started < 4


def refused_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"https://localhost:{listener.getsockname()[1]}"


def test_nobody_there(pair: tuple[Node, Node]) -> None:
    with HttpsLine(for_client(*pair)) as line:
        with pytest.raises(LineDown, match="nothing listens"):
            line.post(refused_port(), "/batches", b"{}")
        with pytest.raises(LineDown, match="not known to the name service"):
            line.post("https://nowhere.invalid", "/batches", b"{}")


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (LineLimits(connect_seconds=0.3), "within 0.3 seconds"),
        (LineLimits(post_seconds=0.3), "no connection came about"),
    ],
)
def test_a_peer_that_does_not_greet(
    limits: LineLimits, words: str, pair: tuple[Node, Node]
) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        HttpsLine(for_client(*pair), limits=limits) as line,
        pytest.raises(LineDown, match=words),
    ):
        line.post(f"https://localhost:{listener.getsockname()[1]}", "/batches", b"{}")


def deaf(_: ssl.SSLSocket) -> None:
    time.sleep(0.6)


def test_a_peer_that_takes_nothing(pair: tuple[Node, Node]) -> None:
    here, there = pair
    limits = LineLimits(write_seconds=0.3)
    with (
        false_peer(for_server(there, here), deaf) as url,
        HttpsLine(for_client(here, there), limits=limits) as line,
        pytest.raises(LineDown, match=r"took nothing for 0\.3 seconds"),
    ):
        line.post(url, "/batches", b"{}" + b" " * 20_000_000)


def in_clear(listener: socket.socket) -> None:
    sock, _ = listener.accept()
    with sock:
        sock.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        sock.recv(4096)


def test_plain_text_in_the_place_of_tls(pair: tuple[Node, Node]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"https://localhost:{listener.getsockname()[1]}"
        thread = threading.Thread(target=in_clear, args=(listener,))
        thread.start()
        with HttpsLine(for_client(*pair)) as line, pytest.raises(LineDown, match="TLS refused"):
            line.post(url, "/batches", b"{}")
        thread.join()


def test_cookies_are_not_kept(pair: tuple[Node, Node]) -> None:
    here, there = pair
    heard: list[bytes] = []

    def two(sock: ssl.SSLSocket) -> None:
        says("200 OK", JSON, "Set-Cookie: trace=1; Path=/; Secure")(sock)
        heard.append(sock.recv(65536))
        says("200 OK", JSON)(sock)

    with (
        false_peer(for_server(there, here), two) as url,
        HttpsLine(for_client(here, there)) as line,
    ):
        assert line.post(url, "/batches", b"{}") == b"{}"
        assert line.post(url, "/batches", b"{}") == b"{}"
    assert b"ookie" not in heard[0]
    assert b"accept-encoding: identity" in heard[0].lower()
