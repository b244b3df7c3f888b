"""The Merkle tree of RFC 6962: one hash stands for a whole list, short proofs for its parts.

Leaves are counted from zero. A hash is 32 bytes of SHA-256; leaves and inner nodes are hashed with
different first bytes, so that neither passes for the other.

    batch, held in memory   root_of, inclusion_path, inclusion_paths
    log that only grows     Frontier; range_root, inclusion_path_of, consistency_path
    whoever checks          verify_inclusion, verify_consistency

A log keeps its peaks (the roots of its complete subtrees, at most 63 hashes), all leaf hashes and,
of every complete run of 256 leaves that starts at a multiple of 256, one hash: a block. What a
proof needs is then read from a few leaves and the blocks.

Source: RFC 6962, section 2.1; checking as in RFC 9162, sections 2.1.3.2 and 2.1.4.2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from itertools import islice

from silkport.kernel.errors import InvalidValue, StoreDamaged

HASH_BYTES = 32
BLOCK_LEVEL = 8
BLOCK_LEAVES = 1 << BLOCK_LEVEL
MAX_LEAVES = 2**63 - 1
"""The largest log; no proof in it has more than 64 hashes."""
MAX_PATH = 64

EMPTY_ROOT = sha256().digest()
"""The root of a list without leaves."""

_CHUNK = 1 << 16

Subtree = Callable[[int, int], bytes]
"""Gives the hash over the leaves [begin, end)."""
Reader = Callable[[int, int], Sequence[bytes]]
"""Gives the stored hashes numbered [begin, end)."""


def leaf_hash(data: bytes) -> bytes:
    """The hash of one entry of a list."""
    return sha256(b"\0" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two neighbouring hashes."""
    return sha256(b"\1" + left + right).digest()


class Frontier:
    """A log that only grows, known by its size and its peaks.

    Args:
        size: leaves so far.
        peaks: the roots of its complete subtrees, the largest first: one for each bit of size.
    Raises InvalidValue when the peaks are not those of such a size.

    The peaks above the level of blocks are those of a log of blocks: a second frontier of
    `size >> 8` and the first `(size >> 8).bit_count()` peaks, fed with what `extend` returns,
    gives blocks of blocks.
    """

    __slots__ = ("_peaks", "_size")

    def __init__(self, size: int = 0, peaks: Sequence[bytes] = ()) -> None:
        if not 0 <= size <= MAX_LEAVES or len(peaks) != size.bit_count():
            reason = f"a log of {size} leaves has others"
            raise InvalidValue(what="the count of peaks", value=len(peaks), reason=reason)
        _demand_hashes(peaks)
        self._size = size
        self._peaks = list(peaks)

    @property
    def size(self) -> int:
        """How many leaves there are."""
        return self._size

    @property
    def peaks(self) -> tuple[bytes, ...]:
        """The roots of the complete subtrees, the largest first."""
        return tuple(self._peaks)

    def append(self, leaf: bytes) -> tuple[int, bytes] | None:
        """Add the hash of one leaf; gives the block that it completes, if any.

        Raises InvalidValue when the leaf is not 32 bytes.
        """
        if len(leaf) != HASH_BYTES:
            _demand_hashes((leaf,))
        peaks, bits, level, node, block = self._peaks, self._size, 0, leaf, None
        while bits & 1:
            node = sha256(b"\1" + peaks.pop() + node).digest()
            bits >>= 1
            level += 1
            if level == BLOCK_LEVEL:
                block = bits, node
        peaks.append(node)
        self._size += 1
        return block

    def extend(self, leaves: Iterable[bytes]) -> list[tuple[int, bytes]]:
        """Add the hashes of many leaves, in order: all of them, or none when this raises.

        Returns: each block that was completed, as (its number from zero, its hash).
        Raises InvalidValue when a leaf is not 32 bytes.
        """
        waiting, size, peaks = iter(leaves), self._size, self._peaks
        blocks = []
        while row := list(islice(waiting, _CHUNK)):
            _demand_hashes(row)
            size, peaks, completed = _grown(size, peaks, row)
            blocks += completed
        self._size, self._peaks = size, peaks
        return blocks

    def root(self) -> bytes:
        """The root over all leaves so far."""
        if not self._peaks:
            return EMPTY_ROOT
        *others, root = self._peaks
        for peak in reversed(others):
            root = node_hash(peak, root)
        return root

    def copy(self) -> Frontier:
        """The same log, to be tried out: what is appended to one is not in the other."""
        return Frontier(self._size, self._peaks)


