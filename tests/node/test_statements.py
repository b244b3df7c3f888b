"""No statement of everyday work reads a whole table: what it costs does not grow with the store."""

from __future__ import annotations

import re
import sqlite3

import pytest

from silkport.node.state.sqlite import SqliteState
from silkport.node.state.statements import STATEMENTS

BY_OPERATORS = frozenset(
    """
    all_declarations all_runs all_said audit_events_astray audit_unlogged_act
    audit_unlogged_disclosed audit_unlogged_event audit_unlogged_received audit_unlogged_sent
    block_count counted_rows parked states_counted
    """.split()
)
"""What audits, simulated worlds and the status of a node read in whole."""
SMALL = frozenset(
    "incident log_frontier own_key own_key_told peer peer_key register unnumbered".split()
)
"""Tables with few rows: as many as peers and keys, or trimmed."""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> sqlite3.Connection:
    path = tmp_path_factory.mktemp("state") / "node.sqlite3"
    SqliteState(path).close()
    return sqlite3.connect(path)


def read_in_whole(store: sqlite3.Connection, sql: str) -> list[str]:
    """The large tables that a statement goes through from end to end."""
    numbered = [int(one) for one in re.findall(r"\?(\d+)", sql)]
    values = [None] * (max(numbered) if numbered else sql.count("?"))
    plan = [row[3] for row in store.execute(f"explain query plan {sql}", values)]
    scanned = [step.split()[1] for step in plan if re.match(r"SCAN (?!CONSTANT|\()", step)]
    names = dict(re.findall(r"(\w+) as (\w+)\b", sql))
    of = {short: table for table, short in names.items()}
    return [name for name in (of.get(one, one) for one in scanned) if name not in SMALL]


@pytest.mark.parametrize("name", sorted(STATEMENTS.keys() - BY_OPERATORS))
def test_a_statement_searches(store: sqlite3.Connection, name: str) -> None:
    if "pragma_" not in STATEMENTS[name]:
        assert read_in_whole(store, STATEMENTS[name]) == []


@pytest.mark.parametrize("name", sorted(BY_OPERATORS))
def test_what_reads_all_is_named(store: sqlite3.Connection, name: str) -> None:
    """Whoever makes it search takes it off the list."""
    assert read_in_whole(store, STATEMENTS[name]) != []
