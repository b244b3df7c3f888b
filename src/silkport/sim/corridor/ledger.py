"""What people were told was done, and may rely on whatever happens afterwards."""

from __future__ import annotations

from dataclasses import dataclass, field

from silkport.kernel.limits import MAX_ACTS
from silkport.model.transport import Transport
from silkport.sim.corridor.sites import Site


@dataclass(slots=True)
class Ledger:
    """What was answered. Nothing here is read back from a node after the answer.

    Attributes:
        records: by node and declaration, the records of its events when somebody last looked.
        done: marks of acts that were answered, with node and declaration.
        tried: marks of acts whose answer never came.
        refused: marks of acts that were refused.
        queued: messages by node, peer and number.
        retried: by whom parked messages of whom were tried again.
        forgotten: persons that were erased, by node.
        acts: by node and dossier, the records of its acts when somebody last looked.
        announced: transports as they were announced, each once.
        receipts: by node, numbers of receipts with the amounts under which they were handed in.
        flags: by node and transport, the flags that somebody saw: rule, about, found.
        deeds: marks of answered acts on dossiers, with node and dossier.
    """

    records: dict[tuple[str, str], list[bytes]] = field(default_factory=dict)
    done: dict[str, tuple[str, str]] = field(default_factory=dict)
    tried: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    queued: dict[tuple[str, str, int], bytes] = field(default_factory=dict)
    retried: set[tuple[str, str]] = field(default_factory=set)
    forgotten: set[tuple[str, str]] = field(default_factory=set)
    acts: dict[tuple[str, str], list[bytes]] = field(default_factory=dict)
    deeds: dict[str, tuple[str, str]] = field(default_factory=dict)
    announced: dict[str, Transport] = field(default_factory=dict)
    receipts: set[tuple[str, str, int]] = field(default_factory=set)
    flags: dict[tuple[str, str], set[tuple[str, str, str]]] = field(default_factory=dict)

    def look_at(self, site: Site, identity: str) -> None:
        """Somebody looks at a declaration: what he sees stays."""
        rows = site.rows("events", identity)
        self.records[site.id, identity] = [row[1] for row in rows]

    def answered(self, mark: str, site: Site, identity: str) -> None:
        """An act was answered."""
        self.tried.discard(mark)
        self.done[mark] = (site.id, identity)
        self.look_at(site, identity)

    def acted(self, mark: str, site: Site, about: str, *, anew: bool = True) -> None:
        """An act on a dossier was answered; `anew` unless it changed nothing."""
        self.tried.discard(mark)
        self.acts[site.id, about] = [row[1] for row in site.rows("acts", about, 1, MAX_ACTS)]
        if anew:
            self.deeds[mark] = (site.id, about)

    def sent(self, site: Site, peer: str, seq: int) -> None:
        """A message was queued."""
        row = site.row("out_at", peer, seq)
        assert row is not None, f"message {seq} for {peer} was queued and is not there"
        self.queued[site.id, peer, seq] = row[0]
