"""The log gone through once: every leaf against the row it is of, every block, the frontier.

The tree is computed anew from the hashes that were logged. Where a row and its leaf differ, a
second tree goes on with the hash of the row; which of the two the frontier knows says whether the
row or the log was changed.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from silkport.kernel.limits import AUDIT_ROWS, MAX_AUDIT_FAULTS
from silkport.kernel.merkle import BLOCK_LEAVES, BLOCK_LEVEL, HASH_BYTES, Frontier, leaf_hash
from silkport.node.sovereign import Node
from silkport.node.state.contract import Row, Transaction
from silkport.node.transparency.contents import demand_meaning
from silkport.node.transparency.faults import Faults, Progress
from silkport.node.transparency.log import ACT, DISCLOSED, EVENT, RECEIVED, SENT
from silkport.node.transparency.removed import is_removed

TABLES = {
    SENT: "outbox",
    RECEIVED: "inbox",
    EVENT: "event",
    ACT: "act",
    DISCLOSED: "disclosure",
}


class Tree:
    """A tree that grows, and its roots at the sizes that are asked for, in rising order."""

    def __init__(self, sizes: Sequence[int], frontier: Frontier, roots: bytes = b"") -> None:
        self.frontier = frontier
        self._sizes = sizes
        self._roots = bytearray(roots)

    def extend(self, leaves: Sequence[bytes]) -> list[tuple[int, bytes]]:
        """Adds leaves; gives the blocks that they complete."""
        blocks: list[tuple[int, bytes]] = []
        begin, start = 0, self.frontier.size
        asked = len(self._roots) // HASH_BYTES
        while asked < len(self._sizes) and self._sizes[asked] <= start + len(leaves):
            stop = self._sizes[asked] - start
            blocks += self.frontier.extend(leaves[begin:stop])
            self._roots += self.frontier.root()
            begin, asked = stop, asked + 1
        return blocks + self.frontier.extend(leaves[begin:])

    def root_at(self, size: int) -> bytes | None:
        """The root at one of the sizes; None where the log is shorter."""
        place = bisect_left(self._sizes, size) * HASH_BYTES
        return bytes(self._roots[place : place + HASH_BYTES]) or None

    def branch(self) -> Tree:
        """The same tree, to grow another way."""
        return Tree(self._sizes, self.frontier.copy(), bytes(self._roots))


class _Differing(NamedTuple):
    """A row that is not what its leaf says."""

    table: str
    row: str
    leaf: int
    run: int


@dataclass(slots=True)
class Walked:
    """What the pass over the log found.

    Attributes:
        trees: as it was logged; and, where rows differ, as the rows have it.
        leaves, removed: how many of each kind, and how many of these were removed by order.
        newest: the last ordinal of each kind and peer.
    """

    trees: list[Tree]
    leaves: Counter[str] = field(default_factory=Counter)
    removed: Counter[str] = field(default_factory=Counter)
    newest: dict[tuple[str, str], int] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How many leaves there are."""
        return self.trees[0].frontier.size

    @property
    def root(self) -> bytes:
        """The root over them."""
        return self.trees[0].frontier.root()

    def fits(self, size: int, root: bytes) -> bool:
        """Whether the log had this root at this size, one of those asked for before the pass."""
        return any(tree.root_at(size) == root for tree in self.trees)


