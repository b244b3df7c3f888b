"""Changes of keys while messages are under way, and who is away meanwhile."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from silkport.kernel.canonical import canonical_bytes
from silkport.kernel.errors import InvalidValue
from silkport.kernel.exchange_errors import UnknownPeer, WrongSignature
from silkport.kernel.limits import MAX_KEYS_OF_PEER
from silkport.node.exchange.applying import Applied, apply_some, retry_parked
from silkport.node.exchange.effects import OVERLAP_MS
from silkport.node.exchange.inbox import receive
from silkport.node.exchange.keys import key_id_of, signing_key_from
from silkport.node.exchange.peers import key_for, own_keys, set_state, trusted_certificates
from silkport.node.exchange.rotating import LATEST_MS
from silkport.node.home import certificate_for
from silkport.node.transparency.audit import audit
from silkport.sim.nodes import COUNSEL_SEED, HOSTS
from tests.node.certificates import an_authority
from tests.node.worlds import (
    DAY,
    HOUR,
    MINUTE,
    World,
    deliver,
    forged,
    message,
    own_key,
    shown_by,
)


@pytest.fixture
def world() -> World:
    return World(("cn", "kz", "zz"))


def signs(world: World, name: str, to: str) -> str:
    """The key with which a node signs for another."""
    node = world.node(name)
    return node.state.read(lambda tx: key_for(tx, node, to).key.key_id)


def states(world: World, name: str) -> list[str]:
    node = world.node(name)
    return [one.state for one in node.state.read(lambda tx: own_keys(tx, node))]


def sound(world: World) -> None:
    """An audit of every node passes."""
    for name in world.nodes:
        result = audit(world.node(name), lambda *_: None)
        assert result.is_sound, result.faults


def test_a_change_with_messages_under_way(world: World) -> None:
    old = own_key(world, "cn")
    world.export("cn", "kz", "1")
    new = world.rotate("cn")
    world.export("cn", "kz", "2")
    assert (signs(world, "cn", "kz"), states(world, "cn")) == (old.key_id, ["current", "next"])
    world.pass_on("cn", "kz")
    world.pass_on("kz", "cn")  # its first proof begins too early
    world.pass_on("kz", "cn")
    assert signs(world, "cn", "kz") == new.key_id
    assert signs(world, "cn", "zz") == old.key_id, "each peer by itself"
    assert states(world, "cn") == ["current", "next"]
    world.export("cn", "kz", "3")
    world.settle()
    assert states(world, "cn") == ["former", "current"]
    assert own_key(world, "cn").key_id == new.key_id
    heads = world.rows("kz", "select distinct key_id from log_head where origin = 'cn'")
    assert {row[0] for row in heads} == {old.key_id, new.key_id}
    assert world.peer("kz", "cn").considered == 4
    assert [world.incidents(name) for name in world.nodes] == [[], [], []]
    sound(world)


def test_a_change_comes_through_without_other_traffic(world: World) -> None:
    world.rotate("cn")
    world.settle()
    assert states(world, "cn") == ["former", "current"]


def test_only_one_change_at_a_time(world: World) -> None:
    world.rotate("cn")
    with pytest.raises(InvalidValue, match="a change is under way"):
        world.rotate("cn")
    world.settle()
    second = world.rotate("cn")
    world.settle()
    assert (states(world, "cn"), own_key(world, "cn")) == (["former", "former", "current"], second)
    world.export("cn", "kz")
    world.settle()
    sound(world)


def test_no_more_changes_than_peers_take(world: World) -> None:
    """What they would park is refused where it begins, and possible again days later."""
    for _ in range(MAX_KEYS_OF_PEER - 2):
        world.rotate("cn")
        world.settle()
    with pytest.raises(InvalidValue, match=f"no more than {MAX_KEYS_OF_PEER} keys at once"):
        world.rotate("cn")
    world.clock.at += OVERLAP_MS + LATEST_MS
    key = world.rotate("cn")
    world.settle()
    assert own_key(world, "cn") == key
    assert [world.parked(name) for name in world.nodes] == [[], [], []]


def test_a_clock_that_was_ahead_keeps_nobody_from_changing_keys(world: World) -> None:
    world.clock.at += 365 * DAY
    world.rotate("cn")
    world.settle()
    world.clock.at -= 364 * DAY
    for _ in range(MAX_KEYS_OF_PEER + 2):
        world.rotate("cn")
        world.settle()
        world.clock.at += 8 * DAY
    assert [world.parked(name) for name in world.nodes] == [[], [], []]


def test_changes_within_one_moment_stay_in_order(world: World) -> None:
    """The clock stands still, or was set back in between."""
    keys = [own_key(world, "cn").key_id]
    for step in (0, -HOUR, 0):
        world.clock.at += step
        keys.append(world.rotate("cn").key_id)
        world.settle()
    node = world.node("cn")
    assert [one.key.key_id for one in node.state.read(lambda tx: own_keys(tx, node))] == keys
    assert signs(world, "cn", "kz") == keys[-1]


def test_the_former_key_counts_for_a_while(world: World) -> None:
    old = world.node("cn").state.read(lambda tx: key_for(tx, world.node("cn"), "kz"))
    certificate = shown_by(world, "cn", "kz")
    world.rotate("cn")
    world.settle()

    def by_the_former_key() -> bytes:
        batch = forged(world, "cn", "kz", [message(world, "cn", "kz", "capacity_notice", {})])
        return replace(batch, key=old.key, header=replace(batch.header, key_id=old.key.key_id)).body

    receive(world.node("kz"), certificate, by_the_former_key())
    world.clock.at += OVERLAP_MS - 1
    receive(world.node("kz"), certificate, by_the_former_key())
    pems = world.node("kz").state.read(lambda tx: trusted_certificates(tx, world.clock.at))
    assert old.certificate in pems
    world.clock.at += 1
    with pytest.raises(UnknownPeer):
        receive(world.node("kz"), certificate, by_the_former_key())
    with pytest.raises(WrongSignature):
        deliver(world, "cn", "kz", by_the_former_key())
    pems = world.node("kz").state.read(lambda tx: trusted_certificates(tx, world.clock.at))
    assert old.certificate not in pems


def test_a_peer_suspended_meanwhile_is_told_under_the_key_it_knows(world: World) -> None:
    first = own_key(world, "cn")
    for name, other in (("cn", "kz"), ("kz", "cn")):
        world.node(name).state.write(partial(set_state, peer=other, state="suspended", reason=""))
    world.rotate("cn")
    world.settle()
    assert states(world, "cn") == ["former", "current"], "it holds up nobody"
    world.clock.at += 30 * DAY
    second = world.rotate("cn")
    world.settle()
    world.clock.at += 30 * DAY
    world.export("cn", "kz")
    for name, other in (("cn", "kz"), ("kz", "cn")):
        world.node(name).state.write(partial(set_state, peer=other, state="active", reason=""))
    assert signs(world, "cn", "kz") == first.key_id
    world.settle()
    assert signs(world, "cn", "kz") == second.key_id
    assert world.peer("kz", "cn").considered == 3
    world.export("cn", "kz")
    world.settle()
    assert world.peer("kz", "cn").considered == 4
    sound(world)


def test_a_dead_peer_does_not_hold_up_a_change_for_ever(world: World) -> None:
    old = own_key(world, "cn")
    zz = world.nodes.pop("zz")
    new = world.rotate("cn")
    world.settle()
    assert (signs(world, "cn", "kz"), signs(world, "cn", "zz")) == (new.key_id, old.key_id)
    assert states(world, "cn") == ["current", "next"]
    world.clock.at += LATEST_MS + MINUTE
    world.settle()
    assert states(world, "cn") == ["former", "current"]
    assert LATEST_MS < OVERLAP_MS, "the others still trust the former certificate until then"
    world.clock.at += 30 * DAY
    world.nodes["zz"] = zz
    assert signs(world, "cn", "zz") == old.key_id
    world.settle()
    assert signs(world, "cn", "zz") == new.key_id
    world.tell(
        "cn",
        "zz",
        "capacity_notice",
        {
            "post": "KHG",
            "day": "2026-09-21",
            "direction": "import",
            "vehicles": 200,
        },
    )
    world.settle()
    assert world.parked("zz") == []


def test_a_change_that_the_peer_parks_does_not_count_with_it(world: World) -> None:
    """Its register was not signed when the change came; after a retry all goes on."""
    old = own_key(world, "cn")
    world.rows("kz", "update register set since = 1, content = content || ' ' where pair = 'cn_kz'")
    new = world.rotate("cn")
    world.export("cn", "kz", "1")
    world.settle()
    assert world.parked("kz") == [(1, "SP-5214"), (2, "SP-5214")]
    world.rows("kz", "update register set content = substr(content, 1, length(content) - 1)")
    world.export("cn", "kz", "2")
    world.settle()
    assert signs(world, "cn", "kz") == old.key_id
    assert world.peer("kz", "cn").considered == 3
    assert retry_parked(world.node("kz"), "cn") == Applied(2, 0)
    world.settle()
    assert signs(world, "cn", "kz") == new.key_id
    world.export("cn", "kz", "3")
    world.settle()
    assert world.peer("kz", "cn").considered == 4


def test_a_peer_that_comes_during_a_change_learns_of_it() -> None:
    world = World(("cn", "kz"))
    old = own_key(world, "cn")
    new = world.rotate("cn")
    world.add("zz")
    world["zz"].meet(world["cn"])
    world["cn"].meet(world["zz"])
    assert signs(world, "cn", "zz") == old.key_id
    world.settle()
    assert own_key(world, "cn").key_id == new.key_id
    assert signs(world, "cn", "zz") == new.key_id
    world.settle()
    assert [world.incidents(name) for name in world.nodes] == [[], [], []]


def test_a_peer_without_a_register_is_told_when_there_is_one() -> None:
    world = World(("cn", "kz"))
    old = own_key(world, "cn")
    kept = world.rows("cn", "select * from register")
    world.rows("cn", "delete from register")
    new = world.rotate("cn")
    world.settle()
    assert own_key(world, "cn").key_id == new.key_id, "nothing is exchanged with it anyway"
    assert signs(world, "cn", "kz") == old.key_id
    assert [(one.code, one.times) for one in world.incidents("cn")] == [("SP-5214", 1)]
    world.rows("cn", "insert into register values (?, ?, ?, ?)", *kept[0])
    world.settle()
    assert signs(world, "cn", "kz") == new.key_id


# What is no change of keys.


def change(
    world: World, of: str = "cn", *, seed: bytes = bytes([7] * 32), pem: str = ""
) -> dict[str, object]:
    """A change of keys that is in order."""
    node, key = world.node(of), signing_key_from(seed)
    own = node.state.read(lambda tx: own_keys(tx, node))[-1]
    pem = pem or fresh_certificate(world, of)
    assert own.certificate != pem
    stated = {"certificate": pem, "node": of, "public": key.public.hex()}
    proof = key.sign("key-change", canonical_bytes(stated)).hex()
    return {"certificate": pem, "public": key.public.hex(), "proof": proof}


def fresh_certificate(world: World, of: str) -> str:
    return certificate_for(world.node(of), HOSTS, world[of].chance(32))


def considered(world: World, body: object) -> str:
    """The reason for which a change is parked; "" when it is taken."""
    contents = [message(world, "cn", "kz", "key_change", body)]
    deliver(world, "cn", "kz", forged(world, "cn", "kz", contents).body)
    apply_some(world.node("kz"), "cn")
    rows = world.rows("kz", "select reason from parked")
    return str(rows[0][0]) if rows else ""


def test_a_change_in_order(world: World) -> None:
    assert considered(world, change(world)) == ""
    keys = world.rows("kz", "select key_id, stop from peer_key where peer = 'cn' order by stop")
    assert [row[1] for row in keys] == [world.clock.at + OVERLAP_MS, 2**53 - 1]
    assert keys[1][0] == key_id_of(signing_key_from(bytes([7] * 32)).public)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"proof": "00" * 64}, "signature of the change of keys"),
        ({"proof": "zz"}, "new key cannot be read"),
        ({"public": "00" * 32}, "signature of the change of keys"),
        ({"public": "0"}, "new key cannot be read"),
        ({"certificate": "none"}, "new key cannot be read"),
        ({"public": signing_key_from(COUNSEL_SEED).public.hex()}, "signature of the change"),
    ],
)
def test_no_change(world: World, changes: dict[str, str], words: str) -> None:
    assert words in considered(world, change(world) | changes)
    assert len(world.rows("kz", "select * from peer_key where peer = 'cn'")) == 1


def test_a_proof_of_another_node_is_none(world: World) -> None:
    assert "signature of the change" in considered(world, change(world, "zz"))


def test_nobody_takes_the_certificate_of_another_peer(world: World) -> None:
    node = world.node("zz")
    pem = node.state.read(lambda tx: own_keys(tx, node))[0].certificate
    assert "its common name is not that of the peer" in considered(world, change(world, pem=pem))
    deliver(world, "zz", "kz", forged(world, "zz", "kz", [b"{}"]).body)


def test_a_certificate_that_could_sign_others_is_not_pinned(world: World) -> None:
    """It would make the node unable to serve anybody."""
    assert "signs no others" in considered(world, change(world, pem=an_authority("cn")))


def test_no_way_back_to_a_former_key(world: World) -> None:
    assert considered(world, change(world)) == ""
    assert "in use before" in considered(world, change(world))
    world.clock.at += MINUTE
