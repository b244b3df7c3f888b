"""What may be told of a transport: the facts of each act, and from which phase it leads where.

`happened_at` is when it happened (milliseconds since 1970-01-01T00:00Z; MISSING: as it is told);
`act_no` is the number under which its author knows it: told twice, it counts once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from msgspec import Struct

from silkport.model.columns import MISSING
from silkport.model.transport import HouseKey, Master, Phase, Role, Seal, Unit


class Portion(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Some of a house on a waybill: MISSING for all of it, else packages and mass together."""

    waybill: str
    consignment_no: str
    house_no: str = ""
    stored_at: str = ""
    packages: int = MISSING
    gross_mass_mg: int = MISSING

    @property
    def key(self) -> HouseKey:
        """The house."""
        return (self.consignment_no, self.house_no)


class Counted(Portion, frozen=True, kw_only=True):
    """What was found of a house: MISSING for what was not counted or not weighed."""


class Told(Struct, frozen=True, kw_only=True, tag_field="event", forbid_unknown_fields=True):
    """What every act says."""

    happened_at: int = MISSING
    place: str = ""
    act_no: str = ""

    @property
    def event(self) -> str:
        """Its name."""
        return str(self.__struct_config__.tag)


class Load(Told, frozen=True, kw_only=True, tag="load"):
    """Masters are loaded, with the wagons or containers they are in."""

    masters: tuple[Master, ...]
    units: tuple[Unit, ...] = ()


class SealUp(Told, frozen=True, kw_only=True, tag="seal"):
    """Seals are set."""

    seals: tuple[Seal, ...]


class Depart(Told, frozen=True, kw_only=True, tag="depart"):
    """It departs: where it was loaded, or from a post that lets it go on."""


class Exit(Told, frozen=True, kw_only=True, tag="exit"):
    """It leaves the territory, which export customs confirms."""


class Arrive(Told, frozen=True, kw_only=True, tag="arrive"):
    """It arrives at a post.

    Attributes:
        seals_found: numbers of all seals as found; None when nobody looked.
        counted: gross masses by the weighbridge, where the neighbour tells them of a house.
    """

    seals_found: tuple[str, ...] | None = None
    counted: tuple[Counted, ...] = ()


class Present(Told, frozen=True, kw_only=True, tag="present"):
    """Its goods are presented to customs."""

    seals_found: tuple[str, ...] | None = None


class Weigh(Told, frozen=True, kw_only=True, tag="weigh"):
    """It was weighed with all that is on it; `tare_mg` of the vehicle without goods."""

    weighed_mass_mg: int
    tare_mg: int


class Unload(Told, frozen=True, kw_only=True, tag="unload"):
    """Goods are unloaded into a warehouse: the portions, or all that is aboard."""

    store: str
    portions: tuple[Portion, ...] = ()


class Transload(Told, frozen=True, kw_only=True, tag="transload"):
    """Goods go over to another transport: the portions, or all it answers for.

    `units` are the containers or wagons that go over with them, and their seals.
    """

    to: str
    portions: tuple[Portion, ...] = ()
    units: tuple[str, ...] = ()


class ChangeTractor(Told, frozen=True, kw_only=True, tag="change_tractor"):
    """Another tractor, or train number, with its driver; "" leaves as it is."""

    tractor: str = ""
    trailer: str = ""
    driver: str = ""
    train: str = ""


class ChangeWagon(Told, frozen=True, kw_only=True, tag="change_wagon"):
    """Goods or containers are put into another wagon or container."""

    old: str
    new: str


class ChangeSeal(Told, frozen=True, kw_only=True, tag="change_seal"):
    """A seal is opened and another one set, or with "" none."""

    old: str
    new: str = ""


class Incident(Told, frozen=True, kw_only=True, tag="incident"):
    """Something happened on the way."""

    what: str


class Split(Told, frozen=True, kw_only=True, tag="split"):
    """What may leave goes on with the vehicle as a lot of its own; the rest stays.

    Attributes:
        houses: which of those that may go; all of them when none is named.
        store: the warehouse for what must come off the vehicle.
    """

    houses: tuple[HouseKey, ...] = ()
    store: str = ""


