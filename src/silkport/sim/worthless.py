"""A signer for samples: a key that anybody can make again from the seed, and so worth nothing.

Signatures of a sample show whether a message was altered, never who made it. Python's own random
numbers and a plain Miller-Rabin test make the key, so that the same seed gives the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

KEY_BITS = 2_048
NAME = "Silkport sample: a worthless key"

_PUBLIC_EXPONENT = 65_537
_ROUNDS = 16
"""Random numbers of this length that pass as many rounds and are not prime are not met with."""

_SMALL = [n for n in range(3, 2_000, 2) if all(n % m for m in range(3, int(n**0.5) + 1, 2))]
_BEFORE, _AFTER = timedelta(days=365), timedelta(days=3 * 365)


@dataclass(frozen=True, slots=True)
class Signer:
    """A key and the certificate that names it, in PEM."""

    key: rsa.RSAPrivateKey
    certificate: bytes


def worthless_signer(seed: int, day: date) -> Signer:
    """The signer of the sample of a seed: the same each time, for everybody."""
    rng = Random(f"worthless key {seed}")
    key = _key(rng)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{NAME} {seed % 10**9}")])
    today = datetime(day.year, day.month, day.day, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(rng.getrandbits(96) | 1)
        .not_valid_before(today - _BEFORE)
        .not_valid_after(today + _AFTER)
        .sign(key, hashes.SHA256())
    )
    return Signer(key, certificate.public_bytes(Encoding.PEM))


def _key(rng: Random) -> rsa.RSAPrivateKey:
    p, q = _prime(rng, KEY_BITS // 2), _prime(rng, KEY_BITS // 2)
    exponent = pow(_PUBLIC_EXPONENT, -1, (p - 1) * (q - 1))
    numbers = rsa.RSAPrivateNumbers(
        p=p,
        q=q,
        d=exponent,
        dmp1=exponent % (p - 1),
        dmq1=exponent % (q - 1),
        iqmp=pow(q, -1, p),
        public_numbers=rsa.RSAPublicNumbers(_PUBLIC_EXPONENT, p * q),
    )
    return numbers.private_key()


def _prime(rng: Random, bits: int) -> int:
    """The next prime of so many bits, its highest two set."""
    while True:
        number = rng.getrandbits(bits) | 3 << (bits - 2) | 1
        coprime = (number - 1) % _PUBLIC_EXPONENT != 0
        if coprime and all(number % small for small in _SMALL) and _is_prime(number, rng):
            return number


def _is_prime(number: int, rng: Random) -> bool:
    """Miller-Rabin."""
    twos = ((number - 1) & -(number - 1)).bit_length() - 1
    odd = (number - 1) >> twos
    for _ in range(_ROUNDS):
        power = pow(rng.randrange(2, number - 1), odd, number)
        if power in {1, number - 1}:
            continue
        for _ in range(twos - 1):
            power = power * power % number
            if power == number - 1:
                break
        else:
            return False
    return True
