"""What was told to whom about a party, and on which legal basis."""

from __future__ import annotations

from datetime import date

import pytest

from silkport.kernel.exchange_errors import UnknownPeer
from silkport.node.transparency.disclosed import disclosed
from tests.node.worlds import BEGIN, EXPORT, MINUTE, World


@pytest.fixture
def world() -> World:
    made = World(("cn", "kz", "zz"))
    made.export("cn", "kz", "1", invoice_total="12.5")
    made.clock.at += MINUTE
    made.export("cn", "zz", "2", consignee_name="  BO & sons ", consignor_name="Other")
    made.export("cn", "kz", "3", consignor_name="Other", consignee_name="Nobody")
    made.tell("cn", "kz", "import_decision", {
        "consignment_no": "K", "declaration_no": "1", "decision": "released", "decided_at": 1,
    })  # fmt: skip
    return made


def test_everything_told_about_a_party(world: World) -> None:
    told = disclosed(world.node("cn"), "Bo & Sons")
    assert [(one.peer, one.seq, one.named_as) for one in told] == [
        ("kz", 1, ("consignor_name",)),
        ("zz", 1, ("consignee_name",)),
    ]
    first = told[0]
    assert (first.kind, first.at) == ("export_released", BEGIN)
    assert first.told == tuple(sorted(EXPORT))
    assert first.withheld == ("invoice_total",)
    assert (first.batch, first.received_at) == (None, None)
    assert (first.index, first.size) == (1, 7)
    for row in world.rows("cn", "select record from disclosure"):
        assert b"Bo" not in row[0]
        assert b"Other" not in row[0]


def test_the_basis_is_named(world: World) -> None:
    (told, _) = disclosed(world.node("cn"), "bo & sons")
    (ground,) = told.grounds
    assert ground.id == "cn_kz-EX-01"
    assert "6 June 2019" in ground.act
    assert "control" in ground.purpose
    assert ground.start == date(2020, 11, 21)
    assert (ground.confidence, ground.stop) == ("unverified", date.max)


def test_when_it_was_received(world: World) -> None:
    world.clock.at += MINUTE
    world.settle()
    (told, _) = disclosed(world.node("cn"), "Bo & Sons")
    assert (told.batch, told.received_at) == ((1, 3), BEGIN + 2 * MINUTE)


def test_to_one_peer(world: World) -> None:
    node = world.node("cn")
    assert [one.peer for one in disclosed(node, "Bo & Sons", "zz")] == ["zz"]
    assert [one.seq for one in disclosed(node, "Other", "kz")] == [2]
    with pytest.raises(UnknownPeer):
        disclosed(node, "Bo & Sons", "nobody")


@pytest.mark.parametrize("about", ["", "  ", "Bo", "Bo & Sons Ltd", "consignor_name"])
def test_about_whom_nothing_was_told(world: World, about: str) -> None:
    assert disclosed(world.node("cn"), about) == []


def test_the_receiver_tells_nothing_of_it(world: World) -> None:
    world.settle()
    assert disclosed(world.node("kz"), "Bo & Sons") == []


def test_a_basis_that_is_no_longer_in_the_register(world: World) -> None:
    world.rows("cn", "delete from register where pair = 'cn_kz'")
    (told, other) = disclosed(world.node("cn"), "Bo & Sons")
    assert [(one.id, one.act) for one in told.grounds] == [("cn_kz-EX-01", "")]
    assert other.grounds[0].act
