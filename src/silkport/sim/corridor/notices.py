"""What nodes tell one another beside declarations: arrivals, inspections, capacity, questions."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from silkport.kernel.periods import day_of
from silkport.model.messages import Competence
from silkport.node.exchange.outbox import Outgoing
from silkport.sim.corridor.mixes import DAY, HOUR
from silkport.sim.corridor.sites import Site

POSTS = ("post-1", "post-2")


class Notices:
    """Draws messages."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng

    def ask(self, site: Site, mark: str) -> Outgoing:
        """What did you count?"""
        last = site.clock.now() // DAY
        body = {
            "query_no": mark,
            "first_day": f"{day_of(last - self._rng.randint(0, 20))}",
            "last_day": f"{day_of(last)}",
            "direction": self._rng.choice(("import", "export")),
        }
        return Outgoing("mirror_query", body)

    def announce(self, site: Site, mark: str, houses: Sequence[tuple[str, str]]) -> Outgoing:
        """Something that the node is competent to announce, mostly."""
        rng, now = self._rng, site.clock.now()
        kinds = ["capacity_notice", "slot_state", "checkpoint_calendar"]
        if houses:
            kinds.append("arrival_notice")
        if houses and Competence.INSPECTION in site.role.competence:
            kinds += ["inspection_result"] * 2
        kind = rng.choice(kinds)
        post = rng.choice(POSTS)
        house = rng.choice(list(houses)) if houses else ("", "")
        bodies: dict[str, dict[str, object]] = {
            "capacity_notice": {
                "post": post,
                "day": f"{day_of(now // DAY + rng.randint(0, 2))}",
                "direction": rng.choice(("import", "export")),
                "vehicles": rng.randint(0, 300),
                "reason": mark,
            },
            "slot_state": {
                "slot_no": f"slot-{rng.randint(1, 3)}",
                "post": post,
                "opens_at": now + HOUR,
                "closes_at": now + 2 * HOUR,
                "state": rng.choice(("given", "changed", "used", "lost")),
            },
            "checkpoint_calendar": {
                "post": post,
                "openings": [
                    {"day": f"{day_of(now // DAY)}", "opens_at": now, "closes_at": now + HOUR}
                ],
            },
            "arrival_notice": {
                "consignment_no": house[0],
                **({"house_no": house[1]} if house[1] else {}),
                "post": post,
                "arrived_at": now,
                "seals": mark,
            },
            "inspection_result": {
                "consignment_no": house[0],
                **({"house_no": house[1]} if house[1] else {}),
                "inspection_no": mark,
                "body": "border post",
                "method": rng.choice(("x_ray", "weighing", "opening")),
                "inspected_at": now,
                "finding": rng.choice(("conforms", "differs")),
            },
        }
        return Outgoing(kind, bodies[kind])
