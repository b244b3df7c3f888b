"""The keys of a node: what is locked under a passphrase, what is signed, who is on the line.

    Vault         seals the seeds of all other keys under one passphrase
    SigningKey    signs for the node (Ed25519); `verify` checks another's signature
    certificates  X.509 and TLS 1.3 between peers that hold each other's certificate

No random number is drawn here: the caller hands in seeds, salts and nonces fresh from the operating
system. Every other key is made from a seed of 32 bytes, so a seed is all that has to be kept.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import ssl
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache
from tempfile import NamedTemporaryFile

from cryptography import x509
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from silkport.kernel.errors import InvalidValue, KeysLocked

SEED_BYTES = KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = SALT_BYTES = CHECK_BYTES = 16
MAX_PASSPHRASE_BYTES = 1000

_SIGNED = "batch receipt restored marks tree-head card register key-change paper inspection"
SIGNED = frozenset(_SIGNED.split())
"""All that a node signs. A signature is over the name as well, so none passes for another."""

_PEM, _DER = serialization.Encoding.PEM, serialization.Encoding.DER
_UNREADABLE = (x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType)
_PREFIXES = {what: b"silkport %s v1\n" % what.encode() for what in SIGNED}

# Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """How a passphrase becomes the key of a vault. No secret: kept beside what is sealed.

    Args:
        salt: 16 bytes or more, fresh for each vault.
        check: 16 bytes that only the right passphrase gives; they say nothing about the key.
        n, r, p: cost of scrypt, which takes 128 * n * r bytes of memory (32 MiB) and, as it
            stands here, a tenth of a second. Source: RFC 7914, section 2.
    Raises InvalidValue for a salt or a check of another length and for costs out of bounds.
    """

    salt: bytes
    check: bytes
    n: int = 2**15
    r: int = 8
    p: int = 1

    def __post_init__(self) -> None:
        """Refuse what would be weak, or would exhaust the memory."""
        if not SALT_BYTES <= len(self.salt) <= 4 * SALT_BYTES or len(self.check) != CHECK_BYTES:
            reason = f"salt has {SALT_BYTES} bytes or more, check has {CHECK_BYTES}"
            raise InvalidValue(what="the salt of a vault", value=len(self.salt), reason=reason)
        bounded = self.n >= 2**10 and 1 <= self.r <= 2**23 // self.n and 1 <= self.p <= 16
        if not bounded or self.n & (self.n - 1):
            reason = "n is a power of two from 2**10, n * r up to 2**23 and p up to 16"
            cost = f"{self.n}, {self.r}, {self.p}"
            raise InvalidValue(what="the cost of a vault", value=cost, reason=reason)


@dataclass(frozen=True, slots=True)
class Vault:
    """Seals the secrets of a node with ChaCha20-Poly1305, under the key its passphrase gives.

    Attributes:
        lock: what is kept in the open to open this vault again.
    """

    lock: Lock
    _cipher: ChaCha20Poly1305 = field(repr=False, compare=False)

    def seal(self, plaintext: bytes, about: str, nonce: bytes) -> bytes:
        """The nonce, the encrypted bytes and 16 bytes that prove them.

        Args:
            about: what it is; only under the same name is it opened again.
            nonce: 12 bytes that this vault never had before. A second use betrays both secrets.
        Raises InvalidValue for a nonce of another length.
        """
        _demand_length("a nonce", nonce, NONCE_BYTES, NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plaintext, _named(about))

    def open(self, sealed: bytes, about: str) -> bytes:
        """What was sealed under this name.

        Raises KeysLocked when a byte of it was changed, or it is of another vault or name.
        """
        nonce, rest = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        if len(rest) >= TAG_BYTES:
            try:
                return self._cipher.decrypt(nonce, rest, _named(about))
            except InvalidTag:
                pass
        raise KeysLocked(what=about, reason="it is damaged, or was sealed elsewhere")


def new_vault(passphrase: str, salt: bytes, *, n: int = 2**15, r: int = 8, p: int = 1) -> Vault:
    """A vault for a passphrase that is used for the first time; keep its `lock`.

    Raises InvalidValue for an empty passphrase, a short salt or costs out of bounds.
    """
    lock = Lock(salt=salt, check=bytes(CHECK_BYTES), n=n, r=r, p=p)
    key, check = _stretched(passphrase, lock)
    return Vault(replace(lock, check=check), ChaCha20Poly1305(key))


def open_vault(passphrase: str, lock: Lock) -> Vault:
    """The vault of a lock. Raises KeysLocked when the passphrase is another."""
    key, check = _stretched(passphrase, lock)
    if not hmac.compare_digest(check, lock.check):
        raise KeysLocked(what="The vault", reason="the passphrase is wrong")
    return Vault(lock, ChaCha20Poly1305(key))


def _stretched(passphrase: str, lock: Lock) -> tuple[bytes, bytes]:
    """Key and check. The same letters typed on another keyboard are the same passphrase."""
    typed = unicodedata.normalize("NFKC", passphrase).encode("utf-8", "surrogatepass")
    if not typed:
        raise InvalidValue(what="a passphrase", value="", reason="it must not be empty")
    made = Scrypt(lock.salt, KEY_BYTES + CHECK_BYTES, n=lock.n, r=lock.r, p=lock.p).derive(typed)
    return made[:KEY_BYTES], made[KEY_BYTES:]


def _named(about: str) -> bytes:
    return b"silkport vault v1\n" + about.encode()


# Signatures


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The key by which a node signs.

    Attributes:
        public: 32 bytes, given to peers.
        key_id: 16 hexadecimal digits, see `key_id_of`.
    """

    public: bytes
    key_id: str
    _private: Ed25519PrivateKey = field(repr=False, compare=False)

    def sign(self, what: str, message: bytes) -> bytes:
        """The signature, 64 bytes. Raises InvalidValue when `what` is not in SIGNED."""
        prefix = _PREFIXES.get(what)
        if prefix is None:
            reason = f"a node signs {', '.join(sorted(SIGNED))}"
            raise InvalidValue(what="the kind of a signature", value=what, reason=reason)
        return self._private.sign(prefix + message)


