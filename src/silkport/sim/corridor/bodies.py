"""Inspection bodies and those who act for others: passports, re-checks, powers of attorney.

Some passports are signed by another key than the registered one, are too old, are about another
house, or come from a body that nobody registered.
"""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

import msgspec

from silkport.kernel.periods import day_of
from silkport.model.inspections import (
    DAY_MS,
    Finding,
    InspectedLine,
    Passport,
    Standing,
    Subject,
    body_of,
)
from silkport.model.messages import Competence
from silkport.model.parties import NO_END, Deed, Entering, Power, Role
from silkport.node.corridor.inspections import INSPECTION, issue, override, record_recheck
from silkport.node.corridor.parties import (
    PARTY,
    POWER,
    give_power,
    register_party,
    revoke_power,
)
from silkport.node.corridor.trust import BODY, register_body
from silkport.node.dossiers import every_dossier
from silkport.node.exchange.keys import key_id_of, signing_key_from
from silkport.node.exchange.outbox import Outgoing, queue
from silkport.sim.corridor.attempts import Attempts
from silkport.sim.corridor.people import People
from silkport.sim.corridor.sites import Site
from silkport.sim.corridor.traders import HOUSE, Traders
from silkport.sim.corridor.world import World

METHODS = {
    "plant": Subject.PLANT,
    "health": Subject.HEALTH,
    "veterinary": Subject.VETERINARY,
    "conformity": Subject.QUALITY,
}
SEED, STRANGE_SEED = bytes(range(1, 33)), bytes(range(2, 34))
PUBLIC = signing_key_from(SEED).public
PRINCIPALS = ("910340000011", "123456789012", "190540000024")
BROKER = "210440000314"
_NO_GOODS = [InspectedLine(1, "110100", -1, -1)]


