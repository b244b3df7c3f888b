"""Terms of what a node keeps besides declarations: grants, transits, guarantees."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from silkport.node.corridor.balances import DRAWING
from silkport.node.corridor.consignment_files import CONSIGNMENT
from silkport.node.corridor.grants import expire
from silkport.node.corridor.transports import TRANSPORT
from silkport.node.corridor.transports import pass_time as pass_transports
from silkport.node.sovereign import Node
from silkport.node.workflow.awaiting import AWAITING
from silkport.sim.corridor.sites import Site

_FAR = 2**60


WATCHED: Mapping[str, Callable[[Node], int]] = {
    CONSIGNMENT.name: expire,
    TRANSPORT.name: pass_transports,
}
"""By kind of dossier: what lets what is due by now happen, a page at a time, and counts it."""


def next_due(site: Site) -> int | None:
    """The first moment at which something besides declarations is due; None for never.

    0 where something came that a declaration waits for.
    """
    if site.row("linked_dossiers", AWAITING.name, "woken", "yes", "", 1):
        return 0
    first = None
    for kind in (*WATCHED, DRAWING.name):
        found = site.row("due_dossiers", kind, _FAR, 1)
        if found is not None:
            row = site.row("dossier", kind, found[0])
            assert row is not None, "what is due is kept"
            first = row[1] if first is None else min(first, row[1])
    return first


def pass_all(node: Node) -> int:
    """Lets everything happen that is due by now; gives how much it was."""
    count = 0
    for work in WATCHED.values():
        while done := work(node):
            count += done
    return count
