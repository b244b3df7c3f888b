"""What is told of a transport wakes the declarations of its houses that wait for their release."""

from __future__ import annotations

from silkport.kernel.ids import as_key
from silkport.model.transport import Transport
from silkport.node.state.contract import Transaction
from silkport.node.workflow.awaiting import of_house, wake


def wake_houses(tx: Transaction, state: Transport) -> None:
    """Lets everything declared of its houses be tried again; a house without a number is all."""
    abouts: dict[str, None] = {}
    for key in dict.fromkeys(one.key for one in state.houses):
        for (house_no,) in tx.rows("houses_declared", *key):
            abouts[as_key(key[0], house_no)] = None
    for about in abouts:
        wake(tx, of_house(about))
