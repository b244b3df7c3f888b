"""The cast of transports: Altyn Trans drives a truck of two masters, Nur Zholy is the post."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from silkport.courses.transport import act, announce
from silkport.courses.transport_given import Acted, By, Declarations, Given, TransportLaw
from silkport.kernel.transport_errors import ActNotAllowed
from silkport.model.transport import (
    EMPTY_RUN,
    Declared,
    House,
    Master,
    Mode,
    Role,
    Seal,
    Transit,
    Transport,
    Unit,
    UnitKind,
    WaybillForm,
)
from silkport.model.transport_acts import Arrive, Facts, Portion
from silkport.model.transport_rules import RULES

AT = 1_790_000_000_000
HOUR = 3_600_000
KG = 10**6
LAW, CN = TransportLaw("KZ", 10_000), TransportLaw("CN", 10_000)
BOX, OTHER_BOX, WAGON = "CSQU3054383", "TGHU7599330", "52895067"


def house(number: str, packages: int = 10, kg: int = 100, **more: Any) -> House:
    values = {"consignment_no": "KHG-1", "house_no": number, "procedure": "40"} | more
    return House(packages=packages, gross_mass_mg=kg * KG, **values)


def master(waybill: str, *houses: House, **more: Any) -> Master:
    values = {"form": WaybillForm.CMR, "departure_country": "CN", "destination_country": "KZ"}
    return Master(waybill=waybill, houses=houses, **(values | more))


def truck(*masters: Master, name: str = "T-1", **more: Any) -> Transport:
    values = {"carrier": "Altyn Trans", "tractor": "777 ABC 02", "trailer": "12 AB 05"}
    return Transport(**({"id": name, "mode": Mode.ROAD, "masters": masters} | values | more))


def groupage(**more: Any) -> Transport:
    """Two masters; the first has houses 1 and 2, the second house 3."""
    one = master("CMR-1", house("1"), house("2", 5, 50))
    return truck(one, master("CMR-2", house("3", 4, 40)), **more)


def train(**more: Any) -> Transport:
    """A transit train with two boxes, each with a waybill and a transit declaration."""
    transit = Transit(declaration_no="55302/150726/0012345", office="55301", due_at=AT + 100 * HOUR)
    units = (
        Unit(number=WAGON, kind=UnitKind.WAGON),
        Unit(number=BOX, kind=UnitKind.CONTAINER, on=WAGON),
        Unit(number=OTHER_BOX, kind=UnitKind.CONTAINER),
    )
    masters = tuple(
        Master(
            waybill=f"SM-{n}",
            form=WaybillForm.CIM_SMGS,
            departure_country="CN",
            destination_country="DE",
            packages=20,
            gross_mass_mg=2_000 * KG,
            units=(box,),
            transit=transit,
        )
        for n, box in ((1, BOX), (2, OTHER_BOX))
    )
    whole = Transport(id="X8027", mode=Mode.RAIL, train="X8027", units=units, masters=masters)
    return replace(whole, **more)


def empty_run(**more: Any) -> Transport:
    return truck(name="E-1", procedure=EMPTY_RUN, **more)


def given(role: Role = Role.OFFICER, at: int = AT, **more: Any) -> Given:
    by = By(role, {"officer": "Chen"}.get(role.value, "Altyn Trans"), more.pop("reason", "seen"))
    return Given(by, at, more.pop("law", LAW), **more)


def announced(one: Transport, before: Transport | None = None) -> Transport:
    return announce(one, before, given(Role.CARRIER)).transport


def done(now: Transport, facts: Facts, role: Role = Role.OFFICER, **more: Any) -> Transport:
    return acted(now, facts, role, **more).transport


def acted(now: Transport, facts: Facts, role: Role = Role.OFFICER, **more: Any) -> Acted:
    return act(now, facts, given(role, **more))


def released(*numbers: str, state: str = "released", direction: str = "import") -> Declarations:
    """Declarations of houses of the one consignment."""
    return {
        ("KHG-1", one): [Declared(house_no=one, direction=direction, state=state)]
        for one in numbers
    }


def rules(now: Transport) -> list[tuple[str, str]]:
    """Open flags."""
    return [(one.rule, one.about) for one in now.open_flags]


def sealed(*numbers: str) -> tuple[Seal, ...]:
    return tuple(Seal(number=one) for one in numbers)


def at_post(one: Transport | None = None) -> Transport:
    """Announced and arrived."""
    return done(announced(one or groupage()), Arrive(happened_at=AT - HOUR, place="Nur Zholy"))


def refused(rule: str, now: Transport, facts: Facts, role: Role = Role.OFFICER, **more: Any) -> str:
    with pytest.raises(ActNotAllowed) as error:
        acted(now, facts, role, **more)
    assert error.value.facts["rule"] == rule
    assert RULES[rule].fix in str(error.value)
    return str(error.value)


def part(waybill: str, consignment_no: str, house_no: str = "", **more: Any) -> Portion:
    return Portion(waybill=waybill, consignment_no=consignment_no, house_no=house_no, **more)
