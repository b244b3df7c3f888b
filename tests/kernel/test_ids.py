"""Ids of parcels, events and persons."""

from __future__ import annotations

import hashlib
import itertools
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from silkport.kernel.errors import InvalidValue
from silkport.kernel.ids import (
    CROCKFORD,
    TimeOrderedIds,
    as_key,
    link_of,
    links,
    milliseconds_of,
    parcel_id,
    parcel_ids,
    parts_of,
    pseudonym,
    pseudonyms,
    time_ordered_id,
    two_meant,
)

KEY = b"a key for tests, 16 bytes or more"


def base32(number: int, chars: int) -> str:
    return "".join(CROCKFORD[number >> 5 * place & 31] for place in reversed(range(chars)))


@given(st.text(max_size=60), st.text(max_size=18))
def test_parcel_id_agrees_with_plain_arithmetic(order_no: str, ebc_code: str) -> None:
    order = hashlib.blake2b(order_no.encode(), digest_size=10, person=b"silkport").digest()
    merchant = hashlib.blake2b(ebc_code.encode(), digest_size=10, person=b"silkport").digest()
    link = base32(int.from_bytes(order[:5], "big"), 8)
    mixed = int.from_bytes(order[5:], "big") ^ int.from_bytes(merchant[5:], "big")
    assert link_of(order_no) == link
    assert parcel_id("cn", ebc_code, order_no) == f"cn-{link}{base32(mixed, 8)}"


def test_orders_of_one_merchant_are_told_apart_beyond_their_shard() -> None:
    orders = [f"ORDER-{number}" for number in range(20_000)]
    ids = parcel_ids("cn", ["3301964J31"] * len(orders), orders)
    assert len({identity[-8:] for identity in ids}) == len(orders)


def test_parcel_ids_never_change() -> None:
    """Ids are stored and printed; these two must hold in every later edition."""
    assert parcel_id("cn", "3301964J31", "ORDER-1") == FIRST_KNOWN
    assert parcel_id("kz", "", "") == SECOND_KNOWN


FIRST_KNOWN = "cn-XNX37EQZ1W49QGRD"
SECOND_KNOWN = "kz-H2EXC0G300000000"


def test_in_bulk_as_one_by_one() -> None:
    merchants, orders = ["A", "B", "A"], ["1", "1", "2"]
    assert parcel_ids("cn", merchants, orders) == [
        parcel_id("cn", *pair) for pair in zip(merchants, orders, strict=True)
    ]
    assert links(orders) == [link_of(one) for one in orders]
    assert len(set(parcel_ids("cn", merchants, orders))) == 3
    with pytest.raises(InvalidValue):
        parcel_ids("cn", ["A"], [])


@given(st.integers(0, 2**48 - 1), st.binary(min_size=10, max_size=10))
def test_id_is_a_version_7_uuid(milliseconds: int, randomness: bytes) -> None:
    text = time_ordered_id(milliseconds, randomness)
    number = 0
    for char in text:
        number = number * 32 + CROCKFORD.index(char)
    as_uuid = uuid.UUID(int=number)
    random = (as_uuid.int >> 64 & 0xFFF) << 62 | as_uuid.int & (2**62 - 1)
    assert len(text) == 26
    assert (as_uuid.version, as_uuid.variant) == (7, uuid.RFC_4122)
    assert as_uuid.int >> 80 == milliseconds == milliseconds_of(text)
    assert random == int.from_bytes(randomness, "big") & (2**74 - 1)


@pytest.mark.parametrize(
    ("milliseconds", "randomness"), [(-1, bytes(10)), (2**48, bytes(10)), (0, bytes(9)), (0, b"")]
)
def test_id_refuses(milliseconds: int, randomness: bytes) -> None:
    with pytest.raises(InvalidValue):
        time_ordered_id(milliseconds, randomness)


@pytest.mark.parametrize("text", ["", "0" * 26, "U" * 26, "0" * 25, "Z" * 26, "\u00e9" * 26])
def test_no_time_in_other_text(text: str) -> None:
    with pytest.raises(InvalidValue):
        milliseconds_of(text)


@given(
    st.lists(st.integers(0, 2**40), min_size=2, max_size=30),
    st.sampled_from([bytes(10), b"\xff" * 10, b"\x00\x01" * 5]),
)
def test_ids_always_grow(moments: list[int], randomness: bytes) -> None:
    clock = iter(moments)
    ids = TimeOrderedIds(lambda: next(clock), lambda: randomness)
    given_out = [ids.next() for _ in moments]
    assert all(one < two for one, two in itertools.pairwise(given_out))


def test_a_full_millisecond_runs_ahead_of_the_clock() -> None:
    ids = TimeOrderedIds(lambda: 1000, lambda: b"\xff" * 10)
    assert [milliseconds_of(ids.next()) for _ in range(3)] == [1000, 1001, 1002]
    ids = TimeOrderedIds(lambda: 1000, lambda: bytes(10))
    assert [milliseconds_of(ids.next()) for _ in range(3)] == [1000, 1000, 1000]


def test_pseudonym() -> None:
    name = pseudonym(KEY, "11010519491231002X")
    assert len(name) == 32
    assert name == pseudonym(KEY, " 11010519491231002x ")
    assert name != pseudonym(KEY, "110105194912310020")
    assert name != pseudonym(b"another key of sixteen", "11010519491231002X")
    assert pseudonyms(KEY, ["11010519491231002X", " ", ""]) == [name, "", ""]
    want = hashlib.blake2b(b"A1", digest_size=16, key=KEY, person=b"silkport").hexdigest()
    assert pseudonym(KEY, "a1") == want


@pytest.mark.parametrize("key", [b"", b"short", b"x" * 65])
def test_pseudonym_refuses_weak_keys(key: bytes) -> None:
    with pytest.raises(InvalidValue, match="length of a key"):
        pseudonym(key, "1")


NUMBERS = st.lists(st.text("A1/~0", max_size=6), min_size=1, max_size=3)


@pytest.mark.parametrize(
    ("parts", "key"),
    [
        (("KHG-15", "1"), "KHG-15/1"),  # numbers without a slash stand as they are
        (("KHG-15", ""), "KHG-15/"),
        (("X/1", "2"), "X~11/2"),
        (("X", "1/2"), "X/1~12"),
        (("X~1", "2"), "X~01/2"),
    ],
)
def test_several_numbers_as_one(parts: tuple[str, ...], key: str) -> None:
    assert as_key(*parts) == key


@given(NUMBERS, NUMBERS)
def test_no_other_numbers_give_the_same_key(some: list[str], others: list[str]) -> None:
    assert (as_key(*some) == as_key(*others)) is (some == others)
    assert list(parts_of(as_key(*some))) == some


@given(st.text("A1/~", max_size=6), st.text("A1/~", max_size=6))
def test_what_is_written_may_mean_its_numbers(first: str, second: str) -> None:
    assert (first, second) in two_meant(as_key(first, second))
    assert (first, second) in two_meant(f"{first}/{second}")


def test_what_is_written_without_a_slash_means_no_two_numbers() -> None:
    assert two_meant("KHG-15") == []
