"""What is measured of China's messages: reading, the whole way, receipts, memory."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl
import xmlschema
from lxml import etree

from measuring import Row, cpu_seconds, peak_of
from silkport.formats import intake
from silkport.formats.ceb.answering import nothing
from silkport.formats.ceb.writing import Sender, write_messages
from silkport.node.clearing.clear import clear_inputs
from silkport.sim.sample import write_sample

DAY = date(2026, 9, 16)
NOBODY = Sender("", "", "")
FEW = 3
"""Turns of what takes long; the figure is their median."""

RECEIPTS = 100
"""Receipts of one message, as many as it may hold."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How many parcels, how many receipt files, and parcels of the folders for the memory."""

    parcels: int
    files: int
    memory: tuple[int, ...]
    seed: int = 7


@dataclass(slots=True)
class Bench:
    """A sample of messages in a folder, made once."""

    scale: Scale
    folder: Path
    schemas: Path | None
    _day: Path | None = None

    @property
    def day(self) -> Path:
        """Messages of import: orders, payments, waybills, inventories, lists of bags."""
        if self._day is None:
            whole = self.folder / "day"
            write_sample(whole, parcels=self.scale.parcels, seed=self.scale.seed, suffix="ceb")
            self._day = whole / "import"
        return self._day

    @property
    def messages(self) -> list[Path]:
        """Every message of the day."""
        return sorted(self.day.rglob("*.xml"))


def _read(folder: Path) -> dict[str, int]:
    counts: dict[str, int] = {}
    for chunk in intake.read([folder]):
        for name, rows in chunk.tables.items():
            counts[name] = counts.get(name, 0) + rows.height
    return counts


def reading(bench: Bench) -> Iterator[Row]:
    """Reading and checking, beside lxml alone and two validators."""
    inventories = _read(bench.day)["inventory"]
    documents = [path.read_bytes() for path in bench.messages]
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True)
    own = cpu_seconds(lambda: _read(bench.day), FEW)
    alone = cpu_seconds(lambda: [etree.fromstring(one, parser) for one in documents], FEW)
    part, unit = "1 read", "inventories/s/core"
    note = "with its order, payment and waybill; structure, texts, signature, tables"
    yield Row(part, "read and checked", inventories / own, unit, note=note)
    yield Row(part, "lxml, parse alone", inventories / alone, unit, note="the same bytes")
    yield Row(part, "read and checked, by lxml alone", own / alone, "x")
    megabytes = sum(map(len, documents)) / 1e6
    yield Row(part, "read and checked, bytes", megabytes / own, "MB/s/core")
    if bench.schemas is None:
        return
    schema = etree.XMLSchema(etree.parse(bench.schemas / "import.xsd"))
    roots = [etree.fromstring(one, parser) for one in documents]
    official = cpu_seconds(lambda: [schema.validate(root) for root in roots], FEW)
    note = "parse and validate by the official schema, nothing taken out"
    yield Row(part, "lxml, parse and schema", inventories / (alone + official), unit, note=note)
    yield from _xmlschema(bench, documents)


def _xmlschema(bench: Bench, documents: list[bytes]) -> Iterator[Row]:
    """The validator in Python, on the smallest message of inventories: it takes long."""
    assert bench.schemas is not None
    validator = xmlschema.XMLSchema(str(bench.schemas / "import.xsd"))
    some = min((one for one in documents if b"CEB621Message" in one[:500]), key=len)
    count = len(etree.fromstring(some).findall("{*}Inventory"))
    seconds = cpu_seconds(lambda: list(validator.iter_errors(etree.fromstring(some))), FEW)
    note = f"inventories alone, one message of {count}"
    yield Row("1 read", "xmlschema", count / seconds, "inventories/s/core", note=note)


