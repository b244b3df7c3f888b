"""How fast one house of commercial goods is decided, one at a time and by the tables.

    .venv/bin/python bench/house.py            the figures; written to bench/results as well
    .venv/bin/python bench/house.py --quick    a tenth of the calls, to see that everything runs

The same houses for both, of 1, 3, 10 and 100 lines, made of the lines of the sample day; both in
turn, so that load falls on both alike. By the clock, from decoded cells to decision, findings,
payments and assessed lines. Exits 1 when the two differ in any of them, whatever the speed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Container, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import polars as pl
from rich.console import Console

from measuring import TIMES, Row, latencies, machine
from showing import PIPED_WIDTH, RESULTS, figure, markdown, one_thread, table
from silkport.engine.house import ClearedHouse, SingleHouse
from silkport.formats import intake
from silkport.kernel.periods import day_number
from silkport.law.book import Book
from silkport.model.declarations import DECLARATION, GOODS
from silkport.model.outcomes import DECISION, TAX_LINE
from silkport.node.clearing.arrival import PROBLEM_SCHEMA
from silkport.node.law.books import country_code, law_book
from silkport.node.store.segments import outcome_schema
from silkport.passage.goods import Batch, Cleared, clear
from silkport.sim.consignments import GOODS_DAY, write_goods_sample
from silkport.stages.declare import schema_of

Cells = dict[str, Any]

LINES = (1, 3, 10, 100)
CALLS, TABLE_CALLS = 400, 12
"""Calls of a turn, one house at a time (of a hundred lines a fourth) and by the tables."""

QUICK = 10
SEED = 7
TODAY = day_number(GOODS_DAY)
IMPORTS = {"zz": "40", "kz": "40", "cn": "0110"}
"""Procedure of an import, by administration."""

AIM_OF_THREE, AIM_OF_LINE = 1_000, 150
"""Microseconds of a house of three lines, and of each further line."""


@dataclass(frozen=True, slots=True)
class House:
    """One declaration with its lines, as the engine and as the passage take it."""

    head: Cells
    goods: list[Cells]

    def batch(self, administration: str) -> Batch:
        """A batch of this house alone, of a node that knows nothing yet."""
        about = {"doc": 1, "received_day": TODAY}
        heads = pl.DataFrame([self.head | about], schema_of(DECLARATION))
        goods = pl.DataFrame([line | about for line in self.goods], schema_of(GOODS))
        return Batch(
            administration=administration,
            country=country_code(administration),
            processing_day=TODAY,
            draw_seed=SEED,
            incoming={DECLARATION.name: heads, GOODS.name: goods},
            known={},
            decisions=pl.DataFrame(schema=outcome_schema(DECISION)),
            tax_lines=pl.DataFrame(schema=outcome_schema(TAX_LINE)),
            problems=pl.DataFrame(schema=PROBLEM_SCHEMA),
        )


def houses(administration: str, folder: Path, planted: Container[str]) -> Iterator[House]:
    """Imports of so many lines of the sample day; what they add up to follows.

    Lines of houses in which nothing is planted; freight is nothing, as it was for other goods.
    """
    tables: dict[str, list[Cells]] = {}
    for chunk in intake.read([folder]):
        for name, rows in chunk.tables.items():
            tables.setdefault(name, []).extend(rows.drop("source", "position").to_dicts())
    country = country_code(administration)
    heads = {
        head["declaration_no"]: head
        for head in tables[DECLARATION.name]
        if (head["procedure"], head["destination_country"]) == (IMPORTS[administration], country)
        and head["declaration_no"] not in planted
    }
    pool = [line for line in tables[GOODS.name] if line["declaration_no"] in heads]
    head = next(iter(heads.values()))
    own = {name: head[name] for name in DECLARATION.key}
    for count in LINES:
        goods = [pool[turn % len(pool)] | own | {"gnum": turn + 1} for turn in range(count)]
        sums = {
            **dict.fromkeys(("freight_e5", "freight_to_border_e5"), 0),
            "goods_count": count,
            "invoice_total_e5": sum(line["total_e5"] for line in goods),
            "gross_mass_mg": sum(line["gross_mass_mg"] for line in goods),
        }
        yield House(head | sums, goods)


def differing(one: ClearedHouse, tables: Cleared) -> int:
    """Tables in which the two say something else."""
    pairs = (
        ([one.decision], tables.decisions),
        (one.findings, tables.findings),
        (one.tax_lines, tables.tax_lines),
        (one.adjustments, tables.adjustments),
    )
    return sum(ours != theirs.to_dicts() for ours, theirs in pairs)


def measured(
    administration: str, folder: Path, planted: Container[str], less: int
) -> Iterator[Row]:
    """Everything about one administration's imports."""
    before = perf_counter()
    book: Book = law_book(administration)
    loaded = perf_counter()
    single = SingleHouse(book, country_code(administration))
    single.prepare(TODAY)
    ready = perf_counter()
    part = f"{administration}, procedure {IMPORTS[administration]}"
    p50: dict[int, float] = {}
    for house in houses(administration, folder, planted):
        count = len(house.goods)
        batch = house.batch(administration)

        def alone(_: int, house: House = house) -> ClearedHouse:
            return single.clear(house.head, house.goods, processing_day=TODAY, draw_seed=SEED)

        def by_tables(_: int, batch: Batch = batch) -> Cleared:
            return clear(batch, book)

        decided = alone(0)
        wrong = differing(decided, by_tables(0))
        calls = CALLS // (4 if count == max(LINES) else 1) // less
        turns = [
            (latencies(alone, calls), latencies(by_tables, max(1, TABLE_CALLS // less)))
            for _ in range(TIMES)
        ]
        p50[count], p99 = (median(ours[at] for ours, _ in turns) for at in (0, 1))
        tables, most = (median(theirs[at] for _, theirs in turns) for at in (0, 1))
        what = f"{count} line{'s' * (count > 1)}"
        note = f"{decided.decision['outcome']}, {len(decided.findings)} findings"
        aim = AIM_OF_THREE if count == 3 else None
        yield Row(part, f"{what}: p50", p50[count], "µs", aim, at_most=True, note=note)
        yield Row(part, f"{what}: p99", p99, "µs")
        yield Row(part, f"{what}: rows a second", count / p50[count] * 1e6, "lines/s")
        yield Row(part, f"{what}: by tables, p50", tables / 1_000, "ms")
        yield Row(part, f"{what}: by tables, p99", most / 1_000, "ms")
        yield Row(part, f"{what}: by tables / alone", tables / p50[count], "x")
        yield Row(part, f"{what}: tables that differ", wrong, "wrong", 0, at_most=True)
    further = (p50[100] - p50[10]) / (100 - 10)
    yield Row(part, "each further line", further, "µs", AIM_OF_LINE, at_most=True)
    note = f"beside {(loaded - before) * 1_000:,.0f} ms to read the law"
    yield Row(part, "sheets of a day made ready", (ready - loaded) * 1_000, "ms", note=note)


def main() -> int:
    """Measures, shows, keeps."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the calls")
    parser.add_argument("--out", type=Path, help="folder for house.md")
    chosen = parser.parse_args()
    one_thread()
    errors = Console(stderr=True)
    about = machine() | {"day": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"}
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="silkport-bench-") as name:
        sample = write_goods_sample(Path(name), goods=600, seed=SEED, suffix="csv")
        less = QUICK if chosen.quick else 1
        for administration in IMPORTS:
            for row in measured(administration, Path(name), sample.planted, less):
                rows.append(row)
                errors.print(f"[dim]{row.part}, {row.what}: {figure(row)}[/]")
    about["load after"] = machine()["load"]
    about["timed"] = "each call; p50 and p99 of a turn, median of five turns"
    console = Console() if sys.stdout.isatty() else Console(width=PIPED_WIDTH)
    console.print(table(rows, f"{about['cpu']}, {about['cores']} cores, Python {about['python']}"))
    out = chosen.out or (None if chosen.quick else RESULTS)
    if out is not None:
        scale = "quick" if chosen.quick else "normal"
        text = markdown("house", "One house at a time", rows, about, scale)
        text = text.replace("CPU time of one core", "By the clock")
        (out / "house.md").write_text(text, "utf-8")
        console.print(f"written: {out / 'house.md'}")
    return int(any(row.unit == "wrong" and row.reached is False for row in rows))


if __name__ == "__main__":
    raise SystemExit(main())
