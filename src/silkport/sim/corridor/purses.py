"""Payers, guarantors, issuers of permits: balances opened, paid late, in part, twice, and closed.

A receipt comes again, or with another amount under the same number; a permit is for less than what
is declared under it; one guarantee answers for more transits than it has money for.
"""

from __future__ import annotations

from random import Random

from silkport.courses.balance import paid_minor
from silkport.model.balances import Balance, BalanceKind, Drawing, Receipt, Transit
from silkport.model.states import State
from silkport.node.corridor import securing
from silkport.node.corridor.balances import (
    BALANCE,
    DRAWING,
    close_balance,
    open_balance,
)
from silkport.node.corridor.guarantees import claim, discharge, matter_of, reserve_for_transit
from silkport.node.corridor.paying import pay
from silkport.node.corridor.reserving import Security, reserved_of
from silkport.node.corridor.securing import secured_matter
from silkport.node.dossiers import every_dossier
from silkport.node.exchange.outbox import Outgoing, queue
from silkport.node.law.books import law_book
from silkport.node.workflow.cases import Case
from silkport.node.workflow.demanding import secured_now
from silkport.sim.corridor.attempts import Attempts
from silkport.sim.corridor.bodies import PRINCIPALS
from silkport.sim.corridor.checks.tables import declarations
from silkport.sim.corridor.mixes import DAY, HOUR
from silkport.sim.corridor.sites import Site
from silkport.sim.corridor.traders import Traders
from silkport.sim.corridor.world import World

_ISSUER = "issuer"
ENDED = frozenset((State.REFUSED, State.REGISTRATION_REFUSED, State.WITHDRAWN))
PERMITS = ("03011", "04131")
"""Kinds of the invented certificates that are kept as balances."""


