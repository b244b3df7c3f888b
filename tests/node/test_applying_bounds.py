"""How much one transaction of effects takes up, and how much of a peer may wait here."""

from __future__ import annotations

from typing import Any, cast

import pytest

from silkport.kernel.exchange_errors import MessageMalformed, RequestRefused
from silkport.kernel.limits import MAX_KEYS_OF_PEER, MAX_QUESTIONS_AT_ONCE
from silkport.node.exchange import applying, rotating
from silkport.node.exchange.applying import Applied, apply_some, demand_room, retry_parked
from silkport.node.exchange.effects import Understood
from silkport.node.exchange.outbox import Outgoing, queue
from tests.node.worlds import DAY, World

ASKED = {"first_day": "2026-09-01", "last_day": "2026-09-30", "direction": "import"}


def ask(world: World, count: int, *, first: int = 0) -> None:
    node = world.node("cn")
    questions = [
        Outgoing("mirror_query", ASKED | {"query_no": f"Q{number}"})
        for number in range(first, first + count)
    ]
    node.state.write(lambda tx: queue(tx, node, "kz", questions))


def slots(world: World, count: int) -> None:
    for number in range(count):
        body = {"slot_no": f"S{number}", "post": "P", "opens_at": 1, "closes_at": 2}
        world.tell("cn", "kz", "slot_state", body | {"state": "given"})


class Ticking:
    """A clock that goes on whenever somebody looks at it."""

    def __init__(self, world: World, step: int) -> None:
        self._world, self._step = world, step

    def __call__(self) -> int:
        self._world.clock.at += self._step
        return self._world.clock.at


def answered(world: World) -> list[str]:
    sql = "select about from outbox where kind = 'mirror_answer' order by seq"
    return [row[0] for row in world.rows("kz", sql)]


def test_so_many_questions_are_answered_in_one_transaction_in_order() -> None:
    world = World()
    ask(world, MAX_QUESTIONS_AT_ONCE + 3)
    slots(world, 2)
    world.send("cn", "kz")
    assert apply_some(world.node("kz"), "cn") == Applied(MAX_QUESTIONS_AT_ONCE, 0)
    assert world.peer("kz", "cn").considered == MAX_QUESTIONS_AT_ONCE
    assert apply_some(world.node("kz"), "cn") == Applied(5, 0)
    assert answered(world) == [f"Q{n}" for n in range(MAX_QUESTIONS_AT_ONCE + 3)]
    world.settle()
    assert world.peer("cn", "kz").considered_there == MAX_QUESTIONS_AT_ONCE + 5


def test_a_transaction_that_takes_long_ends_and_others_have_their_turn() -> None:
    world = World(("cn", "kz", "zz"))
    slots(world, 30)
    world.export("zz", "kz")
    world.send("cn", "kz")
    world.send("zz", "kz")
    slow = world["kz"]
    slow.now = Ticking(world, 60)
    slow.wake()
    first = apply_some(slow.node, "cn")
    assert 0 < first.applied < 30
    assert world.peer("kz", "cn").considered == first.applied
    assert apply_some(slow.node, "zz") == Applied(1, 0)
    total, rounds = first.applied, 1
    while again := apply_some(slow.node, "cn"):
        total, rounds = total + again.applied, rounds + 1
    assert total == 30
    assert rounds > 3
    said = world.rows("kz", "select seq from said where peer = 'cn' order by seq")
    assert [row[0] for row in said] == list(range(1, 31))
    sql = "select count(*) from outbox where kind = 'receipt' and peer = 'cn'"
    assert world.rows("kz", sql) == [(rounds,)]


def test_one_message_is_taken_however_long_it_takes() -> None:
    world = World()
    slots(world, 2)
    world.send("cn", "kz")
    slow = world["kz"]
    slow.now = Ticking(world, DAY)
    slow.wake()
    assert apply_some(slow.node, "cn") == Applied(1, 0)
    assert apply_some(slow.node, "cn") == Applied(1, 0)


