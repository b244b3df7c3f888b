"""What a serving node does by itself with what its traders were granted: it prepares it."""

from __future__ import annotations

from silkport.kernel.errors import SilkportError
from silkport.model.states import Actor
from silkport.node.corridor.consignment_files import (
    CONSIGNMENT,
    IMPORTER,
    NODE,
    WAITS_FOR,
    waiting,
)
from silkport.node.corridor.consignments import prepared
from silkport.node.corridor.desk import FilingDesk
from silkport.node.dossiers import Act, linked, relink
from silkport.node.sovereign import Node, note
from silkport.node.state.contract import Transaction

AT_ONCE = 16
"""Files prepared in one transaction: whoever else writes waits meanwhile."""


def prepare_new(node: Node, desk: FilingDesk) -> int:
    """Prepares what grants brought since the last time; gives how many files were looked at.

    Called again and again by the serving node. What cannot be prepared (no field table, a grant
    that is over) is noted as an incident and left to the importer.
    """

    def work(tx: Transaction) -> int:
        some = linked(tx, CONSIGNMENT, WAITS_FOR, NODE, AT_ONCE)
        for found in some:
            try:
                prepared(tx, node, desk, found, Act("prepare", Actor.NODE.value, node.id))
            except SilkportError as error:
                note(tx, node, found.state.peer, error)
                relink(tx, CONSIGNMENT, found.id, waiting(found.state, IMPORTER))
        return len(some)

    waits = node.state.read(lambda tx: linked(tx, CONSIGNMENT, WAITS_FOR, NODE, 1))
    return node.state.write(work) if waits else 0
