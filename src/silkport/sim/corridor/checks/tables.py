"""What nodes hold, read whole for the checkers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from silkport.model.messages import BY_CODE, MessageKind
from silkport.node.dossiers import Dossier, DossierKind, acts, every_dossier
from silkport.node.transparency import log
from silkport.sim.corridor.sites import Site
from silkport.sim.corridor.world import World

ALL = 1_000_000
T = TypeVar("T", bound=msgspec.Struct)
NEIGHBOUR = "neighbour"


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


def _message(seq: int, content: bytes) -> Message:
    try:
        fields = msgspec.json.decode(content)
    except (msgspec.DecodeError, RecursionError):
        fields = {}
    fields = fields if isinstance(fields, dict) else {}
    code, version = fields.get("EDocCode"), fields.get("version")
    kind = None
    if isinstance(code, str) and isinstance(version, int) and isinstance(fields.get("body"), dict):
        kind = BY_CODE.get((code, version))
    return Message(seq, content, fields, kind)


def outbox(site: Site, peer: str) -> list[Message]:
    """All that was queued for a peer."""
    return [_message(seq, content) for seq, _, content in site.rows("out_from", peer, 0, ALL)]


def inbox(site: Site, peer: str) -> list[Message]:
    """All that came from a peer."""
    return [_message(seq, content) for seq, content in site.rows("in_from", peer, 0, ALL)]


def parked(site: Site, peer: str) -> dict[int, str]:
    """Numbers and codes of what did not take effect."""
    return {row[0]: row[2] for row in site.rows("parked_of", peer)}


def records(site: Site, identity: str) -> list[dict[str, Any]]:
    """The records of all events of a declaration, each with its number `n`."""
    rows = site.rows("events", identity)
    return [msgspec.json.decode(content) | {"n": n} for n, content in rows]


def own_records(site: Site, identity: str) -> list[dict[str, Any]]:
    """The same without those by which a neighbour spoke of it."""
    return [one for one in records(site, identity) if one["event"] != NEIGHBOUR]


def declarations(site: Site) -> list[str]:
    """Ids of all declarations."""
    return [row[0] for row in site.rows("all_declarations")]


def dossiers(site: Site) -> dict[str, tuple[str, str, int, bytes]]:
    """By what their acts are about: kind, id, version and state of all dossiers."""
    found = {}
    after = ("", "")
    while page := site.rows("audit_dossiers", *after, ALL):
        for kind, identity, version, state in page:
            found[f"{kind} {identity}"] = (kind, identity, version, state)
            after = (kind, identity)
    return found


def kept(site: Site, kind: DossierKind[T]) -> list[Dossier[T]]:
    """All dossiers of a kind."""
    return site.read(lambda tx: list(every_dossier(tx, kind)))


def told(site: Site, kind: DossierKind[T], identity: str) -> list[dict[str, Any]]:
    """The records of all acts on a dossier."""
    return site.read(lambda tx: acts(tx, kind, identity))


def event_place(site: Site, identity: str, record: Mapping[str, Any]) -> int:
    """Where in the log an event stands: what came first, whatever the clock said."""
    return site.read(lambda tx: log.index_of(tx, log.EVENT, identity, record["n"]))


def act_place(site: Site, kind: DossierKind[T], identity: str, act: Mapping[str, Any]) -> int:
    """As `event_place`, of an act on a dossier."""
    return site.read(lambda tx: log.index_of(tx, log.ACT, kind.about(identity), act["n"]))


def honest_pairs(world: World) -> Iterator[tuple[Site, Site]]:
    """Ordered pairs of honest nodes that exchange."""
    for one, other in sound_pairs(world):
        if world.mix.hostile not in (one.id, other.id):
            yield one, other


def sound_pairs(world: World) -> Iterator[tuple[Site, Site]]:
    """Ordered pairs whose exchange no lie has ended, one of which may be the node that lies."""
    for one in world.sites.values():
        for other in world.sites.values():
            exchanging = one.role.administration != other.role.administration
            if exchanging and frozenset((one.id, other.id)) not in world.spoilt:
                yield one, other
