"""Batches that must not be taken, or must not count twice: who, by which key, in which order."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from silkport.kernel.canonical import canonical_bytes
from silkport.kernel.exchange_errors import (
    BatchMalformed,
    ClockApart,
    ExchangeRefused,
    HeadBehind,
    HistoryChanged,
    PeerSuspended,
    SequenceGap,
    UnknownPeer,
    WrongSignature,
)
from silkport.kernel.limits import (
    MAX_BATCH_HEADER_BYTES,
    MAX_BATCH_MESSAGES,
    MAX_CLOCKS_APART_SECONDS,
    MAX_EXCHANGED_BYTES,
)
from silkport.kernel.merkle import Frontier, leaf_hash
from silkport.node.exchange.applying import apply_some
from silkport.node.exchange.batch import RECEIPT, read_header, signed_head
from silkport.node.exchange.inbox import receive
from silkport.node.exchange.keys import signing_key_from
from silkport.node.exchange.outbox import next_batch
from silkport.node.exchange.peers import set_state
from tests.node.lively import copy_of
from tests.node.worlds import (
    EXPORT,
    HOUR,
    MINUTE,
    Forged,
    World,
    deliver,
    forged,
    message,
    own_key,
)


@pytest.fixture
def world() -> World:
    return World(("cn", "kz"))


def exports(world: World, *houses: str, first: int | None = None) -> Forged:
    """A batch of exports that is in order."""
    begin = world.peer("kz", "cn").received + 1 if first is None else first
    messages = [
        message(world, "cn", "kz", "export_released", EXPORT | {"house_no": house}, begin + place)
        for place, house in enumerate(houses)
    ]
    return forged(world, "cn", "kz", messages, begin)


def refused(
    world: World, error: type[ExchangeRefused], body: bytes, words: str | None = None
) -> None:
    """The receiver refuses, tells why, and holds what it held."""
    before = world.rows("kz", "select * from inbox"), world.rows("kz", "select * from log_run")
    with pytest.raises(error, match=words):
        deliver(world, "cn", "kz", body)
    assert (
        world.rows("kz", "select * from inbox"),
        world.rows("kz", "select * from log_run"),
    ) == before


def waiting(world: World) -> bytes:
    """The batch that would leave now."""
    node = world.node("cn")
    batch = node.state.read(lambda tx: next_batch(tx, node, "kz"))
    assert batch is not None
    return batch.body


def test_a_batch_in_order_is_taken(world: World) -> None:
    batch = exports(world, "1", "2")
    receipt = read_header("kz", deliver(world, "cn", "kz", batch.body), RECEIPT)
    assert (receipt.first, receipt.count, receipt.root) == (1, 2, batch.header.root)
    assert receipt.is_signed_by(own_key(world, "kz").public)
    assert apply_some(world.node("kz"), "cn").applied == 2
    assert world.parked("kz") == []


# Who it is.


def test_unknown_certificate(world: World) -> None:
    stranger = world.add("zz")
    body = exports(world, "1").body
    with pytest.raises(UnknownPeer, match="certificate"):
        answered_as(world, stranger.certificate, body)
    assert world.codes("kz") == ["SP-5201"]
    assert world.rows("kz", "select * from inbox") == []


def answered_as(world: World, certificate: bytes, body: bytes) -> bytes:
    return receive(world.node("kz"), certificate, body)


def test_certificate_of_another_peer() -> None:
    world = World(("cn", "kz", "zz"))
    body = exports(world, "1").body
    with pytest.raises(UnknownPeer, match="cn with the certificate of zz"):
        answered_as(world, world["zz"].certificate, body)
    assert [(one.peer, one.code) for one in world.incidents("kz")] == [("zz", "SP-5201")]


def test_suspended_peer(world: World) -> None:
    node, batch = world.node("kz"), exports(world, "1")
    node.state.write(lambda tx: set_state(tx, "cn", "suspended", "a dispute"))
    refused(world, PeerSuspended, batch.body, "a dispute")
    world.export("kz", "cn")
    assert world.send("kz", "cn") == 0
    node.state.write(lambda tx: set_state(tx, "cn", "active", ""))
    deliver(world, "cn", "kz", batch.body)
    assert world.send("kz", "cn") == 0  # the receipt for that batch is not there yet: found out
    assert world.send("kz", "cn") == 1


@pytest.mark.parametrize("of", ["kz", "counsel"])
def test_wrong_key(world: World, of: str) -> None:
    """Signed by somebody else: a signature is wrong, or its key is none of the sender's."""
    other = own_key(world, "kz") if of == "kz" else signing_key_from(bytes(range(32)))
    batch = exports(world, "1")
    stated = replace(batch.header, key_id=other.key_id)
    refused(world, WrongSignature, replace(batch, key=other).body)
    refused(world, WrongSignature, replace(batch, header=stated, key=other).body)
    refused(world, WrongSignature, replace(batch, header=stated).body)
    assert set(world.codes("kz")) == {"SP-5203"}


