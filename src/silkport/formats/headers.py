"""The documented header of tabular files: `<table>.<outside name>`, one name a column."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from silkport.formats.reading import Notes
from silkport.kernel.errors import WrongHeader
from silkport.model.columns import Column, Table
from silkport.model.decided import DECIDED
from silkport.model.declarations import DECLARATION, DECLARED_TABLES
from silkport.model.documents import DOCUMENT_TABLES
from silkport.model.records import RECORD_TABLES


@dataclass(frozen=True, slots=True)
class Field:
    """One documented column of a tabular file and where its cells belong."""

    table: Table
    column: Column

    @property
    def name(self) -> str:
        """The name in the header."""
        return f"{self.table.name}.{self.column.outside}"


def _fields(*tables: Table) -> dict[str, Field]:
    found = [Field(table, column) for table in tables for column in table.columns]
    return {field.name: field for field in found}


FIELDS: Mapping[str, Field] = _fields(*DOCUMENT_TABLES)
"""Every documented column of parcels by its name in the header, in the order of the template."""

RECORD_FIELDS: Mapping[str, Mapping[str, Field]] = {t.name: _fields(t) for t in RECORD_TABLES}
"""The columns of each table that follows a parcel's way; each stands in files of its own."""

DECLARED_FIELDS: Mapping[str, Field] = {
    name: field
    for name, field in _fields(*DECLARED_TABLES).items()
    if field.table is DECLARATION or field.column.name not in DECLARATION.key
}
"""The columns of commercial declarations; a goods line has the keys of the head of its row."""

DECIDED_FIELDS: Mapping[str, Field] = _fields(DECIDED)
"""What an existing system decided: beside parcels or declarations, or in files of its own."""

_DECLARED_FILE = {**DECLARED_FIELDS, **DECIDED_FIELDS}
_PARCEL_FILE = {**FIELDS, **DECIDED_FIELDS}

OWN_FIELDS: Mapping[str, Mapping[str, Field]] = {
    **RECORD_FIELDS,
    **{table.name: _DECLARED_FILE for table in DECLARED_TABLES},
    DECIDED.name: DECIDED_FIELDS,
}
"""All columns that may stand beside one of a table that is no part of a parcel."""

_KNOWN = {**FIELDS, **{n: f for fields in OWN_FIELDS.values() for n, f in fields.items()}}


def header_of(field: Field) -> Mapping[str, Field]:
    """All columns that may stand in one file with this one, where it is not of DECIDED."""
    return OWN_FIELDS.get(field.table.name, _PARCEL_FILE)


def header_of_all(fields: Iterable[Field]) -> Mapping[str, Field]:
    """All columns that may stand in the file of these: that which has most of them.

    Columns of DECIDED stand beside others, and choose only a file that has nothing else.
    """
    headers = [header_of(one) for one in fields if one.table is not DECIDED]
    return max(headers, key=headers.count) if headers else DECIDED_FIELDS


def tidy(name: str) -> str:
    """A header cell without what editors add around it."""
    return name.strip().strip("\ufeff\"'").strip().casefold()


def count_known(names: Sequence[str]) -> int:
    """How many of these header cells are documented."""
    return sum(tidy(name) in _KNOWN for name in names)


def nearest(name: str) -> str:
    """The documented name most like an unknown one, or the whole rule when none is."""
    wanted = tidy(name)[:100]
    close = difflib.get_close_matches(wanted, _KNOWN, n=1, cutoff=0.6)
    if not close:
        tails = {known.split(".", 1)[1]: known for known in _KNOWN}
        close = [tails[t] for t in difflib.get_close_matches(wanted, tails, n=1, cutoff=0.8)]
    return f"perhaps {close[0]}" if close else "a name of 'silkport template'"


MAX_SUGGESTED = 50
"""Unknown names that get a suggestion; a search among all names is not free."""


def match_header(names: Sequence[str], notes: Notes, *, position: int = 1) -> dict[int, Field]:
    """Which cell of a header is which documented column.

    A file holds parcels, declarations or the rows of one other table: whichever has most of the
    columns.
    Unknown, misplaced and repeated names are noted and left out. Raises WrongHeader when nothing
    is known.
    """
    matched: dict[int, Field] = {}
    seen: set[str] = set()
    unknown: dict[int, str] = {}
    for index, raw in enumerate(names):
        name = tidy(raw)
        if name in seen:
            unknown[index] = "each column once; the first one counts"
        elif name in _KNOWN:
            matched[index] = _KNOWN[name]
            seen.add(name)
        elif name:
            unknown[index] = ""
    if not matched:
        shown = ", ".join(name[:40] for name in names[:5]) or "it is empty"
        raise WrongHeader(source=notes.source, reason=f"no documented column in: {shown}")
    chosen = header_of_all(matched.values())
    for index, field in list(matched.items()):
        if field.name not in chosen:
            table = matched.pop(index).table.name
            unknown[index] = f"columns of {table} in a file of their own"
    suggested = 0
    for index, expected in sorted(unknown.items()):
        if not expected:
            suggested += 1
            expected = nearest(names[index]) if suggested <= MAX_SUGGESTED else "a documented name"
        raw = names[index]
        notes.problem("RDG002", position=position, column=raw[:80], read=raw, expected=expected)
    return matched
