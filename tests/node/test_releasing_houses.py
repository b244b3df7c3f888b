"""One house and several words on it: other declarations, transports, the export next door."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from silkport.courses.transport_given import By
from silkport.kernel.release_errors import ReleaseBarred
from silkport.model.states import Actor, State
from silkport.model.transport import House, Role
from silkport.model.transport_acts import Arrive, Facts, Portion, Settle, Unload, Weigh, Withdraw
from silkport.node.corridor import transports
from silkport.node.exchange.outbox import Outgoing, queue
from silkport.node.workflow import house_known
from silkport.node.workflow.cases import Case
from tests.courses.transports import KG, house, master, truck
from tests.node.released import Gate
from tests.node.test_release_bad_input import flags, said, tell
from tests.node.test_releasing import ready
from tests.node.worlds import BEGIN

CARRIER = By(Role.CARRIER, "Altyn Trans")
CMR = "CMR 77"


def exported(case: Case, **more: Any) -> dict[str, Any]:
    """What Kazakhstan says when it lets the apples of a house go."""
    about = {name: one for name, one in said(case).items() if name not in {"act", "amended_at"}}
    goods = [{"gnum": 1, "hs_code": "0808108000"}]
    apples = {"released_at": BEGIN, "gross_mass_mg": 12 * KG, "pack_count": 10, "goods": goods}
    return about | apples | more


def announce(gate: Gate, waybill: str, one: House, name: str = "T-1") -> None:
    law = transports.law_of(gate.node)
    way = {"departure_country": "KZ", "destination_country": "ZZ"}
    transports.announce(gate.node, law, truck(master(waybill, one, **way), name=name), CARRIER)


def done(gate: Gate, facts: Facts, name: str = "T-1", role: Role = Role.OFFICER) -> None:
    gate.world.clock.at += 1
    transports.act(gate.node, transports.law_of(gate.node), name, facts, By(role, "Chen", "so"))


def carried(case: Case, packages: int = 10, kg: int = 12, **more: Any) -> House:
    return house("1", packages, kg, consignment_no=case.consignment_no, **more)


def second(gate: Gate, first: Case, kg: int = 1, packs: int = 1, **more: Any) -> Case:
    mass = kg * KG
    goods = {"gross_mass_mg": mass, "net_mass_mg": mass}
    about = {"consignment_no": first.consignment_no, "gross_mass_mg": mass, "pack_count": packs}
    return gate.file(90 + gate.count, early=False, goods=goods, **about, **more)


def test_a_tiny_second_declaration_of_a_held_house_is_held() -> None:
    gate = Gate(("presentation", "inspection"))
    first = gate.file(1, early=False)
    assert first.state is State.INSPECTION_ORDERED
    evil = second(gate, first, declarant_code="EVIL")
    assert "HLD011" in gate.stands(evil)
    assert "HLD011" not in gate.stands(first)  # who was there first is not held up by it


@pytest.mark.parametrize(
    ("kg", "packs", "state"),
    [
        (5, 4, State.RELEASED),
        (6, 5, State.RELEASED),
        (7, 5, State.DOCUMENTS_REQUESTED),
        (6, 6, State.DOCUMENTS_REQUESTED),
    ],
)
def test_a_house_declared_in_two_is_no_more_than_the_house(
    kg: int, packs: int, state: State
) -> None:
    gate = Gate(("presentation",))
    half = {"gross_mass_mg": 6 * KG, "pack_count": 5}
    first = gate.file(1, goods={"gross_mass_mg": 6 * KG, "net_mass_mg": 5 * KG}, **half)
    announce(gate, CMR, carried(first))
    done(gate, Arrive(place="P"))
    other = second(gate, first, kg, packs)
    assert other.state is state
    assert gate.stands(other) == ([] if state is State.RELEASED else ["HLD011"])


def test_of_more_than_can_be_compared_an_officer_decides(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Who files a house again and again makes nobody slow, and frees nothing by it."""
    monkeypatch.setattr(house_known, "MAX_BESIDE", 2)
    gate = Gate(("presentation",))
    first = gate.file(
        1, goods={"gross_mass_mg": KG, "net_mass_mg": KG}, gross_mass_mg=KG, pack_count=1
    )
    announce(gate, CMR, carried(first))
    done(gate, Arrive(place="P"))
    assert second(gate, first).state is State.RELEASED
    third = second(gate, first)
    assert gate.stands(third) == ["HLD011"]


