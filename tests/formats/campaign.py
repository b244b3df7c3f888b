"""A campaign of damaged messages: read, decided, answered; never a crash, never silence.

    python -m tests.formats.campaign --cases 1000000 --seed 1 [--samples FOLDER]

Mutants of messages of every kind and of the official samples, some with their bytes damaged as
well, go through the whole use case in folders of two thousand. Each must end as documents or be
set aside with a reason, and every answer must itself be a valid message. A failing seed is printed
with its folder kept.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import polars as pl
from lxml import etree

from silkport.formats import intake
from silkport.formats.ceb.catalogue import SHAPES
from silkport.formats.ceb.validity import structural_faults
from silkport.node.clearing.clear import clear_inputs
from tests.formats.ceb_mutations import Node, cases, parsed
from tests.formats.test_fuzz import damaged

FOLDER = 2_000
"""Messages that are cleared together."""

BYTES = 0.3
"""Share of messages whose bytes are damaged after whatever was done to their elements."""

DAY = date(2026, 9, 16)


def write_mutants(folder: Path, *, seed: int, count: int, samples: Sequence[Node]) -> None:
    """Messages number by number, each in a file of its own."""
    rng = random.Random(seed)
    for number, case in enumerate(cases(seed, count, samples)):
        data = etree.tostring(case.root, encoding="utf-8", xml_declaration=True)
        if rng.random() < BYTES:
            data = damaged(data, rng)
        (folder / f"{number:05d}.xml").write_bytes(data or b" ")


def told(folder: Path) -> Counter[str]:
    """What reading makes of every file: documents, or a code; AssertionError names a silent one."""
    ends: dict[str, str] = {}
    for chunk in intake.read([folder]):
        for rows in chunk.tables.values():
            if "source" in rows.columns:
                ends |= dict.fromkeys(rows["source"].to_list(), "documents")
        for aside in chunk.set_aside:
            ends.setdefault(aside.source, aside.code)
    silent = [path.name for path in folder.iterdir() if path.as_posix() not in ends]
    assert not silent, f"nothing is said of {silent[:5]}"
    return Counter(ends.values())


def cleared(folder: Path, home: Path) -> None:
    """Decides the folder twice; every answer is a valid message and nothing is decided anew."""
    summaries = [
        clear_inputs(
            [folder],
            home=home,
            administration="cn",
            day=DAY,
            out=home / "out",
            progress=lambda *_: None,
        )
        for _ in range(2)
    ]
    answers = sorted((home / "out" / "receipts").rglob("*.xml"))
    for path in answers:
        faults = structural_faults(parsed(path.read_bytes()), SHAPES[path.name[:6]])
        assert not faults, (path, faults)
    again = [one for chunk in intake.read(answers) for one in chunk.set_aside]
    assert not again, again[:3]
    decisions = pl.read_parquet(home / "out" / "decisions.parquet")
    assert decisions["parcel_id"].is_unique().all()
    assert summaries[0].parcels == summaries[1].parcels == decisions.height


def run(seed: int, count: int, samples: Sequence[Node]) -> Counter[str]:
    """One folder of mutants from beginning to end; keeps it where something is wrong."""
    place = Path(tempfile.mkdtemp(prefix=f"silkport-fuzz-{seed}-"))
    folder = place / "messages"
    folder.mkdir()
    write_mutants(folder, seed=seed, count=count, samples=samples)
    ends = told(folder)
    cleared(folder, place / "home")
    shutil.rmtree(place)
    return ends


def sample_roots(folder: Path) -> list[Node]:
    """The official samples."""
    return [parsed(path.read_bytes()) for path in sorted(folder.rglob("CEB*Message.xml"))]


def main() -> None:
    """Runs seeds until so many cases are through; ends at the first failure."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    shared = Path(__file__).resolve().parents[3] / "shared/data/ceb-messages/202205"
    parser.add_argument("--samples", type=Path, default=shared)
    chosen = parser.parse_args()
    samples = sample_roots(chosen.samples)
    ends: Counter[str] = Counter()
    begun = time.monotonic()
    for turn in range(-(-chosen.cases // FOLDER)):
        ends += run(chosen.seed + turn, FOLDER, samples)
        seconds = time.monotonic() - begun
        print(f"\r{ends.total():,} messages, {seconds:,.0f} s", end="", file=sys.stderr, flush=True)
    print(f"\n{ends.total():,} messages: {dict(ends.most_common())}")


if __name__ == "__main__":
    main()
