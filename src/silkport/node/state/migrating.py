"""Forward-only migrations: numbered files, each applied once, whole or not at all.

What was applied is kept with its digest: a file that was changed afterwards is refused.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files

from silkport.kernel.canonical import digest_bytes
from silkport.kernel.errors import StoreDamaged, StoreTooNew

_TABLE = """
create table if not exists migration (
    number integer primary key, name text not null, digest text not null
)
"""


@dataclass(frozen=True, slots=True)
class Migration:
    """One step forward."""

    number: int
    name: str
    sql: str


def migrations() -> Iterator[Migration]:
    """All steps in order."""
    for number, file in enumerate(sorted(_files()), 1):
        name = file.removesuffix(".sql")
        assert int(name[:4]) == number, f"migration {name} is out of place"
        sql = (files("silkport") / "node" / "state" / "migrations" / file).read_text("utf-8")
        yield Migration(number, name, sql)


def _files() -> list[str]:
    folder = files("silkport") / "node" / "state" / "migrations"
    return [one.name for one in folder.iterdir() if one.name.endswith(".sql")]


def migrate(connection: sqlite3.Connection) -> None:
    """Brings a state to this edition. Raises StoreTooNew, StoreDamaged."""
    known = list(migrations())
    if _is_current(connection, known):
        return
    try:
        connection.execute("begin immediate")
        connection.execute(_TABLE)
        applied = dict(connection.execute("select number, digest from migration").fetchall())
        if applied and max(applied) > len(known):
            raise StoreTooNew(what="the state", found=max(applied), known=len(known))
        for step in known:
            digest = digest_bytes(step.sql.encode())
            if step.number not in applied:
                for statement in _statements(step.sql):
                    connection.execute(statement)
                row = (step.number, step.name, digest)
                connection.execute("insert into migration values (?, ?, ?)", row)
            elif applied[step.number] != digest:
                reason = "it was made by a changed migration"
                raise StoreDamaged(what=step.name, reason=reason)
        connection.execute("commit")
    finally:
        if connection.in_transaction:
            connection.execute("rollback")


def _is_current(connection: sqlite3.Connection, known: list[Migration]) -> bool:
    try:
        applied = connection.execute("select number, digest from migration order by number")
        return applied.fetchall() == [
            (step.number, digest_bytes(step.sql.encode())) for step in known
        ]
    except sqlite3.OperationalError:  # there is no such table yet
        return False


def _statements(sql: str) -> Iterator[str]:
    """The statements of a script; complete ones only."""
    pending = ""
    for line in sql.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            yield pending
            pending = ""
    assert not pending.strip(), "a migration ends in the middle of a statement"
