"""What may be said: the register that counsel signed, the competence of both sides."""

from __future__ import annotations

import json
from functools import partial

import pytest

from silkport.kernel.canonical import canonical_bytes
from silkport.kernel.errors import InvalidValue
from silkport.kernel.exchange_errors import NotCompetent, OutsideRegister, RegisterUnsigned
from silkport.model.messages import Competence
from silkport.node.exchange.applying import Applied, apply_some, retry_parked
from silkport.node.exchange.keys import signing_key_from
from silkport.node.exchange.registers import register_with, sign_register, signed_registers
from silkport.node.law.registers import shipped_register
from silkport.sim.nodes import COUNSEL_SEED
from tests.node.worlds import EXPORT, World, deliver, forged, message

COUNSEL = signing_key_from(COUNSEL_SEED)
CONFIDENTIAL = {"currency": "USD", "invoice_total": "100.00", "incoterms": "DAP"}
ARRIVAL = {"consignment_no": "KHG-000015", "house_no": "1", "post": "KHG", "arrived_at": 1}


@pytest.fixture
def world() -> World:
    return World(("cn", "kz"))


def bring(world: World, kind: str, body: object) -> Applied:
    """Lets the receiver apply a message that the sender's node would not have written."""
    written = message(world, "cn", "kz", kind, body)
    deliver(world, "cn", "kz", forged(world, "cn", "kz", [written]).body)
    return apply_some(world.node("kz"), "cn")


def test_a_field_outside_the_register_stays_home(world: World) -> None:
    world.export("cn", "kz", **CONFIDENTIAL)
    world.settle()
    (row,) = world.rows("kz", "select bytes from inbox")
    body = json.loads(row[0])["body"]
    assert body == EXPORT
    (record,) = world.rows("cn", "select record from disclosure")
    assert json.loads(record[0])["withheld"] == sorted(CONFIDENTIAL)
    assert world.incidents("cn") == world.incidents("kz") == []


@pytest.mark.parametrize("name", CONFIDENTIAL)
def test_a_sender_that_does_not_keep_it_home_is_parked(world: World, name: str) -> None:
    body = EXPORT | {name: CONFIDENTIAL[name]}
    assert bring(world, "export_released", body) == Applied(0, 1)
    assert world.parked("kz") == [(1, "SP-5210")]
    (row,) = world.rows("kz", "select reason from parked")
    assert f"nothing lets {name} of export_released pass from cn to kz" in row[0]


def test_a_field_within_rows(world: World) -> None:
    goods = [{"gnum": 1, "hs_code": "1101001500", "total": "12.5"}]
    assert bring(world, "export_released", EXPORT | {"goods": goods}) == Applied(0, 1)
    (row,) = world.rows("kz", "select reason from parked")
    assert "goods.total" in row[0]
    world.export("cn", "kz", goods=goods)
    (sent,) = world.rows("cn", "select bytes from outbox")
    assert json.loads(sent[0])["body"]["goods"] == [{"gnum": 1, "hs_code": "1101001500"}]


def test_a_kind_without_a_basis_is_not_sent(world: World) -> None:
    result = {"consignment_no": "K", "inspection_no": "1", "body": "customs", "inspected_at": 1}
    with pytest.raises(OutsideRegister, match="no basis lets"):
        world.tell("cn", "kz", "inspection_result", result | {"finding": "conforms"})
    assert world.rows("cn", "select * from outbox") == []
    assert world.rows("cn", "select * from log_run") == []
    assert world.peer("cn", "kz").queued == 0


# Competence.


def test_a_node_does_not_say_what_is_not_its_to_say() -> None:
    world = World(("cn", "kz"), competence={"cn": frozenset({Competence.CARRIER})})
    with pytest.raises(NotCompetent, match=r"cn has the competence carrier; export_released needs"):
        world.export("cn", "kz")
    assert bring(world, "export_released", EXPORT) == Applied(0, 1)
    assert world.parked("kz") == [(1, "SP-5209")]
    assert world.codes("kz") == ["SP-5209"]


def test_an_act_outside_its_competence_is_no_act_of_the_rest() -> None:
    """A checkpoint reports arrivals; it releases nothing."""
    post = frozenset({Competence.CHECKPOINT})
    world = World(("cn", "kz"), competence={"cn": post})
    assert world.peer("kz", "cn").competence == post
    assert bring(world, "export_released", EXPORT) == Applied(0, 1)
    done = bring(
        world,
        "capacity_notice",
        {
            "post": "KHG",
            "day": "2026-09-21",
            "direction": "import",
            "vehicles": 200,
        },
    )
    assert (done, world.parked("kz")) == (Applied(1, 0), [(1, "SP-5209")])


# Counsel's signature.


def test_nothing_leaves_without_a_signed_register(world: World) -> None:
    world.rows("cn", "delete from register")
    with pytest.raises(RegisterUnsigned, match="cn_kz"):
        world.export("cn", "kz")
    assert world.rows("cn", "select * from outbox") == []


