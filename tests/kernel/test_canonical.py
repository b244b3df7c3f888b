"""Canonical bytes against the reference implementation of RFC 8785."""

from __future__ import annotations

import json
from enum import StrEnum

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from silkport.kernel.canonical import MAX_INTEGER, canonical_bytes, digest, digest_bytes
from silkport.kernel.errors import InvalidValue
from silkport.kernel.limits import MAX_NESTING


class Lane(StrEnum):
    GREEN = "green"


KEYS = st.text(st.characters(max_codepoint=127), max_size=6)
LEAVES = st.none() | st.booleans() | st.integers(-MAX_INTEGER, MAX_INTEGER) | st.text()
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4)
)


@given(VALUES)
def test_same_bytes_as_the_reference(value: object) -> None:
    found = canonical_bytes(value)
    assert found == rfc8785.dumps(value)  # type: ignore[arg-type]
    assert json.loads(found) == value


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ({"b": 1, "a": [True, None, "哈"]}, '{"a":[true,null,"哈"],"b":1}'),
        (("a", 1), '["a",1]'),
        ({"lane": Lane.GREEN}, '{"lane":"green"}'),
        ('\x00\x1f\x7f\u2028"\\/\n', '"\\u0000\\u001f\x7f\u2028\\"\\\\/\\n"'),
        (MAX_INTEGER, "9007199254740991"),
        ({}, "{}"),
    ],
)
def test_written(value: object, written: str) -> None:
    assert canonical_bytes(value) == written.encode()


@pytest.mark.parametrize(
    "value",
    [
        *(1.5, float("nan"), b"a", {1}, object(), MAX_INTEGER + 1, -MAX_INTEGER - 1),
        *({1: "a"}, {"цена": 1}, {None: 1}, {"a": [1.0]}, "\ud800", {"a": "\udfff"}),
    ],
)
def test_refused(value: object) -> None:
    with pytest.raises(InvalidValue):
        canonical_bytes(value)


def test_an_integer_too_long_to_print_is_still_refused() -> None:
    with pytest.raises(InvalidValue, match="about 2"):
        canonical_bytes([10**6000])


def nested(depth: int) -> object:
    value: object = 1
    for _ in range(depth):
        value = [value]
    return value


def test_nesting_has_a_limit() -> None:
    assert canonical_bytes(nested(MAX_NESTING)).count(b"[") == MAX_NESTING
    with pytest.raises(InvalidValue, match="nested deeper"):
        canonical_bytes(nested(MAX_NESTING + 1))
    loop: list[object] = []
    loop.append(loop)
    with pytest.raises(InvalidValue, match="nested deeper"):
        canonical_bytes(loop)


def test_digests() -> None:
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert digest_bytes(b"") == empty
    assert digest({"b": 1, "a": 2}) == digest({"a": 2, "b": 1}) == digest_bytes(b'{"a":2,"b":1}')
