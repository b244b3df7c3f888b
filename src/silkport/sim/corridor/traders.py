"""Exporters and importers: describe, grant, prepare, confirm, file early; amend and take back.

What an exporter granted reaches the importer by its own message; the importer types what is left.
Now and then somebody does what he must not: confirms what came anew, uses what was taken back,
describes another's consignment.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import permutations
from random import Random
from typing import Any

import msgspec

from silkport.model.description import Description
from silkport.model.prepared import key_of
from silkport.node.corridor.consignment_files import (
    CONSIGNMENT,
    EXPORT,
    IMPORT,
    PRE_ARRIVAL,
    described_id,
    granted_id,
)
from silkport.node.corridor.consignments import (
    confirm,
    describe,
    file_export,
    file_import,
    lodge,
    prepare,
)
from silkport.node.corridor.desk import FilingDesk
from silkport.node.corridor.grants import grant, revoke
from silkport.node.dossiers import find_dossier
from silkport.sim.corridor.attempts import Attempt, Attempts
from silkport.sim.corridor.clearances import Clearances
from silkport.sim.corridor.desks import WAYS, answers, described, desk_of
from silkport.sim.corridor.mixes import HOUR, MINUTE
from silkport.sim.corridor.sites import Site
from silkport.sim.corridor.world import World

HOUSE = "1"
_STEPS = ("export", "grant", "prepare", "confirm", "import")
MOST_STEPS = 12
"""How often the traders of a consignment try to go on."""

FIELDS = (
    "exporter_name",
    "goods.name",
    "goods.hs6",
    "goods.net_mass_mg",
    "goods.gross_mass_mg",
    "pack_count",
)
"""What a cautious exporter lets his importer read."""
_OFTEN = {"claim": 1, "usurp": 2, "revoke": 2}
"""How often what is out of order is done, where not as often as the rest."""

PAID_LATER = 0.6
"""Share of consignments whose importer defers payment, under a guarantee that may lack."""


@dataclass(slots=True)
class Trade:
    """One consignment between two nodes, as its traders know it.

    Attributes:
        done: which of its steps were answered.
    """

    start: Site
    end: Site
    description: Description
    done: set[str] = field(default_factory=set)

    @property
    def number(self) -> str:
        """Number of the consignment."""
        return self.description.consignment_no

    @property
    def copy(self) -> str:
        """Id of the importer's file."""
        return granted_id(self.start.id, self.number, HOUSE)