def test_head_of_the_log_by_another_key(world: World) -> None:
    batch = exports(world, "1")
    head = replace(batch.header.log, signature=bytes(64))
    refused(world, WrongSignature, batch.but(log=head).body, "the head of its log")
    other = own_key(world, "kz")
    signed = signed_head("cn", head.size, head.root, head.at, other)
    refused(world, WrongSignature, batch.but(log=signed).body, "the head of its log")


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"receiver": "zz"}, BatchMalformed, "it is for zz"),
        ({"receiver": "\x1b[2J"}, BatchMalformed, r"it is for '\\x1b\[2J'"),
        ({"sender": "zz"}, UnknownPeer, "zz with the certificate of cn"),
        ({"sender": "a\nb"}, UnknownPeer, r"'a\\nb' with"),
        ({"first": 2}, SequenceGap, "begins at 2; 1 is"),
        ({"first": 0}, SequenceGap, "begins at 0; 1 is"),
        ({"count": 2}, BatchMalformed, "2 messages are stated and 1 are there"),
        ({"count": 0}, BatchMalformed, "0 messages"),
        ({"root": bytes(32)}, BatchMalformed, "not those that were signed"),
        ({"what": RECEIPT}, BatchMalformed, "no batch of version 1"),
        ({"path": [bytes(32)] * 129}, BatchMalformed, "too long"),
    ],
)
def test_a_header_that_states_something_else(
    world: World, changes: dict[str, Any], error: type[ExchangeRefused], words: str
) -> None:
    refused(world, error, exports(world, "1").but(**changes).body, words)


# What a byte can do.


def test_no_byte_of_a_batch_can_be_changed(world: World) -> None:
    body = exports(world, "1").body
    for place in range(0, len(body), 7):
        for flip in (1, 0x80):
            changed = body[:place] + bytes([body[place] ^ flip]) + body[place + 1 :]
            with pytest.raises(ExchangeRefused):
                deliver(world, "cn", "kz", changed)
    assert world.rows("kz", "select * from inbox") == []


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (lambda head: b"", "not an object"),
        (lambda head: b"[]", "not an object"),
        (lambda head: b"null", "not an object"),
        (lambda head: b"\xff\xfe", "not an object"),
        (lambda head: b'"' + b"x" * MAX_BATCH_HEADER_BYTES + b'"', "longer than"),
        (lambda head: b"[" * 60_000, "not an object"),
        (lambda head: head.replace(b'"at":', b'"at": ', 1), "canonical"),
        (lambda head: head.replace(b'"from":"cn"', b'"from":"\\ud800"'), "canonical"),
        (lambda head: head.replace(b'"from":"cn"', b'"from":"cn","from":"cn"'), "canonical"),
        (lambda head: head.replace(b'"version":1', b'"version":2'), "version 1"),
        (lambda head: head.replace(b'"version":1', b'"version":true'), "version is missing"),
        (lambda head: head.replace(b'"count":1', b'"count":1.0'), "count is missing"),
        (lambda head: head.replace(b'"count":1', b'"count":-1'), "out of bounds"),
        (lambda head: head.replace(b'"count":1', b'"count":' + b"9" * 5_000), "not an object"),
        (lambda head: head.replace(b'"first":1', b'"first":9007199254740992'), "out of bounds"),
        (lambda head: head.replace(b'"first":1', b'"first":NaN'), "first is missing"),
        (lambda head: head.replace(b'"log":{', b'"log":{"more":1,'), "canonical"),
        (lambda head: head.replace(b'"path":[]', b'"path":[7]'), "64 hexadecimal"),
        (lambda head: head.replace(b'"path":[]', b'"path":{}'), "path is missing"),
        (lambda head: head.replace(b'"root":"', b'"root":"A', 1), "64 hexadecimal"),
    ],
)
def test_a_head_that_is_none(world: World, broken: Callable[[bytes], bytes], words: str) -> None:
    head, _, rest = exports(world, "1").body.partition(b"\n")
    refused(world, BatchMalformed, broken(head) + b"\n" + rest, words)


