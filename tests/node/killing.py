"""Two node processes, declarants filing with each, and a line that can be cut; killed at random.

    python -m tests.node.killing --kills 200 --seed 1   a campaign, about ten minutes

What a declarant was answered, and what a node queued for its peer, must be there in the end, once,
on both sides. The processes are real, the kill is SIGKILL, the line is TCP with mutual TLS.
"""

from __future__ import annotations

import argparse
import os
import random
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from silkport.model.messages import Competence
from silkport.node.exchange.keys import signing_key_from
from silkport.node.exchange.peers import add_peer, card
from silkport.node.exchange.registers import pair_of, sign_register
from silkport.node.home import Identity, make_node, open_node
from silkport.node.law.registers import shipped_register
from silkport.node.sovereign import Node
from silkport.node.transparency.audit import audit
from silkport.node.workflow.filing import Office
from silkport.node.workflow.reading import Declared, declared_in
from silkport.sim.consignments import write_goods_sample
from tests.node.dating import of_day

NODES = ("cn", "kz")
PASSPHRASE = "killed at random"
COUNSEL = bytes(range(32))
CALM_SECONDS = 60

SERVE = """
import sys
from pathlib import Path
from silkport.node.home import open_node
from silkport.node.serving import Serving
node = open_node(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
with Serving(node, None, "127.0.0.1", int(sys.argv[4])) as serving:
    print(serving.port, flush=True)
    serving.wait()
"""

FILE = """
import sys
from pathlib import Path
from silkport.node.home import open_node
from silkport.node.offices import office_of
from silkport.node.workflow.filing import file_declaration
from tests.node.killing import drawn
home, name = Path(sys.argv[1]), sys.argv[2]
node = open_node(home, name, sys.argv[3])
office = office_of(node, home)
for declaration, goods in drawn(home, office, int(sys.argv[4])):
    filed = file_declaration(node, office, declaration, goods, who="Aigerim")
    print(filed.case.id, filed.case.state.value, flush=True)
"""


Cells = dict[str, int | str]


