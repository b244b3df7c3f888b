"""Backups: made while others write, and verified to the byte."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from silkport.kernel.canonical import canonical_bytes
from silkport.kernel.canonical import digest as digest_of
from silkport.kernel.errors import (
    BackupUnusable,
    NodeThere,
    NotFound,
    StoreDamaged,
    StoreTooNew,
)
from silkport.node.home import (
    PASSPHRASE,
    STATE,
    VAULT,
)
from silkport.node.sovereign import Node
from silkport.node.state.backing import MANIFEST, backup, verify
from silkport.node.state.migrating import migrations
from silkport.node.store.disk import digest
from silkport.node.transparency import log
from tests.node.backed import NOW, a_home, add, now, opened


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_home(tmp_path_factory.mktemp("made"))


@pytest.fixture
def home(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture
def node(home: Path) -> Iterator[Node]:
    node = opened(home)
    yield node
    node.state.close()


def test_a_backup_says_what_it_holds(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "backups" / "monday"
    made = backup(home / "aa", folder, now=now)
    assert verify(folder) == made
    assert (made.node, made.administration, made.at) == ("aa", "zz", NOW)
    assert (made.migration, made.log_size) == (len(migrations()), 800)
    assert sorted(path.name for path in folder.iterdir()) == [MANIFEST, STATE, VAULT]
    assert [path.name for path in folder.parent.iterdir()] == ["monday"]
    node = opened(home)
    assert node.state.read(log.current).root.hex() == made.log_root
    node.state.close()
    assert json.loads((folder / MANIFEST).read_bytes())["digest"] == made.digest
    assert backup(home / "aa", tmp_path / "later", now=lambda: NOW + 1).digest != made.digest
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
            wanted = 800 + 10 * number
            while node.state.read(log.current).size < wanted:
                time.sleep(0.001)
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
    assert sizes[-1] >= 830


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


def state_it_anew(folder: Path, **changed: object) -> None:
    """A manifest that fits the files as they are now, but for what is changed."""
    stated = json.loads((folder / MANIFEST).read_bytes())
    files = [
        {"bytes": (folder / n).stat().st_size, "name": n, "sha256": digest(folder / n)}
        for n in (STATE, VAULT)
    ]
    fields = {k: v for k, v in stated.items() if k != "digest"} | {"files": files} | changed
    fields["digest"] = digest_of(fields)
    (folder / MANIFEST).write_bytes(canonical_bytes(fields))


def test_a_manifest_made_anew_does_not_hide_a_changed_log(whole: Path, tmp_path: Path) -> None:
    folder = tmp_path / "backup"
    shutil.copytree(whole, folder)
    with closing(sqlite3.connect(folder / STATE)) as connection:
        connection.execute("update log_run set hashes = zeroblob(length(hashes)) where first = 0")
        connection.commit()
    state_it_anew(folder)
    with pytest.raises(BackupUnusable, match="its log does not end as its leaves do"):
        verify(folder)


@pytest.mark.parametrize(
    "changed",
    [
        {"node": "bb"},
        {"administration": "aa"},
        {"migration": 1},
        {"log": {"root": "00" * 32, "size": 800}},
    ],
    ids=lambda one: next(iter(one)),
)
def test_a_manifest_of_another_state_is_seen(
    whole: Path, tmp_path: Path, changed: dict[str, object]
) -> None:
    folder = tmp_path / "backup"
    shutil.copytree(whole, folder)
    state_it_anew(folder)
    verify(folder)
    state_it_anew(folder, **changed)
    with pytest.raises(BackupUnusable, match="says something else"):
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