class Count(Told, frozen=True, kw_only=True, tag="count"):
    """Goods are counted and weighed: what differs becomes an act of shortage or of excess."""

    counted: tuple[Counted, ...]


class EndTransit(Told, frozen=True, kw_only=True, tag="end_transit"):
    """The transit of a master ends at its office."""

    waybill: str


class Settle(Told, frozen=True, kw_only=True, tag="settle"):
    """An officer settles a flag."""

    rule: str
    about: str = ""


class Close(Told, frozen=True, kw_only=True, tag="close"):
    """Nothing more is to happen with it."""


class Withdraw(Told, frozen=True, kw_only=True, tag="withdraw"):
    """It does not go."""


Facts = (
    Load
    | SealUp
    | Depart
    | Exit
    | Arrive
    | Present
    | Weigh
    | Unload
    | Transload
    | ChangeTractor
    | ChangeWagon
    | ChangeSeal
    | Incident
    | Split
    | Count
    | EndTransit
    | Settle
    | Close
    | Withdraw
)
"""The facts of any act; in JSON told apart by `event`."""


@dataclass(frozen=True, slots=True)
class Step:
    """From which phases an act is possible, who may do it, and where it leads; None: it stays."""

    since: frozenset[Phase]
    by: frozenset[Role]
    to: Phase | None = None


def _step(since: tuple[Phase, ...], by: tuple[Role, ...], to: Phase | None = None) -> Step:
    return Step(frozenset(since), frozenset(by), to)


_P, _R = Phase, Role
_AT_START = (_P.ANNOUNCED, _P.LOADED)
_UNDER_WAY = (_P.LOADED, _P.DEPARTED, _P.EXITED, _P.ARRIVED, _P.PRESENTED)
_AT_POST = (_P.ARRIVED, _P.PRESENTED)
_LIVE = (_P.ANNOUNCED, *_UNDER_WAY)
_HANDS = (_R.CARRIER, _R.OFFICER)
_STORE = (_R.CARRIER, _R.KEEPER, _R.OFFICER)
_NEWS = (_R.CARRIER, _R.OFFICER, _R.NODE, _R.NEIGHBOUR)

STEPS: Mapping[str, Step] = {
    "load": _step(_AT_START, _HANDS, _P.LOADED),
    "seal": _step(_LIVE, _HANDS),
    # An empty run departs as it was announced.
    "depart": _step((*_AT_START, *_AT_POST), _NEWS, _P.DEPARTED),
    # What was told late or not at all does not stop what happened after it.
    "exit": _step((*_AT_START, _P.DEPARTED), (_R.OFFICER, _R.NODE, _R.NEIGHBOUR), _P.EXITED),
    # The neighbour tells it house by house, and also when the transport is closed here; it stays
    # closed then.
    "arrive": _step((*_AT_START, _P.DEPARTED, _P.EXITED, _P.ARRIVED, _P.CLOSED), _NEWS, _P.ARRIVED),
    "present": _step((_P.ARRIVED,), (_R.CARRIER, _R.DECLARANT, _R.OFFICER), _P.PRESENTED),
    "weigh": _step(_LIVE, (_R.OFFICER, _R.KEEPER, _R.NODE)),
    "unload": _step(_AT_POST, _STORE),
    "transload": _step(_UNDER_WAY, _STORE),
    "change_tractor": _step(_LIVE, _HANDS),
    "change_wagon": _step(_LIVE, _HANDS),
    "change_seal": _step(_UNDER_WAY, _HANDS),
    "incident": _step(_UNDER_WAY, (*_HANDS, _R.NODE, _R.NEIGHBOUR)),
    "split": _step(_AT_POST, (_R.OFFICER, _R.NODE)),
    "count": _step(_AT_POST, (_R.KEEPER, _R.OFFICER)),
    "end_transit": _step(_AT_POST, (_R.OFFICER,)),
    "settle": _step(tuple(Phase), (_R.OFFICER,)),
    "close": _step((_P.EXITED, *_AT_POST), (_R.OFFICER, _R.NODE), _P.CLOSED),
    "withdraw": _step(_AT_START, _HANDS, _P.WITHDRAWN),
}
"""Every act. What is not here is not possible."""

MOVES = ("depart", "exit", "arrive", "present")
"""Acts that make the way, in the order in which they come where moments are the same."""