def test_nobody_knows_how_much_the_house_is() -> None:
    gate = Gate(("presentation",))
    first = gate.file(1, early=False)
    other = second(gate, first)
    assert gate.stands(other) == ["HLD011"]
    gate.act(other, "withdraw", Actor.DECLARANT)
    assert gate.act(second(gate, first), "release").state is State.RELEASED  # an officer decides


def test_a_carrier_who_unloads_a_part_does_not_make_two_waybills_right() -> None:
    gate = Gate(("presentation",))
    first = gate.file(1)
    other = second(gate, first, 12, 10, transport_document="CMR 78")
    assert gate.stands(other) == ["HLD007"]
    announce(gate, CMR, carried(first))
    done(gate, Arrive(place="P"))
    whole = {"waybill": CMR, "consignment_no": first.consignment_no, "house_no": "1"}
    portion = Portion(packages=5, gross_mass_mg=6 * KG, **whole)
    done(gate, Unload(store="W", portions=(portion,)), role=Role.CARRIER)
    gate.act(first, "present")
    assert "HLD007" in gate.stands(first)
    gate.act(other, "receive_documents", Actor.DECLARANT)
    assert "HLD007" in gate.stands(other)


@pytest.mark.parametrize(("kg", "holds"), [(6, []), (7, ["HLD007"])])
def test_parts_announced_with_one_whole_are_right_up_to_it(kg: int, holds: list[str]) -> None:
    gate = Gate(("presentation",))
    half = {"gross_mass_mg": 6 * KG, "pack_count": 5}
    first = gate.file(1, goods={"gross_mass_mg": 6 * KG, "net_mass_mg": 5 * KG}, **half)
    for waybill, name in ((CMR, "T-1"), ("CMR 78", "T-2")):
        one = carried(first, 5, 6, whole_packages=10, whole_mass_mg=12 * KG)
        announce(gate, waybill, one, name)
        done(gate, Arrive(place="P"), name)
    other = second(gate, first, kg, 5, transport_document="CMR 78")
    assert gate.stands(other) == holds


@pytest.mark.parametrize(
    ("more", "holds"),
    [
        ({}, []),
        ({"goods": [{"gnum": 1, "hs_code": "0808101000"}]}, []),
        ({"goods": [{"gnum": 1, "hs_code": "2710121100"}]}, ["HLD012"]),
        ({"gross_mass_mg": 99_000 * KG}, ["HLD012"]),
        ({"gross_mass_mg": 12_200_000}, []),  # two in a hundred are within the scales
    ],
)
def test_what_is_declared_is_what_the_neighbour_let_go(
    more: dict[str, Any], holds: list[str]
) -> None:
    gate = Gate(("presentation",))
    probe = gate.file(1)
    gate.act(probe, "withdraw", Actor.DECLARANT)
    tell(gate, "export_released", exported(probe, **more))
    case = gate.file(2, early=False, consignment_no=probe.consignment_no)
    assert gate.stands(case) == holds
    assert (case.state is State.RELEASED) is (not holds)
    if holds:
        assert gate.act(case, "release").state is State.RELEASED  # an officer has compared


def test_an_amended_export_is_what_counts() -> None:
    gate = Gate(("presentation",))
    probe = gate.file(1)
    gate.act(probe, "withdraw", Actor.DECLARANT)
    tell(gate, "export_released", exported(probe, gross_mass_mg=99 * KG))
    tell(gate, "export_amended", said(probe, gross_mass_mg=12 * KG))
    assert gate.file(2, early=False, consignment_no=probe.consignment_no).state is State.RELEASED


@pytest.mark.parametrize(("mass", "flagged"), [(12, []), (99, [("HLD012", "officer")])])
def test_an_export_told_after_the_release_is_compared_then(
    mass: int, flagged: list[tuple[str, str]]
) -> None:
    gate = Gate(("presentation",))
    case = gate.file(1, early=False)
    tell(gate, "export_released", exported(case, gross_mass_mg=mass * KG))
    assert flags(gate, case) == flagged


def test_an_export_told_while_the_import_waits_holds_it() -> None:
    gate = Gate(("presentation", "payment"))
    case = gate.file(1, early=False)
    tell(gate, "export_released", exported(case, gross_mass_mg=99 * KG))
    assert gate.stands(case) == ["BAL001", "HLD012"]