class Traders:
    """Exporters and importers of all nodes.

    Attributes:
        trades: what was described so far.
    """

    def __init__(
        self, world: World, attempts: Attempts, clearances: Clearances, rng: Random
    ) -> None:
        self._world, self._attempts, self._rng = world, attempts, rng
        self._clearances = clearances
        self.trades: list[Trade] = []
        self._deeds = {
            "export": self._export, "grant": self._grant, "prepare": self._prepare,
            "confirm": self._confirm, "import": self._import, "lodge": self._lodge,
            "amend": self._amend, "revoke": self._revoke, "claim": self._claim,
            "usurp": self._usurp,
        }  # fmt: skip

    def act(self) -> None:
        """Somebody describes what he sends, or does what is out of its order."""
        if not self.trades or self._rng.random() < 0.25:
            self._describe()
        elif self._rng.random() < 0.3:
            self._clearances.act()
        else:
            names = sorted(self._deeds)
            deed = self._rng.choices(names, [_OFTEN.get(one, 4) for one in names])[0]
            self._deeds[deed](self._trade())

    def _go_on(self, trade: Trade, left: int = MOST_STEPS) -> None:
        """The next step of a trade, and then the one after it: minutes or hours later."""
        step = next((one for one in _STEPS if one not in trade.done), "")
        if not (step and left and self._world.is_rough):
            return
        self._deeds[step](trade)
        wait = self._rng.randint(MINUTE, self._rng.choice((10 * MINUTE, HOUR, 5 * HOUR)))
        self._world.at(self._world.now + wait, lambda: self._go_on(trade, left - 1))

    def _offices(self) -> list[Site]:
        return [one for one in self._world.sites.values() if one.is_deciding]

    def _trade(self) -> Trade:
        """Mostly one of the last."""
        some = self.trades[-3:] if self._rng.random() < 0.7 else self.trades
        return self._rng.choice(some)

    # The exporter.

    def _describe(self) -> None:
        pairs = [one for one in permutations(self._offices(), 2) if _differ(*one)]
        lawful = [one for one in pairs if _trades(*one)]
        start, end = self._rng.choice(lawful if lawful and self._rng.random() < 0.85 else pairs)
        number = f"TRADE-{self._world.seed}-{len(self.trades) + 1}"
        ways = (start.role.administration, end.role.administration)
        what = described(*ways, number, start.clock.now(), self._rng)
        trade = Trade(start, end, what)
        self.trades.append(trade)
        self._tell(trade, what)
        soon = self._world.now + self._rng.randint(MINUTE, HOUR)
        self._world.at(soon, lambda: self._go_on(trade))

    def _tell(self, trade: Trade, what: Description) -> None:
        mark, site = self._attempts.mark("description"), trade.start

        def attempt() -> None:
            done = describe(site.node, _desk(site), what, who=mark)
            self._acted(mark, site, done.file.id, anew=not done.is_known)
            if trade.description != what:  # prepared and confirmed anew
                trade.done -= {"prepare", "confirm"}
            trade.description = what
            self._world.tell(site.id, f"{mark}: {what.consignment_no}", "described")

        self._attempts.make(site, attempt, mark, again=attempt)

    def _amend(self, trade: Trade) -> None:
        """Heavier goods, or a further package: every standing grant carries it over."""
        master = trade.description.masters[0]
        house = master.houses[0]
        line = house.goods[0]
        line = msgspec.structs.replace(line, gross_mass_mg=line.gross_mass_mg + 1_000_000)
        house = msgspec.structs.replace(house, goods=(line, *house.goods[1:]))
        master = msgspec.structs.replace(master, houses=(house,))
        self._tell(trade, msgspec.structs.replace(trade.description, masters=(master,)))

    def _claim(self, trade: Trade) -> None:
        """Another exporter describes under a number that is taken."""
        party = trade.description.exporter
        codes = {country: f"9{code[1:]}" for country, code in party.codes.items()}
        own = msgspec.structs.replace(party, codes=codes)
        other = msgspec.structs.replace(trade.description, exporter=own)
        mark, site = self._attempts.mark("claim"), trade.start

        def attempt() -> None:
            done = describe(site.node, _desk(site), other, who=mark)
            trade.description = other  # the first one was never kept
            self._acted(mark, site, done.file.id, anew=not done.is_known)

        self._attempts.make(site, attempt, mark, again=None)

    def _usurp(self, trade: Trade) -> None:
        """Another node's exporter describes under the same number and grants it to the importer."""
        others = [one for one in self._offices() if one not in (trade.start, trade.end)]
        if not others:
            return
        mark, site = self._attempts.mark("usurpation"), self._rng.choice(others)
        ways = (site.role.administration, trade.end.role.administration)
        what = described(*ways, trade.number, site.clock.now(), self._rng)

        def attempt() -> None:
            describe(site.node, _desk(site), what, who=f"{mark} describes")  # stands by itself
            grant(site.node, trade.number, HOUSE, who=mark, peer=trade.end.id)
            self._acted(mark, site, described_id(trade.number))
            self._world.tell(site.id, f"{mark}: {trade.number}", "numbers usurped")

        self._attempts.make(site, attempt, mark, again=None)

    def _export(self, trade: Trade) -> None:
        mark = self._attempts.mark("version")
        site = trade.start

        def attempt() -> None:
            filed = file_export(site.node, _desk(site), trade.number, HOUSE, who=mark)
            if not filed.is_duplicate:  # else it was, under this mark or another
                self._world.ledger.answered(mark, site, filed.case.id)
            trade.done.add("export")
            self._filed(site, filed.case.id, f"{mark}: {filed.case.number} {filed.case.state}")

        looks = self._unless_filed(site, described_id(trade.number), EXPORT, attempt)
        self._attempts.make(site, attempt, mark, again=looks)

    def _grant(self, trade: Trade) -> None:
        """All but prices, all, or a few fields; for long or for a short while."""
        mark = self._attempts.mark("grant")
        some = self._rng.choices(((), FIELDS), (9, 1))[0]
        prices, days = self._rng.random() < 0.3, self._rng.choice((1, 30, 90, 90))
        site, rough = trade.start, self._rng.random() < 0.03
        house = "no such" if rough else HOUSE

        def attempt() -> None:
            made = grant(site.node, trade.number, house, who=mark, fields=some, prices=prices,
                         days=days, peer=trade.end.id)  # fmt: skip
            self._acted(mark, site, described_id(trade.number))
            self._world.tell(site.id, f"{mark}: {made.grant_no}", "granted")
            trade.done.add("grant")

        self._attempts.make(site, attempt, mark, again=None)

    def _revoke(self, trade: Trade) -> None:
        mark = self._attempts.mark("revocation")
        site = trade.start
        number = f"{trade.number}/{HOUSE}/{self._rng.randint(1, 3)}"

        def attempt() -> None:
            revoke(site.node, trade.number, number, who=mark)
            self._acted(mark, site, described_id(trade.number))
            self._world.tell(site.id, f"{mark}: {number}", "grants revoked")

        self._attempts.make(site, attempt, mark, again=None)

    # The importer.

    def _prepare(self, trade: Trade) -> None:
        mark = self._attempts.mark("preparation")
        site = trade.end

        def attempt() -> None:
            prepare(site.node, _desk(site), trade.copy, who=mark)
            self._acted(mark, site, trade.copy)
            self._world.tell(site.id, f"{mark}: {trade.number}", "prepared")
            trade.done.add("prepare")

        self._attempts.make(site, attempt, mark, again=None)

    def _confirm(self, trade: Trade) -> None:
        """He types what is open; now and then not all of it."""
        mark = self._attempts.mark("confirmation")
        site, filing = trade.end, self._rng.choices((IMPORT, PRE_ARRIVAL), (4, 1))[0]
        lazy = self._rng.random() < 0.1

        def attempt() -> None:
            found = site.read(lambda tx: find_dossier(tx, CONSIGNMENT, trade.copy))
            known = found.state.filings.get(key_of(filing, HOUSE)) if found else None
            typed = {}
            if known is not None and not lazy:
                typed = answers(known, trade.description, self._rng)
                typed |= _deferral(trade) if filing == IMPORT else {}
            confirm(site.node, _desk(site), trade.copy, who=mark, typed=typed, filing=filing)
            self._acted(mark, site, trade.copy)
            self._world.tell(site.id, f"{mark}: {trade.number} {filing}", "confirmed")
            if filing == IMPORT:
                trade.done.add("confirm")

        self._attempts.make(site, attempt, mark, again=None)

    def _import(self, trade: Trade) -> None:
        mark = self._attempts.mark("version")
        site, early = trade.end, self._rng.random() < 0.8

        def attempt() -> None:
            filed = file_import(site.node, _desk(site), trade.copy, who=mark, early=early)
            if not filed.is_duplicate:  # else it was, under this mark or another
                self._world.ledger.answered(mark, site, filed.case.id)
            trade.done.add("import")
            self._filed(site, filed.case.id, f"{mark}: {filed.case.number} {filed.case.state}")

        looks = self._unless_filed(site, trade.copy, IMPORT, attempt)
        self._attempts.make(site, attempt, mark, again=looks)

    def _unless_filed(self, site: Site, identity: str, filing: str, attempt: Attempt) -> Attempt:
        """Who got no answer looks into his file first: he does not file what changed, or anew."""

        def seen() -> tuple[int, int, str]:
            found = site.read(lambda tx: find_dossier(tx, CONSIGNMENT, identity))
            known = found.state.filings.get(key_of(filing, HOUSE)) if found else None
            if found is None or known is None:
                return (found.state.version if found else 0), 0, ""
            return found.state.version, known.confirmed_at, known.filed_id

        then = seen()

        def look() -> None:
            if seen() == then and not then[2]:
                attempt()

        return look

    def _lodge(self, trade: Trade) -> None:
        mark = self._attempts.mark("lodging")
        site = trade.end

        def attempt() -> None:
            known = site.read(lambda tx: find_dossier(tx, CONSIGNMENT, trade.copy))
            before = known.version if known else 0
            file, late = lodge(site.node, _desk(site), trade.copy, who=mark, filing=PRE_ARRIVAL)
            self._acted(mark, site, trade.copy, anew=file.version > before)
            self._world.tell(site.id, f"{mark}: {trade.number}, {late} ms late", "lodged")

        self._attempts.make(site, attempt, mark, again=None)

    def _filed(self, site: Site, case: str, what: str) -> None:
        self._world.tell(site.id, what)
        self._clearances.filed(site, case)

    def _acted(self, mark: str, site: Site, identity: str, *, anew: bool = True) -> None:
        self._world.ledger.acted(mark, site, CONSIGNMENT.about(identity), anew=anew)


def _deferral(trade: Trade) -> dict[str, Any]:
    """What an importer types who pays days later."""
    chance = Random(f"deferral of {trade.number}")
    if chance.random() >= PAID_LATER:
        return {}
    last = trade.end.office.day(trade.end.clock.now()) + chance.choice((2, 20))
    return {"guarantee_no": f"G-{trade.number}", "deferred_until_day": last}


def _trades(start: Site, end: Site) -> bool:
    return (start.role.administration, end.role.administration) in WAYS


def _differ(start: Site, end: Site) -> bool:
    return start.role.administration != end.role.administration


def _desk(site: Site) -> FilingDesk:
    return desk_of(site.role.administration)
