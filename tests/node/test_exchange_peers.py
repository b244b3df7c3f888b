"""Peers: cards, limits, pauses, incidents; and that none of them holds up another."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from silkport.kernel.canonical import canonical_bytes
from silkport.kernel.errors import InvalidValue
from silkport.kernel.exchange_errors import LineDown, PeerGarbage, PeerRefused, UnknownPeer
from silkport.kernel.limits import (
    FIRST_RETRY_SECONDS,
    LAST_RETRY_SECONDS,
    MAX_INCIDENTS,
    MAX_INCIDENTS_OF_PEER,
    MAX_PEERS,
)
from silkport.model.messages import Competence
from silkport.node.exchange.applying import apply_some
from silkport.node.exchange.batch import RECEIPT, read_header
from silkport.node.exchange.inbox import receive
from silkport.node.exchange.peers import add_peer, card, peer_of, peers, set_state
from silkport.node.exchange.sending import is_due, send_next
from silkport.node.sovereign import incidents, note
from silkport.node.state.contract import Transaction
from tests.node.certificates import an_authority
from tests.node.worlds import HOUR, MINUTE, Wire, World, forged, own_key, shown_by


@pytest.fixture
def world() -> World:
    return World(("cn", "kz"))


class Broken:
    """A line on which every request ends the same way."""

    def __init__(self, end: Exception | bytes | Callable[[bytes], bytes]) -> None:
        self.end = end

    def post(self, url: str, path: str, body: bytes) -> bytes:
        if isinstance(self.end, Exception):
            raise self.end
        return self.end(body) if callable(self.end) else self.end


DOWN = LineDown(peer="https://kz", reason="nothing listens at this address")


# Pauses.


def test_pauses_double_and_have_an_end(world: World) -> None:
    node = world.node("cn")
    world.export("cn", "kz")
    pauses = []
    for _ in range(40):
        assert send_next(node, "kz", Broken(DOWN)) == 0
        pauses.append(world.peer("cn", "kz").next_try - world.clock.at)
        assert not is_due(node, world.peer("cn", "kz"))
        world.clock.at = world.peer("cn", "kz").next_try
        assert is_due(node, world.peer("cn", "kz"))
    for failures, pause in enumerate(pauses):
        longest = min(FIRST_RETRY_SECONDS * 2**failures, LAST_RETRY_SECONDS) * 1_000
        assert longest * 3 // 4 <= pause <= longest
    assert len(set(pauses[10:])) > 1, "nodes do not beat in step"
    assert world.peer("cn", "kz").failures == 40
    (incident,) = world.incidents("cn")
    assert (incident.code, incident.times) == ("SP-5101", 40)
    assert world.send("cn", "kz") == 1
    known = world.peer("cn", "kz")
    assert (known.failures, known.next_try, known.last_error) == (0, 0, "")


def test_a_dead_peer_does_not_delay_another() -> None:
    world = World(("cn", "kz", "zz"))
    node = world.node("cn")
    for to in ("kz", "zz"):
        world.export("cn", to)
    for _ in range(12):
        send_next(node, "kz", Broken(DOWN))
    assert not is_due(node, world.peer("cn", "kz"))
    assert is_due(node, world.peer("cn", "zz"))
    assert world.send("cn", "zz") == 1
    node.state.write(lambda tx: set_state(tx, "kz", "suspended", "a dispute"))
    node.state.write(lambda tx: set_state(tx, "kz", "active", ""))
    assert is_due(node, world.peer("cn", "kz")), "an operator need not wait"


# What a peer answers.


def receipt_but(world: World, **changes: Any) -> Callable[[bytes], bytes]:
    """The peer's receipt with something else in it, signed by it again."""

    def answer(body: bytes) -> bytes:
        genuine = Wire(world, "cn", "kz").post("https://kz.simulated:1", "/batches", body)
        header = replace(read_header("kz", genuine, RECEIPT), **changes)
        return header.encode(own_key(world, "kz"))

    return answer


@pytest.mark.parametrize(
    ("end", "code"),
    [
        (b"", "SP-5208"),
        (b"{}", "SP-5208"),
        (b"[" * 100_000, "SP-5208"),
        (b"<html>", "SP-5208"),
        (PeerGarbage(peer="https://kz", status=200, reason="it is no JSON"), "SP-5103"),
        (LineDown(peer="https://kz", reason="it said nothing for 90 seconds"), "SP-5101"),
        ({"first": 2}, "SP-5208"),
        ({"count": 2}, "SP-5208"),
        ({"root": bytes(32)}, "SP-5208"),
        ({"receiver": "zz"}, "SP-5208"),
        ({"sender": "zz"}, "SP-5208"),
        ({"key_id": "0" * 16}, "SP-5203"),
    ],
)
def test_an_answer_that_is_no_receipt_moves_no_mark(
    world: World, end: Exception | bytes | dict[str, Any], code: str
) -> None:
    world.export("cn", "kz")
    line = Broken(receipt_but(world, **end) if isinstance(end, dict) else end)
    assert send_next(world.node("cn"), "kz", line) == 0
    assert (world.peer("cn", "kz").taken, world.codes("cn")) == (0, [code])
    assert world.rows("cn", "select * from evidence") == []
    assert world.send("cn", "kz") == 1
    assert apply_some(world.node("kz"), "cn").applied == 1


