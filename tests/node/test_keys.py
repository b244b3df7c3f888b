"""Vault and signatures of a node; its certificates and lines are in `test_tls.py`."""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from hypothesis import given
from hypothesis import strategies as st

from silkport.kernel.errors import InvalidValue, KeysLocked
from silkport.node import home
from silkport.node.exchange import keys
from silkport.node.exchange.keys import (
    SEED_BYTES,
    SIGNED,
    Lock,
    Vault,
    key_id_of,
    new_vault,
    open_vault,
    signing_key_from,
    verify,
)
from silkport.node.home import new_secret
from tests.node.backed import a_home

SALT = bytes(range(16))
NONCE = bytes(range(12))
QUICK = {"n": 2**10, "r": 8, "p": 1}
VAULT = new_vault("a long passphrase", SALT, **QUICK)

# Vault


@given(st.binary(max_size=200), st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_what_is_sealed_is_opened_by_a_vault_made_again(plaintext: bytes, about: str) -> None:
    sealed = VAULT.seal(plaintext, about, NONCE)
    assert sealed[:12] == NONCE
    assert len(sealed) == 12 + len(plaintext) + 16
    assert open_vault("a long passphrase", VAULT.lock).open(sealed, about) == plaintext


def test_a_vault_is_scrypt_and_chacha() -> None:
    vault = new_vault("a long passphrase", SALT)
    cost = {"n": 2**15, "r": 8, "p": 1}
    made = hashlib.scrypt(b"a long passphrase", salt=SALT, **cost, maxmem=2**26, dklen=48)
    assert vault.lock == Lock(salt=SALT, check=made[32:], **cost)
    sealed = vault.seal(b"seed", "signing key", NONCE)
    bare = ChaCha20Poly1305(made[:32])
    assert bare.decrypt(NONCE, sealed[12:], b"silkport vault v1\nsigning key") == b"seed"


def test_the_vault_of_a_node_costs_as_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other tests make theirs cheaper."""
    made = []

    def watched(*values: Any, **more: Any) -> Vault:
        made.append(new_vault(*values, **more))
        return made[-1]

    monkeypatch.setattr(home, "new_vault", watched)
    a_home(tmp_path)
    assert [(one.lock.n, one.lock.r, one.lock.p) for one in made] == [(2**15, 8, 1)]


def test_the_secret_of_a_node_is_its_own() -> None:
    """Other tests give all of theirs the same: whoever knew it could tell what is drawn."""
    several = {new_secret(secrets.token_bytes) for _ in range(20)}
    assert (len(several), {len(one) for one in several}) == (20, {SEED_BYTES})


def test_a_wrong_passphrase_is_told_from_a_damaged_key() -> None:
    sealed = VAULT.seal(b"seed", "signing key", NONCE)
    with pytest.raises(KeysLocked, match="passphrase is wrong") as wrong:
        open_vault("a long passphrasf", VAULT.lock)
    with pytest.raises(KeysLocked, match="signing key cannot be opened: it is damaged") as damaged:
        open_vault("a long passphrase", VAULT.lock).open(sealed[:-1], "signing key")
    assert wrong.value.code == damaged.value.code == "SP-4106"
    assert "seed" not in f"{wrong.value} {damaged.value} {VAULT!r}"


def test_every_changed_byte_is_refused() -> None:
    sealed = VAULT.seal(b"a seed of 32 bytes, or any other", "tls key", NONCE)
    for at in range(len(sealed)):
        for bit in (1, 128):
            changed = bytearray(sealed)
            changed[at] ^= bit
            with pytest.raises(KeysLocked):
                VAULT.open(bytes(changed), "tls key")
    for wrong in (b"", sealed[:11], sealed[:28], sealed[:-1], sealed[1:], sealed + b"\0"):
        with pytest.raises(KeysLocked):
            VAULT.open(wrong, "tls key")


def test_one_thing_is_not_another() -> None:
    sealed = VAULT.seal(b"seed", "tls key", NONCE)
    with pytest.raises(KeysLocked, match="signing key"):
        VAULT.open(sealed, "signing key")
    with pytest.raises(KeysLocked):
        new_vault("a long passphrase", SALT[::-1], **QUICK).open(sealed, "tls key")


def test_other_costs_make_another_key() -> None:
    lock = VAULT.lock
    changed = Lock(salt=lock.salt, check=lock.check, n=2**11, r=lock.r, p=lock.p)
    with pytest.raises(KeysLocked):
        open_vault("a long passphrase", changed)


def test_a_passphrase_is_its_letters() -> None:
    """The letter й in one piece and in two, as keyboards differ."""
    made = new_vault("\u0439\u0439 \u049b\u0430\u0437", SALT, **QUICK)
    assert open_vault("\u0438\u0306\u0439 \u049b\u0430\u0437", made.lock) == made
    odd = new_vault("\udcff", SALT, **QUICK)
    assert open_vault("\udcff", odd.lock) == odd


@pytest.mark.parametrize(
    "changed",
    [
        *({"n": 2**9}, {"n": 2**21}, {"n": 3 * 2**10}, {"n": 0}, {"r": 0}, {"r": 2**14}, {"p": 0}),
        *({"p": 17}, {"salt": SALT[1:]}, {"salt": SALT * 5}, {"check": b""}),
    ],
    ids=str,
)
def test_locks_have_bounds(changed: dict[str, Any]) -> None:
    with pytest.raises(InvalidValue):
        Lock(**({"salt": SALT, "check": SALT} | QUICK | changed))


def test_what_a_vault_is_not_given() -> None:
    with pytest.raises(InvalidValue, match="passphrase"):
        new_vault("", SALT, **QUICK)
    with pytest.raises(InvalidValue, match="salt"):
        new_vault("a long passphrase", b"short", **QUICK)
    for nonce in (b"", NONCE[1:], NONCE + b"\0"):
        with pytest.raises(InvalidValue, match="nonce"):
            VAULT.seal(b"seed", "tls key", nonce)


# Signatures

SEED = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
KEY = signing_key_from(SEED)
MESSAGE = b'{"size":1}'


def test_the_key_of_a_seed() -> None:
    """Source: RFC 8032, section 7.1, test 1."""
    public = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    assert KEY.public.hex() == public
    assert KEY.key_id == key_id_of(KEY.public) == "21fe31dfa154a261"
    assert signing_key_from(SEED) == KEY
    assert SEED.hex() not in repr(KEY)
    for seed in (b"", SEED[1:], SEED + b"\0"):
        with pytest.raises(InvalidValue, match="seed"):
            signing_key_from(seed)


def test_a_signature_is_over_its_kind_and_the_message() -> None:
    signature = KEY.sign("tree-head", MESSAGE)
    bare = Ed25519PrivateKey.from_private_bytes(SEED)
    assert signature == bare.sign(b"silkport tree-head v1\n" + MESSAGE)


@pytest.mark.parametrize("what", sorted(SIGNED))
def test_no_kind_passes_for_another(what: str) -> None:
    signature = KEY.sign(what, MESSAGE)
    assert [other for other in SIGNED if verify(KEY.public, other, MESSAGE, signature)] == [what]
    assert not verify(KEY.public, what, MESSAGE + b" ", signature)
    assert not verify(signing_key_from(SEED[::-1]).public, what, MESSAGE, signature)


def test_no_kind_is_the_beginning_of_another() -> None:
    begins = [f"silkport {what} v1\n" for what in SIGNED]
    assert not [(a, b) for a in begins for b in begins if a != b and b.startswith(a)]


def test_unknown_kinds() -> None:
    with pytest.raises(InvalidValue, match="batch, card, inspection, key-change"):
        KEY.sign("invoice", MESSAGE)
    assert not verify(KEY.public, "invoice", MESSAGE, KEY.sign("batch", MESSAGE))
    assert not verify(KEY.public, "", MESSAGE, KEY.sign("batch", MESSAGE))


@given(st.binary(max_size=70), st.binary(max_size=70))
def test_hostile_keys_and_signatures(public: bytes, signature: bytes) -> None:
    good = KEY.sign("batch", MESSAGE)
    assert not verify(public, "batch", MESSAGE, good)
    assert not verify(KEY.public, "batch", MESSAGE, signature)
    assert not verify(public, "batch", MESSAGE, signature)
    assert verify(KEY.public, "batch", MESSAGE, good)


@pytest.mark.parametrize("wrong", [None, "text", 5, [], KEY.public.hex(), bytearray(KEY.public)])
def test_what_is_not_bytes_is_no_proof(wrong: Any) -> None:
    good = KEY.sign("batch", MESSAGE)
    assert not verify(wrong, "batch", MESSAGE, good)
    assert not verify(KEY.public, "batch", wrong, good)
    assert not verify(KEY.public, "batch", MESSAGE, wrong)


def test_every_changed_byte_of_a_signature() -> None:
    good = KEY.sign("receipt", MESSAGE)
    for at in range(len(good)):
        changed = bytearray(good)
        changed[at] ^= 1
        assert not verify(KEY.public, "receipt", MESSAGE, bytes(changed))
    order = 2**252 + 27742317777372353535851937790883648493
    twice = (int.from_bytes(good[32:], "little") + order).to_bytes(32, "little")
    assert not verify(KEY.public, "receipt", MESSAGE, good[:32] + twice)


PRIME = 2**255 - 19
D = -121665 * pow(121666, -1, PRIME) % PRIME
Point = tuple[int, int]


def add(a: Point, b: Point) -> Point:
    """The sum of two points of edwards25519."""
    (ax, ay), (bx, by) = a, b
    both = D * ax * bx * ay * by
    x = (ax * by + bx * ay) * pow(1 + both, -1, PRIME)
    y = (ay * by + ax * bx) * pow(1 - both, -1, PRIME)
    return x % PRIME, y % PRIME


def points_at(y: int) -> list[Point]:
    """Source: RFC 8032, section 5.1.3."""
    square = (y * y - 1) * pow(D * y * y + 1, -1, PRIME) % PRIME
    x = pow(square, (PRIME + 3) // 8, PRIME)
    x = x if x * x % PRIME == square else x * pow(2, (PRIME - 1) // 4, PRIME) % PRIME
    return [(one, y) for one in {x, -x % PRIME}] if x * x % PRIME == square else []


def spellings(y: int) -> list[bytes]:
    heights = [height for height in (y, y + PRIME) if height < 2**255]
    return [(h | sign << 255).to_bytes(32, "little") for h in heights for sign in (0, 1)]


def test_keys_under_which_one_signature_fits_many_messages() -> None:
    small = [point for y in {y % PRIME for y in keys._SMALL_ORDER} for point in points_at(y)]
    assert len(small) == 8
    for point in small:
        twice = add(point, point)
        assert add(add(twice, twice), add(twice, twice)) == (0, 1)
    public = {one for _, y in small for one in spellings(y)}
    assert {int.from_bytes(one, "little") % 2**255 for one in public} == keys._SMALL_ORDER
    forged = (1).to_bytes(32, "little") + bytes(32)
    for message in (b"%d" % number for number in range(40)):
        assert not any(verify(one, "receipt", message, forged) for one in public)
    bare = Ed25519PublicKey.from_public_bytes(forged[:32])
    bare.verify(forged, b"anything")  # no error: this is why they are refused
    with pytest.raises(InvalidSignature):
        bare.verify(forged[::-1], b"anything")


def test_loaded_keys_are_kept_but_not_without_bound() -> None:
    keys._loaded.cache_clear()
    good = KEY.sign("batch", MESSAGE)
    for number in range(1_100):
        verify(number.to_bytes(32, "big"), "batch", MESSAGE, good)
    assert verify(KEY.public, "batch", MESSAGE, good)
    kept = keys._loaded.cache_info()
    assert kept.currsize == kept.maxsize == 1_024
