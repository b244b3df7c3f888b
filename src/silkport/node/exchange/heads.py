"""Heads of a peer's log: each must be signed, and begin as the one that is held."""

from __future__ import annotations

from silkport.kernel.exchange_errors import HeadBehind, HistoryChanged, WrongSignature
from silkport.kernel.merkle import verify_consistency
from silkport.node.exchange.batch import Header, is_head_signed_by
from silkport.node.exchange.peers import Peer, public_key
from silkport.node.sovereign import Node
from silkport.node.state.contract import Transaction


def take_head(tx: Transaction, node: Node, peer: Peer, header: Header, *, strict: bool) -> None:
    """Checks the head that came with a batch or receipt, and holds it if it is newer.

    Args:
        strict: the proof must begin at the head that is held; otherwise a newer head whose proof
            begins elsewhere is left for the next batch.

    After a peer was restored none of its heads is held until its log has outgrown the one it lost:
    of each size there is one head at most, here and in what was signed before.
    Raises WrongSignature, HeadBehind, HistoryChanged.
    """
    head = header.log
    public = public_key(tx, peer.id, head.key_id, node.now(), "the head of its log")
    if not is_head_signed_by(head, public):
        raise WrongSignature(what="the head of its log", peer=peer.id)
    if head.size <= peer.head_size:
        _demand_same(tx, peer, head.size, head.root)
        return
    if header.begins != peer.head_size:
        if strict:
            raise HeadBehind(peer=peer.id, stated=header.begins, held=peer.head_size)
        return
    if peer.head_size and not verify_consistency(
        peer.head_size, head.size, peer.head_root, head.root, header.path
    ):
        reason = f"its log of {head.size} leaves does not begin as that of {peer.head_size} did"
        raise HistoryChanged(peer=peer.id, reason=reason)
    restored = tx.one("restoration", peer.id)
    if restored is not None and head.size <= restored[5]:
        return
    tx.run("set_head", head.size, head.root, peer.id)
    tx.run("add_head", peer.id, head.size, head.root, head.at, head.key_id, head.signature)


def _demand_same(tx: Transaction, peer: Peer, size: int, root: bytes) -> None:
    """An older head must be one that was held, as far as one of that size was."""
    held = tx.one("head_at", peer.id, size)
    if held is not None and held[0] != root:
        reason = f"its log of {size} leaves had another root before"
        raise HistoryChanged(peer=peer.id, reason=reason)
