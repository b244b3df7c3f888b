"""The documented header of tabular files: `<table>.<outside name>`, one name a column."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from silkport.formats.reading import Notes
from silkport.kernel.errors import WrongHeader
from silkport.model.columns import Column, Table
from silkport.model.documents import DOCUMENT_TABLES


@dataclass(frozen=True, slots=True)
class Field:
    """One documented column of the flat table and where its cells belong."""

    table: Table
    column: Column

    @property
    def name(self) -> str:
        """The name in the header."""
        return f"{self.table.name}.{self.column.outside}"


FIELDS: Mapping[str, Field] = {
    field.name: field
    for table in DOCUMENT_TABLES
    for field in (Field(table, column) for column in table.columns)
}
"""Every documented column by its name in the header, in the order of the template."""


def tidy(name: str) -> str:
    """A header cell without what editors add around it."""
    return name.strip().strip("\ufeff\"'").strip().casefold()


def count_known(names: Sequence[str]) -> int:
    """How many of these header cells are documented."""
    return sum(tidy(name) in FIELDS for name in names)


def nearest(name: str) -> str:
    """The documented name most like an unknown one, or the whole rule when none is."""
    wanted = tidy(name)[:100]
    close = difflib.get_close_matches(wanted, FIELDS, n=1, cutoff=0.6)
    if not close:
        tails = {known.split(".", 1)[1]: known for known in FIELDS}
        close = [tails[t] for t in difflib.get_close_matches(wanted, tails, n=1, cutoff=0.8)]
    return f"perhaps {close[0]}" if close else "a name of 'silkport template'"


MAX_SUGGESTED = 50
"""Unknown names that get a suggestion; a search among all names is not free."""


def match_header(names: Sequence[str], notes: Notes, *, position: int = 1) -> dict[int, Field]:
    """Which cell of a header is which documented column.

    Unknown and repeated names are noted and left out. Raises WrongHeader when nothing is known.
    """
    matched: dict[int, Field] = {}
    seen: set[str] = set()
    unknown: list[tuple[str, str]] = []
    for index, raw in enumerate(names):
        name = tidy(raw)
        if name in seen:
            unknown.append((raw, "each column once; the first one counts"))
        elif name in FIELDS:
            matched[index] = FIELDS[name]
            seen.add(name)
        elif name:
            unknown.append((raw, ""))
    if not matched:
        shown = ", ".join(name[:40] for name in names[:5]) or "it is empty"
        raise WrongHeader(source=notes.source, reason=f"no documented column in: {shown}")
    for rank, (raw, expected) in enumerate(unknown):
        if not expected:
            expected = nearest(raw) if rank < MAX_SUGGESTED else "a documented name"
        notes.problem("RDG002", position=position, column=raw[:80], read=raw, expected=expected)
    return matched