def signing_key_from(seed: bytes) -> SigningKey:
    """The Ed25519 key of a seed of 32 bytes. Raises InvalidValue for another length."""
    _demand_length("a seed", seed, SEED_BYTES, SEED_BYTES)
    private = Ed25519PrivateKey.from_private_bytes(seed)
    public = private.public_key().public_bytes_raw()
    return SigningKey(public, key_id_of(public), private)


def key_id_of(public: bytes) -> str:
    """The short name of a public key: 16 hexadecimal digits of its SHA-256. It proves nothing."""
    return hashlib.sha256(public).hexdigest()[:16]


def verify(public: bytes, what: str, message: bytes, signature: bytes) -> bool:
    """Whether the holder of a public key signed this message as this kind of thing.

    Never raises: whatever is no key, no kind and no signature is no proof.
    """
    prefix = _PREFIXES.get(what)
    if prefix is None or not _are_bytes(public, message, signature):
        return False
    try:
        _loaded(public).verify(signature, prefix + message)
    except (ValueError, InvalidSignature):
        return False
    return True


# Under these keys one signature fits many messages, so that their holder could disown what was
# signed. Source: RFC 8032, section 5.1: the points of order 1, 2, 4 and 8, in every spelling.
_PRIME = 2**255 - 19
_ORDER_8 = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
_SMALL_ORDER = frozenset((0, 1, _PRIME - 1, _PRIME, _PRIME + 1, _ORDER_8, _PRIME - _ORDER_8))


@lru_cache(maxsize=1024)
def _loaded(public: bytes) -> Ed25519PublicKey:
    if int.from_bytes(public, "little") & (2**255 - 1) in _SMALL_ORDER:
        raise ValueError("a key of small order")
    return Ed25519PublicKey.from_public_bytes(public)


# TLS


def private_key_pem(seed: bytes, passphrase: bytes) -> bytes:
    """The TLS key of a seed (ECDSA, P-256) as encrypted PKCS#8.

    Args:
        seed: 32 bytes. The signing key of the same seed is another key, but use another seed.
        passphrase: 1 to 1,000 bytes, best fresh random ones: PKCS#8 slows guessing down little,
            and it need not be remembered, as the seed gives the key again.
    Raises InvalidValue for other lengths.
    """
    _demand_length("the passphrase of a key", passphrase, 1, MAX_PASSPHRASE_BYTES)
    locked = serialization.BestAvailableEncryption(passphrase)
    return _tls_key(seed).private_bytes(_PEM, serialization.PrivateFormat.PKCS8, locked)


def new_certificate(
    name: str, hosts: Sequence[str], *, seed: bytes, not_before: datetime, days: int, serial: int
) -> bytes:
    """A certificate that a node signs for itself and peers pin: PEM, the same for the same facts.

    It serves both ends of a line and no other purpose; what is signed with its key is worthless.

    Args:
        name: of the node, 1 to 64 characters.
        hosts: its host names and IP addresses; clients check them.
        seed: of the TLS key, see `private_key_pem`.
        not_before, days: it is valid from that moment (with time zone) for 1 to 3,660 days.
        serial: above zero, below 2**159; another one for each certificate.
    Raises InvalidValue when one of them is not so.
    """
    if not_before.tzinfo is None or not 1 <= days <= 3660 or not hosts:
        reason = "it has hosts, begins at a moment with a time zone and lasts 1 to 3,660 days"
        raise InvalidValue(what="a certificate", value=name, reason=reason)
    key = _tls_key(seed)
    begin = not_before.replace(microsecond=0)
    try:
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        builder = (
            x509.CertificateBuilder(issuer_name=subject, subject_name=subject)
            .public_key(key.public_key())
            .serial_number(serial)
            .not_valid_before(begin)
            .not_valid_after(begin + timedelta(days=days))
        )
        for extension, critical in _extensions(key, hosts):
            builder = builder.add_extension(extension, critical=critical)
    except (ValueError, OverflowError) as error:
        raise InvalidValue(what="a certificate", value=name, reason=str(error)) from None
    return builder.sign(key, SHA256(), ecdsa_deterministic=True).public_bytes(_PEM)


