"""How measurements are shown and kept: one table for the terminal, one for the repository."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

from rich.table import Table

from measuring import Row

RESULTS = Path(__file__).resolve().parent / "results"
PIPED_WIDTH = 150


def figure(row: Row) -> str:
    """A figure with its unit, three digits where they say something."""
    digits = 0 if row.figure >= 100 or row.unit == "wrong" else 1 if row.figure >= 10 else 3
    return f"{row.figure:,.{digits}f} {row.unit}"


def aim(row: Row) -> str:
    """What was aimed at."""
    if row.within is None:
        return ""
    return f"{'≤' if row.at_most else '≥'} {row.within:g}"


def verdict(row: Row) -> str:
    """Whether it was reached."""
    return {None: "", True: "yes", False: "NO"}[row.reached]


def table(rows: list[Row], title: str) -> Table:
    """The table for a terminal."""
    shown = Table(title=title, title_justify="left", pad_edge=False, show_lines=False)
    for name, justify in zip(
        HEADER, ("left", "left", "right", "right", "left", "left"), strict=True
    ):
        shown.add_column(name, justify=justify, overflow="fold")
    for row in rows:
        style = {None: "", True: "green", False: "bold red"}[row.reached]
        mark = f"[{style}]{verdict(row)}[/]" if style else ""
        shown.add_row(row.part, row.what, figure(row), aim(row), mark, f"[dim]{row.note}[/]")
    return shown


HEADER = ("part", "what", "figure", "aim", "reached", "")


def markdown(name: str, title: str, rows: list[Row], about: dict[str, str], scale: str) -> str:
    """The table as text for the repository."""
    lines = [
        f"# {title}, measured",
        "",
        f"`bench/{name}.py`, {scale} sizes. CPU time of one core, median of several runs; ratios",
        "are of figures of this same run, absolute figures are of this machine and moment.",
        "",
        *(f"* {name}: {value}" for name, value in about.items()),
        "",
        f"| {' | '.join(HEADER)} |",
        "|---|---|---:|---:|---|---|",
    ]
    lines += [
        f"| {row.part} | {row.what} | {figure(row)} | {aim(row)} | {verdict(row)} | {row.note} |"
        for row in rows
    ]
    return "\n".join(lines) + "\n"


def keep(
    out: Path, name: str, title: str, rows: list[Row], about: dict[str, str], scale: str
) -> None:
    """Writes the table as text and as JSON."""
    out.mkdir(parents=True, exist_ok=True)
    (out / f"{name}.md").write_text(markdown(name, title, rows, about, scale), "utf-8")
    plain = [asdict(row) | {"reached": row.reached} for row in rows]
    written = {"machine": about, "sizes": scale, "rows": plain}
    text = json.dumps(written, ensure_ascii=False, indent=1)
    (out / f"{name}.json").write_text(text + "\n", "utf-8")


def one_thread() -> None:
    """Starts this command anew with one thread for columns: it is read once, on import."""
    if os.environ.get("POLARS_MAX_THREADS") != "1":
        os.environ["POLARS_MAX_THREADS"] = "1"
        os.execv(sys.executable, [sys.executable, *sys.argv])
