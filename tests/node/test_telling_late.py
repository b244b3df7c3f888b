"""What could not be told when it happened is told later: once, in order, if it is still current."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import msgspec
import pytest

from silkport.kernel.errors import LimitExceeded
from silkport.model.states import Actor
from silkport.node.exchange.keys import signing_key_from
from silkport.node.exchange.outbox import Outgoing
from silkport.node.exchange.peers import set_state
from silkport.node.exchange.registers import pair_of, sign_register
from silkport.node.law.registers import shipped_register
from silkport.node.transparency.audit import audit
from silkport.node.workflow import telling_late
from silkport.node.workflow.acting import act
from silkport.node.workflow.cases import history
from silkport.node.workflow.telling_late import tell_late
from silkport.sim.nodes import COUNSEL_SEED, introduce
from tests.node.lively import filed
from tests.node.worlds import MINUTE, World

EXPORTED = {
    "procedure": "10",
    "departure_country": "ZZ",
    "destination_country": "CN",
    "consignor_country": "ZZ",
    "consignee_country": "CN",
}


def unsigned() -> World:
    """Two nodes; no counsel has signed anything at zz."""
    world = World(("cn", "zz"))
    world.rows("zz", "delete from register")
    return world


def sign(world: World) -> None:
    world["zz"].sign("cn")


def catch_up(world: World) -> int:
    """How many stretches it took."""
    count = 0
    while done := tell_late(world.node("zz")):
        count += done
    return count


def queued(world: World, peer: str = "cn") -> list[tuple[str, dict[str, Any]]]:
    rows = world.rows("zz", "select kind, bytes from outbox where peer = ? order by seq", peer)
    return [(kind, msgspec.json.decode(content)["body"]) for kind, content in rows]


def decide(world: World, case: str, event: str) -> None:
    one = world["zz"]
    act(one.node, one.office, case, event, actor=Actor.OFFICER, who="Chen", reason="a test")


def sound(world: World) -> None:
    for one in world.nodes.values():
        assert list(audit(one.node, lambda *_: None).faults) == []


def test_nothing_is_told_late_where_everything_was_told() -> None:
    world = World(("cn", "zz"))
    filed(world, "zz", 1)
    before = queued(world)
    catch_up(world)
    assert queued(world) == before
    assert catch_up(world) == 0  # and nothing more to look at


def test_what_happened_before_the_signature_is_told_after_it_in_order() -> None:
    world = unsigned()
    cases = [filed(world, "zz", number) for number in (3, 1, 2)]
    assert queued(world) == []
    assert catch_up(world) == 0  # still unsigned
    decided_at = world.clock.at
    world.clock.at += MINUTE
    sign(world)
    catch_up(world)
    told = queued(world)
    assert [kind for kind, _ in told] == ["import_registered", "import_decision"] * 3
    assert [body["declaration_no"] for _, body in told[::2]] == [f"ZZ/2026/{n}" for n in (3, 1, 2)]
    assert {body["decided_at"] for _, body in told[1::2]} == {decided_at}

    notes = world.node("zz").state.read(lambda tx: history(tx, cases[0]))[3:]
    assert [(one["event"], one["tells"], one["told"]) for one in notes] == [
        ("neighbour", "import_registered", ["cn"]),
        ("neighbour", "import_decision", ["cn"]),
    ]
    world.settle()
    assert world.parked("cn") == []
    sound(world)


@pytest.mark.parametrize("again", ["look", "sign", "wake"])
def test_it_is_told_once(again: str) -> None:
    world = unsigned()
    filed(world, "zz", 1)
    sign(world)
    catch_up(world)
    before = queued(world)
    if again == "sign":
        world.clock.at += MINUTE
        sign(world)
        assert catch_up(world) > 0
    elif again == "wake":
        world["zz"].wake()
    catch_up(world)
    assert queued(world) == before
    assert len(before) == 2


def test_a_peer_that_is_added_later_learns_what_is_current() -> None:
    world = World(("zz",))
    filed(world, "zz", 1)
    world.add("cn")
    introduce([*world.nodes.values()])
    catch_up(world)
    assert [kind for kind, _ in queued(world)] == ["import_registered", "import_decision"]
    second = world.add("cn-second")
    introduce([world["zz"], second])  # the register is signed anew as well
    catch_up(world)
    assert [kind for kind, _ in queued(world, "cn-second")] == [
        "import_registered",
        "import_decision",
    ]
    assert len(queued(world)) == 2


def test_a_suspended_peer_is_offered_nothing_until_it_is_resumed() -> None:
    world = unsigned()
    filed(world, "zz", 1)
    sign(world)
    world.node("zz").state.write(lambda tx: set_state(tx, "cn", "suspended", "by order"))
    assert catch_up(world) == 0
    world.node("zz").state.write(lambda tx: set_state(tx, "cn", "active", ""))
    catch_up(world)
    assert len(queued(world)) == 2


def test_only_the_newest_decision_is_told() -> None:
    world = unsigned()
    case = filed(world, "zz", 1)
    world.clock.at += MINUTE
    decide(world, case, "cancel")
    sign(world)
    catch_up(world)
    told = queued(world)
    assert [kind for kind, _ in told] == ["import_registered", "import_decision"]
    assert told[1][1]["decision"] == "withdrawn"
    assert told[1][1]["decided_at"] == world.clock.at


@pytest.mark.parametrize(
    ("before", "after", "kinds"),
    [
        ((), (), ["export_released"]),
        (("cancel",), (), []),  # of what never left nothing is told
        ((), ("cancel",), ["export_released", "export_amended"]),
    ],
)
def test_of_exports_what_left(
    before: tuple[str, ...], after: tuple[str, ...], kinds: list[str]
) -> None:
    world = unsigned()
    case = filed(world, "zz", 1, **EXPORTED)
    for event in before:
        decide(world, case, event)
    sign(world)
    catch_up(world)
    for event in after:
        decide(world, case, event)
    catch_up(world)
    assert [kind for kind, _ in queued(world)] == kinds


def test_a_cancellation_that_could_not_be_told_is_told() -> None:
    """The release was told; then the register was void for a while."""
    world = World(("cn", "zz"))
    case = filed(world, "zz", 1, **EXPORTED)
    world.rows("zz", "delete from register")
    decide(world, case, "cancel")
    sign(world)
    catch_up(world)
    told = queued(world)
    assert [kind for kind, _ in told] == ["export_released", "export_amended"]
    assert told[1][1]["act"] == "cancelled"


def test_of_a_house_declared_twice_the_newer_news_stands() -> None:
    world = unsigned()
    first = filed(world, "zz", 1)
    decide(world, first, "cancel")
    world.clock.at += MINUTE
    filed(world, "zz", 2, consignment_no="ZZ-2026-1")
    sign(world)
    catch_up(world)
    assert [body["declaration_no"] for _, body in queued(world)] == ["ZZ/2026/2"] * 2


def test_what_the_register_does_not_allow_waits_for_the_next_signature() -> None:
    world = unsigned()
    filed(world, "zz", 1)
    text = shipped_register("zz", "cn")
    lines = text.splitlines()
    less = "\n".join(one for one in lines if not one.startswith("import_decision = "))
    node, pair = world.node("zz"), pair_of("zz", "cn")

    def put(content: str) -> None:
        counsel = signing_key_from(COUNSEL_SEED)
        node.state.write(lambda tx: sign_register(tx, node, pair, content, counsel))

    put(less)
    catch_up(world)
    assert [kind for kind, _ in queued(world)] == ["import_registered"]
    put(text)
    catch_up(world)
    assert [kind for kind, _ in queued(world)] == ["import_registered", "import_decision"]


def test_a_stretch_is_bounded_and_a_crash_repeats_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling_late, "MAX_TOLD_LATE_AT_ONCE", 4)
    world = unsigned()
    for number in range(1, 7):
        filed(world, "zz", number)
    sign(world)
    one = world["zz"]
    counts = []
    while tell_late(one.node):
        counts.append(len(queued(world)))
        one.wake()
    assert counts[0] == 4
    assert max(b - a for a, b in pairwise(counts)) <= 4
    assert counts[-1] == 12
    sound(world)


def test_what_cannot_be_queued_is_noted_and_holds_up_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = unsigned()
    filed(world, "zz", 1)
    filed(world, "zz", 2)
    sign(world)
    real = telling_late.queue

    def fails_once(*arguments: Any) -> int:
        messages: list[Outgoing] = arguments[3]
        if messages[0].body.get("declaration_no") == "ZZ/2026/1":
            raise LimitExceeded(source="a test", limit=1, reason="it is one")
        return real(*arguments)

    monkeypatch.setattr(telling_late, "queue", fails_once)
    catch_up(world)
    assert {body["declaration_no"] for _, body in queued(world)} == {"ZZ/2026/2"}
    assert "SP-1103" in world.codes("zz")