def _grown(
    size: int, peaks: Sequence[bytes], row: list[bytes]
) -> tuple[int, list[bytes], list[tuple[int, bytes]]]:
    """Size, peaks and new blocks with a row of leaves added.

    Level by level: a waiting peak goes before the new hashes, an odd last one waits.
    """
    grown, bits, level = size + len(row), size, 0
    waiting, kept = list(peaks), []
    blocks: list[tuple[int, bytes]] = []
    while row or bits:
        if level == BLOCK_LEVEL:
            blocks = list(enumerate(row, bits))
        if bits & 1:
            row = [waiting.pop(), *row]
        if len(row) & 1:
            kept.append(row.pop())
        row = _raised(row)
        bits >>= 1
        level += 1
    return grown, kept[::-1], blocks


def _raised(row: Sequence[bytes]) -> list[bytes]:
    """The row above: two neighbours as one hash, a single last one as it is."""
    pairs = zip(row[::2], row[1::2], strict=False)
    above = [sha256(b"\1" + left + right).digest() for left, right in pairs]
    if len(row) & 1:
        above.append(row[-1])
    return above


def _rows(hashes: Sequence[bytes]) -> list[Sequence[bytes]]:
    """All rows of a tree, from the leaves up to just below the root."""
    rows, row = [], hashes
    while len(row) > 1:
        rows.append(row)
        row = _raised(row)
    return rows


def root_of(hashes: Sequence[bytes]) -> bytes:
    """The root over leaf hashes (or over hashes of one level, the last of which may be lower)."""
    row = hashes
    while len(row) > 1:
        row = _raised(row)
    return row[0] if row else EMPTY_ROOT


def inclusion_path(index: int, hashes: Sequence[bytes]) -> list[bytes]:
    """What is needed, beside the leaf itself, to compute the root: the neighbours, lowest first.

    Args:
        index: of the leaf, from zero.
        hashes: of all leaves.
    Raises InvalidValue when there is no such leaf.
    """
    _demand_leaf(index, len(hashes))
    return _path(index, _rows(hashes))


def inclusion_paths(hashes: Sequence[bytes]) -> list[list[bytes]]:
    """`inclusion_path` of every leaf, for the work of one."""
    rows = _rows(hashes)
    return [_path(index, rows) for index in range(len(hashes))]


def _path(index: int, rows: Sequence[Sequence[bytes]]) -> list[bytes]:
    path = []
    for row in rows:
        neighbour = index ^ 1
        if neighbour < len(row):
            path.append(row[neighbour])
        index >>= 1
    return path


def inclusion_path_of(index: int, size: int, subtree: Subtree) -> list[bytes]:
    """`inclusion_path` in a log whose leaves are not at hand.

    Args:
        index: of the leaf, from zero.
        size: leaves of the log at the time that is meant.
        subtree: asked for as many hashes as the path has; see `range_root`.
    Raises InvalidValue when there is no such leaf.
    """
    _demand_leaf(index, size)
    begin, end, path = 0, size, []
    while end - begin > 1:
        middle = begin + _left_leaves(end - begin)
        if index < middle:
            path.append(subtree(middle, end))
            end = middle
        else:
            path.append(subtree(begin, middle))
            begin = middle
    return path[::-1]


def consistency_path(first: int, second: int, subtree: Subtree) -> list[bytes]:
    """What proves that the log of `first` leaves is the beginning of that of `second`.

    Args:
        first, second: leaves, 0 < first <= second. Of equal sizes the path is empty.
        subtree: asked for as many hashes as the path has; see `range_root`.
    Raises InvalidValue for other sizes: an empty log is the beginning of every log.
    """
    if not 0 < first <= second <= MAX_LEAVES:
        reason = f"the later one has {second} leaves"
        raise InvalidValue(what="the size of the earlier log", value=first, reason=reason)
    begin, end, path = 0, second, []
    while first != end:
        middle = begin + _left_leaves(end - begin)
        if first <= middle:
            path.append(subtree(middle, end))
            end = middle
        else:
            path.append(subtree(begin, middle))
            begin = middle
    if begin:
        path.append(subtree(begin, end))
    return path[::-1]


def range_root(begin: int, end: int, leaves: Reader, *blocks: Reader) -> bytes:
    """The hash over the leaves [begin, end) of a log, from what is stored.

    Args:
        begin, end: a range that a path asks for: begin is a multiple of a power of two that is
            not smaller than the range.
        leaves: reads leaf hashes. With blocks it is asked for at most 255, the last of the range.
        blocks: reads blocks of 256 leaves; a second one blocks of 256 blocks, and so on.
    Raises InvalidValue for another range, StoreDamaged when a reader gives too few or too many.
    """
    if not 0 <= begin < end or begin & ((1 << (end - begin - 1).bit_length()) - 1):
        reason = f"no subtree of a log ends before {end} and begins there"
        raise InvalidValue(what="the first leaf of a range", value=begin, reason=reason)
    lower, *higher = leaves, *blocks
    tail: list[bytes] = []
    for read in higher:
        if end - begin < BLOCK_LEAVES:
            break
        whole = end >> BLOCK_LEVEL
        tail = [*_read(lower, whole << BLOCK_LEVEL, end), *tail]
        tail = [root_of(tail)] if tail else []
        begin, end, lower = begin >> BLOCK_LEVEL, whole, read
    return root_of([*_read(lower, begin, end), *tail])


