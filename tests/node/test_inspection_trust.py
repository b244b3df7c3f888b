"""Passports that are overridden and re-checked, and the trust that comes of it."""

from __future__ import annotations

import pytest

from silkport.kernel.errors import InvalidValue
from silkport.kernel.inspection_errors import InspectionStepRefused
from silkport.model.inspections import (
    Finding,
    Inspection,
    Method,
    Standing,
    TrustState,
)
from silkport.node.corridor import inspections as room
from silkport.node.corridor import trust as trusting
from silkport.node.dossiers import acts
from tests.node.audits import look
from tests.node.inspected import (
    RESULT,
    ask,
    held,
    house_drawn,
    made,
    of_house,
    rows,
    sent,
)
from tests.node.worlds import World


@pytest.fixture
def world() -> World:
    return made()


def test_an_officer_overrides_with_a_reason(world: World) -> None:
    passport, facts = of_house(house_drawn(world, least=300_000))
    identity, node = sent(world, passport), world.node("cn")
    ask(world, facts)
    with pytest.raises(InvalidValue, match="a reason"):
        room.override(node, identity, who="officer Chen", reason=" ")
    room.override(node, "KZ-PQ-7", who="officer Chen", reason="the seal is broken")
    plant = {one.kind: one for one in ask(world, facts)}[Method.PLANT]
    assert plant.is_done_here
    assert plant.judgements[0].says == "an officer set it aside: the seal is broken"
    kept = node.state.read(lambda tx: acts(tx, room.INSPECTION, identity))[-1]
    assert (kept["event"], kept["who"], kept["reason"]) == (
        *("override", "officer Chen", "the seal is broken"),
    )
    assert rows(world)[0]["saved"] == 0
    assert look(world, "cn").is_sound


def test_a_drawn_passport_is_re_checked_once(world: World) -> None:
    passport, facts = of_house(house_drawn(world, below=300_000))
    identity, node = sent(world, passport), world.node("cn")
    assert {one.kind: one.re_check for one in ask(world, facts)}[Method.PLANT]
    assert held(world, identity).standing is Standing.DRAWN
    assert rows(world)[0]["drawn"] == 1
    room.record_recheck(node, identity, Finding.CONFORMS, who="officer Chen")
    (row,) = rows(world)
    assert (row["rechecked"], row["misses"], row["clean"], row["saved"]) == (1, 0, 1, 0)
    with pytest.raises(InspectionStepRefused):
        room.record_recheck(node, identity, Finding.CONFORMS, who="officer Chen")
    plant = {one.kind: one for one in ask(world, facts)}[Method.PLANT]
    assert (plant.replaced_by, plant.re_check) == (identity, False)


def test_misses_suspend_a_body_until_an_officer_reinstates_it(world: World) -> None:
    node = world.node("cn")
    numbers = [f"KHG-{n}" for n in range(200) if room.draw_for(node, f"KHG-{n}/1") < 300_000][:2]
    for number in numbers:
        passport, facts = of_house(number, inspection_no=number)
        identity = sent(world, passport)
        ask(world, facts)
        room.record_recheck(node, identity, Finding.DIFFERS, who="officer Chen")
        plant = {one.kind: one for one in ask(world, facts)}[Method.PLANT]
        assert plant.judgements[0].code == "INS03"
    (row,) = rows(world)
    assert (row["state"], row["misses"], row["share_ppm"]) == ("suspended", 2, 1_000_000)
    passport, facts = of_house(house_drawn(world, least=900_000), inspection_no="next")
    sent(world, passport)
    assert {one.kind: one.re_check for one in ask(world, facts)}[Method.PLANT]
    with pytest.raises(InvalidValue, match="a reason"):
        trusting.reinstate(node, "KZ-PQ", "plant", who="head Bo", reason="")
    after = trusting.reinstate(node, "KZ-PQ", "plant", who="head Bo", reason="new laboratory")
    assert after.state is TrustState.LEARNING
    with pytest.raises(InspectionStepRefused):
        trusting.reinstate(node, "KZ-PQ", "plant", who="head Bo", reason="again")
    assert look(world, "cn").is_sound


def test_a_miss_beside_the_draw_is_counted_apart(world: World) -> None:
    passport, facts = of_house(house_drawn(world, least=300_000))
    identity = sent(world, passport)
    ask(world, facts)
    room.record_recheck(world.node("cn"), identity, Finding.PROHIBITED, who="officer Chen")
    (row,) = rows(world)
    assert (row["misses_beside"], row["misses"], row["rechecked"]) == (1, 0, 0)


def test_a_full_dossier_of_trust_goes_on_in_another(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trusting, "ACTS_PER_VOLUME", 2)
    node, one = (
        world.node("cn"),
        Inspection(passport=RESULT, peer="kz", administration="kz", standing=Standing.DRAWN),
    )
    for _ in range(5):
        node.state.write(
            lambda tx: trusting.count_recheck(tx, node, one, None, missed=False, who="Chen")
        )
    assert node.state.read(lambda tx: trusting.trust_for(tx, "KZ-PQ", "plant")).rechecked == 5
    names = [row[0] for row in world.rows("cn", "select id from dossier where kind = 'trust'")]
    assert sorted(names) == [f"KZ-PQ/plant/{n}" for n in (1, 2, 3)]
    assert look(world, "cn").is_sound