def _extensions(
    key: ec.EllipticCurvePrivateKey, hosts: Sequence[str]
) -> list[tuple[x509.ExtensionType, bool]]:
    ends = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    return [
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (x509.KeyUsage(True, *[False] * 8), True),  # digital signatures and nothing else
        (x509.ExtendedKeyUsage(ends), False),
        (x509.SubjectAlternativeName([_general_name(host) for host in hosts]), False),
        (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
    ]


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        if not host or "*" in host:
            raise ValueError(f"{host!r} is no host") from None
        return x509.DNSName(host)


def fingerprint(certificate: bytes) -> str:
    """The SHA-256 of a certificate (PEM or DER), 64 hexadecimal digits, to be read aloud.

    Raises InvalidValue when the bytes are not one certificate.
    """
    return hashlib.sha256(_parsed(certificate).public_bytes(_DER)).hexdigest()


def server_context(
    cert_pem: bytes, key_pem: bytes, passphrase: bytes, trusted: Sequence[bytes]
) -> ssl.SSLContext:
    """TLS 1.3 for the side that listens: only clients with one of these certificates come in.

    Args:
        cert_pem, key_pem, passphrase: as `new_certificate` and `private_key_pem` give them.
        trusted: the pinned certificates of all peers, PEM or DER; none trusts nobody.
    Raises KeysLocked when certificate, key and passphrase do not belong together, InvalidValue
    when a pinned certificate cannot be read or could sign others.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.num_tickets = 0  # who is no longer trusted has nothing to come back with
    return _prepared(context, cert_pem + b"\n" + key_pem, passphrase, trusted)


def client_context(
    cert_pem: bytes, key_pem: bytes, passphrase: bytes, trusted: Sequence[bytes]
) -> ssl.SSLContext:
    """TLS 1.3 for the side that calls ONE peer: give its pinned certificates, nobody else's.

    The host that is called must stand in the certificate. Another peer's certificate could name
    the same host; that is why each peer has its own context. Arguments and errors are those of
    `server_context`.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return _prepared(context, cert_pem + b"\n" + key_pem, passphrase, trusted)


def _prepared(
    context: ssl.SSLContext, own: bytes, passphrase: bytes, trusted: Sequence[bytes]
) -> ssl.SSLContext:
    _demand_length("the passphrase of a key", passphrase, 1, MAX_PASSPHRASE_BYTES)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_mode = ssl.CERT_REQUIRED
    # A pinned certificate ends the chain, whoever issued it; being no CA it never lengthens one.
    context.verify_flags |= ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN
    for one in trusted:
        try:
            context.load_verify_locations(cadata=pinned(one))
        except ssl.SSLError:
            raise _no_certificate(one) from None
    with NamedTemporaryFile(prefix="silkport-") as file:  # mode 0600; the key in it is encrypted
        file.write(own)
        file.flush()
        try:
            context.load_cert_chain(file.name, password=passphrase)
        except ssl.SSLError:
            reason = "certificate, key and passphrase do not belong together"
            raise KeysLocked(what="The TLS key", reason=reason) from None
    return context


def pinned(certificate: bytes) -> bytes:
    """The DER of a certificate that can sign no other. Raises InvalidValue."""
    parsed = _parsed(certificate)
    try:
        signs = (
            parsed.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
            or parsed.extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
        )
    except (ValueError, *_UNREADABLE):
        signs = True
    if signs:
        found, reason = fingerprint(certificate), "it does not say that it signs no others"
        raise InvalidValue(what="a pinned certificate", value=found, reason=reason)
    return parsed.public_bytes(_DER)


def _parsed(certificate: bytes) -> x509.Certificate:
    try:
        if certificate[:1] == b"\x30":  # every DER certificate begins so, and no PEM
            return x509.load_der_x509_certificate(certificate)
        (parsed,) = x509.load_pem_x509_certificates(certificate)
    except (ValueError, x509.InvalidVersion):
        raise _no_certificate(certificate) from None
    return parsed


def _no_certificate(found: bytes) -> InvalidValue:
    reason = "they are not one X.509 certificate"
    return InvalidValue(what="a certificate", value=f"{len(found)} bytes", reason=reason)


def _tls_key(seed: bytes) -> ec.EllipticCurvePrivateKey:
    """A number below the order of P-256, from 128 bits more than it has: FIPS 186-5, A.2.1."""
    _demand_length("a seed", seed, SEED_BYTES, SEED_BYTES)
    wide = HKDF(SHA256(), length=48, salt=None, info=b"silkport tls key v1").derive(seed)
    number = int.from_bytes(wide, "big") % (ec.SECP256R1.group_order - 1) + 1
    return ec.derive_private_key(number, ec.SECP256R1())


def _demand_length(what: str, value: bytes, least: int, most: int) -> None:
    if not least <= len(value) <= most:
        reason = f"it has {least} bytes" if least == most else f"it has {least} to {most} bytes"
        raise InvalidValue(what=what, value=f"{len(value)} bytes", reason=reason)


def _are_bytes(*values: object) -> bool:
    return all(isinstance(value, bytes) for value in values)
