"""Declarations of the day on which a test files them: a node takes none of another day."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from pathlib import Path

from silkport.kernel.periods import day_of
from silkport.node.workflow.filing import Office
from silkport.sim.nodes import office_of

_DAY = re.compile(r'("(?:declaration\.)?decl_day":\s*)"\d{4}-\d\d-\d\d"')


def of_day(declared: Mapping[str, int | str], office: Office, at: int) -> dict[str, int | str]:
    """A declaration that states the day of a moment; one without a day, or an act, as it is."""
    dated = dict(declared)
    if int(declared.get("decl_day", -1)) >= 0 and declared.get("act") == "declaration":
        dated["decl_day"] = office.day(at)
    return dated


def today(administration: str) -> str:
    """The local day by the clock of this machine, as files state it."""
    return f"{day_of(office_of(administration).day(time.time_ns() // 1_000_000))}"


def date_anew(folder: Path, administration: str) -> Path:
    """Lets all declarations in the text files of a folder state today."""
    for path in sorted(folder.rglob("*.*json")):
        text = path.read_text("utf-8")
        path.write_text(_DAY.sub(rf'\g<1>"{today(administration)}"', text), "utf-8")
    return folder
