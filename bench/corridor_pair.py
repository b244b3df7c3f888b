"""A node with its traders at their desks, in a process of its own, beside its neighbour's.

python bench/corridor_pair.py HOME NODE PEER   serves; used by corridor_rows.py. It says its port,
then takes a task from each line of its input and says in one line what became of it.
"""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue

import msgspec

from corridor_day import HOUSE, parties_in, sent_by, typed_for
from node_pair import Pair, say
from node_rows import in_threads
from silkport.kernel.errors import StoreClosed
from silkport.model.balances import Receipt
from silkport.model.description import Description
from silkport.model.prepared import key_of
from silkport.model.states import State
from silkport.node.corridor.consignment_files import (
    CONSIGNMENT,
    IMPORT,
    IMPORTER,
    WAITS_FOR,
    granted_id,
)
from silkport.node.corridor.consignments import confirm, describe, file_export, file_import
from silkport.node.corridor.desk import FilingDesk, filing_desk
from silkport.node.corridor.grants import grant
from silkport.node.corridor.paying import pay
from silkport.node.dossiers import dossier_of
from silkport.node.offices import office_of
from silkport.node.serving import Serving
from silkport.node.sovereign import Node, incidents

LOOK_SECONDS = 0.005
PAGE = 100
TOLD_SECONDS = 60
TRADERS = 8
"""Exporters at work at a time in each node, and as many importers."""
ENOUGH = 10**15
EXPORTER, AT_THE_OTHER_END = "exporter", "importer"


class Task(msgspec.Struct):
    """Consignments to send, and how many a second; 0 for as many as go."""

    first: int
    count: int
    rate: int


class Done(msgspec.Struct):
    """What became of a task, in seconds since 1970 and by number of the consignment.

    Attributes:
        released: when its export was released and on the disk; prepared: when the importer, who
            looks every five milliseconds, saw his declaration prepared.
        states: of exports, and how many came to each.
        told: when the exporter's node had applied what the neighbour told of the import.
        cpu: seconds of all threads of this process from the first consignment to the last.
        incidents: what an operator would see.
    """

    released: dict[str, float] = {}
    prepared: dict[str, float] = {}
    lines: int = 0
    states: dict[str, int] = {}
    told: float = 0
    cpu: float = 0
    incidents: list[str] = []


class Desks:
    """The traders of one node, some at a time."""

    def __init__(self, node: Node, desk: FilingDesk) -> None:
        self._node, self._desk = node, desk
        self._seen: set[str] = set()
        self._waits: SimpleQueue[str] = SimpleQueue()
        self._turn = threading.Lock()
        self.done = Done()
        self._states: Counter[str] = Counter()
        for work in (self._look, *[self._import] * TRADERS):
            threading.Thread(target=self._until_closed, args=(work,), daemon=True).start()

    @staticmethod
    def _until_closed(work: Callable[[], None]) -> None:
        with suppress(StoreClosed):
            while True:
                work()

    def send(self, task: Task) -> Done:
        """Does a task; comes back when the neighbour told of every import."""
        node = self._node
        self.done, self._states = Done(), Counter()
        numbers = range(task.first, task.first + task.count)
        some = list(sent_by(node.id, numbers, node.now()))
        self.done.lines = sum(len(one.masters[0].houses[0].goods) for one in some)
        places = iter(enumerate(some))
        say("drawn")
        start_at = float(sys.stdin.readline())
        time.sleep(max(0.0, start_at - time.time()))
        begun = time.process_time()
        in_threads([lambda: self._export(places, task.rate, start_at)] * TRADERS)
        ends = time.time() + TOLD_SECONDS
        for number in self.done.released:
            while not self._is_told(number):
                if time.time() > ends:
                    raise RuntimeError(f"{node.id} was not told of the import of {number}")
                time.sleep(LOOK_SECONDS)
        self.done.told = time.time()
        self.done.cpu = time.process_time() - begun
        say("told")
        sys.stdin.readline()  # when both are, each has seen all that was prepared for it
        self.done.states = dict(self._states)
        self.done.incidents = [str(one) for one in node.state.read(incidents)]
        return self.done

    def _export(
        self, places: Iterator[tuple[int, Description]], rate: int, start_at: float
    ) -> None:
        """An exporter describes and files; what is released he grants."""
        node, desk = self._node, self._desk
        while True:
            with self._turn:
                place, one = next(places, (0, None))
            if one is None:
                return
            if rate:
                time.sleep(max(0.0, start_at + place / rate - time.time()))
            describe(node, desk, one, who=EXPORTER)
            state = file_export(node, desk, one.consignment_no, who=EXPORTER).case.state
            with self._turn:
                self._states[state.value] += 1
            if state is State.RELEASED:
                self.done.released[one.consignment_no] = time.time()
                grant(node, one.consignment_no, HOUSE, who=EXPORTER)

    def _is_told(self, number: str) -> bool:
        rows = self._node.state.read(lambda tx: tx.rows("said_about", f"{number}/{HOUSE}"))
        return any(row[1] == "import_registered" for row in rows)

    def _look(self) -> None:
        """The importers look for what waits for them."""
        about = ("linked_dossiers", CONSIGNMENT.name, WAITS_FOR, IMPORTER, "", PAGE)
        for (identity,) in self._node.state.read(lambda tx: tx.rows(*about)):
            if identity not in self._seen:
                self._seen.add(identity)
                self.done.prepared[identity] = time.time()
                self._waits.put(identity)
        time.sleep(LOOK_SECONDS)

    def _import(self) -> None:
        """An importer types what is open, confirms, and files before the goods arrive."""
        node, desk, identity = self._node, self._desk, self._waits.get()
        file = node.state.read(lambda tx: dossier_of(tx, CONSIGNMENT, identity))
        typed = typed_for(file.state.filings[key_of(IMPORT, HOUSE)])
        confirm(node, desk, identity, who=AT_THE_OTHER_END, typed=typed)
        file_import(node, desk, identity, who=AT_THE_OTHER_END)


def pay_in_advance(node: Node, desk: FilingDesk) -> None:
    """Every trader of this side has money with customs, so that nothing waits for it."""
    currency, day = desk.office.engine.law.currency, desk.moment(node.now()).day
    receipts = [
        Receipt(
            number=f"R{place}",
            payer=payer,
            currency=currency,
            amount=ENOUGH,
            day=day,
            issuer="treasury",
        )
        for place, payer in enumerate(parties_in(desk.ground.country, node.now()))
    ]
    pay(node, list(enumerate(receipts)), currency=currency, who="treasury")


def id_there(sender: str, number: str) -> str:
    """What the importer's node calls the copy of a consignment."""
    return granted_id(sender, number, HOUSE)


def serve(home: Path, name: str, peer: str) -> None:
    """Serves the node, and does one task after another until the input ends."""
    pair = Pair(home)
    node = pair.opened(name)
    office = office_of(node, home)
    desk = filing_desk(node.administration, office, home)
    with Serving(node, office, "127.0.0.1", 0, desk) as serving:
        say(str(serving.port))
        pair.point(node, peer, int(sys.stdin.readline()))
        pay_in_advance(node, desk)
        desks = Desks(node, desk)
        for line in sys.stdin:
            done = desks.send(msgspec.json.decode(line, type=Task))
            say(msgspec.json.encode(done).decode())
    node.state.close()


if __name__ == "__main__":
    serve(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
