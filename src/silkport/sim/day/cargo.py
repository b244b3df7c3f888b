"""What travels on the day: descriptions and transports, drawn by a seed."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from silkport.filings.paths import Value
from silkport.kernel.identifiers import is_wagon
from silkport.model.description import Description, Document, Goods, House, Party
from silkport.model.transport import (
    EMPTY_RUN,
    Mode,
    Seal,
    Transit,
    Transport,
    Unit,
    UnitKind,
    WaybillForm,
)
from silkport.model.transport import House as Carried
from silkport.model.transport import Master as Loaded
from silkport.sim.descriptions import DAY_MS, drawn_description
from silkport.sim.world import read_toml

FILE = "day.toml"
RAIL = "20"
TRANSIT_DAYS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrusted:
    """One house on the importer's side: who declares it, and what only he can state.

    Attributes:
        typed: fields of the import declaration, as `consignments.confirm` takes them.
        held: why the officer looks at it; "" for a house that goes on.
    """

    consignment_no: str
    house_no: str
    importer: str
    declarant: str
    procedure: str
    typed: dict[str, Value]
    held: str = ""


@dataclass(frozen=True, slots=True)
class Freight:
    """One transport with the descriptions it carries, and how each house is to be declared."""

    transport: Transport
    descriptions: tuple[Description, ...]
    houses: tuple[Entrusted, ...]


class Cargo:
    """Everything that travels; the same seed gives the same goods, numbers and plates."""

    def __init__(self, seed: int, at: int) -> None:
        self.told = read_toml(FILE)
        self._dice = random.Random(f"day {seed}")
        self._seed, self._at = seed, at
        self._drawn = 0

    def groupage(self) -> Freight:
        """The truck with machines: masters of several houses, brokers and procedures."""
        plates, masters, some, houses = self._plates(), [], [], []
        carrier = ""
        for told in self.told["truck"]:
            drawn = self._draw("machines")
            described = self._divided(drawn, told["house"], plates)
            carrier = described.carrier.own_code
            rows = list(zip(described.houses(), told["house"], strict=True))
            own = [self._entrusted(described, house, one) for (_, house), one in rows]
            masters.append(_loaded(described, WaybillForm.CMR, own))
            some.append(described)
            houses += own
        transport = Transport(
            id=f"T-{self._seed}-1",
            mode=Mode.ROAD,
            carrier=carrier,
            tractor=plates,
            driver="Ерлан Сериков (пример)",
            masters=tuple(masters),
            seals=(Seal(number=self._number("S", 6)),),
        )
        return Freight(transport, tuple(some), tuple(houses))

    def later(self) -> Freight:
        """One more consignment of machines, which is filed while the line is cut."""
        drawn, plates = self._draw("machines"), self._plates()
        described = self._divided(drawn, [{"goods": [2]}], plates)
        own = [self._entrusted(described, house, {}) for _, house in described.houses()]
        transport = Transport(
            id=f"T-{self._seed}-2",
            mode=Mode.ROAD,
            carrier=described.carrier.own_code,
            tractor=plates,
            masters=(_loaded(described, WaybillForm.CMR, own),),
        )
        return Freight(transport, (described,), tuple(own))

    def flour(self) -> Freight:
        """Flour in a wagon, with the certificate that its plants are healthy."""
        drawn, wagon = self._draw("flour"), self._wagon()
        paper = Document(kind=self.told["certificate"]["kind"], number=self.certificate)
        (master, house), *_ = drawn.houses()
        house = replace(house, documents=(*house.documents, paper))
        waybill = self._number("SMGS ", 8)
        train = self._number("", 4)
        described = replace(
            drawn,
            transport=replace(drawn.transport, mode=RAIL, vehicle=train, containers=()),
            masters=(replace(master, document_no=waybill, houses=(house,)),),
        )
        own = [self._entrusted(described, house, {})]
        loaded = _loaded(described, WaybillForm.SMGS, own)
        transport = Transport(
            id=f"R-{self._seed}-1",
            mode=Mode.RAIL,
            carrier=described.carrier.own_code,
            train=train,
            units=(Unit(number=wagon, kind=UnitKind.WAGON),),
            masters=(replace(loaded, units=(wagon,)),),
        )
        return Freight(transport, (described,), tuple(own))

    def transit(self) -> Freight:
        """A container train from China to Europe through Kazakhstan."""
        told = self.told["transit"]
        drawn, train = self._draw("machines"), self._number("", 4)
        one = self._divided(drawn, [{"goods": [1, 2], "importer": "lodz"}], train)
        importer = Party(**self.told["importer"]["lodz"])
        way = replace(one.transport, mode=RAIL, destination_country=importer.country, vehicle=train)
        (master, _), *_ = one.houses()
        waybill = self._number("CIM ", 8)
        described = replace(
            one,
            importer=importer,
            transport=way,
            masters=(replace(master, document_no=waybill),),
        )
        (_, house), *_ = described.houses()
        own = Entrusted(
            consignment_no=described.consignment_no,
            house_no=house.house_no,
            importer=importer.own_code,
            declarant=described.carrier.own_code,
            procedure="80",
            typed=self._lines(house.goods) | told["typed"] | {"guarantee_no": self.guarantee},
        )
        wagon = self._wagon()
        loaded = _loaded(described, WaybillForm.CIM_SMGS, [own])
        due_at = self._at + TRANSIT_DAYS * DAY_MS
        number = f"{own.consignment_no}/{own.house_no}/T"
        crossing = Transit(declaration_no=number, office=told["office"], due_at=due_at)
        transport = Transport(
            id=f"R-{self._seed}-2",
            mode=Mode.RAIL,
            carrier=own.declarant,
            train=train,
            units=(Unit(number=wagon, kind=UnitKind.WAGON),),
            masters=(replace(loaded, units=(wagon,), transit=crossing),),
        )
        return Freight(transport, (described,), (own,))

    def empty(self) -> Transport:
        """A truck that goes home with nothing on it."""
        return Transport(
            id=f"E-{self._seed}-1",
            mode=Mode.ROAD,
            procedure=EMPTY_RUN,
            carrier=self.told["empty"]["carrier"],
            tractor=self._plates(),
        )

    @property
    def certificate(self) -> str:
        """The number of the plant certificate."""
        return f"PQ-{self._seed:06d}"

    @property
    def guarantee(self) -> str:
        """The number of the guarantee for transit and for goods that come for a time."""
        return f"GUA-{self._seed:06d}"

    def _draw(self, name: str) -> Description:
        self._drawn += 1
        return drawn_description(name, seed=self._seed * 10 + self._drawn, at=self._at)

    def _divided(self, drawn: Description, told: list[dict[str, Any]], plates: str) -> Description:
        """A shipment whose lines go to several houses, each with its own importer."""
        ((master, whole),) = drawn.houses()
        houses = []
        for number, one in enumerate(told, 1):
            lines = [replace(whole.goods[n - 1], gnum=k) for k, n in enumerate(one["goods"], 1)]
            named = self.told["importer"].get(one.get("importer", ""))
            houses.append(
                House(
                    house_no=str(number),
                    importer=Party(**named) if named else Party(),
                    pack_count=sum(line.pack_count for line in lines),
                    goods=tuple(lines),
                    documents=whole.documents,
                )
            )
        return replace(
            drawn,
            transport=replace(drawn.transport, vehicle=plates),
            masters=(replace(master, houses=tuple(houses)),),
        )

    def _entrusted(self, described: Description, house: House, told: dict[str, Any]) -> Entrusted:
        """What the importer of a house, or his broker, states beyond what was granted."""
        importer = described.importer_of(house)
        declarant, typed = importer.own_code, self._lines(house.goods)
        if told.get("broker"):
            broker = self.told["broker"]
            declarant = broker["code"]
            typed |= {"declarant_code": broker["code"], "declarant_name": broker["name"]}
        procedure = told.get("procedure", "40")
        if "stay_months" in told:
            typed |= {"procedure": procedure, "stay_months": told["stay_months"]}
            typed |= {"guarantee_no": self.guarantee}
        return Entrusted(
            consignment_no=described.consignment_no,
            house_no=house.house_no,
            importer=importer.own_code,
            declarant=declarant,
            procedure=procedure,
            typed=typed,
            held=told.get("held", ""),
        )

    def _lines(self, goods: tuple[Goods, ...]) -> dict[str, Value]:
        """Codes and prices: what a grant without prices leaves to the importer."""
        codes = self.told["codes"]
        typed: dict[str, Value] = {
            f"goods[{n}].hs_code": codes[one.hs_own]
            for n, one in enumerate(goods, 1)
            if one.hs_own in codes
        }
        return typed | {f"goods[{n}].total_e5": one.total_e5 for n, one in enumerate(goods, 1)}

    def _plates(self) -> str:
        return f"{self._dice.randint(100, 999)} {''.join(self._dice.choices('ABEKMT', k=3))} 05"

    def _number(self, prefix: str, digits: int) -> str:
        return f"{prefix}{self._dice.randrange(10 ** (digits - 1), 10**digits)}"

    def _wagon(self) -> str:
        base = self._number("5", 6)
        return next(number for n in range(10) if is_wagon(number := f"{base}{n}"))


def _loaded(described: Description, form: WaybillForm, houses: list[Entrusted]) -> Loaded:
    """A master as the carrier announces it, from the description of its exporter."""
    (master, _), *_ = described.houses()
    carried = []
    for house, own in zip(master.houses, houses, strict=True):
        carried.append(
            Carried(
                consignment_no=described.consignment_no,
                house_no=house.house_no,
                owner=own.importer,
                declarant=own.declarant,
                procedure=own.procedure,
                packages=house.pack_count,
                gross_mass_mg=sum(one.gross_mass_mg for one in house.goods),
            )
        )
    way = described.transport
    return Loaded(
        waybill=master.document_no,
        form=form,
        carrier=described.carrier.own_code,
        departure_country=way.departure_country,
        destination_country=way.destination_country,
        packages=sum(one.packages for one in carried),
        gross_mass_mg=sum(one.gross_mass_mg for one in carried),
        houses=tuple(carried),
    )
