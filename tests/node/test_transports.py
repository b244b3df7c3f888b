"""Transports kept by a node: found by house, waybill and vehicle; what neighbours say of them."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from silkport.courses.transport_given import By
from silkport.courses.transport_leaving import stands as stands_at_post
from silkport.kernel.errors import NotFound
from silkport.kernel.exchange_errors import NotCompetent
from silkport.kernel.party_errors import NoRole
from silkport.kernel.transport_errors import ActNotAllowed
from silkport.model.messages import Competence
from silkport.model.parties import NO_END
from silkport.model.parties import Role as PartyRole
from silkport.model.states import State
from silkport.model.transport import MISSING, Phase, Role, Transit, Transport
from silkport.model.transport_acts import (
    Arrive,
    ChangeTractor,
    Close,
    Depart,
    Exit,
    Facts,
    Load,
    Present,
    Settle,
    Split,
    Transload,
    Unload,
    Weigh,
    Withdraw,
)
from silkport.node.corridor import transport_news as news
from silkport.node.corridor import transports as room
from silkport.node.corridor.parties import register_party
from silkport.node.dossiers import acts, dossier_of
from silkport.node.workflow.cases import Case
from tests.courses.transports import (
    BOX,
    HOUR,
    KG,
    WAGON,
    empty_run,
    groupage,
    house,
    master,
    rules,
    train,
    truck,
)
from tests.node.audits import look
from tests.node.worlds import World


class Post:
    """Nur Zholy, and Khorgos on the other side."""

    def __init__(
        self, competence: frozenset[Competence] | None = None, *, world: World | None = None
    ) -> None:
        kinds = {"kz": competence} if competence else {}
        self.world = world or World(competence=kinds)
        self.node = self.world.node("kz")
        self.law = room.law_of(self.node)

    def announce(self, one: Transport) -> Transport:
        return room.announce(self.node, self.law, one, By(Role.CARRIER, "Altyn Trans")).state

    def act(self, name: str, facts: Facts, role: Role = Role.OFFICER) -> Transport:
        by = By(role, "Chen", "seen")
        return room.act(self.node, self.law, name, facts, by).state

    def arrived(self, one: Transport) -> Transport:
        self.announce(one)
        return self.act(one.id, Arrive(place="Nur Zholy"))

    def now(self, name: str) -> Transport:
        return self.node.state.read(lambda tx: dossier_of(tx, room.TRANSPORT, name)).state

    def stands(self, house_no: str) -> bool | None:
        """Whether a house of the consignment is at the post, by the word of its transports."""
        key = ("KHG-1", house_no)
        found = self.node.state.read(lambda tx: room.transports_of_house(tx, *key))
        return stands_at_post([one.state for one in found], key)

    def events(self, name: str) -> list[str]:
        past = self.node.state.read(lambda tx: acts(tx, room.TRANSPORT, name))
        return [one["event"] for one in past]

    def declare(
        self, house_no: str, state: State, direction: str = "import", mass: int = 1
    ) -> None:
        document = {"declaration": {"departure_country": "CN"}, "goods": []}
        name = f"D{house_no}{direction}"
        case = Case(
            id=name, number=name, consignment_no="KHG-1", house_no=house_no,
            direction=direction, state=state, version=1, guid="G", decl_day=20_000,
            gross_mass_mg=mass, filed_at=1, registered_at=1, changed_at=1, due_at=-1, due_then="",
            due_known=True, document=document, decision={},
        )  # fmt: skip
        self.node.state.write(lambda tx: tx.run("put_declaration", *case.row()))

    def write(self, work: Any, *values: Any) -> Any:
        return self.node.state.write(lambda tx: work(tx, self.node, *values))

    def amended(self, house_no: str, act: str = "amended") -> list[str]:
        body = {
            "consignment_no": "KHG-1",
            "house_no": house_no,
            "act": act,
            "declaration_no": "CN/7",
            "amended_at": 5,
        }
        found: list[str] = self.write(news.export_amended, "cn", 7, body)
        return found


@pytest.fixture
def post() -> Post:
    return Post()


def found(post: Post, how: Any, *values: str) -> list[str]:
    return [one.id for one in post.node.state.read(lambda tx: how(tx, *values))]


def test_found_by_house_waybill_plate_wagon_and_container(post: Post) -> None:
    post.announce(groupage())
    post.announce(train())
    assert found(post, room.transports_of_house, "KHG-1", "2") == ["T-1"]
    assert found(post, room.transports_of_house, "KHG-1", "") == ["T-1"]
    assert found(post, room.transports_of_house, "KHG-1", "9") == []
    assert found(post, room.transports_of_house, "SM-1", "5") == ["X8027"]
    assert found(post, room.transports_of_waybill, "CMR-2") == ["T-1"]
    for number in ("777 ABC 02", "12 AB 05"):
        assert found(post, room.transports_of_vehicle, number) == ["T-1"]
    for number in (WAGON, BOX, "X8027"):
        assert found(post, room.transports_of_vehicle, number) == ["X8027"]
    houses = post.node.state.read(lambda tx: room.houses_of(tx, "T-1"))
    assert houses == [("KHG-1", "1"), ("KHG-1", "2"), ("KHG-1", "3")]
    with pytest.raises(NotFound):
        post.node.state.read(lambda tx: room.houses_of(tx, "T-9"))


def test_drivers_and_persons_are_kept_as_pseudonyms(post: Post) -> None:
    person = "900101300017"
    one = truck(master("CMR-1", house("1", owner=person, declarant="941240000193")), driver="Bolat")
    kept = post.announce(one)
    post.act("T-1", Load(masters=(master("CMR-2", house("2", owner=person)),)), Role.CARRIER)
    post.act("T-1", ChangeTractor(driver="Serik"), Role.CARRIER)
    assert kept.driver.startswith("person:")
    assert kept.houses[0].owner.startswith("person:")
    assert kept.houses[0].declarant == "941240000193"
    held = "".join(map(str, post.world.state_of("kz")))
    assert not any(name in held for name in (person, "Bolat", "Serik"))
    assert post.announce(truck(name="E-2", driver="Bolat")).driver == kept.driver


def test_one_house_declared_under_two_masters_is_held_on_both(post: Post) -> None:
    post.arrived(truck(master("CMR-1", house("1"))))
    other = post.announce(truck(master("CMR-9", house("1"), house("7")), name="T-2"))
    assert rules(other) == rules(post.now("T-1")) == [("TRN002", "KHG-1/1")]
    post.declare("1", State.RELEASED)
    with pytest.raises(ActNotAllowed, match="TRN102"):
        post.act("T-1", Depart())
    post.act("T-2", Settle(rule="TRN002", about="KHG-1/1"))
    assert rules(post.now("T-1")) == []
    assert post.act("T-1", Depart()).phase is Phase.DEPARTED
    assert look(post.world, "kz").is_sound


def test_parts_of_a_house_may_be_on_two_waybills(post: Post) -> None:
    def part(packages: int) -> Any:
        return house("1", packages, packages, whole_packages=10, whole_mass_mg=10 * KG)

    post.announce(truck(master("CMR-1", part(6))))
    assert rules(post.announce(truck(master("CMR-2", part(4)), name="T-2"))) == []
    sums = post.node.state.read(lambda tx: news.parts_of_house(tx, "KHG-1", "1"))
    assert (sums["packages"], sums["gross_mass_mg"]) == (10, 10 * KG)
    third = post.announce(truck(master("CMR-3", part(1)), name="T-3"))
    assert rules(third) == rules(post.now("T-1")) == [("TRN004", "KHG-1/1")]


def test_a_master_is_on_one_transport_at_a_time(post: Post) -> None:
    post.announce(truck(master("CMR-1", house("1"))))
    double = post.announce(truck(master("CMR-1", house("1")), name="T-2"))
    assert rules(double) == rules(post.now("T-1")) == [("TRN003", "CMR-1")]
    post.act("T-2", Withdraw(), Role.CARRIER)
    third = post.announce(truck(master("CMR-2", house("2")), name="T-3"))
    assert rules(third) == []


def test_transloading_and_splitting_leave_no_doubt(post: Post) -> None:
    post.arrived(groupage())
    post.announce(truck(name="T-2"))
    kept = post.act("T-1", Transload(to="T-2"), Role.KEEPER)
    assert (kept.houses, rules(post.now("T-2"))) == ((), [])
    assert found(post, room.transports_of_house, "KHG-1", "1") == ["T-2"]
    assert post.events("T-2") == ["announce", "receive"]
    post.act("T-2", Arrive(place="Nur Zholy"))
    post.declare("1", State.RELEASED)
    post.act("T-2", Split(store="SVX-7"))
    assert found(post, room.transports_of_waybill, "CMR-1") == ["T-2", "T-2/1"]
    assert post.events("T-2/1") == ["split_off"]
    assert post.act("T-2/1", Depart()).phase is Phase.DEPARTED
    assert post.act("T-1", Close()).phase is Phase.CLOSED
    with pytest.raises(NotFound):
        post.act("T-2", Transload(to="T-9"), Role.KEEPER)
    assert look(post.world, "kz").is_sound


def test_a_lot_takes_no_number_that_somebody_has(post: Post) -> None:
    other = truck(master("CMR-9", house("1", consignment_no="OTHER")), name="T-1/1")
    post.announce(other)
    post.arrived(groupage())
    post.declare("1", State.RELEASED)
    assert post.act("T-1", Split(store="SVX-7")).lots == 2
    assert post.now("T-1/1") == other
    assert [one.key for one in post.now("T-1/2").houses] == [("KHG-1", "1")]
    assert post.now("T-1/2").parent == "T-1"
    post.declare("3", State.RELEASED)
    post.act("T-1", Transload(to="T-1/2"), Role.KEEPER)


def test_the_same_told_twice_is_kept_once(post: Post) -> None:
    post.announce(groupage())
    post.announce(groupage())
    facts = Arrive(place="Nur Zholy", act_no="A-1")
    assert post.act("T-1", facts) == post.act("T-1", facts)
    assert post.events("T-1") == ["announce", "arrive"]


def test_a_house_goes_by_the_declaration_that_counts_where_it_is(post: Post) -> None:
    to_almaty = Transit(declaration_no="KZ/7")
    post.arrived(truck(master("CMR-1", house("1"), transit=to_almaty)))
    free = lambda: post.node.state.read(lambda tx: room.leaving_of(tx, "T-1")).is_free  # noqa: E731
    assert not free()
    post.declare("1", State.INSPECTED)
    assert not free()
    post.declare("1", State.RELEASED, "transit")
    assert free()


STANDS: list[tuple[tuple[Facts, ...], bool | None]] = [
    ((), False),
    ((Depart(),), False),
    ((Arrive(),), True),
    ((Arrive(), Present()), True),
    ((Arrive(), Unload(store="SVX-7")), True),
    ((Arrive(seals_found=("X-9",)),), False),
    ((Arrive(seals_found=("X-9",)), Settle(rule="TRN006")), True),
    ((Arrive(), Weigh(weighed_mass_mg=900 * KG, tare_mg=1)), False),
    ((Withdraw(),), None),
]


@pytest.mark.parametrize(("facts", "stands"), STANDS)
def test_a_house_stands_at_the_post_when_its_transport_does(
    post: Post, facts: tuple[Facts, ...], stands: bool | None
) -> None:
    assert post.stands("1") is None
    post.announce(groupage())
    if facts[:1] == (Depart(),):
        post.act("T-1", Load(masters=()))
    for one in facts:
        post.act("T-1", one)
    assert post.stands("1") is post.stands("") is stands
    assert post.stands("9") is None


def test_a_house_in_parts_stands_when_all_of_it_has_come(post: Post) -> None:
    whole = {"whole_packages": 10, "whole_mass_mg": 100 * KG}
    post.arrived(truck(master("CMR-1", house("1", 6, 60, **whole))))
    post.announce(truck(master("CMR-2", house("1", 4, 40, **whole)), name="T-2"))
    assert post.stands("1") is False
    post.act("T-2", Arrive())
    assert post.stands("1") is True


@pytest.mark.parametrize(
    ("facts", "state", "act", "flag"),
    [
        (None, State.REGISTERED, "amended", []),
        (Arrive(), State.REGISTERED, "amended", []),
        (Arrive(), State.RELEASED, "amended", [("TRN010", "KHG-1/1")]),
        (None, State.REGISTERED, "cancelled", [("TRN012", "KHG-1/1")]),
        (Arrive(), State.REGISTERED, "cancelled", [("TRN011", "KHG-1/1")]),
        (Arrive(), State.RELEASED, "cancelled", [("TRN011", "KHG-1/1")]),
    ],
)
def test_an_export_amended_or_cancelled_too_late(
    post: Post, facts: Facts | None, state: State, act: str, flag: Any
) -> None:
    post.announce(groupage())
    post.declare("1", state)
    if facts is not None:
        post.act("T-1", facts)
    assert post.amended("1", act) == (["T-1"] if flag else [])
    assert rules(post.now("T-1")) == flag
    assert post.amended("1", act) == [], "the same again changes nothing"


def test_an_own_export_cancelled_when_its_truck_has_left(post: Post) -> None:
    ends = {"departure_country": "KZ", "destination_country": "CN"}
    one = groupage()
    post.announce(replace(one, masters=tuple(replace(m, **ends) for m in one.masters)))
    post.act("T-1", Load(masters=()))
    for number in "123":
        post.declare(number, State.RELEASED, "export")
    post.act("T-1", Exit())
    assert post.write(news.withdrawn, ("KHG-1", "2"), "KZ/9") == ["T-1"]
    assert rules(post.now("T-1")) == [("TRN011", "KHG-1/2")]
    with pytest.raises(ActNotAllowed, match="TRN106"):
        post.act("T-1", Close())


def test_a_transport_learns_of_a_release(post: Post) -> None:
    post.announce(groupage())
    assert post.write(news.released, ("KHG-1", "1")) == ["T-1"]
    assert post.write(news.released, ("KHG-7", "1")) == []
    assert post.events("T-1") == ["announce", "house_released"]
    assert look(post.world, "kz").is_sound


def test_a_transit_that_is_over_is_flagged_once(post: Post) -> None:
    post.announce(train())
    assert room.pass_time(post.node) == 0
    post.world.clock.at += 1000 * HOUR
    assert room.pass_time(post.node) == 1
    assert rules(post.now("X8027")) == [("TRN014", "SM-1"), ("TRN014", "SM-2")]
    assert room.pass_time(post.node) == 0
    kept = post.node.state.read(lambda tx: dossier_of(tx, room.TRANSPORT, "X8027"))
    assert kept.due_at == MISSING


def test_an_empty_run_needs_no_declaration(post: Post) -> None:
    post.announce(empty_run())
    post.act("E-1", Depart(), Role.CARRIER)
    assert post.act("E-1", Exit()).phase is Phase.EXITED


@pytest.mark.parametrize("competence", [Competence.RELAY, Competence.CARRIER])
def test_a_port_or_carrier_lets_no_officer_act(competence: Competence) -> None:
    post = Post(frozenset({competence}))
    post.announce(groupage())
    with pytest.raises(NotCompetent):
        post.act("T-1", Arrive())
    post.act("T-1", Arrive(), Role.CARRIER)
    assert post.world.codes("kz") == []


@pytest.mark.parametrize(
    ("role", "may_announce", "may_present"),
    [
        (PartyRole.CARRIER, True, False),
        (PartyRole.OFFICER, False, True),
        (PartyRole.BORDER_GUARD, False, True),
        (PartyRole.BANK, False, False),
    ],
)
def test_who_is_registered_here_acts_in_his_role_alone(
    post: Post, role: PartyRole, may_announce: bool, may_present: bool
) -> None:
    for code in ("Chen", "Altyn Trans"):
        register_party(post.node, code, "KZ", {role: (0, NO_END)}, who="Aigerim")
    if may_announce:
        post.announce(groupage())
    else:
        with pytest.raises(NoRole, match="carry"):
            post.announce(groupage())
        room.announce(post.node, post.law, groupage(carrier=""), By(Role.CARRIER, "Nomad Cargo"))
        named = groupage(carrier="Altyn Trans", id="T-9")
        with pytest.raises(NoRole):  # nor is it announced in its name
            room.announce(post.node, post.law, named, By(Role.CARRIER, "Nomad Cargo"))
    if may_present:
        assert post.act("T-1", Arrive(place="Nur Zholy")).phase is Phase.ARRIVED
    else:
        with pytest.raises(NoRole):
            post.act("T-1", Arrive(place="Nur Zholy"))
