"""Backups: made while others write, verified to the byte, restored once where no node is."""

from __future__ import annotations

import json
import os
import random
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from silkport.kernel.errors import (
    BackupUnusable,
    NodeThere,
    NotFound,
    StoreDamaged,
    StoreError,
    StoreTooNew,
)
from silkport.kernel.merkle import leaf_hash
from silkport.model.messages import Competence
from silkport.node.exchange.peers import current_key
from silkport.node.home import (
    PASSPHRASE,
    STATE,
    VAULT,
    Identity,
    make_node,
    make_passphrase,
    nodes_in,
    open_node,
)
from silkport.node.sovereign import Node
from silkport.node.state import backing
from silkport.node.state.backing import MANIFEST, Backup, backup, restore, verify
from silkport.node.state.contract import Transaction
from silkport.node.transparency import log
from tests.node.states import finished, process, put, value_of

NOW = 1_800_000_000_000


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a node that has a passphrase of its own and a log of some blocks."""
    home = tmp_path_factory.mktemp("made")
    identity = Identity(
        id="aa",
        administration="zz",
        competence=frozenset({Competence.CUSTOMS}),
        name="Zerafshan Customs",
        url="https://aa.example:1",
        hosts=("aa.example",),
        counsel="00" * 32,
    )
    make_node(home, identity, make_passphrase(home / "aa"))
    node = opened(home)
    for n in range(8):
        node.state.write(lambda tx, n=n: add(tx, n * 100, 100))  # type: ignore[misc]
    node.state.close()
    return home


@pytest.fixture
def home(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture
def node(home: Path) -> Iterator[Node]:
    node = opened(home)
    yield node
    node.state.close()


def opened(home: Path) -> Node:
    return open_node(home, "aa", (home / "aa" / PASSPHRASE).read_text("ascii").strip())


def add(tx: Transaction, first: int, count: int) -> None:
    """Leaves, and how many there are by a count of its own."""
    leaves = [leaf_hash(b"%d" % n) for n in range(first, first + count)]
    log.append(tx, log.RECEIVED, "bb", first + 1, leaves)
    put(tx, "count", str(first + count))


def now() -> int:
    return NOW


def test_a_backup_says_what_it_holds(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "backups" / "monday"
    made = backup(home / "aa", folder, now=now)
    assert verify(folder) == made
    assert (made.node, made.administration, made.at) == ("aa", "zz", NOW)
    assert (made.migration, made.log_size) == (len(backing.migrations()), 800)
    assert sorted(path.name for path in folder.iterdir()) == [MANIFEST, STATE, VAULT]
    assert [path.name for path in folder.parent.iterdir()] == ["monday"]
    node = opened(home)
    assert node.state.read(log.current).root.hex() == made.log_root
    node.state.close()
    fields = json.loads((folder / MANIFEST).read_bytes())
    assert fields["digest"] == made.digest
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert folder.stat().st_mode & 0o777 == 0o700


def test_the_passphrase_is_in_no_file(home: Path, tmp_path: Path) -> None:
    passphrase = (home / "aa" / PASSPHRASE).read_bytes().strip()
    backup(home / "aa", tmp_path / "backup", now=now)
    for path in (tmp_path / "backup").iterdir():
        assert passphrase not in path.read_bytes()


@pytest.mark.parametrize("in_process", [True, False])
def test_others_write_meanwhile(node: Node, home: Path, tmp_path: Path, in_process: bool) -> None:
    """Each backup is one moment: as many leaves as its own count says."""
    stop = threading.Event()

    def write() -> None:
        n = 800
        while not stop.is_set():
            node.state.write(lambda tx, n=n: add(tx, n, 5))  # type: ignore[misc]
            n += 5

    writer = threading.Thread(target=write)
    writer.start()
    sizes = []
    try:
        for number in range(4):
            state = node.state if in_process else None
            made = backup(home / "aa", tmp_path / f"{number}", state=state, now=now)
            sizes.append(made.log_size)
    finally:
        stop.set()
        writer.join()
    for number, size in enumerate(sizes):
        assert verify(tmp_path / f"{number}").log_size == size
        with closing(sqlite3.connect(tmp_path / f"{number}" / STATE)) as copy:
            count = copy.execute("select value from meta where key = 'count'").fetchone()
        assert count == (str(size),)
    assert sizes == sorted(sizes)
    assert sizes[-1] > 800


def test_a_target_that_is_there_is_left_alone(home: Path, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    with pytest.raises(NodeThere):
        backup(home / "aa", tmp_path / "there", now=now)
    assert list((tmp_path / "there").iterdir()) == []
    with pytest.raises(NotFound):
        backup(home / "nobody", tmp_path / "new", now=now)
    assert not (tmp_path / "new").exists()


def test_a_damaged_state_makes_no_backup(home: Path, tmp_path: Path) -> None:
    path = home / "aa" / STATE
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("delete from log_run where first = 300")
        connection.commit()
    with pytest.raises(StoreDamaged, match="leaf 300 of the log is missing"):
        backup(home / "aa", tmp_path / "backup", now=now)
    content = bytearray(path.read_bytes())
    content[8192:12288] = bytes(4096)
    path.write_bytes(content)
    with pytest.raises(StoreDamaged):
        backup(home / "aa", tmp_path / "backup", now=now)
    assert list(tmp_path.iterdir()) == [home]


def test_a_newer_state_makes_no_backup(home: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(home / "aa" / STATE)) as connection:
        connection.execute("insert into migration values (99, 'x', 'x')")
        connection.commit()
    with pytest.raises(StoreTooNew):
        backup(home / "aa", tmp_path / "backup", now=now)
    assert list(tmp_path.iterdir()) == [home]


# Verify.


@pytest.fixture(scope="module")
def whole(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole") / "backup"
    backup(made / "aa", folder, now=now)
    return folder


def places(content: bytes) -> list[int]:
    """Every byte of a small file; of a large one the ends and a sample."""
    if len(content) < 1000:
        return list(range(len(content)))
    rng = random.Random(7)
    sample = [rng.randrange(len(content)) for _ in range(60)]
    return [0, 18, 24, 27, 92, len(content) - 1, *sample]


@pytest.mark.parametrize("name", [MANIFEST, STATE, VAULT])
def test_each_changed_byte_is_found(whole: Path, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "backup"
    shutil.copytree(whole, folder)
    path, content = folder / name, (whole / name).read_bytes()
    for place in places(content):
        changed = bytearray(content)
        changed[place] ^= 1
        path.write_bytes(changed)
        with pytest.raises(BackupUnusable):
            verify(folder)
    for other in (content[:-1], content + b" ", b""):
        path.write_bytes(other)
        with pytest.raises(BackupUnusable):
            verify(folder)
    path.unlink()
    with pytest.raises(BackupUnusable):
        verify(folder)
    path.write_bytes(content)
    verify(folder)


@pytest.mark.parametrize("name", [f"{STATE}-wal", f"{STATE}-journal", "notes.txt"])
def test_a_file_too_many_is_found(whole: Path, tmp_path: Path, name: str) -> None:
    """SQLite would take some of them for a part of the state."""
    shutil.copytree(whole, tmp_path / "backup")
    (tmp_path / "backup" / name).write_bytes(b"x")
    with pytest.raises(BackupUnusable, match=name):
        verify(tmp_path / "backup")


def test_a_manifest_made_anew_does_not_hide_a_changed_log(whole: Path, tmp_path: Path) -> None:
    folder = tmp_path / "backup"
    shutil.copytree(whole, folder)
    with closing(sqlite3.connect(folder / STATE)) as connection:
        connection.execute("update log_run set hashes = zeroblob(length(hashes)) where first = 0")
        connection.commit()
    stated = json.loads((whole / MANIFEST).read_bytes())
    files = [
        {"bytes": (folder / n).stat().st_size, "name": n, "sha256": backing.digest(folder / n)}
        for n in (STATE, VAULT)
    ]
    fields = {k: v for k, v in stated.items() if k != "digest"} | {"files": files}
    fields["digest"] = backing.digest_of(fields)
    (folder / MANIFEST).write_bytes(backing.canonical_bytes(fields))
    with pytest.raises(BackupUnusable, match="its log does not end as its leaves do"):
        verify(folder)


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{}", b"null", b"\xff", b'{"files":[{"name":"../../etc"}]}', b"[" * 70_000],
)
def test_what_is_no_manifest_is_said_so(tmp_path: Path, content: bytes) -> None:
    (tmp_path / MANIFEST).write_bytes(content)
    with pytest.raises(BackupUnusable, match="is not as it was written"):
        verify(tmp_path)
    with pytest.raises(BackupUnusable, match="it has no manifest"):
        verify(tmp_path / "nowhere")


# Restore.


def test_a_restored_node_is_the_one_that_was_backed_up(
    node: Node, home: Path, tmp_path: Path
) -> None:
    made = backup(home / "aa", tmp_path / "backup", state=node.state, now=now)
    key = node.state.read(lambda tx: current_key(tx, node).key.public)
    node.state.write(lambda tx: add(tx, 800, 5))
    passphrase = (home / "aa" / PASSPHRASE).read_text("ascii").strip()

    result = restore(tmp_path / "backup", tmp_path / "new", "aa", now=lambda: NOW + 5)
    assert result.backup == made
    assert (result.folder, result.at) == (tmp_path / "new" / "aa", NOW + 5)
    assert sorted(path.name for path in result.folder.iterdir()) == [STATE, VAULT]
    assert result.folder.stat().st_mode & 0o777 == 0o700
    assert nodes_in(tmp_path / "new") == ["aa"]
    again = open_node(tmp_path / "new", "aa", passphrase)
    assert value_of(again.state, "restored_at") == str(NOW + 5)
    assert value_of(again.state, "count") == "800"
    assert again.state.read(log.current).size == made.log_size
    assert again.state.read(lambda tx: current_key(tx, again).key.public) == key
    again.state.write(lambda tx: add(tx, 800, 5))
    again.state.close()
    assert verify(tmp_path / "backup") == made


def test_a_second_restore_is_refused(whole: Path, tmp_path: Path) -> None:
    restore(whole, tmp_path, "aa", now=now)
    content = (tmp_path / "aa" / STATE).read_bytes()
    with pytest.raises(NodeThere, match=STATE):
        restore(whole, tmp_path, "aa", now=lambda: NOW + 1)
    assert (tmp_path / "aa" / STATE).read_bytes() == content


@pytest.mark.parametrize("name", [STATE, f"{STATE}-wal", f"{STATE}-shm", f"{STATE}-journal", VAULT])
def test_parts_of_another_node_are_not_mixed_in(whole: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "aa").mkdir()
    (tmp_path / "aa" / name).write_bytes(b"of another")
    with pytest.raises(NodeThere) as caught:
        restore(whole, tmp_path, "aa", now=now)
    assert isinstance(caught.value, StoreError)
    assert [path.name for path in (tmp_path / "aa").iterdir()] == [name]
    assert (tmp_path / "aa" / name).read_bytes() == b"of another"


def test_a_passphrase_may_wait_in_the_folder(whole: Path, made: Path, tmp_path: Path) -> None:
    (tmp_path / "aa").mkdir()
    shutil.copyfile(made / "aa" / PASSPHRASE, tmp_path / "aa" / PASSPHRASE)
    restore(whole, tmp_path, "aa", now=now)
    opened(tmp_path).state.close()


def test_a_damaged_backup_restores_nothing(whole: Path, tmp_path: Path) -> None:
    shutil.copytree(whole, tmp_path / "backup")
    with (tmp_path / "backup" / STATE).open("r+b") as file:
        file.seek(5000)
        file.write(b"\xff")
    with pytest.raises(BackupUnusable):
        restore(tmp_path / "backup", tmp_path / "new", "aa", now=now)
    assert not (tmp_path / "new").exists()
    with pytest.raises(BackupUnusable, match="it is of the node aa"):
        restore(whole, tmp_path / "new", "bb", now=now)
    assert not (tmp_path / "new").exists()


INTERRUPTED = """
import os, resource, signal, sys
from pathlib import Path
from silkport.kernel.errors import StoreFull
from silkport.node.state import backing
what, folder, home, bytes_ = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])
if bytes_:
    resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_, bytes_))
