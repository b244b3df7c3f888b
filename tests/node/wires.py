"""Throw-away certificates, TLS contexts and badly behaved peers, for the tests of the wire."""

from __future__ import annotations

import hashlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from silkport.node.exchange.keys import (
    client_context,
    new_certificate,
    private_key_pem,
    server_context,
)
from silkport.node.exchange.line import HttpsLine, LineLimits
from silkport.node.exchange.server import Answer, Request, Server

POST = "/batches"
DAY = datetime.now(UTC) - timedelta(hours=1)
PASSPHRASE = b"sesame"


@dataclass(frozen=True)
class Node:
    """Somebody with a key and a certificate of its own making."""

    certificate: bytes
    key: bytes

    @property
    def der(self) -> bytes:
        return ssl.PEM_cert_to_DER_cert(self.certificate.decode())


def a_node(name: str) -> Node:
    seed = hashlib.sha256(name.encode()).digest()
    hosts = ("localhost", "127.0.0.1")
    made = new_certificate(name, hosts, seed=seed, not_before=DAY, days=2, serial=1)
    return Node(made, private_key_pem(seed, PASSPHRASE))


def for_server(own: Node, *known: Node) -> ssl.SSLContext:
    return server_context(own.certificate, own.key, PASSPHRASE, [one.certificate for one in known])


def for_client(own: Node | None, peer: Node) -> ssl.SSLContext:
    if own:
        return client_context(own.certificate, own.key, PASSPHRASE, [peer.certificate])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_verify_locations(cadata=peer.der)
    return context


@contextmanager
def called(port: int, context: ssl.SSLContext) -> Iterator[ssl.SSLSocket]:
    """A bare TLS connection to a port of this machine."""
    with (
        socket.create_connection(("127.0.0.1", port), timeout=5) as bare,
        context.wrap_socket(bare, server_hostname="localhost") as sock,
    ):
        yield sock


def a_head(method: str, path: str, *headers: str) -> bytes:
    lines = (f"{method} {path} HTTP/1.1", "Host: localhost", *headers, "", "")
    return "\r\n".join(lines).encode()


def all_said(sock: socket.socket) -> bytes:
    """What the other side says until it ends or breaks the connection."""
    said = b""
    with suppress(ConnectionError, ssl.SSLError):
        while some := sock.recv(65536):
            said += some
    return said


Saying = Callable[[ssl.SSLSocket], None]


@contextmanager
def false_peer(context: ssl.SSLContext, saying: Saying) -> Iterator[str]:
    """The address of a peer that hears one request on each connection, then does as it likes."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(5)
        thread = threading.Thread(target=misbehave, args=(listener, context, saying), daemon=True)
        thread.start()
        yield f"https://localhost:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)
        assert not thread.is_alive()


def misbehave(listener: socket.socket, context: ssl.SSLContext, saying: Saying) -> None:
    with suppress(OSError):
        while True:
            bare, _ = listener.accept()
            with bare, suppress(OSError), context.wrap_socket(bare, server_side=True) as sock:
                sock.settimeout(5)
                heard = b""
                while b"{}" not in heard and (some := sock.recv(65536)):
                    heard += some
                saying(sock)


class Cast:
    """Who takes part: Nur Zholy listens; Khorgos and Altynkol are known to it."""

    nur_zholy = a_node("nur-zholy")
    khorgos = a_node("khorgos")
    altynkol = a_node("altynkol")
    stranger = a_node("stranger")

    def door(self) -> ssl.SSLContext:
        return for_server(self.nur_zholy, self.khorgos, self.altynkol)

    def of(self, node: Node | None) -> ssl.SSLContext:
        return for_client(node, self.nur_zholy)


Handle = Callable[[Request], Answer]


def well(request: Request) -> Answer:
    return Answer(200, b'{"well":true}')


def url(server: Server) -> str:
    return f"https://localhost:{server.port}"


@contextmanager
def line(context: ssl.SSLContext, **some: Any) -> Iterator[HttpsLine]:
    with HttpsLine(context, limits=LineLimits(**some)) as one:
        yield one


def asked(server: Server, context: ssl.SSLContext, body: bytes = b"{}") -> bytes:
    """One post over a line of its own."""
    with line(context) as one:
        return one.post(url(server), POST, body)
