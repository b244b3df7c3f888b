"""Rows on scale: peak memory of the command on two sizes of input, one worker against two."""

from __future__ import annotations

import multiprocessing
import shutil
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from statistics import median

import polars as pl

from measuring import TIMES, Row, Sizes, peak_of
from samples import DAY, cleared_tables, multiplied, sample_tables, write_days
from silkport.sim.sample import write_sample

SHARDS = 4
MEGABYTE = 1_000_000
MOST_MEGABYTES = 1_500


def memory(sizes: Sizes, folder: Path) -> Iterator[Row]:
    """Peak memory of `silkport clear` as a process of its own; the store stated apart."""
    peaks = []
    for parcels in sizes.memory:
        out = folder / f"days-{parcels}"
        day = write_days(
            folder / "base", out, drawn=sizes.memory[0], parcels=parcels, seed=sizes.seed
        )
        home, cleared = folder / f"home-{parcels}", folder / f"cleared-{parcels}"
        command = [Path(sys.executable).with_name("silkport"), "clear", day, "--as", "cn"]
        options = ["--day", f"{DAY}", "--home", home, "--out", cleared]
        peak, seconds = peak_of([*command, *options])
        peaks.append(peak)
        note = f"{_store(home / 'cn')}; {seconds:.0f} s CPU, threads as installed"
        most = MOST_MEGABYTES if parcels == sizes.memory[-1] else None
        yield Row("6 memory", f"peak, {parcels:,} parcels", peak, "MB", most, True, note=note)
        for path in (home, cleared, out):
            shutil.rmtree(path, ignore_errors=True)
    small, large = sizes.memory
    what = f"peak of {large:,} / {small:,} parcels"
    yield Row("6 memory", what, peaks[1] / peaks[0], "x", 1.3, True)


def _store(home: Path) -> str:
    index = sum(path.stat().st_size for path in home.glob("index.sqlite3*"))
    segments = [path.stat().st_size for path in (home / "segments").iterdir()]
    kept = f"{len(segments)} segments {sum(segments) / MEGABYTE:,.0f} MB"
    return f"on disk: index {index / MEGABYTE:.1f} MB, {kept}"


def clear_shard(folder: Path) -> int:
    """The journey over one shard in files; how many parcels it decided."""
    tables = {path.stem: pl.read_ipc(path) for path in folder.glob("*.arrow")}
    return cleared_tables(tables, "cn").decisions.height


def pool(sizes: Sizes, folder: Path) -> Iterator[Row]:
    """The pure journey over shards in files, by one worker process and by two."""
    day = folder / "shard-day"
    write_sample(day, parcels=sizes.shard_parcels, seed=sizes.seed)
    drawn = sample_tables(day)
    shards = [folder / f"shard-{turn}" for turn in range(SHARDS)]
    for turn, shard in enumerate(shards):
        shard.mkdir()
        for name, rows in multiplied(drawn, turn + 1).items():
            rows.tail(drawn[name].height).write_ipc(shard / f"{name}.arrow")
    speeds = []
    for workers in (1, 2):
        speed = _speed(shards, workers)
        speeds.append(speed)
        note = f"{SHARDS} shards of {sizes.shard_parcels:,} parcels, by the clock"
        what = f"journey, {workers} worker{'s' if workers > 1 else ''}"
        yield Row("7 pool", what, speed / 1e6, "M parcels/s", note=note)
    yield Row("7 pool", "2 workers / 1 worker", speeds[1] / speeds[0], "x")


def _speed(shards: list[Path], workers: int) -> float:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as executor:
        list(executor.map(clear_shard, shards))
        seconds, decided = [], 0
        for _ in range(TIMES):
            before = time.perf_counter()
            decided = sum(executor.map(clear_shard, shards))
            seconds.append(time.perf_counter() - before)
    return decided / median(seconds)