@pytest.mark.parametrize(
    "numbers",
    [{}, {"expected": 0}, {"expected": 99}, {"expected": -5}, {"expected": 2**53}, {"held": 10**9}],
)
@pytest.mark.parametrize("code", ["SP-5205", "SP-5207", "SP-9999", ""])
def test_what_a_peer_states_cannot_confuse_the_sender(
    world: World, code: str, numbers: dict[str, int]
) -> None:
    world.export("cn", "kz")
    world.send("cn", "kz")
    world.export("cn", "kz", "2")
    answer = PeerRefused(
        peer="kz", status=409, peer_code=code, detail="", peer_hint="", numbers=numbers
    )
    send_next(world.node("cn"), "kz", Broken(answer))
    assert world.peer("cn", "kz").taken == 1
    world.clock.at += HOUR
    world.settle()
    assert world.peer("kz", "cn").considered == 2


# Incidents.


def test_the_same_again_is_counted(world: World) -> None:
    node = world.node("cn")
    for minute in range(5):
        world.clock.at += minute * MINUTE
        node.state.write(lambda tx: note(tx, node, "kz", DOWN))
        node.state.write(lambda tx: note(tx, node, "zz", DOWN))
    assert [(one.peer, one.times) for one in world.incidents("cn")] == [("zz", 5), ("kz", 5)]
    assert {one.last - one.at for one in world.incidents("cn")} == {10 * MINUTE}


def test_incidents_of_one_peer_drive_out_no_other(world: World) -> None:
    node = world.node("cn")

    def many(peer: str, count: int, begin: int = 0) -> None:
        def work(tx: Any) -> None:
            for n in range(begin, begin + count):
                note(tx, node, peer, LineDown(peer=peer, reason=f"{n}"))

        node.state.write(work)

    many("kz", 1)
    many("zz", MAX_INCIDENTS_OF_PEER + 50)
    found = node.state.read(lambda tx: incidents(tx, MAX_INCIDENTS + 1))
    assert sum(one.peer == "zz" for one in found) == MAX_INCIDENTS_OF_PEER
    assert sum(one.peer == "kz" for one in found) == 1
    assert f"{MAX_INCIDENTS_OF_PEER + 49}" in found[0].reason


# Cards.


def card_of(world: World, of: str, **changes: object) -> bytes:
    """A node's card with something else in it, signed again."""
    node = world.node(of)
    fields = json.loads(
        node.state.read(lambda tx: card(tx, node, "Customs", f"https://{of}.simulated:1"))
    )
    del fields["signature"]
    fields |= changes
    signature = own_key(world, of).sign("card", canonical_bytes(fields))
    return canonical_bytes(fields | {"signature": signature.hex()})


def test_a_card_makes_a_peer() -> None:
    world = World(("cn",))
    world.add("kz", frozenset({Competence.CUSTOMS, Competence.CHECKPOINT}))
    node = world.node("cn")
    made = node.state.write(lambda tx: add_peer(tx, node, card_of(world, "kz")))
    assert (made.id, made.administration, made.name) == ("kz", "kz", "Customs")
    assert made.competence == {Competence.CUSTOMS, Competence.CHECKPOINT}
    assert (made.state, made.received, made.queued) == ("active", 0, 0)


@pytest.mark.parametrize("place", range(0, 900, 60))
def test_no_byte_of_a_card_can_be_changed(world: World, place: int) -> None:
    content = card_of(world, "kz")
    changed = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
    node = world.node("cn")
    with pytest.raises(InvalidValue, match="a card"):
        node.state.write(lambda tx: add_peer(tx, node, changed))


