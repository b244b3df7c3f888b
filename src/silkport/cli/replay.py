"""silkport replay: old decisions recomputed, under their own law or another one."""

from __future__ import annotations

import os
import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import polars as pl
import typer
from rich.markup import escape
from rich.table import Table

from silkport.cli.options import (
    Home,
    Json,
    SomeAdministration,
    console,
    counting,
    default_home,
    print_json,
)
from silkport.node.law.books import law_book
from silkport.node.proof.replaying import Replayed, replay
from silkport.node.proof.speaking import money
from silkport.node.proof.supposing import Supposed, suppose
from silkport.node.proof.written import is_home
from silkport.node.store.disk import disk_space

DIFFERS = 4
SHOWN = 20
_SUFFIXES = (".csv", ".parquet")

Decisions = Annotated[
    Path,
    typer.Argument(
        help="A folder that 'silkport clear --out' wrote, one of its files, or a home.",
        show_default=False,
    ),
]
OtherLaw = Annotated[
    str,
    typer.Option(
        "--law",
        help="What would have been paid under this law: the beginning of the digest of an edition "
        "that is kept, a folder of law files that replace those of the same name, or a tariff.",
    ),
]
ByChapter = Annotated[
    bool, typer.Option("--by-chapter", help="With --law: also show every chapter of the tariff.")
]
Out = Annotated[
    Path | None,
    typer.Option("--out", help="Differences, or with --law chapters, as .csv or .parquet."),
]


def replay_decisions(  # noqa: PLR0917 - a command's options are named on the command line
    decisions: Decisions,
    administration: SomeAdministration = None,
    home: Home = None,
    law: OtherLaw = "",
    by_chapter: ByChapter = False,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Recompute old decisions under the law they were made with, and report every difference.

    Goods lines are recomputed from what was stored with them, parcels from their documents in the
    home. With --law: what would have been paid under another law; the day of each decision stays.

    Exits 0 when all is the same, 4 when an amount differs, when an edition of the law is not kept
    or documents are missing, and for a file that is damaged or holds no decisions. With --law
    amounts may differ.
    """
    if out is not None and out.suffix not in _SUFFIXES:
        raise typer.BadParameter(f"{out} must end in {' or '.join(_SUFFIXES)}", param_hint="--out")
    if out is not None and decisions.is_dir() and out.resolve().is_relative_to(decisions.resolve()):
        raise typer.BadParameter(f"{out} lies among the decisions", param_hint="--out")
    if by_chapter and not law:
        raise typer.BadParameter("it is for --law", param_hint="--by-chapter")
    place = home or (decisions if is_home(decisions) else default_home())
    of = administration or ""
    started = time.monotonic()
    with counting("replaying") as progress:
        if law:
            found: Supposed | Replayed = suppose(
                decisions, law, home=place, administration=of, progress=progress
            )
        else:
            found = replay(decisions, home=place, administration=of, progress=progress)
    seconds = time.monotonic() - started
    if isinstance(found, Supposed):
        _finish_supposed(found, seconds, by_chapter=by_chapter, out=out, as_json=as_json)
    else:
        _finish_replayed(found, seconds, place, out=out, as_json=as_json)


def _finish_replayed(
    found: Replayed, seconds: float, home: Path, *, out: Path | None, as_json: bool
) -> None:
    if out is not None:
        _write(found.differences, out)
    if as_json:
        rows = {"differences": found.differences.to_dicts()}
        print_json(asdict(found) | rows | {"seconds": round(seconds, 3)})
    else:
        counts = f"{found.decisions:,} decisions, {found.lines:,} goods lines"
        console.print(f"{counts} replayed in {seconds:.1f} s")
        for row in found.differences.head(SHOWN).iter_rows(named=True):
            _show_difference(row, home)
        count = found.differences.height
        if count > SHOWN:
            console.print(f"and {count - SHOWN:,} more; --out writes them all", style="dim")
        _show_lacking(found.lacking)
        nothing = "No amount differs." if found.decisions else "There is no decision to replay."
        console.print(f"{count:,} amounts differ" if count else nothing)
    raise typer.Exit(0 if found.same and found.decisions else DIFFERS)


def _show_difference(row: dict[str, Any], home: Path) -> None:
    country = row["parcel_id"].partition("-")[0]
    currency = law_book(country, home).law.currency
    line = f" line {row['line']} {row['hs_code']}".rstrip() if row["line"] else ""
    then, now = (money(row[name], currency) for name in ("then_minor", "now_minor"))
    about = f"{row['parcel_id']}{line} {row['levy']}: {then} then, {now} now"
    console.print(escape(f"{about} ({row['found_in']})"), soft_wrap=True)


def _show_lacking(lacking: list[dict[str, str | int]]) -> None:
    for row in lacking:
        count = int(row["decisions"])
        about = f"Not replayed: {count:,} decisions, {row['example']} among them. {row['reason']}"
        console.print(escape(about), style="yellow", soft_wrap=True)


def _finish_supposed(
    found: Supposed, seconds: float, *, by_chapter: bool, out: Path | None, as_json: bool
) -> None:
    if out is not None:
        _write(found.chapters, out)
    if as_json:
        tables = {name: getattr(found, name).to_dicts() for name in ("chapters", "movers")}
        print_json(asdict(found) | tables | {"seconds": round(seconds, 3)})
    else:
        _show_supposed(found, seconds, by_chapter=by_chapter)
    raise typer.Exit(DIFFERS if found.lacking else 0)


def _show_supposed(found: Supposed, seconds: float, *, by_chapter: bool) -> None:
    counts = f"{found.decisions:,} decisions, {found.lines:,} goods lines"
    title = f"{counts} under {found.law} instead of their own law, in {seconds:.1f} s"
    console.print(escape(title), soft_wrap=True)
    _show_rows("levy", found.levies, found.currency)
    if by_chapter:
        _show_rows("chapter", found.chapters.to_dicts(), found.currency)
    if found.movers.height:
        console.print("\nCodes that change most")
        _show_rows("hs_code", found.movers.to_dicts(), found.currency)
    for row in found.apart:
        why = "under the new law" if row["when"] == "now" else "then"
        paid = money(int(row["then_minor"]), found.currency)
        about = f"Apart: {int(row['lines']):,} lines that {row['code']} held up {why}; {paid} then"
        console.print(about, style="yellow", soft_wrap=True)
    for note in found.notes:
        console.print(escape(note), soft_wrap=True)
    _show_lacking(found.lacking)


def _show_rows(key: str, rows: list[dict[str, Any]], currency: str) -> None:
    goods = bool(rows) and "lines" in rows[0]
    table = Table(box=None, pad_edge=False)
    table.add_column(key)
    for name in (*(("lines", "customs value") if goods else ()), "then", "now", "difference"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        amounts = [money(row[f"{x}_minor"], currency) for x in ("then", "now", "difference")]
        about = [f"{row['lines']:,}", money(row["customs_value_minor"], currency)] if goods else []
        table.add_row(str(row[key]) or "–", *about, *amounts)
    console.print(table)


def _write(rows: pl.DataFrame, out: Path) -> None:
    """Writes a table whole: what was there before stays until then."""
    part = out.with_name(f".{out.name}.{os.getpid()}")
    with disk_space(out):
        try:
            if out.suffix == ".csv":
                rows.write_csv(part)
            else:
                rows.write_parquet(part)
            part.replace(out)
        finally:
            part.unlink(missing_ok=True)
