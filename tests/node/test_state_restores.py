"""Restores: once, where no node is, whole or not at all; and backups that are cut short."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from silkport.kernel.errors import (
    BackupUnusable,
    NodeThere,
    StoreError,
)
from silkport.node.exchange.peers import current_key
from silkport.node.home import (
    PASSPHRASE,
    STATE,
    VAULT,
    nodes_in,
    open_node,
)
from silkport.node.sovereign import Node
from silkport.node.state.backing import backup, restore, verify
from silkport.node.transparency import log
from tests.node.backed import NOW, a_home, add, now, opened
from tests.node.states import finished, process, value_of


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


@pytest.fixture(scope="module")
def whole(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole") / "backup"
    backup(made / "aa", folder, now=now)
    return folder


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
        monkeypatch.setattr(os, "link", link)
        restore(whole, tmp_path, "aa", now=lambda: NOW + 1)
        link(new, target)

    monkeypatch.setattr(os, "link", second)
    with pytest.raises(NodeThere):
        restore(whole, tmp_path, "aa", now=now)
    assert sorted(path.name for path in (tmp_path / "aa").iterdir()) == [STATE, VAULT]
    with closing(sqlite3.connect(tmp_path / "aa" / STATE)) as connection:
        row = connection.execute("select value from meta where key = 'restored_at'").fetchone()
    assert row == (str(NOW + 1),)
