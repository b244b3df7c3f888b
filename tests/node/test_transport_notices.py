"""What neighbours and officers say of an arrival: what is told of it, and what it frees."""

from __future__ import annotations

import pytest

from silkport.courses.transport_given import By
from silkport.model.transport import MISSING, Phase, Role, Transit
from silkport.model.transport_acts import Arrive, Load, Present
from silkport.node.corridor import transport_news as news
from silkport.node.corridor import transports as room
from silkport.node.corridor.guarantees import discharge
from silkport.node.dossiers import dossier_of
from tests.courses.transports import HOUR, KG, groupage, house, master, rules, train, truck
from tests.node.balance_desk import Desk
from tests.node.test_transports import Post


@pytest.fixture
def post() -> Post:
    return Post()


def test_the_neighbours_word_brings_no_goods_to_a_post_here(post: Post) -> None:
    post.announce(groupage())
    body = {"consignment_no": "KHG-1", "house_no": "1", "post": "KHG", "arrived_at": 1}
    assert post.write(news.arrived, "cn", 1, body) == ["T-1"]
    asked = post.node.state.read(lambda tx: room.stands_presented(tx, "KHG-1", "1"))
    assert (post.now("T-1").phase, asked) == (Phase.ARRIVED, False)


def test_the_neighbour_is_told_of_an_arrival_and_keeps_it(post: Post) -> None:
    there = post.world.node("cn")
    law = room.law_of(there)
    by = By(Role.OFFICER, "Bo", "seen")
    post.announce(groupage())
    post.act("T-1", Arrive(place="Nur Zholy"))
    post.world.settle()
    room.announce(there, law, groupage(), By(Role.CARRIER, "Altyn Trans"))
    said = post.world.rows("cn", "select kind, about from said order by about")
    assert [tuple(one) for one in said] == [("arrival_notice", f"KHG-1/{n}") for n in (1, 2, 3)]
    body = {
        "consignment_no": "KHG-1",
        "house_no": "1",
        "post": "Nur Zholy",
        "arrived_at": there.now() - 1,
        "vehicle": "777 ABC 02 12 AB 05",
        "weighed_mass_mg": 100 * KG,
    }
    tell = lambda seq, more: there.state.write(  # noqa: E731
        lambda tx: news.arrived(tx, there, "kz", seq, body | more)
    )
    room.act(there, law, "T-1", Load(masters=()), by)
    assert tell(1, {}) == tell(1, {}) == ["T-1"]
    kept = there.state.read(lambda tx: dossier_of(tx, room.TRANSPORT, "T-1")).state
    assert (kept.phase, len(kept.track), rules(kept)) == (Phase.ARRIVED, 1, [])
    tell(2, {"house_no": "2", "weighed_mass_mg": 75 * KG})
    tell(3, {"house_no": "3", "weighed_mass_mg": 40 * KG})
    kept = there.state.read(lambda tx: dossier_of(tx, room.TRANSPORT, "T-1")).state
    assert (len(kept.track), rules(kept)) == (1, [("TRN007", "KHG-1/2")])
    room.act(there, law, "T-1", Present(), by)
    assert tell(4, {"arrived_at": there.now()}) == []
    assert post.world.codes("cn")[0] == "SP-6201", "what cannot be is noted"


def test_an_arrival_with_other_seals_and_masses_is_flagged(post: Post) -> None:
    post.announce(groupage())
    body = {
        "consignment_no": "KHG-1",
        "house_no": "1",
        "post": "Khorgos",
        "arrived_at": post.node.now() + HOUR,
        "vehicle": "some other plate",
        "seals": "S-9",
        "weighed_mass_mg": 150 * KG,
    }
    assert post.write(news.arrived, "cn", 1, body) == ["T-1"]
    assert rules(post.now("T-1")) == [("TRN006", ""), ("TRN007", "KHG-1/1")]
    assert post.write(news.arrived, "cn", 2, body | {"consignment_no": "KHG-9"}) == []


@pytest.mark.parametrize(
    ("transit", "ended"),
    [
        ({"consignment_no": "SM-1"}, ["SM-1"]),
        ({"consignment_no": "SM-2", "house_no": "5"}, ["SM-2"]),
        ({"consignment_no": "SM-9"}, []),
    ],
)
def test_a_transit_that_is_discharged_frees_nothing_any_more(
    post: Post, transit: dict[str, str], ended: list[str]
) -> None:
    desk = Desk(world=post.world)
    desk.open("guarantee", "G-1", 500)
    assert not desk.secure("t1", 500, **transit)
    post.arrived(train())
    assert desk.do(discharge, "t1", who="Chen")
    assert not desk.do(discharge, "t1", who="Chen")
    masters = post.now("X8027").masters
    over = [m.waybill for m in masters if m.transit and m.transit.ended_at != MISSING]
    assert over == ended
    assert post.events("X8027") == ["announce", "arrive", *(["end_transit"] if ended else [])]


def test_one_house_that_is_discharged_ends_the_transit_that_names_it(post: Post) -> None:
    named = Transit(declaration_no="t1")
    one = master("CMR-1", house("1"), house("2"), transit=named)
    other = master("CMR-2", house("1", 1, 1), house("3"), transit=Transit(declaration_no="t2"))
    post.arrived(truck(one, other))
    assert post.write(lambda *a: news.discharged(*a, ("KHG-1", "1"), "t1", who="Chen", reason="x"))
    over = [m.transit and m.transit.ended_at != MISSING for m in post.now("T-1").masters]
    assert over == [True, False]
