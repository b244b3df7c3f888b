"""Draws docs/day.svg: one sample day, cleared by two administrations with the real command.

    python docs/picture.py

Counts of parcels held for an officer differ a little from run to run: a few parcels are drawn
at random with a key that each node makes for itself.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from silkport.node.law.books import sentences
from silkport.node.proof.speaking import money

TARGET = Path(__file__).resolve().parent / "day.svg"
PARCELS, SEED, DAY = 20_000, 7, "2026-09-15"
SIDES = {"cn": "By the law of China (cn)", "kz": "By the law of Kazakhstan (kz)"}
OUTCOMES = ("released", "held", "pending", "refused", "withdrawn", "returned")
LEVIES = {
    "customs_value": "customs value",
    "duty": "duty",
    "excise": "excise",
    "vat": "VAT",
    "fee": "fee",
    "total": "owed in all",
}
REASONS = 8

WIDTH, PANEL, GAP, EDGE = 1040, 480, 32, 24
BAR = 210
LINE = 16

STYLE = """
  text { font: 13px system-ui, 'Segoe UI', 'Noto Sans', 'DejaVu Sans', sans-serif; fill: #1f2933; }
  .card { fill: #fbfbf9; stroke: #d5d9de; }
  .title { font-size: 20px; font-weight: 600; }
  .side { font-size: 16px; font-weight: 600; }
  .head { font-weight: 600; }
  .soft { fill: #5b6672; }
  .code { font-family: ui-monospace, 'DejaVu Sans Mono', monospace; font-size: 12px; }
  .end { text-anchor: end; }
  .rule { stroke: #d5d9de; }
  .track { fill: #e9ebee; }
  .released { fill: #2f8f5b; } .held { fill: #c98a12; } .pending { fill: #3c7fc0; }
  .refused { fill: #c2453f; } .withdrawn, .returned { fill: #7d8590; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e4e8ec; }
    .card { fill: #14191f; stroke: #333c46; }
    .soft { fill: #a3adb8; }
    .rule { stroke: #333c46; }
    .track { fill: #252d36; }
    .released { fill: #4cb57d; } .held { fill: #dfa637; } .pending { fill: #62a2df; }
    .refused { fill: #e4706a; } .withdrawn, .returned { fill: #97a0ab; }
  }
"""


class Drawing:
    """Lines of SVG, written from the top down."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def text(self, x: float, y: float, text: str, *classes: str) -> None:
        """One line of text with its baseline at `y`."""
        kind = f' class="{" ".join(classes)}"' if classes else ""
        self.lines.append(f'  <text x="{x:g}" y="{y:g}"{kind}>{escape(text)}</text>')

    def bar(self, x: float, y: float, width: float, kind: str) -> None:
        """A bar of one line's height."""
        size = f'width="{max(width, 0):.1f}" height="11" rx="2"'
        self.lines.append(f'  <rect x="{x:g}" y="{y:g}" {size} class="{kind}"/>')

    def across(self, x: float, y: float, width: float) -> None:
        """A thin line."""
        where = f'x1="{x:g}" y1="{y:g}" x2="{x + width:g}" y2="{y:g}"'
        self.lines.append(f'  <line {where} class="rule"/>')


def outcomes(drawing: Drawing, x: float, y: float, summary: Mapping[str, Any]) -> float:
    """What became of the parcels; gives the next free baseline."""
    total = sum(summary["outcomes"].values())
    drawing.text(x, y, "What was decided", "head")
    for outcome in OUTCOMES:
        count = summary["outcomes"].get(outcome, 0)
        if not count:
            continue
        y += 22
        name = "held for an officer" if outcome == "held" else outcome
        drawing.text(x, y, name)
        drawing.bar(x + 130, y - 10, BAR, "track")
        drawing.bar(x + 130, y - 10, max(BAR * count / total, 2), outcome)
        drawing.text(x + 400, y, f"{count:,}", "end")
        drawing.text(x + PANEL, y, f"{count / total * 100:.1f} %", "end", "soft")
    return y


def reasons(drawing: Drawing, x: float, y: float, summary: Mapping[str, Any]) -> float:
    """The commonest reasons of refusal by their codes; gives the next free baseline."""
    counts: dict[str, int] = summary["refusals"]
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    drawing.text(x, y, "Why parcels were refused", "head")
    drawing.text(x + PANEL, y, f"the {REASONS} commonest of {len(ordered)} codes", "end", "soft")
    largest = max(counts.values(), default=1)
    y += 4
    for code, count in ordered[:REASONS]:
        y += LINE + 4
        drawing.text(x, y, code, "code")
        drawing.bar(x + 62, y - 10, max(64 * count / largest, 2), "refused")
        drawing.text(x + 164, y, f"{count:,}", "end")
        title = sentences().title(code, "en").replace("….", "…")
        for number, part in enumerate(textwrap.wrap(title, 46)):
            y += LINE if number else 0
            drawing.text(x + 178, y, part, "soft")
    return y


def owed(drawing: Drawing, x: float, y: float, summary: Mapping[str, Any]) -> float:
    """What is owed on accepted parcels; gives the next free baseline."""
    drawing.text(x, y, "Accepted parcels: value and what is owed", "head")
    for levy, name in LEVIES.items():
        minor = summary["money"].get(levy, 0)
        if not minor:
            continue
        y += 20
        if levy == "total":
            drawing.across(x, y - 13, PANEL)
            y += 4
        drawing.text(x, y, name, *(["head"] if levy == "total" else []))
        amount = money(minor, summary["currency"])
        drawing.text(x + PANEL, y, amount, "end", *(["head"] if levy == "total" else []))
    return y


def picture(summaries: Mapping[str, Mapping[str, Any]]) -> str:
    """The whole picture as SVG.

    Args:
        summaries: what `silkport clear --json` printed, by administration.
    """
    drawing = Drawing()
    top = 44
    drawing.text(
        EDGE, top, f"One sample day: {PARCELS:,} parcels of {DAY}, cleared on both sides", "title"
    )
    bottoms = {"": float(top)}
    places = {side: EDGE + at * (PANEL + GAP) for at, side in enumerate(summaries)}
    for side, x in places.items():
        drawing.text(x, top + 38, SIDES[side], "side")
    row = float(top + 70)
    for part in (outcomes, reasons, owed):
        bottoms = {side: part(drawing, places[side], row, one) for side, one in summaries.items()}
        row = max(bottoms.values()) + 36
    drawing.across(EDGE, row - 14, WIDTH - 2 * EDGE)
    for number, line in enumerate(footer()):
        drawing.text(EDGE, row + 8 + number * 18, line, "soft")
    height = row + 8 + 18 * 2 + 8
    size = f'viewBox="0 0 {WIDTH} {height:g}" width="{WIDTH}" height="{height:g}"'
    inside = f'width="{WIDTH - 1}" height="{height - 1:g}"'
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="name">',
        f'  <title id="name">{escape(described(summaries))}</title>',
        f"  <style>{STYLE}  </style>",
        f'  <rect x="0.5" y="0.5" {inside} rx="8" class="card"/>',
    )
    return "\n".join((*head, *drawing.lines, "</svg>", ""))


def footer() -> Iterator[str]:
    """Where the numbers come from."""
    yield (
        f"silkport sample --parcels {PARCELS} --seed {SEED} --out day; "
        f"silkport clear day --as cn --day {DAY}; the same --as kz"
    )
    yield "Everything in the sample is invented, errors are planted. Many values are unverified."


def described(summaries: Mapping[str, Mapping[str, Any]]) -> str:
    """The picture in a sentence, for those who do not see it."""
    parts = [
        f"{SIDES[side]}: "
        + ", ".join(
            f"{one['outcomes'][name]:,} {name}" for name in OUTCOMES if name in one["outcomes"]
        )
        for side, one in summaries.items()
    ]
    return ". ".join(parts) + "."


def cleared_day(place: Path) -> dict[str, dict[str, Any]]:
    """Writes the sample day and clears it with the command, in an empty folder."""

    def silkport(*arguments: str) -> str:
        command = [str(Path(sys.executable).parent / "silkport"), *arguments]
        return subprocess.run(command, cwd=place, check=True, capture_output=True, text=True).stdout

    silkport("sample", "--parcels", f"{PARCELS}", "--seed", f"{SEED}", "--out", "day")
    common = ("--day", DAY, "--home", "home", "--json")
    return {side: json.loads(silkport("clear", "day", "--as", side, *common)) for side in SIDES}


def main() -> None:
    """Writes the picture beside this file."""
    with tempfile.TemporaryDirectory() as folder:
        TARGET.write_text(picture(cleared_day(Path(folder))), "utf-8")


if __name__ == "__main__":
    main()