def inclusion_root(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """The root that a path leads to.

    Args:
        leaf: hash of the leaf.
        index, size: its number from zero, and how many leaves there are.
        path: as `inclusion_path` gives it.
    Raises InvalidValue when no leaf of such a list has such a path: wrong length, number or form.
    """
    root = _climbed(leaf, index, size, path)
    if root is None:
        reason = "such a list has no such leaf, or its path is longer or shorter"
        raise InvalidValue(what="a path to the root", value=f"{len(path)} hashes", reason=reason)
    return root


def verify_inclusion(
    leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes
) -> bool:
    """Whether the leaf stands at that place of the list with that size and root.

    Never raises: whatever is not a proof proves nothing.
    """
    return _are_hashes((root,)) and _climbed(leaf, index, size, path) == root


def verify_consistency(
    first: int, second: int, first_root: bytes, second_root: bytes, path: Sequence[bytes]
) -> bool:
    """Whether the log with the first size and root is the beginning of the second.

    Never raises. Nothing is proven of an empty log; of equal sizes the roots must be equal and the
    path empty.
    """
    roots = (first_root, second_root)
    if not (_are_counts(first, second) and _are_hashes(roots) and _are_hashes(path)):
        return False
    if not 0 < first < second:
        return 0 < first == second and not path and first_root == second_root
    # The last complete subtree of the earlier log; when it is that whole log, its root is known.
    base = (first & -first).bit_length() - 1
    rising = [first_root, *path] if first == 1 << base else path
    inner, above = _shape(first - 1, second)
    inner, bits = inner - base, first - 1 >> base
    if len(rising) != 1 + inner + above:
        return False
    early = late = rising[0]
    for level, part in enumerate(rising[1:]):
        if level >= inner or bits >> level & 1:
            early, late = node_hash(part, early), node_hash(part, late)
        else:
            late = node_hash(late, part)
    return early == first_root and late == second_root


def _climbed(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The root that a path leads to; None when its shape is not that of such a path."""
    if not (_are_counts(index, size) and _are_hashes((leaf,)) and _are_hashes(path)):
        return None
    if index >= size:
        return None
    inner, above = _shape(index, size)
    if len(path) != inner + above:
        return None
    root = leaf
    for level, part in enumerate(path):
        left = level >= inner or index >> level & 1
        root = node_hash(part, root) if left else node_hash(root, part)
    return root


def _shape(index: int, size: int) -> tuple[int, int]:
    """How many hashes a path has up to where it meets that of the last leaf, and from there on.

    Up to there a bit of the index tells on which side a neighbour is; from there on, and that is
    where levels are skipped, every neighbour is on the left.
    """
    inner = (index ^ (size - 1)).bit_length()
    return inner, (index >> inner).bit_count()


def _left_leaves(count: int) -> int:
    """Leaves of the left part of a tree: the largest power of two below the count."""
    return 1 << (count - 1).bit_length() >> 1


def _are_counts(*numbers: object) -> bool:
    return all(isinstance(number, int) and 0 <= number <= MAX_LEAVES for number in numbers)


def _are_hashes(hashes: object) -> bool:
    """Whether this is a short list of hashes: what is longer is not looked through."""
    if not isinstance(hashes, list | tuple) or len(hashes) > MAX_PATH:
        return False
    return all(isinstance(one, bytes) and len(one) == HASH_BYTES for one in hashes)


def _demand_hashes(hashes: Sequence[bytes]) -> None:
    wrong = set(map(len, hashes)) - {HASH_BYTES}
    if wrong:
        reason = f"it has {HASH_BYTES}"
        raise InvalidValue(what="the bytes of a hash", value=min(wrong), reason=reason)


def _demand_leaf(index: int, size: int) -> None:
    if not 0 <= index < size <= MAX_LEAVES:
        reason = f"there are {size} leaves"
        raise InvalidValue(what="the number of a leaf", value=index, reason=reason)


def _read(reader: Reader, begin: int, end: int) -> Sequence[bytes]:
    if begin == end:
        return ()
    found = reader(begin, end)
    if len(found) != end - begin:
        reason = f"{len(found)} of the {end - begin} hashes from {begin} on are there"
        raise StoreDamaged(what="the log", reason=reason)
    return found