def test_capitals_in_a_digest_are_another_text(world: World) -> None:
    batch = exports(world, "1")
    fields = json.loads(batch.body.partition(b"\n")[0])
    fields["root"] = fields["root"].upper()
    del fields["signature"]
    signature = batch.key.sign("batch", canonical_bytes(fields)).hex()
    line = canonical_bytes(fields | {"signature": signature})
    refused(world, BatchMalformed, b"\n".join([line, *batch.messages]), "lower-case")


# How much it is.


def test_oversized_messages_and_batches(world: World) -> None:
    refused(
        world, BatchMalformed, forged(world, "cn", "kz", [b"x" * (MAX_EXCHANGED_BYTES + 1)]).body
    )
    refused(world, BatchMalformed, forged(world, "cn", "kz", [b""]).body, "empty")
    many = forged(world, "cn", "kz", [b"{}"] * (MAX_BATCH_MESSAGES + 1))
    refused(world, BatchMalformed, many.body, "5001 messages")
    largest = forged(world, "cn", "kz", [b"x" * MAX_EXCHANGED_BYTES])
    deliver(world, "cn", "kz", largest.body)
    assert world.peer("kz", "cn").received == 1


# The same again, and something else under the same number.


def test_the_same_batch_again_changes_nothing(world: World) -> None:
    batch = exports(world, "1", "2")
    first = deliver(world, "cn", "kz", batch.body)
    apply_some(world.node("kz"), "cn")
    deliver(world, "cn", "kz", exports(world, "3").body)
    before = world.state_of("kz")
    world.clock.at += MINUTE
    again = deliver(world, "cn", "kz", batch.body)
    assert world.state_of("kz") == before
    old, new = (read_header("kz", one, RECEIPT) for one in (first, again))
    assert (old.first, old.count, old.root) == (new.first, new.count, new.root)
    assert apply_some(world.node("kz"), "cn").applied == 1
    assert world.incidents("kz") == []


def test_old_and_new_messages_in_one_batch(world: World) -> None:
    deliver(world, "cn", "kz", exports(world, "1", "2").body)
    deliver(world, "cn", "kz", exports(world, "1", "2", "3", "4", first=1).body)
    deliver(world, "cn", "kz", exports(world, "4", "5", first=4).body)
    assert world.peer("kz", "cn").received == 5
    assert apply_some(world.node("kz"), "cn").applied == 5
    covered = world.rows("kz", "select first, last from evidence order by last")
    assert covered == [(1, 2), (1, 4), (4, 5)]


def test_something_else_under_the_same_number(world: World) -> None:
    deliver(world, "cn", "kz", exports(world, "1", "2").body)
    refused(world, HistoryChanged, exports(world, "1", "x", "3", first=1).body, "from 1 to 2")
    (incident,) = world.incidents("kz")
    assert (incident.peer, incident.code) == ("cn", "SP-5206")
    deliver(world, "cn", "kz", exports(world, "3").body)


def test_a_gap_mends_itself(world: World) -> None:
    for house in "1234":
        world.export("cn", "kz", house)
    world.send("cn", "kz")
    node = world.node("kz")
    # The receiver comes back from a backup that had only two of the messages.
    world.rows("kz", "delete from inbox where seq > 2")
    world.rows("kz", "delete from log_run where first > 1")
    four = Frontier()
    four.extend(row[0] for row in world.rows("kz", "select leaf from inbox order by seq"))
    world.rows("kz", "update log_frontier set size = 2, peaks = ?", b"".join(four.peaks))
    world.rows("kz", "update log_run set count = 2, hashes = substr(hashes, 1, 64)")
    world.rows("kz", "update peer set received = 2")
    world.export("cn", "kz", "5")
    assert world.send("cn", "kz") == 0
    assert world.peer("cn", "kz").taken == 2
    assert world.send("cn", "kz") == 3
    assert apply_some(node, "cn").applied == 5
    assert world.codes("cn") == ["SP-5102"], "it lost what it had signed for"


