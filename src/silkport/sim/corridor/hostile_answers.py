"""Answers that no honest node gives to a batch it received. None may move its sender's marks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random
from types import MappingProxyType

from silkport.kernel.exchange_errors import (
    HeadBehind,
    LineDown,
    PeerGarbage,
    PeerRefused,
    SequenceGap,
)
from silkport.node.exchange.batch import BATCH, RECEIPT, Header, read_header, signed_head
from silkport.node.exchange.peers import key_for
from silkport.sim.corridor.hostile_batches import LARGEST, stranger
from silkport.sim.corridor.sites import Site

Answer = Callable[[Site, Header, Header, Random], bytes]
"""Of the node that lies, the header it received, the receipt it owes: what it says instead."""


def answer_instead(site: Site, body: bytes, receipt: bytes, rng: Random) -> tuple[str, bytes]:
    """What is wrong with an answer, and the answer. Raises as a line does."""
    line = body.partition(b"\n")[0]
    sender = read_header("", line, BATCH).sender
    owed = read_header(site.id, receipt, RECEIPT)
    name = rng.choice(sorted(ANSWER_LIES))
    return name, ANSWER_LIES[name](site, read_header(sender, line, BATCH), owed, rng)


def _signed(site: Site, owed: Header, **changes: object) -> bytes:
    key = site.read(lambda tx: key_for(tx, site.node, owed.receiver)).key
    return replace(owed, **changes).encode(key)  # type: ignore[arg-type]


def _refused(site: Site, code: str, numbers: Mapping[str, int]) -> bytes:
    raise PeerRefused(
        peer=site.id,
        status=409,
        peer_code=code,
        detail="a lie",
        peer_hint="none",
        numbers=numbers,
    )


def _gap(site: Site, sent: Header, owed: Header, rng: Random) -> bytes:  # noqa: ARG001
    expected = rng.choice((0, 1, sent.first, sent.first + 1, LARGEST))
    return _refused(site, SequenceGap.code, {"first": sent.first, "expected": expected})


def _behind(site: Site, sent: Header, owed: Header, rng: Random) -> bytes:  # noqa: ARG001
    held = rng.choice((0, 1, sent.log.size, sent.log.size + 1, LARGEST))
    return _refused(site, HeadBehind.code, {"stated": 0, "held": held})


def _hangs(site: Site, sent: Header, owed: Header, rng: Random) -> bytes:  # noqa: ARG001
    raise LineDown(peer=site.id, reason="it said nothing for too long")


def _talks(site: Site, sent: Header, owed: Header, rng: Random) -> bytes:  # noqa: ARG001
    raise PeerGarbage(peer=site.id, status=200, reason="the content is not JSON")


def _fork(site: Site, sent: Header, owed: Header, rng: Random) -> bytes:  # noqa: ARG001
    key = site.read(lambda tx: key_for(tx, site.node, owed.receiver)).key
    size = max(1, owed.begins)
    head = signed_head(site.id, size, rng.randbytes(32), owed.at, key)
    return _signed(site, owed, log=head)


ANSWER_LIES: Mapping[str, Answer] = MappingProxyType(
    {
        "a gap that is none": _gap,
        "another head than it holds": _behind,
        "nothing": _hangs,
        "garbage": _talks,
        "no receipt": lambda *_: b'{"ok":true}',
        "bytes": lambda *args: args[3].randbytes(100),
        "a receipt for more": lambda site, _, owed, __: _signed(site, owed, count=owed.count + 1),
        "a receipt for other messages": lambda site, _, owed, rng: _signed(
            site, owed, root=rng.randbytes(32)
        ),
        "a receipt for others' messages": lambda site, _, owed, __: _signed(
            site, owed, receiver="nobody"
        ),
        "a receipt by a stranger": lambda _, __, owed, ___: owed.encode(stranger()),
        "a batch for a receipt": lambda site, _, owed, __: _signed(site, owed, what=BATCH),
        "a receipt with a forked log": _fork,
    }
)
"""By what is wrong with it."""