class Bodies:
    """Inspectors, those who rely on them, and representatives with their principals."""

    def __init__(
        self, world: World, attempts: Attempts, traders: Traders, people: People, rng: Random
    ) -> None:
        self._world, self._attempts, self._rng = world, attempts, rng
        self._traders, self._people = traders, people
        self._powers: list[tuple[Site, str]] = []

    def act(self) -> None:
        """Somebody does something."""
        deeds = (self._register, self._issue, self._look, self._party, self._give, self._revoke)
        self._rng.choices(deeds, (3, 6, 6, 1, 3, 2))[0]()

    def _offices(self) -> list[Site]:
        return [one for one in self._world.sites.values() if one.is_deciding]

    # Inspection.

    def _register(self) -> None:
        """A body of the other side, with a key that counts, or that ended."""
        site = self._rng.choice(self._offices())
        self._register_at(site, self._code(site))

    def _register_at(self, site: Site, code: str) -> None:
        mark = self._attempts.mark("body")
        today = site.clock.now() // DAY_MS
        start = today - self._rng.choice((200, 200, 200, 5))
        stop = self._rng.choice((-1, -1, -1, today - 1, today + 300))
        administration = code.partition("-")[0].lower()
        subjects = list(METHODS.values())[: self._rng.choice((4, 4, 4, 1))]

        def attempt() -> None:
            before = site.row("last_act", BODY.about(code))
            register_body(
                site.node, code=code, name=f"Inspection {code}", administration=administration,
                subjects=subjects, public=PUBLIC, start_day=start, stop_day=stop, who=mark,
            )  # fmt: skip
            after = site.row("last_act", BODY.about(code))
            self._world.ledger.acted(mark, site, BODY.about(code), anew=before != after)
            self._world.tell(site.id, f"{mark}: {code}", "bodies registered")

        self._attempts.make(site, attempt, mark, again=attempt)

    def _code(self, site: Site) -> str:
        """A body of any administration but the node's own, mostly."""
        own = site.role.administration
        others = sorted({one.role.administration for one in self._world.sites.values()} - {own})
        return f"{self._rng.choice(others if self._rng.random() < 0.95 else [own]).upper()}-Q"

    def _issue(self) -> None:
        """The result of an inspection goes to the other side; also one that is worth nothing."""
        mark, rng = self._attempts.mark("passport"), self._rng
        site = rng.choice([one for one in self._world.sites.values() if _inspects(one)])
        peer, number, goods = rng.choice(site.peers()).id, ("NONE-1", HOUSE), _NO_GOODS
        declared = [one[2] for one in self._people.cases[-12:]]
        if self._traders.trades and rng.random() < 0.8:
            trade = rng.choice(self._traders.trades)
            (_, house), *_ = trade.description.houses()
            site, peer, number = trade.start, trade.end.id, (trade.number, HOUSE)
            goods = [
                InspectedLine(one.gnum, one.hs6, one.gross_mass_mg, one.net_mass_mg)
                for one in house.goods
            ]
        elif declared:
            one = rng.choice(declared)
            number, goods = one.house, [_inspected(line) for line in one.goods]
        fits = "plant" if _is_food(goods) else "conformity"
        method = rng.choice((fits, fits, "health", "veterinary", "x_ray"))
        self._send(
            site, peer, self._passport(site, mark, number, goods, method), mark, self._seed()
        )

    def vouch_for(self, site: Site, case: str) -> None:
        """The goods of an import were inspected where they came from; the body may be known."""
        found = site.case(case)
        trades = [one for one in self._traders.trades if one.number == found.consignment_no]
        if not trades or trades[0].end is not site or self._rng.random() < 0.15:
            return
        if self._rng.random() < 0.85:
            self._register_at(site, f"{trades[0].start.role.administration.upper()}-Q")
        goods = [_inspected(line) for line in found.document["goods"]]
        house, start = (found.consignment_no, found.house_no), trades[0].start
        methods = ("plant", "health") if _is_food(goods) else ("conformity",)
        seed = self._seed()
        for method in methods:
            mark = self._attempts.mark("passport")
            passport = self._passport(start, mark, house, goods, method)
            self._send(start, site.id, passport, mark, seed)

    def _seed(self) -> bytes:
        """Of the body's key, mostly."""
        return self._rng.choices((SEED, STRANGE_SEED), (3, 1))[0]

    def _send(self, site: Site, peer: str, passport: Passport, mark: str, seed: bytes) -> None:
        if seed is STRANGE_SEED and self._rng.random() < 0.7:
            self._forge(site, peer, passport, mark)
            return

        def attempt() -> None:
            kept = issue(site.node, passport, seed, peer, who=mark)
            self._world.ledger.acted(mark, site, INSPECTION.about(kept.id))
            self._world.tell(site.id, f"{mark}: for {peer}", "passports issued")

        self._attempts.make(site, attempt, mark, again=None)

    def _forge(self, site: Site, peer: str, passport: Passport, mark: str) -> None:
        """A passport under the name of the registered key, which did not sign it."""
        forged = msgspec.structs.replace(passport, key_id=key_id_of(PUBLIC), signature="0" * 128)

        def attempt() -> None:
            node = site.node
            body = Outgoing("inspection_result", body_of(forged))
            seq = node.state.write(lambda tx: queue(tx, node, peer, [body]))
            self._world.ledger.sent(site, peer, seq)
            self._world.tell(site.id, f"{mark}: forged, for {peer}", "passports forged")

        self._attempts.make(site, attempt, mark, again=None)

    def _passport(
        self,
        site: Site,
        mark: str,
        house: tuple[str, str],
        goods: list[InspectedLine],
        method: str,
    ) -> Passport:
        rng = self._rng
        at = site.clock.now() - rng.choice((1, 1, 1, 1, 1, 40)) * DAY_MS
        until = site.clock.now() // DAY_MS + rng.choice((20, 20, 20, 20, -2))
        return Passport(
            inspection_no=mark if rng.random() < 0.9 else "passport-0",
            consignment_no=house[0],
            house_no=house[1],
            body=f"Inspection of {site.id}",
            body_code=f"{site.role.administration.upper()}-Q",
            competence=METHODS[method].value if method in METHODS else "customs",
            method=method,
            inspected_at=at,
            finding=rng.choices(("conforms", "differs", "withdrawn"), (12, 1, 1))[0],
            valid_until=f"{day_of(until)}",
            goods=goods,
        )

    def _look(self) -> None:
        """An officer looks into goods that have a passport, or sets it aside."""
        site, mark = self._rng.choice(self._offices()), self._attempts.mark("recheck")
        found = site.read(
            lambda tx: [
                one.id for one in every_dossier(tx, INSPECTION)
                if one.state.standing is not Standing.ISSUED
            ]
        )  # fmt: skip
        if not found:
            return
        identity, aside = self._rng.choice(found), self._rng.random() < 0.3
        finding = self._rng.choices((Finding.CONFORMS, Finding.DIFFERS), (4, 1))[0]

        def attempt() -> None:
            if aside:
                override(site.node, identity, who=mark, reason="seen")
            else:
                record_recheck(site.node, identity, finding, who=mark)
            self._world.ledger.acted(mark, site, INSPECTION.about(identity))
            self._world.tell(site.id, f"{mark}: {identity}", "passports looked into")

        self._attempts.make(site, attempt, mark, again=None)

    # Powers.

    def _party(self) -> None:
        site, mark = self._rng.choice(self._offices()), self._attempts.mark("party")
        today = site.clock.now() // DAY_MS

        def attempt() -> None:
            register_party(
                site.node, BROKER, site.office.country,
                {Role.REPRESENTATIVE: (today - 10, NO_END)}, who=mark,
            )  # fmt: skip
            self._world.ledger.acted(mark, site, PARTY.about(BROKER))

        self._attempts.make(site, attempt, mark, again=None)

    def _give(self) -> None:
        """An officer enters what a firm, or a person, gave; the number may be taken.

        Now and then the principal enters it himself, or who wants to act for him does: in vain.
        """
        site, mark = self._rng.choice(self._offices()), self._attempts.mark("power")
        today = site.clock.now() // DAY_MS
        number = mark if self._rng.random() < 0.9 or not self._powers else self._powers[0][1]
        principal, representative = self._two(site)
        if principal == representative:
            return
        given = Power(
            number=number,
            principal=principal,
            representative=representative,
            deeds=(Deed.DECLARE, Deed.CORRECT, Deed.WITHDRAW, Deed.PAY),
            start=today - self._rng.choice((0, 30)),
            stop=today + self._rng.choice((1, 100)),
        )

        who, entering = self._entering(mark, principal, representative)

        def attempt() -> None:
            before = site.row("last_act", POWER.about(number))
            give_power(site.node, given, who=who, entering=entering)
            after = site.row("last_act", POWER.about(number))
            self._powers.append((site, number))
            anew = before != after and who == mark
            self._world.ledger.acted(mark, site, POWER.about(number), anew=anew)
            self._world.tell(site.id, f"{mark}: {number}", "powers given")

        self._attempts.make(site, attempt, mark, again=attempt)

    def _entering(self, mark: str, principal: str, representative: str) -> tuple[str, Entering]:
        """Who hands a power in, or its end."""
        himself = self._rng.choices(("", principal, representative), (8, 1, 1))[0]
        return (himself, Entering.PRINCIPAL) if himself else (mark, Entering.OFFICER)

    def _two(self, site: Site) -> tuple[str, str]:
        """Somebody who declared for another, late or not; else a firm and its broker."""
        heads = [one[2].head for one in self._people.cases if one[0] is site]
        if heads and self._rng.random() < 0.8:
            head = self._rng.choice(heads)
            owner = self._rng.choice(("consignee_code", "consignor_code"))
            if head.get(owner) and head.get("declarant_code"):
                return str(head[owner]), str(head["declarant_code"])
        return self._rng.choice(PRINCIPALS), BROKER

    def _revoke(self) -> None:
        if not self._powers:
            return
        (site, number), mark = self._rng.choice(self._powers), self._attempts.mark("revocation")
        today = site.clock.now() // DAY_MS
        who, entering = self._entering(mark, "", BROKER)

        def attempt() -> None:
            before = site.row("last_act", POWER.about(number))
            revoke_power(site.node, number, today, who=who, reason="no longer", entering=entering)
            after = site.row("last_act", POWER.about(number))
            anew = before != after and who == mark
            self._world.ledger.acted(mark, site, POWER.about(number), anew=anew)
            self._world.tell(site.id, f"{mark}: {number}", "powers revoked")

        self._attempts.make(site, attempt, mark, again=None)


def _is_food(goods: list[InspectedLine]) -> bool:
    return goods[0].hs_code.startswith("11")


def _inspects(site: Site) -> bool:
    return bool(site.role.competence & {Competence.INSPECTION, Competence.CUSTOMS})


def _inspected(line: Mapping[str, int | str]) -> InspectedLine:
    masses = (int(line.get(name, -1)) for name in ("gross_mass_mg", "net_mass_mg"))
    return InspectedLine(int(line["gnum"]), str(line["hs_code"])[:10], *masses)
