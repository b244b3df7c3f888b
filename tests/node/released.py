"""An importing node whose law demands everything, and what a declaration there waits for."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import msgspec

from silkport.kernel.periods import day_number
from silkport.law.release import ReleaseLaw, read_release
from silkport.model.balances import Balance, BalanceKind, Receipt
from silkport.model.inspections import Finding, InspectedLine, Passport, Subject
from silkport.model.messages import Competence
from silkport.model.parties import Deed, Power
from silkport.model.release import Awaiting
from silkport.model.states import Actor
from silkport.node.corridor import balances, inspections, trust
from silkport.node.corridor.inspections import draw_for
from silkport.node.corridor.parties import give_power
from silkport.node.corridor.paying import Paid, pay
from silkport.node.exchange.keys import signing_key_from
from silkport.node.workflow.acting import act, pass_time
from silkport.node.workflow.awaiting import find_awaiting
from silkport.node.workflow.cases import Case, case_of, history
from silkport.node.workflow.filing import Office, file_declaration
from silkport.node.workflow.releasing import try_woken
from tests.node.lively import HEAD, LINE
from tests.node.worlds import BEGIN, CUSTOMS, DAY, World

TODAY = day_number(date(2026, 9, 21))
KG = 1_000_000
SEED = bytes(range(3, 35))
NEEDED = ("presentation", "payment", "permits", "inspection", "power", "guarantee")
BOTH = CUSTOMS | {Competence.INSPECTION}

_ONE = """
[[demand]]
kind = "{kind}"
directions = {directions}
{more}
start = 2024-01-01
source = "an act for tests, art. {place} (invented)"
"""


def law_of(*kinds: str, more: str = "") -> ReleaseLaw:
    """A law that demands these."""
    says = {"payment": 'payers = ["consignee_code", "declarant_code"]', "permits": "waived = true"}
    text = "".join(
        _ONE.format(
            kind=kind,
            directions='["import", "export", "transit"]',
            more=says.get(kind, ""),
            place=place,
        )
        for place, kind in enumerate(kinds, 1)
    )
    return read_release("zz", text + more)


APPLES = LINE | {
    "hs_code": "0808108000",
    "goods_name": "apples",
    "origin": "KZ",
    "documents": "P01 KZ-1",
    "unit": "",
    "qty_e5": -1,
    "qty2_e5": -1,
}


@dataclass
class Gate:
    """Zerafshan imports apples from Kazakhstan."""

    kinds: tuple[str, ...] = NEEDED
    more: str = ""
    world: World = field(default_factory=lambda: World(("kz", "zz"), competence={"kz": BOTH}))
    count: int = 0

    def __post_init__(self) -> None:
        self.node = self.world.node("zz")
        demands = law_of(*self.kinds, more=self.more)
        self.office: Office = replace(self.world["zz"].office, demands=demands)

    def file(self, number: int = 1, *, early: bool = True, **more: Any) -> Case:
        self.count += 1
        goods = more.pop("goods", {})
        head: dict[str, Any] = {
            **HEAD,
            "departure_country": "KZ",
            "trade_country": "KZ",
            "declaration_no": f"ZZ/2026/{number}",
            "consignment_no": f"ZZ-2026-{number}",
            "guid": f"G{number}-{self.count}",
            "app_time": HEAD["app_time"] + self.count,
            "decl_day": self.office.day(self.world.clock.at),
            **more,
        }
        line = APPLES | {"declaration_no": head["declaration_no"]} | goods
        return file_declaration(self.node, self.office, head, [line], early=early).case

    def act(self, case: Case, event: str, actor: Actor = Actor.OFFICER, found: str = "") -> Case:
        finding = Finding(found) if found else None
        return act(
            self.node,
            self.office,
            case.id,
            event,
            actor=actor,
            who="Chen",
            reason="so",
            found=finding,
        )

    def case(self, case: Case) -> Case:
        return self.node.state.read(lambda tx: case_of(tx, case.id))

    def stands(self, case: Case) -> list[str]:
        found = self.awaiting(case)
        return [one.code for one in found.holds] if found else []

    def awaiting(self, case: Case) -> Awaiting | None:
        return self.node.state.read(lambda tx: find_awaiting(tx, case.id))

    def events(self, case: Case) -> list[str]:
        return [one["event"] for one in self.node.state.read(lambda tx: history(tx, case.id))]

    def pay(self, amount: int, number: str = "T1", payer: str = "C1") -> Paid:
        receipt = Receipt(number=number, payer=payer, amount=amount, currency="XTS", day=TODAY)
        return pay(self.node, [(2, receipt)], currency="XTS", who="Chen")

    def permit(self, number: str = "KZ-1", kg: int = 1_000, kind: str = "P01") -> None:
        self.open(kind="permit", number=number, paper=kind, unit="mg", opened=kg * KG)

    def open(self, **stated: Any) -> None:
        stated["kind"] = BalanceKind(stated["kind"])
        terms = {"issuer": "issuer", "start": TODAY - 10, "source": "Paper 1"}
        one = Balance(**terms, free=stated["opened"], **stated)
        self.node.state.write(lambda tx: balances.open_balance(tx, self.node, one))

    def power(self, number: str = "PA-1", stop: int = TODAY + 100) -> None:
        given = Power(
            number=number,
            principal="C1",
            representative="D1",
            deeds=(Deed.DECLARE,),
            start=TODAY - 100,
            stop=stop,
        )
        give_power(self.node, given, who="C1")

    def passport(self, case: Case, finding: str = "conforms", number: str = "") -> None:
        """The plant quarantine of Kazakhstan says what it found; it arrives as a message."""
        key, kz = signing_key_from(SEED), self.world.node("kz")
        trust.register_body(
            self.node,
            code="KZ-PQ",
            name="Plant quarantine",
            administration="kz",
            subjects=[Subject.PLANT],
            public=key.public,
            start_day=TODAY - 100,
            who="Chen",
        )
        line = case.document["goods"][0]
        gross, net = int(line["gross_mass_mg"]), int(line["net_mass_mg"])
        result = Passport(
            inspection_no=number or f"PQ-{case.number}",
            consignment_no=case.consignment_no,
            house_no=case.house_no,
            body="Plant quarantine",
            body_code="KZ-PQ",
            competence="plant",
            method="plant",
            inspected_at=BEGIN - DAY,
            finding=finding,
            valid_until="2026-12-01",
            goods=[InspectedLine(1, str(line["hs_code"]), gross, net)],
        )
        inspections.issue(kz, result, SEED, "zz", who="Aigerim")
        self.world.settle()

    def pass_time(self) -> int:
        """What is due by now happens."""
        return pass_time(self.node, self.office)

    def over(self, day: int) -> int:
        """The moment at which a day ends here."""
        return self.office.terms.calendar.time.closing(day)

    def go_on(self) -> list[str]:
        """The look-out tries again whatever something came for."""
        return [one.number for one in try_woken(self.node, self.office)]

    def number_drawn(self, *, drawn: bool) -> int:
        """The number of a consignment that is, or is not, drawn for a re-check."""
        share = 300_000
        numbers = range(1, 10_000)
        return next(n for n in numbers if (draw_for(self.node, f"ZZ-2026-{n}/1") < share) is drawn)

    def parts(self, identity: str) -> tuple[int | None, int, int]:
        found = self.node.state.read(lambda tx: balances.find_balance(tx, identity))
        assert found is not None
        return found.free, found.reserved, found.used

    def facts(self, case: Case) -> dict[str, Any]:
        found = self.awaiting(case)
        return {} if found is None else msgspec.to_builtins(found)