# The log of the peer.


def test_a_log_that_forks(world: World) -> None:
    deliver(world, "cn", "kz", exports(world, "1").body)
    world.export("cn", "kz", "1")
    batch = exports(world, "2")
    held = world.peer("kz", "cn").head_size
    deliver(world, "cn", "kz", batch.body)
    assert world.peer("kz", "cn").head_size > held
    other = Frontier()
    other.extend([leaf_hash(b"another past")] * (world.peer("kz", "cn").head_size + 1))
    head = signed_head("cn", other.size, other.root(), world.clock.at, batch.key)
    wrong = exports(world, "3").but(log=head, path=[bytes(32)])
    refused(world, HistoryChanged, wrong.body, "does not begin as that of")
    assert world.codes("kz") == ["SP-5206"]
    deliver(world, "cn", "kz", exports(world, "3").body)


def test_another_root_for_a_size_that_is_held(world: World) -> None:
    world.export("cn", "kz", "1")
    world.send("cn", "kz")
    held = world.peer("kz", "cn").head_size
    batch = exports(world, "2")
    head = signed_head("cn", held, bytes(32), world.clock.at, batch.key)
    refused(world, HistoryChanged, batch.but(log=head).body, "had another root before")


def test_a_head_that_is_behind_mends_itself(world: World) -> None:
    world.export("cn", "kz", "1")
    world.send("cn", "kz")
    world.export("cn", "kz", "2")
    world.rows("cn", "update peer set told_size = 0")
    body = waiting(world)
    with pytest.raises(HeadBehind) as refusal:
        deliver(world, "cn", "kz", body)
    assert refusal.value.facts["held"] == world.peer("kz", "cn").head_size
    assert world.send("cn", "kz") == 0
    assert world.send("cn", "kz") == 1
    assert world.incidents("cn") == world.incidents("kz") == []
    # What the receiver states cannot lead the sender beyond its own log.
    world.rows("kz", "update peer set head_size = 999")
    world.export("cn", "kz", "3")
    world.clock.at += HOUR
    assert [world.send("cn", "kz") for _ in range(2)] == [1, 0]


def test_a_receiver_that_holds_more_of_the_log_than_there_is(world: World) -> None:
    """The sender came back from a backup: its log is shorter than what it signed before."""
    for house in "123":
        world.export("cn", "kz", house)
        world.send("cn", "kz")
    kept = copy_of(world["cn"], world)
    for house in "456":
        world.export("cn", "kz", house)
        world.send("cn", "kz")
    world.nodes["cn"] = kept
    for house in "xyz":
        world.export("cn", "kz", house)
    assert world.send("cn", "kz") == 0
    assert world.codes("kz") == ["SP-5206"]
    (incident,) = world.incidents("cn")
    assert "SP-5206" in incident.reason


# Clocks.


@pytest.mark.parametrize("hours", [-30, -3, 3, 30])
def test_a_clock_hours_wrong(world: World, hours: int) -> None:
    world.export("cn", "kz")
    right = world.clock.at
    world.clock.at = right + hours * HOUR
    body = waiting(world)
    world.clock.at = right
    side = "ahead of" if hours > 0 else "behind"
    refused(world, ClockApart, body, f"signed {abs(hours) * 60} minutes {side} the clock")
    assert world.send("cn", "kz") == 1, "nothing is lost, and it passes when the clock is right"


def test_a_wrong_clock_is_one_incident(world: World) -> None:
    world.export("cn", "kz")
    for second in range(10):
        world.clock.at += second * 1_000 + 3 * HOUR
        body = waiting(world)
        world.clock.at -= 3 * HOUR
        with pytest.raises(ClockApart):
            deliver(world, "cn", "kz", body)
    (incident,) = world.incidents("kz")
    assert (incident.code, incident.times) == ("SP-5204", 10)


@pytest.mark.parametrize("extra", [-1, 0, 1])
def test_clocks_may_differ_so_much(world: World, extra: int) -> None:
    batch = exports(world, "1")
    world.clock.at += MAX_CLOCKS_APART_SECONDS * 1_000 + extra
    if extra > 0:
        refused(world, ClockApart, batch.body)
    else:
        deliver(world, "cn", "kz", batch.body)
