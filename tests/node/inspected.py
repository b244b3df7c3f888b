"""Passports between two nodes and what is asked of them, for the tests of inspections."""

from __future__ import annotations

from typing import Any

import msgspec

from silkport.courses.inspection import Owed
from silkport.model.inspections import (
    DAY_MS,
    HouseFacts,
    InspectedLine,
    Inspection,
    Measure,
    Passport,
    Subject,
)
from silkport.model.messages import Competence
from silkport.node.corridor import inspections as room
from silkport.node.corridor import trust as trusting
from silkport.node.dossiers import Dossier, acts
from silkport.node.exchange.keys import signing_key_from
from tests.node.worlds import BEGIN, CUSTOMS, DAY, World

SEED = bytes(range(1, 33))
PUBLIC = signing_key_from(SEED).public
TODAY = BEGIN // DAY_MS
BOTH = CUSTOMS | {Competence.INSPECTION}

FLOUR = InspectedLine(1, "1101001500", 21_000_000_000, 20_000_000_000)
RESULT = Passport(
    inspection_no="KZ-PQ-7",
    consignment_no="KHG-000015",
    house_no="1",
    body="Plant quarantine of Kostanay",
    body_code="KZ-PQ",
    competence="plant",
    method="plant",
    inspected_at=BEGIN - DAY,
    finding="conforms",
    valid_until="2026-10-01",
    goods=[FLOUR],
    measures=[Measure("moisture", "13.2", "P1")],
)
FACTS = HouseFacts(
    consignment_no="KHG-000015",
    house_no="1",
    side="cn",
    other_country="KZ",
    direction="import",
    lane="green",
    day=TODAY,
    gross_mass_mg=21_000_000_000,
    goods=[FLOUR],
)


def made() -> World:
    """A plant quarantine body beside customs in Kazakhstan; China has registered it."""
    found = World(names=("cn", "kz", "zz"), competence={"kz": BOTH})
    register(found)
    return found


def register(world: World, **changes: Any) -> None:
    said: dict[str, Any] = {
        "code": "KZ-PQ",
        "name": "Plant quarantine of Kostanay",
        "administration": "kz",
        "subjects": [Subject.PLANT],
        "public": PUBLIC,
        "start_day": TODAY - 100,
        "who": "officer Chen",
    }
    trusting.register_body(world.node("cn"), **said | changes)


def sent(world: World, passport: Passport = RESULT) -> str:
    """Issues a passport in Kazakhstan and lets China receive it; gives its id there."""
    room.issue(world.node("kz"), passport, SEED, "cn", who="inspector Aigerim")
    world.settle()
    body = said(world)
    return take(world, body).id


def said(world: World) -> dict[str, Any]:
    """The body of the newest message on an inspection that reached China."""
    sql = "select body from said where kind = 'inspection_result' order by seq desc"
    found: dict[str, Any] = msgspec.json.decode(world.rows("cn", sql)[0][0])
    return found


def take(world: World, body: dict[str, Any]) -> Dossier[Inspection]:
    node = world.node("cn")
    return node.state.write(lambda tx: room.passport_received(tx, node, "kz", body))


def ask(world: World, facts: HouseFacts = FACTS, name: str = "cn") -> list[Owed]:
    node = world.node(name)
    return node.state.write(lambda tx: room.inspections_owed(tx, node, facts))


def held(world: World, identity: str) -> Inspection:
    return world.node("cn").state.read(lambda tx: room.find_inspection(tx, identity)).state


def events(world: World, identity: str) -> list[str]:
    found = world.node("cn").state.read(lambda tx: acts(tx, room.INSPECTION, identity))
    return [one["event"] for one in found]


def house_drawn(world: World, *, below: int = 0, least: int = 0) -> str:
    """The number of a consignment whose draw lies below or from a share on."""
    node = world.node("cn")
    numbers = (f"KHG-{n}" for n in range(10_000))
    return next(
        one
        for one in numbers
        if (
            room.draw_for(node, f"{one}/1") < below
            if below
            else least <= room.draw_for(node, f"{one}/1")
        )
    )


def of_house(number: str, **changes: Any) -> tuple[Passport, HouseFacts]:
    return (
        msgspec.structs.replace(RESULT, consignment_no=number, **changes),
        msgspec.structs.replace(FACTS, consignment_no=number),
    )


def rows(world: World) -> list[dict[str, Any]]:
    node = world.node("cn")
    return node.state.read(lambda tx: trusting.trust_rows(tx, node, room.INSPECTION))