def test_nothing_counts_without_a_signed_register(world: World) -> None:
    kept = world.rows("kz", "select * from register")
    world.rows("kz", "delete from register")
    world.export("cn", "kz")
    world.send("cn", "kz")
    assert apply_some(world.node("kz"), "cn") == Applied(0, 1)
    assert world.parked("kz") == [(1, "SP-5214")]
    assert world.codes("kz") == ["SP-5214"], "the receipt could not be queued either"
    world.rows("kz", "insert into register values (?, ?, ?, ?)", *kept[0])
    assert retry_parked(world.node("kz"), "cn") == Applied(1, 0)
    world.settle()
    assert world.peer("cn", "kz").considered_there == 1


def test_only_the_counsel_of_the_node_signs(world: World) -> None:
    node, other = world.node("cn"), signing_key_from(bytes(32))
    text = shipped_register("cn", "kz")
    with pytest.raises(InvalidValue, match="not the key of this node's counsel"):
        node.state.write(lambda tx: sign_register(tx, node, "cn_kz", text, other))
    wrong = shipped_register("cn", "zz")
    with pytest.raises(InvalidValue, match="it is the register of cn_zz"):
        node.state.write(lambda tx: sign_register(tx, node, "cn_kz", wrong, COUNSEL))


def forged_register(world: World) -> None:
    """Somebody else signs, past the command."""
    (row,) = world.rows("kz", "select content from register")
    stated = {"at": world.clock.at, "content": row[0], "pair": "cn_kz"}
    signature = signing_key_from(bytes(32)).sign("register", canonical_bytes(stated)).hex()
    signed = canonical_bytes({"at": world.clock.at, "signature": signature})
    world.rows("kz", "update register set signed = ?", signed)


def more_allowed(world: World) -> None:
    """A field is let pass in the database."""
    (row,) = world.rows("kz", "select content from register")
    more = row[0].replace('"vehicle",', '"vehicle", "currency",')
    world.rows("kz", "update register set content = ?", more)


def of_another_pair(world: World) -> None:
    world.rows("kz", "insert into register select 'kz_zz', content, signed, since from register")
    world.rows("kz", "delete from register where pair = 'cn_kz'")
    world.rows("kz", "update register set pair = 'cn_kz'")
    world.rows("kz", "update register set content = ?", shipped_register("kz", "zz"))


@pytest.mark.parametrize(
    "change",
    [
        forged_register,
        more_allowed,
        of_another_pair,
        *(
            f"update register set signed = {value}"
            for value in (
                "x''", "x'ff'", "'[]'", "'{}'", "'{\"at\":1,\"signature\":7}'",
                "'{\"at\":1.5,\"signature\":\"00\"}'", "'{\"at\":\"x\",\"signature\":\"00\"}'",
                "'{\"at\":1,\"signature\":\"zz\"}'",
            )
        ),
        "update meta set value = '00' where key = 'counsel'",
        "update meta set value = 'none' where key = 'counsel'",
    ],
)  # fmt: skip
def test_a_register_that_counsel_did_not_sign_so(world: World, change: object) -> None:
    if callable(change):
        change(world)
    else:
        world.rows("kz", str(change))
    assert bring(world, "export_released", EXPORT | {"currency": "USD"}) == Applied(0, 1)
    assert world.parked("kz") == [(1, "SP-5214")]
    node = world.node("kz")
    with pytest.raises(RegisterUnsigned):
        node.state.read(lambda tx: register_with(tx, node, "cn"))
    with pytest.raises(RegisterUnsigned):
        node.state.read(signed_registers)


def test_a_register_that_allows_more_applies_from_its_signing(world: World) -> None:
    """What was parked for want of a basis takes effect when counsel has signed one."""
    more = shipped_register("cn", "kz").replace(
        '"vehicle", "consignor_name"', '"vehicle", "currency", "consignor_name"'
    )
    assert bring(world, "export_released", EXPORT | {"currency": "USD"}) == Applied(0, 1)
    assert retry_parked(world.node("kz"), "cn") == Applied(0, 1)
    node = world.node("kz")
    node.state.write(lambda tx: sign_register(tx, node, "cn_kz", more, COUNSEL))
    assert retry_parked(node, "cn") == Applied(1, 0)


def test_a_basis_has_a_first_and_a_last_day(world: World) -> None:
    """Before its first day nothing leaves; after its last day what is under way is parked."""
    text = shipped_register("cn", "kz").replace("start = 2020-11-21", "start = 2026-09-22")
    text = text.replace("start = 2026-09-22", "start = 2026-09-21\nstop = 2026-09-22", 1)
    for name in ("cn", "kz"):
        node = world.node(name)
        signing = partial(sign_register, node=node, pair="cn_kz", content=text, counsel=COUNSEL)
        node.state.write(signing)
    world.export("cn", "kz")
    world.send("cn", "kz")
    world.clock.at += 24 * 3_600_000
    assert apply_some(world.node("kz"), "cn") == Applied(0, 1)
    assert world.parked("kz") == [(1, "SP-5210")]
    with pytest.raises(OutsideRegister):
        world.export("cn", "kz")
