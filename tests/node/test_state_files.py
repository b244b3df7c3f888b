"""The state in a file: durable, shared by processes, whole after a kill and on a full disk."""

from __future__ import annotations

import gc
import os
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest

from silkport.kernel.errors import (
    NotFound,
    StoreBusy,
    StoreClosed,
    StoreDamaged,
)
from silkport.node.state import connecting
from silkport.node.state.connecting import connect
from silkport.node.state.contract import Transaction
from silkport.node.state.sqlite import SqliteState
from tests.node.states import ON_DISK, all_finished, counted, finished, process, put, value_of


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "node.sqlite3"


@pytest.fixture
def state(path: Path) -> Iterator[SqliteState]:
    state = SqliteState(path)
    yield state
    state.close()


class Held:
    """Holds up the writer, so that what is submitted meanwhile makes one group."""

    def __init__(self, state: SqliteState) -> None:
        self.go = threading.Event()
        began = threading.Event()

        def wait(tx: Transaction) -> None:
            began.set()
            self.go.wait()

        self.done: Future[None] = state.submit(wait)
        began.wait()


def test_a_commit_is_on_the_disk(state: SqliteState) -> None:
    def setting(tx: Transaction, name: str) -> object:
        return tx._connection.execute(f"pragma {name}").fetchone()[0]  # type: ignore[attr-defined]

    for name, value in (
        ("journal_mode", "wal"),
        ("synchronous", 2),
        ("foreign_keys", 1),
        ("secure_delete", 1),
        ("temp_store", 2),
    ):
        assert state.write(lambda tx, name=name: setting(tx, name)) == value  # type: ignore[misc]
    assert state.read(lambda tx: setting(tx, "query_only")) == 1


@pytest.mark.parametrize("make", ON_DISK)
def test_it_is_there_when_opened_again(path: Path, make: str) -> None:
    first = ON_DISK[make](path)
    first.write(lambda tx: put(tx, "key", "value"))
    first.close()
    assert [one.name for one in path.parent.iterdir()] == [path.name]
    again = ON_DISK[make](path)
    assert value_of(again, "key") == "value"
    again.close()


def test_one_of_a_group_fails_and_the_others_stand(state: SqliteState) -> None:
    def fail(tx: Transaction) -> None:
        put(tx, "half")
        raise NotFound(what="it")

    def contradict(tx: Transaction) -> None:
        put(tx, "half too")
        tx.run("add_event", "nobody", 1, b"x")

    held = Held(state)
    submitted = [
        state.submit(lambda tx: put(tx, "first")),
        state.submit(fail),
        state.submit(lambda tx: put(tx, "second")),
        state.submit(contradict),
        state.submit(lambda tx: put(tx, "third")),
    ]
    held.go.set()
    for number, expected in ((1, NotFound), (3, StoreDamaged)):
        with pytest.raises(expected):
            submitted[number].result()
    for number in (0, 2, 4):
        submitted[number].result()
    for key, there in (("first", ""), ("second", ""), ("third", ""), ("half", None)):
        assert value_of(state, key) == there
    assert value_of(state, "half too") is None


def noting(order: list[int], number: int) -> Callable[[Transaction], None]:
    return lambda _: order.append(number)


def putting(key: str) -> Callable[[Transaction], None]:
    return lambda tx: put(tx, key)


def test_they_are_done_in_the_order_of_submit(state: SqliteState) -> None:
    order: list[int] = []
    held = Held(state)
    submitted = [state.submit(noting(order, n)) for n in range(600)]
    held.go.set()
    for one in submitted:
        one.result()
    assert order == list(range(600))


def test_what_was_given_up_is_not_done(state: SqliteState) -> None:
    held = Held(state)
    given_up = state.submit(lambda tx: put(tx, "given up"))
    other = state.submit(lambda tx: put(tx, "other"))
    assert given_up.cancel()
    held.go.set()
    other.result()
    assert value_of(state, "given up") is None


