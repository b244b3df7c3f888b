"""What nodes hold, read whole for the checkers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from silkport.model.messages import BY_CODE, MessageKind
from silkport.sim.corridor.sites import Site
from silkport.sim.corridor.world import World

ALL = 1_000_000


@dataclass(frozen=True, slots=True)
class Message:
    """A message as its bytes say it; `kind` is None for what this edition does not know."""

    seq: int
    content: bytes
    fields: dict[str, Any]
    kind: MessageKind | None

    @property
    def name(self) -> str:
        """Name of its kind."""
        return self.kind.name if self.kind else ""

    @property
    def about(self) -> str:
        """What it is about."""
        return self.kind.matter_of(self.fields["body"]) if self.kind else ""


def read_messages(rows: list[tuple[int, bytes]]) -> list[Message]:
    """Messages of rows of number and bytes; of no JSON when it is none."""
    found = []
    for seq, content in rows:
        try:
            fields = msgspec.json.decode(content)
        except msgspec.DecodeError:
            fields = {}
        fields = fields if isinstance(fields, dict) else {}
        code = (fields.get("EDocCode"), fields.get("version"))
        known = all(isinstance(one, str | int) for one in code)
        whole = isinstance(fields.get("body"), dict)
        kind = BY_CODE.get((str(code[0]), int(code[1] or 0))) if known and whole else None
        found.append(Message(seq, content, fields, kind))
    return found


def outbox(site: Site, peer: str) -> list[Message]:
    """All that was queued for a peer."""
    rows = site.read(lambda tx: tx.rows("out_from", peer, 0, ALL))
    return read_messages([(row[0], row[2]) for row in rows])


def inbox(site: Site, peer: str) -> list[Message]:
    """All that came from a peer."""
    return read_messages([(row[0], row[1]) for row in site.read(lambda tx: tx.rows("in_from", peer, 0, ALL))])


def parked(site: Site, peer: str) -> dict[int, str]:
    """Numbers and codes of what did not take effect."""
    return {row[0]: row[2] for row in site.read(lambda tx: tx.rows("parked_of", peer))}


def records(site: Site, identity: str) -> list[dict[str, Any]]:
    """The records of all events of a declaration."""
    rows = site.read(lambda tx: tx.rows("events", identity))
    return [msgspec.json.decode(row[1]) for row in rows]


def declarations(site: Site) -> list[str]:
    """Ids of all declarations."""
    return [row[0] for row in site.read(lambda tx: tx.rows("all_declarations"))]


def honest_pairs(world: World) -> Iterator[tuple[Site, Site]]:
    """Ordered pairs of honest nodes that exchange."""
    for one in world.honest:
        for other in world.honest:
            if one.role.administration != other.role.administration:
                yield one, other


def sound_pairs(world: World) -> Iterator[tuple[Site, Site]]:
    """Ordered pairs whose exchange no lie has ended, one of which may be the node that lies."""
    for one in world.sites.values():
        for other in world.sites.values():
            exchanging = one.role.administration != other.role.administration
            if exchanging and frozenset((one.id, other.id)) not in world.spoilt:
                yield one, other
