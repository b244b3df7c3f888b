"""The log proves all: every row has its leaf, every head ever signed is a beginning of the log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from random import Random

from silkport.kernel.canonical import canonical_bytes
from silkport.kernel.merkle import Frontier, leaf_hash, root_of, verify_inclusion
from silkport.node.exchange.batch import (
    BATCH,
    RECEIPT,
    Head,
    Header,
    is_head_signed_by,
    read_header,
)
from silkport.node.exchange.peers import own_keys
from silkport.node.transparency import log
from silkport.sim.corridor.checks.tables import ALL, declarations
from silkport.sim.corridor.sites import Site
from silkport.sim.corridor.world import World

SAMPLED = 6
"""Leaves and signatures that are proven one by one in each node; the rest by the root."""


def proven(world: World) -> Iterator[str]:
    """Leaves, roots, heads, receipts and proofs of each node."""
    rng = Random(f"corridor {world.seed} proofs")
    roots: dict[str, list[bytes]] = {}
    for site in world.sites.values():
        leaves: list[bytes] = []
        yield from _leaves(site, leaves)
        roots[site.id] = _roots(leaves)
        yield from _whole(site, leaves, roots[site.id])
        yield from _inclusions(site, leaves, rng)
    for site in world.sites.values():
        yield from _heads(world, site, roots)
        yield from _evidence(world, site, roots, rng)


def _leaves(site: Site, leaves: list[bytes]) -> Iterator[str]:
    """Every run of the log is of rows that are there, and every row is in one run."""
    rows = _rows(site)
    logged: Counter[tuple[str, str, int]] = Counter()
    for first, count, kind, about, ordinal, hashes in site.read(lambda tx: tx.rows("all_runs")):
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
        for seq, _, content in site.read(lambda tx, p=peer.id: tx.rows("out_from", p, 0, ALL)):  # type: ignore[misc]
            rows[log.SENT, peer.id, seq] = content
        for seq, content in site.read(lambda tx, p=peer.id: tx.rows("in_from", p, 0, ALL)):  # type: ignore[misc]
            rows[log.RECEIVED, peer.id, seq] = content
        disclosed = site.read(lambda tx, p=peer.id: tx.rows("disclosures_from", p, 0, ALL))  # type: ignore[misc]
        rows |= {(log.DISCLOSED, peer.id, seq): record for seq, record in disclosed}
    for identity in declarations(site):
        events = site.read(lambda tx, key=identity: tx.rows("events", key))  # type: ignore[misc]
        rows |= {(log.EVENT, identity, n): record for n, record in events}
    return rows


def _roots(leaves: list[bytes]) -> list[bytes]:
    """The root of the log at each size."""
    frontier = Frontier()
    roots = [frontier.root()]
    for leaf in leaves:
        frontier.append(leaf)
        roots.append(frontier.root())
    return roots


def _whole(site: Site, leaves: list[bytes], roots: list[bytes]) -> Iterator[str]:
    size = site.read(log.current)
    if (size.size, size.root) != (len(leaves), root_of(leaves)) or roots[-1] != size.root:
        yield f"{site.id}: the root of {len(leaves)} leaves is not that of the log ({size.size})"


def _inclusions(site: Site, leaves: list[bytes], rng: Random) -> Iterator[str]:
    runs = site.read(lambda tx: tx.rows("all_runs"))
    for _ in range(min(SAMPLED, len(runs))):
        first, count, kind, about, ordinal, _ = rng.choice(runs)
        place = rng.randrange(count)
        size = rng.randint(first + place + 1, len(leaves))
        proof = site.read(
            lambda tx, s=size, o=ordinal + place, k=kind, a=about: log.inclusion(tx, k, a, o, s)  # type: ignore[misc]
        )
        root = root_of(leaves[:size])
        if not verify_inclusion(leaves[first + place], first + place, size, proof.path, root):
            yield f"{site.id}: {kind} {about} {ordinal + place} is not proven in {size} leaves"


def _heads(world: World, site: Site, roots: dict[str, list[bytes]]) -> Iterator[str]:
    """Every head held of a peer's log is one that the log had."""
    for peer in site.peers():
        if frozenset((site.id, peer.id)) in world.spoilt:
            continue
        had = roots[peer.id]
        for size, root, *_ in site.read(lambda tx, p=peer.id: tx.rows("heads_of", p)):  # type: ignore[misc]
            if size >= len(had) or had[size] != root:
                yield f"{site.id}: the head of {size} leaves held of {peer.id} is none of its log"


def _evidence(
    world: World, site: Site, roots: dict[str, list[bytes]], rng: Random
) -> Iterator[str]:
    """Headers and receipts that are kept say what was exchanged, under keys of their signers."""
    for peer in site.peers():
        if frozenset((site.id, peer.id)) in world.spoilt:
            continue
        kept = site.read(lambda tx, p=peer.id: tx.rows("evidence_of", p))  # type: ignore[misc]
        ends: dict[str, int] = {"in": 0, "out": 0}
        for direction, first, last, line, receipt in kept:
            sender, receiver = (peer.id, site.id) if direction == "in" else (site.id, peer.id)
            header, answer = (
                read_header(sender, line, BATCH),
                read_header(receiver, receipt, RECEIPT),
            )
            about = f"{site.id}: the evidence {direction} {first} to {last} with {peer.id}"
            if (answer.first, answer.count, answer.root) != (
                header.first,
                header.count,
                header.root,
            ):
                yield f"{about} has a receipt for something else"
            if first > ends[direction] + 1:
                yield f"{about} leaves a gap after {ends[direction]}"
            ends[direction] = max(ends[direction], last)
            for one in (header, answer):
                if one.log.root != _root_at(roots[one.sender], one.log.size):
                    yield f"{about} shows a head of {one.log.size} that {one.sender} never had"
        for row in rng.sample(kept, min(SAMPLED, len(kept))):
            yield from _signed(world, site, peer.id, row)
        marks = site.peer(peer.id)
        if ends != {"in": marks.received, "out": marks.taken}:
            yield f"{site.id}: the evidence with {peer.id} ends at {ends}"


def _root_at(roots: list[bytes], size: int) -> bytes:
    return roots[size] if size < len(roots) else b""


def _signed(
    world: World, site: Site, peer: str, row: tuple[str, int, int, bytes, bytes]
) -> Iterator[str]:
    direction, first, last, line, receipt = row
    sender, receiver = (peer, site.id) if direction == "in" else (site.id, peer)
    for signer, what, content in ((sender, BATCH, line), (receiver, RECEIPT, receipt)):
        header = read_header(signer, content, what)
        if not _is_by(world.sites[signer], header) or not _is_head_by(world.sites[signer], header.log):
            yield f"{site.id}: {what} {first} to {last} with {peer} is not signed by {signer}"


def _publics(site: Site) -> dict[str, bytes]:
    own = site.read(lambda tx: own_keys(tx, site.node))
    return {one.key.key_id: one.key.public for one in own}


def _is_by(site: Site, header: Header) -> bool:
    public = _publics(site).get(header.key_id, b"")
    canonical_bytes(header.fields())
    return header.is_signed_by(public)


def _is_head_by(site: Site, head: Head) -> bool:
    return is_head_signed_by(head, _publics(site).get(head.key_id, b""))
