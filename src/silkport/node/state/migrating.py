"""Forward-only migrations: numbered files, each applied once, whole or not at all.

What was applied is kept with its digest: a file that was changed afterwards is refused.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from silkport.kernel.canonical import digest_bytes
from silkport.kernel.errors import StoreDamaged, StoreTooNew
from silkport.node.state.connecting import named_failures

WHAT = "the state"

_TABLE = """
create table migration (
    number integer primary key, name text not null, digest text not null
)
"""


@dataclass(frozen=True, slots=True)
class Migration:
    """One step forward; the digest is that of its file."""

    number: int
    name: str
    sql: str
    digest: str


def read_migrations(folder: Traversable) -> tuple[Migration, ...]:
    """All steps in a folder, in order: files called 0001_a_name.sql, 0002_..., without gap."""
    found = []
    names = sorted(one.name for one in folder.iterdir() if one.name.endswith(".sql"))
    for number, file in enumerate(names, 1):
        name = file.removesuffix(".sql")
        assert int(name[:4]) == number, f"migration {name} is out of place"
        sql = (folder / file).read_text("utf-8")
        found.append(Migration(number, name, sql, digest_bytes(sql.encode())))
    return tuple(found)


@cache
def migrations() -> tuple[Migration, ...]:
    """All steps of this edition, in order."""
    return read_migrations(files("silkport") / "node" / "state" / "migrations")


def migrate(connection: sqlite3.Connection, known: Sequence[Migration] | None = None) -> None:
    """Brings a state to an edition: this one unless told. Raises StoreTooNew and other StoreError.

    All steps that are missing are one transaction: after a kill there are all of them, or none.
    """
    known = migrations() if known is None else known
    with named_failures(WHAT):
        if applied(connection) == {one.number: one.digest for one in known}:
            return
        try:
            connection.execute("begin immediate")
            _bring_forward(connection, known)
            connection.execute("commit")
        finally:
            if connection.in_transaction:
                connection.execute("rollback")


def applied(connection: sqlite3.Connection) -> dict[int, str]:
    """The digest of each step that was applied, by number; none in a file that is empty.

    Raises StoreDamaged when the file has tables but no steps: it is something else.
    """
    tables = [row[0] for row in connection.execute("select name from sqlite_schema")]
    if "migration" in tables:
        return dict(connection.execute("select number, digest from migration").fetchall())
    if tables:
        raise StoreDamaged(what=WHAT, reason="it is the database of something else")
    return {}


def _bring_forward(connection: sqlite3.Connection, known: Sequence[Migration]) -> None:
    before = applied(connection)
    if before and max(before) > len(known):
        raise StoreTooNew(what=WHAT, found=max(before), known=len(known))
    if sorted(before) != list(range(1, len(before) + 1)):
        raise StoreDamaged(what=WHAT, reason="a migration in between was never applied")
    for step in known[: len(before)]:
        if before[step.number] != step.digest:
            raise StoreDamaged(what=step.name, reason="it was made by a changed migration")
    if not before:
        connection.execute(_TABLE)
    for step in known[len(before) :]:
        for statement in _statements(step.sql):
            connection.execute(statement)
        row = (step.number, step.name, step.digest)
        connection.execute("insert into migration values (?, ?, ?)", row)


def _statements(sql: str) -> Iterator[str]:
    """The statements of a script, each ending with its line."""
    pending = ""
    for line in sql.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            yield pending
            pending = ""
    assert not pending.strip(), "a migration ends in the middle of a statement"
