"""Silkport in the tax benchmark: what is measured, each as one function.

The law is that of the administration with a common tariff and a national VAT, with the
benchmark's tariff and rates in place of its own. Amounts are columns or tuples of minor units in
the order of `tax_oracle.AMOUNTS`; anti-dumping duty is the special duty of the lines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from silkport.formats.tariff import read_tariff
from silkport.kernel.periods import day_number
from silkport.law.book import Book
from silkport.law.bulk import Bulk
from silkport.law.expression import lookup
from silkport.law.searching import search_of
from silkport.law.sheet import Columns, CompiledSheet
from silkport.law.single import Single, compile_single
from silkport.law.tariff.compiling import rate_tables
from silkport.law.tariff.entries import Entry, write_entries
from silkport.law.tariff.rates import Shape, Specific, TariffRate
from silkport.model.columns import MISSING
from silkport.model.rows import GOODS_LINE
from silkport.node.law.books import book_of_files, country_files
from silkport.stages import assess
from tax_law import EDITIONS, FIRST_DAY, Duty, TaxLaw
from tax_lines import Line
from tax_yardsticks import Amounts

ADMINISTRATION = "kz"
REGIME = "goods_import"
SOURCE = "benchmark"
OURS = ("duty_minor", "antidumping_minor", "excise_minor", "vat_minor")
"""The engine's names of the amounts that are compared."""

LEVIES = ("duty", "antidumping", "excise", "vat")
PROOF = tuple(
    f"{levy}_{what}"
    for levy in LEVIES
    for what in ("base_minor", "rate_ppm", "minor", "way", "quantity_e6", "specific_e6", "per")
    if levy != "vat" or what in {"base_minor", "rate_ppm", "minor", "way"}
)
"""What is stored of each levy: base, rate, amount, which part of the rate won, quantity."""

STATED = ("hs_code", "origin", "decl_day", "customs_value_minor", "net_mass_mg")


class NotBuilt(Exception):
    """This part of the engine is not there; the table says so and goes on."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One unchanged period of the law, with the sheet in the readings that are measured."""

    first: int
    until: int
    amounts: Bulk
    proof: Bulk
    single: Single


@dataclass(frozen=True, slots=True)
class Engine:
    """The compiled law of the benchmark."""

    book: Book
    cells: list[Cell]
    tariff: Bulk


def silkport_law(law: TaxLaw) -> Engine:
    """The law of the benchmark as the engine compiles it. Not timed."""
    files = country_files(ADMINISTRATION)
    files["tariff.csv"] = write_entries(_entries(law))
    files["fx.csv"] = _fx(law)
    book = book_of_files(ADMINISTRATION, files)
    line = Columns(GOODS_LINE)
    rate = {"duty_ppm": lookup("tariff", line.hs_code, line.decl_day, "duty_ppm")}
    return Engine(book, list(_cells(book)), Bulk(rate, book.law.tables, {}, {}))


def _cells(book: Book) -> Iterator[Cell]:
    for number in book.cells_for("house"):
        regime, (start, stop) = book.cells[number]
        if regime.code == REGIME and start < EDITIONS[2] and stop > FIRST_DAY:
            sheet = book.compiled(assess.goods, number)
            yield Cell(
                day_number(start),
                day_number(stop),
                _bulk(sheet, OURS),
                _bulk(sheet, PROOF),
                compile_single(
                    {name: sheet.outputs[name] for name in OURS},
                    sheet.law.tables,
                    sheet.law.lists,
                ),
            )


def _bulk(sheet: CompiledSheet, names: tuple[str, ...]) -> Bulk:
    outputs = {name: sheet.outputs[name] for name in names}
    return Bulk(outputs, sheet.law.tables, sheet.law.lists, sheet.bounds)


def _entries(law: TaxLaw) -> list[Entry]:
    duties = [
        Entry(hs=one.code, rate=_rate(one), start=one.start, stop=one.stop, source=SOURCE)
        for one in law.duties
    ]
    specials = [
        Entry(
            hs=one.prefix,
            kind="antidumping",
            origin=one.origin,
            rate=TariffRate(shape=Shape.PERCENT, duty_ppm=one.rate_ppm),
            start=one.start,
            stop=one.stop,
            source=SOURCE,
        )
        for one in law.specials
    ]
    excises = [
        Entry(
            hs=one.code,
            kind="excise",
            rate=TariffRate(
                shape=Shape.SPECIFIC,
                specific=Specific(one.amount_minor * 10_000, "KZT", 1, one.unit),
            ),
            start=one.start,
            stop=one.stop,
            source=SOURCE,
        )
        for one in law.excises
    ]
    return duties + specials + excises