def test_a_part_is_compared_with_what_travels_on_its_waybill() -> None:
    gate = Gate(("presentation",))
    first = gate.file(1, gross_mass_mg=6 * KG, pack_count=5, goods={"gross_mass_mg": 6 * KG,
                      "net_mass_mg": 5 * KG})  # fmt: skip
    tell(gate, "export_released", exported(first))
    assert "HLD012" in gate.stands(first)
    announce(gate, CMR, carried(first, 5, 6, whole_packages=10, whole_mass_mg=12 * KG))
    done(gate, Arrive(place="P"))
    assert gate.act(first, "present").state is State.RELEASED


def test_the_declarants_word_does_not_bring_a_truck_that_is_only_announced() -> None:
    gate = Gate(("presentation",))
    case = gate.file(1)
    announce(gate, CMR, carried(case))
    assert gate.act(case, "present", Actor.DECLARANT).state is State.REGISTERED
    assert gate.stands(case) == ["HLD013"]
    with pytest.raises(ReleaseBarred, match="HLD013"):
        gate.act(case, "release")
    done(gate, Arrive(place="P"))
    assert gate.go_on() == [case.number]  # what the transport tells wakes it


def test_what_is_filed_as_there_waits_for_its_truck_as_well() -> None:
    gate = Gate(("presentation",))
    announce(gate, CMR, house("1", 10, 12, consignment_no="ZZ-2026-1"))
    case = gate.file(1, early=False)
    assert (case.state, gate.stands(case)) == (State.REGISTERED, ["HLD013"])
    done(gate, Arrive(place="P"))
    assert gate.go_on() == [case.number]


def test_a_flag_on_its_transport_holds_the_house_until_it_is_settled() -> None:
    gate = Gate(("presentation",))
    case = gate.file(1)
    announce(gate, CMR, carried(case))
    done(gate, Arrive(place="P"))
    done(gate, Weigh(weighed_mass_mg=40_000 * KG, tare_mg=15_000 * KG))
    assert gate.act(case, "present").state is State.REGISTERED
    assert gate.stands(case) == ["HLD013"]
    done(gate, Settle(rule="TRN007"))
    assert gate.go_on() == [case.number]


def test_without_a_transport_and_for_exports_the_word_of_the_declarant_stands() -> None:
    gate = Gate(("presentation",))
    assert gate.act(gate.file(1), "present").state is State.RELEASED
    withdrawn = gate.file(2)
    announce(gate, CMR, carried(withdrawn))
    done(gate, Withdraw(), role=Role.CARRIER)
    assert gate.act(withdrawn, "present").state is State.RELEASED
    way = {"departure_country": "ZZ", "destination_country": "KZ", "procedure": "10"}
    export = gate.file(3, early=False, **way)
    assert export.direction == "export"
    announce(gate, "CMR 9", carried(export), "T-2")
    assert "HLD013" not in gate.stands(export)


def test_a_transport_without_numbers_of_houses_wakes_all_of_its_consignment() -> None:
    gate = Gate(("presentation",))
    case = gate.file(1)
    announce(gate, CMR, replace(carried(case), house_no=""))
    gate.act(case, "present")
    assert gate.stands(case) == ["HLD013"]
    done(gate, Arrive(place="P"))
    assert gate.go_on() == [case.number]


def test_a_passport_is_spent_on_one_declaration_of_its_house() -> None:
    """A second one of the same house is not covered by it, until the first comes to nothing."""
    gate = Gate()
    number = gate.number_drawn(drawn=False)
    first = ready(gate, number)
    gate.act(first, "present", Actor.DECLARANT)
    assert gate.case(first).state is State.RELEASED
    second = gate.file(number, declaration_no="ZZ/2026/again", early=False)
    assert gate.stands(second) == ["HLD002", "HLD011"]
    assert gate.case(second).state is not State.RELEASED
    gate.act(first, "cancel")
    gate.go_on()
    assert gate.case(second).state is State.RELEASED


def test_what_was_cancelled_of_one_house_is_not_said_of_another() -> None:
    gate = Gate()
    kz, body = gate.world.node("kz"), {"act": "cancelled", "declaration_no": "KZ/1"}
    house = {"consignment_no": "X/1", "house_no": "2", "amended_at": gate.world.clock.at}
    kz.state.write(lambda tx: queue(tx, kz, "zz", [Outgoing("export_amended", body | house)]))
    gate.world.settle()
    other = gate.file(1, consignment_no="X", house_no="1/2")
    own = gate.file(2, consignment_no="X/1", house_no="2")
    assert [bool(found.flags) for one in (other, own) if (found := gate.awaiting(one))] == [
        False,
        True,
    ]
