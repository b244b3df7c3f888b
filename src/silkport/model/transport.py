"""A transport and what it carries: masters, a master carries houses; and what became of it.

A **transport** is a truck, a container train or an empty run. It carries **masters**, one for each
waybill (CMR, CIM/SMGS, SMGS); a master carries **houses**, each with its own owner, declarant and
procedure. A waybill without houses carries one house without a number. Masses are milligrams,
moments milliseconds since 1970-01-01T00:00Z, MISSING where nothing was stated.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from silkport.kernel.ids import as_key
from silkport.model.columns import MISSING

EMPTY_RUN = "empty run"
"""The procedure of a transport that carries nothing: it never needs a goods declaration."""

HouseKey = tuple[str, str]
"""Number of the consignment and of the house in it, "" for a consignment of one house."""


class Mode(StrEnum):
    """By what it goes."""

    ROAD = "road"
    RAIL = "rail"


class WaybillForm(StrEnum):
    """What kind of waybill a master travels on."""

    CMR = "cmr"
    CIM_SMGS = "cim_smgs"
    SMGS = "smgs"


class UnitKind(StrEnum):
    """What goods are carried in."""

    WAGON = "wagon"
    CONTAINER = "container"


class Role(StrEnum):
    """Who does something with a transport, or must."""

    CARRIER = "carrier"
    DECLARANT = "declarant"
    KEEPER = "keeper"
    OFFICER = "officer"
    NODE = "node"
    NEIGHBOUR = "neighbour"


class Phase(StrEnum):
    """Where a transport is on its way."""

    ANNOUNCED = "announced"
    LOADED = "loaded"
    DEPARTED = "departed"
    EXITED = "exited"
    ARRIVED = "arrived"
    PRESENTED = "presented"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


OVER = frozenset({Phase.CLOSED, Phase.WITHDRAWN})
"""Phases in which a transport carries nothing any more."""


class Leg(Struct, frozen=True, kw_only=True):
    """A way behind a house: on what it was, until when, where it left it and by whom."""

    transport: str
    vehicle: str
    until: int
    place: str
    who: str


class House(Struct, frozen=True, kw_only=True):
    """A house, or the part of it that travels here.

    Attributes:
        owner, declarant: national numbers, of persons a pseudonym.
        packages, gross_mass_mg: as declared, of what travels here.
        whole_packages, whole_mass_mg: of the whole house where only a part of it travels here.
        missing_packages, missing_mass_mg: what acts found to be lacking; negative for an excess.
        stored_at: the warehouse it was unloaded into; "" while it is aboard.
        documents: kind and number of each.
        legs: the ways behind it, earliest first: the chain of custody.
    """

    consignment_no: str
    house_no: str = ""
    owner: str = ""
    declarant: str = ""
    procedure: str = ""
    packages: int
    gross_mass_mg: int
    whole_packages: int = MISSING
    whole_mass_mg: int = MISSING
    missing_packages: int = 0
    missing_mass_mg: int = 0
    stored_at: str = ""
    documents: tuple[str, ...] = ()
    legs: tuple[Leg, ...] = ()

    @property
    def key(self) -> HouseKey:
        """What it is called everywhere."""
        return (self.consignment_no, self.house_no)

    @property
    def name(self) -> str:
        """As people write it."""
        return as_key(*filter(None, self.key))

    @property
    def here_packages(self) -> int:
        """Packages that are really here."""
        return self.packages - self.missing_packages

    @property
    def here_mass_mg(self) -> int:
        """Gross mass that is really here."""
        return self.gross_mass_mg - self.missing_mass_mg


class Transit(Struct, frozen=True, kw_only=True):
    """The transit declaration of a master: its number, where it ends and until when."""

    declaration_no: str
    office: str = ""
    due_at: int = MISSING
    ended_at: int = MISSING


class Master(Struct, frozen=True, kw_only=True):
    """What travels on one waybill.

    Attributes:
        packages, gross_mass_mg: what the waybill itself says, however it is divided later.
        units: wagons or containers it is in; empty for what lies on the vehicle.
        divided: a part of it goes by another transport, so its waybill is rightly on both.
    """

    waybill: str
    form: WaybillForm
    carrier: str = ""
    departure_country: str = ""
    destination_country: str = ""
    packages: int = MISSING
    gross_mass_mg: int = MISSING
    units: tuple[str, ...] = ()
    houses: tuple[House, ...] = ()
    transit: Transit | None = None
    divided: bool = False


class Unit(Struct, frozen=True, kw_only=True):
    """A wagon or container; `on` is the wagon that a container stands on."""

    number: str
    kind: UnitKind
    on: str = ""
    tare_mg: int = MISSING


class Seal(Struct, frozen=True, kw_only=True):
    """A seal on a unit, or with "" on the vehicle."""

    number: str
    unit: str = ""
    by: str = ""


class Stop(Struct, frozen=True, kw_only=True):
    """A step of the way: when it happened, whenever it was told, by whom and in which role."""

    event: str
    at: int
    place: str
    who: str
    role: str = ""


class Change(Struct, frozen=True, kw_only=True):
    """Something that was put in the place of something else."""

    what: str
    old: str
    new: str
    unit: str = ""
    at: int
    who: str
    reason: str


class Discrepancy(Struct, frozen=True, kw_only=True):
    """An act of shortage or excess: how much less or more was found; never negative."""

    kind: str
    act_no: str
    waybill: str
    consignment_no: str
    house_no: str
    packages: int
    gross_mass_mg: int
    at: int
    who: str


class Flag(Struct, frozen=True, kw_only=True):
    """Something that is not as it should be, and who must act.

    Attributes:
        rule: code in `model/transport_rules.py`.
        about: a house as `House.name`, a waybill or a unit; "" for the whole transport.
        key: the house, where it is about one.
        found_at: when it was found, where the same may be found again elsewhere.
    """

    rule: str
    about: str = ""
    key: HouseKey | None = None
    found: str = ""
    expected: str = ""
    found_at: int = MISSING
    raised_at: int = MISSING
    settled_at: int = MISSING
    settled_by: str = ""
    reason: str = ""

    @property
    def is_open(self) -> bool:
        """Nobody has settled it."""
        return self.settled_at == MISSING


class Transport(Struct, frozen=True, kw_only=True):
    """A transport as it is.

    Attributes:
        tractor, trailer: plates. driver: a pseudonym. train: number of the train.
        track: what it did, by when it happened.
        done: acts that were told, so that the same one told again changes nothing.
        parent, lots: the transport it was split from, and how many were split from it.
    """

    id: str
    mode: Mode
    phase: Phase = Phase.ANNOUNCED
    procedure: str = ""
    carrier: str = ""
    tractor: str = ""
    trailer: str = ""
    driver: str = ""
    train: str = ""
    units: tuple[Unit, ...] = ()
    masters: tuple[Master, ...] = ()
    seals: tuple[Seal, ...] = ()
    track: tuple[Stop, ...] = ()
    changes: tuple[Change, ...] = ()
    discrepancies: tuple[Discrepancy, ...] = ()
    flags: tuple[Flag, ...] = ()
    done: tuple[str, ...] = ()
    parent: str = ""
    lots: int = 0

    @property
    def is_empty_run(self) -> bool:
        """It carries nothing and says so."""
        return self.procedure == EMPTY_RUN

    @property
    def vehicle(self) -> str:
        """Plates or number of the train."""
        return " ".join(filter(None, (self.tractor, self.trailer, self.train)))

    @property
    def aboard(self) -> tuple[House, ...]:
        """Houses that are on it, without those unloaded into a warehouse."""
        return tuple(one for master in self.masters for one in master.houses if not one.stored_at)

    @property
    def houses(self) -> tuple[House, ...]:
        """All houses it answers for."""
        return tuple(one for master in self.masters for one in master.houses)

    @property
    def open_flags(self) -> tuple[Flag, ...]:
        """What nobody has settled."""
        return tuple(one for one in self.flags if one.is_open)


class Declared(Struct, frozen=True, kw_only=True):
    """A declaration of a house as the node knows it; `state` as in `model/states.py`."""

    house_no: str
    direction: str
    state: str
