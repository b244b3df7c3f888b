"""The log proves all: every row has its leaf, every head ever signed is a beginning of the log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import partial
from random import Random

from silkport.kernel.merkle import Frontier, leaf_hash, root_of, verify_inclusion
from silkport.node.exchange.batch import (
    BATCH,
    RECEIPT,
    Header,
    is_head_signed_by,
    read_header,
)
from silkport.node.exchange.peers import own_keys
from silkport.node.state.contract import Row, Transaction
from silkport.node.transparency import log
from silkport.sim.corridor.checks.tables import ALL, declarations, dossiers
from silkport.sim.corridor.sites import Site
from silkport.sim.corridor.world import World

SAMPLED = 6
"""Leaves and signatures that are proven one by one in each node; the rest by the root."""

Roots = dict[str, list[bytes]]
"""By node, the root of its log at each size."""


def proven(world: World) -> Iterator[str]:
    """Leaves, roots, heads, receipts and proofs of each node."""
    rng = Random(f"corridor {world.seed} proofs")
    roots: Roots = {}
    for site in world.sites.values():
        leaves: list[bytes] = []
        yield from _leaves(site, leaves)
        roots[site.id] = _roots(leaves)
        size = site.read(log.current)
        if (size.size, size.root) != (len(leaves), root_of(leaves)):
            yield f"{site.id}: the root of {len(leaves)} leaves is not that of the log"
        yield from _inclusions(site, leaves, rng)
    for site in world.sites.values():
        for peer in site.peers():
            if frozenset((site.id, peer.id)) not in world.spoilt:
                yield from _heads(site, peer.id, roots)
                yield from _evidence(world, site, peer.id, roots)
                yield from _signatures(world, site, peer.id, rng)


def _leaves(site: Site, leaves: list[bytes]) -> Iterator[str]:
    """Every run of the log is of rows that are there, and every row is in one run."""
    rows = _rows(site)
    logged: Counter[tuple[str, str, int]] = Counter()
    for first, count, kind, about, ordinal, hashes in site.rows("all_runs"):
        if first != len(leaves) or len(hashes) != count * log.HASH_BYTES or not count:
            yield f"{site.id}: the run of the log at {first} does not follow"
        for place in range(count):
            key = (kind, about, ordinal + place)
            leaf = hashes[place * log.HASH_BYTES : (place + 1) * log.HASH_BYTES]
            logged[key] += 1
            leaves.append(leaf)
            if key not in rows or leaf_hash(rows[key]) != leaf:
                yield f"{site.id}: leaf {len(leaves) - 1} is not that of {key}"
    for key in rows:
        if logged[key] != 1:
            yield f"{site.id}: {key} is in the log {logged[key]} times"


def _rows(site: Site) -> dict[tuple[str, str, int], bytes]:
    """The bytes of every row that the log is about."""
    rows: dict[tuple[str, str, int], bytes] = {}
    for peer in site.peers():
        for seq, _, content in site.rows("out_from", peer.id, 0, ALL):
            rows[log.SENT, peer.id, seq] = content
        for seq, content in site.rows("in_from", peer.id, 0, ALL):
            rows[log.RECEIVED, peer.id, seq] = content
        for seq, record in site.rows("disclosures_from", peer.id, 0, ALL):
            rows[log.DISCLOSED, peer.id, seq] = record
    for identity in declarations(site):
        for n, record in site.rows("events", identity):
            rows[log.EVENT, identity, n] = record
    for about in dossiers(site):
        for n, record in site.rows("acts", about, 1, ALL):
            rows[log.ACT, about, n] = record
    return rows


def _roots(leaves: list[bytes]) -> list[bytes]:
    """The root of the log at each size."""
    frontier = Frontier()
    roots = [frontier.root()]
    for leaf in leaves:
        frontier.append(leaf)
        roots.append(frontier.root())
    return roots


def _inclusions(site: Site, leaves: list[bytes], rng: Random) -> Iterator[str]:
    """Some leaves are proven to be in some log that they were in."""
    runs = site.rows("all_runs")
    for _ in range(min(SAMPLED, len(runs))):
        first, count, kind, about, ordinal, _ = rng.choice(runs)
        at, size = first + rng.randrange(count), rng.randint(first + count, len(leaves))

        def prove(tx: Transaction, key: tuple[str, str, int], size: int) -> log.Inclusion:
            return log.inclusion(tx, *key, size)

        key = (kind, about, ordinal + at - first)
        proof = site.read(partial(prove, key=key, size=size))
        if not verify_inclusion(leaves[at], at, size, proof.path, root_of(leaves[:size])):
            yield f"{site.id}: {key} is not proven in {size} leaves"


def _heads(site: Site, peer: str, roots: Roots) -> Iterator[str]:
    """Every head held of a peer's log is one that the log had."""
    for size, root, *_ in site.rows("heads_of", peer):
        if _root_at(roots[peer], size) != root:
            yield f"{site.id}: the head of {size} leaves held of {peer} is none of its log"


def _evidence(world: World, site: Site, peer: str, roots: Roots) -> Iterator[str]:
    """Batches and receipts that are kept say what was exchanged, without a gap."""
    ends = {"in": 0, "out": 0}
    for row in site.rows("evidence_of", peer):
        direction, first, last = row[:3]
        about = f"{site.id}: the evidence {direction} {first} to {last} with {peer}"
        batch, receipt = _headers(site.id, peer, row)
        said = [(one.first, one.count, one.root) for one in (batch, receipt)]
        if said[0] != said[1] or (batch.first, batch.last) != (first, last):
            yield f"{about} has a receipt for something else"
        if first > ends[direction] + 1:
            yield f"{about} leaves a gap after {ends[direction]}"
        ends[direction] = max(ends[direction], last)
        for one in (batch, receipt):
            honest = one.sender != world.mix.hostile
            if honest and one.log.root != _root_at(roots[one.sender], one.log.size):
                yield f"{about} shows a head of {one.log.size} that {one.sender} never had"
    marks = site.peer(peer)
    if ends != {"in": marks.received, "out": marks.taken}:
        yield f"{site.id}: the evidence with {peer} ends at {ends}"


def _headers(site: str, peer: str, row: Row) -> tuple[Header, Header]:
    sender, receiver = (peer, site) if row[0] == "in" else (site, peer)
    return read_header(sender, row[3], BATCH), read_header(receiver, row[4], RECEIPT)


def _root_at(roots: list[bytes], size: int) -> bytes:
    return roots[size] if size < len(roots) else b""


def _signatures(world: World, site: Site, peer: str, rng: Random) -> Iterator[str]:
    """Some batches, receipts and heads are signed by whom they are of."""
    rows = site.rows("evidence_of", peer)
    for row in rng.sample(rows, min(SAMPLED, len(rows))):
        for header in _headers(site.id, peer, row):
            keys = _publics(world.sites[header.sender])
            own, of_head = keys.get(header.key_id, b""), keys.get(header.log.key_id, b"")
            if not header.is_signed_by(own) or not is_head_signed_by(header.log, of_head):
                what = f"the {header.what} {header.first} to {header.last}"
                yield f"{site.id}: {what} with {peer} is not signed by {header.sender}"


def _publics(site: Site) -> dict[str, bytes]:
    own = site.read(lambda tx: own_keys(tx, site.node))
    return {one.key.key_id: one.key.public for one in own}
