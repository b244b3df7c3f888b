"""One declaration by whatever name people have for it."""

from __future__ import annotations

from silkport.kernel.errors import NotFound
from silkport.node.sovereign import Node
from silkport.node.workflow.cases import Case, case_of, find_case

SHOWN = 5


def case_named(node: Node, name: str) -> Case:
    """The one case meant by an id, a declaration number, or a consignment number with one house.

    Raises NotFound for none or several.
    """
    exact = node.state.read(lambda tx: find_case(tx, name))
    if exact is not None:
        return exact
    rows = node.state.read(lambda tx: tx.rows("find_declarations", name))
    if len(rows) != 1:
        names = ", ".join(row[0] for row in rows[:SHOWN]) or "nothing"
        raise NotFound(what=f"{name} alone ({names})")
    return node.state.read(lambda tx: case_of(tx, rows[0][0]))