def test_close_finishes_what_waits(path: Path) -> None:
    state = SqliteState(path)
    held = Held(state)
    waiting = [state.submit(putting(f"{n}")) for n in range(300)]
    closing = threading.Thread(target=state.close)
    closing.start()
    while not state._closed:
        time.sleep(0.001)
    with pytest.raises(StoreClosed):
        state.write(lambda tx: put(tx, "late"))
    held.go.set()
    closing.join()
    assert all(one.result(timeout=0) is None for one in waiting)
    again = SqliteState(path)
    assert counted(again, "", 300) == 300
    assert value_of(again, "late") is None
    again.close()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_nobody_waits_for_a_writer_that_ended(
    state: SqliteState, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held(state)

    def fault(*_: object) -> None:
        raise RuntimeError("a fault of the writer")

    monkeypatch.setattr(state, "_commit", fault)
    waiting = [state.submit(lambda tx: None) for _ in range(3)]
    held.go.set()
    for one in waiting:
        with pytest.raises(StoreClosed, match="its writer ended"):
            one.result(timeout=10)
    with pytest.raises(StoreClosed):
        state.submit(lambda tx: None)


def test_connections_do_not_pile_up(state: SqliteState, path: Path) -> None:
    def open_files() -> int:
        links = [f"/proc/self/fd/{one}" for one in os.listdir("/proc/self/fd")]
        return sum(os.path.realpath(one) == str(path) for one in links)

    for _ in range(30):
        reader = threading.Thread(target=state.read, args=(lambda tx: tx.rows("peers"),))
        reader.start()
        reader.join()
    gc.collect()
    assert open_files() <= 2


def test_what_was_deleted_is_in_no_file(state: SqliteState, path: Path) -> None:
    secret = os.urandom(60)
    state.write(lambda tx: tx.run("add_person", "token", b"sealed", 1))
    state.write(lambda tx: tx.run("add_person_key", "token", secret))
    state.scrub()
    assert secret in path.read_bytes()
    state.write(lambda tx: tx.run("forget_person", "token"))
    state.scrub()
    for left in path.parent.iterdir():
        assert secret not in left.read_bytes(), left


def test_a_scrub_waits_for_readers_only_so_long(
    state: SqliteState, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connecting, "BUSY_SECONDS", 0.05)
    reading, go = threading.Event(), threading.Event()

    def look(tx: Transaction) -> None:
        tx.one("meta", "key")
        reading.set()
        go.wait()

    state.write(lambda tx: put(tx, "key"))
    reader = threading.Thread(target=state.read, args=(look,))
    reader.start()
    reading.wait()
    state.write(lambda tx: put(tx, "key", "newer"))
    try:
        with pytest.raises(StoreBusy):
            state.scrub()
    finally:
        go.set()
        reader.join()
    state.scrub()


def test_another_process_holds_it_too_long(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connecting, "BUSY_SECONDS", 0.05)
    state = SqliteState(path)
    other = connect(path)
    other.execute("begin immediate")
    with pytest.raises(StoreBusy) as caught:
        state.write(lambda tx: put(tx, "key"))
    assert not caught.value.permanent
    other.execute("rollback")
    other.close()
    state.write(lambda tx: put(tx, "key"))
    state.close()


def test_a_new_file_is_opened_while_another_writes_it(path: Path) -> None:
    """Before a file has its write-ahead log, SQLite itself refuses the second at once."""
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("begin immediate")
    freed = threading.Timer(0.2, other.rollback)
    freed.start()
    state = SqliteState(path)
    freed.join()
    other.close()
    state.write(lambda tx: put(tx, "key"))
    state.close()


def test_a_new_file_is_held_by_another_too_long(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connecting, "BUSY_SECONDS", 0.05)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("begin immediate")
    with pytest.raises(StoreBusy):
        SqliteState(path)
    other.close()


# Other processes.

WRITE = """
import sys, threading
from pathlib import Path
from silkport.node.state.sqlite import SqliteState
path, name, upto = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
state = SqliteState(path)
def add(tx, key):
    row = tx.one("meta", "sum")
    tx.run("set_meta", "sum", str(int(row[0]) + 1 if row else 1))
    tx.run("set_meta", key, "")
    tx.run("set_meta", key + " too", "")
lock = threading.Lock()
def work(start):
    n = start
    while upto < 0 or n < upto:
        state.write(lambda tx: add(tx, f"{name} {n}"))
        if upto < 0:
            with lock:
                sys.stdout.write(f"{n}\\n")
                sys.stdout.flush()
        n += 4
threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
[one.start() for one in threads]
[one.join() for one in threads]
state.close()
"""


def test_two_processes_write_one_file(root: Path, path: Path) -> None:
    """From the first opening on: both make the tables of a file that is not there yet."""
    each = 100
    running = [process(root, WRITE, path, name, each) for name in ("a", "b", "c")]
    all_finished(running)
    state = SqliteState(path)
    assert value_of(state, "sum") == str(3 * each)
    assert [counted(state, f"{name} ", each) for name in ("a", "b", "c")] == [each] * 3
    state.close()


def test_a_kill_loses_nothing_that_was_confirmed(root: Path, path: Path) -> None:
    """Rounds of a process killed in the middle of its commits; each finds what the last left."""
    rng, confirmed = random.Random(5), 0
    for number in range(5):
        running = process(root, WRITE, path, f"round{number}", -1)
        assert running.stdout is not None
        first = running.stdout.readline()
        time.sleep(rng.uniform(0.02, 0.15))
        running.kill()
        said = {int(first), *(int(one) for one in running.communicate()[0].splitlines())}
        confirmed += len(said)
        state = SqliteState(path)
        newest = max(said) + 10
        here = {
            n
            for n in range(newest)
            if value_of(state, f"round{number} {n}") is not None
            or value_of(state, f"round{number} {n} too") is not None
        }
        whole = {n for n in here if value_of(state, f"round{number} {n} too") is not None}
        assert said <= here == whole
        assert int(value_of(state, "sum") or 0) >= confirmed
        state.close()
        connection = sqlite3.connect(path)
        assert connection.execute("pragma integrity_check").fetchone() == ("ok",)
        connection.close()
    assert confirmed > 50


FILL = """
import resource, sys
from pathlib import Path
from silkport.kernel.errors import StoreFull
from silkport.node.state.sqlite import SqliteState
path = Path(sys.argv[1])
state = SqliteState(path)
def add(tx, n):
    tx.run("set_meta", f"{n}", "x" * 3000)
    tx.run("set_meta", f"{n} too", "x" * 3000)
for n in range(10):
    state.write(lambda tx: add(tx, n))
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), hard))
done, full = 10, 0
while full < 5 and done < 2000:
    waiting = [state.submit(lambda tx, n=done + k: add(tx, n)) for k in range(3)]
    for k, one in enumerate(waiting):
        try:
            one.result()
            assert not full, "the disk was full before"
            print("stands", done + k)
        except StoreFull as error:
            full += 1
            assert not error.permanent and "SP-4103" in str(error), error
            print("full", done + k)
    done += 3
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
state.write(lambda tx: add(tx, "after"))
print("stands", "after")
if sys.argv[3] == "closes":
    state.close()
"""


@pytest.mark.parametrize(("limit", "ends"), [(200_000, "closes"), (400_000, "dies")])
def test_a_full_disk_undoes_whole_works(root: Path, path: Path, limit: int, ends: str) -> None:
    printed = finished(process(root, FILL, path, limit, ends))
    lines = [line.split() for line in printed.splitlines()]
    stands = {key for word, key in lines if word == "stands"}
    full = {key for word, key in lines if word == "full"}
    assert full
    assert "after" in stands
    state = SqliteState(path)
    for key in stands | full:
        for one in (key, f"{key} too"):
            assert (value_of(state, one) is not None) == (key in stands), one
    state.close()