class Walk:
    """One pass over the log."""

    def __init__(self, tx: Transaction, node: Node, sizes: array[int], faults: Faults) -> None:
        """`sizes`: those at which the root will be asked for, rising."""
        self._tx, self._node, self._faults = tx, node, faults
        self.found = Walked([Tree(sizes, Frontier())])
        self._differing: list[_Differing] = []
        self._unlisted = 0
        self._gone: Counter[str] = Counter()

    def go(self, progress: Progress) -> Walked:
        """Goes through the whole log."""
        found, after = self.found, -1
        found.trees[0].extend(())
        while runs := self._tx.rows("audit_runs", after + 1, AUDIT_ROWS):
            for run in runs:
                self._run(run)
            after = runs[-1][0]
            progress("log", found.size)
        self._frontier()
        self._rows_without_leaf()
        return found

    def _run(self, run: Row) -> None:
        first, count, kind, about, ordinal, hashes = run
        add, size = self._faults.add, self.found.size
        if first != size:
            add("log_run", first, "it should begin with leaf {size}", size=size)
        if count < 1 or len(hashes) != count * HASH_BYTES:
            have = f"{len(hashes) / HASH_BYTES:g}"
            add("log_run", first, "it states {count} hashes and has {have}", count=count, have=have)
        whole = len(hashes) // HASH_BYTES * HASH_BYTES
        leaves = [hashes[at : at + HASH_BYTES] for at in range(0, whole, HASH_BYTES)]
        if kind not in TABLES:
            add("log_run", first, "it is of the unknown kind {kind!a}", kind=kind)
            self._grow(leaves, leaves)
            return
        self._follows(first, kind, about, ordinal, len(leaves))
        self.found.leaves[kind] += len(leaves)
        for begin in range(0, len(leaves), AUDIT_ROWS):
            page = leaves[begin : begin + AUDIT_ROWS]
            stored = self._stored(first, kind, about, ordinal + begin, page)
            self._grow(page, stored)

    def _follows(self, first: int, kind: str, about: str, ordinal: int, count: int) -> None:
        """What is logged about one peer or declaration is numbered in order."""
        if kind in {EVENT, ACT}:  # of too many declarations to remember them all
            row = self._tx.one("audit_run_before", kind, about, ordinal)
            expected = row[0] if row else 1
        else:
            expected = self.found.newest.get((kind, about), 0) + 1
            self.found.newest[kind, about] = ordinal + count - 1
        # Only messages that name a party are disclosures, so their numbers have gaps.
        if ordinal != expected and not (kind == DISCLOSED and ordinal > expected):
            text = "{kind} {about} goes on with number {ordinal} instead of {expected}"
            facts = {"kind": kind, "about": about, "ordinal": ordinal, "expected": expected}
            self._faults.add("log_run", first, text, **facts)

    def _stored(
        self, run: int, kind: str, about: str, ordinal: int, leaves: Sequence[bytes]
    ) -> list[bytes]:
        """The leaf hashes as the rows have them, compared with those that were logged."""
        size, table = self.found.size, TABLES[kind]
        rows = self._tx.rows(f"audit_{kind}", about, ordinal, len(leaves))
        by_ordinal = {row[0]: row for row in rows}
        stored = []
        for number, leaf in enumerate(leaves, ordinal):
            row, name = by_ordinal.get(number), f"{about} {number}"
            index = size + number - ordinal
            self._gone[kind] += row is None
            removed = not (row and row[1]) and is_removed(self._tx, kind, about, number)
            if removed:
                self.found.removed[kind] += 1
            elif row is None:
                text = "it is not there; it was logged as leaf {leaf}, in log_run {run}"
                self._faults.add(table, name, text, leaf=index, run=run)
            content = leaf if row is None or removed else _hash(row[1])
            stored.append(content)
            if row is None:
                continue
            if row[2] is not None and row[2] not in {content, leaf}:
                self._faults.add(table, name, "its leaf column is not the hash of its bytes")
            if removed:
                continue
            if content == leaf:
                demand_meaning(self._tx, self._node, kind, about, row, self._faults)
            elif len(self._differing) < MAX_AUDIT_FAULTS:
                self._differing.append(_Differing(table, name, index, run))
            else:
                self._unlisted += 1
        return stored

    def _grow(self, logged: Sequence[bytes], stored: Sequence[bytes]) -> None:
        """Adds leaves to the trees and compares the blocks that they complete."""
        trees = self.found.trees
        if len(trees) == 1 and logged != stored:
            trees.append(trees[0].branch())
        blocks = [trees[0].extend(logged)]
        if len(trees) > 1:
            blocks.append(trees[1].extend(stored))
        for several in zip(*blocks, strict=True):
            number = several[0][0]
            row = self._tx.one("audit_block", number)
            if row is None or row[0] not in {one[1] for one in several}:
                begin = number << BLOCK_LEVEL
                facts = {"first": begin, "last": begin + BLOCK_LEAVES - 1}
                text = "it is not the hash of leaves {first} to {last}"
                self._faults.add("log_block", number, text, **facts)

    def _frontier(self) -> None:
        """The frontier is that of the leaves; and says who is right where rows differ."""
        row = self._tx.one("frontier")
        said = (row[0], row[1]) if row else None
        known = [
            (tree.frontier.size, b"".join(tree.frontier.peaks)) == said for tree in self.found.trees
        ]
        if not any(known):
            size, root = self.found.size, self.found.root.hex()
            text = "it is not that of the {size} leaves there are, whose root is {root}"
            self._faults.add("log_frontier", 0, text, size=size, root=root)
        for one in self._differing:
            if known[0]:
                text = "its content is not what was logged as leaf {leaf}, in log_run {run}"
                self._faults.add(one.table, one.row, text, leaf=one.leaf, run=one.run)
            elif any(known):
                text = "its leaf {leaf} is not the hash of {table} {row}"
                facts = {"leaf": one.leaf, "table": one.table, "row": one.row}
                self._faults.add("log_run", one.run, text, **facts)
            else:
                text = "its content and leaf {leaf}, in log_run {run}, differ"
                self._faults.add(one.table, one.row, text, leaf=one.leaf, run=one.run)
        self._faults.unlisted += self._unlisted
        blocks = self._tx.one("block_count")
        if blocks is not None and blocks[0] > self.found.size >> BLOCK_LEVEL:
            text = "there are {count} of them; the log has {whole} whole ones"
            whole = self.found.size >> BLOCK_LEVEL
            self._faults.add("log_block", whole, text, count=blocks[0], whole=whole)

    def _rows_without_leaf(self) -> None:
        """Nothing stands in a table that was not logged."""
        rows: dict[str, int] = {row[0]: row[1] for row in self._tx.rows("counted_rows")}
        for kind, table in TABLES.items():
            expected = self.found.leaves[kind] - self._gone[kind]
            if rows[kind] == expected:
                continue
            astray = self._tx.rows(f"audit_unlogged_{kind}", MAX_AUDIT_FAULTS)
            for about, number in astray:
                self._faults.add(table, f"{about} {number}", "it has no leaf in the log")
            if not astray:
                facts = {"rows": rows[kind], "leaves": expected}
                text = "there are {rows} rows for {leaves} leaves of the log"
                self._faults.add(table, "-", text, **facts)


def _hash(content: object) -> bytes:
    """The leaf hash of a content; what is none has a hash that no content has."""
    return leaf_hash(content) if isinstance(content, bytes) else bytes(HASH_BYTES)
