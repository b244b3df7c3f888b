"""A proof of one message convinces whoever has the public keys, and nobody when it was changed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from silkport.kernel.canonical import canonical_bytes
from silkport.kernel.errors import InvalidValue, NotFound
from silkport.node.exchange.keys import signing_key_from
from silkport.node.transparency.log import RECEIVED, SENT
from silkport.node.transparency.proving import check_proof, prove_message
from tests.node.lively import lively
from tests.node.worlds import World, deliver, forged

WORLD = lively()


def publics(world: World = WORLD) -> dict[str, list[bytes]]:
    """All public keys of all nodes, as their operators would publish them."""
    return {
        name: [row[0] for row in world.rows(name, "select public from own_key")]
        for name in world.nodes
    }


PROOF = prove_message(WORLD.node("cn"), SENT, "zz", 2)


def mutated(value: Any) -> Iterator[Any]:
    """The value with one thing in it changed, in every way."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield {key: one for key, one in value.items() if key != name}
            yield from (value | {name: other} for other in mutated(inner))
        yield value | {"more": 1}
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield value[:place] + value[place + 1 :]
            yield from ([*value[:place], other, *value[place + 1 :]] for other in mutated(inner))
        yield [*value, "00" * 32]
        yield None
    elif isinstance(value, str):
        flipped = chr(ord(value[0]) ^ 1) + value[1:] if value else "x"
        yield from (flipped, value + "0", None, value.upper() if value.upper() != value else "")
    else:
        yield from (value + 1, value - 1, f"{value}", None, True)


@pytest.mark.parametrize(
    ("name", "direction", "peer"),
    [("cn", SENT, "zz"), ("zz", RECEIVED, "cn"), ("zz", SENT, "cn"), ("cn", RECEIVED, "zz")],
)
def test_every_message_can_be_proven(name: str, direction: str, peer: str) -> None:
    table = "outbox" if direction == SENT else "inbox"
    for seq, content in WORLD.rows(name, f"select seq, bytes from {table} where seq % 29 < 8"):
        proof = prove_message(WORLD.node(name), direction, peer, seq)
        assert check_proof(proof, publics()) == []
        assert json.loads(proof)["message"] == {"text": content.decode()}
        assert proof == rfc8785.dumps(json.loads(proof))


def test_both_sides_prove_the_same_message() -> None:
    sent = json.loads(prove_message(WORLD.node("cn"), SENT, "zz", 2))
    received = json.loads(prove_message(WORLD.node("zz"), RECEIVED, "cn", 2))
    for name in ("message", "batch", "path", "receipt", "seq"):
        assert sent[name] == received[name]
    assert (sent["log"]["root"], sent["node"]) != (received["log"]["root"], received["node"])


def test_bytes_that_are_no_text_can_be_proven() -> None:
    """Whoever sends garbage can be shown to have sent it."""
    world = lively()
    deliver(world, "cn", "zz", forged(world, "cn", "zz", [b"\xff\xfe", b"[" * 1_000]).body)
    for seq, shown in ((11, {"bytes": "fffe"}), (12, {"text": "[" * 1_000})):
        proof = prove_message(world.node("zz"), RECEIVED, "cn", seq)
        assert check_proof(proof, publics(world)) == []
        assert json.loads(proof)["message"] == shown


def test_no_change_goes_unseen() -> None:
    assert check_proof(PROOF, publics()) == []
    count = 0
    for changed in mutated(json.loads(PROOF)):
        document = canonical_bytes(changed)
        assert check_proof(document, publics()) != [], document
        count += 1
    assert count > 150


@given(st.integers(0, len(PROOF) - 1), st.integers(1, 255))
def test_no_byte_goes_unseen(place: int, flip: int) -> None:
    changed = PROOF[:place] + bytes([PROOF[place] ^ flip]) + PROOF[place + 1 :]
    assert check_proof(changed, publics()) != []


@given(st.binary(max_size=300))
def test_any_bytes_prove_nothing(document: bytes) -> None:
    assert check_proof(document, publics()) != []


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({}, ["The batch", "The receipt", "The head"]),
        ({"cn": [], "zz": []}, ["The batch", "The receipt", "The head"]),
        ({"cn": publics()["cn"]}, ["The receipt is not signed by a key of zz"]),
        ({"zz": publics()["zz"]}, ["The batch", "The head of the log is not signed"]),
        ({"cn": publics()["zz"], "zz": publics()["cn"]}, ["The batch", "The receipt", "The head"]),
        ({"cn": [b"", bytes(32), *publics()["cn"]], "zz": publics()["zz"]}, []),
        ({name: [signing_key_from(bytes(32)).public] for name in ("cn", "zz")}, ["The batch"]),
    ],
)
def test_it_stands_on_the_keys_alone(keys: dict[str, list[bytes]], words: list[str]) -> None:
    wrong = check_proof(PROOF, keys)
    assert bool(wrong) == bool(words)
    for word in words:
        assert any(one.startswith(word) for one in wrong), wrong


def test_what_cannot_be_proven() -> None:
    world = lively()
    node = world.node("cn")
    with pytest.raises(NotFound, match="message 999 sent, peer zz"):
        prove_message(node, SENT, "zz", 999)
    with pytest.raises(NotFound, match="message 1 sent, peer nobody"):
        prove_message(node, SENT, "nobody", 1)
    with pytest.raises(InvalidValue, match="sent or received"):
        prove_message(node, "told", "zz", 1)
    seq = world.export("cn", "zz", "10")
    with pytest.raises(NotFound, match=f"a receipt for message {seq}"):
        prove_message(node, SENT, "zz", seq)
    world.settle()
    assert check_proof(prove_message(node, SENT, "zz", seq), publics(world)) == []
