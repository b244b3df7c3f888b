"""The sample shipments between two nodes whose tariffs are loaded, for tests of every room."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from silkport.engine.house import SingleHouse
from silkport.filings.paths import Ground
from silkport.journey import Terms
from silkport.model.description import Description
from silkport.node.corridor.desk import FilingDesk, filing_desk
from silkport.node.corridor.grants import grant_received
from silkport.node.law.books import country_code, law_edition
from silkport.node.law.calendars import timetable
from silkport.node.sovereign import Node
from silkport.node.workflow.filing import Office
from silkport.sim.descriptions import drawn_description, sample_tariffs
from silkport.sim.nodes import Simulated, introduce

NOW = 1_790_000_000_000
"""21 September 2026, 14:13:20 UTC."""
HOUR, DAY = 3_600_000, 86_400_000

WAYS = {"flour": ("kz", "cn"), "machines": ("cn", "kz")}
"""By shipment: the exporter's node and the importer's."""

TYPED: dict[str, dict[str, Any]] = {
    "flour": {"goods[1].hs_code": "1101000090"},
    "machines": {
        "goods[1].hs_code": "8422300008",
        "goods[2].hs_code": "8422400008",
        "goods[3].hs_code": "8428392000",
        "goods[4].hs_code": "8458118000",
    },
}
"""What the importer chooses; prices come besides."""


@cache
def desk_of(administration: str, home: Path | None) -> FilingDesk:
    """The desk of an administration with the tariff that a home holds."""
    book = law_edition(administration, home).book
    times = timetable(administration)
    country = country_code(administration)
    engine = SingleHouse(book, country)
    office = Office(engine, Terms(times.deadlines, times.calendar), country, draw_seed=7)
    return filing_desk(administration, office, home)


def a_home(folder: Path) -> Path:
    """A home with the excerpts of tariffs that the samples need."""
    for administration, text in sample_tariffs().items():
        law = folder / administration / "law"
        law.mkdir(parents=True, exist_ok=True)
        (law / "tariff.csv").write_text(text, "utf-8")
    return folder


def ground_of(administration: str, home: Path) -> Ground:
    return desk_of(administration, home).ground


def typed_of(name: str, description: Description) -> dict[str, Any]:
    """What the importer types: codes and prices."""
    (_, house), *_ = description.houses()
    prices = {f"goods[{n}].total_e5": one.total_e5 for n, one in enumerate(house.goods, 1)}
    return TYPED[name] | prices


@dataclass
class Corridor:
    """Two nodes that know each other, at one clock."""

    home: Path
    at: int = NOW
    nodes: dict[str, Simulated] = field(default_factory=dict)

    def __post_init__(self) -> None:
        chance = random.Random(1).randbytes
        for name in ("cn", "kz"):
            self.nodes[name] = Simulated(name, name, lambda: self.at, chance)
        introduce([*self.nodes.values()])

    def node(self, name: str) -> Node:
        return self.nodes[name].node

    def desk(self, name: str) -> FilingDesk:
        return desk_of(name, self.home)

    def out(self, sender: str, to: str) -> list[tuple[str, dict[str, Any]]]:
        """Kinds and bodies of all messages queued so far."""
        rows = self.node(sender).state.read(lambda tx: tx.rows("out_from", to, 1, 1000))
        some = [msgspec.json.decode(content) for *_, content in rows]
        return [(one["EDocCode"], one["body"]) for one in some]

    def hand_over(self, sender: str, to: str) -> list[dict[str, Any]]:
        """Lets every grant that was queued take effect, as the effect of its kind will."""
        bodies = [body for code, body in self.out(sender, to) if code == "R.SP.EX.01.003"]
        node = self.node(to)
        for body in bodies:
            node.state.write(lambda tx, body=body: grant_received(tx, node, sender, body))
        return bodies


def a_shipment(name: str, seed: int = 1) -> Description:
    return drawn_description(name, seed=seed, at=NOW)
