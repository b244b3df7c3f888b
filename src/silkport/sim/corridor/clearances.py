"""What becomes of declarations that traders filed: presented, inspected, released, or forgotten."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from silkport.journey import possible
from silkport.model.inspections import Finding
from silkport.model.states import RELEASED_STATES, Actor
from silkport.node.corridor.inspections import INSPECTION
from silkport.node.dossiers import every_dossier
from silkport.node.workflow.acting import act
from silkport.node.workflow.filing import declared_again, file_declaration
from silkport.sim.corridor.attempts import Attempts
from silkport.sim.corridor.mixes import DAY, HOUR, MINUTE
from silkport.sim.corridor.sites import Site
from silkport.sim.corridor.world import World

Deed = Callable[[Site, str], None]
"""Something that somebody does with a declaration at a node."""

_DECLARANTS = frozenset({"present", "receive_documents"})
_OFTEN = {
    "present": 20,
    "receive_documents": 6,
    "inspect": 9,
    "sample": 1,
    "receive_result": 6,
    "release": 5,
    "release_conditionally": 2,
    "fulfil": 3,
    "withdraw": 1,
    "cancel": 1,
    "refuse": 1,
    "reopen": 3,
}
"""What declarants and officers do, and how often."""


class Clearances:
    """Declarants, officers, and whoever helps a declaration on.

    Attributes:
        cases: declarations that traders filed: node and case.
        helpers: what others do once something was filed.
    """

    def __init__(self, world: World, attempts: Attempts, rng: Random) -> None:
        self._world, self._attempts, self._rng = world, attempts, rng
        self.cases: list[tuple[Site, str]] = []
        self.helpers: list[Deed] = []

    def act(self) -> None:
        """Somebody does something with some declaration."""
        if self.cases:
            self._decide(*self._rng.choice(self.cases[-8:]))

    def filed(self, site: Site, case: str) -> None:
        """A trader filed something: others go on with it."""
        if (site, case) not in self.cases:
            self.cases.append((site, case))
            for deed in (*self.helpers, self._decide):
                self._later(site, case, deed)
            self._world.course.counts["filed by traders"] += 1

    def declare_again(self, site: Site, identity: str) -> None:
        """Now and then somebody declares the same goods once more, under another number.

        Mostly where a passport took the place of an inspection: it does not do so twice.
        """
        some = site.read(lambda tx: list(every_dossier(tx, INSPECTION)))
        saved = any(identity in one.state.relied_on_by.values() for one in some)
        if self._rng.random() >= (0.8 if saved else 0.05):
            return
        mark, first = self._attempts.mark("version"), site.case(identity)
        number = {"declaration_no": f"{first.number}/{mark}"}

        def attempt() -> None:
            node = site.node
            head = site.read(lambda tx: declared_again(tx, node, first.document))
            head |= number | {"guid": mark, "decl_day": site.office.day(site.clock.now())}
            goods = [line | number for line in first.document["goods"]]
            case = file_declaration(node, site.office, head, goods, who=mark).case
            self._world.ledger.answered(mark, site, case.id)
            told = f"{mark}: {case.number} is {case.state}, as {first.number}"
            self._world.tell(site.id, told, "declared twice")
            self.filed(site, case.id)

        self._attempts.make(site, attempt, mark, again=None)

    def _later(self, site: Site, case: str, deed: Deed) -> None:
        """Mostly somebody goes on, an hour or days later."""
        longest = self._rng.choice((HOUR, 8 * HOUR, 2 * DAY))

        def go_on() -> None:
            if self._world.is_rough:
                deed(site, case)

        if self._rng.random() < 0.85:
            self._world.at(self._world.now + self._rng.randint(MINUTE, longest), go_on)

    def _decide(self, site: Site, identity: str) -> None:
        """In time, too soon, or never; what was released is seldom cancelled."""
        if site.case(identity).state in RELEASED_STATES and self._rng.random() < 0.75:
            return
        mark = self._attempts.mark("act")

        def attempt() -> None:
            able = [one for one in possible(site.case(identity).state) if one in _OFTEN]
            able = able or ["present"]
            event = self._rng.choices(able, [_OFTEN[one] for one in able])[0]
            actor = Actor.DECLARANT if event in _DECLARANTS else Actor.OFFICER
            found = self._rng.choices((Finding.CONFORMS, Finding.DIFFERS, None), (6, 1, 1))[0]
            after = act(
                site.node,
                site.office,
                identity,
                event,
                actor=actor,
                who="officer",
                reason=mark,
                found=found if event == "inspect" else None,
            )
            self._world.ledger.answered(mark, site, identity)
            self._world.course.counts[f"traders: {event}"] += 1
            self._world.tell(site.id, f"{mark}: {event}, {after.number} is {after.state}", "acts")
            if after.state not in RELEASED_STATES:
                self._later(site, identity, self._decide)

        self._attempts.make(site, attempt, mark, again=None)
