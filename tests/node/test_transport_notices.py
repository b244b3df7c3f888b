"""What neighbours and officers say of an arrival: what is told of it, and what it frees."""

from __future__ import annotations

from typing import Any

import pytest

from silkport.courses.transport_given import By
from silkport.model.states import State
from silkport.model.transport import MISSING, Phase, Role, Transit
from silkport.model.transport_acts import Arrive, Counted, Facts, Load, Present, Settle, Unload
from silkport.node.corridor import transport_news as news
from silkport.node.corridor import transports as room
from silkport.node.corridor.guarantees import discharge
from silkport.node.dossiers import dossier_of
from silkport.node.sovereign import Node
from silkport.node.workflow.cases import decoded
from silkport.node.workflow.demanding import _towards
from tests.courses.transports import (
    HOUR,
    KG,
    groupage,
    house,
    master,
    rules,
    sealed,
    train,
    truck,
)
from tests.node.balance_desk import Desk
from tests.node.test_transports import Post
from tests.node.worlds import BEGIN, World


@pytest.fixture
def post() -> Post:
    return Post()


def test_the_neighbours_word_brings_no_goods_to_a_post_here(post: Post) -> None:
    post.announce(groupage())
    body = {"consignment_no": "KHG-1", "house_no": "1", "post": "KHG", "arrived_at": 1}
    assert post.write(news.arrived, "cn", 1, body) == ["T-1"]
    assert (post.now("T-1").phase, post.stands("1")) == (Phase.ARRIVED, False)


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

    def tell(seq: int, more: dict[str, Any]) -> list[str]:
        return there.state.write(lambda tx: news.arrived(tx, there, "kz", seq, body | more))

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


# What is told.

OTHER = ("X-9",)


def weighed(number: str, kg: int, waybill: str = "CMR-1") -> Counted:
    return Counted(waybill=waybill, consignment_no="KHG-1", house_no=number, gross_mass_mg=kg * KG)


def told(post: Post, to: str = "cn") -> list[dict[str, Any]]:
    """The bodies of the notices that a peer has, in order."""
    post.world.settle()
    sql = "select body from said where kind = 'arrival_notice' order by seq"
    return [decoded(row[0]) for row in post.world.rows(to, sql)]


def houses(bodies: list[dict[str, Any]]) -> str:
    return "".join(one["house_no"] for one in bodies)


def queued(post: Post) -> int:
    return int(post.world.peer("kz", "cn").queued)


@pytest.mark.parametrize(
    ("found", "said"),
    [(None, None), ((), ""), (("S-1",), "S-1"), (("S-2", "S-1"), "S-2 S-1"), (OTHER, "X-9")],
)
def test_seals_are_told_as_they_were_found(
    post: Post, found: tuple[str, ...] | None, said: str | None
) -> None:
    one = groupage(seals=sealed("S-1", "S-2"))
    differs = found is not None and len(found) < 2
    post.announce(one)
    now = post.act("T-1", Arrive(place="Nur Zholy", seals_found=found))
    assert rules(now) == ([("TRN006", "")] if differs else [])
    if differs:
        assert queued(post) == 0, "an officer settles it first"
        post.act("T-1", Unload(store="SVX-7"))
        post.act("T-1", Settle(rule="TRN006"))
    bodies = told(post)
    assert houses(bodies) == "123"
    assert {one.get("seals") for one in bodies} == {said}


def test_masses_are_told_of_what_does_not_differ(post: Post) -> None:
    post.announce(groupage())
    counted = (weighed("1", 100), weighed("2", 20), weighed("3", 40, "CMR-9"))
    now = post.act("T-1", Arrive(place="Nur Zholy", counted=counted))
    assert rules(now) == [("TRN007", "KHG-1/2")]
    bodies = told(post)
    assert [(one["house_no"], one.get("weighed_mass_mg")) for one in bodies] == [
        ("1", 100 * KG),
        ("3", None),
    ]
    post.act("T-1", Settle(rule="TRN007", about="KHG-1/2"))
    news_of = [one for one in told(post) if one["house_no"] == "2"]
    assert [one["weighed_mass_mg"] for one in news_of] == [20 * KG]


