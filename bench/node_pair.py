"""Two nodes on disk for measuring: made, introduced, with what they declare and send.

python bench/node_pair.py HOME NODE   serves as the receiver; used by node_rows.py
"""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from silkport.model.messages import Competence
from silkport.node.exchange.applying import apply_some
from silkport.node.exchange.inbox import receive
from silkport.node.exchange.keys import private_key_pem, server_context, signing_key_from
from silkport.node.exchange.outbox import Outgoing, queue
from silkport.node.exchange.peers import add_peer, card, current_key, trusted_certificates
from silkport.node.exchange.registers import pair_of, sign_register
from silkport.node.exchange.server import Answer, Request, Server
from silkport.node.home import Identity, make_node, open_node
from silkport.node.law.registers import shipped_register
from silkport.node.sovereign import Node
from silkport.node.workflow.reading import Cells, Declared, declared_in
from silkport.sim.consignments import write_goods_sample

DECLARER, RECEIVER = "zz", "cn"
PASSPHRASE = "measured"
COUNSEL = bytes(range(32))
QUEUED_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Pair:
    """Two nodes in one home that know each other."""

    home: Path

    def opened(self, name: str) -> Node:
        return open_node(self.home, name, PASSPHRASE)

    def point(self, node: Node, to: str, port: int) -> None:
        """Writes the port at which the other listens."""
        row = node.state.read(lambda tx: tx.one("peer", to))
        assert row is not None
        url = f"https://127.0.0.1:{port}"
        node.state.write(lambda tx: tx.run("set_peer_url", row[2], url, row[3], to))


def made_pair(home: Path, names: tuple[str, str] = (DECLARER, RECEIVER)) -> Pair:
    """Makes both nodes, exchanges their cards, signs the register."""
    counsel = signing_key_from(COUNSEL)
    for name in names:
        make_node(
            home,
            Identity(
                id=name,
                administration=name,
                competence=frozenset({Competence.CUSTOMS}),
                name=name,
                url="https://127.0.0.1:1",
                hosts=["127.0.0.1"],
                counsel=counsel.public.hex(),
            ),
            PASSPHRASE,
        )
    pair = Pair(home)
    nodes = {name: pair.opened(name) for name in names}
    text = shipped_register(*names)
    for name, other in (names, names[::-1]):
        own, there = nodes[name], nodes[other]
        content = there.state.read(lambda tx, n=there: card(tx, n, n.id, "https://127.0.0.1:1"))
        own.state.write(lambda tx, n=own, c=content: add_peer(tx, n, c))
        own.state.write(lambda tx, n=own: sign_register(tx, n, pair_of(*names), text, counsel))
    for node in nodes.values():
        node.state.close()
    return pair


def declarations(
    folder: Path, lines: int, today: Callable[[], int]
) -> Iterator[tuple[Cells, list[Cells]]]:
    """The sample's declarations of the fictional administration, again and again under new
    numbers, so that each is a new one, and of the day on which it is filed."""
    write_goods_sample(folder, goods=lines, seed=7)
    one_day = [
        one
        for one in declared_in([folder])
        if isinstance(one, Declared) and not one.problems and _is_ours(one)
    ]
    for turn in itertools.count():
        for one in one_day:
            number = f"{one.declaration['declaration_no']}-{turn}"
            changed: Cells = {
                "declaration_no": number,
                "guid": f"{one.declaration['guid']}-{turn}",
                "consignment_no": f"{one.declaration['consignment_no']}-{turn}",
                "decl_day": today(),
            }
            goods = [line | {"declaration_no": number} for line in one.goods]
            yield one.declaration | changed, goods


def _is_ours(one: Declared) -> bool:
    ways = (one.declaration["departure_country"], one.declaration["destination_country"])
    return DECLARER.upper() in ways and one.declaration["act"] == "declaration"


def queue_exports(node: Node, to: str, count: int) -> None:
    """Queues so many released exports of three lines for a peer."""
    goods = [
        {"gnum": n, "hs_code": "8418102001", "description": "refrigerator", "origin": "CN",
         "gross_mass_mg": 62_000_000, "net_mass_mg": 58_000_000, "qty_e5": 100_000, "unit": "H87"}
        for n in (1, 2, 3)
    ]  # fmt: skip
    for first in range(0, count, QUEUED_AT_ONCE):
        batch = [
            Outgoing(
                "export_released",
                {
                    "consignment_no": f"C{first + n:09d}",
                    "house_no": "1",
                    "declaration_no": f"D{first + n:09d}",
                    "released_at": node.now(),
                    "transport_document": f"CMR{first + n}",
                    "transport_mode": "30",
                    "vehicle": "01 777 ABC / 02 888 XYZ",
                    "consignor_name": f"Zhejiang works {n % 97}",
                    "consignee_name": f"Almaty trade {n % 89}",
                    "departure_country": "CN",
                    "destination_country": "KZ",
                    "gross_mass_mg": 186_000_000,
                    "pack_count": 3,
                    "goods": goods,
                },
            )
            for n in range(min(QUEUED_AT_ONCE, count - first))
        ]
        node.state.write(lambda tx, some=batch: queue(tx, node, to, some))


def serve(home: Path, name: str) -> None:
    """Receives until told to apply, then applies all, then stops; says how long it took."""
    node = open_node(home, name, PASSPHRASE)
    own = node.state.read(lambda tx: current_key(tx, node))
    secret = b"measured"
    trusted = node.state.read(lambda tx: trusted_certificates(tx, node.now()))
    context = server_context(
        own.certificate.encode(),
        private_key_pem(own.tls_seed, secret),
        secret,
        [one.encode() for one in trusted],
    )

    def handle(request: Request) -> Answer:
        return Answer(200, receive(node, request.certificate, request.body))

    with Server(handle, context, "127.0.0.1", 0) as server:
        say(str(server.port))
        sys.stdin.readline()
    start = time.perf_counter()
    while apply_some(node, DECLARER):
        pass
    say(f"{time.perf_counter() - start}")
    node.state.close()


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    serve(Path(sys.argv[1]), sys.argv[2])
