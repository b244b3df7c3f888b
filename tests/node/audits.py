"""Audits of a lively pair of nodes, after something was done to their state."""

from __future__ import annotations

from typing import Any

from silkport.node.transparency.audit import Audit, Fault, audit
from tests.node.worlds import World


def look(world: World, name: str) -> Audit:
    return audit(world.node(name), lambda *_: None)


def found(world: World, name: str) -> list[Fault]:
    result = look(world, name)
    assert not result.is_sound
    return list(result.faults)


def one_found(world: World, name: str, fault: str) -> None:
    """Exactly this is wrong."""
    assert [str(one) for one in found(world, name)] == [fault]


def change(world: World, name: str, sql: str, *values: Any) -> None:
    """Changes the database past the node."""
    connection = world[name].connection
    connection.execute("pragma foreign_keys = off")
    connection.execute("pragma ignore_check_constraints = on")
    assert connection.execute(sql, values).rowcount > 0
