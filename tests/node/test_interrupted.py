"""A kill or a full disk in the middle: nothing half-kept; the same command again completes."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest

from silkport.model.outcomes import OUTCOME_TABLES
from silkport.node.clearing import arrival
from silkport.node.store.segments import Store
from tests.node.days import DAY, a_home, clear, sample_day

PARCELS, SEED = 600, 5
BATCH = 60
ROUNDS = 4

COMMAND = """
import resource, signal, sys
from silkport.node.clearing import arrival
from silkport.node.store import segments as store
from silkport.cli import clear
from silkport.cli.main import main
batch, file_bytes, die_at = (int(one) for one in sys.argv[1:4])
arrival.BATCH_PARCELS = batch
if file_bytes >= 0:
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))
if die_at:
    import os
    steps = 0
    def step(*_):
        global steps
        steps += 1
        if steps == die_at:
            os.kill(os.getpid(), signal.SIGKILL)
    begin = store.Store.commit
    def commit(self, run, tables):
        self._index.set_trace_callback(step)
        begin(self, run, tables)
    store.Store.commit = commit
sys.argv = ["silkport", *sys.argv[4:]]
print("ready", flush=True)
main()
"""


def command(
    root: Path, *arguments: object, file_bytes: int = -1, die_at: int = 0, batch: int = BATCH
) -> subprocess.Popen[str]:
    """The real command in a process of its own.

    Args:
        file_bytes: no file may grow beyond it, as on a disk that is full; -1 is no limit.
        die_at: the process kills itself at this SQL statement of its commits; 0 is never.
    """
    return subprocess.Popen(
        [sys.executable, "-c", COMMAND, *map(str, (batch, file_bytes, die_at, *arguments))],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(root / "src"), "POLARS_MAX_THREADS": "2"},
    )


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sample_day(tmp_path_factory.mktemp("day") / "day", parcels=PARCELS, seed=SEED)


@pytest.fixture(scope="module")
def undisturbed(day: Path) -> Path:
    """What one run that nothing disturbs decides."""
    out = day.parent / "undisturbed"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(arrival, "BATCH_PARCELS", BATCH)
        clear(day, home=a_home(day.parent / "home"), out=out)
    return out


def whole_batches(home: Path) -> int:
    """Opens the store after an interruption and checks that it has only whole batches.

    Returns: how many.
    """
    with Store(home / "cn") as store:
        assert list(store.verify()) == []
        rows = store._index.execute("select batch, kind, file, run from segments").fetchall()
        assert {path.name for path in store.segments.iterdir()} == {row[2] for row in rows}
        assert {row[3] for row in rows} == {
            row[0] for row in store._index.execute("select run from runs")
        }
        for batch in {row[0] for row in rows}:
            kept = {
                row[1]: pl.read_parquet(store.segments / row[2]) for row in rows if row[0] == batch
            }
            assert set(kept["inventory"]["order_no"]) == set(kept["decisions"]["order_no"])
            owed = kept["decisions"]["total_minor"].sum()
            assert owed == kept["tax_lines"]["amount_minor"].sum()
            assert set(kept["documents"]["doc"]) >= set(kept["inventory"]["doc"])
        return len({row[0] for row in rows})


def same_decisions(one: Path, other: Path) -> None:
    """Every column but those that say when and in which run."""
    for name, by in (
        ("decisions", ["parcel_id"]),
        ("findings", ["parcel_id", "line", "code", "facts"]),
        ("tax_lines", ["parcel_id", "line", "levy"]),
        ("quota", ["parcel_id", "kind"]),
    ):
        left, right = (pl.read_parquet(place / f"{name}.parquet") for place in (one, other))
        assert left.sort(by).equals(right.sort(by)), f"{name} differs"


def finish(running: subprocess.Popen[str]) -> tuple[int, str]:
    _, errors = running.communicate(timeout=60)
    return running.returncode, errors


def test_killed_at_random_points(root: Path, day: Path, undisturbed: Path, tmp_path: Path) -> None:
    """Killed and started again until it is through; what was kept only grows."""
    home = a_home(tmp_path / "home")
    arguments = (
        "clear",
        day,
        "--as",
        "cn",
        "--day",
        DAY,
        "--home",
        home,
        "--out",
        tmp_path / "out",
    )
    rng = random.Random(20260916)
    kept = 0
    for _ in range(ROUNDS):
        running = command(root, *arguments)
        assert running.stdout is not None
        assert running.stdout.readline() == "ready\n"
        time.sleep(rng.uniform(0.15, 1.2))
        running.kill()
        finish(running)
        now = whole_batches(home)
        assert now >= kept
        kept = now
    code, errors = finish(command(root, *arguments))
    assert (code, errors.strip()) == (0, "")
    same_decisions(tmp_path / "out", undisturbed)
    assert whole_batches(home) >= 3
    left = {path.name for path in (tmp_path / "out").iterdir() if path.suffix == ".parquet"}
    assert left == {f"{table.name}.parquet" for table in OUTCOME_TABLES}


@pytest.mark.parametrize("die_at", [1, 3, 5, 12])
def test_killed_within_a_commit(
    root: Path, day: Path, undisturbed: Path, tmp_path: Path, die_at: int
) -> None:
    """Before the transaction, between its statements, at its end and in the next one."""
    home = a_home(tmp_path / "home")
    arguments = ("clear", day, "--as", "cn", "--day", DAY, "--home", home)
    code, _ = finish(command(root, *arguments, die_at=die_at))
    assert code == -9
    segments = home / "cn" / "segments"
    assert any(segments.iterdir())  # files that nobody named, to be removed
    assert whole_batches(home) <= 1
    clear(day, home=home, out=tmp_path / "out")
    same_decisions(tmp_path / "out", undisturbed)


LIMITS = ((60, 100), (60, 60_000), (60, 120_000), (1_000, 120_000))
"""Parcels of a batch and bytes of a file: the index, its log or a segment does not fit."""


def test_a_disk_that_fills(root: Path, day: Path, undisturbed: Path, tmp_path: Path) -> None:
    """Whatever does not fit any more, it is said in one sentence and nothing is half-kept."""
    home = tmp_path / "home"
    arguments = (
        "clear",
        day,
        "--as",
        "cn",
        "--day",
        DAY,
        "--home",
        home,
        "--out",
        tmp_path / "out",
    )
    failed = 0
    for batch, limit in LIMITS:
        code, errors = finish(command(root, *arguments, file_bytes=limit, batch=batch))
        if code:
            failed += 1
            assert code == 1, errors
            assert "Traceback" not in errors
            assert "SP-4103" in errors
            assert "run the same command again" in " ".join(errors.split())
        assert not list((tmp_path / "out").glob(".parts*"))
        if (home / "cn" / "index.sqlite3").exists() and limit:
            whole_batches(home)
    assert failed >= 3
    (home / "cn" / "person.key").unlink(missing_ok=True)
    code, errors = finish(command(root, *arguments))
    assert (code, errors.strip()) == (0, "")
    rows = pl.read_parquet(tmp_path / "out" / "decisions.parquet")
    assert rows.height == PARCELS
    owed = ["parcel_id", "total_minor", "customs_value_minor", "match_mask"]
    assert (
        rows.select(owed)
        .sort("parcel_id")
        .equals(pl.read_parquet(undisturbed / "decisions.parquet").select(owed).sort("parcel_id"))
    )


def test_a_disk_that_fills_while_reading(root: Path, tmp_path: Path) -> None:
    """What is laid down between reading and deciding does not fit."""
    day = sample_day(tmp_path / "day", parcels=3_000)
    arguments = ("clear", day, "--as", "cn", "--day", DAY, "--home", tmp_path / "home")
    code, errors = finish(command(root, *arguments, file_bytes=80_000, batch=1_000))
    assert code == 1
    assert "staging" in "".join(errors.split())  # a long path is broken anywhere
    assert "SP-4103" in errors
    assert "Traceback" not in errors
    assert not (tmp_path / "home" / "cn" / "staging").exists()
    assert whole_batches(tmp_path / "home") == 0


def test_a_key_is_whole_or_not_there(root: Path, day: Path, tmp_path: Path) -> None:
    """A disk that fills while the key is made leaves none, so that the next run can make it."""
    arguments = ("clear", day, "--as", "cn", "--day", DAY, "--home", tmp_path / "home")
    for limit in (0, 16):
        code, _ = finish(command(root, *arguments, file_bytes=limit))
        assert code == 1
        assert not list((tmp_path / "home" / "cn").glob("person.key*"))


@pytest.mark.parametrize("out", ["/dev/full", "/dev/full/out", "/proc/out"])
def test_a_place_that_takes_nothing(day: Path, root: Path, tmp_path: Path, out: str) -> None:
    arguments = ("clear", day, "--as", "cn", "--day", DAY, "--home", tmp_path / "h", "--out", out)
    code, errors = finish(command(root, *arguments))
    assert code == 1
    assert "SP-4103" in errors
    assert out in errors
    assert "Traceback" not in errors
