"""A corridor of two nodes for the tests of retention: a law in days, a clock set by hand."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from silkport.kernel.periods import Period
from silkport.law.local_time import LocalTime, Offset
from silkport.law.retention import Kept, Retention, Term
from silkport.node.exchange.applying import apply_some
from silkport.node.exchange.outbox import Outgoing, queue
from silkport.node.exchange.peers import peer_of
from silkport.node.exchange.sending import send_next
from silkport.node.state.retaining import retain
from silkport.node.transparency.audit import audit
from silkport.node.workflow.filing import Filed, file_declaration
from silkport.node.workflow.reading import Declared, declared_in
from silkport.sim.nodes import DirectLine, Simulated, introduce
from tests.node.dating import of_day
from tests.node.houses import SCREWS, House, a_house, a_line, written_to

DAY_MS = 86_400_000
ALWAYS = Period(date(2000, 1, 1))
UTC_TIME = LocalTime("aa", (Offset(minutes=0, period=ALWAYS, source="test"),))
PERSON = {"consignee_code": "900101350123", "consignee_name": "Aigerim Testova"}
DAYS = {"declarations": 40, "messages": 20, "evidence": 30, "persons": 10, "incidents": 5}


def a_law(confidence: str = "cited", **days: int) -> Retention:
    terms = [
        Term(
            kept=Kept(name),
            value=value,
            unit="days",
            period=ALWAYS,
            source="an act",
            confidence=confidence,
        )
        for name, value in (DAYS | days).items()
    ]
    return Retention("aa", UTC_TIME, tuple(terms))


class Corridor:
    """Two nodes with a line between them, and a clock that is set by hand."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = int(datetime(2026, 10, 1, 6, tzinfo=UTC).timestamp() * 1000)
        rng = random.Random(3)
        self.one = Simulated("one", "zz", lambda: self.now, rng.randbytes)
        self.two = Simulated("two", "kz", lambda: self.now, rng.randbytes)
        introduce([self.one, self.two])
        self._filed = 0

    def file(self, *houses: House, **more: object) -> list[Filed]:
        """Files houses with the first node, exports unless told otherwise."""
        self._filed += 1
        about: dict[str, object] = {"departure_country": "ZZ", "destination_country": "KZ"}
        about |= {"trade_country": "KZ"} | more
        number = f"{self._filed}"
        path = written_to(self.folder / number, *houses, number=number, **about)
        return [
            file_declaration(
                self.one.node,
                self.one.office,
                of_day(one.declaration, self.one.office, self.now),
                one.goods,
                problems=one.problems,
            )
            for one in declared_in([path])
            if isinstance(one, Declared)
        ]

    def exchange(self, rounds: int = 2) -> None:
        nodes = [self.one, self.two]
        for _ in range(rounds):
            for here, there in (nodes, nodes[::-1]):
                self.now += 1000
                send_next(here.node, there.id, DirectLine(here, nodes))
                apply_some(there.node, here.id)

    def later(self, days: int) -> None:
        self.now += days * DAY_MS

    def retain(self, law: Retention | None = None, limit: int = 100) -> dict[str, int]:
        """Retention at the first node; what it removed, without what it did not."""
        found = retain(self.one.node, law or a_law(), self.now, limit)
        assert found.left == ()
        return {kept.value: count for kept, count in found.removed.items() if count}

    def sound(self, *nodes: Simulated) -> None:
        for one in nodes or (self.one, self.two):
            found = audit(one.node, lambda *_: None)
            assert list(found.faults) == []


def export(number: str, **more: object) -> House:
    return a_house(number, a_line(SCREWS, "1000"), **{"procedure": "10", **more})


def rows_of(one: Simulated, table: str) -> int:
    row = one.connection.execute(f"select count(*) from {table}").fetchone()
    return int(row[0])


def everything(one: Simulated) -> dict[str, list[Any]]:
    """All rows of all tables."""
    names = one.connection.execute("select name from sqlite_schema where type = 'table'")
    return {
        row[0]: one.connection.execute(f"select * from {row[0]}").fetchall()
        for row in names.fetchall()
    }


def say(here: Simulated, there: Simulated, count: int = 1) -> None:
    """Queues notices of the same matter."""
    body = {"post": "altynkol", "day": "2026-10-02", "direction": "export"}
    what = [Outgoing("capacity_notice", body | {"vehicles": n}) for n in range(count)]
    here.node.state.write(lambda tx: queue(tx, here.node, there.id, what))


def peer_of_one(corridor: Corridor) -> Any:
    return corridor.one.node.state.read(lambda tx: peer_of(tx, "two"))
