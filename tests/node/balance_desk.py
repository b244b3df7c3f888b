"""A customs node whose balances are drawn upon, for the tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from silkport.kernel.findings import Finding
from silkport.kernel.periods import day_number
from silkport.law.permits import Permit
from silkport.model.balances import Balance, BalanceKind, Receipt, Transit
from silkport.node.corridor import balances as room
from silkport.node.corridor.guarantees import (
    arrived,
    reserve_for_transit,
)
from silkport.node.corridor.paying import Paid, charge, is_paid, pay
from silkport.node.corridor.permits import needs_of, write_off
from silkport.node.corridor.reserving import Security, overdue
from silkport.node.sovereign import Node
from tests.node.worlds import BEGIN, DAY, World

T = TypeVar("T")
TODAY = day_number(date(2026, 9, 21))
KG = 1_000_000
DEMANDED = (
    Permit(hs="02", kind="V01", name="veterinary", start=date(2024, 1, 1), source="Rules"),
    Permit(
        hs="0203",
        kind="L01",
        name="licence",
        direction="import",
        start=date(2024, 1, 1),
        source="R",
    ),
)


@dataclass
class Desk:
    """One customs node with a permit, money and a guarantee."""

    world: World = field(default_factory=lambda: World(("cn", "kz")))

    @property
    def node(self) -> Node:
        return self.world.node("kz")

    def do(self, work: Callable[..., T], *values: Any, **more: Any) -> T:
        return self.node.state.write(lambda tx: work(tx, self.node, *values, **more))

    def open(self, kind: str, number: str, amount: int | None, **more: Any) -> Balance:
        stated: dict[str, Any] = {
            "kind": BalanceKind(kind),
            "number": number,
            "issuer": "issuer",
            "unit": "mg" if kind == "permit" else "KZT",
            "paper": "V01" if kind == "permit" else "",
            "opened": amount,
            "free": amount,
            "start": TODAY - 10,
            "stop": TODAY + 100,
            "source": "Paper 1",
        }
        return self.do(room.open_balance, Balance(**stated | more))

    def late(self) -> list[str]:
        """What is overdue by now is noted; gives the cases."""
        read = self.node.state.read
        due = read(lambda tx: tx.rows("due_dossiers", "drawing", self.node.now(), 100))
        for (matter,) in due:
            self.do(overdue, matter)
        return [matter.removeprefix("transit ") for (matter,) in due]

    def parts(self, identity: str) -> tuple[int | None, int, int]:
        found = self.node.state.read(lambda tx: room.find_balance(tx, identity))
        assert found is not None
        return found.free, found.reserved, found.used

    def off(
        self, case: str, *masses_kg: int, papers: str = "V01 KZ-1", **more: Any
    ) -> list[Finding]:
        """Writes off for a declaration of pork, a line for each mass."""
        declaration = {
            "decl_day": TODAY,
            "procedure": "40",
            "declarant_code": "D1",
            "consignee_code": "C1",
            "destination_country": "KZ",
            "documents": papers,
            **more,
        }
        goods = [
            {"gnum": gnum, "hs_code": "0203111000", "origin": "CN", "net_mass_mg": mass * KG}
            for gnum, mass in enumerate(masses_kg, 1)
        ]
        needs = needs_of(self.node, declaration, goods, direction="import", permits=DEMANDED)
        return self.do(write_off, case, needs)

    def charge(self, case: str, amount: int, payer: str = "C1") -> list[Finding]:
        return self.do(charge, case, payer, amount, "KZT", day=TODAY)

    def paid(self, case: str) -> bool:
        return self.node.state.read(lambda tx: is_paid(tx, case))

    def pay(self, *receipts: Receipt) -> Paid:
        return pay(self.node, list(enumerate(receipts, 2)), currency="KZT", who="Chen")

    def secure(self, case: str, amount: int, number: str = "G-1", **more: Any) -> list[Finding]:
        stated: dict[str, Any] = {"consignment_no": f"KHG {case}", "until": BEGIN + 30 * DAY}
        transit = Transit(case=case, **stated | more)
        security = Security(number, amount, "KZT", holders=["C1"], day=TODAY)
        return self.do(reserve_for_transit, case, security, transit)

    def arrive(self, case: str, seq: int = 1, peer: str = "cn", **more: Any) -> list[str]:
        body = {"consignment_no": f"KHG {case}", "post": "KHG", "arrived_at": BEGIN}
        differs = more.pop("differs", "")
        return self.do(arrived, peer, seq, body | more, differs=differs)


def codes(findings: list[Finding]) -> list[tuple[str, int]]:
    return [(one.code, one.line) for one in findings]


def receipt(number: str, amount: int, **more: Any) -> Receipt:
    stated: dict[str, Any] = {"payer": "C1", "currency": "KZT", "day": TODAY}
    return Receipt(number=number, amount=amount, **stated | more)
