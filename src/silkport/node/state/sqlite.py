"""The state of a node in one SQLite file: WAL, synchronous FULL, one writer with group commit.

Whoever writes hands a function to the writer thread; all that wait at one moment are committed
together, each within a savepoint of its own, so that one disk flush serves many.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from silkport.kernel.errors import SilkportError, StoreDamaged, StoreFull
from silkport.kernel.limits import MAX_GROUP
from silkport.node.state.contract import Row, Transaction, Value
from silkport.node.state.migrating import migrate
from silkport.node.state.statements import STATEMENTS

T = TypeVar("T")
Watch = Callable[[str], None]
"""Told before each statement and commit; what it raises happens there (the simulator's faults)."""

BUSY_SECONDS = 30
CACHE_KIB = 64 * 1024
CHECKPOINT_PAGES = 4_000


def connect(path: Path | str) -> sqlite3.Connection:
    """A connection with the settings under which a commit is durable."""
    connection = sqlite3.connect(
        path, isolation_level=None, timeout=BUSY_SECONDS, check_same_thread=False
    )
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = full")
    connection.execute("pragma foreign_keys = on")
    connection.execute(f"pragma cache_size = -{CACHE_KIB}")
    connection.execute(f"pragma wal_autocheckpoint = {CHECKPOINT_PAGES}")
    return connection


class SqliteTransaction:
    """Named statements on one connection."""

    def __init__(self, connection: sqlite3.Connection, watch: Watch | None = None) -> None:
        self._connection = connection
        self._watch = watch

    def one(self, name: str, *values: Value) -> Row | None:
        """The first row, or None."""
        row: Row | None = self._execute(name, values).fetchone()
        return row

    def rows(self, name: str, *values: Value) -> list[Row]:
        """All rows."""
        return self._execute(name, values).fetchall()

    def run(self, name: str, *values: Value) -> int:
        """Rows changed."""
        return self._execute(name, values).rowcount

    def many(self, name: str, rows: Iterable[Sequence[Value]]) -> None:
        """Once for each row of values."""
        if self._watch is not None:
            self._watch(name)
        self._connection.executemany(STATEMENTS[name], rows)

    def _execute(self, name: str, values: Sequence[Value]) -> sqlite3.Cursor:
        if self._watch is not None:
            self._watch(name)
        return self._connection.execute(STATEMENTS[name], values)


def _store_error(error: sqlite3.Error, what: str) -> SilkportError:
    if isinstance(error, sqlite3.OperationalError):
        return StoreFull(what=what, reason=str(error))
    return StoreDamaged(what=what, reason=str(error))


class InlineState:
    """The state on one connection, each write committed by itself in the caller's thread.

    For commands that write once, and for the simulator, which hands in a `watch`.
    """

    def __init__(self, connection: sqlite3.Connection, watch: Watch | None = None) -> None:
        self.connection = connection
        self._watch = watch
        self._lock = threading.RLock()
        migrate(connection)

    def write(self, work: Callable[[Transaction], T]) -> T:
        """Does `work` in a transaction of its own."""
        with self._lock:
            try:
                self.connection.execute("begin immediate")
                done = work(SqliteTransaction(self.connection, self._watch))
                if self._watch is not None:
                    self._watch("commit")
                self.connection.execute("commit")
            except sqlite3.Error as error:
                raise _store_error(error, "the state") from error
            finally:
                self._undo()
        if self._watch is not None:
            self._watch("committed")
        return done

    def read(self, work: Callable[[Transaction], T]) -> T:
        """Does `work` on one unchanging view."""
        with self._lock:
            if self.connection.in_transaction:  # asked from within a write
                return work(SqliteTransaction(self.connection, self._watch))
            self.connection.execute("begin")
            try:
                return work(SqliteTransaction(self.connection))
            finally:
                self._undo()

    def backup(self, target: Path) -> None:
        """Copies the state into a new file."""
        with self._lock:
            copy_to(self.connection, target)

    def close(self) -> None:
        """Closes the connection."""
        self.connection.close()

    def _undo(self) -> None:
        if self.connection.in_transaction:
            self.connection.execute("rollback")


class SqliteState:
    """The state in a file, written by one thread that commits in groups; readers have their own
    connections and never wait for it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._work: SimpleQueue[tuple[Callable[[Transaction], Any], Future[Any]] | None]
        self._work = SimpleQueue()
        self._readers = threading.local()
        self._all_readers: list[sqlite3.Connection] = []
        self._closed = False
        first = connect(path)
        migrate(first)
        self._writer = threading.Thread(
            target=self._write_groups, args=(first,), name="state writer", daemon=True
        )
        self._writer.start()

    def write(self, work: Callable[[Transaction], T]) -> T:
        """Does `work` with the next group."""
        return self.submit(work).result()

    def submit(self, work: Callable[[Transaction], T]) -> Future[T]:
        """As `write`, without waiting: the future is done when it is on the disk."""
        if self._closed:
            raise StoreFull(what=str(self.path), reason="the node is closing")
        done: Future[T] = Future()
        self._work.put((work, done))
        return done

    def read(self, work: Callable[[Transaction], T]) -> T:
        """Does `work` on one unchanging view, in the caller's thread."""
        connection = getattr(self._readers, "connection", None)
        if connection is None:
            connection = self._readers.connection = connect(self.path)
            self._all_readers.append(connection)
        connection.execute("begin")
        try:
            return work(SqliteTransaction(connection))
        except sqlite3.Error as error:
            raise _store_error(error, str(self.path)) from error
        finally:
            with suppress(sqlite3.Error):
                connection.execute("rollback")

    def backup(self, target: Path) -> None:
        """Copies the state into a new file, while others write."""
        source = connect(self.path)
        try:
            copy_to(source, target)
        finally:
            source.close()

    def close(self) -> None:
        """Writes what waits, then lets go of the file."""
        if not self._closed:
            self._closed = True
            self._work.put(None)
            self._writer.join()
            for connection in self._all_readers:
                connection.close()

    def _write_groups(self, connection: sqlite3.Connection) -> None:
        going = True
        while going:
            group = [self._work.get()]
            while len(group) < MAX_GROUP:
                try:
                    group.append(self._work.get_nowait())
                except Empty:
                    break
            going = None not in group
            self._commit(connection, [one for one in group if one is not None])
        connection.close()

    def _commit(
        self,
        connection: sqlite3.Connection,
        group: list[tuple[Callable[[Transaction], Any], Future[Any]]],
    ) -> None:
        """One transaction for the whole group; each gets its own result or error."""
        results: list[tuple[Future[Any], Any, BaseException | None]] = []
        try:
            connection.execute("begin immediate")
            for work, done in group:
                connection.execute("savepoint one")
                try:
                    results.append((done, work(SqliteTransaction(connection)), None))
                except sqlite3.Error:
                    raise
                except BaseException as error:
                    connection.execute("rollback to one")
                    results.append((done, None, error))
                connection.execute("release one")
            connection.execute("commit")
        except sqlite3.Error as error:
            with suppress(sqlite3.Error):
                if connection.in_transaction:
                    connection.execute("rollback")
            for _, done in group:
                done.set_exception(_store_error(error, str(self.path)))
            return
        for done, result, failure in results:
            if failure is None:
                done.set_result(result)
            else:
                done.set_exception(failure)


def copy_to(source: sqlite3.Connection, target: Path) -> None:
    """A copy of the whole database at one moment. Raises StoreFull."""
    try:
        with sqlite3.connect(target) as copy:
            source.backup(copy, pages=1_000, sleep=0)
        copy.close()
    except sqlite3.Error as error:
        raise _store_error(error, str(target)) from error