def test_what_is_on_two_waybills_is_told_once(post: Post) -> None:
    whole = {"whole_packages": 10, "whole_mass_mg": 100 * KG}
    one = master("CMR-1", house("1", 6, 60, **whole))
    post.announce(truck(one, master("CMR-2", house("1", 4, 40, **whole))))
    post.act("T-1", Arrive(counted=(weighed("1", 60), weighed("1", 40, "CMR-2"))))
    (body,) = told(post)
    assert body["weighed_mass_mg"] == 100 * KG


Acts = list[tuple[Facts, Role]]
_C, _O = Role.CARRIER, Role.OFFICER


@pytest.mark.parametrize(
    ("done", "count"),
    [
        ([(Arrive(), _C)], 0),
        ([(Arrive(), Role.NODE)], 0),
        ([(Arrive(), _C), (Present(), _C)], 0),
        ([(Arrive(), _O)], 3),
        ([(Arrive(), _C), (Present(), _O)], 3),
        ([(Arrive(), _O), (Present(), _O)], 3),
        ([(Arrive(), _O), (Present(seals_found=()), _O)], 6),
        ([(Arrive(seals_found=OTHER), _C), (Settle(rule="TRN006"), _O)], 0),
        ([(Arrive(seals_found=OTHER), _O), (Present(), _O)], 0),
        ([(Arrive(seals_found=OTHER), _O), (Present(), _O), (Settle(rule="TRN006"), _O)], 3),
    ],
)
def test_only_an_officers_word_is_told(post: Post, done: Acts, count: int) -> None:
    post.announce(groupage())
    for facts, role in done:
        post.act("T-1", facts, role)
    assert queued(post) == count


@pytest.mark.parametrize(
    ("start", "end", "spoke", "peers"),
    [
        ("CN", "KZ", "", ["cn"]),
        ("CN", "DE", "", ["cn"]),
        ("CN", "ZZ", "", ["cn"]),
        ("DE", "KZ", "", ["cn", "zz"]),
        ("DE", "CN", "", ["zz"]),
        ("DE", "CN", "cn", ["zz"]),
        ("CN", "KZ", "zz", ["cn", "zz"]),
        ("KZ", "CN", "", []),
        ("KZ", "CN", "cn", []),
        ("KZ", "DE", "cn", []),
        ("", "", "", []),
        ("", "KZ", "cn", ["cn"]),
    ],
)
def test_those_on_the_way_are_told(start: str, end: str, spoke: str, peers: list[str]) -> None:
    world = World(("cn", "kz", "zz"))
    post = Post(world=world)
    ends = {"departure_country": start, "destination_country": end}
    transit = Transit(declaration_no="KZ/7")
    post.announce(truck(master("CMR-1", house("1"), transit=transit, **ends)))
    if spoke:
        world.export(spoke, "kz", consignment_no="KHG-1")
        world.settle()
    before = {one: world.peer("kz", one).queued for one in ("cn", "zz")}
    post.act("T-1", Arrive(place="Nur Zholy"))
    assert [one for one in before if world.peer("kz", one).queued > before[one]] == peers


@pytest.mark.parametrize(
    ("own", "start", "end", "towards"),
    [
        ("kz", "CN", "KZ", "-"),
        ("kz", "CN", "ZZ", "zz"),
        ("kz", "DE", "CN", "cn"),
        ("kz", "CN", "DE", "zz"),
        ("cn", "CN", "KZ", "kz"),
        ("cn", "CN", "DE", "-"),  # over two neighbours
        ("cn", "KZ", "DE", "zz"),
        ("cn", "", "", "-"),
        ("cn", "", "CN", "-"),
    ],
)
def test_whose_word_on_a_transit_counts(own: str, start: str, end: str, towards: str) -> None:
    node = World(("cn", "kz", "zz")).node(own)
    declared = {"departure_country": start, "destination_country": end}
    assert node.state.read(lambda tx: _towards(tx, node, declared)) == towards


