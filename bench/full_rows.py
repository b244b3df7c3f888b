"""Rows of the full rule set: sheets alone, the journey, file to file, latency, the manifest."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path

import msgspec
import polars as pl

from measuring import Row, Sizes, compared, cpu_seconds, latencies
from samples import (
    DAY,
    NO_BALANCES,
    Nested,
    batch_of,
    cleared_tables,
    import_cells,
    multiplied,
    nested,
    persons_of,
    sample_tables,
)
from silkport import journey
from silkport.engine.single import Parcel, SingleClearing
from silkport.kernel.periods import day_number
from silkport.law.book import Book
from silkport.law.sheet import Sheet
from silkport.node.clearing.arrival import PROBLEM_SCHEMA
from silkport.node.clearing.clear import clear_inputs
from silkport.node.law.books import country_code, law_book
from silkport.passage import parcels as passage
from silkport.sim.sample import write_sample
from silkport.stages import match

SIDES = ("cn", "kz")


class Full:
    """A sample day and its tables, made when first needed."""

    def __init__(self, sizes: Sizes, folder: Path) -> None:
        self.sizes = sizes
        self.folder = folder

    @cached_property
    def day(self) -> Path:
        """The folder of the sample day."""
        out = self.folder / "day"
        write_sample(out, parcels=self.sizes.parcels, seed=self.sizes.seed)
        return out

    @cached_property
    def tables(self) -> dict[str, pl.DataFrame]:
        """The sample day as numbered tables."""
        return sample_tables(self.day)


def rule_set(full: Full) -> Iterator[Row]:
    """Every sheet over the rows the journey made for it, then the whole journey."""
    for country in SIDES:
        book = law_book(country)
        cleared = cleared_tables(full.tables, country)
        imported = pl.col("cell").is_in(import_cells(book))
        parcels, lines = cleared.parcels.filter(imported), cleared.lines.filter(imported)
        work = [(sheet, _rows_for(sheet, parcels, lines)) for sheet in journey.SHEETS]
        seconds = cpu_seconds(lambda work=work, book=book: _run_all(book, work))
        count = sum(len(s.rules) + len(s.computations) for s in journey.SHEETS)
        yield Row(
            "2 full",
            f"{country}: all sheets, imports",
            parcels.height / seconds / 1e6,
            "M parcels/s/core",
            0.3,
            note=f"{parcels.height:,} parcels, {lines.height:,} lines, {count} rules known",
        )
        yield _whole_journey(full, country, book)


def _rows_for(sheet: Sheet, parcels: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    if sheet is match.lines:
        return match.only_ordered(lines)
    return parcels if sheet.shape.name == "parcel" else lines


def _run_all(book: Book, work: list[tuple[Sheet, pl.DataFrame]]) -> None:
    for sheet, rows in work:
        book.run(sheet, rows)


def _whole_journey(full: Full, country: str, book: Book) -> Row:
    batch = batch_of(full.tables, country)
    opened = passage.open_batch(batch, book)
    persons, balances = persons_of(opened), pl.DataFrame(schema=NO_BALANCES)
    seconds = cpu_seconds(lambda: passage.clear(batch, book, opened, persons, balances))
    return Row(
        "2 full",
        f"{country}: passage.clear, both directions",
        opened.parcels.height / seconds / 1e6,
        "M parcels/s/core",
        note="with joins, sums, findings, decisions; declare apart",
    )


def file_to_file(full: Full) -> Iterator[Row]:
    """`clear_inputs` from a folder to a folder, against reading and writing the same tables."""
    home, out = full.folder / "home", full.folder / "out"

    def cleared() -> None:
        shutil.rmtree(home, ignore_errors=True)
        clear_inputs(
            [full.day],
            home=home,
            administration="cn",
            day=DAY,
            out=out,
            progress=lambda *_: None,
        )

    cleared()
    inputs = sorted(full.day.glob("*.parquet"))
    outcomes = {path.name: pl.read_parquet(path) for path in sorted(out.glob("*.parquet"))}
    copies = full.folder / "copies"
    copies.mkdir()

    def alone() -> None:
        for path in inputs:
            pl.read_parquet(path).write_parquet(copies / path.name)
        for name, rows in outcomes.items():
            rows.write_parquet(copies / name)

    whole, files = compared(cleared, alone)
    speed = full.sizes.parcels / whole / 1e6
    note = f"{speed:.3f} M parcels/s/core; store kept and synced, all tables written"
    yield Row(
        "3 files", "full: file to file / read + write", whole / files, "x", 8, True, note=note
    )


def single(full: Full) -> Iterator[Row]:
    """One parcel from decoded JSON to its decision, by every rule of the journey."""
    day = day_number(DAY)
    texts = [msgspec.json.encode(one) for one in nested(full.tables, 2_000)]
    for country in SIDES:
        clearing = SingleClearing(law_book(country), country_code(country))
        decide = _decider(clearing, [msgspec.json.decode(text) for text in texts], day)
        latencies(decide, len(texts))
        p50, p99 = latencies(decide, full.sizes.calls)
        note = "decoded JSON to decision"
        yield Row("4 single", f"full, {country}: p50", p50, "µs", 200, at_most=True, note=note)
        yield Row("4 single", f"full, {country}: p99", p99, "µs")


def _decider(clearing: SingleClearing, parcels: list[Nested], day: int) -> Callable[[int], object]:
    many = len(parcels)

    def decide(turn: int) -> object:
        return clearing.clear(Parcel(**parcels[turn % many]), processing_day=day)

    return decide


def manifest(full: Full) -> Iterator[Row]:
    """A large manifest matched: documents and lines joined, both match sheets run."""
    book = law_book("cn")
    tables = multiplied(full.tables, -(-full.sizes.manifest // full.sizes.parcels))
    opened = passage.open_batch(batch_of(tables, "cn"), book)
    problems = pl.DataFrame(schema=PROBLEM_SCHEMA)
    parcels, lines, _ = passage._check(opened, opened.parcels, problems, book)
    seconds = cpu_seconds(lambda: passage._match(opened, parcels, lines, book))
    note = f"{parcels.height:,} parcels, {lines.height:,} lines, with their documents"
    yield Row("5 match", "manifest matched", seconds, "s CPU", 5, at_most=True, note=note)
