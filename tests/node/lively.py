"""A pair of nodes after a lively day: filings, acts, messages of many kinds, a change of keys."""

from __future__ import annotations

from functools import cache
from typing import Any

from silkport.kernel.check_digits import complete_kz_iin
from silkport.model.states import Actor
from silkport.node.corridor.paper import issue_blanks
from silkport.node.workflow.acting import act
from silkport.node.workflow.filing import file_declaration
from silkport.sim.nodes import Simulated
from tests.node.worlds import BEGIN, EXPORT, MINUTE, World

Row = dict[str, Any]

PERSON = complete_kz_iin("85010130012") or ""
HEAD: Row = {
    "act": "declaration",
    "app_time": 20260921100000,
    "consignment_no": "ZZ-2026-1",
    "house_no": "1",
    "procedure": "40",
    "previous_procedure": "00",
    "office": "1001",
    "border_office": "1001",
    "declarant_code": "D1",
    "declarant_name": "Broker One",
    "consignor_name": "Yiwu Export",
    "consignor_country": "CN",
    "consignor_code": "X",
    "consignee_code": "C1",
    "consignee_name": "Zerafshan Trade",
    "consignee_country": "ZZ",
    "departure_country": "CN",
    "destination_country": "ZZ",
    "trade_country": "CN",
    "transport_mode": "30",
    "transport_document": "CMR 77",
    "vehicle": "A123",
    "container_count": 0,
    "pack_count": 10,
    "goods_count": 1,
    "gross_mass_mg": 12_000_000,
    "contract_no": "K1",
    "incoterms": "DAP",
    "incoterms_place": "Khorgos",
    "currency": "XTS",
    "invoice_total_e5": 100_000_000,
}
LINE: Row = {
    "gnum": 1,
    "hs_code": "7318150000",
    "goods_name": "screws",
    "origin": "DE",
    "gross_mass_mg": 12_000_000,
    "net_mass_mg": 10_000_000,
    "qty_e5": 1_000_000,
    "unit": "H87",
    "total_e5": 100_000_000,
    "valuation_method": 1,
}


def filed(world: World, name: str, number: int, **more: object) -> str:
    """Files one import declaration at a node of the fictional country; gives its id."""
    one = world[name]
    declaration: Row = {
        **HEAD,
        "declaration_no": f"ZZ/2026/{number}",
        "consignment_no": f"ZZ-2026-{number}",
        "guid": f"G{number}",
        "decl_day": one.office.day(world.clock.at),
        **more,
    }
    goods = [LINE | {"declaration_no": declaration["declaration_no"]}]
    return file_declaration(one.node, one.office, declaration, goods, who="Broker One").case.id


@cache
def _day() -> World:
    world = World(("cn", "zz"))
    for number in range(1, 4):
        world.tell(
            "cn",
            "zz",
            "export_released",
            EXPORT | {"consignment_no": f"ZZ-2026-{number}", "declaration_no": f"CN/{number}"},
        )
        filed(world, "zz", number)
        world.clock.at += MINUTE
    world.settle()
    filed(world, "zz", 4, consignee_code=PERSON, consignee_name="Nur Zholy", goods_count=2)
    filed(world, "zz", 4, guid="G4 again", consignee_code=PERSON, consignee_name="Nur Zholy")
    case = filed(world, "zz", 5)
    world.clock.at += MINUTE
    one = world["zz"]
    act(one.node, one.office, case, "cancel", actor=Actor.OFFICER, who="Chen", reason="a test")
    world.settle()
    for number in range(300):
        body = {"slot_no": f"S{number % 40}", "post": "KHG", "opens_at": BEGIN, "closes_at": BEGIN}
        world.tell("zz", "cn", "slot_state", body | {"state": "given"})
    asked = {"query_no": "Q1", "first_day": "2026-09-01", "last_day": "2026-09-30"}
    world.tell("cn", "zz", "mirror_query", asked | {"direction": "import"})
    world.settle()
    world.clock.at += MINUTE
    issue_blanks(one.node, "post 1001", 2)
    world.rotate("cn")
    world.settle()
    world.rows("zz", "update peer set competence = 'carrier'")
    world.export("cn", "zz", "9")
    world.settle()
    world.rows("zz", "update peer set competence = 'customs'")
    return world


def lively() -> World:
    """The pair; each caller has a copy of its own."""
    world = _day()
    made = World(())
    made.clock.at = world.clock.at
    for name, one in world.nodes.items():
        made.nodes[name] = copy_of(one, made)
    return made


def copy_of(one: Simulated, world: World) -> Simulated:
    """A node with the same state."""
    return Simulated(
        one.id, one.administration, world.clock, one.chance, one.competence, founded=one
    )
