"""The state of a node in one SQLite file: WAL, synchronous FULL, one writer with group commit.

Whoever writes hands a function to the writer thread; all that wait at one moment are committed
together, each within a savepoint of its own, so that one disk flush serves many.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from silkport.kernel.errors import StoreClosed, StoreFull
from silkport.kernel.limits import MAX_GROUP
from silkport.node.state.connecting import (
    configure,
    connect,
    copy_to,
    empty_journal,
    failure_of,
    named_failures,
)
from silkport.node.state.contract import Row, Transaction, Value
from silkport.node.state.migrating import migrate
from silkport.node.state.statements import STATEMENTS

T = TypeVar("T")
Watch = Callable[[str], None]
"""Told before each statement and commit; what it raises happens there (the simulator's faults)."""

READERS_KEPT = 8
CLOSING = "the node is closing"


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


class _Work(threading.local):
    """Whether this thread is doing work of a state."""

    under_way = False

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Refuses work within work: it would wait for itself, or see another moment."""
        self.demand_none()
        self.under_way = True
        try:
            yield
        finally:
            self.under_way = False

    def demand_none(self) -> None:
        assert not self.under_way, "work on the state calls the state again"


class InlineState:
    """The state on one connection, each write committed by itself in the caller's thread.

    For commands that write once, and for the simulator, which hands in a `watch`.
    """

    def __init__(self, connection: sqlite3.Connection, watch: Watch | None = None) -> None:
        self.connection = connection
        self._watch = watch
        self._lock = threading.RLock()
        self._work = _Work()
        self._closed = False
        with named_failures("the state"):
            configure(connection)
        migrate(connection)

    def write(self, work: Callable[[Transaction], T]) -> T:
        """Does `work` in a transaction of its own."""
        with self._alone():
            self.connection.execute("begin immediate")
            try:
                done = work(SqliteTransaction(self.connection, self._watch))
                if self._watch is not None:
                    self._watch("commit")
                self.connection.execute("commit")
            finally:
                _roll_back(self.connection)
        if self._watch is not None:
            self._watch("committed")
        return done

    def read(self, work: Callable[[Transaction], T]) -> T:
        """Does `work` on one unchanging view."""
        with self._alone():
            before = self.connection.total_changes
            self.connection.execute("begin")
            try:
                done = work(SqliteTransaction(self.connection))
                assert self.connection.total_changes == before, "a read wrote"
            finally:
                _roll_back(self.connection)
        return done

    def backup(self, target: Path) -> None:
        """Copies the state into a new file."""
        with self._alone():
            copy_to(self.connection, target)

    def scrub(self) -> None:
        """Empties the journal; deleted rows are overwritten already."""
        with self._alone():
            empty_journal(self.connection, "the state")

    def close(self) -> None:
        """Closes the connection."""
        with self._lock:
            self._work.demand_none()
            self._closed = True
            self.connection.close()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with self._lock, self._work.alone(), named_failures("the state"):
            if self._closed:
                raise StoreClosed(what="the state", reason=CLOSING)
            yield


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A write that waits for its group, and where its result goes."""

    work: Callable[[Transaction], Any]
    done: Future[Any] = field(default_factory=Future)

    def fail(self, error: BaseException) -> None:
        """Hands an error to whoever waits, unless the result is there already."""
        if not self.done.done():
            self.done.set_exception(error)


class SqliteState:
    """The state in a file, written by one thread that commits in groups; readers have their own
    connections and never wait for it.

    Who comes alone commits in his own thread: handing over and back would cost as much as the disk.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._work = _Work()
        self._lock = threading.Lock()  # over what follows
        self._closed = False
        self._idle: list[sqlite3.Connection] = []
        self._queue: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._waiting = 0
        self._turn = threading.Lock()  # over the connection that writes
        connection = self._connection = connect(path)
        try:
            migrate(connection)
        except BaseException:
            connection.close()
            raise
        self._writer = threading.Thread(
            target=self._write_groups, args=(connection,), name="state writer", daemon=True
        )
        self._writer.start()

    def write(self, work: Callable[[Transaction], T]) -> T:
        """Does `work` with the next group, or at once where nobody else writes."""
        self._work.demand_none()
        with self._lock:
            self._demand_open()
            alone = self._waiting == 0 and self._turn.acquire(blocking=False)
        if not alone:
            return self.submit(work).result()
        waiting = _Waiting(work)
        try:
            self._commit(self._connection, [waiting])
        finally:
            with suppress(sqlite3.Error):  # interrupted: nothing of it stands
                _roll_back(self._connection)
            self._turn.release()
        result: T = waiting.done.result()
        return result

    def submit(self, work: Callable[[Transaction], T]) -> Future[T]:
        """As `write`, without waiting: the future is done when it is on the disk.

        What one thread submits is done in that order. Raises StoreClosed.
        """
        self._work.demand_none()
        waiting = _Waiting(work)
        with self._lock:
            self._demand_open()
            self._waiting += 1
            self._queue.put(waiting)
        return waiting.done

    def read(self, work: Callable[[Transaction], T]) -> T:
        """Does `work` on one unchanging view, in the caller's thread."""
        with self._work.alone(), named_failures(str(self.path)):
            connection = self._borrow()
            try:
                connection.execute("begin")
                return work(SqliteTransaction(connection))
            except sqlite3.OperationalError as error:
                if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_READONLY:
                    raise AssertionError("a read wrote") from error
                raise
            finally:
                self._give_back(connection)

    def backup(self, target: Path) -> None:
        """Copies the state into a new file, while others write."""
        with self._work.alone(), closing(self._another()) as source:
            copy_to(source, target)

    def scrub(self) -> None:
        """Empties the journal; deleted rows are overwritten already."""
        with self._work.alone(), closing(self._another()) as connection:
            empty_journal(connection, str(self.path))

    def close(self) -> None:
        """Writes what waits, then lets go of the file."""
        self._work.demand_none()
        with self._lock:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        self._writer.join()
        with self._lock:
            while self._idle:
                self._idle.pop().close()

    def _demand_open(self) -> None:
        if self._closed:
            raise StoreClosed(what=str(self.path), reason=CLOSING)

    def _another(self) -> sqlite3.Connection:
        with self._lock:
            self._demand_open()
        return connect(self.path)

    def _borrow(self) -> sqlite3.Connection:
        with self._lock:
            self._demand_open()
            if self._idle:
                return self._idle.pop()
        return connect(self.path, reads=True)

    def _give_back(self, connection: sqlite3.Connection) -> None:
        with suppress(sqlite3.Error):
            _roll_back(connection)
            with self._lock:
                if not self._closed and len(self._idle) < READERS_KEPT:
                    self._idle.append(connection)
                    return
        connection.close()

    def _write_groups(self, connection: sqlite3.Connection) -> None:
        """The writer's whole life. However it ends, nobody waits for it in vain."""
        group: list[_Waiting] = []
        going = True
        try:
            while going:
                taken = [self._queue.get()]
                with suppress(Empty):
                    while len(taken) < MAX_GROUP:
                        taken.append(self._queue.get_nowait())
                going = None not in taken
                group = [one for one in taken if one is not None]
                with self._turn:
                    self._commit(connection, group)
                with self._lock:
                    self._waiting -= len(group)
        finally:
            with self._lock:
                self._closed = True
            with suppress(Empty):
                while True:
                    left = self._queue.get_nowait()
                    group += [left] if left is not None else []
            for one in group:
                one.fail(StoreClosed(what=str(self.path), reason="its writer ended"))
            with self._turn:
                connection.close()

    def _commit(self, connection: sqlite3.Connection, group: Sequence[_Waiting]) -> None:
        """One transaction for the whole group; each gets its own result or error.

        When the store itself fails, nothing of the group stands, and all are told so: what one
        of them raised may have come of what another did.
        """
        ready = [one for one in group if one.done.set_running_or_notify_cancel()]
        results: list[tuple[Any, BaseException | None]] = []
        try:
            connection.execute("begin immediate")
            results = [self._attempt(connection, one.work) for one in ready]
            connection.execute("commit")
        except (sqlite3.Error, StoreFull) as error:
            with suppress(sqlite3.Error):
                _roll_back(connection)
            for one in ready:
                one.fail(self._named(error))
            return
        for one, (result, failure) in zip(ready, results, strict=True):
            if failure is None:
                one.done.set_result(result)
            else:
                one.fail(failure)

    def _attempt(
        self, connection: sqlite3.Connection, work: Callable[[Transaction], Any]
    ) -> tuple[Any, BaseException | None]:
        """The result of one work, or why nothing of it stands."""
        connection.execute("savepoint one")
        result: Any = None
        failure: BaseException | None = None
        try:
            with self._work.alone():
                result = work(SqliteTransaction(connection))
        except BaseException as error:
            failure = error
        if not connection.in_transaction:  # the store gave up the whole group
            if isinstance(failure, sqlite3.Error):
                raise failure
            raise StoreFull(what=str(self.path), reason="its transaction ended") from failure
        if failure is not None:
            connection.execute("rollback to one")
        connection.execute("release one")
        return result, self._named(failure) if failure is not None else None

    def _named(self, error: BaseException) -> BaseException:
        """A failure of the store by its name, anything else as it is."""
        if isinstance(error, sqlite3.Error):
            named = failure_of(error, str(self.path))
            if named is not None:
                named.__cause__ = error
                return named
        return error


def _roll_back(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:
        connection.execute("rollback")
