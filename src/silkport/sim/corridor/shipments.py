"""Drawn declarations: an export here, an import of the same house there, some with a mistake."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from random import Random

from silkport.node.workflow.filing import Office
from silkport.sim.consignments import draw_houses
from silkport.sim.nodes import office_of
from silkport.sim.trade import House, Row
from silkport.sim.trade_faults import FAULTS

DRAWS = 4
GOODS_A_DRAW = 60
DEFERRED = 0.3
"""Share of imports that the owner declares himself, payment deferred; his guarantee may lack."""
FAULTY = 0.15
ANYTHING = 0.1
"""How often a declaration is drawn without a look at whether the law knows its way."""


FAR = ("departure_country", "destination_country")
"""Where goods come from or go to, by whether they are exported."""


@dataclass(frozen=True, slots=True)
class Declared:
    """A declaration as it is filed, with its goods lines.

    Attributes:
        early: its goods have not arrived yet.
    """

    head: Row
    goods: Sequence[Row]
    early: bool = False

    @property
    def house(self) -> tuple[str, str]:
        """Numbers of the consignment and of the house."""
        return str(self.head["consignment_no"]), str(self.head.get("house_no", ""))


class Shipments:
    """Draws declarations for the nodes of a world."""

    def __init__(self, seed: int, rng: Random) -> None:
        self._seed, self._rng = seed, rng
        self._count = 0

    def new(self, administration: str, direction: str, other: str, at: int) -> Declared | None:
        """A declaration of a new consignment to or from another administration.

        None where nobody declares anything of that direction.
        """
        self._count += 1
        house_no = self._rng.choice(("", "1", "1", "2"))
        return self.of(
            (f"SILK-{self._seed}-{self._count}", house_no), administration, direction, other, at
        )

    def of(
        self, house: tuple[str, str], administration: str, direction: str, other: str, at: int
    ) -> Declared | None:
        """A declaration of a house that may be known elsewhere already.

        Args:
            at: the moment of filing by the clock of the node.
        """
        found = _lawful(administration, direction, other)
        if not found or self._rng.random() < ANYTHING:
            found = _pool().get((administration, direction), [])
        if not found:
            return None
        drawn = self._rng.choice(found)
        own = replace(drawn, head=dict(drawn.head), lines=[dict(line) for line in drawn.lines])
        if self._rng.random() < FAULTY:
            for fault in self._rng.sample(FAULTS, len(FAULTS)):
                if fault.fits(own):
                    fault.edit(own)
                    break
        self._count += 1
        head = own.head | self._version(at)
        head |= {
            "declaration_no": f"{administration}-{self._seed}-{self._count}",
            "consignment_no": house[0],
            "house_no": house[1],
            FAR[direction == "export"]: office_of(other).country,
        }
        if "decl_day" in own.head:
            head["decl_day"] = office_of(administration).day(at)
            if direction == "import" and self._rng.random() < DEFERRED:
                number = f"G-{self._seed}-{self._rng.randint(1, 3)}"
                last = int(head["decl_day"]) + self._rng.choice((1, 20))
                head |= {"deferred_until_day": last, "guarantee_no": number}
                head |= {f"declarant_{one}": head[f"consignee_{one}"] for one in ("code", "name")}
        return Declared(head, own.lines, early=self._rng.random() < 0.2)

    def again(self, declared: Declared, office: Office, at: int) -> Declared:
        """Another version of a declaration that was not registered."""
        day = office.day(at)
        return Declared(declared.head | self._version(at) | {"decl_day": day}, declared.goods)

    def act(self, declared: Declared, act: str, mark: str, office: Office, at: int) -> Declared:
        """A correction, claim, assessment or withdrawal of a declaration."""
        changed: Row = {"act": act, "act_day": office.day(at), "reason": mark}
        if act == "correction":
            flags = "00000100" if self._rng.random() < 0.8 else "00000000"
            packs = int(declared.head.get("pack_count", 1)) + 1
            changed |= {"change_flags": flags, "pack_count": packs}
        return Declared(declared.head | self._version(at) | changed, declared.goods)

    def _version(self, at: int) -> Row:
        """What tells one version from another."""
        made = datetime.fromtimestamp(at // 1000, UTC)
        return {
            "guid": f"{self._rng.getrandbits(128):032x}",
            "app_time": int(f"{made:%Y%m%d%H%M%S}"),
        }


def is_lawful(administration: str, direction: str, other: str) -> bool:
    """Whether some of what is declared towards or from another administration is not refused."""
    return bool(_lawful(administration, direction, other))


@cache
def _pool() -> dict[tuple[str, str], list[House]]:
    """Houses of few lines by administration and direction."""
    found: dict[tuple[str, str], list[House]] = {}
    for draw in range(DRAWS):
        for house in draw_houses(GOODS_A_DRAW, draw):
            regime = house.regime
            own = office_of(regime.administration).country
            direction = "transit"
            if own == regime.departure:
                direction = "export"
            elif own == regime.destination:
                direction = "import"
            found.setdefault((regime.administration, direction), []).append(house)
    return found


@cache
def _lawful(administration: str, direction: str, other: str) -> list[House]:
    """Those of the pool that an administration does not refuse, to or from another one."""
    office, far = office_of(administration), FAR[direction == "export"]
    found = []
    for house in _pool().get((administration, direction), []):
        head = house.head | {far: office_of(other).country}
        day = int(head["decl_day"])
        seen = office.engine.clear(head, house.lines, processing_day=day, draw_seed=0)
        if seen.decision["outcome"] != "refused":
            found.append(house)
    return found
