"""How long an administration lets its node keep what it holds, as this node has it.

retention.toml stands in the folder of the administration (`law.retention`); one in the home,
`<home>/<administration>/law/`, takes the place of the package's. It does not enter the digest of
the compiled law: it says how long something is kept, not what is owed.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from silkport.kernel.errors import MalformedLaw
from silkport.law.retention import RETENTION, Retention, read_retention
from silkport.node.law.books import law_folder
from silkport.node.law.calendars import timetable


def retention(country: str, home: Path | None = None) -> Retention:
    """The terms of one administration, by its own clocks.

    Args:
        home: a home whose file takes the place of the package's; it need not exist.
    Raises UnknownAdministration, LawError when a file is missing, malformed or has no source.
    """
    time = timetable(country, home).calendar.time
    shipped = files("silkport") / "countries" / country / RETENTION
    own = law_folder(country, home) / RETENTION if home is not None else None
    if own is not None and own.is_file():
        return read_retention(country, own.read_text(encoding="utf-8"), time)
    if not shipped.is_file():
        reason = "it is not there, so nobody can tell what may be removed"
        raise MalformedLaw(what=f"{country}/{RETENTION}", reason=reason)
    return read_retention(country, shipped.read_text(encoding="utf-8"), time)
