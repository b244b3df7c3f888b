"""What officers, carriers and inspection bodies do on the day."""

from __future__ import annotations

from collections.abc import Iterable

from silkport.courses.transport_given import By
from silkport.kernel.errors import SilkportError
from silkport.kernel.periods import day_of
from silkport.model.balances import MASS, Balance, BalanceKind, Receipt
from silkport.model.inspections import Finding, InspectedLine, Measure, Passport, Subject
from silkport.model.parties import Deed, Power
from silkport.model.states import Actor, State
from silkport.model.transport import Role, Transport
from silkport.model.transport_acts import Facts
from silkport.node.corridor import transports
from silkport.node.corridor.balances import open_balance
from silkport.node.corridor.inspections import issue
from silkport.node.corridor.parties import give_power
from silkport.node.corridor.paying import pay
from silkport.node.corridor.trust import register_body
from silkport.node.dossiers import Dossier
from silkport.node.workflow.acting import act
from silkport.node.workflow.cases import Case, case_of, history
from silkport.node.workflow.coursing import awaits_goods
from silkport.sim.day.cargo import Freight
from silkport.sim.day.sites import Site

VALID_DAYS = 30
_MOST_STEPS = 6
_NEXT = {
    State.DOCUMENTS_REQUESTED: ("receive_documents", Actor.DECLARANT),
    State.INSPECTION_ORDERED: ("inspect", Actor.OFFICER),
    State.INSPECTED: ("release", Actor.OFFICER),
    State.REGISTERED: ("release", Actor.OFFICER),
}
"""What people do in a state, and who."""


def case_at(site: Site, identity: str) -> Case:
    """A declaration as it is now."""
    return site.node.state.read(lambda tx: case_of(tx, identity))


def waits_for_goods(site: Site, case: Case) -> bool:
    """Whether a declaration came before its goods, and they have not been presented."""
    return awaits_goods(site.node.state.read(lambda tx: history(tx, case.id)))


def decide(site: Site, identity: str) -> Case:
    """Officer and declarant go on with a declaration until it is decided or somebody else must act.

    What the node decided by itself stays; what waits for goods, money or a permit waits.
    """
    for _ in range(_MOST_STEPS):
        case = case_at(site, identity)
        if case.state not in _NEXT or waits_for_goods(site, case):
            break
        event, actor = _NEXT[case.state]
        if not _done(site, identity, event, actor, "as the papers show"):
            break
    return case_at(site, identity)


def present(site: Site, identity: str) -> Case:
    """The declarant presents the goods of a declaration that waits for them."""
    case = case_at(site, identity)
    if case.state in _NEXT and waits_for_goods(site, case):
        _done(site, identity, "present", Actor.DECLARANT, "at the post")
    return case_at(site, identity)


def hold(site: Site, identity: str, reason: str) -> Case:
    """An officer wants to see the goods."""
    if case_at(site, identity).state is not State.INSPECTION_ORDERED:
        _done(site, identity, "order_inspection", Actor.OFFICER, reason)
    return case_at(site, identity)


def _done(site: Site, identity: str, event: str, actor: Actor, reason: str) -> bool:
    """Whether a person could bring an event about; who could not is told by the node why."""
    office, who = site.desk.office, site.officer if actor is Actor.OFFICER else "declarant"
    found = Finding.CONFORMS if event == "inspect" else None
    try:
        act(site.node, office, identity, event, actor=actor, who=who, reason=reason, found=found)
    except SilkportError as error:
        site.refused.append(f"{identity} {event}: {error.code} {error}")
        return False
    return True


# Transports.


def announce(site: Site, transport: Transport) -> None:
    """A carrier announces a transport to one side."""
    law = transports.law_of(site.node, site.home)
    by = By(Role.CARRIER, "carrier")
    transports.announce(site.node, law, transport, by)


def moves(
    site: Site, identity: str, *facts: Facts, role: Role = Role.OFFICER
) -> Dossier[Transport]:
    """What happens to a transport, at least one act; gives it as it is then."""
    law = transports.law_of(site.node, site.home)
    by = By(role, site.officer if role is Role.OFFICER else role.value)
    found = [transports.act(site.node, law, identity, one, by) for one in facts]
    return found[-1]


# Balances and inspections.


def deposit(site: Site, payers: Iterable[str], *, amount: int, currency: str) -> None:
    """Treasury says who paid in advance; the same receipts again change nothing."""
    day = site.today
    receipts = [
        (
            row,
            Receipt(number=f"TR-{payer}", payer=payer, amount=amount, currency=currency, day=day),
        )
        for row, payer in enumerate(sorted(set(payers)), 1)
    ]
    pay(site.node, receipts, currency=currency, who=site.officer)


def empower(site: Site, principal: str, representative: str, *, direction: str) -> None:
    """A principal lets his broker declare for him."""
    power = Power(
        number=f"PoA-{principal}",
        principal=principal,
        representative=representative,
        deeds=(Deed.DECLARE,),
        directions=(direction,),
        start=site.today - 1,
        stop=site.today + 365,
    )
    give_power(site.node, power, who=principal)


def secure(site: Site, number: str, *, amount: int, currency: str, holder: str = "") -> None:
    """A bank's guarantee is opened; without a holder whoever names it may use it."""
    _open(
        site,
        Balance(
            kind=BalanceKind.GUARANTEE,
            number=number,
            holder=holder,
            issuer="Bank of the Steppe (example)",
            unit=currency,
            opened=amount,
            free=amount,
            start=site.today,
            source="an invented guarantee",
        ),
    )


def certify(site: Site, kind: str, number: str, *, issuer: str, mass_mg: int) -> None:
    """A certificate for so much is opened: declarations write it off."""
    _open(
        site,
        Balance(
            kind=BalanceKind.PERMIT,
            paper=kind,
            number=number,
            issuer=issuer,
            unit=MASS,
            opened=mass_mg,
            free=mass_mg,
            start=site.today - 1,
            source="an invented certificate",
        ),
    )


def _open(site: Site, balance: Balance) -> None:
    who = site.officer
    site.node.state.write(lambda tx: open_balance(tx, site.node, balance, who=who))


def trust_body(site: Site, other: Site, *, code: str, name: str, public: bytes) -> None:
    """Customs registers an inspection body of the other side with its key."""
    register_body(
        site.node,
        code=code,
        name=name,
        administration=other.name,
        subjects=[Subject.PLANT],
        public=public,
        start_day=site.today - 1,
        who=site.officer,
    )


def inspect(site: Site, to: str, freight: Freight, *, seed: bytes, body: tuple[str, str]) -> str:
    """A plant inspector signs what he found of the first house; gives the passport's number."""
    (described, *_), (own, *_) = freight.descriptions, freight.houses
    (_, house), *_ = described.houses()
    code, name = body
    number = f"{code}-{own.consignment_no}"
    passport = Passport(
        inspection_no=number,
        consignment_no=own.consignment_no,
        house_no=own.house_no,
        body=name,
        body_code=code,
        competence="plant",
        method="plant",
        inspected_at=site.node.now(),
        finding="conforms",
        valid_until=f"{day_of(site.today + VALID_DAYS)}",
        goods=[
            InspectedLine(
                gnum=one.gnum,
                hs_code=one.hs_own,
                gross_mass_mg=one.gross_mass_mg,
                net_mass_mg=one.net_mass_mg,
            )
            for one in house.goods
        ],
        measures=[Measure("moisture", "13.2", "P1")],
    )
    issue(site.node, passport, seed, to, who="inspector Aigerim (example)")
    return number
