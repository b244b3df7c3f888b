"""A log that grows, and proofs from what a store keeps of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from silkport.kernel.errors import InvalidValue, StoreDamaged
from silkport.kernel.merkle import (
    BLOCK_LEAVES,
    Frontier,
    consistency_path,
    inclusion_path_of,
    leaf_hash,
    range_root,
    root_of,
    verify_consistency,
    verify_inclusion,
)

LEAVES = [leaf_hash(b"entry %d" % number) for number in range(10)]


def ones(begin: int, end: int) -> Sequence[bytes]:
    return [LEAVES[1]] * (end - begin)


class Log:
    """Leaves, blocks and blocks of blocks, counting what is read."""

    def __init__(self, size: int) -> None:
        self.hashes = [leaf_hash(b"%d" % number) for number in range(size)]
        self.frontier = Frontier()
        self.blocks = [block for _, block in self.frontier.extend(self.hashes)]
        self.upper = [block for _, block in Frontier().extend(self.blocks)]
        self.read = 0

    def reader(self, hashes: list[bytes]) -> Callable[[int, int], Sequence[bytes]]:
        def read(begin: int, end: int) -> Sequence[bytes]:
            self.read += end - begin
            return hashes[begin:end]

        return read

    def subtree(self, begin: int, end: int) -> bytes:
        rows = (self.hashes, self.blocks, self.upper)
        return range_root(begin, end, *map(self.reader, rows))


@pytest.fixture(scope="module")
def log() -> Log:
    return Log(70_001)


def test_extending_gives_each_complete_block_once(log: Log) -> None:
    complete = len(log.hashes) // BLOCK_LEAVES
    want = [root_of(log.hashes[at * 256 : at * 256 + 256]) for at in range(complete)]
    assert log.blocks == want
    assert log.upper == [root_of(log.hashes[:65_536])]
    pieces, frontier = [], Frontier()
    for begin, end in pairwise([0, 1, 3, 255, 256, 257, 600, 1_000, 1_024, 5_000]):
        pieces += frontier.extend(iter(log.hashes[begin:end]))
    assert pieces == list(enumerate(want[: 5_000 // 256]))
    singly = Frontier()
    completed = [singly.append(leaf) for leaf in log.hashes[:1_100]]
    assert [block for block in completed if block] == list(enumerate(want[:4]))
    assert singly.root() == root_of(log.hashes[:1_100])


def test_the_upper_peaks_are_those_of_a_log_of_blocks(log: Log) -> None:
    lower = Frontier()
    lower.extend(log.hashes[:60_000])
    whole = lower.size >> 8
    upper = Frontier(whole, lower.peaks[: whole.bit_count()])
    blocks = lower.extend(log.hashes[60_000:])
    assert upper.extend(block for _, block in blocks) == [(0, log.upper[0])]


@pytest.mark.parametrize("size", [1, 255, 256, 257, 511, 512, 513, 65_536, 65_537, 70_001])
def test_paths_read_few_leaves(log: Log, size: int) -> None:
    root = root_of(log.hashes[:size])
    for index in {0, 1, 255, 256, 300, size // 2, size - 2, size - 1} & set(range(size)):
        log.read = 0
        path = inclusion_path_of(index, size, log.subtree)
        assert verify_inclusion(log.hashes[index], index, size, path, root)
        assert log.read < 4 * BLOCK_LEAVES
    for first in {1, 255, 256, 257, 512, size // 2, size - 1, size} & set(range(1, size + 1)):
        log.read = 0
        path = consistency_path(first, size, log.subtree)
        assert verify_consistency(first, size, root_of(log.hashes[:first]), root, path)
        assert log.read < 5 * BLOCK_LEAVES


def test_without_blocks_of_blocks(log: Log) -> None:
    leaves, blocks = log.reader(log.hashes), log.reader(log.blocks)
    for begin, end in ((0, 65_536), (65_536, 70_001), (69_888, 70_001), (256, 512), (0, 70_001)):
        log.read = 0
        want = root_of(log.hashes[begin:end])
        assert range_root(begin, end, leaves, blocks) == want
        assert log.read <= 255 + (end - begin) // 256
        assert range_root(begin, end, leaves) == want


@pytest.mark.parametrize(("begin", "end"), [(0, 0), (5, 4), (-1, 1), (1, 3), (2, 5), (256, 768)])
def test_a_range_that_is_no_subtree_is_refused(begin: int, end: int) -> None:
    with pytest.raises(InvalidValue, match="range"):
        range_root(begin, end, ones)


def test_a_store_that_lost_hashes_is_seen() -> None:
    with pytest.raises(StoreDamaged, match="3 of the 4 hashes"):
        range_root(0, 4, lambda begin, end: ones(begin, end)[1:])
    with pytest.raises(StoreDamaged, match="the log"):
        range_root(0, 600, ones, lambda *_: [])


# Frontiers.


@given(st.lists(st.integers(0, 700), max_size=5))
def test_a_frontier_goes_on_from_its_peaks(counts: list[int]) -> None:
    frontier = Frontier()
    whole: list[bytes] = []
    for count in counts:
        fresh = [leaf_hash(b"%d %d" % (len(whole), number)) for number in range(count)]
        whole += fresh
        frontier = Frontier(frontier.size, frontier.peaks)
        frontier.extend(fresh)
    assert frontier.size == len(whole)
    assert frontier.root() == root_of(whole)


def test_a_copy_goes_its_own_way() -> None:
    frontier = Frontier()
    frontier.extend(LEAVES[:5])
    tried = frontier.copy()
    tried.append(LEAVES[5])
    assert (frontier.size, frontier.root()) == (5, root_of(LEAVES[:5]))
    assert tried.root() == root_of(LEAVES[:6])


@pytest.mark.parametrize(
    ("size", "peaks"), [(1, []), (0, LEAVES[:1]), (3, LEAVES[:1]), (-1, LEAVES[:1]), (1, [b"a"])]
)
def test_peaks_fit_the_size(size: int, peaks: list[bytes]) -> None:
    with pytest.raises(InvalidValue):
        Frontier(size, peaks)


def test_a_refused_leaf_leaves_nothing_behind() -> None:
    frontier = Frontier()
    frontier.extend(LEAVES[:3])
    with pytest.raises(InvalidValue):
        frontier.extend([*LEAVES[:3], b"short"])
    with pytest.raises(InvalidValue):
        frontier.append(b"")
    assert (frontier.size, frontier.root()) == (3, root_of(LEAVES[:3]))