def drawn(home: Path, office: Office, first: int) -> Iterator[tuple[Cells, list[Cells]]]:
    """Declarations of the sample day that a node takes, again and again under new numbers."""
    taken = []
    for one in declared_in([home / "sample"]):
        if isinstance(one, Declared) and one.declaration["act"] == "declaration":
            cleared = office.engine.clear(
                one.declaration, one.goods, processing_day=20_778, draw_seed=office.draw_seed
            )
            if cleared.decision["outcome"] != "refused":
                taken.append(one)
    for number in range(first, first + 1_000_000):
        one = taken[number % len(taken)]
        no = f"{one.declaration['declaration_no']}-{number}"
        changed = {"declaration_no": no, "guid": f"guid {no}", "consignment_no": f"C{number}"}
        dated = of_day(one.declaration, office, time.time_ns() // 1_000_000)
        yield dated | changed, [line | {"declaration_no": no} for line in one.goods]


class Proxy:
    """A line between two ports that can be cut: what is open breaks, nothing new gets through."""

    def __init__(self, to: int) -> None:
        self.to = to
        self.is_cut = False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._open: set[socket.socket] = set()
        self._going = True
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        self.is_cut = True
        for one in list(self._open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        self.is_cut = False

    def close(self) -> None:
        self._going = False
        self.cut()
        self._listener.close()

    def _accept(self) -> None:
        while self._going:
            try:
                inside, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(inside,), daemon=True).start()

    def _carry(self, inside: socket.socket) -> None:
        with inside, suppress(OSError):
            if self.is_cut:
                return
            with socket.create_connection(("127.0.0.1", self.to), timeout=5) as outside:
                pair = {inside: outside, outside: inside}
                self._open |= set(pair)
                try:
                    while self._going and not self.is_cut:
                        ready, _, _ = select.select(list(pair), [], [], 0.2)
                        for one in ready:
                            data = one.recv(65_536)
                            if not data:
                                return
                            pair[one].sendall(data)
                finally:
                    self._open -= set(pair)


@dataclass
class Course:
    """What happened: how often each was killed, and what declarants were answered."""

    kills: int = 0
    cuts: int = 0
    messages: int = 0
    answered: dict[str, set[str]] = field(default_factory=lambda: {one: set() for one in NODES})


@dataclass
class _Side:
    """One node: its server, its declarant, the proxy through which its peer reaches it."""

    name: str
    port: int
    proxy: Proxy
    server: subprocess.Popen[str] | None = None
    filer: subprocess.Popen[str] | None = None
    filed: int = 0


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        return int(one.getsockname()[1])


def make_home(home: Path, sides: dict[str, _Side]) -> None:
    counsel = signing_key_from(COUNSEL)
    for name in NODES:
        identity = Identity(
            id=name,
            administration=name,
            competence=frozenset({Competence.CUSTOMS}),
            name=name,
            url=f"https://127.0.0.1:{sides[name].proxy.port}",
            hosts=["127.0.0.1"],
            counsel=counsel.public.hex(),
        )
        make_node(home, identity, PASSPHRASE)
    nodes = {name: open_node(home, name, PASSPHRASE) for name in NODES}
    for name, other in (NODES, NODES[::-1]):
        _introduce(nodes[name], nodes[other], f"https://127.0.0.1:{sides[other].proxy.port}")
    for node in nodes.values():
        node.state.close()


def _introduce(own: Node, other: Node, url: str) -> None:
    content = other.state.read(lambda tx: card(tx, other, other.id, url))
    own.state.write(lambda tx: add_peer(tx, own, content))
    pair, text = pair_of(*NODES), shipped_register(*NODES)
    own.state.write(lambda tx: sign_register(tx, own, pair, text, signing_key_from(COUNSEL)))


@contextmanager
def _running(home: Path, sides: dict[str, _Side]) -> Iterator[None]:
    try:
        for side in sides.values():
            start_server(home, side)
            start_filer(home, side)
        yield
    finally:
        for side in sides.values():
            for process in (side.server, side.filer):
                if process is not None:
                    end(process)
            side.proxy.close()


def start_server(home: Path, side: _Side) -> None:
    log = home / f"{side.name}.log"
    side.server = _python(SERVE, str(home), side.name, PASSPHRASE, str(side.port), log=log)


def start_filer(home: Path, side: _Side) -> None:
    side.filed += 100_000
    side.filer = _python(FILE, str(home), side.name, PASSPHRASE, str(side.filed))


def _python(code: str, *arguments: str, log: Path | None = None) -> subprocess.Popen[str]:
    root = str(Path(__file__).resolve().parent.parent.parent)
    with (log or Path(os.devnull)).open("ab") as errors:
        return subprocess.Popen(
            [sys.executable, "-c", code, *arguments],
            cwd=root,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=os.environ | {"POLARS_MAX_THREADS": "1"},
        )


def collect(side: _Side, course: Course) -> None:
    """Takes the answers of a declarant that was killed; a torn last line was no answer."""
    assert side.filer is not None
    assert side.filer.stdout is not None
    text = side.filer.stdout.read()
    end(side.filer)
    course.answered[side.name] |= {line.split()[0] for line in text.split("\n")[:-1]}


def run(home: Path, *, kills: int, seed: int) -> Course:
    """Kills and cuts at random, then lets both sides come to rest and compares them."""
    rng, course = random.Random(seed), Course()
    sides = {}
    for name in NODES:
        port = free_port()
        sides[name] = _Side(name, port, Proxy(port))
    make_home(home, sides)
    write_goods_sample(home / "sample", goods=300, seed=seed)
    with _running(home, sides):
        _awake(home)
        while course.kills < kills:
            time.sleep(rng.uniform(0.05, 0.8))
            side = sides[rng.choice(NODES)]
            what = rng.choice(("server", "filer", "cut", "mend"))
            if what == "cut":
                side.proxy.cut()
                course.cuts += 1
            elif what == "mend":
                side.proxy.mend()
            else:
                _kill(home, side, what, course)
        for side in sides.values():
            side.proxy.mend()
            assert side.filer is not None
            side.filer.send_signal(signal.SIGKILL)
            collect(side, course)
        _rest(home)
    for name in NODES:
        compare(home, name, course)
    return course


def _kill(home: Path, side: _Side, what: str, course: Course) -> None:
    process = side.server if what == "server" else side.filer
    assert process is not None
    process.send_signal(signal.SIGKILL)
    course.kills += 1
    if what == "server":
        end(process)
        start_server(home, side)
    else:
        collect(side, course)
        start_filer(home, side)


def end(process: subprocess.Popen[str]) -> None:
    """Kills a process, if it still runs, and lets go of its pipe."""
    process.kill()
    process.wait()
    if process.stdout is not None:
        process.stdout.close()


def _marks(home: Path) -> list[tuple[int, ...]]:
    marks = []
    for name, other in (NODES, NODES[::-1]):
        node = open_node(home, name, PASSPHRASE)
        row = node.state.read(lambda tx, peer=other: tx.one("peer", peer))
        node.state.close()
        assert row is not None
        marks.append(tuple(int(row[place]) for place in (7, 8, 9, 10)))
    return marks


def _awake(home: Path) -> None:
    """Returns when a declaration was filed with each node."""
    last = time.monotonic() + CALM_SECONDS
    asleep = set(NODES)
    while asleep and time.monotonic() < last:
        for name in list(asleep):
            node = open_node(home, name, PASSPHRASE)
            if node.state.read(lambda tx: tx.rows("states_counted")):
                asleep.remove(name)
            node.state.close()
        time.sleep(0.2)
    assert not asleep, _errors(home)


def _rest(home: Path) -> None:
    """Returns when both sides have received and considered all that the other queued."""
    end = time.monotonic() + CALM_SECONDS
    while time.monotonic() < end:
        (received, considered, queued, taken), there = _marks(home)
        ours = received == considered == there[2] == there[3]
        theirs = there[0] == there[1] == queued == taken
        if ours and theirs:
            return
        time.sleep(0.5)
    raise AssertionError(f"the nodes did not come to rest: {_marks(home)} {_errors(home)}")


def _errors(home: Path) -> str:
    """What the servers said last, and how each sees its peer."""
    said = []
    for name, other in (NODES, NODES[::-1]):
        node = open_node(home, name, PASSPHRASE)
        row = node.state.read(lambda tx, peer=other: tx.one("peer", peer))
        node.state.close()
        log = (home / f"{name}.log").read_text("utf-8")[-2_000:]
        said.append(f"\n{name}: {row}\n{log}")
    return "".join(said)


def compare(home: Path, name: str, course: Course) -> None:
    """What was answered is kept once with its message; what was sent is what was received."""
    other = next(one for one in NODES if one != name)
    own, there = open_node(home, name, PASSPHRASE), open_node(home, other, PASSPHRASE)
    try:
        for identity in course.answered[name]:
            row = own.state.read(lambda tx, one=identity: tx.one("declaration", one))
            assert row is not None, f"{identity} was answered and is lost"
        sent = own.state.read(lambda tx: tx.rows("out_from", other, 1, 10_000_000))
        received = there.state.read(lambda tx: tx.rows("in_from", name, 0, 10_000_000))
        course.messages += len(sent)
        found = audit(own, lambda *_: None)
        assert found.is_sound, found.faults
        assert [(seq, content) for seq, _, content in sent] == [tuple(one) for one in received]
    finally:
        own.state.close()
        there.state.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    with TemporaryDirectory(prefix="silkport-kills-") as folder:
        course = run(Path(folder), kills=chosen.kills, seed=chosen.seed)
    counts = ", ".join(f"{name} {len(done):,}" for name, done in course.answered.items())
    sys.stdout.write(
        f"{course.kills} kills, {course.cuts} cuts; answered: {counts}; "
        f"{course.messages:,} messages; nothing lost or doubled\n"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
