"""Connections to a SQLite file: the settings of every one, its failures by name, copies of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from time import monotonic, sleep

from silkport.kernel.errors import (
    NodeThere,
    SilkportError,
    StoreBusy,
    StoreDamaged,
    StoreFull,
)

BUSY_SECONDS = 30
AGAIN_SECONDS = 0.01
WRITER_CACHE_KIB = 64 * 1024
READER_CACHE_KIB = 8 * 1024
CHECKPOINT_PAGES = 4_000
STATEMENTS_KEPT = 256

_DAMAGED = frozenset(
    (
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_FORMAT,
        sqlite3.SQLITE_SCHEMA,
        sqlite3.SQLITE_CONSTRAINT,  # its rows contradict one another
        sqlite3.SQLITE_ERROR,  # its tables are others: the statements themselves are tested
        sqlite3.SQLITE_IOERR_READ,
        sqlite3.SQLITE_IOERR_SHORT_READ,
        sqlite3.SQLITE_IOERR_CORRUPTFS,
    )
)
_BUSY = frozenset((sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED))
_FULL = frozenset(
    (
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_PERM,
    )
)


def failure_of(error: sqlite3.Error, what: str) -> SilkportError | None:
    """What went wrong with the store; None when it was used wrongly, which is our own fault."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return None
    if code in _DAMAGED or code & 0xFF in _DAMAGED:
        return StoreDamaged(what=what, reason=str(error))
    if code & 0xFF in _BUSY:
        return StoreBusy(what=what)
    if code & 0xFF in _FULL:
        return StoreFull(what=what, reason=str(error))
    return None


@contextmanager
def named_failures(what: str) -> Iterator[None]:
    """A failure of the store becomes StoreDamaged, StoreBusy or StoreFull."""
    try:
        yield
    except sqlite3.Error as error:
        failure = failure_of(error, what)
        if failure is None:
            raise
        raise failure from error


def connect(path: Path | str, *, reads: bool = False) -> sqlite3.Connection:
    """A connection with the settings under which a commit is durable. Raises StoreError.

    Args:
        reads: it is for reading alone; what writes is refused.
    """
    with named_failures(str(path)), ExitStack() as undo:
        connection = sqlite3.connect(
            path,
            isolation_level=None,
            timeout=BUSY_SECONDS,
            check_same_thread=False,
            cached_statements=STATEMENTS_KEPT,
        )
        undo.callback(connection.close)
        configure(connection)
        cache = READER_CACHE_KIB if reads else WRITER_CACHE_KIB
        connection.execute(f"pragma cache_size = -{cache}")
        connection.execute(f"pragma query_only = {int(reads)}")
        undo.pop_all()
    return connection


def configure(connection: sqlite3.Connection) -> None:
    """Commits are on the disk when they return; what is deleted is overwritten."""
    _write_ahead(connection)
    connection.execute("pragma synchronous = full")
    connection.execute("pragma foreign_keys = on")
    connection.execute("pragma secure_delete = on")
    connection.execute("pragma temp_store = memory")  # no row lands in a file elsewhere
    connection.execute(f"pragma wal_autocheckpoint = {CHECKPOINT_PAGES}")


def _write_ahead(connection: sqlite3.Connection) -> None:
    """The write-ahead log, also where several processes open one new file in the same moment.

    Whoever writes then has this change refused at once: SQLite's own waiting does not cover it.
    """
    until = monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("pragma journal_mode = wal")
        except sqlite3.OperationalError as error:
            if not isinstance(failure_of(error, ""), StoreBusy) or monotonic() >= until:
                raise
        else:
            return
        sleep(AGAIN_SECONDS)


def copy_to(source: sqlite3.Connection, target: Path) -> None:
    """Copies the whole database, as it is at one moment, into one new private file.

    It is copied in one step: step by step it would begin again whenever somebody wrote between.
    Raises NodeThere, StoreFull; nothing is left then.
    """
    try:
        target.touch(mode=0o600, exist_ok=False)
    except FileExistsError:
        raise NodeThere(what=str(target), found="a file") from None
    except OSError as error:
        raise StoreFull(what=str(target), reason=error.strerror or str(error)) from error
    with ExitStack() as undo:
        for path in (target, target.with_name(f"{target.name}-journal")):
            undo.callback(path.unlink, missing_ok=True)
        with (
            named_failures(str(target)),
            closing(sqlite3.connect(target, isolation_level=None)) as copy,
        ):
            source.backup(copy)
            copy.execute("pragma journal_mode = delete")  # one file, nothing beside it
        undo.pop_all()


def empty_journal(connection: sqlite3.Connection, what: str) -> None:
    """Moves all that was committed into the file itself and cuts its journal to nothing.

    Raises StoreBusy when somebody reads on for longer than BUSY_SECONDS.
    """
    with named_failures(what):
        (busy, _, _) = connection.execute("pragma wal_checkpoint(truncate)").fetchone()
    if busy:
        raise StoreBusy(what=what)
