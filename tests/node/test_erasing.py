"""A person is erased from what neighbours said as well, or the answer says where the name stays."""

from __future__ import annotations

import msgspec
import pytest

from silkport.node.exchange.applying import apply_some, drop_parked, retry_parked
from silkport.node.exchange.records import acts
from silkport.node.state.retaining import retain
from silkport.node.transparency.audit import audit
from silkport.node.workflow.erasing import WHY, Erasure, erase
from silkport.node.workflow.people import ERASED
from silkport.sim.nodes import Simulated
from tests.node.lively import PERSON, filed
from tests.node.retained import DAYS, a_law
from tests.node.worlds import DAY, World

NAME = "Aigerim Erasova"
FREE = a_law("unverified")
KEEPING = a_law(messages=20)


def said(world: World) -> list[dict[str, object]]:
    rows = world.rows("kz", "select body from said where peer = 'cn' order by seq")
    return [msgspec.json.decode(row[0]) for row in rows]


def on_disk(one: Simulated) -> bytes:
    """Every byte of the state."""
    one.node.state.scrub()
    return one.connection.serialize()


def sound(world: World) -> None:
    assert list(audit(world.node("kz"), lambda *_: None).faults) == []


def test_what_a_neighbour_said_stays_without_the_name() -> None:
    world = World()
    world.export("cn", "kz", "1", consignee_name=NAME)
    world.export("cn", "kz", "2")
    world.settle()
    assert NAME.encode() in on_disk(world["kz"])
    done = erase(world.node("kz"), f" {NAME.lower()} ", FREE)
    assert done == Erasure(declared=False, emptied=1)
    assert bool(done)
    content = on_disk(world["kz"])
    assert NAME.encode() not in content
    first, second = said(world)
    assert (first["consignee_name"], first["consignor_name"]) == (ERASED, "Bo & Sons")
    assert first["goods"] == second["goods"]
    assert second["consignee_name"] == "Aigerim Mill"
    assert world.rows("kz", "select kind, about, first, last, why from removed") == [
        ("received", "cn", 1, 1, WHY)
    ]
    (act,) = world.node("kz").state.read(lambda tx: acts(tx, world.node("kz")))
    assert act["facts"] == {"contents": [["received", "cn", 1, 1]], "why": WHY}
    sound(world)
    assert erase(world.node("kz"), NAME, FREE) == Erasure(declared=False)


def test_every_version_goes_and_the_newest_stays_without_the_name() -> None:
    world = World()
    for vehicle in ("A", "B", "C"):
        world.export("cn", "kz", "1", consignee_name=NAME, vehicle=vehicle)
    world.settle()
    assert erase(world.node("kz"), NAME, FREE).emptied == 3
    assert [(one["vehicle"], one["consignee_name"]) for one in said(world)] == [("C", ERASED)]
    assert NAME.encode() not in on_disk(world["kz"])
    world.export("cn", "kz", "1", consignee_name=NAME, vehicle="D")  # said again is said anew
    world.settle()
    assert said(world)[0]["consignee_name"] == NAME
    sound(world)


def test_what_the_law_has_kept_is_kept_and_said() -> None:
    world = World()
    world.export("cn", "kz", "1", consignee_name=NAME)
    world.settle()
    done = erase(world.node("kz"), NAME, KEEPING)
    assert (done.emptied, done.kept, done.kept_by) == (0, 1, "messages, 20 days: an act")
    assert said(world)[0]["consignee_name"] == NAME
    world.clock.at += 22 * DAY
    assert erase(world.node("kz"), NAME, KEEPING) == Erasure(declared=False, emptied=1)


def test_what_waits_or_is_parked_is_said_and_goes_afterwards() -> None:
    world = World()
    kept = world.rows("kz", "select * from register")
    world.rows("kz", "delete from register")
    world.export("cn", "kz", "1", consignee_name=NAME)
    world.export("cn", "kz", "2", consignee_name=NAME)
    world.send("cn", "kz")
    node = world.node("kz")
    assert erase(node, NAME, FREE).waiting == 2
    apply_some(node, "cn")
    assert [seq for seq, _ in world.parked("kz")] == [1, 2]
    assert erase(node, NAME, FREE).waiting == 2
    world.rows("kz", "insert into register values (?, ?, ?, ?)", *kept[0])
    drop_parked(node, "cn", 2, "a test")
    assert erase(node, NAME, FREE) == Erasure(declared=False, emptied=1, waiting=1)
    retry_parked(node, "cn")
    assert erase(node, NAME, FREE) == Erasure(declared=False, emptied=1)
    assert NAME.encode() not in on_disk(world["kz"])
    sound(world)


def test_a_name_in_what_cannot_be_understood_is_found() -> None:
    world = World()
    world.export("cn", "kz", "1", consignee_name=NAME)
    world.rows("cn", "update outbox set bytes = replace(bytes, 'R.SP.EX.01.001', 'R.SP.EX.99.001')")
    content = world.rows("cn", "select cast(bytes as blob) from outbox")[0][0]
    world.rows("kz", "insert into inbox values ('cn', 1, 0, x'', ?)", content)
    assert erase(world.node("kz"), NAME, FREE).waiting == 1


def test_what_this_node_told_is_counted() -> None:
    world = World()
    world.export("cn", "kz", "1", consignee_name=NAME)
    assert erase(world.node("cn"), NAME, FREE) == Erasure(declared=False, sent=1)


def test_who_was_declared_here_is_erased_too_and_the_unknown_are_none() -> None:
    world = World(("cn", "zz"))
    filed(world, "zz", 1, consignee_code=PERSON, consignee_name="Nur Zholy")
    assert erase(world.node("zz"), "Nur Zholy", FREE) == Erasure(declared=True)
    assert not erase(world.node("zz"), "Nur Zholy", FREE)
    assert not erase(world.node("zz"), "  ", FREE)


@pytest.mark.parametrize("count", [3, 250])
def test_many_messages_are_gone_through_page_by_page(count: int) -> None:
    world = World()
    for number in range(count):
        named = {"consignee_name": NAME} if number % 3 == 0 else {}
        world.export("cn", "kz", f"{number}", **named)
    world.settle()
    expected = len(range(0, count, 3))
    assert erase(world.node("kz"), NAME, FREE).emptied == expected
    assert sum(one["consignee_name"] == ERASED for one in said(world)) == expected
    sound(world)


def test_retention_goes_around_what_an_erasure_emptied() -> None:
    world = World()
    for number in range(1, 8):
        named = {"consignee_name": NAME} if number in {3, 6} else {}
        world.export("cn", "kz", f"{number}", **named)
    world.settle()
    node = world.node("kz")
    assert erase(node, NAME, FREE).emptied == 2
    received = world.peer("kz", "cn").received
    world.clock.at += (DAYS["messages"] + 1) * DAY
    world.export("cn", "kz", "young")
    world.settle()
    law = a_law(declarations=9000, evidence=9000, persons=9000, incidents=9000)
    assert (
        retain(node, law, world.clock.at, 2).removed["messages"]
        == received - 2 + (world.rows("kz", "select count(*) from outbox where bytes = x''")[0][0])
    )
    left = world.rows("kz", "select seq from inbox where bytes <> x'' order by seq")
    assert [row[0] for row in left] == list(
        range(received + 1, world.peer("kz", "cn").received + 1)
    )
    sound(world)
