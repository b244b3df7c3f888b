"""Passports between two nodes: signed, sent, judged for a house."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from silkport.kernel.errors import InvalidValue, NotFound
from silkport.kernel.exchange_errors import MessageMalformed, NotCompetent, OutsideRegister
from silkport.model.inspections import (
    ABSENT,
    Finding,
    HouseFacts,
    Method,
    Standing,
    body_of,
    passport_of,
)
from silkport.model.messages import Competence
from silkport.node.corridor import inspections as room
from silkport.node.corridor import trust as trusting
from silkport.node.exchange.keys import signing_key_from
from silkport.node.workflow.filing import file_declaration
from silkport.node.workflow.reading import Declared, declared_in
from silkport.sim.consignments import write_goods_sample
from tests.node.audits import look
from tests.node.dating import of_day
from tests.node.inspected import (
    FACTS,
    PUBLIC,
    RESULT,
    SEED,
    TODAY,
    ask,
    events,
    held,
    house_drawn,
    made,
    of_house,
    register,
    rows,
    said,
    sent,
    take,
)
from tests.node.worlds import BEGIN, World


@pytest.fixture
def world() -> World:
    return made()


def test_a_passport_saves_the_inspection_of_the_other_side(world: World) -> None:
    passport, facts = of_house(house_drawn(world, least=300_000))
    identity = sent(world, passport)
    assert held(world, identity).standing is Standing.RECEIVED
    (plant, health) = sorted(ask(world, facts), key=lambda one: one.kind, reverse=True)
    assert (plant.kind, plant.replaced_by, plant.re_check) == (Method.PLANT, identity, False)
    assert (health.kind, health.is_done_here) == (Method.HEALTH, True)
    after = held(world, identity)
    assert (after.standing, after.replaces) == (Standing.RECOGNISED, [Method.PLANT])
    ask(world, facts)
    assert events(world, identity) == ["receive", "recognise"]
    (row,) = rows(world)
    assert (row["saved"], row["share_ppm"], row["confidence"]) == (1, 300_000, "unverified")
    assert look(world, "cn").is_sound


def test_what_is_signed_is_what_may_cross(world: World) -> None:
    """Between these neighbours no image crosses: it is left out before the body signs."""
    with_image = msgspec.structs.replace(RESULT, image_digest="ab" * 32)
    identity = sent(world, with_image)
    received = held(world, identity).passport
    assert received.image_digest == ""
    assert received.measures == RESULT.measures
    assert room.is_signed(received, "cn", PUBLIC)


@pytest.mark.parametrize(
    "change",
    [
        {"finding": "differs"},
        {"consignment_no": "KHG-000016"},
        {"inspected_at": BEGIN},
        {"goods": [{"gnum": 1, "hs_code": "110100", "net_mass_mg": 1}]},
        {"measures": []},
        {"valid_until": "2030-01-01"},
        {"body_code": "KZ-XX"},
        {"weighed_mass_mg": 5},
        {"signature": "00" * 64},
        {"signature": "no"},
        {"signature": ""},
    ],
)
def test_nothing_of_it_can_be_changed(world: World, change: dict[str, Any]) -> None:
    sent(world)
    assert not room.is_signed(passport_of(said(world) | change), "cn", PUBLIC)


def test_signed_for_one_it_says_nothing_to_another(world: World) -> None:
    sent(world)
    assert not room.is_signed(passport_of(said(world)), "zz", PUBLIC)


def test_an_empty_field_is_as_one_that_is_left_out(world: World) -> None:
    sent(world)
    assert room.is_signed(passport_of(said(world) | {"image_digest": ""}), "cn", PUBLIC)


def judged(world: World, body: dict[str, Any]) -> str:
    """The code of the reason why a changed message is not recognised."""
    found = take(world, body)
    ask(world)
    return held(world, found.id).code


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"signature": "00" * 64}, "INS08"),
        ({"valid_until": "2030-01-01"}, "INS08"),
        ({"key_id": "0" * 16}, "INS07"),
        ({"body_code": "KZ-XX"}, "INS06"),
    ],
)
def test_a_forged_message_is_not_recognised(
    world: World, change: dict[str, Any], code: str
) -> None:
    room.issue(world.node("kz"), RESULT, SEED, "cn", who="inspector Aigerim")
    world.settle()
    assert judged(world, said(world) | change) == code


def test_a_message_of_the_first_version_is_kept_and_not_recognised(world: World) -> None:
    old = {
        "consignment_no": "KHG-000015",
        "house_no": "1",
        "inspection_no": "7",
        "body": "somebody",
        "inspected_at": BEGIN,
        "finding": "conforms",
    }
    assert judged(world, old) == "INS06"


def test_a_body_without_a_key_of_that_day_is_not_recognised(world: World) -> None:
    register(world, start_day=TODAY)  # the inspection was the day before
    identity = sent(world)
    ask(world)
    assert held(world, identity).code == "INS07"
    register(world, start_day=TODAY - 1)
    ask(world)
    assert held(world, identity).code == ""


def test_between_neighbours_an_x_ray_of_customs_stays_home(world: World) -> None:
    node = world.node("cn")  # customs alone: no basis lets its results pass
    image = msgspec.structs.replace(RESULT, method="x_ray", image_digest="ab" * 32)
    with pytest.raises(OutsideRegister):
        room.issue(node, image, SEED, "kz", who="officer Chen")


def test_a_result_of_another_form_is_not_signed(world: World) -> None:
    wrong = msgspec.structs.replace(RESULT, inspection_no="")
    with pytest.raises(MessageMalformed, match="inspection_no"):
        room.issue(world.node("kz"), wrong, SEED, "cn", who="inspector")


def test_the_same_message_twice_changes_nothing(world: World) -> None:
    identity = sent(world)
    assert take(world, said(world)).version == 1
    assert events(world, identity) == ["receive"]


def test_a_result_that_is_withdrawn_is_owed_again(world: World) -> None:
    passport, facts = of_house(house_drawn(world, least=300_000))
    identity = sent(world, passport)
    ask(world, facts)
    sent(world, msgspec.structs.replace(passport, finding="withdrawn"))
    found = {one.kind: one for one in ask(world, facts)}
    assert found[Method.PLANT].is_done_here
    assert held(world, identity).standing is Standing.WITHDRAWN
    assert rows(world)[0]["saved"] == 0


def test_a_result_withdrawn_before_it_was_known(world: World) -> None:
    identity = sent(world, msgspec.structs.replace(RESULT, finding="withdrawn"))
    assert held(world, identity).standing is Standing.WITHDRAWN


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"code": ""}, "the code of a body"),
        ({"code": "a/b"}, "the code of a body"),
        ({"administration": "cn"}, "its own bodies"),
        ({"administration": "zz"}, "is a body of kz"),
        ({"subjects": []}, "the subjects"),
        ({"public": b"short"}, "a public key"),
        ({"start_day": -1}, "a first day"),
        ({"stop_day": TODAY - 100}, "a stop"),
        ({"code": "KZ-QA"}, "KZ-PQ has it"),
    ],
)
def test_what_is_no_body(world: World, changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        register(world, **changes)
    assert reason in str(refused.value)


def test_keys_follow_one_another(world: World) -> None:
    other = signing_key_from(bytes(32)).public
    register(world, stop_day=TODAY)
    register(world, public=other, start_day=TODAY)
    (body,) = world.node("cn").state.read(trusting.bodies)
    assert [(one.start_day, one.stop_day) for one in body.keys] == [
        (TODAY - 100, TODAY),
        (TODAY, ABSENT),
    ]
    ask(world)
    identity = sent(world)  # signed by the former key, of the day before
    ask(world)
    assert held(world, identity).code == ""


def test_only_customs_decides(world: World) -> None:
    world.add("zz-body", frozenset({Competence.INSPECTION}))
    node = world.node("zz-body")
    with pytest.raises(NotCompetent):
        ask(world, name="zz-body")
    with pytest.raises(NotCompetent):
        room.override(node, "x", who="x", reason="x")
    with pytest.raises(NotCompetent):
        room.record_recheck(node, "x", Finding.CONFORMS, who="x")
    with pytest.raises(NotCompetent):
        trusting.reinstate(node, "x", "plant", who="x", reason="x")


def test_what_is_not_known_is_named(world: World) -> None:
    with pytest.raises(NotFound, match="the inspection P-9 alone"):
        room.override(world.node("cn"), "P-9", who="x", reason="x")


def test_by_hand_the_same_holds_as_by_message(world: World) -> None:
    issued = room.issue(world.node("kz"), RESULT, SEED, "cn", who="inspector Aigerim")
    body, node = body_of(issued.state.passport), world.node("cn")
    kept = room.receive(node, "kz", body, who="officer Chen")
    assert kept.state.standing is Standing.RECEIVED
    with pytest.raises(OutsideRegister, match="image_digest"):
        room.receive(node, "kz", body | {"image_digest": "ab" * 32}, who="officer Chen")
    with pytest.raises(MessageMalformed):
        room.receive(node, "kz", body | {"finding": 1}, who="officer Chen")


def slashed(consignment: str, house: str) -> tuple[Any, HouseFacts]:
    """A passport on a house whose numbers may have slashes, and what asks for that house."""
    named = {"consignment_no": consignment, "house_no": house}
    return msgspec.structs.replace(RESULT, **named), msgspec.structs.replace(FACTS, **named)


def test_the_passport_of_one_house_is_not_that_of_another(world: World) -> None:
    """`X/1` with house `2` is not `X` with house `1/2`."""
    (passport, own), (_, other) = slashed("X/1", "2"), slashed("X", "1/2")
    identity = sent(world, passport)
    assert all(one.is_done_here and not one.judgements for one in ask(world, other))
    assert held(world, identity).standing is Standing.RECEIVED
    assert any(one.replaced_by == identity for one in ask(world, own))
    node = world.node("cn")
    for written in ("X/1/2", own.about):
        found = node.state.read(lambda tx, w=written: room.inspections_of(tx, w))
        assert [one.id for one in found] == [identity]


def test_results_of_two_bodies_are_two(world: World) -> None:
    some = [("KZ", "PQ/7"), ("KZ/PQ", "7")]
    bodies = [
        msgspec.structs.replace(RESULT, body_code=code, inspection_no=number)
        for code, number in some
    ]
    assert len({sent(world, one) for one in bodies}) == 2


def test_the_draw_is_secret_and_the_same_for_a_house(world: World) -> None:
    draws = [room.draw_for(world.node(name), "KHG-1/1") for name in ("cn", "kz", "cn")]
    assert draws[0] == draws[2] != draws[1]


def test_a_declaration_that_was_filed_says_what_the_law_asks(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("sample")
    write_goods_sample(folder, goods=300, seed=7)
    world = World(names=("cn", "zz"))
    node, office = world.node("zz"), world["zz"].office
    one = next(
        d
        for d in declared_in([folder])
        if isinstance(d, Declared)
        and not d.problems
        and d.declaration["act"] == "declaration"
        and (d.declaration["departure_country"], d.declaration["destination_country"])
        == ("CN", "ZZ")
    )
    case = file_declaration(
        node, office, of_day(one.declaration, office, world.clock.at), one.goods, who="Aigerim"
    ).case
    facts = room.facts_of(case, "zz", "red", TODAY)
    assert facts.about == f"{case.consignment_no}/{case.house_no}"
    assert facts.other_country == one.declaration["departure_country"]
    assert [g.hs_code for g in facts.goods] == [g["hs_code"] for g in one.goods]
    assert facts.gross_mass_mg == case.gross_mass_mg
    found = node.state.write(lambda tx: room.inspections_owed(tx, node, facts))
    assert [o.kind for o in found if o.because == "lane red"] == [
        *("documents", "x_ray", "weighing", "opening"),
    ]
