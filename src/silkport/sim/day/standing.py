"""What each side knows in the end: house by house, and whether its log is sound."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from silkport.model.balances import Balance, BalanceKind, shown
from silkport.node import standing
from silkport.node.corridor.balances import every_balance
from silkport.node.tracing.sides import side_of
from silkport.node.transparency.audit import Audit, audit
from silkport.sim.day.sites import Site

_NEWS = ("import_decision", "arrival_notice", "import_registered", "export_released")
"""Kinds of message that say how far a house is on the other side, the latest of its way first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Knows:
    """What one side knows.

    Attributes:
        houses: one row each: `house`, `export` and `import` (states, here or as the neighbour
            said), `said` (how far the house is over there, as a kind of message), `told` (how many
            messages were about it) and `known_there` (how many of them took effect), `waits`.
        transports: one row each: `id`, `phase`, `vehicle`, `empty_run`.
        balances: permits and guarantees, and money of which something was taken.
        waiting, parked: messages that the peer has not received, and that took no effect here.
    """

    node: str
    houses: Sequence[Mapping[str, Any]]
    transports: Sequence[Mapping[str, Any]]
    balances: Sequence[Mapping[str, str]]
    waiting: int
    parked: int
    audit: Audit


def knows(site: Site, consignments: Sequence[str], transports: Sequence[str]) -> Knows:
    """What a side knows of some consignments and transports."""
    node = site.node

    def side(name: str) -> dict[str, Any]:
        return node.state.read(partial(side_of, node=node, name=name))

    told = [side(name) for name in consignments]
    houses = [row for one in told for row in one["houses"]]
    told += [side(name) for name in transports]
    carried = {one["id"]: one for some in told for one in some["transports"]}
    drawn = [one for one in node.state.read(lambda tx: list(every_balance(tx))) if _tells(one)]
    stands = node.state.read(partial(standing.standing, node=node))
    return Knows(
        node=site.name,
        houses=[_row(one) for one in houses],
        transports=[
            {name: one[name] for name in ("id", "phase", "vehicle", "empty_run")}
            for _, one in sorted(carried.items())
        ],
        balances=[
            {
                "balance": one.id,
                "free": "" if one.free is None else shown(one.free, one.unit),
                "reserved": shown(one.reserved, one.unit) if one.reserved else "",
                "used": shown(one.used, one.unit) if one.used else "",
            }
            for one in drawn
        ],
        waiting=sum(one["waiting"] + one["to_apply"] for one in stands["peers"]),
        parked=len(stands["parked"]),
        audit=audit(node, lambda _what, _done: None),
    )


def _tells(one: Balance) -> bool:
    """Whether a balance says something: money that nobody touched does not."""
    return one.kind is not BalanceKind.MONEY or bool(one.reserved or one.used)


def _row(house: Mapping[str, Any]) -> dict[str, Any]:
    """A house in one row: its own declarations here, else what the neighbour said of them."""
    states = {one["direction"]: one["state"] for one in house["declarations"]}
    heard = {one["kind"]: one["said"] for one in house["heard"]}
    told = ""
    if "import_decision" in heard:
        told = heard["import_decision"]["decision"]
    elif "import_registered" in heard:
        told = "registered"
    return {
        "house": f"{house['consignment_no']}/{house['house_no']}",
        "export": states.get("export", "released" if "export_released" in heard else ""),
        "import": states.get("import", states.get("transit", told)),
        "said": next((one for one in _NEWS if one in heard), ""),
        "told": len(house["sent"]),
        "known_there": sum(one["considered_there"] for one in house["sent"]),
        "waits": house["waits"],
    }
