"""Peers that lost their keys or were made anew, and certificates that come to their end."""

from __future__ import annotations

from functools import partial

import pytest

from silkport.kernel.errors import InvalidValue
from silkport.kernel.exchange_errors import UnknownPeer, WrongSignature
from silkport.node.exchange.applying import drop_parked
from silkport.node.exchange.inbox import receive
from silkport.node.exchange.peers import (
    add_peer,
    card,
    current_key,
    ends_at,
    key_for,
    own_keys,
    peer_of,
    trusted_certificates,
)
from silkport.node.exchange.records import acts
from silkport.node.exchange.rotating import RENEW_DAYS, promote, renew
from silkport.node.home import CERTIFICATE_DAYS
from silkport.node.standing import standing
from silkport.node.transparency.log import RECEIVED
from silkport.node.transparency.proving import check_proof, prove_message
from tests.node.restored import Mended, exchange
from tests.node.worlds import DAY, HOUR, deliver, forged, message, own_key, shown_by


@pytest.fixture
def world() -> Mended:
    return Mended(("cn", "kz"))


def shown(world: Mended, name: str) -> bytes:
    node = world.node(name)
    return node.state.read(lambda tx: card(tx, node, name, f"https://{name}.simulated:1"))


def made_anew(world: Mended, name: str) -> None:
    """Nothing is left of a node; its operator makes one of the same name."""
    other = Mended((name,), seed=2)
    other[name].now = world.clock
    world.nodes[name] = other[name]
    other[name].wake()


def test_another_key_is_refused_and_the_way_is_named(world: Mended) -> None:
    made_anew(world, "kz")
    node, content = world.node("cn"), shown(world, "kz")
    with pytest.raises(InvalidValue, match="--replace"):
        node.state.write(lambda tx: add_peer(tx, node, content))


def test_a_card_of_another_administration_replaces_nothing(world: Mended) -> None:
    made_anew(world, "kz")
    node = world.node("cn")
    world["cn"].connection.execute("update peer set administration = 'zz'")
    with pytest.raises(InvalidValue, match="applies the law of kz, not zz"):
        node.state.write(lambda tx: add_peer(tx, node, shown(world, "kz"), replace=True))


def test_a_peer_made_anew_gets_back_all_it_knew(world: Mended) -> None:
    exchange(world, "1", "2", "3")
    old, before = own_key(world, "kz"), world.sent("kz", "cn")
    batch = forged(world, "kz", "cn", [message(world, "kz", "cn", "capacity_notice", {})])
    certificate = shown_by(world, "kz", "cn")
    made_anew(world, "kz")
    world.replace("kz", "cn")
    world["kz"].sign("cn")
    assert world.export("kz", "cn", "4") == 0, "no number before its peer was asked"
    assert world.send("kz", "cn") == 0
    assert world.codes("cn")[0] == "SP-5201", "its key is not known"

    world.clock.at += 1
    world.replace("cn", "kz")
    for _ in range(2):
        world.clock.at += HOUR
        assert world.send("kz", "cn") == 0
    assert "resume kz --restored --as cn" in world.peer("kz", "cn").last_error
    restored = world.accept("cn", "kz")
    assert (restored.first, restored.last, restored.received) == (1, len(before), 0)
    for house in ("5", "6"):
        world.clock.at += HOUR
        exchange(world, house)
    world.agree()
    assert world.sent("kz", "cn")[: len(before)] == before
    assert b'"house_no":"4"' in world.sent("kz", "cn")[len(before)][1]

    with pytest.raises(UnknownPeer):
        receive(world.node("cn"), certificate, batch.body)
    with pytest.raises(WrongSignature):
        deliver(world, "kz", "cn", batch.body)
    rows = world.rows("cn", "select key_id, stop from peer_key where peer = 'kz' order by since")
    assert [row[0] for row in rows] == [old.key_id, own_key(world, "kz").key_id]
    assert rows[0][1] < world.clock.at < rows[1][1]
    node = world.node("cn")
    done = node.state.read(lambda tx: acts(tx, node))
    assert [one["act"] for one in done] == ["peer_replaced", "restoration_accepted"]
    assert done[0]["facts"]["former"] == [old.key_id]