else:
    def die(*_):
        os.kill(os.getpid(), signal.SIGKILL)
    backing.os.link = die
    backing.write_whole = die
    if what == "restore":
        backing.write_whole = lambda path, content: path.write_bytes(content)
try:
    if what == "backup":
        backing.backup(home / "aa", folder)
    else:
        backing.restore(folder, home, "aa")
except StoreFull as error:
    print(error)
"""


@pytest.mark.parametrize("bytes_", [1_000, 60_000, 0])
def test_a_backup_that_is_cut_short_is_none(
    root: Path, home: Path, tmp_path: Path, bytes_: int
) -> None:
    """On a full disk nothing is left; after a kill nothing that is called as the backup."""
    target = tmp_path / "backups" / "monday"
    running = process(root, INTERRUPTED, "backup", target, home, bytes_)
    if bytes_:
        assert "SP-4103" in finished(running)
        assert list(target.parent.iterdir()) == []
    else:
        assert running.wait(timeout=60) == -9
        running.communicate()
        assert not target.exists()
    backup(home / "aa", target, now=now)
    verify(target)


@pytest.mark.parametrize("bytes_", [100, 60_000, 0])
def test_a_restore_that_is_cut_short_makes_no_node(
    root: Path, whole: Path, tmp_path: Path, bytes_: int
) -> None:
    running = process(root, INTERRUPTED, "restore", whole, tmp_path, bytes_)
    if bytes_:
        assert "SP-4103" in finished(running)
        assert list((tmp_path / "aa").iterdir()) == []
    else:
        assert running.wait(timeout=60) == -9
        running.communicate()
        assert (tmp_path / "aa" / VAULT).exists()
    assert nodes_in(tmp_path) == []
    restore(whole, tmp_path, "aa", now=now)
    assert sorted(path.name for path in (tmp_path / "aa").iterdir()) == [STATE, VAULT]


def test_who_is_quicker_keeps_the_node(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = os.link

    def second(new: Path, target: Path) -> None:
        monkeypatch.setattr(backing.os, "link", link)
        restore(whole, tmp_path, "aa", now=lambda: NOW + 1)
        link(new, target)

    monkeypatch.setattr(backing.os, "link", second)
    with pytest.raises(NodeThere):
        restore(whole, tmp_path, "aa", now=now)
    assert sorted(path.name for path in (tmp_path / "aa").iterdir()) == [STATE, VAULT]
    with closing(sqlite3.connect(tmp_path / "aa" / STATE)) as connection:
        row = connection.execute("select value from meta where key = 'restored_at'").fetchone()
    assert row == (str(NOW + 1),)


def test_the_digest_tells_backups_apart(whole: Path, made: Path, tmp_path: Path) -> None:
    other: Backup = backup(made / "aa", tmp_path / "other", now=lambda: NOW + 1)
    assert other.digest != verify(whole).digest