@pytest.mark.parametrize(
    "changes",
    [
        *(
            {"node": name}
            for name in ("", "KZ", "k z", "kz\n", "k" * 61, 7, None, "\x1b[2J", "-kz")
        ),
        *({"url": url} for url in ("", "http://kz", 7, "https://kz/\n", "https://" + "k" * 500)),
        *({"name": name} for name in (7, "x" * 200, "a\x1b[2J")),
        *({"competence": one} for one in ("customs", ["king"], [7], 7, None, [["customs"]])),
        *({"public": one} for one in ("", "00", "zz" * 32, "00" * 32, 7)),
        *({"certificate": one} for one in ("", "none", 7, None)),
        {"administration": ["kz"]},
        {"administration": "k/z"},
    ],
)
def test_no_card(world: World, changes: dict[str, object]) -> None:
    stranger = World(("zz",))
    node = world.node("cn")
    with pytest.raises(InvalidValue):
        node.state.write(lambda tx: add_peer(tx, node, card_of(stranger, "zz", **changes)))
    assert [one.id for one in node.state.read(peers)] == ["kz"]


@pytest.mark.parametrize(
    "content", [b"", b"null", b"[]", b"7", b"[" * 100_000, b"\xff", b'{"signature":7}', b"{}"]
)
def test_no_card_at_all(world: World, content: bytes) -> None:
    node = world.node("cn")
    with pytest.raises(InvalidValue, match="a card"):
        node.state.write(lambda tx: add_peer(tx, node, content))


def test_its_own_card(world: World) -> None:
    node, own = world.node("cn"), card_of(world, "cn")
    with pytest.raises(InvalidValue, match="it is this node itself"):
        node.state.write(lambda tx: add_peer(tx, node, own))


def test_a_later_card_changes_address_name_and_competence_alone(world: World) -> None:
    world.export("kz", "cn")
    world.settle()
    node = world.node("cn")
    later = card_of(
        world, "kz", url="https://new.simulated:1", name="New", competence=["checkpoint"]
    )
    before = world.peer("cn", "kz")
    changed = node.state.write(lambda tx: add_peer(tx, node, later))
    assert (changed.url, changed.name) == ("https://new.simulated:1", "New")
    assert changed.competence == {Competence.CHECKPOINT}
    assert (changed.received, changed.head_size) == (before.received, before.head_size)


def test_a_card_with_another_key(world: World) -> None:
    other = World(("kz",), seed=2)
    node = world.node("cn")
    with pytest.raises(InvalidValue, match="keys change by message"):
        node.state.write(lambda tx: add_peer(tx, node, card_of(other, "kz")))


def test_a_card_by_a_former_key(world: World) -> None:
    old = card_of(world, "kz", url="https://old.simulated:1")
    world.rotate("kz")
    world.settle()
    world.clock.at += 30 * 24 * HOUR
    node = world.node("cn")
    with pytest.raises(InvalidValue, match="keys change by message"):
        node.state.write(lambda tx: add_peer(tx, node, old))


def test_a_certificate_of_another_peer_or_an_authority(world: World) -> None:
    world.add("zz")
    node = world.node("cn")
    pem = world.rows("cn", "select certificate from peer_key where peer = 'kz'")[0][0]
    for certificate, words in (
        (pem, "its common name is not that of the peer"),
        (an_authority("kz"), "its common name is not that of the peer"),
        (an_authority("zz"), "signs no others"),
    ):
        wrong = card_of(world, "zz", certificate=certificate)
        with pytest.raises(InvalidValue, match=words):
            node.state.write(partial(add_peer, node=node, content=wrong))
    assert [one.id for one in node.state.read(peers)] == ["kz"]
    deliver_one(world)


def deliver_one(world: World) -> None:
    """The peer that was there is still known by its certificate."""
    receive(world.node("cn"), shown_by(world, "kz", "cn"), forged(world, "kz", "cn", [b"{}"]).body)


def added(tx: Transaction, row: tuple[str, ...]) -> int:
    return tx.run("add_peer", *row)


def test_so_many_peers_and_no_more(world: World) -> None:
    node, other = world.node("cn"), World(("zz",))
    for n in range(MAX_PEERS - 1):
        row = (f"p{n}", "kz", "P", "customs", "https://p")
        node.state.write(partial(added, row=row))
    with pytest.raises(InvalidValue, match="there are 200 already"):
        node.state.write(lambda tx: add_peer(tx, node, card_of(other, "zz")))
    assert len(node.state.read(peers)) == MAX_PEERS
    renamed = card_of(world, "kz", name="Renamed")
    node.state.write(lambda tx: add_peer(tx, node, renamed))


def test_nobody_is_no_peer(world: World) -> None:
    node = world.node("cn")
    with pytest.raises(UnknownPeer, match="zz is no peer"):
        world.export("cn", "zz")
    with pytest.raises(UnknownPeer):
        node.state.write(lambda tx: set_state(tx, "zz", "suspended", "?"))
    with pytest.raises(UnknownPeer):
        node.state.read(lambda tx: peer_of(tx, "z" * 1_000))