def _rate(duty: Duty) -> TariffRate:
    def amount(e4: int) -> Specific | None:
        return Specific(e4 * 100, duty.currency, duty.per, duty.unit) if e4 else None

    return TariffRate(
        shape=Shape(duty.shape),
        duty_ppm=duty.rate_ppm,
        specific=amount(duty.amount_e4),
        cap_ppm=duty.cap_ppm,
        cap=amount(duty.cap_e4),
    )


def _fx(law: TaxLaw) -> str:
    rows = ["currency,nominal,rate,start,stop,source,confidence"]
    for currency, daily in law.fx.items():
        for number, ppm in enumerate(daily):
            day = FIRST_DAY + timedelta(number)
            rate = f"{ppm // 10**6}.{ppm % 10**6:06d}"
            rows.append(f"{currency},1,{rate},{day},{day + timedelta(1)},{SOURCE},cited")
    return "\n".join(rows) + "\n"


def _goods(lines: pl.DataFrame) -> pl.DataFrame:
    """Lines as rows of the sheet; what they do not state is absent."""
    nothing = {"producer": "", "preference": "", "rate_choice": "", "vat_relief": "", "unit2": ""}
    return lines.select(
        *STATED,
        pl.col("supp_qty_e5").alias("qty_e5"),
        pl.col("supp_unit").alias("unit"),
        *(pl.lit(text).alias(name) for name, text in nothing.items()),
        pl.lit(MISSING, dtype=pl.Int64).alias("qty2_e5"),
        pl.lit(0, dtype=pl.Int64).alias("fee_share_minor"),
        pl.lit(0, dtype=pl.Int64).alias("stay_months"),
    )


def _by_cell(engine: Engine, goods: pl.DataFrame, bulk: Callable[[Cell], Bulk]) -> pl.DataFrame:
    day = goods["decl_day"]
    in_order = bool(day.is_sorted())
    parts, places = [], []
    for cell in engine.cells:
        if in_order:
            first, until = (day.search_sorted(one) for one in (cell.first, cell.until))
            rows = goods.slice(first, until - first)
        else:
            inside = (day >= cell.first) & (day < cell.until)
            rows = goods.filter(inside)
            places.append(inside.arg_true())
        parts.append(bulk(cell).run(rows))
    together = pl.concat(parts)
    if in_order:
        return together
    back = pl.concat(places).arg_sort()
    return together.select(pl.all().gather(back))


def silkport_bulk(engine: Engine, lines: pl.DataFrame) -> pl.DataFrame:
    """Every levy of every line: the columns of AMOUNTS, in the order of the lines."""
    found = _by_cell(engine, _goods(lines), lambda cell: cell.amounts)
    return found.rename({"antidumping_minor": "special_minor"})


def silkport_proof(engine: Engine, lines: pl.DataFrame) -> pl.DataFrame:
    """As `silkport_bulk`, with the columns of the lines and those that are stored as proof."""
    found = _by_cell(engine, _goods(lines), lambda cell: cell.proof)
    digest = pl.lit(engine.book.law.digest).alias("law_digest")
    proved = lines.with_columns(*found.get_columns(), digest)
    return proved.with_columns(pl.col("antidumping_minor").alias("special_minor"))


_ABSENT = {column.name: column.absent for column in GOODS_LINE.columns}


def silkport_single(engine: Engine) -> Callable[[Line], Amounts]:
    """What assesses one line that was decoded from JSON."""
    cells = engine.cells

    def amounts(line: Line) -> Amounts:
        row = _ABSENT | line
        row["qty_e5"], row["unit"] = line["supp_qty_e5"], line["supp_unit"]
        day = line["decl_day"]
        for cell in cells:
            if cell.first <= day < cell.until:
                found = cell.single(row)
                return tuple(found[name] for name in OURS)  # type: ignore[return-value]
        raise NotBuilt(f"no law on {day}")

    return amounts


def silkport_look_up(engine: Engine, lines: pl.DataFrame) -> pl.Series:
    """The dated look-up alone: the share of the value in force for code and day of each line."""
    return engine.tariff.run(lines).to_series()


def silkport_load(tariff_file: Path) -> int:
    """Loads and compiles the published tariff from its file; says how many codes it has."""
    data = tariff_file.read_bytes()
    entries = read_tariff(data, tariff_file.name, source=SOURCE, start=date(2026, 3, 8))
    tables = rate_tables(ADMINISTRATION, entries)
    search_of(tables["tariff"])
    return len({entry.hs for entry in entries})


def silkport_replay(engine: Engine, decisions: pl.DataFrame) -> int:
    """Recomputes stored decisions (rows of `silkport_proof`); says how many differ."""
    again = silkport_bulk(engine, decisions)
    differ = pl.any_horizontal(
        pl.Series(name, again[name]) != pl.col(name) for name in again.columns
    )
    return int(decisions.select(differ.sum()).item())