def whole(bench: Bench) -> Iterator[Row]:
    """From messages to decisions kept and receipts written."""
    counts = _read(bench.day)
    summaries = []

    def run(folders: list[Path], home: Path) -> None:
        out = home / "out"
        summaries.append(
            clear_inputs(
                folders,
                home=home,
                administration="cn",
                day=DAY,
                out=out,
                progress=lambda *_: None,
            )
        )

    def all_at_once() -> None:
        with tempfile.TemporaryDirectory(dir=bench.folder) as home:
            run([bench.day], Path(home))

    seconds = cpu_seconds(all_at_once, FEW)
    answered = sum(summaries[-1].receipts_written.values())
    part, unit = "2 whole", "inventories/s/core"
    note = f"each with order, payment, waybill; {answered:,} receipts written"
    speed = counts["inventory"] / seconds
    yield Row(part, "read, checked, matched, decided, answered", speed, unit, 5_000, note=note)
    documents = sum(counts.get(name, 0) for name in ("inventory", "order", "payment", "waybill"))
    yield Row(part, "the same, documents", documents / seconds, "documents/s/core")
    first, then = _in_two(bench)
    home = bench.folder / "home"
    run([first], home)
    before = shutil.copytree(home, bench.folder / "before")

    def inventories_alone() -> None:
        shutil.rmtree(home)
        shutil.copytree(before, home)
        run([then], home)

    copying = cpu_seconds(lambda: shutil.copytree(before, home, dirs_exist_ok=True), FEW)
    seconds = cpu_seconds(inventories_alone, FEW) - copying
    note = "orders, payments and waybills were received in a run before"
    yield Row(part, "inventories alone", counts["inventory"] / seconds, unit, 5_000, note=note)


def _in_two(bench: Bench) -> tuple[Path, Path]:
    """Orders, payments and waybills in one folder, inventories and lists of bags in another."""
    first, then = bench.folder / "first", bench.folder / "then"
    for path in bench.messages:
        folder = then if path.name[:6] in {"CEB621", "CEB711"} else first
        folder.mkdir(exist_ok=True)
        shutil.copy(path, folder / f"{path.parent.name}-{path.name}")
    return first, then


def receipts(bench: Bench) -> Iterator[Row]:
    """Receipt files of a hundred receipts each, written to disk."""
    count = bench.scale.files * RECEIPTS
    said = {
        "message": "CEB622",
        "customs_code": "2928",
        "agent_code": "330198A102",
        "return_status": "800",
        "return_time": "20260916103000123",
        "return_info": "[Code:2600;Desc:放行]",
    }
    numbers = pl.int_range(count, eager=True).cast(pl.String).str.zfill(12)
    rows = (
        numbers.to_frame("guid")
        .with_columns(
            *(pl.lit(value).alias(name) for name, value in said.items()),
            ("4CDE1CFD-EDED-46B1-946C-" + pl.col("guid")).alias("guid"),
            ("C" + numbers).alias("cop_no"),
            ("B20260916" + numbers.str.slice(3)).alias("pre_no"),
            ("29282026I" + numbers.str.slice(3)).alias("invt_no"),
            *(pl.lit("").alias(name) for name in _EMPTY if name not in said),
            pl.lit(-1, dtype=pl.Int64).alias("message_seq"),
        )
        .select(nothing().columns)
    )
    folder = bench.folder / "receipts"
    folder.mkdir(exist_ok=True)

    def write() -> None:
        for one in write_messages({"receipt": rows}, sender=NOBODY):
            (folder / one.source).write_bytes(one.data)

    seconds = cpu_seconds(write)
    note = f"{RECEIPTS} receipts a file"
    yield Row("3 receipts", "files", bench.scale.files / seconds, "files/s/core", 100, note=note)
    yield Row("3 receipts", "receipts", count / seconds, "receipts/s/core")


_EMPTY = tuple(
    name
    for name, kind in nothing().schema.items()
    if kind == pl.String and name not in {"guid", "cop_no", "pre_no", "invt_no"}
)


def memory(bench: Bench) -> Iterator[Row]:
    """Peak memory of the command over folders that grow tenfold."""
    peaks = []
    for parcels in bench.scale.memory:
        day, home = bench.folder / f"day-{parcels}", bench.folder / f"home-{parcels}"
        write_sample(day, parcels=parcels, seed=bench.scale.seed, suffix="ceb")
        size = sum(path.stat().st_size for path in day.rglob("*.xml")) / 1e6
        command = ["-m", "silkport.cli.main", "clear", day, "--as", "cn", "--day", f"{DAY}"]
        peak, seconds = peak_of([sys.executable, *command, "--home", home, "--out", home / "out"])
        peaks.append(peak)
        note = f"{parcels:,} parcels both ways, {seconds:.0f} s CPU, {parcels / seconds:,.0f}/s"
        yield Row("4 memory", f"a folder of {size:,.0f} MB", peak, "MB", note=note)
        shutil.rmtree(day)
        shutil.rmtree(home)
    yield Row(
        "4 memory", "largest by the one before", peaks[-1] / peaks[-2], "x", 1.3, at_most=True
    )
