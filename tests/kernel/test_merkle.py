"""The Merkle tree against published vectors, the definitions of the RFC, and another library."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from silkport.kernel import merkle
from silkport.kernel.errors import InvalidValue
from silkport.kernel.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency_path,
    inclusion_path,
    inclusion_path_of,
    inclusion_paths,
    inclusion_root,
    leaf_hash,
    node_hash,
    range_root,
    root_of,
    verify_consistency,
    verify_inclusion,
)

# The vectors that implementations of Certificate Transparency share.

ENTRIES = [
    bytes.fromhex(entry)
    for entry in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = """
e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d
fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125
aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77
d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7
4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4
76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef
ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c
5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328
""".split()
A = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
B = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
C = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
D = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
E = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
F = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"


def hashes_of(entries: Sequence[bytes]) -> list[bytes]:
    return [leaf_hash(entry) for entry in entries]


@pytest.mark.parametrize("size", range(9))
def test_published_roots(size: int) -> None:
    hashes = hashes_of(ENTRIES[:size])
    frontier = Frontier()
    frontier.extend(hashes)
    assert root_of(hashes).hex() == frontier.root().hex() == ROOTS[size]


@pytest.mark.parametrize(
    ("index", "size", "path"),
    [
        (0, 1, []),
        (0, 8, [A, B, C]),
        (5, 8, [D, E, ROOTS[4]]),
        (2, 3, [ROOTS[2]]),
        (1, 5, [ROOTS[1], B, D]),
    ],
)
def test_published_inclusion(index: int, size: int, path: list[str]) -> None:
    hashes = hashes_of(ENTRIES[:size])
    found = inclusion_path(index, hashes)
    assert [one.hex() for one in found] == path
    assert inclusion_root(hashes[index], index, size, found).hex() == ROOTS[size]


@pytest.mark.parametrize(
    ("first", "second", "path"),
    [(1, 1, []), (1, 8, [A, B, C]), (6, 8, [F, E, ROOTS[4]]), (2, 5, [B, D])],
)
def test_published_consistency(first: int, second: int, path: list[str]) -> None:
    hashes = hashes_of(ENTRIES)
    found = consistency_path(first, second, lambda begin, end: mth(hashes[begin:end]))
    assert [one.hex() for one in found] == path
    assert verify_consistency(
        first, second, bytes.fromhex(ROOTS[first]), bytes.fromhex(ROOTS[second]), found
    )


def test_the_examples_of_the_rfc() -> None:
    """RFC 6962, section 2.1.3: a tree of seven, its nodes named by letters."""
    names = dict(zip(pairwise(range(8)), "abcdefj", strict=True))
    names |= {(0, 2): "g", (2, 4): "h", (4, 6): "i", (0, 4): "k", (4, 7): "l"}

    def subtree(begin: int, end: int) -> bytes:
        return names[begin, end].encode()

    def letters(path: list[bytes]) -> str:
        return b"".join(path).decode()

    assert [letters(inclusion_path_of(index, 7, subtree)) for index in (0, 3, 4, 6)] == [
        "bhl",
        "cgl",
        "fjk",
        "ik",
    ]
    assert [letters(consistency_path(first, 7, subtree)) for first in (3, 4, 6)] == [
        "cdgl",
        "l",
        "ijk",
    ]


# The definitions of the RFC, as they are written there, and pymerkle, up to seventy leaves.

MOST = 70
LEAVES = hashes_of([b"entry %d" % number for number in range(MOST)])


def left(count: int) -> int:
    largest = 1
    while largest * 2 < count:
        largest *= 2
    return largest


def mth(hashes: Sequence[bytes]) -> bytes:
    if len(hashes) < 2:
        return hashes[0] if hashes else EMPTY_ROOT
    k = left(len(hashes))
    return node_hash(mth(hashes[:k]), mth(hashes[k:]))


def audit_path(m: int, hashes: Sequence[bytes]) -> list[bytes]:
    if len(hashes) == 1:
        return []
    k = left(len(hashes))
    if m < k:
        return [*audit_path(m, hashes[:k]), mth(hashes[k:])]
    return [*audit_path(m - k, hashes[k:]), mth(hashes[:k])]


def subproof(m: int, hashes: Sequence[bytes], whole: bool) -> list[bytes]:
    if m == len(hashes):
        return [] if whole else [mth(hashes)]
    k = left(len(hashes))
    if m <= k:
        return [*subproof(m, hashes[:k], whole), mth(hashes[k:])]
    return [*subproof(m - k, hashes[k:], False), mth(hashes[:k])]


def subtree_of(hashes: Sequence[bytes]) -> Callable[[int, int], bytes]:
    def leaves(begin: int, end: int) -> Sequence[bytes]:
        return hashes[begin:end]

    return lambda begin, end: range_root(begin, end, leaves)


@pytest.fixture(scope="module")
def other() -> InmemoryTree:
    tree = InmemoryTree(algorithm="sha256")
    tree.append_entries(b"entry %d" % number for number in range(MOST))
    return tree


def test_roots_of_every_size(other: InmemoryTree) -> None:
    grown = Frontier()
    for size in range(MOST + 1):
        root = mth(LEAVES[:size])
        assert root_of(LEAVES[:size]) == grown.root() == root == other.get_root(size)
        assert grown.size == size
        assert len(grown.peaks) == size.bit_count()
        if size < MOST:
            assert grown.append(LEAVES[size]) is None


@pytest.mark.parametrize("size", range(1, MOST + 1))
def test_inclusion_in_every_size(other: InmemoryTree, size: int) -> None:
    hashes, root = LEAVES[:size], mth(LEAVES[:size])
    paths = inclusion_paths(hashes)
    assert len(paths) == size
    for index, path in enumerate(paths):
        assert path == audit_path(index, hashes) == inclusion_path(index, hashes)
        assert path == inclusion_path_of(index, size, subtree_of(LEAVES))
        assert path == other.prove_inclusion(index + 1, size).path[1:]
        assert inclusion_root(hashes[index], index, size, path) == root
        assert verify_inclusion(hashes[index], index, size, path, root)
        assert not any(
            verify_inclusion(hashes[index], index, size, one, root) for one in bent(path)
        )
        assert not verify_inclusion(LEAVES[index - 1], index, size, path, root) or size == 1


@pytest.mark.parametrize("second", range(1, MOST + 1))
def test_consistency_of_every_size(other: InmemoryTree, second: int) -> None:
    """The other library has the same roots; its consistency proofs are not those of the RFC."""
    late = other.get_root(second)
    for first in range(1, second + 1):
        early = other.get_root(first)
        path = consistency_path(first, second, subtree_of(LEAVES))
        assert path == subproof(first, LEAVES[:second], True)
        assert verify_consistency(first, second, early, late, path)
        assert not any(verify_consistency(first, second, early, late, one) for one in bent(path))
        if first < second:
            assert not verify_consistency(first, second, late, late, path)
            assert not verify_consistency(first, second, early, early, path)
            assert not verify_consistency(second, first, late, early, path)


def bent(path: list[bytes]) -> list[list[bytes]]:
    """Paths that are wrong in one place."""
    wrong = [[*path, LEAVES[0]], [EMPTY_ROOT, *path]]
    for at, part in enumerate(path):
        wrong.append(path[:at] + path[at + 1 :])
        wrong.append([*path[:at], bytes([part[0] ^ 1]) + part[1:], *path[at + 1 :]])
        wrong.append([*path[:at], part, *path[at:]])
    wrong += [[*path[:at], b, a, *path[at + 2 :]] for at, (a, b) in enumerate(pairwise(path))]
    return wrong


@given(st.integers(1, 2**63 - 1), st.data())
def test_the_shape_of_paths_in_the_largest_logs(size: int, data: st.DataObject) -> None:
    """Every leaf alike and every subtree a hash of its range, so that no log is needed."""
    asked: list[tuple[int, int]] = []

    def subtree(begin: int, end: int) -> bytes:
        asked.append((begin, end))
        return leaf_hash(b"%d %d" % (begin, end))

    index = data.draw(st.integers(0, size - 1))
    path = inclusion_path_of(index, size, subtree)
    assert len(path) == len(asked) <= 63
    assert sum(end - begin for begin, end in asked) == size - 1
    root = inclusion_root(leaf_hash(b""), index, size, path)
    assert verify_inclusion(leaf_hash(b""), index, size, path, root)
    first = data.draw(st.integers(1, size))
    asked.clear()
    path = consistency_path(first, size, subtree)
    assert len(path) <= merkle.MAX_PATH
    assert all(range_root(begin, begin + 1, ones) for begin, _ in asked)
    assert all(begin % (1 << (end - begin - 1).bit_length()) == 0 for begin, end in asked)


def ones(begin: int, end: int) -> Sequence[bytes]:
    return [LEAVES[1]] * (end - begin)


# Hostile input.

ROOT_OF_FIVE = root_of(LEAVES[:5])
PATH = inclusion_path(1, LEAVES[:5])


@pytest.mark.parametrize(
    ("index", "size", "path", "root", "leaf"),
    [
        (1, 0, PATH, ROOT_OF_FIVE, LEAVES[1]),
        (0, 0, [], EMPTY_ROOT, EMPTY_ROOT),
        (5, 5, PATH, ROOT_OF_FIVE, LEAVES[1]),
        (-1, 5, PATH, ROOT_OF_FIVE, LEAVES[1]),
        (1, -5, PATH, ROOT_OF_FIVE, LEAVES[1]),
        (1, 2**63, PATH, ROOT_OF_FIVE, LEAVES[1]),
        (2**100, 2**100 + 1, PATH, ROOT_OF_FIVE, LEAVES[1]),
        (1, 5, PATH * 10**6, ROOT_OF_FIVE, LEAVES[1]),
        (1, 5, [*PATH[:2], PATH[2][:31]], ROOT_OF_FIVE, LEAVES[1]),
        (1, 5, [*PATH[:2], PATH[2].hex()], ROOT_OF_FIVE, LEAVES[1]),
        (1, 5, [*PATH[:2], None], ROOT_OF_FIVE, LEAVES[1]),
        (1, 5, None, ROOT_OF_FIVE, LEAVES[1]),
        (1, 5, "x" * 3, ROOT_OF_FIVE, LEAVES[1]),
        (1, 5, PATH, ROOT_OF_FIVE[:31], LEAVES[1]),
        (1, 5, PATH, None, LEAVES[1]),
        (1, 5, PATH, ROOT_OF_FIVE, LEAVES[1] + b"0"),
        (1, 5, PATH, ROOT_OF_FIVE, None),
        ("1", 5, PATH, ROOT_OF_FIVE, LEAVES[1]),
        (1, None, PATH, ROOT_OF_FIVE, LEAVES[1]),
        (1, 5.0, PATH, ROOT_OF_FIVE, LEAVES[1]),
        (2, 5, PATH, ROOT_OF_FIVE, LEAVES[1]),
        (1, 4, PATH, ROOT_OF_FIVE, LEAVES[1]),
        (1, 9, PATH, ROOT_OF_FIVE, LEAVES[1]),
    ],
)
def test_hostile_inclusion(
    index: int, size: int, path: list[bytes], root: bytes, leaf: bytes
) -> None:
    assert verify_inclusion(LEAVES[1], 1, 5, PATH, ROOT_OF_FIVE)
    assert verify_inclusion(leaf, index, size, path, root) is False


def test_numbers_too_long_to_print() -> None:
    huge = 1 << 10**6
    assert not verify_inclusion(LEAVES[1], huge, huge + 1, PATH, ROOT_OF_FIVE)
    assert not verify_consistency(5, huge, ROOT_OF_FIVE, ROOT_OF_FIVE, PATH)


def test_an_inner_node_is_no_leaf() -> None:
    node = node_hash(LEAVES[0], LEAVES[1])
    assert leaf_hash(LEAVES[0] + LEAVES[1]) != node
    assert verify_inclusion(node, 0, 2, [node_hash(*LEAVES[2:4])], root_of(LEAVES[:4]))
    assert not verify_inclusion(node, 0, 4, [node_hash(*LEAVES[2:4])], root_of(LEAVES[:4]))


EARLY, LATE = root_of(LEAVES[:3]), root_of(LEAVES[:7])
GROWTH = consistency_path(3, 7, subtree_of(LEAVES))


@pytest.mark.parametrize(
    ("first", "second", "early", "late", "path"),
    [
        (0, 7, EMPTY_ROOT, LATE, []),
        (0, 0, EMPTY_ROOT, EMPTY_ROOT, []),
        (0, 7, EMPTY_ROOT, LATE, GROWTH),
        (7, 7, LATE, LATE, GROWTH),
        (7, 7, LATE, EARLY, []),
        (3, 7, EARLY, LATE, []),
        (4, 7, EARLY, LATE, []),
        (7, 3, EARLY, LATE, GROWTH),
        (-3, 7, EARLY, LATE, GROWTH),
        (3, 2**63, EARLY, LATE, GROWTH),
        (3, 7, EARLY, LATE, GROWTH * 10**6),
        (3, 7, EARLY[:31], LATE, GROWTH),
        (3, 7, EARLY, None, GROWTH),
        (3, 7, EARLY, LATE, None),
        (3, 7, EARLY, LATE, [*GROWTH[:-1], b""]),
        (3, 7, EARLY, LATE, [*GROWTH[:-1], GROWTH[-1].hex()]),
        (3, "7", EARLY, LATE, GROWTH),
        (2, 7, EARLY, LATE, GROWTH),
        (3, 15, EARLY, LATE, GROWTH),
    ],
)
def test_hostile_consistency(
    first: int, second: int, early: bytes, late: bytes, path: list[bytes]
) -> None:
    assert verify_consistency(3, 7, EARLY, LATE, GROWTH)
    assert verify_consistency(first, second, early, late, path) is False


def test_a_rewritten_log_is_no_continuation() -> None:
    forged = [*LEAVES[:2], LEAVES[9], *LEAVES[3:7]]
    path = consistency_path(3, 7, subtree_of(forged))
    assert verify_consistency(3, 7, root_of(forged[:3]), root_of(forged), path)
    assert not verify_consistency(3, 7, EARLY, root_of(forged), path)


def test_what_is_asked_of_our_own_log_must_exist() -> None:
    for index, size in ((5, 5), (-1, 5), (0, 0)):
        with pytest.raises(InvalidValue):
            inclusion_path(index, LEAVES[:size])
        with pytest.raises(InvalidValue):
            inclusion_path_of(index, size, subtree_of(LEAVES))
    for first, second in ((0, 5), (6, 5), (-1, 5)):
        with pytest.raises(InvalidValue):
            consistency_path(first, second, subtree_of(LEAVES))
    with pytest.raises(InvalidValue, match="2 hashes"):
        inclusion_root(LEAVES[1], 1, 5, PATH[:2])
