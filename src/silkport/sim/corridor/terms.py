"""What a node does of itself besides declarations: terms of grants and transits, preparing."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from silkport.node.corridor.balances import DRAWING
from silkport.node.corridor.consignment_files import CONSIGNMENT, NODE, WAITS_FOR
from silkport.node.corridor.grants import expire
from silkport.node.corridor.transports import TRANSPORT
from silkport.node.corridor.transports import pass_time as pass_transports
from silkport.node.corridor.waiting import prepare_new
from silkport.node.sovereign import Node
from silkport.sim.corridor.desks import desk_of
from silkport.sim.corridor.sites import Site

_FAR = 2**60


WATCHED: Mapping[str, Callable[[Node], int]] = {
    CONSIGNMENT.name: expire,
    TRANSPORT.name: pass_transports,
}
"""By kind of dossier: what lets what is due by now happen, a page at a time, and counts it."""


_CAME: Mapping[str, tuple[str | int, ...]] = {
    "woken_declarations": (1,),
    "linked_dossiers": (CONSIGNMENT.name, WAITS_FOR, NODE, "", 1),
}
"""By what is found that a node goes on with of itself."""


def next_due(site: Site) -> int | None:
    """The first moment at which something besides declarations is due; None for never.

    0 where something came that a declaration waits for, or a grant.
    """
    if any(site.row(name, *values) for name, values in _CAME.items()):
        return 0
    first = None
    for kind in (*WATCHED, DRAWING.name):
        found = site.row("due_dossiers", kind, _FAR, 1)
        if found is not None:
            row = site.row("dossier", kind, found[0])
            assert row is not None, "what is due is kept"
            first = row[1] if first is None else min(first, row[1])
    return first


def pass_all(site: Site) -> int:
    """Lets everything happen that is due by now, and prepares what was granted; counts it."""
    node, count = site.node, 0
    while site.is_deciding and (done := prepare_new(node, desk_of(site.role.administration))):
        count += done
    for work in WATCHED.values():
        while done := work(node):
            count += done
    return count