class Purses:
    """Everybody who has to do with money, guarantees and permits."""

    def __init__(self, world: World, attempts: Attempts, traders: Traders, rng: Random) -> None:
        self._world, self._attempts, self._rng = world, attempts, rng
        self._traders = traders
        self._receipts: list[tuple[Site, Receipt]] = []
        self._guarantees: list[tuple[Site, str]] = []
        self._secured: list[tuple[Site, str]] = []
        self._balances: list[tuple[Site, str]] = []

    def act(self) -> None:
        """Somebody does something."""
        deeds = (self._pay_owed, self._pay_ahead, self._pay_again, self._permit, self._guarantee,
                 self._secure, self._discharge, self._claim, self._close,
                 self._guarantee_named)  # fmt: skip
        self._rng.choices(deeds, (8, 2, 3, 4, 3, 4, 2, 1, 1, 6))[0]()

    def _office(self) -> Site:
        some = [one for one in self._world.sites.values() if one.is_deciding]
        return self._rng.choice(some)

    # Money.

    def _pay_owed(self) -> None:
        """What a declaration waits for: all, a part, or more."""
        site = self._office()
        owing = [one for one in _drawings(site) if _missing(one) > 0]
        if not owing:
            self._pay_ahead()
            return
        charge, missing = (one := self._rng.choice(owing)).charge, _missing(one)
        assert charge is not None, "what is owed was charged"
        amount = self._rng.choice((missing, missing, missing, missing // 2, missing + 1_000))
        self._pay(site, charge.payer, amount, charge.currency)

    def settle_for(self, site: Site, case: str) -> None:
        """Who declared pays what that one declaration waits for, and names a guarantee."""
        declared = site.case(case)
        if declared.state not in ENDED and (named := _named(declared)):
            self._guarantee_of(site, *named)
        owing = [one for one in _drawings(site) if one.matter == case and _missing(one) > 0]
        for one in owing:
            assert one.charge is not None, "what is owed was charged"
            self._pay(site, one.charge.payer, _missing(one), one.charge.currency)

    def _pay_ahead(self) -> None:
        site = self._office()
        currency = law_book(site.role.administration).law.currency
        if self._rng.random() < 0.05:
            currency = "EUR"
        self._pay(site, self._rng.choice(PRINCIPALS), self._rng.randint(0, 10**8), currency)

    def _pay(self, site: Site, payer: str, amount: int, currency: str) -> None:
        receipt = Receipt(
            number=self._attempts.mark("receipt"),
            payer=payer,
            amount=amount,
            currency=currency,
            day=site.clock.now() // DAY,
        )
        self._receipts.append((site, receipt))
        self._hand_in(site, receipt)

    def _pay_again(self) -> None:
        """A receipt comes again, in another file, or with another amount."""
        if self._receipts:
            site, receipt = self._rng.choice(self._receipts)
            if self._rng.random() < 0.2:
                more = receipt.amount + 1
                receipt = Receipt(number=receipt.number, payer=receipt.payer, amount=more,
                                  currency=receipt.currency, day=receipt.day)  # fmt: skip
            self._hand_in(site, receipt)

    def _hand_in(self, site: Site, receipt: Receipt) -> None:
        mark = self._attempts.mark("payment")
        law = law_book(site.role.administration).law
        self._world.ledger.receipts.add((site.id, receipt.number, receipt.amount))

        def attempt() -> None:
            done = pay(site.node, [(1, receipt)], currency=law.currency, who=mark)
            about = DRAWING.about(f"receipt {receipt.number}")
            self._world.ledger.acted(mark, site, about, anew=bool(done.taken))
            said = f"{done.taken} taken, {done.known} known, {len(done.refused)} refused"
            self._world.tell(site.id, f"{mark}: {receipt.number}: {said}", "receipts")
            self._world.course.counts["paid late"] += len(done.covered)

        self._attempts.make(site, attempt, mark, again=attempt)

    # Permits and guarantees.

    def _permit(self) -> None:
        """A certificate that a trade names: for all its mass, for half, or for twice as much."""
        if not self._traders.trades:
            return
        trade = self._rng.choice(self._traders.trades)
        (_, house), *_ = trade.description.houses()
        papers = [one for one in house.documents if one.kind in PERMITS]
        paper = self._rng.choice(papers)
        mass = sum(one.net_mass_mg for one in house.goods)
        amount = self._rng.choice((mass, mass // 2, 2 * mass))
        self._open(trade.end, BalanceKind.PERMIT, paper.number, "mg", amount, paper.kind)

    def _guarantee(self) -> None:
        self._guarantee_at(self._office())

    def _guarantee_named(self) -> None:
        """A guarantee that some import names for what it secures or defers: enough, or too little.

        What names none that is there waits for it.
        """
        site = self._office()
        some = [one for one in map(site.case, declarations(site)) if one.state not in ENDED]
        if named := [found for one in some if (found := _named(one))]:
            self._guarantee_of(site, *self._rng.choice(named))

    def _guarantee_of(self, site: Site, number: str, amount: int) -> None:
        """A guarantee for an amount, in minor units; officers look later what is behind it."""
        currency = law_book(site.role.administration).law.currency
        most = self._rng.choice((amount, 3 * amount, amount // 2)) + 1
        self._open(site, BalanceKind.GUARANTEE, number, currency, most)
        for _ in range(4):
            later = self._world.now + self._rng.randint(HOUR, 4 * DAY)
            self._world.at(later, lambda: self._end_secured(site))

    def _guarantee_at(self, site: Site) -> None:
        currency = law_book(site.role.administration).law.currency
        number = f"G-{site.id}-{self._rng.randint(1, 3)}"
        self._guarantees.append((site, number))
        self._open(site, BalanceKind.GUARANTEE, number, currency, self._rng.choice((10**6, 10**8)))

    def _open(
        self, site: Site, kind: BalanceKind, number: str, unit: str, amount: int, paper: str = ""
    ) -> None:
        mark, today = self._attempts.mark("balance"), site.clock.now() // DAY
        balance = Balance(
            kind=kind, number=number, paper=paper, issuer=_ISSUER, unit=unit, opened=amount,
            free=amount, start=today - 100, stop=today + self._rng.choice((1, 400, 400)),
            source="invented",
        )  # fmt: skip

        def attempt() -> None:
            node, about = site.node, BALANCE.about(balance.id)
            before = site.row("last_act", about)
            node.state.write(lambda tx: open_balance(tx, node, balance, who=mark))
            self._world.ledger.acted(mark, site, about, anew=before != site.row("last_act", about))
            self._balances.append((site, balance.id))
            self._world.tell(site.id, f"{mark}: {balance.id}", "balances opened")

        self._attempts.make(site, attempt, mark, again=attempt)

    def _secure(self) -> None:
        """Goods of some declaration set out in transit under a guarantee."""
        if self._guarantees:
            site, number = self._rng.choice(self._guarantees)
            if found := declarations(site):
                self._secure_case(site, self._rng.choice(found), number)

    def secure_for(self, site: Site, case: str) -> None:
        """What was declared goes on in transit under a guarantee, and mostly arrives."""
        found = site.case(case)
        own = [number for where, number in self._guarantees if where is site]
        if not own or self._rng.random() < 0.3:
            self._guarantee_at(site)
            return
        self._secure_case(site, case, self._rng.choice(own))
        peer = self._rng.choice([self._world.sites[one.id] for one in site.peers()])
        later = self._world.now + self._rng.randint(HOUR, DAY)
        if self._rng.random() < 0.3:
            self._world.at(later, self._discharge)
        else:
            self._world.at(later, lambda: self._arrive(peer, site.id, found))

    def _arrive(self, site: Site, peer: str, case: Case) -> None:
        """A post says that the goods are there; in its own words, or twice."""
        if not self._world.is_rough:
            return
        mark = self._attempts.mark("arrival")
        body: dict[str, object] = {
            "consignment_no": case.consignment_no,
            "house_no": case.house_no,
            "post": "post-1",
            "arrived_at": site.clock.now(),
        }
        some = [Outgoing("arrival_notice", body)] * self._rng.choice((1, 1, 2))

        def attempt() -> None:
            node = site.node
            seq = node.state.write(lambda tx: queue(tx, node, peer, some))
            self._world.ledger.sent(site, peer, seq)
            self._world.tell(site.id, f"{mark}: {case.number} for {peer} is {seq}", "notices")

        self._attempts.make(site, attempt, mark, again=None)

    def _secure_case(self, site: Site, identity: str, number: str) -> None:
        mark, case = self._attempts.mark("securing"), site.case(identity)
        currency = law_book(site.role.administration).law.currency
        now = site.clock.now()
        transit = Transit(
            case=case.id,
            consignment_no=case.consignment_no,
            house_no=case.house_no,
            towards=self._rng.choice((*(one.id for one in site.peers()), "")),
            until=now + self._rng.choice((HOUR, 3 * DAY, 20 * DAY)),
        )
        amount = self._rng.choice((1, 10**5, 10**6))
        security = Security(number, amount, currency, PRINCIPALS[:1], now // DAY)

        def attempt() -> None:
            node = site.node
            if site.case(identity).state in ENDED:
                return  # nothing sets out
            found = node.state.write(
                lambda tx: reserve_for_transit(tx, node, case.id, security, transit)
            )
            if not found:
                about = DRAWING.about(matter_of(case.id))
                self._world.ledger.acted(mark, site, about, anew=False)
                self._secured.append((site, case.id))
                self._world.tell(site.id, f"{mark}: {case.number}", "transits secured")

        self._attempts.make(site, attempt, mark, again=attempt)

    def _discharge(self) -> None:
        """The office of destination ends a transit; it may have been ended before."""
        if self._secured and self._world.is_rough:
            (site, case), mark = self._rng.choice(self._secured), self._attempts.mark("discharge")

            def attempt() -> None:
                node = site.node
                freed = node.state.write(lambda tx: discharge(tx, node, case, who=mark))
                about = DRAWING.about(matter_of(case))
                self._world.ledger.acted(mark, site, about, anew=freed)
                self._world.course.counts["guarantees freed by officers"] += freed

            self._attempts.make(site, attempt, mark, again=None)

    def _claim(self) -> None:
        """An officer claims; refused while the transit is under way and in time."""
        if self._secured:
            (site, case), mark = self._rng.choice(self._secured), self._attempts.mark("claim")

            def attempt() -> None:
                node = site.node
                node.state.write(lambda tx: claim(tx, node, case, 1, who=mark, reason="overdue"))
                self._world.ledger.acted(mark, site, DRAWING.about(matter_of(case)))
                self._world.tell(site.id, f"{mark}: {case}", "guarantees claimed")

            self._attempts.make(site, attempt, mark, again=None)

    def _end_secured(self, site: Site) -> None:
        """An officer lets go what a declaration defers, or claims it; refused while in time."""
        mark = self._attempts.mark("ending")
        has = [(one, sum(reserved_of(one).values())) for one in _drawings(site)
               if one.matter.startswith(secured_matter(""))]  # fmt: skip
        has = [one for one in has if one[1]]
        if not has:
            return
        owed = [one for one in has if one[0].deferral is not None and one[0].deferral.owed]
        drawing, reserved = self._rng.choice(owed or has)
        case = drawing.matter.removeprefix(secured_matter(""))
        part = self._rng.choice((0, 1, reserved // 2 + 1, reserved, reserved + 1))

        def attempt() -> None:
            node, anew = site.node, True
            if part:
                node.state.write(
                    lambda tx: securing.claim(tx, node, case, part, who=mark, reason="not paid")
                )
                self._world.tell(site.id, f"{mark}: {case}", "deferrals claimed")
            else:
                anew = node.state.write(lambda tx: securing.discharge(tx, node, case, who=mark))
                self._world.tell(site.id, f"{mark}: {case}", "deferrals ended")
            self._world.ledger.acted(mark, site, DRAWING.about(drawing.matter), anew=anew)

        self._attempts.make(site, attempt, mark, again=None)

    def _close(self) -> None:
        if self._balances:
            (site, identity), mark = (
                self._rng.choice(self._balances),
                self._attempts.mark("closing"),
            )

            def attempt() -> None:
                node, about = site.node, BALANCE.about(identity)
                before = site.row("last_act", about)
                node.state.write(
                    lambda tx: close_balance(tx, node, identity, who=mark, reason="spent")
                )
                anew = before != site.row("last_act", about)
                self._world.ledger.acted(mark, site, about, anew=anew)

            self._attempts.make(site, attempt, mark, again=None)


def _drawings(site: Site) -> list[Drawing]:
    return [one.state for one in site.read(lambda tx: list(every_dossier(tx, DRAWING)))]


def _missing(drawing: Drawing) -> int:
    """What a declaration still has to be paid, in minor units."""
    return drawing.charge.owed - paid_minor(drawing) if drawing.charge else 0


def _named(case: Case) -> tuple[str, int] | None:
    """The guarantee that an import names and what it answers for, minor units; None of others."""
    number = str(case.document["declaration"].get("guarantee_no", ""))
    amount = secured_now(case.decision)
    return (number, amount) if case.direction == "import" and number and amount else None