@pytest.mark.parametrize("end", ["KZ", "DE"])
def test_of_two_that_are_peers_the_other_is_next(end: str) -> None:
    node = World().node("cn")
    declared = {"departure_country": "CN", "destination_country": end}
    assert node.state.read(lambda tx: _towards(tx, node, declared)) == "kz"


# What it frees.


class There(Desk):
    """The desk of the side where the transit set out."""

    @property
    def node(self) -> Node:
        return self.world.node("cn")


@pytest.mark.parametrize(
    ("role", "facts", "free"),
    [
        (_O, Arrive(), 500),
        (_C, Arrive(), 0),
        (_O, Arrive(seals_found=OTHER), 0),
        (_O, Arrive(counted=(weighed("1", 20),)), 0),
    ],
)
def test_china_frees_what_kazakhstan_found_in_order(
    post: Post, role: Role, facts: Facts, free: int
) -> None:
    there = There(world=post.world)
    there.open("guarantee", "G-1", 500)
    there.secure("c", 500, consignment_no="KHG-1", house_no="1", towards="kz")
    post.announce(truck(master("CMR-1", house("1")), seals=sealed("S-1")))
    post.act("T-1", facts, role)
    post.world.settle()
    assert there.parts("guarantee G-1") == (free, 500 - free, 0)
    for flag in post.now("T-1").open_flags:  # settled there, it is for an officer here
        post.act("T-1", Settle(rule=flag.rule, about=flag.about))
    post.world.settle()
    assert there.parts("guarantee G-1") == (free, 500 - free, 0)


SEALS, MASS, WRONG = {"seals": "S-1"}, {"weighed_mass_mg": 100 * KG}, {"weighed_mass_mg": 1}


@pytest.mark.parametrize(
    ("here", "says", "frees"),
    [
        ("arrived", SEALS | MASS, True),
        ("arrived", {"seals": ""}, False),
        ("arrived", WRONG, False),
        ("presented", {}, True),
        ("presented", SEALS | MASS, True),
        ("presented", {"seals": "X-9"}, False),
        ("presented", {"seals": ""}, False),
        ("presented", WRONG, False),
        ("unloaded", MASS, True),
        ("unloaded", WRONG, False),
        ("declared", MASS, True),
        ("declared", {"weighed_mass_mg": 101 * KG}, True),
        ("declared", {"weighed_mass_mg": 102 * KG}, False),
        ("declared", SEALS, False),
        ("nothing", {}, True),
        ("nothing", {"seals": ""}, True),
        ("nothing", SEALS, False),
        ("nothing", MASS, False),
    ],
)
def test_a_notice_is_compared_with_what_is_known(
    post: Post, here: str, says: dict[str, Any], frees: bool
) -> None:
    desk = Desk(world=post.world)
    desk.open("guarantee", "G-1", 500)
    desk.secure("c", 500, consignment_no="KHG-1", house_no="1", towards="cn")
    if here in {"arrived", "presented", "unloaded"}:
        post.arrived(truck(master("CMR-1", house("1")), seals=sealed("S-1")))
    if here == "presented":
        post.act("T-1", Present())
    if here == "unloaded":
        post.act("T-1", Unload(store="SVX-7"))
    if here in {"declared", "unloaded"}:
        post.declare("1", State.RELEASED, "transit", mass=100 * KG)
        post.declare("2", State.RELEASED, "transit", mass=1)
    post.world.clock.at += HOUR
    body = {"consignment_no": "KHG-1", "house_no": "1", "post": "KHG", "arrived_at": BEGIN + HOUR}
    post.world.tell("cn", "kz", "arrival_notice", body | says)
    post.world.settle()
    free = 500 if frees else 0
    assert desk.parts("guarantee G-1") == (free, 500 - free, 0)