@pytest.mark.parametrize("step", [0, 200])
def test_what_is_parked_is_retried_in_parts_in_order(step: int) -> None:
    world = World()
    kept = world.rows("kz", "select * from register")
    world.rows("kz", "delete from register")
    ask(world, 2 * MAX_QUESTIONS_AT_ONCE + 1)
    slots(world, 30)
    world.send("cn", "kz")
    while apply_some(world.node("kz"), "cn"):
        pass
    count = 2 * MAX_QUESTIONS_AT_ONCE + 31
    assert len(world.parked("kz")) == count
    for row in kept:
        world.rows("kz", "insert into register values (?, ?, ?, ?)", *row)
    one = world["kz"]
    one.now = Ticking(world, step)
    one.wake()
    assert retry_parked(one.node, "cn") == Applied(count, 0)
    assert world.parked("kz") == []
    assert answered(world) == [f"Q{n}" for n in range(2 * MAX_QUESTIONS_AT_ONCE + 1)]


def test_what_is_tried_again_in_vain_still_holds_what_came_after_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also where of its matter a later message is parked, that is not in this part."""
    world, took = World(), list[int]()

    def effect(_tx: object, _node: object, message: Understood) -> list[Outgoing]:
        if message.seq == 1:
            raise MessageMalformed(peer="cn", reason="never to be understood")
        took.append(message.seq)
        return []

    monkeypatch.setitem(cast("dict[str, Any]", applying.EFFECTS), "export_released", effect)
    monkeypatch.setattr(applying, "MAX_QUESTIONS_AT_ONCE", 2)
    for _ in range(3):
        world.export("cn", "kz", "1")
    world.send("cn", "kz")
    while apply_some(world.node("kz"), "cn"):
        pass
    assert [row[0] for row in world.parked("kz")] == [1, 2, 3]
    retry_parked(world.node("kz"), "cn")
    assert ([row[0] for row in world.parked("kz")], took) == ([1, 2, 3], [])


def test_a_peer_that_changes_keys_again_and_again_is_parked_with_a_named_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rotating, "_against_change", lambda *_: "")  # a node that asks nobody
    world = World()
    for _ in range(MAX_KEYS_OF_PEER + 1):
        world.rotate("cn")
        world.settle()
        world.clock.at += 1_000
    keys = world.rows("kz", "select count(*) from peer_key where peer = 'cn'")
    assert keys == [(MAX_KEYS_OF_PEER,)]
    (reason,) = world.rows("kz", "select code, reason from parked")[0:1]
    assert reason[0] == "SP-1103"
    assert f"exceeds the limit {MAX_KEYS_OF_PEER}" in reason[1]


def room(world: World, count: int, size: int = 1) -> None:
    peer = world.peer("kz", "cn")
    world.node("kz").state.read(lambda tx: demand_room(tx, peer, count, size))


def test_so_much_of_a_peer_may_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(applying, "MAX_WAITING_OF_PEER", 10)
    world = World()
    room(world, 5_000)  # where nothing waits every batch has room
    slots(world, 8)
    world.send("cn", "kz")
    room(world, 2)
    with pytest.raises(RequestRefused, match="MAX_WAITING_OF_PEER") as refused:
        room(world, 3)
    assert (refused.value.status, refused.value.permanent) == (429, False)
    world.settle()
    room(world, 5_000)


def test_what_is_parked_counts_and_so_do_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    world.rows("kz", "delete from register")
    slots(world, 3)
    world.send("cn", "kz")
    apply_some(world.node("kz"), "cn")
    (held,) = world.rows("kz", "select sum(length(bytes)) from inbox where peer = 'cn'")[0]
    monkeypatch.setattr(applying, "MAX_WAITING_BYTES_OF_PEER", held + 100)
    monkeypatch.setattr(applying, "WEIGHED_EVERY", 1)
    room(world, 1, 100)
    with pytest.raises(RequestRefused, match="MAX_WAITING_BYTES_OF_PEER"):
        room(world, 1, 101)