def test_what_was_signed_with_the_old_key_is_still_proven(world: Mended) -> None:
    exchange(world, "1")
    old = own_key(world, "kz").public
    made_anew(world, "kz")
    world.replace("cn", "kz")
    proof = prove_message(world.node("cn"), RECEIVED, "kz", 1)
    assert check_proof(proof, {"cn": [own_key(world, "cn").public], "kz": [old]}) == []


def test_the_same_card_with_replace_changes_no_key(world: Mended) -> None:
    exchange(world, "1")
    world.replace("cn", "kz")
    exchange(world, "2")
    world.agree()


def test_a_peer_that_changed_keys_since_the_backup(world: Mended) -> None:
    exchange(world, "1")
    kept = world.kept("cn")
    world.rotate("kz")
    exchange(world, "2")
    world.clock.at += 10 * DAY
    world.restore("cn", kept)
    world.clock.at += HOUR
    world.replace("cn", "kz")
    for _ in range(2):
        world.send("cn", "kz")
    world.accept("kz", "cn")
    world.clock.at += HOUR
    world.settle()
    for seq, code in world.parked("cn"):  # the change of keys came by card and by message
        assert code == "SP-5212"
        drop_parked(world.node("cn"), "kz", seq, "it came by card")
    exchange(world, "3", "4")
    world.agree()


def test_a_restored_node_with_keys_from_before_a_change(world: Mended) -> None:
    """The peer has stopped to trust the key of the backup; its operator trusts it again."""
    exchange(world, "1")
    kept, old = world.kept("cn"), own_key(world, "cn")
    world.rotate("cn")
    exchange(world, "2")
    world.clock.at += 10 * DAY
    exchange(world, "3")
    world.restore("cn", kept)
    assert world.send("cn", "kz") == 0
    assert world.codes("kz")[0] == "SP-5201"
    world.clock.at += HOUR
    world.replace("kz", "cn")
    for _ in range(2):
        world.send("cn", "kz")
        world.clock.at += HOUR
    world.accept("kz", "cn")
    exchange(world, "4", "5")
    world.clock.at += HOUR
    exchange(world, "6")
    world.agree()
    assert own_key(world, "cn") == old


# Certificates.


def days_left(world: Mended, name: str) -> int:
    node = world.node(name)
    return int(node.state.read(lambda tx: standing(tx, node))["certificate_days"])


def upkeep(world: Mended, name: str) -> None:
    """What a serving node does each second."""
    node = world.node(name)
    node.state.write(partial(renew, node=node))
    node.state.write(partial(promote, node=node))


def test_a_certificate_is_renewed_before_its_end(world: Mended) -> None:
    exchange(world, "1")
    upkeep(world, "cn")
    node = world.node("cn")
    assert len(node.state.read(lambda tx: own_keys(tx, node))) == 1, "not before its time"
    world.clock.at += (CERTIFICATE_DAYS - 1 - RENEW_DAYS) * DAY
    upkeep(world, "cn")
    assert len(node.state.read(lambda tx: own_keys(tx, node))) == 1
    world.clock.at += DAY
    for _ in range(3):
        upkeep(world, "cn")
        world.settle()
        world.clock.at += HOUR
    assert [one.state for one in node.state.read(lambda tx: own_keys(tx, node))] == [
        "former",
        "current",
    ]
    assert days_left(world, "cn") > CERTIFICATE_DAYS - 3
    pems = world.node("kz").state.read(lambda tx: trusted_certificates(tx, world.clock.at))
    assert node.state.read(lambda tx: current_key(tx, node).certificate) in pems
    world.clock.at += RENEW_DAYS * DAY
    exchange(world, "2")
    world.agree()


def test_a_certificate_that_ended_is_replaced_by_card(world: Mended) -> None:
    exchange(world, "1")
    world.clock.at += (CERTIFICATE_DAYS + 1) * DAY
    node = world.node("cn")
    upkeep(world, "cn")
    key = node.state.read(lambda tx: key_for(tx, node, "kz"))
    assert ends_at(key.certificate) > world.clock.at, "nobody takes one that has ended"
    assert key.state == "current"
    world.clock.at += HOUR
    world.replace("kz", "cn")
    world.export("cn", "kz", "2")
    for _ in range(2):
        world.settle()
        world.clock.at += HOUR
    assert world.peer("cn", "kz").taken == world.peer("cn", "kz").queued
    peer = node.state.read(lambda tx: peer_of(tx, "kz"))
    assert peer.last_error == ""
