"""Lines between nodes: real handshakes, with the right peers and with all the others."""

from __future__ import annotations

import socket
import ssl
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from silkport.kernel.errors import InvalidValue, KeysLocked
from silkport.node.exchange import keys
from silkport.node.exchange.keys import (
    client_context,
    fingerprint,
    new_certificate,
    private_key_pem,
    server_context,
)

YESTERDAY = datetime.now(UTC) - timedelta(days=1)
PASSPHRASE = b"made at the start"
HOSTS = ("node.test", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Node:
    """A node with its TLS key and certificate."""

    seed: bytes
    certificate: bytes
    key: bytes

    def server(self, *trusted: bytes) -> ssl.SSLContext:
        return server_context(self.certificate, self.key, PASSPHRASE, trusted)

    def client(self, *trusted: bytes) -> ssl.SSLContext:
        return client_context(self.certificate, self.key, PASSPHRASE, trusted)


def certificate(seed: bytes, **changed: Any) -> bytes:
    facts: dict[str, Any] = {"not_before": YESTERDAY, "days": 30, "serial": 1}
    name, hosts = changed.pop("name", "node"), changed.pop("hosts", HOSTS)
    return new_certificate(name, hosts, seed=seed, **(facts | changed))


def node(number: int, **changed: Any) -> Node:
    seed = bytes([number]) * 32
    facts = {"name": f"node {number}"} | changed
    return Node(seed, certificate(seed, **facts), private_key_pem(seed, PASSPHRASE))


HERE, PEER, OTHER = node(1), node(2), node(3)


@dataclass
class Met:
    """How a handshake ended on one side."""

    said: str
    """The protocol, or why it broke off."""
    peer: bytes | None = None


def shake(
    server: ssl.SSLContext, client: ssl.SSLContext, host: str = "node.test"
) -> tuple[Met, Met]:
    """Server and client, after one byte came from the server: only then does a client know."""

    def listen(line: socket.socket) -> Met:
        with line, server.wrap_socket(line, server_side=True) as tls:
            tls.sendall(b"1")
            return Met(tls.version() or "", tls.getpeercert(binary_form=True))

    def call(line: socket.socket) -> Met:
        with line, client.wrap_socket(line, server_hostname=host) as tls:
            if tls.recv(1) != b"1":
                return Met("closed")
            return Met(tls.version() or "", tls.getpeercert(binary_form=True))

    def ended(side: Any, line: socket.socket) -> Met:
        line.settimeout(10)
        try:
            met: Met = side(line)
        except ssl.SSLCertVerificationError as error:
            return Met(error.verify_message)
        except ssl.SSLError as error:
            return Met(error.reason or "broken")
        except OSError as error:
            return Met(type(error).__name__)
        return met

    near, far = socket.socketpair()
    with ThreadPoolExecutor(1) as pool:
        listening = pool.submit(ended, listen, near)
        called = ended(call, far)
        return listening.result(), called


def refused(met: Met) -> bool:
    return met.said != "TLSv1.3"


def test_peers_meet() -> None:
    server, client = shake(HERE.server(PEER.certificate), PEER.client(HERE.certificate))
    assert server.said == client.said == "TLSv1.3"
    assert server.peer is not None
    assert client.peer is not None
    assert fingerprint(server.peer) == fingerprint(PEER.certificate)
    assert fingerprint(client.peer) == fingerprint(HERE.certificate)


@pytest.mark.parametrize("host", HOSTS)
def test_every_stated_host_is_right(host: str) -> None:
    met = shake(HERE.server(PEER.certificate), PEER.client(HERE.certificate), host)
    assert [one.said for one in met] == ["TLSv1.3", "TLSv1.3"]


@pytest.mark.parametrize("host", ["other.test", "127.0.0.2", "sub.node.test", "node 1"])
def test_another_host_is_not(host: str) -> None:
    server, client = shake(HERE.server(PEER.certificate), PEER.client(HERE.certificate), host)
    assert "mismatch" in client.said
    assert refused(server)


@pytest.mark.parametrize("trusted", [(), (OTHER.certificate,)])
def test_an_unknown_client_is_refused(trusted: Sequence[bytes]) -> None:
    server, client = shake(HERE.server(*trusted), PEER.client(HERE.certificate))
    assert server.said == "self-signed certificate"
    assert refused(client)


@pytest.mark.parametrize("trusted", [(), (OTHER.certificate,)])
def test_a_wrong_server_is_refused(trusted: Sequence[bytes]) -> None:
    server, client = shake(HERE.server(PEER.certificate), PEER.client(*trusted))
    assert client.said == "self-signed certificate"
    assert refused(server)


def test_a_client_without_certificate_is_refused() -> None:
    bare = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    bare.load_verify_locations(cadata=HERE.certificate.decode())
    server, client = shake(HERE.server(PEER.certificate), bare)
    assert server.said == "PEER_DID_NOT_RETURN_A_CERTIFICATE"
    assert refused(client)


def test_older_protocols_are_refused() -> None:
    for old, new in ((HERE.server, PEER.client), (PEER.client, HERE.server)):
        older, newer = old(PEER.certificate, HERE.certificate), new(HERE.certificate)
        older.minimum_version = ssl.TLSVersion.TLSv1_2
        older.maximum_version = ssl.TLSVersion.TLSv1_2
        pair = (older, newer) if old == HERE.server else (newer, older)
        assert all(refused(met) for met in shake(*pair))


@pytest.mark.parametrize(
    ("not_before", "said"),
    [
        (YESTERDAY - timedelta(days=40), "certificate has expired"),
        (YESTERDAY + timedelta(days=3), "certificate is not yet valid"),
    ],
)
def test_out_of_time(not_before: datetime, said: str) -> None:
    stale = node(4, not_before=not_before)
    server, _ = shake(HERE.server(stale.certificate), stale.client(HERE.certificate))
    assert server.said == said
    _, client = shake(stale.server(HERE.certificate), HERE.client(stale.certificate))
    assert client.said == said


def test_a_rotated_certificate_counts_once_it_is_pinned() -> None:
    renewed = node(2, serial=2)
    assert renewed.certificate != PEER.certificate
    before, both = HERE.server(PEER.certificate), HERE.server(PEER.certificate, renewed.certificate)
    only = HERE.server(renewed.certificate)
    assert refused(shake(before, renewed.client(HERE.certificate))[0])
    assert shake(both, renewed.client(HERE.certificate))[0].said == "TLSv1.3"
    assert shake(both, PEER.client(HERE.certificate))[0].said == "TLSv1.3"
    assert refused(shake(only, PEER.client(HERE.certificate))[0])
    calling = HERE.client(PEER.certificate, renewed.certificate)
    for peer in (PEER, renewed):
        assert shake(peer.server(HERE.certificate), calling)[1].said == "TLSv1.3"


def test_a_new_key_under_the_old_name() -> None:
    changed = node(5, name="node 2")
    for trusted, met in ((PEER.certificate, False), (changed.certificate, True)):
        server, _ = shake(HERE.server(trusted), changed.client(HERE.certificate))
        assert refused(server) is not met


def test_who_was_trusted_has_no_ticket_back() -> None:
    client = PEER.client(HERE.certificate)
    near, far = socket.socketpair()
    server = HERE.server(PEER.certificate)
    with ThreadPoolExecutor(1) as pool, near, far:
        listening = pool.submit(server.wrap_socket, near, server_side=True)
        with client.wrap_socket(far, server_hostname="node.test") as called:
            with listening.result() as line:
                line.sendall(b"1")
            assert called.recv(1) == b"1"
            assert called.session is None or not called.session.has_ticket


# Certificates of other makers


def issued(
    issuer: Node, subject: Node, *, signed: bytes, ca: bool = False, plain: bool = False
) -> Node:
    """`subject` under a certificate that the key of `issuer`, named as in `signed`, has signed."""
    parent = x509.load_pem_x509_certificate(signed)
    own = keys._tls_key(subject.seed)
    signer = keys._tls_key(issuer.seed)
    hosts = [x509.DNSName("node.test"), x509.IPAddress(ip_address("127.0.0.1"))]
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a branch")])
    builder = (
        x509.CertificateBuilder(issuer_name=parent.subject)
        .subject_name(parent.subject if issuer == subject else name)
        .public_key(own.public_key())
        .serial_number(77)
        .not_valid_before(YESTERDAY)
        .not_valid_after(YESTERDAY + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName(hosts), critical=False)
    )
    if not plain:
        authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
        usage = x509.KeyUsage(True, False, False, False, False, ca, ca, False, False)
        length = x509.BasicConstraints(ca=ca, path_length=None)
        identifier = x509.SubjectKeyIdentifier.from_public_key(own.public_key())
        builder = builder.add_extension(length, critical=True).add_extension(usage, critical=True)
        builder = builder.add_extension(authority, critical=False)
        builder = builder.add_extension(identifier, critical=False)
    made = builder.sign(signer, SHA256()).public_bytes(Encoding.PEM)
    return Node(subject.seed, made, subject.key)


@pytest.mark.parametrize("with_chain", [False, True])
def test_what_a_pinned_key_signed_is_refused(with_chain: bool) -> None:
    branch = issued(PEER, OTHER, signed=PEER.certificate)
    if with_chain:
        branch = Node(branch.seed, branch.certificate + PEER.certificate, branch.key)
    server, client = shake(HERE.server(PEER.certificate), branch.client(HERE.certificate))
    assert server.said == "invalid CA certificate"
    assert refused(client)
    server, client = shake(branch.server(HERE.certificate), HERE.client(PEER.certificate))
    assert client.said == "invalid CA certificate"
    assert refused(server)


@pytest.mark.parametrize("kind", [{"ca": True}, {"plain": True}])
def test_what_could_sign_others_is_not_pinned(kind: dict[str, bool]) -> None:
    authority = issued(OTHER, OTHER, signed=OTHER.certificate, **kind)
    for make in (HERE.server, HERE.client):
        with pytest.raises(InvalidValue, match="signs no others"):
            make(PEER.certificate, authority.certificate)


def test_a_leaf_of_an_authority_is_pinned_as_itself() -> None:
    authority = issued(OTHER, OTHER, signed=OTHER.certificate, ca=True)
    leaf = issued(OTHER, PEER, signed=authority.certificate)
    sister = issued(OTHER, node(6), signed=authority.certificate)
    server = HERE.server(leaf.certificate)
    assert shake(server, leaf.client(HERE.certificate))[0].said == "TLSv1.3"
    assert refused(shake(server, sister.client(HERE.certificate))[0])


@pytest.mark.parametrize(
    "wrong",
    [
        *(b"", b"text", b"\x30\x03\x02\x01\x01", PEER.key, PEER.certificate[:-40]),
        PEER.certificate + OTHER.certificate,
        PEER.certificate + PEER.certificate,
        x509.load_pem_x509_certificate(PEER.certificate).public_bytes(Encoding.DER) + b"\0",
    ],
)
def test_what_is_not_one_certificate(wrong: bytes) -> None:
    with pytest.raises(InvalidValue, match="not one X"):
        fingerprint(wrong)
    with pytest.raises(InvalidValue):
        HERE.client(wrong)


@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
@given(st.data())
def test_a_damaged_certificate_is_refused_or_another(data: st.DataObject) -> None:
    der = bytearray(ssl.PEM_cert_to_DER_cert(PEER.certificate.decode()))
    der[data.draw(st.integers(0, len(der) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        HERE.client(bytes(der))
        assert fingerprint(bytes(der)) != fingerprint(PEER.certificate)
    except InvalidValue:
        pass


# Certificates and keys of our own


def test_a_certificate_says_what_it_was_given() -> None:
    parsed = x509.load_pem_x509_certificate(PEER.certificate)
    names = parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["node.test"]
    assert [str(one) for one in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1", "::1"]
    assert parsed.subject == parsed.issuer
    assert parsed.not_valid_before_utc == YESTERDAY.replace(microsecond=0)
    assert parsed.not_valid_after_utc - parsed.not_valid_before_utc == timedelta(days=30)
    assert fingerprint(PEER.certificate) == parsed.fingerprint(SHA256()).hex()
    assert certificate(PEER.seed, name="node 2") == PEER.certificate
    east = YESTERDAY.astimezone(timezone(timedelta(hours=5)))
    assert certificate(PEER.seed, name="node 2", not_before=east) == PEER.certificate


@pytest.mark.parametrize(
    "changed",
    [
        *({"days": 0}, {"days": 3661}, {"serial": 0}, {"serial": 2**159}, {"name": ""}),
        *({"name": "n" * 65}, {"hosts": []}, {"hosts": ["*.test"]}, {"hosts": [""]}),
        *(
            {"hosts": ["узел.test"]},
            {"seed": b"short"},
            {"not_before": datetime(2026, 11, 21, tzinfo=UTC).replace(tzinfo=None)},
        ),
        *({"not_before": datetime(9999, 12, 31, tzinfo=UTC)},),
        *({"not_before": datetime(1900, 1, 1, tzinfo=UTC)},),
    ],
    ids=str,
)
def test_certificates_that_are_not_made(changed: dict[str, Any]) -> None:
    with pytest.raises(InvalidValue):
        certificate(**({"seed": PEER.seed} | changed))


def test_the_key_is_kept_encrypted() -> None:
    assert PEER.key.startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
    loaded = load_pem_private_key(PEER.key, PASSPHRASE)
    parsed = x509.load_pem_x509_certificate(PEER.certificate)
    assert loaded.public_key() == parsed.public_key()
    for passphrase in (b"", b"p" * 1001):
        with pytest.raises(InvalidValue, match="passphrase"):
            private_key_pem(PEER.seed, passphrase)
        with pytest.raises(InvalidValue, match="passphrase"):
            server_context(PEER.certificate, PEER.key, passphrase, [])
    with pytest.raises(InvalidValue, match="seed"):
        private_key_pem(b"short", PASSPHRASE)


@pytest.mark.parametrize(
    ("own", "key", "passphrase"),
    [
        (PEER.certificate, PEER.key, b"another"),
        (PEER.certificate, OTHER.key, PASSPHRASE),
        (PEER.certificate, b"", PASSPHRASE),
        (b"", PEER.key, PASSPHRASE),
    ],
)
def test_key_and_certificate_belong_together(own: bytes, key: bytes, passphrase: bytes) -> None:
    for context in (server_context, client_context):
        with pytest.raises(KeysLocked, match="belong together"):
            context(own, key, passphrase, [HERE.certificate])


def test_nothing_is_left_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    seen = []

    load = ssl.SSLContext.load_cert_chain

    def watched(context: ssl.SSLContext, certfile: str, password: bytes) -> None:
        seen.append((Path(certfile).stat().st_mode & 0o777, Path(certfile).parent))
        load(context, certfile, password=password)

    monkeypatch.setattr(ssl.SSLContext, "load_cert_chain", watched)
    PEER.server(HERE.certificate)
    with pytest.raises(KeysLocked):
        client_context(PEER.certificate, PEER.key, b"another", [])
    assert seen == [(0o600, tmp_path)] * 2
    assert list(tmp_path.iterdir()) == []
