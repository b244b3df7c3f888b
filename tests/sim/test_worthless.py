"""The key of samples: the same for everybody, and a real one."""

from __future__ import annotations

from datetime import date

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from silkport.sim.worthless import worthless_signer

DAY = date(2026, 9, 15)


def test_the_key_is_worthless_and_the_same_each_time() -> None:
    one, again, other = (worthless_signer(seed, DAY) for seed in (11, 11, 12))
    assert one.certificate == again.certificate != other.certificate
    certificate = x509.load_pem_x509_certificate(one.certificate)
    assert "worthless" in certificate.subject.rfc4514_string()
    key = certificate.public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    assert key.key_size == 2_048
    assert certificate.signature_hash_algorithm is not None
    key.verify(
        certificate.signature,
        certificate.tbs_certificate_bytes,
        padding.PKCS1v15(),
        certificate.signature_hash_algorithm,
    )
